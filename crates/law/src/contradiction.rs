//! Conditions that can never hold: lines about one fact that exclude each other, in every branch.
//!
//! Only what is certain is told. Values that an agency sets, other facts and dates are compared with themselves alone: a fact
//! cannot be both less than a setting and not less than it, whatever the setting is.

use crate::condition::{Atom, Condition, DateOperand, Operand, Order, Test, Words};
use crate::fact::{Fact, FactType};
use crate::model::FactIx;

/// So many branches are looked at; a condition with more is taken to be possible.
const MOST: usize = 4_096;
/// So many conflicts are told.
const TOLD: usize = 3;

/// Lines that exclude each other; a single one excludes itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// As they are written.
    pub lines: Vec<Condition>,
}

impl Conflict {
    fn told(&self, words: Words<'_>) -> String {
        let said = |line: &Condition| format!("“{}”", words.sentence(line));
        match self.lines.as_slice() {
            [one] => format!("{}不可能成立", said(one)),
            [one, other] => format!("{}与{}不能同时成立", said(one), said(other)),
            all => {
                let all: Vec<String> = all.iter().map(said).collect();
                format!("{}不能同时成立", all.join("、"))
            }
        }
    }
}

/// Why a condition can never hold, in one sentence; nothing where it can.
pub fn told(condition: &Condition, words: Words<'_>) -> Option<String> {
    let found = conflicts(condition, words.facts);
    let told: Vec<String> = found
        .iter()
        .take(TOLD)
        .map(|conflict| conflict.told(words))
        .collect();
    match found.len() {
        0 => None,
        1 => Some(format!("条件不可能成立：{}", told.join(""))),
        _ => Some(format!("条件的每一种情形都不可能成立：{}", told.join("；"))),
    }
}

/// What keeps each branch of a condition from holding; empty where one of them can hold.
pub fn conflicts(condition: &Condition, facts: &[Fact]) -> Vec<Conflict> {
    let form = Form::of(condition, false);
    let mut search = Search {
        facts,
        found: Vec::new(),
        left: MOST,
    };
    if search.can_hold(&[&form], &[]) {
        Vec::new()
    } else {
        search.found
    }
}

/// A condition with 非 moved down to its lines.
enum Form {
    All(Vec<Form>),
    Any(Vec<Form>),
    Line(Line),
}

struct Line {
    fact: FactIx,
    test: Test,
    /// The test must not hold, and there is none that says the opposite.
    is_denied: bool,
    written: Condition,
}

impl Form {
    fn of(condition: &Condition, is_negated: bool) -> Form {
        let each = |parts: &[Condition]| {
            let forms = parts.iter().map(|part| Form::of(part, is_negated));
            forms.collect()
        };
        match (condition, is_negated) {
            (Condition::All(parts), false) | (Condition::Any(parts), true) => {
                Form::All(each(parts))
            }
            (Condition::Any(parts), false) | (Condition::All(parts), true) => {
                Form::Any(each(parts))
            }
            (Condition::Not(part), _) => Form::of(part, !is_negated),
            (Condition::Atom(atom), false) => Form::Line(Line {
                fact: atom.fact,
                test: atom.test.clone(),
                is_denied: false,
                written: condition.clone(),
            }),
            (Condition::Atom(Atom { fact, test }), true) => {
                let turned = opposite(test);
                Form::Line(Line {
                    fact: *fact,
                    is_denied: turned.is_none(),
                    test: turned.unwrap_or_else(|| test.clone()),
                    written: Condition::Not(Box::new(condition.clone())),
                })
            }
        }
    }
}

