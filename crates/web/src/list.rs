//! The list of cases, and what may open one.

use crate::components::Link;
use crate::components::deadline::Deadline;
use crate::components::empty::Empty;
use crate::components::filters::{Filters, Way};
use crate::components::pager::Pager;
use crate::components::table::{Cell, Column, Table};
use crate::fault::Fault;
use crate::frame::{self, Frame};
use crate::session::Signed;
use crate::wording;
use app::Office;
use app::agency::Duty;
use app::ledger::{CaseCursor, CaseOrder, CaseQuery, CaseRow};
use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use casework::answer::May;
use law::model::Procedure;
use law::time::working_days_between;
use std::collections::BTreeMap;
use std::sync::Arc;
use vocabulary::Day;

/// So many lines stand on one page of the list.
const LINES_PER_PAGE: usize = 20;

#[derive(Template)]
#[template(path = "cases.html")]
struct CasesPage {
    frame: Frame,
    today: String,
    ways: Filters,
    text: String,
    order: &'static str,
    open: &'static str,
    /// Nothing where there are no cases to list.
    table: Option<Table>,
    empty: Empty,
    pager: Pager,
}

/// `GET /`: `q` is searched for, `order=due` puts the nearest date first, `open=no` shows ended cases.
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    Query(query): Query<BTreeMap<String, String>>,
    Extension(signed): Extension<Signed>,
) -> Response {
    // Whoever only administers has no cases: their first page is that of the accounts.
    if signed.actor.person.is_none() && signed.actor.has(Duty::Administrator) {
        return Redirect::to("/accounts").into_response();
    }
    let text = query.get("q").map_or("", |text| text.trim()).to_owned();
    let is_by_due = query.get("order").is_some_and(|order| order == "due");
    let is_ended = query.get("open").is_some_and(|open| open == "no");
    let asked = CaseQuery {
        text: (!text.is_empty()).then(|| text.clone()),
        is_open: if is_ended { Some(false) } else { None },
        order: if is_by_due {
            CaseOrder::Due
        } else {
            CaseOrder::Touched
        },
        after: query.get("after").and_then(|text| cursor(text)),
        ..CaseQuery::default()
    };
    let limit = u32::try_from(LINES_PER_PAGE + 1).unwrap_or(u32::MAX);
    let rows = match office.cases_for(&signed.actor, &asked, limit).await {
        Ok(rows) => rows,
        Err(error) => return Fault::from(error).response(&office),
    };
    let more = rows.len() > LINES_PER_PAGE;
    let rows: Vec<CaseRow> = rows.into_iter().take(LINES_PER_PAGE).collect();
    let address = |after: Option<String>, by_due: bool, ended: bool| {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        for (key, value) in [
            ("after", after.unwrap_or_default().as_str()),
            ("q", text.as_str()),
            ("order", if by_due { "due" } else { "" }),
            ("open", if ended { "no" } else { "" }),
        ] {
            if !value.is_empty() {
                pairs.append_pair(key, value);
            }
        }
        let pairs = pairs.finish();
        if pairs.is_empty() {
            "/".to_owned()
        } else {
            format!("/?{pairs}")
        }
    };
    let next = rows.last().filter(|_| more).map(|row| {
        let cursor = row.cursor();
        let due = cursor
            .next_due
            .map_or_else(String::new, |day| day.to_string());
        let after = format!("{}~{due}~{}", cursor.updated_at, cursor.case_id);
        address(Some(after), is_by_due, is_ended)
    });
    let is_first = asked.after.is_none();
    let empty = if asked.text.is_some() || is_ended {
        Empty {
            head: "没有找到。".to_owned(),
            text: "可以少写几个字再找。".to_owned(),
            way: Some(Link::new("/", "看全部案件")),
        }
    } else if is_first {
        Empty {
            head: "还没有案件。".to_owned(),
            text: "从登记一条案源开始：系统会告诉您下一步是什么、应在哪一天以前办理。".to_owned(),
            way: None,
        }
    } else {
        Empty {
            head: "后面没有了。".to_owned(),
            text: String::new(),
            way: None,
        }
    };
    let page = CasesPage {
        frame: Frame::of(&office).at("/"),
        today: office.now().day.chinese(),
        table: (!rows.is_empty()).then(|| table(&office, rows, is_by_due)),
        empty,
        ways: Filters {
            label: "列表方式",
            ways: vec![
                Way::new(
                    "最近办理",
                    address(None, false, false),
                    !is_by_due && !is_ended,
                ),
                Way::new(
                    "期限最近",
                    address(None, true, false),
                    is_by_due && !is_ended,
                ),
                Way::new("已经办结", address(None, false, true), is_ended),
            ],
        },
        order: if is_by_due { "due" } else { "" },
        open: if is_ended { "no" } else { "" },
        pager: Pager {
            of: "案件",
            first: (!is_first).then(|| address(None, is_by_due, is_ended)),
            next,
        },
        text,
    };
    frame::page(StatusCode::OK, &page)
}

