//! Ranges of fines: which of an item's ranges apply to a party, what they come to, and whether a fine lies within.
//!
//! 以上 and 以下 include the number itself (民法典 1259).

use law::catalog::{Addressee, FineRange, Item, Measure};
use law::fact::Value;
use vocabulary::Fen;

use super::{Derived, party};
use crate::live::Live;

/// The circumstance that replaces the plain range.
pub(crate) const SERIOUS: &str = "情节严重";
/// The circumstance that applies where there is nothing to multiply.
pub(crate) const NO_GAINS: &str = "无违法所得";
/// The base of multiples that is confiscated besides.
const GAINS: &str = "违法所得";
/// How the names of fees begin that a range multiplies.
const FEE: &str = "应缴";

/// What ranges depend on, as far as it is known of a party.
#[derive(Clone, Copy)]
pub(super) struct Measured {
    pub(super) kind: Option<Addressee>,
    pub(super) is_serious: Option<bool>,
    quantity: Option<i64>,
    gains: Option<Fen>,
    fee: Option<Fen>,
}

impl Measured {
    pub(super) fn of(live: &Live<'_>, member: usize) -> Measured {
        let quantity = match live.fact_by_id("penalized_quantity", member) {
            Some(Value::Count(number)) => Some(*number),
            _ => None,
        };
        Measured {
            kind: party::kind(live, member),
            is_serious: party::holds(live, "is_serious", member),
            quantity,
            gains: party::money(live, "illegal_gains", member),
            fee: party::money(live, "fee_due", member),
        }
    }

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

/// The least and the most that a range comes to.
#[derive(Clone, Copy)]
struct Bounds {
    least: Option<Fen>,
    most: Option<Fen>,
}

impl Bounds {
    fn admit(self, fine: Fen) -> bool {
        self.least.is_none_or(|least| least <= fine) && self.most.is_none_or(|most| fine <= most)
    }
}

/// `fen` times `factor` over a hundred, or over one, towards the inside of the range.
fn scaled(fen: Fen, factor: i64, over: i64, up: bool) -> Fen {
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
fn bounds(range: &FineRange, measured: &Measured) -> Option<Bounds> {
    let (factor, over) = match &range.measure {
        Measure::Fixed => (1, 1),
        Measure::PerSquareMeter | Measure::PerCubicMeter => (measured.quantity?, 1),
        Measure::MultipleOf(base) => (measured.base(base)?.0, 100),
    };
    Some(Bounds {
        least: range.least.map(|least| scaled(least, factor, over, true)),
        most: range.most.map(|most| scaled(most, factor, over, false)),
    })
}

/// Whether a circumstance is one that the system cannot see, such as 拒不改正: it widens what is admissible.
fn only_widens(range: &FineRange) -> bool {
    !matches!(
        range.circumstance.as_deref(),
        None | Some(SERIOUS | NO_GAINS)
    )
}

/// The ranges that apply to the party; nothing when a fact is missing to say.
fn applicable<'i>(
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

/// The heaviest fine that an item admits for the party, and the least of that range: what laws are compared by.
///
/// A range that cannot be measured yet is left out; the item without any has no fine to compare.
pub(super) fn ceiling(item: &Item, measured: &Measured) -> (Fen, Fen) {
    let ranges =
        applicable(item, measured, measured.is_serious.unwrap_or(false)).unwrap_or_default();
    let all = ranges
        .into_iter()
        .filter_map(|range| bounds(range, measured));
    all.map(|b| (b.most.unwrap_or(Fen(i64::MAX)), b.least.unwrap_or(Fen(0))))
        .max()
        .unwrap_or_default()
}

/// The heaviest fine that the item of a party admits; nothing when no item is named.
pub(crate) fn heaviest_fine(live: &Live<'_>, member: usize) -> Option<Fen> {
    let item = party::item(live, member)?;
    Some(ceiling(item, &Measured::of(live, member)).0)
}

/// Whether the fine at stake lies within what the law provides (行政处罚法 34).
pub(super) fn fine_in_range(live: &Live<'_>, member: usize) -> Option<Derived> {
    let item = party::item(live, member)?;
    let fine = party::penalty_at_stake(live, member)?.fine;
    if item.amounts_unknown {
        return Some(Derived::yes_but(format!(
            "“{}”的罚款数额待核，不能核对幅度",
            item.name
        )));
    }
    let is_mitigated = party::includes(live, "circumstances", "mitigated", member);
    let measured = Measured::of(live, member);
    let judged = |is_serious| judge(item, fine, &measured, is_serious, is_mitigated);
    match measured.is_serious {
        Some(is_serious) => judged(is_serious),
        // Not said: an answer only where it is the same either way.
        None => {
            let (plain, serious) = (judged(false)?, judged(true)?);
            (plain.value == serious.value).then_some(plain)
        }
    }
}

fn judge(
    item: &Item,
    fine: Fen,
    measured: &Measured,
    is_serious: bool,
    is_mitigated: Option<bool>,
) -> Option<Derived> {
    let cite = cite(item);
    let ranges = applicable(item, measured, is_serious)?;
    if ranges.is_empty() {
        let nobody = if item.fines.is_empty() {
            ""
        } else {
            "对这一类当事人"
        };
        let told = format!("{cite}{nobody}没有规定罚款，不得罚款{fine}");
        return Some(if fine == Fen(0) {
            Derived::yes()
        } else {
            Derived::no(told)
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
        return Some(Derived::yes());
    }
    let shown = ranges
        .iter()
        .zip(&all)
        .map(|(range, b)| describe(range, *b, measured))
        .collect::<Vec<_>>()
        .join("或者");
    if fine == Fen(0) || fine < least {
        // 减轻 is below the range; 从轻 is not.
        let told = format!("罚款{fine}低于{cite}规定的{shown}，减轻处罚的须勾选“减轻”情节");
        return Some(if is_mitigated? {
            Derived::yes()
        } else {
            Derived::no(told)
        });
    }
    Some(Derived::no(format!("罚款{fine}超出{cite}规定的{shown}")))
}

/// The article of an item, as the law writes it.
pub(super) fn cite(item: &Item) -> &str {
    item.cites
        .first()
        .map_or(item.name.as_str(), |cite| cite.text.as_str())
}

fn between(least: Option<String>, most: Option<String>) -> String {
    let least = least.map(|least| format!("{least}以上"));
    let most = most.map(|most| format!("{most}以下"));
    [least, most].into_iter().flatten().collect()
}

/// `¥10,000.00以上¥100,000.00以下`, with the unit and what it comes to where it is counted by one.
fn describe(range: &FineRange, comes_to: Bounds, measured: &Measured) -> String {
    let yuan = |amount: Option<Fen>| amount.map(|fen| fen.to_string());
    let total = between(yuan(comes_to.least), yuan(comes_to.most));
    let quantity = measured.quantity.unwrap_or(0);
    let text = match &range.measure {
        Measure::Fixed => total,
        Measure::PerSquareMeter => {
            format!(
                "每平方米{}（{quantity}平方米，即{total}）",
                between(yuan(range.least), yuan(range.most))
            )
        }
        Measure::PerCubicMeter => {
            format!(
                "每立方米{}（{quantity}立方米，即{total}）",
                between(yuan(range.least), yuan(range.most))
            )
        }
        Measure::MultipleOf(base) => {
            format!(
                "{base}{}（即{total}）",
                between(range.least.map(times), range.most.map(times))
            )
        }
    };
    match &range.circumstance {
        Some(circumstance) => format!("{circumstance}的{text}"),
        None => text,
    }
}

/// Hundredths of a multiple as `1倍`, `1.50倍`.
fn times(hundredths: Fen) -> String {
    match hundredths.0 % 100 {
        0 => format!("{}倍", hundredths.0 / 100),
        rest => format!("{}.{rest:02}倍", hundredths.0 / 100),
    }
}
