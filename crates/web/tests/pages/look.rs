//! What pages have in common to the eye: where one is, what is printed, what is folded, and the chart of a case.

use app::ActRequest;
use app::amend::Correcting;
use axum::http::{StatusCode, header};
use serde_json::json;

use crate::desk::browser;

#[tokio::test]
async fn the_head_says_where_one_is_and_paper_says_of_when_it_is() {
    let browser = browser();
    for (path, entry) in [
        ("/", "/"),
        ("/cases", "/cases"),
        ("/cases/new", "/cases/new"),
    ] {
        let page = browser.get(path).await;
        let here = format!("<a href=\"{entry}\" aria-current=\"page\">");
        assert!(page.text.contains(&here), "{path}");
        assert_eq!(page.text.matches("aria-current=\"page\"").count(), 1);
        assert!(page.text.contains("内容截至 2026-11-24(周二)12:00"));
    }
}

#[tokio::test]
async fn every_component_stands_in_the_gallery_and_no_page_brings_its_own_style() {
    let browser = browser();
    let case = browser.case_after(3).await;
    let gallery = browser.get("/gallery").await;
    assert_eq!(gallery.status, StatusCode::OK);
    for id in [
        "header", "table", "deadline", "timeline", "diff", "progress",
    ] {
        assert!(gallery.text.contains(&format!("<h2 id=\"{id}\"")), "{id}");
    }
    assert!(gallery.text.contains("逾期2日") && gallery.text.contains("今天到期"));
    for path in ["/gallery", &case, &format!("{case}/chart")] {
        let page = browser.get(path).await;
        assert!(
            !page.text.contains("<style") && !page.text.contains(" style="),
            "{path}: the policy would leave it out"
        );
        let policy = page.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(policy.contains("style-src 'self'"));
    }
}

#[tokio::test]
async fn the_chart_shows_what_is_done_owed_open_and_ahead() {
    let browser = browser();
    let case = browser.case_after(15).await;
    let page = browser.get(&format!("{case}/chart")).await;
    assert_eq!(page.status, StatusCode::OK);
    let style = browser.get("/staff.css").await;
    let size = page.text.len() + style.text.len();
    assert!(size < 150_000, "{size} bytes");
    let (drawing, words) = page.text.split_once("</svg>").unwrap();
    // In the drawing: a day for what was done, a tag for what is owed, a thick border for what may be done.
    assert!(drawing.contains(">应办</text>") && drawing.contains(">2026-12-01前</text>"));
    assert!(drawing.contains(">现在可以办</text>") && drawing.contains("stroke-width=\"1.1\""));
    // And the same in words, with the form of what may be done.
    let line = |act: &str| {
        let from = words
            .split_once(&format!("<strong>{act}</strong>"))
            .unwrap_or_else(|| panic!("no {act}"))
            .1;
        from.split_once("</li>").unwrap().0.to_owned()
    };
    assert!(
        line("立案").contains("已办，2026-10-17"),
        "{}",
        line("立案")
    );
    let service = line("送达");
    assert!(
        service.contains("应办，2026-12-01前；现在可以办"),
        "{service}"
    );
    assert!(service.contains(&format!("href=\"{case}/acts/document_service:")));
    assert!(
        line("不予立案").contains("本案不进行"),
        "{}",
        line("不予立案")
    );
    assert!(line("归档").contains("还没有到这一步"), "{}", line("归档"));
    let missing = browser
        .get("/cases/00000000-0000-7000-8000-000000000000/chart")
        .await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    let case_page = browser.get(&case).await;
    assert!(case_page.text.contains(&format!("href=\"{case}/chart\"")));
}

#[tokio::test]
async fn everything_can_be_unfolded_for_paper() {
    let browser = browser();
    let case = browser.case_after(15).await;
    let folded = browser.get(&case).await;
    assert!(folded.text.contains("较早的7条") && folded.text.contains("<details><summary>依据"));
    let unfolded = browser.get(&format!("{case}?unfold=all")).await;
    let folds = unfolded.text.matches("<details").count();
    let open = unfolded
        .text
        .split("<details")
        .skip(1)
        .filter(|rest| rest.split('>').next().unwrap().contains(" open"))
        .count();
    assert_eq!(open, folds);
    assert!(folds > 10, "{folds}");
}

#[tokio::test]
async fn progress_names_the_phases_gone_through_and_those_ahead() {
    let browser = browser();
    let case = browser.case_after(15).await;
    let page = browser.get(&case).await;
    let progress = page
        .text
        .split_once("class=\"progress\"")
        .and_then(|(_, rest)| rest.split_once("</ol>"))
        .unwrap()
        .0;
    for text in [
        "<span class=\"hidden\">已办：</span>立案",
        "aria-current=\"step\"><span class=\"hidden\">当前：</span>决定",
        "<span class=\"hidden\">以后：</span>送达",
        "<span class=\"hidden\">以后：</span>结案归档",
    ] {
        assert!(progress.contains(text), "{text}: {progress}");
    }
    assert!(!progress.contains("移送"), "nothing leads there");
}

#[tokio::test]
async fn a_correction_shows_what_was_said_before() {
    let browser = browser();
    let case = browser.case_after(5).await;
    let act: ActRequest = serde_json::from_value(json!({
        "event": "interview",
        "occurred": browser.office.now().day.plus_days(-35).to_string(),
        "people": [{"role": "handler", "person": "p01"}, {"role": "handler", "person": "p02"}],
        "facts": {
            "credential_shown": true, "note_signature": "signed", "audio_video": true,
            "record_content": "当事人承认自八月起超许可水量取水，愿意配合整改"
        },
    }))
    .unwrap();
    let asked = Correcting {
        of: 4,
        within: 0,
        act,
        renamed: vec![],
        reason: "月份录入错误".to_owned(),
        asked_by: "p01".to_owned(),
        approved_by: "p04".to_owned(),
    };
    let case_id = case.trim_start_matches("/cases/");
    let corrected = browser
        .office
        .correct(
            app::access::BothHands::Rehearsal,
            case_id,
            None,
            &asked,
            "c1",
        )
        .await;
    corrected.unwrap();
    let page = browser.get(&case).await;
    assert!(
        page.text.contains("〔删去：</span>七<") && page.text.contains("〔加上：</span>八<"),
        "the month alone is marked"
    );
    assert_eq!(
        page.text.matches("<del>").count(),
        1,
        "the rest is as it was"
    );
}
