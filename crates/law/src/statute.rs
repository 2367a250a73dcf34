//! The register of statutes, and citations of their articles.

use std::collections::BTreeMap;

use serde::Serialize;
use vocabulary::Day;

use crate::source::{Errors, Node, Place, nearest};

/// How far a text was checked (law.md 0.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verified {
    /// Read in the opened full text.
    Yes,
    /// Read in secondary sources only.
    Part,
    /// From general knowledge.
    Mem,
    /// Looked for and not found.
    None,
}

impl Verified {
    /// Reads the `核实` line of a node; without one the text counts as read.
    pub fn read(node: &Node, errors: &Errors) -> Verified {
        let Some(line) = node.one("核实", errors) else {
            return Verified::Yes;
        };
        match line.argument(0, "yes、part、mem 或 none", errors) {
            Some("yes") | None => Verified::Yes,
            Some("part") => Verified::Part,
            Some("mem") => Verified::Mem,
            Some("none") => Verified::None,
            Some(other) => {
                errors.add(
                    &line.arguments[0].place,
                    format!("看到“{other}”"),
                    "yes、part、mem 或 none",
                );
                Verified::None
            }
        }
    }
}

/// A statute or other source of law.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Statute {
    /// Stable code, such as `XZCF`.
    pub id: String,
    /// Short name, such as 行政处罚法.
    pub name: String,
    /// Full name.
    pub full_name: String,
    /// The version that was read.
    pub version: String,
    /// In force from.
    pub from: Option<Day>,
    /// No longer in force from.
    pub until: Option<Day>,
    /// How far it was checked.
    pub verified: Verified,
    /// The unit that its numbers count: 条, or 项 for the tasks of a plan.
    pub unit: String,
    /// The articles that were read.
    pub articles: Vec<u16>,
}

/// All statutes by code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statutes(BTreeMap<String, Statute>);

/// A reference to an article, or to a source as a whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Citation {
    /// Code of the statute.
    pub statute: String,
    /// Article, if one is named.
    pub article: Option<u16>,
    /// Paragraph 款.
    pub paragraph: Option<u16>,
    /// Item 项.
    pub item: Option<u16>,
    /// As the law writes it: `《行政处罚法》第六十四条第(一)项`.
    pub text: String,
}

impl Statutes {
    /// Adds a statute from its node.
    pub fn declare(&mut self, node: &Node, errors: &Errors) {
        node.only(
            &["全称", "版本", "施行", "废止", "核实", "条", "单位", "备注"],
            &[],
            errors,
        );
        let (Some(id), Some(name)) = (
            node.argument(0, "法源代号", errors),
            node.argument(1, "法源简称", errors),
        ) else {
            return;
        };
        let text = |key| {
            node.one(key, errors)
                .and_then(|n| n.argument(0, "文字", errors))
                .unwrap_or("")
                .to_owned()
        };
        let mut articles = Vec::new();
        for line in node.all("条") {
            for scalar in &line.arguments {
                match scalar.integer(errors).map(u16::try_from) {
                    Some(Ok(article)) => articles.push(article),
                    Some(Err(_)) => errors.add(&scalar.place, "条号太大", "1 到 65535 的整数"),
                    None => {}
                }
            }
        }
        articles.sort_unstable();
        let unit = text("单位");
        let statute = Statute {
            id: id.to_owned(),
            name: name.to_owned(),
            full_name: text("全称"),
            version: text("版本"),
            from: read_day(node, "施行", errors),
            until: read_day(node, "废止", errors),
            verified: Verified::read(node, errors),
            unit: if unit.is_empty() {
                "条".to_owned()
            } else {
                unit
            },
            articles,
        };
        if self.0.contains_key(id) {
            errors.add(
                &node.place,
                format!("法源“{id}”登记了两次"),
                "每个代号只登记一次",
            );
            return;
        }
        self.0.insert(id.to_owned(), statute);
    }

    /// The statute of this code.
    pub fn get(&self, id: &str) -> Option<&Statute> {
        self.0.get(id)
    }

    /// All statutes in the order of their codes.
    pub fn iter(&self) -> impl Iterator<Item = &Statute> {
        self.0.values()
    }

    /// Reads `XZCF64(1)`, `XZCF45第2款`, `GB118`; an unknown statute or article is a mistake.
    pub fn cite(&self, text: &str, place: &Place, errors: &Errors) -> Option<Citation> {
        // Codes may end in digits (GB118), so the longest registered code that fits is the statute.
        let Some(statute) = self
            .0
            .values()
            .filter(|s| text.starts_with(s.id.as_str()))
            .max_by_key(|s| s.id.len())
        else {
            let known: Vec<&str> = self.0.keys().map(String::as_str).collect();
            let near = nearest(text, &known).map_or(String::new(), |n| format!(",是不是“{n}”"));
            errors.add(
                place,
                format!("没有登记的法源“{text}”"),
                format!("statutes.kdl 里登记过的代号加条号{near}"),
            );
            return None;
        };
        let rest = text.strip_prefix(statute.id.as_str()).unwrap_or(text);
        let Some((article, paragraph, item)) = parse_article(rest) else {
            errors.add(
                place,
                format!("看不懂“{text}”里的“{rest}”"),
                "条号，可加“第2款”“(1)”，如 XZCF64(1)",
            );
            return None;
        };
        if let Some(article) = article
            && statute.articles.binary_search(&article).is_err()
        {
            errors.add(
                place,
                format!(
                    "“{text}”：《{}》第{article}{}没有登记",
                    statute.name, statute.unit
                ),
                format!(
                    "statutes.kdl 里查对过原文的{}之一：{}",
                    statute.unit,
                    list(&statute.articles)
                ),
            );
            return None;
        }
        let mut shown = format!("《{}》", statute.name);
        if let Some(article) = article {
            shown.push_str(&format!("第{}{}", chinese_number(article), statute.unit));
        }
        if let Some(paragraph) = paragraph {
            shown.push_str(&format!("第{}款", chinese_number(paragraph)));
        }
        if let Some(item) = item {
            shown.push_str(&format!("第（{}）项", chinese_number(item)));
        }
        Some(Citation {
            statute: statute.id.clone(),
            article,
            paragraph,
            item,
            text: shown,
        })
    }

