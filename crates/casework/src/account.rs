//! The account of a party (缴款账目): what has to be paid by when, what was paid and given back, what is still owed, and what
//! could be added for being late.
//!
//! What could be added is never owed: it is, once a decision adds it. Nothing here knows an act: those that are offered
//! on an account bear a tag.

use law::fact::Value;
use law::model::{ActClass, CASE, Domain, Procedure, SubjectClass};
use vocabulary::{Day, Fen, Moment};

use crate::answer::{Answer, Step};
use crate::case::Case;
use crate::context::Context;
use crate::derive::money;
pub use crate::derive::money::{Accrual, PayBy, Stretch};
use crate::derive::party::choice;
use crate::live::Live;
use crate::serving::{Offered, offered};

/// The fact that holds the number (文号) by which an account goes.
pub const NUMBER: &str = "penalty_decision_number";

/// The tag of acts that are offered on an account.
const OF_ACCOUNTS: &str = "账目";

/// How an account stands, whatever day it is; whether it is late, the day says besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Something is owed.
    Open,
    /// Something is owed, and it is paid in installments.
    Installments,
    /// More was paid than is owed.
    Overpaid,
    /// Something is owed, and nothing is added while a remedy is pending.
    Paused,
    /// Money came in before anything was decided.
    Undecided,
    /// All is paid.
    Settled,
    /// The decision was annulled, and nothing is held.
    Annulled,
    /// Something is owed, and its execution was ended.
    Ended,
}

impl Standing {
    /// All, in the order of danger.
    pub const ALL: [Standing; 8] = [
        Standing::Open,
        Standing::Installments,
        Standing::Overpaid,
        Standing::Paused,
        Standing::Undecided,
        Standing::Settled,
        Standing::Annulled,
        Standing::Ended,
    ];

    /// Its stored id.
    pub fn id(self) -> &'static str {
        match self {
            Standing::Open => "open",
            Standing::Installments => "installments",
            Standing::Overpaid => "overpaid",
            Standing::Paused => "paused",
            Standing::Undecided => "undecided",
            Standing::Settled => "settled",
            Standing::Annulled => "annulled",
            Standing::Ended => "ended",
        }
    }

    /// Reads the stored id back.
    pub fn parse(text: &str) -> Option<Standing> {
        Standing::ALL.into_iter().find(|it| it.id() == text)
    }

    /// In words.
    pub fn chinese(self) -> &'static str {
        match self {
            Standing::Open => "待缴",
            Standing::Installments => "分期中",
            Standing::Overpaid => "多缴待退",
            Standing::Paused => "暂停计罚",
            Standing::Undecided => "决定前缴款",
            Standing::Settled => "已缴清",
            Standing::Annulled => "决定已撤销",
            Standing::Ended => "终结执行",
        }
    }

    /// Money is still to come in by a date: the date makes it late.
    pub fn is_awaited(self) -> bool {
        matches!(self, Standing::Open | Standing::Installments)
    }
}

/// How an installment stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstallmentState {
    /// Paid in time, on this day.
    Met(Day),
    /// Paid after its day, on this one.
    MetLate(Day),
    /// Its day has passed, and it is not paid.
    Late,
    /// The next to be paid.
    Next,
    /// One of those that follow.
    Later,
}

/// One installment of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanLine {
    /// The last day to pay it.
    pub on: Day,
    /// How much.
    pub amount: Fen,
    /// What of it is not paid.
    pub open: Fen,
    /// How it stands.
    pub state: InstallmentState,
}

/// Money that moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    /// When.
    pub on: Day,
    /// How much.
    pub amount: Fen,
    /// It was given back.
    pub is_refund: bool,
    /// Where in the history it was recorded.
    pub at: usize,
}

