//! Conditions that people type outside the rules, into cells of registers: the notation of `rules/` as one text, and the
//! same as the lines of a form.

use crate::condition::Condition;
use crate::load::{Around, Names};
use crate::source::{Errors, Node, Place, Scalar, ScalarValue, SourceFile, read as nodes_of};
use std::fmt;

/// What is wrong with a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// In which line of the text, from 1.
    pub line: u32,
    /// What was seen.
    pub seen: String,
    /// What was expected.
    pub expected: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}；应当是：{}", self.seen, self.expected)
    }
}

/// Reads a condition by the names of a procedure. Whether it can ever hold is not asked here.
pub fn read(text: &str, names: &Names) -> Result<Condition, Vec<Mistake>> {
    let errors = Errors::default();
    let nodes = nodes(text, &errors);
    let start = Place {
        file: CELL.into(),
        line: 1,
        column: 1,
    };
    let found = if errors.any() {
        None
    } else {
        names.conjunction(&nodes, Around::default(), &errors, &start)
    };
    match (errors.finish(), found) {
        (Ok(()), Some(condition)) => Ok(condition),
        (Ok(()), None) => Err(vec![Mistake {
            line: 1,
            seen: "条件没有写完".to_owned(),
            expected: "至少一行比较，如 F 成立".to_owned(),
        }]),
        (Err(found), _) => Err(found
            .0
            .into_iter()
            .map(|error| Mistake {
                line: error.place.line,
                seen: error.seen,
                expected: error.expected,
            })
            .collect()),
    }
}

const CELL: &str = "条件";

fn nodes(text: &str, errors: &Errors) -> Vec<Node> {
    let file = SourceFile {
        path: CELL.to_owned(),
        text: plain(text),
    };
    nodes_of(&file, errors)
}

/// The text with the figures and signs of an input method as the notation has them.
pub fn plain(text: &str) -> String {
    let text = text.replace("设定：", "设定:").replace("事实：", "事实:");
    text.chars()
        .map(|c| match c {
            '０'..='９' | '｛' | '｝' | '；' | '＝' | '\u{3000}' => {
                vocabulary::written::half_width(c)
            }
            other => other,
        })
        .collect()
}

/// A comparison as a form has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The name of the fact.
    pub fact: String,
    /// The word of the comparison.
    pub test: String,
    /// With what it is compared; several alternatives with `、` between them.
    pub value: String,
}

impl Line {
    /// As it stands in the notation.
    pub fn text(&self) -> String {
        let value = plain(self.value.trim());
        let mut words = vec![word(self.fact.trim()), word(self.test.trim())];
        words.extend(
            value
                .split(|c: char| c.is_whitespace() || "、，,；;".contains(c))
                .filter(|piece| !piece.is_empty())
                .map(|piece| match number(piece) {
                    true => piece.to_owned(),
                    false => word(piece),
                }),
        );
        words.retain(|word| !word.is_empty());
        words.join(" ")
    }

    /// Whether nothing is written in it.
    pub fn is_empty(&self) -> bool {
        [&self.fact, &self.test, &self.value]
            .iter()
            .all(|text| text.trim().is_empty())
    }

    fn of(node: &Node) -> Option<Line> {
        if !node.properties.is_empty() || !node.children.is_empty() {
            return None;
        }
        let told = |scalar: &Scalar| match &scalar.value {
            ScalarValue::Bool(_) => None,
            other => {
                let text = other.to_string();
                let is_one = !text.contains(|c: char| c.is_whitespace() || "、，,；;".contains(c));
                is_one.then_some(text)
            }
        };
        let (test, values) = node.arguments.split_first()?;
        let values = values.iter().map(told).collect::<Option<Vec<String>>>()?;
        Some(Line {
            fact: node.name.clone(),
            test: told(test)?,
            value: values.join("、"),
        })
    }
}

/// A condition of at most two levels: groups that must all hold or of which one must, and within a group the other way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// One group is enough; within a group all lines must hold.
    pub is_any: bool,
    /// The groups.
    pub groups: Vec<Vec<Line>>,
}

const ALL: &str = "全部";
const ANY: &str = "任一";
const NOT: &str = "非";

