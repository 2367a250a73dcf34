//! Whether what a case says agrees with the row of the agency's register that it names (查登记).

use law::fact::{FactType, Value};
use law::lookup::Lookup;
use law::model::FactIx;

use super::Derived;
use crate::lists::{List, Said, names_row, value};
use crate::live::Live;

/// Before the register and the columns in which those stand who may take part.
pub(super) const PEOPLE_LISTED: &str = "在列人员:";

/// Before the register and the columns in which the one stands whom the case is about.
pub(super) const PARTY_LISTED: &str = "在列当事人:";

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
    names_row(live.fact(lookup.key, member)?)
}

/// Whether the facts of the lookup say nothing that the row does not. An agency that keeps no rows has nothing to hold them
/// against.
pub(super) fn agrees(register: &str, live: &Live<'_>, member: usize) -> Option<Derived> {
    let (lookup, list) = kept(live, register)?;
    let Some(list) = list else {
        let said = named(live, lookup, member).filter(|_| lookup.must_exist);
        return Some(said.map_or_else(Derived::yes, |name| {
            let known = live.context.lists.get(register);
            let register = known.map_or(register, |list| list.name.as_str());
            Derived::no(format!("{register}{}没有“{name}”", live.at.day))
        }));
    };
    let name = named(live, lookup, member)?;
    let day = live.at.day;
    let Some(row) = list.row(lookup, name, day) else {
        return Some(Derived::no(format!("{}{day}没有“{name}”", list.name)));
    };
    let procedure = &live.case.procedure;
    let said = Said {
        name: None,
        fact: &|fact| live.fact(fact, member).cloned(),
    };
    let mut differences = list.contradictions(procedure, lookup, (row, day), said);
    // What the act at hand could say and does not is told as well: it stands in the row.
    let says = |fact| {
        live.command
            .is_some_and(|command| procedure.events[command.event].says(fact))
    };
    for take in &lookup.takes {
        let declared = &procedure.facts[take.fact];
        let fact = &declared.name;
        match (
            value(&declared.kind, row, take),
            live.fact(take.fact, member),
        ) {
            (None, Some(_)) if take.may_be_silent => {}
            (None, Some(said)) => differences.push(format!(
                "“{fact}”写的是“{}”，{}的“{name}”没有填“{}”",
                declared.show(said),
                list.name,
                list.title(&take.column)
            )),
            (Some(listed), None) if says(take.fact) => differences.push(format!(
                "“{fact}”没有填写，{}的“{name}”是“{}”",
                list.name,
                declared.show(&listed)
            )),
            _ => {}
        }
    }
    Some(if differences.is_empty() {
        Derived::yes()
    } else {
        Derived::no(differences.join("；"))
    })
}

/// Whether everybody who enforces in the act at hand stands in one of these columns of the row that the case names, as
/// `draws officer_ids reserve_ids`: the ids of people there are joined by 、.
pub(super) fn people_listed(spec: &str, live: &Live<'_>, member: usize) -> Option<Derived> {
    let mut words = spec.split(' ');
    let (lookup, list) = kept(live, words.next()?)?;
    let name = named(live, lookup, member)?;
    let row = list?.row(lookup, name, live.at.day)?;
    let listed: Vec<&str> = words
        .flat_map(|column| row.cell(column).split('、'))
        .collect();
    let procedure = &live.case.procedure;
    let officers = live.command?.people.iter().filter(|(role, _)| {
        let role = procedure.roles.get(*role);
        role.is_some_and(|role| role.is_officer)
    });
    let mut others: Vec<&str> = officers
        .map(|(_, id)| id.as_str())
        .filter(|id| !listed.contains(id))
        .map(|id| {
            live.context
                .people
                .get(id)
                .map_or(id, |it| it.name.as_str())
        })
        .collect();
    others.sort_unstable();
    others.dedup();
    Some(match others.is_empty() {
        true => Derived::yes(),
        false => Derived::no(format!("“{name}”的人员里没有{}", others.join("、"))),
    })
}

/// Whether somebody in the case is the one that stands in these columns of the row that the case names, as
/// `draws holder_code holder_name`: by a credit code where one stands there, otherwise by name. Where the row names nobody,
/// anybody is.
pub(super) fn party_listed(spec: &str, live: &Live<'_>, member: usize) -> Option<Derived> {
    let mut words = spec.split(' ');
    let (lookup, list) = kept(live, words.next()?)?;
    let name = named(live, lookup, member)?;
    let row = list?.row(lookup, name, live.at.day)?;
    let listed: Vec<&str> = words
        .map(|column| row.cell(column))
        .filter(|cell| !cell.is_empty())
        .collect();
    let Some(wanted) = listed.last() else {
        return Some(Derived::yes());
    };
    let procedure = &live.case.procedure;
    let codes = procedure.facts.iter().enumerate();
    let codes: Vec<FactIx> = codes
        .filter(|(_, fact)| fact.kind == FactType::CreditCode)
        .map(|(at, _)| at)
        .collect();
    let mut kinds = live.case.members.iter().enumerate().skip(1);
    let is_there = kinds.any(|(kind, members)| {
        members.iter().enumerate().any(|(at, member)| {
            let own = codes
                .iter()
                .filter(|fact| usize::from(procedure.facts[**fact].domain.0) == kind);
            let mut code = own.filter_map(|fact| names_row(live.case.fact(*fact, at)?));
            listed.contains(&member.name.trim()) || code.any(|code| listed.contains(&code))
        })
    });
    Some(match is_there {
        true => Derived::yes(),
        false => Derived::no(format!("“{name}”的是{wanted}，案件的当事人里没有")),
    })
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
    list.fills(procedure, lookup, row, day)
}
