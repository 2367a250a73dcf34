//! `mingqu law`: the rules as they run.
//!
//! A subcommand takes its arguments, the loaded rules and a writer, so that tests need no process. Wrong input is
//! answered with a Chinese sentence and exit code 2; nothing is guessed.

mod check;
mod coverage;
mod deadline;
mod diff;
mod replay;
mod show;
#[cfg(test)]
mod tests;
mod trial;

use crate::adapters::MachineClock;
use anyhow::Result;
use app::ports::{Clock, legal_moment};
use clap::{Args, Subcommand};
use law::Rules;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use vocabulary::Day;

/// Wrong input, as clap has it.
const WRONG_INPUT: u8 = 2;

#[derive(Args)]
pub(crate) struct Arguments {
    /// 规则文件夹；不写的用程序自带的规则
    #[arg(long, env = "MINGQU_RULES", value_name = "文件夹", global = true)]
    rules: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 检查规则文件，走一遍情景，证明性质
    Check(check::Arguments),
    /// 显示一个程序：文字、JSON 或者流程图
    Show(show::Arguments),
    /// 计算期限：到期日、计入和不计的日子及原因
    Deadline(deadline::Arguments),
    /// 检查一段历史、评查案卷：逐条答复符合、违反或者缺哪项事实，指明见于何处，并评分
    Replay(Box<replay::Arguments>),
    /// 法律基准的每一条是否起作用
    Coverage(coverage::Arguments),
    /// 两套规则相差什么：行为、关系、事实、设定、事项、法规、日历逐项比较
    Diff(diff::Arguments),
    /// 试用一套新的规则：走一遍情景，在办案件逐件比较两套规则的答复
    Try(trial::Arguments),
    /// 全部规则文件的摘要：记录里按它登记用的是哪一套规则
    Digest,
}

/// Why a subcommand did not give its result.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// What was typed makes no sense; the sentence says what is expected.
    #[error("{0}")]
    Input(String),
    /// The world failed.
    #[error(transparent)]
    World(#[from] anyhow::Error),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        Failure::World(error.into())
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Failure {
        Failure::World(error.into())
    }
}

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let folder = arguments.rules.as_deref();
    let rules = mingqu::load_rules(folder)?;
    let today = legal_moment(MachineClock.now()).day;
    match answer(
        &arguments.command,
        (folder, &rules),
        today,
        &mut std::io::stdout().lock(),
    ) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(Failure::Input(sentence)) => {
            complain(&sentence);
            Ok(ExitCode::from(WRONG_INPUT))
        }
        Err(Failure::World(error)) => Err(error),
    }
}

fn answer(
    command: &Command,
    (folder, rules): (Option<&Path>, &Rules),
    today: Day,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    match command {
        Command::Check(arguments) => check::run(arguments, rules, out),
        Command::Show(arguments) => show::run(arguments, rules, today, out),
        Command::Deadline(arguments) => deadline::run(arguments, rules, out),
        Command::Replay(arguments) => replay::run(arguments, rules, today, out),
        Command::Coverage(arguments) => coverage::run(arguments, rules, out),
        Command::Diff(arguments) => diff::run(arguments, folder, out),
        Command::Try(arguments) => trial::run(arguments, folder, out),
        Command::Digest => Ok(writeln!(out, "{}", rules.digest)?),
    }
}

#[expect(
    clippy::print_stderr,
    reason = "this is where the program speaks to whoever started it"
)]
fn complain(sentence: &str) {
    eprintln!("{sentence}");
}
