//! Which facts of a procedure are held against the agency's power map (查权力配置): what kind of power its decisions need, which
//! item they are about, and where. The map itself is not known here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Rules;
use crate::fact::FactType;
use crate::load::{Around, Names};
use crate::model::{Carried, FactIx, Procedure};
use crate::source::{Errors, Node};

/// The keyword.
pub(crate) const KIND: &str = "查权力配置";

/// The algorithms that read the map: a procedure that has one says what is held against it.
const ALGORITHMS: [&str; 13] = [
    "power_held",
    "power_delegable",
    "power_organ",
    "power_since",
    "power_basis",
    "power_registration_agrees",
    "reconsideration_organ",
    "court",
    "remedies_agree",
    "seal",
    "seal_agrees",
    "respondent",
    "is_respondent",
];

/// A kind of power (执法类别).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matter {
    /// 行政处罚
    Penalty,
    /// 行政许可
    License,
    /// 行政强制措施
    Measure,
    /// 行政强制执行
    Execution,
    /// 行政检查
    Inspection,
    /// 行政征收
    Levy,
}

impl Matter {
    /// All of them.
    pub const ALL: [Matter; 6] = [
        Matter::Penalty,
        Matter::License,
        Matter::Measure,
        Matter::Execution,
        Matter::Inspection,
        Matter::Levy,
    ];

    /// Its stable id, as the registers store it.
    pub fn id(self) -> &'static str {
        match self {
            Matter::Penalty => "penalty",
            Matter::License => "license",
            Matter::Measure => "measure",
            Matter::Execution => "execution",
            Matter::Inspection => "inspection",
            Matter::Levy => "levy",
        }
    }

    /// The one of an id.
    pub fn of(id: &str) -> Option<Matter> {
        Matter::ALL.into_iter().find(|matter| matter.id() == id)
    }

    /// As the law calls the act.
    pub fn chinese(self) -> &'static str {
        match self {
            Matter::Penalty => "行政处罚",
            Matter::License => "行政许可",
            Matter::Measure => "行政强制措施",
            Matter::Execution => "行政强制执行",
            Matter::Inspection => "行政检查",
            Matter::Levy => "行政征收",
        }
    }

    /// As the power to do it is called.
    pub fn power(self) -> &'static str {
        match self {
            Matter::Penalty => "处罚权",
            Matter::License => "许可权",
            Matter::Measure => "行政强制措施权",
            Matter::Execution => "强制执行权",
            Matter::Inspection => "检查权",
            Matter::Levy => "征收权",
        }
    }
}

/// How the facts of a procedure stand to the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PowerLookup {
    /// The power that its decisions need.
    pub matter: Matter,
    /// The facts that say which item it is: an item, an alternative that carries a row of the legal baseline, or the name of an
    /// item of the agency's list.
    pub items: Vec<FactIx>,
    /// The fact that says where.
    pub place: Option<FactIx>,
}

/// An item that the map may name beside those of the agency's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PowerItem {
    /// The id of an enforcement item, or of the row of the legal baseline.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The power that it is about.
    pub matter: Matter,
}

/// The items of the rules: those with a range of fines, and those that the procedures tell apart (许可事项、检查事项 and so on).
pub fn items(rules: &Rules) -> Vec<PowerItem> {
    let penalties = rules.items.values().map(|item| PowerItem {
        id: item.id.clone(),
        name: item.name.clone(),
        matter: Matter::Penalty,
    });
    let mut others = BTreeMap::new();
    for procedure in &rules.procedures {
        let Some(lookup) = &procedure.power else {
            continue;
        };
        for carrier in &procedure.carriers {
            if matches!(carrier.what, Carried::Alternative(fact, _) if lookup.items.contains(&fact))
            {
                others.entry(carrier.row.as_str()).or_insert(lookup.matter);
            }
        }
    }
    let title = |id: &str| {
        let row = rules.rows.iter().find(|row| row.id == id);
        row.map_or_else(|| id.to_owned(), |row| row.title.clone())
    };
    let others = others.into_iter().map(|(id, matter)| PowerItem {
        id: id.to_owned(),
        name: title(id),
        matter,
    });
    penalties.chain(others).collect()
}

impl PowerLookup {
    /// The rows of the legal baseline that an alternative of one of its facts carries.
    pub fn rows<'p>(
        &self,
        procedure: &'p Procedure,
        fact: FactIx,
        alternative: u16,
    ) -> impl Iterator<Item = &'p str> {
        let what = Carried::Alternative(fact, alternative);
        let carriers = procedure.carriers.iter();
        carriers
            .filter(move |carrier| carrier.what == what)
            .map(|carrier| carrier.row.as_str())
    }
}

/// What a procedure says of the map; and no algorithm reads it unsaid.
pub(crate) fn read(nodes: &[&Node], names: &Names, errors: &Errors) -> Option<PowerLookup> {
    let mut said = nodes.iter().filter(|node| node.name == KIND);
    let first = said.next();
    if let Some(second) = said.next() {
        let seen = format!("{KIND}写了两次");
        errors.add(&second.place, seen, "一个程序里写一次");
    }
    if first.is_none() {
        for fact in &names.facts {
            let by = fact.derived_by.as_deref();
            if by.is_some_and(|by| ALGORITHMS.contains(&by)) {
                let seen = format!("“{}”看权力配置", fact.name);
                let expected = format!("同一个程序里有“{KIND}”");
                errors.add(&fact.place, seen, expected);
            }
        }
    }
    one(first?, names, errors)
}

fn one(node: &Node, names: &Names, errors: &Errors) -> Option<PowerLookup> {
    node.only(&["事项", "地点"], &[], errors);
    let name = node.argument(0, "执法类别", errors)?;
    let Some(matter) = Matter::ALL.into_iter().find(|it| it.chinese() == name) else {
        let known: Vec<&str> = Matter::ALL.iter().map(|it| it.chinese()).collect();
        errors.add(&node.place, format!("“{name}”"), known.join("、"));
        return None;
    };
    let facts = |line: &Node, fits: fn(&FactType) -> bool, expected: &str| -> Vec<FactIx> {
        let words = line.arguments.iter();
        words
            .filter_map(|word| {
                let text = word.text(errors)?;
                let fact = names.fact(text, Around::default(), &word.place, errors)?;
                let declared = &names.facts[fact];
                if !fits(&declared.kind) || declared.document.is_some() {
                    errors.add(&word.place, format!("“{text}”"), expected);
                }
                Some(fact)
            })
            .collect()
    };
    let is_item =
        |kind: &FactType| matches!(kind, FactType::Item | FactType::Choice(_) | FactType::Text);
    let items = node.required("事项", errors)?;
    let items = facts(items, is_item, "事项、选项、文字的事实");
    let place = node.one("地点", errors);
    let place = place.map(|line| facts(line, |kind| *kind == FactType::Text, "文字的事实"));
    Some(PowerLookup {
        matter,
        items,
        place: place.and_then(|found| found.first().copied()),
    })
}
