//! What every page has in common: its frame, its style, its headers, and the token that forms carry.

use crate::components::demonstration::Demonstration;
use crate::components::header::{Header, NavEntry, Who};
use crate::fault::Fault;
use crate::{session, stage};
use app::Office;
use app::agency::Duty;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use std::sync::Arc;

const STYLE: &str = include_str!("../assets/staff.css");
const COOKIE: &str = "mingqu_form";

/// The frame of a page.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) agency_name: String,
    pub(crate) header: Header,
    /// When the page was made: printed with it.
    pub(crate) made_at: String,
    /// What a made-up agency says of itself.
    pub(crate) demonstration: Option<Demonstration>,
}

impl Frame {
    pub(crate) fn of(office: &Office) -> Frame {
        let agency_name = office.agency().name.clone();
        let mut nav = Vec::new();
        let mut entry = |name: &str, link: &str| nav.push(NavEntry::new(name, link));
        let who = session::who().map(|signed| {
            let actor = &signed.actor;
            if actor.person.is_some() && !actor.roles.is_empty() {
                entry("今日待办", "/");
                entry("案件", "/cases");
                entry("签批", "/pending");
                entry("缴款台账", "/payments");
                if office.may_review(actor) {
                    entry("法制审核台", "/reviews");
                }
                if office.may_see_disclosures(actor) {
                    entry("公示审核台", "/disclosures");
                }
                if office.may_open(actor).is_ok() {
                    entry("新建案件", "/cases/new");
                }
            } else if actor.has(Duty::Supervisor) {
                entry("案件", "/cases");
                entry("缴款台账", "/payments");
                entry("公示审核台", "/disclosures");
            }
            if office.may_supervise(actor) {
                entry("监督", "/supervision");
            }
            entry("登记", "/registers");
            if office.may_see_accounts(actor) {
                entry("账号", "/accounts");
            }
            Who::SignedIn {
                name: signed.actor.name,
                post: signed.actor.post,
                sign_out: "/sign-out".to_owned(),
                token: signed.form_token,
            }
        });
        Frame {
            header: Header {
                agency_name: agency_name.clone(),
                nav,
                who: who.unwrap_or(Who::Nobody),
            },
            agency_name,
            made_at: office.now().chinese(),
            demonstration: stage::bar(office),
        }
    }

    /// The same frame of a page that belongs to this entry of the navigation.
    pub(crate) fn at(mut self, link: &str) -> Frame {
        for entry in &mut self.header.nav {
            entry.is_here = entry.link == link;
        }
        self
    }
}

/// No page runs a script but our own, loads from elsewhere, may be framed or is kept by a cache between users.
pub(crate) async fn guard(mut response: Response) -> Response {
    let always = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    let headers = response.headers_mut();
    for (name, value) in always {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The one stylesheet.
pub(crate) async fn style() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "private, max-age=600"),
    ];
    (headers, STYLE).into_response()
}

/// The islands: what a form does better with JavaScript. Every page works without.
const ISLANDS: [(&str, &str); 4] = [
    ("grow.js", include_str!("../assets/islands/grow.js")),
    ("hint.js", include_str!("../assets/islands/hint.js")),
    ("keep.js", include_str!("../assets/islands/keep.js")),
    ("picker.js", include_str!("../assets/islands/picker.js")),
];

/// `GET /islands/{name}`
pub(crate) async fn island(
    Path(name): Path<String>,
    State(office): State<Arc<Office>>,
) -> Response {
    let found = ISLANDS.into_iter().find(|(known, _)| *known == name);
    let Some((_, script)) = found else {
        return Fault::NotFound("没有这个页面").response(&office);
    };
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "private, max-age=600"),
    ];
    (headers, script).into_response()
}

/// Renders a page; a template that fails is our own fault.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be made");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "页面暂时无法显示，请稍后再试。",
            )
                .into_response()
        }
    }
}

/// The token of forms: in a cookie that other sites cannot send, and in each form. Both must agree.
pub(crate) struct FormToken {
    pub(crate) text: String,
    is_new: bool,
}

impl FormToken {
    /// The token of this browser, or a new one.
    pub(crate) fn of(office: &Office, headers: &HeaderMap) -> FormToken {
        match known(headers) {
            Some(text) => FormToken {
                text,
                is_new: false,
            },
            None => FormToken {
                text: office.new_token(),
                is_new: true,
            },
        }
    }

    /// Whether the form was made for the browser that sends it.
    pub(crate) fn fits(headers: &HeaderMap, form: &str) -> bool {
        known(headers).is_some_and(|token| token == form)
    }

    /// Gives the browser its token where it has none yet.
    pub(crate) fn keep(&self, mut response: Response) -> Response {
        let cookie = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict", self.text);
        if self.is_new
            && let Ok(cookie) = HeaderValue::from_str(&cookie)
        {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        response
    }
}

/// That of the session; before there is one, that of the browser.
fn known(headers: &HeaderMap) -> Option<String> {
    match session::cookie(headers, session::COOKIE) {
        Some(session) if !session.is_empty() => Some(app::identity::form_token(session)),
        _ => sent(headers),
    }
}

fn sent(headers: &HeaderMap) -> Option<String> {
    let value = session::cookie(headers, COOKIE)?;
    let is_ours = value.len() == 32 && value.chars().all(|c| c.is_ascii_hexdigit());
    is_ours.then(|| value.to_owned())
}
