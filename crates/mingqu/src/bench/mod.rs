//! `mingqu bench`: how fast the program is, each figure beside a reference from the same run.
//!
//! The pure core is always measured. The record is measured where a folder is given for SQLite, and empty databases
//! for PostgreSQL: `cargo xtask bench` provides both.

mod acts;
mod core;
mod crowd;
mod desk;
mod discretion;
mod pages;
mod portal;
mod record;
mod registers;
mod report;
mod stopwatch;

use anyhow::{Context as _, Result, ensure};
use clap::{Args, ValueEnum};
use report::Report;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Databases that are needed on PostgreSQL: acts through `decide`, the same bare, the list of cases, the desk, and the
/// peers of the portal's search and of the desk.
const DATABASES: usize = 6;

#[derive(Args)]
pub(crate) struct Arguments {
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
    /// 空文件夹：在里面测量 SQLite 上的记录；不写的只测量纯计算
    #[arg(long, value_name = "文件夹")]
    folder: Option<PathBuf>,
    /// 空的 PostgreSQL 数据库，写六个：在里面测量 PostgreSQL 上的记录；只做门户一步的写一个，供对照
    #[arg(long, value_name = "postgres://...", requires = "folder")]
    database: Vec<String>,
    /// 测量记录时的案件数，每案十条记录；也是测量门户时的公示件数
    #[arg(long, default_value_t = 100_000, value_name = "数")]
    cases: u64,
    /// 正在服务的地址，供测量页面的一步使用
    #[arg(long, hide = true, requires = "stage")]
    address: Option<String>,
    /// 与 nginx、PostgreSQL 的三字索引、Directus 和规则引擎 ZEN 对照
    #[arg(long)]
    peers: bool,
    /// 请求的页面，供测量门户的一步使用
    #[arg(long, hide = true, default_value = "")]
    path: String,
    /// 只做这一步：acts 测量经判断的行为和 HTTP 办理，portal 测量公众门户，registers 测量导入登记，都要一个空文件夹；pages 测量列表和案件页，文件夹不空的用里面已有的案件（另写一个 --database 的在那里测量）；discretion 测量裁量说明，不要文件夹；其余的由程序自己启动
    #[arg(long)]
    stage: Option<Stage>,
}

/// What is measured in a process of its own, so that its memory is its own.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stage {
    Acts,
    Pages,
    Registers,
    Discretion,
    Rebuild,
    Verify,
    Desk,
    Directus,
    Portal,
    PortalClient,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Stage::Acts => "acts",
            Stage::Pages => "pages",
            Stage::Registers => "registers",
            Stage::Discretion => "discretion",
            Stage::Rebuild => "rebuild",
            Stage::Verify => "verify",
            Stage::Desk => "desk",
            Stage::Directus => "directus",
            Stage::Portal => "portal",
            Stage::PortalClient => "portal-client",
        }
    }

    /// Runs it as a process of its own, so that its memory and its work are its own; the figures.
    fn run(self, folder: &Path, more: &[&str]) -> Result<Value> {
        let program = std::env::current_exe().context("the program itself")?;
        let mut command = Command::new(program);
        command.args(["bench", "--stage", self.name(), "--folder"]);
        let output = command.arg(folder).args(more).output()?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}: {complaint}", self.name());
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    if arguments.stage == Some(Stage::Discretion) {
        let mut report = Report::new(if arguments.json { |_| () } else { say });
        let rules = mingqu::load_rules(None)?;
        discretion::measure(&rules, arguments.peers, &mut report)?;
        report.tell_table();
        if arguments.json {
            say(&report.json().to_string());
        }
        return Ok(ExitCode::SUCCESS);
    }
    ensure!(
        arguments.folder.is_some() || (arguments.stage.is_none() && !arguments.peers),
        "这一步和对照都要写 --folder"
    );
    if let (
        Some(stage @ (Stage::Portal | Stage::Acts | Stage::Pages | Stage::Registers)),
        Some(folder),
    ) = (arguments.stage, &arguments.folder)
    {
        let mut report = Report::new(if arguments.json { |_| () } else { say });
        match stage {
            Stage::Acts => {
                let runtime = crate::serve::runtime()?;
                runtime.block_on(acts_on(folder, &arguments, &mut report))?;
            }
            Stage::Pages => {
                let runtime = crate::serve::runtime()?;
                runtime.block_on(pages_on(folder, &arguments, &mut report))?;
            }
            Stage::Registers => {
                let runtime = crate::serve::runtime()?;
                runtime.block_on(registers::measure(folder, &mut report))?;
            }
            _ => {
                let peers = peers(arguments.peers, arguments.database.first());
                portal::measure(folder, arguments.cases, peers, &mut report)?;
            }
        }
        report.tell_table();
        if arguments.json {
            say(&report.json().to_string());
        }
        return Ok(ExitCode::SUCCESS);
    }
    if let (Some(stage), Some(folder)) = (arguments.stage, &arguments.folder) {
        let address = arguments.address.as_deref().unwrap_or_default();
        let runtime = crate::serve::runtime()?;
        let figures = runtime.block_on(async {
            match stage {
                Stage::Rebuild => record::rebuild(folder).await,
                Stage::Verify => record::verify(folder).await,
                Stage::Desk => desk::work(address).await,
                Stage::Directus => desk::create_items(address).await,
                Stage::Portal
                | Stage::Acts
                | Stage::Pages
                | Stage::Registers
                | Stage::Discretion => {
                    anyhow::bail!("measured by the process that was started")
                }
                Stage::PortalClient => {
                    portal::work(address, &arguments.path, arguments.cases).await
                }
            }
        })?;
        say(&figures.to_string());
        return Ok(ExitCode::SUCCESS);
    }
    let databases = &arguments.database;
    ensure!(
        databases.is_empty() || databases.len() == DATABASES,
        "--database 须写{DATABASES}个空的数据库"
    );
    let mut report = Report::new(if arguments.json { |_| () } else { say });
    core::measure(&mut report)?;
    discretion::measure(&mingqu::load_rules(None)?, arguments.peers, &mut report)?;
    if let Some(folder) = &arguments.folder {
        let runtime = crate::serve::runtime()?;
        let disk = on_disk(folder, databases, &arguments, &mut report);
        runtime.block_on(disk)?;
        let peers = peers(arguments.peers, databases.get(4));
        portal::measure(&folder.join("portal"), arguments.cases, peers, &mut report)?;
    }
    report.tell_table();
    if arguments.json {
        say(&report.json().to_string());
    }
    Ok(ExitCode::SUCCESS)
}

