//! The log as far as it was recomputed. Its memory does not grow with the log, but for what is found and destroyed.

use super::finding::Finding;
use super::look::{Look, Looked};
use super::stored::Stored;
use proof::tree::{self, RightEdge};
use proof::{DestroyedPart, Hash};
use std::collections::{BTreeMap, BTreeSet};

/// So many findings are told one by one; the rest is only counted.
const FINDINGS_TOLD: usize = 1000;
/// What hashing one node of the tree reads.
const NODE_BYTES: u64 = 65;

/// A stretch of the log as it was read, and what somebody else kept of it.
pub(super) struct Batch {
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) look: Look,
    /// The leaf hashes that somebody else kept, beginning at `from`.
    pub(super) outside: Vec<Hash>,
}

#[derive(Default)]
pub(super) struct Scan {
    /// From the stored leaves: what the log must be.
    pub(super) tree: RightEdge,
    /// From the stored leaf hashes, since they first differed from the leaves: tells a changed leaf from a changed tree
    /// hash above it.
    above: Option<RightEdge>,
    completed: Vec<Hash>,
    with_sm3: bool,
    /// The sizes at which somebody has signed, with the root found there.
    roots: BTreeMap<u64, Option<Hash>>,
    pub(super) findings: Vec<Finding>,
    pub(super) found: u64,
    /// Parts that are not there, until an entry says that they were destroyed.
    absent: BTreeSet<DestroyedPart>,
    /// Parts that an entry says were destroyed, and that were there or never were: to be looked at again.
    pub(super) suspect: Vec<(u64, DestroyedPart)>,
    /// The first leaf that is not the one somebody else kept.
    pub(super) differs_outside: Option<u64>,
    pub(super) without_sm3: u64,
    pub(super) hashed_bytes: u64,
}

impl Scan {
    pub(super) fn new(with_sm3: bool, sizes: impl IntoIterator<Item = u64>) -> Self {
        let mut scan = Self {
            with_sm3,
            roots: sizes.into_iter().map(|size| (size, None)).collect(),
            ..Self::default()
        };
        scan.note_root();
        scan
    }

    pub(super) fn with_sm3(&self) -> bool {
        self.with_sm3
    }

    pub(super) fn batch(mut self, batch: Batch) -> Self {
        let Look {
            stored,
            looked,
            without_sm3,
            hashed_bytes,
            ..
        } = batch.look;
        self.without_sm3 += without_sm3;
        self.hashed_bytes += hashed_bytes;
        let mut entries = looked.into_iter().peekable();
        let mut outside = batch.outside.into_iter();
        for index in batch.from..batch.to {
            let entry = entries.next_if(|entry| entry.index == index);
            let hash = entry.as_ref().map(|entry| entry.hash);
            if let Some(outside) = outside.next()
                && hash != Some(outside)
            {
                self.differs_outside.get_or_insert(index);
            }
            match entry {
                Some(entry) => self.entry(entry, &stored),
                None => self.missing(index, &stored),
            }
            self.note_root();
        }
        self
    }

    pub(super) fn push(&mut self, finding: Finding) {
        self.found += 1;
        if self.findings.len() < FINDINGS_TOLD {
            self.findings.push(finding);
        }
    }

    /// The recomputed root over the first `size` leaves, for a size that was named at the beginning.
    pub(super) fn root_at(&self, size: u64) -> Option<Hash> {
        self.roots.get(&size).copied().flatten()
    }

    pub(super) fn has_unexplained(&self) -> bool {
        !self.absent.is_empty()
    }

    /// What is absent and was not explained by any leaf.
    pub(super) fn tell_unexplained(&mut self) {
        for part in std::mem::take(&mut self.absent) {
            self.push(Finding::PartsDiffer {
                index: part.leaf_index,
                label: part.label.to_string(),
            });
        }
    }

    fn note_root(&mut self) {
        if let Some(root) = self.roots.get_mut(&self.tree.size()) {
            *root = Some(self.tree.root());
        }
    }

    fn entry(&mut self, entry: Looked, stored: &Stored) {
        let Looked { index, hash, notes } = entry;
        if let Some(notes) = notes {
            for finding in notes.findings {
                self.push(finding);
            }
            self.absent.extend(notes.absent);
            for destroyed in notes.destroys {
                if !self.absent.remove(&destroyed) {
                    self.suspect.push((index, destroyed));
                }
            }
        }
        let stored_hash = stored.at(tree::stored_index_of_leaf(index));
        self.append(index, hash, stored_hash.unwrap_or(hash), stored);
    }

    fn missing(&mut self, index: u64, stored: &Stored) {
        self.push(Finding::MissingLeaf(index));
        let stand_in = stored
            .at(tree::stored_index_of_leaf(index))
            .unwrap_or_default();
        self.append(index, stand_in, stand_in, stored);
    }

    /// Appends to what the log must be, and compares the hashes that this append stored above the leaf.
    fn append(&mut self, index: u64, leaf: Hash, stored_leaf: Hash, stored: &Stored) {
        if leaf != stored_leaf && self.above.is_none() {
            self.above = Some(self.tree.clone());
        }
        let mut completed = std::mem::take(&mut self.completed);
        self.tree.append(leaf, &mut completed);
        self.hashed_bytes += NODE_BYTES * bytes(completed.len() - 1);
        if let Some(above) = &mut self.above {
            above.append(stored_leaf, &mut completed);
        }
        for (at, expected) in (tree::stored_index_of_leaf(index)..)
            .zip(&completed)
            .skip(1)
        {
            if stored.at(at) != Some(*expected) {
                let (level, place) = tree::place_of_stored_index(at);
                let (first, last) = (place << level, ((place + 1) << level) - 1);
                self.push(Finding::TreeHashChanged { first, last });
            }
        }
        self.completed = completed;
    }
}

fn bytes(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
