//! What a supervisor reads first: what each unit has let become overdue, and what of the record deserves a second look.

use crate::components::deadline::Deadline;
use crate::components::empty::Empty;
use crate::components::filters::{Filters, Way};
use crate::components::pager::Pager;
use crate::components::table::{Cell, Column, Table};
use crate::components::{Link, address};
use crate::fault::Fault;
use crate::frame::{self, Frame};
use crate::session::Signed;
use crate::wording;
use app::Office;
use app::ledger::{CaseRow, NotableCursor, NotableRow};
use app::notable::{Notable, UnitState};
use app::office::SeenError;
use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use law::time::working_days_between;
use std::collections::BTreeMap;
use std::sync::Arc;

const LINES_PER_PAGE: usize = 20;
/// So much of what is overdue stands on the page, over all units.
const OVERDUE_SHOWN: usize = 10;

#[derive(Template)]
#[template(path = "supervision.html")]
struct SupervisionPage {
    frame: Frame,
    today: String,
    is_traced: bool,
    units: Table,
    overdue: Option<Table>,
    overdue_left: usize,
    ways: Filters,
    notable: Option<Table>,
    empty: Empty,
    pager: Pager,
}

/// `GET /supervision`: `kind` is the reason for a second look.
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    Query(query): Query<BTreeMap<String, String>>,
    Extension(signed): Extension<Signed>,
) -> Response {
    let kind = query.get("kind").and_then(|text| Notable::parse(text));
    let after = query.get("after").and_then(|text| cursor(text));
    let limit = u32::try_from(LINES_PER_PAGE + 1).unwrap_or(u32::MAX);
    let actor = &signed.actor;
    let read = async {
        let units = office.units(actor).await?;
        let notable = office.notable(actor, kind, after.clone(), limit).await?;
        Ok::<_, SeenError>((units, notable))
    };
    let (units, mut notable) = match read.await {
        Ok(found) => found,
        Err(error) => return Fault::from(error).response(&office),
    };
    let more = notable.len() > LINES_PER_PAGE;
    notable.truncate(LINES_PER_PAGE);
    let kind_id = kind.map_or("", Notable::id);
    let next = notable.last().filter(|_| more).map(|(row, _)| {
        let place = place(&row.cursor());
        address("/supervision", &[("kind", kind_id), ("after", &place)])
    });
    let all = [Way::new(
        "全部",
        address("/supervision", &[]),
        kind.is_none(),
    )]
    .into_iter();
    let kinds = Notable::ALL.into_iter().map(|it| {
        let link = address("/supervision", &[("kind", it.id())]);
        Way::new(it.chinese(), link, kind == Some(it))
    });
    let overdue_count: usize = units.iter().map(|unit| unit.overdue.len()).sum();
    let page = SupervisionPage {
        frame: Frame::of(&office).at("/supervision"),
        today: office.now().day.chinese(),
        is_traced: actor.person.is_none(),
        units: unit_table(&units),
        overdue: overdue_table(&office, units),
        overdue_left: overdue_count.saturating_sub(OVERDUE_SHOWN),
        ways: Filters {
            label: "监督提示的种类",
            ways: all.chain(kinds).collect(),
        },
        empty: Empty {
            head: match after.is_some() {
                true => "后面没有了。",
                false => "没有这一类的记录。",
            }
            .to_owned(),
            text: String::new(),
            way: None,
        },
        notable: (!notable.is_empty()).then(|| notable_table(&office, notable)),
        pager: Pager {
            of: "监督提示",
            first: after
                .is_some()
                .then(|| address("/supervision", &[("kind", kind_id)])),
            next,
        },
    };
    frame::page(StatusCode::OK, &page)
}

/// Where the page ended, as the address of the next one carries it.
fn place(cursor: &NotableCursor) -> String {
    let (at, kind) = (cursor.recorded_at, cursor.kind.id());
    format!("{at}~{}~{}~{kind}", cursor.case_id, cursor.version)
}

