//! The demonstration: toured by a practitioner, and read from outside.

use crate::program::{Server, mingqu};
use crate::{is_sound, keep_pictures, plain, verify, walked};
use proof::{Bundle, VerifierKey};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The demonstration as `cargo xtask run` starts it, carried to another folder by a backup, followed by the tour.
#[test]
fn the_tour_has_no_dead_end() {
    let (folder, made, out) = made();
    is_sound(&made, None);
    let (backup, data) = (folder.path().join("backup"), folder.path().join("restored"));
    for (done_by, said_at_the_end) in [
        (
            [
                "backup",
                "--data",
                plain(&made),
                "--to",
                plain(&backup),
                "--with-keys",
            ]
            .as_slice(),
            "已备份到",
        ),
        (
            &["restore", "--data", plain(&data), "--from", plain(&backup)],
            "已从记录重做查询表",
        ),
        // It is the demonstration still: its own agency, its own clock, and nothing to make once more.
        (
            &["demo", "--data", plain(&data), "--no-serve"],
            "演示资料已经备好",
        ),
    ] {
        let (done, said) = mingqu(done_by);
        assert!(done && said.contains(said_at_the_end), "{said}");
    }
    let server = Server::start(&data, None);
    walked("tour.mjs", &[&server.staff, plain(&out)]);
    keep_pictures(&out);
    server.stop();
    is_sound(&data, None);
}

/// A hearing threshold is changed from a day on: seen beforehand, approved by another, and it holds by the day of the notice.
/// Then an item is listed and drawn for, and an inspection opened out of the draw, by the keyboard alone.
#[test]
fn a_changed_threshold_holds_from_its_day() {
    let (folder, data, out) = made();
    let lines = folder.path().join("acts.jsonl");
    fs::write(&lines, two_proposals()).expect("written");
    let (done, said) = mingqu(&["act", "--data", plain(&data), "--rehearse", plain(&lines)]);
    let answers: Vec<Value> = said
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let case = answers.first().and_then(|it| it["case"].as_str());
    let case = case.filter(|_| done).unwrap_or_else(|| panic!("{said}"));
    let server = Server::start(&data, None);
    walked("law.mjs", &[&server.staff, plain(&out), case]);
    walked("registers.mjs", &[&server.staff, plain(&out)]);
    keep_pictures(&out);
    server.stop();
    is_sound(&data, None);
}

