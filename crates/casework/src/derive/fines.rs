//! Whether the fine at stake lies within the range: `law::discretion::range`, asked with what is known of a party.

use law::discretion::range::{self, Measured};
use law::fact::Value;
use vocabulary::Fen;

use super::{Derived, party};
use crate::live::Live;

/// What ranges depend on, as far as it is known of a party.
pub(super) fn measured(live: &Live<'_>, member: usize) -> Measured {
    let quantity = match live.fact_by_id("penalized_quantity", member) {
        Some(Value::Quantity(quantity)) => Some(*quantity),
        _ => None,
    };
    Measured {
        kind: party::kind(live, member),
        is_serious: party::holds(live, "is_serious", member),
        quantity,
        gains: party::money(live, "illegal_gains", member),
        fee: party::money(live, "fee_due", member),
    }
}

/// The heaviest fine that the item of a party admits; nothing when no item is named.
pub(crate) fn heaviest_fine(live: &Live<'_>, member: usize) -> Option<Fen> {
    let item = party::item(live, member)?;
    Some(range::ceiling(item, &measured(live, member)).0)
}

/// Whether the fine at stake lies within what the law provides (行政处罚法 34).
pub(super) fn fine_in_range(live: &Live<'_>, member: usize) -> Option<Derived> {
    let item = party::item(live, member)?;
    let fine = party::penalty_at_stake(live, member)?.fine;
    let is_mitigated = party::includes(live, "circumstances", "mitigated", member);
    range::fine_in_range(item, fine, &measured(live, member), is_mitigated).map(Derived::from)
}
