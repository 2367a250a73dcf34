//! The public side: what was disclosed, and how anyone can check it.
//!
//! It opens one folder of signed files and nothing else, knows no case and no law, and reads no cookie: the same
//! address gives everybody the same page. A file is shown as checked only after its bundle has been verified here, and
//! what arrives stands by its signature alone, whoever brought it. Of two bundles of one publication the later entry of
//! the log stands, so that nothing that was replaced or withdrawn comes back, and the same files give the same pages.
//! Below `/log/` it serves the checkpoint and the hash tiles of the log, for whoever compares or keeps them.

mod base64;
mod cache;
mod catalog;
mod downloads;
mod fold;
mod index;
mod keeper;
mod pages;
mod path;
mod published_log;
mod query;
mod reading;
mod store;
mod views;

pub use index::IndexError;
pub use keeper::{Outcome, PortalError, Taken};
pub use reading::Unsound;
pub use store::StoreError;

use axum::Router;
use proof::VerifierKey;
use std::path::PathBuf;
use std::sync::Arc;

/// What the portal is told when it starts.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder of signed publication files.
    pub folder: PathBuf,
    /// The public key of the log, from a place other than that folder.
    pub key: VerifierKey,
    /// The agency in whose name the pages stand, in Chinese.
    pub agency_name: String,
    /// Where the public finds the portal, such as `https://gongshi.example.gov.cn`. Without it the feed links within its
    /// own address and there is no map of the site: the name that a request bears is no proof of anything.
    pub address: Option<String>,
    /// Everything is made up, and every page says so.
    pub is_demonstration: bool,
}

/// A portal over its folder.
#[derive(Clone)]
pub struct Portal(Arc<pages::Inside>);

impl Portal {
    /// Reads and verifies everything that lies in the folder, then what arrived.
    pub fn open(settings: Settings) -> Result<Portal, PortalError> {
        Ok(Portal(Arc::new(pages::Inside::open(settings)?)))
    }

    /// Takes in what lies in `inbox/`. Requests do so by themselves.
    pub fn take_in(&self) -> Result<Taken, PortalError> {
        self.0.take_in()
    }

    /// Takes in one bundle. `file_name` gives the id to bundles of the first shape, which say none.
    pub fn put(&self, bundle: &[u8], file_name: Option<&str>) -> Result<Outcome, PortalError> {
        self.0.put(bundle, file_name.and_then(reading::id_of_name))
    }

    /// How many publications are shown, how many of them withdrawn, and how many files do not hold.
    pub fn counts(&self) -> (usize, usize, usize) {
        let catalog = self.0.keeper.catalog();
        (
            catalog.len(),
            catalog.withdrawn(),
            catalog.damaged().count(),
        )
    }

    /// The pages. They expect to stand at the root of their address.
    pub fn router(&self) -> Router {
        pages::router(Arc::clone(&self.0))
    }

    /// Takes in what arrives while nobody asks for a page: what was replaced or withdrawn must not lie in the inbox until
    /// the next visitor comes. Goes on for ever.
    pub async fn keep_up(&self) {
        pages::keep_up(&self.0).await;
    }
}