/// The account of a party.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Whose it is.
    pub domain: Domain,
    /// Whose it is.
    pub member: usize,
    /// The number (文号) of the decision, once it has one.
    pub number: Option<String>,
    /// The payment code (缴款码) of the fiscal system.
    pub code: Option<String>,
    /// The fine, as the decision stands.
    pub fine: Fen,
    /// What is confiscated.
    pub confiscation: Fen,
    /// What a decision added for being late.
    pub added: Fen,
    /// What moved, in the order of its days.
    pub moved: Vec<Moved>,
    /// Paid in all.
    pub paid: Fen,
    /// Given back in all.
    pub refunded: Fen,
    /// Still owed.
    pub owed: Fen,
    /// Paid beyond what is owed, and not given back.
    pub overpaid: Fen,
    /// The last day to pay, and what moved it; nothing before the decision is served.
    pub pay_by: Option<PayBy>,
    /// The next day on which money has to come in: that of the installment, else the last day to pay.
    pub due: Option<Day>,
    /// The installments that were agreed to.
    pub plan: Vec<PlanLine>,
    /// What could be added until today for days after the last day to pay.
    pub accrual: Option<Accrual>,
    /// How it stands.
    pub standing: Standing,
}

impl Account {
    /// What has to be paid in all.
    pub fn charged(&self) -> Fen {
        money::sum([self.fine, self.confiscation, self.added])
    }

    /// What is held of the party.
    pub fn held(&self) -> Fen {
        money::owed(self.paid, self.refunded)
    }

    /// What could be added on top of what a decision added already.
    pub fn addable(&self) -> Fen {
        let most = self.accrual.as_ref().map_or(Fen(0), |accrual| accrual.most);
        money::owed(most, self.added)
    }

    /// Money should have come in by now.
    pub fn is_late(&self, today: Day) -> bool {
        self.standing.is_awaited() && self.due.is_some_and(|due| due < today)
    }
}

/// The accounts of a case: of each party that has to pay, or that money moved for.
pub fn accounts(case: &Case, context: &Context, now: Moment) -> Vec<Account> {
    let procedure = &case.procedure;
    let mut found = Vec::new();
    for (at, subject) in procedure.subjects.iter().enumerate() {
        let Some(domain) = u8::try_from(at)
            .ok()
            .filter(|_| subject.class == SubjectClass::Party)
            .map(Domain)
        else {
            continue;
        };
        for member in 0..case.members[at].len() {
            let live = Live::of(case, context, member, now);
            found.extend(account(&live, domain));
        }
    }
    found
}

/// The account of the member that is asked about.
fn account(live: &Live<'_>, domain: Domain) -> Option<Account> {
    let (member, today) = (live.member, live.at.day);
    let movements = money::movements(live, member)?;
    let charged = money::charged(live, member);
    let is_annulled = money::is_annulled(live, member);
    let parts = charged.unwrap_or_default();
    if parts.total() == Fen(0) && movements.is_empty() && !is_annulled {
        return None;
    }
    let paid = money::sum(
        movements
            .iter()
            .filter(|it| !it.is_refund)
            .map(|it| it.amount),
    );
    let refunded = money::sum(
        movements
            .iter()
            .filter(|it| it.is_refund)
            .map(|it| it.amount),
    );
    let net = money::net(&movements);
    let pay_by = money::pay_by(live, member);
    let pauses = money::pauses(live, member);
    let plan = plan(live, &movements);
    let owed = money::owed(parts.total(), net);
    let overpaid = charged.map_or(Fen(0), |charged| money::owed(net, charged.total()));
    let is_ended =
        choice(live, "execution_state", member).is_some_and(|(id, _)| id == "terminated");
    let has_open_installment = plan.iter().any(|line| line.open > Fen(0));
    let standing = match charged {
        None => Standing::Undecided,
        Some(_) if overpaid > Fen(0) => Standing::Overpaid,
        Some(_) if is_annulled => Standing::Annulled,
        Some(_) if owed == Fen(0) => Standing::Settled,
        Some(_) if is_ended => Standing::Ended,
        Some(_) if pauses.iter().any(|pause| pause.until.is_none()) => Standing::Paused,
        Some(_) if has_open_installment => Standing::Installments,
        Some(_) => Standing::Open,
    };
    let open_installment = plan.iter().find(|line| line.open > Fen(0));
    let last = pay_by.map(PayBy::day);
    let due = match standing {
        Standing::Open | Standing::Paused | Standing::Installments => {
            open_installment.map(|line| line.on).or(last)
        }
        _ => None,
    };
    let accrual = last
        .filter(|last| *last < today && parts.fine > Fen(0))
        .map(|last| money::accrual(parts.fine, last, today, &movements, &pauses))
        .filter(|accrual| !accrual.stretches.is_empty());
    let mut moved: Vec<Moved> = movements
        .iter()
        .filter_map(|it| {
            Some(Moved {
                on: it.on,
                amount: it.amount,
                is_refund: it.is_refund,
                at: it.at?,
            })
        })
        .collect();
    moved.sort_by_key(|it| (it.on, it.at));
    let text = |id: &str| match live.fact_by_id(id, member)? {
        Value::Text(text) | Value::Number(text) => Some(text.clone()),
        _ => None,
    };
    Some(Account {
        domain,
        member,
        number: text(NUMBER),
        code: text("payment_code"),
        fine: parts.fine,
        confiscation: parts.confiscation,
        added: parts.added,
        moved,
        paid,
        refunded,
        owed,
        overpaid,
        pay_by,
        due,
        plan,
        accrual,
        standing,
    })
}

