//! The rules that stand before the acts of a history, and the answers of a case.

use std::collections::BTreeMap;

use law::condition::Condition;
use law::engine::{self, Obstacle, ObstacleKind, Scope};
use law::model::{ActClass, Duty, EventIx, RuleIx, Trigger};
use law::truth::Truth;
use vocabulary::Day;

use super::shown::{Departure, Shown};
use super::world::Told;
use super::{CaseAnswer, Judgment, Replay, RuleAnswer, ToldAct, ToldCase};

/// What is found about a rule in a case: the worst of what its acts say.
pub(super) struct Found {
    pub(super) judgment: Judgment,
    pub(super) reason: String,
    pub(super) departures: Vec<Departure>,
}

/// The findings of a case, by rule.
#[derive(Default)]
pub(super) struct Findings(pub(super) BTreeMap<RuleIx, Found>);

impl Findings {
    /// A rule was kept, or cannot be judged.
    pub(super) fn note(
        &mut self,
        rule: RuleIx,
        judgment: Judgment,
        reason: impl FnOnce() -> String,
    ) {
        match self.0.get_mut(&rule) {
            Some(found) if found.judgment <= judgment => {}
            Some(found) => {
                found.judgment = judgment;
                found.reason = reason();
            }
            None => {
                self.0.insert(
                    rule,
                    Found {
                        judgment,
                        reason: reason(),
                        departures: Vec::new(),
                    },
                );
            }
        }
    }

    /// A rule was departed from.
    pub(super) fn depart(&mut self, rule: RuleIx, departure: Departure) {
        self.note(rule, Judgment::Departed, || departure.reason.clone());
        if let Some(found) = self.0.get_mut(&rule)
            && !found.departures.contains(&departure)
        {
            found.departures.push(departure);
        }
    }
}

