//! The whole record: its size, a rebuild of its views, and its verification.

use super::Stage;
use super::report::{Limit, Report, best_and_middle, percent, rate};
use super::stopwatch::Stopwatch;
use crate::adapters::{MachineClock, SystemChance};
use crate::office;
use anyhow::{Context as _, Result, ensure};
use app::Office;
use app::ledger::{Agency, Ledger, StoredEntry};
use app::office::Ports;
use app::ports::{Outward, OutwardError, Publisher};
use app::rebuild::RebuildMode;
use async_trait::async_trait;
use ledger::verify::{Against, Check, verify_log};
use ledger::{PostgresLedger, SqliteLedger, signer};
use proof::tree;
use serde_json::{Value, json};
use std::fs;
use std::hint::black_box;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const FILE: &str = "record.sqlite";
/// So many entries are held in memory to hash them without reading.
const HELD: u32 = 20_000;
const STEP: u32 = 512;
/// A verification and the hashing beside it are measured by turns, this often.
const ROUNDS: usize = 5;
/// The memory that a rebuild may take.
const WANTED_KIB: u64 = 300 * 1024;

/// Where a record is to be.
pub(super) enum Store {
    /// In this folder.
    Sqlite(PathBuf),
    /// In this database.
    Postgres(String),
}

impl Store {
    pub(super) async fn open(&self) -> Result<Arc<dyn Ledger>> {
        Ok(match self {
            Store::Sqlite(folder) => Arc::new(SqliteLedger::open(&folder.join(FILE))?),
            Store::Postgres(url) => Arc::new(PostgresLedger::connect(url).await?),
        })
    }

    /// Reads the file once from end to end, so that the system holds it in memory, as it holds a small one that was just
    /// written: some systems let go of what nobody read lately, and then it is the disk that is measured.
    pub(super) fn bring_to_memory(&self) -> Result<()> {
        if let Store::Sqlite(folder) = self {
            io::copy(&mut fs::File::open(folder.join(FILE))?, &mut io::sink())?;
        }
        Ok(())
    }
}

/// The built-in agency at work on this record. What it publishes reaches nobody: signing bundles is not measured here.
pub(super) fn office_on(ledger: Arc<dyn Ledger>) -> Result<Office> {
    let ports = Ports {
        ledger,
        clock: Arc::new(MachineClock),
        chance: Arc::new(SystemChance),
        publisher: Arc::new(Nobody),
    };
    let rules = Arc::new(mingqu::load_rules(None)?);
    Ok(Office::new(office::agency(None)?, rules, ports)?)
}

struct Nobody;

#[async_trait]
impl Publisher for Nobody {
    async fn publish(&self, _: &Agency, _: u64, _: &Outward) -> Result<(), OutwardError> {
        Ok(())
    }

    fn holds(&self, _: u64, _: &Outward) -> bool {
        true
    }
}

/// What an entry takes on the disk.
pub(super) fn size(folder: &Path, entries: u64, report: &mut Report) -> Result<()> {
    let bytes = fs::metadata(folder.join(FILE))?.len();
    let each = bytes / entries.max(1);
    report.line(
        "size_sqlite",
        json!({ "bytes": bytes, "bytes_per_entry": each }),
        &format!(
            "sqlite：数据文件  每条记录{each}字节，共{}兆字节",
            bytes / 1_000_000
        ),
    );
    Ok(())
}

/// Measures a rebuild and a verification, each in a process of its own.
pub(super) fn measure(folder: &Path, report: &mut Report) -> Result<()> {
    for (stage, text) in [
        (Stage::Rebuild, rebuild_text as fn(&Value) -> String),
        (Stage::Verify, verify_text),
    ] {
        let figures = stage.run(folder, &[])?;
        let text = text(&figures);
        let of = |key: &str| figures[key].as_u64().unwrap_or(0);
        let judged = match stage {
            Stage::Rebuild => vec![
                ("重建", of("milliseconds"), "毫秒", Limit::AtMost(60_000)),
                (
                    "重建的内存",
                    of("peak_kib") / 1024,
                    "兆字节",
                    Limit::AtMost(WANTED_KIB / 1024),
                ),
            ],
            _ => vec![(
                "校验，为单算 SHA-256 的",
                of("percent_of_bare"),
                "%",
                Limit::AtLeast(50),
            )],
        };
        for (what, measured, unit, limit) in judged {
            let what = format!("sqlite：{}条记录{what}", of("entries"));
            report.judge(what, measured, unit, limit);
        }
        report.line(stage.name(), figures, &text);
    }
    Ok(())
}

fn rebuild_text(figures: &Value) -> String {
    let of = |key: &str| figures[key].as_u64().unwrap_or(0);
    format!(
        "sqlite：重建{}条记录、{}个案件的列表并比较  {}毫秒（要求60000），内存最多{}兆字节（要求300）",
        of("entries"),
        of("cases"),
        of("milliseconds"),
        of("peak_kib") / 1024
    )
}

