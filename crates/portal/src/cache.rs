//! Pages as they were sent last, until their publication changes.

use crate::catalog::Catalog;
use crate::store::Stamp;
use crate::views::tag_of;
use axum::body::Bytes;
use axum::http::HeaderValue;
use std::collections::BTreeMap;

/// So much is kept; then it begins anew.
const LARGEST: usize = 16_000_000;

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

    /// Lets go of every page whose publication is another one now: its text may have been replaced.
    pub(crate) fn sweep(&mut self, catalog: &Catalog) {
        if self
            .home
            .as_ref()
            .is_some_and(|(of, _)| *of != catalog.edition())
        {
            self.home = None;
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
