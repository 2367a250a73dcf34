//! What an act shows to the public: made from public facts alone, before it is recorded with the act.
//!
//! Which acts do so is said by their tags in `rules/`; what is shown, by the layout of the rules (公示样式), with personal
//! data hidden (`casework::redaction`). The reviewer sees the same lines before.

use crate::agency::AgencyFile;
use crate::ledger::{ReadError, Recorded};
use crate::office::{Office, ReadCaseError, stream};
use crate::ports::{Outward, OutwardEffect, legal_moment};
use crate::request::ActRequest;
use crate::view::{CaseRecord, CaseView};
use casework::case::Case;
use casework::command::Command;
use casework::context::Context;
use casework::live::Live;
use casework::publication::{Shown, shown};
use casework::redaction::Redacted;
use law::fact::{Sensitivity, Value};
use law::model::{DocumentIx, Procedure};
use proof::{Disclosure, DisclosureFacet, DisclosureRow, DisclosureSection, Replaced, Withdrawal};
use vocabulary::{Day, Moment};

/// Acts that put a publication on the public side.
const DISCLOSES: &str = "发布上网";
/// Acts that put another text in its place because the first was wrong.
const CORRECTS: &str = "更正上网";
/// Acts that take its content off again.
const WITHDRAWS: &str = "撤回下网";

/// The public part of an act that concerns the public side.
pub(crate) struct Crossing {
    pub(crate) outward: Outward,
    pub(crate) body: serde_json::Value,
}

/// What stands, or stood, on the public side.
#[derive(Clone, Debug)]
pub struct Released {
    /// The id of the publication.
    pub id: String,
    /// What was shown last.
    pub shown: Disclosure,
    /// It was withdrawn since.
    pub is_withdrawn: bool,
}

/// Something that crossed before, with the place of its leaf and what that leaf commits to.
pub(crate) struct Crossed {
    outward: Outward,
    leaf: u64,
    commitment: String,
    recorded_on: Day,
    /// Nothing where it was lawfully destroyed.
    body: Option<Vec<u8>>,
}

impl Office {
    /// What the public would see of a document if it were disclosed as the case stands; with `request`, once that is done.
    pub fn would_disclose(
        &self,
        view: &CaseView,
        document: DocumentIx,
        number: u32,
        request: Option<&ActRequest>,
    ) -> Option<Shown> {
        let case = view.case();
        // What cannot be read is told where it is sent; until then it changes nothing.
        let command = request.and_then(|request| request.command(case).ok());
        let domain = view.procedure().documents[document].domain;
        let member = case.member(domain, number)?;
        let context = self.context();
        let live = live(case, &context, member, command.as_ref(), view.now);
        shown(&live, document, member, &self.agency().name)
    }

    /// What was released last of a publication, and whether it was withdrawn since; nothing where it never was, or where
    /// its text was lawfully destroyed.
    pub async fn released(
        &self,
        view: &CaseView,
        document: DocumentIx,
        number: u32,
    ) -> Result<Option<Released>, ReadError> {
        let record = match self.record(&view.case_id).await {
            Ok(record) => record,
            Err(ReadCaseError::Read(error)) => return Err(error),
            Err(_) => return Ok(None),
        };
        let Some(stream) = stream(&view.case_id) else {
            return Ok(None);
        };
        let entries = self.ports.ledger.read_stream(&self.agency, &stream, 0);
        let all = crossed(&record, &entries.await?);
        let id = publication_id(view.procedure(), &view.case_id, document, number);
        let last = all.iter().rev().find(|it| it.outward.id == id);
        let is_withdrawn = last.is_some_and(|it| it.outward.effect == OutwardEffect::Withdrawn);
        // What this program wrote it can read.
        let shown = last_disclosure(&all, &id).ok().flatten();
        Ok(shown.map(|shown| Released {
            id,
            shown,
            is_withdrawn,
        }))
    }

    /// The address of a publication below that of the portal.
    pub fn publication_id(
        &self,
        procedure: &Procedure,
        case_id: &str,
        document: DocumentIx,
        number: u32,
    ) -> String {
        publication_id(procedure, case_id, document, number)
    }
}

