//! What can be said of each entry by itself: its hash, its columns and its parts against its leaf. Stretches of the log are
//! looked at side by side, each where its rows are read; only their order in the tree needs one place.

use super::finding::Finding;
use super::stored::Stored;
use app::ledger::{LentEntry, LentParts, Onlooker, ReadError};
use jiff::Timestamp;
use proof::tree;
use proof::{DestroyedPart, Hash, Label, LeafRead, PartRead};

/// What was seen of one entry.
pub(super) struct Looked {
    pub(super) index: u64,
    pub(super) hash: Hash,
    /// Most entries give no cause for any: they cost no memory of their own.
    pub(super) notes: Option<Box<Notes>>,
}

/// What is to be told of an entry, or kept until a later one explains it.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) findings: Vec<Finding>,
    /// Parts that the leaf commits to and that are not there.
    pub(super) absent: Vec<DestroyedPart>,
    /// Parts of earlier entries that it says were destroyed.
    pub(super) destroys: Vec<DestroyedPart>,
}

/// A stretch that was looked at.
pub(super) struct Look {
    with_sm3: bool,
    /// The tree hashes that are stored for the stretch.
    pub(super) stored: Stored,
    pub(super) looked: Vec<Looked>,
    pub(super) without_sm3: u64,
    pub(super) hashed_bytes: u64,
    /// Which of the parts that a leaf commits to are there.
    are_there: Vec<bool>,
    times: Times,
}

impl Look {
    pub(super) fn new(with_sm3: bool, stored: Stored) -> Self {
        let looked = Vec::with_capacity(stored.leaves());
        Self {
            with_sm3,
            stored,
            looked,
            without_sm3: 0,
            hashed_bytes: 0,
            are_there: Vec::new(),
            times: Times::default(),
        }
    }
}

impl Onlooker for Look {
    fn entry(&mut self, entry: LentEntry<'_>, parts: &mut dyn LentParts) -> Result<(), ReadError> {
        let index = entry.leaf_index;
        let hash = tree::leaf_hash(entry.leaf);
        self.hashed_bytes += bytes(entry.leaf.len()) + 1;
        let mut notes = Notes::default();
        let is_as_hashed = self.stored.at(tree::stored_index_of_leaf(index)) == Some(hash);
        if !is_as_hashed {
            let id = entry.id.to_owned();
            notes.findings.push(Finding::LeafChanged { index, id });
        }
        match LeafRead::parse(entry.leaf) {
            Ok(leaf) => self.row(&entry, leaf, parts, &mut notes)?,
            // Otherwise it was found by its hash already.
            Err(_) if is_as_hashed => notes.findings.push(Finding::LeafUnreadable { index }),
            Err(_) => {}
        }
        self.looked.push(Looked {
            index,
            hash,
            notes: notes.is_worth_keeping().then(|| Box::new(notes)),
        });
        Ok(())
    }

    fn begin_again(&mut self) {
        self.looked.clear();
        self.without_sm3 = 0;
        self.hashed_bytes = 0;
    }
}

impl Notes {
    fn is_worth_keeping(&self) -> bool {
        !(self.findings.is_empty() && self.absent.is_empty() && self.destroys.is_empty())
    }
}

impl Look {
    /// The columns and parts of an entry against its leaf.
    fn row(
        &mut self,
        entry: &LentEntry<'_>,
        leaf: LeafRead<'_>,
        parts: &mut dyn LentParts,
        notes: &mut Notes,
    ) -> Result<(), ReadError> {
        let index = entry.leaf_index;
        let columns = [
            ("id", leaf.id == entry.id),
            ("stream", leaf.stream == entry.stream),
            (
                "stream_version",
                leaf.stream_version == entry.stream_version,
            ),
            (
                "recorded_at",
                self.times.are_same(&leaf.recorded_at, entry.recorded_at),
            ),
        ];
        for (column, same) in columns {
            if !same {
                let differs = Finding::RowDiffers { index, column };
                notes.findings.push(differs);
            }
        }
        self.parts(index, &leaf.parts, parts, notes)?;
        self.without_sm3 += u64::from(!leaf.has_sm3());
        if self.with_sm3 && !leaf.sm3_fits(entry.leaf) {
            let label = None;
            notes.findings.push(Finding::Sm3Differs { index, label });
        }
        notes.destroys = leaf.destroys;
        Ok(())
    }

