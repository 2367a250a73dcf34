//! Civil dates and moments, as the law counts them.
//!
//! A [`Day`] is a date in Asia/Shanghai without a clock; a [`Moment`] adds the minute where the law counts hours.
//! Both are read strictly: a text in another form is refused with what was seen and what is expected, never guessed at.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A civil date in Asia/Shanghai, kept as days since 1970-01-01.
///
/// From 0001-01-01 to 9999-12-31. Written, and stored by serde, as `2026-10-13`.
///
/// ```
/// use vocabulary::Day;
/// let day = Day::parse("2026-10-13").unwrap();
/// assert_eq!(day.chinese(), "2026-10-13(周二)");
/// assert_eq!(day.plus_days(20).to_string(), "2026-11-02");
/// assert!(Day::parse("20221111日").is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

/// Why a text is not a [`Day`] or a [`Moment`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DayError {
    /// The text does not have the form `YYYY-MM-DD`.
    #[error("日期写作“{seen}”，应为 YYYY-MM-DD 的形式{}", example(.suggestion))]
    Form {
        /// What was written, shortened when long.
        seen: String,
        /// The date that may have been meant; to be shown, never to be used.
        suggestion: Option<Day>,
    },
    /// The form is right, but the calendar has no such day.
    #[error("没有“{seen}”这一天：{why}")]
    NoSuchDay {
        /// What was written.
        seen: String,
        /// Which part is out of range, in Chinese.
        why: String,
    },
    /// The part after the date is not a time of day.
    #[error("时刻写作“{seen}”，应为 2026-10-13T09:30 的形式（24小时制，00:00至23:59，精确到分）")]
    TimeOfDay {
        /// What was written, shortened when long.
        seen: String,
    },
}

fn example(suggestion: &Option<Day>) -> String {
    match suggestion {
        Some(day) => format!("，例如 {day}"),
        None => "，例如 2026-10-13".to_owned(),
    }
}

impl Day {
    /// The first day that can be written, 0001-01-01.
    pub const MIN: Day = Day(-719_162);
    /// The last day that can be written, 9999-12-31.
    pub const MAX: Day = Day(2_932_896);

