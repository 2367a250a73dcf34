//! Histories told from outside: published cases, and JSON lines good and bad.

use casework::entry::Entry;
use casework::replay::{CaseAnswer, Judgment, Place, Replay, RuleAnswer, Severity, imports};
use law::model::{Agency, Duty};
use serde_json::{Value as Json, json};
use vocabulary::Day;

use crate::common::{day, given, plain, procedure, rules};

const PUBLISHED: &str = include_str!("../data/published-cases.jsonl");
const PERMITS: &str = include_str!("../data/published-permits.jsonl");

fn with_judge<T>(today: &str, work: impl FnOnce(&Replay<'_>) -> T) -> T {
    let (rules, procedure, agency) = (rules(), procedure(), Agency::default());
    let today: Day = day(today);
    work(&Replay::new(
        &procedure,
        &rules.calendar,
        &rules.statutes,
        &agency,
        today,
    ))
}

/// The answers of the published cases.
fn published() -> Vec<CaseAnswer> {
    let imports = imports(&rules()).unwrap_or_else(|errors| panic!("{errors}"));
    with_judge("2026-09-18", |replay| {
        let tell = |(at, line): (usize, &str)| {
            let record: Json = serde_json::from_str(line).expect("a record");
            let import = imports
                .iter()
                .find(|import| import.recognizes(&record))
                .expect("its columns are mapped");
            let (name, told) = import.tell(replay, &record, at + 1);
            replay.judge(&name, &told)
        };
        PUBLISHED.lines().enumerate().map(tell).collect()
    })
}

fn published_case(name: &str) -> CaseAnswer {
    let all = published();
    let found = all.into_iter().find(|answer| answer.case == name);
    found.unwrap_or_else(|| panic!("{name} is published"))
}

/// The only case of JSON lines.
fn judged(lines: &str) -> CaseAnswer {
    let (mut all, problems) = judged_all(lines);
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn judged_all(lines: &str) -> (Vec<CaseAnswer>, Vec<String>) {
    with_judge("2026-09-18", |replay| {
        let (cases, problems) = replay.read(lines);
        let answers = cases
            .iter()
            .map(|(name, told)| replay.judge(name, told))
            .collect();
        (answers, problems)
    })
}

#[track_caller]
fn rule<'a>(answer: &'a CaseAnswer, id: &str) -> &'a RuleAnswer {
    answer
        .answers
        .iter()
        .find(|one| one.rule == id)
        .unwrap_or_else(|| panic!("{id} is not answered: {answer:?}"))
}

#[track_caller]
fn is(answer: &CaseAnswer, id: &str, expected: Judgment, reason: &str) {
    let found = rule(answer, id);
    assert_eq!(found.answer, expected, "{id}: {}", found.reason);
    assert!(
        plain(&found.reason).contains(reason),
        "{id}: {}",
        found.reason
    );
}

// ---- published cases

#[test]
fn c034_disclosed_too_late() {
    let answer = published_case("C034");
    is(&answer, "PUB-PEN-7WD", Judgment::Departed, "17个工作日");
    assert!(
        rule(&answer, "PUB-PEN-7WD")
            .rows
            .contains(&"PUB-PEN-7WD".to_owned())
    );
}

#[test]
fn c004_decided_too_late_unless_an_extension_is_shown() {
    let answer = published_case("C004");
    is(&answer, "PEN-DECIDE-90D", Judgment::Departed, "129日");
    is(
        &answer,
        "PEN-DECIDE-90D",
        Judgment::Departed,
        "除非案卷另有",
    );
    is(&answer, "PEN-DECIDE-90D", Judgment::Departed, "延长");
}

#[test]
fn c028_disclosed_in_time() {
    let answer = published_case("C028");
    is(&answer, "PUB-PEN-7WD", Judgment::Kept, "2022-10-01");
}

