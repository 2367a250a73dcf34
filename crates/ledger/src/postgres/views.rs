//! The rows of the views, many with one statement.

use crate::read_model::cases::{self, CASE_INDEX};
use crate::read_model::changes::Changes;
use crate::read_model::clocks::{self, DUE_CLOCKS};
use crate::read_model::dues::{self, DUES};
use crate::read_model::notable::{self, NOTABLE};
use crate::read_model::todo::{self, TODO};
use crate::read_model::{Kind, ReadModel, Value, words};
use app::ledger::{Agency, CaseRows};
use sqlx::{AssertSqlSafe, PgConnection};
use std::sync::LazyLock;

pub(super) async fn write(
    connection: &mut PgConnection,
    changes: &Changes,
) -> Result<(), sqlx::Error> {
    static CASES: LazyLock<String> = LazyLock::new(|| CASE_INDEX.upsert_many());
    static CLOCKS: LazyLock<String> = LazyLock::new(|| DUE_CLOCKS.upsert_many());
    static NOTABLES: LazyLock<String> = LazyLock::new(|| NOTABLE.upsert_many());
    let cases = changes.cases.iter();
    let cases = cases.map(|((agency, _), row)| cases::values(agency, row));
    write_rows(connection, &CASE_INDEX, &CASES, cases.collect()).await?;
    write_texts(connection, changes).await?;
    let mut clocks = Vec::new();
    let (mut agencies, mut case_ids, mut clock_ids) = (Vec::new(), Vec::new(), Vec::new());
    for ((agency, case_id, clock_id), line) in &changes.clocks {
        match line {
            Some(line) => clocks.push(clocks::values(agency, line)),
            None => {
                agencies.push(agency.as_str());
                case_ids.push(case_id.as_str());
                clock_ids.push(clock_id.as_str());
            }
        }
    }
    write_rows(connection, &DUE_CLOCKS, &CLOCKS, clocks).await?;
    write_todo(connection, changes).await?;
    write_dues(connection, changes).await?;
    let notable = changes.notable.iter();
    let notable = notable.map(|(agency, row)| notable::values(agency, row));
    write_rows(connection, &NOTABLE, &NOTABLES, notable.collect()).await?;
    if !agencies.is_empty() {
        sqlx::query(
            "DELETE FROM due_clocks d USING UNNEST($1::text[], $2::text[], $3::text[]) AS gone (agency, case_id, clock_id) \
             WHERE d.agency = gone.agency AND d.case_id = gone.case_id AND d.clock_id = gone.clock_id",
        )
        .bind(agencies)
        .bind(case_ids)
        .bind(clock_ids)
        .execute(connection)
        .await?;
    }
    Ok(())
}

