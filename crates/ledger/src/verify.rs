//! Recomputing a log from its stored leaves, and saying honestly what that can find.

use app::ledger::{Agency, Ledger, ReadError, StoredEntry};
use jiff::Timestamp;
use proof::tree::{self, MemoryTree};
use proof::{Checkpoint, Hash, Leaf, VerifierKey};
use std::collections::BTreeMap;
use std::fmt;

/// Leaves and tree hashes are read in steps of this many.
const STEP: u32 = 500;

/// Something in the log that no append has written.
#[derive(Clone, Debug, PartialEq)]
pub enum Finding {
    /// A place without an entry.
    MissingLeaf(u64),
    /// The stored bytes do not hash to what the tree stores for them.
    LeafChanged {
        /// The place in the log.
        index: u64,
        /// The id in the row.
        id: String,
    },
    /// The columns beside the leaf do not say what the leaf says.
    RowDiffers {
        /// The place in the log.
        index: u64,
        /// The column.
        column: &'static str,
    },
    /// The content of a part is not what the leaf commits to.
    PartChanged {
        /// The place in the log.
        index: u64,
        /// The part.
        label: String,
    },
    /// The leaf commits to a part that is not there, or the other way round.
    PartsDiffer {
        /// The place in the log.
        index: u64,
        /// The part.
        label: String,
    },
    /// A stored tree hash over these leaves is missing or wrong, although each single leaf fits.
    TreeHashChanged {
        /// The first leaf below the hash.
        first: u64,
        /// The last leaf below the hash.
        last: u64,
    },
    /// The log has fewer leaves than a checkpoint speaks of.
    Shortened {
        /// The leaves found.
        size: u64,
        /// The leaves signed.
        signed: u64,
        /// Whose checkpoint.
        whose: Whose,
    },
    /// The recomputed root is not the signed one.
    RootDiffers {
        /// The leaves signed.
        signed: u64,
        /// Whose checkpoint.
        whose: Whose,
    },
    /// The stored checkpoint is not one of the key.
    CheckpointRefused,
}

/// Where a checkpoint came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Kept beside the log, by the same operator.
    Own,
    /// Kept by somebody else.
    Outside,
}

impl Finding {
    /// The leaf that the finding names, where it names one.
    pub fn leaf(&self) -> Option<u64> {
        match self {
            Self::MissingLeaf(index) => Some(*index),
            Self::LeafChanged { index, .. }
            | Self::RowDiffers { index, .. }
            | Self::PartChanged { index, .. }
            | Self::PartsDiffer { index, .. } => Some(*index),
            Self::TreeHashChanged { first, .. } => Some(*first),
            Self::Shortened { size, .. } => Some(*size),
            Self::RootDiffers { .. } | Self::CheckpointRefused => None,
        }
    }
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Own => "本机保存的检查点",
            Self::Outside => "外部检查点",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingLeaf(index) => write!(f, "第 {index} 条记录缺失"),
            Self::LeafChanged { index, id } => {
                write!(f, "第 {index} 条记录（编号 {id}）的内容与日志哈希不一致")
            }
            Self::RowDiffers { index, column } => {
                write!(f, "第 {index} 条记录的 {column} 栏与记录正文不一致")
            }
            Self::PartChanged { index, label } => {
                write!(f, "第 {index} 条记录的组成部分“{label}”被改动")
            }
            Self::PartsDiffer { index, label } => {
                write!(f, "第 {index} 条记录的组成部分“{label}”缺失或多出")
            }
            Self::TreeHashChanged { first, last } => {
                write!(f, "覆盖第 {first} 至 {last} 条记录的日志哈希缺失或被改动")
            }
            Self::Shortened {
                size,
                signed,
                whose,
            } => write!(f, "日志只有 {size} 条记录，而{whose}已签署 {signed} 条"),
            Self::RootDiffers { signed, whose } => {
                write!(f, "前 {signed} 条记录重新计算的根哈希与{whose}不一致")
            }
            Self::CheckpointRefused => {
                f.write_str("本机保存的检查点不是由这把密钥签署，或已被改动")
            }
        }
    }
}

