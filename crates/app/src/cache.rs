//! Cases read lately, so that the next act of a case does not read its history again.
//!
//! What is kept is never trusted alone: entries after the kept version are read each time, and an append compares the
//! version once more. A case whose parts were destroyed is forgotten.

use crate::view::CaseRecord;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The most cases kept: a thick case takes some hundred kilobytes.
const MOST: usize = 256;

/// Cases by id, each with when it was last used.
#[derive(Default)]
pub(crate) struct Cache {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    uses: u64,
    cases: BTreeMap<String, (u64, Arc<CaseRecord>)>,
}

impl Cache {
    pub(crate) fn get(&self, case_id: &str) -> Option<Arc<CaseRecord>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let now = kept.uses;
        let (used, record) = kept.cases.get_mut(case_id)?;
        *used = now;
        Some(Arc::clone(record))
    }

    pub(crate) fn keep(&self, case_id: &str, record: Arc<CaseRecord>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let now = kept.uses;
        if kept.cases.len() >= MOST && !kept.cases.contains_key(case_id) {
            let oldest = kept.cases.iter().min_by_key(|(_, (used, _))| *used);
            if let Some(oldest) = oldest.map(|(id, _)| id.clone()) {
                kept.cases.remove(&oldest);
            }
        }
        kept.cases.insert(case_id.to_owned(), (now, record));
    }

    pub(crate) fn forget(&self, case_id: &str) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.cases.remove(case_id);
    }
}
