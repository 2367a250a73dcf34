//! `mingqu law replay`: judges any history, its own or published, by the same engine.

use super::Failure;
use anyhow::{Context, anyhow};
use casework::replay::{CaseAnswer, Judgment, Replay, imports};
use clap::Args;
use law::Rules;
use law::model::Agency;
use std::io::Write;
use std::path::PathBuf;
use vocabulary::Day;

#[derive(Args)]
pub(super) struct Arguments {
    /// 历史：逐行的 JSON，每行一个行为；或者公布的案件
    #[arg(value_name = "文件")]
    file: PathBuf,
    /// 按哪个程序判断
    #[arg(long, default_value = "penalty.ordinary", value_name = "程序")]
    procedure: String,
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
}

pub(super) fn run(
    arguments: &Arguments,
    rules: &Rules,
    today: Day,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let text = std::fs::read_to_string(&arguments.file)
        .with_context(|| format!("读不到历史文件{}", arguments.file.display()))?;
    let (answers, problems) = judge(&text, &arguments.procedure, rules, today)?;
    if arguments.json {
        let report = serde_json::json!({ "problems": problems, "cases": answers });
        serde_json::to_writer_pretty(&mut *out, &report)?;
        writeln!(out)?;
        return Ok(());
    }
    for problem in &problems {
        writeln!(out, "{problem}")?;
    }
    for case in &answers {
        let count = |judgment| {
            case.answers
                .iter()
                .filter(|answer| answer.answer == judgment)
                .count()
        };
        let (kept, departed) = (count(Judgment::Kept), count(Judgment::Departed));
        let unknown = count(Judgment::CannotBeJudged);
        writeln!(
            out,
            "{}：符合{kept}条，违反{departed}条，不能判断{unknown}条",
            case.case
        )?;
        for problem in &case.problems {
            writeln!(out, "  读不懂：{problem}")?;
        }
        for answer in &case.answers {
            writeln!(
                out,
                "  {} {}：{}。{}",
                answer.answer.chinese(),
                answer.rule,
                answer.reason,
                answer.basis
            )?;
        }
    }
    Ok(())
}

/// Judges JSON lines of acts, or records that a mapping under `rules/imports/` recognizes.
pub(super) fn judge(
    text: &str,
    procedure: &str,
    rules: &Rules,
    today: Day,
) -> Result<(Vec<CaseAnswer>, Vec<String>), Failure> {
    let unknown = || Failure::Input(format!("没有程序“{procedure}”"));
    let procedure = rules.procedure(procedure).ok_or_else(unknown)?;
    let agency = Agency::default();
    let replay = Replay::new(procedure, &rules.calendar, &rules.statutes, &agency, today);
    let mappings = imports(rules).map_err(|errors| anyhow!("{errors}"))?;
    let first = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("");
    let first: serde_json::Value = serde_json::from_str(first).unwrap_or_default();
    let Some(mapping) = mappings
        .iter()
        .find(|m| m.procedure == procedure.id && m.recognizes(&first))
    else {
        let (cases, problems) = replay.read(text);
        return Ok((
            cases
                .iter()
                .map(|(name, case)| replay.judge(name, case))
                .collect(),
            problems,
        ));
    };
    let (mut answers, mut problems) = (Vec::new(), Vec::new());
    for (number, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        match serde_json::from_str(line) {
            Ok(record) => {
                let (name, case) = mapping.tell(&replay, &record, number + 1);
                answers.push(replay.judge(&name, &case));
            }
            Err(error) => problems.push(format!("第{}行看不懂：{error}", number + 1)),
        }
    }
    Ok((answers, problems))
}
