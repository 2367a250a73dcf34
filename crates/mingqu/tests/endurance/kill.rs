//! The program, or PostgreSQL, is killed at random moments while acts are on their way.

use crate::Dice;
use crate::client::{Client, Heard};
use crate::place::{Acting, Place};
use crate::record::holds_exactly_what_was_acknowledged;
use std::hint::spin_loop;
use testkit::postgres::Server;

/// So many acts are on their way when a program is killed.
const OPEN: usize = 160;
/// Fewer in flight would be no load.
const LEAST: usize = 16;

#[expect(
    clippy::disallowed_methods,
    reason = "the number of moments is chosen by whoever runs the test"
)]
fn moments() -> u64 {
    std::env::var("MINGQU_KILLS").map_or(12, |text| text.parse().expect("MINGQU_KILLS is a number"))
}

/// A moment between two answers that nobody chose.
fn spin(dice: &mut Dice) {
    for _ in 0..dice.below(2_000_000) {
        spin_loop();
    }
}

fn the_program_is_killed(place: &Place, seed: u64) {
    let (mut dice, mut client) = (Dice(seed), Client::new());
    let (mut under_load, mut tries) = (0, 0);
    // A moment at which nearly everything was answered already does not count.
    while under_load < moments() {
        tries += 1;
        assert!(
            tries <= 4 * moments() + 8,
            "the program is hardly ever under load"
        );
        client.ask(OPEN);
        let acting = Acting::on(place, &[]);
        let mut lines = client.known_lines(40);
        lines.extend(client.open_lines());
        let in_all = lines.len();
        acting.send(lines);
        let wanted = usize::try_from(dice.below(100)).expect("small");
        for _ in 0..wanted {
            let answer = acting.hear();
            assert_eq!(client.hear(&answer), Heard::Acknowledged, "{answer}");
        }
        spin(&mut dice);
        let late = acting.kill();
        under_load += u64::from(in_all - wanted - late.len() >= LEAST);
        for answer in late {
            assert_eq!(client.hear(&answer), Heard::Acknowledged, "{answer}");
        }
    }
    let acting = Acting::on(place, &[]);
    client.complete(&acting);
    let (rest, code) = acting.finish();
    assert_eq!((rest.len(), code), (0, Some(0)));
    holds_exactly_what_was_acknowledged(place, &client);
}

#[test]
fn sqlite_loses_nothing_when_the_program_is_killed() {
    the_program_is_killed(&Place::sqlite(), 1);
}

#[test]
fn postgres_loses_nothing_when_the_program_is_killed() {
    the_program_is_killed(&Place::postgres(), 2);
}

#[test]
fn nothing_is_lost_when_postgres_is_killed() {
    let server = Server::own();
    server.run(&[]);
    let place = Place::on(&server);
    let (mut dice, mut client) = (Dice(3), Client::new());
    // One program through it all: it must find its way back to the server by itself.
    let acting = Acting::on(&place, &[]);
    let mut failed = 0;
    for moment in 0..moments() {
        client.ask(OPEN);
        let mut lines = client.known_lines(40);
        lines.extend(client.open_lines());
        let in_all = lines.len();
        acting.send(lines);
        let mut heard = usize::try_from(dice.below(100)).expect("small");
        let mut answers: Vec<_> = (0..heard).map(|_| acting.hear()).collect();
        spin(&mut dice);
        server.kill();
        server.run(&[]);
        while heard < in_all {
            answers.push(acting.hear());
            heard += 1;
        }
        for answer in answers {
            if let Heard::Failed(kind, text) = client.hear(&answer) {
                // A line after a failed opening names a case that is not there yet.
                assert!(
                    kind == "storage" || kind == "unknown",
                    "moment {moment}: {answer}"
                );
                assert!(!text.is_ascii(), "in words for people: {text}");
                failed += 1;
            }
        }
    }
    assert!(failed > 0, "the server was killed under load");
    client.complete(&acting);
    let (rest, code) = acting.finish();
    assert_eq!(
        (rest.len(), code),
        (0, Some(2)),
        "and says that something had failed"
    );
    holds_exactly_what_was_acknowledged(&place, &client);
}
