//! `mingqu law coverage`: which rows of the legal baseline are in effect, computed by deletion.

use super::Failure;
use anyhow::anyhow;
use casework::coverage::{Covered, State, coverage, tried_on_record};
use casework::scenario;
use clap::Args;
use law::Rules;
use proof::tree::{self, MemoryTree};
use proof::{Label, Part, Sensitivity};
use std::io::Write;
use std::sync::Arc;

#[derive(Args)]
pub(super) struct Arguments {
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
}

const STATES: [(State, &str); 4] = [
    (State::Enforced, "起作用"),
    (State::Shown, "只显示"),
    (State::NotApplicable, "不适用"),
    (State::Pending, "待建"),
];

pub(super) fn run(
    arguments: &Arguments,
    rules: &Rules,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let scenarios = scenario::parse(rules).map_err(|errors| anyhow!("{errors}"))?;
    let mut rows = coverage(&Arc::new(rules.clone()), &scenarios);
    tried_on_record(&mut rows, rules, altered().as_deref());
    if arguments.json {
        serde_json::to_writer_pretty(&mut *out, &rows)?;
        writeln!(out)?;
        return Ok(());
    }
    for (state, name) in STATES {
        let mine: Vec<_> = rows.iter().filter(|row| row.state == state).collect();
        writeln!(out, "{name}：{}条", mine.len())?;
        for row in mine {
            writeln!(out, "  {}  {}  {}", row.id, row.place, row.reason)?;
        }
    }
    writeln!(out, "各表：")?;
    let mut tables: Vec<&str> = rows.iter().map(|row| row.table.as_str()).collect();
    tables.sort_unstable_by_key(|table| in_order(table));
    tables.dedup();
    for table in tables {
        let counted = STATES.iter().filter_map(|(state, name)| {
            let mine = |row: &&Covered| row.table == table && row.state == *state;
            let count = rows.iter().filter(mine).count();
            (count > 0).then(|| format!("{name}{count}条"))
        });
        let counted: Vec<String> = counted.collect();
        writeln!(out, "  表{table}  {}", counted.join("，"))?;
    }
    Ok(())
}

/// The parts of `1.10`, so that it stands behind `1.9`.
fn in_order(table: &str) -> Vec<u32> {
    let parts = table.split('.');
    parts.filter_map(|part| part.parse().ok()).collect()
}

/// What comes of altering a recorded part and the entry that holds it: told only where both are caught.
fn altered() -> Option<String> {
    let part = |body: &[u8]| {
        let label = Label::parse("files").ok()?;
        Some(Part {
            label,
            sensitivity: Sensitivity::Personal,
            salt: [7; 32],
            body: body.to_vec(),
        })
    };
    let (kept, other) = (part(b"recording 1")?, part(b"recording 2")?);
    let mut log = MemoryTree::default();
    let leaves = [b"entry 1".as_slice(), kept.commitment().0.as_slice()].map(tree::leaf_hash);
    for leaf in leaves {
        log.append(leaf);
    }
    let proof = tree::prove_inclusion(log.size(), 1, &log).ok()?;
    let held = |leaf| tree::check_inclusion(&proof, log.size(), log.root(), 1, leaf).is_ok();
    let is_caught = held(leaves[1])
        && !held(tree::leaf_hash(&other.commitment().0))
        && kept.commitment() != other.commitment()
        && kept.sm3_commitment() != other.sm3_commitment();
    is_caught.then(|| "改动一个字节的附件、换掉一条记录，都与账本的承诺不符".to_owned())
}