/// A cursor that cannot be read begins the list again.
fn cursor(text: &str) -> Option<CaseCursor> {
    let mut fields = text.splitn(3, '~');
    let (updated_at, due, case_id) = (fields.next()?, fields.next()?, fields.next()?);
    Some(CaseCursor {
        updated_at: updated_at.parse().ok()?,
        next_due: if due.is_empty() {
            None
        } else {
            Some(Day::parse(due).ok()?)
        },
        case_id: case_id.to_owned(),
    })
}

fn table(office: &Office, rows: Vec<CaseRow>, is_by_due: bool) -> Table {
    let order = if is_by_due {
        "期限最近的在前"
    } else {
        "最近办理的在前"
    };
    Table {
        caption: format!("案件列表，{order}"),
        columns: vec![
            Column::text("案件"),
            Column::text("阶段"),
            Column::text("立案日期"),
            Column::text("最近的期限"),
            Column::text("最近办理"),
        ],
        rows: rows.into_iter().map(|row| line(office, row)).collect(),
    }
}

fn line(office: &Office, row: CaseRow) -> Vec<Cell> {
    let today = office.now().day;
    let due = row.line.next_due.map(|due| {
        let days = working_days_between(&office.context().calendar, today, due).days;
        let badge = Deadline::of(Some(days), due < today, due.into(), today);
        Cell::Due(due.chinese(), badge)
    });
    let phases = office.procedures().flat_map(|procedure| &procedure.phases);
    let phase = phases
        .into_iter()
        .find(|phase| phase.id == row.line.phase)
        .map_or_else(String::new, |p| p.name.clone());
    let filed_on = row.line.filed_on.map(|day| Cell::Text(day.chinese()));
    let under = row
        .line
        .case_number
        .into_iter()
        .chain([row.line.party_names]);
    vec![
        Cell::Link {
            to: Link::new(format!("/cases/{}", row.line.case_id), row.line.title),
            under: under.filter(|text| !text.is_empty()).collect(),
        },
        Cell::Text(phase),
        filed_on.unwrap_or(Cell::Absent("未立案")),
        due.unwrap_or(Cell::Absent("没有期限")),
        Cell::Text(wording::recorded(row.updated_at)),
    ]
}

#[derive(Template)]
#[template(path = "openings.html")]
struct OpeningsPage {
    frame: Frame,
    procedures: Vec<Opening>,
}

struct Opening {
    name: String,
    first: Vec<OpeningAct>,
    others: Vec<OpeningAct>,
}

struct OpeningAct {
    link: String,
    name: String,
    note: String,
}

/// Whether somebody sees the forms that open a case; what is recorded is judged for itself.
pub(crate) fn may_open(signed: &Signed) -> Result<(), Fault> {
    if signed.actor.person.is_some() && !signed.actor.roles.is_empty() {
        Ok(())
    } else {
        Err(Fault::denied("您的账号没有办案岗位，不能新建案件。"))
    }
}

/// `GET /cases/new`
pub(crate) async fn openings(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
) -> Response {
    if let Err(fault) = may_open(&signed) {
        return fault.response(&office);
    }
    let mut procedures = Vec::new();
    for procedure in office.procedures() {
        let Ok(view) = office.empty_case(&procedure.id) else {
            continue;
        };
        let phase = |may: &May| procedure.act_of(may.step.event).phase;
        let earliest = view.answer.may.iter().map(phase).min();
        // The main line begins a case; whatever else may come first is offered behind it.
        let (first, others) = view.answer.may.iter().partition(|may: &&May| {
            let act = procedure.act_of(may.step.event);
            act.is_public && Some(act.phase) == earliest
        });
        procedures.push(Opening {
            name: procedure.name.clone(),
            first: acts(procedure, first),
            others: acts(procedure, others),
        });
    }
    frame::page(
        StatusCode::OK,
        &OpeningsPage {
            frame: Frame::of(&office).at("/cases/new"),
            procedures,
        },
    )
}

fn acts(procedure: &Procedure, may: Vec<&May>) -> Vec<OpeningAct> {
    let act = |may: &May| OpeningAct {
        link: format!(
            "/cases/new/{}/{}",
            procedure.id, procedure.events[may.step.event].id
        ),
        name: wording::event(procedure, may.step.event),
        note: procedure.act_of(may.step.event).note.clone(),
    };
    may.into_iter().map(act).collect()
}
