//! Every scenario beside a procedure runs through `decide` as written.

use std::sync::Arc;

use casework::scenario;

use crate::common::{rules, scenarios};

#[test]
fn every_scenario_runs_as_written() {
    let scenarios = scenarios();
    assert!(!scenarios.is_empty(), "there are scenarios");
    let rules = rules();
    let mut failures = Vec::new();
    for one in scenarios {
        let procedure = Arc::new(
            rules
                .procedure(&one.procedure)
                .expect("parsed against it")
                .clone(),
        );
        let (_, failed) = scenario::run(one, &rules, &procedure);
        failures.extend(
            failed
                .into_iter()
                .map(|failure| format!("“{}” {failure}", one.name)),
        );
    }
    assert!(
        failures.is_empty(),
        "{} of {} scenarios\n{}",
        failures.len(),
        scenarios.len(),
        failures.join("\n")
    );
}
