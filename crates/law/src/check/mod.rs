//! The checker: safety of a procedure, proved on the engine that runs.
//!
//! A property names something that must never be, as a *bad* event with a condition over facts and *flags*; flags
//! remember history and are kept by the checker alone, so a property never rests on what the engine believes.
//! The search walks every abstract state of a slice: bits per event, obligation, window, delay and defect, a cell per
//! fact that a kept guard reads. One subject is tracked; the other parties are a *rest* that may act at will. What is
//! left out of a slice only adds behavior. A search that would have to stop early fails instead.

mod search;
mod slice;
mod world;

use crate::condition::Condition;
use crate::load::{Around, FactName, Names};
use crate::model::{CASE, EventIx, FactIx, Procedure, RuleIx, Trigger};
use crate::source::{Errors, Node, Place, RuleErrors};

pub use search::{Counterexample, MOST_STATES, Outcome, check, check_within};
pub use slice::Slice;

/// Something that must never be.
#[derive(Clone, Debug)]
pub struct Property {
    /// Its id.
    pub id: String,
    /// In Chinese.
    pub title: String,
    /// Where it stands.
    pub place: Place,
    /// Flags, kept by the checker.
    pub flags: Vec<Flag>,
    /// The event that must not happen.
    pub bad: EventIx,
    /// When it must not; atoms whose fact lies beyond the procedure's facts are flags.
    pub when: Option<Condition>,
    /// Rules whose deletion must give a counterexample.
    pub rests_on: Vec<RuleIx>,
    /// Whether `rests_on` is the whole list; a property made for one obligation lists only its own rule.
    pub lists_all: bool,
    /// Events put back into the slice.
    pub also: Vec<EventIx>,
}

/// A remembered piece of history.
#[derive(Clone, Debug)]
pub struct Flag {
    /// Its name.
    pub name: String,
    /// Set and cleared by.
    pub switches: Vec<Switch>,
}

/// What sets or clears a flag.
#[derive(Clone, Debug)]
pub struct Switch {
    /// On what.
    pub on: SwitchOn,
    /// Only when, read after the act.
    pub when: Option<Condition>,
    /// Set rather than clear.
    pub sets: bool,
}

/// The event that moves a switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchOn {
    /// An event is done.
    Event(EventIx),
    /// The undiminished procedure brings about this obligation.
    Owed(usize),
}

/// Reads the properties of a procedure; one over obligations becomes one for each of them.
pub fn parse(
    procedure: &Procedure,
    names: &Names,
    nodes: &[Node],
) -> Result<Vec<Property>, RuleErrors> {
    let errors = Errors::default();
    let mut properties: Vec<Property> = Vec::new();
    for node in nodes.iter().filter(|node| node.name == "性质") {
        read(procedure, names, node, &mut properties, &errors);
    }
    errors.finish().map(|()| properties)
}

