//! From an entry of a case to what the record keeps of it, and back.
//!
//! The header says what happened and what it brought about, in ids alone. Facts, names, people and written reasons
//! live in parts: one for each sensitivity and each subject they speak of, so that one can be shown or destroyed
//! without the others. Reading puts together whatever parts are still there.

use crate::ports::Outward;
use casework::entry::{
    ActPerformed, Consequence, Entry, NewSubject, Participant, SubjectId, VERSION,
};
use law::fact::Sensitivity;
use law::model::Procedure;
use proof::{BadLabel, Label, Part};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use vocabulary::{Day, Moment};

/// What stands for a name that was destroyed.
pub const DESTROYED: &str = "（已依法销毁）";

/// The header: no name, no fact, nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the shapes.
    pub version: u32,
    /// The procedure that the case follows.
    pub procedure: String,
    /// What happened.
    pub entry: HeaderEntry,
    /// What it does to the public side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outward: Option<Outward>,
}

/// What happened, without whom and what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HeaderEntry {
    /// An act of a procedure.
    Act {
        /// Event id.
        event: String,
        /// For whom.
        subject: SubjectId,
        /// When the law counts it.
        occurred: Moment,
        /// Subjects that came in.
        introduced: Vec<SubjectId>,
        /// What it brought about.
        consequences: Vec<Consequence>,
        /// Rules that it departed from.
        cautions: Vec<String>,
    },
    /// A calendar year was published.
    CalendarSettled {
        /// The new edition.
        edition: String,
        /// On which day.
        on: Day,
        /// The clocks that moved.
        moved: Vec<Consequence>,
    },
}

/// One separable part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Body {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    people: Vec<Participant>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    facts: BTreeMap<String, serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    reasons: BTreeMap<String, String>,
}

