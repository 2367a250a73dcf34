//! Trials of editions that are under way or done: notes, no part of the record.

use super::EditionReport;
use crate::access::Actor;
use crate::ledger::ReadError;
use crate::notes::Note;
use crate::office::Office;
use jiff::{SignedDuration, Timestamp};
use law::show::{Difference, FileDifference};
use serde::{Deserialize, Serialize};

const TRIAL: &str = "edition-trial";
/// What was found by a trial, apart from it: it may be long, and is read only where it is shown.
const FOUND: &str = "edition-found";
/// So long it is there to be read again.
const LASTS: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Nothing was heard of it for so long: whoever was at it is gone.
const SILENT: SignedDuration = SignedDuration::from_mins(3);
/// More than anybody looks through.
const LISTED: u32 = 100;

/// A trial of an edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditionTrial {
    /// Its id.
    #[serde(skip)]
    pub id: String,
    /// Counts its states.
    #[serde(skip)]
    pub version: u64,
    /// Whose it is: the account that began it.
    #[serde(skip)]
    pub account: String,
    /// What it was called: the files that were sent.
    pub name: String,
    /// Who began it, by name.
    pub by: String,
    /// When.
    pub begun_at: Timestamp,
    /// When it was last heard of.
    pub told_at: Timestamp,
    /// The digests of both editions.
    pub editions: [String; 2],
    /// How many elements differ between them.
    pub differences: usize,
    /// How far it has come.
    pub stage: TrialStage,
}

/// What a trial has found so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditionFound {
    /// What differs between the editions.
    pub differences: Vec<Difference>,
    /// Which files differ; empty where the files of the other edition are not at hand.
    pub files: Vec<FileDifference>,
    /// What became of the scenarios and the cases, once it is done.
    pub report: Option<EditionReport>,
    /// How many affected cases are not told one by one.
    pub more_affected: u64,
}

/// How far a trial has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrialStage {
    /// It goes on.
    Running {
        /// How many scenarios were run.
        scenarios_run: usize,
        /// Of how many.
        scenarios: usize,
        /// How many properties were looked at.
        #[serde(default)]
        proved: usize,
        /// Of how many.
        #[serde(default)]
        properties: usize,
        /// How many cases were compared.
        cases: u64,
    },
    /// It is done.
    Done {
        /// How many things stand against working by it.
        obstacles: usize,
        /// How many cases in hand would be affected.
        affected: u64,
    },
    /// It ended without a result.
    Failed(String),
}

/// Why a trial is not kept or found.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The notes could not be read or written.
    #[error("the notes could not be read or written")]
    Read(#[from] ReadError),
    /// A note is not of its shape.
    #[error("a note is damaged")]
    Damaged(#[from] serde_json::Error),
}

impl EditionTrial {
    /// Whether it should go on and nothing was heard of it for a while.
    pub fn is_stuck(&self, now: Timestamp) -> bool {
        matches!(self.stage, TrialStage::Running { .. })
            && now.duration_since(self.told_at) > SILENT
    }
}

fn read(note: Note) -> Result<EditionTrial, serde_json::Error> {
    let kept: EditionTrial = serde_json::from_str(&note.body)?;
    Ok(EditionTrial {
        id: note.id,
        version: note.version,
        account: note.owner,
        ..kept
    })
}

impl Office {
    /// Keeps the next state of a trial.
    pub async fn keep_edition_trial(&self, trial: &mut EditionTrial) -> Result<(), TrialError> {
        let now = self.ports.clock.now();
        trial.version += 1;
        trial.told_at = now;
        let note = Note {
            kind: TRIAL.to_owned(),
            id: trial.id.clone(),
            owner: trial.account.clone(),
            until: now + LASTS,
            version: trial.version,
            body: serde_json::to_string(trial)?,
        };
        self.ports.ledger.keep_note(&self.agency, &note).await?;
        Ok(())
    }

    /// Keeps what a trial has found so far.
    pub async fn keep_edition_found(
        &self,
        trial: &EditionTrial,
        found: &EditionFound,
    ) -> Result<(), TrialError> {
        let ledger = &self.ports.ledger;
        let before = ledger.note(&self.agency, FOUND, &trial.id).await?;
        let note = Note {
            kind: FOUND.to_owned(),
            id: trial.id.clone(),
            owner: trial.account.clone(),
            until: self.ports.clock.now() + LASTS,
            version: before.map_or(0, |note| note.version) + 1,
            body: serde_json::to_string(found)?,
        };
        ledger.keep_note(&self.agency, &note).await?;
        Ok(())
    }

    /// What a trial has found so far; the trial itself says who may look at it.
    pub async fn edition_found(&self, trial: &EditionTrial) -> Result<EditionFound, TrialError> {
        let note = self
            .ports
            .ledger
            .note(&self.agency, FOUND, &trial.id)
            .await?;
        let found = note
            .map(|note| serde_json::from_str(&note.body))
            .transpose()?;
        Ok(found.unwrap_or_default())
    }

    /// A trial, for whoever began it and for those who see every case in the course of the work.
    pub async fn edition_trial(
        &self,
        by: &Actor,
        id: &str,
    ) -> Result<Option<EditionTrial>, TrialError> {
        let note = self.ports.ledger.note(&self.agency, TRIAL, id).await?;
        let note = note.filter(|it| it.until > self.ports.clock.now());
        let note = note.filter(|it| it.owner == by.account || self.sees_all_at_work(by));
        Ok(note.map(read).transpose()?)
    }

    /// The trials that somebody may look at, the latest first.
    pub async fn edition_trials(&self, by: &Actor) -> Result<Vec<EditionTrial>, TrialError> {
        let now = self.ports.clock.now();
        let own = (!self.sees_all_at_work(by)).then_some(by.account.as_str());
        let ledger = &self.ports.ledger;
        let notes = ledger.notes(&self.agency, TRIAL, own, "", LISTED).await?;
        let kept = notes.into_iter().filter(|note| note.until > now);
        let mut trials: Vec<EditionTrial> = kept.map(read).collect::<Result<_, _>>()?;
        trials.sort_by_key(|it| std::cmp::Reverse(it.begun_at));
        Ok(trials)
    }
}
