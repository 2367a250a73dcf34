//! Drafts in the SQLite file, written by its one writer between the entries.

use super::{SqliteLedger, changed, query};
use crate::rows::DraftRow;
use crate::statements;
use app::drafts::{
    DRAFTS_PER_ACCOUNT, Draft, DraftError, DraftForm, DraftOwner, Drafts, forgotten_before,
};
use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

#[async_trait]
impl Drafts for SqliteLedger {
    async fn save(&self, owner: &DraftOwner, draft: &Draft) -> Result<(), DraftError> {
        let fields = draft.stored_fields()?;
        let (owner, form, saved_at) = (owner.clone(), draft.form.clone(), draft.saved_at);
        let save = move |connection: &Connection| {
            let (agency, account) = (owner.agency.as_str(), owner.account.as_str());
            let place = form.place.stored();
            let row = params![
                agency,
                account,
                place,
                form.event,
                form.subject,
                fields,
                saved_at.as_millisecond()
            ];
            changed(connection, statements::SAVE_DRAFT, row)?;
            let oldest = forgotten_before(saved_at).as_millisecond();
            changed(
                connection,
                statements::FORGET_DRAFTS,
                params![agency, oldest],
            )?;
            let most = i64::try_from(DRAFTS_PER_ACCOUNT).unwrap_or(i64::MAX);
            let crop = params![agency, account, agency, account, most];
            changed(connection, statements::CROP_DRAFTS, crop)
        };
        Ok(self.change(save).await.map(drop)?)
    }

    async fn find(
        &self,
        owner: &DraftOwner,
        form: &DraftForm,
        now: Timestamp,
    ) -> Result<Option<Draft>, DraftError> {
        let (owner, form) = (owner.clone(), form.clone());
        let read = move |connection: &Connection| {
            let place = form.place.stored();
            let oldest = forgotten_before(now).as_millisecond();
            let key = params![
                owner.agency.as_str(),
                owner.account,
                place,
                form.event,
                form.subject,
                oldest
            ];
            query(connection, statements::DRAFT, key, row)
        };
        let found = self.readers.read(read).await?.pop();
        found.map(DraftRow::lift).transpose()
    }

    async fn list(&self, owner: &DraftOwner, now: Timestamp) -> Result<Vec<Draft>, DraftError> {
        let owner = owner.clone();
        let read = move |connection: &Connection| {
            let oldest = forgotten_before(now).as_millisecond();
            let key = params![owner.agency.as_str(), owner.account, oldest];
            query(connection, statements::DRAFTS, key, row)
        };
        let found = self.readers.read(read).await?;
        found.into_iter().map(DraftRow::lift).collect()
    }

    async fn discard(&self, owner: &DraftOwner, form: &DraftForm) -> Result<(), DraftError> {
        let (owner, form) = (owner.clone(), form.clone());
        let discard = move |connection: &Connection| {
            let place = form.place.stored();
            let key = params![
                owner.agency.as_str(),
                owner.account,
                place,
                form.event,
                form.subject
            ];
            changed(connection, statements::DISCARD_DRAFT, key)
        };
        Ok(self.change(discard).await.map(drop)?)
    }
}

fn row(row: &Row<'_>) -> rusqlite::Result<DraftRow> {
    Ok(DraftRow {
        place: row.get(0)?,
        event: row.get(1)?,
        subject: row.get(2)?,
        fields: row.get(3)?,
        saved_at_ms: row.get(4)?,
    })
}
