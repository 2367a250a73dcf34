//! Payments, refunds, what is owed, installments, and how much may be added for being late.

use law::fact::Value;
use law::model::Trigger;
use vocabulary::{Day, Fen, Installments, Penalty};

use super::{Derived, days, party};
use crate::live::Live;

/// The row of the legal baseline whose obligation is to pay.
const PAYMENT_ROW: &str = "PEN-PAY-15D";
/// Added per day, in hundredths of what is unpaid (行政处罚法 72(1)).
const PER_DAY: i128 = 3;
/// Tags of the acts between which nothing is added: a remedy was taken, and is over (行政处罚法 73(3)).
const PAUSE_TAGS: [&str; 2] = ["停止计罚", "恢复计罚"];

/// The facts that move money: paid in, and given back.
const PAID: &str = "payment_amount";
const REFUNDED: &str = "refund_amount";

/// Money that moved: what was given back counts against what was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Movement {
    pub(crate) on: Day,
    pub(crate) amount: Fen,
    pub(crate) is_refund: bool,
    /// Where in the history it was recorded; nothing for the act at hand.
    pub(crate) at: Option<usize>,
}

impl Movement {
    fn net(&self) -> Fen {
        Fen(if self.is_refund {
            -self.amount.0
        } else {
            self.amount.0
        })
    }
}

/// What moved for a party, in the order of recording, the act at hand included.
pub(crate) fn movements(live: &Live<'_>, member: usize) -> Option<Vec<Movement>> {
    let procedure = &live.case.procedure;
    let paid = procedure.fact(PAID)?;
    let refunded = procedure.fact(REFUNDED);
    let moved = |facts: &[(usize, Value)], on: Day, at: Option<usize>| -> Vec<Movement> {
        let moved = facts.iter().filter_map(|(fact, value)| {
            let is_refund = Some(*fact) == refunded;
            match value {
                Value::Money(amount) if *fact == paid || is_refund => Some(Movement {
                    on,
                    amount: *amount,
                    is_refund,
                    at,
                }),
                _ => None,
            }
        });
        moved.collect()
    };
    let history = live.case.history.iter().enumerate();
    let recorded = history.filter(|(_, done)| done.member == member);
    let mut all: Vec<Movement> = recorded
        .flat_map(|(at, done)| moved(&done.facts, done.occurred.day, Some(at)))
        .collect();
    if let Some(command) = live.command
        && party::speaks_of(live, paid, member)
    {
        all.extend(moved(&command.facts, command.occurred.day, None));
    }
    Some(all)
}

pub(crate) fn sum(amounts: impl IntoIterator<Item = Fen>) -> Fen {
    Fen(amounts
        .into_iter()
        .fold(0, |sum, amount| sum.saturating_add(amount.0)))
}

/// What was paid and not given back.
pub(crate) fn net(movements: &[Movement]) -> Fen {
    sum(movements.iter().map(Movement::net))
}

pub(super) fn paid_total(live: &Live<'_>, member: usize) -> Option<Derived> {
    let all = movements(live, member)?;
    let refunds = all.iter().filter(|it| it.is_refund).count();
    let mut detail = format!("共{}笔", all.len() - refunds);
    if refunds > 0 {
        detail.push_str(&format!("，退还{refunds}笔"));
    }
    Some(Derived {
        value: Value::Money(net(&all)),
        detail,
    })
}

/// What the party has to pay, by parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Charged {
    pub(crate) fine: Fen,
    pub(crate) confiscation: Fen,
    pub(crate) added: Fen,
}

impl Charged {
    pub(crate) fn total(self) -> Fen {
        sum([self.fine, self.confiscation, self.added])
    }
}

/// Whether the decision was annulled or declared void: then nothing is owed any more.
pub(crate) fn is_annulled(live: &Live<'_>, member: usize) -> bool {
    let kind = party::choice(live, "overturn_kind", member).map(|(id, _)| id);
    matches!(kind, Some("revoked" | "void"))
}

