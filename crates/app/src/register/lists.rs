//! The registers that the rules read, as decisions read them.

use super::RegisterName;
use super::columns::{Choices, ColumnKind};
use super::known::Known;
use casework::lists::{List, ListRow, Lists};
use law::Rules;
use law::fact::{Fact, FactType};
use law::lookup::{ALGORITHM, Mark};
use law::source::RuleError;
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
        title: register.declared().title.to_owned(),
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

/// What rules look up that no register has: a register, or a column of it, that is not there or holds another kind of value.
pub fn misnamed(rules: &Rules) -> Vec<RuleError> {
    let procedures = rules.procedures.iter();
    let lookups = procedures.flat_map(|it| it.lookups.iter().map(move |lookup| (it, lookup)));
    let mut errors = Vec::new();
    for (procedure, lookup) in lookups {
        let mut add = |seen: String, expected: &str| {
            errors.push(RuleError {
                place: lookup.place.clone(),
                seen,
                expected: expected.to_owned(),
            });
        };
        let register = RegisterName::parse(&lookup.register);
        let Some(register) = register.filter(|it| it.is_looked_up()) else {
            let read = RegisterName::ALL.iter().filter(|it| it.is_looked_up());
            let ids: Vec<&str> = read.map(|it| it.id()).collect();
            let seen = format!("办案时查的登记里没有“{}”", lookup.register);
            add(seen, &ids.join("、"));
            continue;
        };
        let column = |id: &str| register.columns().iter().find(|it| it.id == id);
        let ids: Vec<&str> = register.columns().iter().map(|it| it.id).collect();
        for id in lookup.columns().filter(|id| column(id).is_none()) {
            add(
                format!("{}没有“{id}”这一栏", register.chinese()),
                &ids.join("、"),
            );
        }
        let algorithm = format!("{ALGORITHM}{}", lookup.register);
        let is_asked = |fact: &Fact| fact.derived_by.as_deref() == Some(algorithm.as_str());
        if !register.is_read_by_decisions() && procedure.facts.iter().any(is_asked) {
            add(
                format!("{}只供选用和带入", register.chinese()),
                "不据它推导，要件不依据它",
            );
        }
        for (by, id) in &lookup.by_way_of {
            let by = RegisterName::parse(by);
            let mut columns = by.iter().flat_map(|by| by.columns());
            let leads = columns.any(|column| {
                column.id == id
                    && matches!(column.kind, ColumnKind::Reference(to) if to == register)
            });
            if !leads {
                add(format!("随 “{id}”"), "另一个登记里写明是哪一行的一栏");
            }
        }
        for take in &lookup.takes {
            let (declared, id) = (&procedure.facts[take.fact], &take.column);
            if let FactType::Choice(_) = declared.kind {
                let known = column(id).map(|column| &column.kind);
                let Some(ColumnKind::Choice(Choices::Fixed(known))) = known else {
                    add(
                        format!("“{}”不能从“{id}”取", declared.name),
                        "从几个里选一个的一栏",
                    );
                    continue;
                };
                let ids: Vec<&str> = known.iter().map(|(id, _)| *id).collect();
                let mut pairs = take.alternatives.iter();
                if let Some((value, _)) = pairs.find(|(value, _)| !ids.contains(&value.as_str())) {
                    add(format!("“{id}”没有“{value}”"), &ids.join("、"));
                }
                continue;
            }
            let (fits, expected) = match declared.kind {
                FactType::Count => (is_number as fn(&ColumnKind) -> bool, "填数的一栏"),
                FactType::Date => (is_date as fn(&ColumnKind) -> bool, "填日期的一栏"),
                _ => (is_text as fn(&ColumnKind) -> bool, "填文字的一栏"),
            };
            if column(id).is_some_and(|column| !fits(&column.kind)) {
                add(format!("“{}”不能从“{id}”取", declared.name), expected);
            }
        }
        let marks = lookup.vouches.iter().flat_map(|(_, marks)| marks);
        for mark in marks.chain(&lookup.stands) {
            if let Mark::Until(id) = mark
                && column(id).is_some_and(|column| !is_date(&column.kind))
            {
                add(format!("“止:{id}”的一栏不是日期"), "填日期的一栏");
            }
        }
    }
    errors
}

fn is_number(kind: &ColumnKind) -> bool {
    matches!(kind, ColumnKind::Number)
}

fn is_date(kind: &ColumnKind) -> bool {
    matches!(kind, ColumnKind::Date)
}

fn is_text(kind: &ColumnKind) -> bool {
    matches!(kind, ColumnKind::Text(_) | ColumnKind::LongText(_))
}
