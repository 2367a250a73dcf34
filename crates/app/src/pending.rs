//! What is prepared by one and waits for the hands of others (签批).
//!
//! A request that is lawful but bears the names of others is kept as a note until each of them agreed, signed in. It is
//! judged when it is prepared, so that nobody is asked for a hand under something unlawful, and again when the last one
//! agrees: only then it is recorded. Until then nothing has happened.

use crate::access::{Actor, Belonging, Denied};
use crate::ledger::ReadError;
use crate::notes::Note;
use crate::office::{Office, ReadCaseError};
use crate::perform::{By, PerformError, Performed};
use crate::request::{ActRequest, Target};
use casework::entry::Hand;
use jiff::{SignedDuration, Timestamp};
use law::fact::{TEXT_LONGEST, check_words};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const PENDING: &str = "pending";
const WANTED: &str = "wanted";
/// Nobody agreed for so long: it is forgotten, and can be prepared again.
const LASTS: SignedDuration = SignedDuration::from_hours(24 * 60);
/// What was settled stays to be seen for so long.
const SEEN_FOR: SignedDuration = SignedDuration::from_hours(24 * 30);
const CONTESTED: usize = 8;
/// More than anybody looks through.
const LISTED: u32 = 500;

/// Something that waits for hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// Its id; also the idempotency key of what it becomes.
    #[serde(skip)]
    pub id: String,
    /// The case, or nothing for one that it opens.
    pub case_id: Option<String>,
    /// The procedure.
    pub procedure: String,
    /// What is to be recorded.
    pub request: ActRequest,
    /// The version of the case when it was prepared: what came since is shown to whoever is to agree.
    pub version: u64,
    /// Who prepared it: a person.
    pub prepared_by: String,
    /// When.
    pub prepared_at: Timestamp,
    /// Who is to agree.
    pub wanted: Vec<String>,
    /// Who agreed, the one who prepared it first.
    pub hands: Vec<Hand>,
    /// What became of it.
    #[serde(default)]
    pub outcome: Option<Outcome>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// It is on record.
    Recorded {
        /// The case.
        case_id: String,
        /// The version that it made.
        version: u64,
    },
    /// Somebody did not agree (退回).
    Declined {
        /// Who.
        person: String,
        /// Why.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// Whoever prepared it took it back (撤回).
    Withdrawn {
        /// When.
        at: Timestamp,
    },
}

impl Pending {
    /// Who has still to agree.
    pub fn missing(&self) -> impl Iterator<Item = &String> {
        self.wanted
            .iter()
            .filter(|person| !self.hands.iter().any(|hand| hand.person == **person))
    }

    fn target(&self) -> Target {
        match &self.case_id {
            Some(case_id) => Target::Case {
                case_id: case_id.clone(),
                seen: None,
            },
            None => Target::NewCase {
                procedure: self.procedure.clone(),
            },
        }
    }
}

/// What came of agreeing.
#[derive(Clone, Debug)]
pub enum Agreed {
    /// Others have still to agree.
    Waiting(Box<Pending>),
    /// It is on record.
    Recorded(Performed),
}

