//! The taking over itself: it goes on behind the page that shows how far it is, and can be begun again wherever it stopped.

use super::read::{self, Unopened};
use crate::act::sent::Store;
use crate::fault::{self, Fault};
use app::Office;
use app::access::{Actor, BothHands};
use app::batch::{Approval, Batch, BatchError, Stage};
use intake::run::{CaseReport, Report, Stands};
use intake::scans::Scans;
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// What was done is told so often. What is on record does not wait for it.
const TOLD_EVERY: SignedDuration = SignedDuration::from_secs(1);

/// The batches that this process is at.
#[derive(Clone, Debug, Default)]
pub(super) struct Running(Arc<Mutex<BTreeSet<String>>>);

impl Running {
    pub(super) fn has(&self, id: &str) -> bool {
        let ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ids.contains(id)
    }

    /// Takes a batch in hand, unless it is.
    fn take(&self, id: &str) -> Option<InHand> {
        let mut ids = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ids.insert(id.to_owned()).then(|| InHand {
            running: self.clone(),
            id: id.to_owned(),
        })
    }
}

/// A batch in hand; let go of however the work ends.
struct InHand {
    running: Running,
    id: String,
}

impl Drop for InHand {
    fn drop(&mut self) {
        let ids = &self.running.0;
        let mut ids = ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.remove(&self.id);
    }
}

/// Begins or goes on with the cases of an agreed batch, where nobody is at it.
pub(super) fn begin(office: Arc<Office>, store: Store, running: Running, batch: Batch) {
    let Some(in_hand) = running.take(&batch.id) else {
        return;
    };
    tokio::spawn(async move {
        let _in_hand = in_hand;
        let id = batch.id.clone();
        if let Err(fault) = gone_through(&office, &store, batch).await {
            // The page of the batch offers to go on.
            tracing::error!(
                batch = id,
                error = fault::chain(fault.cause().as_ref()),
                "a batch could not be taken over"
            );
        }
    });
}

async fn gone_through(office: &Office, store: &Store, batch: Batch) -> Result<(), Fault> {
    let unexpected = |error: BatchError| Fault::Unexpected(error.into());
    let (Stage::Agreed { by, .. }, Some(sealed)) = (&batch.stage, &batch.sealed) else {
        return Ok(());
    };
    let agency = office.agency();
    let enters = Actor::of(&agency, &batch.account).ok_or_else(|| closed(&batch.account))?;
    let (approves, sheet) = match by {
        Approval::Account(account) => {
            let actor = Actor::of(&agency, account).ok_or_else(|| closed(account))?;
            (Some(actor), [].as_slice())
        }
        Approval::Sheet(sheet) => (None, sheet.as_slice()),
    };
    let plan = match read::planned(office, store, &batch).await {
        Ok(plan) => plan,
        Err(Unopened::Said(text)) => return Err(Fault::Unexpected(text.into())),
        Err(Unopened::Fault(fault)) => return Err(fault),
    };
    let stands = Stands {
        office,
        files: store.as_ref(),
        hands: BothHands::Signed {
            asks: &enters,
            approves: approves.as_ref(),
        },
        sheet,
    };
    let mut lines: Vec<CaseReport> = Vec::new();
    let mut told_at = office.instant();
    let lease = format!("batch-{}", batch.id);
    for case in plan
        .cases
        .iter()
        .filter(|it| sealed.cases.contains(&it.key))
    {
        if !office.lease(&lease).await? {
            // Another process is at it and will say so.
            return Ok(());
        }
        let scans = Scans::Kept(&batch.scans);
        lines.push(intake::run::take_over_one(stands, case, &batch.name, scans).await);
        if office.instant().duration_since(told_at) >= TOLD_EVERY {
            tell(office, &batch, &lines).await.map_err(unexpected)?;
            told_at = office.instant();
        }
    }
    tell(office, &batch, &lines).await.map_err(unexpected)?;
    office.finish_batch(batch).await.map_err(unexpected)?;
    Ok(())
}

fn closed(account: &str) -> Fault {
    Fault::Unexpected(format!("the account {account} is closed").into())
}

async fn tell(office: &Office, batch: &Batch, lines: &[CaseReport]) -> Result<(), BatchError> {
    office
        .keep_batch_told(batch, serde_json::to_string(lines)?)
        .await
}

/// What has become of the cases so far.
pub(super) async fn told(office: &Office, batch: &Batch) -> Result<Report, BatchError> {
    let text = office.batch_told(batch).await?;
    let cases = text.map(|text| serde_json::from_str(&text)).transpose()?;
    Ok(Report {
        cases: cases.unwrap_or_default(),
        general: Vec::new(),
    })
}
