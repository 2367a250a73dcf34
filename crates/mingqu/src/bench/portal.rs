//! The public portal over many publications: how it starts, searches and serves, beside what the field would use.
//!
//! The portal, its client and its peers are processes of their own. Nginx serves the very bytes of a decision page as a
//! file; PostgreSQL holds the same texts under a trigram index, as one would search them without a portal.

mod client;
mod made;
mod peers;

use super::Stage;
use super::report::{Limit, Report, percent};
use super::stopwatch::Stopwatch;
use anyhow::{Context as _, Result, ensure};
use serde_json::{Map, Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

pub(super) use client::work;

const WANTED_SEARCH_US: u64 = 10_000;
const WANTED_OF_NGINX: u64 = 50;
const WANTED_TIMES: u64 = 10;
const WANTED_KIB: u64 = 200 * 1024;

/// What is measured beside the portal.
#[derive(Clone, Copy)]
pub(super) enum Peers<'a> {
    None,
    /// Nginx, and PostgreSQL where there is a database for it.
    Both(Option<&'a str>),
}

/// Measures a portal of so many publications, in an empty folder.
pub(super) fn measure(
    folder: &Path,
    publications: u64,
    peers: Peers<'_>,
    report: &mut Report,
) -> Result<()> {
    ensure!(publications > 0, "至少要有一件公示");
    let (store, key) = (folder.join("store"), folder.join("log.vkey"));
    fs::create_dir_all(&store)?;
    report.heading(&format!("公众门户：{publications}件公示"));
    made::make(&store, &key, publications)?;

    let watch = Stopwatch::start();
    let server = Server::start(&store, &key)?;
    let start_ms = watch.nanoseconds() / 1_000_000;
    let at_rest = server.resident_kib()?;
    let count = publications.to_string();
    let ask = |address: &str, path: &str| {
        Stage::PortalClient.run(
            folder,
            &["--address", address, "--path", path, "--cases", &count],
        )
    };
    let searched = ask(&server.address, "")?;
    let page = format!("/publications/{}", made::id(publications / 2));
    let served = ask(&server.address, &page)?;
    let after = server.resident_kib()?;
    let of = |value: &Value, key: &str| value[key].as_u64().unwrap_or(0);

    report.line(
        "portal_start",
        json!({ "publications": publications, "milliseconds": start_ms }),
        &format!("公众门户：启动时逐件校验并建立索引  {start_ms}毫秒"),
    );
    report.judge(
        "公众门户：内存",
        after / 1024,
        "兆字节",
        Limit::AtMost(WANTED_KIB / 1024),
    );
    report.line(
        "portal_memory",
        json!({ "at_rest_kib": at_rest, "after_kib": after, "wanted_kib": WANTED_KIB, "is_met": after <= WANTED_KIB }),
        &format!(
            "公众门户：进程内存  启动后{}兆字节，查找和访问以后{}兆字节（要求{}以内，{}）",
            at_rest / 1024,
            after / 1024,
            WANTED_KIB / 1024,
            met(after <= WANTED_KIB)
        ),
    );
    let mut times = Map::new();
    for (kind, name) in made::KINDS {
        let of_kind = &searched[kind];
        let p99 = of(of_kind, "p99_us");
        report.line(
            &format!("portal_search_{kind}"),
            json!({
                "p50_us": of_kind["p50_us"], "p99_us": p99, "wanted_p99_us": WANTED_SEARCH_US,
                "is_met": p99 <= WANTED_SEARCH_US, "first_us": of_kind["first_us"], "words": of_kind["words"],
            }),
            &format!(
                "公众门户：查找{name}（整页，经HTTP）  p50 {}微秒、p99 {p99}微秒（要求{WANTED_SEARCH_US}以内，{}）；{}个不同的词，头一次查的最多{}微秒",
                of(of_kind, "p50_us"),
                met(p99 <= WANTED_SEARCH_US),
                of(of_kind, "words"),
                of(of_kind, "first_us"),
            ),
        );
        report.judge(
            format!("公众门户：查找{name}的p99"),
            p99,
            "微秒",
            Limit::AtMost(WANTED_SEARCH_US),
        );
        times.insert(kind.to_owned(), p99.into());
    }
    let rate = of(&served, "per_second");
    report.line(
        "portal_page",
        served.clone(),
        &format!(
            "公众门户：决定页面  {}个连接，每秒{rate}次，每页{}字节",
            of(&served, "connections"),
            of(&served, "body_bytes")
        ),
    );

    let Peers::Both(database) = peers else {
        return Ok(());
    };
    let html = client::fetch(&server.address, &page)?;
    drop(server);
    let nginx = peers::Nginx::start(folder, &page, &html)?;
    let beside = ask(&nginx.address, &page)?;
    drop(nginx);
    let of_nginx = of(&beside, "per_second");
    let share = percent(rate, of_nginx.max(1));
    ensure!(
        of(&beside, "body_bytes") == of(&served, "body_bytes"),
        "nginx 与门户发送的不是同样的字节"
    );
    report.judge(
        "公众门户：决定页面，为 nginx 的",
        share,
        "%",
        Limit::AtLeast(WANTED_OF_NGINX),
    );
    report.line(
        "portal_of_nginx",
        json!({
            "per_second": rate, "nginx_per_second": of_nginx, "percent": share,
            "wanted_percent": WANTED_OF_NGINX, "is_met": share >= WANTED_OF_NGINX,
        }),
        &format!(
            "公众门户：决定页面每秒{rate}次，为 nginx 发送同样字节（每秒{of_nginx}次）的{share}%（要求{WANTED_OF_NGINX}%，{}）",
            met(share >= WANTED_OF_NGINX)
        ),
    );
    if let Some(database) = database {
        let trigrams = peers::trigrams(database, folder, publications)?;
        for (kind, name) in made::KINDS {
            let (p50, p99) = trigrams.get(kind).copied().context("a kind of word")?;
            let ours = times.get(kind).and_then(Value::as_u64).unwrap_or(0).max(1);
            let factor = p99 / ours;
            // Only of rare words of two characters is it known that trigrams cannot help.
            let wanted = (kind == "rare").then_some(WANTED_TIMES);
            if let Some(wanted) = wanted {
                report.judge(
                    format!("公众门户：查找{name}，pg_trgm 为门户的"),
                    factor,
                    "倍",
                    Limit::AtLeast(wanted),
                );
            }
            let judged = wanted.map_or_else(String::new, |wanted| {
                format!("（要求{wanted}倍，{}）", met(factor >= wanted))
            });
            report.line(
                &format!("portal_of_trigrams_{kind}"),
                json!({
                    "p50_us": p50, "p99_us": p99, "portal_p99_us": ours, "times": factor,
                    "wanted_times": wanted, "is_met": wanted.map(|wanted| factor >= wanted),
                }),
                &format!(
                    "PostgreSQL pg_trgm：查找{name}  p50 {p50}微秒、p99 {p99}微秒，为门户的{factor}倍{judged}"
                ),
            );
        }
    }
    Ok(())
}

fn met(is_met: bool) -> &'static str {
    match is_met {
        true => "达到",
        false => "没有达到",
    }
}

/// The portal by itself; stopped when dropped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(store: &Path, key: &Path) -> Result<Server> {
        let mut child = Command::new(std::env::current_exe().context("the program itself")?)
            .args([
                "portal",
                "--listen",
                "127.0.0.1:0",
                "--log",
                "warn",
                "--store",
            ])
            .arg(store)
            .arg("--key")
            .arg(key)
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().context("the output of the portal")?;
        let mut server = Server {
            child,
            address: String::new(),
        };
        let mut lines = BufReader::new(output).lines();
        for line in lines.by_ref() {
            if let Some((_, address)) = line?.split_once("http://") {
                server.address = address.trim().to_owned();
                break;
            }
        }
        ensure!(!server.address.is_empty(), "门户没有启动");
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
