//! Daily work's answers to what the engine asks: from facts, dates and registers.

use std::cell::OnceCell;

use law::condition::{Atom, DateOperand};
use law::engine::{Scope, Window, World};
use law::fact::Value;
use law::model::{
    Agency, Base, CASE, DateKey, Domain, EventIx, FactIx, Procedure, RuleIx, Strength,
};
use law::time::{Code, due};
use law::truth::{Truth, Verdict};
use vocabulary::{Day, Moment};

use crate::case::Case;
use crate::command::Command;
use crate::context::Context;
use crate::derive;

/// A case on a day, with or without an act at hand.
pub struct Live<'a> {
    /// The case.
    pub case: &'a Case,
    /// What is read besides.
    pub context: &'a Context,
    /// The act at hand: its facts count as given.
    pub command: Option<&'a Command>,
    /// The member that the act at hand concerns.
    pub member: usize,
    /// The day for which is asked.
    pub at: Moment,
    /// A member that an act would bring in, asked about before it exists.
    pub newcomer: Option<Domain>,
    /// The agency's layer as it holds for this question, once it was asked for: begins empty.
    pub settled: OnceCell<Agency>,
}

impl<'a> Live<'a> {
    /// A case as it stands at a moment, with no act at hand.
    pub fn of(case: &'a Case, context: &'a Context, member: usize, at: Moment) -> Live<'a> {
        Live {
            case,
            context,
            command: None,
            member,
            at,
            newcomer: None,
            settled: OnceCell::new(),
        }
    }
}

impl Live<'_> {
    /// The agency's layer: what it set or confirmed as it stood on the day that is decisive for each.
    pub fn agency(&self) -> &Agency {
        let agency = &self.context.agency;
        if agency.dated.is_empty() {
            return agency;
        }
        self.settled.get_or_init(|| {
            agency.on(|id| {
                let settings = &self.case.procedure.settings;
                let setting = settings.iter().find(|setting| setting.id == id);
                let key = setting.map_or(DateKey::Act, |setting| setting.date_key);
                // What no fact dates yet is asked as of the act.
                self.key_day(key, &Scope::of(CASE, 0))
                    .unwrap_or(self.at.day)
            })
        })
    }

    /// The day by which something is chosen that changed.
    fn key_day(&self, key: DateKey, scope: &Scope) -> Option<Day> {
        match key {
            DateKey::Act => Some(self.at.day),
            DateKey::Violation => derive::violation_day(self),
            DateKey::Filing => derive::filing_day(self),
            DateKey::Decision => derive::decision_day(self, scope).or(Some(self.at.day)),
        }
    }

    /// A fact as it stands, the act at hand included.
    pub fn fact(&self, fact: FactIx, member: usize) -> Option<&Value> {
        if let Some(command) = self.command {
            let domain = self.case.procedure.facts[fact].domain;
            if (domain == CASE || member == self.member)
                && let Some((_, value)) = command.facts.iter().find(|(f, _)| *f == fact)
            {
                return Some(value);
            }
            // What an earlier doing of the same act said is not said by this one.
            let event = &self.case.procedure.events[command.event];
            if event.unforced().any(|own| own == fact)
                && self
                    .case
                    .mark(command.event, self.member)
                    .is_some_and(|mark| mark.count > 0)
            {
                return None;
            }
        }
        self.case.fact(fact, member)
    }

    /// A fact by its id.
    pub fn fact_by_id(&self, id: &str, member: usize) -> Option<&Value> {
        let fact = self.case.procedure.fact(id)?;
        let member = if self.case.procedure.facts[fact].domain == CASE {
            0
        } else {
            member
        };
        self.fact(fact, member)
    }

    fn date(&self, fact: FactIx, member: usize) -> Option<Day> {
        match self.fact(fact, member)? {
            Value::Date(day) => Some(*day),
            Value::Moment(moment) => Some(moment.day),
            _ => None,
        }
    }

    fn operand(&self, operand: &DateOperand, scope: &Scope) -> Option<(Day, bool)> {
        let base = match operand.fact {
            None => self.at.day,
            Some(fact) => self.date(fact, scope.member(self.case.procedure.facts[fact].domain)?)?,
        };
        let Some(plus) = operand.plus else {
            return Some((base, true));
        };
        let (period, confirmed) = self.case.procedure.period(plus, self.agency())?;
        let end = due(&self.context.calendar, period, Moment::from(base), &[]).ok()?;
        Some((end.at.day, confirmed))
    }

    /// The end of a window counted from a dated fact.
    fn fact_window(&self, window: usize, fact: FactIx, member: usize) -> Window {
        let procedure = &self.case.procedure;
        let edge = &procedure.windows[window];
        let member = if procedure.facts[fact].domain == CASE {
            0
        } else {
            member
        };
        let Some(base) = self.date(fact, member) else {
            return Window::Unknown;
        };
        let Some((period, _)) = procedure.period(edge.period, self.agency()) else {
            return Window::Open;
        };
        match due(&self.context.calendar, period, Moment::from(base), &[]) {
            Ok(end) if self.at.day <= end.at.day => Window::Open,
            Ok(_) => Window::Lapsed,
            Err(_) => Window::Unknown,
        }
    }
}

