//! Which cases in hand the agency's catalogue of decisions that need a review (审核目录) catches as they stand.

use law::model::CASE;
use vocabulary::Moment;

use crate::case::Case;
use crate::context::Context;
use crate::derive::review::{domain, look};
use crate::live::Live;

/// What rules tag an act with that decides: after it the catalogue has nothing more to say.
const DECIDES: &str = "决定";

/// A member that a row catches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caught {
    /// The party; the case itself where the procedure asks about it as a whole.
    pub member: usize,
    /// The name of the party; empty for the case.
    pub whom: String,
    /// The row of the register.
    pub row: String,
    /// What the row is about.
    pub name: String,
    /// Its condition in words.
    pub clause: String,
}

/// What the catalogue of the context catches at a moment, as far as it is not decided yet.
pub fn caught(case: &Case, context: &Context, now: Moment) -> Vec<Caught> {
    let live = |member| Live::of(case, context, member, now);
    let Some(domain) = domain(&live(0)) else {
        return Vec::new();
    };
    let members = &case.members[usize::from(domain.0)];
    let count = if domain == CASE { 1 } else { members.len() };
    let mut found = Vec::new();
    for member in (0..count).filter(|member| !is_decided(case, *member)) {
        let live = live(member);
        let whom = match domain == CASE {
            true => String::new(),
            false => members
                .get(member)
                .map_or_else(String::new, |it| it.name.clone()),
        };
        for row in look(&live, domain, member).catching {
            found.push(Caught {
                member,
                whom: whom.clone(),
                row: row.id.to_string(),
                name: row.name.to_string(),
                clause: row.clause.to_string(),
            });
        }
    }
    found
}

/// Whether what decides about a member was done.
pub(crate) fn is_decided(case: &Case, member: usize) -> bool {
    let procedure = &case.procedure;
    let events = 0..procedure.events.len();
    let mut deciding = events.filter(|event| {
        let tags = &procedure.act_of(*event).tags;
        tags.iter().any(|tag| tag == DECIDES)
    });
    deciding.any(|event| {
        let of = if procedure.events[event].domain == CASE {
            0
        } else {
            member
        };
        case.mark(event, of).is_some_and(|mark| mark.counts)
    })
}
