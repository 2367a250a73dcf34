//! How near a date of the law is.

use super::Component;
use askama::Template;
use askama::filters::HtmlSafe;
use vocabulary::{Day, Moment};

/// So many working days before its end a period is near.
const NEAR_DAYS: i32 = 2;

/// What is further away than this many days is told in years: nobody counts the working days of twenty years.
const YEAR_DAYS: i64 = 365;

/// How near a date is, in words.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "components/deadline.html")]
pub(crate) struct Deadline {
    pub(crate) text: String,
    pub(crate) nearness: Nearness,
}

impl HtmlSafe for Deadline {}

/// How near.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Nearness {
    Far,
    Near,
    Today,
    Late,
}

impl Nearness {
    pub(crate) fn class(self) -> &'static str {
        match self {
            Nearness::Far => "far",
            Nearness::Near => "near",
            Nearness::Today => "today",
            Nearness::Late => "late",
        }
    }
}

impl Deadline {
    /// From what the law answers: working days to a date that lies ahead, days since one that has passed.
    pub(crate) fn of(
        working_days_left: Option<i32>,
        is_overdue: bool,
        due: Moment,
        today: Day,
    ) -> Deadline {
        let (text, nearness) = match working_days_left {
            _ if is_overdue => {
                let days = today.number() - due.day.number();
                let text = if days > 0 {
                    format!("逾期{days}日")
                } else {
                    // An hour of this day has passed.
                    "今天已逾期".to_owned()
                };
                (text, Nearness::Late)
            }
            _ if due.day == today => ("今天到期".to_owned(), Nearness::Today),
            _ if i64::from(due.day.number() - today.number()) > YEAR_DAYS => {
                let days = i64::from(due.day.number() - today.number());
                let years = (days + YEAR_DAYS / 2) / YEAR_DAYS;
                (format!("还有约{years}年"), Nearness::Far)
            }
            Some(days) if days <= NEAR_DAYS => (format!("还剩{days}个工作日"), Nearness::Near),
            Some(days) => (format!("还剩{days}个工作日"), Nearness::Far),
            // No working days are known where the calendar of the year is not.
            None => {
                let days = due.day.number() - today.number();
                (format!("还剩{days}日"), Nearness::Far)
            }
        };
        Deadline { text, nearness }
    }
}

impl Component for Deadline {
    const ID: &'static str = "deadline";
    const NAME: &'static str = "期限";
    const PURPOSE: &'static str = "写在到期日旁边：还剩几个工作日，今天到期，或者逾期几日。";
    const ACCESSIBILITY: &'static str =
        "远近由文字说明；临近、今天、逾期的边框和底色各不相同，黑白打印照样分得清。";

    fn examples() -> Vec<(&'static str, Deadline)> {
        let deadline = |text: &str, nearness| Deadline {
            text: text.to_owned(),
            nearness,
        };
        vec![
            ("还早", deadline("还剩15个工作日", Nearness::Far)),
            ("临近", deadline("还剩2个工作日", Nearness::Near)),
            ("今天", deadline("今天到期", Nearness::Today)),
            ("已过", deadline("逾期2日", Nearness::Late)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn what_is_years_away_is_told_in_years() {
        let at = |due: &str| {
            Deadline::of(Some(9), false, Moment::from(day(due)), day("2026-05-08")).text
        };
        assert_eq!(at("2027-05-08"), "还剩9个工作日");
        assert_eq!(at("2027-06-30"), "还有约1年");
        assert_eq!(at("2046-05-08"), "还有约20年");
    }

    #[test]
    fn nearness_is_said_in_words() {
        let today = day("2026-10-13");
        let told = |left, is_overdue, due: &str| {
            let deadline = Deadline::of(left, is_overdue, Moment::from(day(due)), today);
            (deadline.text, deadline.nearness)
        };
        let said = |text: &str, nearness| (text.to_owned(), nearness);
        assert_eq!(
            told(Some(3), false, "2026-10-16"),
            said("还剩3个工作日", Nearness::Far)
        );
        assert_eq!(
            told(Some(2), false, "2026-10-15"),
            said("还剩2个工作日", Nearness::Near)
        );
        assert_eq!(
            told(Some(0), false, "2026-10-13"),
            said("今天到期", Nearness::Today)
        );
        assert_eq!(
            told(Some(-1), true, "2026-10-10"),
            said("逾期3日", Nearness::Late)
        );
        assert_eq!(
            told(None, false, "2027-09-01"),
            said("还剩323日", Nearness::Far)
        );
    }

    #[test]
    fn an_hour_that_has_passed_today_is_late() {
        let today = day("2026-10-13");
        let nine = Moment::at(today, 9, 0).unwrap();
        let late = Deadline::of(Some(0), true, nine, today);
        assert_eq!(
            (late.text.as_str(), late.nearness),
            ("今天已逾期", Nearness::Late)
        );
    }
}
