//! Casework: judge, decide, evolve; typed facts and the checks on their values.
//!
//! Pure: no clock, no database, no randomness. Acts are names in `rules/`; nothing here knows one.

pub mod account;
pub mod answer;
pub mod appraisal;
pub mod carry;
pub mod case;
pub mod command;
mod consequences;
pub mod context;
pub mod correct;
pub mod coverage;
pub mod decide;
pub mod derive;
pub mod destroy;
mod difference;
pub mod discretion;
pub mod elsewhere;
pub mod entry;
pub mod evolve;
pub mod lists;
pub mod live;
pub mod outlook;
pub mod power;
pub mod publication;
pub mod redaction;
pub mod refusal;
pub mod relevance;
pub mod replay;
pub mod retrace;
pub mod review;
pub mod scenario;
pub mod serving;
pub mod take_over;
pub mod towards;
