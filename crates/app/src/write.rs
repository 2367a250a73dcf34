//! Writing an entry of a case, once it is decided: parts, numbers, rows of the views, what is to be done afterwards.

use crate::agency::AgencyFile;
use crate::dues;
use crate::ledger::{
    Append, AppendError, Appended, Hole, Idempotency, NewEntry, OutboxItem, PartPlace, ReadError,
    RowChange,
};
use crate::notable;
use crate::numbers::{NumberClaim, NumberEffect, NumberStyle, Series};
use crate::office::{Office, ReadCaseError, stream};
use crate::ports::Outward;
use crate::publication::Crossing;
use crate::register::Standing;
use crate::rows::{CaseLines, clock_changes, clocks, number};
use crate::stored::{self, StoredError};
use crate::view::{CaseRecord, RecordedEntry};
use casework::decide::WantedNumber;
use casework::entry::{ActPerformed, Entry};
use jiff::Timestamp;
use law::model::Procedure;
use proof::{Label, Part, Sensitivity};
use std::sync::Arc;

/// The topic of what is to reach the public side.
pub(crate) const PUBLICATION: &str = "publication";

/// Why a decided entry was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The case cannot be named.
    #[error("the case cannot be read")]
    Case(#[from] ReadCaseError),
    /// The entry cannot be put in its stored form.
    #[error("the entry cannot be stored")]
    Stored(#[from] StoredError),
    /// A publication cannot be put in its stored form.
    #[error("the publication cannot be stored")]
    Publication(#[from] serde_json::Error),
    /// A part cannot be named.
    #[error("a part cannot be named")]
    Label(#[from] proof::BadLabel),
    /// A number that a document brings along is not printed as the agency prints them, or cannot be had.
    #[error("{text}")]
    Number {
        /// The fact that holds it.
        fact: String,
        /// Why, in words for the person who typed it.
        text: String,
    },
    /// The case went on since it was read.
    #[error("the case is at version {actual}, the decision was made on {seen}")]
    Stale {
        /// The version that the decision was made on.
        seen: u64,
        /// The version now.
        actual: u64,
    },
    /// A register that the decision rests on was changed since it was read: to be decided again.
    #[error("the registers changed while the case was decided")]
    RegistersMoved,
    /// The office went on under another edition of the rules than this program judges by.
    #[error("the record goes on under another edition of the rules")]
    OtherRules,
    /// The key was used for another request.
    #[error("the key was used for another request")]
    KeyReused,
    /// The record could not be read.
    #[error("the record could not be read")]
    Read(#[from] ReadError),
    /// The record could not be written.
    #[error("the record could not be written")]
    Append(#[source] AppendError),
}

/// An entry that was decided on, with what goes along.
pub(crate) struct Decided {
    pub(crate) entry: Entry,
    /// Numbers, each with the act of the entry that bears it.
    pub(crate) numbers: Vec<(usize, WantedNumber)>,
    pub(crate) crossing: Option<Crossing>,
    pub(crate) destroys: Vec<PartPlace>,
}

impl Decided {
    pub(crate) fn plain(entry: Entry) -> Decided {
        Decided {
            entry,
            numbers: Vec::new(),
            crossing: None,
            destroys: Vec::new(),
        }
    }
}

/// What was written.
pub(crate) struct Written {
    pub(crate) appended: Appended,
    pub(crate) outward: Option<Outward>,
}

impl Office {
    /// Writes a decided entry as the next one of the case, and keeps the case as it leaves it.
    pub(crate) async fn write(
        &self,
        case_id: &str,
        record: Arc<CaseRecord>,
        standing: &Standing,
        decided: Decided,
        idempotency: Idempotency,
        now: Timestamp,
    ) -> Result<Written, WriteError> {
        let stream =
            stream(case_id).ok_or_else(|| ReadCaseError::NoSuchCase(case_id.to_owned()))?;
        if !standing.is_under(&self.rules.digest) {
            return Err(WriteError::OtherRules);
        }
        let version = record.version();
        let Decided {
            mut entry,
            numbers,
            crossing,
            destroys,
        } = decided;
        let procedure = Arc::clone(&record.history.case.procedure);
        let mut claims = Vec::new();
        let mut holes = Vec::new();
        for (at, wanted) in &numbers {
            let is_history = matches!(entry, Entry::TakenOver(_));
            let Some(act) = act_of(&mut entry, *at) else {
                continue;
            };
            claims.push(claim(&standing.file, wanted, act, is_history)?);
            if wanted.given.is_none() {
                holes.push(hole(&procedure, act, wanted, claims.len() - 1));
                // A place for the number, so that its part exists.
                act.facts
                    .insert(wanted.fact.clone(), serde_json::Value::Null);
            }
        }
        let outward = crossing.as_ref().map(|crossing| crossing.outward.clone());
        let mut salt = || {
            let mut salt = [0; 32];
            self.ports.chance.fill(&mut salt);
            salt
        };
        let (header, mut parts) = stored::write(&procedure, &entry, outward.clone(), &mut salt)?;
        if let Some(Crossing { outward, body }) = crossing {
            parts.push(Part {
                label: Label::parse(outward.effect.label())?,
                sensitivity: Sensitivity::Public,
                salt: salt(),
                body: serde_json::to_vec(&body)?,
            });
        }
        let before = clocks(case_id, &record.history.case);
        let notable = notable::lines(case_id, version + 1, &entry, now);
        // Taken out, so that it need not be copied; it comes back with the entry in it.
        self.cache.forget(case_id);
        let mut after = Arc::unwrap_or_clone(record);
        after.decided(entry);
        let CaseLines {
            mut line,
            todo,
            mut dues,
        } = self.case_lines(case_id, &after.history, now, standing);
        dues::claim_numbers(&mut dues, after.history.entries.last(), &numbers, &claims);
        // A number that is only now given may be the one by which the case goes.
        let goes_by = standing.file.number_facts.iter().find_map(|id| {
            let claimed = numbers
                .iter()
                .position(|(_, wanted)| wanted.fact == *id && wanted.given.is_none());
            let known = || number(&after.history.case, id).map(|_| None);
            claimed.map(Some).or_else(known)
        });
        if let Some(Some(claim)) = goes_by {
            line.case_number = None;
            line.number_claim = Some(claim);
        }
        let todo = RowChange::Todo {
            case_id: case_id.to_owned(),
            lines: todo,
        };
        let dues = RowChange::Dues {
            case_id: case_id.to_owned(),
            lines: dues,
        };
        let mut projections = vec![RowChange::Case(line), todo, dues];
        projections.extend(notable.into_iter().map(RowChange::Notable));
        projections.extend(clock_changes(before, clocks(case_id, &after.history.case)));
        let outbox = match &outward {
            Some(outward) => vec![OutboxItem {
                topic: PUBLICATION.to_owned(),
                payload: serde_json::to_value(outward)?,
            }],
            None => Vec::new(),
        };
        let is_destroying = !destroys.is_empty();
        let append = Append {
            agency: self.agency.clone(),
            stream: stream.clone(),
            expected_version: version,
            read_set: standing.versions.clone(),
            idempotency,
            now,
            entry: NewEntry {
                id: self.new_id(),
                header: serde_json::to_value(&header).map_err(StoredError::from)?,
                parts,
                destroys,
                holes,
            },
            numbers: claims,
            projections,
            outbox,
        };
        let appended = match self.ports.ledger.append(append).await {
            Ok(appended) => appended,
            Err(AppendError::Stale { stream: moved, .. }) if moved != stream => {
                return Err(WriteError::RegistersMoved);
            }
            Err(AppendError::Stale {
                expected, actual, ..
            }) => {
                return Err(WriteError::Stale {
                    seen: expected,
                    actual,
                });
            }
            Err(AppendError::SameKeyOtherContent(_)) => return Err(WriteError::KeyReused),
            Err(AppendError::Number(error)) => {
                let wanted = numbers.iter().find(|(_, wanted)| wanted.given.is_some());
                let wanted = wanted.or(numbers.first());
                return Err(WriteError::Number {
                    fact: wanted.map_or_else(String::new, |(_, wanted)| wanted.fact.clone()),
                    text: error.to_string(),
                });
            }
            Err(
                error @ (AppendError::Unsound(_)
                | AppendError::Storage(_)
                | AppendError::NoSuchPart(_)
                | AppendError::BadHole(_)),
            ) => return Err(WriteError::Append(error)),
        };
        // An earlier answer to the same key is not what was written now; destroyed parts must leave the memory too.
        if !is_destroying && appended.stream_version == version + 1 {
            for ((at, wanted), numbered) in numbers.iter().zip(&appended.numbers) {
                after.number(*at, &wanted.fact, &numbered.text);
            }
            let mut header = header;
            header.numbers.clone_from(&appended.numbers);
            after.written(RecordedEntry {
                leaf_index: appended.leaf_index,
                recorded_at: appended.recorded_at,
                header,
            });
            self.cache.keep(case_id, Arc::new(after));
        }
        Ok(Written { appended, outward })
    }
}

fn claim(
    agency: &AgencyFile,
    wanted: &WantedNumber,
    act: &ActPerformed,
    is_history: bool,
) -> Result<NumberClaim, WriteError> {
    let year = act.occurred.day.ymd().0;
    // Another prefix counts for itself.
    let (kind, style) = match wanted.prefix.as_str() {
        "" => (
            wanted.series.clone(),
            agency.number_style(&wanted.series, act.occurred.day),
        ),
        prefix => (
            format!("{}（{prefix}）", wanted.series),
            NumberStyle::usual(prefix, &wanted.series),
        ),
    };
    let Some(given) = &wanted.given else {
        return Ok(NumberClaim {
            series: Series { kind, year },
            style,
            printed: None,
            effect: NumberEffect::Issue,
        });
    };
    let Some((year, serial)) = style.read(given) else {
        return Err(WriteError::Number {
            fact: wanted.fact.clone(),
            text: format!(
                "文号“{given}”不符合本机关的式样（{}）",
                style.print(year, 1)
            ),
        });
    };
    Ok(NumberClaim {
        series: Series { kind, year },
        style,
        printed: Some(given.clone()),
        effect: if is_history {
            NumberEffect::TakeOver { serial }
        } else {
            NumberEffect::UseForm { serial }
        },
    })
}

fn hole(procedure: &Procedure, act: &ActPerformed, wanted: &WantedNumber, claim: usize) -> Hole {
    Hole {
        claim,
        label: stored::label_of_fact(procedure, &act.subject, &wanted.fact),
        path: vec!["facts".to_owned(), wanted.fact.clone()],
    }
}

fn act_of(entry: &mut Entry, at: usize) -> Option<&mut ActPerformed> {
    match entry {
        Entry::Act(act) => Some(act),
        Entry::TakenOver(taken) => taken.acts.get_mut(at),
        Entry::CalendarSettled { .. } | Entry::Corrected(_) | Entry::PartsDestroyed(_) => None,
    }
}
