//! Days and figures as clerks write them, read without guessing.
//!
//! Whatever has one reading only is read; anything else is refused with a sentence for the clerk.

use crate::{Day, Moment};

/// Days of a case lie in these years; anything else is a slip of the pen.
const YEARS: std::ops::RangeInclusive<i16> = 1949..=2100;

/// Why a text is no day.
pub fn not_a_day(seen: &str) -> String {
    format!("“{seen}”不是日期，请写成 2026-03-05 或者 2026年3月5日")
}

/// Reads `2026-3-5`, `2026.3.5`, `2026/3/5`, `2026年3月5日`, `20260305`, each with or without a time of day.
pub fn moment(text: &str) -> Result<Moment, String> {
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
        && year.len() == 4
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
        return within_years(Moment::from(day));
    };
    let time = time.replace(['时', '点'], ":").replace('分', "");
    let mut parts = time.split(':');
    let (hour, minute) = (parts.next().unwrap_or(""), parts.next().unwrap_or("0"));
    let number = |part: &str| digits(if part.is_empty() { "0" } else { part }, 2);
    let at = number(hour).zip(number(minute)).and_then(|(hour, minute)| {
        Moment::at(day, u16::try_from(hour).ok()?, u16::try_from(minute).ok()?)
    });
    let at = at.ok_or_else(|| format!("“{text}”里的时刻不对，请写成 09:30"))?;
    within_years(at)
}

/// A moment in a year in which the acts of a case can lie.
pub fn within_years(moment: Moment) -> Result<Moment, String> {
    if YEARS.contains(&moment.day.ymd().0) {
        Ok(moment)
    } else {
        Err(format!("日期“{}”的年份不对", moment.day))
    }
}

/// Full-width digits and signs as their plain ones.
pub fn half_width(c: char) -> char {
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

    #[test]
    fn a_day_has_one_reading_or_none() {
        let said = |text: &str| moment(text).map(|moment| moment.to_string());
        for text in ["2026-3-5", "２０２６年３月５日", "20260305", "2026.3.5"] {
            assert_eq!(said(text).as_deref(), Ok("2026-03-05"), "{text}");
        }
        assert_eq!(said("2026-3-5 9:30").as_deref(), Ok("2026-03-05T09:30"));
        for (text, why) in [
            ("2011-04(中旬)", "不是日期"),
            ("2026年3月", "只有年月"),
            ("3月5日", "不是日期"),
            ("26.3.5", "四位数"),
            ("1026-03-05", "年份"),
            ("2026-02-30", "没有"),
        ] {
            let said = said(text).expect_err(text);
            assert!(said.contains(why), "{text}: {said}");
        }
    }
}
