//! The own account: password, and tokens for programs.

use crate::fault::Fault;
use crate::form::SmallForm;
use crate::frame::{self, Frame};
use crate::provider::{JoinedLines, ProviderOfPages};
use crate::session::{self, Signed};
use crate::wording;
use app::Office;
use app::identity::{IdentityError, PASSWORD_LENGTH, TOKEN_DAYS_MAX};
use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    frame: Frame,
    token: String,
    account: String,
    least: usize,
    error_field: &'static str,
    error: String,
}

/// `GET /account/password`
pub(crate) async fn choose(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
) -> Response {
    password_page(&office, &signed, ("", ""), StatusCode::OK)
}

fn password_page(
    office: &Office,
    signed: &Signed,
    (field, error): (&'static str, &str),
    status: StatusCode,
) -> Response {
    let page = PasswordPage {
        frame: Frame::of(office),
        token: signed.form_token.clone(),
        account: signed.actor.account.clone(),
        least: PASSWORD_LENGTH.0,
        error_field: field,
        error: error.to_owned(),
    };
    frame::page(status, &page)
}

/// `POST /account/password`
pub(crate) async fn chosen(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    form: SmallForm,
) -> Response {
    let wrong = |field: &'static str, text: &str| {
        password_page(
            &office,
            &signed,
            (field, text),
            StatusCode::UNPROCESSABLE_ENTITY,
        )
    };
    let (old, new) = (form.one("old"), form.one("new"));
    if new != form.one("again") {
        return wrong("again", "两次填写的新密码不一样");
    }
    match office.choose_password(&signed.actor, old, new).await {
        Ok(began) => session::keep(
            Redirect::to("/account?changed=1").into_response(),
            Some(&began.token),
        ),
        Err(IdentityError::Field { field, text }) => wrong(field, &text),
        Err(error) => Fault::from(error).response(&office),
    }
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    frame: Frame,
    token: String,
    account: String,
    name: String,
    post: String,
    section: String,
    roles: Vec<String>,
    duties: Vec<&'static str>,
    tokens: Vec<TokenRow>,
    new_token: String,
    days_max: i64,
    error_field: &'static str,
    error: String,
    said_name: String,
    said_days: String,
    /// The name of the provider, where there is one.
    provider: Option<String>,
    joined: Option<JoinedLines>,
    has_password: bool,
    provider_only: bool,
    just_joined: bool,
}

struct TokenRow {
    id: String,
    name: String,
    issued: String,
    until: String,
}

/// `GET /account`
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    provider: ProviderOfPages,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let shown = Shown {
        just_joined: query.contains_key("joined"),
        ..Shown::default()
    };
    account_page(&office, &signed, &provider, shown, StatusCode::OK).await
}

/// What the page shows besides how things stand.
#[derive(Default)]
pub(crate) struct Shown {
    new_token: String,
    error_field: &'static str,
    error: String,
    said_name: String,
    said_days: String,
    just_joined: bool,
}

impl Shown {
    /// What is wrong with a field.
    pub(crate) fn wrong(error_field: &'static str, error: String) -> Shown {
        Shown {
            error_field,
            error,
            ..Shown::default()
        }
    }
}

pub(crate) async fn account_page(
    office: &Office,
    signed: &Signed,
    provider: &ProviderOfPages,
    shown: Shown,
    status: StatusCode,
) -> Response {
    let actor = &signed.actor;
    let tokens = match office.tokens(actor).await {
        Ok(tokens) => tokens,
        Err(error) => return Fault::from(error).response(office),
    };
    let state = match office.account_state(&actor.account).await {
        Ok(state) => state,
        Err(error) => return Fault::from(error).response(office),
    };
    let joined = state.joined.map(|it| JoinedLines::of(office, provider, it));
    let roles = wording::role_names(office, &actor.roles);
    let page = AccountPage {
        provider: provider.name(),
        just_joined: shown.just_joined && joined.is_some(),
        joined,
        has_password: state.has_password,
        provider_only: state.provider_only,
        frame: Frame::of(office),
        token: signed.form_token.clone(),
        account: actor.account.clone(),
        name: actor.name.clone(),
        post: actor.post.clone(),
        section: actor.section.clone(),
        roles,
        duties: actor.duties.iter().map(|duty| duty.chinese()).collect(),
        tokens: tokens
            .into_iter()
            .map(|line| TokenRow {
                id: line.id,
                name: line.name,
                issued: wording::recorded(line.issued),
                until: wording::recorded(line.until),
            })
            .collect(),
        new_token: shown.new_token,
        days_max: TOKEN_DAYS_MAX,
        error_field: shown.error_field,
        error: shown.error,
        said_name: shown.said_name,
        said_days: if shown.said_days.is_empty() {
            "30".to_owned()
        } else {
            shown.said_days
        },
    };
    frame::page(status, &page)
}

/// `POST /account/tokens`: the token is shown once, on the answer.
pub(crate) async fn issue_token(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    provider: ProviderOfPages,
    form: SmallForm,
) -> Response {
    let days = form.one("days").trim().parse().unwrap_or(0);
    let (shown, status) = match office
        .issue_token(&signed.actor, form.one("name"), days)
        .await
    {
        Ok(new_token) => {
            let shown = Shown {
                new_token,
                ..Shown::default()
            };
            (shown, StatusCode::OK)
        }
        Err(IdentityError::Field { field, text }) => {
            let shown = Shown {
                error_field: field,
                error: text,
                said_name: form.one("name").to_owned(),
                said_days: form.one("days").to_owned(),
                ..Shown::default()
            };
            (shown, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(error) => return Fault::from(error).response(&office),
    };
    account_page(&office, &signed, &provider, shown, status).await
}

/// `POST /account/tokens/revoke`
pub(crate) async fn revoke_token(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    form: SmallForm,
) -> Response {
    match office.revoke_token(&signed.actor, form.one("id")).await {
        Ok(()) => Redirect::to("/account").into_response(),
        Err(IdentityError::Field { .. }) => Fault::NotFound("没有这个令牌").response(&office),
        Err(error) => Fault::from(error).response(&office),
    }
}
