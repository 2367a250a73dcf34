//! Guards: structured conditions over facts, never code.
//!
//! One structure is evaluated by the engine, abstracted by the checker, printed in Chinese for the catalogue and
//! edited in forms.

use serde::Serialize;
use vocabulary::{Fen, PenaltyKind, Quantity};

use crate::fact::{Fact, FactType, Value};
use crate::model::{Agency, FactIx, PeriodRef, Procedure, Setting, SettingIx, SettingUnit};
use crate::truth::{Truth, Verdict};

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Condition {
    /// All of them.
    All(Vec<Condition>),
    /// Any of them.
    Any(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
    /// A comparison.
    Atom(Atom),
}

/// A comparison of one fact.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Atom {
    /// The fact.
    pub fact: FactIx,
    /// What it is compared with.
    pub test: Test,
}

/// The order of two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Order {
    /// 不少于
    AtLeast,
    /// 超过
    MoreThan,
    /// 不超过
    AtMost,
    /// 少于
    LessThan,
    /// 等于
    Equal,
}

impl Order {
    fn holds<T: Ord>(self, left: &T, right: &T) -> bool {
        match self {
            Order::AtLeast => left >= right,
            Order::MoreThan => left > right,
            Order::AtMost => left <= right,
            Order::LessThan => left < right,
            Order::Equal => left == right,
        }
    }

    /// The word of the notation.
    pub fn chinese(self) -> &'static str {
        match self {
            Order::AtLeast => "不少于",
            Order::MoreThan => "超过",
            Order::AtMost => "不超过",
            Order::LessThan => "少于",
            Order::Equal => "等于",
        }
    }
}

/// What a number is compared with; money in fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Operand {
    /// A number.
    Number(i64),
    /// A setting.
    Setting(SettingIx),
    /// Another fact.
    Fact(FactIx),
}

/// What a date is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DateOperand {
    /// The fact; nothing stands for the day of the act.
    pub fact: Option<FactIx>,
    /// Plus this period.
    pub plus: Option<PeriodRef>,
}

impl std::hash::Hash for DateOperand {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.fact.hash(state);
    }
}

/// The test of an atom.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Test {
    /// 成立 / 不成立
    Holds(bool),
    /// 是、属于: one of these alternatives
    OneOf(Vec<u16>),
    /// 不是: none of these
    NoneOf(Vec<u16>),
    /// 含 / 不含 an alternative
    Has(u16, bool),
    /// A number or an amount against another.
    Number(Order, Operand),
    /// A date against another: 不早于 is `AtLeast`, 晚于 `MoreThan`, 不晚于 `AtMost`, 早于 `LessThan`.
    Date(Order, DateOperand),
    /// 重于 another penalty
    HeavierThan(FactIx),
    /// 重于前次: than what stood before this act
    HeavierThanBefore,
    /// 含种类
    HasKind(PenaltyKind),
    /// 罚款 against a number
    Fine(Order, Operand),
    /// 没收 against a number
    Confiscation(Order, Operand),
    /// 已填 / 未填
    Filled(bool),
}

impl Condition {
    /// Evaluates with an answer for every atom.
    pub fn evaluate(&self, answer: &mut impl FnMut(&Atom) -> Verdict) -> Verdict {
        match self {
            Condition::All(parts) => parts.iter().fold(Verdict::firm(true), |sum, part| {
                let one = part.evaluate(answer);
                Verdict {
                    truth: sum.truth.and(one.truth),
                    firm: sum.firm.and(one.firm),
                }
            }),
            Condition::Any(parts) => parts.iter().fold(Verdict::firm(false), |sum, part| {
                let one = part.evaluate(answer);
                Verdict {
                    truth: sum.truth.or(one.truth),
                    firm: sum.firm.or(one.firm),
                }
            }),
            Condition::Not(part) => {
                let one = part.evaluate(answer);
                Verdict {
                    truth: !one.truth,
                    firm: !one.firm,
                }
            }
            Condition::Atom(atom) => answer(atom),
        }
    }

    /// Calls `visit` for every atom.
    pub fn atoms<'a>(&'a self, visit: &mut impl FnMut(&'a Atom)) {
        match self {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().for_each(|part| part.atoms(visit))
            }
            Condition::Not(part) => part.atoms(visit),
            Condition::Atom(atom) => visit(atom),
        }
    }

    /// Every fact that it reads.
    pub fn facts(&self) -> Vec<FactIx> {
        let mut facts = Vec::new();
        self.atoms(&mut |atom| facts.extend(atom.facts()));
        facts.sort_unstable();
        facts.dedup();
        facts
    }
}

impl Atom {
    /// The facts that the comparison reads.
    pub fn facts(&self) -> Vec<FactIx> {
        let other = match self.test {
            Test::Number(_, Operand::Fact(fact))
            | Test::Fine(_, Operand::Fact(fact))
            | Test::Confiscation(_, Operand::Fact(fact))
            | Test::HeavierThan(fact) => Some(fact),
            Test::Date(_, DateOperand { fact, .. }) => fact,
            _ => None,
        };
        std::iter::once(self.fact).chain(other).collect()
    }

