//! What the law asks of rows in a register of the agency: a date by which something is written there, what must stand
//! there before the public sees a row, what must not be missing, and a share that is to be kept.
//!
//! A register and its columns are named by their ids; which there are is not known here.

use crate::load::period_of;
use crate::source::{Errors, Node, Place};
use crate::statute::{Citation, Statutes, Verified};
use crate::time::Period;
use serde::Serialize;

/// The keywords, in the order of [`RegisterAsk`].
pub(crate) const KINDS: [&str; 6] = [
    "登记期限",
    "公示前提",
    "登记缺项",
    "登记更新",
    "登记用语",
    "登记比例",
];

/// The register of people.
const PEOPLE: &str = "people";

/// Where it says for which kind of enforcement a credential is.
const CREDENTIAL_FIELD: (&str, &str) = ("credentials", "field");

/// A rule on rows of registers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RegisterRule {
    /// The row of the legal baseline that it puts into effect.
    pub id: String,
    /// What is asked, in a few words.
    pub title: String,
    /// The registers.
    pub registers: Vec<String>,
    /// What is asked.
    pub ask: RegisterAsk,
    /// Legal basis.
    pub cites: Vec<Citation>,
    /// How far it was checked.
    pub verified: Verified,
    /// Where it stands.
    pub place: Place,
}

/// What is asked of rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RegisterAsk {
    /// A column is filled by a date.
    Due {
        /// Only rows in which this column has this value.
        only: Option<(String, String)>,
        /// From when it is counted.
        from: DueFrom,
        /// The column that says when it was done.
        until: String,
    },
    /// A column is filled before the public sees the row.
    BeforeRelease {
        /// Which.
        needs: String,
    },
    /// Rows that have one column must have another one.
    NotMissing {
        /// Rows that have this.
        having: String,
        /// Must have this.
        needs: String,
    },
    /// What changed or ended is shown to the public so soon after its day.
    Refresh {
        /// The setting with the period.
        within: String,
    },
    /// What stands in a column of a list within the rows has one of these words in it, where anything stands there.
    Worded {
        /// The column that holds the list.
        list: String,
        /// The column of the list.
        column: String,
        /// The words.
        words: Words,
    },
    /// So many of the rows that have a column are of a kind.
    Share {
        /// The column and a value in it that are counted.
        part: (String, String),
        /// Among rows that have this column.
        of: String,
        /// The setting with the least share, in percent.
        least: String,
    },
}

/// What may be printed in a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Words {
    /// One of these is part of it.
    pub parts: Vec<String>,
    /// Or it is one of these.
    pub whole: Vec<String>,
}

impl Words {
    /// Whether a text is as it should be; anything is where nothing stands there, or nothing is asked.
    pub fn fit(&self, printed: &str) -> bool {
        let printed = printed.trim();
        let is_asked = !(self.parts.is_empty() && self.whole.is_empty());
        !is_asked
            || printed.is_empty()
            || self.parts.iter().any(|it| printed.contains(it))
            || self.whole.iter().any(|it| printed == it)
    }
}

/// From when a date is counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DueFrom {
    /// So long after the date in a column.
    Column(String, Period),
    /// The last day of the year in a column.
    EndOfYear(String),
}

impl RegisterRule {
    /// The words of which a credential's kind of enforcement has one, where this is the rule that says so.
    fn credential_words(&self) -> Option<&Words> {
        match &self.ask {
            RegisterAsk::Worded {
                list,
                column,
                words,
            } if self.registers.iter().any(|it| it == PEOPLE)
                && (list.as_str(), column.as_str()) == CREDENTIAL_FIELD =>
            {
                Some(words)
            }
            _ => None,
        }
    }
}

/// What may be printed on a credential as its kind of enforcement (执法类别); anything where no rule asks.
pub(crate) fn credential_words(rules: &[RegisterRule]) -> &Words {
    static ANYTHING: Words = Words {
        parts: Vec::new(),
        whole: Vec::new(),
    };
    let mut found = rules.iter().filter_map(RegisterRule::credential_words);
    found.next().unwrap_or(&ANYTHING)
}

/// Reads a rule.
pub(crate) fn read(node: &Node, statutes: &Statutes, errors: &Errors) -> Option<RegisterRule> {
    let own: &[&str] = match node.name.as_str() {
        "登记期限" => &["仅", "自", "年末", "至", "期间"],
        "公示前提" => &["须"],
        "登记缺项" => &["有", "须"],
        "登记更新" => &["期间"],
        "登记用语" => &["栏", "含", "是"],
        _ => &["其中", "有", "不少于"],
    };
    let mut known = vec!["登记", "依据", "核实"];
    known.extend(own);
    node.only(&known, &[], errors);
    let words = |name: &str| -> Vec<String> {
        let all = node.words(name, errors).into_iter();
        all.map(|(text, _)| text.to_owned()).collect()
    };
    let one = |name: &str| -> Option<String> {
        let found = words(name).into_iter().next();
        if found.is_none() {
            errors.add(&node.place, format!("没有“{name}”"), format!("{name} 栏"));
        }
        found
    };
    let pair = |name: &str| -> Option<(String, String)> {
        let mut all = words(name).into_iter();
        Some((all.next()?, all.next()?))
    };
    let registers = words("登记");
    if registers.is_empty() {
        errors.add(&node.place, "没有“登记”", "登记 名称");
    }
    let ask = match node.name.as_str() {
        "登记期限" => RegisterAsk::Due {
            only: pair("仅"),
            from: match words("年末").into_iter().next() {
                Some(year) => DueFrom::EndOfYear(year),
                None => DueFrom::Column(one("自")?, period(node, errors)?),
            },
            until: one("至")?,
        },
        "公示前提" => RegisterAsk::BeforeRelease { needs: one("须")? },
        "登记更新" => RegisterAsk::Refresh {
            within: one("期间")?.trim_start_matches("设定:").to_owned(),
        },
        "登记缺项" => RegisterAsk::NotMissing {
            having: one("有")?,
            needs: one("须")?,
        },
        "登记用语" => {
            let Some((list, column)) = pair("栏") else {
                errors.add(&node.place, "没有“栏”", "栏 列表的栏 其中的栏");
                return None;
            };
            one("含")?;
            RegisterAsk::Worded {
                list,
                column,
                words: Words {
                    parts: words("含"),
                    whole: words("是"),
                },
            }
        }
        _ => RegisterAsk::Share {
            part: match pair("其中") {
                Some(part) => part,
                None => {
                    errors.add(&node.place, "没有“其中”", "其中 栏 值");
                    return None;
                }
            },
            of: one("有")?,
            least: one("不少于")?.trim_start_matches("设定:").to_owned(),
        },
    };
    Some(RegisterRule {
        id: node.argument(0, "编号", errors)?.to_owned(),
        title: node.argument(1, "事项", errors)?.to_owned(),
        registers,
        ask,
        cites: statutes.cites(node, errors),
        verified: Verified::read(node, errors),
        place: node.place.clone(),
    })
}

/// `期间 15 日 F1H`
fn period(node: &Node, errors: &Errors) -> Option<Period> {
    let said = node.required("期间", errors)?;
    let count = said.arguments.first()?.integer(errors)?;
    let unit = said.argument(1, "单位", errors)?;
    let code = said.argument(2, "口径", errors)?;
    period_of(count, unit, code, &said.place, errors)
}
