//! The separable parts of an entry: each can be shown, or destroyed, alone.

use crate::base64_text;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sm3::Sm3;
use std::fmt;

/// Who may see a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Anyone.
    Public,
    /// Whoever has work with the person it speaks of.
    Personal,
    /// Whoever is cleared for it.
    Secret,
}

/// The name of a part within its entry. It stands in the leaf, hence it must not name a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Label(String);

/// A label that is empty, longer than 200 bytes, or holds a control character.
#[derive(Debug, thiserror::Error)]
#[error("a part label is 1 to 200 bytes without control characters, not {0:?}")]
pub struct BadLabel(String);

impl Label {
    /// Accepts 1 to 200 bytes without control characters: the zero byte separates label and body in the commitment.
    pub fn parse(text: &str) -> Result<Self, BadLabel> {
        Self::check(text)?;
        Ok(Self(text.to_owned()))
    }

    /// Whether a text can be a label, wherever it lies.
    pub(crate) fn check(text: &str) -> Result<(), BadLabel> {
        if text.is_empty() || text.len() > 200 || text.chars().any(char::is_control) {
            return Err(BadLabel(text.to_owned()));
        }
        Ok(())
    }

    /// The label as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Label {
    type Error = BadLabel;
    fn try_from(text: String) -> Result<Self, BadLabel> {
        Self::parse(&text)
    }
}

impl From<Label> for String {
    fn from(label: Label) -> Self {
        label.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A salted hash of one part: says nothing about the part to whoever lacks the salt.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Commitment(
    #[serde(
        serialize_with = "base64_text::serialize",
        deserialize_with = "base64_text::deserialize_32"
    )]
    pub [u8; 32],
);

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64_text::encode(&self.0))
    }
}

/// One part of an entry, with the salt that hides it in the leaf.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name within the entry.
    pub label: Label,
    /// Who may see it.
    pub sensitivity: Sensitivity,
    /// 32 random bytes of its own; destroyed together with the body.
    pub salt: [u8; 32],
    /// The stored bytes, never re-serialized.
    pub body: Vec<u8>,
}

impl Part {
    /// `SHA-256(salt || 0x00 || label || 0x00 || body)`.
    ///
    /// The salt has a fixed length and a label holds no zero byte, so no two parts share these bytes. They cannot be
    /// taken for the bytes of a leaf either: those begin with `0x00` and JSON, which holds no zero byte.
    pub fn commitment(&self) -> Commitment {
        commit(&self.salt, self.label.as_str(), &self.body)
    }

    /// `SM3(salt || 0x00 || label || 0x00 || body)`: the same bytes under the national hash.
    pub fn sm3_commitment(&self) -> Commitment {
        commit_by_sm3(&self.salt, self.label.as_str(), &self.body)
    }
}

pub(crate) fn commit(salt: &[u8; 32], label: &str, body: &[u8]) -> Commitment {
    hash::<Sha256>(salt, label, body)
}

pub(crate) fn commit_by_sm3(salt: &[u8; 32], label: &str, body: &[u8]) -> Commitment {
    hash::<Sm3>(salt, label, body)
}

fn hash<D: Digest>(salt: &[u8; 32], label: &str, body: &[u8]) -> Commitment
where
    [u8; 32]: From<sha2::digest::Output<D>>,
{
    let mut hasher = D::new();
    hasher.update(salt);
    hasher.update([0]);
    hasher.update(label.as_bytes());
    hasher.update([0]);
    hasher.update(body);
    Commitment(hasher.finalize().into())
}

// A part may hold personal data: only its shape may reach a log line.
impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("label", &self.label.0)
            .field("sensitivity", &self.sensitivity)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(label: &str, body: &str) -> Part {
        Part {
            label: Label::parse(label).expect("a label of the test"),
            sensitivity: Sensitivity::Public,
            salt: [7; 32],
            body: body.into(),
        }
    }

    #[test]
    fn the_commitment_is_the_documented_hash() {
        // printf '%s' (32 x 0x07) 00 'a' 00 'b' | sha256sum
        let mut bytes = vec![7; 32];
        bytes.extend_from_slice(b"\0a\0b");
        let expected: [u8; 32] = Sha256::digest(&bytes).into();
        assert_eq!(part("a", "b").commitment().0, expected);
    }

    #[test]
    fn label_and_body_cannot_flow_into_each_other() {
        assert_ne!(part("ab", "c").commitment(), part("a", "bc").commitment());
        assert!(Label::parse("a\0b").is_err());
        assert!(Label::parse("").is_err());
    }

    #[test]
    fn a_part_in_a_log_line_shows_no_content() {
        let text = format!("{:?}", part("party/1", "张三"));
        assert!(!text.contains("张三") && !text.contains("salt"), "{text}");
    }
}