    /// Compares concrete values. `value` gives a fact's value, `before` what stood before the act.
    pub fn compare<'v>(
        &self,
        procedure: &Procedure,
        agency: &Agency,
        value: &impl Fn(FactIx) -> Option<&'v Value>,
        before: Option<&Value>,
        date: &impl Fn(&DateOperand) -> Option<(vocabulary::Day, bool)>,
    ) -> Verdict {
        let Some(own) = value(self.fact) else {
            return match self.test {
                Test::Filled(expected) => Verdict::firm(!expected),
                _ => Verdict::UNKNOWN,
            };
        };
        let number = |order: Order, left: i64, operand: Operand| match operand {
            Operand::Number(right) => Verdict::firm(order.holds(&left, &right)),
            Operand::Setting(setting) => match procedure.setting(setting, agency) {
                Some((right, confirmed)) => {
                    let truth = Truth::from(order.holds(&left, &right));
                    Verdict {
                        truth,
                        firm: if confirmed { truth } else { Truth::Unknown },
                    }
                }
                None => Verdict::UNKNOWN,
            },
            Operand::Fact(fact) => match value(fact) {
                Some(Value::Count(right)) => Verdict::firm(order.holds(&left, right)),
                Some(Value::Quantity(right)) => Verdict::firm(order.holds(&left, &right.0)),
                Some(Value::Money(Fen(right))) => Verdict::firm(order.holds(&left, right)),
                Some(Value::Penalty(penalty)) => Verdict::firm(order.holds(&left, &penalty.fine.0)),
                _ => Verdict::UNKNOWN,
            },
        };
        match (&self.test, own) {
            (Test::Filled(expected), _) => Verdict::firm(*expected),
            (Test::Holds(expected), Value::Bool(value)) => Verdict::firm(value == expected),
            (Test::OneOf(choices), Value::Choice(value)) => Verdict::firm(choices.contains(value)),
            (Test::NoneOf(choices), Value::Choice(value)) => {
                Verdict::firm(!choices.contains(value))
            }
            (Test::Has(choice, expected), Value::Choices(values)) => {
                Verdict::firm(values.contains(choice) == *expected)
            }
            (Test::Number(order, operand), Value::Count(left)) => number(*order, *left, *operand),
            (Test::Number(order, operand), Value::Quantity(left)) => {
                number(*order, left.0, *operand)
            }
            (Test::Number(order, operand), Value::Money(Fen(left))) => {
                number(*order, *left, *operand)
            }
            (Test::Fine(order, operand), Value::Penalty(penalty)) => {
                number(*order, penalty.fine.0, *operand)
            }
            (Test::Confiscation(order, operand), Value::Penalty(penalty)) => {
                number(*order, penalty.confiscation.0, *operand)
            }
            (Test::HasKind(kind), Value::Penalty(penalty)) => Verdict::firm(penalty.has(*kind)),
            (Test::HeavierThan(other), Value::Penalty(penalty)) => match value(*other) {
                Some(Value::Penalty(other)) => Verdict::firm(penalty.is_heavier_than(other)),
                _ => Verdict::UNKNOWN,
            },
            (Test::HeavierThanBefore, Value::Penalty(penalty)) => match before {
                Some(Value::Penalty(before)) => Verdict::firm(penalty.is_heavier_than(before)),
                _ => Verdict::firm(false),
            },
            (Test::Date(order, operand), own) => {
                let day = match own {
                    Value::Date(day) => *day,
                    Value::Moment(moment) => moment.day,
                    _ => return Verdict::UNKNOWN,
                };
                match date(operand) {
                    Some((other, confirmed)) => {
                        let truth = Truth::from(order.holds(&day, &other));
                        Verdict {
                            truth,
                            firm: if confirmed { truth } else { Truth::Unknown },
                        }
                    }
                    None => Verdict::UNKNOWN,
                }
            }
            // The loader lets no other pairing of type and test through.
            _ => Verdict::UNKNOWN,
        }
    }
}

/// What it takes to say a condition in words: the names of what it compares.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// Facts, by index.
    pub facts: &'a [Fact],
    /// Settings, by index.
    pub settings: &'a [Setting],
}

