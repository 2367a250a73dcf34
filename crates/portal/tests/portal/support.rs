//! A log that signs what the tests publish, and a portal over a folder of its own.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portal::{Portal, Settings};
use proof::tree::{self, MemoryTree};
use proof::{
    Bundle, Checkpoint, Disclosure, DisclosureFacet, DisclosureRow, DisclosureSection, Label, Leaf,
    NewLeaf, Part, Replaced, Sensitivity, SigningKey, Withdrawal,
};
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tower::ServiceExt;

pub(crate) const ORIGIN: &str = "mingqu.test/yongan";

pub(crate) fn key() -> SigningKey {
    SigningKey::from_seed(ORIGIN, &[5; 32]).expect("a key")
}

/// A growing log; every publication is an entry of it.
pub(crate) struct Log {
    key: SigningKey,
    tree: MemoryTree,
    leaves: Vec<(Vec<u8>, Part)>,
}

impl Log {
    pub(crate) fn new() -> Log {
        Log::of(key())
    }

    pub(crate) fn of(key: SigningKey) -> Log {
        Log {
            key,
            tree: MemoryTree::default(),
            leaves: Vec::new(),
        }
    }

    /// Records the content and shows it, under a checkpoint of the log as it is now.
    pub(crate) fn publish(&mut self, content: &impl Serialize) -> Bundle {
        let n = self.tree.size();
        let salt = u8::try_from(n % 251).expect("small");
        let part = Part {
            label: Label::parse("publication").expect("a label"),
            sensitivity: Sensitivity::Public,
            salt: [salt; 32],
            body: serde_json::to_vec(content).expect("JSON"),
        };
        let header = serde_json::json!({ "act": "disclosure" });
        let leaf = Leaf::new(NewLeaf {
            id: &format!("e{n}"),
            agency: "yongan",
            stream: "case/1",
            stream_version: n + 1,
            recorded_at: format!("2026-10-13T04:{:02}:{:02}Z", n / 60 % 60, n % 60),
            header: &header,
            parts: std::slice::from_ref(&part),
            destroys: vec![],
        });
        let leaf = leaf.expect("a leaf").to_bytes();
        self.tree.append(tree::leaf_hash(&leaf));
        self.leaves.push((leaf, part));
        self.shown(n)
    }

    /// An entry shown again, under a checkpoint of the log as it is now.
    pub(crate) fn shown(&self, index: u64) -> Bundle {
        let size = self.tree.size();
        let (leaf, part) = &self.leaves[usize::try_from(index).expect("small")];
        let proof = tree::prove_inclusion(size, index, &self.tree).expect("a leaf of the log");
        let note = Checkpoint::sign(size, self.tree.root(), &self.key);
        let origin = self.key.verifier().name();
        Bundle::new(origin, index, size, leaf, &proof, &note, part)
    }

    /// What stays of an entry that is replaced.
    pub(crate) fn replaced(&self, index: u64, reason: &str) -> Replaced {
        let (_, part) = &self.leaves[usize::try_from(index).expect("small")];
        let commitment = part.commitment().0;
        Replaced {
            leaf: index,
            commitment: commitment
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
            disclosed_on: "2026-10-13".into(),
            replaced_on: "2026-10-15".into(),
            reason: reason.into(),
        }
    }
}

pub(crate) fn row(label: &str, value: &str) -> DisclosureRow {
    DisclosureRow {
        label: label.into(),
        value: value.into(),
    }
}

/// A decision as the record shows it.
pub(crate) fn decision(id: &str, party: &str, disclosed_on: &str) -> Disclosure {
    let section = |heading: &str, rows: Vec<DisclosureRow>| DisclosureSection {
        heading: heading.into(),
        rows,
    };
    let facet = |name: &str, values: &[&str]| DisclosureFacet {
        name: name.into(),
        values: values.iter().map(|value| (*value).into()).collect(),
    };
    Disclosure {
        title: "未经批准擅自取水：行政处罚决定".into(),
        kind: "行政处罚决定".into(),
        disclosed_on: disclosed_on.into(),
        publication: Some(id.into()),
        agency: Some("永安区水利局".into()),
        number: Some("永水罚〔2026〕12号".into()),
        party: Some(party.into()),
        decided_on: Some("2026-10-10".into()),
        summary: Some("罚款¥20,000.00，责令限期拆除".into()),
        sections: vec![
            section(
                "违法事实",
                vec![row(
                    "查明的事实",
                    &format!("{party}未经批准，在黄楼河取水3,200立方米。"),
                )],
            ),
            section(
                "处罚依据和内容",
                vec![
                    row("处罚依据", "《中华人民共和国水法》第六十九条第一项"),
                    row("处罚内容", "罚款¥20,000.00\n责令限期拆除取水设施"),
                ],
            ),
            section(
                "救济途径",
                vec![
                    row("行政复议", "向永安区人民政府申请"),
                    row("复议期限", "收到决定书之日起60日内，至2026-12-14(周一)"),
                    row("行政诉讼", "向永安区人民法院起诉，收到决定书之日起6个月内"),
                ],
            ),
        ],
        facets: vec![
            facet("处罚种类", &["罚款", "责令拆除"]),
            facet("违法行为", &["取用水"]),
        ],
        ..Disclosure::default()
    }
}

