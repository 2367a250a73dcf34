//! The stored header of an entry: the very bytes that the log hashes.

use crate::part::{Commitment, Label, Part, Sensitivity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const VERSION: u32 = 1;

/// What the leaf says of one part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartCommitment {
    /// The name of the part.
    pub label: Label,
    /// Who may see it.
    pub sensitivity: Sensitivity,
    /// Its salted hash.
    pub commitment: Commitment,
}

/// The header of an entry, stored as JSON. A leaf commits to the stored bytes, never to a re-serialization.
///
/// Its place in the log is not written in it: the tree says it, and the bytes can be made before the place is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    version: u32,
    /// The id of the entry.
    pub id: String,
    /// Whose log it is.
    pub agency: String,
    /// The stream, such as `case/<id>`.
    pub stream: String,
    /// The place within the stream, from 1.
    pub stream_version: u64,
    /// When it was recorded (RFC 3339, UTC); never runs back along the log.
    pub recorded_at: String,
    /// What happened, without personal data. Its shape belongs to whoever wrote it.
    pub header: serde_json::Value,
    /// The commitments of the parts, in the order they were given.
    pub parts: Vec<PartCommitment>,
}

/// Why bytes are not a leaf, or parts cannot stand in one.
#[derive(Debug, thiserror::Error)]
pub enum LeafError {
    /// The bytes are not the JSON of a leaf.
    #[error("the leaf cannot be read")]
    Unreadable(#[source] serde_json::Error),
    /// Written by a later program.
    #[error("the leaf has version {0}, this program reads {VERSION}")]
    UnknownVersion(u32),
    /// Two parts share a label.
    #[error("two parts are labelled {0}")]
    DuplicateLabel(Label),
}

impl Leaf {
    /// Assembles the leaf of an entry from its header and parts.
    pub fn new(
        id: String,
        agency: String,
        stream: String,
        stream_version: u64,
        recorded_at: String,
        header: serde_json::Value,
        parts: &[Part],
    ) -> Result<Self, LeafError> {
        let parts = parts
            .iter()
            .map(|part| PartCommitment {
                label: part.label.clone(),
                sensitivity: part.sensitivity,
                commitment: part.commitment(),
            })
            .collect();
        let leaf = Self {
            version: VERSION,
            id,
            agency,
            stream,
            stream_version,
            recorded_at,
            header,
            parts,
        };
        leaf.check()?;
        Ok(leaf)
    }

    /// Reads stored leaf bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, LeafError> {
        let leaf: Self = serde_json::from_slice(bytes).map_err(LeafError::Unreadable)?;
        leaf.check()?;
        Ok(leaf)
    }

    fn check(&self) -> Result<(), LeafError> {
        if self.version != VERSION {
            return Err(LeafError::UnknownVersion(self.version));
        }
        let mut seen = BTreeSet::new();
        match self.parts.iter().find(|part| !seen.insert(&part.label)) {
            Some(part) => Err(LeafError::DuplicateLabel(part.label.clone())),
            None => Ok(()),
        }
    }

    /// The bytes to store and to hash, once.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a leaf has string keys only, so it always serializes")
    }

    /// What the leaf says of the part with this label.
    pub fn part(&self, label: &str) -> Option<&PartCommitment> {
        self.parts.iter().find(|part| part.label.as_str() == label)
    }
}
