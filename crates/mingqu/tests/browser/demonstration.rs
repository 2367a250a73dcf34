//! The demonstration: toured by a practitioner, and read from outside.

use crate::program::{Server, mingqu};
use crate::{is_sound, keep_pictures, plain, walked};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The demonstration as `cargo xtask run` starts it, followed by the tour.
#[test]
fn the_tour_has_no_dead_end() {
    let (_folder, data, out) = made();
    let server = Server::start(&data, None);
    walked("tour.mjs", &[&server.staff, plain(&out)]);
    keep_pictures(&out);
    server.stop();
    is_sound(&data, None);
}

/// Made as `cargo xtask run` makes it: a folder for what a journey brings home, and the data.
fn made() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    fs::create_dir(&out).expect("a folder");
    let (done, said) = mingqu(&["demo", "--data", plain(&data), "--no-serve"]);
    assert!(done && said.contains("演示资料已备好：12件案件"), "{said}");
    (folder, data, out)
}

#[test]
fn what_the_demonstration_discloses_is_found_and_checked() {
    let (_folder, data, out) = made();
    is_sound(&data, None);
    let portal = data.join("portal");
    let publications = fs::read_dir(portal.join("inbox"))
        .expect("there")
        .filter_map(|entry| entry.ok()?.path().extension().map(drop))
        .count();
    // Seven decisions wait for the portal, each under its place in the log; of the one that was withdrawn, the withdrawal.
    assert_eq!(publications, 7);
    assert!(
        portal.join("log/checkpoint").exists(),
        "signed and published"
    );

    let server = Server::start(&data, None);
    walked("public.mjs", &[&server.portal, plain(&out)]);
    keep_pictures(&out);
    server.stop();
    // With the portal gone, what was brought home is checked as its pages say.
    for command in strings(&out.join("instructions.json")) {
        is_typed(&out, &command);
    }
    is_sound(&data, None);
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
