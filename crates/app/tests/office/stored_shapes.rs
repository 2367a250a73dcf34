//! Stored shapes, as golden files: what an earlier program wrote is read, what this one writes is known byte for byte.
//!
//! `golden/v1` to `golden/v4` are what versions 1 to 4 wrote, `golden/v5` what is written now. A changed file of a released version is a
//! mistake: a new shape is a new version.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use app::ports::{Outward, OutwardEffect};
use app::stored::{self, StoredError};
use casework::context::Context;
use casework::correct::{CorrectionRequest, correct};
use casework::decide::History;
use casework::entry::{
    ActPerformed, Clock, Consequence, Correction, Destruction, Entry, FileRef, Hand, NewSubject,
    ObligationKey, PartOfEntry, Participant, Recorder, SubjectId, TakeOver,
};
use casework::scenario;
use law::model::Procedure;
use law::time::{Code, Pause, Period, Unit};
use proof::{Label, Part, Sensitivity};
use serde_json::{Value, json};
use vocabulary::{Day, Moment};

use crate::desk::rules;

fn procedure() -> Arc<Procedure> {
    Arc::new(rules().procedure("penalty.ordinary").unwrap().clone())
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn party(number: u32) -> SubjectId {
    SubjectId {
        kind: "party".to_owned(),
        number,
    }
}

fn named(number: u32, name: &str) -> NewSubject {
    NewSubject {
        kind: "party".to_owned(),
        number,
        name: name.to_owned(),
    }
}

fn file(byte: u8, name: &str) -> FileRef {
    FileRef {
        sha256: format!("{byte:02x}").repeat(32),
        sm3: format!("{byte:02x}").repeat(32),
        size_bytes: 20_480,
        media_type: "application/pdf".to_owned(),
        name: name.to_owned(),
    }
}

fn clock() -> Clock {
    Clock {
        base: day("2026-03-05").into(),
        period: Period::new(90, Unit::Days, Code::F1H).unwrap(),
        due: Some(day("2026-06-03").into()),
        provisional: false,
        confirmed: true,
        calendar: "2026".to_owned(),
        pauses: Vec::new(),
        extensions: Vec::new(),
    }
}

/// Every kind of consequence once.
fn consequences() -> Vec<Consequence> {
    let obligation = ObligationKey {
        rule: "PEN-DECIDE-90D".to_owned(),
        trigger: "case_filing".to_owned(),
        targets: vec![
            "penalty_decision".to_owned(),
            "no_penalty_decision".to_owned(),
        ],
        subject: party(1),
    };
    let (rule, event, subject) = ("G-SHOWID", "interview", party(1));
    let (rule, event) = (rule.to_owned(), event.to_owned());
    let moved = Clock {
        due: Some(Moment::parse("2026-09-02T18:00").unwrap()),
        provisional: true,
        confirmed: false,
        pauses: vec![
            Pause {
                from: day("2026-03-20"),
                until: Some(day("2026-04-20")),
            },
            Pause {
                from: day("2026-05-06"),
                until: None,
            },
        ],
        extensions: vec![Period::new(60, Unit::Days, Code::F1H).unwrap()],
        ..clock()
    };
    vec![
        Consequence::Met {
            obligation: obligation.clone(),
            late: true,
        },
        Consequence::Done {
            event: event.clone(),
            subject: subject.clone(),
        },
        Consequence::Excluded {
            event: event.clone(),
            subject: subject.clone(),
        },
        Consequence::Included {
            event: event.clone(),
            subject: subject.clone(),
        },
        Consequence::Reopened {
            event: event.clone(),
            subject: subject.clone(),
        },
        Consequence::Opened {
            rule: rule.clone(),
            event: event.clone(),
            subject: subject.clone(),
            clock: Some(clock()),
        },
        Consequence::Owed {
            obligation: obligation.clone(),
            clock: Some(clock()),
            undetermined: false,
        },
        Consequence::Released {
            obligation: obligation.clone(),
        },
        Consequence::Moved {
            obligation,
            clock: moved,
            by: "PEN-DECIDE-EXT".to_owned(),
        },
        Consequence::DefectKept {
            rule: rule.clone(),
            event: event.clone(),
            subject: subject.clone(),
        },
        Consequence::DefectCured {
            rule,
            event,
            subject,
        },
    ]
}

fn act() -> ActPerformed {
    ActPerformed {
        event: "case_filing".to_owned(),
        subject: party(1),
        occurred: Moment::parse("2026-03-05T09:30").unwrap(),
        people: vec![Participant {
            role: "handler".to_owned(),
            person: "p01".to_owned(),
        }],
        facts: BTreeMap::from([
            ("cause".to_owned(), json!("未经批准取水")),
            ("lead_content".to_owned(), json!("群众反映")),
            ("informant".to_owned(), json!("某人")),
            (
                "decided_penalty".to_owned(),
                json!({"kinds": ["fine"], "fine": 6_000_000, "confiscation": 0}),
            ),
            ("party_kind#2".to_owned(), json!("citizen")),
        ]),
        introduced: vec![named(2, "李某"), named(1, "某砂石公司")],
        reasons: BTreeMap::from([("G-JURIS".to_owned(), "由上级指定".to_owned())]),
        consequences: consequences(),
        cautions: vec!["G-JURIS".to_owned()],
        files: Vec::new(),
        receipt: None,
        follows: None,
        recorder: None,
    }
}

/// As it is recorded since version 3.
fn recorded_act() -> ActPerformed {
    ActPerformed {
        recorder: Some(Recorder {
            account: "luqy".to_owned(),
            person: "p01".to_owned(),
            section: "水政监察支队".to_owned(),
            on_paper: true,
            hands: vec![Hand {
                person: "p05".to_owned(),
                at: Moment::parse("2026-03-05T11:00").unwrap(),
            }],
        }),
        ..act()
    }
}

fn settled() -> Entry {
    Entry::CalendarSettled {
        edition: "2027".to_owned(),
        on: day("2026-11-04"),
        moved: consequences().split_off(8),
    }
}

/// As it is recorded since version 4.
fn weighed_act() -> ActPerformed {
    let receipt = json!({
        "item": "P-SF69-1", "provision": "《水法》第六十九条第（一）项“未经批准擅自取水”", "fine": 6_000_000,
        "statute": [{ "least": 2_000_000, "most": 10_000_000 }],
        "tier": { "name": "一般", "bounds": { "least": 4_000_000, "most": 7_000_000 }, "basis": "某厅公告" },
        "within_statute": true, "within_tier": true,
        "steps": [{
            "kind": "amount", "question": "罚款是否在幅度和档次以内？", "articles": ["《行政处罚法》第三十四条"],
            "values": [{ "name": "罚款", "value": "¥60,000.00" }],
            "outcome": "kept", "result": "罚款¥60,000.00在法定幅度和裁量档次以内",
        }],
    });
    ActPerformed {
        receipt: Some(serde_json::from_value(receipt).unwrap()),
        ..recorded_act()
    }
}

/// The entries of version 5, by the name of their golden file.
fn entries() -> Vec<(&'static str, Entry, Option<Outward>)> {
    entries_of(ActPerformed {
        follows: Some("0e1f2a3b-0000-4000-8000-000000000001".to_owned()),
        ..weighed_act()
    })
}

/// Those of version 4: no case followed another one.
fn entries_of_version_4() -> Vec<(&'static str, Entry, Option<Outward>)> {
    entries_of(weighed_act())
}

/// Those of version 3: no receipt was kept.
fn entries_of_version_3() -> Vec<(&'static str, Entry, Option<Outward>)> {
    entries_of(recorded_act())
}

/// Those of version 2: nobody said who recorded an act.
fn entries_of_version_2() -> Vec<(&'static str, Entry, Option<Outward>)> {
    entries_of(act())
}

fn entries_of(first: ActPerformed) -> Vec<(&'static str, Entry, Option<Outward>)> {
    let first = ActPerformed {
        files: vec![file(0xa1, "立案审批表.pdf"), file(0xb2, "现场照片.pdf")],
        ..first
    };
    let with_files = ActPerformed {
        recorder: None,
        ..first.clone()
    };
    let corrected = Correction {
        of: 3,
        within: 1,
        act: ActPerformed {
            introduced: Vec::new(),
            ..with_files.clone()
        },
        changes: consequences().split_off(7),
        renamed: vec![named(1, "某砂石有限公司")],
        on: day("2026-12-01"),
        asked_by: "p01".to_owned(),
        approved_by: "p05".to_owned(),
        reason: "录入时看错".to_owned(),
    };
    let destroyed = Destruction {
        parts: vec![PartOfEntry {
            entry: 1,
            label: "personal/party-1".to_owned(),
        }],
        on: day("2026-12-01"),
        basis: "《个人信息保护法》第四十七条".to_owned(),
        asked_by: "p01".to_owned(),
        approved_by: "p05".to_owned(),
        reason: "保存期限届满".to_owned(),
    };
    let later = ActPerformed {
        event: "interview".to_owned(),
        subject: SubjectId {
            kind: "case".to_owned(),
            number: 0,
        },
        introduced: Vec::new(),
        consequences: consequences().split_off(9),
        files: vec![file(0xc3, "询问笔录.pdf")],
        ..act()
    };
    let taken = TakeOver {
        from: "纸质案卷".to_owned(),
        on: day("2026-12-01"),
        entered_by: "p01".to_owned(),
        approved_by: "p05".to_owned(),
        sheet: Vec::new(),
        acts: vec![with_files.clone(), later],
    };
    let outward = Outward {
        id: "0190f3a0-publication".to_owned(),
        effect: OutwardEffect::Disclosed,
    };
    vec![
        ("act", Entry::Act(Box::new(first)), Some(outward)),
        ("calendar_settled", settled(), None),
        ("corrected", Entry::Corrected(Box::new(corrected)), None),
        (
            "parts_destroyed",
            Entry::PartsDestroyed(Box::new(destroyed)),
            None,
        ),
        ("taken_over", Entry::TakenOver(Box::new(taken)), None),
    ]
}

fn golden(version: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(version)
        .join(format!("{name}.json"))
}

/// Salts 1, 2, 3 …
fn salts() -> impl FnMut() -> [u8; 32] {
    let mut next = 0;
    move || {
        next += 1;
        [next; 32]
    }
}

fn sensitivity(word: &str) -> Sensitivity {
    match word {
        "public" => Sensitivity::Public,
        "personal" => Sensitivity::Personal,
        "secret" => Sensitivity::Secret,
        other => panic!("{other}"),
    }
}

/// A header and its parts as a file; the bodies stand in it as the very text that is stored.
fn text_of(header: &Value, parts: &[Part]) -> String {
    let part = |part: &Part| {
        let word = [
            (Sensitivity::Public, "public"),
            (Sensitivity::Personal, "personal"),
            (Sensitivity::Secret, "secret"),
        ]
        .into_iter()
        .find_map(|(known, word)| (known == part.sensitivity).then_some(word))
        .unwrap();
        json!({
            "label": part.label.as_str(),
            "sensitivity": word,
            "salt": part.salt[0],
            "body": std::str::from_utf8(&part.body).unwrap(),
        })
    };
    let all = json!({
        "header": header,
        "header_text": header.to_string(),
        "parts": parts.iter().map(part).collect::<Vec<_>>(),
    });
    format!("{}\n", serde_json::to_string_pretty(&all).unwrap())
}

fn read_golden(version: &str, name: &str) -> (Value, Vec<Part>) {
    let text = fs::read_to_string(golden(version, name)).unwrap();
    let mut all: Value = serde_json::from_str(&text).unwrap();
    let part = |part: &Value| Part {
        label: Label::parse(part["label"].as_str().unwrap()).unwrap(),
        sensitivity: sensitivity(part["sensitivity"].as_str().unwrap()),
        salt: [u8::try_from(part["salt"].as_u64().unwrap()).unwrap(); 32],
        body: part["body"].as_str().unwrap().as_bytes().to_vec(),
    };
    let parts = all["parts"].as_array().unwrap().iter().map(part).collect();
    (all["header"].take(), parts)
}

fn read_back(header: &Value, parts: &[Part]) -> Entry {
    stored::read(&stored::read_header(header).unwrap(), parts).unwrap()
}

#[test]
fn what_is_written_is_the_golden_file_byte_for_byte() {
    for (name, entry, outward) in entries() {
        let (header, parts) = stored::write(&procedure(), &entry, outward, &mut salts()).unwrap();
        let header = serde_json::to_value(&header).unwrap();
        let written = text_of(&header, &parts);
        let kept = fs::read_to_string(golden("v5", name)).unwrap_or_default();
        assert!(kept == written, "{name} is written as\n{written}");
    }
}

#[test]
fn what_was_written_is_read_as_it_was() {
    for (version, word, entries) in [
        (2, "v2", entries_of_version_2()),
        (3, "v3", entries_of_version_3()),
        (4, "v4", entries_of_version_4()),
        (5, "v5", entries()),
    ] {
        for (name, entry, outward) in entries {
            let (header, parts) = read_golden(word, name);
            assert_eq!(read_back(&header, &parts), entry, "{name}");
            let parsed = stored::parse_header(&header.to_string()).unwrap();
            assert_eq!(parsed.outward, outward, "{name}");
            assert_eq!(parsed.version, version);
        }
    }
    // Version 1 knew no files, and no entries but these two.
    for (name, entry) in [
        ("act", Entry::Act(Box::new(act()))),
        ("calendar_settled", settled()),
    ] {
        let (header, parts) = read_golden("v1", name);
        assert_eq!(header["version"], 1);
        assert_eq!(read_back(&header, &parts), entry, "{name}");
    }
}

#[test]
fn what_a_later_program_wrote_is_refused_as_such() {
    let later = |json: &Value, version: u32| {
        for read in [
            stored::read_header(json),
            stored::parse_header(&json.to_string()),
        ] {
            match read {
                Err(StoredError::UnknownVersion(found)) => assert_eq!(found, version),
                other => panic!("{other:?}"),
            }
        }
    };
    for (name, _, _) in entries() {
        let (mut header, _) = read_golden("v5", name);
        header["version"] = json!(6);
        later(&header, 6);
        header["version"] = json!(0);
        later(&header, 0);
    }
    later(
        &json!({"version": 6, "entry": {"kind": "of_another_age"}}),
        6,
    );
    // Of a known version, and yet of another shape: said differently.
    let torn = json!({"version": 2, "procedure": "penalty.ordinary", "entry": {"kind": "act"}});
    for read in [
        stored::read_header(&torn),
        stored::parse_header(&torn.to_string()),
    ] {
        assert!(matches!(read, Err(StoredError::Shape(_))), "{read:?}");
    }
}

#[test]
fn no_name_stands_in_a_header_of_any_kind() {
    for (name, entry, outward) in entries() {
        let (header, _) = stored::write(&procedure(), &entry, outward, &mut salts()).unwrap();
        let header = serde_json::to_value(&header).unwrap();
        let text = header.to_string();
        for personal in [
            "某",
            "p01",
            "p05",
            "录入",
            "保存期限",
            "6000000",
            "pdf",
            "群众",
            "纸质",
        ] {
            assert!(!text.contains(personal), "{name}: {personal} in {text}");
        }
    }
}

#[test]
fn what_is_left_of_an_entry_is_read() {
    for (name, entry, _) in entries() {
        let (header, parts) = read_golden("v5", name);
        let bare = read_back(&header, &[]);
        assert_eq!(bare.occurred(), entry.occurred(), "{name}");
        for gone in 0..parts.len() {
            let mut left = parts.clone();
            let gone = left.remove(gone);
            let read = read_back(&header, &left);
            assert!(
                read != entry,
                "{name}: {} held something",
                gone.label.as_str()
            );
            if gone.label.as_str() == "personal/party-1" {
                let names: Vec<&str> = match &read {
                    Entry::Act(act) => act.introduced.iter().map(|n| n.name.as_str()).collect(),
                    Entry::Corrected(it) => it.renamed.iter().map(|n| n.name.as_str()).collect(),
                    Entry::TakenOver(taken) => {
                        let all = taken.acts.iter().flat_map(|act| &act.introduced);
                        all.map(|n| n.name.as_str()).collect()
                    }
                    other => panic!("{other:?}"),
                };
                let kept: &[&str] = if name == "corrected" {
                    &[]
                } else {
                    &["李某"]
                };
                let expected: Vec<&str> = kept.iter().copied().chain([stored::DESTROYED]).collect();
                assert_eq!(names, expected, "{name}");
            }
        }
    }
}

#[test]
fn each_file_of_a_case_taken_over_is_a_part_of_its_own() {
    let (header, mut parts) = read_golden("v5", "taken_over");
    parts.retain(|part| part.label.as_str() != "personal/file-1");
    let Entry::TakenOver(taken) = read_back(&header, &parts) else {
        panic!("a case taken over")
    };
    let names = |at: usize| -> Vec<&str> {
        taken.acts[at]
            .files
            .iter()
            .map(|file| file.name.as_str())
            .collect()
    };
    assert_eq!(
        (names(0), names(1)),
        (vec!["现场照片.pdf"], vec!["询问笔录.pdf"])
    );
}

#[test]
fn every_entry_of_every_scenario_is_read_as_it_was_written() {
    let rules = rules();
    let procedure = procedure();
    let scenarios = scenario::parse(&rules).unwrap();
    let (mut entries, mut corrections) = (0, 0);
    let same = |entry: &Entry, name: &str| {
        let (header, parts) = stored::write(&procedure, entry, None, &mut salts()).unwrap();
        let header = serde_json::to_value(&header).unwrap();
        assert_eq!(&read_back(&header, &parts), entry, "{name}");
        let parsed = stored::parse_header(&header.to_string()).unwrap();
        assert_eq!(&stored::read(&parsed, &parts).unwrap(), entry, "{name}");
    };
    for one in scenarios.iter().filter(|one| one.procedure == procedure.id) {
        let (history, _) = scenario::run(one, &rules, &procedure);
        for entry in &history.entries {
            same(entry, &one.name);
            entries += 1;
        }
        let acts = history.entries.iter().map(|entry| match entry {
            Entry::Act(act) => act.as_ref().clone(),
            other => panic!("{other:?}"),
        });
        let taken = TakeOver {
            from: "纸质案卷".to_owned(),
            on: day("2026-12-01"),
            entered_by: "p01".to_owned(),
            approved_by: "p05".to_owned(),
            sheet: vec![file(0xc4, "批准.pdf")],
            acts: acts.collect(),
        };
        same(&Entry::TakenOver(Box::new(taken)), &one.name);
        if let Some(entry) = renaming(&history, one) {
            same(&entry, &one.name);
            corrections += 1;
        }
    }
    assert!(entries > 500 && corrections > 50, "{entries} {corrections}");
}

/// The first entry of a scenario, with another name for the party that it brought in.
fn renaming(history: &History, one: &scenario::Scenario) -> Option<Entry> {
    let Some(Entry::Act(act)) = history.entries.first() else {
        return None;
    };
    let mut context = Context::of(rules());
    context.people.extend(one.people.clone());
    let procedure = &history.case.procedure;
    let event = procedure.event(&act.event)?;
    let mut command = casework::command::Command::new(event, act.subject.number, act.occurred);
    for (id, json) in act.facts.iter().filter(|(id, _)| !id.contains('#')) {
        let fact = procedure.fact(id)?;
        command
            .facts
            .push((fact, procedure.facts[fact].from_json(json).ok()?));
    }
    for participant in &act.people {
        let role = procedure
            .roles
            .iter()
            .position(|role| role.id == participant.role)?;
        command.people.push((role, participant.person.clone()));
    }
    let renamed = NewSubject {
        name: "改过的名称".to_owned(),
        ..act.introduced.first()?.clone()
    };
    let request = CorrectionRequest {
        of: 1,
        within: 0,
        command,
        renamed: vec![renamed],
        reason: "录入时看错".to_owned(),
        asked_by: "王一".to_owned(),
        approved_by: "张局".to_owned(),
    };
    Some(correct(history, &context, &request, day("2030-01-01").into()).unwrap())
}
