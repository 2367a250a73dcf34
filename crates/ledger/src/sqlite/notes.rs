//! Notes in the SQLite file.

use super::{SqliteLedger, changed, query};
use crate::rows::{NoteRow, stored};
use crate::statements;
use app::ledger::{Agency, ReadError};
use app::notes::{Note, Notes};
use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

fn row(row: &Row<'_>) -> rusqlite::Result<NoteRow> {
    Ok(NoteRow {
        kind: row.get(0)?,
        id: row.get(1)?,
        owner: row.get(2)?,
        until_ms: row.get(3)?,
        version: row.get(4)?,
        body: row.get(5)?,
    })
}

#[async_trait]
impl Notes for SqliteLedger {
    async fn note(&self, agency: &Agency, kind: &str, id: &str) -> Result<Option<Note>, ReadError> {
        let (agency, kind, id) = (agency.clone(), kind.to_owned(), id.to_owned());
        let read = move |connection: &Connection| {
            let place = params![agency.as_str(), kind, id];
            query(connection, statements::NOTE, place, row)
        };
        let found = self.readers.read(read).await?;
        found.into_iter().next().map(NoteRow::lift).transpose()
    }

    async fn keep_note(&self, agency: &Agency, note: &Note) -> Result<bool, ReadError> {
        let (agency, note) = (agency.clone(), note.clone());
        let keep = move |connection: &Connection| {
            let (until, version) = (note.until.as_millisecond(), stored(note.version));
            let place = (agency.as_str(), note.kind.as_str(), note.id.as_str());
            let said = (note.owner.as_str(), note.body.as_str());
            if note.version == 1 {
                let row = params![place.0, place.1, place.2, said.0, until, version, said.1];
                changed(connection, statements::NEW_NOTE, row)
            } else {
                let row = params![said.0, until, version, said.1, place.0, place.1, place.2];
                changed(connection, statements::NEXT_NOTE, row)
            }
        };
        self.change(keep).await
    }

    async fn remove_note(&self, agency: &Agency, kind: &str, id: &str) -> Result<bool, ReadError> {
        let (agency, kind, id) = (agency.clone(), kind.to_owned(), id.to_owned());
        let remove = move |connection: &Connection| {
            let place = params![agency.as_str(), kind, id];
            changed(connection, statements::REMOVE_NOTE, place)
        };
        self.change(remove).await
    }

    async fn notes(
        &self,
        agency: &Agency,
        kind: &str,
        owner: Option<&str>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Note>, ReadError> {
        let (agency, kind, after) = (agency.clone(), kind.to_owned(), after.to_owned());
        let owner = owner.map(str::to_owned);
        let read = move |connection: &Connection| match &owner {
            Some(owner) => {
                let place = params![agency.as_str(), kind, owner, after, limit];
                query(connection, statements::NOTES_OF, place, row)
            }
            None => {
                let place = params![agency.as_str(), kind, after, limit];
                query(connection, statements::NOTES, place, row)
            }
        };
        let found = self.readers.read(read).await?;
        found.into_iter().map(NoteRow::lift).collect()
    }

    async fn forget_notes(&self, agency: &Agency, before: Timestamp) -> Result<(), ReadError> {
        let agency = agency.clone();
        let forget = move |connection: &Connection| {
            let ended = params![agency.as_str(), before.as_millisecond()];
            changed(connection, statements::FORGET_NOTES, ended)
        };
        self.change(forget).await.map(drop)
    }
}
