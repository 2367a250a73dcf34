//! What other cases of the agency say of a party of this one: fines under the same item (一事不再罚, 行政处罚法 29) and
//! inspections that count towards the yearly cap (国办发〔2024〕54号). A case is decided by itself; what stands elsewhere is
//! handed in with the context, and only where a rule asks for it.

use std::collections::BTreeMap;

use law::fact::{FactType, Value};
use law::model::{CASE, EventIx, FactIx, Procedure, SubjectClass};
use vocabulary::{Day, Fen};

use crate::case::Case;

/// The tag of acts that count towards the yearly cap of inspections of an enterprise.
const COUNTS: &str = "计入年度频次";

/// The algorithms that read other cases.
const ALGORITHMS: [&str; 3] = [
    "fined_elsewhere",
    "inspections_elsewhere",
    "same_item_inspections_elsewhere",
];

/// Before the id of a procedure, in the name of the algorithm that says whether a case of it follows and goes on.
pub const FOLLOW_UP: &str = "后案:";

/// Whether an algorithm reads other cases.
pub fn is_asked(algorithm: &str) -> bool {
    ALGORITHMS.contains(&algorithm) || algorithm.starts_with(FOLLOW_UP)
}

/// What identifies a party beyond its name: the id of the fact, and what it says.
pub type Identity = BTreeMap<&'static str, String>;

/// The facts that identify a party beyond its name, the surest first.
const IDENTITIES: [&str; 3] = ["credit_code", "resident_id", "paper_number"];

/// The numbers of decisions on penalties.
const NUMBERS: [&str; 2] = ["penalty_decision_number", "spot_penalty_decision_number"];

/// A decision was changed.
const CHANGED: &str = "changed";

/// A decision is not one any more.
const VOID: [&str; 2] = ["revoked", "void"];

/// What another case says of one of its parties.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Elsewhere {
    /// How the case goes: its number, or its title.
    pub case: String,
    /// The name of the party.
    pub name: String,
    /// What identifies it beyond its name, by the id of the fact, without spaces.
    pub identity: Identity,
    /// The item under which it was fined, the fine, the day, and the number of the decision.
    pub fine: Option<Fine>,
    /// The inspections of it.
    pub inspections: Vec<Inspected>,
    /// Its procedure, by id, where it is still going on and follows the case that is asked about; empty otherwise.
    pub goes_on_as: String,
}

/// An inspection in another case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// The day.
    pub day: Day,
    /// The kind of inspection, by id.
    pub kind: String,
    /// What was inspected.
    pub matter: Matter,
}

/// What an inspection is about (检查事项).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matter {
    /// The row of the list of random inspections, by its name; empty where none was named.
    pub listed: String,
    /// The kind of matter; empty where none was said.
    pub kind: String,
}

impl Matter {
    /// What facts say, by their ids.
    pub(crate) fn of(said: &dyn Fn(&str) -> Option<String>) -> Matter {
        Matter {
            listed: said("listed_item").unwrap_or_default().trim().to_owned(),
            kind: said("inspection_item").unwrap_or_default(),
        }
    }

    /// Whether both are the same; what does not say what it is about may be.
    pub(crate) fn may_be(&self, other: &Matter) -> bool {
        match (self.listed.as_str(), other.listed.as_str()) {
            (one, two) if !one.is_empty() && !two.is_empty() => one == two,
            _ => self.kind.is_empty() || other.kind.is_empty() || self.kind == other.kind,
        }
    }
}

/// A fine in another case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fine {
    /// The item, by id.
    pub item: String,
    /// How much.
    pub amount: Fen,
    /// The day of the decision.
    pub decided: Option<Day>,
    /// The number of the decision; empty where there is none.
    pub document: String,
}

impl Elsewhere {
    /// What a case says of each of its parties.
    pub fn of(case: &Case, goes_by: &str) -> Vec<Elsewhere> {
        let Some(domain) = parties(&case.procedure) else {
            return Vec::new();
        };
        let members = case.members[domain].iter().enumerate();
        let told = members.map(|(at, member)| Elsewhere {
            case: goes_by.to_owned(),
            name: member.name.clone(),
            identity: identity(&|id| text(case, id, at)),
            fine: fine(case, at),
            inspections: inspections(case),
            goes_on_as: String::new(),
        });
        told.collect()
    }

