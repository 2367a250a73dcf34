//! What goes on beside the requests: deliver what is outstanding, let time pass, sign the head, publish the tiles.
//!
//! Several processes may run; of each piece of work only the holder of its lease does it.

use app::Office;
use ledger::tiles;
use proof::SigningKey;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

/// The head is signed and published within about this time.
const OFTEN: Duration = Duration::from_secs(2);
/// What time brings is looked for once in so many rounds.
const ROUNDS_OF_TIME: u32 = 30;

/// What the worker works with.
pub(crate) struct Worker {
    pub(crate) office: Arc<Office>,
    pub(crate) ledger: Arc<dyn app::ledger::Ledger>,
    pub(crate) key: SigningKey,
    pub(crate) portal_folder: PathBuf,
}

impl Worker {
    /// Works until the sender of `stopped` is gone.
    pub(crate) async fn run(self, mut stopped: watch::Receiver<()>) {
        let mut rounds = interval(OFTEN);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut round: u32 = 0;
        loop {
            tokio::select! {
                _ = rounds.tick() => {}
                _ = stopped.changed() => return,
            }
            self.round(round.is_multiple_of(ROUNDS_OF_TIME)).await;
            round = round.wrapping_add(1);
        }
    }

    /// One round. What fails is said and tried again in the next.
    pub(crate) async fn round(&self, lets_time_pass: bool) {
        if lets_time_pass {
            if let Err(error) = self.office.forget_what_ended().await {
                tracing::warn!(%error, "sessions that ended could not be forgotten");
            }
            match self.office.let_time_pass().await {
                Ok(passed) => {
                    for done in &passed.performed {
                        tracing::info!(
                            case = done.case_id,
                            leaf = done.leaf_index,
                            "time brought an act about"
                        );
                    }
                    for settled in &passed.settled {
                        tracing::info!(
                            case = settled.case_id,
                            leaf = settled.leaf_index,
                            "dates were settled by the calendar"
                        );
                    }
                    for (line, error) in &passed.refused {
                        tracing::warn!(
                            case = line.case_id,
                            rule = line.rule,
                            error = error as &dyn std::error::Error,
                            "a date has passed, but its act is not possible"
                        );
                    }
                }
                Err(error) => complain(&error, "the dates that passed could not be looked for"),
            }
        }
        if let Err(error) = self.office.deliver().await {
            complain(&error, "the outbox could not be delivered");
        }
        match self.office.lease("tiles").await {
            Ok(true) => self.publish().await,
            Ok(false) => {}
            Err(error) => complain(&error, "the lease of the tiles could not be had"),
        }
    }

    async fn publish(&self) {
        let agency = self.office.log();
        match self.ledger.tree_size(agency).await {
            // Nothing to sign yet.
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => return complain(&error, "the size of the log could not be read"),
        }
        let folder = self.portal_folder.join(tiles::FOLDER);
        if let Err(error) =
            tiles::publish_tiles(self.ledger.as_ref(), agency, &self.key, &folder).await
        {
            complain(&error, "the log could not be published");
        }
    }
}

fn complain(error: &(dyn std::error::Error + 'static), what: &str) {
    tracing::error!(error, "{what}");
}
