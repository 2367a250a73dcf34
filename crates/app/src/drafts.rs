//! Text that is not lost (暂存): what somebody typed into a form and did not record yet.
//!
//! A draft is no part of the record: it is overwritten, thrown away, and forgotten after a while. It belongs to one
//! account and one form: the place (a case, or a procedure that a case is to be opened under), the act, the subject.

use crate::ledger::{Agency, ReadError, StorageCause};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The most bytes of one draft, as it is stored.
pub const DRAFT_BYTES_MAX: usize = 64 * 1024;
/// So many drafts of an account are kept, the newest.
pub const DRAFTS_PER_ACCOUNT: usize = 50;
/// So many days a draft is kept.
pub const DRAFT_DAYS: i64 = 30;

/// The form that a draft belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DraftForm {
    /// Where: a case, or a procedure.
    pub place: DraftPlace,
    /// Event id.
    pub event: String,
    /// The number of the subject; 0 for the case or a newcomer.
    pub subject: u32,
}

/// Where the act of a draft is to be performed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DraftPlace {
    /// In this case.
    Case(String),
    /// It opens a case under this procedure.
    Procedure(String),
}

impl DraftPlace {
    /// The stored form.
    pub fn stored(&self) -> String {
        match self {
            DraftPlace::Case(id) => format!("case/{id}"),
            DraftPlace::Procedure(id) => format!("new/{id}"),
        }
    }

    /// Reads the stored form back.
    pub fn read(text: &str) -> Option<DraftPlace> {
        let (kind, id) = text.split_once('/')?;
        match kind {
            "case" => Some(DraftPlace::Case(id.to_owned())),
            "new" => Some(DraftPlace::Procedure(id.to_owned())),
            _ => None,
        }
    }
}

/// Whose drafts: an account of an agency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DraftOwner {
    /// The agency.
    pub agency: Agency,
    /// The account.
    pub account: String,
}

/// A form as it was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The form.
    pub form: DraftForm,
    /// Names and values in the order of the form; a name may come several times.
    pub fields: Vec<(String, String)>,
    /// When it was kept.
    pub saved_at: Timestamp,
}

/// Why a draft was not kept or not found.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// More than a draft may have.
    #[error("the draft has {bytes} bytes, at most {DRAFT_BYTES_MAX} are kept")]
    TooLarge {
        /// How many it has.
        bytes: usize,
    },
    /// The store failed.
    #[error("drafts cannot be read or written")]
    Storage(#[source] StorageCause),
}

impl From<ReadError> for DraftError {
    fn from(error: ReadError) -> DraftError {
        DraftError::Storage(error.into())
    }
}

impl Draft {
    /// The fields as they are stored, within the limit.
    pub fn stored_fields(&self) -> Result<String, DraftError> {
        let text = serde_json::to_string(&self.fields)
            .map_err(|error| DraftError::Storage(error.into()))?;
        if text.len() > DRAFT_BYTES_MAX {
            return Err(DraftError::TooLarge { bytes: text.len() });
        }
        Ok(text)
    }

    /// Reads stored fields back.
    pub fn read_fields(text: &str) -> Result<Vec<(String, String)>, DraftError> {
        serde_json::from_str(text).map_err(|error| DraftError::Storage(error.into()))
    }
}

/// What was saved before this is forgotten.
pub fn forgotten_before(now: Timestamp) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(24 * DRAFT_DAYS))
        .unwrap_or(Timestamp::MIN)
}

/// Where drafts are kept.
#[async_trait]
pub trait Drafts: Send + Sync {
    /// Keeps a draft in place of an earlier one of the same form, and lets go what is too old or too many.
    async fn save(&self, owner: &DraftOwner, draft: &Draft) -> Result<(), DraftError>;

    /// The draft of a form, if there is one that is not too old.
    async fn find(
        &self,
        owner: &DraftOwner,
        form: &DraftForm,
        now: Timestamp,
    ) -> Result<Option<Draft>, DraftError>;

    /// The drafts of an account, the newest first.
    async fn list(&self, owner: &DraftOwner, now: Timestamp) -> Result<Vec<Draft>, DraftError>;

    /// Throws a draft away; nothing happens where there is none.
    async fn discard(&self, owner: &DraftOwner, form: &DraftForm) -> Result<(), DraftError>;
}

/// Drafts that live as long as the process.
#[derive(Debug, Default)]
pub struct DraftsInMemory {
    kept: Mutex<BTreeMap<DraftOwner, BTreeMap<DraftForm, Kept>>>,
}

#[derive(Clone, Debug)]
struct Kept {
    fields: String,
    saved_at: Timestamp,
}

impl Kept {
    fn draft(&self, form: &DraftForm) -> Result<Draft, DraftError> {
        Ok(Draft {
            form: form.clone(),
            fields: Draft::read_fields(&self.fields)?,
            saved_at: self.saved_at,
        })
    }
}

#[async_trait]
impl Drafts for DraftsInMemory {
    async fn save(&self, owner: &DraftOwner, draft: &Draft) -> Result<(), DraftError> {
        let fields = draft.stored_fields()?;
        let oldest = forgotten_before(draft.saved_at);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let saved_at = draft.saved_at;
        kept.entry(owner.clone())
            .or_default()
            .insert(draft.form.clone(), Kept { fields, saved_at });
        for (_, drafts) in kept.iter_mut().filter(|(of, _)| of.agency == owner.agency) {
            drafts.retain(|_, draft| draft.saved_at >= oldest);
        }
        if let Some(drafts) = kept.get_mut(owner) {
            while drafts.len() > DRAFTS_PER_ACCOUNT {
                let oldest = drafts
                    .iter()
                    .min_by_key(|(form, kept)| (kept.saved_at, (*form).clone()));
                let Some((form, _)) = oldest else { break };
                let form = form.clone();
                drafts.remove(&form);
            }
        }
        kept.retain(|_, drafts| !drafts.is_empty());
        Ok(())
    }

    async fn find(
        &self,
        owner: &DraftOwner,
        form: &DraftForm,
        now: Timestamp,
    ) -> Result<Option<Draft>, DraftError> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(owner).and_then(|drafts| drafts.get(form));
        found
            .filter(|kept| kept.saved_at >= forgotten_before(now))
            .map(|kept| kept.draft(form))
            .transpose()
    }

    async fn list(&self, owner: &DraftOwner, now: Timestamp) -> Result<Vec<Draft>, DraftError> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let drafts = kept.get(owner).into_iter().flatten();
        let mut found: Vec<Draft> = drafts
            .filter(|(_, kept)| kept.saved_at >= forgotten_before(now))
            .map(|(form, kept)| kept.draft(form))
            .collect::<Result<_, _>>()?;
        found.sort_by(|a, b| (b.saved_at, &a.form).cmp(&(a.saved_at, &b.form)));
        Ok(found)
    }

    async fn discard(&self, owner: &DraftOwner, form: &DraftForm) -> Result<(), DraftError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(drafts) = kept.get_mut(owner) {
            drafts.remove(form);
        }
        Ok(())
    }
}
