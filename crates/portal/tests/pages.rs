//! The real router in process, over real signed files.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use portal::Settings;
use proof::tree::{self, MemoryTree};
use proof::{
    Bundle, Checkpoint, Disclosure, DisclosureRow, Label, Leaf, NewLeaf, Part, Sensitivity,
    SigningKey, Withdrawal,
};
use serde::Serialize;
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use tower::ServiceExt;

const ORIGIN: &str = "mingqu.test/yongan";

fn key() -> SigningKey {
    SigningKey::from_seed(ORIGIN, &[5; 32]).expect("a key")
}

fn disclosure(title: &str, disclosed_on: &str) -> Disclosure {
    let row = |label: &str, value: &str| DisclosureRow {
        label: label.into(),
        value: value.into(),
    };
    Disclosure {
        title: title.into(),
        kind: "行政处罚决定".into(),
        rows: vec![
            row("文书号", "永水罚〔2026〕12号"),
            row("当事人", "永安<某>水务有限公司"),
            row("违法事实", "超出取水许可证核定水量取水。"),
            row("处罚内容", "罚款¥20,000.00\n责令改正"),
            row("决定机关", "永安区水利局"),
        ],
        disclosed_on: disclosed_on.into(),
    }
}

fn withdrawal(publication: &str) -> Withdrawal {
    Withdrawal {
        publication: publication.into(),
        title: "永安某水务有限公司超许可取水案".into(),
        kind: "行政处罚决定".into(),
        disclosed_on: "2026-10-13".into(),
        withdrawn_on: "2026-11-20".into(),
        reason: "行政处罚决定被依法撤销".into(),
    }
}

/// The bundle of a shown part, in a log of three leaves.
fn bundle_of(content: &impl Serialize) -> Bundle {
    let part = Part {
        label: Label::parse("disclosure").expect("a label"),
        sensitivity: Sensitivity::Public,
        salt: [9; 32],
        body: serde_json::to_vec(content).expect("JSON"),
    };
    let leaf = |n: u64| {
        let recorded_at = "2026-10-13T04:00:00Z".to_owned();
        let header = serde_json::json!({ "act": "disclosure" });
        let parts = std::slice::from_ref(&part);
        Leaf::new(NewLeaf {
            id: &format!("e{n}"),
            agency: "yongan",
            stream: "case/1",
            stream_version: n + 1,
            recorded_at,
            header: &header,
            parts,
            destroys: vec![],
        })
        .expect("a leaf")
        .to_bytes()
    };
    let mut tree = MemoryTree::default();
    for n in 0..3 {
        tree.append(tree::leaf_hash(&leaf(n)));
    }
    let proof = tree::prove_inclusion(3, 1, &tree).expect("leaf 1 of 3");
    Bundle::new(
        ORIGIN,
        1,
        3,
        &leaf(1),
        &proof,
        &Checkpoint::sign(3, tree.root(), &key()),
        &part,
    )
}

fn put(folder: &TempDir, name: &str, bundle: &Bundle) {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, bundle.to_json()).expect("written");
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn router(folder: &Path) -> axum::Router {
    let settings = Settings {
        folder: folder.to_owned(),
        key: key().verifier().clone(),
        agency_name: "永安区水利局".into(),
    };
    portal::router(settings)
}

async fn get(folder: &TempDir, path: &str) -> Response {
    let request = Request::get(path).body(Body::empty()).expect("a request");
    router(folder.path())
        .oneshot(request)
        .await
        .expect("an answer")
}

async fn text(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1_000_000)
        .await
        .expect("a body");
    String::from_utf8(bytes.to_vec()).expect("text")
}

/// The page without its blank lines, as a snapshot shows it.
async fn page(folder: &TempDir, path: &str) -> (StatusCode, String) {
    let response = get(folder, path).await;
    let status = response.status();
    let html = text(response).await;
    assert!(
        html.len() < 60_000,
        "a portal page stays under 60 kB, this is {}",
        html.len()
    );
    (
        status,
        html.lines()
            .filter(|line| !line.trim().is_empty())
            .collect::<Vec<_>>()
            .join("\n"),
    )
}

#[tokio::test]
async fn the_list_shows_what_is_disclosed_and_what_was_withdrawn() {
    let folder = folder();
    put(
        &folder,
        "a1.json",
        &bundle_of(&disclosure("永安某公司超许可取水案", "2026-10-13")),
    );
    put(
        &folder,
        "b2.json",
        &bundle_of(&disclosure("未经批准取水案", "2026-11-02")),
    );
    put(&folder, "withdrawn/c3.json", &bundle_of(&withdrawal("c3")));
    let (status, html) = page(&folder, "/").await;
    assert_eq!(status, StatusCode::OK);
    insta::assert_snapshot!("list", html);
}

