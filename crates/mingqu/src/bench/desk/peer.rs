//! What the field would use instead of a program of its own: Directus, a general platform over tables, creating an item of as
//! many bytes as an act. It records no reasons, numbers or proof; it checks a token and writes the item and its own trace of it.

use crate::bench::report::rate;
use crate::bench::stopwatch::Stopwatch;
use anyhow::{Context as _, Result, bail, ensure};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

const CONNECTIONS: usize = 16;
/// So many items, after some that do not count.
const ITEMS: u64 = 3_000;
const WARMING: u64 = 300;
const ADMINISTRATOR: [&str; 2] = ["bench@example.com", "mingqu-yanshi"];
/// It is asked so often whether it is up, a quarter of a second apart.
const TRIES: u32 = 480;

/// Where `cargo xtask bench --peers` installs it.
fn installed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../peers/directus/node_modules/.bin/directus")
}

/// Directus over a database of its own; stopped when dropped.
pub(super) struct Directus {
    child: Child,
    pub(super) address: String,
}

impl Directus {
    pub(super) fn start(folder: &Path, database: &str) -> Result<Directus> {
        let program = installed();
        ensure!(
            program.exists(),
            "没有 {}：请用 cargo xtask bench --peers",
            program.display()
        );
        fs::create_dir_all(folder)?;
        // Free a moment ago: it takes no port 0.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let command = |what: &str| {
            let mut command = Command::new(&program);
            command
                .arg(what)
                .current_dir(folder)
                .env("HOST", "127.0.0.1")
                .env("PORT", port.to_string())
                .env("PUBLIC_URL", format!("http://127.0.0.1:{port}"))
                .env("DB_CLIENT", "pg")
                .env("DB_CONNECTION_STRING", database)
                .env("KEY", "mingqu-bench")
                .env("SECRET", "mingqu-bench-secret-of-this-run")
                .env("ADMIN_EMAIL", ADMINISTRATOR[0])
                .env("ADMIN_PASSWORD", ADMINISTRATOR[1])
                .env("ACCESS_TOKEN_TTL", "1h")
                .env("LOG_LEVEL", "error")
                .env("TELEMETRY", "false")
                .env("NODE_ENV", "production")
                .stdin(Stdio::null())
                .stdout(Stdio::null());
            command
        };
        let prepared = command("bootstrap").output().context("directus")?;
        ensure!(
            prepared.status.success(),
            "directus bootstrap: {}",
            String::from_utf8_lossy(&prepared.stderr)
        );
        let child = command("start").stderr(Stdio::null()).spawn()?;
        Ok(Directus {
            child,
            address: format!("http://127.0.0.1:{port}"),
        })
    }
}

impl Drop for Directus {
    fn drop(&mut self) {
        // It may have ended by itself, which the client has noticed by then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Creates items over as many connections as the desk has; how many a second.
pub(in crate::bench) async fn work(address: &str) -> Result<Value> {
    storage::trust_ring();
    let client = Client::builder().no_proxy().build()?;
    await_it(&client, address).await?;
    let [email, password] = ADMINISTRATOR;
    let entered = post(
        &client,
        &format!("{address}/auth/login"),
        None,
        &json!({ "email": email, "password": password }),
    )
    .await?;
    let token = entered["data"]["access_token"]
        .as_str()
        .context("a token")?
        .to_owned();
    let made = format!("{address}/collections");
    post(&client, &made, Some(&token), &collection()).await?;
    let shared = Arc::new((format!("{address}/items/acts"), token));
    let mut took = 0;
    for count in [WARMING, ITEMS] {
        let next = Arc::new(AtomicU64::new(0));
        let watch = Stopwatch::start();
        let mut tasks = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (next, shared) = (Arc::clone(&next), Arc::clone(&shared));
            // One connection each, as browsers have theirs.
            let client = Client::builder()
                .pool_max_idle_per_host(1)
                .no_proxy()
                .build()?;
            tasks.spawn(async move {
                let (items, token) = &*shared;
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return anyhow::Ok(());
                    }
                    post(&client, items, Some(token), &item(number)).await?;
                }
            });
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        took = watch.nanoseconds();
    }
    Ok(json!({
        "connections": CONNECTIONS, "items": ITEMS, "items_per_second": rate(ITEMS, took),
        "item_bytes": item(0).to_string().len(),
    }))
}

async fn await_it(client: &Client, address: &str) -> Result<()> {
    let ping = format!("{address}/server/ping");
    let mut turns = tokio::time::interval(Duration::from_millis(250));
    for _ in 0..TRIES {
        turns.tick().await;
        if client
            .get(&ping)
            .send()
            .await
            .is_ok_and(|it| it.status() == StatusCode::OK)
        {
            return Ok(());
        }
    }
    bail!("directus 没有启动")
}

async fn post(client: &Client, url: &str, token: Option<&str>, body: &Value) -> Result<Value> {
    let mut request = client
        .post(url)
        .header(CONTENT_TYPE, "application/json")
        .body(body.to_string());
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await?;
    let status = answer.status();
    let text = answer.text().await?;
    ensure!(status.is_success(), "{url}: {status} {text}");
    Ok(serde_json::from_str(&text)?)
}

/// A table with a column for what an act says.
fn collection() -> Value {
    let field =
        |name: &str, kind: &str| json!({ "field": name, "type": kind, "schema": {}, "meta": {} });
    json!({
        "collection": "acts",
        "schema": {},
        "meta": {},
        "fields": [
            { "field": "id", "type": "uuid", "schema": { "is_primary_key": true }, "meta": { "special": ["uuid"] } },
            field("case_id", "string"), field("event", "string"), field("occurred", "date"), field("handlers", "json"),
            field("credential_shown", "boolean"), field("note_signature", "string"), field("audio_video", "boolean"),
            field("record_content", "text"),
        ],
    })
}

/// What the form of an inspection says.
fn item(number: u64) -> Value {
    json!({
        "case_id": format!("case-{}", number / 5), "event": "inspection-on-site", "occurred": "2026-10-13",
        "handlers": ["p01", "p02"], "credential_shown": true, "note_signature": "signed", "audio_video": true,
        "record_content": "现场取水泵两台，计量表读数与许可水量比对，超出许可水量",
    })
}
