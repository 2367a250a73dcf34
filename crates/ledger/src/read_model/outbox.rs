//! What is to be done after an entry. Part of the record's schema: it is not made again from the log.

use super::{Columns, Order, ReadModel, Select, Value, integer, text};
use crate::rows::stored;
use app::ledger::{Agency, OutboxItem, Outstanding, StorageCause};

/// Items, done and not done.
pub(crate) const OUTBOX: ReadModel = ReadModel {
    table: "outbox",
    columns: &[
        integer("leaf_index"),
        integer("position"),
        text("topic"),
        text("payload"),
        integer("done"),
    ],
    key: &["leaf_index", "position"],
    indexes: &[],
};

const OLDEST_FIRST: Order = Order {
    columns: &["leaf_index", "position"],
    descending: false,
};

/// The rows of the items of one entry, with the agency first.
pub(crate) fn values<'a>(
    agency: &'a Agency,
    leaf_index: u64,
    items: &'a [OutboxItem],
) -> impl Iterator<Item = Vec<Value>> + 'a {
    items.iter().zip(0_i64..).map(move |(item, position)| {
        vec![
            agency.as_str().into(),
            stored(leaf_index).into(),
            position.into(),
            item.topic.as_str().into(),
            Value::Text(item.payload.to_string()),
            Value::Integer(0),
        ]
    })
}

pub(crate) fn outstanding(agency: &Agency, limit: u32) -> Select {
    let mut select = Select::of(&OUTBOX, agency);
    select.only("done = 0");
    select.page(&OLDEST_FIRST, limit);
    select
}

pub(crate) fn row(values: Vec<Value>) -> Result<Outstanding, StorageCause> {
    let mut columns = Columns::new(values);
    Ok(Outstanding {
        leaf_index: u64::try_from(columns.integer()?)?,
        position: u32::try_from(columns.integer()?)?,
        item: OutboxItem {
            topic: columns.text()?,
            payload: serde_json::from_str(&columns.text()?)?,
        },
    })
}
