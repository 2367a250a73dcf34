//! Journeys in a real browser: the slice on either database, its proof in the hands of two verifiers, and a case that does
//! not go smoothly.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use testkit::date::MovedDate;

const HOW_TO_GET_IT: &str = "The journey needs: apt-get install -y --no-install-recommends chromium chromium-l10n fonts-noto-cjk nodejs npm golang-go golang-golang-x-mod-dev, and `npm ci` in e2e/";

/// The program under test, stopped when dropped.
struct Server {
    child: Child,
    staff: String,
    portal: String,
}

impl Server {
    fn start(data: &Path, database: Option<&str>) -> Server {
        Server::start_in(data, database, [])
    }

    /// With more in its environment.
    fn start_in<const N: usize>(
        data: &Path,
        database: Option<&str>,
        environment: [(&str, PathBuf); N],
    ) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mingqu"));
        command
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--portal",
                "127.0.0.1:0",
                "--data",
            ])
            .arg(data)
            .envs(environment);
        if let Some(url) = database {
            command.args(["--database", url]);
        }
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program was just built");
        let mut lines = BufReader::new(child.stdout.take().expect("piped above")).lines();
        // The addresses are printed once both are open: nothing to wait for besides.
        let mut address = || {
            let line = lines.next().expect("an address or the end").expect("text");
            line.split_whitespace()
                .last()
                .expect("an address")
                .to_owned()
        };
        let (staff, portal) = (address(), address());
        Server {
            child,
            staff,
            portal,
        }
    }

    /// Asks it to stop, as the system would, and sees that it does so cleanly.
    fn stop(mut self) {
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        assert!(asked.expect("kill is there").success());
        assert!(
            self.child.wait().expect("it was started").success(),
            "a clean end"
        );
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After a clean stop there is nothing left to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn mingqu(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_mingqu"))
        .args(arguments)
        .output()
        .expect("just built");
    (
        output.status.success(),
        format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ),
    )
}

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

/// Walks the slice and has its proof verified.
fn walk(database: Option<&str>) {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let out = folder.path().join("out");
    fs::create_dir(&out).expect("a folder");
    let server = Server::start(&data, database);
    let journey = Command::new("node")
        .arg("slice.mjs")
        .args([&server.staff, &server.portal])
        .arg(&out)
        .current_dir(repository().join("e2e"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{error}. {HOW_TO_GET_IT}"));
    let ended = journey.wait_with_output().expect("it was started");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{said}\n{HOW_TO_GET_IT}");
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
    let mut arguments = vec![
        "ledger",
        "verify",
        "--data",
        data.to_str().expect("a plain path"),
    ];
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
    let journey = Command::new("node")
        .arg("rough.mjs")
        .args([&server.staff, &server.portal])
        .arg(&out)
        .arg(date.file())
        .current_dir(repository().join("e2e"))
        .output()
        .unwrap_or_else(|error| panic!("{error}. {HOW_TO_GET_IT}"));
    keep_pictures(&out);
    let said = String::from_utf8_lossy(&journey.stderr);
    assert!(journey.status.success(), "{said}\n{HOW_TO_GET_IT}");
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
    let journey = Command::new("node")
        .arg("form.mjs")
        .arg(&server.staff)
        .arg(&out)
        .current_dir(repository().join("e2e"))
        .output()
        .unwrap_or_else(|error| panic!("{error}. {HOW_TO_GET_IT}"));
    let said = String::from_utf8_lossy(&journey.stderr);
    assert!(journey.status.success(), "{said}\n{HOW_TO_GET_IT}");
    keep_pictures(&out);
    server.stop();
}

/// The demonstration as `cargo xtask run` starts it, followed by the tour.
#[test]
fn the_tour_has_no_dead_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let out = folder.path().join("out");
    fs::create_dir(&out).expect("a folder");
    let (made, said) = mingqu(&[
        "demo",
        "--data",
        data.to_str().expect("plain"),
        "--no-serve",
    ]);
    assert!(made, "{said}");
    // The short case stands for each of the whole demonstration where it was not made.
    let is_whole = data.join("demo-cases.json").exists();
    if !is_whole {
        one_case_for_all(&data, &said);
    }
    let server = Server::start(&data, None);
    let mut journey = Command::new("node");
    journey.arg("tour.mjs").arg(&server.staff).arg(&out);
    if !is_whole {
        journey.arg("doors");
    }
    let journey = journey
        .current_dir(repository().join("e2e"))
        .output()
        .unwrap_or_else(|error| panic!("{error}. {HOW_TO_GET_IT}"));
    keep_pictures(&out);
    let said = String::from_utf8_lossy(&journey.stderr);
    assert!(journey.status.success(), "{said}\n{HOW_TO_GET_IT}");
    server.stop();
    is_sound(&data, None);
}

fn one_case_for_all(data: &Path, said: &str) {
    let case_id = said
        .split_once("演示案件已办理：")
        .and_then(|(_, rest)| rest.lines().next())
        .expect("the case is named");
    let tour = fs::read(repository().join("crates/mingqu/assets/tour.json")).expect("there");
    let tour: serde_json::Value = serde_json::from_slice(&tour).expect("JSON");
    let steps = tour["steps"].as_array().expect("steps");
    let links = steps
        .iter()
        .flat_map(|step| step["links"].as_array().into_iter().flatten());
    let cases: serde_json::Map<String, serde_json::Value> = links
        .filter_map(|link| Some((link["case"].as_str()?.to_owned(), case_id.trim().into())))
        .collect();
    let text = serde_json::to_string(&cases).expect("JSON");
    fs::write(data.join("demo-cases.json"), text).expect("written");
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

#[test]
fn the_demo_performs_its_cases_and_its_record_is_sound() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let data = data.to_str().expect("a plain path");
    let (done, said) = mingqu(&["demo", "--data", data, "--no-serve"]);
    assert!(done && said.contains("演示资料已备好：12件案件"), "{said}");
    let (sound, said) = mingqu(&["ledger", "verify", "--data", data]);
    assert!(sound && said.contains("未发现不一致"), "{said}");
    let portal = Path::new(data).join("portal");
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
}
