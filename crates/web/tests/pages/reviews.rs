//! The desk of the legal reviewer: what waits, each point beside its evidence, and what changed since last time.

use app::{ActRequest, Target};
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::desk::{Answer, Browser, TOKEN, begin, browser_of};
use crate::without;

const POINTS: [&str; 8] = [
    "subject_qualified",
    "procedure_lawful",
    "facts_evidence",
    "law_discretion",
    "within_authority",
    "documents_complete",
    "crime_transfer",
    "others",
];
const FILE: &str = "5e1f0000000000000000000000000000000000000000000000000000000000aa";

fn office() -> Browser {
    browser_of(|_| {})
}

async fn seen(browser: &Browser, account: &str, path: &str) -> Answer {
    let session = begin(&browser.office, account);
    browser.get_in(&session, path).await
}

/// Goes on with a case, with the hands of all who take part.
async fn go_on(browser: &Browser, case: &str, key: &str, step: Value) {
    let request: ActRequest = serde_json::from_value(step).unwrap();
    let target = Target::Case {
        case_id: case.trim_start_matches("/cases/").to_owned(),
        seen: None,
    };
    let done = browser.office.rehearse(&target, &request, key).await;
    done.unwrap_or_else(|error| panic!("{key}: {error}"));
}

fn handlers() -> Value {
    json!([{ "role": "handler", "person": "p01" }, { "role": "handler", "person": "p02" }])
}

async fn submitted(browser: &Browser, case: &str, key: &str, note: &str) {
    let facts = json!({ "submission_complete": true, "submission_note": note });
    let step = json!({
        "event": "review_submission", "number": 0, "occurred": "2026-11-24",
        "people": handlers(), "facts": facts,
        "files": [{
            "sha256": FILE, "sm3": "00", "size_bytes": 2_100, "media_type": "application/pdf",
            "name": "代拟<决定书>.pdf",
        }],
    });
    go_on(browser, case, key, step).await;
}

/// The review as the reviewer sends it; of the points, those given.
async fn review(browser: &Browser, case: &str, key: &str, said: &[(&str, &str)]) -> Answer {
    let session = begin(&browser.office, "weizw");
    let path = format!("{case}/acts/legal_review");
    let version = browser.get_in(&session, &path).await.hidden("version");
    let mut form = vec![
        ("token", TOKEN),
        ("key", key),
        ("version", &version),
        ("occurred", "2026-11-24"),
        ("role.legal_reviewer", "p07"),
    ];
    form.extend(said);
    browser.post_in(&session, &path, &form).await
}

fn conclusion<'a>(id: &'a str, points: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    let mut said = vec![
        ("fact.review_conclusion", id),
        ("fact.review_opinion", "裁量说明与拟处罚内容不一致"),
    ];
    said.extend(points.iter().map(|point| ("fact.review_points", *point)));
    said
}

/// The part of the page about one point.
fn card<'a>(page: &'a str, point: &str) -> &'a str {
    let start = format!("id=\"point-{point}\"");
    let rest = page.split(&start).nth(1);
    let rest = rest.unwrap_or_else(|| panic!("no {point} in {page}"));
    rest.split("</section>").next().unwrap_or(rest)
}

