//! How a case stands among others: what it follows, what follows it, and what may be opened out of it.

use crate::act::{FOLLOWS, OF};
use crate::wording;
use app::combined::Links;
use app::ledger::CaseRow;
use app::{CaseView, Office};
use law::model::CASE;

/// The section of a case page.
#[derive(Default)]
pub(super) struct LinksView {
    pub(super) before: Option<Linked>,
    pub(super) has_hidden: bool,
    pub(super) after: Vec<Linked>,
    pub(super) onward: Vec<Onward>,
}

/// Another case.
pub(super) struct Linked {
    pub(super) href: String,
    pub(super) title: String,
    pub(super) procedure: String,
    pub(super) about: String,
    pub(super) is_open: bool,
}

/// An act that opens a case out of this one.
pub(super) struct Onward {
    pub(super) href: String,
    pub(super) procedure: String,
    pub(super) name: String,
    /// For one of several parties alone: the name, and the address.
    pub(super) of_each: Vec<(String, String)>,
}

impl LinksView {
    pub(super) fn of(office: &Office, view: &CaseView, links: Links) -> LinksView {
        LinksView {
            before: links.before.map(|row| linked(office, row)),
            has_hidden: links.has_hidden,
            after: links
                .after
                .into_iter()
                .map(|row| linked(office, row))
                .collect(),
            onward: links
                .onward
                .iter()
                .filter_map(|(procedure, event)| onward(office, view, procedure, event))
                .collect(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.before.is_none() && !self.has_hidden && self.after.is_empty() && self.onward.is_empty()
    }
}

fn linked(office: &Office, row: CaseRow) -> Linked {
    let line = row.line;
    let procedure = office.procedures().find(|it| it.id == line.procedure);
    let about = [line.case_number.unwrap_or_default(), line.party_names];
    let about: Vec<String> = about.into_iter().filter(|it| !it.is_empty()).collect();
    Linked {
        href: format!("/cases/{}", line.case_id),
        title: line.title,
        procedure: procedure.map_or_else(String::new, |it| it.name.clone()),
        about: about.join("，"),
        is_open: line.is_open,
    }
}

fn onward(office: &Office, view: &CaseView, procedure: &str, event: &str) -> Option<Onward> {
    let procedure = office.procedures().find(|it| it.id == procedure)?;
    let event = procedure.event(event)?;
    let declared = &procedure.events[event];
    let own = &view.procedure().id;
    let carry = declared.carries.iter().find(|it| it.from == *own)?;
    let href = format!(
        "/cases/new/{}/{}?{FOLLOWS}={}",
        procedure.id, declared.id, view.case_id
    );
    let brought = carry.brings.as_ref().map_or(CASE, |it| it.theirs);
    let members = match brought {
        CASE => &[],
        theirs => view.case().members[usize::from(theirs.0)].as_slice(),
    };
    let each = members
        .iter()
        .map(|it| (it.name.clone(), format!("{href}&{OF}={}", it.number)));
    Some(Onward {
        of_each: if members.len() > 1 {
            each.collect()
        } else {
            Vec::new()
        },
        procedure: procedure.name.clone(),
        name: wording::event(procedure, event),
        href,
    })
}
