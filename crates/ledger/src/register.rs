//! The numbers of one agency, as far as a batch touches them, and what its claims do to them.
//!
//! What a claim may do is said by [`app::numbers::claim`]; here are only the rows that it asks for and the rows that it
//! leaves. A row that was not looked up yet is noted as wanted: the caller fetches it and judges the batch again.

use app::numbers::{
    self, NumberClaim, NumberError, NumberRow, NumberState, Numbered, Series, SeriesRow,
};
use std::collections::{BTreeMap, BTreeSet};

type Place = (Series, u32);

/// Rows of the register by number and by text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) places: BTreeSet<Place>,
    pub(crate) texts: BTreeSet<String>,
}

impl Wanted {
    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty() && self.texts.is_empty()
    }
}

/// The register as far as it was looked up.
#[derive(Clone, Default)]
pub(crate) struct Register {
    next: BTreeMap<Series, u32>,
    rows: BTreeMap<Place, (NumberState, String)>,
    texts: BTreeMap<String, Place>,
    known: Wanted,
}

/// What the claims of one entry came to, and the rows it leaves.
#[derive(Clone, Default)]
pub(crate) struct Claims {
    pub(crate) numbered: Vec<Numbered>,
    pub(crate) rows: Vec<NumberRow>,
    pub(crate) series: Vec<SeriesRow>,
}

impl Register {
    /// A register of which only the series are known.
    pub(crate) fn of(series: Vec<SeriesRow>) -> Self {
        Self {
            next: series
                .into_iter()
                .map(|row| (row.series, row.next))
                .collect(),
            ..Self::default()
        }
    }

    /// Takes in what was looked up; whatever was wanted and is not among the rows is not there.
    pub(crate) fn learn(&mut self, mut wanted: Wanted, rows: Vec<NumberRow>) {
        self.known.places.append(&mut wanted.places);
        self.known.texts.append(&mut wanted.texts);
        for row in rows {
            self.put(&row);
        }
    }

    fn put(&mut self, row: &NumberRow) {
        let place = (row.series.clone(), row.serial);
        if !row.text.is_empty() {
            self.texts.insert(row.text.clone(), place.clone());
        }
        let old = self.rows.insert(place, (row.state, row.text.clone()));
        if let Some((_, old)) = old
            && old != row.text
        {
            self.texts.remove(&old);
        }
    }

    /// What claims of one entry come to, one after the other. Leaves a half-changed register when one is refused.
    pub(crate) fn claim_all(
        &mut self,
        claims: &[NumberClaim],
        leaf_index: u64,
        wanted: &mut Wanted,
    ) -> Result<Claims, NumberError> {
        let mut done = Claims::default();
        for claim in claims {
            self.claim(claim, leaf_index, wanted, &mut done)?;
        }
        let touched: BTreeSet<&Series> = claims.iter().map(|claim| &claim.series).collect();
        done.series = touched
            .into_iter()
            .map(|series| SeriesRow {
                series: series.clone(),
                next: self.next(series),
            })
            .collect();
        Ok(done)
    }

    fn next(&self, series: &Series) -> u32 {
        self.next.get(series).copied().unwrap_or(1)
    }

    fn claim(
        &mut self,
        wanted_number: &NumberClaim,
        leaf_index: u64,
        wanted: &mut Wanted,
        done: &mut Claims,
    ) -> Result<(), NumberError> {
        let series = &wanted_number.series;
        let state = wanted_number
            .serial()
            .and_then(|serial| self.state(&(series.clone(), serial), wanted));
        let claimed = numbers::claim(wanted_number, self.next(series), state)?;
        let numbered = claimed.numbered;
        let row = |serial, state, text| NumberRow {
            series: series.clone(),
            serial,
            state,
            text,
            leaf_index,
        };
        let paper = numbered.paper_from.unwrap_or(numbered.first)..numbered.first;
        for serial in paper {
            let row = row(serial, NumberState::Paper, String::new());
            self.put(&row);
            done.rows.push(row);
        }
        for serial in numbered.first..=numbered.last {
            let text = if serial == numbered.first {
                numbered.text.clone()
            } else {
                wanted_number.style.print(series.year, serial)
            };
            let place = (series.clone(), serial);
            if self
                .owner(&text, wanted)
                .is_some_and(|owner| *owner != place)
            {
                return Err(NumberError::SameText { text });
            }
            let row = row(serial, numbered.state, text);
            self.put(&row);
            done.rows.push(row);
        }
        self.next.insert(series.clone(), claimed.next);
        done.numbered.push(numbered);
        Ok(())
    }

    fn state(&self, place: &Place, wanted: &mut Wanted) -> Option<NumberState> {
        let row = self.rows.get(place);
        if row.is_none() && !self.known.places.contains(place) {
            wanted.places.insert(place.clone());
        }
        row.map(|(state, _)| *state)
    }

    fn owner(&self, text: &str, wanted: &mut Wanted) -> Option<&Place> {
        let owner = self.texts.get(text);
        if owner.is_none() && !self.known.texts.contains(text) {
            wanted.texts.insert(text.to_owned());
        }
        owner
    }
}
