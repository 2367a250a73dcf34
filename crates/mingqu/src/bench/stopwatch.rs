//! Time that passes while something is measured.

use crate::adapters::MachineClock;
use app::ports::Clock;
use jiff::Timestamp;

/// Runs since it was started.
pub(super) struct Stopwatch(Timestamp);

impl Stopwatch {
    pub(super) fn start() -> Stopwatch {
        Stopwatch(MachineClock.now())
    }

    pub(super) fn nanoseconds(&self) -> u64 {
        let passed = MachineClock.now().as_nanosecond() - self.0.as_nanosecond();
        u64::try_from(passed).unwrap_or(0)
    }
}
