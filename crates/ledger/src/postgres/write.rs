//! One append, one transaction. Locks are taken in one order by everybody: the key of the request, the streams by
//! name, the head of the log last; so nobody waits in a circle, and the place in the log is taken just before the end.

use super::{bind_values, known_request, read_hashes};
use crate::read_model;
use crate::rows::{self, stored};
use crate::sequence::{self, Head, Sequenced, storage};
use app::ledger::{Agency, Append, AppendError, Appended, StorageCause};
use proof::tree::{self, KnownHashes};
use sqlx::{AssertSqlSafe, PgConnection, PgPool};

pub(super) async fn append(pool: &PgPool, append: &Append) -> Result<Appended, AppendError> {
    let mut transaction = pool.begin().await.map_err(storage)?;
    if !claim_key(&mut transaction, append).await.map_err(storage)? {
        let known = known_request(&mut transaction, &append.agency, &append.idempotency.key)
            .await
            .map_err(storage)?;
        let known = known.ok_or_else(|| {
            AppendError::Storage("a claimed idempotency key has no answer".into())
        })?;
        return sequence::answer_again(append, known);
    }
    for (stream, expected) in sequence::expectations(append) {
        let actual = lock_stream(&mut transaction, &append.agency, stream.as_str())
            .await
            .map_err(storage)?;
        sequence::check_version(stream, expected, actual)?;
    }
    let (head, known) = lock_head(&mut transaction, &append.agency)
        .await
        .map_err(storage)?;
    let sequenced = sequence::sequence(append, head, &known)?;
    write_entry(&mut transaction, append, &sequenced)
        .await
        .map_err(storage)?;
    write_projections(&mut transaction, append, &sequenced)
        .await
        .map_err(storage)?;
    transaction.commit().await.map_err(storage)?;
    Ok(sequenced.appended)
}

/// True when the key is ours. Whoever uses the same key at the same moment waits here until our transaction ends.
async fn claim_key(connection: &mut PgConnection, append: &Append) -> Result<bool, sqlx::Error> {
    let claimed = sqlx::query(
        "INSERT INTO idempotency_keys (agency, key, request_digest) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(append.agency.as_str())
    .bind(&append.idempotency.key)
    .bind(append.idempotency.request_digest.as_slice())
    .execute(connection)
    .await?;
    Ok(claimed.rows_affected() == 1)
}

/// A stream without entries gets its row here, so that there is something to lock.
async fn lock_stream(
    connection: &mut PgConnection,
    agency: &Agency,
    stream: &str,
) -> Result<i64, sqlx::Error> {
    sqlx::query(
        "INSERT INTO streams (agency, stream, version) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING",
    )
    .bind(agency.as_str())
    .bind(stream)
    .execute(&mut *connection)
    .await?;
    let (version,) =
        sqlx::query_as("SELECT version FROM streams WHERE agency = $1 AND stream = $2 FOR UPDATE")
            .bind(agency.as_str())
            .bind(stream)
            .fetch_one(connection)
            .await?;
    Ok(version)
}

async fn lock_head(
    connection: &mut PgConnection,
    agency: &Agency,
) -> Result<(Head, KnownHashes), StorageCause> {
    sqlx::query(
        "INSERT INTO heads (agency, size, recorded_at_ms) VALUES ($1, 0, 0) ON CONFLICT DO NOTHING",
    )
    .bind(agency.as_str())
    .execute(&mut *connection)
    .await?;
    let (size, recorded_at_ms): (i64, i64) =
        sqlx::query_as("SELECT size, recorded_at_ms FROM heads WHERE agency = $1 FOR UPDATE")
            .bind(agency.as_str())
            .fetch_one(&mut *connection)
            .await?;
    let size = rows::count("size", size)?;
    let known = read_hashes(connection, agency, &tree::needed_to_append(size)).await?;
    Ok((
        Head {
            size,
            recorded_at_ms,
        },
        known.into_iter().collect(),
    ))
}

async fn write_entry(
    connection: &mut PgConnection,
    append: &Append,
    sequenced: &Sequenced,
) -> Result<(), sqlx::Error> {
    let agency = append.agency.as_str();
    let (leaf_index, stream_version) = (sequenced.leaf_index(), sequenced.stream_version());
    sqlx::query("UPDATE streams SET version = $3 WHERE agency = $1 AND stream = $2")
        .bind(agency)
        .bind(append.stream.as_str())
        .bind(stream_version)
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO entries (agency, leaf_index, id, stream, stream_version, recorded_at_ms, leaf) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(agency)
    .bind(leaf_index)
    .bind(&append.entry.id)
    .bind(append.stream.as_str())
    .bind(stream_version)
    .bind(sequenced.recorded_at_ms)
    .bind(&sequenced.leaf)
    .execute(&mut *connection)
    .await?;
    for part in &append.entry.parts {
        sqlx::query(
            "INSERT INTO parts (agency, leaf_index, label, sensitivity, salt, body) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(agency)
        .bind(leaf_index)
        .bind(part.label.as_str())
        .bind(rows::sensitivity_text(part.sensitivity))
        .bind(part.salt.as_slice())
        .bind(&part.body)
        .execute(&mut *connection)
        .await?;
    }
    for (index, hash) in &sequenced.hashes {
        sqlx::query("INSERT INTO tree_hashes (agency, stored_index, hash) VALUES ($1, $2, $3)")
            .bind(agency)
            .bind(stored(*index))
            .bind(hash.0.as_slice())
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query("UPDATE heads SET size = $2, recorded_at_ms = $3 WHERE agency = $1")
        .bind(agency)
        .bind(leaf_index + 1)
        .bind(sequenced.recorded_at_ms)
        .execute(&mut *connection)
        .await?;
    sqlx::query("UPDATE idempotency_keys SET leaf_index = $3 WHERE agency = $1 AND key = $2")
        .bind(agency)
        .bind(&append.idempotency.key)
        .bind(leaf_index)
        .execute(connection)
        .await
        .map(drop)
}

async fn write_projections(
    connection: &mut PgConnection,
    append: &Append,
    sequenced: &Sequenced,
) -> Result<(), sqlx::Error> {
    for change in &append.projections {
        let (model, values) = read_model::row_of(&append.agency, change, sequenced.recorded_at_ms);
        bind_values(sqlx::query(AssertSqlSafe(model.upsert())), values)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
