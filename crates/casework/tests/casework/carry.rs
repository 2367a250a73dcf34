//! Combined matters: what a case that follows another one takes over, and which acts may open one.

use casework::answer::answer;
use casework::carry::{Carried, Followed, Whom, carried};
use casework::case::Case;
use casework::context::{Context, Power, PowerKind};
use casework::decide::{FOLLOWS, History};
use casework::entry::Entry;
use casework::refusal::GroundKind;
use casework::scenario;
use law::fact::Value;
use law::filling::Carry;
use law::model::Procedure;
use std::sync::Arc;
use vocabulary::Day;

use crate::common::{ORDINARY, day, given, rules, scenarios};

/// The history of the first shipped scenario of a procedure in which all of these acts were done.
fn history(procedure: &str, acts: &[&str]) -> History {
    let rules = rules();
    let found = Arc::new(rules.procedure(procedure).expect("shipped").clone());
    let folder = format!("{procedure}/");
    let mut histories = scenarios()
        .iter()
        .filter(|it| it.place.file.starts_with(&folder))
        .map(|it| scenario::run(it, &rules, &found))
        .filter(|(_, failures)| failures.is_empty())
        .map(|(history, _)| history);
    let has_all = |history: &History| {
        let done = |name: &&str| {
            let mut all = history.case.history.iter();
            all.any(|done| found.events[done.event].name == **name)
        };
        acts.iter().all(done)
    };
    histories.find(has_all).expect("a scenario has them")
}

fn context() -> Context {
    Context::of(rules())
}

fn carry<'p>(procedure: &'p Procedure, event: &str, from: &str) -> &'p Carry {
    let event = &procedure.events[procedure.event(event).expect("an event")];
    let mut carries = event.carries.iter();
    carries.find(|it| it.from == from).expect("it takes over")
}

fn said<'c>(procedure: &Procedure, carried: &'c Carried, fact: &str) -> Option<&'c Value> {
    let fact = procedure.fact(fact).expect("a fact");
    let mut facts = carried.facts.iter();
    facts.find(|(known, _)| *known == fact).map(|(_, it)| it)
}

/// The first day of an act, by its Chinese name.
fn day_of(history: &History, act: &str) -> Day {
    let events = &history.case.procedure.events;
    let mut all = history.case.history.iter();
    let done = all.find(|done| events[done.event].name == act);
    done.expect("it was done").occurred.day
}

fn fact_of(history: &History, fact: &str, member: usize) -> Value {
    let fact = history.case.procedure.fact(fact).expect("a fact");
    history.case.fact(fact, member).expect("it is said").clone()
}

/// Whatever says that it takes over a case of another procedure, and is offered there, opens a case or belongs to one that did.
#[test]
fn what_takes_over_can_be_done_in_a_case_that_follows() {
    let rules = rules();
    let context = context();
    let now = day("2026-10-12").into();
    let mut links = 0;
    for procedure in &rules.procedures {
        let case = Case::new(Arc::new(procedure.clone()));
        let answer = answer(&case, &context, now);
        let opening: Vec<usize> = answer.may.iter().map(|it| it.step.event).collect();
        let from_openings: Vec<&str> = opening
            .iter()
            .flat_map(|event| &procedure.events[*event].carries)
            .map(|it| it.from.as_str())
            .collect();
        for (at, event) in procedure.events.iter().enumerate() {
            for carry in &event.carries {
                links += 1;
                let follows = opening.contains(&at) || from_openings.contains(&carry.from.as_str());
                assert!(
                    follows,
                    "{}: {} from {}",
                    procedure.id, event.id, carry.from
                );
            }
        }
    }
    assert!(links >= 25, "{links}");
}

#[test]
fn a_lead_takes_over_what_an_inspection_found() {
    let source = history("inspection", &["现场检查", "线索移交"]);
    let rules = rules();
    let target = rules.procedure(ORDINARY).expect("shipped");
    let carried = carried(
        &source,
        &context(),
        (target, carry(target, "lead_registration", "inspection")),
        Whom::Brought,
        Some("检〔2026〕7号"),
        day("2026-12-01").into(),
    );
    let inspected = day_of(&source, "现场检查");
    let text = |text: &str| Value::Text(text.to_owned());
    assert_eq!(
        said(target, &carried, "discovery_date"),
        Some(&Value::Date(inspected))
    );
    assert_eq!(
        said(target, &carried, "earlier_case"),
        Some(&text("检〔2026〕7号"))
    );
    let handed_over = said(target, &carried, "lead_content").expect("it is said");
    let theirs = source.case.procedure.facts.iter();
    let theirs = theirs
        .clone()
        .position(|fact| fact.name == "移交的线索内容")
        .expect("a fact");
    assert_eq!(source.case.fact(theirs, 0), Some(handed_over));
    let [member] = carried.members.as_slice() else {
        panic!("one party: {:?}", carried.members);
    };
    let party = source.case.procedure.fact("party_kind").expect("a fact");
    let domain = source.case.procedure.facts[party].domain;
    assert_eq!(
        member.name,
        source.case.members[usize::from(domain.0)][0].name
    );
    let kind = target.fact("party_kind").expect("a fact");
    assert!(
        member
            .facts
            .contains(&(kind, fact_of(&source, "party_kind", 0))),
        "what both know by the same id goes along: {:?}",
        member.facts
    );
}

