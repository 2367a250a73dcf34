//! A batch of cases on paper on its way in (接续批次): checked by whoever enters it, put before whoever approves, agreed.
//!
//! What is kept is a note: the workbook and the scans by their address, and what was proposed by its digest. The cases
//! are read from the workbook again whenever they are looked at, so that nobody agrees to what was true yesterday. Nothing
//! is on record before somebody in charge agreed; then each case becomes an entry of its own by [`Office::take_over`].

use crate::access::{Actor, Denied};
use crate::ledger::ReadError;
use crate::notes::Note;
use crate::office::Office;
use crate::request::FileRef;
use jiff::{SignedDuration, Timestamp};
use law::fact::{TEXT_LONGEST, check_words};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const BATCH: &str = "batch";
const WANTED: &str = "batch-wanted";
const TOLD: &str = "batch-told";
/// Nobody went on with it for so long: it is forgotten, and can be begun again.
const LASTS: SignedDuration = SignedDuration::from_hours(24 * 60);
/// What is finished stays to be seen for so long.
const SEEN_FOR: SignedDuration = SignedDuration::from_hours(24 * 30);
/// More than anybody looks through.
const LISTED: u32 = 100;
/// The longest name of a batch, in characters.
pub const NAME_LONGEST: usize = 60;

/// A batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Its id.
    #[serde(skip)]
    pub id: String,
    /// Counts its states: a change says which one it has seen.
    #[serde(skip)]
    pub version: u64,
    /// Its name; with the name of a case it is what that case is known by.
    pub name: String,
    /// The procedure, where the workbook does not say it.
    pub procedure: Option<String>,
    /// Who enters the cases: a person, and the account that stood for it.
    pub entered_by: String,
    /// The account of that person.
    pub account: String,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// Who is to approve.
    pub approved_by: String,
    /// The workbook.
    pub workbook: FileRef,
    /// The scans, by name.
    pub scans: Vec<FileRef>,
    /// How far it has come.
    pub stage: Stage,
    /// What was put before the approver, once it was.
    pub sealed: Option<Sealed>,
}

/// What somebody is asked to agree to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The digest of the cases with what departs from the law in them.
    pub digest: String,
    /// Which cases of the workbook, by name.
    pub cases: BTreeSet<String>,
}

/// How far a batch has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Stage {
    /// Only whoever enters it has seen it.
    Checked,
    /// It waits for the approval (待批准).
    Proposed {
        /// Since when.
        at: Timestamp,
    },
    /// It is approved; its cases are being taken over.
    Agreed {
        /// When.
        at: Timestamp,
        /// By which account; the signed sheet instead, where the approval stands on paper.
        by: Approval,
    },
    /// All of its cases were gone through.
    Done {
        /// When.
        at: Timestamp,
    },
    /// It was not approved (退回).
    Declined {
        /// Why.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// Whoever entered it took it back (撤回).
    Withdrawn {
        /// When.
        at: Timestamp,
    },
}

/// How somebody approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// Signed in, by this account.
    Account(String),
    /// On paper: the signed sheet.
    Sheet(Vec<FileRef>),
}

