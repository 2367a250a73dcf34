//! Facts: what an act may say, of which type, about whom, and how sensitive it is.

use serde::{Deserialize, Serialize};
use vocabulary::{CreditCode, Day, Fen, Installments, Moment, Penalty, Quantity, ResidentId};

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
    /// 数量, of an area, a volume or a weight, exact to the thousandth of its unit
    Quantity,
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
    /// 身份号码, a citizen's identification number
    ResidentId,
    /// 信用代码, a unified social credit code
    CreditCode,
    /// 文号, the number of a case or a document
    Number,
    /// 分期计划, on which days how much is to be paid
    Installments,
}

impl FactType {
    /// The name of the type in the notation.
    pub fn chinese(&self) -> &'static str {
        match self {
            FactType::Bool => "是否",
            FactType::Count => "数",
            FactType::Quantity => "数量",
            FactType::Money => "金额",
            FactType::Date => "日期",
            FactType::Moment => "时刻",
            FactType::Choice(_) => "选项",
            FactType::Choices(_) => "多选",
            FactType::Text => "文字",
            FactType::Penalty => "处罚",
            FactType::Item => "事项",
            FactType::ResidentId => "身份号码",
            FactType::CreditCode => "信用代码",
            FactType::Number => "文号",
            FactType::Installments => "分期计划",
        }
    }
}

/// What kind of personal data a text is (law.md 4.5): where it turns up in a text that is published, it is redacted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonalKind {
    /// 姓名, of a natural person
    Name,
    /// 住址
    Address,
    /// 电话
    Phone,
    /// 账号
    Account,
    /// 证件号码
    Paper,
}

impl PersonalKind {
    /// Every kind.
    pub const ALL: [PersonalKind; 5] = [
        PersonalKind::Name,
        PersonalKind::Address,
        PersonalKind::Phone,
        PersonalKind::Account,
        PersonalKind::Paper,
    ];

    /// Its name in the notation and on pages.
    pub fn chinese(self) -> &'static str {
        match self {
            PersonalKind::Name => "姓名",
            PersonalKind::Address => "住址",
            PersonalKind::Phone => "电话",
            PersonalKind::Account => "账号",
            PersonalKind::Paper => "证件号码",
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
    /// The series that a 文号 is counted in: the kind of document it stands on.
    pub series: Option<String>,
    /// The most characters that a 文字 has.
    pub longest: Option<usize>,
    /// A 日期 that cannot lie in the future.
    pub is_past: bool,
    /// A 金额 that is more than nothing.
    pub is_positive: bool,
    /// A 文字 that is a code: letters and figures of ASCII alone.
    pub is_code: bool,
    /// A 文字 that says where: forms ask for its parts (河段、断面、岸别、坐标) and write them into one text.
    pub is_place: bool,
    /// A 文字 that is personal data of this kind.
    pub personal: Option<PersonalKind>,
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
    /// 数量
    Quantity(Quantity),
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
    /// 身份号码
    ResidentId(ResidentId),
    /// 信用代码
    CreditCode(CreditCode),
    /// 文号, as it is written
    Number(String),
    /// 分期计划
    Installments(Installments),
}

/// Why a value is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{fact}”填的是“{seen}”，{problem}")]
pub struct ValueError {
    /// Chinese name of the fact.
    pub fact: String,
    /// What was given.
    pub seen: String,
    /// What is wrong with it, or what was expected.
    pub problem: String,
}

/// The most characters of a 文字 that declares no limit of its own; what was recorded before stays readable at any length.
pub const TEXT_LONGEST: usize = 20_000;

/// The most characters of the name of a party, as the forms of the credit platforms have it (law.md 4.4.1).
pub const NAME_LONGEST: usize = 200;

/// A character that hides, or that turns the order of others around, with its place counted from 1: nobody who reads
/// the text sees that it is there. Letters that are written from the right are letters; marks that join emoji stay.
pub fn hidden_character(text: &str) -> Option<(usize, char)> {
    let mut placed = text.chars().zip(1..);
    placed.find(|(c, _)| is_hidden(*c)).map(|(c, at)| (at, c))
}

fn is_hidden(c: char) -> bool {
    let turns = matches!(
        c,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{feff}'
    );
    turns || (c.is_control() && c != '\n' && c != '\t')
}

/// What is wrong with words of nobody's declaration: a name, a reason.
pub fn check_words(text: &str, longest: usize) -> Result<(), String> {
    if let Some((at, c)) = hidden_character(text) {
        return Err(format!(
            "第{at}个字是看不见的控制字符（U+{:04X}），请删去",
            u32::from(c)
        ));
    }
    let length = text.chars().count();
    if length > longest {
        return Err(format!("有{length}个字，最多{longest}个字"));
    }
    Ok(())
}

/// The most characters of a number of a document, as the forms of the credit platforms have it (law.md 4.4.1).
const NUMBER_LONGEST: usize = 128;

impl Fact {
    fn wrong(&self, seen: &str, expected: impl std::fmt::Display) -> ValueError {
        self.unfit(seen, format!("应当是{expected}"))
    }

