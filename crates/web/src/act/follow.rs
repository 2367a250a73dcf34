//! A form that opens a case out of another one: what is known there stands in it already.

use super::Asked;
use super::posted::Posted;
use crate::fault::Fault;
use crate::session::Signed;
use app::combined::{CarriedOver, CarryError};
use app::request::FileRef;
use app::{ActRequest, FieldError, Office};
use law::fact::Value;
use law::model::{CASE, FactIx};

/// The name under which a form remembers which case the new one follows, and the key of its address.
pub(crate) const FOLLOWS: &str = casework::decide::FOLLOWS;
/// The number, in the other case, of the one whose particulars stand in the form.
pub(crate) const OF: &str = "of";
/// The numbers of those who come along besides.
pub(super) const WITH: &str = "with";

/// The case that the one to be opened follows.
pub(super) struct Following {
    pub(super) carried_over: CarriedOver,
    /// The place of the one whose particulars stand in the form, among those who come along.
    first: usize,
    /// The form was opened for this one alone.
    is_of_one: bool,
}

/// What the form says of it.
pub(super) struct FollowingView {
    pub(super) case_id: String,
    pub(super) title: String,
    pub(super) procedure: String,
    pub(super) number: Option<String>,
    pub(super) link: String,
    pub(super) of: String,
    pub(super) others: Vec<Other>,
}

/// Somebody else of the other case.
pub(super) struct Other {
    pub(super) number: u32,
    pub(super) name: String,
    pub(super) is_chosen: bool,
}

impl Asked {
    /// The same form, opened out of another case where it names one.
    pub(super) async fn following(
        mut self,
        office: &Office,
        signed: &Signed,
        (case_id, of): (&str, &str),
    ) -> Result<Asked, Fault> {
        if case_id.is_empty() {
            return Ok(self);
        }
        let procedure = self.view.procedure();
        let event = &procedure.events[self.event];
        let carried_over = office
            .carries(&signed.actor, (procedure, event), case_id)
            .await;
        let carried_over = match carried_over {
            Ok(carried_over) => carried_over,
            Err(CarryError::Seen(error)) => return Err(error.into()),
            Err(CarryError::Unfit(text)) => {
                self.unfit = Some(text);
                return Ok(self);
            }
        };
        let number: Option<u32> = of.parse().ok();
        let members = &carried_over.carried.members;
        let first = members.iter().position(|it| Some(it.number) == number);
        self.following = Some(Following {
            first: first.unwrap_or(0),
            is_of_one: first.is_some(),
            carried_over,
        });
        Ok(self)
    }

    /// The same form, with what its act takes over when it is done for the first time in a case that follows another one.
    pub(super) async fn later(mut self, office: &Office, signed: &Signed) -> Result<Asked, Fault> {
        let case = self.view.case();
        let event = &self.view.procedure().events[self.event];
        let (of, member) = (self.event, self.member);
        self.follow_ups = office
            .follow_ups(&signed.actor, &self.view, event, member)
            .await?;
        self.elsewhere = office.told_elsewhere(&self.view, of, member).await?;
        let is_done = case
            .mark(self.event, self.member)
            .is_some_and(|mark| mark.count > 0);
        if is_done || event.carries.is_empty() {
            return Ok(self);
        }
        let names: Vec<String> = if event.domain == CASE {
            let members = case.members.iter().flatten();
            members.map(|member| member.name.clone()).collect()
        } else {
            let member = case.members[usize::from(event.domain.0)].get(self.member);
            member.map(|it| it.name.clone()).into_iter().collect()
        };
        self.later = office
            .carries_later(&signed.actor, &self.view, event, &names)
            .await?;
        Ok(self)
    }

    /// What the other case says of a fact of the act.
    pub(super) fn carried(&self, fact: FactIx) -> Option<&Value> {
        let following = self.following.as_ref().map(|it| &it.carried_over);
        let carried = &following.or(self.later.as_ref())?.carried;
        let mut facts = carried.facts.iter();
        facts.find(|(known, _)| *known == fact).map(|(_, it)| it)
    }

    /// What the other case says of the one who comes in.
    pub(super) fn carried_of_newcomer(&self, fact: FactIx) -> Option<&Value> {
        let following = self.following.as_ref()?;
        let member = following
            .carried_over
            .carried
            .members
            .get(following.first)?;
        let mut facts = member.facts.iter();
        facts.find(|(known, _)| *known == fact).map(|(_, it)| it)
    }

    /// The name of the one who comes in.
    pub(super) fn newcomer_name(&self) -> Option<&str> {
        let following = self.following.as_ref()?;
        let member = following
            .carried_over
            .carried
            .members
            .get(following.first)?;
        Some(&member.name)
    }

    /// The files that come along.
    pub(super) fn carried_files(&self) -> &[FileRef] {
        let following = self.following.as_ref().map(|it| &it.carried_over);
        let from = following.or(self.later.as_ref());
        from.map_or(&[], |it| it.carried.files.as_slice())
    }
}

impl Following {
    /// What the form says; of a form that says nothing yet, everybody comes along, unless it was opened for one of them.
    pub(super) fn view(&self, posted: &Posted) -> FollowingView {
        let from = &self.carried_over.from;
        let members = self.carried_over.carried.members.iter().enumerate();
        let others = members.filter(|(at, _)| *at != self.first);
        let chosen = posted.all(WITH);
        let other = |(_, member): (usize, &casework::carry::CarriedMember)| Other {
            number: member.number,
            name: member.name.clone(),
            is_chosen: if posted.is_blank() {
                !self.is_of_one
            } else {
                chosen.contains(&member.number.to_string())
            },
        };
        let first = self.carried_over.carried.members.get(self.first);
        FollowingView {
            case_id: from.case_id.clone(),
            title: from.title.clone(),
            procedure: from.procedure().name.clone(),
            number: self.carried_over.number.clone(),
            link: format!("/cases/{}", from.case_id),
            of: first.map_or_else(String::new, |it| it.number.to_string()),
            others: others.map(other).collect(),
        }
    }

    /// Adds to a request which case is followed, and those who come along besides the one in the form.
    pub(super) fn complete(
        &self,
        asked: &Asked,
        posted: &Posted,
        request: &mut ActRequest,
        errors: &mut Vec<FieldError>,
    ) {
        request.follows = Some(self.carried_over.from.case_id.clone());
        let members = &self.carried_over.carried.members;
        for text in posted.all(WITH) {
            let number: Option<u32> = text.parse().ok();
            match members.iter().find(|it| Some(it.number) == number) {
                Some(member) => {
                    let procedure = asked.view.procedure();
                    request
                        .introduces
                        .push(self.carried_over.newcomer(procedure, member));
                }
                None => errors.push(FieldError {
                    field: WITH.to_owned(),
                    text: format!("前案没有第{text}个对象"),
                }),
            }
        }
    }
}
