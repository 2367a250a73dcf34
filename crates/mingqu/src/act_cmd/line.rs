//! The lines that come in.

use app::ActRequest;
use serde::Deserialize;
use std::io::{self, BufRead, Read};
use tokio::sync::mpsc;

/// A longer line is refused: an act holds the text of a note, its files come by another road.
const LONGEST: u64 = 4 << 20;

/// A line as it came.
pub(super) struct RawLine {
    /// Counted from 1.
    pub(super) number: u64,
    /// Nothing when it was too long to be kept.
    text: Option<Vec<u8>>,
}

/// A line that can be performed.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) key: String,
    pub(super) place: Place,
    pub(super) act: ActRequest,
}

/// Where its act is to be performed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It opens a case, which later lines may call by this name.
    New {
        procedure: String,
        name: Option<String>,
    },
    /// In a case: its id, or the name that an earlier line gave it.
    Case(String),
}

/// Why a line cannot be performed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    /// Its key, where at least that can be read.
    pub(super) key: Option<String>,
    pub(super) text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    key: String,
    case: Option<String>,
    procedure: Option<String>,
    #[serde(rename = "as")]
    name: Option<String>,
    act: ActRequest,
}

impl Line {
    pub(super) fn parse(raw: &RawLine) -> Result<Line, Unreadable> {
        let unreadable = |key: Option<&str>, text: &str| Unreadable {
            key: key.map(str::to_owned),
            text: format!("第{}行{text}", raw.number),
        };
        let Some(text) = &raw.text else {
            return Err(unreadable(None, "超过4兆字节，没有读入"));
        };
        let written: Written = serde_json::from_slice(text).map_err(|error| {
            let value: Option<serde_json::Value> = serde_json::from_slice(text).ok();
            let key = value.as_ref().and_then(|value| value.get("key")?.as_str());
            unreadable(key, &format!("读不懂：{error}"))
        })?;
        let key = written.key.as_str();
        if key.trim().is_empty() || key.chars().count() > 200 {
            return Err(unreadable(Some(key), "的 key 应当有1到200个字符"));
        }
        let place = match (written.procedure, written.case, written.name) {
            (Some(procedure), None, name) => Place::New { procedure, name },
            (None, Some(case), None) => Place::Case(case),
            _ => {
                let text = "应当写明 procedure（立新案，可以用 as 起名）或者 case（在已有案件里），只写一项";
                return Err(unreadable(Some(key), text));
            }
        };
        Ok(Line {
            key: written.key,
            place,
            act: written.act,
        })
    }

    /// Lines of one lane are performed one after another.
    pub(super) fn lane(&self) -> Option<String> {
        match &self.place {
            Place::New { name, .. } => name.clone(),
            Place::Case(named) => Some(named.clone()),
        }
    }
}

/// Reads to the end, or until nobody wants more. Blank lines are counted and left out.
pub(super) fn read(mut input: impl BufRead, lines: &mpsc::Sender<io::Result<RawLine>>) {
    let mut number = 0;
    loop {
        number += 1;
        let (raw, is_last) = match next(&mut input) {
            Ok(Some(None)) => (Ok(RawLine { number, text: None }), false),
            Ok(Some(Some(text))) if text.trim_ascii().is_empty() => continue,
            Ok(Some(text)) => (Ok(RawLine { number, text }), false),
            Ok(None) => return,
            Err(error) => (Err(error), true),
        };
        if lines.blocking_send(raw).is_err() || is_last {
            return;
        }
    }
}

/// The next line; nothing at the end; nothing in it when it was too long.
fn next(input: &mut impl BufRead) -> io::Result<Option<Option<Vec<u8>>>> {
    let mut text = Vec::new();
    let read = input.take(LONGEST + 1).read_until(b'\n', &mut text)?;
    if read == 0 {
        return Ok(None);
    }
    if text.last() == Some(&b'\n') || text.len() <= usize::try_from(LONGEST).unwrap_or(usize::MAX) {
        return Ok(Some(Some(text)));
    }
    input.skip_until(b'\n')?;
    Ok(Some(None))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Line, Unreadable> {
        let text = Some(text.as_bytes().to_vec());
        Line::parse(&RawLine { number: 7, text })
    }

    const ACT: &str = r#""act":{"event":"any","occurred":"2026-10-13"}"#;

    #[test]
    fn a_line_names_a_case_or_a_procedure() {
        let line = parsed(&format!(r#"{{"key":"k","case":"a",{ACT}}}"#)).expect("a line");
        assert_eq!(
            (line.lane().as_deref(), line.place),
            (Some("a"), Place::Case("a".to_owned()))
        );
        let line =
            parsed(&format!(r#"{{"key":"k","procedure":"p","as":"a",{ACT}}}"#)).expect("a line");
        assert_eq!(line.lane().as_deref(), Some("a"));
        for wrong in [
            "",
            r#""case":"a","procedure":"p","#,
            r#""case":"a","as":"b","#,
        ] {
            let refused = parsed(&format!(r#"{{"key":"k",{wrong}{ACT}}}"#)).expect_err(wrong);
            assert!(refused.text.starts_with("第7行应当写明"), "{refused:?}");
        }
    }

    #[test]
    fn a_bad_line_is_named_by_its_number_and_key() {
        let refused = parsed(r#"{"key":"k","case":"a"}"#).expect_err("no act");
        assert_eq!(refused.key.as_deref(), Some("k"));
        assert!(refused.text.starts_with("第7行读不懂"), "{refused:?}");
        assert_eq!(parsed("{").expect_err("no JSON").key, None);
        assert!(parsed(&format!(r#"{{"key":" ","case":"a",{ACT}}}"#)).is_err());
    }

    #[test]
    fn a_line_without_end_is_passed_over() {
        let long = "x".repeat(usize::try_from(LONGEST).expect("fits") + 1);
        let input = format!("a\n{long}{long}\n\n b");
        let (send, mut lines) = mpsc::channel(8);
        read(input.as_bytes(), &send);
        drop(send);
        let mut got = Vec::new();
        while let Some(raw) = lines.blocking_recv() {
            let raw = raw.expect("read");
            got.push((raw.number, raw.text));
        }
        assert_eq!(
            got,
            [
                (1, Some(b"a\n".to_vec())),
                (2, None),
                (4, Some(b" b".to_vec()))
            ]
        );
    }
}
