//! Which crate may know which: arrows point inward, and the pure crates know no outside.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::tree::{self, items, text};
use crate::{assert_caught, assert_none};

/// Every crate of the workspace and the crates it may depend on. A crate that is not here has no place yet.
const ARROWS: &[(&str, &[&str])] = &[
    ("vocabulary", &[]),
    ("law", &["vocabulary"]),
    ("casework", &["law", "vocabulary"]),
    ("proof", &["vocabulary"]),
    ("app", &["casework", "law", "proof", "vocabulary"]),
    ("ledger", &["app", "proof", "vocabulary"]),
    // Contents alone: neither a case nor the law.
    ("storage", &["app"]),
    // Who somebody is, said by somebody else: neither a case nor an account.
    ("oidc", &["app"]),
    // Reads what clerks wrote on paper into requests: knows names, no storage.
    ("intake", &["app", "casework", "law", "sheet", "vocabulary"]),
    // Lists as workbooks: no case, no law.
    ("sheet", &["vocabulary"]),
    // Publications for the web site of somebody else: no case, no law.
    ("carrier", &["proof"]),
    // A page takes over cases on paper as the command does: it reads the workbook by the same crate.
    (
        "web",
        &[
            "app",
            "carrier",
            "casework",
            "intake",
            "law",
            "sheet",
            "vocabulary",
        ],
    ),
    // The portal cannot name a case, hence cannot leak one.
    ("portal", &["proof", "vocabulary"]),
    (
        "mingqu",
        &[
            "app",
            "casework",
            "intake",
            "law",
            "ledger",
            "oidc",
            "portal",
            "proof",
            "sheet",
            "storage",
            "vocabulary",
            "web",
        ],
    ),
    (
        "testkit",
        &["app", "casework", "law", "ledger", "proof", "vocabulary"],
    ),
    // It starts the PostgreSQL that the bench measures.
    ("xtask", &["testkit"]),
];

/// Crates whose answers depend on their arguments alone.
const PURE: &[&str] = &["vocabulary", "law", "casework", "proof"];

/// What a pure crate must not reach even through others.
const OUTSIDE: &[&str] = &[
    "async-std",
    "axum",
    "hyper",
    "libsqlite3-sys",
    "mio",
    "notify",
    "object_store",
    "reqwest",
    "rusqlite",
    "smol",
    "sqlx",
    "sqlx-core",
    "tokio",
    "tokio-postgres",
    "tracing-subscriber",
    "ureq",
];

/// What a pure crate must not name itself. Signature libraries carry some of these for keys that we hand in.
const RANDOM: &[&str] = &["fastrand", "getrandom", "rand", "tempfile"];

/// Features of `uuid` that make ids out of chance or the clock.
const RANDOM_UUID: &[&str] = &[
    "fast-rng",
    "rng",
    "rng-getrandom",
    "rng-rand",
    "v1",
    "v4",
    "v6",
    "v7",
];

/// Packages by name with what they name in their manifest, as `cargo metadata` tells it.
fn forbidden_arrows(metadata: &Value) -> Vec<String> {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let members: BTreeSet<&str> = items(&metadata["packages"])
        .map(|package| text(&package["name"]))
        .collect();
    let mut offences = Vec::new();
    for package in items(&metadata["packages"]) {
        let from = text(&package["name"]);
        let Some(targets) = allowed.get(from) else {
            offences.push(format!(
                "{from} has no row in ARROWS: decide what it may know"
            ));
            continue;
        };
        for dependency in items(&package["dependencies"]) {
            // Tests may look wherever they need to.
            if dependency["kind"] == "dev" {
                continue;
            }
            let to = text(&dependency["name"]);
            if members.contains(to) && !targets.contains(&to) {
                offences.push(format!("{from} -> {to} points the wrong way"));
            }
            if PURE.contains(&from) {
                if RANDOM.contains(&to) {
                    offences.push(format!(
                        "{from} is pure and names {to}: chance is an argument"
                    ));
                }
                let drawn = items(&dependency["features"])
                    .map(text)
                    .find(|feature| to == "uuid" && RANDOM_UUID.contains(feature));
                if let Some(feature) = drawn {
                    offences.push(format!(
                        "{from} is pure and makes ids by uuid's `{feature}`: ids are arguments"
                    ));
                }
            }
        }
    }
    offences
}

