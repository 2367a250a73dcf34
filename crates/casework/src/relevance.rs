//! Which fields of an act still matter once some of them are filled: what the law demands besides, and what it
//! certainly does not ask for.
//!
//! This is for the eye only: a form orders and folds its fields by it, and [`crate::decide`] judges as ever. So it errs
//! on the side of showing: what is not known yet, may still change in the form, or is read where this module does not
//! look, keeps a field in sight.

use law::condition::{Atom, Condition, DateOperand, Test};
use law::engine::{self, Scope, World};
use law::fact::Value;
use law::model::{Base, EventIx, FactIx, Procedure, RequirementEdge, RuleIx, Strength, Trigger};
use law::truth::{Truth, Verdict};
use std::cell::OnceCell;
use vocabulary::Moment;

use crate::case::Case;
use crate::command::Command;
use crate::context::Context;
use crate::derive;
use crate::live::Live;

/// How much a field matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The act declares that it must be filled.
    Declared,
    /// A rule cannot be met without it.
    Demanded(RuleIx),
    /// A rule is met by it or by another one.
    OneOf(RuleIx),
    /// It may be filled.
    Open,
    /// No rule asks for it, whatever is filled in besides.
    Folded,
}

/// A rule that is not met because something is not filled in; what it could be met by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The rule.
    pub rule: RuleIx,
    /// Facts that are not filled, as the act declares them.
    pub facts: Vec<FactIx>,
    /// The defect that stays, where the act is recorded all the same.
    pub defect: Option<String>,
}

/// A form of an act as far as it is filled.
#[derive(Clone, Copy)]
pub struct Filling<'a> {
    /// The case.
    pub case: &'a Case,
    /// What is read besides.
    pub context: &'a Context,
    /// The event.
    pub event: EventIx,
    /// The member that it concerns.
    pub member: usize,
    /// The day of the act.
    pub at: Moment,
    /// What is filled.
    pub facts: &'a [(FactIx, Value)],
}

impl Filling<'_> {
    /// What each fact of the act needs, in the order in which the act declares them.
    pub fn needs(&self) -> Vec<(FactIx, Need)> {
        self.look(|look| {
            let event = &look.procedure().events[self.event];
            let declared = event.required.iter().map(|fact| (*fact, Need::Declared));
            let others = event.unforced().map(|fact| (fact, look.need(fact)));
            declared.chain(others).collect()
        })
    }

    /// Rules that are not met only because something is left empty.
    pub fn missing(&self) -> Vec<Missing> {
        self.look(|look| {
            let procedure = look.procedure();
            let edges = look.requirements();
            let missing = edges.filter_map(|edge| {
                let facts: Vec<FactIx> = look.empty(&edge.must);
                let may_be_met = look.reach(&edge.must, None).0;
                let is_lacking = look.binds(edge)
                    && look.truth(&edge.must, None) != Truth::True
                    && may_be_met
                    && !facts.is_empty();
                is_lacking.then(|| Missing {
                    rule: edge.rule,
                    facts,
                    defect: procedure
                        .defects
                        .iter()
                        .find(|it| it.rule == edge.rule && it.event == self.event)
                        .map(|it| it.name.clone()),
                })
            });
            missing.collect()
        })
    }

    /// Defects that the act would leave as it is filled, by rule and name. People are not asked about: a form that is
    /// not filled yet names none.
    pub fn leaves(&self) -> Vec<(RuleIx, String)> {
        self.look(|look| {
            let procedure = look.procedure();
            let mut found: Vec<(RuleIx, String)> = Vec::new();
            engine::obstacles(&look.live, self.event, self.member, &mut |obstacle| {
                let Some(rule) = obstacle.rule else { return };
                let reads_people = match obstacle.kind {
                    engine::ObstacleKind::Requirement(q) => {
                        let read = procedure.requirements[q].must.facts();
                        read.iter()
                            .any(|fact| procedure.facts[*fact].derived_by.is_some())
                    }
                    engine::ObstacleKind::Separation(_) => true,
                    _ => false,
                };
                let is_kept = obstacle.certainty == Truth::True
                    && obstacle.strength > Strength::Log
                    && !reads_people;
                let defect = procedure
                    .defects
                    .iter()
                    .find(|it| it.rule == rule && it.event == self.event);
                if let (true, Some(defect)) = (is_kept, defect)
                    && found.iter().all(|(known, _)| *known != rule)
                {
                    found.push((rule, defect.name.clone()));
                }
            });
            found
        })
    }

    /// What the row of a register that the form, or the case, names fills in.
    pub fn registered(&self, register: &str) -> Vec<(FactIx, Value)> {
        self.look(|look| derive::filled_from_register(register, &look.live, self.member))
    }

    fn look<T>(&self, ask: impl FnOnce(&Look<'_>) -> T) -> T {
        let domain = self.case.procedure.events[self.event].domain;
        let members = self.case.members[usize::from(domain.0)].len();
        let number = self.case.subject(domain, self.member).number;
        let mut command = Command::new(self.event, number, self.at);
        command.facts = self.facts.to_vec();
        ask(&Look {
            event: self.event,
            scope: Scope::of(domain, self.member),
            command: &command,
            live: Live {
                case: self.case,
                context: self.context,
                command: Some(&command),
                member: self.member,
                at: self.at,
                newcomer: (self.member >= members).then_some(domain),
                settled: OnceCell::new(),
            },
        })
    }
}

