//! What a use case needs from outside besides the record: the time, chance, and the way to the public side.

use crate::ledger::Agency;
use async_trait::async_trait;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};
use std::error::Error;
use vocabulary::{Day, Moment};

/// The one clock.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// A clock that a demonstration moves forward. A real office has none.
pub trait MovableClock: Send + Sync {
    /// By how many days it goes ahead of the machine's.
    fn days_ahead(&self) -> u32;

    /// Moves it forward by so many days, for good.
    fn advance(&self, days: u32) -> std::io::Result<()>;
}

/// The one source of chance: ids, salts, tokens.
pub trait Chance: Send + Sync {
    /// Fills the bytes with randomness that nobody can guess.
    fn fill(&self, bytes: &mut [u8]);
}

/// What an act does to the public side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outward {
    /// The id of the publication, the same when it is published again or withdrawn.
    pub id: String,
    /// What happens to it.
    pub effect: OutwardEffect,
}

/// What happens to a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutwardEffect {
    /// Its content is shown.
    Disclosed,
    /// Its content goes, its header stays.
    Withdrawn,
}

impl OutwardEffect {
    /// The label of the public part that crosses.
    pub fn label(self) -> &'static str {
        match self {
            OutwardEffect::Disclosed => "publication",
            OutwardEffect::Withdrawn => "withdrawal",
        }
    }
}

/// Why something recorded has not reached the public side.
#[derive(Debug, thiserror::Error)]
#[error("the publication {id} did not reach the public side")]
pub struct OutwardError {
    /// Which publication.
    pub id: String,
    /// Why.
    #[source]
    pub source: Box<dyn Error + Send + Sync>,
}

/// The way to the public side: signed files, made from what the record holds.
#[async_trait]
pub trait Publisher: Send + Sync {
    /// Makes the signed bundle of this leaf's public part and puts it where the portal reads.
    async fn publish(
        &self,
        agency: &Agency,
        leaf_index: u64,
        outward: &Outward,
    ) -> Result<(), OutwardError>;

    /// Whether the public side has this entry of the publication already, or a later one.
    fn holds(&self, leaf_index: u64, outward: &Outward) -> bool;
}

/// Publishes nothing: for whoever reads a record, or restores one, beside the server that publishes.
pub struct Withheld;

#[async_trait]
impl Publisher for Withheld {
    async fn publish(&self, _: &Agency, _: u64, crossing: &Outward) -> Result<(), OutwardError> {
        Err(OutwardError {
            id: crossing.id.clone(),
            source: "nothing is published here".into(),
        })
    }

    fn holds(&self, _: u64, _: &Outward) -> bool {
        false
    }
}

/// The civil time of an instant in Asia/Shanghai, which has had no summer time since 1991.
pub fn civil(at: Timestamp) -> Zoned {
    at.to_zoned(TimeZone::fixed(Offset::constant(8)))
}

/// The legal moment of an instant.
pub fn legal_moment(at: Timestamp) -> Moment {
    let at = civil(at);
    let day = Day::from_ymd(at.year(), at.month(), at.day()).unwrap_or(Day::MIN);
    let unsigned = |part: i8| u16::try_from(part).unwrap_or(0);
    Moment::at(day, unsigned(at.hour()), unsigned(at.minute())).unwrap_or(Moment::from(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_legal_day_is_that_of_beijing() {
        let at = "2026-11-23T16:30:00Z".parse().expect("a time");
        assert_eq!(
            legal_moment(at).to_string(),
            Moment::at(Day::parse("2026-11-24").expect("a day"), 0, 30)
                .expect("a time")
                .to_string()
        );
    }
}
