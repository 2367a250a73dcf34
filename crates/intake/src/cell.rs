//! One cell: what stands in it, and the days that clerks write in a dozen ways.

use vocabulary::{Day, Moment};

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// Text, trimmed and not empty.
    Text(String),
    /// A number.
    Number(f64),
    /// A number in a workbook whose days count from 1904: no date unless it is formatted as one.
    Number1904(f64),
    /// A date, formatted as one in the workbook.
    Day(Moment),
    /// Yes or no.
    Bool(bool),
    /// A formula without result, or with an error: a sentence.
    Faulty(String),
}

/// Serials of days in a workbook, 1954 to 2119: what else looks like a number is none.
const SERIALS: std::ops::RangeInclusive<f64> = 20_000.0..=80_000.0;

/// The serial of 1970-01-01.
const EPOCH: f64 = 25_569.0;

/// Days of a case on paper lie in these years; anything else is a slip of the pen.
const YEARS: std::ops::RangeInclusive<i16> = 1949..=2100;

impl Cell {
    /// A text, if there is one in it.
    pub(crate) fn of_text(text: &str) -> Option<Cell> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        (!text.is_empty()).then(|| Cell::Text(text.to_owned()))
    }

    /// The text as a person would read it off.
    pub(crate) fn text(&self) -> Result<String, String> {
        Ok(match self {
            Cell::Text(text) => text.clone(),
            Cell::Number(number) | Cell::Number1904(number) => plain(*number),
            Cell::Day(moment) => moment.to_string(),
            Cell::Bool(value) => if *value { "是" } else { "否" }.to_owned(),
            Cell::Faulty(why) => return Err(why.clone()),
        })
    }

    /// The day, or the minute, that it says.
    pub(crate) fn moment(&self) -> Result<Moment, String> {
        let moment = match self {
            Cell::Day(moment) => *moment,
            Cell::Number(number) if SERIALS.contains(number) => {
                from_serial(*number).ok_or_else(|| not_a_day(&plain(*number)))?
            }
            Cell::Number(number) => from_text(&plain(*number))?,
            Cell::Number1904(number) if SERIALS.contains(number) => {
                return Err(format!(
                    "“{}”不是日期；这个工作簿的日期从1904年起算，请把单元格设为日期格式",
                    plain(*number)
                ));
            }
            Cell::Number1904(number) => from_text(&plain(*number))?,
            Cell::Text(text) => from_text(text)?,
            Cell::Bool(_) => return Err(not_a_day(&self.text()?)),
            Cell::Faulty(why) => return Err(why.clone()),
        };
        let year = moment.day.ymd().0;
        if YEARS.contains(&year) {
            Ok(moment)
        } else {
            Err(format!("日期“{}”的年份不对", moment.day))
        }
    }

    /// The day that it says; a time of day is let go.
    pub(crate) fn day(&self) -> Result<Day, String> {
        self.moment().map(|moment| moment.day)
    }
}

/// A number as it is written by hand: no more decimals than it has.
fn plain(number: f64) -> String {
    // Sums of amounts leave a tail of binary dust; a cell shows fifteen digits at most.
    let rounded = (number * 1e6).round() / 1e6;
    format!("{rounded}")
}

/// The moment of a serial of the 1900 calendar.
pub(crate) fn from_serial(serial: f64) -> Option<Moment> {
    let days = serial.floor();
    let minutes = ((serial - days) * 1440.0).round();
    let number = whole(days - EPOCH)?;
    let minute = u16::try_from(whole(minutes)?).ok()?;
    let day = Day::from_number(number)?;
    Some(match minute {
        0 => Moment::from(day),
        // Rounded up to midnight.
        Moment::MINUTES_A_DAY.. => Moment::from(day.plus_days(1)),
        minute => Moment {
            day,
            minute: Some(minute),
        },
    })
}

fn whole(number: f64) -> Option<i32> {
    format!("{number:.0}").parse().ok()
}

fn not_a_day(seen: &str) -> String {
    format!("“{seen}”不是日期，请写成 2026-03-05 或者 2026年3月5日")
}

