//! Cases on paper: read from workbooks good and bad, taken over, and carried on to their closing.

mod bad_input;
mod desk;
mod lives;
mod templates;
mod twenty;
mod workbook;
