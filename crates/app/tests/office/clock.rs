//! The clock of the machine is set back while the office works.

use crate::desk::{desk_by, opening, requests, within};
use std::sync::Arc;
use testkit::clock::ManualClock;

#[tokio::test]
async fn a_clock_set_back_neither_stops_the_record_nor_turns_its_time() {
    let clock = Arc::new(ManualClock::at("2026-11-24T02:00:00Z"));
    let desk = desk_by(Arc::clone(&clock));
    let all = requests();
    let first = desk
        .office
        .rehearse(&opening(), &all[0], "1")
        .await
        .unwrap();
    clock.set("2026-11-24T01:00:00Z");
    let case = within(&first.case_id, None);
    let second = desk.office.rehearse(&case, &all[1], "2").await.unwrap();
    assert_eq!(second.version, 2, "recorded all the same");
    assert_eq!(
        second.recorded_at, first.recorded_at,
        "never before the entry before it"
    );
    clock.set("2026-11-24T02:30:00Z");
    let third = desk.office.rehearse(&case, &all[2], "3").await.unwrap();
    assert_eq!(third.recorded_at.to_string(), "2026-11-24T02:30:00Z");
    // What was answered is what is stored, and what a repetition is answered.
    let stored: Vec<_> = desk
        .stream(&first.case_id)
        .await
        .iter()
        .map(|entry| entry.recorded_at)
        .collect();
    assert_eq!(
        stored,
        [first.recorded_at, second.recorded_at, third.recorded_at]
    );
    clock.set("2026-11-20T02:00:00Z");
    let again = desk.office.rehearse(&case, &all[2], "3").await.unwrap();
    assert_eq!(
        (again.recorded_at, again.is_repeated),
        (third.recorded_at, true)
    );
}