/// What is recorded by the record itself, through `decide`, and over HTTP.
async fn acts_on(folder: &Path, arguments: &Arguments, report: &mut Report) -> Result<()> {
    use record::Store;
    let databases = &arguments.database;
    let sqlite = |name: &str| Store::Sqlite(folder.join(name));
    report.heading(&format!(
        "记录：{}个任务同时进行；每条都落盘后才应答。",
        acts::TASKS
    ));
    let bare = acts::measure("sqlite", &sqlite("acts"), &sqlite("bare"), report).await?;
    let served = folder.join("served");
    std::fs::create_dir_all(&served)?;
    tokio::task::block_in_place(|| desk::measure("sqlite", &served, None, bare, report))?;
    if let [acts, bare, _, desk, _, directus] = databases.as_slice() {
        let (acts, bare) = (Store::Postgres(acts.clone()), Store::Postgres(bare.clone()));
        let bare = acts::measure("postgres", &acts, &bare, report).await?;
        let served = folder.join("served-postgres");
        std::fs::create_dir_all(&served)?;
        tokio::task::block_in_place(|| {
            let acts = desk::measure("postgres", &served, Some(desk), bare, report)?;
            if arguments.peers {
                desk::beside_directus(&folder.join("directus"), directus, acts, report)?;
            }
            anyhow::Ok(())
        })?;
    }
    Ok(())
}

/// Lists and pages of cases alone, of a record that is kept for the next time.
async fn pages_on(folder: &Path, arguments: &Arguments, report: &mut Report) -> Result<()> {
    use record::Store;
    let (name, store, full) = match arguments.database.first() {
        Some(database) => (
            "postgres",
            Store::Postgres(database.clone()),
            arguments.cases / 50,
        ),
        None => ("sqlite", Store::Sqlite(folder.to_owned()), arguments.cases),
    };
    if pages::measure_again(name, &store, report).await? {
        return Ok(());
    }
    let capture = Store::Sqlite(folder.join("capture"));
    let crowd = std::sync::Arc::new(crowd::Crowd::capture(&capture).await?);
    pages::measure(name, &store, &crowd, (arguments.cases, full), report).await?;
    Ok(())
}

async fn on_disk(
    folder: &Path,
    databases: &[String],
    arguments: &Arguments,
    report: &mut Report,
) -> Result<()> {
    use record::Store;
    let cases = arguments.cases;
    let sqlite = |name: &str| Store::Sqlite(folder.join(name));
    acts_on(folder, arguments, report).await?;
    registers::measure(&folder.join("registers"), report).await?;
    let crowd = std::sync::Arc::new(crowd::Crowd::capture(&sqlite("capture")).await?);
    let big = folder.join("crowd");
    let store = Store::Sqlite(big.clone());
    let written = pages::measure("sqlite", &store, &crowd, (cases, cases), report).await?;
    record::size(&big, written, report)?;
    if let [_, _, database, ..] = databases {
        // Ten entries each would take minutes; the list has a line for every case all the same.
        let store = Store::Postgres(database.clone());
        let full = cases / 50;
        pages::measure("postgres", &store, &crowd, (cases, full), report).await?;
    }
    record::measure(&big, report)?;
    Ok(())
}

fn peers(are_asked_for: bool, database: Option<&String>) -> portal::Peers<'_> {
    match are_asked_for {
        true => portal::Peers::Both(database.map(String::as_str)),
        false => portal::Peers::None,
    }
}

/// What a process holds of the memory of the machine, as Linux counts it.
fn resident_kib(process: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let line = line.context("VmRSS of the server")?;
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    digits.parse().context("VmRSS of the server")
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn say(text: &str) {
    println!("{text}");
}
