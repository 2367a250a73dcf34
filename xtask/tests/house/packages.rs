//! Licenses, duplicate versions and profiles of what we build on. `deny.toml` is the one list; `cargo deny` reads it too.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::tree::{self, items, text};
use crate::{assert_caught, assert_none};

/// The platform whose dependencies are judged.
pub(crate) fn target() -> String {
    let target = text(&tree::toml("deny.toml")["graph"]["targets"][0]).to_owned();
    assert!(!target.is_empty(), "deny.toml names no target");
    target
}

/// Whether a license expression can be met with `allowed`; `None` where it cannot be read.
fn is_met(expression: &str, allowed: &BTreeSet<&str>) -> Option<bool> {
    // Older packages write `MIT/Apache-2.0`.
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let is_met = any(&mut rest, allowed)?;
    rest.is_empty().then_some(is_met)
}

fn any(words: &mut &[&str], allowed: &BTreeSet<&str>) -> Option<bool> {
    let mut is_met = all(words, allowed)?;
    while let Some((&"OR", rest)) = words.split_first() {
        *words = rest;
        is_met |= all(words, allowed)?;
    }
    Some(is_met)
}

fn all(words: &mut &[&str], allowed: &BTreeSet<&str>) -> Option<bool> {
    let mut is_met = single(words, allowed)?;
    while let Some((&"AND", rest)) = words.split_first() {
        *words = rest;
        is_met &= single(words, allowed)?;
    }
    Some(is_met)
}

fn single(words: &mut &[&str], allowed: &BTreeSet<&str>) -> Option<bool> {
    let (&first, rest) = words.split_first()?;
    *words = rest;
    match first {
        "(" => {
            let is_met = any(words, allowed)?;
            let (&closing, rest) = words.split_first()?;
            *words = rest;
            (closing == ")").then_some(is_met)
        }
        ")" | "OR" | "AND" | "WITH" => None,
        license => {
            if let Some((&"WITH", rest)) = words.split_first() {
                let (&exception, rest) = rest.split_first()?;
                *words = rest;
                return Some(allowed.contains(format!("{license} WITH {exception}").as_str()));
            }
            Some(allowed.contains(license))
        }
    }
}

/// Packages whose license we may not use, and exceptions that nothing needs.
fn wrong_licenses(metadata: &Value, deny: &Value) -> Vec<String> {
    let general: BTreeSet<&str> = items(&deny["licenses"]["allow"]).map(text).collect();
    let mut waiting: BTreeMap<&str, BTreeSet<&str>> = items(&deny["licenses"]["exceptions"])
        .map(|exception| {
            (
                text(&exception["crate"]),
                items(&exception["allow"]).map(text).collect(),
            )
        })
        .collect();
    let mut offences = Vec::new();
    for package in items(&metadata["packages"]) {
        let name = text(&package["name"]);
        let license = text(&package["license"]);
        match is_met(license, &general) {
            Some(true) => {}
            Some(false) => {
                let is_excepted = waiting.remove(name).is_some_and(|more| {
                    is_met(license, &general.union(&more).copied().collect()) == Some(true)
                });
                if !is_excepted {
                    offences.push(format!(
                        "{name}: `{license}` is not among the licenses of deny.toml"
                    ));
                }
            }
            None => offences.push(format!("{name}: no license that can be read (`{license}`)")),
        }
    }
    let unused = waiting
        .keys()
        .map(|name| format!("deny.toml excepts the license of {name}, and nothing needs it"));
    offences.extend(unused);
    offences
}

/// Packages in two versions without a reason, and reasons without two versions.
fn duplicates(metadata: &Value, deny: &Value) -> Vec<String> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in items(&metadata["packages"]) {
        versions
            .entry(text(&package["name"]))
            .or_default()
            .insert(text(&package["version"]));
    }
    versions.retain(|_, found| found.len() > 1);
    let mut offences = Vec::new();
    for skip in items(&deny["bans"]["skip"]) {
        let name_and_version = text(&skip["crate"]);
        if text(&skip["reason"]).split_whitespace().count() < 3 {
            offences.push(format!(
                "deny.toml skips {name_and_version} without a reason"
            ));
        }
        let (name, wanted) = name_and_version
            .split_once('@')
            .unwrap_or((name_and_version, ""));
        let skipped = versions.get_mut(name).and_then(|found| {
            let version = found
                .iter()
                .copied()
                .find(|version| is_compatible(version, wanted))?;
            found.remove(version);
            Some(version)
        });
        if skipped.is_none() {
            offences.push(format!(
                "deny.toml skips {name_and_version}, and there is no such second version"
            ));
        }
    }
    for (name, left) in versions {
        if left.len() > 1 {
            let all: Vec<String> = left
                .iter()
                .map(|version| format!("{name}@{version}"))
                .collect();
            offences.push(format!(
                "{} stand side by side: see `cargo tree --invert`, then update, or skip one in deny.toml with the reason",
                all.join(" and ")
            ));
        }
    }
    offences
}

