//! The door: nobody passes who is not signed in, but for the few pages that lead there.

use crate::fault::Fault;
use crate::frame;
use crate::sign_in;
use app::Office;
use app::access::Actor;
use app::identity;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

/// The cookie that holds the session.
pub(crate) const COOKIE: &str = "mingqu_session";

/// What is open to everybody: signing in, and what its page is made of.
const OPEN: [&str; 4] = [
    "/sign-in",
    "/sign-in/provider",
    "/sign-in/provider/back",
    "/staff.css",
];
/// Open to everybody too, and tells whoever is signed in how to go on.
const TOUR: &str = "/tour";
/// Where a password is chosen.
pub(crate) const CHOOSE: &str = "/account/password";

/// Who asks, on every request that passed the door.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    pub(crate) actor: Actor,
    /// The token that forms carry.
    pub(crate) form_token: String,
}

tokio::task_local! {
    /// For what every page shows of whoever looks at it. Decisions take it from the request.
    static WHO: Signed;
}

/// Who looks at the page that is being made.
pub(crate) fn who() -> Option<Signed> {
    WHO.try_with(Signed::clone).ok()
}

/// Lets those through who are signed in, and the others to the page where they sign in.
pub(crate) async fn door(
    State(office): State<Arc<Office>>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    if OPEN.contains(&path.as_str()) || path.starts_with("/islands/") {
        return next.run(request).await;
    }
    let token = cookie(request.headers(), COOKIE).map(str::to_owned);
    let signed = match &token {
        Some(token) => office.signed_in(token).await,
        None => Ok(None),
    };
    let (token, signed) = match (token, signed) {
        (Some(token), Ok(Some(signed))) => (token, signed),
        (_, Ok(_)) if path == TOUR => return next.run(request).await,
        (_, Ok(_)) => return frame::guard(to_the_door(&office, &request)).await,
        (_, Err(error)) => return frame::guard(Fault::from(error).response(&office)).await,
    };
    let is_choosing = path == CHOOSE || path == "/sign-out";
    if signed.must_choose && !is_choosing {
        return Redirect::to(CHOOSE).into_response();
    }
    let who = Signed {
        actor: signed.actor,
        form_token: identity::form_token(&token),
    };
    request.extensions_mut().insert(who.clone());
    WHO.scope(who, next.run(request)).await
}

/// A page is asked for again after signing in; a form is told that it was not recorded.
fn to_the_door(office: &Office, request: &Request) -> Response {
    if request.method() == Method::GET || request.method() == Method::HEAD {
        let asked = request
            .uri()
            .path_and_query()
            .map_or("/", |asked| asked.as_str());
        let to = form_urlencoded::Serializer::new(String::new())
            .append_pair("to", asked)
            .finish();
        return Redirect::to(&format!("/sign-in?{to}")).into_response();
    }
    let back = request
        .headers()
        .get(header::REFERER)
        .and_then(|value| value.to_str().ok())
        .and_then(|address| address.splitn(4, '/').nth(3))
        .map_or_else(|| "/".to_owned(), |path| format!("/{path}"));
    sign_in::ended(office, &back)
}

/// The value of a cookie.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(of, _)| *of == name)
        .map(|(_, value)| value)
}

/// Gives the browser its session, or takes it away.
pub(crate) fn keep(mut response: Response, token: Option<&str>) -> Response {
    let cookie = match token {
        Some(token) => format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax"),
        None => format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"),
    };
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// A local address, so that nobody is led away after signing in.
pub(crate) fn local(to: &str) -> &str {
    let is_local = to.starts_with('/') && !to.starts_with("//") && !to.contains(['\\', '\n', '\r']);
    if is_local { to } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_away() {
        assert_eq!(local("/cases/x?a=1"), "/cases/x?a=1");
        for away in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "",
            "cases",
        ] {
            assert_eq!(local(away), "/", "{away}");
        }
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            HeaderValue::from_static("a=1; mingqu_session=xyz; b=2"),
        );
        assert_eq!(cookie(&headers, COOKIE), Some("xyz"));
        assert_eq!(cookie(&headers, "mingqu"), None);
    }
}
