//! Who takes part, and the parties: names, credentials, ages, fines from elsewhere.

use super::*;

#[test]
fn a_credential_counts_on_its_last_day_and_no_longer() {
    let people = [
        ("handler", "王"),
        ("handler", "李"),
        ("handler", "王"),
        ("leader", "赵"),
    ];
    let case = given()
        .officer("王", "2026-07-01")
        .officer("李", "2026-06-30")
        .officer("赵", "2030-01-01");
    case.is_open("valid_officers");
    case.is_open("invalid_officers");
    let case = case.act("step", &people, &[]);
    assert_eq!(case.value("valid_officers"), Some(Value::Count(1)));
    assert_eq!(case.value("invalid_officers"), Some(Value::Count(1)));
    assert_eq!(
        case.detail("invalid_officers"),
        "李某没有2026-07-01有效的执法证件"
    );
    let renewed = case.officer("李", "2026-07-02");
    assert_eq!(renewed.value("valid_officers"), Some(Value::Count(2)));
    assert_eq!(renewed.value("invalid_officers"), Some(Value::Count(0)));
}

#[test]
fn somebody_outside_the_register_holds_no_credential() {
    let case = given().act("step", &[("handler", "谁")], &[]);
    assert_eq!(case.value("valid_officers"), Some(Value::Count(0)));
    assert_eq!(case.value("invalid_officers"), Some(Value::Count(1)));
}

#[test]
fn a_reviewer_is_qualified_or_reviewed_before_the_qualification_was_asked_for() {
    let reviewed_since = |text: &'static str| {
        let case = given().person("孙", move |person| person.reviewer_since = Some(day(text)));
        case.act("meet", &[("legal_reviewer", "孙")], &[])
    };
    reviewed_since("2017-12-31").is("reviewer_qualified", true);
    reviewed_since("2018-01-01").is("reviewer_qualified", false);
    let qualified = given().person("孙", |person| person.law_qualified = true);
    qualified
        .act("meet", &[("legal_reviewer", "孙")], &[])
        .is("reviewer_qualified", true);
    let one_is_not = given()
        .person("孙", |person| person.law_qualified = true)
        .person("周", |_| {});
    let one_is_not = one_is_not.act(
        "meet",
        &[("legal_reviewer", "孙"), ("legal_reviewer", "周")],
        &[],
    );
    one_is_not.is("reviewer_qualified", false);
    assert!(
        one_is_not
            .detail("reviewer_qualified")
            .starts_with("周某没有")
    );
    given()
        .act("meet", &[("leader", "孙")], &[])
        .is_open("reviewer_qualified");
    given().is_open("reviewer_qualified");
}

#[test]
fn without_an_approval_table_a_deputy_leader_approves() {
    given().is_open("approver_sufficient");
    given()
        .act("meet", &[("handler", "王")], &[])
        .is("approver_sufficient", false);
    let unit_head = given()
        .leader("钱", Level::UnitHead)
        .act("meet", &[("unit_head", "钱")], &[]);
    unit_head.is("approver_sufficient", false);
    let both = unit_head.leader("赵", Level::DeputyLeader);
    both.act("meet", &[("unit_head", "钱"), ("leader", "赵")], &[])
        .is("approver_sufficient", true);
    // A leader who merely takes part in another role approves nothing.
    let other_role =
        given()
            .leader("赵", Level::DeputyLeader)
            .act("meet", &[("handler", "赵")], &[]);
    other_role.is("approver_sufficient", false);
}

#[test]
fn the_approval_table_asks_by_the_highest_fine_of_any_party() {
    let row = |yuan, level| ApprovalRow {
        fine_from: Fen::yuan(yuan),
        level,
    };
    let approved = |amount: &str, act: &str| {
        let mut case = given().leader("赵", Level::DeputyLeader);
        case.context.approvals = vec![
            row(0, Level::UnitHead),
            row(50_000, Level::DeputyLeader),
            row(80_000, Level::ChiefLeader),
        ];
        let fact = case.case.procedure.fact("proposed_penalty").unwrap();
        case.case.facts[fact][1] = Some(fine(amount));
        case.set("proposed_penalty", fine("100"))
            .act(act, &[("leader", "赵")], &[])
    };
    approved("79999.99", "meet").is("approver_sufficient", true);
    approved("80000", "meet").is("approver_sufficient", false);
    assert_eq!(
        approved("80000", "meet").detail("approver_sufficient"),
        "批准人赵某是分管负责人，按审批权限应由主要负责人以上的负责人批准（罚款¥80,000.00）"
    );
    // An act about one party is approved by what is at stake for that party.
    approved("80000", "step").is("approver_sufficient", true);
}

#[test]
fn deliberators_are_those_in_charge() {
    given().is_open("deliberators");
    let case = given()
        .leader("赵", Level::DeputyLeader)
        .leader("钱", Level::ChiefLeader)
        .leader("孙", Level::UnitHead);
    let people = [
        ("leader", "赵"),
        ("chief", "钱"),
        ("leader", "钱"),
        ("unit_head", "孙"),
        ("handler", "谁"),
    ];
    assert_eq!(
        case.act("meet", &people, &[]).value("deliberators"),
        Some(Value::Count(2))
    );
}

