//! The accounts of a case (缴款账目): of each party what is owed, paid and given back, by when, and what could be added.

use super::offered::OfferedAct;
use super::service;
use crate::components::Link;
use crate::components::deadline::Deadline;
use crate::components::empty::Empty;
use crate::components::status::{Status, Tone};
use crate::components::table::{Cell, Column, Table};
use crate::frame::{self, Frame};
use crate::session::Signed;
use crate::wording;
use app::access::{self, Actor, Reading};
use app::{CaseView, Office};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::account::{
    self, Account, Accrual, InstallmentState, PlanLine, Standing, Stretch, accounts,
};
use law::fact::FactType;
use law::model::Rule;
use law::time::working_days_between;
use std::sync::Arc;
use vocabulary::{Day, Fen};

/// Rows of the legal baseline that the page cites: to pay, to pay later, to add for being late.
const TO_PAY: &str = "PEN-PAY-15D";
const TO_PAY_LATER: &str = "PEN-INSTALL";
const TO_ADD: &str = "PEN-SURCHARGE";

#[derive(Template)]
#[template(path = "case-account.html")]
struct AccountPage {
    frame: Frame,
    title: String,
    case_link: String,
    today: String,
    cards: Vec<Card>,
    empty: Empty,
}

/// The account of a party.
struct Card {
    anchor: String,
    whose: String,
    number: Option<String>,
    code: Option<String>,
    status: Status,
    /// The figures that matter most, with their names.
    figures: Vec<(&'static str, String)>,
    due: Option<(String, Deadline)>,
    /// Why the money is due on that day.
    why: Vec<String>,
    bases: Vec<String>,
    plan: Option<Table>,
    addable: Option<Addable>,
    moved: Option<Table>,
    acts: Vec<OfferedAct>,
}

/// What could be added.
struct Addable {
    says: String,
    days: Table,
    bases: Vec<String>,
}

/// `GET /cases/{case_id}/account`
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    Path(case_id): Path<String>,
    Extension(signed): Extension<Signed>,
) -> Response {
    match super::seen_as(&office, &signed, &case_id).await {
        Ok((view, reading)) => {
            let page = page(&office, &view, &signed.actor, reading);
            frame::page(StatusCode::OK, &page)
        }
        Err(fault) => fault.response(&office),
    }
}

/// The address of an account, by the number of its party.
pub(crate) fn address(case_id: &str, party: u32) -> String {
    format!("/cases/{case_id}/account#party-{party}")
}

/// How an account stands, with whether it is late.
pub(crate) fn status(standing: Standing, is_late: bool) -> Status {
    if is_late {
        return Status::new(
            match standing {
                Standing::Installments => "分期逾期",
                _ => "逾期",
            },
            Tone::Bad,
        );
    }
    let tone = match standing {
        Standing::Open | Standing::Installments => Tone::Active,
        Standing::Overpaid | Standing::Paused | Standing::Undecided => Tone::Caution,
        Standing::Settled => Tone::Good,
        Standing::Annulled | Standing::Ended => Tone::Plain,
    };
    Status::new(standing.chinese(), tone)
}

/// A day with how near it is.
pub(crate) fn nearness(office: &Office, due: Day, is_late: bool) -> Deadline {
    let today = office.now().day;
    let days = working_days_between(&office.context().calendar, today, due).days;
    Deadline::of(Some(days), is_late, due.into(), today)
}

/// What the case page says of its accounts, a line each.
pub(super) fn in_short(office: &Office, view: &CaseView) -> Vec<(String, Status)> {
    let today = view.now.day;
    let all = accounts(view.case(), &office.context(), view.now);
    let line = |it: Account| {
        let whose = wording::member_name(view.case(), it.domain, it.member);
        let mut said = vec![format!("{whose}应缴{}", it.charged())];
        if it.held() > Fen(0) {
            said.push(format!("已缴{}", it.held()));
        }
        if it.owed > Fen(0) {
            said.push(format!("尚欠{}", it.owed));
        }
        if it.overpaid > Fen(0) {
            said.push(format!("多缴{}", it.overpaid));
        }
        if let Some(due) = it.due {
            said.push(format!("{}前缴纳", due.chinese()));
        }
        let status = status(it.standing, it.is_late(today));
        (said.join("，"), status)
    };
    all.into_iter().map(line).collect()
}

