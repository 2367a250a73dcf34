//! Discretion: which provision applies, what its range comes to, which tier of the agency's benchmark, what was
//! adjusted on what grounds, and whether the fine lies within all of it.
//!
//! There is one computation. Facts that nobody types (is the fine in range, was the lighter law chosen) and the receipt,
//! which shows every step with its article, ask the same functions. What they ask about, on which article and in
//! which order laws are suggested stands in `rules/discretion.kdl`.

mod benchmark;
mod guide;
pub mod provision;
pub mod range;
mod receipt;
mod tier;
mod weighing;
mod worlds;

/// The algorithm by which the rules ask whether a fine keeps to the benchmark.
pub const OUTSIDE_BENCHMARK: &str = "outside_benchmark";

pub use benchmark::{Benchmark, BenchmarkRow, RowError};
pub use guide::{Guide, StepKind};
pub use receipt::{Outcome, Receipt, Shown, Step};
pub use tier::{Applied, Choice, Facts, Tier, TierUnit};
pub use weighing::{Degree, Situation, departs, receipt};

/// Whether something is so, with a sentence that says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether it is so.
    pub holds: bool,
    /// The sentence; empty where the answer speaks for itself.
    pub told: String,
}

impl Finding {
    /// It is so, and there is nothing to add.
    pub fn yes() -> Finding {
        Finding {
            holds: true,
            told: String::new(),
        }
    }

    /// It is so, with a remark.
    pub fn yes_but(told: impl Into<String>) -> Finding {
        Finding {
            holds: true,
            told: told.into(),
        }
    }

    /// It is not so, and why.
    pub fn no(told: impl Into<String>) -> Finding {
        Finding {
            holds: false,
            told: told.into(),
        }
    }
}
