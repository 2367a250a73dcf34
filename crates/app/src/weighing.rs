//! Similar decided cases: what was imposed for the same item, among the cases that somebody sees anyway.

use crate::access::{Actor, Reading};
use crate::ledger::{CaseQuery, CaseRow};
use crate::office::{Office, SeenError};
use casework::discretion::kept;
use law::discretion::Receipt;
use law::fact::Value;
use law::model::FactIx;
use vocabulary::{Day, Penalty};

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

impl Office {
    /// Decisions under an item in other cases, the case touched last first: looked for in the cases that were touched
    /// last. Only cases that the actor sees without leaving a trace are read.
    pub async fn similar(
        &self,
        actor: &Actor,
        (but, item): (&str, &str),
        among: u32,
        most: usize,
    ) -> Result<Vec<Similar>, SeenError> {
        let mut found = Vec::new();
        for row in self.cases_for(actor, &CaseQuery::default(), among).await? {
            if row.line.case_id == but {
                continue;
            }
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
            let facts = (procedure.fact("item"), procedure.fact("decided_penalty"));
            let (Some(of), Some(decided)) = facts else {
                continue;
            };
            let domain = usize::from(procedure.facts[of].domain.0);
            let day = |member: usize| {
                let fact: FactIx = procedure.fact("decision_date")?;
                match case.fact(fact, member)? {
                    Value::Date(day) => Some(*day),
                    _ => None,
                }
            };
            let receipts = kept(&view.history);
            for (member, subject) in case.members.get(domain).into_iter().flatten().enumerate() {
                if case.fact(of, member) != Some(&Value::Item(item.to_owned())) {
                    continue;
                }
                let Some(Value::Penalty(penalty)) = case.fact(decided, member) else {
                    continue;
                };
                let tier = receipts
                    .iter()
                    .rev()
                    .find(|kept| kept.subject.number == subject.number)
                    .and_then(|kept| tier(kept.receipt));
                found.push(Similar {
                    row: row.clone(),
                    number: subject.number,
                    penalty: penalty.clone(),
                    decided: day(member),
                    tier,
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

fn tier(receipt: &Receipt) -> Option<String> {
    receipt.tier.as_ref().map(|tier| tier.name.to_string())
}
