//! `mingqu act`: many acts over the one road to the record, [`Office::perform`], each answered as soon as it stands.
//!
//! Lines of one case are performed in their order, lines of different cases side by side. Whoever gets no answer to a
//! line sends it again with the same key: an act that stands is answered again, and never done twice.

mod answer;
mod line;

use crate::hands::{self, Hands};
use crate::office::{self, Layers, Place};
use crate::serve::runtime;
use answer::{Answer, Kind, Outcome};
use anyhow::{Context, Result};
use app::{Office, PerformError, Performed, Target};
use clap::Args;
use clap::builder::RangedU64ValueParser;
use line::{Line, Place as LinePlace, RawLine};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;

/// Lines that are read ahead, for each that may be worked on: those of one busy case must not hold up the others.
const AHEAD: usize = 16;
/// How often a case that others write to at the same time is read again and decided again.
const TRIES: usize = 8;

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    layers: Layers,
    #[command(flatten)]
    hands: hands::InWhoseName,
    /// 最多同时办理几件
    #[arg(long, default_value = "64", value_name = "件数", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    at_once: usize,
    /// 一行一件的 JSON 文件；不写的从标准输入读
    #[arg(value_name = "文件")]
    file: Option<PathBuf>,
}

/// Exit codes: 0 everything is on record, 1 something was refused, 2 something failed.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    let worst = runtime()?.block_on(perform_all(arguments));
    Ok(worst.map_or_else(
        |error| {
            crate::complain(&error);
            ExitCode::from(2)
        },
        ExitCode::from,
    ))
}

async fn perform_all(arguments: Arguments) -> Result<u8> {
    let input = arguments.file.map(|path| {
        let file = File::open(&path).with_context(|| format!("不能读取文件 {}", path.display()))?;
        anyhow::Ok(file)
    });
    let input = input.transpose()?;
    let opened = office::open(&arguments.place, &arguments.layers).await?;
    let by = arguments.hands.hands(&opened.office).await?;
    let (send, mut lines) = mpsc::channel(AHEAD);
    // A thread of its own: when the answers find no reader the program ends, although this one still waits for lines.
    thread::Builder::new()
        .name("lines".to_owned())
        .spawn(move || match input {
            Some(file) => line::read(BufReader::new(file), &send),
            None => line::read(io::stdin().lock(), &send),
        })
        .context("不能启动读取线程")?;
    let desk = Arc::new(Desk {
        office: opened.office,
        by,
        permits: Semaphore::new(arguments.at_once),
        opened_as: Mutex::default(),
        worst: AtomicU8::new(0),
    });
    let ahead = Arc::new(Semaphore::new(arguments.at_once * AHEAD));
    let mut last_of: BTreeMap<String, oneshot::Receiver<()>> = BTreeMap::new();
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            Some(ended) = running.join_next() => ended.context("一行的办理意外中断")??,
            raw = lines.recv() => {
                let Some(raw) = raw else { break };
                let raw = raw.context("不能读取输入")?;
                let place = Arc::clone(&ahead).acquire_owned().await.context("不能启动办理")?;
                let parsed = Line::parse(&raw);
                let (end, ended) = oneshot::channel();
                let before = parsed.as_ref().ok().and_then(Line::lane).and_then(|lane| last_of.insert(lane, ended));
                let desk = Arc::clone(&desk);
                running.spawn(async move {
                    if let Some(before) = before {
                        // An error means that the line before ended in a panic; that is reported where it is joined.
                        let _ = before.await;
                    }
                    let said = desk.answer(raw, parsed).await;
                    drop((end, place));
                    said
                });
            }
        }
    }
    while let Some(ended) = running.join_next().await {
        ended.context("一行的办理意外中断")??;
    }
    Ok(desk.worst.load(Ordering::Relaxed))
}

struct Desk {
    office: Arc<Office>,
    by: Hands,
    permits: Semaphore,
    /// The cases that lines of this run opened, by the name that they gave them.
    opened_as: Mutex<BTreeMap<String, String>>,
    worst: AtomicU8,
}

impl Desk {
    async fn answer(&self, raw: RawLine, parsed: Result<Line, line::Unreadable>) -> Result<()> {
        let answer = match parsed {
            Err(unreadable) => Answer {
                line: raw.number,
                key: unreadable.key,
                outcome: Outcome::failed(Kind::Line, unreadable.text),
            },
            Ok(line) => {
                let permit = self.permits.acquire().await.context("不能启动办理")?;
                let performed = self.perform(&line).await;
                drop(permit);
                if let (
                    Ok(done),
                    LinePlace::New {
                        name: Some(name), ..
                    },
                ) = (&performed, &line.place)
                {
                    let mut opened_as = self
                        .opened_as
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner);
                    opened_as.insert(name.clone(), done.case_id.clone());
                }
                Answer {
                    line: raw.number,
                    key: Some(line.key),
                    outcome: Outcome::of(performed),
                }
            }
        };
        self.worst
            .fetch_max(answer.outcome.exit_code(), Ordering::Relaxed);
        say(&answer).context("不能写出结果，其余各行没有办理")
    }

    async fn perform(&self, line: &Line) -> Result<Performed, PerformError> {
        let target = match &line.place {
            LinePlace::New { procedure, .. } => Target::NewCase {
                procedure: procedure.clone(),
            },
            LinePlace::Case(named) => {
                let opened_as = self
                    .opened_as
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                Target::Case {
                    case_id: opened_as.get(named).unwrap_or(named).clone(),
                    seen: None,
                }
            }
        };
        let mut tries = 1;
        loop {
            let answered = match &self.by {
                Hands::Signed { asks, .. } => {
                    let office = &self.office;
                    office.perform(asks, &target, &line.act, &line.key).await
                }
                Hands::Rehearsal => self.office.rehearse(&target, &line.act, &line.key).await,
            };
            match answered {
                // A page is shown what changed; here nobody looked at one, so the case is simply read again.
                Err(PerformError::Stale { .. }) if tries < TRIES => tries += 1,
                answered => return answered,
            }
        }
    }
}

/// One line, written in one piece and at once: whoever reads it may rely on it.
fn say(answer: &Answer) -> Result<()> {
    let mut text = serde_json::to_vec(answer)?;
    text.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&text)?;
    Ok(out.flush()?)
}