/// Why an entry cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// Not of this shape.
    #[error("the stored entry cannot be read")]
    Shape(#[from] serde_json::Error),
    /// Written by a later program.
    #[error("the stored entry has version {0}, this program reads {VERSION}")]
    UnknownVersion(u32),
    /// The id of a subject kind cannot name a part.
    #[error("a part cannot be named")]
    Label(#[from] BadLabel),
}

type Key = (Sensitivity, Option<SubjectId>);

/// What is kept of an entry; `salt` gives 32 fresh bytes for each part.
pub fn write(
    procedure: &Procedure,
    entry: &Entry,
    outward: Option<Outward>,
    salt: &mut dyn FnMut() -> [u8; 32],
) -> Result<(serde_json::Value, Vec<Part>), StoredError> {
    let mut bodies: BTreeMap<Key, Body> = BTreeMap::new();
    let kept = match entry {
        Entry::Act(act) => {
            separate(procedure, act, &mut bodies);
            HeaderEntry::Act {
                event: act.event.clone(),
                subject: act.subject.clone(),
                occurred: act.occurred,
                introduced: act.introduced.iter().map(subject_of).collect(),
                consequences: act.consequences.clone(),
                cautions: act.cautions.clone(),
            }
        }
        Entry::CalendarSettled { edition, on, moved } => HeaderEntry::CalendarSettled {
            edition: edition.clone(),
            on: *on,
            moved: moved.clone(),
        },
    };
    let header = Header {
        version: VERSION,
        procedure: procedure.id.clone(),
        entry: kept,
        outward,
    };
    let mut parts = Vec::new();
    for ((sensitivity, subject), body) in bodies {
        parts.push(Part {
            label: Label::parse(&label(sensitivity, subject.as_ref()))?,
            sensitivity: outside(sensitivity),
            salt: salt(),
            body: serde_json::to_vec(&body)?,
        });
    }
    Ok((serde_json::to_value(&header)?, parts))
}

/// Reads the header of a stored entry.
pub fn read_header(json: &serde_json::Value) -> Result<Header, StoredError> {
    let header = Header::deserialize(json)?;
    if header.version != VERSION {
        return Err(StoredError::UnknownVersion(header.version));
    }
    Ok(header)
}

/// Puts an entry together from its header and the parts that are still there.
pub fn read(header: &Header, parts: &[Part]) -> Result<Entry, StoredError> {
    let (event, subject, occurred, introduced, consequences, cautions) = match &header.entry {
        HeaderEntry::CalendarSettled { edition, on, moved } => {
            return Ok(Entry::CalendarSettled {
                edition: edition.clone(),
                on: *on,
                moved: moved.clone(),
            });
        }
        HeaderEntry::Act {
            event,
            subject,
            occurred,
            introduced,
            consequences,
            cautions,
        } => (event, subject, occurred, introduced, consequences, cautions),
    };
    let mut act = ActPerformed {
        event: event.clone(),
        subject: subject.clone(),
        occurred: *occurred,
        people: Vec::new(),
        facts: BTreeMap::new(),
        introduced: Vec::new(),
        reasons: BTreeMap::new(),
        consequences: consequences.clone(),
        cautions: cautions.clone(),
    };
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for part in parts {
        let Some(about) = about(part.label.as_str()) else {
            continue;
        };
        let body: Body = serde_json::from_slice(&part.body)?;
        act.people.extend(body.people);
        act.facts.extend(body.facts);
        act.reasons.extend(body.reasons);
        if let Some(name) = body.name {
            names.insert(about.to_owned(), name);
        }
    }
    act.introduced = introduced
        .iter()
        .map(|subject| NewSubject {
            kind: subject.kind.clone(),
            number: subject.number,
            name: names
                .remove(&subject_text(subject))
                .unwrap_or_else(|| DESTROYED.to_owned()),
        })
        .collect();
    Ok(Entry::Act(Box::new(act)))
}

fn separate(procedure: &Procedure, act: &ActPerformed, bodies: &mut BTreeMap<Key, Body>) {
    if !act.people.is_empty() || !act.reasons.is_empty() {
        let body = bodies.entry((Sensitivity::Personal, None)).or_default();
        body.people.clone_from(&act.people);
        body.reasons.clone_from(&act.reasons);
    }
    for newcomer in &act.introduced {
        bodies
            .entry((Sensitivity::Personal, Some(subject_of(newcomer))))
            .or_default()
            .name = Some(newcomer.name.clone());
    }
    for (key, value) in &act.facts {
        let (id, number) = match key.split_once('#') {
            Some((id, number)) => (id, number.parse::<u32>().ok()),
            None => (key.as_str(), None),
        };
        // What the procedure does not know is kept as closely as what it holds to be personal.
        let (sensitivity, subject) = match procedure.fact(id).map(|fact| &procedure.facts[fact]) {
            None => (Sensitivity::Personal, None),
            Some(fact) => {
                let kind = procedure
                    .subjects
                    .get(usize::from(fact.domain.0))
                    .map(|kind| kind.id.clone());
                let subject = match (kind, number) {
                    (Some(kind), Some(number)) => Some(SubjectId { kind, number }),
                    (Some(kind), None) if kind == act.subject.kind && act.subject.number != 0 => {
                        Some(act.subject.clone())
                    }
                    _ => None,
                };
                (fact.sensitivity, subject)
            }
        };
        bodies
            .entry((sensitivity, subject))
            .or_default()
            .facts
            .insert(key.clone(), value.clone());
    }
}

fn subject_of(newcomer: &NewSubject) -> SubjectId {
    SubjectId {
        kind: newcomer.kind.clone(),
        number: newcomer.number,
    }
}

fn subject_text(subject: &SubjectId) -> String {
    format!("{}-{}", subject.kind, subject.number)
}

fn word(sensitivity: Sensitivity) -> &'static str {
    match sensitivity {
        Sensitivity::Public => "public",
        Sensitivity::Personal => "personal",
        Sensitivity::Secret => "secret",
    }
}

fn label(sensitivity: Sensitivity, subject: Option<&SubjectId>) -> String {
    let word = word(sensitivity);
    subject.map_or_else(
        || word.to_owned(),
        |subject| format!("{word}/{}", subject_text(subject)),
    )
}

/// The subject that a part of an entry speaks of; nothing for parts that are made from others, such as a publication.
fn about(label: &str) -> Option<&str> {
    let (sensitivity, about) = label.split_once('/').unwrap_or((label, ""));
    let all = [
        Sensitivity::Public,
        Sensitivity::Personal,
        Sensitivity::Secret,
    ];
    all.into_iter()
        .any(|one| word(one) == sensitivity)
        .then_some(about)
}

fn outside(sensitivity: Sensitivity) -> proof::Sensitivity {
    match sensitivity {
        Sensitivity::Public => proof::Sensitivity::Public,
        Sensitivity::Personal => proof::Sensitivity::Personal,
        Sensitivity::Secret => proof::Sensitivity::Secret,
    }
}
