//! The rules of deciding, over the shipped ordinary penalty: given a case, when an act, then this.

use std::collections::BTreeMap;
use std::sync::Arc;

use casework::case::Case;
use casework::decide::{History, settle_calendar};
use casework::entry::{Consequence, Entry};
use casework::evolve::evolve;
use casework::refusal::GroundKind;
use casework::scenario::Scenario;
use law::model::Procedure;
use law::time::Calendar;
use vocabulary::{Day, Moment};

use crate::common::{
    Given, consequences, day, given, plain, procedure, refused, refused_as, rules, scenarios,
};

/// A case that is filed, with one party.
fn filed() -> Given {
    given("承 \"立案到调查终结\" 止于=立案")
}

/// Decided, served and disclosed in time.
fn decided() -> Given {
    given("承 \"立案到处罚决定\"")
}

/// Two parties that were both told of their right to a hearing; the first waived it, the second asked for one.
const TWO_PARTIES: &str = r#"
    当事人 1 某砂石公司 类型=法人
    当事人 2 某取水公司 类型=法人
    行 案源登记 "2026-03-02"
    行 立案 "2026-03-05"
    行 现场检查 "2026-03-06"
    行 责令改正 "2026-03-09" 当事人=1
    行 责令改正 "2026-03-09" 当事人=2
    行 调查终结 "2026-04-03"
    行 拟处罚意见 "2026-04-07" 当事人=1 { 拟处罚内容 罚款=90000; 属于法制审核范围 成立; }
    行 拟处罚意见 "2026-04-07" 当事人=2 { 拟处罚内容 罚款=90000; 属于法制审核范围 成立; }
    行 拟处罚审批 "2026-04-08" 当事人=1
    行 拟处罚审批 "2026-04-08" 当事人=2
    行 事先告知 "2026-04-09" 当事人=1 { 告知处罚内容 罚款=90000; 告知听证权 成立; }
    行 事先告知 "2026-04-09" 当事人=2 { 告知处罚内容 罚款=90000; 告知听证权 成立; }
    行 送达:事先告知书 "2026-04-09" 当事人=1
    行 送达:事先告知书 "2026-04-09" 当事人=2
    行 陈述申辩 "2026-04-13" 当事人=1
    行 陈述申辩 "2026-04-13" 当事人=2
    行 听证申请 "2026-04-13" 当事人=1 { 听证意愿 明确放弃; }
    行 听证申请 "2026-04-13" 当事人=2
    行 送审 "2026-04-13"
    行 法制审核 "2026-04-14"
    行 集体讨论 "2026-04-15"
    行 决定审批 "2026-04-16"
"#;

// ---- when and for whom

#[test]
fn an_act_dated_in_the_future_is_refused() {
    let case = filed();
    let line = "行 中止调查 \"2026-03-20\"";
    let refusal = refused_as(case.when_on("2026-03-19", line), GroundKind::Future);
    assert_eq!(refusal.grounds[0].field.as_deref(), Some("occurred"));
    assert!(refusal.grounds[0].text.contains("2026-03-20"), "{refusal}");
    case.when_on("2026-03-20", line).expect("on the day itself");
}

#[test]
fn an_hour_that_has_not_struck_is_the_future() {
    let case = filed();
    let mut command = case.command("行 中止调查 \"2026-03-20\"");
    let at = |minute| Moment {
        day: day("2026-03-20"),
        minute: Some(minute),
    };
    command.occurred = at(600);
    let decide = |now| casework::decide::decide(&case.history, &case.context, &command, now);
    refused_as(decide(at(599)), GroundKind::Future);
    decide(at(600)).expect("at the minute itself");
}

#[test]
fn an_act_for_a_subject_not_in_the_case_is_refused() {
    let case = filed();
    let refusal = refused_as(
        case.when("行 责令改正 \"2026-03-09\" 当事人=2"),
        GroundKind::NoSuchSubject,
    );
    assert!(
        refusal.grounds[0].text.contains("没有这个对象"),
        "{refusal}"
    );
    case.when("行 责令改正 \"2026-03-09\" 当事人=1")
        .expect("the party of the case");
}