    /// Reads every `依据` of a node.
    pub fn cites(&self, node: &Node, errors: &Errors) -> Vec<Citation> {
        let words = node.words("依据", errors);
        words
            .into_iter()
            .filter_map(|(text, place)| self.cite(text, place, errors))
            .collect()
    }
}

/// Reads a date argument such as `施行 "2021-07-15"`.
pub(crate) fn read_day(node: &Node, key: &str, errors: &Errors) -> Option<Day> {
    let line = node.one(key, errors)?;
    let text = line.argument(0, "日期，如 \"2021-07-15\"", errors)?;
    Day::parse(text)
        .map_err(|error| {
            errors.add(
                &line.arguments[0].place,
                error.to_string(),
                "如 \"2021-07-15\"",
            )
        })
        .ok()
}

fn list(articles: &[u16]) -> String {
    if articles.is_empty() {
        return "（没有登记条）".to_owned();
    }
    articles
        .iter()
        .map(u16::to_string)
        .collect::<Vec<_>>()
        .join("、")
}

type Parts = (Option<u16>, Option<u16>, Option<u16>);

fn parse_article(text: &str) -> Option<Parts> {
    fn number(text: &str) -> Option<(u16, &str)> {
        let length = text.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = text.split_at(length);
        Some((digits.parse().ok()?, rest))
    }
    if text.is_empty() {
        return Some((None, None, None));
    }
    let (article, mut rest) = number(text)?;
    let mut paragraph = None;
    if let Some(after) = rest.strip_prefix('第') {
        let (value, after) = number(after)?;
        rest = after.strip_prefix('款')?;
        paragraph = Some(value);
    }
    let mut item = None;
    if let Some(after) = rest.strip_prefix(['(', '\u{ff08}']) {
        let (value, after) = number(after)?;
        rest = after.strip_prefix([')', '\u{ff09}'])?;
        item = Some(value);
    }
    rest.is_empty().then_some((Some(article), paragraph, item))
}

/// 64 is 六十四, 110 一百一十, 1218 一千二百一十八; articles stay below ten thousand, larger ones are digits.
pub fn chinese_number(number: u16) -> String {
    const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    if number == 0 || number >= 10_000 {
        return number.to_string();
    }
    let mut out = String::new();
    let mut pending_zero = false;
    for (unit, name) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let digit = usize::from(number / unit % 10);
        if digit == 0 {
            pending_zero = !out.is_empty();
            continue;
        }
        if pending_zero {
            out.push('零');
            pending_zero = false;
        }
        if !(unit == 10 && digit == 1 && out.is_empty()) {
            out.push_str(DIGITS[digit]);
        }
        out.push_str(name);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceFile, read};

    fn statutes(errors: &Errors) -> Statutes {
        let text = "法源 XZCF 行政处罚法 { 条 45 64 }\n法源 GB118 国办指导意见\n法源 GB54 国办检查通知 { 条 1 }\n";
        let mut statutes = Statutes::default();
        for node in read(
            &SourceFile {
                path: "statutes.kdl".into(),
                text: text.into(),
            },
            errors,
        ) {
            statutes.declare(&node, errors);
        }
        statutes
    }

    #[test]
    fn citations_are_written_as_the_law_writes_them() {
        let errors = Errors::default();
        let statutes = statutes(&errors);
        let place = Place {
            file: "x".into(),
            line: 1,
            column: 1,
        };
        let shown = |text: &str| {
            statutes
                .cite(text, &place, &errors)
                .map(|c| c.text)
                .unwrap_or_default()
        };
        assert_eq!(shown("XZCF64(1)"), "《行政处罚法》第六十四条第（一）项");
        assert_eq!(shown("XZCF45第2款"), "《行政处罚法》第四十五条第二款");
        assert_eq!(shown("GB118"), "《国办指导意见》");
        assert!(!errors.any());
    }

    #[test]
    fn an_article_that_nobody_looked_up_is_refused() {
        let errors = Errors::default();
        let statutes = statutes(&errors);
        let place = Place {
            file: "x".into(),
            line: 3,
            column: 7,
        };
        assert_eq!(statutes.cite("XZCF99", &place, &errors), None);
        assert_eq!(statutes.cite("XZCX45", &place, &errors), None);
        let shown = errors.finish().expect_err("two mistakes").to_string();
        assert!(shown.contains("x:3:7: “XZCF99”：《行政处罚法》第99条没有登记；应当是：statutes.kdl 里查对过原文的条之一：45、64"), "{shown}");
        assert!(shown.contains("没有登记的法源“XZCX45”"), "{shown}");
    }

    #[test]
    fn numbers_are_read_aloud() {
        let shown: Vec<String> = [1, 10, 11, 20, 64, 100, 101, 110, 1218, 1005]
            .into_iter()
            .map(chinese_number)
            .collect();
        assert_eq!(
            shown,
            [
                "一",
                "十",
                "十一",
                "二十",
                "六十四",
                "一百",
                "一百零一",
                "一百一十",
                "一千二百一十八",
                "一千零五"
            ]
        );
    }
}
