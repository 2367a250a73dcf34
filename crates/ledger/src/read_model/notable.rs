//! What deserves a second look, the last recorded first.

use super::{Columns, Index, Order, ReadModel, Select, Value, integer, text};
use crate::rows::{count, stored, timestamp};
use app::ledger::{Agency, NotableLine, NotableQuery, NotableRow, StorageCause};
use app::notable::Notable;

/// Entries that deserve a second look, a row for each reason.
pub(crate) const NOTABLE: ReadModel = ReadModel {
    table: "notable",
    columns: &[
        text("case_id"),
        integer("version"),
        text("kind"),
        text("event"),
        integer("recorded_at_ms"),
    ],
    key: &["case_id", "version", "kind"],
    indexes: &[
        Index {
            name: "notable_by_time",
            columns: "recorded_at_ms DESC, case_id DESC, version DESC, kind DESC",
            only: None,
        },
        Index {
            name: "notable_by_kind",
            columns: "kind, recorded_at_ms DESC, case_id DESC, version DESC",
            only: None,
        },
    ],
};

const BY_TIME: Order = Order {
    columns: &["recorded_at_ms", "case_id", "version", "kind"],
    descending: true,
};

const BY_TIME_OF_KIND: Order = Order {
    columns: &["recorded_at_ms", "case_id", "version"],
    descending: true,
};

#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no reason for a second look")]
struct NoKind(String);

/// One row, with the agency first.
pub(crate) fn values(agency: &Agency, row: &NotableRow) -> Vec<Value> {
    let line = &row.line;
    vec![
        agency.as_str().into(),
        line.case_id.as_str().into(),
        stored(line.version).into(),
        line.kind.id().into(),
        line.event.as_str().into(),
        row.recorded_at.as_millisecond().into(),
    ]
}

pub(crate) fn row(values: Vec<Value>) -> Result<NotableRow, StorageCause> {
    let mut columns = Columns::new(values);
    let (case_id, version) = (columns.text()?, columns.integer()?);
    let kind = columns.text()?;
    let Some(kind) = Notable::parse(&kind) else {
        return Err(NoKind(kind).into());
    };
    let line = NotableLine {
        case_id,
        version: count("version", version)?,
        kind,
        event: columns.text()?,
    };
    let recorded_at = timestamp(columns.integer()?)?;
    Ok(NotableRow { line, recorded_at })
}

/// A page of the list.
pub(crate) fn page(agency: &Agency, query: &NotableQuery, limit: u32) -> Select {
    let mut select = Select::of(&NOTABLE, agency);
    let order = match query.kind {
        Some(kind) => {
            select.and("kind =", kind.id());
            &BY_TIME_OF_KIND
        }
        None => &BY_TIME,
    };
    if let Some(after) = &query.after {
        let mut place = vec![
            after.recorded_at.as_millisecond().into(),
            after.case_id.as_str().into(),
            stored(after.version).into(),
        ];
        if query.kind.is_none() {
            place.push(after.kind.id().into());
        }
        select.after(order, place);
    }
    select.page(order, limit);
    select
}

/// All rows of a case.
pub(crate) fn of_case(agency: &Agency, case_id: &str) -> Select {
    let mut select = Select::of(&NOTABLE, agency);
    select.and("case_id =", case_id);
    select
}
