//! The RFC 6962 tree over the leaves, as C2SP tlog stores it.
//!
//! Hashes are kept under the *stored index* of the tlog scheme: an append writes the hash of its leaf and of every
//! subtree that it completes, in a row. Whoever keeps the hashes need only fetch the indexes that the `needed_…`
//! functions name (the asynchronous stores cannot be read from inside the algorithms).

use std::collections::BTreeMap;
use tlog_tiles::tlog::{self, Error};
pub use tlog_tiles::tlog::{Hash, HashReader};

/// Why a proof was not made or not accepted.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// A hash that the operation reads is not there.
    #[error("the tree hash at stored index {0} is missing")]
    Missing(u64),
    /// The proof does not lead from the leaf (or old root) to the root.
    #[error("the proof does not fit the root")]
    Refused,
    /// An index or size out of range.
    #[error("no such place in the tree: {0}")]
    OutOfRange(String),
}

/// `SHA-256(0x00 || leaf)`, RFC 6962 section 2.1.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    tlog::record_hash(leaf)
}

/// The stored index of the hash of leaf `index`.
pub fn stored_index_of_leaf(index: u64) -> u64 {
    tlog::stored_hash_index(0, index)
}

/// The level and the place within the level of a stored index; level 0 are the leaves.
pub fn place_of_stored_index(stored: u64) -> (u8, u64) {
    tlog::split_stored_hash_index(stored)
}

/// The stored index of the hash over the full subtree number `at` of `level`; level 0 are the leaves.
pub fn stored_index_at(level: u8, at: u64) -> u64 {
    tlog::stored_hash_index(level, at)
}

/// How many hashes a tree of `size` leaves stores.
pub fn stored_hash_count(size: u64) -> u64 {
    tlog::stored_hash_count(size)
}

/// Hashes that were fetched beforehand, by stored index.
#[derive(Debug, Default)]
pub struct KnownHashes(BTreeMap<u64, Hash>);

impl FromIterator<(u64, Hash)> for KnownHashes {
    fn from_iter<I: IntoIterator<Item = (u64, Hash)>>(hashes: I) -> Self {
        Self(hashes.into_iter().collect())
    }
}

impl HashReader for KnownHashes {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        indexes
            .iter()
            .map(|index| self.0.get(index).copied().ok_or_else(|| missing(*index)))
            .collect()
    }
}

// tlog_tiles has no variant for a hash that is not there; the index travels in the text and back (`lift`).
const MISSING: &str = "missing stored hash ";

fn missing(index: u64) -> Error {
    Error::InvalidInput(format!("{MISSING}{index}"))
}

fn lift(error: Error) -> TreeError {
    match error {
        Error::InvalidProof => TreeError::Refused,
        Error::InvalidInput(text) => match text
            .strip_prefix(MISSING)
            .and_then(|index| index.parse().ok())
        {
            Some(index) => TreeError::Missing(index),
            None => TreeError::OutOfRange(text),
        },
        other => TreeError::OutOfRange(other.to_string()),
    }
}

/// Notes which indexes an operation asks for: each operation below reads exactly once, whatever the hashes are.
#[derive(Default)]
struct Wanted(std::cell::RefCell<Vec<u64>>);

impl HashReader for Wanted {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        self.0.borrow_mut().extend_from_slice(indexes);
        Ok(vec![Hash::default(); indexes.len()])
    }
}

fn wanted<T>(
    operation: impl FnOnce(&Wanted) -> Result<T, TreeError>,
) -> Result<Vec<u64>, TreeError> {
    let wanted = Wanted::default();
    operation(&wanted)?;
    Ok(wanted.0.into_inner())
}

/// The hashes that appending leaf number `size` stores, beginning at [`stored_index_of_leaf`]`(size)`.
pub fn append<R: HashReader>(size: u64, leaf: Hash, hashes: &R) -> Result<Vec<Hash>, TreeError> {
    tlog::stored_hashes_for_record_hash(size, leaf, hashes).map_err(lift)
}

/// The stored indexes that [`append`] reads.
pub fn needed_to_append(size: u64) -> Vec<u64> {
    wanted(|reader| append(size, Hash::default(), reader))
        .expect("a leaf can be appended to a tree of any size")
}

