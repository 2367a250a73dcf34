//! A stretch of the log, shown row by row: entries and parts are stepped through side by side, and nothing is copied.

use crate::rows::{self, storage, stored};
use crate::statements;
use app::ledger::{Agency, LentEntry, LentPart, LentParts, Onlooker, ReadError, StorageCause};
use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator;
use rusqlite::{Connection, Row, Rows, params};

/// As much of the file as SQLite agrees to map.
const MAPPED_BYTES: i64 = 0x7fff_0000;

/// Shows a stretch out of the mapped file, which spares a call and a copy for each page. The mapping ends with the
/// stretch: what was read is not counted as memory of the program, and no other read depends on it.
pub(super) fn stretch(
    connection: &Connection,
    agency: &Agency,
    range: (u64, u64),
    onlooker: &mut dyn Onlooker,
) -> Result<(), ReadError> {
    let map = |bytes: i64| {
        let mapped = connection.pragma_update_and_check(None, "mmap_size", bytes, |_| Ok(()));
        mapped.map_err(storage)
    };
    map(MAPPED_BYTES)?;
    let shown = rows_of(connection, agency, range, onlooker);
    map(0)?;
    shown
}

fn rows_of(
    connection: &Connection,
    agency: &Agency,
    (from, to): (u64, u64),
    onlooker: &mut dyn Onlooker,
) -> Result<(), ReadError> {
    let place = params![agency.as_str(), stored(from), stored(to)];
    let prepare = |sql| connection.prepare_cached(sql).map_err(storage);
    let mut entries = prepare(statements::ENTRIES_BETWEEN)?;
    let mut parts = prepare(statements::PARTS_BETWEEN)?;
    // Both are open at once, hence of one state of the file.
    let mut entries = entries.query(place).map_err(storage)?;
    let mut parts = Parts {
        rows: parts.query(place).map_err(storage)?,
        leaf_index: i64::MIN,
        is_next_wanted: true,
    };
    while let Some(row) = entries.next().map_err(storage)? {
        let leaf_index: i64 = row.get(0).map_err(storage)?;
        parts.leaf_index = leaf_index;
        let entry = lent_entry(row).map_err(|source| damaged(leaf_index, source))?;
        onlooker.entry(entry, &mut parts)?;
    }
    Ok(())
}

fn damaged(leaf_index: i64, source: StorageCause) -> ReadError {
    ReadError::Damaged {
        leaf_index: u64::try_from(leaf_index).unwrap_or(0),
        source,
    }
}

fn lent_entry<'a>(row: &'a Row<'_>) -> Result<LentEntry<'a>, StorageCause> {
    Ok(LentEntry {
        leaf_index: rows::count("leaf_index", row.get(0)?)?,
        id: row.get_ref(1)?.as_str()?,
        stream: row.get_ref(2)?.as_str()?,
        stream_version: rows::count("stream_version", row.get(3)?)?,
        recorded_at: rows::timestamp(row.get(4)?)?,
        leaf: row.get_ref(5)?.as_blob()?,
    })
}

/// The parts of the whole stretch, of which those of one entry are shown at a time.
struct Parts<'a> {
    rows: Rows<'a>,
    leaf_index: i64,
    is_next_wanted: bool,
}

impl LentParts for Parts<'_> {
    fn next(&mut self) -> Result<Option<LentPart<'_>>, ReadError> {
        loop {
            if self.is_next_wanted {
                self.rows.advance().map_err(storage)?;
                self.is_next_wanted = false;
            }
            let Some(row) = self.rows.get() else {
                return Ok(None);
            };
            let of: i64 = row.get(0).map_err(storage)?;
            if of > self.leaf_index {
                return Ok(None);
            }
            self.is_next_wanted = true;
            // Parts of an entry that is not there, or that nobody asked for, are passed over.
            if of == self.leaf_index {
                break;
            }
        }
        let leaf_index = self.leaf_index;
        let part = self.rows.get().map(lent_part).transpose();
        part.map_err(|source| damaged(leaf_index, source))
    }
}

fn lent_part<'a>(row: &'a Row<'_>) -> Result<LentPart<'a>, StorageCause> {
    Ok(LentPart {
        label: row.get_ref(1)?.as_str()?,
        sensitivity: rows::sensitivity(row.get_ref(2)?.as_str()?)?,
        salt: rows::salt(row.get_ref(3)?.as_blob()?)?,
        body: row.get_ref(4)?.as_blob()?,
    })
}
