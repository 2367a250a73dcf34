//! One way of writing, for what is searched and for what is asked.
//!
//! Whoever looks for a document types what the keyboard gives: full-width digits, square brackets for the 〔〕 of a
//! document number, capitals or none. Both sides are folded to the same characters; what remains is compared exactly.

/// The text as it is searched: widths, brackets and capitals are one, blanks separate.
pub(crate) fn fold(text: &str) -> String {
    text.chars()
        .filter_map(folded)
        .flat_map(char::to_lowercase)
        .collect()
}

/// The words of a query, each of which must occur; words said twice count once.
pub(crate) fn words(query: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in fold(query).split(' ').filter(|word| !word.is_empty()) {
        if !words.iter().any(|known| known == word) {
            words.push(word.to_owned());
        }
    }
    words
}

/// None for what is not seen and only separates what belongs together.
fn folded(c: char) -> Option<char> {
    let half = match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{ffe5}' => '\u{a5}',
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => return None,
        c if c.is_whitespace() || c.is_control() => ' ',
        c => c,
    };
    Some(match half {
        '\u{3014}' | '[' | '{' | '\u{3010}' | '\u{3016}' | '\u{3018}' => '(',
        '\u{3015}' | ']' | '}' | '\u{3011}' | '\u{3017}' | '\u{3019}' => ')',
        c => c,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_keyboard_gives_is_what_was_printed() {
        for typed in [
            "永水罚(2026)12号",
            "永水罚[2026]12号",
            "永水罚（２０２６）１２号",
            "永水罚【2026】12号",
        ] {
            assert_eq!(fold(typed), fold("永水罚〔2026〕12号"), "{typed}");
        }
        assert_eq!(fold("91310000MA1FL0ABCD"), fold("91310000ma1fl0abcd"));
        assert_eq!(fold("￥20,000"), fold("¥20，000"));
        assert_eq!(fold("零\u{200b}宽"), "零宽");
    }

    #[test]
    fn blanks_of_every_kind_separate_words() {
        assert_eq!(
            words(" 取水\u{3000}许可\t取水\n"),
            ["取水".to_owned(), "许可".to_owned()]
        );
        assert!(words(" \u{3000} ").is_empty());
    }
}
