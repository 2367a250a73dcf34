//! Attached files in a folder or an S3-compatible store, and the one reader of outside addresses.
//!
//! Both places are one implementation over `object_store`: an upload streams to `incoming/`, is hashed and looked at on the
//! way, and is moved to its content address `files/<aa>/<sha256>` when it is whole and agrees with what it says it is.
//! Hence a file under `files/` is always complete. This crate knows neither cases nor accounts.

mod content;
mod digest;
mod fetch;
mod incoming;
mod kind;
mod place;
mod store;

pub use fetch::{FetchError, FetchLimits, fetch};
pub use place::{OpenStoreError, S3Place, trust_ring};
pub use store::{Files, SIZE_BYTES_MAX};
