//! The agency's registers as far as decisions read them (查登记): each row with the days between which it holds, and how an
//! act agrees with the row that it names.

use std::collections::{BTreeMap, BTreeSet};

use law::Rules;
use law::fact::{Fact, FactType, Value};
use law::lookup::{Lookup, Mark, Take};
use law::model::{CASE, FactIx, Procedure};
use vocabulary::Day;

use crate::case::Case;
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
    /// The column that names a row among people; empty where there is none.
    pub title: String,
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

    /// The row of a name on a day; of several the first that is good on it.
    pub fn row<'l>(&'l self, lookup: &'l Lookup, name: &str, day: Day) -> Option<&'l ListRow> {
        let rows = self.meant(lookup, day);
        let named = rows.filter(|row| row.cell(&lookup.column) == name.trim());
        let is_good = |row: &&ListRow| row.gap(&lookup.stands, day, &|_| String::new()).is_none();
        let mut first = None;
        for row in named {
            if is_good(&row) {
                return Some(row);
            }
            first = first.or(Some(row));
        }
        first
    }
}

/// What a form, or a case, says of a row: the name of the subject where the row is about one, and the facts.
#[derive(Clone, Copy)]
pub struct Said<'a> {
    /// The name of the subject.
    pub name: Option<&'a str>,
    /// A fact of the lookup.
    pub fact: &'a dyn Fn(FactIx) -> Option<Value>,
}

/// The rows that words were found in.
#[derive(Clone, Debug, Default)]
pub struct Found<'l> {
    /// The first of them, in the order of their names.
    pub rows: Vec<&'l ListRow>,
    /// How many there are besides.
    pub others: usize,
}

impl List {
    /// The rows that a lookup may mean on a day and that hold each of the words in their key, in what they are called or in
    /// a text that is taken from them; at most so many.
    pub fn found<'l>(
        &'l self,
        lookup: &'l Lookup,
        words: &str,
        day: Day,
        most: usize,
    ) -> Found<'l> {
        let words: Vec<&str> = words.split_whitespace().collect();
        if words.is_empty() {
            return Found::default();
        }
        let takes = lookup.takes.iter();
        let texts = takes.filter(|take| take.alternatives.is_empty());
        let columns: Vec<&str> = [lookup.column.as_str(), self.title.as_str()]
            .into_iter()
            .chain(texts.map(|take| take.column.as_str()))
            .collect();
        let holds = |row: &ListRow, word: &str| {
            let mut cells = columns.iter().map(|column| row.cell(column));
            cells.any(|cell| cell.contains(word))
        };
        let all = self.meant(lookup, day);
        let mut rows: Vec<&ListRow> = all
            .filter(|row| words.iter().all(|word| holds(row, word)))
            .collect();
        // Who writes a whole name or key means that row, though others hold it as well.
        let whole = words.join(" ");
        let is_whole =
            |row: &&ListRow| row.cell(&lookup.column) == whole || row.cell(&self.title) == whole;
        if rows.iter().filter(|row| is_whole(row)).count() == 1 {
            rows.retain(is_whole);
        }
        rows.sort_by_key(|row| (row.cell(&self.title), row.cell(&lookup.column)));
        let others = rows.len().saturating_sub(most);
        rows.truncate(most);
        Found { rows, others }
    }

    /// What a row fills in.
    pub fn fills(
        &self,
        procedure: &Procedure,
        lookup: &Lookup,
        row: &ListRow,
        day: Day,
    ) -> Vec<(FactIx, Value)> {
        let takes = lookup.takes.iter().filter_map(|take| {
            let value = value(&procedure.facts[take.fact].kind, row, take)?;
            Some((take.fact, value))
        });
        let vouches = lookup.vouches.iter().map(|(fact, marks)| {
            let gap = row.gap(marks, day, &|column| self.title(column));
            (*fact, Value::Bool(gap.is_none()))
        });
        takes.chain(vouches).collect()
    }

    /// What is said of a row and contradicts it, or does not hold by it; in sentences, each with what stands in the row.
    pub fn contradictions(
        &self,
        procedure: &Procedure,
        lookup: &Lookup,
        (row, day): (&ListRow, Day),
        said: Said<'_>,
    ) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let called = row.cell(&lookup.column);
        if let Some(gap) = row.gap(&lookup.stands, day, &|column| self.title(column)) {
            found.push(format!("{}的“{called}”{gap}", self.name));
        }
        if let (Some(column), Some(name)) = (&lookup.name, said.name) {
            let listed = row.cell(column);
            if !name.trim().is_empty() && !listed.is_empty() && name.trim() != listed {
                found.push(format!(
                    "名称写的是“{}”，{}的“{called}”是“{listed}”",
                    name.trim(),
                    self.name
                ));
            }
        }
        for (fact, marks) in &lookup.vouches {
            if (said.fact)(*fact) != Some(Value::Bool(true)) {
                continue;
            }
            if let Some(gap) = row.gap(marks, day, &|column| self.title(column)) {
                let said = &procedure.facts[*fact].name;
                found.push(format!(
                    "“{said}”写的是“是”，{}的“{called}”{gap}",
                    self.name
                ));
            }
        }
        for take in &lookup.takes {
            let declared = &procedure.facts[take.fact];
            let Some(said) = (said.fact)(take.fact) else {
                continue;
            };
            let Some(listed) = value(&declared.kind, row, take) else {
                continue;
            };
            if !agrees(take, row, &said, &listed) {
                found.push(format!(
                    "“{}”写的是“{}”，{}的“{called}”是“{}”",
                    declared.name,
                    declared.show(&said),
                    self.name,
                    declared.show(&listed)
                ));
            }
        }
        found
    }

    /// What is said of the row that a name means, and contradicts it; that there is no such row, where its name is one that
    /// only the register gives.
    pub fn told(
        &self,
        procedure: &Procedure,
        lookup: &Lookup,
        (name, day): (&str, Day),
        said: Said<'_>,
    ) -> Vec<String> {
        match self.row(lookup, name, day) {
            Some(row) => self.contradictions(procedure, lookup, (row, day), said),
            None if procedure.facts[lookup.key].kind == FactType::Text
                && self.is_kept(lookup, day) =>
            {
                vec![format!("{}{day}没有“{}”", self.name, name.trim())]
            }
            None => Vec::new(),
        }
    }
}

