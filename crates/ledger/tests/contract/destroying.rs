//! Parts that are lawfully destroyed are gone when that is acknowledged.

use crate::backends::{Backend, Sqlite};
use crate::{agency, append_to, stream, with_case};
use app::ledger::{Append, AppendError, CaseQuery, Ledger, PartPlace, RowChange};
use std::fs;
use std::path::Path;

fn destroying(version: u64, leaf_index: u64, label: &str) -> Append {
    let mut append = with_case(append_to("case/1", version), "1", "filed");
    append.entry.parts.clear();
    append.entry.destroys = vec![PartPlace {
        leaf_index,
        label: label.to_owned(),
    }];
    if let Some(RowChange::Case(line)) = append.projections.first_mut() {
        line.party_names = "（已销毁）".to_owned();
    }
    append
}

async fn is_found(ledger: &dyn Ledger, text: &str) -> bool {
    let text = Some(text.to_owned());
    let query = CaseQuery {
        text,
        ..CaseQuery::default()
    };
    !ledger
        .cases(&agency(), &query, 10)
        .await
        .expect("read")
        .is_empty()
}

pub async fn a_destroyed_part_is_gone_and_the_others_stay(backend: impl Backend) {
    let ledger = backend.open().await;
    let filed = with_case(append_to("case/1", 0), "1", "filed");
    ledger.append(filed).await.expect("a case");
    assert!(is_found(&*ledger, "镕喆").await);
    let destroy = destroying(1, 0, "party/1");
    let answer = ledger.append(destroy.clone()).await.expect("destroyed");
    let read = ledger
        .read_stream(&agency(), &stream("case/1"), 0)
        .await
        .expect("read");
    assert!(read[0].body("party/1").is_none() && read[0].body("facts/public").is_some());
    assert!(!is_found(&*ledger, "镕喆").await);
    assert_eq!(
        ledger.append(destroy).await.expect("again"),
        answer,
        "the same request"
    );
    for (leaf_index, label) in [(0, "party/1"), (0, "party/2"), (7, "party/1")] {
        let place = PartPlace {
            leaf_index,
            label: label.to_owned(),
        };
        match ledger.append(destroying(2, leaf_index, label)).await {
            Err(AppendError::NoSuchPart(named)) => assert_eq!(named, place),
            other => panic!("{other:?}"),
        }
    }
    let mut twice = destroying(2, 0, "facts/public");
    twice.entry.destroys.push(twice.entry.destroys[0].clone());
    assert!(matches!(
        ledger.append(twice).await,
        Err(AppendError::NoSuchPart(_))
    ));
    assert_eq!(ledger.tree_size(&agency()).await.expect("read"), 2);
}

/// The places where these bytes stand in any file of the folder.
fn places(folder: &Path, bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for file in fs::read_dir(folder).expect("the folder") {
        let path = file.expect("a file").path();
        let content = fs::read(&path).expect("read");
        if content.windows(bytes.len()).any(|window| window == bytes) {
            found.push(path.display().to_string());
        }
    }
    found
}

/// Names of many cases, so that pages split and rows move before some of them are destroyed.
#[tokio::test]
async fn no_file_of_the_folder_holds_what_was_destroyed() {
    let backend = Sqlite::new();
    let ledger = backend.open().await;
    // The words of an index are stored without what they share with the word before: those of the destroyed names
    // begin as no other word does, so that they stand in the file whole.
    let second = |case: u8| match case {
        3 => '\u{ac00}',
        50 => '\u{b000}',
        117 => '\u{c88b}',
        other => char::from_u32(0x6500 + u32::from(other)).expect("a character"),
    };
    let name = |case: u8| format!("欧阳{}𬭎", second(case));
    let salt = |case: u8| -> [u8; 32] {
        std::array::from_fn(|at| {
            case.wrapping_mul(7)
                .wrapping_add(u8::try_from(at * 5).expect("small"))
                ^ 0xa5
        })
    };
    for case in 0..120_u8 {
        let id = format!("{case:03}");
        let mut append = with_case(append_to(&format!("case/{id}"), 0), &id, "filed");
        append.entry.parts[1].salt = salt(case);
        append.entry.parts[1].body = format!(r#"{{"name":"{}"}}"#, name(case)).into();
        if let Some(RowChange::Case(line)) = append.projections.first_mut() {
            line.party_names = name(case);
        }
        ledger.append(append).await.expect("a case");
    }
    let folder = backend.path().parent().expect("a folder").to_owned();
    let pair = |case: u8| format!("{:x}z{:x}", u32::from(second(case)), u32::from('𬭎'));
    for case in [3, 50, 117] {
        assert!(
            !places(&folder, name(case).as_bytes()).is_empty(),
            "written before"
        );
        assert!(
            !places(&folder, pair(case).as_bytes()).is_empty(),
            "searchable before"
        );
        assert!(!places(&folder, &salt(case)).is_empty(), "salted before");
        let id = format!("{case:03}");
        let mut append = destroying(1, case.into(), "party/1");
        append.stream = stream(&format!("case/{id}"));
        if let Some(RowChange::Case(line)) = append.projections.first_mut() {
            line.case_id = id;
        }
        ledger.append(append).await.expect("destroyed");
        assert_eq!(places(&folder, name(case).as_bytes()), [""; 0]);
        assert_eq!(places(&folder, pair(case).as_bytes()), [""; 0]);
        assert_eq!(places(&folder, &salt(case)), [""; 0]);
    }
    assert!(
        !places(&folder, name(4).as_bytes()).is_empty(),
        "the others stay"
    );
    drop(ledger);
    assert_eq!(places(&folder, name(3).as_bytes()), [""; 0]);
}
