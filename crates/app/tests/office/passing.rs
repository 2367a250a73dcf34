//! What time brings about.

use crate::desk::{desk, requests};
use casework::entry::Entry;

#[tokio::test]
async fn what_time_brings_is_performed_once_by_one_process() {
    let desk = desk();
    let case_id = desk.perform(&requests()).await;
    let version = desk.office.case(&case_id).await.unwrap().version;
    assert!(
        desk.office
            .let_time_pass()
            .await
            .unwrap()
            .performed
            .is_empty(),
        "too early"
    );

    // The decision was served on 2026-11-21; 15 days later nothing was paid.
    desk.clock.set("2026-12-20T02:00:00Z");
    let other = desk.beside(100);
    let passed = desk.office.let_time_pass().await.unwrap();
    assert_eq!(passed.performed.len(), 1, "{:?}", passed.refused);
    let at_once = other.let_time_pass().await.unwrap();
    assert!(
        at_once.performed.is_empty() && at_once.refused.is_empty(),
        "no lease"
    );
    let view = desk.office.case(&case_id).await.unwrap();
    assert_eq!(view.version, version + 1);
    let Some(Entry::Act(act)) = view.history.entries.last() else {
        panic!("an act")
    };
    assert_eq!(act.people, []);
    let again = desk.office.let_time_pass().await.unwrap();
    assert!(
        again.performed.iter().all(|done| done.is_repeated),
        "{again:?}"
    );
    assert_eq!(
        desk.office.case(&case_id).await.unwrap().version,
        version + 1
    );

    // The holder is gone for longer than its lease: another one goes on.
    desk.clock.set("2026-12-20T02:05:00Z");
    assert!(other.lease("clock").await.unwrap());
    assert!(!desk.office.lease("clock").await.unwrap());
}
