//! The one command: perform an act.

use std::collections::BTreeMap;

use law::fact::Value;
use law::model::{Domain, EventIx, FactIx};
use vocabulary::Moment;

use crate::carry::Followed;
use crate::entry::FileRef;

/// A subject to bring in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMember {
    /// Of which domain.
    pub domain: Domain,
    /// Its number within its kind.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// What is known of it.
    pub facts: Vec<(FactIx, Value)>,
}

/// Perform an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The event.
    pub event: EventIx,
    /// The number of its subject; 0 for the case.
    pub number: u32,
    /// When the law counts it.
    pub occurred: Moment,
    /// Who takes part: role and person id.
    pub people: Vec<(usize, String)>,
    /// What it says.
    pub facts: Vec<(FactIx, Value)>,
    /// Subjects that come in with it.
    pub introduces: Vec<NewMember>,
    /// Written reasons by rule id.
    pub reasons: BTreeMap<String, String>,
    /// Scans, photos, recordings; they are in the file store already.
    pub files: Vec<FileRef>,
    /// The case that the one opened by it follows.
    pub follows: Option<Followed>,
}

impl Command {
    /// An act on a day, with nothing said yet.
    pub fn new(event: EventIx, number: u32, occurred: Moment) -> Command {
        Command {
            event,
            number,
            occurred,
            people: Vec::new(),
            facts: Vec::new(),
            introduces: Vec::new(),
            reasons: BTreeMap::new(),
            files: Vec::new(),
            follows: None,
        }
    }
}
