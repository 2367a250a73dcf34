//! The registers that the rules read, as decisions read them.

use super::RegisterName;
use super::known::Known;
use casework::lists::{List, ListRow, Lists};
use law::Rules;
use serde_json::Value;
use std::collections::BTreeMap;
use vocabulary::Day;

/// Every register that the rules of a procedure read, each version of a row with the days between which it holds.
pub(super) fn lists(known: &Known, rules: &Rules) -> Lists {
    let read = casework::lists::read_by(rules).into_iter();
    let named = read.filter_map(|id| Some((id.to_owned(), RegisterName::parse(id)?)));
    named
        .map(|(id, register)| (id, list(known, register)))
        .collect()
}

fn list(known: &Known, register: RegisterName) -> List {
    let columns = register.columns().iter();
    let rows = known.spans(register).map(|(id, row, from, until)| ListRow {
        id: id.to_owned(),
        from: (from > Day::MIN).then_some(from),
        until,
        cells: row
            .iter()
            .filter_map(|(column, value)| Some((column.clone(), cell(value)?)))
            .collect::<BTreeMap<String, String>>(),
    });
    List {
        name: register.chinese().to_owned(),
        columns: columns
            .map(|column| (column.id.to_owned(), column.name.to_owned()))
            .collect(),
        rows: rows.collect(),
    }
}

/// What a decision reads of a cell; lists within a cell are for people.
fn cell(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
