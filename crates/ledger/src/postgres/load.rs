//! What a batch is judged by, read for all of its appends at once.
//!
//! There is one lock: the head of the log, by agency in order of name. Every writer of an agency passes it, so it holds
//! streams, numbers and parts of that agency still, and nobody waits in a circle. (Rows of streams or series locked
//! before it would: one that is not there yet cannot be locked, and is written under the head while another, who found
//! it a moment later, holds it and waits for the head.) Versions only grow, so whoever is too late is found before
//! the lock.

use super::read_hashes;
use crate::read_model::Value;
use crate::read_model::numbers;
use crate::register::{Register, Wanted};
use crate::rows::{self, RequestRow, stored};
use crate::sequence::{self, Head, LogState, by_agency};
use app::ledger::{Agency, Append, PartPlace, StorageCause};
use app::numbers::{NumberRow, Series, SeriesRow};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Row};
use std::collections::{BTreeMap, BTreeSet};

/// The state of each agency of a batch.
pub(super) type States = BTreeMap<Agency, LogState>;

/// Reads the versions without a lock: enough to find who is too late for certain.
pub(super) async fn first_look(
    connection: &mut PgConnection,
    appends: &[&Append],
) -> Result<States, StorageCause> {
    let mut states: States = States::new();
    for append in appends {
        states.entry(append.agency.clone()).or_default();
    }
    read_streams(connection, appends, &mut states).await?;
    let suspect = |append: &&&Append| {
        let state = states.get(&append.agency);
        state.is_some_and(|state| state.check_versions(append).is_err())
    };
    let suspects: Vec<&Append> = appends.iter().filter(suspect).copied().collect();
    if !suspects.is_empty() {
        // A repeated request is answered although its streams have moved.
        read_requests(connection, &suspects, &mut states).await?;
    }
    Ok(states)
}

/// Locks the heads, and reads everything that the appends are judged by.
pub(super) async fn lock_heads(
    connection: &mut PgConnection,
    appends: &[&Append],
    mut states: States,
) -> Result<States, StorageCause> {
    let agencies = by_agency(appends.iter().copied());
    let names: Vec<&str> = agencies.keys().map(|agency| agency.as_str()).collect();
    read_heads(connection, &names, &mut states).await?;
    // From here on nobody else writes into these logs.
    read_streams(connection, appends, &mut states).await?;
    read_requests(connection, appends, &mut states).await?;
    read_ids(connection, appends, &mut states).await?;
    read_parts(connection, appends, &mut states).await?;
    let mut series = read_series(connection, appends).await?;
    for (agency, theirs) in agencies {
        let Some(state) = states.get_mut(agency) else {
            continue;
        };
        state.register = Register::of(series.remove(agency.as_str()).unwrap_or_default());
        let needed = sequence::needed_hashes(state.head.size, theirs.len());
        state.hashes = read_hashes(connection, agency, &needed)
            .await?
            .into_iter()
            .collect();
    }
    Ok(states)
}

async fn read_streams(
    connection: &mut PgConnection,
    appends: &[&Append],
    states: &mut States,
) -> Result<(), StorageCause> {
    let named: BTreeSet<(&str, &str)> = appends
        .iter()
        .flat_map(|append| {
            let streams = sequence::expectations(append).into_iter();
            streams.map(|(stream, _)| (append.agency.as_str(), stream.as_str()))
        })
        .collect();
    let (agencies, streams): (Vec<&str>, Vec<&str>) = named.into_iter().unzip();
    let found: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT s.agency, s.stream, s.version FROM streams s \
         JOIN UNNEST($1::text[], $2::text[]) AS named (agency, stream) \
         ON s.agency = named.agency AND s.stream = named.stream",
    )
    .bind(agencies)
    .bind(streams)
    .fetch_all(connection)
    .await?;
    for (agency, stream, version) in found {
        let version = rows::count("version", version)?;
        let state = states.entry(rows::agency(agency)?).or_default();
        state.streams.insert(stream, version);
    }
    Ok(())
}