#[tokio::test]
async fn a_decision_shows_its_public_part_and_its_proof() {
    let folder = folder();
    put(
        &folder,
        "a1.json",
        &bundle_of(&disclosure("永安某公司超许可取水案", "2026-10-13")),
    );
    let (status, html) = page(&folder, "/publications/a1").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        html.contains("永安&#60;某&#62;水务有限公司"),
        "content is escaped"
    );
    insta::assert_snapshot!("disclosed", html);
}

#[tokio::test]
async fn a_withdrawn_publication_keeps_its_header_and_loses_its_content() {
    let folder = folder();
    // Even when the content was left behind by a failed clean-up.
    put(
        &folder,
        "a1.json",
        &bundle_of(&disclosure("永安某公司超许可取水案", "2026-10-13")),
    );
    put(&folder, "withdrawn/a1.json", &bundle_of(&withdrawal("a1")));
    let (status, html) = page(&folder, "/publications/a1").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        !html.contains("违法事实") && !html.contains("20,000"),
        "{html}"
    );
    insta::assert_snapshot!("withdrawn", html);
    let file = text(get(&folder, "/publications/a1/bundle.json").await).await;
    let shown = Bundle::parse(file.as_bytes())
        .and_then(|bundle| bundle.verify(key().verifier()))
        .expect("holds");
    assert_eq!(
        serde_json::from_slice::<Withdrawal>(&shown.body).expect("a withdrawal"),
        withdrawal("a1")
    );
}

#[tokio::test]
async fn a_file_that_does_not_hold_is_never_shown() {
    let good = || bundle_of(&disclosure("秘密标题", "2026-10-13"));
    let mut other_note = good();
    other_note.checkpoint = other_note.checkpoint.replace("\n3\n", "\n4\n");
    let mut other_body = good();
    other_body.part.body = "e30=".into();
    let no_date = bundle_of(&disclosure("秘密标题", "某日"));
    let not_a_publication = bundle_of(&"text");
    for damaged in [other_note, other_body, no_date, not_a_publication] {
        let folder = folder();
        put(&folder, "a1.json", &damaged);
        let (_, list) = page(&folder, "/").await;
        assert!(
            list.contains("校验失败") && !list.contains("已校验") && !list.contains("秘密"),
            "{list}"
        );
        let (status, html) = page(&folder, "/publications/a1").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(
            html.contains("校验失败") && !html.contains("已校验") && !html.contains("秘密"),
            "{html}"
        );
        assert_eq!(
            get(&folder, "/publications/a1/bundle.json").await.status(),
            StatusCode::INTERNAL_SERVER_ERROR
        );
    }
}

#[tokio::test]
async fn a_damaged_withdrawal_still_hides_the_content() {
    let folder = folder();
    put(
        &folder,
        "a1.json",
        &bundle_of(&disclosure("秘密标题", "2026-10-13")),
    );
    put(
        &folder,
        "withdrawn/a1.json",
        &bundle_of(&withdrawal("another")),
    );
    let (status, html) = page(&folder, "/publications/a1").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!html.contains("秘密标题"));
}

