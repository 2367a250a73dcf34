//! What is owed by a date: nearest due first.

use super::{Columns, Index, Order, ReadModel, Select, Value, integer, text};
use app::ledger::{Agency, ClockLine, ClockQuery, StorageCause};
use vocabulary::{Day, Moment};

/// The running clocks of all cases.
pub(crate) const DUE_CLOCKS: ReadModel = ReadModel {
    table: "due_clocks",
    columns: &[
        text("case_id"),
        text("clock_id"),
        text("rule"),
        text("brings"),
        integer("number"),
        text("since"),
        text("due"),
        text("provisional_by"),
    ],
    key: &["case_id", "clock_id"],
    indexes: &[
        Index {
            name: "due_clocks_by_due",
            columns: "due, case_id, clock_id",
            only: None,
        },
        Index {
            name: "due_clocks_that_bring",
            columns: "due, case_id, clock_id",
            only: Some("brings <> ''"),
        },
        Index {
            name: "due_clocks_provisional",
            columns: "due, case_id, clock_id",
            only: Some("provisional_by <> ''"),
        },
    ],
};

const BY_DUE: Order = Order {
    columns: &["due", "case_id", "clock_id"],
    descending: false,
};

/// The same order for the few clocks of a case: an expression that no index gives, so that they are looked up by their case
/// and sorted, instead of all clocks walked in their order.
const BY_DUE_SORTED: Order = Order {
    columns: &["due || ''", "case_id", "clock_id"],
    descending: false,
};

/// One row, with the agency first.
pub(crate) fn values(agency: &Agency, line: &ClockLine) -> Vec<Value> {
    vec![
        agency.as_str().into(),
        line.case_id.as_str().into(),
        line.clock_id.as_str().into(),
        line.rule.as_str().into(),
        line.brings.as_str().into(),
        i64::from(line.number).into(),
        Value::Text(line.since.to_string()),
        Value::Text(line.due.to_string()),
        line.provisional_by.as_str().into(),
    ]
}

pub(crate) fn line(values: Vec<Value>) -> Result<ClockLine, StorageCause> {
    let mut columns = Columns::new(values);
    Ok(ClockLine {
        case_id: columns.text()?,
        clock_id: columns.text()?,
        rule: columns.text()?,
        brings: columns.text()?,
        number: u32::try_from(columns.integer()?)?,
        since: Day::parse(&columns.text()?)?,
        due: Moment::parse(&columns.text()?)?,
        provisional_by: columns.text()?,
    })
}

pub(crate) fn page(agency: &Agency, query: &ClockQuery, limit: u32) -> Select {
    let mut select = Select::of(&DUE_CLOCKS, agency);
    if let Some(case_id) = &query.case_id {
        select.and("case_id =", case_id.as_str());
    }
    if query.brings_something {
        select.only("brings <> ''");
    }
    if let Some(edition) = &query.not_settled_by {
        select.only("provisional_by <> ''");
        select.and("provisional_by <>", edition.as_str());
    }
    match query.due_until {
        // Text of a day sorts before the text of its minutes, and those before `T24`.
        Some(Moment { day, minute: None }) => select.and("due <", format!("{day}T24").as_str()),
        Some(moment) => {
            // What is due on the day without a minute lasts until its end.
            select.and("due <=", moment.to_string().as_str());
            select.and("due <>", moment.day.to_string().as_str());
        }
        None => {}
    }
    let order = match query.case_id {
        Some(_) => &BY_DUE_SORTED,
        None => &BY_DUE,
    };
    if let Some(after) = &query.after {
        let place = [
            after.due.to_string().as_str().into(),
            after.case_id.as_str().into(),
            after.clock_id.as_str().into(),
        ];
        select.after(order, place.into());
    }
    select.page(order, limit);
    select
}
