//! What stands on the pages.

use crate::support::*;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use proof::{Bundle, Withdrawal};
use std::fs;

/// A log with a decision in force, one that was corrected and one that was withdrawn.
fn typical() -> Site {
    let site = Site::new();
    let mut log = Log::new();
    site.deliver(
        "a1",
        &log.publish(&decision("a1", "永安某水务有限公司", "2026-10-13")),
    );
    let first = log.publish(&decision("b2", "蔡某", "2026-10-13"));
    let mut corrected = decision("b2", "蔡某某", "2026-10-15");
    corrected.number = Some("永水罚〔2026〕13号".into());
    corrected.earlier = vec![log.replaced(first.index, "当事人姓名有误")];
    site.deliver("b2", &log.publish(&corrected));
    let gone = log.publish(&decision("c3", "某公司", "2026-10-13"));
    let mut header = withdrawal("c3");
    header.earlier = vec![log.replaced(gone.index, "行政处罚决定被依法撤销")];
    site.deliver("c3", &log.publish(&header));
    site
}

#[tokio::test]
async fn the_first_page_shows_what_is_new_and_where_to_look() {
    insta::assert_snapshot!("home", typical().shown("/").await);
}

#[tokio::test]
async fn the_list_shows_what_is_disclosed_and_what_was_withdrawn() {
    insta::assert_snapshot!("list", typical().shown("/publications").await);
}

#[tokio::test]
async fn a_decision_shows_its_public_part_and_its_proof() {
    insta::assert_snapshot!("disclosed", typical().shown("/publications/b2").await);
}

#[tokio::test]
async fn a_withdrawn_publication_keeps_its_header_and_loses_its_content() {
    let site = typical();
    let html = site.shown("/publications/c3").await;
    assert!(
        !html.contains("黄楼河") && !html.contains("20,000"),
        "{html}"
    );
    insta::assert_snapshot!("withdrawn", html);
    let file = text(site.get("/publications/c3/bundle.json").await).await;
    let shown = Bundle::parse(file.as_bytes()).and_then(|bundle| bundle.verify(key().verifier()));
    let shown: Withdrawal =
        serde_json::from_slice(&shown.expect("holds").body).expect("a withdrawal");
    assert_eq!(shown.publication, "c3");
}

#[tokio::test]
async fn every_step_of_the_check_is_shown_with_its_values() {
    insta::assert_snapshot!("verify", typical().shown("/publications/a1/verify").await);
    let site = Site::new();
    site.deliver(
        "a1",
        &Log::new().publish(&decision("a1", "某公司", "2026-10-13")),
    );
    let alone = site.shown("/publications/a1/verify").await;
    assert!(alone.contains("日志里只有这一条记录"), "{alone}");
}

#[tokio::test]
async fn anybody_learns_how_to_check_by_hand() {
    let html = Site::new().shown("/verify").await;
    let key = key().verifier().to_string();
    for said in [key.as_str(), "RFC 6962", "mingqu ledger verify --bundle"] {
        assert!(
            html.contains(said) || html.contains(&said.replace('+', "&#43;")),
            "{said}"
        );
    }
}

#[tokio::test]
async fn a_publication_of_the_first_shape_is_shown_as_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let bundle = Log::new().publish(&first_shape("永安某公司超许可取水案", "2026-10-13"));
    put(folder.path(), "a1.json", &bundle.to_json());
    let site = Site::over(folder);
    let html = site.shown("/publications/a1").await;
    assert!(
        html.contains("永安&#60;某&#62;水务有限公司"),
        "content is escaped"
    );
    for said in ["违法事实", "责令改正", "已校验", "公示日期"] {
        assert!(html.contains(said), "{said}");
    }
    // It gives no agency of its own: that of its rows is what it is found by.
    let list = site.shown("/publications?f.%E4%BD%9C%E5%87%BA%E6%9C%BA%E5%85%B3=%E6%B0%B8%E5%AE%89%E5%8C%BA%E6%B0%B4%E5%88%A9%E5%B1%80").await;
    assert!(list.contains("共 1 件"), "{list}");
}

