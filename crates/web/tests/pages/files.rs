//! Attached files by the real router: what is kept, what is refused, how it comes back.

use crate::desk::{Answer, Browser, TOKEN, browser};
use app::files::StoredFile;
use app::ports::Chance;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode, header};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use storage::Files;
use tempfile::TempDir;

const PDF: &str = "%PDF-1.7 现场检查笔录 %%EOF";
const LIMIT: u64 = 300 * 1024;

#[derive(Default)]
struct Counting(AtomicU8);

impl Chance for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

fn desk() -> (Browser, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let chance = Arc::new(Counting::default());
    let store = Files::in_folder(folder.path(), LIMIT, chance).unwrap();
    let mut browser = browser();
    browser.router = web::router_with_files(Arc::clone(&browser.office), Arc::new(store));
    (browser, folder)
}

/// The parts of a form: the token, if one is sent, then the file.
fn form(token: Option<&str>, name: &str, content: &str) -> String {
    let token = token.map(|token| {
        format!("--mark\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n{token}\r\n")
    });
    format!(
        "{}--mark\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n{content}\r\n--mark--\r\n",
        token.unwrap_or_default()
    )
}

async fn send(browser: &Browser, accept: &str, body: Body) -> Answer {
    let request = Request::post("/files")
        .header(header::COOKIE, format!("mingqu_form={TOKEN}"))
        .header(header::ACCEPT, accept)
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=mark");
    browser.ask(request.body(body).unwrap()).await
}

async fn sent(browser: &Browser, name: &str, content: &str) -> Answer {
    send(
        browser,
        "text/html",
        form(Some(TOKEN), name, content).into(),
    )
    .await
}

/// Files below the folder, locks apart.
fn kept(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| match entry.path() {
            path if path.is_dir() => kept(&path),
            path => usize::from(path.extension().is_none_or(|ending| ending != "lock")),
        })
        .sum()
}

#[tokio::test]
async fn a_file_is_kept_and_comes_back_as_a_download_that_runs_nowhere() {
    let (browser, folder) = desk();
    let blank = browser.get("/files").await;
    assert_eq!(blank.status, StatusCode::OK);
    assert_eq!(blank.hidden("token"), TOKEN);
    let body = form(Some(TOKEN), "笔录.pdf", PDF);
    let answer = send(&browser, "application/json", body.into()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let stored: StoredFile = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(stored.media_type, "application/pdf");
    let page = sent(&browser, "笔录.pdf", PDF).await;
    assert_eq!(page.status, StatusCode::CREATED);
    let address = stored.sha256.to_string();
    assert!(page.text.contains(&address) && page.text.contains(&stored.sm3.to_string()));
    assert_eq!(kept(folder.path()), 1, "the same content twice");

    let back = browser.get(&format!("/files/{address}")).await;
    assert_eq!((back.status, back.text.as_str()), (StatusCode::OK, PDF));
    let header = |name| back.headers[name].to_str().unwrap();
    assert_eq!(header(header::CONTENT_LENGTH), PDF.len().to_string());
    assert!(header(header::CONTENT_DISPOSITION).starts_with("attachment; filename="));
    assert_eq!(header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert!(header(header::CONTENT_SECURITY_POLICY).ends_with("sandbox"));
    assert_eq!(header(header::CACHE_CONTROL), "no-store");
}

#[tokio::test]
async fn a_refused_file_is_answered_with_the_reason_and_the_form() {
    let (browser, folder) = desk();
    let long = format!("%PDF-{}", "长".repeat(120_000));
    for (name, content, status, reason) in [
        (
            "照片.jpg",
            "<!DOCTYPE html>",
            StatusCode::UNPROCESSABLE_ENTITY,
            "网页",
        ),
        (
            "a.exe",
            PDF,
            StatusCode::UNPROCESSABLE_ENTITY,
            "不能保存“exe”",
        ),
        ("a.pdf", "", StatusCode::UNPROCESSABLE_ENTITY, "空的"),
        ("", "", StatusCode::UNPROCESSABLE_ENTITY, "没有选择文件"),
        // Over the limit of a file, within that of the body; then over both.
        ("a.pdf", &long, StatusCode::PAYLOAD_TOO_LARGE, "300KB"),
        (
            "a.pdf",
            &long.repeat(2),
            StatusCode::PAYLOAD_TOO_LARGE,
            "300KB",
        ),
    ] {
        let answer = sent(&browser, name, content).await;
        assert_eq!(answer.status, status, "{name} {reason}");
        assert!(answer.text.contains(reason), "{reason}: {}", answer.text);
        assert!(answer.text.contains("type=\"file\""));
        assert_eq!(kept(folder.path()), 0, "{name} {reason}");
    }
    let body = form(Some(TOKEN), "a.exe", PDF);
    let answer = send(&browser, "application/json", body.into()).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("\"refused\""), "{}", answer.text);
}

#[tokio::test]
async fn a_form_of_another_site_writes_nothing() {
    let (browser, folder) = desk();
    let other = "f".repeat(32);
    let long = TOKEN.repeat(100);
    for token in [None, Some(other.as_str()), Some(long.as_str())] {
        let answer = send(&browser, "text/html", form(token, "a.pdf", PDF).into()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{token:?}");
    }
    let no_form = Request::post("/files").body(Body::from("x")).unwrap();
    assert!(browser.ask(no_form).await.status.is_client_error());
    assert_eq!(kept(folder.path()), 0);
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let (browser, folder) = desk();
    let whole = form(Some(TOKEN), "a.pdf", PDF);
    // Ended in the middle, as by a proxy; and torn, as by the line.
    let half: String = whole.chars().take(whole.chars().count() - 20).collect();
    let answer = send(&browser, "text/html", half.clone().into()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
    let torn = [Ok(Bytes::from(half)), Err(io::Error::other("reset"))];
    let body = Body::from_stream(futures_util::stream::iter(torn));
    let answer = send(&browser, "text/html", body).await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
    assert_eq!(kept(folder.path()), 0);
}

#[tokio::test]
async fn only_an_address_finds_a_file_and_other_pages_keep_their_limit() {
    let (browser, _folder) = desk();
    for path in [
        "/files/0000",
        "/files/..%2F..%2Fetc%2Fpasswd",
        &format!("/files/{}", "0".repeat(64)),
    ] {
        assert_eq!(
            browser.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let long = "x".repeat(280 * 1024);
    let form = browser
        .post(crate::OPENING, &[("token", TOKEN), ("long", &long)])
        .await;
    assert_eq!(form.status, StatusCode::PAYLOAD_TOO_LARGE);
}
