//! What is found, and what cannot be looked for.

use crate::support::*;
use axum::http::StatusCode;
use form_urlencoded::byte_serialize;
use proof::DisclosureFacet;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

fn ask(text: &str) -> String {
    let text: String = byte_serialize(text.as_bytes()).collect();
    format!("/publications?q={text}")
}

fn narrowed(pairs: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs);
    format!("/publications?{}", query.finish())
}

/// The titles on the page, in their order.
fn titles(html: &str) -> Vec<String> {
    let titles = html.split("<h3><a href=\"/publications/").skip(1);
    let title = |rest: &str| Some(rest.split_once("\">")?.1.split("</a>").next()?.to_owned());
    titles.filter_map(title).collect()
}

/// Four decisions that differ in what they are found by.
fn site() -> Site {
    let site = Site::new();
    let mut log = Log::new();
    for (id, party, title, number, kinds) in [
        (
            "a1",
            "永安某水务有限公司（91310000MA1FL0ABCD）",
            "超许可取水",
            "永水罚〔2026〕12号",
            &["罚款"][..],
        ),
        (
            "b2",
            "蔡某某",
            "未经批准取水",
            "永水罚〔2026〕13号",
            &["罚款", "责令拆除"],
        ),
        ("c3", "王某", "河道采砂", "永水罚〔2025〕7号", &["没收"]),
    ] {
        let mut it = decision(id, party, "2026-10-13");
        it.title = title.into();
        it.number = Some(number.into());
        it.facets = vec![DisclosureFacet {
            name: "处罚种类".into(),
            values: kinds.iter().map(|kind| (*kind).into()).collect(),
        }];
        site.deliver(id, &log.publish(&it));
    }
    let mut gone = withdrawal("d4");
    gone.title = "撤下的决定".into();
    gone.reason = "复议机关撤销".into();
    gone.disclosed_on = "2025-05-06".into();
    site.deliver("d4", &log.publish(&gone));
    site
}

#[tokio::test]
async fn everything_that_is_shown_is_found_from_two_characters_on() {
    let site = site();
    for (asked, found) in [
        ("采砂", &["河道采砂"][..]),
        ("取水", &["河道采砂", "未经批准取水", "超许可取水"]),
        ("蔡某某", &["未经批准取水"]),
        ("91310000MA1FL0ABCD", &["超许可取水"]),
        ("91310000ma1fl0abcd", &["超许可取水"]),
        ("永水罚〔2026〕13号", &["未经批准取水"]),
        ("永水罚[2026]13号", &["未经批准取水"]),
        ("永水罚（２０２６）１３号", &["未经批准取水"]),
        ("13号", &["未经批准取水"]),
        ("20,000", &["河道采砂", "未经批准取水", "超许可取水"]),
        (
            "永安区人民法院",
            &["河道采砂", "未经批准取水", "超许可取水"],
        ),
        ("王某 采砂", &["河道采砂"]),
        ("王某 蔡某", &[]),
        ("责令拆除", &["未经批准取水"]),
        ("复议机关撤销", &["撤下的决定"]),
        ("没有这样的词", &[]),
    ] {
        let html = site.shown(&ask(asked)).await;
        assert_eq!(titles(&html), found, "{asked}");
    }
}

#[tokio::test]
async fn what_a_correction_replaced_is_not_found_any_more() {
    let site = Site::new();
    let mut log = Log::new();
    site.deliver(
        "a1",
        &log.publish(&decision("a1", "旧名公司", "2026-10-13")),
    );
    assert_eq!(titles(&site.shown(&ask("旧名")).await).len(), 1);
    site.deliver(
        "a1",
        &log.publish(&decision("a1", "新名公司", "2026-10-14")),
    );
    assert_eq!(titles(&site.shown(&ask("旧名")).await).len(), 0);
    assert_eq!(titles(&site.shown(&ask("新名")).await).len(), 1);
    let mut header = withdrawal("a1");
    header.title = "某公司行政处罚决定".into();
    site.deliver("a1", &log.publish(&header));
    assert_eq!(titles(&site.shown(&ask("新名")).await).len(), 0);
    assert_eq!(titles(&site.shown(&ask("依法撤销")).await).len(), 1);
}

#[tokio::test]
async fn a_list_is_narrowed_by_what_bundles_bring_and_by_what_all_have() {
    let site = site();
    let all = site.shown("/publications").await;
    for (name, value, count) in [
        ("f.处罚种类", "罚款", 2),
        ("f.处罚种类", "没收", 1),
        ("f.公示年份", "2026", 3),
        ("f.公示状态", "已撤下", 1),
    ] {
        let offered = format!(
            "<button type=\"submit\" name=\"{name}\" value=\"{value}\">{value}</button> <span class=\"count\">{count}<"
        );
        assert!(all.contains(&offered), "{offered}\n{all}");
        assert_eq!(
            titles(&site.shown(&narrowed(&[(name, value)])).await).len(),
            count,
            "{value}"
        );
    }
    // All publications are of one kind: that narrows nothing and is not offered.
    assert!(!all.contains("f.文书类型"));
    let both = narrowed(&[
        ("q", "取水"),
        ("f.处罚种类", "罚款"),
        ("f.处罚种类", "责令拆除"),
    ]);
    let html = site.shown(&both).await;
    assert_eq!(titles(&html), ["未经批准取水"]);
    insta::assert_snapshot!("narrowed", html);
    for path in [
        narrowed(&[("f.处罚种类", "没有这一种")]),
        narrowed(&[("f.没有这一项", "罚款")]),
        narrowed(&[("f.处罚种类", "罚款"), ("f.处罚种类", "没收")]),
    ] {
        assert!(site.shown(&path).await.contains("没有找到"), "{path}");
    }
}

#[tokio::test]
async fn a_single_character_gets_a_hint() {
    let site = site();
    let html = site.shown(&ask("罚")).await;
    assert!(
        html.contains("请至少输入两个字") && titles(&html).is_empty(),
        "{html}"
    );
    let html = site.shown(&ask("采砂 王")).await;
    assert!(
        html.contains("“王”只有一个字") && titles(&html).len() == 1,
        "{html}"
    );
}

#[tokio::test]
async fn a_query_that_is_too_long_is_refused_and_its_beginning_kept() {
    let site = site();
    let longest = "取水".repeat(100);
    assert!(site.shown(&ask(&longest)).await.contains("没有找到"));
    for length in [201, 10_000] {
        let (status, html) = site.page(&ask(&"a".repeat(length))).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(html.contains("查找内容超过200字"), "{html}");
        assert!(html.contains(&format!("value=\"{}\"", "a".repeat(200))));
        assert!(!html.contains(&"a".repeat(201)), "nowhere else either");
        let path = ask(&"a".repeat(length)).replace("/publications?", "/publications.csv?");
        assert_eq!(site.get(&path).await.status(), StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn ten_thousand_characters_do_not_stop_the_server() {
    let site = site();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = site.portal.router();
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    for path in [ask(&"水".repeat(10_000)), ask("采砂")] {
        let mut stream = TcpStream::connect(address).await.expect("connected");
        let request = format!("GET {path} HTTP/1.1\r\nHost: portal\r\nConnection: close\r\n\r\n");
        // It may hang up before it has heard everything.
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        let expected = match path.len() {
            0..1_000 => "HTTP/1.1 200",
            _ => "HTTP/1.1 4",
        };
        assert!(answer.starts_with(expected), "{answer}");
    }
    server.abort();
}