    /// The day of a year (1 to 9999), month and day of month; `None` when there is no such day.
    pub fn from_ymd(year: i16, month: i8, day: i8) -> Option<Day> {
        let exists = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day);
        exists.then(|| Day(number_of(year, month, day)))
    }

    /// Reads `YYYY-MM-DD`, exactly: ten ASCII characters, nothing around them.
    pub fn parse(text: &str) -> Result<Day, DayError> {
        let Some((year, month, day)) = strict_parts(text) else {
            return Err(DayError::Form {
                seen: shortened(text),
                suggestion: suggestion(text),
            });
        };
        Day::from_ymd(year, month, day).ok_or_else(|| DayError::NoSuchDay {
            seen: text.to_owned(),
            why: if year == 0 {
                "年份应为0001至9999".to_owned()
            } else if !(1..=12).contains(&month) {
                "月份应为01至12".to_owned()
            } else {
                format!("{year}年{month}月只有1日至{}日", days_in_month(year, month))
            },
        })
    }

    /// Reads a date as people type it: `2026-10-13`, `2026/10/13`, `2026.10.13`, `2026年10月13日`, `20261013`, `10-13` and
    /// `10月13日` for this year, 今天, 昨天, 前天.
    ///
    /// Records and files are read by [`Day::parse`] alone. A year of two figures is never guessed at.
    ///
    /// ```
    /// use vocabulary::Day;
    /// let today = Day::parse("2026-11-24").unwrap();
    /// assert_eq!(Day::typed("10/13", today).unwrap().to_string(), "2026-10-13");
    /// assert_eq!(Day::typed("昨天", today).unwrap().to_string(), "2026-11-23");
    /// ```
    pub fn typed(text: &str, today: Day) -> Result<Day, DayError> {
        let back = match text.trim() {
            "今天" | "今日" => Some(0),
            "昨天" | "昨日" => Some(1),
            "前天" => Some(2),
            _ => None,
        };
        if let Some(back) = back {
            return Ok(today.plus_days(-back));
        }
        let form = || DayError::Form {
            seen: shortened(text),
            suggestion: suggestion(text),
        };
        let plain: String = text.trim().chars().map(half_width).collect();
        let digits = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
        let named = match plain.strip_suffix(['日', '号']) {
            Some(named) if named.contains('月') => named,
            _ => &plain,
        };
        let parts: Vec<&str> = named.split(['-', '/', '.', '年', '月']).collect();
        if !parts.iter().all(digits) {
            return Err(form());
        }
        let (year, month, day) = match parts[..] {
            [year, month, day] if year.len() == 4 => (year.to_owned(), month, day),
            [month, day] => (format!("{:04}", today.ymd().0), month, day),
            [eight] if eight.len() == 8 => {
                let (year, rest) = eight.split_at(4);
                let (month, day) = rest.split_at(2);
                (year.to_owned(), month, day)
            }
            _ => return Err(form()),
        };
        if month.len() > 2 || day.len() > 2 {
            return Err(form());
        }
        Day::parse(&format!("{year}-{month:0>2}-{day:0>2}"))
    }

    /// Year, month and day of month.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a day lies between MIN and MAX, so year, month and day fit"
    )]
    pub fn ymd(self) -> (i16, i8, i8) {
        // Howard Hinnant, "chrono-compatible low-level date algorithms": 400-year eras that begin on 1 March.
        let shifted = self.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted - era * 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        let year = year_of_era + era * 400 + i32::from(month <= 2);
        (year as i16, month as i8, day as i8)
    }

    /// The day so many days later (earlier when negative); stops at [`Day::MIN`] and [`Day::MAX`].
    ///
    /// Where running past the end matters, use [`Day::checked_plus_days`].
    pub fn plus_days(self, days: i32) -> Day {
        Day(self.0.saturating_add(days).clamp(Day::MIN.0, Day::MAX.0))
    }

    /// The day so many days later (earlier when negative); `None` outside [`Day::MIN`] to [`Day::MAX`].
    pub fn checked_plus_days(self, days: i32) -> Option<Day> {
        self.0.checked_add(days).and_then(Day::from_number)
    }

    /// The day of the week: 1 is Monday, 7 is Sunday.
    pub fn weekday(self) -> u8 {
        // 1970-01-01, day 0, was a Thursday. The remainder is the last byte of its number.
        (self.0 + 3).rem_euclid(7).to_le_bytes()[0] + 1
    }

    /// The day of the week as `周一` to `周日`.
    pub fn weekday_chinese(self) -> &'static str {
        const NAMES: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
        NAMES[usize::from(self.weekday() - 1)]
    }

    /// The day for people to read, with its weekday: `2026-10-13(周二)`.
    pub fn chinese(self) -> String {
        format!("{self}({})", self.weekday_chinese())
    }

    /// Days since 1970-01-01, negative before.
    pub fn number(self) -> i32 {
        self.0
    }

    /// The day of a number of days since 1970-01-01; `None` outside [`Day::MIN`] to [`Day::MAX`].
    pub fn from_number(number: i32) -> Option<Day> {
        (Day::MIN.0..=Day::MAX.0)
            .contains(&number)
            .then_some(Day(number))
    }
}

/// A character of a Chinese keyboard as it stands on a Latin one.
fn half_width(c: char) -> char {
    match c {
        '\u{ff10}'..='\u{ff19}' => char::from_digit(u32::from(c) - 0xff10, 10).unwrap_or(c),
        '\u{ff0d}' | '\u{2014}' | '\u{2013}' => '-',
        '\u{ff0f}' => '/',
        '\u{ff0e}' | '\u{3002}' => '.',
        other => other,
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Day, DayError> {
        Day::parse(text)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        deserializer.deserialize_str(Text("a date such as 2026-10-13", Day::parse))
    }
}

/// A day, or a minute of a day where the law counts hours.
///
/// Ordered by day, then by minute, a moment without a minute first. Written, and stored by serde, as `2026-10-13` or
/// `2026-10-13T09:30`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// The civil date in Asia/Shanghai.
    pub day: Day,
    /// The minute of the day, 0 to 1439; `None` where only the day is known or counts.
    pub minute: Option<u16>,
}

impl Moment {
    /// The number of minutes in a day.
    pub const MINUTES_A_DAY: u16 = 1440;

