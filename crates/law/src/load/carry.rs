//! What an act takes over from a case of another procedure (承接): read when every procedure is known, for it names acts
//! and facts of both.

use super::names::{Around, Names};
use super::shortcut;
use crate::fact::{Fact, FactType};
use crate::filling::{Brings, Carry, Taken};
use crate::model::{CASE, Event, EventIx, FactIx, Procedure};
use crate::source::{Errors, Node, ScalarValue};
use std::collections::HashMap;

/// The keyword.
pub(super) const KIND: &str = "承接";

/// The number of a case that follows, of one of these procedures: `后案 处罚案件 penalty.ordinary penalty.summary`.
pub(super) const FOLLOW_UP: &str = "后案";

/// Which acts a case of the other procedure must have seen, any one of them.
const AFTER: &str = "办过";
/// Whose members come along.
const BRINGS: &str = "带入";
/// Whose files come along.
const MATERIAL: &str = "材料";

/// Before the name of a fact of the other case.
const FACT_OF: &str = "事实:";
/// Before the name of an act of the other case whose day is taken.
const DAY_OF: &str = "行为日:";
/// The number by which the other case goes.
const NUMBER: &str = "前案:编号";

/// The acts of a procedure that take something over, kept until all procedures are known.
pub(super) fn waiting(nodes: &[&Node]) -> Vec<Node> {
    let acts = nodes.iter().filter(|node| node.name == "行为");
    let takes_over = acts.filter(|node| {
        let mut lines = node.children.iter();
        lines.any(|child| child.name == KIND || child.name == FOLLOW_UP)
    });
    takes_over.map(|node| (**node).clone()).collect()
}

/// Reads them into their procedures.
pub(super) fn resolve(
    procedures: &mut [Procedure],
    waiting: &[(String, Vec<Node>)],
    names: &HashMap<String, Names>,
    errors: &Errors,
) {
    for (id, acts) in waiting {
        let (Some(own), Some(procedure)) =
            (names.get(id), procedures.iter_mut().find(|it| it.id == *id))
        else {
            continue;
        };
        for act in acts {
            let Some(event) = act.argument(1, "中文名称", errors).and_then(|name| {
                let acts = &procedure.acts;
                let of_act = |it: &Event| acts[it.act].name == name;
                procedure.events.iter().position(of_act)
            }) else {
                continue;
            };
            if procedure.events[event].document.is_some() {
                let seen = format!("“{}”是对文书做的", procedure.act_of(event).name);
                errors.add(&act.place, seen, "承接写在对案件或者当事人做的行为里");
                continue;
            }
            let mut carries: Vec<Carry> = Vec::new();
            for node in act.all(KIND) {
                let Some(from) = node.argument(0, "承接哪个程序的案件", errors) else {
                    continue;
                };
                let Some(source) = names.get(from) else {
                    let known: Vec<&str> = waiting.iter().map(|(id, _)| id.as_str()).collect();
                    let seen = format!("没有程序“{from}”");
                    errors.add(&node.arguments[0].place, seen, known.join("、"));
                    continue;
                };
                if carries.iter().any(|known| known.from == from) {
                    let seen = format!("承接“{from}”写了两次");
                    errors.add(&node.place, seen, "一个行为里每个程序写一次");
                    continue;
                }
                let reading = Reading {
                    own,
                    source,
                    event,
                    errors,
                };
                carries.push(reading.carry(node, from));
            }
            procedure.events[event].carries = carries;
            let lines = act.all(FOLLOW_UP);
            let read = lines.filter_map(|line| number_after(line, own, event, names, errors));
            procedure.events[event].follow_ups = read.collect();
        }
    }
}

