//! A form that was left is found again: kept by a button or by itself, offered, gone on with, thrown away.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};

use crate::desk::{Answer, OPENING, TOKEN, browser, encode};
use crate::{LEAD, with};

const OTHER: &str = "fedcba9876543210fedcba9876543210";

fn offered(answer: &Answer) -> bool {
    answer.text.contains("暂存的内容，还没有记录") && answer.text.contains("继续填写")
}

#[tokio::test]
async fn a_form_that_was_kept_is_offered_gone_on_with_and_gone_once_recorded() {
    let browser = browser();
    assert!(!offered(&browser.get(OPENING).await));
    let half = [
        ("token", TOKEN),
        ("occurred", "2026-11-20"),
        ("role.handler", "p01"),
        ("role.handler", "p02"),
        ("fact.lead_content", "写到一半 <b>𬭎</b>"),
        ("new.resident_id", "1404"),
    ];
    let kept = browser.post(OPENING, &with(&half, "do", "keep")).await;
    assert_eq!(kept.status, StatusCode::OK);
    assert!(
        kept.text.contains("已暂存（2026-11-24(周二) 12:00）") && kept.text.contains("写到一半")
    );
    assert!(
        !kept.text.contains("id=\"errors\""),
        "what is missing yet is no mistake"
    );
    let offer = browser.get(OPENING).await;
    assert!(
        offered(&offer)
            && offer
                .text
                .contains("有一份2026-11-24(周二) 12:00暂存的内容")
    );
    assert!(!offer.text.contains("写到一半"), "only when asked for");
    let resume = format!("{OPENING}?draft=continue");
    assert!(offer.text.contains(&format!("href=\"{resume}\"")));
    let resumed = browser.get(&resume).await;
    for text in [
        "写到一半 &#60;b&#62;𬭎&#60;/b&#62;",
        "value=\"1404\"",
        "value=\"2026-11-20\"",
        "value=\"p02\" checked",
    ] {
        assert!(resumed.text.contains(text), "{text}");
    }
    assert_eq!(resumed.hidden("token"), TOKEN);
    assert!(!resumed.hidden("key").is_empty());
    let cases = || async {
        let query = app::ledger::CaseQuery::default();
        browser.office.cases(&query, 9).await.unwrap().len()
    };
    assert_eq!(cases().await, 0, "nothing was recorded");
    let refused = browser.post(OPENING, &with(&LEAD, "occurred", "x")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        offered(&browser.get(OPENING).await),
        "kept until it is recorded"
    );
    let recorded = browser.post(OPENING, &LEAD).await;
    assert_eq!(recorded.status, StatusCode::SEE_OTHER, "{}", recorded.text);
    assert!(!offered(&browser.get(OPENING).await));
    assert_eq!(cases().await, 1);
}

#[tokio::test]
async fn a_page_keeps_by_itself_and_says_how_it_went() {
    let browser = browser();
    let fields = with(&LEAD, "do", "autosave");
    let kept = browser.post(OPENING, &fields).await;
    assert_eq!(
        (kept.status, kept.text.as_str()),
        (StatusCode::NO_CONTENT, "")
    );
    assert!(offered(&browser.get(OPENING).await));
    // More than a draft has, less than a form has as it is sent.
    let much = "很".repeat(25_000);
    let much = with(&fields, "fact.lead_content", &much);
    let refused = browser.post(OPENING, &much).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    let told = browser.post(OPENING, &with(&much, "do", "keep")).await;
    assert_eq!(told.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(told.text.contains("超过暂存的上限65.5 kB，没有暂存") && told.text.contains("很很很"));
    let forged = browser.post(OPENING, &with(&fields, "token", OTHER)).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_draft_belongs_to_one_browser_and_one_form() {
    let browser = browser();
    let keep = with(&LEAD, "do", "keep");
    assert_eq!(browser.post(OPENING, &keep).await.status, StatusCode::OK);
    let stranger = Request::get(format!("{OPENING}?draft=continue"))
        .header(header::COOKIE, format!("mingqu_form={OTHER}"));
    let stranger = browser.ask(stranger.body(Body::empty()).unwrap()).await;
    assert!(!offered(&stranger) && !stranger.text.contains("某砂石公司"));
    let case = browser.case_after(3).await;
    let one = format!("{case}/acts/lead_verification");
    let other = format!("{case}/acts/site_inspection");
    assert!(!offered(&browser.get(&one).await));
    let fields = [
        ("token", TOKEN),
        ("version", "3"),
        ("occurred", "2026-11-24"),
        ("fact.lead_verification_result", "核查到一半"),
        ("do", "keep"),
    ];
    browser.post(&one, &fields).await;
    assert!(offered(&browser.get(&one).await) && !offered(&browser.get(&other).await));
    assert!(
        offered(&browser.get(OPENING).await),
        "each form has its own"
    );
}

#[tokio::test]
async fn a_draft_is_thrown_away_by_its_owner_alone() {
    let browser = browser();
    browser.post(OPENING, &with(&LEAD, "do", "keep")).await;
    let discard = [("token", OTHER), ("do", "discard")];
    let request = Request::post(OPENING)
        .header(header::COOKIE, format!("mingqu_form={OTHER}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let strange = browser
        .ask(request.body(Body::from(encode(&discard))).unwrap())
        .await;
    assert_eq!(strange.status, StatusCode::SEE_OTHER);
    assert!(offered(&browser.get(OPENING).await));
    let gone = browser
        .post(OPENING, &[("token", TOKEN), ("do", "discard")])
        .await;
    assert_eq!(
        (gone.status, gone.location()),
        (StatusCode::SEE_OTHER, OPENING)
    );
    let page = browser.get(&format!("{OPENING}?draft=continue")).await;
    assert!(!offered(&page) && !page.text.contains("某砂石公司"));
}

#[tokio::test]
async fn a_draft_of_an_earlier_version_says_what_came_since() {
    let browser = browser();
    let case = browser.case_after(3).await;
    let path = format!("{case}/acts/lead_verification");
    let fields = [
        ("token", TOKEN),
        ("version", "2"),
        ("occurred", "2026-11-24"),
        ("fact.lead_verification_result", "核查到一半"),
        ("do", "autosave"),
    ];
    let kept = browser.post(&path, &fields).await;
    assert_eq!(
        kept.status,
        StatusCode::NO_CONTENT,
        "others going on loses nobody's text"
    );
    let resumed = browser.get(&format!("{path}?draft=continue")).await;
    for text in ["本案已有新的进展", "现场检查", "核查到一半"] {
        assert!(resumed.text.contains(text), "{text}");
    }
    assert_eq!(resumed.hidden("version"), "3");
}