/// The penalty as it stands: as it was decided, or as a decision on it left it.
pub(crate) fn standing(live: &Live<'_>, member: usize) -> Option<Penalty> {
    let penalty = |id: &str| match live.fact_by_id(id, member)? {
        Value::Penalty(penalty) => Some(penalty.clone()),
        _ => None,
    };
    let decided = penalty("decided_penalty")?;
    if is_annulled(live, member) {
        return Some(Penalty::new(Vec::new(), Fen(0), Fen(0)));
    }
    let kind = party::choice(live, "overturn_kind", member).map(|(id, _)| id);
    let changed = kind.filter(|kind| *kind == "changed");
    let changed = changed.and_then(|_| penalty("changed_penalty"));
    Some(changed.unwrap_or(decided))
}

/// Fine, confiscation and what was added. A later decision to add states the new total, it does not come on top.
pub(crate) fn charged(live: &Live<'_>, member: usize) -> Option<Charged> {
    let penalty = standing(live, member)?;
    let added = party::money(live, "additional_fine_amount", member).unwrap_or_default();
    Some(Charged {
        fine: penalty.fine,
        confiscation: penalty.confiscation,
        added: if is_annulled(live, member) {
            Fen(0)
        } else {
            added
        },
    })
}

/// What is left to be paid.
pub(crate) fn owed(charged: Fen, paid: Fen) -> Fen {
    Fen(charged.0.saturating_sub(paid.0).max(0))
}

pub(super) fn paid_in_full(live: &Live<'_>, member: usize) -> Option<Derived> {
    let due = charged(live, member)?.total();
    let paid = net(&movements(live, member)?);
    if paid >= due {
        return Some(Derived::yes());
    }
    Some(Derived::no(format!(
        "应缴{due}，已缴{paid}，还欠{}",
        owed(due, paid)
    )))
}

pub(super) fn still_owed(live: &Live<'_>, member: usize) -> Option<Derived> {
    let due = charged(live, member)?.total();
    let paid = net(&movements(live, member)?);
    Some(Derived {
        value: Value::Money(owed(due, paid)),
        detail: format!("应缴{due}，已缴{paid}"),
    })
}

/// What was paid beyond what is owed.
pub(super) fn overpaid(live: &Live<'_>, member: usize) -> Option<Derived> {
    let due = charged(live, member)?.total();
    let paid = net(&movements(live, member)?);
    Some(Derived {
        value: Value::Money(owed(paid, due)),
        detail: format!("应缴{due}，已缴{paid}"),
    })
}

/// Whether no more is given back than was paid; and, unless it was paid by mistake, no more than what is not owed: what
/// was rightly paid belongs to the treasury (行政处罚法 74).
pub(super) fn refund_within_paid(live: &Live<'_>, member: usize) -> Option<Derived> {
    let refund = party::money(live, REFUNDED, member)?;
    let ground = party::choice(live, "refund_ground", member)?.0;
    let recorded = movements(live, member)?.into_iter();
    let recorded: Vec<Movement> = recorded.filter(|it| it.at.is_some()).collect();
    let paid = net(&recorded);
    if refund > paid {
        let text = format!("已缴{paid}（退还的已减去），退还{refund}超过了已缴的数额");
        return Some(Derived::no(text));
    }
    if ground == "by_mistake" {
        return Some(Derived::yes());
    }
    let due = charged(live, member)?.total();
    let excess = owed(paid, due);
    if refund <= excess {
        return Some(Derived::yes());
    }
    Some(Derived::no(format!(
        "应缴{due}，已缴{paid}，多缴{excess}，退还{refund}超过了多缴的数额；依法应缴的款项须全部上缴国库"
    )))
}

/// A plan of installments that was agreed to, and where it was recorded.
pub(crate) struct Plan {
    pub(crate) installments: Installments,
    pub(crate) at: usize,
}

/// The plan of the last approval; a deferral without one replaces an earlier plan.
pub(crate) fn plan(live: &Live<'_>, member: usize) -> Option<Plan> {
    let procedure = &live.case.procedure;
    let end = procedure.fact("installment_end")?;
    let plan = procedure.fact("installment_plan")?;
    let history = live.case.history.iter().enumerate().rev();
    let mut granted = history.filter(|(_, done)| {
        done.member == member && done.facts.iter().any(|(fact, _)| *fact == end)
    });
    let (at, done) = granted.next()?;
    let found = done.facts.iter().find(|(fact, _)| *fact == plan);
    match found.map(|(_, value)| value) {
        Some(Value::Installments(installments)) => Some(Plan {
            installments: installments.clone(),
            at,
        }),
        _ => None,
    }
}

