//! Lawful destruction: who may, of what, and that a case is read without what was destroyed.

use std::collections::BTreeSet;

use casework::answer::answer;
use casework::case::Case;
use casework::destroy::{DestructionRequest, destroy};
use casework::entry::{ActPerformed, Entry, PartOfEntry};
use casework::refusal::Refusal;
use vocabulary::Moment;

use crate::common::{Given, day, given, procedure};
use crate::corrections::{context_of, histories, with};
use crate::taking_over::{PAPER_CASE, taken_over};

fn part(entry: u32, label: &str) -> PartOfEntry {
    PartOfEntry {
        entry,
        label: label.to_owned(),
    }
}

fn asked(parts: &[PartOfEntry]) -> DestructionRequest {
    DestructionRequest {
        parts: parts.to_vec(),
        basis: "《个人信息保护法》第四十七条".to_owned(),
        reason: "保存期限届满".to_owned(),
        asked_by: "冯档".to_owned(),
        approved_by: "张局".to_owned(),
    }
}

fn destroyed(
    case: &Given,
    request: &DestructionRequest,
    present: &[PartOfEntry],
) -> Result<Entry, Refusal> {
    let present: BTreeSet<PartOfEntry> = present.iter().cloned().collect();
    let now = day("2026-12-01").into();
    destroy(&case.history, &case.context, request, &present, now)
}

#[test]
fn a_part_is_destroyed_on_a_ground_by_two_people() {
    let case = given("承 \"立案到处罚决定\"");
    let present = [
        part(1, "personal"),
        part(1, "personal/party-1"),
        part(4, "personal"),
    ];
    let mut request = asked(&[present[1].clone(), present[0].clone(), present[1].clone()]);
    request.reason = " 保存期限届满\n".to_owned();
    let Ok(Entry::PartsDestroyed(destruction)) = destroyed(&case, &request, &present) else {
        panic!("in order")
    };
    assert_eq!(destruction.parts, present[..2], "each once, in order");
    assert_eq!(destruction.on, day("2026-12-01"));
    assert_eq!(destruction.reason, "保存期限届满");
    let mut after = case.history.clone();
    after.push(Entry::PartsDestroyed(destruction));
    assert_eq!(
        after.case, case.history.case,
        "the marking does not rest on it"
    );
}

#[test]
fn what_is_wrong_with_a_destruction_is_said() {
    let case = given("承 \"立案到处罚决定\"");
    let present = [part(1, "personal"), part(4, "personal")];
    let good = asked(&present[..1]);
    destroyed(&case, &good, &present).expect("in order");
    let wrong = |change: &dyn Fn(&mut DestructionRequest), field: &str| {
        let mut request = good.clone();
        change(&mut request);
        let refusal = destroyed(&case, &request, &present).expect_err(field);
        assert!(
            refusal
                .grounds
                .iter()
                .any(|g| g.field.as_deref() == Some(field)),
            "{field}: {refusal:?}"
        );
        assert!(refusal.is_input());
        refusal
    };
    wrong(&|r| r.approved_by = "冯档".to_owned(), "approved_by");
    wrong(&|r| r.asked_by = "张局".to_owned(), "approved_by");
    wrong(&|r| r.approved_by = "王一".to_owned(), "approved_by");
    wrong(&|r| r.approved_by = "无此人".to_owned(), "approved_by");
    wrong(&|r| r.asked_by = "无此人".to_owned(), "asked_by");
    wrong(&|r| r.basis = " ".to_owned(), "basis");
    wrong(&|r| r.reason = String::new(), "reason");
    wrong(&|r| r.parts.clear(), "parts");
    wrong(&|r| r.parts = vec![part(0, "personal")], "parts");
    wrong(&|r| r.parts = vec![part(99, "personal")], "parts");
    // Another part of a known entry, and one that was destroyed before: it is not there any more.
    wrong(&|r| r.parts.push(part(1, "secret")), "parts");
    let refusal = destroyed(&case, &good, &present[1..]).expect_err("destroyed before");
    assert!(
        refusal.grounds[0].text.contains("已经依法销毁"),
        "{refusal}"
    );
}

/// An act of which only some parts are left.
fn faded(act: &ActPerformed, keep: &mut impl FnMut() -> bool) -> ActPerformed {
    let mut left = act.clone();
    left.facts.retain(|_, _| keep());
    left.people.retain(|_| keep());
    left.reasons.retain(|_, _| keep());
    left.files.retain(|_| keep());
    for new in &mut left.introduced {
        if !keep() {
            new.name = "（已依法销毁）".to_owned();
        }
    }
    left
}