/// A fact that says by which number a case goes that follows this one.
fn number_after(
    line: &Node,
    own: &Names,
    event: EventIx,
    names: &HashMap<String, Names>,
    errors: &Errors,
) -> Option<(FactIx, Vec<String>)> {
    let name = line.argument(0, "事实的名称", errors)?;
    let fact = own.fact(name, Around { document: None }, &line.place, errors)?;
    let declared = &own.facts[fact];
    let event = &own.events[event];
    let is_said = event.required.contains(&fact) || event.optional.contains(&fact);
    if !is_said || declared.kind != FactType::Text {
        let seen = format!("后案的编号填在“{name}”里");
        errors.add(&line.place, seen, "这个行为的必填、选填里文字的事实");
        return None;
    }
    let mut procedures = Vec::new();
    for scalar in line.arguments.iter().skip(1) {
        let id = scalar.text(errors)?;
        if !names.contains_key(id) {
            errors.add(&scalar.place, format!("没有程序“{id}”"), "程序的标识");
        }
        procedures.push(id.to_owned());
    }
    if procedures.is_empty() {
        errors.add(&line.place, "没有写后案是哪个程序的", "程序的标识");
    }
    Some((fact, procedures))
}

/// It in the words of the file: `inspection：办过 现场检查；带入 当事人（地位 主要）；发现日 行为日:现场检查`.
fn told(node: &Node, from: &str) -> String {
    fn line(node: &Node) -> String {
        let words = node.arguments.iter().map(|it| it.value.to_string());
        let words: Vec<String> = std::iter::once(node.name.clone()).chain(words).collect();
        let inner: Vec<String> = node.children.iter().map(line).collect();
        match inner.as_slice() {
            [] => words.join(" "),
            inner => format!("{}（{}）", words.join(" "), inner.join("；")),
        }
    }
    let lines: Vec<String> = node.children.iter().map(line).collect();
    format!("{from}：{}", lines.join("；"))
}

struct Reading<'a> {
    own: &'a Names,
    source: &'a Names,
    event: EventIx,
    errors: &'a Errors,
}

