//! How a due date came about, day by day and in a sentence.

use std::fmt;

use serde::{Serialize, Serializer};
use vocabulary::{Day, Moment};

use super::calendar::Calendar;
use super::due::{Counting, Due, Pause, Stops, TimeError, end, warning_day};
use super::period::{Code, Period};

/// A due date and every day that led to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The period.
    pub period: Period,
    /// Where it begins; for F4 the event.
    pub base: Moment,
    /// Where it ends.
    pub due: Due,
    /// The recorded years that the count went by.
    pub edition: String,
    /// The days from the base to the due date (for F4 from the due date to the event), both included, without a gap.
    pub runs: Vec<Run>,
    /// The move off a day off, when there was one.
    pub roll: Option<Roll>,
    /// The working day on which to warn, when the due date itself is a day off; see [`warning_day`].
    pub warn: Option<Day>,
    /// The whole in one Chinese sentence.
    pub summary: String,
}

/// Days in a row that were treated alike for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// Whether the days were counted.
    pub counted: bool,
    /// Why, or why not.
    pub why: Why,
    /// Whether the days lie in a year whose holidays are not recorded.
    pub provisional: bool,
}

/// A due date that moved because the last day was a day off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Roll {
    /// The last day of the count.
    pub from: Day,
    /// The working day it moved to.
    pub to: Day,
    /// What the last day was.
    pub why: Why,
}

/// Why a day was counted or not. Printed, and stored, in Chinese.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The day on which the period begins is not counted.
    BaseDay,
    /// Counting backwards, the day of the event is not counted.
    EventDay,
    /// Counting backwards, the day of the notice is not counted.
    NoticeDay,
    /// Natural days are counted, whatever they are.
    NaturalDay,
    /// Hours run through the day.
    HoursRun,
    /// A working day.
    Workday,
    /// A weekend worked in exchange for a holiday, such as `国庆节(调休上班)`.
    WorkedWeekend(String),
    /// A Saturday off.
    Saturday,
    /// A Sunday off.
    Sunday,
    /// A holiday, such as `国庆节`, with the days off that go with it.
    Holiday(String),
    /// The clock stood still.
    Paused,
    /// The working day to which the last day moved.
    MovedTo,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Why::BaseDay => "起算当日",
            Why::EventDay => "活动当日",
            Why::NoticeDay => "通知当日",
            Why::NaturalDay => "自然日",
            Why::HoursRun => "连续计时",
            Why::Workday => "工作日",
            Why::Saturday => "周六",
            Why::Sunday => "周日",
            Why::WorkedWeekend(name) | Why::Holiday(name) => name,
            Why::Paused => "停计",
            Why::MovedTo => "顺延至此",
        })
    }
}

impl Serialize for Why {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Run {
    /// How many days the run has.
    pub fn days(&self) -> u32 {
        self.to.number().abs_diff(self.from.number()) + 1
    }
}

impl fmt::Display for Run {
    /// A line such as `2026-10-01(周四)至2026-10-07(周三) 国庆节，不计`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.from.chinese())?;
        if self.to != self.from {
            write!(f, "至{}", self.to.chinese())?;
        }
        write!(
            f,
            " {}，{}",
            self.why,
            if self.counted { "计入" } else { "不计" }
        )?;
        if self.provisional {
            f.write_str("（暂定）")
        } else {
            Ok(())
        }
    }
}

impl Explanation {
    /// How many days were counted: the number of the period for F1, F1H, F2 and F4.
    pub fn counted_days(&self) -> u32 {
        self.runs
            .iter()
            .filter(|run| run.counted)
            .map(Run::days)
            .sum()
    }
}

/// Computes a due date as [`due`](super::due()) does, and shows how it came about.
pub fn explain(
    calendar: &Calendar,
    period: Period,
    base: Moment,
    pauses: &[Pause],
) -> Result<Explanation, TimeError> {
    let stops = Stops::of(pauses)?;
    let end = end(calendar, period, base, &stops)?;
    let due = end.due;
    let (first, until) = if period.code == Code::F4 {
        (due.at.day, base.day)
    } else {
        (base.day, due.at.day)
    };
    let mut runs: Vec<Run> = Vec::new();
    for number in first.number()..=until.number() {
        let day = first.plus_days(number - first.number());
        let (counted, why) = match period.code {
            Code::F4 => counted_backwards(calendar, period, base.day, due.at.day, day),
            Code::F3 if stops.hold(day) => (false, Why::Paused),
            Code::F3 => (true, Why::HoursRun),
            Code::F1 | Code::F1H | Code::F2 | Code::F5 => {
                if day == base.day {
                    (false, Why::BaseDay)
                } else if stops.hold(day) {
                    (false, Why::Paused)
                } else if day > end.last {
                    (
                        false,
                        if day == due.at.day {
                            Why::MovedTo
                        } else {
                            nature(calendar, day)
                        },
                    )
                } else {
                    counted_forwards(calendar, period, day)
                }
            }
        };
        let provisional = !calendar.covers(day);
        match runs.last_mut() {
            Some(run)
                if (run.counted, run.provisional, &run.why) == (counted, provisional, &why) =>
            {
                run.to = day
            }
            _ => runs.push(Run {
                from: day,
                to: day,
                counted,
                why,
                provisional,
            }),
        }
    }
    let roll = (end.last != due.at.day).then(|| Roll {
        from: end.last,
        to: due.at.day,
        why: nature(calendar, end.last),
    });
    let warn = warning_day(calendar, due);
    let summary = summary(calendar, period, base, due, &runs, roll.as_ref(), warn);
    Ok(Explanation {
        period,
        base,
        due,
        edition: calendar.edition().to_owned(),
        runs,
        roll,
        warn,
        summary,
    })
}

