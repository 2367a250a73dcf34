//! From an entry of a case to what the record keeps of it, and back.
//!
//! The header says what happened and what it brought about, in ids alone. Facts, names, people and written reasons
//! live in parts: one for each sensitivity and each subject they speak of, so that one can be shown or destroyed
//! without the others. Reading puts together whatever parts are still there.

use crate::numbers::Numbered;
use crate::ports::Outward;
use casework::entry::{
    ActPerformed, Consequence, Correction, Destruction, Entry, FileRef, NewSubject, PartOfEntry,
    Participant, Recorder, SubjectId, TakeOver, VERSION,
};
use law::discretion::Receipt;
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
    /// What its claims on numbers came to; written by the record itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<Numbered>,
}

/// An act, without whom and what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderAct {
    /// Event id.
    pub event: String,
    /// For whom.
    pub subject: SubjectId,
    /// When the law counts it.
    pub occurred: Moment,
    /// Subjects that came in.
    pub introduced: Vec<SubjectId>,
    /// What it brought about.
    pub consequences: Vec<Consequence>,
    /// Rules that it departed from.
    pub cautions: Vec<String>,
    /// The unit (承办机构) of whoever recorded it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub section: String,
    /// It was signed on paper and recorded by somebody else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_paper: bool,
    /// The case that this one follows, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
}

/// What happened, without whom and what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HeaderEntry {
    /// An act of a procedure.
    Act(HeaderAct),
    /// A calendar year was published.
    CalendarSettled {
        /// The new edition.
        edition: String,
        /// On which day.
        on: Day,
        /// The clocks that moved.
        moved: Vec<Consequence>,
    },
    /// An earlier entry was corrected.
    Corrected {
        /// The number of the entry.
        of: u32,
        /// Which of its acts.
        #[serde(default)]
        within: usize,
        /// The act as it should have been recorded.
        act: HeaderAct,
        /// Subjects whose name was corrected.
        renamed: Vec<SubjectId>,
        /// What changes by it.
        changes: Vec<Consequence>,
        /// On which day.
        on: Day,
    },
    /// Parts of earlier entries were destroyed.
    PartsDestroyed {
        /// Which parts.
        parts: Vec<PartOfEntry>,
        /// On which day.
        on: Day,
        /// On what legal ground.
        basis: String,
    },
    /// The case was taken over with its history.
    TakenOver {
        /// On which day.
        on: Day,
        /// What was done before.
        acts: Vec<HeaderAct>,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<FileRef>,
    /// Who asked for and who approved what is no act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<By>,
    /// How discretion was used about a party.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    receipt: Option<Box<Receipt>>,
    /// Who recorded an act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recorder: Option<Recorder>,
    /// The parts of the acts of a case taken over, by their place.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    acts: BTreeMap<usize, Body>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct By {
    asked: String,
    approved: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    from: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    reason: String,
    /// The signed sheet of an approval on paper. One sheet may stand for many cases, so it is none of the files that go
    /// with a case when its parts are destroyed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sheet: Vec<FileRef>,
}

/// The kind under which a file is labelled as if it were a subject, so that each can be destroyed alone.
const FILE: &str = "file";

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
type Bodies = BTreeMap<Key, Body>;

