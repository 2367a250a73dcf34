//! Conditions in registers are written in a form without a script and refused where they cannot run; those of the catalogue of
//! legal review are tried on the cases in hand, and asked of every proposal.

use crate::desk::{Answer, Browser, TOKEN, browser};
use crate::{with, without};
use app::register::RegisterName;
use axum::http::StatusCode;

const NEW: &str = "/registers/review_catalog/new";

const ROW: [(&str, &str); 15] = [
    ("token", TOKEN),
    ("key", "c1"),
    ("row", "m01"),
    ("c.kind", "penalty"),
    ("c.name", "单位罚款五万元以上的处罚决定"),
    ("c.standard", "对单位罚款五万元以上的。"),
    ("c.procedure", "penalty.ordinary"),
    ("c.condition.as", "lines"),
    ("c.condition.join", "all"),
    ("c.condition.0.0.fact", "拟处罚内容"),
    ("c.condition.0.0.test", "罚款不少于"),
    ("c.condition.0.0.value", "５００００"),
    ("effective_from", "2026-11-24"),
    ("by", "p08"),
    ("reason", "局务会"),
];

const APPROVAL: [(&str, &str); 4] = [
    ("token", TOKEN),
    ("key", "a1"),
    ("by", "p06"),
    ("ruling", "approve"),
];

const SAID: &str = "拟处罚内容的罚款不少于¥50,000.00";

fn says(answer: &Answer, status: StatusCode, texts: &[&str]) {
    assert_eq!(answer.status, status, "{}", answer.text);
    for text in texts {
        assert!(answer.text.contains(text), "{text}: {}", answer.text);
    }
}

