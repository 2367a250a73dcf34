//! The desk of those who release publications (公示审核): what is to be disclosed, by when, what is held and why, and what is
//! to be taken off again.
//!
//! A publication needs nobody who prepares it: it is the layout of the rules filled from the case. What stands here is the
//! step that somebody has to take with it.

use crate::access::{self, Actor, Belonging};
use crate::ledger::{CaseRow, Holder, TodoLine};
use crate::office::{Office, SeenError};
use crate::todo::Todo;
use crate::view::CaseView;
use casework::context::Level;
use law::fact::{FactType, Value};
use law::model::{DocumentIx, EventIx, Procedure};
use law::time::working_days_between;
use std::collections::BTreeSet;
use vocabulary::Day;

/// Acts in which somebody says that a publication may be seen, is held, or stays away.
const REVIEWS: &str = "公示审查";
/// Acts that put a publication on the public side.
const DISCLOSES: &str = "发布上网";
/// Acts that say where else it stands.
const POSTS: &str = "载体登记";
/// So many lines of the list of what is to be done are read at a time, and at most so many in all.
const STEP: u32 = 100;
const MOST: usize = 500;

/// So many working days before the date the head of the unit is warned, and the leaders.
const WARNS_UNIT: &str = "disclosure_warning_unit";
const WARNS_LEADER: &str = "disclosure_warning_leader";

/// A publication with which somebody has to do something.
#[derive(Clone, Debug)]
pub struct Disclosing {
    /// The step, with its date.
    pub line: TodoLine,
    /// What the list of cases says of the case.
    pub row: CaseRow,
    /// The case.
    pub view: CaseView,
    /// The act that the step is.
    pub event: EventIx,
    /// The publication.
    pub document: DocumentIx,
    /// Where it stands.
    pub state: State,
    /// Working days that are left; nothing where no date is set, negative where it has passed.
    pub days_left: Option<i64>,
}

/// Where a publication stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody has looked yet, or something changed since.
    ToReview,
    /// Released, not yet on the public side.
    ToRelease,
    /// Held for the time being.
    Held {
        /// The kind of reason, as the rules name it.
        cause: String,
        /// The reason in words.
        reason: String,
        /// Since.
        since: Day,
    },
    /// On the public side, and something else is owed: to withdraw it, to answer an objection.
    Shown,
}

impl Office {
    /// The act of this procedure in which a publication is looked at.
    pub fn review_of(&self, procedure: &Procedure, document: DocumentIx) -> Option<EventIx> {
        tagged(procedure, document, REVIEWS)
    }

    /// The act of this procedure by which a publication comes to the public side.
    pub fn release_of(&self, procedure: &Procedure, document: DocumentIx) -> Option<EventIx> {
        tagged(procedure, document, DISCLOSES)
    }

    /// The act of this procedure that says where else a publication stands.
    pub fn posting_of(&self, procedure: &Procedure, document: DocumentIx) -> Option<EventIx> {
        tagged(procedure, document, POSTS)
    }

    /// Whether the list of publications is for this person: those who release, those in charge, those who supervise.
    pub fn may_see_disclosures(&self, actor: &Actor) -> bool {
        let releases = self.disclosing_roles();
        actor.roles.iter().any(|role| releases.contains(role))
            || self.level_of(actor).is_some()
            || actor.has(crate::agency::Duty::Supervisor)
    }

    /// Whether this person has the role that releasing needs.
    pub fn may_release(&self, actor: &Actor) -> bool {
        let releases = self.disclosing_roles();
        actor.person.is_some() && actor.roles.iter().any(|role| releases.contains(role))
    }

    fn level_of(&self, actor: &Actor) -> Option<Level> {
        let file = self.agency();
        file.staff(actor.person.as_deref()?)?.level
    }

    fn disclosing_roles(&self) -> BTreeSet<String> {
        let mut roles = BTreeSet::new();
        for procedure in self.procedures() {
            for event in 0..procedure.events.len() {
                let act = procedure.act_of(event);
                if act
                    .tags
                    .iter()
                    .any(|tag| tag == DISCLOSES || tag == REVIEWS)
                {
                    roles.extend(
                        act.roles
                            .iter()
                            .map(|role| procedure.roles[*role].id.clone()),
                    );
                }
            }
        }
        roles
    }

    /// Everything that is to be done with publications, in the order of danger; of cases that this person may read.
    pub async fn disclosing(&self, actor: &Actor) -> Result<Vec<Disclosing>, SeenError> {
        self.disclosing_within(actor, None).await
    }

    /// The same, but for those that have more working days left.
    async fn disclosing_within(
        &self,
        actor: &Actor,
        days: Option<i64>,
    ) -> Result<Vec<Disclosing>, SeenError> {
        let holders: Vec<Holder> = self
            .disclosing_roles()
            .into_iter()
            .map(Holder::Role)
            .collect();
        let mut found = Vec::new();
        let mut after: Option<TodoLine> = None;
        loop {
            let lines = self.todo_of(holders.clone(), after.as_ref(), STEP).await?;
            let is_last = lines.len() < usize::try_from(STEP).unwrap_or(usize::MAX);
            after = lines.last().map(|todo| todo.line.clone());
            for todo in lines {
                let days_left = self.days_left(&todo.line);
                // The nearest come first, and those without a date last.
                let is_beyond = days.is_some_and(|days| days_left.is_none_or(|left| left > days));
                if found.len() == MOST || is_beyond {
                    return Ok(found);
                }
                if let Some(one) = self.of_line(actor, todo, days_left).await? {
                    found.push(one);
                }
            }
            if is_last {
                return Ok(found);
            }
        }
    }

