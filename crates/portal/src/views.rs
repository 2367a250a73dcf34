//! The pages as typed views; the templates only show and loop.

use crate::base64;
use crate::catalog::{Catalog, Row, agency_of};
use crate::path::{self, Step};
use crate::query::Query;
use crate::reading::{Content, Evidence, Publication};
use askama::Template;
use jiff::tz::{Offset, TimeZone};
use proof::{Disclosure, DisclosureRow, DisclosureSection, Hash, Replaced, Withdrawal};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use vocabulary::Day;

/// So many values of one way of narrowing are shown; the others are found by words.
const VALUES: usize = 12;
/// So many ways of narrowing are shown.
const NARROWINGS: usize = 10;

/// What every page says.
pub(crate) struct Frame {
    pub(crate) agency_name: String,
    /// Everything is made up.
    pub(crate) is_demonstration: bool,
    /// Where the public finds this portal, without a slash at the end; nothing where nobody said so.
    pub(crate) base: String,
}

#[derive(Template)]
#[template(path = "home.html")]
pub(crate) struct HomePage<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) total: usize,
    pub(crate) withdrawn: usize,
    pub(crate) latest_on: Option<String>,
    pub(crate) lines: Vec<Line<'a>>,
    pub(crate) narrowings: Vec<Narrowing>,
    /// Files that do not hold, by id.
    pub(crate) damaged: Vec<&'a str>,
}

#[derive(Template)]
#[template(path = "list.html")]
pub(crate) struct ListPage<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) text: String,
    /// Why nothing was searched, or not everything.
    pub(crate) hint: Option<String>,
    pub(crate) is_refused: bool,
    pub(crate) chips: Vec<Chip>,
    /// Fields that keep what it is narrowed to.
    pub(crate) kept: Vec<(String, String)>,
    pub(crate) lines: Vec<Line<'a>>,
    pub(crate) narrowings: Vec<Narrowing>,
    pub(crate) total: usize,
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
    pub(crate) csv: String,
    pub(crate) json: String,
    /// Leads to all of them again; none where these are all.
    pub(crate) is_narrowed: bool,
}

/// One line of the list.
pub(crate) struct Line<'a> {
    pub(crate) row: &'a Row,
    pub(crate) disclosed_on: String,
    pub(crate) withdrawn_on: Option<String>,
}

impl<'a> Line<'a> {
    pub(crate) fn of(row: &'a Row) -> Line<'a> {
        Line {
            row,
            disclosed_on: row.disclosed_on.chinese(),
            withdrawn_on: row.withdrawn_on.map(Day::chinese),
        }
    }
}

/// A value to which the list is narrowed, with the address of the list without it.
pub(crate) struct Chip {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) without: String,
}

/// A way of narrowing the list.
pub(crate) struct Narrowing {
    pub(crate) name: String,
    /// The name of its field in a form.
    pub(crate) field: String,
    pub(crate) values: Vec<NarrowingValue>,
    pub(crate) more: usize,
}

pub(crate) struct NarrowingValue {
    pub(crate) value: String,
    pub(crate) count: u32,
    pub(crate) address: String,
}

/// What the counts offer besides what is chosen already. A way with one value narrows nothing.
pub(crate) fn narrowings(
    counts: Vec<(String, Vec<(String, u32)>)>,
    chosen: &[(String, String)],
) -> Vec<Narrowing> {
    let offered = counts.into_iter().filter_map(|(name, values)| {
        if values.len() < 2 {
            return None;
        }
        let more = values.len().saturating_sub(VALUES);
        let value = |(value, count): (String, u32)| NarrowingValue {
            address: Query::only(&name, &value).address("/publications"),
            value,
            count,
        };
        let is_open =
            |(value, _): &(String, u32)| !chosen.iter().any(|(n, v)| *n == name && v == value);
        let values: Vec<NarrowingValue> = values
            .into_iter()
            .take(VALUES)
            .filter(is_open)
            .map(value)
            .collect();
        (!values.is_empty()).then(|| Narrowing {
            field: Query::field(&name),
            values,
            more,
            name,
        })
    });
    offered.take(NARROWINGS).collect()
}

#[derive(Template)]
#[template(path = "disclosed.html")]
pub(crate) struct DisclosedPage<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) id: &'a str,
    pub(crate) it: &'a Disclosure,
    pub(crate) agency: &'a str,
    pub(crate) decided_on: Option<String>,
    pub(crate) disclosed_on: String,
    pub(crate) sections: Vec<Section<'a>>,
    pub(crate) earlier: Vec<Earlier<'a>>,
    pub(crate) proof: ProofBlock<'a>,
}

