//! Reading scenario files.

use std::collections::BTreeMap;

use law::Rules;
use law::fact::{FactType, Value};
use law::load::{Around, Names};
use law::model::{CASE, Dated, EventIx, FactIx, Procedure, SubjectClass};
use law::source::{Errors, Node, RuleErrors, Scalar, ScalarValue};
use vocabulary::{Day, Fen, Moment, Penalty, PenaltyKind};

use super::agency::{read_benchmark, read_fine, read_person, read_power};
use super::{Doing, Expectation, Scenario, Step, StepKind};
use super::{elsewhere, list_row, listed};
use crate::command::NewMember;
use crate::context::Person;
use crate::lists::Lists;

/// What a folder's files give every scenario of it.
#[derive(Clone, Default)]
struct Shared<'n> {
    defaults: Vec<&'n Node>,
    people: BTreeMap<String, Person>,
    parts: BTreeMap<String, Vec<String>>,
}

/// Reads every scenario of the loaded rules.
pub fn parse(rules: &Rules) -> Result<Vec<Scenario>, RuleErrors> {
    let errors = Errors::default();
    let mut common: BTreeMap<&str, Shared<'_>> = BTreeMap::new();

    for (path, nodes) in &rules.scenarios {
        let (folder, file) = split(path);
        if file.starts_with("00") {
            read_shared(nodes, common.entry(folder).or_default(), &errors);
        }
    }
    let mut scenarios: Vec<Scenario> = Vec::new();
    for (path, nodes) in &rules.scenarios {
        let (folder, file) = split(path);
        let mut shared = common.get(folder).cloned().unwrap_or_default();
        if !file.starts_with("00") {
            read_shared(nodes, &mut shared, &errors);
        }
        for node in nodes {
            match node.name.as_str() {
                "情景" => {
                    if let Some(scenario) = read(node, rules, folder, &shared, &scenarios, &errors)
                    {
                        if scenarios
                            .iter()
                            .any(|s| s.name == scenario.name && s.procedure == scenario.procedure)
                        {
                            errors.add(
                                &node.place,
                                format!("情景“{}”写了两次", scenario.name),
                                "每个情景一个名称",
                            );
                        }
                        scenarios.push(scenario);
                    }
                }
                "缺省" | "人员" | "参加" => {}
                other => errors.add(
                    &node.place,
                    format!("情景文件里不认识“{other}”"),
                    "情景、缺省、人员、参加",
                ),
            }
        }
    }
    errors.finish().map(|()| scenarios)
}

/// The procedure's folder and the file's name below its scenarios.
fn split(path: &str) -> (&str, &str) {
    path.split_once("/scenarios/").unwrap_or(("", path))
}

fn read_shared<'n>(nodes: &'n [Node], shared: &mut Shared<'n>, errors: &Errors) {
    for node in nodes {
        match node.name.as_str() {
            "缺省" => shared.defaults.extend(&node.children),
            "人员" => {
                if let Some(person) = read_person(node, errors) {
                    shared.people.insert(person.id.clone(), person);
                }
            }
            "参加" => {
                let words: Vec<&str> = node
                    .arguments
                    .iter()
                    .filter_map(|a| a.text(errors))
                    .collect();
                if let Some((role, people)) = words.split_first() {
                    shared.parts.insert(
                        (*role).to_owned(),
                        people.iter().map(|p| (*p).to_owned()).collect(),
                    );
                }
            }
            _ => {}
        }
    }
}

pub(super) fn read_day(scalar: &Scalar, errors: &Errors) -> Option<Day> {
    let text = scalar.text(errors)?;
    Day::parse(text)
        .map_err(|error| errors.add(&scalar.place, error.to_string(), "如 \"2026-07-06\""))
        .ok()
}

struct Reader<'a> {
    procedure: &'a Procedure,
    names: &'a Names,
    shared: &'a Shared<'a>,
    errors: &'a Errors,
}

