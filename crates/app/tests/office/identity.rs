//! Who may sign in, whose hand an act needs, and who sees which case.

use crate::desk::{Desk, desk, opening, requests, within};
use app::PerformError;
use app::access::{Actor, Denied, Reading};
use app::identity::{IdentityError, LOCKED, TRIES};
use app::ledger::{CaseQuery, Ledger, StreamName};
use app::notes::Notes;
use app::office::SeenError;
use app::pending::{Agreed, Outcome, PendingError};
use app::request::{FILES, FileRef};
use jiff::SignedDuration;

fn actor(desk: &Desk, account: &str) -> Actor {
    Actor::of(&desk.office.agency(), account).expect("an account")
}

/// A code for an account, confirmed by the chief.
async fn code_for(desk: &Desk, account: &str) -> String {
    let code = desk
        .office
        .issue_code(&actor(desk, "guanli"), account)
        .await;
    let code = code.expect("issued");
    let chief = actor(desk, "zhanhj");
    desk.office
        .confirm_code(&chief, account)
        .await
        .expect("confirmed");
    code
}

fn is_wrong<T: std::fmt::Debug>(answer: Result<T, IdentityError>) -> bool {
    matches!(answer, Err(IdentityError::Wrong))
}

#[tokio::test]
async fn a_password_is_chosen_with_a_code_that_two_people_stand_for() {
    let desk = desk();
    let office = &desk.office;
    let code = office
        .issue_code(&actor(&desk, "guanli"), "luqy")
        .await
        .unwrap();
    assert!(
        is_wrong(office.sign_in("luqy", &code).await),
        "not confirmed yet"
    );
    for not_in_charge in ["wenyz", "guanli", "luqy"] {
        let by = actor(&desk, not_in_charge);
        assert!(matches!(
            office.confirm_code(&by, "luqy").await,
            Err(IdentityError::Denied(_))
        ));
    }
    office
        .confirm_code(&actor(&desk, "zhanhj"), "luqy")
        .await
        .unwrap();
    let began = office.sign_in("luqy", &code).await.unwrap();
    assert!(began.must_choose);
    let signed = office.signed_in(&began.token).await.unwrap().unwrap();
    assert!(signed.must_choose && signed.actor.name == "陆清源");
    for short in ["短", "luqy", "aaaaaaaaaaaa"] {
        let chosen = office.choose_password(&signed.actor, &code, short).await;
        assert!(matches!(
            chosen,
            Err(IdentityError::Field { field: "new", .. })
        ));
    }
    let chosen = office
        .choose_password(&signed.actor, &code, "一条明渠两岸青山")
        .await;
    assert!(
        matches!(chosen, Err(IdentityError::Field { field: "new", .. })),
        "eight characters"
    );
    let chosen = office
        .choose_password(&signed.actor, &code, "一条明渠两岸青山绿水")
        .await
        .unwrap();
    assert!(
        office.signed_in(&began.token).await.unwrap().is_none(),
        "the old session ended"
    );
    assert!(
        !office
            .signed_in(&chosen.token)
            .await
            .unwrap()
            .unwrap()
            .must_choose
    );
    assert!(
        is_wrong(office.sign_in("luqy", &code).await),
        "a code is used once"
    );
    let again = office
        .sign_in("luqy", "一条明渠两岸青山绿水")
        .await
        .unwrap();
    office.sign_out(&again.token).await.unwrap();
    assert!(office.signed_in(&again.token).await.unwrap().is_none());
    // What happened stands in the record, without anybody's name in the header.
    let stream = StreamName::parse(app::identity::STREAM).unwrap();
    let told = desk
        .ledger
        .read_stream(office.log(), &stream, 0)
        .await
        .unwrap();
    let kinds: Vec<String> = told
        .iter()
        .map(|entry| entry.header()["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["code_issued", "code_confirmed", "password_chosen"]);
    assert!(
        told.iter()
            .all(|entry| !entry.leaf.header_json().contains("luqy"))
    );
}

#[tokio::test]
async fn nobody_but_the_administrator_issues_codes_and_nobody_alone_becomes_another() {
    let desk = desk();
    let office = &desk.office;
    for not_administrator in ["luqy", "zhanhj", "jiandu"] {
        let issued = office
            .issue_code(&actor(&desk, not_administrator), "xunzy")
            .await;
        assert!(matches!(issued, Err(IdentityError::Denied(_))));
    }
    // The first code of a new office is for whoever is in charge; from then on two people are needed.
    let first = office.first_code("zhanhj").await.unwrap();
    let began = office.sign_in("zhanhj", &first).await.unwrap();
    let chief = office.signed_in(&began.token).await.unwrap().unwrap().actor;
    office
        .choose_password(&chief, &first, "长治久安水润民生")
        .await
        .unwrap_err();
    office
        .choose_password(&chief, &first, "长治久安，水润民生。")
        .await
        .unwrap();
    let refused = office.first_code("guanli").await;
    assert!(matches!(refused, Err(IdentityError::Denied(_))));
}

#[tokio::test]
async fn five_wrong_passwords_lock_the_account_for_a_while() {
    let desk = desk();
    let office = &desk.office;
    let code = code_for(&desk, "luqy").await;
    for _ in 0..TRIES {
        assert!(is_wrong(office.sign_in("luqy", "guess").await));
    }
    assert!(is_wrong(office.sign_in("luqy", &code).await), "locked");
    assert!(
        office
            .account_state("luqy")
            .await
            .unwrap()
            .locked_until
            .is_some()
    );
    desk.clock.advance(LOCKED + SignedDuration::from_secs(1));
    office.sign_in("luqy", &code).await.unwrap();
    // An account that does not exist is answered in the same words.
    let (known, unknown) = (
        office
            .sign_in("luqy", "guess")
            .await
            .unwrap_err()
            .to_string(),
        office
            .sign_in("nobody", "guess")
            .await
            .unwrap_err()
            .to_string(),
    );
    assert_eq!(known, unknown);
}

#[tokio::test]
async fn a_session_ends_unused_and_a_token_with_its_time() {
    let desk = desk();
    let office = &desk.office;
    let began = office.begin_session("luqy", false).await.unwrap();
    for _ in 0..3 {
        desk.clock.advance(SignedDuration::from_mins(100));
        assert!(
            office.signed_in(&began.token).await.unwrap().is_some(),
            "in use"
        );
    }
    desk.clock.advance(SignedDuration::from_mins(121));
    assert!(office.signed_in(&began.token).await.unwrap().is_none());
    let handler = actor(&desk, "luqy");
    let token = office.issue_token(&handler, "对接省平台", 2).await.unwrap();
    assert_eq!(
        office.token_holder(&token).await.unwrap().unwrap().account,
        "luqy"
    );
    assert!(office.token_holder("mq_guess").await.unwrap().is_none());
    let line = office.tokens(&handler).await.unwrap().remove(0);
    let other = actor(&desk, "wenyz");
    assert!(
        office.revoke_token(&other, &line.id).await.is_err(),
        "somebody else's"
    );
    desk.clock.advance(SignedDuration::from_hours(49));
    assert!(office.token_holder(&token).await.unwrap().is_none());
    office.forget_what_ended().await.unwrap();
    let left = desk.ledger.notes(office.log(), "token", None, "", 9).await;
    assert!(left.unwrap().is_empty(), "what ended is forgotten");
    for days in [0, 91] {
        let refused = office.issue_token(&handler, "x", days).await;
        assert!(matches!(
            refused,
            Err(IdentityError::Field { field: "days", .. })
        ));
    }
}

/// The first act of the demonstration case that bears the name of somebody who decides.
fn filing() -> usize {
    let all = requests();
    let at = all
        .iter()
        .position(|request| request.people.iter().any(|it| it.role == "leader"));
    at.expect("an act with a leader")
}

#[tokio::test]
async fn what_bears_the_name_of_a_leader_waits_for_the_leaders_own_hand() {
    let desk = desk();
    let (office, all) = (&desk.office, requests());
    let at = filing();
    let case_id = desk.perform(&all[..at]).await;
    let target = within(&case_id, None);
    let handler = actor(&desk, "luqy");
    let direct = office.perform(&handler, &target, &all[at], "k").await;
    assert!(
        matches!(direct, Err(PerformError::HandsWanting(_))),
        "{direct:?}"
    );
    let proposed = office
        .propose(&handler, &target, &all[at], "k")
        .await
        .unwrap();
    let Agreed::Waiting(pending) = proposed else {
        panic!("recorded")
    };
    assert_eq!(
        office.case(&case_id).await.unwrap().version,
        at as u64,
        "nothing happened"
    );
    let wanted = pending.wanted.clone();
    let leader = office
        .agency()
        .accounts
        .iter()
        .find(|it| it.person.as_ref() == wanted.first())
        .map(|it| it.id.clone())
        .unwrap();
    let leader = actor(&desk, &leader);
    assert_eq!(office.pending_for(&leader).await.unwrap().len(), 1);
    for stranger in ["luqy", "wenyz", "guanli", "weizw"] {
        assert!(
            office.agree(&actor(&desk, stranger), "k").await.is_err(),
            "{stranger}"
        );
    }
    // The same form again is the same request.
    let again = office
        .propose(&handler, &target, &all[at], "k")
        .await
        .unwrap();
    assert!(matches!(again, Agreed::Waiting(_)));
    let Agreed::Recorded(done) = office.agree(&leader, "k").await.unwrap() else {
        panic!("waiting")
    };
    assert_eq!(done.version, at as u64 + 1);
    let view = office.case(&case_id).await.unwrap();
    let casework::entry::Entry::Act(act) = view.history.entries.last().unwrap() else {
        panic!("an act")
    };
    let recorder = act.recorder.as_ref().unwrap();
    assert_eq!(recorder.account, leader.account);
    assert_eq!(recorder.hands[0].person, "p01");
    assert!(office.pending_for(&leader).await.unwrap().is_empty());
    assert!(matches!(
        office.agree(&leader, "k").await,
        Err(PendingError::Settled(_))
    ));
    let prepared = office.prepared_by(&handler).await.unwrap();
    assert!(matches!(
        prepared[0].outcome,
        Some(Outcome::Recorded { .. })
    ));
}

#[tokio::test]
async fn a_leader_sends_back_with_a_reason_and_a_handler_takes_back() {
    let desk = desk();
    let (office, all) = (&desk.office, requests());
    let at = filing();
    let case_id = desk.perform(&all[..at]).await;
    let target = within(&case_id, None);
    let handler = actor(&desk, "luqy");
    let person = all[at]
        .people
        .iter()
        .find(|it| it.role == "leader")
        .unwrap()
        .person
        .clone();
    let accounts = office.agency().accounts.clone();
    let leader = accounts
        .iter()
        .find(|it| it.person.as_deref() == Some(&person))
        .unwrap();
    let leader = actor(&desk, &leader.id);
    office
        .propose(&handler, &target, &all[at], "one")
        .await
        .unwrap();
    assert!(matches!(
        office.decline(&leader, "one", " ").await,
        Err(PendingError::Field(_))
    ));
    office
        .decline(&leader, "one", "违法事实还不清楚")
        .await
        .unwrap();
    assert!(matches!(
        office.agree(&leader, "one").await,
        Err(PendingError::Settled(_))
    ));
    office
        .propose(&handler, &target, &all[at], "two")
        .await
        .unwrap();
    assert!(
        office.withdraw(&leader, "two").await.is_err(),
        "not the leader's"
    );
    office.withdraw(&handler, "two").await.unwrap();
    assert!(office.pending_for(&leader).await.unwrap().is_empty());
    assert_eq!(office.case(&case_id).await.unwrap().version, at as u64);
}

#[tokio::test]
async fn a_signed_sheet_is_recorded_by_somebody_else_with_its_scan() {
    let desk = desk();
    let (office, all) = (&desk.office, requests());
    let at = filing();
    let case_id = desk.perform(&all[..at]).await;
    let target = within(&case_id, None);
    let mut request = all[at].clone();
    request.on_paper = true;
    let (clerk, handler) = (actor(&desk, "yesj"), actor(&desk, "luqy"));
    let denied = |answer: Result<app::Performed, PerformError>| match answer {
        Err(PerformError::Denied(Denied { text })) => text,
        other => panic!("{other:?}"),
    };
    match office.perform(&clerk, &target, &request, "a").await {
        Err(PerformError::Fields(errors)) => {
            assert_eq!(errors[0].field, FILES);
            assert!(errors[0].text.contains("扫描件"), "{errors:?}");
        }
        other => panic!("{other:?}"),
    }
    request.files = vec![FileRef {
        sha256: "ab".repeat(32),
        sm3: "cd".repeat(32),
        size_bytes: 1,
        media_type: "application/pdf".to_owned(),
        name: "立案审批表.pdf".to_owned(),
    }];
    let person = request
        .people
        .iter()
        .find(|it| it.role == "leader")
        .unwrap()
        .person
        .clone();
    let accounts = office.agency().accounts.clone();
    let leader = accounts
        .iter()
        .find(|it| it.person.as_deref() == Some(&person))
        .unwrap();
    let text = denied(
        office
            .perform(&actor(&desk, &leader.id), &target, &request, "b")
            .await,
    );
    assert!(text.contains("代录"), "{text}");
    let done = office
        .perform(&clerk, &target, &request, "c")
        .await
        .unwrap();
    let view = office.case(&case_id).await.unwrap();
    assert_eq!(done.version, view.version);
    let header = &view.recorded.last().unwrap().header;
    let app::stored::HeaderEntry::Act(act) = &header.entry else {
        panic!("an act")
    };
    assert!(act.on_paper && act.section == "办公室");
    let _ = handler;
}

#[tokio::test]
async fn who_was_not_given_a_role_cannot_be_named_in_it() {
    let desk = desk();
    let (office, all) = (&desk.office, requests());
    let at = filing();
    let case_id = desk.perform(&all[..at]).await;
    let mut request = all[at].clone();
    for participant in request.people.iter_mut().filter(|it| it.role == "leader") {
        "p01".clone_into(&mut participant.person);
    }
    let handler = actor(&desk, "luqy");
    let answer = office
        .perform(&handler, &within(&case_id, None), &request, "k")
        .await;
    match answer {
        Err(PerformError::Denied(denied)) => assert!(denied.text.contains("不担任"), "{denied}"),
        Err(PerformError::Refused(_)) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(office.case(&case_id).await.unwrap().version, at as u64);
}

#[tokio::test]
async fn the_administrator_opens_no_gate_and_sees_no_case() {
    let desk = desk();
    let (office, all) = (&desk.office, requests());
    let case_id = desk.perform(&all[..2]).await;
    let administrator = actor(&desk, "guanli");
    let seen = office.case_for(&administrator, &case_id).await;
    assert!(matches!(seen, Err(SeenError::Denied(_))));
    let listed = office
        .cases_for(&administrator, &CaseQuery::default(), 10)
        .await;
    assert!(matches!(listed, Err(SeenError::Denied(_))));
    let target = within(&case_id, None);
    for (at, request) in all.iter().enumerate() {
        let key = format!("x{at}");
        let answer = office.perform(&administrator, &target, request, &key).await;
        assert!(matches!(answer, Err(PerformError::Denied(_))), "{answer:?}");
    }
    let opened = office
        .perform(&administrator, &opening(), &all[0], "o")
        .await;
    assert!(matches!(opened, Err(PerformError::Denied(_))));
    assert_eq!(office.case(&case_id).await.unwrap().version, 2);
}

#[tokio::test]
async fn a_case_is_seen_by_its_unit_by_those_who_take_part_and_by_a_supervisor_with_a_trace() {
    let desk = desk();
    let (office, all) = (&desk.office, requests());
    let case_id = desk.perform(&all[..2]).await;
    for at_work in ["luqy", "wenyz", "boyq", "xunzy", "weizw", "yesj"] {
        let (_, reading) = office
            .case_for(&actor(&desk, at_work), &case_id)
            .await
            .unwrap();
        assert_eq!(reading, Reading::AtWork, "{at_work}");
    }
    let (_, reading) = office
        .case_for(&actor(&desk, "jiandu"), &case_id)
        .await
        .unwrap();
    assert_eq!(reading, Reading::Traced);
    let supervisor = actor(&desk, "jiandu");
    let answer = office
        .perform(&supervisor, &within(&case_id, None), &all[2], "k")
        .await;
    assert!(matches!(answer, Err(PerformError::Denied(_))));
    let mut elsewhere = actor(&desk, "luqy");
    elsewhere.section = "水土保持科".to_owned();
    elsewhere.person = Some("p03".to_owned());
    assert!(matches!(
        office.case_for(&elsewhere, &case_id).await,
        Err(SeenError::Denied(_))
    ));
    assert!(
        office
            .cases_for(&elsewhere, &CaseQuery::default(), 10)
            .await
            .unwrap()
            .is_empty()
    );
    let own = office
        .cases_for(&actor(&desk, "luqy"), &CaseQuery::default(), 10)
        .await;
    assert_eq!(own.unwrap().len(), 1);
}