impl Words<'_> {
    /// The condition as a Chinese clause, with the signs of a Chinese text.
    pub fn sentence(&self, condition: &Condition) -> String {
        // Brackets around a condition stand beside figures too.
        let text = self.print(condition).replace('(', "（").replace(')', "）");
        crate::chart::full_width(&text)
    }

    /// The condition as a Chinese clause.
    pub fn print(&self, condition: &Condition) -> String {
        self.print_inner(condition, false)
    }

    fn print_inner(&self, condition: &Condition, nested: bool) -> String {
        let join = |parts: &[Condition], word: &str, nested: bool| {
            let text = parts
                .iter()
                .map(|part| self.print_inner(part, parts.len() > 1))
                .collect::<Vec<_>>()
                .join(word);
            if nested && parts.len() > 1 {
                format!("({text})")
            } else {
                text
            }
        };
        match condition {
            Condition::All(parts) => join(parts, ",且", nested),
            Condition::Any(parts) => join(parts, ",或者", nested),
            Condition::Not(part) => format!("并非({})", self.print_inner(part, false)),
            Condition::Atom(atom) => self.print_atom(atom),
        }
    }

    fn print_atom(&self, atom: &Atom) -> String {
        let fact = &self.facts[atom.fact];
        let name = &fact.name;
        let choice = |index: &u16| match &fact.kind {
            FactType::Choice(alternatives) | FactType::Choices(alternatives) => alternatives
                .get(usize::from(*index))
                .map_or_else(|| index.to_string(), |a| a.name.clone()),
            _ => index.to_string(),
        };
        let choices = |all: &[u16]| all.iter().map(choice).collect::<Vec<_>>().join("、");
        let operand = |operand: &Operand, is_money: bool| match operand {
            Operand::Number(number) if is_money => Fen(*number).to_string(),
            Operand::Number(parts) if fact.kind == FactType::Quantity => {
                Quantity(*parts).to_string()
            }
            Operand::Number(number) => number.to_string(),
            Operand::Fact(other) => self.facts[*other].name.clone(),
            Operand::Setting(setting) => {
                let setting = &self.settings[*setting];
                let value = match (setting.value, setting.unit) {
                    (Some(value), SettingUnit::Money) => Fen(value).to_string(),
                    (Some(value), SettingUnit::Count) => value.to_string(),
                    (Some(value), SettingUnit::Period(p)) => crate::time::Period {
                        count: u32::try_from(value).unwrap_or(0),
                        ..p
                    }
                    .to_string(),
                    (None, _) => "未定".to_owned(),
                };
                format!("{}({value})", setting.name)
            }
        };
        let is_money = matches!(fact.kind, FactType::Money);
        match &atom.test {
            Test::Holds(true) => format!("{name}成立"),
            Test::Holds(false) => format!("{name}不成立"),
            Test::OneOf(all) => format!("{name}是{}", choices(all)),
            Test::NoneOf(all) => format!("{name}不是{}", choices(all)),
            Test::Has(one, true) => format!("{name}含{}", choice(one)),
            Test::Has(one, false) => format!("{name}不含{}", choice(one)),
            Test::Number(order, right) => {
                format!("{name}{}{}", order.chinese(), operand(right, is_money))
            }
            Test::Fine(order, right) => {
                format!("{name}的罚款{}{}", order.chinese(), operand(right, true))
            }
            Test::Confiscation(order, right) => {
                format!("{name}的没收{}{}", order.chinese(), operand(right, true))
            }
            Test::Date(order, right) => {
                let order = match order {
                    Order::AtLeast => "不早于",
                    Order::MoreThan => "晚于",
                    Order::AtMost => "不晚于",
                    Order::LessThan => "早于",
                    Order::Equal => "等于",
                };
                let base = right
                    .fact
                    .map_or("行为日", |fact| self.facts[fact].name.as_str());
                let plus = right.plus.map_or(String::new(), |plus| {
                    format!("后{}", self.print_period(plus))
                });
                format!("{name}{order}{base}{plus}")
            }
            Test::HeavierThan(other) => format!("{name}重于{}", self.facts[*other].name),
            Test::HeavierThanBefore => format!("{name}重于前次"),
            Test::HasKind(kind) => format!("{name}含{}", kind.chinese()),
            Test::Filled(true) => format!("{name}已填"),
            Test::Filled(false) => format!("{name}未填"),
        }
    }

    /// A period as text; a setting by name with its shipped value.
    pub fn print_period(&self, period: PeriodRef) -> String {
        match period {
            PeriodRef::Fixed(period) => period.to_string(),
            PeriodRef::Setting(ix) => match (self.settings[ix].unit, self.settings[ix].value) {
                (SettingUnit::Period(unit), Some(count)) => {
                    let length = crate::time::Period {
                        count: u32::try_from(count).unwrap_or(0),
                        ..unit
                    };
                    format!("{length}({})", self.settings[ix].name)
                }
                _ => format!("期限({}，未定）", self.settings[ix].name),
            },
        }
    }
}

impl Procedure {
    /// The names of what its conditions compare.
    pub fn words(&self) -> Words<'_> {
        Words {
            facts: &self.facts,
            settings: &self.settings,
        }
    }

    /// The condition as a Chinese clause.
    pub fn print(&self, condition: &Condition) -> String {
        self.words().print(condition)
    }

    /// A period as text; a setting by name with its shipped value.
    pub fn print_period(&self, period: PeriodRef) -> String {
        self.words().print_period(period)
    }
}
