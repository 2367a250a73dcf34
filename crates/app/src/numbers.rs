//! 文号: numbers that leave no gap, with every one accounted for.
//!
//! A series belongs to an agency, a kind of document and a year. Its next number is issued inside the transaction that
//! records the act, so an act that is not recorded uses none. Numbers also leave in blocks, on pre-numbered field
//! forms: then each is handed out, and later used, returned or void. What was used on paper before is taken over.
//!
//! Pure: [`claim`] says what a claim does to a series and a number; both write paths ask it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A number may lie this far beyond the last one when it is taken over from paper: more is a slip of the pen.
const MOST_TAKEN_AT_ONCE: u32 = 10_000;

/// What counts up: one kind of document in one year.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Series {
    /// The kind of document, as the procedure declares it (文种).
    pub kind: String,
    /// The year.
    pub year: i16,
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}〔{}〕", self.kind, self.year)
    }
}

/// How a number is printed: prefix, brackets and 第 are the agency's (law.md 11.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NumberStyle(String);

/// A style that does not print year and number once each.
#[derive(Debug, thiserror::Error)]
#[error("文号式样“{0}”应当各有一处 {{年}} 和 {{号}}")]
pub struct BadStyle(String);

impl NumberStyle {
    /// Reads a style such as `长水罚决字〔{年}〕{号}号`.
    pub fn parse(text: &str) -> Result<Self, BadStyle> {
        let once = |mark: &str| text.matches(mark).count() == 1;
        if once("{年}") && once("{号}") {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadStyle(text.to_owned()))
        }
    }

    /// The style of most agencies: `长水罚决字〔2026〕12号` (law.md 11.5).
    pub fn usual(prefix: &str, kind: &str) -> Self {
        let plain = |text: &str| text.replace(['{', '}'], "");
        Self(format!(
            "{}{}字〔{{年}}〕{{号}}号",
            plain(prefix),
            plain(kind)
        ))
    }

    /// The printed number.
    pub fn print(&self, year: i16, serial: u32) -> String {
        self.0
            .replace("{年}", &year.to_string())
            .replace("{号}", &serial.to_string())
    }

    /// The series number and year that a printed text has in this style; brackets 〔〕【】[]﹝﹞ and a leading 第 or
    /// zeros are read as the same (law.md 11.5).
    pub fn read(&self, text: &str) -> Option<(i16, u32)> {
        let plain = |text: &str| -> String {
            text.chars()
                .filter(|c| !c.is_whitespace() && *c != '第')
                .map(|c| match c {
                    '【' | '[' | '﹝' | '［' => '〔',
                    '】' | ']' | '﹞' | '］' => '〕',
                    other => other,
                })
                .collect()
        };
        let (style, text) = (plain(&self.0), plain(text));
        let (before, rest) = style.split_once("{年}")?;
        let (between, after) = rest.split_once("{号}")?;
        let text = text.strip_prefix(before)?.strip_suffix(after)?;
        let (year, serial) = if between.is_empty() {
            text.split_at_checked(4)?
        } else {
            text.split_once(between)?
        };
        let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit()) && !text.is_empty();
        (digits(year) && digits(serial) && year.len() == 4)
            .then(|| Some((year.parse().ok()?, serial.parse().ok()?)))
            .flatten()
    }
}

/// How a number stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberState {
    /// Printed on a document of an act.
    Issued,
    /// On a pre-numbered form that is out in the field.
    HandedOut,
    /// The form came back unused.
    Returned,
    /// Spoiled; the entry says why and keeps the scan.
    Void,
    /// Used on paper before this system, by a case that is not here.
    Paper,
    /// Used on paper before this system, by a case that was taken over.
    TakenOver,
}

impl NumberState {
    /// As people read it.
    pub const fn chinese(self) -> &'static str {
        match self {
            NumberState::Issued => "已用",
            NumberState::HandedOut => "已领用，未使用",
            NumberState::Returned => "已交回",
            NumberState::Void => "作废",
            NumberState::Paper => "启用前纸质已用",
            NumberState::TakenOver => "启用前纸质已用，案件已接续",
        }
    }

    /// The stored word.
    pub const fn word(self) -> &'static str {
        match self {
            NumberState::Issued => "issued",
            NumberState::HandedOut => "handed_out",
            NumberState::Returned => "returned",
            NumberState::Void => "void",
            NumberState::Paper => "paper",
            NumberState::TakenOver => "taken_over",
        }
    }

    /// Reads the stored word.
    pub fn from_word(word: &str) -> Option<Self> {
        [
            NumberState::Issued,
            NumberState::HandedOut,
            NumberState::Returned,
            NumberState::Void,
            NumberState::Paper,
            NumberState::TakenOver,
        ]
        .into_iter()
        .find(|state| state.word() == word)
    }
}

