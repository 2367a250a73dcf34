//! Stored shapes of the registers. Headers name rows by id and nobody by name: people, reasons and personal rows lie in
//! parts.

use super::RegisterName;
use crate::ports::Outward;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use vocabulary::Day;

/// The version of the shapes.
pub(super) const VERSION: u32 = 1;

/// The part that holds a row.
pub(super) const ROW: &str = "row";
/// The part that says who and why.
pub(super) const PERSONAL: &str = "personal";
/// The part that holds what nobody sees before its time: the secret of a draw.
pub(super) const SEAL: &str = "seal";
/// The parts that hold the lines of a batch, each with so many at most: `lines/0001`.
pub(super) const LINES: &str = "lines/";
/// So many lines of a batch stand in a part.
pub(super) const LINES_IN_PART: usize = 1_000;
/// The part of a seed that holds what is in no register.
pub(super) const LAYOUT: &str = "layout";

/// A row: its columns by id. What is empty is left out, so that equal rows are equal.
pub type Row = serde_json::Map<String, Value>;

/// What a change does to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is new, or reads differently.
    Put,
    /// It holds no longer.
    Remove,
}

/// The header of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) version: u32,
    #[serde(flatten)]
    pub(super) entry: RegisterEntry,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(
    clippy::enum_variant_names,
    reason = "the stored kinds say that they are of a register"
)]
pub(super) enum RegisterEntry {
    /// The agency's file, as it was when the record began, or when something in it changed that is in no register.
    RegisterSeeded {
        digest: String,
        /// The edition of the rules by which the office judges from here on; none in entries of earlier programs.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        rules: String,
        rows: BTreeMap<RegisterName, usize>,
    },
    /// A change is proposed.
    RegisterDrafted {
        register: RegisterName,
        row: String,
        change: Change,
        effective_from: Day,
        /// The entry that made the row as it was when this was drafted; 0 for the file, or none.
        base: u64,
    },
    /// A draft was reviewed, and passed; one that did not pass is rejected.
    RegisterReviewed {
        register: RegisterName,
        row: String,
        draft: u64,
    },
    /// A change holds.
    RegisterChanged {
        register: RegisterName,
        row: String,
        change: Change,
        effective_from: Day,
        /// The entry that drafted it, within the stream; none where one hand is enough.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        draft: Option<u64>,
    },
    /// Many changes are proposed at once; the lines lie in parts.
    RegisterBatchDrafted {
        register: RegisterName,
        lines: usize,
        effective_from: Day,
        /// How many entries the stream had when this was drafted.
        base: u64,
    },
    /// Many changes hold: those of the draft.
    RegisterBatchChanged {
        register: RegisterName,
        lines: usize,
        effective_from: Day,
        /// The entry that drafted them, within the stream.
        draft: u64,
    },
    /// What was drafted was drawn; the lines lie in parts.
    RegisterDrawn {
        register: RegisterName,
        row: String,
        draft: u64,
        lines: usize,
        effective_from: Day,
    },
    /// A row is shown to the public as it stands, or no more.
    RegisterReleased {
        register: RegisterName,
        row: String,
        /// The entry that made the row as it is shown; none where it is withdrawn.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        row_version: Option<u64>,
        on: Day,
        outward: Outward,
    },
    /// A draft is not to hold.
    RegisterRejected {
        register: RegisterName,
        row: String,
        draft: u64,
    },
}

/// A line of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredLine {
    pub(super) row: String,
    /// How it shall read; nothing where it is removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) values: Option<Row>,
}

/// Who and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Said {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) drafted_by: String,
    /// Who reviewed it, and let it pass.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) reviewed_by: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) decided_by: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) reason: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) opinion: String,
}

/// A row without what is empty, at every depth.
pub fn normal(row: Row) -> Row {
    row.into_iter()
        .filter_map(|(key, value)| Some((key, normal_value(value)?)))
        .collect()
}

fn normal_value(value: Value) -> Option<Value> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::String(text) => {
            let text = text.trim();
            (!text.is_empty()).then(|| Value::String(text.to_owned()))
        }
        Value::Array(all) => {
            let all: Vec<Value> = all.into_iter().filter_map(normal_value).collect();
            (!all.is_empty()).then_some(Value::Array(all))
        }
        Value::Object(inner) => {
            let inner = normal(inner);
            (!inner.is_empty()).then_some(Value::Object(inner))
        }
        kept @ (Value::Bool(true) | Value::Number(_)) => Some(kept),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn empty_values_are_no_values() {
        let row = json!({
            "name": " 甲 ", "post": "", "level": null, "roles": [], "law_qualified": false,
            "credentials": [{"number": "1", "suspended_from": null}], "fine_from": 0,
        });
        let Value::Object(row) = row else {
            panic!("an object")
        };
        let expected = json!({"name": "甲", "credentials": [{"number": "1"}], "fine_from": 0});
        assert_eq!(Value::Object(normal(row)), expected);
    }
}
