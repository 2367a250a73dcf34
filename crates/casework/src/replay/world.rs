//! What a told history answers: true, false, or not told.

use std::cell::Cell;

use law::condition::{Atom, DateOperand};
use law::engine::{Scope, Window, World};
use law::fact::Value;
use law::model::{Base, CASE, Domain, EventIx, FactIx, Procedure, RuleIx, Strength};
use law::time::{Pause, Period, due};
use law::truth::{Truth, Verdict};
use vocabulary::{Day, Moment};

use super::{Place, Replay, ToldAct, ToldCase};

/// A history, seen from one of its acts.
pub(super) struct Told<'a> {
    replay: &'a Replay<'a>,
    case: &'a ToldCase,
    /// How many acts lie before.
    before: Cell<usize>,
    on: Cell<Moment>,
    /// Acts by event, in order.
    by_event: Vec<Vec<usize>>,
}

impl<'a> Told<'a> {
    pub fn new(replay: &'a Replay<'a>, case: &'a ToldCase) -> Told<'a> {
        let mut by_event = vec![Vec::new(); replay.procedure.events.len()];
        for (at, act) in case.acts.iter().enumerate() {
            by_event[act.event].push(at);
        }
        Told {
            replay,
            case,
            before: Cell::new(0),
            on: Cell::new(Moment::from(replay.today)),
            by_event,
        }
    }

    /// Looks from the act at this place in the order, on this day.
    pub fn stand_at(&self, at: usize, on: Moment) {
        self.before.set(at);
        self.on.set(on);
    }

    fn acts(&self, event: EventIx, member: usize) -> impl DoubleEndedIterator<Item = &ToldAct> {
        self.by_event[event]
            .iter()
            .map(|at| &self.case.acts[*at])
            .filter(move |act| act.member == member)
    }

    /// What happened on the same day may have come first: days are all that is told.
    fn earlier(&self, event: EventIx, member: usize) -> impl DoubleEndedIterator<Item = &ToldAct> {
        let on = self.on.get();
        self.acts(event, member)
            .filter(move |act| act.on.is_some_and(|then| then.day <= on.day))
    }

    pub fn is_told(&self, event: EventIx) -> bool {
        !self.by_event[event].is_empty()
    }

    pub fn has_date(&self, event: EventIx, member: usize) -> bool {
        self.acts(event, member).any(|act| act.on.is_some())
    }

    /// A fact as last told before or by the act looked from, else as told at all.
    pub fn value(&self, fact: FactIx, member: usize) -> Option<&Value> {
        let of_case = self.replay.procedure.facts[fact].domain == CASE;
        let fits = |act: &ToldAct| of_case || act.member == member;
        let upto = (self.before.get() + 1).min(self.case.acts.len());
        let said = self.case.acts[..upto].iter().rev().filter(|act| fits(act));
        let found = said
            .flat_map(|act| &act.facts)
            .find(|(f, _)| *f == fact)
            .map(|(_, value)| value);
        let member = if of_case { 0 } else { member };
        let told = || {
            self.case
                .facts
                .iter()
                .find(|told| told.fact == fact && told.member == member)
                .map(|told| &told.value)
        };
        found.or_else(told)
    }

    /// Where the fact stands as it was last told.
    pub fn place(&self, fact: FactIx, member: usize) -> Option<&'a Place> {
        let of_case = self.replay.procedure.facts[fact].domain == CASE;
        let member = if of_case { 0 } else { member };
        let upto = (self.before.get() + 1).min(self.case.acts.len());
        let mut said = self.case.acts[..upto].iter().rev();
        let found = said.find(|act| {
            (of_case || act.member == member) && act.facts.iter().any(|(f, _)| *f == fact)
        });
        let told = || {
            let mut told = self.case.facts.iter();
            told.find(|told| told.fact == fact && told.member == member)
        };
        found
            .map(|act| &act.place)
            .or_else(|| told().map(|told| &told.place))
    }

    pub fn pauses(&self, rule: RuleIx, base: Moment) -> Vec<Pause> {
        let mut pauses = Vec::new();
        for edge in self
            .replay
            .procedure
            .pauses
            .iter()
            .filter(|edge| edge.of == rule)
        {
            for begun in self
                .acts(edge.from, 0)
                .filter_map(|act| act.on)
                .filter(|on| *on >= base)
            {
                let ended = self
                    .acts(edge.until, 0)
                    .filter_map(|act| act.on)
                    .filter(|on| *on >= begun)
                    .min();
                pauses.push(Pause {
                    from: begun.day,
                    until: ended.map(|on| on.day),
                });
            }
        }
        pauses
    }

    pub fn extensions(&self, rule: RuleIx) -> Vec<Period> {
        let procedure = self.replay.procedure;
        let edges = procedure.extensions.iter().filter(|edge| edge.of == rule);
        edges
            .flat_map(|edge| {
                let times = self.acts(edge.act, 0).count().min(edge.most as usize);
                let by = procedure
                    .period(edge.by, self.replay.agency)
                    .map(|(period, _)| period);
                std::iter::repeat_n(by, times).flatten()
            })
            .collect()
    }

