//! What a verification can find, and how it says so.

use std::fmt;

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
    /// The bytes are those that were hashed, but they are no leaf.
    LeafUnreadable {
        /// The place in the log.
        index: u64,
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
    /// The leaf commits to a part that is not there and that no later entry says was destroyed, or the other way round.
    PartsDiffer {
        /// The place in the log.
        index: u64,
        /// The part.
        label: String,
    },
    /// A part is still there although a later entry says that it was destroyed.
    DestroyedPartThere {
        /// The place in the log.
        index: u64,
        /// The part.
        label: String,
        /// The entry that says so.
        by: u64,
    },
    /// An entry says that a part was destroyed which no earlier entry has.
    DestroysNothing {
        /// The entry that says so.
        index: u64,
        /// The place that it names.
        named: u64,
        /// The part that it names.
        label: String,
    },
    /// An SM3 digest is not that of the stored bytes.
    Sm3Differs {
        /// The place in the log.
        index: u64,
        /// The part; none if it is the digest of the leaf.
        label: Option<String>,
    },
    /// A stored tree hash over these leaves is missing or wrong, although each single leaf fits.
    TreeHashChanged {
        /// The first leaf below the hash.
        first: u64,
        /// The last leaf below the hash.
        last: u64,
    },
    /// The first leaf that is not the one in the tiles that somebody else kept.
    LeafDiffersOutside {
        /// The place in the log.
        index: u64,
    },
    /// The first leaf that the tiles have and the log has no more.
    LeafMissingHere {
        /// The place in the log.
        index: u64,
        /// The leaves that were signed.
        signed: u64,
    },
    /// The tiles that somebody else kept are not complete, or not those of their own signed root.
    TilesUnfit,
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
    /// A checkpoint has no valid line of the SM2 key.
    Sm2LineRefused {
        /// Whose checkpoint.
        whose: Whose,
    },
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
            | Self::LeafUnreadable { index }
            | Self::RowDiffers { index, .. }
            | Self::PartChanged { index, .. }
            | Self::PartsDiffer { index, .. }
            | Self::DestroyedPartThere { index, .. }
            | Self::DestroysNothing { index, .. }
            | Self::Sm3Differs { index, .. }
            | Self::LeafDiffersOutside { index }
            | Self::LeafMissingHere { index, .. } => Some(*index),
            Self::TreeHashChanged { first, .. } => Some(*first),
            // Cut off, but perhaps changed before the cut as well: a root alone cannot tell.
            Self::Shortened { .. }
            | Self::RootDiffers { .. }
            | Self::TilesUnfit
            | Self::CheckpointRefused
            | Self::Sm2LineRefused { .. } => None,
        }
    }
}

impl Finding {
    /// It says that the log is not the one of the checkpoint from outside.
    pub(super) fn is_from_outside_head(&self) -> bool {
        let outside = Whose::Outside;
        matches!(self, Self::Shortened { whose, .. } | Self::RootDiffers { whose, .. } if *whose == outside)
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
            Self::LeafUnreadable { index } => write!(f, "第 {index} 条记录的形式不能识别"),
            Self::RowDiffers { index, column } => {
                write!(f, "第 {index} 条记录的 {column} 栏与记录正文不一致")
            }
            Self::PartChanged { index, label } => {
                write!(f, "第 {index} 条记录的组成部分“{label}”被改动")
            }
            Self::PartsDiffer { index, label } => write!(
                f,
                "第 {index} 条记录的组成部分“{label}”缺失而没有销毁记录，或者多出"
            ),
            Self::DestroyedPartThere { index, label, by } => write!(
                f,
                "第 {by} 条记录载明第 {index} 条记录的组成部分“{label}”已销毁，但它仍然存在"
            ),
            Self::DestroysNothing {
                index,
                named,
                label,
            } => write!(
                f,
                "第 {index} 条记录称销毁了第 {named} 条记录的组成部分“{label}”，此前并没有这一部分"
            ),
            Self::Sm3Differs {
                index,
                label: Some(label),
            } => write!(f, "第 {index} 条记录的组成部分“{label}”与 SM3 摘要不一致"),
            Self::Sm3Differs { index, label: None } => {
                write!(f, "第 {index} 条记录与其 SM3 摘要不一致")
            }
            Self::TreeHashChanged { first, last } => {
                write!(f, "覆盖第 {first} 至 {last} 条记录的日志哈希缺失或被改动")
            }
            Self::LeafDiffersOutside { index } => write!(
                f,
                "与外部保存的日志切片比对：从第 {index} 条记录起不一致，此前各条一致"
            ),
            Self::LeafMissingHere { index, signed } => write!(
                f,
                "与外部保存的日志切片比对：外部有 {signed} 条记录，本日志从第 {index} 条起缺失，此前各条一致"
            ),
            Self::TilesUnfit => f.write_str(
                "外部日志切片不完整，或与它自己的签名检查点不一致，不能用来指出从哪一条开始不同",
            ),
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
            Self::Sm2LineRefused { whose } => {
                write!(f, "{whose}没有 SM2 签名，或者不是由这把 SM2 密钥签署")
            }
        }
    }
}
