//! Judging any history: the same engine over acts as JSON lines.
//!
//! For every case and rule the answer is *kept*, *departed*, or *cannot be judged* with the fact that is missing. No
//! date is invented: an act whose date cannot be read counts as done at an unknown time, and in a history that is not
//! complete what is not told is unknown rather than absent.

mod import;
mod world;

use std::collections::BTreeMap;

use law::engine::{self, Obstacle, ObstacleKind, Scope, World};
use law::fact::Value;
use law::model::{Agency, Base, CASE, EventIx, FactIx, Procedure, ResponseEdge, RuleIx, Trigger};
use law::statute::Statutes;
use law::time::{Calendar, Code, Period, Unit, due, natural_days_between, working_days_between};
use law::truth::Truth;
use serde::{Deserialize, Serialize};
use vocabulary::{Day, Moment};

use crate::decide::is_after;
pub use import::{Import, imports};
use world::Told;

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
}

/// The answers of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseAnswer {
    /// The case.
    pub case: String,
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
}

/// A case as told.
#[derive(Clone, Debug, Default)]
pub struct ToldCase {
    pub(crate) acts: Vec<ToldAct>,
    /// Facts told of the case and its first party, whenever.
    pub(crate) facts: Vec<(FactIx, usize, Value)>,
    pub(crate) members: u32,
    pub(crate) is_complete: bool,
    problems: Vec<String>,
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
    names: BTreeMap<&'a str, EventIx>,
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
        let mut names: BTreeMap<&str, EventIx> = BTreeMap::new();
        for (event, declared) in procedure.events.iter().enumerate() {
            names.insert(&declared.id, event);
            names.insert(&declared.name, event);
        }
        Replay {
            procedure,
            calendar,
            statutes,
            agency,
            today,
            names,
        }
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
                        self.tell(case, &read, number + 1);
                    }
                }
                Err(error) => problems.push(format!("第{}行看不懂：{error}", number + 1)),
            }
        }
        (cases, problems)
    }

    /// Adds a line to its case.
    pub fn tell(&self, case: &mut ToldCase, line: &Line, number: usize) {
        if let Some(complete) = line.complete {
            case.is_complete = complete;
        }
        let member = line.subject.unwrap_or(1).saturating_sub(1);
        case.members = case.members.max(member + 1);
        let mut facts = Vec::new();
        for (id, json) in &line.facts {
            let Some(fact) = self.procedure.fact(id) else {
                case.problems.push(format!("第{number}行：没有事实“{id}”"));
                continue;
            };
            let declared = &self.procedure.facts[fact];
            match declared.from_json(json) {
                Ok(value) => {
                    let of = if declared.domain == CASE {
                        0
                    } else {
                        member as usize
                    };
                    case.facts.push((fact, of, value.clone()));
                    facts.push((fact, value));
                }
                Err(error) => case.problems.push(format!("第{number}行：{error}")),
            }
        }
        if line.act.is_empty() {
            return;
        }
        let Some(event) = self.names.get(line.act.as_str()).copied() else {
            case.problems
                .push(format!("第{number}行：没有行为“{}”", line.act));
            return;
        };
        let member = if self.procedure.events[event].domain == CASE {
            0
        } else {
            member as usize
        };
        let on = match line.on.as_deref().map(Moment::parse) {
            Some(Ok(on)) => Some(on),
            Some(Err(error)) => {
                let name = &self.procedure.events[event].name;
                case.problems.push(format!(
                    "第{number}行【{name}】的日期：{error}；按日期不明处理"
                ));
                None
            }
            None => None,
        };
        let is_doubled = |act: &ToldAct| {
            act.event == event && act.member == member && act.on == on && on.is_some()
        };
        if case.acts.iter().any(is_doubled) {
            let name = &self.procedure.events[event].name;
            case.problems
                .push(format!("第{number}行【{name}】与前面的一行重复，只算一次"));
            return;
        }
        case.acts.push(ToldAct {
            event,
            member,
            on,
            facts,
        });
    }

    /// The answers of a case.
    pub fn judge(&self, name: &str, case: &ToldCase) -> CaseAnswer {
        let mut told = case.clone();
        // In the order in which things happened; what has no date stands last and is before nothing.
        told.acts.sort_by_key(|act| (act.on.is_none(), act.on));
        let world = Told::new(self, &told);
        let mut best: BTreeMap<RuleIx, (Judgment, String)> = BTreeMap::new();
        let mut note = |rule: RuleIx, judgment: Judgment, reason: String| {
            let slot = best
                .entry(rule)
                .or_insert_with(|| (judgment, reason.clone()));
            if judgment < slot.0 {
                *slot = (judgment, reason);
            }
        };
        for (at, act) in told.acts.iter().enumerate() {
            self.gates(&world, at, act, &mut note);
        }
        for (response, edge) in self.procedure.responses.iter().enumerate() {
            self.deadline(&world, &told, response, edge, &mut note);
        }
        let mut answers: Vec<RuleAnswer> = Vec::new();
        for (rule, (answer, reason)) in best {
            let rule = &self.procedure.rules[rule];
            answers.push(RuleAnswer {
                rule: rule.id.clone(),
                rows: rule.rows.clone(),
                answer,
                reason,
                basis: rule.basis.clone(),
            });
        }
        answers.sort_by(|a, b| (a.answer, &a.rule).cmp(&(b.answer, &b.rule)));
        CaseAnswer {
            case: name.to_owned(),
            problems: told.problems.clone(),
            answers,
        }
    }

    /// Whether the law of a rule was in force on a day.
    fn applied(&self, rule: RuleIx, day: Day) -> bool {
        let rule = &self.procedure.rules[rule];
        if rule.from.is_some_and(|from| day < from) || rule.until.is_some_and(|until| until <= day)
        {
            return false;
        }
        let mut statutes = rule
            .cites
            .iter()
            .filter_map(|cite| self.statutes.get(&cite.statute))
            .peekable();
        statutes.peek().is_none()
            || statutes.any(|s| {
                s.from.is_none_or(|from| from <= day) && s.until.is_none_or(|until| day < until)
            })
    }

    /// The rules that stand before an act.
    fn gates(
        &self,
        world: &Told<'_>,
        at: usize,
        act: &ToldAct,
        note: &mut impl FnMut(RuleIx, Judgment, String),
    ) {
        let procedure = self.procedure;
        let name = &procedure.events[act.event].name;
        let Some(on) = act.on else {
            // Without its date nothing can be said of what had to come first.
            for c in &procedure.index.conditions[act.event] {
                note(
                    procedure.conditions[*c].rule,
                    Judgment::CannotBeJudged,
                    format!("缺【{name}】的日期"),
                );
            }
            return;
        };
        world.stand_at(at, on);
        let mut found: Vec<Obstacle> = Vec::new();
        engine::obstacles(world, act.event, act.member, &mut |obstacle| {
            found.push(obstacle)
        });
        let scope = Scope::of(procedure.events[act.event].domain, act.member);
        let mut asked = |rule: RuleIx, when: Option<&law::condition::Condition>| {
            let holds =
                when.is_none_or(|when| engine::holds(world, when, &scope).truth == Truth::True);
            if holds && self.applied(rule, on.day) && !procedure.rules[rule].cites.is_empty() {
                note(rule, Judgment::Kept, format!("【{name}】{on}"));
            }
        };
        let index = &procedure.index;
        for c in &index.conditions[act.event] {
            asked(
                procedure.conditions[*c].rule,
                procedure.conditions[*c].when.as_ref(),
            );
        }
        for q in &index.requirements[act.event] {
            asked(
                procedure.requirements[*q].rule,
                procedure.requirements[*q].when.as_ref(),
            );
        }
        for w in &index.windows_in[act.event] {
            asked(
                procedure.windows[*w].rule,
                procedure.windows[*w].when.as_ref(),
            );
        }
        for obstacle in found {
            let Some(rule) = obstacle.rule.filter(|rule| self.applied(*rule, on.day)) else {
                continue;
            };
            if procedure.rules[rule].cites.is_empty() {
                continue;
            }
            match obstacle.certainty {
                Truth::True => note(
                    rule,
                    Judgment::Departed,
                    format!("【{name}】{on}：{}", self.sentence(&obstacle)),
                ),
                _ => note(
                    rule,
                    Judgment::CannotBeJudged,
                    self.missing(world, act, &obstacle),
                ),
            }
        }
    }

    fn sentence(&self, obstacle: &Obstacle) -> String {
        let procedure = self.procedure;
        match obstacle.kind {
            ObstacleKind::MissingBefore(c) | ObstacleKind::TooEarly(c) => {
                procedure.conditions[c].text.clone()
            }
            ObstacleKind::StillOwed(m) => procedure.milestones[m].text.clone(),
            ObstacleKind::Outstanding(r) => procedure.responses[r].text.clone(),
            ObstacleKind::NotOpen(w) | ObstacleKind::Lapsed(w) => procedure.windows[w].text.clone(),
            ObstacleKind::Requirement(q) => procedure.requirements[q].text.clone(),
            ObstacleKind::Separation(s) => procedure.separations[s].text.clone(),
            ObstacleKind::Defect(d) => procedure.defects[d].name.clone(),
            ObstacleKind::NoSuchSubject => "没有这个对象".to_owned(),
            ObstacleKind::NotInPlay => "已不再进行".to_owned(),
            ObstacleKind::AlreadyDone => "已经做过".to_owned(),
        }
    }

    /// Which fact is missing, by name.
    fn missing(&self, world: &Told<'_>, act: &ToldAct, obstacle: &Obstacle) -> String {
        let procedure = self.procedure;
        let mut names: Vec<String> = Vec::new();
        let mut read = |condition: &law::condition::Condition| {
            for fact in condition.facts() {
                if world.value(fact, act.member).is_none() {
                    names.push(format!("“{}”", procedure.facts[fact].name));
                }
            }
        };
        let when = match obstacle.kind {
            ObstacleKind::MissingBefore(c) | ObstacleKind::TooEarly(c) => {
                procedure.conditions[c].when.as_ref()
            }
            ObstacleKind::StillOwed(m) => procedure.milestones[m].when.as_ref(),
            ObstacleKind::NotOpen(w) | ObstacleKind::Lapsed(w) => {
                procedure.windows[w].when.as_ref()
            }
            ObstacleKind::Requirement(q) => {
                read(&procedure.requirements[q].must);
                procedure.requirements[q].when.as_ref()
            }
            _ => None,
        };
        if let Some(when) = when {
            read(when);
        }
        if let ObstacleKind::MissingBefore(c) | ObstacleKind::TooEarly(c) = obstacle.kind {
            let sources = &procedure.conditions[c].sources;
            let dated = |event: &&EventIx| !world.has_date(**event, obstacle.member);
            let undated: Vec<&str> = sources
                .iter()
                .filter(dated)
                .map(|e| procedure.events[*e].name.as_str())
                .collect();
            if !undated.is_empty() {
                names.push(format!("【{}】的日期", undated.join("】或【")));
            }
        }
        if let ObstacleKind::NotOpen(w) | ObstacleKind::Lapsed(w) = obstacle.kind
            && let Some(source) = procedure.windows[w].source
        {
            names.push(format!("【{}】的日期", procedure.events[source].name));
        }
        names.dedup();
        if names.is_empty() {
            "缺少有关事实".to_owned()
        } else {
            format!("缺{}", names.join("、"))
        }
    }

    /// An obligation: set off when, met when, by when.
    fn deadline(
        &self,
        world: &Told<'_>,
        told: &ToldCase,
        response: usize,
        edge: &ResponseEdge,
        note: &mut impl FnMut(RuleIx, Judgment, String),
    ) {
        let procedure = self.procedure;
        let Trigger::After(trigger) = edge.trigger else {
            return;
        };
        let members = world.members(edge.domain);
        for member in 0..members {
            let of = |event: EventIx| {
                if procedure.events[event].domain == CASE {
                    0
                } else {
                    member
                }
            };
            let done = |event: EventIx| {
                told.acts
                    .iter()
                    .filter(move |a| a.event == event && a.member == of(event))
            };
            let triggers: Vec<&ToldAct> = done(trigger).collect();
            let met = |after: Option<Moment>| {
                let all = edge.targets.iter().flat_map(|target| done(*target));
                all.filter(|act| {
                    act.on.is_none() || act.on.map(|on| on.day) >= after.map(|after| after.day)
                })
                .min_by_key(|act| (act.on.is_none(), act.on))
            };
            if triggers.is_empty() {
                let target = edge
                    .targets
                    .iter()
                    .find(|target| done(**target).next().is_some());
                if !told.is_complete && edge.period.is_some() && target.is_some() {
                    let name = &procedure.events[trigger].name;
                    note(
                        edge.rule,
                        Judgment::CannotBeJudged,
                        format!("缺【{name}】的日期"),
                    );
                }
                continue;
            }
            for act in triggers {
                let Some(on) = act.on else {
                    let name = &procedure.events[trigger].name;
                    note(
                        edge.rule,
                        Judgment::CannotBeJudged,
                        format!("缺【{name}】的日期"),
                    );
                    continue;
                };
                if !self.applied(edge.rule, on.day) {
                    continue;
                }
                world.stand_at(told.acts.len(), on);
                let scope = Scope {
                    target: (edge.domain, member),
                    source: (procedure.events[trigger].domain, of(trigger)),
                };
                let holds = edge
                    .when
                    .as_ref()
                    .map_or(Truth::True, |when| engine::holds(world, when, &scope).truth);
                if holds == Truth::False {
                    continue;
                }
                let (judgment, reason) =
                    self.in_time(world, told, response, member, on, met(Some(on)), holds);
                note(edge.rule, judgment, reason);
            }
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one decision over what was just looked up"
    )]
    fn in_time(
        &self,
        world: &Told<'_>,
        told: &ToldCase,
        response: usize,
        member: usize,
        on: Moment,
        met: Option<&ToldAct>,
        holds: Truth,
    ) -> (Judgment, String) {
        let procedure = self.procedure;
        let edge = &procedure.responses[response];
        let names: Vec<&str> = edge
            .targets
            .iter()
            .map(|t| procedure.events[*t].name.as_str())
            .collect();
        let names = names.join("】或【");
        if holds == Truth::Unknown {
            let facts: Vec<usize> = edge
                .when
                .as_ref()
                .map(law::condition::Condition::facts)
                .unwrap_or_default();
            let missing = facts.iter().filter(|f| world.value(**f, member).is_none());
            let missing: Vec<String> = missing
                .map(|f| format!("“{}”", procedure.facts[*f].name))
                .collect();
            return (
                Judgment::CannotBeJudged,
                format!("缺{}", missing.join("、")),
            );
        }
        let base = match edge.base {
            Base::Act => Some(on),
            Base::Fact(fact) => match world.value(fact, member) {
                Some(Value::Date(day)) => Some(Moment::from(*day)),
                Some(Value::Moment(moment)) => Some(*moment),
                _ => None,
            },
        };
        let Some((period, _)) = edge
            .period
            .and_then(|period| procedure.period(period, self.agency))
        else {
            return match met {
                Some(act) => (
                    Judgment::Kept,
                    format!("已有【{}】", procedure.events[act.event].name),
                ),
                None if told.is_complete => (Judgment::Departed, format!("没有【{names}】")),
                None => (Judgment::CannotBeJudged, format!("缺【{names}】")),
            };
        };
        let Some(base) = base else {
            return (Judgment::CannotBeJudged, "缺起算日".to_owned());
        };
        let Some(end) = self.end(world, edge.rule, period, base) else {
            return (
                Judgment::CannotBeJudged,
                format!("缺起算的时刻或者期间正在停计（{}起）", base.day),
            );
        };
        let said = format!("起算{}，{period}，应在{}前", base.day, end);
        match met {
            Some(ToldAct {
                on: Some(done),
                event,
                ..
            }) => {
                let took = self.took(period, base.day, done.day);
                let name = &procedure.events[*event].name;
                if is_after(*done, end) {
                    let unless = self.unless(world, told, edge.rule);
                    (
                        Judgment::Departed,
                        format!("{said}；【{name}】{}，用了{took}{unless}", done.day),
                    )
                } else {
                    (
                        Judgment::Kept,
                        format!("{said}；【{name}】{}，用了{took}", done.day),
                    )
                }
            }
            Some(ToldAct { event, .. }) => (
                Judgment::CannotBeJudged,
                format!("缺【{}】的日期；{said}", procedure.events[*event].name),
            ),
            None if !told.is_complete => (
                Judgment::CannotBeJudged,
                format!("缺【{names}】的日期；{said}"),
            ),
            None if is_after(Moment::from(self.today), end) => (
                Judgment::Departed,
                format!("{said}；到今天还没有【{names}】"),
            ),
            None => (Judgment::Kept, format!("{said}；尚未到期")),
        }
    }

    /// The end of a period with the pauses and extensions that are told.
    fn end(&self, world: &Told<'_>, rule: RuleIx, period: Period, base: Moment) -> Option<Moment> {
        let pauses = world.pauses(rule, base);
        let mut end = due(self.calendar, period, base, &pauses).ok()?;
        for by in world.extensions(rule) {
            end = law::time::extended(self.calendar, end, by).ok()?;
        }
        Some(end.at)
    }

    fn took(&self, period: Period, from: Day, to: Day) -> String {
        match (period.unit, period.code) {
            (Unit::WorkingDays, Code::F2) => format!(
                "{}个工作日",
                working_days_between(self.calendar, from, to).days
            ),
            _ => format!("{}日", natural_days_between(from, to)),
        }
    }

    /// What an incomplete history may have left out in favor of the agency.
    fn unless(&self, world: &Told<'_>, told: &ToldCase, rule: RuleIx) -> String {
        if told.is_complete {
            return String::new();
        }
        let procedure = self.procedure;
        let extending = procedure
            .extensions
            .iter()
            .filter(|e| e.of == rule)
            .map(|e| e.act);
        let pausing = procedure
            .pauses
            .iter()
            .filter(|e| e.of == rule)
            .map(|e| e.from);
        let mut names: Vec<&str> = Vec::new();
        for event in extending
            .chain(pausing)
            .filter(|event| !world.is_told(*event))
        {
            let name = procedure.events[event].name.as_str();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if names.is_empty() {
            String::new()
        } else {
            format!("，除非案卷另有【{}】", names.join("】【"))
        }
    }
}