    fn unfit(&self, seen: &str, problem: impl std::fmt::Display) -> ValueError {
        ValueError {
            fact: self.name.clone(),
            seen: seen.to_owned(),
            problem: problem.to_string(),
        }
    }

    /// A text within its limit, in which nothing hides.
    fn text(&self, text: &str, longest: usize) -> Result<String, ValueError> {
        let length = text.chars().count();
        if length > longest {
            let start: String = text.chars().take(20).collect();
            let problem = format!("有{length}个字，最多{longest}个字");
            return Err(self.unfit(&format!("{start}…"), problem));
        }
        Ok(text.to_owned())
    }

    /// A number as it was issued: whatever brackets and zeros it has stay as they are.
    fn number(&self, text: &str) -> Result<String, ValueError> {
        if text.chars().any(char::is_control) {
            return Err(self.unfit(text, "写在一行里"));
        }
        if !text.chars().any(char::is_numeric) {
            return Err(self.wrong(text, "带序号的文号，如 长水罚决字〔2026〕12号"));
        }
        self.text(text, NUMBER_LONGEST)
    }

    /// The alternatives of a choice; none of another type.
    pub fn alternatives(&self) -> &[Alternative] {
        match &self.kind {
            FactType::Choice(all) | FactType::Choices(all) => all,
            _ => &[],
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
            FactType::Quantity => Quantity::parse(text).map(Value::Quantity).map_err(|_| {
                self.unfit(text, "不是数量，应当是数，至多三位小数，如 12000 或 309.34")
            }),
            FactType::Money => Fen::parse_yuan(text).map(Value::Money).map_err(|_| {
                self.unfit(
                    text,
                    "不是金额，应当是以元计的数，至多两位小数，如 20000 或 20000.50",
                )
            }),
            FactType::Date => Day::parse(text)
                .map(Value::Date)
                .map_err(|error| self.unfit(text, error)),
            FactType::Moment => Moment::parse(text)
                .map(Value::Moment)
                .map_err(|error| self.unfit(text, error)),
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
            FactType::Text => self
                .text(text, self.longest.unwrap_or(usize::MAX))
                .map(Value::Text),
            FactType::Penalty => serde_json::from_str::<Penalty>(text)
                .map(|p| Value::Penalty(Penalty::new(p.kinds, p.fine, p.confiscation)))
                .map_err(|_| self.wrong(text, "处罚种类与金额")),
            FactType::Item if text.is_empty() => Err(self.wrong(text, "执法事项编号")),
            FactType::Item => Ok(Value::Item(text.to_owned())),
            FactType::ResidentId => ResidentId::parse(text)
                .map(Value::ResidentId)
                .map_err(|error| self.unfit(text, error)),
            FactType::CreditCode => CreditCode::parse(text)
                .map(Value::CreditCode)
                .map_err(|error| self.unfit(text, error)),
            FactType::Number => self.number(text).map(Value::Number),
            FactType::Installments => Installments::parse(text)
                .map(Value::Installments)
                .map_err(|error| self.unfit(text, error)),
        }
    }

    /// The most characters that this text may have.
    pub fn longest_text(&self) -> usize {
        self.longest.unwrap_or(TEXT_LONGEST)
    }

