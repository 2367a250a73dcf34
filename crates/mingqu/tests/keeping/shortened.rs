//! A data folder that lost its record, or has an older one, is not worked on.

use crate::{fails, mingqu, succeeds};
use std::fs;

#[test]
fn a_record_shorter_than_what_was_published_does_not_start() {
    let folder = tempfile::tempdir().expect("a folder");
    succeeds(&mut mingqu(
        folder.path(),
        &["demo", "--case", "small", "--no-serve"],
    ));
    let numbers = || mingqu(folder.path(), &["record", "numbers"]);
    let said = succeeds(&mut numbers());
    assert!(said.contains("演水罚决字"), "{said}");
    let data = folder.path().join("data");
    for entry in fs::read_dir(&data).expect("there") {
        let path = entry.expect("read").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        if name.starts_with("record.sqlite") {
            fs::remove_file(&path).expect("removed");
        }
    }
    let said = fails(&mut numbers());
    assert!(
        said.contains("记录只有 0 条") && said.contains("请从备份恢复"),
        "{said}"
    );
}
