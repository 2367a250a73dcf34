//! What a decision reads besides the case: registers, the calendar, the agency's settings, linked cases.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use law::Rules;
use law::discretion::Benchmark;
use law::model::Agency;
use law::review_catalog::ReviewCatalog;
use law::time::Calendar;
use serde::{Deserialize, Serialize};
use vocabulary::{Day, Fen};

/// A law enforcement credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// Its number.
    pub number: String,
    /// Valid from.
    pub from: Day,
    /// Valid until, this day included.
    pub until: Day,
    /// Suspended or withdrawn from this day.
    #[serde(default)]
    pub suspended_from: Option<Day>,
    /// The kind of enforcement that it is for (执法类别), as printed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// The area that it is for, as printed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub area: String,
    /// Who issued it, as printed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub issued_by: String,
}

impl Credential {
    /// Whether it is valid on a day.
    pub fn is_valid(&self, day: Day) -> bool {
        self.from <= day && day <= self.until && self.suspended_from.is_none_or(|from| day < from)
    }
}

/// The level of a person in charge, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 承办机构负责人
    UnitHead,
    /// 分管负责人
    DeputyLeader,
    /// 主要负责人
    ChiefLeader,
}

impl Level {
    /// The lowest that decides for the agency (law.md G-HEADSIGN): an approval table may ask for more, never for less.
    pub const DECIDES: Level = Level::DeputyLeader;

    /// As the law calls it.
    pub fn chinese(self) -> &'static str {
        match self {
            Level::UnitHead => "承办机构负责人",
            Level::DeputyLeader => "分管负责人",
            Level::ChiefLeader => "主要负责人",
        }
    }
}

/// A person of the agency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Stable id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Credentials, past ones included.
    #[serde(default)]
    pub credentials: Vec<Credential>,
    /// National legal qualification.
    #[serde(default)]
    pub law_qualified: bool,
    /// Reviewed penalty decisions first on this day.
    #[serde(default)]
    pub reviewer_since: Option<Day>,
    /// In charge at this level.
    #[serde(default)]
    pub level: Option<Level>,
}

/// One line of the power map: who may punish what, where, when (law.md G-SUBJECT).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Power {
    /// Item ids; empty means all.
    #[serde(default)]
    pub items: BTreeSet<String>,
    /// From this day the power is with somebody else.
    pub until: Option<Day>,
    /// Who has it then.
    #[serde(default)]
    pub passes_to: String,
}

/// The approval table: from which amount which level must approve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalRow {
    /// From this fine.
    pub fine_from: Fen,
    /// At least this level.
    pub level: Level,
}

/// A fine already imposed for the same act, by whom ever (行政处罚法 29).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierFine {
    /// Party number in this case.
    pub party: u32,
    /// The decision.
    pub document: String,
}

/// A snapshot of everything outside the case.
#[derive(Clone, Debug)]
pub struct Context {
    /// Statute layer.
    pub rules: Arc<Rules>,
    /// The calendar, with years added by the agency.
    pub calendar: Arc<Calendar>,
    /// Agency layer: confirmations and values.
    pub agency: Agency,
    /// People by id.
    pub people: BTreeMap<String, Person>,
    /// Powers that passed to somebody else.
    pub powers: Vec<Power>,
    /// The approval table, ascending.
    pub approvals: Vec<ApprovalRow>,
    /// Fines for the same act from elsewhere.
    pub earlier_fines: Vec<EarlierFine>,
    /// The agency's benchmark of discretion (裁量权基准).
    pub benchmarks: Arc<Benchmark>,
    /// The agency's catalogue of decisions that need a review (重大执法决定法制审核目录).
    pub review_catalog: Arc<ReviewCatalog>,
}

impl Context {
    /// The statute layer alone: nobody registered, nothing confirmed.
    pub fn of(rules: Arc<Rules>) -> Context {
        let calendar = Arc::new(rules.calendar.clone());
        Context {
            rules,
            calendar,
            agency: Agency::default(),
            people: BTreeMap::new(),
            powers: Vec::new(),
            approvals: Vec::new(),
            earlier_fines: Vec::new(),
            benchmarks: Arc::default(),
            review_catalog: Arc::default(),
        }
    }
}
