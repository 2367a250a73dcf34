//! What a penalty consists of, and when one is heavier than another.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Fen;

/// The kinds of administrative penalty (行政处罚法 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PenaltyKind {
    /// 警告
    Warning,
    /// 通报批评
    CirculatedCriticism,
    /// 罚款
    Fine,
    /// 没收违法所得
    GainsConfiscated,
    /// 没收非法财物
    GoodsConfiscated,
    /// 暂扣许可证件
    LicenseSuspended,
    /// 降低资质等级
    QualificationLowered,
    /// 限制开展生产经营活动
    OperationRestricted,
    /// 责令停产停业
    BusinessSuspended,
    /// 责令关闭
    ClosureOrdered,
    /// 限制从业
    PracticeRestricted,
    /// 吊销许可证件
    LicenseRevoked,
    /// 行政拘留
    Detention,
}

impl PenaltyKind {
    /// Every kind, lightest first.
    pub const ALL: [PenaltyKind; 13] = [
        PenaltyKind::Warning,
        PenaltyKind::CirculatedCriticism,
        PenaltyKind::Fine,
        PenaltyKind::GainsConfiscated,
        PenaltyKind::GoodsConfiscated,
        PenaltyKind::LicenseSuspended,
        PenaltyKind::QualificationLowered,
        PenaltyKind::OperationRestricted,
        PenaltyKind::BusinessSuspended,
        PenaltyKind::ClosureOrdered,
        PenaltyKind::PracticeRestricted,
        PenaltyKind::LicenseRevoked,
        PenaltyKind::Detention,
    ];

    /// The name that the law uses.
    pub const fn chinese(self) -> &'static str {
        match self {
            PenaltyKind::Warning => "警告",
            PenaltyKind::CirculatedCriticism => "通报批评",
            PenaltyKind::Fine => "罚款",
            PenaltyKind::GainsConfiscated => "没收违法所得",
            PenaltyKind::GoodsConfiscated => "没收非法财物",
            PenaltyKind::LicenseSuspended => "暂扣许可证件",
            PenaltyKind::QualificationLowered => "降低资质等级",
            PenaltyKind::OperationRestricted => "限制开展生产经营活动",
            PenaltyKind::BusinessSuspended => "责令停产停业",
            PenaltyKind::ClosureOrdered => "责令关闭",
            PenaltyKind::PracticeRestricted => "限制从业",
            PenaltyKind::LicenseRevoked => "吊销许可证件",
            PenaltyKind::Detention => "行政拘留",
        }
    }

    /// Finds a kind by its Chinese name.
    pub fn from_chinese(name: &str) -> Option<PenaltyKind> {
        PenaltyKind::ALL
            .into_iter()
            .find(|kind| kind.chinese() == name)
    }

    /// The rank in the order 警告 < 罚款 < 没收 < 暂扣 < 停产停业 < 吊销 < 拘留, as the annual report counts them.
    pub const fn severity(self) -> u8 {
        match self {
            PenaltyKind::Warning | PenaltyKind::CirculatedCriticism => 1,
            PenaltyKind::Fine => 2,
            PenaltyKind::GainsConfiscated | PenaltyKind::GoodsConfiscated => 3,
            PenaltyKind::LicenseSuspended | PenaltyKind::QualificationLowered => 4,
            PenaltyKind::OperationRestricted
            | PenaltyKind::BusinessSuspended
            | PenaltyKind::ClosureOrdered
            | PenaltyKind::PracticeRestricted => 5,
            PenaltyKind::LicenseRevoked => 6,
            PenaltyKind::Detention => 7,
        }
    }
}

/// The content of one penalty, proposed, notified or decided.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Penalty {
    /// Its kinds, lightest first, each once.
    pub kinds: Vec<PenaltyKind>,
    /// The fine; zero when there is none.
    #[serde(default)]
    pub fine: Fen,
    /// What is confiscated, as far as it has an amount.
    #[serde(default)]
    pub confiscation: Fen,
}

impl Penalty {
    /// A penalty with its kinds in order and each once; a positive fine implies the kind.
    pub fn new(mut kinds: Vec<PenaltyKind>, fine: Fen, confiscation: Fen) -> Penalty {
        if fine > Fen(0) {
            kinds.push(PenaltyKind::Fine);
        }
        kinds.sort();
        kinds.dedup();
        Penalty {
            kinds,
            fine,
            confiscation,
        }
    }

    /// Whether the penalty has this kind.
    pub fn has(&self, kind: PenaltyKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// Whether this penalty is heavier than `other`, by kind first, then by amount (行政处罚法 45 第2款).
    ///
    /// A graver gravest kind is heavier and a lighter one is not, unless the fine that was announced has grown;
    /// with the same gravest kind, one more kind or a larger amount is heavier.
    pub fn is_heavier_than(&self, other: &Penalty) -> bool {
        let gravest = |p: &Penalty| p.kinds.iter().map(|k| k.severity()).max().unwrap_or(0);
        let (mine, theirs) = (gravest(self), gravest(other));
        if mine != theirs {
            return mine > theirs || (other.fine > Fen(0) && self.fine > other.fine);
        }
        self.fine > other.fine
            || self.confiscation > other.confiscation
            || self.kinds.iter().any(|kind| !other.has(*kind))
    }
}

/// `罚款¥60,000.00,没收违法所得¥5,000.00`.
impl fmt::Display for Penalty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kinds.is_empty() {
            return f.write_str("无处罚内容");
        }
        for (i, kind) in self.kinds.iter().enumerate() {
            if i > 0 {
                f.write_str("、")?;
            }
            f.write_str(kind.chinese())?;
            if *kind == PenaltyKind::Fine {
                write!(f, "{}", self.fine)?;
            }
            if matches!(
                kind,
                PenaltyKind::GainsConfiscated | PenaltyKind::GoodsConfiscated
            ) && self.confiscation > Fen(0)
            {
                write!(f, "{}", self.confiscation)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fine(yuan: i64) -> Penalty {
        Penalty::new(vec![], Fen::yuan(yuan), Fen(0))
    }

    #[test]
    fn heavier_is_by_kind_and_then_by_amount() {
        let revoked = Penalty::new(vec![PenaltyKind::LicenseRevoked], Fen(0), Fen(0));
        let warned_too = Penalty::new(vec![PenaltyKind::Warning], Fen::yuan(100), Fen(0));
        assert!(fine(101).is_heavier_than(&fine(100)));
        assert!(!fine(100).is_heavier_than(&fine(100)));
        assert!(revoked.is_heavier_than(&fine(1_000_000)));
        assert!(!fine(1_000_000).is_heavier_than(&revoked));
        assert!(warned_too.is_heavier_than(&fine(100)), "one more kind");
        assert!(!fine(100).is_heavier_than(&warned_too));
    }

    #[test]
    fn names_round_trip() {
        for kind in PenaltyKind::ALL {
            assert_eq!(PenaltyKind::from_chinese(kind.chinese()), Some(kind));
        }
    }
}
