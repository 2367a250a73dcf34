//! Whether a page of another site still says what was released.

use crate::lines;
use proof::Disclosure;

/// A page held against a publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Every line of the publication, in its order.
    pub lines: Vec<Line>,
}

/// A line of the publication, and whether the page has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its name.
    pub label: String,
    /// What was released.
    pub value: String,
    /// The page says it, in these very characters but for spaces and widths.
    pub is_there: bool,
}

impl Compared {
    /// Lines that the page does not have.
    pub fn missing(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| !line.is_there)
    }

    /// Lines that it has: after a withdrawal there should be none.
    pub fn found(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.is_there)
    }
}

/// Holds the text or the source of a page against what was released.
pub fn compare(page: &str, shown: &Disclosure) -> Compared {
    let page = normal(&text_of(page));
    let title = ("标题".to_owned(), shown.title.clone());
    let lines = std::iter::once(title).chain(lines(shown));
    let lines = lines.map(|(label, value)| {
        let wanted = normal(&value);
        Line {
            is_there: !wanted.is_empty() && page.contains(&wanted),
            label,
            value,
        }
    });
    Compared {
        lines: lines.collect(),
    }
}

/// What a reader sees of a page: tags, scripts and styles are gone, entities are read.
fn text_of(page: &str) -> String {
    let mut text = String::with_capacity(page.len());
    let mut rest = page;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let name: String = tag
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || "/!-".contains(*c))
            .collect::<String>()
            .to_ascii_lowercase();
        // A sign that begins no tag is a sign.
        if name.is_empty() {
            text.push('<');
            rest = tag;
            continue;
        }
        let after = match name.as_str() {
            name if name.starts_with("!--") => tag.split_once("-->"),
            "script" | "style" => {
                let close = tag.to_ascii_lowercase().find(&format!("</{name}"));
                let close = close.and_then(|at| tag.get(at..));
                close.and_then(|close| close.split_once('>'))
            }
            _ => tag.split_once('>'),
        };
        match after {
            Some((_, after)) => rest = after,
            // A page that breaks off inside a tag shows nothing of it.
            None => return entities(&text),
        }
    }
    text.push_str(rest);
    entities(&text)
}

fn entities(text: &str) -> String {
    let mut read = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        read.push_str(before);
        let named = after.split_once(';').filter(|(name, _)| name.len() < 10);
        match named.and_then(|(name, after)| Some((entity(name)?, after))) {
            Some((c, after)) => {
                read.push(c);
                rest = after;
            }
            None => {
                read.push('&');
                rest = after;
            }
        }
    }
    read.push_str(rest);
    read
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        "yen" => Some('¥'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

/// Without spaces, and in one width: what content systems change by themselves.
fn normal(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && *c != '\u{feff}' && *c != '\u{200b}')
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            '\u{ffe5}' => '¥',
            c => c,
        })
        .collect()
}
