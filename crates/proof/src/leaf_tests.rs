//! Golden leaves of both versions, and what a leaf of a wrong shape is refused for.

use super::*;
use serde_json::json;

/// As the first version of the program wrote them. Logs hold such leaves for ever.
const VERSION_1: &str = r#"{"version":1,"id":"e1","agency":"yongan","stream":"case/1","stream_version":3,"recorded_at":"2026-10-13T04:00:00Z","header":{"n":1.50,"act":"x"},"parts":[{"label":"facts/public","sensitivity":"public","commitment":"mWt0BBdm9bBCXbI0sCYMTJNvmhGJ6Ap1+9Nd1ls4Ipc="}]}"#;

const VERSION_2: &str = r#"{"version":2,"id":"e1","agency":"yongan","stream":"case/1","stream_version":3,"recorded_at":"2026-10-13T04:00:00Z","header":{"act":"x"},"parts":[{"label":"party/1","sensitivity":"personal","commitment":"OAFtpS2W8158bMHviEemzSNjnIh5eY+y0bqHP6umqL0=","sm3":"bWvxvZpooYh/CQwRiLnlv/RHHlm/Zto+RowO8A/Bg6I="}],"destroys":[{"leaf":4,"label":"party/1"}],"sm3":"luSD/RbewpDRVVRn1ajfAoBXy0kkzP8Rp5lNtdRtSPA="}"#;

fn part(label: &str, body: &str) -> Part {
    Part {
        label: Label::parse(label).expect("a label"),
        sensitivity: Sensitivity::Personal,
        salt: [7; 32],
        body: body.into(),
    }
}

fn leaf() -> Leaf {
    let destroyed = DestroyedPart {
        leaf_index: 4,
        label: Label::parse("party/1").expect("a label"),
    };
    Leaf::new(NewLeaf {
        id: "e1",
        agency: "yongan",
        stream: "case/1",
        stream_version: 3,
        recorded_at: "2026-10-13T04:00:00Z".to_owned(),
        header: &json!({ "act": "x" }),
        parts: &[part("party/1", "张三")],
        destroys: vec![destroyed],
    })
    .expect("a leaf")
}

#[test]
fn a_leaf_is_written_as_version_2_and_read_for_ever() {
    assert_eq!(
        String::from_utf8(leaf().to_bytes()).expect("JSON"),
        VERSION_2
    );
    let read = Leaf::parse(VERSION_2.as_bytes()).expect("a golden leaf");
    assert_eq!(read.to_bytes(), VERSION_2.as_bytes());
    assert!(read.has_sm3() && read.sm3_fits(VERSION_2.as_bytes()));
    assert_eq!(read.header(), json!({ "act": "x" }));
    assert_eq!((read.destroys[0].leaf_index, read.parts.len()), (4, 1));
    assert_eq!(
        read.parts[0].sm3,
        Some(part("party/1", "张三").sm3_commitment())
    );
}

#[test]
fn version_1_is_read_without_re_serializing_its_header() {
    let read = Leaf::parse(VERSION_1.as_bytes()).expect("a golden leaf");
    assert_eq!(
        read.header_json(),
        r#"{"n":1.50,"act":"x"}"#,
        "the very bytes"
    );
    assert_eq!(read.to_bytes(), VERSION_1.as_bytes());
    assert!(!read.has_sm3() && read.sm3_fits(VERSION_1.as_bytes()));
    assert_eq!(read.part("facts/public").and_then(|part| part.sm3), None);
}

#[test]
fn the_sm3_digest_covers_every_byte_before_it() {
    let bytes = VERSION_2.as_bytes();
    // As an outsider does it: cut off the last 54 bytes.
    let (before, tail) = bytes.split_at(bytes.len() - 54);
    assert!(tail.starts_with(b",\"sm3\":\""));
    let digest: [u8; 32] = Sm3::digest(before).into();
    assert_eq!(
        Leaf::parse(bytes).expect("a leaf").sm3,
        Some(Commitment(digest))
    );
    for (from, to) in [
        ("\"e1\"", "\"e2\""),
        ("\"x\"", "\"y\""),
        ("\"leaf\":4", "\"leaf\":5"),
    ] {
        let changed = VERSION_2.replace(from, to);
        let leaf = Leaf::parse(changed.as_bytes()).expect("still of the shape");
        assert!(!leaf.sm3_fits(changed.as_bytes()), "{from}");
    }
}

