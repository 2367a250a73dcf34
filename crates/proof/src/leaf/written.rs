//! The reader for leaves that look as this program writes them: each field in its place, no blank, no escape. A verification
//! reads millions of them. Of any other leaf it says nothing, and the reader for all JSON decides.

use super::{LeafRead, PartRead, VERSION};
use crate::base64_text;
use crate::part::{Commitment, Label, Sensitivity};
use std::borrow::Cow;

/// Reads a leaf that has SM3 digests and destroys nothing. What this reader reads, the other one reads alike.
pub(super) fn read(text: &str) -> Option<LeafRead<'_>> {
    let mut rest = Rest(text);
    rest.pass("{\"version\":2,\"id\":\"")?;
    let id = rest.text()?;
    rest.pass(",\"agency\":\"")?;
    let agency = rest.text()?;
    rest.pass(",\"stream\":\"")?;
    let stream = rest.text()?;
    rest.pass(",\"stream_version\":")?;
    let stream_version = rest.number()?;
    rest.pass(",\"recorded_at\":\"")?;
    let recorded_at = rest.text()?;
    rest.pass(",\"header\":")?;
    rest.cut(length_of_value(rest.0.as_bytes())?)?;
    rest.pass(",\"parts\":[")?;
    let parts = parts(&mut rest)?;
    rest.pass(",\"sm3\":\"")?;
    let sm3 = rest.commitment()?;
    (rest.0 == "}").then_some(LeafRead {
        version: VERSION,
        id: Cow::Borrowed(id),
        agency: Cow::Borrowed(agency),
        stream: Cow::Borrowed(stream),
        stream_version,
        recorded_at: Cow::Borrowed(recorded_at),
        _header: (),
        parts,
        destroys: Vec::new(),
        sm3: Some(sm3),
    })
}

fn parts<'a>(rest: &mut Rest<'a>) -> Option<Vec<PartRead<'a>>> {
    if rest.pass("]").is_some() {
        return Some(Vec::new());
    }
    let mut parts = Vec::with_capacity(4);
    loop {
        parts.push(part(rest)?);
        if rest.pass(",").is_none() {
            rest.pass("]")?;
            return Some(parts);
        }
    }
}

fn part<'a>(rest: &mut Rest<'a>) -> Option<PartRead<'a>> {
    rest.pass("{\"label\":\"")?;
    let label = rest.text()?;
    Label::check(label).ok()?;
    rest.pass(",\"sensitivity\":\"")?;
    let sensitivity = match rest.text()? {
        "public" => Sensitivity::Public,
        "personal" => Sensitivity::Personal,
        "secret" => Sensitivity::Secret,
        _ => return None,
    };
    rest.pass(",\"commitment\":\"")?;
    let commitment = rest.commitment()?;
    rest.pass(",\"sm3\":\"")?;
    let sm3 = rest.commitment()?;
    rest.pass("}")?;
    Some(PartRead {
        label: Cow::Borrowed(label),
        sensitivity,
        commitment,
        sm3: Some(sm3),
    })
}

/// What was not read yet.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn pass(&mut self, expected: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(())
    }

    fn cut(&mut self, length: usize) -> Option<&'a str> {
        let (cut, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(cut)
    }

    /// A text up to the mark that ends it, which is passed as well.
    fn text(&mut self) -> Option<&'a str> {
        let text = self.cut(length_of_text(self.0.as_bytes())?)?;
        self.pass("\"")?;
        Some(text)
    }

    fn number(&mut self) -> Option<u64> {
        let digits = length_of_digits(self.0.as_bytes());
        let digits = self.cut(digits)?;
        let is_plain = !digits.starts_with('0') || digits == "0";
        digits.parse().ok().filter(|_| is_plain)
    }

    fn commitment(&mut self) -> Option<Commitment> {
        let text = self.cut(base64_text::LENGTH_OF_32)?;
        self.pass("\"")?;
        base64_text::decode_32(text).map(Commitment)
    }
}

fn length_of_digits(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count()
}

/// How far a text reaches. None if it has an escape or no end; a control character is none in JSON.
fn length_of_text(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let (words, last) = bytes.as_chunks::<8>();
    let mut length = 0;
    // Eight bytes at a time: in each of the three, the lowest high bit marks the first byte that is looked for.
    for word in words {
        let word = u64::from_le_bytes(*word);
        let is = |byte: u8| {
            let differs = word ^ (ONES * u64::from(byte));
            differs.wrapping_sub(ONES) & !differs
        };
        let is_control = word.wrapping_sub(ONES * 0x20) & !word;
        let found = (is(b'"') | is(b'\\') | is_control) & HIGH;
        if found != 0 {
            length += usize::try_from(found.trailing_zeros() / 8).ok()?;
            return (bytes.get(length) == Some(&b'"')).then_some(length);
        }
        length += 8;
    }
    let is_end = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    length += last.iter().position(is_end)?;
    (bytes.get(length) == Some(&b'"')).then_some(length)
}

