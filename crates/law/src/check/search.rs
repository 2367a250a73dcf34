//! The search: every abstract state of a slice, breadth first, so that a counterexample is a shortest one.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, DefaultHasher};

use serde::Serialize;

use super::slice::Slice;
use super::world::{Abstract, Chooser, Layout, REST, TRACKED};
use super::{Property, SwitchOn};
use crate::condition::Condition;
use crate::engine::{self, Effect, Obstacle, ObstacleKind, Scope, World};
use crate::model::{ActClass, Agency, CASE, EventIx, Procedure, RuleIx, Strength};
use crate::truth::Truth;

/// The most states that a search may take; one that would need more fails.
pub const MOST_STATES: usize = 2_000_000;

/// How a search ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The property.
    pub property: String,
    /// Events of the slice.
    pub events: usize,
    /// Cells: bytes of abstract state.
    pub cells: usize,
    /// States seen.
    pub states: usize,
    /// Every state was seen: nothing was cut.
    pub closed: bool,
    /// A way to the bad event, if there is one.
    pub counterexample: Option<Counterexample>,
}

/// A run that ends in the bad event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counterexample {
    /// Its steps, in Chinese.
    pub steps: Vec<String>,
}

type Seen = HashMap<Box<[u8]>, u32, BuildHasherDefault<DefaultHasher>>;

struct Search<'a> {
    procedure: &'a Procedure,
    property: &'a Property,
    slice: &'a Slice,
    layout: Layout,
    deleted: Option<RuleIx>,
    most: usize,
    seen: Seen,
    from: Vec<(u32, Move)>,
    queue: VecDeque<Box<[u8]>>,
}

#[derive(Clone)]
struct Move {
    what: Step,
    said: Vec<(usize, u8)>,
}

#[derive(Clone, Copy)]
enum Step {
    Start,
    Act(EventIx, usize),
    Lapse(usize),
    Delay(usize),
}

/// Checks a property, with one rule deleted for a trial or none.
pub fn check(
    procedure: &Procedure,
    property: &Property,
    slice: &Slice,
    deleted: Option<RuleIx>,
) -> Outcome {
    check_within(procedure, property, slice, deleted, MOST_STATES)
}

/// The same with a budget of states; a search that would pass it is not closed and proves nothing.
pub fn check_within(
    procedure: &Procedure,
    property: &Property,
    slice: &Slice,
    deleted: Option<RuleIx>,
    most: usize,
) -> Outcome {
    let mut conditions: Vec<&Condition> = Vec::new();
    let sliced = &slice.procedure;
    conditions.extend(sliced.conditions.iter().filter_map(|e| e.when.as_ref()));
    conditions.extend(sliced.milestones.iter().filter_map(|e| e.when.as_ref()));
    conditions.extend(sliced.responses.iter().filter_map(|e| e.when.as_ref()));
    conditions.extend(sliced.windows.iter().filter_map(|e| e.when.as_ref()));
    conditions.extend(sliced.flows.iter().filter_map(|e| e.when.as_ref()));
    conditions.extend(
        sliced
            .requirements
            .iter()
            .flat_map(|e| e.when.iter().chain([&e.must])),
    );
    conditions.extend(property.when.as_ref());
    conditions.extend(
        property
            .flags
            .iter()
            .flat_map(|f| &f.switches)
            .filter_map(|s| s.when.as_ref()),
    );
    let layout = Layout::of(slice, property.flags.len(), &conditions);
    let mut search = Search {
        procedure,
        property,
        slice,
        layout,
        deleted,
        most,
        seen: Seen::default(),
        from: Vec::new(),
        queue: VecDeque::new(),
    };
    let (closed, counterexample) = search.run();
    Outcome {
        property: property.id.clone(),
        events: slice.events.len(),
        cells: search.layout.size,
        states: search.seen.len(),
        closed,
        counterexample,
    }
}

