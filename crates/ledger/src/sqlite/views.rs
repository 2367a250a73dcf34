//! The rows of the views, and the words of the search.

use super::append::write_row;
use crate::read_model::cases::{self, CASE_INDEX};
use crate::read_model::changes::Changes;
use crate::read_model::clocks::{self, DUE_CLOCKS};
use crate::read_model::words;
use app::ledger::{Agency, CaseRow, CaseRows, ClockLine};
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::LazyLock;

pub(super) fn write(connection: &Connection, changes: &Changes) -> rusqlite::Result<()> {
    for ((agency, _), row) in &changes.cases {
        write_case(connection, agency, row)?;
    }
    for ((agency, case_id, clock_id), line) in &changes.clocks {
        match line {
            Some(line) => write_clock(connection, agency, line)?,
            None => {
                connection
                    .prepare_cached(
                        "DELETE FROM due_clocks WHERE agency = $1 AND case_id = $2 AND clock_id = $3",
                    )?
                    .execute(params![agency.as_str(), case_id, clock_id])?;
            }
        }
    }
    Ok(())
}

fn write_case(connection: &Connection, agency: &Agency, row: &CaseRow) -> rusqlite::Result<()> {
    static UPSERT: LazyLock<String> = LazyLock::new(|| CASE_INDEX.upsert());
    write_row(connection, &UPSERT, &cases::values(agency, row))?;
    let text = cases::search_text(&row.line);
    let held = searched(connection, agency, &row.line.case_id)?;
    if held.as_ref().is_some_and(|(_, held)| *held == text) {
        return Ok(());
    }
    let row_id = match held {
        Some((row_id, old)) => {
            remove_words(connection, row_id, &old)?;
            connection
                .prepare_cached("UPDATE case_search SET text = $1 WHERE row_id = $2")?
                .execute(params![text, row_id])?;
            row_id
        }
        None => {
            connection
                .prepare_cached(
                    "INSERT INTO case_search (agency, case_id, text) VALUES ($1, $2, $3)",
                )?
                .execute(params![agency.as_str(), row.line.case_id, text])?;
            connection.last_insert_rowid()
        }
    };
    connection
        .prepare_cached("INSERT INTO case_words (rowid, words) VALUES ($1, $2)")?
        .execute(params![row_id, words::words(&text).join(" ")])
        .map(drop)
}

/// The row of a case in the search, with its text.
fn searched(
    connection: &Connection,
    agency: &Agency,
    case_id: &str,
) -> rusqlite::Result<Option<(i64, String)>> {
    connection
        .prepare_cached("SELECT row_id, text FROM case_search WHERE agency = $1 AND case_id = $2")?
        .query_row(params![agency.as_str(), case_id], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
}

/// The index keeps no words of its own (contentless), so it is told which ones to remove.
fn remove_words(connection: &Connection, row_id: i64, old: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO case_words (case_words, rowid, words) VALUES ('delete', $1, $2)",
        )?
        .execute(params![row_id, words::words(old).join(" ")])
        .map(drop)
}

fn write_clock(connection: &Connection, agency: &Agency, line: &ClockLine) -> rusqlite::Result<()> {
    static UPSERT: LazyLock<String> = LazyLock::new(|| DUE_CLOCKS.upsert());
    write_row(connection, &UPSERT, &clocks::values(agency, line))
}

/// Removes whatever the views hold of a case.
pub(super) fn remove(
    connection: &Connection,
    agency: &Agency,
    case_id: &str,
) -> rusqlite::Result<()> {
    if let Some((row_id, old)) = searched(connection, agency, case_id)? {
        remove_words(connection, row_id, &old)?;
    }
    for sql in [
        "DELETE FROM case_search WHERE agency = $1 AND case_id = $2",
        "DELETE FROM case_index WHERE agency = $1 AND case_id = $2",
        "DELETE FROM due_clocks WHERE agency = $1 AND case_id = $2",
    ] {
        connection
            .prepare_cached(sql)?
            .execute(params![agency.as_str(), case_id])?;
    }
    Ok(())
}

/// Writes the rows of a case anew.
pub(super) fn replace(
    connection: &Connection,
    agency: &Agency,
    case: &CaseRows,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM due_clocks WHERE agency = $1 AND case_id = $2")?
        .execute(params![agency.as_str(), case.row.line.case_id])?;
    write_case(connection, agency, &case.row)?;
    for line in &case.clocks {
        write_clock(connection, agency, line)?;
    }
    Ok(())
}
