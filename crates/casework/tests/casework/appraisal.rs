//! Points for dossiers: from departures by a table, and from nothing that is unknown.

use casework::appraisal::{Appraisal, appraise, by_agency};
use casework::replay::{CaseAnswer, Departure, Judgment, RuleAnswer, Severity};
use law::model::Duty;
use law::score::{ScoreTable, score_table};
use law::source::SourceFile;

use crate::common::rules;

fn table() -> ScoreTable {
    let text = "评分 t 表 {
        满分 100
        扣分 严重=30 一般=8 轻微=3
        阶段 公示 送达 { 扣分 严重=10 一般=6 轻微=2; 至多 9; }
        否决 G-NOTIFY
        等次 优秀 不低于=90
        等次 合格 不低于=60
        等次 不合格 不低于=0
    }";
    let file = SourceFile {
        path: "t.kdl".to_owned(),
        text: text.to_owned(),
    };
    let rules = rules();
    score_table(&file, &rules.statutes, &rules.procedures)
        .unwrap_or_else(|errors| panic!("{errors}"))
}

fn answer(rule: &str, judgment: Judgment, severity: Severity, lies: &[(&str, Duty)]) -> RuleAnswer {
    let departures = lies.iter().map(|(phase, by)| Departure {
        reason: "不对".to_owned(),
        phase: (*phase).to_owned(),
        by: *by,
        shown: Vec::new(),
    });
    RuleAnswer {
        rule: rule.to_owned(),
        rows: Vec::new(),
        answer: judgment,
        reason: String::new(),
        basis: format!("依据：{rule}"),
        is_basis_open: false,
        severity,
        departures: departures.collect(),
    }
}

fn case(agency: &str, answers: Vec<RuleAnswer>) -> CaseAnswer {
    CaseAnswer {
        case: "A".to_owned(),
        agency: Some(agency.to_owned()),
        problems: Vec::new(),
        answers,
    }
}

fn appraised(answers: Vec<RuleAnswer>) -> Appraisal {
    appraise(&case("甲局", answers), &table())
}

const AGENCY: Duty = Duty::Agency;

#[test]
fn what_cannot_be_judged_costs_nothing_and_makes_the_points_provisional() {
    let found = appraised(vec![
        answer("A", Judgment::Kept, Severity::Grave, &[]),
        answer("B", Judgment::CannotBeJudged, Severity::Grave, &[]),
    ]);
    assert_eq!(
        (found.score, found.grade.as_deref()),
        (Some(100), Some("优秀"))
    );
    assert!(found.is_provisional && found.to_look_up == 1);
    // Where nothing could be judged nobody is praised.
    let nothing = appraised(vec![answer(
        "B",
        Judgment::CannotBeJudged,
        Severity::Grave,
        &[],
    )]);
    assert_eq!((nothing.score, nothing.grade), (None, None));
}

#[test]
fn a_rule_costs_once_and_a_phase_no_more_than_it_may() {
    let departed = Judgment::Departed;
    let found = appraised(vec![
        answer(
            "A",
            departed,
            Severity::Ordinary,
            &[("决定", AGENCY), ("决定", AGENCY)],
        ),
        answer("B", departed, Severity::Ordinary, &[("公示", AGENCY)]),
        answer("C", departed, Severity::Ordinary, &[("送达", AGENCY)]),
    ]);
    let deducted: Vec<(i64, i64)> = found
        .deductions
        .iter()
        .map(|it| (it.points, it.deducted))
        .collect();
    assert_eq!(deducted, [(8, 8), (6, 6), (6, 3)]);
    assert_eq!((found.score, found.is_provisional), (Some(83), false));
}

#[test]
fn what_a_party_left_undone_costs_the_agency_nothing() {
    let found = appraised(vec![answer(
        "PEN-PAY-15D",
        Judgment::Departed,
        Severity::Grave,
        &[("执行", Duty::Party)],
    )]);
    assert_eq!(
        (found.score, found.deductions.len(), found.departed),
        (Some(100), 0, 1)
    );
}

#[test]
fn a_grave_departure_from_a_vetoed_rule_fails_the_dossier_and_a_lighter_one_does_not() {
    let of = |severity| {
        appraised(vec![answer(
            "G-NOTIFY",
            Judgment::Departed,
            severity,
            &[("决定", AGENCY)],
        )])
    };
    let grave = of(Severity::Grave);
    assert_eq!(
        (grave.score, grave.grade.as_deref()),
        (Some(70), Some("不合格"))
    );
    assert_eq!(grave.vetoes, ["G-NOTIFY"]);
    assert_eq!(of(Severity::Ordinary).grade.as_deref(), Some("优秀"));
}

#[test]
fn points_never_fall_below_nothing() {
    let all = ["A", "B", "C", "D"].map(|rule| {
        answer(
            rule,
            Judgment::Departed,
            Severity::Grave,
            &[("决定", AGENCY)],
        )
    });
    assert_eq!(appraised(all.to_vec()).score, Some(0));
}

#[test]
fn an_agency_shows_its_mean_its_grades_and_what_it_departs_from_most() {
    let table = table();
    let late = || {
        answer(
            "B",
            Judgment::Departed,
            Severity::Ordinary,
            &[("决定", AGENCY)],
        )
    };
    let kept = || answer("A", Judgment::Kept, Severity::Grave, &[]);
    let cases = [
        case("甲局", vec![late(), kept()]),
        case("甲局", vec![late()]),
        case("甲局", vec![kept()]),
        case("甲局", vec![]),
        case("乙局", vec![kept()]),
    ];
    let cases = cases.map(|it| {
        let found = appraise(&it, &table);
        (it, found)
    });
    let all = by_agency(&cases, &table);
    let agencies: Vec<&str> = all.iter().map(|it| it.agency.as_str()).collect();
    assert_eq!(agencies, ["乙局", "甲局"]);
    let first = &all[1];
    // 92, 92 and 100; the case of which nothing is known counts as a case and has no points.
    assert_eq!(
        (first.cases, first.scored, first.mean_tenths),
        (4, 3, Some(947))
    );
    assert_eq!(first.grades[0], ("优秀".to_owned(), 3));
    assert_eq!(
        first.departures,
        [
            (Severity::Grave, 0),
            (Severity::Ordinary, 2),
            (Severity::Slight, 0)
        ]
    );
    assert_eq!((first.frequent.len(), first.frequent[0].cases), (1, 2));
    assert_eq!(first.frequent[0].basis, "依据：B");
}

#[test]
fn the_shipped_table_says_that_nobody_checked_it() {
    let rules = rules();
    let table = rules.scores.first().expect("a table");
    assert_eq!(table.verified, law::statute::Verified::None);
    assert!(table.note.contains("设计值"));
    for rule in ["G-NOTIFY", "G-HEAR-DONE", "G-LEGALREV"] {
        assert!(table.vetoes.iter().any(|it| it == rule), "{rule}");
    }
}
