//! Stored shapes: what a case's history is made of.
//!
//! An entry carries its consequences (what became owed, by when, what fell away), so that reading a history needs
//! neither a calendar nor a judgment, and a later engine cannot re-judge an old case. Names in here are ids, never
//! wording. Shapes are versioned; a change adds a version and lifts older ones.

use std::collections::BTreeMap;

use law::discretion::Receipt;
use law::fact::Sensitivity;
use law::time::{Pause, Period};
use serde::{Deserialize, Serialize};
use vocabulary::{Day, Moment};

/// The version of the shapes below. 2 added files, corrections, destructions and cases taken over; 3 added who recorded
/// an act; 4 added receipts; 5 added which case another one follows. What 1 to 4 wrote reads the same.
pub const VERSION: u32 = 5;

/// A file attached to an act: what it is known by. Its content lies in the file store under `sha256`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileRef {
    /// SHA-256 of the content, in hex: its address.
    pub sha256: String,
    /// SM3 of the content, in hex.
    pub sm3: String,
    /// Its length.
    pub size_bytes: u64,
    /// What it is, as found by looking at it.
    pub media_type: String,
    /// What it was called.
    pub name: String,
}

/// A person taking part in a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// Role id.
    pub role: String,
    /// Person id in the register.
    pub person: String,
}

/// Who recorded an act, and who stood for it with an account of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorder {
    /// The account that recorded it.
    pub account: String,
    /// The person of this account.
    pub person: String,
    /// The unit (承办机构) that this person belonged to; empty where units are not told apart.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub section: String,
    /// From a sheet that was signed on paper (纸签代录); the sheet is among the files.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_paper: bool,
    /// Those who agreed before, each signed in, the one who prepared it first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hands: Vec<Hand>,
}

/// Somebody agreed to what was to be recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hand {
    /// Person id.
    pub person: String,
    /// When.
    pub at: Moment,
}

/// A subject that came into the case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSubject {
    /// Subject kind id, such as `party`.
    pub kind: String,
    /// Number within its kind, from 1.
    pub number: u32,
    /// Its name: personal data, kept in a part of its own.
    pub name: String,
}

impl NewSubject {
    /// Which subject it is, without its name.
    pub fn subject(&self) -> SubjectId {
        SubjectId {
            kind: self.kind.clone(),
            number: self.number,
        }
    }
}

/// The subject of an act.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SubjectId {
    /// Subject kind id; `case` has number 0.
    pub kind: String,
    /// Number within its kind.
    pub number: u32,
}

/// A clock as it stood when the entry was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// What it counts from.
    pub base: Moment,
    /// Its length.
    pub period: Period,
    /// When it is due; nothing while it stands still.
    pub due: Option<Moment>,
    /// The date rests on a year without recorded holidays.
    pub provisional: bool,
    /// The length was confirmed by the agency, or is fixed by law.
    pub confirmed: bool,
    /// The edition of the calendar.
    pub calendar: String,
    /// Days not counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
    /// By what it was lengthened, each from the due date before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<Period>,
}

/// The obligation that a consequence is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObligationKey {
    /// Rule id.
    pub rule: String,
    /// The event or facts that set it off.
    pub trigger: String,
    /// Events any of which meets it.
    pub targets: Vec<String>,
    /// For whom.
    pub subject: SubjectId,
}

/// What an act brought about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "the fields say which rule, event, subject and clock"
)]
pub enum Consequence {
    /// An obligation was met; `late` when after its due date.
    Met {
        obligation: ObligationKey,
        late: bool,
    },
    /// An obligation arose.
    Owed {
        obligation: ObligationKey,
        clock: Option<Clock>,
        undetermined: bool,
    },
    /// An event was done.
    Done { event: String, subject: SubjectId },
    /// An event fell away.
    Excluded { event: String, subject: SubjectId },
    /// An event came into play.
    Included { event: String, subject: SubjectId },
    /// An event counts no longer, its window is open again.
    Reopened { event: String, subject: SubjectId },
    /// A window opened.
    Opened {
        rule: String,
        event: String,
        subject: SubjectId,
        clock: Option<Clock>,
    },
    /// An obligation that should never have arisen falls away with the correction of what brought it about.
    Released { obligation: ObligationKey },
    /// The clock of a rule changed: stopped, resumed, lengthened or settled.
    Moved {
        obligation: ObligationKey,
        clock: Clock,
        by: String,
    },
    /// A departure of an outside act was kept.
    DefectKept {
        rule: String,
        event: String,
        subject: SubjectId,
    },
    /// A defect was cured.
    DefectCured {
        rule: String,
        event: String,
        subject: SubjectId,
    },
}

