//! The registers of the agency: what stands on a day, the history of each row, drafts and what is said of them.
//!
//! The pages are made from the declaration of a register's columns; none of them knows a register by its content.

mod form;
mod list;
mod ruling;
mod sent;
mod shown;

use crate::fault::Fault;
use app::Office;
use app::register::{RegisterError, RegisterName};
use axum::Router;
use axum::routing::get;
use sent::Sent;
use std::sync::Arc;

pub(crate) fn routes() -> Router<Arc<Office>> {
    Router::new()
        .route("/registers", get(list::index))
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

/// Who acts: as long as nobody signs in, whoever the form says.
fn acting(sent: &Sent) -> String {
    sent.one("by").to_owned()
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
