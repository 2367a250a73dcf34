//! Who may do what: every route, asked by every account, by another unit, by another agency, and by nobody, with the
//! entries that each request leaves behind. One snapshot to read.

use crate::desk::{TOKEN, begin, browser_of, other_office, with_others};
use crate::{LEAD, stage, with};
use app::provider::{Arrival, Departure, Identity, IdentityProvider, ProviderError};
use async_trait::async_trait;
use axum::http::StatusCode;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use testkit::clock::ManualClock;

/// Every route of the staff pages; `{case}` and the like stand for something that exists.
const ROUTES: &[(&str, &str)] = &[
    ("GET", "/supervision"),
    ("GET", "/supervision/appraisal"),
    ("POST", "/supervision/appraisal"),
    ("POST", "/supervision/appraisal/own"),
    ("POST", "/supervision/appraisal/mappings"),
    ("GET", "/supervision/appraisal/{id}"),
    ("GET", "/"),
    ("GET", "/cases"),
    ("GET", "/cases.xlsx"),
    ("POST", "/cases/views"),
    ("GET", "/cases/new"),
    ("GET", "/cases/import"),
    ("POST", "/cases/import"),
    ("GET", "/cases/import/sheets.xlsx"),
    ("GET", "/cases/import/ledger.xlsx"),
    ("GET", "/cases/import/{id}"),
    ("POST", "/cases/import/{id}"),
    ("GET", "/cases/import/{id}/result.xlsx"),
    ("GET", "/cases/new/{procedure}/{event}"),
    ("POST", "/cases/new/{procedure}/{event}"),
    ("GET", "/cases/{case_id}"),
    ("GET", "/cases/{case_id}/chart"),
    ("GET", "/cases/{case_id}/service"),
    ("GET", "/cases/{case_id}/account"),
    ("GET", "/cases/{case_id}/discretion"),
    ("GET", "/cases/{case_id}/acts/{event}"),
    ("POST", "/cases/{case_id}/acts/{event}"),
    ("POST", "/hints"),
    ("GET", "/islands/{name}"),
    ("GET", "/payments"),
    ("GET", "/payments.xlsx"),
    ("GET", "/reviews"),
    ("GET", "/disclosures"),
    ("GET", "/cases/{case_id}/disclosures/{document}/{number}"),
    ("POST", "/cases/{case_id}/disclosures/{document}/{number}"),
    (
        "GET",
        "/cases/{case_id}/disclosures/{document}/{number}/carrier",
    ),
    (
        "POST",
        "/cases/{case_id}/disclosures/{document}/{number}/carrier",
    ),
    (
        "GET",
        "/cases/{case_id}/disclosures/{document}/{number}/carrier/package.zip",
    ),
    ("GET", "/pending"),
    ("GET", "/pending/{id}"),
    ("POST", "/pending/{id}"),
    ("GET", "/account"),
    ("GET", "/account/password"),
    ("POST", "/account/password"),
    ("POST", "/account/tokens"),
    ("POST", "/account/tokens/revoke"),
    ("POST", "/account/provider"),
    ("POST", "/account/provider/part"),
    ("GET", "/accounts"),
    ("POST", "/accounts/code"),
    ("POST", "/accounts/confirm"),
    ("GET", "/accounts/provider"),
    ("POST", "/accounts/provider/join"),
    ("POST", "/accounts/provider/confirm"),
    ("POST", "/accounts/provider/part"),
    ("POST", "/accounts/provider/only"),
    ("GET", "/registers"),
    ("GET", "/registers/verification"),
    ("GET", "/registers/verification/export"),
    ("GET", "/registers/editions"),
    ("POST", "/registers/editions"),
    ("GET", "/registers/editions/{id}"),
    ("GET", "/registers/draws/new"),
    ("POST", "/registers/draws/new"),
    ("GET", "/registers/draws/drafts/{number}"),
    ("POST", "/registers/draws/drafts/{number}"),
    ("GET", "/registers/draws/{row}/proof"),
    ("GET", "/registers/{name}"),
    ("GET", "/registers/{name}/new"),
    ("POST", "/registers/{name}/new"),
    ("GET", "/registers/{name}/import"),
    ("POST", "/registers/{name}/import"),
    ("GET", "/registers/{name}/export"),
    ("GET", "/registers/{name}/boards"),
    ("GET", "/registers/{name}/bulk"),
    ("POST", "/registers/{name}/bulk"),
    ("GET", "/registers/{name}/publish"),
    ("POST", "/registers/{name}/publish"),
    ("GET", "/registers/{name}/drafts/{number}"),
    ("POST", "/registers/{name}/drafts/{number}"),
    ("GET", "/registers/{name}/{row}"),
    ("GET", "/registers/{name}/{row}/draft"),
    ("POST", "/registers/{name}/{row}/draft"),
    ("GET", "/gallery"),
    ("GET", "/files"),
    ("POST", "/files"),
    ("GET", "/files/{address}"),
    ("GET", "/staff.css"),
    ("GET", "/sign-in"),
    ("GET", "/sign-in/provider"),
    ("GET", "/sign-in/provider/back"),
    ("GET", "/tour"),
    ("POST", "/demonstration/clock"),
    ("POST", "/sign-out"),
];

/// Who asks: what the column is called, and the account.
const COLUMNS: [(&str, &str); 12] = [
    ("承办人", "luqy"),
    ("同科室", "wenyz"),
    ("外科室", "shuibao"),
    ("科长", "boyq"),
    ("分管", "xunzy"),
    ("局长", "zhanhj"),
    ("审核", "weizw"),
    ("内勤等", "yesj"),
    ("财务", "qianjy"),
    ("监督", "jiandu"),
    ("管理", "guanli"),
    ("已停用", "tingyong"),
];

