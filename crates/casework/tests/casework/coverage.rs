//! Every row of the legal baseline that claims to be in effect is shown to be so by deleting it; none is silent.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use casework::coverage::{Covered, State, coverage};
use casework::scenario;
use law::Rules;
use law::catalog::RowState;

use crate::common::{rules, scenarios, shipped_files};

/// Rows that nothing shows yet. To be kept empty.
const STILL_PENDING: [&str; 0] = [];

#[test]
fn every_row_is_enforced_or_says_why_not() {
    let rules = rules();
    let covered = coverage(&rules, scenarios());
    assert_eq!(covered.len(), rules.rows.len());
    let mut pending = Vec::new();
    for (row, answer) in rules.rows.iter().zip(&covered) {
        assert_eq!(row.id, answer.id);
        if answer.state == State::Pending && row.state == RowState::Active {
            pending.push(format!(
                "{} ({}: {})",
                answer.id, answer.place, answer.reason
            ));
        }
        if answer.state == State::Enforced {
            let (file, line) = answer.place.rsplit_once(':').expect("file:line");
            let path = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../../rules")
                .join(file);
            let text = std::fs::read_to_string(&path)
                .unwrap_or_else(|error| panic!("{}: {error}", answer.place));
            let line: usize = line.parse().expect("a line number");
            let stands = text.lines().nth(line - 1);
            assert!(
                stands.is_some_and(|line| !line.trim().is_empty()),
                "{}: nothing stands at {}",
                answer.id,
                answer.place
            );
        } else {
            assert!(!answer.reason.is_empty(), "{} says why", answer.id);
        }
    }
    pending.retain(|told| !STILL_PENDING.iter().any(|id| told.starts_with(id)));
    assert!(
        pending.is_empty(),
        "{} rows are pending:\n{}",
        pending.len(),
        pending.join("\n")
    );
}

/// The ids of the baseline with the table that each stands in.
fn baseline() -> Vec<(&'static str, &'static str)> {
    let lines = include_str!("../data/baseline-ids.txt").lines();
    let lines = lines.filter(|line| !line.starts_with('#'));
    lines
        .flat_map(|line| {
            let mut words = line.split_whitespace();
            let table = words.next().expect("a table");
            words.map(move |id| (table, id))
        })
        .collect()
}

#[test]
fn no_id_of_the_baseline_is_silent() {
    let rules = rules();
    let tables: BTreeMap<&str, &str> = rules
        .rows
        .iter()
        .map(|row| (row.id.as_str(), row.table.as_str()))
        .collect();
    let all = baseline();
    assert!(all.len() > 450, "{} ids", all.len());
    let silent: Vec<&str> = all
        .iter()
        .filter(|(table, id)| tables.get(id) != Some(table))
        .map(|(_, id)| *id)
        .collect();
    assert!(silent.is_empty(), "no row in its table: {silent:?}");
}

/// The state of one row, when the shipped rules are changed so.
fn changed(row: &str, path: &str, find: &str, put: &str) -> Covered {
    let mut files = shipped_files();
    let file = files.iter_mut().find(|file| file.path == path);
    let file = file.expect("a shipped file");
    assert!(file.text.contains(find), "{path} has no {find}");
    file.text = file.text.replacen(find, put, 1);
    let mut rules = Rules::load(&files).unwrap_or_else(|errors| panic!("{errors}"));
    let scenarios = scenario::parse(&rules).unwrap_or_else(|errors| panic!("{errors}"));
    rules.rows.retain(|known| known.id == row);
    let mut found = coverage(&Arc::new(rules), &scenarios);
    found.pop().expect("the row")
}

#[test]
fn a_row_is_pending_once_nothing_carries_it_any_more() {
    let review = "overlays/legal_review.kdl";
    for (row, path, find, put) in [
        // A kind of document that says no more which form it is.
        ("D-39", "penalty.ordinary/procedure.kdl", " 样式=D-39", ""),
        // An act that makes the form no more.
        (
            "D-16",
            "penalty.ordinary/20-investigation.kdl",
            "    样式 D-16\n",
            "",
        ),
        // An alternative.
        ("RO-SUPPLEMENT", review, " { 条目 RO-SUPPLEMENT; }", ""),
        (
            "A-LIC-SAND",
            "license/procedure.kdl",
            " { 条目 A-LIC-SAND; }",
            "",
        ),
        // An item under another number.
        (
            "P-SF71",
            "items/water_law.kdl",
            "事项 P-SF71 {",
            "事项 P-SF71-X {",
        ),
    ] {
        let found = changed(row, path, find, put);
        assert_eq!(found.state, State::Pending, "{row}: {}", found.reason);
        let found = changed(row, path, find, find);
        assert_eq!(found.state, State::Enforced, "{row}: {}", found.reason);
    }
}

#[test]
fn what_nothing_depends_on_is_only_shown() {
    // Without the demand that all seven points be gone through, a point is only there to be ticked.
    let review = "overlays/legal_review.kdl";
    let found = changed("RV-3", review, "            已逐项审核 含 事实和证据\n", "");
    assert_eq!(found.state, State::Shown, "{}", found.reason);
    // An item whose amounts are not known is told, and measures nothing.
    let items = "items/river_and_dam.kdl";
    let found = changed("P-SXHD", items, "罚款 数额=待核\n", "罚款 数额=待核\n");
    assert_eq!(found.state, State::Shown, "{}", found.reason);
    let found = changed("P-SXHD", items, "罚款 数额=待核\n", "罚款 最高=100000\n");
    assert_eq!(found.state, State::Enforced, "{}", found.reason);
}

#[test]
fn an_item_that_may_no_longer_be_chosen_is_refused_from_that_day() {
    let found = changed("P-SF67-1", "items/water_law.kdl", "停用", "停用");
    assert_eq!(found.state, State::Enforced);
    assert!(
        found.reason.contains("生态环境主管部门"),
        "{}",
        found.reason
    );
}
