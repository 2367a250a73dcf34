//! What is known of a party: its kind and age, the item, the penalty at stake, earlier fines.

use law::catalog::{Addressee, Item};
use law::discretion::range::addressee;
use law::fact::{FactType, Value};
use law::model::{CASE, Domain, FactIx, SubjectClass};
use vocabulary::{Day, Fen, Penalty};

use super::{Derived, days};
use crate::live::Live;

/// The age told for organizations, to which the age of penal responsibility does not apply.
const GROWN_UP: usize = 18;

/// The algorithm that says what a party is called: no act says it, a correction changes it.
pub(crate) const NAME: &str = "party_name";

/// What the party is called.
pub(super) fn name(live: &Live<'_>, member: usize) -> Option<Derived> {
    let of = live.case.members.get(usize::from(domain(live)?.0))?;
    let name = of.get(member)?.name.trim();
    (!name.is_empty()).then(|| Derived {
        value: Value::Text(name.to_owned()),
        detail: String::new(),
    })
}

/// The domain of the parties.
pub(crate) fn domain(live: &Live<'_>) -> Option<Domain> {
    let at = live
        .case
        .procedure
        .subjects
        .iter()
        .position(|subject| subject.class == SubjectClass::Party)?;
    u8::try_from(at).ok().map(Domain)
}

/// Whether the act at hand speaks of this fact of this member.
pub(super) fn speaks_of(live: &Live<'_>, fact: FactIx, member: usize) -> bool {
    live.case.procedure.facts[fact].domain == CASE || live.member == member
}

/// Whether a fact holds; nothing when it is not filled.
pub(super) fn holds(live: &Live<'_>, id: &str, member: usize) -> Option<bool> {
    match live.fact_by_id(id, member)? {
        Value::Bool(value) => Some(*value),
        _ => None,
    }
}

/// An amount.
pub(super) fn money(live: &Live<'_>, id: &str, member: usize) -> Option<Fen> {
    match live.fact_by_id(id, member)? {
        Value::Money(amount) => Some(*amount),
        _ => None,
    }
}

/// The id and the Chinese name of the alternative chosen.
pub(crate) fn choice<'a>(
    live: &'a Live<'_>,
    id: &str,
    member: usize,
) -> Option<(&'a str, &'a str)> {
    let fact = live.case.procedure.fact(id)?;
    let FactType::Choice(alternatives) = &live.case.procedure.facts[fact].kind else {
        return None;
    };
    let Value::Choice(index) = live.fact_by_id(id, member)? else {
        return None;
    };
    alternatives
        .get(usize::from(*index))
        .map(|chosen| (chosen.id.as_str(), chosen.name.as_str()))
}

/// Whether an alternative is among those chosen; nothing when the fact is not filled.
pub(super) fn includes(
    live: &Live<'_>,
    id: &str,
    alternative: &str,
    member: usize,
) -> Option<bool> {
    let fact = live.case.procedure.fact(id)?;
    let FactType::Choices(alternatives) = &live.case.procedure.facts[fact].kind else {
        return None;
    };
    let Value::Choices(chosen) = live.fact_by_id(id, member)? else {
        return None;
    };
    Some(chosen.iter().any(|index| {
        alternatives
            .get(usize::from(*index))
            .is_some_and(|a| a.id == alternative)
    }))
}

/// 个人 or 单位.
pub(super) fn kind(live: &Live<'_>, member: usize) -> Option<Addressee> {
    addressee(choice(live, "party_kind", member)?.0)
}

/// The item under which the party is punished.
pub(super) fn item<'a>(live: &Live<'a>, member: usize) -> Option<&'a Item> {
    match live.fact_by_id("item", member)? {
        Value::Item(id) => live.context.rules.items.get(id),
        _ => None,
    }
}

