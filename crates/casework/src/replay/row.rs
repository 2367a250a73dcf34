//! A row of foreign material: what stands in which column, as somebody else wrote it.

use std::sync::Arc;

use serde_json::Value as Json;
use vocabulary::Moment;
use vocabulary::written::half_width;

use super::Place;

/// What stands in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// A text, a number or a date as it is written; never empty.
    Text(String),
    /// A number that a workbook may count days by: as it is written, and the moment that it would be.
    Serial(String, Moment),
    /// Several texts.
    List(Vec<String>),
    /// Nothing that can be read, and why.
    Wrong(String),
}

/// A row: a line of a table, or a record.
#[derive(Clone, Debug)]
pub struct Row {
    /// Where it stands, without a column.
    pub place: Place,
    /// Its filled columns by heading.
    pub cells: Vec<(Arc<str>, Field)>,
}

impl Row {
    /// A record; `other_dates.现场检查` is a column inside another.
    pub fn of_json(record: &Json, place: Place) -> Row {
        let mut cells = Vec::new();
        if let Json::Object(fields) = record {
            for (key, value) in fields {
                flatten(key, value, &mut cells);
            }
        }
        Row { place, cells }
    }

    /// The first of these columns that says something.
    pub(super) fn first(&self, columns: &[Arc<str>]) -> Option<(&Arc<str>, &Field)> {
        columns.iter().find_map(|column| {
            let found = self.cells.iter().find(|(heading, _)| heading == column);
            found.map(|(heading, field)| (heading, field))
        })
    }
}

fn flatten(path: &str, value: &Json, cells: &mut Vec<(Arc<str>, Field)>) {
    let field = match value {
        Json::Null => return,
        Json::Object(fields) => {
            for (key, value) in fields {
                flatten(&format!("{path}.{key}"), value, cells);
            }
            return;
        }
        Json::Array(items) => {
            let texts = items.iter().map(|item| match item {
                Json::String(text) => text.trim().to_owned(),
                other => other.to_string(),
            });
            Field::List(texts.filter(|text| !text.is_empty()).collect())
        }
        Json::String(text) if text.trim().is_empty() => return,
        Json::String(text) => Field::Text(text.trim().to_owned()),
        Json::Bool(true) => Field::Text("是".to_owned()),
        Json::Bool(false) => Field::Text("否".to_owned()),
        Json::Number(number) => Field::Text(number.to_string()),
    };
    cells.push((heading(path).into(), field));
}

/// A heading as it is compared: no blanks, no mark of what must be filled, full-width signs as plain ones.
pub fn heading(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(half_width)
        .filter(|c| !c.is_whitespace() && *c != '*' && *c != '\u{feff}')
        .collect();
    plain
        .strip_suffix("(必填)")
        .map_or(plain.clone(), str::to_owned)
}
