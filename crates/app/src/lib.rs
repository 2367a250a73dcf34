//! Use cases and the ports they need. The ports are traits here; their adapters live in crates of their own.
//!
//! Every road to the record leads through [`Office::perform`]: a form, the demo, later the interfaces. It asks the
//! pure core, writes once, and says what the case looks like now.

pub mod agency;
pub mod files;
pub mod ledger;
pub mod office;
mod perform;
pub mod ports;
mod publication;
pub mod request;
pub mod stored;
pub mod view;

pub use office::{Office, ReadCaseError};
pub use perform::{PerformError, Performed, Publishing};
pub use request::{ActRequest, FieldError, NewSubjectRequest, Target};
pub use view::{CaseView, RecordedEntry};
