//! The rows of the register of benchmarks as the law reads them: held against the statute before they are drafted, and
//! asked when discretion is used.

use super::RegisterName;
use super::columns::cell;
use super::entry::Row;
use super::known::{Known, Version};
use super::standing::Standing;
use law::Rules;
use law::discretion::{Benchmark, BenchmarkRow, RowError};
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

/// What a row says whose tier is for all circumstances that no other one is for.
const THE_OTHERS: [&str; 3] = ["其他", "其他情形", "各档以外的其他情形"];

/// Whether a row says its circumstances in words alone, so that nobody but a person can tell whether they are there.
pub fn is_in_words(row: &Row) -> bool {
    let text = |column: &str| cell(row, column).as_str().unwrap_or_default().trim();
    let said = text("circumstances").trim_end_matches('。');
    text("condition").is_empty() && !said.is_empty() && !THE_OTHERS.contains(&said)
}

/// Every version of every row that can be judged, with the days between which it holds.
fn rows(known: &Known) -> Vec<BenchmarkRow> {
    let spans = known.spans(RegisterName::Benchmarks);
    spans
        .filter(|(_, row, ..)| !is_in_words(row))
        .map(|(_, row, from, until)| row_of(row, from, until))
        .collect()
}

/// The benchmark as the register has it. Rows that were approved under other rules and do not fit any more take their
/// item out, so that no tier is asked that the statute does not admit.
pub(super) fn benchmark(known: &Known, rules: &Rules) -> Benchmark {
    Benchmark::sound(&rows(known), rules).0
}

/// What is wrong with the rows as they would hold on a day: the row, the field, and a sentence. A tier in words is held against
/// the statute by itself; beside it no tier of the item may be judged, which would take its circumstances for others.
pub(super) fn mistakes(standing: &Standing, day: Day) -> Vec<(String, String, String)> {
    let rules = &standing.context.rules;
    let held = standing.rows(RegisterName::Benchmarks, day);
    let read = |(id, version, row): (&String, &Version, &Row)| {
        let read = row_of(row, version.effective_from, None);
        (is_in_words(row), (id.clone(), read))
    };
    let (in_words, judged): (Vec<_>, Vec<_>) = held.map(read).partition(|(words, _)| *words);
    let (ids, rows): (Vec<String>, Vec<BenchmarkRow>) =
        judged.into_iter().map(|(_, row)| row).unzip();
    let mut found = Vec::new();
    let mut tell = |errors: Vec<RowError>, ids: &[String]| {
        found.extend(errors.into_iter().map(|error| {
            let id = ids.get(error.row.saturating_sub(1)).cloned();
            let text = format!("{}；应当是：{}", error.seen, error.expected);
            (id.unwrap_or_default(), error.field.to_owned(), text)
        }));
    };
    if let Err(errors) = Benchmark::from_rows(&rows, rules) {
        tell(errors, &ids);
    }
    let mut mixed = Vec::new();
    for (_, (id, row)) in in_words {
        let beside = ids.iter().zip(&rows).filter(|(_, it)| it.item == row.item);
        for (other, judged) in beside {
            // Told at both: only one of them may be what is being changed.
            for (at, text) in [
                (
                    &id,
                    format!(
                        "只写了情节，而同一事项的“{}”档写了适用条件或者是其他情形；这一档也要写适用条件，是其他情形的，情节写“其他情形”",
                        judged.tier
                    ),
                ),
                (
                    other,
                    format!(
                        "同一事项的“{}”档只写了情节，没有写适用条件；各档的适用条件要么都写，要么都不写",
                        row.tier
                    ),
                ),
            ] {
                mixed.push((at.clone(), "condition".to_owned(), text));
            }
        }
        if let Err(errors) = Benchmark::from_rows(&[row], rules) {
            tell(errors, &[id]);
        }
    }
    found.extend(mixed);
    found
}
