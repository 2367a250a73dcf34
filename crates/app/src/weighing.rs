//! Similar decided cases: what was imposed for the same item, among the cases that somebody sees anyway.

use crate::access::{Actor, Reading};
use crate::ledger::{CaseQuery, CaseRow};
use crate::office::{Office, SeenError};
use casework::case::{Case, Member};
use casework::discretion::kept;
use law::discretion::Receipt;
use law::fact::Value;
use law::model::FactIx;
use std::collections::BTreeSet;
use vocabulary::{Day, Penalty};

/// So many cases in which something was decided under the item are read.
const AMONG: u32 = 50;

/// What was decided about a party of another case.
#[derive(Clone, Debug)]
pub struct Similar {
    /// What the list of cases says of the case.
    pub row: CaseRow,
    /// The number of the party.
    pub number: u32,
    /// What was imposed.
    pub penalty: Penalty,
    /// The day of the decision, where it is known.
    pub decided: Option<Day>,
    /// The tier of the benchmark that was applied, by its name.
    pub tier: Option<String>,
}

/// What was decided about the parties of a case: each by its place among them, with the item and the penalty.
fn decided(case: &Case) -> Vec<(usize, &str, &Penalty)> {
    let procedure = &case.procedure;
    let facts = (procedure.fact("item"), procedure.fact("decided_penalty"));
    let (Some(of), Some(decided)) = facts else {
        return Vec::new();
    };
    let members = &case.members[usize::from(procedure.facts[of].domain.0)];
    let one = |member: usize| match (case.fact(of, member)?, case.fact(decided, member)?) {
        (Value::Item(item), Value::Penalty(penalty)) => Some((member, item.as_str(), penalty)),
        _ => None,
    };
    (0..members.len()).filter_map(one).collect()
}

/// The items under which something was decided, each once, separated by spaces.
pub(crate) fn decided_items(case: &Case) -> String {
    let items = decided(case).into_iter().map(|(_, item, _)| item);
    let items: BTreeSet<&str> = items.collect();
    items.into_iter().collect::<Vec<_>>().join(" ")
}

impl Office {
    /// Decisions under an item in other cases, the case touched last first: the list of cases knows where there is one.
    /// Only cases that the actor sees without leaving a trace are read.
    pub async fn similar(
        &self,
        actor: &Actor,
        (but, item): (&str, &str),
        most: usize,
    ) -> Result<Vec<Similar>, SeenError> {
        let query = CaseQuery {
            text: Some(item.to_owned()),
            ..CaseQuery::default()
        };
        let rows = self.cases_for(actor, &query, AMONG).await?;
        let is_meant = |row: &CaseRow| {
            let mut items = row.line.decided_items.split(' ');
            row.line.case_id != but && items.any(|it| it == item)
        };
        let mut found = Vec::new();
        for row in rows.into_iter().filter(is_meant) {
            let (view, reading) = match self.case_for(actor, &row.line.case_id).await {
                Ok(seen) => seen,
                Err(SeenError::Denied(_)) => continue,
                Err(error) => return Err(error),
            };
            if reading == Reading::Traced {
                continue;
            }
            let case = view.case();
            let procedure = view.procedure();
            let day = |member: usize| {
                let fact: FactIx = procedure.fact("decision_date")?;
                match case.fact(fact, member)? {
                    Value::Date(day) => Some(*day),
                    _ => None,
                }
            };
            let receipts = kept(&view.history);
            let own = decided(case).into_iter().filter(|(_, of, _)| *of == item);
            for (member, _, penalty) in own {
                let number = parties(case)
                    .and_then(|all| all.get(member))
                    .map(|it| it.number);
                let mut last = receipts.iter().rev();
                let last = last.find(|kept| Some(kept.subject.number) == number);
                found.push(Similar {
                    row: row.clone(),
                    number: number.unwrap_or(0),
                    penalty: penalty.clone(),
                    decided: day(member),
                    tier: last.and_then(|kept| tier(kept.receipt)),
                });
            }
            if found.len() >= most {
                break;
            }
        }
        found.truncate(most);
        Ok(found)
    }
}

/// Those of a case about whom items are decided.
fn parties(case: &Case) -> Option<&Vec<Member>> {
    let item = case.procedure.fact("item")?;
    let domain = case.procedure.facts[item].domain;
    case.members.get(usize::from(domain.0))
}

fn tier(receipt: &Receipt) -> Option<String> {
    receipt.tier.as_ref().map(|tier| tier.name.to_string())
}
