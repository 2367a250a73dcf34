//! Two processes: one file has one writer, one server has many.

use crate::client::{Client, Heard};
use crate::place::{Acting, Place, said};
use crate::record::holds_exactly_what_was_acknowledged;

#[test]
fn a_second_process_on_one_file_is_refused() {
    let place = Place::sqlite();
    let acting = Acting::on(&place, &[]);
    let mut client = Client::new();
    client.ask(1);
    client.complete(&acting);
    let mut second = place.command(&["act", "--rehearse"]);
    let (is_done, said) = said(&mut second);
    assert!(
        !is_done && said.contains("另一个 mingqu 进程写入"),
        "{said}"
    );
    client.ask(4);
    client.complete(&acting);
    acting.finish();
    holds_exactly_what_was_acknowledged(&place, &client);
}

#[test]
fn the_same_requests_from_two_processes_at_once_are_done_once() {
    let place = Place::postgres();
    let (one, two) = (Acting::on(&place, &[]), Acting::on(&place, &[]));
    let mut client = Client::new();
    // Both are ready before the race: a program that still starts races with nobody.
    client.ask(1);
    client.complete(&one);
    two.send(client.known_lines(1));
    client.hear(&two.hear());
    client.ask(200);
    let lines = client.open_lines();
    let count = lines.len();
    one.send(lines.clone());
    two.send(lines);
    let of_one: Vec<_> = (0..count).map(|_| one.hear()).collect();
    let of_two: Vec<_> = (0..count).map(|_| two.hear()).collect();
    let mut other = Client::new();
    other.ask(client.asked_in_all());
    for (answer, twin) in of_one.iter().zip(&of_two) {
        assert_eq!(client.hear(answer), Heard::Acknowledged, "{answer}");
        assert_eq!(other.hear(twin), Heard::Acknowledged, "{twin}");
    }
    for (key, said) in &other.acknowledged {
        assert_eq!(client.acknowledged.get(key), Some(said), "{key}");
    }
    assert_eq!((one.finish().1, two.finish().1), (Some(0), Some(0)));
    holds_exactly_what_was_acknowledged(&place, &client);
}
