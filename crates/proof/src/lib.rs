//! What anyone can check about the record, without trusting whoever keeps it.
//!
//! An entry of the log is a [`Leaf`]: a header that names no person, and the commitments of its salted [`Part`]s. The
//! leaves form an RFC 6962 tree ([`tree`]) in the C2SP tlog form, published as tiles ([`tile`]); a [`Checkpoint`] is its
//! signed head; a [`Bundle`] carries one shown part, with the proof that the log holds it, to the public side.
//! SM3 stands beside SHA-256 in every leaf, and SM2 beside Ed25519 under every checkpoint.
//!
//! Pure: no clock, no randomness, no input or output. Salts and keys come as arguments. Nothing here knows law.

mod base64_text;
mod bundle;
mod checkpoint;
pub mod draw;
mod leaf;
mod part;
mod publication;
mod sm2_key;
pub mod tile;
pub mod tree;

pub use bundle::{Bundle, BundleError, ShownPart, VerifiedPublication};
pub use checkpoint::{Checkpoint, CheckpointError, KeyError, SigningKey, VerifierKey};
pub use leaf::{DestroyedPart, Leaf, LeafError, LeafRead, NewLeaf, PartCommitment, PartRead};
pub use part::{BadLabel, Commitment, Label, Part, Sensitivity};
pub use publication::{
    Disclosure, DisclosureFacet, DisclosureRow, DisclosureSection, Replaced, Withdrawal,
};
pub use sm2_key::{Sm2SigningKey, Sm2VerifierKey};
pub use tile::TilePlace;
pub use tree::Hash;
