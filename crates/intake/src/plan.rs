//! From the lines of a workbook to cases that can be asked for, with every mistake at its cell.

use crate::book::{Book, Sheet, Table};
use crate::finding::{At, Finding};
use crate::mapping::{Mapping, mappings};
use crate::paper::PaperCase;
pub use crate::paper::Planned;
use crate::terms::Terms;
use crate::{journal, lines, numbering};
use app::agency::AgencyFile;
use law::Rules;
use law::model::Procedure;
use law::source::RuleErrors;
use std::collections::BTreeMap;

/// Who takes over, and what is said for all cases.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// Who enters the cases, by id.
    pub entered_by: &'a str,
    /// Who approves, by id.
    pub approved_by: &'a str,
    /// The procedure, where the rules have several and the workbook is no ledger.
    pub procedure: Option<&'a str>,
    /// Where a case comes from that does not say so.
    pub from: &'a str,
}

/// The cases of a workbook.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The cases, in the order of the workbook.
    pub cases: Vec<Planned>,
    /// What is wrong outside every case, or read by nobody.
    pub general: Vec<Finding>,
}

/// Why a workbook makes no plan. Shown to the clerk, hence in Chinese.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Neither the sheets of the template nor a ledger.
    #[error("工作簿里没有“案件”“当事人”“办案过程”三张表，也没有认得的台账；请用空白表填写")]
    NoSheets,
    /// Which procedure is not clear.
    #[error("请写明案件适用哪个程序：{0}")]
    WhichProcedure(String),
    /// The mappings under `rules/imports/` have mistakes.
    #[error("规则文件有错误：\n{0}")]
    Mappings(RuleErrors),
}

/// Reads every case of a workbook.
pub fn plan(
    book: &Book,
    rules: &Rules,
    agency: &AgencyFile,
    by: By<'_>,
) -> Result<Plan, PlanError> {
    let mut general = Vec::new();
    let (procedure, told) = if lines::is_template(book) {
        let procedure = sole(rules, by.procedure)?;
        let terms = terms(rules, procedure, agency)?;
        let told = lines::cases(book, &terms);
        general.extend(told.general);
        (procedure, told.cases)
    } else {
        let mappings = mappings(rules).map_err(PlanError::Mappings)?;
        let (mapping, sheet) = recognized(book, &mappings).ok_or(PlanError::NoSheets)?;
        let procedure = sole(rules, Some(&mapping.procedure))?;
        let terms = terms(rules, procedure, agency)?;
        let table = sheet
            .table(|name| mapping.knows(name))
            .ok_or(PlanError::NoSheets)?;
        general.extend(unread(mapping, &table));
        (procedure, journal::cases(mapping, &table, &terms))
    };
    let terms = terms(rules, procedure, agency)?;
    let mut cases: Vec<Planned> = told
        .into_iter()
        .map(|mut case: PaperCase| {
            if case.from.is_empty() {
                by.from.clone_into(&mut case.from);
            }
            case.plan(&terms, (by.entered_by, by.approved_by))
        })
        .collect();
    same_name(&mut cases);
    numbering::check(&mut cases, procedure, agency);
    Ok(Plan { cases, general })
}

fn terms<'r>(
    rules: &'r Rules,
    procedure: &'r Procedure,
    agency: &'r AgencyFile,
) -> Result<Terms<'r>, PlanError> {
    Terms::new(rules, procedure, agency)
        .ok_or_else(|| PlanError::WhichProcedure(procedure.id.clone()))
}

/// The procedure of this id, or the only one; where there are several, the one that the known ledgers are of.
pub(crate) fn sole<'r>(rules: &'r Rules, id: Option<&str>) -> Result<&'r Procedure, PlanError> {
    let found = match (id, rules.procedures.as_slice()) {
        (Some(id), _) => rules.procedure(id),
        (None, [one]) => Some(one),
        (None, _) => of_ledgers(rules),
    };
    found.ok_or_else(|| {
        let all = rules.procedures.iter();
        let all = all.map(|procedure| format!("{}（{}）", procedure.id, procedure.name));
        PlanError::WhichProcedure(all.collect::<Vec<_>>().join("、"))
    })
}

/// The procedure of all ledgers that `rules/imports/` knows, if it is one.
fn of_ledgers(rules: &Rules) -> Option<&Procedure> {
    let mappings = mappings(rules).ok()?;
    let (first, others) = mappings.split_first()?;
    let is_one = others.iter().all(|it| it.procedure == first.procedure);
    is_one.then(|| rules.procedure(&first.procedure)).flatten()
}

/// The ledger whose headings a sheet has most of; it must tell the case and at least one day.
fn recognized<'b, 'm>(book: &'b Book, mappings: &'m [Mapping]) -> Option<(&'m Mapping, &'b Sheet)> {
    let mut best: Option<(usize, &Mapping, &Sheet)> = None;
    for mapping in mappings {
        for sheet in &book.sheets {
            let Some(table) = sheet.table(|name| mapping.knows(name)) else {
                continue;
            };
            let has =
                |columns: &[String]| table.columns.iter().any(|(_, name)| columns.contains(name));
            if !has(&mapping.key) || !mapping.acts.iter().any(|act| has(&act.day)) {
                continue;
            }
            let known = table.columns.iter().filter(|(_, name)| mapping.knows(name));
            let known = known.count();
            if best.is_none_or(|(most, ..)| known > most) {
                best = Some((known, mapping, sheet));
            }
        }
    }
    best.map(|(_, mapping, sheet)| (mapping, sheet))
}

/// Columns that nobody reads: said, never passed over in silence.
fn unread(mapping: &Mapping, table: &Table<'_>) -> Vec<Finding> {
    let unknown = table
        .columns
        .iter()
        .filter(|(_, name)| !mapping.knows(name));
    unknown
        .map(|(_, name)| Finding {
            at: At {
                sheet: table.sheet.to_owned(),
                row: table.head,
                column: name.clone(),
            },
            text: "不认识这一栏，没有读入".to_owned(),
        })
        .collect()
}

/// Two cases of one name: nobody could say later which is which.
fn same_name(cases: &mut [Planned]) {
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    for index in 0..cases.len() {
        let Some(one) = first.insert(cases[index].key.clone(), index) else {
            continue;
        };
        first.insert(cases[index].key.clone(), one);
        let (at_one, at_two) = (cases[one].at.clone(), cases[index].at.clone());
        for (case, (at, other)) in [(one, (&at_one, &at_two)), (index, (&at_two, &at_one))] {
            let text = format!("案件序号“{}”与{other}重复", cases[case].key);
            let finding = Finding {
                at: at.clone(),
                text,
            };
            if !cases[case].errors.contains(&finding) {
                cases[case].errors.push(finding);
            }
        }
    }
}
