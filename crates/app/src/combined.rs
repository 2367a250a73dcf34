//! Combined matters: an inspection finds, a case is filed, a measure is taken, execution follows. What one case takes over
//! from another one (承接), and how they stand beside each other on their pages.

use crate::access::{Actor, Denied, Reading};
use crate::ledger::{CaseLine, CaseQuery, CaseRow};
use crate::office::{Office, SeenError};
use crate::request::NewSubjectRequest;
use crate::rows::follows;
use crate::view::CaseView;
use casework::carry::{Carried, CarriedMember, Followed, Whom, carried};
use law::fact::Value;
use law::model::{CASE, Event, FactIx, Procedure};

/// So many cases that follow one are listed on its page.
const LISTED: u32 = 20;

/// A case that is to follow another one, before it is opened.
#[derive(Clone, Debug)]
pub struct CarriedOver {
    /// The other case.
    pub from: CaseView,
    /// The number by which it goes, once it has one.
    pub number: Option<String>,
    /// What is taken over, of all its members.
    pub carried: Carried,
}

/// How a case stands among others.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// The case that it follows, as far as the one who looks may see it.
    pub before: Option<CaseRow>,
    /// It follows a case that is not shown to the one who looks.
    pub has_hidden: bool,
    /// The cases that follow it, the one touched last first.
    pub after: Vec<CaseRow>,
    /// Acts that may open a case that follows it: the procedure and the event.
    pub onward: Vec<(String, String)>,
}

/// Why nothing can be taken over.
#[derive(Debug, thiserror::Error)]
pub enum CarryError {
    /// The case cannot be seen.
    #[error(transparent)]
    Seen(#[from] SeenError),
    /// The act takes nothing over from this case: a sentence.
    #[error("{0}")]
    Unfit(String),
}

impl Office {
    /// What an act that opens a case takes over from a case, for somebody who works on that one.
    pub async fn carries(
        &self,
        actor: &Actor,
        (procedure, event): (&Procedure, &Event),
        case_id: &str,
    ) -> Result<CarriedOver, CarryError> {
        let (from, reading) = self.case_for(actor, case_id).await?;
        if reading == Reading::Traced {
            return Err(SeenError::from(Denied::only_looks()).into());
        }
        let context = self.context();
        let followed = Followed::of(case_id, from.case());
        if let Some(text) = followed.obstacle(event, &context.rules.procedures) {
            return Err(CarryError::Unfit(text));
        }
        let carry = event
            .carries
            .iter()
            .find(|it| it.from == followed.procedure);
        let Some(carry) = carry else {
            return Err(CarryError::Unfit(format!("“{}”不承接本案。", event.name)));
        };
        let number = self.case_number(from.case());
        let carried = carried(
            &from.history,
            &context,
            (procedure, carry),
            Whom::Brought,
            number.as_deref(),
            from.now,
        );
        Ok(CarriedOver {
            from,
            number,
            carried,
        })
    }

