//! The port of the record: an append-only log per agency, and the views that are written with it.
//!
//! What was acknowledged is stored, has its place in the log, and shows in every view: one append is one transaction.
//! A stream is the history of one thing (`case/<id>`); its version is the number of its entries.

mod lines;

pub use lines::{
    CLOCKS_OF_CASE, CaseCursor, CaseLine, CaseOrder, CaseQuery, CaseRow, CaseRows, ClockCursor,
    ClockLine, ClockQuery, DuesCursor, DuesLine, DuesOf, DuesQuery, HeldRows, Holder,
    NotableCursor, NotableLine, NotableQuery, NotableRow, RowChange, TodoLine, TodoQuery,
};

use crate::notes::Notes;
use crate::numbers::{NumberClaim, NumberError, NumberRow, Numbered, Series, SeriesRow};
use async_trait::async_trait;
use jiff::Timestamp;
use proof::{Hash, Leaf, LeafError, Part, Sensitivity};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

/// The agency whose log is meant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Agency(String);

/// The name of a stream, such as `case/0199…`: a kind, a slash, an id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamName(String);

/// A name that is empty, too long, or holds other than ASCII letters, digits, `-`, `_`, `.` (and `/` in a stream).
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a name of an agency or stream")]
pub struct BadName(String);

fn parse_name(text: &str, extra: &[char]) -> Result<String, BadName> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c) || extra.contains(&c);
    if text.is_empty() || text.len() > 200 || !text.chars().all(fits) {
        return Err(BadName(text.to_owned()));
    }
    Ok(text.to_owned())
}

impl Agency {
    /// Reads the code of an agency.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        parse_name(text, &[]).map(Self)
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl StreamName {
    /// Reads the name of a stream.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        parse_name(text, &['/']).map(Self)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A stream as somebody has read it: version 0 is a stream without entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamVersion {
    /// Which stream.
    pub stream: StreamName,
    /// The number of its entries.
    pub version: u64,
}

/// One entry as the caller makes it: it has no place in the log yet.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// A UUID of version 7, as text.
    pub id: String,
    /// What happened, without personal data.
    pub header: serde_json::Value,
    /// The separable parts, each with its own salt.
    pub parts: Vec<Part>,
    /// Parts of earlier entries that this entry lawfully destroys: they are gone when it is acknowledged.
    pub destroys: Vec<PartPlace>,
    /// Where the numbers of [`Append::numbers`] are to be written.
    pub holes: Vec<Hole>,
}

/// A part of an entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PartPlace {
    /// The place of the entry in the log.
    pub leaf_index: u64,
    /// The label of the part.
    pub label: String,
}

/// A place that a number is written to once it is known: inside the transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// The index of the claim in [`Append::numbers`].
    pub claim: usize,
    /// The label of the part; its body is JSON.
    pub label: String,
    /// Where in the body: the keys on the way, of which only the last may be missing.
    pub path: Vec<String>,
}

/// The key of one request, so that sending it again is answered and not done again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    /// Unique within the agency.
    pub key: String,
    /// A digest of what was *asked*. Not of the entry: ids, salts and times differ on each try.
    pub request_digest: [u8; 32],
}

/// Everything that one accepted command writes.
#[derive(Clone, Debug)]
pub struct Append {
    /// Whose log.
    pub agency: Agency,
    /// The stream that grows.
    pub stream: StreamName,
    /// The version on which the decision was made.
    pub expected_version: u64,
    /// Further streams that the decision read and that must not have moved since.
    pub read_set: Vec<StreamVersion>,
    /// The key of the request.
    pub idempotency: Idempotency,
    /// The caller's clock. What is stored is never earlier than the entry before.
    pub now: Timestamp,
    /// The entry.
    pub entry: NewEntry,
    /// Numbers that it claims; what each came to stands in the stored header under `numbers`, in the same order.
    pub numbers: Vec<NumberClaim>,
    /// The rows of the views that change with it.
    pub projections: Vec<RowChange>,
    /// What is to be done after it: documents, publications, warnings. Delivered at least once.
    pub outbox: Vec<OutboxItem>,
}

