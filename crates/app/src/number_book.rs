//! The book of numbers (文号台账): what became of every number, and of those on pre-numbered field forms.

use crate::access::{self, BothHands};
use crate::beside::BesideError;
use crate::ledger::ReadError;
use crate::numbers::{NumberClaim, NumberEffect, NumberRow, Numbered, Series, SeriesRow};
use crate::office::Office;
use crate::ports::legal_moment;
use casework::entry::FileRef;
use serde::{Deserialize, Serialize};

/// The stream of a year: every hand-out, return and void of the year.
fn stream(series: &Series) -> String {
    format!("numbers/{}", series.year)
}

/// What is to happen to numbers outside an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Booking {
    /// The kind of document (文种).
    pub kind: String,
    /// The year.
    pub year: i16,
    /// What happens.
    pub effect: NumberEffect,
    /// Who takes the forms, brings them back, or spoiled the document: by id.
    pub person: String,
    /// Who approved, by id: another person, needed to make a number void.
    #[serde(default)]
    pub approved_by: String,
    /// Why; needed to make a number void.
    #[serde(default)]
    pub reason: String,
    /// The scan of the spoiled document; needed to make a number void.
    #[serde(default)]
    pub scans: Vec<FileRef>,
}

#[derive(Serialize)]
struct Said<'a> {
    person: &'a str,
    approved_by: &'a str,
    reason: &'a str,
    files: &'a [FileRef],
}

impl Office {
    /// Hands out a block of pre-numbered forms, takes one back, or makes a number void.
    pub async fn book_number(
        &self,
        hands: BothHands<'_>,
        asked: &Booking,
        key: &str,
    ) -> Result<Numbered, BesideError> {
        access::amend(&self.agency(), hands, &asked.person, &asked.approved_by)?;
        let field = |text: &str| Err(BesideError::Field(text.to_owned()));
        let standing = self.fresh_standing().await?;
        let people = &standing.context.people;
        if !people.contains_key(&asked.person) {
            return field("请写明领用、交回或者用坏文书的人（须在人员名册里）");
        }
        let now = legal_moment(self.ports.clock.now());
        match asked.effect {
            NumberEffect::HandOut { .. } | NumberEffect::Return { .. } => {}
            NumberEffect::Void { .. } => {
                if asked.reason.trim().is_empty() {
                    return field("作废文号须写明理由");
                }
                if asked.scans.is_empty() {
                    return field("作废文号须附作废文书的扫描件");
                }
                let approver = people.get(&asked.approved_by);
                if approver.is_none_or(|person| person.level.is_none())
                    || asked.approved_by == asked.person
                {
                    return field("作废文号须由另一名负责人批准");
                }
            }
            NumberEffect::Issue | NumberEffect::UseForm { .. } | NumberEffect::TakeOver { .. } => {
                return field("文号只随办案行为发出、使用或者接续");
            }
        }
        let series = Series {
            kind: asked.kind.clone(),
            year: asked.year,
        };
        if asked.kind.trim().is_empty() || (asked.year - now.day.ymd().0).abs() > 1 {
            return field("请写明文种和年份（本年或者相邻的年份）");
        }
        let style = standing.file.number_style(&asked.kind, now.day);
        let claim = NumberClaim {
            series: series.clone(),
            style,
            printed: None,
            effect: asked.effect,
        };
        let header = serde_json::json!({
            "kind": "numbers_booked",
            "effect": asked.effect,
            "on": now.day,
        });
        let said = Said {
            person: &asked.person,
            approved_by: &asked.approved_by,
            reason: asked.reason.trim(),
            files: &asked.scans,
        };
        let appended = self
            .beside(&stream(&series), header, &said, vec![claim], (key, asked))
            .await?;
        appended
            .numbers
            .into_iter()
            .next()
            .ok_or_else(|| BesideError::Field("没有登记到文号".to_owned()))
    }

    /// The series of numbers, by kind and year.
    pub async fn number_series(&self) -> Result<Vec<SeriesRow>, ReadError> {
        self.ports.ledger.series(&self.agency).await
    }

    /// Every number of a series with how it stands, after `after`.
    pub async fn number_rows(
        &self,
        series: &Series,
        after: u32,
        limit: u32,
    ) -> Result<Vec<NumberRow>, ReadError> {
        self.ports
            .ledger
            .numbers(&self.agency, series, after, limit)
            .await
    }
}
