//! The desk of those who release: exactly what will be seen, what is in doubt, one release with one name; and who is warned.

use crate::desk::{Browser, TOKEN, begin, browser, browser_at, browser_of};
use axum::http::StatusCode;
use std::sync::Arc;
use testkit::clock::ManualClock;

/// Steps after which the decision is served.
const SERVED: usize = 16;

const CHECKED: [(&str, &str); 3] = [
    ("content_accurate", "yes"),
    ("secrecy_passed", "yes"),
    ("redaction_passed", "yes"),
];

fn place(case: &str) -> String {
    format!("{case}/disclosures/penalty_disclosure/1")
}

async fn version(browser: &Browser, session: &str, path: &str) -> String {
    let page = browser.get_in(session, path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    page.hidden("version")
}

async fn send(
    browser: &Browser,
    session: &str,
    case: &str,
    more: &[(&str, &str)],
) -> crate::desk::Answer {
    let path = place(case);
    let version = version(browser, session, &path).await;
    let mut fields = vec![("token", TOKEN), ("key", "one"), ("version", &version)];
    fields.extend_from_slice(more);
    browser.post_in(session, &path, &fields).await
}

#[tokio::test]
async fn one_button_releases_what_was_seen_with_one_name() {
    let browser = browser();
    let case = browser.case_after(SERVED).await;
    let session = begin(&browser.office, "yesj");
    let list = browser.get_in(&session, "/disclosures").await;
    assert!(list.text.contains("审查和发布") && list.text.contains(&place(&case)));

    let page = browser.get_in(&session, &place(&case)).await;
    assert_eq!(page.status, StatusCode::OK);
    for text in [
        "未依照取水许可规定条件取水：行政处罚决定",
        "罚款¥60,000.00",
        "不服怎么办",
        "日内，可以向",
        "送达，至",
        "/publications/",
    ] {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    // Nothing is released that was not looked at, and nothing of it is recorded.
    let before = browser.entries().await;
    let address = ("address", "/publications/x");
    let unchecked = send(&browser, &session, &case, &[("do", "release"), address]).await;
    assert_eq!(unchecked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unchecked.text.contains("还没有勾选"));
    assert_eq!(browser.entries().await, before);

    let mut fields = vec![("do", "release"), address];
    fields.extend_from_slice(&CHECKED);
    let done = send(&browser, &session, &case, &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    assert!(done.location().starts_with("/disclosures?done=release"));
    // The review and the release, each an entry with the name of whoever pressed the button.
    assert_eq!(browser.entries().await, before + 2);
    // Pressed twice, recorded once.
    let path = place(&case);
    let version = version(&browser, &session, &path).await;
    let mut again = vec![
        ("token", TOKEN),
        ("key", "one"),
        ("version", version.as_str()),
    ];
    again.extend_from_slice(&fields);
    browser.post_in(&session, &path, &again).await;
    assert_eq!(browser.entries().await, before + 2);
}

#[tokio::test]
async fn what_is_in_doubt_holds_the_release_up_until_somebody_decides() {
    let browser = browser();
    let case = browser.case_after(SERVED).await;
    let officer = begin(&browser.office, "luqy");
    let draft = format!("{case}/acts/disclosure_draft:penalty_disclosure?subject=1");
    let form = browser.get_in(&officer, &draft).await;
    let fields = [
        ("token", TOKEN),
        ("key", "draft"),
        ("version", &form.hidden("version")),
        ("occurred", "2026-11-23"),
        (
            "fact.disclosure_text:penalty_disclosure",
            "砂子卖给了郝老三，电话13900001037。",
        ),
    ];
    let drafted = browser.post_in(&officer, &draft, &fields).await;
    assert_eq!(drafted.status, StatusCode::SEE_OTHER, "{}", drafted.text);

    let session = begin(&browser.office, "yesj");
    let page = browser.get_in(&session, &place(&case)).await;
    // A mobile number is hidden by its form; a name that nobody knows is asked about.
    assert!(page.text.contains("拿不准的1处") && page.text.contains("郝老三"));
    let seen = page.text.split("公众看到的内容").nth(1).unwrap();
    let seen = seen.split("</section>").next().unwrap();
    assert!(seen.contains("×××") && !seen.contains(">13900001037<"));
    let before = browser.entries().await;
    let mut fields = vec![("do", "release"), ("address", "/publications/x")];
    fields.extend_from_slice(&CHECKED);
    let refused = send(&browser, &session, &case, &fields).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
    assert!(refused.text.contains("郝老三") && refused.text.contains("政府信息公开条例"));
    assert_eq!(browser.entries().await, before);

    let decided = [
        ("doubt.0.words", "郝老三"),
        ("doubt.0.choice", "hide"),
        ("doubt.0.reason", ""),
    ];
    let mut looked = vec![("do", "look")];
    looked.extend_from_slice(&decided);
    let looked = send(&browser, &session, &case, &looked).await;
    assert_eq!(looked.status, StatusCode::OK);
    assert!(looked.text.contains("郝某某") && !looked.text.contains("拿不准的1处"));
    assert_eq!(browser.entries().await, before, "looking records nothing");
    fields.extend_from_slice(&decided);
    let done = send(&browser, &session, &case, &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
}

#[tokio::test]
async fn what_is_held_is_counted_by_its_cause_and_comes_back_when_it_is_served() {
    let browser = browser();
    // Decided, not yet served.
    let case = browser.case_after(15).await;
    let session = begin(&browser.office, "yesj");
    let why = ("reason", "决定书还在邮寄途中");
    let without = send(&browser, &session, &case, &[("do", "postpone"), why]).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(without.text.contains("请选择暂缓的事由"));
    let fields = [("do", "postpone"), ("cause", "not_served"), why];
    let held = send(&browser, &session, &case, &fields).await;
    assert_eq!(held.status, StatusCode::SEE_OTHER, "{}", held.text);
    let list = browser.get_in(&session, "/disclosures").await;
    for text in ["决定书尚未送达1件", "暂缓公示的", "决定书还在邮寄途中"] {
        assert!(list.text.contains(text), "{text}: {}", list.text);
    }
}

#[tokio::test]
async fn others_are_told_that_this_is_not_theirs() {
    let browser = browser_of(|_| {});
    let case = browser.case_after(SERVED).await;
    for account in ["luqy", "boyq", "weizw"] {
        let session = begin(&browser.office, account);
        let page = browser.get_in(&session, &place(&case)).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{account}");
    }
    let officer = begin(&browser.office, "luqy");
    let list = browser.get_in(&officer, "/disclosures").await;
    assert_eq!(list.status, StatusCode::FORBIDDEN);
    // Whoever supervises sees what is late and held, and can do nothing about it here.
    let supervisor = begin(&browser.office, "jiandu");
    let list = browser.get_in(&supervisor, "/disclosures").await;
    assert_eq!(list.status, StatusCode::OK);
    assert!(list.text.contains("由信息发布审核员办理") && !list.text.contains("审查和发布</a>"));
    let none = browser
        .get_in(
            &begin(&browser.office, "yesj"),
            &format!("{case}/disclosures/no_such/1"),
        )
        .await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_head_is_warned_two_working_days_before_and_the_leader_one() {
    let clock = Arc::new(ManualClock::at("2026-11-24T02:00:00Z"));
    let browser = browser_at(clock.clone(), |_| {});
    // Decided on Friday the 20th: to be disclosed by Tuesday, the first of December.
    browser.case_after(SERVED).await;
    let warned = async |account: &str| {
        let session = begin(&browser.office, account);
        let page = browser.get_in(&session, "/").await;
        assert_eq!(page.status, StatusCode::OK);
        page.text
    };
    const WARNING: &str = "公示期限预警";
    assert!(!warned("boyq").await.contains(WARNING));
    clock.set("2026-11-27T02:00:00Z");
    let head = warned("boyq").await;
    assert!(head.contains(WARNING) && head.contains("公示期限还剩2个工作日"));
    assert!(!warned("xunzy").await.contains(WARNING));
    clock.set("2026-11-30T02:00:00Z");
    assert!(warned("xunzy").await.contains("公示期限还剩1个工作日"));
    clock.set("2026-12-01T02:00:00Z");
    assert!(warned("zhanhj").await.contains("公示期限今天届满"));
    clock.set("2026-12-02T02:00:00Z");
    assert!(warned("boyq").await.contains("公示期限已过"));
    // Nobody else is: it is not their business, or stands on their own list.
    assert!(!warned("weizw").await.contains(WARNING));
}

#[tokio::test]
async fn a_page_of_another_site_is_held_against_what_was_released() {
    let browser = browser();
    let case = browser.case_after(SERVED).await;
    let session = begin(&browser.office, "yesj");
    let carrier = format!("{}/carrier", place(&case));
    let early = browser.get_in(&session, &carrier).await;
    assert_eq!(early.status, StatusCode::NOT_FOUND);
    let mut fields = vec![("do", "release"), ("address", "/publications/x")];
    fields.extend_from_slice(&CHECKED);
    let done = send(&browser, &session, &case, &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);

    let page = browser.get_in(&session, &carrier).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("下载发布包") && page.text.contains("carrier_posting"));
    let path = format!("{carrier}/package.zip");
    let package = browser.get_in(&session, &path).await;
    assert_eq!(package.status, StatusCode::OK);

    let before = browser.entries().await;
    let check = async |text: &str| {
        let fields = [("token", TOKEN), ("page", text)];
        browser.post_in(&session, &carrier, &fields).await
    };
    let empty = check("  ").await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    // What the reviewer saw is what was released: copied whole it agrees, with another amount it does not.
    let seen = browser.get_in(&session, &place(&case)).await;
    let seen = seen.text.split("公众看到的内容").nth(1).unwrap();
    let seen = seen.split("</section>").next().unwrap();
    let good = check(seen).await;
    assert!(good.text.contains("都与发布的一致"), "{}", good.text);
    let bad = check(&seen.replace("¥60,000.00", "¥6,000.00")).await;
    assert!(bad.text.contains("不一致") && bad.text.contains("处罚内容"));
    assert_eq!(browser.entries().await, before, "a check records nothing");
}