/// Something to do after the entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxItem {
    /// Who does it.
    pub topic: String,
    /// What it needs, in ids alone: no personal data.
    pub payload: serde_json::Value,
}

/// An item of the outbox that is not done yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outstanding {
    /// The place of the entry that left it.
    pub leaf_index: u64,
    /// Its place among the items of that entry, from 0.
    pub position: u32,
    /// The item.
    pub item: OutboxItem,
}

/// The acknowledgement of an append: stored, and in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The place in the agency's log, from 0 and without gaps.
    pub leaf_index: u64,
    /// The version of the stream after it.
    pub stream_version: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// What its claims on numbers came to, in their order.
    pub numbers: Vec<Numbered>,
}

/// What an idempotency key was used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownRequest {
    /// The digest of what was asked then.
    pub request_digest: [u8; 32],
    /// The stream that grew.
    pub stream: StreamName,
    /// The answer that was given.
    pub appended: Appended,
}

/// The cause of a storage failure.
pub type StorageCause = Box<dyn Error + Send + Sync>;

/// Why nothing was appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Somebody was faster: read again and decide again.
    #[error("stream {} is at version {actual}, the decision was made on {expected}", stream.as_str())]
    Stale {
        /// The stream that moved: the one to grow, or one of the read set.
        stream: StreamName,
        /// The version that the decision was made on.
        expected: u64,
        /// The version found.
        actual: u64,
    },
    /// The key was used for another request.
    #[error("the idempotency key {0} was used for another request")]
    SameKeyOtherContent(String),
    /// A number cannot be had.
    #[error("a number cannot be had")]
    Number(#[source] NumberError),
    /// A part to be destroyed is not there: it never was, or it was destroyed before.
    #[error("entry {} has no part {} to destroy", .0.leaf_index, .0.label)]
    NoSuchPart(PartPlace),
    /// The entry cannot be a leaf.
    #[error("the entry cannot stand in the log")]
    Unsound(#[source] LeafError),
    /// A hole names no part, or a body that is not JSON.
    #[error("a number cannot be written into part {0}")]
    BadHole(String),
    /// The store failed. Whether the entry was stored is answered by trying again with the same key.
    #[error("the entry could not be stored")]
    Storage(#[source] StorageCause),
}

/// Why the record could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The store failed.
    #[error("the record could not be read")]
    Storage(#[source] StorageCause),
    /// What is stored is not what an append writes.
    #[error("the entry at place {leaf_index} of the log is damaged")]
    Damaged {
        /// Its place in the log.
        leaf_index: u64,
        /// What is wrong with it.
        #[source]
        source: StorageCause,
    },
}

/// An entry as stored: nothing of it has been parsed or checked.
#[derive(Clone, Debug)]
pub struct StoredEntry {
    /// The place in the log.
    pub leaf_index: u64,
    /// The id of the entry.
    pub id: String,
    /// The stream it belongs to.
    pub stream: String,
    /// Its place in the stream, from 1.
    pub stream_version: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The stored bytes of the leaf.
    pub leaf: Vec<u8>,
    /// The parts, in the order of their labels.
    pub parts: Vec<Part>,
}

/// An entry as it lies in the store, lent while somebody looks at it: nothing of it is copied, parsed or checked.
#[derive(Clone, Copy)]
pub struct LentEntry<'a> {
    /// The place in the log.
    pub leaf_index: u64,
    /// The id of the entry.
    pub id: &'a str,
    /// The stream it belongs to.
    pub stream: &'a str,
    /// Its place in the stream, from 1.
    pub stream_version: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The stored bytes of the leaf.
    pub leaf: &'a [u8],
}

/// A part as it lies in the store, lent likewise.
#[derive(Clone, Copy)]
pub struct LentPart<'a> {
    /// Its name.
    pub label: &'a str,
    /// Who may see it.
    pub sensitivity: Sensitivity,
    /// Its salt.
    pub salt: &'a [u8; 32],
    /// Its stored bytes.
    pub body: &'a [u8],
}

