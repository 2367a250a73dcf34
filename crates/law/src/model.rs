//! What a procedure is once it is loaded: acts, events, rules, and the edges that the engine walks.
//!
//! An act done for every kind of document stands for one *event* per kind (送达:处罚决定书). A rule of a file may
//! name several acts; each pairing becomes one edge that points back to its rule. Everything is addressed by
//! small indexes, so that the same engine serves a page, a bench and the checker.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use vocabulary::Day;

use crate::checklist::Checklist;
use crate::condition::Condition;
use crate::fact::Fact;
use crate::filling::{Carry, Shortcut};
use crate::layout::Layout;
use crate::lookup::Lookup;
use crate::power::PowerLookup;
use crate::source::Place;
use crate::statute::{Citation, Verified};
use crate::time::Period;

/// Index of an act.
pub type ActIx = usize;
/// Index of an event: an act, for one kind of document where it concerns documents.
pub type EventIx = usize;
/// Index of a rule as it stands in a file.
pub type RuleIx = usize;
/// Index of a fact.
pub type FactIx = usize;
/// Index of a kind of document or publication.
pub type DocumentIx = usize;
/// Index of a setting.
pub type SettingIx = usize;

/// What members are counted by: the case itself, its parties, its evidence items, its measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Domain(pub u8);

/// The domain of the case, which has exactly one member.
pub const CASE: Domain = Domain(0);

/// The class of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectClass {
    /// 案件
    Case,
    /// 当事人
    Party,
    /// 证据
    Evidence,
    /// 措施
    Measure,
}

/// A kind of subject; its index is its domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// Stable id.
    pub id: String,
    /// Chinese name.
    pub name: String,
    /// Its class.
    pub class: SubjectClass,
    /// Facts that must be filled when a member comes in.
    pub required: Vec<FactIx>,
    /// Facts that may be filled then.
    pub optional: Vec<FactIx>,
}

/// A kind of document, or of publication, of which each member of its domain has one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Document {
    /// Stable id.
    pub id: String,
    /// Chinese name.
    pub name: String,
    /// Whose it is.
    pub domain: Domain,
    /// A publication rather than a served document.
    pub is_publication: bool,
    /// The document template of law.md 5.1.
    pub template: Option<String>,
}

/// A phase of the procedure, a band in the chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Phase {
    /// Stable id.
    pub id: String,
    /// Chinese name.
    pub name: String,
}

/// A legal role of a person taking part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Role {
    /// Stable id.
    pub id: String,
    /// Chinese name.
    pub name: String,
    /// Whether who fills it enforces the law and so needs a valid credential.
    pub is_officer: bool,
    /// Whether who has it sees and handles the cases of the own unit only.
    pub is_of_section: bool,
}

/// Whether the agency makes the act, or it happened in the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ActClass {
    /// 本机关作出: refused when unlawful.
    MadeHere,
    /// 客观发生: always recordable; what departs from the law is kept as a defect.
    HappenedOutside,
}

/// An act of the procedure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Act {
    /// Stable id.
    pub id: String,
    /// Chinese name.
    pub name: String,
    /// The phase it belongs to.
    pub phase: usize,
    /// Its class.
    pub class: ActClass,
    /// Roles that must be filled.
    pub roles: Vec<usize>,
    /// The domain whose new member it may bring in.
    pub introduces: Option<Domain>,
    /// May be done again at will.
    pub is_repeatable: bool,
    /// In play from the start.
    pub starts_included: bool,
    /// Shown in the public chart.
    pub is_public: bool,
    /// What overlays call it.
    pub tags: Vec<String>,
    /// What the act is about, in a sentence.
    pub note: String,
    /// The rule whose clock, once it has run out, brings the act about without anybody acting.
    pub due_of: Option<RuleIx>,
    /// Where it is declared.
    pub place: Place,
}

