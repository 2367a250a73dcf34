//! What only a demonstration has: the bar, the clock that can be moved, the tour.

use crate::desk::{Answer, Browser, TOKEN, begin, browser, browser_at};
use app::agency::AgencyFile;
use app::ports::MovableClock;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use std::collections::BTreeMap;
use std::sync::Arc;
use testkit::clock::ManualClock;

const MOVE: &str = "/demonstration/clock";
const TUESDAY: &str = "2026-11-24T04:00:00Z";

/// A tour of two steps: one at the desk, one for everybody.
pub(crate) const SCRIPT: &str = r#"{
  "title": "导览", "lead": "两步", "how": ["先登录"],
  "steps": [
    { "title": "案件页", "who": { "role": "handler" }, "does": ["打开案件"], "sees": ["下一步"], "why": "一句话",
      "links": [
        { "text": "打开案件", "to": "/cases/{case}", "case": "smooth", "shows": ["下一步："] },
        { "text": "今日待办", "to": "/", "shows": [] } ] },
    { "title": "公众门户", "who": "public", "does": ["看公示"], "sees": ["决定"], "why": "公开",
      "links": [{ "text": "打开门户", "to": "/", "is_public": true, "shows": [] }] }
  ]
}"#;

pub(crate) fn tour(cases: &[(&str, &str)]) -> web::Tour {
    let cases = cases
        .iter()
        .map(|(stem, id)| ((*stem).to_owned(), (*id).to_owned()));
    web::Tour {
        script: serde_json::from_str(SCRIPT).unwrap(),
        portal: "127.0.0.1:8081".parse().unwrap(),
        password: "mingqu-yanshi".to_owned(),
        cases: cases.collect::<BTreeMap<_, _>>(),
    }
}

struct Rehearsal {
    browser: Browser,
    clock: Arc<ManualClock>,
    session: String,
}

fn rehearsal(time: &str, change: impl Fn(&mut AgencyFile)) -> Rehearsal {
    let clock = Arc::new(ManualClock::at(time));
    let mut browser = browser_at(clock.clone(), change);
    let stage = web::Stage::new(Some(clock.clone()), Some(tour(&[])));
    browser.router = web::with_stage(browser.router, stage);
    let session = begin(&browser.office, "luqy");
    Rehearsal {
        browser,
        clock,
        session,
    }
}

impl Rehearsal {
    async fn get(&self, path: &str) -> Answer {
        self.browser.get_in(&self.session, path).await
    }

    async fn moves(&self, fields: &[(&str, &str)]) -> Answer {
        self.browser.post_in(&self.session, MOVE, fields).await
    }
}

