//! Whoever holds the database *and* the signing key rebuilds everything, and is found by whoever kept the tiles.
//!
//! The attacker below works as properly as the program: new leaves, new hashes, new heads, checkpoints under the real
//! key. So plain verification finds nothing, which the tests show as honestly as the rest.

use crate::backends::Backend;
use crate::{agency, append_to, fill, key, part};
use app::ledger::{Ledger, StoredEntry};
use ledger::tiles::{FolderSource, TilesError, publish_tiles};
use ledger::verify::{self, Against, Check, Finding, Verification};
use proof::tree::{self, MemoryTree};
use proof::{Checkpoint, Leaf, NewLeaf, Part, Sensitivity};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// More than one full tile, so that a partial one is behind it.
const LEAVES: u64 = 300;

/// A log whose tiles somebody keeps.
struct Kept {
    ledger: Arc<dyn Ledger>,
    tiles: TempDir,
}

async fn kept(backend: &impl Backend) -> Kept {
    let ledger = backend.open().await;
    fill(&*ledger, "case/1", LEAVES - 100).await;
    let tiles = tempfile::tempdir().expect("a folder");
    let (agency, key) = (agency(), key());
    let publish = || publish_tiles(&*ledger, &agency, &key, tiles.path());
    publish().await.expect("published");
    fill(&*ledger, "case/2", 100).await;
    let done = publish().await.expect("published");
    assert_eq!(done.size, LEAVES);
    Kept { ledger, tiles }
}

async fn against(kept: &Kept) -> Verification {
    verify_by(
        kept,
        Against::Tiles(&FolderSource(kept.tiles.path().to_owned())),
    )
    .await
}

async fn verify_by(kept: &Kept, against: Against<'_>) -> Verification {
    let key = key();
    let check = Check {
        key: key.verifier(),
        sm2_key: None,
        with_sm3: true,
        against,
    };
    verify::verify_log(&*kept.ledger, &agency(), check)
        .await
        .expect("read")
}

/// Rebuilds the whole record from these entries, in this order, as if nothing else had ever been.
async fn rebuild(backend: &impl Backend, entries: Vec<StoredEntry>) {
    let mut sql = String::new();
    for table in [
        "idempotency_keys",
        "parts",
        "entries",
        "tree_hashes",
        "checkpoints",
    ] {
        sql += &format!("DELETE FROM {table};\n");
    }
    let mut tree = MemoryTree::default();
    let mut versions: BTreeMap<String, u64> = BTreeMap::new();
    let mut stored_index = 0;
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    for (at, entry) in entries.iter().enumerate() {
        let version = versions.entry(entry.stream.clone()).or_default();
        *version += 1;
        let leaf = Leaf::new(NewLeaf {
            id: &entry.id,
            agency: agency().as_str(),
            stream: &entry.stream,
            stream_version: *version,
            recorded_at: entry.recorded_at.to_string(),
            header: &Leaf::parse(&entry.leaf).expect("a leaf").header(),
            parts: &entry.parts,
            destroys: vec![],
        })
        .expect("a leaf")
        .to_bytes();
        sql += &format!(
            "INSERT INTO entries (agency, leaf_index, id, stream, stream_version, recorded_at_ms, leaf) VALUES ('yongan', {at}, {}, {}, {version}, {}, {});\n",
            text(&entry.id),
            text(&entry.stream),
            entry.recorded_at.as_millisecond(),
            backend.bytes(&leaf)
        );
        for part in &entry.parts {
            let sensitivity = match part.sensitivity {
                Sensitivity::Public => "public",
                Sensitivity::Personal => "personal",
                Sensitivity::Secret => "secret",
            };
            sql += &format!(
                "INSERT INTO parts (agency, leaf_index, label, sensitivity, salt, body) VALUES ('yongan', {at}, {}, '{sensitivity}', {}, {});\n",
                text(part.label.as_str()),
                backend.bytes(&part.salt),
                backend.bytes(&part.body)
            );
        }
        for hash in tree.append(tree::leaf_hash(&leaf)) {
            sql += &format!(
                "INSERT INTO tree_hashes (agency, stored_index, hash) VALUES ('yongan', {stored_index}, {});\n",
                backend.bytes(&hash.0)
            );
            stored_index += 1;
        }
        sql += &format!(
            "INSERT INTO idempotency_keys (agency, key, request_digest, leaf_index) VALUES ('yongan', {}, {}, {at});\n",
            text(&entry.id),
            backend.bytes(&[1; 32])
        );
        // One command line holds no more.
        if sql.len() > 50_000 {
            backend.run_sql(&std::mem::take(&mut sql));
        }
    }
    for (stream, version) in versions {
        sql += &format!("UPDATE streams SET version = {version} WHERE stream = '{stream}';\n");
    }
    let size = entries.len();
    sql += &format!("UPDATE heads SET size = {size};\n");
    let note = Checkpoint::sign(tree.size(), tree.root(), &key());
    sql += &format!(
        "INSERT INTO checkpoints (agency, size, note) VALUES ('yongan', {size}, {});\n",
        text(&note)
    );
    backend.run_sql(&sql);
}

