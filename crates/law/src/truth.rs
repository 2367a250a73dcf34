//! Three-valued truth: what is not known is neither true nor false.

/// Kleene's three values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Truth {
    /// Known to hold.
    True,
    /// Known not to hold.
    False,
    /// A fact is missing.
    Unknown,
}

impl Truth {
    /// Both.
    pub fn and(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::True, Truth::True) => Truth::True,
            _ => Truth::Unknown,
        }
    }

    /// Either.
    pub fn or(self, other: Truth) -> Truth {
        match (self, other) {
            (Truth::True, _) | (_, Truth::True) => Truth::True,
            (Truth::False, Truth::False) => Truth::False,
            _ => Truth::Unknown,
        }
    }
}

/// The opposite; what is unknown stays unknown.
impl std::ops::Not for Truth {
    type Output = Truth;

    fn not(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Truth {
        if value { Truth::True } else { Truth::False }
    }
}

/// The answer to a condition, and whether it stands without values that the agency has not confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The answer with every value taken as it stands.
    pub truth: Truth,
    /// The answer with unconfirmed values taken as unknown.
    pub firm: Truth,
}

impl Verdict {
    /// An answer that rests on no unconfirmed value.
    pub fn firm(truth: impl Into<Truth>) -> Verdict {
        let truth = truth.into();
        Verdict { truth, firm: truth }
    }

    /// Nothing is known.
    pub const UNKNOWN: Verdict = Verdict {
        truth: Truth::Unknown,
        firm: Truth::Unknown,
    };

    /// Whether the answer would be the same without the unconfirmed values.
    pub fn is_firm(self) -> bool {
        self.truth == self.firm
    }
}
