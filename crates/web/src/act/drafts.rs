//! A form that was left is found again (暂存): kept by a button or by itself, offered when the form is opened again.

use super::posted::Posted;
use super::{Asked, Beside};
use crate::fault::Fault;
use crate::session;
use crate::wording;
use app::Office;
use app::drafts::{Draft, DraftError, DraftForm, DraftOwner, DraftPlace, Drafts};
use std::sync::Arc;

/// Names that belong to one drawing of the form, not to what was typed.
const NOT_KEPT: [&str; 4] = ["token", "key", "do", super::posted::ATTACHED_WRONG];

/// Whose drafts these are: those of the account, wherever it signs in.
fn draft_owner(office: &Office, token: &str) -> DraftOwner {
    DraftOwner {
        agency: office.log().clone(),
        account: session::who()
            .map_or_else(|| format!("browser/{token}"), |signed| signed.actor.account),
    }
}

/// The drafts of one form.
pub(super) struct Shelf<'a> {
    office: &'a Office,
    drafts: Arc<dyn Drafts>,
    owner: DraftOwner,
    form: DraftForm,
}

/// A draft that the page offers, or has taken over.
pub(super) struct Offer {
    pub(super) saved: String,
    /// The form holds it already.
    pub(super) is_taken: bool,
}

impl Offer {
    pub(super) fn of(draft: &Draft, is_taken: bool) -> Offer {
        Offer {
            saved: wording::recorded(draft.saved_at),
            is_taken,
        }
    }
}

impl<'a> Shelf<'a> {
    /// The shelf of this form, where drafts are kept at all.
    pub(super) fn of(office: &'a Office, asked: &Asked, token: &str) -> Option<Shelf<'a>> {
        let Beside { drafts, .. } = &asked.beside;
        let view = &asked.view;
        let procedure = view.procedure();
        let place = if view.case_id.is_empty() {
            DraftPlace::Procedure(procedure.id.clone())
        } else {
            DraftPlace::Case(view.case_id.clone())
        };
        Some(Shelf {
            office,
            drafts: Arc::clone(drafts.as_ref()?),
            owner: draft_owner(office, token),
            form: DraftForm {
                place,
                event: procedure.events[asked.event].id.clone(),
                subject: asked.number,
            },
        })
    }

    pub(super) async fn find(&self) -> Result<Option<Draft>, Fault> {
        let now = self.office.instant();
        let found = self.drafts.find(&self.owner, &self.form, now).await;
        found.map_err(|error| Fault::Unexpected(error.into()))
    }

    /// Keeps what the form says, in its order.
    pub(super) async fn keep(&self, posted: &Posted) -> Result<Draft, DraftError> {
        let fields = posted.pairs();
        let draft = Draft {
            form: self.form.clone(),
            fields: fields
                .filter(|(name, value)| !NOT_KEPT.contains(name) && !value.is_empty())
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            saved_at: self.office.instant(),
        };
        self.drafts.save(&self.owner, &draft).await?;
        Ok(draft)
    }

    pub(super) async fn discard(&self) -> Result<(), DraftError> {
        self.drafts.discard(&self.owner, &self.form).await
    }
}
