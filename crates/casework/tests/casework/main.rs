//! Casework over the shipped rules: scenarios, what decides, what is caught, what is judged afterwards.

mod accounts;
mod appraisal;
mod carry;
mod common;
mod corrections;
mod coverage;
mod destruction;
mod discretion;
mod items;
mod next_step;
mod outlooks;
mod parties;
mod relevance;
mod replay;
mod rules_of_deciding;
mod scenarios;
mod serving;
mod taking_over;
