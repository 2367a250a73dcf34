//! An act exists only in `rules/`. A program that names one holds law that no rules file can change.

use std::collections::{BTreeMap, BTreeSet};

use crate::rust_source::{Token, is_test_file, tokens, without_tests};
use crate::tree::{self, File};
use crate::{assert_caught, assert_none};

/// The declaration of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Act {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) file: String,
}

/// Every act that the rules declare.
pub(crate) fn declared() -> Vec<Act> {
    let acts = acts(&tree::files());
    // Were the keyword renamed, every check on acts would pass over nothing.
    assert!(
        !acts.is_empty(),
        "no act is declared under rules/: is the node still called 行为?"
    );
    acts
}

fn acts(files: &[File]) -> Vec<Act> {
    let mut found = Vec::new();
    for file in files {
        if file.path.starts_with("rules/") && file.has_extension("kdl") {
            let document: kdl::KdlDocument = file
                .text
                .parse()
                .unwrap_or_else(|error| panic!("{} is not KDL: {error}", file.path));
            collect(&document, &file.path, &mut found);
        }
    }
    found
}

fn collect(document: &kdl::KdlDocument, file: &str, found: &mut Vec<Act>) {
    for node in document.nodes() {
        let argument = |at: usize| node.get(at).and_then(|value| value.as_string());
        // Relations name acts too, by their Chinese names; only a declaration begins with an id.
        if let ("行为", Some(id), Some(name)) = (node.name().value(), argument(0), argument(1))
            && id.chars().all(|character| {
                character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_'
            })
        {
            found.push(Act {
                id: id.to_owned(),
                name: name.to_owned(),
                file: file.to_owned(),
            });
        }
        if let Some(children) = node.children() {
            collect(children, file, found);
        }
    }
}

/// Acts that stand in program text: as a Rust literal or name, or quoted in a template, a query or a script.
fn named_in_programs(files: &[File], acts: &[Act]) -> Vec<String> {
    let names: BTreeMap<&str, &str> = acts
        .iter()
        .flat_map(|act| {
            [
                (act.id.as_str(), act.id.as_str()),
                (act.name.as_str(), act.id.as_str()),
            ]
        })
        .collect();
    // An id of several words means the act wherever it stands; one of one word is also an ordinary English word.
    let unmistakable: BTreeSet<&str> = acts
        .iter()
        .map(|act| act.id.as_str())
        .filter(|id| id.contains('_'))
        .collect();
    let mut offences = Vec::new();
    for file in files {
        let is_program = file.path.starts_with("crates/") || file.path.starts_with("xtask/src/");
        if !is_program || is_test_file(&file.path) {
            continue;
        }
        let mut report = |line: usize, act: &str| {
            offences.push(format!(
                "{}:{line} names the act `{act}`: ask the loaded procedure instead",
                file.path
            ));
        };
        if file.has_extension("rs") {
            for (line, token) in tokens(without_tests(&file.text)) {
                let act = match &token {
                    Token::Name(name) => unmistakable.get(name.as_str()).copied(),
                    Token::Text(text) => names
                        .get(text.as_str())
                        .copied()
                        .or_else(|| words(text).find_map(|word| unmistakable.get(word).copied())),
                    Token::Mark(_) => None,
                };
                act.into_iter().for_each(|act| report(line, act));
            }
        } else if ["html", "sql", "js", "mjs", "ts"]
            .iter()
            .any(|extension| file.has_extension(extension))
        {
            for (at, line) in file.text.lines().enumerate() {
                let quoted = line.split(['"', '\'', '`']).skip(1).step_by(2);
                quoted
                    .filter_map(|text| names.get(text).copied())
                    .for_each(|act| report(at + 1, act));
            }
        }
    }
    offences
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_ascii_alphanumeric() && character != '_')
}

#[test]
fn no_act_stands_in_program_text() {
    assert_none(&named_in_programs(&tree::files(), &declared()));
}

#[test]
fn acts_are_found_where_they_are_declared() {
    let rules = "行为 case_filing 立案 {\n  对象 案件\n}\n程序 p 程序 {\n  行为 \"closure\" 结案\n}\n择一 A-1 { 行为 立案 结案; }\n";
    let found = acts(&[
        File::new("rules/a/procedure.kdl", rules),
        File::new("docs/sample.kdl", "行为 other 其他"),
    ]);
    let ids: Vec<(&str, &str)> = found
        .iter()
        .map(|act| (act.id.as_str(), act.name.as_str()))
        .collect();
    assert_eq!(ids, [("case_filing", "立案"), ("closure", "结案")]);
}

#[test]
fn an_act_in_program_text_is_caught() {
    let act = |id: &str, name: &str| Act {
        id: id.to_owned(),
        name: name.to_owned(),
        file: String::new(),
    };
    let source = r#"//! case_filing may be spoken of.
fn a() { if act == "case_filing" {} }
fn case_filing() {}
const B: &str = "立案";
const C: &str = "UPDATE x SET done = 'case_filing'";
const D: &str = "closure";
fn closure() { say("立案之后"); }
#[cfg(test)]
mod tests {
    const E: &str = "case_filing";
}
"#;
    let files = [
        File::new("crates/web/src/lib.rs", source),
        File::new(
            "crates/web/templates/a.html",
            "<p>{% if act == \"closure\" %}立案</p>",
        ),
        File::new(
            "crates/ledger/migrations/1.sql",
            "INSERT INTO x VALUES ('case_filing');",
        ),
        File::new(
            "crates/casework/src/case/tests.rs",
            "const A: &str = \"case_filing\";",
        ),
        File::new(
            "crates/casework/tests/a.rs",
            "const A: &str = \"case_filing\";",
        ),
    ];
    let acts = [act("case_filing", "立案"), act("closure", "结案")];
    assert_caught(
        &named_in_programs(&files, &acts),
        &[
            "crates/web/src/lib.rs:2 names the act `case_filing`",
            "crates/web/src/lib.rs:3 names the act `case_filing`",
            "crates/web/src/lib.rs:4 names the act `case_filing`",
            "crates/web/src/lib.rs:5 names the act `case_filing`",
            "crates/web/src/lib.rs:6 names the act `closure`",
            "crates/web/templates/a.html:1 names the act `closure`",
            "crates/ledger/migrations/1.sql:1 names the act `case_filing`",
        ],
    );
}
