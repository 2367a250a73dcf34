//! The stored header of an entry: the very bytes that the log hashes.

mod written;

use crate::part::{self, Commitment, Label, Part, Sensitivity};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use sm3::{Digest, Sm3};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Version 1 had SHA-256 alone.
const WITHOUT_SM3: u32 = 1;
const VERSION: u32 = 2;

/// What stands before the SM3 digest, which is the last field of a leaf: `,"sm3":"` with 44 characters and `"}`.
const SM3_FIELD: &[u8] = b",\"sm3\":\"";
const SM3_TAIL_BYTES: usize = SM3_FIELD.len() + 44 + 2;

/// What the leaf says of one part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartCommitment {
    /// The name of the part.
    pub label: Label,
    /// Who may see it.
    pub sensitivity: Sensitivity,
    /// Its salted SHA-256 hash.
    pub commitment: Commitment,
    /// Its salted SM3 hash; a leaf of version 1 has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sm3: Option<Commitment>,
}

/// A part of an earlier entry that this entry says was lawfully destroyed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DestroyedPart {
    /// The place of the earlier entry in the log.
    #[serde(rename = "leaf")]
    pub leaf_index: u64,
    /// The name of its part.
    pub label: Label,
}

/// The header of an entry, stored as JSON. A leaf commits to the stored bytes, never to a re-serialization.
///
/// Its place in the log is not written in it: the tree says it, and the bytes can be made before the place is known.
///
/// The last field is `sm3`: the base64 of the SM3 digest of *all bytes of the leaf that stand before it*, that is of the
/// stored bytes without their last 54 (`,"sm3":"`, 44 characters, `"}`). Those bytes hold the header and the SM3
/// commitment of every part, so whoever trusts SM3 alone can check the entry by it.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    header: Box<RawValue>,
    /// The commitments of the parts, in the order they were given.
    pub parts: Vec<PartCommitment>,
    /// The parts of earlier entries that it says were lawfully destroyed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destroys: Vec<DestroyedPart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sm3: Option<Commitment>,
}

/// What a leaf says of one part, where it lies.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartRead<'a> {
    /// The name of the part: that of a [`Label`].
    #[serde(borrow, deserialize_with = "label_text")]
    pub label: Cow<'a, str>,
    /// Who may see it.
    pub sensitivity: Sensitivity,
    commitment: Commitment,
    #[serde(default)]
    sm3: Option<Commitment>,
}

fn label_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, str>, D::Error> {
    /// A text of a field is copied unless the field itself says that it borrows.
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    let Text(text) = Text::deserialize(deserializer)?;
    Label::check(&text).map_err(D::Error::custom)?;
    Ok(text)
}

/// Read and passed over, so that a leaf without a header is none.
fn any_json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    <&RawValue>::deserialize(deserializer).map(drop)
}

impl PartRead<'_> {
    /// Whether these are the salt and the body that the leaf commits to.
    pub fn fits(&self, salt: &[u8; 32], body: &[u8]) -> bool {
        part::commit(salt, &self.label, body) == self.commitment
    }

    /// The same by SM3. A part of a leaf without SM3 fits.
    pub fn sm3_fits(&self, salt: &[u8; 32], body: &[u8]) -> bool {
        self.sm3
            .is_none_or(|sm3| part::commit_by_sm3(salt, &self.label, body) == sm3)
    }
}

/// What a verification reads of a leaf, without copying what it only passes over.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeafRead<'a> {
    version: u32,
    /// The id of the entry.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// Whose log it is.
    #[serde(borrow)]
    pub agency: Cow<'a, str>,
    /// The stream.
    #[serde(borrow)]
    pub stream: Cow<'a, str>,
    /// The place within the stream, from 1.
    pub stream_version: u64,
    /// When it was recorded.
    #[serde(borrow)]
    pub recorded_at: Cow<'a, str>,
    #[serde(rename = "header", deserialize_with = "any_json")]
    _header: (),
    /// What it says of each part.
    #[serde(borrow)]
    pub parts: Vec<PartRead<'a>>,
    /// The parts of earlier entries that it says were lawfully destroyed.
    #[serde(default)]
    pub destroys: Vec<DestroyedPart>,
    #[serde(default)]
    sm3: Option<Commitment>,
}