#[test]
fn an_act_of_the_case_has_no_number() {
    let case = filed();
    let mut command = case.command("行 中止调查 \"2026-03-20\"");
    assert_eq!(command.number, 0);
    command.number = 7;
    refused_as(
        case.decide(&command, day("2026-03-20")),
        GroundKind::NoSuchSubject,
    );
}

#[test]
fn an_act_before_what_it_needs_is_refused() {
    let case = given("承 \"立案到调查终结\"");
    let refusal = refused(
        case.when("行 处罚决定 \"2026-04-20\" 当事人=1 { 决定日期 \"2026-04-20\" }"),
        &["G-NOTIFY", "G-HEARD"],
    );
    let told = plain(&refusal.to_string());
    assert!(told.contains("《行政处罚法》"), "{told}");
}

#[test]
fn an_act_recorded_late_is_judged_on_the_case_as_it_stood() {
    // Investigation ended on 2026-04-03. A suspension of March is lawful in March, whatever is recorded since.
    let case = given("承 \"立案到调查终结\"");
    let before = case.when_on("2026-04-20", "行 中止调查 \"2026-03-20\"");
    before.expect("in March the investigation was under way");
    // A conclusion backdated to before the filing stands on a case without a filing.
    refused(
        case.when_on("2026-04-20", "行 调查终结 \"2026-03-04\""),
        &["G-FILED"],
    );
    // The party came in with the lead of 2026-03-02: the day before, it was nobody.
    refused_as(
        case.when_on("2026-04-20", "行 责令改正 \"2026-03-01\" 当事人=1"),
        GroundKind::NoSuchSubject,
    );
}

// ---- several parties

#[test]
fn a_party_added_later_starts_its_own_obligations() {
    let mut case = filed();
    assert!(case.is_owed("PEN-DECIDE-90D", 1) && !case.is_owed("PEN-DECIDE-90D", 2));
    let mut command = case.command("行 追加当事人 \"2026-03-16\"");
    command.introduces = vec![case.another_party(2, "某运输公司")];
    let draft = case
        .decide(&command, day("2026-03-16"))
        .unwrap_or_else(|refusal| panic!("{refusal}"));
    case.history.push(draft.entry);
    let (first, second) = (
        case.clock("PEN-DECIDE-90D", 1),
        case.clock("PEN-DECIDE-90D", 2),
    );
    assert_eq!(first.due, Some(day("2026-06-03").into()));
    assert_eq!(
        second.base,
        day("2026-03-16").into(),
        "from its own coming in"
    );
    assert_eq!(second.due, Some(day("2026-06-14").into()));
    // The case does not close while it is owed to either.
    let refusal = refused(
        case.when("行 结案 \"2026-05-08\" { 结案理由 处罚决定履行完毕 }"),
        &["PEN-DECIDE-90D"],
    );
    for party in ["某砂石公司", "某运输公司"] {
        assert!(
            refusal.grounds.iter().any(|ground| {
                ground.rule.as_deref() == Some("PEN-DECIDE-90D") && ground.text.contains(party)
            }),
            "{party}: {refusal}"
        );
    }
}

#[test]
fn a_case_act_waits_for_every_party() {
    let case = given(&format!(
        "{TWO_PARTIES}\n行 处罚决定 \"2026-04-17\" 当事人=1 {{ 决定日期 \"2026-04-17\"; 决定处罚内容 罚款=90000; }}"
    ));
    assert!(!case.is_owed("PEN-DECIDE-90D", 1) && case.is_owed("PEN-DECIDE-90D", 2));
    let refusal = refused(
        case.when("行 结案 \"2026-05-08\" { 结案理由 处罚决定履行完毕 }"),
        &["PEN-DECIDE-90D"],
    );
    let told = refusal
        .grounds
        .iter()
        .find(|ground| ground.rule.as_deref() == Some("PEN-DECIDE-90D"))
        .expect("named");
    assert!(told.text.contains("某取水公司"), "who: {}", told.text);
}

