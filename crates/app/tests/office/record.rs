//! Numbers, destruction, corrections, taking over, and the views that are made again.

use crate::desk::{Desk, desk, desk_of, opening, requests, within};
use app::access::BothHands;
use app::amend::{Correcting, Destroying};
use app::ledger::{Agency, CaseQuery, CaseRow, CaseRows, Ledger};
use app::numbers::NumberState;
use app::rebuild::{Difference, RebuildMode};
use app::stored::DESTROYED;
use app::take_over::{TakeOverRequest, departures};
use app::view::CaseView;
use app::{ActRequest, PerformError};
use casework::context::{Power, PowerKind};
use casework::entry::{Entry, PartOfEntry};
use ledger::{signer, verify};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use testkit::clock::ManualClock;

fn agency() -> Agency {
    Agency::parse("demo-water").unwrap()
}

pub(crate) async fn is_as_rebuilt(desk: &Desk) -> Vec<Difference> {
    let checked = desk.office.rebuild(RebuildMode::Check, &|_| {}).await;
    checked.unwrap().differences
}

#[tokio::test]
async fn documents_on_a_party_bear_the_prefix_of_whoever_exercises_the_power() {
    let clock = Arc::new(ManualClock::at("2026-11-24T02:00:00Z"));
    let desk = desk_of(clock, |file| {
        file.powers.push(Power {
            kind: PowerKind::Entrusted,
            passes_to: "襄垣县水政监察大队".to_owned(),
            number_prefix: "襄水".to_owned(),
            ..Power::default()
        });
    });
    let case = desk.perform(&requests()).await;
    let view = desk.office.case(&case).await.unwrap();
    let number = |id: &str| {
        let fact = view.procedure().fact(id).unwrap();
        view.procedure().facts[fact].show(view.case().fact(fact, 0).unwrap())
    };
    assert_eq!(number("penalty_decision_number"), "襄水罚决字〔2026〕1号");
    assert_eq!(
        number("case_number"),
        "演水立字〔2026〕1号",
        "the case is the agency's"
    );
    let series = desk.office.number_series().await.unwrap();
    let kinds: Vec<&str> = series.iter().map(|row| row.series.kind.as_str()).collect();
    assert!(
        kinds.contains(&"罚决（襄水）"),
        "it counts by itself: {kinds:?}"
    );
    assert!(!kinds.contains(&"罚决"), "{kinds:?}");
}

#[tokio::test]
async fn documents_bear_numbers_without_a_gap() {
    let desk = desk();
    let first = desk.perform(&requests()).await;
    let mut target = opening();
    for (at, mut request) in requests().into_iter().enumerate() {
        let key = format!("2-{at}");
        // Somebody else: nobody is fined twice under the same item without a word.
        for party in &mut request.introduces {
            party.name.push_str("二厂");
        }
        let done = desk.office.rehearse(&target, &request, &key).await.unwrap();
        target = within(&done.case_id, None);
    }
    let view = desk.office.case(&first).await.unwrap();
    let number = |id: &str| {
        let fact = view.procedure().fact(id).unwrap();
        let value = view.case().fact(fact, 0).unwrap();
        view.procedure().facts[fact].show(value)
    };
    assert_eq!(number("case_number"), "演水立字〔2026〕1号");
    assert_eq!(number("penalty_decision_number"), "演水罚决字〔2026〕1号");
    let row = desk
        .ledger
        .case_row(&agency(), &first)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.line.case_number.as_deref(), Some("演水立字〔2026〕1号"));
    let ids = std::slice::from_ref(&first);
    let dues = desk.ledger.dues_of(&agency(), ids).await.unwrap();
    assert_eq!(
        dues[0].number.as_deref(),
        Some("演水罚决字〔2026〕1号"),
        "given with the entry"
    );
    for series in desk.office.number_series().await.unwrap() {
        let rows = desk
            .office
            .number_rows(&series.series, 0, 10)
            .await
            .unwrap();
        let serials: Vec<u32> = rows.iter().map(|row| row.serial).collect();
        assert_eq!(serials, [1, 2], "{}", series.series);
        assert!(rows.iter().all(|row| row.state == NumberState::Issued));
    }
    assert_eq!(is_as_rebuilt(&desk).await, []);
    // The memory of the office says the same as the record.
    let read_again = desk.beside(200).case(&first).await.unwrap();
    assert_eq!(read_again.history.entries, view.history.entries);
    assert_eq!(read_again.history.case, view.history.case);
}

