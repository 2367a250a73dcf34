//! A register as a table that people take along (a workbook, or a table of values) and bring back.

use super::may_change;
use super::register;
use super::shown::{self, Difference};
use crate::act::sent::{Store, WRONG};
use crate::fault::Fault;
use crate::frame::{self, FormToken, Frame};
use crate::import::read::{Form, Unopened, content};
use crate::session::Signed;
use app::register::{
    BatchDrafting, BatchLine, ColumnKind, RegisterError, RegisterName, Standing, Wanted,
};
use app::request::FileRef;
use app::{FieldError, Office};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use intake::Book;
use intake::finding::Finding;
use intake::roster::{self, Given, Missing, Roster, Terms, What};
use sheet::{Cell, Sheet};
use std::collections::BTreeMap;
use std::sync::Arc;
use vocabulary::Day;

/// So many mistakes are told one by one.
const FINDINGS_TOLD: usize = 200;
/// So many changes are shown before they are drafted.
const CHANGES_SHOWN: usize = 50;
/// No column of a table is wider, in characters.
const WIDEST: u16 = 40;

/// The table of a register on a day: every column, so that what is brought back is the same.
fn sheet_of(register: RegisterName, day: Day, standing: &Standing, is_blank: bool) -> Sheet {
    let columns = register.columns();
    let width = |column: &app::register::Column| match column.kind {
        ColumnKind::Yes | ColumnKind::Date | ColumnKind::Number | ColumnKind::Decimal => 12,
        ColumnKind::LongText(_)
        | ColumnKind::Rows(_)
        | ColumnKind::Several(_)
        | ColumnKind::Condition(_) => WIDEST,
        _ => 20,
    };
    let heads = std::iter::once((register.row_name().to_owned(), 12));
    let heads = heads.chain(
        columns
            .iter()
            .map(|column| (column.name.to_owned(), width(column))),
    );
    let rows = standing.rows(register, day).map(|(id, _, row)| {
        let own = std::iter::once(Cell::from(id.clone()));
        let cells = columns.iter().map(|column| {
            let value = row.get(column.id);
            let value = value.unwrap_or(&serde_json::Value::Null);
            match (&column.kind, value.as_str().map(Day::parse)) {
                (ColumnKind::Date, Some(Ok(day))) => Cell::Date(day),
                _ => Cell::from(column.written(id, value, standing)),
            }
        });
        own.chain(cells).collect()
    });
    Sheet {
        name: register.chinese().to_owned(),
        columns: heads.collect(),
        rows: if is_blank { Vec::new() } else { rows.collect() },
    }
}

/// `GET /registers/{name}/export?as=xlsx|csv&day=&blank=1`
pub(super) async fn export(
    State(office): State<Arc<Office>>,
    Path(name): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let (register, standing) = match asked(&office, &name).await {
        Ok(asked) => asked,
        Err(fault) => return fault.response(&office),
    };
    let day = query.get("day").and_then(|text| Day::parse(text).ok());
    let day = day.unwrap_or(standing.day);
    let is_blank = query.contains_key("blank");
    let is_csv = query.get("as").is_some_and(|kind| kind == "csv");
    let file = format!("{}-{day}", register.id());
    let made = tokio::task::spawn_blocking(move || sheet_of(register, day, &standing, is_blank));
    match made.await {
        Ok(list) => answer(&office, list, is_csv, &file).await,
        Err(error) => Fault::Unexpected(error.into()).response(&office),
    }
}

/// A table to be taken along, under a name without its ending.
pub(super) async fn answer(office: &Office, list: Sheet, is_csv: bool, file: &str) -> Response {
    let made = tokio::task::spawn_blocking(move || {
        if is_csv {
            Ok(sheet::csv(&list))
        } else {
            sheet::workbook(&list)
        }
    });
    let bytes = match made.await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => return Fault::Unexpected(error.into()).response(office),
        Err(error) => return Fault::Unexpected(error.into()).response(office),
    };
    let (kind, ending) = if is_csv {
        (sheet::CSV_MEDIA_TYPE, "csv")
    } else {
        (sheet::MEDIA_TYPE, "xlsx")
    };
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let name = format!("attachment; filename=\"{file}.{ending}\"");
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

