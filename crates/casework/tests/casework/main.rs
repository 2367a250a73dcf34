//! Casework over the shipped rules: scenarios, what decides, what is caught, what is judged afterwards.

mod common;
mod coverage;
mod items;
mod parties;
mod replay;
mod rules_of_deciding;
mod scenarios;
