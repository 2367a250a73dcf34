//! The published working-day calendar.
//!
//! A working day is not a Saturday, Sunday or holiday; weekends worked in exchange for a holiday are working days
//! (全国年节及纪念日放假办法; each year's arrangement is the notice of the General Office of the State Council).
//!
//! Ranks make every query O(1): [`Calendar::rank`] numbers the working days through, [`Calendar::ranked`] inverts it.
//! Outside the recorded years both go on in closed form over plain weeks.

use vocabulary::{Day, DayError};

/// The days of the recorded years, each working or off, with the names of holidays.
///
/// Read from `date,is_workday,name` lines (`rules/calendar/workdays.csv`), whole years without a gap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    edition: String,
    first: Day,
    last: Day,
    /// For each recorded day, how many working days there are from the first one up to and including it.
    worked: Vec<i64>,
    /// The working days, ascending, as day numbers.
    workdays: Vec<i64>,
    /// For each recorded day, the place of its name in `names`.
    named: Vec<Option<usize>>,
    names: Vec<String>,
}

/// A line of calendar data that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("工作日历第{line}行：{problem}")]
pub struct CalendarError {
    /// The line, counted from 1 with the heading.
    pub line: usize,
    /// What is wrong there.
    pub problem: CalendarProblem,
}

/// What is wrong with a line of calendar data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarProblem {
    /// The first line is not the heading.
    #[error("首行应为“date,is_workday,name”，实为“{seen}”")]
    Heading {
        /// The first line.
        seen: String,
    },
    /// There is no day at all.
    #[error("没有日期行")]
    Empty,
    /// A line does not have three columns.
    #[error("应有3列，实有{seen}列")]
    Columns {
        /// How many there are.
        seen: usize,
    },
    /// The first column is not a date.
    #[error("{0}")]
    Date(DayError),
    /// The second column is neither 1 nor 0.
    #[error("第2列应为1（工作）或0（休息），实为“{seen}”")]
    Flag {
        /// What stands there.
        seen: String,
    },
    /// A day is left out, repeated or out of order.
    #[error("日期应逐日相连，此处应为{expected}，实为{seen}")]
    NotNext {
        /// The day after the line before.
        expected: Day,
        /// What stands there.
        seen: Day,
    },
    /// The data do not begin on 1 January.
    #[error("应从1月1日开始，实从{seen}开始")]
    BeginsLate {
        /// The first day.
        seen: Day,
    },
    /// The data do not end on 31 December.
    #[error("应到12月31日为止，实到{seen}为止")]
    EndsEarly {
        /// The last day.
        seen: Day,
    },
    /// A Monday to Friday is off without the name of a holiday.
    #[error("{day}是{}，休息须写明节日名称", .day.weekday_chinese())]
    UnnamedDayOff {
        /// The day.
        day: Day,
    },
    /// A Saturday or Sunday is worked without the name of the holiday it makes up for.
    #[error("{day}是{}，上班须写明因何调休", .day.weekday_chinese())]
    UnnamedWorkday {
        /// The day.
        day: Day,
    },
    /// A year to be added is not the one after the last recorded year.
    #[error("应补充{expected}年，实为{seen}年；已有年份不得重复，也不得跳过")]
    NotNextYear {
        /// The year after the last recorded one.
        expected: i16,
        /// The year of the line.
        seen: i16,
    },
}

/// What the data call a plain weekend: not the name of a holiday.
const PLAIN_WEEKEND: &str = "周末";

impl Calendar {
    /// Reads `date,is_workday,name` lines: whole years, day by day, 1 for working and 0 for off.
    pub fn parse_csv(text: &str) -> Result<Calendar, CalendarError> {
        let mut calendar = Calendar {
            edition: String::new(),
            first: Day::MIN,
            last: Day::MIN,
            worked: Vec::new(),
            workdays: Vec::new(),
            named: Vec::new(),
            names: Vec::new(),
        };
        for (line, row) in rows(text)?.enumerate() {
            let at = |problem| CalendarError {
                line: line + 2,
                problem,
            };
            calendar.push(Row::parse(row).map_err(at)?).map_err(at)?;
        }
        calendar.finish(text)
    }