#[test]
fn the_waiver_of_one_party_leaves_the_hearing_of_the_other() {
    let case = given(TWO_PARTIES);
    let decide = |party: u32| {
        case.when(&format!(
            "行 处罚决定 \"2026-04-17\" 当事人={party} {{ 决定日期 \"2026-04-17\"; 决定处罚内容 罚款=90000; }}"
        ))
    };
    decide(1).expect("waived");
    refused(decide(2), &["G-HEAR-DONE"]);
}

// ---- again, missing, with a reason

#[test]
fn an_act_that_is_done_once_is_not_done_again() {
    let case = filed();
    let refusal = refused_as(case.when("行 立案 \"2026-03-06\""), GroundKind::AlreadyDone);
    assert!(refusal.to_string().contains("2026-03-05"), "{refusal}");
}

#[test]
fn a_guard_over_an_unset_fact_names_the_fact() {
    // Not going on any more, and nobody says since when: neither in time nor too late.
    let case = given("当事人 1 某砂石公司 类型=法人\n行 案源登记 \"2026-03-02\"");
    let refusal = refused(
        case.when("行 立案 \"2026-03-05\" { 违法行为仍在继续 不成立 }"),
        &["PEN-LIMIT-2Y"],
    );
    assert_eq!(refusal.grounds.len(), 1, "{refusal}");
    assert_eq!(refusal.grounds[0].kind, GroundKind::FactMissing);
    let told = plain(&refusal.grounds[0].text);
    assert!(told.starts_with("缺少事实,还不能判断"), "{told}");
    assert!(told.contains("违法行为终了日"), "{told}");
    assert!(told.contains("《行政处罚法》第三十六条"), "{told}");
}

#[test]
fn what_is_derived_from_an_unset_fact_is_not_guessed() {
    // The basin decides which statute applies; a case that does not say is judged neither way.
    let case = given("承 \"立案到调查终结\"");
    let basin = case.history.case.procedure.fact("basin").expect("declared");
    let mut entries = case.history.entries.clone();
    for entry in &mut entries {
        if let Entry::Act(act) = entry {
            act.facts.remove("basin");
        }
    }
    let mut silent = given("承 \"立案到调查终结\"");
    silent.history = History::read(procedure(), entries);
    assert_eq!(silent.history.case.fact(basin, 0), None);
    let line = "行 拟处罚意见 \"2026-04-07\" 当事人=1";
    case.when(line).expect("with the basin");
    let refusal = refused(silent.when(line), &["G-BASIN"]);
    let about = refusal
        .grounds
        .iter()
        .find(|ground| ground.rule.as_deref() == Some("G-BASIN"))
        .expect("named");
    assert_eq!(about.kind, GroundKind::FactMissing);
    assert!(
        plain(&about.text).contains("缺少事实,还不能判断"),
        "{refusal}"
    );
}

#[test]
fn a_fact_that_must_be_filled_is_named_with_its_field() {
    let case = given("承 \"立案到调查终结\"");
    let mut command = case.command("行 拟处罚意见 \"2026-04-07\" 当事人=1");
    let item = case.history.case.procedure.fact("item").expect("declared");
    command.facts.retain(|(fact, _)| *fact != item);
    let refusal = refused_as(
        case.decide(&command, day("2026-04-07")),
        GroundKind::FactMissing,
    );
    assert!(refusal.is_input(), "{refusal:?}");
    assert_eq!(refusal.grounds[0].field.as_deref(), Some("item"));
    assert!(refusal.grounds[0].text.contains("适用事项"), "{refusal}");
}

