//! Snapshots that no test looks at any more.
//!
//! While the tests run, the snapshot library appends the path of every snapshot it compares to one file. What lies in
//! the tree and not in that file is dead. Reading names out of the source instead would miss names made at run time.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The variable by which the snapshot library is told where to write.
pub(crate) const REFERENCES_VARIABLE: &str = "INSTA_SNAPSHOT_REFERENCES_FILE";

/// Where the paths are gathered.
pub(crate) fn references_file(root: &Path) -> PathBuf {
    root.join("target/snapshot-references")
}

/// Forgets the paths of an earlier run.
pub(crate) fn begin(root: &Path) -> Result<()> {
    let file = references_file(root);
    std::fs::create_dir_all(root.join("target")).context("无法建立 target 目录")?;
    std::fs::write(&file, "").with_context(|| format!("无法写入 {}", file.display()))
}

/// Fails when a snapshot in the tree was compared by no test since [`begin`].
pub(crate) fn refuse_dead(root: &Path) -> Result<()> {
    let file = references_file(root);
    let gathered =
        std::fs::read_to_string(&file).with_context(|| format!("无法读取 {}", file.display()))?;
    let mut stored = BTreeSet::new();
    for folder in ["crates", "xtask"] {
        gather(&root.join(folder), &mut stored)?;
    }
    let dead = dead(&stored, &gathered);
    if !dead.is_empty() {
        bail!("没有测试再用到这些快照，请删除：\n{}", dead.join("\n"));
    }
    println!("{} 个快照都有测试使用。", stored.len());
    Ok(())
}

fn dead(stored: &BTreeSet<PathBuf>, gathered: &str) -> Vec<String> {
    let used: BTreeSet<PathBuf> = gathered.lines().map(resolved).collect();
    stored
        .iter()
        .filter(|path| !used.contains(*path))
        .map(|path| path.display().to_string())
        .collect()
}

// A test names its snapshots from its own folder, hence with `..` in the path.
fn resolved(path: impl AsRef<Path>) -> PathBuf {
    let path = path.as_ref();
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn gather(folder: &Path, into: &mut BTreeSet<PathBuf>) -> Result<()> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("无法读取 {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, into)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "snap")
        {
            into.insert(resolved(&path));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_that_no_test_compared_is_dead() {
        let stored = ["/a/used.snap", "/a/left.snap"].map(PathBuf::from).into();
        assert_eq!(
            dead(&stored, "/a/used.snap\n/a/used.snap\n"),
            ["/a/left.snap"]
        );
    }
}
