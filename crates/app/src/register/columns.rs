//! The columns of each register, declared once: a declaration gives the field of the form, the check of its value and
//! the column of the table.

use super::RegisterName;
use super::entry::Row;
use super::standing::Standing;
use super::written::half_width;
use casework::context::Level;
use law::Rules;
use law::model::{Procedure, Setting, SettingUnit};
use law::power::Matter;
use law::readers::Reader;
use law::statute::Verified;
use serde_json::{Value, json};
use vocabulary::{CreditCode, Day, Fen};

/// A column.
#[derive(Debug)]
pub struct Column {
    /// Its id, as it stands in stored rows.
    pub id: &'static str,
    /// Its Chinese name.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// May not be left empty.
    pub is_required: bool,
    /// No two rows have the same value.
    pub is_key: bool,
    /// What to write, in one sentence.
    pub hint: &'static str,
    /// Shown in the table of all rows.
    pub is_listed: bool,
    /// The last day on which what the row says holds: told beforehand.
    pub is_end: bool,
    /// Not shown to the public where the register is published.
    pub is_inward: bool,
    /// Headings that mean the same in the lists of other agencies.
    pub also: &'static [&'static str],
    /// How those lists write it, where that has to be known to read it.
    pub habits: &'static [Habit],
}

/// How the published lists of agencies write a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// A code: blanks in it and full-width signs mean nothing.
    Code,
    /// A share: a workbook that shows `3%` holds the number 0.03.
    Share,
    /// An empty cell says what the cell above says, as where cells were merged.
    Carried,
    /// The same, in lines that say something in this other column.
    CarriedWith(&'static str),
    /// Where the table has no such column, the agency itself is meant.
    OwnBody,
    /// A range of a fine in words: it fills the columns `low`, `high` and `unit` of a line that leaves them empty.
    FineInWords,
}

/// What a column holds.
#[derive(Debug)]
pub enum ColumnKind {
    /// One line of at most so many characters.
    Text(usize),
    /// Several lines.
    LongText(usize),
    /// Yes, or nothing.
    Yes,
    /// A civil date.
    Date,
    /// An amount in fen.
    Money,
    /// A whole number, not negative.
    Number,
    /// A number with up to four decimals, kept as it was written.
    Decimal,
    /// A unified social credit code (GB 32100).
    CreditCode,
    /// A row of another register, by its id.
    Reference(RegisterName),
    /// The value of a setting: an amount where the setting is one, otherwise a number.
    SettingValue,
    /// One of these.
    Choice(Choices),
    /// Any of these.
    Several(Choices),
    /// Lines of a table of their own.
    Rows(&'static [Column]),
    /// A condition over facts, as the rules write conditions: of the procedure that the column `procedure` names, or of those
    /// that read the benchmark.
    Condition(Reader),
}

/// Where the choices of a column come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choices {
    /// Roles of the procedures.
    Roles,
    /// Levels of those in charge.
    Levels,
    /// Enforcement items.
    Items,
    /// Everything of the rules that an item of the agency's list may stand for, beside the enforcement items the rows of the
    /// legal baseline that procedures tell apart.
    RuledItems,
    /// The same, and the items of the agency's list.
    PowerItems,
    /// People of the agency.
    People,
    /// Duties about the system itself.
    Duties,
    /// These, by id and name.
    Fixed(&'static [(&'static str, &'static str)]),
    /// Procedures.
    Procedures,
    /// Acts of the procedures, as `procedure/act`.
    Acts,
    /// The same, of the procedures whose rules ask for recordings.
    RecordedActs,
    /// Rows of the legal baseline.
    Rules,
}

/// The duty of opening and closing accounts.
pub const ADMINISTRATOR: &str = "administrator";

/// Duties about the system itself: none of them is a power over a gate.
const DUTIES: [(&str, &str); 4] = [
    (ADMINISTRATOR, "系统管理员：账户、设备、备份"),
    ("clerk", "内勤：纸签代录"),
    ("supervisor", "执法监督：调阅案件、评查案卷"),
    ("policy", "政策法规：登记册的起草"),
];

impl RegisterName {
    /// What a row is called among people.
    pub fn title(self, id: &str, row: Option<&Row>, standing: &Standing) -> String {
        let text = |column: &str| {
            let value = row.map_or(&Value::Null, |row| cell(row, column));
            let declared = self.columns().iter().find(|it| it.id == column);
            declared.map_or_else(String::new, |it| it.shown(id, value, standing))
        };
        let title = match self {
            RegisterName::Settings => {
                confirmable(&standing.context.rules, id).map_or_else(String::new, |(name, _)| name)
            }
            RegisterName::Approvals => format!("罚款从{}起", text("fine_from")),
            RegisterName::Calendar => format!("{id}年"),
            RegisterName::Benchmarks => format!("{}：{}", text("item"), text("tier")),
            other => text(other.declared().title),
        };
        if title.is_empty() {
            id.to_owned()
        } else {
            title
        }
    }
}

/// The setting of this id.
pub(super) fn setting<'r>(rules: &'r Rules, id: &str) -> Option<&'r Setting> {
    rules.settings.iter().find(|setting| setting.id == id)
}