/// Why something could not be done with a batch.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// There is none, or it is somebody else's.
    #[error("没有这个批次")]
    NoSuch,
    /// It has come further than the page showed.
    #[error("这个批次刚有变化，没有办成；请看现在的情况再办")]
    Moved,
    /// Not allowed.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// A value is missing or wrong.
    #[error("{0}")]
    Field(String),
    /// The notes could not be read or written.
    #[error("the notes could not be read or written")]
    Read(#[from] ReadError),
    /// A note is not of its shape.
    #[error("a note is damaged")]
    Damaged(#[from] serde_json::Error),
}

impl Batch {
    /// Whether this person enters it.
    pub fn is_entered_by(&self, actor: &Actor) -> bool {
        actor.person.as_ref() == Some(&self.entered_by)
    }

    /// Whether this person is to approve it.
    pub fn is_approved_by(&self, actor: &Actor) -> bool {
        actor.person.as_ref() == Some(&self.approved_by)
    }

    /// Whether nothing will come of it any more.
    pub fn is_over(&self) -> bool {
        matches!(
            self.stage,
            Stage::Done { .. } | Stage::Declined { .. } | Stage::Withdrawn { .. }
        )
    }
}

impl Office {
    /// Begins a batch.
    pub async fn begin_batch(&self, by: &Actor, mut batch: Batch) -> Result<Batch, BatchError> {
        self.may_enter_paper(by)?;
        batch.id = self.new_token();
        batch.version = 0;
        batch.stage = Stage::Checked;
        batch.sealed = None;
        batch.entered_by = by.person.clone().unwrap_or_default();
        batch.account.clone_from(&by.account);
        batch.begun_at = self.ports.clock.now();
        self.keep_batch(batch).await
    }

    /// A batch, for those who enter it or are to approve it. Before it is proposed it is nobody else's.
    pub async fn batch(&self, by: &Actor, id: &str) -> Result<Batch, BatchError> {
        let batch = self.batch_note(id).await?.ok_or(BatchError::NoSuch)?;
        let was_proposed = batch.sealed.is_some();
        if batch.is_entered_by(by) || was_proposed && batch.is_approved_by(by) {
            Ok(batch)
        } else {
            Err(BatchError::NoSuch)
        }
    }

    /// Changes what is only checked yet.
    pub async fn change_batch(&self, by: &Actor, batch: Batch) -> Result<Batch, BatchError> {
        self.may_enter_paper(by)?;
        if !batch.is_entered_by(by) {
            return Err(BatchError::NoSuch);
        }
        if batch.stage != Stage::Checked {
            return Err(BatchError::Moved);
        }
        self.keep_batch(batch).await
    }

    /// Puts a batch before whoever is to approve it.
    pub async fn propose_batch(
        &self,
        by: &Actor,
        mut batch: Batch,
        sealed: Sealed,
    ) -> Result<Batch, BatchError> {
        self.may_enter_paper(by)?;
        if !batch.is_entered_by(by) {
            return Err(BatchError::NoSuch);
        }
        if batch.stage != Stage::Checked {
            return Err(BatchError::Moved);
        }
        let at = self.ports.clock.now();
        batch.stage = Stage::Proposed { at };
        batch.sealed = Some(sealed);
        let batch = self.keep_batch(batch).await?;
        let wanted = Note {
            kind: WANTED.to_owned(),
            id: batch.id.clone(),
            owner: batch.approved_by.clone(),
            until: at + LASTS,
            version: 1,
            body: batch.id.clone(),
        };
        self.ports.ledger.keep_note(&self.agency, &wanted).await?;
        Ok(batch)
    }

    /// Agrees to what was proposed.
    pub async fn agree_batch(&self, by: &Actor, mut batch: Batch) -> Result<Batch, BatchError> {
        if !batch.is_approved_by(by) || batch.is_entered_by(by) {
            return Err(BatchError::NoSuch);
        }
        if !matches!(batch.stage, Stage::Proposed { .. }) {
            return Err(BatchError::Moved);
        }
        batch.stage = Stage::Agreed {
            at: self.ports.clock.now(),
            by: Approval::Account(by.account.clone()),
        };
        let batch = self.keep_batch(batch).await?;
        self.nobody_wants_batch(&batch).await?;
        Ok(batch)
    }

    /// Records that the approval stands on paper (纸签代录).
    pub async fn record_batch_sheet(
        &self,
        by: &Actor,
        mut batch: Batch,
        sealed: Sealed,
        sheet: Vec<FileRef>,
    ) -> Result<Batch, BatchError> {
        self.may_enter_paper(by)?;
        if !batch.is_entered_by(by) {
            return Err(BatchError::NoSuch);
        }
        if batch.stage != Stage::Checked {
            return Err(BatchError::Moved);
        }
        if sheet.is_empty() {
            return Err(BatchError::Field(
                "纸签代录须附签批页的扫描件或者照片".to_owned(),
            ));
        }
        batch.sealed = Some(sealed);
        batch.stage = Stage::Agreed {
            at: self.ports.clock.now(),
            by: Approval::Sheet(sheet),
        };
        self.keep_batch(batch).await
    }

    /// Sends it back with a reason (退回).
    pub async fn decline_batch(
        &self,
        by: &Actor,
        mut batch: Batch,
        reason: &str,
    ) -> Result<Batch, BatchError> {
        if !batch.is_approved_by(by) {
            return Err(BatchError::NoSuch);
        }
        let reason = reason.trim().to_owned();
        if reason.is_empty() {
            return Err(BatchError::Field("请写明退回的理由".to_owned()));
        }
        if let Err(problem) = check_words(&reason, TEXT_LONGEST) {
            return Err(BatchError::Field(format!("退回的理由{problem}")));
        }
        if !matches!(batch.stage, Stage::Proposed { .. }) {
            return Err(BatchError::Moved);
        }
        let at = self.ports.clock.now();
        batch.stage = Stage::Declined { reason, at };
        let batch = self.keep_batch(batch).await?;
        self.nobody_wants_batch(&batch).await?;
        Ok(batch)
    }

    /// Takes it back (撤回), also before it was proposed.
    pub async fn withdraw_batch(&self, by: &Actor, mut batch: Batch) -> Result<Batch, BatchError> {
        if !batch.is_entered_by(by) {
            return Err(BatchError::NoSuch);
        }
        if !matches!(batch.stage, Stage::Checked | Stage::Proposed { .. }) {
            return Err(BatchError::Moved);
        }
        let at = self.ports.clock.now();
        batch.stage = Stage::Withdrawn { at };
        let batch = self.keep_batch(batch).await?;
        self.nobody_wants_batch(&batch).await?;
        Ok(batch)
    }

    /// All of its cases were gone through.
    pub async fn finish_batch(&self, mut batch: Batch) -> Result<Batch, BatchError> {
        if !matches!(batch.stage, Stage::Agreed { .. }) {
            return Err(BatchError::Moved);
        }
        let at = self.ports.clock.now();
        batch.stage = Stage::Done { at };
        self.keep_batch(batch).await
    }

    /// Keeps what has become of its cases so far; how that is written is the caller's.
    pub async fn keep_batch_told(&self, batch: &Batch, told: String) -> Result<(), BatchError> {
        let ledger = &self.ports.ledger;
        let before = ledger.note(&self.agency, TOLD, &batch.id).await?;
        let note = Note {
            kind: TOLD.to_owned(),
            id: batch.id.clone(),
            owner: batch.entered_by.clone(),
            until: self.ports.clock.now() + SEEN_FOR,
            version: before.map_or(0, |note| note.version) + 1,
            body: told,
        };
        // Where another process told more meanwhile, its word stands: the next one of ours comes soon.
        ledger.keep_note(&self.agency, &note).await?;
        Ok(())
    }

    /// What has become of its cases so far.
    pub async fn batch_told(&self, batch: &Batch) -> Result<Option<String>, BatchError> {
        let note = self
            .ports
            .ledger
            .note(&self.agency, TOLD, &batch.id)
            .await?;
        Ok(note.map(|note| note.body))
    }

    /// Those that wait for somebody's approval, oldest first.
    pub async fn batches_for(&self, by: &Actor) -> Result<Vec<Batch>, BatchError> {
        let Some(person) = &by.person else {
            return Ok(Vec::new());
        };
        let now = self.ports.clock.now();
        let ledger = &self.ports.ledger;
        let wanted = ledger
            .notes(&self.agency, WANTED, Some(person), "", LISTED)
            .await?;
        let mut waiting = Vec::new();
        for note in wanted.into_iter().filter(|note| note.until > now) {
            let found = self.batch_note(&note.body).await?;
            waiting.extend(found.filter(|it| matches!(it.stage, Stage::Proposed { .. })));
        }
        waiting.sort_by_key(|batch| batch.begun_at);
        Ok(waiting)
    }

    /// Those that somebody entered, newest first.
    pub async fn batches_by(&self, by: &Actor) -> Result<Vec<Batch>, BatchError> {
        let Some(person) = &by.person else {
            return Ok(Vec::new());
        };
        let now = self.ports.clock.now();
        let ledger = &self.ports.ledger;
        let notes = ledger
            .notes(&self.agency, BATCH, Some(person), "", LISTED)
            .await?;
        let mut entered = Vec::new();
        for note in notes.into_iter().filter(|note| note.until > now) {
            entered.push(read(&note)?);
        }
        entered.sort_by_key(|batch| std::cmp::Reverse(batch.begun_at));
        Ok(entered)
    }

    async fn batch_note(&self, id: &str) -> Result<Option<Batch>, BatchError> {
        let now = self.ports.clock.now();
        let note = self.ports.ledger.note(&self.agency, BATCH, id).await?;
        note.filter(|note| note.until > now)
            .map(|note| read(&note))
            .transpose()
    }

    async fn keep_batch(&self, mut batch: Batch) -> Result<Batch, BatchError> {
        let lasts = if batch.is_over() { SEEN_FOR } else { LASTS };
        batch.version += 1;
        let note = Note {
            kind: BATCH.to_owned(),
            id: batch.id.clone(),
            owner: batch.entered_by.clone(),
            until: self.ports.clock.now() + lasts,
            version: batch.version,
            body: serde_json::to_string(&batch)?,
        };
        if self.ports.ledger.keep_note(&self.agency, &note).await? {
            Ok(batch)
        } else {
            Err(BatchError::Moved)
        }
    }

    async fn nobody_wants_batch(&self, batch: &Batch) -> Result<(), BatchError> {
        let ledger = &self.ports.ledger;
        ledger.remove_note(&self.agency, WANTED, &batch.id).await?;
        Ok(())
    }
}

fn read(note: &Note) -> Result<Batch, BatchError> {
    let mut batch: Batch = serde_json::from_str(&note.body)?;
    batch.id.clone_from(&note.id);
    batch.version = note.version;
    Ok(batch)
}
