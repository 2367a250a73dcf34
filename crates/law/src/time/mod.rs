//! Legal time: periods, the published working-day calendar, and the dates that follow from them.
//!
//! The calculation codes F1 to F5 and their sources stand in [`Code`]; [`due`] computes, [`explain`] shows the same
//! count day by day and in a Chinese sentence. Everything is pure: no clock, no IO, no floats.
//!
//! Invariants:
//! - A day means the whole day: a due date without a minute is met until 24:00 (民法典 203: or until business stops).
//! - Past the years whose holidays are announced (or before the first recorded one) weekends are days off, every other
//!   day is a working day, and whatever depends on such a day is *provisional* until [`settle`] computes it again.

mod calendar;
mod due;
mod explain;
mod period;

pub use calendar::{Calendar, CalendarError, CalendarProblem};
pub use due::{
    Counted, Due, Pause, Settled, TimeError, due, due_lenient, extended, natural_days_between,
    settle, warning_day, working_days_between,
};
pub use explain::{Explanation, Roll, Run, Why, explain};
pub use period::{Code, CodeError, Period, PeriodError, Unit, UnitError};

#[cfg(test)]
mod tests;
