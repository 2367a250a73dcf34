//! Which cases in hand a row of a register bears on, told before somebody in charge takes the row away or changes it.

use crate::access::Actor;
use crate::ledger::CaseQuery;
use crate::office::{Office, SeenError};
use crate::register::{Draft, RegisterName, Standing};
use crate::trial::MOST_TRIED;
use crate::view::title;
use casework::review::{Caught, caught};
use std::collections::{BTreeMap, BTreeSet};

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
fn touched<'d>(draft: &'d Draft, standing: &Standing) -> BTreeSet<&'d str> {
    let single = [&draft.id];
    let ids = draft.lines.iter().map(|line| &line.id).chain(single);
    ids.filter(|id| standing.holds(RegisterName::ReviewCatalog, id))
        .map(String::as_str)
        .collect()
}

impl Office {
    /// The cases in hand, of those that somebody sees, that the rows of a draft catch as these hold now. Nothing where the
    /// draft changes no row that catches cases.
    pub async fn resting_on(
        &self,
        actor: &Actor,
        register: RegisterName,
        number: u64,
    ) -> Result<Option<Resting>, SeenError> {
        let standing = self.fresh_standing().await?;
        let draft = standing.draft(register, number);
        let Some(draft) = draft.filter(|_| register == RegisterName::ReviewCatalog) else {
            return Ok(None);
        };
        let rows = touched(draft, &standing);
        let mut catching: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for procedure in self.procedures() {
            let listed = standing
                .context
                .review_catalog
                .on(&procedure.id, standing.day);
            for row in listed.filter(|row| rows.contains(&*row.id)) {
                let of = catching.entry(&procedure.id).or_default();
                of.insert(&row.id);
            }
        }
        if catching.is_empty() {
            return Ok(None);
        }
        let mut resting = Resting {
            is_all: true,
            ..Resting::default()
        };
        for (procedure, ids) in catching {
            let open = CaseQuery {
                is_open: Some(true),
                procedure: Some(procedure.to_owned()),
                ..CaseQuery::default()
            };
            let mut lines = self.cases_for(actor, &open, MOST_TRIED + 1).await?;
            let most = usize::try_from(MOST_TRIED).unwrap_or(usize::MAX);
            resting.is_all &= lines.len() <= most;
            lines.truncate(most);
            for line in lines {
                let case_id = line.line.case_id;
                let record = self.record(&case_id).await?;
                let case = &record.history.case;
                let found = caught(case, &standing.context, self.now());
                let found: Vec<String> = found
                    .iter()
                    .filter(|it| ids.contains(it.row.as_str()))
                    .map(about)
                    .collect();
                if !found.is_empty() {
                    resting.cases.push(RestingCase {
                        title: title(case, &standing.file.title_facts),
                        rows: found,
                        case_id,
                    });
                }
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
