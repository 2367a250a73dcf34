//! Text that is searched by any of its substrings, also of two Chinese characters.
//!
//! Text and query are folded alike. Each pair of neighbouring letters is one word of an index that both databases have;
//! the index gives the rows that hold all pairs of the query, and a substring check on the folded text makes that
//! exact. Words are written as the code points of the pair: plain ASCII, which no tokenizer of either database splits,
//! drops or changes, however new or rare the character is.

use std::collections::BTreeSet;

/// Separates the fields of a text: nothing is found across it, for no query holds it.
const FIELD: char = '\u{1f}';

/// A query is its first characters up to this number; what follows is left aside.
pub(crate) const QUERY_CHARACTERS: usize = 64;

/// Upper and lower case, full and half width, and the brackets of document numbers (〔〕【】[]) are the same;
/// white space and control characters do not count.
fn fold(text: &str) -> impl Iterator<Item = char> + '_ {
    let half_width = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    };
    let bracket = |c: char| match c {
        '[' | '【' | '﹝' => '〔',
        ']' | '】' | '﹞' => '〕',
        other => other,
    };
    text.chars()
        .filter(|c| !c.is_whitespace() && !c.is_control())
        .map(half_width)
        .map(bracket)
        .flat_map(char::to_lowercase)
}

/// The folded text of a row.
pub(crate) fn folded<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for field in fields {
        text.extend(fold(field));
        text.push(FIELD);
    }
    text
}

/// The folded text of a query.
pub(crate) fn folded_query(query: &str) -> String {
    fold(query).take(QUERY_CHARACTERS).collect()
}

/// The words of a folded text: each once, in order. Punctuation between two letters is left out.
pub(crate) fn words(folded: &str) -> Vec<String> {
    let mut found = BTreeSet::new();
    for field in folded.split(FIELD) {
        let letters: Vec<char> = field.chars().filter(|c| c.is_alphanumeric()).collect();
        for pair in letters.windows(2) {
            if let [one, two] = pair {
                found.insert(format!("{:x}z{:x}", u32::from(*one), u32::from(*two)));
            }
        }
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_query_are_folded_alike() {
        assert_eq!(
            folded_query("长水罚决字【２０２６】 12号"),
            "长水罚决字〔2026〕12号"
        );
        assert_eq!(folded_query("ＡＢc\u{0}\n"), "abc");
        assert_eq!(folded(["张 三", "B"]), "张三\u{1f}b\u{1f}");
        assert_eq!(
            folded_query(&"水".repeat(10_000)).chars().count(),
            QUERY_CHARACTERS
        );
    }

    #[test]
    fn a_word_is_a_pair_within_a_field() {
        assert_eq!(words(&folded(["镕喆", "甲"])), ["9555z5586"]);
        assert_eq!(words(&folded(["甲（乙）"])), words("甲乙"));
        assert!(words("(").is_empty() && words("水").is_empty());
        assert_eq!(words("水水水").len(), 1);
    }

    #[test]
    fn every_substring_has_only_words_of_its_text() {
        let text = folded(["永安市𬭎源（集团）水务-A1有限公司"]);
        let of_text = words(&text);
        let characters: Vec<char> = text.chars().filter(|c| *c != FIELD).collect();
        for from in 0..characters.len() {
            for to in from..characters.len() {
                let query: String = characters.iter().skip(from).take(to - from).collect();
                for word in words(&query) {
                    assert!(of_text.contains(&word), "{query}");
                }
            }
        }
    }
}
