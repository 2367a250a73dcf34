//! Outside material: which of its columns is which act, and which fact. The mapping is data under `rules/imports/`.

use law::Rules;
use law::fact::{FactType, Value};
use law::load::Around;
use law::model::{EventIx, FactIx};
use law::source::{Errors, Node, RuleErrors};
use serde_json::Value as Json;
use vocabulary::{Fen, Penalty, PenaltyKind};

use super::{Line, Place, Replay, ToldCase, ToldFact};

/// A mapping of one kind of material.
#[derive(Clone, Debug)]
pub struct Import {
    /// Its id.
    pub id: String,
    /// The procedure that it is judged by.
    pub procedure: String,
    /// The column that holds the case's name; material is recognized by it.
    pub case: String,
    acts: Vec<(EventIx, String)>,
    facts: Vec<Column>,
}

#[derive(Clone, Debug)]
enum Column {
    Word {
        fact: FactIx,
        column: String,
        words: Vec<(String, Value)>,
    },
    Penalty {
        fact: FactIx,
        kinds: String,
        fine: String,
        confiscation: String,
        words: Vec<(String, PenaltyKind)>,
    },
}

/// Reads every mapping of the loaded rules.
pub fn imports(rules: &Rules) -> Result<Vec<Import>, RuleErrors> {
    let errors = Errors::default();
    let nodes = rules.imports.iter().flat_map(|(_, nodes)| nodes);
    let all = nodes
        // Ledgers of running cases (台账) are read by `intake`.
        .filter(|node| node.name != "台账")
        .filter_map(|node| {
            if node.name != "导入" {
                let seen = format!("不认识的“{}”", node.name);
                errors.add(&node.place, seen, "导入 或者 台账");
            }
            read(rules, node, &errors)
        })
        .collect();
    errors.finish().map(|()| all)
}

fn read(rules: &Rules, node: &Node, errors: &Errors) -> Option<Import> {
    node.only(&["程序", "案件", "行为", "事实"], &[], errors);
    let id = node.argument(0, "标识", errors)?.to_owned();
    let line = |key: &str| {
        node.required(key, errors)
            .and_then(|n| n.argument(0, "名称", errors))
    };
    let (procedure_id, case) = (line("程序")?, line("案件")?.to_owned());
    let (Some(procedure), Some(names)) =
        (rules.procedure(procedure_id), rules.names.get(procedure_id))
    else {
        errors.add(
            &node.place,
            format!("没有程序“{procedure_id}”"),
            "装载了的程序",
        );
        return None;
    };
    let mut acts = Vec::new();
    for act in node.all("行为") {
        act.only(&[], &["日期"], errors);
        let (Some(scalar), Some(column)) =
            (act.arguments.first(), act.property_text("日期", errors))
        else {
            errors.add(&act.place, "行为没有写全", "行为 名称 日期=列名");
            continue;
        };
        let events = names.events(scalar.text(errors)?, &scalar.place, errors);
        acts.extend(events.first().map(|event| (*event, column.to_owned())));
    }
    let mut facts = Vec::new();
    for line in node.all("事实") {
        line.only(&["对应"], &["列", "种类", "罚款", "没收"], errors);
        let Some(name) = line.argument(0, "事实名称", errors) else {
            continue;
        };
        let Some(fact) = names.fact(name, Around::default(), &line.place, errors) else {
            continue;
        };
        let declared = &procedure.facts[fact];
        let text = |key: &str| line.property_text(key, errors).unwrap_or("").to_owned();
        let pairs = line.all("对应").filter_map(|pair| {
            Some((
                pair.argument(0, "原文", errors)?,
                pair.argument(1, "名称", errors)?,
                &pair.place,
            ))
        });
        if declared.kind == FactType::Penalty {
            let words = pairs.filter_map(|(from, to, place)| match PenaltyKind::from_chinese(to) {
                Some(kind) => Some((from.to_owned(), kind)),
                None => {
                    errors.add(
                        place,
                        format!("没有这种处罚：“{to}”"),
                        "行政处罚法第九条的种类",
                    );
                    None
                }
            });
            let words = words.collect();
            let (kinds, fine, confiscation) = (text("种类"), text("罚款"), text("没收"));
            facts.push(Column::Penalty {
                fact,
                kinds,
                fine,
                confiscation,
                words,
            });
        } else {
            let words = pairs.filter_map(|(from, to, place)| match declared.parse(to) {
                Ok(value) => Some((from.to_owned(), value)),
                Err(error) => {
                    errors.add(place, error.to_string(), declared.kind.chinese());
                    None
                }
            });
            facts.push(Column::Word {
                fact,
                column: text("列"),
                words: words.collect(),
            });
        }
    }
    Some(Import {
        id,
        procedure: procedure_id.to_owned(),
        case,
        acts,
        facts,
    })
}

