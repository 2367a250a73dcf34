//! The real router in process: what each request meets, good and bad.

#![expect(
    clippy::unwrap_used,
    reason = "a failed `unwrap` in a test names its line"
)]

mod api;
mod appraisal;
mod catalog;
mod combined;
mod desk;
mod disclosures;
mod discretion;
mod drafts;
mod draws;
mod editions;
mod files;
mod hands;
mod hostile;
mod import;
mod lists;
mod look;
mod lookups;
mod measures;
mod parties;
mod payments;
mod provider;
mod published;
mod recording;
mod registers;
mod reviews;
mod rights;
mod schema;
mod service;
mod stage;
mod tables;
mod today;
mod verification;
mod widgets;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use desk::{OPENING, SESSION, TOKEN, broken_desk, browser, encode};

const LEAD: [(&str, &str); 9] = [
    ("token", TOKEN),
    ("key", "k1"),
    ("occurred", "2026-11-20"),
    ("role.handler", "p01"),
    ("fact.lead_source", "patrol"),
    ("fact.discovery_date", "2026-11-19"),
    ("fact.lead_content", "<script>alert(1)</script> & \"引号\""),
    ("new.name", "某砂石公司"),
    ("new.party_kind", "legal_person"),
];

fn with<'a>(
    fields: &[(&'a str, &'a str)],
    name: &'a str,
    value: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let kept = fields.iter().copied().filter(|(field, _)| *field != name);
    kept.chain([(name, value)]).collect()
}

fn without<'a>(fields: &[(&'a str, &'a str)], name: &str) -> Vec<(&'a str, &'a str)> {
    fields
        .iter()
        .copied()
        .filter(|(field, _)| *field != name)
        .collect()
}

#[tokio::test]
async fn an_empty_list_says_where_to_begin() {
    let browser = browser();
    let page = browser.get("/cases").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("还没有案件") && page.text.contains("2026-11-24(周二)"));
    let openings = browser.get("/cases/new").await;
    assert!(openings.text.contains(OPENING), "{}", openings.text);
}

#[tokio::test]
async fn a_case_that_begins_with_an_inspection_asks_nothing_twice() {
    let browser = browser();
    let inspection = "/cases/new/penalty.ordinary/site_inspection";
    let openings = browser.get("/cases/new").await;
    let button = format!("<a class=\"button\" href=\"{inspection}\"");
    assert!(openings.text.contains(&button), "{}", openings.text);
    let found = "岸边堆放砂石约二十立方米";
    let inspected = [
        ("token", TOKEN),
        ("key", "k1"),
        ("occurred", "2026-11-20"),
        ("role.handler", "p01"),
        ("role.handler", "p02"),
        ("fact.credential_shown", "true"),
        ("fact.note_signature", "signed"),
        ("fact.audio_video", "true"),
        ("fact.record_content", found),
        ("new.name", "某砂石公司"),
        ("new.party_kind", "legal_person"),
    ];
    let opened = browser.post(inspection, &inspected).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text);
    let case = opened.location().split('?').next().unwrap();
    let form = browser.get(&format!("{case}/acts/lead_registration")).await;
    let form = browser.get(&service::href(&form, "现场检查时发现")).await;
    let filled = service::filled(&form);
    for (field, value) in [
        ("fact.lead_source", "patrol"),
        ("fact.discovery_date", "2026-11-20"),
        ("fact.lead_content", found),
    ] {
        let said = filled.iter().find(|(name, _)| name == field);
        assert_eq!(
            said.map(|(_, value)| value.as_str()),
            Some(value),
            "{field}"
        );
    }
    let form = browser.get(OPENING).await;
    assert!(
        !form.text.contains("现场检查时发现"),
        "nothing was inspected yet"
    );
}

