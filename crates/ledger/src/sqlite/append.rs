//! One append: what it must know is read, judged in memory, and written.

use super::{fetch, known_request, read_hashes, sql_value, views};
use crate::read_model::changes::Changes;
use crate::read_model::numbers::{self, NUMBER_SERIES, NUMBERS};
use crate::read_model::outbox::{self, OUTBOX};
use crate::read_model::{Select, Value};
use crate::register::{Register, Wanted};
use crate::rows::{self, stored};
use crate::sequence::{self, Admitted, Head, LogState, Sequenced, storage};
use crate::statements;
use app::ledger::{Agency, Append, AppendError, Appended, PartPlace, StorageCause};
use app::numbers::NumberRow;
use rusqlite::{Connection, OptionalExtension, ToSql, params, params_from_iter};
use std::sync::LazyLock;

pub(super) fn append(connection: &Connection, append: &Append) -> Result<Appended, AppendError> {
    let mut state = load(connection, append).map_err(storage)?;
    let mut wanted = state.wanted_by([append].into_iter());
    let sequenced = loop {
        let rows = numbers_wanted(connection, &append.agency, &wanted).map_err(storage)?;
        state.register.learn(std::mem::take(&mut wanted), rows);
        let before = state.clone();
        let admitted = state.admit(append, &mut wanted);
        if wanted.is_empty() {
            match admitted? {
                Admitted::New(sequenced) => break sequenced,
                Admitted::Again(appended) => return Ok(appended),
            }
        }
        state = before;
    };
    write_entry(connection, append, &sequenced).map_err(storage)?;
    destroy(connection, append).map_err(storage)?;
    write_views(connection, append, &sequenced).map_err(storage)?;
    Ok(sequenced.appended)
}

/// Reads what the append is judged by. Nobody else writes, so nothing of it moves.
fn load(connection: &Connection, append: &Append) -> Result<LogState, StorageCause> {
    let agency = &append.agency;
    let mut state = LogState::default();
    let key = &append.idempotency.key;
    if let Some(known) = known_request(connection, agency, key)? {
        state.requests.insert(key.clone(), known);
        return Ok(state);
    }
    for (stream, _) in sequence::expectations(append) {
        let version = stream_version(connection, agency, stream.as_str())?;
        let version = rows::count("version", version)?;
        state.streams.insert(stream.as_str().to_owned(), version);
    }
    state.head = read_head(connection, agency)?;
    let needed = sequence::needed_hashes(state.head.size, 1);
    state.hashes = read_hashes(connection, agency, &needed)?
        .into_iter()
        .collect();
    let mut series = Vec::new();
    for one in sequence::series_of(append) {
        for row in fetch(connection, &numbers::one_series(agency, one))? {
            series.push(numbers::series_row(row)?);
        }
    }
    state.register = Register::of(series);
    for place in &append.entry.destroys {
        if has_part(connection, agency, place)? {
            state.parts.insert(place.clone());
        }
    }
    Ok(state)
}

fn numbers_wanted(
    connection: &Connection,
    agency: &Agency,
    wanted: &Wanted,
) -> Result<Vec<NumberRow>, StorageCause> {
    let places = wanted.places.iter();
    let by_place = places.map(|(series, serial)| numbers::one(agency, series, *serial));
    let by_text = wanted
        .texts
        .iter()
        .map(|text| numbers::by_text(agency, text));
    let selects: Vec<Select> = by_place.chain(by_text).collect();
    let mut found = Vec::new();
    for select in selects {
        for row in fetch(connection, &select)? {
            found.push(numbers::row(row)?);
        }
    }
    Ok(found)
}

fn stream_version(connection: &Connection, agency: &Agency, stream: &str) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT version FROM streams WHERE agency = $1 AND stream = $2")?
        .query_row(params![agency.as_str(), stream], |row| row.get(0))
        .optional()
        .map(|version| version.unwrap_or(0))
}

fn has_part(connection: &Connection, agency: &Agency, place: &PartPlace) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM parts WHERE agency = $1 AND leaf_index = $2 AND label = $3")?
        .exists(params![
            agency.as_str(),
            stored(place.leaf_index),
            place.label
        ])
}