/// What holds of a known value exactly where the test does not.
fn opposite(test: &Test) -> Option<Test> {
    let turned = |order: Order| match order {
        Order::AtLeast => Some(Order::LessThan),
        Order::MoreThan => Some(Order::AtMost),
        Order::AtMost => Some(Order::MoreThan),
        Order::LessThan => Some(Order::AtLeast),
        Order::Equal => None,
    };
    match test {
        Test::Holds(expected) => Some(Test::Holds(!expected)),
        Test::OneOf(all) => Some(Test::NoneOf(all.clone())),
        Test::NoneOf(all) => Some(Test::OneOf(all.clone())),
        Test::Has(one, expected) => Some(Test::Has(*one, !expected)),
        Test::Number(order, with) => Some(Test::Number(turned(*order)?, *with)),
        Test::Date(order, with) => Some(Test::Date(turned(*order)?, *with)),
        Test::Fine(order, with) => Some(Test::Fine(turned(*order)?, *with)),
        Test::Confiscation(order, with) => Some(Test::Confiscation(turned(*order)?, *with)),
        Test::Filled(expected) => Some(Test::Filled(!expected)),
        Test::HeavierThan(_) | Test::HeavierThanBefore | Test::HasKind(_) => None,
    }
}

struct Search<'f> {
    facts: &'f [Fact],
    found: Vec<Conflict>,
    left: usize,
}

impl Search<'_> {
    /// Whether all of `rest` can hold beside the lines that do.
    fn can_hold(&mut self, rest: &[&Form], lines: &[&Line]) -> bool {
        let mut lines = lines.to_vec();
        let mut branching: Vec<&Form> = Vec::new();
        let mut waiting: Vec<&Form> = rest.iter().rev().copied().collect();
        while let Some(form) = waiting.pop() {
            match form {
                Form::All(parts) => waiting.extend(parts.iter().rev()),
                Form::Any(_) => branching.push(form),
                Form::Line(line) => lines.push(line),
            }
        }
        if let Some(conflict) = clash(&lines, self.facts) {
            if !self.found.contains(&conflict) {
                self.found.push(conflict);
            }
            return false;
        }
        let Some((Form::Any(parts), others)) = branching.split_first() else {
            return true;
        };
        // One without any line is no conflict of lines.
        let mut can = parts.is_empty();
        for part in parts {
            self.left = self.left.saturating_sub(1);
            if self.left == 0 {
                return true;
            }
            let mut rest = vec![part];
            rest.extend(others);
            can |= self.can_hold(&rest, &lines);
            if can {
                break;
            }
        }
        can
    }
}

/// The fewest lines about one fact that exclude each other.
fn clash(lines: &[&Line], facts: &[Fact]) -> Option<Conflict> {
    let told = |lines: &[&Line]| Conflict {
        lines: lines.iter().map(|line| line.written.clone()).collect(),
    };
    // What must not hold excludes the very same line, and no other.
    let denied = lines.iter().filter(|line| line.is_denied);
    for denied in denied {
        let same =
            |line: &&&Line| !line.is_denied && line.fact == denied.fact && line.test == denied.test;
        if let Some(said) = lines.iter().find(same) {
            return Some(told(&[*said, *denied]));
        }
    }
    let lines: Vec<&Line> = lines.iter().copied().filter(|it| !it.is_denied).collect();
    for (at, first) in lines.iter().enumerate() {
        let fact = &facts[first.fact];
        if !agree(&[first], fact) {
            return Some(told(&[first]));
        }
        let mut others = lines.iter().skip(at + 1);
        if let Some(other) =
            others.find(|other| other.fact == first.fact && !agree(&[first, other], fact))
        {
            return Some(told(&[first, other]));
        }
    }
    for first in &lines {
        let same: Vec<&Line> = lines
            .iter()
            .copied()
            .filter(|line| line.fact == first.fact)
            .collect();
        if !agree(&same, &facts[first.fact]) {
            return Some(told(&same));
        }
    }
    None
}

/// With what a value is compared, as far as it is a number that is known.
#[derive(Clone, Copy, PartialEq)]
enum With {
    Number(i64),
    Setting(usize),
    Fact(FactIx),
    Date(DateOperand),
}

