//! Whether a row may read as proposed. What the law fixes is never loosened here.

mod lists;

use super::benchmark::mistakes;
use super::columns::{
    ADMINISTRATOR, Column, ColumnKind, cell, confirmable, setting, shown_setting,
};
use super::entry::Row;
use super::standing::{Standing, with_year};
use super::{BatchLine, RegisterName, Wanted};
use crate::request::FieldError;
use casework::context::Level;
use law::model::SettingUnit;
use law::statute::Verified;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use vocabulary::{CreditCode, Day, Fen};

/// No amount of an administrative penalty comes near this.
const MOST: Fen = Fen::yuan(10_000_000_000);
/// No count or period of a setting comes near this.
const MOST_COUNT: i64 = 3_660;
/// No number of a list comes near this.
const MOST_NUMBER: i64 = 1_000_000_000_000;
/// No register row has more lines than this in one column.
const MOST_LINES: usize = 200;
/// No condition is longer.
const MOST_CONDITION: usize = 4_000;
/// The row of the legal baseline on who decides.
const WHO_DECIDES: &str = "G-HEADSIGN";
/// Words that stand in addresses beside the ids of rows.
const RESERVED: [&str; 7] = [
    "new", "drafts", "import", "export", "bulk", "publish", "boards",
];
/// Instead of a column: what says which row it is, where it has no value of its own.
const IDENTITY: &str = "";
/// The field of the id of the row.
pub(super) const ROW_ID: &str = "row";

/// What is wrong in a line of many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// The line, from 0.
    pub line: usize,
    /// The field, as of a single row.
    pub field: String,
    /// What is wrong.
    pub text: String,
}

/// Which rows have which value in the columns where no two rows may have the same.
type Keys = BTreeMap<(&'static str, String), Vec<String>>;

/// What is wrong, by field.
struct Checking<'a> {
    register: RegisterName,
    id: &'a str,
    /// As it is.
    standing: &'a Standing,
    /// With everything else that changes at the same time: here the other rows are looked at.
    after: &'a Standing,
    keys: &'a Keys,
    /// The day for which the other rows are looked at.
    day: Day,
    errors: Vec<FieldError>,
}

/// Everything that stands against the change.
pub(super) fn check(
    register: RegisterName,
    id: &str,
    wanted: &Wanted,
    effective_from: Day,
    standing: &Standing,
) -> Vec<FieldError> {
    let day = effective_from.max(standing.day);
    let keys = keys(register, day, standing);
    let checking = Checking {
        register,
        id,
        standing,
        after: standing,
        keys: &keys,
        day,
        errors: Vec::new(),
    };
    let mut errors = checking.run(wanted);
    if register == RegisterName::Benchmarks && errors.is_empty() {
        let line = BatchLine {
            row: id.to_owned(),
            wanted: wanted.clone(),
        };
        let after = standing.with_lines(register, &[line], day);
        let own = mistakes(&after, day).into_iter();
        errors.extend(
            own.filter(|(row, ..)| row == id)
                .map(|(_, field, text)| FieldError { field, text }),
        );
    }
    errors
}

/// Everything that stands against changing all these rows at once.
pub fn check_lines(
    register: RegisterName,
    lines: &[BatchLine],
    effective_from: Day,
    standing: &Standing,
) -> Vec<LineError> {
    let day = effective_from.max(standing.day);
    let after = standing.with_lines(register, lines, day);
    let keys = keys(register, day, &after);
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let mut tell = |field: &str, text: String| {
            found.push(LineError {
                line: at,
                field: field.to_owned(),
                text,
            });
        };
        if !seen.insert(line.row.as_str()) {
            tell(ROW_ID, format!("“{}”在这一批里写了两次", line.row));
        }
        let checking = Checking {
            register,
            id: &line.row,
            standing,
            after: &after,
            keys: &keys,
            day,
            errors: Vec::new(),
        };
        for error in checking.run(&line.wanted) {
            tell(&error.field, error.text);
        }
    }
    if register == RegisterName::Benchmarks && found.is_empty() {
        let places: BTreeMap<&str, usize> = lines
            .iter()
            .enumerate()
            .map(|(at, line)| (line.row.as_str(), at))
            .collect();
        let mistakes = mistakes(&after, day).into_iter();
        found.extend(mistakes.filter_map(|(row, field, text)| {
            let line = *places.get(row.as_str())?;
            Some(LineError { line, field, text })
        }));
    }
    found
}