/// A publication of the first shape: a title, a kind and rows.
pub(crate) fn first_shape(title: &str, disclosed_on: &str) -> Disclosure {
    Disclosure {
        title: title.into(),
        kind: "行政处罚决定".into(),
        rows: vec![
            row("文书号", "永水罚〔2026〕12号"),
            row("当事人", "永安<某>水务有限公司"),
            row("违法事实", "超出取水许可证核定水量取水。"),
            row("处罚内容", "罚款¥20,000.00\n责令改正"),
            row("作出机关", "永安区水利局"),
        ],
        disclosed_on: disclosed_on.into(),
        ..Disclosure::default()
    }
}

pub(crate) fn withdrawal(id: &str) -> Withdrawal {
    Withdrawal {
        publication: id.into(),
        title: "行政处罚决定".into(),
        kind: "行政处罚决定".into(),
        disclosed_on: "2026-10-13".into(),
        withdrawn_on: "2026-11-20".into(),
        reason: "行政处罚决定被依法撤销".into(),
        agency: Some("永安区水利局".into()),
        number: Some("永水罚〔2026〕12号".into()),
        decided_on: Some("2026-10-10".into()),
        earlier: vec![],
    }
}

/// A portal over a folder that goes away with it.
pub(crate) struct Site {
    pub(crate) folder: TempDir,
    pub(crate) portal: Portal,
}

impl Site {
    pub(crate) fn new() -> Site {
        Site::over(tempfile::tempdir().expect("a folder"))
    }

    pub(crate) fn over(folder: TempDir) -> Site {
        Site::with(folder, |_| {})
    }

    pub(crate) fn with(folder: TempDir, change: impl FnOnce(&mut Settings)) -> Site {
        let mut settings = Settings {
            folder: folder.path().to_owned(),
            key: key().verifier().clone(),
            agency_name: "永安区水利局".into(),
            address: None,
            is_demonstration: false,
        };
        change(&mut settings);
        let portal = Portal::open(settings).expect("a portal");
        Site { folder, portal }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a bundle into the inbox, as the record does.
    pub(crate) fn deliver(&self, id: &str, bundle: &Bundle) {
        let name = format!("inbox/{:012}-{id}.json", bundle.index);
        put(self.folder.path(), &name, &bundle.to_json());
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Response {
        self.portal
            .router()
            .oneshot(request)
            .await
            .expect("an answer")
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        let request = Request::get(path).body(Body::empty());
        self.ask(request.expect("a request")).await
    }

    pub(crate) async fn post(&self, bundle: &[u8]) -> (StatusCode, serde_json::Value) {
        let request = Request::post("/inbox").body(Body::from(bundle.to_vec()));
        let answer = self.ask(request.expect("a request")).await;
        let status = answer.status();
        (
            status,
            serde_json::from_str(&text(answer).await).expect("JSON"),
        )
    }

    /// The page without its blank lines, as a snapshot shows it; with the style it stays small.
    pub(crate) async fn page(&self, path: &str) -> (StatusCode, String) {
        let response = self.get(path).await;
        let status = response.status();
        let html = text(response).await;
        let first_load = html.len() + include_str!("../../assets/portal.css").len();
        assert!(first_load < 60_000, "{path}: {first_load} bytes to load");
        let lines: Vec<&str> = html
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        (status, lines.join("\n"))
    }

    /// The page, which is there.
    pub(crate) async fn shown(&self, path: &str) -> String {
        let (status, html) = self.page(path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        html
    }

    /// The files in `refused/`.
    pub(crate) fn refused(&self) -> Vec<String> {
        names(&self.path("refused"))
    }

    pub(crate) fn reason(&self, name: &str) -> String {
        fs::read_to_string(self.path(&format!("refused/{name}.reason.txt"))).expect("a reason")
    }
}

pub(crate) fn put(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, bytes).expect("written");
}

pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

pub(crate) async fn bytes(response: Response) -> Bytes {
    let body = axum::body::to_bytes(response.into_body(), 10_000_000);
    body.await.expect("a body")
}

pub(crate) async fn text(response: Response) -> String {
    String::from_utf8(bytes(response).await.to_vec()).expect("text")
}

pub(crate) fn value(headers: &HeaderMap, name: impl axum::http::header::AsHeaderName) -> String {
    let value = headers.get(name).expect("a header");
    value.to_str().expect("text").to_owned()
}

/// Everything that stands in the files of a folder: as it is, and what the base64 in it says.
pub(crate) fn everything_in(folder: &Path) -> String {
    let mut all = String::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for name in names(&folder) {
            let path = folder.join(&name);
            all.push_str(&name);
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let content = String::from_utf8_lossy(&fs::read(&path).expect("readable")).into_owned();
            for word in content.split(|c: char| !(c.is_ascii_alphanumeric() || "+/=".contains(c))) {
                let decoded = STANDARD.decode(word).unwrap_or_default();
                all.push_str(&String::from_utf8_lossy(&decoded));
            }
            all.push_str(&content);
        }
    }
    all
}