/// The plan with what was paid towards it since: the first installments are met first.
fn plan(live: &Live<'_>, movements: &[money::Movement]) -> Vec<PlanLine> {
    let Some(plan) = money::plan(live, live.member) else {
        return Vec::new();
    };
    let today = live.at.day;
    let mut towards = money::paid_since(&plan, movements);
    towards.sort_by_key(|it| (it.on, it.at));
    let paid = money::net(&towards);
    // The first day on which so much had come in.
    let reached = |total: Fen| {
        let reached = (1..=towards.len()).find(|count| money::net(&towards[..*count]) >= total);
        reached.map(|count| towards[count - 1].on)
    };
    let mut lines = Vec::new();
    let mut total = Fen(0);
    let mut is_first_open = true;
    for one in plan.installments.all() {
        total = money::sum([total, one.amount]);
        let open = money::owed(total, paid).min(one.amount);
        let state = match reached(total).filter(|_| open == Fen(0)) {
            Some(on) if on <= one.on => InstallmentState::Met(on),
            Some(on) => InstallmentState::MetLate(on),
            None if one.on < today => InstallmentState::Late,
            None if is_first_open => InstallmentState::Next,
            None => InstallmentState::Later,
        };
        is_first_open &= open == Fen(0);
        lines.push(PlanLine {
            on: one.on,
            amount: one.amount,
            open,
            state,
        });
    }
    lines
}

/// What can be recorded on an account now, with its shortcuts.
pub fn acts(
    case: &Case,
    context: &Context,
    answer: &Answer,
    now: Moment,
    account: &Account,
) -> Vec<Offered> {
    let (domain, member) = (account.domain, account.member);
    let procedure = &case.procedure;
    let is_in_play = |event: usize| case.mark(event, member).is_some_and(|mark| mark.included);
    let may = |step: Step| match procedure.act_of(step.event).class {
        // What happened can always be recorded.
        ActClass::HappenedOutside => {
            let act = procedure.act_of(step.event);
            let is_done = case
                .mark(step.event, member)
                .is_some_and(|mark| mark.count > 0);
            is_in_play(step.event) && (act.is_repeatable || !is_done)
        }
        ActClass::MadeHere => answer.may.iter().any(|may| may.step == step),
    };
    let events = 0..procedure.events.len();
    let steps = events
        .filter(|event| {
            let declared = &procedure.events[*event];
            declared.domain == domain && domain != CASE && is_of_accounts(procedure, *event)
        })
        .map(|event| Step { event, member });
    steps
        .filter(|step| may(*step))
        .map(|step| Offered {
            step,
            shortcuts: offered(case, context, step, now),
        })
        .collect()
}

fn is_of_accounts(procedure: &Procedure, event: usize) -> bool {
    let tags = &procedure.act_of(event).tags;
    tags.iter().any(|tag| tag == OF_ACCOUNTS)
}