#[tokio::test]
async fn what_waits_for_review_stands_before_the_reviewer_and_nobody_else() {
    let browser = office();
    let case = browser.case_after(11).await;
    let page = seen(&browser, "weizw", "/reviews").await;
    assert_eq!(page.status, StatusCode::OK);
    for text in [
        &format!("href=\"{case}\""),
        &format!("href=\"{case}/acts/legal_review\""),
        &format!("href=\"{case}/acts/review_return\""),
        "<a href=\"/reviews\" aria-current=\"page\">",
        "未依照取水许可规定条件取水",
        "某某建材有限公司",
        "罚款¥60,000.00",
        "第1次，2026-11-03(周二)，陆清源、闻一舟",
        "第一次审核",
        "逾期14日",
    ] {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    // The reviewer may hear others too: what is no review stands on the list of the day only.
    assert_eq!(page.text.matches("<th scope=\"row\"").count(), 1);
    for account in ["luqy", "boyq", "zhanhj", "yesj"] {
        let page = seen(&browser, account, "/reviews").await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{account}");
        assert!(page.text.contains("由法制审核人员使用") && !page.text.contains(&case));
        assert!(!page.text.contains("href=\"/reviews\""), "{account}");
    }
    for account in ["jiandu", "guanli"] {
        let page = seen(&browser, account, "/reviews").await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{account}");
    }
}

#[tokio::test]
async fn an_empty_desk_says_so() {
    let browser = office();
    browser.case_after(10).await;
    let page = seen(&browser, "weizw", "/reviews").await;
    assert_eq!(page.status, StatusCode::OK);
    for text in ["没有等您审核的案件", "我最近审核的", "还没有。"] {
        assert!(page.text.contains(text), "{text}");
    }
    let later = seen(&browser, "weizw", "/reviews?after=2026-10-13~0~x~0").await;
    assert!(later.text.contains("后面没有了") && !later.text.contains("我最近审核的"));
    let bad = seen(&browser, "weizw", "/reviews?after=nonsense").await;
    assert_eq!(bad.status, StatusCode::OK);
}

#[tokio::test]
async fn each_point_stands_beside_its_evidence() {
    let browser = office();
    let case = browser.case_after(10).await;
    submitted(&browser, &case, "s1", "附<b>全部</b>证据").await;
    let page = seen(&browser, "weizw", &format!("{case}/acts/legal_review")).await;
    assert_eq!(page.status, StatusCode::OK);
    let page = page.text;
    let places: Vec<usize> = POINTS
        .iter()
        .map(|point| page.find(&format!("id=\"point-{point}\"")).expect("a card"))
        .collect();
    assert!(places.is_sorted(), "in the order of the rules");
    assert_eq!(page.matches("name=\"fact.review_points\"").count(), 8);
    assert!(!page.contains("自上次审核以来有变化") && !page.contains("有变化</span>"));
    let shows = |point: &str, texts: &[&str]| {
        let card = card(&page, point);
        for text in texts {
            assert!(card.contains(text), "{point}: {text}: {card}");
        }
    };
    shows(
        "subject_qualified",
        &[
            "《行政处罚法》第十七条、第二十条、第四十二条、《实施方案》第三十七项",
            "受委托办理的委托书是否公布有效",
            "<dt>由受委托组织办理</dt><dd>否",
            "本机关有权处罚",
            "系统推算",
            "<strong>陆清源</strong> <span class=\"soft\">承办人</span> 执法证SL-2024-0101，有效期至2028-12-31",
            "<strong>荀正岳</strong> <span class=\"soft\">负责人</span> 分管负责人",
            "没有办理：抽样取证、先行登记保存",
        ],
    );
    shows(
        "facts_evidence",
        &[
            "多取地表水二万一千立方米",
            "询问</a> <span class=\"day\">2026-10-20(周二)</span> <span class=\"soft\">承办人 陆清源、闻一舟",
            "没有记录：测量结果、鉴定意见",
        ],
    );
    shows(
        "law_discretion",
        &[
            "罚款¥60,000.00",
            "罚款在法定幅度内",
            "第六十九条",
            "裁量情节",
        ],
    );
    shows(
        "documents_complete",
        &["送达方式（事先告知书）", "直接送达", "演水立字〔2026〕1号"],
    );
    shows(
        "crime_transfer",
        &[
            "<dt>涉嫌犯罪</dt><dd>否",
            "《行政处罚法》第二十七条、第五十七条第（四）项、第八十二条、",
        ],
    );
    // The submission at the head, with its file; what others typed is text.
    let (head, _) = page.split_once("<form method").expect("a form");
    for text in [
        "第1次送审",
        "附&#60;b&#62;全部&#60;/b&#62;证据",
        "代拟&#60;决定书&#62;.pdf</a> <span class=\"soft\">2.1 kB",
        &format!("href=\"/files/{FILE}\""),
        "本案没有此前的意见",
        &format!("href=\"{case}/acts/review_return\""),
        "某某建材有限公司",
    ] {
        assert!(head.contains(text), "{text}: {head}");
    }
    assert!(!page.contains("<b>全部"));
    // Whoever reviews is offered for the role; the links lead to what they name.
    assert!(page.contains("value=\"p07\" checked"));
    let link = card(&page, "facts_evidence").split("href=\"").nth(1);
    let link = link
        .and_then(|rest| rest.split('"').next())
        .expect("a link");
    let (path, anchor) = link.split_once('#').expect("a place on the page");
    let shown = seen(&browser, "weizw", path).await;
    let entry = shown.text.split(&format!("id=\"{anchor}\"")).nth(1);
    let entry = entry.and_then(|rest| rest.split("</li>").next());
    assert!(
        entry.is_some_and(|it| it.contains("<strong>调查终结</strong>")),
        "{link}"
    );
}

#[tokio::test]
async fn who_lacked_a_credential_is_told_at_the_act_and_its_defect_at_the_point() {
    let browser = office();
    let case = browser.case_after(3).await;
    let facts = json!({
        "credential_shown": true, "note_signature": "signed", "audio_video": true,
        "record_content": "一人证件过期",
    });
    let step = json!({
        "event": "interview", "number": 0, "occurred": "2026-11-10", "facts": facts,
        "people": [{ "role": "handler", "person": "p01" }, { "role": "handler", "person": "p03" }],
    });
    go_on(&browser, &case, "bad", step).await;
    let done = |event: &str, people: Value, facts: Value| json!({ "event": event, "number": 0, "occurred": "2026-11-12", "people": people, "facts": facts });
    let facts = json!({ "violation_facts": "超量取水", "evidence_verified": true, "no_illegal_evidence": true });
    let step = done("investigation_conclusion", handlers(), facts);
    go_on(&browser, &case, "end", step).await;
    submitted(&browser, &case, "s1", "附全部证据").await;
    let page = seen(&browser, "weizw", &format!("{case}/acts/legal_review")).await;
    let card = card(&page.text, "subject_qualified");
    for text in [
        "简明川：执法证SL-2021-0077，证件已过期（至2026-06-30）",
        "程序瑕疵：有人员没有有效执法证（询问，2026-11-10(周二)）",
    ] {
        assert!(card.contains(text), "{text}: {card}");
    }
}

#[tokio::test]
async fn what_changed_since_the_last_review_is_marked_with_both_values() {
    let browser = office();
    let case = browser.case_after(11).await;
    let sent = review(&browser, &case, "r1", &conclusion("correct", &POINTS)).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    // Nothing waits while it is with the handlers; what was concluded stands below.
    let desk = seen(&browser, "weizw", "/reviews").await.text;
    assert!(desk.contains("没有等您审核的案件"));
    let lately = desk.split("id=\"lately\"").nth(1).expect("below");
    assert!(
        lately.contains("建议改正") && lately.contains("2026-11-24(周二)"),
        "{lately}"
    );
    let facts = json!({
        "item": "P-SF69-2", "proposed_penalty": { "kinds": ["fine"], "fine": 5_000_000, "confiscation": 0 },
        "circumstances": ["lenient"], "degree_grounds": ["remedied"], "cites_benchmark": true, "departs_from_benchmark": false,
        "crime_suspected": false, "is_complex_or_grave": false, "concerns_public_interest": false,
        "concerns_major_rights": false, "is_difficult": true, "review_by_law": false,
        "may_affect_society": false, "within_review_scope": true,
    });
    let step = |event: &str, people: Value, facts: Value| json!({ "event": event, "number": 1, "occurred": "2026-11-24", "people": people, "facts": facts });
    go_on(
        &browser,
        &case,
        "p2",
        step("penalty_proposal", handlers(), facts),
    )
    .await;
    let leaders =
        json!([{ "role": "unit_head", "person": "p04" }, { "role": "leader", "person": "p05" }]);
    go_on(
        &browser,
        &case,
        "a2",
        step("proposal_approval", leaders, json!({})),
    )
    .await;
    submitted(&browser, &case, "s2", "已补充裁量说明").await;

    let desk = seen(&browser, "weizw", "/reviews").await.text;
    for text in [
        "第2次，2026-11-24(周二)，陆清源、闻一舟",
        "建议改正（2026-11-24(周二)）",
        "罚款¥50,000.00",
    ] {
        assert!(desk.contains(text), "{text}: {desk}");
    }
    let page = seen(&browser, "weizw", &format!("{case}/acts/legal_review"))
        .await
        .text;
    let (head, _) = page.split_once("<form method").expect("a form");
    for text in [
        "第2次送审",
        "已补充裁量说明",
        "此前的意见",
        "<dt>审核结论</dt><dd>建议改正",
        "裁量说明与拟处罚内容不一致",
        "拟处罚意见</a>",
        "：已补充裁量说明",
    ] {
        assert!(head.contains(text), "{text}: {head}");
    }
    assert!(
        page.contains("上次办理：2026-11-24(周二)，建议改正"),
        "{page}"
    );
    let mark = "自上次审核以来有变化";
    for (point, is_changed) in [
        ("subject_qualified", true),
        ("procedure_lawful", true),
        ("facts_evidence", false),
        ("law_discretion", true),
        ("within_authority", true),
        ("crime_transfer", true),
        ("others", false),
    ] {
        let is_marked = card(&page, point).contains(mark);
        assert_eq!(is_marked, is_changed, "{point}: {}", card(&page, point));
        let link = format!("<a href=\"#point-{point}\">");
        assert_eq!(page.contains(&link), is_changed, "{point}");
    }
    let law = card(&page, "law_discretion");
    for text in [
        "<del><span class=\"hidden\">〔删去：</span>60,000.00",
        "<ins><span class=\"hidden\">〔加上：</span>50,000.00",
        "一般",
        "从轻",
        "新办理",
    ] {
        assert!(law.contains(text), "{text}: {law}");
    }
    // What stayed as it was is not marked.
    assert!(law.contains("<dt>适用事项</dt>"), "{law}");
}

#[tokio::test]
async fn a_submission_that_was_handed_back_stands_among_the_opinions() {
    let browser = office();
    let case = browser.case_after(11).await;
    let step = json!({
        "event": "review_return", "number": 0, "occurred": "2026-11-04",
        "people": [{ "role": "legal_reviewer", "person": "p07" }],
        "facts": { "missing_materials": "缺少听证笔录" },
    });
    go_on(&browser, &case, "back", step).await;
    let path = format!("{case}/acts/legal_review");
    // Until it is handed in again there is nothing to tick.
    let waiting = seen(&browser, "weizw", &path).await.text;
    assert!(waiting.contains("现在还不能办理") && waiting.contains("缺少听证笔录"));
    assert!(!waiting.contains("name=\"fact.review_points\""));
    submitted(&browser, &case, "s2", "已补听证笔录").await;
    let page = seen(&browser, "weizw", &path).await.text;
    for text in ["第2次送审", "送审退回", "缺少听证笔录", "：已补听证笔录"] {
        assert!(page.contains(text), "{text}");
    }
    // Handing back is no review: there is nothing to compare with.
    assert!(!page.contains("自上次审核以来有变化") && !page.contains("上次办理"));
}

#[tokio::test]
async fn every_error_is_told_at_its_field_and_the_form_stays_filled() {
    let browser = office();
    let case = browser.case_after(11).await;
    let before = browser.entries().await;
    let none = review(&browser, &case, "r1", &conclusion("agree", &[])).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    for text in [
        "<a href=\"#f-fact-review_points\">",
        "id=\"f-fact-review_points\" name=\"fact.review_points\"",
        "id=\"f-fact-review_points-error\"",
        "<option value=\"agree\" selected>",
        "裁量说明与拟处罚内容不一致</textarea>",
        "第1次送审",
    ] {
        assert!(none.text.contains(text), "{text}: {}", none.text);
    }
    let no_conclusion = without(&conclusion("agree", &POINTS[..2]), "fact.review_conclusion");
    let wrong = review(&browser, &case, "r2", &no_conclusion).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong
            .text
            .contains("<a href=\"#f-fact-review_conclusion\">")
    );
    assert_eq!(
        wrong.text.matches("checked").count(),
        3,
        "two points and a person"
    );
    let unknown = conclusion("agree", &["rumour"]);
    let wrong = review(&browser, &case, "r3", &unknown).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(browser.entries().await, before, "nothing was recorded");
}

