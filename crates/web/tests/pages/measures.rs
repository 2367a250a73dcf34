//! The agency's own measures beside the rules that run, and flowcharts that are drawn from them.

use crate::desk::{Answer, Browser, TOKEN, begin, browser};
use app::ledger::{Ledger, StreamName};
use app::ports::OutwardEffect;
use app::register::RegisterName;
use axum::http::StatusCode;
use proof::{Disclosure, DisclosureRow};
use vocabulary::Day;

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
    browser.review(&draft).await;
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

const CHART: [(&str, &str); 9] = [
    ("token", TOKEN),
    ("key", "f1"),
    ("seen", "0"),
    ("row", "l01"),
    ("c.procedure", "penalty.ordinary"),
    ("c.title", "行政处罚普通程序流程图"),
    ("c.filed_on", "2026-03-20"),
    ("effective_from", "2026-11-20"),
    ("reason", "局务会"),
];

/// What was released of the first row of a register, last.
async fn released(browser: &Browser, register: &str) -> Disclosure {
    let stream = StreamName::parse(&format!("register/{register}")).unwrap();
    let log = browser.office.log();
    let entries = browser.ledger.read_stream(log, &stream, 0).await.unwrap();
    let mut bodies = entries
        .iter()
        .rev()
        .filter_map(|entry| entry.body(OutwardEffect::Disclosed.label()));
    serde_json::from_slice(bodies.next().unwrap()).unwrap()
}

#[tokio::test]
async fn a_flowchart_is_drawn_from_the_procedure_that_runs_and_released_as_its_steps() {
    let browser = browser();
    put(&browser, "flowcharts", &CHART).await;
    let page = browser.get("/registers/flowcharts/l01").await;
    let edition: String = browser
        .office
        .context()
        .rules
        .digest
        .chars()
        .take(12)
        .collect();
    says(
        &page,
        &[
            "<svg",
            "由正在运行的程序画出",
            "1. 案源登记",
            "《行政处罚法》第五十四条",
            &edition,
        ],
    );
    assert!(!page.text.contains("此后图变了"), "{}", page.text);

    let releaser = begin(&browser.office, "yesj");
    let fields = [("token", TOKEN), ("key", "r1"), ("row", "l01")];
    let path = "/registers/flowcharts/publish";
    let answer = browser.post_in(&releaser, path, &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let shown = released(&browser, "flowcharts").await;
    let steps: Vec<&DisclosureRow> = shown.sections.iter().flat_map(|it| &it.rows).collect();
    assert!((10..=25).contains(&steps.len()), "{}", steps.len());
    for (at, step) in steps.iter().enumerate() {
        assert!(step.label.starts_with(&format!("{}. ", at + 1)), "{step:?}");
    }
    let decision = steps.iter().find(|it| it.label.ends_with("处罚决定"));
    let decision = &decision.unwrap().value;
    assert!(
        decision.contains("期限：") && decision.contains("《行政处罚法》第六十条"),
        "{decision}"
    );
    let standing = browser.office.fresh_standing().await.unwrap();
    assert_eq!(standing.unreleased(RegisterName::Flowcharts), []);
}

#[tokio::test]
async fn a_drawing_that_changed_since_its_row_was_approved_says_so() {
    let browser = browser();
    put(&browser, "flowcharts", &CHART).await;
    let setting = [
        ("token", TOKEN),
        ("key", "s1"),
        ("seen", "0"),
        ("c.value", "9"),
        ("c.is_confirmed", "true"),
        ("c.text", "本局办法"),
        ("effective_from", "2026-11-23"),
        ("reason", "局务会"),
    ];
    let path = "/registers/settings/review_period/draft";
    let answer = browser.post(path, &setting).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let draft = answer.location().to_owned();
    let approval = [
        ("token", TOKEN),
        ("key", "s2"),
        ("by", "p06"),
        ("ruling", "approve"),
    ];
    browser.review(&draft).await;
    let answer = browser.post(&draft, &approval).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let page = browser.get("/registers/flowcharts/l01").await;
    says(
        &page,
        &["此后图变了", "变了的步骤：法制审核。", "9个工作日"],
    );
    let standing = browser.office.fresh_standing().await.unwrap();
    let (_, _, row) = standing
        .rows(RegisterName::Flowcharts, standing.day)
        .next()
        .unwrap();
    let flowcharts = RegisterName::Flowcharts;
    let since = |day: &str| standing.redrawn_since(flowcharts, row, Day::parse(day).unwrap());
    assert_eq!(since("2026-11-22"), ["法制审核"]);
    assert!(since("2026-11-23").is_empty(), "it was drawn so already");
}

#[tokio::test]
async fn a_row_may_draw_some_phases_only() {
    let browser = browser();
    let fields = |phases: &'static str| {
        [
            ("token", TOKEN),
            ("key", phases),
            ("seen", "0"),
            ("row", "l02"),
            ("c.procedure", "penalty.ordinary"),
            ("c.title", "法制审核流程图"),
            ("c.phases", phases),
            ("effective_from", "2026-11-24"),
            ("reason", "局务会"),
        ]
    };
    let path = "/registers/flowcharts/new";
    let wrong = browser.post(path, &fields("审核讨论、没有的")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let told = "没有阶段“没有的”；有：案源、立案";
    assert!(wrong.text.contains(told), "{}", wrong.text);
    put(&browser, "flowcharts", &fields("审核讨论、决定")).await;
    let row = browser.get("/registers/flowcharts/l02").await;
    says(
        &row,
        &[">法制审核流程图<", "法制审核", "集体讨论", "处罚决定"],
    );
    for other in ["案源登记", "法制审核流程图流程图"] {
        assert!(!row.text.contains(other), "{other}: {}", row.text);
    }
}

#[tokio::test]
async fn a_measure_is_issued_once_it_was_reviewed_and_deliberated() {
    let browser = browser();
    let path = "/registers/policies/new";
    let stages = [
        ("c.reviewed_on", "2026-11-03"),
        ("c.deliberated_on", "2026-11-05"),
        ("c.issued_on", "2026-11-10"),
        ("c.filed_on", "2026-11-12"),
    ];
    for (said, wanted) in [
        (&stages[2..3], "请填写“合法性审核日期”"),
        (&stages[2..3], "请填写“集体审议日期”"),
        (&stages[3..], "请填写“印发日期”"),
    ] {
        let answer = browser.post(path, &[&MEASURE[..], said].concat()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        for text in [wanted, said[0].1] {
            assert!(answer.text.contains(text), "{text}: {}", answer.text);
        }
    }
    put(&browser, "policies", &[&MEASURE[..], &stages].concat()).await;
}
