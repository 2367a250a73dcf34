//! The rows of the catalogue of legal review as the law reads them: their conditions are checked before they are drafted and
//! asked of every proposal.

use super::RegisterName;
use super::columns::cell;
use super::entry::Row;
use super::known::Known;
use law::Rules;
use law::review_catalog::{self, CatalogRow, ReviewCatalog, RowError};
use vocabulary::Day;

fn row_of(id: &str, row: &Row, from: Day, until: Option<Day>) -> CatalogRow {
    let text = |column: &str| cell(row, column).as_str().unwrap_or_default().to_owned();
    CatalogRow {
        id: id.to_owned(),
        name: text("name"),
        procedure: text("procedure"),
        condition: text("condition"),
        from,
        until,
    }
}

/// The catalogue as the register has it, each version with the days between which it holds.
pub(super) fn catalog(known: &Known, rules: &Rules) -> ReviewCatalog {
    let rows: Vec<CatalogRow> = known
        .spans(RegisterName::ReviewCatalog)
        .map(|(id, row, from, until)| row_of(id, row, from, until))
        .collect();
    ReviewCatalog::of(&rows, rules)
}

/// What is wrong with the condition of a row.
pub(super) fn mistakes(id: &str, row: &Row, rules: &Rules) -> Vec<RowError> {
    review_catalog::mistakes(&row_of(id, row, Day::MIN, None), rules)
}
