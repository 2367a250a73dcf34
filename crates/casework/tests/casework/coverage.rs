//! Every row of the legal baseline that claims to be in effect is shown to be so by deleting it.

use std::path::Path;

use casework::coverage::{State, coverage};
use law::catalog::RowState;

use crate::common::{rules, scenarios};

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