/// What an entry wants of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum NumberEffect {
    /// The next number goes onto the document of the act.
    Issue,
    /// A pre-numbered form that was handed out is used.
    UseForm {
        /// Its number.
        serial: u32,
    },
    /// A number used on paper before this system belongs to the case taken over.
    TakeOver {
        /// Its number.
        serial: u32,
    },
    /// The next numbers leave as a block of pre-numbered forms.
    HandOut {
        /// How many.
        count: u32,
    },
    /// An unused form comes back.
    Return {
        /// Its number.
        serial: u32,
    },
    /// A number is void.
    Void {
        /// Its number.
        serial: u32,
    },
}

/// A claim of an entry on a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberClaim {
    /// The series.
    pub series: Series,
    /// How it is printed.
    pub style: NumberStyle,
    /// The printed text where it stands on paper already and must be kept as it is.
    pub printed: Option<String>,
    /// What is wanted.
    pub effect: NumberEffect,
}

impl NumberClaim {
    /// The number that the claim names itself.
    pub fn serial(&self) -> Option<u32> {
        match self.effect {
            NumberEffect::Issue | NumberEffect::HandOut { .. } => None,
            NumberEffect::UseForm { serial }
            | NumberEffect::TakeOver { serial }
            | NumberEffect::Return { serial }
            | NumberEffect::Void { serial } => Some(serial),
        }
    }
}

/// What a claim came to; stands in the header of its entry, so that the register can be made again from the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    /// The series.
    pub series: Series,
    /// The first number concerned.
    pub first: u32,
    /// The last number concerned; the first, but for a block.
    pub last: u32,
    /// How they stand now.
    pub state: NumberState,
    /// The printed text of the first.
    pub text: String,
    /// Numbers below the first that are thereby known to have been used on paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper_from: Option<u32>,
}

/// Why a number cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// It is used, void or out already.
    #[error("{series}第{serial}号{}，不能再次使用", state.chinese())]
    Taken {
        /// The series.
        series: Series,
        /// The number.
        serial: u32,
        /// How it stands.
        state: NumberState,
    },
    /// Only a number that was issued or handed out can be returned, used or void.
    #[error("{series}第{serial}号没有发出过，不能使用、交回或者作废")]
    NeverOut {
        /// The series.
        series: Series,
        /// The number.
        serial: u32,
    },
    /// Too far beyond the last one.
    #[error("{series}第{serial}号比已用的最后一号大得太多，请核对")]
    TooFar {
        /// The series.
        series: Series,
        /// The number.
        serial: u32,
    },
    /// A block of none, or of more than a year needs.
    #[error("{series}一次领用的份数应当是1至{MOST_TAKEN_AT_ONCE}")]
    BlockSize {
        /// The series.
        series: Series,
    },
    /// Another number is printed like this.
    #[error("文号“{text}”已经用过")]
    SameText {
        /// The printed text.
        text: String,
    },
}

/// What a claim does: the number, and the next one of the series after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// What is written.
    pub numbered: Numbered,
    /// The next unused number of the series after it.
    pub next: u32,
}

/// Judges a claim. `next` is the next unused number of the series (from 1), `state` how the named number stands.
pub fn claim(
    wanted: &NumberClaim,
    next: u32,
    state: Option<NumberState>,
) -> Result<Claimed, NumberError> {
    let series = || wanted.series.clone();
    let taken = |serial, state| NumberError::Taken {
        series: series(),
        serial,
        state,
    };
    let never = |serial| NumberError::NeverOut {
        series: series(),
        serial,
    };
    let done = |first: u32, last: u32, state, next, paper_from| {
        let text = match &wanted.printed {
            Some(text) => text.clone(),
            None => wanted.style.print(wanted.series.year, first),
        };
        Claimed {
            numbered: Numbered {
                series: series(),
                first,
                last,
                state,
                text,
                paper_from,
            },
            next,
        }
    };
    use NumberState::{HandedOut, Issued, Paper, Returned, TakenOver, Void};
    match wanted.effect {
        NumberEffect::Issue => Ok(done(next, next, Issued, next + 1, None)),
        NumberEffect::HandOut { count } => {
            if count == 0 || count > MOST_TAKEN_AT_ONCE {
                return Err(NumberError::BlockSize { series: series() });
            }
            let last = next + (count - 1);
            Ok(done(next, last, HandedOut, last + 1, None))
        }
        NumberEffect::UseForm { serial } => match state {
            Some(HandedOut) => Ok(done(serial, serial, Issued, next, None)),
            Some(state) => Err(taken(serial, state)),
            None => Err(never(serial)),
        },
        NumberEffect::Return { serial } => match state {
            Some(HandedOut) => Ok(done(serial, serial, Returned, next, None)),
            Some(state) => Err(taken(serial, state)),
            None => Err(never(serial)),
        },
        NumberEffect::Void { serial } => match state {
            Some(HandedOut | Issued | Returned) => Ok(done(serial, serial, Void, next, None)),
            Some(state) => Err(taken(serial, state)),
            None => Err(never(serial)),
        },
        NumberEffect::TakeOver { serial } => match state {
            Some(Paper) => Ok(done(serial, serial, TakenOver, next, None)),
            Some(state) => Err(taken(serial, state)),
            None if serial == 0 || serial > next.saturating_add(MOST_TAKEN_AT_ONCE) => {
                Err(NumberError::TooFar {
                    series: series(),
                    serial,
                })
            }
            // Numbers are counted without gaps: one that has no row lies at `next` or beyond.
            None => Ok(done(
                serial,
                serial,
                TakenOver,
                serial.max(next - 1) + 1,
                (next < serial).then_some(next),
            )),
        },
    }
}