/// An act for one kind of subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// `penalty_decision`, or `document_service:penalty_decision_document`.
    pub id: String,
    /// 处罚决定, or 送达(处罚决定书).
    pub name: String,
    /// The act.
    pub act: ActIx,
    /// The document it concerns.
    pub document: Option<DocumentIx>,
    /// What it is done for.
    pub domain: Domain,
    /// Facts that must be filled.
    pub required: Vec<FactIx>,
    /// Facts that may be filled.
    pub optional: Vec<FactIx>,
    /// Facts that may be filled where the agency's list of recordings (音像记录事项清单) names the act.
    #[serde(skip)]
    pub listed: Vec<FactIx>,
    /// Numbers that doing it issues: given by the record, or brought along by a pre-numbered form or an import.
    pub numbered: Vec<FactIx>,
    /// Documents that come into being with it.
    pub issues: Vec<DocumentIx>,
    /// Prepared ways of filling it.
    #[serde(skip)]
    pub shortcuts: Vec<Shortcut>,
    /// What it takes over where it opens a case that follows another one.
    #[serde(skip)]
    pub carries: Vec<Carry>,
    /// Facts that say by which number a case goes that follows this one, with the ids of the procedures that it may be of.
    #[serde(skip)]
    pub follow_ups: Vec<(FactIx, Vec<String>)>,
}

impl Event {
    /// The facts that doing it sets but need not: what may be filled, and the numbers that it issues.
    pub fn unforced(&self) -> impl Iterator<Item = FactIx> {
        self.optional.iter().chain(&self.numbered).copied()
    }

    /// The facts that doing it may say: what it asks for, and what is asked where the list of recordings names it.
    pub fn sayable(&self) -> impl Iterator<Item = FactIx> {
        let asked = self.required.iter().copied().chain(self.unforced());
        asked.chain(self.listed.iter().copied())
    }

    /// Whether doing it may say this fact.
    pub fn says(&self, fact: FactIx) -> bool {
        self.sayable().any(|own| own == fact)
    }
}

/// How hard a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// 记录: kept, nothing more.
    Log,
    /// 说明理由: goes on with a written reason.
    Reason,
    /// 阻断: the act is refused.
    Block,
}

/// Which date decides whether a rule applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DateKey {
    /// The day of the act.
    Act,
    /// The day on which the violation ended.
    Violation,
    /// The day of filing.
    Filing,
    /// The day of the decision.
    Decision,
}

/// Who owes an obligation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Duty {
    /// 机关
    Agency,
    /// 当事人
    Party,
    /// 法院
    Court,
    /// 复议机关
    ReconsiderationOrgan,
    /// 其他机关
    OtherOrgan,
}

impl Duty {
    /// The name shown to people.
    pub fn chinese(self) -> &'static str {
        match self {
            Duty::Agency => "机关",
            Duty::Party => "当事人",
            Duty::Court => "法院",
            Duty::ReconsiderationOrgan => "复议机关",
            Duty::OtherOrgan => "其他机关",
        }
    }
}

/// A rule as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Unique id.
    pub id: String,
    /// Rows of the legal baseline that it puts into effect; its own id where none is named.
    pub rows: Vec<String>,
    /// The keyword of the notation, such as 前提.
    pub kind: String,
    /// Legal basis.
    pub cites: Vec<Citation>,
    /// How far the basis was checked.
    pub verified: Verified,
    /// The strength it declares.
    pub strength: Strength,
    /// The sentence of the file.
    pub note: String,
    /// In force from.
    pub from: Option<Day>,
    /// No longer in force from.
    pub until: Option<Day>,
    /// Which date decides.
    pub date_key: DateKey,
    /// Where it stands.
    pub place: Place,
    /// `依据:《行政处罚法》第四十四条〔G-NOTIFY〕`, made once.
    pub basis: String,
    /// The condition under which it holds, in Chinese.
    pub when: String,
    /// What follows the sentence of an obstacle: the condition and the basis, made once.
    pub tail: String,
}

impl Rule {
    /// The strength before the agency's confirmation is asked: what is not read in full cannot block.
    pub fn strength_when(&self, confirmed: bool) -> Strength {
        match self.verified {
            Verified::Yes => self.strength,
            Verified::Part | Verified::Mem if confirmed => self.strength,
            Verified::Part | Verified::Mem => self.strength.min(Strength::Reason),
            Verified::None if confirmed => self.strength,
            Verified::None => Strength::Log,
        }
    }
}

/// A length that is fixed by law, or one that a setting holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum PeriodRef {
    /// Fixed in the rule.
    Fixed(Period),
    /// Held by a setting.
    Setting(SettingIx),
}