/// Makes the lines of each case all that it has; those that stay as they are are not written.
async fn write_todo(connection: &mut PgConnection, changes: &Changes) -> Result<(), sqlx::Error> {
    static UPSERT: LazyLock<String> = LazyLock::new(|| TODO.upsert_changed());
    if changes.todo.is_empty() {
        return Ok(());
    }
    let (mut agencies, mut case_ids) = (Vec::new(), Vec::new());
    let (mut holders, mut events, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    let (mut of_agencies, mut of_cases) = (Vec::new(), Vec::new());
    let mut rows = Vec::new();
    for ((agency, case_id), lines) in &changes.todo {
        agencies.push(agency.as_str());
        case_ids.push(case_id.as_str());
        for line in lines {
            of_agencies.push(agency.as_str());
            of_cases.push(case_id.as_str());
            holders.push(todo::holder_text(&line.holder));
            events.push(line.event.as_str());
            numbers.push(i64::from(line.number));
            rows.push(todo::values(agency, line));
        }
    }
    sqlx::query(
        "DELETE FROM todo t USING UNNEST($1::text[], $2::text[]) AS changed (agency, case_id) \
         WHERE t.agency = changed.agency AND t.case_id = changed.case_id AND NOT EXISTS ( \
         SELECT 1 FROM UNNEST($3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[]) \
         AS kept (agency, case_id, holder, event, number) WHERE kept.agency = t.agency \
         AND kept.case_id = t.case_id AND kept.holder = t.holder AND kept.event = t.event AND kept.number = t.number)",
    )
    .bind(agencies)
    .bind(case_ids)
    .bind(of_agencies)
    .bind(of_cases)
    .bind(holders)
    .bind(events)
    .bind(numbers)
    .execute(&mut *connection)
    .await?;
    write_rows(connection, &TODO, &UPSERT, rows).await
}

/// The same for the lines of the payment book.
async fn write_dues(connection: &mut PgConnection, changes: &Changes) -> Result<(), sqlx::Error> {
    static UPSERT: LazyLock<String> = LazyLock::new(|| DUES.upsert_changed());
    if changes.dues.is_empty() {
        return Ok(());
    }
    let (mut agencies, mut case_ids) = (Vec::new(), Vec::new());
    let (mut of_agencies, mut of_cases, mut parties) = (Vec::new(), Vec::new(), Vec::new());
    let mut rows = Vec::new();
    for ((agency, case_id), lines) in &changes.dues {
        agencies.push(agency.as_str());
        case_ids.push(case_id.as_str());
        for line in lines {
            of_agencies.push(agency.as_str());
            of_cases.push(case_id.as_str());
            parties.push(i64::from(line.party));
            rows.push(dues::values(agency, line));
        }
    }
    sqlx::query(
        "DELETE FROM dues d USING UNNEST($1::text[], $2::text[]) AS changed (agency, case_id) \
         WHERE d.agency = changed.agency AND d.case_id = changed.case_id AND NOT EXISTS ( \
         SELECT 1 FROM UNNEST($3::text[], $4::text[], $5::bigint[]) AS kept (agency, case_id, party) \
         WHERE kept.agency = d.agency AND kept.case_id = d.case_id AND kept.party = d.party)",
    )
    .bind(agencies)
    .bind(case_ids)
    .bind(of_agencies)
    .bind(of_cases)
    .bind(parties)
    .execute(&mut *connection)
    .await?;
    write_rows(connection, &DUES, &UPSERT, rows).await
}

/// The words of a text are written only where the text has changed.
async fn write_texts(connection: &mut PgConnection, changes: &Changes) -> Result<(), sqlx::Error> {
    if changes.cases.is_empty() {
        return Ok(());
    }
    let (mut agencies, mut case_ids, mut texts, mut found) = (vec![], vec![], vec![], vec![]);
    for (agency, case_id, text) in changes.texts() {
        agencies.push(agency.as_str());
        case_ids.push(case_id);
        found.push(words::words(&text).join(" "));
        texts.push(text);
    }
    sqlx::query(
        "INSERT INTO case_search (agency, case_id, text, words) \
         SELECT agency, case_id, text, array_to_tsvector(string_to_array(words, ' ')) \
         FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[]) AS new (agency, case_id, text, words) \
         WHERE NOT EXISTS (SELECT 1 FROM case_search s WHERE s.agency = new.agency AND s.case_id = new.case_id \
         AND s.text = new.text) \
         ON CONFLICT (agency, case_id) DO UPDATE SET text = excluded.text, words = excluded.words",
    )
    .bind(agencies)
    .bind(case_ids)
    .bind(texts)
    .bind(found)
    .execute(connection)
    .await
    .map(drop)
}

/// Writes rows with the statement that `ReadModel::upsert_many` made: one array for each column. No key twice.
pub(super) async fn write_rows(
    connection: &mut PgConnection,
    model: &ReadModel,
    upsert: &'static str,
    rows: Vec<Vec<Value>>,
) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut rows: Vec<_> = rows.into_iter().map(Vec::into_iter).collect();
    let kinds = model.columns.iter().map(|column| column.kind);
    let mut query = sqlx::query(upsert);
    for kind in [Kind::Text].into_iter().chain(kinds) {
        let column = rows.iter_mut().filter_map(Iterator::next);
        query = match kind {
            Kind::Text | Kind::OptionalText => {
                let texts: Vec<Option<String>> = column
                    .map(|value| match value {
                        Value::Text(text) => Some(text),
                        Value::OptionalText(text) => text,
                        Value::Integer(_) => None,
                    })
                    .collect();
                query.bind(texts)
            }
            Kind::Integer => {
                let numbers: Vec<Option<i64>> = column
                    .map(|value| match value {
                        Value::Integer(number) => Some(number),
                        Value::Text(_) | Value::OptionalText(_) => None,
                    })
                    .collect();
                query.bind(numbers)
            }
        };
    }
    query.execute(connection).await.map(drop)
}

/// Removes whatever the views hold of these cases.
pub(super) async fn remove(
    connection: &mut PgConnection,
    agency: &Agency,
    case_ids: &[String],
) -> Result<(), sqlx::Error> {
    for table in [
        "case_search",
        "case_index",
        "due_clocks",
        "todo",
        "notable",
        "dues",
    ] {
        remove_from(connection, table, agency, case_ids).await?;
    }
    Ok(())
}

async fn remove_from(
    connection: &mut PgConnection,
    table: &'static str,
    agency: &Agency,
    case_ids: &[String],
) -> Result<(), sqlx::Error> {
    let sql = format!("DELETE FROM {table} WHERE agency = $1 AND case_id = ANY($2)");
    sqlx::query(AssertSqlSafe(sql))
        .bind(agency.as_str())
        .bind(case_ids)
        .execute(connection)
        .await
        .map(drop)
}

/// Writes the rows of these cases anew.
pub(super) async fn replace(
    connection: &mut PgConnection,
    agency: &Agency,
    cases: &[CaseRows],
) -> Result<(), sqlx::Error> {
    let mut changes = Changes::default();
    let mut case_ids = Vec::new();
    for case in cases {
        let case_id = case.row.line.case_id.clone();
        case_ids.push(case_id.clone());
        changes
            .cases
            .insert((agency.clone(), case_id), case.row.clone());
        for line in &case.clocks {
            let key = (agency.clone(), line.case_id.clone(), line.clock_id.clone());
            changes.clocks.insert(key, Some(line.clone()));
        }
        let key = (agency.clone(), case.row.line.case_id.clone());
        changes.todo.insert(key.clone(), case.todo.clone());
        changes.dues.insert(key, case.dues.clone());
        let notable = case.notable.iter().cloned();
        changes
            .notable
            .extend(notable.map(|row| (agency.clone(), row)));
    }
    remove_from(connection, "due_clocks", agency, &case_ids).await?;
    remove_from(connection, "notable", agency, &case_ids).await?;
    write(connection, &changes).await
}