/// What the recomputation of a log has shown.
#[derive(Clone, Debug)]
pub struct Verification {
    /// The number of leaves.
    pub size: u64,
    /// The recomputed root.
    pub root: Hash,
    /// What does not fit, in the order of the log.
    pub findings: Vec<Finding>,
    /// The checkpoint kept beside the log.
    pub own: Option<Checkpoint>,
    /// The checkpoint that somebody else kept.
    pub outside: Option<Checkpoint>,
}

impl Verification {
    /// Nothing was found.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    /// The first leaf that differs, where the findings can name one.
    pub fn first_differing_leaf(&self) -> Option<u64> {
        self.findings.iter().filter_map(Finding::leaf).min()
    }

    /// The result in words, with what it can and cannot say.
    pub fn statement(&self) -> String {
        let result = match (self.is_sound(), self.first_differing_leaf()) {
            (true, _) => format!("已重新计算全部 {} 条记录，未发现不一致。", self.size),
            (false, Some(leaf)) => format!(
                "校验未通过：发现 {} 处不一致，最早涉及第 {leaf} 条记录。",
                self.findings.len()
            ),
            (false, None) => format!(
                "校验未通过：发现 {} 处不一致，不能确定最早涉及哪一条记录。",
                self.findings.len()
            ),
        };
        let limits = match (&self.outside, &self.own) {
            (Some(outside), _) if outside.size < self.size => format!(
                "已与外部检查点（前 {} 条）比对；其后的 {} 条没有外部检查点，对它们只能发现损坏和不彻底的改动。",
                outside.size,
                self.size - outside.size
            ),
            (Some(_), _) => {
                "已与外部检查点比对：检查点保存之后对这些记录的任何改动都会被发现。".to_owned()
            }
            (None, own) => {
                let own = match own {
                    Some(own) => format!("本次只与本机保存的检查点（前 {} 条）比对。", own.size),
                    None => "本机还没有检查点。".to_owned(),
                };
                format!(
                    "{own}没有外部检查点时，只能发现损坏和不彻底的改动：同时掌握数据库和签名密钥的人可以把整个日志重做一遍而不留痕迹。\
                     要发现这种改动，请与公众端、见证单位或任何人此前保存的检查点比对（--against）。"
                )
            }
        };
        format!("{result}{limits}")
    }
}

/// Recomputes the whole log and compares it with the stored hashes, the kept checkpoint and, where there is one, a
/// checkpoint from outside.
pub async fn verify(
    ledger: &dyn Ledger,
    agency: &Agency,
    key: &VerifierKey,
    outside: Option<Checkpoint>,
) -> Result<Verification, ReadError> {
    let size = ledger.tree_size(agency).await?;
    let mut scan = Scan::default();
    while scan.tree.size() < size {
        let from = scan.tree.size();
        let mut entries = ledger
            .entries(agency, from, STEP)
            .await?
            .into_iter()
            .peekable();
        let to = size.min(from + u64::from(STEP));
        let indexes: Vec<u64> =
            (tree::stored_hash_count(from)..tree::stored_hash_count(to)).collect();
        let stored: BTreeMap<u64, Hash> =
            ledger.hashes(agency, &indexes).await?.into_iter().collect();
        for index in from..to {
            match entries.next_if(|entry| entry.leaf_index == index) {
                Some(entry) => scan.entry(&entry, &stored),
                None => scan.missing(index, &stored),
            }
        }
    }
    let mut findings = scan.findings;
    let own = match ledger.checkpoint(agency).await? {
        Some(kept) => Checkpoint::open(&kept.note, key)
            .map_err(|_| findings.push(Finding::CheckpointRefused))
            .ok(),
        None => None,
    };
    for (checkpoint, whose) in [(&own, Whose::Own), (&outside, Whose::Outside)] {
        if let Some(checkpoint) = checkpoint {
            findings.extend(compare(&scan.tree, checkpoint, whose));
        }
    }
    Ok(Verification {
        size,
        root: scan.tree.root(),
        findings,
        own,
        outside,
    })
}

