//! Numbers: gapless, each accounted for, none used twice.

use crate::backends::Backend;
use crate::{agency, append_to, claim, series, stream, with_case};
use app::ledger::{Append, AppendError, CaseQuery, Hole, Ledger};
use app::numbers::{NumberEffect, NumberError, NumberState, SeriesRow};
use std::collections::BTreeSet;
use std::sync::Arc;

fn claiming(name: &str, version: u64, effect: NumberEffect) -> Append {
    let mut append = append_to(name, version);
    append.numbers = vec![claim(effect)];
    append
}

async fn states(ledger: &dyn Ledger) -> Vec<(u32, NumberState)> {
    ledger
        .numbers(&agency(), &series(), 0, 20_000)
        .await
        .expect("read")
        .iter()
        .map(|row| (row.serial, row.state))
        .collect()
}

async fn refused(ledger: &dyn Ledger, append: Append) -> NumberError {
    match ledger.append(append).await {
        Err(AppendError::Number(error)) => error,
        other => panic!("{other:?}"),
    }
}

pub async fn numbers_stand_in_header_body_line_and_register(backend: impl Backend) {
    let ledger = backend.open().await;
    let mut append = with_case(append_to("case/1", 0), "1", "filed");
    append.numbers = vec![claim(NumberEffect::Issue), claim(NumberEffect::Issue)];
    append.entry.holes = vec![Hole {
        claim: 1,
        label: "facts/public".to_owned(),
        path: vec!["number".to_owned()],
    }];
    if let Some(app::ledger::RowChange::Case(line)) = append.projections.first_mut() {
        line.number_claim = Some(0);
    }
    let appended = ledger.append(append.clone()).await.expect("numbered");
    let texts: Vec<&str> = appended.numbers.iter().map(|n| n.text.as_str()).collect();
    assert_eq!(texts, ["长水罚决字〔2026〕1号", "长水罚决字〔2026〕2号"]);
    let read = ledger
        .read_stream(&agency(), &stream("case/1"), 0)
        .await
        .expect("read");
    let in_header = serde_json::to_value(&appended.numbers).expect("json");
    assert_eq!(read[0].header()["numbers"], in_header);
    let body = read[0].body("facts/public").expect("the part");
    let body: serde_json::Value = serde_json::from_slice(body).expect("json");
    assert_eq!(body["number"], "长水罚决字〔2026〕2号");
    let line = ledger.case_row(&agency(), "1").await.expect("read");
    let number = line.expect("a line").line.case_number;
    assert_eq!(number.as_deref(), Some("长水罚决字〔2026〕1号"));
    let row = ledger
        .number(&agency(), "长水罚决字〔2026〕2号")
        .await
        .expect("read")
        .expect("in the register");
    assert_eq!((row.serial, row.leaf_index), (2, 0));
    assert_eq!(ledger.number(&agency(), "").await.expect("read"), None);
    // The same request again, and what its key was used for, tell the same numbers.
    assert_eq!(
        ledger.append(append.clone()).await.expect("again"),
        appended
    );
    let known = ledger
        .request(&agency(), &append.idempotency.key)
        .await
        .expect("read");
    assert_eq!(known.expect("known").appended, appended);
    let rows = ledger.series(&agency()).await.expect("read");
    assert_eq!(
        rows,
        [SeriesRow {
            series: series(),
            next: 3
        }]
    );
}

pub async fn numbers_leave_no_gap_under_many_writers(backend: impl Backend) {
    let one = backend.open().await;
    let two = backend.beside(&one).await;
    let write = |ledger: &Arc<dyn Ledger>, case: u64| {
        let ledger = Arc::clone(ledger);
        tokio::spawn(async move {
            let mut got = Vec::new();
            for version in 0..6 {
                // Every second try is stale, and uses no number.
                let stale = claiming(&format!("case/{case}"), version + 7, NumberEffect::Issue);
                assert!(ledger.append(stale).await.is_err());
                let next = claiming(&format!("case/{case}"), version, NumberEffect::Issue);
                let appended = ledger.append(next).await.expect("numbered");
                got.push(appended.numbers[0].first);
            }
            got
        })
    };
    let writers: Vec<_> = (0..8)
        .map(|case| write(if case % 2 == 0 { &one } else { &two }, case))
        .collect();
    let mut got = BTreeSet::new();
    for writer in writers {
        for number in writer.await.expect("ran") {
            assert!(got.insert(number), "{number} twice");
        }
    }
    assert_eq!(got, (1..=48).collect());
    let all: Vec<_> = (1..=48).map(|n| (n, NumberState::Issued)).collect();
    assert_eq!(states(&*one).await, all);
}

