//! The house tests: what trust in this workspace rests on and no single crate can show.
//!
//! Every check is a plain function over a small input that answers with the offences it found, one sentence each. One test runs
//! it over the tree, and another over a sample that must be caught, so that no check can fall silent unnoticed.

mod acts;
mod arrows;
mod glossary;
mod hygiene;
mod links;
mod packages;
mod rust_source;
mod snapshots;
mod tree;

/// Fails with all offences at once, so that one run is enough to mend them.
#[track_caller]
fn assert_none(offences: &[String]) {
    assert!(
        offences.is_empty(),
        "\n{} found:\n  {}\n",
        offences.len(),
        offences.join("\n  ")
    );
}

/// Fails unless some offence speaks of each of `expected`, in order, and nothing else was found.
#[track_caller]
fn assert_caught(offences: &[String], expected: &[&str]) {
    let is_same = offences.len() == expected.len()
        && offences
            .iter()
            .zip(expected)
            .all(|(offence, part)| offence.contains(part));
    assert!(is_same, "expected {expected:#?}, found {offences:#?}");
}
