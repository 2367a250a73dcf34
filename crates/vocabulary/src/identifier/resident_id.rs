//! 公民身份号码, GB 11643-1999.

use std::fmt;

use super::mask;
use crate::Day;

/// The weight of each of the first 17 digits.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// The check digit by the remainder modulo 11.
const CHECK_DIGITS: &str = "10X98765432";
/// The first two digits lie in here: 11 北京 to 82 澳门, and 83 for the residence permits of people from Taiwan. Which of
/// them were in use when is no question for a parser.
const PROVINCES: std::ops::RangeInclusive<u32> = 11..=83;
/// The length of numbers issued until 1999, without century and check digit.
const OLD_LENGTH: usize = 15;

/// A citizen's identification number whose date is one of the calendar and whose check digit holds.
///
/// The region is that of the first registration and stays with the person: regions that were abolished are valid.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResidentId {
    text: String,
    born: Day,
}

/// What the 17th digit says: odd for men, even for women.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sex {
    /// 男
    Male,
    /// 女
    Female,
}

impl Sex {
    /// `男` or `女`.
    pub fn chinese(self) -> &'static str {
        match self {
            Sex::Male => "男",
            Sex::Female => "女",
        }
    }
}

/// Why a text is no citizen's identification number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResidentIdError {
    /// One of the old numbers with 15 digits: they have no check digit, so nothing can be said of them.
    #[error("这是15位的旧号，没有校验位，不能核对；请填居民身份证上的18位公民身份号码")]
    OldForm,
    /// Not 18 characters.
    #[error("公民身份号码是18位，现在有{seen}位")]
    Length {
        /// How many there are.
        seen: usize,
    },
    /// No digit, and no X in the last place.
    #[error("第{position}位不能是“{seen}”：公民身份号码是17位数字，末位是数字或者X")]
    Character {
        /// Counted from 1.
        position: usize,
        /// What stands there.
        seen: char,
    },
    /// The first two digits are those of no province.
    #[error("前两位“{seen}”不是省级行政区划的代码")]
    Province {
        /// The two digits.
        seen: String,
    },
    /// Digits 7 to 14 are no date.
    #[error("第7至14位“{seen}”不是日历上有的出生日期")]
    Date {
        /// The eight digits.
        seen: String,
    },
    /// The last character does not follow from the others.
    #[error("校验位不符：按前17位，第18位应当是“{expected}”而不是“{seen}”，请逐位核对")]
    CheckDigit {
        /// What it would be.
        expected: char,
        /// What it is.
        seen: char,
    },
    /// Born after today.
    #[error("号码里的出生日期{born}还没有到（今天是{today}）")]
    NotYetBorn {
        /// The date of birth.
        born: Day,
        /// Today.
        today: Day,
    },
}

impl ResidentId {
    /// Reads a number; a small x is taken as X. Whether the person is born yet is for [`ResidentId::check_on`].
    ///
    /// ```
    /// use vocabulary::ResidentId;
    /// assert!(ResidentId::parse("14040319900101001X").is_ok());
    /// assert!(ResidentId::parse("140425201002290015").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<ResidentId, ResidentIdError> {
        let text = text.trim().to_ascii_uppercase();
        let characters: Vec<char> = text.chars().collect();
        let seen = characters.len();
        if seen == OLD_LENGTH && characters.iter().all(char::is_ascii_digit) {
            return Err(ResidentIdError::OldForm);
        }
        if seen != WEIGHTS.len() + 1 {
            return Err(ResidentIdError::Length { seen });
        }
        let mut digits = Vec::with_capacity(WEIGHTS.len());
        for (at, c) in characters.iter().enumerate() {
            match c.to_digit(10) {
                Some(digit) if at < WEIGHTS.len() => digits.push(digit),
                Some(_) => {}
                None if at == WEIGHTS.len() && *c == 'X' => {}
                None => {
                    return Err(ResidentIdError::Character {
                        position: at + 1,
                        seen: *c,
                    });
                }
            }
        }
        let number = |from: usize, to: usize| digits[from..to].iter().fold(0, |n, d| n * 10 + d);
        let written = |from: usize, to: usize| characters[from..to].iter().collect::<String>();
        if !PROVINCES.contains(&number(0, 2)) {
            return Err(ResidentIdError::Province {
                seen: written(0, 2),
            });
        }
        let born = i16::try_from(number(6, 10))
            .ok()
            .zip(i8::try_from(number(10, 12)).ok())
            .zip(i8::try_from(number(12, 14)).ok())
            .and_then(|((year, month), day)| Day::from_ymd(year, month, day));
        let Some(born) = born else {
            return Err(ResidentIdError::Date {
                seen: written(6, 14),
            });
        };
        let sum: u32 = digits.iter().zip(WEIGHTS).map(|(d, w)| d * w).sum();
        let remainder = usize::try_from(sum % 11).unwrap_or_default();
        match (CHECK_DIGITS.chars().nth(remainder), characters.last()) {
            (Some(expected), Some(seen)) if expected != *seen => Err(ResidentIdError::CheckDigit {
                expected,
                seen: *seen,
            }),
            _ => Ok(ResidentId { text, born }),
        }
    }

    /// Nobody has a number before being born.
    pub fn check_on(&self, today: Day) -> Result<(), ResidentIdError> {
        if self.born > today {
            return Err(ResidentIdError::NotYetBorn {
                born: self.born,
                today,
            });
        }
        Ok(())
    }

    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The date of birth that the number carries.
    pub fn born(&self) -> Day {
        self.born
    }

    /// The sex that the number carries.
    pub fn sex(&self) -> Sex {
        let digit = self.text.chars().nth(16).and_then(|c| c.to_digit(10));
        if digit.is_some_and(|digit| digit % 2 == 1) {
            Sex::Male
        } else {
            Sex::Female
        }
    }

    /// As pages show it: the region and the last four, the rest hidden.
    pub fn masked(&self) -> String {
        mask(&self.text, 6, 4)
    }
}

