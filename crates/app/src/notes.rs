//! What an office must remember and may forget: passwords, sessions, requests that wait for a hand, views somebody saved,
//! mappings that the agency keeps.
//!
//! Notes are no part of the record: they change, they end, and no leaf commits to them. What an outsider must be able to
//! check is an entry; a note only helps to come there.

use crate::ledger::{Agency, ReadError};
use async_trait::async_trait;
use jiff::Timestamp;

/// One note. `kind` and `id` name it within its agency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What kind it is of, such as `session`.
    pub kind: String,
    /// Its id within the kind.
    pub id: String,
    /// Whose it is: an account, or empty.
    pub owner: String,
    /// From this moment it holds no longer.
    pub until: Timestamp,
    /// Counts its states, from 1.
    pub version: u64,
    /// What it says, as text.
    pub body: String,
}

/// Where notes are kept.
#[async_trait]
pub trait Notes: Send + Sync {
    /// A note, also one that has ended.
    async fn note(&self, agency: &Agency, kind: &str, id: &str) -> Result<Option<Note>, ReadError>;

    /// Keeps a note as the state `version`: 1 where there is none yet, else the state after the one that stands. False, and
    /// nothing changes, where another state stands.
    async fn keep_note(&self, agency: &Agency, note: &Note) -> Result<bool, ReadError>;

    /// Removes a note; false where there was none.
    async fn remove_note(&self, agency: &Agency, kind: &str, id: &str) -> Result<bool, ReadError>;

    /// Notes of a kind, of one owner or of all, by id, after `after`.
    async fn notes(
        &self,
        agency: &Agency,
        kind: &str,
        owner: Option<&str>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Note>, ReadError>;

    /// Removes the notes that ended before `before`.
    async fn forget_notes(&self, agency: &Agency, before: Timestamp) -> Result<(), ReadError>;
}
