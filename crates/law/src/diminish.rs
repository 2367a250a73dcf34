//! A procedure with something taken out: what the coverage count compares a procedure with.
//!
//! Nothing is renumbered, so that answers of both can be laid side by side. Whoever takes out several things calls
//! [`Procedure::reindex`] once at the end.

use crate::condition::{Atom, Condition, Test};
use crate::fact::Sensitivity;
use crate::model::{
    ConditionEdge, DocumentIx, EventIx, FactIx, MilestoneEdge, Procedure, RequirementEdge,
    ResponseEdge, RuleIx, Trigger,
};

impl Procedure {
    /// Takes out a kind of document: nothing issues it, nothing can be done with it, no relation speaks of it.
    pub fn drop_document(&mut self, document: DocumentIx) {
        let mine = |event: EventIx| self.events[event].document == Some(document);
        let of: Vec<EventIx> = (0..self.events.len()).filter(|it| mine(*it)).collect();
        let speaks = |event: &EventIx| of.contains(event);
        self.conditions
            .retain(|edge| edge.sources.iter().all(|source| !speaks(source)));
        for edge in self.conditions.iter_mut().filter(|it| speaks(&it.target)) {
            // What waits for itself is never done.
            edge.sources = vec![edge.target];
            edge.when = None;
        }
        self.responses.retain(|edge| {
            let begins = matches!(&edge.trigger, Trigger::After(event) if speaks(event));
            !begins && !edge.targets.iter().any(speaks)
        });
        self.milestones.retain(|edge| !speaks(&edge.source));
        self.windows
            .retain(|edge| !edge.source.as_ref().is_some_and(speaks));
        self.flows.retain(|edge| !speaks(&edge.source));
        for event in &mut self.events {
            event.issues.retain(|issued| *issued != document);
        }
    }