/// A column, `other_dates.现场检查` being one inside another.
fn column<'j>(record: &'j Json, path: &str) -> Option<&'j Json> {
    let found = path
        .split('.')
        .try_fold(record, |value, key| value.get(key))?;
    (!found.is_null()).then_some(found)
}

impl Import {
    /// Whether a record is of this kind.
    pub fn recognizes(&self, record: &Json) -> bool {
        record.get(&self.case).is_some_and(Json::is_string)
    }

    /// What a record tells: nothing it does not say is assumed.
    pub fn tell(&self, replay: &Replay<'_>, record: &Json, number: usize) -> (String, ToldCase) {
        let name = column(record, &self.case)
            .and_then(Json::as_str)
            .unwrap_or("")
            .to_owned();
        let mut told = ToldCase {
            is_complete: false,
            members: 1,
            ..ToldCase::default()
        };
        let procedure = replay.procedure;
        let place = Place::line(u32::try_from(number).unwrap_or(u32::MAX));
        for (event, path) in &self.acts {
            if let Some(on) = column(record, path).and_then(Json::as_str) {
                let act = procedure.events[*event].id.clone();
                let line = Line {
                    case: name.clone(),
                    act,
                    on: Some(on.to_owned()),
                    ..Line::default()
                };
                replay.tell(&mut told, &line, &place.in_column(&path.as_str().into()));
            }
        }
        for fact in &self.facts {
            match fact {
                Column::Word {
                    fact,
                    column: path,
                    words,
                } => {
                    let text = column(record, path).and_then(Json::as_str);
                    let found = text.and_then(|text| words.iter().find(|(from, _)| from == text));
                    told.facts.extend(found.map(|(_, value)| ToldFact {
                        fact: *fact,
                        member: 0,
                        value: value.clone(),
                        place: place.in_column(&path.as_str().into()),
                    }));
                }
                Column::Penalty {
                    fact,
                    kinds,
                    fine,
                    confiscation,
                    words,
                } => {
                    let Some(listed) = column(record, kinds).and_then(Json::as_array) else {
                        continue;
                    };
                    let known = listed.iter().filter_map(Json::as_str);
                    let known =
                        known.filter_map(|text| words.iter().find(|(from, _)| from == text));
                    let known: Vec<PenaltyKind> = known.map(|(_, kind)| *kind).collect();
                    let amount =
                        |path: &str| column(record, path).and_then(Json::as_i64).map(Fen::yuan);
                    // A fine whose amount was not published is not a fine of nothing.
                    if known.contains(&PenaltyKind::Fine) && amount(fine).is_none() {
                        continue;
                    }
                    let amounts = (
                        amount(fine).unwrap_or_default(),
                        amount(confiscation).unwrap_or_default(),
                    );
                    told.facts.push(ToldFact {
                        fact: *fact,
                        member: 0,
                        value: Value::Penalty(Penalty::new(known, amounts.0, amounts.1)),
                        place: place.in_column(&kinds.as_str().into()),
                    });
                }
            }
        }
        (name, told)
    }
}
