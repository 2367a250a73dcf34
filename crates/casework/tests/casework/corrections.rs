//! Correcting entries: what moves, what falls away, what is owed again, and what may not be corrected.

use std::sync::Arc;

use casework::case::Case;
use casework::command::Command;
use casework::context::Context;
use casework::correct::{CorrectionRequest, correct, standing_act};
use casework::decide::{Draft, History};
use casework::entry::{ActPerformed, Clock, Entry, NewSubject};
use casework::refusal::{GroundKind, Refusal};
use casework::scenario::{self, Scenario};
use law::fact::{FactType, Value};
use law::model::Trigger;
use vocabulary::{Day, Moment};

use crate::common::{Given, day, given, refused, refused_as, rules, scenarios};
use crate::taking_over::PAPER_CASE;

/// The same act as a line says it, in the place of an entry.
pub fn asked(case: &Given, of: u32, line: &str) -> CorrectionRequest {
    CorrectionRequest {
        of,
        within: 0,
        command: case.command(line),
        renamed: Vec::new(),
        reason: "录入时看错".to_owned(),
        asked_by: "王一".to_owned(),
        approved_by: "陈科".to_owned(),
    }
}

/// What correcting says, at the end of a day.
pub fn corrected_on(
    case: &Given,
    today: &str,
    request: &CorrectionRequest,
) -> Result<Draft, Refusal> {
    let entry = correct(&case.history, &case.context, request, end_of(day(today)))?;
    Ok(Draft {
        entry,
        numbers: Vec::new(),
    })
}

/// The case with an entry corrected.
#[track_caller]
pub fn with(mut case: Given, of: u32, line: &str) -> Given {
    let request = asked(&case, of, line);
    let draft = corrected_on(&case, "2026-12-01", &request);
    let draft = draft.unwrap_or_else(|refusal| panic!("{refusal}"));
    case.history.push(draft.entry);
    case
}

fn end_of(day: Day) -> Moment {
    Moment {
        day,
        minute: Some(24 * 60 - 1),
    }
}

fn due(case: &Given, rule: &str) -> String {
    let clock: Clock = case.clock(rule, 1);
    clock.due.expect("it runs").to_string()
}

fn filed() -> Given {
    given("承 \"立案到调查终结\" 止于=立案")
}

fn decided() -> Given {
    given("承 \"立案到处罚决定\"")
}

#[track_caller]
fn text_of(case: &Given, fact: &str) -> Option<String> {
    let procedure = &case.history.case.procedure;
    let ix = (0..procedure.facts.len()).find(|ix| procedure.facts[*ix].name == fact);
    let ix = ix.expect("a fact of that name");
    let value = case.history.case.fact(ix, 0)?;
    Some(procedure.facts[ix].show(value))
}

#[track_caller]
fn in_play(case: &Given, act: &str) -> bool {
    let procedure = &case.history.case.procedure;
    let event = (0..procedure.events.len()).find(|ix| procedure.events[*ix].name == act);
    let event = event.expect("an act of that name");
    case.history.case.mark(event, 0).expect("a party").included
}

/// Everything that the law looks at, without what was said and by whom.
fn marking(case: &Case) -> impl PartialEq + std::fmt::Debug + use<> {
    let case = case.clone();
    (
        case.marks,
        case.owed,
        case.met,
        case.opened,
        case.defects,
        case.members.iter().map(Vec::len).collect::<Vec<_>>(),
    )
}

// ---- what a correction changes

#[test]
fn a_typo_in_a_fact_is_mended_and_the_entry_stays() {
    let case = decided();
    let before = case.history.clone();
    let case = with(
        case,
        1,
        "行 案源登记 \"2026-03-02\" { 线索内容 \"巡查发现架泵取水\" }",
    );
    assert_eq!(
        text_of(&case, "线索内容").as_deref(),
        Some("巡查发现架泵取水")
    );
    let (old, new) = case.history.entries.split_at(before.entries.len());
    assert_eq!(old, before.entries, "nothing on record is touched");
    assert_eq!(marking(&case.history.case), marking(&before.case));
    let [Entry::Corrected(correction)] = new else {
        panic!("one entry")
    };
    assert_eq!(correction.changes, []);
    assert_eq!(correction.on, day("2026-12-01"));
    let standing = standing_act(&case.history, 1, 0).expect("an act");
    assert_eq!(standing.introduced.len(), 1, "the party came in with it");
}

