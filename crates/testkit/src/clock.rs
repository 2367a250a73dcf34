//! A clock that stands until somebody sets it, forwards or back.

use app::ports::{Clock, MovableClock};
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

/// A clock that stands until it is set.
pub struct ManualClock {
    now: Mutex<Timestamp>,
    days_ahead: AtomicU32,
}

impl ManualClock {
    /// Stands at this time, such as `2026-11-24T02:00:00Z`.
    ///
    /// # Panics
    ///
    /// When that is no time.
    pub fn at(time: &str) -> ManualClock {
        ManualClock {
            now: Mutex::new(read(time)),
            days_ahead: AtomicU32::new(0),
        }
    }

    /// Lets so much time pass.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        *now += by;
    }

    /// From now on it is this time.
    ///
    /// # Panics
    ///
    /// When that is no time.
    pub fn set(&self, time: &str) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = read(time);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MovableClock for ManualClock {
    fn days_ahead(&self) -> u32 {
        self.days_ahead.load(Ordering::Relaxed)
    }

    fn advance(&self, days: u32) -> std::io::Result<()> {
        ManualClock::advance(self, SignedDuration::from_hours(24 * i64::from(days)));
        self.days_ahead.fetch_add(days, Ordering::Relaxed);
        Ok(())
    }
}

fn read(time: &str) -> Timestamp {
    time.parse().unwrap_or_else(|_| panic!("{time} is no time"))
}
