//! As much of Rust's grammar as the checks need: names and string literals, without comments.

/// A name or a string literal of a source file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Name(String),
    /// The text between the quotes, escapes as written.
    Text(String),
    Mark(char),
}

/// The tokens of a file with their line numbers. Comments, characters, lifetimes and numbers are passed over.
pub(crate) fn tokens(source: &str) -> Vec<(usize, Token)> {
    let characters: Vec<char> = source.chars().collect();
    let mut found = Vec::new();
    let mut line = 1;
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        let begun = at;
        let next = characters.get(at + 1).copied();
        let mut token = None;
        match character {
            '/' if next == Some('/') => at = end_of_line(&characters, at),
            '/' if next == Some('*') => at = end_of_block_comment(&characters, at),
            '"' => {
                at = end_of_text(&characters, at);
                token = Some(Token::Text(between(
                    &characters,
                    begun + 1,
                    at.saturating_sub(1),
                )));
            }
            '\'' => at = end_of_character_or_lifetime(&characters, at),
            _ if character.is_alphabetic() || character == '_' => {
                at = end_of_name(&characters, at);
                let name = between(&characters, begun, at);
                if let Some((from, to, end)) = raw_text(&characters, at, &name) {
                    at = end;
                    token = Some(Token::Text(between(&characters, from, to)));
                } else if !matches!((name.as_str(), characters.get(at)), ("b" | "c", Some('"'))) {
                    token = Some(Token::Name(name));
                }
            }
            _ if character.is_ascii_digit() => at = end_of_name(&characters, at),
            _ => {
                at += 1;
                if !character.is_whitespace() {
                    token = Some(Token::Mark(character));
                }
            }
        }
        found.extend(token.map(|token| (line, token)));
        line += count_lines(characters.get(begun..at).unwrap_or_default());
    }
    found
}

/// The part of a file that is not its `#[cfg(test)]` module.
pub(crate) fn without_tests(source: &str) -> &str {
    let is_start = |&(at, _): &(usize, &str)| {
        source
            .get(at..)
            .and_then(|rest| rest.lines().nth(1))
            .is_some_and(|line| line.starts_with("mod ") && line.ends_with('{'))
    };
    source
        .match_indices("#[cfg(test)]\n")
        .filter(|&(at, _)| {
            at == 0
                || source
                    .get(..at)
                    .is_some_and(|before| before.ends_with('\n'))
        })
        .find(is_start)
        .and_then(|(at, _)| source.get(..at))
        .unwrap_or(source)
}

/// Whether a file holds nothing but tests.
pub(crate) fn is_test_file(path: &str) -> bool {
    // `testkit` is reached by development dependencies only, which the arrows make sure of.
    path.ends_with("/tests.rs")
        || path.ends_with("_tests.rs")
        || path.contains("/tests/")
        || path.starts_with("crates/testkit/")
}

fn between(characters: &[char], from: usize, to: usize) -> String {
    characters
        .get(from..to)
        .unwrap_or_default()
        .iter()
        .collect()
}

fn count_lines(characters: &[char]) -> usize {
    characters
        .iter()
        .filter(|&&character| character == '\n')
        .count()
}

fn end_of_line(characters: &[char], from: usize) -> usize {
    position(characters, from, |character| character == '\n')
}

fn end_of_name(characters: &[char], from: usize) -> usize {
    position(characters, from, |character| {
        !character.is_alphanumeric() && character != '_'
    })
}

fn position(characters: &[char], from: usize, is_end: impl Fn(char) -> bool) -> usize {
    (from..characters.len())
        .find(|&at| is_end(characters[at]))
        .unwrap_or(characters.len())
}

fn end_of_block_comment(characters: &[char], from: usize) -> usize {
    let mut depth = 0;
    let mut at = from;
    while at < characters.len() {
        match (characters[at], characters.get(at + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                at += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    at
}

fn end_of_text(characters: &[char], from: usize) -> usize {
    let mut at = from + 1;
    while at < characters.len() {
        match characters[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    characters.len()
}

/// Where a raw text after the prefix `name` begins, ends, and where its closing mark ends.
fn raw_text(characters: &[char], at: usize, name: &str) -> Option<(usize, usize, usize)> {
    if !matches!(name, "r" | "br" | "cr") {
        return None;
    }
    let open = position(characters, at, |character| character != '#');
    if characters.get(open) != Some(&'"') {
        return None;
    }
    let hashes = open - at;
    let is_closing = |&end: &usize| {
        characters[end] == '"'
            && characters
                .get(end + 1..=end + hashes)
                .is_some_and(|after| after.iter().all(|&mark| mark == '#'))
    };
    let end = (open + 1..characters.len()).find(is_closing)?;
    Some((open + 1, end, end + 1 + hashes))
}

fn end_of_character_or_lifetime(characters: &[char], from: usize) -> usize {
    match (characters.get(from + 1), characters.get(from + 2)) {
        (Some('\\'), _) => position(characters, from + 3, |character| character == '\'') + 1,
        (_, Some('\'')) => from + 3,
        _ => end_of_name(characters, from + 1),
    }
}

#[test]
fn names_and_texts_are_told_from_comments_and_characters() {
    let source = r####"// "comment" a_name
/* "b" /* nested */ */ fn go<'a>(c: char) -> &'a str { let q = '"'; let e = '\''; let u = '\u{1F4A7}';
    r#"raw "inside" text"#; b"bytes"; "立\"案"; 0x1f_u8; r#type
}"####;
    let found = tokens(source);
    let texts: Vec<(usize, &str)> = found
        .iter()
        .filter_map(|(line, token)| match token {
            Token::Text(text) => Some((*line, text.as_str())),
            Token::Name(_) | Token::Mark(_) => None,
        })
        .collect();
    assert_eq!(
        texts,
        [(3, "raw \"inside\" text"), (3, "bytes"), (3, "立\\\"案")]
    );
    let has_name = |name: &str| {
        found
            .iter()
            .any(|(_, token)| *token == Token::Name(name.to_owned()))
    };
    assert!(has_name("go") && has_name("type"));
    assert!(!has_name("a_name") && !has_name("nested"));
}

#[test]
fn the_test_module_is_cut_off() {
    let source = "fn a() {}\n#[cfg(test)]\nmod tests;\nfn b() {}\n#[cfg(test)]\nmod more {\n}\n";
    assert_eq!(
        without_tests(source),
        "fn a() {}\n#[cfg(test)]\nmod tests;\nfn b() {}\n"
    );
    assert_eq!(without_tests("fn a() {}\n"), "fn a() {}\n");
}