#[tokio::test]
async fn a_case_is_opened_and_what_was_typed_is_escaped() {
    let browser = browser();
    let opened = browser.post(OPENING, &LEAD).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text);
    assert!(opened.location().ends_with("?recorded=1"));
    let page = browser.get(opened.location()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text.contains("<script") && page.text.contains("&#60;script&#62;"));
    for text in [
        "已记录【案源登记】",
        "某砂石公司",
        "法人",
        "补录，晚4天",
        "下一步：",
    ] {
        assert!(page.text.contains(text), "{text}");
    }
    let csp = page.headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(csp.contains("default-src 'none'") && csp.contains("frame-ancestors 'none'"));
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
}

#[tokio::test]
async fn the_same_form_twice_is_one_case_and_other_content_under_its_key_is_refused() {
    let browser = browser();
    let first = browser.post(OPENING, &LEAD).await;
    let again = browser.post(OPENING, &LEAD).await;
    assert_eq!(
        (again.status, again.location()),
        (StatusCode::SEE_OTHER, first.location())
    );
    let other = browser
        .post(OPENING, &with(&LEAD, "fact.lead_content", "别的"))
        .await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    assert!(other.text.contains("已经提交过"));
    assert_eq!(
        browser
            .office
            .cases(&app::ledger::CaseQuery::default(), 10)
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn wrong_values_come_back_with_the_form_filled() {
    let browser = browser();
    let wrong = [
        ("fact.discovery_date", "20221111日", "YYYY-MM-DD"),
        ("fact.discovery_date", "2026-02-30", "2026-02-30"),
        ("fact.lead_source", "rumour", "案源类别"),
        ("occurred", "上周", "YYYY-MM-DD"),
        ("occurred", "2026-11-25", "还没有到"),
        ("role.handler", "nobody", "不在人员名册里"),
    ];
    for (field, value, says) in wrong {
        let answer = browser.post(OPENING, &with(&LEAD, field, value)).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{field}={value}"
        );
        assert!(answer.text.contains(says), "{field}={value}: {says}");
        assert!(
            answer.text.contains("autofocus") && answer.text.contains("某砂石公司"),
            "filled, with a summary"
        );
    }
    for (field, says) in [
        ("fact.lead_content", "请填写“线索内容”"),
        ("role.handler", "请写明承办人"),
        ("new.name", "请填写当事人的名称"),
        ("new.party_kind", "请填写“当事人类型”"),
    ] {
        let answer = browser.post(OPENING, &without(&LEAD, field)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
        assert!(answer.text.contains(says), "{field}: {says}");
    }
    assert!(
        browser
            .office
            .cases(&app::ledger::CaseQuery::default(), 1)
            .await
            .unwrap()
            .is_empty(),
        "nothing was recorded"
    );
}

#[tokio::test]
async fn an_act_that_the_law_forbids_is_refused_with_reason_article_and_way_out() {
    let browser = browser();
    let case = browser.case_after(5).await;
    let address = format!("{case}/acts/penalty_decision?subject=1");
    let early = browser.get(&address).await;
    assert_eq!(early.status, StatusCode::OK);
    assert!(early.text.contains("现在还不能办理") && !early.text.contains("id=\"form\""));
    let fields = [
        ("token", TOKEN),
        ("key", "early"),
        ("version", "5"),
        ("occurred", "2026-11-24"),
        ("role.handler", "p01"),
        ("role.handler", "p02"),
        ("role.leader", "p06"),
        ("fact.decided_penalty", "fine"),
        ("fact.decided_penalty.fine", "60000"),
        ("fact.decision_date", "2026-11-24"),
        ("fact.party_present", "false"),
        ("fact.correction_arrangement", "already_corrected"),
        ("fact.states_party", "true"),
        ("fact.states_facts", "true"),
        ("fact.states_kind_basis", "true"),
        ("fact.states_performance", "true"),
        ("fact.states_remedies", "true"),
        ("fact.states_agency_date_seal", "true"),
        ("fact.states_payment", "true"),
        ("fact.reconsideration_days", "60"),
        ("fact.litigation_months", "6"),
        ("fact.reconsideration_organ", "某市人民政府"),
        ("fact.court", "某市某区人民法院"),
        ("fact.is_major_for_filing", "false"),
    ];
    let refused = browser.post(&address, &fields).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
    for text in [
        "依法现在不能办理",
        "第四十四条",
        "未向当事人告知",
        "可以先办",
        "60000",
    ] {
        assert!(refused.text.contains(text), "{text}");
    }
    let amount = browser
        .post(
            &address,
            &with(&fields, "fact.decided_penalty.fine", "六万"),
        )
        .await;
    assert_eq!(amount.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(amount.text.contains("不是金额"));
}

#[tokio::test]
async fn a_stale_page_is_told_what_changed() {
    let browser = browser();
    let case = browser.case_after(3).await;
    let address = format!("{case}/acts/lead_verification");
    let fields = [
        ("token", TOKEN),
        ("key", "stale"),
        ("version", "1"),
        ("occurred", "2026-11-24"),
        ("role.handler", "p01"),
        ("fact.lead_verification_result", "核查情况在此"),
    ];
    let stale = browser.post(&address, &fields).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    for text in ["本案已有新的进展", "立案", "现场检查", "核查情况在此"] {
        assert!(stale.text.contains(text), "{text}");
    }
    assert_eq!(
        stale.hidden("version"),
        "3",
        "the page that comes back is current"
    );
    let again = browser.post(&address, &with(&fields, "version", "3")).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let browser = browser();
    let case = browser.case_after(1).await;
    for path in [
        "/nothing",
        "/cases/0199",
        "/cases/00000000-0000-7000-8000-000000000000",
        "/cases/new/penalty.unknown/lead_registration",
        "/cases/new/penalty.ordinary/no_such_act",
        &format!("{case}/acts/no_such_act"),
        &format!("{case}/acts/penalty_decision"),
        &format!("{case}/acts/penalty_decision?subject=9"),
        &format!("{case}/acts/penalty_decision?subject=x"),
        &format!("{case}/acts/case_filing?subject=1"),
    ] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.text.contains("<h1>没有这个"), "{path}");
    }
    let posted = browser
        .post(&format!("{case}/acts/no_such_act"), &LEAD)
        .await;
    assert_eq!(posted.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let browser = browser();
    for fields in [
        with(&LEAD, "token", "fedcba9876543210fedcba9876543210"),
        without(&LEAD, "token"),
    ] {
        let answer = browser.post(OPENING, &fields).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.text.contains("表单已经失效"));
    }
    let without_cookie =
        Request::post(OPENING).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = browser
        .ask(without_cookie.body(Body::from(encode(&LEAD))).unwrap())
        .await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    // Before anybody signed in the token is that of the browser.
    let fresh = browser
        .ask(Request::get("/sign-in").body(Body::empty()).unwrap())
        .await;
    let cookie = fresh.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );
    assert!(
        cookie.contains(&fresh.hidden("token")),
        "the form carries the token of the cookie"
    );
}