/// Hidden, so that a number does not stray into a log.
impl fmt::Debug for ResidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ResidentId").field(&self.masked()).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The number that these first 17 digits have, by trying every last one.
    fn completed(head: &str) -> String {
        let all: Vec<String> = "0123456789X"
            .chars()
            .map(|c| format!("{head}{c}"))
            .collect();
        let fits: Vec<&String> = all
            .iter()
            .filter(|number| ResidentId::parse(number).is_ok())
            .collect();
        assert_eq!(fits.len(), 1, "one check digit fits {head}");
        fits[0].clone()
    }

    #[test]
    fn the_number_of_the_baseline_is_read_and_shown_in_part() {
        let id = ResidentId::parse(" 14040319900101001x ").expect("valid");
        assert_eq!(id.as_str(), "14040319900101001X");
        assert_eq!(Some(id.born()), Day::from_ymd(1990, 1, 1));
        assert_eq!(id.masked(), "140403********001X");
        assert_eq!(format!("{id:?}"), "ResidentId(\"140403********001X\")");
    }

    #[test]
    fn the_sex_stands_in_the_17th_digit() {
        let man = ResidentId::parse(&completed("14040319900101001")).expect("valid");
        let woman = ResidentId::parse(&completed("14040320080229002")).expect("valid");
        assert_eq!((man.sex(), woman.sex()), (Sex::Male, Sex::Female));
        assert_eq!((man.sex().chinese(), woman.sex().chinese()), ("男", "女"));
    }

    #[test]
    fn regions_that_were_abolished_are_valid() {
        // 142401 was 榆次市 until 1999, 511023 belonged to 四川 before 重庆 was made a municipality of its own.
        for head in [
            "14240119750615002",
            "51102319800229001",
            "83000019900101001",
        ] {
            let number = completed(head);
            assert!(ResidentId::parse(&number).is_ok(), "{number}");
        }
    }

    #[test]
    fn each_mistake_is_named_with_its_place() {
        let cases = [
            ("140403900101001", ResidentIdError::OldForm),
            ("1404031990010100", ResidentIdError::Length { seen: 16 }),
            (
                "1404031990O101001X",
                ResidentIdError::Character {
                    position: 11,
                    seen: 'O',
                },
            ),
            (
                "1404031990010100XX",
                ResidentIdError::Character {
                    position: 17,
                    seen: 'X',
                },
            ),
            (
                "99040319900101001X",
                ResidentIdError::Province {
                    seen: "99".to_owned(),
                },
            ),
            (
                "140425201002290015",
                ResidentIdError::Date {
                    seen: "20100229".to_owned(),
                },
            ),
            (
                "140403199001010011",
                ResidentIdError::CheckDigit {
                    expected: 'X',
                    seen: '1',
                },
            ),
        ];
        for (text, error) in cases {
            assert_eq!(ResidentId::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn nobody_is_born_tomorrow() {
        let id = ResidentId::parse(&completed("14040320261124001")).expect("valid");
        let (today, tomorrow) = (Day::from_ymd(2026, 11, 23), Day::from_ymd(2026, 11, 24));
        let (today, tomorrow) = (today.expect("a day"), tomorrow.expect("a day"));
        assert_eq!(id.check_on(tomorrow), Ok(()));
        let error = id.check_on(today).expect_err("not yet born");
        assert_eq!(
            error,
            ResidentIdError::NotYetBorn {
                born: tomorrow,
                today
            }
        );
        assert!(error.to_string().contains("还没有到"));
    }

    fn number() -> impl Strategy<Value = Vec<char>> {
        let province = 11_u32..=83;
        let day = (1900_i16..2100, 1_i8..=12, 1_i8..=28);
        (province, 0_u32..10_000, day, 0_u32..1000).prop_map(
            |(province, county, (year, month, day), order)| {
                completed(&format!(
                    "{province}{county:04}{year:04}{month:02}{day:02}{order:03}"
                ))
                .chars()
                .collect()
            },
        )
    }

    proptest! {
        #[test]
        fn any_changed_character_is_noticed(number in number(), at in 0_usize..18, to in 0_usize..11) {
            let mut changed = number.clone();
            changed[at] = CHECK_DIGITS.chars().nth(to).expect("11 characters");
            let read = ResidentId::parse(&changed.iter().collect::<String>());
            prop_assert_eq!(read.is_ok(), changed == number);
        }

        #[test]
        fn any_two_neighbors_that_changed_places_are_noticed(number in number(), at in 0_usize..17) {
            let mut changed = number.clone();
            changed.swap(at, at + 1);
            let read = ResidentId::parse(&changed.iter().collect::<String>());
            prop_assert_eq!(read.is_ok(), changed == number);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,24}") {
            let _ = ResidentId::parse(&text);
        }
    }
}
