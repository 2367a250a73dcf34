//! What other cases of the agency say of the parties of a case, looked up only for acts whose rules ask for it: an earlier
//! fine under the same item, inspections of the same year.

use crate::ledger::CaseQuery;
use crate::office::{Office, ReadCaseError};
use crate::register::Standing;
use crate::view::CaseView;
use casework::case::Case;
use casework::command::Command;
use casework::context::Context;
use casework::derive::derive;
use casework::elsewhere::{Elsewhere, is_asked};
use casework::live::Live;
use law::model::{EventIx, FactIx, Procedure, SubjectClass};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// So many cases are read that name a party, the one touched last first.
const AMONG: u32 = 200;

/// The facts through which the rules of an act ask for other cases.
fn asked(procedure: &Procedure, event: EventIx) -> Vec<FactIx> {
    let mut found = procedure.facts_asked(event);
    found.retain(|fact| {
        let by = procedure.facts[*fact].derived_by.as_deref();
        by.is_some_and(is_asked)
    });
    found
}

impl Office {
    /// What other cases say of the parties of one, where the rules of the act ask for it.
    async fn elsewhere(
        &self,
        case_id: &str,
        case: &Case,
        event: EventIx,
    ) -> Result<Vec<Elsewhere>, ReadCaseError> {
        if asked(&case.procedure, event).is_empty() {
            return Ok(Vec::new());
        }
        let mut subjects = case.procedure.subjects.iter();
        let parties = subjects.position(|it| it.class == SubjectClass::Party);
        let parties = parties.map(|at| case.members[at].as_slice());
        let names = parties.unwrap_or_default().iter();
        let names: BTreeSet<&str> = names.map(|member| member.name.trim()).collect();
        // Cases that follow are known by their own column, whatever their parties are called.
        let follow = CaseQuery {
            follows: Some(case_id.to_owned()),
            ..CaseQuery::default()
        };
        let mut rows = self.cases(&follow, AMONG).await?;
        for name in names {
            let query = CaseQuery {
                text: Some(name.to_owned()),
                ..CaseQuery::default()
            };
            let named = self.cases(&query, AMONG).await?;
            rows.extend(named.into_iter().filter(|row| row.line.names(name)));
        }
        let mut read = BTreeSet::from([case_id.to_owned()]);
        let mut found = Vec::new();
        for line in rows.into_iter().map(|row| row.line) {
            if !read.insert(line.case_id.clone()) {
                continue;
            }
            let record = self.record(&line.case_id).await?;
            // Whoever is told need not see the other case: its number is enough to ask for it.
            let goes_by = line.case_number.unwrap_or_else(|| "另一件案件".to_owned());
            let follows = line.is_open && line.follows.as_deref() == Some(case_id);
            let told = Elsewhere::of(&record.history.case, &goes_by).into_iter();
            found.extend(told.map(|it| Elsewhere {
                goes_on_as: if follows {
                    line.procedure.clone()
                } else {
                    String::new()
                },
                ..it
            }));
        }
        Ok(found)
    }

    /// What a decision on an act reads besides the case: as it stood on the day of the act, with what other cases say where
    /// the rules of the act ask for it.
    pub(crate) async fn context_for<'s>(
        &self,
        standing: &'s Standing,
        (case_id, case): (&str, &Case),
        command: &Command,
    ) -> Result<Cow<'s, Context>, ReadCaseError> {
        let mut context = standing.context_on(command.occurred.day);
        let elsewhere = self.elsewhere(case_id, case, command.event).await?;
        if !elsewhere.is_empty() {
            context.to_mut().elsewhere = Arc::new(elsewhere);
        }
        Ok(context)
    }

    /// What other cases say that the rules of an act ask for, in sentences for whoever fills it in.
    pub async fn told_elsewhere(
        &self,
        view: &CaseView,
        event: EventIx,
        member: usize,
    ) -> Result<Vec<String>, ReadCaseError> {
        let case = view.case();
        let elsewhere = self.elsewhere(&view.case_id, case, event).await?;
        if elsewhere.is_empty() {
            return Ok(Vec::new());
        }
        let mut context = Context::clone(&self.context());
        context.elsewhere = Arc::new(elsewhere);
        let live = Live::of(case, &context, member, view.now);
        let told = asked(&case.procedure, event)
            .into_iter()
            .filter_map(|fact| {
                let by = case.procedure.facts[fact].derived_by.as_deref()?;
                let found = derive(by, &live, member)?;
                Some(found.detail).filter(|text| !text.is_empty())
            });
        Ok(told.collect())
    }
}
