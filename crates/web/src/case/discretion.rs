//! How discretion was used (裁量说明): every step with its article, as the entry froze it, and similar decided cases.

use crate::components::Link;
use crate::components::empty::Empty;
use crate::components::status::{Status, Tone};
use crate::components::table::{Cell, Column, Table};
use crate::fault::Fault;
use crate::frame::{self, Frame};
use crate::session::Signed;
use crate::wording;
use app::weighing::Similar;
use app::{CaseView, Office};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use casework::discretion::{Kept, kept, today};
use law::discretion::{Outcome, Receipt};
use law::model::{Domain, SubjectClass};
use std::sync::Arc;

/// So many similar cases are shown.
const SIMILAR: usize = 10;

#[derive(Template)]
#[template(path = "case-discretion.html")]
struct DiscretionPage {
    frame: Frame,
    title: String,
    case_link: String,
    today: String,
    cards: Vec<Card>,
    empty: Empty,
}

/// How discretion was used about a party.
struct Card {
    anchor: String,
    whose: String,
    receipt: ReceiptView,
    /// Earlier ones, latest first.
    earlier: Vec<ReceiptView>,
    similar: Option<Table>,
}

/// A receipt as it is shown: on the page of a case, and on forms of those who judge it.
#[derive(Template)]
#[template(path = "receipt.html")]
pub(crate) struct ReceiptView {
    provision: String,
    /// Where it comes from: an act with its day, or that it is of today and not recorded.
    source: String,
    source_link: Option<String>,
    pub(crate) status: Status,
    steps: Vec<StepLine>,
}

impl askama::filters::HtmlSafe for ReceiptView {}

struct StepLine {
    question: String,
    status: Status,
    result: String,
    values: Vec<(String, String)>,
    articles: String,
}

impl ReceiptView {
    fn of(receipt: &Receipt, source: String, source_link: Option<String>) -> ReceiptView {
        let steps = receipt.steps.iter().map(|step| StepLine {
            question: step.question.to_string(),
            status: status(step.outcome),
            result: step.result.clone(),
            values: step
                .values
                .iter()
                .map(|shown| (shown.name.to_string(), wording::prose(&shown.value)))
                .collect(),
            articles: step.articles.join("、"),
        });
        ReceiptView {
            provision: receipt.provision.to_string(),
            source,
            source_link,
            status: status(worst(receipt)),
            steps: steps.collect(),
        }
    }

    /// What would be said of an act that is being filled in; nothing of it is recorded.
    pub(crate) fn unrecorded(receipt: &Receipt) -> ReceiptView {
        ReceiptView::of(receipt, "按现在填写的内容推算，没有记录".to_owned(), None)
    }

    fn kept(view: &CaseView, kept: &Kept<'_>) -> ReceiptView {
        let procedure = view.procedure();
        let name = procedure
            .event(kept.event)
            .map_or_else(String::new, |event| wording::event(procedure, event));
        let source = format!("{name}，{}", kept.occurred.chinese());
        let recorded = usize::try_from(kept.entry)
            .ok()
            .and_then(|at| view.recorded.get(at.checked_sub(1)?));
        let anchor = recorded.map_or_else(String::new, |it| format!("#entry-{}", it.leaf_index));
        let link = format!("/cases/{}?unfold=all{anchor}", view.case_id);
        ReceiptView::of(kept.receipt, source, Some(link))
    }
}

/// What deserves to be seen first.
fn worst(receipt: &Receipt) -> Outcome {
    let order = [
        Outcome::Broken,
        Outcome::ReasonNeeded,
        Outcome::Unknown,
        Outcome::Departs,
    ];
    let has = |outcome: &Outcome| receipt.steps.iter().any(|step| step.outcome == *outcome);
    order.into_iter().find(has).unwrap_or(Outcome::Kept)
}

fn status(outcome: Outcome) -> Status {
    let tone = match outcome {
        Outcome::Kept => Tone::Good,
        Outcome::Broken => Tone::Bad,
        Outcome::Departs | Outcome::ReasonNeeded => Tone::Caution,
        Outcome::Unknown => Tone::Plain,
    };
    Status::new(outcome.chinese(), tone)
}

/// `GET /cases/{case_id}/discretion`
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    Path(case_id): Path<String>,
    Extension(signed): Extension<Signed>,
) -> Response {
    let view = match super::seen(&office, &signed, &case_id).await {
        Ok(view) => view,
        Err(fault) => return fault.response(&office),
    };
    match page(&office, &signed, &view).await {
        Ok(page) => frame::page(StatusCode::OK, &page),
        Err(fault) => fault.response(&office),
    }
}

