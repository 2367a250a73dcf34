//! The registers of the agency: what stands on a day, the history of each row, drafts and what is said of them.
//!
//! The pages are made from the declaration of a register's columns; none of them knows a register by its content.

mod board;
mod bulk;
mod condition;
mod draws;
mod form;
mod list;
mod publish;
mod ruling;
mod sent;
mod shown;
mod table;
mod verification;

use crate::fault::Fault;
use crate::session::Signed;
use app::Office;
use app::access;
use app::register::{Draft, RegisterError, RegisterName, Standing};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use std::sync::Arc;

/// The routes; `largest` bounds what may be sent at once with a table.
pub(crate) fn routes(largest: usize) -> Router<Arc<Office>> {
    let import = get(table::show)
        .post(table::send)
        .layer(DefaultBodyLimit::max(largest));
    let bulk = get(bulk::show).post(bulk::send);
    Router::new()
        .route("/registers/{name}/import", import)
        .route("/registers/{name}/export", get(table::export))
        .route("/registers/{name}/boards", get(board::show))
        .route("/registers/{name}/bulk", bulk)
        .route(
            "/registers/{name}/publish",
            get(publish::show).post(publish::send),
        )
        .route("/registers", get(list::index))
        .route(
            "/registers/draws/new",
            get(draws::show_new).post(draws::send_new),
        )
        .route(
            "/registers/draws/drafts/{number}",
            get(draws::show_prepared).post(draws::send_prepared),
        )
        .route("/registers/draws/{row}/proof", get(draws::proof))
        .route("/registers/verification", get(verification::show))
        .route("/registers/verification/export", get(verification::export))
        .route("/registers/{name}", get(list::show))
        .route(
            "/registers/{name}/new",
            get(form::show_new).post(form::send_new),
        )
        .route(
            "/registers/{name}/drafts/{number}",
            get(ruling::show).post(ruling::send),
        )
        .route("/registers/{name}/{row}", get(list::row))
        .route(
            "/registers/{name}/{row}/draft",
            get(form::show).post(form::send),
        )
}

/// What a draft is about, in a few words.
pub(crate) fn draft_title(register: RegisterName, draft: &Draft, standing: &Standing) -> String {
    let line = list::draft_line(register, draft, standing);
    if register.is_drawn() {
        return line.title;
    }
    format!("{}：{}{}", register.chinese(), line.what, line.title)
}

/// Who acts: the person who is signed in, or, for accounts, the row of the account.
fn acting(signed: &Signed, register: RegisterName, standing: &Standing) -> String {
    let actor = &signed.actor;
    if register.is_drafted() {
        return actor.person.clone().unwrap_or_default();
    }
    let mut rows = standing.rows(register, standing.day);
    let own = rows.find(|(_, _, row)| {
        row.get("login").and_then(|login| login.as_str()) == Some(actor.account.as_str())
    });
    own.map_or_else(String::new, |(id, _, _)| id.clone())
}

/// Whether somebody may draft here, or change accounts.
fn may_change(signed: &Signed, register: RegisterName) -> Result<(), Fault> {
    if register.is_drawn() {
        return Err(Fault::NotFound("随机抽取记录由抽取产生，不能起草变更"));
    }
    if register.is_drafted() {
        access::draft(&signed.actor)?;
    } else {
        access::administer(&signed.actor)?;
    }
    Ok(())
}

fn register(name: &str) -> Result<RegisterName, Fault> {
    RegisterName::parse(name).ok_or(Fault::NotFound("没有这个登记"))
}

/// What is neither a wrong field nor overtaken.
fn fault(error: RegisterError, back: String) -> Fault {
    match error {
        RegisterError::NoSuchDraft => Fault::NotFound("没有这份起草"),
        RegisterError::KeyReused => Fault::KeyReused { back },
        other => Fault::Unexpected(other.into()),
    }
}
