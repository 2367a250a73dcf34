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

    /// The amount as it is typed, in yuan: `20000.00`.
    pub fn typed(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        format!("{sign}{}.{:02}", fen / 100, fen % 100)
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

    /// The amount as documents and receipts write it: `贰万元整`, `叁佰贰拾伍元零肆分`.
    ///
    /// 会计基础工作规范 52 and the rules for filling in 票据: 整 after yuan or jiao, none after fen; one 零 for any run of
    /// zeros between figures, and for the jiao where only fen follow; ten is 壹拾. Where yuan are a round number and jiao
    /// follow, the 零 that may be left out is left out.
    ///
    /// ```
    /// use vocabulary::Fen;
    /// assert_eq!(Fen::yuan(20_000).capitals(), "贰万元整");
    /// assert_eq!(Fen(1_640_902).capitals(), "壹万陆仟肆佰零玖元零贰分");
    /// ```
    pub fn capitals(self) -> String {
        let fen = self.0.unsigned_abs();
        let (yuan, jiao, fen) = (fen / 100, fen / 10 % 10, fen % 10);
        let mut text = String::new();
        if self.0 < 0 {
            text.push('负');
        }
        if yuan > 0 || (jiao == 0 && fen == 0) {
            whole(yuan, &mut text);
            text.push('元');
        }
        if jiao > 0 {
            text.extend([digit(jiao), '角']);
        } else if fen > 0 && yuan > 0 {
            text.push('零');
        }
        match fen {
            0 => text.push('整'),
            fen => text.extend([digit(fen), '分']),
        }
        text
    }
}

fn digit(value: u64) -> char {
    const DIGITS: [char; 10] = ['零', '壹', '贰', '叁', '肆', '伍', '陆', '柒', '捌', '玖'];
    usize::try_from(value % 10).map_or('零', |value| DIGITS[value])
}

/// A whole number in capitals: each unit takes what stands before it, and what is left follows after 零 where a
/// figure is skipped.
fn whole(number: u64, text: &mut String) {
    const UNITS: [(u64, char); 5] = [
        (100_000_000, '亿'),
        (10_000, '万'),
        (1_000, '仟'),
        (100, '佰'),
        (10, '拾'),
    ];
    let Some((size, unit)) = UNITS.into_iter().find(|(size, _)| number >= *size) else {
        text.push(digit(number));
        return;
    };
    whole(number / size, text);
    text.push(unit);
    let rest = number % size;
    if rest > 0 {
        if rest < size / 10 {
            text.push('零');
        }
        whole(rest, text);
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

    #[test]
    fn capitals_are_written_as_the_rules_for_receipts_have_them() {
        let examples = [
            // The examples of the rules for filling in 票据 (支付结算办法, annex 1).
            (140_950, "壹仟肆佰零玖元伍角整"),
            (600_714, "陆仟零柒元壹角肆分"),
            (168_032, "壹仟陆佰捌拾元叁角贰分"),
            (10_700_053, "壹拾万柒仟元伍角叁分"),
            (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
            (32_504, "叁佰贰拾伍元零肆分"),
            (0, "零元整"),
            (5, "伍分"),
            (50, "伍角整"),
            (55, "伍角伍分"),
            (1_000, "壹拾元整"),
            (2_000_000, "贰万元整"),
            (10_050_000, "壹拾万零伍佰元整"),
            (100_000_100, "壹佰万零壹元整"),
            (1_001_000_000, "壹仟零壹万元整"),
            (10_000_000_000, "壹亿元整"),
            (10_001_000_000, "壹亿零壹万元整"),
            (1_000_000_000_500, "壹佰亿零伍元整"),
            (100_000_000_000_000, "壹万亿元整"),
            (-2_000_000, "负贰万元整"),
        ];
        for (fen, capitals) in examples {
            assert_eq!(Fen(fen).capitals(), capitals, "{fen}");
        }
        assert!(Fen(i64::MIN).capitals().starts_with("负玖"));
    }

    /// What capitals say, read back by their own grammar: a unit multiplies what stands since the last larger one.
    fn read_back(text: &str) -> u64 {
        let digits = "零壹贰叁肆伍陆柒捌玖";
        let (mut total, mut section, mut last) = (0_u64, 0_u64, 0_u64);
        for c in text.chars() {
            match (c, digits.chars().position(|d| d == c)) {
                (_, Some(value)) => last = u64::try_from(value).expect("below ten"),
                ('拾', _) => (section, last) = (section + last * 10, 0),
                ('佰', _) => (section, last) = (section + last * 100, 0),
                ('仟', _) => (section, last) = (section + last * 1_000, 0),
                ('万', _) => (section, last) = ((section + last) * 10_000, 0),
                ('亿', _) => {
                    (total, section, last) = ((total + section + last) * 100_000_000, 0, 0)
                }
                ('元', _) => (total, section, last) = ((total + section + last) * 100, 0, 0),
                ('角', _) => (total, last) = (total + last * 10, 0),
                ('分', _) => (total, last) = (total + last, 0),
                _ => {}
            }
        }
        total
    }

    proptest::proptest! {
        #[test]
        fn capitals_say_the_amount_and_no_zero_twice(fen in 0_i64..10_000_000_000_000_000) {
            let text = Fen(fen).capitals();
            proptest::prop_assert_eq!(read_back(&text), fen.unsigned_abs(), "{}", text);
            proptest::prop_assert!(!text.contains("零零") && !text.contains("零元整") || fen == 0, "{}", text);
            proptest::prop_assert_eq!(text.ends_with('整'), fen % 10 == 0);
        }
    }
}
