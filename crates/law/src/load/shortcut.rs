//! Shortcuts (快捷) of an act: prepared ways of filling it, checked against what the act says.

use super::names::{Around, Names};
use crate::condition::Condition;
use crate::fact::{Fact, FactType, Value, check_words};
use crate::filling::Shortcut;
use crate::model::{ActIx, CASE, EventIx, FactIx};
use crate::source::{Errors, Node, Scalar, ScalarValue};
use vocabulary::{Fen, Quantity};

/// The word for the condition of a shortcut among the facts that it fills in.
const WHEN: &str = "当";

/// Before the name of a fact whose value is taken.
const TAKES: &str = "事实:";

/// Before the name of an act whose day is taken.
const DAY_OF: &str = "行为日:";

/// The shortcuts of an act for one kind of subject. Every act is declared by now, for they may name others.
///
/// An act for documents is read once for each of them, and mistakes are told in the words of the file, so that the same
/// mistake is told once.
pub(super) fn read(act: &Node, names: &Names, event: EventIx, errors: &Errors) -> Vec<Shortcut> {
    let event = &names.events[event];
    let around = Around {
        document: event.document,
    };
    // The facts that people fill in when they do it.
    let filled: Vec<FactIx> = event
        .required
        .iter()
        .chain(&event.optional)
        .copied()
        .collect();
    let mut found: Vec<Shortcut> = Vec::new();
    for node in act.all("快捷") {
        let Some(name) = node.argument(0, "快捷的名称", errors) else {
            continue;
        };
        if found.iter().any(|known| known.name == name) {
            let seen = format!("快捷“{name}”写了两次");
            errors.add(&node.place, seen, "一个行为里每个快捷一个名称");
            continue;
        }
        for extra in &node.arguments[1..] {
            let seen = format!("快捷“{name}”后面还有“{}”", extra.value);
            errors.add(&extra.place, seen, "要填的写在花括号里");
        }
        for (key, value) in &node.properties {
            let seen = format!("“{}”里不认识的“{key}=”", node.title());
            errors.add(&value.place, seen, "这里没有带等号的项");
        }
        let reading = Reading {
            names,
            around,
            filled: &filled,
            errors,
        };
        let mut says: Vec<(FactIx, Value)> = Vec::new();
        let mut takes: Vec<(FactIx, FactIx)> = Vec::new();
        let mut days: Vec<(FactIx, ActIx)> = Vec::new();
        for line in node.children.iter().filter(|line| line.name != WHEN) {
            let Some((fact, filling)) = reading.line(line) else {
                continue;
            };
            let said = says.iter().map(|(known, _)| *known);
            let taken = takes.iter().chain(&days).map(|(known, _)| *known);
            if said.chain(taken).any(|known| known == fact) {
                let seen = format!("快捷“{name}”里“{}”写了两次", line.name);
                errors.add(&line.place, seen, "一个快捷里每项事实写一次");
                continue;
            }
            match filling {
                Filling::Says(value) => says.push((fact, value)),
                Filling::Takes(other) => takes.push((fact, other)),
                Filling::DayOf(act) => days.push((fact, act)),
            }
        }
        if node.children.iter().all(|line| line.name == WHEN) {
            let seen = format!("快捷“{name}”什么也没有填");
            errors.add(&node.place, seen, "在花括号里逐行写“事实 值”");
        }
        found.push(Shortcut {
            name: name.to_owned(),
            says,
            takes,
            days,
            when: node
                .one(WHEN, errors)
                .and_then(|when| reading.when(when, name)),
            place: node.place.clone(),
        });
    }
    found
}

/// What a line of a shortcut fills in.
enum Filling {
    Says(Value),
    Takes(FactIx),
    DayOf(ActIx),
}

/// What a shortcut is read against.
struct Reading<'a> {
    names: &'a Names,
    around: Around,
    filled: &'a [FactIx],
    errors: &'a Errors,
}

impl Reading<'_> {
    /// The names of what the act says, as the file writes them.
    fn known(&self) -> String {
        let name = |fact: &FactIx| bare(&self.names.facts[*fact].name).to_owned();
        let names: Vec<String> = self.filled.iter().map(name).collect();
        names.join("、")
    }

    fn line(&self, line: &Node) -> Option<(FactIx, Filling)> {
        let fact = self
            .names
            .fact(&line.name, self.around, &line.place, self.errors)?;
        if !self.filled.contains(&fact) {
            let seen = format!("“{}”不是这个行为要人填的", line.name);
            let known = self.known();
            let expected = if known.is_empty() {
                "必填、选填里写过的事实；这个行为没有".to_owned()
            } else {
                format!("必填、选填里写过的事实：{known}")
            };
            self.errors.add(&line.place, seen, expected);
            return None;
        }
        let declared = &self.names.facts[fact];
        let first = line.arguments.first().map(|scalar| &scalar.value);
        if let Some(ScalarValue::Text(text)) = first
            && let Some(other) = text.strip_prefix(TAKES)
        {
            return Some((fact, Filling::Takes(self.taken(line, declared, other)?)));
        }
        if let Some(ScalarValue::Text(text)) = first
            && let Some(act) = text.strip_prefix(DAY_OF)
        {
            return Some((fact, Filling::DayOf(self.day_of(line, declared, act)?)));
        }
        Some((
            fact,
            Filling::Says(value(self.names, line, declared, self.errors)?),
        ))
    }

    /// The fact whose value is taken: of the same type, and known before the act says anything.
    fn taken(&self, line: &Node, fact: &Fact, other: &str) -> Option<FactIx> {
        let taken = self
            .names
            .fact(other, self.around, &line.place, self.errors)?;
        let is_alike = self.names.facts[taken].kind == fact.kind;
        if is_alike && !self.filled.contains(&taken) {
            return Some(taken);
        }
        let seen = format!("“{}”取“{other}”的值", line.name);
        let expected = format!("不由这个行为填、类型也是{}的事实", fact.kind.chinese());
        self.errors.add(&line.place, seen, expected);
        None
    }

    /// The act whose day is taken: one that is done for the case, so that its day is the same for everybody.
    fn day_of(&self, line: &Node, fact: &Fact, act: &str) -> Option<ActIx> {
        let events = self.names.events(act, &line.place, self.errors);
        let event = &self.names.events[*events.first()?];
        if fact.kind == FactType::Date && event.domain == CASE && !act.starts_with('#') {
            return Some(event.act);
        }
        let seen = format!("“{}”取“{act}”的日期", line.name);
        let expected = "类型是日期的事实，和一个对案件做的行为";
        self.errors.add(&line.place, seen, expected);
        None
    }

    /// When the shortcut is offered is known before the act says anything.
    fn when(&self, node: &Node, name: &str) -> Option<Condition> {
        let when = self.names.condition(node, self.around, self.errors)?;
        let own = when
            .facts()
            .into_iter()
            .find(|fact| self.filled.contains(fact));
        if let Some(own) = own {
            let own = bare(&self.names.facts[own].name);
            let seen = format!("快捷“{name}”的条件读到“{own}”，这个行为自己要填它");
            self.errors
                .add(&node.place, seen, "做这个行为以前就知道的事实");
        }
        Some(when)
    }
}

