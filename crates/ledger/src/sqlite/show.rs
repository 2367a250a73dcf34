//! A stretch of the log, shown row by row: entries and parts are stepped through side by side, and nothing is copied.

use crate::rows::{self, storage, stored};
use crate::statements;
use app::ledger::{Agency, LentEntry, LentPart, LentParts, Onlooker, ReadError, StorageCause};
use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator;
use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, Rows, params};

/// The rows of the tables lie in the order in which they were appended: read in that order, none is looked for.
const ENTRIES_AS_THEY_LIE: &str = "SELECT leaf_index, id, stream, stream_version, recorded_at_ms, leaf FROM entries \
    WHERE rowid >= $1 AND rowid <= $2 ORDER BY rowid";
const PARTS_AS_THEY_LIE: &str = "SELECT leaf_index, label, sensitivity, salt, body FROM parts \
    WHERE rowid >= $1 AND rowid <= $2 ORDER BY rowid";
/// The same where other agencies have rows between them. The plus keeps SQLite from looking for them all the same.
const ENTRIES_AMONG_OTHERS: &str = "SELECT leaf_index, id, stream, stream_version, recorded_at_ms, leaf FROM entries \
    WHERE rowid >= $1 AND rowid <= $2 AND +agency = $3 ORDER BY rowid";
const PARTS_AMONG_OTHERS: &str = "SELECT leaf_index, label, sensitivity, salt, body FROM parts \
    WHERE rowid >= $1 AND rowid <= $2 AND +agency = $3 ORDER BY rowid";

const OTHERS: &str = "SELECT count(*) FROM heads WHERE agency <> $1";

const ENTRY_ROW: &str = "SELECT rowid FROM entries WHERE agency = $1 AND leaf_index = $2";
/// Answered by the index alone. The parts of one entry lie in any order.
const PART_ROWS: &str = "SELECT count(*), \
    (SELECT min(rowid) FROM parts WHERE agency = $1 AND leaf_index = \
        (SELECT min(leaf_index) FROM parts WHERE agency = $1 AND leaf_index >= $2 AND leaf_index < $3)), \
    (SELECT max(rowid) FROM parts WHERE agency = $1 AND leaf_index = \
        (SELECT max(leaf_index) FROM parts WHERE agency = $1 AND leaf_index >= $2 AND leaf_index < $3)) \
    FROM parts WHERE agency = $1 AND leaf_index >= $2 AND leaf_index < $3";

/// Shows a stretch. All reads see one state of the file.
pub(super) fn stretch(
    connection: &Connection,
    agency: &Agency,
    (from, to): (u64, u64),
    onlooker: &mut dyn Onlooker,
) -> Result<(), ReadError> {
    let _state = connection.unchecked_transaction().map_err(storage)?;
    let range = (stored(from), stored(to));
    if !as_they_lie(connection, agency, range, onlooker)? {
        onlooker.begin_again();
        in_order(connection, agency, range, onlooker)?;
    }
    Ok(())
}

/// Shows the rows as they lie in their tables. False if that is not the order of the log, if any of them lies elsewhere, or
/// if too many others lie between them; what was shown then does not count.
fn as_they_lie(
    connection: &Connection,
    agency: &Agency,
    (from, to): (i64, i64),
    onlooker: &mut dyn Onlooker,
) -> Result<bool, ReadError> {
    let Some((entries, parts)) = places(connection, agency, (from, to)).map_err(storage)? else {
        return Ok(false);
    };
    let prepare = |sql| connection.prepare_cached(sql).map_err(storage);
    let of = agency.as_str();
    let others = prepare(OTHERS)?.query_row([of], |row| row.get(0));
    let others: i64 = others.map_err(storage)?;
    // Row by row nobody need ask whose it is: a row of anybody else's, where there should be none, is one too many, and
    // then all are looked for.
    let (of_entries, of_parts) = match others {
        0 => (ENTRIES_AS_THEY_LIE, PARTS_AS_THEY_LIE),
        _ => (ENTRIES_AMONG_OTHERS, PARTS_AMONG_OTHERS),
    };
    let [mut entry_rows, mut part_rows] = [prepare(of_entries)?, prepare(of_parts)?];
    let rows_of = |statement: &mut CachedStatement<'_>, place: &Place| {
        statement.raw_bind_parameter(1, place.first)?;
        statement.raw_bind_parameter(2, place.last)?;
        match others {
            0 => Ok(()),
            _ => statement.raw_bind_parameter(3, of),
        }
    };
    rows_of(&mut entry_rows, &entries).map_err(storage)?;
    rows_of(&mut part_rows, &parts).map_err(storage)?;
    let mut entry_rows = entry_rows.raw_query();
    let mut part_rows = Parts::new(part_rows.raw_query(), (from, to));
    let mut next = from;
    while let Some(row) = entry_rows.next().map_err(storage)? {
        let leaf_index: i64 = row.get(0).map_err(storage)?;
        if leaf_index != next || !part_rows.ascend {
            return Ok(false);
        }
        show_entry(row, leaf_index, &mut part_rows, onlooker)?;
        next += 1;
    }
    Ok(next == to && part_rows.are_just(parts.count)?)
}