fn read_head(connection: &Connection, agency: &Agency) -> Result<Head, StorageCause> {
    let found: Option<(i64, i64)> = connection
        .prepare_cached("SELECT size, recorded_at_ms FROM heads WHERE agency = $1")?
        .query_row([agency.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (size, recorded_at_ms) = found.unwrap_or((0, 0));
    Ok(Head {
        size: rows::count("size", size)?,
        recorded_at_ms,
    })
}

fn write_entry(
    connection: &Connection,
    append: &Append,
    sequenced: &Sequenced,
) -> rusqlite::Result<()> {
    let agency = append.agency.as_str();
    let (leaf_index, stream_version) = (sequenced.leaf_index(), sequenced.stream_version());
    let run =
        |sql: &str, row: &[&dyn ToSql]| connection.prepare_cached(sql)?.execute(row).map(drop);
    run(
        "INSERT INTO streams (agency, stream, version) VALUES ($1, $2, $3) \
         ON CONFLICT (agency, stream) DO UPDATE SET version = excluded.version",
        &[&agency, &append.stream.as_str(), &stream_version],
    )?;
    run(
        "INSERT INTO entries (agency, leaf_index, id, stream, stream_version, recorded_at_ms, leaf) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        &[
            &agency,
            &leaf_index,
            &append.entry.id,
            &append.stream.as_str(),
            &stream_version,
            &sequenced.recorded_at_ms,
            &sequenced.leaf,
        ],
    )?;
    for part in &sequenced.parts {
        run(
            "INSERT INTO parts (agency, leaf_index, label, sensitivity, salt, body) VALUES ($1, $2, $3, $4, $5, $6)",
            &[
                &agency,
                &leaf_index,
                &part.label.as_str(),
                &rows::sensitivity_text(part.sensitivity),
                &part.salt.as_slice(),
                &part.body,
            ],
        )?;
    }
    for (index, hash) in &sequenced.hashes {
        run(
            "INSERT INTO tree_hashes (agency, stored_index, hash) VALUES ($1, $2, $3)",
            &[&agency, &stored(*index), &hash.0.as_slice()],
        )?;
    }
    run(
        "INSERT INTO heads (agency, size, recorded_at_ms) VALUES ($1, $2, $3) \
         ON CONFLICT (agency) DO UPDATE SET size = excluded.size, recorded_at_ms = excluded.recorded_at_ms",
        &[&agency, &(leaf_index + 1), &sequenced.recorded_at_ms],
    )?;
    run(
        "INSERT INTO idempotency_keys (agency, key, request_digest, leaf_index) VALUES ($1, $2, $3, $4)",
        &[
            &agency,
            &append.idempotency.key,
            &append.idempotency.request_digest.as_slice(),
            &leaf_index,
        ],
    )
}

fn destroy(connection: &Connection, append: &Append) -> rusqlite::Result<()> {
    if append.entry.destroys.is_empty() {
        return Ok(());
    }
    for place in &append.entry.destroys {
        connection
            .prepare_cached(
                "DELETE FROM parts WHERE agency = $1 AND leaf_index = $2 AND label = $3",
            )?
            .execute(params![
                append.agency.as_str(),
                stored(place.leaf_index),
                place.label
            ])?;
    }
    connection.execute(statements::OWES_PURGE, []).map(drop)
}

fn write_views(
    connection: &Connection,
    append: &Append,
    sequenced: &Sequenced,
) -> rusqlite::Result<()> {
    static SERIES: LazyLock<String> = LazyLock::new(|| NUMBER_SERIES.upsert());
    static NUMBER: LazyLock<String> = LazyLock::new(|| NUMBERS.upsert());
    static ITEM: LazyLock<String> = LazyLock::new(|| OUTBOX.upsert());
    let (agency, appended) = (&append.agency, &sequenced.appended);
    for row in &sequenced.claims.series {
        write_row(connection, &SERIES, &numbers::series_values(agency, row))?;
    }
    for row in &sequenced.claims.rows {
        write_row(connection, &NUMBER, &numbers::values(agency, row))?;
    }
    let mut changes = Changes::default();
    changes.add(
        agency,
        &append.projections,
        &appended.numbers,
        appended.recorded_at,
    );
    views::write(connection, &changes)?;
    for row in outbox::values(agency, appended.leaf_index, &append.outbox) {
        write_row(connection, &ITEM, &row)?;
    }
    Ok(())
}

/// Writes one row with the statement that `ReadModel::upsert` made.
pub(super) fn write_row(
    connection: &Connection,
    upsert: &str,
    row: &[Value],
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(upsert)?
        .execute(params_from_iter(row.iter().map(sql_value)))
        .map(drop)
}
