//! What rests on texts that nobody has read in full: listed whole, confirmed by two hands, told with the text.

use crate::desk::{Answer, Browser, TOKEN, browser};
use app::register::{Progress, ToVerifyKind, may_be_confirmed, verifications};
use axum::http::{StatusCode, header};
use law::statute::Verified;
use std::collections::BTreeSet;

const PAGE: &str = "/registers/verification";

fn says(answer: &Answer, texts: &[&str]) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    for text in texts {
        assert!(answer.text.contains(text), "{text}: {}", answer.text);
    }
}

/// The line of one id.
fn line(page: &Answer, id: &str) -> String {
    let mark = format!("<span>{id}</span>");
    let lines = page.text.split("<tr>");
    let found = lines.into_iter().find(|line| line.contains(&mark));
    found.unwrap_or_else(|| panic!("no {id}")).to_owned()
}

/// A relation that blocks only once it is confirmed, and the row by which that is done.
fn a_relation(browser: &Browser) -> (String, String) {
    let all = verifications(&browser.office.standing());
    let mut open = all.into_iter().filter(|it| {
        it.kind == ToVerifyKind::Relation && it.progress == Progress::Open && it.force.1 == "阻断"
    });
    let found = open.next().unwrap();
    assert_eq!(found.force.0, "要求说明理由");
    (found.id, found.row)
}

async fn confirm(browser: &Browser, row: &str) -> String {
    let draft = [
        ("token", TOKEN),
        ("key", "v1"),
        ("seen", "0"),
        ("c.is_confirmed", "true"),
        ("c.text", "国办发〔2018〕118号第<三>部分第（一）项"),
        ("effective_from", "2026-11-24"),
        ("reason", "对照原文核对"),
    ];
    let path = format!("/registers/settings/{row}/draft");
    let form = browser.get(&format!("{path}?confirm=1")).await;
    says(
        &form,
        &[
            "已对照原文核对",
            "对照原文核对依据",
            "依据：",
            " checked",
            row,
        ],
    );
    let silent = browser.post(&path, &crate::without(&draft, "c.text")).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(silent.text.contains("请写明对照的原文"), "{}", silent.text);
    let answer = browser.post(&path, &draft).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    answer.location().to_owned()
}

#[tokio::test]
async fn everything_that_is_open_in_the_rules_is_listed_once_and_can_be_confirmed() {
    let browser = browser();
    let standing = browser.office.standing();
    let all = verifications(&standing);
    let rules = &standing.context.rules;
    let relations = rules.procedures.iter().flat_map(|it| &it.rules);
    let relations = relations.filter(|it| it.verified != Verified::Yes);
    let settings = rules.settings.iter();
    let settings = settings.filter(|it| it.verified != Verified::Yes);
    let asks = rules.register_rules.iter();
    let asks = asks.filter(|it| it.verified != Verified::Yes);
    let items = rules.items.values();
    let items = items.filter(|it| it.verified != Verified::Yes);
    let open: BTreeSet<(ToVerifyKind, &str)> = relations
        .map(|it| (ToVerifyKind::Relation, it.id.as_str()))
        .chain(settings.map(|it| (ToVerifyKind::Setting, it.id.as_str())))
        .chain(asks.map(|it| (ToVerifyKind::RegisterRule, it.id.as_str())))
        .chain(items.map(|it| (ToVerifyKind::Item, it.id.as_str())))
        .collect();
    assert!(open.len() > 200, "{}", open.len());
    let listed: Vec<(ToVerifyKind, &str)> = all
        .iter()
        .filter(|it| it.kind != ToVerifyKind::Row)
        .map(|it| (it.kind, it.id.as_str()))
        .collect();
    assert_eq!(listed.len(), open.len(), "each once");
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), open);
    let rows = rules.rows.iter().filter(|it| it.verified != Verified::Yes);
    let ways: BTreeSet<&str> = all.iter().map(|it| it.row.as_str()).collect();
    for row in rows {
        assert!(ways.contains(row.id.as_str()), "{} is left out", row.id);
    }
    for it in &all {
        assert!(
            may_be_confirmed(&standing, &it.row),
            "{} by {}",
            it.id,
            it.row
        );
        assert!(
            !it.says.concat().is_empty() && !it.basis.is_empty(),
            "{}",
            it.id
        );
    }
}

