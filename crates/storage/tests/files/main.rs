//! Both places under one contract, and what each meets when the world is bad.

#![expect(
    clippy::unwrap_used,
    reason = "a failed `unwrap` in a test names its line"
)]

mod contract;
mod fetching;
mod folder;
mod place;
mod samples;
