//! Taking over a case that was begun elsewhere: its history comes in as one entry, approved once.

use crate::access::{self, BothHands};
use crate::amend::digest;
use crate::ledger::{Idempotency, ReadError};
use crate::office::Office;
use crate::perform::{PerformError, Performed, TRIES, case_of, refused};
use crate::ports::legal_moment;
use crate::register::Standing;
use crate::request::{ActRequest, FileRef, Misread, Target};
use crate::view::{CaseRecord, CaseView};
use crate::write::{Decided, WriteError};
use casework::entry::Entry;
use casework::take_over::{Taken, Taking, TakingBy};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is asked when a case is to be taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakeOverRequest {
    /// The procedure that the case follows.
    pub procedure: String,
    /// Where it comes from: paper, or another system.
    pub from: String,
    /// Who enters it, by id.
    pub entered_by: String,
    /// Who approves, by id.
    pub approved_by: String,
    /// The signed sheet, where the approval stands on paper and whoever enters the case records it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sheet: Vec<FileRef>,
    /// What was done, in the order of the law's dates.
    pub acts: Vec<ActRequest>,
}

/// Why a case was not taken over.
#[derive(Debug, thiserror::Error)]
#[error("the case could not be taken over")]
pub struct TakeOverError {
    /// The act at fault, from 0; none where it is the whole.
    pub act: Option<usize>,
    /// What is wrong.
    #[source]
    pub source: PerformError,
}

impl Office {
    /// Takes a case over, once, however often it is asked with the same key.
    pub async fn take_over(
        &self,
        hands: BothHands<'_>,
        asked: &TakeOverRequest,
        key: &str,
    ) -> Result<Performed, TakeOverError> {
        let whole = |source: PerformError| TakeOverError { act: None, source };
        let by = (asked.entered_by.as_str(), asked.approved_by.as_str());
        let allowed = if asked.sheet.is_empty() {
            access::amend(&self.agency(), hands, by.0, by.1)
        } else {
            access::amend_on_paper(&self.agency(), &self.all_procedures(), hands, by)
        };
        allowed.map_err(|denied| whole(denied.into()))?;
        let digest = digest("take-over", &asked.procedure, asked);
        if let Some(known) = self.known(key, digest).await.map_err(whole)? {
            return Ok(known);
        }
        let mut tries = 0;
        loop {
            match self.take_over_new(asked, key, digest).await {
                Err(TakeOverError {
                    source: PerformError::Write(WriteError::RegistersMoved),
                    ..
                }) if tries < TRIES => tries += 1,
                answered => return answered,
            }
        }
    }

    async fn take_over_new(
        &self,
        asked: &TakeOverRequest,
        key: &str,
        digest: [u8; 32],
    ) -> Result<Performed, TakeOverError> {
        let whole = |source: PerformError| TakeOverError { act: None, source };
        let standing = self
            .fresh_standing()
            .await
            .map_err(|error| whole(error.into()))?;
        let now = self.ports.clock.now();
        let case_id = self.new_id();
        let (taken, record) = self.taken((&case_id, asked), &standing, now).await?;
        let target = Target::NewCase {
            procedure: asked.procedure.clone(),
        };
        let decided = Decided {
            numbers: taken.numbers,
            ..Decided::plain(taken.entry)
        };
        let idempotency = Idempotency {
            key: key.to_owned(),
            request_digest: digest,
        };
        let written = self
            .write(
                &case_id,
                Arc::new(record),
                &standing,
                decided,
                idempotency,
                now,
            )
            .await
            .map_err(|error| whole(error.into()))?;
        self.performed(&target, case_id, key, written)
            .await
            .map_err(whole)
    }

    /// The case that was taken over with this key, if one was.
    pub async fn taken_over_as(&self, key: &str) -> Result<Option<String>, ReadError> {
        let known = self.ports.ledger.request(&self.agency, key).await?;
        Ok(known.and_then(|known| case_of(&known.stream)))
    }

    /// The case as it would stand, without recording anything: its next step, what is owed, what departs from the law.
    pub async fn preview_take_over(
        &self,
        asked: &TakeOverRequest,
    ) -> Result<CaseView, TakeOverError> {
        let now = self.ports.clock.now();
        let standing = self.standing();
        let (taken, mut record) = self.taken(("", asked), &standing, now).await?;
        record.decided(taken.entry);
        Ok(self.shown(String::new(), record, &standing))
    }

    /// The case as it comes in, each act judged as of its day, with what other cases say of the parties.
    async fn taken(
        &self,
        (case_id, asked): (&str, &TakeOverRequest),
        standing: &Standing,
        now: Timestamp,
    ) -> Result<(Taken, CaseRecord), TakeOverError> {
        let whole = |source: PerformError| TakeOverError { act: None, source };
        let procedure = self
            .procedure(&asked.procedure)
            .map_err(|error| whole(error.into()))?;
        let mut taking = Taking::new(Arc::clone(&procedure));
        for (at, act) in asked.acts.iter().enumerate() {
            let of_act = |source| TakeOverError {
                act: Some(at),
                source,
            };
            let command = act.command(taking.case()).map_err(|misread| {
                of_act(match misread {
                    Misread::NoSuchAct => PerformError::NoSuchAct,
                    Misread::Fields(errors) => PerformError::Fields(errors),
                })
            })?;
            let context = self
                .context_for(standing, (case_id, taking.case()), &command)
                .await
                .map_err(|error| of_act(error.into()))?;
            taking
                .add(&context, &command, legal_moment(now))
                .map_err(|refusal| of_act(refused(refusal)))?;
        }
        let by = TakingBy {
            from: asked.from.clone(),
            entered_by: asked.entered_by.clone(),
            approved_by: asked.approved_by.clone(),
            sheet: asked.sheet.clone(),
        };
        let taken = taking
            .finish(&standing.context, &by, legal_moment(now))
            .map_err(|refusal| whole(refused(refusal)))?;
        Ok((taken, CaseRecord::new(procedure)))
    }
}

/// The departures from the law that a case was taken over with: the act, from 0, and the rules.
pub fn departures(entry: &Entry) -> Vec<(usize, Vec<String>)> {
    match entry {
        Entry::TakenOver(taken) => taken
            .acts
            .iter()
            .enumerate()
            .filter(|(_, act)| !act.cautions.is_empty())
            .map(|(at, act)| (at, act.cautions.clone()))
            .collect(),
        Entry::Act(_)
        | Entry::CalendarSettled { .. }
        | Entry::Corrected(_)
        | Entry::PartsDestroyed(_) => Vec::new(),
    }
}
