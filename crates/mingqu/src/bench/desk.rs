//! The desk over HTTP: a server and a client, each in a process of its own.
//!
//! The client sends the forms of the pages, as browsers would that were signed in beforehand. Which acts they are stands
//! in a data file.

mod client;
mod peer;

use super::Stage;
use super::report::{Limit, Report, percent};
use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

pub(super) use client::work;
pub(super) use peer::work as create_items;

/// Of the rate at which the record takes entries without any page or decision.
const WANTED_PERCENT: u64 = 25;
const WANTED_PAGE_MS: u64 = 10;
const WANTED_FIRST_LOAD: u64 = 150_000;
const WANTED_KIB: u64 = 300 * 1024;
/// As often as Directus creates an item.
const WANTED_TIMES: u64 = 20;

/// Measures the desk on SQLite, or on a PostgreSQL database; `bare` entries a second is what its record takes by itself. The
/// acts a second.
pub(super) fn measure(
    name: &str,
    folder: &Path,
    database: Option<&str>,
    bare: u64,
    report: &mut Report,
) -> Result<u64> {
    let server = Server::start(folder, database)?;
    let at_rest = server.resident_kib()?;
    let mut figures = Stage::Desk.run(folder, &["--address", &server.address])?;
    let after = server.resident_kib()?;
    let of = |key: &str| figures[key].as_u64().unwrap_or(0);
    let acts = of("acts_per_second");
    let share = percent(acts, bare);
    let text = format!(
        "{name}，HTTP：{}个连接、{}个案件，每次请求都认证、核对表单令牌、授权并判断  每秒{}个行为；为记录本身速度{bare}的{share}%（要求{WANTED_PERCENT}%）\n\
         {name}，HTTP：{}条记录的案件页  p50 {}微秒、p99 {}微秒（要求{WANTED_PAGE_MS}毫秒以内）；首次打开共{}字节（要求{WANTED_FIRST_LOAD}以内）\n\
         {name}，服务进程内存  启动后{}兆字节（要求{}以内），办完以后{}兆字节",
        of("connections"),
        of("cases"),
        of("acts_per_second"),
        of("page_entries"),
        of("page_p50_us"),
        of("page_p99_us"),
        of("first_load_bytes"),
        at_rest / 1024,
        WANTED_KIB / 1024,
        after / 1024,
    );
    for (what, measured, unit, limit) in [
        (
            "HTTP 办理，为记录本身的",
            share,
            "%",
            Limit::AtLeast(WANTED_PERCENT),
        ),
        (
            "案件页的p99",
            of("page_p99_us"),
            "微秒",
            Limit::AtMost(WANTED_PAGE_MS * 1000),
        ),
        (
            "首次打开",
            of("first_load_bytes"),
            "字节",
            Limit::AtMost(WANTED_FIRST_LOAD),
        ),
        (
            "启动后的内存",
            at_rest / 1024,
            "兆字节",
            Limit::AtMost(WANTED_KIB / 1024),
        ),
    ] {
        report.judge(format!("{name}：{what}"), measured, unit, limit);
    }
    let more = json!({
        "bare_per_second": bare, "percent": share, "wanted_percent": WANTED_PERCENT,
        "wanted_page_us": WANTED_PAGE_MS * 1000, "wanted_first_load_bytes": WANTED_FIRST_LOAD,
        "at_rest_kib": at_rest, "after_kib": after, "wanted_kib": WANTED_KIB,
    });
    if let (Value::Object(figures), Value::Object(more)) = (&mut figures, more) {
        figures.extend(more);
    }
    report.line(&format!("desk_http_{name}"), figures, &text);
    Ok(acts)
}

/// Measures Directus creating items, beside the acts that the desk recorded in the same kind of database.
pub(super) fn beside_directus(
    folder: &Path,
    database: &str,
    acts: u64,
    report: &mut Report,
) -> Result<()> {
    let directus = peer::Directus::start(folder, database)?;
    let figures = Stage::Directus.run(folder, &["--address", &directus.address])?;
    drop(directus);
    let items = figures["items_per_second"].as_u64().unwrap_or(0);
    let times = acts / items.max(1);
    let is_met = report.judge(
        "postgres：HTTP 办理，为 Directus 新建一条的",
        times,
        "倍",
        Limit::AtLeast(WANTED_TIMES),
    );
    report.line(
        "desk_of_directus",
        json!({
            "acts_per_second": acts, "items_per_second": items, "times": times, "wanted_times": WANTED_TIMES,
            "is_met": is_met, "directus": figures,
        }),
        &format!(
            "postgres，HTTP：Directus 新建同样大小的一条  每秒{items}条；办理每秒{acts}个行为，为其{times}倍（要求{WANTED_TIMES}倍）"
        ),
    );
    Ok(())
}

/// The program, serving an empty record; stopped when dropped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(folder: &Path, database: Option<&str>) -> Result<Server> {
        let mut command = Command::new(std::env::current_exe().context("the program itself")?);
        let mut child = command
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--portal",
                "127.0.0.1:0",
            ])
            .args(["--log", "warn", "--data"])
            .arg(folder)
            .args(
                database
                    .map(|url| ["--database", url])
                    .into_iter()
                    .flatten(),
            )
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().context("the output of the server")?;
        let mut server = Server {
            child,
            address: String::new(),
        };
        let mut lines = BufReader::new(output).lines();
        // The address comes first, and the accounts of the made-up agency last: then their passwords hold.
        let last = client::account()?;
        for line in lines.by_ref() {
            let line = line?;
            if server.address.is_empty() {
                let address = line.split_whitespace().last();
                server.address = address.context("an address")?.to_owned();
            }
            if line.contains(&last) {
                break;
            }
        }
        // Whoever writes to a pipe that nobody reads waits for ever.
        thread::spawn(move || lines.for_each(drop));
        Ok(server)
    }

    /// What it holds of the memory of the machine, as Linux counts it.
    fn resident_kib(&self) -> Result<u64> {
        super::resident_kib(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which the client has noticed by then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
