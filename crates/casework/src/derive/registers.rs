//! Whether what a case says agrees with the row of the agency's register that it names (查登记).

use law::fact::{FactType, Value};
use law::lookup::Lookup;
use law::model::FactIx;
use vocabulary::Day;

use super::Derived;
use crate::lists::{List, ListRow};
use crate::live::Live;

/// The register of this id, with how the procedure reads it; nothing where the agency kept no such rows up to the day.
fn kept<'a>(live: &'a Live<'_>, register: &str) -> Option<(&'a Lookup, Option<&'a List>)> {
    let lookups = &live.case.procedure.lookups;
    let lookup = lookups.iter().find(|it| it.register == register)?;
    let list = live.context.lists.get(register);
    Some((
        lookup,
        list.filter(|list| list.is_kept(lookup, live.at.day)),
    ))
}

fn named<'a>(live: &'a Live<'_>, lookup: &Lookup, member: usize) -> Option<&'a str> {
    match live.fact(lookup.key, member)? {
        Value::Text(text) => Some(text.trim()),
        _ => None,
    }
}

/// Whether the facts of the lookup say nothing that the row does not. An agency that keeps no rows has nothing to hold them
/// against.
pub(super) fn agrees(register: &str, live: &Live<'_>, member: usize) -> Option<Derived> {
    let (lookup, list) = kept(live, register)?;
    let Some(list) = list else {
        return Some(Derived::yes());
    };
    let name = named(live, lookup, member)?;
    let day = live.at.day;
    let Some(row) = list.row(lookup, name, day) else {
        return Some(Derived::no(format!("{}{day}没有“{name}”", list.name)));
    };
    let mut differences: Vec<String> = Vec::new();
    let procedure = &live.case.procedure;
    for (fact, marks) in &lookup.vouches {
        if live.fact(*fact, member) != Some(&Value::Bool(true)) {
            continue;
        }
        if let Some(gap) = row.gap(marks, day, &|column| list.title(column)) {
            let said = &procedure.facts[*fact].name;
            differences.push(format!("“{said}”写的是“是”，{}的“{name}”{gap}", list.name));
        }
    }
    // What the act at hand could say and does not is told as well: it stands in the row.
    let says = |fact| {
        live.command
            .is_some_and(|command| procedure.events[command.event].says(fact))
    };
    for (fact, column) in &lookup.takes {
        let declared = &procedure.facts[*fact];
        let Some(listed) = value(&declared.kind, row, column) else {
            if let Some(said) = live.fact(*fact, member) {
                let said = declared.show(said);
                let (fact, list, title) = (&declared.name, &list.name, list.title(column));
                differences.push(format!(
                    "“{fact}”写的是“{said}”，{list}的“{name}”没有填“{title}”"
                ));
            }
            continue;
        };
        let shown = declared.show(&listed);
        let told = match live.fact(*fact, member) {
            Some(said) if same(said, &listed) => continue,
            Some(said) => format!("写的是“{}”", declared.show(said)),
            None if says(*fact) => "没有填写".to_owned(),
            None => continue,
        };
        differences.push(format!(
            "“{}”{told}，{}的“{name}”是“{shown}”",
            declared.name, list.name
        ));
    }
    Some(if differences.is_empty() {
        Derived::yes()
    } else {
        Derived::no(differences.join("；"))
    })
}

fn same(said: &Value, listed: &Value) -> bool {
    match (said, listed) {
        (Value::Text(said), Value::Text(listed)) => said.trim() == listed.trim(),
        _ => said == listed,
    }
}

/// What a column says of a fact; nothing where it is empty or is of another kind.
fn value(kind: &FactType, row: &ListRow, column: &str) -> Option<Value> {
    let text = row.cell(column);
    match kind {
        _ if text.is_empty() => None,
        FactType::Text => Some(Value::Text(text.to_owned())),
        FactType::Count => text.parse().ok().map(Value::Count),
        FactType::Date => Day::parse(text).ok().map(Value::Date),
        _ => None,
    }
}

/// What is missing to say whether the case agrees.
pub(super) fn lacking(register: &str, live: &Live<'_>, member: usize) -> Option<String> {
    let (lookup, list) = kept(live, register)?;
    let list = list?;
    let is_open = named(live, lookup, member).is_none();
    let fact = &live.case.procedure.facts[lookup.key].name;
    is_open.then(|| format!("请填写“{fact}”，写明是{}的哪一行", list.name))
}

/// What the row that a case, or the act at hand, names fills in.
pub(crate) fn filled_from_register(
    register: &str,
    live: &Live<'_>,
    member: usize,
) -> Vec<(FactIx, Value)> {
    let procedure = &live.case.procedure;
    let day = live.at.day;
    let found = kept(live, register).and_then(|(lookup, list)| {
        let list = list?;
        let row = list.row(lookup, named(live, lookup, member)?, day)?;
        Some((lookup, list, row))
    });
    let Some((lookup, list, row)) = found else {
        return Vec::new();
    };
    let takes = lookup.takes.iter().filter_map(|(fact, column)| {
        let value = value(&procedure.facts[*fact].kind, row, column)?;
        Some((*fact, value))
    });
    let vouches = lookup.vouches.iter().map(|(fact, marks)| {
        let gap = row.gap(marks, day, &|column| list.title(column));
        (*fact, Value::Bool(gap.is_none()))
    });
    takes.chain(vouches).collect()
}
