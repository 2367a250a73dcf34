//! Accounts of the agency: who may sign in, and codes for those who have to choose a password.
//!
//! The administrator issues a code and somebody in charge confirms it. Neither can become somebody else alone.

use crate::fault::Fault;
use crate::form::SmallForm;
use crate::frame::{self, Frame};
use crate::provider::ProviderOfPages;
use crate::session::Signed;
use crate::wording;
use app::Office;
use app::access::Actor;
use app::agency::Duty;
use app::identity::IdentityError;
use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "accounts.html")]
struct AccountsPage {
    frame: Frame,
    token: String,
    lines: Vec<Line>,
    /// The code just issued, and for whom.
    issued: Option<(String, String)>,
    is_administrator: bool,
    error: String,
}

struct Line {
    account: String,
    name: String,
    post: String,
    section: String,
    roles: Vec<String>,
    duties: Vec<&'static str>,
    state: &'static str,
    note: String,
    is_open: bool,
    may_confirm: bool,
    /// How it is joined to the provider.
    joined: &'static str,
    /// The link to how it is joined, for whom there is something to do or to see.
    joining: &'static str,
}

/// `GET /accounts`
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    provider: ProviderOfPages,
) -> Response {
    let said = (None, String::new());
    page(&office, &signed, &provider, said, StatusCode::OK).await
}

async fn page(
    office: &Office,
    signed: &Signed,
    provider: &ProviderOfPages,
    (issued, error): (Option<(String, String)>, String),
    status: StatusCode,
) -> Response {
    if !office.may_see_accounts(&signed.actor) {
        return Fault::denied("账号由系统管理员管理；负责人确认初始口令。").response(office);
    }
    let is_administrator = signed.actor.has(Duty::Administrator);
    let file = office.agency();
    let mut lines = Vec::new();
    for account in &file.accounts {
        let state = match office.account_state(&account.id).await {
            Ok(state) => state,
            Err(error) => return Fault::from(error).response(office),
        };
        let actor = Actor::of(&file, &account.id);
        let word = match (account.closed, state.locked_until, state.is_active) {
            (true, _, _) => "已停用",
            (_, Some(_), _) => "锁定中",
            (_, _, true) => "在用",
            (_, _, false) => "尚未启用",
        };
        let note = match (state.code_until, state.needs_confirmation) {
            (Some(_), true) => "初始口令待负责人确认".to_owned(),
            (Some(until), false) => format!("初始口令可用至{}", wording::recorded(until)),
            (None, _) => state.locked_until.map_or_else(String::new, |until| {
                format!("至{}", wording::recorded(until))
            }),
        };
        lines.push(Line {
            account: account.id.clone(),
            name: actor
                .as_ref()
                .map_or_else(String::new, |it| it.name.clone()),
            post: actor
                .as_ref()
                .map_or_else(String::new, |it| it.post.clone()),
            section: actor
                .as_ref()
                .map_or_else(String::new, |it| it.section.clone()),
            roles: actor
                .as_ref()
                .map_or_else(Vec::new, |it| wording::role_names(office, &it.roles)),
            duties: account.duties.iter().map(|duty| duty.chinese()).collect(),
            joined: match (&state.joined, state.provider_only) {
                (None, _) => "",
                (Some(_), true) => "只由统一身份认证登录",
                (Some(joined), false) if joined.confirmed_by.is_some() => "已关联统一身份认证",
                (Some(_), false) => "关联待负责人确认",
            },
            joining: match &state.joined {
                Some(joined)
                    if joined.confirmed_by.is_none()
                        && joined.asked_by != signed.actor.account
                        && account.id != signed.actor.account
                        && signed.actor.level.is_some() =>
                {
                    "核对、确认关联"
                }
                Some(_) => "统一身份认证",
                None if is_administrator && provider.is_some() && !account.closed => "统一身份认证",
                None => "",
            },
            state: word,
            note,
            is_open: !account.closed,
            may_confirm: state.needs_confirmation
                && signed.actor.level.is_some()
                && signed.actor.account != account.id,
        });
    }
    let page = AccountsPage {
        frame: Frame::of(office),
        token: signed.form_token.clone(),
        lines,
        issued,
        is_administrator,
        error,
    };
    frame::page(status, &page)
}

/// `POST /accounts/code`: issues a code, shown once.
pub(crate) async fn issue(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    provider: ProviderOfPages,
    form: SmallForm,
) -> Response {
    let account = form.one("account");
    match office.issue_code(&signed.actor, account).await {
        Ok(code) => {
            let issued = Some((account.to_owned(), code));
            let said = (issued, String::new());
            page(&office, &signed, &provider, said, StatusCode::OK).await
        }
        Err(IdentityError::Field { text, .. }) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            page(&office, &signed, &provider, (None, text), status).await
        }
        Err(error) => Fault::from(error).response(&office),
    }
}

/// `POST /accounts/confirm`
pub(crate) async fn confirm(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    provider: ProviderOfPages,
    form: SmallForm,
) -> Response {
    match office
        .confirm_code(&signed.actor, form.one("account"))
        .await
    {
        Ok(()) => Redirect::to("/accounts").into_response(),
        Err(IdentityError::Field { text, .. }) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            page(&office, &signed, &provider, (None, text), status).await
        }
        Err(error) => Fault::from(error).response(&office),
    }
}
