//! Changing one column of many rows at once, or ending many rows: drafted and approved like any other change.

use super::form::{Field, Input, read_one, single};
use super::list;
use super::sent::Sent;
use super::{acting, may_change, register};
use crate::fault::Fault;
use crate::frame::{self, FormToken, Frame};
use crate::session::Signed;
use app::register::{
    BATCH_MAX, BatchDrafting, BatchLine, Column, ColumnKind, RegisterError, RegisterName, Standing,
    Wanted,
};
use app::{FieldError, Office};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;
use vocabulary::Day;

/// The choice of a column that stands for ending the rows.
const REMOVE: &str = "-";
/// So many of the chosen rows are named.
const NAMED: usize = 20;

#[derive(Template)]
#[template(path = "register-bulk.html")]
struct BulkPage {
    frame: Frame,
    register: &'static str,
    register_name: &'static str,
    token: String,
    key: String,
    rows: Vec<String>,
    /// What all rows were found by, and which they were, where they were not chosen one by one.
    found: Option<(String, String)>,
    named: Vec<String>,
    columns: Vec<(&'static str, &'static str, bool)>,
    is_removal: bool,
    chosen: String,
    field: Option<Field>,
    effective_from: String,
    reason: String,
    by: String,
    errors: Vec<FieldError>,
}

/// What is to be done with which rows.
struct Asked {
    register: RegisterName,
    standing: Arc<Standing>,
    sent: Sent,
}

impl Asked {
    /// All that are found by a text, rather than rows chosen one by one.
    fn is_all(&self) -> bool {
        self.sent.has("all")
    }

    fn rows(&self) -> Vec<String> {
        let mut rows = match self.is_all() {
            true => list::found(self.register, self.sent.one("q"), &self.standing),
            false => self.sent.all("row").to_vec(),
        };
        rows.retain(|id| self.standing.holds(self.register, id));
        rows.dedup();
        rows
    }

    /// The column that is to read the same in all rows.
    fn column(&self) -> Option<&'static Column> {
        let chosen = self.sent.one("column");
        let mut columns = self.register.columns().iter();
        columns.find(|column| column.id == chosen && may_be_alike(column))
    }

    fn is_removal(&self) -> bool {
        self.sent.one("column") == REMOVE
    }
}

/// Whether many rows can have the same value in a column, and it is typed in one field.
fn may_be_alike(column: &Column) -> bool {
    !column.is_key && !matches!(column.kind, ColumnKind::Rows(_) | ColumnKind::Condition(_))
}

/// `GET /registers/{name}/bulk?row=&row=&column=`
pub(super) async fn show(
    State(office): State<Arc<Office>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
) -> Response {
    let sent = Sent::of_query(query.as_deref().unwrap_or_default());
    match asked(&office, &name, sent, &signed).await {
        Ok(asked) => page(&office, &asked, &headers, Vec::new()),
        Err(fault) => fault.response(&office),
    }
}

/// `POST /registers/{name}/bulk`
pub(super) async fn send(
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
    let asked = match asked(&office, &name, sent, &signed).await {
        Ok(asked) => asked,
        Err(fault) => return fault.response(&office),
    };
    let (drafting, errors) = drafting(&asked, &signed);
    if !errors.is_empty() {
        return page(&office, &asked, &headers, errors);
    }
    match office.draft_batch(&drafting, asked.sent.one("key")).await {
        Ok(number) => {
            let there = format!("/registers/{}/drafts/{number}", asked.register.id());
            Redirect::to(&there).into_response()
        }
        Err(RegisterError::Fields(errors)) => page(&office, &asked, &headers, errors),
        Err(RegisterError::Lines(lines)) => {
            let errors = lines.into_iter().take(NAMED).map(|error| {
                let id = drafting.lines.get(error.line).map_or("", |it| &it.row);
                FieldError {
                    field: "value".to_owned(),
                    text: format!("{id}：{}", error.text),
                }
            });
            page(&office, &asked, &headers, errors.collect())
        }
        Err(error) => {
            let back = format!("/registers/{}", asked.register.id());
            super::fault(error, back).response(&office)
        }
    }
}