#[test]
fn a_corrected_date_moves_the_clock_that_counts_from_it() {
    let case = with(filed(), 3, "行 立案 \"2026-03-04\"");
    let clock = case.clock("PEN-DECIDE-90D", 1);
    assert_eq!(clock.base, day("2026-03-04").into());
    assert_eq!(due(&case, "PEN-DECIDE-90D"), "2026-06-02");
    let act = standing_act(&case.history, 3, 0).expect("an act");
    let done = &case.history.case.history[2];
    assert_eq!(
        (act.occurred, done.occurred),
        (day("2026-03-04").into(), day("2026-03-04").into())
    );
}

#[test]
fn a_moved_clock_keeps_its_pauses_and_extensions() {
    let paused = "承 \"立案到调查终结\" 止于=立案
        行 中止调查 \"2026-03-20\"
        行 恢复调查 \"2026-04-20\"
        行 延长办案期限 \"2026-06-01\"";
    let case = given(paused);
    assert_eq!(due(&case, "PEN-DECIDE-90D"), "2026-09-02");
    let case = with(case, 3, "行 立案 \"2026-03-04\"");
    assert_eq!(due(&case, "PEN-DECIDE-90D"), "2026-09-01");
    let clock = case.clock("PEN-DECIDE-90D", 1);
    assert_eq!((clock.pauses.len(), clock.extensions.len()), (1, 1));
}

#[test]
fn a_pause_that_began_or_ended_on_another_day_moves_the_clock() {
    let case = given(
        "承 \"立案到调查终结\" 止于=立案
        行 中止调查 \"2026-03-20\"
        行 恢复调查 \"2026-04-20\"",
    );
    assert_eq!(due(&case, "PEN-DECIDE-90D"), "2026-07-04");
    let case = with(case, 4, "行 中止调查 \"2026-03-25\"");
    assert_eq!(
        due(&case, "PEN-DECIDE-90D"),
        "2026-06-29",
        "five days fewer"
    );
    let case = with(case, 5, "行 恢复调查 \"2026-04-22\"");
    assert_eq!(due(&case, "PEN-DECIDE-90D"), "2026-07-01", "two days more");
    assert_eq!(case.clock("PEN-DECIDE-90D", 1).pauses.len(), 1);
}

#[test]
fn a_clock_from_a_date_that_is_said_moves_with_it() {
    let case = given(
        "承 \"立案到公示\"
        行 决定被变更撤销 \"2026-09-30\" 当事人=1 { 决定变动生效日 \"2026-09-30\" }",
    );
    assert_eq!(due(&case, "PEN-WITHDRAW-3WD"), "2026-10-10");
    let of = case.history.next_number() - 1;
    let line = "行 决定被变更撤销 \"2026-09-30\" 当事人=1 { 决定变动生效日 \"2026-09-28\" }";
    let case = with(case, of, line);
    assert_eq!(due(&case, "PEN-WITHDRAW-3WD"), "2026-10-08");
}

#[test]
fn what_a_corrected_guard_no_longer_asks_for_is_released_and_back_again() {
    let case = given(
        "承 \"立案到调查终结\"
        行 拟处罚意见 \"2026-04-07\" 当事人=1
        行 拟处罚审批 \"2026-04-08\" 当事人=1
        行 事先告知 \"2026-04-09\" 当事人=1 { 告知听证权 成立 }
        行 送达:事先告知书 \"2026-04-09\" 当事人=1
        行 听证申请 \"2026-04-13\" 当事人=1",
    );
    assert!(case.is_owed("G-HEAR-DONE-2", 1) && case.is_owed("PEN-HEAR-HOLD", 1));
    let stands = case.clock("PEN-DECIDE-90D", 1);
    assert_eq!(stands.pauses.len(), 1, "the hearing is not counted");
    let case = with(
        case,
        13,
        "行 听证申请 \"2026-04-13\" 当事人=1 { 听证意愿 明确放弃 }",
    );
    assert!(!case.is_owed("G-HEAR-DONE-2", 1) && !case.is_owed("PEN-HEAR-HOLD", 1));
    let runs = case.clock("PEN-DECIDE-90D", 1);
    assert_eq!(runs.pauses, [], "nothing was paused");
    assert_eq!(due(&case, "PEN-DECIDE-90D"), "2026-06-03");
    // And the other way round.
    let case = with(case, 13, "行 听证申请 \"2026-04-13\" 当事人=1");
    assert!(case.is_owed("G-HEAR-DONE-2", 1) && case.is_owed("PEN-HEAR-HOLD", 1));
    assert_eq!(case.clock("PEN-DECIDE-90D", 1), stands);
}

