//! The rows of the views, and the words of the search.

use super::append::write_row;
use super::fetch_rows;
use crate::read_model::cases::{self, CASE_INDEX};
use crate::read_model::changes::Changes;
use crate::read_model::clocks::{self, DUE_CLOCKS};
use crate::read_model::dues::{self, DUES};
use crate::read_model::notable::{self, NOTABLE};
use crate::read_model::todo::{self, TODO};
use crate::read_model::{Dialect, ReadModel, Select, Value, words};
use app::ledger::{Agency, CaseRow, CaseRows, ClockLine, DuesLine, NotableRow, TodoLine};
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::LazyLock;

pub(super) fn write(connection: &Connection, changes: &Changes) -> rusqlite::Result<()> {
    for ((agency, _), row) in &changes.cases {
        write_case(connection, agency, row)?;
    }
    for ((agency, case_id), lines) in &changes.todo {
        write_todo(connection, agency, case_id, lines)?;
    }
    for ((agency, case_id), lines) in &changes.dues {
        write_dues(connection, agency, case_id, lines)?;
    }
    for (agency, row) in &changes.notable {
        write_notable(connection, agency, row)?;
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
    let (row_id, old) = match held {
        Some((row_id, old)) => {
            connection
                .prepare_cached("UPDATE case_search SET text = $1 WHERE row_id = $2")?
                .execute(params![text, row_id])?;
            (row_id, words::words(&old))
        }
        None => {
            connection
                .prepare_cached(
                    "INSERT INTO case_search (agency, case_id, text) VALUES ($1, $2, $3)",
                )?
                .execute(params![agency.as_str(), row.line.case_id, text])?;
            (connection.last_insert_rowid(), Vec::new())
        }
    };
    let new = words::words(&text);
    // A text mostly grows, by a party or a number. To take a word out, the index reads through the rows that have it,
    // which for a common one are all: so only words that went are taken out, and only those that came are put in.
    remove_words(connection, row_id, &missing_in(&new, &old))?;
    add_words(connection, row_id, &missing_in(&old, &new))
}

/// The words that `words` has and `other` does not. Both are in order.
fn missing_in(other: &[String], words: &[String]) -> Vec<String> {
    let is_missing = |word: &&String| other.binary_search(word).is_err();
    words.iter().filter(is_missing).cloned().collect()
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

/// Puts words of a row into the index, also beside words of the same row that it has already.
fn add_words(connection: &Connection, row_id: i64, words: &[String]) -> rusqlite::Result<()> {
    if words.is_empty() {
        return Ok(());
    }
    connection
        .prepare_cached("INSERT INTO case_words (rowid, words) VALUES ($1, $2)")?
        .execute(params![row_id, words.join(" ")])
        .map(drop)
}

/// The index keeps no words of its own (contentless), so it is told which ones to remove.
fn remove_words(connection: &Connection, row_id: i64, words: &[String]) -> rusqlite::Result<()> {
    if words.is_empty() {
        return Ok(());
    }
    connection
        .prepare_cached(
            "INSERT INTO case_words (case_words, rowid, words) VALUES ('delete', $1, $2)",
        )?
        .execute(params![row_id, words.join(" ")])
        .map(drop)
}

fn write_clock(connection: &Connection, agency: &Agency, line: &ClockLine) -> rusqlite::Result<()> {
    static UPSERT: LazyLock<String> = LazyLock::new(|| DUE_CLOCKS.upsert());
    write_row(connection, &UPSERT, &clocks::values(agency, line))
}

/// Makes these all lines that a case has on the lists of what is to be done.
fn write_todo(
    connection: &Connection,
    agency: &Agency,
    case_id: &str,
    lines: &[TodoLine],
) -> rusqlite::Result<()> {
    static UPSERT: LazyLock<String> = LazyLock::new(|| TODO.upsert());
    static DELETE: LazyLock<String> = LazyLock::new(|| TODO.delete());
    let held = todo::of_case(agency, case_id);
    let wanted = lines.iter().map(|line| todo::values(agency, line));
    let statements = (UPSERT.as_str(), DELETE.as_str());
    write_all(
        connection,
        &TODO,
        statements,
        agency,
        &held,
        wanted.collect(),
    )
}

/// Makes these all lines that a case has in the payment book.
fn write_dues(
    connection: &Connection,
    agency: &Agency,
    case_id: &str,
    lines: &[DuesLine],
) -> rusqlite::Result<()> {
    static UPSERT: LazyLock<String> = LazyLock::new(|| DUES.upsert());
    static DELETE: LazyLock<String> = LazyLock::new(|| DUES.delete());
    let held = dues::of_cases(agency, &[case_id.to_owned()], Dialect::Sqlite);
    let wanted = lines.iter().map(|line| dues::values(agency, line));
    let statements = (UPSERT.as_str(), DELETE.as_str());
    write_all(
        connection,
        &DUES,
        statements,
        agency,
        &held,
        wanted.collect(),
    )
}

/// Makes these rows, with the agency first, all that there are of those held; of those that stay as they are nothing is
/// written.
fn write_all(
    connection: &Connection,
    model: &ReadModel,
    (upsert, delete): (&'static str, &'static str),
    agency: &Agency,
    held: &Select,
    wanted: Vec<Vec<Value>>,
) -> rusqlite::Result<()> {
    let mut held = fetch_rows(connection, held)?;
    let mut changed: Vec<Vec<Value>> = Vec::new();
    for row in wanted {
        // Rows are read without the agency.
        match held.iter().position(|held| *held == row[1..]) {
            Some(at) => drop(held.swap_remove(at)),
            None => changed.push(row),
        }
    }
    for mut key in held {
        key.truncate(model.key.len());
        key.insert(0, agency.as_str().into());
        write_row(connection, delete, &key)?;
    }
    for row in changed {
        write_row(connection, upsert, &row)?;
    }
    Ok(())
}

fn write_notable(
    connection: &Connection,
    agency: &Agency,
    row: &NotableRow,
) -> rusqlite::Result<()> {
    static UPSERT: LazyLock<String> = LazyLock::new(|| NOTABLE.upsert());
    write_row(connection, &UPSERT, &notable::values(agency, row))
}

/// Removes whatever the views hold of a case.
pub(super) fn remove(
    connection: &Connection,
    agency: &Agency,
    case_id: &str,
) -> rusqlite::Result<()> {
    if let Some((row_id, old)) = searched(connection, agency, case_id)? {
        remove_words(connection, row_id, &words::words(&old))?;
    }
    for sql in [
        "DELETE FROM case_search WHERE agency = $1 AND case_id = $2",
        "DELETE FROM case_index WHERE agency = $1 AND case_id = $2",
        "DELETE FROM due_clocks WHERE agency = $1 AND case_id = $2",
        "DELETE FROM todo WHERE agency = $1 AND case_id = $2",
        "DELETE FROM notable WHERE agency = $1 AND case_id = $2",
        "DELETE FROM dues WHERE agency = $1 AND case_id = $2",
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
    for sql in [
        "DELETE FROM due_clocks WHERE agency = $1 AND case_id = $2",
        "DELETE FROM notable WHERE agency = $1 AND case_id = $2",
    ] {
        connection
            .prepare_cached(sql)?
            .execute(params![agency.as_str(), case.row.line.case_id])?;
    }
    for row in &case.notable {
        write_notable(connection, agency, row)?;
    }
    write_case(connection, agency, &case.row)?;
    write_todo(connection, agency, &case.row.line.case_id, &case.todo)?;
    write_dues(connection, agency, &case.row.line.case_id, &case.dues)?;
    for line in &case.clocks {
        write_clock(connection, agency, line)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::open::{Location, for_writing};
    use super::*;
    use app::ledger::CaseLine;
    use jiff::Timestamp;

    fn row(title: &str, parties: &str) -> CaseRow {
        CaseRow {
            line: CaseLine {
                case_id: "a".to_owned(),
                procedure: "penalty.ordinary".to_owned(),
                title: title.to_owned(),
                party_names: parties.to_owned(),
                phase: "filed".to_owned(),
                filed_on: None,
                next_due: None,
                case_number: None,
                number_claim: None,
                is_open: true,
                section: String::new(),
                follows: None,
                decided_items: String::new(),
                named_rows: String::new(),
            },
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    /// Every word that is in the index, as SQLite itself lists them.
    fn indexed(connection: &Connection) -> Vec<String> {
        let mut statement = connection
            .prepare("SELECT term FROM temp.held ORDER BY term")
            .expect("the vocabulary");
        let terms = statement.query_map([], |row| row.get(0)).expect("listed");
        terms.collect::<Result<_, _>>().expect("words")
    }

    #[test]
    fn the_index_holds_the_words_of_the_last_text_and_no_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let location = Location::of(&folder.path().join("record.sqlite"));
        let (connection, _lock) = for_writing(&location).expect("a new file");
        connection
            .execute_batch(
                "CREATE VIRTUAL TABLE temp.held USING fts5vocab(main, case_words, 'row')",
            )
            .expect("the vocabulary");
        let agency = Agency::parse("yongan").expect("a name");
        for (title, parties) in [
            ("无证取水", ""),
            ("无证取水", "安宝公司"),
            ("无证取水", "昌达公司"),
            ("取水", "昌达公司"),
            ("取水", "昌达公司、昌达"),
            ("", ""),
            ("超量取水", "安宝"),
        ] {
            let row = row(title, parties);
            write_case(&connection, &agency, &row).expect("written");
            let mut expected = words::words(&cases::search_text(&row.line));
            expected.sort_unstable();
            assert_eq!(indexed(&connection), expected, "{title} {parties}");
        }
        remove(&connection, &agency, "a").expect("removed");
        assert!(indexed(&connection).is_empty());
    }
}
