//! A checklist (对照): the points of a multiple choice, each with the question that it asks, its legal basis, and the
//! facts and acts that answer it.
//!
//! Whoever ticks a point vouches for having looked. What there is to look at is law, and stands in the rules; no page
//! knows a point, a fact or an act by name.

use serde::Serialize;

use crate::model::{EventIx, FactIx, Procedure};
use crate::source::Place;
use crate::statute::Citation;

/// The points of one fact. The act that asks for the fact is the one in which they are gone through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checklist {
    /// The multiple choice; its alternatives are the points.
    pub fact: FactIx,
    /// Acts that hand the case in for it.
    pub submissions: Vec<EventIx>,
    /// Facts that say what came of it, the conclusion first.
    pub outcome: Vec<FactIx>,
    /// Facts that tell the case in one line.
    pub summary: Vec<FactIx>,
    /// One for each alternative, in their order.
    pub points: Vec<Point>,
    /// Where it stands.
    pub place: Place,
}

/// One point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Point {
    /// What to look at, in a sentence.
    pub question: String,
    /// Legal basis.
    pub cites: Vec<Citation>,
    /// Facts that answer it, derived ones among them.
    pub facts: Vec<FactIx>,
    /// Acts whose dates, people and files answer it.
    pub events: Vec<EventIx>,
    /// The point is about the people themselves: what entitled each of them to act.
    pub asks_for_people: bool,
    /// Where it stands.
    pub place: Place,
}

impl Procedure {
    /// The checklist that is gone through in this event.
    pub fn checklist_of(&self, event: EventIx) -> Option<&Checklist> {
        let declared = self.events.get(event)?;
        self.checklists.iter().find(|list| declared.says(list.fact))
    }

    /// The events in which a checklist is gone through.
    pub fn events_with_checklist(&self) -> impl Iterator<Item = EventIx> {
        (0..self.events.len()).filter(|event| self.checklist_of(*event).is_some())
    }
}