fn read(
    node: &Node,
    rules: &Rules,
    folder: &str,
    shared: &Shared<'_>,
    earlier: &[Scenario],
    errors: &Errors,
) -> Option<Scenario> {
    let name = node.argument(0, "情景名称", errors)?.to_owned();
    let id = node
        .one("程序", errors)
        .and_then(|n| n.argument(0, "程序标识", errors))
        .unwrap_or(folder);
    let (Some(procedure), Some(names)) = (rules.procedure(id), rules.names.get(id)) else {
        errors.add(&node.place, format!("没有程序“{id}”"), "装载了的程序");
        return None;
    };
    let reader = Reader {
        procedure,
        names,
        shared,
        errors,
    };
    let mut scenario = Scenario {
        name,
        place: node.place.clone(),
        procedure: id.to_owned(),
        covers: Vec::new(),
        confirmed: Vec::new(),
        values: BTreeMap::new(),
        dated: BTreeMap::new(),
        people: shared.people.clone(),
        benchmarks: Vec::new(),
        powers: Vec::new(),
        review_catalog: Vec::new(),
        lists: Lists::new(),
        items: Vec::new(),
        earlier_fines: Vec::new(),
        elsewhere: Vec::new(),
        newcomers: Vec::new(),
        steps: Vec::new(),
    };
    for child in &node.children {
        match child.name.as_str() {
            "程序" => {}
            "覆盖" | "确认" => {
                for scalar in &child.arguments {
                    let Some(text) = scalar.text(errors) else {
                        continue;
                    };
                    reader.known_id(rules, text, scalar);
                    let list = if child.name == "覆盖" {
                        &mut scenario.covers
                    } else {
                        &mut scenario.confirmed
                    };
                    list.push(text.to_owned());
                }
            }
            "设定" => {
                let setting = child.argument(0, "设定名称", errors);
                let value = child.arguments.get(1).and_then(|s| s.integer(errors));
                let found =
                    setting.and_then(|s| rules.settings.iter().find(|known| known.name == s));
                match (found, value) {
                    (Some(found), Some(value)) => {
                        let is_money = found.unit == law::model::SettingUnit::Money;
                        let value = if is_money { value * 100 } else { value };
                        match child.property("自") {
                            None => {
                                scenario.values.insert(found.id.clone(), value);
                            }
                            Some(from) => {
                                let from = from.text(errors).and_then(|text| Day::parse(text).ok());
                                let Some(from) = from else {
                                    errors.add(&child.place, "自", "日期，如 2026-05-01");
                                    continue;
                                };
                                let all = scenario.dated.entry(found.id.clone()).or_default();
                                all.push(Dated {
                                    from,
                                    value: Some(value),
                                    is_confirmed: false,
                                });
                                all.sort_by_key(|dated| dated.from);
                            }
                        }
                    }
                    _ => errors.add(
                        &child.place,
                        format!("“{}”", child.title()),
                        "设定 名称 值，可加 自=日期",
                    ),
                }
            }
            "人员" => {
                if let Some(person) = read_person(child, errors) {
                    scenario.people.insert(person.id.clone(), person);
                }
            }
            "裁量基准" => scenario.benchmarks.extend(read_benchmark(child, errors)),
            "权力" => scenario.powers.extend(read_power(child, errors)),
            "审核目录" => {
                let count = scenario.review_catalog.len();
                let row = listed::read(child, &scenario.procedure, count, rules, errors);
                scenario.review_catalog.extend(row);
            }
            "事项" => scenario
                .items
                .extend(law::catalog::item(child, &rules.statutes, errors)),
            "已罚" => scenario.earlier_fines.extend(read_fine(child, errors)),
            "他案" => scenario.elsewhere.extend(elsewhere::read(child, errors)),
            "登记行" => list_row::read(child, &mut scenario.lists, errors),
            "承" => {
                let wanted = child.argument(0, "情景名称", errors)?;
                let stop = child.property_text("止于", errors);
                let Some(base) = earlier
                    .iter()
                    .find(|s| s.name == wanted && s.procedure == scenario.procedure)
                else {
                    errors.add(
                        &child.place,
                        format!("没有在此之前的情景“{wanted}”"),
                        "写在前面的情景",
                    );
                    continue;
                };
                scenario.confirmed.extend(base.confirmed.iter().cloned());
                scenario.values.extend(base.values.clone());
                scenario.dated.extend(base.dated.clone());
                scenario.people.extend(base.people.clone());
                scenario.benchmarks.extend(base.benchmarks.iter().cloned());
                scenario.powers.extend(base.powers.iter().cloned());
                scenario
                    .review_catalog
                    .extend(base.review_catalog.iter().cloned());
                scenario.items.extend(base.items.iter().cloned());
                let others = base.elsewhere.iter().cloned();
                scenario.elsewhere.extend(others);
                let fines = base.earlier_fines.iter().cloned();
                scenario.earlier_fines.extend(fines);
                for (register, list) in &base.lists {
                    let own = scenario.lists.entry(register.clone()).or_default();
                    own.name.clone_from(&list.name);
                    own.rows.extend(list.rows.iter().cloned());
                }
                scenario.newcomers.extend(base.newcomers.iter().cloned());
                let end = match stop {
                    None => base.steps.len(),
                    Some(label) => match base
                        .steps
                        .iter()
                        .position(|s| s.label.as_deref() == Some(label))
                    {
                        Some(at) => at + 1,
                        None => {
                            errors.add(
                                &child.place,
                                format!("“{wanted}”里没有标签“{label}”"),
                                "那个情景里的标签",
                            );
                            0
                        }
                    },
                };
                // What the earlier scenario expects, it checks itself.
                let done = base.steps[..end].iter().filter(|s| {
                    matches!(
                        s.kind,
                        StepKind::Do(_) | StepKind::Correct(_) | StepKind::Now(_)
                    )
                });
                scenario.steps.extend(done.cloned());
            }
            "行" | "拒" | "更正" => {
                if let Some(doing) = reader.doing(child, &mut scenario.newcomers) {
                    let because = || {
                        let ids: Vec<String> = child
                            .properties
                            .iter()
                            .filter(|(key, _)| key == "因")
                            .filter_map(|(_, scalar)| Some((scalar.text(errors)?, scalar)))
                            .flat_map(|(text, scalar)| text.split('、').map(move |id| (id, scalar)))
                            .map(|(id, scalar)| {
                                reader.known_id(rules, id, scalar);
                                id.to_owned()
                            })
                            .collect();
                        ids
                    };
                    let kind = match child.name.as_str() {
                        "行" => StepKind::Do(doing),
                        "更正" => StepKind::Correct(doing),
                        _ => StepKind::Refused(doing, because()),
                    };
                    let label = child.property_text("标签", errors).map(str::to_owned);
                    scenario.steps.push(Step {
                        place: child.place.clone(),
                        label,
                        kind,
                    });
                }
            }
            "时" => {
                if let Some(day) = child.arguments.first().and_then(|s| read_day(s, errors)) {
                    let kind = StepKind::Now(Moment::from(day));
                    scenario.steps.push(Step {
                        place: child.place.clone(),
                        label: None,
                        kind,
                    });
                }
            }
            "望" => {
                if let Some(expectation) = reader.expectation(child, rules) {
                    let kind = StepKind::Expect(expectation);
                    scenario.steps.push(Step {
                        place: child.place.clone(),
                        label: None,
                        kind,
                    });
                }
            }
            _ => reader.newcomer(child, &mut scenario.newcomers),
        }
    }
    Some(scenario)
}

