//! Judging any history: the same engine over acts that somebody else tells.
//!
//! For every case and rule the answer is *kept*, *departed*, or *cannot be judged* with the fact that is missing; a
//! departure says how heavy it is and which entries show it. No date is invented: an act whose date cannot be read
//! counts as done at an unknown time, and in a history that is not complete what is not told is unknown rather than
//! absent.

mod deadline;
mod import;
mod judge;
mod own;
mod row;
mod shown;
mod world;

use std::collections::{BTreeMap, HashMap};

use law::fact::Value;
use law::model::{Agency, CASE, Domain, EventIx, FactIx, Procedure};
use law::statute::Statutes;
use law::time::Calendar;
use serde::{Deserialize, Serialize};
use vocabulary::{Day, Moment};

pub use import::{Import, ToldHistory, import, imports};
pub use row::{Field, Row, heading};
pub use shown::{Departure, Place, Severity, Shown};

/// One line of a history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The case.
    pub case: String,
    /// The event id, or its Chinese name.
    #[serde(default)]
    pub act: String,
    /// Number of the party or item; 1 where there is only one.
    #[serde(default)]
    pub subject: Option<u32>,
    /// The day, `2026-07-06` or `2026-07-06T09:30`; as it was written, readable or not.
    #[serde(default)]
    pub on: Option<String>,
    /// Facts by id.
    #[serde(default)]
    pub facts: BTreeMap<String, serde_json::Value>,
    /// `false`: what is not told is unknown. A history is complete unless a line says otherwise.
    #[serde(default)]
    pub complete: Option<bool>,
    /// The agency whose case it is.
    #[serde(default)]
    pub agency: Option<String>,
    /// By which procedure the case is judged, by id or name. Whoever reads lines of several procedures parts them by it
    /// beforehand; a judge of one procedure does not look at it.
    #[serde(default, alias = "程序")]
    pub procedure: Option<String>,
}

/// The answer for a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgment {
    /// The rule was departed from.
    Departed,
    /// A fact is missing.
    CannotBeJudged,
    /// The rule was kept.
    Kept,
}

impl Judgment {
    /// The word shown to people.
    pub const fn chinese(self) -> &'static str {
        match self {
            Judgment::Departed => "违反",
            Judgment::CannotBeJudged => "不能判断",
            Judgment::Kept => "符合",
        }
    }
}

/// A rule's answer in a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleAnswer {
    /// Rule id.
    pub rule: String,
    /// Rows of the legal baseline.
    pub rows: Vec<String>,
    /// The answer.
    pub answer: Judgment,
    /// Why, or what is missing.
    pub reason: String,
    /// Statute and article.
    pub basis: String,
    /// The basis is not read in full and the agency has not confirmed it (依据待核).
    pub is_basis_open: bool,
    /// How heavy a departure from it is.
    pub severity: Severity,
    /// Where it was departed from; empty unless it was.
    pub departures: Vec<Departure>,
}

/// The answers of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseAnswer {
    /// The case.
    pub case: String,
    /// The agency, where it is told.
    pub agency: Option<String>,
    /// What in its lines could not be read; the rest was judged all the same.
    pub problems: Vec<String>,
    /// One answer a rule, departures first.
    pub answers: Vec<RuleAnswer>,
}

/// An act as told.
#[derive(Clone, Debug)]
pub(crate) struct ToldAct {
    pub event: EventIx,
    pub member: usize,
    /// Nothing where it could not be read.
    pub on: Option<Moment>,
    pub facts: Vec<(FactIx, Value)>,
    pub place: Place,
}

/// A fact as told, of the case or of a party, whenever.
#[derive(Clone, Debug)]
pub(crate) struct ToldFact {
    pub fact: FactIx,
    pub member: usize,
    pub value: Value,
    pub place: Place,
}

/// A case as told.
#[derive(Clone, Debug, Default)]
pub struct ToldCase {
    pub(crate) acts: Vec<ToldAct>,
    pub(crate) facts: Vec<ToldFact>,
    /// How many members of a domain are told of; one where nothing says more.
    members: Vec<(Domain, usize)>,
    pub(crate) is_complete: bool,
    /// The case goes on.
    pub(crate) is_open: bool,
    pub(crate) agency: Option<String>,
    pub(crate) problems: Vec<String>,
    /// What the own record says of itself.
    pub(crate) remarks: Vec<own::Remark>,
}

/// More parties than any case has; a larger number is a slip of the pen.
const MEMBERS_MOST: u32 = 1000;

/// The number of a line, from 1.
fn line_number(before: usize) -> u32 {
    u32::try_from(before + 1).unwrap_or(u32::MAX)
}

impl ToldCase {
    /// A member of a domain is told of.
    fn knows_of(&mut self, domain: Domain, member: usize) {
        match self.members.iter_mut().find(|(of, _)| *of == domain) {
            Some((_, count)) => *count = (*count).max(member + 1),
            None => self.members.push((domain, member + 1)),
        }
    }

    /// How many members of a domain are told of: one where nothing says more.
    pub(crate) fn members(&self, domain: Domain) -> usize {
        let mut known = self.members.iter();
        known
            .find(|(of, _)| *of == domain)
            .map_or(1, |(_, count)| *count)
    }
}

