//! What an act is filled in with before anybody types: by a shortcut (快捷), or out of a case that its own one follows (承接).
//! All of it stays editable, and is judged like anything typed.

use crate::condition::Condition;
use crate::fact::Value;
use crate::model::{ActIx, Domain, EventIx, FactIx};
use crate::source::Place;

/// What an act takes over from a case of another procedure (承接), so that nothing known there is typed again. Facts of
/// whoever comes in are taken by themselves where both procedures know them by the same id and type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carry {
    /// The other procedure, by id. The events, facts and domains below that are said to be theirs are of this procedure.
    pub from: String,
    /// Theirs: any one of them must have been done; nothing where it does not matter.
    pub after: Vec<EventIx>,
    /// Whose members come in.
    pub brings: Option<Brings>,
    /// Theirs: the files attached to these acts come along.
    pub files: Vec<EventIx>,
    /// It in the words of the file.
    pub told: String,
    /// What is filled in, each with where it is taken from: the first that says something.
    pub fills: Vec<(FactIx, Vec<Taken>)>,
    /// Where it stands.
    pub place: Place,
}

/// Members of another case that come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brings {
    /// What they are there.
    pub theirs: Domain,
    /// What they are here.
    pub ours: Domain,
    /// What is said of each of them here, whatever is known there.
    pub says: Vec<(FactIx, Value)>,
}

/// Where a value that is taken over comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is always this.
    Says(Value),
    /// A fact of the other case.
    Fact(FactIx),
    /// The day on which one of these acts of the other case was first done.
    Day(Vec<EventIx>),
    /// The number by which the other case goes.
    Number,
}

/// A prepared way of filling an act (快捷): it says what its name says, and what it says stays editable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortcut {
    /// Its name, which nothing that it fills in goes beyond.
    pub name: String,
    /// What it fills in.
    pub says: Vec<(FactIx, Value)>,
    /// What it fills in with what another fact says then.
    pub takes: Vec<(FactIx, FactIx)>,
    /// What it fills in with the day on which an act was first done; not offered before that.
    pub days: Vec<(FactIx, ActIx)>,
    /// Offered unless this certainly does not hold; it reads nothing that the act itself says.
    pub when: Option<Condition>,
    /// Where it stands.
    pub place: Place,
}