/// An entry of which only some parts are left; nothing of its header is missing.
fn left_of(entry: &Entry, keep: &mut impl FnMut() -> bool) -> Entry {
    match entry.clone() {
        Entry::Act(act) => Entry::Act(Box::new(faded(&act, keep))),
        Entry::Corrected(mut correction) => {
            correction.act = faded(&correction.act, keep);
            Entry::Corrected(correction)
        }
        Entry::TakenOver(mut taken) => {
            taken.acts = taken.acts.iter().map(|act| faded(act, keep)).collect();
            Entry::TakenOver(taken)
        }
        other => other,
    }
}

/// A fixed sequence that looks like chance.
fn coin(seed: u64) -> impl FnMut() -> bool {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.is_multiple_of(3)
    }
}

fn read(entries: impl IntoIterator<Item = Entry>) -> Case {
    casework::decide::History::read(procedure(), entries).case
}

#[track_caller]
fn reads_the_same(entries: &[Entry], name: &str) {
    let whole = read(entries.iter().cloned());
    let mut nothing = || false;
    let bare = read(entries.iter().map(|entry| left_of(entry, &mut nothing)));
    for (seed, case) in (1..=6)
        .map(|seed| {
            let mut keep = coin(seed);
            (
                seed,
                read(entries.iter().map(|entry| left_of(entry, &mut keep))),
            )
        })
        .chain([(0, bare)])
    {
        assert_eq!(case.marks, whole.marks, "{name}, {seed}");
        assert_eq!(case.owed, whole.owed, "{name}, {seed}");
        assert_eq!(
            (&case.met, &case.opened),
            (&whole.met, &whole.opened),
            "{name}, {seed}"
        );
        assert_eq!(case.defects, whole.defects, "{name}, {seed}");
        let cautions = |case: &Case| -> Vec<_> {
            case.history
                .iter()
                .map(|d| (d.occurred, d.cautions.clone()))
                .collect()
        };
        assert_eq!(cautions(&case), cautions(&whole), "{name}, {seed}");
        let numbers = |case: &Case| -> Vec<Vec<u32>> {
            let of = |all: &Vec<casework::case::Member>| all.iter().map(|m| m.number).collect();
            case.members.iter().map(of).collect()
        };
        assert_eq!(numbers(&case), numbers(&whole), "{name}, {seed}");
    }
}

#[test]
fn a_history_reads_without_its_parts() {
    for (one, history) in histories() {
        reads_the_same(&history.entries, &one.name);
    }
    let corrected = with(
        given("承 \"立案到处罚决定\""),
        3,
        "行 立案 \"2026-03-04\" { 案由 \"未经批准取水\" }",
    );
    reads_the_same(&corrected.history.entries, "corrected");
    reads_the_same(&taken_over(PAPER_CASE).history.entries, "taken over");
}

#[test]
fn a_case_without_its_parts_is_still_answered() {
    let at: Moment = day("2026-12-01").into();
    for (one, history) in histories() {
        let context = context_of(one);
        let mut nothing = || false;
        let case = read(
            history
                .entries
                .iter()
                .map(|entry| left_of(entry, &mut nothing)),
        );
        let dues = |case: &Case| -> Vec<_> {
            answer(case, &context, at)
                .must
                .iter()
                .map(|must| (must.text.clone(), must.due))
                .collect()
        };
        let (whole, left) = (dues(&history.case), dues(&case));
        assert_eq!(left.len(), whole.len(), "{}", one.name);
    }
}

#[test]
fn what_the_rules_do_not_know_is_passed_over() {
    let rename = |json: String, from: &str, to: &str| json.replace(from, to);
    for (one, history) in histories().into_iter().take(12) {
        let json = serde_json::to_string(&history.entries).expect("entries");
        for (from, to) in [
            ("\"kind\":\"party\"", "\"kind\":\"case\""),
            ("\"kind\":\"case\"", "\"kind\":\"party\""),
            ("\"kind\":\"party\"", "\"kind\":\"nobody\""),
            (
                "\"event\":\"case_filing\"",
                "\"event\":\"of_a_later_program\"",
            ),
            ("PEN-DECIDE-90D", "PEN-OF-OLD"),
        ] {
            let entries: Vec<Entry> =
                serde_json::from_str(&rename(json.clone(), from, to)).expect("of the same shape");
            let case = read(entries);
            let context = context_of(one);
            let _ = answer(&case, &context, day("2026-12-01").into());
        }
    }
}
