//! The one road to the record: read the case, decide, write once, show what changed.

use crate::ledger::{
    Append, AppendError, CaseLine, Idempotency, NewEntry, ReadError, RowChange, StreamName,
};
use crate::office::{Office, ReadCaseError, stream};
use crate::ports::{Outward, OutwardEffect, legal_moment};
use crate::publication::{Crossing, crossing};
use crate::request::{ActRequest, FieldError, Misread, Target};
use crate::stored::{self, StoredError};
use crate::view::{CaseRecord, filed_on, next_due, party_names, phase, title};
use casework::answer::answer;
use casework::command::Command;
use casework::decide::{Draft, History, decide};
use casework::refusal::{GroundKind, Refusal};
use jiff::Timestamp;
use proof::{Disclosure, Label, Part, Sensitivity};
use std::sync::Arc;

/// An act that is on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Performed {
    /// The case.
    pub case_id: String,
    /// Its version after the act.
    pub version: u64,
    /// Its place in the log.
    pub leaf_index: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// This very request had been answered before.
    pub is_repeated: bool,
    /// What became of the publication.
    pub publishing: Publishing,
}

/// What became of the publication of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Publishing {
    /// The act concerns no publication, or it was seen to the first time.
    Nothing,
    /// The public side shows it.
    Done(Outward),
    /// It is on record, and the public side gets it later.
    Outstanding(Outward),
}

