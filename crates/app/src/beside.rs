//! Entries beside the cases: in streams of their own, with one personal part each.

use crate::amend::digest;
use crate::ledger::{
    Append, AppendError, Appended, Idempotency, NewEntry, ReadError, Recorded, StreamName,
};
use crate::numbers::{NumberClaim, NumberError};
use crate::office::{Office, ReadCaseError};
use proof::{Label, Part, Sensitivity};
use serde::Serialize;

/// Somebody else wrote the same stream at the same moment: tried again this often.
const TRIES: usize = 5;

/// Why an entry beside the cases was not written or read.
#[derive(Debug, thiserror::Error)]
pub enum BesideError {
    /// A value is missing or wrong, in words for the person who typed it.
    #[error("{0}")]
    Field(String),
    /// Not allowed.
    #[error(transparent)]
    Denied(#[from] crate::access::Denied),
    /// A number cannot be had.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// The case cannot be read.
    #[error("the case cannot be read")]
    Case(#[from] ReadCaseError),
    /// The stream cannot be named.
    #[error("the stream cannot be named")]
    Name(#[from] crate::ledger::BadName),
    /// The part cannot be named.
    #[error("the part cannot be named")]
    Label(#[from] proof::BadLabel),
    /// Not of the stored shape.
    #[error("the entry cannot be stored or read")]
    Shape(#[from] serde_json::Error),
    /// The record could not be read.
    #[error("the record could not be read")]
    Read(#[from] ReadError),
    /// The record could not be written.
    #[error("the record could not be written")]
    Append(#[source] AppendError),
}

impl Office {
    /// Appends to a stream beside the cases. `said` is kept in a personal part; `key` with what was asked is
    /// answered once.
    pub(crate) async fn beside(
        &self,
        stream: &str,
        header: serde_json::Value,
        said: &impl Serialize,
        numbers: Vec<NumberClaim>,
        (key, asked): (&str, &impl Serialize),
    ) -> Result<Appended, BesideError> {
        let stream = StreamName::parse(stream)?;
        let request_digest = digest("beside", stream.as_str(), asked);
        let mut salt = [0; 32];
        self.ports.chance.fill(&mut salt);
        let mut append = Append {
            agency: self.agency.clone(),
            stream,
            expected_version: 0,
            read_set: Vec::new(),
            idempotency: Idempotency {
                key: key.to_owned(),
                request_digest,
            },
            now: self.ports.clock.now(),
            entry: NewEntry {
                id: self.new_id(),
                header,
                parts: vec![Part {
                    label: Label::parse("personal")?,
                    sensitivity: Sensitivity::Personal,
                    salt,
                    body: serde_json::to_vec(said)?,
                }],
                destroys: Vec::new(),
                holes: Vec::new(),
            },
            numbers,
            projections: Vec::new(),
            outbox: Vec::new(),
        };
        let mut tries = 0;
        loop {
            match self.ports.ledger.append(append.clone()).await {
                Ok(appended) => return Ok(appended),
                // Entries beside the cases do not rest on each other: the next place will do.
                Err(AppendError::Stale { actual, .. }) if tries < TRIES => {
                    tries += 1;
                    append.expected_version = actual;
                }
                Err(AppendError::Number(error)) => return Err(error.into()),
                Err(error) => return Err(BesideError::Append(error)),
            }
        }
    }

    pub(crate) async fn entries_beside(&self, stream: &str) -> Result<Vec<Recorded>, BesideError> {
        let stream = StreamName::parse(stream)?;
        Ok(self
            .ports
            .ledger
            .read_stream(&self.agency, &stream, 0)
            .await?)
    }
}
