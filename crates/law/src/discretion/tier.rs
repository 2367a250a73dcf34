//! A tier of a benchmark, ready to be asked.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vocabulary::{Day, Fen};

use super::range::{Bounds, Measured, bounds, scaled};
use crate::catalog::{Addressee, FineRange, Item, Measure};
use crate::condition::{Atom, Condition};
use crate::model::FactIx;
use crate::truth::{Truth, Verdict};

/// What the conditions of tiers read: the facts of a case, by the indices of its procedure.
pub trait Facts {
    /// Whether a comparison holds.
    fn truth(&self, atom: &Atom) -> Truth;
    /// The value of a fact as text; nothing when it is not filled.
    fn shown(&self, fact: FactIx) -> Option<String>;
}

/// What the ends of a tier are counted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TierUnit {
    /// As a range of the statute is.
    Measured(Measure),
    /// Percent of the statute's range, from its least to its most.
    Percent,
}

/// One tier of one item, as a procedure reads it.
#[derive(Clone, Debug)]
pub struct Tier {
    /// 档次, such as 从轻.
    pub name: Arc<str>,
    /// When it applies; nothing for the tier of all other circumstances.
    pub condition: Option<Condition>,
    /// The condition as a Chinese clause.
    pub clause: Arc<str>,
    /// The facts that the condition reads, with their names.
    pub facts: Vec<(FactIx, Arc<str>)>,
    /// From, in fen, in hundredths of a multiple or in hundredths of a percent.
    pub low: Fen,
    /// Up to, in the same.
    pub high: Fen,
    /// What both are counted by.
    pub unit: TierUnit,
    /// Where it was published.
    pub basis: Arc<str>,
    /// In effect from.
    pub from: Day,
    /// No longer from this day.
    pub until: Option<Day>,
}

impl Tier {
    pub(super) fn is_in_force(&self, day: Day) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }

    pub(super) fn truth(&self, facts: &dyn Facts) -> Truth {
        let Some(condition) = &self.condition else {
            return Truth::True;
        };
        let answer = condition.evaluate(&mut |atom| Verdict::firm(facts.truth(atom)));
        answer.truth
    }

    /// What the tier comes to, where the statute's ranges come to `statute`.
    pub(super) fn comes_to(&self, statute: &[Bounds], measured: &Measured) -> Option<Bounds> {
        match &self.unit {
            TierUnit::Measured(measure) => {
                let range = FineRange {
                    addressee: Addressee::Anyone,
                    measure: measure.clone(),
                    least: Some(self.low),
                    most: Some(self.high),
                    circumstance: None,
                    is_optional: false,
                };
                bounds(&range, measured)
            }
            TierUnit::Percent => {
                let whole = statute.first()?;
                let (least, most) = (whole.least.unwrap_or(Fen(0)), whole.most?);
                let part = |share: Fen, up| {
                    let over = scaled(Fen(most.0 - least.0), share.0, 10_000, up);
                    Fen(least.0.saturating_add(over.0))
                };
                Some(Bounds {
                    least: Some(part(self.low, true)),
                    most: Some(part(self.high, false)),
                })
            }
        }
    }

    /// The ends as the row says them: `每平方米¥1.00以上¥2.00以下`, `法定幅度的0%至30%`.
    pub fn as_written(&self) -> String {
        match &self.unit {
            TierUnit::Measured(measure) => super::range::as_written(&FineRange {
                addressee: Addressee::Anyone,
                measure: measure.clone(),
                least: Some(self.low),
                most: Some(self.high),
                circumstance: None,
                is_optional: false,
            }),
            TierUnit::Percent => {
                format!("法定幅度的{}至{}", percent(self.low), percent(self.high))
            }
        }
    }
}

fn percent(hundredths: Fen) -> String {
    match hundredths.0 % 100 {
        0 => format!("{}%", hundredths.0 / 100),
        rest => format!("{}.{rest:02}%", hundredths.0 / 100),
    }
}

/// What a benchmark says of a case.
#[derive(Clone, Debug)]
pub enum Choice<'a> {
    /// No tier is registered for the item on this day.
    NoBenchmark,
    /// This tier applies.
    Found(&'a Tier),
    /// These facts are missing to say.
    Missing(Vec<Arc<str>>),
    /// None of the tiers applies.
    NoneFits,
}

/// The tier that stands in a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// 档次.
    pub name: Arc<str>,
    /// What it comes to.
    pub bounds: Bounds,
    /// Where it was published.
    pub basis: Arc<str>,
}

/// The tier that applies, among those of one item that are in force.
pub(super) fn choose<'a>(tiers: &'a [Tier], day: Day, facts: &dyn Facts) -> Choice<'a> {
    let mut standing = tiers.iter().filter(|tier| tier.is_in_force(day)).peekable();
    if standing.peek().is_none() {
        return Choice::NoBenchmark;
    }
    let mut otherwise = None;
    let mut unknown = Vec::new();
    for tier in standing {
        if tier.condition.is_none() {
            otherwise = Some(tier);
            continue;
        }
        match tier.truth(facts) {
            // Tiers of one item exclude each other: `Benchmark::from_rows` saw to it.
            Truth::True => return Choice::Found(tier),
            Truth::Unknown => unknown.push(tier),
            Truth::False => {}
        }
    }
    if unknown.is_empty() {
        return otherwise.map_or(Choice::NoneFits, Choice::Found);
    }
    let mut missing: Vec<Arc<str>> = Vec::new();
    for (fact, name) in unknown.iter().flat_map(|tier| &tier.facts) {
        if facts.shown(*fact).is_none() && !missing.contains(name) {
            missing.push(Arc::clone(name));
        }
    }
    Choice::Missing(missing)
}

/// Whether a tier fits into a range of the statute that is counted the same way.
pub(super) fn lies_within(tier: &Tier, range: &FineRange) -> bool {
    let own = Bounds {
        least: Some(tier.low),
        most: Some(tier.high),
    };
    let whole = Bounds {
        least: range.least,
        most: range.most,
    };
    match &tier.unit {
        TierUnit::Percent => range.most.is_some(),
        TierUnit::Measured(measure) => *measure == range.measure && whole.hold(own),
    }
}

/// The measure that a unit of a row means for an item; nothing when none of its ranges is counted so.
pub(super) fn unit_of(text: &str, item: &Item) -> Option<TierUnit> {
    let has = |wanted: &Measure| item.fines.iter().any(|range| range.measure == *wanted);
    let measure = match text.trim() {
        "%" | "百分比" => return Some(TierUnit::Percent),
        "元" => Measure::Fixed,
        "元每平方米" => Measure::PerSquareMeter,
        "元每立方米" => Measure::PerCubicMeter,
        "倍" => item
            .fines
            .iter()
            .find(|range| matches!(range.measure, Measure::MultipleOf(_)))
            .map(|range| range.measure.clone())?,
        _ => return None,
    };
    has(&measure).then_some(TierUnit::Measured(measure))
}

/// Whether percent of the statute's range says one thing: the first range that applies has a most.
pub(super) fn only_whole(ranges: &[&FineRange]) -> bool {
    let mut plain = ranges
        .iter()
        .filter(|range| !super::range::only_widens(range));
    let first = plain.next();
    plain.next().is_none()
        && first
            .or(ranges.first())
            .is_some_and(|range| range.most.is_some())
}
