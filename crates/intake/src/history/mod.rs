//! Checking any history (案卷评查): a file from elsewhere is told by a mapping, judged by the same engine and appraised.
//!
//! A file is JSON lines, a table of values or a workbook. What cannot be read is told with its cell and left unknown;
//! what the mapping does not know is named. The report says which file, mapping, rules and score table it rests on, so
//! that the same check can be repeated.

mod material;
mod report;
mod split;
mod tables;
#[cfg(test)]
mod tests;

pub use material::{HistoryError, MappingChoice, Material, Told};
pub use report::{CaseReport, Origin, Report, UsedMapping, text};
pub use tables::{comma_separated, json_lines, workbook};

use casework::appraisal::{Appraisal, appraise, by_agency};
use casework::replay::{CaseAnswer, Replay, ToldCase};
use law::Rules;
use law::model::{Agency, Procedure};
use law::score::ScoreTable;
use std::collections::BTreeMap;
use vocabulary::Day;

/// By what a history is judged and scored.
#[derive(Clone, Copy)]
pub struct Bench<'a> {
    /// The rules.
    pub rules: &'a Rules,
    /// What the agency confirmed and set.
    pub agency: &'a Agency,
    /// How dossiers are scored.
    pub table: &'a ScoreTable,
    /// The day of judging.
    pub today: Day,
}

impl Bench<'_> {
    /// Judges of a procedure.
    pub fn replay<'r>(&'r self, procedure: &'r Procedure) -> Replay<'r> {
        let rules = self.rules;
        Replay::new(
            procedure,
            &rules.calendar,
            &rules.statutes,
            self.agency,
            self.today,
        )
    }

    /// Checks a file.
    pub fn check(
        &self,
        material: &Material<'_>,
        choice: &MappingChoice<'_>,
        procedure: Option<&str>,
    ) -> Result<Report, HistoryError> {
        let told = material::read(self, material, choice, procedure)?;
        let mut procedures: Vec<(String, Vec<_>)> = Vec::new();
        let mut mappings: Vec<UsedMapping> = Vec::new();
        let (mut problems, mut unread) = (Vec::new(), Vec::new());
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        for mut told in told {
            if material.is_complete {
                let cases = told.history.cases.iter_mut();
                cases.for_each(|(_, case)| case.is_all());
            }
            let procedure = self.rules.procedure(&told.procedure);
            let procedure =
                procedure.ok_or_else(|| HistoryError::NoSuchProcedure(told.procedure.clone()))?;
            let replay = self.replay(procedure);
            let mut cases = Vec::new();
            for (name, case) in &told.history.cases {
                let before = names.insert(name.clone(), procedure.name.clone());
                if let Some(before) = before.filter(|before| *before != procedure.name) {
                    problems.push(format!(
                        "案件“{name}”的行写了不同的程序（{before}、{}），分开判断",
                        procedure.name
                    ));
                }
                cases.push(self.appraised(&replay, name, case));
            }
            // Rows that name the procedure and rows for which it was asked for are of one.
            match procedures.iter_mut().find(|(id, _)| *id == procedure.id) {
                Some((_, all)) => all.extend(cases),
                None => procedures.push((procedure.id.clone(), cases)),
            }
            mappings.extend(told.mapping.filter(|it| !mappings.contains(it)));
            problems.extend(told.history.problems);
            for text in told.unread {
                if !unread.contains(&text) {
                    unread.push(text);
                }
            }
        }
        let mut report = self.report_of(material.origin(), procedures);
        let mut mappings = mappings.into_iter();
        report.mapping = mappings.next();
        report.more_mappings = mappings.collect();
        report.problems = problems;
        report.unread = unread;
        report.is_complete = material.is_complete;
        Ok(report)
    }

    /// The answers of a case with its points.
    pub fn appraised(
        &self,
        replay: &Replay<'_>,
        name: &str,
        case: &ToldCase,
    ) -> (CaseAnswer, Appraisal) {
        let answer = replay.judge(name, case);
        let appraisal = appraise(&answer, self.table);
        (answer, appraisal)
    }

    /// The report of judged cases of a procedure.
    pub fn report(
        &self,
        origin: Origin,
        procedure: &str,
        cases: Vec<(CaseAnswer, Appraisal)>,
    ) -> Report {
        self.report_of(origin, vec![(procedure.to_owned(), cases)])
    }

    /// The report of judged cases of several procedures, by their ids.
    fn report_of(
        &self,
        origin: Origin,
        procedures: Vec<(String, Vec<(CaseAnswer, Appraisal)>)>,
    ) -> Report {
        let name = |id: &str| {
            let found = self.rules.procedure(id);
            found.map_or_else(String::new, |it| it.name.clone())
        };
        let ids: Vec<&str> = procedures.iter().map(|(id, _)| id.as_str()).collect();
        let names: Vec<String> = ids.iter().map(|id| name(id)).collect();
        let (ids, names) = (ids.join("、"), names.join("、"));
        let mut judged = Vec::new();
        let mut of = Vec::new();
        for (procedure, cases) in procedures {
            of.extend(cases.iter().map(|_| (procedure.clone(), name(&procedure))));
            judged.extend(cases);
        }
        let agencies = by_agency(&judged, self.table);
        let cases = judged.into_iter().zip(of);
        Report {
            origin,
            procedure: ids,
            procedure_name: names,
            mapping: None,
            more_mappings: Vec::new(),
            is_complete: false,
            rules: self.rules.digest.clone(),
            score_table: self.table.id.clone(),
            score_note: self.table.note.clone(),
            full: self.table.full,
            today: self.today,
            problems: Vec::new(),
            unread: Vec::new(),
            cases: cases
                .map(
                    |((answer, appraisal), (procedure, procedure_name))| CaseReport {
                        procedure,
                        procedure_name,
                        answer,
                        appraisal,
                    },
                )
                .collect(),
            agencies,
        }
    }
}
