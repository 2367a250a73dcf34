//! A portal on a machine of its own, from files that were carried over.

use crate::{fails, mingqu, succeeds};
use std::fs;
use std::path::{Path, PathBuf};

fn bundles(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("there");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .collect()
}

#[test]
fn a_portal_needs_the_bundles_and_the_key_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    succeeds(&mut mingqu(
        folder,
        &["demo", "--case", "small", "--no-serve"],
    ));
    let published = bundles(&folder.join("data/portal/inbox"));
    let [bundle] = published.as_slice() else {
        panic!("the demonstration publishes once: {published:?}");
    };
    let carried = fs::read(bundle).expect("there");
    fs::copy(folder.join("data/log.vkey"), folder.join("log.vkey")).expect("copied");
    fs::write(folder.join("carried.json"), &carried).expect("copied");
    fs::write(folder.join("cut.json"), &carried[..carried.len() / 2]).expect("written");

    let portal = |more: &[&str]| {
        let own = [
            "portal",
            "--store",
            "public",
            "--key",
            "log.vkey",
            "--no-serve",
        ];
        mingqu(folder, &[&own, more].concat())
    };
    let said = succeeds(&mut portal(&[]));
    assert!(said.contains("公示 0 件"), "{said}");
    let said = succeeds(&mut portal(&["--take", "carried.json"]));
    assert!(
        said.contains("已接收") && said.contains("公示 1 件"),
        "{said}"
    );
    let said = succeeds(&mut portal(&["--take", "carried.json"]));
    assert!(said.contains("此前已经接收"), "{said}");
    let said = fails(&mut portal(&["--take", "cut.json", "carried.json"]));
    assert!(
        said.contains("cut.json：没有接收：这不是一份完整的存证文件"),
        "{said}"
    );
    assert_eq!(
        fs::read(folder.join("carried.json")).expect("there"),
        carried,
        "left alone"
    );
    let [kept] = bundles(&folder.join("public")).try_into().expect("one");
    assert_eq!(fs::read(kept).expect("there"), carried);

    // Only the key that the operator names is trusted.
    succeeds(&mut mingqu(
        folder,
        &["demo", "--case", "small", "--no-serve", "--data", "other"],
    ));
    let said = fails(&mut mingqu(
        folder,
        &[
            "portal",
            "--store",
            "p2",
            "--key",
            "other/log.vkey",
            "--no-serve",
            "--take",
            "carried.json",
        ],
    ));
    assert!(said.contains("签名不是本站所信任的密钥"), "{said}");
    let said = fails(&mut mingqu(
        folder,
        &["portal", "--store", "p3", "--key", "cut.json"],
    ));
    assert!(said.contains("不是日志公钥"), "{said}");
    assert!(!folder.join("p3").exists(), "nothing was touched");
}
