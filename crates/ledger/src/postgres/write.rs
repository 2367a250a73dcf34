//! Writes an accepted batch: each table with one statement.

use super::load::States;
use super::views::{self, write_rows};
use crate::read_model::changes::Changes;
use crate::read_model::numbers::{self, NUMBER_SERIES, NUMBERS};
use crate::read_model::outbox::{self, OUTBOX};
use crate::rows::{self, stored};
use crate::sequence::Sequenced;
use crate::statements;
use app::ledger::Append;
use sqlx::PgConnection;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// An append and what it came to, in the order of the log of its agency.
pub(super) type Accepted<'a> = [(&'a Append, Box<Sequenced>)];

pub(super) async fn write(
    connection: &mut PgConnection,
    accepted: &Accepted<'_>,
    states: &States,
) -> Result<(), sqlx::Error> {
    write_entries(connection, accepted).await?;
    write_parts(connection, accepted).await?;
    write_hashes(connection, accepted).await?;
    write_keys(connection, accepted).await?;
    write_streams(connection, accepted).await?;
    write_heads(connection, accepted, states).await?;
    destroy(connection, accepted).await?;
    write_numbers(connection, accepted).await?;
    let mut changes = Changes::default();
    for (append, sequenced) in accepted {
        let appended = &sequenced.appended;
        changes.add(
            &append.agency,
            &append.projections,
            &appended.numbers,
            appended.recorded_at,
        );
    }
    views::write(connection, &changes).await?;
    write_outbox(connection, accepted).await
}

async fn write_entries(
    connection: &mut PgConnection,
    accepted: &Accepted<'_>,
) -> Result<(), sqlx::Error> {
    let column = |take: fn(&Append, &Sequenced) -> i64| -> Vec<i64> {
        accepted
            .iter()
            .map(|(append, sequenced)| take(append, sequenced))
            .collect()
    };
    let text = |take: fn(&Append) -> &str| -> Vec<&str> {
        accepted.iter().map(|(append, _)| take(append)).collect()
    };
    let leaves: Vec<&[u8]> = accepted
        .iter()
        .map(|(_, sequenced)| sequenced.leaf.as_slice())
        .collect();
    sqlx::query(
        "INSERT INTO entries (agency, leaf_index, id, stream, stream_version, recorded_at_ms, leaf) \
         SELECT * FROM UNNEST($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bytea[])",
    )
    .bind(text(|append| append.agency.as_str()))
    .bind(column(|_, sequenced| sequenced.leaf_index()))
    .bind(text(|append| append.entry.id.as_str()))
    .bind(text(|append| append.stream.as_str()))
    .bind(column(|_, sequenced| sequenced.stream_version()))
    .bind(column(|_, sequenced| sequenced.recorded_at_ms))
    .bind(leaves)
    .execute(connection)
    .await
    .map(drop)
}

