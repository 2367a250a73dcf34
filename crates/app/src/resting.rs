//! Which cases in hand a row of a register bears on, told before somebody in charge takes the row away or changes it.

use crate::access::{Actor, Belonging};
use crate::ledger::CaseQuery;
use crate::office::{Office, SeenError};
use crate::register::{Draft, DraftState, RegisterName, Row, Standing, cell};
use crate::trial::MOST_TRIED;
use crate::view::title;
use casework::decide::History;
use casework::review::{Caught, caught};
use law::fact::{FactType, Value};
use law::model::{FactIx, Procedure};
use std::collections::{BTreeMap, BTreeSet};
use vocabulary::Moment;

/// The cases in hand that rest on the rows of a draft as these hold now.
#[derive(Clone, Debug, Default)]
pub struct Resting {
    /// The cases.
    pub cases: Vec<RestingCase>,
    /// Whether these are all that somebody sees.
    pub is_all: bool,
}

/// A case that rests on a row.
#[derive(Clone, Debug)]
pub struct RestingCase {
    /// Its id.
    pub case_id: String,
    /// Its title.
    pub title: String,
    /// The rows, by what they are about, with the parties that they catch.
    pub rows: Vec<String>,
}

/// The rows that a draft takes away or changes, as they hold now.
fn touched<'d>(
    draft: &'d Draft,
    register: RegisterName,
    standing: &'d Standing,
) -> BTreeMap<&'d str, &'d Row> {
    let single = [&draft.id];
    let ids = draft.lines.iter().map(|line| &line.id).chain(single);
    let row = |id: &'d String| {
        let version = standing.row(register, id, standing.day)?;
        Some((id.as_str(), version.row.as_deref()?))
    };
    ids.filter_map(row).collect()
}

/// How cases of a procedure name rows of a register.
enum Naming<'r> {
    /// The catalogue of reviews catches them.
    Catalog,
    /// Whoever takes part in their acts.
    People,
    /// A fact has a value that stands in a column of one of the rows.
    Facts(Vec<(FactIx, BTreeSet<&'r str>)>),
}

impl<'r> Naming<'r> {
    fn of(
        register: RegisterName,
        procedure: &Procedure,
        rows: &BTreeMap<&'r str, &'r Row>,
    ) -> Option<Naming<'r>> {
        let items = |column: &'static str| {
            let facts = procedure.facts.iter().enumerate();
            let items = facts.filter(|(_, fact)| fact.kind == FactType::Item);
            items.map(move |(at, _)| (at, column.to_owned()))
        };
        let lookups = procedure.lookups.iter();
        let ours = lookups.filter(|it| it.register == register.id());
        let mut asked: Vec<(FactIx, String)> = ours.map(|it| (it.key, it.column.clone())).collect();
        match register {
            RegisterName::ReviewCatalog => return Some(Naming::Catalog),
            RegisterName::People => return Some(Naming::People),
            RegisterName::Benchmarks => asked.extend(items("item")),
            RegisterName::Items => asked.extend(items("rule")),
            _ => {}
        }
        let facts: Vec<(FactIx, BTreeSet<&'r str>)> = asked
            .into_iter()
            .map(|(fact, column)| {
                let cells = rows.values().flat_map(|row| texts(cell(row, &column)));
                (fact, cells.collect())
            })
            .filter(|(_, names): &(FactIx, BTreeSet<&str>)| !names.is_empty())
            .collect();
        (!facts.is_empty()).then_some(Naming::Facts(facts))
    }

    /// What a case rests on, of these rows; empty where it rests on none of them.
    fn found(
        &self,
        history: &History,
        rows: &BTreeMap<&str, &Row>,
        standing: &Standing,
        now: Moment,
    ) -> Vec<String> {
        let case = &history.case;
        let mut found: Vec<String> = Vec::new();
        match self {
            Naming::Catalog => {
                let caught = caught(case, &standing.context, now);
                let ours = caught
                    .iter()
                    .filter(|it| rows.contains_key(it.row.as_str()));
                found.extend(ours.map(about));
            }
            Naming::People => {
                let belonging = Belonging::of(&history.entries);
                let ours = rows.keys().filter(|id| belonging.people.contains(**id));
                found.extend(ours.map(|id| standing.person_name(id)));
            }
            Naming::Facts(facts) => {
                for (fact, names) in facts {
                    let name = &case.procedure.facts[*fact].name;
                    let said = case.facts[*fact].iter().flatten();
                    let named = said
                        .filter_map(text_of)
                        .filter(|it| names.contains(it.as_str()));
                    found.extend(named.map(|text| format!("{name}：{text}")));
                }
            }
        }
        found.dedup();
        found
    }
}

