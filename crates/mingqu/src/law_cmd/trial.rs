//! `mingqu law try`: what another edition of the rules would change, before anybody works by it.

use super::Failure;
use super::diff::Edition;
use crate::adapters::{SystemChance, Withheld};
use crate::office::{self, Layers, Place};
use crate::serve::runtime;
use anyhow::{Context as _, Result, anyhow};
use app::Office;
use app::ledger::{CaseCursor, CaseQuery, CaseRow, Ledger};
use app::office::Ports;
use app::trial::{Effect, effects};
use casework::retrace::RefusedAct;
use casework::scenario;
use clap::Args;
use law::Rules;
use law::show::differences;
use ledger::{PostgresLedger, SqliteLedger};
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Cases are listed by so many; whoever waits hears of it after as many.
const AT_ONCE: u32 = 200;

/// So many scenarios that fail are told one by one.
const FAILURES_TOLD: usize = 20;

#[derive(Args)]
pub(super) struct Arguments {
    /// 新的规则文件夹
    #[arg(value_name = "新规则")]
    new: PathBuf,
    #[command(flatten)]
    place: Place,
    /// 机关文件(JSON);不写的用程序自带的演示机关
    #[arg(long, env = "MINGQU_AGENCY", value_name = "文件")]
    agency: Option<PathBuf>,
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    before: String,
    after: String,
    differences: usize,
    scenarios: usize,
    scenario_failures: Vec<String>,
    /// How many open cases were read under both; none without a record.
    cases: Option<u64>,
    affected: Vec<Affected>,
    unreadable: Vec<Unreadable>,
}

#[derive(Serialize)]
struct Affected {
    case_id: String,
    title: String,
    /// What changes at once, with what is recorded as it is.
    at_once: Vec<Effect>,
    /// What would be otherwise had the case been handled by the new rules from its beginning.
    done_over: Vec<Effect>,
    /// Acts that the new rules would have refused, and the old ones not.
    refused: Vec<RefusedAct>,
}

#[derive(Serialize)]
struct Unreadable {
    case_id: String,
    title: String,
    reason: String,
}

pub(super) fn run(
    arguments: &Arguments,
    current: Option<&Path>,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let (old, new) = (
        Edition::read(current)?,
        Edition::read(Some(&arguments.new))?,
    );
    let scenarios = scenario::parse(&new.rules).map_err(|errors| anyhow!("{errors}"))?;
    let mut report = Report {
        before: old.rules.digest.clone(),
        after: new.rules.digest.clone(),
        differences: differences(&old.rules, &new.rules).len(),
        scenarios: scenarios.len(),
        scenario_failures: failures(&scenarios, &new.rules),
        cases: None,
        affected: Vec::new(),
        unreadable: Vec::new(),
    };
    // Without a record there is nothing to replay: the rules and their scenarios are tried alone.
    if arguments.place.database.is_some() || arguments.place.sqlite().exists() {
        runtime()?.block_on(replay(arguments, [old, new], &mut report))?;
    }
    if arguments.json {
        serde_json::to_writer_pretty(&mut *out, &report)?;
        writeln!(out)?;
    } else {
        tell(&report, out)?;
    }
    match report.scenario_failures.len() + report.unreadable.len() {
        0 => Ok(()),
        wrong => Err(Failure::World(anyhow!(
            "新规则还不能使用：{wrong}处情景不符或者案件读不回来"
        ))),
    }
}

fn failures(scenarios: &[scenario::Scenario], rules: &Rules) -> Vec<String> {
    let shared = Arc::new(rules.clone());
    let mut found = Vec::new();
    for one in scenarios {
        if let Some(procedure) = rules.procedure(&one.procedure) {
            let (_, failed) = scenario::run(one, &shared, &Arc::new(procedure.clone()));
            found.extend(
                failed
                    .iter()
                    .map(|failure| format!("“{}” {failure}", one.name)),
            );
        }
    }
    found
}