/// Attacks, then shows what plain verification says (nothing) and what the kept tiles say.
async fn attack(
    backend: impl Backend,
    change: impl FnOnce(&mut Vec<StoredEntry>),
    expected: Finding,
) {
    let kept = kept(&backend).await;
    let before = against(&kept).await;
    assert!(before.is_sound(), "{:?}", before.findings);
    let mut entries = kept.ledger.entries(&agency(), 0, 1000).await.expect("read");
    change(&mut entries);
    rebuild(&backend, entries).await;

    let plain = verify_by(&kept, Against::Nothing).await;
    assert!(plain.is_sound(), "{:?}", plain.findings);
    let statement = plain.statement();
    assert!(
        statement.contains("可以把整个日志重做一遍而不留痕迹"),
        "{statement}"
    );

    let found = against(&kept).await;
    assert_eq!(found.findings, std::slice::from_ref(&expected));
    assert_eq!(found.first_differing_leaf(), expected.leaf());
    let named = format!("最早涉及第 {} 条记录", expected.leaf().expect("named"));
    assert!(found.statement().contains(&named), "{}", found.statement());

    // The checkpoint alone shows that something is wrong, and says that it cannot say where.
    let note = std::fs::read_to_string(kept.tiles.path().join("checkpoint")).expect("kept");
    let head = verify::open_outside(&note, key().verifier(), None).expect("the real key");
    let by_head = verify_by(&kept, Against::Head(head)).await;
    assert!(!by_head.is_sound());
    assert_eq!(by_head.first_differing_leaf(), None);
    assert!(
        by_head.statement().contains("不能指出从哪一条开始"),
        "{}",
        by_head.statement()
    );

    // The program itself refuses to publish the rebuilt log over the old tiles, and names the same leaf.
    let before = everything(kept.tiles.path());
    fill_more(&kept).await;
    let refused = publish_tiles(&*kept.ledger, &agency(), &key(), kept.tiles.path()).await;
    let leaf = expected.leaf().expect("named");
    assert!(
        matches!(refused, Err(TilesError::Differs { leaf: named }) if named == leaf),
        "{refused:?}"
    );
    assert_eq!(
        everything(kept.tiles.path()),
        before,
        "nothing was overwritten"
    );
}

async fn fill_more(kept: &Kept) {
    fill(&*kept.ledger, "case/3", 120).await;
}

/// Every file below a folder, with its bytes.
pub(crate) fn everything(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .expect("below")
                    .display()
                    .to_string();
                found.insert(name, std::fs::read(path).expect("a file"));
            }
        }
    }
    found
}

fn replace_body(parts: &mut [Part], body: &str) {
    let personal = |part: &&mut Part| part.sensitivity == Sensitivity::Personal;
    parts.iter_mut().find(personal).expect("a party").body = body.into();
}

pub async fn one_altered_leaf_is_named(backend: impl Backend) {
    let change = |entries: &mut Vec<StoredEntry>| {
        replace_body(&mut entries[137].parts, r#"{"name":"李四"}"#);
    };
    attack(backend, change, Finding::LeafDiffersOutside { index: 137 }).await;
}

pub async fn the_first_leaf_and_the_last_are_not_special(backend: impl Backend) {
    let change = |entries: &mut Vec<StoredEntry>| {
        replace_body(&mut entries[299].parts, r#"{"name":"李四"}"#);
    };
    attack(backend, change, Finding::LeafDiffersOutside { index: 299 }).await;
}

pub async fn a_cut_tail_is_named_by_its_first_missing_leaf(backend: impl Backend) {
    let change = |entries: &mut Vec<StoredEntry>| entries.truncate(271);
    let expected = Finding::LeafMissingHere {
        index: 271,
        signed: LEAVES,
    };
    attack(backend, change, expected).await;
}

pub async fn an_inserted_leaf_is_named(backend: impl Backend) {
    let change = |entries: &mut Vec<StoredEntry>| {
        let inserted = append_to("case/1", 0).entry;
        let mut entry = entries[255].clone();
        entry.id = inserted.id;
        entry.parts = vec![part("facts/public", Sensitivity::Public, "inserted")];
        entries.insert(256, entry);
    };
    attack(backend, change, Finding::LeafDiffersOutside { index: 256 }).await;
}

pub async fn two_reordered_leaves_are_named_by_the_first(backend: impl Backend) {
    let change = |entries: &mut Vec<StoredEntry>| entries.swap(41, 260);
    attack(backend, change, Finding::LeafDiffersOutside { index: 41 }).await;
}

pub async fn a_log_rebuilt_from_nothing_differs_from_its_first_leaf(backend: impl Backend) {
    let change = |entries: &mut Vec<StoredEntry>| {
        for entry in entries {
            replace_body(&mut entry.parts, r#"{"name":"王五"}"#);
        }
    };
    attack(backend, change, Finding::LeafDiffersOutside { index: 0 }).await;
}
