//! How somebody's account is joined to the provider: the administrator names the identity, somebody in charge confirms it.

use super::{JoinedLines, ProviderOfPages};
use crate::fault::Fault;
use crate::form::SmallForm;
use crate::frame::{self, Frame};
use crate::session::Signed;
use app::Office;
use app::access::Actor;
use app::agency::Duty;
use app::identity::{IdentityError, ProviderOnly};
use app::provider::Identity;
use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Office>> {
    Router::new()
        .route("/accounts/provider", get(show))
        .route("/accounts/provider/join", post(join))
        .route("/accounts/provider/confirm", post(confirm))
        .route("/accounts/provider/part", post(part))
        .route("/accounts/provider/only", post(only))
}

#[derive(Template)]
#[template(path = "account-provider.html")]
struct AccountProviderPage {
    frame: Frame,
    token: String,
    account: String,
    name: String,
    post: String,
    provider: String,
    joined: Option<JoinedLines>,
    is_confirmed: bool,
    provider_only: bool,
    is_administrator: bool,
    may_join: bool,
    may_confirm: bool,
    error: String,
    /// The error is about the subject that was typed.
    is_subject: bool,
    said: String,
}

/// What was typed, and what is wrong with it.
#[derive(Default)]
struct Wrong {
    field: &'static str,
    text: String,
    said: String,
}

/// `GET /accounts/provider?account=ID`
async fn show(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    provider: ProviderOfPages,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let account = query.get("account").map_or("", String::as_str);
    let nothing = Wrong::default();
    page(
        &office,
        &signed,
        &provider,
        account,
        nothing,
        StatusCode::OK,
    )
    .await
}

async fn page(
    office: &Office,
    signed: &Signed,
    provider: &ProviderOfPages,
    account: &str,
    wrong: Wrong,
    status: StatusCode,
) -> Response {
    if !office.may_see_accounts(&signed.actor) {
        return Fault::denied("账号由系统管理员管理；负责人确认账号的关联。").response(office);
    }
    let file = office.agency();
    let is_known = file.accounts.iter().any(|it| it.id == account);
    let state = match office.account_state(account).await {
        Ok(state) => state,
        Err(error) => return Fault::from(error).response(office),
    };
    if !is_known || (!provider.is_some() && state.joined.is_none()) {
        return Fault::NotFound("没有这个账号，或者没有设定统一身份认证").response(office);
    }
    let is_confirmed = state
        .joined
        .as_ref()
        .is_some_and(|it| it.confirmed_by.is_some());
    let may_confirm = state
        .joined
        .as_ref()
        .is_some_and(|it| it.confirmed_by.is_none() && it.asked_by != signed.actor.account)
        && signed.actor.level.is_some()
        && signed.actor.account != account;
    let is_administrator = signed.actor.has(Duty::Administrator);
    let holder = Actor::of(&file, account);
    let page = AccountProviderPage {
        frame: Frame::of(office).at("/accounts"),
        token: signed.form_token.clone(),
        account: account.to_owned(),
        name: holder
            .as_ref()
            .map_or_else(String::new, |it| it.name.clone()),
        post: holder.map_or_else(String::new, |it| it.post),
        provider: provider.name().unwrap_or_else(|| "统一身份认证".to_owned()),
        joined: state.joined.map(|it| JoinedLines::of(office, provider, it)),
        is_confirmed,
        provider_only: state.provider_only,
        is_administrator,
        may_join: is_administrator
            && !is_confirmed
            && provider.is_some()
            && file.account(account).is_some(),
        may_confirm,
        is_subject: wrong.field == "subject",
        error: wrong.text,
        said: wrong.said,
    };
    frame::page(status, &page)
}

/// Back to the page, or the page with what was wrong.
async fn answered(
    office: &Office,
    signed: &Signed,
    provider: &ProviderOfPages,
    form: &SmallForm,
    done: Result<(), IdentityError>,
) -> Response {
    let account = form.one("account");
    match done {
        Ok(()) => {
            let of = form_urlencoded::Serializer::new(String::new())
                .append_pair("account", account)
                .finish();
            Redirect::to(&format!("/accounts/provider?{of}")).into_response()
        }
        Err(IdentityError::Field { field, text }) => {
            let wrong = Wrong {
                field,
                text,
                said: form.one("subject").to_owned(),
            };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            page(office, signed, provider, account, wrong, status).await
        }
        Err(error) => Fault::from(error).response(office),
    }
}

/// `POST /accounts/provider/join`
async fn join(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    provider: ProviderOfPages,
    form: SmallForm,
) -> Response {
    let identity = match provider.get() {
        Ok(here) => Identity {
            issuer: here.issuer().to_owned(),
            subject: form.one("subject").trim().to_owned(),
        },
        Err(fault) => return fault.response(&office),
    };
    let done = office
        .join_for(&signed.actor, form.one("account"), &identity)
        .await;
    answered(&office, &signed, &provider, &form, done).await
}

/// `POST /accounts/provider/confirm`
async fn confirm(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    provider: ProviderOfPages,
    form: SmallForm,
) -> Response {
    let (account, subject) = (form.one("account"), form.one("subject"));
    let done = office.confirm_joined(&signed.actor, account, subject).await;
    answered(&office, &signed, &provider, &form, done).await
}

/// `POST /accounts/provider/part`
async fn part(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    provider: ProviderOfPages,
    form: SmallForm,
) -> Response {
    let done = office.part_for(&signed.actor, form.one("account")).await;
    answered(&office, &signed, &provider, &form, done).await
}

/// `POST /accounts/provider/only`
async fn only(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    provider: ProviderOfPages,
    form: SmallForm,
) -> Response {
    let only = match form.one("only") {
        "yes" => ProviderOnly::Only,
        _ => ProviderOnly::Also,
    };
    let done = office
        .set_provider_only(&signed.actor, form.one("account"), only)
        .await;
    answered(&office, &signed, &provider, &form, done).await
}
