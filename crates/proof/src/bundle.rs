//! The one file that crosses to the public side: a shown part, and the proof that the log holds it.

use crate::base64_text;
use crate::checkpoint::{Checkpoint, CheckpointError, VerifierKey};
use crate::leaf::{Leaf, LeafError};
use crate::part::{self, Label, Part, Sensitivity};
use crate::tree::{self, Hash, TreeError};
use serde::{Deserialize, Serialize};

const VERSION: u32 = 1;

/// A publication with its proof, as JSON. All bytes are standard base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// The version of this shape.
    pub version: u32,
    /// Which log.
    pub origin: String,
    /// The place of the leaf in the log.
    pub index: u64,
    /// The size of the tree that the proof leads to.
    pub size: u64,
    /// The stored bytes of the leaf.
    pub leaf: String,
    /// The inclusion proof, from the leaf upward.
    pub proof: Vec<String>,
    /// The signed head of the log, a C2SP signed note.
    pub checkpoint: String,
    /// The part that is shown.
    pub part: ShownPart,
}

/// The shown part with the salt that opens its commitment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShownPart {
    /// The name of the part in the leaf.
    pub label: String,
    /// 32 bytes.
    pub salt: String,
    /// The bytes of the part.
    pub body: String,
}

/// What a bundle says once everything in it has been checked.
#[derive(Clone, Debug)]
pub struct VerifiedPublication {
    /// The signed head that the proof leads to.
    pub checkpoint: Checkpoint,
    /// The place of the leaf in the log.
    pub index: u64,
    /// The header of the entry.
    pub leaf: Leaf,
    /// The name of the shown part.
    pub label: Label,
    /// The bytes of the shown part.
    pub body: Vec<u8>,
}

/// Why a bundle is not accepted; named by what does not hold.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Not the JSON of a bundle.
    #[error("the bundle cannot be read")]
    Unreadable(#[source] serde_json::Error),
    /// Written by a later program.
    #[error("the bundle has version {0}, this program reads {VERSION}")]
    UnknownVersion(u32),
    /// A field that is not base64 of the right length.
    #[error("{0} of the bundle is not base64 of the right length")]
    Encoding(&'static str),
    /// The checkpoint is not one of this log.
    #[error("the checkpoint is refused")]
    Checkpoint(#[source] CheckpointError),
    /// The bundle names another log than its checkpoint.
    #[error("the bundle names the log {bundle}, its checkpoint {checkpoint}")]
    Origin {
        /// What the bundle says.
        bundle: String,
        /// What was signed.
        checkpoint: String,
    },
    /// The bundle names another tree size than its checkpoint.
    #[error("the bundle names a tree of {bundle} leaves, its checkpoint one of {checkpoint}")]
    Size {
        /// What the bundle says.
        bundle: u64,
        /// What was signed.
        checkpoint: u64,
    },
    /// The leaf is not in the signed tree at this place.
    #[error("the leaf is not in the signed tree")]
    Inclusion(#[source] TreeError),
    /// In the tree, but not a leaf that this program can read.
    #[error("the leaf is refused")]
    Leaf(#[source] LeafError),
    /// The leaf has no part with this label.
    #[error("the leaf has no part labelled {0}")]
    NoSuchPart(String),
    /// The leaf has such a part, but not with this content.
    #[error("the shown content is not what the leaf commits to as {0}")]
    NotCommitted(String),
    /// The leaf commits to it as a part that is not public.
    #[error("the part {0} is not public")]
    NotPublic(String),
}

impl Bundle {
    /// Puts a bundle together; `note` is a checkpoint of a tree of `size` leaves.
    pub fn new(
        origin: &str,
        index: u64,
        size: u64,
        leaf: &[u8],
        proof: &[Hash],
        note: &str,
        part: &Part,
    ) -> Self {
        Self {
            version: VERSION,
            origin: origin.to_owned(),
            index,
            size,
            leaf: base64_text::encode(leaf),
            proof: proof
                .iter()
                .map(|hash| base64_text::encode(&hash.0))
                .collect(),
            checkpoint: note.to_owned(),
            part: ShownPart {
                label: part.label.as_str().to_owned(),
                salt: base64_text::encode(&part.salt),
                body: base64_text::encode(&part.body),
            },
        }
    }

    /// Reads the JSON of a bundle. Nothing is checked yet.
    pub fn parse(json: &[u8]) -> Result<Self, BundleError> {
        serde_json::from_slice(json).map_err(BundleError::Unreadable)
    }

    /// The JSON of the bundle, the same bytes every time.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).expect("a bundle is strings and numbers");
        json.push(b'\n');
        json
    }

    /// Checks the signature, then the place of the leaf in the signed tree, then that the leaf commits to the part.
    pub fn verify(&self, key: &VerifierKey) -> Result<VerifiedPublication, BundleError> {
        if self.version != VERSION {
            return Err(BundleError::UnknownVersion(self.version));
        }
        let checkpoint =
            Checkpoint::open(&self.checkpoint, key).map_err(BundleError::Checkpoint)?;
        if checkpoint.origin != self.origin {
            return Err(BundleError::Origin {
                bundle: self.origin.clone(),
                checkpoint: checkpoint.origin,
            });
        }
        if checkpoint.size != self.size {
            return Err(BundleError::Size {
                bundle: self.size,
                checkpoint: checkpoint.size,
            });
        }
        let leaf_bytes = base64_text::decode(&self.leaf).ok_or(BundleError::Encoding("leaf"))?;
        let proof: Option<Vec<Hash>> = self
            .proof
            .iter()
            .map(|hash| base64_text::decode_32(hash).map(Hash))
            .collect();
        let proof = proof.ok_or(BundleError::Encoding("proof"))?;
        tree::check_inclusion(
            &proof,
            checkpoint.size,
            checkpoint.root,
            self.index,
            tree::leaf_hash(&leaf_bytes),
        )
        .map_err(BundleError::Inclusion)?;

        let leaf = Leaf::parse(&leaf_bytes).map_err(BundleError::Leaf)?;
        let body = self.shown_body(&leaf)?;
        let label = Label::parse(&self.part.label)
            .map_err(|_| BundleError::NoSuchPart(self.part.label.clone()))?;
        Ok(VerifiedPublication {
            checkpoint,
            index: self.index,
            leaf,
            label,
            body,
        })
    }

    fn shown_body(&self, leaf: &Leaf) -> Result<Vec<u8>, BundleError> {
        let label = &self.part.label;
        let salt = base64_text::decode_32(&self.part.salt).ok_or(BundleError::Encoding("salt"))?;
        let body = base64_text::decode(&self.part.body).ok_or(BundleError::Encoding("body"))?;
        let promised = leaf
            .part(label)
            .ok_or_else(|| BundleError::NoSuchPart(label.clone()))?;
        if part::commit(&salt, label, &body) != promised.commitment {
            return Err(BundleError::NotCommitted(label.clone()));
        }
        // A salt and a body that open the commitment are not yet a permission to show them.
        if promised.sensitivity != Sensitivity::Public {
            return Err(BundleError::NotPublic(label.clone()));
        }
        Ok(body)
    }
}

#[cfg(test)]
#[path = "bundle_tests.rs"]
mod tests;
