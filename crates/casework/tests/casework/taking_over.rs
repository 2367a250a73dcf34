//! Cases begun on paper: taken over with their true dates and departures; what comes after passes every gate.

use casework::command::Command;
use casework::decide::{History, is_after};
use casework::entry::{Entry, TakeOver};
use casework::refusal::{GroundKind, Refusal};
use casework::take_over::{Taken, Taking, TakingBy};
use vocabulary::Moment;

use crate::common::{Given, day, given, procedure, refused, refused_as};

/// A running paper case as its ledger tells it.
pub const PAPER_CASE: &[&str] = &[
    "行 案源登记 \"2026-03-02\"",
    "行 现场检查 \"2026-03-03\"",
    "行 立案 \"2026-03-05\"",
    "行 询问 \"2026-03-09\"",
    "行 责令改正 \"2026-03-09\" 当事人=1",
];

fn by() -> TakingBy {
    TakingBy {
        from: "纸质案卷".to_owned(),
        entered_by: "冯档".to_owned(),
        approved_by: "陈科".to_owned(),
        sheet: Vec::new(),
    }
}

fn at(text: &str) -> Moment {
    Moment {
        day: day(text),
        minute: Some(24 * 60 - 1),
    }
}

/// An empty case with the people of the scenarios.
fn nobody() -> Given {
    let mut given = given("当事人 1 某砂石公司 类型=法人\n行 案源登记 \"2026-03-02\"");
    given.history = History::new(procedure());
    given
}

/// The command of a line; the first brings in the party.
fn told(given: &Given, at: usize, line: &str) -> Command {
    let mut command = given.command(line);
    if at == 0 {
        command.introduces = vec![given.another_party(1, "某砂石公司")];
    }
    command
}

fn taking(given: &Given, lines: &[&str], today: &str) -> Result<Taking, Refusal> {
    let mut taking = Taking::new(procedure());
    for (number, line) in lines.iter().enumerate() {
        taking.add(&given.context, &told(given, number, line), at(today))?;
    }
    Ok(taking)
}

#[track_caller]
fn taken(given: &Given, lines: &[&str]) -> Taken {
    taking(given, lines, "2026-12-01")
        .and_then(|taking| taking.finish(&given.context, &by(), at("2026-12-01")))
        .unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// A case taken over on 2026-12-01.
#[track_caller]
pub fn taken_over(lines: &[&str]) -> Given {
    let mut given = nobody();
    let entry = taken(&given, lines).entry;
    given.history.push(entry);
    given
}

fn case_of(entry: &Entry) -> &TakeOver {
    match entry {
        Entry::TakenOver(taken) => taken,
        other => panic!("not a case taken over: {other:?}"),
    }
}

fn with<'a>(lines: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    lines.iter().chain(more).copied().collect()
}

#[test]
fn true_dates_give_the_true_due_dates() {
    let case = taken_over(PAPER_CASE);
    assert_eq!(case.history.entries.len(), 1, "one entry");
    let clock = case.clock("PEN-DECIDE-90D", 1);
    assert_eq!(clock.base, day("2026-03-05").into());
    let due = clock.due.expect("it runs");
    assert_eq!(due, day("2026-06-03").into());
    assert!(
        is_after(day("2026-12-01").into(), due),
        "overdue on the day of taking over"
    );
    // The same as if each had been recorded on its day.
    let daily = given(
        "当事人 1 某砂石公司 类型=法人
        行 案源登记 \"2026-03-02\"
        行 现场检查 \"2026-03-03\"
        行 立案 \"2026-03-05\"
        行 询问 \"2026-03-09\"
        行 责令改正 \"2026-03-09\" 当事人=1",
    );
    let (case, daily) = (&case.history.case, &daily.history.case);
    assert_eq!((&case.marks, &case.owed), (&daily.marks, &daily.owed));
    assert_eq!(
        (&case.opened, &case.defects),
        (&daily.opened, &daily.defects)
    );
    assert_eq!((&case.met, &case.facts), (&daily.met, &daily.facts));
}

#[test]
fn what_departs_from_the_law_is_kept_and_not_refused() {
    // Filed without a lead, and a decision that nobody reviewed or notified.
    let lines = [
        "行 立案 \"2026-03-05\" { 有违法事实 不成立 }",
        "行 询问 \"2026-03-09\" { 已出示执法证件 不成立 }",
        "行 处罚决定 \"2026-04-20\" 当事人=1 { 决定日期 \"2026-04-20\" }",
    ];
    let case = taken_over(&lines);
    let taken = case_of(&case.history.entries[0]);
    let cautions = |at: usize| taken.acts[at].cautions.as_slice();
    let names = |at: usize, id: &str| cautions(at).iter().any(|caution| caution == id);
    assert!(
        names(0, "G-LEAD") && names(0, "G-FILE-STD"),
        "{:?}",
        cautions(0)
    );
    assert!(names(1, "G-SHOWID"), "{:?}", cautions(1));
    assert!(
        names(2, "G-NOTIFY") && names(2, "G-HEARD"),
        "{:?}",
        cautions(2)
    );
    assert_eq!(
        case.history.case.history[2].cautions,
        cautions(2),
        "the case shows them"
    );
    // What it owes is owed, from the day of the decision.
    assert_eq!(
        case.clock("PEN-SERVE-7WD", 1).due,
        Some(day("2026-04-29").into())
    );
    assert!(!case.is_owed("PEN-DECIDE-90D", 1), "decided");
}