async fn drafted(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> String {
    let answer = browser.post(path, fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    answer.location().to_owned()
}

async fn approved(browser: &Browser, draft: &str, key: &str) {
    browser.review(draft).await;
    let answer = browser.post(draft, &with(&APPROVAL, "key", key)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
}

/// The proposal of the demonstration case, said today, with or without the review.
async fn proposed(
    browser: &Browser,
    case: &str,
    is_reviewed: bool,
    key: &str,
) -> Result<(), String> {
    let says = [
        ("within_review_scope", is_reviewed.into()),
        ("is_difficult", false.into()),
    ];
    browser.step_today(case, 5, &says, key).await
}

const TIER: [(&str, &str); 16] = [
    ("token", TOKEN),
    ("key", "t1"),
    ("row", "c71"),
    ("c.item", "P-SF69-1"),
    ("c.tier", "从轻"),
    ("c.condition.as", "lines"),
    ("c.condition.join", "all"),
    ("c.condition.0.0.fact", "裁量情节"),
    ("c.condition.0.0.test", "含"),
    ("c.condition.0.0.value", "从轻"),
    ("c.low", "20000"),
    ("c.high", "40000"),
    ("c.unit", "yuan"),
    ("c.basis", "本局基准"),
    ("effective_from", "2026-11-24"),
    ("reason", "局务会"),
];

#[tokio::test]
async fn a_tier_of_the_benchmark_is_written_as_sentences_too() {
    const NEW: &str = "/registers/benchmarks/new";
    let browser = browser();
    let edited = async |fields: &[(&str, &str)], button: &str| {
        browser.post(NEW, &with(fields, "edit", button)).await
    };
    // No procedure is asked for: every one that fines by the benchmark reads it.
    let page = browser.get(NEW).await;
    says(
        &page,
        StatusCode::OK,
        &["<optgroup label=\"拟处罚意见\">", "<option>裁量情节"],
    );
    assert!(!page.text.contains("适用程序"), "{}", page.text);
    assert!(!page.text.contains("<option>处罚决定书文号"), "too late");
    let facts = edited(&TIER, "facts").await;
    let told = "裁量情节含从轻";
    says(
        &facts,
        StatusCode::OK,
        &[
            "<option selected>裁量情节",
            "<optgroup label=\"多选\"><option selected>含",
            "可以写：",
            told,
        ],
    );
    let missing = with(&TIER, "c.condition.0.0.test", "");
    let answer = browser.post(NEW, &missing).await;
    says(
        &answer,
        StatusCode::UNPROCESSABLE_ENTITY,
        &["请选择怎样比较", "value=\"从轻\"", "局务会"],
    );
    let misfit = with(&TIER, "c.condition.0.0.test", "少于");
    let answer = browser.post(NEW, &misfit).await;
    says(
        &answer,
        StatusCode::UNPROCESSABLE_ENTITY,
        &["id=\"c.condition.0.0-error\"", "裁量情节"],
    );
    let late: Vec<(&str, &str)> = without(&TIER, "c.condition.as");
    let late = with(&late, "c.condition", "载明违法事实和证据 成立");
    let answer = browser.post(NEW, &late).await;
    says(
        &answer,
        StatusCode::UNPROCESSABLE_ENTITY,
        &["“载明违法事实和证据”到【", "时还不一定有值"],
    );
    let draft = drafted(&browser, NEW, &TIER).await;
    says(
        &browser.get(&draft).await,
        StatusCode::OK,
        &["适用条件", told],
    );
    approved(&browser, &draft, "a1").await;
    let standing = browser.office.standing();
    let version = standing.row(RegisterName::Benchmarks, "c71", standing.day);
    let row = version.and_then(|version| version.row.clone()).unwrap();
    assert_eq!(row["condition"], "裁量情节 含 从轻");
    // Opened again it stands line by line.
    let again = browser.get("/registers/benchmarks/c71/draft").await;
    says(
        &again,
        StatusCode::OK,
        &["<option selected>裁量情节", "value=\"从轻\"", told],
    );
}

#[tokio::test]
async fn a_condition_is_written_line_by_line_without_a_script() {
    let browser = browser();
    let page = browser.get(NEW).await;
    says(
        &page,
        StatusCode::OK,
        &[
            "先在上面选择“适用程序”",
            "再加一行（或者）",
            "再加一组（并且）",
        ],
    );
    assert!(!page.text.contains("拟处罚内容"), "no procedure, no facts");

    let edited = async |fields: &[(&str, &str)], button: &str| {
        browser.post(NEW, &with(fields, "edit", button)).await
    };
    let facts = edited(&ROW, "facts").await;
    says(
        &facts,
        StatusCode::OK,
        &[
            "<optgroup label=\"当事人\"><option>当事人类型",
            "<option selected>拟处罚内容",
            "<optgroup label=\"拟处罚意见\">",
            // Only what fits a penalty, and what may stand there.
            "<optgroup label=\"处罚\"><option>含种类",
            "设定:单位听证罚款起点",
            SAID,
            // The rest of the form stays as it was filled.
            "单位罚款五万元以上的处罚决定",
            "局务会",
        ],
    );
    assert!(
        !facts.text.contains("<option>决定处罚内容"),
        "it is said later"
    );
    let line = edited(&ROW, "line.0").await;
    says(
        &line,
        StatusCode::OK,
        &["c.condition.0.1.fact", "name=\"c.condition.0.0.value\""],
    );
    let group = edited(&ROW, "group").await;
    says(
        &group,
        StatusCode::OK,
        &["c.condition.1.0.fact", "<p class=\"joint\">并且"],
    );
    let any = edited(&with(&ROW, "c.condition.join", "any"), "group").await;
    says(
        &any,
        StatusCode::OK,
        &["<p class=\"joint\">或者", "再加一行（并且）"],
    );
    let dropped = edited(&ROW, "drop.0.0").await;
    assert!(!dropped.text.contains(SAID), "the line is gone");
    let text = edited(&ROW, "text").await;
    says(
        &text,
        StatusCode::OK,
        &[
            "<textarea name=\"c.condition\"",
            "拟处罚内容 罚款不少于 50000</textarea>",
            "改为逐行选",
        ],
    );
    let as_text: Vec<(&str, &str)> = ROW
        .iter()
        .copied()
        .filter(|(name, _)| !name.starts_with("c.condition"))
        .chain([("c.condition", "拟处罚内容 罚款不少于 50000")])
        .collect();
    let back = edited(&as_text, "lines").await;
    says(
        &back,
        StatusCode::OK,
        &["name=\"c.condition.0.0.value\"", "value=\"50000\""],
    );
    assert_eq!(browser.entries().await, 0, "a button records nothing");

    let draft = drafted(&browser, NEW, &ROW).await;
    let page = browser.get(&draft).await;
    says(&page, StatusCode::OK, &["判断条件", SAID]);
    approved(&browser, &draft, "a1").await;
    let standing = browser.office.standing();
    let version = standing.row(RegisterName::ReviewCatalog, "m01", standing.day);
    let row = version.and_then(|version| version.row.clone()).unwrap();
    assert_eq!(row["condition"], "拟处罚内容 罚款不少于 50000");
    let again = browser.get("/registers/review_catalog/m01/draft").await;
    says(
        &again,
        StatusCode::OK,
        &["<option selected>罚款不少于", "value=\"50000\""],
    );
}

#[tokio::test]
async fn what_cannot_run_is_refused_at_its_line() {
    let browser = browser();
    let wrong = async |fields: &[(&str, &str)], texts: &[&str]| {
        let answer = browser.post(NEW, fields).await;
        says(&answer, StatusCode::UNPROCESSABLE_ENTITY, texts);
    };
    wrong(
        &with(&ROW, "c.condition.0.0.test", "成立"),
        &[
            "“拟处罚内容”的类型是处罚，不能“成立”",
            "id=\"c.condition.0.0-error\"",
            "value=\"５００００\"",
        ],
    )
    .await;
    wrong(
        &with(&ROW, "c.condition.0.0.value", "5万元"),
        &["看到“5万元”", "设定:名称"],
    )
    .await;
    wrong(&with(&ROW, "c.condition.0.0.fact", ""), &["请选择事实"]).await;
    wrong(
        &with(&ROW, "c.condition.0.0.fact", "决定处罚内容"),
        &["还不一定有值", "不能用在这里的"],
    )
    .await;
    wrong(
        &without(&ROW, "c.procedure"),
        &["写了条件的，须选择适用的程序"],
    )
    .await;
    wrong(
        &with(&ROW, "c.procedure", "remedy"),
        &["不按目录判断是否审核", "行政处罚普通程序"],
    )
    .await;
    // Two lines that can never both hold.
    let mut never = ROW.to_vec();
    never.extend([
        ("c.condition.1.0.fact", "拟处罚内容"),
        ("c.condition.1.0.test", "罚款少于"),
        ("c.condition.1.0.value", "20000"),
    ]);
    wrong(
        &never,
        &["“拟处罚内容的罚款不少于¥50,000.00”与“拟处罚内容的罚款少于¥20,000.00”不能同时成立"],
    )
    .await;
    assert_eq!(browser.entries().await, 0);
}

#[tokio::test]
async fn a_row_without_a_condition_is_only_read() {
    let browser = browser();
    let fields: Vec<(&str, &str)> = ROW
        .iter()
        .copied()
        .filter(|(name, _)| !name.starts_with("c.condition.0"))
        .collect();
    let draft = drafted(&browser, NEW, &without(&fields, "c.procedure")).await;
    approved(&browser, &draft, "a1").await;
    let case = browser.case_after(5).await;
    proposed(&browser, &case, false, "p").await.unwrap();
}

#[tokio::test]
async fn a_row_catches_a_proposal_from_its_day_until_it_is_repealed() {
    let browser = browser();
    let case = browser.case_after(5).await;
    let draft = drafted(&browser, NEW, &ROW).await;
    // Before it is approved nothing holds; the trial says that nothing is known of the case yet.
    let tried = browser.get(&format!("{draft}?try=1")).await;
    says(&tried, StatusCode::OK, &["没有一件的答复会改变"]);
    let other = browser.again_after(12).await;
    let tried = browser.get(&format!("{draft}?try=1")).await;
    says(
        &tried,
        StatusCode::OK,
        &[
            "其中1件的答复会改变",
            "新列入法制审核目录",
            "单位罚款五万元以上的处罚决定（某某建材有限公司）",
            &format!("href=\"{other}\""),
            SAID,
        ],
    );
    approved(&browser, &draft, "a1").await;
    let form = browser
        .get(&format!("{case}/acts/penalty_proposal?subject=1"))
        .await;
    says(&form, StatusCode::OK, &["本机关法制审核目录", SAID]);
    let refused = proposed(&browser, &case, false, "p1").await.unwrap_err();
    for text in [
        "MD-CATALOG",
        "本机关审核目录列有“单位罚款五万元以上的处罚决定”（m01）",
        SAID,
    ] {
        assert!(refused.contains(text), "{text}: {refused}");
    }

    // Changed so that it catches all the same, nothing is told.
    let last = || {
        let standing = browser.office.standing();
        let last = standing.last_change(RegisterName::ReviewCatalog, "m01");
        last.to_string()
    };
    let seen = last();
    let lower = with(&ROW, "c.condition.0.0.value", "40000");
    let lower = with(&with(&lower, "seen", &seen), "key", "c3");
    let change = drafted(&browser, "/registers/review_catalog/m01/draft", &lower).await;
    let tried = browser.get(&format!("{change}?try=1")).await;
    says(
        &tried,
        StatusCode::OK,
        &["没有一件的答复会改变", "有1件还没有作出决定"],
    );

    // Taken away again: the page of the draft names the cases that rest on it.
    let removal = [
        ("token", TOKEN),
        ("key", "c2"),
        ("effective_from", "2026-11-24"),
        ("by", "p08"),
        ("reason", "目录调整"),
    ];
    let repeal = drafted(
        &browser,
        "/registers/review_catalog/m01/draft?change=remove",
        &with(&removal, "seen", &seen),
    )
    .await;
    let page = browser.get(&repeal).await;
    says(
        &page,
        StatusCode::OK,
        &[
            "在办案件现在依据它的",
            "有1件还没有作出决定",
            &format!("href=\"{other}\""),
        ],
    );
    let tried = browser.get(&format!("{repeal}?try=1")).await;
    says(&tried, StatusCode::OK, &["不再列入法制审核目录"]);
    approved(&browser, &repeal, "a2").await;
    proposed(&browser, &case, false, "p2").await.unwrap();
}

#[tokio::test]
async fn whoever_goes_to_review_anyway_is_let_through() {
    let browser = browser();
    let draft = drafted(&browser, NEW, &ROW).await;
    approved(&browser, &draft, "a1").await;
    let case = browser.case_after(5).await;
    proposed(&browser, &case, true, "p1").await.unwrap();
}
