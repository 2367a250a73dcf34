//! What an act shows to the public: made from public facts alone, before it is recorded with the act.
//!
//! Which acts do so is said by their tags in `rules/`; what is shown, by the agency's layout, and by the sensitivity
//! of each fact, which no layout can lower.

use crate::agency::AgencyFile;
use crate::office::Office;
use crate::ports::{Outward, OutwardEffect};
use crate::view::CaseView;
use casework::case::Case;
use casework::command::Command;
use law::Rules;
use law::fact::{Sensitivity, Value};
use law::model::{CASE, DocumentIx, FactIx, Procedure};
use proof::{Disclosure, DisclosureRow, Withdrawal};

/// Acts that put a publication on the public side.
const DISCLOSES: &str = "发布上网";
/// Acts that take its content off again.
const WITHDRAWS: &str = "撤回下网";

/// The public part of an act that concerns the public side.
pub(crate) struct Crossing {
    pub(crate) outward: Outward,
    pub(crate) body: serde_json::Value,
}

/// What the last disclosure of a publication said.
pub(crate) type EarlierDisclosure<'a> = &'a dyn Fn(&str) -> Option<Disclosure>;

impl Office {
    /// What the public would see of a document if it were disclosed as the case stands: heading, and each name with its
    /// value. Nothing of what is no publication.
    pub fn would_disclose(
        &self,
        view: &CaseView,
        document: DocumentIx,
        number: u32,
    ) -> Option<(String, Vec<(String, String)>)> {
        let declared = &view.procedure().documents[document];
        let day = view.now.day.to_string();
        let seen = declared.is_publication.then(|| {
            let (agency, context) = (self.agency(), self.context());
            disclosure(
                &agency,
                &context.rules,
                view.case(),
                (document, number),
                day,
            )
        })?;
        let rows = seen.rows.into_iter().map(|row| (row.label, row.value));
        Some((seen.title, rows.collect()))
    }
}

/// Whether the act concerns the public side.
pub(crate) fn crosses(procedure: &Procedure, command: &Command) -> bool {
    let tags = &procedure.act_of(command.event).tags;
    tags.iter().any(|tag| tag == DISCLOSES || tag == WITHDRAWS)
        && procedure.events[command.event].document.is_some()
}

/// The public part of the act, where it has one; `after` is the case with the act in it.
pub(crate) fn crossing(
    agency: &AgencyFile,
    rules: &Rules,
    case_id: &str,
    after: &Case,
    command: &Command,
    earlier: EarlierDisclosure<'_>,
) -> Result<Option<Crossing>, serde_json::Error> {
    let procedure = &after.procedure;
    let tags = &procedure.act_of(command.event).tags;
    let has = |tag: &str| tags.iter().any(|t| t == tag);
    let Some(document) = procedure.events[command.event].document else {
        return Ok(None);
    };
    let id = publication_id(procedure, case_id, document, command.number);
    let day = command.occurred.day.to_string();
    if has(DISCLOSES) {
        let body = serde_json::to_value(disclosure(
            agency,
            rules,
            after,
            (document, command.number),
            day,
        ))?;
        return Ok(Some(Crossing {
            outward: Outward {
                id,
                effect: OutwardEffect::Disclosed,
            },
            body,
        }));
    }
    if has(WITHDRAWS)
        && let Some(shown) = earlier(&id)
    {
        let reason = public_texts(procedure, command);
        let withdrawal = Withdrawal {
            publication: id.clone(),
            title: shown.title,
            kind: shown.kind,
            disclosed_on: shown.disclosed_on,
            withdrawn_on: day,
            reason,
            ..Withdrawal::default()
        };
        let body = serde_json::to_value(withdrawal)?;
        return Ok(Some(Crossing {
            outward: Outward {
                id,
                effect: OutwardEffect::Withdrawn,
            },
            body,
        }));
    }
    Ok(None)
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
    agency: &AgencyFile,
    rules: &Rules,
    after: &Case,
    (document, number): (DocumentIx, u32),
    day: String,
) -> Disclosure {
    let procedure = &after.procedure;
    let declared = &procedure.documents[document];
    let member = after.member(declared.domain, number).unwrap_or(0);
    let layout = agency
        .publications
        .iter()
        .find(|layout| layout.document == declared.id);
    let chosen: Vec<FactIx> = match layout {
        Some(layout) => {
            // A fact of the publication itself bears its name.
            let own = |id: &String| procedure.fact(&format!("{id}:{}", declared.id));
            layout
                .rows
                .iter()
                .filter_map(|id| procedure.fact(id).or_else(|| own(id)))
                .collect()
        }
        None => (0..procedure.facts.len()).collect(),
    };
    let mut rows = vec![DisclosureRow {
        label: "作出机关".to_owned(),
        value: agency.name.clone(),
    }];
    for fact in chosen {
        let shown = &procedure.facts[fact];
        let is_of_this = shown.document.is_none_or(|of| of == document);
        if shown.sensitivity != Sensitivity::Public || !is_of_this {
            continue;
        }
        let of = if shown.domain == CASE { 0 } else { member };
        if shown.domain != CASE && shown.domain != declared.domain {
            continue;
        }
        if let Some(value) = after.fact(fact, of) {
            let label = shown
                .name
                .split([':', '\u{ff1a}'])
                .next()
                .unwrap_or_default()
                .to_owned();
            rows.push(DisclosureRow {
                label,
                value: show(rules, procedure, fact, value),
            });
        }
    }
    let kind = layout.map_or_else(|| declared.name.clone(), |layout| layout.kind.clone());
    let title_fact = agency.title_facts.iter().find_map(|id| {
        let fact = procedure.fact(id)?;
        (procedure.facts[fact].sensitivity == Sensitivity::Public).then_some(())?;
        Some(procedure.facts[fact].show(after.fact(fact, 0)?))
    });
    let title = match title_fact {
        Some(about) => format!("{about}：{kind}"),
        None => format!("{}{kind}", agency.name),
    };
    Disclosure {
        title,
        kind,
        rows,
        disclosed_on: day,
        ..Disclosure::default()
    }
}

fn show(rules: &Rules, procedure: &Procedure, fact: FactIx, value: &Value) -> String {
    if let Value::Item(id) = value
        && let Some(item) = rules.items.get(id)
    {
        let cites: Vec<&str> = item.cites.iter().map(|cite| cite.text.as_str()).collect();
        return format!("{}（{}）", item.name, cites.join("、"));
    }
    procedure.facts[fact].show(value)
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