fn verify_text(figures: &Value) -> String {
    let of = |key: &str| figures[key].as_u64().unwrap_or(0);
    format!(
        "sqlite：校验{}条记录  每秒{}条、{}兆字节，内存最多{}兆字节\n\
             参照：内存中同样的字节单算 SHA-256  每秒{}兆字节；校验为其{}%（要求50%；轮流{}次，各取最好；各取中间的为{}%）\n\
             参照：读同样的行并算 SHA-256  每秒{}兆字节；校验为其{}%",
        of("entries"),
        of("entries_per_second"),
        of("mb_per_second"),
        of("peak_kib") / 1024,
        of("bare_mb_per_second"),
        of("percent_of_bare"),
        of("rounds"),
        of("middle_percent_of_bare"),
        of("read_mb_per_second"),
        of("percent_of_read"),
    )
}

pub(super) async fn rebuild(folder: &Path) -> Result<Value> {
    let office = Arc::new(office_on(Store::Sqlite(folder.to_owned()).open().await?)?);
    let watch = Stopwatch::start();
    let rebuilt = office.rebuild(RebuildMode::Check, &|_| {}).await?;
    let took = watch.nanoseconds();
    ensure!(
        rebuilt.differences.is_empty(),
        "the rebuilt views differ: {:?}",
        rebuilt.differences.first()
    );
    Ok(json!({
        "entries": rebuilt.entries, "cases": rebuilt.cases, "numbers": rebuilt.numbers,
        "milliseconds": took / 1_000_000, "wanted_ms": 60_000,
        "peak_kib": peak_kib()?, "wanted_kib": WANTED_KIB,
    }))
}

pub(super) async fn verify(folder: &Path) -> Result<Value> {
    let file = office::agency(None)?;
    let key = signer::open_or_create(folder, &file.origin)?;
    let agency = Agency::parse(&file.code)?;
    let ledger = SqliteLedger::open_for_reading(&folder.join(FILE))?;
    let check = || Check {
        key: key.verifier(),
        sm2_key: None,
        with_sm3: false,
        against: Against::Nothing,
    };
    let mb = |bytes: u64, took: u64| rate(bytes, took) / 1_000_000;
    // By turns, so that both meet the same machine. Whoever else works on it slows down what needs all cores more than what
    // needs one: the best of each says what the program can do, and the middle is told beside it.
    let (mut speeds, mut bares) = (Vec::new(), Vec::new());
    let (mut best, mut peak) = (None, 0);
    let mut held = Vec::new();
    for _ in 0..ROUNDS {
        let watch = Stopwatch::start();
        let verified = verify_log(&ledger, &agency, check()).await?;
        let took = watch.nanoseconds();
        ensure!(verified.is_sound(), "{}", verified.statement());
        speeds.push(mb(verified.hashed_bytes, took));
        if best.as_ref().is_none_or(|(_, least)| took < *least) {
            best = Some((verified, took));
        }
        if held.is_empty() {
            // What the verification took, before anything is held to compare it with.
            peak = peak_kib()?;
            held = ledger.entries(&agency, 0, HELD).await?;
        }
        let watch = Stopwatch::start();
        let (mut bytes, mut took) = (0, 0);
        while took < 1_000_000_000 {
            bytes += held.iter().map(hashed).sum::<u64>();
            took = watch.nanoseconds();
        }
        bares.push(mb(bytes, took));
    }
    drop(held);
    let (verified, took) = best.context("there is a round")?;
    let (speed, middle) = best_and_middle(speeds);
    let (bare, middle_bare) = best_and_middle(bares);

    let watch = Stopwatch::start();
    let (mut from, mut bytes) = (0, 0);
    while from < verified.size {
        let entries = ledger.entries(&agency, from, STEP).await?;
        bytes += entries.iter().map(hashed).sum::<u64>();
        from += u64::from(STEP);
    }
    let read = mb(bytes, watch.nanoseconds());
    Ok(json!({
        "entries": verified.size, "milliseconds": took / 1_000_000,
        "entries_per_second": rate(verified.size, took),
        "hashed_bytes": verified.hashed_bytes, "mb_per_second": speed, "peak_kib": peak,
        "bare_mb_per_second": bare, "percent_of_bare": percent(speed, bare), "wanted_percent": 50,
        "rounds": ROUNDS, "middle_mb_per_second": middle, "middle_bare_mb_per_second": middle_bare,
        "middle_percent_of_bare": percent(middle, middle_bare),
        "read_mb_per_second": read, "percent_of_read": percent(speed, read),
    }))
}

/// Hashes what a verification hashes of an entry: its leaf, its parts and, on average, one node of the tree.
fn hashed(entry: &StoredEntry) -> u64 {
    let hash = tree::leaf_hash(&entry.leaf);
    let node = [hash.0, hash.0].concat();
    black_box(tree::leaf_hash(&node));
    let mut bytes = entry.leaf.len() + 1 + node.len() + 1;
    for part in &entry.parts {
        black_box(part.commitment());
        bytes += 34 + part.label.as_str().len() + part.body.len();
    }
    u64::try_from(bytes).unwrap_or(0)
}

/// The most memory that this process ever had, as Linux counts it.
fn peak_kib() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status").context("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let line = line.context("VmHWM of /proc/self/status")?;
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    digits.parse().context("VmHWM of /proc/self/status")
}