    /// What this person is warned of: as head of the unit those of the own unit, in charge all of them, each so many
    /// working days ahead as the settings say.
    pub async fn disclosure_warnings(&self, actor: &Actor) -> Result<Vec<Disclosing>, SeenError> {
        let Some(level) = self.level_of(actor) else {
            return Ok(Vec::new());
        };
        let (id, is_of_unit) = match level {
            Level::UnitHead => (WARNS_UNIT, true),
            Level::DeputyLeader | Level::ChiefLeader => (WARNS_LEADER, false),
        };
        let Some(days) = self.setting(id) else {
            return Ok(Vec::new());
        };
        let mut found = self.disclosing_within(actor, Some(days)).await?;
        found.retain(|it| !is_of_unit || it.row.line.section == actor.section);
        Ok(found)
    }

    fn setting(&self, id: &str) -> Option<i64> {
        let file = self.agency();
        let own = file.values.iter().find(|value| value.id == id);
        let shipped = || {
            let setting = self.rules.settings.iter().find(|it| it.id == id)?;
            setting.value
        };
        own.map(|value| value.value).or_else(shipped)
    }

    /// Working days that are left; a date that has passed is late, be it on a day off.
    fn days_left(&self, line: &TodoLine) -> Option<i64> {
        let (due, now) = (line.due?, self.now());
        let left = working_days_between(&self.context().calendar, now.day, due.day).days;
        let left = i64::from(left);
        Some(match casework::decide::is_after(now, due) {
            true => left.min(-1),
            false => left,
        })
    }

    async fn of_line(
        &self,
        actor: &Actor,
        todo: Todo,
        days_left: Option<i64>,
    ) -> Result<Option<Disclosing>, SeenError> {
        let Todo { line, case } = todo;
        let Some(procedure) = self.procedures.get(&line.procedure) else {
            return Ok(None);
        };
        let Some(event) = procedure.event(&line.event) else {
            return Ok(None);
        };
        let of_publication = procedure.events[event]
            .document
            .filter(|document| procedure.documents[*document].is_publication);
        let Some(document) = of_publication else {
            return Ok(None);
        };
        let record = self.record(&line.case_id).await?;
        let belonging = Belonging::of(&record.history.entries);
        // A case that may not be read is nobody's to publish. No trace is left: what is told of it here is told by every
        // list.
        if access::read(actor, &self.all_procedures(), &belonging).is_err() {
            return Ok(None);
        }
        let view = self.case(&line.case_id).await?;
        let state = self.state_of(&view, document, line.number);
        Ok(Some(Disclosing {
            state,
            line,
            row: case,
            view,
            event,
            document,
            days_left,
        }))
    }

    /// Where the publication of a party stands.
    pub fn state_of(&self, view: &CaseView, document: DocumentIx, number: u32) -> State {
        let procedure = view.procedure();
        let case = view.case();
        let domain = procedure.documents[document].domain;
        let member = case.member(domain, number).unwrap_or(0);
        let counts = |event: Option<EventIx>| {
            event
                .and_then(|event| case.mark(event, member))
                .is_some_and(|mark| mark.counts)
        };
        let review = self.review_of(procedure, document);
        let release = self.release_of(procedure, document);
        let last = |event: Option<EventIx>| {
            let done = case
                .history
                .iter()
                .rposition(|done| Some(done.event) == event && done.member == member);
            done.map_or(0, |at| at + 1)
        };
        if counts(release) && last(release) > last(review) {
            return State::Shown;
        }
        let done = last(review).checked_sub(1).map(|at| &case.history[at]);
        let Some(done) = done.filter(|_| counts(review)) else {
            return State::ToReview;
        };
        let id = |name: &str| format!("{name}:{}", procedure.documents[document].id);
        let said = |name: &str| {
            let fact = procedure.fact(&id(name))?;
            let (_, value) = done.facts.iter().find(|(known, _)| *known == fact)?;
            Some((fact, value))
        };
        let chosen = |name: &str| -> Option<(&str, &str)> {
            let (fact, value) = said(name)?;
            let (FactType::Choice(all), Value::Choice(at)) = (&procedure.facts[fact].kind, value)
            else {
                return None;
            };
            let chosen = all.get(usize::from(*at))?;
            Some((chosen.id.as_str(), chosen.name.as_str()))
        };
        match chosen(CONCLUSION) {
            Some((RELEASED, _)) => State::ToRelease,
            Some((HELD, _)) => State::Held {
                cause: chosen(CAUSE).map_or_else(String::new, |(_, name)| name.to_owned()),
                reason: match said(REASON) {
                    Some((_, Value::Text(text))) => text.clone(),
                    _ => String::new(),
                },
                since: done.occurred.day,
            },
            _ => State::ToReview,
        }
    }
}

/// What a review says, as the facts of `rules/overlays/disclosure.kdl` are called.
pub const CONCLUSION: &str = "disclosure_conclusion";
/// Why it is held, by kind.
pub const CAUSE: &str = "postpone_cause";
/// Why it is held or stays away, in words.
pub const REASON: &str = "withhold_reason";
/// The alternative that releases.
pub const RELEASED: &str = "release";
/// The alternative that holds.
pub const HELD: &str = "postpone";
/// The alternative that keeps it away.
pub const WITHHELD: &str = "withhold";

fn tagged(procedure: &Procedure, document: DocumentIx, tag: &str) -> Option<EventIx> {
    (0..procedure.events.len()).find(|event| {
        let has = procedure.act_of(*event).tags.iter().any(|t| t == tag);
        has && procedure.events[*event].document == Some(document)
    })
}
