//! `mingqu account`: the first code of a new office. Everything else happens on the page 账号, by two people.

use crate::office::{self, Layers, Place};
use crate::serve::runtime;
use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use std::process::ExitCode;

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    layers: Layers,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 列出账号及其状态
    List,
    /// 新装时给一个账号签发初始口令；已有负责人在用的，改由系统管理员在页面上签发
    Code {
        /// 账号
        account: String,
    },
}

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    runtime()?.block_on(async {
        let opened = office::open(&arguments.place, &arguments.layers).await?;
        let office = &opened.office;
        match arguments.command {
            Command::List => {
                for account in &office.agency().accounts {
                    let state = office
                        .account_state(&account.id)
                        .await
                        .context("不能读取账号")?;
                    let word = match (account.closed, state.is_active) {
                        (true, _) => "已停用",
                        (false, true) => "在用",
                        (false, false) => "尚未启用",
                    };
                    say(&format!("{}\t{word}", account.id));
                }
            }
            Command::Code { account } => {
                let code = office.first_code(&account).await?;
                say(&format!(
                    "账号 {account} 的初始口令（只显示这一次，72小时内有效）：{code}"
                ));
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn say(text: &str) {
    println!("{text}");
}
