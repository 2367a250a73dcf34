//! What the address of the staff pages answers while a demonstration is being made: how far it is.

use crate::frame;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;
use std::sync::Arc;

/// How far it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// So many steps are done.
    pub done: usize,
    /// Of so many; 0 before they were counted.
    pub total: usize,
    /// What is being done.
    pub text: String,
}

/// Says how far it is.
pub type Telling = Arc<dyn Fn() -> Progress + Send + Sync>;

#[derive(Template)]
#[template(path = "preparing.html")]
struct PreparingPage {
    done: usize,
    total: usize,
    text: String,
}

/// One page at every address, which asks for itself again. Once the address leads to the pages of an office, it is gone.
pub fn preparing(telling: Telling) -> Router {
    Router::new()
        .route("/staff.css", get(frame::style))
        .fallback(show)
        .layer(map_response(frame::guard))
        .with_state(telling)
}

async fn show(State(telling): State<Telling>) -> Response {
    let Progress { done, total, text } = telling();
    let page = PreparingPage { done, total, text };
    let mut answer = frame::page(StatusCode::SERVICE_UNAVAILABLE, &page);
    let soon = HeaderValue::from_static("1");
    answer.headers_mut().insert(header::RETRY_AFTER, soon);
    answer
}