struct Known {
    agency: String,
    key: String,
    request: RequestRow,
}

impl FromRow<'_, PgRow> for Known {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            agency: row.try_get(6)?,
            key: row.try_get(7)?,
            request: RequestRow::from_row(row)?,
        })
    }
}

async fn read_requests(
    connection: &mut PgConnection,
    appends: &[&Append],
    states: &mut States,
) -> Result<(), StorageCause> {
    let (agencies, keys): (Vec<&str>, Vec<&str>) = appends
        .iter()
        .map(|append| (append.agency.as_str(), append.idempotency.key.as_str()))
        .unzip();
    let found: Vec<Known> = sqlx::query_as(
        "SELECT k.request_digest, e.stream, e.leaf_index, e.stream_version, e.recorded_at_ms, e.leaf, k.agency, k.key \
         FROM idempotency_keys k \
         JOIN UNNEST($1::text[], $2::text[]) AS named (agency, key) ON k.agency = named.agency AND k.key = named.key \
         JOIN entries e ON e.agency = k.agency AND e.leaf_index = k.leaf_index",
    )
    .bind(agencies)
    .bind(keys)
    .fetch_all(connection)
    .await?;
    for known in found {
        let state = states.entry(rows::agency(known.agency)?).or_default();
        state.requests.insert(known.key, known.request.lift()?);
    }
    Ok(())
}

async fn read_ids(
    connection: &mut PgConnection,
    appends: &[&Append],
    states: &mut States,
) -> Result<(), StorageCause> {
    let (agencies, ids): (Vec<&str>, Vec<&str>) = appends
        .iter()
        .map(|append| (append.agency.as_str(), append.entry.id.as_str()))
        .unzip();
    let found: Vec<(String, String)> = sqlx::query_as(
        "SELECT e.agency, e.id FROM entries e \
         JOIN UNNEST($1::text[], $2::text[]) AS named (agency, id) ON e.agency = named.agency AND e.id = named.id",
    )
    .bind(agencies)
    .bind(ids)
    .fetch_all(connection)
    .await?;
    for (agency, id) in found {
        let state = states.entry(rows::agency(agency)?).or_default();
        state.ids.insert(id);
    }
    Ok(())
}

async fn read_parts(
    connection: &mut PgConnection,
    appends: &[&Append],
    states: &mut States,
) -> Result<(), StorageCause> {
    let (mut agencies, mut leaves, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    for append in appends {
        for place in &append.entry.destroys {
            agencies.push(append.agency.as_str());
            leaves.push(stored(place.leaf_index));
            labels.push(place.label.as_str());
        }
    }
    if agencies.is_empty() {
        return Ok(());
    }
    let found: Vec<(String, i64, String)> = sqlx::query_as(
        "SELECT p.agency, p.leaf_index, p.label FROM parts p \
         JOIN UNNEST($1::text[], $2::bigint[], $3::text[]) AS named (agency, leaf_index, label) \
         ON p.agency = named.agency AND p.leaf_index = named.leaf_index AND p.label = named.label",
    )
    .bind(agencies)
    .bind(leaves)
    .bind(labels)
    .fetch_all(connection)
    .await?;
    for (agency, leaf_index, label) in found {
        let leaf_index = rows::count("leaf_index", leaf_index)?;
        let state = states.entry(rows::agency(agency)?).or_default();
        state.parts.insert(PartPlace { leaf_index, label });
    }
    Ok(())
}

async fn read_heads(
    connection: &mut PgConnection,
    agencies: &[&str],
    states: &mut States,
) -> Result<(), StorageCause> {
    const LOCK: &str = "SELECT agency, size, recorded_at_ms FROM heads WHERE agency = ANY($1) ORDER BY agency FOR UPDATE";
    let mut found: Vec<(String, i64, i64)> = sqlx::query_as(LOCK)
        .bind(agencies)
        .fetch_all(&mut *connection)
        .await?;
    if found.len() < agencies.len() {
        // The first entries of an agency: its head comes into being, so that there is something to lock. The names
        // are in order here too.
        sqlx::query(
            "INSERT INTO heads (agency, size, recorded_at_ms) SELECT agency, 0, 0 FROM UNNEST($1::text[]) AS new (agency) \
             ON CONFLICT DO NOTHING",
        )
        .bind(agencies)
        .execute(&mut *connection)
        .await?;
        found = sqlx::query_as(LOCK)
            .bind(agencies)
            .fetch_all(connection)
            .await?;
    }
    for (agency, size, recorded_at_ms) in found {
        let state = states.entry(rows::agency(agency)?).or_default();
        state.head = Head {
            size: rows::count("size", size)?,
            recorded_at_ms,
        };
    }
    Ok(())
}

/// The series of the claims, each once, in order.
fn claimed<'a>(appends: &[&'a Append]) -> (Vec<&'a str>, Vec<&'a str>, Vec<i64>) {
    let named: BTreeSet<(&str, &Series)> = appends
        .iter()
        .flat_map(|append| {
            sequence::series_of(append).map(|series| (append.agency.as_str(), series))
        })
        .collect();
    let mut columns = (Vec::new(), Vec::new(), Vec::new());
    for (agency, series) in named {
        columns.0.push(agency);
        columns.1.push(series.kind.as_str());
        columns.2.push(i64::from(series.year));
    }
    columns
}