#[test]
fn what_fell_out_of_play_by_a_wrong_fact_comes_back() {
    let overturned = "承 \"立案到公示\"
        行 决定被变更撤销 \"2026-09-30\" 当事人=1 { 决定变动生效日 \"2026-09-30\"; 决定变动的种类 撤销; }";
    let changed = "行 决定被变更撤销 \"2026-09-30\" 当事人=1 { 决定变动生效日 \"2026-09-30\"; 决定变动的种类 变更; }";
    let case = given(overturned);
    let of = case.history.next_number() - 1;
    assert!(!in_play(&case, "缴清"));
    let case = with(case, of, changed);
    assert!(in_play(&case, "缴清"), "it was only changed");
    let case = with(
        case,
        of,
        "行 决定被变更撤销 \"2026-09-30\" 当事人=1 { 决定变动生效日 \"2026-09-30\"; 决定变动的种类 撤销; }",
    );
    assert!(!in_play(&case, "缴清"), "it was annulled after all");
}

#[test]
fn a_defect_that_was_none_is_gone_and_one_that_was_appears() {
    let case = given(
        "承 \"立案到调查终结\" 止于=立案
        行 询问 \"2026-03-09\" { 已出示执法证件 不成立 }",
    );
    assert!(case.has_defect("G-SHOWID"));
    let case = with(case, 4, "行 询问 \"2026-03-09\"");
    assert!(!case.has_defect("G-SHOWID"));
    let case = with(case, 4, "行 询问 \"2026-03-09\" { 已出示执法证件 不成立 }");
    assert!(case.has_defect("G-SHOWID"));
    refused(
        given("承 \"立案到告知送达\"\n行 陈述申辩 \"2026-04-13\" 当事人=1\n行 集体讨论 \"2026-04-16\"\n行 决定审批 \"2026-04-17\"")
            .also(4, "行 询问 \"2026-03-09\" { 已出示执法证件 不成立 }")
            .when("行 处罚决定 \"2026-04-20\" 当事人=1 { 决定日期 \"2026-04-20\" }"),
        &["G-SHOWID"],
    );
}

impl Given {
    #[track_caller]
    fn also(self, of: u32, line: &str) -> Given {
        with(self, of, line)
    }
}

/// Reviewed and approved, not decided.
const REVIEWED: &str = "承 \"立案到告知送达\"
    行 陈述申辩 \"2026-04-13\" 当事人=1
    行 送审 \"2026-04-13\"
    行 法制审核 \"2026-04-14\"
    行 集体讨论 \"2026-04-16\"
    行 决定审批 \"2026-04-17\"";

#[test]
fn what_judged_a_corrected_fact_is_owed_again() {
    let case = given(REVIEWED);
    let decision = "行 处罚决定 \"2026-04-20\" 当事人=1 { 决定日期 \"2026-04-20\" }";
    case.when(decision).expect("everything was judged");
    let of = 8;
    let case = with(
        case,
        of,
        "行 调查终结 \"2026-04-03\" { 查明的违法事实 \"取水一万立方米\" }",
    );
    for rule in ["G-LEGALREV-FRESH", "G-HEADSIGN-AGAIN"] {
        assert!(case.is_owed(rule, 0), "{rule}");
    }
    refused(case.when(decision), &["G-LEGALREV-BAN", "G-HEADSIGN-OPEN"]);
    // The review made again settles it.
    let case = case
        .and("行 送审 \"2026-12-02\"")
        .and("行 法制审核 \"2026-12-03\"");
    assert!(!case.is_owed("G-LEGALREV-FRESH", 0));
}

#[test]
fn a_changed_basis_is_notified_again() {
    let case = given(REVIEWED);
    let items = &rules().items;
    let line = |item: &str| format!("行 拟处罚意见 \"2026-04-07\" 当事人=1 {{ 适用事项 {item} }}");
    let accepted = items
        .keys()
        .filter(|item| *item != "P-SF69-1")
        .find(|item| {
            let request = asked(&case, 9, &line(item));
            corrected_on(&case, "2026-12-01", &request).is_ok()
        });
    let item = accepted.expect("another item would have been lawful then");
    let case = with(case, 9, &line(item));
    for rule in ["G-NOTIFY-AGAIN", "G-COLLECTIVE-AGAIN", "G-LEGALREV-FRESH"] {
        assert!(case.is_owed(rule, 1) || case.is_owed(rule, 0), "{rule}");
    }
}