#[test]
fn what_was_not_published_is_missing_and_never_a_date() {
    // Filed on a known day, decided on none.
    let answer = published_case("C001");
    is(&answer, "PEN-DECIDE-90D", Judgment::CannotBeJudged, "缺【");
    // Nothing at all is known: nothing was departed from.
    let answer = published_case("C064");
    assert!(
        answer
            .answers
            .iter()
            .all(|one| one.answer != Judgment::Departed),
        "{answer:?}"
    );
    // “2011-04(中旬)” is no date: the report counts as undated, and the problem is told.
    let answer = published_case("C058");
    assert_eq!(answer.problems.len(), 1, "{:?}", answer.problems);
    assert!(
        plain(&answer.problems[0]).contains("2011-04(中旬)"),
        "{:?}",
        answer.problems
    );
    assert!(
        answer.problems[0].contains("按日期不明处理"),
        "{:?}",
        answer.problems
    );
}

#[test]
fn every_day_of_an_act_in_an_answer_stands_in_the_record() {
    let mut seen = 0;
    for (line, answer) in PUBLISHED.lines().zip(published()) {
        for one in &answer.answers {
            // An act is told as 【name】day; due days stand elsewhere in the sentence.
            for rest in one.reason.split('】').skip(1) {
                let told: String = rest.chars().take(10).collect();
                if Day::parse(&told).is_ok() {
                    assert!(line.contains(&told), "{}: {}", answer.case, one.reason);
                    seen += 1;
                }
            }
        }
    }
    assert!(seen >= 3, "{seen} days were compared");
}

#[test]
fn every_published_case_is_answered() {
    let all = published();
    assert_eq!(all.len(), PUBLISHED.lines().count());
    for answer in &all {
        for one in &answer.answers {
            assert!(!one.reason.is_empty(), "{} {}", answer.case, one.rule);
            assert!(
                one.basis.contains('《') || one.basis.contains("出具"),
                "{}",
                one.basis
            );
        }
    }
}

#[test]
fn the_committed_records_hold_facts_only() {
    for line in PUBLISHED.lines() {
        let record: Json = serde_json::from_str(line).expect("a record");
        let keys: Vec<&str> = record
            .as_object()
            .expect("an object")
            .keys()
            .map(String::as_str)
            .collect();
        for key in keys {
            assert!(
                [
                    "case_id",
                    "authority",
                    "party_kind",
                    "party_count",
                    "fine_amount_yuan",
                    "confiscation_amount_yuan",
                    "penalty_kinds",
                    "filing_date",
                    "decision_date",
                    "service_date",
                    "publication_date",
                    "other_dates"
                ]
                .contains(&key),
                "{key}"
            );
        }
    }
}

// ---- JSON lines

#[test]
fn acts_out_of_order_are_judged_in_the_order_of_their_days() {
    let answer = judged(
        r#"{"case":"A","act":"处罚决定","on":"2026-06-04"}
           {"case":"A","act":"立案","on":"2026-03-05"}"#,
    );
    is(&answer, "PEN-DECIDE-90D", Judgment::Departed, "91日");
    assert_eq!(answer.problems, Vec::<String>::new());
}

#[test]
fn an_act_told_twice_counts_once_and_is_told() {
    let once = judged(
        r#"{"case":"A","act":"立案","on":"2026-03-05"}
           {"case":"A","act":"处罚决定","on":"2026-04-20"}"#,
    );
    let twice = judged(
        r#"{"case":"A","act":"立案","on":"2026-03-05"}
           {"case":"A","act":"case_filing","on":"2026-03-05"}
           {"case":"A","act":"处罚决定","on":"2026-04-20"}"#,
    );
    let said = |answer: &CaseAnswer| -> Vec<(String, Judgment, String)> {
        let all = answer.answers.iter();
        all.map(|one| (one.rule.clone(), one.answer, one.reason.clone()))
            .collect()
    };
    assert_eq!(said(&once), said(&twice));
    assert_eq!(twice.problems.len(), 1);
    assert!(
        twice.problems[0].contains("第2行") && twice.problems[0].contains("只算一次"),
        "{:?}",
        twice.problems
    );
}

