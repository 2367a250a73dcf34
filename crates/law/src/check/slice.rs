//! What of a procedure a property is checked on.
//!
//! Kept: the events it names; every relation it rests on; conditions among kept events; for what a kept gate waits
//! for, everything that can open the gate: exclusions and inclusions of it, windows that let it lapse, responses that
//! owe it and are rested on; and every event that writes a fact which a kept guard reads. All else is dropped: a
//! dropped condition, requirement, obligation or exclusion of an actor only lets more happen.

use std::collections::BTreeSet;

use super::{Property, SwitchOn};
use crate::condition::Condition;
use crate::model::{EventIx, FactIx, Procedure, RuleIx, Trigger};

/// A slice.
#[derive(Clone, Debug)]
pub struct Slice {
    /// Events that may happen.
    pub events: Vec<EventIx>,
    /// Facts with a cell.
    pub facts: Vec<FactIx>,
    /// The procedure with the kept edges alone.
    pub procedure: Procedure,
    /// Events whose being in play is kept track of.
    pub tracked_inclusion: BTreeSet<EventIx>,
    /// Events of which it matters whether they were done.
    pub tracked_execution: BTreeSet<EventIx>,
    /// Rules of kept blocking edges: whose deletion is tried.
    pub rules: BTreeSet<RuleIx>,
}

#[derive(Default)]
struct Kept {
    events: BTreeSet<EventIx>,
    facts: BTreeSet<FactIx>,
    conditions: BTreeSet<usize>,
    milestones: BTreeSet<usize>,
    responses: BTreeSet<usize>,
    windows: BTreeSet<usize>,
    flows: BTreeSet<usize>,
    requirements: BTreeSet<usize>,
    /// What a kept gate waits for.
    sources: BTreeSet<EventIx>,
    /// Events into which some flow is kept: then all flows into them are.
    flowed: BTreeSet<EventIx>,
    /// What a kept milestone waits for: then all that owes it is kept.
    owed: BTreeSet<EventIx>,
}

impl Kept {
    fn size(&self) -> usize {
        self.events.len()
            + self.facts.len()
            + self.conditions.len()
            + self.milestones.len()
            + self.responses.len()
            + self.windows.len()
            + self.flows.len()
            + self.requirements.len()
            + self.flowed.len()
    }

    fn read(&mut self, when: Option<&Condition>, own: usize) {
        if let Some(when) = when {
            self.facts
                .extend(when.facts().into_iter().filter(|fact| *fact < own));
        }
    }
}

impl Slice {
    /// The slice of a property.
    pub fn of(procedure: &Procedure, property: &Property) -> Slice {
        let own = procedure.facts.len();
        let mut kept = Kept::default();
        kept.events.insert(property.bad);
        kept.events.extend(&property.also);
        kept.read(property.when.as_ref(), own);
        for switch in property.flags.iter().flat_map(|flag| &flag.switches) {
            match switch.on {
                SwitchOn::Event(event) => {
                    kept.events.insert(event);
                }
                SwitchOn::Owed(response) => {
                    kept.responses.insert(response);
                }
            }
            kept.read(switch.when.as_ref(), own);
        }
        loop {
            let before = kept.size();
            grow(procedure, property, &mut kept, own);
            if kept.size() == before {
                break;
            }
        }
        assemble(procedure, kept)
    }
}

