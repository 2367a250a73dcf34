//! What is done after an entry: delivered in order, at least once, by whichever process holds the lease.

use crate::ledger::{Outstanding, ReadError};
use crate::office::Office;
use crate::perform::Publishing;
use crate::ports::Outward;
use crate::write::PUBLICATION;
use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};

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
        let left = match self.deliver_up_to(Some(leaf_index)).await {
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
        self.deliver_up_to(None).await
    }

    /// The same, until what this entry brought is done. Where many wait, whoever is first does it for all of them.
    async fn deliver_up_to(&self, wanted: Option<u64>) -> Result<Vec<Outstanding>, ReadError> {
        let mut held = self.delivering.lock().await;
        let ledger = &self.ports.ledger;
        let mut left: Vec<Outstanding> = Vec::new();
        loop {
            let known = left.len();
            let limit = STEP.saturating_add(u32::try_from(known).unwrap_or(u32::MAX));
            let items = ledger.outstanding(&self.agency, limit).await?;
            if wanted.is_some_and(|leaf| is_done(&items, leaf, limit)) {
                return Ok(left);
            }
            let fresh: Vec<Outstanding> = items
                .iter()
                .filter(|item| !left.contains(item))
                .cloned()
                .collect();
            if fresh.is_empty() {
                return Ok(left);
            }
            if !self.holds_outbox(&mut held).await? {
                return Ok(items);
            }
            let mut done: Vec<Outstanding> = Vec::new();
            for item in fresh {
                let is_done = self.done(&item, &left).await;
                if is_done { &mut done } else { &mut left }.push(item);
            }
            // Noted together: they share the syncs of the disk.
            let noted = done
                .iter()
                .map(|item| ledger.done(&self.agency, item.leaf_index, item.position));
            try_join_all(noted).await?;
        }
    }

    /// Whether this process may deliver. The lease is renewed once half of it is over.
    async fn holds_outbox(&self, held: &mut Option<Timestamp>) -> Result<bool, ReadError> {
        let now = self.ports.clock.now();
        let is_fresh = held.is_some_and(|since| now >= since && now < since + LEASE / 2);
        if !is_fresh {
            *held = self.lease("outbox").await?.then_some(now);
        }
        Ok(held.is_some())
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

/// Whether nothing that this entry brought is among the oldest so many outstanding.
fn is_done(items: &[Outstanding], leaf: u64, limit: u32) -> bool {
    let are_all = items.len() < usize::try_from(limit).unwrap_or(usize::MAX);
    let reach = items.last().is_some_and(|last| last.leaf_index > leaf);
    (are_all || reach) && items.iter().all(|item| item.leaf_index != leaf)
}
