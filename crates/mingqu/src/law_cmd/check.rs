//! `mingqu law check`: the files load, every scenario runs as written, every property is proved.

use super::Failure;
use anyhow::anyhow;
use casework::scenario;
use clap::Args;
use law::Rules;
use law::check::{Outcome, Slice, check, parse};
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Arc;

#[derive(Args)]
pub(super) struct Arguments {
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
    /// 只检查名称以此开头的性质
    #[arg(long, value_name = "编号")]
    property: Option<String>,
}

#[derive(Serialize)]
struct Proof {
    id: String,
    title: String,
    slice_events: usize,
    cells: usize,
    states: usize,
    closed: bool,
    proved: bool,
    counterexample: Option<Vec<String>>,
    rests_on: Vec<Rest>,
}

#[derive(Serialize)]
struct Rest {
    rule: String,
    counterexample_when_deleted: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Report {
    procedures: usize,
    rules: usize,
    items: usize,
    settings: usize,
    scenarios: usize,
    scenario_failures: Vec<String>,
    acts_never_done: Vec<String>,
    proofs: Vec<Proof>,
}

pub(super) fn run(
    arguments: &Arguments,
    rules: &Rules,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let scenarios = scenario::parse(rules).map_err(|errors| anyhow!("{errors}"))?;
    let shared = Arc::new(rules.clone());
    let mut scenario_failures = Vec::new();
    let mut done: BTreeSet<(&str, usize)> = BTreeSet::new();
    for one in &scenarios {
        if let Some(procedure) = rules.procedure(&one.procedure) {
            let (history, failed) = scenario::run(one, &shared, &Arc::new(procedure.clone()));
            scenario_failures.extend(
                failed
                    .iter()
                    .map(|failure| format!("“{}” {failure}", one.name)),
            );
            let acts = history
                .case
                .history
                .iter()
                .map(|done| procedure.events[done.event].act);
            done.extend(acts.map(|act| (procedure.id.as_str(), act)));
        }
    }
    // An act that no dated run performs may be dead for all that is known.
    let never_done: Vec<String> = rules
        .procedures
        .iter()
        .flat_map(|procedure| {
            let acts = procedure.acts.iter().enumerate();
            let undone = acts.filter(|(act, _)| !done.contains(&(procedure.id.as_str(), *act)));
            undone.map(|(_, act)| act.name.clone())
        })
        .collect();
    let mut faults = scenario_failures.len() + never_done.len();
    let mut proofs = Vec::new();
    for (path, nodes) in &rules.properties {
        let id = path.trim_end_matches("/properties.kdl");
        let (Some(procedure), Some(names)) = (rules.procedure(id), rules.names.get(id)) else {
            return Err(anyhow!("{path}：旁边没有程序").into());
        };
        let properties = parse(procedure, names, nodes).map_err(|errors| anyhow!("{errors}"))?;
        let wanted = |id: &str| {
            arguments
                .property
                .as_deref()
                .is_none_or(|start| id.starts_with(start))
        };
        for property in properties.iter().filter(|property| wanted(&property.id)) {
            let slice = Slice::of(procedure, property);
            let outcome = check(procedure, property, &slice, None);
            let proved = outcome.closed && outcome.counterexample.is_none();
            let mut rests_on = Vec::new();
            for rule in &slice.rules {
                let listed = property.rests_on.contains(rule);
                if !proved {
                    break;
                }
                let trial = check(procedure, property, &slice, Some(*rule));
                let found = trial.counterexample.map(|found| found.steps);
                let is_rest = found.is_some();
                faults += usize::from(is_rest != listed && (listed || property.lists_all));
                if is_rest || listed {
                    let rule = procedure.rules[*rule].id.clone();
                    rests_on.push(Rest {
                        rule,
                        counterexample_when_deleted: found,
                    });
                }
            }
            faults += usize::from(!proved || rests_on.is_empty());
            proofs.push(proof(property.title.clone(), outcome, proved, rests_on));
        }
    }
    let report = Report {
        procedures: rules.procedures.len(),
        rules: rules.procedures.iter().map(|p| p.rules.len()).sum(),
        items: rules.items.len(),
        settings: rules.settings.len(),
        scenarios: scenarios.len(),
        scenario_failures,
        acts_never_done: never_done,
        proofs,
    };
    if arguments.json {
        serde_json::to_writer_pretty(&mut *out, &report)?;
        writeln!(out)?;
    } else {
        print(&report, out)?;
    }
    if faults == 0 {
        Ok(())
    } else {
        Err(anyhow!("规则检查有{faults}处不通过").into())
    }
}

fn proof(title: String, outcome: Outcome, proved: bool, rests_on: Vec<Rest>) -> Proof {
    Proof {
        id: outcome.property,
        title,
        slice_events: outcome.events,
        cells: outcome.cells,
        states: outcome.states,
        closed: outcome.closed,
        proved,
        counterexample: outcome.counterexample.map(|found| found.steps),
        rests_on,
    }
}

fn print(report: &Report, out: &mut dyn Write) -> std::io::Result<()> {
    let Report {
        procedures,
        rules,
        items,
        settings,
        scenarios,
        ..
    } = report;
    writeln!(
        out,
        "规则文件没有错误：{procedures}个程序，{rules}条关系，{items}个执法事项，{settings}项设定。"
    )?;
    let passed = scenarios - report.scenario_failures.len().min(*scenarios);
    writeln!(out, "情景{scenarios}个，照写明的走通{passed}个。")?;
    for failure in &report.scenario_failures {
        writeln!(out, "  {failure}")?;
    }
    if report.acts_never_done.is_empty() {
        writeln!(out, "每个行为都有情景做过。")?;
    } else {
        writeln!(
            out,
            "没有情景做过的行为：{}",
            report.acts_never_done.join("、")
        )?;
    }
    for proof in &report.proofs {
        let verdict = if proof.proved {
            "已证明"
        } else {
            "没有证明"
        };
        let closed = if proof.closed { "yes" } else { "no" };
        writeln!(out, "{verdict} {} {}", proof.id, proof.title)?;
        writeln!(
            out,
            "  slice={} cells={} states={} closed={closed}",
            proof.slice_events, proof.cells, proof.states
        )?;
        if let Some(steps) = &proof.counterexample {
            writeln!(out, "  反例：{}", steps.join(" → "))?;
        }
        for rest in &proof.rests_on {
            match &rest.counterexample_when_deleted {
                Some(steps) => writeln!(out, "  删去 {}，反例：{}", rest.rule, steps.join(" → "))?,
                None => writeln!(out, "  删去 {}，没有反例：写在支撑里却不起作用", rest.rule)?,
            }
        }
    }
    Ok(())
}