/// The parts of an entry, one after the other, as they lie in the store.
pub trait LentParts {
    /// The next part.
    fn next(&mut self) -> Result<Option<LentPart<'_>>, ReadError>;
}

/// Somebody who looks at a stretch of the log, entry by entry, in the order of the log.
pub trait Onlooker: Send {
    /// The next entry. Parts that are not asked for are passed over.
    fn entry(&mut self, entry: LentEntry<'_>, parts: &mut dyn LentParts) -> Result<(), ReadError>;

    /// What was shown of the stretch does not count: it is shown anew from its beginning.
    fn begin_again(&mut self);
}

impl StoredEntry {
    /// Shows it to somebody.
    pub fn show(&self, onlooker: &mut dyn Onlooker) -> Result<(), ReadError> {
        let entry = LentEntry {
            leaf_index: self.leaf_index,
            id: &self.id,
            stream: &self.stream,
            stream_version: self.stream_version,
            recorded_at: self.recorded_at,
            leaf: &self.leaf,
        };
        onlooker.entry(entry, &mut OwnedParts(self.parts.iter()))
    }
}

struct OwnedParts<'a>(std::slice::Iter<'a, Part>);

impl LentParts for OwnedParts<'_> {
    fn next(&mut self) -> Result<Option<LentPart<'_>>, ReadError> {
        Ok(self.0.next().map(|part| LentPart {
            label: part.label.as_str(),
            sensitivity: part.sensitivity,
            salt: &part.salt,
            body: &part.body,
        }))
    }
}

/// An entry as read back.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The place in the log.
    pub leaf_index: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The stored header with its commitments.
    pub leaf: Leaf,
    /// The parts that are still there, in the order of their labels.
    pub parts: Vec<Part>,
}

impl StoredEntry {
    /// Reads the leaf.
    pub fn parse(self) -> Result<Recorded, ReadError> {
        match Leaf::parse(&self.leaf) {
            Ok(leaf) => Ok(Recorded {
                leaf_index: self.leaf_index,
                recorded_at: self.recorded_at,
                leaf,
                parts: self.parts,
            }),
            Err(source) => Err(ReadError::Damaged {
                leaf_index: self.leaf_index,
                source: source.into(),
            }),
        }
    }
}

impl Recorded {
    /// What happened, as the caller of the append wrote it.
    pub fn header(&self) -> serde_json::Value {
        self.leaf.header()
    }

    /// The body of the part with this label.
    pub fn body(&self, label: &str) -> Option<&[u8]> {
        self.parts
            .iter()
            .find(|part| part.label.as_str() == label)
            .map(|part| part.body.as_slice())
    }
}

/// A signed head of the log, as kept by its operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCheckpoint {
    /// The number of leaves it speaks of.
    pub size: u64,
    /// The C2SP signed note.
    pub note: String,
}

/// The record. Held as `Arc<dyn Ledger>`; each call stands for itself.
#[async_trait]
pub trait Ledger: Notes {
    /// Appends one entry with everything that hangs on it, or nothing at all.
    async fn append(&self, append: Append) -> Result<Appended, AppendError>;

    /// What an idempotency key was used for. Asked before deciding, so that a repeated request gets its first answer
    /// although the act it asks for is done by now.
    async fn request(&self, agency: &Agency, key: &str) -> Result<Option<KnownRequest>, ReadError>;

    /// The entries of a stream after `after_version`, oldest first.
    async fn read_stream(
        &self,
        agency: &Agency,
        stream: &StreamName,
        after_version: u64,
    ) -> Result<Vec<Recorded>, ReadError>;

    /// The entries of several streams, in the order in which they are asked for.
    async fn read_streams(
        &self,
        agency: &Agency,
        streams: &[StreamName],
    ) -> Result<Vec<Vec<Recorded>>, ReadError> {
        let mut read = Vec::with_capacity(streams.len());
        for stream in streams {
            read.push(self.read_stream(agency, stream, 0).await?);
        }
        Ok(read)
    }