/// Whether a condition over what is known before an act is not certainly false for the member.
pub fn may_hold(
    case: &Case,
    context: &Context,
    at: Moment,
    when: &Condition,
    scope: &Scope,
) -> bool {
    let live = Live::of(case, context, scope.target.1, at);
    engine::holds(&live, when, scope).truth != Truth::False
}

struct Look<'a> {
    event: EventIx,
    scope: Scope,
    command: &'a Command,
    live: Live<'a>,
}

impl Look<'_> {
    fn procedure(&self) -> &Procedure {
        &self.live.case.procedure
    }

    fn requirements(&self) -> impl Iterator<Item = &RequirementEdge> {
        let procedure = self.procedure();
        let all = procedure.index.requirements[self.event].iter();
        all.map(|edge| &procedure.requirements[*edge])
    }

    fn is_filled(&self, fact: FactIx) -> bool {
        self.command.facts.iter().any(|(known, _)| *known == fact)
    }

    /// What the act says and does not say yet, among the facts of a condition.
    fn empty(&self, condition: &Condition) -> Vec<FactIx> {
        let event = &self.procedure().events[self.event];
        let read = condition.facts();
        let said = event.required.iter().copied().chain(event.unforced());
        said.filter(|fact| read.contains(fact) && !self.is_filled(*fact))
            .collect()
    }

    /// The answer to a comparison as far as it is certain: what may still be filled in, is derived from who takes part,
    /// or counts from a day that may be changed, is not.
    fn atom(&self, atom: &Atom) -> Truth {
        let procedure = self.procedure();
        let says = |fact: FactIx| procedure.events[self.event].says(fact);
        let is_open = |fact: &FactIx| {
            let declared = &procedure.facts[*fact];
            declared.derived_by.is_some()
                || (says(*fact) && !self.is_filled(*fact))
                || self.scope.member(declared.domain).is_none()
        };
        let counts_from_the_act =
            matches!(atom.test, Test::Date(_, DateOperand { fact: None, .. }));
        if counts_from_the_act || atom.facts().iter().any(is_open) {
            return Truth::Unknown;
        }
        self.live.atom(atom, &self.scope).truth
    }

    /// The answer to a condition, with one fact taken as if it could be anything.
    fn truth(&self, condition: &Condition, any: Option<FactIx>) -> Truth {
        let verdict = condition.evaluate(&mut |atom| {
            let is_any = any.is_some_and(|fact| atom.facts().contains(&fact));
            Verdict::firm(if is_any {
                Truth::Unknown
            } else {
                self.atom(atom)
            })
        });
        verdict.truth
    }

    /// Whether a condition can come true, and whether it can come false, however the form is filled, while one fact
    /// stays empty.
    fn reach(&self, condition: &Condition, empty: Option<FactIx>) -> (bool, bool) {
        match condition {
            Condition::All(parts) => {
                let parts: Vec<(bool, bool)> =
                    parts.iter().map(|part| self.reach(part, empty)).collect();
                (parts.iter().all(|it| it.0), parts.iter().any(|it| it.1))
            }
            Condition::Any(parts) => {
                let parts: Vec<(bool, bool)> =
                    parts.iter().map(|part| self.reach(part, empty)).collect();
                (parts.iter().any(|it| it.0), parts.iter().all(|it| it.1))
            }
            Condition::Not(part) => {
                let (truth, falsehood) = self.reach(part, empty);
                (falsehood, truth)
            }
            Condition::Atom(atom) if empty.is_some_and(|fact| atom.facts().contains(&fact)) => {
                match atom.test {
                    Test::Filled(expected) => (!expected, expected),
                    // Nothing can be said of what is not filled.
                    _ => (false, false),
                }
            }
            Condition::Atom(atom) => match self.atom(atom) {
                Truth::True => (true, false),
                Truth::False => (false, true),
                Truth::Unknown => (true, true),
            },
        }
    }

    /// Whether a requirement holds now, hard enough to leave something behind.
    fn binds(&self, edge: &RequirementEdge) -> bool {
        let when = edge.when.as_ref();
        self.live.in_force(edge.rule, &self.scope) == Truth::True
            && self.live.strength(edge.rule) > Strength::Log
            && when.is_none_or(|when| self.truth(when, None) == Truth::True)
    }

    fn need(&self, fact: FactIx) -> Need {
        let mut alternative = None;
        for edge in self.requirements().filter(|edge| self.binds(edge)) {
            if !edge.must.facts().contains(&fact) {
                continue;
            }
            if !self.reach(&edge.must, Some(fact)).0 {
                return Need::Demanded(edge.rule);
            }
            if self.truth(&edge.must, Some(fact)) != Truth::True {
                alternative.get_or_insert(edge.rule);
            }
        }
        match alternative {
            Some(rule) => Need::OneOf(rule),
            None if self.is_certainly_not_asked(fact) => Need::Folded,
            None => Need::Open,
        }
    }

    /// Something reads the fact, and nothing that reads it could make a difference.
    fn is_certainly_not_asked(&self, fact: FactIx) -> bool {
        let procedure = self.procedure();
        let reads = |condition: &Condition| condition.facts().contains(&fact);
        let any_when = |when: Option<&Condition>| {
            when.map_or(Truth::True, |when| self.truth(when, Some(fact)))
        };
        let mut is_read = false;
        for edge in self.requirements() {
            if reads(&edge.must) || edge.when.as_ref().is_some_and(reads) {
                is_read = true;
                let met = self.truth(&edge.must, Some(fact));
                if any_when(edge.when.as_ref()).and(!met) != Truth::False {
                    return false;
                }
            }
        }
        for edge in &procedure.conditions {
            if edge.target == self.event && edge.when.as_ref().is_some_and(reads) {
                is_read = true;
                if any_when(edge.when.as_ref()) != Truth::False {
                    return false;
                }
            }
        }
        is_read && !is_read_elsewhere(procedure, self.event, fact)
    }
}