    fn parts(
        &mut self,
        index: u64,
        promised: &[PartRead<'_>],
        parts: &mut dyn LentParts,
        notes: &mut Notes,
    ) -> Result<(), ReadError> {
        self.are_there.clear();
        self.are_there.resize(promised.len(), false);
        let mut unasked = Vec::new();
        while let Some(part) = parts.next()? {
            let at = promised
                .iter()
                .position(|promise| promise.label == part.label);
            let Some((promise, is_there)) =
                at.and_then(|at| promised.get(at).zip(self.are_there.get_mut(at)))
            else {
                let label = part.label.to_owned();
                unasked.push(Finding::PartsDiffer { index, label });
                continue;
            };
            *is_there = true;
            self.hashed_bytes += 34 + bytes(part.label.len() + part.body.len());
            if !promise.fits(part.salt, part.body) || part.sensitivity != promise.sensitivity {
                let label = part.label.to_owned();
                notes.findings.push(Finding::PartChanged { index, label });
            }
            if self.with_sm3 && !promise.sm3_fits(part.salt, part.body) {
                let label = Some(part.label.to_owned());
                notes.findings.push(Finding::Sm3Differs { index, label });
            }
        }
        notes.findings.extend(unasked);
        for (promise, _) in promised
            .iter()
            .zip(&self.are_there)
            .filter(|(_, there)| !**there)
        {
            // What was read as the label of a leaf is one.
            notes.absent.extend(
                Label::parse(&promise.label)
                    .ok()
                    .map(|label| DestroyedPart {
                        leaf_index: index,
                        label,
                    }),
            );
        }
        Ok(())
    }
}

/// Compares written times with stored ones. Entries of one day follow each other: only the first is read by the calendar.
#[derive(Default)]
struct Times {
    /// A day as it is written, and the millisecond at which it begins.
    day: Option<([u8; 10], i64)>,
}

impl Times {
    fn are_same(&mut self, written: &str, at: Timestamp) -> bool {
        let parts = written.as_bytes().split_first_chunk::<10>();
        let parts = parts.and_then(|(day, time)| Some((day, milliseconds_of(time)?)));
        if let (Some((day, time)), Some((known, begins))) = (parts, self.day)
            && *day == known
        {
            return Timestamp::from_millisecond(begins + time).is_ok_and(|read| read == at);
        }
        let Ok(read) = written.parse::<Timestamp>() else {
            return false;
        };
        if let Some((day, time)) = parts {
            self.day = Some((*day, read.as_millisecond() - time));
        }
        read == at
    }
}

/// The milliseconds since the day began, of a time such as `T04:00:00Z` or `T04:00:00.12Z`.
fn milliseconds_of(time: &[u8]) -> Option<i64> {
    let (clock, fraction) = time.split_first_chunk::<9>()?;
    let [b'T', h1, h2, b':', m1, m2, b':', s1, s2] = *clock else {
        return None;
    };
    let digit = |letter: u8| letter.is_ascii_digit().then(|| i64::from(letter - b'0'));
    let below = |limit: i64, tens: u8, ones: u8| {
        let number = digit(tens)? * 10 + digit(ones)?;
        (number < limit).then_some(number)
    };
    let seconds = (below(24, h1, h2)? * 60 + below(60, m1, m2)?) * 60 + below(60, s1, s2)?;
    let milliseconds = match *fraction {
        [b'Z'] => 0,
        [b'.', tenths, b'Z'] => digit(tenths)? * 100,
        [b'.', tenths, hundredths, b'Z'] => digit(tenths)? * 100 + digit(hundredths)? * 10,
        [b'.', tenths, hundredths, thousandths, b'Z'] => {
            digit(tenths)? * 100 + digit(hundredths)? * 10 + digit(thousandths)?
        }
        _ => return None,
    };
    Some(seconds * 1000 + milliseconds)
}

fn bytes(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_compared_as_they_are_read() {
        let written = [
            "2026-11-28T19:15:58.101Z",
            "2026-11-28T19:15:58.11Z",
            "2026-11-28T19:15:58.1Z",
            "2026-11-28T19:15:58Z",
            "2026-11-28T00:00:00Z",
            "2026-11-28T23:59:59.999Z",
            "2026-11-29T00:00:00Z",
            "2026-11-28T19:15:58.1000Z",
            "2026-11-28T19:15:58.1001Z",
            "2026-11-28T20:15:58+01:00",
            "2026-11-28 19:15:58Z",
            "2026-11-28T19:15:60Z",
            "2026-11-28T24:00:00Z",
            "2026-11-28T19:60:00Z",
            "2026-11-28T19:1:00Z",
            "2026-11-28T19:15:58.Z",
            "2026-11-28T19:15:58",
            "2026-11-31T19:15:58Z",
            "9999-12-30T22:00:00Z",
            "9999-12-30T23:59:59Z",
            "-000001-01-01T00:00:00Z",
            "",
        ];
        let instants: Vec<Timestamp> = written.iter().flat_map(|text| text.parse()).collect();
        assert!(instants.len() > 10, "most are times");
        let mut times = Times::default();
        for text in written.iter().chain(written.iter().rev()) {
            for at in &instants {
                let is_same = text.parse::<Timestamp>().is_ok_and(|read| read == *at);
                assert_eq!(times.are_same(text, *at), is_same, "{text} {at}");
            }
        }
    }
}