/// What a setting or another thing to confirm is called, and how far its basis was checked.
pub(super) fn confirmable(rules: &Rules, id: &str) -> Option<(String, Verified)> {
    if let Some(setting) = setting(rules, id) {
        return Some((setting.name.clone(), setting.verified));
    }
    // A relation may rest on less than the row of its name.
    let relations = rules.procedures.iter().flat_map(|it| &it.rules);
    let relations = relations.filter(|relation| relation.id == id);
    let least = relations.clone().map(|relation| relation.verified).max();
    if let Some(row) = rules.rows.iter().find(|row| row.id == id) {
        return Some((row.title.clone(), least.max(Some(row.verified))?));
    }
    if let Some(item) = rules.items.get(id) {
        return Some((item.name.clone(), item.verified));
    }
    let mut names = relations.map(|relation| relation.note.as_str());
    let name = names.find(|note| !note.is_empty()).unwrap_or(id);
    Some((name.to_owned(), least?))
}

fn level_id(level: Level) -> String {
    json!(level).as_str().unwrap_or_default().to_owned()
}

/// The acts of the procedures that are wanted.
fn acts(standing: &Standing, is_wanted: impl Fn(&Procedure) -> bool) -> Vec<(String, String)> {
    let all = standing.context.rules.procedures.iter();
    all.filter(|procedure| is_wanted(procedure))
        .flat_map(|procedure| {
            procedure.events.iter().map(|event| {
                let id = format!("{}/{}", procedure.id, event.id);
                (id, format!("{}：{}", procedure.name, event.name))
            })
        })
        .collect()
}

impl Choices {
    /// The choices on the day of the standing: id and name.
    pub fn options(self, standing: &Standing) -> Vec<(String, String)> {
        let owned = |(id, name): &(&str, &str)| ((*id).to_owned(), (*name).to_owned());
        match self {
            Choices::Duties => DUTIES.iter().map(owned).collect(),
            Choices::Fixed(all) => all.iter().map(owned).collect(),
            Choices::Procedures => {
                let all = standing.context.rules.procedures.iter();
                all.map(|it| (it.id.clone(), it.name.clone())).collect()
            }
            Choices::Acts => acts(standing, |_| true),
            Choices::RecordedActs => acts(standing, casework::lists::asks_for_scenes),
            Choices::Rules => {
                let rows = standing.context.rules.rows.iter();
                rows.map(|it| (it.id.clone(), format!("{} {}", it.id, it.title)))
                    .collect()
            }
            Choices::Levels => [Level::UnitHead, Level::DeputyLeader, Level::ChiefLeader]
                .map(|level| (level_id(level), level.chinese().to_owned()))
                .into(),
            Choices::Items => {
                let items = standing.context.rules.items.values();
                items.map(|it| (it.id.clone(), it.name.clone())).collect()
            }
            Choices::RuledItems => {
                let items = law::power::items(&standing.context.rules).into_iter();
                items.map(|it| (it.id, it.name)).collect()
            }
            Choices::PowerItems => {
                let ruled = law::power::items(&standing.context.rules).into_iter();
                let listed = standing.rows(RegisterName::Items, standing.day);
                let listed = listed.filter(|(.., row)| {
                    let kind = cell(row, "kind").as_str();
                    kind.and_then(Matter::of).is_some()
                });
                let listed = listed.map(|(id, _, row)| {
                    let name = cell(row, "name").as_str().unwrap_or_default();
                    (id.clone(), format!("清单：{name}"))
                });
                ruled.map(|it| (it.id, it.name)).chain(listed).collect()
            }
            Choices::People => {
                let people = standing.file.people.iter();
                people
                    .map(|it| (it.id.clone(), format!("{}（{}）", it.name, it.post)))
                    .collect()
            }
            Choices::Roles => {
                let mut known: Vec<(String, String)> = Vec::new();
                let procedures = &standing.context.rules.procedures;
                for role in procedures.iter().flat_map(|it| &it.roles) {
                    if !known.iter().any(|(id, _)| *id == role.id) {
                        known.push((role.id.clone(), role.name.clone()));
                    }
                }
                known
            }
        }
    }

