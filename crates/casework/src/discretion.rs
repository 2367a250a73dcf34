//! How discretion was used in a case: the receipts that its entries froze, and what one would say today.

use law::discretion::Receipt;
use law::model::Domain;
use vocabulary::Moment;

use crate::case::Case;
use crate::command::Command;
use crate::context::Context;
use crate::decide::History;
use crate::derive;
use crate::entry::{ActPerformed, Entry, SubjectId};
use crate::live::Live;

/// A receipt that an entry recorded.
#[derive(Clone, Copy, Debug)]
pub struct Kept<'h> {
    /// The number of the entry, from 1: of the correction where one was made since.
    pub entry: u32,
    /// The event.
    pub event: &'h str,
    /// For whom.
    pub subject: &'h SubjectId,
    /// When the law counts the act.
    pub occurred: Moment,
    /// The receipt.
    pub receipt: &'h Receipt,
}

/// The receipts of a case, in the order of recording; a corrected act stands as corrected.
pub fn kept(history: &History) -> Vec<Kept<'_>> {
    let mut found: Vec<(u32, Kept<'_>)> = Vec::new();
    for (number, entry) in (1..).zip(&history.entries) {
        let (of, act): (u32, &ActPerformed) = match entry {
            Entry::Act(act) => (number, act),
            Entry::Corrected(correction) => (correction.of, &correction.act),
            Entry::CalendarSettled { .. } | Entry::PartsDestroyed(_) | Entry::TakenOver(_) => {
                continue;
            }
        };
        found.retain(|(place, _)| *place != of);
        if let Some(receipt) = act.receipt.as_deref() {
            let kept = Kept {
                entry: number,
                event: &act.event,
                subject: &act.subject,
                occurred: act.occurred,
                receipt,
            };
            found.push((of, kept));
        }
    }
    found.into_iter().map(|(_, kept)| kept).collect()
}

/// The receipt that an act would record, judged on nothing else of it; nothing for one that sets no penalty.
pub fn of_command(case: &Case, context: &Context, command: &Command) -> Option<Receipt> {
    let domain = case.procedure.events[command.event].domain;
    let live = Live {
        command: Some(command),
        ..Live::of(
            case,
            context,
            case.member(domain, command.number)?,
            command.occurred,
        )
    };
    derive::receipt_of_act(&live)
}

/// What a receipt of a member would say now; nothing while no item is chosen.
pub fn today(
    case: &Case,
    context: &Context,
    (domain, member): (Domain, usize),
    now: Moment,
) -> Option<Receipt> {
    let live = Live::of(case, context, member, now);
    (derive::party::domain(&live) == Some(domain))
        .then(|| derive::receipt(&live, member))
        .flatten()
}
