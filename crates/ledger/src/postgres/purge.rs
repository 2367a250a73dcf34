//! After parts were destroyed: their tables are written anew, so that no dead row of them stays in a file.
//!
//! What this cannot reach: the server's write-ahead log, archives, replicas and backups keep the old pages until they
//! are recycled.

use crate::statements;
use sqlx::{AssertSqlSafe, PgConnection};
use std::time::Duration;

/// Tables that a destroyed part, or what was shown of it, may have stood in.
const TABLES: [&str; 3] = ["parts", "case_index", "case_search"];

/// A table up to this size is written anew; a larger one would block the work for too long, and is vacuumed in place:
/// its dead rows are given free, and overwritten as the table goes on.
const SMALL_BYTES: i64 = 256 * 1024 * 1024;

/// How often and how long is waited for others who still see the rows: a dead row that somebody sees is kept.
const TRIES: u32 = 600;
const PAUSE: Duration = Duration::from_millis(50);

pub(super) async fn is_owed(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let (count,): (i64,) = sqlx::query_as(statements::IS_PURGE_OWED)
        .fetch_one(connection)
        .await?;
    Ok(count > 0)
}

pub(super) async fn purge(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    wait_for_older_readers(connection).await?;
    for table in TABLES {
        let (size,): (i64,) = sqlx::query_as("SELECT pg_total_relation_size($1::text::regclass)")
            .bind(table)
            .fetch_one(&mut *connection)
            .await?;
        let how = if size <= SMALL_BYTES {
            "VACUUM (FULL)"
        } else {
            "VACUUM"
        };
        sqlx::raw_sql(AssertSqlSafe(format!("{how} {table}")))
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query(statements::PURGED)
        .execute(connection)
        .await
        .map(drop)
}

/// Waits until nobody looks at the database as it was before now.
async fn wait_for_older_readers(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let (now,): (String,) = sqlx::query_as("SELECT pg_current_xact_id()::xid::text")
        .fetch_one(&mut *connection)
        .await?;
    let mut pause = tokio::time::interval(PAUSE);
    for _ in 0..TRIES {
        pause.tick().await;
        let (older,): (i64,) = sqlx::query_as(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
             AND backend_xmin IS NOT NULL AND age(backend_xmin) >= age($1::text::xid)",
        )
        .bind(&now)
        .fetch_one(&mut *connection)
        .await?;
        if older == 0 {
            return Ok(());
        }
    }
    Err(sqlx::Error::Protocol(
        "somebody still reads what was destroyed".to_owned(),
    ))
}
