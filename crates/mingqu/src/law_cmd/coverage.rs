//! `mingqu law coverage`: which rows of the legal baseline are in effect, computed by deletion.

use super::Failure;
use anyhow::anyhow;
use casework::coverage::{State, coverage};
use casework::scenario;
use clap::Args;
use law::Rules;
use std::io::Write;
use std::sync::Arc;

#[derive(Args)]
pub(super) struct Arguments {
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
}

pub(super) fn run(
    arguments: &Arguments,
    rules: &Rules,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let scenarios = scenario::parse(rules).map_err(|errors| anyhow!("{errors}"))?;
    let rows = coverage(&Arc::new(rules.clone()), &scenarios);
    if arguments.json {
        serde_json::to_writer_pretty(&mut *out, &rows)?;
        writeln!(out)?;
        return Ok(());
    }
    for (state, name) in [
        (State::Enforced, "起作用"),
        (State::Shown, "只显示"),
        (State::NotApplicable, "不适用"),
        (State::Pending, "待建"),
    ] {
        let mine: Vec<_> = rows.iter().filter(|row| row.state == state).collect();
        writeln!(out, "{name}：{}条", mine.len())?;
        for row in mine {
            writeln!(out, "  {}  {}  {}", row.id, row.place, row.reason)?;
        }
    }
    Ok(())
}