/// The value that a line says of a fact, in the words of the notation.
pub(super) fn value(names: &Names, line: &Node, fact: &Fact, errors: &Errors) -> Option<Value> {
    let expected = match &fact.kind {
        FactType::Bool => "是 或 否".to_owned(),
        FactType::Choice(all) | FactType::Choices(all) => {
            let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
            names.join("、")
        }
        FactType::Text => "文字".to_owned(),
        FactType::Count => "整数".to_owned(),
        FactType::Quantity => "至多三位小数的数".to_owned(),
        FactType::Money => "以元计的金额".to_owned(),
        // What differs each time cannot be prepared.
        FactType::Date
        | FactType::Moment
        | FactType::Penalty
        | FactType::Item
        | FactType::ResidentId
        | FactType::CreditCode
        | FactType::Number
        | FactType::Installments => {
            let seen = format!("“{}”是{}，不能预先填好", line.name, fact.kind.chinese());
            let expected = "是否、选项、多选、文字、数、金额的事实";
            errors.add(&line.place, seen, expected);
            return None;
        }
    };
    let Some(first) = line.arguments.first() else {
        let seen = format!("“{}”后面没有写填什么", line.name);
        errors.add(&line.place, seen, expected);
        return None;
    };
    if let (Some(second), false) = (
        line.arguments.get(1),
        matches!(fact.kind, FactType::Choices(_)),
    ) {
        let seen = format!("“{}”写了不止一个值", line.name);
        errors.add(&second.place, seen, "只写一个值");
        return None;
    }
    match &fact.kind {
        FactType::Bool => match first.text(errors)? {
            "是" | "成立" => Some(Value::Bool(true)),
            "否" | "不成立" => Some(Value::Bool(false)),
            other => {
                let seen = format!("“{}”填的是“{other}”", line.name);
                errors.add(&first.place, seen, expected);
                None
            }
        },
        FactType::Choice(all) => names.choice(all, first, errors).map(Value::Choice),
        FactType::Choices(all) => {
            let chosen = line.arguments.iter();
            let mut chosen = chosen
                .map(|scalar| names.choice(all, scalar, errors))
                .collect::<Option<Vec<u16>>>()?;
            chosen.sort_unstable();
            chosen.dedup();
            Some(Value::Choices(chosen))
        }
        FactType::Text => text(line, first, fact.longest_text(), errors),
        FactType::Count => first.integer(errors).map(Value::Count),
        FactType::Quantity => quantity(first, &expected, errors),
        _ => money(first, &expected, errors),
    }
}

fn text(line: &Node, scalar: &Scalar, longest: usize, errors: &Errors) -> Option<Value> {
    let text = scalar.text(errors)?.trim();
    let problem = match check_words(text, longest) {
        _ if text.is_empty() => "是空的".to_owned(),
        Err(problem) => problem,
        Ok(()) => return Some(Value::Text(text.to_owned())),
    };
    let seen = format!("“{}”的文字{problem}", line.name);
    let expected = format!("一到{longest}个字");
    errors.add(&scalar.place, seen, expected);
    None
}

fn quantity(scalar: &Scalar, expected: &str, errors: &Errors) -> Option<Value> {
    let read = match &scalar.value {
        ScalarValue::Integer(units) => Some(Quantity::whole(*units)),
        ScalarValue::Decimal(text) => Quantity::parse(text).ok(),
        _ => None,
    };
    if read.is_none() {
        errors.add(&scalar.place, format!("看到“{}”", scalar.value), expected);
    }
    read.map(Value::Quantity)
}

fn money(scalar: &Scalar, expected: &str, errors: &Errors) -> Option<Value> {
    let fen = match &scalar.value {
        ScalarValue::Integer(yuan) => yuan.checked_mul(100).map(Fen),
        ScalarValue::Decimal(text) => Fen::parse_yuan(text).ok(),
        ScalarValue::Text(_) | ScalarValue::Bool(_) => None,
    };
    if fen.is_none() {
        let seen = format!("看到“{}”", scalar.value);
        errors.add(&scalar.place, seen, expected);
    }
    fen.map(Value::Money)
}

/// The name of a fact without the document that it belongs to.
fn bare(name: &str) -> &str {
    name.split(':').next().unwrap_or(name)
}
