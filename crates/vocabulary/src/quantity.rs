//! Areas, volumes and weights, exact to the thousandth of their unit.

use std::fmt;

use crate::Fen;

/// How many parts a unit has.
const PARTS: i64 = 1_000;

/// The most decimals.
const DECIMALS: usize = 3;

/// A quantity in thousandths of whatever unit it is counted in.
///
/// ```
/// use vocabulary::{Fen, Quantity};
/// let quantity = Quantity::parse("309.34").unwrap();
/// assert_eq!(quantity.to_string(), "309.34");
/// assert_eq!(quantity.times(Fen::yuan(10)), (Fen(309_340), Fen(309_340)));
/// assert!(Quantity::parse("0.0001").is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(pub i64);

/// Why a text is no quantity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}”不是数量，应当是数，至多三位小数，如 12000 或 309.34")]
pub struct QuantityError(pub String);

impl Quantity {
    /// So many whole units.
    pub const fn whole(units: i64) -> Quantity {
        Quantity(units.saturating_mul(PARTS))
    }

    /// The whole units, where nothing is left over.
    pub fn units(self) -> Option<i64> {
        (self.0 % PARTS == 0).then_some(self.0 / PARTS)
    }

    /// Reads `12000`, `12,000`, `309.34`; never more than three decimals, never negative.
    pub fn parse(text: &str) -> Result<Quantity, QuantityError> {
        let error = || QuantityError(text.to_owned());
        let plain: String = text
            .trim()
            .chars()
            .filter(|c| !matches!(c, ',' | '\u{ff0c}'))
            .collect();
        let (units, rest) = match plain.split_once('.') {
            Some((units, rest)) if !rest.is_empty() => (units, rest),
            Some(_) => return Err(error()),
            None => (plain.as_str(), "0"),
        };
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(units) || !digits(rest) || rest.len() > DECIMALS {
            return Err(error());
        }
        let units: i64 = units.parse().map_err(|_| error())?;
        let rest: i64 = format!("{rest:0<DECIMALS$}").parse().map_err(|_| error())?;
        units
            .checked_mul(PARTS)
            .and_then(|parts| parts.checked_add(rest))
            .map(Quantity)
            .ok_or_else(error)
    }

    /// What it comes to at so much for each unit, in fen: rounded down and rounded up.
    pub fn times(self, each: Fen) -> (Fen, Fen) {
        let product = i128::from(self.0) * i128::from(each.0);
        let parts = i128::from(PARTS);
        let fen = |value: i128| Fen(i64::try_from(value).unwrap_or(i64::MAX));
        (
            fen(product.div_euclid(parts)),
            fen((product + parts - 1).div_euclid(parts)),
        )
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (units, rest) = (
            self.0.unsigned_abs() / PARTS.unsigned_abs(),
            self.0.unsigned_abs() % PARTS.unsigned_abs(),
        );
        if rest == 0 {
            return write!(f, "{sign}{units}");
        }
        let rest = format!("{rest:0>DECIMALS$}");
        write!(f, "{sign}{units}.{}", rest.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_read_and_printed_exactly() {
        for (typed, parts, printed) in [
            ("0", 0, "0"),
            ("12000", 12_000_000, "12000"),
            ("12,000.5", 12_000_500, "12000.5"),
            ("309.34", 309_340, "309.34"),
            (" 0.001 ", 1, "0.001"),
            ("12.500", 12_500, "12.5"),
        ] {
            let read = Quantity::parse(typed).unwrap();
            assert_eq!(
                (read, read.to_string().as_str()),
                (Quantity(parts), printed)
            );
        }
        for wrong in [
            "",
            "-1",
            "1.",
            ".5",
            "1.2345",
            "1e3",
            "9999999999999999",
            "十",
        ] {
            assert!(Quantity::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_price_for_each_unit_is_rounded_either_way() {
        let third = Quantity::parse("0.333").unwrap();
        assert_eq!(third.times(Fen(10)), (Fen(3), Fen(4)));
        assert_eq!(Quantity::whole(40_000).times(Fen(200)).0, Fen::yuan(80_000));
        assert_eq!(Quantity(i64::MAX).times(Fen(i64::MAX)).0, Fen(i64::MAX));
    }
}
