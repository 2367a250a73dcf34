//! Days of the history, counted from the day of the first start, so that the demonstration is right whenever it begins.
//!
//! `120` is the 120th working day before day zero, `120/2` the latest one not after it that two working days follow at
//! once, `20d` twenty days before day zero whatever they are. `filing` is the day of that name, `today` that of the act. To any of these may be
//! added `+3` and `-3` (working days), `+15d` (days), `+6m` (months, as the law counts them) and `@12-31` (that day of
//! the same year).

use anyhow::{Context, Result, bail};
use law::time::{Calendar, Code, Period, Unit, due};
use serde_json::Value;
use std::collections::BTreeMap;
use vocabulary::Day;

/// The name of day zero itself.
const ZERO: &str = "zero";
/// The name of the day of the act that speaks.
const TODAY: &str = "today";
/// So far back one looks for working days in a row: no holidays are longer.
const FAR: u32 = 40;

/// What days are counted by.
pub(super) struct Days<'a> {
    zero: Day,
    calendar: &'a Calendar,
    named: BTreeMap<String, Day>,
}

impl<'a> Days<'a> {
    pub(super) fn from(zero: Day, calendar: &'a Calendar) -> Days<'a> {
        Days {
            zero,
            calendar,
            named: BTreeMap::new(),
        }
    }

    /// Gives days their names, each of which may rest on those before it.
    pub(super) fn name(&mut self, names: &[(String, String)]) -> Result<()> {
        for (name, text) in names {
            let day = self.read(text)?;
            self.named.insert(name.clone(), day);
        }
        Ok(())
    }

    /// The day that is written so.
    pub(super) fn read(&self, text: &str) -> Result<Day> {
        self.read_at(text, self.zero)
    }

    /// The day that is written so on this day.
    pub(super) fn read_at(&self, text: &str, today: Day) -> Result<Day> {
        let wrong = || format!("“{text}”不是演示的日子");
        let at = text.find(['+', '-', '@']).unwrap_or(text.len());
        let (base, mut rest) = text.split_at_checked(at).with_context(wrong)?;
        let mut day = self.base(base, today).with_context(wrong)?;
        while let Some(sign) = rest.chars().next() {
            let after = rest.strip_prefix(sign).unwrap_or_default();
            // The day of a year has a hyphen of its own.
            let stop: &[char] = if sign == '@' {
                &['+']
            } else {
                &['+', '-', '@']
            };
            let end = after.find(stop).unwrap_or(after.len());
            let (term, left) = after.split_at_checked(end).with_context(wrong)?;
            day = self.moved(day, sign, term).with_context(wrong)?;
            rest = left;
        }
        Ok(day)
    }

    fn base(&self, text: &str, today: Day) -> Result<Day> {
        match text {
            ZERO => return Ok(self.zero),
            TODAY => return Ok(today),
            _ => {}
        }
        if let Some(day) = self.named.get(text) {
            return Ok(*day);
        }
        if let Some(days) = text.strip_suffix('d') {
            return Ok(self.zero.plus_days(-days.parse::<i32>()?));
        }
        let (count, following) = match text.split_once('/') {
            Some((count, following)) => (count, following.parse()?),
            None => (text, 0),
        };
        let mut day = self.workdays(self.zero, -count.parse::<i32>()?)?;
        for _ in 0..FAR {
            if self.is_followed(day, following) {
                return Ok(day);
            }
            day = self.workdays(day, -1)?;
        }
        bail!("没有连着{following}个工作日的日子")
    }

    fn moved(&self, day: Day, sign: char, term: &str) -> Result<Day> {
        if sign == '@' {
            return Ok(Day::parse(&format!("{:04}-{term}", day.ymd().0))?);
        }
        let negative = if sign == '-' { -1 } else { 1 };
        if let Some(days) = term.strip_suffix('d') {
            return Ok(day.plus_days(negative * days.parse::<i32>()?));
        }
        if let Some(months) = term.strip_suffix('m') {
            let period = Period::new(months.parse()?, Unit::Months, Code::F5)?;
            return Ok(due(self.calendar, period, day.into(), &[])?.at.day);
        }
        self.workdays(day, negative * term.parse::<i32>()?)
    }

    /// So many working days after, or before.
    fn workdays(&self, from: Day, count: i32) -> Result<Day> {
        let mut day = from;
        for _ in 0..count.abs() {
            let next = if count < 0 {
                self.calendar.workday_before(day)
            } else {
                self.calendar.workday_on_or_after(day.plus_days(1))
            };
            day = next.context("日历到头了")?;
        }
        Ok(day)
    }

    fn is_followed(&self, day: Day, following: i32) -> bool {
        (1..=following).all(|further| self.calendar.is_workday(day.plus_days(further)))
    }

    /// A value of the file with its days filled in: `{"day": "filing+3"}` becomes a date, with `"at": "10:00"` a moment, and `{filing}` within a text
    /// reads 2026年3月5日, `{filing|month}` 2026年3月, `{filing|short}` 3月5日, `{filing|year}` 2026.
    pub(super) fn filled_at(&self, value: &Value, today: Day) -> Result<Value> {
        Ok(match value {
            Value::String(text) => self.told_at(text, today)?.into(),
            Value::Array(items) => items
                .iter()
                .map(|item| self.filled_at(item, today))
                .collect::<Result<Vec<Value>>>()?
                .into(),
            Value::Object(fields) => match (fields.len(), fields.get("day"), fields.get("at")) {
                (1, Some(Value::String(text)), None) => {
                    self.read_at(text, today)?.to_string().into()
                }
                (2, Some(Value::String(text)), Some(Value::String(at))) => {
                    format!("{}T{at}", self.read_at(text, today)?).into()
                }
                _ => fields
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), self.filled_at(value, today)?)))
                    .collect::<Result<serde_json::Map<String, Value>>>()?
                    .into(),
            },
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        })
    }

    /// A text with its days filled in.
    pub(super) fn told_at(&self, text: &str, today: Day) -> Result<String> {
        let mut told = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (inner, left) = after
                .split_once('}')
                .with_context(|| format!("“{text}”里的“{{”没有配对"))?;
            let (day, form) = inner.split_once('|').unwrap_or((inner, ""));
            let (year, month, date) = self.read_at(day, today)?.ymd();
            told.push_str(before);
            told.push_str(&match form {
                "" => format!("{year}年{month}月{date}日"),
                "month" => format!("{year}年{month}月"),
                "short" => format!("{month}月{date}日"),
                "year" => year.to_string(),
                other => bail!("“{text}”里的日期没有“{other}”这种写法"),
            });
            rest = left;
        }
        told.push_str(rest);
        Ok(told)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::rules;
    use super::*;
    use serde_json::json;

    fn read(zero: &str, text: &str) -> String {
        let mut days = Days::from(Day::parse(zero).unwrap(), &rules().calendar);
        days.name(&[("filing".to_owned(), "20".to_owned())])
            .unwrap();
        days.read(text).unwrap().to_string()
    }

    #[test]
    fn days_are_counted_from_day_zero_over_holidays() {
        // 2026-10-01 to 10-07 is off, 10-10 (Saturday) and 09-20 (Sunday) are worked.
        assert_eq!(read("2026-10-05", "1"), "2026-09-30");
        assert_eq!(read("2026-10-12", "1"), "2026-10-10");
        assert_eq!(read("2026-11-30", "1"), "2026-11-27");
        assert_eq!(read("2026-10-05", "3d"), "2026-10-02");
        assert_eq!(read("2026-11-30", "20"), "2026-11-02");
        assert_eq!(read("2026-11-30", "filing+3"), "2026-11-05");
        assert_eq!(read("2026-11-30", "filing-1+1d"), "2026-10-31");
        assert_eq!(read("2026-11-30", "filing+6m"), "2027-05-03");
        assert_eq!(read("2026-11-30", "filing@12-31"), "2026-12-31");
        assert_eq!(read("2026-11-30", "zero+2"), "2026-12-02");
    }

    #[test]
    fn a_day_with_working_days_behind_it_is_found() {
        // 2026-09-30 is followed by the holidays, and so are 29 and 28 within three days.
        assert_eq!(read("2026-10-05", "1/1"), "2026-09-29");
        assert_eq!(read("2026-10-05", "1/2"), "2026-09-28");
        assert_eq!(read("2026-10-05", "1/3"), "2026-09-21");
    }

    #[test]
    fn days_stand_in_texts_and_values() {
        let zero = Day::parse("2026-11-30").unwrap();
        let days = Days::from(zero, &rules().calendar);
        let value = json!({ "on": { "day": "1" }, "then": { "day": "1", "at": "10:00" }, "text": "{1}至{zero|short}，{1|month}、{1|year}年" });
        let filled = json!({ "on": "2026-11-27", "then": "2026-11-27T10:00", "text": "2026年11月27日至11月30日，2026年11月、2026年" });
        assert_eq!(days.filled_at(&value, zero).unwrap(), filled);
        for wrong in ["", "x", "1+", "1/x", "filing", "1@13-01"] {
            assert!(days.read(wrong).is_err(), "{wrong}");
        }
        assert!(days.told_at("{1", zero).is_err());
        assert!(days.told_at("{1|week}", zero).is_err());
    }
}
