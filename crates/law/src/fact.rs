//! Facts: what an act may say, of which type, about whom, and how sensitive it is.

use serde::{Deserialize, Serialize};
use vocabulary::{Day, Fen, Moment, Penalty};

use crate::model::{DocumentIx, Domain};
use crate::source::Place;

/// Who may see a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// May be disclosed.
    Public,
    /// Personal data: stays inside.
    Personal,
    /// Secret.
    Secret,
}

/// One alternative of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alternative {
    /// Stable id.
    pub id: String,
    /// Chinese name.
    pub name: String,
}

/// The type of a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FactType {
    /// 是否
    Bool,
    /// 数
    Count,
    /// 金额, in fen
    Money,
    /// 日期
    Date,
    /// 时刻
    Moment,
    /// 选项
    Choice(Vec<Alternative>),
    /// 多选
    Choices(Vec<Alternative>),
    /// 文字
    Text,
    /// 处罚
    Penalty,
    /// 事项, the id of an enforcement item
    Item,
}

impl FactType {
    /// The name of the type in the notation.
    pub fn chinese(&self) -> &'static str {
        match self {
            FactType::Bool => "是否",
            FactType::Count => "数",
            FactType::Money => "金额",
            FactType::Date => "日期",
            FactType::Moment => "时刻",
            FactType::Choice(_) => "选项",
            FactType::Choices(_) => "多选",
            FactType::Text => "文字",
            FactType::Penalty => "处罚",
            FactType::Item => "事项",
        }
    }
}

/// A declared fact; one declared of 文书 stands once for every kind of document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// Stable id, with `:document` for a fact of a document.
    pub id: String,
    /// Chinese name, with `:文书名` for a fact of a document.
    pub name: String,
    /// Its type.
    pub kind: FactType,
    /// What it is about.
    pub domain: Domain,
    /// The document that it is about.
    pub document: Option<DocumentIx>,
    /// Who may see it.
    pub sensitivity: Sensitivity,
    /// The algorithm that derives it; nobody types such a fact.
    pub derived_by: Option<String>,
    /// The kind of document (文种) whose numbers count up; of a number only.
    pub series: Option<String>,
    /// Where it is declared.
    pub place: Place,
}

/// The value of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// 是否
    Bool(bool),
    /// 数
    Count(i64),
    /// 金额
    Money(Fen),
    /// 日期
    Date(Day),
    /// 时刻
    Moment(Moment),
    /// 选项: index into the alternatives
    Choice(u16),
    /// 多选: indexes into the alternatives, ascending
    Choices(Vec<u16>),
    /// 文字
    Text(String),
    /// 处罚
    Penalty(Penalty),
    /// 事项
    Item(String),
}

/// Why a value is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{fact}”填的是“{seen}”，应当是{expected}")]
pub struct ValueError {
    /// Chinese name of the fact.
    pub fact: String,
    /// What was given.
    pub seen: String,
    /// What was expected.
    pub expected: String,
}

impl Fact {
    fn wrong(&self, seen: &str, expected: impl Into<String>) -> ValueError {
        ValueError {
            fact: self.name.clone(),
            seen: seen.to_owned(),
            expected: expected.into(),
        }
    }

    /// Reads a value from what a person typed or a file holds; alternatives by id or Chinese name.
    pub fn parse(&self, text: &str) -> Result<Value, ValueError> {
        let text = text.trim();
        let alternative = |alternatives: &[Alternative], word: &str| {
            alternatives
                .iter()
                .position(|a| a.id == word || a.name == word)
                .and_then(|i| u16::try_from(i).ok())
                .ok_or_else(|| {
                    self.wrong(
                        word,
                        alternatives
                            .iter()
                            .map(|a| a.name.as_str())
                            .collect::<Vec<_>>()
                            .join("、"),
                    )
                })
        };
        match &self.kind {
            FactType::Bool => match text {
                "true" | "成立" | "是" | "#true" => Ok(Value::Bool(true)),
                "false" | "不成立" | "否" | "#false" => Ok(Value::Bool(false)),
                _ => Err(self.wrong(text, "成立或不成立")),
            },
            FactType::Count => text
                .parse()
                .map(Value::Count)
                .map_err(|_| self.wrong(text, "整数")),
            FactType::Money => Fen::parse_yuan(text)
                .map(Value::Money)
                .map_err(|e| self.wrong(text, e.to_string())),
            FactType::Date => Day::parse(text)
                .map(Value::Date)
                .map_err(|e| self.wrong(text, e.to_string())),
            FactType::Moment => Moment::parse(text)
                .map(Value::Moment)
                .map_err(|e| self.wrong(text, e.to_string())),
            FactType::Choice(alternatives) => alternative(alternatives, text).map(Value::Choice),
            FactType::Choices(alternatives) => {
                let words = text
                    .split(['、', ',', '\u{ff0c}', ' '])
                    .filter(|word| !word.is_empty());
                let mut chosen = words
                    .map(|word| alternative(alternatives, word))
                    .collect::<Result<Vec<_>, _>>()?;
                chosen.sort_unstable();
                chosen.dedup();
                Ok(Value::Choices(chosen))
            }
            FactType::Text if text.is_empty() => Err(self.wrong(text, "不能空着")),
            FactType::Text => Ok(Value::Text(text.to_owned())),
            FactType::Penalty => serde_json::from_str::<Penalty>(text)
                .map(|p| Value::Penalty(Penalty::new(p.kinds, p.fine, p.confiscation)))
                .map_err(|_| self.wrong(text, "处罚种类与金额")),
            FactType::Item if text.is_empty() => Err(self.wrong(text, "执法事项编号")),
            FactType::Item => Ok(Value::Item(text.to_owned())),
        }
    }