#[tokio::test]
async fn a_link_does_not_lead_out_of_the_folder() {
    let (folder, elsewhere) = (folder(), folder());
    put(
        &elsewhere,
        "a1.json",
        &bundle_of(&disclosure("别处的文件", "2026-10-13")),
    );
    std::os::unix::fs::symlink(
        elsewhere.path().join("a1.json"),
        folder.path().join("a1.json"),
    )
    .expect("a link");
    let (status, html) = page(&folder, "/publications/a1").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!html.contains("别处的文件"));
    assert_eq!(
        get(&folder, "/publications/..%2Fa1").await.status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn what_changes_in_the_folder_shows_at_once() {
    let folder = folder();
    let router = router(folder.path());
    let ask = |path: &str| {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let router = router.clone();
        async move { text(router.oneshot(request).await.expect("an answer")).await }
    };
    assert!(ask("/").await.contains("目前没有公示内容"));
    put(
        &folder,
        "a1.json",
        &bundle_of(&disclosure("第一版", "2026-10-13")),
    );
    assert!(ask("/").await.contains("第一版"));
    put(
        &folder,
        "half.json",
        &bundle_of(&disclosure("第二版", "2026-10-13")),
    );
    fs::rename(
        folder.path().join("half.json"),
        folder.path().join("a1.json"),
    )
    .expect("replaced");
    assert!(ask("/publications/a1").await.contains("第二版"));
    put(&folder, "withdrawn/a1.json", &bundle_of(&withdrawal("a1")));
    assert!(ask("/publications/a1").await.contains("已撤下"));
    fs::remove_file(folder.path().join("a1.json")).expect("removed");
    fs::remove_file(folder.path().join("withdrawn/a1.json")).expect("removed");
    assert!(ask("/publications/a1").await.contains("没有这个页面"));
}

#[tokio::test]
async fn a_long_list_is_paged() {
    let folder = folder();
    for n in 1..=45 {
        put(
            &folder,
            &format!("p{n:02}.json"),
            &bundle_of(&disclosure(&format!("第{n}件"), "2026-10-13")),
        );
    }
    let mut seen = 0;
    let mut next = Some("/".to_owned());
    while let Some(address) = next {
        let (_, html) = page(&folder, &address).await;
        seen += html.matches("<li>").count();
        let link = html
            .split("class=\"next\" href=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        next = link.map(str::to_owned);
    }
    assert_eq!(seen, 45);
}

#[tokio::test]
async fn cookies_are_neither_read_nor_set_and_nothing_is_loaded_from_elsewhere() {
    let folder = folder();
    put(
        &folder,
        "a1.json",
        &bundle_of(&disclosure("某案", "2026-10-13")),
    );
    for path in [
        "/",
        "/publications/a1",
        "/publications/none",
        "/key",
        "/portal.css",
        "/publications/a1/bundle.json",
    ] {
        let plain = get(&folder, path).await;
        let request = Request::get(path)
            .header(header::COOKIE, "session=admin; theme=dark")
            .body(Body::empty());
        let with_cookie = router(folder.path())
            .oneshot(request.expect("a request"))
            .await
            .expect("an answer");
        assert!(with_cookie.headers().get(header::SET_COOKIE).is_none());
        let policy = with_cookie
            .headers()
            .get(header::CONTENT_SECURITY_POLICY)
            .expect("a policy");
        assert!(
            policy
                .to_str()
                .expect("text")
                .starts_with("default-src 'none'")
        );
        assert_eq!(text(plain).await, text(with_cookie).await, "{path}");
    }
}

#[tokio::test]
async fn the_downloads_verify_on_their_own() {
    let folder = folder();
    put(
        &folder,
        "a1.json",
        &bundle_of(&disclosure("某案", "2026-10-13")),
    );
    let response = get(&folder, "/publications/a1/bundle.json").await;
    assert_eq!(
        response.headers()[header::CONTENT_DISPOSITION],
        "attachment; filename=\"a1.json\""
    );
    let file = text(response).await;
    let published_key =
        proof::VerifierKey::parse(&text(get(&folder, "/key").await).await).expect("a key");
    Bundle::parse(file.as_bytes())
        .and_then(|bundle| bundle.verify(&published_key))
        .expect("holds");
}

#[tokio::test]
async fn an_unknown_address_says_so() {
    let folder = folder();
    for path in ["/publications/none", "/nothing"] {
        let (status, html) = page(&folder, path).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(html.contains("没有这个页面"));
    }
}

#[tokio::test]
async fn the_log_is_served_as_tiles_and_nothing_else_of_the_folder() {
    let folder = folder();
    put(
        &folder,
        "d1.json",
        &bundle_of(&disclosure("某某取水案", "2026-10-13")),
    );
    let log = folder.path().join("log");
    for (path, bytes) in [
        ("tile/0/000", vec![1; 256 * 32]),
        ("tile/0/001.p/3", vec![2; 3 * 32]),
        ("tile/0/002", vec![3; 31]),
    ] {
        let path = log.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, bytes).expect("written");
    }
    fs::write(log.join("checkpoint"), "mingqu.test/yongan\n").expect("written");
    fs::write(log.join("private"), "private").expect("written");
    std::os::unix::fs::symlink("/etc/hostname", log.join("tile/0/004")).expect("linked");

    let head = |response: &Response, name| {
        let value = response.headers().get(name).expect("a header");
        value.to_str().expect("text").to_owned()
    };
    let full = get(&folder, "/log/tile/0/000").await;
    assert_eq!(
        head(&full, header::CONTENT_TYPE),
        "application/octet-stream"
    );
    assert!(head(&full, header::CACHE_CONTROL).contains("immutable"));
    let bytes = axum::body::to_bytes(full.into_body(), 1_000_000)
        .await
        .expect("a body");
    assert_eq!(bytes, vec![1; 256 * 32]);
    let partial = get(&folder, "/log/tile/0/001.p/3").await;
    assert_eq!(partial.status(), StatusCode::OK);
    assert!(!head(&partial, header::CACHE_CONTROL).contains("immutable"));
    let note = get(&folder, "/log/checkpoint").await;
    assert_eq!(head(&note, header::CACHE_CONTROL), "no-cache");
    assert!(head(&note, header::CONTENT_TYPE).starts_with("text/plain"));
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
        "/log/tile/..%2f..%2fd1.json",
        "/log/tile/0/001.p",
        "/log/tile/0/000/000",
    ] {
        let answer = get(&folder, path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}
