//! The act that sets a penalty records how discretion was used, as it was on that day.

use casework::context::Context;
use casework::discretion::{kept, today};
use casework::entry::Entry;
use casework::scenario;
use law::discretion::{Outcome, StepKind};
use law::model::Domain;
use vocabulary::Fen;

use crate::common::{day, procedure, rules, scenarios};

const OUTSIDE: &str = "罚款在登记的裁量档次以外的，写明理由，并列入审核目录";

#[test]
fn a_receipt_is_recorded_with_the_act_and_says_what_the_benchmark_said_then() {
    let told = scenarios()
        .iter()
        .find(|it| it.name == OUTSIDE)
        .expect("the scenario");
    let (history, failures) = scenario::run(told, &rules(), &procedure());
    assert_eq!(failures, []);
    let receipts = kept(&history);
    assert_eq!(receipts.len(), 2);
    let (first, second) = (receipts[0].receipt, receipts[1].receipt);
    assert_eq!(
        (first.within_tier, second.within_tier),
        (Some(false), Some(true))
    );
    let amount = first.step(StepKind::Amount).expect("it is judged");
    assert_eq!(amount.outcome, Outcome::Departs);
    assert!(
        amount
            .values
            .iter()
            .any(|shown| shown.value == "拒不停止取水")
    );
    let tier = second.tier.as_ref().expect("a tier");
    assert_eq!(
        (&*tier.name, tier.bounds.least),
        ("从重", Some(Fen::yuan(50_000)))
    );
    // An entry says the same whatever benchmark stands later.
    let context = Context::of(rules());
    let now = day("2026-05-01").into();
    let later = today(&history.case, &context, (Domain(1), 0), now).expect("an item is chosen");
    assert_eq!(later.tier, None);
    assert_eq!(kept(&history)[1].receipt, second);
    // Nothing but the acts that set a penalty has one.
    let has_one = |entry: &&Entry| matches!(entry, Entry::Act(act) if act.receipt.is_some());
    let with = history.entries.iter().filter(has_one);
    assert_eq!(with.count(), 2);
}
