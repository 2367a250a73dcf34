//! The ports of `app` that are neither database nor page: the machine's clock and chance, and the portal's folder.

use app::ledger::{Agency, Ledger};
use app::ports::{Chance, Clock, Outward, OutwardError, Publisher};
use async_trait::async_trait;
use jiff::Timestamp;
use ledger::{outward, publish};
use proof::SigningKey;
use rand::TryRngCore;
use rand::rngs::OsRng;
use std::path::PathBuf;
use std::sync::Arc;

/// The clock of the machine.
pub(crate) struct MachineClock;

impl Clock for MachineClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The chance of the operating system.
pub(crate) struct SystemChance;

impl Chance for SystemChance {
    fn fill(&self, bytes: &mut [u8]) {
        OsRng
            .try_fill_bytes(bytes)
            .expect("a running system gives random bytes");
    }
}

/// The folder that the portal reads, and the key that signs what goes there.
pub(crate) struct PortalFolder {
    pub(crate) folder: PathBuf,
    pub(crate) key: SigningKey,
    pub(crate) ledger: Arc<dyn Ledger>,
}

#[async_trait]
impl Publisher for PortalFolder {
    async fn publish(
        &self,
        agency: &Agency,
        leaf_index: u64,
        crossing: &Outward,
    ) -> Result<(), OutwardError> {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| OutwardError {
            id: crossing.id.clone(),
            source,
        };
        let label = crossing.effect.label();
        let bundle =
            publish::bundle(self.ledger.as_ref(), agency, leaf_index, label, &self.key).await;
        let bundle = bundle.map_err(|error| failed(error.into()))?;
        outward::deliver(&self.folder, &crossing.id, &bundle).map_err(|error| failed(error.into()))
    }

    fn holds(&self, leaf_index: u64, crossing: &Outward) -> bool {
        outward::holds(&self.folder, leaf_index, &crossing.id)
    }
}
