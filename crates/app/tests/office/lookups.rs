//! Registers that the rules look things up in.

use crate::desk::{desk, opening, requests, rules, within};
use crate::register::{change, put};
use app::PerformError;
use app::access::Actor;
use app::register::{RegisterName, Releasing, Wanted, misnamed};
use app::trial::EffectKind;
use casework::entry::FileRef;
use casework::lists::SCENES;
use law::Rules;
use law::lookup::{Lookup, Mark};
use serde_json::json;

/// The rules name registers and columns by their ids, which they cannot know: whoever loads them asks.
#[test]
fn every_lookup_of_the_rules_names_a_register_and_columns_that_fit() {
    let rules = rules();
    assert!(rules.procedures.iter().flat_map(|it| &it.lookups).count() >= 5);
    assert_eq!(misnamed(&rules), []);
    let told = |change: &dyn Fn(&mut Lookup)| -> Vec<String> {
        let mut wrong = Rules::clone(&rules);
        let mut all = wrong.procedures.iter_mut().flat_map(|it| &mut it.lookups);
        change(all.find(|it| it.register == "devices").unwrap());
        misnamed(&wrong).iter().map(ToString::to_string).collect()
    };
    let misspelt = told(&|it| it.register = "device".to_owned());
    assert!(
        misspelt[0].contains("办案时查的登记里没有“device”"),
        "{misspelt:?}"
    );
    assert!(misspelt[0].contains("kdl:"), "with its place: {misspelt:?}");
    let column = told(&|it| it.column = "cod".to_owned());
    assert!(
        column[0].contains("设备和场所没有“cod”这一栏"),
        "{column:?}"
    );
    let kind = told(&|it| it.takes[0].column = "legal_review_on".to_owned());
    assert!(kind[0].contains("填文字的一栏"), "{kind:?}");
    let other = |change: &dyn Fn(&mut Lookup)| -> String {
        let mut wrong = Rules::clone(&rules);
        let mut all = wrong.procedures.iter_mut().flat_map(|it| &mut it.lookups);
        change(all.find(|it| it.register == "enterprises").unwrap());
        let told: Vec<String> = misnamed(&wrong).iter().map(ToString::to_string).collect();
        told.join("\n")
    };
    let leads = other(&|it| it.by_way_of = vec![("sites".to_owned(), "place".to_owned())]);
    assert!(leads.contains("写明是哪一行的一栏"), "{leads}");
    let value = other(&|it| it.takes[0].alternatives[0].0 = "firm".to_owned());
    assert!(value.contains("“kind”没有“firm”"), "{value}");
    let choice = other(&|it| it.takes[0].column = "trade".to_owned());
    assert!(choice.contains("从几个里选一个的一栏"), "{choice}");
    let until = told(&|it| it.vouches[0].1.push(Mark::Until("place".to_owned())));
    assert!(until[0].contains("“止:place”的一栏不是日期"), "{until:?}");
}

/// The list of recordings is read by its id and its columns, which the pure crates cannot check.
#[test]
fn the_list_of_recordings_has_the_columns_that_decisions_read() {
    let scenes = RegisterName::parse(SCENES).unwrap();
    assert!(scenes.is_read_by_decisions());
    for id in ["act", "stage", "way"] {
        assert!(scenes.columns().iter().any(|it| it.id == id), "{id}");
    }
}

/// What the agency's list of recordings names wants a file of that kind, the word that it was recorded, or why it was not.
#[tokio::test]
async fn a_step_that_the_list_of_recordings_names_is_not_taken_without_one() {
    let desk = desk();
    let all = requests();
    let at = all
        .iter()
        .position(|it| it.facts.contains_key("deliberation_result"));
    let at = at.unwrap();
    let act = format!("penalty.ordinary/{}", all[at].event);
    let row = json!({
        "kind": ["penalty"], "matter": "重大案件", "stage": "集体讨论", "act": act, "way": "录音", "content": "讨论全程",
        "kept": "与案卷相同",
    });
    let mut target = opening();
    for (step, request) in all[..at].iter().enumerate() {
        let done = desk
            .office
            .rehearse(&target, request, &format!("s{step}"))
            .await;
        target = within(&done.unwrap().case_id, None);
    }
    change(&desk.office, &put(RegisterName::Scenes, "y01", row)).await;
    let mut asked = all[at].clone();
    asked.occurred = desk.office.now();
    match desk.office.rehearse(&target, &asked, "d1").await {
        Err(PerformError::Refused(refusal)) => {
            assert!(refusal.names("G-AV-LIST"), "{refusal}");
            let told = refusal.to_string();
            for text in ["音像记录事项清单的“集体讨论”要求录音", "没有附上音像文件"]
            {
                assert!(told.contains(text), "{text}: {told}");
            }
        }
        other => panic!("{other:?}"),
    }
    let file = |media_type: &str| FileRef {
        sha256: "ab".repeat(32),
        sm3: "cd".repeat(32),
        size_bytes: 9,
        media_type: media_type.to_owned(),
        name: "集体讨论".to_owned(),
    };
    // A picture is no sound.
    asked.files = vec![file("image/jpeg")];
    let refused = desk.office.rehearse(&target, &asked, "d2").await;
    assert!(
        matches!(refused, Err(PerformError::Refused(_))),
        "{refused:?}"
    );
    asked.files = vec![file("audio/mpeg")];
    let done = desk.office.rehearse(&target, &asked, "d3").await.unwrap();
    let view = desk.office.case(&done.case_id).await.unwrap();
    assert_eq!(desk.office.unrecorded(&view), []);
}

