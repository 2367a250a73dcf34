//! What stands in the way of publishing: words that may be personal data.

use super::Derived;
use crate::live::Live;
use crate::publication;

/// How many words of the party's publication nobody has decided about (law.md G-PUB-REDACT: the check finds nothing).
pub(super) fn redaction_doubts(live: &Live<'_>, member: usize) -> Option<Derived> {
    let doubts = publication::doubts(live, member);
    let told: Vec<String> = doubts
        .iter()
        .map(|(words, what)| format!("“{words}”（{what}）"))
        .collect();
    Some(Derived::count(doubts.len(), told.join("、")))
}
