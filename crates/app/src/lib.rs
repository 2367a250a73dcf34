//! Use cases and the ports they need. The ports are traits here; their adapters live in crates of their own.
//!
//! Every road to the record leads through [`Office::perform`]: a form, the demo, later the interfaces. It asks the
//! pure core, writes once, and says what the case looks like now.

pub mod access;
pub mod agency;
pub mod amend;
pub mod batch;
mod beside;
mod cache;
pub mod combined;
pub mod consult;
pub mod demonstration;
pub mod disclosing;
pub mod drafts;
pub mod dues;
pub mod edition;
mod elsewhere;
mod figures;
pub mod files;
pub mod identity;
pub mod kept_mappings;
pub mod ledger;
mod looked_up;
pub mod notable;
pub mod notes;
pub mod number_book;
pub mod numbers;
pub mod office;
mod outbox;
pub mod pending;
mod perform;
pub mod ports;
pub mod provider;
mod publication;
pub mod rebuild;
pub mod recording;
pub mod register;
pub mod request;
pub mod resting;
pub mod reviewing;
mod rows;
pub mod saved_views;
pub mod stored;
pub mod take_over;
mod time_passing;
pub mod todo;
pub mod trial;
pub mod view;
pub mod weighing;
mod write;

pub use beside::BesideError;
pub use figures::Figures;
pub use office::{Office, ReadCaseError};
pub use perform::{PerformError, Performed, Publishing};
pub use publication::Released;
pub use request::{ActRequest, FieldError, NewSubjectRequest, Target};
pub use time_passing::Passed;
pub use view::{CaseView, RecordedEntry};
pub use write::WriteError;