#[test]
fn a_date_that_is_none_is_unknown() {
    let answer = judged(
        r#"{"case":"A","act":"立案","on":"20221111日"}
           {"case":"A","act":"处罚决定","on":"2023-06-01"}"#,
    );
    assert!(
        answer.problems.len() == 1
            && answer.problems[0].contains("20221111日")
            && answer.problems[0].contains("第1行"),
        "{:?}",
        answer.problems
    );
    is(
        &answer,
        "PEN-DECIDE-90D",
        Judgment::CannotBeJudged,
        "缺【立案】的日期",
    );
}

#[test]
fn an_unknown_act_and_a_broken_line_do_not_stop_the_rest() {
    let (answers, problems) = judged_all(
        r#"{"case":"A","act":"立案","on":"2026-03-05"}
           {"case":"A","act":"跳舞","on":"2026-03-06"}
           {"case":"A","act":"处罚决定",
           {"case":"A","act":"处罚决定","on":"2026-06-04"}
           {"case":"B","act":"立案","when":"2026-03-05"}"#,
    );
    assert_eq!(answers.len(), 1);
    is(&answers[0], "PEN-DECIDE-90D", Judgment::Departed, "91日");
    assert_eq!(answers[0].problems.len(), 1);
    assert!(answers[0].problems[0].contains("没有行为“跳舞”"));
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].contains("第3行看不懂"), "{problems:?}");
    assert!(problems[1].contains("第5行看不懂"), "{problems:?}");
}

#[test]
fn what_an_incomplete_history_leaves_out_is_unknown_and_not_absent() {
    let complete = r#"{"case":"A","act":"立案","on":"2026-03-05"}
                      {"case":"A","act":"处罚决定","on":"2026-04-20"}"#;
    // Not notified in a complete history: a departure.
    let answer = judged(complete);
    is(&answer, "G-NOTIFY", Judgment::Departed, "须先有");
    // Nor disclosed to this day.
    is(&answer, "PUB-PEN-7WD", Judgment::Departed, "到今天还没有");
    let incomplete = format!("{complete}\n{{\"case\":\"A\",\"complete\":false}}");
    let answer = judged(&incomplete);
    is(&answer, "G-NOTIFY", Judgment::CannotBeJudged, "缺");
    is(&answer, "PUB-PEN-7WD", Judgment::CannotBeJudged, "缺【");
    // What is told is judged all the same.
    is(&answer, "PEN-DECIDE-90D", Judgment::Kept, "46日");
}

#[test]
fn a_complete_lawful_history_has_no_departure() {
    let done = given("承 \"履行完毕结案并归档\"");
    let mut lines: Vec<String> = Vec::new();
    for entry in &done.history.entries {
        let Entry::Act(act) = entry else { continue };
        let (mut facts, mut of_newcomers) = (serde_json::Map::new(), serde_json::Map::new());
        for (id, value) in &act.facts {
            match id.split_once('#') {
                Some((id, _)) => of_newcomers.insert(id.to_owned(), value.clone()),
                None => facts.insert(id.clone(), value.clone()),
            };
        }
        if !of_newcomers.is_empty() {
            lines.push(json!({"case": "A", "subject": 1, "facts": of_newcomers}).to_string());
        }
        lines.push(
            json!({
                "case": "A",
                "act": act.event,
                "subject": act.subject.number.max(1),
                "on": act.occurred.to_string(),
                "facts": facts,
            })
            .to_string(),
        );
    }
    let (answer, _) = with_judge("2026-05-21", |replay| {
        let (cases, problems) = replay.read(&lines.join("\n"));
        assert_eq!(problems, Vec::<String>::new());
        (replay.judge("A", &cases["A"]), ())
    });
    assert_eq!(answer.problems, Vec::<String>::new());
    let departed: Vec<&RuleAnswer> = answer
        .answers
        .iter()
        .filter(|one| one.answer == Judgment::Departed)
        .collect();
    assert!(departed.is_empty(), "{departed:#?}");
    for id in ["PEN-DECIDE-90D", "PUB-PEN-7WD", "G-NOTIFY", "PEN-PAY-15D"] {
        assert_eq!(rule(&answer, id).answer, Judgment::Kept, "{id}");
    }
}

