//! The API of the staff side: for programs, what the pages are for people.
//!
//! A request bears a token that somebody issued on the own page, and is judged as if that person sat at the page: the same
//! use cases of `app`, the same rights, the same refusals. A handler parses, asks, answers; what went wrong becomes an
//! answer in [`problem`] alone. The description (`/api/openapi.json`) is made from the handlers and their shapes: their
//! documentation comments are what a reader of the interface sees, and hence Chinese.

mod acts;
mod cases;
mod document;
mod dues;
mod files;
mod meter;
mod office;
mod pending;
mod problem;
mod procedures;
mod sent;
mod shown;
mod todo;
mod watch;

pub(crate) use meter::{Meter, measured};

use crate::frame;
use app::Office;
use app::access::Actor;
use app::files::FileStore;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use problem::Failure;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The longest body that is no file: an act holds the text of a note.
const LARGEST_BODY_BYTES: usize = 1024 * 1024;
/// So many lines come at a time when nobody says how many, and at most.
const LINES: u32 = 50;
const LINES_MAX: u32 = 200;

/// What needs no token: how the interface is to be used, and whether the program runs.
const OPEN: [&str; 2] = [document::PATH, watch::HEALTH];

/// What the handlers work with.
#[derive(Clone)]
struct Desk {
    office: Arc<Office>,
    /// Where files are kept; an office may run without.
    store: Option<Arc<dyn FileStore>>,
    meter: Arc<Meter>,
    /// The description of the interface, made once.
    document: Arc<str>,
}

/// Who asks, on every request that passed the door.
#[derive(Clone, Debug)]
struct Caller(Arc<Actor>);

/// Everything below `/api`, and what watches over the program.
pub(crate) fn router(
    office: Arc<Office>,
    store: Option<Arc<dyn FileStore>>,
    meter: Arc<Meter>,
) -> Router {
    let (routes, document) = described().split_for_parts();
    let desk = Desk {
        office,
        store,
        meter,
        document: document::text(&document),
    };
    routes
        .method_not_allowed_fallback(no_such_method)
        .layer(from_fn_with_state(desk.clone(), door))
        .layer(from_fn_with_state(desk.clone(), told))
        .layer(map_response(frame::guard))
        // Nothing that is answered here is a page: whatever shows it all the same gives it no rights.
        .layer(map_response(crate::files::shut_in))
        .with_state(desk)
}

/// The routes, each with its description.
fn described() -> OpenApiRouter<Desk> {
    let v1 = OpenApiRouter::default()
        .routes(routes!(office::me))
        .routes(routes!(office::people))
        .routes(routes!(office::items))
        .routes(routes!(procedures::list))
        .routes(routes!(procedures::one))
        .routes(routes!(cases::list, acts::open))
        .routes(routes!(cases::one))
        .routes(routes!(acts::perform))
        .routes(routes!(todo::list))
        .routes(routes!(dues::list))
        .routes(routes!(pending::list))
        .routes(routes!(pending::one))
        .routes(routes!(pending::agree))
        .routes(routes!(pending::decline))
        .routes(routes!(pending::withdraw))
        .routes(routes!(files::upload))
        .routes(routes!(files::download));
    let api = OpenApiRouter::default()
        .routes(routes!(document::show))
        .nest("/v1", v1)
        .fallback(no_such_address);
    OpenApiRouter::with_openapi(document::head())
        .nest("/api", api)
        .routes(routes!(watch::health))
        .routes(routes!(watch::metrics))
}

/// Nobody passes without the token of an open account.
async fn door(State(desk): State<Desk>, mut request: Request, next: Next) -> Response {
    if OPEN.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let token = bearer(request.headers());
    let holder = match token {
        Some(token) => desk.office.token_holder(token).await,
        None => Ok(None),
    };
    let actor = match holder {
        Ok(Some(actor)) => Arc::new(actor),
        Ok(None) => {
            let was_given = token.is_some();
            return Failure::Unauthenticated { was_given }.into_response();
        }
        Err(error) => return Failure::from(error).into_response(),
    };
    request.extensions_mut().insert(Caller(Arc::clone(&actor)));
    let response = next.run(request).await;
    if let Some(Failure::Denied(text)) = problem::of(&response) {
        let account = actor.account.as_str();
        tracing::warn!(account, text, "a program asked for what is not allowed");
    }
    response
}

/// The token of a request, if it bears one.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// What failed becomes an answer here, where the office can be asked.
async fn told(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    problem::told(&desk.office, next.run(request).await).await
}

async fn no_such_address() -> Failure {
    Failure::NotFound("没有这个地址")
}

async fn no_such_method() -> Failure {
    Failure::NoSuchMethod
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_token_is_read_whatever_the_letters_of_its_scheme() {
        let of = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, HeaderValue::from_static(value));
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(of("Bearer mq_1").as_deref(), Some("mq_1"));
        assert_eq!(of("bearer  mq_1 ").as_deref(), Some("mq_1"));
        for other in ["Basic mq_1", "mq_1", "Bearer", ""] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