impl Lines {
    /// Takes a text apart; nothing where it cannot be read or has more levels.
    pub fn of(text: &str) -> Option<Lines> {
        let errors = Errors::default();
        let nodes = nodes(text, &errors);
        if errors.any() {
            return None;
        }
        match nodes.as_slice() {
            [one] if one.name == ANY && one.arguments.is_empty() => Lines::read(&one.children, ALL),
            [one] if one.name == ALL && one.arguments.is_empty() => Lines::read(&one.children, ANY),
            nodes => Lines::read(nodes, ANY),
        }
    }

    fn read(nodes: &[Node], inner: &str) -> Option<Lines> {
        let group = |node: &Node| match node.name.as_str() {
            name if name == inner => {
                let lines = node.children.iter();
                lines
                    .map(|line| match line.name.as_str() {
                        ALL | ANY | NOT => None,
                        _ => Line::of(line),
                    })
                    .collect()
            }
            ALL | ANY | NOT => None,
            _ => Some(vec![Line::of(node)?]),
        };
        Some(Lines {
            is_any: inner == ALL,
            groups: nodes.iter().map(group).collect::<Option<_>>()?,
        })
    }

    /// The text, in the notation; empty where no line says anything.
    pub fn text(&self) -> String {
        let groups: Vec<Vec<String>> = self
            .groups
            .iter()
            .map(|group| {
                let filled = group.iter().filter(|line| !line.is_empty());
                filled.map(Line::text).collect()
            })
            .filter(|group: &Vec<String>| !group.is_empty())
            .collect();
        let inner = if self.is_any { ALL } else { ANY };
        let parts: Vec<String> = groups
            .into_iter()
            .map(|group| match group.as_slice() {
                [one] => one.clone(),
                lines => braced(inner, lines),
            })
            .collect();
        match parts.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            parts if self.is_any => braced(ANY, parts),
            parts => parts.join("\n"),
        }
    }
}

fn braced(word: &str, parts: &[String]) -> String {
    let inside: Vec<String> = parts
        .iter()
        .flat_map(|part| part.lines())
        .map(|line| format!("    {line}"))
        .collect();
    format!("{word} {{\n{}\n}}", inside.join("\n"))
}

fn number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, rest]
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A word of the notation, in quotes where it must be.
fn word(text: &str) -> String {
    let is_bare = !text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        && !text.contains(|c: char| c.is_whitespace() || "\\/(){};[]=\"#".contains(c))
        && !["true", "false", "null", "inf", "nan"].contains(&text);
    if is_bare {
        return text.to_owned();
    }
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(fact: &str, test: &str, value: &str) -> Line {
        Line {
            fact: fact.into(),
            test: test.into(),
            value: value.into(),
        }
    }

    #[test]
    fn lines_and_text_say_the_same() {
        let all = Lines {
            is_any: false,
            groups: vec![
                vec![line("当事人类型", "属于", "公民、法人")],
                vec![
                    line("拟处罚内容", "罚款不少于", "５０００"),
                    line("拟处罚内容", "罚款不少于", "设定：公民听证罚款起点"),
                ],
            ],
        };
        let text = all.text();
        assert_eq!(
            text,
            "当事人类型 属于 公民 法人\n任一 {\n    拟处罚内容 罚款不少于 5000\n    \
             拟处罚内容 罚款不少于 设定:公民听证罚款起点\n}"
        );
        let back = Lines::of(&text).unwrap();
        assert_eq!(back.text(), text);
        assert!(!back.is_any);
        let any = Lines {
            is_any: true,
            ..all
        };
        let text = any.text();
        assert_eq!(Lines::of(&text).unwrap().text(), text);
        assert!(Lines::of(&text).unwrap().is_any);
    }

    #[test]
    fn what_is_deeper_stays_text() {
        for text in [
            "非 { 甲 成立 }",
            "任一 { 全部 { 甲 成立; 任一 { 乙 成立; 丙 成立 } } }",
            "甲 不晚于 乙 加=\"2年 F5\"",
            "甲 成立 }",
        ] {
            assert_eq!(Lines::of(text), None, "{text}");
        }
    }

    #[test]
    fn words_are_quoted_where_they_must_be() {
        assert_eq!(line("甲", "是", "5万元").text(), "甲 是 \"5万元\"");
        assert_eq!(line("甲", "超过", "1.5").text(), "甲 超过 1.5");
        assert_eq!(line("甲", "", "").text(), "甲");
    }

    #[test]
    fn empty_lines_are_passed_over() {
        let lines = Lines {
            is_any: true,
            groups: vec![vec![Line::default()], vec![line("甲", "成立", "")], vec![]],
        };
        assert_eq!(lines.text(), "甲 成立");
    }
}