fn read(
    procedure: &Procedure,
    names: &Names,
    node: &Node,
    properties: &mut Vec<Property>,
    errors: &Errors,
) {
    node.only(&["旗", "坏", "支撑", "补入"], &[], errors);
    let (Some(id), Some(title)) = (
        node.argument(0, "编号", errors),
        node.argument(1, "内容", errors),
    ) else {
        return;
    };
    // Flags are read as facts of the case that follow the procedure's own.
    let mut known = names.clone();
    let mut flags = Vec::new();
    for flag in node.all("旗") {
        let Some(name) = flag.argument(0, "旗的名称", errors) else {
            continue;
        };
        let fact = known.facts.len();
        let declared = crate::fact::Fact {
            id: format!("flag_{fact}"),
            name: format!("旗·{name}"),
            kind: crate::fact::FactType::Bool,
            domain: CASE,
            document: None,
            sensitivity: crate::fact::Sensitivity::Public,
            derived_by: None,
            series: None,
            longest: None,
            is_past: false,
            is_positive: false,
            is_code: false,
            is_place: false,
            personal: None,
            place: flag.place.clone(),
        };
        known.facts.push(declared);
        known
            .fact_names
            .insert(format!("旗·{name}"), FactName::Plain(fact));
        let mut switches = Vec::new();
        flag.only(&["立", "落"], &[], errors);
        for line in &flag.children {
            let Some(scalar) = line.arguments.first() else {
                errors.add(
                    &line.place,
                    format!("“{}”后面没有行为", line.name),
                    "行为名称",
                );
                continue;
            };
            let Some(text) = scalar.text(errors) else {
                continue;
            };
            for event in known.events(text, &scalar.place, errors) {
                let around = Around {
                    document: known.events[event].document,
                };
                let when = if line.children.is_empty() {
                    None
                } else {
                    known.condition(line, around, errors)
                };
                switches.push(Switch {
                    on: SwitchOn::Event(event),
                    when,
                    sets: line.name == "立",
                });
            }
        }
        flags.push(Flag {
            name: name.to_owned(),
            switches,
        });
    }
    let Some(bad) = node.required("坏", errors) else {
        return;
    };
    let events = bad
        .arguments
        .first()
        .and_then(|scalar| Some(known.events(scalar.text(errors)?, &scalar.place, errors)))
        .unwrap_or_default();
    let Some(event) = events.first().copied().filter(|_| events.len() == 1) else {
        errors.add(&bad.place, "“坏”要写一个行为", "如 坏 处罚决定 当 { … }");
        return;
    };
    let mut rests_on = Vec::new();
    for (word, place) in node.words("支撑", errors) {
        match procedure.rule(word) {
            Some(rule) => rests_on.push(rule),
            None => errors.add(place, format!("没有编号“{word}”"), "声明过的关系"),
        }
    }
    let also = known.events_of(node, "补入", errors);
    if bad.children.iter().any(|child| child.name == "有阻断义务") {
        properties.extend(by_obligation(procedure, id, title, node, event, &also));
        return;
    }
    let around = Around {
        document: known.events[event].document,
    };
    let lines: Vec<Node> = bad.children.iter().map(flag_as_fact).collect();
    let when = if lines.is_empty() {
        None
    } else {
        known.conjunction(&lines, around, errors, &bad.place)
    };
    let (id, title, place) = (id.to_owned(), title.to_owned(), node.place.clone());
    properties.push(Property {
        id,
        title,
        place,
        flags,
        bad: event,
        when,
        rests_on,
        lists_all: true,
        also,
    });
}

/// `旗 甲` stands for the fact `旗·甲` being true.
fn flag_as_fact(node: &Node) -> Node {
    let mut copy = node.clone();
    if node.name == "旗"
        && let Some(first) = copy.arguments.first_mut()
    {
        copy.name = format!("旗·{}", first.value);
        first.value = crate::source::ScalarValue::Text("成立".to_owned());
    }
    copy.children = node.children.iter().map(flag_as_fact).collect();
    copy
}

fn by_obligation(
    procedure: &Procedure,
    id: &str,
    title: &str,
    node: &Node,
    bad: EventIx,
    also: &[EventIx],
) -> Vec<Property> {
    let flag_fact: FactIx = procedure.facts.len();
    let mut out: Vec<Property> = Vec::new();
    for (response, edge) in procedure.responses.iter().enumerate() {
        if !edge.blocks.contains(&bad) {
            continue;
        }
        let rule = &procedure.rules[edge.rule];
        let mut switches = vec![Switch {
            on: SwitchOn::Owed(response),
            when: None,
            sets: true,
        }];
        // Met by any of its targets; lifted by what takes a target out of play.
        for target in &edge.targets {
            switches.push(Switch {
                on: SwitchOn::Event(*target),
                when: None,
                sets: false,
            });
            let lifting = procedure
                .flows
                .iter()
                .filter(|flow| !flow.includes && flow.target == *target);
            switches.extend(lifting.map(|f| Switch {
                on: SwitchOn::Event(f.source),
                when: f.when.clone(),
                sets: false,
            }));
        }
        // What meets the obligation may owe it anew; setting comes last.
        switches.sort_by_key(|switch| switch.sets);
        let trigger = match &edge.trigger {
            Trigger::After(event) => procedure.events[*event].name.clone(),
            Trigger::Changed { .. } => "变更".to_owned(),
        };
        let is_hard = rule.strength_when(false) == crate::model::Strength::Block;
        if !is_hard {
            continue;
        }
        out.push(Property {
            id: format!("{id}/{}@{trigger}", rule.id),
            title: format!("{title}:{}", edge.text),
            place: node.place.clone(),
            flags: vec![Flag {
                name: "义务未了".to_owned(),
                switches,
            }],
            bad,
            when: Some(Condition::Atom(crate::condition::Atom {
                fact: flag_fact,
                test: crate::condition::Test::Holds(true),
            })),
            rests_on: vec![edge.rule],
            lists_all: false,
            also: also.to_vec(),
        });
    }
    out
}