/// An act performed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActPerformed {
    /// Event id.
    pub event: String,
    /// For whom.
    pub subject: SubjectId,
    /// When the law counts it.
    pub occurred: Moment,
    /// Who took part.
    #[serde(default)]
    pub people: Vec<Participant>,
    /// Facts by id.
    #[serde(default)]
    pub facts: BTreeMap<String, serde_json::Value>,
    /// Subjects that came in.
    #[serde(default)]
    pub introduced: Vec<NewSubject>,
    /// Written reasons, by rule, where the law asks for one.
    #[serde(default)]
    pub reasons: BTreeMap<String, String>,
    /// What it brought about, in order.
    pub consequences: Vec<Consequence>,
    /// Rules that it departed from without being refused, by id.
    #[serde(default)]
    pub cautions: Vec<String>,
    /// Scans, photos, recordings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileRef>,
    /// How discretion was used, as it was computed on that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Box<Receipt>>,
    /// The case that the one opened by this act follows, by id (承接).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
    /// Who recorded it; nobody where time brought it about, or where it came from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorder: Option<Recorder>,
}

/// An earlier act as it should have been recorded. The entry that it names stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The number of the entry that it corrects, from 1 within the case.
    pub of: u32,
    /// Which of its acts, from 0: more than one only in a case taken over.
    #[serde(default)]
    pub within: usize,
    /// The act as it should have been recorded, with what it would have brought about.
    pub act: ActPerformed,
    /// What changes in the case by it.
    pub changes: Vec<Consequence>,
    /// Names of subjects that the act brought in, as they should have been.
    pub renamed: Vec<NewSubject>,
    /// On which day it was corrected.
    pub on: Day,
    /// Who found it.
    pub asked_by: String,
    /// Who approved.
    pub approved_by: String,
    /// Why.
    pub reason: String,
}

/// A part of an entry of the same case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PartOfEntry {
    /// The number of the entry, from 1 within the case.
    pub entry: u32,
    /// The label of the part.
    pub label: String,
}

/// Parts that were lawfully destroyed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destruction {
    /// Which parts.
    pub parts: Vec<PartOfEntry>,
    /// On which day.
    pub on: Day,
    /// On what legal ground: statute and article.
    pub basis: String,
    /// Who asked for it.
    pub asked_by: String,
    /// Who approved.
    pub approved_by: String,
    /// Why.
    pub reason: String,
}

/// A case that was begun elsewhere, with everything that happened in it before: recorded once, approved once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeOver {
    /// Where it comes from: paper, or another system.
    pub from: String,
    /// On which day it was taken over.
    pub on: Day,
    /// Who entered it.
    pub entered_by: String,
    /// Who approved.
    pub approved_by: String,
    /// The signed sheet, where the approval stands on paper and whoever entered the case recorded it (纸签代录).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sheet: Vec<FileRef>,
    /// What was done, in the order of the law's dates, each with what departs from the law as a caution.
    pub acts: Vec<ActPerformed>,
}

/// An entry of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    /// An act of a procedure.
    Act(Box<ActPerformed>),
    /// A calendar year was published and clocks were settled.
    CalendarSettled {
        /// The new edition.
        edition: String,
        /// On which day.
        on: Day,
        /// The clocks that became final or moved.
        moved: Vec<Consequence>,
    },
    /// An earlier entry was corrected.
    Corrected(Box<Correction>),
    /// Parts of earlier entries were destroyed.
    PartsDestroyed(Box<Destruction>),
    /// The case was taken over with its history.
    TakenOver(Box<TakeOver>),
}

impl Entry {
    /// When the law counts it; a correction counts from the day of what it corrects.
    pub fn occurred(&self) -> Moment {
        match self {
            Entry::Act(act) => act.occurred,
            Entry::CalendarSettled { on, .. } => Moment::from(*on),
            Entry::Corrected(correction) => correction.act.occurred,
            Entry::PartsDestroyed(destruction) => Moment::from(destruction.on),
            Entry::TakenOver(case) => case
                .acts
                .iter()
                .map(|act| act.occurred)
                .max()
                .unwrap_or(Moment::from(case.on)),
        }
    }
}

/// The sensitivity classes under which an entry's facts are kept apart.
pub const PART_ORDER: [Sensitivity; 3] = [
    Sensitivity::Public,
    Sensitivity::Personal,
    Sensitivity::Secret,
];