    /// What a later act of a case takes over from the case that its own one follows, for the parties of these names: nothing
    /// where there is none, or where whoever asks does not work on that one.
    pub async fn carries_later(
        &self,
        actor: &Actor,
        view: &CaseView,
        event: &Event,
        names: &[String],
    ) -> Result<Option<CarriedOver>, SeenError> {
        let Some(before) = follows(&view.history.entries).filter(|_| !event.carries.is_empty())
        else {
            return Ok(None);
        };
        let from = match self.case_for(actor, before).await {
            Ok((from, Reading::AtWork)) => from,
            Ok((_, Reading::Traced)) | Err(SeenError::Denied(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let theirs = &from.procedure().id;
        let Some(carry) = event.carries.iter().find(|it| it.from == *theirs) else {
            return Ok(None);
        };
        let number = self.case_number(from.case());
        let carried = carried(
            &from.history,
            &self.context(),
            (view.procedure(), carry),
            Whom::Named(names),
            number.as_deref(),
            from.now,
        );
        Ok(Some(CarriedOver {
            from,
            number,
            carried,
        }))
    }

    /// What an act says of the cases that follow this one: their numbers, as far as whoever asks sees them.
    pub async fn follow_ups(
        &self,
        actor: &Actor,
        view: &CaseView,
        event: &Event,
        member: usize,
    ) -> Result<Vec<(FactIx, Value)>, SeenError> {
        if event.follow_ups.is_empty() || view.case_id.is_empty() {
            return Ok(Vec::new());
        }
        let query = CaseQuery {
            follows: Some(view.case_id.clone()),
            ..CaseQuery::default()
        };
        // Of a party, those that are about it.
        let party = view.case().members[usize::from(event.domain.0)].get(member);
        let party = party.filter(|_| event.domain != CASE);
        let is_about = |line: &CaseLine| party.is_none_or(|it| line.names(it.name.trim()));
        let after = match self.cases_for(actor, &query, LISTED).await {
            Err(SeenError::Denied(_)) => return Ok(Vec::new()),
            read => read?,
        };
        let said = event.follow_ups.iter().filter_map(|(fact, procedures)| {
            let lines = after.iter().map(|row| &row.line);
            let numbers =
                lines.filter(|line| procedures.contains(&line.procedure) && is_about(line));
            let mut numbers: Vec<&str> = numbers
                .filter_map(|line| line.case_number.as_deref())
                .collect();
            numbers.sort_unstable();
            (!numbers.is_empty()).then(|| (*fact, Value::Text(numbers.join("、"))))
        });
        Ok(said.collect())
    }

    /// How a case stands among others, for somebody who sees it.
    pub async fn links(&self, actor: &Actor, view: &CaseView) -> Result<Links, SeenError> {
        let mut links = Links::default();
        if let Some(before) = follows(&view.history.entries) {
            // The line alone is read, so that nobody leaves a trace in a case by looking at another one.
            let row = self.ports.ledger.case_row(&self.agency, before).await;
            let row = row.map_err(SeenError::from)?;
            let is_seen =
                |row: &CaseRow| self.sees_every_section(actor) || row.line.section == actor.section;
            links.has_hidden = row.as_ref().is_none_or(|row| !is_seen(row));
            links.before = row.filter(is_seen);
        }
        let after = CaseQuery {
            follows: Some(view.case_id.clone()),
            ..CaseQuery::default()
        };
        links.after = match self.cases_for(actor, &after, LISTED).await {
            Err(SeenError::Denied(_)) => Vec::new(),
            read => read?,
        };
        if self.may_open(actor).is_ok() {
            let followed = Followed::of(&view.case_id, view.case());
            links.onward = self.onward(&followed);
        }
        Ok(links)
    }

    /// The acts that may open a case that follows this one.
    fn onward(&self, followed: &Followed) -> Vec<(String, String)> {
        let rules = &self.context().rules;
        let mut found = Vec::new();
        for procedure in self.procedures() {
            let takes = |event: &Event| {
                event.carries.iter().any(|it| it.from == followed.procedure)
                    && followed.obstacle(event, &rules.procedures).is_none()
            };
            if !procedure.events.iter().any(takes) {
                continue;
            }
            let Ok(empty) = self.empty_case(&procedure.id) else {
                continue;
            };
            let opening = empty.answer.may.iter().map(|may| may.step.event);
            let opening = opening.filter(|event| takes(&procedure.events[*event]));
            found.extend(
                opening.map(|event| (procedure.id.clone(), procedure.events[event].id.clone())),
            );
        }
        found
    }
}

impl CarriedOver {
    /// Somebody who comes along, as a request brings them in.
    pub fn newcomer(&self, procedure: &Procedure, member: &CarriedMember) -> NewSubjectRequest {
        let kind = self
            .carried
            .domain
            .map_or(0, |domain| usize::from(domain.0));
        let facts = member.facts.iter().map(|(fact, value)| {
            let declared = &procedure.facts[*fact];
            (declared.id.clone(), declared.to_json(value))
        });
        NewSubjectRequest {
            kind: procedure.subjects[kind].id.clone(),
            name: member.name.clone(),
            facts: facts.collect(),
            row: None,
        }
    }
}
