//! The payment book (缴款台账): what each party has to pay, found by code, number or name, and taken along as a workbook.

use crate::case::account;
use crate::components::empty::Empty;
use crate::components::filters::{Filters, Way};
use crate::components::pager::Pager;
use crate::components::table::{Cell, Column, Table};
use crate::components::{Link, address};
use crate::fault::Fault;
use crate::frame::{self, Frame};
use crate::list;
use crate::session::Signed;
use crate::workbook::{self, Workbook};
use app::Office;
use app::dues::{Due, DuesAsked, Standing};
use app::ledger::{DuesCursor, DuesOf};
use app::office::SeenError;
use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeMap;
use std::sync::Arc;
use vocabulary::{Day, Fen};

const PATH: &str = "/payments";
const LINES_PER_PAGE: usize = 20;
/// A text finds at most so many lines.
const FOUND_MAX: u32 = 200;

/// Words of an address for what the date says; the other states are called by their ids.
const LATE: &str = "late";
const NOT_DUE: &str = "not_due";

#[derive(Template)]
#[template(path = "payments.html")]
struct PaymentsPage {
    frame: Frame,
    today: String,
    text: String,
    state: String,
    section: String,
    sections: Vec<String>,
    ways: Filters,
    table: Option<Table>,
    empty: Empty,
    pager: Pager,
    /// More was found than is shown.
    is_cut: bool,
    workbook: String,
}

/// What an address asks for.
struct Asked {
    text: String,
    state: String,
    section: String,
    after: String,
}

impl Asked {
    fn of(query: &BTreeMap<String, String>) -> Asked {
        let one = |name: &str| query.get(name).map_or("", |text| text.trim()).to_owned();
        Asked {
            text: one("q"),
            state: one("state"),
            section: one("section"),
            after: one("after"),
        }
    }

    fn address(&self, path: &str, state: &str, after: &str) -> String {
        let words = [
            ("q", self.text.as_str()),
            ("state", state),
            ("section", &self.section),
            ("after", after),
        ];
        address(path, &words)
    }

    fn dues(&self, today: Day) -> DuesAsked {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        DuesAsked {
            text: some(&self.text),
            section: some(&self.section),
            of: of(&self.state, today).unwrap_or_default(),
            after: cursor(&self.after),
        }
    }
}

/// Which lines a word asks for.
pub(crate) fn of(state: &str, today: Day) -> Option<DuesOf> {
    match state {
        "" => Some(DuesOf::All),
        LATE => Some(DuesOf::Late(today)),
        NOT_DUE => Some(DuesOf::NotDue(today)),
        other => Standing::parse(other).map(DuesOf::Standing),
    }
}

/// Where a page ended, as an address carries it.
pub(crate) fn place(cursor: &DuesCursor) -> String {
    let (is_without, due) = cursor.due;
    let due = if is_without {
        String::new()
    } else {
        due.to_string()
    };
    format!("{}~{due}~{}~{}", cursor.rank, cursor.case_id, cursor.party)
}

/// A place that cannot be read begins the list again.
pub(crate) fn cursor(text: &str) -> Option<DuesCursor> {
    let mut fields = text.splitn(4, '~');
    let mut field = || fields.next();
    Some(DuesCursor {
        rank: field()?.parse().ok()?,
        due: match field()? {
            "" => (true, Day::MAX),
            due => (false, Day::parse(due).ok()?),
        },
        case_id: field()?.to_owned(),
        party: field()?.parse().ok()?,
    })
}

/// `GET /payments`: `q` finds by payment code, number or name; `state` and `section` narrow it.
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    Query(query): Query<BTreeMap<String, String>>,
    Extension(signed): Extension<Signed>,
) -> Response {
    let asked = Asked::of(&query);
    let today = office.now().day;
    let limit = match asked.text.as_str() {
        "" => u32::try_from(LINES_PER_PAGE + 1).unwrap_or(u32::MAX),
        _ => FOUND_MAX + 1,
    };
    let shown = usize::try_from(limit).unwrap_or(usize::MAX) - 1;
    let mut lines = match office.dues(&signed.actor, &asked.dues(today), limit).await {
        Ok(lines) => lines,
        Err(error) => return Fault::from(error).response(&office),
    };
    let more = lines.len() > shown;
    lines.truncate(shown);
    let is_search = !asked.text.is_empty();
    let next = lines.last().filter(|_| more && !is_search).map(|last| {
        let place = place(&last.line.cursor());
        asked.address(PATH, &asked.state, &place)
    });
    let is_first = asked.after.is_empty();
    let states = [("", "全部"), (LATE, "逾期"), (NOT_DUE, "未到期")];
    let standings = Standing::ALL.into_iter().filter(|it| *it != Standing::Open);
    let standings = standings.map(|it| (it.id(), it.chinese()));
    let ways = states.into_iter().chain(standings).map(|(state, name)| {
        let link = asked.address(PATH, state, "");
        Way::new(name, link, asked.state == state)
    });
    let page = PaymentsPage {
        frame: Frame::of(&office).at(PATH),
        today: today.chinese(),
        sections: list::section_names(&office, &signed),
        ways: Filters {
            label: "缴款情况",
            ways: ways.collect(),
        },
        empty: empty(&asked),
        pager: Pager {
            of: "缴款台账",
            first: (!is_first).then(|| asked.address(PATH, &asked.state, "")),
            next,
        },
        is_cut: more && is_search,
        workbook: asked.address("/payments.xlsx", &asked.state, ""),
        table: (!lines.is_empty()).then(|| table(&office, lines)),
        text: asked.text,
        state: asked.state,
        section: asked.section,
    };
    frame::page(StatusCode::OK, &page)
}

