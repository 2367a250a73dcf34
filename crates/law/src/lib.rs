//! The law as data that runs: procedures, conditions, legal time, explanation, proof.
//!
//! Everything here is pure: no clock, no file, no database, no randomness. What time it is and what happened come
//! as arguments. An act exists only in `rules/`; nothing in this crate names one.

pub mod catalog;
pub mod chart;
pub mod check;
pub mod checklist;
pub mod condition;
pub mod contradiction;
mod diminish;
pub mod discretion;
pub mod engine;
pub mod fact;
pub mod filling;
pub mod layout;
pub mod load;
pub mod lookup;
pub mod model;
pub mod power;
pub mod readers;
pub mod register_rule;
pub mod review_catalog;
pub mod score;
mod setting_use;
pub mod show;
pub mod source;
pub mod statute;
pub mod time;
pub mod truth;
pub mod typed;

pub use load::Rules;
