//! Reading the notation: files, nodes with their place, and errors a lawyer can act on.
//!
//! Every error names file, line and column, what was seen and what was expected; reading goes on after
//! an error, so that one run shows them all.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use kdl::{KdlDocument, KdlEntry, KdlNode, KdlValue};
use serde::Serialize;

/// A place in a rules file; line and column count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// Path as given to the loader, such as `penalty.ordinary/procedure.kdl`.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A mistake in a rules file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleError {
    /// Where.
    pub place: Place,
    /// What was seen, as a Chinese sentence.
    pub seen: String,
    /// What was expected.
    pub expected: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {}；应当是：{}",
            self.place, self.seen, self.expected
        )
    }
}

impl std::error::Error for RuleError {}

/// All mistakes of one loading, in the order of files and lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleErrors(pub Vec<RuleError>);

impl fmt::Display for RuleErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, error) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for RuleErrors {}

/// Collects mistakes while reading goes on.
#[derive(Debug, Default)]
pub struct Errors(RefCell<Vec<RuleError>>);

impl Errors {
    /// Notes one mistake.
    pub fn add(&self, place: &Place, seen: impl Into<String>, expected: impl Into<String>) {
        self.0.borrow_mut().push(RuleError {
            place: place.clone(),
            seen: seen.into(),
            expected: expected.into(),
        });
    }

    /// `Ok` when nothing was noted.
    pub fn finish(self) -> Result<(), RuleErrors> {
        let mut errors = self.0.into_inner();
        errors.sort();
        errors.dedup();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(RuleErrors(errors))
        }
    }

    /// Whether anything was noted so far.
    pub fn any(&self) -> bool {
        !self.0.borrow().is_empty()
    }
}

/// One rules file, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Path below `rules/`, with forward slashes.
    pub path: String,
    /// Its content.
    pub text: String,
}

struct Lines {
    file: Arc<str>,
    text: String,
    starts: Vec<usize>,
}

impl Lines {
    fn new(file: &SourceFile) -> Lines {
        let starts = std::iter::once(0)
            .chain(file.text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Lines {
            file: file.path.as_str().into(),
            text: file.text.clone(),
            starts,
        }
    }

    fn place(&self, offset: usize) -> Place {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts[line - 1];
        let column = self
            .text
            .get(start..offset)
            .map_or(1, |before| before.chars().count() + 1);
        Place {
            file: self.file.clone(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }
}

/// A node with its arguments, properties and children, each knowing its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The node's name, a keyword or the name of something declared.
    pub name: String,
    /// Where the name stands.
    pub place: Place,
    /// Positional values.
    pub arguments: Vec<Scalar>,
    /// Named values.
    pub properties: Vec<(String, Scalar)>,
    /// What stands in braces.
    pub children: Vec<Node>,
}

/// One value of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// The value.
    pub value: ScalarValue,
    /// Where it stands.
    pub place: Place,
}

/// What a value may be in the notation.
#[derive(Clone, Debug, PartialEq)]
pub enum ScalarValue {
    /// A word or quoted text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number with a decimal part, kept as written.
    Decimal(String),
    /// `#true` or `#false`.
    Bool(bool),
}

impl fmt::Display for ScalarValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ScalarValue::Text(text) | ScalarValue::Decimal(text) => f.write_str(text),
            ScalarValue::Integer(number) => write!(f, "{number}"),
            ScalarValue::Bool(value) => write!(f, "#{value}"),
        }
    }
}

impl Scalar {
    /// The text, or a noted mistake.
    pub fn text<'a>(&'a self, errors: &Errors) -> Option<&'a str> {
        match &self.value {
            ScalarValue::Text(text) => Some(text),
            other => {
                errors.add(&self.place, format!("看到 {other}"), "文字");
                None
            }
        }
    }

    /// The whole number, or a noted mistake.
    pub fn integer(&self, errors: &Errors) -> Option<i64> {
        match &self.value {
            ScalarValue::Integer(number) => Some(*number),
            other => {
                errors.add(&self.place, format!("看到“{other}”"), "整数");
                None
            }
        }
    }
}