#[tokio::test]
async fn no_fact_is_read_as_html() {
    let evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
    let site = Site::with(tempfile::tempdir().expect("a folder"), |settings| {
        settings.agency_name = format!("机关{evil}");
    });
    let mut log = Log::new();
    let mut it = decision("a1", evil, "2026-10-13");
    it.title = format!("标题{evil}");
    it.kind = evil.into();
    it.summary = Some(evil.into());
    it.number = Some(evil.into());
    it.decided_on = Some(evil.into());
    it.rows = vec![row(evil, evil)];
    it.sections[0].heading = evil.into();
    it.facets[0].name = evil.into();
    it.facets[0].values = vec![evil.into(), "x".into()];
    log.publish(&"what stood here before");
    it.earlier = vec![log.replaced(0, evil)];
    site.deliver("a1", &log.publish(&it));
    let mut header = withdrawal("b2");
    header.title = evil.into();
    header.reason = evil.into();
    site.deliver("b2", &log.publish(&header));
    for path in [
        "/",
        "/publications",
        "/publications?q=%3Cscript%3E&f.%3Cscript%3E=%3Cscript%3E",
        "/publications/a1",
        "/publications/a1/verify",
        "/publications/b2",
        "/feed.atom",
        "/verify",
    ] {
        let html = text(site.get(path).await).await;
        assert!(
            !html.contains("<script") && !html.contains("<img"),
            "{path}: {html}"
        );
    }
}