    /// What a decision begins with: the streams whose names begin with `prefix`, and the entries of a stream after
    /// `after_version`. Asked before every act, mostly to hear that nothing came since.
    async fn news(
        &self,
        agency: &Agency,
        prefix: &str,
        limit: u32,
        stream: &StreamName,
        after_version: u64,
    ) -> Result<(Vec<StreamVersion>, Vec<Recorded>), ReadError> {
        let streams = self.list_streams(agency, prefix, None, limit).await?;
        let entries = self.read_stream(agency, stream, after_version).await?;
        Ok((streams, entries))
    }

    /// The streams whose names begin with `prefix`, by name, after `after`.
    async fn list_streams(
        &self,
        agency: &Agency,
        prefix: &str,
        after: Option<&StreamName>,
        limit: u32,
    ) -> Result<Vec<StreamVersion>, ReadError>;

    /// The list of cases. A text of fewer than two characters matches as a part of title, names or number all the same.
    async fn cases(
        &self,
        agency: &Agency,
        query: &CaseQuery,
        limit: u32,
    ) -> Result<Vec<CaseRow>, ReadError>;

    /// The line of one case.
    async fn case_row(&self, agency: &Agency, case_id: &str) -> Result<Option<CaseRow>, ReadError>;

    /// The lines of these cases, in any order; of those that there are.
    async fn case_rows(&self, agency: &Agency, ids: &[String]) -> Result<Vec<CaseRow>, ReadError>;

    /// What is to be done, in the order of danger: nearest due first, what has no date last.
    async fn todo(
        &self,
        agency: &Agency,
        query: &TodoQuery,
        limit: u32,
    ) -> Result<Vec<TodoLine>, ReadError>;

    /// What is to be done in a case, of all holders.
    async fn todo_of(&self, agency: &Agency, case_id: &str) -> Result<Vec<TodoLine>, ReadError>;

    /// The payment book, in the order of danger.
    async fn dues(
        &self,
        agency: &Agency,
        query: &DuesQuery,
        limit: u32,
    ) -> Result<Vec<DuesLine>, ReadError>;

    /// Lines of the payment book with this payment code or this number of a decision, whatever brackets and spaces it is
    /// written with; in any order.
    async fn dues_named(&self, agency: &Agency, text: &str) -> Result<Vec<DuesLine>, ReadError>;

    /// The lines of these cases in the payment book, in any order.
    async fn dues_of(
        &self,
        agency: &Agency,
        case_ids: &[String],
    ) -> Result<Vec<DuesLine>, ReadError>;

    /// What deserves a second look, the last recorded first.
    async fn notable(
        &self,
        agency: &Agency,
        query: &NotableQuery,
        limit: u32,
    ) -> Result<Vec<NotableRow>, ReadError>;

    /// What deserves a second look in a case.
    async fn notable_of(
        &self,
        agency: &Agency,
        case_id: &str,
    ) -> Result<Vec<NotableRow>, ReadError>;

    /// Running clocks, nearest due first.
    async fn clocks(
        &self,
        agency: &Agency,
        query: &ClockQuery,
        limit: u32,
    ) -> Result<Vec<ClockLine>, ReadError>;

    /// What the views hold of these cases, in the order in which they are asked for.
    async fn held_rows(
        &self,
        agency: &Agency,
        case_ids: &[String],
    ) -> Result<Vec<HeldRows>, ReadError> {
        let mut held = Vec::with_capacity(case_ids.len());
        for case_id in case_ids {
            let query = ClockQuery::of_case(case_id);
            held.push(HeldRows {
                row: self.case_row(agency, case_id).await?,
                clocks: self.clocks(agency, &query, CLOCKS_OF_CASE).await?,
                todo: self.todo_of(agency, case_id).await?,
                notable: self.notable_of(agency, case_id).await?,
                dues: self.dues_of(agency, std::slice::from_ref(case_id)).await?,
            });
        }
        Ok(held)
    }

    /// Writes the rows of these cases anew, removing what else the views hold of them; used after a rebuild, never by
    /// an act. Nothing of the record itself changes.
    async fn replace_rows(&self, agency: &Agency, cases: &[CaseRows]) -> Result<(), ReadError>;

