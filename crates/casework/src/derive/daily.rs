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

/// The same without the last fact: the most that may be added by the day of the act.
pub const MOST: &str = "按日得:";

/// Before the facts: `逾期日数:payment_due` reads the last day on time and counts the days since.
pub const DAYS: &str = "逾期日数:";

/// Before the facts: `逾期日数一致:payment_due late_from late_days` holds the first late day and the number of days against them.
pub const DAYS_AGREE: &str = "逾期日数一致:";

/// Before the fact: `逾期首日:payment_due` is the day after the last one on time.
pub const FIRST: &str = "逾期首日:";

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
            added: words.next().unwrap_or_default(),
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

fn date(live: &Live<'_>, id: &str, member: usize) -> Option<Day> {
    match live.fact_by_id(id, member)? {
        Value::Date(day) => Some(*day),
        _ => None,
    }
}

/// The most that may be added by the day of the act.
pub(super) fn most(spec: &str, live: &Live<'_>, member: usize) -> Option<Derived> {
    let spec = Spec::of(spec)?;
    let Value::Money(principal) = live.fact_by_id(spec.principal, member)? else {
        return None;
    };
    let days = days(live, member, date(live, spec.due, member)?);
    Some(Derived {
        value: Value::Money(spec.most(*principal, days)),
        detail: String::new(),
    })
}

/// How many days are late by the day of the act.
pub(super) fn late_days(due: &str, live: &Live<'_>, member: usize) -> Option<Derived> {
    let days = days(live, member, date(live, due, member)?);
    Some(Derived {
        value: Value::Count(days),
        detail: String::new(),
    })
}

/// The first late day.
pub(super) fn first_late(due: &str, live: &Live<'_>, member: usize) -> Option<Derived> {
    Some(Derived {
        value: Value::Date(Day::from_number(date(live, due, member)?.number() + 1)?),
        detail: String::new(),
    })
}

/// Whether the first late day and the number of late days are those that the dates give.
pub(super) fn late_days_agree(spec: &str, live: &Live<'_>, member: usize) -> Option<Derived> {
    let mut words = spec.split_whitespace();
    let (due, from, said) = (words.next()?, words.next()?, words.next()?);
    let due = date(live, due, member)?;
    let from = date(live, from, member)?;
    let Value::Count(said) = live.fact_by_id(said, member)? else {
        return None;
    };
    let days = days(live, member, due);
    let first = Day::from_number(due.number() + 1)?;
    if *said == days && from == first {
        return Some(Derived::yes());
    }
    Some(Derived::no(format!(
        "写的是{from}起{said}日；期限{due}届满，{first}起到{}计{days}日",
        live.at.day
    )))
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
