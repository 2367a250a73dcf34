//! The clock of a demonstration: the machine's, moved. It starts in the past, where the history is made day by day, and
//! ends with the machine's; from then on a page may move it forward, and never back.

use anyhow::{Context, Result};
use app::ports::{Clock, MovableClock, legal_moment};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use vocabulary::{Day, Moment};

/// Where it is kept, in the data folder. A folder that has this file is a demonstration's.
pub(super) const FILE: &str = "demo-clock.json";
const A_DAY: i64 = 24 * 60 * 60;
/// Civil time in Asia/Shanghai goes so far ahead of UTC.
const EAST: i64 = 8 * 60 * 60;

/// The machine's clock, moved by a number of seconds that never shrinks.
pub(crate) struct DemoClock {
    machine: Arc<dyn Clock>,
    path: PathBuf,
    kept: RwLock<Kept>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// The day of the first start: the days of the history are counted back from it, however long it takes to make.
    day_zero: Day,
    /// By how much it goes ahead of the machine; while the history is made, less than nothing.
    ahead_seconds: i64,
}

impl DemoClock {
    /// The clock of a data folder; nothing where the folder is no demonstration's.
    pub(crate) fn of(folder: &Path, machine: Arc<dyn Clock>) -> Result<Option<DemoClock>> {
        let path = folder.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("不能读取演示时钟 {}", path.display()));
            }
        };
        let kept = serde_json::from_str(&text)
            .with_context(|| format!("演示时钟 {} 已损坏", path.display()))?;
        Ok(Some(DemoClock {
            machine,
            path,
            kept: RwLock::new(kept),
        }))
    }

    /// Makes the folder a demonstration's: today is its day zero, and the history begins at this moment.
    pub(crate) fn begin(
        folder: &Path,
        machine: Arc<dyn Clock>,
        beginning: Moment,
    ) -> io::Result<DemoClock> {
        let now = machine.now();
        let kept = Kept {
            day_zero: legal_moment(now).day,
            ahead_seconds: instant(beginning).as_second() - now.as_second(),
        };
        let clock = DemoClock {
            machine,
            path: folder.join(FILE),
            kept: RwLock::new(kept),
        };
        clock.keep(kept)?;
        Ok(clock)
    }

    /// The day of the first start.
    pub(crate) fn day_zero(&self) -> Day {
        self.kept().day_zero
    }

    /// Goes on to this moment, unless it is later already.
    pub(crate) fn go_on_to(&self, moment: Moment) -> io::Result<()> {
        let kept = self.kept();
        let ahead_seconds = instant(moment).as_second() - self.machine.now().as_second();
        if ahead_seconds <= kept.ahead_seconds {
            return Ok(());
        }
        self.keep(Kept {
            ahead_seconds,
            ..kept
        })
    }

    /// The history is made: the clock goes with the machine's.
    pub(crate) fn arrive(&self) -> io::Result<()> {
        let kept = self.kept();
        self.keep(Kept {
            ahead_seconds: kept.ahead_seconds.max(0),
            ..kept
        })
    }

    fn kept(&self) -> Kept {
        *self.kept.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// On disk before anybody sees it, and whole: a clock that ran back would contradict the record.
    fn keep(&self, kept: Kept) -> io::Result<()> {
        let mut held = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        let beside = self.path.with_extension("json.part");
        fs::write(&beside, serde_json::to_vec(&kept)?)?;
        fs::rename(&beside, &self.path)?;
        *held = kept;
        Ok(())
    }
}

impl Clock for DemoClock {
    fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_secs(self.kept().ahead_seconds);
        self.machine
            .now()
            .saturating_add(ahead)
            .unwrap_or(Timestamp::MAX)
    }
}

impl MovableClock for DemoClock {
    fn days_ahead(&self) -> u32 {
        u32::try_from(self.kept().ahead_seconds / A_DAY).unwrap_or(0)
    }

    fn advance(&self, days: u32) -> io::Result<()> {
        let kept = self.kept();
        let further = i64::from(days) * A_DAY;
        self.keep(Kept {
            ahead_seconds: kept.ahead_seconds.saturating_add(further),
            ..kept
        })
    }
}

/// The instant of a moment in Asia/Shanghai; a day begins at midnight.
fn instant(moment: Moment) -> Timestamp {
    let minute = i64::from(moment.minute.unwrap_or(0));
    let second = i64::from(moment.day.number()) * A_DAY + minute * 60 - EAST;
    Timestamp::from_second(second).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::clock::ManualClock;

    fn moment(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    #[test]
    fn it_goes_on_and_never_back_and_is_found_again_where_it_stood() {
        let folder = tempfile::tempdir().unwrap();
        let machine = Arc::new(ManualClock::at("2026-11-30T01:30:00Z"));
        assert!(
            DemoClock::of(folder.path(), Arc::clone(&machine) as _)
                .unwrap()
                .is_none()
        );
        let beginning = moment("2026-03-02T08:30");
        let clock = DemoClock::begin(folder.path(), Arc::clone(&machine) as _, beginning).unwrap();
        assert_eq!(legal_moment(clock.now()), moment("2026-03-02T08:30"));
        clock.go_on_to(moment("2026-03-05T09:00")).unwrap();
        clock.go_on_to(moment("2026-03-04T09:00")).unwrap();
        assert_eq!(legal_moment(clock.now()), moment("2026-03-05T09:00"));
        assert_eq!(clock.days_ahead(), 0);

        machine.advance(SignedDuration::from_hours(24));
        let clock = DemoClock::of(folder.path(), Arc::clone(&machine) as _)
            .unwrap()
            .unwrap();
        assert_eq!(clock.day_zero(), Day::parse("2026-11-30").unwrap());
        assert_eq!(legal_moment(clock.now()), moment("2026-03-06T09:00"));
        clock.arrive().unwrap();
        assert_eq!(legal_moment(clock.now()), moment("2026-12-01T09:30"));

        clock.advance(3).unwrap();
        assert_eq!(clock.days_ahead(), 3);
        let again = DemoClock::of(folder.path(), machine).unwrap().unwrap();
        assert_eq!(legal_moment(again.now()), moment("2026-12-04T09:30"));
        again.arrive().unwrap();
        assert_eq!(again.days_ahead(), 3, "what was moved stays moved");
    }

    #[test]
    fn a_damaged_file_is_said_and_not_taken_for_a_real_office() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "{").unwrap();
        let machine = Arc::new(ManualClock::at("2026-11-30T01:30:00Z"));
        assert!(DemoClock::of(folder.path(), machine).is_err());
    }
}
