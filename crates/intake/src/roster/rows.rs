//! The lines of a table, one after the other.

use super::headings::Headings;
use super::words::fine_range;
use super::{Filled, Roster, RosterLine, Terms, What, has_habit};
use crate::book::{Line, Table};
use crate::cell::Cell;
use crate::finding::{At, Finding};
use app::register::{
    BatchLine, Column, ColumnKind, Habit, RegisterName, Row, Standing, Wanted, normal, plain,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use vocabulary::Day;

/// What stands in a cell that says what the one above says.
const AS_ABOVE: [&str; 6] = ["同上", "同上。", "同前", "〃", "″", "\""];
/// How lines begin that sum up.
const TOTALS: [&str; 4] = ["合计", "总计", "小计", "共计"];
/// How lines begin that say something of the table.
const REMARKS: [&str; 12] = [
    "注:",
    "注.",
    "备注:",
    "说明:",
    "填报单位",
    "填表单位",
    "填报人",
    "填表人",
    "填报时间",
    "制表",
    "主要领导",
    "联系人",
];
/// So many notes of a kind are told.
const NOTES_MAX: usize = 20;

pub(super) struct Reading<'a> {
    terms: &'a Terms,
    table: &'a Table<'a>,
    headings: &'a Headings,
    standing: &'a Standing,
    day: Day,
    /// Rows that hold, by what stands in a column of which no two rows have the same.
    by_key: BTreeMap<(&'static str, String), String>,
    /// Rows that hold, by what tells them apart otherwise.
    by_identity: BTreeMap<String, Vec<String>>,
    /// In which line of the table a row was found first.
    seen: BTreeMap<String, u32>,
    /// Lines without an id, by what tells them apart, with what they say.
    said: BTreeMap<String, (u32, Row)>,
    /// What the line above says in each column.
    above: BTreeMap<&'static str, Cell>,
    free: Box<dyn Iterator<Item = String> + 'a>,
    /// Columns that new rows need and the table does not have: the value, where it is known.
    lacking: Vec<(&'static Column, String, Option<Value>)>,
    is_asked: BTreeSet<&'static str>,
    carried: BTreeMap<&'static str, usize>,
    readings: BTreeSet<String>,
    passed: Vec<String>,
    repeated: usize,
    roster: Roster,
}

impl<'a> Reading<'a> {
    pub(super) fn new(
        terms: &'a Terms,
        table: &'a Table<'a>,
        headings: &'a Headings,
        standing: &'a Standing,
    ) -> Reading<'a> {
        let register = terms.register;
        let day = terms.effective_from.max(standing.day);
        let mut by_key = BTreeMap::new();
        let mut by_identity: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (id, _, row) in standing.rows(register, day) {
            let keys = register.columns().iter().filter(|column| column.is_key);
            for column in keys {
                if let Some(value) = row.get(column.id).and_then(Value::as_str) {
                    by_key.insert((column.id, plain(value)), id.clone());
                }
            }
            if let Some(identity) = register.identity(row) {
                by_identity.entry(identity).or_default().push(id.clone());
            }
        }
        let mut reading = Reading {
            terms,
            table,
            headings,
            standing,
            day,
            by_key,
            by_identity,
            seen: BTreeMap::new(),
            said: BTreeMap::new(),
            above: BTreeMap::new(),
            free: Box::new(standing.free_ids(register)),
            lacking: Vec::new(),
            is_asked: BTreeSet::new(),
            carried: BTreeMap::new(),
            readings: BTreeSet::new(),
            passed: Vec::new(),
            repeated: 0,
            roster: Roster::default(),
        };
        reading.look_for_what_lacks();
        reading
    }

    fn register(&self) -> RegisterName {
        self.terms.register
    }

    /// What new rows take in columns that the table does not have.
    fn look_for_what_lacks(&mut self) {
        let columns = self.register().columns().iter();
        let needed = columns.filter(|column| column.is_required && !self.headings.has(column.id));
        for column in needed.collect::<Vec<_>>() {
            let given = self.terms.given.get(column.id).map(|text| text.trim());
            let text = match given {
                Some(text) if !text.is_empty() => text.to_owned(),
                _ if has_habit(column, Habit::OwnBody) => own_body(self.standing, self.day),
                _ => String::new(),
            };
            let value = if text.is_empty() {
                None
            } else {
                match column.read_written("", &text, self.standing) {
                    Ok(value) => Some(value),
                    Err(why) => {
                        self.wrong(self.table.head, column.name, why);
                        // Said, though wrong: it is not asked for once more.
                        Some(Value::Null)
                    }
                }
            };
            self.lacking.push((column, text, value));
        }
    }

    fn wrong(&mut self, row: u32, column: &str, text: String) {
        self.roster.findings.push(Finding {
            at: At {
                sheet: self.table.sheet.to_owned(),
                row,
                column: column.to_owned(),
            },
            text,
        });
    }

    pub(super) fn line(&mut self, line: &Line<'_>) {
        let number = line.number;
        if let Some(text) = said_of_the_table(line) {
            if self.passed.len() < NOTES_MAX {
                self.passed.push(format!("第{number}行“{text}”"));
            }
            return;
        }
        let own_id = match self
            .headings
            .id
            .and_then(|at| line.cell(at))
            .map(Cell::text)
        {
            Some(Ok(id)) => Some(id),
            Some(Err(why)) => return self.wrong(number, self.register().row_name(), why),
            None => None,
        };
        let cells = self.headings.columns.iter().map(|(at, _)| line.cell(*at));
        if own_id.is_none() && cells.flatten().next().is_none() {
            return;
        }
        let row_id = own_id.clone().unwrap_or_default();
        let read = self.cells(line, &row_id);
        let mut said: Row = read
            .iter()
            .map(|(column, value)| (column.id.to_owned(), value.clone()))
            .collect();
        if !self.fill_fine(number, &mut said) {
            return;
        }
        let said = normal(said);
        if own_id.is_none() && self.is_said_again(number, &said) {
            return;
        }
        let is_by_id = own_id.is_some();
        let found = match own_id {
            Some(id) => Some(id),
            None => match self.row_of(number, &said) {
                Ok(found) => found,
                Err(()) => return,
            },
        };
        let id = match found {
            Some(id) => id,
            None => match self.free.next() {
                Some(id) if !self.register().declared().prefix.is_empty() => id,
                _ => {
                    let name = self.register().row_name();
                    return self.wrong(number, name, format!("请填写{name}"));
                }
            },
        };
        if let Some(first) = self.seen.insert(id.clone(), number) {
            // The column of which no two rows have the same tells them, where the table has no ids.
            let mut columns = self.headings.columns.iter();
            let key = columns.find(|(_, column)| column.is_key && !is_by_id);
            let name = key.map_or(self.register().row_name(), |(_, column)| column.name);
            let text = format!("与第{first}行是同一行（{id}），只能写一次");
            return self.wrong(number, name, text);
        }
        self.put(number, id, &read, said);
    }

    /// The row as it shall read, if that is anything new.
    fn put(&mut self, number: u32, id: String, read: &[(&'static Column, Value)], said: Row) {
        let present = self.standing.row(self.register(), &id, self.day);
        let present = present.and_then(|version| version.row.as_deref());
        let mut row: Row = present.cloned().unwrap_or_default();
        // What a line leaves empty is empty.
        for (column, _) in read {
            row.remove(column.id);
        }
        row.extend(said);
        // A code that is only written otherwise stays as it is.
        for (column, _) in read {
            if let (true, Some(Value::String(held)), Some(Value::String(code))) = (
                has_habit(column, Habit::Code),
                present.and_then(|row| row.get(column.id)),
                row.get_mut(column.id),
            ) && plain(held) == *code
            {
                code.clone_from(held);
            }
        }
        for (column, _, value) in &self.lacking {
            if row.contains_key(column.id) {
                continue;
            }
            match value {
                Some(value) => {
                    row.insert(column.id.to_owned(), value.clone());
                }
                None => {
                    self.is_asked.insert(column.id);
                }
            }
        }
        let row = normal(row);
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

    /// What the cells of a line say, those included that say what stands above.
    fn cells(&mut self, line: &Line<'_>, row_id: &str) -> Vec<(&'static Column, Value)> {
        let mut read = Vec::new();
        let headings = self.headings;
        let is_filled = |id: &str| {
            let mut columns = headings.columns.iter();
            columns.any(|(at, column)| column.id == id && line.cell(*at).is_some())
        };
        for (at, column) in &headings.columns {
            let own = line.cell(*at);
            let is_as_above =
                matches!(own, Some(Cell::Text(text)) if AS_ABOVE.contains(&text.as_str()));
            let is_carried = own.is_none()
                && column.habits.iter().any(|habit| match habit {
                    Habit::Carried => true,
                    Habit::CarriedWith(other) => is_filled(other),
                    _ => false,
                });
            let cell = if is_as_above || is_carried {
                let above = self.above.get(column.id).cloned();
                if above.is_none() && is_as_above {
                    self.wrong(
                        line.number,
                        column.name,
                        "上面没有可以照写的内容".to_owned(),
                    );
                    continue;
                }
                if above.is_some() {
                    *self.carried.entry(column.name).or_default() += 1;
                }
                above
            } else {
                own.cloned()
            };
            let Some(cell) = cell else {
                self.above.remove(column.id);
                read.push((*column, Value::Null));
                continue;
            };
            match value_of(column, &cell, row_id, self.standing) {
                Ok(value) => {
                    self.note_reading(column, &cell, &value);
                    read.push((*column, value));
                }
                Err(why) => self.wrong(line.number, column.name, why),
            }
            self.above.insert(column.id, cell);
        }
        read
    }

    /// Tells where the choice that was read is not called what stands there.
    fn note_reading(&mut self, column: &Column, cell: &Cell, value: &Value) {
        if !matches!(column.kind, ColumnKind::Choice(_)) || self.readings.len() >= NOTES_MAX {
            return;
        }
        let Ok(text) = cell.text() else { return };
        let shown = column.shown("", value, self.standing);
        let is_said = plain(&text) == plain(&shown) || value.as_str() == Some(text.as_str());
        if !is_said {
            self.readings.insert(format!("“{text}”读作“{shown}”"));
        }
    }

    /// Takes the ends of a fine from its words, where the line does not say them otherwise; false where they say none.
    fn fill_fine(&mut self, number: u32, said: &mut Row) -> bool {
        let register = self.register();
        let mut columns = register.columns().iter();
        let Some(column) = columns.find(|column| has_habit(column, Habit::FineInWords)) else {
            return true;
        };
        let is_empty = |id: &str| said.get(id).is_none_or(Value::is_null);
        let text = said.get(column.id).and_then(Value::as_str);
        let Some(text) = text.filter(|_| ["low", "high", "unit"].into_iter().all(is_empty)) else {
            return true;
        };
        match fine_range(text) {
            Ok(range) => {
                let shown = format!("“{text}”读作最低{}、最高{}", range.low, range.high);
                if self.readings.len() < NOTES_MAX {
                    self.readings.insert(shown);
                }
                for (id, value) in [
                    ("low", range.low),
                    ("high", range.high),
                    ("unit", range.unit.to_owned()),
                ] {
                    said.insert(id.to_owned(), value.into());
                }
                true
            }
            Err(why) => {
                self.wrong(number, column.name, why);
                false
            }
        }
    }

    /// Whether a line says what an earlier one said, word for word, as where cells were merged. One that means the same row
    /// and says something else is wrong.
    fn is_said_again(&mut self, number: u32, said: &Row) -> bool {
        let register = self.register();
        let keys = register.columns().iter().filter(|column| column.is_key);
        let key = keys
            .filter_map(|column| {
                Some(format!(
                    "{}\t{}",
                    column.id,
                    plain(said.get(column.id)?.as_str()?)
                ))
            })
            .next();
        let identity = || Some(format!("\t{}", register.identity(said)?));
        let is_by_key = key.is_some();
        let Some(by) = key.or_else(identity) else {
            return false;
        };
        match self.said.get(&by) {
            Some((_, other)) if other == said => {
                self.repeated += 1;
                true
            }
            // Two values that no two rows may have are told with the other rows.
            Some(_) if is_by_key => false,
            Some((first, _)) => {
                let name = title_name(register);
                let text = format!("与第{first}行是同一项，其他栏却不一样；{}", apart(register));
                self.wrong(number, &name, text);
                true
            }
            None => {
                self.said.insert(by, (number, said.clone()));
                false
            }
        }
    }

    /// The row that a line without an id means: by a value of which no two rows have the same, otherwise by what tells rows
    /// apart. Nothing for a new one.
    fn row_of(&mut self, number: u32, said: &Row) -> Result<Option<String>, ()> {
        let register = self.register();
        let keys = register.columns().iter().filter(|column| column.is_key);
        let by_key = keys
            .filter_map(|column| {
                let value = plain(said.get(column.id)?.as_str()?);
                self.by_key.get(&(column.id, value)).cloned()
            })
            .next();
        if by_key.is_some() {
            return Ok(by_key);
        }
        let Some(identity) = register.identity(said) else {
            return Ok(None);
        };
        let held = self.by_identity.get(&identity).into_iter().flatten();
        // A line with a value of its own may be the row that had none so far, and no other.
        let has_key = register.has_key(said);
        let is_meant = |id: &&String| {
            let version = self.standing.row(register, id, self.day);
            let row = version.and_then(|version| version.row.as_deref());
            !has_key || row.is_some_and(|row| !register.has_key(row))
        };
        let meant: Vec<String> = held.filter(is_meant).cloned().collect();
        match meant.as_slice() {
            [] => Ok(None),
            [id] => Ok(Some(id.clone())),
            several => {
                let text = format!(
                    "登记里有几行是这一项（{}）；{}",
                    several.join("、"),
                    apart(register)
                );
                self.wrong(number, &title_name(register), text);
                Err(())
            }
        }
    }

    pub(super) fn remove_the_others(&mut self) {
        let others = self.standing.rows(self.register(), self.day);
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

    /// What was read, with what is still to be asked and what is to be told.
    pub(super) fn finish(mut self) -> Roster {
        let is_new = self.roster.lines.iter().any(|it| it.what == What::New);
        for (column, text, value) in std::mem::take(&mut self.lacking) {
            let is_asked = self.is_asked.contains(column.id);
            if is_asked {
                let text = format!(
                    "表里没有“{}”这一栏；全部行相同的，在“表里没有的栏”里填写，不同的在表里加上这一栏",
                    column.name
                );
                self.wrong(self.table.head, column.name, text);
            }
            if is_asked || (is_new && value.is_some()) {
                self.roster.filled.push(Filled {
                    column,
                    value: text,
                });
            }
        }
        let mut notes = Vec::new();
        let told = |what: &str, all: Vec<String>| {
            (!all.is_empty()).then(|| format!("{what}：{}", all.join("，")))
        };
        let carried = self.carried.iter();
        let carried = carried.map(|(name, count)| format!("{name}{count}行"));
        notes.extend(told("空着或者写着“同上”，照上一行的", carried.collect()));
        notes.extend(told("读法", self.readings.into_iter().collect()));
        notes.extend(told("不是内容、没有导入的行", self.passed));
        if self.repeated > 0 {
            notes.push(format!("{}行与上面的一行完全相同，只算一行", self.repeated));
        }
        self.roster.notes = notes;
        self.roster
    }
}

fn title_name(register: RegisterName) -> String {
    let title = register.declared().title;
    let title = if title.is_empty() {
        register.declared().identity.first().copied().unwrap_or("")
    } else {
        title
    };
    super::column_of(register, title)
}

/// What to write so that two rows are two.
fn apart(register: RegisterName) -> String {
    let mut keys = register.columns().iter().filter(|column| column.is_key);
    let by = keys
        .next()
        .map_or(register.row_name(), |column| column.name);
    format!("请写明“{by}”，或者只留一行")
}

/// The agency as a body that enforces: the only organ of the register, otherwise as its file calls it.
fn own_body(standing: &Standing, day: Day) -> String {
    let rows = standing.rows(RegisterName::Entities, day);
    let text = |row: &Row, column: &str| row.get(column).and_then(Value::as_str).map(str::to_owned);
    let mut organs = rows.filter(|(_, _, row)| text(row, "nature").as_deref() == Some("organ"));
    match (organs.next(), organs.next()) {
        (Some((_, _, row)), None) => text(row, "name").unwrap_or_default(),
        _ => standing.file.name.clone(),
    }
}

/// What a line says that sums up the table, heads a part of it or says something about it; nothing for a row.
fn said_of_the_table(line: &Line<'_>) -> Option<String> {
    let cells = line.columns().filter_map(|at| line.cell(at)?.text().ok());
    let texts: Vec<String> = cells.collect();
    let mut distinct: Vec<&String> = Vec::new();
    for text in &texts {
        if !distinct.contains(&text) {
            distinct.push(text);
        }
    }
    let first = plain(distinct.first()?);
    let is_total = TOTALS.iter().any(|total| {
        let rest = first.strip_prefix(total);
        rest.is_some_and(|rest| {
            rest.is_empty() || rest.starts_with(|c: char| ":(共".contains(c) || c.is_ascii_digit())
        })
    });
    let is_remark = REMARKS.iter().any(|remark| first.starts_with(remark));
    // `一、行政许可（5项）` across the table.
    let number = |c: char| "一二三四五六七八九十".contains(c);
    let is_part = distinct.len() == 1
        && first.starts_with(number)
        && first.trim_start_matches(number).starts_with('、');
    let told: Vec<&str> = distinct.iter().take(4).map(|text| text.as_str()).collect();
    (is_total || is_remark || is_part).then(|| told.join(" "))
}

/// What a cell says in a column.
fn value_of(column: &Column, cell: &Cell, row: &str, standing: &Standing) -> Result<Value, String> {
    if matches!(column.kind, ColumnKind::Date) {
        return cell.day().map(|day| day.to_string().into());
    }
    if let Cell::Number(number) | Cell::Number1904(number) = cell
        && has_habit(column, Habit::Share)
    {
        return share(*number);
    }
    let text = cell.text()?;
    let text = match column.kind {
        ColumnKind::Text(_) if has_habit(column, Habit::Code) => plain(&text),
        ColumnKind::Text(_) | ColumnKind::Choice(_) => on_one_line(&text),
        _ => text,
    };
    column.read_written(row, &text, standing)
}

/// A workbook that shows `3%` holds 0.03. From 1 on nobody can tell whether it showed a share.
fn share(number: f64) -> Result<Value, String> {
    if (0.0..1.0).contains(&number) {
        let percent = (number * 1e6).round() / 1e4;
        Ok(format!("{percent}%").into())
    } else {
        Err(format!(
            "“{number}”看不出是不是百分比，请写成“3%”这样的文字"
        ))
    }
}

/// A text without the breaks that a narrow column put into it.
fn on_one_line(text: &str) -> String {
    let mut out = String::new();
    for part in text.split(['\n', '\r']).map(str::trim) {
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        if is_word(out.chars().next_back()) && is_word(part.chars().next()) {
            out.push(' ');
        }
        out.push_str(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_of_a_narrow_column_go() {
        assert_eq!(on_one_line("取水\r\n许可"), "取水许可");
        assert_eq!(on_one_line("No\n7 甲\n乙"), "No 7 甲乙");
    }

    #[test]
    fn a_share_is_told_from_its_number() {
        assert_eq!(share(0.03), Ok("3%".into()));
        assert_eq!(share(0.005), Ok("0.5%".into()));
        assert!(share(1.0).is_err() && share(3.0).is_err());
    }
}