async fn write_parts(
    connection: &mut PgConnection,
    accepted: &Accepted<'_>,
) -> Result<(), sqlx::Error> {
    let (mut agencies, mut leaves, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    let (mut sensitivities, mut salts, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
    for (append, sequenced) in accepted {
        for part in &sequenced.parts {
            agencies.push(append.agency.as_str());
            leaves.push(sequenced.leaf_index());
            labels.push(part.label.as_str());
            sensitivities.push(rows::sensitivity_text(part.sensitivity));
            salts.push(part.salt.as_slice());
            bodies.push(part.body.as_slice());
        }
    }
    sqlx::query(
        "INSERT INTO parts (agency, leaf_index, label, sensitivity, salt, body) \
         SELECT * FROM UNNEST($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bytea[], $6::bytea[])",
    )
    .bind(agencies)
    .bind(leaves)
    .bind(labels)
    .bind(sensitivities)
    .bind(salts)
    .bind(bodies)
    .execute(connection)
    .await
    .map(drop)
}

async fn write_hashes(
    connection: &mut PgConnection,
    accepted: &Accepted<'_>,
) -> Result<(), sqlx::Error> {
    let (mut agencies, mut indexes, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
    for (append, sequenced) in accepted {
        for (index, hash) in &sequenced.hashes {
            agencies.push(append.agency.as_str());
            indexes.push(stored(*index));
            hashes.push(hash.0.as_slice());
        }
    }
    sqlx::query(
        "INSERT INTO tree_hashes (agency, stored_index, hash) SELECT * FROM UNNEST($1::text[], $2::bigint[], $3::bytea[])",
    )
    .bind(agencies)
    .bind(indexes)
    .bind(hashes)
    .execute(connection)
    .await
    .map(drop)
}

async fn write_keys(
    connection: &mut PgConnection,
    accepted: &Accepted<'_>,
) -> Result<(), sqlx::Error> {
    let (mut agencies, mut keys, mut digests, mut leaves) = (vec![], vec![], vec![], vec![]);
    for (append, sequenced) in accepted {
        agencies.push(append.agency.as_str());
        keys.push(append.idempotency.key.as_str());
        digests.push(append.idempotency.request_digest.as_slice());
        leaves.push(sequenced.leaf_index());
    }
    sqlx::query(
        "INSERT INTO idempotency_keys (agency, key, request_digest, leaf_index) \
         SELECT * FROM UNNEST($1::text[], $2::text[], $3::bytea[], $4::bigint[])",
    )
    .bind(agencies)
    .bind(keys)
    .bind(digests)
    .bind(leaves)
    .execute(connection)
    .await
    .map(drop)
}

async fn write_streams(
    connection: &mut PgConnection,
    accepted: &Accepted<'_>,
) -> Result<(), sqlx::Error> {
    // Of a stream that grew several times the last version counts.
    let mut last: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for (append, sequenced) in accepted {
        let stream = (append.agency.as_str(), append.stream.as_str());
        last.insert(stream, sequenced.stream_version());
    }
    let (mut agencies, mut streams, mut versions) = (Vec::new(), Vec::new(), Vec::new());
    for ((agency, stream), version) in last {
        agencies.push(agency);
        streams.push(stream);
        versions.push(version);
    }
    sqlx::query(
        "INSERT INTO streams (agency, stream, version) SELECT * FROM UNNEST($1::text[], $2::text[], $3::bigint[]) \
         ON CONFLICT (agency, stream) DO UPDATE SET version = excluded.version",
    )
    .bind(agencies)
    .bind(streams)
    .bind(versions)
    .execute(connection)
    .await
    .map(drop)
}

async fn write_heads(
    connection: &mut PgConnection,
    accepted: &Accepted<'_>,
    states: &States,
) -> Result<(), sqlx::Error> {
    let (mut agencies, mut sizes, mut times) = (Vec::new(), Vec::new(), Vec::new());
    for (agency, state) in states {
        if accepted.iter().any(|(append, _)| append.agency == *agency) {
            agencies.push(agency.as_str());
            sizes.push(stored(state.head.size));
            times.push(state.head.recorded_at_ms);
        }
    }
    sqlx::query(
        "UPDATE heads h SET size = new.size, recorded_at_ms = new.recorded_at_ms \
         FROM UNNEST($1::text[], $2::bigint[], $3::bigint[]) AS new (agency, size, recorded_at_ms) \
         WHERE h.agency = new.agency",
    )
    .bind(agencies)
    .bind(sizes)
    .bind(times)
    .execute(connection)
    .await
    .map(drop)
}

async fn destroy(
    connection: &mut PgConnection,
    accepted: &Accepted<'_>,
) -> Result<(), sqlx::Error> {
    let (mut agencies, mut leaves, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    for (append, _) in accepted {
        for place in &append.entry.destroys {
            agencies.push(append.agency.as_str());
            leaves.push(stored(place.leaf_index));
            labels.push(place.label.as_str());
        }
    }
    if agencies.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "DELETE FROM parts p USING UNNEST($1::text[], $2::bigint[], $3::text[]) AS gone (agency, leaf_index, label) \
         WHERE p.agency = gone.agency AND p.leaf_index = gone.leaf_index AND p.label = gone.label",
    )
    .bind(agencies)
    .bind(leaves)
    .bind(labels)
    .execute(&mut *connection)
    .await?;
    sqlx::query(statements::OWES_PURGE)
        .execute(connection)
        .await
        .map(drop)
}

async fn write_numbers(
    connection: &mut PgConnection,
    accepted: &Accepted<'_>,
) -> Result<(), sqlx::Error> {
    static SERIES: LazyLock<String> = LazyLock::new(|| NUMBER_SERIES.upsert_many());
    static ROWS: LazyLock<String> = LazyLock::new(|| NUMBERS.upsert_many());
    let (mut series, mut rows) = (BTreeMap::new(), BTreeMap::new());
    for (append, sequenced) in accepted {
        for row in &sequenced.claims.series {
            let values = numbers::series_values(&append.agency, row);
            series.insert((&append.agency, &row.series), values);
        }
        for row in &sequenced.claims.rows {
            let values = numbers::values(&append.agency, row);
            rows.insert((&append.agency, &row.series, row.serial), values);
        }
    }
    let series = series.into_values().collect();
    write_rows(connection, &NUMBER_SERIES, &SERIES, series).await?;
    write_rows(connection, &NUMBERS, &ROWS, rows.into_values().collect()).await
}

async fn write_outbox(
    connection: &mut PgConnection,
    accepted: &Accepted<'_>,
) -> Result<(), sqlx::Error> {
    static ITEMS: LazyLock<String> = LazyLock::new(|| OUTBOX.upsert_many());
    let items = accepted.iter().flat_map(|(append, sequenced)| {
        outbox::values(
            &append.agency,
            sequenced.appended.leaf_index,
            &append.outbox,
        )
    });
    write_rows(connection, &OUTBOX, &ITEMS, items.collect()).await
}
