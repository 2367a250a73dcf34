//! The rows of the register of benchmarks as the law reads them: held against the statute before they are drafted, and
//! asked when discretion is used.

use super::RegisterName;
use super::columns::cell;
use super::entry::Row;
use super::known::Known;
use super::standing::Standing;
use law::Rules;
use law::discretion::{Benchmark, BenchmarkRow};
use vocabulary::Day;

/// How a unit is written in the notation of benchmarks.
fn unit(id: &str) -> &str {
    match id {
        "yuan" => "元",
        "per_square_meter" => "元每平方米",
        "per_cubic_meter" => "元每立方米",
        "multiple" => "倍",
        "percent" => "%",
        other => other,
    }
}

fn row_of(row: &Row, from: Day, until: Option<Day>) -> BenchmarkRow {
    let text = |column: &str| cell(row, column).as_str().unwrap_or_default().to_owned();
    let low = text("low");
    BenchmarkRow {
        item: text("item"),
        tier: text("tier"),
        condition: text("condition"),
        low: if low.is_empty() { "0".to_owned() } else { low },
        high: text("high"),
        unit: unit(&text("unit")).to_owned(),
        basis: text("basis"),
        from,
        until,
    }
}

/// Every version of every row with the days between which it holds.
fn rows(known: &Known) -> Vec<BenchmarkRow> {
    let spans = known.spans(RegisterName::Benchmarks);
    spans
        .map(|(_, row, from, until)| row_of(row, from, until))
        .collect()
}

/// The benchmark as the register has it. Rows that were approved under other rules and do not fit any more take their
/// item out, so that no tier is asked that the statute does not admit.
pub(super) fn benchmark(known: &Known, rules: &Rules) -> Benchmark {
    Benchmark::sound(&rows(known), rules).0
}

/// What is wrong with the rows as they would hold on a day: the row, the field, and a sentence.
pub(super) fn mistakes(standing: &Standing, day: Day) -> Vec<(String, String, String)> {
    let held = standing.rows(RegisterName::Benchmarks, day);
    let (ids, rows): (Vec<String>, Vec<BenchmarkRow>) = held
        .map(|(id, version, row)| (id.clone(), row_of(row, version.effective_from, None)))
        .unzip();
    let Err(errors) = Benchmark::from_rows(&rows, &standing.context.rules) else {
        return Vec::new();
    };
    let each = errors.into_iter().map(|error| {
        let id = ids.get(error.row.saturating_sub(1)).cloned();
        let text = format!("{}；应当是：{}", error.seen, error.expected);
        (id.unwrap_or_default(), error.field.to_owned(), text)
    });
    each.collect()
}
