//! Checking any history (案卷评查): a file from elsewhere is told by a mapping, judged by the same engine and appraised.
//!
//! A file is JSON lines, a table of values or a workbook. What cannot be read is told with its cell and left unknown;
//! what the mapping does not know is named. The report says which file, mapping, rules and score table it rests on, so
//! that the same check can be repeated.

mod material;
mod report;
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
        let mut told = material::read(self, material, choice, procedure)?;
        if material.is_complete {
            let cases = told.history.cases.iter_mut();
            cases.for_each(|(_, case)| case.is_all());
        }
        let procedure = self.rules.procedure(&told.procedure);
        let procedure =
            procedure.ok_or_else(|| HistoryError::NoSuchProcedure(told.procedure.clone()))?;
        let replay = self.replay(procedure);
        let judged = told.history.cases.iter();
        let cases = judged.map(|(name, case)| self.appraised(&replay, name, case));
        let cases = cases.collect();
        let mut report = self.report(material.origin(), &procedure.id, cases);
        report.mapping = told.mapping;
        report.problems = told.history.problems;
        report.unread = told.unread;
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

    /// The report of judged cases.
    pub fn report(
        &self,
        origin: Origin,
        procedure: &str,
        cases: Vec<(CaseAnswer, Appraisal)>,
    ) -> Report {
        let agencies = by_agency(&cases, self.table);
        let named = |procedure: &Procedure| (procedure.id.clone(), procedure.name.clone());
        let (id, name) = self
            .rules
            .procedure(procedure)
            .map_or_else(|| (procedure.to_owned(), String::new()), named);
        Report {
            origin,
            procedure: id,
            procedure_name: name,
            mapping: None,
            is_complete: false,
            rules: self.rules.digest.clone(),
            score_table: self.table.id.clone(),
            score_note: self.table.note.clone(),
            full: self.table.full,
            today: self.today,
            problems: Vec::new(),
            unread: Vec::new(),
            cases: cases
                .into_iter()
                .map(|(answer, appraisal)| CaseReport { answer, appraisal })
                .collect(),
            agencies,
        }
    }
}
