//! Attached files by the real router: what is kept, what is refused, how it comes back.

use crate::LEAD;
use crate::desk::{Answer, Browser, OPENING, SESSION, TOKEN, browser};
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
        .header(header::COOKIE, format!("mingqu_session={SESSION}"))
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
        .post(OPENING, &[("token", TOKEN), ("long", &long)])
        .await;
    assert_eq!(form.status, StatusCode::PAYLOAD_TOO_LARGE);
}

/// The form of an act with files, in the order of our page.
fn act_form(fields: &[(&str, &str)], files: &[(&str, &str)]) -> String {
    let mut body = String::new();
    for (name, value) in fields {
        body.push_str(&format!(
            "--mark\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    for (name, content) in files {
        body.push_str(&format!(
            "--mark\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n{content}\r\n"
        ));
    }
    body.push_str("--mark--\r\n");
    body
}

async fn act(browser: &Browser, body: String) -> Answer {
    let request = Request::post(OPENING)
        .header(header::COOKIE, format!("mingqu_session={SESSION}"))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=mark");
    browser.ask(request.body(body.into()).unwrap()).await
}

#[tokio::test]
async fn files_come_with_the_form_of_an_act_and_are_kept_when_it_comes_back() {
    let (browser, folder) = desk();
    let form = browser.get(OPENING).await;
    assert!(form.text.contains("enctype=\"multipart/form-data\""));
    // One file lies about its kind: the form comes back, the good one is not asked for again.
    let both = [("现场.pdf", PDF), ("假.jpg", "<html>no</html>")];
    let again = act(&browser, act_form(&LEAD, &both)).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("假.jpg") && again.text.contains("已收下 现场.pdf"));
    let known = again
        .text
        .split("name=\"attached\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap()
        .replace("&#34;", "\"");
    let mut fields = LEAD.to_vec();
    fields.push(("attached", &known));
    let opened = act(&browser, act_form(&fields, &[("再拍.pdf", PDF)])).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.text);
    let page = browser.get(opened.location()).await;
    assert!(page.text.contains("现场.pdf") && page.text.contains("再拍.pdf"));
    let address = page.text.split("href=\"/files/").nth(1).unwrap();
    let address = address.split('"').next().unwrap();
    let file = browser.get(&format!("/files/{address}")).await;
    assert_eq!(file.status, StatusCode::OK);
    assert_eq!(file.text, PDF);
    assert_eq!(kept(folder.path()), 1, "the same content once");
}

#[tokio::test]
async fn what_is_not_in_the_store_cannot_be_attached() {
    let (browser, folder) = desk();
    let made_up = format!(
        r#"{{"sha256":"{0}","sm3":"{0}","size_bytes":1,"media_type":"application/pdf","name":"没有的.pdf"}}"#,
        "ab".repeat(32)
    );
    let mut fields = LEAD.to_vec();
    fields.push(("attached", &made_up));
    let refused = act(&browser, act_form(&fields, &[])).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("不在附件库里"), "{}", refused.text);
    // The form of another site stores nothing.
    let mut forged = LEAD.to_vec();
    forged[0] = ("token", "00000000000000000000000000000000");
    let refused = act(&browser, act_form(&forged, &[("现场.pdf", PDF)])).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(kept(folder.path()), 0);
}
