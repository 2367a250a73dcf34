//! What tests of several crates share.

pub mod clock;
pub mod faults;
pub mod postgres;
pub mod s3;