impl Node {
    /// The children of this name.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Node> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The only child of this name; a second one is a mistake.
    pub fn one<'a>(&'a self, name: &str, errors: &Errors) -> Option<&'a Node> {
        let mut found = self.all(name);
        let first = found.next();
        if let Some(second) = found.next() {
            errors.add(
                &second.place,
                format!("“{name}”写了两次"),
                format!("{}里只写一次“{name}”", self.name),
            );
        }
        first
    }

    /// The child of this name that must stand here.
    pub fn required<'a>(&'a self, name: &str, errors: &Errors) -> Option<&'a Node> {
        let found = self.one(name, errors);
        if found.is_none() {
            errors.add(
                &self.place,
                format!("“{}”里没有“{name}”", self.title()),
                format!("写一行“{name} …”"),
            );
        }
        found
    }

    /// The texts of all arguments of all children of this name, with their places.
    pub fn words<'a>(&'a self, name: &str, errors: &Errors) -> Vec<(&'a str, &'a Place)> {
        self.all(name)
            .flat_map(|child| child.arguments.iter())
            .filter_map(|scalar| scalar.text(errors).map(|text| (text, &scalar.place)))
            .collect()
    }

    /// The text of the argument at `index`, or a noted mistake saying what should stand there.
    pub fn argument<'a>(&'a self, index: usize, what: &str, errors: &Errors) -> Option<&'a str> {
        match self.arguments.get(index) {
            Some(scalar) => scalar.text(errors),
            None => {
                errors.add(&self.place, format!("“{}”后面缺少{what}", self.name), what);
                None
            }
        }
    }

    /// The value of a property.
    pub fn property(&self, name: &str) -> Option<&Scalar> {
        self.properties
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// The text of a property.
    pub fn property_text<'a>(&'a self, name: &str, errors: &Errors) -> Option<&'a str> {
        self.property(name).and_then(|scalar| scalar.text(errors))
    }

    /// Whether a property is `#true`.
    pub fn flag(&self, name: &str) -> bool {
        matches!(
            self.property(name),
            Some(Scalar {
                value: ScalarValue::Bool(true),
                ..
            })
        )
    }

    /// The node's name and first argument, for messages.
    pub fn title(&self) -> String {
        match self.arguments.first() {
            Some(first) => format!("{} {}", self.name, first.value),
            None => self.name.clone(),
        }
    }

    /// Notes a mistake for every child and property whose name is not expected here: typos never pass silently.
    pub fn only(&self, children: &[&str], properties: &[&str], errors: &Errors) {
        for child in &self.children {
            if !children.contains(&child.name.as_str()) {
                let expected = match nearest(&child.name, children) {
                    Some(near) => format!("“{near}”?这里可以写：{}", children.join("、")),
                    None if children.is_empty() => "这里没有下一层".to_owned(),
                    None => format!("这里可以写：{}", children.join("、")),
                };
                errors.add(
                    &child.place,
                    format!("“{}”里不认识的“{}”", self.title(), child.name),
                    expected,
                );
            }
        }
        for (key, value) in &self.properties {
            if !properties.contains(&key.as_str()) {
                let expected = if properties.is_empty() {
                    "这里没有带等号的项".to_owned()
                } else {
                    properties
                        .iter()
                        .map(|p| format!("{p}="))
                        .collect::<Vec<_>>()
                        .join("、")
                };
                errors.add(
                    &value.place,
                    format!("“{}”里不认识的“{key}=”", self.title()),
                    expected,
                );
            }
        }
    }
}

/// The known word nearest to a mistyped one: a shared character and an edit distance of at most half its length.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let distance = |a: &str, b: &str| {
        let b: Vec<char> = b.chars().collect();
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.chars().enumerate() {
            let mut diagonal = row[0];
            row[0] = i + 1;
            for (j, y) in b.iter().enumerate() {
                let substituted = diagonal + usize::from(x != *y);
                diagonal = row[j + 1];
                row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
            }
        }
        row[b.len()]
    };
    let length = word.chars().count();
    known
        .iter()
        .filter(|candidate| candidate.chars().any(|c| word.contains(c)))
        .map(|candidate| (distance(word, candidate), *candidate))
        .filter(|(d, _)| *d <= (length / 2).max(1))
        .min()
        .map(|(_, candidate)| candidate)
}

/// No file nests deeper: whoever reads it goes down as deep on the stack.
const DEEPEST: usize = 64;

/// Where a file nests deeper than anybody writes, and would exhaust the stack of whoever reads it.
fn too_deep(text: &str) -> Option<usize> {
    let mut open = [0_usize; 3];
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '{' => open[0] += 1,
            '}' => open[0] = open[0].saturating_sub(1),
            '(' => open[1] += 1,
            ')' => open[1] = open[1].saturating_sub(1),
            '*' if before == '/' => open[2] += 1,
            '/' if before == '*' => open[2] = open[2].saturating_sub(1),
            _ => {}
        }
        if open.iter().any(|depth| *depth > DEEPEST) {
            return Some(at);
        }
        before = c;
    }
    None
}

