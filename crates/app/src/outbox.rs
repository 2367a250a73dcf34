//! What is done after an entry: delivered in order, at least once, by whichever process holds the lease.

use crate::ledger::{Outstanding, ReadError};
use crate::office::Office;
use crate::perform::Publishing;
use crate::ports::Outward;
use crate::write::PUBLICATION;
use jiff::SignedDuration;

/// A holder that does not renew for this long has ended.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// Items are read in steps of this many.
const STEP: u32 = 100;

impl Office {
    /// What is recorded stands, whether or not the public side can be reached now.
    pub(crate) async fn publish_now(
        &self,
        leaf_index: u64,
        outward: Option<Outward>,
    ) -> Publishing {
        let Some(outward) = outward else {
            return Publishing::Nothing;
        };
        let left = match self.deliver().await {
            Ok(left) => left,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the outbox could not be read"
                );
                return Publishing::Outstanding(outward);
            }
        };
        if left.iter().any(|item| item.leaf_index == leaf_index) {
            Publishing::Outstanding(outward)
        } else {
            Publishing::Done(outward)
        }
    }

    /// Takes the lease of this name for a while; true when this process has it.
    pub async fn lease(&self, name: &str) -> Result<bool, ReadError> {
        let now = self.ports.clock.now();
        self.ports
            .ledger
            .lease(&self.agency, name, &self.holder, now, now + LEASE)
            .await
    }

    /// Does what is outstanding, oldest first; returns what is left. A publication that fails holds back later ones of
    /// the same id, so that what was withdrawn does not come back.
    pub async fn deliver(&self) -> Result<Vec<Outstanding>, ReadError> {
        let _one_at_a_time = self.delivering.lock().await;
        let ledger = &self.ports.ledger;
        if !self.lease("outbox").await? {
            return ledger.outstanding(&self.agency, STEP).await;
        }
        let mut left: Vec<Outstanding> = Vec::new();
        loop {
            let known = left.len();
            let limit = STEP.saturating_add(u32::try_from(known).unwrap_or(u32::MAX));
            let items = ledger.outstanding(&self.agency, limit).await?;
            let fresh: Vec<Outstanding> = items
                .into_iter()
                .filter(|item| !left.contains(item))
                .collect();
            if fresh.is_empty() {
                return Ok(left);
            }
            for item in fresh {
                if self.done(&item, &left).await {
                    ledger
                        .done(&self.agency, item.leaf_index, item.position)
                        .await?;
                } else {
                    left.push(item);
                }
            }
        }
    }

    async fn done(&self, item: &Outstanding, left: &[Outstanding]) -> bool {
        if item.item.topic != PUBLICATION {
            tracing::warn!(topic = item.item.topic, "nobody does this yet; it waits");
            return false;
        }
        let outward: Outward = match serde_json::from_value(item.item.payload.clone()) {
            Ok(outward) => outward,
            Err(error) => {
                tracing::error!(%error, leaf = item.leaf_index, "an item of the outbox cannot be read");
                return false;
            }
        };
        let is_held_back = left.iter().any(|earlier| {
            serde_json::from_value::<Outward>(earlier.item.payload.clone())
                .is_ok_and(|earlier| earlier.id == outward.id)
        });
        if is_held_back {
            return false;
        }
        match self
            .ports
            .publisher
            .publish(&self.agency, item.leaf_index, &outward)
            .await
        {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a publication is outstanding"
                );
                false
            }
        }
    }
}
