//! The desk of those who go through a checklist (法制审核台): what waits, and what was gone through lately.
//!
//! Which acts those are, what hands a case in for them and what they conclude is said by the rules (对照).

use crate::case::{act_link, link};
use crate::components::Link;
use crate::components::empty::Empty;
use crate::components::pager::Pager;
use crate::components::table::{Cell, Column, Table};
use crate::fault::Fault;
use crate::frame::{self, Frame};
use crate::session::Signed;
use crate::today;
use crate::wording;
use app::ledger::TodoLine;
use app::reviewing::{Reviewed, Waiting};
use app::{CaseView, Office};
use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::case::Done;
use law::checklist::Checklist;
use law::model::{CASE, EventIx, FactIx, Procedure};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// So many cases stand on one page: each of them is read.
const CASES_PER_PAGE: usize = 20;
/// What was gone through lately is looked for in so many cases, and so much of it is shown.
const LATELY_AMONG: u32 = 50;
const LATELY: usize = 10;

#[derive(Template)]
#[template(path = "reviews.html")]
struct ReviewsPage {
    frame: Frame,
    today: String,
    count: usize,
    has_more: bool,
    table: Option<Table>,
    empty: Option<Empty>,
    pager: Pager,
    /// Nothing on later pages.
    lately: Option<Table>,
    is_first: bool,
    among: u32,
}

/// `GET /reviews`
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    Query(query): Query<BTreeMap<String, String>>,
    Extension(signed): Extension<Signed>,
) -> Response {
    match page(&office, &query, &signed).await {
        Ok(page) => frame::page(StatusCode::OK, &page),
        Err(fault) => fault.response(&office),
    }
}

async fn page(
    office: &Office,
    query: &BTreeMap<String, String>,
    signed: &Signed,
) -> Result<ReviewsPage, Fault> {
    let actor = &signed.actor;
    if !office.may_review(actor) {
        let roles = wording::role_names(office, &office.roles_of_reviews());
        return Err(Fault::Denied(format!(
            "法制审核台由{}使用，您的账号没有这个岗位。",
            roles.join("、")
        )));
    }
    let after = query.get("after").and_then(|text| today::cursor(text));
    let is_first = after.is_none();
    let mut waiting = office
        .reviews_waiting(actor, after.as_ref(), CASES_PER_PAGE + 1)
        .await?;
    let has_more = waiting.len() > CASES_PER_PAGE;
    waiting.truncate(CASES_PER_PAGE);
    let next = waiting.last().filter(|_| has_more);
    let next = next.map(|last| address(&last.line));
    let lately = match is_first {
        true => office.reviewed_by(actor, LATELY_AMONG, LATELY).await?,
        false => Vec::new(),
    };
    Ok(ReviewsPage {
        frame: Frame::of(office).at("/reviews"),
        today: office.now().day.chinese(),
        count: waiting.len(),
        has_more,
        empty: waiting.is_empty().then(|| nothing(is_first)),
        table: (!waiting.is_empty()).then(|| Table {
            caption: "等待审核的案件，期限最近的在前".to_owned(),
            columns: vec![
                Column::text("案件"),
                Column::text("拟作决定"),
                Column::text("送审情况"),
                Column::text("上次结论"),
                Column::text("期限"),
                Column::text("办理"),
            ],
            rows: waiting.iter().map(|it| row(office, it)).collect(),
        }),
        pager: Pager {
            of: "待审核案件",
            first: (!is_first).then(|| "/reviews".to_owned()),
            next,
        },
        lately: (!lately.is_empty()).then(|| Table {
            caption: "我最近审核的，最近的在前".to_owned(),
            columns: vec![
                Column::text("案件"),
                Column::text("事项"),
                Column::text("审核日期"),
                Column::text("结论"),
            ],
            rows: lately.iter().map(|it| reviewed(office, it)).collect(),
        }),
        is_first,
        among: LATELY_AMONG,
    })
}

fn address(last: &TodoLine) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("after", &today::place(last));
    format!("/reviews?{}", query.finish())
}

fn nothing(is_first: bool) -> Empty {
    let (head, text) = match is_first {
        true => (
            "没有等您审核的案件。",
            "承办机构送审以后，案件列在这里，期限最近的在前。",
        ),
        false => ("后面没有了。", ""),
    };
    Empty {
        head: head.to_owned(),
        text: text.to_owned(),
        way: Some(Link::new("/cases", "看全部案件")),
    }
}