/// How a fact names a row.
pub fn names_row(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text.trim()),
        Value::CreditCode(code) => Some(code.as_str()),
        _ => None,
    }
}

/// What a case says against the rows of the registers that it names, as they were on the day of the act that said so; each
/// with the name of the subject, empty for the case itself. Nobody is refused for it: what the law wants refused is a rule.
pub fn against(case: &Case, lists: &BTreeMap<&str, &List>, today: Day) -> Vec<(String, String)> {
    let procedure = &case.procedure;
    let mut found = Vec::new();
    for lookup in &procedure.lookups {
        let Some(list) = lists.get(lookup.register.as_str()) else {
            continue;
        };
        let domain = procedure.facts[lookup.key].domain;
        for (at, member) in case.members[usize::from(domain.0)].iter().enumerate() {
            let Some(key) = case.fact(lookup.key, at) else {
                continue;
            };
            let Some(name) = names_row(key) else {
                continue;
            };
            let said_by = case.history.iter().rev().find(|done| {
                (domain == CASE || done.member == at)
                    && done.facts.iter().any(|(fact, _)| *fact == lookup.key)
            });
            let first = case.history.first().map(|done| done.occurred.day);
            // Who came in with an act is held against the register as it was when the case began.
            let day = said_by
                .map(|done| done.occurred.day)
                .or(first)
                .unwrap_or(today);
            let is_subject = domain != CASE;
            let said = Said {
                name: is_subject.then_some(member.name.as_str()),
                fact: &|fact| case.fact(fact, at).cloned(),
            };
            let whose = if is_subject { member.name.as_str() } else { "" };
            let told = list.told(procedure, lookup, (name, day), said);
            found.extend(told.into_iter().map(|text| (whose.to_owned(), text)));
        }
    }
    found
}

/// The rows of registers that a case names, each once: the id of the register, and the name of the row.
pub fn named_rows(case: &Case) -> BTreeSet<(String, String)> {
    let procedure = &case.procedure;
    let lookups = procedure.lookups.iter().flat_map(|lookup| {
        let domain = procedure.facts[lookup.key].domain;
        let members = 0..case.members[usize::from(domain.0)].len();
        members.filter_map(move |at| {
            let name = names_row(case.fact(lookup.key, at)?)?;
            Some((lookup.register.clone(), name.to_owned()))
        })
    });
    lookups.collect()
}