async fn asked(office: &Office, name: &str, sent: Sent, signed: &Signed) -> Result<Asked, Fault> {
    let register = register(name)?;
    if !register.is_drafted() {
        return Err(Fault::NotFound("这个登记不能批量办理"));
    }
    may_change(signed, register)?;
    Ok(Asked {
        register,
        standing: office.fresh_standing().await?,
        sent,
    })
}

fn drafting(asked: &Asked, signed: &Signed) -> (BatchDrafting, Vec<FieldError>) {
    let standing = &asked.standing;
    let mut errors = Vec::new();
    let mut wrong = |field: &str, text: String| {
        errors.push(FieldError {
            field: field.to_owned(),
            text,
        });
    };
    let effective_from = Day::parse(asked.sent.one("effective_from")).unwrap_or_else(|error| {
        wrong("effective_from", error.to_string());
        standing.day
    });
    let rows = asked.rows();
    if rows.is_empty() {
        wrong("row", "没有选中任何一行".to_owned());
    }
    if rows.len() > BATCH_MAX {
        wrong(
            "row",
            format!("一次最多{BATCH_MAX}行，请先查找，分几次办理"),
        );
    }
    if asked.is_all() && asked.sent.one("all") != list::mark(&rows) {
        wrong(
            "row",
            format!(
                "您打开这一页以后，查到的行变了，现在是{}行；请核对以后再提交",
                rows.len()
            ),
        );
    }
    let mut lines = Vec::new();
    match asked.column() {
        _ if asked.is_removal() => lines.extend(rows.into_iter().map(|row| BatchLine {
            row,
            wanted: Wanted::Remove,
        })),
        None => wrong("column", "请选择要改的栏".to_owned()),
        Some(column) => match read_one(column, &asked.sent, standing) {
            Ok(value) => {
                let day = effective_from.max(standing.day);
                for id in rows {
                    let version = standing.row(asked.register, &id, day);
                    let present = version.and_then(|version| version.row.as_deref());
                    let Some(present) = present else { continue };
                    let mut row = present.clone();
                    row.insert(column.id.to_owned(), value.clone());
                    let row = app::register::normal(row);
                    // Rows that read so already are left alone.
                    if row != *present {
                        lines.push(BatchLine {
                            row: id,
                            wanted: Wanted::Put(row),
                        });
                    }
                }
                if lines.is_empty() {
                    wrong("value", "选中的各行本来就是这样，没有改动".to_owned());
                }
            }
            Err(text) => wrong("value", text),
        },
    }
    let drafting = BatchDrafting {
        register: asked.register,
        lines,
        effective_from,
        by: acting(signed, asked.register, standing),
        reason: asked.sent.one("reason").to_owned(),
    };
    (drafting, errors)
}

fn page(office: &Office, asked: &Asked, headers: &HeaderMap, errors: Vec<FieldError>) -> Response {
    let Asked {
        register,
        standing,
        sent,
    } = asked;
    let token = FormToken::of(office, headers);
    let rows = asked.rows();
    let named = rows.iter().take(NAMED).map(|id| {
        let version = standing.row(*register, id, standing.day);
        register.title(id, version.and_then(|it| it.row.as_deref()), standing)
    });
    let column = asked.column();
    let chosen = sent.one("column").to_owned();
    let columns = register.columns().iter().filter(|it| may_be_alike(it));
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let said = sent.one("effective_from");
    let page = BulkPage {
        frame: Frame::of(office),
        register: register.id(),
        register_name: register.chinese(),
        token: token.text.clone(),
        key: office.new_token(),
        named: named.collect(),
        found: asked
            .is_all()
            .then(|| (sent.one("q").to_owned(), list::mark(&rows))),
        rows,
        columns: columns
            .map(|it| (it.id, it.name, it.id == chosen))
            .collect(),
        is_removal: asked.is_removal(),
        chosen,
        field: column.map(|column| single(column, sent, standing, &errors)),
        effective_from: if said.is_empty() {
            standing.day.to_string()
        } else {
            said.to_owned()
        },
        reason: sent.one("reason").to_owned(),
        by: crate::session::who().map_or_else(String::new, |who| who.actor.name),
        errors,
    };
    token.keep(frame::page(status, &page))
}