/// Reads `2026-3-5`, `2026.3.5`, `2026/3/5`, `2026年3月5日`, `20260305`, each with or without a time of day.
fn from_text(text: &str) -> Result<Moment, String> {
    let text: String = text.trim().chars().map(half_width).collect();
    let wrong = || not_a_day(&text);
    let (date, time) = match text.split_once([' ', 'T']) {
        Some((date, time)) => (date, Some(time.trim())),
        None => (text.as_str(), None),
    };
    let date = date.strip_suffix('日').unwrap_or(date);
    let is_compact = date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = if is_compact {
        let (year, rest) = date.split_at_checked(4).ok_or_else(wrong)?;
        let (month, day) = rest.split_at_checked(2).ok_or_else(wrong)?;
        vec![year, month, day]
    } else {
        date.split(['-', '.', '/', '年', '月']).collect()
    };
    let digits = |part: &str, most: usize| {
        (!part.is_empty() && part.len() <= most && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<i16>().ok())
            .flatten()
    };
    if let [year, month] | [year, month, ""] = parts.as_slice()
        && digits(year, 4).is_some()
        && digits(month, 2).is_some()
    {
        return Err(format!("“{text}”只有年月，请写明哪一日"));
    }
    let [year, month, day] = parts.as_slice() else {
        return Err(wrong());
    };
    if year.len() != 4 {
        return Err(format!("“{text}”的年份请写四位数"));
    }
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2))
    else {
        return Err(wrong());
    };
    let printed = format!("{year:04}-{month:02}-{day:02}");
    let day = Day::parse(&printed).map_err(|error| error.to_string())?;
    let Some(time) = time.filter(|time| !time.is_empty()) else {
        return Ok(Moment::from(day));
    };
    let time = time.replace(['时', '点'], ":").replace('分', "");
    let mut parts = time.split(':');
    let (hour, minute) = (parts.next().unwrap_or(""), parts.next().unwrap_or("0"));
    let number = |part: &str| digits(if part.is_empty() { "0" } else { part }, 2);
    let at = number(hour).zip(number(minute)).and_then(|(hour, minute)| {
        Moment::at(day, u16::try_from(hour).ok()?, u16::try_from(minute).ok()?)
    });
    at.ok_or_else(|| format!("“{text}”里的时刻不对，请写成 09:30"))
}

/// Full-width digits and signs as their plain ones.
pub(crate) fn half_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => u32::from(c)
            .checked_sub(0xfee0)
            .and_then(char::from_u32)
            .unwrap_or(c),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Result<String, String> {
        Cell::of_text(text)
            .unwrap()
            .moment()
            .map(|moment| moment.to_string())
    }

    #[test]
    fn days_are_read_as_clerks_write_them() {
        for text in [
            "2026-03-05",
            "2026-3-5",
            "2026.3.5",
            "2026/3/5",
            "2026年3月5日",
            "２０２６年３月５日",
            "20260305",
            " 2026/03/05 ",
        ] {
            assert_eq!(day(text).as_deref(), Ok("2026-03-05"), "{text}");
        }
        assert_eq!(day("2026-3-5 9:30").as_deref(), Ok("2026-03-05T09:30"));
        assert_eq!(
            day("2026年3月5日 9时30分").as_deref(),
            Ok("2026-03-05T09:30")
        );
        let serial = Cell::Number(46_086.0);
        assert_eq!(serial.moment().unwrap().to_string(), "2026-03-05");
        let number = Cell::Number(20_260_305.0);
        assert_eq!(number.moment().unwrap().to_string(), "2026-03-05");
    }

    #[test]
    fn what_is_no_day_is_refused_with_the_reason() {
        for (text, why) in [
            ("2026-02-30", "没有"),
            ("2026年3月", "只有年月"),
            ("2026.3", "只有年月"),
            ("26.3.5", "四位数"),
            ("三月五日", "不是日期"),
            ("2026-3-5 25:00", "时刻"),
            ("12", "不是日期"),
            ("1026-03-05", "年份"),
            ("2026-3-5-7", "不是日期"),
            ("水", "不是日期"),
        ] {
            let said = day(text).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
        assert!(Cell::Number(12.0).moment().is_err());
        assert!(Cell::Bool(true).moment().is_err());
        // Four years apart: nobody guesses.
        let said = Cell::Number1904(44_624.0).moment().unwrap_err();
        assert!(said.contains("1904"), "{said}");
    }

    #[test]
    fn a_serial_with_a_fraction_is_a_time_of_day() {
        assert_eq!(
            from_serial(46_086.395_833_33).unwrap().to_string(),
            "2026-03-05T09:30"
        );
        assert_eq!(
            from_serial(46_086.999_999_9).unwrap().to_string(),
            "2026-03-06"
        );
    }

    #[test]
    fn a_number_reads_as_it_was_typed() {
        for (number, text) in [
            (20_000.0, "20000"),
            (20_000.5, "20000.5"),
            (0.1 + 0.2, "0.3"),
        ] {
            assert_eq!(Cell::Number(number).text().unwrap(), text);
        }
    }
}