fn live<'a>(
    case: &'a Case,
    context: &'a Context,
    member: usize,
    command: Option<&'a Command>,
    at: Moment,
) -> Live<'a> {
    Live {
        case,
        context,
        command,
        member,
        at,
        newcomer: None,
        settled: std::cell::OnceCell::new(),
    }
}

/// Whether the act concerns the public side.
pub(crate) fn crosses(procedure: &Procedure, command: &Command) -> bool {
    let tags = &procedure.act_of(command.event).tags;
    let concerns = |tag: &String| [DISCLOSES, CORRECTS, WITHDRAWS].contains(&tag.as_str());
    tags.iter().any(concerns) && procedure.events[command.event].document.is_some()
}

/// What crossed so far in a case, oldest first.
pub(crate) fn crossed(record: &CaseRecord, entries: &[Recorded]) -> Vec<Crossed> {
    let both = entries.iter().zip(record.recorded.iter());
    let crossed = both.filter_map(|(entry, known)| {
        let outward = known.header.outward.clone()?;
        let label = outward.effect.label();
        let promised = entry.leaf.part(label)?;
        Some(Crossed {
            leaf: entry.leaf_index,
            commitment: format!("{:?}", promised.commitment),
            recorded_on: legal_moment(entry.recorded_at).day,
            body: entry.body(label).map(<[u8]>::to_vec),
            outward,
        })
    });
    crossed.collect()
}

/// What an act brings to the public side is made from this.
pub(crate) struct Making<'a> {
    pub(crate) agency: &'a AgencyFile,
    pub(crate) context: &'a Context,
    pub(crate) case_id: &'a str,
    /// The case with the act in it.
    pub(crate) after: &'a Case,
    pub(crate) command: &'a Command,
    /// What crossed so far in this case.
    pub(crate) earlier: &'a [Crossed],
}

/// The public part of the act, where it has one.
pub(crate) fn crossing(making: &Making<'_>) -> Result<Option<Crossing>, serde_json::Error> {
    let Making { after, command, .. } = *making;
    let procedure = &after.procedure;
    let tags = &procedure.act_of(command.event).tags;
    let has = |tag: &str| tags.iter().any(|t| t == tag);
    let Some(document) = procedure.events[command.event].document else {
        return Ok(None);
    };
    let id = publication_id(procedure, making.case_id, document, command.number);
    let day = command.occurred.day.to_string();
    let reason = public_texts(procedure, command);
    if has(DISCLOSES) || has(CORRECTS) {
        let reason = if has(CORRECTS) {
            reason
        } else {
            AGAIN.to_owned()
        };
        let earlier = replaced(making.earlier, &id, &day, &reason)?;
        let body = disclosure(making, document, &id, earlier);
        return Ok(Some(Crossing {
            outward: Outward {
                id,
                effect: OutwardEffect::Disclosed,
            },
            body: serde_json::to_value(body)?,
        }));
    }
    if has(WITHDRAWS)
        && let Some(last) = last_disclosure(making.earlier, &id)?
    {
        let withdrawal = Withdrawal {
            earlier: replaced(making.earlier, &id, &day, &reason)?,
            publication: id.clone(),
            title: last.title,
            kind: last.kind,
            disclosed_on: last.disclosed_on,
            withdrawn_on: day,
            reason,
            agency: last.agency,
            number: last.number,
            decided_on: last.decided_on,
        };
        return Ok(Some(Crossing {
            outward: Outward {
                id,
                effect: OutwardEffect::Withdrawn,
            },
            body: serde_json::to_value(withdrawal)?,
        }));
    }
    Ok(None)
}

/// Why an earlier text is gone where the same was simply disclosed again.
const AGAIN: &str = "重新公示";

fn of_publication<'a>(
    earlier: &'a [Crossed],
    id: &str,
) -> impl DoubleEndedIterator<Item = &'a Crossed> {
    let is_shown =
        move |it: &&Crossed| it.outward.id == id && it.outward.effect == OutwardEffect::Disclosed;
    earlier.iter().filter(is_shown)
}