/// A heading with its rows, and the place to which the head of the page leads.
pub(crate) struct Section<'a> {
    pub(crate) anchor: String,
    pub(crate) heading: &'a str,
    pub(crate) rows: &'a [DisclosureRow],
}

#[derive(Template)]
#[template(path = "withdrawn.html")]
pub(crate) struct WithdrawnPage<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) id: &'a str,
    pub(crate) it: &'a Withdrawal,
    pub(crate) decided_on: Option<String>,
    pub(crate) disclosed_on: String,
    pub(crate) withdrawn_on: String,
    pub(crate) earlier: Vec<Earlier<'a>>,
    pub(crate) proof: ProofBlock<'a>,
}

/// What stood here before and is gone.
pub(crate) struct Earlier<'a> {
    pub(crate) it: &'a Replaced,
    pub(crate) disclosed_on: String,
    pub(crate) replaced_on: String,
}

/// 存证校验 in short.
pub(crate) struct ProofBlock<'a> {
    pub(crate) index: u64,
    pub(crate) size: u64,
    pub(crate) origin: &'a str,
    pub(crate) recorded_at: String,
}

#[derive(Template)]
#[template(path = "verify.html")]
pub(crate) struct VerifyPage<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    pub(crate) is_withdrawn: bool,
    pub(crate) key: String,
    pub(crate) origin: &'a str,
    pub(crate) index: u64,
    pub(crate) size: u64,
    pub(crate) root: String,
    pub(crate) note: &'a str,
    pub(crate) signatures: usize,
    pub(crate) recorded_at: String,
    pub(crate) leaf_bytes: usize,
    pub(crate) leaf_hash: String,
    pub(crate) steps: Vec<Step>,
    pub(crate) label: &'a str,
    pub(crate) salt: &'a str,
    pub(crate) body_bytes: usize,
    pub(crate) commitment: String,
    pub(crate) commitment_hex: String,
    pub(crate) bundle_sha256: String,
}

/// How anybody checks what stands here.
#[derive(Template)]
#[template(path = "how.html")]
pub(crate) struct HowPage<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) key: String,
    pub(crate) origin: &'a str,
}

/// A page that only says something.
#[derive(Template)]
#[template(path = "message.html")]
pub(crate) struct MessagePage<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) heading: &'a str,
    pub(crate) text: &'a str,
}

#[derive(Template)]
#[template(path = "feed.xml")]
pub(crate) struct Feed<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) tag: String,
    pub(crate) updated: String,
    pub(crate) entries: Vec<FeedEntry<'a>>,
}

pub(crate) struct FeedEntry<'a> {
    pub(crate) row: &'a Row,
    pub(crate) updated: String,
    pub(crate) title: String,
    pub(crate) kind: String,
    pub(crate) summary: String,
}

/// A date as the pages write it; as it came where it is none.
fn day(text: &str) -> String {
    Day::parse(text).map_or_else(|_| text.to_owned(), Day::chinese)
}

fn earlier(all: &[Replaced]) -> Vec<Earlier<'_>> {
    all.iter()
        .map(|it| Earlier {
            it,
            disclosed_on: day(&it.disclosed_on),
            replaced_on: day(&it.replaced_on),
        })
        .collect()
}

impl<'a> ProofBlock<'a> {
    fn of(evidence: &'a Evidence) -> Self {
        Self {
            index: evidence.bundle.index,
            size: evidence.checkpoint.size,
            origin: &evidence.checkpoint.origin,
            recorded_at: in_beijing(evidence),
        }
    }
}

