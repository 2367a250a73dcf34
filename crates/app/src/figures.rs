//! How the record stands, in figures: for whoever watches over the program.

use crate::ledger::ReadError;
use crate::office::Office;

/// The figures. They count, and name nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Entries in the log.
    pub entries: u64,
    /// What is still to be done after entries, counted up to [`Figures::OUTSTANDING_MAX`].
    pub outstanding: u64,
}

impl Figures {
    /// Items of the outbox are counted up to here: a longer queue is an alarm whatever its length.
    pub const OUTSTANDING_MAX: u32 = 1_000;
}

impl Office {
    /// Whether the record can be read.
    pub async fn is_readable(&self) -> bool {
        match self.ports.ledger.tree_size(&self.agency).await {
            Ok(_) => true,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "the record could not be read"
                );
                false
            }
        }
    }

    /// The figures as they are now.
    pub async fn figures(&self) -> Result<Figures, ReadError> {
        let ledger = &self.ports.ledger;
        let outstanding = ledger
            .outstanding(&self.agency, Figures::OUTSTANDING_MAX)
            .await?;
        Ok(Figures {
            entries: ledger.tree_size(&self.agency).await?,
            outstanding: u64::try_from(outstanding.len()).unwrap_or(u64::MAX),
        })
    }
}
