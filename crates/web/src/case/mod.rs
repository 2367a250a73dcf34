//! The page of a case: what it is, the next lawful step, what must, may and may not be done, what happened.

pub(crate) mod account;
mod chart;
mod combined;
pub(crate) mod discretion;
mod next;
mod offered;
mod page;
mod record;
mod service;
mod timeline;

pub(crate) use chart::show as show_chart;
pub(crate) use next::{act_link, link, remedies};
pub(crate) use service::show as show_service;

use crate::fault::Fault;
use crate::frame;
use crate::session::Signed;
use app::access::Reading;
use app::{CaseView, Office};
use axum::Extension;
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
    Extension(signed): Extension<Signed>,
) -> Response {
    match seen_as(&office, &signed, &case_id).await {
        Ok((view, reading)) => {
            let links = match office.links(&signed.actor, &view).await {
                Ok(links) => links,
                Err(error) => return Fault::from(error).response(&office),
            };
            let shown = page::Shown {
                reading,
                recorded: query.get("recorded").and_then(|number| number.parse().ok()),
                is_unfolded: query.get("unfold").is_some_and(|what| what == "all"),
                links,
            };
            frame::page(StatusCode::OK, &page::CasePage::of(&office, &view, shown))
        }
        Err(fault) => fault.response(&office),
    }
}

/// A case for somebody who may see it; a look from outside is on record before anything is shown.
pub(crate) async fn seen(
    office: &Office,
    signed: &Signed,
    case_id: &str,
) -> Result<CaseView, Fault> {
    seen_as(office, signed, case_id).await.map(|(view, _)| view)
}

/// The same, with how it is seen.
async fn seen_as(
    office: &Office,
    signed: &Signed,
    case_id: &str,
) -> Result<(CaseView, Reading), Fault> {
    Ok(office.look(&signed.actor, case_id).await?)
}

pub(crate) use record::{FactGroup, facts};
pub(crate) use timeline::{changes_since, timeline};