#[tokio::test]
async fn a_drawing_stands_on_its_page_as_a_picture_that_cannot_run() {
    let site = Site::new();
    let mut log = Log::new();
    let mut chart = first_shape("法制审核流程图", "2026-10-13");
    chart.publication = Some("c1".into());
    let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script><text>送审</text></svg>";
    chart.drawing = Some(svg.into());
    site.deliver("c1", &log.publish(&chart));
    site.deliver("a1", &log.publish(&decision("a1", "某公司", "2026-10-13")));
    let page = text(site.get("/publications/c1").await).await;
    assert!(
        page.contains("<img src=\"/publications/c1/drawing.svg\""),
        "{page}"
    );
    assert!(
        !page.contains("<script") && !page.contains("送审"),
        "{page}"
    );
    let drawing = site.get("/publications/c1/drawing.svg").await;
    assert_eq!(
        value(drawing.headers(), header::CONTENT_TYPE),
        "image/svg+xml"
    );
    let policy = value(drawing.headers(), header::CONTENT_SECURITY_POLICY);
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("script"),
        "{policy}"
    );
    assert_eq!(text(drawing).await, svg);
    let without = text(site.get("/publications/a1").await).await;
    assert!(!without.contains("<img"));
    let absent = site.get("/publications/a1/drawing.svg").await;
    assert_eq!(absent.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_file_that_does_not_hold_is_never_shown() {
    let good = || Log::new().publish(&first_shape("秘密标题", "2026-10-13"));
    let mut other_note = good();
    other_note.checkpoint = other_note.checkpoint.replace("\n1\n", "\n2\n");
    let mut other_body = good();
    other_body.part.body = "e30=".into();
    let no_date = Log::new().publish(&first_shape("秘密标题", "某日"));
    let not_a_publication = Log::new().publish(&"text");
    for damaged in [other_note, other_body, no_date, not_a_publication] {
        let folder = tempfile::tempdir().expect("a folder");
        put(folder.path(), "a1.json", &damaged.to_json());
        let site = Site::over(folder);
        let home = site.shown("/").await;
        assert!(
            home.contains("校验失败") && !home.contains("已校验") && !home.contains("秘密"),
            "{home}"
        );
        for path in [
            "/publications/a1",
            "/publications/a1/verify",
            "/publications/a1/bundle.json",
        ] {
            let (status, html) = site.page(path).await;
            assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
            assert!(
                html.contains("校验失败") && !html.contains("已校验") && !html.contains("秘密"),
                "{html}"
            );
        }
    }
}

#[tokio::test]
async fn a_file_changed_where_it_lies_is_not_shown_any_more() {
    let site = typical();
    assert!(site.shown("/publications/a1").await.contains("永安某水务"));
    let path = site.path("a1.json");
    let sound = fs::read(&path).expect("there");
    let mut changed = Bundle::parse(&sound).expect("whole");
    changed.part.salt = changed.part.salt.replace('A', "B");
    fs::write(&path, changed.to_json()).expect("written");
    let (status, html) = site.page("/publications/a1").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{html}");
    let list = site.shown("/publications").await;
    assert!(!list.contains("永安某水务"), "{list}");
    // The same bundle delivered once more mends it.
    put(site.folder.path(), "inbox/a1.json", &sound);
    assert!(site.shown("/publications/a1").await.contains("永安某水务"));
}

#[tokio::test]
async fn a_link_does_not_lead_out_of_the_folder() {
    let elsewhere = tempfile::tempdir().expect("a folder");
    let bundle = Log::new().publish(&first_shape("别处的文件", "2026-10-13"));
    put(elsewhere.path(), "a1.json", &bundle.to_json());
    let site = Site::new();
    let there = elsewhere.path().join("a1.json");
    for name in ["a1.json", "inbox/b2.json"] {
        std::os::unix::fs::symlink(&there, site.path(name)).expect("a link");
    }
    let (status, html) = site.page("/publications/a1").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!html.contains("别处的文件"));
    assert_eq!(
        site.get("/publications/b2").await.status(),
        StatusCode::NOT_FOUND
    );
    assert!(site.reason("b2.json").contains("不是普通文件"));
    assert_eq!(
        site.get("/publications/..%2Fa1").await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_long_list_is_paged_both_ways() {
    let site = Site::new();
    let mut log = Log::new();
    for n in 1..=45 {
        let id = format!("p{n:02}");
        let mut it = decision(&id, "某公司", "2026-10-13");
        it.title = format!("第{n}件");
        site.deliver(&id, &log.publish(&it));
    }
    site.portal.take_in().expect("done");
    let link = |html: &str, rel: &str| -> Option<String> {
        let rest = html.split(&format!("rel=\"{rel}\" href=\"")).nth(1)?;
        Some(rest.split('"').next()?.replace("&#38;", "&"))
    };
    let count = |html: &str| html.matches("<h3><a").count();
    let mut pages = vec![site.shown("/publications").await];
    while let Some(address) = link(pages.last().expect("a page"), "next") {
        pages.push(site.shown(&address).await);
    }
    let counts: Vec<usize> = pages.iter().map(|html| count(html)).collect();
    assert_eq!(counts, [20, 20, 5]);
    assert!(
        pages[0].contains("第45件") && pages[2].contains("第1件"),
        "the latest entry first"
    );
    let back = link(&pages[2], "prev").expect("a way back");
    assert_eq!(site.shown(&back).await, pages[1]);
    let first = link(&pages[1], "prev").expect("a way back");
    assert_eq!(site.shown(&first).await, pages[0]);
    assert!(link(&pages[0], "prev").is_none() && link(&pages[2], "next").is_none());
    // What the last page ended with is gone: the list begins again.
    assert_eq!(site.shown("/publications?after=gone").await, pages[0]);
}

#[tokio::test]
async fn cookies_are_neither_read_nor_set_and_nothing_is_loaded_from_elsewhere() {
    let site = typical();
    for path in [
        "/",
        "/publications?q=%E5%8F%96%E6%B0%B4",
        "/publications/a1",
        "/publications/none",
        "/verify",
        "/feed.atom",
        "/publications.csv",
        "/key",
        "/portal.css",
        "/publications/a1/bundle.json",
    ] {
        let plain = site.get(path).await;
        let request = Request::get(path)
            .header(header::COOKIE, "session=admin; theme=dark")
            .body(Body::empty());
        let with_cookie = site.ask(request.expect("a request")).await;
        assert!(with_cookie.headers().get(header::SET_COOKIE).is_none());
        let policy = value(with_cookie.headers(), header::CONTENT_SECURITY_POLICY);
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("script"));
        assert_eq!(bytes(plain).await, bytes(with_cookie).await, "{path}");
    }
}

#[tokio::test]
async fn no_page_needs_a_script_or_a_style_of_its_own() {
    let site = typical();
    for path in [
        "/",
        "/publications",
        "/publications/b2",
        "/publications/b2/verify",
        "/verify",
    ] {
        let html = site.shown(path).await;
        for forbidden in ["<script", "style=", "<style", " onclick", "src="] {
            assert!(!html.contains(forbidden), "{path}: {forbidden}");
        }
    }
}

#[tokio::test]
async fn the_downloads_verify_on_their_own() {
    let site = typical();
    let response = site.get("/publications/a1/bundle.json").await;
    assert_eq!(
        value(response.headers(), header::CONTENT_DISPOSITION),
        "attachment; filename=\"a1.json\""
    );
    let file = bytes(response).await;
    assert_eq!(
        file,
        fs::read(site.path("a1.json")).expect("there"),
        "the very bytes"
    );
    let published = text(site.get("/key").await).await;
    let published = proof::VerifierKey::parse(&published).expect("a key");
    Bundle::parse(&file)
        .and_then(|bundle| bundle.verify(&published))
        .expect("holds");
}

#[tokio::test]
async fn a_page_that_did_not_change_is_not_sent_again() {
    let site = typical();
    for path in ["/", "/publications/a1", "/publications/a1/verify"] {
        let first = site.get(path).await;
        let tag = value(first.headers(), header::ETAG);
        let again = || {
            let request = Request::get(path).header(header::IF_NONE_MATCH, &tag);
            request.body(Body::empty()).expect("a request")
        };
        let same = site.ask(again()).await;
        assert_eq!(same.status(), StatusCode::NOT_MODIFIED, "{path}");
        assert!(bytes(same).await.is_empty());
    }
    let tag = value(site.get("/publications/a1").await.headers(), header::ETAG);
    let mut log = Log::new();
    (0..9).for_each(|_| drop(log.publish(&"other entries")));
    site.deliver(
        "a1",
        &log.publish(&decision("a1", "更正后的公司", "2026-10-16")),
    );
    let request = Request::get("/publications/a1").header(header::IF_NONE_MATCH, tag);
    let changed = site
        .ask(request.body(Body::empty()).expect("a request"))
        .await;
    assert_eq!(changed.status(), StatusCode::OK);
    assert!(text(changed).await.contains("更正后的公司"));
}

#[tokio::test]
async fn what_is_not_there_or_not_possible_is_said_in_chinese() {
    let site = typical();
    for path in [
        "/publications/none",
        "/nothing",
        "/publications/none/verify",
        "/sitemap/9.xml",
    ] {
        let (status, html) = site.page(path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(html.contains("没有"), "{html}");
    }
    for (method, path) in [
        ("POST", "/publications"),
        ("DELETE", "/publications/a1"),
        ("GET", "/inbox"),
    ] {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::empty());
        let response = site.ask(request.expect("a request")).await;
        assert_eq!(
            response.status(),
            StatusCode::METHOD_NOT_ALLOWED,
            "{method} {path}"
        );
        assert!(text(response).await.contains("不能这样访问"));
    }
}

#[tokio::test]
async fn a_demonstration_says_so_on_every_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = Site::with(folder, |settings| settings.is_demonstration = true);
    site.deliver(
        "a1",
        &Log::new().publish(&decision("a1", "某公司", "2026-10-13")),
    );
    for path in [
        "/",
        "/publications",
        "/publications/a1",
        "/publications/a1/verify",
        "/verify",
        "/none",
    ] {
        assert!(
            site.page(path).await.1.contains("<strong>演示</strong>"),
            "{path}"
        );
    }
    assert!(!typical().shown("/").await.contains("<strong>演示</strong>"));
}