/// Whether the page has anything to show.
pub(super) fn has_any(office: &Office, view: &CaseView) -> bool {
    let Some(domain) = parties(view) else {
        return false;
    };
    let context = office.context();
    let members = view.case().members[usize::from(domain.0)].len();
    !kept(&view.history).is_empty()
        || (0..members)
            .any(|member| today(view.case(), &context, (domain, member), view.now).is_some())
}

fn parties(view: &CaseView) -> Option<Domain> {
    let subjects = &view.procedure().subjects;
    let at = subjects
        .iter()
        .position(|subject| subject.class == SubjectClass::Party)?;
    u8::try_from(at).ok().map(Domain)
}

/// The receipts that stand now, one for each party by its number and name, for forms of those who judge them.
pub(crate) fn standing(view: &CaseView) -> Vec<(u32, String, ReceiptView)> {
    let Some(domain) = parties(view) else {
        return Vec::new();
    };
    let all = kept(&view.history);
    let members = view.case().members[usize::from(domain.0)].iter();
    members
        .enumerate()
        .filter_map(|(at, member)| {
            let last = all
                .iter()
                .rev()
                .find(|one| one.subject.number == member.number)?;
            let whose = wording::member_name(view.case(), domain, at);
            Some((member.number, whose, ReceiptView::kept(view, last)))
        })
        .collect()
}

async fn page(office: &Office, signed: &Signed, view: &CaseView) -> Result<DiscretionPage, Fault> {
    let mut cards = Vec::new();
    if let Some(domain) = parties(view) {
        let all = kept(&view.history);
        let context = office.context();
        for (at, member) in view.case().members[usize::from(domain.0)]
            .iter()
            .enumerate()
        {
            let mut own = all
                .iter()
                .rev()
                .filter(|one| one.subject.number == member.number);
            let last = own.next();
            let current = today(view.case(), &context, (domain, at), view.now);
            let (receipt, item) = match (last, current) {
                (Some(last), _) => (ReceiptView::kept(view, last), last.receipt.item.clone()),
                (None, Some(now)) => {
                    let source = "按今天登记的内容推算，没有记录".to_owned();
                    (ReceiptView::of(&now, source, None), now.item)
                }
                (None, None) => continue,
            };
            let similar = office
                .similar(&signed.actor, (&view.case_id, &item), SIMILAR)
                .await?;
            cards.push(Card {
                anchor: format!("party-{}", member.number),
                whose: wording::member_name(view.case(), domain, at),
                receipt,
                earlier: own.map(|one| ReceiptView::kept(view, one)).collect(),
                similar: (!similar.is_empty()).then(|| table(&similar)),
            });
        }
    }
    Ok(DiscretionPage {
        frame: Frame::of(office).at("/cases"),
        title: view.title.clone(),
        case_link: format!("/cases/{}", view.case_id),
        today: view.now.day.chinese(),
        cards,
        empty: Empty {
            head: "本案还没有要裁量的处罚。".to_owned(),
            text: "提出拟处罚意见、选定适用事项以后，逐步的裁量说明列在这里。".to_owned(),
            way: Some(Link::new(format!("/cases/{}", view.case_id), "返回案件页")),
        },
    })
}

fn table(similar: &[Similar]) -> Table {
    let row = |it: &Similar| {
        let line = &it.row.line;
        let about = line.case_number.iter().chain([&line.party_names]);
        vec![
            Cell::Link {
                to: Link::new(
                    format!("/cases/{}/discretion#party-{}", line.case_id, it.number),
                    &line.title,
                ),
                under: about.filter(|text| !text.is_empty()).cloned().collect(),
            },
            Cell::Text(it.penalty.to_string()),
            match &it.tier {
                Some(tier) => Cell::Text(tier.clone()),
                None => Cell::Absent("没有登记档次"),
            },
            match it.decided {
                Some(day) => Cell::Text(day.chinese()),
                None => Cell::Absent("没有登记日期"),
            },
        ]
    };
    Table {
        caption: "同一事项已经决定的案件".to_owned(),
        columns: vec![
            Column::text("案件"),
            Column::text("决定的处罚"),
            Column::text("裁量档次"),
            Column::text("决定日期"),
        ],
        rows: similar.iter().map(row).collect(),
    }
}