/// Chains from a pure crate to something of the outside, through normal and build dependencies.
fn reached_outside(metadata: &Value) -> Vec<String> {
    let names: BTreeMap<&str, &str> = items(&metadata["packages"])
        .map(|package| (text(&package["id"]), text(&package["name"])))
        .collect();
    let edges: BTreeMap<&str, Vec<&str>> = items(&metadata["resolve"]["nodes"])
        .map(|node| {
            let targets = items(&node["deps"])
                .filter(|dependency| {
                    items(&dependency["dep_kinds"]).any(|kind| kind["kind"] != "dev")
                })
                .map(|dependency| text(&dependency["pkg"]))
                .collect();
            (text(&node["id"]), targets)
        })
        .collect();
    let mut offences = Vec::new();
    for member in items(&metadata["workspace_members"]).map(text) {
        if !PURE.contains(&names[member]) {
            continue;
        }
        let mut seen = BTreeSet::from([member]);
        let mut waiting = vec![vec![member]];
        while let Some(chain) = waiting.pop() {
            let last = chain.last().expect("a chain begins with its crate");
            if OUTSIDE.contains(&names[last]) {
                let shown: Vec<&str> = chain.iter().map(|id| names[id]).collect();
                offences.push(shown.join(" -> "));
                continue;
            }
            for next in edges.get(last).into_iter().flatten() {
                if seen.insert(next) {
                    waiting.push(chain.iter().chain([next]).copied().collect());
                }
            }
        }
    }
    offences
}

/// Members whose manifest does not take the lints of the workspace.
fn without_lints(manifests: &[(String, String)]) -> Vec<String> {
    manifests
        .iter()
        .filter(|(_, manifest)| !manifest.contains("[lints]\nworkspace = true"))
        .map(|(path, _)| format!("{path} does not take the workspace lints"))
        .collect()
}

#[test]
fn arrows_point_inward() {
    assert_none(&forbidden_arrows(&tree::metadata(&["--no-deps"])));
}

#[test]
fn pure_crates_reach_no_outside() {
    let metadata = tree::metadata(&["--filter-platform", &crate::packages::target()]);
    let members = items(&metadata["workspace_members"]).count();
    assert!(members >= ARROWS.len(), "only {members} members were seen");
    assert_none(&reached_outside(&metadata));
}

#[test]
fn every_member_takes_the_workspace_lints() {
    let manifests: Vec<(String, String)> = tree::files()
        .into_iter()
        .filter(|file| file.path.ends_with("/Cargo.toml"))
        // What the bench measures beside the product is no member.
        .filter(|file| !file.path.starts_with("peers/"))
        .map(|file| (file.path, file.text))
        .collect();
    assert_none(&without_lints(&manifests));
}

#[test]
fn a_wrong_arrow_is_caught() {
    let sample = json!({"packages": [
        {"name": "portal", "dependencies": [
            {"name": "proof", "kind": null, "features": []},
            {"name": "casework", "kind": null, "features": []},
            {"name": "testkit", "kind": "dev", "features": []},
        ]},
        {"name": "casework", "dependencies": [
            {"name": "testkit", "kind": null, "features": []},
            {"name": "rand", "kind": null, "features": []},
            {"name": "uuid", "kind": null, "features": ["std", "v7"]},
        ]},
        {"name": "proof", "dependencies": []},
        {"name": "testkit", "dependencies": []},
        {"name": "helpers", "dependencies": []},
    ]});
    assert_caught(
        &forbidden_arrows(&sample),
        &[
            "portal -> casework",
            "casework -> testkit",
            "casework is pure and names rand",
            "uuid's `v7`",
            "helpers has no row",
        ],
    );
}

#[test]
fn a_hidden_road_outside_is_caught() {
    let normal = json!([{"kind": null}]);
    let sample = json!({
        "packages": [
            {"id": "1", "name": "law"},
            {"id": "2", "name": "innocent"},
            {"id": "3", "name": "tokio"},
            {"id": "4", "name": "axum"},
        ],
        "workspace_members": ["1"],
        "resolve": {"nodes": [
            {"id": "1", "deps": [
                {"pkg": "2", "dep_kinds": normal},
                {"pkg": "4", "dep_kinds": [{"kind": "dev"}]},
            ]},
            {"id": "2", "deps": [{"pkg": "3", "dep_kinds": normal}]},
        ]},
    });
    assert_caught(&reached_outside(&sample), &["law -> innocent -> tokio"]);
}

#[test]
fn a_member_without_lints_is_caught() {
    let sample = [
        ("crates/a/Cargo.toml", "[lints]\nworkspace = true\n"),
        ("crates/b/Cargo.toml", "[package]\n"),
    ]
    .map(|(path, manifest)| (path.to_owned(), manifest.to_owned()));
    assert_caught(&without_lints(&sample), &["crates/b/Cargo.toml"]);
}
