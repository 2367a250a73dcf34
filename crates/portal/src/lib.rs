//! The public side: what was disclosed, and how anyone can check it.
//!
//! It opens one folder of signed files and nothing else, knows no case and no law, and reads no cookie: the same
//! address gives everybody the same page. A file is shown as checked only after its bundle has been verified here.
//! Below `/log/` it serves the checkpoint and the hash tiles of the log, for whoever compares or keeps them.

mod pages;
mod published_log;
mod shelf;
mod views;

use axum::Router;
use proof::VerifierKey;
use std::path::PathBuf;

/// What the portal is told when it starts.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder of signed publication files.
    pub folder: PathBuf,
    /// The public key of the log, from a place other than that folder.
    pub key: VerifierKey,
    /// The agency in whose name the page stands, in Chinese.
    pub agency_name: String,
}

/// The pages of the portal. They expect to stand at the root of their address.
pub fn router(settings: Settings) -> Router {
    pages::router(settings)
}
