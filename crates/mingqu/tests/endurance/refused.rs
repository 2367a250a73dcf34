//! What is not recorded: refused by the law, or a line that is none. The others go on.

use crate::client::demo_acts;
use crate::place::{Acting, Place};
use serde_json::{Value, json};

#[test]
fn each_line_is_answered_for_itself() {
    let place = Place::sqlite();
    let acts = demo_acts();
    let decision = acts
        .iter()
        .find(|act| act["facts"].get("decided_penalty").is_some())
        .expect("it decides");
    let mut unknown_fact = acts[2].clone();
    unknown_fact["facts"]["nonsense"] = json!(1);
    let acting = Acting::on(&place, &[]);
    acting.send(vec![
        json!({ "key": "k1", "procedure": "penalty.ordinary", "as": "it", "act": acts[0] })
            .to_string(),
        json!({ "key": "k2", "case": "it", "act": decision }).to_string(),
        "{".to_owned(),
        String::new(),
        json!({ "key": "k5", "case": "nobody", "act": acts[1] }).to_string(),
        json!({ "key": "k6", "case": "it", "act": unknown_fact }).to_string(),
        json!({ "key": "k1", "case": "it", "act": acts[1] }).to_string(),
        json!({ "key": "k8", "case": "it", "act": acts[1] }).to_string(),
    ]);
    let (mut answers, code) = acting.finish();
    assert_eq!(code, Some(2), "something failed");
    answers.sort_by_key(|answer| answer["line"].as_u64());
    let line = |number: u64| -> &Value {
        answers
            .iter()
            .find(|answer| answer["line"] == json!(number))
            .unwrap_or_else(|| panic!("line {number} is answered: {answers:?}"))
    };
    assert_eq!(answers.len(), 7, "the blank one is passed over");
    assert_eq!(
        (&line(1)["version"], &line(1)["repeated"]),
        (&json!(1), &json!(false))
    );
    let rules: Vec<&Value> = line(2)["refused"]
        .as_array()
        .expect("refused")
        .iter()
        .map(|ground| &ground["rule"])
        .collect();
    assert!(rules.contains(&&json!("G-NOTIFY")), "{rules:?}");
    assert_eq!(line(3)["error"]["kind"], "line");
    assert!(
        line(3)["error"]["text"]
            .as_str()
            .is_some_and(|text| text.starts_with("第3行"))
    );
    assert_eq!(line(5)["error"]["kind"], "unknown");
    assert_eq!(line(6)["refused"][0]["field"], "nonsense");
    assert_eq!(line(7)["error"]["kind"], "key_reused");
    assert_eq!(line(8)["version"], 2, "the others go on");

    let acting = Acting::on(&place, &[]);
    acting.send(vec![
        json!({ "key": "k9", "case": line(1)["case"], "act": decision }).to_string(),
    ]);
    assert_eq!(acting.finish().1, Some(1), "refused and nothing worse");
}