    /// The rules that demand one of these events: another waits for it, or it is owed, or another waits until it no
    /// longer is, or another may not go without what it alone says.
    pub fn demands_of(&self, events: &[EventIx]) -> Vec<RuleIx> {
        let waits = self
            .conditions
            .iter()
            .filter(|edge| waits_for(edge, events));
        let owed = self.responses.iter().filter(|edge| owes(edge, events));
        let open = self.milestones.iter().filter(|edge| holds_up(edge, events));
        let read = self
            .requirements
            .iter()
            .filter(|edge| self.reads_from(edge, events));
        let mut all: Vec<RuleIx> = waits
            .map(|edge| edge.rule)
            .chain(owed.map(|edge| edge.rule))
            .chain(open.map(|edge| edge.rule))
            .chain(read.map(|edge| edge.rule))
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Takes the demands for these events out, edge by edge: what a rule asks besides stays.
    pub fn drop_demands(&mut self, events: &[EventIx]) {
        let read: Vec<bool> = self
            .requirements
            .iter()
            .map(|edge| self.reads_from(edge, events))
            .collect();
        let mut reads = read.into_iter();
        self.requirements.retain(|_| reads.next() != Some(true));
        self.conditions.retain(|edge| !waits_for(edge, events));
        self.responses.retain(|edge| !owes(edge, events));
        self.milestones.retain(|edge| !holds_up(edge, events));
    }

    /// Whether a requirement on another event cannot be met without a fact that these events alone say.
    fn reads_from(&self, edge: &RequirementEdge, events: &[EventIx]) -> bool {
        if events.contains(&edge.target) {
            return false;
        }
        let mut needed = Vec::new();
        needs(&edge.must, &mut needed);
        needed.into_iter().any(|fact| {
            let mut saying = (0..self.events.len())
                .filter(|event| self.events[*event].says(fact))
                .peekable();
            saying.peek().is_some() && saying.all(|event| events.contains(&event))
        })
    }

    /// Takes an alternative out of every comparison: none is true because of it any more. Of a multiple choice, no
    /// act demands it any more.
    pub fn drop_alternative(&mut self, fact: FactIx, alternative: u16) {
        let guards = self
            .conditions
            .iter_mut()
            .map(|edge| &mut edge.when)
            .chain(self.responses.iter_mut().map(|edge| &mut edge.when))
            .chain(self.milestones.iter_mut().map(|edge| &mut edge.when))
            .chain(self.windows.iter_mut().map(|edge| &mut edge.when))
            .chain(self.flows.iter_mut().map(|edge| &mut edge.when))
            .chain(self.pauses.iter_mut().map(|edge| &mut edge.when))
            .chain(self.extensions.iter_mut().map(|edge| &mut edge.when));
        for guard in guards.flatten() {
            without_alternative(guard, fact, alternative, false);
        }
        for edge in &mut self.requirements {
            without_alternative(&mut edge.must, fact, alternative, true);
            if let Some(guard) = &mut edge.when {
                without_alternative(guard, fact, alternative, false);
            }
        }
    }

    /// Takes a fact's protection out, and every requirement that reads it.
    pub fn drop_fact(&mut self, fact: FactIx) {
        self.facts[fact].sensitivity = Sensitivity::Public;
        self.facts[fact].personal = None;
        self.requirements
            .retain(|edge| !edge.must.facts().contains(&fact));
    }

    /// The rules whose requirement reads a fact.
    pub fn readers_of(&self, fact: FactIx) -> Vec<RuleIx> {
        let reads = self
            .requirements
            .iter()
            .filter(|edge| edge.must.facts().contains(&fact));
        reads.map(|edge| edge.rule).collect()
    }
}

fn waits_for(edge: &ConditionEdge, events: &[EventIx]) -> bool {
    let mut sources = edge.sources.iter();
    sources.any(|source| *source != edge.target && events.contains(source))
}

fn owes(edge: &ResponseEdge, events: &[EventIx]) -> bool {
    edge.targets.iter().any(|target| events.contains(target))
}

fn holds_up(edge: &MilestoneEdge, events: &[EventIx]) -> bool {
    edge.source != edge.target && events.contains(&edge.source)
}

/// The facts without which a condition cannot hold: those of every part, and none that is to be empty.
fn needs(condition: &Condition, facts: &mut Vec<FactIx>) {
    match condition {
        Condition::All(parts) => parts.iter().for_each(|part| needs(part, facts)),
        Condition::Any(_) | Condition::Not(_) => {}
        Condition::Atom(Atom {
            test: Test::Filled(false),
            ..
        }) => {}
        Condition::Atom(atom) => facts.push(atom.fact),
    }
}

fn without_alternative(condition: &mut Condition, fact: FactIx, gone: u16, demands: bool) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            for part in parts {
                without_alternative(part, fact, gone, demands);
            }
        }
        // Within a negation a comparison counts for the opposite.
        Condition::Not(part) => without_alternative(part, fact, gone, !demands),
        Condition::Atom(Atom { fact: read, test }) if *read == fact => match test {
            Test::OneOf(any) => any.retain(|one| *one != gone),
            Test::NoneOf(none) if !none.contains(&gone) => none.push(gone),
            Test::Has(one, _) if *one == gone => {
                *condition = if demands {
                    Condition::All(Vec::new())
                } else {
                    Condition::Any(Vec::new())
                };
            }
            _ => {}
        },
        Condition::Atom(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn atom(test: Test) -> Condition {
        Condition::Atom(Atom { fact: 3, test })
    }

    fn without(mut condition: Condition, demands: bool) -> Condition {
        without_alternative(&mut condition, 3, 1, demands);
        condition
    }

    #[test]
    fn no_comparison_is_true_because_of_what_was_taken_out() {
        assert_eq!(
            without(atom(Test::OneOf(vec![0, 1])), false),
            atom(Test::OneOf(vec![0]))
        );
        assert_eq!(
            without(atom(Test::NoneOf(vec![0])), false),
            atom(Test::NoneOf(vec![0, 1]))
        );
        assert_eq!(
            without(atom(Test::NoneOf(vec![1])), false),
            atom(Test::NoneOf(vec![1])),
            "what was excluded stays excluded"
        );
    }

    #[test]
    fn a_point_that_was_taken_out_is_neither_demanded_nor_a_reason() {
        let has = || atom(Test::Has(1, true));
        assert_eq!(without(has(), true), Condition::All(Vec::new()));
        assert_eq!(without(has(), false), Condition::Any(Vec::new()));
        let other = Condition::Atom(Atom {
            fact: 4,
            test: Test::Has(1, true),
        });
        assert_eq!(without(other.clone(), true), other, "of another fact");
    }
}
