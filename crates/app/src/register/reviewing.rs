//! The review of a draft (审核): by somebody who did not draft it, before somebody in charge is asked.

use super::RegisterName;
use super::change::{RegisterError, Ruling, Writing, ruler, wrong};
use super::declared::Review;
use super::draws::supervising;
use super::entry::{RegisterEntry, Said};
use super::known::{Draft, DraftState};
use super::standing::Standing;
use crate::access::Actor;
use crate::agency::Duty;
use crate::amend::digest;
use crate::office::Office;
use crate::request::FieldError;
use serde::{Deserialize, Serialize};

/// What a reviewer says of a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reviewing {
    /// Where.
    pub register: RegisterName,
    /// Which draft, by its entry.
    pub draft: u64,
    /// It may go to whoever is in charge, or it goes back.
    pub is_passed: bool,
    /// Who, by id.
    pub by: String,
    /// Why; needed to send it back.
    pub opinion: String,
}

impl Office {
    /// Passes a draft on to whoever is in charge, or sends it back; answers with the number of the entry.
    pub async fn review_change(&self, asked: &Reviewing, key: &str) -> Result<u64, RegisterError> {
        let decide = |standing: &Standing| {
            let draft = standing
                .draft(asked.register, asked.draft)
                .ok_or(RegisterError::NoSuchDraft)?;
            let text = match (&draft.state, &draft.review) {
                _ if asked.register.is_drawn() => Some("抽取由监督人报数以后进行，不经审核、批准"),
                (DraftState::Open, None) => None,
                (DraftState::Open, Some(_)) => Some("这份起草已经审核通过，等待负责人批准"),
                (DraftState::Approved(_) | DraftState::Rejected { .. }, _) => {
                    Some("这份起草已经批准或者退回")
                }
            };
            if let Some(text) = text {
                return Err(RegisterError::Overtaken(text.to_owned()));
            }
            let mut errors = obstacles(standing, asked.register, draft, &asked.by);
            if !asked.is_passed && asked.opinion.trim().is_empty() {
                errors.push(wrong("opinion", "退回须写明理由"));
            }
            if !errors.is_empty() {
                return Err(RegisterError::Fields(errors));
            }
            let mut said = Said {
                drafted_by: draft.drafted_by.clone(),
                reason: draft.reason.clone(),
                opinion: asked.opinion.trim().to_owned(),
                ..Said::default()
            };
            let (row, number) = (draft.id.clone(), draft.number);
            let entry = if asked.is_passed {
                said.reviewed_by.clone_from(&asked.by);
                RegisterEntry::RegisterReviewed {
                    register: asked.register,
                    row,
                    draft: number,
                }
            } else {
                said.decided_by.clone_from(&asked.by);
                RegisterEntry::RegisterRejected {
                    register: asked.register,
                    row,
                    draft: number,
                }
            };
            Ok(Writing {
                entry,
                row: None,
                seal: None,
                lines: Vec::new(),
                said,
            })
        };
        let written = self
            .change_register(
                asked.register,
                digest("register-review", "", asked),
                key,
                &decide,
            )
            .await?;
        Ok(written.stream_version)
    }
}

/// What stands against this person reviewing the draft.
fn obstacles(
    standing: &Standing,
    register: RegisterName,
    draft: &Draft,
    by: &str,
) -> Vec<FieldError> {
    if register.is_drawn() {
        return supervising(standing, draft, by);
    }
    let mut errors = Vec::new();
    if by == draft.drafted_by {
        errors.push(wrong("by", "起草的人不能自己审核"));
    }
    match (standing.file.staff(by), register.declared().review) {
        (None, _) => errors.push(wrong("by", "请选择审核人（须在人员名册里）")),
        (Some(person), Review::Role { id, name }) if !person.roles.iter().any(|it| it == id) => {
            let text = format!(
                "{}不担任{name}，不能审核；“{}”的起草由{name}审核",
                person.name,
                register.chinese()
            );
            errors.push(wrong("by", text));
        }
        (Some(_), Review::Role { .. } | Review::Colleague) => {}
    }
    if draft.is_about(register, by) {
        errors.push(wrong("by", "不能审核自己的登记"));
    }
    errors
}

impl Draft {
    /// Whether it is about what the register says of this person.
    pub(super) fn is_about(&self, register: RegisterName, person: &str) -> bool {
        let is_own = |id: &str| register == RegisterName::People && person == id;
        is_own(&self.id) || self.lines.iter().any(|line| is_own(&line.id))
    }
}

/// Whose word a draft waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// A reviewer's.
    Review,
    /// That of somebody in charge.
    Ruling,
}

impl Standing {
    /// The drafts that wait for the word of somebody, with the register of each. What any colleague may review waits for whoever
    /// sees to the registers, or is in charge.
    pub fn drafts_for(&self, actor: &Actor) -> Vec<(RegisterName, &Draft, Waiting)> {
        let Some(person) = actor.person.as_deref() else {
            return Vec::new();
        };
        let sees_to = actor.has(Duty::Policy) || actor.level.is_some();
        let waiting = |register: RegisterName, draft: &Draft| {
            if draft.review.is_none() {
                let is_asked = register.declared().review != Review::Colleague || sees_to;
                let may = is_asked && self.may_review(register, draft, person);
                return may.then_some(Waiting::Review);
            }
            let asked = Ruling {
                register,
                draft: draft.number,
                is_approved: true,
                by: person.to_owned(),
                opinion: String::new(),
            };
            ruler(draft, &asked, self)
                .is_empty()
                .then_some(Waiting::Ruling)
        };
        let registers = RegisterName::ALL.into_iter().filter(|it| it.is_drafted());
        let drafts = registers.flat_map(|it| self.open_drafts(it).map(move |draft| (it, draft)));
        drafts
            .filter_map(|(register, draft)| Some((register, draft, waiting(register, draft)?)))
            .collect()
    }

    /// Whether somebody may review a draft that waits for it.
    pub fn may_review(&self, register: RegisterName, draft: &Draft, person: &str) -> bool {
        draft.state == DraftState::Open
            && draft.review.is_none()
            && obstacles(self, register, draft, person).is_empty()
    }

    /// By whom a draft of the register is reviewed, in words.
    pub fn reviewers(&self, register: RegisterName) -> String {
        match register.declared().review {
            Review::Colleague => "起草人以外的人".to_owned(),
            Review::Role { id, name } => {
                let people = self.file.people.iter();
                let all = people.filter(|it| it.roles.iter().any(|role| role == id));
                let all: Vec<&str> = all.map(|it| it.name.as_str()).collect();
                match all.is_empty() {
                    true => format!("{name}（人员名册里还没有人担任）"),
                    false => format!("{name}（{}）", all.join("、")),
                }
            }
        }
    }
}