/// What a period counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Base {
    /// The day of the act that started it.
    Act,
    /// A dated fact.
    Fact(FactIx),
}

/// `target` not before one of `sources`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConditionEdge {
    /// Its rule.
    pub rule: RuleIx,
    /// Any one of them.
    pub sources: Vec<EventIx>,
    /// What waits.
    pub target: EventIx,
    /// Not sooner than this after the source.
    pub delay: Option<PeriodRef>,
    /// Holds when.
    pub when: Option<Condition>,
    /// It lapses where none of its sources can be done any more; what is not there at all, such as a document that was never
    /// issued, is not there then either.
    pub lapses: bool,
    /// What to do, in Chinese.
    pub text: String,
}

/// What sets off an obligation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Trigger {
    /// The act was done.
    After(EventIx),
    /// A fact changed after it had been judged.
    Changed {
        /// One of these facts.
        facts: Vec<FactIx>,
        /// One of these was done before: the targets, where the rule names nothing else.
        since: Vec<EventIx>,
    },
}

/// After the trigger, one of `targets` is owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResponseEdge {
    /// Its rule.
    pub rule: RuleIx,
    /// What sets it off.
    pub trigger: Trigger,
    /// Any of them meets it; all of one domain.
    pub targets: Vec<EventIx>,
    /// The domain of the targets.
    pub domain: Domain,
    /// Within.
    pub period: Option<PeriodRef>,
    /// Counted from.
    pub base: Base,
    /// Who owes it.
    pub duty: Duty,
    /// What may not be done while it is outstanding.
    pub blocks: Vec<EventIx>,
    /// Holds when.
    pub when: Option<Condition>,
    /// What is owed, in Chinese.
    pub text: String,
}

/// `target` not while `source` is owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MilestoneEdge {
    /// Its rule.
    pub rule: RuleIx,
    /// What must not be outstanding.
    pub source: EventIx,
    /// What waits.
    pub target: EventIx,
    /// Holds when.
    pub when: Option<Condition>,
    /// What to do, in Chinese.
    pub text: String,
}

/// `target` only within a period after `source`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WindowEdge {
    /// Its rule.
    pub rule: RuleIx,
    /// What opens it; nothing for a period that runs from a dated fact alone.
    pub source: Option<EventIx>,
    /// What is open only for a while.
    pub target: EventIx,
    /// For how long.
    pub period: PeriodRef,
    /// Counted from.
    pub base: Base,
    /// Holds when.
    pub when: Option<Condition>,
    /// In Chinese.
    pub text: String,
}

/// After `source`, `target` falls away or comes into play.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FlowEdge {
    /// Its rule.
    pub rule: RuleIx,
    /// What does it.
    pub source: EventIx,
    /// What it happens to.
    pub target: EventIx,
    /// Comes into play rather than falls away.
    pub includes: bool,
    /// The acts are alternatives of one another.
    pub is_alternative: bool,
    /// Holds when.
    pub when: Option<Condition>,
}

/// `target` only when a condition over facts is true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequirementEdge {
    /// Its rule.
    pub rule: RuleIx,
    /// What is checked.
    pub target: EventIx,
    /// Must be true.
    pub must: Condition,
    /// Holds when.
    pub when: Option<Condition>,
    /// In Chinese.
    pub text: String,
}

/// A person who takes part in `target` in `role` may not have had another role in the case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeparationEdge {
    /// Its rule.
    pub rule: RuleIx,
    /// The act.
    pub target: EventIx,
    /// In this role.
    pub role: usize,
    /// Never before in one of these.
    pub never: Vec<usize>,
    /// In Chinese.
    pub text: String,
}

/// Between two acts the clock of a rule does not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PauseEdge {
    /// Its rule.
    pub rule: RuleIx,
    /// Stops it.
    pub from: EventIx,
    /// Starts it again.
    pub until: EventIx,
    /// The responses or windows whose clock it stops, as rules.
    pub of: RuleIx,
    /// Holds when.
    pub when: Option<Condition>,
}

/// An act that lengthens the clock of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExtensionEdge {
    /// Its rule.
    pub rule: RuleIx,
    /// The act.
    pub act: EventIx,
    /// The rule whose clock is lengthened.
    pub of: RuleIx,
    /// By.
    pub by: PeriodRef,
    /// How often at most.
    pub most: u32,
    /// Holds when.
    pub when: Option<Condition>,
}