fn grow(procedure: &Procedure, property: &Property, kept: &mut Kept, own: usize) {
    let rests = |rule: RuleIx| property.rests_on.contains(&rule);
    for (c, edge) in procedure.conditions.iter().enumerate() {
        let inside = kept.events.contains(&edge.target)
            && edge.sources.iter().all(|s| kept.events.contains(s));
        if rests(edge.rule) && kept.events.contains(&edge.target) || inside {
            kept.conditions.insert(c);
            kept.events.extend(&edge.sources);
            kept.sources.extend(&edge.sources);
            // Who takes a source out of play takes out what waits for it, too.
            kept.flowed.insert(edge.target);
            kept.read(edge.when.as_ref(), own);
        }
    }
    for (m, edge) in procedure.milestones.iter().enumerate() {
        if rests(edge.rule) && kept.events.contains(&edge.target) {
            kept.milestones.insert(m);
            kept.events.insert(edge.source);
            kept.sources.insert(edge.source);
            kept.owed.insert(edge.source);
            kept.flowed.insert(edge.target);
            kept.read(edge.when.as_ref(), own);
        }
    }
    for (q, edge) in procedure.requirements.iter().enumerate() {
        if rests(edge.rule) && kept.events.contains(&edge.target) {
            kept.requirements.insert(q);
            kept.read(Some(&edge.must), own);
            kept.read(edge.when.as_ref(), own);
        }
    }
    for (r, edge) in procedure.responses.iter().enumerate() {
        let blocks = edge.blocks.iter().any(|b| kept.events.contains(b));
        let held = edge.targets.iter().any(|t| kept.owed.contains(t));
        // An obligation only ever holds things up: one that the property does not rest on may be left out.
        if rests(edge.rule) && (blocks || held) || kept.responses.contains(&r) {
            kept.responses.insert(r);
            kept.events.extend(&edge.targets);
            kept.sources.extend(&edge.targets);
            kept.flowed
                .extend(edge.blocks.iter().filter(|b| kept.events.contains(b)));
            match &edge.trigger {
                Trigger::After(event) => {
                    kept.events.insert(*event);
                    kept.flowed.insert(*event);
                }
                Trigger::Changed { facts, since } => {
                    kept.events.extend(since);
                    kept.sources.extend(since);
                    kept.events.extend(writers(procedure, facts));
                }
            }
            kept.read(edge.when.as_ref(), own);
        }
    }
    for (w, edge) in procedure.windows.iter().enumerate() {
        // A window that can lapse lets those pass who wait for its event.
        if kept.sources.contains(&edge.target) {
            kept.windows.insert(w);
            kept.events.extend(edge.source);
            kept.read(edge.when.as_ref(), own);
        }
    }
    for edge in &procedure.flows {
        if rests(edge.rule) && kept.events.contains(&edge.target)
            || kept.sources.contains(&edge.target)
        {
            kept.flowed.insert(edge.target);
        }
    }
    for (f, edge) in procedure.flows.iter().enumerate() {
        if kept.flowed.contains(&edge.target) {
            kept.flows.insert(f);
            kept.events.insert(edge.source);
            if edge.includes {
                // What is out of play itself brings nothing back.
                kept.flowed.insert(edge.source);
            }
            kept.read(edge.when.as_ref(), own);
        }
    }
    let facts: Vec<FactIx> = kept.facts.iter().copied().collect();
    kept.events.extend(writers(procedure, &facts));
}

fn writers(procedure: &Procedure, facts: &[FactIx]) -> Vec<EventIx> {
    let writes = |event: &EventIx| {
        let declared = &procedure.events[*event];
        facts.iter().any(|fact| declared.says(*fact))
    };
    (0..procedure.events.len()).filter(writes).collect()
}

fn assemble(procedure: &Procedure, kept: Kept) -> Slice {
    fn pick<T: Clone>(all: &[T], chosen: &BTreeSet<usize>) -> Vec<T> {
        chosen.iter().map(|i| all[*i].clone()).collect()
    }
    let mut sliced = procedure.clone();
    sliced.conditions = pick(&procedure.conditions, &kept.conditions);
    sliced.milestones = pick(&procedure.milestones, &kept.milestones);
    sliced.responses = pick(&procedure.responses, &kept.responses);
    sliced.windows = pick(&procedure.windows, &kept.windows);
    sliced.flows = pick(&procedure.flows, &kept.flows);
    sliced.requirements = pick(&procedure.requirements, &kept.requirements);
    sliced.separations.clear();
    sliced.pauses.clear();
    sliced.extensions.clear();
    let blocks_inside = |d: &&crate::model::DefectSpec| {
        kept.events.contains(&d.event)
            && d.blocks.iter().any(|b| kept.events.contains(b))
            && (sliced
                .conditions
                .iter()
                .any(|e| e.rule == d.rule && e.target == d.event)
                || sliced
                    .requirements
                    .iter()
                    .any(|e| e.rule == d.rule && e.target == d.event))
    };
    sliced.defects = procedure
        .defects
        .iter()
        .filter(blocks_inside)
        .cloned()
        .collect();
    // Doing something again is always allowed here: that only adds behavior.
    for act in &mut sliced.acts {
        act.is_repeatable = true;
    }
    sliced.reindex();
    let mut tracked_execution: BTreeSet<EventIx> = BTreeSet::new();
    tracked_execution.extend(sliced.conditions.iter().flat_map(|e| &e.sources));
    tracked_execution.extend(sliced.windows.iter().map(|e| e.target));
    for edge in &sliced.responses {
        if let Trigger::Changed { since, .. } = &edge.trigger {
            tracked_execution.extend(since);
        }
    }
    let mut rules: BTreeSet<RuleIx> = BTreeSet::new();
    rules.extend(sliced.conditions.iter().map(|e| e.rule));
    rules.extend(sliced.milestones.iter().map(|e| e.rule));
    rules.extend(sliced.responses.iter().map(|e| e.rule));
    rules.extend(sliced.requirements.iter().map(|e| e.rule));
    rules.extend(sliced.flows.iter().map(|e| e.rule));
    Slice {
        events: kept.events.into_iter().collect(),
        facts: kept.facts.into_iter().collect(),
        tracked_inclusion: sliced.flows.iter().map(|e| e.target).collect(),
        tracked_execution,
        procedure: sliced,
        rules,
    }
}
