//! What both write paths compute alike: the versions to hold, and the leaf once the head of the log is locked.

use crate::rows::{self, stored};
use app::ledger::{Append, AppendError, Appended, KnownRequest, StorageCause, StreamName};
use proof::tree::{self, KnownHashes};
use proof::{Hash, Leaf, NewLeaf};

/// The head of a log, read under its lock.
#[derive(Clone, Copy)]
pub(crate) struct Head {
    pub(crate) size: u64,
    pub(crate) recorded_at_ms: i64,
}

/// What remains to be written once the place in the log is known.
pub(crate) struct Sequenced {
    pub(crate) appended: Appended,
    pub(crate) recorded_at_ms: i64,
    pub(crate) leaf: Vec<u8>,
    pub(crate) hashes: Vec<(u64, Hash)>,
}

pub(crate) fn storage(source: impl Into<StorageCause>) -> AppendError {
    AppendError::Storage(source.into())
}

/// The streams of an append with the versions they must have: in one order for everybody, so that no two wait for
/// each other.
pub(crate) fn expectations(append: &Append) -> Vec<(&StreamName, u64)> {
    let own = (&append.stream, append.expected_version);
    let mut all: Vec<_> = append
        .read_set
        .iter()
        .map(|read| (&read.stream, read.version))
        .chain([own])
        .collect();
    all.sort();
    all.dedup();
    all
}

pub(crate) fn check_version(
    stream: &StreamName,
    expected: u64,
    actual: i64,
) -> Result<(), AppendError> {
    let actual = rows::count("version", actual).map_err(storage)?;
    if actual == expected {
        return Ok(());
    }
    Err(AppendError::Stale {
        stream: stream.clone(),
        expected,
        actual,
    })
}

/// The first answer to a repeated request, or the refusal of another request under the same key.
pub(crate) fn answer_again(append: &Append, known: KnownRequest) -> Result<Appended, AppendError> {
    if known.request_digest == append.idempotency.request_digest {
        Ok(known.appended)
    } else {
        Err(AppendError::SameKeyOtherContent(
            append.idempotency.key.clone(),
        ))
    }
}

/// Makes the leaf and its tree hashes. `known` holds what [`tree::needed_to_append`] names for this head.
pub(crate) fn sequence(
    append: &Append,
    head: Head,
    known: &KnownHashes,
) -> Result<Sequenced, AppendError> {
    let recorded_at_ms = append.now.as_millisecond().max(head.recorded_at_ms);
    let recorded_at = rows::timestamp(recorded_at_ms).map_err(storage)?;
    let stream_version = append.expected_version + 1;
    let leaf = Leaf::new(NewLeaf {
        id: &append.entry.id,
        agency: append.agency.as_str(),
        stream: append.stream.as_str(),
        stream_version,
        recorded_at: recorded_at.to_string(),
        header: &append.entry.header,
        parts: &append.entry.parts,
        destroys: vec![],
    })
    .map_err(AppendError::Unsound)?
    .to_bytes();
    let hashes = tree::append(head.size, tree::leaf_hash(&leaf), known).map_err(storage)?;
    let first = tree::stored_index_of_leaf(head.size);
    Ok(Sequenced {
        appended: Appended {
            leaf_index: head.size,
            stream_version,
            recorded_at,
        },
        recorded_at_ms,
        leaf,
        hashes: (first..).zip(hashes).collect(),
    })
}

impl Sequenced {
    pub(crate) fn leaf_index(&self) -> i64 {
        stored(self.appended.leaf_index)
    }

    pub(crate) fn stream_version(&self) -> i64 {
        stored(self.appended.stream_version)
    }
}