    /// This calendar and the year after its last one, from the same kind of lines.
    ///
    /// Refused when the lines hold any other year, or a part of a year.
    pub fn with_year(&self, text: &str) -> Result<Calendar, CalendarError> {
        let mut calendar = self.clone();
        let expected = self.last.ymd().0 + 1;
        for (line, row) in rows(text)?.enumerate() {
            let at = |problem| CalendarError {
                line: line + 2,
                problem,
            };
            let row = Row::parse(row).map_err(at)?;
            let seen = row.day.ymd().0;
            if seen != expected {
                return Err(at(CalendarProblem::NotNextYear { expected, seen }));
            }
            calendar.push(row).map_err(at)?;
        }
        if calendar.last == self.last {
            return Err(CalendarError {
                line: 1,
                problem: CalendarProblem::Empty,
            });
        }
        calendar.finish(text)
    }

    /// The recorded years, such as `2019-2026`.
    pub fn edition(&self) -> &str {
        &self.edition
    }

    /// The first recorded day, a 1 January.
    pub fn first_day(&self) -> Day {
        self.first
    }

    /// The last recorded day, a 31 December.
    pub fn last_day(&self) -> Day {
        self.last
    }

    /// Whether the day lies in a recorded year. What is said of other days is provisional.
    pub fn covers(&self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }

    /// Whether the day is a working day; outside the recorded years, whether it is a Monday to Friday.
    pub fn is_workday(&self, day: Day) -> bool {
        let number = i64::from(day.number());
        self.rank(number) > self.rank(number - 1)
    }

    /// The holiday of the day, such as `国庆节`, or for a weekend that is worked what it makes up for, such as
    /// `国庆节(调休上班)`; `None` for plain days, plain weekends and unrecorded years.
    pub fn name(&self, day: Day) -> Option<&str> {
        let place = usize::try_from(day.number() - self.first.number()).ok()?;
        let name = (*self.named.get(place)?)?;
        Some(&self.names[name])
    }

    /// The day itself when it is a working day, otherwise the next one; `None` past [`Day::MAX`].
    pub fn workday_on_or_after(&self, day: Day) -> Option<Day> {
        day_of(self.ranked(self.rank(i64::from(day.number()) - 1) + 1))
    }

    /// The last working day before the day; `None` before [`Day::MIN`].
    pub fn workday_before(&self, day: Day) -> Option<Day> {
        day_of(self.ranked(self.rank(i64::from(day.number()) - 1)))
    }

    /// How many working days there are from the first recorded day to the day of this number, both included;
    /// for days before, how many lie between, negative.
    pub(super) fn rank(&self, number: i64) -> i64 {
        let first = i64::from(self.first.number());
        match usize::try_from(number - first).map(|place| self.worked.get(place)) {
            Ok(Some(rank)) => *rank,
            Ok(None) => {
                self.total() + weekday_rank(number) - weekday_rank(self.last.number().into())
            }
            // The day comes before the first one.
            Err(_) => weekday_rank(number) - weekday_rank(first - 1),
        }
    }

    /// The number of the working day with that rank.
    pub(super) fn ranked(&self, rank: i64) -> i64 {
        match usize::try_from(rank - 1).map(|place| self.workdays.get(place)) {
            Ok(Some(number)) => *number,
            Ok(None) => {
                weekday_ranked(rank - self.total() + weekday_rank(self.last.number().into()))
            }
            // The working day comes before the first day.
            Err(_) => weekday_ranked(rank + weekday_rank(i64::from(self.first.number()) - 1)),
        }
    }

    /// How many working days are recorded.
    fn total(&self) -> i64 {
        self.worked.last().copied().unwrap_or(0)
    }

