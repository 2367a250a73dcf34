//! Periods as the law writes them: a number, a unit and a calculation code.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The unit of a period. Stored under its English id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// 小时 (`hours`).
    Hours,
    /// 日, natural days (`days`).
    Days,
    /// 工作日 (`working-days`).
    WorkingDays,
    /// 个月 (`months`).
    Months,
    /// 年 (`years`).
    Years,
}

/// A text that names no [`Unit`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "没有“{seen}”这种期间单位，应为小时、日、工作日、个月、年（或 hours、days、working-days、months、years）"
)]
pub struct UnitError {
    /// What was written.
    pub seen: String,
}

impl Unit {
    /// All units, the shortest first.
    pub const ALL: [Unit; 5] = [
        Unit::Hours,
        Unit::Days,
        Unit::WorkingDays,
        Unit::Months,
        Unit::Years,
    ];

    /// Reads the English id or the Chinese name, exactly.
    pub fn parse(text: &str) -> Result<Unit, UnitError> {
        Unit::ALL
            .into_iter()
            .find(|unit| unit.id() == text || unit.chinese() == text)
            .ok_or_else(|| UnitError {
                seen: text.to_owned(),
            })
    }

    /// The English id, for the command line and for storage.
    pub fn id(self) -> &'static str {
        match self {
            Unit::Hours => "hours",
            Unit::Days => "days",
            Unit::WorkingDays => "working-days",
            Unit::Months => "months",
            Unit::Years => "years",
        }
    }

    /// The Chinese name, for rules files and prose.
    pub fn chinese(self) -> &'static str {
        match self {
            Unit::Hours => "小时",
            Unit::Days => "日",
            Unit::WorkingDays => "工作日",
            Unit::Months => "个月",
            Unit::Years => "年",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.chinese())
    }
}

impl FromStr for Unit {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Unit, UnitError> {
        Unit::parse(text)
    }
}

/// How a period is counted: the calculation codes of law.md 0.2.
///
/// Where the statutes are silent the system takes the reading that binds the agency more; such codes say so in
/// [`Code::basis`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Code {
    /// Natural days after the base day; a last day that is a day off moves to the next working day.
    F1,
    /// Natural days after the base day; the last day stands even when it is a day off.
    F1H,
    /// Working days after the base day.
    F2,
    /// Hours from the minute of the event, through nights and holidays.
    F3,
    /// "X days before": counted backwards from the event, neither end counted.
    F4,
    /// Months or years, to the corresponding day; a last day that is a day off moves to the next working day.
    F5,
}

/// A text that names no [`Code`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("没有“{seen}”这种期间计算口径，应为 F1、F1H、F2、F3、F4、F5")]
pub struct CodeError {
    /// What was written.
    pub seen: String,
}

impl Code {
    /// All codes, in the order of law.md 0.2.
    pub const ALL: [Code; 6] = [Code::F1, Code::F1H, Code::F2, Code::F3, Code::F4, Code::F5];

    /// Reads the code as it is written in the rules, exactly.
    pub fn parse(text: &str) -> Result<Code, CodeError> {
        Code::ALL
            .into_iter()
            .find(|code| code.id() == text)
            .ok_or_else(|| CodeError {
                seen: text.to_owned(),
            })
    }

