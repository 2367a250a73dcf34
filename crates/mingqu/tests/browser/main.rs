//! Journeys in a real browser: the slice on either database, its proof in the hands of two verifiers, and a case that does
//! not go smoothly.

use program::{Server, mingqu, repository};
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use testkit::date::MovedDate;

const HOW_TO_GET_IT: &str = "The journey needs: apt-get install -y --no-install-recommends chromium chromium-l10n fonts-noto-cjk nodejs npm golang-go golang-golang-x-mod-dev, and `npm ci` in e2e/";

mod demonstration;
mod program;

fn go(folder: &Path, bundle: &Path, key: &Path) -> (bool, String) {
    let output = Command::new("go")
        .args(["run", "main.go"])
        .args([bundle, key])
        .current_dir(repository().join("e2e/verify-go"))
        .env("GO111MODULE", "off")
        .env("GOPATH", "/usr/share/gocode")
        .env("GOFLAGS", "")
        .env("GOCACHE", folder.join("go-cache"))
        .output()
        .unwrap_or_else(|error| panic!("{error}. {HOW_TO_GET_IT}"));
    (
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

/// Walks a journey to its end.
fn walked(journey: &str, arguments: &[&str]) {
    let walk = Command::new("node")
        .arg(journey)
        .args(arguments)
        .current_dir(repository().join("e2e"))
        .output()
        .unwrap_or_else(|error| panic!("{error}. {HOW_TO_GET_IT}"));
    let said = String::from_utf8_lossy(&walk.stderr);
    assert!(walk.status.success(), "{journey}: {said}\n{HOW_TO_GET_IT}");
}

fn plain(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// Walks the slice and has its proof verified.
fn walk(database: Option<&str>) {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let out = folder.path().join("out");
    fs::create_dir(&out).expect("a folder");
    let server = Server::start(&data, database);
    walked("slice.mjs", &[&server.staff, &server.portal, plain(&out)]);
    keep_pictures(&out);
    verify(
        folder.path(),
        &out.join("bundle.json"),
        &out.join("log.vkey"),
    );
    server.stop();
    is_sound(&data, database);
}

/// The whole log is calculated again.
fn is_sound(data: &Path, database: Option<&str>) {
    let mut arguments = vec!["ledger", "verify", "--data", plain(data)];
    if let Some(url) = database {
        arguments.extend(["--database", url]);
    }
    let (sound, said) = mingqu(&arguments);
    assert!(sound && said.contains("未发现不一致"), "{said}");
}

/// Walks the case that does not go smoothly, each step on its day, by the keyboard alone.
fn walk_the_rough_way(database: Option<&str>) {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let out = folder.path().join("out");
    fs::create_dir(&out).expect("a folder");
    let journey = fs::read(repository().join("e2e/rough.json")).expect("there");
    let journey: serde_json::Value = serde_json::from_slice(&journey).expect("JSON");
    let first_day = journey["steps"][0]["on"].as_str().expect("a day");
    let date = MovedDate::new();
    date.start_at(
        format!("{first_day}T08:00:00+08:00")
            .parse()
            .expect("a day"),
    );
    let server = Server::start_in(&data, database, date.environment());
    let place = [&server.staff, &server.portal, plain(&out)];
    walked(
        "rough.mjs",
        &[place.as_slice(), &[plain(&date.file())]].concat(),
    );
    keep_pictures(&out);
    server.stop();
    is_sound(&data, database);
}

/// Copies the pictures to the folder that `MINGQU_PICTURES` names: how those of the documentation are made.
#[expect(
    clippy::disallowed_methods,
    reason = "an option for whoever runs the test"
)]
fn keep_pictures(out: &Path) {
    let Some(folder) = std::env::var_os("MINGQU_PICTURES") else {
        return;
    };
    for entry in fs::read_dir(out).expect("there") {
        let picture = entry.expect("there").path();
        if picture
            .extension()
            .is_some_and(|extension| extension == "png")
        {
            let name = picture.file_name().expect("a file");
            fs::copy(&picture, Path::new(&folder).join(name)).expect("copied");
        }
    }
}

/// Ours and Go's accept the file as downloaded, and both refuse it once one letter of the content is changed.
fn verify(folder: &Path, bundle: &Path, key: &Path) {
    let paths = |bundle: &Path| {
        [
            bundle.to_str().expect("plain").to_owned(),
            key.to_str().expect("plain").to_owned(),
        ]
    };
    let ours = |bundle: &Path| {
        let [bundle, key] = paths(bundle);
        mingqu(&["ledger", "verify", "--bundle", &bundle, "--key", &key])
    };
    let (accepted, said) = ours(bundle);
    assert!(accepted && said.contains("校验通过"), "{said}");
    assert_eq!(go(folder, bundle, key), (true, "OK".to_owned()));

    let mut changed: serde_json::Value =
        serde_json::from_slice(&fs::read(bundle).expect("there")).expect("JSON");
    let body = changed["part"]["body"].as_str().expect("text").to_owned();
    let (first, rest) = body.split_at_checked(1).expect("not empty");
    changed["part"]["body"] = format!("{}{rest}", if first == "e" { "f" } else { "e" }).into();
    let file = folder.join("changed.json");
    fs::write(&file, changed.to_string()).expect("written");
    let (accepted, said) = ours(&file);
    assert!(!accepted && said.contains("公示内容被改动"), "{said}");
    assert!(!go(folder, &file, key).0, "Go refuses it too");
}

/// The islands are JavaScript that says its types; the compiler of TypeScript holds them to it, for the browsers that we
/// promise.
#[test]
fn the_islands_keep_their_types() {
    let checked = Command::new("node")
        .arg("node_modules/typescript/bin/tsc")
        .args(["--project", "islands.tsconfig.json"])
        .current_dir(repository().join("e2e"))
        .output()
        .unwrap_or_else(|error| panic!("{error}. {HOW_TO_GET_IT}"));
    assert!(
        checked.status.success(),
        "{}{}\n{HOW_TO_GET_IT}",
        String::from_utf8_lossy(&checked.stdout),
        String::from_utf8_lossy(&checked.stderr)
    );
}

#[test]
fn the_form_with_its_islands() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    fs::create_dir(&out).expect("a folder");
    let server = Server::start(&folder.path().join("data"), None);
    walked("form.mjs", &[&server.staff, plain(&out)]);
    keep_pictures(&out);
    server.stop();
}

