//! What was measured, for people or for programs.

use serde_json::{Map, Value};

/// Figures in the order of measuring. For people each is told as soon as it is known: all of them take a while.
pub(super) struct Report {
    figures: Map<String, Value>,
    tell: fn(&str),
}

impl Report {
    /// `tell` hears every line.
    pub(super) fn new(tell: fn(&str)) -> Report {
        Report {
            figures: Map::new(),
            tell,
        }
    }

    /// A line that says what follows.
    pub(super) fn heading(&mut self, text: &str) {
        (self.tell)(text);
    }

    /// A figure, with its text.
    pub(super) fn line(&mut self, id: &str, figure: Value, text: &str) {
        self.figures.insert(id.to_owned(), figure);
        (self.tell)(text);
    }

    pub(super) fn json(self) -> Value {
        Value::Object(self.figures)
    }
}

/// How many per second.
pub(super) fn rate(count: u64, nanoseconds: u64) -> u64 {
    let per = u128::from(count) * 1_000_000_000 / u128::from(nanoseconds.max(1));
    u64::try_from(per).unwrap_or(u64::MAX)
}

/// One of another in percent.
pub(super) fn percent(of: u64, whole: u64) -> u64 {
    rate(of * 100, whole.saturating_mul(1_000_000_000).max(1))
}

/// The best of a few rounds, and the one in the middle.
pub(super) fn best_and_middle(mut speeds: Vec<u64>) -> (u64, u64) {
    speeds.sort_unstable();
    let middle = speeds.get(speeds.len() / 2).copied().unwrap_or(0);
    (speeds.last().copied().unwrap_or(0), middle)
}

/// The median and the 99th of a hundred, in the unit of the samples.
pub(super) fn percentiles(mut samples: Vec<u64>) -> (u64, u64) {
    samples.sort_unstable();
    let at = |hundredth: usize| {
        let place = (samples.len() * hundredth / 100).min(samples.len().saturating_sub(1));
        samples.get(place).copied().unwrap_or(0)
    };
    (at(50), at(99))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_percentiles_are_what_they_say() {
        assert_eq!(rate(500, 2_000_000_000), 250);
        assert_eq!(percent(50, 200), 25);
        assert_eq!(percentiles((1..=1000).rev().collect()), (501, 991));
        assert_eq!(percentiles(Vec::new()), (0, 0));
    }
}
