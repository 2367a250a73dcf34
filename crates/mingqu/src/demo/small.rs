//! One short smooth case, performed on the machine's days: what the bench repeats and what quick tests need.
//!
//! Which acts it consists of stands in a data file; the program names none.

use anyhow::{Context, Result, bail};
use app::{ActRequest, NewSubjectRequest, Office, PerformError, Target};
use serde::Deserialize;
use std::collections::BTreeMap;
use vocabulary::{Day, Moment};

const CASE: &str = include_str!("../../assets/demo-case.json");

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

/// Performs it, and answers its id.
pub(crate) async fn perform(office: &Office) -> Result<String> {
    let case = DemoCase::read()?;
    let mut target = Target::NewCase {
        procedure: case.procedure,
    };
    let mut case_id = String::new();
    for (at, step) in case.steps.into_iter().enumerate() {
        let name = step.event.clone();
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
            follows: None,
            filled_from: None,
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