// ---- every departure of what is published

/// The answers of published records by the shipped mapping that knows them.
fn answers(records: &str) -> Vec<CaseAnswer> {
    let (rules, agency) = (rules(), Agency::default());
    let imports = imports(&rules).unwrap_or_else(|errors| panic!("{errors}"));
    let tell = |(at, line): (usize, &str)| {
        let record: Json = serde_json::from_str(line).expect("a record");
        let import = imports
            .iter()
            .find(|import| import.recognizes(&record))
            .expect("its columns are mapped");
        let procedure = import.procedure.as_deref().expect("a procedure");
        let replay = Replay::new(
            rules
                .procedure(procedure)
                .expect("a procedure of the rules"),
            &rules.calendar,
            &rules.statutes,
            &agency,
            day("2026-09-18"),
        );
        let (name, told) = import.tell(&replay, &record, at + 1);
        replay.judge(&name, &told)
    };
    records.lines().enumerate().map(tell).collect()
}

/// Every departure: case, rule, severity, whether the basis is open, and the entries that show it.
fn departed(answers: &[CaseAnswer]) -> Vec<(String, String, Severity, bool, String)> {
    let mut all = Vec::new();
    for answer in answers {
        for one in &answer.answers {
            for departure in &one.departures {
                let shown: Vec<String> = departure.shown.iter().map(ToString::to_string).collect();
                let (severity, is_open) = (one.severity, one.is_basis_open);
                all.push((
                    answer.case.clone(),
                    one.rule.clone(),
                    severity,
                    is_open,
                    shown.join("；"),
                ));
            }
        }
    }
    all
}

#[test]
fn the_departures_of_the_published_cases_are_these() {
    let told = |case: &str, rule: &str, severity, is_open, shown: &str| {
        let (case, rule) = (case.to_owned(), rule.to_owned());
        (case, rule, severity, is_open, shown.to_owned())
    };
    assert_eq!(
        departed(&answers(PUBLISHED)),
        [
            // 行政处罚法 60: ninety days from filing; 2023-11-03 to 2024-03-11 is 129 days.
            told(
                "C004",
                "PEN-DECIDE-90D",
                Severity::Grave,
                false,
                "第2行“filing_date”栏【立案】2023-11-03；第2行“decision_date”栏【处罚决定】2024-03-11"
            ),
            // 国办发〔2018〕118号: seven working days from the decision; 2024-08-25 to 2024-09-18 is 17.
            told(
                "C034",
                "PUB-PEN-7WD",
                Severity::Ordinary,
                true,
                "第12行“decision_date”栏【处罚决定】2024-08-25；第12行“publication_date”栏【公示(处罚决定公示)】2024-09-18"
            ),
        ]
    );
}

#[test]
fn the_published_permits_are_answered_and_depart_from_nothing() {
    let all = answers(PERMITS);
    assert_eq!(departed(&all), []);
    for answer in &all {
        assert!(
            !answer.answers.is_empty(),
            "{} is not answered",
            answer.case
        );
        assert_eq!(answer.problems, Vec::<String>::new(), "{}", answer.case);
    }
    let of = |name: &str| all.iter().find(|it| it.case == name).expect("a permit");
    // Decided and disclosed on the same day.
    is(of("P04"), "PUB-LIC-7WD", Judgment::Kept, "0个工作日");
    // Granted on a day that nobody published.
    is(
        of("P13"),
        "PUB-LIC-7WD",
        Judgment::CannotBeJudged,
        "缺【准予许可决定】的日期",
    );
    // Nobody says that this one was disclosed.
    let p10 = of("P10");
    assert!(
        p10.answers
            .iter()
            .all(|it| it.rule != "PB-LIC" || it.answer != Judgment::Kept)
    );
    // The time from an unknown acceptance to a known decision.
    is(
        of("P04"),
        "WTR-DECIDE-45WD",
        Judgment::CannotBeJudged,
        "缺【申请受理】的日期",
    );
}

