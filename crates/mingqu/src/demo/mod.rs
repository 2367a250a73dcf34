//! `mingqu demo`: a made-up bureau with its people, and its cases from the first lead to the archive, made day by day
//! over the same road as every other act.
//!
//! Which cases there are and which acts they consist of stands in data files (`assets/demo`); the program names none.

mod case;
mod clock;
mod days;
mod drawn;
mod following;
mod history;
mod registers;
pub(crate) mod small;
#[cfg(test)]
mod tests;

pub(crate) use clock::DemoClock;

/// The files that make a data folder a demonstration's: its clock, and the cases that it was made of.
pub(crate) const FILES: [&str; 2] = [clock::FILE, history::CASES];

use crate::adapters::MachineClock;
use crate::attached::Attached;
use crate::office::{self, Layers, Place};
use crate::preparing::Preparing;
use crate::serve::{Addresses, runtime, serve_prepared};
use crate::sign_on::SignOn;
use anyhow::{Context, Result, bail};
use app::agency::AgencyFile;
use app::ports::{Clock, legal_moment};
use clap::Args;
use history::{Progress, Stage};
use law::Rules;
use std::fs;
use std::io::{IsTerminal, Write, stdout};
use std::process::ExitCode;
use std::sync::Arc;

const BUREAU: &str = include_str!("../../assets/demo/bureau.json");

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    layers: Layers,
    #[command(flatten)]
    attached: Attached,
    #[command(flatten)]
    addresses: Addresses,
    #[command(flatten)]
    sign_on: SignOn,
    /// 办完即退出，不启动页面
    #[arg(long)]
    no_serve: bool,
    /// 只办一个短案件，不建演示机关
    #[arg(long, hide = true)]
    case: Option<OneCase>,
}

/// Instead of the whole demonstration.
#[derive(Clone, Copy, clap::ValueEnum)]
enum OneCase {
    /// One short case, in whichever agency.
    Small,
}

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    runtime()?.block_on(async {
        let (place, layers) = (&arguments.place, &arguments.layers);
        // Whoever opens the address meanwhile is shown how far it is.
        let preparing = match arguments.no_serve {
            true => None,
            false => Some(Preparing::open(arguments.addresses.listen).await?),
        };
        if let Some(preparing) = &preparing {
            let address = preparing.address();
            say(&format!("正在准备演示，进度也显示在 http://{address}"));
            preparing.tell(0, 0, "正在打开记录和规则");
        }
        match arguments.case {
            Some(OneCase::Small) => {
                let opened = office::open(place, layers).await?;
                let case_id = small::perform(&opened.office).await?;
                say(&format!("演示案件已办理：{case_id}"));
                // Signed and published at once, as a running program does within seconds.
                opened.worker.round(false).await;
            }
            None => {
                let mut say = tell();
                let mut progress = |done: usize, total: usize, what: &str| {
                    say(done, total, what);
                    if let Some(preparing) = &preparing {
                        preparing.tell(done, total, what);
                    }
                };
                fill(place, layers, &arguments.attached, &mut progress).await?;
            }
        }
        if arguments.no_serve {
            return Ok(ExitCode::SUCCESS);
        }
        serve_prepared(
            place,
            layers,
            &arguments.attached,
            &arguments.addresses,
            &arguments.sign_on,
            preparing,
        )
        .await
    })
}

/// The made-up bureau.
pub(crate) fn bureau() -> Result<AgencyFile> {
    AgencyFile::parse(BUREAU).context("程序自带的演示机关文件有错")
}

/// Fills a folder with the demonstration, or goes on where it was interrupted; one that is whole stays as it is.
async fn fill(
    place: &Place,
    layers: &Layers,
    attached: &Attached,
    progress: Progress<'_>,
) -> Result<()> {
    if layers.agency.is_some() {
        bail!("演示用程序自带的演示机关，不能另外指定机关文件（--agency）");
    }
    if history::is_made(&place.data) {
        say("演示资料已经备好，从上次的地方继续");
        return Ok(());
    }
    let machine: Arc<dyn Clock> = Arc::new(MachineClock);
    let rules = Arc::new(mingqu::load_rules(layers.rules.as_deref())?);
    let clock = match DemoClock::of(&place.data, Arc::clone(&machine))? {
        Some(clock) => clock,
        None => begin(place, &rules, machine).await?,
    };
    let clock = Arc::new(clock);
    let opened = office::open_by(place, rules, bureau()?, Some(Arc::clone(&clock))).await?;
    let files = attached.open(&place.data).await?;
    progress(0, 0, "正在登记各项清单");
    registers::fill(&opened.office).await?;
    progress(0, 0, "正在公示各项清单");
    registers::release(&opened.office).await?;
    let stage = Stage {
        clock: &clock,
        files: files.as_ref(),
        folder: &place.data,
    };
    let made = history::make(&opened.office, &opened.worker, &stage, progress).await?;
    say(&format!("演示资料已备好：{}件案件", made.len()));
    Ok(())
}

/// The clock of a new demonstration, where nothing else is kept.
async fn begin(place: &Place, rules: &Rules, machine: Arc<dyn Clock>) -> Result<DemoClock> {
    fs::create_dir_all(&place.data)
        .with_context(|| format!("不能建立数据文件夹 {}", place.data.display()))?;
    let is_taken = match &place.database {
        Some(_) => {
            let agencies = place.ledger().await?.agencies().await;
            !agencies.context("不能读取记录")?.is_empty()
        }
        None => place.sqlite().exists(),
    };
    if is_taken {
        bail!(
            "{}里已经有别的记录，演示请换一个空的数据文件夹（--data）",
            place.data.display()
        );
    }
    let zero = legal_moment(machine.now()).day;
    let beginning = history::beginning(rules, zero)?;
    DemoClock::begin(&place.data, machine, beginning).context("不能写入演示时钟")
}

/// Tells the progress: on a terminal in one line that is written anew, elsewhere in ten lines.
fn tell() -> impl FnMut(usize, usize, &str) + Send {
    const LINES: usize = 10;
    let is_terminal = stdout().is_terminal();
    let mut told = None;
    move |done, total, what| {
        let mut out = stdout().lock();
        // Whoever started the program may have gone; the work goes on.
        let _ = if is_terminal {
            let end = if done == total { "\n" } else { "" };
            write!(out, "\r\u{1b}[K准备演示资料 {done}/{total} {what}{end}")
        } else {
            let part = done * LINES / total.max(1);
            if told == Some(part) {
                return;
            }
            told = Some(part);
            writeln!(out, "准备演示资料 {done}/{total} {what}")
        };
        let _ = out.flush();
    }
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn say(text: &str) {
    println!("{text}");
}