    /// The stored form: ids, never names, so that a history reads without its rules' wording.
    pub fn to_json(&self, value: &Value) -> serde_json::Value {
        let id = |index: u16| match &self.kind {
            FactType::Choice(alternatives) | FactType::Choices(alternatives) => alternatives
                .get(usize::from(index))
                .map_or_else(|| index.to_string(), |a| a.id.clone()),
            _ => index.to_string(),
        };
        match value {
            Value::Bool(value) => (*value).into(),
            Value::Count(value) => (*value).into(),
            Value::Money(Fen(value)) => (*value).into(),
            Value::Date(day) => day.to_string().into(),
            Value::Moment(moment) => moment.to_string().into(),
            Value::Choice(index) => id(*index).into(),
            Value::Choices(indexes) => indexes
                .iter()
                .map(|index| id(*index))
                .collect::<Vec<_>>()
                .into(),
            Value::Text(text) | Value::Item(text) => text.clone().into(),
            Value::Penalty(penalty) => serde_json::to_value(penalty).unwrap_or_default(),
        }
    }

    /// Reads the stored form back.
    pub fn from_json(&self, json: &serde_json::Value) -> Result<Value, ValueError> {
        match (&self.kind, json) {
            (FactType::Bool, serde_json::Value::Bool(value)) => Ok(Value::Bool(*value)),
            (FactType::Money, serde_json::Value::Number(number)) => number
                .as_i64()
                .map(|fen| Value::Money(Fen(fen)))
                .ok_or_else(|| self.wrong(&number.to_string(), "以分计的整数")),
            (FactType::Count, serde_json::Value::Number(number)) => number
                .as_i64()
                .map(Value::Count)
                .ok_or_else(|| self.wrong(&number.to_string(), "整数")),
            (FactType::Penalty, serde_json::Value::Object(_)) => self.parse(&json.to_string()),
            (FactType::Choices(_), serde_json::Value::Array(items)) => {
                let words: Vec<&str> = items.iter().filter_map(|item| item.as_str()).collect();
                self.parse(&words.join("、"))
            }
            (_, serde_json::Value::String(text)) => self.parse(text),
            _ => Err(self.wrong(&json.to_string(), self.kind.chinese())),
        }
    }

    /// How the value is shown to people.
    pub fn show(&self, value: &Value) -> String {
        let name = |index: u16| match &self.kind {
            FactType::Choice(alternatives) | FactType::Choices(alternatives) => alternatives
                .get(usize::from(index))
                .map_or_else(|| index.to_string(), |a| a.name.clone()),
            _ => index.to_string(),
        };
        match value {
            Value::Bool(true) => "是".to_owned(),
            Value::Bool(false) => "否".to_owned(),
            Value::Count(value) => value.to_string(),
            Value::Money(fen) => fen.to_string(),
            Value::Date(day) => day.chinese(),
            Value::Moment(moment) => moment.to_string(),
            Value::Choice(index) => name(*index),
            Value::Choices(indexes) => indexes
                .iter()
                .map(|index| name(*index))
                .collect::<Vec<_>>()
                .join("、"),
            Value::Text(text) | Value::Item(text) => text.clone(),
            Value::Penalty(penalty) => penalty.to_string(),
        }
    }
}