fn page(office: &Office, view: &CaseView, actor: &Actor, reading: Reading) -> AccountPage {
    let all = accounts(view.case(), &office.context(), view.now);
    let cards = all.iter().map(|account| {
        let mut card = card(office, view, account);
        // Who only reads is offered nothing, and nobody what the own posts do not record.
        if reading != Reading::Traced {
            card.acts = acts(office, view, actor, account);
        }
        card
    });
    AccountPage {
        frame: Frame::of(office).at("/cases"),
        title: view.title.clone(),
        case_link: format!("/cases/{}", view.case_id),
        today: view.now.day.chinese(),
        cards: cards.collect(),
        empty: Empty {
            head: "本案还没有要缴的款项。".to_owned(),
            text: "作出罚款、没收的决定以后列在这里。".to_owned(),
            way: Some(Link::new(format!("/cases/{}", view.case_id), "返回案件页")),
        },
    }
}

fn card(office: &Office, view: &CaseView, it: &Account) -> Card {
    let today = view.now.day;
    let is_late = it.is_late(today);
    let member = &view.case().members[usize::from(it.domain.0)][it.member];
    let mut figures = vec![("罚款", it.fine.to_string())];
    let mut some = |name, amount: Fen| {
        if amount > Fen(0) {
            figures.push((name, amount.to_string()));
        }
    };
    some("没收", it.confiscation);
    some("已决定加处", it.added);
    some("已缴", it.paid);
    some("已退", it.refunded);
    match it.overpaid {
        Fen(0) => figures.push(("尚欠", it.owed.to_string())),
        overpaid => figures.push(("多缴，应退", overpaid.to_string())),
    }
    Card {
        anchor: format!("party-{}", member.number),
        whose: member.name.clone(),
        number: it.number.clone(),
        code: it.code.clone(),
        status: status(it.standing, is_late),
        figures,
        due: it
            .due
            .map(|due| (due.chinese(), nearness(office, due, is_late))),
        why: why(it),
        bases: bases(view, it),
        plan: (!it.plan.is_empty()).then(|| plan_table(&it.plan)),
        addable: it
            .accrual
            .as_ref()
            .filter(|_| it.owed > Fen(0) || it.added > Fen(0))
            .map(|accrual| addable(view, it, accrual)),
        moved: (!it.moved.is_empty()).then(|| moved_table(office, view, it)),
        acts: Vec::new(),
    }
}

/// Why the money is due on its day, a sentence each.
fn why(it: &Account) -> Vec<String> {
    let Some(by) = it.pay_by else {
        return match it.standing {
            Standing::Open => vec!["决定书送达以后起算缴款期限。".to_owned()],
            _ => Vec::new(),
        };
    };
    let mut said = vec![format!("自收到决定书起算，{}期满。", by.first.chinese())];
    if let Some(end) = by.deferred {
        let what = if it.plan.is_empty() {
            "批准延期或者分期缴纳，期限到"
        } else {
            "批准分期缴纳，各期见下表，最后一期到"
        };
        said.push(format!("{what}{}。", end.chinese()));
    }
    if it.standing == Standing::Paused {
        said.push("复议、诉讼还没有终结，期间不计算加处罚款。".to_owned());
    }
    said
}

/// What the rules say of a row of the legal baseline, each with its articles.
fn basis<'a>(view: &'a CaseView, row: &'a str) -> impl Iterator<Item = String> + 'a {
    let of_row = move |rule: &&Rule| rule.rows.iter().any(|it| it == row) && !rule.note.is_empty();
    let rules = view.procedure().rules.iter().filter(of_row);
    rules.map(|rule| wording::prose(&format!("{}{}", rule.note, rule.basis)))
}

fn bases(view: &CaseView, it: &Account) -> Vec<String> {
    let later = it.pay_by.and_then(|by| by.deferred).map(|_| TO_PAY_LATER);
    let rows = it.pay_by.map(|_| TO_PAY).into_iter().chain(later);
    rows.filter_map(|row| basis(view, row).next()).collect()
}

