//! Parties, numbers as facts, and what the system does when time passes.

use casework::entry::Entry;
use casework::refusal::GroundKind;
use law::fact::Value;
use serde_json::json;

use crate::common::{day, given, procedure, refused_as};

fn decided() -> crate::common::Given {
    given(
        "承 \"立案到告知送达\"\n行 陈述申辩 \"2026-04-13\" 当事人=1\n行 集体讨论 \"2026-04-16\"\n行 决定审批 \"2026-04-17\"",
    )
}

#[test]
fn nobody_born_in_the_future_comes_into_a_case() {
    let case = given("");
    let mut command = case.command("行 案源登记 \"2026-03-02\"");
    let procedure = procedure();
    for (id, text) in [
        ("birth_date", "2026-03-03"),
        ("resident_id", "140403202603040018"),
    ] {
        let fact = procedure.fact(id).expect("declared");
        let value = procedure.facts[fact].parse(text).expect("a value");
        let mut newcomer = given("当事人 1 牛某 类型=公民").another_party(1, "牛某");
        newcomer.facts.push((fact, value));
        command.introduces = vec![newcomer];
        let refusal = refused_as(
            case.decide(&command, day("2026-03-02")),
            GroundKind::FactInvalid,
        );
        let ground = &refusal.grounds[0];
        assert_eq!(ground.field.as_deref(), Some(id));
        assert!(ground.text.contains("还没有到"), "{}", ground.text);
        case.decide(&command, day("2026-03-04"))
            .expect("recorded late, when the person is born");
    }
}

#[test]
fn a_date_of_birth_in_the_future_is_refused_in_an_act_too() {
    let case = given(
        "当事人 1 牛某 类型=公民\n行 案源登记 \"2026-03-02\"\n行 现场检查 \"2026-03-03\"\n行 立案 \"2026-03-05\"\n行 调查终结 \"2026-04-03\"",
    );
    let line = "行 拟处罚意见 \"2026-04-07\" 当事人=1 { 拟处罚内容 罚款=4000; 裁量情节 减轻; 裁量事由 主动消除或者减轻危害后果; 出生日期 \"2026-04-08\"; }";
    let refusal = refused_as(case.when(line), GroundKind::FactInvalid);
    assert_eq!(refusal.grounds[0].field.as_deref(), Some("birth_date"));
}

#[test]
fn a_number_may_come_with_the_act_and_need_not() {
    let case = decided();
    let line = "行 处罚决定 \"2026-04-20\" 当事人=1 { 决定日期 \"2026-04-20\"; }";
    let without = case.when(line).expect("the record gives the number");
    let mut command = case.command(line);
    let procedure = procedure();
    let number = procedure.fact("penalty_decision_number").expect("declared");
    assert!(procedure.events[command.event].numbered.contains(&number));
    command.facts.push((
        number,
        Value::Number("长水罚决字【2026】第007号".to_owned()),
    ));
    let with = case
        .decide(&command, day("2026-04-20"))
        .expect("pre-numbered");
    let stored = |draft: &casework::decide::Draft| match &draft.entry {
        Entry::Act(act) => act.facts.get("penalty_decision_number").cloned(),
        _ => None,
    };
    assert_eq!(stored(&without), None);
    assert_eq!(stored(&with), Some(json!("长水罚决字【2026】第007号")));
    let other = procedure.fact("demand_number").expect("declared");
    command.facts[0] = (other, Value::Number("1号".to_owned()));
    refused_as(
        case.decide(&command, day("2026-04-20")),
        GroundKind::FactInvalid,
    );
}

#[test]
fn what_time_brings_about_is_done_when_the_clock_has_run_out_and_by_nobody() {
    let case = given("承 \"立案到公示\"");
    let procedure = procedure();
    let (event, rule) = (0..procedure.events.len())
        .find_map(|event| Some((event, procedure.act_of(event).due_of?)))
        .expect("one act at least");
    assert_eq!(procedure.rules[rule].id, "PEN-PAY-15D");
    let due = case.clock("PEN-PAY-15D", 1).due.expect("it runs").day;
    let mut command = casework::command::Command::new(event, 1, due.into());
    let early = case
        .decide(&command, due)
        .expect_err("the last day is not over");
    assert!(early.names("G-OVERDUE-PERIOD"), "{early}");
    command.occurred = due.plus_days(1).into();
    let draft = case
        .decide(&command, due.plus_days(1))
        .expect("nobody is needed");
    let Entry::Act(act) = &draft.entry else {
        panic!("an act");
    };
    assert!(act.people.is_empty() && act.facts.is_empty());
}
