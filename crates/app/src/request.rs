//! What is asked: perform an act, by ids, as a form or a file says it.

use casework::case::Case;
use casework::command::{Command, NewMember};
pub use casework::entry::{FileRef, Participant};
use law::fact::Value;
use law::model::{CASE, Domain, FactIx, Procedure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use vocabulary::Moment;

/// Where the act is to be performed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// It opens a case that follows this procedure.
    NewCase {
        /// The procedure, by id.
        procedure: String,
    },
    /// In a case.
    Case {
        /// Its id.
        case_id: String,
        /// The version of the page that the request was made on; none for a caller that reads and asks in one go.
        seen: Option<u64>,
    },
}

/// An act to perform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActRequest {
    /// Event id.
    pub event: String,
    /// The number of its subject; 0 for the case.
    #[serde(default)]
    pub number: u32,
    /// When the law counts it.
    pub occurred: Moment,
    /// Who takes part.
    #[serde(default)]
    pub people: Vec<Participant>,
    /// What it says, by fact id, in stored form.
    #[serde(default)]
    pub facts: BTreeMap<String, serde_json::Value>,
    /// Subjects that it brings in.
    #[serde(default)]
    pub introduces: Vec<NewSubjectRequest>,
    /// Written reasons by rule id.
    #[serde(default)]
    pub reasons: BTreeMap<String, String>,
    /// Files that belong to it; they are in the file store already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileRef>,
    /// Recorded from a sheet that was signed on paper (纸签代录); its scan is among the files.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_paper: bool,
    /// The case that the one opened by it follows (承接), by id: only where the act opens a case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
    /// The digest of what was asked, where it was filled in from rows of registers since ([`crate::Office::with_rows`]): the
    /// rows may read differently when the same is asked again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filled_from: Option<String>,
}

/// A subject to bring in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSubjectRequest {
    /// Subject kind id.
    pub kind: String,
    /// Its name; may be left out where a row is named.
    #[serde(default)]
    pub name: String,
    /// What is known of it, by fact id, in stored form.
    #[serde(default)]
    pub facts: BTreeMap<String, serde_json::Value>,
    /// The row of a register that it is taken from: its id there, or what it is known by, such as a credit code. See
    /// [`crate::Office::with_rows`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
}

/// The field of attached files.
pub const FILES: &str = "files";

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field: a fact id, a role id, `occurred`, `name` or [`FILES`].
    pub field: String,
    /// What is wrong, in words for the person who typed it.
    pub text: String,
}

/// A request that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misread {
    /// The procedure has no such act, or the act no such subject.
    NoSuchAct,
    /// Values that are none.
    Fields(Vec<FieldError>),
}

impl ActRequest {
    /// A digest of what is asked, the same whenever the same is asked.
    pub fn digest(&self, target: &Target) -> [u8; 32] {
        let place = match target {
            Target::NewCase { procedure } => ("new", procedure),
            Target::Case { case_id, .. } => ("case", case_id),
        };
        let mut hasher = Sha256::new();
        // A request is strings, numbers and ordered maps: it always serializes.
        let asked = match &self.filled_from {
            Some(digest) => serde_json::to_vec(&(place, digest)),
            None => serde_json::to_vec(&(place, self)),
        };
        hasher.update(asked.unwrap_or_default());
        hasher.finalize().into()
    }

    /// What is asked, whatever it is filled in with, as lower hexadecimal digits.
    pub(crate) fn own_digest(&self) -> String {
        proof::draw::hex(&Sha256::digest(
            serde_json::to_vec(self).unwrap_or_default(),
        ))
    }

    /// The command under the procedure of the case.
    pub fn command(&self, case: &Case) -> Result<Command, Misread> {
        let procedure = &case.procedure;
        let event = procedure.event(&self.event).ok_or(Misread::NoSuchAct)?;
        // The case is one: a number there would name a subject that does not exist.
        if procedure.events[event].domain == CASE && self.number != 0 {
            return Err(Misread::NoSuchAct);
        }
        let mut errors = Vec::new();
        let mut command = Command::new(event, self.number, self.occurred);
        command.facts = facts(procedure, &self.facts, &mut errors);
        for participant in &self.people {
            match procedure
                .roles
                .iter()
                .position(|role| role.id == participant.role)
            {
                Some(role) => command.people.push((role, participant.person.clone())),
                None => errors.push(field(
                    &participant.role,
                    format!("没有“{}”这个角色", participant.role),
                )),
            }
        }
        let mut taken: BTreeMap<Domain, u32> = BTreeMap::new();
        for newcomer in &self.introduces {
            let kind = procedure
                .subjects
                .iter()
                .position(|kind| kind.id == newcomer.kind);
            let Some(domain) = kind
                .and_then(|kind| u8::try_from(kind).ok())
                .map(Domain)
                .filter(|d| *d != CASE)
            else {
                errors.push(field(
                    "name",
                    format!("本程序没有“{}”这类对象", newcomer.kind),
                ));
                continue;
            };
            if newcomer.row.is_some() {
                errors.push(field("row", "登记的一行只能由接口带入".to_owned()));
            }
            let last = case.members[usize::from(domain.0)]
                .iter()
                .map(|member| member.number)
                .max()
                .unwrap_or(0);
            let number = taken.entry(domain).or_insert(last);
            *number += 1;
            command.introduces.push(NewMember {
                domain,
                number: *number,
                name: newcomer.name.trim().to_owned(),
                facts: facts(procedure, &newcomer.facts, &mut errors),
            });
        }
        command.reasons = self.reasons.clone();
        command.files.clone_from(&self.files);
        if errors.is_empty() {
            Ok(command)
        } else {
            Err(Misread::Fields(errors))
        }
    }
}

fn facts(
    procedure: &Procedure,
    given: &BTreeMap<String, serde_json::Value>,
    errors: &mut Vec<FieldError>,
) -> Vec<(FactIx, Value)> {
    let mut read = Vec::new();
    for (id, json) in given {
        let Some(fact) = procedure.fact(id) else {
            errors.push(field(id, format!("本程序没有“{id}”这项事实")));
            continue;
        };
        match procedure.facts[fact].from_json(json) {
            Ok(value) => read.push((fact, value)),
            Err(error) => errors.push(field(id, error.to_string())),
        }
    }
    read
}

fn field(field: &str, text: String) -> FieldError {
    FieldError {
        field: field.to_owned(),
        text,
    }
}