#[test]
fn a_defect_comes_in_and_blocks_until_it_is_cured() {
    let lines = with(
        PAPER_CASE,
        &[
            "行 询问 \"2026-03-12\" { 已出示执法证件 不成立 }",
            "行 送达:责令改正通知书 \"2026-03-13\" 当事人=1",
            "行 复查 \"2026-04-01\" 当事人=1 { 复查日期 \"2026-04-01\" }",
            "行 调查终结 \"2026-04-03\"",
            "行 拟处罚意见 \"2026-04-07\" 当事人=1",
            "行 拟处罚审批 \"2026-04-08\" 当事人=1",
            "行 事先告知 \"2026-04-09\" 当事人=1",
            "行 送达:事先告知书 \"2026-04-09\" 当事人=1",
            "行 陈述申辩 \"2026-04-13\" 当事人=1",
            "行 集体讨论 \"2026-04-16\"",
            "行 决定审批 \"2026-04-17\"",
        ],
    );
    let case = taken_over(&lines);
    assert!(case.has_defect("G-SHOWID"));
    let decision = "行 处罚决定 \"2026-12-02\" 当事人=1 { 决定日期 \"2026-12-02\" }";
    refused(case.when(decision), &["G-SHOWID"]);
    let case = case.and("行 证据排除 \"2026-12-02\"");
    assert!(!case.has_defect("G-SHOWID"));
    let refusal = case
        .when(decision)
        .expect_err("what was excluded is weighed again");
    assert!(!refusal.names("G-SHOWID"), "{refusal}");
}

#[test]
fn what_comes_after_passes_every_gate() {
    let lines = with(
        PAPER_CASE,
        &[
            "行 调查终结 \"2026-04-03\"",
            "行 拟处罚意见 \"2026-04-07\" 当事人=1 { 属于法制审核范围 成立 }",
            "行 拟处罚审批 \"2026-04-08\" 当事人=1",
            "行 事先告知 \"2026-04-09\" 当事人=1",
            "行 送达:事先告知书 \"2026-04-09\" 当事人=1",
            "行 陈述申辩 \"2026-04-13\" 当事人=1",
            "行 集体讨论 \"2026-04-16\"",
            "行 决定审批 \"2026-04-17\"",
        ],
    );
    let case = taken_over(&lines);
    let decision = "行 处罚决定 \"2026-12-02\" 当事人=1 { 决定日期 \"2026-12-02\" }";
    refused(case.when(decision), &["G-LEGALREV"]);
    // The same decision as history is taken in.
    let history = with(
        &lines,
        &["行 处罚决定 \"2026-04-20\" 当事人=1 { 决定日期 \"2026-04-20\" }"],
    );
    let decided = taken_over(&history);
    let taken = case_of(&decided.history.entries[0]);
    let last = taken.acts.last().expect("acts");
    assert!(
        last.cautions.iter().any(|id| id == "G-LEGALREV"),
        "{:?}",
        last.cautions
    );
    // And carried to its end by daily work.
    let served = decided
        .and("行 送达:处罚决定书 \"2026-12-02\" 当事人=1")
        .and("行 公示拟稿:处罚决定公示 \"2026-12-02\" 当事人=1");
    refused(
        served.when("行 结案 \"2026-12-03\" { 结案理由 处罚决定履行完毕 }"),
        &["PUB-PEN-7WD"],
    );
}

#[test]
fn what_nobody_wrote_down_is_missing_and_not_made_up() {
    let given = nobody();
    let mut taking = Taking::new(procedure());
    let mut lead = told(&given, 0, PAPER_CASE[0]);
    let mut filing = given.command("行 立案 \"2026-03-05\"");
    let unknown = |command: &mut Command| {
        let facts = &procedure().facts;
        command
            .facts
            .retain(|(fact, _)| facts[*fact].name == "案由");
        command.people.clear();
    };
    unknown(&mut lead);
    unknown(&mut filing);
    for command in [&lead, &filing] {
        taking
            .add(&given.context, command, at("2026-12-01"))
            .unwrap_or_else(|refusal| panic!("{refusal}"));
    }
    let basin = procedure()
        .facts
        .iter()
        .position(|fact| fact.name == "所在流域");
    assert_eq!(taking.case().fact(basin.expect("declared"), 0), None);
    let taken = taking
        .finish(&given.context, &by(), at("2026-12-01"))
        .expect("two acts");
    let filing = &case_of(&taken.entry).acts[1];
    assert_eq!(filing.facts.len(), 1);
    // Whether the standard was met cannot be said: that is noted, and nothing is held to be met.
    assert!(
        filing.cautions.iter().any(|id| id == "G-FILE-STD"),
        "{:?}",
        filing.cautions
    );
}