impl Replay<'_> {
    /// The answers of a case.
    pub fn judge(&self, name: &str, case: &ToldCase) -> CaseAnswer {
        let mut told = case.clone();
        // In the order in which things happened; what has no date stands last and is before nothing.
        told.acts.sort_by_key(|act| (act.on.is_none(), act.on));
        let world = Told::new(self, &told);
        let mut findings = Findings::default();
        for (at, act) in told.acts.iter().enumerate() {
            self.gates(&world, &told, at, act, &mut findings);
        }
        for edge in &self.procedure.responses {
            self.deadline(&world, &told, edge, &mut findings);
        }
        self.remarked(&told, &mut findings);
        let answer = |(rule, found): (RuleIx, Found)| self.answer(rule, found);
        let mut answers: Vec<RuleAnswer> = findings.0.into_iter().map(answer).collect();
        answers.sort_by(|a, b| (a.answer, &a.rule).cmp(&(b.answer, &b.rule)));
        CaseAnswer {
            case: name.to_owned(),
            agency: told.agency,
            problems: told.problems,
            answers,
        }
    }

    fn answer(&self, rule: RuleIx, found: Found) -> RuleAnswer {
        let declared = &self.procedure.rules[rule];
        let (is_basis_open, severity) = self.weights[rule];
        RuleAnswer {
            rule: declared.id.clone(),
            rows: declared.rows.clone(),
            answer: found.judgment,
            reason: found.reason,
            basis: match is_basis_open {
                true => declared.basis.clone(),
                // The agency has read what the rules could not.
                false => declared.basis.replace("（依据待核）", "（本机关已确认）"),
            },
            is_basis_open,
            severity,
            departures: found.departures,
        }
    }

    /// The phase to which an act belongs.
    pub(super) fn phase(&self, event: EventIx) -> String {
        let phase = self.procedure.act_of(event).phase;
        self.procedure.phases[phase].name.clone()
    }

    /// An act as the entry that shows something.
    pub(super) fn shown(&self, act: &ToldAct) -> Shown {
        Shown {
            what: format!("【{}】", self.procedure.events[act.event].name),
            on: act.on,
            place: act.place.clone(),
        }
    }

    /// Whose departure it is when an act is done wrongly: what happens outside without an officer is a party's doing.
    pub(super) fn responsible(&self, event: EventIx) -> Duty {
        let act = self.procedure.act_of(event);
        if act.class == ActClass::HappenedOutside && act.roles.is_empty() {
            Duty::Party
        } else {
            Duty::Agency
        }
    }

    /// The entries that show that something stood in the way of an act: the act, then what it had to wait for, or the
    /// facts that were wrong.
    fn evidence(
        &self,
        world: &Told<'_>,
        told: &ToldCase,
        act: &ToldAct,
        obstacle: &Obstacle,
    ) -> Vec<Shown> {
        let procedure = self.procedure;
        let mut events: Vec<EventIx> = Vec::new();
        let mut facts = Vec::new();
        let mut read = |condition: Option<&Condition>| {
            facts.extend(condition.into_iter().flat_map(Condition::facts))
        };
        let set_off = |response: usize| match procedure.responses[response].trigger {
            Trigger::After(event) => Some(event),
            Trigger::Changed { .. } => None,
        };
        match obstacle.kind {
            ObstacleKind::MissingBefore(c) | ObstacleKind::TooEarly(c) => {
                let edge = &procedure.conditions[c];
                events.extend(&edge.sources);
                read(edge.when.as_ref());
            }
            ObstacleKind::StillOwed(m) => {
                let edge = &procedure.milestones[m];
                let owing = &procedure.index.responses_met[edge.source];
                events.extend(owing.iter().filter_map(|response| set_off(*response)));
                read(edge.when.as_ref());
            }
            ObstacleKind::Outstanding(r) => events.extend(set_off(r)),
            ObstacleKind::NotOpen(w) | ObstacleKind::Lapsed(w) => {
                let edge = &procedure.windows[w];
                events.extend(edge.source);
                read(edge.when.as_ref());
            }
            ObstacleKind::Requirement(q) => {
                let edge = &procedure.requirements[q];
                read(Some(&edge.must));
                read(edge.when.as_ref());
            }
            ObstacleKind::Separation(_)
            | ObstacleKind::Defect(_)
            | ObstacleKind::NoSuchSubject
            | ObstacleKind::NotInPlay
            | ObstacleKind::AlreadyDone => {}
        }
        let mut shown = vec![self.shown(act)];
        let others = told
            .acts
            .iter()
            .filter(|other| events.contains(&other.event));
        shown.extend(others.map(|other| self.shown(other)));
        shown.extend(facts.iter().filter_map(|fact| {
            let place = world.place(*fact, act.member)?;
            let name = &procedure.facts[*fact].name;
            (*place != act.place).then(|| Shown {
                what: format!("“{name}”"),
                on: None,
                place: place.clone(),
            })
        }));
        let mut once: Vec<Shown> = Vec::new();
        for one in shown {
            if !once.contains(&one) {
                once.push(one);
            }
        }
        once
    }

    /// Whether the law of a rule was in force on a day.
    pub(super) fn applied(&self, rule: RuleIx, day: Day) -> bool {
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
        told: &ToldCase,
        at: usize,
        act: &ToldAct,
        findings: &mut Findings,
    ) {
        let procedure = self.procedure;
        let name = &procedure.events[act.event].name;
        let Some(on) = act.on else {
            // Without its date nothing can be said of what had to come first, or of the law that held then.
            let index = &procedure.index;
            let conditions = index.conditions[act.event].iter();
            let requirements = index.requirements[act.event].iter();
            let windows = index.windows_in[act.event].iter();
            let milestones = index.milestones[act.event].iter();
            let rules = conditions
                .map(|c| procedure.conditions[*c].rule)
                .chain(requirements.map(|q| procedure.requirements[*q].rule))
                .chain(windows.map(|w| procedure.windows[*w].rule))
                .chain(milestones.map(|m| procedure.milestones[*m].rule));
            for rule in rules.filter(|rule| !procedure.rules[*rule].cites.is_empty()) {
                findings.note(rule, Judgment::CannotBeJudged, || {
                    format!("缺【{name}】的日期")
                });
            }
            return;
        };
        world.stand_at(at, on);
        let mut found: Vec<Obstacle> = Vec::new();
        engine::obstacles(world, act.event, act.member, &mut |obstacle| {
            found.push(obstacle)
        });
        let scope = Scope::of(procedure.events[act.event].domain, act.member);
        let mut asked = |rule: RuleIx, when: Option<&Condition>| {
            let holds =
                when.is_none_or(|when| engine::holds(world, when, &scope).truth == Truth::True);
            if holds && self.applied(rule, on.day) && !procedure.rules[rule].cites.is_empty() {
                findings.note(rule, Judgment::Kept, || format!("【{name}】{on}"));
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
                Truth::True => findings.depart(
                    rule,
                    Departure {
                        reason: format!("【{name}】{on}：{}", self.sentence(&obstacle)),
                        phase: self.phase(act.event),
                        by: self.responsible(act.event),
                        shown: self.evidence(world, told, act, &obstacle),
                    },
                ),
                _ => findings.note(rule, Judgment::CannotBeJudged, || {
                    self.missing(world, act, &obstacle)
                }),
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
        let mut read = |condition: &Condition| {
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
}