async fn asked(office: &Office, name: &str) -> Result<(RegisterName, Arc<Standing>), Fault> {
    Ok((register(name)?, office.fresh_standing().await?))
}

#[derive(Template)]
#[template(path = "register-import.html")]
struct ImportPage {
    frame: Frame,
    register: &'static str,
    register_name: &'static str,
    token: String,
    key: String,
    columns: Vec<(String, bool, String)>,
    kept: Option<(String, String)>,
    removes: bool,
    effective_from: String,
    reason: String,
    by: String,
    errors: Vec<FieldError>,
    findings: Vec<Finding>,
    more_findings: usize,
    filled: Vec<FilledShown>,
    found: Option<Found>,
}

/// A column that the table does not have, for which all rows take one value.
struct FilledShown {
    id: &'static str,
    name: &'static str,
    how: String,
    value: String,
    options: Vec<(String, bool)>,
    is_long: bool,
    error: String,
}

/// What a table would change.
struct Found {
    new: usize,
    changed: usize,
    removed: usize,
    same: usize,
    ignored: String,
    absent: String,
    notes: Vec<String>,
    changes: Vec<ChangeShown>,
    more: usize,
}

struct ChangeShown {
    what: &'static str,
    row: String,
    title: String,
    differences: Vec<Difference>,
}

/// What the form says.
#[derive(Default)]
struct Said {
    file: Option<FileRef>,
    removes: bool,
    effective_from: String,
    reason: String,
    given: Given,
    errors: Vec<FieldError>,
}

/// `GET /registers/{name}/import`
pub(super) async fn show(
    State(office): State<Arc<Office>>,
    Path(name): Path<String>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
) -> Response {
    let (register, standing) = match asked(&office, &name).await {
        Ok(asked) => asked,
        Err(fault) => return fault.response(&office),
    };
    if let Err(fault) = may_import(&signed, register) {
        return fault.response(&office);
    }
    let said = Said {
        effective_from: standing.day.to_string(),
        ..Said::default()
    };
    let page = page(&office, register, &standing, &headers, said, None);
    frame_of(&office, &headers, StatusCode::OK, page)
}

/// What is changed one by one is not brought back as a table.
fn may_import(signed: &Signed, register: RegisterName) -> Result<(), Fault> {
    if register.is_drafted() {
        may_change(signed, register)
    } else {
        Err(Fault::NotFound("这个登记不能导入"))
    }
}