/// The penalty that the act at hand sets for the party, else the one decided, notified or proposed last.
pub(super) fn penalty_at_stake<'a>(live: &'a Live<'_>, member: usize) -> Option<&'a Penalty> {
    const STAGES: [&str; 3] = ["decided_penalty", "notified_penalty", "proposed_penalty"];
    let procedure = &live.case.procedure;
    let of_parties = |fact: FactIx| Some(procedure.facts[fact].domain) == domain(live);
    let penalty = |(_, value): &'a (FactIx, Value)| match value {
        Value::Penalty(penalty) => Some(penalty),
        _ => None,
    };
    let own = live
        .command
        .filter(|_| live.member == member)
        .and_then(|command| {
            command
                .facts
                .iter()
                .filter(|(fact, _)| of_parties(*fact))
                .find_map(penalty)
        });
    let recorded = || {
        let done = live
            .case
            .history
            .iter()
            .rev()
            .filter(|done| done.member == member);
        let mut facts = done.flat_map(|done| done.facts.iter().rev());
        facts.find_map(|said| {
            let fact = &procedure.facts[said.0];
            let is_stage = of_parties(said.0) && STAGES.contains(&fact.id.as_str());
            is_stage.then(|| penalty(said)).flatten()
        })
    };
    own.or_else(recorded).or_else(|| {
        STAGES
            .into_iter()
            .find_map(|id| match live.fact_by_id(id, member)? {
                Value::Penalty(penalty) => Some(penalty),
                _ => None,
            })
    })
}

/// Whether the same act was fined before, by whom ever (行政处罚法 29).
pub(super) fn same_act_fined(live: &Live<'_>, member: usize) -> Option<Derived> {
    let number = live.case.members[usize::from(domain(live)?.0)]
        .get(member)?
        .number;
    let earlier = live
        .context
        .earlier_fines
        .iter()
        .find(|fine| fine.party == number);
    let detail = earlier.map_or_else(String::new, |fine| {
        format!("同一违法行为已由{}给予罚款", fine.document)
    });
    Some(Derived {
        value: Value::Bool(earlier.is_some()),
        detail,
    })
}

/// The date of birth that the citizen's number carries.
fn born_by_number(live: &Live<'_>, member: usize) -> Option<Day> {
    match live.fact_by_id("resident_id", member)? {
        Value::ResidentId(id) => Some(id.born()),
        _ => None,
    }
}

/// Whether the date of birth that was found is the one in the citizen's number; nothing while either is missing.
pub(super) fn birth_date_agrees(live: &Live<'_>, member: usize) -> Option<Derived> {
    let found = days::date(live, "birth_date", member)?;
    let by_number = born_by_number(live, member)?;
    if found == by_number {
        return Some(Derived::yes());
    }
    Some(Derived::no(format!(
        "出生日期填的是{found}，公民身份号码里是{by_number}"
    )))
}

/// Whether a decision can name the party in full (行政处罚法 59(1); law.md 4.4.1); nothing while nothing of it is
/// registered, so that a history from elsewhere is not judged on what its file leaves out.
pub(super) fn party_identified(live: &Live<'_>, member: usize) -> Option<Derived> {
    let has = |id: &str| live.fact_by_id(id, member).is_some();
    let (code, head) = (has("credit_code"), has("legal_representative"));
    let (number, paper, home) = (has("resident_id"), has("paper_number"), has("residence"));
    if ![code, head, number, paper, home].contains(&true) {
        return None;
    }
    let mut missing = Vec::new();
    match choice(live, "party_kind", member)?.0 {
        "citizen" if !number && !paper => missing.push("公民身份号码或者其他证件号码"),
        "citizen" => {}
        id => {
            if !code {
                missing.push("统一社会信用代码");
            }
            if !head && id != "individual_business" {
                missing.push("法定代表人或者负责人");
            }
        }
    }
    if !home {
        missing.push("住所");
    }
    if missing.is_empty() {
        return Some(Derived::yes());
    }
    Some(Derived::no(format!("还没有登记{}", missing.join("、"))))
}

/// Full years on the day of the violation (行政处罚法 30), by the date of birth that was found, else by the citizen's
/// number.
pub(super) fn age_at_violation(live: &Live<'_>, member: usize) -> Option<Derived> {
    if kind(live, member) == Some(Addressee::Organization) {
        return Some(Derived::count(GROWN_UP, "当事人是单位，不适用责任年龄"));
    }
    let born = days::date(live, "birth_date", member).or_else(|| born_by_number(live, member))?;
    let day =
        days::date(live, "violation_ended", 0).or_else(|| days::date(live, "discovery_date", 0))?;
    let years = full_years(born, day)?;
    Some(Derived::count(
        years,
        format!("当事人{born}出生，违法行为发生时（{day}）{years}周岁"),
    ))
}

/// Full years between two days; nothing when the second is the earlier one.
fn full_years(born: Day, on: Day) -> Option<usize> {
    let ((year, month, day), (this_year, this_month, this_day)) = (born.ymd(), on.ymd());
    let before_birthday = (this_month, this_day) < (month, day);
    usize::try_from(i32::from(this_year) - i32::from(year) - i32::from(before_birthday)).ok()
}