/// The rows of a table between which a stretch lies.
struct Place {
    first: i64,
    last: i64,
    count: i64,
}

impl Place {
    /// Whether at least every second row there is of the stretch.
    fn is_dense(&self) -> bool {
        self.last.saturating_sub(self.first) < self.count.saturating_mul(2)
    }
}

/// Where the entries and the parts of a stretch lie, if it is there at all and lies together.
fn places(
    connection: &Connection,
    agency: &Agency,
    (from, to): (i64, i64),
) -> rusqlite::Result<Option<(Place, Place)>> {
    if to <= from {
        return Ok(None);
    }
    let of = agency.as_str();
    let mut row_of = connection.prepare_cached(ENTRY_ROW)?;
    let mut row_of = |index: i64| {
        let row = row_of.query_row(params![of, index], |row| row.get(0));
        row.optional()
    };
    let (Some(first), Some(last)) = (row_of(from)?, row_of(to - 1)?) else {
        return Ok(None);
    };
    let count = to - from;
    let entries = Place { first, last, count };
    let mut rows_of = connection.prepare_cached(PART_ROWS)?;
    let parts = rows_of.query_row(params![of, from, to], |row| {
        Ok(Place {
            count: row.get(0)?,
            first: row.get::<_, Option<i64>>(1)?.unwrap_or(0),
            last: row.get::<_, Option<i64>>(2)?.unwrap_or(-1),
        })
    })?;
    Ok((entries.is_dense() && parts.is_dense()).then_some((entries, parts)))
}

/// Shows the rows in the order of the log, wherever they lie.
fn in_order(
    connection: &Connection,
    agency: &Agency,
    (from, to): (i64, i64),
    onlooker: &mut dyn Onlooker,
) -> Result<(), ReadError> {
    let place = params![agency.as_str(), from, to];
    let prepare = |sql| connection.prepare_cached(sql).map_err(storage);
    let mut entries = prepare(statements::ENTRIES_BETWEEN)?;
    let mut parts = prepare(statements::PARTS_BETWEEN)?;
    let mut entries = entries.query(place).map_err(storage)?;
    let mut parts = Parts::new(parts.query(place).map_err(storage)?, (from, to));
    while let Some(row) = entries.next().map_err(storage)? {
        let leaf_index: i64 = row.get(0).map_err(storage)?;
        show_entry(row, leaf_index, &mut parts, onlooker)?;
    }
    Ok(())
}

fn show_entry(
    row: &Row<'_>,
    leaf_index: i64,
    parts: &mut Parts<'_>,
    onlooker: &mut dyn Onlooker,
) -> Result<(), ReadError> {
    parts.leaf_index = leaf_index;
    let entry = lent_entry(row).map_err(|source| damaged(leaf_index, source))?;
    onlooker.entry(entry, parts)
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
    /// The entry whose parts are shown.
    leaf_index: i64,
    is_next_wanted: bool,
    /// How many were read, and whose entry the last one is.
    count: i64,
    last: i64,
    /// Where the stretch ends.
    end: i64,
    /// Whether each was of an entry of the stretch, and came behind those of earlier entries.
    ascend: bool,
}

impl<'a> Parts<'a> {
    fn new(rows: Rows<'a>, (from, to): (i64, i64)) -> Self {
        Self {
            rows,
            leaf_index: i64::MIN,
            is_next_wanted: true,
            count: 0,
            last: from,
            end: to,
            ascend: true,
        }
    }

    /// Whose entry the next row is.
    fn peek(&mut self) -> Result<Option<i64>, ReadError> {
        if self.is_next_wanted {
            self.is_next_wanted = false;
            self.rows.advance().map_err(storage)?;
            if let Some(row) = self.rows.get() {
                let of = row.get(0).map_err(storage)?;
                self.count += 1;
                self.ascend &= of >= self.last && of < self.end;
                self.last = of;
            }
        }
        Ok(self.rows.get().is_some().then_some(self.last))
    }

    /// Whether so many were there in all, in order.
    fn are_just(&mut self, count: i64) -> Result<bool, ReadError> {
        while self.peek()?.is_some() {
            self.is_next_wanted = true;
        }
        Ok(self.count == count && self.ascend)
    }
}

impl LentParts for Parts<'_> {
    fn next(&mut self) -> Result<Option<LentPart<'_>>, ReadError> {
        loop {
            let Some(of) = self.peek()? else {
                return Ok(None);
            };
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
