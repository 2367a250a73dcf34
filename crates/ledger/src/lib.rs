//! The record on SQLite and on PostgreSQL, and what hangs on its log: key, checkpoints, tiles, bundles, verification.
//!
//! Nothing outside this crate writes SQL. The write path is native to each backend; read models are declared once
//! (`read_model`) and rendered to either dialect. What the port promises is one contract suite, run on both.

pub mod backup;
pub mod outward;
#[cfg(test)]
mod plans;
pub mod postgres;
pub mod publish;
mod read_model;
mod register;
mod rows;
mod sequence;
pub mod signer;
pub mod sqlite;
mod statements;
pub mod tiles;
pub mod verify;

pub use postgres::PostgresLedger;
pub use sqlite::SqliteLedger;
