//! Where the time goes; printed, never asserted.

use crate::backends::{Backend, Postgres, Sqlite};
use crate::{append_to, claim, with_case};
use app::ledger::{ClockLine, Ledger, OutboxItem, RowChange};
use app::numbers::NumberEffect;
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;
use vocabulary::Moment;

const WRITERS: u32 = 64;
const ROUNDS: u32 = 60;

#[expect(
    clippy::disallowed_methods,
    reason = "the time that work takes is no time of the record"
)]
async fn measure(name: &str, ledger: Arc<dyn Ledger>) {
    let begun = Instant::now();
    let writers: Vec<_> = (0..WRITERS)
        .map(|case| {
            let ledger = Arc::clone(&ledger);
            tokio::spawn(async move {
                let id = format!("{case:03}");
                for version in 0..ROUNDS {
                    let append = append_to(&format!("case/{id}"), version.into());
                    let mut append = with_case(append, &id, "filed");
                    append.projections.push(RowChange::Clock(ClockLine {
                        case_id: id.clone(),
                        clock_id: format!("c{}", version % 4),
                        rule: "decision_within".to_owned(),
                        brings: String::new(),
                        number: 0,
                        since: crate::day("2026-10-12"),
                        due: Moment::from(crate::day("2026-12-12")),
                    }));
                    append.outbox = vec![OutboxItem {
                        topic: "documents".to_owned(),
                        payload: json!({}),
                    }];
                    if version % 4 == 0 {
                        append.numbers = vec![claim(NumberEffect::Issue)];
                    }
                    ledger.append(append).await.expect("the next version");
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("ran");
    }
    let count = f64::from(WRITERS * ROUNDS);
    report(&format!(
        "{name}: {:.0} appends/s",
        count / begun.elapsed().as_secs_f64()
    ));
}

#[expect(
    clippy::print_stderr,
    reason = "the figures are what this test is run for"
)]
fn report(line: &str) {
    eprintln!("{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "measures; run with --release --run-ignored only -- speed --nocapture"]
async fn appends_each_second() {
    measure("SQLite", Sqlite::new().open().await).await;
    let backend = Postgres::new();
    measure("PostgreSQL, one process", backend.open().await).await;
}
