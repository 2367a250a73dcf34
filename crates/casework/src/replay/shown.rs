//! How heavy a departure is, and the entry that shows it.

use std::fmt;
use std::sync::Arc;

use law::model::{Agency, Duty, Procedure, Rule, Strength};
use law::statute::Verified;
use serde::Serialize;
use vocabulary::Moment;

/// How heavy a departure is: as hard as the rule that was departed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// 轻微: the rule only keeps record.
    Slight,
    /// 一般: the rule asks for a written reason, or its basis is not read in full.
    Ordinary,
    /// 严重: the rule refuses the act.
    Grave,
}

impl Severity {
    /// All of them, the heaviest first.
    pub const ALL: [Severity; 3] = [Severity::Grave, Severity::Ordinary, Severity::Slight];

    /// The word shown to people, also the word of the score table.
    pub const fn chinese(self) -> &'static str {
        match self {
            Severity::Slight => "轻微",
            Severity::Ordinary => "一般",
            Severity::Grave => "严重",
        }
    }
}

impl From<Strength> for Severity {
    fn from(strength: Strength) -> Severity {
        match strength {
            Strength::Block => Severity::Grave,
            Strength::Reason => Severity::Ordinary,
            Strength::Log => Severity::Slight,
        }
    }
}

/// For each rule, whether its basis is open (依据待核), and how heavy a departure from it is.
pub(super) fn weights(procedure: &Procedure, agency: &Agency) -> Vec<(bool, Severity)> {
    let mut rests_on_default = vec![false; procedure.rules.len()];
    for edge in &procedure.responses {
        // A length that nobody has checked yet is as open as a rule.
        let length = edge.period.and_then(|it| procedure.period(it, agency));
        rests_on_default[edge.rule] |= length.is_some_and(|(_, is_confirmed)| !is_confirmed);
    }
    let weight = |(rule, rests_on_default): (&Rule, bool)| {
        let mut ids = rule.rows.iter().chain([&rule.id]);
        let is_confirmed = ids.any(|id| agency.confirmed.contains(id));
        let strength = rule.strength_when(is_confirmed);
        let is_unread = rule.verified != Verified::Yes && !is_confirmed;
        match rests_on_default {
            true => (true, Severity::from(strength.min(Strength::Reason))),
            false => (is_unread, Severity::from(strength)),
        }
    };
    let rules = procedure.rules.iter().zip(rests_on_default);
    rules.map(weight).collect()
}

/// Where something is told: a cell of a file, or an entry of the own record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum Place {
    /// In a file from elsewhere.
    Cell {
        /// The sheet; empty where a file has none.
        sheet: Arc<str>,
        /// The line, from 1.
        line: u32,
        /// The column by its heading; empty for the line as a whole.
        column: Arc<str>,
    },
    /// In the own record: the number of the entry in its case, from 1.
    Entry {
        /// The number.
        entry: u32,
    },
}

impl Place {
    /// A line of a file without sheets.
    pub fn line(line: u32) -> Place {
        Place::Cell {
            sheet: Arc::from(""),
            line,
            column: Arc::from(""),
        }
    }

    /// The same line in another column.
    pub fn in_column(&self, heading: &Arc<str>) -> Place {
        match self {
            Place::Cell { sheet, line, .. } => Place::Cell {
                sheet: Arc::clone(sheet),
                line: *line,
                column: Arc::clone(heading),
            },
            entry @ Place::Entry { .. } => entry.clone(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Cell {
                sheet,
                line,
                column,
            } => {
                if !sheet.is_empty() {
                    write!(f, "“{sheet}”")?;
                }
                write!(f, "第{line}行")?;
                if !column.is_empty() {
                    write!(f, "“{column}”栏")?;
                }
                Ok(())
            }
            Place::Entry { entry } => write!(f, "第{entry}项记录"),
        }
    }
}

/// An entry from which a departure follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The act, or the fact, that is told there.
    pub what: String,
    /// The day that is told with it.
    pub on: Option<Moment>,
    /// Where.
    pub place: Place,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place)?;
        write!(f, "{}", self.what)?;
        match self.on {
            Some(on) => write!(f, "{on}"),
            None => Ok(()),
        }
    }
}

/// One departure from a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Departure {
    /// Why it is one.
    pub reason: String,
    /// The phase of the procedure in which it lies.
    pub phase: String,
    /// Whose act or omission it is.
    pub by: Duty,
    /// The entries that show it, the act itself first.
    pub shown: Vec<Shown>,
}
