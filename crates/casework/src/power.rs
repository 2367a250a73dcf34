//! Where the power to do what a case is about lies, as far as the case says: for the page of a case and for trials.

use law::model::CASE;
use vocabulary::Moment;

use crate::case::Case;
use crate::context::Context;
use crate::derive::derive;
use crate::live::Live;
use crate::review::is_decided;

/// The algorithm that says whether the agency has the power.
const HELD: &str = "power_held";

/// A member about whom the power lies elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The party; 0 for the case itself.
    pub member: usize,
    /// The name of the party; empty for the case.
    pub whom: String,
    /// Who has it, since when and on which ground, in a sentence.
    pub told: String,
}

/// About whom another body has the power at a moment. Nobody where the case does not say yet what it is about, or
/// it is decided.
pub fn elsewhere(case: &Case, context: &Context, now: Moment) -> Vec<Elsewhere> {
    let procedure = &case.procedure;
    let by = |fact: &&law::fact::Fact| fact.derived_by.as_deref() == Some(HELD);
    let mut found = Vec::new();
    for fact in procedure.facts.iter().filter(by) {
        let members = &case.members[usize::from(fact.domain.0)];
        let count = if fact.domain == CASE {
            1
        } else {
            members.len()
        };
        for member in (0..count).filter(|member| !is_decided(case, *member)) {
            let live = Live::of(case, context, member, now);
            let Some(held) = derive(HELD, &live, member) else {
                continue;
            };
            if held.value == law::fact::Value::Bool(false) {
                let whom = match fact.domain == CASE {
                    true => String::new(),
                    false => members[member].name.clone(),
                };
                found.push(Elsewhere {
                    member,
                    whom,
                    told: held.detail,
                });
            }
        }
    }
    found
}
