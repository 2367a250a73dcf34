//! Whose hand an act needs: what cannot be recorded for want of the right one comes back as it was filled in.

use axum::http::StatusCode;

use crate::desk::{FILING, begin, browser};
use crate::{with, without};

#[tokio::test]
async fn a_sheet_without_its_scan_comes_back_as_it_was_filled() {
    let browser = browser();
    let form = format!("{}/acts/case_filing", browser.case_after(1).await);
    let fields = with(&FILING, "fact.is_delegated", "false");
    let answer = browser.post(&form, &with(&fields, "on_paper", "yes")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for text in [
        "纸签代录须附签批页的扫描件或者照片",
        "value=\"p05\" checked",
        "未依照取水许可规定条件取水</textarea>",
    ] {
        assert!(answer.text.contains(text), "{text}: {}", answer.text);
    }
    assert_eq!(browser.entries().await, 1, "only the lead");
}

#[tokio::test]
async fn whoever_is_not_named_is_told_so_on_the_form() {
    let browser = browser();
    let form = format!("{}/acts/case_filing", browser.case_after(1).await);
    let fields = without(&FILING, "role.handler");
    let fields = with(&fields, "fact.is_delegated", "false");
    // Two officers who are not the one that types.
    let fields = [
        fields,
        vec![("role.handler", "p02"), ("role.handler", "p03")],
    ]
    .concat();
    let waiting = browser.post(&form, &fields).await;
    assert_eq!(
        waiting.status,
        StatusCode::SEE_OTHER,
        "prepared for the leader"
    );
    let sheet = [fields, vec![("on_paper", "yes"), ("role.leader", "p04")]].concat();
    let sheet = with(&sheet, "key", "again");
    let answer = browser.post(&form, &sheet).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    for text in [
        "“柏砚秋”不担任负责人",
        "id=\"errors\"",
        "未依照取水许可规定条件取水</textarea>",
    ] {
        assert!(answer.text.contains(text), "{text}: {}", answer.text);
    }
}

#[tokio::test]
async fn whoever_is_to_agree_finds_the_answer_beside_the_content() {
    let browser = browser();
    let form = format!("{}/acts/case_filing", browser.case_after(1).await);
    let fields = with(&FILING, "fact.is_delegated", "false");
    let sent = browser.post(&form, &fields).await;
    let leader = begin(&browser.office, "xunzy");
    let page = browser.get_in(&leader, sent.location()).await;
    let places = [
        "<h1>签批：立案",
        "陆清源、闻一舟",
        "同意，签批立案",
        "本案已有的事实",
    ];
    let places: Vec<_> = places.iter().map(|text| page.text.find(text)).collect();
    assert!(
        places.iter().all(Option::is_some) && places.is_sorted(),
        "{places:?}"
    );
}

#[tokio::test]
async fn whoever_looks_in_from_outside_is_shown_no_way_to_record() {
    let browser = browser();
    let case = browser.case_after(15).await;
    let handler = browser.get(&case).await;
    assert!(handler.text.contains("/acts/") && !handler.text.contains("您在调阅本案"));
    let supervisor = begin(&browser.office, "jiandu");
    let page = browser.get_in(&supervisor, &case).await;
    assert!(page.text.contains("您在调阅本案") && page.text.contains("还不能办，为什么"));
    assert!(!page.text.contains("/acts/") && !page.text.contains("可以先办"));
}

#[tokio::test]
async fn whoever_enforces_nothing_is_shown_no_way_to_open_a_case() {
    let browser = browser();
    let opening = "href=\"/cases/new\"";
    assert!(browser.get("/cases").await.text.contains(opening));
    for account in ["boyq", "xunzy", "weizw", "yesj"] {
        let session = begin(&browser.office, account);
        for path in ["/", "/cases"] {
            let page = browser.get_in(&session, path).await;
            assert_eq!(page.status, StatusCode::OK, "{account} {path}");
            assert!(!page.text.contains(opening), "{account} {path}");
        }
        let refused = browser.get_in(&session, "/cases/new").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{account}");
    }
}
