//! Signing in by a provider of identities, and joining the own account to it.
//!
//! The browser leaves by a link, never by the redirection of a form: the pages let no form end elsewhere
//! (`form-action 'self'`). A cookie that only these two addresses see binds the way back to the browser that left.

mod of_accounts;

use crate::account::{self, Shown};
use crate::fault::Fault;
use crate::form::SmallForm;
use crate::frame::{self, Frame};
use crate::session::{self, Signed};
use crate::sign_in;
use crate::wording;
use app::Office;
use app::access::Actor;
use app::identity::{self, Answer, ArrivalError, Arrived, Errand, IdentityError, JoinedState};
use app::provider::{IdentityProvider, ProviderError};
use askama::Template;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

/// What a browser keeps while it is away.
const COOKIE: &str = "mingqu_away";
/// Where it is sent along.
const PATH: &str = "/sign-in/provider";
/// The longest text of somebody else that is shown.
const SAID_CHARS_MAX: usize = 200;

pub(crate) fn routes() -> Router<Arc<Office>> {
    Router::new()
        .route("/sign-in/provider", get(leave))
        .route("/sign-in/provider/back", get(back))
        .route("/account/provider", post(join))
        .route("/account/provider/part", post(part))
        .merge(of_accounts::routes())
}

/// The provider of these pages, if they have one.
#[derive(Clone)]
pub(crate) struct ProviderOfPages(Option<Arc<dyn IdentityProvider>>);

impl<S: Sync> FromRequestParts<S> for ProviderOfPages {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(ProviderOfPages(parts.extensions.get().cloned()))
    }
}

impl ProviderOfPages {
    pub(crate) fn is_some(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn name(&self) -> Option<String> {
        self.0.as_ref().map(|it| it.name().to_owned())
    }

    fn get(&self) -> Result<&dyn IdentityProvider, Fault> {
        self.0
            .as_deref()
            .ok_or(Fault::NotFound("没有设定统一身份认证"))
    }
}

/// The other way in, as the page of signing in shows it.
pub(crate) struct Way {
    pub(crate) name: String,
    pub(crate) link: String,
    pub(crate) is_in_reach: bool,
}

impl Way {
    pub(crate) fn of(provider: &ProviderOfPages, to: &str) -> Option<Way> {
        let provider = provider.0.as_ref()?;
        let to = form_urlencoded::Serializer::new(String::new())
            .append_pair("to", session::local(to))
            .finish();
        Some(Way {
            name: provider.name().to_owned(),
            link: format!("{PATH}?{to}"),
            is_in_reach: provider.is_in_reach(),
        })
    }
}

/// An identity that an account is joined to, in words.
pub(crate) struct JoinedLines {
    pub(crate) standing: &'static str,
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) asked: String,
    pub(crate) confirmed: String,
}

impl JoinedLines {
    pub(crate) fn of(
        office: &Office,
        provider: &ProviderOfPages,
        state: JoinedState,
    ) -> JoinedLines {
        let file = office.agency();
        let name = |account: &str| match Actor::of(&file, account) {
            Some(actor) if actor.name != account => format!("{}（{account}）", actor.name),
            _ => account.to_owned(),
        };
        let is_here = provider
            .0
            .as_ref()
            .is_some_and(|it| it.issuer() == state.identity.issuer);
        JoinedLines {
            standing: match (&state.confirmed_by, is_here) {
                (_, false) => "已关联到另一个认证平台，现在不能由它登录",
                (None, true) => "关联待负责人确认，现在还不能由它登录",
                (Some(_), true) => "已关联，可以由它登录",
            },
            asked: format!(
                "{}，{}",
                name(&state.asked_by),
                wording::recorded(state.since)
            ),
            confirmed: match state.confirmed_by {
                None => "还没有".to_owned(),
                Some(by) if by == state.asked_by => "本人以密码和认证平台的登录办理".to_owned(),
                Some(by) => name(&by),
            },
            issuer: state.identity.issuer,
            subject: state.identity.subject,
        }
    }
}

#[derive(Template)]
#[template(path = "provider.html")]
struct ProviderPage {
    frame: Frame,
    heading: String,
    lines: Vec<String>,
    links: Vec<(String, String)>,
}