/// Why an act was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum PerformError {
    /// The case cannot be read.
    #[error("the case cannot be read")]
    Case(#[from] ReadCaseError),
    /// The procedure has no such act, or the case no such subject.
    #[error("there is no such act or subject")]
    NoSuchAct,
    /// Values that are none.
    #[error("some fields are wrong")]
    Fields(Vec<FieldError>),
    /// The law forbids it: an answer.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The case went on since the page was made.
    #[error("the case is at version {actual}, the page was made on {seen}")]
    Stale {
        /// The version of the page.
        seen: u64,
        /// The version now.
        actual: u64,
    },
    /// The key was used for another request.
    #[error("the form was sent before with other content")]
    KeyReused,
    /// The entry cannot be put in its stored form.
    #[error("the entry cannot be stored")]
    Stored(#[from] StoredError),
    /// A publication cannot be put in its stored form.
    #[error("the publication cannot be stored")]
    Publication(#[from] serde_json::Error),
    /// A part cannot be named.
    #[error("a part cannot be named")]
    Label(#[from] proof::BadLabel),
    /// The record could not be read.
    #[error("the record could not be read")]
    Read(#[from] ReadError),
    /// The record could not be written.
    #[error("the record could not be written")]
    Append(#[source] AppendError),
}

impl Office {
    /// Performs an act, once, however often it is asked with the same key.
    pub async fn perform(
        &self,
        target: &Target,
        request: &ActRequest,
        key: &str,
    ) -> Result<Performed, PerformError> {
        let digest = request.digest(target);
        if let Some(known) = self.known(key, digest).await? {
            return Ok(known);
        }
        match self.perform_new(target, request, key, digest).await {
            // The same may have been sent elsewhere a moment ago: then it stands, and that is why it may not be done again.
            Err(
                unanswered @ (PerformError::Refused(_)
                | PerformError::Fields(_)
                | PerformError::NoSuchAct
                | PerformError::Stale { .. }),
            ) => match self.known(key, digest).await? {
                Some(known) => Ok(known),
                None => Err(unanswered),
            },
            answered => answered,
        }
    }

    async fn perform_new(
        &self,
        target: &Target,
        request: &ActRequest,
        key: &str,
        digest: [u8; 32],
    ) -> Result<Performed, PerformError> {
        let (case_id, record) = match target {
            Target::NewCase { procedure } => {
                let found = self.procedures.get(procedure);
                let found =
                    found.ok_or_else(|| ReadCaseError::NoSuchProcedure(procedure.clone()))?;
                (self.new_id(), CaseRecord::new(Arc::clone(found)))
            }
            Target::Case { case_id, .. } => (case_id.clone(), self.record(case_id).await?),
        };
        let version = u64::try_from(record.recorded.len()).unwrap_or(u64::MAX);
        if let Target::Case {
            seen: Some(seen), ..
        } = target
            && *seen != version
        {
            return Err(PerformError::Stale {
                seen: *seen,
                actual: version,
            });
        }
        let command = request
            .command(&record.history.case)
            .map_err(|misread| match misread {
                Misread::NoSuchAct => PerformError::NoSuchAct,
                Misread::Fields(errors) => PerformError::Fields(errors),
            })?;
        let now = self.ports.clock.now();
        let draft =
            decide(&record.history, &self.context, &command, legal_moment(now)).map_err(refused)?;
        let (append, outward) = self.append(&case_id, &record, &command, draft, now).await?;
        let idempotency = Idempotency {
            key: key.to_owned(),
            request_digest: digest,
        };
        let append = Append {
            idempotency,
            expected_version: version,
            ..append
        };
        let appended = match self.ports.ledger.append(append).await {
            Ok(appended) => appended,
            Err(AppendError::Stale {
                expected, actual, ..
            }) => {
                return Err(PerformError::Stale {
                    seen: expected,
                    actual,
                });
            }
            Err(AppendError::SameKeyOtherContent(_)) => return Err(PerformError::KeyReused),
            Err(error @ (AppendError::Unsound(_) | AppendError::Storage(_))) => {
                return Err(PerformError::Append(error));
            }
        };
        // The same form sent twice at the same moment: the record answers with the first, whose case is the case.
        let case_id = match self.ports.ledger.request(&self.agency, key).await? {
            Some(known) => case_of(&known.stream).unwrap_or(case_id),
            None => case_id,
        };
        Ok(Performed {
            case_id,
            version: appended.stream_version,
            leaf_index: appended.leaf_index,
            recorded_at: appended.recorded_at,
            is_repeated: false,
            publishing: self.publish(appended.leaf_index, outward).await,
        })
    }

    async fn known(&self, key: &str, digest: [u8; 32]) -> Result<Option<Performed>, PerformError> {
        let Some(known) = self.ports.ledger.request(&self.agency, key).await? else {
            return Ok(None);
        };
        if known.request_digest != digest {
            return Err(PerformError::KeyReused);
        }
        Ok(case_of(&known.stream).map(|case_id| Performed {
            case_id,
            version: known.appended.stream_version,
            leaf_index: known.appended.leaf_index,
            recorded_at: known.appended.recorded_at,
            is_repeated: true,
            publishing: Publishing::Nothing,
        }))
    }

    async fn append(
        &self,
        case_id: &str,
        record: &CaseRecord,
        command: &Command,
        draft: Draft,
        now: Timestamp,
    ) -> Result<(Append, Option<Outward>), PerformError> {
        let stream =
            stream(case_id).ok_or_else(|| ReadCaseError::NoSuchCase(case_id.to_owned()))?;
        let mut after = record.history.clone();
        after.push(draft.entry.clone());
        let shown = self.last_disclosures(record, &stream).await?;
        let earlier = |id: &str| {
            shown
                .iter()
                .rev()
                .find(|(of, _)| of == id)
                .map(|(_, disclosure)| disclosure.clone())
        };
        let rules = &self.context.rules;
        let crossing = crossing(&self.file, rules, case_id, &after.case, command, &earlier)?;
        let outward = crossing.as_ref().map(|crossing| crossing.outward.clone());
        let mut salt = || {
            let mut salt = [0; 32];
            self.ports.chance.fill(&mut salt);
            salt
        };
        let procedure = &after.case.procedure;
        let (header, mut parts) =
            stored::write(procedure, &draft.entry, outward.clone(), &mut salt)?;
        if let Some(Crossing { outward, body }) = crossing {
            parts.push(Part {
                label: Label::parse(outward.effect.label())?,
                sensitivity: Sensitivity::Public,
                salt: salt(),
                body: serde_json::to_vec(&body)?,
            });
        }
        let append = Append {
            agency: self.agency.clone(),
            stream,
            expected_version: 0,
            read_set: Vec::new(),
            idempotency: Idempotency {
                key: String::new(),
                request_digest: [0; 32],
            },
            now,
            entry: NewEntry {
                id: self.new_id(),
                header,
                parts,
            },
            projections: vec![RowChange::Case(self.case_line(case_id, &after, now))],
        };
        Ok((append, outward))
    }

    /// The disclosures of this case so far; read only where something was disclosed.
    async fn last_disclosures(
        &self,
        record: &CaseRecord,
        stream: &StreamName,
    ) -> Result<Vec<(String, Disclosure)>, PerformError> {
        let disclosed = |outward: &Outward| outward.effect == OutwardEffect::Disclosed;
        if !record
            .recorded
            .iter()
            .any(|entry| entry.header.outward.as_ref().is_some_and(disclosed))
        {
            return Ok(Vec::new());
        }
        let entries = self
            .ports
            .ledger
            .read_stream(&self.agency, stream, 0)
            .await?;
        let mut shown = Vec::new();
        for (entry, known) in entries.iter().zip(&record.recorded) {
            if let Some(outward) = known
                .header
                .outward
                .as_ref()
                .filter(|outward| disclosed(outward))
                && let Some(body) = entry.body(outward.effect.label())
            {
                shown.push((outward.id.clone(), serde_json::from_slice(body)?));
            }
        }
        Ok(shown)
    }

    fn case_line(&self, case_id: &str, after: &History, now: Timestamp) -> CaseLine {
        let case = &after.case;
        let now = legal_moment(now);
        CaseLine {
            case_id: case_id.to_owned(),
            title: title(case, &self.file.title_facts),
            party_names: party_names(case),
            phase: phase(case),
            filed_on: filed_on(case, &self.context, now),
            next_due: next_due(&answer(case, &self.context, now)),
        }
    }

    /// What is recorded stands, whether or not the public side can be reached now.
    async fn publish(&self, leaf_index: u64, outward: Option<Outward>) -> Publishing {
        let Some(outward) = outward else {
            return Publishing::Nothing;
        };
        match self
            .ports
            .publisher
            .publish(&self.agency, leaf_index, &outward)
            .await
        {
            Ok(()) => Publishing::Done(outward),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a publication is outstanding"
                );
                Publishing::Outstanding(outward)
            }
        }
    }
}

fn refused(refusal: Refusal) -> PerformError {
    if refusal
        .grounds
        .iter()
        .all(|ground| ground.kind == GroundKind::NoSuchSubject)
    {
        return PerformError::NoSuchAct;
    }
    PerformError::Refused(Box::new(refusal))
}

fn case_of(stream: &StreamName) -> Option<String> {
    stream.as_str().strip_prefix("case/").map(str::to_owned)
}
