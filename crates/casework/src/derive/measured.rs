//! An amount that is so much for each unit of a quantity (按量), such as a fee by area.

use law::fact::Value;
use vocabulary::{Fen, Quantity};

use super::Derived;
use crate::live::Live;

/// Before the facts, in the name of the algorithm: `按量:fee_base fee_unit assessed_amount` reads the quantity, the amount for
/// each unit, and what they come to.
pub const ALGORITHM: &str = "按量:";

/// The same without the last fact: what they come to.
pub const AMOUNT: &str = "按量得:";

fn known(live: &Live<'_>, member: usize, quantity: &str, each: &str) -> Option<(Quantity, Fen)> {
    let quantity = match live.fact_by_id(quantity, member)? {
        Value::Quantity(quantity) => *quantity,
        Value::Count(units) => Quantity::whole(*units),
        _ => return None,
    };
    match live.fact_by_id(each, member)? {
        Value::Money(each) => Some((quantity, *each)),
        _ => None,
    }
}

/// What the quantity comes to, to the fen downwards.
pub(super) fn amount(spec: &str, live: &Live<'_>, member: usize) -> Option<Derived> {
    let (quantity, each) = spec.split_once(' ')?;
    let (quantity, each) = known(live, member, quantity, each)?;
    Some(Derived {
        value: Value::Money(quantity.times(each).0),
        detail: String::new(),
    })
}

/// Whether the amount is what the quantity comes to; where that is no whole fen, either neighbor is.
pub(super) fn agrees(spec: &str, live: &Live<'_>, member: usize) -> Option<Derived> {
    let mut words = spec.split(' ');
    let (quantity, each, amount) = (words.next()?, words.next()?, words.next()?);
    let (quantity, each) = known(live, member, quantity, each)?;
    let Value::Money(said) = live.fact_by_id(amount, member)? else {
        return None;
    };
    let (least, most) = quantity.times(each);
    if (least..=most).contains(said) {
        return Some(Derived::yes());
    }
    Some(Derived::no(format!(
        "写的是{said}；{quantity}乘以每单位{each}是{least}"
    )))
}
