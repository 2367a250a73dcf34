//! Every property of a shipped procedure is proved, and rests on what it says it rests on.

use law::Rules;
use law::check::{Slice, check, parse};

use crate::common::shipped;

#[test]
fn every_property_is_proved_and_rests_on_its_rules() {
    let rules = Rules::load(&shipped()).unwrap_or_else(|errors| panic!("{errors}"));
    let mut failures = Vec::new();
    for (path, nodes) in &rules.properties {
        let id = path.trim_end_matches("/properties.kdl");
        let procedure = rules
            .procedure(id)
            .expect("properties stand beside their procedure");
        let names = &rules.names[id];
        let properties = parse(procedure, names, nodes).unwrap_or_else(|errors| panic!("{errors}"));
        for property in &properties {
            let slice = Slice::of(procedure, property);
            let outcome = check(procedure, property, &slice, None);
            println!(
                "{} events={} cells={} states={} closed={}",
                property.id, outcome.events, outcome.cells, outcome.states, outcome.closed
            );
            if let Some(found) = &outcome.counterexample {
                failures.push(format!("{}: 反例 {}", property.id, found.steps.join(" → ")));
                continue;
            }
            if !outcome.closed {
                failures.push(format!(
                    "{}: {} 个状态还没有搜完",
                    property.id, outcome.states
                ));
                continue;
            }
            if property.rests_on.is_empty() {
                failures.push(format!("{}: 没有写支撑", property.id));
            }
            for rule in &slice.rules {
                let trial = check(procedure, property, &slice, Some(*rule));
                let listed = property.rests_on.contains(rule);
                match (&trial.counterexample, listed) {
                    (None, true) => failures.push(format!(
                        "{}: 删去 {} 没有反例",
                        property.id, procedure.rules[*rule].id
                    )),
                    (Some(found), false) if property.lists_all => failures.push(format!(
                        "{}: 支撑里缺 {}:{}",
                        property.id,
                        procedure.rules[*rule].id,
                        found.steps.join(" → ")
                    )),
                    _ => {}
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
