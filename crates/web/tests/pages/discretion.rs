//! How discretion was used: on the page of the case, beside what is typed, and before those who judge it.

use axum::http::StatusCode;

use crate::desk::{Answer, Browser, TOKEN, begin, browser_of};

async fn seen(browser: &Browser, account: &str, path: &str) -> Answer {
    let session = begin(&browser.office, account);
    browser.get_in(&session, path).await
}

#[tokio::test]
async fn the_receipt_shows_every_step_with_its_article_and_stands_before_the_reviewer() {
    let browser = browser_of(|_| {});
    let case = browser.case_after(11).await;
    let page = seen(&browser, "luqy", &format!("{case}/discretion")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(
        page.text.matches("<p class=\"asked\">").count(),
        8,
        "{}",
        page.text
    );
    for text in [
        "某某建材有限公司",
        "《水法》第六十九条第（二）项“未依照许可规定条件取水”",
        "依据：《行政处罚法》第二十九条",
        "没有登记该事项的裁量基准，在法定幅度内裁量",
        "罚款¥60,000.00在法定幅度以内",
        "拟处罚意见，2026-",
        "没有找到适用同一事项、已经决定的案件",
    ] {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    let shown = seen(&browser, "luqy", &case).await.text;
    assert!(
        shown.contains(&format!("href=\"{case}/discretion\"")),
        "{shown}"
    );
    let form = seen(&browser, "weizw", &format!("{case}/acts/legal_review"))
        .await
        .text;
    assert!(form.contains("裁量说明：某某建材有限公司"), "{form}");
    // Who may not see the case sees nothing of it.
    let denied = seen(&browser, "guanli", &format!("{case}/discretion")).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
    assert!(!denied.text.contains("建材"));
}

#[tokio::test]
async fn a_case_without_an_item_has_nothing_to_explain() {
    let browser = browser_of(|_| {});
    let case = browser.case_after(2).await;
    let page = seen(&browser, "luqy", &format!("{case}/discretion")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text.contains("本案还没有要裁量的处罚"),
        "{}",
        page.text
    );
    let shown = seen(&browser, "luqy", &case).await.text;
    assert!(!shown.contains("裁量说明"), "{shown}");
}

#[tokio::test]
async fn what_is_typed_is_weighed_before_it_is_recorded() {
    let browser = browser_of(|_| {});
    let case = browser.case_after(5).await;
    let session = begin(&browser.office, "luqy");
    let path = format!("{case}/acts/penalty_proposal?subject=1");
    let blank = browser.get_in(&session, &path).await;
    assert!(!blank.text.contains("id=\"weighed\""), "{}", blank.text);
    let version = blank.hidden("version");
    let form = [
        ("token", TOKEN),
        ("key", "w1"),
        ("version", version.as_str()),
        ("do", "look_up"),
        ("occurred", "2026-11-24"),
        ("fact.item", "P-SF69-2"),
        ("fact.proposed_penalty", "fine"),
        ("fact.proposed_penalty.fine", "200000"),
    ];
    let looked = browser.post_in(&session, &path, &form).await;
    assert_eq!(looked.status, StatusCode::OK);
    for text in [
        "id=\"weighed\"",
        "按现在填写的内容推算，没有记录",
        "罚款¥200,000.00超出《水法》第六十九条第（二）项规定的¥20,000.00以上¥100,000.00以下",
        "缺少裁量情节，还不能判断",
    ] {
        assert!(looked.text.contains(text), "{text}: {}", looked.text);
    }
    let page = seen(&browser, "luqy", &format!("{case}/discretion")).await;
    assert!(
        page.text.contains("本案还没有要裁量的处罚"),
        "nothing was recorded"
    );
}

#[tokio::test]
async fn a_decided_case_under_the_same_item_stands_beside_it() {
    let browser = browser_of(|_| {});
    let decided = browser.case_after(15).await;
    let case = browser.again_after(11).await;
    let page = seen(&browser, "luqy", &format!("{case}/discretion")).await;
    for text in [
        "同一事项已经决定的案件",
        &format!("href=\"{decided}/discretion#party-1\""),
        "没有登记档次",
    ] {
        assert!(page.text.contains(text), "{text}: {}", page.text);
    }
    // A case is not similar to itself.
    assert!(
        !page
            .text
            .contains(&format!("href=\"{case}/discretion#party-1\""))
    );
}