/// `POST /registers/{name}/import`: reads the table and says what it would change; with `go`, proposes it.
pub(super) async fn send(
    State(office): State<Arc<Office>>,
    Path(name): Path<String>,
    Extension(signed): Extension<Signed>,
    store: Option<Extension<Store>>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let form = match Form::read(request).await {
        Ok(form) => form,
        Err(fault) => return fault.response(&office),
    };
    let (register, standing) = match asked(&office, &name).await {
        Ok(asked) => asked,
        Err(fault) => return fault.response(&office),
    };
    if let Err(fault) = may_import(&signed, register) {
        return fault.response(&office);
    }
    let store = store.map(|Extension(store)| store);
    let (said, roster) = match read(register, &standing, store.as_ref(), &form).await {
        Ok(read) => read,
        Err(fault) => return fault.response(&office),
    };
    let is_sound = said.errors.is_empty()
        && roster
            .as_ref()
            .is_some_and(|roster| roster.findings.is_empty() && !roster.lines.is_empty());
    if form.one("go") == "1" && is_sound {
        return draft(
            &office,
            register,
            &standing,
            (&signed, &headers),
            (form, said, roster),
        )
        .await;
    }
    let status = if is_sound {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = page(&office, register, &standing, &headers, said, roster);
    frame_of(&office, &headers, status, page)
}

async fn draft(
    office: &Office,
    register: RegisterName,
    standing: &Arc<Standing>,
    (signed, headers): (&Signed, &HeaderMap),
    (form, mut said, roster): (Form, Said, Option<Roster>),
) -> Response {
    let lines: Vec<BatchLine> = roster
        .iter()
        .flat_map(|roster| roster.lines.iter().map(|it| it.line.clone()))
        .collect();
    let effective_from = Day::parse(&said.effective_from).unwrap_or(standing.day);
    let drafting = BatchDrafting {
        register,
        lines,
        effective_from,
        by: super::acting(signed, register, standing),
        reason: said.reason.clone(),
    };
    match office.draft_batch(&drafting, form.one("key")).await {
        Ok(number) => {
            let there = format!("/registers/{}/drafts/{number}", register.id());
            Redirect::to(&there).into_response()
        }
        Err(RegisterError::Fields(errors)) => {
            said.errors = errors;
            let page = page(office, register, standing, headers, said, roster);
            frame_of(office, headers, StatusCode::UNPROCESSABLE_ENTITY, page)
        }
        Err(RegisterError::Lines(_)) => {
            said.errors.push(FieldError {
                field: "workbook".to_owned(),
                text: "登记在检查以后又有变动，请重新检查".to_owned(),
            });
            let page = page(office, register, standing, headers, said, None);
            frame_of(office, headers, StatusCode::CONFLICT, page)
        }
        Err(error) => {
            super::fault(error, format!("/registers/{}/import", register.id())).response(office)
        }
    }
}

/// What the form says of columns that the table does not have.
fn given(register: RegisterName, form: &Form) -> Given {
    let columns = register.columns().iter();
    let said = columns.filter_map(|column| {
        let text = form.one(&format!("given.{}", column.id)).trim();
        (!text.is_empty()).then(|| (column.id.to_owned(), text.to_owned()))
    });
    said.collect()
}

/// The form and what its table says.
async fn read(
    register: RegisterName,
    standing: &Arc<Standing>,
    store: Option<&Store>,
    form: &Form,
) -> Result<(Said, Option<Roster>), Fault> {
    let mut said = Said {
        file: form.workbook(),
        removes: form.one("removes") == "1",
        effective_from: form.one("effective_from").trim().to_owned(),
        reason: form.one("reason").trim().to_owned(),
        given: given(register, form),
        errors: Vec::new(),
    };
    let mut wrong = |field: &str, text: String| {
        said.errors.push(FieldError {
            field: field.to_owned(),
            text,
        });
    };
    for sentence in form.all(&format!("kept.workbook{WRONG}")) {
        wrong("workbook", sentence.clone());
    }
    let day = match Day::parse(&said.effective_from) {
        Ok(day) => Some(day),
        Err(error) => {
            wrong("effective_from", error.to_string());
            None
        }
    };
    if said.reason.is_empty() {
        wrong("reason", "请写明理由".to_owned());
    }
    let (Some(store), Some(file)) = (store, said.file.clone()) else {
        let text = match store {
            None => "附件库没有启用，现在不能上传文件，请告诉管理员",
            Some(_) => "请选择要导入的表（.xlsx 或者 .csv）",
        };
        if !said.errors.iter().any(|error| error.field == "workbook") {
            said.errors.push(FieldError {
                field: "workbook".to_owned(),
                text: text.to_owned(),
            });
        }
        return Ok((said, None));
    };
    let missing = if said.removes {
        Missing::Remove
    } else {
        Missing::Stay
    };
    let content = match content(store, &file).await {
        Ok(content) => content,
        Err(Unopened::Fault(fault)) => return Err(fault),
        Err(Unopened::Said(text)) => {
            said.file = None;
            said.errors.push(FieldError {
                field: "workbook".to_owned(),
                text,
            });
            return Ok((said, None));
        }
    };
    let at = Arc::clone(standing);
    let terms = Terms {
        register,
        missing,
        effective_from: day.unwrap_or(standing.day),
        given: said.given.clone(),
    };
    let answer = tokio::task::spawn_blocking(move || {
        let book = Book::of(&file.name, content).map_err(|error| error.to_string())?;
        roster::read_on(&terms, &book, &at).map_err(|error| error.to_string())
    });
    match answer.await {
        Ok(Ok(roster)) => {
            if roster.lines.is_empty() && roster.findings.is_empty() {
                said.errors.push(FieldError {
                    field: "workbook".to_owned(),
                    text: format!("表里的{}行与现在的登记相同，没有要变更的", roster.same),
                });
            }
            Ok((said, Some(roster)))
        }
        Ok(Err(text)) => {
            said.file = None;
            said.errors.push(FieldError {
                field: "workbook".to_owned(),
                text,
            });
            Ok((said, None))
        }
        Err(error) => Err(Fault::Unexpected(error.into())),
    }
}

fn page(
    office: &Office,
    register: RegisterName,
    standing: &Arc<Standing>,
    headers: &HeaderMap,
    said: Said,
    roster: Option<Roster>,
) -> ImportPage {
    let token = FormToken::of(office, headers);
    let mut findings = Vec::new();
    let mut filled = Vec::new();
    let mut found = None;
    if let Some(mut roster) = roster {
        findings = std::mem::take(&mut roster.findings);
        filled = filled_shown(&roster, &findings, standing);
        if findings.is_empty() && !roster.lines.is_empty() {
            found = Some(told(register, standing, &roster));
        }
    }
    let more_findings = findings.len().saturating_sub(FINDINGS_TOLD);
    findings.truncate(FINDINGS_TOLD);
    let columns = register.columns().iter().map(|column| {
        (
            column.name.to_owned(),
            column.is_required,
            column.how_to_write(standing),
        )
    });
    ImportPage {
        frame: Frame::of(office),
        register: register.id(),
        register_name: register.chinese(),
        token: token.text.clone(),
        key: office.new_token(),
        columns: columns.collect(),
        kept: said.file.map(|file| {
            let json = serde_json::to_string(&file).unwrap_or_default();
            (file.name, json)
        }),
        removes: said.removes,
        effective_from: said.effective_from,
        reason: said.reason,
        by: crate::session::who().map_or_else(String::new, |who| who.actor.name),
        errors: said.errors,
        findings,
        more_findings,
        filled,
        found,
    }
}

/// The fields in which one value is said for all rows.
fn filled_shown(roster: &Roster, findings: &[Finding], standing: &Standing) -> Vec<FilledShown> {
    let shown = roster.filled.iter().map(|it| {
        let column = it.column;
        let options = match &column.kind {
            ColumnKind::Choice(of) => of.options(standing),
            _ => Vec::new(),
        };
        let error = findings
            .iter()
            .find(|finding| finding.at.column == column.name);
        FilledShown {
            id: column.id,
            name: column.name,
            how: column.how_to_write(standing),
            value: it.value.clone(),
            options: options
                .into_iter()
                .map(|(_, name)| {
                    let is_chosen = name == it.value;
                    (name, is_chosen)
                })
                .collect(),
            is_long: matches!(column.kind, ColumnKind::LongText(_)),
            error: error.map_or_else(String::new, |finding| finding.text.clone()),
        }
    });
    shown.collect()
}

fn frame_of(
    office: &Office,
    headers: &HeaderMap,
    status: StatusCode,
    page: ImportPage,
) -> Response {
    FormToken::of(office, headers).keep(frame::page(status, &page))
}

fn told(register: RegisterName, standing: &Standing, roster: &Roster) -> Found {
    let count = |what: What| roster.lines.iter().filter(|it| it.what == what).count();
    let changes = roster.lines.iter().take(CHANGES_SHOWN).map(|it| {
        let id = &it.line.row;
        let before = standing.row(register, id, standing.day);
        let before = before.and_then(|version| version.row.as_deref());
        let after = match &it.line.wanted {
            Wanted::Put(row) => Some(row),
            Wanted::Remove => None,
        };
        ChangeShown {
            what: match it.what {
                What::New => "新增",
                What::Changed => "变更",
                What::Removed => "停用",
            },
            row: it.row.map_or_else(String::new, |row| format!("第{row}行")),
            title: register.title(id, after.or(before), standing),
            differences: match it.what {
                What::Changed => shown::differences(register, id, (before, after), standing),
                What::New | What::Removed => Vec::new(),
            },
        }
    });
    Found {
        new: count(What::New),
        changed: count(What::Changed),
        removed: count(What::Removed),
        same: roster.same,
        ignored: roster.ignored.join("、"),
        absent: roster.absent.join("、"),
        notes: roster.notes.clone(),
        changes: changes.collect(),
        more: roster.lines.len().saturating_sub(CHANGES_SHOWN),
    }
}
