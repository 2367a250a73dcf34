//! The register of numbers. Its tables are part of the record's schema: the write path reads them under its lock.

use super::{Columns, Order, ReadModel, Select, Value, integer, text};
use app::ledger::{Agency, StorageCause};
use app::numbers::{NumberRow, NumberState, Series, SeriesRow};

/// Each number that ever left.
pub(crate) const NUMBERS: ReadModel = ReadModel {
    table: "numbers",
    columns: &[
        text("kind"),
        integer("year"),
        integer("serial"),
        text("state"),
        text("text"),
        integer("leaf_index"),
    ],
    key: &["kind", "year", "serial"],
    indexes: &[],
};

/// The next number of each series.
pub(crate) const NUMBER_SERIES: ReadModel = ReadModel {
    table: "number_series",
    columns: &[text("kind"), integer("year"), integer("next")],
    key: &["kind", "year"],
    indexes: &[],
};

const BY_SERIES: Order = Order {
    columns: &["kind", "year"],
    descending: false,
};

const BY_SERIAL: Order = Order {
    columns: &["serial"],
    descending: false,
};

/// One number, with the agency first.
pub(crate) fn values(agency: &Agency, row: &NumberRow) -> Vec<Value> {
    vec![
        agency.as_str().into(),
        row.series.kind.as_str().into(),
        i64::from(row.series.year).into(),
        i64::from(row.serial).into(),
        row.state.word().into(),
        row.text.as_str().into(),
        crate::rows::stored(row.leaf_index).into(),
    ]
}

/// One series, with the agency first.
pub(crate) fn series_values(agency: &Agency, row: &SeriesRow) -> Vec<Value> {
    vec![
        agency.as_str().into(),
        row.series.kind.as_str().into(),
        i64::from(row.series.year).into(),
        i64::from(row.next).into(),
    ]
}

pub(crate) fn row(values: Vec<Value>) -> Result<NumberRow, StorageCause> {
    let mut columns = Columns::new(values);
    let series = series_of(&mut columns)?;
    let serial = u32::try_from(columns.integer()?)?;
    let state = columns.text()?;
    Ok(NumberRow {
        series,
        serial,
        state: NumberState::from_word(&state)
            .ok_or_else(|| format!("no state of a number: {state}"))?,
        text: columns.text()?,
        leaf_index: u64::try_from(columns.integer()?)?,
    })
}

pub(crate) fn series_row(values: Vec<Value>) -> Result<SeriesRow, StorageCause> {
    let mut columns = Columns::new(values);
    Ok(SeriesRow {
        series: series_of(&mut columns)?,
        next: u32::try_from(columns.integer()?)?,
    })
}

fn series_of(columns: &mut Columns) -> Result<Series, StorageCause> {
    Ok(Series {
        kind: columns.text()?,
        year: i16::try_from(columns.integer()?)?,
    })
}

/// All series of an agency: a few for each year.
pub(crate) fn series(agency: &Agency) -> Select {
    let mut select = Select::of(&NUMBER_SERIES, agency);
    select.page(&BY_SERIES, u32::MAX);
    select
}

/// One series.
pub(crate) fn one_series(agency: &Agency, series: &Series) -> Select {
    let mut select = Select::of(&NUMBER_SERIES, agency);
    select.and("kind =", series.kind.as_str());
    select.and("year =", i64::from(series.year));
    select
}

pub(crate) fn page(agency: &Agency, series: &Series, after: u32, limit: u32) -> Select {
    let mut select = Select::of(&NUMBERS, agency);
    select.and("kind =", series.kind.as_str());
    select.and("year =", i64::from(series.year));
    select.and("serial >", i64::from(after));
    select.page(&BY_SERIAL, limit);
    select
}

/// The row of one number.
pub(crate) fn one(agency: &Agency, series: &Series, serial: u32) -> Select {
    let mut select = Select::of(&NUMBERS, agency);
    select.and("kind =", series.kind.as_str());
    select.and("year =", i64::from(series.year));
    select.and("serial =", i64::from(serial));
    select
}

pub(crate) fn by_text(agency: &Agency, text: &str) -> Select {
    let mut select = Select::of(&NUMBERS, agency);
    select.and("text =", text);
    // Says nothing of its own: it lets the index of texts, which leaves the empty ones out, be used.
    select.only("text <> ''");
    select
}
