//! The abstract answers: an abstract state before the act, the act's choices after it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};

use super::slice::Slice;
use crate::condition::{Atom, Operand, Order, Test};
use crate::engine::{Scope, Window, World};
use crate::fact::FactType;
use crate::model::{Agency, CASE, Domain, EventIx, FactIx, Procedure, RuleIx, Strength};
use crate::truth::{Truth, Verdict};

/// The member that is tracked.
pub const TRACKED: usize = 0;
/// All other members of a domain together.
pub const REST: usize = 1;

/// Enumerates every combination of choices that a transition makes, one run after the other.
#[derive(Default)]
pub struct Chooser {
    script: RefCell<Vec<(u8, u8)>>,
    at: Cell<usize>,
}

impl Chooser {
    /// One of `0..options`.
    pub fn choose(&self, options: u8) -> u8 {
        let at = self.at.get();
        self.at.set(at + 1);
        let mut script = self.script.borrow_mut();
        if at == script.len() {
            script.push((0, options));
        }
        script[at].0
    }

    /// Moves on to the next combination; false when all were seen.
    pub fn next(&self) -> bool {
        let mut script = self.script.borrow_mut();
        script.truncate(self.at.get());
        self.at.set(0);
        while let Some((choice, options)) = script.pop() {
            if choice + 1 < options {
                script.push((choice + 1, options));
                return true;
            }
        }
        false
    }
}

/// Where each piece of the abstract state lies.
pub struct Layout {
    /// Whether an event was done.
    pub executed: BTreeMap<EventIx, usize>,
    /// Whether an event is in play.
    pub included: BTreeMap<EventIx, usize>,
    /// Obligations, by response of the slice.
    pub owed: usize,
    /// Windows of the slice: 0 not yet, 1 open, 2 lapsed.
    pub windows: usize,
    /// Delays of the slice's conditions: 0 running, 1 over.
    pub delays: usize,
    /// Defects of the slice.
    pub defects: usize,
    /// Facts with a whole cell: 0 unset, then the value plus one.
    pub cells: BTreeMap<FactIx, usize>,
    /// Facts of which only is known whether they are set.
    pub filled: BTreeMap<FactIx, usize>,
    /// Comparisons of such facts: 0 unknown, 1 false, 2 true.
    pub atoms: Vec<(Atom, usize)>,
    /// Flags.
    pub flags: usize,
    /// The number of bytes.
    pub size: usize,
}

impl Layout {
    /// Lays out the state of a slice with so many flags; `conditions` are all that are read.
    pub fn of(slice: &Slice, flags: usize, conditions: &[&crate::condition::Condition]) -> Layout {
        let procedure = &slice.procedure;
        let own = procedure.facts.len();
        let mut size = 0;
        let mut take = |count: usize| {
            let at = size;
            size += count;
            at
        };
        let executed = slice
            .tracked_execution
            .iter()
            .map(|e| (*e, take(1)))
            .collect();
        let included = slice
            .tracked_inclusion
            .iter()
            .map(|e| (*e, take(1)))
            .collect();
        let owed = take(procedure.responses.len());
        let windows = take(procedure.windows.len());
        let delays = take(procedure.conditions.len());
        let defects = take(procedure.defects.len());
        let mut cells = BTreeMap::new();
        let mut filled = BTreeMap::new();
        let mut atoms: Vec<(Atom, usize)> = Vec::new();
        for condition in conditions {
            condition.atoms(&mut |atom| {
                let (atom, _) = canonical(atom);
                let atom = &atom;
                if atom.fact >= own || procedure.facts[atom.fact].derived_by.is_some() {
                    return;
                }
                if domain_size(&procedure.facts[atom.fact].kind).is_some() {
                    cells.entry(atom.fact).or_insert_with(|| take(1));
                    return;
                }
                for fact in atom.facts() {
                    if procedure.facts[fact].derived_by.is_none() {
                        filled.entry(fact).or_insert_with(|| take(1));
                    }
                }
                if is_kept(atom) && !atoms.iter().any(|(known, _)| known == atom) {
                    atoms.push((atom.clone(), take(1)));
                }
            });
        }
        let flags_at = take(flags);
        Layout {
            executed,
            included,
            owed,
            windows,
            delays,
            defects,
            cells,
            filled,
            atoms,
            flags: flags_at,
            size,
        }
    }
}

/// The number of values of a fact with a whole cell.
fn domain_size(kind: &FactType) -> Option<u8> {
    match kind {
        FactType::Bool => Some(2),
        FactType::Choice(all) => u8::try_from(all.len()).ok(),
        _ => None,
    }
}

