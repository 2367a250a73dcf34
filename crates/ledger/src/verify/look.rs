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
}

impl Look {
    pub(super) fn new(with_sm3: bool, stored: Stored) -> Self {
        Self {
            with_sm3,
            stored,
            looked: Vec::new(),
            without_sm3: 0,
            hashed_bytes: 0,
            are_there: Vec::new(),
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
                leaf.recorded_at
                    .parse::<Timestamp>()
                    .is_ok_and(|at| at == entry.recorded_at),
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

fn bytes(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