/// A case with two parties and an approved proposal of 60,000 yuan for each, as lines of `mingqu act`.
fn two_proposals() -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "the demonstration begins today, and so does the case"
    )]
    let today = app::ports::legal_moment(jiff::Timestamp::now()).day;
    let on = |days_ago: i32| today.plus_days(-days_ago).to_string();
    let people = |leader: bool| {
        let mut all = vec![
            json!({"role": "handler", "person": "p01"}),
            json!({"role": "handler", "person": "p02"}),
        ];
        if leader {
            all.push(json!({"role": "leader", "person": "p05"}));
        }
        all
    };
    let party = |name: &str| json!([{"kind": "party", "name": name, "facts": {"party_kind": "legal_person"}}]);
    let fine = json!({"kinds": ["fine"], "fine": 6_000_000, "confiscation": 0});
    let proposal = |number: u32| {
        json!({"event": "penalty_proposal", "number": number, "occurred": on(2), "people": people(false), "facts": {
            "item": "P-SF69-1", "proposed_penalty": fine, "circumstances": ["ordinary"], "cites_benchmark": true,
            "departs_from_benchmark": false, "crime_suspected": false, "is_complex_or_grave": true,
            "concerns_public_interest": false, "concerns_major_rights": false, "is_difficult": false,
            "review_by_law": false, "may_affect_society": false, "within_review_scope": true,
        }})
    };
    let approval = |number: u32| {
        json!({"event": "proposal_approval", "number": number, "occurred": on(1), "people": [
            {"role": "unit_head", "person": "p04"}, {"role": "leader", "person": "p05"},
        ]})
    };
    let acts = [
        json!({"event": "lead_registration", "occurred": on(6), "people": people(false), "introduces": party("演起点一公司"), "facts": {
            "lead_source": "patrol", "discovery_date": on(6), "lead_content": "两家公司共用一处取水口，没有取水许可证。",
        }}),
        json!({"event": "site_inspection", "occurred": on(5), "people": people(false), "introduces": party("演起点二公司"), "facts": {
            "credential_shown": true, "note_signature": "signed", "audio_video": true, "record_content": "取水口一处，两家公司各有一台泵。",
        }}),
        json!({"event": "case_filing", "occurred": on(4), "people": people(true), "facts": {
            "cause": "未经批准擅自取水", "suspected_provision": "水法第四十八条", "basin": "haihe", "water_source": "surface",
            "violation_fact_exists": true, "penalty_due_by_law": true, "own_jurisdiction": true, "within_limitation": true,
            "place_in_area": true, "no_earlier_filing": true, "limitation_kind": "two_years", "violation_continues": true,
            "is_delegated": false, "violation_place": "漳河市演水镇河口村",
        }}),
        json!({"event": "investigation_conclusion", "occurred": on(3), "people": people(false), "facts": {
            "violation_facts": "两家公司未经批准擅自取水", "evidence_verified": true, "no_illegal_evidence": true,
        }}),
        proposal(1),
        proposal(2),
        approval(1),
        approval(2),
    ];
    let lines = acts.into_iter().enumerate().map(|(at, act)| {
        let mut line = json!({"key": format!("threshold-{at}"), "act": act});
        if at == 0 {
            line["procedure"] = "penalty.ordinary".into();
            line["as"] = "two".into();
        } else {
            line["case"] = "two".into();
        }
        format!("{line}\n")
    });
    lines.collect()
}

/// Whether a file for the portal, named by its place in the log and its publication, shows a row of a list.
fn is_of_list(name: &str) -> bool {
    let lists = [
        "people-",
        "entities-",
        "items-",
        "benchmarks-",
        "review-catalog-",
        "scenes-",
        "inspection-items-",
        "guides-",
        "flowcharts-",
        "policies-",
        "phrases-",
        "windows-",
        "devices-",
    ];
    let of = name
        .split_once('-')
        .map_or(name, |(_, publication)| publication);
    lists.iter().any(|list| of.starts_with(list))
}

/// Made as `cargo xtask run` makes it: a folder for what a journey brings home, and the data.
fn made() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    fs::create_dir(&out).expect("a folder");
    let (done, said) = mingqu(&["demo", "--data", plain(&data), "--no-serve"]);
    assert!(done && said.contains("演示资料已备好：29件案件"), "{said}");
    (folder, data, out)
}

#[test]
fn what_the_demonstration_discloses_is_found_checked_and_corrected() {
    let (folder, data, out) = made();
    is_sound(&data, None);
    let portal = data.join("portal");
    let names: Vec<String> = fs::read_dir(portal.join("inbox"))
        .expect("there")
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    // Rows of lists are known by the list; a publication of a case by its id.
    let lists = ["items-", "policies-", "flowcharts-", "people-"];
    for list in lists {
        let shown = names.iter().any(|name| name.contains(&format!("-{list}")));
        assert!(shown, "{list} is shown to the public");
    }
    let of_cases = names.iter().filter(|name| !is_of_list(name));
    let publications = of_cases.count();
    // Seven penalties, two results of inspections and a license wait for the portal, each under its place in the log; of the
    // penalty that was withdrawn, the withdrawal.
    assert_eq!(publications, 10);
    assert!(
        portal.join("log/checkpoint").exists(),
        "signed and published"
    );

    let server = Server::start(&data, None);
    walked("public.mjs", &[&server.portal, plain(&out)]);
    keep_pictures(&out);
    let cases = fs::read_to_string(data.join("demo-cases.json")).expect("there");
    let cases: Value = serde_json::from_str(&cases).expect("JSON");
    let case = cases["well-without-meter"].as_str().expect("its case");
    let desk = |server: &Server, what: &[&str]| {
        let place = [&server.staff, &server.portal, plain(&out), case];
        walked("correction.mjs", &[place.as_slice(), what].concat());
    };
    desk(&server, &["read"]);
    server.stop();
    // With the portal gone, what was brought home is checked as its pages say.
    for command in strings(&out.join("instructions.json")) {
        is_typed(&out, &command);
    }
    the_identity_is_corrected(&data, &out, case, desk);
    keep_pictures(&out);
    verify(
        folder.path(),
        &out.join("corrected.json"),
        &out.join("log.vkey"),
    );
    is_sound(&data, None);
}

