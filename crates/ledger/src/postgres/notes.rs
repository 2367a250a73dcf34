//! Notes in the PostgreSQL database.

use super::PostgresLedger;
use crate::rows::{NoteRow, storage, stored};
use crate::statements;
use app::ledger::{Agency, ReadError};
use app::notes::{Note, Notes};
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::postgres::PgRow;

fn row(row: &PgRow) -> Result<NoteRow, sqlx::Error> {
    Ok(NoteRow {
        kind: row.try_get(0)?,
        id: row.try_get(1)?,
        owner: row.try_get(2)?,
        until_ms: row.try_get(3)?,
        version: row.try_get(4)?,
        body: row.try_get(5)?,
    })
}

fn lift(found: &PgRow) -> Result<Note, ReadError> {
    row(found).map_err(storage)?.lift()
}

#[async_trait]
impl Notes for PostgresLedger {
    async fn note(&self, agency: &Agency, kind: &str, id: &str) -> Result<Option<Note>, ReadError> {
        let found = sqlx::query(statements::NOTE)
            .bind(agency.as_str())
            .bind(kind)
            .bind(id)
            .fetch_optional(&self.pool)
            .await
            .map_err(storage)?;
        found.as_ref().map(lift).transpose()
    }

    async fn keep_note(&self, agency: &Agency, note: &Note) -> Result<bool, ReadError> {
        let (until, version) = (note.until.as_millisecond(), stored(note.version));
        let kept = if note.version == 1 {
            sqlx::query(statements::NEW_NOTE)
                .bind(agency.as_str())
                .bind(&note.kind)
                .bind(&note.id)
                .bind(&note.owner)
                .bind(until)
                .bind(version)
                .bind(&note.body)
                .execute(&self.pool)
                .await
        } else {
            sqlx::query(statements::NEXT_NOTE)
                .bind(&note.owner)
                .bind(until)
                .bind(version)
                .bind(&note.body)
                .bind(agency.as_str())
                .bind(&note.kind)
                .bind(&note.id)
                .execute(&self.pool)
                .await
        };
        Ok(kept.map_err(storage)?.rows_affected() > 0)
    }

    async fn remove_note(&self, agency: &Agency, kind: &str, id: &str) -> Result<bool, ReadError> {
        let removed = sqlx::query(statements::REMOVE_NOTE)
            .bind(agency.as_str())
            .bind(kind)
            .bind(id)
            .execute(&self.pool)
            .await
            .map_err(storage)?;
        Ok(removed.rows_affected() > 0)
    }

    async fn notes(
        &self,
        agency: &Agency,
        kind: &str,
        owner: Option<&str>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Note>, ReadError> {
        let limit = i64::from(limit);
        let found = match owner {
            Some(owner) => {
                sqlx::query(statements::NOTES_OF)
                    .bind(agency.as_str())
                    .bind(kind)
                    .bind(owner)
                    .bind(after)
                    .bind(limit)
                    .fetch_all(&self.pool)
                    .await
            }
            None => {
                sqlx::query(statements::NOTES)
                    .bind(agency.as_str())
                    .bind(kind)
                    .bind(after)
                    .bind(limit)
                    .fetch_all(&self.pool)
                    .await
            }
        };
        found.map_err(storage)?.iter().map(lift).collect()
    }

    async fn forget_notes(&self, agency: &Agency, before: Timestamp) -> Result<(), ReadError> {
        sqlx::query(statements::FORGET_NOTES)
            .bind(agency.as_str())
            .bind(before.as_millisecond())
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(storage)
    }
}