impl Reader<'_> {
    fn known_id(&self, rules: &Rules, id: &str, scalar: &Scalar) {
        let known = self
            .procedure
            .rules
            .iter()
            .any(|rule| rule.id == id || rule.rows.iter().any(|row| row == id))
            || rules
                .settings
                .iter()
                .any(|s| s.id == id || s.rows.iter().any(|row| row == id))
            || rules.rows.iter().any(|row| row.id == id)
            || rules.items.contains_key(id);
        if !known {
            let ids: Vec<&str> = self
                .procedure
                .rules
                .iter()
                .map(|rule| rule.id.as_str())
                .collect();
            let near = law::source::nearest(id, &ids)
                .map_or(String::new(), |near| format!(",是不是“{near}”"));
            self.errors.add(
                &scalar.place,
                format!("没有编号“{id}”"),
                format!("关系、条目或设定的编号{near}"),
            );
        }
    }

    /// `当事人 1 某公司 类型=法人`: a subject to come in, by the name of its kind.
    fn newcomer(&self, node: &Node, newcomers: &mut Vec<NewMember>) {
        let Some(index) = self
            .procedure
            .subjects
            .iter()
            .position(|s| s.name == node.name)
        else {
            let expected =
                "程序、覆盖、确认、设定、人员、裁量基准、审核目录、承、行、拒、时、望，或对象名称";
            self.errors.add(
                &node.place,
                format!("情景里不认识“{}”", node.name),
                expected,
            );
            return;
        };
        let Ok(domain) = u8::try_from(index).map(law::model::Domain) else {
            return;
        };
        let number = node
            .arguments
            .first()
            .and_then(|s| s.integer(self.errors))
            .and_then(|n| u32::try_from(n).ok());
        let (Some(number), Some(name)) = (number, node.argument(1, "名称", self.errors)) else {
            return;
        };
        let mut facts = Vec::new();
        for (key, scalar) in &node.properties {
            let Some(text) = scalar.text(self.errors) else {
                continue;
            };
            // 类型=法人 stands for the choice of this domain that has such an alternative.
            let found = self
                .procedure
                .facts
                .iter()
                .enumerate()
                .find_map(|(ix, fact)| match &fact.kind {
                    FactType::Choice(all)
                        if fact.domain == domain && (key == "类型" || fact.name == *key) =>
                    {
                        let choice = all.iter().position(|a| a.name == text)?;
                        Some((ix, Value::Choice(u16::try_from(choice).ok()?)))
                    }
                    _ => None,
                });
            match found {
                Some(fact) => facts.push(fact),
                None => self
                    .errors
                    .add(&scalar.place, format!("{key}={text}"), "对象的选项事实"),
            }
        }
        for child in &node.children {
            facts.extend(self.fact(child, None));
        }
        newcomers.push(NewMember {
            domain,
            number,
            name: name.to_owned(),
            facts,
        });
    }

    fn event(&self, node: &Node, index: usize) -> Option<EventIx> {
        let scalar = node.arguments.get(index);
        let Some(scalar) = scalar else {
            self.errors.add(&node.place, "没有写哪个行为", "行为名称");
            return None;
        };
        let events = self
            .names
            .events(scalar.text(self.errors)?, &scalar.place, self.errors);
        match events.as_slice() {
            [event] => Some(*event),
            [] => None,
            _ => {
                self.errors.add(
                    &scalar.place,
                    "这里看不出是哪一份文书",
                    "如 送达:处罚决定书",
                );
                None
            }
        }
    }

    fn number(&self, node: &Node, event: EventIx) -> u32 {
        let domain = self.procedure.events[event].domain;
        if domain == CASE {
            return 0;
        }
        let subject = &self.procedure.subjects[usize::from(domain.0)];
        let alias = match subject.class {
            SubjectClass::Evidence => "物品",
            _ => subject.name.as_str(),
        };
        let scalar = node
            .property(alias)
            .or_else(|| node.property(&subject.name));
        scalar
            .and_then(|s| s.integer(self.errors))
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(1)
    }

    fn doing(&self, node: &Node, newcomers: &mut [NewMember]) -> Option<Doing> {
        let event = self.event(node, 0)?;
        let Some(day) = node
            .arguments
            .get(1)
            .and_then(|scalar| read_day(scalar, self.errors))
        else {
            self.errors.add(
                &node.place,
                format!("“{}”没有日期", node.title()),
                "如 行 立案 \"2026-07-06\"",
            );
            return None;
        };
        let mut occurred = Moment::from(day);
        if let Some(time) = node.property_text("时", self.errors) {
            match Moment::parse(&format!("{day}T{time}")) {
                Ok(moment) => occurred = moment,
                Err(error) => self
                    .errors
                    .add(&node.place, error.to_string(), "时=\"09:30\""),
            }
        }
        let _ = newcomers;
        let declared = &self.procedure.events[event];
        let act = self.procedure.act_of(event);
        let document = declared.document;
        let mut facts: Vec<(FactIx, Value)> = Vec::new();
        let mut unsaid: Vec<FactIx> = Vec::new();
        let mut people: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut reasons = BTreeMap::new();
        for child in &node.children {
            match child.name.as_str() {
                "参加" => {
                    let words: Vec<&str> = child
                        .arguments
                        .iter()
                        .filter_map(|a| a.text(self.errors))
                        .collect();
                    if let Some((role, who)) = words.split_first() {
                        people.insert(
                            (*role).to_owned(),
                            who.iter().map(|p| (*p).to_owned()).collect(),
                        );
                    }
                }
                "理由" => {
                    let id = child.argument(0, "编号", self.errors)?;
                    let text = child.argument(1, "理由", self.errors)?;
                    reasons.insert(id.to_owned(), text.to_owned());
                }
                // 不填: left out although there is a default.
                _ if matches!(child.arguments.as_slice(), [only] if only.value == ScalarValue::Text("不填".to_owned())) =>
                {
                    let around = Around { document };
                    unsaid.extend(
                        self.names
                            .fact(&child.name, around, &child.place, self.errors),
                    );
                }
                _ => facts.extend(self.fact(child, document)),
            }
        }
        let own = facts.len();
        for required in declared.required.iter().chain(&declared.optional) {
            if unsaid.contains(required) || facts.iter().any(|(fact, _)| fact == required) {
                continue;
            }
            let name = &self.procedure.facts[*required].name;
            let base = name.split(':').next().unwrap_or(name);
            let fits = |node: &&&Node| node.name == *name || node.name == base;
            if let Some(default) = self.shared.defaults.iter().rev().find(fits) {
                facts.extend(self.fact(default, document));
            }
        }
        let mut taking = Vec::new();
        let extra = people
            .keys()
            .filter_map(|name| self.procedure.roles.iter().position(|r| r.name == *name));
        let mut roles: Vec<usize> = act.roles.clone();
        roles.extend(extra);
        roles.sort_unstable();
        roles.dedup();
        for name in people.keys() {
            if !self.procedure.roles.iter().any(|role| role.name == *name) {
                self.errors
                    .add(&node.place, format!("没有角色“{name}”"), "声明过的角色");
            }
        }
        for role in roles {
            let name = &self.procedure.roles[role].name;
            let who = people.get(name).or_else(|| self.shared.parts.get(name));
            taking.extend(
                who.into_iter()
                    .flatten()
                    .map(|person| (role, person.clone())),
            );
        }
        let number = self.number(node, event);
        let brings = (act.introduces == Some(declared.domain) && declared.domain != CASE)
            .then_some((declared.domain, number));
        Some(Doing {
            event,
            number,
            occurred,
            facts,
            people: taking,
            reasons,
            brings,
            own,
        })
    }

    fn fact(&self, node: &Node, document: Option<usize>) -> Option<(FactIx, Value)> {
        let fact = self
            .names
            .fact(&node.name, Around { document }, &node.place, self.errors)?;
        let declared = &self.procedure.facts[fact];
        if let FactType::Penalty = declared.kind {
            return Some((fact, Value::Penalty(self.penalty(node))));
        }
        let mut words = Vec::new();
        for scalar in &node.arguments {
            words.push(scalar.value.to_string());
        }
        match declared.parse(&words.join("、")) {
            Ok(value) => Some((fact, value)),
            Err(error) => {
                self.errors.add(
                    &node.place,
                    error.to_string(),
                    format!("{}的值", declared.kind.chinese()),
                );
                None
            }
        }
    }

    fn penalty(&self, node: &Node) -> Penalty {
        let mut kinds = Vec::new();
        let (mut fine, mut confiscation) = (Fen(0), Fen(0));
        let mut add = |name: &str, amount: Option<Fen>, place: &law::source::Place| {
            match PenaltyKind::from_chinese(name) {
                Some(kind) => {
                    kinds.push(kind);
                    match (kind, amount) {
                        (PenaltyKind::Fine, Some(amount)) => fine = amount,
                        (
                            PenaltyKind::GainsConfiscated | PenaltyKind::GoodsConfiscated,
                            Some(amount),
                        ) => {
                            confiscation = Fen(confiscation.0 + amount.0);
                        }
                        _ => {}
                    }
                }
                None => self.errors.add(
                    place,
                    format!("没有这种处罚：“{name}”"),
                    "行政处罚法第九条的种类",
                ),
            }
        };
        for scalar in &node.arguments {
            add(&scalar.value.to_string(), None, &scalar.place);
        }
        for (key, scalar) in &node.properties {
            let amount = match &scalar.value {
                ScalarValue::Integer(yuan) => Some(Fen::yuan(*yuan)),
                ScalarValue::Decimal(text) => Fen::parse_yuan(text).ok(),
                ScalarValue::Bool(false) => continue,
                _ => None,
            };
            add(key, amount, &scalar.place);
        }
        Penalty::new(kinds, fine, confiscation)
    }

    fn expectation(&self, node: &Node, rules: &Rules) -> Option<Expectation> {
        let what = node.argument(
            0,
            "到期、逾期、可、不可、应、不应、瑕疵、无瑕疵、提示、终结",
            self.errors,
        )?;
        let id = || {
            let scalar = node.arguments.get(1)?;
            let id = scalar.text(self.errors)?;
            self.known_id(rules, id, scalar);
            Some(id.to_owned())
        };
        let number = || {
            let kinds = self.procedure.subjects.iter();
            kinds
                .flat_map(|s| [s.name.as_str(), "物品"])
                .find_map(|key| node.property(key))
                .and_then(|s| s.integer(self.errors))
                .and_then(|n| u32::try_from(n).ok())
        };
        let missing = || {
            self.errors
                .add(&node.place, format!("“望 {what}”没有写完"), "编号或行为");
            None
        };
        match what {
            "到期" => {
                let (Some(id), Some(scalar)) = (id(), node.arguments.get(2)) else {
                    return missing();
                };
                let text = scalar.text(self.errors)?;
                let on = match Moment::parse(text) {
                    Ok(on) => on,
                    Err(error) => {
                        self.errors
                            .add(&scalar.place, error.to_string(), "如 \"2026-10-04\"");
                        return None;
                    }
                };
                Some(Expectation::Due {
                    id,
                    on,
                    number: number(),
                    provisional: node.flag("暂定"),
                })
            }
            "逾期" => id()
                .map(|id| Expectation::Overdue {
                    id,
                    number: number(),
                })
                .or_else(missing),
            "瑕疵" | "无瑕疵" => id()
                .map(|id| Expectation::Defect {
                    id,
                    expected: what == "瑕疵",
                })
                .or_else(missing),
            "提示" => id().map(|id| Expectation::Caution { id }).or_else(missing),
            "终结" => Some(Expectation::Closed),
            "可" => {
                let event = self.event(node, 1)?;
                Some(Expectation::May {
                    event,
                    number: self.number(node, event),
                })
            }
            "不可" => {
                let event = self.event(node, 1)?;
                let because = node.property("因").and_then(|scalar| {
                    let id = scalar.text(self.errors)?;
                    self.known_id(rules, id, scalar);
                    Some(id.to_owned())
                });
                Some(Expectation::MayNot {
                    event,
                    number: self.number(node, event),
                    because,
                })
            }
            "应" | "不应" => {
                let event = self.event(node, 1)?;
                Some(Expectation::Owed {
                    event,
                    number: self.number(node, event),
                    expected: what == "应",
                })
            }
            other => {
                let expected = "到期、逾期、可、不可、应、不应、瑕疵、无瑕疵、提示、终结";
                self.errors
                    .add(&node.place, format!("“望 {other}”"), expected);
                None
            }
        }
    }
}