#[test]
fn the_slice_on_sqlite() {
    walk(None);
}

#[test]
fn the_slice_on_postgresql() {
    let database = testkit::postgres::fresh_database();
    walk(Some(&database.url()));
}

#[test]
fn the_rough_way_on_sqlite() {
    walk_the_rough_way(None);
}

#[test]
fn a_rules_file_with_a_mistake_keeps_the_program_from_starting() {
    let folder = tempfile::tempdir().expect("a folder");
    let rules = folder.path().join("rules");
    let copied = Command::new("cp")
        .arg("-r")
        .arg(repository().join("rules"))
        .arg(&rules)
        .status();
    assert!(copied.expect("cp is there").success());
    let settings = rules.join("settings.kdl");
    let mut text = fs::read_to_string(&settings).expect("there");
    text.push_str("\n谁定 x y\n");
    fs::write(&settings, &text).expect("written");
    let line = text.lines().count();
    let data = folder.path().join("data");
    let mut child = Command::new(env!("CARGO_BIN_EXE_mingqu"))
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--portal",
            "127.0.0.1:0",
            "--data",
        ])
        .arg(&data)
        .arg("--rules")
        .arg(&rules)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("just built");
    let mut said = String::new();
    child
        .stderr
        .take()
        .expect("piped")
        .read_to_string(&mut said)
        .expect("text");
    assert!(!child.wait().expect("ended").success());
    assert!(
        said.contains(&format!("settings.kdl:{line}:1")) && said.contains("谁定"),
        "{said}"
    );
    assert!(!data.exists(), "nothing was touched");
}