/// What a new leaf is made of.
#[derive(Clone, Debug)]
pub struct NewLeaf<'a> {
    /// The id of the entry.
    pub id: &'a str,
    /// Whose log it is.
    pub agency: &'a str,
    /// The stream it belongs to.
    pub stream: &'a str,
    /// The place within the stream, from 1.
    pub stream_version: u64,
    /// When it is recorded (RFC 3339, UTC).
    pub recorded_at: String,
    /// What happened, without personal data. Its shape belongs to whoever wrote it.
    pub header: &'a serde_json::Value,
    /// The parts to commit to.
    pub parts: &'a [Part],
    /// The parts of earlier entries that this one says were lawfully destroyed.
    pub destroys: Vec<DestroyedPart>,
}

/// Why bytes are not a leaf, or parts cannot stand in one.
#[derive(Debug, thiserror::Error)]
pub enum LeafError {
    /// The bytes are not the JSON of a leaf.
    #[error("the leaf cannot be read")]
    Unreadable(#[source] serde_json::Error),
    /// Written by a later program.
    #[error("the leaf has version {0}, this program reads up to {VERSION}")]
    UnknownVersion(u32),
    /// A field that its version must have is missing, in another place, or one that it cannot have is there.
    #[error("the SM3 digests of the leaf are not those of version {0}")]
    Digests(u32),
    /// Two parts share a label.
    #[error("two parts are labelled {0}")]
    DuplicateLabel(String),
}

impl Leaf {
    /// Assembles the leaf of an entry from its header and parts.
    pub fn new(new: NewLeaf<'_>) -> Result<Self, LeafError> {
        let parts = new
            .parts
            .iter()
            .map(|part| PartCommitment {
                label: part.label.clone(),
                sensitivity: part.sensitivity,
                commitment: part.commitment(),
                sm3: Some(part.sm3_commitment()),
            })
            .collect();
        let mut leaf = Self {
            version: VERSION,
            id: new.id.to_owned(),
            agency: new.agency.to_owned(),
            stream: new.stream.to_owned(),
            stream_version: new.stream_version,
            recorded_at: new.recorded_at,
            header: serde_json::value::to_raw_value(new.header).map_err(LeafError::Unreadable)?,
            parts,
            destroys: new.destroys,
            sm3: None,
        };
        check_labels(leaf.parts.iter().map(|part| part.label.as_str()))?;
        let mut before = leaf.to_bytes();
        // The closing brace comes after the digest.
        before.pop();
        leaf.sm3 = Some(Commitment(Sm3::digest(&before).into()));
        Ok(leaf)
    }

    /// Reads stored leaf bytes. The SM3 digests must be there; whether they are right is asked of [`Leaf::sm3_fits`].
    pub fn parse(bytes: &[u8]) -> Result<Self, LeafError> {
        let leaf: Self = serde_json::from_slice(bytes).map_err(LeafError::Unreadable)?;
        let parts = || {
            let parts = leaf.parts.iter();
            parts.map(|part| (part.label.as_str(), part.sm3.is_some()))
        };
        check_read(bytes, leaf.version, leaf.sm3, parts, &leaf.destroys)?;
        Ok(leaf)
    }

    /// The bytes to store and to hash, once.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a leaf has string keys only, so it always serializes")
    }

    /// What happened, as the JSON text that was stored.
    pub fn header_json(&self) -> &str {
        self.header.get()
    }

    /// What happened, read from that text.
    pub fn header(&self) -> serde_json::Value {
        serde_json::from_str(self.header.get()).expect("a raw value was read as JSON once")
    }

    /// What the leaf says of the part with this label.
    pub fn part(&self, label: &str) -> Option<&PartCommitment> {
        self.parts.iter().find(|part| part.label.as_str() == label)
    }