/// Judges histories of one procedure.
pub struct Replay<'a> {
    /// The procedure.
    pub procedure: &'a Procedure,
    /// The calendar.
    pub calendar: &'a Calendar,
    /// The register of statutes: what was not in force yet is not asked.
    pub statutes: &'a Statutes,
    /// The agency's confirmations and values.
    pub agency: &'a Agency,
    /// The day of judging, for what is still outstanding.
    pub today: Day,
    names: HashMap<&'a str, EventIx>,
    facts: HashMap<&'a str, FactIx>,
    /// For each rule, whether its basis is open, and how heavy a departure from it is.
    weights: Vec<(bool, Severity)>,
}

impl<'a> Replay<'a> {
    /// A judge of a procedure.
    pub fn new(
        procedure: &'a Procedure,
        calendar: &'a Calendar,
        statutes: &'a Statutes,
        agency: &'a Agency,
        today: Day,
    ) -> Replay<'a> {
        let mut names: HashMap<&str, EventIx> = HashMap::new();
        for (event, declared) in procedure.events.iter().enumerate() {
            names.insert(&declared.id, event);
            names.insert(&declared.name, event);
        }
        let declared = || procedure.facts.iter().enumerate();
        let by_name = declared().map(|(fact, declared)| (declared.name.as_str(), fact));
        let by_id = declared().map(|(fact, declared)| (declared.id.as_str(), fact));
        Replay {
            procedure,
            calendar,
            statutes,
            agency,
            today,
            names,
            facts: by_name.chain(by_id).collect(),
            weights: shown::weights(procedure, agency),
        }
    }

    fn event_named(&self, name: &str) -> Option<EventIx> {
        self.names.get(name).copied()
    }

    fn fact_named(&self, id: &str) -> Option<FactIx> {
        self.facts.get(id).copied()
    }

    /// Reads JSON lines; a line that cannot be read is a problem of its case, or of the whole file.
    pub fn read(&self, text: &str) -> (BTreeMap<String, ToldCase>, Vec<String>) {
        let mut cases: BTreeMap<String, ToldCase> = BTreeMap::new();
        let mut problems = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            match serde_json::from_str::<Line>(line) {
                Ok(read) => {
                    if !cases.contains_key(&read.case) {
                        cases.insert(
                            read.case.clone(),
                            ToldCase {
                                is_complete: true,
                                ..ToldCase::default()
                            },
                        );
                    }
                    if let Some(case) = cases.get_mut(&read.case) {
                        self.tell(case, &read, &Place::line(line_number(number)));
                    }
                }
                Err(error) => problems.push(format!("第{}行看不懂：{error}", number + 1)),
            }
        }
        (cases, problems)
    }

    /// Adds a line to its case.
    pub fn tell(&self, case: &mut ToldCase, line: &Line, place: &Place) {
        if let Some(complete) = line.complete {
            case.is_complete = complete;
        }
        match (&line.agency, &case.agency) {
            (Some(told), Some(known)) if told != known => case.problems.push(format!(
                "{place}：机关“{told}”与前面的“{known}”不同，按前面的处理"
            )),
            (Some(told), None) => case.agency = Some(told.clone()),
            _ => {}
        }
        let member = line.subject.unwrap_or(1).saturating_sub(1);
        if member >= MEMBERS_MOST {
            case.problems
                .push(format!("{place}：当事人序号太大，这一行没有读入"));
            return;
        }
        let member = member as usize;
        let mut facts = Vec::new();
        for (id, json) in &line.facts {
            let Some(fact) = self.fact_named(id) else {
                case.problems.push(format!("{place}：没有事实“{id}”"));
                continue;
            };
            match self.procedure.facts[fact].from_json(json) {
                Ok(value) => facts.push((fact, value)),
                Err(error) => case.problems.push(format!("{place}：{error}")),
            }
        }
        for (fact, value) in &facts {
            self.tell_fact(case, *fact, member, value.clone(), place);
        }
        if line.act.is_empty() {
            return;
        }
        let Some(event) = self.event_named(&line.act) else {
            case.problems
                .push(format!("{place}：没有行为“{}”", line.act));
            return;
        };
        let on = match line.on.as_deref().map(Moment::parse) {
            Some(Ok(on)) => Some(on),
            Some(Err(error)) => {
                let name = &self.procedure.events[event].name;
                case.problems
                    .push(format!("{place}【{name}】的日期：{error}；按日期不明处理"));
                None
            }
            None => None,
        };
        self.tell_act(case, event, member, on, facts, place);
    }

    /// Adds a fact; one of the case is nobody's in particular.
    fn tell_fact(
        &self,
        case: &mut ToldCase,
        fact: FactIx,
        member: usize,
        value: Value,
        place: &Place,
    ) {
        let domain = self.procedure.facts[fact].domain;
        let member = if domain == CASE { 0 } else { member };
        case.knows_of(domain, member);
        case.facts.push(ToldFact {
            fact,
            member,
            value,
            place: place.clone(),
        });
    }

    /// Adds an act; the same act on the same day counts once.
    fn tell_act(
        &self,
        case: &mut ToldCase,
        event: EventIx,
        member: usize,
        on: Option<Moment>,
        facts: Vec<(FactIx, Value)>,
        place: &Place,
    ) {
        let declared = &self.procedure.events[event];
        let member = if declared.domain == CASE { 0 } else { member };
        case.knows_of(declared.domain, member);
        let is_doubled = |act: &&ToldAct| {
            act.event == event && act.member == member && act.on == on && on.is_some()
        };
        if let Some(first) = case.acts.iter().find(is_doubled) {
            case.problems.push(format!(
                "{place}【{}】与{}重复，只算一次",
                declared.name, first.place
            ));
            return;
        }
        case.acts.push(ToldAct {
            event,
            member,
            on,
            facts,
            place: place.clone(),
        });
    }
}
