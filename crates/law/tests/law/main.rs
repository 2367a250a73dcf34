//! The law as data: what loads, what is refused at load, what is proved.

mod bad_carries;
mod bad_lookups;
mod bad_rules;
mod checker;
mod common;
mod conditions;
mod discretion;
mod proofs;
mod shipped_rules;
mod values;
