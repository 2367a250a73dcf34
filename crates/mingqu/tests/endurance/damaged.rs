//! Files that lost their end: the program says so, and never panics.

use crate::client::{Client, demo_acts};
use crate::place::{Acting, Place, said};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::path::Path;

/// A copy of the data folder, with this file cut to this length.
fn cut(place: &Place, file: &str, length: u64) -> Place {
    let copy = Place::sqlite();
    fs::create_dir(copy.data()).expect("a folder");
    for entry in fs::read_dir(place.data()).expect("there") {
        let path = entry.expect("there").path();
        if path.is_file() {
            let name = path.file_name().expect("a file");
            fs::copy(&path, copy.data().join(name)).expect("copied");
        }
    }
    truncate(&copy.data().join(file), length);
    copy
}

fn truncate(path: &Path, length: u64) {
    let file = File::options().write(true).open(path).expect("there");
    file.set_len(length).expect("cut");
}

#[test]
fn a_truncated_database_is_named_and_not_worked_on() {
    let place = Place::sqlite();
    let acting = Acting::on(&place, &[]);
    let mut client = Client::new();
    let page = 4096;
    let file = place.data().join("record.sqlite");
    let length = || fs::metadata(&file).map_or(0, |file| file.len());
    // One commit each, until SQLite has moved most of it from the log beside the file into the file.
    while length() < 20 * page {
        assert!(client.acknowledged.len() < 2_000, "it never does");
        client.ask(1);
        client.complete(&acting);
    }
    assert_eq!(acting.finish().1, Some(0));
    let whole = length();
    // Without the log beside it: that holds the last pages once more, and SQLite would mend the file from it.
    for beside in ["record.sqlite-wal", "record.sqlite-shm"] {
        let beside = place.data().join(beside);
        assert!(!beside.exists() || fs::remove_file(beside).is_ok());
    }
    for length in [0, 50, 3 * page + 100, whole / 2, whole - page] {
        let copy = cut(&place, "record.sqlite", length);
        let (is_sound, said_of_log) = copy.verify();
        let (is_started, said_at_start) = said(&mut copy.command(&["act"]));
        assert!(
            !is_sound && !said_of_log.is_ascii(),
            "{length} of {whole}: {said_of_log}"
        );
        // An empty file is a new record to the program; that there was one is known to `verify` and the portal only.
        assert!(
            length == 0 || !is_started && !said_at_start.is_ascii(),
            "{length} of {whole}: {said_at_start}"
        );
        for text in [said_of_log, said_at_start] {
            assert!(!text.contains("panicked"), "{length} of {whole}: {text}");
        }
    }
}

/// Records the demonstration case up to its publication; what of it the public got.
fn published(place: &Place, acting: &Acting) -> std::path::PathBuf {
    let mut case = None;
    for (at, act) in demo_acts().into_iter().enumerate() {
        let line = match &case {
            None => {
                json!({ "key": format!("demo-{at}"), "procedure": "penalty.ordinary", "act": act })
            }
            Some(case) => json!({ "key": format!("demo-{at}"), "case": case, "act": act }),
        };
        acting.send(vec![line.to_string()]);
        let answer = acting.hear();
        case = Some(answer["case"].clone()).filter(Value::is_string);
        assert!(case.is_some(), "{answer}");
    }
    let portal = fs::read_dir(place.data().join("portal/inbox")).expect("there");
    let mut files = portal.map(|entry| entry.expect("there").path());
    files
        .find(|path| path.extension().is_some_and(|it| it == "json"))
        .expect("the case was disclosed")
}

#[test]
fn a_truncated_log_of_sqlite_is_found_by_an_outside_checkpoint() {
    let place = Place::sqlite();
    let acting = Acting::on(&place, &[]);
    let bundle = published(&place, &acting);
    let kept = place.folder.path().join("kept.json");
    fs::copy(&bundle, &kept).expect("copied");
    let mut client = Client::new();
    client.ask(20);
    client.complete(&acting);
    // Killed, so that what was recorded last is in the log beside the file.
    acting.kill();
    let whole = fs::metadata(place.data().join("record.sqlite-wal"))
        .expect("there")
        .len();
    assert!(whole > 100_000, "the log holds it all: {whole}");
    for length in [0, 10, 32 + 4096, whole / 4, whole / 3 + 7] {
        let copy = cut(&place, "record.sqlite-wal", length);
        let mut verify = copy.command(&["ledger", "verify", "--against"]);
        let (is_sound, said) = said(verify.arg(&kept));
        assert!(!is_sound, "{length} of {whole}: {said}");
        assert!(
            !said.contains("panicked") && !said.is_ascii(),
            "{length} of {whole}: {said}"
        );
    }
}
