//! Who takes part in the act at hand: credentials, the reviewer's qualification, the level of those in charge.
//!
//! Nothing here has a value without an act at hand: nobody takes part yet.

use std::collections::BTreeSet;

use vocabulary::{Day, Fen};

use super::{Derived, party};
use crate::command::Command;
use crate::context::{Credential, Level, Person};
use crate::live::Live;

/// Roles whose holders approve.
const APPROVERS: [&str; 3] = ["leader", "chief", "unit_head"];

/// The role that reviews.
const REVIEWER: &str = "legal_reviewer";

/// Whoever reviewed before this day needs no qualification: 行政处罚法 58(2), as first inserted by the revision of
/// 2017, asks it of those who begin. The day on which that revision took effect is `unverified`: law.md does not give it.
const QUALIFICATION_SINCE: (i16, i8, i8) = (2018, 1, 1);

/// The ids of those who take part in a role that `wanted` picks, each once.
fn in_roles<'a>(
    live: &Live<'a>,
    wanted: impl Fn(&law::model::Role) -> bool,
) -> Option<BTreeSet<&'a str>> {
    let command: &'a Command = live.command?;
    let roles = &live.case.procedure.roles;
    let chosen = command
        .people
        .iter()
        .filter(|(role, _)| roles.get(*role).is_some_and(&wanted));
    Some(chosen.map(|(_, person)| person.as_str()).collect())
}

fn person<'a>(live: &Live<'a>, id: &str) -> Option<&'a Person> {
    live.context.people.get(id)
}

fn names<'a>(live: &Live<'_>, ids: impl IntoIterator<Item = &'a str>) -> String {
    let name =
        |id: &'a str| person(live, id).map_or_else(|| id.to_owned(), |person| person.name.clone());
    ids.into_iter().map(name).collect::<Vec<_>>().join("、")
}

/// Officers with a valid credential, and those without (行政处罚法 42).
fn officers<'a>(live: &Live<'a>) -> Option<(Vec<&'a str>, Vec<&'a str>)> {
    let day = live.at.day;
    let words = live.context.rules.credential_words();
    let is_valid = |id: &&str| {
        let holds = |it: &Credential| it.is_valid(day) && words.fit(&it.field);
        person(live, id).is_some_and(|p| p.credentials.iter().any(holds))
    };
    Some(
        in_roles(live, |role| role.is_officer)?
            .into_iter()
            .partition(is_valid),
    )
}

/// For which enforcement a credential of somebody that is valid on a day is printed.
fn printed_field(person: &Person, day: Day) -> Option<&str> {
    let mut valid = person.credentials.iter().filter(|it| it.is_valid(day));
    valid.next().map(|it| it.field.as_str())
}

pub(super) fn valid_officers(live: &Live<'_>, _: usize) -> Option<Derived> {
    let (valid, _) = officers(live)?;
    let day = live.at.day;
    let detail = match valid.as_slice() {
        [] => format!("参加人员中没有人持{day}有效的执法证件"),
        some => format!(
            "持{day}有效执法证件的有{}",
            names(live, some.iter().copied())
        ),
    };
    Some(Derived::count(valid.len(), detail))
}

pub(super) fn invalid_officers(live: &Live<'_>, _: usize) -> Option<Derived> {
    let (_, invalid) = officers(live)?;
    let day = live.at.day;
    let (elsewhere, without): (Vec<&str>, Vec<&str>) = invalid
        .iter()
        .partition(|id| person(live, id).is_some_and(|it| printed_field(it, day).is_some()));
    let mut said: Vec<String> = Vec::new();
    if !without.is_empty() {
        let who = names(live, without);
        said.push(format!("{who}没有{day}有效的执法证件"));
    }
    for person in elsewhere.into_iter().filter_map(|id| person(live, id)) {
        let field = printed_field(person, day).unwrap_or_default();
        let name = &person.name;
        said.push(format!(
            "{name}的执法证件类别是“{field}”，与本机关的执法领域不符"
        ));
    }
    Some(Derived::count(invalid.len(), said.join("；")))
}

/// 行政处罚法 58(2): who reviews for the first time must be qualified.
pub(super) fn reviewer_qualified(live: &Live<'_>, _: usize) -> Option<Derived> {
    let reviewers = in_roles(live, |role| role.id == REVIEWER)?;
    if reviewers.is_empty() {
        return None;
    }
    let (year, month, day) = QUALIFICATION_SINCE;
    let since = Day::from_ymd(year, month, day)?;
    let is_qualified = |person: &Person| {
        person.law_qualified || person.reviewer_since.is_some_and(|first| first < since)
    };
    let lacking: Vec<&str> = reviewers
        .into_iter()
        .filter(|id| !person(live, id).is_some_and(is_qualified))
        .collect();
    if lacking.is_empty() {
        return Some(Derived::yes());
    }
    let who = names(live, lacking);
    Some(Derived::no(format!(
        "{who}没有登记国家统一法律职业资格，{since}以前也没有从事过处罚决定法制审核"
    )))
}

/// Whether those who approve reach the level that the approval table asks for (行政处罚法 57: 负责人).
pub(super) fn approver_sufficient(live: &Live<'_>, _: usize) -> Option<Derived> {
    let approvers = in_roles(live, |role| APPROVERS.contains(&role.id.as_str()))?;
    let fine = fine_to_approve(live);
    let asked = level_asked(live, fine);
    let highest = approvers
        .iter()
        .filter_map(|id| person(live, id)?.level)
        .max();
    if highest.is_some_and(|level| level >= asked) {
        return Some(Derived::yes());
    }
    let at_stake = if fine > Fen(0) {
        format!("（罚款{fine}）")
    } else {
        String::new()
    };
    let found = match highest {
        Some(level) => format!("批准人{}是{}", names(live, approvers), level.chinese()),
        None => "参加人员中没有登记为负责人的批准人".to_owned(),
    };
    Some(Derived::no(format!(
        "{found}，按审批权限应由{}以上的负责人批准{at_stake}",
        asked.chinese()
    )))
}

/// What is at stake for the party of the act; for an act about the whole case, the highest fine of any party.
fn fine_to_approve(live: &Live<'_>) -> Fen {
    let Some(parties) = party::domain(live) else {
        return Fen(0);
    };
    let about = live
        .command
        .map(|command| live.case.procedure.events[command.event].domain);
    let fine = |member: usize| {
        party::penalty_at_stake(live, member).map_or(Fen(0), |penalty| penalty.fine)
    };
    if about == Some(parties) {
        return fine(live.member);
    }
    (0..live.case.members[usize::from(parties.0)].len())
        .map(fine)
        .max()
        .unwrap_or(Fen(0))
}

fn level_asked(live: &Live<'_>, fine: Fen) -> Level {
    let rows = live
        .context
        .approvals
        .iter()
        .filter(|row| row.fine_from <= fine);
    rows.max_by_key(|row| row.fine_from)
        .map_or(Level::DECIDES, |row| row.level)
}

/// How many in charge take part in the deliberation (行政处罚法 57(2)).
pub(super) fn deliberators(live: &Live<'_>, _: usize) -> Option<Derived> {
    let present = in_roles(live, |_| true)?.into_iter();
    let in_charge: Vec<&str> = present
        .filter(|id| {
            person(live, id)
                .and_then(|person| person.level)
                .is_some_and(|level| level >= Level::DECIDES)
        })
        .collect();
    let detail = match in_charge.as_slice() {
        [] => "没有负责人参加讨论".to_owned(),
        some => format!("参加讨论的负责人有{}", names(live, some.iter().copied())),
    };
    Some(Derived::count(in_charge.len(), detail))
}