    /// What a new value must meet besides its form: nobody is born in the future, nothing hides in a text, and none is
    /// endless. What was recorded is not asked again.
    ///
    /// The error is a sentence about this fact.
    pub fn check_value(&self, value: &Value, today: Day) -> Result<(), String> {
        match value {
            Value::Text(text)
                if self.is_code
                    && text.chars().count() <= self.longest_text()
                    && !text.chars().all(|c| c.is_ascii_alphanumeric()) =>
            {
                let shown: String = text.chars().filter(|c| !is_hidden(*c)).collect();
                Err(self.wrong(&shown, "字母和数字，不带空格和标点").to_string())
            }
            Value::Text(text) | Value::Number(text) | Value::Item(text) => {
                check_words(text, self.longest_text()).map_err(|problem| {
                    let shown: String = text.chars().filter(|c| !is_hidden(*c)).take(20).collect();
                    let more = if text.chars().count() > 20 { "…" } else { "" };
                    self.unfit(&format!("{shown}{more}"), problem).to_string()
                })
            }
            Value::Money(amount) if self.is_positive && *amount <= Fen(0) => {
                Err(self.unfit(&amount.to_string(), "须大于零").to_string())
            }
            Value::ResidentId(id) => id
                .check_on(today)
                .map_err(|error| self.unfit(&id.masked(), error).to_string()),
            Value::Date(day) if self.is_past && *day > today => {
                let problem = format!("这个日期还没有到（今天是{today}）");
                Err(self.unfit(&day.to_string(), problem).to_string())
            }
            _ => Ok(()),
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
            // Whole ones as the counts that they once were.
            Value::Quantity(quantity) => quantity
                .units()
                .map_or_else(|| quantity.to_string().into(), Into::into),
            Value::Money(Fen(value)) => (*value).into(),
            Value::Date(day) => day.to_string().into(),
            Value::Moment(moment) => moment.to_string().into(),
            Value::Choice(index) => id(*index).into(),
            Value::Choices(indexes) => indexes
                .iter()
                .map(|index| id(*index))
                .collect::<Vec<_>>()
                .into(),
            Value::Text(text) | Value::Item(text) | Value::Number(text) => text.clone().into(),
            Value::ResidentId(id) => id.as_str().into(),
            Value::CreditCode(code) => code.as_str().into(),
            Value::Penalty(penalty) => serde_json::to_value(penalty).unwrap_or_default(),
            Value::Installments(plan) => serde_json::to_value(plan).unwrap_or_default(),
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
            (FactType::Quantity, serde_json::Value::Number(number)) => {
                self.parse(&number.to_string())
            }
            (FactType::Penalty, serde_json::Value::Object(_)) => self.parse(&json.to_string()),
            (FactType::Installments, json) => {
                let form = "各期的数组，每期写作 {\"on\": \"2026-06-30\", \"amount\": 分}";
                let all = serde_json::from_value(json.clone());
                let all = all.map_err(|_| self.wrong(&json.to_string(), form))?;
                Installments::new(all)
                    .map(Value::Installments)
                    .map_err(|error| self.unfit(&json.to_string(), error))
            }
            (FactType::Choices(_), serde_json::Value::Array(items)) => {
                let words: Vec<&str> = items.iter().filter_map(|item| item.as_str()).collect();
                self.parse(&words.join("、"))
            }
            (_, serde_json::Value::String(text)) => self.parse(text),
            _ => Err(self.wrong(&json.to_string(), self.kind.chinese())),
        }
    }

    /// How the value is shown to people; of a citizen's number only its ends (law.md RED-ID).
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
            Value::Quantity(quantity) => quantity.to_string(),
            Value::Money(fen) => fen.to_string(),
            Value::Date(day) => day.chinese(),
            Value::Moment(moment) => moment.to_string(),
            Value::Choice(index) => name(*index),
            Value::Choices(indexes) => indexes
                .iter()
                .map(|index| name(*index))
                .collect::<Vec<_>>()
                .join("、"),
            Value::Text(text) | Value::Item(text) | Value::Number(text) => text.clone(),
            Value::ResidentId(id) => id.masked(),
            Value::CreditCode(code) => code.to_string(),
            Value::Penalty(penalty) => penalty.to_string(),
            Value::Installments(plan) => plan.to_string(),
        }
    }
}
