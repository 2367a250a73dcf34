//! The days on which the law hangs: end of the violation, filing, decision.

use law::engine::Scope;
use law::fact::Value;
use law::model::{CASE, Procedure};
use vocabulary::Day;

use crate::live::Live;

/// The tag by which the rules mark the act that files the case.
const FILING_TAG: &str = "立案日";

/// A dated fact.
pub(super) fn date(live: &Live<'_>, id: &str, member: usize) -> Option<Day> {
    match live.fact_by_id(id, member)? {
        Value::Date(day) => Some(*day),
        Value::Moment(moment) => Some(moment.day),
        _ => None,
    }
}

/// The day on which the violation ended; while it goes on, the day of discovery (行政处罚法 36).
pub fn violation_day(live: &Live<'_>) -> Option<Day> {
    let continues = || live.fact_by_id("violation_continues", 0) == Some(&Value::Bool(true));
    date(live, "violation_ended", 0)
        .or_else(|| date(live, "discovery_date", 0).filter(|_| continues()))
}

/// Whether cases of the procedure are filed at all: an application, a report or an inspection is not.
pub fn files_cases(procedure: &Procedure) -> bool {
    let mut tags = procedure.acts.iter().flat_map(|act| &act.tags);
    tags.any(|tag| tag == FILING_TAG)
}

/// The day of filing: of the first act that the rules tag as such, the act at hand included.
pub fn filing_day(live: &Live<'_>) -> Option<Day> {
    let procedure = &live.case.procedure;
    let files = |event| {
        procedure
            .act_of(event)
            .tags
            .iter()
            .any(|tag| tag == FILING_TAG)
    };
    let recorded = live
        .case
        .history
        .iter()
        .filter(|done| files(done.event))
        .map(|done| done.occurred)
        .min();
    let at_hand = || {
        live.command
            .filter(|command| files(command.event))
            .map(|command| command.occurred)
    };
    recorded.or_else(at_hand).map(|moment| moment.day)
}

/// The day of the decision about the scope's party; nothing while none is made.
pub fn decision_day(live: &Live<'_>, scope: &Scope) -> Option<Day> {
    let procedure = &live.case.procedure;
    let member_of = |id: &str| scope.member(procedure.facts[procedure.fact(id)?].domain);
    let stated = member_of("decision_date").and_then(|member| date(live, "decision_date", member));
    stated.or_else(|| {
        let member = member_of("decided_penalty")?;
        let fact = procedure.fact("decided_penalty")?;
        let sets = live.command?.facts.iter().any(|(f, _)| *f == fact);
        let concerns = procedure.facts[fact].domain == CASE || member == live.member;
        (sets && concerns).then_some(live.at.day)
    })
}

/// The day by whose law a party is or would be decided about.
pub(super) fn decided_or_today(live: &Live<'_>, member: usize) -> Day {
    let domain = super::party::domain(live);
    domain
        .and_then(|domain| decision_day(live, &Scope::of(domain, member)))
        .unwrap_or(live.at.day)
}