/// A line of the register of numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberRow {
    /// The series.
    pub series: Series,
    /// The number.
    pub serial: u32,
    /// How it stands.
    pub state: NumberState,
    /// As printed; empty for a number used on paper by a case that is not here.
    pub text: String,
    /// The place of the entry that said so.
    pub leaf_index: u64,
}

/// A series and the next number it gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesRow {
    /// The series.
    pub series: Series,
    /// The next unused number.
    pub next: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(effect: NumberEffect) -> NumberClaim {
        NumberClaim {
            series: Series {
                kind: "罚决".to_owned(),
                year: 2026,
            },
            style: NumberStyle::parse("长水罚决字〔{年}〕{号}号").expect("a style"),
            printed: None,
            effect,
        }
    }

    #[test]
    fn a_printed_number_is_read_however_the_brackets_are() {
        let style = NumberStyle::parse("长水罚决字〔{年}〕{号}号").expect("a style");
        assert_eq!(style.print(2026, 12), "长水罚决字〔2026〕12号");
        for text in [
            "长水罚决字〔2026〕12号",
            "长水罚决字[2026]第012号",
            "长水罚决字【2026】 12 号",
        ] {
            assert_eq!(style.read(text), Some((2026, 12)), "{text}");
        }
        for text in [
            "长水罚决字〔2026〕号",
            "长水罚〔2026〕1号",
            "",
            "长水罚决字〔26〕1号",
        ] {
            assert_eq!(style.read(text), None, "{text}");
        }
        assert!(NumberStyle::parse("长水罚决字{号}号").is_err());
    }

    #[test]
    fn every_number_is_accounted_for() {
        let issued = claim(&wanted(NumberEffect::Issue), 5, None).expect("the next");
        assert_eq!((issued.numbered.first, issued.next), (5, 6));
        let block = claim(&wanted(NumberEffect::HandOut { count: 3 }), 6, None).expect("a block");
        assert_eq!(
            (block.numbered.first, block.numbered.last, block.next),
            (6, 8, 9)
        );
        let form = NumberEffect::UseForm { serial: 7 };
        assert!(claim(&wanted(form), 9, Some(NumberState::HandedOut)).is_ok());
        assert!(matches!(
            claim(&wanted(form), 9, Some(NumberState::Issued)),
            Err(NumberError::Taken { serial: 7, .. })
        ));
        assert!(matches!(
            claim(&wanted(NumberEffect::Void { serial: 9 }), 9, None),
            Err(NumberError::NeverOut { .. })
        ));
        assert!(matches!(
            claim(&wanted(NumberEffect::HandOut { count: 0 }), 9, None),
            Err(NumberError::BlockSize { .. })
        ));
    }

    #[test]
    fn a_number_of_paper_is_taken_over_once() {
        let far = claim(&wanted(NumberEffect::TakeOver { serial: 57 }), 1, None).expect("paper");
        assert_eq!((far.next, far.numbered.paper_from), (58, Some(1)));
        let before = NumberEffect::TakeOver { serial: 12 };
        let taken = claim(&wanted(before), 58, Some(NumberState::Paper)).expect("one of paper");
        assert_eq!(
            (taken.next, taken.numbered.state),
            (58, NumberState::TakenOver)
        );
        assert!(claim(&wanted(before), 58, Some(NumberState::TakenOver)).is_err());
        assert!(claim(&wanted(NumberEffect::TakeOver { serial: 99_999 }), 58, None).is_err());
        assert!(claim(&wanted(NumberEffect::TakeOver { serial: 0 }), 58, None).is_err());
    }
}
