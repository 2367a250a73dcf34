//! Rows of a register from a table: each cell against its column, each row against the register. Nothing is changed here;
//! what comes out is what would be drafted, and every mistake at its cell.

use crate::book::{Book, Line, Table, heading};
use crate::cell::Cell;
use crate::finding::{At, Finding};
use app::register::{
    BATCH_MAX, BatchLine, Column, ColumnKind, RegisterName, Row, Standing, Wanted, check_lines,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use vocabulary::Day;

/// A column of a table that holds nothing of ours, but numbers the lines.
const SERIAL: &str = "序号";

/// What a table says of a register.
#[derive(Debug, Default)]
pub struct Roster {
    /// The rows that would change, in the order of the table.
    pub lines: Vec<RosterLine>,
    /// How many rows read as they do already.
    pub same: usize,
    /// Everything that is wrong; with anything wrong nothing may be drafted.
    pub findings: Vec<Finding>,
    /// Headings that were not understood, and left alone.
    pub ignored: Vec<String>,
    /// Columns of the register that the table does not have: rows keep what they have there.
    pub absent: Vec<&'static str>,
}

/// A row that would change.
#[derive(Debug)]
pub struct RosterLine {
    /// Where it stands; nothing for a row that the table does not have.
    pub row: Option<u32>,
    /// What becomes of it.
    pub what: What,
    /// How it shall read.
    pub line: BatchLine,
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It is new.
    New,
    /// It reads differently.
    Changed,
    /// It holds no longer, because the table does not have it.
    Removed,
}

/// Why a table cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    /// No sheet has headings of the register.
    #[error("没有找到表头：应有“{}”等栏", .0.join("”“"))]
    NoHeadings(Vec<&'static str>),
    /// Two columns have the same heading.
    #[error("表头有两栏都是“{0}”（合并的表头请拆开，每栏一个名称）")]
    TwiceTheSame(String),
    /// There is nothing under the headings.
    #[error("表头下面没有一行内容")]
    Empty,
    /// There are too many lines.
    #[error("一次最多导入{BATCH_MAX}行")]
    TooMany,
}

/// Whether rows that a table does not have shall hold no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// They stay.
    Stay,
    /// They are removed.
    Remove,
}

/// Reads a table of a register, as it would hold from a day on.
pub fn read(
    register: RegisterName,
    book: &Book,
    missing: Missing,
    effective_from: Day,
    standing: &Standing,
) -> Result<Roster, RosterError> {
    let columns = register.columns();
    let known = |name: &str| {
        name == register.row_name()
            || columns
                .iter()
                .any(|column| names(column).any(|it| heading(it) == name))
    };
    let least = columns.len().min(2);
    let table = book.first_table(least, known);
    let table = table.ok_or_else(|| {
        let required = columns.iter().filter(|column| column.is_required);
        RosterError::NoHeadings(required.map(|column| column.name).collect())
    })?;
    let headings = Headings::of(register, &table)?;
    if table.lines.is_empty() {
        return Err(RosterError::Empty);
    }
    if table.lines.len() > BATCH_MAX {
        return Err(RosterError::TooMany);
    }
    let mut reading = Reading::new(register, &table, &headings, standing, effective_from);
    for line in &table.lines {
        reading.line(line);
    }
    if missing == Missing::Remove {
        reading.remove_the_others();
    }
    let mut roster = reading.roster;
    roster.ignored.clone_from(&headings.ignored);
    roster.absent = columns
        .iter()
        .filter(|column| {
            !headings
                .columns
                .iter()
                .any(|(_, known)| known.id == column.id)
        })
        .map(|column| column.name)
        .collect();
    let lines: Vec<BatchLine> = roster.lines.iter().map(|it| it.line.clone()).collect();
    for error in check_lines(register, &lines, effective_from, standing) {
        let at = At {
            sheet: table.sheet.to_owned(),
            row: roster
                .lines
                .get(error.line)
                .and_then(|it| it.row)
                .unwrap_or(0),
            column: column_of(register, &error.field),
        };
        let finding = Finding {
            at,
            text: error.text,
        };
        if !roster.findings.iter().any(|other| other.at == finding.at) {
            roster.findings.push(finding);
        }
    }
    roster.findings.sort();
    Ok(roster)
}

fn names(column: &Column) -> impl Iterator<Item = &'static str> {
    std::iter::once(column.name).chain(column.also.iter().copied())
}

/// The heading of a field; the name of the table of its own for a field within one.
fn column_of(register: RegisterName, field: &str) -> String {
    let id = field.split('.').next().unwrap_or_default();
    let mut columns = register.columns().iter();
    let found = columns.find(|column| column.id == id);
    found.map_or_else(
        || register.row_name().to_owned(),
        |column| column.name.to_owned(),
    )
}