/// A comparison and its opposite are one: 少于 is not 不少于, 不超过 is not 超过, 不成立 is not 成立.
fn canonical(atom: &Atom) -> (Atom, bool) {
    let flip = |order: Order| match order {
        Order::LessThan => Some(Order::AtLeast),
        Order::AtMost => Some(Order::MoreThan),
        Order::AtLeast | Order::MoreThan | Order::Equal => None,
    };
    let test = match &atom.test {
        Test::Holds(false) => Some(Test::Holds(true)),
        Test::NoneOf(all) => Some(Test::OneOf(all.clone())),
        Test::Has(one, false) => Some(Test::Has(*one, true)),
        Test::Number(order, operand) => flip(*order).map(|order| Test::Number(order, *operand)),
        Test::Fine(order, operand) => flip(*order).map(|order| Test::Fine(order, *operand)),
        Test::Confiscation(order, operand) => {
            flip(*order).map(|order| Test::Confiscation(order, *operand))
        }
        Test::Date(order, operand) => flip(*order).map(|order| Test::Date(order, *operand)),
        _ => None,
    };
    match test {
        Some(test) => (
            Atom {
                fact: atom.fact,
                test,
            },
            true,
        ),
        None => (atom.clone(), false),
    }
}

/// Whether the truth of a comparison is remembered; the others are chosen afresh at each act.
fn is_kept(atom: &Atom) -> bool {
    match &atom.test {
        Test::Filled(_) | Test::HeavierThanBefore => false,
        Test::Date(_, operand) => operand.fact.is_some(),
        _ => true,
    }
}

/// The answers during one transition.
pub struct Abstract<'a> {
    /// The slice.
    pub slice: &'a Slice,
    /// Where its state lies.
    pub layout: &'a Layout,
    /// Before the act.
    pub before: &'a [u8],
    /// With the facts that the act wrote.
    pub after: RefCell<Vec<u8>>,
    /// Choices.
    pub chooser: &'a Chooser,
    /// The act's event and member.
    pub act: (EventIx, usize),
    /// The rule that is deleted for a trial.
    pub deleted: Option<RuleIx>,
    /// What was chosen afresh for this act.
    pub fresh: RefCell<HashMap<Atom, u8>>,
    /// No confirmations: what is not read in full does not block.
    pub agency: Agency,
}

impl Abstract<'_> {
    /// Writes the facts of the act: every value that it could say.
    pub fn write_facts(&self) {
        let procedure = &self.slice.procedure;
        let (event, member) = self.act;
        let declared = &procedure.events[event];
        let required = declared.required.iter().map(|fact| (*fact, true));
        let listed = declared.listed.iter().copied();
        let optional = declared.unforced().chain(listed).map(|fact| (fact, false));
        let mut written: Vec<FactIx> = Vec::new();
        for (fact, is_required) in required.chain(optional) {
            let domain = procedure.facts[fact].domain;
            if domain != CASE && member == REST {
                continue;
            }
            if let Some(at) = self.layout.cells.get(&fact) {
                let size = domain_size(&procedure.facts[fact].kind).unwrap_or(1);
                // An optional fact may also stay as it was, or be left unsaid.
                let choice = self
                    .chooser
                    .choose(if is_required { size } else { size + 2 });
                if choice != size {
                    self.after.borrow_mut()[*at] = (choice + 1) % (size + 2);
                }
            } else if let Some(at) = self.layout.filled.get(&fact)
                && (is_required || self.chooser.choose(2) == 0)
            {
                self.after.borrow_mut()[*at] = 1;
                written.push(fact);
            }
        }
        for (atom, at) in &self.layout.atoms {
            let at = *at;
            let facts = atom.facts();
            if !facts.iter().any(|fact| written.contains(fact)) {
                continue;
            }
            let set = |fact: &FactIx| {
                self.layout
                    .filled
                    .get(fact)
                    .is_none_or(|at| self.after.borrow()[*at] == 1)
            };
            let value = if facts.iter().all(set) {
                1 + self.chooser.choose(2)
            } else {
                0
            };
            self.after.borrow_mut()[at] = value;
        }
    }

    fn afresh(&self, atom: &Atom) -> Truth {
        if let Some(known) = self.fresh.borrow().get(atom) {
            return three(*known);
        }
        let choice = self.chooser.choose(3);
        self.fresh.borrow_mut().insert(atom.clone(), choice);
        three(choice)
    }

    fn truth(&self, atom: &Atom) -> Truth {
        let (atom, negated) = canonical(atom);
        let truth = self.plain_truth(&atom);
        if negated { !truth } else { truth }
    }

    fn plain_truth(&self, atom: &Atom) -> Truth {
        let procedure = &self.slice.procedure;
        let fact = &procedure.facts[atom.fact];
        if fact.derived_by.is_some() {
            return self.afresh(atom);
        }
        let after = self.after.borrow();
        if let Some(at) = self.layout.cells.get(&atom.fact) {
            let value = after[*at];
            return match &atom.test {
                Test::Filled(expected) => Truth::from((value != 0) == *expected),
                _ if value == 0 => Truth::Unknown,
                Test::Holds(expected) => Truth::from((value == 2) == *expected),
                Test::OneOf(all) => Truth::from(all.contains(&u16::from(value - 1))),
                Test::NoneOf(all) => Truth::from(!all.contains(&u16::from(value - 1))),
                _ => Truth::Unknown,
            };
        }
        let is_set = self
            .layout
            .filled
            .get(&atom.fact)
            .is_none_or(|at| after[*at] == 1);
        match &atom.test {
            Test::Filled(expected) => Truth::from(is_set == *expected),
            _ if !is_set => Truth::Unknown,
            Test::HeavierThanBefore => {
                let was_set = self
                    .layout
                    .filled
                    .get(&atom.fact)
                    .is_some_and(|at| self.before[*at] == 1);
                drop(after);
                if was_set {
                    self.afresh(atom)
                } else {
                    Truth::False
                }
            }
            _ => match self.layout.atoms.iter().find(|(known, _)| known == atom) {
                Some((_, at)) => three(after[*at]),
                None => {
                    drop(after);
                    self.afresh(atom)
                }
            },
        }
    }
}

