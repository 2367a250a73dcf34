//! The real router in process, over real signed files.

mod feeds;
mod pages;
mod search;
mod store;
mod support;