/// Which column of the table is which.
struct Headings {
    id: Option<u32>,
    columns: Vec<(u32, &'static Column)>,
    ignored: Vec<String>,
}

impl Headings {
    fn of(register: RegisterName, table: &Table<'_>) -> Result<Headings, RosterError> {
        let mut headings = Headings {
            id: None,
            columns: Vec::new(),
            ignored: Vec::new(),
        };
        let mut seen = BTreeSet::new();
        for (at, name) in &table.columns {
            let column = register
                .columns()
                .iter()
                .find(|column| names(column).any(|it| heading(it) == *name));
            let is_id = *name == register.row_name();
            if column.is_none() && !is_id {
                if name != SERIAL {
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
}

struct Reading<'a> {
    register: RegisterName,
    sheet: &'a str,
    headings: &'a Headings,
    standing: &'a Standing,
    day: Day,
    /// Rows that hold, by what stands in a column of which no two rows have the same.
    by_key: BTreeMap<(&'static str, String), String>,
    /// In which line of the table a row was found first.
    seen: BTreeMap<String, u32>,
    free: Box<dyn Iterator<Item = String> + 'a>,
    roster: Roster,
}

impl<'a> Reading<'a> {
    fn new(
        register: RegisterName,
        table: &Table<'a>,
        headings: &'a Headings,
        standing: &'a Standing,
        effective_from: Day,
    ) -> Reading<'a> {
        let day = effective_from.max(standing.day);
        let mut by_key = BTreeMap::new();
        let keys: Vec<&'static str> = register
            .columns()
            .iter()
            .filter(|column| column.is_key)
            .map(|column| column.id)
            .collect();
        for (id, _, row) in standing.rows(register, day) {
            for key in &keys {
                if let Some(value) = row.get(*key).and_then(Value::as_str) {
                    by_key.insert((*key, value.to_owned()), id.clone());
                }
            }
        }
        Reading {
            register,
            sheet: table.sheet,
            headings,
            standing,
            day,
            by_key,
            seen: BTreeMap::new(),
            free: Box::new(standing.free_ids(register)),
            roster: Roster::default(),
        }
    }

    fn wrong(&mut self, row: u32, column: &str, text: String) {
        self.roster.findings.push(Finding {
            at: At {
                sheet: self.sheet.to_owned(),
                row,
                column: column.to_owned(),
            },
            text,
        });
    }

    fn line(&mut self, line: &Line<'_>) {
        let number = line.number;
        let own_id = match self
            .headings
            .id
            .and_then(|at| line.cell(at))
            .map(Cell::text)
        {
            Some(Ok(id)) => Some(id),
            Some(Err(why)) => return self.wrong(number, self.register.row_name(), why),
            None => None,
        };
        let mut read: Vec<(&'static Column, Value)> = Vec::new();
        let row_id = own_id.clone().unwrap_or_default();
        let mut is_empty = own_id.is_none();
        for (at, column) in &self.headings.columns {
            let Some(cell) = line.cell(*at) else {
                read.push((column, Value::Null));
                continue;
            };
            is_empty = false;
            match value_of(column, cell, &row_id, self.standing) {
                Ok(value) => read.push((column, value)),
                Err(why) => self.wrong(number, column.name, why),
            }
        }
        if is_empty {
            return;
        }
        let id = own_id.or_else(|| self.known_by_key(&read));
        let id = match id {
            Some(id) => id,
            None => match self.free.next() {
                Some(id) if !self.register.declared().prefix.is_empty() => id,
                _ => {
                    let name = self.register.row_name();
                    return self.wrong(number, name, format!("请填写{name}"));
                }
            },
        };
        if let Some(first) = self.seen.insert(id.clone(), number) {
            let name = self.register.row_name();
            let text = format!("与第{first}行是同一行（{id}），只能写一次");
            return self.wrong(number, name, text);
        }
        let present = self.standing.row(self.register, &id, self.day);
        let present = present.and_then(|version| version.row.as_deref());
        let mut row: Row = present.cloned().unwrap_or_default();
        for (column, value) in read {
            row.insert(column.id.to_owned(), value);
        }
        let row = app::register::normal(row);
        if present == Some(&row) {
            self.roster.same += 1;
            return;
        }
        self.roster.lines.push(RosterLine {
            row: Some(number),
            what: if present.is_some() {
                What::Changed
            } else {
                What::New
            },
            line: BatchLine {
                row: id,
                wanted: Wanted::Put(row),
            },
        });
    }

    /// The row that holds and has the same value where no two may have the same.
    fn known_by_key(&self, read: &[(&'static Column, Value)]) -> Option<String> {
        let keys = read.iter().filter(|(column, _)| column.is_key);
        keys.filter_map(|(column, value)| {
            let value = value.as_str()?.to_owned();
            self.by_key.get(&(column.id, value)).cloned()
        })
        .next()
    }

    fn remove_the_others(&mut self) {
        let others = self.standing.rows(self.register, self.day);
        let others = others.filter(|(id, ..)| !self.seen.contains_key(*id));
        let lines: Vec<RosterLine> = others
            .map(|(id, ..)| RosterLine {
                row: None,
                what: What::Removed,
                line: BatchLine {
                    row: id.clone(),
                    wanted: Wanted::Remove,
                },
            })
            .collect();
        self.roster.lines.extend(lines);
    }
}

/// What a cell says in a column.
fn value_of(column: &Column, cell: &Cell, row: &str, standing: &Standing) -> Result<Value, String> {
    if matches!(column.kind, ColumnKind::Date) {
        return cell.day().map(|day| day.to_string().into());
    }
    column.read_written(row, &cell.text()?, standing)
}
