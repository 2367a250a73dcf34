//! What a case goes on with: the first step that leads to what is owed, in the order that the rules ask for, be it that they
//! do not insist on it yet.

use casework::answer::answer;
use casework::context::Context;
use casework::scenario;
use casework::towards::Towards;
use std::sync::Arc;

use crate::common::{day, rules, scenarios};

/// The name of the next step after a shipped scenario.
fn next_after(procedure: &str, title: &str, on: &str) -> String {
    let rules = rules();
    let found = Arc::new(rules.procedure(procedure).expect("shipped").clone());
    let folder = format!("{procedure}/");
    let mut all = scenarios().iter();
    let told = all.find(|it| it.place.file.starts_with(&folder) && it.name == title);
    let (history, failures) = scenario::run(told.expect("a scenario"), &rules, &found);
    assert_eq!(failures.len(), 0);
    let context = Context::of(Arc::clone(&rules));
    let answer = answer(&history.case, &context, day(on).into());
    let towards = Towards {
        case: &history.case,
        answer: &answer,
    };
    let step = towards.next().expect("something to do").step;
    found.events[step.event].name.clone()
}

/// That a report wants an inspection before it rests on a basis to be checked: it does not stop the report, and is the order.
#[test]
fn what_only_rests_on_an_unchecked_basis_is_still_the_order() {
    assert_eq!(
        next_after("inspection", "任务登记", "2026-04-08"),
        "检查审批"
    );
    assert_eq!(
        next_after("inspection", "审批并通知", "2026-04-13"),
        "扫码入企"
    );
}