#[test]
fn an_execution_takes_over_the_amount_and_the_day_of_service_of_its_party_alone() {
    let source = history(ORDINARY, &["处罚决定", "送达(处罚决定书)"]);
    let rules = rules();
    let target = rules.procedure("coercion.execution").expect("shipped");
    let name = |at: usize| {
        let party = source.case.procedure.fact("party_kind").expect("a fact");
        let domain = source.case.procedure.facts[party].domain;
        source.case.members[usize::from(domain.0)][at].name.clone()
    };
    let of = |names: &[String]| {
        carried(
            &source,
            &context(),
            (target, carry(target, "performance_verification", ORDINARY)),
            Whom::Named(names),
            None,
            day("2026-12-01").into(),
        )
    };
    let own = of(&[name(0)]);
    assert_eq!(
        said(target, &own, "decision_served_on"),
        Some(&Value::Date(day_of(&source, "送达(处罚决定书)")))
    );
    assert!(
        own.members.is_empty() && own.files.is_empty(),
        "nobody comes in again"
    );
    assert!(
        of(&["别的人".to_owned()]).facts.is_empty(),
        "nothing is known of somebody else"
    );
}

#[test]
fn the_execution_of_an_order_takes_over_its_day_of_service_and_its_period() {
    let source = history("inspection", &["责令改正", "送达(责令改正通知书)"]);
    let rules = rules();
    let target = rules.procedure("coercion.execution").expect("shipped");
    let taking = carry(target, "order_performance_verification", "inspection");
    let party = source.case.procedure.fact("party_kind").expect("a fact");
    let domain = source.case.procedure.facts[party].domain;
    let name = source.case.members[usize::from(domain.0)][0].name.clone();
    let carried = carried(
        &source,
        &context(),
        (target, taking),
        Whom::Named(&[name]),
        None,
        day("2026-12-01").into(),
    );
    assert_eq!(
        said(target, &carried, "decision_served_on"),
        Some(&Value::Date(day_of(&source, "送达(责令改正通知书)")))
    );
    assert_eq!(
        said(target, &carried, "performance_due"),
        Some(&fact_of(&source, "correction_due", 0))
    );
}

#[test]
fn only_a_declared_case_that_went_far_enough_is_followed() {
    let start = || given("");
    let line = "行 案源登记 \"2026-12-01\"";
    let opened = |followed: Option<Followed>| {
        let given = start();
        let mut command = given.command(line);
        command.follows = followed;
        given.decide(&command, day("2026-12-01"))
    };
    let inspection = history("inspection", &["现场检查"]);
    let draft = opened(Some(Followed::of("c-1", &inspection.case))).expect("it may");
    match draft.entry {
        Entry::Act(act) => assert_eq!(act.follows.as_deref(), Some("c-1")),
        other => panic!("{other:?}"),
    }
    let early = Case::new(Arc::clone(&inspection.case.procedure));
    let license = Case::new(Arc::new(
        rules().procedure("license").expect("shipped").clone(),
    ));
    for (case, words) in [
        (early, "前案还没有办过“现场检查”"),
        (
            license,
            "不承接“行政许可程序”的案件；可以承接的是：行政检查",
        ),
    ] {
        let refusal = opened(Some(Followed::of("c-2", &case))).expect_err("it may not");
        assert!(refusal.is_input(), "{refusal}");
        let [ground] = refusal.grounds.as_slice() else {
            panic!("{refusal}");
        };
        assert_eq!(ground.kind, GroundKind::FactInvalid);
        assert_eq!(ground.field.as_deref(), Some(FOLLOWS));
        assert!(ground.text.contains(words), "{}", ground.text);
    }
}

/// Who answers for a decision comes from the power map, or from what the decision said, and is not typed again.
#[test]
fn a_remedy_takes_over_who_answers_for_the_decision() {
    let source = history(ORDINARY, &["处罚决定"]);
    let rules = rules();
    let target = rules.procedure("remedy").expect("shipped");
    let taken = |context: &Context| {
        carried(
            &source,
            context,
            (target, carry(target, "reconsideration_lodging", ORDINARY)),
            Whom::Brought,
            None,
            day("2026-12-01").into(),
        )
    };
    let silent = taken(&context());
    assert_eq!(said(target, &silent, "respondent"), None);
    assert_eq!(
        said(target, &silent, "right_respondent"),
        Some(&Value::Bool(true))
    );
    let mut context = context();
    context.agency_name = "长水县水利局".to_owned();
    context.powers = vec![Power {
        kind: PowerKind::Entrusted,
        passes_to: "长水县水政监察大队".to_owned(),
        respondent: "某县水利局".to_owned(),
        ..Power::default()
    }];
    let told = taken(&context);
    let named = Value::Text("某县水利局".to_owned());
    assert_eq!(said(target, &told, "respondent"), Some(&named));
    assert_eq!(
        said(target, &told, "right_respondent"),
        Some(&Value::Bool(false))
    );
}
