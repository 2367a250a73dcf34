//! The vectors of law.md 0.2 and 10, the corners of each code, and facts that hold for every date.

#![expect(
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "the generated numbers are small"
)]

use proptest::prelude::*;
use vocabulary::{Day, DayError, Moment};

use super::*;

const PUBLISHED: &str = include_str!("../../../../rules/calendar/workdays.csv");

fn calendar() -> Calendar {
    Calendar::parse_csv(PUBLISHED).unwrap()
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn moment(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

fn period(count: u32, unit: Unit, code: Code) -> Period {
    Period::new(count, unit, code).unwrap()
}

fn working(count: u32) -> Period {
    period(count, Unit::WorkingDays, Code::F2)
}

fn pause(from: &str, until: &str) -> Pause {
    Pause {
        from: day(from),
        until: Some(day(until)),
    }
}

fn open_pause(from: &str) -> Pause {
    Pause {
        from: day(from),
        until: None,
    }
}

/// The due date, with `?` when provisional, or the reason why there is none.
fn shown(due: Result<Due, TimeError>) -> String {
    match due {
        Ok(due) => format!("{}{}", due.at, if due.provisional { "?" } else { "" }),
        Err(error) => error.to_string(),
    }
}

fn check(period: Period, base: &str, expected: &str) {
    check_paused(period, base, &[], expected);
}

fn check_paused(period: Period, base: &str, pauses: &[Pause], expected: &str) {
    let calendar = calendar();
    assert_eq!(
        shown(due(&calendar, period, moment(base), pauses)),
        expected,
        "{base} {period} {}",
        period.code
    );
    let explained =
        explain(&calendar, period, moment(base), pauses).map(|explanation| explanation.due);
    assert_eq!(shown(explained), expected, "explained: {base} {period}");
}

/// A made-up year after 2026: the published weekends, New Year, and a Spring Festival off on 5 to 11 February, paid for by
/// Saturday 30 January.
fn made_up_2027() -> String {
    let mut text = "date,is_workday,name\n".to_owned();
    let mut today = day("2027-01-01");
    while today <= day("2027-12-31") {
        let row = match today.to_string().as_str() {
            "2027-01-01" => "0,元旦",
            "2027-01-30" => "1,春节(调休上班)",
            date if ("2027-02-05"..="2027-02-11").contains(&date) => "0,春节",
            _ if today.weekday() > 5 => "0,周末",
            _ => "1,",
        };
        text += &format!("{today},{row}\n");
        today = today.plus_days(1);
    }
    text
}

// law.md 10: the vectors.

#[test]
fn disclosure_of_a_decision_of_2026_09_28_is_due_2026_10_13_and_after_20_working_days_2026_10_30() {
    check(working(7), "2026-09-28", "2026-10-13");
    check(working(20), "2026-09-28", "2026-10-30");
}

#[test]
fn a_hearing_may_be_requested_until_2026_10_08_when_notified_on_2026_09_23() {
    check(working(5), "2026-09-23", "2026-10-08");
}

#[test]
fn a_decision_annulled_on_2026_09_30_is_withdrawn_by_the_worked_saturday_2026_10_10() {
    check(working(3), "2026-09-30", "2026-10-10");
}

#[test]
fn payment_within_15_days_of_2026_09_18_moves_from_the_holiday_to_2026_10_08() {
    check(period(15, Unit::Days, Code::F1), "2026-09-18", "2026-10-08");
    let explained = explain(
        &calendar(),
        period(15, Unit::Days, Code::F1),
        moment("2026-09-18"),
        &[],
    )
    .unwrap();
    assert_eq!(
        explained.roll,
        Some(Roll {
            from: day("2026-10-03"),
            to: day("2026-10-08"),
            why: Why::Holiday("国庆节".to_owned())
        })
    );
    assert_eq!(
        explained.summary,
        "自2026-09-18(周五)的次日起计15日，末日2026-10-03(周六)为国庆节假日，顺延至2026-10-08(周四)届满。"
    );
}

#[test]
fn ninety_days_from_2026_07_06_end_on_the_holiday_2026_10_04_with_a_warning_on_2026_09_30() {
    let ninety = period(90, Unit::Days, Code::F1H);
    check(ninety, "2026-07-06", "2026-10-04");
    let calendar = calendar();
    let explained = explain(&calendar, ninety, moment("2026-07-06"), &[]).unwrap();
    assert_eq!(explained.warn, Some(day("2026-09-30")));
    assert_eq!(
        warning_day(&calendar, explained.due),
        Some(day("2026-09-30"))
    );
    assert_eq!(
        explained.summary,
        "自2026-07-06(周一)的次日起计90日，2026-10-04(周日)届满，末日为国庆节假日不顺延，\
         宜在前一工作日2026-09-30(周三)前办结。"
    );
}

#[test]
fn notice_of_a_hearing_on_2026_10_15_is_given_by_2026_09_29_or_leniently_2026_09_30() {
    let before = period(7, Unit::WorkingDays, Code::F4);
    check(before, "2026-10-15", "2026-09-29");
    assert_eq!(
        shown(due_lenient(&calendar(), before, moment("2026-10-15"))),
        "2026-09-30"
    );
    let explained = explain(&calendar(), before, moment("2026-10-15"), &[]).unwrap();
    assert_eq!(explained.counted_days(), 7);
    assert_eq!(
        explained.summary,
        "自2026-10-15(周四)向前倒数7个工作日（不计国庆节7日、周末1日），活动当日与通知当日均不计，\
         中间须满7个完整工作日，最迟2026-09-29(周二)通知。"
    );
}

#[test]
fn a_demand_of_2026_09_21_opens_the_way_to_the_court_after_2026_10_12() {
    check(working(10), "2026-09-21", "2026-10-12");
}

#[test]
fn disclosure_of_a_decision_of_2026_02_12_is_due_on_the_worked_saturday_2026_02_28() {
    check(working(7), "2026-02-12", "2026-02-28");
}

#[test]
fn the_days_off_and_worked_weekends_of_2025_and_2026_are_those_of_law_md() {
    let calendar = calendar();
    for (off, from, to) in [
        (true, "2026-01-01", "2026-01-03"),
        (true, "2026-02-15", "2026-02-23"),
        (true, "2026-04-04", "2026-04-06"),
        (true, "2026-05-01", "2026-05-05"),
        (true, "2026-06-19", "2026-06-21"),
        (true, "2026-09-25", "2026-09-27"),
        (true, "2026-10-01", "2026-10-07"),
        (true, "2025-01-01", "2025-01-01"),
        (true, "2025-01-28", "2025-02-04"),
        (true, "2025-04-04", "2025-04-06"),
        (true, "2025-05-01", "2025-05-05"),
        (true, "2025-05-31", "2025-06-02"),
        (true, "2025-10-01", "2025-10-08"),
    ] {
        for number in day(from).number()..=day(to).number() {
            let day = Day::from_number(number).unwrap();
            assert_eq!(!calendar.is_workday(day), off, "{day}");
            assert!(calendar.name(day).is_some(), "{day}");
        }
    }
    for worked in [
        "2026-01-04",
        "2026-02-14",
        "2026-02-28",
        "2026-05-09",
        "2026-09-20",
        "2026-10-10",
        "2025-01-26",
        "2025-02-08",
        "2025-04-27",
        "2025-09-28",
        "2025-10-11",
    ] {
        assert!(calendar.is_workday(day(worked)), "{worked}");
        assert!(
            calendar.name(day(worked)).unwrap().contains("调休上班"),
            "{worked}"
        );
    }
    assert_eq!(calendar.name(day("2026-10-03")), Some("国庆节"));
    assert_eq!(
        calendar.name(day("2026-10-11")),
        None,
        "a plain Sunday has no name"
    );
    assert_eq!(calendar.edition(), "2019-2026");
}

// law.md 0.2: the codes.

#[test]
fn f1_counts_from_the_next_day_and_moves_off_a_weekend() {
    let three = period(3, Unit::Days, Code::F1);
    check(three, "2026-11-09", "2026-11-12");
    // Saturday 2026-11-14 moves to Monday.
    check(three, "2026-11-11", "2026-11-16");
    // Saturday 2026-02-28 is worked, so it stands.
    check(three, "2026-02-25", "2026-02-28");
}

#[test]
fn f1h_stands_on_a_day_off() {
    check(period(3, Unit::Days, Code::F1H), "2026-11-11", "2026-11-14");
    check(
        period(30, Unit::Days, Code::F1H),
        "2026-09-04",
        "2026-10-04",
    );
}

#[test]
fn f3_runs_on_through_midnight_and_holidays() {
    let day_long = period(24, Unit::Hours, Code::F3);
    check(day_long, "2026-09-30T17:45", "2026-10-01T17:45");
    check(day_long, "2026-12-31T00:00", "2027-01-01T00:00");
    check(
        period(2, Unit::Hours, Code::F3),
        "2026-02-28T23:30",
        "2026-03-01T01:30",
    );
    check(
        period(48, Unit::Hours, Code::F3),
        "2024-02-28T08:00",
        "2024-03-01T08:00",
    );
}

#[test]
fn f3_needs_a_minute_that_a_day_has() {
    let day_long = period(24, Unit::Hours, Code::F3);
    let calendar = calendar();
    assert_eq!(
        due(&calendar, day_long, moment("2026-09-30"), &[]),
        Err(TimeError::HoursNeedATime)
    );
    let impossible = Moment {
        day: day("2026-09-30"),
        minute: Some(1440),
    };
    assert_eq!(
        due(&calendar, day_long, impossible, &[]),
        Err(TimeError::NoSuchMinute { minute: 1440 })
    );
}

#[test]
fn f3_leaves_out_paused_days() {
    let day_long = period(24, Unit::Hours, Code::F3);
    check_paused(
        day_long,
        "2026-10-13T09:30",
        &[pause("2026-10-14", "2026-10-16")],
        "2026-10-16T09:30",
    );
    check_paused(
        day_long,
        "2026-10-13T09:30",
        &[pause("2026-10-13", "2026-10-14")],
        "2026-10-15T00:00",
    );
    check_paused(
        day_long,
        "2026-10-13T09:30",
        &[open_pause("2026-10-14")],
        "期间自2026-10-14起停止计算，恢复计算后才有到期日",
    );
    check_paused(
        day_long,
        "2026-10-13T00:00",
        &[open_pause("2026-10-14")],
        "2026-10-14T00:00",
    );
}

#[test]
fn f4_counts_natural_days_backwards_in_both_readings() {
    let renewal = period(45, Unit::Days, Code::F4);
    check(renewal, "2026-12-31", "2026-11-15");
    assert_eq!(
        shown(due_lenient(&calendar(), renewal, moment("2026-12-31"))),
        "2026-11-16"
    );
    // 2026-11-15 is a Sunday: it stands, with a warning for the Friday.
    let explained = explain(&calendar(), renewal, moment("2026-12-31"), &[]).unwrap();
    assert_eq!(explained.warn, Some(day("2026-11-13")));
    assert_eq!(explained.counted_days(), 45);
    assert!(
        explained
            .summary
            .contains("该日为周日，宜在前一工作日2026-11-13(周五)前通知"),
        "{}",
        explained.summary
    );
}

#[test]
fn f4_counts_from_an_event_on_a_day_off() {
    // The three complete working days before Thursday 2026-10-01 are 9-30, 9-29 and 9-28; the 25th to 27th are off.
    check(
        period(3, Unit::WorkingDays, Code::F4),
        "2026-10-01",
        "2026-09-24",
    );
    check(
        period(3, Unit::WorkingDays, Code::F4),
        "2026-10-05",
        "2026-09-24",
    );
}

#[test]
fn f4_is_not_touched_by_pauses() {
    let before = period(7, Unit::WorkingDays, Code::F4);
    check_paused(
        before,
        "2026-10-15",
        &[open_pause("2026-10-08"), pause("2026-09-01", "2026-09-30")],
        "2026-09-29",
    );
}

#[test]
fn only_f4_has_a_lenient_reading() {
    assert_eq!(
        due_lenient(&calendar(), working(7), moment("2026-10-15")),
        Err(TimeError::OnlyBackwardsIsLenient)
    );
}

#[test]
fn f5_ends_on_the_corresponding_day_or_the_end_of_the_month() {
    let month = period(1, Unit::Months, Code::F5);
    // 2026 has no 31 February; Saturday 2026-02-28 is worked, so it stands.
    check(month, "2026-01-31", "2026-02-28");
    check(month, "2026-05-31", "2026-06-30");
    check(month, "2026-03-10", "2026-04-10");
    check(
        period(3, Unit::Months, Code::F5),
        "2025-11-30",
        "2026-02-28",
    );
    // Six months from 2026-04-01 is National Day, which moves.
    check(
        period(6, Unit::Months, Code::F5),
        "2026-04-01",
        "2026-10-08",
    );
    check(
        period(14, Unit::Months, Code::F5),
        "2024-12-31",
        "2026-02-28",
    );
}

#[test]
fn f5_knows_leap_days() {
    let year = period(1, Unit::Years, Code::F5);
    check(
        period(1, Unit::Months, Code::F5),
        "2024-01-31",
        "2024-02-29",
    );
    check(year, "2024-02-29", "2025-02-28");
    check(period(4, Unit::Years, Code::F5), "2020-02-29", "2024-02-29");
    // 2025-02-28 is a Friday; 2022-02-28 a Monday.
    check(period(2, Unit::Years, Code::F5), "2020-02-29", "2022-02-28");
    check(period(2, Unit::Years, Code::F5), "2024-02-28", "2026-02-28");
}

// Pauses.

#[test]
fn a_natural_period_moves_by_the_paused_days_and_rolls_at_the_end() {
    let thirty = period(30, Unit::Days, Code::F1H);
    // Ten days of testing move 2026-10-04 to 2026-10-14.
    check_paused(
        thirty,
        "2026-09-04",
        &[pause("2026-09-10", "2026-09-20")],
        "2026-10-14",
    );
    check_paused(
        thirty,
        "2026-09-04",
        &[pause("2026-09-10", "2026-09-10")],
        "2026-10-04",
    );
    // 15 days from 2026-09-18 without ten more end on 2026-10-13.
    check_paused(
        period(15, Unit::Days, Code::F1),
        "2026-09-18",
        &[pause("2026-09-20", "2026-09-30")],
        "2026-10-13",
    );
    // Without two more days they end on 2026-10-05, and the roll comes last.
    check_paused(
        period(15, Unit::Days, Code::F1),
        "2026-09-18",
        &[pause("2026-09-20", "2026-09-22")],
        "2026-10-08",
    );
}

#[test]
fn a_working_day_period_skips_the_paused_working_days() {
    // Two of the five days paused are working days.
    check_paused(
        working(7),
        "2026-09-28",
        &[pause("2026-10-06", "2026-10-10")],
        "2026-10-15",
    );
    let explained = explain(
        &calendar(),
        working(7),
        moment("2026-09-28"),
        &[pause("2026-10-06", "2026-10-10")],
    )
    .unwrap();
    assert_eq!(explained.counted_days(), 7);
    assert!(
        explained
            .summary
            .contains("（不计国庆节5日、停计4日、周末1日）"),
        "{}",
        explained.summary
    );
}

#[test]
fn months_move_by_the_paused_natural_days_also_those_reached_by_moving() {
    let three_months = period(3, Unit::Months, Code::F5);
    // 2026-08-10 moves by ten days to 2026-08-20, and by five more that begin there.
    check_paused(
        three_months,
        "2026-05-10",
        &[pause("2026-06-01", "2026-06-11")],
        "2026-08-20",
    );
    check_paused(
        three_months,
        "2026-05-10",
        &[
            pause("2026-08-18", "2026-08-23"),
            pause("2026-06-01", "2026-06-11"),
        ],
        "2026-08-25",
    );
}

#[test]
fn overlapping_and_touching_pauses_count_once() {
    let pauses = [
        pause("2026-09-12", "2026-09-20"),
        pause("2026-09-10", "2026-09-15"),
        pause("2026-09-20", "2026-09-21"),
    ];
    check_paused(
        period(30, Unit::Days, Code::F1H),
        "2026-09-04",
        &pauses,
        "2026-10-15",
    );
}

#[test]
fn a_pause_before_the_base_or_after_the_due_date_changes_nothing() {
    let pauses = [
        pause("2026-09-01", "2026-09-29"),
        pause("2026-10-14", "2026-11-01"),
        open_pause("2026-12-01"),
    ];
    check_paused(working(7), "2026-09-28", &pauses, "2026-10-13");
}

#[test]
fn an_open_pause_leaves_no_due_date_unless_the_period_ended_before() {
    let paused = Err(TimeError::Paused {
        since: day("2026-10-13"),
    });
    let calendar = calendar();
    assert_eq!(
        due(
            &calendar,
            working(7),
            moment("2026-09-28"),
            &[open_pause("2026-10-13")]
        ),
        paused
    );
    check_paused(
        working(7),
        "2026-09-28",
        &[open_pause("2026-10-14")],
        "2026-10-13",
    );
    // The last day 2026-10-03 would move to 2026-10-08, but the clock stopped before.
    let stopped = [open_pause("2026-10-08")];
    let fifteen = period(15, Unit::Days, Code::F1);
    assert_eq!(
        due(&calendar, fifteen, moment("2026-09-18"), &stopped),
        Err(TimeError::Paused {
            since: day("2026-10-08")
        })
    );
    check_paused(
        fifteen,
        "2026-09-18",
        &[pause("2026-10-08", "2026-10-12")],
        "2026-10-12",
    );
}

#[test]
fn a_pause_that_ends_before_it_begins_is_refused() {
    assert_eq!(
        shown(due(
            &calendar(),
            working(7),
            moment("2026-09-28"),
            &[pause("2026-10-10", "2026-10-09")]
        )),
        "停计区间有误：自2026-10-10起停止计算，却在此前的2026-10-09恢复"
    );
}

// The edge of the recorded years.

#[test]
fn past_the_last_recorded_year_a_date_that_rests_on_holidays_is_provisional() {
    check(working(7), "2026-12-28", "2027-01-06?");
    check(working(3), "2026-12-28", "2026-12-31");
    // Natural days need no calendar until the last one asks whether it is a day off.
    check(period(11, Unit::Days, Code::F1), "2026-12-20", "2026-12-31");
    check(
        period(15, Unit::Days, Code::F1),
        "2026-12-20",
        "2027-01-04?",
    );
}

#[test]
fn only_codes_that_ask_for_days_off_are_ever_provisional() {
    check(
        period(90, Unit::Days, Code::F1H),
        "2026-12-01",
        "2027-03-01",
    );
    check(
        period(24, Unit::Hours, Code::F3),
        "2027-02-05T10:00",
        "2027-02-06T10:00",
    );
    check(period(30, Unit::Days, Code::F4), "2027-12-31", "2027-11-30");
    check(
        period(7, Unit::WorkingDays, Code::F4),
        "2027-01-04",
        "2026-12-23?",
    );
    check(
        period(7, Unit::WorkingDays, Code::F4),
        "2027-01-01",
        "2026-12-22",
    );
    check(
        period(1, Unit::Years, Code::F5),
        "2026-06-01",
        "2027-06-01?",
    );
}

#[test]
fn before_the_first_recorded_year_likewise() {
    check(working(7), "2018-09-28", "2018-10-09?");
    check(working(2), "2018-12-28", "2019-01-02?");
    check(working(2), "2018-12-31", "2019-01-03");
    check(
        period(15, Unit::Days, Code::F1),
        "2018-09-15",
        "2018-10-01?",
    );
    assert_eq!(
        calendar().workday_before(day("2019-01-01")),
        Some(day("2018-12-31"))
    );
    assert!(!calendar().is_workday(day("1999-12-04")) && calendar().is_workday(day("1999-12-03")));
}

#[test]
fn a_provisional_date_is_settled_when_the_year_is_published() {
    let known = calendar();
    let newer = known.with_year(&made_up_2027()).unwrap();
    assert_eq!(newer.edition(), "2019-2027");
    assert_eq!(newer.name(day("2027-02-08")), Some("春节"));

    // New Year's Day 2027 is a Friday; by weekends alone it would be worked.
    let (seven, base) = (working(7), moment("2026-12-28"));
    let before = due(&known, seven, base, &[]).unwrap();
    let settled = settle(&newer, seven, base, &[], before).unwrap();
    assert_eq!(
        (shown(Ok(settled.before)), shown(Ok(settled.due))),
        ("2027-01-06?".to_owned(), "2027-01-07".to_owned())
    );
    assert!(settled.moved() && settled.is_final());

    // Published, New Year's Day no longer counts as a complete day before an event: the notice is due earlier.
    let (notice, event) = (period(7, Unit::WorkingDays, Code::F4), moment("2027-01-04"));
    let settled = settle(
        &newer,
        notice,
        event,
        &[],
        due(&known, notice, event, &[]).unwrap(),
    )
    .unwrap();
    assert_eq!(
        (shown(Ok(settled.before)), shown(Ok(settled.due))),
        ("2026-12-23?".to_owned(), "2026-12-22".to_owned())
    );

    // The worked Saturday 2027-01-30 brings a date forward.
    let (three, base) = (working(3), moment("2027-01-28"));
    let settled = settle(
        &newer,
        three,
        base,
        &[],
        due(&known, three, base, &[]).unwrap(),
    )
    .unwrap();
    assert_eq!(
        (shown(Ok(settled.before)), shown(Ok(settled.due))),
        ("2027-02-02?".to_owned(), "2027-02-01".to_owned())
    );

    let (three, base) = (working(3), moment("2027-03-01"));
    let settled = settle(
        &newer,
        three,
        base,
        &[],
        due(&known, three, base, &[]).unwrap(),
    )
    .unwrap();
    assert!(!settled.moved() && settled.is_final());

    let (three, base) = (working(3), moment("2027-12-30"));
    let settled = settle(
        &newer,
        three,
        base,
        &[],
        due(&known, three, base, &[]).unwrap(),
    )
    .unwrap();
    assert!(!settled.is_final());
}

#[test]
fn an_explanation_says_what_is_provisional() {
    let explained = explain(&calendar(), working(7), moment("2026-12-28"), &[]).unwrap();
    assert!(
        explained
            .runs
            .iter()
            .all(|run| run.provisional == (run.from > day("2026-12-31")))
    );
    assert_eq!(
        explained.summary,
        "自2026-12-28(周一)的次日起计7个工作日（不计周末2日），2027-01-06(周三)届满\
         （暂定：工作日历只收录2019-2026年，其余日期按周末推算，放假安排公布后重新计算）。"
    );
}

// Counting between days, extending, ranges.

#[test]
fn working_days_from_2024_08_25_to_2024_09_18_are_17() {
    let calendar = calendar();
    let counted = |after, until| working_days_between(&calendar, day(after), day(until));
    assert_eq!(
        counted("2024-08-25", "2024-09-18"),
        Counted {
            days: 17,
            provisional: false
        }
    );
    assert_eq!(
        counted("2024-09-18", "2024-08-25"),
        Counted {
            days: -17,
            provisional: false
        }
    );
    assert_eq!(
        counted("2026-10-13", "2026-10-13"),
        Counted {
            days: 0,
            provisional: false
        }
    );
    assert_eq!(
        counted("2026-12-31", "2027-01-04"),
        Counted {
            days: 2,
            provisional: true
        }
    );
    assert_eq!(
        counted("2018-12-31", "2019-01-02"),
        Counted {
            days: 1,
            provisional: false
        }
    );
    assert_eq!(
        natural_days_between(day("2024-08-25"), day("2024-09-18")),
        24
    );
    assert_eq!(
        natural_days_between(day("2024-03-01"), day("2024-02-01")),
        -29
    );
}

#[test]
fn an_extension_is_counted_from_the_old_due_date() {
    let calendar = calendar();
    let ninety = due(
        &calendar,
        period(90, Unit::Days, Code::F1H),
        moment("2026-07-06"),
        &[],
    )
    .unwrap();
    assert_eq!(
        shown(extended(
            &calendar,
            ninety,
            period(60, Unit::Days, Code::F1H)
        )),
        "2026-12-03"
    );
    let twenty = due(&calendar, working(20), moment("2026-09-28"), &[]).unwrap();
    assert_eq!(
        shown(extended(&calendar, twenty, working(10))),
        "2026-11-13"
    );
    let provisional = due(&calendar, working(7), moment("2026-12-28"), &[]).unwrap();
    assert_eq!(
        shown(extended(
            &calendar,
            provisional,
            period(5, Unit::Days, Code::F1H)
        )),
        "2027-01-11?"
    );
    assert_eq!(
        extended(&calendar, ninety, period(3, Unit::Days, Code::F4)),
        Err(TimeError::BackwardsCannotExtend)
    );
    assert_eq!(
        extended(&calendar, ninety, period(3, Unit::Hours, Code::F3)),
        Err(TimeError::HoursNeedATime)
    );
}

#[test]
fn a_date_that_cannot_be_written_is_refused() {
    let calendar = calendar();
    for code in Code::ALL {
        for unit in code.units() {
            let longest = period(u32::MAX, *unit, code);
            let base = moment("2026-10-13T09:30");
            assert_eq!(
                due(&calendar, longest, base, &[]),
                Err(TimeError::OutOfRange),
                "{code} {unit}"
            );
            assert_eq!(
                due(
                    &calendar,
                    longest,
                    base,
                    &[pause("2026-10-14", "2026-10-20")]
                ),
                Err(TimeError::OutOfRange)
            );
            for (end, count) in [(Day::MIN, 1), (Day::MAX, 1)] {
                let base = Moment {
                    day: end,
                    minute: Some(1439),
                };
                let _ = due(&calendar, period(count, *unit, code), base, &[]);
                let _ = explain(&calendar, period(count, *unit, code), base, &[]);
            }
        }
    }
    check(
        period(1, Unit::Days, Code::F1H),
        "9999-12-31",
        &TimeError::OutOfRange.to_string(),
    );
    check(
        period(1, Unit::Days, Code::F4),
        "0001-01-01",
        &TimeError::OutOfRange.to_string(),
    );
}

// Periods, units, codes.

#[test]
fn periods_print_in_chinese() {
    for (period, expected) in [
        (working(7), "7个工作日"),
        (period(15, Unit::Days, Code::F1), "15日"),
        (period(3, Unit::Months, Code::F5), "3个月"),
        (period(2, Unit::Years, Code::F5), "2年"),
        (period(24, Unit::Hours, Code::F3), "24小时"),
    ] {
        assert_eq!(period.to_string(), expected);
    }
}

#[test]
fn a_code_counts_its_own_units_only() {
    let allowed: Vec<String> = Code::ALL
        .into_iter()
        .map(|code| {
            let units: Vec<&str> = Unit::ALL
                .into_iter()
                .filter(|unit| Period::new(1, *unit, code).is_ok())
                .map(Unit::id)
                .collect();
            format!("{code}: {}", units.join(" "))
        })
        .collect();
    assert_eq!(
        allowed,
        [
            "F1: days",
            "F1H: days",
            "F2: working-days",
            "F3: hours",
            "F4: days working-days",
            "F5: months years"
        ]
    );
    assert_eq!(
        Period::new(7, Unit::Days, Code::F2)
            .unwrap_err()
            .to_string(),
        "口径F2（工作日）不能以“日”计，只能以“工作日”计"
    );
    assert_eq!(
        Period::new(0, Unit::Days, Code::F1),
        Err(PeriodError::Empty)
    );
}

#[test]
fn a_period_put_together_by_hand_is_refused_where_it_is_counted() {
    let wrong = Period {
        count: 7,
        unit: Unit::Days,
        code: Code::F2,
    };
    let refused = TimeError::Period(PeriodError::Mismatch {
        code: Code::F2,
        unit: Unit::Days,
    });
    assert_eq!(
        due(&calendar(), wrong, moment("2026-10-13"), &[]),
        Err(refused)
    );
    assert_eq!(
        explain(&calendar(), wrong, moment("2026-10-13"), &[]),
        Err(refused)
    );
    let wrong = Period {
        count: 0,
        unit: Unit::Days,
        code: Code::F4,
    };
    assert_eq!(
        due_lenient(&calendar(), wrong, moment("2026-10-13")),
        Err(PeriodError::Empty.into())
    );
}

#[test]
fn units_and_codes_read_what_they_print() {
    for unit in Unit::ALL {
        assert_eq!(
            (Unit::parse(unit.id()), Unit::parse(unit.chinese())),
            (Ok(unit), Ok(unit))
        );
        assert_eq!(
            serde_json::to_string(&unit).unwrap(),
            format!("\"{}\"", unit.id())
        );
    }
    for code in Code::ALL {
        assert_eq!(Code::parse(code.id()), Ok(code));
        assert_eq!(serde_json::to_string(&code).unwrap(), format!("\"{code}\""));
        assert!(!code.chinese().is_empty() && !code.basis().is_empty());
    }
    assert!(
        Unit::parse("周").is_err() && Unit::parse("Days").is_err() && Code::parse("f1").is_err()
    );
}

#[test]
fn a_stored_period_is_checked_when_read() {
    let stored = serde_json::to_string(&working(7)).unwrap();
    assert_eq!(stored, r#"{"count":7,"unit":"working-days","code":"F2"}"#);
    assert_eq!(serde_json::from_str::<Period>(&stored).unwrap(), working(7));
    assert!(serde_json::from_str::<Period>(r#"{"count":7,"unit":"days","code":"F2"}"#).is_err());
}

// Explanations.

#[test]
fn an_explanation_names_every_day() {
    let explained = explain(&calendar(), working(7), moment("2026-09-28"), &[]).unwrap();
    let lines: Vec<String> = explained.runs.iter().map(Run::to_string).collect();
    assert_eq!(
        lines,
        [
            "2026-09-28(周一) 起算当日，不计",
            "2026-09-29(周二)至2026-09-30(周三) 工作日，计入",
            "2026-10-01(周四)至2026-10-07(周三) 国庆节，不计",
            "2026-10-08(周四)至2026-10-09(周五) 工作日，计入",
            "2026-10-10(周六) 国庆节(调休上班)，计入",
            "2026-10-11(周日) 周日，不计",
            "2026-10-12(周一)至2026-10-13(周二) 工作日，计入",
        ]
    );
    assert_eq!(
        explained.summary,
        "自2026-09-28(周一)的次日起计7个工作日（不计国庆节7日、周末1日），2026-10-13(周二)届满。"
    );
    assert_eq!(explained.warn, None);
}

#[test]
fn the_explanation_of_a_rolled_date_shows_the_days_it_moved_over() {
    let explained = explain(
        &calendar(),
        period(15, Unit::Days, Code::F1),
        moment("2026-09-18"),
        &[],
    )
    .unwrap();
    let lines: Vec<String> = explained.runs.iter().map(Run::to_string).collect();
    assert_eq!(
        lines,
        [
            "2026-09-18(周五) 起算当日，不计",
            "2026-09-19(周六)至2026-10-03(周六) 自然日，计入",
            "2026-10-04(周日)至2026-10-07(周三) 国庆节，不计",
            "2026-10-08(周四) 顺延至此，不计",
        ]
    );
}

#[test]
fn hours_and_months_are_summed_up_too() {
    let calendar = calendar();
    let summary = |period, base| {
        explain(&calendar, period, moment(base), &[])
            .unwrap()
            .summary
    };
    assert_eq!(
        summary(period(24, Unit::Hours, Code::F3), "2026-09-30T17:45"),
        "自2026-09-30(周三)17:45起连续计24小时，2026-10-01(周四)17:45届满。"
    );
    assert_eq!(
        summary(period(6, Unit::Months, Code::F5), "2026-04-01"),
        "自2026-04-01(周三)起计6个月，末日2026-10-01(周四)为国庆节假日，顺延至2026-10-08(周四)届满。"
    );
}

// Calendar data.

#[test]
fn calendar_mistakes_are_refused_with_their_line() {
    let whole = made_up_2027();
    let with = |from: &str, to: &str| whole.replacen(from, to, 1);
    for (text, expected) in [
        (
            String::new(),
            "工作日历第1行：首行应为“date,is_workday,name”，实为“”",
        ),
        (
            "date,is_workday,name\n".to_owned(),
            "工作日历第1行：没有日期行",
        ),
        (
            with("date,is_workday,name", "日期,是否工作日"),
            "工作日历第1行：首行应为“date,is_workday,name”，实为“日期,是否工作日”",
        ),
        (
            with("2027-01-03,0,周末\n", ""),
            "工作日历第4行：日期应逐日相连，此处应为2027-01-03，实为2027-01-04",
        ),
        (
            with("2027-01-03,0,周末\n", "2027-01-02,0,周末\n"),
            "工作日历第4行：日期应逐日相连，此处应为2027-01-03，实为2027-01-02",
        ),
        (
            with("2027-01-04,1,", "2027-01-04,1"),
            "工作日历第5行：应有3列，实有2列",
        ),
        (
            with("2027-01-04,1,", "2027-01-04,1,,"),
            "工作日历第5行：应有3列，实有4列",
        ),
        (with("2027-01-04,1,", ""), "工作日历第5行：应有3列，实有1列"),
        (
            with("2027-01-04,1,", "2027-01-04,是,"),
            "工作日历第5行：第2列应为1（工作）或0（休息），实为“是”",
        ),
        (
            with("2027-01-04,1,", "20270104,1,"),
            "工作日历第5行：日期写作“20270104”，应为 YYYY-MM-DD 的形式，例如 2027-01-04",
        ),
        (
            with("2027-01-04,1,", "2027-01-04,0,周末"),
            "工作日历第5行：2027-01-04是周一，休息须写明节日名称",
        ),
        (
            with("2027-01-02,0,周末", "2027-01-02,1,"),
            "工作日历第3行：2027-01-02是周六，上班须写明因何调休",
        ),
        (
            with("2027-01-01,0,元旦\n", ""),
            "工作日历第2行：应从1月1日开始，实从2027-01-02开始",
        ),
        (
            with("2027-12-31,1,\n", ""),
            "工作日历第365行：应到12月31日为止，实到2027-12-30为止",
        ),
    ] {
        assert_eq!(
            Calendar::parse_csv(&text).unwrap_err().to_string(),
            expected
        );
    }
    let error = Calendar::parse_csv(&with("2027-01-04,1,", "2027-02-30,1,")).unwrap_err();
    assert_eq!(error.line, 5);
    assert!(matches!(
        error.problem,
        CalendarProblem::Date(DayError::NoSuchDay { .. })
    ));
    assert!(Calendar::parse_csv(&format!("\u{feff}{}", whole.replace('\n', "\r\n"))).is_ok());
    assert_eq!(Calendar::parse_csv(&whole).unwrap().edition(), "2027");
}

#[test]
fn only_the_whole_next_year_can_be_added() {
    let known = calendar();
    let year = made_up_2027();
    let refused =
        |calendar: &Calendar, text: &str| calendar.with_year(text).unwrap_err().to_string();
    assert_eq!(
        refused(&known.with_year(&year).unwrap(), &year),
        "工作日历第2行：应补充2028年，实为2027年；已有年份不得重复，也不得跳过"
    );
    assert_eq!(
        refused(&Calendar::parse_csv(&year).unwrap(), PUBLISHED),
        "工作日历第2行：应补充2028年，实为2019年；已有年份不得重复，也不得跳过"
    );
    assert_eq!(
        refused(&known, "date,is_workday,name\n"),
        "工作日历第1行：没有日期行"
    );
    assert_eq!(
        refused(&known, &year.replacen("2027-01-01,0,元旦\n", "", 1)),
        "工作日历第2行：日期应逐日相连，此处应为2027-01-01，实为2027-01-02"
    );
    let half: String = year
        .lines()
        .take(180)
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(
        refused(&known, &half),
        "工作日历第180行：应到12月31日为止，实到2027-06-28为止"
    );
    assert_eq!(
        refused(&known, &format!("{year}2028-01-01,0,元旦\n")),
        "工作日历第367行：应补充2027年，实为2028年；已有年份不得重复，也不得跳过"
    );
}

#[test]
fn the_very_day_that_somebody_named_is_the_last() {
    // A Saturday: it stands, and the day before is to be warned of.
    let base = Day::parse("2026-05-16").unwrap();
    let due = due(calendar_once(), Period::same_day(), base.into(), &[]).unwrap();
    assert_eq!(due.at, base.into());
    assert_eq!(Period::same_day().to_string(), "当日");
    assert!(
        Period::new(0, Unit::Days, Code::F1H).is_err(),
        "nobody writes 0 日"
    );
    let stored = serde_json::to_string(&Period::same_day()).unwrap();
    let read: Period = serde_json::from_str(&stored).unwrap();
    assert_eq!(read, Period::same_day());
    let none = stored.replace("F1H", "F1").replace("f1h", "f1");
    assert!(serde_json::from_str::<Period>(&none).is_err(), "{none}");
    let told = explain(calendar_once(), Period::same_day(), base.into(), &[]).unwrap();
    assert_eq!(
        told.summary,
        "写明的日子2026-05-16(周六)届满，这一天为周六不顺延，宜在前一工作日2026-05-15(周五)前办结。"
    );
}

#[test]
fn every_published_day_reads_back_as_written() {
    let calendar = calendar();
    for line in PUBLISHED.lines().skip(1) {
        let columns: Vec<&str> = line.split(',').collect();
        let day = day(columns[0]);
        assert!(calendar.covers(day));
        assert_eq!(calendar.is_workday(day), columns[1] == "1", "{line}");
        assert_eq!(
            calendar.name(day).unwrap_or_default(),
            columns[2].replace("周末", ""),
            "{line}"
        );
    }
    assert_eq!(
        (calendar.first_day(), calendar.last_day()),
        (day("2019-01-01"), day("2026-12-31"))
    );
}

// Facts that hold for every date.

/// The due date by the plainest possible loop over days, to hold the fast one against.
fn by_the_day(calendar: &Calendar, period: Period, base: Day, pauses: &[Pause]) -> Option<Day> {
    let paused = |day: Day| {
        pauses
            .iter()
            .any(|pause| pause.from <= day && pause.until.is_none_or(|until| day < until))
    };
    let walk = |mut left: u32, counts: &dyn Fn(Day) -> bool| {
        let mut day = base;
        while left > 0 {
            day = day
                .checked_plus_days(1)
                .filter(|day| *day < base.plus_days(20_000))?;
            left -= u32::from(counts(day) && !paused(day));
        }
        Some(day)
    };
    let rolled = |mut day: Day| {
        while !calendar.is_workday(day) || paused(day) {
            day = day
                .checked_plus_days(1)
                .filter(|day| *day < base.plus_days(20_000))?;
        }
        Some(day)
    };
    match period.code {
        Code::F1 => walk(period.count, &|_| true).and_then(rolled),
        Code::F1H => walk(period.count, &|_| true),
        Code::F2 => walk(period.count, &|day| calendar.is_workday(day)),
        Code::F3 => unreachable!("hours are not counted by the day"),
        Code::F4 => {
            let (mut day, mut complete) = (base.plus_days(-1), 0);
            loop {
                if period.unit == Unit::Days || calendar.is_workday(day) {
                    if complete == period.count {
                        return Some(day);
                    }
                    complete += 1;
                }
                day = day.plus_days(-1);
            }
        }
        Code::F5 => {
            let months = period.count as i32 * if period.unit == Unit::Years { 12 } else { 1 };
            let (year, month, date) = base.ymd();
            let later = jiff::civil::date(year, month, date)
                .saturating_add(jiff::Span::new().months(months));
            let unpaused = Day::from_ymd(later.year(), later.month(), later.day())?;
            walk((unpaused.number() - base.number()) as u32, &|_| true).and_then(rolled)
        }
    }
}

fn any_base() -> impl Strategy<Value = Day> {
    // From a year before the recorded ones to two years after them.
    (day("2018-01-01").number()..=day("2028-12-31").number())
        .prop_map(|number| Day::from_number(number).unwrap())
}

fn any_day_period() -> impl Strategy<Value = Period> {
    prop_oneof![
        (1u32..200).prop_map(|count| period(count, Unit::Days, Code::F1)),
        (1u32..200).prop_map(|count| period(count, Unit::Days, Code::F1H)),
        (1u32..200).prop_map(working),
        (1u32..60).prop_map(|count| period(count, Unit::Days, Code::F4)),
        (1u32..60).prop_map(|count| period(count, Unit::WorkingDays, Code::F4)),
        (1u32..40).prop_map(|count| period(count, Unit::Months, Code::F5)),
        (1u32..6).prop_map(|count| period(count, Unit::Years, Code::F5)),
    ]
}

/// Pauses near the base: their distance, their length, and whether the last one is still open.
fn any_pauses() -> impl Strategy<Value = (Vec<(i32, i32)>, bool)> {
    (
        prop::collection::vec((-20i32..150, 0i32..40), 0..5),
        prop::bool::weighted(0.1),
    )
}

fn placed(base: Day, (distances, open): &(Vec<(i32, i32)>, bool)) -> Vec<Pause> {
    let mut pauses: Vec<Pause> = distances
        .iter()
        .map(|(distance, length)| {
            let from = base.plus_days(*distance);
            Pause {
                from,
                until: Some(from.plus_days(*length)),
            }
        })
        .collect();
    if let Some(last) = pauses.last_mut().filter(|_| *open) {
        last.until = None;
    }
    pauses
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_fast_count_equals_a_loop_over_days(base in any_base(), period in any_day_period(), pauses in any_pauses()) {
        let calendar = calendar_once();
        let pauses = placed(base, &pauses);
        let fast = due(calendar, period, base.into(), &pauses);
        match by_the_day(calendar, period, base, &pauses) {
            Some(day) => prop_assert_eq!(fast.map(|due| due.at), Ok(Moment::from(day))),
            None => prop_assert!(matches!(fast, Err(TimeError::Paused { .. })), "{:?}", fast),
        }
    }

    #[test]
    fn a_working_day_period_never_ends_on_a_day_off(base in any_base(), count in 1u32..300, pauses in any_pauses()) {
        if let Ok(due) = due(calendar_once(), working(count), base.into(), &placed(base, &pauses)) {
            prop_assert!(calendar_once().is_workday(due.at.day));
        }
    }

    #[test]
    fn a_rolling_period_never_ends_on_a_day_off(base in any_base(), count in 1u32..300, pauses in any_pauses()) {
        for period in [period(count, Unit::Days, Code::F1), period(count, Unit::Months, Code::F5)] {
            if let Ok(due) = due(calendar_once(), period, base.into(), &placed(base, &pauses)) {
                prop_assert!(calendar_once().is_workday(due.at.day));
            }
        }
    }

    #[test]
    fn a_later_base_never_makes_an_earlier_due_date(base in any_base(), later in 0i32..60, period in any_day_period()) {
        let at = |base: Day| due(calendar_once(), period, base.into(), &[]).unwrap().at;
        prop_assert!(at(base) <= at(base.plus_days(later)));
    }

    #[test]
    fn with_the_same_pauses_likewise_for_days(
        base in any_base(), later in 0i32..60, count in 1u32..100, pauses in any_pauses(),
    ) {
        let pauses = placed(base, &pauses);
        for period in [period(count, Unit::Days, Code::F1), period(count, Unit::Days, Code::F1H), working(count)] {
            let at = |base: Day| due(calendar_once(), period, base.into(), &pauses).map(|due| due.at);
            if let (Ok(early), Ok(late)) = (at(base), at(base.plus_days(later))) {
                prop_assert!(early <= late);
            }
        }
    }

    #[test]
    fn an_explanation_counts_what_the_period_says(base in any_base(), period in any_day_period(), pauses in any_pauses()) {
        let pauses = placed(base, &pauses);
        let explained = explain(calendar_once(), period, base.into(), &pauses);
        prop_assert_eq!(explained.as_ref().map(|explained| explained.due).map_err(|error| *error), due(calendar_once(), period, base.into(), &pauses));
        let Ok(explained) = explained else { return Ok(()) };
        match period.code {
            Code::F5 => {
                let unpaused = due(calendar_once(), period, base.into(), &[]).unwrap();
                let rolled_by = 15;
                let days = natural_days_between(base, unpaused.at.day);
                prop_assert!((days - rolled_by..=days).contains(&(explained.counted_days() as i32)));
            }
            _ => prop_assert_eq!(explained.counted_days(), period.count),
        }
        // The runs follow one another without a gap, and no two neighbors are alike.
        for pair in explained.runs.windows(2) {
            prop_assert_eq!(pair[0].to.plus_days(1), pair[1].from);
            prop_assert!((pair[0].counted, pair[0].provisional, &pair[0].why) != (pair[1].counted, pair[1].provisional, &pair[1].why));
        }
        let ends = (explained.runs[0].from, explained.runs.last().unwrap().to);
        prop_assert_eq!(ends, if period.code == Code::F4 { (explained.due.at.day, base) } else { (base, explained.due.at.day) });
    }

    #[test]
    fn what_is_not_provisional_is_not_moved_by_a_later_year(base in any_base(), period in any_day_period(), pauses in any_pauses()) {
        let pauses = placed(base, &pauses);
        let newer = newer_once();
        if let Ok(before) = due(calendar_once(), period, base.into(), &pauses) {
            // A day off that became known may carry the count into a pause that is still open: then there is no date.
            let settled = settle(newer, period, base.into(), &pauses, before);
            let stands = settled.is_ok_and(|settled| !settled.moved() && settled.is_final());
            prop_assert!(before.provisional || stands);
        }
    }

    #[test]
    fn counting_working_days_inverts_a_working_day_period(base in any_base(), count in 1u32..300) {
        let due = due(calendar_once(), working(count), base.into(), &[]).unwrap();
        let counted = working_days_between(calendar_once(), base, due.at.day);
        prop_assert_eq!((counted.days, counted.provisional), (count as i32, due.provisional));
    }

    #[test]
    fn hours_are_minutes_on_one_line(base in any_base(), minute in 0u16..1440, hours in 1u32..1000) {
        let due = due(calendar_once(), period(hours, Unit::Hours, Code::F3), Moment { day: base, minute: Some(minute) }, &[]).unwrap();
        let elapsed = i64::from(natural_days_between(base, due.at.day)) * 1440 + i64::from(due.at.minute.unwrap()) - i64::from(minute);
        prop_assert_eq!(elapsed, i64::from(hours) * 60);
        prop_assert!(!due.provisional);
    }

    #[test]
    fn calendar_data_of_any_kind_never_panic(text in "(date,is_workday,name\n)?(20[12][0-9]-01-0[1-4],[01],(周末|元旦)?\n){0,4}\\PC{0,20}") {
        let _ = Calendar::parse_csv(&text).map_err(|error| error.to_string());
        let _ = calendar_once().with_year(&text).map_err(|error| error.to_string());
    }
}

fn calendar_once() -> &'static Calendar {
    static CALENDAR: std::sync::LazyLock<Calendar> = std::sync::LazyLock::new(calendar);
    &CALENDAR
}

fn newer_once() -> &'static Calendar {
    static NEWER: std::sync::LazyLock<Calendar> =
        std::sync::LazyLock::new(|| calendar().with_year(&made_up_2027()).unwrap());
    &NEWER
}
