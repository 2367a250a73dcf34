//! The shipped enforcement items: a fine out of range, a wrong party and a superseded item are caught with the article.

use std::sync::Arc;

use casework::case::Case;
use casework::context::Context;
use casework::derive::{Derived, derive};
use casework::entry::Entry;
use casework::evolve::evolve;
use casework::live::Live;
use law::catalog::{Addressee, Item, Measure};
use law::fact::Value;
use vocabulary::{Day, Fen, Moment, Penalty};

use crate::common::{day, procedure, rules};

/// A case of one party to be fined under an item.
struct Fined {
    case: Case,
    context: Context,
    at: Moment,
}

fn fined(item: &str, kind: &str, fine: Fen) -> Fined {
    // A party comes in with an act; which one does not matter here.
    let comes_in: Entry = serde_json::from_value(serde_json::json!({
        "kind": "act",
        "event": "case_filing",
        "subject": { "kind": "case", "number": 0 },
        "occurred": "2026-08-20",
        "introduced": [{ "kind": "party", "number": 1, "name": "甲" }],
        "consequences": [],
    }))
    .expect("an entry");
    let mut case = Case::new(procedure());
    evolve(&mut case, 1, &comes_in);
    let fined = Fined {
        case,
        context: Context::of(rules()),
        at: day("2026-09-01").into(),
    };
    fined.fact("party_kind", kind).fact("item", item).set(
        "proposed_penalty",
        Value::Penalty(Penalty::new(vec![], fine, Fen(0))),
    )
}

impl Fined {
    fn set(mut self, id: &str, value: Value) -> Fined {
        let fact = self.case.procedure.fact(id).expect("declared");
        self.case.facts[fact][0] = Some(value);
        self
    }

    fn fact(self, id: &str, text: &str) -> Fined {
        let fact = self.case.procedure.fact(id).expect("declared");
        let value = self.case.procedure.facts[fact]
            .parse(text)
            .expect("a value");
        self.set(id, value)
    }

    fn on(mut self, on: Day) -> Fined {
        self.at = on.into();
        self
    }

    fn found(&self, algorithm: &str) -> Option<Derived> {
        let live = Live {
            case: &self.case,
            context: &self.context,
            command: None,
            member: 0,
            at: self.at,
            newcomer: None,
            settled: std::cell::OnceCell::new(),
        };
        derive(algorithm, &live, 0)
    }

    #[track_caller]
    fn is(&self, algorithm: &str, expected: bool, about: &str) -> String {
        let found = self
            .found(algorithm)
            .unwrap_or_else(|| panic!("{about}: {algorithm} has no answer"));
        assert_eq!(
            found.value,
            Value::Bool(expected),
            "{about}: {}",
            found.detail
        );
        found.detail
    }
}

/// The articles of an item.
fn article(item: &Item) -> &str {
    &item.cites.first().expect("an item cites").text
}

fn kind_of(addressee: Addressee) -> &'static str {
    match addressee {
        Addressee::Person => "公民",
        Addressee::Anyone | Addressee::Organization => "法人",
    }
}

/// The ranges in yuan, by circumstance, that a party of this kind may meet.
fn fixed_ranges(item: &Item) -> Vec<(&'static str, bool, Option<Fen>, Option<Fen>)> {
    let mut kinds: Vec<&'static str> = item.fines.iter().map(|f| kind_of(f.addressee)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut out = Vec::new();
    for kind in kinds {
        for is_serious in [false, true] {
            let has_serious = item
                .fines
                .iter()
                .any(|range| range.circumstance.as_deref() == Some("情节严重"));
            if is_serious && !has_serious {
                continue;
            }
            let mut mine = item.fines.iter().filter(|range| {
                let fits = range.addressee == Addressee::Anyone || kind_of(range.addressee) == kind;
                fits && (range.circumstance.as_deref() == Some("情节严重")) == is_serious
            });
            let (Some(range), None) = (mine.next(), mine.next()) else {
                continue;
            };
            let plain = matches!(range.circumstance.as_deref(), None | Some("情节严重"));
            if plain && range.measure == Measure::Fixed {
                out.push((kind, is_serious, range.least, range.most));
            }
        }
    }
    out
}

