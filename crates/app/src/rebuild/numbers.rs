//! The register of numbers against the headers of the entries. Every number of a log passes through here at once, so each
//! is held in a few bytes.

use super::{Difference, RebuildError, Rebuilt, STEP, WIDE_STEP};
use crate::ledger::StreamName;
use crate::numbers::{NumberRow, NumberState, Numbered, Series};
use crate::office::Office;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// What stands for a printed text: enough of its SHA-256 to tell it from any other.
type Print = [u8; 16];

/// What the headers say of numbers, series by series.
#[derive(Default)]
pub(super) struct Told {
    series: BTreeMap<Series, Vec<Word>>,
}

/// What one entry says of a stretch of numbers.
struct Word {
    leaf_index: u64,
    /// Its place among what the entry says.
    place: u32,
    first: u32,
    last: u32,
    paper_from: Option<u32>,
    state: NumberState,
    print: Print,
}

impl Told {
    pub(super) fn tell(&mut self, leaf_index: u64, numbers: Vec<Numbered>) {
        for (place, one) in (0..).zip(numbers) {
            let word = Word {
                leaf_index,
                place,
                first: one.first,
                last: one.last,
                paper_from: one.paper_from,
                state: one.state,
                print: print(&one.text),
            };
            self.series.entry(one.series).or_default().push(word);
        }
    }

    /// How each number of a series must stand, with its print where an entry says how it is printed. What was said of the
    /// series is spent.
    fn take(&mut self, series: &Series) -> BTreeMap<u32, (NumberState, Option<Print>)> {
        let mut words = self.series.remove(series).unwrap_or_default();
        // A later entry says how a number stands now.
        words.sort_by_key(|word| (word.leaf_index, word.place));
        let mut expected = BTreeMap::new();
        for word in words {
            for serial in word.paper_from.unwrap_or(word.first)..word.first {
                expected.insert(serial, (NumberState::Paper, None));
            }
            for serial in word.first..=word.last {
                let print = (serial == word.first).then_some(word.print);
                expected.insert(serial, (word.state, print));
            }
        }
        expected
    }
}

fn print(text: &str) -> Print {
    let digest: [u8; 32] = Sha256::digest(text).into();
    let (print, _) = digest
        .split_first_chunk()
        .expect("32 bytes are more than 16");
    *print
}

impl Office {
    /// The register of numbers is no view: it guards the numbers. What it says must follow from the headers all the
    /// same.
    pub(super) async fn numbers_from_record(
        &self,
        mut told: Told,
        rebuilt: &mut Rebuilt,
    ) -> Result<(), RebuildError> {
        let ledger = &self.ports.ledger;
        self.tell_of_the_book(&mut told).await?;
        for row in ledger.series(&self.agency).await? {
            let mut expected = told.take(&row.series);
            let mut after = 0;
            loop {
                let rows = ledger
                    .numbers(&self.agency, &row.series, after, WIDE_STEP)
                    .await?;
                let Some(last) = rows.last() else { break };
                after = last.serial;
                for NumberRow {
                    series,
                    serial,
                    state,
                    text,
                    ..
                } in rows
                {
                    rebuilt.numbers += 1;
                    let is_same = expected.remove(&serial).is_some_and(|(is, printed)| {
                        is == state && printed.is_none_or(|it| it == print(&text))
                    });
                    if !is_same {
                        rebuilt.differences.push(Difference::Number(series, serial));
                    }
                }
            }
            let missing = expected.into_keys();
            let missing = missing.map(|serial| Difference::Number(row.series.clone(), serial));
            rebuilt.differences.extend(missing);
        }
        while let Some(series) = told.series.keys().next().cloned() {
            let missing = told.take(&series).into_keys();
            let missing = missing.map(|serial| Difference::Number(series.clone(), serial));
            rebuilt.differences.extend(missing);
        }
        Ok(())
    }

    /// What is said of numbers outside the cases.
    async fn tell_of_the_book(&self, told: &mut Told) -> Result<(), RebuildError> {
        let ledger = &self.ports.ledger;
        let mut after: Option<StreamName> = None;
        loop {
            let streams = ledger
                .list_streams(&self.agency, "numbers/", after.as_ref(), STEP)
                .await?;
            let Some(last) = streams.last() else {
                return Ok(());
            };
            after = Some(last.stream.clone());
            for stream in &streams {
                for entry in ledger.read_stream(&self.agency, &stream.stream, 0).await? {
                    let numbers = entry.header().get("numbers").cloned();
                    let numbers = numbers.and_then(|json| serde_json::from_value(json).ok());
                    told.tell(entry.leaf_index, numbers.unwrap_or_default());
                }
            }
        }
    }
}