    /// A minute of a day; `None` when the hour is past 23 or the minute past 59.
    pub fn at(day: Day, hour: u16, minute: u16) -> Option<Moment> {
        (hour < 24 && minute < 60).then(|| Moment {
            day,
            minute: Some(hour * 60 + minute),
        })
    }

    /// Reads `2026-10-13` or `2026-10-13T09:30`, exactly.
    pub fn parse(text: &str) -> Result<Moment, DayError> {
        let wrong_time = || DayError::TimeOfDay {
            seen: shortened(text),
        };
        let Some((date, time)) = text.split_once('T') else {
            if text.contains([':', '：']) {
                return Err(wrong_time());
            }
            return Day::parse(text).map(Moment::from);
        };
        let day = Day::parse(date)?;
        let digits = |range| digits_of(time.as_bytes().get(range)?);
        let (Some(hour), Some(b':'), Some(minute), 5) = (
            digits(0..2),
            time.as_bytes().get(2),
            digits(3..5),
            time.len(),
        ) else {
            return Err(wrong_time());
        };
        Moment::at(day, hour, minute).ok_or_else(wrong_time)
    }

    /// The moment for people to read, with its weekday: `2026-10-13(周二)` or `2026-10-13(周二)09:30`.
    pub fn chinese(self) -> String {
        match self.minute {
            None => self.day.chinese(),
            Some(minute) => format!(
                "{}{:02}:{:02}",
                self.day.chinese(),
                minute / 60,
                minute % 60
            ),
        }
    }
}

impl From<Day> for Moment {
    fn from(day: Day) -> Moment {
        Moment { day, minute: None }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.day.fmt(f)?;
        match self.minute {
            None => Ok(()),
            Some(minute) => write!(f, "T{:02}:{:02}", minute / 60, minute % 60),
        }
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Moment {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Moment, DayError> {
        Moment::parse(text)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        deserializer.deserialize_str(Text("a moment such as 2026-10-13T09:30", Moment::parse))
    }
}

/// Reads a value from the text that serde hands over.
struct Text<T>(&'static str, fn(&str) -> Result<T, DayError>);

impl<T> de::Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.1)(text).map_err(E::custom)
    }
}

fn days_in_month(year: i16, month: i8) -> i8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of an existing date (the same algorithms as in [`Day::ymd`]).
fn number_of(year: i16, month: i8, day: i8) -> i32 {
    let (month, day) = (i32::from(month), i32::from(day));
    let year = i32::from(year) - i32::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The three numbers of `YYYY-MM-DD`, whether or not there is such a day.
fn strict_parts(text: &str) -> Option<(i16, i8, i8)> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    Some((
        digits_of(&bytes[..4])?,
        digits_of(&bytes[5..7])?,
        digits_of(&bytes[8..])?,
    ))
}

/// The number written in a few ASCII digits (callers pass at most four).
fn digits_of<N: TryFrom<i32>>(bytes: &[u8]) -> Option<N> {
    let number = bytes.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + i32::from(byte - b'0'))
    })?;
    N::try_from(number).ok()
}

/// The date that a common other way of writing would stand for: `20221111日`, `2022年1月5日`, `2022/1/5`, `２０２２．１．５`.
///
/// Only shown in the message of a refusal.
fn suggestion(text: &str) -> Option<Day> {
    const SEPARATORS: &str = "年月日号/.-_ ，,、。．／－—–　";
    let mut groups: Vec<Vec<u8>> = vec![Vec::new()];
    for character in text.chars().take(40) {
        let digit = match character {
            '0'..='9' => character,
            // The full-width forms follow the ASCII ones at a fixed distance.
            '０'..='９' => char::from_u32(u32::from(character) - 0xFEE0)?,
            _ if SEPARATORS.contains(character) => {
                groups.push(Vec::new());
                continue;
            }
            _ => return None,
        };
        if let Some(group) = groups.last_mut() {
            group.push(u8::try_from(digit).ok()?);
        }
    }
    groups.retain(|group| !group.is_empty());
    let (year, month, day) = match groups.as_slice() {
        [all] if all.len() == 8 => (&all[..4], &all[4..6], &all[6..]),
        [year, month, day] if year.len() == 4 && month.len() <= 2 && day.len() <= 2 => {
            (&year[..], &month[..], &day[..])
        }
        _ => return None,
    };
    Day::from_ymd(digits_of(year)?, digits_of(month)?, digits_of(day)?)
}

