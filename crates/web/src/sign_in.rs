//! Signing in and out.

use crate::fault::Fault;
use crate::form::SmallForm;
use crate::frame::{self, FormToken, Frame};
use crate::provider::{ProviderOfPages, Way};
use crate::{session, stage};
use app::Office;
use app::identity::IdentityError;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignInPage {
    frame: Frame,
    token: String,
    to: String,
    account: String,
    /// The password of a demonstration, which is no secret.
    password: String,
    has_tour: bool,
    error: String,
    /// The error is about what was typed.
    is_typed: bool,
    has_ended: bool,
    /// The other way in.
    way: Option<Way>,
}

/// `GET /sign-in?to=PATH`; in a demonstration with a tour, `account=ID` fills the form in.
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    provider: ProviderOfPages,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let to = query.get("to").map_or("/", String::as_str);
    let account = query.get("account").map_or("", String::as_str);
    let typed = filled_in(&office, account);
    page(&office, &headers, &provider, to, typed, StatusCode::OK)
}

/// What was typed, and what is wrong with it.
struct Typed<'a> {
    account: &'a str,
    password: String,
    error: String,
}

/// The form as the tour of a demonstration fills it in. Nobody else's form is filled in by an address.
fn filled_in<'a>(office: &Office, account: &'a str) -> Option<Typed<'a>> {
    let file = office.agency();
    let tour = stage::tour().filter(|_| file.demonstration)?;
    file.account(account)?;
    Some(Typed {
        account,
        password: tour.password.clone(),
        error: String::new(),
    })
}

fn has_tour(office: &Office) -> bool {
    office.agency().demonstration && stage::tour().is_some()
}

fn page(
    office: &Office,
    headers: &HeaderMap,
    provider: &ProviderOfPages,
    to: &str,
    typed: Option<Typed<'_>>,
    status: StatusCode,
) -> Response {
    let token = FormToken::of(office, headers);
    let typed = typed.unwrap_or(Typed {
        account: "",
        password: String::new(),
        error: String::new(),
    });
    let page = SignInPage {
        frame: Frame::of(office),
        token: token.text.clone(),
        to: session::local(to).to_owned(),
        account: typed.account.to_owned(),
        password: typed.password,
        has_tour: has_tour(office),
        is_typed: !typed.error.is_empty(),
        error: typed.error,
        has_ended: false,
        way: Way::of(provider, to),
    };
    token.keep(frame::page(status, &page))
}

/// Somebody was not signed in by the provider; the password remains.
pub(crate) fn not_by_provider(
    office: &Office,
    headers: &HeaderMap,
    provider: &ProviderOfPages,
    to: &str,
    (error, status): (String, StatusCode),
) -> Response {
    let token = FormToken::of(office, headers);
    let page = SignInPage {
        frame: Frame::of(office),
        token: token.text.clone(),
        to: session::local(to).to_owned(),
        account: String::new(),
        password: String::new(),
        has_tour: has_tour(office),
        error,
        is_typed: false,
        has_ended: false,
        way: Way::of(provider, to),
    };
    token.keep(frame::page(status, &page))
}

/// A form came from somebody who is not signed in any more.
pub(crate) fn ended(office: &Office, back: &str) -> Response {
    let page = SignInPage {
        frame: Frame::of(office),
        token: String::new(),
        to: session::local(back).to_owned(),
        account: String::new(),
        password: String::new(),
        has_tour: false,
        error: String::new(),
        is_typed: false,
        has_ended: true,
        way: None,
    };
    frame::page(StatusCode::UNAUTHORIZED, &page)
}

/// `POST /sign-in`
pub(crate) async fn enter(
    State(office): State<Arc<Office>>,
    provider: ProviderOfPages,
    headers: HeaderMap,
    form: SmallForm,
) -> Response {
    let account = form.one("account").trim();
    let to = session::local(form.one("to"));
    match office.sign_in(account, form.one("password")).await {
        Ok(began) => {
            let to = if began.must_choose {
                session::CHOOSE
            } else {
                to
            };
            session::keep(Redirect::to(to).into_response(), Some(&began.token))
        }
        Err(error @ IdentityError::Wrong) => {
            tracing::info!(account, "a sign-in was refused");
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            let typed = Typed {
                account,
                password: String::new(),
                error: error.to_string(),
            };
            page(&office, &headers, &provider, to, Some(typed), status)
        }
        Err(error) => Fault::from(error).response(&office),
    }
}

/// `POST /sign-out`
pub(crate) async fn leave(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    _: SmallForm,
) -> Response {
    if let Some(token) = session::cookie(&headers, session::COOKIE)
        && let Err(error) = office.sign_out(token).await
    {
        return Fault::from(error).response(&office);
    }
    session::keep(Redirect::to("/sign-in").into_response(), None)
}