/// Why something could not be prepared, agreed to or sent back.
#[derive(Debug, thiserror::Error)]
pub enum PendingError {
    /// There is no such thing, or it is somebody else's.
    #[error("没有这份待签批的材料")]
    NoSuch,
    /// It is settled.
    #[error("这份材料已经办结或者退回")]
    Settled(Box<Pending>),
    /// Not allowed.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// A value is missing.
    #[error("{0}")]
    Field(String),
    /// Others changed it at the same moment.
    #[error("同时有别人在处理这份材料，请再试一次")]
    Contested,
    /// It could not be recorded, for the reasons that every act has.
    #[error(transparent)]
    Perform(#[from] Box<PerformError>),
    /// The case cannot be read.
    #[error(transparent)]
    Case(#[from] ReadCaseError),
    /// The notes could not be read or written.
    #[error("the notes could not be read or written")]
    Read(#[from] ReadError),
    /// A note is not of its shape.
    #[error("a note is damaged")]
    Damaged(#[from] serde_json::Error),
}

impl Office {
    /// Prepares an act that bears the names of others. Where no other hand is wanting it is recorded at once.
    pub async fn propose(
        &self,
        by: &Actor,
        target: &Target,
        request: &ActRequest,
        key: &str,
    ) -> Result<Agreed, PendingError> {
        if let Some(pending) = self.pending_note(key).await? {
            return self.again(by, target, request, pending.0).await;
        }
        let wanted = match self.perform(by, target, request, key).await {
            Ok(performed) => return Ok(Agreed::Recorded(performed)),
            Err(PerformError::HandsWanting(wanted)) => wanted,
            Err(error) => return Err(Box::new(error).into()),
        };
        let (case_id, procedure, version) = match target {
            Target::NewCase { procedure } => (None, procedure.clone(), 0),
            Target::Case { case_id, .. } => {
                let record = self.record(case_id).await?;
                let procedure = record.history.case.procedure.id.clone();
                (Some(case_id.clone()), procedure, record.version())
            }
        };
        let person = by.person.clone().unwrap_or_default();
        let now = self.ports.clock.now();
        let pending = Pending {
            id: key.to_owned(),
            case_id,
            procedure,
            request: request.clone(),
            version,
            prepared_by: person.clone(),
            prepared_at: now,
            wanted,
            hands: vec![Hand {
                person,
                at: self.now(),
            }],
            outcome: None,
        };
        if !self.keep_pending(&pending, 1, now + LASTS).await? {
            return Err(PendingError::Contested);
        }
        for person in &pending.wanted {
            self.want(person, &pending.id, now + LASTS).await?;
        }
        Ok(Agreed::Waiting(Box::new(pending)))
    }

    /// The same form sent again.
    async fn again(
        &self,
        by: &Actor,
        target: &Target,
        request: &ActRequest,
        pending: Pending,
    ) -> Result<Agreed, PendingError> {
        let place = |target: &Target| match target {
            Target::Case { case_id, .. } => (Some(case_id.clone()), None),
            Target::NewCase { procedure } => (None, Some(procedure.clone())),
        };
        let is_same = pending.request == *request && place(target) == place(&pending.target());
        if !is_same || by.person.as_ref() != Some(&pending.prepared_by) {
            return Err(Box::new(PerformError::KeyReused).into());
        }
        match pending.outcome {
            Some(Outcome::Recorded { .. }) => {
                let key = &pending.id;
                let digest = request.digest(&pending.target());
                let known = self.known(key, digest).await.map_err(Box::new)?;
                known.map(Agreed::Recorded).ok_or(PendingError::NoSuch)
            }
            Some(_) => Err(PendingError::Settled(Box::new(pending))),
            None => Ok(Agreed::Waiting(Box::new(pending))),
        }
    }

    /// Something that waits, for those who prepared it or are to agree.
    pub async fn pending(&self, by: &Actor, id: &str) -> Result<Pending, PendingError> {
        let (pending, _) = self.pending_note(id).await?.ok_or(PendingError::NoSuch)?;
        let person = by.person.as_ref().ok_or(PendingError::NoSuch)?;
        let concerns = pending.prepared_by == *person || pending.wanted.contains(person);
        if concerns {
            Ok(pending)
        } else {
            Err(PendingError::NoSuch)
        }
    }

    /// What waits for somebody's hand, oldest first.
    pub async fn pending_for(&self, by: &Actor) -> Result<Vec<Pending>, PendingError> {
        let Some(person) = &by.person else {
            return Ok(Vec::new());
        };
        let ledger = &self.ports.ledger;
        let now = self.ports.clock.now();
        let wanted = ledger
            .notes(&self.agency, WANTED, Some(person), "", LISTED)
            .await?;
        let mut waiting = Vec::new();
        for note in wanted.into_iter().filter(|note| note.until > now) {
            let found = self.pending_note(&note.body).await?;
            let Some((pending, _)) = found else { continue };
            if pending.outcome.is_none() && pending.missing().any(|it| it == person) {
                waiting.push(pending);
            }
        }
        waiting.sort_by_key(|pending| pending.prepared_at);
        Ok(waiting)
    }

    /// What somebody prepared, newest first, with what became of it.
    pub async fn prepared_by(&self, by: &Actor) -> Result<Vec<Pending>, PendingError> {
        let Some(person) = &by.person else {
            return Ok(Vec::new());
        };
        let now = self.ports.clock.now();
        let ledger = &self.ports.ledger;
        let notes = ledger
            .notes(&self.agency, PENDING, Some(person), "", LISTED)
            .await?;
        let mut prepared = Vec::new();
        for note in notes.into_iter().filter(|note| note.until > now) {
            prepared.push(read(&note)?);
        }
        prepared.sort_by_key(|pending| std::cmp::Reverse(pending.prepared_at));
        Ok(prepared)
    }

    /// Agrees. With the last hand the act is recorded.
    pub async fn agree(&self, by: &Actor, id: &str) -> Result<Agreed, PendingError> {
        let person = by.person.clone().ok_or(PendingError::NoSuch)?;
        for _ in 0..CONTESTED {
            let (mut pending, version) =
                self.pending_note(id).await?.ok_or(PendingError::NoSuch)?;
            if !pending.wanted.contains(&person) {
                return Err(PendingError::NoSuch);
            }
            if pending.outcome.is_some() {
                return Err(PendingError::Settled(Box::new(pending)));
            }
            if !pending.hands.iter().any(|hand| hand.person == person) {
                pending.hands.push(Hand {
                    person: person.clone(),
                    at: self.now(),
                });
            }
            let now = self.ports.clock.now();
            if pending.missing().next().is_some() {
                // Judged again, so that nobody agrees to what has become unlawful in the meantime.
                self.perform_pending(by, &pending)
                    .await
                    .or_else(|error| match error {
                        PerformError::HandsWanting(_) => Ok(None),
                        other => Err(Box::new(other)),
                    })?;
                if self
                    .keep_pending(&pending, version + 1, now + LASTS)
                    .await?
                {
                    return Ok(Agreed::Waiting(Box::new(pending)));
                }
                continue;
            }
            let performed = self.perform_pending(by, &pending).await.map_err(Box::new)?;
            let Some(performed) = performed else { continue };
            pending.outcome = Some(Outcome::Recorded {
                case_id: performed.case_id.clone(),
                version: performed.version,
            });
            // The record has it already; that it is settled is only for those who look.
            self.keep_pending(&pending, version + 1, now + SEEN_FOR)
                .await?;
            self.nobody_wants(&pending).await?;
            return Ok(Agreed::Recorded(performed));
        }
        Err(PendingError::Contested)
    }

    async fn perform_pending(
        &self,
        by: &Actor,
        pending: &Pending,
    ) -> Result<Option<Performed>, PerformError> {
        let hands = pending.hands.clone();
        self.perform_by(
            By::Actor(by, hands),
            &pending.target(),
            &pending.request,
            &pending.id,
        )
        .await
        .map(Some)
    }

    /// Sends it back with a reason (退回).
    pub async fn decline(
        &self,
        by: &Actor,
        id: &str,
        reason: &str,
    ) -> Result<Pending, PendingError> {
        let person = by.person.clone().ok_or(PendingError::NoSuch)?;
        let reason = reason.trim().to_owned();
        if reason.is_empty() {
            return Err(PendingError::Field("请写明退回的理由".to_owned()));
        }
        if let Err(problem) = check_words(&reason, TEXT_LONGEST) {
            return Err(PendingError::Field(format!("退回的理由{problem}")));
        }
        let at = self.ports.clock.now();
        self.settle(id, |pending| {
            if !pending.wanted.contains(&person) {
                return Err(PendingError::NoSuch);
            }
            Ok(Outcome::Declined {
                person: person.clone(),
                reason: reason.clone(),
                at,
            })
        })
        .await
    }

    /// Takes it back (撤回).
    pub async fn withdraw(&self, by: &Actor, id: &str) -> Result<Pending, PendingError> {
        let at = self.ports.clock.now();
        self.settle(id, |pending| {
            if by.person.as_ref() != Some(&pending.prepared_by) {
                return Err(PendingError::NoSuch);
            }
            Ok(Outcome::Withdrawn { at })
        })
        .await
    }

    async fn settle(
        &self,
        id: &str,
        outcome: impl Fn(&Pending) -> Result<Outcome, PendingError>,
    ) -> Result<Pending, PendingError> {
        for _ in 0..CONTESTED {
            let (mut pending, version) =
                self.pending_note(id).await?.ok_or(PendingError::NoSuch)?;
            let outcome = outcome(&pending)?;
            if pending.outcome.is_some() {
                return Err(PendingError::Settled(Box::new(pending)));
            }
            pending.outcome = Some(outcome);
            let until = self.ports.clock.now() + SEEN_FOR;
            if self.keep_pending(&pending, version + 1, until).await? {
                self.nobody_wants(&pending).await?;
                return Ok(pending);
            }
        }
        Err(PendingError::Contested)
    }

    /// Forgets what waits in a case: its content is to be destroyed.
    pub(crate) async fn forget_pending(&self, case_id: &str) -> Result<(), PendingError> {
        let ledger = &self.ports.ledger;
        let mut after = String::new();
        loop {
            let notes = ledger
                .notes(&self.agency, PENDING, None, &after, LISTED)
                .await?;
            let Some(last) = notes.last() else {
                return Ok(());
            };
            after.clone_from(&last.id);
            for note in notes {
                let pending = read(&note)?;
                if pending.case_id.as_deref() == Some(case_id) {
                    self.nobody_wants(&pending).await?;
                    ledger.remove_note(&self.agency, PENDING, &note.id).await?;
                }
            }
        }
    }

    async fn pending_note(&self, id: &str) -> Result<Option<(Pending, u64)>, PendingError> {
        let now = self.ports.clock.now();
        let note = self.ports.ledger.note(&self.agency, PENDING, id).await?;
        note.filter(|note| note.until > now)
            .map(|note| Ok((read(&note)?, note.version)))
            .transpose()
    }

    async fn keep_pending(
        &self,
        pending: &Pending,
        version: u64,
        until: Timestamp,
    ) -> Result<bool, PendingError> {
        let note = Note {
            kind: PENDING.to_owned(),
            id: pending.id.clone(),
            owner: pending.prepared_by.clone(),
            until,
            version,
            body: serde_json::to_string(pending)?,
        };
        Ok(self.ports.ledger.keep_note(&self.agency, &note).await?)
    }

    async fn want(&self, person: &str, id: &str, until: Timestamp) -> Result<(), PendingError> {
        let note = Note {
            kind: WANTED.to_owned(),
            id: format!("{id}:{person}"),
            owner: person.to_owned(),
            until,
            version: 1,
            body: id.to_owned(),
        };
        self.ports.ledger.keep_note(&self.agency, &note).await?;
        Ok(())
    }

    async fn nobody_wants(&self, pending: &Pending) -> Result<(), PendingError> {
        let people: BTreeSet<&String> = pending.wanted.iter().collect();
        for person in people {
            let id = format!("{}:{person}", pending.id);
            self.ports
                .ledger
                .remove_note(&self.agency, WANTED, &id)
                .await?;
        }
        Ok(())
    }

    /// Which units a case belongs to, and who has taken part in it.
    pub async fn belonging(&self, case_id: &str) -> Result<Belonging, ReadCaseError> {
        let record = self.record(case_id).await?;
        Ok(Belonging::of(&record.history.entries))
    }
}

fn read(note: &Note) -> Result<Pending, PendingError> {
    let mut pending: Pending = serde_json::from_str(&note.body)?;
    pending.id.clone_from(&note.id);
    Ok(pending)
}
