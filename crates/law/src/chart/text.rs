//! How wide a text is, and where its lines break: by characters, for no font is at hand.

/// Characters that do not begin a line.
const NOT_FIRST: &str = "，。；：、）〕》”！？*";
/// Characters that do not end a line.
const NOT_LAST: &str = "（〔《“";

/// The width in em: full-width characters count one, others a little more than they need in common fonts.
pub(super) fn width(text: &str) -> f64 {
    text.chars()
        .map(|c| if c.is_ascii() { 0.6 } else { 1.0 })
        .sum()
}

/// Breaks a text into lines of at most `most` em; numbers and latin words stay whole where they fit.
pub(super) fn wrap(text: &str, most: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for token in tokens(text) {
        if !line.is_empty() && width(&line) + width(&token) > most {
            // What must not stand at the end of a line goes with the next one.
            let carried: String = match line.chars().last() {
                Some(last) if NOT_LAST.contains(last) && line.chars().count() > 1 => {
                    line.pop().into_iter().collect()
                }
                _ => String::new(),
            };
            lines.push(std::mem::take(&mut line));
            line = carried;
        }
        line.push_str(&token);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// The pieces that are not broken: a character with the closing marks behind it, or a number.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut in_number = false;
    for character in text.chars() {
        let digit = character.is_ascii_alphanumeric();
        // A number keeps the 条 or 日 that it counts.
        let signed = tokens
            .last()
            .and_then(|last| last.chars().last())
            .is_some_and(is_sign);
        let joins = signed
            || NOT_FIRST.contains(character)
            || in_number && (digit || "条项日年个".contains(character));
        match tokens.last_mut() {
            Some(last) if joins => last.push(character),
            _ => tokens.push(character.to_string()),
        }
        in_number = digit;
    }
    tokens
}

/// ① and the like, which stand for the statute of the number behind them.
fn is_sign(character: char) -> bool {
    ('\u{2460}'..='\u{2473}').contains(&character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_hold_no_more_than_asked_and_lose_nothing() {
        let text =
            "送达（处罚决定书）后15个工作日内，《行政强制法》17至21、24、57条；⑨46条；经审核";
        for most in [4.0, 7.0, 10.5, 80.0] {
            let lines = wrap(text, most);
            assert_eq!(lines.concat(), text);
            for line in &lines {
                assert!(width(line) <= most.max(5.4), "{line} is wider than {most}");
                assert!(!line.starts_with(|c| NOT_FIRST.contains(c)), "{line}");
                assert!(!line.ends_with(is_sign), "{line}");
            }
        }
    }
}