fn empty(asked: &Asked) -> Empty {
    let is_narrowed =
        !(asked.text.is_empty() && asked.state.is_empty() && asked.section.is_empty());
    if is_narrowed {
        Empty {
            head: "没有找到。".to_owned(),
            text: "缴款码和文号要写全，名称可以只写几个字。".to_owned(),
            way: Some(Link::new(PATH, "看全部缴款")),
        }
    } else {
        Empty {
            head: match asked.after.is_empty() {
                true => "还没有要缴的款项。",
                false => "后面没有了。",
            }
            .to_owned(),
            text: "作出罚款、没收的决定以后，每个当事人一行列在这里。".to_owned(),
            way: None,
        }
    }
}

fn table(office: &Office, lines: Vec<Due>) -> Table {
    Table {
        caption: "缴款台账，逾期最久的在前".to_owned(),
        columns: vec![
            Column::text("当事人"),
            Column::text("情况"),
            Column::figure("应缴"),
            Column::figure("已缴"),
            Column::figure("尚欠"),
            Column::text("期限"),
        ],
        rows: lines.into_iter().map(|due| row(office, due)).collect(),
    }
}

/// Whether the money of a line should have come in.
fn is_late(due: &Due, today: Day) -> bool {
    DuesOf::Late(today).has(&due.line)
}

fn row(office: &Office, due: Due) -> Vec<Cell> {
    let today = office.now().day;
    let is_late = is_late(&due, today);
    let line = due.line;
    let code = line.code.map(|code| format!("缴款码 {code}"));
    let number = line.number.into_iter().chain(code);
    let under = number.chain([due.case.line.title]);
    vec![
        Cell::Link {
            to: Link::new(account::address(&line.case_id, line.party), line.party_name),
            under: under.filter(|text| !text.is_empty()).collect(),
        },
        Cell::Status(account::status(line.standing, is_late)),
        Cell::Text(line.charged.to_string()),
        Cell::Text(line.held.to_string()),
        match line.overpaid {
            Fen(0) => Cell::Text(line.owed.to_string()),
            overpaid => Cell::Text(format!("应退{overpaid}")),
        },
        match line.due {
            Some(day) => Cell::Due(day.chinese(), account::nearness(office, day, is_late)),
            None if line.standing.is_awaited() => Cell::Absent("决定书未送达"),
            None => Cell::Absent("没有期限"),
        },
    ]
}

/// `GET /payments.xlsx`: the same lines as a workbook.
pub(crate) async fn workbook(
    State(office): State<Arc<Office>>,
    Query(query): Query<BTreeMap<String, String>>,
    Extension(signed): Extension<Signed>,
) -> Response {
    let asked = Asked::of(&query);
    let today = office.now().day;
    let lines = match all(&office, &signed, asked.dues(today)).await {
        Ok(lines) => lines,
        Err(error) => return Fault::from(error).response(&office),
    };
    let rows = lines.into_iter().map(|due| {
        let state = account::status(due.line.standing, is_late(&due, today)).text;
        let line = due.line;
        vec![
            line.party_name.into(),
            line.number.unwrap_or_default().into(),
            line.code.unwrap_or_default().into(),
            due.case.line.title.into(),
            line.section.into(),
            state.into(),
            line.charged.typed().into(),
            line.held.typed().into(),
            line.owed.typed().into(),
            line.overpaid.typed().into(),
            line.due.into(),
        ]
    });
    let book = Workbook {
        name: "缴款台账",
        columns: &[
            ("当事人", 32),
            ("决定书文号", 26),
            ("缴款码", 24),
            ("案由", 40),
            ("承办机构", 18),
            ("情况", 12),
            ("应缴（元）", 16),
            ("已缴（元）", 16),
            ("尚欠（元）", 16),
            ("多缴（元）", 16),
            ("期限", 12),
        ],
        rows: rows.collect(),
        file: format!("payments-{today}"),
    };
    book.response(&office).await
}

/// As many lines as a workbook may have, and one that tells whether there are more.
async fn all(
    office: &Office,
    signed: &Signed,
    mut asked: DuesAsked,
) -> Result<Vec<Due>, SeenError> {
    asked.after = None;
    if asked.text.is_some() {
        return office.dues(&signed.actor, &asked, FOUND_MAX).await;
    }
    let mut lines: Vec<Due> = Vec::new();
    while !workbook::is_full(&lines) {
        let page = office.dues(&signed.actor, &asked, workbook::STEP).await?;
        let Some(last) = page.last() else { break };
        asked.after = Some(last.line.cursor());
        lines.extend(page);
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_back_and_anything_else_is_none() {
        for text in ["0~2026-05-07~0199-a~1", "1~~0199-a~2"] {
            assert_eq!(place(&cursor(text).expect("a place")), text);
        }
        for bad in ["", "x~~a~1", "0~2026-02-30~a~1", "0~~a~x", "0~~a"] {
            assert!(cursor(bad).is_none(), "{bad}");
        }
    }
}
