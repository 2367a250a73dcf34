//! What was measured, for people or for programs.

use serde_json::{Map, Value, json};

/// Figures in the order of measuring. For people each is told as soon as it is known: all of them take a while.
pub(super) struct Report {
    figures: Map<String, Value>,
    judged: Vec<Judged>,
    tell: fn(&str),
}

/// What a figure must be.
#[derive(Clone, Copy)]
pub(super) enum Limit {
    AtLeast(u64),
    AtMost(u64),
}

impl Limit {
    fn is_met(self, measured: u64) -> bool {
        match self {
            Limit::AtLeast(least) => measured >= least,
            Limit::AtMost(most) => measured <= most,
        }
    }
}

/// A figure with its limit, as a row of the table.
struct Judged {
    what: String,
    measured: u64,
    limit: Limit,
    unit: &'static str,
}

impl Report {
    /// `tell` hears every line.
    pub(super) fn new(tell: fn(&str)) -> Report {
        Report {
            figures: Map::new(),
            judged: Vec::new(),
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

    /// A figure that has a limit, for the table at the end; whether the limit is kept.
    pub(super) fn judge(
        &mut self,
        what: impl Into<String>,
        measured: u64,
        unit: &'static str,
        limit: Limit,
    ) -> bool {
        self.judged.push(Judged {
            what: what.into(),
            measured,
            limit,
            unit,
        });
        limit.is_met(measured)
    }

    /// Tells all figures that have a limit, in one table.
    pub(super) fn tell_table(&self) {
        (self.tell)(&self.table());
    }

    fn table(&self) -> String {
        let mut lines = vec!["结果          测得           要求  项目".to_owned()];
        for Judged {
            what,
            measured,
            limit,
            unit,
        } in &self.judged
        {
            let result = if limit.is_met(*measured) {
                "达到"
            } else {
                "未达"
            };
            let (sign, limited) = match limit {
                Limit::AtLeast(least) => ('≥', least),
                Limit::AtMost(most) => ('≤', most),
            };
            lines.push(format!(
                "{result}  {measured:>12}  {:>13}  {what}（{unit}）",
                format!("{sign} {limited}")
            ));
        }
        let missed = self
            .judged
            .iter()
            .filter(|it| !it.limit.is_met(it.measured))
            .count();
        lines.push(format!("共{}项，未达{missed}项。", self.judged.len()));
        lines.join("\n")
    }

    pub(super) fn json(mut self) -> Value {
        let rows = self.judged.iter().map(|it| {
            let (bound, limit) = match it.limit {
                Limit::AtLeast(least) => ("at_least", least),
                Limit::AtMost(most) => ("at_most", most),
            };
            json!({
                "what": it.what, "measured": it.measured, "unit": it.unit, bound: limit,
                "is_met": it.limit.is_met(it.measured),
            })
        });
        let rows = rows.collect();
        self.figures.insert("table".to_owned(), Value::Array(rows));
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
    fn the_table_says_what_is_kept_and_what_is_not() {
        let mut report = Report::new(|_| ());
        assert!(report.judge("页面", 10, "微秒", Limit::AtMost(10)));
        assert!(!report.judge("行为", 49, "%", Limit::AtLeast(50)));
        let table = report.table();
        assert!(
            table.contains("达到            10           ≤ 10  页面（微秒）"),
            "{table}"
        );
        assert!(
            table.contains("未达            49           ≥ 50  行为（%）"),
            "{table}"
        );
        assert!(table.ends_with("共2项，未达1项。"), "{table}");
        let json = report.json();
        assert_eq!(json["table"][1]["is_met"], false);
        assert_eq!(json["table"][0]["at_most"], 10);
    }

    #[test]
    fn shares_and_percentiles_are_what_they_say() {
        assert_eq!(rate(500, 2_000_000_000), 250);
        assert_eq!(percent(50, 200), 25);
        assert_eq!(percentiles((1..=1000).rev().collect()), (501, 991));
        assert_eq!(percentiles(Vec::new()), (0, 0));
    }
}
