//! Stored rows, and their way into the types of the port. Whatever does not fit is damage, never a panic.

use app::drafts::{Draft, DraftError, DraftForm, DraftPlace};
use app::ledger::{
    Agency, Appended, KnownRequest, ReadError, StorageCause, StoredEntry, StreamName, StreamVersion,
};
use app::notes::Note;
use jiff::Timestamp;
use proof::{Hash, Label, Part, Sensitivity};
use std::collections::BTreeMap;

/// A value in the database that no append has written.
#[derive(Debug, thiserror::Error)]
#[error("{what} holds a value that was never written there: {value}")]
pub(crate) struct Impossible {
    what: &'static str,
    value: String,
}

fn impossible(what: &'static str, value: impl ToString) -> StorageCause {
    Impossible {
        what,
        value: value.to_string(),
    }
    .into()
}

pub(crate) fn storage(source: impl Into<StorageCause>) -> ReadError {
    ReadError::Storage(source.into())
}

pub(crate) fn count(what: &'static str, value: i64) -> Result<u64, StorageCause> {
    u64::try_from(value).map_err(|_| impossible(what, value))
}

/// Counts and places stay far below 2^63: a larger one is a defect of the caller.
pub(crate) fn stored(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

pub(crate) fn timestamp(millisecond: i64) -> Result<Timestamp, StorageCause> {
    Timestamp::from_millisecond(millisecond).map_err(|_| impossible("recorded_at_ms", millisecond))
}

/// A draft as it is stored.
pub(crate) struct DraftRow {
    pub(crate) place: String,
    pub(crate) event: String,
    pub(crate) subject: i64,
    pub(crate) fields: String,
    pub(crate) saved_at_ms: i64,
}

impl DraftRow {
    pub(crate) fn lift(self) -> Result<Draft, DraftError> {
        let place = DraftPlace::read(&self.place).ok_or_else(|| impossible("place", &self.place));
        let subject = u32::try_from(self.subject).map_err(|_| impossible("subject", self.subject));
        Ok(Draft {
            form: DraftForm {
                place: place.map_err(DraftError::Storage)?,
                event: self.event,
                subject: subject.map_err(DraftError::Storage)?,
            },
            fields: Draft::read_fields(&self.fields)?,
            saved_at: timestamp(self.saved_at_ms).map_err(DraftError::Storage)?,
        })
    }
}

pub(crate) fn hash_of(bytes: &[u8]) -> Result<Hash, StorageCause> {
    match bytes.try_into() {
        Ok(bytes) => Ok(Hash(bytes)),
        Err(_) => Err(impossible("hash", format!("{} bytes", bytes.len()))),
    }
}

pub(crate) fn hash(bytes: Vec<u8>) -> Result<Hash, StorageCause> {
    array("hash", bytes).map(Hash)
}

/// A salt that stays where it lies.
pub(crate) fn salt(bytes: &[u8]) -> Result<&[u8; 32], StorageCause> {
    bytes
        .try_into()
        .map_err(|_| impossible("salt", format!("{} bytes", bytes.len())))
}

fn array(what: &'static str, bytes: Vec<u8>) -> Result<[u8; 32], StorageCause> {
    let length = bytes.len();
    bytes
        .try_into()
        .map_err(|_| impossible(what, format!("{length} bytes")))
}

pub(crate) fn stream_version(stream: String, version: i64) -> Result<StreamVersion, StorageCause> {
    Ok(StreamVersion {
        stream: StreamName::parse(&stream)?,
        version: count("version", version)?,
    })
}

pub(crate) fn agency(text: String) -> Result<Agency, StorageCause> {
    Ok(Agency::parse(&text)?)
}

pub(crate) struct NoteRow {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) until_ms: i64,
    pub(crate) version: i64,
    pub(crate) body: String,
}

impl NoteRow {
    pub(crate) fn lift(self) -> Result<Note, ReadError> {
        Ok(Note {
            kind: self.kind,
            id: self.id,
            owner: self.owner,
            until: timestamp(self.until_ms).map_err(storage)?,
            version: count("version", self.version).map_err(storage)?,
            body: self.body,
        })
    }
}

pub(crate) struct RequestRow {
    pub(crate) request_digest: Vec<u8>,
    pub(crate) stream: String,
    pub(crate) leaf_index: i64,
    pub(crate) stream_version: i64,
    pub(crate) recorded_at_ms: i64,
    pub(crate) leaf: Vec<u8>,
}

impl RequestRow {
    pub(crate) fn lift(self) -> Result<KnownRequest, StorageCause> {
        Ok(KnownRequest {
            request_digest: array("request_digest", self.request_digest)?,
            stream: StreamName::parse(&self.stream)?,
            appended: Appended {
                leaf_index: count("leaf_index", self.leaf_index)?,
                stream_version: count("stream_version", self.stream_version)?,
                recorded_at: timestamp(self.recorded_at_ms)?,
                numbers: crate::sequence::numbers_of_leaf(&self.leaf)?,
            },
        })
    }
}

pub(crate) struct EntryRow {
    pub(crate) leaf_index: i64,
    pub(crate) id: String,
    pub(crate) stream: String,
    pub(crate) stream_version: i64,
    pub(crate) recorded_at_ms: i64,
    pub(crate) leaf: Vec<u8>,
}

pub(crate) struct PartRow {
    pub(crate) leaf_index: i64,
    pub(crate) label: String,
    pub(crate) sensitivity: String,
    pub(crate) salt: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

/// The entries, each with its parts. Parts of entries that came in between the two reads are left for the next read.
pub(crate) fn assemble(
    entries: Vec<EntryRow>,
    parts: Vec<PartRow>,
) -> Result<Vec<StoredEntry>, ReadError> {
    let mut parts_of: BTreeMap<i64, Vec<PartRow>> = BTreeMap::new();
    for part in parts {
        parts_of.entry(part.leaf_index).or_default().push(part);
    }
    let lift = |row: EntryRow| {
        let at = row.leaf_index;
        let parts = parts_of.remove(&at).unwrap_or_default();
        stored_entry(row, parts).map_err(|source| ReadError::Damaged {
            leaf_index: u64::try_from(at).unwrap_or(0),
            source,
        })
    };
    entries.into_iter().map(lift).collect()
}

fn stored_entry(row: EntryRow, parts: Vec<PartRow>) -> Result<StoredEntry, StorageCause> {
    Ok(StoredEntry {
        leaf_index: count("leaf_index", row.leaf_index)?,
        id: row.id,
        stream: row.stream,
        stream_version: count("stream_version", row.stream_version)?,
        recorded_at: timestamp(row.recorded_at_ms)?,
        leaf: row.leaf,
        parts: parts
            .into_iter()
            .map(stored_part)
            .collect::<Result<_, _>>()?,
    })
}

fn stored_part(row: PartRow) -> Result<Part, StorageCause> {
    Ok(Part {
        label: Label::parse(&row.label)?,
        sensitivity: sensitivity(&row.sensitivity)?,
        salt: array("salt", row.salt)?,
        body: row.body,
    })
}

pub(crate) fn sensitivity_text(sensitivity: Sensitivity) -> &'static str {
    match sensitivity {
        Sensitivity::Public => "public",
        Sensitivity::Personal => "personal",
        Sensitivity::Secret => "secret",
    }
}

pub(crate) fn sensitivity(text: &str) -> Result<Sensitivity, StorageCause> {
    match text {
        "public" => Ok(Sensitivity::Public),
        "personal" => Ok(Sensitivity::Personal),
        "secret" => Ok(Sensitivity::Secret),
        other => Err(impossible("sensitivity", other)),
    }
}