    /// The code itself, `F1` to `F5`.
    pub fn id(self) -> &'static str {
        match self {
            Code::F1 => "F1",
            Code::F1H => "F1H",
            Code::F2 => "F2",
            Code::F3 => "F3",
            Code::F4 => "F4",
            Code::F5 => "F5",
        }
    }

    /// The Chinese name.
    pub fn chinese(self) -> &'static str {
        match self {
            Code::F1 => "自然日顺延",
            Code::F1H => "自然日不顺延",
            Code::F2 => "工作日",
            Code::F3 => "小时",
            Code::F4 => "“X日前”倒数",
            Code::F5 => "月/年",
        }
    }

    /// The legal basis (law.md 0.2).
    pub fn basis(self) -> &'static str {
        match self {
            Code::F1 => "民法典第201、203条；民事诉讼法第85条；最高法行诉解释第48条",
            Code::F1H => "法律未规定，按系统设计规则：行政机关自身的作为义务，末日休假不顺延",
            Code::F2 => {
                "行政处罚法第85条；行政许可法第82条；行政强制法第69条；行政复议法第88条；政府信息公开条例"
            }
            Code::F3 => "民法典第201条第2款",
            Code::F4 => "法律未规定，按系统设计规则：活动当日与通知当日均不计，中间须满足额的日数",
            Code::F5 => "民法典第202、203条",
        }
    }

    /// Whether the basis is a rule of this system because the statutes are silent.
    pub fn is_own_rule(self) -> bool {
        match self {
            Code::F1H | Code::F4 => true,
            Code::F1 | Code::F2 | Code::F3 | Code::F5 => false,
        }
    }

    /// The units that may be counted in this way.
    pub fn units(self) -> &'static [Unit] {
        match self {
            // 民法典 202 fixes the last day of months and years, and 203 moves it: no row of law.md counts them F1H.
            Code::F1 | Code::F1H => &[Unit::Days],
            Code::F2 => &[Unit::WorkingDays],
            Code::F3 => &[Unit::Hours],
            Code::F4 => &[Unit::Days, Unit::WorkingDays],
            Code::F5 => &[Unit::Months, Unit::Years],
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for Code {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Code, CodeError> {
        Code::parse(text)
    }
}

/// A period of the law, such as `7个工作日` counted F2.
///
/// Build it with [`Period::new`]; one put together by hand is checked again wherever it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "PeriodParts")]
pub struct Period {
    /// How many units, at least one.
    pub count: u32,
    /// Of what.
    pub unit: Unit,
    /// Counted how.
    pub code: Code,
}

/// Why a number, a unit and a code make no [`Period`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// A period has at least one unit; what is due at once has no period.
    #[error("期间至少为1；当场或当日办理的事项不设期间")]
    Empty,
    /// The code does not count this unit.
    #[error("口径{code}（{}）不能以“{unit}”计，只能以{}计", .code.chinese(), allowed(.code))]
    Mismatch {
        /// The code.
        code: Code,
        /// The unit that it does not count.
        unit: Unit,
    },
}

fn allowed(code: &Code) -> String {
    let names: Vec<String> = code
        .units()
        .iter()
        .map(|unit| format!("“{unit}”"))
        .collect();
    names.join("或")
}

impl Period {
    /// A period, when the code counts that unit.
    pub fn new(count: u32, unit: Unit, code: Code) -> Result<Period, PeriodError> {
        let period = Period { count, unit, code };
        period.check()?;
        if count == 0 {
            return Err(PeriodError::Empty);
        }
        Ok(period)
    }

    /// By the end of a day that somebody named (当日): nothing is counted, and it does not move off a day off.
    pub fn same_day() -> Period {
        Period {
            count: 0,
            unit: Unit::Days,
            code: Code::F1H,
        }
    }

    /// Whether the parts belong together (they are public).
    pub(super) fn check(self) -> Result<(), PeriodError> {
        if !self.code.units().contains(&self.unit) {
            return Err(PeriodError::Mismatch {
                code: self.code,
                unit: self.unit,
            });
        }
        if self.count == 0 && self != Period::same_day() {
            Err(PeriodError::Empty)
        } else {
            Ok(())
        }
    }
}

impl fmt::Display for Period {
    /// The period in Chinese: `7个工作日`, `15日`, `3个月`, `2年`, `24小时`, `当日`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Period::same_day() {
            return f.write_str("当日");
        }
        let measure_word = match self.unit {
            Unit::WorkingDays => "个",
            Unit::Hours | Unit::Days | Unit::Months | Unit::Years => "",
        };
        write!(f, "{}{measure_word}{}", self.count, self.unit)
    }
}

/// The stored shape, before it is checked.
#[derive(Deserialize)]
struct PeriodParts {
    count: u32,
    unit: Unit,
    code: Code,
}

impl TryFrom<PeriodParts> for Period {
    type Error = PeriodError;

    fn try_from(parts: PeriodParts) -> Result<Period, PeriodError> {
        let PeriodParts { count, unit, code } = parts;
        let period = Period { count, unit, code };
        period.check().map(|()| period)
    }
}