impl From<Operand> for With {
    fn from(operand: Operand) -> With {
        match operand {
            Operand::Number(number) => With::Number(number),
            Operand::Setting(setting) => With::Setting(setting),
            Operand::Fact(fact) => With::Fact(fact),
        }
    }
}

/// Which part of a value is compared.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Whole,
    Fine,
    Confiscation,
}

/// Whether some value of the fact fits all these lines.
fn agree(lines: &[&Line], fact: &Fact) -> bool {
    let tests = || lines.iter().map(|line| &line.test);
    let is_empty = tests().any(|test| *test == Test::Filled(false));
    if is_empty && tests().any(|test| *test != Test::Filled(false)) {
        return false;
    }
    let said = |expected: bool| tests().any(|test| *test == Test::Holds(expected));
    if said(true) && said(false) {
        return false;
    }
    if let FactType::Choice(all) = &fact.kind {
        let fits = |one: u16| {
            tests().all(|test| match test {
                Test::OneOf(chosen) => chosen.contains(&one),
                Test::NoneOf(chosen) => !chosen.contains(&one),
                _ => true,
            })
        };
        let count = u16::try_from(all.len()).unwrap_or(u16::MAX);
        if !is_empty && !(0..count).any(fits) {
            return false;
        }
    }
    let lacks = |one: u16| tests().any(|test| *test == Test::Has(one, false));
    if tests().any(|test| matches!(test, Test::Has(one, true) if lacks(*one))) {
        return false;
    }
    let compared: Vec<(Side, Order, With)> = tests()
        .filter_map(|test| match test {
            Test::Number(order, with) => Some((Side::Whole, *order, With::from(*with))),
            Test::Fine(order, with) => Some((Side::Fine, *order, With::from(*with))),
            Test::Confiscation(order, with) => Some((Side::Confiscation, *order, (*with).into())),
            Test::Date(order, with) => Some((Side::Whole, *order, With::Date(*with))),
            _ => None,
        })
        .collect();
    compared.iter().all(|(side, _, with)| {
        let orders = compared.iter().filter(|(of, _, _)| of == side);
        match with {
            With::Number(_) => {
                // No number, amount or fine of the law is less than nothing.
                let (mut low, mut high) = (0, i64::MAX);
                for (_, order, with) in orders {
                    let With::Number(number) = *with else {
                        continue;
                    };
                    let (least, most) = range(*order, number);
                    (low, high) = (low.max(least), high.min(most));
                }
                low <= high
            }
            _ => {
                let itself = lines.first().map(|line| line.fact);
                let orders = orders.filter(|(_, _, other)| other == with);
                let ways = orders.fold([true; 3], |ways, (_, order, _)| {
                    let fits = ways_of(*order);
                    [ways[0] && fits[0], ways[1] && fits[1], ways[2] && fits[2]]
                });
                let is_itself = *side == Side::Whole
                    && (matches!(with, With::Fact(fact) if Some(*fact) == itself)
                        || matches!(with, With::Date(DateOperand { fact: Some(fact), plus: None })
                            if Some(*fact) == itself));
                if is_itself {
                    ways[1]
                } else {
                    ways.contains(&true)
                }
            }
        }
    })
}

fn range(order: Order, number: i64) -> (i64, i64) {
    match order {
        Order::AtLeast => (number, i64::MAX),
        Order::MoreThan => (number.saturating_add(1), i64::MAX),
        Order::AtMost => (i64::MIN, number),
        Order::LessThan => (i64::MIN, number.saturating_sub(1)),
        Order::Equal => (number, number),
    }
}

/// Whether less, equal and more fit an order.
fn ways_of(order: Order) -> [bool; 3] {
    match order {
        Order::AtLeast => [false, true, true],
        Order::MoreThan => [false, false, true],
        Order::AtMost => [true, true, false],
        Order::LessThan => [true, false, false],
        Order::Equal => [false, true, false],
    }
}