/// `0.6` stands for every 0.6.x, `2` for every 2.x, as cargo reads them.
fn is_compatible(version: &str, wanted: &str) -> bool {
    version
        .strip_prefix(wanted)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Profile sections for packages that are not there: cargo would only warn, and the speed would be gone.
fn idle_profiles(metadata: &Value, manifest: &Value) -> Vec<String> {
    let names: BTreeSet<&str> = items(&metadata["packages"])
        .map(|package| text(&package["name"]))
        .collect();
    let mut offences = Vec::new();
    for (profile, settings) in manifest["profile"].as_object().into_iter().flatten() {
        for name in settings["package"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name)
        {
            if name != "*" && !names.contains(name.as_str()) {
                offences.push(format!(
                    "[profile.{profile}.package.{name}]: no such package"
                ));
            }
        }
    }
    offences
}

/// What is really built for the workspace and its tests. `cargo metadata` joins the features of all uses and so lists more.
fn built() -> Value {
    let listing = tree::run(
        "cargo",
        &[
            "tree",
            "--locked",
            "--workspace",
            "--edges=normal,build,dev",
            "--prefix=none",
            "--format={p}\t{l}",
            "--target",
            &target(),
        ],
    );
    // A star marks a package whose dependencies were shown before; an empty line parts the members.
    let distinct: BTreeSet<&str> = listing
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter(|line| !line.is_empty())
        .collect();
    let packages: Vec<Value> = distinct
        .iter()
        .map(|line| {
            let (package, license) = line.split_once('\t').expect("the format has a tab");
            let mut words = package.split(' ');
            let name = words.next().unwrap_or_default();
            let version = words.next().unwrap_or_default().trim_start_matches('v');
            json!({"name": name, "version": version, "license": license})
        })
        .collect();
    assert!(
        packages.len() > 20,
        "only {} packages were seen",
        packages.len()
    );
    json!({"packages": packages})
}

#[test]
fn every_license_is_allowed() {
    assert_none(&wrong_licenses(&built(), &tree::toml("deny.toml")));
}

#[test]
fn every_package_has_one_version_or_a_reason() {
    assert_none(&duplicates(&built(), &tree::toml("deny.toml")));
}

#[test]
fn every_profile_names_a_package() {
    assert_none(&idle_profiles(&built(), &tree::toml("Cargo.toml")));
}

#[test]
fn license_expressions_are_read() {
    let allowed = BTreeSet::from([
        "MIT",
        "Apache-2.0",
        "Apache-2.0 WITH LLVM-exception",
        "Unicode-3.0",
    ]);
    for (expression, expected) in [
        ("MIT", Some(true)),
        ("GPL-3.0", Some(false)),
        ("GPL-3.0 OR MIT", Some(true)),
        ("MIT/Apache-2.0", Some(true)),
        ("MIT AND GPL-3.0", Some(false)),
        ("(MIT OR GPL-3.0) AND Unicode-3.0", Some(true)),
        ("MIT OR GPL-3.0 AND BSL-1.0", Some(true)),
        ("Apache-2.0 WITH LLVM-exception", Some(true)),
        ("GPL-2.0 WITH Classpath-exception-2.0", Some(false)),
        ("", None),
        ("MIT Apache-2.0", None),
        ("(MIT", None),
    ] {
        assert_eq!(is_met(expression, &allowed), expected, "{expression}");
    }
}

#[test]
fn a_license_that_is_not_allowed_is_caught() {
    let metadata = json!({"packages": [
        {"name": "free", "license": "MIT"},
        {"name": "copyleft", "license": "GPL-3.0"},
        {"name": "excepted", "license": "MPL-2.0"},
        {"name": "unlicensed", "license": null},
    ]});
    let deny = json!({"licenses": {
        "allow": ["MIT"],
        "exceptions": [
            {"crate": "excepted", "allow": ["MPL-2.0"]},
            {"crate": "gone", "allow": ["MPL-2.0"]},
        ],
    }});
    assert_caught(
        &wrong_licenses(&metadata, &deny),
        &[
            "copyleft: `GPL-3.0`",
            "unlicensed: no license",
            "the license of gone",
        ],
    );
}

#[test]
fn a_duplicate_and_an_idle_exception_are_caught() {
    let package = |name: &str, version: &str| json!({"name": name, "version": version});
    let metadata = json!({"packages": [
        package("one", "1.0.0"),
        package("known", "1.2.3"), package("known", "2.0.0"),
        package("fresh", "0.1.9"), package("fresh", "0.10.0"),
    ]});
    let deny = json!({"bans": {"skip": [
        {"crate": "known@1", "reason": "the parser still needs it"},
        {"crate": "one@1", "reason": "it was double once"},
        {"crate": "fresh@0.2", "reason": ""},
    ]}});
    assert_caught(
        &duplicates(&metadata, &deny),
        &[
            "skips one@1, and there is no such second version",
            "skips fresh@0.2 without a reason",
            "skips fresh@0.2, and there is no such second version",
            "fresh@0.1.9 and fresh@0.10.0",
        ],
    );
}

#[test]
fn a_profile_for_nothing_is_caught() {
    let metadata = json!({"packages": [{"name": "law"}]});
    let manifest = json!({"profile": {"dev": {"debug": 0, "package": {"law": {}, "gone": {}}}}});
    assert_caught(
        &idle_profiles(&metadata, &manifest),
        &["profile.dev.package.gone"],
    );
}
