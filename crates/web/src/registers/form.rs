//! The form of a change, made from the columns of the register.

use super::condition::{self, Editor};
use super::sent::Sent;
use super::{acting, fault, may_change, register};
use crate::fault::Fault;
use crate::frame::{self, FormToken, Frame};
use crate::session::Signed;
use app::register::{
    AccountChange, Choices, Column, ColumnKind, Drafting, RegisterError, RegisterName, Row,
    Standing, Wanted, verifications,
};
use app::{FieldError, Office};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use law::readers::Reader;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use vocabulary::Day;

/// So many empty lines stand below the filled ones of a table.
const BLANK: usize = 2;
/// A table in a form takes no more lines than this at once.
const MOST_LINES: usize = 200;

/// One field of the form.
pub(super) struct Field {
    pub(super) anchor: String,
    pub(super) name: String,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    pub(super) errors: Vec<String>,
    pub(super) input: Input,
}

impl Field {
    /// Whether the field brings its own hint.
    fn is_own(&self) -> bool {
        matches!(self.input, Input::Condition(_))
    }
}

pub(super) enum Input {
    Line(String),
    Text(String, usize),
    Date(String),
    Yes(bool),
    Select(Vec<Choice>),
    Checks(Vec<Choice>),
    Table(Vec<&'static str>, Vec<Vec<Cell>>),
    Condition(Box<Editor>),
}

pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) is_chosen: bool,
}

pub(super) struct Cell {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) value: String,
    pub(super) is_date: bool,
    pub(super) error: String,
}

#[derive(Template)]
#[template(path = "register-form.html")]
struct FormPage {
    frame: Frame,
    register: &'static str,
    register_name: &'static str,
    heading: String,
    action: String,
    back: String,
    token: String,
    key: String,
    seen: String,
    is_stale: bool,
    is_removal: bool,
    is_new: bool,
    is_drafted: bool,
    row_name: &'static str,
    row: String,
    row_errors: Vec<String>,
    about_row: String,
    fields: Vec<Field>,
    effective_from: String,
    effective_errors: Vec<String>,
    today: String,
    by: String,
    by_name: &'static str,
    by_errors: Vec<String>,
    reason: String,
    reason_errors: Vec<String>,
    summary: Vec<(String, String)>,
}

/// What the address asks for.
struct Asked {
    register: RegisterName,
    standing: Arc<Standing>,
    /// The row; none for a new one.
    row: Option<String>,
    is_removal: bool,
}

async fn asked(
    office: &Office,
    name: &str,
    row: Option<String>,
    is_removal: bool,
) -> Result<Asked, Fault> {
    let register = register(name)?;
    let standing = office.fresh_standing().await?;
    if let Some(id) = &row {
        let is_known = standing.was_used(register, id)
            || (register == RegisterName::Settings
                && app::register::may_be_confirmed(&standing, id));
        if !is_known {
            return Err(Fault::NotFound("登记里没有这一行"));
        }
    }
    Ok(Asked {
        register,
        standing,
        row,
        is_removal,
    })
}

fn removes(query: &BTreeMap<String, String>) -> bool {
    query.get("change").is_some_and(|change| change == "remove")
}

/// `GET /registers/{name}/new?like=`: an empty form, or a copy of a row.
pub(super) async fn show_new(
    State(office): State<Arc<Office>>,
    Path(name): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
) -> Response {
    match asked(&office, &name, None, false).await {
        Ok(asked) => {
            if let Err(fault) = may_change(&signed, asked.register) {
                return fault.response(&office);
            }
            let id = asked.standing.free_id(asked.register);
            let like = query.get("like").cloned().unwrap_or_default();
            let mut sent = filled(&asked, &like);
            sent.put("row", vec![id]);
            page(&office, &asked, &sent, &headers, &Answer::default())
        }
        Err(fault) => fault.response(&office),
    }
}

