//! What each step of a receipt asks and on which articles it rests: `裁量` in `rules/discretion.kdl`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vocabulary::Day;

use crate::catalog::Item;
use crate::source::{Errors, Node};
use crate::statute::Statutes;

/// The steps of a receipt, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Which provision applies, of those that the act falls under.
    Provision,
    /// The law of the day of the act, or that of the day of the decision.
    Times,
    /// Whether the provision is for the party, and how old it is.
    Addressee,
    /// The range of the statute.
    Range,
    /// The tier of the benchmark.
    Tier,
    /// 从轻、减轻、从重, with grounds.
    Degree,
    /// One act, one fine.
    OneFine,
    /// The proposed amount, within or outside.
    Amount,
}

impl StepKind {
    /// Every step, in order.
    pub const ALL: [StepKind; 8] = [
        StepKind::Provision,
        StepKind::Times,
        StepKind::Addressee,
        StepKind::Range,
        StepKind::Tier,
        StepKind::Degree,
        StepKind::OneFine,
        StepKind::Amount,
    ];

    /// Its id in the notation and in stored receipts.
    pub const fn id(self) -> &'static str {
        match self {
            StepKind::Provision => "provision",
            StepKind::Times => "times",
            StepKind::Addressee => "addressee",
            StepKind::Range => "range",
            StepKind::Tier => "tier",
            StepKind::Degree => "degree",
            StepKind::OneFine => "one_fine",
            StepKind::Amount => "amount",
        }
    }
}

/// Articles as they are printed, shared by all receipts.
pub(super) type Articles = Arc<[Arc<str>]>;

/// An article with the days on which its statute is in force.
#[derive(Clone, Debug)]
struct Dated {
    text: Arc<str>,
    from: Option<Day>,
    until: Option<Day>,
}

impl Dated {
    fn is_in_force(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }
}

#[derive(Clone, Debug)]
pub(super) struct StepText {
    pub(super) question: Arc<str>,
    dated: Vec<Dated>,
    all: Articles,
}

impl StepText {
    /// The articles that are in force on a day.
    pub(super) fn articles(&self, day: Day) -> Articles {
        if self.dated.iter().all(|article| article.is_in_force(day)) {
            return Arc::clone(&self.all);
        }
        let standing = self.dated.iter().filter(|article| article.is_in_force(day));
        standing.map(|article| Arc::clone(&article.text)).collect()
    }
}

/// What is prepared of an item once, for all receipts.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    pub(super) articles: Articles,
    pub(super) told: Arc<str>,
    neighbors: Vec<String>,
    /// Its place in the order in which laws are suggested, smaller first.
    pub(super) rank: usize,
}

/// The steps, the ages and the order of suggestion, with what is prepared of each item.
#[derive(Clone, Debug, Default)]
pub struct Guide {
    steps: BTreeMap<StepKind, StepText>,
    items: HashMap<String, Prepared>,
    /// Below this age there is no penalty.
    pub exempt_below: Option<i64>,
    /// Below this age the penalty is lighter or mitigated.
    pub lenient_below: Option<i64>,
}

impl Guide {
    /// Reads `裁量` and prepares the items. Rules without one have no receipts, but the same derived facts.
    pub(crate) fn read(
        node: Option<&Node>,
        items: &BTreeMap<String, Item>,
        statutes: &Statutes,
        errors: &Errors,
    ) -> Guide {
        let mut guide = Guide::default();
        let mut order: Vec<String> = Vec::new();
        if let Some(node) = node {
            node.only(&["步", "次序"], &[], errors);
            node.all("步")
                .for_each(|step| guide.step(step, statutes, errors));
            for kind in StepKind::ALL {
                if !guide.steps.contains_key(&kind) {
                    let expected = format!("步 {} \"问什么\" {{ 依据 …; }}", kind.id());
                    errors.add(&node.place, format!("缺少步“{}”", kind.id()), expected);
                }
            }
            for (code, place) in node.words("次序", errors) {
                if statutes.get(code).is_none() {
                    errors.add(
                        place,
                        format!("没有登记的法源“{code}”"),
                        "statutes.kdl 里登记过的代号",
                    );
                }
                order.push(code.to_owned());
            }
        }
        guide.items = items
            .values()
            .map(|item| (item.id.clone(), prepare(item, items, &order)))
            .collect();
        guide
    }

    fn step(&mut self, node: &Node, statutes: &Statutes, errors: &Errors) {
        node.only(&["依据", "不予处罚", "从轻减轻"], &[], errors);
        let Some(id) = node.argument(0, "哪一步", errors) else {
            return;
        };
        let Some(kind) = StepKind::ALL.into_iter().find(|kind| kind.id() == id) else {
            let known: Vec<&str> = StepKind::ALL.iter().map(|kind| kind.id()).collect();
            errors.add(&node.place, format!("没有这一步：“{id}”"), known.join("、"));
            return;
        };
        let age = |key: &str| {
            node.one(key, errors)?
                .property("未满")
                .and_then(|scalar| scalar.integer(errors))
        };
        self.exempt_below = age("不予处罚").or(self.exempt_below);
        self.lenient_below = age("从轻减轻").or(self.lenient_below);
        let dated: Vec<Dated> = statutes
            .cites(node, errors)
            .into_iter()
            .map(|cite| {
                let statute = statutes.get(&cite.statute);
                Dated {
                    text: cite.text.into(),
                    from: statute.and_then(|s| s.from),
                    until: statute.and_then(|s| s.until),
                }
            })
            .collect();
        let text = StepText {
            question: node.argument(1, "问什么", errors).unwrap_or("").into(),
            all: dated.iter().map(|one| Arc::clone(&one.text)).collect(),
            dated,
        };
        if self.steps.insert(kind, text).is_some() {
            errors.add(&node.place, format!("步“{id}”写了两次"), "每一步只写一次");
        }
    }

    pub(super) fn text(&self, kind: StepKind) -> Option<&StepText> {
        self.steps.get(&kind)
    }

    pub(super) fn item(&self, id: &str) -> Option<&Prepared> {
        self.items.get(id)
    }

    /// The items that this one yields to or that yield to it, by id in order.
    pub fn neighbors(&self, id: &str) -> &[String] {
        self.items.get(id).map_or(&[], |item| &item.neighbors)
    }
}

fn prepare(item: &Item, items: &BTreeMap<String, Item>, order: &[String]) -> Prepared {
    let is_neighbor =
        |other: &&Item| item.yields_to.contains(&other.id) || other.yields_to.contains(&item.id);
    let statute = item.cites.first().map(|cite| cite.statute.as_str());
    Prepared {
        articles: item
            .cites
            .iter()
            .map(|cite| Arc::from(cite.text.as_str()))
            .collect(),
        told: super::provision::told(item).into(),
        neighbors: items
            .values()
            .filter(is_neighbor)
            .map(|other| other.id.clone())
            .collect(),
        rank: order
            .iter()
            .position(|code| Some(code.as_str()) == statute)
            .unwrap_or(order.len()),
    }
}