fn plan_table(plan: &[PlanLine]) -> Table {
    let row = |(number, line): (usize, &PlanLine)| {
        let (text, tone) = match line.state {
            InstallmentState::Met(on) => (format!("{}缴清", on.chinese()), Tone::Good),
            InstallmentState::MetLate(on) => (format!("{}缴清，逾期", on.chinese()), Tone::Caution),
            InstallmentState::Late => ("逾期未缴".to_owned(), Tone::Bad),
            InstallmentState::Next => ("本期应缴".to_owned(), Tone::Active),
            InstallmentState::Later => ("未到期".to_owned(), Tone::Plain),
        };
        vec![
            Cell::Text(format!("第{number}期")),
            Cell::Text(line.on.chinese()),
            Cell::Text(line.amount.to_string()),
            Cell::Text(line.open.to_string()),
            Cell::Status(Status::new(text, tone)),
        ]
    };
    Table {
        caption: "分期计划".to_owned(),
        columns: vec![
            Column::text("期"),
            Column::text("最晚缴款日"),
            Column::figure("金额"),
            Column::figure("尚未缴纳"),
            Column::text("情况"),
        ],
        rows: (1..).zip(plan).map(row).collect(),
    }
}

fn addable(view: &CaseView, it: &Account, accrual: &Accrual) -> Addable {
    let most = accrual.most;
    let mut says = format!("逾期计{}日，到今天为止可以加处{most}", accrual.days);
    if it.added > Fen(0) {
        says.push_str(&format!(
            "，已经决定加处{}，还可以加处{}",
            it.added,
            it.addable()
        ));
    }
    says.push_str(&format!(
        "；总额不超过期满时未缴的罚款{}{}。",
        accrual.principal,
        if accrual.is_capped {
            "，已经到顶"
        } else {
            ""
        }
    ));
    if it.addable() > Fen(0) {
        says.push_str("没有作出加处罚款的决定以前，不计入尚欠。");
    }
    let row = |stretch: &Stretch| {
        let span = match stretch.days() {
            1 => stretch.from.chinese(),
            _ => format!("{}至{}", stretch.from.chinese(), stretch.until.chinese()),
        };
        vec![
            Cell::Text(span),
            Cell::Text(format!("{}日", stretch.days())),
            Cell::Text(stretch.unpaid.to_string()),
            match stretch.paused_by {
                None => Cell::Text(stretch.each().to_string()),
                Some(at) => Cell::Text(paused(view, at)),
            },
            Cell::Text(stretch.so_far.to_string()),
        ]
    };
    Addable {
        says,
        days: Table {
            caption: "可以加处的数额，逐段计算".to_owned(),
            columns: vec![
                Column::text("日期"),
                Column::figure("天数"),
                Column::figure("未缴罚款"),
                Column::figure("每日可加处"),
                Column::figure("累计"),
            ],
            rows: accrual.stretches.iter().map(row).collect(),
        },
        bases: basis(view, TO_ADD).collect(),
    }
}

/// Why nothing is added: the act that opened the remedy.
fn paused(view: &CaseView, at: usize) -> String {
    let done = &view.case().history[at];
    format!("不计（{}）", view.procedure().act_of(done.event).name)
}

fn moved_table(office: &Office, view: &CaseView, it: &Account) -> Table {
    let procedure = view.procedure();
    let row = |moved: &account::Moved| {
        let is_no_amount = |fact: usize| procedure.facts[fact].kind != FactType::Money;
        let done = service::done_saying(office, view, moved.at, is_no_amount);
        let mut said = vec![done.said];
        if !done.people.is_empty() {
            said.push(format!("{}记录", done.people));
        }
        if done.files > 0 {
            said.push(format!("附件{}个", done.files));
        }
        vec![
            Cell::Text(moved.on.chinese()),
            Cell::Text(if moved.is_refund { "退还" } else { "缴入" }.to_owned()),
            Cell::Text(moved.amount.to_string()),
            Cell::Text(said.join("；")),
        ]
    };
    Table {
        caption: "缴款和退还，按日期".to_owned(),
        columns: vec![
            Column::text("日期"),
            Column::text("收退"),
            Column::figure("金额"),
            Column::text("方式、票据、记录人"),
        ],
        rows: it.moved.iter().map(row).collect(),
    }
}

/// What the own posts record on an account.
fn acts(office: &Office, view: &CaseView, actor: &Actor, it: &Account) -> Vec<OfferedAct> {
    let procedure = view.procedure();
    let offered = account::acts(view.case(), &office.context(), &view.answer, view.now, it);
    let own = offered
        .iter()
        .filter(|act| access::takes_part(actor, procedure, &procedure.events[act.step.event]));
    own.map(|act| OfferedAct::of(view, act)).collect()
}
