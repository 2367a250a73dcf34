//! Between the write of an act and the answer lies a sync of the disk: counted, not believed.

use crate::client::Client;
use crate::place::{Acting, Place};
use std::collections::BTreeSet;
use testkit::faults::{Call, Faults};
use testkit::postgres::Server;

const ACTS: usize = 200;

/// The keys whose answer went out although no sync of the file had begun after the act was written to it.
fn answered_too_early(calls: &[Call], is_log: fn(&str) -> bool) -> BTreeSet<String> {
    // All keys are of one length; in a page the next field follows without a gap, and may look like part of the word.
    let carries =
        |call: &Call, key: &str| call.is_write() && call.marks.iter().any(|it| it.starts_with(key));
    let is_answer = |call: &&Call| call.path.starts_with("pipe:");
    let answers = calls.iter().filter(is_answer);
    let answers = answers.flat_map(|answer| answer.marks.iter().map(move |key| (key, answer)));
    let is_early = |(key, answer): &(&String, &Call)| {
        let written = calls
            .iter()
            .find(|call| is_log(&call.path) && carries(call, key));
        !written.is_some_and(|written| {
            calls.iter().any(|sync| {
                sync.is_sync()
                    && sync.path == written.path
                    && sync.began >= written.ended
                    && sync.ended <= answer.began
            })
        })
    };
    answers
        .filter(is_early)
        .map(|(key, _)| key.clone())
        .collect()
}

/// The commits of PostgreSQL that were reported although no sync of its log ended between the command and the report.
fn committed_too_early(calls: &[Call]) -> Vec<&Call> {
    // The program sends the same word to ask for it; it is the one that answers through a pipe.
    let programs: BTreeSet<u32> = calls
        .iter()
        .filter(|call| call.path.starts_with("pipe:") && !call.marks.is_empty())
        .map(|call| call.process)
        .collect();
    let is_commit = |call: &&Call| {
        call.name == "send"
            && !programs.contains(&call.process)
            && call.marks.iter().any(|it| it == "COMMIT")
    };
    let is_early = |commit: &&Call| {
        let asked = calls
            .iter()
            .rev()
            .find(|call| {
                call.name == "send" && call.process == commit.process && call.began < commit.began
            })
            .map_or(0, |before| before.ended);
        !calls.iter().any(|sync| {
            sync.is_sync()
                && is_wal(&sync.path)
                && sync.ended >= asked
                && sync.ended <= commit.began
        })
    };
    calls.iter().filter(is_commit).filter(is_early).collect()
}

fn is_wal(path: &str) -> bool {
    path.contains("/pg_wal/") || path.ends_with("/record.sqlite-wal")
}

fn counted(place: &Place, faults: &Faults) -> Vec<Call> {
    let mut client = Client::new();
    client.ask(ACTS);
    let acting = Acting::on(place, &faults.environment());
    client.complete(&acting);
    assert_eq!(acting.finish().1, Some(0));
    let calls = faults.calls();
    let answers = calls.iter().filter(|call| call.path.starts_with("pipe:"));
    let answered: BTreeSet<&String> = answers.flat_map(|answer| &answer.marks).collect();
    assert_eq!(answered.len(), ACTS, "every answer was counted");
    calls
}

#[test]
fn sqlite_syncs_between_write_and_answer() {
    let place = Place::sqlite();
    let calls = counted(&place, &Faults::new("act-"));
    assert_eq!(answered_too_early(&calls, is_wal), BTreeSet::new());
}

#[test]
fn postgres_syncs_between_write_and_answer() {
    let faults = Faults::new("act-,COMMIT");
    let server = Server::own();
    server.run(&faults.environment());
    let calls = counted(&Place::on(&server), &faults);
    assert_eq!(answered_too_early(&calls, is_wal), BTreeSet::new());
    let early = committed_too_early(&calls);
    assert!(
        early.is_empty(),
        "{}, the first {:?}",
        early.len(),
        early.first()
    );
    // Without the syncs every commit is found: the commits were seen.
    let writes: Vec<Call> = calls.into_iter().filter(|call| !call.is_sync()).collect();
    assert!(!committed_too_early(&writes).is_empty());
}

#[test]
fn an_answer_before_the_sync_is_caught() {
    let call = |began: u64, name: &str, path: &str, marks: &[&str]| Call {
        began,
        ended: began + 1,
        process: 1,
        name: name.to_owned(),
        path: path.to_owned(),
        is_done: true,
        marks: marks.iter().map(|&mark| mark.to_owned()).collect(),
    };
    let wal = "/d/record.sqlite-wal";
    let write = |at| call(at, "pwrite", wal, &["act-1"]);
    let sync = |at| call(at, "fdatasync", wal, &[]);
    let answer = |at| call(at, "write", "pipe:[1]", &["act-1"]);
    assert!(answered_too_early(&[write(1), sync(3), answer(5)], is_wal).is_empty());
    let failed = Call {
        is_done: false,
        ..sync(3)
    };
    for early in [
        vec![write(1), answer(3), sync(5)],
        vec![sync(1), write(3), answer(5)],
        vec![write(1), call(3, "fsync", "/d/other", &[]), answer(5)],
        vec![write(1), failed, answer(5)],
        vec![answer(5)],
    ] {
        assert_eq!(answered_too_early(&early, is_wal).len(), 1, "{early:?}");
    }
    let sent = |at, mark: &str| call(at, "send", "socket:[1]", &[mark]);
    let wal_sync = call(3, "fdatasync", "/d/pg_wal/0001", &[]);
    assert!(committed_too_early(&[sent(1, "x"), wal_sync.clone(), sent(5, "COMMIT")]).is_empty());
    assert_eq!(
        committed_too_early(&[wal_sync, sent(5, "x"), sent(7, "COMMIT")]).len(),
        1
    );
}
