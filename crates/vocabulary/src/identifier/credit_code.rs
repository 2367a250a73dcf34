//! 统一社会信用代码, GB 32100-2015.

use std::fmt;

/// The characters in the order of their values; I, O, S, V and Z are left out.
const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/// 3 to the power of the place, modulo 31.
const WEIGHTS: [usize; 17] = [
    1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
];
/// Places of the region of registration, counted from 1.
const REGION: std::ops::RangeInclusive<usize> = 3..=8;

/// A unified social credit code whose check digit holds.
///
/// The first character, the registration authority, is not held against a list: letters such as N, Y and A were added
/// to it after the standard, and more may be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditCode(String);

/// Why a text is no unified social credit code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreditCodeError {
    /// Not 18 characters.
    #[error("统一社会信用代码是18位，现在有{seen}位")]
    Length {
        /// How many there are.
        seen: usize,
    },
    /// A character outside the alphabet.
    #[error("第{position}位不能是“{seen}”：统一社会信用代码只用数字和I、O、S、V、Z以外的字母")]
    Character {
        /// Counted from 1.
        position: usize,
        /// What stands there.
        seen: char,
    },
    /// A letter where the region stands.
    #[error("第{position}位不能是“{seen}”：第3至8位是登记机关的行政区划，只有数字")]
    Region {
        /// Counted from 1.
        position: usize,
        /// What stands there.
        seen: char,
    },
    /// The last character does not follow from the others.
    #[error("校验位不符：按前17位，第18位应当是“{expected}”而不是“{seen}”，请逐位核对")]
    CheckDigit {
        /// What it would be.
        expected: char,
        /// What it is.
        seen: char,
    },
}

impl CreditCode {
    /// Reads a code; small letters are taken as capitals.
    ///
    /// ```
    /// use vocabulary::CreditCode;
    /// assert!(CreditCode::parse("91140400MA0H00000E").is_ok());
    /// assert!(CreditCode::parse("91140400MA0H00000F").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<CreditCode, CreditCodeError> {
        let code = text.trim().to_ascii_uppercase();
        let seen = code.chars().count();
        if seen != WEIGHTS.len() + 1 {
            return Err(CreditCodeError::Length { seen });
        }
        let mut values = Vec::with_capacity(seen);
        for (at, c) in code.chars().enumerate() {
            let position = at + 1;
            let Some(value) = ALPHABET.chars().position(|known| known == c) else {
                return Err(CreditCodeError::Character { position, seen: c });
            };
            if REGION.contains(&position) && !c.is_ascii_digit() {
                return Err(CreditCodeError::Region { position, seen: c });
            }
            values.push(value);
        }
        let sum: usize = values.iter().zip(WEIGHTS).map(|(v, w)| v * w).sum();
        let size = ALPHABET.len();
        let expected = ALPHABET.chars().nth((size - sum % size) % size);
        match (expected, code.chars().last()) {
            (Some(expected), Some(seen)) if expected != seen => {
                Err(CreditCodeError::CheckDigit { expected, seen })
            }
            _ => Ok(CreditCode(code)),
        }
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The code that these first 17 characters have, by trying every last one.
    fn completed(head: &str) -> String {
        let all: Vec<String> = ALPHABET.chars().map(|c| format!("{head}{c}")).collect();
        let fits: Vec<&String> = all
            .iter()
            .filter(|code| CreditCode::parse(code).is_ok())
            .collect();
        assert_eq!(fits.len(), 1, "one check digit fits {head}");
        fits[0].clone()
    }

    #[test]
    fn codes_of_the_baseline_are_read() {
        for code in ["91140400MA0H00000E", "92140403MA0K1234QH"] {
            assert_eq!(CreditCode::parse(code).expect("valid").as_str(), code);
        }
        let small = CreditCode::parse(" 91140400ma0h00000e ").expect("small letters");
        assert_eq!(small.to_string(), "91140400MA0H00000E");
    }

    #[test]
    fn registration_authorities_that_came_later_and_abolished_regions_are_valid() {
        for head in [
            "N2140481MF1234567",
            "Y1140400A12345678",
            "A1100000B98765432",
            "11142401012345678",
        ] {
            let code = completed(head);
            assert!(CreditCode::parse(&code).is_ok(), "{code}");
        }
    }

    #[test]
    fn each_mistake_is_named_with_its_place() {
        let cases = [
            ("91140400MA0H00000", CreditCodeError::Length { seen: 17 }),
            (
                "9114040OMA0H00000E",
                CreditCodeError::Character {
                    position: 8,
                    seen: 'O',
                },
            ),
            (
                "91A40400MA0H00000E",
                CreditCodeError::Region {
                    position: 3,
                    seen: 'A',
                },
            ),
            (
                "91140400MA0H00000F",
                CreditCodeError::CheckDigit {
                    expected: 'E',
                    seen: 'F',
                },
            ),
        ];
        for (text, error) in cases {
            assert_eq!(CreditCode::parse(text), Err(error), "{text}");
        }
        assert!(matches!(
            CreditCode::parse("911404\u{ff10}0MA0H00000E"),
            Err(CreditCodeError::Character { position: 7, .. })
        ));
    }

    fn code() -> impl Strategy<Value = Vec<char>> {
        "[0-9A-HJ-NP-RT-UW-Y]{2}[0-9]{6}[0-9A-HJ-NP-RT-UW-Y]{9}"
            .prop_map(|head| completed(&head).chars().collect())
    }

    proptest! {
        #[test]
        fn any_changed_character_is_noticed(code in code(), at in 0_usize..18, to in 0_usize..31) {
            let mut changed = code.clone();
            changed[at] = ALPHABET.chars().nth(to).expect("31 characters");
            let read = CreditCode::parse(&changed.iter().collect::<String>());
            prop_assert_eq!(read.is_ok(), changed == code);
        }

        #[test]
        fn any_two_neighbors_that_changed_places_are_noticed(code in code(), at in 0_usize..17) {
            let mut changed = code.clone();
            changed.swap(at, at + 1);
            let read = CreditCode::parse(&changed.iter().collect::<String>());
            prop_assert_eq!(read.is_ok(), changed == code);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,24}") {
            let _ = CreditCode::parse(&text);
        }
    }
}
