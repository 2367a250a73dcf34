//! Ranges of fines: which of an item's ranges apply to a party, what they come to, and whether a fine lies within.
//!
//! 以上 and 以下 include the number itself (民法典 1259).

use serde::{Deserialize, Serialize};
use vocabulary::{Fen, Quantity};

use super::Finding;
use crate::catalog::{Addressee, FineRange, Item, Measure};

/// The circumstance that replaces the plain range.
pub const SERIOUS: &str = "情节严重";
/// The circumstance that applies where there is nothing to multiply.
pub const NO_GAINS: &str = "无违法所得";
/// The base of multiples that is confiscated besides.
const GAINS: &str = "违法所得";
/// How the names of fees begin that a range multiplies.
const FEE: &str = "应缴";

/// What ranges depend on, as far as it is known of a party.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// 个人 or 单位.
    pub kind: Option<Addressee>,
    /// 情节严重.
    pub is_serious: Option<bool>,
    /// Square meters or cubic meters.
    pub quantity: Option<Quantity>,
    /// 违法所得.
    pub gains: Option<Fen>,
    /// The fee that was to be paid.
    pub fee: Option<Fen>,
}

impl Measured {
    /// What a multiple is of.
    fn base(&self, name: &str) -> Option<Fen> {
        if name == GAINS {
            self.gains
        } else if name.starts_with(FEE) {
            self.fee
        } else {
            None
        }
    }
}

/// 个人 or 单位, by the id of the kind of party. A person in business counts as 个人: the ranges for 单位 are for
/// organizations (our reading, `unverified`).
pub fn addressee(party_kind: &str) -> Option<Addressee> {
    match party_kind {
        "citizen" | "individual_business" => Some(Addressee::Person),
        "legal_person" | "other_organization" => Some(Addressee::Organization),
        _ => None,
    }
}

/// The least and the most that a range comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// From; nothing where the law names no least.
    pub least: Option<Fen>,
    /// Up to; nothing where the law names no most.
    pub most: Option<Fen>,
}

impl Bounds {
    /// Whether a fine lies within, both ends included.
    pub fn admit(self, fine: Fen) -> bool {
        self.least.is_none_or(|least| least <= fine) && self.most.is_none_or(|most| fine <= most)
    }

    /// Whether another range lies within this one; what has no end fits only into what has none.
    pub fn hold(self, inner: Bounds) -> bool {
        let least = inner.least.unwrap_or(Fen(0));
        let from = self.least.is_none_or(|own| own <= least);
        let to = match (self.most, inner.most) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(most)) => most <= own,
        };
        from && to
    }
}

/// `¥10,000.00以上¥100,000.00以下`.
impl std::fmt::Display for Bounds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(least) = self.least {
            write!(f, "{least}以上")?;
        }
        if let Some(most) = self.most {
            write!(f, "{most}以下")?;
        }
        Ok(())
    }
}

/// `fen` times `factor` over a thousand, a hundred or one, towards the inside of the range.
pub(super) fn scaled(fen: Fen, factor: i64, over: i64, up: bool) -> Fen {
    let product = i128::from(fen.0) * i128::from(factor);
    let over = i128::from(over);
    let result = if up {
        (product + over - 1).div_euclid(over)
    } else {
        product.div_euclid(over)
    };
    Fen(i64::try_from(result).unwrap_or(i64::MAX))
}

/// What a range comes to; nothing when the quantity or the base of a multiple is not known.
pub fn bounds(range: &FineRange, measured: &Measured) -> Option<Bounds> {
    let (factor, over) = match &range.measure {
        Measure::Fixed => (1, 1),
        Measure::PerSquareMeter | Measure::PerCubicMeter => {
            (measured.quantity?.0, Quantity::whole(1).0)
        }
        Measure::MultipleOf(base) => (measured.base(base)?.0, 100),
    };
    Some(Bounds {
        least: range.least.map(|least| scaled(least, factor, over, true)),
        most: range.most.map(|most| scaled(most, factor, over, false)),
    })
}

/// Whether a circumstance is one that the system cannot see, such as 拒不改正: it widens what is admissible.
pub(super) fn only_widens(range: &FineRange) -> bool {
    !matches!(
        range.circumstance.as_deref(),
        None | Some(SERIOUS | NO_GAINS)
    )
}

/// The ranges that apply to the party; nothing when a fact is missing to say.
pub fn applicable<'i>(
    item: &'i Item,
    measured: &Measured,
    is_serious: bool,
) -> Option<Vec<&'i FineRange>> {
    let has = |name: &str| {
        item.fines
            .iter()
            .any(|range| range.circumstance.as_deref() == Some(name))
    };
    let replaced = is_serious && has(SERIOUS);
    let mut chosen = Vec::new();
    for range in &item.fines {
        let for_party = range.addressee == Addressee::Anyone || range.addressee == measured.kind?;
        let in_circumstance = match range.circumstance.as_deref() {
            Some(SERIOUS) => is_serious,
            Some(NO_GAINS) => measured.gains? == Fen(0),
            _ => !replaced,
        };
        if for_party && in_circumstance {
            chosen.push(range);
        }
    }
    Some(chosen)
}

/// Whether the range of a party may hang on 情节严重 or on gains at all: what is not asked need not be known.
pub(super) fn asks(item: &Item) -> (bool, bool) {
    let has = |name: &str| {
        item.fines
            .iter()
            .any(|range| range.circumstance.as_deref() == Some(name))
    };
    (has(SERIOUS), has(NO_GAINS))
}