/// The defect that a departure of an outside act leaves behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DefectSpec {
    /// The rule departed from.
    pub rule: RuleIx,
    /// Its name.
    pub name: String,
    /// The event that departed.
    pub event: EventIx,
    /// Any of these cures it.
    pub cures: Vec<EventIx>,
    /// What it holds up until cured.
    pub blocks: Vec<EventIx>,
}

/// A value that the law leaves open, or that was not checked against the full text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Stable id.
    pub id: String,
    /// Chinese name.
    pub name: String,
    /// The shipped value: fen for money, otherwise the number.
    pub value: Option<i64>,
    /// What the value is: money, a number, or a period.
    pub unit: SettingUnit,
    /// The agency may not go below.
    pub floor: Option<i64>,
    /// By which day a value that changed is chosen.
    pub date_key: DateKey,
    /// Rows of the legal baseline.
    pub rows: Vec<String>,
    /// Legal basis.
    pub cites: Vec<Citation>,
    /// How far the value was checked.
    pub verified: Verified,
    /// Where it stands.
    pub place: Place,
}

/// What the value of a setting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum SettingUnit {
    /// Fen.
    Money,
    /// A number.
    Count,
    /// A period of one unit of this kind, to be multiplied.
    Period(Period),
}

/// The agency layer: values and confirmations, approved and dated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Agency {
    /// Ids of rules and settings that the policy section confirmed against the text.
    pub confirmed: std::collections::BTreeSet<String>,
    /// Values set by the agency, by setting id.
    pub values: BTreeMap<String, i64>,
    /// What stood at other times, of what changed or will change: ascending by day.
    pub dated: BTreeMap<String, Vec<Dated>>,
}

/// How something that the agency sets or confirms stands from a day on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dated {
    /// The first day.
    pub from: Day,
    /// The value of a setting; nothing where the shipped one holds.
    pub value: Option<i64>,
    /// Whether it was confirmed against the text.
    pub is_confirmed: bool,
}

impl Agency {
    /// The layer with everything that changed as it stood on the day that is given for its id.
    pub fn on(&self, day: impl Fn(&str) -> Day) -> Agency {
        let mut agency = self.clone();
        agency.dated.clear();
        for (id, all) in &self.dated {
            let day = day(id);
            let standing = all.iter().rev().find(|dated| dated.from <= day);
            agency.values.remove(id);
            agency.confirmed.remove(id);
            let Some(standing) = standing else { continue };
            if let Some(value) = standing.value {
                agency.values.insert(id.clone(), value);
            }
            if standing.is_confirmed {
                agency.confirmed.insert(id.clone());
            }
        }
        agency
    }
}

/// A loaded procedure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Procedure {
    /// Stable id, such as `penalty.ordinary`.
    pub id: String,
    /// Chinese name.
    pub name: String,
    /// Kinds of subject; the index is the domain.
    pub subjects: Vec<Subject>,
    /// Kinds of document and publication.
    pub documents: Vec<Document>,
    /// Phases in order.
    pub phases: Vec<Phase>,
    /// Roles.
    pub roles: Vec<Role>,
    /// Facts.
    pub facts: Vec<Fact>,
    /// Acts.
    pub acts: Vec<Act>,
    /// Events.
    pub events: Vec<Event>,
    /// Rules.
    pub rules: Vec<Rule>,
    /// Settings, shared by all procedures.
    pub settings: Vec<Setting>,
    /// Conditions.
    pub conditions: Vec<ConditionEdge>,
    /// Responses.
    pub responses: Vec<ResponseEdge>,
    /// Milestones.
    pub milestones: Vec<MilestoneEdge>,
    /// Windows.
    pub windows: Vec<WindowEdge>,
    /// Excludes and includes.
    pub flows: Vec<FlowEdge>,
    /// Requirements, officer counts among them.
    pub requirements: Vec<RequirementEdge>,
    /// Separations of roles.
    pub separations: Vec<SeparationEdge>,
    /// Pauses.
    pub pauses: Vec<PauseEdge>,
    /// Extensions.
    pub extensions: Vec<ExtensionEdge>,
    /// Defects.
    pub defects: Vec<DefectSpec>,
    /// What is looked at, point by point, where an act asks for it.
    pub checklists: Vec<Checklist>,
    /// What publications show.
    pub layouts: Vec<Layout>,
    /// What the agency's registers know of what acts say.
    pub lookups: Vec<Lookup>,
    /// What is held against the agency's power map.
    pub power: Option<PowerLookup>,
    /// What carries a row of the legal baseline beside rules and settings.
    pub carriers: Vec<Carrier>,
    /// Edges by event.
    pub index: Index,
}