/// A provider of identities that lets everybody leave and knows nobody who comes back.
struct NobodyKnown;

#[async_trait]
impl IdentityProvider for NobodyKnown {
    fn name(&self) -> &str {
        "统一身份认证"
    }

    fn issuer(&self) -> &str {
        "https://id.example"
    }

    fn comes_back_encrypted(&self) -> bool {
        true
    }

    fn is_in_reach(&self) -> bool {
        true
    }

    async fn start(&self, _: &Departure, _: Timestamp) -> Result<String, ProviderError> {
        Ok("https://id.example/authorize".to_owned())
    }

    async fn finish(&self, _: &Arrival, _: Timestamp) -> Result<Identity, ProviderError> {
        Err(ProviderError::Refused("nobody".to_owned()))
    }
}

fn filled(route: &str, case: &str, pending: &str) -> String {
    route
        .replace("{procedure}", "penalty.ordinary")
        .replace(
            "{event}",
            if route.contains("new") {
                "lead_registration"
            } else {
                "lead_verification"
            },
        )
        .replace("{case_id}", case.trim_start_matches("/cases/"))
        .replace("/islands/{name}", "/islands/grow.js")
        .replace("/accounts/provider", "/accounts/provider?account=qush")
        .replace("?account=qush/", "/")
        .replace("/registers/{name}", "/registers/people")
        .replace("{id}", pending)
        .replace("{number}", "1")
        .replace("{row}", "p01")
        .replace("{address}", &"ab".repeat(32))
}

#[tokio::test]
async fn every_route_by_everybody() {
    let mut browser = browser_of(with_others);
    browser.router = web::with_provider(browser.router, Arc::new(NobodyKnown));
    // A form that does not say which day it shows moves nothing, so every row is asked on the same day.
    let clock = Arc::new(ManualClock::at("2026-11-24T04:00:00Z"));
    let stage = web::Stage::new(Some(clock), Some(stage::tour(&[])));
    browser.router = web::with_stage(browser.router, stage);
    let case = browser.case_after(2).await;
    let mut sessions: Vec<(&str, String)> = COLUMNS
        .iter()
        .map(|(name, account)| (*name, begin(&browser.office, account)))
        .collect();
    let elsewhere = other_office(&browser);
    sessions.push(("外机关", begin(&elsewhere, "luqy")));
    sessions.push(("未登录", "0".repeat(64)));
    let mut table = String::new();
    let names: Vec<&str> = sessions.iter().map(|(name, _)| *name).collect();
    let _ = writeln!(table, "路由 | {}", names.join(" | "));
    for (method, route) in ROUTES.iter().copied() {
        let path = filled(route, &case, "no-such");
        let mut cells = Vec::new();
        for (name, session) in &sessions {
            let account = COLUMNS.iter().find(|(column, _)| column == name);
            // Signing out ends a session that the next rows need: another one is used up.
            let session = match account {
                Some((_, account)) if route == "/sign-out" => begin(&browser.office, account),
                _ => session.clone(),
            };
            let before = browser.entries().await;
            let answer = if method == "GET" {
                browser.get_in(&session, &path).await
            } else {
                // What ends the sessions of an account is done to one that asks for nothing here.
                let account = match route.starts_with("/accounts/provider") {
                    true => "qush",
                    false => "luqy",
                };
                let form = [("token", TOKEN), ("account", account), ("subject", "s-1")];
                browser.post_in(&session, &path, &form).await
            };
            let left = browser.entries().await - before;
            let word = match answer.status {
                StatusCode::SEE_OTHER if answer.location().starts_with("/sign-in") => {
                    "登录".to_owned()
                }
                status => status.as_u16().to_string(),
            };
            cells.push(if left == 0 {
                word
            } else {
                format!("{word}+{left}")
            });
        }
        let _ = writeln!(table, "{method} {route} | {}", cells.join(" | "));
    }
    // A sound act, sent by each: who may, leaves an entry.
    let mut cells = Vec::new();
    for (at, (_, session)) in sessions.iter().enumerate() {
        let key = format!("sound-{at}");
        let before = browser.entries().await;
        let form = with(&LEAD, "key", &key);
        let path = "/cases/new/penalty.ordinary/lead_registration";
        let answer = browser.post_in(session, path, &form).await;
        let left = browser.entries().await - before;
        cells.push(format!("{}+{left}", answer.status.as_u16()));
    }
    let _ = writeln!(table, "登记案源（承办人p01） | {}", cells.join(" | "));
    insta::assert_snapshot!("rights", table);
}

#[tokio::test]
async fn a_token_that_would_last_too_long_comes_back_as_it_was_asked_for() {
    let browser = crate::desk::browser();
    let form = [("token", TOKEN), ("name", "对接"), ("days", "400")];
    let answer = browser.post("/account/tokens", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for text in ["有效期为1到90天", "value=\"400\"", "value=\"对接\""] {
        assert!(answer.text.contains(text), "{text}");
    }
}

#[test]
fn the_matrix_knows_every_route() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for rest in text.split(".route(").skip(1) {
                let rest = rest.trim_start();
                if let Some(route) = rest.strip_prefix('"').and_then(|it| it.split('"').next()) {
                    found.insert(route.to_owned(), path.display().to_string());
                }
            }
        }
    }
    assert!(found.len() > 20, "{found:?}");
    for (route, file) in found {
        let is_known = ROUTES.iter().any(|(_, known)| *known == route);
        assert!(is_known, "{route} of {file} is not in the matrix");
    }
}
