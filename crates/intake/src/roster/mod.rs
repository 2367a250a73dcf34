//! Rows of a register from a table: each cell against its column, each row against the register. Nothing is changed here;
//! what comes out is what would be drafted, and every mistake at its cell.
//!
//! Tables come as agencies publish them: two lines of headings, merged cells, `同上`, a line of totals, no column for what is
//! the same in all rows. What was read otherwise than it stands there is told in [`Roster::notes`].

mod headings;
mod rows;
mod words;

use crate::book::Book;
use crate::finding::{At, Finding};
use app::register::{
    BATCH_MAX, BatchLine, Column, Habit, RegisterName, Standing, Wanted, check_lines, is_in_words,
};
use headings::Headings;
use rows::Reading;
use std::collections::BTreeMap;
use vocabulary::Day;

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
    /// Columns that the table does not have and its new rows need, with the value that all of them take.
    pub filled: Vec<Filled>,
    /// How something was read that does not stand in the table like that, as sentences.
    pub notes: Vec<String>,
}

/// A column that the table does not have and new rows need.
#[derive(Debug)]
pub struct Filled {
    /// The column.
    pub column: &'static Column,
    /// What all rows take; empty where it is still to be said.
    pub value: String,
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

/// What people said of columns that a table does not have: a value for all its rows, by the id of the column.
pub type Given = BTreeMap<String, String>;

/// How a table is to be read.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Of which register its rows are.
    pub register: RegisterName,
    /// What becomes of rows that it does not have.
    pub missing: Missing,
    /// From when its rows hold.
    pub effective_from: Day,
    /// What it does not say itself.
    pub given: Given,
}

/// Reads a table of a register, as it would hold from a day on.
pub fn read(
    register: RegisterName,
    book: &Book,
    missing: Missing,
    effective_from: Day,
    standing: &Standing,
) -> Result<Roster, RosterError> {
    let terms = Terms {
        register,
        missing,
        effective_from,
        given: Given::new(),
    };
    read_on(&terms, book, standing)
}

/// Reads a table on these terms.
pub fn read_on(terms: &Terms, book: &Book, standing: &Standing) -> Result<Roster, RosterError> {
    let register = terms.register;
    let columns = register.columns();
    let least = columns.len().min(2);
    let table = book.first_table(least, |name| headings::is_known(register, name));
    let mut table = table.ok_or_else(|| {
        let required = columns.iter().filter(|column| column.is_required);
        RosterError::NoHeadings(required.map(|column| column.name).collect())
    })?;
    let headings = Headings::of(register, &mut table)?;
    if table.lines.is_empty() {
        return Err(RosterError::Empty);
    }
    if table.lines.len() > BATCH_MAX {
        return Err(RosterError::TooMany);
    }
    let mut reading = Reading::new(terms, &table, &headings, standing);
    for line in &table.lines {
        reading.line(line);
    }
    if terms.missing == Missing::Remove {
        reading.remove_the_others();
    }
    let mut roster = reading.finish();
    roster.ignored.clone_from(&headings.ignored);
    // What new rows take from elsewhere is not left as it is.
    let is_filled = |column: &Column| {
        let mut new = roster.lines.iter().filter(|it| it.what == What::New);
        new.any(|it| matches!(&it.line.wanted, Wanted::Put(row) if row.contains_key(column.id)))
    };
    roster.absent = columns
        .iter()
        .filter(|column| !headings.has(column.id) && !is_filled(column))
        .map(|column| column.name)
        .collect();
    let lines: Vec<BatchLine> = roster.lines.iter().map(|it| it.line.clone()).collect();
    for error in check_lines(register, &lines, terms.effective_from, standing) {
        let is_asked = |it: &Filled| it.column.id == error.field && it.value.is_empty();
        if roster.filled.iter().any(is_asked) {
            // Asked once for the whole table.
            continue;
        }
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
    if register == RegisterName::Benchmarks {
        roster.notes.extend(told_in_words(&roster.lines));
    }
    Ok(roster)
}

/// How many tiers nothing but a person can tell.
fn told_in_words(lines: &[RosterLine]) -> Option<String> {
    let in_words = lines
        .iter()
        .filter(|it| matches!(&it.line.wanted, Wanted::Put(row) if is_in_words(row)))
        .count();
    (in_words > 0).then(|| {
        format!(
            "{in_words}档只写了情节、没有写适用条件：照样登记、公示，系统不据此判断归哪一档，由承办人判断"
        )
    })
}

fn names(column: &Column) -> impl Iterator<Item = &'static str> {
    std::iter::once(column.name).chain(column.also.iter().copied())
}

fn has_habit(column: &Column, habit: Habit) -> bool {
    column.habits.contains(&habit)
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
