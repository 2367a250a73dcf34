//! Lists for programs.

use crate::support::*;
use axum::http::{StatusCode, header};
use serde_json::Value;

fn site(address: Option<&str>) -> Site {
    let site = Site::with(tempfile::tempdir().expect("a folder"), |settings| {
        settings.address = address.map(str::to_owned);
    });
    let mut log = Log::new();
    let mut it = decision("a1", "永安\"某\"公司,第一\n分公司", "2026-10-13");
    it.title = "=HYPERLINK(\"http://evil\")&<取水>".into();
    it.summary = Some("罚款\u{1}¥20,000.00".into());
    site.deliver("a1", &log.publish(&it));
    site.deliver("b2", &log.publish(&decision("b2", "蔡某某", "2026-10-14")));
    site.deliver("c3", &log.publish(&withdrawal("c3")));
    site
}

#[tokio::test]
async fn the_feed_tells_what_is_new_and_what_was_withdrawn() {
    let answer = site(Some("https://gongshi.example.gov.cn/"))
        .get("/feed.atom")
        .await;
    assert_eq!(
        value(answer.headers(), header::CONTENT_TYPE),
        "application/atom+xml; charset=utf-8"
    );
    let feed = text(answer).await;
    assert!(
        !feed.contains('\u{1}'),
        "no character that XML cannot write"
    );
    insta::assert_snapshot!("feed", feed);
    // Without an address of its own it links within the address at which it was found.
    let feed = text(site(None).get("/feed.atom").await).await;
    assert!(
        feed.contains("href=\"/publications/b2\"") && !feed.contains("https://"),
        "{feed}"
    );
    let empty = text(Site::new().get("/feed.atom").await).await;
    assert!(
        empty.contains("<updated>1970-01-01T00:00:00Z</updated>"),
        "{empty}"
    );
}

#[tokio::test]
async fn the_table_opens_in_an_office_program_and_starts_nothing_there() {
    let site = site(None);
    let answer = site.get("/publications.csv").await;
    assert!(value(answer.headers(), header::CONTENT_DISPOSITION).contains("publications.csv"));
    let table = text(answer).await;
    assert!(table.starts_with('\u{feff}'), "the mark of UTF-8");
    insta::assert_snapshot!("table", table);
    for cell in table.split(",\"") {
        assert!(!cell.starts_with('='), "{cell}");
    }
    let some = text(site.get("/publications.csv?q=%E8%94%A1%E6%9F%90").await).await;
    assert_eq!(some.matches("\r\n").count(), 2, "{some}");
}

#[tokio::test]
async fn the_data_say_the_same_as_the_pages() {
    let site = site(Some("https://gongshi.example.gov.cn"));
    let data = text(site.get("/publications.json").await).await;
    let data: Value = serde_json::from_str(&data).expect("JSON");
    assert_eq!(data["total"], 3);
    let all = data["publications"].as_array().expect("a list");
    let ids: Vec<&str> = all.iter().filter_map(|it| it["id"].as_str()).collect();
    assert_eq!(ids, ["b2", "c3", "a1"]);
    assert_eq!(all[1]["state"], "withdrawn");
    assert_eq!(all[1]["party"], Value::Null);
    assert_eq!(
        all[0]["facets"]["处罚种类"],
        serde_json::json!(["罚款", "责令拆除"])
    );
    assert_eq!(
        all[0]["page"],
        "https://gongshi.example.gov.cn/publications/b2"
    );
    let some = text(
        site.get(
            "/publications.json?f.%E5%85%AC%E7%A4%BA%E7%8A%B6%E6%80%81=%E5%B7%B2%E6%92%A4%E4%B8%8B",
        )
        .await,
    )
    .await;
    let some: Value = serde_json::from_str(&some).expect("JSON");
    assert_eq!(
        (&some["total"], &some["publications"][0]["id"]),
        (&1.into(), &"c3".into())
    );
    let none = text(site.get("/publications.json?q=%E6%B2%A1%E6%9C%89").await).await;
    let none: Value = serde_json::from_str(&none).expect("JSON");
    assert_eq!(
        (&none["total"], &none["publications"]),
        (&0.into(), &serde_json::json!([]))
    );
}

#[tokio::test]
async fn long_lists_are_sent_whole() {
    let site = Site::new();
    let mut log = Log::new();
    for n in 0..603 {
        let id = format!("p{n}");
        put(
            site.folder.path(),
            &format!("{id}.json"),
            &log.publish(&decision(&id, "某公司", "2026-10-13"))
                .to_json(),
        );
    }
    site.portal.take_in().expect("done");
    let data = text(site.get("/publications.json").await).await;
    let data: Value = serde_json::from_str(&data).expect("JSON");
    assert_eq!(data["publications"].as_array().map(Vec::len), Some(603));
    let table = text(site.get("/publications.csv").await).await;
    assert_eq!(table.lines().count(), 604);
}

#[tokio::test]
async fn the_map_of_the_site_needs_an_address() {
    let mapped = site(Some("https://gongshi.example.gov.cn"));
    let index = text(mapped.get("/sitemap.xml").await).await;
    assert!(
        index.contains("<loc>https://gongshi.example.gov.cn/sitemap/1.xml</loc>"),
        "{index}"
    );
    let part = text(mapped.get("/sitemap/1.xml").await).await;
    assert!(
        part.ends_with("</urlset>\n") && part.matches("<url>").count() == 3,
        "{part}"
    );
    assert!(part.contains(
        "<loc>https://gongshi.example.gov.cn/publications/c3</loc><lastmod>2026-11-20</lastmod>"
    ));
    assert_eq!(
        mapped.get("/sitemap/2.xml").await.status(),
        StatusCode::NOT_FOUND
    );
    let robots = text(mapped.get("/robots.txt").await).await;
    assert!(robots.contains("Sitemap: https://gongshi.example.gov.cn/sitemap.xml"));

    // The name that a request bears is no proof of anything.
    let unmapped = site(None);
    for path in ["/sitemap.xml", "/sitemap/1.xml"] {
        assert_eq!(unmapped.get(path).await.status(), StatusCode::NOT_FOUND);
    }
    assert!(
        !text(unmapped.get("/robots.txt").await)
            .await
            .contains("Sitemap")
    );
    assert_eq!(text(unmapped.get("/healthz").await).await, "ok\n");
}
