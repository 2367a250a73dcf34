//! What the rows of a register call for: dates that come or have passed, what is missing, a share that is not kept.

use super::columns::cell;
use super::release::ToRelease;
use super::standing::Standing;
use super::{Column, ColumnKind, RegisterName, Row};
use law::model::SettingUnit;
use law::register_rule::{DueFrom, RegisterAsk, RegisterRule, Words};
use law::time::{Period, due};
use serde_json::Value;
use vocabulary::{Day, Moment};

/// What comes within so many days is told beforehand.
const AHEAD_DAYS: i32 = 30;

/// Something that a register calls for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The row; nothing where it is about all of them.
    pub row: Option<String>,
    /// In a sentence.
    pub text: String,
    /// The legal basis, as printed; empty where there is none.
    pub basis: String,
    /// Whether a date has passed, or something is not as it must be.
    pub is_late: bool,
}

/// The rules on the rows of a register.
fn rules_on(standing: &Standing, register: RegisterName) -> impl Iterator<Item = &RegisterRule> {
    let all = standing.context.rules.register_rules.iter();
    all.filter(move |rule| rule.registers.iter().any(|id| id == register.id()))
}

fn basis(rule: &RegisterRule) -> String {
    let cites: Vec<&str> = rule.cites.iter().map(|cite| cite.text.as_str()).collect();
    cites.join("、")
}

/// Why the public may not see a row yet; empty where it may.
pub(super) fn obstacle(standing: &Standing, register: RegisterName, row: &Row) -> String {
    let mut found = rules_on(standing, register).filter_map(|rule| match &rule.ask {
        RegisterAsk::BeforeRelease { needs } if !row.contains_key(needs) => Some(format!(
            "公示以前须{}，请先登记“{}”（{}）",
            rule.title,
            name_of(register, needs),
            basis(rule)
        )),
        _ => None,
    });
    found.next().unwrap_or_default()
}

fn name_of(register: RegisterName, column: &str) -> &'static str {
    let mut columns = register.columns().iter();
    columns.find(|it| it.id == column).map_or("", |it| it.name)
}

/// Whether a row has a value in a column, and this one where one is named.
fn has(row: &Row, column: &str, value: Option<&str>) -> bool {
    match (cell(row, column), value) {
        (Value::Null, _) => false,
        (_, None) => true,
        (Value::Array(all), Some(value)) => all.iter().any(|it| it.as_str() == Some(value)),
        (found, Some(value)) => found.as_str() == Some(value),
    }
}

/// What stands in a column of a list within a row and should not.
fn others<'r>(row: &'r Row, (list, column): (&str, &str), words: &Words) -> Vec<&'r str> {
    let lines = row.get(list).and_then(Value::as_array);
    let cells = lines.into_iter().flatten();
    let filled = cells.filter_map(|line| line.get(column)?.as_str());
    filled.filter(|text| !words.fit(text)).collect()
}

fn day_in(row: &Row, column: &str) -> Option<Day> {
    Day::parse(cell(row, column).as_str()?).ok()
}

impl Standing {
    /// What the register calls for today, what has passed first.
    pub fn notices(&self, register: RegisterName) -> Vec<Notice> {
        let mut found = Vec::new();
        for rule in rules_on(self, register) {
            self.asked_by(rule, register, &mut found);
        }
        for (id, _, row) in self.rows(register, self.day) {
            self.ends(register.columns(), register, id, row, &mut found);
        }
        found.sort_by_key(|notice| !notice.is_late);
        found
    }

