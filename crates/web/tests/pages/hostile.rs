//! Markup and far too much text, in every field that is typed into, of every form that a case offers.

use crate::desk::{Answer, Browser, TOKEN, browser};
use axum::http::StatusCode;
use std::collections::BTreeSet;

const MARKUP: &str = "<script>alert(7)</script>\"'><img src=x onerror=alert(7)>";
/// More than any text may have.
const TOO_LONG: usize = 20_001;

/// The names of what is typed into: a line, a text, a date.
fn typed(page: &str) -> BTreeSet<String> {
    let controls = page.split('<').filter(|tag| {
        let is_line = tag.starts_with("input ") && !tag.contains("type=\"");
        is_line || tag.starts_with("textarea ")
    });
    let names = controls.filter_map(|tag| tag.split_once(" name=\"")?.1.split('"').next());
    let is_said = |name: &&str| {
        ["fact.", "new.", "reason."]
            .iter()
            .any(|it| name.starts_with(it))
    };
    names.filter(is_said).map(str::to_owned).collect()
}

/// The addresses of the forms that a case offers, and those that it only explains.
fn forms(page: &str) -> BTreeSet<String> {
    let links = page.split("href=\"").skip(1);
    let links = links.filter_map(|rest| rest.split('"').next());
    let acts = links.filter(|link| link.contains("/acts/"));
    acts.map(|link| link.replace("&#38;", "&").replace("&amp;", "&"))
        .collect()
}

async fn send(browser: &Browser, path: &str, form: &Answer, fields: &[(String, String)]) -> Answer {
    let version = form.hidden("version");
    let key = format!("{path}{}", fields.len());
    let mut all = vec![
        ("token", TOKEN),
        ("key", key.as_str()),
        ("version", version.as_str()),
        ("occurred", "2026-11-27"),
        ("role.handler", "p01"),
        ("role.handler", "p02"),
    ];
    all.extend(
        fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    );
    browser.post(path, &all).await
}

/// Every form of cases at several stages, with what is typed into it.
async fn all_forms(browser: &Browser, steps: usize) -> Vec<(String, Answer, BTreeSet<String>)> {
    let case = browser.case_after(steps).await;
    let page = browser.get(&format!("{case}?unfold=all")).await;
    let mut found = Vec::new();
    for path in forms(&page.text) {
        let form = browser.get(&path).await;
        let names = typed(&form.text);
        if form.status == StatusCode::OK && form.text.contains("id=\"form\"") && !names.is_empty() {
            found.push((path, form, names));
        }
    }
    assert!(found.len() > 4, "a case after {steps} steps offers forms");
    found
}

#[tokio::test]
async fn markup_in_any_field_is_text() {
    for steps in [1, 5, 9, 15] {
        let browser = browser();
        for (path, form, names) in all_forms(&browser, steps).await {
            let fields: Vec<(String, String)> = names
                .iter()
                .map(|name| (name.clone(), MARKUP.to_owned()))
                .collect();
            let answer = send(&browser, &path, &form, &fields).await;
            let shown = match answer.status {
                StatusCode::SEE_OTHER => browser.get(answer.location()).await,
                StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT | StatusCode::FORBIDDEN => {
                    answer
                }
                other => panic!("{path}: {other}"),
            };
            assert!(!shown.text.contains("<script>alert(7)"), "{path}");
            assert!(!shown.text.contains("<img src=x"), "{path}");
            assert!(shown.text.contains("alert(7)"), "{path}: nothing is lost");
        }
    }
}

#[tokio::test]
async fn far_too_much_text_in_any_field_is_told_at_that_field_and_comes_back() {
    let long = "长".repeat(TOO_LONG);
    let begins: String = long.chars().take(200).collect();
    for steps in [5, 15] {
        let browser = browser();
        for (path, form, names) in all_forms(&browser, steps).await {
            for name in names {
                let mut fields = vec![(name.clone(), long.clone())];
                if name.starts_with("new.") && name != "new.name" {
                    // Without a name nobody comes in, and nothing else of them is read.
                    let known = [("new.name", "某某公司"), ("new.party_kind", "legal_person")];
                    fields.extend(known.map(|(name, value)| (name.to_owned(), value.to_owned())));
                }
                let answer = send(&browser, &path, &form, &fields).await;
                assert_eq!(
                    answer.status,
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "{path} {name}"
                );
                let wrong = answer.text.split("class=\"field wrong\"").skip(1);
                let at_field = format!("name=\"{name}\"");
                let mut wrong =
                    wrong.map(|rest| rest.split("class=\"field").next().unwrap_or(rest));
                assert!(
                    wrong.any(|field| field.contains(&at_field)),
                    "{path} {name} is marked"
                );
                assert!(answer.text.contains(&begins), "{path} {name} comes back");
            }
        }
    }
}