pub async fn a_block_is_handed_out_used_returned_and_void(backend: impl Backend) {
    use NumberState::{HandedOut, Issued, Returned, Void};
    let ledger = backend.open().await;
    let steps = [
        NumberEffect::HandOut { count: 4 },
        NumberEffect::UseForm { serial: 2 },
        NumberEffect::Return { serial: 3 },
        NumberEffect::Void { serial: 3 },
        NumberEffect::Void { serial: 4 },
        NumberEffect::Issue,
    ];
    for (version, effect) in (0..).zip(steps) {
        let append = claiming("case/1", version, effect);
        ledger.append(append).await.expect("lawful");
    }
    let found = states(&*ledger).await;
    assert_eq!(
        found,
        [
            (1, HandedOut),
            (2, Issued),
            (3, Void),
            (4, Void),
            (5, Issued)
        ]
    );
    let twice = claiming("case/1", 6, NumberEffect::UseForm { serial: 2 });
    let error = refused(&*ledger, twice).await;
    assert!(
        matches!(
            error,
            NumberError::Taken {
                serial: 2,
                state: Issued,
                ..
            }
        ),
        "{error}"
    );
    let error = refused(
        &*ledger,
        claiming("case/1", 6, NumberEffect::Void { serial: 9 }),
    )
    .await;
    assert!(
        matches!(error, NumberError::NeverOut { serial: 9, .. }),
        "{error}"
    );
    let error = refused(
        &*ledger,
        claiming("case/1", 6, NumberEffect::Return { serial: 4 }),
    )
    .await;
    assert!(
        matches!(error, NumberError::Taken { state: Void, .. }),
        "{error}"
    );
    assert_ne!(found[2].1, Returned);
    assert_eq!(
        states(&*ledger).await,
        found,
        "a refusal leaves the register as it was"
    );
    assert_eq!(ledger.tree_size(&agency()).await.expect("read"), 6);
    let page = ledger
        .numbers(&agency(), &series(), 2, 2)
        .await
        .expect("read");
    assert_eq!(
        page.iter().map(|row| row.serial).collect::<Vec<_>>(),
        [3, 4]
    );
}

pub async fn numbers_of_paper_are_taken_over_once(backend: impl Backend) {
    let ledger = backend.open().await;
    let mut taken = claiming("case/1", 0, NumberEffect::TakeOver { serial: 5 });
    taken.numbers[0].printed = Some("长水罚决字[2026]第005号".to_owned());
    let appended = ledger.append(taken).await.expect("taken over");
    assert_eq!(appended.numbers[0].paper_from, Some(1));
    let before = claiming("case/2", 0, NumberEffect::TakeOver { serial: 3 });
    ledger.append(before).await.expect("one of those on paper");
    let next = ledger
        .append(claiming("case/3", 0, NumberEffect::Issue))
        .await
        .expect("next");
    assert_eq!(next.numbers[0].first, 6);
    use NumberState::{Issued, Paper, TakenOver};
    let expected = [
        (1, Paper),
        (2, Paper),
        (3, TakenOver),
        (4, Paper),
        (5, TakenOver),
        (6, Issued),
    ];
    assert_eq!(states(&*ledger).await, expected);
    let again = claiming("case/4", 0, NumberEffect::TakeOver { serial: 3 });
    let error = refused(&*ledger, again).await;
    assert!(
        matches!(error, NumberError::Taken { serial: 3, .. }),
        "{error}"
    );
    let mut same = claiming("case/4", 0, NumberEffect::TakeOver { serial: 4 });
    same.numbers[0].printed = Some("长水罚决字[2026]第005号".to_owned());
    let error = refused(&*ledger, same).await;
    assert!(matches!(error, NumberError::SameText { .. }), "{error}");
    let far = claiming("case/4", 0, NumberEffect::TakeOver { serial: 90_000 });
    assert!(matches!(
        refused(&*ledger, far).await,
        NumberError::TooFar { .. }
    ));
    assert_eq!(states(&*ledger).await, expected);
}

pub async fn a_refused_claim_takes_no_neighbour_with_it(backend: impl Backend) {
    let ledger = backend.open().await;
    let send = |append: Append| {
        let ledger = Arc::clone(&ledger);
        tokio::spawn(async move { ledger.append(append).await })
    };
    // All wait together, so that they share a transaction; every third is refused for another reason.
    let sent: Vec<_> = (0..30)
        .map(|case| {
            let name = format!("case/{case}");
            let mut append = claiming(&name, 0, NumberEffect::Issue);
            match case % 6 {
                1 => append
                    .numbers
                    .push(claim(NumberEffect::Void { serial: 500 })),
                3 => append.entry.parts[1].label = append.entry.parts[0].label.clone(),
                5 => {
                    append.entry.holes = vec![Hole {
                        claim: 0,
                        label: "nothing".to_owned(),
                        path: vec!["x".to_owned()],
                    }]
                }
                _ => {}
            }
            send(append)
        })
        .collect();
    let mut numbers = BTreeSet::new();
    for (case, answer) in sent.into_iter().enumerate() {
        match (case % 6, answer.await.expect("ran")) {
            (0 | 2 | 4, Ok(appended)) => {
                numbers.insert(appended.numbers[0].first);
            }
            (1, Err(AppendError::Number(_)))
            | (3, Err(AppendError::Unsound(_)))
            | (5, Err(AppendError::BadHole(_))) => {}
            (_, other) => panic!("{case}: {other:?}"),
        }
    }
    assert_eq!(numbers, (1..=15).collect());
    let listed = ledger
        .cases(&agency(), &CaseQuery::default(), 10)
        .await
        .expect("read");
    assert!(listed.is_empty());
}
