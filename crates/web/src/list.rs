//! The list of cases: searched, filtered, kept as one likes to see it, and taken along as a workbook.

use crate::components::Link;
use crate::components::deadline::Deadline;
use crate::components::empty::Empty;
use crate::components::filters::{Filters, Way};
use crate::components::pager::Pager;
use crate::components::table::{Cell, Column, Table};
use crate::fault::Fault;
use crate::form::SmallForm;
use crate::frame::{self, Frame};
use crate::session::Signed;
use crate::wording;
use crate::workbook::{self, Workbook};
use app::agency::Duty;
use app::ledger::{CaseCursor, CaseOrder, CaseQuery, CaseRow};
use app::office::SeenError;
use app::saved_views::{NAME_MAX, SavedViewError};
use app::{FieldError, Office};
use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use law::time::working_days_between;
use std::collections::BTreeMap;
use std::sync::Arc;
use vocabulary::Day;

/// So many lines stand on one page of the list.
const LINES_PER_PAGE: usize = 20;

/// What of an address chooses lines of the list, beside the place where a page begins.
const FILTERS: [&str; 8] = [
    "q", "order", "open", "kind", "phase", "section", "from", "until",
];

#[derive(Template)]
#[template(path = "cases.html")]
struct CasesPage {
    frame: Frame,
    today: String,
    may_open: bool,
    may_enter_paper: bool,
    ways: Filters,
    text: String,
    /// Filters that go along with a search.
    kept: Vec<(&'static str, String)>,
    kinds: Vec<Choice>,
    phases: Vec<Choice>,
    sections: Vec<Choice>,
    from: String,
    until: String,
    /// What is wrong with a date.
    errors: Vec<String>,
    is_filtered: bool,
    /// Nothing where there are no cases to list.
    table: Option<Table>,
    empty: Empty,
    pager: Pager,
    workbook: String,
    saved: Vec<Saved>,
    /// The filters as an address carries them, to be kept; empty where there are none.
    to_save: String,
    name_max: usize,
    save_error: String,
    token: String,
}

struct Choice {
    value: String,
    name: String,
    is_here: bool,
}

struct Saved {
    name: String,
    link: String,
    is_here: bool,
}

/// The filters of an address, read.
struct Asked {
    pairs: BTreeMap<&'static str, String>,
    query: CaseQuery,
    errors: Vec<FieldError>,
}

/// The filters of an address as the API reads them, with what is wrong with them.
pub(crate) fn asked(query: &BTreeMap<String, String>) -> (CaseQuery, Vec<FieldError>) {
    let asked = Asked::of(query);
    (asked.query, asked.errors)
}

/// Where a page ended, as an address carries it.
pub(crate) fn place(row: &CaseRow) -> String {
    let cursor = row.cursor();
    let due = cursor
        .next_due
        .map_or_else(String::new, |day| day.to_string());
    format!("{}~{due}~{}", cursor.updated_at, cursor.case_id)
}

impl Asked {
    fn of(query: &BTreeMap<String, String>) -> Asked {
        let mut pairs = BTreeMap::new();
        for name in FILTERS {
            let value = query.get(name).map_or("", |value| value.trim());
            if !value.is_empty() {
                pairs.insert(name, value.to_owned());
            }
        }
        let mut errors = Vec::new();
        let mut date = |name: &str, what: &str| {
            let text = pairs.get(name)?;
            let day = Day::parse(text).ok();
            if day.is_none() {
                errors.push(FieldError {
                    field: name.to_owned(),
                    text: format!("{what}“{text}”不是日期，请写作2026-10-13"),
                });
            }
            day
        };
        let filed_from = date("from", "立案日期自");
        let filed_until = date("until", "立案日期至");
        let of = |name: &str| pairs.get(name).cloned();
        let query = CaseQuery {
            text: of("q"),
            procedure: of("kind"),
            phase: of("phase"),
            section: of("section"),
            is_open: match pairs.get("open").map(String::as_str) {
                Some("no") => Some(false),
                Some("yes") => Some(true),
                _ => None,
            },
            filed_from,
            filed_until,
            order: match pairs.get("order").map(String::as_str) {
                Some("due") => CaseOrder::Due,
                _ => CaseOrder::Touched,
            },
            follows: None,
            after: query.get("after").and_then(|text| cursor(text)),
        };
        Asked {
            pairs,
            query,
            errors,
        }
    }

