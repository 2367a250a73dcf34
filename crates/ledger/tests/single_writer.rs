//! An SQLite file has one writing process, and says so to the second.

use app::ledger::{Agency, AppendError, Ledger};
use ledger::SqliteLedger;
use ledger::sqlite::OpenError;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

#[test]
fn a_second_writer_is_refused_until_the_first_has_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("record.sqlite");
    let first = SqliteLedger::open(&path).expect("the first");
    let Err(refused) = SqliteLedger::open(&path) else {
        panic!("two writers")
    };
    assert!(matches!(refused, OpenError::SecondWriter { .. }));
    assert!(
        refused.to_string().contains("另一个 mingqu 进程写入"),
        "{refused}"
    );
    drop(first);
    SqliteLedger::open(&path).expect("the lock went with the first");
}

#[test]
fn the_lock_holds_between_processes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("record.sqlite");
    // flock(1) takes the same lock of the system from a process of its own; its first line says that it holds it.
    let mut other = Command::new("flock")
        .arg(folder.path().join("record.sqlite.lock"))
        .arg("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("flock(1) of util-linux");
    let mut held = String::new();
    let mut input = other.stdin.take().expect("piped");
    input.write_all(b"held\n").expect("written");
    BufReader::new(other.stdout.take().expect("piped"))
        .read_line(&mut held)
        .expect("echoed");
    assert!(matches!(
        SqliteLedger::open(&path),
        Err(OpenError::SecondWriter { .. })
    ));
    drop(input);
    other.wait().expect("ended");
    SqliteLedger::open(&path).expect("the lock went with the process");
}

#[tokio::test]
async fn a_reader_works_beside_the_writer_and_cannot_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("record.sqlite");
    assert!(
        matches!(
            SqliteLedger::open_for_reading(&path),
            Err(OpenError::Database { .. })
        ),
        "nothing to read yet"
    );
    let _writer = SqliteLedger::open(&path).expect("the writer");
    let reader = SqliteLedger::open_for_reading(&path).expect("beside it");
    let agency = Agency::parse("yongan").expect("a name");
    assert_eq!(reader.tree_size(&agency).await.expect("read"), 0);
    let note = app::ledger::StoredCheckpoint {
        size: 0,
        note: String::new(),
    };
    let refused = reader
        .keep_checkpoint(&agency, &note)
        .await
        .expect_err("not a writer");
    let cause =
        std::error::Error::source(&refused).and_then(|cause| cause.downcast_ref::<AppendError>());
    assert!(
        matches!(cause, Some(AppendError::Storage(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_file_that_was_closed_is_one_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("record.sqlite");
    let ledger = SqliteLedger::open(&path).expect("a new file");
    let agency = Agency::parse("yongan").expect("a name");
    // Opens a reader, which lives as long as the ledger.
    assert_eq!(ledger.tree_size(&agency).await.expect("read"), 0);
    let beside = folder.path().join("record.sqlite-wal");
    assert!(beside.exists(), "while it is open");
    drop(ledger);
    assert!(!beside.exists(), "the log is folded into the file");
}