/// At most forty characters of what was written, so that a message stays readable.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut shortened: String = text.chars().take(LONGEST).collect();
    if shortened.len() < text.len() {
        shortened.push('…');
    }
    shortened
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn the_ends_of_the_range_are_days() {
        assert_eq!(Day::MIN, day("0001-01-01"));
        assert_eq!(Day::MAX, day("9999-12-31"));
        assert_eq!(day("1970-01-01").number(), 0);
        assert_eq!(Day::MAX.plus_days(1), Day::MAX);
        assert_eq!(Day::MIN.plus_days(i32::MIN), Day::MIN);
        assert_eq!(Day::MAX.checked_plus_days(1), None);
        assert_eq!(Day::from_number(Day::MIN.number() - 1), None);
    }

    #[test]
    fn dates_are_read_as_people_type_them() {
        let today = day("2026-11-24");
        for (typed, read) in [
            ("2026-10-13", "2026-10-13"),
            ("2026/10/13", "2026-10-13"),
            ("2026.10.13", "2026-10-13"),
            ("2026/1/3", "2026-01-03"),
            ("2026年1月3日", "2026-01-03"),
            ("20261013", "2026-10-13"),
            ("10-13", "2026-10-13"),
            ("10/13", "2026-10-13"),
            ("10月13日", "2026-10-13"),
            ("\u{ff12}\u{ff10}26-10-13", "2026-10-13"),
            ("2026\u{ff0f}10\u{ff0f}13", "2026-10-13"),
            (" 今天 ", "2026-11-24"),
            ("昨天", "2026-11-23"),
            ("前天", "2026-11-22"),
        ] {
            assert_eq!(Day::typed(typed, today), Ok(day(read)), "{typed}");
        }
        for nonsense in [
            "",
            "26-10-13",
            "2026-13-01",
            "2026-02-30",
            "20260230",
            "13-01",
            "明天",
            "2026-10",
            "20221111日",
            "2026-1-003",
            "2026--13",
            "-10-13",
            "10-13-2026",
            "一月一日",
            "2026-10-13\0",
        ] {
            assert!(Day::typed(nonsense, today).is_err(), "{nonsense}");
        }
    }

    /// Every day there is: numbers are consecutive, and jiff agrees on date and weekday.
    #[test]
    fn every_day_agrees_with_jiff() {
        let mut other = jiff::civil::Date::new(1, 1, 1).unwrap();
        for number in Day::MIN.number()..=Day::MAX.number() {
            let here = Day::from_number(number).unwrap();
            let (year, month, date) = here.ymd();
            assert_eq!(
                (year, month, date),
                (other.year(), other.month(), other.day())
            );
            assert_eq!(Day::from_ymd(year, month, date), Some(here));
            assert_eq!(
                i8::try_from(here.weekday()),
                Ok(other.weekday().to_monday_one_offset())
            );
            if number < Day::MAX.number() {
                other = other.tomorrow().unwrap();
            }
        }
        assert_eq!(other, jiff::civil::Date::new(9999, 12, 31).unwrap());
    }

    #[test]
    fn a_day_that_does_not_exist_is_refused_with_the_reason() {
        for (text, message) in [
            (
                "2026-02-29",
                "没有“2026-02-29”这一天：2026年2月只有1日至28日",
            ),
            (
                "2026-04-31",
                "没有“2026-04-31”这一天：2026年4月只有1日至30日",
            ),
            (
                "1900-02-29",
                "没有“1900-02-29”这一天：1900年2月只有1日至28日",
            ),
            (
                "2026-10-00",
                "没有“2026-10-00”这一天：2026年10月只有1日至31日",
            ),
            ("2026-13-01", "没有“2026-13-01”这一天：月份应为01至12"),
            ("0000-01-01", "没有“0000-01-01”这一天：年份应为0001至9999"),
        ] {
            assert_eq!(Day::parse(text).unwrap_err().to_string(), message);
        }
        assert!(Day::parse("2024-02-29").is_ok());
        assert!(Day::parse("2000-02-29").is_ok());
    }

    #[test]
    fn another_form_is_refused_and_the_right_one_suggested() {
        assert_eq!(
            Day::parse("20221111日").unwrap_err().to_string(),
            "日期写作“20221111日”，应为 YYYY-MM-DD 的形式，例如 2022-11-11"
        );
        for (text, meant) in [
            ("2022年1月5日", Some("2022-01-05")),
            ("2022/1/5", Some("2022-01-05")),
            ("２０２２．１．５", Some("2022-01-05")),
            ("2022-1-5", Some("2022-01-05")),
            (" 2022-01-05", Some("2022-01-05")),
            ("20220231", None),
            ("05/01/2022", None),
            ("明天", None),
            ("", None),
            ("2022-01-05Z", None),
        ] {
            let expected = DayError::Form {
                seen: text.to_owned(),
                suggestion: meant.map(day),
            };
            assert_eq!(Day::parse(text), Err(expected), "{text}");
        }
        let long = Day::parse(&"水".repeat(1000)).unwrap_err().to_string();
        assert!(long.contains('…') && long.chars().count() < 100);
    }

    #[test]
    fn a_moment_reads_and_prints_with_and_without_its_minute() {
        for text in [
            "2026-10-13",
            "2026-10-13T00:00",
            "2026-10-13T09:30",
            "2026-10-13T23:59",
        ] {
            assert_eq!(Moment::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Moment::parse("2026-10-13T09:30").unwrap().minute, Some(570));
        assert_eq!(
            Moment::parse("2026-10-13T09:30").unwrap().chinese(),
            "2026-10-13(周二)09:30"
        );
        for text in [
            "2026-10-13T24:00",
            "2026-10-13T9:30",
            "2026-10-13 09:30",
            "2026-10-13T09:60",
            "2026-10-13T",
            "2026-10-13T09：30",
            "2026-10-13T09:30:00",
            "2026-10-13T+9:30",
        ] {
            assert!(
                matches!(Moment::parse(text), Err(DayError::TimeOfDay { .. })),
                "{text}"
            );
        }
        assert!(matches!(
            Moment::parse("2026-10-32T09:30"),
            Err(DayError::NoSuchDay { .. })
        ));
    }

    #[test]
    fn a_moment_without_a_minute_comes_first_on_its_day() {
        let mut moments = [
            "2026-10-14",
            "2026-10-13T00:00",
            "2026-10-13",
            "2026-10-13T09:30",
        ]
        .map(|text| Moment::parse(text).unwrap());
        moments.sort();
        assert_eq!(
            moments.map(|moment| moment.to_string()),
            [
                "2026-10-13",
                "2026-10-13T00:00",
                "2026-10-13T09:30",
                "2026-10-14"
            ]
        );
    }

    #[test]
    fn stored_as_text_and_read_back_strictly() {
        assert_eq!(
            serde_json::to_string(&day("2026-10-13")).unwrap(),
            "\"2026-10-13\""
        );
        let moment: Moment = serde_json::from_str("\"2026-10-13T09:30\"").unwrap();
        assert_eq!(
            serde_json::to_string(&moment).unwrap(),
            "\"2026-10-13T09:30\""
        );
        let error = serde_json::from_str::<Day>("\"20221111日\"")
            .unwrap_err()
            .to_string();
        assert!(error.contains("2022-11-11"), "{error}");
        assert!(serde_json::from_str::<Day>("20739").is_err());
    }

    proptest! {
        #[test]
        fn no_typed_text_panics(text in "\\PC{0,16}") {
            let _ = Day::typed(&text, Day::MIN);
        }

        #[test]
        fn reading_never_panics(text in "\\PC{0,24}") {
            let _ = Day::parse(&text).map_err(|error| error.to_string());
            let _ = Moment::parse(&text).map_err(|error| error.to_string());
        }

        #[test]
        fn near_misses_never_panic(text in "[0-9０-９年月日T:/. -]{0,18}") {
            if let Ok(moment) = Moment::parse(&text) {
                prop_assert_eq!(moment.to_string(), text);
            }
        }

        #[test]
        fn what_is_printed_reads_back(number in Day::MIN.number()..=Day::MAX.number(), minute in proptest::option::of(0u16..1440)) {
            let moment = Moment { day: Day::from_number(number).unwrap(), minute };
            prop_assert_eq!(Moment::parse(&moment.to_string()), Ok(moment));
        }
    }
}