/// The public sees who holds a credential, and which; not what else the agency knows of its people.
#[tokio::test]
async fn officers_are_published_with_their_credentials_alone() {
    let desk = desk();
    let release = async |taken_down: &str, key: &str| {
        let asked = Releasing {
            register: RegisterName::People,
            rows: vec!["p01".to_owned()],
            by: "p08".to_owned(),
            taken_down: taken_down.to_owned(),
        };
        desk.office.release_rows(&asked, key).await.unwrap()
    };
    assert_eq!(release("证号印错", "d0").await, 0, "nothing is shown yet");
    assert_eq!(release("", "r1").await, 1);
    let last = async |label: &str| {
        let recorded = desk.stream_of("register/people").await;
        let body = recorded.last().unwrap().body(label).unwrap().to_vec();
        String::from_utf8(body).unwrap()
    };
    let shown = last("publication").await;
    for text in ["陆清源", "SL-2024-0101", "执法证件"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    for text in ["通常承担的工作", "培训记录", "负责人级别", "法律职业资格"] {
        assert!(!shown.contains(text), "{text}: {shown}");
    }
    assert_eq!(release("证号印错，更正以后重新公示", "d1").await, 1);
    let header = last("withdrawal").await;
    assert!(header.contains("证号印错，更正以后重新公示"), "{header}");
    assert!(!header.contains("SL-2024-0101"), "{header}");
}

/// For one item, at one place, on one day there is one body: a second row of the power map says so when it is drafted.
#[tokio::test]
async fn two_bodies_do_not_hold_one_power_at_a_time() {
    let desk = desk();
    let row = |body: &str, from: &str, more: &[(&str, &str)]| {
        let mut row = json!({
            "passes_to": body, "kind": "township", "area": "店上镇、韩店镇", "until": from, "published_on": "2026-01-05",
        });
        for (column, value) in more {
            row[*column] = json!(value);
        }
        row
    };
    let office = &desk.office;
    let first = row("店上镇人民政府", "2026-02-01", &[]);
    change(office, &put(RegisterName::Powers, "w01", first.clone())).await;
    let second = |from: &str, more: &[(&str, &str)]| {
        put(
            RegisterName::Powers,
            "w02",
            row("韩店镇人民政府", from, more),
        )
    };
    let refused = office.draft_change(&second("2026-06-01", &[]), "d1").await;
    let told = format!("{refused:?}");
    assert!(told.contains("w01写的是店上镇人民政府"), "{told}");
    // Another place, or once the first one has ended, it is no rival.
    let elsewhere = second("2026-06-01", &[("area", "苏店镇")]);
    office.draft_change(&elsewhere, "d2").await.unwrap();
    let mut ended = first;
    ended["ends"] = json!("2026-06-01");
    change(office, &put(RegisterName::Powers, "w01", ended)).await;
    let next = office.draft_change(&second("2026-06-01", &[]), "d3").await;
    next.unwrap();
}

/// The power map is about every kind of enforcement, and what the law does not let be entrusted is refused when it is drafted.
#[tokio::test]
async fn a_power_goes_only_to_whom_the_law_lets_it_go() {
    let desk = desk();
    let office = &desk.office;
    let item = json!({
        "code": "QZ-1", "kind": "measure", "name": "扣押非法采砂船舶", "basis": "某法第三十条", "entity": "某县水利局",
    });
    change(office, &put(RegisterName::Items, "s01", item)).await;
    let unnamed = json!({
        "code": "XK-1", "kind": "license", "name": "取水许可（延续）", "basis": "某法第四十条", "entity": "某县水利局",
    });
    change(office, &put(RegisterName::Items, "s02", unnamed)).await;
    let mut count = 0;
    let mut told = async |row: serde_json::Value| {
        count += 1;
        let mut row = row;
        row["passes_to"] = json!("某县水政监察大队");
        row["until"] = json!("2026-06-01");
        let wanted = put(RegisterName::Powers, "w09", row);
        let drafted = office.draft_change(&wanted, &format!("k{count}")).await;
        drafted.map_or_else(|error| format!("{error:?}"), |_| "drafted".to_owned())
    };
    for (row, expected) in [
        (
            json!({"kind": "entrusted", "matters": ["measure"]}),
            "行政强制法第十七条",
        ),
        (
            json!({"kind": "entrusted", "items": ["A-ENF-SEIZE"]}),
            "行政强制法第十七条",
        ),
        (
            json!({"kind": "entrusted_organ", "items": ["s01"]}),
            "行政强制法第十七条",
        ),
        (
            json!({"kind": "entrusted", "items": ["A-ENF-DEMO"]}),
            "行政强制法第十三条",
        ),
        (
            json!({"kind": "entrusted", "matters": ["license"]}),
            "行政许可法第二十四条",
        ),
        (json!({"kind": "entrusted"}), "行政处罚法第二十条"),
        (
            json!({"kind": "township", "matters": ["inspection"], "published_on": "2026-05-01"}),
            "行政处罚法第二十四条",
        ),
        // What is ticked counts beside what the items are.
        (
            json!({"kind": "township", "matters": ["penalty", "measure"], "items": ["P-SF65-1"], "published_on": "2026-05-01"}),
            "行政处罚法第二十四条",
        ),
        (
            json!({"kind": "other", "matters": ["penalty"], "items": ["A-LIC-WATER"]}),
            "权力类别没有选它",
        ),
        (
            json!({"kind": "other", "items": ["s02"]}),
            "没有写对应的事项",
        ),
        (json!({"kind": "other", "items": ["A-NONE"]}), "A-NONE"),
        (
            json!({"kind": "entrusted_organ", "matters": ["license"]}),
            "drafted",
        ),
    ] {
        let told = told(row.clone()).await;
        assert!(told.contains(expected), "{row}: {told}");
    }
    let written = json!({
        "kind": "entrusted", "basis": "委托书", "published_on": "2026-05-01", "passes_to": "某县水政监察大队", "until": "2026-06-01",
        "matters": ["penalty", "inspection", "levy"], "items": ["P-SF65-1", "A-INS-WR", "A-FEE-SWC"],
    });
    change(office, &put(RegisterName::Powers, "w10", written)).await;
    let seized = json!({
        "kind": "other", "passes_to": "某市公安局", "until": "2026-06-01", "items": ["s01"],
    });
    change(office, &put(RegisterName::Powers, "w11", seized)).await;
    // What the map names stays in the list.
    let mut gone = put(RegisterName::Items, "s01", json!({}));
    gone.wanted = Wanted::Remove;
    let refused = format!("{:?}", office.draft_change(&gone, "k99").await);
    assert!(refused.contains("w11"), "{refused}");
}

/// A power that passes to a township while a case is in hand is seen before the row holds, and on the page of the case after.
#[tokio::test]
async fn a_power_that_passes_is_told_for_the_cases_in_hand() {
    let desk = desk();
    let office = &desk.office;
    let case_id = desk.perform(&requests()[..7]).await;
    let row = json!({
        "passes_to": "某镇人民政府", "kind": "township", "items": ["P-SF69-2"], "until": "2026-06-01",
        "published_on": "2026-01-05", "basis": "省人民政府决定",
    });
    let wanted = put(RegisterName::Powers, "w01", row);
    let number = office.draft_change(&wanted, "d1").await.unwrap();
    let actor = Actor::of(&office.agency(), "luqy").unwrap();
    let tried = office.try_draft(&actor, RegisterName::Powers, number).await;
    let tried = tried.unwrap().unwrap();
    let ours = tried.affected.iter().find(|it| it.case_id == case_id);
    let effects = &ours.unwrap().effects;
    let moved: Vec<_> = effects
        .iter()
        .filter(|it| it.kind == EffectKind::PowerMoved)
        .collect();
    let [moved] = &moved[..] else {
        panic!("{effects:#?}")
    };
    assert_eq!(moved.before, "由本机关办理");
    assert!(moved.after.contains("某镇人民政府"), "{moved:?}");
}
