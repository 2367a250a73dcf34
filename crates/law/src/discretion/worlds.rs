//! All circumstances that the conditions of a benchmark tell apart, so that what is said of every case can be checked.
//!
//! Conditions may compare facts that somebody fills with fixed values only. Then finitely many values stand for all:
//! each alternative, each side of each number. What holds in all of these holds in every case.

use std::collections::BTreeMap;

use vocabulary::{Fen, Quantity};

use crate::condition::{Atom, Condition, Operand, Test};
use crate::fact::{FactType, Value};
use crate::model::{Agency, FactIx, Procedure};
use crate::truth::{Truth, Verdict};

/// So many circumstances are looked at; conditions that tell more apart are refused.
const MOST: usize = 200_000;

/// Values of every fact that matters.
pub(super) struct Worlds<'p> {
    procedure: &'p Procedure,
    axes: Vec<(FactIx, Vec<Value>)>,
}

/// One of them.
pub(super) struct World<'w> {
    procedure: &'w Procedure,
    values: BTreeMap<FactIx, &'w Value>,
}

/// Why a condition cannot be checked; the name of the fact where it is one's fault.
pub(super) enum Unchecked {
    /// The fact is derived, or compared with something that is no fixed value.
    Fact(String),
    /// They tell too many circumstances apart.
    TooMany,
}

impl<'p> Worlds<'p> {
    /// Those of the conditions, and of `also` whatever the conditions say of it.
    pub(super) fn of(
        procedure: &'p Procedure,
        conditions: &[&Condition],
        also: &[FactIx],
    ) -> Result<Worlds<'p>, Unchecked> {
        let mut atoms: BTreeMap<FactIx, Vec<&Atom>> = BTreeMap::new();
        for condition in conditions {
            condition.atoms(&mut |atom| atoms.entry(atom.fact).or_default().push(atom));
        }
        for fact in also {
            atoms.entry(*fact).or_default();
        }
        let mut axes = Vec::new();
        let mut count = 1_usize;
        for (fact, atoms) in atoms {
            let values = values(procedure, fact, &atoms)
                .ok_or_else(|| Unchecked::Fact(procedure.facts[fact].name.clone()))?;
            count = count.saturating_mul(values.len());
            axes.push((fact, values));
        }
        if count > MOST {
            return Err(Unchecked::TooMany);
        }
        Ok(Worlds { procedure, axes })
    }

    /// The first of them in which something is found.
    pub(super) fn find<T>(&self, mut look: impl FnMut(&World<'_>) -> Option<T>) -> Option<T> {
        let mut at = vec![0_usize; self.axes.len()];
        loop {
            let values = self.axes.iter().zip(&at);
            let world = World {
                procedure: self.procedure,
                values: values
                    .map(|((fact, values), at)| (*fact, &values[*at]))
                    .collect(),
            };
            if let Some(found) = look(&world) {
                return Some(found);
            }
            // Counting up, the last axis first.
            let mut axis = self.axes.len();
            loop {
                let before = axis.checked_sub(1)?;
                axis = before;
                at[axis] += 1;
                if at[axis] < self.axes[axis].1.len() {
                    break;
                }
                at[axis] = 0;
            }
        }
    }
}

impl World<'_> {
    /// Whether a condition holds here.
    pub(super) fn holds(&self, condition: Option<&Condition>) -> bool {
        let Some(condition) = condition else {
            return true;
        };
        let agency = Agency::default();
        let verdict: Verdict = condition.evaluate(&mut |atom| {
            let value = |fact: FactIx| self.values.get(&fact).copied();
            atom.compare(self.procedure, &agency, &value, None, &|_| None)
        });
        verdict.truth == Truth::True
    }

    /// The value of a fact.
    pub(super) fn value(&self, fact: FactIx) -> Option<&Value> {
        self.values.get(&fact).copied()
    }

    /// The circumstances in words, or those of some facts: `当事人类型：公民，情节严重：是`.
    pub(super) fn told(&self, facts: Option<&[FactIx]>) -> String {
        let asked = |fact: &FactIx| facts.is_none_or(|facts| facts.contains(fact));
        let told: Vec<String> = self
            .values
            .iter()
            .filter(|(fact, _)| asked(fact))
            .map(|(fact, value)| {
                let declared = &self.procedure.facts[*fact];
                (&declared.name, declared.show(value))
            })
            .filter(|(_, shown)| !shown.is_empty())
            .map(|(name, shown)| format!("{name}：{shown}"))
            .collect();
        told.join("，")
    }
}

/// Values that stand for all of a fact, as far as these comparisons tell them apart.
fn values(procedure: &Procedure, fact: FactIx, atoms: &[&Atom]) -> Option<Vec<Value>> {
    let declared = &procedure.facts[fact];
    if declared.derived_by.is_some() {
        return None;
    }
    let numbers = || -> Option<Vec<i64>> {
        let mut all = vec![0_i64];
        for atom in atoms {
            let Test::Number(_, Operand::Number(number)) = &atom.test else {
                return None;
            };
            all.extend([number.saturating_sub(1), *number, number.saturating_add(1)]);
        }
        all.retain(|number| *number >= 0);
        all.sort_unstable();
        all.dedup();
        Some(all)
    };
    match &declared.kind {
        FactType::Bool => atoms
            .iter()
            .all(|atom| matches!(atom.test, Test::Holds(_)))
            .then(|| vec![Value::Bool(false), Value::Bool(true)]),
        FactType::Choice(all) => {
            let fits = |atom: &&Atom| matches!(atom.test, Test::OneOf(_) | Test::NoneOf(_));
            let count = u16::try_from(all.len()).ok()?;
            atoms
                .iter()
                .all(fits)
                .then(|| (0..count).map(Value::Choice).collect())
        }
        FactType::Choices(_) => {
            let mut told: Vec<u16> = Vec::new();
            for atom in atoms {
                let Test::Has(one, _) = atom.test else {
                    return None;
                };
                told.push(one);
            }
            told.sort_unstable();
            told.dedup();
            let sets = 1_u32.checked_shl(u32::try_from(told.len()).ok()?)?;
            let of = |set: u32| {
                let chosen = (0..).zip(&told).filter(|(bit, _)| set >> bit & 1 == 1);
                Value::Choices(chosen.map(|(_, one)| *one).collect())
            };
            (sets <= 1024).then(|| (0..sets).map(of).collect())
        }
        FactType::Count => Some(numbers()?.into_iter().map(Value::Count).collect()),
        FactType::Quantity => Some(
            numbers()?
                .into_iter()
                .map(|parts| Value::Quantity(Quantity(parts)))
                .collect(),
        ),
        FactType::Money => Some(
            numbers()?
                .into_iter()
                .map(|n| Value::Money(Fen(n)))
                .collect(),
        ),
        FactType::Date
        | FactType::Moment
        | FactType::Text
        | FactType::Penalty
        | FactType::Item
        | FactType::ResidentId
        | FactType::CreditCode
        | FactType::Number
        | FactType::Installments => None,
    }
}
