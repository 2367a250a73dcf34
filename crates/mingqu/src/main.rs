//! `mingqu`: one program for the staff pages, the portal, the record and the rules.

mod act_cmd;
mod adapters;
mod bench;
mod demo;
mod law_cmd;
mod ledger_cmd;
mod office;
mod serve;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "mingqu",
    version,
    about = "明渠：依法办案，处处留痕",
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 启动工作人员页面和公众门户
    Serve(serve::Arguments),
    /// 查看和检查规则
    Law(law_cmd::Arguments),
    /// 检查记录和公示文件
    #[command(subcommand)]
    Ledger(ledger_cmd::Command),
    /// 成批办理：逐行读入要办的事项，逐行答复
    Act(act_cmd::Arguments),
    /// 办一个演示案件
    Demo(demo::Arguments),
    /// 测量性能
    Bench(bench::Arguments),
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("MINGQU_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let done = match Arguments::parse().command {
        Command::Serve(arguments) => serve::run(arguments),
        Command::Law(arguments) => law_cmd::run(arguments),
        Command::Ledger(command) => ledger_cmd::run(command),
        Command::Act(arguments) => act_cmd::run(arguments),
        Command::Demo(arguments) => demo::run(arguments),
        Command::Bench(arguments) => bench::run(arguments),
    };
    done.unwrap_or_else(|error| {
        complain(&error);
        ExitCode::FAILURE
    })
}

#[expect(
    clippy::print_stderr,
    reason = "this is where the program speaks to whoever started it"
)]
pub(crate) fn complain(error: &anyhow::Error) {
    eprintln!("{error:#}");
}
