//! The disk is full from some byte on. Every command in hand gets an error, and nothing is half there.

use crate::Dice;
use crate::client::{Client, Heard};
use crate::place::{Acting, Place};
use crate::record::holds_exactly_what_was_acknowledged;
use std::fs;
use testkit::faults::Faults;
use testkit::postgres::Server;

#[test]
fn on_a_full_disk_sqlite_records_whole_acts_or_none() {
    let place = Place::sqlite();
    fs::create_dir(place.data()).expect("a folder");
    let faults = Faults::new("act-").below(&place.data());
    let (mut dice, mut client) = (Dice(4), Client::new());
    let acting = Acting::on(&place, &faults.environment());
    // The record is there before the disk fills.
    client.ask(8);
    client.complete(&acting);
    for round in 0..6 {
        client.ask(150);
        let space = if round == 0 { 0 } else { dice.below(800_000) };
        faults.leave_space(space);
        let lines = client.open_lines();
        let count = lines.len();
        acting.send(lines);
        let mut failed = 0;
        for _ in 0..count {
            let answer = acting.hear();
            if let Heard::Failed(kind, text) = client.hear(&answer) {
                assert!(kind == "storage" || kind == "unknown", "{answer}");
                assert!(!text.is_ascii(), "in words for people: {text}");
                failed += 1;
            }
        }
        assert!(failed > 0, "{space} bytes were too many");
        assert!(round > 0 || failed == count, "no space, no act");
        // Still full: what is there is sound, and is exactly what was acknowledged.
        holds_exactly_what_was_acknowledged(&place, &client);
        faults.lift();
        client.complete(&acting);
    }
    acting.finish();
    holds_exactly_what_was_acknowledged(&place, &client);
}

#[test]
fn on_a_full_disk_postgres_records_whole_acts_or_none() {
    let server = Server::own();
    let faults = Faults::new("act-").below(&server.data());
    server.run(&faults.environment());
    let place = Place::on(&server);
    let (mut dice, mut client) = (Dice(5), Client::new());
    let acting = Acting::on(&place, &[]);
    client.ask(8);
    client.complete(&acting);
    for _ in 0..3 {
        client.ask(150);
        faults.leave_space(dice.below(400_000));
        let lines = client.open_lines();
        let count = lines.len();
        acting.send(lines);
        let (mut heard, mut failed) = (0, 0);
        while heard < count {
            let answer = acting.hear();
            heard += 1;
            let Heard::Failed(kind, text) = client.hear(&answer) else {
                continue;
            };
            assert!(kind == "storage" || kind == "unknown", "{answer}");
            assert!(!text.is_ascii(), "in words for people: {text}");
            failed += 1;
            if failed == 1 {
                // A server that cannot write its log stops. Somebody makes space and starts it again.
                server.kill();
                faults.lift();
                server.run(&faults.environment());
            }
        }
        assert!(failed > 0, "there was too much space");
        client.complete(&acting);
    }
    acting.finish();
    holds_exactly_what_was_acknowledged(&place, &client);
}