fn counted_forwards(calendar: &Calendar, period: Period, day: Day) -> (bool, Why) {
    match Counting::of(period.unit) {
        Counting::Natural => (true, Why::NaturalDay),
        Counting::Working => (calendar.is_workday(day), nature(calendar, day)),
    }
}

fn counted_backwards(
    calendar: &Calendar,
    period: Period,
    event: Day,
    notice: Day,
    day: Day,
) -> (bool, Why) {
    if day == event {
        (false, Why::EventDay)
    } else if day == notice {
        (false, Why::NoticeDay)
    } else {
        counted_forwards(calendar, period, day)
    }
}

/// What kind of day it is.
fn nature(calendar: &Calendar, day: Day) -> Why {
    match (calendar.is_workday(day), calendar.name(day)) {
        (true, Some(name)) => Why::WorkedWeekend(name.to_owned()),
        (true, None) => Why::Workday,
        (false, Some(name)) => Why::Holiday(name.to_owned()),
        (false, None) if day.weekday() == 6 => Why::Saturday,
        (false, None) => Why::Sunday,
    }
}

fn summary(
    calendar: &Calendar,
    period: Period,
    base: Moment,
    due: Due,
    runs: &[Run],
    roll: Option<&Roll>,
    warn: Option<Day>,
) -> String {
    let begin = base.day.chinese();
    let end = due.at.day.chinese();
    let left_out = left_out(runs, roll.map(|roll| roll.from));
    let last_day = |last: Day| match roll {
        Some(roll) => format!(
            "末日{}为{}，顺延至{end}届满",
            last.chinese(),
            off_name(&roll.why)
        ),
        None => format!("{end}届满"),
    };
    let last = roll.map_or(due.at.day, |roll| roll.from);
    let mut text = match period.code {
        Code::F1 | Code::F2 => format!("自{begin}的次日起计{period}{left_out}，{}", last_day(last)),
        Code::F1H if period == Period::same_day() => match warn {
            None => format!("写明的日子{end}届满"),
            Some(warn) => format!(
                "写明的日子{end}届满，这一天为{}不顺延，宜在前一工作日{}前办结",
                off_name(&nature(calendar, due.at.day)),
                warn.chinese()
            ),
        },
        Code::F1H => match warn {
            None => format!("自{begin}的次日起计{period}{left_out}，{end}届满"),
            Some(warn) => format!(
                "自{begin}的次日起计{period}{left_out}，{end}届满，末日为{}不顺延，宜在前一工作日{}前办结",
                off_name(&nature(calendar, due.at.day)),
                warn.chinese()
            ),
        },
        Code::F3 => format!(
            "自{}起连续计{period}{left_out}，{}届满",
            base.chinese(),
            due.at.chinese()
        ),
        Code::F4 => {
            let complete = match Counting::of(period.unit) {
                Counting::Natural => format!("{}个整日", period.count),
                Counting::Working => format!("{}个完整工作日", period.count),
            };
            let mut text = format!(
                "自{begin}向前倒数{period}{left_out}，活动当日与通知当日均不计，中间须满{complete}，最迟{end}通知"
            );
            if let Some(warn) = warn {
                text += &format!(
                    "，该日为{}，宜在前一工作日{}前通知",
                    off_name(&nature(calendar, due.at.day)),
                    warn.chinese()
                );
            }
            text
        }
        Code::F5 => format!("自{begin}起计{period}{left_out}，{}", last_day(last)),
    };
    if due.provisional {
        text += &format!(
            "（暂定：工作日历只收录{}年，其余日期按周末推算，放假安排公布后重新计算）",
            calendar.edition()
        );
    }
    text + "。"
}

/// A day off as the end of a sentence about the last day names it.
fn off_name(why: &Why) -> String {
    match why {
        Why::Holiday(name) => format!("{name}假日"),
        other => other.to_string(),
    }
}

/// What was left out between the ends of the count, such as `（不计国庆节7日、周末2日、停计10日）`, or nothing.
fn left_out(runs: &[Run], last: Option<Day>) -> String {
    let mut groups: Vec<(&str, u32)> = Vec::new();
    for run in runs
        .iter()
        .filter(|run| !run.counted && last.is_none_or(|last| run.from <= last))
    {
        let name = match &run.why {
            Why::Saturday | Why::Sunday => "周末",
            Why::Holiday(name) => name,
            Why::Paused => "停计",
            Why::BaseDay | Why::EventDay | Why::NoticeDay | Why::MovedTo => continue,
            Why::NaturalDay | Why::HoursRun | Why::Workday | Why::WorkedWeekend(_) => continue,
        };
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, days)) => *days += run.days(),
            None => groups.push((name, run.days())),
        }
    }
    if groups.is_empty() {
        return String::new();
    }
    let parts: Vec<String> = groups
        .iter()
        .map(|(name, days)| format!("{name}{days}日"))
        .collect();
    format!("（不计{}）", parts.join("、"))
}