/// Parses a file into nodes; syntax errors are noted with their place.
pub fn read(file: &SourceFile, errors: &Errors) -> Vec<Node> {
    let lines = Lines::new(file);
    if let Some(at) = too_deep(&file.text) {
        errors.add(
            &lines.place(at),
            format!("括号一层套一层，超过{DEEPEST}层"),
            "层次少的写法",
        );
        return Vec::new();
    }
    match KdlDocument::parse_v2(&file.text) {
        Ok(document) => document
            .nodes()
            .iter()
            .map(|node| convert(node, &lines, errors))
            .collect(),
        Err(error) => {
            // A brace that seems unclosed is mostly the echo of another mistake inside it.
            let is_echo = |d: &&kdl::KdlDiagnostic| {
                d.message
                    .as_deref()
                    .is_some_and(|m| m.to_ascii_lowercase().contains("closing '}'"))
            };
            let has_other = error.diagnostics.iter().any(|d| !is_echo(&d));
            for diagnostic in error
                .diagnostics
                .iter()
                .filter(|d| !has_other || !is_echo(d))
            {
                let seen = diagnostic
                    .label
                    .clone()
                    .or_else(|| diagnostic.message.clone());
                let expected = match (&diagnostic.message, &diagnostic.help) {
                    (Some(message), Some(help)) => format!("合乎 KDL 2 的写法({message}; {help})"),
                    (Some(message), None) => format!("合乎 KDL 2 的写法({message})"),
                    _ => "合乎 KDL 2 的写法；带括号、斜杠、等号或以数字开头的文字要加双引号"
                        .to_owned(),
                };
                let start = diagnostic.span.offset();
                let excerpt: String = file
                    .text
                    .get(start..)
                    .unwrap_or("")
                    .chars()
                    .take_while(|c| *c != '\n')
                    .take(12)
                    .collect();
                let seen = format!("看不懂“{excerpt}”({})", seen.unwrap_or_default());
                errors.add(&lines.place(start), seen, expected);
            }
            Vec::new()
        }
    }
}

fn convert(node: &KdlNode, lines: &Lines, errors: &Errors) -> Node {
    let place = lines.place(node.name().span().offset());
    let mut arguments = Vec::new();
    let mut properties: Vec<(String, Scalar)> = Vec::new();
    for entry in node.entries() {
        let Some(scalar) = scalar(entry, lines, errors) else {
            continue;
        };
        match entry.name() {
            None => arguments.push(scalar),
            Some(name) => properties.push((name.value().to_owned(), scalar)),
        }
    }
    let children = node
        .children()
        .map(|children| {
            children
                .nodes()
                .iter()
                .map(|child| convert(child, lines, errors))
                .collect()
        })
        .unwrap_or_default();
    Node {
        name: node.name().value().to_owned(),
        place,
        arguments,
        properties,
        children,
    }
}

fn scalar(entry: &KdlEntry, lines: &Lines, errors: &Errors) -> Option<Scalar> {
    let place = lines.place(entry.span().offset());
    let value = match entry.value() {
        KdlValue::String(text) => ScalarValue::Text(text.clone()),
        KdlValue::Integer(number) => match i64::try_from(*number) {
            Ok(number) => ScalarValue::Integer(number),
            Err(_) => {
                errors.add(&place, format!("数 {number} 太大"), "不超过 19 位的整数");
                return None;
            }
        },
        KdlValue::Float(number) => ScalarValue::Decimal(number.to_string()),
        KdlValue::Bool(value) => ScalarValue::Bool(*value),
        KdlValue::Null => {
            errors.add(&place, "看到 #null", "文字、数或 #true");
            return None;
        }
    };
    Some(Scalar { value, place })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_error(text: &str) -> String {
        let errors = Errors::default();
        let file = SourceFile {
            path: "x.kdl".into(),
            text: text.into(),
        };
        for node in read(&file, &errors) {
            node.only(&["先", "后", "依据"], &[], &errors);
        }
        errors.finish().expect_err("the text has a mistake").0[0].to_string()
    }

    #[test]
    fn a_typo_is_placed_and_the_near_word_is_named() {
        let message = first_error("前提 G-X {\n    先 立案\n    依剧 XZCF44\n}\n");
        assert!(
            message.starts_with("x.kdl:3:5: “前提 G-X”里不认识的“依剧”；应当是：“依据”?"),
            "{message}"
        );
    }

    #[test]
    fn a_syntax_error_is_placed() {
        let message = first_error("前提 G-X {\n    先 XZCF64(1)\n}\n");
        assert!(message.starts_with("x.kdl:2:7: 看不懂"), "{message}");
    }
}