async fn by_nobody(browser: &Browser, path: &str) -> Answer {
    let request = Request::get(path).header(header::HOST, "localhost:8080");
    browser.ask(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_day_passes_at_a_press_and_one_is_back_where_one_was() {
    let rehearsal = rehearsal(TUESDAY, |_| {});
    let case = rehearsal.browser.case_after(15).await;
    let page = rehearsal.get(&format!("{case}?unfold=all")).await;
    for text in [
        "虚构的",
        "演示日期 <strong>2026-11-24(周二)",
        "过一天",
        "过到下一个工作日 2026-11-25(周三)",
        "<a href=\"/tour\">",
        "class=\"watermark\"",
    ] {
        assert!(page.text.contains(text), "{text}");
    }
    assert!(!page.text.contains("比真实日期晚"));
    assert_eq!(page.hidden("to"), format!("{case}?unfold=all"));
    let fields = [
        ("token", TOKEN),
        ("day", "2026-11-24"),
        ("to", &page.hidden("to")),
        ("until", "day"),
    ];
    let moved = rehearsal.moves(&fields).await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.text);
    assert_eq!(moved.location(), format!("{case}?unfold=all&moved=1"));
    let page = rehearsal.get(moved.location()).await;
    for text in [
        "演示日期 <strong>2026-11-25(周三)",
        "比真实日期晚1天",
        "演示日期从2026-11-24到了2026-11-25(周三)。",
        "这期间没有到期的事项。",
    ] {
        assert!(page.text.contains(text), "{text}");
    }
    assert_eq!(
        page.hidden("to"),
        format!("{case}?unfold=all"),
        "the next move does not come back to this one"
    );
    // The same form again moves nothing; nobody else is told of it.
    let again = rehearsal.moves(&fields).await;
    assert_eq!(again.location(), format!("{case}?unfold=all&moved=1"));
    assert_eq!(rehearsal.clock.days_ahead(), 1);
    let other = begin(&rehearsal.browser.office, "boyq");
    let page = rehearsal.browser.get_in(&other, moved.location()).await;
    assert!(page.text.contains("2026-11-25(周三)") && !page.text.contains("演示日期从"));
}

#[tokio::test]
async fn what_the_days_brought_is_said_with_its_case() {
    let rehearsal = rehearsal(TUESDAY, |_| {});
    let case = rehearsal.browser.case_after(usize::MAX).await;
    let mut day = rehearsal.browser.office.now().day;
    // The decision was served: in the end the days for paying are over.
    for _ in 0..30 {
        let today = day.to_string();
        let fields = [
            ("token", TOKEN),
            ("day", &today),
            ("to", "/"),
            ("until", "day"),
        ];
        let moved = rehearsal.moves(&fields).await;
        let page = rehearsal.get(moved.location()).await;
        assert_eq!(page.status, StatusCode::OK, "still signed in");
        if page.text.contains("由系统记录：") {
            let line = page.text.split_once("由系统记录：").unwrap().1;
            assert!(line.starts_with(&format!("<a href=\"{case}\">")), "{line}");
            return;
        }
        day = rehearsal.browser.office.now().day;
    }
    panic!("time brought nothing about");
}

#[tokio::test]
async fn the_next_working_day_is_that_of_the_calendar() {
    // The Thursday before the holidays of October, which end on the 7th.
    let rehearsal = rehearsal("2026-09-30T04:00:00Z", |_| {});
    let page = rehearsal.get("/").await;
    let calendar = &rehearsal.browser.office.context().calendar;
    let today = rehearsal.browser.office.now().day;
    let next = calendar.workday_on_or_after(today.plus_days(1)).unwrap();
    assert!(next.number() - today.number() > 5, "{next}");
    let button = format!("过到下一个工作日 {}", next.chinese());
    assert!(page.text.contains(&button), "{button}");
    let fields = [
        ("token", TOKEN),
        ("day", "2026-09-30"),
        ("to", "//evil.example"),
        ("until", "workday"),
    ];
    let moved = rehearsal.moves(&fields).await;
    assert_eq!(moved.location(), "/?moved=1", "nobody is led away");
    assert_eq!(rehearsal.browser.office.now().day, next);
}

#[tokio::test]
async fn nothing_moves_without_the_form_of_somebody_who_is_signed_in() {
    let rehearsal = rehearsal(TUESDAY, |_| {});
    let forged = [("token", "0"), ("day", "2026-11-24"), ("until", "day")];
    let answer = rehearsal.moves(&forged).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let fields = [("token", TOKEN), ("day", "2026-11-24"), ("until", "day")];
    let nobody = rehearsal
        .browser
        .post_in(&"0".repeat(64), MOVE, &fields)
        .await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    assert_eq!(rehearsal.clock.days_ahead(), 0);
    let page = by_nobody(&rehearsal.browser, "/sign-in").await;
    assert!(page.text.contains("演示日期 <strong>2026-11-24(周二)"));
    assert!(!page.text.contains("过一天"));
}

#[tokio::test]
async fn an_agency_that_is_not_made_up_has_neither_bar_nor_clock_nor_tour() {
    let rehearsal = rehearsal(TUESDAY, |file| file.demonstration = false);
    let page = rehearsal.get("/cases").await;
    assert_eq!(page.status, StatusCode::OK);
    for text in ["演示", "demonstration", "/tour", "watermark"] {
        assert!(!page.text.contains(text), "{text}");
    }
    let fields = [("token", TOKEN), ("day", "2026-11-24"), ("until", "day")];
    let answer = rehearsal.moves(&fields).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(rehearsal.clock.days_ahead(), 0);
    for path in ["/tour", "/tour?moved=1"] {
        assert_eq!(rehearsal.get(path).await.status, StatusCode::NOT_FOUND);
        let answer = by_nobody(&rehearsal.browser, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    let page = by_nobody(&rehearsal.browser, "/sign-in?account=luqy").await;
    assert!(!page.text.contains("luqy") && !page.text.contains("mingqu-yanshi"));
}

#[tokio::test]
async fn a_demonstration_without_a_stage_has_the_bar_alone() {
    let browser = browser();
    let page = browser.get("/cases").await;
    assert!(page.text.contains("虚构的") && page.text.contains("class=\"watermark\""));
    assert!(!page.text.contains("演示日期") && !page.text.contains("/tour"));
    let answer = browser.post(MOVE, &[("token", TOKEN)]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/tour").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_tour_leads_everybody_to_the_door_and_whoever_is_there_further() {
    let clock = Arc::new(ManualClock::at(TUESDAY));
    let mut browser = browser_at(clock.clone(), |_| {});
    let case = browser.case_after(3).await;
    let id = case.trim_start_matches("/cases/");
    let stage = web::Stage::new(Some(clock), Some(tour(&[("smooth", id)])));
    browser.router = web::with_stage(browser.router, stage);
    let page = by_nobody(&browser, "/tour").await;
    assert_eq!(page.status, StatusCode::OK);
    let sign_in = format!("/sign-in?account=luqy&#38;to=%2Fcases%2F{id}");
    for text in [
        "http://localhost:8080",
        "http://127.0.0.1:8081/",
        "mingqu-yanshi",
        "陆清源，水政监察支队（账号 luqy）",
        "公众，不用登录",
        &sign_in,
        "“下一步：”",
        "法制审核人员",
    ] {
        assert!(page.text.contains(text), "{text}");
    }
    // The page of signing in is filled in, and the form leads to the case.
    let door = by_nobody(&browser, &sign_in.replace("&#38;", "&")).await;
    assert!(door.text.contains("value=\"luqy\"") && door.text.contains("value=\"mingqu-yanshi\""));
    assert_eq!(door.hidden("to"), case);
    let unknown = by_nobody(&browser, "/sign-in?account=nobody").await;
    assert!(!unknown.text.contains("nobody") && !unknown.text.contains("value=\"mingqu-yanshi\""));
    assert!(unknown.text.contains("<a href=\"/tour\">"));
    // Whoever took part in the case is asked for, and goes straight there.
    let handler = begin(&browser.office, "luqy");
    let page = browser.get_in(&handler, "/tour").await;
    assert!(
        page.text.contains(&format!("href=\"{case}\"")),
        "straight there"
    );
    assert!(
        page.text.contains("陆清源<span>"),
        "and the head knows who it is"
    );
}

#[tokio::test]
async fn a_tour_without_its_cases_says_how_to_get_them() {
    let rehearsal = rehearsal(TUESDAY, |_| {});
    let page = by_nobody(&rehearsal.browser, "/tour").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("cargo xtask run") && page.text.contains("打开案件（现在走不到）"));
}

#[tokio::test]
async fn while_it_is_being_made_every_address_says_how_far_it_is() {
    use tower::ServiceExt;
    let telling = || web::Progress {
        done: 3,
        total: 16,
        text: "水井未装计量设施：<立案>".to_owned(),
    };
    let router = web::preparing(Arc::new(telling));
    for request in [
        Request::get("/cases/x?a=1").body(Body::empty()).unwrap(),
        Request::post("/sign-in").body(Body::empty()).unwrap(),
    ] {
        let answer = router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()[header::RETRY_AFTER], "1");
        assert!(
            answer
                .headers()
                .contains_key(header::CONTENT_SECURITY_POLICY)
        );
        let body = axum::body::to_bytes(answer.into_body(), 100_000)
            .await
            .unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        for shown in [
            "http-equiv=\"refresh\"",
            "value=\"3\" max=\"16\"",
            "&#60;立案&#62;",
        ] {
            assert!(text.contains(shown), "{shown}: {text}");
        }
    }
    let style = Request::get("/staff.css").body(Body::empty()).unwrap();
    let style = router.oneshot(style).await.unwrap();
    assert_eq!(style.status(), StatusCode::OK);
}
