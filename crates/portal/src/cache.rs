//! Pages as they were sent last, until their publication changes; and what a search found that finds much, until anything
//! does.

use crate::catalog::Catalog;
use crate::store::Stamp;
use crate::views::tag_of;
use axum::body::Bytes;
use axum::http::HeaderValue;
use std::collections::BTreeMap;
use std::sync::Arc;

/// So much is kept; then it begins anew.
const LARGEST: usize = 16_000_000;

/// A search that finds fewer is as fast as looking it up here.
const MUCH: usize = 1_000;
/// So many numbers of lines are kept of all searches together; then it begins anew.
const NUMBERS: usize = 2_000_000;

/// A page with what tells its states apart.
#[derive(Clone)]
pub(crate) struct Rendered {
    pub(crate) html: Bytes,
    pub(crate) tag: HeaderValue,
}

impl Rendered {
    pub(crate) fn new(html: String) -> Rendered {
        // The tag is hexadecimal digits between quotes.
        let tag = HeaderValue::from_str(&tag_of(html.as_bytes()));
        Rendered {
            tag: tag.unwrap_or(HeaderValue::from_static("\"\"")),
            html: html.into(),
        }
    }
}

/// Which page of a publication.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Page {
    Content,
    Verify,
}

#[derive(Default)]
pub(crate) struct Cache {
    pages: BTreeMap<String, Vec<(Page, Stamp, Rendered)>>,
    bytes: usize,
    home: Option<(u64, Rendered)>,
    found: Found,
}

/// What was found by words, in one edition of the catalog.
#[derive(Default)]
struct Found {
    edition: u64,
    by_words: BTreeMap<Vec<String>, Arc<[u32]>>,
    numbers: usize,
}

impl Cache {
    pub(crate) fn page(&self, id: &str, page: Page, stamp: Stamp) -> Option<Rendered> {
        let pages = self.pages.get(id)?;
        let found = pages.iter().find(|(of, at, _)| (*of, *at) == (page, stamp));
        found.map(|(_, _, rendered)| rendered.clone())
    }

    pub(crate) fn keep(&mut self, id: &str, page: Page, stamp: Stamp, rendered: Rendered) {
        if self.bytes + rendered.html.len() > LARGEST {
            self.pages.clear();
            self.bytes = 0;
        }
        self.bytes += rendered.html.len();
        let pages = self.pages.entry(id.to_owned()).or_default();
        pages.retain(|(of, _, before)| {
            let is_kept = *of != page;
            if !is_kept {
                self.bytes -= before.html.len();
            }
            is_kept
        });
        pages.push((page, stamp, rendered));
    }

    pub(crate) fn home(&self, edition: u64) -> Option<Rendered> {
        let (of, rendered) = self.home.as_ref()?;
        (*of == edition).then(|| rendered.clone())
    }

    pub(crate) fn keep_home(&mut self, edition: u64, rendered: Rendered) {
        self.home = Some((edition, rendered));
    }

    pub(crate) fn found(&self, edition: u64, words: &[String]) -> Option<Arc<[u32]>> {
        let found = (self.found.edition == edition).then(|| self.found.by_words.get(words))??;
        Some(Arc::clone(found))
    }

    pub(crate) fn keep_found(&mut self, edition: u64, words: &[String], found: &Arc<[u32]>) {
        if found.len() < MUCH {
            return;
        }
        if self.found.edition != edition || self.found.numbers + found.len() > NUMBERS {
            self.found = Found {
                edition,
                ..Found::default()
            };
        }
        let before = self
            .found
            .by_words
            .insert(words.to_vec(), Arc::clone(found));
        self.found.numbers += found.len() - before.map_or(0, |before| before.len());
    }

    /// Lets go of every page whose publication is another one now: its text may have been replaced.
    pub(crate) fn sweep(&mut self, catalog: &Catalog) {
        if self
            .home
            .as_ref()
            .is_some_and(|(of, _)| *of != catalog.edition())
        {
            self.home = None;
        }
        if self.found.edition != catalog.edition() {
            self.found = Found::default();
        }
        self.pages.retain(|id, pages| {
            let now = catalog.by_id(id).map(|row| row.stamp);
            let is_kept = pages.iter().all(|(_, stamp, _)| Some(*stamp) == now);
            if !is_kept {
                let gone: usize = pages.iter().map(|(_, _, page)| page.html.len()).sum();
                self.bytes -= gone;
            }
            is_kept
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn what_was_found_is_kept_for_one_edition_and_within_bounds() {
        let mut cache = Cache::default();
        let much: Arc<[u32]> = (0..900_000).collect();
        cache.keep_found(1, &words("取水"), &much);
        cache.keep_found(1, &words("取水"), &much);
        cache.keep_found(1, &words("许可"), &much);
        assert!(cache.found(1, &words("取水")).is_some());
        assert!(cache.found(2, &words("取水")).is_none(), "something came");
        assert!(cache.found(1, &words("取水 许可")).is_none());
        // One too many: it begins anew.
        cache.keep_found(1, &words("河道"), &much);
        assert!(cache.found(1, &words("取水")).is_none());
        assert!(cache.found(1, &words("河道")).is_some());
        cache.keep_found(1, &words("少见"), &Arc::from([7]));
        assert!(cache.found(1, &words("少见")).is_none(), "not worth it");
        cache.sweep(&Catalog::default());
        assert!(cache.found(1, &words("河道")).is_none());
    }
}
