//! Due dates.
//!
//! Without pauses a due date takes two table look-ups and no allocation; with pauses, two look-ups for each.

use serde::{Deserialize, Serialize};
use vocabulary::{Day, Moment};

use super::calendar::{Calendar, day_of};
use super::period::{Code, Period, PeriodError, Unit};

/// Days that are not counted: from `from` up to, but without, `until`.
///
/// Pauses may overlap and come in any order; one that is empty stops nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// The first day that is not counted.
    pub from: Day,
    /// The first day that is counted again; `None` while the clock still stands.
    pub until: Option<Day>,
}

/// When a period ends (for F4: the latest day on which the notice may be given).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The last day, until 24:00; with its minute where hours are counted.
    pub at: Moment,
    /// Whether the date rests on a year whose holidays are not recorded, and may still move.
    pub provisional: bool,
}

/// Why there is no due date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Hours are counted from a minute, and the base has none.
    #[error("以小时计的期间从事件时刻起算，请补充起算的时和分")]
    HoursNeedATime,
    /// The base names a minute that no day has.
    #[error("起算时刻为当日第{minute}分钟，一日只有0至1439分钟")]
    NoSuchMinute {
        /// The minute of the base.
        minute: u16,
    },
    /// The clock still stands, so there is no due date now.
    #[error("期间自{since}起停止计算，恢复计算后才有到期日")]
    Paused {
        /// The first day of the pause that has no end yet.
        since: Day,
    },
    /// A pause ends before it begins.
    #[error("停计区间有误：自{from}起停止计算，却在此前的{until}恢复")]
    PauseEndsFirst {
        /// The first day of the pause.
        from: Day,
        /// The day on which counting goes on.
        until: Day,
    },
    /// The date would lie outside the years 1 to 9999.
    #[error("到期日超出公元1年至9999年，请核对期间长度和起算日")]
    OutOfRange,
    /// Number, unit and code do not belong together.
    #[error("期间有误：{0}")]
    Period(#[from] PeriodError),
    /// Only a period counted backwards has a lenient variant.
    #[error("只有“X日前”倒数的期间（F4）有宽松算法")]
    OnlyBackwardsIsLenient,
    /// A period counted backwards cannot follow a due date.
    #[error("延长期间不能用“X日前”倒数的口径（F4）")]
    BackwardsCannotExtend,
}

/// A number of days, and whether it rests on unrecorded years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// The days; negative when the second day comes first.
    pub days: i32,
    /// Whether a day between lies in a year whose holidays are not recorded.
    pub provisional: bool,
}

/// A due date computed again under a newer calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The due date now.
    pub due: Due,
    /// What it was before.
    pub before: Due,
}

impl Settled {
    /// Whether the date is another one than before.
    pub fn moved(self) -> bool {
        self.due.at != self.before.at
    }

    /// Whether the date rests on recorded years only, so that no later calendar moves it.
    pub fn is_final(self) -> bool {
        !self.due.provisional
    }
}

/// When a period ends that begins with `base`.
///
/// The base day itself is not counted (民法典 201). For F4 `base` is the event, and the due date is the latest day for
/// the notice in the conservative reading: as many complete days lie between as the period says. Pauses do not touch
/// F4, for the days between belong to the person notified.
///
/// ```
/// use law::time::{Calendar, Code, Period, Unit, due};
/// use vocabulary::Day;
/// let calendar = Calendar::parse_csv(include_str!("../../../../rules/calendar/workdays.csv")).unwrap();
/// let disclosure = Period::new(7, Unit::WorkingDays, Code::F2).unwrap();
/// let decided = Day::parse("2026-09-28").unwrap();
/// let due = due(&calendar, disclosure, decided.into(), &[]).unwrap();
/// assert_eq!(due.at.to_string(), "2026-10-13");
/// ```
pub fn due(
    calendar: &Calendar,
    period: Period,
    base: Moment,
    pauses: &[Pause],
) -> Result<Due, TimeError> {
    Ok(end(calendar, period, base, &Stops::of(pauses)?)?.due)
}

/// The latest day for a notice in the lenient reading of F4: the X-th (working) day before the event.
///
/// For comparison and for old cases; the system goes by [`due`].
pub fn due_lenient(calendar: &Calendar, period: Period, event: Moment) -> Result<Due, TimeError> {
    period.check()?;
    match period.code {
        Code::F4 => backwards(calendar, period, event.day, i64::from(period.count)),
        Code::F1 | Code::F1H | Code::F2 | Code::F3 | Code::F5 => {
            Err(TimeError::OnlyBackwardsIsLenient)
        }
    }
}

/// The end of a further period, counted from the old due date.
///
/// For a further period that pauses, use [`due`] with the old due date as base.
pub fn extended(calendar: &Calendar, due: Due, period: Period) -> Result<Due, TimeError> {
    if period.code == Code::F4 {
        return Err(TimeError::BackwardsCannotExtend);
    }
    let further = self::due(calendar, period, due.at, &[])?;
    Ok(Due {
        provisional: further.provisional || due.provisional,
        ..further
    })
}