    /// Removes whatever the views hold of these cases: rows of cases that the record does not hold.
    async fn remove_rows(&self, agency: &Agency, case_ids: &[String]) -> Result<(), ReadError>;

    /// False after the shape of the views has changed, until they were rebuilt ([`Ledger::views_rebuilt`]).
    async fn views_are_current(&self) -> Result<bool, ReadError>;

    /// The views of all agencies were rebuilt.
    async fn views_rebuilt(&self) -> Result<(), ReadError>;

    /// Cases that the views know, by id, after `after`: to find rows of cases that the record does not hold.
    async fn cases_with_rows(
        &self,
        agency: &Agency,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, ReadError>;

    /// The series of numbers, by kind and year.
    async fn series(&self, agency: &Agency) -> Result<Vec<SeriesRow>, ReadError>;

    /// The numbers of a series after `after`, ascending.
    async fn numbers(
        &self,
        agency: &Agency,
        series: &Series,
        after: u32,
        limit: u32,
    ) -> Result<Vec<NumberRow>, ReadError>;

    /// The number that is printed like this.
    async fn number(&self, agency: &Agency, text: &str) -> Result<Option<NumberRow>, ReadError>;

    /// What is still to be done, oldest first.
    async fn outstanding(&self, agency: &Agency, limit: u32)
    -> Result<Vec<Outstanding>, ReadError>;

    /// An item of the outbox is done.
    async fn done(&self, agency: &Agency, leaf_index: u64, position: u32) -> Result<(), ReadError>;

    /// Takes or renews a lease until `until`: true when `holder` has it. One that ran out by `now` passes on.
    async fn lease(
        &self,
        agency: &Agency,
        name: &str,
        holder: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, ReadError>;

    /// The agencies that have a log.
    async fn agencies(&self) -> Result<Vec<Agency>, ReadError>;

    /// The number of leaves in the log.
    async fn tree_size(&self, agency: &Agency) -> Result<u64, ReadError>;

    /// Entries in the order of the log, from `from` on, at most `limit`.
    async fn entries(
        &self,
        agency: &Agency,
        from: u64,
        limit: u32,
    ) -> Result<Vec<StoredEntry>, ReadError>;

    /// Shows the entries from `from` on, and before `to`: what a verification reads, which looks at every byte once.
    async fn show(
        &self,
        agency: &Agency,
        from: u64,
        to: u64,
        onlooker: Arc<Mutex<dyn Onlooker>>,
    ) -> Result<(), ReadError> {
        let count = u32::try_from(to.saturating_sub(from)).unwrap_or(u32::MAX);
        let entries = self.entries(agency, from, count).await?;
        let look = move || {
            let mut onlooker = onlooker.lock().unwrap_or_else(PoisonError::into_inner);
            let shown = entries.iter().filter(|entry| entry.leaf_index < to);
            shown
                .into_iter()
                .try_for_each(|entry| entry.show(&mut *onlooker))
        };
        let looked = tokio::task::spawn_blocking(look).await;
        looked.map_err(|error| ReadError::Storage(error.into()))?
    }

    /// The tree hashes at these stored indexes that are there, in ascending order of index.
    async fn hashes(&self, agency: &Agency, indexes: &[u64])
    -> Result<Vec<(u64, Hash)>, ReadError>;

    /// The stored checkpoint with the most leaves.
    async fn checkpoint(&self, agency: &Agency) -> Result<Option<StoredCheckpoint>, ReadError>;

    /// Keeps a checkpoint. One of the same size stays as it was.
    async fn keep_checkpoint(
        &self,
        agency: &Agency,
        checkpoint: &StoredCheckpoint,
    ) -> Result<(), ReadError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        assert!(StreamName::parse("case/0199-ab_c.d").is_ok());
        assert!(Agency::parse("yongan").is_ok());
        for bad in ["", "a b", "案件/1", "a%"] {
            assert!(StreamName::parse(bad).is_err(), "{bad}");
        }
        assert!(Agency::parse("a/b").is_err());
    }
}
