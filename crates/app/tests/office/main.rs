//! The road to the record, over a real one: what is stored, what is shown to the public, what is done only once.

#![expect(
    clippy::unwrap_used,
    reason = "a failed `unwrap` in a test names its line"
)]

mod beside;
mod clock;
mod demonstration;
mod desk;
mod identity;
mod lookups;
mod passing;
mod record;
mod register;
mod stored_shapes;
mod trial;

use app::access::BothHands;
use app::agency::AgencyFile;
use app::amend::Correcting;
use app::ports::{Outward, OutwardEffect};
use app::request::Participant;
use app::{ActRequest, PerformError, Publishing, stored};
use casework::entry::{ActPerformed, Consequence, Entry, NewSubject, SubjectId};
use desk::{asset, desk, opening, requests, rules, today, within};
use proof::{Disclosure, Withdrawal};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use vocabulary::Moment;

#[tokio::test]
async fn no_name_no_fact_and_nobody_stands_in_a_header() {
    let desk = desk();
    let case_id = desk.perform(&requests()).await;
    for recorded in desk.stream(&case_id).await {
        let header = recorded.header().to_string();
        for personal in ["某某", "p01", "p05", "p08", "取水", "六万", "6000000"] {
            assert!(!header.contains(personal), "{personal} in {header}");
        }
    }
}

#[tokio::test]
async fn what_is_read_back_is_what_was_decided() {
    let desk = desk();
    let case_id = desk.perform(&requests()).await;
    let view = desk.office.case(&case_id).await.unwrap();
    assert_eq!(view.history.entries.len(), requests().len());
    for (entry, request) in view.history.entries.iter().zip(requests()) {
        let Entry::Act(act) = entry else {
            panic!("an act")
        };
        assert_eq!(
            (&act.event, act.occurred),
            (&request.event, request.occurred)
        );
        assert_eq!(act.people, request.people);
        for (id, value) in &request.facts {
            assert_eq!(act.facts.get(id), Some(value), "{id}");
        }
        assert_eq!(act.introduced.len(), request.introduces.len());
    }
    assert_eq!(view.party_names(), "某某建材有限公司");
}

#[test]
fn stored_form_loses_nothing_and_reads_what_is_left() {
    let rules = rules();
    let procedure = rules.procedure("penalty.ordinary").unwrap();
    let subject = |number| SubjectId {
        kind: "party".to_owned(),
        number,
    };
    let entry = Entry::Act(Box::new(ActPerformed {
        event: "any".to_owned(),
        subject: subject(1),
        occurred: Moment::parse("2026-11-20T09:30").unwrap(),
        people: vec![
            Participant {
                role: "handler".to_owned(),
                person: "p02".to_owned(),
            },
            Participant {
                role: "handler".to_owned(),
                person: "p01".to_owned(),
            },
        ],
        facts: BTreeMap::from([
            ("cause".to_owned(), json!("公开的")),
            ("lead_content".to_owned(), json!("个人的")),
            ("informant".to_owned(), json!("秘密的")),
            (
                "decided_penalty".to_owned(),
                json!({"kinds": ["fine"], "fine": 1, "confiscation": 0}),
            ),
            ("party_kind#2".to_owned(), json!("citizen")),
            ("party_kind#3".to_owned(), json!("legal_person")),
            ("unknown_to_the_rules".to_owned(), json!(7)),
        ]),
        introduced: vec![
            NewSubject {
                kind: "party".to_owned(),
                number: 3,
                name: "丙".to_owned(),
            },
            NewSubject {
                kind: "party".to_owned(),
                number: 2,
                name: "乙".to_owned(),
            },
        ],
        files: vec![],
        receipt: None,
        follows: None,
        recorder: None,
        reasons: BTreeMap::from([("G-X".to_owned(), "因为".to_owned())]),
        consequences: vec![Consequence::Done {
            event: "any".to_owned(),
            subject: subject(1),
        }],
        cautions: vec!["G-X".to_owned()],
    }));
    let outward = Some(Outward {
        id: "x".to_owned(),
        effect: OutwardEffect::Disclosed,
    });
    let (header, parts) = stored::write(procedure, &entry, outward, &mut || [7; 32]).unwrap();
    assert_eq!(stored::read(&header, &parts).unwrap(), entry);
    let labels: Vec<&str> = parts.iter().map(|part| part.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "public",
            "public/party-1",
            "public/party-2",
            "public/party-3",
            "personal",
            "personal/party-2",
            "personal/party-3",
            "secret"
        ]
    );

    // One person's part is destroyed: the entry is still read, without that person's name.
    let left: Vec<_> = parts
        .into_iter()
        .filter(|part| part.label.as_str() != "personal/party-2")
        .collect();
    let Entry::Act(act) = stored::read(&header, &left).unwrap() else {
        panic!("an act")
    };
    let names: Vec<&str> = act.introduced.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["丙", stored::DESTROYED]);

    let settled = Entry::CalendarSettled {
        edition: "2027".to_owned(),
        on: today(),
        moved: Vec::new(),
    };
    let (header, parts) = stored::write(procedure, &settled, None, &mut || [7; 32]).unwrap();
    assert_eq!(stored::read(&header, &parts).unwrap(), settled);
}