/// Reads every open case under both editions.
async fn replay(arguments: &Arguments, editions: [Edition; 2], report: &mut Report) -> Result<()> {
    let place = &arguments.place;
    let layers = Layers {
        rules: None,
        agency: arguments.agency.clone(),
    };
    let (file, clock) = office::at_home(place, &layers)?;
    // Beside a running server: nothing is written.
    let ledger: Arc<dyn Ledger> = match &place.database {
        Some(url) => Arc::new(PostgresLedger::connect(url).await?),
        None => Arc::new(SqliteLedger::open_for_reading(&place.sqlite())?),
    };
    let [before, after] = editions.map(|edition| {
        let ports = Ports {
            ledger: Arc::clone(&ledger),
            clock: office::clock(clock.as_ref()),
            chance: Arc::new(SystemChance),
            publisher: Arc::new(Withheld),
        };
        Office::new(file.clone(), Arc::new(edition.rules), ports)
    });
    let unusable = "机关文件里的机关代码不能使用";
    let (before, after) = (before.context(unusable)?, after.context(unusable)?);
    let mut last: Option<CaseCursor> = None;
    let mut count = 0;
    loop {
        let query = CaseQuery {
            is_open: Some(true),
            after: last.take(),
            ..CaseQuery::default()
        };
        let rows = before
            .cases(&query, AT_ONCE)
            .await
            .context("不能读取案件列表")?;
        for row in &rows {
            compare(&before, &after, row, report).await?;
            count += 1;
        }
        match rows.last() {
            Some(row) => {
                super::complain(&format!("已比较 {count} 件在办案件"));
                last = Some(row.cursor());
            }
            None => break,
        }
    }
    report.cases = Some(count);
    Ok(())
}

async fn compare(
    before: &Office,
    after: &Office,
    row: &CaseRow,
    report: &mut Report,
) -> Result<()> {
    let (case_id, title) = (row.line.case_id.clone(), row.line.title.clone());
    let old = before.case(&case_id).await.context("不能读取案件")?;
    let new = match after.case(&case_id).await {
        Ok(new) => new,
        Err(error) => {
            let reason = format!("{:#}", anyhow::Error::from(error));
            report.unreadable.push(Unreadable {
                case_id,
                title,
                reason,
            });
            return Ok(());
        }
    };
    let at_once = effects(&(&old).into(), &(&new).into());
    let was = before.done_over(&old).await.context("不能读取登记")?;
    let is = after.done_over(&old).await.context("不能读取登记")?;
    let (Some(was), Some(is)) = (was, is) else {
        let reason = "新规则里没有这个程序".to_owned();
        report.unreadable.push(Unreadable {
            case_id,
            title,
            reason,
        });
        return Ok(());
    };
    let done_over = effects(&was.answered, &is.answered);
    let mut refused = is.refused;
    let place = |act: &RefusedAct| (act.entry, act.within);
    refused.retain(|act| !was.refused.iter().any(|known| place(known) == place(act)));
    if !(at_once.is_empty() && done_over.is_empty() && refused.is_empty()) {
        report.affected.push(Affected {
            case_id,
            title,
            at_once,
            done_over,
            refused,
        });
    }
    Ok(())
}

fn tell(report: &Report, out: &mut dyn Write) -> Result<(), Failure> {
    writeln!(
        out,
        "新规则与现在的相差{}项（逐项见 mingqu law diff）",
        report.differences
    )?;
    writeln!(
        out,
        "情景：{}个，不符{}处",
        report.scenarios,
        report.scenario_failures.len()
    )?;
    for failure in report.scenario_failures.iter().take(FAILURES_TOLD) {
        writeln!(out, "  {failure}")?;
    }
    let more = report.scenario_failures.len().saturating_sub(FAILURES_TOLD);
    if more > 0 {
        writeln!(out, "  另有{more}处，全部列出用 mingqu law check --rules")?;
    }
    let Some(cases) = report.cases else {
        return Ok(writeln!(out, "没有案件可以比较：数据文件夹里没有记录")?);
    };
    writeln!(
        out,
        "在办案件：{cases}件，其中{}件受影响，{}件按新规则读不回来",
        report.affected.len(),
        report.unreadable.len()
    )?;
    writeln!(
        out,
        "已经记录的期限等后果不因换规则而改变；“假如从头按新规则办理”把每个行为按新规则重新判断一遍，供比较。"
    )?;
    for case in &report.unreadable {
        writeln!(
            out,
            "\n{}（{}）读不回来：{}",
            case.title, case.case_id, case.reason
        )?;
    }
    for case in &report.affected {
        writeln!(out, "\n{}（{}）", case.title, case.case_id)?;
        told("换上以后立即改变", &case.at_once, out)?;
        told("假如从头按新规则办理", &case.done_over, out)?;
        for act in &case.refused {
            writeln!(
                out,
                "  按新规则本来不能作出：第{}条记录【{}】",
                act.entry, act.act
            )?;
            writeln!(out, "    {}", act.why)?;
        }
    }
    Ok(())
}

fn told(head: &str, effects: &[Effect], out: &mut dyn Write) -> std::io::Result<()> {
    if effects.is_empty() {
        return Ok(());
    }
    writeln!(out, "  {head}：")?;
    for effect in effects {
        writeln!(out, "    {}：{}", effect.kind.chinese(), effect.what)?;
        if !effect.before.is_empty() {
            writeln!(out, "      － {}", effect.before)?;
        }
        if !effect.after.is_empty() {
            writeln!(out, "      ＋ {}", effect.after)?;
        }
    }
    Ok(())
}