#[test]
fn a_fine_one_fen_out_of_range_is_caught_and_the_bounds_are_lawful() {
    let rules = rules();
    let mut tried = 0;
    for item in rules.items.values().filter(|item| !item.amounts_unknown) {
        for (kind, is_serious, least, most) in fixed_ranges(item) {
            let about = format!("{} {kind} {is_serious}", item.id);
            let of = |fine: Fen| {
                fined(&item.id, kind, fine)
                    .set("is_serious", Value::Bool(is_serious))
                    .fact("circumstances", "一般")
            };
            if let Some(most) = most {
                of(most).is("fine_in_range", true, &about);
                let told = of(Fen(most.0 + 1)).is("fine_in_range", false, &about);
                assert!(told.contains(article(item)), "{about}: {told}");
                assert!(told.contains(&most.to_string()), "{about}: {told}");
                tried += 1;
            }
            if let Some(least) = least {
                of(least).is("fine_in_range", true, &about);
                let told = of(Fen(least.0 - 1)).is("fine_in_range", false, &about);
                assert!(told.contains(article(item)), "{about}: {told}");
                assert!(told.contains(&least.to_string()), "{about}: {told}");
                // Below the range is for 减轻 alone.
                of(Fen(least.0 - 1)).fact("circumstances", "减轻").is(
                    "fine_in_range",
                    true,
                    &about,
                );
                tried += 1;
            }
        }
    }
    assert!(tried >= 60, "{tried} bounds of shipped items were tried");
}

#[test]
fn an_item_without_a_range_in_yuan_is_measured_before_it_is_judged() {
    let rules = rules();
    let measured = |item: &&Item| {
        !item.amounts_unknown
            && !item.fines.is_empty()
            && item
                .fines
                .iter()
                .all(|range| range.measure != Measure::Fixed)
    };
    let mut tried = 0;
    for item in rules.items.values().filter(measured) {
        let kind = kind_of(item.fines[0].addressee);
        let of = fined(&item.id, kind, Fen::yuan(1))
            .set("is_serious", Value::Bool(false))
            .fact("circumstances", "一般");
        assert_eq!(
            of.found("fine_in_range"),
            None,
            "{}: nothing is guessed",
            item.id
        );
        tried += 1;
    }
    assert!(tried > 0, "there are items by measure");
}

#[test]
fn a_superseded_item_names_who_is_competent_now() {
    let rules = rules();
    let mut tried = 0;
    for item in rules.items.values() {
        let Some(superseded) = &item.superseded else {
            continue;
        };
        let of = || fined(&item.id, "法人", Fen::yuan(1)).fact("violation_ended", "2026-05-01");
        let told = of().is("item_in_force", false, &item.id);
        assert!(told.contains(&superseded.passes_to), "{told}");
        assert!(told.contains(&item.name), "{told}");
        let cite = superseded.cite.as_ref().expect("a basis");
        assert!(told.contains(&cite.text), "{told}");
        let power = of().is("power_held", false, &item.id);
        assert!(power.contains(&superseded.passes_to), "{power}");
        if let Some(from) = superseded.from {
            let eve = of().on(from.plus_days(-1));
            eve.is("item_in_force", true, &item.id);
            eve.is("power_held", true, &item.id);
        }
        tried += 1;
    }
    assert!(tried >= 3, "{tried} superseded items");
}

#[test]
fn the_range_for_the_other_kind_of_party_does_not_serve() {
    // The least for a 单位 is more than the most for a person, or the other way about: each is caught for the other.
    let rules = rules();
    let mut tried = 0;
    for item in rules.items.values() {
        let of = |kind: &str| {
            let all = fixed_ranges(item);
            all.into_iter()
                .find(|(for_kind, is_serious, ..)| *for_kind == kind && !is_serious)
        };
        let (Some((_, _, _, Some(person))), Some((_, _, _, Some(organization)))) =
            (of("公民"), of("法人"))
        else {
            continue;
        };
        assert!(person < organization, "{}", item.id);
        let judged = |kind: &str, expected: bool| {
            fined(&item.id, kind, organization)
                .set("is_serious", Value::Bool(false))
                .fact("circumstances", "一般")
                .is("fine_in_range", expected, &item.id)
        };
        judged("法人", true);
        let told = judged("公民", false);
        assert!(told.contains(article(item)), "{told}");
        tried += 1;
    }
    assert!(tried >= 2, "{tried} items tell the two apart");
}

#[test]
fn an_item_for_one_kind_of_party_is_not_for_the_other() {
    // Every shipped item is for both; so each that tells them apart is tried with one half taken away.
    let rules = rules();
    let mut tried = 0;
    for item in rules.items.values() {
        for (kind, addressee, other) in [
            ("公民", Addressee::Person, "法人"),
            ("法人", Addressee::Organization, "公民"),
        ] {
            let mut half = item.clone();
            half.fines.retain(|range| range.addressee != addressee);
            if half.fines.len() == item.fines.len() {
                continue;
            }
            let told = |kind: &str, expected: bool| {
                let mut case = fined(&item.id, kind, Fen::yuan(1));
                case.is("item_party_ok", true, &item.id);
                let mut diminished = rules.as_ref().clone();
                diminished.items.insert(item.id.clone(), half.clone());
                case.context = Context::of(Arc::new(diminished));
                case.is("item_party_ok", expected, &item.id)
            };
            assert!(told(kind, false).contains(article(item)), "{}", item.id);
            told(other, true);
            tried += 1;
        }
    }
    assert!(tried >= 4, "{tried} halves of items");
}
