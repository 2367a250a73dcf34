//! The page of a case: what it is, the next lawful step, what must, may and may not be done, what happened.

mod chart;
mod next;
mod page;
mod record;
mod timeline;

pub(crate) use chart::show as show_chart;
pub(crate) use next::{link, remedies};

use crate::fault::Fault;
use crate::frame;
use app::Office;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeMap;
use std::sync::Arc;

/// `GET /cases/{case_id}`; `?recorded=N` greets with what entry N recorded, `?unfold=all` folds nothing.
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    Path(case_id): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    match office.case(&case_id).await {
        Ok(view) => {
            let shown = page::Shown {
                recorded: query.get("recorded").and_then(|number| number.parse().ok()),
                is_unfolded: query.get("unfold").is_some_and(|what| what == "all"),
            };
            frame::page(StatusCode::OK, &page::CasePage::of(&office, &view, &shown))
        }
        Err(error) => Fault::from(error).response(&office),
    }
}

pub(crate) use timeline::changes_since;