#[tokio::test]
async fn views_that_differ_are_found_and_made_again() {
    let desk = desk();
    let case_id = desk.perform(&requests()[..4]).await;
    let row = desk
        .ledger
        .case_row(&agency(), &case_id)
        .await
        .unwrap()
        .unwrap();
    let mut wrong = CaseRows {
        row: row.clone(),
        clocks: vec![],
        todo: vec![],
        notable: vec![],
        dues: vec![app::ledger::DuesLine {
            case_id: case_id.clone(),
            party: 1,
            party_name: "没有的欠款".to_owned(),
            section: String::new(),
            standing: app::dues::Standing::Open,
            charged: vocabulary::Fen(1),
            held: vocabulary::Fen(0),
            owed: vocabulary::Fen(1),
            overpaid: vocabulary::Fen(0),
            due: None,
            code: None,
            number: None,
            number_claim: None,
        }],
    };
    wrong.row.line.title = "改过的".to_owned();
    let stranger = CaseRows {
        row: CaseRow {
            line: app::ledger::CaseLine {
                case_id: "0199e0a0-0000-7000-8000-00000000aaaa".to_owned(),
                ..row.line.clone()
            },
            ..row.clone()
        },
        clocks: vec![],
        todo: vec![],
        notable: vec![],
        dues: vec![],
    };
    let rows = [wrong, stranger.clone()];
    desk.ledger.replace_rows(&agency(), &rows).await.unwrap();
    let found = is_as_rebuilt(&desk).await;
    assert!(found.contains(&Difference::CaseLine(case_id.clone())));
    assert!(found.contains(&Difference::Clocks(case_id.clone())));
    assert!(found.contains(&Difference::Todo(case_id.clone())));
    assert!(found.contains(&Difference::Notable(case_id.clone())));
    assert!(found.contains(&Difference::Dues(case_id.clone())));
    assert!(found.contains(&Difference::NoSuchCase(stranger.row.line.case_id)));
    desk.office
        .rebuild(RebuildMode::Replace, &|_| {})
        .await
        .unwrap();
    assert_eq!(is_as_rebuilt(&desk).await, []);
    let mended = desk.ledger.case_row(&agency(), &case_id).await.unwrap();
    assert_eq!(mended, Some(row));
}

