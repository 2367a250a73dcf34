//! The client: keeps its connections, and does as little as possible itself, so that what is measured is the server.

use super::made::{KINDS, word};
use crate::bench::report::{percentiles, rate};
use crate::bench::stopwatch::Stopwatch;
use anyhow::{Context as _, Result, bail, ensure};
use form_urlencoded::byte_serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const CONNECTIONS: u64 = 16;
/// So many requests of one page in a round, and before it is measured.
const REQUESTS: u64 = 3_000;
const WARMING: u64 = 200;
const ROUNDS: usize = 3;
/// So many searches of each kind.
const SEARCHES: u64 = 300;

/// Asks for one page again and again, or searches where no page is named; the figures.
pub(in crate::bench) async fn work(address: &str, path: &str, publications: u64) -> Result<Value> {
    match path.is_empty() {
        true => search(address, publications).await,
        false => load(address, path).await,
    }
}

/// The bytes of a page.
pub(super) fn fetch(address: &str, path: &str) -> Result<Vec<u8>> {
    let runtime = crate::serve::runtime()?;
    // Whoever measures may be at work on a runtime already: this one gets a thread of its own.
    std::thread::scope(|scope| {
        let fetched = scope.spawn(|| {
            runtime.block_on(async {
                let mut connection = Connection::open(address).await?;
                connection.get(path).await?;
                anyhow::Ok(connection.body().to_vec())
            })
        });
        match fetched.join() {
            Ok(fetched) => fetched,
            Err(_) => bail!("the page could not be fetched"),
        }
    })
}

async fn search(address: &str, publications: u64) -> Result<Value> {
    let mut connection = Connection::open(address).await?;
    let mut figures = Map::new();
    for (kind, _) in KINDS {
        let mut times = Vec::new();
        let mut asked_before = BTreeSet::new();
        let mut first = 0;
        for at in 0..SEARCHES + WARMING {
            let number = at * 7_919 % publications;
            let asked: String = byte_serialize(word(kind, number).as_bytes()).collect();
            let is_first = asked_before.insert(asked.clone());
            let watch = Stopwatch::start();
            connection.get(&format!("/publications?q={asked}")).await?;
            let took = watch.nanoseconds() / 1_000;
            ensure!(connection.finds_something(), "{kind}: {asked} is not found");
            if is_first && at > 0 {
                first = first.max(took);
            }
            if at >= WARMING {
                times.push(took);
            }
        }
        let (p50, p99) = percentiles(times);
        figures.insert(
            kind.to_owned(),
            json!({ "p50_us": p50, "p99_us": p99, "first_us": first, "words": asked_before.len() }),
        );
    }
    Ok(Value::Object(figures))
}

async fn load(address: &str, path: &str) -> Result<Value> {
    let mut best = 0;
    let mut bytes = 0;
    for _ in 0..ROUNDS {
        let mut connections = Vec::new();
        for _ in 0..CONNECTIONS {
            let mut connection = Connection::open(address).await?;
            for _ in 0..WARMING / CONNECTIONS {
                connection.get(path).await?;
            }
            bytes = connection.body().len();
            connections.push(connection);
        }
        let watch = Stopwatch::start();
        let mut tasks = JoinSet::new();
        for mut connection in connections {
            let path = path.to_owned();
            tasks.spawn(async move {
                for _ in 0..REQUESTS {
                    connection.get(&path).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        best = best.max(rate(REQUESTS * CONNECTIONS, watch.nanoseconds()));
    }
    Ok(json!({ "connections": CONNECTIONS, "per_second": best, "body_bytes": bytes }))
}

/// One connection that is kept.
struct Connection {
    stream: TcpStream,
    address: String,
    answer: Vec<u8>,
    body_from: usize,
}

impl Connection {
    async fn open(address: &str) -> Result<Connection> {
        let address = address.trim_start_matches("http://").to_owned();
        let stream = TcpStream::connect(&address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection {
            stream,
            address,
            answer: Vec::with_capacity(64 * 1024),
            body_from: 0,
        })
    }

    /// Asks, and reads the answer to its end.
    async fn get(&mut self, path: &str) -> Result<()> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        self.stream.write_all(request.as_bytes()).await?;
        self.answer.clear();
        let mut end = None;
        while end.is_none_or(|end| self.answer.len() < end) {
            let read = self.stream.read_buf(&mut self.answer).await?;
            ensure!(read > 0, "{path}: the server hung up");
            if end.is_none()
                && let Some(head) = self.answer.windows(4).position(|four| four == b"\r\n\r\n")
            {
                self.body_from = head + 4;
                let text = String::from_utf8_lossy(self.answer.get(..head).unwrap_or_default());
                ensure!(text.starts_with("HTTP/1.1 200"), "{path}: {text}");
                end = Some(self.body_from + length(&text)?);
            }
        }
        Ok(())
    }

    fn body(&self) -> &[u8] {
        self.answer.get(self.body_from..).unwrap_or_default()
    }

    fn finds_something(&self) -> bool {
        String::from_utf8_lossy(self.body()).contains("<h3><a href=\"/publications/")
    }
}

fn length(head: &str) -> Result<usize> {
    let line = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then_some(value)
    });
    line.context("an answer says how long it is")?
        .trim()
        .parse()
        .context("a length")
}