async fn read_series(
    connection: &mut PgConnection,
    appends: &[&Append],
) -> Result<BTreeMap<String, Vec<SeriesRow>>, StorageCause> {
    let mut series: BTreeMap<String, Vec<SeriesRow>> = BTreeMap::new();
    let (agencies, kinds, years) = claimed(appends);
    if agencies.is_empty() {
        return Ok(series);
    }
    let found: Vec<(String, String, i64, i64)> = sqlx::query_as(
        "SELECT s.agency, s.kind, s.year, s.next FROM number_series s \
         JOIN UNNEST($1::text[], $2::text[], $3::bigint[]) AS named (agency, kind, year) \
         ON s.agency = named.agency AND s.kind = named.kind AND s.year = named.year",
    )
    .bind(agencies)
    .bind(kinds)
    .bind(years)
    .fetch_all(connection)
    .await?;
    for (agency, kind, year, next) in found {
        let row = numbers::series_row(vec![Value::Text(kind), year.into(), next.into()])?;
        series.entry(agency).or_default().push(row);
    }
    Ok(series)
}

/// Looks up numbers that the claims of one agency want to know of.
pub(super) async fn numbers_wanted(
    connection: &mut PgConnection,
    agency: &Agency,
    wanted: &Wanted,
) -> Result<Vec<NumberRow>, StorageCause> {
    let (mut kinds, mut years, mut serials) = (Vec::new(), Vec::new(), Vec::new());
    for (series, serial) in &wanted.places {
        kinds.push(series.kind.as_str());
        years.push(i64::from(series.year));
        serials.push(i64::from(*serial));
    }
    let texts: Vec<&str> = wanted.texts.iter().map(String::as_str).collect();
    let found: Vec<(String, i64, i64, String, String, i64)> = sqlx::query_as(
        "SELECT n.kind, n.year, n.serial, n.state, n.text, n.leaf_index FROM numbers n \
         JOIN UNNEST($2::text[], $3::bigint[], $4::bigint[]) AS named (kind, year, serial) \
         ON n.kind = named.kind AND n.year = named.year AND n.serial = named.serial WHERE n.agency = $1 \
         UNION SELECT kind, year, serial, state, text, leaf_index FROM numbers \
         WHERE agency = $1 AND text <> '' AND text = ANY($5)",
    )
    .bind(agency.as_str())
    .bind(kinds)
    .bind(years)
    .bind(serials)
    .bind(texts)
    .fetch_all(connection)
    .await?;
    found
        .into_iter()
        .map(|(kind, year, serial, state, text, leaf_index)| {
            numbers::row(vec![
                Value::Text(kind),
                year.into(),
                serial.into(),
                Value::Text(state),
                Value::Text(text),
                leaf_index.into(),
            ])
        })
        .collect()
}