#[test]
fn what_the_law_only_asks_a_reason_for_needs_one_and_keeps_it() {
    let case = given("当事人 1 某砂石公司 类型=法人\n行 案源登记 \"2026-03-02\"");
    let line = "行 立案 \"2026-03-05\" { 没有其他机关先立案 不成立 }";
    let mut command = case.command(line);
    let refusal = refused(case.decide(&command, day("2026-03-05")), &["G-JURIS"]);
    assert_eq!(refusal.grounds[0].kind, GroundKind::ReasonNeeded);
    // Blank is no reason.
    command.reasons.insert("G-JURIS".into(), "  ".into());
    refused(case.decide(&command, day("2026-03-05")), &["G-JURIS"]);
    command
        .reasons
        .insert("G-JURIS".into(), "上级指定管辖".into());
    let draft = case
        .decide(&command, day("2026-03-05"))
        .unwrap_or_else(|refusal| panic!("{refusal}"));
    let Entry::Act(act) = draft.entry else {
        panic!("an act")
    };
    assert_eq!(
        act.reasons.get("G-JURIS").map(String::as_str),
        Some("上级指定管辖")
    );
    assert!(act.cautions.contains(&"G-JURIS".to_owned()));
}

// ---- what happened outside

#[test]
fn what_happened_is_recorded_with_its_defect_which_holds_up_the_decision_until_cured() {
    let lawful = "当事人 1 某砂石公司 类型=法人
        行 案源登记 \"2026-03-02\"
        行 立案 \"2026-03-05\"
        行 现场检查 \"2026-03-06\" { 参加 承办人 王一 }";
    let mut case = given(lawful);
    assert!(case.has_defect("G-TWO"), "one officer alone");
    let Some(Entry::Act(act)) = case.history.entries.last() else {
        panic!("recorded")
    };
    assert!(act.cautions.contains(&"G-TWO".to_owned()));
    for line in [
        "行 责令改正 \"2026-03-09\" 当事人=1",
        "行 调查终结 \"2026-04-03\"",
        "行 拟处罚意见 \"2026-04-07\" 当事人=1",
        "行 拟处罚审批 \"2026-04-08\" 当事人=1",
        "行 事先告知 \"2026-04-09\" 当事人=1",
        "行 送达:事先告知书 \"2026-04-09\" 当事人=1",
        "行 陈述申辩 \"2026-04-13\" 当事人=1",
        "行 集体讨论 \"2026-04-16\"",
        "行 决定审批 \"2026-04-17\"",
    ] {
        case = case.and(line);
    }
    let decide = "行 处罚决定 \"2026-04-20\" 当事人=1 { 决定日期 \"2026-04-20\" }";
    refused(case.when(decide), &["G-TWO"]);
    refused_as(case.when(decide), GroundKind::Defective);
    let case = case.and("行 证据排除 \"2026-04-17\"");
    assert!(
        !case.has_defect("G-TWO"),
        "the note taken alone is not used"
    );
    if let Err(refusal) = case.when(decide) {
        assert!(!refusal.names("G-TWO"), "{refusal}");
    }
}

// ---- clocks

#[test]
fn a_pause_moves_the_ninety_days_by_exactly_the_paused_days() {
    let case = filed();
    assert_eq!(
        case.clock("PEN-DECIDE-90D", 1).due,
        Some(day("2026-06-03").into())
    );
    let case = case.and("行 中止调查 \"2026-03-20\"");
    let paused = case.clock("PEN-DECIDE-90D", 1);
    assert_eq!(paused.due, None, "it stands still");
    let case = case.and("行 恢复调查 \"2026-04-20\"");
    let resumed = case.clock("PEN-DECIDE-90D", 1);
    assert_eq!(resumed.due, Some(day("2026-07-04").into()));
    assert_eq!(resumed.pauses.len(), 1);
    assert_eq!(resumed.pauses[0].from, day("2026-03-20"));
    assert_eq!(resumed.pauses[0].until, Some(day("2026-04-20")));
    // 31 days, twice over when suspended again for 31 days.
    let case = case
        .and("行 中止调查 \"2026-05-01\"")
        .and("行 恢复调查 \"2026-06-01\"");
    assert_eq!(
        case.clock("PEN-DECIDE-90D", 1).due,
        Some(day("2026-08-04").into())
    );
}

