//! What is wrong, and at which cell.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A cell, a line or a sheet of the workbook.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct At {
    /// The sheet.
    pub sheet: String,
    /// The line, from 1 as the program shows it; 0 for the sheet as a whole.
    pub row: u32,
    /// The column by its heading; empty for the line as a whole.
    pub column: String,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "“{}”", self.sheet)?;
        if self.row > 0 {
            write!(f, "第{}行", self.row)?;
        }
        if !self.column.is_empty() {
            write!(f, "“{}”栏", self.column)?;
        }
        Ok(())
    }
}

/// One thing that is wrong or missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// Where.
    pub at: At,
    /// What, as a sentence for the clerk.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}：{}", self.at, self.text)
    }
}
