//! `mingqu record`: what concerns the record itself rather than an act: corrections, lawful destruction,
//! consultations, the book of numbers. Each passes the same decision as from a page.

use crate::attached::Attached;
use crate::hands::{self, Hands};
use crate::office::{self, Layers, Opened, Place};
use crate::serve::runtime;
use anyhow::{Context, Result};
use app::amend::{Correcting, Destroying};
use app::consult::Consulting;
use app::files::{FileDigest, FileStore};
use app::number_book::Booking;
use app::numbers::{NumberState, Series};
use app::{BesideError, PerformError};
use clap::{Args, Subcommand};
use serde::de::DeserializeOwned;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Numbers are read in steps of this many.
const STEP: u32 = 1_000;

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    layers: Layers,
    #[command(flatten)]
    attached: Attached,
    #[command(flatten)]
    hands: hands::InWhoseName,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// 列出一个案件各条记录的组成部分
    Parts {
        /// 案件编号
        #[arg(long)]
        case: String,
    },
    /// 更正一条记录：原记录保留，新记录写明怎样更正
    Correct {
        /// 案件编号
        #[arg(long)]
        case: String,
        /// 更正内容（JSON）
        #[arg(long, value_name = "文件")]
        from: PathBuf,
    },
    /// 依法销毁记录的组成部分
    Destroy {
        /// 案件编号
        #[arg(long)]
        case: String,
        /// 销毁什么、依据和批准（JSON）
        #[arg(long, value_name = "文件")]
        from: PathBuf,
    },
    /// 登记一次调阅
    Consult {
        /// 案件编号
        #[arg(long)]
        case: String,
        /// 调阅人
        #[arg(long)]
        person: String,
        /// 用途
        #[arg(long)]
        purpose: String,
    },
    /// 列出一个案件被调阅的情况
    Consultations {
        /// 案件编号
        #[arg(long)]
        case: String,
    },
    /// 领用、交回预印编号的文书，或者作废文号
    Book {
        /// 办什么、谁办、理由和扫描件（JSON）
        #[arg(long, value_name = "文件")]
        from: PathBuf,
    },
    /// 列出文号台账：每个文号的去向
    Numbers,
}

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    runtime()?.block_on(async {
        let opened = office::open(&arguments.place, &arguments.layers).await?;
        match arguments.command {
            Command::Parts { case } => parts(&opened, &case).await,
            Command::Correct { case, from } => {
                let hands = arguments.hands.hands(&opened.office).await?;
                correct(&opened, &hands, &case, &from).await
            }
            Command::Destroy { case, from } => {
                let store = arguments.attached.open(&arguments.place.data).await?;
                let hands = arguments.hands.hands(&opened.office).await?;
                destroy(&opened, &hands, store.as_ref(), &case, &from).await
            }
            Command::Consult {
                case,
                person,
                purpose,
            } => {
                let asked = Consulting {
                    case_id: case,
                    person,
                    purpose,
                };
                let key = opened.office.new_id();
                opened
                    .office
                    .consult(&asked, &key)
                    .await
                    .map_err(of_beside)?;
                say("已登记调阅。");
                Ok(ExitCode::SUCCESS)
            }
            Command::Consultations { case } => {
                for one in opened
                    .office
                    .consultations(&case)
                    .await
                    .map_err(of_beside)?
                {
                    say(&format!(
                        "{}  {}  {}（当时共{}条记录）",
                        one.recorded_at, one.person, one.purpose, one.version
                    ));
                }
                Ok(ExitCode::SUCCESS)
            }
            Command::Book { from } => {
                let hands = arguments.hands.hands(&opened.office).await?;
                let asked: Booking = request(&from)?;
                let key = key_of(&from)?;
                let done = opened.office.book_number(hands.both(), &asked, &key).await;
                let done = done.map_err(of_beside)?;
                let until = if done.last > done.first {
                    format!("至第{}号", done.last)
                } else {
                    String::new()
                };
                say(&format!(
                    "{}第{}号{until}：{}",
                    done.series,
                    done.first,
                    done.state.chinese()
                ));
                Ok(ExitCode::SUCCESS)
            }
            Command::Numbers => numbers(&opened).await,
        }
    })
}

