//! Go's own tlog and note packages accept our bundles, and refuse every changed one.

use app::ledger::{Agency, Append, Idempotency, Ledger, NewEntry, StreamName};
use ledger::{SqliteLedger, publish};
use proof::{Bundle, Label, Part, Sensitivity, SigningKey};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const HOW_TO_GET_IT: &str = "Go is missing. Get it with: apt-get install -y --no-install-recommends golang-go golang-golang-x-mod-dev";

/// Builds the Go program once, for all bundles.
fn build(folder: &Path) -> PathBuf {
    let program = folder.join("verify-go");
    let output = Command::new("go")
        .args(["build", "-o"])
        .arg(&program)
        .arg("main.go")
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e/verify-go"))
        .env("GO111MODULE", "off")
        .env("GOPATH", "/usr/share/gocode")
        .env("GOFLAGS", "")
        .env("GOCACHE", folder.join("cache"))
        .output()
        .unwrap_or_else(|error| panic!("{error}. {HOW_TO_GET_IT}"));
    assert!(
        output.status.success(),
        "{}\n{HOW_TO_GET_IT}",
        String::from_utf8_lossy(&output.stderr)
    );
    program
}

/// What the Go program says of the bundle: its exit code and its words.
fn second_opinion(program: &Path, bundle: &Value, key: &str) -> (bool, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, key_file) = (folder.path().join("bundle.json"), folder.path().join("key"));
    fs::write(&file, bundle.to_string()).expect("written");
    fs::write(&key_file, key).expect("written");
    let output = Command::new(program)
        .arg(file)
        .arg(key_file)
        .output()
        .expect("just built");
    (
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

async fn bundles(key: &SigningKey, folder: &Path) -> Vec<Bundle> {
    let ledger = SqliteLedger::open(&folder.join("record.sqlite")).expect("a new file");
    let agency = Agency::parse("yongan").expect("a name");
    for version in 0..13u8 {
        let part = |label: &str, sensitivity, body: &str| Part {
            label: Label::parse(label).expect("a label"),
            sensitivity,
            salt: [version; 32],
            body: body.into(),
        };
        let append = Append {
            agency: agency.clone(),
            stream: StreamName::parse("case/1").expect("a name"),
            expected_version: version.into(),
            read_set: vec![],
            idempotency: Idempotency {
                key: version.to_string(),
                request_digest: [0; 32],
            },
            now: "2026-10-13T04:00:00Z".parse().expect("a time"),
            entry: NewEntry {
                id: version.to_string(),
                header: json!({ "act": "penalty_decision" }),
                parts: vec![
                    part(
                        "disclosure",
                        Sensitivity::Public,
                        r#"{"title":"行政处罚决定"}"#,
                    ),
                    part("party/1", Sensitivity::Personal, "张镕喆"),
                ],
                destroys: vec![],
                holes: vec![],
            },
            numbers: vec![],
            projections: vec![],
            outbox: vec![],
        };
        ledger.append(append).await.expect("the next version");
    }
    let mut made = Vec::new();
    for index in 0..13 {
        made.push(
            publish::bundle(&ledger, &agency, index, "disclosure", key)
                .await
                .expect("made"),
        );
    }
    made
}

#[tokio::test]
async fn another_implementation_accepts_our_bundles_and_refuses_changed_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let program = build(folder.path());
    let key = SigningKey::from_seed("mingqu.test/yongan", &[5; 32]).expect("a key");
    let vkey = key.verifier().to_string();
    let bundles = bundles(&key, folder.path()).await;
    let as_value =
        |bundle: &Bundle| serde_json::from_slice::<Value>(&bundle.to_json()).expect("our own JSON");
    for bundle in &bundles {
        assert_eq!(
            second_opinion(&program, &as_value(bundle), &vkey),
            (true, "OK".to_owned())
        );
    }

    let refused = |what: &str, change: &dyn Fn(&mut Value), reason: &str| {
        let mut changed = as_value(&bundles[4]);
        change(&mut changed);
        let (accepted, words) = second_opinion(&program, &changed, &vkey);
        assert!(
            !accepted && words.starts_with(&format!("refused: {reason}")),
            "{what}: {words}"
        );
        let ours = Bundle::parse(changed.to_string().as_bytes())
            .and_then(|bundle| bundle.verify(key.verifier()));
        assert!(ours.is_err(), "{what}: ours accepts it");
    };
    let other = as_value(&bundles[5]);
    refused("leaf", &|b| b["leaf"] = other["leaf"].clone(), "inclusion");
    refused("index", &|b| b["index"] = json!(5), "inclusion");
    refused(
        "proof",
        &|b| b["proof"][0] = other["proof"][1].clone(),
        "inclusion",
    );
    let changed_note = |b: &mut Value| {
        b["checkpoint"] = json!(
            b["checkpoint"]
                .as_str()
                .expect("text")
                .replace("\n13\n", "\n12\n")
        )
    };
    refused("note", &changed_note, "note");
    refused("size", &|b| b["size"] = json!(12), "note");
    refused("part body", &|b| b["part"]["body"] = json!("e30="), "part");
    refused(
        "part salt",
        &|b| b["part"]["salt"] = other["part"]["salt"].clone(),
        "part",
    );
    refused(
        "part label",
        &|b| b["part"]["label"] = json!("party/1"),
        "part",
    );

    let stranger = SigningKey::from_seed("mingqu.test/yongan", &[6; 32]).expect("a key");
    let (accepted, words) = second_opinion(
        &program,
        &as_value(&bundles[4]),
        &stranger.verifier().to_string(),
    );
    assert!(!accepted && words.starts_with("refused: note"), "{words}");
}