/// How far a JSON value reaches, whatever follows it. None if it is none, or is written in another way than compact, with
/// whole numbers and without escapes.
fn length_of_value(bytes: &[u8]) -> Option<usize> {
    let mut value = Value { bytes, at: 0 };
    // One bit for each open level, the innermost lowest: whether it is an object. A single one above marks the outermost.
    let mut levels: u64 = 1;
    loop {
        match value.next()? {
            b'{' => {
                levels = deeper(levels)? | 1;
                if !value.passes(b'}') {
                    value.key()?;
                    continue;
                }
                levels >>= 1;
            }
            b'[' => {
                levels = deeper(levels)?;
                if !value.passes(b']') {
                    continue;
                }
                levels >>= 1;
            }
            b'"' => value.text()?,
            b't' => value.word(b"rue")?,
            b'f' => value.word(b"alse")?,
            b'n' => value.word(b"ull")?,
            b'-' => {
                let first = value.next()?;
                value.digits(first)?;
            }
            first => value.digits(first)?,
        }
        // What ends with the value.
        loop {
            if levels == 1 {
                return Some(value.at);
            }
            let is_object = levels & 1 == 1;
            match (value.next()?, is_object) {
                (b',', true) => {
                    value.key()?;
                    break;
                }
                (b',', false) => break,
                (b'}', true) | (b']', false) => levels >>= 1,
                _ => return None,
            }
        }
    }
}

/// One level more, if there is a bit for it.
fn deeper(levels: u64) -> Option<u64> {
    (levels.leading_zeros() > 0).then_some(levels << 1)
}

