//! Files that were checked a while ago, and what was found in them.

use intake::history::Report;
use law::source::SourceFile;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// So many checks are remembered, of all accounts together.
const REMEMBERED: usize = 8;

/// A file to be checked, with the mapping that was brought along.
pub(super) struct Sent {
    pub(super) name: String,
    pub(super) content: Vec<u8>,
    pub(super) mapping: Option<SourceFile>,
}

struct Check {
    account: String,
    id: String,
    sent: Arc<Sent>,
    report: Option<Arc<Report>>,
}

/// The checks that are remembered, the latest last.
#[derive(Clone, Default)]
pub(super) struct Kept(Arc<Mutex<(u64, VecDeque<Check>)>>);

impl Kept {
    /// Remembers a check; what it is known by.
    pub(super) fn put(&self, account: &str, sent: Arc<Sent>, report: Option<Report>) -> String {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.0 += 1;
        let id = kept.0.to_string();
        // Checked again, the file is remembered once.
        kept.1.retain(|it| !Arc::ptr_eq(&it.sent, &sent));
        if kept.1.len() >= REMEMBERED {
            kept.1.pop_front();
        }
        kept.1.push_back(Check {
            account: account.to_owned(),
            id: id.clone(),
            sent,
            report: report.map(Arc::new),
        });
        id
    }

    fn find<T>(&self, account: &str, id: &str, what: impl Fn(&Check) -> Option<T>) -> Option<T> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = kept.1.iter();
        all.find(|it| it.account == account && it.id == id)
            .and_then(what)
    }

    /// The file of a check of this account.
    pub(super) fn sent(&self, account: &str, id: &str) -> Option<Arc<Sent>> {
        self.find(account, id, |it| Some(Arc::clone(&it.sent)))
    }

    /// What was found in a check of this account.
    pub(super) fn report(&self, account: &str, id: &str) -> Option<Arc<Report>> {
        self.find(account, id, |it| it.report.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(name: &str) -> Arc<Sent> {
        Arc::new(Sent {
            name: name.to_owned(),
            content: Vec::new(),
            mapping: None,
        })
    }

    #[test]
    fn a_check_is_found_by_its_own_account_and_forgotten_after_a_few_others() {
        let kept = Kept::default();
        let first = kept.put("甲", sent("一.csv"), None);
        assert_eq!(
            kept.sent("甲", &first).map(|it| it.name.clone()).as_deref(),
            Some("一.csv")
        );
        assert!(kept.sent("乙", &first).is_none());
        assert!(kept.report("甲", &first).is_none());
        for _ in 0..REMEMBERED {
            kept.put("乙", sent("二.csv"), None);
        }
        assert!(kept.sent("甲", &first).is_none());
    }

    #[test]
    fn a_file_that_is_checked_again_is_remembered_once() {
        let kept = Kept::default();
        let file = sent("一.csv");
        let first = kept.put("甲", Arc::clone(&file), None);
        let second = kept.put("甲", file, None);
        assert!(kept.sent("甲", &first).is_none() && kept.sent("甲", &second).is_some());
    }
}
