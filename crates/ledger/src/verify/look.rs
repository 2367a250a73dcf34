//! What can be said of each entry by itself: its hash, its columns and its parts against its leaf. Stretches of the log are
//! looked at side by side, each where its rows are read; only their order in the tree needs one place.

use super::finding::Finding;
use app::ledger::{LentEntry, LentParts, Onlooker, ReadError};
use jiff::Timestamp;
use proof::tree;
use proof::{DestroyedPart, Hash, LeafRead, Part, PartCommitment};

/// What was seen of one entry.
pub(super) struct Looked {
    pub(super) index: u64,
    pub(super) id: String,
    pub(super) hash: Hash,
    /// The bytes are no leaf.
    pub(super) is_unreadable: bool,
    pub(super) findings: Vec<Finding>,
    /// Parts that the leaf commits to and that are not there.
    pub(super) absent: Vec<DestroyedPart>,
    /// Parts of earlier entries that it says were destroyed.
    pub(super) destroys: Vec<DestroyedPart>,
    pub(super) has_sm3: bool,
    pub(super) hashed_bytes: u64,
}

/// Looks at a stretch.
pub(super) struct Look {
    with_sm3: bool,
    pub(super) looked: Vec<Looked>,
}

impl Look {
    pub(super) fn new(with_sm3: bool) -> Self {
        Self {
            with_sm3,
            looked: Vec::new(),
        }
    }
}

impl Onlooker for Look {
    fn entry(&mut self, entry: LentEntry<'_>, parts: &mut dyn LentParts) -> Result<(), ReadError> {
        let mut looked = Looked {
            index: entry.leaf_index,
            id: entry.id.to_owned(),
            hash: tree::leaf_hash(entry.leaf),
            is_unreadable: false,
            findings: Vec::new(),
            absent: Vec::new(),
            destroys: Vec::new(),
            has_sm3: true,
            hashed_bytes: bytes(entry.leaf.len()) + 1,
        };
        match LeafRead::parse(entry.leaf) {
            Ok(leaf) => looked.row(&entry, leaf, parts, self.with_sm3)?,
            Err(_) => looked.is_unreadable = true,
        }
        self.looked.push(looked);
        Ok(())
    }
}

impl Looked {
    /// The columns and parts of an entry against its leaf.
    fn row(
        &mut self,
        entry: &LentEntry<'_>,
        leaf: LeafRead<'_>,
        parts: &mut dyn LentParts,
        with_sm3: bool,
    ) -> Result<(), ReadError> {
        let index = self.index;
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
                self.findings.push(Finding::RowDiffers { index, column });
            }
        }
        self.parts(&leaf.parts, parts, with_sm3)?;
        self.has_sm3 = leaf.has_sm3();
        if with_sm3 && !leaf.sm3_fits(entry.leaf) {
            let label = None;
            self.findings.push(Finding::Sm3Differs { index, label });
        }
        self.destroys = leaf.destroys;
        Ok(())
    }

    fn parts(
        &mut self,
        promised: &[PartCommitment],
        parts: &mut dyn LentParts,
        with_sm3: bool,
    ) -> Result<(), ReadError> {
        let index = self.index;
        let mut is_there = vec![false; promised.len()];
        let mut unasked = Vec::new();
        while let Some(part) = parts.next()? {
            let by_label = |promise: &PartCommitment| promise.label.as_str() == part.label;
            let at = promised.iter().position(by_label);
            let Some((promise, is_there)) =
                at.and_then(|at| promised.get(at).zip(is_there.get_mut(at)))
            else {
                let label = part.label.to_owned();
                unasked.push(Finding::PartsDiffer { index, label });
                continue;
            };
            *is_there = true;
            self.hashed_bytes += 34 + bytes(part.label.len() + part.body.len());
            let label = &promise.label;
            if Part::commitment_of(part.salt, label, part.body) != promise.commitment
                || part.sensitivity != promise.sensitivity
            {
                let label = label.to_string();
                self.findings.push(Finding::PartChanged { index, label });
            }
            if with_sm3
                && let Some(sm3) = promise.sm3
                && Part::sm3_commitment_of(part.salt, label, part.body) != sm3
            {
                let label = Some(label.to_string());
                self.findings.push(Finding::Sm3Differs { index, label });
            }
        }
        self.findings.extend(unasked);
        let absent = promised.iter().zip(is_there).filter(|(_, there)| !there);
        self.absent.extend(absent.map(|(promise, _)| DestroyedPart {
            leaf_index: index,
            label: promise.label.clone(),
        }));
        Ok(())
    }
}

fn bytes(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