/// Whether what is said is what stands in the row; of a choice, any alternative that its value may mean.
pub(crate) fn agrees(take: &Take, row: &ListRow, said: &Value, listed: &Value) -> bool {
    match (said, listed) {
        (Value::Text(said), Value::Text(listed)) => said.trim() == listed.trim(),
        (Value::Choice(said), Value::Choice(_)) => {
            let cell = row.cell(&take.column);
            let mut meant = take.alternatives.iter().filter(|(value, _)| value == cell);
            meant.any(|(_, alternative)| alternative == said)
        }
        _ => said == listed,
    }
}

/// What a column says of a fact; nothing where it is empty, is of another kind or means none of the alternatives.
pub(crate) fn value(kind: &FactType, row: &ListRow, take: &Take) -> Option<Value> {
    let text = row.cell(&take.column);
    match kind {
        _ if text.is_empty() => None,
        FactType::Text => Some(Value::Text(text.to_owned())),
        FactType::Count => text.parse().ok().map(Value::Count),
        FactType::Date => Day::parse(text).ok().map(Value::Date),
        FactType::Choice(_) => {
            let mut meant = take.alternatives.iter().filter(|(value, _)| value == text);
            meant
                .next()
                .map(|(_, alternative)| Value::Choice(*alternative))
        }
        _ => None,
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

#[cfg(test)]
mod tests {
    use super::*;
    use law::source::Place;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    fn lookup() -> Lookup {
        Lookup {
            register: "counsel".to_owned(),
            key: 0,
            column: "name".to_owned(),
            only: None,
            takes: Vec::new(),
            name: None,
            stands: vec![
                Mark::Filled("from".to_owned()),
                Mark::Until("until".to_owned()),
            ],
            must_exist: false,
            by_way_of: Vec::new(),
            vouches: Vec::new(),
            told: String::new(),
            place: Place {
                file: "t.kdl".into(),
                line: 1,
                column: 1,
            },
        }
    }

    fn row(id: &str, name: &str, from: &str, until: &str) -> ListRow {
        let cells = [("name", name), ("from", from), ("until", until)];
        let cells = cells.map(|(column, cell)| (column.to_owned(), cell.to_owned()));
        ListRow {
            id: id.to_owned(),
            cells: cells.into(),
            ..ListRow::default()
        }
    }

    fn list(rows: Vec<ListRow>) -> List {
        List {
            name: "法律顾问和公职律师".to_owned(),
            title: "name".to_owned(),
            columns: [("until".to_owned(), "聘期止".to_owned())].into(),
            rows,
        }
    }

    #[test]
    fn of_two_appointments_the_one_in_term_is_meant_and_one_out_of_term_is_told() {
        let lookup = lookup();
        let list = list(vec![
            row("v01", "某律师", "2024-01-01", "2025-12-31"),
            row("v02", "某律师", "2026-01-01", "2026-12-31"),
        ]);
        let meant = |on: &str| {
            list.row(&lookup, "某律师", day(on))
                .map(|row| row.id.as_str())
        };
        assert_eq!(meant("2025-12-31"), Some("v01"));
        assert_eq!(meant("2026-01-01"), Some("v02"));
        let late = list
            .row(&lookup, "某律师", day("2027-01-01"))
            .expect("named");
        let gap = late.gap(&lookup.stands, day("2027-01-01"), &|it| list.title(it));
        let gap = gap.expect("out of term");
        assert!(
            gap.contains("“聘期止”") && gap.contains("已经过了"),
            "{gap}"
        );
    }

    #[test]
    fn rows_are_found_by_words_and_only_so_many_are_shown() {
        let lookup = lookup();
        let rows = (0..50).map(|at| row(&format!("v{at}"), &format!("律师{at:02}"), "", ""));
        let list = list(rows.collect());
        let on = day("2026-01-01");
        let found = list.found(&lookup, "律师", on, 20);
        assert_eq!((found.rows.len(), found.others), (20, 30));
        assert_eq!(found.rows[0].id, "v0");
        let found = list.found(&lookup, "律师 07", on, 20);
        assert_eq!((found.rows.len(), found.others), (1, 0));
        // A whole name means that one, though others hold it as well.
        let mut longer = list.clone();
        longer.rows.push(row("w", "律师07的同事", "", ""));
        let found = longer.found(&lookup, "律师07", on, 20);
        assert_eq!(found.rows[0].id, "v7");
        assert_eq!(found.rows.len(), 1);
        assert_eq!(list.found(&lookup, "  ", on, 20).rows.len(), 0);
        assert_eq!(list.found(&lookup, "某人", on, 20).rows.len(), 0);
    }
}