#[tokio::test]
async fn a_publication_is_made_of_public_facts_alone() {
    let desk = desk();
    let case_id = desk.perform(&requests()).await;
    let recorded = desk.stream(&case_id).await;
    let body = recorded
        .last()
        .unwrap()
        .body("publication")
        .expect("the last act discloses");
    let shown: Disclosure = serde_json::from_slice(body).unwrap();
    assert_eq!(shown.title, "未依照取水许可规定条件取水：行政处罚决定");
    assert_eq!(shown.disclosed_on, "2026-11-24");
    let headings: Vec<&str> = shown
        .sections
        .iter()
        .map(|section| section.heading.as_str())
        .collect();
    assert_eq!(
        headings,
        [
            "对谁作出",
            "为什么处罚",
            "怎样处罚",
            "怎样履行",
            "不服怎么办",
            "其他"
        ]
    );
    assert_eq!(shown.party.as_deref(), Some("某某建材有限公司"));
    assert_eq!(shown.agency.as_deref(), Some("某市水利局"));
    assert_eq!(shown.decided_on.as_deref(), Some("2026-11-20"));
    assert_eq!(shown.summary.as_deref(), Some("罚款¥60,000.00"));
    let number = shown.number.as_deref().expect("a number");
    assert!(number.starts_with("演水罚决字〔2026〕"), "{number}");
    let facet = |name: &str| shown.facets.iter().find(|facet| facet.name == name);
    assert_eq!(facet("处罚种类").expect("a facet").values, ["罚款"]);
    // Served on the 21st: sixty days and six months, with the day on which each ends.
    let appeal = &shown.sections[4].rows;
    assert!(appeal[0].value.contains("60日内"), "{appeal:?}");
    assert!(
        appeal[0]
            .value
            .contains("（2026-11-21送达，至2027-01-20届满"),
        "{appeal:?}"
    );
    assert!(appeal[1].value.contains("至2027-05-21届满"), "{appeal:?}");
    let text = String::from_utf8(body.to_vec()).unwrap();
    for hidden in ["陆清源", "p01", "线索", "巡查"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    assert_eq!(desk.outside.shown.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn what_did_not_reach_the_public_side_gets_there_later() {
    let desk = desk();
    desk.outside.is_away.store(true, Ordering::Relaxed);
    let all = requests();
    let (last, before) = all.split_last().unwrap();
    let case_id = desk.perform(before).await;
    let done = desk
        .office
        .rehearse(&within(&case_id, None), last, "last")
        .await
        .unwrap();
    assert!(
        matches!(done.publishing, Publishing::Outstanding(_)),
        "recorded all the same"
    );
    desk.outside.is_away.store(false, Ordering::Relaxed);
    assert_eq!(desk.office.publish_outstanding().await.unwrap(), 1);
    assert_eq!(desk.office.publish_outstanding().await.unwrap(), 0, "once");
}

#[tokio::test]
async fn the_same_request_is_done_once_and_its_key_serves_no_other() {
    let desk = desk();
    let all = requests();
    let first = desk
        .office
        .rehearse(&opening(), &all[0], "key")
        .await
        .unwrap();
    let again = desk
        .office
        .rehearse(&opening(), &all[0], "key")
        .await
        .unwrap();
    assert_eq!(
        (&again.case_id, again.version, again.is_repeated),
        (&first.case_id, 1, true)
    );
    let mut other = all[0].clone();
    other.facts.insert("lead_content".to_owned(), json!("别的"));
    assert!(matches!(
        desk.office.rehearse(&opening(), &other, "key").await,
        Err(PerformError::KeyReused)
    ));
    assert_eq!(
        desk.office
            .cases(&app::ledger::CaseQuery::default(), 10)
            .await
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn two_at_the_same_moment_open_one_case() {
    let desk = desk();
    let request = &requests()[0];
    let target = opening();
    let (one, two) = tokio::join!(
        desk.office.rehearse(&target, request, "k"),
        desk.office.rehearse(&target, request, "k")
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.case_id, two.case_id);
    assert!(desk.office.case(&one.case_id).await.is_ok());
}

#[tokio::test]
async fn a_decision_on_a_stale_page_is_not_made() {
    let desk = desk();
    let all = requests();
    let case_id = desk.perform(&all[..2]).await;
    let stale = desk
        .office
        .rehearse(&within(&case_id, Some(1)), &all[2], "k")
        .await;
    assert!(matches!(
        stale,
        Err(PerformError::Stale { seen: 1, actual: 2 })
    ));
}

#[tokio::test]
async fn the_law_is_asked_and_nothing_is_recorded_against_it() {
    let desk = desk();
    let all = requests();
    let case_id = desk.perform(&all[..5]).await;
    let decision = all
        .iter()
        .find(|request| request.facts.contains_key("decided_penalty"))
        .unwrap();
    match desk
        .office
        .rehearse(&within(&case_id, None), decision, "k")
        .await
    {
        Err(PerformError::Refused(refusal)) => assert!(refusal.names("G-NOTIFY"), "{refusal}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(desk.office.case(&case_id).await.unwrap().version, 5);
}

#[tokio::test]
async fn the_list_tells_the_title_and_the_nearest_date() {
    let desk = desk();
    let decided = requests()
        .iter()
        .position(|request| request.facts.contains_key("decided_penalty"))
        .unwrap();
    desk.perform(&requests()[..=decided]).await;
    let rows = desk
        .office
        .cases(&app::ledger::CaseQuery::default(), 10)
        .await
        .unwrap();
    let line = &rows[0].line;
    assert_eq!(
        (line.title.as_str(), line.party_names.as_str()),
        ("未依照取水许可规定条件取水", "某某建材有限公司")
    );
    assert_eq!(line.phase, "decision");
    assert_eq!(
        line.filed_on.map(|day| day.to_string()).as_deref(),
        Some("2026-10-17")
    );
    assert_eq!(
        line.next_due.map(|day| day.to_string()).as_deref(),
        Some("2026-12-01")
    );
}

#[test]
fn the_agency_file_speaks_of_what_the_rules_know() {
    let rules = rules();
    let file = AgencyFile::parse(&asset("agency.json")).unwrap();
    let procedure = rules.procedure("penalty.ordinary").unwrap();
    for fact in &file.title_facts {
        assert!(procedure.fact(fact).is_some(), "{fact}");
    }
    for role in file.people.iter().flat_map(|staff| &staff.roles) {
        assert!(
            procedure.roles.iter().any(|known| known.id == *role),
            "{role}"
        );
    }
    for confirmed in &file.confirmed {
        let id = &confirmed.id;
        let is_known = rules.settings.iter().any(|setting| setting.id == *id)
            || rules.rows.iter().any(|row| row.id == *id)
            || procedure.rule(id).is_some();
        assert!(is_known, "{id}");
    }
    for value in &file.values {
        assert!(
            rules.settings.iter().any(|setting| setting.id == value.id),
            "{}",
            value.id
        );
    }
}

#[tokio::test]
async fn a_withdrawal_takes_the_content_down_and_says_why() {
    let desk = desk();
    let case_id = desk.perform(&requests()).await;
    let said = |event: &str, role: Option<&str>, facts: &[(&str, &str)]| ActRequest {
        event: event.to_owned(),
        number: 1,
        occurred: Moment::from(today()),
        people: role
            .map(|role| Participant {
                role: role.to_owned(),
                person: "p08".to_owned(),
            })
            .into_iter()
            .collect(),
        facts: facts
            .iter()
            .map(|(id, value)| ((*id).to_owned(), json!(value)))
            .collect(),
        introduces: Vec::new(),
        reasons: BTreeMap::new(),
        files: vec![],
        on_paper: false,
        follows: None,
        filled_from: None,
    };
    let overturned = said(
        "decision_overturned",
        None,
        &[
            ("overturn_kind", "revoked"),
            ("overturn_date", "2026-11-24"),
            ("overturn_basis", "复议决定书"),
        ],
    );
    let withdrawn = said(
        "disclosure_withdrawal:penalty_disclosure",
        Some("disclosure_reviewer"),
        &[(
            "withdrawal_note:penalty_disclosure",
            "处罚决定已被复议机关撤销",
        )],
    );
    desk.office
        .rehearse(&within(&case_id, None), &overturned, "o")
        .await
        .unwrap();
    let done = desk
        .office
        .rehearse(&within(&case_id, None), &withdrawn, "w")
        .await
        .unwrap();
    let Publishing::Done(outward) = done.publishing else {
        panic!("{done:?}")
    };
    assert_eq!(outward.effect, OutwardEffect::Withdrawn);
    let recorded = desk.stream(&case_id).await;
    let body = recorded
        .last()
        .unwrap()
        .body("withdrawal")
        .expect("the act withdraws");
    let header: Withdrawal = serde_json::from_slice(body).unwrap();
    assert_eq!(header.publication, outward.id);
    assert_eq!(header.title, "未依照取水许可规定条件取水：行政处罚决定");
    assert_eq!(
        (header.withdrawn_on.as_str(), header.reason.as_str()),
        ("2026-11-24", "处罚决定已被复议机关撤销")
    );
    // What was shown is told by its place and commitment, never by its text.
    let disclosed = recorded
        .iter()
        .find(|entry| entry.body("publication").is_some())
        .unwrap();
    let [gone] = header.earlier.as_slice() else {
        panic!("{header:?}")
    };
    assert_eq!(gone.leaf, disclosed.leaf_index);
    let promised = disclosed.leaf.part("publication").unwrap();
    assert_eq!(gone.commitment, format!("{:?}", promised.commitment));
    assert!(header.number.is_some() && header.decided_on.as_deref() == Some("2026-11-20"));
    let shown = desk.outside.shown.lock().unwrap();
    assert_eq!(
        shown.iter().map(|(_, it)| &it.id).collect::<Vec<_>>(),
        [&outward.id, &outward.id]
    );
}

#[tokio::test]
async fn a_correction_replaces_the_text_and_keeps_only_its_trace() {
    let desk = desk();
    let case_id = desk.perform(&requests()).await;
    let corrected = |facts: serde_json::Value| ActRequest {
        event: "disclosure_correction:penalty_disclosure".to_owned(),
        number: 1,
        occurred: Moment::from(today()),
        people: vec![Participant {
            role: "disclosure_reviewer".to_owned(),
            person: "p08".to_owned(),
        }],
        facts: facts.as_object().unwrap().clone().into_iter().collect(),
        introduces: Vec::new(),
        reasons: BTreeMap::new(),
        files: vec![],
        on_paper: false,
        follows: None,
        filled_from: None,
    };
    let request = corrected(json!({
        "correction_note:penalty_disclosure": "写出了不应当公开的地点",
        "secrecy_passed:penalty_disclosure": true,
        "redaction_passed:penalty_disclosure": true,
        "hidden_words:penalty_disclosure": "未依照取水许可规定条件取水",
    }));
    let done = desk
        .office
        .rehearse(&within(&case_id, None), &request, "c")
        .await
        .unwrap();
    assert!(matches!(done.publishing, Publishing::Done(_)), "{done:?}");
    let recorded = desk.stream(&case_id).await;
    let body = recorded.last().unwrap().body("publication").unwrap();
    let shown: Disclosure = serde_json::from_slice(body).unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(!text.contains("未依照取水许可规定条件取水") && text.contains("×××"));
    let [gone] = shown.earlier.as_slice() else {
        panic!("{shown:?}")
    };
    assert_eq!(gone.reason, "写出了不应当公开的地点");
    assert_eq!(
        (gone.disclosed_on.as_str(), gone.replaced_on.as_str()),
        ("2026-11-24", "2026-11-24")
    );
    // A second one names both, the first with its own reason.
    let request = corrected(json!({
        "correction_note:penalty_disclosure": "补登",
        "secrecy_passed:penalty_disclosure": true,
        "redaction_passed:penalty_disclosure": true,
    }));
    desk.office
        .rehearse(&within(&case_id, None), &request, "c2")
        .await
        .unwrap();
    let recorded = desk.stream(&case_id).await;
    let body = recorded.last().unwrap().body("publication").unwrap();
    let shown: Disclosure = serde_json::from_slice(body).unwrap();
    let reasons: Vec<&str> = shown.earlier.iter().map(|it| it.reason.as_str()).collect();
    assert_eq!(reasons, ["写出了不应当公开的地点", "补登"]);
}

/// The requests of the demonstration case, with a text of somebody's own in what is disclosed.
fn requests_with_disclosed(text: &str) -> Vec<ActRequest> {
    let mut all = requests();
    let review = all
        .iter()
        .position(|request| request.event.starts_with("disclosure_review"))
        .unwrap();
    let draft = ActRequest {
        event: "disclosure_draft:penalty_disclosure".to_owned(),
        people: Vec::new(),
        facts: BTreeMap::from([("disclosure_text:penalty_disclosure".to_owned(), json!(text))]),
        ..all[review].clone()
    };
    all.insert(review, draft);
    all
}

#[tokio::test]
async fn a_party_that_bears_another_name_owes_a_correction_that_leaves_no_trace_of_the_old_one() {
    const WRONG: &str = "某某建材有限公司";
    const RIGHT: &str = "某茂建材有限公司";
    let desk = desk();
    let all = requests_with_disclosed(
        "某某建材有限公司厂区内一眼水井没有计量，某某建材有限公司已经安装。",
    );
    let case_id = desk.perform(&all).await;
    let asked = Correcting {
        of: 1,
        within: 0,
        act: ActRequest {
            introduces: Vec::new(),
            ..all[0].clone()
        },
        renamed: vec![NewSubject {
            kind: "party".to_owned(),
            number: 1,
            name: RIGHT.to_owned(),
        }],
        reason: "当事人名称录入错误".to_owned(),
        asked_by: "p01".to_owned(),
        approved_by: "p04".to_owned(),
    };
    desk.office
        .correct(BothHands::Rehearsal, &case_id, None, &asked, "n")
        .await
        .unwrap();
    let owed = async || {
        let view = desk.office.case(&case_id).await.unwrap();
        let procedure = view.procedure();
        let rule = |response: usize| &procedure.rules[procedure.responses[response].rule].id;
        let must = view.answer.must.iter();
        must.filter(|it| rule(it.response) == "PUB-CORRECT-IDENTITY")
            .count()
    };
    assert_eq!(owed().await, 1, "a correction is owed");
    let request = ActRequest {
        event: "disclosure_correction:penalty_disclosure".to_owned(),
        facts: [
            ("correction_note", json!("当事人名称录入错误")),
            ("secrecy_passed", json!(true)),
            ("redaction_passed", json!(true)),
        ]
        .into_iter()
        .map(|(id, value)| (format!("{id}:penalty_disclosure"), value))
        .collect(),
        ..all.last().unwrap().clone()
    };
    desk.office
        .rehearse(&within(&case_id, None), &request, "c")
        .await
        .unwrap();
    assert_eq!(owed().await, 0);
    let recorded = desk.stream(&case_id).await;
    let body = recorded.last().unwrap().body("publication").unwrap();
    let shown: Disclosure = serde_json::from_slice(body).unwrap();
    assert_eq!(shown.party.as_deref(), Some(RIGHT));
    let told = String::from_utf8(body.to_vec()).unwrap();
    assert!(!told.contains(WRONG), "{told}");
    assert!(
        told.contains("某茂建材有限公司厂区内一眼水井没有计量，某茂建材有限公司已经安装。"),
        "{told}"
    );
    assert_eq!(record::is_as_rebuilt(&desk).await, []);
}

#[tokio::test]
async fn a_secret_fact_is_in_no_release_whoever_wrote_it_into_a_text() {
    const INFORMANT: &str = "司徒骉";
    let desk = desk();
    let mut all =
        requests_with_disclosed(&format!("举报人：{INFORMANT}。厂区内一眼水井没有计量。"));
    all[0]
        .facts
        .insert("informant".to_owned(), json!(INFORMANT));
    let case_id = desk.perform(&all).await;
    let recorded = desk.stream(&case_id).await;
    let body = recorded.last().unwrap().body("publication").unwrap();
    let told = String::from_utf8(body.to_vec()).unwrap();
    assert!(told.contains("厂区内一眼水井没有计量。"), "{told}");
    assert!(!told.contains(INFORMANT), "{told}");
}
