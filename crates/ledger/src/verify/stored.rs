//! The stored tree hashes of a stretch of the log.

use proof::{Hash, tree};

/// Hashes by stored index; missing ones are not there.
pub(super) struct Stored {
    leaves: usize,
    first: u64,
    hashes: Vec<Option<Hash>>,
}

impl Stored {
    /// Those that the leaves from `from` on, and before `to`, have stored.
    pub(super) fn of((from, to): (u64, u64), found: impl IntoIterator<Item = (u64, Hash)>) -> Self {
        let first = tree::stored_hash_count(from);
        let count = tree::stored_hash_count(to).saturating_sub(first);
        let mut hashes = vec![None; usize::try_from(count).unwrap_or(0)];
        for (index, hash) in found {
            let at = index
                .checked_sub(first)
                .and_then(|at| usize::try_from(at).ok());
            if let Some(place) = at.and_then(|at| hashes.get_mut(at)) {
                *place = Some(hash);
            }
        }
        Self {
            leaves: usize::try_from(to.saturating_sub(from)).unwrap_or(0),
            first,
            hashes,
        }
    }

    /// The number of leaves whose hashes they are.
    pub(super) fn leaves(&self) -> usize {
        self.leaves
    }

    pub(super) fn at(&self, index: u64) -> Option<Hash> {
        let at = usize::try_from(index.checked_sub(self.first)?).ok()?;
        self.hashes.get(at).copied().flatten()
    }
}
