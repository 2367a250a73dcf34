//! Rows as they stand in a table that people take along and bring back: what is written reads back as the same row.
//!
//! Choices stand by name, several of them one to a line, lines of a table of their own with `｜` between the cells.

use super::RegisterName;
use super::columns::{Choices, Column, ColumnKind, cell};
use super::entry::Row;
use super::standing::Standing;
use serde_json::Value;
use std::collections::BTreeSet;
use vocabulary::written;

/// Between the cells of a line within a cell.
const BETWEEN: char = '｜';
/// Between several choices on one line.
const BETWEEN_NAMES: [char; 5] = ['、', '，', ',', '/', '／'];

impl Column {
    /// A stored value as it stands in a cell.
    pub fn written(&self, row: &str, value: &Value, standing: &Standing) -> String {
        match (&self.kind, value) {
            (_, Value::Null) => String::new(),
            (ColumnKind::Yes, value) => {
                let yes = value.as_bool().unwrap_or(false);
                if yes { "是" } else { "" }.to_owned()
            }
            (ColumnKind::Choice(choices), Value::String(id)) => choices.unambiguous(id, standing),
            (ColumnKind::Several(choices), Value::Array(ids)) => {
                let ids = ids.iter().filter_map(Value::as_str);
                let names: Vec<String> = ids.map(|id| choices.unambiguous(id, standing)).collect();
                names.join("\n")
            }
            (ColumnKind::Rows(columns), Value::Array(lines)) => {
                let lines = lines.iter().map(|line| {
                    let cells = columns.iter().map(|column| {
                        let value = line.get(column.id).unwrap_or(&Value::Null);
                        escaped(&column.written(row, value, standing))
                    });
                    let mut cells: Vec<String> = cells.collect();
                    while cells.len() > 1 && cells.last().is_some_and(String::is_empty) {
                        cells.pop();
                    }
                    cells.join(&BETWEEN.to_string())
                });
                lines.collect::<Vec<_>>().join("\n")
            }
            (_, value) => self.typed(row, value, standing),
        }
    }

    /// Reads a cell.
    pub fn read_written(
        &self,
        row: &str,
        text: &str,
        standing: &Standing,
    ) -> Result<Value, String> {
        let text = text.replace("\r\n", "\n");
        let text = text.trim();
        if text.is_empty() {
            return Ok(Value::Null);
        }
        match &self.kind {
            ColumnKind::Yes => match half_width(text).to_lowercase().as_str() {
                "是" | "有" | "√" | "1" | "y" | "yes" | "true" => Ok(true.into()),
                "否" | "无" | "×" | "0" | "n" | "no" | "false" => Ok(Value::Null),
                _ => Err(format!("“{text}”应写是或者否")),
            },
            ColumnKind::Choice(choices) => choices.found(text, standing).map(Value::String),
            ColumnKind::Several(choices) => {
                let mut chosen = Vec::new();
                let pieces = text.split(['\n', '；', ';']).map(str::trim);
                for piece in pieces.filter(|piece| !piece.is_empty()) {
                    match choices.found(piece, standing) {
                        Ok(id) => chosen.push(Value::String(id)),
                        // Names may hold the mark that people put between them.
                        Err(text) if piece.contains(BETWEEN_NAMES) => {
                            let all: Result<Vec<Value>, String> = piece
                                .split(BETWEEN_NAMES)
                                .filter(|name| !name.trim().is_empty())
                                .map(|name| choices.found(name.trim(), standing).map(Value::String))
                                .collect();
                            chosen.extend(all.map_err(|_| text)?);
                        }
                        Err(text) => return Err(text),
                    }
                }
                Ok(Value::Array(chosen))
            }
            ColumnKind::Rows(columns) => {
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                let mut all = Vec::new();
                for (at, line) in lines.enumerate() {
                    let cells = cells_of(line);
                    if cells.len() > columns.len() {
                        return Err(format!(
                            "第{}条有{}格，最多{}格：{}",
                            at + 1,
                            cells.len(),
                            columns.len(),
                            heads(columns)
                        ));
                    }
                    let mut read = serde_json::Map::new();
                    for (column, cell) in columns.iter().zip(&cells) {
                        let value = column
                            .read_written(row, cell, standing)
                            .map_err(|error| format!("第{}条“{}”：{error}", at + 1, column.name))?;
                        read.insert(column.id.to_owned(), value);
                    }
                    all.push(Value::Object(read));
                }
                Ok(Value::Array(all))
            }
            _ => self.read(row, &[text.to_owned()], standing),
        }
    }