#[test]
fn a_leaf_with_the_wrong_digests_for_its_version_is_refused() {
    let refused = |text: &str| matches!(Leaf::parse(text.as_bytes()), Err(LeafError::Digests(_)));
    assert!(refused(
        &VERSION_2.replace("\"version\":2", "\"version\":1")
    ));
    assert!(refused(
        &VERSION_1.replace("\"version\":1", "\"version\":2")
    ));
    let not_last = VERSION_2.replace(",\"sm3\":\"", ", \"sm3\":\"");
    assert!(refused(&not_last), "a blank before the digest");
    assert!(refused(&format!("{VERSION_2} ")), "a blank behind it");
    let later = VERSION_1.replace("\"version\":1", "\"version\":3");
    assert!(matches!(
        Leaf::parse(later.as_bytes()),
        Err(LeafError::UnknownVersion(3))
    ));
    let twice = Leaf::new(NewLeaf {
        id: "e1",
        agency: "a",
        stream: "s",
        stream_version: 1,
        recorded_at: String::new(),
        header: &json!(null),
        parts: &[part("a", "1"), part("a", "2")],
        destroys: vec![],
    });
    assert!(matches!(twice, Err(LeafError::DuplicateLabel(_))));
}

#[test]
fn a_verification_reads_what_everybody_reads_and_refuses_what_they_refuse() {
    for text in [VERSION_1, VERSION_2] {
        let leaf = Leaf::parse(text.as_bytes()).expect("a golden leaf");
        let read = LeafRead::parse(text.as_bytes()).expect("the same");
        assert_eq!((&*read.id, &*read.stream), (&*leaf.id, &*leaf.stream));
        assert_eq!(read.recorded_at, leaf.recorded_at);
        assert_eq!(read.destroys, leaf.destroys);
        let labels = |part: &PartRead<'_>| part.label.clone().into_owned();
        let of_leaf = |part: &PartCommitment| part.label.to_string();
        assert!(
            read.parts
                .iter()
                .map(labels)
                .eq(leaf.parts.iter().map(of_leaf))
        );
        assert!(matches!(read.parts[0].label, Cow::Borrowed(_)));
    }
    let read = LeafRead::parse(VERSION_2.as_bytes()).expect("a golden leaf");
    let (part, fits) = (part("party/1", "张三"), &read.parts[0]);
    assert!(fits.fits(&part.salt, &part.body) && fits.sm3_fits(&part.salt, &part.body));
    assert!(!fits.fits(&[8; 32], &part.body) && !fits.sm3_fits(&part.salt, b"x"));

    let escaped = VERSION_2.replace("party/1", "party\\/1");
    assert!(LeafRead::parse(escaped.as_bytes()).is_ok(), "an escape");
    let mut refused: Vec<Vec<u8>> = [
        ("\"party/1\",\"sens", "\"\",\"sens"),
        ("\"party/1\",\"sens", "\"a\\nb\",\"sens"),
        ("bWvx", "bWv"),
        ("bWvx", "b*vx"),
        ("\"version\":2", "\"version\":1"),
        ("\"version\":2", "\"version\":7"),
        (",\"sm3\":\"lu", ", \"sm3\":\"lu"),
        ("{\"act\":\"x\"}", "{\"act\":}"),
        ("\"header\":", "\"other\":"),
    ]
    .iter()
    .map(|(from, to)| VERSION_2.replace(from, to).into_bytes())
    .collect();
    let one = VERSION_2.find("{\"label\"").expect("a part");
    let end = VERSION_2.find("],\"destroys\"").expect("its end");
    let twice = VERSION_2.get(one..end).expect("the part");
    refused.push(
        VERSION_2
            .replace(twice, &format!("{twice},{twice}"))
            .into_bytes(),
    );
    let many: Vec<String> = (0..12)
        .chain([9])
        .map(|at| twice.replace("party/1", &format!("party/{at}")))
        .collect();
    refused.push(VERSION_2.replace(twice, &many.join(",")).into_bytes());
    let mut no_text = VERSION_2.as_bytes().to_vec();
    let at = VERSION_2.find("\"x\"").expect("the act");
    no_text[at + 1] = 0xff;
    refused.push(no_text);
    for bytes in refused {
        let text = String::from_utf8_lossy(&bytes);
        assert!(Leaf::parse(&bytes).is_err(), "{text}");
        assert!(LeafRead::parse(&bytes).is_err(), "{text}");
    }
}
