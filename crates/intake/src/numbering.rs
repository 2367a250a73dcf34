//! The numbers (文号) on paper: printed in the agency's style, and no two documents with the same.

use crate::finding::{At, Finding};
use crate::paper::Planned;
use app::agency::AgencyFile;
use app::numbers::Series;
use law::model::Procedure;
use std::collections::BTreeMap;

/// A number that stands on paper.
pub(crate) struct OnPaper {
    pub(crate) series: Series,
    pub(crate) serial: u32,
    pub(crate) text: String,
    pub(crate) at: At,
}

/// The numbers of a case, and what is no number of this agency.
pub(crate) fn of_case(
    case: &Planned,
    procedure: &Procedure,
    agency: &AgencyFile,
) -> (Vec<OnPaper>, Vec<Finding>) {
    let (mut numbers, mut wrong) = (Vec::new(), Vec::new());
    for (act, at) in case.request.acts.iter().zip(&case.lines) {
        let Some(event) = procedure.event(&act.event) else {
            continue;
        };
        for fact in &procedure.events[event].numbered {
            let declared = &procedure.facts[*fact];
            let (Some(text), Some(kind)) = (
                act.facts.get(&declared.id).and_then(|json| json.as_str()),
                &declared.series,
            ) else {
                continue;
            };
            let style = agency.number_style(kind, act.occurred.day);
            match style.read(text) {
                Some((year, serial)) => numbers.push(OnPaper {
                    series: Series {
                        kind: kind.clone(),
                        year,
                    },
                    serial,
                    text: text.to_owned(),
                    at: at.clone(),
                }),
                None => wrong.push(Finding {
                    at: at.clone(),
                    text: format!(
                        "“{}”是“{text}”，不符合本机关的式样（{}）",
                        declared.name,
                        style.print(act.occurred.day.ymd().0, 1)
                    ),
                }),
            }
        }
    }
    (numbers, wrong)
}

/// Notes what is no number of this agency, and each number that stands on two documents, with both.
pub(crate) fn check(cases: &mut [Planned], procedure: &Procedure, agency: &AgencyFile) {
    let mut used: BTreeMap<(Series, u32), (usize, At, String)> = BTreeMap::new();
    let mut findings: Vec<(usize, Finding)> = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let (numbers, wrong) = of_case(case, procedure, agency);
        findings.extend(wrong.into_iter().map(|finding| (index, finding)));
        for number in numbers {
            let here = (index, number.at, number.text);
            let Some(first) = used.get(&(number.series.clone(), number.serial)) else {
                used.insert((number.series, number.serial), here);
                continue;
            };
            for (one, other) in [(first, &here), (&here, first)] {
                let text = format!(
                    "文号“{}”在案件“{}”（{}，写作“{}”）里也用了",
                    one.2, cases[other.0].key, other.1, other.2
                );
                findings.push((
                    one.0,
                    Finding {
                        at: one.1.clone(),
                        text,
                    },
                ));
            }
        }
    }
    for (index, finding) in findings {
        cases[index].errors.push(finding);
    }
}
