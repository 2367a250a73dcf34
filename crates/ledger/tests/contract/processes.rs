//! Several processes on one PostgreSQL, and a server that ends connections.

use crate::backends::{Backend, Postgres};
use crate::{agency, append_to, claim, key, series, stream};
use app::ledger::{AppendError, Ledger, StreamVersion};
use app::numbers::NumberEffect;
use std::sync::Arc;

/// Many appenders of three committers over the same few streams and series: all get through, by reading again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_processes_do_not_wait_in_a_circle() {
    let backend = Postgres::new();
    let ledgers = [
        backend.open().await,
        backend.open().await,
        backend.open().await,
    ];
    let write = |ledger: &Arc<dyn Ledger>, nth: u64| {
        let ledger = Arc::clone(ledger);
        tokio::spawn(async move {
            for round in 0..8_u64 {
                let (own, other) = ((nth + round) % 4, (nth + round + 1) % 4);
                let (own, other) = (format!("case/{own}"), format!("case/{other}"));
                loop {
                    let version = |name: &str| {
                        let (ledger, name) = (&ledger, stream(name));
                        async move {
                            let found =
                                ledger.list_streams(&agency(), name.as_str(), None, 1).await;
                            let found = found.expect("read").into_iter().find(|s| s.stream == name);
                            found.map_or(0, |s| s.version)
                        }
                    };
                    let mut append = append_to(&own, version(&own).await);
                    append.read_set = vec![StreamVersion {
                        stream: stream(&other),
                        version: version(&other).await,
                    }];
                    append.numbers = vec![claim(NumberEffect::Issue)];
                    match ledger.append(append).await {
                        Ok(_) => break,
                        Err(AppendError::Stale { .. }) => {}
                        Err(other) => panic!("{other:?}"),
                    }
                }
            }
        })
    };
    let writers: Vec<_> = (0..18_u64)
        .map(|nth| write(&ledgers[usize::try_from(nth % 3).expect("small")], nth))
        .collect();
    for writer in writers {
        writer.await.expect("all appended");
    }
    let one = &ledgers[0];
    assert_eq!(one.tree_size(&agency()).await.expect("read"), 18 * 8);
    let numbers = one
        .numbers(&agency(), &series(), 0, 1000)
        .await
        .expect("read");
    let serials: Vec<u32> = numbers.iter().map(|row| row.serial).collect();
    assert_eq!(serials, (1..=18 * 8).collect::<Vec<_>>());
    let verified = ledger::verify::verify(&**one, &agency(), key().verifier(), None).await;
    assert!(verified.expect("read").is_sound());
}

#[tokio::test]
async fn a_lost_connection_costs_one_batch_at_most() {
    let backend = Postgres::new();
    let ledger = backend.open().await;
    ledger.append(append_to("case/1", 0)).await.expect("a case");
    for version in 1..4 {
        backend.run_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE application_name = 'mingqu' AND datname = current_database()",
        );
        let append = append_to("case/1", version);
        // Whoever gets an error asks again with the same key.
        let mut tries = 0;
        while let Err(error) = ledger.append(append.clone()).await {
            assert!(matches!(error, AppendError::Storage(_)), "{error:?}");
            tries += 1;
            assert!(tries < 12, "the pool has at most eight broken connections");
        }
    }
    assert_eq!(ledger.tree_size(&agency()).await.expect("read"), 4);
}