/// Something other than a rule or a setting that puts a row of the legal baseline into effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carrier {
    /// The row.
    pub row: String,
    /// What carries it.
    pub what: Carried,
    /// Where it says so.
    pub place: Place,
}

/// What carries a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    /// A kind of document (样式, 条目).
    Document(DocumentIx),
    /// An act, which makes a form (样式) or meets the row by being done (条目).
    Act(ActIx),
    /// An alternative of a choice, or the point of a checklist that stands for it.
    Alternative(FactIx, u16),
    /// A fact that is asked for, or protected.
    Fact(FactIx),
}

/// For each event, the edges that the engine looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// Conditions into the event.
    pub conditions: Vec<Vec<usize>>,
    /// Milestones into the event.
    pub milestones: Vec<Vec<usize>>,
    /// Windows into the event.
    pub windows_in: Vec<Vec<usize>>,
    /// Windows that the event opens.
    pub windows_out: Vec<Vec<usize>>,
    /// Requirements on the event.
    pub requirements: Vec<Vec<usize>>,
    /// Requirements that read what the act itself will say, or who takes part.
    pub said_by_act: Vec<bool>,
    /// Separations on the event.
    pub separations: Vec<Vec<usize>>,
    /// Responses that the event sets off.
    pub responses_out: Vec<Vec<usize>>,
    /// Responses that the event meets.
    pub responses_met: Vec<Vec<usize>>,
    /// Responses set off by a change of fact, by fact.
    pub responses_changed: Vec<Vec<usize>>,
    /// Responses that hold the event up.
    pub responses_blocking: Vec<Vec<usize>>,
    /// Flows that the event sets off.
    pub flows: Vec<Vec<usize>>,
    /// Pauses that the event begins.
    pub pauses_from: Vec<Vec<usize>>,
    /// Pauses that the event ends.
    pub pauses_until: Vec<Vec<usize>>,
    /// Extensions that the event brings.
    pub extensions: Vec<Vec<usize>>,
    /// Defects that the event may leave, as indexes into `defects`.
    pub defects_of: Vec<Vec<usize>>,
    /// Defects that the event cures.
    pub defects_cured: Vec<Vec<usize>>,
    /// Defects that hold the event up.
    pub defects_blocking: Vec<Vec<usize>>,
    /// The settings that a rule reads, by rule.
    pub settings_of_rule: Vec<Vec<SettingIx>>,
    /// The sentences of obstacles, by kind of edge.
    pub sentences: Sentences,
}

/// For each edge, what stands in the way with its condition and basis: made once, shared by every answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sentences {
    /// Of conditions.
    pub conditions: Vec<Arc<str>>,
    /// Of milestones.
    pub milestones: Vec<Arc<str>>,
    /// Of responses.
    pub responses: Vec<Arc<str>>,
    /// Of windows.
    pub windows: Vec<Arc<str>>,
    /// Of requirements.
    pub requirements: Vec<Arc<str>>,
    /// Of separations.
    pub separations: Vec<Arc<str>>,
    /// Of defects.
    pub defects: Vec<Arc<str>>,
}