impl Search<'_> {
    fn run(&mut self) -> (bool, Option<Counterexample>) {
        let mut start = vec![0u8; self.layout.size];
        for (event, at) in &self.layout.included {
            start[*at] = u8::from(self.slice.procedure.act_of(*event).starts_included);
        }
        self.visit(
            start,
            0,
            Move {
                what: Step::Start,
                said: Vec::new(),
            },
        );
        while let Some(state) = self.queue.pop_front() {
            if self.seen.len() > self.most {
                return (false, None);
            }
            let index = self.seen[&state];
            self.pass_time(&state, index);
            for at in 0..self.slice.events.len() {
                let event = self.slice.events[at];
                let domain = self.slice.procedure.events[event].domain;
                let members: &[usize] = if domain == CASE {
                    &[TRACKED]
                } else {
                    &[TRACKED, REST]
                };
                for member in members {
                    if let Some(found) = self.act(&state, index, event, *member) {
                        return (true, Some(found));
                    }
                }
            }
        }
        (true, None)
    }

    fn visit(&mut self, state: Vec<u8>, from: u32, by: Move) {
        let state = state.into_boxed_slice();
        if !self.seen.contains_key(&state) {
            // Bounded by the budget and one state's successors.
            let index = u32::try_from(self.from.len()).unwrap_or(u32::MAX);
            self.from.push((from, by));
            self.seen.insert(state.clone(), index);
            self.queue.push_back(state);
        }
    }

    /// Windows lapse and delays end when they like: every timing is covered.
    fn pass_time(&mut self, state: &[u8], index: u32) {
        for window in 0..self.slice.procedure.windows.len() {
            let at = self.layout.windows + window;
            if state[at] == 1 {
                let mut next = state.to_vec();
                next[at] = 2;
                self.visit(
                    next,
                    index,
                    Move {
                        what: Step::Lapse(window),
                        said: Vec::new(),
                    },
                );
            }
        }
        for (condition, edge) in self.slice.procedure.conditions.iter().enumerate() {
            let at = self.layout.delays + condition;
            let done = |source: &EventIx| {
                self.layout
                    .executed
                    .get(source)
                    .is_some_and(|at| state[*at] == 1)
            };
            if edge.delay.is_some() && state[at] == 0 && edge.sources.iter().any(done) {
                let mut next = state.to_vec();
                next[at] = 1;
                self.visit(
                    next,
                    index,
                    Move {
                        what: Step::Delay(condition),
                        said: Vec::new(),
                    },
                );
            }
        }
    }

    fn act(
        &mut self,
        state: &[u8],
        index: u32,
        event: EventIx,
        member: usize,
    ) -> Option<Counterexample> {
        let chooser = Chooser::default();
        loop {
            let mut successor: Option<(Vec<u8>, Move)> = None;
            let mut is_bad = false;
            {
                let world = Abstract {
                    slice: self.slice,
                    layout: &self.layout,
                    before: state,
                    after: RefCell::new(state.to_vec()),
                    chooser: &chooser,
                    act: (event, member),
                    deleted: self.deleted,
                    fresh: RefCell::new(HashMap::new()),
                    agency: Agency::default(),
                };
                world.write_facts();
                if let Some(departures) = self.permitted(&world, event, member) {
                    is_bad = member == TRACKED
                        && event == self.property.bad
                        && self.is_bad(&world, state);
                    let next = self.successor(&world, state, event, member, &departures);
                    let after = world.after.borrow();
                    let said = self
                        .layout
                        .cells
                        .iter()
                        .map(|(fact, at)| (*fact, after[*at]));
                    let own = |fact: &usize| self.slice.procedure.events[event].says(*fact);
                    let mut said: Vec<(usize, u8)> = said
                        .filter(|(fact, value)| *value != 0 && own(fact))
                        .collect();
                    said.sort_unstable();
                    successor = Some((
                        next,
                        Move {
                            what: Step::Act(event, member),
                            said,
                        },
                    ));
                }
            }
            if let Some((next, by)) = successor {
                if is_bad {
                    return Some(self.trace(index, by));
                }
                self.visit(next, index, by);
            }
            if !chooser.next() {
                return None;
            }
        }
    }

    /// The departures of an act that may happen, or nothing when it may not.
    fn permitted(
        &self,
        world: &Abstract<'_>,
        event: EventIx,
        member: usize,
    ) -> Option<Vec<Obstacle>> {
        if member == REST {
            return Some(Vec::new());
        }
        let class = self.slice.procedure.act_of(event).class;
        let mut refused = false;
        let mut departures = Vec::new();
        engine::obstacles(world, event, member, &mut |obstacle| match class {
            ActClass::MadeHere => refused |= obstacle.strength == Strength::Block,
            ActClass::HappenedOutside => {
                if obstacle.rule.is_none() {
                    refused |= obstacle.kind != ObstacleKind::NotInPlay;
                } else if obstacle.certainty == Truth::True && obstacle.strength != Strength::Log {
                    departures.push(obstacle);
                }
            }
        });
        (!refused).then_some(departures)
    }

    fn holds(
        &self,
        world: &Abstract<'_>,
        condition: &Condition,
        flags: &[u8],
        event: EventIx,
        member: usize,
    ) -> bool {
        let procedure = &self.slice.procedure;
        let own = procedure.facts.len();
        let scope = Scope::of(procedure.events[event].domain, member);
        let verdict = condition.evaluate(&mut |atom| {
            if atom.fact >= own {
                let is_set = flags[self.layout.flags + (atom.fact - own)] == 1;
                let expected = matches!(atom.test, crate::condition::Test::Holds(true));
                return crate::truth::Verdict::firm(is_set == expected);
            }
            let domain = procedure.facts[atom.fact].domain;
            if scope.member(domain).is_some() {
                world.atom(atom, &scope)
            } else {
                // A case act read for a party's fact: the tracked party is meant.
                world.atom(
                    atom,
                    &Scope {
                        target: scope.target,
                        source: (domain, TRACKED),
                    },
                )
            }
        });
        verdict.truth == Truth::True
    }

    fn is_bad(&self, world: &Abstract<'_>, state: &[u8]) -> bool {
        let when = self.property.when.as_ref();
        when.is_none_or(|when| self.holds(world, when, state, self.property.bad, TRACKED))
    }

    fn successor(
        &self,
        world: &Abstract<'_>,
        state: &[u8],
        event: EventIx,
        member: usize,
        departures: &[Obstacle],
    ) -> Vec<u8> {
        let mut next = world.after.borrow().clone();
        let procedure = &self.slice.procedure;
        // Flags see the procedure as it is, whatever is deleted for the trial.
        let mut owed_in_full = Vec::new();
        let watches = self
            .property
            .flags
            .iter()
            .flat_map(|f| &f.switches)
            .any(|s| matches!(s.on, SwitchOn::Owed(_)));
        let set = |next: &mut Vec<u8>, effect: Effect| self.apply(next, effect);
        engine::effects(world, event, member, departures, &mut |effect| {
            if let Effect::Owed {
                response, member, ..
            } = effect
                && member != REST
                && self.can_be_met(world, response)
            {
                owed_in_full.push(response);
            }
            set(&mut next, effect);
        });
        if watches && self.deleted.is_some() {
            owed_in_full = self.owed_undiminished(world, event, member);
        }
        if procedure.events[event].domain == CASE || member == TRACKED {
            for (c, edge) in procedure.conditions.iter().enumerate() {
                if edge.sources.contains(&event) {
                    next[self.layout.delays + c] = 0;
                }
            }
        }
        for (flag, declared) in self.property.flags.iter().enumerate() {
            for switch in &declared.switches {
                let hit = match switch.on {
                    SwitchOn::Event(on) => on == event && member != REST,
                    SwitchOn::Owed(response) => {
                        owed_in_full.iter().any(|r| self.is_response(*r, response))
                    }
                };
                if hit
                    && switch
                        .when
                        .as_ref()
                        .is_none_or(|when| self.holds(world, when, state, event, member))
                {
                    next[self.layout.flags + flag] = u8::from(switch.sets);
                }
            }
        }
        next
    }

    /// Whether response `sliced` of the slice is response `full` of the procedure.
    fn is_response(&self, sliced: usize, full: usize) -> bool {
        self.slice.procedure.responses[sliced] == self.procedure.responses[full]
    }

    /// An obligation that nothing in play could meet is lifted as it arises.
    fn can_be_met(&self, world: &Abstract<'_>, response: usize) -> bool {
        self.slice.procedure.responses[response]
            .targets
            .iter()
            .any(|target| world.included(*target, TRACKED))
    }

    fn owed_undiminished(&self, world: &Abstract<'_>, event: EventIx, member: usize) -> Vec<usize> {
        let full = Abstract {
            slice: world.slice,
            layout: world.layout,
            before: world.before,
            after: RefCell::new(world.after.borrow().clone()),
            chooser: world.chooser,
            act: world.act,
            deleted: None,
            fresh: RefCell::new(world.fresh.borrow().clone()),
            agency: Agency::default(),
        };
        let mut owed = Vec::new();
        engine::effects(&full, event, member, &[], &mut |effect| {
            if let Effect::Owed {
                response, member, ..
            } = effect
                && member != REST
                && self.can_be_met(&full, response)
            {
                owed.push(response);
            }
        });
        owed
    }

    fn apply(&self, next: &mut [u8], effect: Effect) {
        let layout = &self.layout;
        let of = |member: usize| member != REST;
        match effect {
            Effect::Discharged { response, member } if of(member) => {
                next[layout.owed + response] = 0
            }
            Effect::Owed {
                response, member, ..
            } if of(member) => next[layout.owed + response] = 1,
            Effect::Executed { event, member } if of(member) => {
                if let Some(at) = layout.executed.get(&event) {
                    next[*at] = 1;
                }
            }
            Effect::Reopened { event, member } if of(member) => {
                if let Some(at) = layout.executed.get(&event) {
                    next[*at] = 0;
                }
            }
            Effect::Excluded { event, member } if of(member) => {
                if let Some(at) = layout.included.get(&event) {
                    next[*at] = 0;
                }
            }
            Effect::Included { event, member } if of(member) => {
                if let Some(at) = layout.included.get(&event) {
                    next[*at] = 1;
                }
            }
            Effect::Opened { window, member } if of(member) => next[layout.windows + window] = 1,
            Effect::DefectKept { defect, member } if of(member) => {
                next[layout.defects + defect] = 1
            }
            Effect::Cured { defect, member } if of(member) => next[layout.defects + defect] = 0,
            _ => {}
        }
    }

    fn trace(&self, index: u32, last: Move) -> Counterexample {
        let mut moves = vec![last];
        let mut at = index;
        loop {
            let (from, by) = &self.from[at as usize];
            if matches!(by.what, Step::Start) {
                break;
            }
            moves.push(by.clone());
            at = *from;
        }
        moves.reverse();
        Counterexample {
            steps: moves.iter().map(|m| self.show(m)).collect(),
        }
    }

    fn show(&self, step: &Move) -> String {
        let procedure = &self.slice.procedure;
        match step.what {
            Step::Start => "开始".to_owned(),
            Step::Lapse(window) => {
                format!(
                    "【{}】的期间届满",
                    procedure.events[procedure.windows[window].target].name
                )
            }
            Step::Delay(condition) => {
                format!("{}所需的期间已满", procedure.conditions[condition].text)
            }
            Step::Act(event, member) => {
                let who = if member == REST {
                    "（其他当事人）"
                } else {
                    ""
                };
                let said: Vec<String> = step
                    .said
                    .iter()
                    .map(|(fact, value)| self.show_cell(*fact, *value))
                    .collect();
                let said = if said.is_empty() {
                    String::new()
                } else {
                    format!(":{}", said.join(","))
                };
                format!("{}{who}{said}", procedure.events[event].name)
            }
        }
    }

    fn show_cell(&self, fact: usize, value: u8) -> String {
        let declared = &self.slice.procedure.facts[fact];
        let value = match &declared.kind {
            crate::fact::FactType::Choice(all) => all
                .get(usize::from(value - 1))
                .map_or("", |a| a.name.as_str()),
            _ if value == 2 => "成立",
            _ => "不成立",
        };
        format!("{}={value}", declared.name)
    }
}