#[tokio::test]
async fn agreeing_without_all_points_needs_a_reason_and_is_refused_once_confirmed() {
    let all_but_crime = &POINTS[..6];
    let browser = office();
    let case = browser.case_after(11).await;
    let asked = review(&browser, &case, "r1", &conclusion("agree", all_but_crime)).await;
    assert_eq!(asked.status, StatusCode::CONFLICT);
    assert!(
        asked.text.contains("name=\"reason.REV-POINTS\""),
        "{}",
        asked.text
    );
    assert!(card(&asked.text, "crime_transfer").contains("这一项还没有勾选"));
    for point in ["subject_qualified", "others"] {
        assert!(!card(&asked.text, point).contains("还没有勾选"), "{point}");
    }
    let reason = [
        conclusion("agree", all_but_crime),
        vec![("reason.REV-POINTS", "公安机关已出具不予立案的意见")],
    ];
    let sent = review(&browser, &case, "r2", &reason.concat()).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);

    let browser = browser_of(|file| {
        let mut confirmed = file.confirmed[0].clone();
        confirmed.id = "REV-POINTS".to_owned();
        file.confirmed.push(confirmed);
    });
    let case = browser.case_after(11).await;
    let reason = [
        conclusion("agree", all_but_crime),
        vec![("reason.REV-POINTS", "来不及")],
    ];
    let refused = review(&browser, &case, "r1", &reason.concat()).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused.text.contains("依法现在不能办理"),
        "{}",
        refused.text
    );
    assert!(card(&refused.text, "crime_transfer").contains("这一项还没有勾选"));
    let sent = review(&browser, &case, "r2", &conclusion("agree", &POINTS[..7])).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
}

#[tokio::test]
async fn other_forms_are_as_they_were() {
    let browser = office();
    let case = browser.case_after(11).await;
    let page = seen(&browser, "luqy", &format!("{case}/acts/evidence_addition")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("<h2>内容</h2>") && !page.text.contains("class=\"point"));
    assert!(!page.text.contains("class=\"desk\"") && !page.text.contains("class=\"verdict\""));
}