/// A place that cannot be read begins the list again.
fn cursor(text: &str) -> Option<NotableCursor> {
    let mut fields = text.splitn(4, '~');
    let mut field = || fields.next();
    Some(NotableCursor {
        recorded_at: field()?.parse().ok()?,
        case_id: field()?.to_owned(),
        version: field()?.parse().ok()?,
        kind: Notable::parse(field()?)?,
    })
}

fn section_name(section: &str) -> String {
    match section {
        "" => "未分科室".to_owned(),
        section => section.to_owned(),
    }
}

fn unit_table(units: &[UnitState]) -> Table {
    let row = |unit: &UnitState| {
        let more = if unit.has_more { "以上" } else { "" };
        let first = unit.overdue.first().and_then(|todo| todo.line.due);
        vec![
            Cell::Text(section_name(&unit.section)),
            match unit.overdue.len() {
                0 => Cell::Absent("没有"),
                count => Cell::Text(format!("{count}件{more}")),
            },
            match first {
                Some(due) => Cell::Text(due.day.chinese()),
                None => Cell::Absent("没有"),
            },
        ]
    };
    Table {
        caption: "各科室逾期未办的事项".to_owned(),
        columns: vec![
            Column::text("科室"),
            Column::figure("逾期未办"),
            Column::text("最早应办日"),
        ],
        rows: units.iter().map(row).collect(),
    }
}

fn case_cell(case: CaseRow) -> Cell {
    let under = case.line.case_number.into_iter();
    let under = under.chain([case.line.party_names, case.line.section]);
    Cell::Link {
        to: Link::new(format!("/cases/{}", case.line.case_id), case.line.title),
        under: under.filter(|text| !text.is_empty()).collect(),
    }
}

fn overdue_table(office: &Office, units: Vec<UnitState>) -> Option<Table> {
    let mut overdue: Vec<_> = units.into_iter().flat_map(|unit| unit.overdue).collect();
    overdue.sort_by_key(|todo| todo.line.due);
    overdue.truncate(OVERDUE_SHOWN);
    let now = office.now();
    let row = |todo: app::todo::Todo| {
        let due = todo.line.due?;
        let days = working_days_between(&office.context().calendar, now.day, due.day).days;
        let badge = Deadline::of(Some(days), true, due, now.day);
        Some(vec![
            case_cell(todo.case),
            Cell::Text(wording::event_named(office, &todo.line.event)),
            Cell::Due(due.chinese(), badge),
        ])
    };
    let rows: Vec<_> = overdue.into_iter().filter_map(row).collect();
    (!rows.is_empty()).then(|| Table {
        caption: "逾期最久的事项".to_owned(),
        columns: vec![
            Column::text("案件"),
            Column::text("应当办理"),
            Column::text("期限"),
        ],
        rows,
    })
}

fn notable_table(office: &Office, notable: Vec<(NotableRow, CaseRow)>) -> Table {
    let row = |(row, case): (NotableRow, CaseRow)| {
        vec![
            case_cell(case),
            match row.line.event.as_str() {
                "" => Cell::Absent("整案"),
                event => Cell::Text(wording::event_named(office, event)),
            },
            Cell::Text(row.line.kind.chinese().to_owned()),
            Cell::Text(wording::recorded(row.recorded_at)),
        ]
    };
    Table {
        caption: "值得再看一遍的记录，最近记录的在前".to_owned(),
        columns: vec![
            Column::text("案件"),
            Column::text("事项"),
            Column::text("提示"),
            Column::text("记录时间"),
        ],
        rows: notable.into_iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_back_and_anything_else_is_none() {
        let text = "2026-11-24T04:00:00Z~0199-a~7~late";
        assert_eq!(place(&cursor(text).expect("a place")), text);
        for bad in [
            "",
            "x~a~7~late",
            "2026-11-24T04:00:00Z~a~x~late",
            "2026-11-24T04:00:00Z~a~7~?",
        ] {
            assert!(cursor(bad).is_none(), "{bad}");
        }
    }
}