impl Reading<'_> {
    fn carry(&self, node: &Node, from: &str) -> Carry {
        let mut carry = Carry {
            from: from.to_owned(),
            after: self.source.events_of(node, AFTER, self.errors),
            brings: self.brings(node),
            files: self.source.events_of(node, MATERIAL, self.errors),
            told: told(node, from),
            fills: Vec::new(),
            place: node.place.clone(),
        };
        let lines = node.children.iter();
        for line in lines.filter(|line| ![AFTER, BRINGS, MATERIAL].contains(&line.name.as_str())) {
            let Some((fact, taken)) = self.line(line, &carry) else {
                continue;
            };
            if carry.fills.iter().any(|(known, _)| *known == fact) {
                let seen = format!("承接里“{}”写了两次", line.name);
                self.errors.add(&line.place, seen, "每项事实写一次");
                continue;
            }
            carry.fills.push((fact, taken));
        }
        carry
    }

    /// The members of the other case that come in with the act: what both know by the same id goes with them, and the rest
    /// of what must be known is said here.
    fn brings(&self, node: &Node) -> Option<Brings> {
        let child = node.one(BRINGS, self.errors)?;
        let name = child.argument(0, "对象的名称", self.errors)?;
        let place = &child.arguments[0].place;
        let theirs = self.source.domain(name, place, self.errors)?;
        let act = self.own.events[self.event].act;
        let Some(ours) = self.own.acts[act].introduces.filter(|it| *it != CASE) else {
            let seen = format!("“{}”不新增对象", self.own.acts[act].name);
            self.errors.add(place, seen, "写了“新增”的行为才能带入对象");
            return None;
        };
        if theirs == CASE {
            let seen = format!("带入“{name}”");
            self.errors.add(place, seen, "案件以外的对象，如 当事人");
            return None;
        }
        let kind = &self.own.subjects[usize::from(ours.0)];
        let mut says = Vec::new();
        for line in &child.children {
            let around = Around { document: None };
            let Some(fact) = self.own.fact(&line.name, around, &line.place, self.errors) else {
                continue;
            };
            if !kind.required.contains(&fact) && !kind.optional.contains(&fact) {
                let seen = format!("“{}”不是对象进入本案时问的", line.name);
                self.errors
                    .add(&line.place, seen, "对象的必填、选填里写过的事实");
                continue;
            }
            let value = shortcut::value(self.own, line, &self.own.facts[fact], self.errors);
            says.extend(value.map(|value| (fact, value)));
        }
        for fact in &kind.required {
            let wanted = &self.own.facts[*fact];
            let is_known =
                |it: &Fact| it.id == wanted.id && it.kind == wanted.kind && it.domain == theirs;
            let is_said = says.iter().any(|(known, _)| known == fact);
            if !is_said && !self.source.facts.iter().any(is_known) {
                let seen = format!("前案的“{name}”没有“{}”", wanted.name);
                let expected = "两个程序里标识和类型相同的事实；没有的，写在“带入”的花括号里";
                self.errors.add(place, seen, expected);
            }
        }
        Some(Brings { theirs, ours, says })
    }

    fn line(&self, line: &Node, carry: &Carry) -> Option<(FactIx, Vec<Taken>)> {
        let event = &self.own.events[self.event];
        let around = Around { document: None };
        let fact = self
            .own
            .fact(&line.name, around, &line.place, self.errors)?;
        if !event.required.contains(&fact) && !event.optional.contains(&fact) {
            let seen = format!("“{}”不是这个行为要人填的", line.name);
            self.errors.add(&line.place, seen, "必填、选填里写过的事实");
            return None;
        }
        let declared = &self.own.facts[fact];
        let words = line.arguments.iter().map(|scalar| match &scalar.value {
            ScalarValue::Text(text) => text.as_str(),
            _ => "",
        });
        let is_taken =
            |text: &str| text == NUMBER || text.starts_with(FACT_OF) || text.starts_with(DAY_OF);
        if !words.clone().any(is_taken) {
            let value = shortcut::value(self.own, line, declared, self.errors)?;
            return Some((fact, vec![Taken::Says(value)]));
        }
        let mut taken = Vec::new();
        for text in words {
            taken.push(if text == NUMBER {
                self.number(line, declared)?
            } else if let Some(other) = text.strip_prefix(FACT_OF) {
                self.taken(line, declared, other, carry)?
            } else if let Some(act) = text.strip_prefix(DAY_OF) {
                self.day(line, declared, act)?
            } else {
                let seen = format!("“{}”后面有“{text}”", line.name);
                let expected = "一个值；或者逐个写“事实:…”“行为日:…”“前案:编号”，取第一个有的";
                self.errors.add(&line.place, seen, expected);
                return None;
            });
        }
        Some((fact, taken))
    }

    fn number(&self, line: &Node, declared: &Fact) -> Option<Taken> {
        if declared.kind == FactType::Text {
            return Some(Taken::Number);
        }
        let seen = format!("“{}”是{}", line.name, declared.kind.chinese());
        self.errors
            .add(&line.place, seen, "前案的编号填在类型是文字的事实里");
        None
    }

    /// A fact of the case, or of what comes in with the act. A text takes whatever can be told in words.
    fn taken(&self, line: &Node, fact: &Fact, other: &str, carry: &Carry) -> Option<Taken> {
        let around = Around { document: None };
        let found = self.source.fact(other, around, &line.place, self.errors)?;
        let theirs = &self.source.facts[found];
        let is_alike = theirs.kind == fact.kind || fact.kind == FactType::Text;
        // A later act finds who it is about by the name, whatever came in with the act that opened the case.
        let is_brought = carry.brings.as_ref().map(|it| it.theirs) == Some(theirs.domain);
        let opens = self.own.acts[self.own.events[self.event].act]
            .introduces
            .is_some();
        let is_reachable = theirs.domain == CASE || is_brought || !opens;
        if fact.sensitivity < theirs.sensitivity {
            let seen = format!("“{}”取前案的“{other}”，它的密级更高", line.name);
            self.errors
                .add(&line.place, seen, "密级不低于前案那一项的事实");
            return None;
        }
        if is_alike && is_reachable {
            return Some(Taken::Fact(found));
        }
        let seen = format!("“{}”取前案的“{other}”", line.name);
        let expected = format!(
            "归案件或者归带入的对象、类型是{}的事实",
            fact.kind.chinese()
        );
        self.errors.add(&line.place, seen, expected);
        None
    }

    fn day(&self, line: &Node, fact: &Fact, act: &str) -> Option<Taken> {
        let events = self.source.events(act, &line.place, self.errors);
        if events.is_empty() {
            return None;
        }
        if fact.kind == FactType::Date {
            return Some(Taken::Day(events));
        }
        let seen = format!("“{}”取“{act}”的日期", line.name);
        self.errors.add(&line.place, seen, "类型是日期的事实");
        None
    }
}
