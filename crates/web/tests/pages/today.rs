//! What somebody has to do today: on whose list it stands, in which order, and what stands beside it.

use crate::desk::{Browser, OPENING, TOKEN, begin, browser_of};
use crate::{LEAD, with};
use axum::http::StatusCode;

/// An office with an officer of another unit.
fn office() -> Browser {
    browser_of(|file| {
        let mut person = file.people[0].clone();
        person.id = "p20".to_owned();
        person.name = "郁清源".to_owned();
        person.section = "水土保持科".to_owned();
        file.people.push(person);
        let mut account = file.accounts[0].clone();
        account.id = "shuibao".to_owned();
        account.person = Some("p20".to_owned());
        file.accounts.push(account);
    })
}

async fn seen(browser: &Browser, account: &str, path: &str) -> String {
    let session = begin(&browser.office, account);
    let page = browser.get_in(&session, path).await;
    assert_eq!(page.status, StatusCode::OK, "{account} {path}");
    page.text
}

#[tokio::test]
async fn each_sees_what_is_theirs_to_do_and_nobody_elses() {
    let browser = office();
    let case = browser.case_after(11).await;
    let step = "法制审核";
    let own = seen(&browser, "weizw", "/").await;
    assert!(own.contains(&format!("{case}/acts/")) && own.contains(step));
    // What it meets itself, as one of two ways, is not told as something that lies behind it.
    assert!(own.contains("通向【处罚决定】") && !own.contains("【送审退回】"));
    // The handlers wait for it: it stands on the list of their unit, and says whose turn it is.
    let handler = seen(&browser, "luqy", "/").await;
    assert!(!handler.contains(&format!(">{step}<")), "{handler}");
    let unit = seen(&browser, "luqy", "/?whose=section").await;
    assert!(unit.contains(&format!(">{step}<")) && unit.contains("由法制审核人员办理"));
    for (account, path) in [
        ("shuibao", "/"),
        ("shuibao", "/?whose=section"),
        ("yesj", "/"),
    ] {
        let page = seen(&browser, account, path).await;
        assert!(!page.contains(&case), "{account} {path}");
    }
    let nothing = seen(&browser, "shuibao", "/").await;
    assert!(nothing.contains("今天没有等您办的事"));
}

#[tokio::test]
async fn a_step_stands_under_its_date_and_leads_to_its_form() {
    let browser = office();
    let case = browser.case_after(15).await;
    let page = seen(&browser, "wenyz", "/").await;
    for text in [
        "送达（处罚决定书）",
        "2026-12-01(周二)",
        "还剩5个工作日",
        "以后 <span class=\"count\">",
        "未依照取水许可规定条件取水",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
    let link = page.split("href=\"").find(|rest| {
        let is_act = rest.starts_with(&format!("{case}/acts/"));
        is_act && rest.contains("送达（处罚决定书）</a>")
    });
    let link = link
        .and_then(|rest| rest.split('"').next())
        .expect("a link");
    let form = seen(&browser, "wenyz", link).await;
    assert!(form.contains("<form"), "{link} leads to its form");
    // Once it is done it stands there no longer.
    let browser = office();
    browser.case_after(16).await;
    let page = seen(&browser, "wenyz", "/").await;
    assert!(!page.contains(">送达（处罚决定书）</a>"), "{page}");
}

#[tokio::test]
async fn a_long_list_goes_on_in_the_same_order() {
    let browser = office();
    let session = begin(&browser.office, "luqy");
    for number in 0..33 {
        let (key, content) = (format!("k{number}"), format!("线索{number}"));
        let fields = with(&LEAD, "key", &key);
        let fields = with(&fields, "fact.lead_content", &content);
        let answer = browser.post_in(&session, OPENING, &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    }
    let first = browser.get_in(&session, "/").await.text;
    let lines = |page: &str| page.matches("<th scope=\"row\"").count();
    assert_eq!(lines(&first), 30);
    let next = first.split("href=\"/?after=").nth(1).expect("a next page");
    let next = next.split('"').next().expect("an address");
    let rest = browser
        .get_in(&session, &format!("/?after={}", next.replace("&#38;", "&")))
        .await;
    assert_eq!(lines(&rest.text), 3);
    let bad = browser.get_in(&session, "/?after=nonsense").await;
    assert_eq!((bad.status, lines(&bad.text)), (StatusCode::OK, 30));
}

#[tokio::test]
async fn what_is_to_be_signed_came_back_or_was_left_stands_above() {
    let browser = office();
    let case = browser.case_after(1).await;
    let handler = begin(&browser.office, "luqy");
    let leader = begin(&browser.office, "xunzy");
    let path = format!("{case}/acts/filing_declined");
    let version = browser.get_in(&handler, &path).await.hidden("version");
    let form = [
        ("token", TOKEN),
        ("key", "declined-1"),
        ("version", &version),
        ("occurred", "2026-11-24"),
        ("role.handler", "p01"),
        ("role.handler", "p02"),
        ("role.leader", "p05"),
        ("fact.refusal_reason", "核查后没有发现违法事实"),
    ];
    // Left unfinished.
    let kept = browser
        .post_in(&handler, &path, &with(&form, "do", "keep"))
        .await;
    assert_eq!(kept.status, StatusCode::OK, "{}", kept.text);
    let page = browser.get_in(&handler, "/").await.text;
    assert!(
        page.contains("没有写完的") && page.contains("暂存"),
        "{page}"
    );
    // Sent for a signature.
    let sent = browser.post_in(&handler, &path, &form).await;
    assert!(sent.location().starts_with("/pending/"), "{}", sent.text);
    let waiting = browser.get_in(&leader, "/").await.text;
    assert!(
        waiting.contains("等我签批") && waiting.contains(sent.location()),
        "{waiting}"
    );
    // Sent back.
    let answer = [
        ("token", TOKEN),
        ("do", "decline"),
        ("reason", "案由写得不完整"),
    ];
    let back = browser.post_in(&leader, sent.location(), &answer).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.text);
    let page = browser.get_in(&handler, "/").await.text;
    assert!(
        page.contains("退回我的") && page.contains("案由写得不完整"),
        "{page}"
    );
    assert!(!browser.get_in(&leader, "/").await.text.contains("等我签批"));
}