    fn name(self, standing: &Standing, id: &str) -> String {
        if self == Choices::People {
            return standing.person_name(id);
        }
        let mut options = self.options(standing).into_iter();
        options
            .find(|(known, _)| known == id)
            .map_or_else(|| id.to_owned(), |(_, name)| name)
    }
}

impl Column {
    /// Reads what a form sent of this column; nothing where it was left empty.
    pub fn read(&self, row: &str, sent: &[String], standing: &Standing) -> Result<Value, String> {
        let first = sent.first().map_or("", |text| text.trim());
        // Numbers and dates are often typed with the wide signs of an input method.
        let plain = half_width(first);
        let first = match self.kind {
            ColumnKind::Date
            | ColumnKind::Money
            | ColumnKind::SettingValue
            | ColumnKind::Number
            | ColumnKind::Decimal
            | ColumnKind::CreditCode => plain.trim(),
            _ => first,
        };
        if first.is_empty() && !matches!(self.kind, ColumnKind::Several(_)) {
            return Ok(Value::Null);
        }
        match &self.kind {
            ColumnKind::Text(_) | ColumnKind::LongText(_) | ColumnKind::Choice(_) => {
                Ok(first.into())
            }
            ColumnKind::Number => whole(first),
            ColumnKind::Decimal => decimal(first),
            ColumnKind::CreditCode => CreditCode::parse(first)
                .map(|code| code.to_string().into())
                .map_err(|error| error.to_string()),
            ColumnKind::Reference(of) => referred(*of, first, standing),
            ColumnKind::Yes => Ok(true.into()),
            ColumnKind::Date => Day::parse(first)
                .map(|day| day.to_string().into())
                .map_err(|error| error.to_string()),
            ColumnKind::Money => money(first),
            ColumnKind::SettingValue => {
                let found = setting(&standing.context.rules, row);
                match found.map(|setting| setting.unit) {
                    Some(SettingUnit::Money) => money(first),
                    _ => first
                        .parse::<i64>()
                        .map(Value::from)
                        .map_err(|_| format!("“{first}”不是整数")),
                }
            }
            ColumnKind::Several(_) => {
                let chosen = sent.iter().filter(|text| !text.trim().is_empty());
                Ok(chosen.cloned().map(Value::String).collect())
            }
            ColumnKind::Condition(_) => Ok(law::typed::plain(first).into()),
            ColumnKind::Rows(_) => Ok(Value::Null),
        }
    }

    /// A stored value as it is typed into a form.
    pub fn typed(&self, row: &str, value: &Value, standing: &Standing) -> String {
        let amount = |value: &Value| {
            let fen = value.as_i64().unwrap_or(0);
            let (yuan, rest) = (fen / 100, fen % 100);
            if rest == 0 {
                yuan.to_string()
            } else {
                format!("{yuan}.{rest:02}")
            }
        };
        match (&self.kind, value) {
            (_, Value::Null) => String::new(),
            (ColumnKind::Money, value) => amount(value),
            (ColumnKind::SettingValue, value)
                if setting(&standing.context.rules, row)
                    .is_some_and(|it| it.unit == SettingUnit::Money) =>
            {
                amount(value)
            }
            (_, Value::String(text)) => text.clone(),
            (_, other) => other.to_string(),
        }
    }

    /// A stored value as it is shown.
    pub fn shown(&self, row: &str, value: &Value, standing: &Standing) -> String {
        match (&self.kind, value) {
            (_, Value::Null) => String::new(),
            (ColumnKind::Yes, value) => {
                let yes = value.as_bool().unwrap_or(false);
                if yes { "是" } else { "" }.to_owned()
            }
            (ColumnKind::Date, value) => value
                .as_str()
                .and_then(|text| Day::parse(text).ok())
                .map_or_else(|| self.typed(row, value, standing), Day::chinese),
            (ColumnKind::Money, value) => Fen(value.as_i64().unwrap_or(0)).to_string(),
            (ColumnKind::SettingValue, value) => {
                let number = value.as_i64().unwrap_or(0);
                shown_setting(setting(&standing.context.rules, row), number)
            }
            (ColumnKind::Choice(choices), Value::String(id)) => choices.name(standing, id),
            (ColumnKind::Condition(reader), Value::String(text)) => {
                let said = reader.in_words(text, &standing.context.rules);
                said.unwrap_or_else(|| text.clone())
            }
            (ColumnKind::Reference(of), Value::String(id)) => {
                let version = standing.row(*of, id, standing.day);
                let row = version.and_then(|version| version.row.as_deref());
                of.title(id, row, standing)
            }
            (ColumnKind::Several(choices), Value::Array(ids)) => {
                let ids = ids.iter().filter_map(Value::as_str);
                let names: Vec<String> = ids.map(|id| choices.name(standing, id)).collect();
                names.join("、")
            }
            (ColumnKind::Rows(columns), Value::Array(lines)) => {
                let line = |line: &Value| {
                    let cells = columns.iter().filter_map(|column| {
                        let value = line.get(column.id)?;
                        let shown = column.shown(row, value, standing);
                        (!shown.is_empty()).then(|| format!("{}{shown}", column.name))
                    });
                    cells.collect::<Vec<_>>().join("，")
                };
                lines.iter().map(line).collect::<Vec<_>>().join("；")
            }
            (_, other) => self.typed(row, other, standing),
        }
    }
}