/// The root of the tree of the first `size` leaves.
pub fn root<R: HashReader>(size: u64, hashes: &R) -> Result<Hash, TreeError> {
    tlog::tree_hash(size, hashes).map_err(lift)
}

/// The stored indexes that [`root`] reads.
pub fn needed_for_root(size: u64) -> Vec<u64> {
    wanted(|reader| root(size, reader)).expect("a tree of any size has a root")
}

/// The proof that the tree of `size` leaves holds leaf `index`.
pub fn prove_inclusion<R: HashReader>(
    size: u64,
    index: u64,
    hashes: &R,
) -> Result<Vec<Hash>, TreeError> {
    tlog::prove_record(size, index, hashes).map_err(lift)
}

/// The stored indexes that [`prove_inclusion`] reads.
pub fn needed_for_inclusion(size: u64, index: u64) -> Result<Vec<u64>, TreeError> {
    wanted(|reader| prove_inclusion(size, index, reader))
}

/// Accepts or refuses an inclusion proof.
pub fn check_inclusion(
    proof: &[Hash],
    size: u64,
    root: Hash,
    index: u64,
    leaf: Hash,
) -> Result<(), TreeError> {
    tlog::check_record(&proof.to_vec(), size, root, index, leaf).map_err(lift)
}

/// The proof that the tree of `size` leaves continues the tree of `old_size` leaves.
pub fn prove_consistency<R: HashReader>(
    size: u64,
    old_size: u64,
    hashes: &R,
) -> Result<Vec<Hash>, TreeError> {
    tlog::prove_tree(size, old_size, hashes).map_err(lift)
}

/// The stored indexes that [`prove_consistency`] reads.
pub fn needed_for_consistency(size: u64, old_size: u64) -> Result<Vec<u64>, TreeError> {
    wanted(|reader| prove_consistency(size, old_size, reader))
}

/// Accepts or refuses a consistency proof.
pub fn check_consistency(
    proof: &[Hash],
    size: u64,
    root: Hash,
    old_size: u64,
    old_root: Hash,
) -> Result<(), TreeError> {
    tlog::check_tree(&proof.to_vec(), size, root, old_size, old_root).map_err(lift)
}

/// The right edge of a growing tree: enough to append and to know the root, in memory that does not grow with the log.
#[derive(Clone, Debug, Default)]
pub struct RightEdge {
    size: u64,
    /// The roots of the full subtrees, one for each bit of the size, the largest first.
    peaks: Vec<Hash>,
}

impl RightEdge {
    /// Appends a leaf; `completed` becomes the hashes that this append stores, the leaf first.
    pub fn append(&mut self, leaf: Hash, completed: &mut Vec<Hash>) {
        completed.clear();
        completed.push(leaf);
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            let left = self.peaks.pop().expect("one peak for each bit of the size");
            hash = tlog::node_hash(left, hash);
            completed.push(hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root over all leaves.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(smallest) = peaks.next() else {
            return tlog::EMPTY_HASH;
        };
        peaks.fold(*smallest, |right, left| tlog::node_hash(*left, right))
    }
}

/// A tree whose hashes are all in memory, for tests and small logs.
#[derive(Debug, Default)]
pub struct MemoryTree {
    size: u64,
    hashes: Vec<Hash>,
}

impl MemoryTree {
    /// Appends a leaf; returns the hashes it stored.
    pub fn append(&mut self, leaf: Hash) -> &[Hash] {
        let new = append(self.size, leaf, self).expect("the memory tree holds every earlier hash");
        let before = self.hashes.len();
        self.hashes.extend(new);
        self.size += 1;
        &self.hashes[before..]
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root over the first `size` leaves.
    pub fn root_at(&self, size: u64) -> Result<Hash, TreeError> {
        root(size, self)
    }

    /// The root over all leaves.
    pub fn root(&self) -> Hash {
        self.root_at(self.size)
            .expect("the memory tree holds every hash")
    }
}

impl HashReader for MemoryTree {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        let at = |index: &u64| {
            usize::try_from(*index)
                .ok()
                .and_then(|i| self.hashes.get(i))
                .copied()
        };
        indexes
            .iter()
            .map(|index| at(index).ok_or_else(|| missing(*index)))
            .collect()
    }
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
