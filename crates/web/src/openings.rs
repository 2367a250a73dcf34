//! What may open a case.

use crate::fault::Fault;
use crate::frame::{self, Frame};
use crate::session::Signed;
use crate::wording;
use app::Office;
use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use casework::answer::May;
use law::model::Procedure;
use std::sync::Arc;

/// The tag of an act with which a case usually begins.
pub(crate) const OPENS: &str = "起案";

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

/// `GET /cases/new`
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
) -> Response {
    if let Err(denied) = office.may_open(&signed.actor) {
        return Fault::from(denied).response(&office);
    }
    let mut procedures = Vec::new();
    for procedure in office.procedures() {
        let Ok(view) = office.empty_case(&procedure.id) else {
            continue;
        };
        let opens = |may: &&May| {
            let tags = &procedure.act_of(may.step.event).tags;
            tags.iter().any(|tag| tag == OPENS)
        };
        // Whatever else may come first is offered behind what usually begins a case.
        let (first, others) = view.answer.may.iter().partition(opens);
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
