//! What other cases of the agency say of the parties: an earlier fine under the same item, inspections of the same year.

use law::catalog::Item;
use law::fact::Value;
use vocabulary::Day;

use super::{Derived, party};
use crate::elsewhere::{Elsewhere, Matter, identity, parties};
use crate::live::Live;

/// Kinds of inspection that count towards the yearly cap; special ones and those that a lead brings do not.
const COUNTED: [&str; 2] = ["daily", "random"];

/// What other cases say of a party.
fn about<'a>(live: &'a Live<'_>, member: usize) -> Vec<&'a Elsewhere> {
    let Some(domain) = parties(&live.case.procedure) else {
        return Vec::new();
    };
    let Some(party) = live.case.members[domain].get(member) else {
        return Vec::new();
    };
    let ours = identity(&|id| {
        let fact = live.case.procedure.fact(id)?;
        let value = live.fact_by_id(id, member)?;
        Some(live.case.procedure.facts[fact].show(value))
    });
    let all = live.context.elsewhere.iter();
    all.filter(|it| it.is_about(&party.name, &ours)).collect()
}

/// Whether another case of the agency fined the party under the same item, or under one that the same act may come under as
/// well (行政处罚法 29). It may be another act: that is for
/// people to say.
pub(super) fn fined_elsewhere(live: &Live<'_>, member: usize) -> Option<Derived> {
    let item: &Item = party::item(live, member)?;
    let fines = about(live, member).into_iter().filter_map(|it| {
        // What was decided after the act is no earlier fine.
        let is_earlier = |day: &Day| *day <= live.at.day;
        let fine = it
            .fine
            .as_ref()
            .filter(|fine| fine.decided.as_ref().is_none_or(is_earlier))?;
        let other = live.context.rules.items.get(&fine.item);
        let under = match other {
            _ if fine.item == item.id => "同一事项".to_owned(),
            // One act may come under both: then it is fined once, under the graver.
            Some(other)
                if item.yields_to.contains(&other.id) || other.yields_to.contains(&item.id) =>
            {
                format!("竞合的事项“{}”", other.name)
            }
            _ => return None,
        };
        let day = fine
            .decided
            .map_or_else(String::new, |day| format!("{day}"));
        let document = match fine.document.as_str() {
            "" => it.case.clone(),
            document => format!("{document}（{}）", it.case),
        };
        Some(format!(
            "{day}{document}已按{under}对{}罚款{}",
            it.name, fine.amount
        ))
    });
    let told: Vec<String> = fines.collect();
    Some(Derived {
        value: Value::Bool(!told.is_empty()),
        detail: told.join("；"),
    })
}

/// How often the enterprise was inspected in the year of the act, by daily and random inspections of other cases; the most
/// of any party.
pub(super) fn inspections_elsewhere(live: &Live<'_>, _: usize) -> Option<Derived> {
    inspected(live, "", |_| true)
}

/// The same, of the matter that is inspected here: a cap that is published holds for its own item.
pub(super) fn same_item_inspections_elsewhere(live: &Live<'_>, _: usize) -> Option<Derived> {
    let procedure = &live.case.procedure;
    let ours = Matter::of(&|id| {
        let fact = procedure.fact(id)?;
        Some(procedure.facts[fact].show(live.fact(fact, 0)?))
    });
    inspected(live, "就同一事项", |matter| ours.may_be(matter))
}

fn inspected(
    live: &Live<'_>,
    about_what: &str,
    is_meant: impl Fn(&Matter) -> bool,
) -> Option<Derived> {
    let domain = parties(&live.case.procedure)?;
    let year = live.at.day.ymd().0;
    let members = 0..live.case.members[domain].len();
    let mut most: Vec<String> = Vec::new();
    for member in members {
        let found = about(live, member).into_iter().flat_map(|it| {
            let days = it.inspections.iter();
            let days = days.filter(|it| {
                it.day <= live.at.day
                    && it.day.ymd().0 == year
                    && COUNTED.contains(&it.kind.as_str())
                    && is_meant(&it.matter)
            });
            days.map(|at| format!("{}对{}（{}）", at.day, it.name, it.case))
        });
        let found: Vec<String> = found.collect();
        if found.len() > most.len() {
            most = found;
        }
    }
    let told = match most.as_slice() {
        [] => String::new(),
        some => format!(
            "本机关记载{year}年{about_what}已检查{}次：{}",
            some.len(),
            some.join("、")
        ),
    };
    Some(Derived::count(most.len(), told))
}

/// Whether a case of the procedure that follows this one goes on about the party.
pub(super) fn followed_by(procedure: &str, live: &Live<'_>, member: usize) -> Derived {
    let mut all = about(live, member).into_iter();
    match all.find(|it| it.goes_on_as == procedure) {
        Some(found) => Derived::yes_but(format!("{}正在另案办理（{}）", found.name, found.case)),
        None => Derived::no(""),
    }
}
