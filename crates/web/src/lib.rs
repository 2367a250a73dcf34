//! The staff pages: server-rendered, working without JavaScript.
//!
//! A handler parses, asks `app`, renders a view. Pages know neither SQL nor periods nor any act by name: what is
//! offered, demanded and refused comes from the answer of the law.

mod act;
mod case;
mod fault;
mod files;
mod frame;
mod list;
mod wording;

use app::Office;
use app::files::FileStore;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::map_response;
use axum::routing::get;
use std::sync::Arc;

/// A form is text; files come by another road.
const LARGEST_FORM_BYTES: usize = 256 * 1024;

/// The staff pages of an office. They expect to stand at the root of their address.
pub fn router(office: Arc<Office>) -> Router {
    Router::new()
        .route("/", get(list::show))
        .route("/cases/new", get(list::openings))
        .route(
            "/cases/new/{procedure}/{event}",
            get(act::show_opening).post(act::perform_opening),
        )
        .route("/cases/{case_id}", get(case::show))
        .route(
            "/cases/{case_id}/acts/{event}",
            get(act::show).post(act::perform),
        )
        .route("/staff.css", get(frame::style))
        .fallback(fault::no_such_page)
        .method_not_allowed_fallback(fault::no_such_page)
        .layer(DefaultBodyLimit::max(LARGEST_FORM_BYTES))
        .layer(map_response(frame::guard))
        .with_state(office)
}

/// The staff pages, with those that take in and give back attached files.
pub fn router_with_files(office: Arc<Office>, store: Arc<dyn FileStore>) -> Router {
    router(Arc::clone(&office)).merge(files::router(office, store))
}