/// What is kept of an entry; `salt` gives 32 fresh bytes for each part.
pub fn write(
    procedure: &Procedure,
    entry: &Entry,
    outward: Option<Outward>,
    salt: &mut dyn FnMut() -> [u8; 32],
) -> Result<(Header, Vec<Part>), StoredError> {
    let mut bodies = Bodies::new();
    let kept = match entry {
        Entry::Act(act) => {
            separate(procedure, act, 0, &mut bodies);
            HeaderEntry::Act(header_act(act))
        }
        Entry::CalendarSettled { edition, on, moved } => HeaderEntry::CalendarSettled {
            edition: edition.clone(),
            on: *on,
            moved: moved.clone(),
        },
        Entry::Corrected(correction) => {
            separate(procedure, &correction.act, 0, &mut bodies);
            for renamed in &correction.renamed {
                let key = (Sensitivity::Personal, Some(renamed.subject()));
                bodies.entry(key).or_default().name = Some(renamed.name.clone());
            }
            let by = (
                correction.asked_by.as_str(),
                correction.approved_by.as_str(),
            );
            signed(&mut bodies, by, "", &correction.reason, &[]);
            HeaderEntry::Corrected {
                of: correction.of,
                within: correction.within,
                act: header_act(&correction.act),
                renamed: correction.renamed.iter().map(NewSubject::subject).collect(),
                changes: correction.changes.clone(),
                on: correction.on,
            }
        }
        Entry::PartsDestroyed(destruction) => {
            let by = (
                destruction.asked_by.as_str(),
                destruction.approved_by.as_str(),
            );
            signed(&mut bodies, by, "", &destruction.reason, &[]);
            HeaderEntry::PartsDestroyed {
                parts: destruction.parts.clone(),
                on: destruction.on,
                basis: destruction.basis.clone(),
            }
        }
        Entry::TakenOver(taken) => {
            let mut files = 0;
            for (at, act) in taken.acts.iter().enumerate() {
                let mut own = Bodies::new();
                separate(procedure, act, files, &mut own);
                files += act.files.len();
                for (key, body) in own {
                    bodies.entry(key).or_default().acts.insert(at, body);
                }
            }
            let by = (taken.entered_by.as_str(), taken.approved_by.as_str());
            signed(&mut bodies, by, &taken.from, "", &taken.sheet);
            HeaderEntry::TakenOver {
                on: taken.on,
                acts: taken.acts.iter().map(header_act).collect(),
            }
        }
    };
    let header = Header {
        version: VERSION,
        procedure: procedure.id.clone(),
        entry: kept,
        outward,
        numbers: Vec::new(),
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
    Ok((header, parts))
}

fn header_act(act: &ActPerformed) -> HeaderAct {
    HeaderAct {
        event: act.event.clone(),
        subject: act.subject.clone(),
        occurred: act.occurred,
        introduced: act.introduced.iter().map(NewSubject::subject).collect(),
        consequences: act.consequences.clone(),
        cautions: act.cautions.clone(),
        section: act
            .recorder
            .as_ref()
            .map_or_else(String::new, |recorder| recorder.section.clone()),
        on_paper: act
            .recorder
            .as_ref()
            .is_some_and(|recorder| recorder.on_paper),
        follows: act.follows.clone(),
    }
}

fn signed(
    bodies: &mut Bodies,
    (asked, approved): (&str, &str),
    from: &str,
    reason: &str,
    sheet: &[FileRef],
) {
    let body = bodies.entry((Sensitivity::Personal, None)).or_default();
    body.by = Some(By {
        asked: asked.to_owned(),
        approved: approved.to_owned(),
        from: from.to_owned(),
        reason: reason.to_owned(),
        sheet: sheet.to_vec(),
    });
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// Reads the header of a stored entry.
pub fn read_header(json: &serde_json::Value) -> Result<Header, StoredError> {
    known_version(Header::deserialize(json), || Versioned::deserialize(json))
}

/// Reads the header of a stored entry from its stored text.
pub fn parse_header(text: &str) -> Result<Header, StoredError> {
    known_version(serde_json::from_str(text), || serde_json::from_str(text))
}

fn known_version(
    header: Result<Header, serde_json::Error>,
    versioned: impl FnOnce() -> Result<Versioned, serde_json::Error>,
) -> Result<Header, StoredError> {
    // What version 1 wrote has the same shape: later versions only added kinds and fields.
    let is_known = |version: u32| (1..=VERSION).contains(&version);
    match (header, versioned) {
        (Ok(header), _) if is_known(header.version) => Ok(header),
        (Ok(header), _) => Err(StoredError::UnknownVersion(header.version)),
        // What a later program wrote may have any shape; that it is later is what to say.
        (Err(error), versioned) => match versioned() {
            Ok(Versioned { version }) if !is_known(version) => {
                Err(StoredError::UnknownVersion(version))
            }
            _ => Err(error.into()),
        },
    }
}

/// Puts an entry together from its header and the parts that are still there.
pub fn read(header: &Header, parts: &[Part]) -> Result<Entry, StoredError> {
    if let HeaderEntry::CalendarSettled { edition, on, moved } = &header.entry {
        return Ok(Entry::CalendarSettled {
            edition: edition.clone(),
            on: *on,
            moved: moved.clone(),
        });
    }
    let mut bodies: Vec<(String, Body)> = Vec::new();
    let mut by = By::default();
    for part in parts {
        if let Some(about) = about(part.label.as_str()) {
            let mut body: Body = serde_json::from_slice(&part.body)?;
            by = body.by.take().unwrap_or(by);
            bodies.push((about.to_owned(), body));
        }
    }
    Ok(match &header.entry {
        HeaderEntry::Act(act) => Entry::Act(Box::new(together(act, bodies))),
        HeaderEntry::CalendarSettled { edition, on, moved } => Entry::CalendarSettled {
            edition: edition.clone(),
            on: *on,
            moved: moved.clone(),
        },
        HeaderEntry::Corrected {
            of,
            within,
            act,
            renamed,
            changes,
            on,
        } => {
            let renamed = renamed.iter().map(|subject| {
                let about = subject_text(subject);
                let mut named = bodies.iter().filter(|(of, _)| *of == about);
                NewSubject {
                    kind: subject.kind.clone(),
                    number: subject.number,
                    // The name that was wrong does not come back where the right one is gone.
                    name: named
                        .find_map(|(_, body)| body.name.clone())
                        .unwrap_or_else(|| DESTROYED.to_owned()),
                }
            });
            Entry::Corrected(Box::new(Correction {
                of: *of,
                within: *within,
                renamed: renamed.collect::<Vec<_>>(),
                act: together(act, bodies),
                changes: changes.clone(),
                on: *on,
                asked_by: by.asked,
                approved_by: by.approved,
                reason: by.reason,
            }))
        }
        HeaderEntry::PartsDestroyed { parts, on, basis } => {
            Entry::PartsDestroyed(Box::new(Destruction {
                parts: parts.clone(),
                on: *on,
                basis: basis.clone(),
                asked_by: by.asked,
                approved_by: by.approved,
                reason: by.reason,
            }))
        }
        HeaderEntry::TakenOver { on, acts } => Entry::TakenOver(Box::new(TakeOver {
            from: by.from,
            on: *on,
            entered_by: by.asked,
            approved_by: by.approved,
            sheet: by.sheet,
            acts: acts
                .iter()
                .enumerate()
                .map(|(at, act)| {
                    let own = bodies
                        .iter_mut()
                        .filter_map(|(about, body)| Some((about.clone(), body.acts.remove(&at)?)));
                    together(act, own.collect())
                })
                .collect(),
        })),
    })
}

/// An act from its header and the bodies that speak of it, each with the subject that it is about.
fn together(header: &HeaderAct, bodies: Vec<(String, Body)>) -> ActPerformed {
    let mut act = ActPerformed {
        event: header.event.clone(),
        subject: header.subject.clone(),
        occurred: header.occurred,
        people: Vec::new(),
        facts: BTreeMap::new(),
        introduced: Vec::new(),
        reasons: BTreeMap::new(),
        consequences: header.consequences.clone(),
        cautions: header.cautions.clone(),
        files: Vec::new(),
        receipt: None,
        follows: header.follows.clone(),
        recorder: None,
    };
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut files = BTreeMap::new();
    for (about, body) in bodies {
        act.people.extend(body.people);
        act.facts.extend(body.facts);
        act.reasons.extend(body.reasons);
        act.receipt = body.receipt.or(act.receipt);
        if let Some(recorder) = body.recorder {
            act.recorder = Some(recorder);
        }
        if let Some(file) = body.file {
            let number = about.rsplit('-').next().and_then(|n| n.parse::<u32>().ok());
            files.insert(number, file);
        }
        if let Some(name) = body.name {
            names.insert(about, name);
        }
    }
    act.files = files.into_values().collect();
    // The unit stands in the header: it tells where a case belongs although the names are gone.
    if !header.section.is_empty() || header.on_paper || act.recorder.is_some() {
        let recorder = act.recorder.get_or_insert_default();
        recorder.section.clone_from(&header.section);
        recorder.on_paper = header.on_paper;
    }
    act.introduced = header
        .introduced
        .iter()
        .map(|subject| NewSubject {
            kind: subject.kind.clone(),
            number: subject.number,
            name: names
                .remove(&subject_text(subject))
                .unwrap_or_else(|| DESTROYED.to_owned()),
        })
        .collect();
    act
}

/// The facts, names, people and files of an act, by the part that keeps them; `files` came before within the entry.
fn separate(procedure: &Procedure, act: &ActPerformed, files: usize, bodies: &mut Bodies) {
    if !act.people.is_empty() || !act.reasons.is_empty() || act.recorder.is_some() {
        let body = bodies.entry((Sensitivity::Personal, None)).or_default();
        body.people.clone_from(&act.people);
        body.reasons.clone_from(&act.reasons);
        body.recorder = act.recorder.clone().map(|recorder| Recorder {
            section: String::new(),
            on_paper: false,
            ..recorder
        });
    }
    if let Some(receipt) = &act.receipt {
        // It goes with the facts of the party that it was computed from.
        let about = (act.subject.number != 0).then(|| act.subject.clone());
        let body = bodies.entry((Sensitivity::Personal, about)).or_default();
        body.receipt = Some(receipt.clone());
    }
    for newcomer in &act.introduced {
        bodies
            .entry((Sensitivity::Personal, Some(newcomer.subject())))
            .or_default()
            .name = Some(newcomer.name.clone());
    }
    let before = u32::try_from(files).unwrap_or(u32::MAX);
    for (number, file) in (before.saturating_add(1)..).zip(&act.files) {
        let subject = SubjectId {
            kind: FILE.to_owned(),
            number,
        };
        bodies
            .entry((Sensitivity::Personal, Some(subject)))
            .or_default()
            .file = Some(file.clone());
    }
    for (key, value) in &act.facts {
        bodies
            .entry(place_of_fact(procedure, &act.subject, key))
            .or_default()
            .facts
            .insert(key.clone(), value.clone());
    }
}

/// The part that holds a fact of an act for `subject`.
fn place_of_fact(procedure: &Procedure, subject: &SubjectId, key: &str) -> Key {
    let (id, number) = match key.split_once('#') {
        Some((id, number)) => (id, number.parse::<u32>().ok()),
        None => (key, None),
    };
    // What the procedure does not know is kept as closely as what it holds to be personal.
    let Some(fact) = procedure.fact(id).map(|fact| &procedure.facts[fact]) else {
        return (Sensitivity::Personal, None);
    };
    let kind = procedure
        .subjects
        .get(usize::from(fact.domain.0))
        .map(|kind| kind.id.clone());
    let about = match (kind, number) {
        (Some(kind), Some(number)) => Some(SubjectId { kind, number }),
        (Some(kind), None) if kind == subject.kind && subject.number != 0 => Some(subject.clone()),
        _ => None,
    };
    (fact.sensitivity, about)
}

/// The files that a part names, by their address.
pub(crate) fn files_in(part: &Part) -> Vec<String> {
    let Ok(body) = serde_json::from_slice::<Body>(&part.body) else {
        return Vec::new();
    };
    let inner = body.acts.values().filter_map(|body| body.file.as_ref());
    body.file
        .iter()
        .chain(inner)
        .map(|file| file.sha256.clone())
        .collect()
}

/// The label of the part that holds a fact of an act for `subject`.
pub(crate) fn label_of_fact(procedure: &Procedure, subject: &SubjectId, key: &str) -> String {
    let (sensitivity, about) = place_of_fact(procedure, subject, key);
    label(sensitivity, about.as_ref())
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