#[test]
fn the_day_of_an_act_that_met_its_date_says_whether_it_was_late() {
    let case = given("承 \"立案到告知送达\"\n行 送审 \"2026-04-13\"\n行 法制审核 \"2026-04-20\"");
    let late = |case: &Given| {
        let procedure = &case.history.case.procedure;
        let of_review = |met: &&casework::case::Met| {
            procedure.rules[procedure.responses[met.response].rule].id == "REV-FIN"
        };
        let met = case.history.case.met.iter().find(of_review).expect("met");
        (met.late, met.on)
    };
    assert_eq!(late(&case), (false, day("2026-04-20").into()));
    let case = with(case, 14, "行 法制审核 \"2026-04-21\"");
    assert_eq!(late(&case), (true, day("2026-04-21").into()));
}

#[test]
fn what_was_done_since_is_not_owed_by_a_correction() {
    // The party spoke up, it turns out; what it said was weighed already.
    let case = given(
        "承 \"立案到告知送达\"
        行 陈述申辩 \"2026-04-13\" 当事人=1
        行 申辩复核 \"2026-04-14\" 当事人=1",
    );
    let told = "行 陈述申辩 \"2026-04-13\" 当事人=1 { 陈述申辩结果 提出意见; 陈述申辩意见 \"泵不是我的\"; }";
    let case = with(case, 13, told);
    assert!(!case.is_owed("G-HEARD-REEXAMINE", 1));
    // Not weighed yet: it is owed.
    let case = given("承 \"立案到告知送达\"\n行 陈述申辩 \"2026-04-13\" 当事人=1");
    let case = with(case, 13, told);
    assert!(case.is_owed("G-HEARD-REEXAMINE", 1));
}

#[test]
fn what_a_later_act_says_is_not_overwritten_by_a_correction() {
    let case = filed()
        .and("行 询问 \"2026-03-09\"")
        .and("行 询问 \"2026-03-11\" { 笔录要点 \"第二次说的\" }");
    let case = with(
        case,
        4,
        "行 询问 \"2026-03-09\" { 笔录要点 \"第一次说的\" }",
    );
    assert_eq!(text_of(&case, "笔录要点").as_deref(), Some("第二次说的"));
    let case = with(case, 5, "行 询问 \"2026-03-11\" { 笔录要点 \"更正以后\" }");
    assert_eq!(text_of(&case, "笔录要点").as_deref(), Some("更正以后"));
}

#[test]
fn what_the_corrected_act_says_no_longer_is_not_said() {
    let place = "违法行为发生地";
    let case = given("承 \"立案到调查终结\" 止于=案源").and("行 现场检查 \"2026-03-03\"");
    let case = case.and("行 立案 \"2026-03-05\" { 违法行为发生地 \"某村\" }");
    assert_eq!(text_of(&case, place).as_deref(), Some("某村"));
    let of = case.history.next_number() - 1;
    let mut request = asked(&case, of, "行 立案 \"2026-03-05\"");
    let fact = case
        .history
        .case
        .procedure
        .facts
        .iter()
        .position(|fact| fact.name == place);
    request
        .command
        .facts
        .retain(|(said, _)| Some(*said) != fact);
    let entry = correct(
        &case.history,
        &case.context,
        &request,
        end_of(day("2026-12-01")),
    );
    let mut case = case;
    case.history
        .push(entry.unwrap_or_else(|refusal| panic!("{refusal}")));
    assert_eq!(text_of(&case, place), None);
}

#[test]
fn an_act_dated_in_between_is_judged_on_the_corrected_dates() {
    // Suspending needs a filing. By the record the case was filed on 03-05.
    let line = "行 中止调查 \"2026-03-07\"";
    filed().when_on("2026-12-02", line).expect("filed by then");
    let late = with(filed(), 3, "行 立案 \"2026-03-10\"");
    refused(late.when_on("2026-12-02", line), &["G-FILED"]);
    let line = "行 中止调查 \"2026-03-04\"";
    let case = filed().and("行 询问 \"2026-03-09\"");
    refused(case.when_on("2026-12-02", line), &["G-FILED"]);
    let early = with(case, 3, "行 立案 \"2026-03-04\"");
    early.when_on("2026-12-02", line).expect("filed that day");
}

