//! Appraising dossiers (案卷评查): the departures of a case become points, those of its cases the picture of an agency.
//!
//! Points come from a table in `rules/` alone. What cannot be judged deducts nothing and is listed; a dossier of which
//! nothing could be judged has no points at all.

use std::collections::{BTreeMap, BTreeSet};

use law::model::{Duty, Strength};
use law::score::ScoreTable;
use serde::Serialize;

use crate::replay::{CaseAnswer, Judgment, Severity};

/// What a rule that was departed from costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deduction {
    /// The rule.
    pub rule: String,
    /// The phase in which it was departed from first.
    pub phase: String,
    /// How heavy it is.
    pub severity: Severity,
    /// By the table.
    pub points: i64,
    /// What was deducted: less where the phase has lost the most that it can lose.
    pub deducted: i64,
}

/// The appraisal of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Appraisal {
    /// Its points; nothing where nothing could be judged.
    pub score: Option<i64>,
    /// The grade that goes with them.
    pub grade: Option<String>,
    /// Something is still to be looked up (待查): the points may fall.
    pub is_provisional: bool,
    /// Rules whose departure fails the dossier whatever its points (否决项).
    pub vetoes: Vec<String>,
    /// What was deducted.
    pub deductions: Vec<Deduction>,
    /// How many rules were kept.
    pub kept: usize,
    /// How many were departed from.
    pub departed: usize,
    /// How many cannot be judged.
    pub to_look_up: usize,
}

/// Appraises the answers of a case.
///
/// Each rule counts once, however often it was departed from; what a party or another organ left undone costs the
/// agency nothing.
pub fn appraise(answer: &CaseAnswer, table: &ScoreTable) -> Appraisal {
    let count = |judgment| {
        let answers = answer.answers.iter();
        answers.filter(|one| one.answer == judgment).count()
    };
    let (kept, departed) = (count(Judgment::Kept), count(Judgment::Departed));
    let to_look_up = count(Judgment::CannotBeJudged);
    let mut lost: BTreeMap<usize, i64> = BTreeMap::new();
    let mut deductions = Vec::new();
    let mut vetoes = Vec::new();
    for one in &answer.answers {
        let mut own = one.departures.iter().filter(|it| it.by == Duty::Agency);
        let Some(departure) = own.next() else {
            continue;
        };
        let strength = strength(one.severity);
        let of_phase = table.phase(&departure.phase);
        let points = of_phase.and_then(|(_, phase)| phase.points);
        let points = points.unwrap_or(table.points).of(strength);
        let deducted = match of_phase.and_then(|(at, phase)| Some((at, phase.most?))) {
            None => points,
            Some((at, most)) => {
                let lost = lost.entry(at).or_default();
                let deducted = points.min(most - *lost);
                *lost += deducted;
                deducted
            }
        };
        if one.severity == Severity::Grave && table.vetoes.contains(&one.rule) {
            vetoes.push(one.rule.clone());
        }
        deductions.push(Deduction {
            rule: one.rule.clone(),
            phase: departure.phase.clone(),
            severity: one.severity,
            points,
            deducted,
        });
    }
    let all: i64 = deductions.iter().map(|it| it.deducted).sum();
    let score = (kept + departed > 0).then(|| (table.full - all).max(0));
    let grade = score.map(|score| match vetoes.is_empty() {
        true => table.grade(score).to_owned(),
        false => table.lowest().to_owned(),
    });
    Appraisal {
        score,
        grade,
        is_provisional: to_look_up > 0 || !answer.problems.is_empty(),
        vetoes,
        deductions,
        kept,
        departed,
        to_look_up,
    }
}

fn strength(severity: Severity) -> Strength {
    match severity {
        Severity::Grave => Strength::Block,
        Severity::Ordinary => Strength::Reason,
        Severity::Slight => Strength::Log,
    }
}

/// A rule that an agency departs from again and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Frequent {
    /// The rule.
    pub rule: String,
    /// Statute and article.
    pub basis: String,
    /// In how many cases.
    pub cases: usize,
    /// How it was departed from in one of them, in a sentence.
    pub such_as: String,
}

/// What the cases of an agency show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgencySummary {
    /// The agency; empty where the material names none.
    pub agency: String,
    /// Its cases.
    pub cases: usize,
    /// How many of them have points.
    pub scored: usize,
    /// Their mean in tenths of a point.
    pub mean_tenths: Option<i64>,
    /// How many cases have each grade, the best first.
    pub grades: Vec<(String, usize)>,
    /// How many rules were departed from, by severity, the heaviest first.
    pub departures: Vec<(Severity, usize)>,
    /// What was departed from in most cases.
    pub frequent: Vec<Frequent>,
}

/// So many of the most frequent departures are named.
const FREQUENT_NAMED: usize = 5;

/// Sums up cases by agency, in the order of the agencies' names.
pub fn by_agency(cases: &[(CaseAnswer, Appraisal)], table: &ScoreTable) -> Vec<AgencySummary> {
    let agency = |answer: &CaseAnswer| answer.agency.clone().unwrap_or_default();
    let agencies: BTreeSet<String> = cases.iter().map(|(answer, _)| agency(answer)).collect();
    let summary = |name: String| {
        let own = || cases.iter().filter(|(answer, _)| agency(answer) == name);
        let scores: Vec<i64> = own().filter_map(|(_, it)| it.score).collect();
        let scored = i64::try_from(scores.len()).unwrap_or(i64::MAX);
        // Rounded to the nearest tenth.
        let mean = |all: i64| (all * 20 + scored) / (scored * 2);
        let graded = |grade: &str| {
            let has = |it: &Appraisal| it.grade.as_deref() == Some(grade);
            own().filter(|(_, it)| has(it)).count()
        };
        let grades = table.grades.iter();
        let weighing = |severity: Severity| {
            let all = own().flat_map(|(_, it)| &it.deductions);
            all.filter(|it| it.severity == severity).count()
        };
        let mut rules: BTreeMap<&str, (usize, &str, &str)> = BTreeMap::new();
        for (answer, appraisal) in own() {
            for it in &appraisal.deductions {
                let mut answers = answer.answers.iter();
                let judged = answers.find(|one| one.rule == it.rule);
                let basis = judged.map_or("", |one| one.basis.as_str());
                let such_as = judged.map_or("", |one| one.reason.as_str());
                rules.entry(&it.rule).or_insert((0, basis, such_as)).0 += 1;
            }
        }
        let mut frequent: Vec<Frequent> = rules
            .into_iter()
            .map(|(rule, (cases, basis, such_as))| Frequent {
                rule: rule.to_owned(),
                basis: basis.to_owned(),
                such_as: such_as.to_owned(),
                cases,
            })
            .collect();
        frequent.sort_by(|a, b| b.cases.cmp(&a.cases).then_with(|| a.rule.cmp(&b.rule)));
        frequent.truncate(FREQUENT_NAMED);
        AgencySummary {
            cases: own().count(),
            scored: scores.len(),
            mean_tenths: (!scores.is_empty()).then(|| mean(scores.iter().sum())),
            grades: grades
                .map(|grade| (grade.name.clone(), graded(&grade.name)))
                .collect(),
            departures: Severity::ALL.map(|it| (it, weighing(it))).to_vec(),
            frequent,
            agency: name,
        }
    };
    agencies.into_iter().map(summary).collect()
}