#[test]
fn an_extension_adds_to_the_due_day_once() {
    let case = filed().and("行 延长办案期限 \"2026-05-20\"");
    let clock = case.clock("PEN-DECIDE-90D", 1);
    assert_eq!(clock.due, Some(day("2026-08-02").into()));
    assert_eq!(clock.extensions.len(), 1);
    refused_as(
        case.when("行 延长办案期限 \"2026-05-21\""),
        GroundKind::AlreadyDone,
    );
}

/// The shipped calendar with a year 2027 whose first ten days are off: made up, and easy to see.
fn with_2027() -> Calendar {
    let mut csv = include_str!("../../../../rules/calendar/workdays.csv")
        .trim_end()
        .to_owned();
    let mut at = day("2027-01-01");
    let last = day("2027-12-31");
    let off = |at: Day| at >= day("2027-01-01") && at <= day("2027-01-10");
    // 2027-01-01 is a Friday.
    let mut weekday = 5;
    while at <= last {
        let works = weekday <= 5 && !off(at);
        let name = if works { "" } else { "试验假日" };
        csv.push_str(&format!("\n{at},{},{name}", u8::from(works)));
        at = at.plus_days(1);
        weekday = if weekday == 7 { 1 } else { weekday + 1 };
    }
    csv.push('\n');
    Calendar::parse_csv(&csv).expect("a calendar to the end of 2027")
}

#[test]
fn a_clock_past_the_calendar_is_provisional_and_settled_when_the_year_is_added() {
    // Decided on 2026-12-28: seven working days lead into a year whose holidays are not published.
    let mut case = given(
        "当事人 1 某砂石公司 类型=法人
        行 案源登记 \"2026-11-02\" { 发现日 \"2026-11-02\" }
        行 立案 \"2026-11-05\"
        行 现场检查 \"2026-11-06\"
        行 责令改正 \"2026-11-09\" 当事人=1 { 改正期限届满日 \"2026-11-30\" }
        行 调查终结 \"2026-12-03\"
        行 拟处罚意见 \"2026-12-07\" 当事人=1
        行 拟处罚审批 \"2026-12-08\" 当事人=1
        行 事先告知 \"2026-12-09\" 当事人=1
        行 送达:事先告知书 \"2026-12-09\" 当事人=1
        行 陈述申辩 \"2026-12-11\" 当事人=1
        行 集体讨论 \"2026-12-18\"
        行 决定审批 \"2026-12-25\"
        行 处罚决定 \"2026-12-28\" 当事人=1 { 决定日期 \"2026-12-28\" }",
    );
    let before = case.clock("PUB-PEN-7WD", 1);
    assert!(before.provisional);
    assert_eq!(before.calendar, rules().calendar.edition());
    // Nothing to settle under the calendar it was counted by.
    let now = Moment::from(day("2026-12-30"));
    assert_eq!(settle_calendar(&case.history, &case.context, now), None);

    case.context.calendar = Arc::new(with_2027());
    let entry = settle_calendar(&case.history, &case.context, now).expect("the year was added");
    let Entry::CalendarSettled { edition, on, moved } = &entry else {
        panic!("a settlement")
    };
    assert_eq!(edition, case.context.calendar.edition());
    assert_eq!(*on, day("2026-12-30"));
    assert!(
        moved
            .iter()
            .all(|c| matches!(c, Consequence::Moved { by, .. } if by == "calendar"))
    );
    case.history.push(entry);
    let after = case.clock("PUB-PEN-7WD", 1);
    assert!(!after.provisional);
    // 29, 30, 31 December, then 11, 12, 13, 14 January.
    assert_eq!(after.due, Some(day("2027-01-14").into()));
    assert_eq!(
        settle_calendar(&case.history, &case.context, now),
        None,
        "once"
    );
}

// ---- the record

