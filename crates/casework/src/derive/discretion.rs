//! The receipt of a use of discretion, from what is known of a party, and whether the fine leaves the benchmark.

use law::condition::Atom;
use law::discretion::{self, Degree, Facts, Receipt, Situation};
use law::engine::{Scope, World as _};
use law::fact::{FactType, Value};
use law::model::{CASE, FactIx};
use law::truth::Truth;

use super::{Derived, elsewhere, items, party};
use crate::live::Live;

/// The facts that set a penalty; the act that says one of them uses discretion.
const SETS: [&str; 2] = ["proposed_penalty", "decided_penalty"];

/// A party's facts as conditions of tiers read them.
struct Read<'r, 'a> {
    live: &'r Live<'a>,
    scope: Scope,
    member: usize,
}

impl Facts for Read<'_, '_> {
    fn truth(&self, atom: &Atom) -> Truth {
        self.live.atom(atom, &self.scope).truth
    }

    fn shown(&self, fact: FactIx) -> Option<String> {
        let declared = &self.live.case.procedure.facts[fact];
        let member = if declared.domain == CASE {
            0
        } else {
            self.member
        };
        self.live
            .fact(fact, member)
            .map(|value| declared.show(value))
    }
}

/// The names of the alternatives chosen, with their ids; nothing when the fact is not filled.
fn chosen<'a>(live: &'a Live<'_>, id: &str, member: usize) -> Option<Vec<(&'a str, &'a str)>> {
    let fact = live.case.procedure.fact(id)?;
    let FactType::Choices(all) = &live.case.procedure.facts[fact].kind else {
        return None;
    };
    let Value::Choices(chosen) = live.fact_by_id(id, member)? else {
        return None;
    };
    let named = chosen
        .iter()
        .filter_map(|index| all.get(usize::from(*index)));
    Some(
        named
            .map(|one| (one.id.as_str(), one.name.as_str()))
            .collect(),
    )
}

fn degree(live: &Live<'_>, member: usize) -> Option<Degree> {
    let chosen = chosen(live, "circumstances", member)?;
    let has = |id: &str| chosen.iter().any(|(one, _)| *one == id);
    let named: Vec<&str> = chosen.iter().map(|(_, name)| *name).collect();
    Some(Degree {
        is_lenient: has("lenient"),
        is_mitigated: has("mitigated"),
        is_aggravated: has("aggravated") || has("emergency_aggravated"),
        named: named.join("、"),
    })
}

/// Hands what is known of a party's use of discretion to `ask`; nothing while no item is chosen.
fn asked<T>(live: &Live<'_>, member: usize, ask: impl FnOnce(&Situation<'_>) -> T) -> Option<T> {
    let item = party::item(live, member)?;
    let domain = party::domain(live)?;
    let number = live
        .case
        .members
        .get(usize::from(domain.0))?
        .get(member)?
        .number;
    let earlier = live.context.earlier_fines.iter();
    let grounds = chosen(live, "degree_grounds", member).unwrap_or_default();
    let breach = live.fact_by_id("emergency_measure_breached", member) == Some(&Value::Bool(true));
    let mut grounds: Vec<&str> = grounds.into_iter().map(|(_, name)| name).collect();
    if breach {
        grounds.push("违反突发事件应对措施");
    }
    let facts = Read {
        live,
        scope: Scope::of(domain, member),
        member,
    };
    let text = |id: &str| match live.fact_by_id(id, member) {
        Some(Value::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    let situation = Situation {
        procedure: &live.case.procedure.id,
        item,
        at: items::surroundings(live, member),
        age: party::age_at_violation(live, member).and_then(|age| match age.value {
            Value::Count(years) => Some(years),
            _ => None,
        }),
        degree: degree(live, member),
        grounds,
        fine: party::penalty_at_stake(live, member).map(|penalty| penalty.fine),
        earlier_fine: earlier
            .filter(|fine| fine.party == number)
            .map(|fine| fine.document.as_str())
            .next(),
        other_fine: elsewhere::fined_elsewhere(live, member)
            .filter(|found| !found.detail.is_empty())
            .map(|found| (found.detail, text("other_act_reason"))),
        departure_reason: text("departure_reason"),
        facts: &facts,
    };
    Some(ask(&situation))
}

/// The receipt of a party; nothing while no item is chosen.
pub fn receipt(live: &Live<'_>, member: usize) -> Option<Receipt> {
    asked(live, member, |situation| {
        let context = live.context;
        discretion::receipt(&context.rules, &context.benchmarks, situation)
    })
}

/// The receipt of the act at hand, where it sets a penalty.
pub(crate) fn receipt_of_act(live: &Live<'_>) -> Option<Receipt> {
    let procedure = &live.case.procedure;
    let sets = |fact: &FactIx| SETS.contains(&procedure.facts[*fact].id.as_str());
    let command = live.command?;
    command
        .facts
        .iter()
        .any(|(fact, _)| sets(fact))
        .then_some(())?;
    receipt(live, live.member)
}

/// Whether the fine at stake lies outside the tier of the registered benchmark, or fits none of its tiers.
pub(super) fn outside_benchmark(live: &Live<'_>, member: usize) -> Option<Derived> {
    if live.context.benchmarks.is_empty() {
        return Some(Derived::no(""));
    }
    let context = live.context;
    asked(live, member, |situation| {
        discretion::departs(&context.benchmarks, situation)
    })?
    .map(Derived::from)
}
