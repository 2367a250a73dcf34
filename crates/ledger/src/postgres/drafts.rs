//! Drafts in PostgreSQL.

use super::PostgresLedger;
use crate::rows::{DraftRow, storage};
use crate::statements;
use app::drafts::{
    DRAFTS_PER_ACCOUNT, Draft, DraftError, DraftForm, DraftOwner, Drafts, forgotten_before,
};
use app::ledger::ReadError;
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::postgres::PgRow;

#[async_trait]
impl Drafts for PostgresLedger {
    async fn save(&self, owner: &DraftOwner, draft: &Draft) -> Result<(), DraftError> {
        let fields = draft.stored_fields()?;
        let (agency, account) = (owner.agency.as_str(), owner.account.as_str());
        let oldest = forgotten_before(draft.saved_at).as_millisecond();
        let most = i64::try_from(DRAFTS_PER_ACCOUNT).unwrap_or(i64::MAX);
        let save = async {
            let mut transaction = self.pool.begin().await?;
            sqlx::query(statements::SAVE_DRAFT)
                .bind(agency)
                .bind(account)
                .bind(draft.form.place.stored())
                .bind(&draft.form.event)
                .bind(i64::from(draft.form.subject))
                .bind(fields)
                .bind(draft.saved_at.as_millisecond())
                .execute(&mut *transaction)
                .await?;
            sqlx::query(statements::FORGET_DRAFTS)
                .bind(agency)
                .bind(oldest)
                .execute(&mut *transaction)
                .await?;
            sqlx::query(statements::CROP_DRAFTS)
                .bind(agency)
                .bind(account)
                .bind(agency)
                .bind(account)
                .bind(most)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await
        };
        save.await.map_err(failed)
    }

    async fn find(
        &self,
        owner: &DraftOwner,
        form: &DraftForm,
        now: Timestamp,
    ) -> Result<Option<Draft>, DraftError> {
        let found = sqlx::query(statements::DRAFT)
            .bind(owner.agency.as_str())
            .bind(&owner.account)
            .bind(form.place.stored())
            .bind(&form.event)
            .bind(i64::from(form.subject))
            .bind(forgotten_before(now).as_millisecond())
            .fetch_optional(&self.pool)
            .await
            .map_err(failed)?;
        found.as_ref().map(lift).transpose()
    }

    async fn list(&self, owner: &DraftOwner, now: Timestamp) -> Result<Vec<Draft>, DraftError> {
        let found = sqlx::query(statements::DRAFTS)
            .bind(owner.agency.as_str())
            .bind(&owner.account)
            .bind(forgotten_before(now).as_millisecond())
            .fetch_all(&self.pool)
            .await
            .map_err(failed)?;
        found.iter().map(lift).collect()
    }

    async fn discard(&self, owner: &DraftOwner, form: &DraftForm) -> Result<(), DraftError> {
        sqlx::query(statements::DISCARD_DRAFT)
            .bind(owner.agency.as_str())
            .bind(&owner.account)
            .bind(form.place.stored())
            .bind(&form.event)
            .bind(i64::from(form.subject))
            .execute(&self.pool)
            .await
            .map(drop)
            .map_err(failed)
    }
}

fn failed(error: sqlx::Error) -> DraftError {
    let error: ReadError = storage(error);
    error.into()
}

fn lift(row: &PgRow) -> Result<Draft, DraftError> {
    let read = || {
        Ok(DraftRow {
            place: row.try_get(0)?,
            event: row.try_get(1)?,
            subject: row.try_get(2)?,
            fields: row.try_get(3)?,
            saved_at_ms: row.try_get(4)?,
        })
    };
    read().map_err(failed)?.lift()
}