#[tokio::test]
async fn what_is_too_large_or_no_form_is_not_read() {
    let browser = browser();
    let large = "很".repeat(100_000);
    let answer = browser
        .post(OPENING, &with(&LEAD, "fact.lead_content", &large))
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.text.contains("无法读取"));
    let json = Request::post(OPENING)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::COOKIE, format!("mingqu_session={SESSION}"));
    let answer = browser.ask(json.body(Body::from("{}")).unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn the_unexpected_shows_a_reference_and_no_internals() {
    let browser = browser();
    let case = browser.case_after(1).await;
    let broken = broken_desk(browser);
    for path in ["/", "/cases", case.as_str()] {
        let answer = broken.get(path).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(
            answer.text.contains("编号 <code>") && !answer.text.contains("disk"),
            "{}",
            answer.text
        );
    }
}

#[tokio::test]
async fn the_case_page_answers_in_order_and_is_small() {
    let browser = browser();
    let decided = 15;
    let case = browser.case_after(decided).await;
    let page = browser.get(&case).await;
    let style = browser.get("/staff.css").await;
    assert!(
        page.text.len() + style.text.len() < 150_000,
        "{} bytes",
        page.text.len() + style.text.len()
    );
    let order = [
        "<h1>",
        "下一步：送达（处罚决定书）",
        "必须办",
        "可以办",
        "还不能办，为什么",
        "办理经过",
        "事实</h2>",
    ];
    let places: Vec<usize> = order
        .iter()
        .map(|text| page.text.find(text).unwrap_or_else(|| panic!("{text}")))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    for text in [
        "2026-12-01(周二)前",
        "还剩5个工作日",
        "未办不得结案",
        "罚款¥60,000.00",
        "《水法》第六十九条",
    ] {
        assert!(page.text.contains(text), "{text}");
    }
    let list = browser.get("/cases").await;
    assert!(
        list.text.contains("未依照取水许可规定条件取水") && list.text.contains("还剩5个工作日")
    );
}

#[tokio::test]
async fn a_case_that_is_about_no_party_asks_for_none() {
    let browser = browser();
    let task = [
        ("token", TOKEN),
        ("key", "k1"),
        ("occurred", "2026-11-20"),
        ("role.handler", "p01"),
        ("fact.report_kind", "enforcement"),
        ("fact.report_year_end", "2025-12-31"),
    ];
    let opened = browser
        .post("/cases/new/annual_report/report_task", &task)
        .await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text);
    let page = browser.get(opened.location()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("<h1>年度报告公开</h1>"), "{}", page.text);
    for text in ["还没有当事人", "aria-label=\"当事人\"", "未定案由"] {
        assert!(!page.text.contains(text), "{text}: {}", page.text);
    }
}

