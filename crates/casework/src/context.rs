//! What a decision reads besides the case: registers, the calendar, the agency's settings, linked cases.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::elsewhere::Elsewhere;
use crate::lists::Lists;
use law::Rules;
use law::discretion::Benchmark;
use law::model::Agency;
use law::power::Matter;
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
    /// Whether it is valid on a day, whatever it is for.
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

/// How a body comes to a power.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PowerKind {
    /// 本机关
    Own,
    /// 受委托组织，以本机关名义 (行政处罚法 20, 21)
    Entrusted,
    /// 受委托的行政机关，以本机关名义 (行政许可法 24)
    EntrustedOrgan,
    /// 法律法规授权的组织 (行政处罚法 19)
    Authorized,
    /// 集中行使处罚权的机关 (行政处罚法 18)
    Central,
    /// 集中行使许可权的机关
    CentralLicense,
    /// 承接处罚权的乡镇街道 (行政处罚法 24)
    Township,
    /// 流域管理机构
    Basin,
    /// 其他机关
    #[default]
    Other,
}

impl PowerKind {
    /// All of them.
    pub const ALL: [PowerKind; 9] = [
        PowerKind::Own,
        PowerKind::Entrusted,
        PowerKind::EntrustedOrgan,
        PowerKind::Authorized,
        PowerKind::Central,
        PowerKind::CentralLicense,
        PowerKind::Township,
        PowerKind::Basin,
        PowerKind::Other,
    ];

    /// Whether the agency itself decides, be it by the hands of others.
    pub fn is_own(self) -> bool {
        matches!(
            self,
            PowerKind::Own | PowerKind::Entrusted | PowerKind::EntrustedOrgan
        )
    }

    /// Why it cannot give a power of this kind: coercive measures are not entrusted to anybody (行政强制法 17), compulsory
    /// execution is for whom a statute names (行政强制法 13), a licence is entrusted to another administrative organ only
    /// (行政许可法 24). Nothing where it can.
    pub fn barred_from(self, matter: Matter) -> Option<&'static str> {
        match (self, matter) {
            (PowerKind::Entrusted | PowerKind::EntrustedOrgan, Matter::Measure) => {
                Some("行政强制措施权不得委托（行政强制法第十七条）")
            }
            (PowerKind::Entrusted | PowerKind::EntrustedOrgan, Matter::Execution) => {
                Some("行政强制执行由法律设定的机关实施，不得委托（行政强制法第十三条）")
            }
            (PowerKind::Entrusted, Matter::License) => {
                Some("行政许可只能委托其他行政机关实施（行政许可法第二十四条）")
            }
            _ => None,
        }
    }

    /// The powers that are meant where a row names neither items nor powers: the agency's own are all of them. Others hold
    /// what their kind is about, otherwise the power to punish, of which alone the map spoke at first.
    fn means(self, matter: Matter) -> bool {
        match self {
            PowerKind::Own => true,
            PowerKind::CentralLicense | PowerKind::EntrustedOrgan => matter == Matter::License,
            _ => matter == Matter::Penalty,
        }
    }

    /// As the law calls it.
    pub fn chinese(self) -> &'static str {
        match self {
            PowerKind::Own => "本机关",
            PowerKind::Entrusted => "受委托组织",
            PowerKind::EntrustedOrgan => "受委托的行政机关",
            PowerKind::Authorized => "法律法规授权的组织",
            PowerKind::Central => "集中行使处罚权的机关",
            PowerKind::CentralLicense => "集中行使许可权的机关",
            PowerKind::Township => "承接处罚权的乡镇街道",
            PowerKind::Basin => "流域管理机构",
            PowerKind::Other => "其他机关",
        }
    }
}

/// One line of the power map: who may punish, license, coerce, inspect or levy what, where, when, and who answers for it
/// (law.md G-SUBJECT).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Power {
    /// How the body comes to it.
    #[serde(default)]
    pub kind: PowerKind,
    /// The powers; empty where the items say it, or else the kind of the row.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub matters: BTreeSet<Matter>,
    /// Ids of enforcement items, of rows of the legal baseline, or of rows of the agency's list of items; empty means all.
    #[serde(default)]
    pub items: BTreeSet<String>,
    /// Names of places, separated by 、: any that stands in the place of the violation. Empty means everywhere.
    #[serde(default)]
    pub area: String,
    /// From this day; for good where there is none.
    #[serde(default)]
    pub until: Option<Day>,
    /// No longer from this day.
    #[serde(default)]
    pub ends: Option<Day>,
    /// The body, by its full name.
    #[serde(default)]
    pub passes_to: String,
    /// By which decision, statute or contract.
    #[serde(default)]
    pub basis: String,
    /// The day on which it was published.
    #[serde(default)]
    pub published_on: Option<Day>,
    /// The prefix of the numbers of its documents; empty where it is the agency's own.
    #[serde(default)]
    pub number_prefix: String,
    /// The seal that its decisions bear (行政处罚法 59); empty where the map does not say.
    #[serde(default)]
    pub seal: String,
    /// Who answers for its decisions in reconsideration and before the court (行政复议法 19); empty for the agency.
    #[serde(default)]
    pub respondent: String,
    /// Where reconsideration is applied for (行政复议法 24).
    #[serde(default)]
    pub remedy_organ: String,
    /// Which court is sued in.
    #[serde(default)]
    pub court: String,
}