#[test]
fn a_correction_is_corrected() {
    let case = with(filed(), 3, "行 立案 \"2026-03-04\"");
    // The entry that is named stays the first one: its place is in the case, the correction only tells of it.
    let request = asked(&case, 4, "行 立案 \"2026-03-05\"");
    let refusal = refused_as(
        corrected_on(&case, "2026-12-01", &request),
        GroundKind::FactInvalid,
    );
    assert_eq!(refusal.grounds[0].field.as_deref(), Some("of"));
    let case = with(case, 3, "行 立案 \"2026-03-06\"");
    assert_eq!(due(&case, "PEN-DECIDE-90D"), "2026-06-04");
    let case = with(case, 3, "行 立案 \"2026-03-05\"");
    assert_eq!(due(&case, "PEN-DECIDE-90D"), "2026-06-03");
    assert_eq!(marking(&case.history.case), marking(&filed().history.case));
}

#[test]
fn the_name_of_a_party_is_corrected() {
    let case = decided();
    let mut request = asked(&case, 1, "行 案源登记 \"2026-03-02\"");
    let name = |number, name: &str| NewSubject {
        kind: "party".to_owned(),
        number,
        name: name.to_owned(),
    };
    request.renamed = vec![name(1, "某砂石有限公司")];
    let draft = corrected_on(&case, "2026-12-01", &request).expect("a name");
    let mut after = case.history.clone();
    after.push(draft.entry.clone());
    assert_eq!(after.case.members[1][0].name, "某砂石有限公司");
    assert_eq!(marking(&after.case), marking(&case.history.case));
    let standing = standing_act(&after, 1, 0).expect("an act");
    assert_eq!(standing.introduced, [name(1, "某砂石有限公司")]);
    for wrong in [name(1, " "), name(2, "别人"), name(1, "某砂石公司")] {
        request.renamed = vec![wrong.clone()];
        let outcome = corrected_on(&case, "2026-12-01", &request);
        assert!(outcome.is_err(), "{wrong:?}");
    }
    // A name of an entry that brought nobody in.
    let mut request = asked(&case, 4, "行 询问 \"2026-03-09\"");
    request.renamed = vec![name(1, "某砂石有限公司")];
    refused_as(
        corrected_on(&case, "2026-12-01", &request),
        GroundKind::FactInvalid,
    );
}

// ---- what may not be corrected

#[test]
fn what_the_law_would_have_refused_then_is_refused_now() {
    let case = decided();
    let on = |of, line: &str| corrected_on(&case, "2026-12-01", &asked(&case, of, line));
    refused(on(3, "行 立案 \"2026-03-01\""), &["G-LEAD"]);
    refused(
        on(10, "行 拟处罚审批 \"2026-04-06\" 当事人=1"),
        &["G-PROPOSAL-FIRST"],
    );
    refused(
        on(3, "行 立案 \"2026-03-05\" { 有违法事实 不成立 }"),
        &["G-FILE-STD"],
    );
    let mut alone = asked(&case, 8, "行 调查终结 \"2026-04-03\"");
    alone.command.people.truncate(1);
    refused(corrected_on(&case, "2026-12-01", &alone), &["G-TWO"]);
    let future = on(3, "行 立案 \"2026-12-02\"");
    refused_as(future, GroundKind::Future);
}

#[test]
fn a_correction_changes_neither_the_act_nor_whom_it_is_about() {
    let case = decided();
    for line in ["行 不予立案 \"2026-03-05\"", "行 询问 \"2026-03-05\""] {
        let refusal = refused_as(
            corrected_on(&case, "2026-12-01", &asked(&case, 3, line)),
            GroundKind::FactInvalid,
        );
        assert_eq!(refusal.grounds[0].field.as_deref(), Some("of"));
    }
    let mut request = asked(&case, 5, "行 责令改正 \"2026-03-09\" 当事人=1");
    request.command.number = 2;
    assert!(corrected_on(&case, "2026-12-01", &request).is_err());
    for of in [0, 99] {
        let request = asked(&case, of, "行 立案 \"2026-03-05\"");
        assert!(corrected_on(&case, "2026-12-01", &request).is_err(), "{of}");
    }
    let mut request = asked(&case, 1, "行 案源登记 \"2026-03-02\"");
    request.within = 1;
    assert!(corrected_on(&case, "2026-12-01", &request).is_err());
}

