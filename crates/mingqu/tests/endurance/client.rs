//! The client: what it asked, under which keys, and what it was answered.

use crate::place::Acting;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use vocabulary::Day;

const DEMO: &str = include_str!("../../assets/demo-case.json");

/// The first acts of the demonstration case, which every case here consists of.
const ACTS: usize = 4;

/// One act that was asked for.
struct Asked {
    key: String,
    case: String,
    is_opening: bool,
    act: Value,
}

/// The answer to one key, as it first came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Acknowledged {
    pub(crate) case: String,
    pub(crate) version: u64,
    pub(crate) leaf_index: u64,
    pub(crate) recorded_at: String,
    numbers: Value,
}

/// What an answer said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Acknowledged,
    /// Of this kind, with this sentence.
    Failed(String, String),
}

/// Holds everything that was asked and answered.
pub(crate) struct Client {
    acts: Vec<Value>,
    asked: Vec<Asked>,
    pub(crate) acknowledged: BTreeMap<String, Acknowledged>,
    /// The ids of the cases by the names that the client gave them.
    ids: BTreeMap<String, String>,
}

impl Client {
    pub(crate) fn new() -> Client {
        Client {
            acts: demo_acts().into_iter().take(ACTS).collect(),
            asked: Vec::new(),
            acknowledged: BTreeMap::new(),
            ids: BTreeMap::new(),
        }
    }

    /// Thinks up acts until so many are not acknowledged.
    pub(crate) fn ask(&mut self, open: usize) {
        while self.asked.len() - self.acknowledged.len() < open {
            let at = self.asked.len();
            let step = at % self.acts.len();
            self.asked.push(Asked {
                key: format!("act-{at:06}"),
                case: format!("case {}", at / self.acts.len()),
                is_opening: step == 0,
                act: self.acts[step].clone(),
            });
        }
    }

    /// The lines of everything that is not acknowledged.
    pub(crate) fn open_lines(&self) -> Vec<String> {
        self.lines(|key| !self.acknowledged.contains_key(key))
    }

    /// The line of every so many acts that are acknowledged: to be asked again.
    pub(crate) fn known_lines(&self, every: usize) -> Vec<String> {
        let known: Vec<&String> = self.acknowledged.keys().collect();
        let some: BTreeSet<&String> = known.into_iter().step_by(every).collect();
        self.lines(|key| some.iter().any(|known| *known == key))
    }

    fn lines(&self, wanted: impl Fn(&str) -> bool) -> Vec<String> {
        self.asked
            .iter()
            .filter(|asked| wanted(&asked.key))
            .map(|asked| self.line(asked))
            .collect()
    }

    fn line(&self, asked: &Asked) -> String {
        let line = if asked.is_opening {
            json!({ "key": asked.key, "procedure": "penalty.ordinary", "as": asked.case, "act": asked.act })
        } else {
            let case = self.ids.get(&asked.case).unwrap_or(&asked.case);
            json!({ "key": asked.key, "case": case, "act": asked.act })
        };
        line.to_string()
    }

    /// Takes an answer to the others. What was answered before must be answered the same.
    pub(crate) fn hear(&mut self, answer: &Value) -> Heard {
        let key = answer["key"].as_str().expect("every line had a key");
        if let Some(error) = answer.get("error") {
            let text = |field| error[field].as_str().unwrap_or_default().to_owned();
            return Heard::Failed(text("kind"), text("text"));
        }
        let number = |field: &str| {
            answer[field]
                .as_u64()
                .unwrap_or_else(|| panic!("nothing here is against the law: {answer}"))
        };
        let now = Acknowledged {
            case: answer["case"].as_str().unwrap_or_default().to_owned(),
            version: number("version"),
            leaf_index: number("leaf_index"),
            recorded_at: answer["recorded_at"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            numbers: answer["numbers"].clone(),
        };
        if let Some(first) = self.acknowledged.get(key) {
            assert_eq!(&now, first, "{key} is answered as it was answered before");
            assert_eq!(answer["repeated"], json!(true), "{key}");
        }
        let asked = self
            .asked
            .iter()
            .find(|asked| asked.key == key)
            .expect("only what was asked is answered");
        if asked.is_opening {
            self.ids.insert(asked.case.clone(), now.case.clone());
        }
        self.acknowledged.insert(key.to_owned(), now);
        Heard::Acknowledged
    }

    pub(crate) fn asked_in_all(&self) -> usize {
        self.asked.len()
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.acknowledged.len() == self.asked.len()
    }

    /// Sends everything that is open to a program that nobody disturbs: all of it must be recorded.
    pub(crate) fn complete(&mut self, acting: &Acting) {
        let lines = self.open_lines();
        let count = lines.len();
        acting.send(lines);
        for _ in 0..count {
            let answer = acting.hear();
            assert_eq!(self.hear(&answer), Heard::Acknowledged, "{answer}");
        }
        assert!(self.is_complete());
    }
}

/// The acts of the demonstration case, dated back from today as the program does it.
pub(crate) fn demo_acts() -> Vec<Value> {
    let today = today();
    let demo: Value = serde_json::from_str(DEMO).expect("JSON");
    let steps = demo["steps"].as_array().expect("steps").iter();
    steps.map(|step| act(step, today)).collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the program under test lives by the clock of the machine"
)]
fn today() -> Day {
    app::ports::legal_moment(jiff::Timestamp::now()).day
}

fn act(step: &Value, today: Day) -> Value {
    let days_ago = |value: &Value| {
        let days = i32::try_from(value.as_i64()?).ok()?;
        Some(today.plus_days(-days).to_string())
    };
    let dated = |facts: &Value| -> Map<String, Value> {
        let facts = facts.as_object().cloned().unwrap_or_default();
        let one = |(id, value): (String, Value)| match days_ago(&value["days_ago"]) {
            Some(day) => (id, day.into()),
            None => (id, value),
        };
        facts.into_iter().map(one).collect()
    };
    let people: Vec<Value> = step["people"]
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(role, people)| {
            let people = people.as_array().expect("people").iter();
            people.map(move |person| json!({ "role": role, "person": person }))
        })
        .collect();
    json!({
        "event": step["event"],
        "number": step["number"].as_u64().unwrap_or(0),
        "occurred": days_ago(&step["days_ago"]).expect("a step has a day"),
        "people": people,
        "facts": dated(&step["facts"]),
        "introduces": step.get("introduces").cloned().unwrap_or_else(|| json!([])),
    })
}