#[tokio::test]
async fn the_log_is_served_as_tiles_and_nothing_else_of_the_folder() {
    let site = typical();
    let log = site.path("log");
    for (path, bytes) in [
        ("tile/0/000", vec![1; 256 * 32]),
        ("tile/0/001.p/3", vec![2; 3 * 32]),
        ("tile/0/002", vec![3; 31]),
    ] {
        put(&log, path, &bytes);
    }
    fs::write(log.join("checkpoint"), "mingqu.test/yongan\n").expect("written");
    fs::write(log.join("private"), "private").expect("written");
    std::os::unix::fs::symlink("/etc/hostname", log.join("tile/0/004")).expect("linked");

    let full = site.get("/log/tile/0/000").await;
    assert_eq!(
        value(full.headers(), header::CONTENT_TYPE),
        "application/octet-stream"
    );
    assert!(value(full.headers(), header::CACHE_CONTROL).contains("immutable"));
    assert_eq!(bytes(full).await, vec![1; 256 * 32]);
    let partial = site.get("/log/tile/0/001.p/3").await;
    assert_eq!(partial.status(), StatusCode::OK);
    assert!(!value(partial.headers(), header::CACHE_CONTROL).contains("immutable"));
    let note = site.get("/log/checkpoint").await;
    assert_eq!(value(note.headers(), header::CACHE_CONTROL), "no-cache");
    assert!(value(note.headers(), header::CONTENT_TYPE).starts_with("text/plain"));
    assert_eq!(text(note).await, "mingqu.test/yongan\n");

    for path in [
        "/log/tile/0/001",
        "/log/tile/0/001.p/4",
        "/log/tile/0/002",
        "/log/tile/0/003",
        "/log/tile/0/004",
        "/log/tile/1/000",
        "/log/tile/0/0",
        "/log/tile/",
        "/log/private",
        "/log/",
        "/log/tile/0/../../private",
        "/log/tile/%2e%2e/private",
        "/log/tile/..%2f..%2fa1.json",
        "/log/tile/0/001.p",
        "/log/tile/0/000/000",
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}
