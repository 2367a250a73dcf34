//! What must not stand in the tree: unfinished work, tests that sleep or are switched off, addresses of one machine.

use crate::tree::{self, File};
use crate::{assert_caught, assert_none};

/// Left-overs in Rust, with what to do instead.
const UNFINISHED: &[(&str, &str)] = &[
    ("todo!(", "build it, or leave it out"),
    ("unimplemented!(", "build it, or leave it out"),
    ("dbg!(", "remove it"),
    ("#[ignore", "assert what happens today and say why"),
    ("thread::sleep", "wait for the thing itself"),
];

/// Paths of one machine.
const MACHINE: &[&str] = &["/work/", "/root/", "/home/"];

/// Addresses of package registries: they belong to the machine that installs.
const REGISTRIES: &[&str] = &[
    "crates.io",
    "deb.debian.org",
    "npmjs.com",
    "proxy.golang.org",
    "pypi.org",
    "registry.npmjs.org",
    "registry.yarnpkg.com",
    "security.debian.org",
    "static.rust-lang.org",
];

/// These tests hold the forbidden words as samples.
const SAMPLES: &str = "xtask/tests/";

fn left_overs(files: &[File]) -> Vec<String> {
    let mut offences = Vec::new();
    for file in files.iter().filter(|file| !file.path.starts_with(SAMPLES)) {
        for (at, line) in file.text.lines().enumerate() {
            let place = format!("{}:{}", file.path, at + 1);
            if file.has_extension("rs") {
                for (word, instead) in UNFINISHED {
                    if line.contains(word) {
                        offences.push(format!("{place} `{word}`: {instead}"));
                    }
                }
            }
            for path in MACHINE.iter().filter(|path| line.contains(*path)) {
                offences.push(format!(
                    "{place} speaks of `{path}`, which is one machine's"
                ));
            }
            // Cargo writes the registry into its lock files by itself.
            if !file.path.ends_with("Cargo.lock") {
                for host in REGISTRIES.iter().filter(|host| line.contains(*host)) {
                    offences.push(format!(
                        "{place} speaks of {host}, which the machine decides"
                    ));
                }
            }
        }
    }
    offences
}

#[test]
fn nothing_is_left_over() {
    assert_none(&left_overs(&tree::files()));
}

#[test]
fn left_overs_are_caught() {
    let files = [
        File::new(
            "crates/a/src/lib.rs",
            "fn a() {\n    todo!()\n}\n#[ignore = \"slow\"]\nfn b() { std::thread::sleep(c) }",
        ),
        File::new("docs/a.md", "Say todo!() as you like, under /root/data."),
        File::new(
            "e2e/package-lock.json",
            "\"resolved\": \"https://registry.npmjs.org/a\"",
        ),
        File::new(
            "Cargo.lock",
            "source = \"registry+https://github.com/rust-lang/crates.io-index\"",
        ),
        File::new("xtask/tests/house/hygiene.rs", "todo!() /work/"),
    ];
    assert_caught(
        &left_overs(&files),
        &[
            "lib.rs:2 `todo!(`",
            "lib.rs:4 `#[ignore`",
            "lib.rs:5 `thread::sleep`",
            "docs/a.md:1",
            "package-lock.json:1",
        ],
    );
}
