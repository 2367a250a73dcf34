//! The agency's own measures beside the rules that run, and flowcharts that are drawn from them.

use crate::desk::{Answer, Browser, TOKEN, browser};
use axum::http::StatusCode;

fn says(answer: &Answer, texts: &[&str]) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    for text in texts {
        assert!(answer.text.contains(text), "{text}: {}", answer.text);
    }
}

const MEASURE: [(&str, &str); 13] = [
    ("token", TOKEN),
    ("key", "m1"),
    ("seen", "0"),
    ("row", "d01"),
    ("c.name", "公示办法"),
    ("c.kind", "measures"),
    ("c.drafted_by", "政策法规科"),
    ("c.clauses.0.clause", "第一条"),
    ("c.clauses.0.says", "为了规范<公示>，制定本办法。"),
    ("c.clauses.1.clause", "第二条"),
    ("c.clauses.1.says", "处罚决定自作出之日起七个工作日内公示。"),
    ("effective_from", "2026-11-24"),
    ("reason", "局务会"),
];

/// A row of a register, drafted by one and approved by another.
async fn put(browser: &Browser, register: &str, fields: &[(&str, &str)]) {
    let path = format!("/registers/{register}/new");
    let answer = browser.post(&path, fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let draft = answer.location().to_owned();
    let approval = [
        ("token", TOKEN),
        ("key", draft.as_str()),
        ("by", "p06"),
        ("ruling", "approve"),
    ];
    let answer = browser.post(&draft, &approval).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
}

#[tokio::test]
async fn clauses_without_a_rule_are_listed_and_the_others_name_what_runs() {
    let browser = browser();
    let linked = [&MEASURE[..], &[("c.clauses.1.rule", "PUB-PEN-7WD")]].concat();
    put(&browser, "policies", &linked).await;
    let row = browser.get("/registers/policies/d01").await;
    says(
        &row,
        &[
            "没有对应规则的条款（1条）",
            "为了规范&#60;公示&#62;，制定本办法。",
            "没有写对应的条目",
            "由规则落实的条款（1条）",
            "由PUB-PEN-7WD",
        ],
    );
    let list = browser.get("/registers/policies").await;
    says(
        &list,
        &[
            "没有对应规则的条款（1条）",
            "href=\"/registers/policies/d01#unlinked\"",
        ],
    );
    let other = browser.get("/registers/people").await;
    assert!(!other.text.contains("没有对应规则的条款"));
}

#[tokio::test]
async fn a_clause_that_names_no_rule_that_there_is_comes_back_at_its_cell() {
    let browser = browser();
    let wrong = [&MEASURE[..], &[("c.clauses.1.rule", "PUB-没有")]].concat();
    let answer = browser.post("/registers/policies/new", &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for text in ["第2行：", "没有“PUB-没有”", "处罚决定自作出之日起"] {
        assert!(answer.text.contains(text), "{text}: {}", answer.text);
    }
}
