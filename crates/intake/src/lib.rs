//! Taking over running cases from paper: a clerk's workbook and its scans become cases taken over.
//!
//! [`book`] reads a workbook, [`plan`] turns its lines into requests with every mistake at its cell, [`run`] judges them
//! or takes them over one by one. [`roster`] reads the rows of a register. [`history`] judges and appraises any history, and
//! takes nothing over. Which column of a ledger is which act stands in `rules/imports/`; nothing here names one.

pub mod book;
mod cell;
pub mod finding;
pub mod history;
mod journal;
mod lines;
mod mapping;
mod numbering;
mod paper;
pub mod plan;
pub mod report;
pub mod roster;
pub mod run;
pub mod scans;
pub mod template;
mod terms;

pub use book::{Book, BookError};
pub use mapping::{Mapping, mappings};
pub use plan::{Plan, PlanError, plan};
