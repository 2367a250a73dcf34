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
    /// What differs between them.
    pub differences: Vec<Difference>,
    /// Which files differ; empty where the files of the other edition are not at hand.
    pub files: Vec<FileDifference>,
    /// How far it has come.
    pub stage: TrialStage,
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
        /// How many cases were compared.
        cases: u64,
    },
    /// It is done.
    Done {
        /// What was found.
        report: Box<EditionReport>,
        /// How many affected cases are not told one by one.
        more_affected: u64,
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

    /// A trial, for whoever began it and for those who see every case.
    pub async fn edition_trial(
        &self,
        by: &Actor,
        id: &str,
    ) -> Result<Option<EditionTrial>, TrialError> {
        let note = self.ports.ledger.note(&self.agency, TRIAL, id).await?;
        let note = note.filter(|it| it.until > self.ports.clock.now());
        let note = note.filter(|it| it.owner == by.account || self.sees_every_section(by));
        Ok(note.map(read).transpose()?)
    }

    /// The trials that somebody may look at, the latest first.
    pub async fn edition_trials(&self, by: &Actor) -> Result<Vec<EditionTrial>, TrialError> {
        let now = self.ports.clock.now();
        let own = (!self.sees_every_section(by)).then_some(by.account.as_str());
        let ledger = &self.ports.ledger;
        let notes = ledger.notes(&self.agency, TRIAL, own, "", LISTED).await?;
        let kept = notes.into_iter().filter(|note| note.until > now);
        let mut trials: Vec<EditionTrial> = kept.map(read).collect::<Result<_, _>>()?;
        trials.sort_by_key(|it| std::cmp::Reverse(it.begun_at));
        Ok(trials)
    }
}