/// Whether anything but the requirements and preconditions of the event reads the fact.
fn is_read_elsewhere(procedure: &Procedure, event: EventIx, fact: FactIx) -> bool {
    let reads =
        |when: &Option<Condition>| when.as_ref().is_some_and(|it| it.facts().contains(&fact));
    let counts = |base: Base| base == Base::Fact(fact);
    let requirements = procedure.requirements.iter();
    let mut requirements = requirements.filter(|edge| edge.target != event);
    let mut conditions = procedure.conditions.iter();
    requirements.any(|edge| edge.must.facts().contains(&fact) || reads(&edge.when))
        || conditions.any(|edge| edge.target != event && reads(&edge.when))
        || procedure.responses.iter().any(|edge| {
            let sets_off =
                matches!(&edge.trigger, Trigger::Changed { facts, .. } if facts.contains(&fact));
            sets_off || reads(&edge.when) || counts(edge.base)
        })
        || procedure.milestones.iter().any(|edge| reads(&edge.when))
        || procedure
            .windows
            .iter()
            .any(|edge| reads(&edge.when) || counts(edge.base))
        || procedure.flows.iter().any(|edge| reads(&edge.when))
        || procedure.pauses.iter().any(|edge| reads(&edge.when))
        || procedure.extensions.iter().any(|edge| reads(&edge.when))
}
