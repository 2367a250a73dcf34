//! `mingqu`: one program for the staff pages, the portal, the record and the rules.

mod account_cmd;
mod act_cmd;
mod adapters;
mod against;
mod attached;
mod backup_cmd;
mod bench;
mod config;
mod config_cmd;
mod demo;
mod hands;
mod law_cmd;
mod ledger_cmd;
mod office;
mod portal_cmd;
mod preparing;
mod record_cmd;
mod serve;
mod sign_on;
mod take_over_cmd;
mod tour;
mod worker;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// What a case is read back from is many small texts and maps: this one makes and frees them in a quarter less time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(
    name = "mingqu",
    version,
    about = "明渠：依法办案，处处留痕",
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(flatten)]
    source: config::Source,
    /// 运行日志的详细程度：error、warn、info、debug、trace、off，或者如 warn,ledger=debug
    #[arg(
        long,
        env = "MINGQU_LOG",
        default_value = "info",
        value_name = "级别",
        value_parser = config::filter,
        global = true
    )]
    log: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 启动工作人员页面和公众门户
    Serve(serve::Arguments),
    /// 查看和检查规则
    Law(law_cmd::Arguments),
    /// 更正、依法销毁、调阅和文号台账
    Record(record_cmd::Arguments),
    /// 检查记录和公示文件
    #[command(subcommand)]
    Ledger(ledger_cmd::Command),
    /// 单独启动公众门户，只用存证文件和日志公钥
    Portal(portal_cmd::Arguments),
    /// 成批办理：逐行读入要办的事项，逐行答复
    Act(act_cmd::Arguments),
    /// 办一个演示案件
    Demo(demo::Arguments),
    /// 把记录和附件备份到一个文件，可以在运行中进行
    Backup(backup_cmd::BackupArguments),
    /// 从备份文件恢复到空的地方，并校验
    Restore(backup_cmd::RestoreArguments),
    /// 显示生效的设定及其来源
    Config(config_cmd::Arguments),
    /// 接续纸质案件：读入工作簿和扫描件
    TakeOver(take_over_cmd::Arguments),
    /// 账号：列出，以及新装时的初始口令
    Account(account_cmd::Arguments),
    /// 测量性能
    Bench(bench::Arguments),
}

fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        complain(&error);
        ExitCode::FAILURE
    })
}

fn run() -> Result<ExitCode> {
    let effective = config::read::<Arguments>()?;
    let listing = match effective.arguments.command {
        Command::Config(_) => effective.lines(),
        _ => Vec::new(),
    };
    let Arguments { log, command, .. } = effective.arguments;
    let filter = EnvFilter::try_new(&log).context("运行日志的级别不能使用")?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match command {
        Command::Serve(arguments) => serve::run(arguments),
        Command::Law(arguments) => law_cmd::run(arguments),
        Command::Record(arguments) => record_cmd::run(arguments),
        Command::Ledger(command) => ledger_cmd::run(command),
        Command::Portal(arguments) => portal_cmd::run(arguments),
        Command::Act(arguments) => act_cmd::run(arguments),
        Command::Demo(arguments) => demo::run(arguments),
        Command::Backup(arguments) => backup_cmd::back_up(arguments),
        Command::Restore(arguments) => backup_cmd::restore(arguments),
        Command::Config(arguments) => config_cmd::run(&arguments, &listing),
        Command::TakeOver(arguments) => take_over_cmd::run(arguments),
        Command::Account(arguments) => account_cmd::run(arguments),
        Command::Bench(arguments) => bench::run(arguments),
    }
}

#[expect(
    clippy::print_stderr,
    reason = "this is where the program speaks to whoever started it"
)]
pub(crate) fn complain(error: &anyhow::Error) {
    eprintln!("{error:#}");
}