#[tokio::test]
async fn a_long_list_goes_on_where_it_stopped() {
    let browser = browser();
    for number in 0..23 {
        let (key, content) = (format!("k{number}"), format!("线索{number}"));
        let fields = with(&LEAD, "key", &key);
        let answer = browser
            .post(OPENING, &with(&fields, "fact.lead_content", &content))
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
    }
    let first = browser.get("/cases").await;
    assert_eq!(
        first.text.matches("<tr>").count(),
        21,
        "a head and twenty lines"
    );
    let next = first
        .text
        .split("href=\"/cases?after=")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .replace("&#38;", "&");
    let rest = browser.get(&format!("/cases?after={next}")).await;
    assert_eq!(rest.text.matches("<tr>").count(), 4);
    assert_eq!(
        browser.get("/cases?after=nonsense").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn what_is_owed_itself_comes_before_what_leads_further() {
    let browser = browser();
    // The notice waits to be served; the review could already be asked for.
    let notified = browser.case_after(8).await;
    let page = browser.get(&notified).await;
    assert!(
        page.text.contains("下一步：送达（事先告知书）"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn an_act_that_is_done_again_keeps_its_item_and_nothing_else() {
    let browser = browser();
    let case = browser.case_after(7).await;
    let form = browser
        .get(&format!("{case}/acts/penalty_proposal?subject=1"))
        .await;
    assert!(
        form.text.contains("value=\"P-SF69-2\" selected"),
        "{}",
        form.text
    );
    assert!(
        form.text
            .contains("法定幅度：<span data-range>罚款2万至10万元")
    );
    assert!(!form.text.contains("value=\"60000.00\""));
}

#[tokio::test]
async fn whoever_reviews_a_disclosure_sees_what_the_public_will_see() {
    let browser = browser();
    let drafted = browser.case_after(17).await;
    let form = format!("{drafted}/acts/disclosure_review:penalty_disclosure?subject=1");
    let page = browser.get(&form).await;
    let seen = page.text.split("公开以后看到的内容").nth(1).unwrap();
    let seen = seen.split("</section>").next().unwrap();
    for text in [
        "未依照取水许可规定条件取水：行政处罚决定",
        "某某建材有限公司未依照取水许可规定条件取水，罚款六万元。",
        "罚款¥60,000.00",
        "某市某区人民法院",
    ] {
        assert!(seen.contains(text), "{text}: {seen}");
    }
    assert!(!seen.contains("陆清源") && !seen.contains("当事人承认"));
    let other = browser
        .get(&format!("{drafted}/acts/execution_confirmation?subject=1"))
        .await;
    assert!(!other.text.contains("公开以后看到的内容"));
}
