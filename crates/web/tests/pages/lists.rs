//! The list of cases: narrowed, kept under a name, taken along as a workbook.

use crate::desk::{Answer, Browser, TOKEN, begin, browser_of};
use axum::http::{StatusCode, header};

fn lines(answer: &Answer) -> usize {
    answer.text.matches("<th scope=\"row\"").count()
}

async fn office() -> Browser {
    let browser = browser_of(|_| {});
    browser.case_after(3).await;
    browser
}

#[tokio::test]
async fn a_list_is_narrowed_by_phase_unit_and_date() {
    let browser = office().await;
    let session = begin(&browser.office, "zhanhj");
    let list = |query: &str| {
        let (browser, session) = (&browser, &session);
        let path = format!("/cases?{query}");
        async move { browser.get_in(session, &path).await }
    };
    let case = browser.office.cases(&Default::default(), 5).await.unwrap();
    let line = &case[0].line;
    let filed = line.filed_on.expect("filed");
    for (query, expected) in [
        (format!("phase={}", line.phase), 1),
        ("phase=execution".to_owned(), 0),
        (format!("from={filed}&until={filed}"), 1),
        (format!("until={}", filed.plus_days(-1)), 0),
        (format!("from={}", filed.plus_days(1)), 0),
        ("open=yes".to_owned(), 1),
        ("open=no".to_owned(), 0),
        ("order=due&q=取水".to_owned(), 1),
        ("section=no-such-unit".to_owned(), 0),
    ] {
        let page = list(&query).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        assert_eq!(lines(&page), expected, "{query}: {}", page.text);
    }
    // What was asked for stands in the form again.
    let page = list(&format!("phase={}&from={filed}", line.phase)).await;
    let chosen = format!("<option value=\"{}\" selected>", line.phase);
    assert!(page.text.contains(&chosen) && page.text.contains(&format!("value=\"{filed}\"")));
    assert!(page.text.contains("<details class=\"narrowing\" open>"));
    let wrong = list("from=2026-13-40").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for text in ["“2026-13-40”不是日期", "value=\"2026-13-40\""] {
        assert!(wrong.text.contains(text), "{text}");
    }
}

#[tokio::test]
async fn a_way_of_looking_is_kept_replaced_and_forgotten() {
    let browser = office().await;
    let session = begin(&browser.office, "luqy");
    let post = |fields: Vec<(&'static str, &'static str)>| {
        let (browser, session) = (&browser, &session);
        async move { browser.post_in(session, "/cases/views", &fields).await }
    };
    let keep = |name, query| vec![("token", TOKEN), ("name", name), ("query", query)];
    let kept = post(keep("快到期的", "order=due&open=yes")).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.text);
    assert_eq!(kept.location(), "/cases?open=yes&order=due");
    let page = browser.get_in(&session, "/cases").await;
    let link = "<a href=\"/cases?open=yes&#38;order=due\">快到期的</a>";
    assert!(page.text.contains(link), "{}", page.text);
    // Of the same name: the later one. What is no filter is not kept.
    post(keep("快到期的", "phase=filing&evil=<script>")).await;
    let page = browser.get_in(&session, "/cases").await;
    assert!(
        page.text
            .contains("<a href=\"/cases?phase=filing\">快到期的</a>")
    );
    assert!(!page.text.contains("order=due&#38;open=yes\">快"));
    // Somebody else has none of it.
    let other = begin(&browser.office, "wenyz");
    assert!(
        !browser
            .get_in(&other, "/cases")
            .await
            .text
            .contains("快到期的")
    );
    let nameless = post(keep(" ", "phase=filing")).await;
    assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nameless.text.contains("请给这个筛选起一个名字"));
    let forget = vec![("token", TOKEN), ("name", "快到期的"), ("do", "forget")];
    assert_eq!(post(forget).await.status, StatusCode::SEE_OTHER);
    assert!(
        !browser
            .get_in(&session, "/cases")
            .await
            .text
            .contains("快到期的")
    );
}

#[tokio::test]
async fn so_many_ways_are_kept_and_no_more() {
    let browser = office().await;
    let session = begin(&browser.office, "luqy");
    for number in 0..21 {
        let name = format!("筛选{number}");
        let form = [("token", TOKEN), ("name", &name), ("query", "open=no")];
        let answer = browser.post_in(&session, "/cases/views", &form).await;
        let expected = match number {
            20 => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::SEE_OTHER,
        };
        assert_eq!(answer.status, expected, "{number}");
    }
}

#[tokio::test]
async fn the_list_goes_along_as_a_workbook() {
    let browser = office().await;
    let session = begin(&browser.office, "luqy");
    let answer = browser.get_in(&session, "/cases.xlsx?open=yes").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers[header::CONTENT_TYPE], sheet::MEDIA_TYPE);
    let name = answer.headers[header::CONTENT_DISPOSITION]
        .to_str()
        .unwrap();
    assert_eq!(name, "attachment; filename=\"cases-2026-11-24.xlsx\"");
    assert!(answer.bytes.starts_with(b"PK"));
    let whole = answer.bytes.len();
    let none = browser.get_in(&session, "/cases.xlsx?open=no").await;
    assert!(none.bytes.starts_with(b"PK") && none.bytes.len() < whole);
    let wrong = browser.get_in(&session, "/cases.xlsx?from=x").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}
