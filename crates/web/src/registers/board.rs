//! Rows as boards to print and hang up where people come (岗位信息公示牌).

use super::{register, shown};
use crate::fault::Fault;
use crate::frame::{self, Frame};
use app::Office;
use app::register::{Column, ColumnKind, RegisterName, Row, Standing};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "register-boards.html")]
struct BoardsPage {
    frame: Frame,
    register: &'static str,
    register_name: &'static str,
    agency: String,
    day: String,
    boards: Vec<Board>,
}

/// A row on a board of its own.
struct Board {
    /// What the row is called: here the name of a person.
    title: String,
    /// What fits into a line, by its name.
    lines: Vec<(&'static str, String)>,
    /// What takes more.
    texts: Vec<(&'static str, String)>,
}

/// `GET /registers/{name}/boards`: the rows as they stand today.
pub(super) async fn show(State(office): State<Arc<Office>>, Path(name): Path<String>) -> Response {
    let (register, standing) = match asked(&office, &name).await {
        Ok(found) => found,
        Err(fault) => return fault.response(&office),
    };
    let rows = standing.rows(register, standing.day);
    let page = BoardsPage {
        frame: Frame::of(&office),
        register: register.id(),
        register_name: register.chinese(),
        agency: standing.file.name.clone(),
        day: standing.day.chinese(),
        boards: rows
            .map(|(id, _, row)| board(register, id, row, &standing))
            .collect(),
    };
    frame::page(StatusCode::OK, &page)
}

async fn asked(office: &Office, name: &str) -> Result<(RegisterName, Arc<Standing>), Fault> {
    let register = register(name)?;
    if !register.declared().is_board {
        return Err(Fault::NotFound("这个登记没有公示牌"));
    }
    Ok((register, office.fresh_standing().await?))
}

fn board(register: RegisterName, id: &str, row: &Row, standing: &Standing) -> Board {
    let said = |column: &'static Column| {
        let text = shown::cell(id, Some(row), column, standing);
        (!text.is_empty()).then_some((column.name, text))
    };
    let columns = register.columns().iter();
    let outward = columns.filter(|column| {
        let is_title = column.id == register.declared().title;
        !column.is_inward && !is_title
    });
    let (long, short): (Vec<&'static Column>, Vec<&'static Column>) =
        outward.partition(|column| matches!(column.kind, ColumnKind::LongText(_)));
    Board {
        title: register.title(id, Some(row), standing),
        lines: short.into_iter().filter_map(said).collect(),
        texts: long.into_iter().filter_map(said).collect(),
    }
}
