//! Rows of registers in cases: who comes into a case out of one, what a case says against them, and which cases name one.

use crate::access::{self, Actor};
use crate::ledger::{CaseLine, CaseQuery};
use crate::office::{Office, SeenError};
use crate::register::RegisterName;
use crate::request::{ActRequest, FieldError, NewSubjectRequest};
use crate::view::CaseView;
use casework::lists::List;
use law::fact::{FactType, Value};
use law::lookup::Lookup;
use law::model::Procedure;
use std::collections::{BTreeMap, BTreeSet};
use vocabulary::{CreditCode, Day};

/// So many cases are read that name a row, the one touched last first.
const AMONG: u32 = 200;

/// So many cases are read that name one of several rows.
const EACH: u32 = 2_000;

/// Why a row cannot be taken.
enum NoRow {
    /// Nothing of this kind is taken from a register.
    NotKept,
    /// There is none such on the day.
    Unknown(String),
}

impl Office {
    /// A request with whoever it brings in filled in from the rows that it names: what it says itself stays. Nobody gets a row
    /// of a register that they may not see.
    pub fn with_rows(
        &self,
        actor: &Actor,
        procedure: &Procedure,
        request: &ActRequest,
    ) -> Result<ActRequest, Vec<FieldError>> {
        let mut request = request.clone();
        request.filled_from = None;
        request.filled_from = Some(request.own_digest());
        let day = request.occurred.day;
        let mut errors = Vec::new();
        for newcomer in &mut request.introduces {
            let Some(row) = newcomer.row.take() else {
                continue;
            };
            if let Err(problem) = self.fill_in(actor, procedure, (row.trim(), day), newcomer) {
                let text = match problem {
                    NoRow::NotKept => "这类对象没有可以选用的登记，请直接填写".to_owned(),
                    NoRow::Unknown(register) => format!("{register}{day}没有“{}”", row.trim()),
                };
                errors.push(FieldError {
                    field: "row".to_owned(),
                    text,
                });
            }
        }
        if errors.is_empty() {
            Ok(request)
        } else {
            Err(errors)
        }
    }

    fn fill_in(
        &self,
        actor: &Actor,
        procedure: &Procedure,
        (row, day): (&str, Day),
        newcomer: &mut NewSubjectRequest,
    ) -> Result<(), NoRow> {
        let context = self.context();
        let (lookup, name, list) = procedure
            .lookups
            .iter()
            .find_map(|lookup| {
                let domain = procedure.facts[lookup.key].domain;
                let kind = procedure.subjects.get(usize::from(domain.0))?;
                let list = context.lists.get(&lookup.register)?;
                let fits = kind.id == newcomer.kind && access::looks_up(actor, &lookup.register);
                fits.then_some((lookup, lookup.name.as_ref()?, list))
            })
            .ok_or(NoRow::NotKept)?;
        let found = meant(list, lookup, (row, day), name);
        let found = found.ok_or_else(|| NoRow::Unknown(list.name.clone()))?;
        if newcomer.name.trim().is_empty() {
            found.cell(name).clone_into(&mut newcomer.name);
        }
        let key = &procedure.facts[lookup.key];
        let known_by = found.cell(&lookup.column);
        let known_by = match key.kind {
            FactType::CreditCode => CreditCode::parse(known_by).ok().map(Value::CreditCode),
            _ => Some(Value::Text(known_by.to_owned())),
        };
        let kind = procedure.facts[lookup.key].domain;
        let kind = &procedure.subjects[usize::from(kind.0)];
        let taken = list.fills(procedure, lookup, found, day).into_iter();
        for (fact, value) in taken.chain(known_by.map(|value| (lookup.key, value))) {
            let declared = &procedure.facts[fact];
            if kind.required.contains(&fact) || kind.optional.contains(&fact) {
                let said = newcomer.facts.entry(declared.id.clone());
                said.or_insert_with(|| declared.to_json(&value));
            }
        }
        Ok(())
    }