#[test]
fn a_correction_brings_nobody_in_and_leaves_nobody_out() {
    let case = filed();
    let line = "行 案源登记 \"2026-03-02\" { 线索内容 \"群众反映\" }";
    let mut request = asked(&case, 1, line);
    request.command.introduces = vec![case.another_party(2, "某运输公司")];
    let refusal = refused_as(
        corrected_on(&case, "2026-12-01", &request),
        GroundKind::FactInvalid,
    );
    assert_eq!(refusal.grounds[0].field.as_deref(), Some("introduces"));
    // Without a word of the party, it stays in the case with what is owed to it.
    let before = marking(&case.history.case);
    let case = with(case, 1, line);
    assert_eq!(marking(&case.history.case), before);
    assert_eq!(
        text_of(&case, "当事人类型"),
        text_of(&filed(), "当事人类型")
    );
}

#[test]
fn one_asks_another_approves_and_both_are_known() {
    let case = filed();
    let good = asked(&case, 3, "行 立案 \"2026-03-04\"");
    corrected_on(&case, "2026-12-01", &good).expect("in order");
    let wrong = |change: &dyn Fn(&mut CorrectionRequest), field: &str| {
        let mut request = good.clone();
        change(&mut request);
        let refusal = refused_as(
            corrected_on(&case, "2026-12-01", &request),
            GroundKind::FactInvalid,
        );
        let fields: Vec<_> = refusal
            .grounds
            .iter()
            .filter_map(|g| g.field.as_deref())
            .collect();
        assert!(fields.contains(&field), "{field}: {fields:?}");
        assert!(refusal.is_input());
    };
    wrong(&|r| r.approved_by = "王一".to_owned(), "approved_by");
    wrong(&|r| r.asked_by = "陈科".to_owned(), "approved_by");
    wrong(&|r| r.approved_by = "李二".to_owned(), "approved_by");
    wrong(&|r| r.approved_by = "无此人".to_owned(), "approved_by");
    wrong(&|r| r.asked_by = "无此人".to_owned(), "asked_by");
    wrong(&|r| r.reason = " \n".to_owned(), "reason");
    let same = asked(&case, 3, "行 立案 \"2026-03-05\"");
    let refusal = corrected_on(&case, "2026-12-01", &same).expect_err("nothing changed");
    assert_eq!(refusal.grounds.len(), 1);
    assert!(refusal.grounds[0].text.contains("没有改动"), "{refusal}");
}

// ---- a case taken over

#[test]
fn an_act_of_a_case_taken_over_is_corrected_and_only_that_one() {
    let mut case = crate::taking_over::taken_over(PAPER_CASE);
    assert_eq!(due(&case, "PEN-DECIDE-90D"), "2026-06-03");
    let mut request = asked(&case, 1, "行 立案 \"2026-03-04\"");
    request.within = 2;
    let draft = corrected_on(&case, "2026-12-01", &request).unwrap_or_else(|r| panic!("{r}"));
    case.history.push(draft.entry);
    assert_eq!(due(&case, "PEN-DECIDE-90D"), "2026-06-02");
    let dates: Vec<_> = case
        .history
        .case
        .history
        .iter()
        .map(|done| done.occurred.day)
        .collect();
    assert_eq!(
        dates[1..4],
        [day("2026-03-03"), day("2026-03-04"), day("2026-03-09")]
    );
    // What departed from the law on paper departs from it still; it is said, not refused.
    let mut request = asked(&case, 1, "行 立案 \"2026-03-01\"");
    request.within = 2;
    let draft = corrected_on(&case, "2026-12-01", &request).unwrap_or_else(|r| panic!("{r}"));
    let Entry::Corrected(correction) = draft.entry else {
        panic!("a correction")
    };
    assert!(
        correction.act.cautions.iter().any(|id| id == "G-LEAD"),
        "{:?}",
        correction.act.cautions
    );
}