    /// What is to be written into a cell, for the heading of an empty table.
    pub fn how_to_write(&self, standing: &Standing) -> String {
        let choices = |of: &Choices| {
            let all = of.options(standing);
            let names: Vec<String> = all.iter().take(12).map(|(_, name)| name.clone()).collect();
            let more = if all.len() > names.len() {
                "……"
            } else {
                ""
            };
            format!("{}{more}", names.join("、"))
        };
        match &self.kind {
            ColumnKind::Text(most) | ColumnKind::LongText(most) => format!("最多{most}字"),
            ColumnKind::Yes => "是，或者不填".to_owned(),
            ColumnKind::Date => "日期，如 2026-03-05".to_owned(),
            ColumnKind::Money => "金额（元）".to_owned(),
            ColumnKind::SettingValue | ColumnKind::Number => "整数".to_owned(),
            ColumnKind::Decimal => "数，最多四位小数".to_owned(),
            ColumnKind::CreditCode => "18位统一社会信用代码".to_owned(),
            ColumnKind::Reference(of) => format!("{}里的编号、名称或者代码", of.chinese()),
            ColumnKind::Choice(of) => format!("其中一项：{}", choices(of)),
            ColumnKind::Several(of) => format!("可以几项，一行一项：{}", choices(of)),
            ColumnKind::Rows(columns) => format!("一行一条：{}", heads(columns)),
            ColumnKind::Condition(_) => {
                "条件，一行一个比较，如：当事人类型 是 法人（几种情形有一种即可的，写在“任一 { }”里）"
                    .to_owned()
            }
        }
    }
}

fn heads(columns: &[Column]) -> String {
    let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
    names.join(&BETWEEN.to_string())
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            BETWEEN => {
                out.push('\\');
                out.push(BETWEEN);
            }
            other => out.push(other),
        }
    }
    out
}

/// The cells of a line, with what was escaped put back.
fn cells_of(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        let cell = cells.last_mut().expect("there is always one");
        match c {
            '\\' => match chars.next() {
                Some('n') => cell.push('\n'),
                Some(other) => cell.push(other),
                None => cell.push('\\'),
            },
            BETWEEN => cells.push(String::new()),
            other => cell.push(other),
        }
    }
    cells
}

/// Full-width digits, letters and signs as their plain ones.
pub(super) fn half_width(text: &str) -> String {
    text.chars().map(written::half_width).collect()
}

impl Choices {
    /// The name of a choice, or its id where another one has the same name.
    fn unambiguous(self, id: &str, standing: &Standing) -> String {
        let options = self.options(standing);
        let Some((_, name)) = options.iter().find(|(known, _)| known == id) else {
            return id.to_owned();
        };
        let same = options.iter().filter(|(_, other)| other == name).count();
        let is_an_id = options
            .iter()
            .any(|(other, _)| other == name && other != id);
        if same == 1 && !is_an_id {
            name.clone()
        } else {
            id.to_owned()
        }
    }

    /// The choice that a text names: by id, by name, by name as other agencies write it, and an item of the rules also
    /// by what the agency's own list calls it.
    fn found(self, text: &str, standing: &Standing) -> Result<String, String> {
        let options = self.options(standing);
        if let Some((id, _)) = options.iter().find(|(id, _)| id == text) {
            return Ok(id.clone());
        }
        let bare = bare(text);
        let exactly = options.iter().filter(|(_, name)| name == text);
        let nearly = options.iter().filter(|(_, name)| self::bare(name) == bare);
        let is_named = exactly.clone().next().is_some();
        let mut named: Vec<&str> = if is_named {
            exactly.map(|(id, _)| id.as_str()).collect()
        } else {
            nearly.map(|(id, _)| id.as_str()).collect()
        };
        let listed = match self {
            Choices::Items if named.is_empty() => Listed::of(&bare, standing),
            _ => Listed::default(),
        };
        named.extend(listed.rules.iter().map(String::as_str));
        match named.as_slice() {
            [id] => Ok((*id).to_owned()),
            [] => {
                let few: Vec<&str> = options.iter().map(|(_, name)| name.as_str()).collect();
                let hint = match listed.unruled.first() {
                    Some(row) => format!(
                        "：执法事项清单的{row}没有写“对应的事项”，请先在那一行选好"
                    ),
                    None if few.len() <= 15 => format!("，可以写：{}", few.join("、")),
                    None if self == Choices::Items => {
                        "；请写规则里的处罚事项的名称或者编号，或者先在执法事项清单里登记这一项并选好“对应的事项”".to_owned()
                    }
                    None => String::new(),
                };
                Err(format!("没有“{text}”这一项{hint}"))
            }
            _ => Err(format!("有几项叫“{text}”，请写编号")),
        }
    }
}