/// What was paid towards a plan: since it was agreed to.
pub(crate) fn paid_since(plan: &Plan, movements: &[Movement]) -> Vec<Movement> {
    let later = |it: &&Movement| it.at.is_none_or(|at| at > plan.at);
    movements.iter().filter(later).copied().collect()
}

/// What is left of the first installment that is not paid.
pub(super) fn installment_owed(live: &Live<'_>, member: usize) -> Option<Derived> {
    let plan = plan(live, member)?;
    let paid = net(&paid_since(&plan, &movements(live, member)?));
    let mut total = Fen(0);
    for (number, one) in (1..).zip(plan.installments.all()) {
        total = sum([total, one.amount]);
        if paid < total {
            let left = owed(total, paid).min(one.amount);
            return Some(Derived {
                value: Value::Money(left),
                detail: format!("第{number}期，{}前缴纳", one.on),
            });
        }
    }
    None
}

/// Whether a plan comes to what is owed and ends with the period that is granted.
pub(super) fn plan_agrees(live: &Live<'_>, member: usize) -> Option<Derived> {
    let plan = match live.fact_by_id("installment_plan", member)? {
        Value::Installments(plan) => plan,
        _ => return None,
    };
    let end = days::date(live, "installment_end", member)?;
    let due = charged(live, member)?.total();
    let owed = owed(due, net(&movements(live, member)?));
    let mut wrong = Vec::new();
    if plan.total() != owed {
        wrong.push(format!("各期合计{}，还欠{owed}", plan.total()));
    }
    if let Some(last) = plan.end().filter(|last| *last != end) {
        wrong.push(format!("最后一期是{last}，期限结束日是{end}"));
    }
    if let Some(first) = plan.all().first().filter(|first| first.on < live.at.day) {
        wrong.push(format!("第1期{}早于批准的日子{}", first.on, live.at.day));
    }
    if wrong.is_empty() {
        return Some(Derived::yes());
    }
    Some(Derived::no(wrong.join("；")))
}

/// The last day to pay, and what moved it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayBy {
    /// Fifteen days after service, whatever came later (行政处罚法 67).
    pub first: Day,
    /// The end of a deferral or of installments (行政处罚法 66).
    pub deferred: Option<Day>,
}

impl PayBy {
    /// The last day.
    pub fn day(self) -> Day {
        self.deferred.map_or(self.first, |end| end.max(self.first))
    }
}

/// The last day to pay: that of the obligation, met or not, or the end of a deferral if it is later (行政处罚法 66).
pub(crate) fn pay_by(live: &Live<'_>, member: usize) -> Option<PayBy> {
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
    let first = owed.or_else(met)?.day;
    Some(PayBy {
        first,
        deferred: days::date(live, "installment_end", member),
    })
}

/// A stretch in which nothing is added, because a remedy was pending (行政处罚法 73(3)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Its first day.
    pub from: Day,
    /// Its last day; none while it is open.
    pub until: Option<Day>,
    /// What opened it, as index into the history.
    pub opened: usize,
}

impl Pause {
    pub(super) fn covers(&self, day: Day) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}

/// Stretches in which a remedy was pending, both days included; an open one has no end.
pub(crate) fn pauses(live: &Live<'_>, member: usize) -> Vec<Pause> {
    let procedure = &live.case.procedure;
    let mut found: Vec<Pause> = Vec::new();
    for (at, done) in live.case.history.iter().enumerate() {
        if done.member != member {
            continue;
        }
        let has = |tag: &str| {
            procedure
                .act_of(done.event)
                .tags
                .iter()
                .any(|own| own == tag)
        };
        let is_open = found.last().is_some_and(|pause| pause.until.is_none());
        if has(PAUSE_TAGS[0]) && !is_open {
            found.push(Pause {
                from: done.occurred.day,
                until: None,
                opened: at,
            });
        } else if has(PAUSE_TAGS[1])
            && let Some(last) = found.last_mut().filter(|last| last.until.is_none())
        {
            last.until = Some(done.occurred.day);
        }
    }
    found
}