#[test]
fn an_order_to_correct_is_no_penalty_and_an_old_case_is_not_judged_by_later_papers() {
    // C055 is a letter that orders correction, C049 one that orders to stop: neither is owed the disclosure of a penalty.
    for case in ["C049", "C055"] {
        let answer = published_case(case);
        let rules: Vec<&str> = answer.answers.iter().map(|it| it.rule.as_str()).collect();
        assert!(!rules.contains(&"PUB-PEN-7WD"), "{case}: {rules:?}");
    }
    // C037 was decided in 2017, before the papers that ask for disclosure within seven working days.
    let answer = published_case("C037");
    assert!(answer.answers.iter().all(|it| it.rule != "PUB-PEN-7WD"));
}

// ---- how heavy, and shown by what

/// The entries that show the first departure from a rule.
fn shown(answer: &CaseAnswer, id: &str) -> Vec<String> {
    let departures = &rule(answer, id).departures;
    let first = departures.first().expect("a departure");
    first.shown.iter().map(ToString::to_string).collect()
}

#[test]
fn a_departure_names_the_lines_that_show_it() {
    let answer = judged(
        r#"{"case":"A","act":"立案","on":"2026-03-05"}

           {"case":"A","act":"处罚决定","on":"2026-06-04"}"#,
    );
    assert_eq!(
        shown(&answer, "PEN-DECIDE-90D"),
        ["第1行【立案】2026-03-05", "第3行【处罚决定】2026-06-04"]
    );
    // What is missing is shown by the act that had to wait for it.
    assert_eq!(shown(&answer, "G-NOTIFY"), ["第3行【处罚决定】2026-06-04"]);
    let kept = answer
        .answers
        .iter()
        .filter(|one| one.answer != Judgment::Departed);
    assert!(kept.clone().count() > 0 && kept.clone().all(|one| one.departures.is_empty()));
}

#[test]
fn a_fact_that_is_wrong_is_shown_where_it_stands() {
    let answer = judged(
        r#"{"case":"A","facts":{"violation_fact_exists":false,"penalty_due_by_law":true,"own_jurisdiction":true,"within_limitation":true}}
           {"case":"A","act":"立案","on":"2026-03-05"}"#,
    );
    let shown = shown(&answer, "G-FILE-STD");
    assert_eq!(shown[0], "第2行【立案】2026-03-05");
    assert!(shown.contains(&"第1行“有违法事实”".to_owned()), "{shown:?}");
}

#[test]
fn a_departure_is_as_heavy_as_its_rule_and_says_where_the_basis_is_open() {
    let answer = judged(
        r#"{"case":"A","act":"立案","on":"2026-03-05"}
           {"case":"A","act":"处罚决定","on":"2026-06-04"}"#,
    );
    let weight = |id| (rule(&answer, id).severity, rule(&answer, id).is_basis_open);
    assert_eq!(weight("PEN-DECIDE-90D"), (Severity::Grave, false));
    // Its source was not read in full: it asks for a reason and refuses nothing.
    assert_eq!(weight("PUB-PEN-7WD"), (Severity::Ordinary, true));
    let departure = &rule(&answer, "G-NOTIFY").departures[0];
    assert_eq!(
        (departure.phase.as_str(), departure.by),
        ("决定", Duty::Agency)
    );
}

#[test]
fn each_departure_from_a_rule_is_told() {
    let answer = judged(
        r#"{"case":"A","act":"立案","on":"2026-01-05"}
           {"case":"A","act":"处罚决定","subject":1,"on":"2026-06-04"}
           {"case":"A","act":"处罚决定","subject":2,"on":"2026-06-05"}"#,
    );
    let departures = &rule(&answer, "G-NOTIFY").departures;
    assert_eq!(departures.len(), 2, "{departures:?}");
    assert!(departures[1].reason.contains("2026-06-05"));
}

