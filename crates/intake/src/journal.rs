//! A ledger with one line a case and a column of dates an act, read by its mapping.

use crate::book::{Line, Table};
use crate::cell::Cell;
use crate::finding::At;
use crate::mapping::Mapping;
use crate::paper::{PaperAct, PaperCase, PaperParty};
use crate::terms::Terms;
use law::model::{CASE, FactIx};
use std::collections::BTreeMap;

/// Reads the cases of a ledger.
pub(crate) fn cases(mapping: &Mapping, table: &Table<'_>, terms: &Terms<'_>) -> Vec<PaperCase> {
    table
        .lines
        .iter()
        .filter_map(|line| {
            let reader = Reader {
                mapping,
                table,
                terms,
                line,
            };
            reader.case()
        })
        .collect()
}

struct Reader<'t> {
    mapping: &'t Mapping,
    table: &'t Table<'t>,
    terms: &'t Terms<'t>,
    line: &'t Line<'t>,
}

impl Reader<'_> {
    fn at(&self, column: &str) -> At {
        At {
            sheet: self.table.sheet.to_owned(),
            row: self.line.number,
            column: column.to_owned(),
        }
    }

    /// The filled cell of one of these columns.
    fn cell(&self, columns: &[String]) -> Option<(&Cell, At)> {
        let mut found = self
            .table
            .columns
            .iter()
            .filter(|(_, name)| columns.contains(name))
            .filter_map(|(column, name)| Some((self.line.cell(*column)?, self.at(name))));
        found.next()
    }

    fn text(&self, case: &mut PaperCase, columns: &[String]) -> Option<(String, At)> {
        let (cell, at) = self.cell(columns)?;
        match cell.text() {
            Ok(text) => Some((text, at)),
            Err(why) => {
                case.wrong(&at, why);
                None
            }
        }
    }

    fn case(&self) -> Option<PaperCase> {
        let whole = self.at("");
        let Some((key, _)) = self.cell(&self.mapping.key) else {
            // A line without a name: a sum, a remark. What says more than one thing is a case all the same.
            let filled = self.table.columns.iter();
            let filled = filled.filter(|(column, name)| {
                self.mapping.knows(name) && self.line.cell(*column).is_some()
            });
            if filled.count() < 3 {
                return None;
            }
            let mut case = PaperCase::new(format!("第{}行", self.line.number), whole.clone());
            case.wrong(
                &whole,
                format!("没有填“{}”", self.mapping.key.join("”或者“")),
            );
            return Some(case);
        };
        let mut case = PaperCase::new(String::new(), whole.clone());
        case.key = key.text().unwrap_or_else(|why| {
            case.errors.push(crate::finding::Finding {
                at: whole,
                text: why,
            });
            String::new()
        });
        if let Some((from, _)) = self.text(&mut case, &self.mapping.from) {
            case.from = from;
        }
        case.usual = self.people(&mut case, &self.mapping.usual);
        self.parties(&mut case);
        for (fact, columns) in &self.mapping.facts {
            if let Some((value, at)) = self.value(&mut case, *fact, columns) {
                case.loose.push((*fact, value, at));
            }
        }
        self.acts(&mut case);
        Some(case)
    }

    fn value(
        &self,
        case: &mut PaperCase,
        fact: FactIx,
        columns: &[String],
    ) -> Option<(serde_json::Value, At)> {
        let (cell, at) = self.cell(columns)?;
        match self.terms.value(fact, cell) {
            Ok(value) => Some((value, at)),
            Err(why) => {
                case.wrong(&at, why);
                None
            }
        }
    }

    fn people(
        &self,
        case: &mut PaperCase,
        roles: &[(usize, Vec<String>)],
    ) -> Vec<(usize, Vec<String>)> {
        let mut people = Vec::new();
        for (role, columns) in roles {
            let Some((text, at)) = self.text(case, columns) else {
                continue;
            };
            match self.terms.people(&text) {
                Ok(ids) => people.push((*role, ids)),
                Err(why) => case.wrong(&at, why),
            }
        }
        people
    }

    fn parties(&self, case: &mut PaperCase) {
        let Some((text, at)) = self.text(case, &self.mapping.party) else {
            return;
        };
        // One line has one place for each number and date, so it can tell of one party only.
        if text
            .split(['、', '\n', ';', '；'])
            .filter(|name| !name.trim().is_empty())
            .count()
            > 1
        {
            case.wrong(
                &at,
                "一行只能写一个当事人；有几个当事人的案件，请用“案件”“当事人”“办案过程”三张表填写",
            );
            return;
        }
        let mut facts = BTreeMap::new();
        for (fact, columns) in &self.mapping.party_facts {
            if let Some((value, _)) = self.value(case, *fact, columns) {
                let id = self.terms.procedure.facts[*fact].id.clone();
                facts.insert(id, value);
            }
        }
        case.parties.push(PaperParty {
            name: text,
            at,
            facts,
            joined: None,
        });
    }

    fn acts(&self, case: &mut PaperCase) {
        let mut acts = Vec::new();
        let mut told: Vec<&String> = Vec::new();
        for act in &self.mapping.acts {
            let Some((day, at)) = self.cell(&act.day) else {
                continue;
            };
            told.extend(act.facts.iter().flat_map(|(_, columns)| columns));
            told.extend(act.people.iter().flat_map(|(_, columns)| columns));
            told.extend(&act.scans);
            let occurred = match day.moment() {
                Ok(occurred) => occurred,
                Err(why) => {
                    case.wrong(&at, why);
                    continue;
                }
            };
            let mut facts = BTreeMap::new();
            for (fact, columns) in &act.facts {
                if let Some((value, _)) = self.value(case, *fact, columns) {
                    facts.insert(*fact, value);
                }
            }
            let scans = self.text(case, &act.scans);
            let domain = self.terms.procedure.events[act.event].domain;
            acts.push(PaperAct {
                event: act.event,
                number: u32::from(domain != CASE),
                occurred,
                at,
                people: self.people(case, &act.people),
                facts,
                things: Vec::new(),
                scans: scans.map_or_else(Vec::new, |(text, _)| file_names(&text)),
            });
        }
        // What is said of an act that has no date would be lost.
        for act in &self.mapping.acts {
            if self.cell(&act.day).is_some() {
                continue;
            }
            let columns = act.facts.iter().map(|(_, columns)| columns);
            for columns in columns.chain(act.people.iter().map(|(_, columns)| columns)) {
                if !columns.iter().any(|column| told.contains(&column))
                    && let Some((_, at)) = self.cell(columns)
                {
                    case.wrong(
                        &at,
                        format!("填了这一栏，没有填“{}”", act.day.join("”或者“")),
                    );
                }
            }
        }
        // The columns stand in the order of the procedure; the days decide.
        acts.sort_by_key(|act| act.occurred.day);
        case.acts = acts;
    }
}

/// Names of files in one cell.
pub(crate) fn file_names(text: &str) -> Vec<String> {
    let names = text
        .split(['、', ';', '；', '\n', '|'])
        .map(|name| name.trim().to_owned());
    names.filter(|name| !name.is_empty()).collect()
}
