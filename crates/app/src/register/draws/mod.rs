//! Random draws (双随机抽查): who is inspected, and by whom, drawn by commit and reveal ([`proof::draw`]).
//!
//! Whoever prepares a draw fixes both pools; the secret of the draw is in its entry and on no page until it is used. The
//! supervisor's number makes the seed, and rows of the register say what came of it. Nobody edits these rows.
//!
//! What it does not hold against: somebody who reads the files of the record could know the secret beforehand, and tell the
//! supervisor which number to say. So the number is said by several people on the spot.

mod again;
mod drawing;
mod outcome;
mod pool;

pub use again::Redrawn;
pub(super) use drawing::supervising;
pub use outcome::Drawn;
pub use pool::{Drawable, Pools};

use super::RegisterName;
use super::columns::cell;
use super::entry::Row;
use serde::{Deserialize, Serialize};

/// The register of draws.
const DRAWS: RegisterName = RegisterName::Draws;
/// What the row of a batch is, in the column `kind`.
const BATCH: &str = "batch";
/// What the row of an object is that was drawn.
const OBJECT: &str = "object";

/// A draw that somebody prepares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawPreparing {
    /// The item of the list of inspection items, by its name.
    pub item: String,
    /// Which objects: `enterprises` or `sites`, or one kind of them: `sites:well`.
    pub from: String,
    /// Only those of this district; all, where it is empty.
    pub district: String,
    /// Only enterprises under special watch.
    pub is_key_only: bool,
    /// How many objects; by the share that the item's row says, where nothing is said.
    pub count: Option<usize>,
    /// How many officers for each object.
    pub officers: usize,
    /// Only officers of this section; all, where it is empty.
    pub section: String,
    /// Who must not inspect whom, a line each: name, object or 全部, reason.
    pub recusals: String,
    /// Why it is drawn again where it was drawn this year, or why fewer are drawn than the item's row asks for.
    pub reason: String,
    /// Who prepares it, by id.
    pub by: String,
}

/// The word of the supervisor by which a prepared draw is drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawReveal {
    /// What was prepared, by its entry.
    pub draft: u64,
    /// The number that was said.
    pub said: String,
    /// Who supervises, by id.
    pub by: String,
}

/// A prepared draw that is given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawCancelling {
    /// What was prepared, by its entry.
    pub draft: u64,
    /// Why.
    pub reason: String,
    /// Who gives it up, by id.
    pub by: String,
}

fn text<'r>(row: &'r Row, column: &str) -> &'r str {
    cell(row, column).as_str().unwrap_or_default()
}

fn number(row: &Row, column: &str) -> usize {
    let number = cell(row, column).as_u64().unwrap_or(0);
    usize::try_from(number).unwrap_or(0)
}