    /// What a case says against the rows of registers that it names, for those who may see them: nobody was refused for it.
    pub fn against_registers(&self, actor: &Actor, view: &CaseView) -> Vec<(String, String)> {
        let context = self.context();
        let seen = context.lists.iter();
        let seen = seen.filter(|(register, _)| access::looks_up(actor, register));
        let procedure = view.procedure();
        // What a rule of the law asks about is told by that rule.
        let is_ruled = |register: &str| {
            let algorithm = format!("{}{register}", law::lookup::ALGORITHM);
            let mut facts = procedure.facts.iter();
            facts.any(|fact| fact.derived_by.as_deref() == Some(algorithm.as_str()))
        };
        let seen = seen.filter(|(register, _)| !is_ruled(register));
        let lists = seen.map(|(register, list)| (register.as_str(), list));
        casework::lists::against(view.case(), &lists.collect(), view.now.day)
    }

    /// The cases that name a row of a register, or in which somebody of its name is a party; only those that the actor sees
    /// in the list of cases, the one touched last first.
    pub async fn cases_naming(
        &self,
        actor: &Actor,
        register: RegisterName,
        (known_by, party): (&str, Option<&str>),
    ) -> Result<Vec<CaseLine>, SeenError> {
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for text in [Some(known_by), party].into_iter().flatten() {
            if text.is_empty() {
                continue;
            }
            let query = CaseQuery {
                text: Some(text.to_owned()),
                ..CaseQuery::default()
            };
            for row in self.cases_for(actor, &query, AMONG).await? {
                let line = row.line;
                let is_meant = line.names_row(register.id(), known_by)
                    || party.is_some_and(|name| line.names(name));
                if is_meant && seen.insert(line.case_id.clone()) {
                    found.push((row.updated_at, line));
                }
            }
        }
        found.sort_by_key(|(updated_at, _)| std::cmp::Reverse(*updated_at));
        Ok(found.into_iter().map(|(_, line)| line).collect())
    }
}

/// The cases that name rows of a register, as far as somebody sees them.
#[derive(Clone, Debug, Default)]
pub struct NamedIn {
    /// Those that are seen.
    pub seen: Vec<CaseLine>,
    /// How many there are besides.
    pub others: usize,
}

impl Office {
    /// The cases that name one of these rows, by the name of the row. All of the names begin with this text.
    pub async fn cases_naming_each(
        &self,
        actor: &Actor,
        register: RegisterName,
        (begin, names): (&str, &[String]),
    ) -> Result<BTreeMap<String, NamedIn>, SeenError> {
        let query = CaseQuery {
            text: Some(begin.to_owned()),
            ..CaseQuery::default()
        };
        let all = self.cases(&query, EACH).await?;
        let seen = match self.cases_for(actor, &query, EACH).await {
            Ok(rows) => rows,
            Err(SeenError::Denied(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        let seen: BTreeSet<String> = seen.into_iter().map(|row| row.line.case_id).collect();
        let mut found: BTreeMap<String, NamedIn> = BTreeMap::new();
        for row in all {
            let line = row.line;
            let Some(name) = names.iter().find(|it| line.names_row(register.id(), it)) else {
                continue;
            };
            let named = found.entry(name.clone()).or_default();
            match seen.contains(&line.case_id) {
                true => named.seen.push(line),
                false => named.others += 1,
            }
        }
        Ok(found)
    }
}

/// The row of this id, of this key, or the only one of this name.
fn meant<'l>(
    list: &'l List,
    lookup: &'l Lookup,
    (row, day): (&str, Day),
    name: &str,
) -> Option<&'l casework::lists::ListRow> {
    let by_id = list.meant(lookup, day).find(|it| it.id == row);
    by_id.or_else(|| list.row(lookup, row, day)).or_else(|| {
        let mut named = list.meant(lookup, day).filter(|it| it.cell(name) == row);
        named.next().filter(|_| named.next().is_none())
    })
}