/// Days in a row on which the same could be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The first.
    pub from: Day,
    /// The last.
    pub until: Day,
    /// What was unpaid on each of them.
    pub unpaid: Fen,
    /// What could be added until the last of them.
    pub so_far: Fen,
    /// The remedy for which nothing is added, as index into the history.
    pub paused_by: Option<usize>,
}

impl Stretch {
    /// How many days.
    pub fn days(&self) -> u32 {
        u32::try_from(self.until.number() - self.from.number() + 1).unwrap_or(0)
    }

    /// What could be added for each of them, before the cap.
    pub fn each(&self) -> Fen {
        if self.paused_by.is_some() {
            return Fen(0);
        }
        fen(i128::from(self.unpaid.0) * PER_DAY / 100)
    }
}

/// What may be added at most, and how that comes about, day by day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accrual {
    /// What was unpaid when the period ended: never more is added.
    pub principal: Fen,
    /// Days that count.
    pub days: u32,
    /// The most that may be added.
    pub most: Fen,
    /// The days after the last day to pay, until the cap is reached or all is paid.
    pub stretches: Vec<Stretch>,
    /// The cap is reached.
    pub is_capped: bool,
}

fn fen(amount: i128) -> Fen {
    Fen(i64::try_from(amount).unwrap_or(i64::MAX))
}

/// Three hundredths a day of what was unpaid on that day, and never more than what was unpaid when the period ended
/// (行政处罚法 72(1); 行政强制法 45). Payments count towards the fine first, which favors the party.
pub(crate) fn accrual(
    fine: Fen,
    due: Day,
    until: Day,
    moved: &[Movement],
    pauses: &[Pause],
) -> Accrual {
    let unpaid_before = |day: Day| {
        let before: Vec<Movement> = moved.iter().filter(|it| it.on < day).copied().collect();
        owed(fine, net(&before))
    };
    let principal = unpaid_before(due.plus_days(1));
    let whole = i128::from(principal.0) * 100;
    let (mut days, mut hundredths) = (0_u32, 0_i128);
    let mut stretches: Vec<Stretch> = Vec::new();
    for number in due.number() + 1..=until.number() {
        let Some(day) = Day::from_number(number) else {
            break;
        };
        let unpaid = unpaid_before(day);
        if unpaid == Fen(0) || hundredths >= whole {
            break;
        }
        let pause = pauses.iter().find(|pause| pause.covers(day));
        let paused_by = pause.map(|pause| pause.opened);
        if paused_by.is_none() {
            days += 1;
            hundredths += i128::from(unpaid.0) * PER_DAY;
        }
        let so_far = fen(hundredths.min(whole) / 100);
        match stretches.last_mut() {
            Some(last) if (last.unpaid, last.paused_by) == (unpaid, paused_by) => {
                last.until = day;
                last.so_far = so_far;
            }
            _ => stretches.push(Stretch {
                from: day,
                until: day,
                unpaid,
                so_far,
                paused_by,
            }),
        }
    }
    Accrual {
        principal,
        days,
        most: fen(hundredths.min(whole) / 100),
        stretches,
        is_capped: whole > 0 && hundredths >= whole,
    }
}

/// Whether what is added keeps to the days overdue and to the fine itself (law.md PEN-SURCHARGE).
pub(super) fn additional_fine_within_cap(live: &Live<'_>, member: usize) -> Option<Derived> {
    let added = party::money(live, "additional_fine_amount", member)?;
    let fine = standing(live, member)?.fine;
    let due = pay_by(live, member)?.day();
    let accrual = accrual(
        fine,
        due,
        live.at.day,
        &movements(live, member)?,
        &pauses(live, member),
    );
    if added <= accrual.most {
        return Some(Derived::yes());
    }
    let Accrual {
        principal,
        days,
        most,
        ..
    } = accrual;
    Some(Derived::no(format!(
        "加处{added}超过上限{most}：缴款期限{due}，未缴罚款{principal}，计{days}个逾期日，每日百分之三，总额不超过未缴罚款"
    )))
}
