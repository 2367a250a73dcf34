//! `对照`: which facts and acts answer each point of a multiple choice.

use super::names::{Around, Names};
use crate::checklist::{Checklist, Point};
use crate::fact::FactType;
use crate::model::{Carried, EventIx, FactIx};
use crate::source::{Errors, Node, nearest};
use crate::statute::Statutes;

/// The keyword.
pub const KIND: &str = "对照";

/// Reads every checklist of a procedure.
pub(super) fn read(
    nodes: &[&Node],
    names: &mut Names,
    statutes: &Statutes,
    errors: &Errors,
) -> Vec<Checklist> {
    let mut all: Vec<Checklist> = Vec::new();
    for node in nodes.iter().filter(|node| node.name == KIND) {
        let Some(list) = checklist(node, names, statutes, errors) else {
            continue;
        };
        if all.iter().any(|known| known.fact == list.fact) {
            let name = &names.facts[list.fact].name;
            errors.add(
                &node.place,
                format!("“{name}”写了两次对照"),
                "一项事实只写一次对照",
            );
        } else {
            carried(node, &list, names, errors);
            all.push(list);
        }
    }
    all
}

/// The rows that the points of a checklist carry: each stands for its alternative.
fn carried(node: &Node, list: &Checklist, names: &mut Names, errors: &Errors) {
    let FactType::Choices(alternatives) = names.facts[list.fact].kind.clone() else {
        return;
    };
    for (at, alternative) in (0_u16..).zip(&alternatives) {
        let points = node.all("项").filter(|child| {
            let named = child.arguments.first();
            named.is_some_and(|named| named.value.to_string() == alternative.name)
        });
        for point in points {
            let rows = names.rows_of(point, "条目", errors);
            names.carry(rows, Carried::Alternative(list.fact, at));
        }
    }
}

fn facts(node: &Node, key: &str, names: &Names, errors: &Errors) -> Vec<FactIx> {
    let words = node.words(key, errors).into_iter();
    words
        .filter_map(|(text, place)| names.fact(text, Around::default(), place, errors))
        .collect()
}

fn checklist(
    node: &Node,
    names: &Names,
    statutes: &Statutes,
    errors: &Errors,
) -> Option<Checklist> {
    node.only(&["提交", "结论", "摘要", "项"], &[], errors);
    let name = node.argument(0, "事实的名称", errors)?;
    let place = &node.arguments[0].place;
    let fact = names.fact(name, Around::default(), place, errors)?;
    let FactType::Choices(alternatives) = &names.facts[fact].kind else {
        let kind = names.facts[fact].kind.chinese();
        errors.add(place, format!("“{name}”是{kind}"), "类型=多选 的事实");
        return None;
    };
    let asking: Vec<EventIx> = (0..names.events.len())
        .filter(|event| names.events[*event].says(fact))
        .collect();
    if asking.is_empty() {
        errors.add(
            place,
            format!("没有行为填写“{name}”"),
            "写在某个行为的必填或者选填里的事实",
        );
    }
    let mut outcome = Vec::new();
    for (text, place) in node.words("结论", errors) {
        let Some(said) = names.fact(text, Around::default(), place, errors) else {
            continue;
        };
        let mut asks = asking.iter().map(|event| &names.events[*event]);
        if !asking.is_empty() && !asks.any(|event| event.says(said)) {
            errors.add(
                place,
                format!("“{text}”不是填写“{name}”的行为填的"),
                "同一个行为填写的事实",
            );
        }
        outcome.push(said);
    }
    let mut found: Vec<Option<Point>> = alternatives.iter().map(|_| None).collect();
    for child in node.all("项") {
        let Some(option) = child.argument(0, "选项的名称", errors) else {
            continue;
        };
        let place = &child.arguments[0].place;
        let Some(at) = alternatives.iter().position(|it| it.name == option) else {
            let known: Vec<&str> = alternatives.iter().map(|it| it.name.as_str()).collect();
            let near = nearest(option, &known).map_or(String::new(), |it| format!("是不是“{it}”?"));
            errors.add(
                place,
                format!("“{name}”没有选项“{option}”"),
                format!("{near}可以写：{}", known.join("、")),
            );
            continue;
        };
        if found[at].is_some() {
            errors.add(place, format!("选项“{option}”写了两次"), "每个选项只写一次");
        }
        found[at] = Some(point(child, names, statutes, errors));
    }
    let missing = alternatives.iter().zip(&found);
    let missing: Vec<&str> = missing
        .filter(|(_, point)| point.is_none())
        .map(|(it, _)| it.name.as_str())
        .collect();
    if !missing.is_empty() {
        errors.add(
            &node.place,
            format!("“{name}”的选项没有写全，缺{}", missing.join("、")),
            "每个选项一个“项”，写明问什么、看什么",
        );
    }
    Some(Checklist {
        fact,
        submissions: names.events_of(node, "提交", errors),
        outcome,
        summary: facts(node, "摘要", names, errors),
        points: found.into_iter().flatten().collect(),
        place: node.place.clone(),
    })
}

fn point(node: &Node, names: &Names, statutes: &Statutes, errors: &Errors) -> Point {
    node.only(&["问", "依据", "事实", "行为", "人员", "条目"], &[], errors);
    let question = node
        .required("问", errors)
        .and_then(|child| child.argument(0, "一句话", errors))
        .unwrap_or("");
    let title = node.title();
    if node.all("依据").next().is_none() {
        errors.add(
            &node.place,
            format!("“{title}”没有依据"),
            "写一行“依据 XZCF44 …”",
        );
    }
    let is_said = |key: &str| node.all(key).any(|child| !child.arguments.is_empty());
    if !is_said("事实") && !is_said("行为") {
        errors.add(
            &node.place,
            format!("“{title}”没有写看什么"),
            "写一行“事实 …”或者“行为 …”",
        );
    }
    let people = node.one("人员", errors);
    if let Some(people) = people
        && !is_said("行为")
    {
        errors.add(
            &people.place,
            format!("“{title}”要看人员，却没有写行为"),
            "写明看哪些行为的参加人：“行为 …”",
        );
    }
    Point {
        question: question.to_owned(),
        cites: statutes.cites(node, errors),
        facts: facts(node, "事实", names, errors),
        events: names.events_of(node, "行为", errors),
        asks_for_people: people.is_some(),
        place: node.place.clone(),
    }
}