#[test]
fn an_act_between_those_of_a_case_taken_over_is_judged_on_its_day() {
    let case = crate::taking_over::taken_over(PAPER_CASE);
    let line = "行 中止调查 \"2026-03-04\"";
    refused(case.when_on("2026-12-01", line), &["G-FILED"]);
    let line = "行 中止调查 \"2026-03-06\"";
    case.when_on("2026-12-01", line)
        .expect("filed the day before");
}

// ---- over every scenario

/// The command that would have recorded an act.
pub fn command_of(case: &Case, act: &ActPerformed) -> Command {
    let procedure = &case.procedure;
    let event = procedure.event(&act.event).expect("known");
    let mut command = Command::new(event, act.subject.number, act.occurred);
    for participant in &act.people {
        let role = procedure
            .roles
            .iter()
            .position(|role| role.id == participant.role);
        command
            .people
            .push((role.expect("known"), participant.person.clone()));
    }
    for (key, json) in act.facts.iter().filter(|(key, _)| !key.contains('#')) {
        let fact = procedure.fact(key).expect("known");
        let value = procedure.facts[fact]
            .from_json(json)
            .expect("it was written");
        command.facts.push((fact, value));
    }
    command.reasons = act.reasons.clone();
    command.files = act.files.clone();
    command
}

/// The context in which a scenario ran.
pub fn context_of(scenario: &Scenario) -> Context {
    scenario::context(scenario, &rules()).0
}

/// The history that every scenario leaves.
pub fn histories() -> Vec<(&'static Scenario, History)> {
    let rules = rules();
    let procedure = crate::common::procedure();
    let ordinary = scenarios().iter().filter(|s| s.procedure == procedure.id);
    ordinary
        .map(|one| {
            let (history, failed) = scenario::run(one, &rules, &Arc::clone(&procedure));
            assert!(failed.is_empty(), "{}", one.name);
            (one, history)
        })
        .collect()
}

fn request_of(history: &History, number: u32, act: &ActPerformed) -> CorrectionRequest {
    CorrectionRequest {
        of: number,
        within: 0,
        command: command_of(&history.case, act),
        renamed: Vec::new(),
        reason: "试".to_owned(),
        asked_by: "王一".to_owned(),
        approved_by: "张局".to_owned(),
    }
}

/// Another value of the same type, where there is one that is easily said.
fn another(fact: &law::fact::Fact, value: &Value) -> Option<Value> {
    Some(match (value, &fact.kind) {
        (Value::Bool(value), _) => Value::Bool(!value),
        (Value::Text(text), _) => Value::Text(format!("{text}（改）")),
        (Value::Date(day), _) => Value::Date(day.plus_days(-1)),
        (Value::Choice(at), FactType::Choice(all)) => {
            let next = (usize::from(*at) + 1) % all.len();
            Value::Choice(u16::try_from(next).ok()?)
        }
        (Value::Count(count), _) => Value::Count(count + 1),
        _ => return None,
    })
}

#[test]
fn saying_again_what_was_said_changes_nothing() {
    let now = end_of(day("2030-01-01"));
    let (mut renamed, mut owed) = (0, 0);
    for (one, history) in histories() {
        let context = context_of(one);
        for (number, entry) in (1..).zip(&history.entries) {
            let Entry::Act(act) = entry else {
                panic!("scenarios perform acts")
            };
            let mut request = request_of(&history, number, act);
            let refusal = correct(&history, &context, &request, now).expect_err("nothing new");
            assert!(
                refusal.to_string().contains("没有改动"),
                "{}: {refusal}",
                one.name
            );
            let Some(new) = act.introduced.first() else {
                continue;
            };
            request.renamed = vec![NewSubject {
                name: "改过的名称".to_owned(),
                ..new.clone()
            }];
            let entry = correct(&history, &context, &request, now).expect("a name only");
            let mut after = history.clone();
            after.push(entry);
            owed += owed_again(&after.case) - owed_again(&history.case);
            without_renewals(&mut after.case, &history.case);
            assert_eq!(marking(&after.case), marking(&history.case), "{}", one.name);
            assert_eq!(after.case.facts, history.case.facts, "{}", one.name);
            assert_eq!(after.case.history, history.case.history, "{}", one.name);
            renamed += 1;
        }
    }
    assert!(renamed > 50, "{renamed}");
    // What was published under the old name is to be corrected.
    assert!(owed > 5, "{owed}");
}