fn row(office: &Office, waiting: &Waiting) -> Vec<Cell> {
    let Waiting { line, row, view } = waiting;
    let procedure = view.procedure();
    let event = procedure.event(&line.event);
    let list = event.and_then(|event| Some((event, procedure.checklist_of(event)?)));
    let about = row.line.case_number.iter().chain([&row.line.party_names]);
    let mut under: Vec<String> = about.filter(|text| !text.is_empty()).cloned().collect();
    if !line.is_open {
        under.push("现在还不能办，原因见案件页".to_owned());
    }
    let mut cells = vec![Cell::Link {
        to: Link::new(format!("/cases/{}", line.case_id), &row.line.title),
        under,
    }];
    let text = |text: String, absent: &'static str| match text.as_str() {
        "" => Cell::Absent(absent),
        _ => Cell::Text(text),
    };
    let summary = list.map_or_else(String::new, |(_, list)| summary(office, view, list));
    cells.push(text(summary, "没有记录"));
    let handed_in = list.map_or_else(String::new, |(_, list)| handed_in(office, view, list));
    cells.push(text(handed_in, "还没有送审"));
    let last = list.and_then(|(event, list)| {
        let done = doings(view, &[event]).last().copied()?;
        let conclusion = said(office, procedure, done, list.outcome.first().copied()?)?;
        Some(format!("{conclusion}（{}）", done.occurred.chinese()))
    });
    cells.push(text(last.unwrap_or_default(), "第一次审核"));
    cells.push(match (line.due, today::deadline(office, line)) {
        (Some(due), Some(deadline)) => Cell::Due(due.chinese(), deadline),
        _ => Cell::Absent("没有期限"),
    });
    let mut ways = Vec::new();
    if let Some(event) = event {
        if line.is_open {
            let form = act_link(&line.case_id, &line.event, line.number);
            ways.push(Link::new(form, wording::event(procedure, event)));
        }
        ways.extend(beside(view, event));
    }
    cells.push(match ways.is_empty() {
        true => Cell::Absent("见案件页"),
        false => Cell::Links(ways),
    });
    cells
}

fn reviewed(office: &Office, reviewed: &Reviewed) -> Vec<Cell> {
    let Reviewed {
        row,
        procedure,
        done,
        ..
    } = reviewed;
    let list = procedure.checklist_of(done.event);
    let conclusion = list.and_then(|list| list.outcome.first().copied());
    let conclusion = conclusion.and_then(|fact| said(office, procedure, done, fact));
    let about = row.line.case_number.iter().chain([&row.line.party_names]);
    vec![
        Cell::Link {
            to: Link::new(format!("/cases/{}", row.line.case_id), &row.line.title),
            under: about.filter(|text| !text.is_empty()).cloned().collect(),
        },
        Cell::Text(wording::event(procedure, done.event)),
        Cell::Text(done.occurred.chinese()),
        conclusion.map_or(Cell::Absent("没有记录"), Cell::Text),
    ]
}

/// What a doing said of a fact.
pub(crate) fn said(
    office: &Office,
    procedure: &Procedure,
    done: &Done,
    fact: FactIx,
) -> Option<String> {
    let (_, value) = done.facts.iter().find(|(known, _)| *known == fact)?;
    Some(wording::value(
        &office.context().rules,
        procedure,
        fact,
        value,
    ))
}

/// The doings of these events, in the order of recording.
pub(crate) fn doings<'v>(view: &'v CaseView, events: &[EventIx]) -> Vec<&'v Done> {
    let history = view.case().history.iter();
    history
        .filter(|done| events.contains(&done.event))
        .collect()
}

/// What it is about in one line: of each subject, where there are several.
pub(crate) fn summary(office: &Office, view: &CaseView, list: &Checklist) -> String {
    let procedure = view.procedure();
    let rules = &office.context().rules;
    let mut lines = Vec::new();
    for fact in &list.summary {
        let domain = procedure.facts[*fact].domain;
        let members = &view.case().members[usize::from(domain.0)];
        for (at, member) in members.iter().enumerate() {
            let Some(value) = view.case().fact(*fact, at) else {
                continue;
            };
            let value = wording::value(rules, procedure, *fact, value);
            lines.push(match members.len() > 1 && domain != CASE {
                true => format!("{}：{value}", member.name),
                false => value,
            });
        }
    }
    lines.join("；")
}

/// `第2次，2026-11-03(周二)，陆清源、闻一舟`: how often it was handed in, when last and by whom.
fn handed_in(office: &Office, view: &CaseView, list: &Checklist) -> String {
    let all = doings(view, &list.submissions);
    let Some(last) = all.last() else {
        return String::new();
    };
    let by = people(office, last);
    let by = if by.is_empty() {
        by
    } else {
        format!("，{by}")
    };
    format!("第{}次，{}{by}", all.len(), last.occurred.chinese())
}

/// The names of those who took part, each once.
pub(crate) fn people(office: &Office, done: &Done) -> String {
    let mut names: Vec<String> = Vec::new();
    for (_, id) in &done.people {
        let name = wording::person(office, id);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join("、")
}

/// The events whose act needs one of the roles that this event needs, without itself.
pub(crate) fn of_same_roles(procedure: &Procedure, event: EventIx) -> Vec<EventIx> {
    let roles: BTreeSet<usize> = procedure.act_of(event).roles.iter().copied().collect();
    let is_of = |other: &EventIx| {
        let act = procedure.act_of(*other);
        *other != event && act.roles.iter().any(|role| roles.contains(role))
    };
    (0..procedure.events.len()).filter(is_of).collect()
}

/// What else may be done in the case now in the same roles: to hand a submission back, where the law knows that.
pub(crate) fn beside(view: &CaseView, event: EventIx) -> Vec<Link> {
    let procedure = view.procedure();
    let others = of_same_roles(procedure, event);
    let open = view.answer.may.iter().map(|may| may.step);
    open.filter(|step| others.contains(&step.event))
        .map(|step| {
            let place = (step.event, step.member);
            Link::new(link(view, place), wording::event(procedure, step.event))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_goes_on_where_the_last_one_ended() {
        let line = today::cursor("2026-10-13~0199-a~x~0").expect("a place");
        assert_eq!(address(&line), "/reviews?after=2026-10-13%7E0199-a%7Ex%7E0");
    }
}
