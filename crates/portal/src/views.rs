//! The pages as typed views; the templates only show and loop.

use crate::shelf::{Disclosed, Evidence, Publication, Withdrawn};
use askama::Template;
use jiff::tz::{Offset, TimeZone};
use proof::DisclosureRow;

/// What every page says.
pub(crate) struct Frame {
    pub(crate) agency_name: String,
}

#[derive(Template)]
#[template(path = "list.html")]
pub(crate) struct ListPage<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) lines: Vec<Line>,
    pub(crate) total: usize,
    /// Files that do not hold, by id.
    pub(crate) damaged: Vec<String>,
    /// The address of the following page.
    pub(crate) next: Option<String>,
}

/// One line of the list.
pub(crate) struct Line {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) kind: String,
    pub(crate) disclosed_on: String,
    pub(crate) withdrawn_on: Option<String>,
}

impl Line {
    /// None for a file that does not hold: nothing of it may be listed among the others.
    pub(crate) fn of(id: &str, publication: &Publication) -> Option<Self> {
        let (title, kind, disclosed_on, withdrawn_on) = match publication {
            Publication::Disclosed(it) => {
                (&it.content.title, &it.content.kind, it.disclosed_on, None)
            }
            Publication::Withdrawn(it) => (
                &it.header.title,
                &it.header.kind,
                it.disclosed_on,
                Some(it.withdrawn_on),
            ),
            Publication::Damaged => return None,
        };
        Some(Self {
            id: id.to_owned(),
            title: title.clone(),
            kind: kind.clone(),
            disclosed_on: disclosed_on.chinese(),
            withdrawn_on: withdrawn_on.map(|day| day.chinese()),
        })
    }
}

#[derive(Template)]
#[template(path = "disclosed.html")]
pub(crate) struct DisclosedPage<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) title: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) disclosed_on: String,
    pub(crate) rows: &'a [DisclosureRow],
    pub(crate) proof: ProofBlock<'a>,
}

#[derive(Template)]
#[template(path = "withdrawn.html")]
pub(crate) struct WithdrawnPage<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) title: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) disclosed_on: String,
    pub(crate) withdrawn_on: String,
    pub(crate) reason: &'a str,
    pub(crate) proof: ProofBlock<'a>,
}

/// A page that only says something.
#[derive(Template)]
#[template(path = "message.html")]
pub(crate) struct MessagePage<'a> {
    pub(crate) frame: &'a Frame,
    pub(crate) heading: &'a str,
    pub(crate) text: &'a str,
}

/// 存证校验: what was checked, and what anyone needs to check it again.
pub(crate) struct ProofBlock<'a> {
    pub(crate) id: &'a str,
    pub(crate) origin: &'a str,
    pub(crate) index: u64,
    pub(crate) size: u64,
    pub(crate) root: String,
    pub(crate) recorded_at: String,
    pub(crate) note: &'a str,
}

impl<'a> ProofBlock<'a> {
    fn of(id: &'a str, evidence: &'a Evidence) -> Self {
        let in_beijing = evidence
            .recorded_at
            .to_zoned(TimeZone::fixed(Offset::constant(8)));
        Self {
            id,
            origin: &evidence.checkpoint.origin,
            index: evidence.index,
            size: evidence.checkpoint.size,
            root: evidence.checkpoint.root.to_string(),
            recorded_at: in_beijing.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            note: &evidence.note,
        }
    }
}

impl<'a> DisclosedPage<'a> {
    pub(crate) fn of(frame: &'a Frame, id: &'a str, disclosed: &'a Disclosed) -> Self {
        Self {
            frame,
            title: &disclosed.content.title,
            kind: &disclosed.content.kind,
            disclosed_on: disclosed.disclosed_on.chinese(),
            rows: &disclosed.content.rows,
            proof: ProofBlock::of(id, &disclosed.evidence),
        }
    }
}

impl<'a> WithdrawnPage<'a> {
    pub(crate) fn of(frame: &'a Frame, id: &'a str, withdrawn: &'a Withdrawn) -> Self {
        Self {
            frame,
            title: &withdrawn.header.title,
            kind: &withdrawn.header.kind,
            disclosed_on: withdrawn.disclosed_on.chinese(),
            withdrawn_on: withdrawn.withdrawn_on.chinese(),
            reason: &withdrawn.header.reason,
            proof: ProofBlock::of(id, &withdrawn.evidence),
        }
    }
}