fn in_beijing(evidence: &Evidence) -> String {
    let zone = TimeZone::fixed(Offset::constant(8));
    let at = evidence.recorded_at.to_zoned(zone);
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The page of a publication, in force or withdrawn.
pub(crate) fn publication(frame: &Frame, it: &Publication) -> askama::Result<String> {
    let proof = ProofBlock::of(&it.evidence);
    let disclosed_on = it.disclosed_on.chinese();
    match &it.content {
        Content::Disclosed(content) => DisclosedPage {
            frame,
            id: &it.id,
            it: content,
            agency: agency_of(content),
            decided_on: content.decided_on.as_deref().map(day),
            disclosed_on,
            sections: sections(&content.sections),
            earlier: earlier(&content.earlier),
            proof,
        }
        .render(),
        Content::Withdrawn(header, withdrawn_on) => WithdrawnPage {
            frame,
            id: &it.id,
            it: header,
            decided_on: header.decided_on.as_deref().map(day),
            disclosed_on,
            withdrawn_on: withdrawn_on.chinese(),
            earlier: earlier(&header.earlier),
            proof,
        }
        .render(),
    }
}

fn sections(all: &[DisclosureSection]) -> Vec<Section<'_>> {
    let mut sections = Vec::new();
    for (number, section) in (1..).zip(all) {
        sections.push(Section {
            anchor: format!("s{number}"),
            heading: &section.heading,
            rows: &section.rows,
        });
    }
    sections
}

/// The page that shows step by step what was checked just now.
pub(crate) fn verify(frame: &Frame, key: String, it: &Publication) -> askama::Result<String> {
    let (title, is_withdrawn) = match &it.content {
        Content::Disclosed(content) => (&content.title, false),
        Content::Withdrawn(header, _) => (&header.title, true),
    };
    let Evidence {
        bundle, checkpoint, ..
    } = &it.evidence;
    let leaf = base64::decode(&bundle.leaf).unwrap_or_default();
    let leaf_hash = proof::tree::leaf_hash(&leaf);
    let proof: Vec<Hash> = bundle
        .proof
        .iter()
        .filter_map(|hash| Some(Hash(base64::decode(hash)?.try_into().ok()?)))
        .collect();
    let steps = path::steps(
        &proof,
        checkpoint.size,
        checkpoint.root,
        bundle.index,
        leaf_hash,
    );
    // The bundle was verified when it was opened for this page: there is nothing left to fail.
    let steps = steps.map_err(|error| askama::Error::Custom(Box::new(error)))?;
    let commitment = it.evidence.commitment.map(|it| it.0).unwrap_or_default();
    VerifyPage {
        frame,
        id: &it.id,
        title,
        is_withdrawn,
        key,
        origin: &checkpoint.origin,
        index: bundle.index,
        size: checkpoint.size,
        root: checkpoint.root.to_string(),
        note: &bundle.checkpoint,
        signatures: bundle
            .checkpoint
            .lines()
            .filter(|line| line.starts_with('\u{2014}'))
            .count(),
        recorded_at: in_beijing(&it.evidence),
        leaf_bytes: leaf.len(),
        leaf_hash: leaf_hash.to_string(),
        steps,
        label: it.evidence.label.as_str(),
        salt: &bundle.part.salt,
        body_bytes: base64::decode(&bundle.part.body).unwrap_or_default().len(),
        commitment: base64::encode(&commitment),
        commitment_hex: hexadecimal(&commitment),
        bundle_sha256: hexadecimal(&it.rank.digest),
    }
    .render()
}

/// The bytes in hexadecimal digits, as sums of files are printed.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What tells one state of an answer from another.
pub(crate) fn tag_of(bytes: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let short: String = hexadecimal(&digest).chars().take(32).collect();
    format!("\"{short}\"")
}

/// XML has no way at all of writing most control characters.
fn for_xml(text: &str) -> String {
    let is_written = |c: &char| !c.is_control() || "\t\n\r".contains(*c);
    let text = text.chars().filter(is_written);
    text.filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}'))
        .collect()
}

/// The latest of the log, as a feed.
pub(crate) fn feed(frame: &Frame, origin: &str, catalog: &Catalog) -> askama::Result<String> {
    let moment = |seconds: i64| {
        let at = jiff::Timestamp::from_second(seconds).unwrap_or_default();
        at.to_string()
    };
    let entries: Vec<FeedEntry<'_>> = catalog
        .latest_entries(50)
        .map(|row| FeedEntry {
            row,
            updated: moment(row.recorded_at),
            title: for_xml(row.title()),
            kind: for_xml(row.kind()),
            summary: for_xml(row.summary()),
        })
        .collect();
    let (host, rest) = origin.split_once('/').unwrap_or((origin, ""));
    Feed {
        frame,
        // RFC 4151: the same for ever, wherever the portal stands.
        tag: format!("tag:{host},2026:{rest}"),
        updated: entries
            .first()
            .map_or_else(|| moment(0), |entry| entry.updated.clone()),
        entries,
    }
    .render()
}
