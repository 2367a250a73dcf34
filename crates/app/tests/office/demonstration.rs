//! Days that pass at a word: what they bring, and who stays signed in.

use crate::desk::{asset, desk, requests, rules};
use app::Office;
use app::agency::AgencyFile;
use app::demonstration::DaysPassError;
use app::identity::{IDLE, LONGEST};
use app::ports::MovableClock;
use jiff::SignedDuration;

const DAY: SignedDuration = SignedDuration::from_hours(24);

#[tokio::test]
async fn days_that_pass_bring_what_is_due_and_say_what_became_overdue() {
    let desk = desk();
    let case_id = desk.perform(&requests()).await;
    let version = desk.office.case(&case_id).await.unwrap().version;
    // The decision was served on 2026-11-21: the 15 days for paying are not over yet.
    let passed = desk.office.let_days_pass(&*desk.clock, 1).await.unwrap();
    assert_eq!(
        (passed.from.to_string(), passed.to.to_string()),
        ("2026-11-24".to_owned(), "2026-11-25".to_owned())
    );
    assert!(passed.brought.is_empty(), "{passed:?}");
    assert_eq!(desk.clock.days_ahead(), 1);
    let passed = desk.office.let_days_pass(&*desk.clock, 20).await.unwrap();
    let brought: Vec<&str> = passed
        .brought
        .iter()
        .map(|(case, _)| case.line.case_id.as_str())
        .collect();
    assert_eq!(brought, [case_id.as_str()]);
    let view = desk.office.case(&case_id).await.unwrap();
    assert_eq!(view.version, version + 1);
    let recorded = desk.stream(&case_id).await;
    // On the day after the last one for paying, not on the day on which the twenty days were over.
    let on = app::ports::legal_moment(recorded.last().unwrap().recorded_at);
    assert_eq!(on.day.to_string(), "2026-12-08");
    // What was overdue before is no news.
    let again = desk.office.let_days_pass(&*desk.clock, 1).await.unwrap();
    assert!(again.brought.is_empty(), "{again:?}");
    let news: Vec<_> = again.overdue.iter().map(|todo| &todo.line).collect();
    assert!(
        !passed.overdue.iter().any(|todo| news.contains(&&todo.line)),
        "{again:?}"
    );
}

#[tokio::test]
async fn whoever_is_signed_in_stays_so_and_whoever_is_not_does_not_come_back() {
    let desk = desk();
    let office = &desk.office;
    let left = office.begin_session("wenyz", false).await.unwrap().token;
    desk.clock.advance(IDLE + SignedDuration::from_secs(1));
    let stays = office.begin_session("luqy", false).await.unwrap().token;
    office.let_days_pass(&*desk.clock, 3).await.unwrap();
    assert!(office.signed_in(&left).await.unwrap().is_none());
    let signed = office.signed_in(&stays).await.unwrap();
    assert_eq!(signed.unwrap().actor.account, "luqy");
    // It is used all the time, and ends when it would have ended, three days later.
    let mut waited = SignedDuration::ZERO;
    while waited + IDLE < LONGEST {
        let step = IDLE - SignedDuration::from_mins(5);
        desk.clock.advance(step);
        waited += step;
        assert!(
            office.signed_in(&stays).await.unwrap().is_some(),
            "{waited}"
        );
    }
    desk.clock.advance(LONGEST - waited);
    assert!(office.signed_in(&stays).await.unwrap().is_none());
    assert!(DAY * 3 > LONGEST, "without being carried it had ended");
}

#[tokio::test]
async fn an_agency_that_is_not_made_up_waits_like_everybody() {
    let desk = desk();
    let mut file = AgencyFile::parse(&asset("agency.json")).unwrap();
    file.demonstration = false;
    file.code = "real-water".to_owned();
    let office = Office::new(file, rules(), desk.ports(100)).unwrap();
    let asked = office.let_days_pass(&*desk.clock, 1).await;
    assert!(matches!(asked, Err(DaysPassError::Denied(_))));
    assert_eq!(desk.clock.days_ahead(), 0);
}