/// `GET /registers/{name}/{row}/draft?change=&confirm=`: with `confirm`, as somebody fills it who holds a rule against its text.
pub(super) async fn show(
    State(office): State<Arc<Office>>,
    Path((name, row)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
) -> Response {
    match asked(&office, &name, Some(row.clone()), removes(&query)).await {
        Ok(asked) => {
            if let Err(fault) = may_change(&signed, asked.register) {
                return fault.response(&office);
            }
            let mut sent = filled(&asked, &row);
            sent.put("row", vec![row]);
            if query.contains_key("confirm") && asked.register == RegisterName::Settings {
                // What was read stays to be written: that it was read is not for the form to say.
                sent.put("c.is_confirmed", vec!["true".to_owned()]);
                sent.put("reason", vec!["对照原文核对依据".to_owned()]);
            }
            page(&office, &asked, &sent, &headers, &Answer::default())
        }
        Err(fault) => fault.response(&office),
    }
}

/// `POST /registers/{name}/new`
pub(super) async fn send_new(
    State(office): State<Arc<Office>>,
    Path(name): Path<String>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let sent = match Sent::read(request).await {
        Ok(sent) => sent,
        Err(fault) => return fault.response(&office),
    };
    match asked(&office, &name, None, false).await {
        Ok(asked) => submit(&office, &signed, &asked, sent, &headers).await,
        Err(fault) => fault.response(&office),
    }
}

/// `POST /registers/{name}/{row}/draft?change=`
pub(super) async fn send(
    State(office): State<Arc<Office>>,
    Path((name, row)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let mut sent = match Sent::read(request).await {
        Ok(sent) => sent,
        Err(fault) => return fault.response(&office),
    };
    sent.put("row", vec![row.clone()]);
    match asked(&office, &name, Some(row), removes(&query)).await {
        Ok(asked) => submit(&office, &signed, &asked, sent, &headers).await,
        Err(fault) => fault.response(&office),
    }
}

/// The fields as if a form with the present values had been sent.
fn filled(asked: &Asked, id: &str) -> Sent {
    let mut sent = Sent::default();
    let standing = &asked.standing;
    let day = standing.day;
    sent.put("effective_from", vec![day.to_string()]);
    let version = standing.row(asked.register, id, day);
    // A change that holds only later is what is changed again.
    let newest = standing.history(asked.register, id).last();
    let row = newest
        .or(version)
        .and_then(|version| version.row.as_deref());
    let Some(row) = row else { return sent };
    for column in asked.register.columns() {
        let name = format!("c.{}", column.id);
        let Some(value) = row.get(column.id) else {
            continue;
        };
        match (&column.kind, value) {
            (ColumnKind::Several(_), Value::Array(all)) => {
                let ids = all.iter().filter_map(Value::as_str);
                sent.put(&name, ids.map(str::to_owned).collect());
            }
            (ColumnKind::Rows(columns), Value::Array(lines)) => {
                let cell = |line: &Value, column: &Column| {
                    let value = line.get(column.id).unwrap_or(&Value::Null);
                    column.typed(id, value, standing)
                };
                if is_text(columns) {
                    let lines = lines.iter().map(|line| {
                        let cells: Vec<String> = columns.iter().map(|it| cell(line, it)).collect();
                        cells.join(" ")
                    });
                    sent.put(&name, vec![lines.collect::<Vec<_>>().join("\n")]);
                } else {
                    for (at, line) in lines.iter().enumerate() {
                        for column in *columns {
                            let name = format!("{name}.{at}.{}", column.id);
                            sent.put(&name, vec![cell(line, column)]);
                        }
                    }
                }
            }
            (ColumnKind::Condition(_), Value::String(text)) => {
                condition::put(&mut sent, &name, text)
            }
            _ => sent.put(&name, vec![column.typed(id, value, standing)]),
        }
    }
    sent
}

/// Lines of two columns are typed as text, one line each.
fn is_text(columns: &[Column]) -> bool {
    columns.len() == 2
}

/// The row that the form says, and what cannot be read in it.
fn read(asked: &Asked, id: &str, sent: &Sent) -> (Row, Vec<FieldError>) {
    let mut row = Row::new();
    let mut errors = Vec::new();
    let mut put = |field: String, answer: Result<Value, String>| match answer {
        Ok(value) => value,
        Err(text) => {
            errors.push(FieldError { field, text });
            Value::Null
        }
    };
    for column in asked.register.columns() {
        let name = format!("c.{}", column.id);
        let value = match &column.kind {
            ColumnKind::Rows(columns) if is_text(columns) => {
                let lines = sent.one(&name).lines().map(str::trim);
                let mut all = Vec::new();
                for (at, line) in lines.filter(|line| !line.is_empty()).enumerate() {
                    let (first, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
                    let cells = columns.iter().zip([first, rest.trim()]);
                    all.push(cells_of(
                        asked,
                        id,
                        &format!("{}.{at}.", column.id),
                        cells,
                        &mut put,
                    ));
                }
                Value::Array(all)
            }
            ColumnKind::Rows(columns) => {
                let mut all = Vec::new();
                for at in 0..lines_sent(columns, &name, sent) {
                    let cells = columns
                        .iter()
                        .map(|it| (it, sent.one(&format!("{name}.{at}.{}", it.id))));
                    let cells: Vec<(&Column, &str)> = cells.collect();
                    if cells.iter().all(|(_, text)| text.is_empty()) {
                        continue;
                    }
                    let place = format!("{}.{}.", column.id, all.len());
                    all.push(cells_of(asked, id, &place, cells.into_iter(), &mut put));
                }
                Value::Array(all)
            }
            ColumnKind::Condition(_) => {
                let text = condition::text_of(sent, &name);
                put(
                    column.id.to_owned(),
                    column.read(id, &[text], &asked.standing),
                )
            }
            _ => put(
                column.id.to_owned(),
                column.read(id, sent.all(&name), &asked.standing),
            ),
        };
        row.insert(column.id.to_owned(), value);
    }
    for (column, reader) in conditions(asked.register) {
        let rules = &asked.standing.context.rules;
        errors.extend(condition::line_errors(sent, (column, reader), rules));
    }
    (row, errors)
}

fn conditions(register: RegisterName) -> impl Iterator<Item = (&'static Column, Reader)> {
    let columns = register.columns().iter();
    columns.filter_map(|column| match column.kind {
        ColumnKind::Condition(reader) => Some((column, reader)),
        _ => None,
    })
}

fn cells_of<'c>(
    asked: &Asked,
    id: &str,
    place: &str,
    cells: impl Iterator<Item = (&'c Column, &'c str)>,
    put: &mut dyn FnMut(String, Result<Value, String>) -> Value,
) -> Value {
    let cells = cells.map(|(column, text)| {
        // A choice within a table is typed, by its name or its id.
        let read = match column.kind {
            ColumnKind::Choice(_) => column.read_written(id, text, &asked.standing),
            _ => column.read(id, &[text.to_owned()], &asked.standing),
        };
        (
            column.id.to_owned(),
            put(format!("{place}{}", column.id), read),
        )
    });
    Value::Object(cells.collect())
}

/// The value of a single field that is no table of its own.
pub(super) fn read_one(column: &Column, sent: &Sent, standing: &Standing) -> Result<Value, String> {
    column.read("", sent.all(&format!("c.{}", column.id)), standing)
}

/// A single field as the form shows it.
pub(super) fn single(
    column: &'static Column,
    sent: &Sent,
    standing: &Standing,
    errors: &[FieldError],
) -> Field {
    let own = errors.iter().filter(|error| error.field == "value");
    let answer = Answer {
        errors: own
            .map(|error| FieldError {
                field: column.id.to_owned(),
                text: error.text.clone(),
            })
            .collect(),
        ..Answer::default()
    };
    field(column, sent, standing, &answer)
}

/// How many lines of a table were sent.
fn lines_sent(columns: &[Column], name: &str, sent: &Sent) -> usize {
    let has = |at: &usize| {
        let mut all = columns.iter();
        all.any(|column| sent.has(&format!("{name}.{at}.{}", column.id)))
    };
    (0..MOST_LINES).take_while(has).count()
}

/// What the page says besides the form.
#[derive(Default)]
struct Answer {
    errors: Vec<FieldError>,
    is_stale: bool,
    /// So many more empty lines in each table.
    more: usize,
}

async fn submit(
    office: &Office,
    signed: &Signed,
    asked: &Asked,
    mut sent: Sent,
    headers: &HeaderMap,
) -> Response {
    if let Err(fault) = may_change(signed, asked.register) {
        return fault.response(office);
    }
    let id = sent.one("row").to_owned();
    if sent.has("more") {
        let answer = Answer {
            more: 5,
            ..Answer::default()
        };
        return page(office, asked, &sent, headers, &answer);
    }
    if sent.has("edit") {
        for (column, _) in conditions(asked.register) {
            condition::edit(&mut sent, &format!("c.{}", column.id));
        }
        return page(office, asked, &sent, headers, &Answer::default());
    }
    let seen = asked.standing.last_change(asked.register, &id);
    let is_known = asked.row.is_some();
    if is_known && sent.one("seen") != seen.to_string() {
        let answer = Answer {
            is_stale: true,
            ..Answer::default()
        };
        return page(office, asked, &sent, headers, &answer);
    }
    let (row, mut errors) = read(asked, &id, &sent);
    if !is_known && asked.standing.was_used(asked.register, &id) {
        let text = format!("“{id}”已经有了，请打开那一行起草变更");
        errors.push(wrong("row", text));
    }
    let effective_from = match Day::parse(sent.one("effective_from")) {
        Ok(day) => day,
        // An account changes at once.
        Err(_) if !asked.register.is_drafted() => asked.standing.day,
        Err(error) => {
            errors.push(wrong("effective_from", error.to_string()));
            asked.standing.day
        }
    };
    if asked.is_removal {
        errors.retain(|error| ["row", "effective_from"].contains(&error.field.as_str()));
    }
    let wanted = if asked.is_removal {
        Wanted::Remove
    } else {
        Wanted::Put(row)
    };
    if !errors.is_empty() {
        let answer = Answer {
            errors,
            ..Answer::default()
        };
        return page(office, asked, &sent, headers, &answer);
    }
    let (key, by, reason) = (
        sent.one("key"),
        acting(signed, asked.register, &asked.standing),
        sent.one("reason").to_owned(),
    );
    let register = asked.register;
    let (answer, there) = if register.is_drafted() {
        let drafting = Drafting {
            register,
            row: id,
            wanted,
            effective_from,
            by,
            reason,
        };
        let answer = office.draft_change(&drafting, key).await;
        let there = |number: u64| format!("/registers/{}/drafts/{number}", register.id());
        let there = answer
            .as_ref()
            .map_or(String::new(), |number| there(*number));
        (answer, there)
    } else {
        let change = AccountChange {
            row: id,
            wanted,
            by,
            reason,
        };
        let answer = office.change_account(&change, key).await;
        (answer, format!("/registers/{}?recorded=1", register.id()))
    };
    match answer {
        Ok(_) => Redirect::to(&there).into_response(),
        Err(RegisterError::Fields(errors)) => {
            let answer = Answer {
                errors,
                ..Answer::default()
            };
            page(office, asked, &sent, headers, &answer)
        }
        Err(error) => fault(error, format!("/registers/{}", register.id())).response(office),
    }
}

fn wrong(field: &str, text: String) -> FieldError {
    FieldError {
        field: field.to_owned(),
        text,
    }
}

fn page(
    office: &Office,
    asked: &Asked,
    sent: &Sent,
    headers: &HeaderMap,
    answer: &Answer,
) -> Response {
    let token = FormToken::of(office, headers);
    let Asked {
        register, standing, ..
    } = asked;
    let id = sent.one("row").to_owned();
    let of = |field: &str| -> Vec<String> {
        let mine = answer.errors.iter().filter(|error| error.field == field);
        mine.map(|error| error.text.clone()).collect()
    };
    let row = asked.row.as_ref().unwrap_or(&id);
    let present = standing
        .history(*register, row)
        .iter()
        .rev()
        .find_map(|version| version.row.as_deref());
    let title = register.title(row, present, standing);
    let heading = match (&asked.row, asked.is_removal) {
        (None, _) => format!("新增{}", register.chinese()),
        (Some(_), true) => format!("停用：{title}"),
        (Some(_), false) if present.is_none() => format!("设定、核对：{title}"),
        (Some(_), false) => format!("变更：{title}"),
    };
    let here = format!("/registers/{}", register.id());
    let (action, back) = match (&asked.row, asked.is_removal) {
        (None, _) => (format!("{here}/new"), here),
        (Some(row), true) => (
            format!("{here}/{row}/draft?change=remove"),
            format!("{here}/{row}"),
        ),
        (Some(row), false) if present.is_none() => (format!("{here}/{row}/draft"), here),
        (Some(row), false) => (format!("{here}/{row}/draft"), format!("{here}/{row}")),
    };
    let fields: Vec<Field> = if asked.is_removal {
        Vec::new()
    } else {
        let columns = register.columns().iter();
        columns
            .map(|column| field(column, sent, standing, answer))
            .collect()
    };
    let anchored = |error: &FieldError| (format!("#{}", anchor(&error.field)), error.text.clone());
    let status = match answer {
        Answer { is_stale: true, .. } => StatusCode::CONFLICT,
        Answer { errors, .. } if !errors.is_empty() => StatusCode::UNPROCESSABLE_ENTITY,
        Answer { .. } => StatusCode::OK,
    };
    let is_drafted = register.is_drafted();
    let page = FormPage {
        frame: Frame::of(office),
        register: register.id(),
        register_name: register.chinese(),
        heading,
        action,
        back,
        token: token.text.clone(),
        key: if sent.one("key").is_empty() {
            office.new_token()
        } else {
            sent.one("key").to_owned()
        },
        seen: standing.last_change(*register, row).to_string(),
        is_stale: answer.is_stale,
        is_removal: asked.is_removal,
        is_new: asked.row.is_none(),
        is_drafted,
        row_name: register.row_name(),
        row_errors: of("row"),
        about_row: about(*register, row, standing),
        fields,
        effective_from: sent.one("effective_from").to_owned(),
        effective_errors: of("effective_from"),
        today: standing.day.to_string(),
        by: crate::session::who().map_or_else(String::new, |who| who.actor.name),
        by_name: if is_drafted {
            "起草人"
        } else {
            "办理的系统管理员"
        },
        by_errors: of("by"),
        reason: sent.one("reason").to_owned(),
        reason_errors: of("reason"),
        summary: answer.errors.iter().map(anchored).collect(),
        row: id,
    };
    token.keep(frame::page(status, &page))
}

/// What the rules say of the row at hand.
fn about(register: RegisterName, row: &str, standing: &Standing) -> String {
    if register != RegisterName::Settings {
        return String::new();
    }
    let rules = &standing.context.rules;
    let cites = |cites: &[law::statute::Citation]| {
        let texts: Vec<&str> = cites.iter().map(|cite| cite.text.as_str()).collect();
        format!("依据：{}", texts.join("、"))
    };
    let setting = rules.settings.iter().find(|it| it.id == row);
    let of_setting = setting.map(|it| {
        let shipped = it.value.map(|value| {
            let column = register.columns().iter().find(|it| it.id == "value");
            let shown = column.map(|it| it.shown(row, &value.into(), standing));
            format!("随规则发布的数值是{}。", shown.unwrap_or_default())
        });
        format!("{}{}", shipped.unwrap_or_default(), cites(&it.cites))
    });
    let of_row = || {
        let found = rules.rows.iter().find(|it| it.id == row);
        found.map(|it| cites(&it.cites))
    };
    // Relations and items say themselves what is to be held against the text.
    let of_others = || {
        let all = verifications(standing).into_iter();
        let mut all = all.filter(|it| it.row == row);
        let found = all.next()?;
        Some(format!("{}依据：{}", found.says.join("；"), found.basis))
    };
    of_setting
        .or_else(of_row)
        .or_else(of_others)
        .unwrap_or_default()
}

fn choices(all: Vec<(String, String)>, chosen: &[String]) -> Vec<Choice> {
    let choice = |(value, label): (String, String)| Choice {
        is_chosen: chosen.contains(&value),
        value,
        label,
    };
    all.into_iter().map(choice).collect()
}

/// The anchor of a field; errors within a table or a text of lines stand at the whole.
pub(super) fn anchor(field: &str) -> String {
    let whole = field.split('.').next().unwrap_or(field);
    format!("f-{whole}")
}

fn field(column: &'static Column, sent: &Sent, standing: &Standing, answer: &Answer) -> Field {
    let name = format!("c.{}", column.id);
    let one = || sent.one(&name).to_owned();
    let inside = format!("{}.", column.id);
    let mine = answer
        .errors
        .iter()
        .filter(|error| error.field == column.id || error.field.starts_with(&inside));
    let mut errors = Vec::new();
    // A condition tells what is wrong with a line beside it.
    let is_told = |error: &&FieldError| {
        !matches!(column.kind, ColumnKind::Condition(_)) || error.field == column.id
    };
    for error in mine.filter(is_told) {
        let at = error.field.strip_prefix(&inside);
        let line = at.and_then(|place| place.split('.').next()?.parse::<usize>().ok());
        errors.push(match line {
            Some(line) => format!("第{}行：{}", line + 1, error.text),
            None => error.text.clone(),
        });
    }
    let options = |choices: &Choices| choices.options(standing);
    let input = match &column.kind {
        ColumnKind::Text(_)
        | ColumnKind::Money
        | ColumnKind::SettingValue
        | ColumnKind::Number
        | ColumnKind::Decimal
        | ColumnKind::CreditCode
        | ColumnKind::Reference(_) => Input::Line(one()),
        ColumnKind::LongText(_) => Input::Text(one(), 4),
        ColumnKind::Date => Input::Date(one()),
        ColumnKind::Yes => Input::Yes(!one().is_empty()),
        ColumnKind::Choice(of) => Input::Select(choices(options(of), sent.all(&name))),
        ColumnKind::Several(of) => Input::Checks(choices(options(of), sent.all(&name))),
        ColumnKind::Condition(reader) => {
            let rules = &standing.context.rules;
            let editor = Editor::of((column, *reader), sent, rules, &answer.errors);
            Input::Condition(Box::new(editor))
        }
        ColumnKind::Rows(columns) if is_text(columns) => Input::Text(one(), 8),
        ColumnKind::Rows(columns) => {
            let sent_lines = lines_sent(columns, &name, sent);
            let is_filled = |at: usize| {
                let mut all = columns.iter();
                all.any(|it| !sent.one(&format!("{name}.{at}.{}", it.id)).is_empty())
            };
            let filled = (0..sent_lines)
                .rev()
                .find(|at| is_filled(*at))
                .map_or(0, |at| at + 1);
            let lines = (0..filled + BLANK + answer.more).map(|at| {
                let cells = columns.iter().map(|it| {
                    let cell = format!("{name}.{at}.{}", it.id);
                    let at_fault = format!("{}.{at}.{}", column.id, it.id);
                    let error = answer.errors.iter().find(|error| error.field == at_fault);
                    Cell {
                        value: sent.one(&cell).to_owned(),
                        label: format!("{}第{}行：{}", column.name, at + 1, it.name),
                        is_date: matches!(it.kind, ColumnKind::Date),
                        error: error.map_or_else(String::new, |error| error.text.clone()),
                        name: cell,
                    }
                });
                cells.collect()
            });
            let heads = columns.iter().map(|it| it.name).collect();
            Input::Table(heads, lines.collect())
        }
    };
    let hint = match (&column.kind, column.hint) {
        (ColumnKind::Rows(columns), "") if is_text(columns) => "一行一条：日期、空格、名称。",
        (_, hint) => hint,
    };
    Field {
        anchor: anchor(column.id),
        name,
        label: column.name,
        hint,
        errors,
        input,
    }
}