/// How many judgments are owed again.
fn owed_again(case: &Case) -> usize {
    let responses = case.procedure.responses.iter().zip(&case.owed);
    let changed = responses.filter(|(edge, _)| matches!(edge.trigger, Trigger::Changed { .. }));
    changed.map(|(_, owed)| owed.iter().flatten().count()).sum()
}

#[test]
fn there_and_back_again_is_where_it_was() {
    let now = end_of(day("2030-01-01"));
    let (mut tried, mut turned) = (0, 0);
    for (at, (one, history)) in histories().into_iter().enumerate() {
        let context = context_of(one);
        for (number, entry) in (1..).zip(&history.entries) {
            let Entry::Act(act) = entry else {
                panic!("scenarios perform acts")
            };
            let request = request_of(&history, number, act);
            let facts = request.command.facts.len();
            // One fact of each act, another in each scenario; and the day.
            let mut wrong = Vec::new();
            if facts > 0 {
                let mut other = request.clone();
                let (fact, value) = &mut other.command.facts[at % facts];
                if let Some(changed) = another(&history.case.procedure.facts[*fact], value) {
                    *value = changed;
                    wrong.push(other);
                }
            }
            let mut earlier = request.clone();
            earlier.command.occurred.day = earlier.command.occurred.day.plus_days(-1);
            wrong.push(earlier);
            for other in wrong {
                tried += 1;
                let Ok(there) = correct(&history, &context, &other, now) else {
                    continue;
                };
                let mut after = history.clone();
                after.push(there);
                let back = correct(&after, &context, &request, now)
                    .unwrap_or_else(|refusal| panic!("{}, {number}: {refusal}", one.name));
                after.push(back);
                turned += 1;
                without_renewals(&mut after.case, &history.case);
                without_reasons(&mut after.case, &history.case);
                let case = (marking(&after.case), &after.case.facts, &after.case.history);
                let was = (
                    marking(&history.case),
                    &history.case.facts,
                    &history.case.history,
                );
                assert!(
                    case == was,
                    "{}, entry {number} {}\n{}",
                    one.name,
                    act.event,
                    differences(&after.case, &history.case)
                );
            }
        }
    }
    assert!(turned * 3 > tried && turned > 300, "{turned} of {tried}");
}

/// A fact that changed and changed back was judged twice: what judges it is owed on purpose.
fn without_renewals(case: &mut Case, was: &Case) {
    for (response, members) in case.owed.iter_mut().enumerate() {
        if matches!(
            case.procedure.responses[response].trigger,
            Trigger::Changed { .. }
        ) {
            members.clone_from(&was.owed[response]);
        }
    }
}

/// What a wrong fact brought into play goes out of it because of the correction, whatever had taken it out before.
fn without_reasons(case: &mut Case, was: &Case) {
    let marks = case.marks.iter_mut().flatten();
    for (mark, was) in marks.zip(was.marks.iter().flatten()) {
        if !mark.included && mark.excluded_by.is_none() {
            mark.excluded_by = was.excluded_by;
        }
    }
}

fn differences(case: &Case, was: &Case) -> String {
    let mut out = String::new();
    let procedure = &case.procedure;
    for event in 0..procedure.events.len() {
        if case.marks[event] != was.marks[event] {
            let (is, was) = (&case.marks[event], &was.marks[event]);
            out += &format!("{}: {was:?} -> {is:?}\n", procedure.events[event].id);
        }
    }
    for response in 0..procedure.responses.len() {
        if case.owed[response] != was.owed[response] {
            let id = &procedure.rules[procedure.responses[response].rule].id;
            let (is, was) = (&case.owed[response], &was.owed[response]);
            out += &format!("{id}: {was:?} -> {is:?}\n");
        }
    }
    for fact in 0..procedure.facts.len() {
        if case.facts[fact] != was.facts[fact] {
            let (is, was) = (&case.facts[fact], &was.facts[fact]);
            out += &format!("{}: {was:?} -> {is:?}\n", procedure.facts[fact].id);
        }
    }
    if case.opened != was.opened {
        out += &format!("windows {:?} -> {:?}\n", was.opened, case.opened);
    }
    if case.defects != was.defects {
        out += &format!("defects {:?} -> {:?}\n", was.defects, case.defects);
    }
    if case.met != was.met {
        out += &format!("met {:?} -> {:?}\n", was.met, case.met);
    }
    if case.history != was.history {
        out += "history\n";
    }
    out
}