/// What the agency's own list of items says of a name or a code.
#[derive(Default)]
struct Listed {
    /// The items of the rules that its rows name, each once.
    rules: BTreeSet<String>,
    /// Rows that name none.
    unruled: Vec<String>,
}

impl Listed {
    fn of(text: &str, standing: &Standing) -> Listed {
        let mut listed = Listed::default();
        for (id, _, row) in standing.rows(RegisterName::Items, standing.day) {
            let mut said = ["name", "code"]
                .iter()
                .filter_map(|it| cell(row, it).as_str());
            if !said.any(|it| bare(it) == text) {
                continue;
            }
            match cell(row, "rule").as_str() {
                Some(rule) => {
                    listed.rules.insert(rule.to_owned());
                }
                None => listed.unruled.push(id.clone()),
            }
        }
        listed
    }
}

/// A name without what agencies put around it: a number in front (`1 行政许可`), 类 behind (`行政处罚类`), blanks, full-width
/// signs. All that is none of the others is 其他.
fn bare(text: &str) -> String {
    let plain = plain(text);
    let number = |c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c);
    let rest = plain.trim_start_matches('(').trim_start_matches(number);
    let rest = rest.trim_start_matches([')', '.', '、', ':']);
    // `一般` is a name, not a number and a name.
    let is_numbered = plain.starts_with(|c: char| c == '(' || c.is_ascii_digit())
        || (rest.len() < plain.len() && plain.contains(['、', '.']));
    let rest = if is_numbered && !rest.is_empty() {
        rest
    } else {
        plain.as_str()
    };
    match rest {
        "其他类" | "其他行政权力" | "其他权力" | "其他职权" | "其他行政职权" => {
            "其他".to_owned()
        }
        other => other.strip_suffix('类').unwrap_or(other).to_owned(),
    }
}

/// A text by which two writings of the same are equal: plain signs, no blanks.
pub fn plain(text: &str) -> String {
    half_width(text)
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect()
}

impl RegisterName {
    /// What says which row this is, besides its id: the columns of the declared identity. Nothing where there are none, or
    /// where the first of them is empty.
    pub fn identity(self, row: &Row) -> Option<String> {
        let text = |value: &Value| match value {
            Value::String(text) => plain(text),
            Value::Null => String::new(),
            Value::Array(all) => {
                let mut all: Vec<String> = all.iter().map(Value::to_string).collect();
                all.sort();
                all.join("")
            }
            other => other.to_string(),
        };
        let said = self.declared().identity.iter();
        let said: Vec<String> = said.map(|column| text(cell(row, column))).collect();
        said.first()
            .is_some_and(|first| !first.is_empty())
            .then(|| said.join("\n"))
    }

    /// Whether a row has a value of which no two rows have the same.
    pub fn has_key(self, row: &Row) -> bool {
        let mut columns = self.columns().iter();
        columns.any(|column| column.is_key && row.contains_key(column.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_within_a_cell_reads_back() {
        for cells in [
            vec!["甲", "乙"],
            vec!["甲｜乙", "\\", "丙\n丁"],
            vec!["", "乙"],
        ] {
            let line = cells.iter().map(|cell| escaped(cell)).collect::<Vec<_>>();
            assert_eq!(cells_of(&line.join("｜")), cells);
        }
        assert_eq!(half_width("２０２６－０３　Ａ１"), "2026-03 A1");
    }

    #[test]
    fn a_name_is_known_whatever_stands_around_it() {
        for (written, name) in [
            ("1 行政许可", "行政许可"),
            ("１．行政许可", "行政许可"),
            ("（一）行政许可", "行政许可"),
            ("一、行政许可", "行政许可"),
            ("行政处罚类", "行政处罚"),
            ("行政 处罚", "行政处罚"),
            ("其他类", "其他"),
            ("9.其他行政权力", "其他"),
            ("一般检查事项", "一般检查事项"),
            ("取水许可（新办）", "取水许可(新办)"),
            ("12", "12"),
        ] {
            assert_eq!(bare(written), name, "{written}");
        }
    }
}
