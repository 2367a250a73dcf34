//! What is added by the day to an obligation to pay that is late (按日加处、加收): not more than the days allow, nor than the
//! obligation itself (行政强制法 45).

use law::fact::Value;
use vocabulary::{Day, Fen};

use super::{Derived, money};
use crate::live::Live;

/// Before the rate and the facts, in the name of the algorithm:
/// `按日:3/100 principal performance_due additional_fine_amount` reads the share that is added each day, the obligation, the last
/// day on time, and what is added.
pub const ALGORITHM: &str = "按日:";

/// What the name of the algorithm says.
struct Spec<'a> {
    /// So much of so much each day.
    rate: (i64, i64),
    principal: &'a str,
    due: &'a str,
    added: &'a str,
}

impl Spec<'_> {
    fn of(text: &str) -> Option<Spec<'_>> {
        let mut words = text.split_whitespace();
        let (part, whole) = words.next()?.split_once('/')?;
        let rate = (part.parse().ok()?, whole.parse().ok()?);
        let spec = Spec {
            rate,
            principal: words.next()?,
            due: words.next()?,
            added: words.next()?,
        };
        (rate.0 > 0 && rate.1 > 0 && words.next().is_none()).then_some(spec)
    }

    /// So much may be added by the end of these days: to the fen, downwards, and never more than the obligation.
    fn most(&self, principal: Fen, days: i64) -> Fen {
        let added = i128::from(principal.0) * i128::from(self.rate.0) * i128::from(days);
        let added = added / i128::from(self.rate.1);
        Fen(i64::try_from(added.min(i128::from(principal.0))).unwrap_or(principal.0))
    }
}

/// The days after the last one on time, up to the day of the act, without those on which a remedy stopped the adding.
fn days(live: &Live<'_>, member: usize, due: Day) -> i64 {
    let pauses = money::pauses(live, member);
    let late = due.number() + 1..=live.at.day.number();
    let counted = late.filter_map(Day::from_number).filter(|day| {
        let mut pauses = pauses.iter();
        !pauses.any(|pause| pause.covers(*day))
    });
    i64::try_from(counted.count()).unwrap_or(i64::MAX)
}

/// Whether what is added keeps to the days and to the obligation.
pub(super) fn within(spec: &str, live: &Live<'_>, member: usize) -> Option<Derived> {
    let spec = Spec::of(spec)?;
    let amount = |id: &str| match live.fact_by_id(id, member)? {
        Value::Money(fen) => Some(*fen),
        _ => None,
    };
    let (principal, added) = (amount(spec.principal)?, amount(spec.added)?);
    let due = match live.fact_by_id(spec.due, member)? {
        Value::Date(day) => *day,
        _ => return None,
    };
    let days = days(live, member, due);
    let most = spec.most(principal, days);
    if added <= most {
        return Some(Derived::yes());
    }
    let (part, whole) = spec.rate;
    Some(Derived::no(format!(
        "写的是{added}；期限{due}届满，到{}计{days}个逾期日，本数{principal}，每日{part}/{whole}，至多{most}",
        live.at.day
    )))
}