#[test]
fn the_penalty_at_stake_is_that_of_the_act_else_the_latest_recorded() {
    let within = |case: Given| case.value("fine_in_range");
    let case = given()
        .fact("item", "I-MUST")
        .fact("party_kind", "法人")
        .fact("circumstances", "一般");
    assert_eq!(within(case), None, "no penalty yet");
    let case = given()
        .fact("item", "I-MUST")
        .fact("party_kind", "法人")
        .fact("circumstances", "一般");
    let case = case.done("step", "2026-05-01", &[("notified_penalty", fine("60000"))]);
    case.is("fine_in_range", false);
    let case = case.done("step", "2026-05-09", &[("proposed_penalty", fine("50000"))]);
    case.is("fine_in_range", true);
    case.act("step", &[], &[("decided_penalty", fine("50000.01"))])
        .is("fine_in_range", false);
}

#[test]
fn the_same_act_fined_before_is_found_by_the_number_of_the_party() {
    given().is("same_act_fined", false);
    let mut case = given();
    case.context.earlier_fines = vec![EarlierFine {
        party: 2,
        document: "某罚〔2026〕1号决定".into(),
    }];
    case.is("same_act_fined", false);
    let second = case.ask(|live| derive("same_act_fined", live, 1)).unwrap();
    assert_eq!(second.value, Value::Bool(true));
    assert_eq!(second.detail, "同一违法行为已由某罚〔2026〕1号决定给予罚款");
    assert_eq!(
        case.ask(|live| derive("same_act_fined", live, 2)),
        None,
        "there is no third party"
    );
}

#[test]
fn age_is_counted_in_full_years() {
    let aged = |born: &str, on: &str| {
        let case = given()
            .fact("party_kind", "公民")
            .fact("birth_date", born)
            .fact("violation_ended", on);
        case.value("age_at_violation")
    };
    assert_eq!(aged("2012-07-02", "2026-07-01"), Some(Value::Count(13)));
    assert_eq!(aged("2012-07-01", "2026-07-01"), Some(Value::Count(14)));
    assert_eq!(aged("2008-02-29", "2026-02-28"), Some(Value::Count(17)));
    assert_eq!(aged("2027-01-01", "2026-02-28"), None, "born later");
    let citizen = given()
        .fact("party_kind", "公民")
        .fact("discovery_date", "2026-05-01");
    citizen.is_open("age_at_violation");
    let found = citizen.fact("birth_date", "2000-05-02");
    assert_eq!(
        found.value("age_at_violation"),
        Some(Value::Count(25)),
        "by the day of discovery"
    );
    assert_eq!(
        given().fact("party_kind", "法人").value("age_at_violation"),
        Some(Value::Count(18))
    );
}

/// Born on 1990-01-01.
const NUMBER: &str = "14040319900101001X";

#[test]
fn age_is_counted_by_the_number_where_no_date_was_found() {
    let citizen = given()
        .fact("party_kind", "公民")
        .fact("discovery_date", "2026-05-01")
        .fact("resident_id", NUMBER);
    assert_eq!(citizen.value("age_at_violation"), Some(Value::Count(36)));
    let found = citizen.fact("birth_date", "2010-05-01");
    assert_eq!(
        found.value("age_at_violation"),
        Some(Value::Count(16)),
        "what was found comes first"
    );
}

#[test]
fn the_date_of_birth_is_compared_with_the_number_when_both_are_known() {
    given().is_open("birth_date_agrees");
    given()
        .fact("resident_id", NUMBER)
        .is_open("birth_date_agrees");
    given()
        .fact("birth_date", "1990-01-01")
        .is_open("birth_date_agrees");
    let both = |born: &str| given().fact("resident_id", NUMBER).fact("birth_date", born);
    both("1990-01-01").is("birth_date_agrees", true);
    both("1990-01-02").is("birth_date_agrees", false);
    let told = both("1990-01-02").detail("birth_date_agrees");
    assert!(
        told.contains("1990-01-02") && told.contains("1990-01-01"),
        "{told}"
    );
}

#[test]
fn a_party_is_named_in_full_by_what_its_kind_has() {
    let of = |kind: &str, facts: &[(&str, &str)]| {
        let start = given().fact("party_kind", kind);
        facts
            .iter()
            .fold(start, |case, (id, text)| case.fact(id, text))
    };
    let code = ("credit_code", "91140400MA0H00000E");
    let (head, home) = (
        ("legal_representative", "牛某"),
        ("residence", "某市某路1号"),
    );
    let (number, paper) = (("resident_id", NUMBER), ("paper_number", "E12345678"));
    of("公民", &[]).is_open("party_identified");
    given()
        .fact("residence", "某村")
        .is_open("party_identified");
    of("公民", &[number, home]).is("party_identified", true);
    of("公民", &[paper, home]).is("party_identified", true);
    of("公民", &[code, home]).is("party_identified", false);
    of("个体工商户", &[code, home]).is("party_identified", true);
    of("个体工商户", &[number, home]).is("party_identified", false);
    for kind in ["法人", "其他组织"] {
        of(kind, &[code, head, home]).is("party_identified", true);
        of(kind, &[code, home]).is("party_identified", false);
        let told = of(kind, &[head]).detail("party_identified");
        assert_eq!(told, "还没有登记统一社会信用代码、住所");
    }
}
