//! Personal data in a text that is to be published (law.md 4.5): found, hidden, and asked about where it is in doubt.
//!
//! What is known of the case comes first: its names, addresses and numbers are hidden wherever they stand. Then forms that
//! are personal by themselves: citizens' numbers and bank cards with their check digits, mobile numbers, plates. What only
//! looks like personal data is a *doubt*: it stays as it is and holds the publication up until somebody says, for these
//! very words, that they are hidden or shown.

mod find;
#[cfg(test)]
mod tests;

use law::fact::PersonalKind;
use std::collections::BTreeSet;

/// Words that are known to be personal data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Known {
    /// The words.
    pub words: String,
    /// What they are; nothing where they are the former name of an organization.
    pub kind: Option<PersonalKind>,
    /// What stands in their place.
    pub shown: String,
}

impl Known {
    /// Words of this kind; of a name the surname stays, of everything else nothing.
    pub fn new(words: &str, kind: PersonalKind) -> Known {
        Known {
            words: words.to_owned(),
            kind: Some(kind),
            shown: hidden(words, kind),
        }
    }

    /// The wrong name of an organization, in whose place the right one stands.
    pub fn former_name(words: &str, right: &str) -> Known {
        Known {
            words: words.to_owned(),
            kind: None,
            shown: right.to_owned(),
        }
    }

    fn chinese(&self) -> &'static str {
        self.kind.map_or("已经更正的名称", PersonalKind::chinese)
    }
}

/// Names, each with what is shown of it: where two people would be shown alike, 甲, 乙 … tell them apart.
pub fn known_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<Known> {
    const STEMS: [char; 10] = ['甲', '乙', '丙', '丁', '戊', '己', '庚', '辛', '壬', '癸'];
    let mut distinct: Vec<&str> = Vec::new();
    for name in names {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    let alike = |shown: &str| -> Vec<&str> {
        let all = distinct.iter().copied();
        all.filter(|name| hidden_name(name) == shown).collect()
    };
    let known = distinct.iter().map(|name| {
        let shown = hidden_name(name);
        let others = alike(&shown);
        let at = others.iter().position(|other| other == name);
        let stem = at.filter(|_| others.len() > 1).and_then(|at| STEMS.get(at));
        let surname = shown.trim_end_matches('某');
        Known {
            words: (*name).to_owned(),
            kind: Some(PersonalKind::Name),
            shown: match stem {
                Some(stem) => format!("{surname}某{stem}"),
                None => shown,
            },
        }
    });
    known.collect()
}

/// What people said about words: these very words, wherever they stand in the publication.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// To be hidden.
    pub hide: BTreeSet<String>,
    /// To be shown as they are, though they look personal.
    pub show: BTreeSet<String>,
}

impl Choices {
    /// Reads the two lists as they are written, one entry a line; what follows `：` or `:` after the words of a line of
    /// the second is the reason.
    pub fn read(hide: &str, show: &str) -> Choices {
        let lines = |text: &str| -> BTreeSet<String> {
            let lines = text.lines().map(str::trim);
            lines
                .filter(|line| !line.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let words = |line: String| {
            let words = line
                .split(['\u{ff1a}', ':'])
                .next()
                .unwrap_or_default()
                .trim();
            words.to_owned()
        };
        Choices {
            hide: lines(hide),
            show: lines(show).into_iter().map(words).collect(),
        }
    }
}

/// Why words are hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// The case knows them.
    Known,
    /// Their form.
    Form,
    /// Somebody said so.
    Chosen,
}

impl Ground {
    /// For the reviewer.
    pub fn chinese(self) -> &'static str {
        match self {
            Ground::Known => "本案登记的信息",
            Ground::Form => "按格式识别",
            Ground::Chosen => "人工指定",
        }
    }
}

/// A stretch of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stretch {
    /// Shown as it is.
    Plain(String),
    /// Hidden: what stands in its place is shown.
    Hidden {
        /// The words.
        words: String,
        /// What is shown instead.
        shown: String,
        /// What they are.
        what: &'static str,
        /// Why they are hidden.
        ground: Ground,
    },
    /// Shown as it is unless somebody says otherwise; nothing may be published before.
    Doubt {
        /// The words.
        words: String,
        /// What they look like, in words for the reviewer.
        what: &'static str,
    },
}

/// A text with everything found in it, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redacted {
    /// Its stretches; together they are the text.
    pub stretches: Vec<Stretch>,
}

impl Redacted {
    /// What the public sees.
    pub fn shown(&self) -> String {
        let shown = self.stretches.iter().map(|stretch| match stretch {
            Stretch::Plain(words) | Stretch::Doubt { words, .. } => words.as_str(),
            Stretch::Hidden { shown, .. } => shown.as_str(),
        });
        shown.collect()
    }

    /// Words in doubt, in their order.
    pub fn doubts(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.stretches.iter().filter_map(|stretch| match stretch {
            Stretch::Doubt { words, what } => Some((words.as_str(), *what)),
            Stretch::Plain(_) | Stretch::Hidden { .. } => None,
        })
    }
}

/// Finds and hides.
pub fn redact(text: &str, known: &BTreeSet<Known>, choices: &Choices) -> Redacted {
    let found = find::all(text, known, choices);
    let mut stretches = Vec::new();
    let mut done = 0;
    for one in found {
        if one.start > done {
            stretches.push(Stretch::Plain(between(text, done, one.start)));
        }
        let words = between(text, one.start, one.end);
        done = one.end;
        stretches.push(match one.ground {
            None => Stretch::Doubt {
                words,
                what: one.what,
            },
            Some(ground) => Stretch::Hidden {
                shown: one
                    .shown
                    .or_else(|| one.kind.map(|kind| hidden(&words, kind)))
                    .unwrap_or_else(|| NOTHING.to_owned()),
                words,
                what: one.what,
                ground,
            },
        });
    }
    if done < text.len() {
        stretches.push(Stretch::Plain(between(text, done, text.len())));
    }
    Redacted { stretches }
}

/// The text between two places, which stand before characters.
fn between(text: &str, from: usize, until: usize) -> String {
    text.get(from..until).unwrap_or_default().to_owned()
}

/// What stands in the place of hidden words: of a name the surname stays, of everything else nothing.
fn hidden(words: &str, kind: PersonalKind) -> String {
    match kind {
        PersonalKind::Name => hidden_name(words),
        PersonalKind::Address
        | PersonalKind::Phone
        | PersonalKind::Account
        | PersonalKind::Paper => NOTHING.to_owned(),
    }
}

/// What stands for words of which nothing is shown.
const NOTHING: &str = "×××";

/// A natural person's name as the public may know it: 王建设 is 王某某. See [`known_names`] for several.
pub fn hidden_name(name: &str) -> String {
    let letters: Vec<char> = name.chars().filter(|c| !c.is_whitespace()).collect();
    let surname = find::surname_length(&letters);
    let given = letters.len().saturating_sub(surname).clamp(1, 3);
    let surname: String = letters.iter().take(surname).collect();
    format!("{surname}{}", "某".repeat(given))
}
