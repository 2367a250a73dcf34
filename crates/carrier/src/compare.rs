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
    while let Some(open) = rest.find('<') {
        text.push_str(&rest[..open]);
        let tag = &rest[open..];
        let name: String = tag[1..]
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || "/!-".contains(*c))
            .collect::<String>()
            .to_ascii_lowercase();
        // A sign that begins no tag is a sign.
        if name.is_empty() {
            text.push('<');
            rest = &tag[1..];
            continue;
        }
        let end = match name.as_str() {
            name if name.starts_with("!--") => tag.find("-->").map(|at| at + 3),
            "script" | "style" => {
                let close = format!("</{name}");
                let lower = tag.to_ascii_lowercase();
                lower
                    .find(&close)
                    .and_then(|at| tag[at..].find('>').map(|end| at + end + 1))
            }
            _ => tag.find('>').map(|at| at + 1),
        };
        match end {
            Some(end) => rest = &tag[end..],
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
    while let Some(at) = rest.find('&') {
        read.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(';').filter(|end| *end <= 10);
        let known = end.and_then(|end| Some((entity(&rest[1..end])?, end + 1)));
        match known {
            Some((c, length)) => {
                read.push(c);
                rest = &rest[length..];
            }
            None => {
                read.push('&');
                rest = &rest[1..];
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