/// Every shipped scenario's entries, with the procedure of each.
fn all_entries() -> Vec<(Arc<Procedure>, Vec<Entry>)> {
    let rules = rules();
    let procedures = rules.procedures.iter();
    let procedures: BTreeMap<&str, Arc<Procedure>> = procedures
        .map(|it| (it.id.as_str(), Arc::new(it.clone())))
        .collect();
    let of = |one: &Scenario| {
        let procedure = &procedures[one.procedure.as_str()];
        let entries = casework::scenario::run(one, &rules, procedure).0.entries;
        (Arc::clone(procedure), entries)
    };
    scenarios().iter().map(of).collect()
}

#[test]
fn entries_read_back_make_the_same_case() {
    for (procedure, entries) in all_entries() {
        let stored: Vec<String> = entries
            .iter()
            .map(|entry| serde_json::to_string(entry).expect("an entry is JSON"))
            .collect();
        let read: Vec<Entry> = stored
            .iter()
            .map(|text| serde_json::from_str(text).expect("read back"))
            .collect();
        assert_eq!(read, entries);
        let (first, second) = (
            History::read(Arc::clone(&procedure), entries),
            History::read(Arc::clone(&procedure), read),
        );
        assert_eq!(first.case, second.case);
    }
}

#[test]
fn evolve_is_total() {
    // Each entry of each scenario onto a case that never saw what came before, and all of them in reverse.
    for (procedure, entries) in all_entries() {
        let mut reversed = Case::new(Arc::clone(&procedure));
        for entry in entries.iter().rev() {
            evolve(&mut Case::new(Arc::clone(&procedure)), 1, entry);
            evolve(&mut reversed, 1, entry);
        }
    }
    // What no procedure knows is passed over.
    let mut case = decided().history.case;
    let before = case.clone();
    let strange = r#"{"kind":"act","event":"dance","subject":{"kind":"ghost","number":9},"occurred":"2026-05-01",
        "facts":{"mood":"gay","item#x":1,"party_kind#4":"nonsense"},"consequences":[
        {"effect":"done","event":"dance","subject":{"kind":"ghost","number":9}},
        {"effect":"defect_kept","rule":"NONE","event":"case_filing","subject":{"kind":"case","number":0}}]}"#;
    let entry: Entry = serde_json::from_str(strange).expect("the shape of an entry");
    evolve(&mut case, 1, &entry);
    assert_eq!(case, before);
}

#[test]
fn an_entry_carries_its_consequences_so_that_reading_needs_no_calendar() {
    let case = given("承 \"立案到告知送达\"").and("行 陈述申辩 \"2026-04-13\" 当事人=1");
    let case = case
        .and("行 集体讨论 \"2026-04-16\"")
        .and("行 决定审批 \"2026-04-17\"");
    let draft = case
        .when("行 处罚决定 \"2026-04-20\" 当事人=1 { 决定日期 \"2026-04-20\" }")
        .unwrap_or_else(|refusal| panic!("{refusal}"));
    let met = consequences(&draft).iter().any(|c| {
        matches!(c, Consequence::Met { obligation, late: false } if obligation.rule == "PEN-DECIDE-90D")
    });
    assert!(met, "the ninety days are kept");
    let disclosure = consequences(&draft).iter().find_map(|c| match c {
        Consequence::Owed {
            obligation, clock, ..
        } if obligation.rule == "PUB-PEN-7WD" => clock.clone(),
        _ => None,
    });
    let clock = disclosure.expect("disclosure is owed, with its clock");
    assert_eq!(clock.due, Some(day("2026-04-29").into()));
    // An entry whose clock was counted otherwise is read as it was recorded, not counted again.
    let mut entries = case.history.entries.clone();
    let mut entry = draft.entry;
    if let Entry::Act(act) = &mut entry {
        for consequence in &mut act.consequences {
            if let Consequence::Owed {
                obligation,
                clock: Some(clock),
                ..
            } = consequence
                && obligation.rule == "PUB-PEN-7WD"
            {
                clock.due = Some(day("2030-01-01").into());
            }
        }
    }
    entries.push(entry);
    let mut read = case;
    read.history = History::read(procedure(), entries);
    assert_eq!(
        read.clock("PUB-PEN-7WD", 1).due,
        Some(day("2030-01-01").into())
    );
}
