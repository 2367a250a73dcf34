//! Another edition of the rules, tried on a case of the record.

use crate::desk::{Desk, desk, office, requests, rule_files};
use app::office::Ports;
use app::trial::{Effect, EffectKind, effects};
use casework::retrace::RefusedAct;
use law::Rules;
use std::sync::Arc;

const FILING: &str = "penalty.ordinary/10-lead-and-filing.kdl";

/// What changes for the case when one passage of a file is replaced: at once, and done over; and the acts that are refused.
async fn tried(
    desk: &Desk,
    case_id: &str,
    passage: &str,
    by: &str,
) -> (Vec<Effect>, Vec<Effect>, Vec<RefusedAct>) {
    let mut files = rule_files();
    let file = files.iter_mut().find(|file| file.path == FILING).unwrap();
    assert!(file.text.contains(passage), "{passage}");
    file.text = file.text.replace(passage, by);
    let ports = Ports {
        ledger: desk.ledger.clone(),
        clock: desk.clock.clone(),
        chance: Arc::new(crate::desk::Counting::default()),
        publisher: desk.outside.clone(),
    };
    let rules = Rules::load(&files).unwrap_or_else(|errors| panic!("{errors}"));
    let after = office(Arc::new(rules), ports);
    let view = desk.office.case(case_id).await.unwrap();
    let new = after.case(case_id).await.unwrap();
    let was = desk.office.done_over(&view).await.unwrap().unwrap();
    let is = after.done_over(&view).await.unwrap().unwrap();
    assert_eq!(was.refused, [], "what was done was lawful");
    // Done over under its own rules, a case is what it is.
    assert_eq!(effects(&(&view).into(), &was.answered), []);
    (
        effects(&(&view).into(), &(&new).into()),
        effects(&was.answered, &is.answered),
        is.refused,
    )
}

#[tokio::test]
async fn an_edition_that_says_the_same_changes_nothing() {
    let desk = desk();
    let case_id = desk.perform(&requests()).await;
    let same = "期间 90 日 F1H";
    let (at_once, done_over, refused) = tried(&desk, &case_id, same, same).await;
    assert_eq!((at_once, done_over, refused), (vec![], vec![], vec![]));
}

#[tokio::test]
async fn a_shorter_period_moves_the_date_of_a_case_done_over_and_no_recorded_one() {
    let desk = desk();
    let case_id = desk.perform(&requests()[..4]).await;
    let (at_once, done_over, refused) =
        tried(&desk, &case_id, "期间 90 日 F1H", "期间 60 日 F1H").await;
    let moved = |effects: &[Effect]| {
        let moved = effects
            .iter()
            .filter(|it| it.kind == EffectKind::DueMoved && it.what.contains("PEN-DECIDE-90D"));
        let both: Vec<(String, String)> = moved
            .map(|it| (it.before.clone(), it.after.clone()))
            .collect();
        both
    };
    assert_eq!(moved(&at_once), [], "{at_once:#?}");
    // Filed on 17 October.
    assert_eq!(
        moved(&done_over),
        [("2027-01-15到期".to_owned(), "2026-12-16到期".to_owned())],
        "{done_over:#?}"
    );
    assert_eq!(refused, []);
}

#[tokio::test]
async fn a_gate_that_is_gone_opens_what_was_closed() {
    let desk = desk();
    // Nothing is filed yet.
    let case_id = desk.perform(&requests()[..1]).await;
    let gate = "后 追加当事人 撤销立案 延长办案期限";
    let (at_once, ..) = tried(&desk, &case_id, gate, "后 撤销立案 延长办案期限").await;
    let opened: Vec<&str> = at_once
        .iter()
        .filter(|it| it.kind == EffectKind::NewlyPossible)
        .map(|it| it.what.as_str())
        .collect();
    assert_eq!(opened, ["【追加当事人】"], "{at_once:#?}");
}

#[tokio::test]
async fn an_act_that_a_new_gate_would_have_refused_is_told() {
    let desk = desk();
    let case_id = desk.perform(&requests()[..4]).await;
    let gate = "要件 G-FILE-STD {\n    行为 立案\n    须 { 有违法事实 成立;";
    let never = "要件 G-FILE-STD {\n    行为 立案\n    须 { 有违法事实 不成立;";
    let (_, _, refused) = tried(&desk, &case_id, gate, never).await;
    let [act] = refused.as_slice() else {
        panic!("{refused:#?}");
    };
    assert_eq!((act.entry, act.act.as_str()), (2, "立案"));
    assert!(act.why.contains("G-FILE-STD"), "{act:?}");
}
