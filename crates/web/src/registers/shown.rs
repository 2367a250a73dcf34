//! Rows and their differences as people read them.

use app::register::{
    Column, ColumnKind, Draft, RegisterName, Row, Standing, Version, shipped_value,
};
use serde_json::Value;

/// A column whose value another version has not.
pub(super) struct Difference {
    pub(super) name: &'static str,
    pub(super) before: String,
    pub(super) after: String,
}

/// The value of a column, in words.
pub(super) fn cell(id: &str, row: Option<&Row>, column: &Column, standing: &Standing) -> String {
    let value = row.and_then(|row| row.get(column.id));
    column.shown(id, value.unwrap_or(&Value::Null), standing)
}

/// Every column that has a value, with its name.
pub(super) fn values(
    register: RegisterName,
    id: &str,
    row: Option<&Row>,
    standing: &Standing,
) -> Vec<(&'static str, Vec<String>)> {
    let columns = register.columns().iter();
    columns
        .filter_map(|column| {
            let value = row?.get(column.id)?;
            let lines = match (&column.kind, value) {
                (ColumnKind::Rows(_), Value::Array(lines)) => lines
                    .iter()
                    .map(|line| column.shown(id, &Value::Array(vec![line.clone()]), standing))
                    .collect(),
                _ => vec![column.shown(id, value, standing)],
            };
            Some((column.name, lines))
        })
        .collect()
}

/// What one reading has that the other has not.
pub(super) fn differences(
    register: RegisterName,
    id: &str,
    (before, after): (Option<&Row>, Option<&Row>),
    standing: &Standing,
) -> Vec<Difference> {
    let columns = register.columns().iter();
    columns
        .filter_map(|column| {
            let (old, new) = (
                before.and_then(|row| row.get(column.id)),
                after.and_then(|row| row.get(column.id)),
            );
            // Where the agency set nothing, the shipped value holds.
            let said = |row: Option<&Row>| {
                let own = cell(id, row, column, standing);
                let shipped = match column.kind {
                    ColumnKind::SettingValue if own.is_empty() => shipped_value(standing, id),
                    _ => String::new(),
                };
                match shipped.is_empty() {
                    true => own,
                    false => format!("{shipped}（随规则发布）"),
                }
            };
            (old != new).then(|| Difference {
                name: column.name,
                before: said(before),
                after: said(after),
            })
        })
        .collect()
}

/// The row as a draft found it.
pub(super) fn base_of<'s>(
    register: RegisterName,
    draft: &Draft,
    standing: &'s Standing,
) -> Option<&'s Row> {
    let mut versions = standing.history(register, &draft.id).iter();
    let found: Option<&Version> = versions.rfind(|version| version.number <= draft.base);
    found?.row.as_deref()
}