/// What stands in a column: one text, or several.
fn texts(cell: &serde_json::Value) -> impl Iterator<Item = &str> {
    let several = cell.as_array().into_iter().flatten();
    let several = several.filter_map(serde_json::Value::as_str);
    cell.as_str().into_iter().chain(several)
}

/// The name of a row that a fact may be.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) | Value::Item(text) => Some(text.clone()),
        Value::CreditCode(code) => Some(code.to_string()),
        _ => None,
    }
}

impl Office {
    /// The cases in hand, of those that somebody sees, that rest on the rows of a draft as these hold now: the catalogue catches
    /// them, they name a row, or somebody takes part in them. Nothing where no case can rest on the register.
    pub async fn resting_on(
        &self,
        actor: &Actor,
        register: RegisterName,
        number: u64,
    ) -> Result<Option<Resting>, SeenError> {
        let standing = self.fresh_standing().await?;
        let draft = standing.draft(register, number);
        let Some(draft) = draft.filter(|draft| draft.state == DraftState::Open) else {
            return Ok(None);
        };
        let rows = touched(draft, register, &standing);
        if rows.is_empty() {
            return Ok(None);
        }
        let mut namings: BTreeMap<&str, Naming<'_>> = BTreeMap::new();
        for procedure in self.procedures() {
            let Some(naming) = Naming::of(register, procedure, &rows) else {
                continue;
            };
            let mut listed = standing
                .context
                .review_catalog
                .on(&procedure.id, standing.day);
            let is_listed = listed.any(|row| rows.contains_key(&*row.id));
            if !matches!(naming, Naming::Catalog) || is_listed {
                namings.insert(&procedure.id, naming);
            }
        }
        if namings.is_empty() {
            return Ok(None);
        }
        // Of one procedure alone, where only one is asked.
        let only = match namings.len() {
            1 => namings.keys().next().map(|id| (*id).to_owned()),
            _ => None,
        };
        let open = CaseQuery {
            is_open: Some(true),
            procedure: only,
            ..CaseQuery::default()
        };
        let mut lines = self.cases_for(actor, &open, MOST_TRIED + 1).await?;
        let most = usize::try_from(MOST_TRIED).unwrap_or(usize::MAX);
        let mut resting = Resting {
            is_all: lines.len() <= most,
            ..Resting::default()
        };
        lines.truncate(most);
        for line in lines {
            let Some(naming) = namings.get(line.line.procedure.as_str()) else {
                continue;
            };
            let case_id = line.line.case_id;
            let record = self.record(&case_id).await?;
            let found = naming.found(&record.history, &rows, &standing, self.now());
            if !found.is_empty() {
                resting.cases.push(RestingCase {
                    title: title(&record.history.case, &standing.file.title_facts),
                    rows: found,
                    case_id,
                });
            }
        }
        Ok(Some(resting))
    }
}

/// A row with whom it catches: `单位罚款五万元以上的（某公司）`.
pub(crate) fn about(caught: &Caught) -> String {
    match caught.whom.is_empty() {
        true => caught.name.clone(),
        false => format!("{}（{}）", caught.name, caught.whom),
    }
}
