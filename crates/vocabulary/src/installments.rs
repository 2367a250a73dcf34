//! A plan of installments: on which days how much is to be paid.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AmountError, Day, DayError, Fen};

/// So many installments a plan has at most: ten years of months.
const MOST: usize = 120;

/// One installment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installment {
    /// The last day to pay it.
    pub on: Day,
    /// How much.
    pub amount: Fen,
}

/// A plan of installments, in the order of their days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<Installment>", try_from = "Vec<Installment>")]
pub struct Installments(Vec<Installment>);

/// Why a text or a list is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstallmentsError {
    /// Nothing is planned.
    #[error("分期计划至少写一期，每期一行，如 2026-06-30 20000")]
    Empty,
    /// More than a plan has.
    #[error("分期计划有{0}期，最多{MOST}期")]
    TooMany(usize),
    /// A line is no date with an amount.
    #[error("第{line}期“{text}”不是日期加金额，每期一行，如 2026-06-30 20000")]
    Form {
        /// Which, from 1.
        line: usize,
        /// What was written.
        text: String,
    },
    /// The date of a line cannot be read.
    #[error("第{line}期：{source}")]
    Day {
        /// Which, from 1.
        line: usize,
        /// Why.
        source: DayError,
    },
    /// The amount of a line cannot be read.
    #[error("第{line}期：{source}")]
    Amount {
        /// Which, from 1.
        line: usize,
        /// Why.
        source: AmountError,
    },
    /// Nothing is to be paid.
    #[error("第{0}期的金额须大于零")]
    Nothing(usize),
    /// The days do not ascend.
    #[error("第{line}期的日期{on}不晚于上一期的{before}，各期须按日期先后写")]
    Order {
        /// Which, from 1.
        line: usize,
        /// Its day.
        on: Day,
        /// The day of the one before.
        before: Day,
    },
}

impl Installments {
    /// A plan of these, which ascend and are each more than nothing.
    pub fn new(all: Vec<Installment>) -> Result<Installments, InstallmentsError> {
        if all.is_empty() {
            return Err(InstallmentsError::Empty);
        }
        if all.len() > MOST {
            return Err(InstallmentsError::TooMany(all.len()));
        }
        for (line, one) in (1..).zip(&all) {
            if one.amount <= Fen(0) {
                return Err(InstallmentsError::Nothing(line));
            }
        }
        for (line, two) in (2..).zip(all.windows(2)) {
            if let [before, one] = two
                && one.on <= before.on
            {
                return Err(InstallmentsError::Order {
                    line,
                    on: one.on,
                    before: before.on,
                });
            }
        }
        Ok(Installments(all))
    }

    /// Reads one installment a line, or several apart by semicolons: a date, a space, an amount in yuan.
    ///
    /// ```
    /// use vocabulary::Installments;
    /// let plan = Installments::parse("2026-06-30 30000\n2026-08-31 30,000").unwrap();
    /// assert_eq!(plan.to_string(), "2026-06-30 ¥30,000.00；2026-08-31 ¥30,000.00");
    /// assert!(Installments::parse("2026-08-31 30000；2026-06-30 30000").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Installments, InstallmentsError> {
        Installments::read(text, Day::parse)
    }

    /// The same, with dates as people type them.
    pub fn typed(text: &str, today: Day) -> Result<Installments, InstallmentsError> {
        Installments::read(text, |day| Day::typed(day, today))
    }

    fn read(
        text: &str,
        day: impl Fn(&str) -> Result<Day, DayError>,
    ) -> Result<Installments, InstallmentsError> {
        let lines = text.split(['\n', ';', '；']).map(str::trim);
        let lines = lines.filter(|line| !line.is_empty());
        let mut all = Vec::new();
        for (line, text) in (1..).zip(lines).take(MOST + 1) {
            let parts = text.split_once([' ', '\t', '\u{3000}']);
            let Some((on, amount)) = parts else {
                let text = text.chars().take(40).collect();
                return Err(InstallmentsError::Form { line, text });
            };
            all.push(Installment {
                on: day(on).map_err(|source| InstallmentsError::Day { line, source })?,
                amount: Fen::parse_yuan(amount)
                    .map_err(|source| InstallmentsError::Amount { line, source })?,
            });
        }
        Installments::new(all)
    }

    /// The installments, in the order of their days.
    pub fn all(&self) -> &[Installment] {
        &self.0
    }

    /// What they come to.
    pub fn total(&self) -> Fen {
        let add = |sum: i64, one: &Installment| sum.saturating_add(one.amount.0);
        Fen(self.0.iter().fold(0, add))
    }

    /// The day of the last one.
    pub fn end(&self) -> Option<Day> {
        self.0.last().map(|last| last.on)
    }

    /// As it is typed: one line each.
    pub fn lines(&self) -> String {
        let line = |one: &Installment| format!("{} {}", one.on, one.amount.typed());
        let lines: Vec<String> = self.0.iter().map(line).collect();
        lines.join("\n")
    }
}

impl TryFrom<Vec<Installment>> for Installments {
    type Error = InstallmentsError;

    fn try_from(all: Vec<Installment>) -> Result<Installments, InstallmentsError> {
        Installments::new(all)
    }
}

impl From<Installments> for Vec<Installment> {
    fn from(plan: Installments) -> Vec<Installment> {
        plan.0
    }
}

/// `2026-06-30 ¥30,000.00；2026-08-31 ¥30,000.00`.
impl fmt::Display for Installments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, one) in self.0.iter().enumerate() {
            let joint = if at > 0 { "；" } else { "" };
            write!(f, "{joint}{} {}", one.on, one.amount)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_as_people_type_it_and_written_as_it_is_read() {
        let today = Day::parse("2026-06-01").unwrap();
        let plan = Installments::typed("6/30　30,000\n\n 2026年8月31日 ¥30000.5 ", today);
        let plan = plan.unwrap();
        assert_eq!(plan.lines(), "2026-06-30 30000.00\n2026-08-31 30000.50");
        assert_eq!(Installments::parse(&plan.lines()), Ok(plan.clone()));
        assert_eq!(plan.total(), Fen(6_000_050));
        assert_eq!(plan.end(), Day::parse("2026-08-31").ok());
        let json = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<Installments>(&json).unwrap(), plan);
    }

    #[test]
    fn what_is_no_plan_says_at_which_line() {
        let many = (1..=121).map(|at| Installment {
            on: Day::parse("2026-01-01").unwrap().plus_days(at),
            amount: Fen(1),
        });
        assert_eq!(
            Installments::new(many.collect()),
            Err(InstallmentsError::TooMany(121))
        );
        for (text, says) in [
            ("", "至少写一期"),
            ("；\n", "至少写一期"),
            ("2026-06-30", "第1期“2026-06-30”不是日期加金额"),
            ("2026-06-30 1\n2026-02-30 1", "第2期："),
            ("2026-06-30 1.005", "不是金额"),
            ("2026-06-30 -5", "不是金额"),
            ("2026-06-30 0", "第1期的金额须大于零"),
            (
                "2026-06-30 1；2026-06-30 1",
                "第2期的日期2026-06-30不晚于上一期的2026-06-30",
            ),
        ] {
            let error = Installments::parse(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
        assert!(serde_json::from_str::<Installments>("[]").is_err());
    }
}
