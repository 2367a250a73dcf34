//! Identifiers of parties, by the check digit of their standard: the unified social credit code and the citizen's
//! identification number.
//!
//! Neither is held against a list of today's regions or registration authorities: a code keeps what it was issued with,
//! long after its county was merged away.

mod credit_code;
mod resident_id;

pub use credit_code::{CreditCode, CreditCodeError};
pub use resident_id::{ResidentId, ResidentIdError, Sex};

/// The text with all but its first and last characters hidden; one that is too short to hide anything is hidden whole.
///
/// ```
/// assert_eq!(vocabulary::mask("14040319900101001X", 6, 4), "140403********001X");
/// ```
pub fn mask(text: &str, first: usize, last: usize) -> String {
    let length = text.chars().count();
    let is_long = first.saturating_add(last) < length;
    let shown = |at: usize| is_long && (at < first || at >= length - last);
    text.chars()
        .enumerate()
        .map(|(at, c)| if shown(at) { c } else { '*' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_short_is_hidden_whole() {
        assert_eq!(mask("E1234567", 2, 3), "E1***567");
        assert_eq!(mask("12345", 2, 3), "*****");
        assert_eq!(mask("护照号码", 1, 1), "护**码");
        assert_eq!(mask("", 6, 4), "");
    }
}
