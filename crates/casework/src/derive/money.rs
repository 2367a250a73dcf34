//! Payments, what is owed, and how much may be added for being late.

use law::fact::Value;
use law::model::Trigger;
use vocabulary::{Day, Fen, Penalty};

use super::{Derived, days, party};
use crate::live::Live;

/// The row of the legal baseline whose obligation is to pay.
const PAYMENT_ROW: &str = "PEN-PAY-15D";
/// Added per day, in hundredths of what is unpaid (行政处罚法 72(1)).
const PER_DAY: i128 = 3;
/// Tags of the acts between which nothing is added: a remedy was taken, and is over (行政处罚法 73(3)).
const PAUSE_TAGS: [&str; 2] = ["停止计罚", "恢复计罚"];

/// Payments of a party with their days, in the order of recording, the act at hand included.
fn payments(live: &Live<'_>, member: usize) -> Option<Vec<(Day, Fen)>> {
    let fact = live.case.procedure.fact("payment_amount")?;
    let amounts = |facts: &[(usize, Value)], day: Day| -> Vec<(Day, Fen)> {
        let own = facts.iter().filter(|(f, _)| *f == fact);
        own.filter_map(|(_, value)| {
            if let Value::Money(fen) = value {
                Some((day, *fen))
            } else {
                None
            }
        })
        .collect()
    };
    let recorded = live
        .case
        .history
        .iter()
        .filter(|done| done.member == member);
    let mut all: Vec<_> = recorded
        .flat_map(|done| amounts(&done.facts, done.occurred.day))
        .collect();
    if let Some(command) = live.command
        && party::speaks_of(live, fact, member)
    {
        all.extend(amounts(&command.facts, command.occurred.day));
    }
    Some(all)
}

fn sum(amounts: impl IntoIterator<Item = Fen>) -> Fen {
    Fen(amounts
        .into_iter()
        .fold(0, |sum, amount| sum.saturating_add(amount.0)))
}

pub(super) fn paid_total(live: &Live<'_>, member: usize) -> Option<Derived> {
    let all = payments(live, member)?;
    let detail = format!("共{}笔", all.len());
    Some(Derived {
        value: Value::Money(sum(all.into_iter().map(|(_, amount)| amount))),
        detail,
    })
}

fn decided(live: &Live<'_>, member: usize) -> Option<Penalty> {
    match live.fact_by_id("decided_penalty", member)? {
        Value::Penalty(penalty) => Some(penalty.clone()),
        _ => None,
    }
}

/// Fine, confiscation and what was added. A later decision to add states the new total, it does not come on top.
pub(super) fn paid_in_full(live: &Live<'_>, member: usize) -> Option<Derived> {
    let penalty = decided(live, member)?;
    let added = party::money(live, "additional_fine_amount", member).unwrap_or_default();
    let due = sum([penalty.fine, penalty.confiscation, added]);
    let paid = sum(payments(live, member)?
        .into_iter()
        .map(|(_, amount)| amount));
    if paid >= due {
        return Some(Derived::yes());
    }
    Some(Derived::no(format!(
        "应缴{due}，已缴{paid}，还欠{}",
        Fen(due.0 - paid.0)
    )))
}

/// The last day to pay: that of the obligation, met or not, or the end of a deferral if it is later (行政处罚法 66).
fn pay_by(live: &Live<'_>, member: usize) -> Option<Day> {
    let case = live.case;
    let procedure = &case.procedure;
    let is_payment = |response: usize| {
        let edge = &procedure.responses[response];
        matches!(edge.trigger, Trigger::After(_))
            && procedure.rules[edge.rule]
                .rows
                .iter()
                .any(|row| row == PAYMENT_ROW)
    };
    let owed = (0..procedure.responses.len())
        .filter(|response| is_payment(*response))
        .find_map(|response| {
            case.owed[response]
                .get(member)?
                .as_ref()?
                .clock
                .as_ref()?
                .due
        });
    let met = || {
        let mut latest = case
            .met
            .iter()
            .rev()
            .filter(|met| met.member == member && is_payment(met.response));
        latest.find_map(|met| met.clock.as_ref()?.due)
    };
    let due = owed.or_else(met)?.day;
    Some(days::date(live, "installment_end", member).map_or(due, |end| end.max(due)))
}

/// Stretches in which a remedy was pending, both days included; an open one has no end.
fn pauses(live: &Live<'_>, member: usize) -> Vec<(Day, Option<Day>)> {
    let procedure = &live.case.procedure;
    let mut found: Vec<(Day, Option<Day>)> = Vec::new();
    for done in live
        .case
        .history
        .iter()
        .filter(|done| done.member == member)
    {
        let has = |tag: &str| {
            procedure
                .act_of(done.event)
                .tags
                .iter()
                .any(|own| own == tag)
        };
        let is_open = found.last().is_some_and(|(_, end)| end.is_none());
        if has(PAUSE_TAGS[0]) && !is_open {
            found.push((done.occurred.day, None));
        } else if has(PAUSE_TAGS[1])
            && let Some((_, end @ None)) = found.last_mut()
        {
            *end = Some(done.occurred.day);
        }
    }
    found
}

/// What may be added at most, and for how many days.
struct Cap {
    principal: Fen,
    days: u32,
    most: Fen,
}

/// Three hundredths a day of what was unpaid on that day, and never more than what was unpaid when the period ended
/// (行政处罚法 72(1); 行政强制法 45). Payments count towards the fine first, which favors the party.
fn cap(fine: Fen, due: Day, until: Day, paid: &[(Day, Fen)], pauses: &[(Day, Option<Day>)]) -> Cap {
    let unpaid_before = |day: Day| {
        Fen((fine.0 - sum(paid.iter().filter(|(on, _)| *on < day).map(|(_, a)| *a)).0).max(0))
    };
    let principal = unpaid_before(due.plus_days(1));
    let whole = i128::from(principal.0) * 100;
    let (mut days, mut hundredths) = (0_u32, 0_i128);
    for number in due.number() + 1..=until.number() {
        let Some(day) = Day::from_number(number) else {
            break;
        };
        let unpaid = unpaid_before(day);
        if unpaid == Fen(0) || hundredths >= whole {
            break;
        }
        if pauses
            .iter()
            .any(|(from, to)| *from <= day && to.is_none_or(|to| day <= to))
        {
            continue;
        }
        days += 1;
        hundredths += i128::from(unpaid.0) * PER_DAY;
    }
    let most = Fen(i64::try_from(hundredths.min(whole) / 100).unwrap_or(i64::MAX));
    Cap {
        principal,
        days,
        most,
    }
}

/// Whether what is added keeps to the days overdue and to the fine itself (law.md PEN-SURCHARGE).
pub(super) fn additional_fine_within_cap(live: &Live<'_>, member: usize) -> Option<Derived> {
    let added = party::money(live, "additional_fine_amount", member)?;
    let fine = decided(live, member)?.fine;
    let due = pay_by(live, member)?;
    let cap = cap(
        fine,
        due,
        live.at.day,
        &payments(live, member)?,
        &pauses(live, member),
    );
    if added <= cap.most {
        return Some(Derived::yes());
    }
    let Cap {
        principal,
        days,
        most,
    } = cap;
    Some(Derived::no(format!(
        "加处{added}超过上限{most}：缴款期限{due}，未缴罚款{principal}，计{days}个逾期日，每日百分之三，总额不超过未缴罚款"
    )))
}