/// 0 unknown, 1 false, 2 true.
fn three(value: u8) -> Truth {
    match value {
        0 => Truth::Unknown,
        1 => Truth::False,
        _ => Truth::True,
    }
}

impl World for Abstract<'_> {
    fn procedure(&self) -> &Procedure {
        &self.slice.procedure
    }

    fn members(&self, domain: Domain) -> usize {
        if domain == CASE { 1 } else { 2 }
    }

    fn executed(&self, event: EventIx, member: usize) -> Truth {
        if member == REST {
            // The rest never holds anything up.
            return Truth::True;
        }
        self.layout
            .executed
            .get(&event)
            .is_some_and(|at| self.before[*at] == 1)
            .into()
    }

    fn included(&self, event: EventIx, member: usize) -> bool {
        member == REST
            || self
                .layout
                .included
                .get(&event)
                .is_none_or(|at| self.before[*at] == 1)
    }

    fn owed(&self, response: usize, member: usize) -> bool {
        member != REST && self.before[self.layout.owed + response] == 1
    }

    fn defective(&self, defect: usize, member: usize) -> bool {
        member != REST && self.before[self.layout.defects + defect] == 1
    }

    fn delay_over(&self, condition: usize, _source: EventIx, member: usize) -> Truth {
        (member == REST || self.before[self.layout.delays + condition] == 1).into()
    }

    fn window(&self, window: usize, member: usize) -> Window {
        if member == REST || self.slice.procedure.windows[window].source.is_none() {
            return if self.chooser.choose(2) == 0 {
                Window::Open
            } else {
                Window::Lapsed
            };
        }
        match self.before[self.layout.windows + window] {
            0 => Window::NotYet,
            1 => Window::Open,
            _ => Window::Lapsed,
        }
    }

    fn atom(&self, atom: &Atom, scope: &Scope) -> Verdict {
        let domain = self.slice.procedure.facts[atom.fact].domain;
        let truth = if scope.member(domain) == Some(REST) && domain != CASE {
            Truth::from(self.chooser.choose(2) == 1)
        } else {
            self.truth(atom)
        };
        let setting = match atom.test {
            Test::Number(_, Operand::Setting(s)) | Test::Fine(_, Operand::Setting(s)) => Some(s),
            Test::Confiscation(_, Operand::Setting(s)) => Some(s),
            _ => None,
        };
        let confirmed = setting.is_none_or(|s| {
            self.slice
                .procedure
                .setting(s, &self.agency)
                .is_some_and(|(_, ok)| ok)
        });
        Verdict {
            truth,
            firm: if confirmed { truth } else { Truth::Unknown },
        }
    }

    fn separated(&self, _separation: usize, _member: usize) -> Truth {
        Truth::True
    }

    fn strength(&self, rule: RuleIx) -> Strength {
        self.slice.procedure.strength(rule, &self.agency)
    }

    fn in_force(&self, rule: RuleIx, _scope: &Scope) -> Truth {
        // What is repealed one day cannot carry a proof.
        (self.deleted != Some(rule) && self.slice.procedure.rules[rule].until.is_none()).into()
    }

    fn changes(&self, fact: FactIx, member: usize) -> bool {
        let of_case = self.slice.procedure.facts[fact].domain == CASE;
        if member == REST && !of_case {
            return self.chooser.choose(2) == 1;
        }
        if let Some(at) = self.layout.cells.get(&fact) {
            return self.before[*at] != 0 && self.before[*at] != self.after.borrow()[*at];
        }
        if let Some(at) = self.layout.filled.get(&fact)
            && self.before[*at] == 0
        {
            return false;
        }
        self.chooser.choose(2) == 1
    }
}
