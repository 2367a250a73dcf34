//! Cases on paper: read from workbooks good and bad, taken over, and carried on to their closing.

#![expect(
    clippy::unwrap_used,
    reason = "a failed `unwrap` in a test names its line"
)]

mod bad_input;
mod desk;
mod lives;
mod templates;
mod twenty;
mod workbook;
