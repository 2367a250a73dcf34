//! Pages that the documents promise are there.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::tree::{self, File};
use crate::{assert_caught, assert_none};

/// Links of Markdown pages, and pages under `docs/` spoken of anywhere, that lead nowhere. Pictures are no text, so
/// they are not among `files`: `is_on_disk` answers for them.
fn broken(files: &[File], is_on_disk: impl Fn(&Path) -> bool) -> Vec<String> {
    let mut known: BTreeSet<PathBuf> = BTreeSet::new();
    for file in files {
        known.extend(Path::new(&file.path).ancestors().map(Path::to_owned));
    }
    let mut offences = Vec::new();
    for file in files
        .iter()
        .filter(|file| !file.path.starts_with("xtask/tests/"))
    {
        if file.has_extension("md") {
            let folder = Path::new(&file.path).parent().unwrap_or(Path::new(""));
            for (line, link) in links(&file.text) {
                let path = link.split('#').next().unwrap_or_default();
                let is_elsewhere =
                    path.is_empty() || link.contains("://") || link.starts_with("mailto:");
                let target = flattened(&folder.join(path));
                let is_there =
                    known.contains(&target) || (is_picture(&target) && is_on_disk(&target));
                if !is_elsewhere && !is_there {
                    offences.push(format!(
                        "{}:{line} links to {link}, which is not there",
                        file.path
                    ));
                }
            }
        }
        for (at, line) in file.text.lines().enumerate() {
            for page in pages(line).filter(|page| !known.contains(Path::new(page))) {
                offences.push(format!(
                    "{}:{} speaks of {page}, which is not there",
                    file.path,
                    at + 1
                ));
            }
        }
    }
    offences
}

/// Only these may be there without being text.
fn is_picture(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        ["png", "jpg", "jpeg"]
            .iter()
            .any(|known| extension == *known)
    })
}

/// Targets of `[text](target)` outside of code, with their lines.
fn links(page: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut is_code = false;
    for (at, line) in page.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        for prose in line.split('`').step_by(2) {
            let targets = prose
                .split("](")
                .skip(1)
                .filter_map(|rest| rest.split([')', ' ']).next());
            found.extend(targets.map(|target| (at + 1, target)));
        }
    }
    found
}

/// Words like `docs/guides/rules-notation.md`.
fn pages(line: &str) -> impl Iterator<Item = &str> {
    line.split(|character: char| !character.is_ascii_alphanumeric() && !"/._-".contains(character))
        .filter(|word| word.starts_with("docs/") && word.ends_with(".md"))
}

/// `a/../b` is `b`.
fn flattened(path: &Path) -> PathBuf {
    let mut flat = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                flat.pop();
            }
            Component::CurDir => {}
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => {
                flat.push(component)
            }
        }
    }
    flat
}

#[test]
fn every_promised_page_is_there() {
    assert_none(&broken(&tree::files(), |path| {
        tree::root().join(path).is_file()
    }));
}

#[test]
fn a_link_to_nowhere_is_caught() {
    let page = "\
See [the guide](guides/a.md#part), [the folder](guides/), [the web](https://example.org/x.md), [below](#below).
See [nothing](guides/b.md) and `[code](no.md)`.
![there](pictures/a.png) ![gone](pictures/b.png) [no picture](pictures/a.txt)
```
[sample](no.md)
```
";
    let files = [
        File::new("docs/README.md", page),
        File::new("docs/guides/a.md", "[up](../README.md)"),
        File::new(
            "Cargo.toml",
            "# why: docs/decisions/0009-gone.md, docs/guides/a.md",
        ),
    ];
    assert_caught(
        &broken(&files, |path| {
            ["docs/pictures/a.png", "docs/pictures/a.txt"]
                .iter()
                .any(|stored| path == Path::new(stored))
        }),
        &[
            "docs/README.md:2 links to guides/b.md",
            "docs/README.md:3 links to pictures/b.png",
            "docs/README.md:3 links to pictures/a.txt",
            "Cargo.toml:1 speaks of docs/decisions/0009-gone.md",
        ],
    );
}
