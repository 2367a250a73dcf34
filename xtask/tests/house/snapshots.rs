//! Stored snapshots belong to a test. Whether the test still compares them is seen when the tests run, by `cargo xtask test`.

use crate::tree::{self, File};
use crate::{assert_caught, assert_none};

/// Snapshots without the source they name, and snapshots that wait for somebody's eye.
fn stray(files: &[File], all_paths: &[&str]) -> Vec<String> {
    let mut offences = Vec::new();
    for file in files.iter().filter(|file| file.has_extension("snap")) {
        let source = file
            .text
            .lines()
            .skip(1)
            .take_while(|line| *line != "---")
            .find_map(|line| line.strip_prefix("source: "));
        match source {
            None => offences.push(format!(
                "{} does not say which test it belongs to",
                file.path
            )),
            Some(source) if !files.iter().any(|other| other.path == source) => {
                offences.push(format!("{} belongs to {source}, which is gone", file.path));
            }
            Some(_) => {}
        }
    }
    let is_pending = |path: &str| path.ends_with(".snap.new") || path.ends_with(".pending-snap");
    let pending = all_paths.iter().filter(|path| is_pending(path));
    offences.extend(pending.map(|path| format!("{path} waits to be reviewed")));
    offences
}

#[test]
fn every_snapshot_has_its_test_and_none_is_pending() {
    // Pending ones are ignored by git, hence looked for on the disk.
    let mut waiting = vec![tree::root().join("crates"), tree::root().join("xtask")];
    let mut paths = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder)
            .expect("a folder of the tree can be read")
            .flatten()
        {
            if entry.path().is_dir() {
                waiting.push(entry.path());
            } else {
                paths.push(entry.path().display().to_string());
            }
        }
    }
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    assert_none(&stray(&tree::files(), &paths));
}

#[test]
fn stray_snapshots_are_caught() {
    let files = [
        File::new("crates/a/src/lib.rs", ""),
        File::new(
            "crates/a/src/snapshots/a__kept.snap",
            "---\nsource: crates/a/src/lib.rs\n---\nx",
        ),
        File::new(
            "crates/a/src/snapshots/a__gone.snap",
            "---\nsource: crates/a/src/old.rs\n---\nx",
        ),
        File::new(
            "crates/a/src/snapshots/a__mute.snap",
            "---\nexpression: y\n---\nsource: crates/a/src/lib.rs",
        ),
    ];
    assert_caught(
        &stray(
            &files,
            &[
                "crates/a/src/snapshots/a__new.snap.new",
                "crates/a/src/.lib.rs.pending-snap",
            ],
        ),
        &[
            "belongs to crates/a/src/old.rs",
            "a__mute.snap does not say",
            "a__new.snap.new waits",
            ".lib.rs.pending-snap waits",
        ],
    );
}
