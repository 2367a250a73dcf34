//! What a publication shows (公示样式): its headings and lines, made of facts that may be public.
//!
//! The names of natural persons are the one thing shown that is not public as it stands: a line that names the party is
//! shown redacted. Everything else that is not public does not load.

use serde::Serialize;

use crate::condition::Condition;
use crate::model::{DocumentIx, EventIx, FactIx, Procedure};
use crate::source::Place;
use crate::statute::Citation;
use crate::time::{Code, Unit};

/// The layout of one kind of publication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Layout {
    /// The publication.
    pub document: DocumentIx,
    /// What kind of document is shown, in the words of a list, such as 行政处罚决定.
    pub kind: String,
    /// Facts, the first filled of which is what the heading is about.
    pub title: Vec<FactIx>,
    /// The number of the document.
    pub number: Option<FactIx>,
    /// The date of the document.
    pub decided_on: Option<FactIx>,
    /// What was decided, in one line.
    pub summary: Vec<FactIx>,
    /// What is shown, in this order.
    pub sections: Vec<LayoutSection>,
    /// By what it is found besides its words: name and fact.
    pub facets: Vec<(String, FactIx)>,
    /// The fact that lists words to be hidden.
    pub hide: Option<FactIx>,
    /// The fact that lists words to be shown though they look personal.
    pub show: Option<FactIx>,
    /// Legal basis.
    pub cites: Vec<Citation>,
    /// Where it stands.
    pub place: Place,
}

/// Lines under a heading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LayoutSection {
    /// The heading.
    pub heading: String,
    /// Lines.
    pub lines: Vec<LayoutLine>,
}

/// A line: a name, and what stands there. It is left out where something that it needs is not filled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LayoutLine {
    /// The name.
    pub label: String,
    /// What stands there.
    pub pieces: Vec<Piece>,
    /// It stands only where this certainly holds.
    pub when: Option<Condition>,
    /// A period that the line speaks of: where its start is known, its last day is added.
    pub period: Option<LinePeriod>,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Piece {
    /// Fixed words.
    Words(String),
    /// The value of a fact.
    Fact(FactIx),
    /// The citations of the item that a fact names.
    BasisOf(FactIx),
    /// The name of the party that the publication is about, redacted where it is a natural person.
    Party,
    /// The name of the agency.
    Agency,
}

/// A period counted from an act, as long as a fact says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinePeriod {
    /// From the day on which one of these was done last.
    pub from: Vec<EventIx>,
    /// How many.
    pub count: FactIx,
    /// Of what.
    pub unit: Unit,
    /// How it is counted.
    pub code: Code,
}

impl Layout {
    /// Every fact whose value is shown.
    pub fn facts(&self) -> impl Iterator<Item = FactIx> {
        let lines = self.sections.iter().flat_map(|section| &section.lines);
        let in_lines = lines.flat_map(|line| {
            let pieces = line.pieces.iter().filter_map(|piece| match piece {
                Piece::Fact(fact) | Piece::BasisOf(fact) => Some(*fact),
                Piece::Words(_) | Piece::Party | Piece::Agency => None,
            });
            pieces.chain(line.period.as_ref().map(|period| period.count))
        });
        let heads = self.title.iter().chain(&self.summary).copied();
        let facets = self.facets.iter().map(|(_, fact)| *fact);
        let of_document = self.number.into_iter().chain(self.decided_on);
        in_lines.chain(heads).chain(facets).chain(of_document)
    }
}

impl Procedure {
    /// How a publication is laid out.
    pub fn layout_of(&self, document: DocumentIx) -> Option<&Layout> {
        self.layouts
            .iter()
            .find(|layout| layout.document == document)
    }
}