    /// Whether it carries SM3 digests: leaves of version 1 do not.
    pub fn has_sm3(&self) -> bool {
        self.sm3.is_some()
    }

    /// Whether the SM3 digest is that of `bytes`, from which this leaf was read. A leaf without one fits.
    pub fn sm3_fits(&self, bytes: &[u8]) -> bool {
        sm3_fits(self.sm3, bytes)
    }
}

impl<'a> LeafRead<'a> {
    /// Reads stored leaf bytes, and refuses what [`Leaf::parse`] refuses.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, LeafError> {
        // Checked once as a whole, its texts need not be checked one by one. Other bytes are no JSON: the reader says where.
        let leaf: Self = match simdutf8::basic::from_utf8(bytes) {
            Ok(text) => match written::read(text) {
                Some(leaf) => Ok(leaf),
                None => serde_json::from_str(text),
            },
            Err(_) => serde_json::from_slice(bytes),
        }
        .map_err(LeafError::Unreadable)?;
        let parts = || {
            let parts = leaf.parts.iter();
            parts.map(|part| (&*part.label, part.sm3.is_some()))
        };
        check_read(bytes, leaf.version, leaf.sm3, parts, &leaf.destroys)?;
        Ok(leaf)
    }

    /// Whether it carries SM3 digests.
    pub fn has_sm3(&self) -> bool {
        self.sm3.is_some()
    }

    /// Whether the SM3 digest is that of `bytes`, from which this leaf was read. A leaf without one fits.
    pub fn sm3_fits(&self, bytes: &[u8]) -> bool {
        sm3_fits(self.sm3, bytes)
    }
}

/// `parts` gives the label of each part, and whether it has an SM3 commitment.
fn check_read<'l, I: Iterator<Item = (&'l str, bool)>>(
    bytes: &[u8],
    version: u32,
    sm3: Option<Commitment>,
    parts: impl Fn() -> I,
    destroys: &[DestroyedPart],
) -> Result<(), LeafError> {
    let has_sm3 = match version {
        WITHOUT_SM3 => false,
        VERSION => true,
        other => return Err(LeafError::UnknownVersion(other)),
    };
    let fits = sm3.is_some() == has_sm3
        && parts().all(|(_, part_has_sm3)| part_has_sm3 == has_sm3)
        && (has_sm3 || destroys.is_empty())
        && (!has_sm3 || before_sm3(bytes).is_some());
    if !fits {
        return Err(LeafError::Digests(version));
    }
    check_labels(parts().map(|(label, _)| label))
}

fn check_labels<'l>(labels: impl Iterator<Item = &'l str>) -> Result<(), LeafError> {
    /// A leaf has a handful: looking at all of them is quicker than a set, which needs memory of its own.
    const FEW: usize = 8;
    let mut few: [&str; FEW] = [""; FEW];
    let mut seen = BTreeSet::new();
    for (at, label) in labels.enumerate() {
        let is_new = match few.get_mut(at) {
            Some(place) => {
                *place = label;
                !few.iter().take(at).any(|earlier| *earlier == label)
            }
            None => !few.contains(&label) && seen.insert(label),
        };
        if !is_new {
            return Err(LeafError::DuplicateLabel(label.to_owned()));
        }
    }
    Ok(())
}

fn sm3_fits(stated: Option<Commitment>, bytes: &[u8]) -> bool {
    match (stated, before_sm3(bytes)) {
        (None, _) => true,
        (Some(Commitment(stated)), Some(before)) => {
            let computed: [u8; 32] = Sm3::digest(before).into();
            stated == computed
        }
        (Some(_), None) => false,
    }
}

/// The bytes that the SM3 digest of a leaf covers, if the digest stands last, without any blank.
fn before_sm3(bytes: &[u8]) -> Option<&[u8]> {
    let (before, tail) = bytes.split_at_checked(bytes.len().checked_sub(SM3_TAIL_BYTES)?)?;
    (tail.starts_with(SM3_FIELD) && tail.ends_with(b"\"}")).then_some(before)
}

#[cfg(test)]
#[path = "leaf_tests.rs"]
mod tests;
