//! `mingqu law try`: what another edition of the rules would change, before anybody works by it.

use super::Failure;
use super::diff::Edition;
use crate::adapters::SystemChance;
use crate::office::{self, Layers, Place};
use crate::serve::runtime;
use anyhow::{Context as _, Result, anyhow};
use app::Office;
use app::edition::{
    Compared, EditionReport, properties_at_stake, properties_gone, scenario_failures,
};
use app::ledger::{CaseCursor, CaseQuery, Ledger};
use app::office::Ports;
use app::ports::Withheld;
use app::trial::Effect;
use casework::scenario;
use clap::Args;
use law::show::differences;
use ledger::{PostgresLedger, SqliteLedger};
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
    let shared = Arc::new(new.rules.clone());
    let mut report = EditionReport {
        before: old.rules.digest.clone(),
        after: new.rules.digest.clone(),
        differences: differences(&old.rules, &new.rules).len(),
        scenarios: scenarios.len(),
        scenario_failures: scenario_failures(&scenarios, &shared),
        ..EditionReport::default()
    };
    let at_stake = properties_at_stake(&old.rules, &new.rules);
    report.unproved = properties_gone(&old.rules, &new.rules);
    for one in at_stake.map_err(|errors| anyhow!("{errors}"))? {
        report.properties += 1;
        report.unproved.extend(one.broken());
    }
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
    match report.obstacles() {
        0 => Ok(()),
        wrong => Err(Failure::World(anyhow!(
            "新规则还不能使用：{wrong}处情景不符、性质不成立或者案件读不回来"
        ))),
    }
}

/// Reads every open case under both editions.
async fn replay(
    arguments: &Arguments,
    editions: [Edition; 2],
    report: &mut EditionReport,
) -> Result<()> {
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
    let [old, new] = editions;
    let ports = Ports {
        ledger,
        clock: office::clock(clock.as_ref()),
        chance: Arc::new(SystemChance),
        publisher: Arc::new(Withheld),
    };
    let unusable = "机关文件里的机关代码不能使用";
    let before = Office::new(file, Arc::new(old.rules), ports).context(unusable)?;
    let after = before.under(Arc::new(new.rules)).context(unusable)?;
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
            match before.compared(&after, row).await.context("不能读取案件")? {
                Compared::Same => {}
                Compared::Affected(case) => report.affected.push(case),
                Compared::Unreadable(case) => report.unreadable.push(case),
            }
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

fn tell(report: &EditionReport, out: &mut dyn Write) -> Result<(), Failure> {
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
    let (all, broken) = (report.properties, report.unproved.len());
    writeln!(out, "改动了的程序的性质：{all}条，不再成立{broken}条")?;
    for text in &report.unproved {
        writeln!(out, "  {text}")?;
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