struct Value<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Value<'_> {
    fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at)?;
        self.at += 1;
        Some(*byte)
    }

    fn passes(&mut self, byte: u8) -> bool {
        let is_there = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn text(&mut self) -> Option<()> {
        self.at += length_of_text(self.bytes.get(self.at..)?)? + 1;
        Some(())
    }

    fn key(&mut self) -> Option<()> {
        (self.next()? == b'"').then_some(())?;
        self.text()?;
        (self.next()? == b':').then_some(())
    }

    fn word(&mut self, rest: &[u8]) -> Option<()> {
        self.bytes.get(self.at..)?.starts_with(rest).then_some(())?;
        self.at += rest.len();
        Some(())
    }

    /// The digits of a whole number after its first one. What cannot follow them is found by whoever reads on.
    fn digits(&mut self, first: u8) -> Option<()> {
        first.is_ascii_digit().then_some(())?;
        if first != b'0' {
            self.at += length_of_digits(self.bytes.get(self.at..)?);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DestroyedPart, Leaf, NewLeaf, Part};
    use proptest::prelude::*;
    use proptest::sample::Index;
    use serde_json::value::RawValue;
    use serde_json::{Value as Json, json};

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-z0-9/:._-]{0,24}",
            "[ -~永安水务\u{7f}\u{80}\u{9f}\u{e000}𬭎\u{1}\u{1f}\n]{0,24}",
        ]
    }

    fn header() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            (0..200_i64).prop_map(Json::from),
            any::<f64>().prop_map(Json::from),
            text().prop_map(Json::from),
        ];
        leaf.prop_recursive(6, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
                prop::collection::btree_map(text(), inner, 0..5)
                    .prop_map(|members| Json::Object(members.into_iter().collect())),
            ]
        })
    }

    fn part() -> impl Strategy<Value = Part> {
        let label = text().prop_filter_map("a label", |text| Label::parse(&text).ok());
        let sensitivity = prop_oneof![
            Just(Sensitivity::Public),
            Just(Sensitivity::Personal),
            Just(Sensitivity::Secret)
        ];
        (label, sensitivity, any::<[u8; 32]>()).prop_map(|(label, sensitivity, salt)| Part {
            label,
            sensitivity,
            salt,
            body: salt.to_vec(),
        })
    }

    fn leaf() -> impl Strategy<Value = Vec<u8>> {
        let texts = (text(), text(), text(), text());
        let parts = prop::collection::btree_map(text(), part(), 0..4);
        let destroys = prop::collection::vec((any::<u64>(), part()), 0..2);
        (texts, any::<u64>(), header(), parts, destroys).prop_filter_map(
            "labels of their own",
            |((id, agency, stream, recorded_at), stream_version, header, parts, destroys)| {
                let parts: Vec<Part> = parts.into_values().collect();
                let destroys = destroys
                    .into_iter()
                    .map(|(leaf_index, part)| DestroyedPart {
                        leaf_index,
                        label: part.label,
                    })
                    .collect();
                let leaf = Leaf::new(NewLeaf {
                    id: &id,
                    agency: &agency,
                    stream: &stream,
                    stream_version,
                    recorded_at,
                    header: &header,
                    parts: &parts,
                    destroys,
                });
                Some(leaf.ok()?.to_bytes())
            },
        )
    }

    /// A change of a few bytes: most are of the letters that JSON is made of.
    fn change() -> impl Strategy<Value = (Index, usize, Vec<u8>)> {
        let byte = prop_oneof![
            prop::sample::select(
                b"{}[]\",:\\ 0123456789-+.eEtrufalsn=AB/\n\t\x7f\x00\xc2\x80\xff".to_vec()
            ),
            any::<u8>(),
        ];
        (
            any::<Index>(),
            0..4_usize,
            prop::collection::vec(byte, 0..4),
        )
    }

    fn shown(leaf: &LeafRead<'_>) -> String {
        format!("{leaf:?}")
    }

    /// Whatever the quick reader reads, the other one reads alike.
    fn agree(bytes: &[u8]) -> Result<bool, TestCaseError> {
        let Some(quick) = std::str::from_utf8(bytes).ok().and_then(read) else {
            return Ok(false);
        };
        // The checks that are common to both come after either.
        let all: Result<LeafRead<'_>, _> = serde_json::from_slice(bytes);
        prop_assert_eq!(Some(shown(&quick)), all.ok().as_ref().map(shown));
        Ok(true)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn both_readers_agree_on_written_leaves(bytes in leaf()) {
            agree(&bytes)?;
            let of_all = Leaf::parse(&bytes).map(|leaf| leaf.parts.len()).ok();
            let of_both = LeafRead::parse(&bytes).map(|leaf| leaf.parts.len()).ok();
            prop_assert_eq!(of_all, of_both);
        }

        #[test]
        fn both_readers_agree_on_changed_leaves(
            mut bytes in leaf(),
            changes in prop::collection::vec(change(), 1..3),
        ) {
            for (at, cut, put) in changes {
                let at = at.index(bytes.len());
                let end = bytes.len().min(at + cut);
                bytes.splice(at..end, put);
            }
            agree(&bytes)?;
            prop_assert_eq!(Leaf::parse(&bytes).is_ok(), LeafRead::parse(&bytes).is_ok());
        }

        #[test]
        fn a_value_reaches_as_far_as_for_the_other_reader(
            mut text in header().prop_map(|header| header.to_string().into_bytes()),
            changes in prop::collection::vec(change(), 0..3),
        ) {
            for (at, cut, put) in changes {
                let at = at.index(text.len());
                let end = text.len().min(at + cut);
                text.splice(at..end, put);
                if text.is_empty() {
                    return Ok(());
                }
            }
            let Ok(text) = std::str::from_utf8(&text) else {
                return Ok(());
            };
            if let Some(length) = length_of_value(text.as_bytes()) {
                let value = text.get(..length).expect("a whole value");
                // A number may go on behind its digits: then no field follows, and the whole is not read.
                let raw: Result<&RawValue, _> = serde_json::from_str(value);
                prop_assert!(raw.is_ok(), "{value}");
            }
        }
    }

    #[test]
    fn what_the_program_writes_is_read_by_the_quick_reader() {
        let mut parts = Vec::new();
        for label in ["public", "personal/party-1", "密/一"] {
            parts.push(Part {
                label: Label::parse(label).expect("a label"),
                sensitivity: Sensitivity::Secret,
                salt: [7; 32],
                body: b"x".to_vec(),
            });
        }
        let header = json!({
            "entry": { "cautions": [], "kind": "act", "n": -7, "zero": 0, "no": {}, "is": [true, false, null, [[1]]] },
            "案": "由",
        });
        for count in 0..=3 {
            let leaf = Leaf::new(NewLeaf {
                id: "e1",
                agency: "yongan",
                stream: "case/1",
                stream_version: 10,
                recorded_at: "2026-10-13T04:00:00Z".to_owned(),
                header: &header,
                parts: parts.get(..count).expect("so many"),
                destroys: vec![],
            });
            let bytes = leaf.expect("a leaf").to_bytes();
            assert_eq!(agree(&bytes).ok(), Some(true), "{count}");
        }
    }

    #[test]
    fn what_is_no_value_has_no_length() {
        let length = |text: &str| length_of_value(text.as_bytes());
        for (text, expected) in [
            ("{\"a\":[1,-2,{}],\"b\":\"c\"},x", Some(23)),
            ("\"a\"}", Some(3)),
            ("007", Some(1)),
            ("[01]", None),
            ("[1.5]", None),
            ("[1e5]", None),
            ("[-]", None),
            ("[1,]", None),
            ("[,1]", None),
            ("{\"a\"}", None),
            ("{\"a\":1,}", None),
            ("{1:2}", None),
            ("[1}", None),
            ("{\"a\":1]", None),
            ("[\"a\\n\"]", None),
            ("[\"a\nb\"]", None),
            ("[\"open", None),
            ("[ 1]", None),
            ("[tru]", None),
            ("", None),
        ] {
            assert_eq!(length(text), expected, "{text}");
        }
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(length(&nested(63)), Some(127));
        assert_eq!(length(&nested(64)), None, "left to the other reader");
        for at in 0..20 {
            for end in ["\"", "\\", "\u{1f}", "\0"] {
                let text = format!("{}{end}{}", "é字z".repeat(at), "x\"");
                let length = length_of_text(text.as_bytes());
                assert_eq!(length, (end == "\"").then_some(6 * at), "{text}");
            }
        }
    }
}