impl Power {
    /// Whether it counts on a day. What a township takes over counts once it is published (行政处罚法 24).
    pub fn is_in_force(&self, day: Day) -> bool {
        let is_published = self.kind != PowerKind::Township
            || self.published_on.is_some_and(|published| published <= day);
        self.until.is_none_or(|from| from <= day)
            && self.ends.is_none_or(|ends| day < ends)
            && is_published
    }

    /// Whether it is about this power over an item, which goes by several ids.
    pub fn covers(&self, matter: Matter, item: &BTreeSet<String>) -> bool {
        self.is_about(matter) && (self.items.is_empty() || !self.items.is_disjoint(item))
    }

    /// Whether it is about this power, as far as its items do not say it.
    pub fn is_about(&self, matter: Matter) -> bool {
        match (self.matters.is_empty(), self.items.is_empty()) {
            (true, true) => self.kind.means(matter),
            (true, false) => true,
            (false, _) => self.matters.contains(&matter),
        }
    }

    /// Whether it is about some powers only, by its words or by its kind.
    fn is_narrow(&self) -> bool {
        !self.matters.is_empty()
            || matches!(
                self.kind,
                PowerKind::CentralLicense | PowerKind::EntrustedOrgan
            )
    }

    /// The names of its places.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        let names = self.area.split(['、', '，', ',', '\n']);
        names.map(str::trim).filter(|name| !name.is_empty())
    }

    /// Whether a place, in words, is one of its own.
    pub fn lies_at(&self, place: &str) -> bool {
        self.places().any(|name| place.contains(name))
    }

    /// Whether both speak of one power over one item, at one place, on one day, and neither is the more particular.
    pub fn rivals(&self, other: &Power) -> bool {
        let (items, places) = (&self.items, || self.places().collect::<BTreeSet<_>>());
        let theirs: BTreeSet<&str> = other.places().collect();
        let is_one_item = match (items.is_empty(), other.items.is_empty()) {
            (true, true) => true,
            (false, false) => !items.is_disjoint(&other.items),
            _ => false,
        };
        let is_one_place = match (places().is_empty(), theirs.is_empty()) {
            (true, true) => true,
            (false, false) => !places().is_disjoint(&theirs),
            _ => false,
        };
        let before = |ends: Option<Day>, begins: Option<Day>| {
            ends.zip(begins)
                .is_some_and(|(ends, begins)| ends <= begins)
        };
        let is_one_time = !before(self.ends, other.until) && !before(other.ends, self.until);
        let is_one_matter = self.is_narrow() == other.is_narrow()
            && Matter::ALL
                .into_iter()
                .any(|matter| self.is_about(matter) && other.is_about(matter));
        is_one_item && is_one_place && is_one_time && is_one_matter
    }

    /// Of several rows the more particular one counts, then the later one.
    pub fn rank(&self) -> (bool, bool, bool, Option<Day>) {
        (
            self.places().next().is_some(),
            !self.items.is_empty(),
            self.is_narrow(),
            self.until,
        )
    }
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
    /// The agency by its full name; empty where nobody said it.
    pub agency_name: String,
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
    /// What other cases say of the parties, where a rule asks for it.
    pub elsewhere: Arc<Vec<Elsewhere>>,
    /// The agency's benchmark of discretion (裁量权基准).
    pub benchmarks: Arc<Benchmark>,
    /// The agency's catalogue of decisions that need a review (重大执法决定法制审核目录).
    pub review_catalog: Arc<ReviewCatalog>,
    /// The agency's registers that the rules look things up in.
    pub lists: Arc<Lists>,
}

impl Context {
    /// The statute layer alone: nobody registered, nothing confirmed.
    pub fn of(rules: Arc<Rules>) -> Context {
        let calendar = Arc::new(rules.calendar.clone());
        Context {
            rules,
            calendar,
            agency_name: String::new(),
            agency: Agency::default(),
            people: BTreeMap::new(),
            powers: Vec::new(),
            approvals: Vec::new(),
            earlier_fines: Vec::new(),
            elsewhere: Arc::default(),
            benchmarks: Arc::default(),
            review_catalog: Arc::default(),
            lists: Arc::default(),
        }
    }
}