fn compare(tree: &MemoryTree, checkpoint: &Checkpoint, whose: Whose) -> Option<Finding> {
    match tree.root_at(checkpoint.size) {
        _ if checkpoint.size > tree.size() => Some(Finding::Shortened {
            size: tree.size(),
            signed: checkpoint.size,
            whose,
        }),
        Ok(root) if root == checkpoint.root => None,
        _ => Some(Finding::RootDiffers {
            signed: checkpoint.size,
            whose,
        }),
    }
}

/// The log as far as it was recomputed.
#[derive(Default)]
struct Scan {
    /// From the stored leaves: what the log must be.
    tree: MemoryTree,
    /// From the stored leaf hashes: tells a changed leaf from a changed tree hash above it.
    above: MemoryTree,
    findings: Vec<Finding>,
}

impl Scan {
    fn entry(&mut self, entry: &StoredEntry, stored: &BTreeMap<u64, Hash>) {
        let hash = tree::leaf_hash(&entry.leaf);
        let stored_hash = stored
            .get(&tree::stored_index_of_leaf(entry.leaf_index))
            .copied();
        if stored_hash != Some(hash) {
            self.findings.push(Finding::LeafChanged {
                index: entry.leaf_index,
                id: entry.id.clone(),
            });
        }
        self.row(entry);
        self.tree.append(hash);
        self.hashes_above(entry.leaf_index, stored_hash.unwrap_or(hash), stored);
    }

    fn missing(&mut self, index: u64, stored: &BTreeMap<u64, Hash>) {
        self.findings.push(Finding::MissingLeaf(index));
        let stand_in = stored
            .get(&tree::stored_index_of_leaf(index))
            .copied()
            .unwrap_or_default();
        self.tree.append(stand_in);
        self.hashes_above(index, stand_in, stored);
    }

    /// The hashes that the append of leaf `index` stored above it.
    fn hashes_above(&mut self, index: u64, leaf: Hash, stored: &BTreeMap<u64, Hash>) {
        let expected = (tree::stored_index_of_leaf(index)..)
            .zip(self.above.append(leaf))
            .skip(1);
        for (at, expected) in expected {
            if stored.get(&at) != Some(expected) {
                let (level, place) = tree::place_of_stored_index(at);
                let (first, last) = (place << level, ((place + 1) << level) - 1);
                self.findings.push(Finding::TreeHashChanged { first, last });
            }
        }
    }

    /// The columns and parts of an entry against its leaf. A leaf that cannot be read was found by its hash already.
    fn row(&mut self, entry: &StoredEntry) {
        let index = entry.leaf_index;
        let Ok(leaf) = Leaf::parse(&entry.leaf) else {
            return;
        };
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
        let differing = columns.into_iter().filter(|(_, same)| !same);
        self.findings
            .extend(differing.map(|(column, _)| Finding::RowDiffers { index, column }));
        for promised in &leaf.parts {
            let label = promised.label.to_string();
            match entry.parts.iter().find(|part| part.label == promised.label) {
                None => self.findings.push(Finding::PartsDiffer { index, label }),
                Some(part)
                    if part.commitment() != promised.commitment
                        || part.sensitivity != promised.sensitivity =>
                {
                    self.findings.push(Finding::PartChanged { index, label });
                }
                Some(_) => {}
            }
        }
        let extra = entry
            .parts
            .iter()
            .filter(|part| leaf.part(part.label.as_str()).is_none());
        self.findings.extend(extra.map(|part| Finding::PartsDiffer {
            index,
            label: part.label.to_string(),
        }));
    }
}