/// A setting or another thing whose basis is still to be checked (依据待核), of which the register says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsettled {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The shipped value, where it is a setting that has one.
    pub shipped: String,
    /// Its basis as far as it is known.
    pub basis: String,
    /// Whether a value may be set.
    pub is_setting: bool,
}

/// What waits for the agency to be set or confirmed.
pub fn unsettled(standing: &Standing) -> Vec<Unsettled> {
    let rules = &standing.context.rules;
    let basis = |cites: &[law::statute::Citation]| {
        let texts: Vec<&str> = cites.iter().map(|cite| cite.text.as_str()).collect();
        texts.join("、")
    };
    let is_said = |id: &str| {
        let version = standing.row(RegisterName::Settings, id, standing.day);
        version.is_some_and(|version| version.row.is_some())
    };
    let settings = rules.settings.iter().map(|it| Unsettled {
        id: it.id.clone(),
        name: it.name.clone(),
        shipped: it
            .value
            .map_or_else(String::new, |value| shown_setting(Some(it), value)),
        basis: basis(&it.cites),
        is_setting: true,
    });
    let rows = rules.rows.iter().filter(|it| it.verified != Verified::Yes);
    let rows = rows.map(|it| Unsettled {
        id: it.id.clone(),
        name: it.title.clone(),
        shipped: String::new(),
        basis: basis(&it.cites),
        is_setting: false,
    });
    let all = settings.filter(|it| {
        confirmable(rules, &it.id).is_some_and(|(_, verified)| verified != Verified::Yes)
    });
    all.chain(rows).filter(|it| !is_said(&it.id)).collect()
}

/// The value of a setting that holds where the agency set none, in words; empty where there is none.
pub fn shipped_value(standing: &Standing, id: &str) -> String {
    let found = setting(&standing.context.rules, id);
    let value = found.and_then(|setting| setting.value);
    value.map_or_else(String::new, |value| shown_setting(found, value))
}

/// The value of a setting with its unit; a bare number where there is no such setting any more.
pub(super) fn shown_setting(setting: Option<&Setting>, number: i64) -> String {
    setting.map_or_else(|| number.to_string(), |setting| setting.show(number))
}

fn whole(text: &str) -> Result<Value, String> {
    match text.parse::<i64>() {
        Ok(number) if number >= 0 => Ok(number.into()),
        _ => Err(format!("“{text}”不是整数")),
    }
}

/// A number as it was written, with up to four decimals.
fn decimal(text: &str) -> Result<Value, String> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |part: &str, most: usize| {
        !part.is_empty() && part.len() <= most && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if is_number(whole, 12) && is_number(rest, 4) {
        Ok(text.into())
    } else {
        Err(format!("“{text}”不是数（最多四位小数）"))
    }
}

/// The row of another register that a text names: by its id, its title or one of its keys.
fn referred(register: RegisterName, text: &str, standing: &Standing) -> Result<Value, String> {
    if standing.holds(register, text) {
        return Ok(text.into());
    }
    let declared = register.declared();
    let names = declared
        .columns
        .iter()
        .filter(|column| column.is_key || column.id == declared.title);
    let names: Vec<&str> = names.map(|column| column.id).collect();
    let rows = standing.rows(register, standing.day);
    let mut found = rows.filter(|(_, _, row)| {
        let mut names = names.iter();
        names.any(|name| cell(row, name).as_str() == Some(text))
    });
    match (found.next(), found.next()) {
        (Some((id, ..)), None) => Ok(id.as_str().into()),
        (Some(_), Some(_)) => Err(format!(
            "{}里有几行叫“{text}”，请写编号",
            register.chinese()
        )),
        (None, _) => Err(format!("{}里没有“{text}”", register.chinese())),
    }
}

fn money(text: &str) -> Result<Value, String> {
    Fen::parse_yuan(text)
        .map(|Fen(fen)| fen.into())
        .map_err(|error| error.to_string())
}

/// The value of a column in a row.
pub(crate) fn cell<'r>(row: &'r Row, column: &str) -> &'r Value {
    row.get(column).unwrap_or(&Value::Null)
}