    /// The address of the same list, with some filters otherwise; an empty one is left out.
    fn address(&self, path: &str, other: &[(&'static str, &str)]) -> String {
        let text = self.text(other);
        match text.as_str() {
            "" => path.to_owned(),
            text => format!("{path}?{text}"),
        }
    }

    fn text(&self, other: &[(&'static str, &str)]) -> String {
        let mut pairs: BTreeMap<&str, &str> = BTreeMap::new();
        pairs.extend(
            self.pairs
                .iter()
                .map(|(name, value)| (*name, value.as_str())),
        );
        pairs.extend(other.iter().copied());
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        query.finish()
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.pairs.get(name).is_some_and(|held| held == value)
    }
}

/// `GET /cases`: `q` is searched for; `order=due` puts the nearest date first; `open`, `kind`, `phase`, `section`, `from` and
/// `until` narrow it.
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    Query(query): Query<BTreeMap<String, String>>,
    Extension(signed): Extension<Signed>,
) -> Response {
    list(&office, &signed, Asked::of(&query), String::new()).await
}

async fn list(office: &Office, signed: &Signed, asked: Asked, save_error: String) -> Response {
    let limit = u32::try_from(LINES_PER_PAGE + 1).unwrap_or(u32::MAX);
    let rows = match office.cases_for(&signed.actor, &asked.query, limit).await {
        Ok(rows) => rows,
        Err(error) => return Fault::from(error).response(office),
    };
    let saved = match office.saved_views(&signed.actor).await {
        Ok(saved) => saved,
        Err(error) => return Fault::Unexpected(error.into()).response(office),
    };
    let more = rows.len() > LINES_PER_PAGE;
    let rows: Vec<CaseRow> = rows.into_iter().take(LINES_PER_PAGE).collect();
    let next = rows
        .last()
        .filter(|_| more)
        .map(|row| asked.address("/cases", &[("after", &place(row))]));
    let is_first = asked.query.after.is_none();
    let is_by_due = asked.query.order == CaseOrder::Due;
    let is_filtered = ["kind", "phase", "section", "from", "until"]
        .iter()
        .any(|name| asked.pairs.contains_key(name));
    let way = |name: &str, order: &str, open: &str| {
        let link = asked.address("/cases", &[("order", order), ("open", open)]);
        let is = |key: &str, value: &str| match value {
            "" => !asked.pairs.contains_key(key),
            value => asked.is(key, value),
        };
        Way::new(name, link, is("order", order) && is("open", open))
    };
    let ways = vec![
        way("最近办理", "", ""),
        way("期限最近", "due", ""),
        way("正在办理", "", "yes"),
        way("已经办结", "", "no"),
    ];
    let here = asked.text(&[]);
    let status = match (asked.errors.is_empty(), save_error.is_empty()) {
        (true, true) => StatusCode::OK,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let kept = ["order", "open"].into_iter();
    let page = CasesPage {
        frame: Frame::of(office).at("/cases"),
        today: office.now().day.chinese(),
        may_open: office.may_open(&signed.actor).is_ok(),
        may_enter_paper: office.may_enter_paper(&signed.actor).is_ok(),
        ways: Filters {
            label: "列表方式",
            ways,
        },
        kept: kept
            .filter_map(|name| Some((name, asked.pairs.get(name)?.clone())))
            .collect(),
        kinds: kinds(office, &asked),
        phases: phases(office, &asked),
        sections: sections(office, signed, &asked),
        from: asked.pairs.get("from").cloned().unwrap_or_default(),
        until: asked.pairs.get("until").cloned().unwrap_or_default(),
        is_filtered,
        empty: empty(&asked, is_first),
        pager: Pager {
            of: "案件",
            first: (!is_first).then(|| asked.address("/cases", &[])),
            next,
        },
        workbook: asked.address("/cases.xlsx", &[]),
        saved: saved
            .into_iter()
            .map(|view| Saved {
                is_here: view.query == here,
                link: match view.query.as_str() {
                    "" => "/cases".to_owned(),
                    query => format!("/cases?{query}"),
                },
                name: view.name,
            })
            .collect(),
        to_save: here,
        name_max: NAME_MAX,
        save_error,
        table: (!rows.is_empty()).then(|| table(office, rows, is_by_due)),
        text: asked.query.text.unwrap_or_default(),
        errors: asked.errors.into_iter().map(|error| error.text).collect(),
        token: signed.form_token.clone(),
    };
    frame::page(status, &page)
}

fn empty(asked: &Asked, is_first: bool) -> Empty {
    let is_narrowed = asked.pairs.keys().any(|name| *name != "order");
    if is_narrowed {
        Empty {
            head: "没有找到。".to_owned(),
            text: "可以少写几个字，或者少用几个条件再找。".to_owned(),
            way: Some(Link::new("/cases", "看全部案件")),
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
    }
}

fn kinds(office: &Office, asked: &Asked) -> Vec<Choice> {
    let kinds = office.procedures().map(|procedure| Choice {
        value: procedure.id.clone(),
        name: procedure.name.clone(),
        is_here: asked.is("kind", &procedure.id),
    });
    kinds.collect()
}

fn phases(office: &Office, asked: &Asked) -> Vec<Choice> {
    let mut choices: Vec<Choice> = Vec::new();
    for phase in office.procedures().flat_map(|procedure| &procedure.phases) {
        if !choices.iter().any(|choice| choice.value == phase.id) {
            choices.push(Choice {
                value: phase.id.clone(),
                name: phase.name.clone(),
                is_here: asked.is("phase", &phase.id),
            });
        }
    }
    choices
}

/// The units to choose from, for those who see the cases of more than their own.
pub(crate) fn section_names(office: &Office, signed: &Signed) -> Vec<String> {
    if !office.sees_every_section(&signed.actor) {
        return Vec::new();
    }
    let file = office.agency();
    let mut names: Vec<String> = Vec::new();
    for staff in &file.people {
        if !staff.section.is_empty() && !names.contains(&staff.section) {
            names.push(staff.section.clone());
        }
    }
    names
}

fn sections(office: &Office, signed: &Signed, asked: &Asked) -> Vec<Choice> {
    let choice = |name: String| Choice {
        is_here: asked.is("section", &name),
        value: name.clone(),
        name,
    };
    let names = section_names(office, signed).into_iter();
    names.map(choice).collect()
}

/// A cursor that cannot be read begins the list again.
pub(crate) fn cursor(text: &str) -> Option<CaseCursor> {
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

/// The name of a procedure; of one that is there no more, nothing.
fn kind_name(office: &Office, id: &str) -> String {
    let mut procedures = office.procedures();
    procedures
        .find(|procedure| procedure.id == id)
        .map_or_else(String::new, |procedure| procedure.name.clone())
}

fn phase_name(office: &Office, id: &str) -> String {
    let phases = office.procedures().flat_map(|procedure| &procedure.phases);
    phases
        .into_iter()
        .find(|phase| phase.id == id)
        .map_or_else(String::new, |phase| phase.name.clone())
}

fn line(office: &Office, row: CaseRow) -> Vec<Cell> {
    let today = office.now().day;
    let due = row.line.next_due.map(|due| {
        let days = working_days_between(&office.context().calendar, today, due).days;
        let badge = Deadline::of(Some(days), due < today, due.into(), today);
        Cell::Due(due.chinese(), badge)
    });
    let filed_on = row.line.filed_on.map(|day| Cell::Text(day.chinese()));
    let mut procedures = office.procedures();
    let is_filed = procedures
        .find(|procedure| procedure.id == row.line.procedure)
        .is_none_or(|procedure| casework::derive::files_cases(procedure));
    let not_filed = if is_filed { "未立案" } else { "不适用" };
    let kind = kind_name(office, &row.line.procedure);
    let under = row
        .line
        .case_number
        .into_iter()
        .chain([row.line.party_names, kind]);
    vec![
        Cell::Link {
            to: Link::new(format!("/cases/{}", row.line.case_id), row.line.title),
            under: under.filter(|text| !text.is_empty()).collect(),
        },
        Cell::Text(phase_name(office, &row.line.phase)),
        filed_on.unwrap_or(Cell::Absent(not_filed)),
        due.unwrap_or(Cell::Absent("没有期限")),
        Cell::Text(wording::recorded(row.updated_at)),
    ]
}

/// `GET /cases.xlsx`: the same list as a workbook.
pub(crate) async fn workbook(
    State(office): State<Arc<Office>>,
    Query(query): Query<BTreeMap<String, String>>,
    Extension(signed): Extension<Signed>,
) -> Response {
    let asked = Asked::of(&query);
    if !asked.errors.is_empty() {
        return list(&office, &signed, asked, String::new()).await;
    }
    let rows = match all(&office, &signed, asked.query).await {
        Ok(rows) => rows,
        Err(error) => return Fault::from(error).response(&office),
    };
    let rows = rows.into_iter().map(|row| {
        let line = row.line;
        let is_open = if line.is_open {
            "办理中"
        } else {
            "已办结"
        };
        vec![
            line.case_number.unwrap_or_default().into(),
            line.title.into(),
            line.party_names.into(),
            line.section.into(),
            kind_name(&office, &line.procedure).into(),
            phase_name(&office, &line.phase).into(),
            line.filed_on.into(),
            line.next_due.into(),
            is_open.to_owned().into(),
            wording::recorded(row.updated_at).into(),
        ]
    });
    let list = Workbook {
        name: "案件",
        columns: &[
            ("文号", 24),
            ("案由", 40),
            ("当事人", 32),
            ("承办机构", 18),
            ("种类", 16),
            ("阶段", 12),
            ("立案日期", 12),
            ("最近的期限", 12),
            ("是否办结", 10),
            ("最近办理", 22),
        ],
        rows: rows.collect(),
        file: format!("cases-{}", office.now().day),
    };
    list.response(&office).await
}

/// As many lines as a workbook may have, and one that tells whether there are more.
async fn all(
    office: &Office,
    signed: &Signed,
    mut query: CaseQuery,
) -> Result<Vec<CaseRow>, SeenError> {
    query.after = None;
    let mut rows: Vec<CaseRow> = Vec::new();
    while !workbook::is_full(&rows) {
        let page = office
            .cases_for(&signed.actor, &query, workbook::STEP)
            .await?;
        let Some(last) = page.last() else { break };
        query.after = Some(last.cursor());
        rows.extend(page);
    }
    Ok(rows)
}

/// `POST /cases/views`: keeps the filters of a list under a name, or forgets those of a name.
pub(crate) async fn save(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    form: SmallForm,
) -> Response {
    let actor = &signed.actor;
    if actor.person.is_none() && !actor.has(Duty::Supervisor) {
        return Fault::denied("管理账号不能查看案件。").response(&office);
    }
    let sent: BTreeMap<String, String> = form_urlencoded::parse(form.one("query").as_bytes())
        .into_owned()
        .collect();
    let asked = Asked::of(&sent);
    let back = asked.address("/cases", &[]);
    let done = match form.one("do") {
        "forget" => office.forget_view(actor, form.one("name")).await,
        _ => {
            office
                .save_view(actor, form.one("name"), &asked.text(&[]))
                .await
        }
    };
    match done {
        Ok(()) => Redirect::to(&back).into_response(),
        Err(SavedViewError::Field(text)) => list(&office, &signed, asked, text).await,
        Err(error) => Fault::Unexpected(error.into()).response(&office),
    }
}