async fn parts(opened: &Opened, case: &str) -> Result<ExitCode> {
    let parts = opened.office.present_parts(case).await;
    for present in parts.map_err(of_act)? {
        let files = if present.files.is_empty() {
            String::new()
        } else {
            format!("  文件 {}", present.files.join("、"))
        };
        say(&format!(
            "第{}条  {}{files}",
            present.part.entry, present.part.label
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn correct(opened: &Opened, hands: &Hands, case: &str, from: &Path) -> Result<ExitCode> {
    let asked: Correcting = request(from)?;
    let key = key_of(from)?;
    let done = opened
        .office
        .correct(hands.both(), case, None, &asked, &key)
        .await;
    let done = done.map_err(of_act)?;
    say(&format!(
        "已更正，为本案第{}条记录，日志第{}号。",
        done.version, done.leaf_index
    ));
    Ok(ExitCode::SUCCESS)
}

async fn destroy(
    opened: &Opened,
    hands: &Hands,
    store: &dyn FileStore,
    case: &str,
    from: &Path,
) -> Result<ExitCode> {
    let asked: Destroying = request(from)?;
    let key = key_of(from)?;
    let files = opened.office.files_of(case, &asked.parts).await;
    let files = files.map_err(of_act)?;
    let done = opened
        .office
        .destroy(hands.both(), case, &asked, &key)
        .await;
    let done = done.map_err(of_act)?;
    say(&format!(
        "已依法销毁{}项内容，为本案第{}条记录，日志第{}号。此前的备份里仍有这些内容，请按备份的保存规定处理。",
        asked.parts.len(),
        done.version,
        done.leaf_index
    ));
    for file in files {
        let address: FileDigest = file.parse().context("文件的地址不对")?;
        let was_there = store
            .remove(&address)
            .await
            .with_context(|| format!("附件 {file} 没有删除成，请再执行一次"))?;
        if was_there {
            say(&format!("附件 {file} 已删除。"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn numbers(opened: &Opened) -> Result<ExitCode> {
    for row in opened
        .office
        .number_series()
        .await
        .context("不能读取文号台账")?
    {
        say(&format!("{}  下一号 {}", row.series, row.next));
        let mut run: Option<(u32, u32, NumberState, String)> = None;
        let mut after = 0;
        loop {
            let rows = all(opened, &row.series, after).await?;
            let Some(last) = rows.last() else { break };
            after = last.serial;
            for number in rows {
                match &mut run {
                    // Runs of the same kind are told in one line, but for those with a text of their own.
                    Some((_, last, state, _))
                        if *state == number.state
                            && *last + 1 == number.serial
                            && matches!(state, NumberState::HandedOut | NumberState::Paper) =>
                    {
                        *last = number.serial;
                    }
                    _ => {
                        tell(run.take());
                        run = Some((number.serial, number.serial, number.state, number.text));
                    }
                }
            }
        }
        tell(run);
    }
    Ok(ExitCode::SUCCESS)
}

async fn all(opened: &Opened, series: &Series, after: u32) -> Result<Vec<app::numbers::NumberRow>> {
    opened
        .office
        .number_rows(series, after, STEP)
        .await
        .context("不能读取文号台账")
}

fn tell(run: Option<(u32, u32, NumberState, String)>) {
    if let Some((first, last, state, text)) = run {
        let until = if last > first {
            format!("-{last}")
        } else {
            String::new()
        };
        say(&format!("  {first}{until}  {}  {text}", state.chinese()));
    }
}

fn request<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text =
        fs::read_to_string(path).with_context(|| format!("不能读取文件 {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("文件 {} 的内容不对", path.display()))
}

/// The same file is done once.
fn key_of(path: &Path) -> Result<String> {
    let text = fs::read(path).with_context(|| format!("不能读取文件 {}", path.display()))?;
    Ok(format!("file:{}", proof::tree::leaf_hash(&text)))
}

fn of_act(error: PerformError) -> anyhow::Error {
    match error {
        PerformError::Refused(refusal) => anyhow::anyhow!("{refusal}"),
        PerformError::Fields(errors) => {
            let texts: Vec<String> = errors.into_iter().map(|error| error.text).collect();
            anyhow::anyhow!("{}", texts.join("；"))
        }
        PerformError::Denied(denied) => anyhow::anyhow!("{denied}"),
        PerformError::NoSuchAct => anyhow::anyhow!("没有这个案件、事项或者对象"),
        other => anyhow::Error::new(other).context("没有办成"),
    }
}

fn of_beside(error: BesideError) -> anyhow::Error {
    match error {
        BesideError::Field(text) => anyhow::anyhow!("{text}"),
        BesideError::Denied(denied) => anyhow::anyhow!("{denied}"),
        BesideError::Number(error) => anyhow::anyhow!("{error}"),
        other => anyhow::Error::new(other).context("没有办成"),
    }
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn say(text: &str) {
    println!("{text}");
}
