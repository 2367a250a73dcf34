//! Go's own tlog and note packages accept our bundles, and refuse every changed one; OpenSSL checks SM2 and SM3.

use app::ledger::{Agency, Append, Idempotency, Ledger, NewEntry, StreamName};
use ledger::{SqliteLedger, publish};
use proof::{
    Bundle, Checkpoint, Label, Leaf, NewLeaf, Part, Sensitivity, SigningKey, Sm2SigningKey,
};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::process::Stdio;

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

const HOW_TO_GET_OPENSSL: &str =
    "OpenSSL 3 is missing. Get it with: apt-get install -y --no-install-recommends openssl";

/// Runs openssl with these bytes as its input: whether it was content, and what it wrote.
fn openssl(arguments: &[&str], input: &[u8], folder: &Path) -> (bool, Vec<u8>) {
    let mut child = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{error}. {HOW_TO_GET_OPENSSL}"));
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(input).expect("taken in");
    drop(stdin);
    let output = child.wait_with_output().expect("started");
    (output.status.success(), output.stdout)
}

/// A number of 32 bytes as DER INTEGER.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = bytes
        .iter()
        .copied()
        .skip_while(|byte| *byte == 0)
        .collect();
    let sign: &[u8] = if digits.first().is_some_and(|byte| *byte >= 128) {
        &[0]
    } else {
        &[]
    };
    let length = u8::try_from(sign.len() + digits.len()).expect("short");
    [&[2, length], sign, &digits].concat()
}

#[test]
fn openssl_accepts_the_sm2_line_of_a_checkpoint_and_no_changed_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let name = "mingqu.test/yongan";
    let sm2 = Sm2SigningKey::from_seed(name, &[7; 32]).expect("a key");
    let key = SigningKey::from_seed(name, &[5; 32])
        .expect("a key")
        .with_sm2(sm2.clone());
    // SubjectPublicKeyInfo: id-ecPublicKey, curve SM2 (1.2.156.10197.1.301), the point.
    let header = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08,
        0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d, 0x03, 0x42, 0x00,
    ];
    let public = [&header, sm2.verifier().point()].concat();
    fs::write(folder.path().join("key.der"), public).expect("written");
    for size in 1..=8u8 {
        let note = Checkpoint::sign(size.into(), proof::Hash([size; 32]), &key);
        let (text, lines) = note.split_once("\n\n").expect("text and signatures");
        let text = format!("{text}\n");
        let sm2_id = sm2
            .verifier()
            .to_string()
            .split('+')
            .nth(1)
            .expect("an id")
            .to_owned();
        let line = lines
            .lines()
            .find_map(|line| {
                let decoded = openssl(
                    &["base64", "-d", "-A"],
                    line.rsplit(' ').next()?.as_bytes(),
                    folder.path(),
                )
                .1;
                let id: String = decoded
                    .iter()
                    .take(4)
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                (id == sm2_id).then_some(decoded)
            })
            .expect("a line of the SM2 key");
        assert_eq!(line.len(), 4 + 64);
        let numbers = [integer(&line[4..36]), integer(&line[36..])].concat();
        let length = u8::try_from(numbers.len()).expect("short");
        fs::write(
            folder.path().join("signature.der"),
            [&[0x30, length], numbers.as_slice()].concat(),
        )
        .expect("written");
        let verify = |text: &str| {
            let arguments = [
                "pkeyutl",
                "-verify",
                "-pubin",
                "-keyform",
                "DER",
                "-inkey",
                "key.der",
                "-sigfile",
                "signature.der",
                "-in",
                "text",
                "-rawin",
                "-digest",
                "sm3",
                "-pkeyopt",
                "distid:1234567812345678",
            ];
            fs::write(folder.path().join("text"), text).expect("written");
            openssl(&arguments, b"", folder.path()).0
        };
        assert!(verify(&text), "{HOW_TO_GET_OPENSSL}: {note}");
        assert!(!verify(&text.replace(name, "mingqu.test/other")));
    }
}

#[test]
fn openssl_finds_the_same_sm3_digests_in_a_leaf() {
    let folder = tempfile::tempdir().expect("a folder");
    let part = Part {
        label: Label::parse("party/1").expect("a label"),
        sensitivity: Sensitivity::Personal,
        salt: [3; 32],
        body: "张镕喆".into(),
    };
    let leaf = Leaf::new(NewLeaf {
        id: "e1",
        agency: "yongan",
        stream: "case/1",
        stream_version: 1,
        recorded_at: "2026-10-13T04:00:00Z".to_owned(),
        header: &json!({ "act": "x" }),
        parts: std::slice::from_ref(&part),
        destroys: vec![],
    })
    .expect("a leaf")
    .to_bytes();
    let read: Value = serde_json::from_slice(&leaf).expect("JSON");
    let sm3 = |bytes: &[u8]| {
        let (done, digest) = openssl(&["dgst", "-sm3", "-binary"], bytes, folder.path());
        assert!(done, "{HOW_TO_GET_OPENSSL}");
        let (_, text) = openssl(&["base64", "-A"], &digest, folder.path());
        String::from_utf8(text).expect("base64")
    };
    // The bytes as the documentation of `Leaf` says: without the last 54.
    assert_eq!(read["sm3"], sm3(&leaf[..leaf.len() - 54]));
    let of_part = [&part.salt, b"\0party/1\0".as_slice(), &part.body].concat();
    assert_eq!(read["parts"][0]["sm3"], sm3(&of_part));
}