    /// Whether it is about the same party: by a code or number that both have, else by the name.
    pub fn is_about(&self, name: &str, identity: &Identity) -> bool {
        let mut both = IDENTITIES
            .iter()
            .filter_map(|kind| Some((self.identity.get(kind)?, identity.get(kind)?)));
        match both.next() {
            Some((theirs, ours)) => theirs == ours,
            None => self.name.trim() == name.trim(),
        }
    }
}

/// The place of the parties among the kinds of subject.
pub(crate) fn parties(procedure: &Procedure) -> Option<usize> {
    let mut subjects = procedure.subjects.iter();
    subjects.position(|subject| subject.class == SubjectClass::Party)
}

/// What identifies a party.
pub(crate) fn identity(text: &dyn Fn(&str) -> Option<String>) -> Identity {
    let known = IDENTITIES.into_iter().filter_map(|kind| {
        let text = text(kind)?;
        let folded: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        (!folded.is_empty()).then(|| (kind, folded.to_uppercase()))
    });
    known.collect()
}

fn member_of(procedure: &Procedure, fact: FactIx, member: usize) -> usize {
    if procedure.facts[fact].domain == CASE {
        0
    } else {
        member
    }
}

fn said<'c>(case: &'c Case, id: &str, member: usize) -> Option<(FactIx, &'c Value)> {
    let fact = case.procedure.fact(id)?;
    let value = case.fact(fact, member_of(&case.procedure, fact, member))?;
    Some((fact, value))
}

fn text(case: &Case, id: &str, member: usize) -> Option<String> {
    let (fact, value) = said(case, id, member)?;
    Some(case.procedure.facts[fact].show(value))
}

/// The id of the alternative that is chosen.
fn choice<'c>(case: &'c Case, id: &str, member: usize) -> Option<&'c str> {
    let (fact, value) = said(case, id, member)?;
    match (&case.procedure.facts[fact].kind, value) {
        (FactType::Choice(all), Value::Choice(at)) => {
            all.get(usize::from(*at)).map(|it| it.id.as_str())
        }
        _ => None,
    }
}

fn fine(case: &Case, member: usize) -> Option<Fine> {
    let overturned = choice(case, "overturn_kind", member);
    // What a decision was changed into counts, not what it said before.
    let fact = match overturned {
        Some(CHANGED) => "changed_penalty",
        _ => "decided_penalty",
    };
    let (_, Value::Penalty(penalty)) = said(case, fact, member)? else {
        return None;
    };
    let (_, Value::Item(item)) = said(case, "item", member)? else {
        return None;
    };
    if penalty.fine.0 == 0 || overturned.is_some_and(|it| VOID.contains(&it)) {
        return None;
    }
    let decided = match said(case, "decision_date", member) {
        Some((_, Value::Date(day))) => Some(*day),
        _ => None,
    };
    Some(Fine {
        item: item.clone(),
        amount: penalty.fine,
        decided,
        document: NUMBERS
            .into_iter()
            .find_map(|id| text(case, id, member))
            .unwrap_or_default(),
    })
}

fn inspections(case: &Case) -> Vec<Inspected> {
    let counts = |event: EventIx| {
        let tags = &case.procedure.act_of(event).tags;
        tags.iter().any(|tag| tag == COUNTS)
    };
    let kind = choice(case, "inspection_kind", 0).unwrap_or_default();
    let days = case.history.iter().filter(|done| counts(done.event));
    let mut days: Vec<Day> = days.map(|done| done.occurred.day).collect();
    // However often the officers came back, it is one inspection.
    days.sort_unstable();
    days.truncate(1);
    let matter = Matter::of(&|id| text(case, id, 0));
    let inspected = |day: Day| Inspected {
        day,
        kind: kind.to_owned(),
        matter: matter.clone(),
    };
    days.into_iter().map(inspected).collect()
}
