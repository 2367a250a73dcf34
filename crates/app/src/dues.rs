//! The payment book (缴款台账): what each party has to pay, as the accounts of the cases have it.
//!
//! The rows say how an account stands whatever day it is; what is late, the day on which one looks says besides.

use crate::access::{self, Actor};
use crate::ledger::{CaseQuery, CaseRow, DuesCursor, DuesLine, DuesOf, DuesQuery, ReadError};
use crate::numbers::NumberClaim;
use crate::office::{Office, SeenError};
use casework::account::{Account, NUMBER, accounts};
use casework::case::Case;
use casework::context::Context;
use casework::decide::WantedNumber;
use casework::entry::{ActPerformed, Entry};
use std::collections::{BTreeMap, BTreeSet};
use vocabulary::{Day, Moment};

pub use casework::account::Standing;

/// A line of the payment book, with what the list of cases says of its case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The line.
    pub line: DuesLine,
    /// The case.
    pub case: CaseRow,
}

/// What is looked for: a text finds by code, number or name, and else everything of a kind is listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DuesAsked {
    /// The payment code, the number of the decision or the case, or a part of a name.
    pub text: Option<String>,
    /// Of this unit alone.
    pub section: Option<String>,
    /// Of these.
    pub of: DuesOf,
    /// After this line.
    pub after: Option<DuesCursor>,
}

/// So many cases are looked through for a text.
const CASES_FOUND: u32 = 200;

impl Office {
    /// Lines of the payment book, in the order of danger: longest late first. A handler sees those of the unit.
    pub async fn dues(
        &self,
        actor: &Actor,
        asked: &DuesAsked,
        limit: u32,
    ) -> Result<Vec<Due>, SeenError> {
        let section = match self.sees_every_section(actor) {
            true => asked.section.clone(),
            false => {
                access::lists_cases(actor)?;
                Some(actor.section.clone())
            }
        };
        let lines = match asked.text.as_deref().map(str::trim) {
            Some(text) if !text.is_empty() => {
                let mut found = self.dues_found(actor, text, section.as_deref()).await?;
                found.retain(|line| asked.of.has(line));
                found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
                found
            }
            _ => {
                let query = DuesQuery {
                    section,
                    of: asked.of,
                    after: asked.after.clone(),
                };
                self.ports.ledger.dues(&self.agency, &query, limit).await?
            }
        };
        Ok(self.dues_with_cases(lines).await?)
    }

    /// Lines that a text finds: by payment code, by the number of the decision, or by what the list of cases is searched
    /// for.
    async fn dues_found(
        &self,
        actor: &Actor,
        text: &str,
        section: Option<&str>,
    ) -> Result<Vec<DuesLine>, SeenError> {
        let ledger = &self.ports.ledger;
        let mut found = ledger.dues_named(&self.agency, text).await?;
        let query = CaseQuery {
            text: Some(text.to_owned()),
            section: section.map(str::to_owned),
            ..CaseQuery::default()
        };
        let cases = self.cases_for(actor, &query, CASES_FOUND).await?;
        let ids: Vec<String> = cases.into_iter().map(|row| row.line.case_id).collect();
        if !ids.is_empty() {
            found.extend(ledger.dues_of(&self.agency, &ids).await?);
        }
        let is_of = |line: &DuesLine| section.is_none_or(|section| line.section == section);
        let mut lines: BTreeMap<DuesCursor, DuesLine> = BTreeMap::new();
        for line in found.into_iter().filter(is_of) {
            lines.insert(line.cursor(), line);
        }
        Ok(lines.into_values().collect())
    }

    async fn dues_with_cases(&self, lines: Vec<DuesLine>) -> Result<Vec<Due>, ReadError> {
        let ids: BTreeSet<String> = lines.iter().map(|line| line.case_id.clone()).collect();
        let ids: Vec<String> = ids.into_iter().collect();
        let rows = self.ports.ledger.case_rows(&self.agency, &ids).await?;
        let rows: BTreeMap<&str, &CaseRow> = rows
            .iter()
            .map(|row| (row.line.case_id.as_str(), row))
            .collect();
        let with_case = |line: DuesLine| {
            let case = rows.get(line.case_id.as_str()).copied()?.clone();
            Some(Due { line, case })
        };
        Ok(lines.into_iter().filter_map(with_case).collect())
    }
}

impl DuesOf {
    /// Whether a line is one of these.
    pub fn has(self, line: &DuesLine) -> bool {
        let due = line.due;
        match self {
            DuesOf::All => true,
            DuesOf::Late(today) => line.standing.is_awaited() && due.is_some_and(|due| due < today),
            DuesOf::NotDue(today) => {
                line.standing.is_awaited() && due.is_none_or(|due| due >= today)
            }
            DuesOf::Standing(standing) => line.standing == standing,
        }
    }
}

impl DuesLine {
    /// The cursor that continues after this line.
    pub fn cursor(&self) -> DuesCursor {
        DuesCursor {
            rank: rank(self.standing),
            due: self.due.map_or((true, Day::MAX), |due| (false, due)),
            case_id: self.case_id.clone(),
            party: self.party,
        }
    }
}

/// The place of a standing in the order of danger: what is awaited by its date, what is to be given back, what waits, what
/// is over.
pub fn rank(standing: Standing) -> u8 {
    match standing {
        Standing::Open | Standing::Installments => 0,
        Standing::Overpaid => 1,
        Standing::Paused | Standing::Undecided => 2,
        Standing::Settled | Standing::Annulled | Standing::Ended => 3,
    }
}

/// The lines of a case: the same for as long as nothing is recorded.
pub(crate) fn lines(
    case_id: &str,
    case: &Case,
    context: &Context,
    section: &str,
    now: Moment,
) -> Vec<DuesLine> {
    let line = |account: Account| {
        let members = &case.members[usize::from(account.domain.0)];
        let member = members.get(account.member)?;
        Some(DuesLine {
            case_id: case_id.to_owned(),
            party: member.number,
            party_name: member.name.clone(),
            section: section.to_owned(),
            standing: account.standing,
            charged: account.charged(),
            held: account.held(),
            owed: account.owed,
            overpaid: account.overpaid,
            due: account.due,
            code: account.code,
            number: account.number,
            number_claim: None,
        })
    };
    let all = accounts(case, context, now).into_iter();
    let mut lines: Vec<DuesLine> = all.filter_map(line).collect();
    lines.sort_by_key(|line| line.party);
    lines
}

/// Names the claims that become the numbers of the lines with this entry.
pub(crate) fn claim_numbers(
    lines: &mut [DuesLine],
    entry: Option<&Entry>,
    numbers: &[(usize, WantedNumber)],
    claims: &[NumberClaim],
) {
    for (claim, (at, wanted)) in numbers.iter().enumerate() {
        if wanted.fact != NUMBER || wanted.given.is_some() || claim >= claims.len() {
            continue;
        }
        let act: Option<&ActPerformed> = match entry {
            Some(Entry::Act(act)) => Some(act),
            Some(Entry::TakenOver(taken)) => taken.acts.get(*at),
            _ => None,
        };
        let number = act.map(|act| act.subject.number);
        if let Some(line) = lines.iter_mut().find(|line| Some(line.party) == number) {
            line.number = None;
            line.number_claim = Some(claim);
        }
    }
}