#[test]
fn what_a_party_does_too_late_is_the_party_s() {
    let answer = judged(
        r#"{"case":"A","facts":{"decided_penalty":{"kinds":["fine"],"fine":1000000}}}
           {"case":"A","act":"送达(处罚决定书)","on":"2026-03-05"}
           {"case":"A","act":"缴清","on":"2026-06-04"}"#,
    );
    is(&answer, "PEN-PAY-15D", Judgment::Departed, "91日");
    assert_eq!(rule(&answer, "PEN-PAY-15D").departures[0].by, Duty::Party);
}

// ---- the own record

#[test]
fn the_own_record_is_judged_with_its_entries_as_evidence() {
    let done = given("承 \"履行完毕结案并归档\"");
    with_judge("2026-05-21", |replay| {
        let told = replay.own(&done.history.entries, false);
        let answer = replay.judge("A", &told);
        assert_eq!(answer.problems, Vec::<String>::new());
        assert_eq!(departed(std::slice::from_ref(&answer)), []);
        assert_eq!(rule(&answer, "G-NOTIFY").answer, Judgment::Kept);
        // Without the entries of the notification the decision departs, and its own entry shows it.
        let cut: Vec<Entry> = done
            .history
            .entries
            .iter()
            .filter(|it| !is_service(it))
            .cloned()
            .collect();
        let answer = replay.judge("A", &replay.own(&cut, false));
        let shown = &rule(&answer, "G-NOTIFY").departures[0].shown[0];
        let Place::Entry { entry } = shown.place else {
            panic!("{shown:?}");
        };
        let at = usize::try_from(entry).expect("a number");
        let Entry::Act(act) = &cut[at - 1] else {
            panic!("{:?}", cut[at - 1]);
        };
        assert_eq!(act.occurred, shown.on.expect("a day"));
        assert_eq!(shown.place.to_string(), format!("第{entry}项记录"));
    });
}

#[test]
fn a_second_item_is_no_second_party() {
    // Two items in the case, one party: nobody but this party is owed anything.
    let lines = |item: u32| {
        format!(
            r#"{{"case":"A","act":"立案","on":"2026-03-05"}}
               {{"case":"A","act":"登记保存处理决定","subject":{item},"on":"2026-03-06"}}
               {{"case":"A","act":"处罚决定","on":"2026-04-20"}}
               {{"case":"A","act":"结案","on":"2026-08-20"}}"#
        )
    };
    for item in [1, 2] {
        let answer = judged(&lines(item));
        assert_eq!(
            rule(&answer, "PEN-DECIDE-90D").answer,
            Judgment::Kept,
            "{item}"
        );
    }
}

fn is_service(entry: &Entry) -> bool {
    let Entry::Act(act) = entry else { return false };
    act.event.starts_with("document_service")
}

#[test]
fn an_open_case_still_may_do_what_has_no_period() {
    let done = given("承 \"履行完毕结案并归档\"");
    let is_decision =
        |entry: &Entry| matches!(entry, Entry::Act(act) if act.event == "penalty_decision");
    let entries = &done.history.entries;
    let decided = entries.iter().position(is_decision).expect("a decision");
    let begun = &entries[..=decided];
    with_judge("2026-05-21", |replay| {
        let open = replay.judge("A", &replay.own(begun, true));
        let closed = replay.judge("A", &replay.own(begun, false));
        let without_period = |answer: &CaseAnswer| {
            let all = answer.answers.iter();
            all.filter(|one| one.answer == Judgment::Departed && one.reason.starts_with("没有【"))
                .count()
        };
        assert_eq!(without_period(&open), 0);
        assert!(without_period(&closed) > 0, "{closed:?}");
    });
}