#[test]
fn what_cannot_be_is_refused() {
    let given = nobody();
    let today = "2026-12-01";
    // Out of order, in the future.
    let disorder = ["行 案源登记 \"2026-03-02\"", "行 询问 \"2026-03-01\""];
    let refusal = taking(&given, &disorder, today).expect_err("out of order");
    assert_eq!(refusal.grounds[0].field.as_deref(), Some("occurred"));
    let future = ["行 案源登记 \"2026-12-02\""];
    let refusal = taking(&given, &future, today).expect_err("the future");
    assert_eq!(refusal.grounds[0].kind, GroundKind::Future);
    // Done once only; somebody who is not in the case.
    for (line, kind) in [
        ("行 立案 \"2026-03-10\"", GroundKind::AlreadyDone),
        (
            "行 责令改正 \"2026-03-10\" 当事人=2",
            GroundKind::NoSuchSubject,
        ),
    ] {
        let refusal = taking(&given, &with(PAPER_CASE, &[line]), today).expect_err(line);
        assert!(
            refusal.grounds.iter().any(|g| g.kind == kind),
            "{refusal:?}"
        );
    }
    // Repeated where the law repeats it.
    taking(
        &given,
        &with(PAPER_CASE, &["行 询问 \"2026-03-10\""]),
        today,
    )
    .expect("repeatable");
    // Somebody whom nobody knows, and a party without a name.
    let mut command = told(&given, 0, PAPER_CASE[0]);
    command.people[0].1 = "无此人".to_owned();
    let mut taking = Taking::new(procedure());
    assert!(taking.add(&given.context, &command, at(today)).is_err());
    let mut command = told(&given, 0, PAPER_CASE[0]);
    command.introduces[0].name = " ".to_owned();
    let refusal = taking
        .add(&given.context, &command, at(today))
        .expect_err("no name");
    assert_eq!(refusal.grounds[0].field.as_deref(), Some("name"));
    assert!(
        taking.case().history.is_empty(),
        "what is refused leaves nothing"
    );
}

#[test]
fn one_enters_and_another_approves() {
    let given = nobody();
    let taking = taking(&given, PAPER_CASE, "2026-12-01").expect("a case");
    let finish = |by: &TakingBy| taking.clone().finish(&given.context, by, at("2026-12-01"));
    let taken = finish(&by()).expect("in order");
    let case = case_of(&taken.entry);
    assert_eq!(
        (case.from.as_str(), case.on),
        ("纸质案卷", day("2026-12-01"))
    );
    let wrong = |change: &dyn Fn(&mut TakingBy), field: &str| {
        let mut by = by();
        change(&mut by);
        let refusal = finish(&by).expect_err(field);
        assert!(
            refusal
                .grounds
                .iter()
                .any(|g| g.field.as_deref() == Some(field)),
            "{field}: {refusal:?}"
        );
    };
    wrong(&|by| by.approved_by = "冯档".to_owned(), "approved_by");
    wrong(&|by| by.entered_by = "陈科".to_owned(), "approved_by");
    wrong(&|by| by.approved_by = "李二".to_owned(), "approved_by");
    wrong(&|by| by.approved_by = "无此人".to_owned(), "approved_by");
    wrong(&|by| by.entered_by = "无此人".to_owned(), "entered_by");
    wrong(&|by| by.from = " ".to_owned(), "from");
    let empty = Taking::new(procedure()).finish(&given.context, &by(), at("2026-12-01"));
    assert_eq!(
        empty.expect_err("empty").grounds[0].field.as_deref(),
        Some("acts")
    );
}

#[test]
fn every_act_of_it_counts_as_done_in_its_place() {
    let case = taken_over(PAPER_CASE);
    let places: Vec<_> = case
        .history
        .case
        .history
        .iter()
        .map(|done| (done.entry, done.within))
        .collect();
    assert_eq!(
        places,
        (0..PAPER_CASE.len()).map(|at| (1, at)).collect::<Vec<_>>()
    );
    refused_as(case.when("行 立案 \"2026-12-01\""), GroundKind::AlreadyDone);
    let later = case.and("行 询问 \"2026-12-01\"");
    let last = later.history.case.history.last().expect("done");
    assert_eq!((last.entry, last.within), (2, 0));
}