fn keys(register: RegisterName, day: Day, standing: &Standing) -> Keys {
    let mut keys = Keys::new();
    let columns: Vec<&'static str> = register
        .columns()
        .iter()
        .filter(|column| column.is_key)
        .map(|column| column.id)
        .collect();
    if columns.is_empty() {
        return keys;
    }
    for (id, _, row) in standing.rows(register, day) {
        if !register.has_key(row)
            && let Some(identity) = register.identity(row)
        {
            let held = keys.entry((IDENTITY, identity)).or_default();
            held.push(id.clone());
        }
        for column in &columns {
            if let Some(value) = cell(row, column).as_str() {
                let held = keys.entry((*column, value.to_owned())).or_default();
                held.push(id.clone());
            }
        }
    }
    keys
}

impl Checking<'_> {
    fn run(mut self, wanted: &Wanted) -> Vec<FieldError> {
        match wanted {
            Wanted::Put(row) => self.put(row),
            Wanted::Remove => self.remove(),
        }
        self.errors
    }

    fn wrong(&mut self, field: &str, text: impl Into<String>) {
        self.errors.push(FieldError {
            field: field.to_owned(),
            text: text.into(),
        });
    }

    /// How the row reads at present.
    fn present(&self) -> Option<&Row> {
        self.standing
            .row(self.register, self.id, self.day)?
            .row
            .as_deref()
    }

    /// The other rows of the register.
    fn others(&self) -> impl Iterator<Item = (&String, &Row)> {
        let rows = self.after.rows(self.register, self.day);
        rows.filter(|(id, ..)| *id != self.id)
            .map(|(id, _, row)| (id, row))
    }

    fn put(&mut self, row: &Row) {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.()".contains(c);
        if RESERVED.contains(&self.id) {
            return self.wrong(ROW_ID, format!("“{}”不能用作编号", self.id));
        }
        if self.id.is_empty() || self.id.len() > 80 || !self.id.chars().all(fits) {
            let name = self.register.row_name();
            return self.wrong(ROW_ID, format!("请填写{name}：字母、数字和短横，不用姓名"));
        }
        let columns = self.register.columns();
        self.cells("", columns, row);
        if !self.errors.is_empty() {
            return;
        }
        self.is_told_apart(row);
        if self.present() == Some(row) {
            return self.wrong(ROW_ID, "与现在的登记相同，没有改动");
        }
        match self.register {
            RegisterName::People => self.person(row),
            RegisterName::Settings => self.setting(row),
            RegisterName::Approvals => self.approval(row),
            RegisterName::Powers => self.power(row),
            RegisterName::Calendar => self.year(row),
            RegisterName::Accounts => self.account(row),
            _ => self.list(row),
        }
    }

    fn remove(&mut self) {
        if self.present().is_none() {
            return self.wrong(ROW_ID, "登记里没有这一行，或者已经停用");
        }
        match self.register {
            RegisterName::People => self.somebody_is_in_charge(None),
            RegisterName::Calendar => {
                self.wrong(ROW_ID, "公布过的年度不能撤下，写错的可以更正");
            }
            RegisterName::Accounts => self.somebody_administrates(None),
            _ => self.nobody_refers(),
        }
    }

    /// Each value against its column.
    fn cells(&mut self, prefix: &str, columns: &'static [Column], row: &Row) {
        for unknown in row.keys() {
            if !columns.iter().any(|column| column.id == unknown) {
                let name = self.register.chinese();
                self.wrong(
                    &format!("{prefix}{unknown}"),
                    format!("{name}没有“{unknown}”这一栏"),
                );
            }
        }
        for column in columns {
            let field = format!("{prefix}{}", column.id);
            match row.get(column.id) {
                None if column.is_required => {
                    self.wrong(&field, format!("请填写“{}”", column.name));
                }
                None => {}
                Some(value) => {
                    self.cell(&field, column, value);
                    if column.is_key {
                        self.is_alone(&field, column, value);
                    }
                }
            }
        }
    }

    /// No other row has this value.
    fn is_alone(&mut self, field: &str, column: &'static Column, value: &Value) {
        let Some(value) = value.as_str() else { return };
        let held = self.keys.get(&(column.id, value.to_owned()));
        let other = held.and_then(|ids| ids.iter().find(|id| *id != self.id));
        if let Some(other) = other {
            let text = format!("“{}”{value}已经登记在{other}", column.name);
            self.wrong(field, text);
        }
    }

    /// Of rows without a value of their own no two are the same matter.
    fn is_told_apart(&mut self, row: &Row) {
        if self.register.has_key(row) {
            return;
        }
        let Some(identity) = self.register.identity(row) else {
            return;
        };
        let held = self.keys.get(&(IDENTITY, identity));
        let Some(other) = held.and_then(|ids| ids.iter().find(|id| *id != self.id)) else {
            return;
        };
        let columns = self.register.columns().iter();
        let keys: Vec<&Column> = columns.filter(|column| column.is_key).collect();
        if let [key, ..] = keys.as_slice() {
            let text = format!("与{other}是同一项；不是同一项的，请写明“{}”", key.name);
            let (field, text) = (self.register.declared().title.to_owned(), text);
            self.wrong(&field, text);
        }
    }

    fn cell(&mut self, field: &str, column: &'static Column, value: &Value) {
        let name = column.name;
        let no_value = || format!("“{name}”的值不对");
        match (&column.kind, value) {
            // What it says is looked at together with the procedure.
            (ColumnKind::Condition(_), Value::String(text)) => {
                if text.chars().count() > MOST_CONDITION {
                    self.wrong(field, format!("“{name}”最多{MOST_CONDITION}个字"));
                }
            }
            (ColumnKind::Text(most) | ColumnKind::LongText(most), Value::String(text)) => {
                if text.chars().count() > *most {
                    self.wrong(field, format!("“{name}”最多{most}个字"));
                }
                let is_line = matches!(column.kind, ColumnKind::Text(_));
                if text
                    .chars()
                    .any(|c| c.is_control() && (is_line || c != '\n'))
                {
                    self.wrong(field, format!("“{name}”里有不能显示的字符"));
                }
            }
            (ColumnKind::Yes, Value::Bool(_)) => {}
            (ColumnKind::Date, Value::String(text)) => {
                if let Err(error) = Day::parse(text) {
                    self.wrong(field, error.to_string());
                }
            }
            (ColumnKind::Money, value) => match value.as_i64() {
                Some(fen) if (0..=MOST.0).contains(&fen) => {}
                _ => self.wrong(field, format!("“{name}”应在0元至{MOST}之间")),
            },
            (ColumnKind::SettingValue, value) if value.is_i64() => {}
            (ColumnKind::Number, value) => match value.as_i64() {
                Some(0..=MOST_NUMBER) => {}
                _ => self.wrong(field, format!("“{name}”应是0至{MOST_NUMBER}的整数")),
            },
            (ColumnKind::Decimal, Value::String(text)) => {
                if text.parse::<f64>().is_err() {
                    self.wrong(field, no_value());
                }
            }
            (ColumnKind::CreditCode, Value::String(text)) => {
                if let Err(error) = CreditCode::parse(text) {
                    self.wrong(field, error.to_string());
                }
            }
            (ColumnKind::Reference(of), Value::String(id)) => {
                if !self.after.holds(*of, id) {
                    self.wrong(field, format!("{}里没有“{id}”", of.chinese()));
                }
            }
            (ColumnKind::Choice(choices), Value::String(chosen)) => {
                let options = choices.options(self.standing);
                if !options.iter().any(|(id, _)| id == chosen) {
                    self.wrong(field, format!("“{name}”没有“{chosen}”这一项"));
                }
            }
            (ColumnKind::Several(choices), Value::Array(chosen)) => {
                let options = choices.options(self.standing);
                for one in chosen {
                    if !options.iter().any(|(id, _)| one.as_str() == Some(id)) {
                        let one = one.as_str().unwrap_or_default();
                        self.wrong(field, format!("“{name}”没有“{one}”这一项"));
                    }
                }
            }
            (ColumnKind::Rows(columns), Value::Array(lines)) => {
                if lines.len() > MOST_LINES {
                    return self.wrong(field, format!("“{name}”最多{MOST_LINES}行"));
                }
                for (at, line) in lines.iter().enumerate() {
                    match line {
                        Value::Object(line) => self.cells(&format!("{field}.{at}."), columns, line),
                        _ => self.wrong(field, no_value()),
                    }
                }
            }
            _ => self.wrong(field, no_value()),
        }
    }

    fn person(&mut self, row: &Row) {
        let is_new = self.present().is_none();
        if is_new && self.standing.was_used(RegisterName::People, self.id) {
            return self.wrong(ROW_ID, "这个编号以前是别人或者离任人员的，不能再用");
        }
        let day_of = |value: &Value| value.as_str().and_then(|text| Day::parse(text).ok());
        let mut numbers = BTreeSet::new();
        let lines = cell(row, "credentials").as_array().cloned();
        for (at, line) in lines.unwrap_or_default().iter().enumerate() {
            let field = |column: &str| format!("credentials.{at}.{column}");
            let value = |column: &str| line.get(column).unwrap_or(&Value::Null);
            let (from, until) = (day_of(value("from")), day_of(value("until")));
            if from > until {
                self.wrong(&field("until"), "有效期止不能早于有效期起");
            }
            let suspended = day_of(value("suspended_from"));
            if suspended.is_some_and(|day| Some(day) < from) {
                self.wrong(&field("suspended_from"), "暂扣、收回之日不能早于有效期起");
            }
            let number = value("number").as_str().unwrap_or_default().to_owned();
            let held_by = self.others().find_map(|(id, other)| {
                let mut lines = cell(other, "credentials").as_array()?.iter();
                lines
                    .any(|line| line.get("number").and_then(Value::as_str) == Some(&number))
                    .then(|| id.clone())
            });
            if let Some(other) = held_by {
                let name = self.standing.person_name(&other);
                self.wrong(&field("number"), format!("证号{number}已登记在{name}名下"));
            }
            if !numbers.insert(number.clone()) {
                self.wrong(&field("number"), format!("证号{number}写了两次"));
            }
        }
        if day_of(cell(row, "reviewer_since")).is_some_and(|day| day > self.standing.day) {
            self.wrong("reviewer_since", "日期还没有到");
        }
        self.somebody_is_in_charge(Some(row));
    }

    /// Without anybody in charge no change could ever be approved again.
    fn somebody_is_in_charge(&mut self, row: Option<&Row>) {
        let has_level = |row: &Row| row.contains_key("level");
        let stays = row.is_some_and(has_level);
        if !stays && self.present().is_some_and(has_level) {
            let is_left = self.others().any(|(_, other)| has_level(other));
            if !is_left {
                self.wrong("level", "至少要有一名负责人，否则以后没有人能批准登记");
            }
        }
    }

    fn setting(&mut self, row: &Row) {
        let rules = &self.standing.context.rules;
        let Some((name, verified)) = confirmable(rules, self.id) else {
            let text = format!("没有“{}”这个设定或者条目", self.id);
            return self.wrong(ROW_ID, text);
        };
        let found = setting(rules, self.id);
        let is_confirmed = cell(row, "is_confirmed").as_bool() == Some(true);
        let value = cell(row, "value").as_i64();
        if verified == Verified::Yes {
            let text = format!("“{name}”的依据和数值法律已经写明并核实，本机关不能改动");
            return self.wrong(ROW_ID, text);
        }
        if value.is_none() && !is_confirmed {
            return self.wrong("value", "请写明数值，或者写明已对照原文核对");
        }
        if is_confirmed && !row.contains_key("text") {
            self.wrong("text", "请写明对照的原文：文件名称、条款和内容");
        }
        let Some(value) = value else { return };
        let Some(found) = found else {
            let text = format!("“{name}”不是设定，没有数值可写");
            return self.wrong("value", text);
        };
        let (least, most) = match found.unit {
            SettingUnit::Money => (1, MOST.0),
            SettingUnit::Count | SettingUnit::Period(_) => (1, MOST_COUNT),
        };
        let floor = found.floor.unwrap_or(least).max(least);
        if value < floor || value > most {
            let (low, high) = (
                shown_setting(Some(found), floor),
                shown_setting(Some(found), most),
            );
            let basis: Vec<&str> = found.cites.iter().map(|it| it.text.as_str()).collect();
            let text = format!("“{name}”应在{low}至{high}之间（{}）", basis.join("、"));
            self.wrong("value", text);
        }
    }

    fn approval(&mut self, row: &Row) {
        let level = |row: &Row| serde_json::from_value::<Level>(cell(row, "level").clone()).ok();
        let from = |row: &Row| cell(row, "fine_from").as_i64();
        let (Some(own_level), Some(own_from)) = (level(row), from(row)) else {
            return;
        };
        if own_level < Level::DECIDES {
            let rows = &self.standing.context.rules.rows;
            let basis = rows.iter().find(|row| row.id == WHO_DECIDES);
            let cites = basis.into_iter().flat_map(|row| &row.cites);
            let cites: Vec<&str> = cites.map(|cite| cite.text.as_str()).collect();
            let text = format!(
                "处罚决定依法由行政机关负责人作出，至少由{}批准（{}）",
                Level::DECIDES.chinese(),
                cites.join("、")
            );
            return self.wrong("level", text);
        }
        let mut found = Vec::new();
        for (_, other) in self.others() {
            let (Some(other_level), Some(other_from)) = (level(other), from(other)) else {
                continue;
            };
            let amount = Fen(other_from);
            if other_from == own_from {
                found.push(("fine_from", format!("从{amount}起已经有一行")));
            } else if (other_from < own_from && other_level > own_level)
                || (other_from > own_from && other_level < own_level)
            {
                let text = format!(
                    "从{amount}起由{}批准：数额大的不能由级别低的批准",
                    other_level.chinese()
                );
                found.push(("level", text));
            }
        }
        for (field, text) in found {
            self.wrong(field, text);
        }
    }

    fn year(&mut self, row: &Row) {
        let calendar = &self.standing.context.calendar;
        let shipped = self.standing.context.rules.calendar.last_day().ymd().0;
        let next = calendar.last_day().ymd().0 + 1;
        match self.id.parse::<i16>() {
            Ok(year) if year <= shipped => {
                return self.wrong(ROW_ID, format!("{year}年已在随规则发布的日历里"));
            }
            Ok(year) if year > next => {
                let text = format!("年度应当逐年补上，现在应补{next}年");
                return self.wrong(ROW_ID, text);
            }
            Ok(_) => {}
            Err(_) => return self.wrong(ROW_ID, "年度应写四位数字"),
        }
        if !row.contains_key("off") {
            return self.wrong("off", "请写明放假的日子");
        }
        for column in ["off", "worked"] {
            let lines = cell(row, column).as_array().cloned().unwrap_or_default();
            let mut seen = BTreeSet::new();
            for (at, line) in lines.iter().enumerate() {
                let day = line.get("day").and_then(Value::as_str).unwrap_or_default();
                if !seen.insert(day.to_owned()) {
                    self.wrong(&format!("{column}.{at}.day"), format!("{day}写了两次"));
                }
            }
        }
        // Counted from what was shipped, year by year, up to the one at hand.
        let mut base = self.standing.context.rules.calendar.clone();
        let rows = self.others().map(|(id, row)| (id.clone(), row.clone()));
        let mut all: Vec<(String, Row)> = rows.collect();
        all.push((self.id.to_owned(), row.clone()));
        all.sort_by(|a, b| a.0.cmp(&b.0));
        for (id, row) in all {
            let Ok(year) = id.parse::<i16>() else {
                continue;
            };
            if year != base.last_day().ymd().0 + 1 {
                continue;
            }
            match with_year(&base, year, &row) {
                Ok(longer) => base = longer,
                Err(text) if id == self.id => return self.wrong("off", text),
                Err(_) => return,
            }
        }
    }

    fn account(&mut self, row: &Row) {
        let login = cell(row, "login").as_str().unwrap_or_default().to_owned();
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.@".contains(c);
        if login.len() < 2 || !login.chars().all(fits) {
            self.wrong("login", "登录名用小写字母、数字、点、横，至少两个字符");
        }
        let same = |(_, other): &(&String, &Row)| cell(other, "login").as_str() == Some(&login);
        let taken = self.others().find(same).map(|(id, _)| id.clone());
        if let Some(id) = taken {
            self.wrong("login", format!("登录名“{login}”已是账户{id}的"));
        }
        if !row.contains_key("person") && !row.contains_key("duties") {
            self.wrong("person", "请选择代表的人，或者选择系统职责");
        }
        self.somebody_administrates(Some(row));
    }

    /// Without an administrator no account could ever be opened again.
    fn somebody_administrates(&mut self, row: Option<&Row>) {
        let stays = row.is_some_and(administrates);
        if !stays && self.present().is_some_and(administrates) {
            let is_left = self.others().any(|(_, other)| administrates(other));
            if !is_left {
                self.wrong("duties", "至少要有一个可以登录的系统管理员账户");
            }
        }
    }
}

/// Whether an account may change accounts.
pub(super) fn administrates(row: &Row) -> bool {
    let duties = cell(row, "duties").as_array();
    let has = duties.is_some_and(|all| all.iter().any(|duty| duty == ADMINISTRATOR));
    has && cell(row, "is_open").as_bool() == Some(true)
}
