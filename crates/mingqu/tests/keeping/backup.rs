//! Backup and restore of a demonstration case with attached files, between both databases.

use crate::{fails, mingqu, run, succeeds};
use ledger::backup::{self, Item};
use sha2::{Digest, Sha256};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use testkit::postgres::fresh_database;

/// Puts a file where the store of attached files has it, and answers its address.
fn attach(data: &Path, content: &[u8]) -> String {
    let address: String = Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let folder = data
        .join("files/files")
        .join(address.get(..2).expect("hex"));
    fs::create_dir_all(&folder).expect("made");
    fs::write(folder.join(&address), content).expect("written");
    address
}

fn attached(data: &Path, address: &str) -> Vec<u8> {
    let path = data
        .join("files/files")
        .join(address.get(..2).expect("hex"))
        .join(address);
    fs::read(path).expect("the file")
}

/// Everything that a backup holds besides what it says about itself.
fn content(path: &Path) -> Vec<Item> {
    let mut reader = backup::open(path).expect("a backup");
    let mut items = Vec::new();
    while let Some(item) = reader.next().expect("whole") {
        items.push(item);
    }
    assert!(items.len() > 100, "a case has many rows");
    items
}

/// A folder with a demonstration case in `data`, two attached files, and its backup.
struct Demo {
    folder: tempfile::TempDir,
    files: [(String, Vec<u8>); 2],
}

impl Demo {
    fn new() -> Demo {
        let folder = tempfile::tempdir().expect("a folder");
        let said = succeeds(&mut mingqu(
            folder.path(),
            &["demo", "--case", "small", "--no-serve"],
        ));
        assert!(said.contains("演示案件已办理"), "{said}");
        let data = folder.path().join("data");
        let large: Vec<u8> = (0..3_000_000u32).flat_map(u32::to_le_bytes).collect();
        let files = [b"%PDF-1.7 \xe6\xb0\xb4".to_vec(), large];
        let files = files.map(|content| (attach(&data, &content), content));
        Demo { folder, files }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn mingqu(&self, arguments: &[&str]) -> Command {
        mingqu(self.folder.path(), arguments)
    }
}

#[test]
fn a_record_goes_round_through_both_databases_and_stays_verified() {
    let demo = Demo::new();
    let (first, second) = (fresh_database(), fresh_database());
    let said = succeeds(&mut demo.mingqu(&["backup", "--to", "a.backup", "--with-keys"]));
    assert!(
        said.contains("附件：2 个") && said.contains("签名密钥在这份备份里"),
        "{said}"
    );
    let mode = fs::metadata(demo.path("a.backup"))
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!demo.path("a.backup.part").exists());
    // What somebody else kept before: a publication, with the head that was signed for it.
    let mut published = left(&demo.path("data/portal/inbox"));
    published.retain(|name| name.ends_with(".json"));
    let kept = published.first().expect("the demonstration publishes");
    fs::copy(
        demo.path("data/portal/inbox").join(kept),
        demo.path("kept.json"),
    )
    .expect("kept");

    // SQLite -> SQLite, SQLite -> PostgreSQL -> PostgreSQL -> SQLite.
    let (first, second) = (first.url(), second.url());
    let to_first = ["--data", "c", "--database", &first];
    let to_second = ["--data", "d", "--database", &second];
    let steps: [(&str, &str, &[&str]); 4] = [
        ("a.backup", "b.backup", &["--data", "b"]),
        ("a.backup", "c.backup", &to_first),
        ("c.backup", "d.backup", &to_second),
        ("d.backup", "e.backup", &["--data", "e"]),
    ];
    let original = content(&demo.path("a.backup"));
    for (from, to, place) in steps {
        let said = succeeds(demo.mingqu(&["restore", "--from", from]).args(place));
        assert!(said.contains("已从记录重做查询表：1 个案件"), "{said}");
        assert!(said.contains("未发现不一致"), "{said}");
        let said = succeeds(
            demo.mingqu(&["ledger", "verify", "--against", "kept.json"])
                .args(place),
        );
        assert!(said.contains("未发现不一致"), "{said}");
        succeeds(
            demo.mingqu(&["backup", "--with-keys", "--to", to])
                .args(place),
        );
        assert_eq!(content(&demo.path(to)), original, "{from} -> {place:?}");
        for (address, content) in &paths(&demo, place) {
            assert!(demo.files.iter().any(|(a, c)| a == address && c == content));
        }
        // The place is taken now.
        let said = fails(demo.mingqu(&["restore", "--from", from]).args(place));
        assert!(said.contains("只能恢复到空的地方"), "{said}");
    }
    let key = fs::metadata(demo.path("e/log.key")).expect("restored");
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
}

/// The attached files of a place, by address.
fn paths(demo: &Demo, place: &[&str]) -> Vec<(String, Vec<u8>)> {
    let data = demo.path(place.get(1).expect("a folder"));
    let files = demo.files.iter();
    files
        .map(|(address, _)| (address.clone(), attached(&data, address)))
        .collect()
}

