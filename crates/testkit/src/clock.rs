//! A clock that stands until somebody sets it, forwards or back.

use app::ports::Clock;
use jiff::{SignedDuration, Timestamp};
use std::sync::{Mutex, PoisonError};

/// A clock that stands until it is set.
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// Stands at this time, such as `2026-11-24T02:00:00Z`.
    ///
    /// # Panics
    ///
    /// When that is no time.
    pub fn at(time: &str) -> ManualClock {
        ManualClock(Mutex::new(read(time)))
    }

    /// Lets so much time pass.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now += by;
    }

    /// From now on it is this time.
    ///
    /// # Panics
    ///
    /// When that is no time.
    pub fn set(&self, time: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = read(time);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(time: &str) -> Timestamp {
    time.parse().unwrap_or_else(|_| panic!("{time} is no time"))
}
