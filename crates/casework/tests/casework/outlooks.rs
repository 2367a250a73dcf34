//! What a form says would become due is what the record then holds.

use casework::entry::{Consequence, Entry};
use casework::outlook::outlook;

use crate::common::given;

/// Every date that is told beforehand stands in the entry, for each act of a whole case.
#[test]
fn what_is_told_beforehand_is_what_is_recorded() {
    let case = given("承 \"立案到处罚决定\"");
    let procedure = &case.history.case.procedure;
    let mut told = 0;
    for entry in &case.history.entries {
        let Entry::Act(act) = entry else { continue };
        let event = procedure.event(&act.event).expect("its procedure has it");
        let clocks: Vec<_> = act
            .consequences
            .iter()
            .filter_map(|it| match it {
                Consequence::Owed { clock, .. } | Consequence::Opened { clock, .. } => {
                    clock.as_ref()?.due
                }
                _ => None,
            })
            .collect();
        for it in outlook(procedure, &case.context, event, act.occurred) {
            let rule = &procedure.rules[it.rule].id;
            // An obligation that was owed already keeps its first clock.
            let again = case.history.entries.iter().any(|earlier| {
                matches!(earlier, Entry::Act(other) if other.event == act.event && other != act)
            });
            assert!(
                clocks.contains(&it.due.at) || again,
                "{}: {rule} is told for {}, recorded are {clocks:?}",
                act.event,
                it.due.at
            );
            told += 1;
        }
    }
    assert!(told >= 5, "only {told} dates were told");
}

#[test]
fn the_nearest_date_comes_first_and_moves_with_the_day() {
    let case = given("承 \"立案到处罚决定\"");
    let procedure = &case.history.case.procedure;
    let dated = (0..procedure.events.len()).filter_map(|event| {
        let on = |text: &str| {
            let day = crate::common::day(text);
            outlook(procedure, &case.context, event, day.into())
        };
        let (before, after) = (on("2026-03-02"), on("2026-03-03"));
        assert!(before.is_sorted_by_key(|it| it.due.at));
        let moved = before.iter().zip(&after).all(|(a, b)| a.due.at <= b.due.at);
        assert!(moved);
        (!before.is_empty()).then_some(())
    });
    assert!(dated.count() > 10);
}
