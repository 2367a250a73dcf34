//! Ways of looking at the list of cases that somebody keeps (常用筛选).

use crate::access::Actor;
use crate::ledger::ReadError;
use crate::notes::Note;
use crate::office::Office;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

const VIEW: &str = "view";
/// Of each account.
pub const VIEWS_MAX: usize = 20;
/// Characters of a name.
pub const NAME_MAX: usize = 20;
/// Not looked at for so long, it is forgotten.
const LASTS: SignedDuration = SignedDuration::from_hours(24 * 365 * 3);

/// A kept way of looking at the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedView {
    /// Its name, one of its kind for an account.
    pub name: String,
    /// The filters, as an address carries them behind `?`.
    pub query: String,
}

/// Why a view is not kept.
#[derive(Debug, thiserror::Error)]
pub enum SavedViewError {
    /// To be told to the person.
    #[error("{0}")]
    Field(String),
    /// The notes could not be read or written.
    #[error("the notes could not be read or written")]
    Read(#[from] ReadError),
    /// A note is not of its shape.
    #[error("a note is damaged")]
    Damaged(#[from] serde_json::Error),
}

impl Office {
    /// The views that an account keeps, by name.
    pub async fn saved_views(&self, by: &Actor) -> Result<Vec<SavedView>, SavedViewError> {
        let limit = u32::try_from(VIEWS_MAX).unwrap_or(u32::MAX);
        let ledger = &self.ports.ledger;
        let account = Some(by.account.as_str());
        let notes = ledger.notes(&self.agency, VIEW, account, "", limit).await?;
        let views = notes.iter().map(|note| serde_json::from_str(&note.body));
        Ok(views.collect::<Result<_, _>>()?)
    }

    /// Keeps a view; one of the same name is replaced.
    pub async fn save_view(
        &self,
        by: &Actor,
        name: &str,
        query: &str,
    ) -> Result<(), SavedViewError> {
        let name = name.trim();
        let length = name.chars().count();
        if length == 0 || length > NAME_MAX {
            let text = format!("请给这个筛选起一个名字，不超过{NAME_MAX}个字");
            return Err(SavedViewError::Field(text));
        }
        let id = note_id(by, name);
        let ledger = &self.ports.ledger;
        let held = ledger.note(&self.agency, VIEW, &id).await?;
        if held.is_none() && self.saved_views(by).await?.len() >= VIEWS_MAX {
            let text = format!("最多保存{VIEWS_MAX}个筛选，请先删去不用的");
            return Err(SavedViewError::Field(text));
        }
        let view = SavedView {
            name: name.to_owned(),
            query: query.to_owned(),
        };
        let note = Note {
            kind: VIEW.to_owned(),
            id,
            owner: by.account.clone(),
            until: self.ports.clock.now() + LASTS,
            version: held.map_or(1, |held| held.version + 1),
            body: serde_json::to_string(&view)?,
        };
        // Kept by another window of the same person at this moment: theirs stands, as if it had come later.
        ledger.keep_note(&self.agency, &note).await?;
        Ok(())
    }

    /// Keeps a view no longer.
    pub async fn forget_view(&self, by: &Actor, name: &str) -> Result<(), SavedViewError> {
        let id = note_id(by, name);
        self.ports
            .ledger
            .remove_note(&self.agency, VIEW, &id)
            .await?;
        Ok(())
    }
}

fn note_id(by: &Actor, name: &str) -> String {
    format!("{}/{name}", by.account)
}
