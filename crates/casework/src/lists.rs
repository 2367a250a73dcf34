//! The agency's registers as far as decisions read them (查登记): each row with the days between which it holds, and how an
//! act agrees with the row that it names.

use std::collections::{BTreeMap, BTreeSet};

use law::Rules;
use law::fact::Fact;
use law::lookup::{Lookup, Mark};
use law::model::Procedure;
use vocabulary::Day;

use crate::derive::recording;
pub use crate::derive::recording::meets;

/// The id of the register of scenes that are recorded (音像记录事项清单), with the columns `act`, `stage` and `way`.
pub const SCENES: &str = "scenes";

/// The id of the agency's list of enforcement items (执法事项清单), with the columns `name`, `kind` and `rule`, which the power
/// map may name.
pub const ITEMS: &str = "items";

/// The registers that the rules of some procedure read.
pub fn read_by(rules: &Rules) -> BTreeSet<&str> {
    let lookups = rules.procedures.iter().flat_map(|it| &it.lookups);
    let mut read: BTreeSet<&str> = lookups.map(|it| it.register.as_str()).collect();
    if rules.procedures.iter().any(asks_for_scenes) {
        read.insert(SCENES);
    }
    if rules.procedures.iter().any(|it| it.power.is_some()) {
        read.insert(ITEMS);
    }
    read
}

/// Whether the rules of a procedure hold its acts against the list of scenes that are recorded.
pub fn asks_for_scenes(procedure: &Procedure) -> bool {
    let by = |fact: &Fact| fact.derived_by.as_deref() == Some(recording::ALGORITHM);
    procedure.facts.iter().any(by)
}

/// A row of a register.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListRow {
    /// Its id.
    pub id: String,
    /// It holds from this day on; from ever where there is none.
    pub from: Option<Day>,
    /// No longer from this day on.
    pub until: Option<Day>,
    /// What stands in its columns, by their ids: dates as `2026-01-31`, choices by their ids. An empty column is left out.
    pub cells: BTreeMap<String, String>,
}

impl ListRow {
    /// What stands in a column; empty where nothing does.
    pub fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    /// Whether it holds on a day.
    pub(crate) fn holds(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }

    /// Why it does not vouch for something on a day; nothing where it does. `title` tells what a column is called.
    pub fn gap(&self, marks: &[Mark], day: Day, title: &dyn Fn(&str) -> String) -> Option<String> {
        marks.iter().find_map(|mark| match mark {
            Mark::Filled(column) => match self.cell(column) {
                "" => Some(format!("没有“{}”", title(column))),
                text => {
                    let later = Day::parse(text).is_ok_and(|from| day < from);
                    later.then(|| format!("“{}”是{text}，到{day}还没有到", title(column)))
                }
            },
            Mark::Until(column) => {
                let text = self.cell(column);
                let past = Day::parse(text).is_ok_and(|until| until < day);
                past.then(|| format!("“{}”是{text}，到{day}已经过了", title(column)))
            }
        })
    }
}

/// A register.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// What it is called.
    pub name: String,
    /// What its columns are called, by id.
    pub columns: BTreeMap<String, String>,
    /// Its rows, each version for itself.
    pub rows: Vec<ListRow>,
}

impl List {
    /// What a column is called.
    pub fn title(&self, column: &str) -> String {
        let title = self.columns.get(column);
        title.map_or_else(|| column.to_owned(), Clone::clone)
    }

    /// Whether there was a row that a lookup may mean, on the day or before: one that has ended is still a register kept.
    pub fn is_kept(&self, lookup: &Lookup, day: Day) -> bool {
        let began = |row: &&ListRow| row.from.is_none_or(|from| from <= day);
        let mut rows = self.rows.iter().filter(began);
        rows.any(|row| fits(lookup, row))
    }

    /// The rows that a lookup may mean on a day.
    pub fn meant<'l>(&'l self, lookup: &'l Lookup, day: Day) -> impl Iterator<Item = &'l ListRow> {
        let rows = self.rows.iter().filter(move |row| row.holds(day));
        rows.filter(move |row| fits(lookup, row))
    }

    /// The row of a name on a day.
    pub fn row<'l>(&'l self, lookup: &'l Lookup, name: &str, day: Day) -> Option<&'l ListRow> {
        let mut rows = self.meant(lookup, day);
        rows.find(|row| row.cell(&lookup.column) == name.trim())
    }
}

/// Whether a row is of the kind that a lookup means.
fn fits(lookup: &Lookup, row: &ListRow) -> bool {
    match &lookup.only {
        Some((column, value)) => row.cell(column) == value,
        None => true,
    }
}

/// The registers that lookups name, by id.
pub type Lists = BTreeMap<String, List>;
