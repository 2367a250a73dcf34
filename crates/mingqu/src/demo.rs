//! `mingqu demo`: a short smooth case, performed through the same road as every other.
//!
//! Which acts it consists of stands in a data file; the program names none.

#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "the short case carries no files; its tests draw each kind"
    )
)]
mod drawn;

use crate::attached::Attached;
use crate::office::{self, Layers, Place};
use crate::preparing::Preparing;
use crate::serve::{Addresses, runtime, serve_prepared};
use crate::sign_on::SignOn;
use anyhow::{Context, Result, bail};
use app::{ActRequest, NewSubjectRequest, Office, PerformError, Target};
use clap::Args;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::process::ExitCode;
use vocabulary::{Day, Moment};

const CASE: &str = include_str!("../assets/demo-case.json");

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
}

/// The file: dates are counted back from today, so that the case is always a fresh one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DemoCase {
    pub(crate) procedure: String,
    pub(crate) steps: Vec<Step>,
}

impl DemoCase {
    /// The case that comes with the program.
    pub(crate) fn read() -> Result<DemoCase> {
        serde_json::from_str(CASE).context("演示案件文件有错")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    event: String,
    #[serde(default)]
    number: u32,
    days_ago: i32,
    #[serde(default)]
    people: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    facts: BTreeMap<String, serde_json::Value>,
    #[serde(default)]
    introduces: Vec<NewSubjectRequest>,
}

pub(crate) fn run(arguments: Arguments) -> Result<ExitCode> {
    runtime()?.block_on(async {
        let preparing = match arguments.no_serve {
            true => None,
            false => Some(Preparing::open(arguments.addresses.listen).await?),
        };
        if let Some(preparing) = &preparing {
            let address = preparing.address();
            say(&format!("正在准备演示，进度也显示在 http://{address}"));
            preparing.tell(0, 0, "正在打开记录和规则");
        }
        let opened = office::open(&arguments.place, &arguments.layers).await?;
        let case_id = perform(&opened.office, &|done, total, text| {
            if let Some(preparing) = &preparing {
                preparing.tell(done, total, text);
            }
        })
        .await?;
        say(&format!("演示案件已办理：{case_id}"));
        // Signed and published at once, as a running program does within seconds.
        opened.worker.round(false).await;
        drop(opened);
        if arguments.no_serve {
            return Ok(ExitCode::SUCCESS);
        }
        serve_prepared(
            &arguments.place,
            &arguments.layers,
            &arguments.attached,
            &arguments.addresses,
            &arguments.sign_on,
            preparing,
        )
        .await
    })
}

async fn perform(office: &Office, tell: &(dyn Fn(usize, usize, &str) + Sync)) -> Result<String> {
    let case = DemoCase::read()?;
    let total = case.steps.len();
    let procedure = office.procedures().find(|it| it.id == case.procedure);
    let procedure = procedure.context("演示案件的程序不在规则里")?;
    let mut target = Target::NewCase {
        procedure: case.procedure,
    };
    let mut case_id = String::new();
    for (at, step) in case.steps.into_iter().enumerate() {
        let name = step.event.clone();
        let event = procedure.event(&name).map(|it| &procedure.events[it].name);
        tell(at + 1, total, event.unwrap_or(&name));
        let request = step.request(office.now().day);
        match office
            .rehearse(&target, &request, &format!("demo-{at}"))
            .await
        {
            Ok(done) => case_id = done.case_id,
            Err(PerformError::KeyReused) => bail!("这里已经有演示案件，请换一个数据文件夹"),
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("演示案件的第{}步（{name}）没有办成", at + 1));
            }
        }
        target = Target::Case {
            case_id: case_id.clone(),
            seen: None,
        };
    }
    Ok(case_id)
}

impl Step {
    /// What is asked on this day.
    pub(crate) fn request(self, today: Day) -> ActRequest {
        let people = self.people.into_iter().flat_map(|(role, people)| {
            people
                .into_iter()
                .map(move |person| app::request::Participant {
                    role: role.clone(),
                    person,
                })
        });
        ActRequest {
            event: self.event,
            number: self.number,
            occurred: Moment::from(today.plus_days(-self.days_ago)),
            people: people.collect(),
            facts: self
                .facts
                .into_iter()
                .map(|(id, value)| (id, dated(value, today)))
                .collect(),
            introduces: self.introduces,
            reasons: BTreeMap::new(),
            files: Vec::new(),
            on_paper: false,
        }
    }
}

/// `{"days_ago": 3}` is a date.
fn dated(value: serde_json::Value, today: Day) -> serde_json::Value {
    match value
        .get("days_ago")
        .and_then(serde_json::Value::as_i64)
        .and_then(|days| i32::try_from(days).ok())
    {
        Some(days) => today.plus_days(-days).to_string().into(),
        None => value,
    }
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn say(text: &str) {
    println!("{text}");
}
