//! The rules engine ZEN on the table of `crates/law/samples/benchmarks.json`, with trace: how many evaluations a second on
//! one core, and which tier it finds for each case.
//!
//! `mingqu-peer-zen TABLE.json` prints both as JSON. `cargo xtask bench --peers` builds it.

use serde_json::{Map, Value, json};
use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};
use zen_engine::model::DecisionContent;
use zen_engine::{DecisionEngine, EvaluationOptions};

/// Measured so often and so long, the best counts.
const TURNS: usize = 5;
const TURN: Duration = Duration::from_millis(300);

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("the table is missing")?;
    let table: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let rows = table["rows"].as_array().ok_or("no rows")?;
    let cases = table["cases"].as_array().ok_or("no cases")?;
    let content: DecisionContent = serde_json::from_value(graph(rows)?)?;
    let mut decision = DecisionEngine::default().create_decision(content.into());
    decision.compile();
    let evaluate = |case: &Value| {
        let options = EvaluationOptions {
            trace: true,
            max_depth: 5,
        };
        futures_executor::block_on(decision.evaluate_with_opts(case.clone().into(), options))
    };
    let mut tiers = Vec::new();
    for case in cases {
        let answer = evaluate(case).map_err(|error| error.to_string())?;
        let answer: Value = serde_json::to_value(&answer)?;
        if answer["trace"].is_null() {
            return Err("there is no trace".into());
        }
        tiers.push(answer["result"]["tier"].clone());
    }
    let mut best = 0;
    for _ in 0..TURNS {
        let began = Instant::now();
        let mut count = 0_u64;
        while began.elapsed() < TURN {
            for case in cases {
                black_box(evaluate(case).map_err(|error| error.to_string())?);
                count += 1;
            }
        }
        let per_second = u128::from(count) * 1_000_000_000 / began.elapsed().as_nanos();
        best = best.max(per_second);
    }
    println!(
        "{}",
        json!({ "per_second": u64::try_from(best)?, "tiers": tiers })
    );
    Ok(())
}

/// The table as a decision graph: input, table, output.
fn graph(rows: &[Value]) -> Result<Value, Box<dyn Error>> {
    let columns = [
        "item",
        "penalized_quantity",
        "illegal_gains",
        "is_serious",
        "party_kind",
    ];
    let inputs: Vec<Value> = columns
        .iter()
        .map(|id| json!({ "id": id, "name": id, "field": id }))
        .collect();
    let outputs: Vec<Value> = ["tier", "low", "high", "unit"]
        .iter()
        .map(|id| json!({ "id": id, "name": id, "field": id }))
        .collect();
    let mut rules = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let text = |key: &str| row[key].as_str().unwrap_or("");
        let mut rule = Map::new();
        rule.insert("_id".into(), json!(format!("r{number}")));
        rule.insert("item".into(), json!(format!("\"{}\"", text("item"))));
        for part in text("condition").split(';').map(str::trim) {
            let (column, test) = read(part)?;
            let cell = rule.entry(column).or_insert_with(|| json!(""));
            let before = cell.as_str().unwrap_or("");
            let joined = match before {
                "" => test,
                before => format!("{before} and {test}"),
            };
            *cell = json!(joined);
        }
        for column in columns {
            rule.entry(column).or_insert_with(|| json!(""));
        }
        rule.insert("tier".into(), json!(format!("\"{}\"", text("tier"))));
        rule.insert("low".into(), json!(text("low")));
        rule.insert("high".into(), json!(text("high")));
        rule.insert("unit".into(), json!(format!("\"{}\"", text("unit"))));
        rules.push(Value::Object(rule));
    }
    let node = |id: &str, kind: &str, content: Value| {
        json!({
            "id": id, "name": id, "type": kind, "position": { "x": 0, "y": 0 }, "content": content,
        })
    };
    let table =
        json!({ "hitPolicy": "first", "inputs": inputs, "outputs": outputs, "rules": rules });
    Ok(json!({
        "nodes": [
            { "id": "in", "name": "in", "type": "inputNode", "position": { "x": 0, "y": 0 } },
            node("table", "decisionTableNode", table),
            { "id": "out", "name": "out", "type": "outputNode", "position": { "x": 0, "y": 0 } },
        ],
        "edges": [
            { "id": "a", "sourceId": "in", "targetId": "table", "type": "edge" },
            { "id": "b", "sourceId": "table", "targetId": "out", "type": "edge" },
        ],
    }))
}

/// A comparison of the rules' notation as a column and a unary test of ZEN.
fn read(part: &str) -> Result<(&'static str, String), Box<dyn Error>> {
    let mut words = part.split_whitespace();
    let (fact, word) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    let rest: Vec<&str> = words.collect();
    let column = match fact {
        "计罚数量" => "penalized_quantity",
        "违法所得" => "illegal_gains",
        "情节严重" => "is_serious",
        "当事人类型" => "party_kind",
        other => return Err(format!("the fact {other}").into()),
    };
    let number = rest.first().copied().unwrap_or("");
    let test = match word {
        "少于" => format!("< {number}"),
        "不少于" => format!(">= {number}"),
        "超过" => format!("> {number}"),
        "等于" => format!("== {number}"),
        "成立" => "== true".to_owned(),
        "不成立" => "== false".to_owned(),
        "属于" => {
            let kinds = rest.iter().map(|kind| match *kind {
                "公民" => Ok("\"citizen\""),
                "个体工商户" => Ok("\"individual_business\""),
                "法人" => Ok("\"legal_person\""),
                "其他组织" => Ok("\"other_organization\""),
                other => Err(format!("the kind {other}")),
            });
            kinds.collect::<Result<Vec<_>, _>>()?.join(", ")
        }
        other => return Err(format!("the comparison {other}").into()),
    };
    Ok((column, test))
}