    fn push(&mut self, row: Row) -> Result<(), CalendarProblem> {
        let Row {
            day,
            is_workday,
            name,
        } = row;
        if self.worked.is_empty() {
            if day.ymd().1 != 1 || day.ymd().2 != 1 {
                return Err(CalendarProblem::BeginsLate { seen: day });
            }
            self.first = day;
        } else if self.last.checked_plus_days(1) != Some(day) {
            return Err(CalendarProblem::NotNext {
                expected: self.last.plus_days(1),
                seen: day,
            });
        }
        let is_weekend = day.weekday() > 5;
        match (is_workday, is_weekend, name) {
            (false, false, None) => return Err(CalendarProblem::UnnamedDayOff { day }),
            (true, true, None) => return Err(CalendarProblem::UnnamedWorkday { day }),
            _ => {}
        }
        if is_workday {
            self.workdays.push(day.number().into());
        }
        let place = name.map(|name| self.place_of(name));
        self.named.push(place);
        self.worked.push(self.total() + i64::from(is_workday));
        self.last = day;
        Ok(())
    }

    /// The place of a name; each is kept once.
    fn place_of(&mut self, name: &str) -> usize {
        let known = self.names.iter().position(|known| known == name);
        known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        })
    }

    fn finish(mut self, text: &str) -> Result<Calendar, CalendarError> {
        let line = text.lines().count();
        if self.worked.is_empty() {
            return Err(CalendarError {
                line: 1,
                problem: CalendarProblem::Empty,
            });
        }
        let (last_year, month, day) = self.last.ymd();
        if (month, day) != (12, 31) {
            return Err(CalendarError {
                line,
                problem: CalendarProblem::EndsEarly { seen: self.last },
            });
        }
        let first_year = self.first.ymd().0;
        self.edition = if first_year == last_year {
            first_year.to_string()
        } else {
            format!("{first_year}-{last_year}")
        };
        Ok(self)
    }
}

/// One line of calendar data.
struct Row<'text> {
    day: Day,
    is_workday: bool,
    name: Option<&'text str>,
}

impl Row<'_> {
    fn parse(line: &str) -> Result<Row<'_>, CalendarProblem> {
        let mut columns = line.split(',');
        let (Some(date), Some(flag), Some(name), None) = (
            columns.next(),
            columns.next(),
            columns.next(),
            columns.next(),
        ) else {
            return Err(CalendarProblem::Columns {
                seen: line.split(',').count(),
            });
        };
        let day = Day::parse(date).map_err(CalendarProblem::Date)?;
        let is_workday = match flag {
            "1" => true,
            "0" => false,
            _ => {
                return Err(CalendarProblem::Flag {
                    seen: flag.to_owned(),
                });
            }
        };
        let name = Some(name.trim()).filter(|name| !name.is_empty() && *name != PLAIN_WEEKEND);
        Ok(Row {
            day,
            is_workday,
            name,
        })
    }
}

/// The lines after the heading (a byte order mark and CRLF are taken).
fn rows(text: &str) -> Result<std::iter::Skip<std::str::Lines<'_>>, CalendarError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.lines().next() {
        Some("date,is_workday,name") => Ok(text.lines().skip(1)),
        other => {
            let seen = other.unwrap_or_default().chars().take(40).collect();
            Err(CalendarError {
                line: 1,
                problem: CalendarProblem::Heading { seen },
            })
        }
    }
}

/// How many Mondays to Fridays there are from Monday 1969-12-29 (day -3) to the day of this number.
fn weekday_rank(number: i64) -> i64 {
    let from_monday = number + 3;
    from_monday.div_euclid(7) * 5 + (from_monday.rem_euclid(7) + 1).min(5)
}

/// The number of the Monday to Friday with that [`weekday_rank`].
fn weekday_ranked(rank: i64) -> i64 {
    let before = rank - 1;
    before.div_euclid(5) * 7 + before.rem_euclid(5) - 3
}

/// The day of a number, when it is one that can be written.
pub(super) fn day_of(number: i64) -> Option<Day> {
    i32::try_from(number).ok().and_then(Day::from_number)
}