    fn date(&self, fact: FactIx, member: usize) -> Option<Day> {
        match self.value(fact, member)? {
            Value::Date(day) => Some(*day),
            Value::Moment(moment) => Some(moment.day),
            _ => None,
        }
    }

    fn operand(&self, operand: &DateOperand, member: usize) -> Option<(Day, bool)> {
        let base = match operand.fact {
            None => self.on.get().day,
            Some(fact) => self.date(fact, member)?,
        };
        let Some(plus) = operand.plus else {
            return Some((base, true));
        };
        let (period, confirmed) = self.replay.procedure.period(plus, self.replay.agency)?;
        Some((
            due(self.replay.calendar, period, Moment::from(base), &[])
                .ok()?
                .at
                .day,
            confirmed,
        ))
    }
}

impl World for Told<'_> {
    fn procedure(&self) -> &Procedure {
        self.replay.procedure
    }

    fn members(&self, domain: Domain) -> usize {
        self.case.members(domain)
    }

    fn executed(&self, event: EventIx, member: usize) -> Truth {
        if self.earlier(event, member).next().is_some() {
            return Truth::True;
        }
        let undated = self.acts(event, member).any(|act| act.on.is_none());
        if undated || (!self.case.is_complete && !self.has_date(event, member)) {
            Truth::Unknown
        } else {
            Truth::False
        }
    }

    fn included(&self, _event: EventIx, _member: usize) -> bool {
        // Whether an act was still in play is no rule of law; the rules that say why are judged themselves.
        true
    }

    fn owed(&self, response: usize, member: usize) -> bool {
        let edge = &self.replay.procedure.responses[response];
        let law::model::Trigger::After(trigger) = edge.trigger else {
            return false;
        };
        if edge.when.is_some() {
            return false;
        }
        let of = |event: EventIx| {
            if self.replay.procedure.events[event].domain == CASE {
                0
            } else {
                member
            }
        };
        let Some(since) = self
            .earlier(trigger, of(trigger))
            .next_back()
            .and_then(|act| act.on)
        else {
            return false;
        };
        let met = |target: &EventIx| {
            self.earlier(*target, of(*target))
                .any(|act| act.on >= Some(since))
        };
        self.case.is_complete && !edge.targets.iter().any(met)
    }

    fn defective(&self, _defect: usize, _member: usize) -> bool {
        false
    }

    fn delay_over(&self, condition: usize, source: EventIx, member: usize) -> Truth {
        let edge = &self.replay.procedure.conditions[condition];
        let Some(delay) = edge
            .delay
            .and_then(|delay| self.replay.procedure.period(delay, self.replay.agency))
        else {
            return Truth::True;
        };
        let Some(base) = self
            .earlier(source, member)
            .next_back()
            .and_then(|act| act.on)
        else {
            return Truth::Unknown;
        };
        match due(self.replay.calendar, delay.0, base, &[]) {
            Ok(end) => (self.on.get().day > end.at.day).into(),
            Err(_) => Truth::Unknown,
        }
    }

    fn window(&self, window: usize, member: usize) -> Window {
        let procedure = self.replay.procedure;
        let edge = &procedure.windows[window];
        let base = match (edge.base, edge.source) {
            (Base::Fact(fact), _) => self.date(fact, member).map(Moment::from),
            (Base::Act, Some(source)) => self
                .earlier(source, member)
                .next_back()
                .and_then(|act| act.on),
            (Base::Act, None) => None,
        };
        let Some(base) = base else {
            return if self.case.is_complete && edge.source.is_some() {
                Window::NotYet
            } else {
                Window::Unknown
            };
        };
        let Some((period, _)) = procedure.period(edge.period, self.replay.agency) else {
            return Window::Open;
        };
        match due(self.replay.calendar, period, base, &[]) {
            Ok(end) if self.on.get().day <= end.at.day => Window::Open,
            Ok(_) => Window::Lapsed,
            Err(_) => Window::Unknown,
        }
    }

    fn atom(&self, atom: &Atom, scope: &Scope) -> Verdict {
        let procedure = self.replay.procedure;
        let Some(member) = scope.member(procedure.facts[atom.fact].domain) else {
            return Verdict::UNKNOWN;
        };
        // Nobody can say of a told history that a field was left empty.
        if !self.case.is_complete
            && matches!(atom.test, law::condition::Test::Filled(_))
            && self.value(atom.fact, member).is_none()
        {
            return Verdict::UNKNOWN;
        }
        let value = |fact: FactIx| self.value(fact, scope.member(procedure.facts[fact].domain)?);
        atom.compare(procedure, self.replay.agency, &value, None, &|operand| {
            self.operand(operand, member)
        })
    }

    fn separated(&self, _separation: usize, _member: usize) -> Truth {
        Truth::Unknown
    }

    fn strength(&self, rule: RuleIx) -> Strength {
        self.replay.procedure.strength(rule, self.replay.agency)
    }

    fn in_force(&self, rule: RuleIx, _scope: &Scope) -> Truth {
        let rule = &self.replay.procedure.rules[rule];
        let day = self.on.get().day;
        (rule.from.is_none_or(|from| from <= day) && rule.until.is_none_or(|until| day < until))
            .into()
    }

    fn changes(&self, _fact: FactIx, _member: usize) -> bool {
        false
    }
}
