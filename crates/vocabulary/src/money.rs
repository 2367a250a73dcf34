//! Amounts of money, exact to the fen.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount in fen (hundredths of a yuan).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Fen(pub i64);

/// Why a text is no amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}”不是金额，应当是以元计的数，至多两位小数，如 20000 或 20000.50")]
pub struct AmountError(pub String);

impl Fen {
    /// Whole yuan.
    pub const fn yuan(yuan: i64) -> Fen {
        Fen(yuan * 100)
    }

    /// Reads an amount in yuan: `20000`, `20,000.50`, `¥20,000`; never more than two decimals, never negative.
    pub fn parse_yuan(text: &str) -> Result<Fen, AmountError> {
        let error = || AmountError(text.to_owned());
        let trimmed = text.trim();
        let trimmed = trimmed
            .strip_prefix(['\u{a5}', '\u{ffe5}'])
            .unwrap_or(trimmed);
        let trimmed = trimmed.strip_suffix('元').unwrap_or(trimmed);
        let plain: String = trimmed
            .chars()
            .filter(|c| !matches!(c, ',' | '\u{ff0c}'))
            .collect();
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
        if whole.is_empty()
            || fraction.len() > 2
            || !digits(whole)
            || !digits(fraction)
            || plain.ends_with('.')
        {
            return Err(error());
        }
        let whole: i64 = whole.parse().map_err(|_| error())?;
        let fraction: i64 = if fraction.is_empty() {
            0
        } else {
            format!("{fraction:0<2}").parse().map_err(|_| error())?
        };
        whole
            .checked_mul(100)
            .and_then(|fen| fen.checked_add(fraction))
            .map(Fen)
            .ok_or_else(error)
    }
}

/// `¥20,000.00`.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = (self.0.abs() / 100).to_string();
        let mut grouped = String::new();
        for (i, c) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(c);
        }
        write!(
            f,
            "{}¥{grouped}.{:02}",
            if self.0 < 0 { "-" } else { "" },
            self.0.abs() % 100
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yuan_are_read_exactly_and_nonsense_is_named() {
        assert_eq!(Fen::parse_yuan("20,000.5"), Ok(Fen(2_000_050)));
        assert_eq!(Fen::parse_yuan("¥3元"), Ok(Fen(300)));
        for bad in ["", "-1", "1.234", "1.", "12万", "9999999999999999999"] {
            assert_eq!(Fen::parse_yuan(bad), Err(AmountError(bad.to_owned())));
        }
        assert_eq!(Fen(123_456_789).to_string(), "¥1,234,567.89");
    }
}
