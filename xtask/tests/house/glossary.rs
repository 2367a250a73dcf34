//! The glossary joins the law's words and the code's words: one concept, one word.

use std::collections::{BTreeMap, BTreeSet};

use crate::acts::{self, Act};
use crate::tree;
use crate::{assert_caught, assert_none};

/// One row of the table.
struct Row<'a> {
    chinese: Vec<&'a str>,
    english: &'a str,
    in_code: Vec<&'a str>,
    source: &'a str,
}

/// Rows of every table with four columns, and the joining words.
struct Glossary<'a> {
    rows: Vec<Row<'a>>,
    joining: BTreeSet<&'a str>,
}

fn read(page: &str) -> Glossary<'_> {
    let mut rows = Vec::new();
    for line in page.lines() {
        let cells: Vec<&str> = line
            .trim()
            .trim_matches('|')
            .split('|')
            .map(str::trim)
            .collect();
        let [chinese, english, in_code, source] = cells.as_slice() else {
            continue;
        };
        if line.starts_with('|') && *chinese != "中文" && !chinese.starts_with("--") {
            rows.push(Row {
                chinese: chinese.split(['；', ';', '、']).map(str::trim).collect(),
                english,
                in_code: in_backticks(in_code).collect(),
                source,
            });
        }
    }
    let joining = page
        .lines()
        .filter_map(|line| line.strip_prefix("Joining words: "))
        .flat_map(in_backticks)
        .collect();
    Glossary { rows, joining }
}

fn in_backticks(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The single words of the second and third column, in lower case.
fn known_words(glossary: &Glossary) -> BTreeSet<String> {
    let mut known: BTreeSet<String> = glossary
        .joining
        .iter()
        .map(|word| (*word).to_owned())
        .collect();
    for row in &glossary.rows {
        known.extend(words(row.english));
        for code in &row.in_code {
            known.extend(words(code));
        }
    }
    known
}

/// `ReviewOpinion`, `review_opinion` and `review opinion` are the same two words.
fn words(text: &str) -> Vec<String> {
    let mut spaced = String::new();
    for character in text.chars() {
        if character.is_uppercase() {
            spaced.push(' ');
        }
        spaced.push(if character.is_alphabetic() {
            character.to_ascii_lowercase()
        } else {
            ' '
        });
    }
    spaced.split_whitespace().map(str::to_owned).collect()
}

/// Acts with an id of unknown words, and Chinese names with two ids.
fn unknown_acts(acts: &[Act], glossary: &Glossary) -> Vec<String> {
    let known = known_words(glossary);
    let mut offences = Vec::new();
    let mut ids: BTreeMap<&str, &Act> = BTreeMap::new();
    for act in acts {
        for word in words(&act.id).iter().filter(|word| !known.contains(*word)) {
            offences.push(format!(
                "{}: `{word}` in the act `{}` ({}) is not in docs/glossary.md: add a row",
                act.file, act.id, act.name
            ));
        }
        let first = ids.entry(&act.name).or_insert(act);
        if first.id != act.id {
            offences.push(format!(
                "{}: {} is `{}` here and `{}` in {}",
                act.file, act.name, act.id, first.id, first.file
            ));
        }
    }
    offences
}

/// Terms with two rows, code words with two meanings, and rows that do not say whose English it is.
fn doubled_rows(glossary: &Glossary) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut offences = Vec::new();
    for row in &glossary.rows {
        for entry in row.chinese.iter().chain(&row.in_code) {
            if !seen.insert(*entry) {
                offences.push(format!("docs/glossary.md has {entry} twice"));
            }
        }
        if row.in_code.is_empty() {
            offences.push(format!(
                "docs/glossary.md gives no code word for {}",
                row.chinese.join("；")
            ));
        }
        if !["p", "o"].contains(&row.source) {
            offences.push(format!(
                "docs/glossary.md does not say whether {} is p (published) or o (ours)",
                row.chinese.join("；")
            ));
        }
    }
    offences
}

fn page() -> String {
    std::fs::read_to_string(tree::root().join("docs/glossary.md"))
        .expect("docs/glossary.md is there")
}

#[test]
fn every_act_is_named_in_words_of_the_glossary() {
    let page = page();
    assert_none(&unknown_acts(&acts::declared(), &read(&page)));
}

#[test]
fn the_glossary_has_one_row_a_term() {
    let page = page();
    let glossary = read(&page);
    assert!(
        glossary.rows.len() > 50,
        "only {} rows were read",
        glossary.rows.len()
    );
    assert_none(&doubled_rows(&glossary));
}

#[test]
fn an_unknown_word_and_a_second_name_are_caught() {
    let page = "\
Joining words: `of`, `to`.

| 中文 | English | in code | source |
| --- | --- | --- | --- |
| 立案 | case filing | `case_filing` | o |
| 审核意见；意见 | opinion of the reviewer | `ReviewOpinion` | p |
";
    let act = |id: &str, name: &str| Act {
        id: id.to_owned(),
        name: name.to_owned(),
        file: "rules/a.kdl".to_owned(),
    };
    let acts = [
        act("case_filing", "立案"),
        act("review_of_case", "审核"),
        act("case_opening", "开案"),
        act("filing", "立案"),
    ];
    assert_caught(
        &unknown_acts(&acts, &read(page)),
        &[
            "`opening` in the act `case_opening`",
            "立案 is `filing` here and `case_filing` in",
        ],
    );
}

#[test]
fn a_doubled_row_is_caught() {
    let page = "| 立案 | filing | `filing` | o |\n| 立案；备案 | record submission | `filing` | p |\n| 归档 | archiving | none | |\n";
    assert_caught(
        &doubled_rows(&read(page)),
        &[
            "has 立案 twice",
            "has filing twice",
            "no code word for 归档",
            "whether 归档 is p",
        ],
    );
}