impl Procedure {
    /// The facts that the requirements on an event read, each once.
    pub fn facts_asked(&self, event: EventIx) -> Vec<FactIx> {
        let edges = self.index.requirements[event].iter();
        let mut found: Vec<FactIx> = edges
            .flat_map(|edge| {
                let edge = &self.requirements[*edge];
                let when = edge.when.iter().flat_map(Condition::facts);
                let must = edge.must.facts().into_iter();
                must.chain(when).collect::<Vec<_>>()
            })
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Builds the index; to be called whenever edges changed.
    pub fn reindex(&mut self) {
        let n = self.events.len();
        let mut index = Index {
            settings_of_rule: vec![Vec::new(); self.rules.len()],
            ..Index::default()
        };
        for setting in 0..self.settings.len() {
            for rule in self.readers_of_setting(setting) {
                index.settings_of_rule[rule].push(setting);
            }
        }
        let by = |pairs: &mut dyn Iterator<Item = (usize, usize)>, size: usize| {
            let mut table = vec![Vec::new(); size];
            for (key, value) in pairs {
                table[key].push(value);
            }
            table
        };
        index.conditions = by(
            &mut self
                .conditions
                .iter()
                .enumerate()
                .map(|(i, e)| (e.target, i)),
            n,
        );
        index.milestones = by(
            &mut self
                .milestones
                .iter()
                .enumerate()
                .map(|(i, e)| (e.target, i)),
            n,
        );
        index.windows_in = by(
            &mut self.windows.iter().enumerate().map(|(i, e)| (e.target, i)),
            n,
        );
        index.windows_out = by(
            &mut self
                .windows
                .iter()
                .enumerate()
                .filter_map(|(i, e)| Some((e.source?, i))),
            n,
        );
        index.requirements = by(
            &mut self
                .requirements
                .iter()
                .enumerate()
                .map(|(i, e)| (e.target, i)),
            n,
        );
        index.separations = by(
            &mut self
                .separations
                .iter()
                .enumerate()
                .map(|(i, e)| (e.target, i)),
            n,
        );
        let after = |edge: &ResponseEdge| match edge.trigger {
            Trigger::After(event) => Some(event),
            Trigger::Changed { .. } => None,
        };
        let changed = |edge: &ResponseEdge| match &edge.trigger {
            Trigger::After(_) => Vec::new(),
            Trigger::Changed { facts, .. } => facts.clone(),
        };
        index.responses_out = by(
            &mut self
                .responses
                .iter()
                .enumerate()
                .filter_map(|(i, e)| Some((after(e)?, i))),
            n,
        );
        index.responses_met = by(
            &mut self
                .responses
                .iter()
                .enumerate()
                .flat_map(|(i, e)| e.targets.iter().map(move |t| (*t, i))),
            n,
        );
        index.responses_changed = by(
            &mut self
                .responses
                .iter()
                .enumerate()
                .flat_map(|(i, e)| changed(e).into_iter().map(move |f| (f, i))),
            self.facts.len(),
        );
        index.responses_blocking = by(
            &mut self
                .responses
                .iter()
                .enumerate()
                .flat_map(|(i, e)| e.blocks.iter().map(move |t| (*t, i))),
            n,
        );
        index.flows = by(
            &mut self.flows.iter().enumerate().map(|(i, e)| (e.source, i)),
            n,
        );
        index.pauses_from = by(
            &mut self.pauses.iter().enumerate().map(|(i, e)| (e.from, i)),
            n,
        );
        index.pauses_until = by(
            &mut self.pauses.iter().enumerate().map(|(i, e)| (e.until, i)),
            n,
        );
        index.extensions = by(
            &mut self.extensions.iter().enumerate().map(|(i, e)| (e.act, i)),
            n,
        );
        index.defects_of = by(
            &mut self.defects.iter().enumerate().map(|(i, e)| (e.event, i)),
            n,
        );
        index.defects_cured = by(
            &mut self
                .defects
                .iter()
                .enumerate()
                .flat_map(|(i, e)| e.cures.iter().map(move |t| (*t, i))),
            n,
        );
        index.defects_blocking = by(
            &mut self
                .defects
                .iter()
                .enumerate()
                .flat_map(|(i, e)| e.blocks.iter().map(move |t| (*t, i))),
            n,
        );
        index.said_by_act = self
            .requirements
            .iter()
            .map(|edge| {
                let event = &self.events[edge.target];
                let when = edge.when.iter().flat_map(Condition::facts);
                edge.must
                    .facts()
                    .into_iter()
                    .chain(when)
                    .any(|fact| self.facts[fact].derived_by.is_some() || event.says(fact))
            })
            .collect();
        let whole = |rule: RuleIx, text: &str| -> Arc<str> {
            format!("{text}{}", self.rules[rule].tail).into()
        };
        index.sentences = Sentences {
            conditions: self
                .conditions
                .iter()
                .map(|e| whole(e.rule, &e.text))
                .collect(),
            milestones: self
                .milestones
                .iter()
                .map(|e| whole(e.rule, &e.text))
                .collect(),
            responses: self
                .responses
                .iter()
                .map(|e| whole(e.rule, &e.text))
                .collect(),
            windows: self
                .windows
                .iter()
                .map(|e| whole(e.rule, &e.text))
                .collect(),
            requirements: self
                .requirements
                .iter()
                .map(|e| whole(e.rule, &e.text))
                .collect(),
            separations: self
                .separations
                .iter()
                .map(|e| whole(e.rule, &e.text))
                .collect(),
            defects: self
                .defects
                .iter()
                .map(|e| whole(e.rule, &e.name))
                .collect(),
        };
        self.index = index;
    }

    /// The same procedure without the rules that `drop` picks: what the checker and the coverage count compare with.
    ///
    /// Rules keep their indexes, so that answers of both can be laid side by side.
    pub fn without(&self, drop: impl Fn(&Rule) -> bool) -> Procedure {
        let gone: Vec<bool> = self.rules.iter().map(&drop).collect();
        let mut copy = self.clone();
        copy.conditions.retain(|e| !gone[e.rule]);
        copy.responses.retain(|e| !gone[e.rule]);
        copy.milestones.retain(|e| !gone[e.rule]);
        copy.windows.retain(|e| !gone[e.rule]);
        copy.flows.retain(|e| !gone[e.rule]);
        copy.requirements.retain(|e| !gone[e.rule]);
        copy.separations.retain(|e| !gone[e.rule]);
        copy.pauses.retain(|e| !gone[e.rule] && !gone[e.of]);
        copy.extensions.retain(|e| !gone[e.rule] && !gone[e.of]);
        copy.defects.retain(|e| !gone[e.rule]);
        copy.reindex();
        copy
    }

    /// The event of this id (`penalty_decision`, `document_service:prior_notice`).
    pub fn event(&self, id: &str) -> Option<EventIx> {
        self.events.iter().position(|event| event.id == id)
    }

    /// The fact of this id.
    pub fn fact(&self, id: &str) -> Option<FactIx> {
        self.facts.iter().position(|fact| fact.id == id)
    }

    /// The rule of this id.
    pub fn rule(&self, id: &str) -> Option<RuleIx> {
        self.rules.iter().position(|rule| rule.id == id)
    }

    /// The act of an event.
    pub fn act_of(&self, event: EventIx) -> &Act {
        &self.acts[self.events[event].act]
    }

    /// The value of a setting: what the agency set, else what was shipped; and whether it may block.
    pub fn setting(&self, setting: SettingIx, agency: &Agency) -> Option<(i64, bool)> {
        let setting = &self.settings[setting];
        let value = agency.values.get(&setting.id).copied().or(setting.value)?;
        let value = setting.floor.map_or(value, |floor| value.max(floor));
        let confirmed = agency.confirmed.contains(&setting.id)
            || setting
                .rows
                .iter()
                .any(|row| agency.confirmed.contains(row));
        Some((value, confirmed || setting.verified == Verified::Yes))
    }

    /// The length of a period, and whether it is confirmed; `None` when a setting has no value.
    pub fn period(&self, period: PeriodRef, agency: &Agency) -> Option<(Period, bool)> {
        match period {
            PeriodRef::Fixed(period) => Some((period, true)),
            PeriodRef::Setting(ix) => {
                let SettingUnit::Period(unit) = self.settings[ix].unit else {
                    return None;
                };
                let (count, confirmed) = self.setting(ix, agency)?;
                Some((
                    Period {
                        count: u32::try_from(count).ok()?,
                        ..unit
                    },
                    confirmed,
                ))
            }
        }
    }

    /// How hard a rule is for this agency.
    pub fn strength(&self, rule: RuleIx, agency: &Agency) -> Strength {
        let confirmed = self.is_confirmed(rule, agency);
        self.rules[rule].strength_when(confirmed)
    }

    /// Whether the agency has held the basis of a rule against its text.
    pub fn is_confirmed(&self, rule: RuleIx, agency: &Agency) -> bool {
        let rule = &self.rules[rule];
        agency.confirmed.contains(&rule.id)
            || rule.rows.iter().any(|row| agency.confirmed.contains(row))
    }
}
