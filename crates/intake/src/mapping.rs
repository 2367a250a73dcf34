//! Which column of a ledger is which act and which fact: data under `rules/imports/`, written as `台账`.

use crate::book::heading;
use law::Rules;
use law::load::{Around, Names};
use law::model::{EventIx, FactIx, Procedure};
use law::source::{Errors, Node, RuleErrors};

/// A ledger: one line a case, a column of dates an act.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// Its id.
    pub id: String,
    /// Its name, which is also the name of its sheet in the template.
    pub name: String,
    /// The procedure that its cases follow.
    pub procedure: String,
    /// Columns, any of which holds what the clerk calls the case.
    pub(crate) key: Vec<String>,
    /// Where the case comes from.
    pub(crate) from: Vec<String>,
    /// The name of the party.
    pub(crate) party: Vec<String>,
    pub(crate) party_facts: Vec<(FactIx, Vec<String>)>,
    /// Who takes part in every act that has the role.
    pub(crate) usual: Vec<(usize, Vec<String>)>,
    /// Facts that go to the first act that says them.
    pub(crate) facts: Vec<(FactIx, Vec<String>)>,
    pub(crate) acts: Vec<MappedAct>,
}

#[derive(Clone, Debug)]
pub(crate) struct MappedAct {
    pub(crate) event: EventIx,
    pub(crate) day: Vec<String>,
    pub(crate) facts: Vec<(FactIx, Vec<String>)>,
    pub(crate) people: Vec<(usize, Vec<String>)>,
    pub(crate) scans: Vec<String>,
}

impl Mapping {
    /// Every heading that it knows, each column once by its first name.
    pub(crate) fn headings(&self) -> Vec<&str> {
        let of_acts = self.acts.iter().flat_map(|act| {
            [&act.day]
                .into_iter()
                .chain(act.facts.iter().map(|(_, columns)| columns))
                .chain(act.people.iter().map(|(_, columns)| columns))
                .chain([&act.scans])
        });
        let all = [&self.key, &self.from, &self.party]
            .into_iter()
            .chain(self.party_facts.iter().map(|(_, columns)| columns))
            .chain(self.usual.iter().map(|(_, columns)| columns))
            .chain(self.facts.iter().map(|(_, columns)| columns))
            .chain(of_acts);
        let mut names: Vec<&str> = Vec::new();
        for columns in all {
            if let Some(first) = columns.first()
                && !names.contains(&first.as_str())
            {
                names.push(first);
            }
        }
        names
    }

    pub(crate) fn knows(&self, name: &str) -> bool {
        let has = |columns: &Vec<String>| columns.iter().any(|column| column == name);
        let any = |pairs: &[(FactIx, Vec<String>)]| pairs.iter().any(|(_, columns)| has(columns));
        has(&self.key)
            || has(&self.from)
            || has(&self.party)
            || any(&self.party_facts)
            || any(&self.usual)
            || any(&self.facts)
            || self
                .acts
                .iter()
                .any(|act| has(&act.day) || any(&act.facts) || any(&act.people) || has(&act.scans))
    }
}

/// Reads every ledger that the loaded rules know.
pub fn mappings(rules: &Rules) -> Result<Vec<Mapping>, RuleErrors> {
    let errors = Errors::default();
    let nodes = rules.imports.iter().flat_map(|(_, nodes)| nodes);
    let all = nodes
        .filter(|node| node.name == "台账")
        .filter_map(|node| read(rules, node, &errors))
        .collect();
    errors.finish().map(|()| all)
}

struct Reader<'r> {
    procedure: &'r Procedure,
    names: &'r Names,
    errors: &'r Errors,
}

fn read(rules: &Rules, node: &Node, errors: &Errors) -> Option<Mapping> {
    node.only(
        &["程序", "案件", "来源", "当事人", "参加人", "事实", "行为"],
        &[],
        errors,
    );
    let id = node.argument(0, "标识", errors)?.to_owned();
    let name = node.argument(1, "名称", errors)?.to_owned();
    let procedure_id = node
        .required("程序", errors)
        .and_then(|line| line.argument(0, "程序", errors))?;
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
    let reader = Reader {
        procedure,
        names,
        errors,
    };
    let key = node.required("案件", errors)?;
    let party = node.required("当事人", errors)?;
    party.only(&["事实"], &[], errors);
    let from = node.one("来源", errors);
    Some(Mapping {
        id,
        name,
        procedure: procedure_id.to_owned(),
        key: reader.columns(key, 0),
        from: from.map_or_else(Vec::new, |line| reader.columns(line, 0)),
        party: reader.columns(party, 0),
        party_facts: reader.facts(party, None),
        usual: reader.people(node),
        facts: reader.facts(node, None),
        acts: node.all("行为").filter_map(|act| reader.act(act)).collect(),
    })
}

impl Reader<'_> {
    /// The columns that stand after the first `skipped` words.
    fn columns(&self, node: &Node, skipped: usize) -> Vec<String> {
        let columns: Vec<String> = node
            .arguments
            .iter()
            .skip(skipped)
            .filter_map(|scalar| scalar.text(self.errors).map(heading))
            .collect();
        if columns.is_empty() {
            self.errors.add(
                &node.place,
                format!("“{}”没有写是哪一栏", node.title()),
                "至少一个栏名",
            );
        }
        columns
    }

    fn facts(&self, node: &Node, event: Option<EventIx>) -> Vec<(FactIx, Vec<String>)> {
        let around = Around {
            document: event.and_then(|event| self.procedure.events[event].document),
        };
        let read = node.all("事实").filter_map(|line| {
            let name = line.argument(0, "事实名称", self.errors)?;
            let fact = self.names.fact(name, around, &line.place, self.errors)?;
            if let Some(event) = event
                && !self.procedure.events[event].says(fact)
            {
                self.errors.add(
                    &line.place,
                    format!("“{name}”不是这一步写明的"),
                    "该行为的必填、选填或者编号",
                );
            }
            Some((fact, self.columns(line, 1)))
        });
        read.collect()
    }

    fn people(&self, node: &Node) -> Vec<(usize, Vec<String>)> {
        let read = node.all("参加人").filter_map(|line| {
            let name = line.argument(0, "角色", self.errors)?;
            let role = self
                .procedure
                .roles
                .iter()
                .position(|role| role.name == name);
            if role.is_none() {
                let seen = format!("没有“{name}”这个角色");
                self.errors.add(&line.place, seen, "程序里声明的角色");
            }
            Some((role?, self.columns(line, 1)))
        });
        read.collect()
    }

    fn act(&self, node: &Node) -> Option<MappedAct> {
        node.only(&["日期", "事实", "参加人", "扫描"], &[], self.errors);
        let name = node.argument(0, "行为", self.errors)?;
        let events = self.names.events(name, &node.place, self.errors);
        let [event] = events.as_slice() else {
            if !events.is_empty() {
                let seen = format!("“{name}”不止一步");
                self.errors
                    .add(&node.place, seen, "写明文书，如 送达:处罚决定书");
            }
            return None;
        };
        let day = node.required("日期", self.errors)?;
        let scans = node.one("扫描", self.errors);
        Some(MappedAct {
            event: *event,
            day: self.columns(day, 0),
            facts: self.facts(node, Some(*event)),
            people: self.people(node),
            scans: scans.map_or_else(Vec::new, |line| self.columns(line, 0)),
        })
    }
}