/// The files below a folder that hold these bytes.
fn holding(folder: &Path, bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, bytes));
        } else {
            let text = fs::read(&path).unwrap();
            if text.windows(bytes.len()).any(|window| window == bytes) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

#[tokio::test]
async fn what_was_destroyed_is_nowhere_and_the_log_still_holds() {
    let desk = desk();
    let mut all = requests();
    all[0].introduces[0].name = "欧阳镕喆".to_owned();
    all[0]
        .facts
        .insert("informant".to_owned(), json!("邻居司徒骉"));
    let case_id = desk.perform(&all[..5]).await;
    let folder = desk.folder.path();
    for name in ["欧阳镕喆", "司徒骉"] {
        assert!(!holding(folder, name.as_bytes()).is_empty(), "{name}");
    }
    let present = desk.office.present_parts(&case_id).await.unwrap();
    let parts: Vec<PartOfEntry> = present
        .iter()
        .filter(|it| it.part.entry == 1)
        .filter(|it| ["personal/party-1", "secret"].contains(&it.part.label.as_str()))
        .map(|it| it.part.clone())
        .collect();
    let mut asked = Destroying {
        parts,
        basis: "个人信息保护法第四十七条".to_owned(),
        reason: "当事人请求删除，处理目的已实现".to_owned(),
        asked_by: "p08".to_owned(),
        approved_by: "p08".to_owned(),
    };
    let refused = desk
        .office
        .destroy(BothHands::Rehearsal, &case_id, &asked, "d0")
        .await;
    assert!(
        matches!(refused, Err(PerformError::Refused(_))),
        "{refused:?}"
    );
    asked.approved_by = "p06".to_owned();
    desk.office
        .destroy(BothHands::Rehearsal, &case_id, &asked, "d1")
        .await
        .unwrap();

    for name in ["欧阳镕喆", "司徒骉"] {
        assert_eq!(holding(folder, name.as_bytes()), Vec::<String>::new());
    }
    let view = desk.office.case(&case_id).await.unwrap();
    assert_eq!(view.party_names(), DESTROYED);
    assert!(matches!(
        view.history.entries.last(),
        Some(Entry::PartsDestroyed(_))
    ));
    let query = CaseQuery {
        text: Some("镕喆".to_owned()),
        ..CaseQuery::default()
    };
    assert_eq!(desk.office.cases(&query, 10).await.unwrap(), []);
    assert_eq!(is_as_rebuilt(&desk).await, []);
    let keys = tempfile::tempdir().unwrap();
    let key = signer::open_or_create(keys.path(), "mingqu.example/demo-water").unwrap();
    let verified = verify::verify(&*desk.ledger, &agency(), key.verifier(), None).await;
    let verified = verified.unwrap();
    assert!(verified.is_sound(), "{:?}", verified.findings);

    // What is gone cannot be spoken of again, and the case goes on.
    let again = desk
        .office
        .destroy(BothHands::Rehearsal, &case_id, &asked, "d2")
        .await;
    match again {
        Err(PerformError::Refused(refusal)) => {
            assert!(refusal.to_string().contains("已经依法销毁"), "{refusal}")
        }
        other => panic!("{other:?}"),
    }
    let next = within(&case_id, None);
    desk.office.rehearse(&next, &all[5], "next").await.unwrap();
}

#[tokio::test]
async fn a_correction_names_the_entry_and_stays_in_the_gates() {
    let desk = desk();
    let case_id = desk.perform(&requests()[..5]).await;
    let mut act = requests()[1].clone();
    act.facts
        .insert("cause".to_owned(), json!("未经批准擅自取水"));
    let mut asked = Correcting {
        of: 2,
        within: 0,
        act,
        renamed: vec![],
        reason: "案由录入错误".to_owned(),
        asked_by: "p01".to_owned(),
        approved_by: "p04".to_owned(),
    };
    desk.office
        .correct(BothHands::Rehearsal, &case_id, Some(5), &asked, "c1")
        .await
        .unwrap();
    let view = desk.office.case(&case_id).await.unwrap();
    assert_eq!(view.title, "未经批准擅自取水");
    assert_eq!(view.version, 6);
    let Entry::Act(old) = &view.history.entries[1] else {
        panic!("the old entry stays")
    };
    assert_eq!(
        old.facts.get("cause"),
        Some(&json!("未依照取水许可规定条件取水"))
    );
    assert_eq!(is_as_rebuilt(&desk).await, []);
    // Filing by one officer was never lawful: no correction makes it so.
    asked
        .act
        .facts
        .insert("own_jurisdiction".to_owned(), json!(false));
    let refused = desk
        .office
        .correct(BothHands::Rehearsal, &case_id, None, &asked, "c2")
        .await;
    match refused {
        Err(PerformError::Refused(refusal)) => assert!(refusal.names("G-FILE-STD"), "{refusal}"),
        other => panic!("{other:?}"),
    }
}

/// A case begun on paper, in which these acts were done.
fn from_paper(acts: Vec<ActRequest>) -> TakeOverRequest {
    TakeOverRequest {
        procedure: "penalty.ordinary".to_owned(),
        from: "纸质案卷".to_owned(),
        entered_by: "p08".to_owned(),
        approved_by: "p05".to_owned(),
        sheet: Vec::new(),
        acts,
    }
}

#[tokio::test]
async fn a_running_case_is_taken_over_once_with_its_numbers() {
    let desk = desk();
    let mut acts = requests()[..8].to_vec();
    acts[1]
        .facts
        .insert("case_number".to_owned(), json!("演水立字〔2026〕57号"));
    let asked = from_paper(acts);
    let done = desk
        .office
        .take_over(BothHands::Rehearsal, &asked, "t1")
        .await
        .unwrap();
    let again = desk
        .office
        .take_over(BothHands::Rehearsal, &asked, "t1")
        .await
        .unwrap();
    assert_eq!(
        (again.case_id.as_str(), again.is_repeated),
        (done.case_id.as_str(), true)
    );
    let view = desk.office.case(&done.case_id).await.unwrap();
    assert_eq!(view.version, 1);
    let twice = desk
        .office
        .take_over(BothHands::Rehearsal, &asked, "t2")
        .await
        .unwrap_err();
    assert!(
        matches!(&twice.source, PerformError::Fields(errors)
        if errors[0].text.contains("第57号启用前纸质已用，案件已接续")),
        "{twice:?}"
    );
    assert_eq!(is_as_rebuilt(&desk).await, []);
    // The next number goes on behind the paper's, and the gates hold for what comes.
    let opened = desk
        .office
        .rehearse(&opening(), &requests()[0], "n1")
        .await
        .unwrap();
    let target = within(&opened.case_id, None);
    let filed = desk
        .office
        .rehearse(&target, &requests()[1], "n2")
        .await
        .unwrap();
    assert_eq!(filed.numbers[0].text, "演水立字〔2026〕58号");
    let target = within(&done.case_id, None);
    let decision = &requests()[14];
    assert!(decision.facts.contains_key("decided_penalty"));
    match desk.office.rehearse(&target, decision, "n3").await {
        Err(PerformError::Refused(refusal)) => assert!(refusal.names("G-LEGALREV"), "{refusal}"),
        other => panic!("{other:?}"),
    }
    for (at, request) in requests()[8..].iter().enumerate() {
        desk.office
            .rehearse(&target, request, &format!("m{at}"))
            .await
            .unwrap();
    }
    assert_eq!(is_as_rebuilt(&desk).await, []);
}

/// A case from paper is held against what this agency decided in other cases, in its preview and when it is taken over.
#[tokio::test]
async fn a_case_from_paper_is_judged_with_what_other_cases_say() {
    let desk = desk();
    let asked = from_paper(requests()[..8].to_vec());
    let proposal = asked
        .acts
        .iter()
        .position(|act| act.facts.contains_key("proposed_penalty"))
        .unwrap();
    let of_fines = |view: &CaseView| {
        let all: Vec<(usize, Vec<String>)> =
            view.history.entries.iter().flat_map(departures).collect();
        let mut named = all.into_iter();
        let named = named.find(|(_, rules)| rules.iter().any(|it| it == "G-ONEFINE-3"));
        named.map(|(act, _)| act)
    };
    let alone = desk.office.preview_take_over(&asked).await.unwrap();
    assert_eq!(of_fines(&alone), None);

    let mut target = opening();
    for (at, request) in requests()[..15].iter().enumerate() {
        let done = desk
            .office
            .rehearse(&target, request, &format!("d{at}"))
            .await
            .unwrap();
        target = within(&done.case_id, None);
    }
    // What came later does not count on the day of the proposal.
    let earlier = desk.office.preview_take_over(&asked).await.unwrap();
    assert_eq!(of_fines(&earlier), None);
    let mut later = asked.clone();
    let decided = requests()[14].occurred;
    for act in &mut later.acts {
        act.occurred = decided;
    }
    let shown = desk.office.preview_take_over(&later).await.unwrap();
    assert_eq!(of_fines(&shown), Some(proposal));
    let done = desk
        .office
        .take_over(BothHands::Rehearsal, &later, "t1")
        .await
        .unwrap();
    let view = desk.office.case(&done.case_id).await.unwrap();
    assert_eq!(of_fines(&view), Some(proposal));
}
