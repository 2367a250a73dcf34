//! One cell: what stands in it, and the days that clerks write in a dozen ways.

use vocabulary::{Day, Moment, written};

pub(crate) use vocabulary::written::half_width;

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
                from_serial(*number).ok_or_else(|| written::not_a_day(&plain(*number)))?
            }
            Cell::Number(number) => written::moment(&plain(*number))?,
            Cell::Number1904(number) if SERIALS.contains(number) => {
                return Err(format!(
                    "“{}”不是日期；这个工作簿的日期从1904年起算，请把单元格设为日期格式",
                    plain(*number)
                ));
            }
            Cell::Number1904(number) => written::moment(&plain(*number))?,
            Cell::Text(text) => written::moment(text)?,
            Cell::Bool(_) => return Err(written::not_a_day(&self.text()?)),
            Cell::Faulty(why) => return Err(why.clone()),
        };
        written::within_years(moment)
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