/// Computes a due date again under a newer calendar: `period`, `base` and `pauses` are those that `before` came from.
pub fn settle(
    newer: &Calendar,
    period: Period,
    base: Moment,
    pauses: &[Pause],
    before: Due,
) -> Result<Settled, TimeError> {
    Ok(Settled {
        due: due(newer, period, base, pauses)?,
        before,
    })
}

/// When to warn of a due date that falls on a day off: on the last working day before it (law.md 10).
///
/// `None` when the due date is a working day. The warning day may lie before the base of a short period: warn at once.
pub fn warning_day(calendar: &Calendar, due: Due) -> Option<Day> {
    if calendar.is_workday(due.at.day) {
        None
    } else {
        calendar.workday_before(due.at.day)
    }
}

/// How many working days follow `after`, up to and including `until`; negative when `until` comes first.
///
/// An act on `until` is done on that working day after `after`: 2024-08-25 to 2024-09-18 is 17.
pub fn working_days_between(calendar: &Calendar, after: Day, until: Day) -> Counted {
    let (early, late) = if after <= until {
        (after, until)
    } else {
        (until, after)
    };
    let days = calendar.rank(i64::from(until.number())) - calendar.rank(i64::from(after.number()));
    Counted {
        days: i32::try_from(days).expect("no more than the days between, which an i32 counts"),
        provisional: early < late && !covers(calendar, early.plus_days(1), late),
    }
}

/// How many natural days follow `after`, up to and including `until`; negative when `until` comes first.
pub fn natural_days_between(after: Day, until: Day) -> i32 {
    until.number() - after.number()
}

/// The end of a period, with what an explanation needs.
pub(super) struct End {
    /// The last day counted, before it moves off a day off.
    pub(super) last: Day,
    pub(super) due: Due,
}

/// Which days a period counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Counting {
    Natural,
    Working,
}

impl Counting {
    pub(super) fn of(unit: Unit) -> Counting {
        match unit {
            Unit::WorkingDays => Counting::Working,
            Unit::Hours | Unit::Days | Unit::Months | Unit::Years => Counting::Natural,
        }
    }

    fn rank(self, calendar: &Calendar, number: i64) -> i64 {
        match self {
            Counting::Natural => number,
            Counting::Working => calendar.rank(number),
        }
    }

    fn ranked(self, calendar: &Calendar, rank: i64) -> i64 {
        match self {
            Counting::Natural => rank,
            Counting::Working => calendar.ranked(rank),
        }
    }
}

pub(super) fn end(
    calendar: &Calendar,
    period: Period,
    base: Moment,
    stops: &Stops,
) -> Result<End, TimeError> {
    period.check()?;
    let count = i64::from(period.count);
    let stands = |last: Day| End {
        last,
        due: Due {
            at: last.into(),
            provisional: false,
        },
    };
    match period.code {
        Code::F1 => rolled(
            calendar,
            nth(calendar, base.day, count, Counting::Natural, stops)?,
            stops,
        ),
        Code::F1H => nth(calendar, base.day, count, Counting::Natural, stops).map(stands),
        Code::F2 => {
            let last = nth(calendar, base.day, count, Counting::Working, stops)?;
            let provisional = !covers(calendar, base.day.plus_days(1), last);
            Ok(End {
                last,
                due: Due {
                    at: last.into(),
                    provisional,
                },
            })
        }
        Code::F3 => {
            let at = after_hours(base, count, stops)?;
            Ok(End {
                last: at.day,
                due: Due {
                    at,
                    provisional: false,
                },
            })
        }
        Code::F4 => {
            let due = backwards(calendar, period, base.day, count + 1)?;
            Ok(End {
                last: due.at.day,
                due,
            })
        }
        Code::F5 => {
            let months = if period.unit == Unit::Years {
                count * 12
            } else {
                count
            };
            let unpaused = corresponding_day(base.day, months).ok_or(TimeError::OutOfRange)?;
            let days = i64::from(natural_days_between(base.day, unpaused));
            rolled(
                calendar,
                nth(calendar, base.day, days, Counting::Natural, stops)?,
                stops,
            )
        }
    }
}

/// The day with the same number so many months later, or the last day of that month (民法典 202).
fn corresponding_day(base: Day, months: i64) -> Option<Day> {
    let (year, month, day) = base.ymd();
    let month = i64::from(year) * 12 + i64::from(month) - 1 + months;
    let year = i16::try_from(month.div_euclid(12)).ok()?;
    let month = i8::try_from(month.rem_euclid(12)).ok()? + 1;
    (28..day)
        .rev()
        .fold(Day::from_ymd(year, month, day), |found, shorter| {
            found.or_else(|| Day::from_ymd(year, month, shorter))
        })
}

