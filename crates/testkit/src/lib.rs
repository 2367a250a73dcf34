//! What tests of several crates share.

pub mod clock;
pub mod date;
pub mod faults;
pub mod postgres;
pub mod provider;
pub mod s3;
mod shim;