/// The heaviest fine that an item admits for the party, and the least of that range: what laws are compared by.
///
/// A range that cannot be measured yet is left out; the item without any has no fine to compare.
pub fn ceiling(item: &Item, measured: &Measured) -> (Fen, Fen) {
    let ranges =
        applicable(item, measured, measured.is_serious.unwrap_or(false)).unwrap_or_default();
    let all = ranges
        .into_iter()
        .filter_map(|range| bounds(range, measured));
    all.map(|b| (b.most.unwrap_or(Fen(i64::MAX)), b.least.unwrap_or(Fen(0))))
        .max()
        .unwrap_or_default()
}

/// Whether the fine lies within what the law provides (行政处罚法 34); nothing when a fact is missing to say.
pub fn fine_in_range(
    item: &Item,
    fine: Fen,
    measured: &Measured,
    is_mitigated: Option<bool>,
) -> Option<Finding> {
    if item.amounts_unknown {
        return Some(Finding::yes_but(format!(
            "“{}”的罚款数额待核，不能核对幅度",
            item.name
        )));
    }
    let judged = |is_serious| judge(item, fine, measured, is_serious, is_mitigated);
    match measured.is_serious {
        Some(is_serious) => judged(is_serious),
        // Not said: an answer only where it is the same either way.
        None => {
            let (plain, serious) = (judged(false)?, judged(true)?);
            (plain.holds == serious.holds).then_some(plain)
        }
    }
}

fn judge(
    item: &Item,
    fine: Fen,
    measured: &Measured,
    is_serious: bool,
    is_mitigated: Option<bool>,
) -> Option<Finding> {
    let cite = item.article();
    let ranges = applicable(item, measured, is_serious)?;
    if ranges.is_empty() {
        let nobody = if item.fines.is_empty() {
            ""
        } else {
            "对这一类当事人"
        };
        return Some(if fine == Fen(0) {
            Finding::yes()
        } else {
            Finding::no(format!("{cite}{nobody}没有规定罚款，不得罚款{fine}"))
        });
    }
    let all: Vec<Bounds> = ranges
        .iter()
        .map(|range| bounds(range, measured))
        .collect::<Option<_>>()?;
    let least = all
        .iter()
        .map(|b| b.least.unwrap_or(Fen(0)))
        .min()
        .unwrap_or_default();
    let may_be_left_out = ranges.iter().any(|range| range.is_optional)
        || ranges.iter().all(|range| only_widens(range));
    let is_admitted = if fine == Fen(0) {
        may_be_left_out
    } else {
        all.iter().any(|b| b.admit(fine))
    };
    if is_admitted {
        return Some(Finding::yes());
    }
    let shown = ranges
        .iter()
        .zip(&all)
        .map(|(range, b)| describe(range, *b, measured))
        .collect::<Vec<_>>()
        .join("或者");
    if fine == Fen(0) || fine < least {
        // 减轻 is below the range; 从轻 is not.
        return Some(if is_mitigated? {
            Finding::yes()
        } else {
            Finding::no(format!(
                "罚款{fine}低于{cite}规定的{shown}，减轻处罚的须勾选“减轻”情节"
            ))
        });
    }
    Some(Finding::no(format!("罚款{fine}超出{cite}规定的{shown}")))
}

fn between(least: Option<String>, most: Option<String>) -> String {
    let least = least.map(|least| format!("{least}以上"));
    let most = most.map(|most| format!("{most}以下"));
    [least, most].into_iter().flatten().collect()
}

/// A range as the law writes it, without what it comes to: `每平方米¥10.00以下`, `违法所得1倍以上5倍以下`.
pub fn as_written(range: &FineRange) -> String {
    let text = match &range.measure {
        Measure::Fixed => yuan(range),
        Measure::PerSquareMeter => format!("每平方米{}", yuan(range)),
        Measure::PerCubicMeter => format!("每立方米{}", yuan(range)),
        Measure::MultipleOf(base) => format!(
            "{base}{}",
            between(range.least.map(times), range.most.map(times))
        ),
    };
    match &range.circumstance {
        Some(circumstance) => format!("{circumstance}的{text}"),
        None => text,
    }
}

fn yuan(range: &FineRange) -> String {
    let amount = |fen: Option<Fen>| fen.map(|fen| fen.to_string());
    between(amount(range.least), amount(range.most))
}

/// `¥10,000.00以上¥100,000.00以下`, with the unit and what it comes to where it is counted by one.
pub(super) fn describe(range: &FineRange, comes_to: Bounds, measured: &Measured) -> String {
    let written = as_written(range);
    let quantity = measured.quantity.unwrap_or_default();
    match &range.measure {
        Measure::Fixed => written,
        Measure::PerSquareMeter => format!("{written}（{quantity}平方米，即{comes_to}）"),
        Measure::PerCubicMeter => format!("{written}（{quantity}立方米，即{comes_to}）"),
        Measure::MultipleOf(_) => format!("{written}（即{comes_to}）"),
    }
}

/// Hundredths of a multiple as `1倍`, `1.50倍`.
fn times(hundredths: Fen) -> String {
    match hundredths.0 % 100 {
        0 => format!("{}倍", hundredths.0 / 100),
        rest => format!("{}.{rest:02}倍", hundredths.0 / 100),
    }
}
