//! Value types of the glossary, shared by every crate: they parse, print and compare, and know no law and no IO.
//!
//! One module per idea; each type is re-exported here, so that callers write `vocabulary::Day`.

mod day;
mod identifier;
mod installments;
mod money;
mod penalty;
mod quantity;
pub mod written;

pub use day::{Day, DayError, Moment};
pub use identifier::{CreditCode, CreditCodeError, ResidentId, ResidentIdError, Sex, mask};
pub use installments::{Installment, Installments, InstallmentsError};
pub use money::{AmountError, Fen};
pub use penalty::{Penalty, PenaltyKind};
pub use quantity::{Quantity, QuantityError};
