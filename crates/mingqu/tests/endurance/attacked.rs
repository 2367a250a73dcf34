//! Whoever holds the machine tries to get past a gate: with other rules, another agency file, an older backup, a request
//! caught on its way, an administrator's account. Each is refused, or a verification names it.

use crate::client::{Client, demo_acts};
use crate::place::{Acting, Place, said};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROCEDURE: &str = "penalty.ordinary";

/// A copy of the shipped rules in which one range begins at a hundredth.
fn edited_rules(folder: &Path) -> PathBuf {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).expect("made");
        for entry in fs::read_dir(from).expect("rules") {
            let path = entry.expect("read").path();
            let target = to.join(path.file_name().expect("a name"));
            if path.is_dir() {
                copy(&path, &target);
            } else {
                fs::copy(&path, &target).expect("copied");
            }
        }
    }
    let rules = folder.join("rules");
    copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules"),
        &rules,
    );
    let file = rules.join("items/water_law.kdl");
    let text = fs::read_to_string(&file).expect("the items");
    let (before, item) = text.split_once("事项 P-SF69-2 {").expect("the item");
    let item = item.replacen("最低=20000 ", "最低=200 ", 1);
    fs::write(&file, format!("{before}事项 P-SF69-2 {{{item}")).expect("written");
    rules
}

/// The demonstration case with a hundredth of the fine.
fn light_acts() -> Vec<Value> {
    fn lighter(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value.as_u64() {
                        Some(fen) if name == "fine" => *value = json!(fen / 100),
                        _ => lighter(value),
                    }
                }
            }
            Value::Array(values) => values.iter_mut().for_each(lighter),
            _ => {}
        }
    }
    let mut acts = demo_acts();
    acts.iter_mut().for_each(lighter);
    acts
}

/// Asks for the acts of a case, one after the other; the answers.
fn perform(acting: Acting, acts: &[Value], name: &str) -> Vec<Value> {
    let lines = acts.iter().enumerate().map(|(at, act)| {
        let key = format!("{name}-{at}");
        let line = match at {
            0 => json!({ "key": key, "procedure": PROCEDURE, "as": name, "act": act }),
            _ => json!({ "key": key, "case": name, "act": act }),
        };
        line.to_string()
    });
    acting.send(lines.collect());
    let (mut answers, _) = acting.finish();
    answers.sort_by_key(|answer| answer["line"].as_u64());
    answers
}

fn recorded(answers: &[Value]) -> usize {
    let is_recorded = |answer: &&Value| answer.get("version").is_some();
    answers.iter().filter(is_recorded).count()
}

/// How many entries the log of a place has.
fn size(place: &Place) -> u64 {
    let (_, said) = place.verify();
    let (_, rest) = said.split_once("全部 ").expect("it counts them");
    let (count, _) = rest.split_once(' ').expect("a number");
    count.parse().expect("a number")
}

fn environment(name: &'static str, path: &Path) -> [(&'static str, String); 1] {
    [(name, path.display().to_string())]
}

#[test]
fn edited_rules_are_named_by_the_first_entry_under_them() {
    let place = Place::sqlite();
    let folder = tempfile::tempdir().expect("a folder");
    let rules = edited_rules(folder.path());
    let acts = light_acts();

    // As shipped, the law has the last word.
    let answers = perform(Acting::on(&place, &[]), &acts, "lawful");
    let refusal = answers
        .iter()
        .find(|answer| answer.get("refused").is_some());
    let refusal = refusal.expect("the fine is out of range").to_string();
    assert!(refusal.contains("20,000.00"), "{refusal}");
    assert!(recorded(&answers) < acts.len(), "no decision");
    let (is_sound, text) = place.verify();
    assert!(is_sound && text.contains("规则    从第 0 条起"), "{text}");

    // With other files beside the program everything passes, and says by which rules.
    let from = size(&place);
    let edited = environment("MINGQU_RULES", &rules);
    let answers = perform(Acting::on(&place, &edited), &acts, "unlawful");
    assert_eq!(recorded(&answers), acts.len(), "{answers:?}");
    let (is_sound, text) = place.verify();
    assert!(!is_sound, "{text}");
    assert!(text.contains(&format!("从第 {from} 条（")), "{text}");
    assert!(text.contains("不是本程序自带的"), "{text}");

    // Whoever does want these rules says so.
    let mut digest = Command::new(env!("CARGO_BIN_EXE_mingqu"));
    let (_, digest) = said(digest.args(["law", "digest", "--rules"]).arg(&rules));
    let mut verify = place.command(&["ledger", "verify", "--also-rules", digest.trim()]);
    let (is_sound, text) = said(&mut verify);
    assert!(is_sound, "{text}");
}