/// The browser keeps this until it is back, or forgets it.
fn keep(mut response: Response, provider: &dyn IdentityProvider, away: Option<&str>) -> Response {
    // Back from another site by a link: `Strict` would not come along.
    let secure = if provider.comes_back_encrypted() {
        "; Secure"
    } else {
        ""
    };
    let (value, seconds) = match away {
        Some(away) => (away, identity::AWAY.as_secs()),
        None => ("", 0),
    };
    let cookie =
        format!("{COOKIE}={value}; Path={PATH}; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// What a person is told, and with which status; nothing where it is our own fault.
fn said(provider: &dyn IdentityProvider, error: &ArrivalError) -> Option<(String, StatusCode)> {
    let name = provider.name();
    let answer = match error {
        ArrivalError::Unbound | ArrivalError::SessionGone => {
            (error.to_string(), StatusCode::BAD_REQUEST)
        }
        ArrivalError::Stranger(_) => (
            format!(
                "{error}已有账号的，请先用密码登录，在“我的账号”页关联；没有账号的，请把这个标识告诉系统管理员。"
            ),
            StatusCode::FORBIDDEN,
        ),
        ArrivalError::Unconfirmed | ArrivalError::Unusable => {
            (error.to_string(), StatusCode::FORBIDDEN)
        }
        ArrivalError::Provider(ProviderError::Refused(text)) => {
            let text = if text.trim().is_empty() {
                format!("{name}没有同意，也没有说明原因。")
            } else {
                format!("{name}没有同意，它的说明是：“{}”。", text.trim())
            };
            (text, StatusCode::FORBIDDEN)
        }
        ArrivalError::Provider(ProviderError::Unreachable(_)) => (
            format!("{name}现在连接不上。请用密码登录，或者稍后再试。"),
            StatusCode::SERVICE_UNAVAILABLE,
        ),
        ArrivalError::Provider(ProviderError::Untrusted(_)) => (
            format!(
                "{name}的答复没有通过核验，不能据此确认身份。请重新开始；仍不成功的，请告诉系统管理员。"
            ),
            StatusCode::BAD_GATEWAY,
        ),
        ArrivalError::Identity(IdentityError::Field { text, .. }) => {
            (text.clone(), StatusCode::UNPROCESSABLE_ENTITY)
        }
        ArrivalError::Identity(error @ IdentityError::Contested) => {
            (error.to_string(), StatusCode::CONFLICT)
        }
        ArrivalError::Identity(_) => return None,
    };
    Some(answer)
}

/// The log is told why; no code, token or secret is in it.
fn log(error: &ArrivalError) {
    let error = crate::fault::chain(error);
    tracing::info!(error, "the provider signed nobody in");
}

fn unexpected(error: ArrivalError) -> Fault {
    match error {
        ArrivalError::Identity(error) => error.into(),
        other => Fault::Unexpected(other.into()),
    }
}

/// `GET /sign-in/provider?to=PATH`: to the provider.
async fn leave(
    State(office): State<Arc<Office>>,
    provider: ProviderOfPages,
    headers: HeaderMap,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let here = match provider.get() {
        Ok(here) => here,
        Err(fault) => return fault.response(&office),
    };
    let to = session::local(query.get("to").map_or("/", String::as_str));
    match office.leave_to_sign_in(here, to).await {
        Ok(departed) => {
            let response = Redirect::to(&departed.address).into_response();
            keep(response, here, Some(&departed.browser))
        }
        Err(error) => {
            log(&error);
            match said(here, &error) {
                Some(answer) => sign_in::not_by_provider(&office, &headers, &provider, to, answer),
                None => unexpected(error).response(&office),
            }
        }
    }
}

/// `GET /sign-in/provider/back`: from the provider.
async fn back(
    State(office): State<Arc<Office>>,
    provider: ProviderOfPages,
    headers: HeaderMap,
    Query(mut query): Query<BTreeMap<String, String>>,
) -> Response {
    let here = match provider.get() {
        Ok(here) => here,
        Err(fault) => return fault.response(&office),
    };
    let error = query.remove("error").map(|error| {
        let description = query.remove("error_description").unwrap_or_default();
        format!("{error} {description}")
            .chars()
            .filter(|c| !c.is_control())
            .take(SAID_CHARS_MAX)
            .collect()
    });
    let answer = Answer {
        state: query.remove("state").unwrap_or_default(),
        code: query.remove("code"),
        issuer: query.remove("iss"),
        error,
        browser: session::cookie(&headers, COOKIE).map(str::to_owned),
        session: session::cookie(&headers, session::COOKIE).map(str::to_owned),
    };
    let (errand, arrived) = office.arrive(here, &answer).await;
    let response = match (arrived, errand) {
        (Ok(Arrived::SignedIn { began, to }), _) => {
            let to = Redirect::to(session::local(&to)).into_response();
            session::keep(to, Some(&began.token))
        }
        (Ok(Arrived::Joined), _) => Redirect::to("/account?joined=1").into_response(),
        (Err(error), errand) => {
            log(&error);
            match (said(here, &error), errand) {
                (Some(answer), Some(Errand::Join { .. })) => not_joined(&office, here, answer),
                (Some(answer), Some(Errand::SignIn { to })) => {
                    sign_in::not_by_provider(&office, &headers, &provider, &to, answer)
                }
                (Some(answer), None) => {
                    sign_in::not_by_provider(&office, &headers, &provider, "/", answer)
                }
                (None, _) => unexpected(error).response(&office),
            }
        }
    };
    keep(response, here, None)
}

fn not_joined(
    office: &Office,
    provider: &dyn IdentityProvider,
    (text, status): (String, StatusCode),
) -> Response {
    let page = ProviderPage {
        frame: Frame::of(office),
        heading: format!("没有关联到{}", provider.name()),
        lines: vec![text],
        links: vec![("/account".to_owned(), "返回我的账号".to_owned())],
    };
    frame::page(status, &page)
}

/// `POST /account/provider`: the page from which the holder leaves.
async fn join(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    provider: ProviderOfPages,
    headers: HeaderMap,
    form: SmallForm,
) -> Response {
    let here = match provider.get() {
        Ok(here) => here,
        Err(fault) => return fault.response(&office),
    };
    // The door let this session in.
    let session = session::cookie(&headers, session::COOKIE).unwrap_or_default();
    let left = office
        .leave_to_join(here, &signed.actor, session, form.one("password"))
        .await;
    match left {
        Ok(departed) => {
            let page = ProviderPage {
                frame: Frame::of(&office),
                heading: format!("到{}登录", here.name()),
                lines: vec![
                    format!(
                        "密码正确。请在{}以您本人的身份登录，回来以后账号 {} 就已关联。",
                        here.name(),
                        signed.actor.account
                    ),
                    format!(
                        "请在{}分钟内办完，并且用这个浏览器。",
                        identity::AWAY.as_mins()
                    ),
                ],
                links: vec![
                    (departed.address, format!("前往{}", here.name())),
                    ("/account".to_owned(), "不关联了".to_owned()),
                ],
            };
            let response = frame::page(StatusCode::OK, &page);
            keep(response, here, Some(&departed.browser))
        }
        Err(ArrivalError::Identity(IdentityError::Field { field, text })) => {
            wrong(&office, &signed, &provider, (field, text)).await
        }
        Err(error) => {
            log(&error);
            match said(here, &error) {
                Some(answer) => not_joined(&office, here, answer),
                None => unexpected(error).response(&office),
            }
        }
    }
}

/// `POST /account/provider/part`
async fn part(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    provider: ProviderOfPages,
    _: SmallForm,
) -> Response {
    match office.part(&signed.actor).await {
        Ok(began) => session::keep(Redirect::to("/account").into_response(), Some(&began.token)),
        Err(IdentityError::Field { field, text }) => {
            wrong(&office, &signed, &provider, (field, text)).await
        }
        Err(error) => Fault::from(error).response(&office),
    }
}

async fn wrong(
    office: &Office,
    signed: &Signed,
    provider: &ProviderOfPages,
    (field, text): (&'static str, String),
) -> Response {
    let shown = Shown::wrong(field, text);
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    account::account_page(office, signed, provider, shown, status).await
}