const OLD_NAME: &str = "漳河市演川新型建材有限公司";
const NEW_NAME: &str = "漳河市演穿新型建材有限公司";

/// The party of a disclosed decision had another name: corrected in the record, then outside.
fn the_identity_is_corrected(data: &Path, out: &Path, case: &str, desk: impl Fn(&Server, &[&str])) {
    let portal = data.join("portal");
    let key = fs::read_to_string(out.join("log.vkey")).expect("downloaded");
    let key = VerifierKey::parse(key.trim()).expect("a key");
    let with = |name: &str| files_with(&portal, &key, name);
    assert!(!with(OLD_NAME).is_empty(), "it was shown");
    let entry = fs::read_to_string(out.join("entry.json")).expect("read before");
    let entry: Value = serde_json::from_str(&entry).expect("JSON");
    let occurred = entry["occurred"].as_str().expect("a moment");
    let day = occurred.split('T').next().expect("a day");
    let asked = json!({
        "of": 1, "reason": "当事人名称录入错误", "asked_by": "p01", "approved_by": "p04",
        "renamed": [{"kind": "party", "number": 1, "name": NEW_NAME}],
        "act": {
            "event": "lead_registration", "occurred": occurred,
            "people": [{"role": "handler", "person": "p01"}, {"role": "handler", "person": "p02"}],
            "facts": {
                "lead_source": "patrol", "discovery_date": day,
                "lead_content": "取用水专项检查发现厂区有一眼取水井，没有上传过计量数据。",
            },
        },
    });
    let file = out.join("correct.json");
    fs::write(&file, asked.to_string()).expect("written");
    let (done, said) = mingqu(&[
        "record",
        "--data",
        plain(data),
        "--rehearse",
        "correct",
        "--case",
        case,
        "--from",
        plain(&file),
    ]);
    assert!(done, "{said}");
    let server = Server::start(data, None);
    desk(&server, &["correct", OLD_NAME, NEW_NAME]);
    server.stop();
    assert_eq!(
        with(OLD_NAME),
        [] as [PathBuf; 0],
        "no file of the portal holds the old name"
    );
    assert!(!with(NEW_NAME).is_empty());
}

/// The files below a folder that hold this text, as it is or as what a bundle shows.
fn files_with(folder: &Path, key: &VerifierKey, text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("there") {
        let path = entry.expect("there").path();
        if path.is_dir() {
            found.extend(files_with(&path, key, text));
            continue;
        }
        let bytes = fs::read(&path).expect("there");
        let shown = Bundle::parse(&bytes).and_then(|bundle| bundle.verify(key));
        let shown = shown.map(|it| it.body).unwrap_or_default();
        let holds = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(text);
        if holds(&bytes) || holds(&shown) {
            found.push(path);
        }
    }
    found
}

/// Types a command of a page, where the downloads are and the program is at hand.
fn is_typed(folder: &Path, command: &str) {
    let program = Path::new(env!("CARGO_BIN_EXE_mingqu"));
    let place = program.parent().expect("in a folder");
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .env("PATH", format!("{}:/usr/bin:/bin", plain(place)))
        .output()
        .expect("sh is there");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("校验通过"),
        "{command}: {said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn strings(file: &Path) -> Vec<String> {
    let text = fs::read(file).expect("the journey wrote it");
    let all: Vec<String> = serde_json::from_slice(&text).expect("JSON");
    assert!(!all.is_empty(), "{}", file.display());
    all
}