impl World for Live<'_> {
    fn procedure(&self) -> &Procedure {
        &self.case.procedure
    }

    fn members(&self, domain: Domain) -> usize {
        self.case.members[usize::from(domain.0)].len() + usize::from(self.newcomer == Some(domain))
    }

    fn executed(&self, event: EventIx, member: usize) -> Truth {
        self.case
            .mark(event, member)
            .is_some_and(|mark| mark.counts)
            .into()
    }

    fn included(&self, event: EventIx, member: usize) -> bool {
        match self.case.mark(event, member) {
            Some(mark) => mark.included,
            // A newcomer finds the case as its earlier acts left it.
            None => {
                let procedure = &self.case.procedure;
                let done = |source: EventIx| {
                    procedure.events[source].domain == CASE
                        && self.case.mark(source, 0).is_some_and(|mark| mark.counts)
                };
                let mut flows = procedure
                    .flows
                    .iter()
                    .filter(|flow| flow.target == event && done(flow.source));
                match flows.next_back() {
                    Some(flow) => flow.includes,
                    None => procedure.act_of(event).starts_included,
                }
            }
        }
    }

    fn owed(&self, response: usize, member: usize) -> bool {
        self.case.owed[response]
            .get(member)
            .is_some_and(Option::is_some)
    }

    fn defective(&self, defect: usize, member: usize) -> bool {
        self.case.defects[defect]
            .get(member)
            .is_some_and(Option::is_some)
    }

    fn delay_over(&self, condition: usize, source: EventIx, member: usize) -> Truth {
        let procedure = &self.case.procedure;
        let edge = &procedure.conditions[condition];
        let (Some(delay), Some(last)) = (
            edge.delay,
            self.case.mark(source, member).and_then(|mark| mark.last),
        ) else {
            return Truth::True;
        };
        let Some((period, _)) = procedure.period(delay, self.agency()) else {
            return Truth::True;
        };
        let (base, backwards) = if period.code == Code::F4 {
            (self.at, true)
        } else {
            (last, false)
        };
        match due(&self.context.calendar, period, base, &[]) {
            // Counted back from the act: the source must lie on or before the latest day.
            Ok(latest) if backwards => (last.day <= latest.at.day).into(),
            Ok(end) if end.at.minute.is_some() => (self.at > end.at).into(),
            Ok(end) => (self.at.day > end.at.day).into(),
            Err(_) => Truth::Unknown,
        }
    }

    fn window(&self, window: usize, member: usize) -> Window {
        let edge = &self.case.procedure.windows[window];
        if let Base::Fact(fact) = edge.base {
            return self.fact_window(window, fact, member);
        }
        match self.case.opened[window]
            .get(member)
            .and_then(Option::as_ref)
        {
            None => Window::NotYet,
            Some(clock) => match clock.due {
                Some(due) if self.at.day > due.day => Window::Lapsed,
                _ => Window::Open,
            },
        }
    }

    fn atom(&self, atom: &Atom, scope: &Scope) -> Verdict {
        let procedure = &self.case.procedure;
        let Some(member) = scope.member(procedure.facts[atom.fact].domain) else {
            return Verdict::UNKNOWN;
        };
        let derived = procedure.facts[atom.fact]
            .derived_by
            .as_deref()
            .map(|by| derive::derive(by, self, member));
        let derived = derived.map(|found| found.map(|d| d.value));
        let value = |fact: FactIx| {
            if fact == atom.fact
                && let Some(derived) = &derived
            {
                return derived.as_ref();
            }
            self.fact(fact, scope.member(procedure.facts[fact].domain)?)
        };
        let before = self.case.fact(atom.fact, member);
        atom.compare(procedure, self.agency(), &value, before, &|operand| {
            self.operand(operand, scope)
        })
    }

    fn separated(&self, separation: usize, _member: usize) -> Truth {
        let edge = &self.case.procedure.separations[separation];
        let Some(command) = self.command else {
            return Truth::True;
        };
        let takes_part = |role: &usize, person: &str| {
            let now = command.people.iter().any(|(r, p)| r == role && p == person);
            let before = self.case.history.iter().flat_map(|done| &done.people);
            now || before.into_iter().any(|(r, p)| r == role && p == person)
        };
        let kept =
            |(_, person): &(usize, String)| !edge.never.iter().any(|role| takes_part(role, person));
        command
            .people
            .iter()
            .filter(|(role, _)| *role == edge.role)
            .all(kept)
            .into()
    }

    fn strength(&self, rule: RuleIx) -> Strength {
        self.case.procedure.strength(rule, self.agency())
    }

    fn in_force(&self, rule: RuleIx, scope: &Scope) -> Truth {
        let rule = &self.case.procedure.rules[rule];
        if rule.from.is_none() && rule.until.is_none() {
            return Truth::True;
        }
        match self.key_day(rule.date_key, scope) {
            None => Truth::Unknown,
            Some(day) => (rule.from.is_none_or(|from| from <= day)
                && rule.until.is_none_or(|until| day < until))
            .into(),
        }
    }

    fn defers(&self, requirement: usize) -> bool {
        self.command.is_none() && self.case.procedure.index.said_by_act[requirement]
    }

    fn changes(&self, fact: FactIx, member: usize) -> bool {
        let Some(command) = self.command else {
            return false;
        };
        let member = if self.case.procedure.facts[fact].domain == CASE {
            0
        } else {
            member
        };
        command.facts.iter().any(|(f, value)| {
            *f == fact && self.case.fact(fact, member).is_some_and(|old| old != value)
        })
    }
}