#[test]
fn a_backup_without_keys_says_so_and_restores_beside_the_key_that_was_kept() {
    let demo = Demo::new();
    let said = succeeds(&mut demo.mingqu(&["backup", "--to", "a.backup"]));
    assert!(said.contains("签名密钥不在这份备份里"), "{said}");
    let secret = fs::read(demo.path("data/log.key")).expect("the key");
    let backup = fs::read(demo.path("a.backup")).expect("the backup");
    assert!(!backup.windows(secret.len()).any(|bytes| bytes == secret));
    let said = succeeds(&mut demo.mingqu(&["restore", "--from", "a.backup", "--data", "b"]));
    assert!(said.contains("备份里没有签名密钥"), "{said}");
    // A start does not make another key, which could not continue the log.
    let said = fails(&mut demo.mingqu(&["demo", "--case", "small", "--no-serve", "--data", "b"]));
    assert!(said.contains("请放回另行保存的密钥"), "{said}");
    assert!(!demo.path("b/log.key").exists());

    fs::create_dir(demo.path("c")).expect("made");
    fs::copy(demo.path("data/log.key"), demo.path("c/log.key")).expect("put back first");
    let said = succeeds(&mut demo.mingqu(&["restore", "--from", "a.backup", "--data", "c"]));
    assert!(!said.contains("备份里没有签名密钥"), "{said}");
    // Another key in the place is not replaced.
    fs::create_dir(demo.path("d")).expect("made");
    fs::write(demo.path("d/log.vkey"), "another").expect("written");
    let said = fails(&mut demo.mingqu(&["restore", "--from", "a.backup", "--data", "d"]));
    assert!(said.contains("与备份的不同"), "{said}");
    assert_eq!(left(&demo.path("d")), ["log.vkey"]);
    // And a backup is never written over.
    let said = fails(&mut demo.mingqu(&["backup", "--to", "a.backup"]));
    assert!(said.contains("不覆盖"), "{said}");
}

fn left(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("text")
        })
        .collect();
    names.sort();
    names
}

#[test]
fn a_damaged_backup_leaves_nothing() {
    let demo = Demo::new();
    succeeds(&mut demo.mingqu(&["backup", "--to", "a.backup", "--with-keys"]));
    let whole = fs::read(demo.path("a.backup")).expect("the backup");
    let length = whole.len();
    let mut spoilt: Vec<(String, Vec<u8>)> =
        [0, 10, 18, length / 3, length / 2, length - 33, length - 1]
            .map(|at| (format!("cut at {at}"), whole[..at].to_vec()))
            .into();
    // Fifty places all over the file, from a fixed seed.
    let mut place = 1_u64;
    for _ in 0..50 {
        place = place
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from(place >> 33).expect("31 bits") % length;
        let mut changed = whole.clone();
        changed[at] ^= 0x20;
        spoilt.push((format!("byte {at} changed"), changed));
    }
    for (how, bytes) in spoilt {
        fs::write(demo.path("bad.backup"), bytes).expect("written");
        let said = fails(&mut demo.mingqu(&["restore", "--from", "bad.backup", "--data", "b"]));
        assert!(said.contains("没有恢复任何内容"), "{how}: {said}");
        assert_eq!(left(&demo.path("b")), Vec::<String>::new(), "{how}");
    }
    let mut newer = whole;
    newer[17] = 2;
    fs::write(demo.path("bad.backup"), newer).expect("written");
    let said = fails(&mut demo.mingqu(&["restore", "--from", "bad.backup", "--data", "b"]));
    assert!(
        said.contains("更新版本的程序") && said.contains("格式 2"),
        "{said}"
    );
    let said = fails(&mut demo.mingqu(&["restore", "--from", "none.backup", "--data", "b"]));
    assert!(said.contains("none.backup"), "{said}");
    assert_eq!(left(&demo.path("b")), Vec::<String>::new());
}

/// The program with at most so many blocks of 512 bytes in a file, which is what a full disk looks like.
fn cramped(demo: &Demo, blocks: u32, arguments: &str) -> (bool, String) {
    let program = env!("CARGO_BIN_EXE_mingqu");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec {program} {arguments}");
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", &script])
        .current_dir(demo.folder.path())
        .env_clear();
    run(&mut shell)
}

#[test]
fn without_space_nothing_is_left_behind() {
    let demo = Demo::new();
    let (is_content, said) = cramped(&demo, 100, "backup --to a.backup");
    assert!(!is_content && said.contains("不能读写"), "{said}");
    assert!(!demo.path("a.backup").exists() && !demo.path("a.backup.part").exists());

    succeeds(&mut demo.mingqu(&["backup", "--to", "a.backup", "--with-keys"]));
    // The record does not fit; then the record does and an attached file does not.
    for blocks in [100, 10_000] {
        let (is_content, said) = cramped(&demo, blocks, "restore --from a.backup --data b");
        assert!(!is_content, "{blocks}: {said}");
        assert!(!said.contains("已恢复 "), "{blocks}: {said}");
        assert_eq!(
            files_below(&demo.path("b")),
            Vec::<PathBuf>::new(),
            "{blocks}: {said}"
        );
    }
    succeeds(&mut demo.mingqu(&["restore", "--from", "a.backup", "--data", "b"]));
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => files.extend(files_below(&path)),
            false => files.push(path),
        }
    }
    files
}

#[test]
fn a_damaged_file_is_named_and_the_rest_is_kept() {
    let demo = Demo::new();
    let (address, _) = &demo.files[0];
    let path = demo
        .path("data/files/files")
        .join(address.get(..2).expect("hex"))
        .join(address);
    fs::write(path, "something else").expect("written");
    let said = fails(&mut demo.mingqu(&["backup", "--to", "a.backup"]));
    assert!(
        said.contains(address) && said.contains("附件：1 个"),
        "{said}"
    );
    let said = succeeds(&mut demo.mingqu(&["restore", "--from", "a.backup", "--data", "b"]));
    assert!(said.contains("1 个附件"), "{said}");
}