    fn asked_by(&self, rule: &RegisterRule, register: RegisterName, found: &mut Vec<Notice>) {
        let title = |id: &str, row: &Row| register.title(id, Some(row), self);
        match &rule.ask {
            RegisterAsk::BeforeRelease { .. } => {}
            RegisterAsk::Refresh { within } => {
                let period = self.period(within);
                for it in self.unreleased(register) {
                    let version = self.row(register, &it.row, self.day);
                    let Some(version) = version.filter(|_| it.what != ToRelease::Disclose) else {
                        continue;
                    };
                    // What is drawn may have changed after the row did.
                    let shown = self.released(register, &it.row);
                    let drawn = version.row.as_deref().zip(shown);
                    let drawn = drawn.and_then(|(row, shown)| {
                        let is_same_row = shown.version == Some(version.number);
                        let on = self.redrawn_on(register, row, shown.on);
                        on.filter(|_| is_same_row)
                    });
                    let base = Moment::from(drawn.unwrap_or(version.effective_from));
                    let end = period.and_then(|it| due(&self.context.calendar, it, base, &[]).ok());
                    let last = end.map(|end| end.at.day);
                    let by =
                        last.map_or_else(String::new, |last| format!("应在{}以前", last.chinese()));
                    let row = version.row.as_deref();
                    found.push(Notice {
                        row: Some(it.row.clone()),
                        text: format!(
                            "{}：公众看到的还是原来的，{by}{}",
                            register.title(&it.row, row, self),
                            it.what.chinese()
                        ),
                        basis: basis(rule),
                        is_late: last.is_some_and(|last| self.day > last),
                    });
                }
            }
            RegisterAsk::Due { only, from, until } => {
                for (id, _, row) in self.rows(register, self.day) {
                    let fits = only
                        .as_ref()
                        .is_none_or(|(column, value)| has(row, column, Some(value)));
                    let Some(last) = self.last_day(from, row).filter(|_| fits) else {
                        continue;
                    };
                    let when = match day_in(row, until) {
                        // What was done late stays late.
                        Some(done) if done > last => {
                            format!(
                                "{}才办，晚{}日",
                                done.chinese(),
                                done.number() - last.number()
                            )
                        }
                        Some(_) => continue,
                        None => match self.told(last) {
                            Some(when) => when,
                            None => continue,
                        },
                    };
                    found.push(Notice {
                        row: Some(id.clone()),
                        text: format!(
                            "{}：{}，应在{}以前，{when}",
                            title(id, row),
                            rule.title,
                            last.chinese()
                        ),
                        basis: basis(rule),
                        is_late: day_in(row, until).unwrap_or(self.day) > last,
                    });
                }
            }
            RegisterAsk::NotMissing { having, needs } => {
                let rows = self.rows(register, self.day);
                let missing =
                    rows.filter(|(_, _, row)| has(row, having, None) && !has(row, needs, None));
                let names: Vec<String> = missing.map(|(id, _, row)| title(id, row)).collect();
                if !names.is_empty() {
                    found.push(Notice {
                        row: None,
                        text: format!(
                            "{}：{}人没有登记“{}”（{}）",
                            rule.title,
                            names.len(),
                            name_of(register, needs),
                            few(&names)
                        ),
                        basis: basis(rule),
                        is_late: false,
                    });
                }
            }
            RegisterAsk::Worded {
                list,
                column,
                words,
            } => {
                for (id, _, row) in self.rows(register, self.day) {
                    for other in others(row, (list, column), words) {
                        found.push(Notice {
                            row: Some(id.clone()),
                            text: format!("{}：{}，登记的是“{other}”", title(id, row), rule.title),
                            basis: basis(rule),
                            is_late: true,
                        });
                    }
                }
            }
            RegisterAsk::Share { part, of, least } => {
                let all: Vec<&Row> = self
                    .rows(register, self.day)
                    .map(|(_, _, row)| row)
                    .collect();
                let among = all.iter().filter(|row| has(row, of, None)).count();
                let (column, value) = part;
                let counted = all
                    .iter()
                    .filter(|row| has(row, column, Some(value)))
                    .count();
                let Some(least) = self.setting_value(least).filter(|_| among > 0) else {
                    return;
                };
                let is_kept = i64::try_from(counted * 100).unwrap_or(i64::MAX)
                    >= least.saturating_mul(i64::try_from(among).unwrap_or(i64::MAX));
                found.push(Notice {
                    row: None,
                    text: format!(
                        "{}：{counted}人比{among}人，占{}%，应不少于{least}%",
                        rule.title,
                        counted * 100 / among
                    ),
                    basis: basis(rule),
                    is_late: !is_kept,
                });
            }
        }
    }

    /// The period that a setting says.
    fn period(&self, name: &str) -> Option<Period> {
        let rules = &self.context.rules;
        let setting = rules.settings.iter().find(|setting| setting.name == name)?;
        let SettingUnit::Period(unit) = setting.unit else {
            return None;
        };
        Some(Period {
            count: u32::try_from(self.setting_value(name)?).ok()?,
            ..unit
        })
    }

    /// The value of a setting by its name: what the agency set, else what was shipped.
    fn setting_value(&self, name: &str) -> Option<i64> {
        let rules = &self.context.rules;
        let setting = rules.settings.iter().find(|setting| setting.name == name)?;
        let own = self.context.agency.values.get(&setting.id).copied();
        own.or(setting.value)
    }

    fn last_day(&self, from: &DueFrom, row: &Row) -> Option<Day> {
        match from {
            DueFrom::Column(column, period) => {
                let base = Moment::from(day_in(row, column)?);
                let end = due(&self.context.calendar, *period, base, &[]).ok()?;
                Some(end.at.day)
            }
            DueFrom::EndOfYear(column) => {
                let year = cell(row, column).as_i64()?;
                Day::from_ymd(i16::try_from(year).ok()?, 12, 31)
            }
        }
    }

    /// How far a day is away, where that is worth a word.
    fn told(&self, last: Day) -> Option<String> {
        let left = last.number() - self.day.number();
        match left {
            ..0 => Some(format!("已经逾期{}日", -left)),
            0 => Some("就是今天".to_owned()),
            1..=AHEAD_DAYS => Some(format!("还剩{left}日")),
            _ => None,
        }
    }

    /// Last days on which something holds, also in the last line of a table of its own.
    fn ends(
        &self,
        columns: &'static [Column],
        register: RegisterName,
        id: &str,
        row: &Row,
        found: &mut Vec<Notice>,
    ) {
        for column in columns {
            match (&column.kind, cell(row, column.id)) {
                (ColumnKind::Rows(inner), Value::Array(lines)) => {
                    let last = lines.last().and_then(Value::as_object);
                    if let Some(line) = last {
                        self.ends(inner, register, id, line, found);
                    }
                }
                (ColumnKind::Date, Value::String(text)) if column.is_end => {
                    let Ok(last) = Day::parse(text) else { continue };
                    let left = last.number() - self.day.number();
                    let when = match left {
                        ..0 => format!("已经过了{}日", -left),
                        0..=AHEAD_DAYS => format!("还剩{left}日"),
                        _ => continue,
                    };
                    let whole = self.row(register, id, self.day);
                    let whole = whole.and_then(|version| version.row.as_deref());
                    found.push(Notice {
                        row: Some(id.to_owned()),
                        text: format!(
                            "{}：{}{}，{when}",
                            register.title(id, whole, self),
                            column.name,
                            last.chinese()
                        ),
                        basis: String::new(),
                        is_late: left < 0,
                    });
                }
                _ => {}
            }
        }
    }
}

/// The first of many names.
fn few(names: &[String]) -> String {
    const NAMED: usize = 5;
    let first = names.iter().take(NAMED).cloned().collect::<Vec<_>>();
    let more = if names.len() > NAMED { "等" } else { "" };
    format!("{}{more}", first.join("、"))
}