fn last_disclosure(earlier: &[Crossed], id: &str) -> Result<Option<Disclosure>, serde_json::Error> {
    let last = of_publication(earlier, id).next_back();
    let body = last.and_then(|it| it.body.as_deref());
    body.map(serde_json::from_slice).transpose()
}

/// Every text that was shown before, without its text: the last goes today, the others went when they were replaced.
fn replaced(
    earlier: &[Crossed],
    id: &str,
    today: &str,
    reason: &str,
) -> Result<Vec<Replaced>, serde_json::Error> {
    let Some(last) = of_publication(earlier, id).next_back() else {
        return Ok(Vec::new());
    };
    let shown: Option<Disclosure> = match &last.body {
        Some(body) => Some(serde_json::from_slice(body)?),
        None => None,
    };
    // Withdrawn meanwhile: then it went on that day, and for that reason.
    let withdrawn = earlier.iter().rev().find(|it| {
        it.outward.id == *id && it.outward.effect == OutwardEffect::Withdrawn && it.leaf > last.leaf
    });
    if let Some(body) = withdrawn.and_then(|withdrawn| withdrawn.body.as_deref()) {
        let withdrawal: Withdrawal = serde_json::from_slice(body)?;
        return Ok(withdrawal.earlier);
    }
    let (mut all, disclosed_on) = match shown {
        Some(shown) => (shown.earlier, shown.disclosed_on),
        None => (Vec::new(), last.recorded_on.to_string()),
    };
    all.push(Replaced {
        leaf: last.leaf,
        commitment: last.commitment.clone(),
        disclosed_on,
        replaced_on: today.to_owned(),
        reason: reason.to_owned(),
    });
    Ok(all)
}

/// The same for every act on one publication of one party.
fn publication_id(
    procedure: &Procedure,
    case_id: &str,
    document: DocumentIx,
    number: u32,
) -> String {
    let of_kind = procedure
        .documents
        .iter()
        .take(document)
        .filter(|d| d.is_publication)
        .count()
        + 1;
    format!("{case_id}-{of_kind}-{number}")
}

fn disclosure(
    making: &Making<'_>,
    document: DocumentIx,
    id: &str,
    earlier: Vec<Replaced>,
) -> Disclosure {
    let Making { after, command, .. } = *making;
    let domain = after.procedure.documents[document].domain;
    let member = after.member(domain, command.number).unwrap_or(0);
    let live = live(after, making.context, member, None, command.occurred);
    let agency = making.agency.name.clone();
    let disclosed_on = command.occurred.day.to_string();
    // A procedure whose publication has no layout does not load.
    let Some(shown) = shown(&live, document, member, &agency) else {
        return Disclosure {
            title: after.procedure.documents[document].name.clone(),
            disclosed_on,
            publication: Some(id.to_owned()),
            agency: Some(agency),
            earlier,
            ..Disclosure::default()
        };
    };
    let sections = shown.sections.into_iter().map(|section| DisclosureSection {
        heading: section.heading,
        rows: section
            .lines
            .into_iter()
            .map(|(label, value)| DisclosureRow {
                label,
                value: value.shown(),
            })
            .collect(),
    });
    let facets = shown.facets.into_iter();
    let facets = facets.map(|(name, values)| DisclosureFacet { name, values });
    Disclosure {
        title: shown.title.shown(),
        kind: shown.kind,
        rows: Vec::new(),
        disclosed_on,
        publication: Some(id.to_owned()),
        agency: Some(agency),
        number: shown.number,
        party: shown.party.as_ref().map(Redacted::shown),
        decided_on: shown.decided_on.map(|day| day.to_string()),
        summary: shown.summary.as_ref().map(Redacted::shown),
        sections: sections.collect(),
        drawing: None,
        facets: facets.collect(),
        earlier,
    }
}

/// The public texts that the act itself says: why something is withdrawn.
fn public_texts(procedure: &Procedure, command: &Command) -> String {
    let texts = command
        .facts
        .iter()
        .filter_map(|(fact, value)| match value {
            Value::Text(text) if procedure.facts[*fact].sensitivity == Sensitivity::Public => {
                Some(text.as_str())
            }
            _ => None,
        });
    texts.collect::<Vec<_>>().join("\n")
}
