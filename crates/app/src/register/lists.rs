//! The registers that the rules look things up in (查登记), as decisions read them.

use super::RegisterName;
use super::known::Known;
use casework::lists::{List, ListRow, Lists};
use law::Rules;
use serde_json::Value;
use std::collections::BTreeMap;
use vocabulary::Day;

/// Every register that a procedure looks something up in, each version of a row with the days between which it holds.
pub(super) fn lists(known: &Known, rules: &Rules) -> Lists {
    let lookups = rules.procedures.iter().flat_map(|it| &it.lookups);
    let mut lists = Lists::new();
    for lookup in lookups {
        let Some(register) = RegisterName::parse(&lookup.register) else {
            continue;
        };
        lists
            .entry(lookup.register.clone())
            .or_insert_with(|| list(known, register));
    }
    lists
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