#[tokio::test]
async fn a_rule_is_confirmed_from_the_page_and_blocks_from_then_on() {
    let browser = browser();
    let (id, row) = a_relation(&browser);
    let here = format!("{PAGE}?q={id}");
    let page = browser.get(&here).await;
    says(&page, &["依据待核", "起草核对，另一名法制审核人员审核"]);
    let open = line(&page, &id);
    for text in ["待核", "要求说明理由", "核对以后：阻断", "起草核对"] {
        assert!(open.contains(text), "{text}: {open}");
    }
    assert!(open.contains(&format!(
        "href=\"/registers/settings/{row}/draft?confirm=1\""
    )));

    let draft = confirm(&browser, &row).await;
    let pending = line(&browser.get(&here).await, &id);
    assert!(
        pending.contains("核对中") && pending.contains(&format!("href=\"{draft}\"")),
        "{pending}"
    );
    let waiting = browser.get(&format!("{PAGE}?state=drafted")).await;
    says(&waiting, &[&id]);

    let approval = [
        ("token", TOKEN),
        ("key", "v2"),
        ("by", "p06"),
        ("ruling", "approve"),
    ];
    browser.review(&draft).await;
    let approved = browser.post(&draft, &approval).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
    let page = browser.get(&here).await;
    let done = line(&page, &id);
    for text in [
        "已核对",
        "起草，卫知微审核，詹怀瑾批准",
        "2026-11-24(周二)起",
        "对照：国办发〔2018〕118号第&#60;三&#62;部分",
    ] {
        assert!(done.contains(text), "{text}: {done}");
    }
    assert!(
        !done.contains("核对以后") && done.contains("阻断"),
        "{done}"
    );
    let left = browser.get(&format!("{PAGE}?state=open&q={id}")).await;
    assert!(!left.text.contains(&format!("<span>{id}</span>")));
}

#[tokio::test]
async fn the_list_is_searched_narrowed_paged_and_taken_along() {
    let browser = browser();
    let index = browser.get("/registers").await;
    says(
        &index,
        &["href=\"/registers/verification\"", "还没有对照原文核对"],
    );
    let settings = browser.get("/registers/settings").await;
    says(&settings, &["href=\"/registers/verification\""]);
    let first = browser.get(PAGE).await;
    says(
        &first,
        &["skip=30", "关系", "设定", "登记的要求", "执法事项"],
    );
    assert!(first.text.len() < 150_000, "{}", first.text.len());
    let next = browser.get(&format!("{PAGE}?skip=30")).await;
    says(&next, &["href=\"/registers/verification\""]);
    let none = browser.get(&format!("{PAGE}?q=没有这样的规则")).await;
    says(&none, &["没有找到"]);
    let of = browser
        .get(&format!("{PAGE}?procedure=license&q=审核"))
        .await;
    says(&of, &["符合的", "procedure=license"]);
    assert!(!of.text.contains("<span>hearing_fine_org</span>"));
    let far = browser.get(&format!("{PAGE}?skip=99999")).await;
    says(&far, &["没有找到"]);

    let csv = browser
        .get(&format!("{PAGE}/export?as=csv&q=hearing_fine_org"))
        .await;
    says(&csv, &["编号", "由谁核对", "单位听证罚款起点"]);
    assert_eq!(csv.text.lines().count(), 2, "{}", csv.text);
    let book = browser.get(&format!("{PAGE}/export?as=xlsx")).await;
    assert_eq!(book.headers[header::CONTENT_TYPE], sheet::MEDIA_TYPE);
    assert!(book.bytes.starts_with(b"PK"));
}

const INSPECTING: &str = "/cases/new/inspection/inspection_registration";

/// A daily inspection that says no plan.
const INSPECTION: [(&str, &str); 14] = [
    ("token", TOKEN),
    ("key", "k1"),
    ("occurred", "2026-11-24"),
    ("role.handler", "p01"),
    ("fact.inspection_item", "water_use"),
    ("fact.inspection_kind", "daily"),
    ("fact.inspection_reason", "年度检查"),
    ("fact.inspects_enterprise", "true"),
    ("fact.is_emergency", "false"),
    ("fact.own_jurisdiction", "true"),
    ("fact.is_delegated", "false"),
    ("new.name", "演川建材有限公司"),
    ("new.party_kind", "legal_person"),
    ("new.credit_code", "91140400MA0H00000E"),
];

/// Where an act meets a rule whose basis nobody held against its text, the form says whose work that is.
#[tokio::test]
async fn a_form_says_who_confirms_an_open_basis() {
    let browser = browser();
    let page = browser.post(INSPECTING, &INSPECTION).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    for text in ["依据待核", "核对以前只要求说明理由或者提示，由卫知微核对"]
    {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
}

/// “只核对，不记录” is judged as if it were recorded: what would be refused is told, what would not is said to be lawful.
#[tokio::test]
async fn a_form_that_is_checked_is_judged_and_not_recorded() {
    let browser = browser();
    let before = browser.entries().await;
    let lawful = crate::with(&crate::LEAD, "do", "check");
    let path = "/cases/new/penalty.ordinary/lead_registration";
    let page = browser.post(path, &lawful).await;
    says(&page, &["照这样填写可以办理。没有记录。"]);
    let empty = crate::with(&lawful, "fact.lead_content", "");
    let page = browser.post(path, &empty).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    // A reason that the law asks for is asked for, as if it were to be recorded.
    let reasonless = crate::with(&INSPECTION, "do", "check");
    let page = browser.post(INSPECTING, &reasonless).await;
    assert_eq!(page.status, StatusCode::CONFLICT, "{}", page.text);
    assert!(page.text.contains("须写明理由") && !page.text.contains("可以办理。没有记录"));
    assert_eq!(browser.entries().await, before);
}
