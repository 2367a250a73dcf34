//! What is to be served of a case, and how it stands.

use casework::answer::answer;
use casework::serving::{Paper, Standing, papers};
use vocabulary::Moment;

use crate::common::{Given, day, given};

fn on(case: &Given, today: &str) -> Vec<Paper> {
    let now = Moment::from(day(today));
    let answer = answer(&case.history.case, &case.context, now);
    papers(&case.history.case, &case.context, &answer, now)
}

/// The papers with their document and how they stand.
fn standing(case: &Given, today: &str) -> Vec<(String, Standing)> {
    let documents = &case.history.case.procedure.documents;
    on(case, today)
        .iter()
        .map(|paper| (documents[paper.document].id.clone(), paper.standing))
        .collect()
}

fn offered(case: &Given, paper: &Paper) -> Vec<String> {
    let procedure = &case.history.case.procedure;
    paper
        .acts
        .iter()
        .flat_map(|act| {
            let event = &procedure.events[act.step.event];
            act.shortcuts
                .iter()
                .map(|number| event.shortcuts[*number].name.clone())
        })
        .collect()
}

const NOTIFIED: &str = "承 \"立案到调查终结\"
    行 拟处罚意见 \"2026-04-07\" 当事人=1
    行 拟处罚审批 \"2026-04-08\" 当事人=1
    行 事先告知 \"2026-04-09\" 当事人=1";

#[test]
fn a_document_waits_from_when_it_is_issued_and_is_served_once() {
    let notice = |case: &Given, today: &str| -> Option<Standing> {
        let all = standing(case, today).into_iter();
        all.filter(|(document, _)| document == "prior_notice")
            .map(|(_, standing)| standing)
            .next()
    };
    let case = given("承 \"立案到调查终结\"");
    assert_eq!(notice(&case, "2026-04-09"), None, "not issued");
    let case = given(NOTIFIED);
    assert_eq!(notice(&case, "2026-04-09"), Some(Standing::Waiting));
    let case = case.and("行 送达:事先告知书 \"2026-04-10\" 当事人=1");
    assert_eq!(notice(&case, "2026-04-10"), Some(Standing::Served));
    let served = on(&case, "2026-04-10")
        .into_iter()
        .filter_map(|paper| paper.served);
    let days: Vec<_> = served
        .map(|at| case.history.case.history[at].occurred.day)
        .collect();
    assert!(days.contains(&day("2026-04-10")), "{days:?}");
    let again = on(&case, "2026-04-10");
    assert!(
        again.iter().all(|paper| !paper.acts.is_empty()),
        "it may be served again"
    );
}

#[test]
fn what_was_tried_stands_beside_what_waits() {
    let case = given(NOTIFIED).and("行 送达尝试:事先告知书 \"2026-04-10\" 当事人=1");
    let paper = on(&case, "2026-04-10").remove(0);
    assert_eq!(
        (paper.standing, paper.attempts.len()),
        (Standing::Waiting, 1)
    );
    assert!(paper.served.is_none());
}

#[test]
fn a_defect_stays_open_until_it_is_cured() {
    let line = |more: &str, on: &str| {
        format!("行 送达:事先告知书 \"{on}\" 当事人=1 {{ 送达方式 邮寄送达; {more} }}")
    };
    let case = given(NOTIFIED).and(&line("", "2026-04-10"));
    let paper = on(&case, "2026-04-10").remove(0);
    assert_eq!(paper.standing, Standing::Defective);
    assert!(paper.is_open());
    let procedure = &case.history.case.procedure;
    let defects: Vec<&str> = paper
        .defects
        .iter()
        .map(|at| procedure.defects[*at].name.as_str())
        .collect();
    assert_eq!(defects, ["邮寄送达没有回执"]);
    let case = case.and(&line("邮寄回执 \"EMS1\";", "2026-04-13"));
    let paper = on(&case, "2026-04-13").remove(0);
    assert_eq!((paper.standing, paper.defects.len()), (Standing::Served, 0));
}

#[test]
fn the_nearest_date_comes_first_and_what_is_served_last() {
    let case = given("承 \"立案到处罚决定\"");
    let all = standing(&case, "2026-04-21");
    assert_eq!(
        all,
        [
            ("penalty_decision_document".to_owned(), Standing::Waiting),
            ("correction_order_notice".to_owned(), Standing::Served),
            ("prior_notice".to_owned(), Standing::Served),
        ]
    );
    let paper = on(&case, "2026-04-21").remove(0);
    assert_eq!(paper.musts.len(), 1);
}

#[test]
fn shortcuts_fit_the_party_and_what_was_done_before() {
    let case = given(NOTIFIED);
    let paper = on(&case, "2026-04-10").remove(0);
    let names = offered(&case, &paper);
    let has = |word: &str| names.iter().any(|name| name.contains(word));
    // The party of the base scenarios is a legal person.
    assert!(
        has("法定代表人或者负责人签收") && has("负责收件的人代收"),
        "{names:?}"
    );
    assert!(!has("本人当面签收") && !has("同住成年家属"), "{names:?}");
    assert!(
        names.first().is_some_and(|name| name.contains("签收")),
        "service first"
    );
    assert!(has("无人在") && has("留置送达（过程已拍照录像）"));
    // The period of an announcement runs out only after one.
    assert!(!has("公告期满"));
    let case = case
        .and("行 送达尝试:事先告知书 \"2026-04-10\" 当事人=1")
        .and("行 公告送达发布:事先告知书 \"2026-04-10\" 当事人=1");
    let paper = on(&case, "2026-05-12").remove(0);
    assert!(offered(&case, &paper).iter().any(|name| name == "公告期满"));
    assert_eq!(paper.attempts.len(), 2);
}
