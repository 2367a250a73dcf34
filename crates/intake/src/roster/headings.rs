//! Which column of a table is which, under one line of headings or two.

use super::{RosterError, names};
use crate::book::{Line, Table, heading};
use crate::cell::Cell;
use app::register::{Column, RegisterName};
use std::collections::BTreeSet;

/// Columns that hold nothing of ours, but number the lines.
const SERIALS: [&str; 3] = ["序号", "编次", "No."];

/// Which column of the table is which.
pub(super) struct Headings {
    pub(super) id: Option<u32>,
    pub(super) columns: Vec<(u32, &'static Column)>,
    pub(super) ignored: Vec<String>,
}

/// Whether a heading is one of the register.
pub(super) fn is_known(register: RegisterName, name: &str) -> bool {
    name == register.row_name() || column_named(register, name).is_some()
}

/// The column of a heading, as it stands there or without a remark in brackets behind it.
fn column_named(register: RegisterName, name: &str) -> Option<&'static Column> {
    let named = |name: &str| {
        let mut columns = register.columns().iter();
        columns.find(|column| names(column).any(|it| heading(it) == name))
    };
    named(name).or_else(|| {
        let (bare, _) = name.strip_suffix(')')?.split_once('(')?;
        named(bare)
    })
}

/// The headings of a line that are texts.
fn texts<'l>(line: &'l Line<'_>) -> impl Iterator<Item = (u32, String)> + 'l {
    line.columns().filter_map(|at| match line.cell(at) {
        Some(Cell::Text(text)) => Some((at, heading(text))),
        _ => None,
    })
}

impl Headings {
    /// Reads the headings; a second line of them is taken off the lines of the table.
    pub(super) fn of(
        register: RegisterName,
        table: &mut Table<'_>,
    ) -> Result<Headings, RosterError> {
        let mut all = table.columns.clone();
        let mut is_settled: BTreeSet<u32> = all
            .iter()
            .filter(|(_, name)| is_known(register, name))
            .map(|(at, _)| *at)
            .collect();
        // One line of headings may stand over the other: the lower one is under groups of columns, the upper one over
        // columns that are no group.
        let lower = table.lines.first().map(|line| {
            let found = texts(line).filter(|(at, name)| {
                !is_settled.contains(at) && column_named(register, name).is_some()
            });
            found.collect::<Vec<_>>()
        });
        let lower = lower.unwrap_or_default();
        // A heading that was merged over both lines stands in both.
        let is_said_twice = |line: &Line<'_>| {
            let mut again = texts(line);
            again.any(|it| is_settled.contains(&it.0) && all.contains(&it))
        };
        if !lower.is_empty() || table.lines.first().is_some_and(is_said_twice) {
            table.lines.remove(0);
        }
        let upper = table.above.as_ref().map(|line| {
            let found = texts(line).filter(|(_, name)| is_known(register, name));
            found.collect::<Vec<_>>()
        });
        for (at, name) in lower.into_iter().chain(upper.unwrap_or_default()) {
            if is_settled.insert(at) {
                all.retain(|(other, _)| *other != at);
                all.push((at, name));
            }
        }
        all.sort();
        Headings::sorted(register, &all)
    }

    fn sorted(register: RegisterName, all: &[(u32, String)]) -> Result<Headings, RosterError> {
        let mut headings = Headings {
            id: None,
            columns: Vec::new(),
            ignored: Vec::new(),
        };
        let mut seen = BTreeSet::new();
        for (at, name) in all {
            let column = column_named(register, name);
            let is_id = *name == register.row_name();
            if column.is_none() && !is_id {
                let is_told = SERIALS.contains(&name.as_str()) || headings.ignored.contains(name);
                if !is_told {
                    headings.ignored.push(name.clone());
                }
                continue;
            }
            let known = column.map_or(register.row_name(), |column| column.name);
            if !seen.insert(known) {
                return Err(RosterError::TwiceTheSame(known.to_owned()));
            }
            match column {
                Some(column) => headings.columns.push((*at, column)),
                None => headings.id = Some(*at),
            }
        }
        Ok(headings)
    }

    /// Whether the table has a column.
    pub(super) fn has(&self, id: &str) -> bool {
        self.columns.iter().any(|(_, known)| known.id == id)
    }
}