/// The end of a period whose last day moves to the next working day when it is a day off (民法典 203).
///
/// A clock that stops before that working day goes on with the first one after the pause.
fn rolled(calendar: &Calendar, last: Day, stops: &Stops) -> Result<End, TimeError> {
    let mut day = calendar
        .workday_on_or_after(last)
        .ok_or(TimeError::OutOfRange)?;
    while let Some(stop) = stops.0.iter().find(|stop| stop.holds(day)) {
        let until = stop.until.ok_or(TimeError::Paused { since: stop.from })?;
        day = calendar
            .workday_on_or_after(until)
            .ok_or(TimeError::OutOfRange)?;
    }
    Ok(End {
        last,
        due: Due {
            at: day.into(),
            provisional: !covers(calendar, last, day),
        },
    })
}

/// The `count`-th counted day after `base`.
fn nth(
    calendar: &Calendar,
    base: Day,
    count: i64,
    counting: Counting,
    stops: &Stops,
) -> Result<Day, TimeError> {
    let mut seen = i64::from(base.number());
    let mut left = count;
    for stop in &stops.0 {
        let until = stop.until.map(|until| i64::from(until.number()));
        if until.is_some_and(|until| until <= seen + 1) {
            continue;
        }
        let before = i64::from(stop.from.number()).max(seen + 1) - 1;
        let available = counting.rank(calendar, before) - counting.rank(calendar, seen);
        if left <= available {
            break;
        }
        left -= available;
        seen = until.ok_or(TimeError::Paused { since: stop.from })? - 1;
    }
    let rank = counting.rank(calendar, seen) + left;
    day_of(counting.ranked(calendar, rank)).ok_or(TimeError::OutOfRange)
}

/// The minute that comes so many unpaused hours after the base (民法典 201 II: holidays are not left out).
fn after_hours(base: Moment, hours: i64, stops: &Stops) -> Result<Moment, TimeError> {
    const A_DAY: i64 = Moment::MINUTES_A_DAY as i64;
    let minute = base.minute.ok_or(TimeError::HoursNeedATime)?;
    if minute >= Moment::MINUTES_A_DAY {
        return Err(TimeError::NoSuchMinute { minute });
    }
    let mut now = i64::from(base.day.number()) * A_DAY + i64::from(minute);
    let mut left = hours * 60;
    for stop in &stops.0 {
        let until = stop.until.map(|until| i64::from(until.number()) * A_DAY);
        if until.is_some_and(|until| until <= now) {
            continue;
        }
        let available = (i64::from(stop.from.number()) * A_DAY).max(now) - now;
        if left <= available {
            break;
        }
        left -= available;
        now = until.ok_or(TimeError::Paused { since: stop.from })?;
    }
    let end = now + left;
    let day = day_of(end.div_euclid(A_DAY)).ok_or(TimeError::OutOfRange)?;
    let minute = u16::try_from(end.rem_euclid(A_DAY)).expect("a remainder of 1440 is below it");
    Ok(Moment {
        day,
        minute: Some(minute),
    })
}

/// The `back`-th (working) day before an event.
fn backwards(calendar: &Calendar, period: Period, event: Day, back: i64) -> Result<Due, TimeError> {
    let counting = Counting::of(period.unit);
    let rank = counting.rank(calendar, i64::from(event.number()) - 1);
    let day = day_of(counting.ranked(calendar, rank - back + 1)).ok_or(TimeError::OutOfRange)?;
    let provisional = counting == Counting::Working && !covers(calendar, day, event.plus_days(-1));
    Ok(Due {
        at: day.into(),
        provisional,
    })
}

fn covers(calendar: &Calendar, from: Day, to: Day) -> bool {
    calendar.covers(from) && calendar.covers(to)
}

/// Pauses in order, without overlaps and without empty ones.
pub(super) struct Stops(Vec<Pause>);

impl Stops {
    /// Puts pauses in order; without pauses nothing is allocated.
    pub(super) fn of(pauses: &[Pause]) -> Result<Stops, TimeError> {
        let mut sorted = Vec::with_capacity(pauses.len());
        for pause in pauses {
            match pause.until {
                Some(until) if until < pause.from => {
                    return Err(TimeError::PauseEndsFirst {
                        from: pause.from,
                        until,
                    });
                }
                Some(until) if until == pause.from => {}
                _ => sorted.push(*pause),
            }
        }
        sorted.sort_unstable_by_key(|pause| pause.from);
        sorted.dedup_by(|next, kept| {
            let joins = kept.until.is_none_or(|until| next.from <= until);
            if joins {
                kept.until = kept
                    .until
                    .zip(next.until)
                    .map(|(one, other)| one.max(other));
            }
            joins
        });
        Ok(Stops(sorted))
    }

    pub(super) fn hold(&self, day: Day) -> bool {
        self.0.iter().any(|stop| stop.holds(day))
    }
}

impl Pause {
    fn holds(self, day: Day) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }
}
