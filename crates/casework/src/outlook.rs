//! What doing an act on a day would set going: shown beside the date while somebody types it.
//!
//! Only what hangs on nothing but the act and its day; what a condition over facts decides is told once it is recorded.

use law::model::{Base, Duty, EventIx, PeriodRef, Procedure, RuleIx, Trigger};
use law::time::{Due, due};
use vocabulary::Moment;

use crate::context::Context;

/// A date that would follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// The rule that says so.
    pub rule: RuleIx,
    /// Any of these acts.
    pub events: Vec<EventIx>,
    /// Who would owe it; nobody where something is only open for so long.
    pub duty: Option<Duty>,
    /// Until when.
    pub due: Due,
}

/// The dates that would follow from doing `event` then, the nearest first.
pub fn outlook(
    procedure: &Procedure,
    context: &Context,
    event: EventIx,
    occurred: Moment,
) -> Vec<Outlook> {
    let agency = context.agency.on(|_| occurred.day);
    let end = |period: PeriodRef| {
        let (period, _) = procedure.period(period, &agency)?;
        due(&context.calendar, period, occurred, &[]).ok()
    };
    let owed = procedure.responses.iter().filter(|edge| {
        edge.trigger == Trigger::After(event) && edge.base == Base::Act && edge.when.is_none()
    });
    let owed = owed.filter_map(|edge| {
        Some(Outlook {
            rule: edge.rule,
            events: edge.targets.clone(),
            duty: Some(edge.duty),
            due: end(edge.period?)?,
        })
    });
    let open = procedure
        .windows
        .iter()
        .filter(|edge| edge.source == Some(event) && edge.base == Base::Act && edge.when.is_none());
    let open = open.filter_map(|edge| {
        Some(Outlook {
            rule: edge.rule,
            events: vec![edge.target],
            duty: None,
            due: end(edge.period)?,
        })
    });
    let mut all: Vec<Outlook> = owed.chain(open).collect();
    all.sort_by_key(|it| it.due.at);
    all
}