#[test]
fn a_process_under_other_rules_stops_the_others() {
    let place = Place::postgres();
    let folder = tempfile::tempdir().expect("a folder");
    let rules = edited_rules(folder.path());
    let genuine = Acting::on(&place, &[]);
    let mut client = Client::new();
    client.ask(1);
    client.complete(&genuine);
    let edited = environment("MINGQU_RULES", &rules);
    let answers = perform(Acting::on(&place, &edited), &demo_acts(), "other");
    assert!(recorded(&answers) > 0, "{answers:?}");
    client.ask(1);
    genuine.send(client.open_lines());
    let answer = genuine.hear().to_string();
    assert!(answer.contains("另一套规则"), "{answer}");
}

#[test]
fn a_file_of_the_agency_that_gives_more_power_does_not_start() {
    let place = Place::sqlite();
    let folder = tempfile::tempdir().expect("a folder");
    let shipped = include_str!("../../assets/agency.json");
    let mut agency: Value = serde_json::from_str(shipped).expect("JSON");
    agency["demonstration"] = json!(false);
    let file = folder.path().join("agency.json");
    let write = |agency: &Value| fs::write(&file, agency.to_string()).expect("written");
    let command = |subcommand: &[&str]| {
        let mut command = place.command(subcommand);
        command.env("MINGQU_AGENCY", &file);
        command
    };
    write(&agency);
    let (is_done, text) = said(&mut command(&["ledger", "rebuild", "--check"]));
    assert!(is_done, "{text}");
    let begun = size(&place);

    // Nobody's hand is needed to rehearse: in earnest there is no rehearsing.
    let acting = Acting::on(&place, &environment("MINGQU_AGENCY", &file));
    let answers = perform(acting, &demo_acts(), "rehearsed");
    assert_eq!(recorded(&answers), 0, "{answers:?}");
    assert!(
        answers[0].to_string().contains("不是演示机关"),
        "{answers:?}"
    );
    let (is_done, text) = said(&mut command(&["demo", "--case", "small", "--no-serve"]));
    assert!(!is_done && text.contains("不是演示机关"), "{text}");

    for (change, says) in [
        (("/demonstration", json!(true)), "不能改为演示机关"),
        (("/people/0/roles/0", json!("legal_reviewer")), "人员"),
        (("/accounts/0/person", json!("p06")), "账户"),
    ] {
        let mut changed = agency.clone();
        let (place_of, value) = change;
        *changed.pointer_mut(place_of).expect("it is there") = value;
        write(&changed);
        let (is_done, text) = said(&mut command(&["ledger", "rebuild", "--check"]));
        assert!(!is_done && text.contains(says), "{place_of}: {text}");
    }
    assert_eq!(size(&place), begun, "nothing was left behind");
}

#[test]
fn an_older_backup_that_went_on_otherwise_is_named_by_the_published_tiles() {
    let place = Place::sqlite();
    let acting = Acting::on(&place, &[]);
    let mut client = Client::new();
    client.ask(3);
    client.complete(&acting);
    acting.finish();
    let shared = size(&place);
    let backup = place.folder.path().join("early.backup");
    let backup = backup.to_str().expect("a plain path");
    let (is_done, text) = said(&mut place.command(&["backup", "--with-keys", "--to", backup]));
    assert!(is_done, "{text}");
    // What followed was published, and stands with the public.
    let (is_done, text) = said(&mut place.command(&["demo", "--case", "small", "--no-serve"]));
    assert!(is_done, "{text}");
    let public = place.data().join("portal");

    let other = Place::sqlite();
    let (is_done, text) = said(&mut other.command(&["restore", "--from", backup]));
    assert!(is_done, "{text}");
    let answers = perform(Acting::on(&other, &[]), &demo_acts(), "instead");
    assert_eq!(recorded(&answers), demo_acts().len(), "{answers:?}");
    // By itself it is without a fault; whoever kept what was published sees where the two part.
    let (is_sound, text) = other.verify();
    assert!(is_sound, "{text}");
    let public = public.to_str().expect("a plain path");
    let (is_sound, text) = said(&mut other.command(&["ledger", "verify", "--against", public]));
    assert!(!is_sound, "{text}");
    assert!(
        text.contains(&format!("第 {shared} 条")),
        "{shared}: {text}"
    );
}
