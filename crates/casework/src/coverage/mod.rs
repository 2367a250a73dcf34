//! Which rows of the legal baseline are in effect: computed, never claimed.
//!
//! A row is *enforced* when a scenario runs as written, and no longer does once everything that carries the row is
//! deleted from a copy of the rules: relations, settings, kinds of document, the demands for an act, an alternative
//! in every comparison. An item carries its row: a fine just beyond its range is refused, and no longer measured
//! without it. A row that is told to people or asked of them without a consequence is *shown*.

mod items;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use law::Rules;
use law::catalog::{Row, RowState};
use law::fact::Value;
use law::model::{ActIx, Carried, Carrier, EventIx, Procedure, RuleIx, Strength};
use law::source::Place;
use serde::Serialize;

use crate::scenario::{Expectation, Scenario, StepKind, run};
use items::Probe;

/// Of how many carriers of a row the text tells.
const TOLD: usize = 3;

/// How a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Shown by deletion to be in effect.
    Enforced,
    /// Told to people, or done by them, without a consequence.
    Shown,
    /// Not a matter of this procedure.
    NotApplicable,
    /// Not in effect yet.
    Pending,
}

/// The state of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Covered {
    /// Row id.
    pub id: String,
    /// What it says.
    pub title: String,
    /// The table of the baseline that it stands in.
    pub table: String,
    /// Its state.
    pub state: State,
    /// `file:line` of what carries it.
    #[serde(rename = "where")]
    pub place: String,
    /// Which scenario shows it, or why not.
    pub reason: String,
}

/// What was found of a row.
struct Evidence {
    state: State,
    place: Place,
    reason: String,
}

/// A procedure with the scenarios that run as written.
struct Tested<'a> {
    procedure: &'a Procedure,
    passing: Vec<&'a Scenario>,
}

/// The state of every row.
pub fn coverage(rules: &Arc<Rules>, scenarios: &[Scenario]) -> Vec<Covered> {
    let tested: Vec<Tested<'_>> = rules
        .procedures
        .iter()
        .map(|procedure| {
            let shared = Arc::new(procedure.clone());
            let passing = scenarios.iter().filter(|scenario| {
                scenario.procedure == procedure.id && run(scenario, rules, &shared).1.is_empty()
            });
            Tested {
                procedure,
                passing: passing.collect(),
            }
        })
        .collect();
    let mut probe = Probe::of(rules);
    rules
        .rows
        .iter()
        .map(|row| {
            let found = covered(rules, &tested, &mut probe, row);
            Covered {
                id: row.id.clone(),
                title: row.title.clone(),
                table: row.table.clone(),
                state: found.state,
                place: format!("{}:{}", found.place.file, found.place.line),
                reason: found.reason,
            }
        })
        .collect()
}

/// Says of the rows that the record puts into effect what came of trying to alter it: casework knows no record.
pub fn tried_on_record(covered: &mut [Covered], rules: &Rules, tried: Option<&str>) {
    for (row, found) in rules.rows.iter().zip(covered) {
        if let (RowState::Record(how), Some(tried)) = (&row.state, tried) {
            found.state = State::Enforced;
            found.reason = format!("{how}；{tried}");
        }
    }
}

/// What is found counts; what the file says of a row, only where nothing carries it.
fn covered(
    rules: &Arc<Rules>,
    tested: &[Tested<'_>],
    probe: &mut Option<Probe>,
    row: &Row,
) -> Evidence {
    let said = |state: State, reason: &str| Evidence {
        state,
        place: row.place.clone(),
        reason: reason.to_owned(),
    };
    if let RowState::NotApplicable(reason) = &row.state {
        return said(State::NotApplicable, reason);
    }
    let by_item = rules.items.get(&row.id).zip(probe.as_mut());
    let mut best = by_item.map(|(item, probe)| probe.evidence(item));
    for it in tested {
        if best.as_ref().is_some_and(|it| it.state == State::Enforced) {
            break;
        }
        let found = it.evidence(rules, row);
        best = match (best, found) {
            (Some(best), Some(found)) if found.state < best.state => Some(found),
            (None, found) => found,
            (best, _) => best,
        };
    }
    let by_register = rules.register_rules.iter().find(|rule| rule.id == row.id);
    if let Some(rule) = by_register
        && best.as_ref().is_none_or(|it| it.state == State::Pending)
    {
        return Evidence {
            state: State::Shown,
            place: rule.place.clone(),
            reason: format!(
                "登记（{}）的页面上提醒或者不予公示：{}",
                rule.registers.join("、"),
                rule.title
            ),
        };
    }
    match (best, &row.state) {
        (Some(best), RowState::Active) => best,
        (Some(best), _) if best.state != State::Pending => best,
        (_, RowState::Pending(reason) | RowState::Record(reason)) => said(State::Pending, reason),
        _ => said(State::Pending, "没有规则落实它"),
    }
}

/// Everything in a procedure that carries a row.
struct Carriers<'a> {
    rules: Vec<RuleIx>,
    settings: Vec<usize>,
    others: Vec<&'a Carrier>,
}

impl Tested<'_> {
    /// What this procedure does about a row; nothing when nothing in it carries the row.
    fn evidence(&self, rules: &Arc<Rules>, row: &Row) -> Option<Evidence> {
        let carriers = self.carriers(&row.id);
        let first = self.first(&carriers)?;
        if let Some(found) = self.by_deletion(rules, row, &carriers, &first) {
            return Some(found);
        }
        if let Some(found) = carriers.others.iter().find_map(|it| self.done(it)) {
            return Some(found);
        }
        let is_logged = carriers.rules.first().is_some_and(|rule| {
            self.procedure.rules[*rule].strength == Strength::Log && carriers.settings.is_empty()
        });
        Some(if is_logged {
            Evidence {
                state: State::Shown,
                place: first,
                reason: "只作提示和记录".to_owned(),
            }
        } else {
            Evidence {
                state: State::Pending,
                place: first,
                reason: "有规则，还没有情景能显示它起作用".to_owned(),
            }
        })
    }

    fn carriers(&self, row: &str) -> Carriers<'_> {
        let procedure = self.procedure;
        let carries = |rule: &RuleIx| {
            let rule = &procedure.rules[*rule];
            rule.id == row || rule.rows.iter().any(|it| it == row)
        };
        let holds = |setting: &usize| procedure.settings[*setting].rows.iter().any(|it| it == row);
        Carriers {
            rules: (0..procedure.rules.len()).filter(carries).collect(),
            settings: (0..procedure.settings.len()).filter(holds).collect(),
            others: procedure
                .carriers
                .iter()
                .filter(|it| it.row == row)
                .collect(),
        }
    }

    /// Where the row is carried.
    fn first(&self, carriers: &Carriers<'_>) -> Option<Place> {
        let rule = carriers.rules.first();
        let setting = carriers.settings.first();
        let place = rule
            .map(|rule| &self.procedure.rules[*rule].place)
            .or(carriers.others.first().map(|it| &it.place))
            .or(setting.map(|setting| &self.procedure.settings[*setting].place));
        place.cloned()
    }

    /// A scenario that no longer runs as written once everything that carries the row is deleted.
    fn by_deletion(
        &self,
        rules: &Arc<Rules>,
        row: &Row,
        carriers: &Carriers<'_>,
        place: &Place,
    ) -> Option<Evidence> {
        let mut ids: BTreeSet<&str> = BTreeSet::from([row.id.as_str()]);
        let demands = |rule: &RuleIx| {
            let rule = &self.procedure.rules[*rule];
            std::iter::once(rule.id.as_str()).chain(rule.rows.iter().map(String::as_str))
        };
        for rule in &carriers.rules {
            ids.insert(&self.procedure.rules[*rule].id);
        }
        for setting in &carriers.settings {
            ids.insert(&self.procedure.settings[*setting].id);
        }
        let mut asked: Vec<RuleIx> = Vec::new();
        for carrier in &carriers.others {
            match carrier.what {
                Carried::Act(act) => asked.extend(self.procedure.demands_of(&self.events(act))),
                Carried::Fact(fact) => asked.extend(self.procedure.readers_of(fact)),
                Carried::Document(_) | Carried::Alternative(..) => {}
            }
        }
        ids.extend(asked.iter().flat_map(demands));
        let mut candidates = self
            .passing
            .iter()
            .filter(|it| self.concerns(it, carriers, &ids, &row.id))
            .peekable();
        candidates.peek()?;
        let diminished = Arc::new(self.without(row, carriers));
        candidates.find_map(|scenario| {
            // A setting that is gone has no value of the agency either.
            let mut unset = Cow::Borrowed(*scenario);
            for setting in &carriers.settings {
                let id = &self.procedure.settings[*setting].id;
                if unset.values.contains_key(id) {
                    unset.to_mut().values.remove(id);
                }
            }
            let (_, failures) = run(&unset, rules, &diminished);
            let failure = failures.first()?;
            Some(Evidence {
                state: State::Enforced,
                place: place.clone(),
                reason: format!(
                    "{}情景“{}”（{}:{}）删去后失败：{}",
                    self.how(carriers),
                    scenario.name,
                    scenario.place.file,
                    scenario.place.line,
                    failure.text
                ),
            })
        })
    }

    fn events(&self, act: ActIx) -> Vec<EventIx> {
        let all = 0..self.procedure.events.len();
        all.filter(|event| self.procedure.events[*event].act == act)
            .collect()
    }

    /// What puts the row into effect, where that is no relation: who issues the document, which act makes the form.
    fn how(&self, carriers: &Carriers<'_>) -> String {
        let mut all: Vec<String> = Vec::new();
        for carrier in &carriers.others {
            let text = self.told(carrier);
            if !all.contains(&text) {
                all.push(text);
            }
        }
        let more = match all.len() {
            0 => return String::new(),
            n if n > TOLD => format!("等{n}项"),
            _ => String::new(),
        };
        all.truncate(TOLD);
        format!("{}{more}；", all.join("、"))
    }

    fn told(&self, carrier: &Carrier) -> String {
        let procedure = self.procedure;
        match carrier.what {
            Carried::Document(document) => {
                let issuers = procedure
                    .events
                    .iter()
                    .filter(|event| event.issues.contains(&document));
                let issuers: Vec<String> = issuers.map(|it| format!("【{}】", it.name)).collect();
                let name = &procedure.documents[document].name;
                format!("{}出具{name}", issuers.concat())
            }
            Carried::Act(act) => format!("由【{}】形成", procedure.acts[act].name),
            Carried::Alternative(fact, at) => {
                let fact = &procedure.facts[fact];
                let alternative = fact.alternatives().get(usize::from(at));
                let name = alternative.map_or("", |it| it.name.as_str());
                format!("“{}”里的“{name}”", fact.name)
            }
            Carried::Fact(fact) => format!("“{}”", procedure.facts[fact].name),
        }
    }

    /// The procedure without anything that carries the row.
    fn without(&self, row: &Row, carriers: &Carriers<'_>) -> Procedure {
        let mut copy = self
            .procedure
            .without(|rule| rule.id == row.id || rule.rows.contains(&row.id));
        for setting in &carriers.settings {
            copy.settings[*setting].value = None;
        }
        if carriers.others.is_empty() {
            return copy;
        }
        let mut acts = Vec::new();
        for carrier in &carriers.others {
            match carrier.what {
                Carried::Document(document) => copy.drop_document(document),
                Carried::Act(act) => acts.extend(self.events(act)),
                Carried::Alternative(fact, at) => copy.drop_alternative(fact, at),
                Carried::Fact(fact) => copy.drop_fact(fact),
            }
        }
        // Of several acts that make one form, none is demanded.
        copy.drop_demands(&acts);
        copy.reindex();
        copy
    }

    /// Whether a scenario can tell whether the row is in effect.
    fn concerns(
        &self,
        scenario: &Scenario,
        carriers: &Carriers<'_>,
        ids: &BTreeSet<&str>,
        row: &str,
    ) -> bool {
        let means = |id: &String| {
            ids.contains(id.as_str())
                || carriers
                    .rules
                    .iter()
                    .any(|rule| self.procedure.rules[*rule].id == *id)
        };
        let covers = scenario.covers.iter().any(|id| id == row);
        if !carriers.settings.is_empty() && covers {
            return true;
        }
        scenario.steps.iter().any(|step| match &step.kind {
            StepKind::Refused(doing, because) => {
                because.iter().any(means) || carriers.others.iter().any(|it| self.tells(doing, it))
            }
            StepKind::Expect(expectation) => match expectation {
                Expectation::Due { id, .. }
                | Expectation::Overdue { id, .. }
                | Expectation::Caution { id } => means(id),
                Expectation::Defect { id, expected: true } => means(id),
                Expectation::MayNot {
                    because: Some(id), ..
                } => means(id),
                Expectation::Owed {
                    event,
                    expected: true,
                    ..
                } => {
                    carriers.others.iter().any(|it| self.is_of(*event, it))
                        || self.procedure.responses.iter().any(|edge| {
                            carriers.rules.contains(&edge.rule) && edge.targets.contains(event)
                        })
                }
                _ => false,
            },
            StepKind::Do(doing) => carriers.others.iter().any(|it| self.tells(doing, it)),
            StepKind::Correct(_) | StepKind::Now(_) => false,
        })
    }

    fn is_of(&self, event: EventIx, carrier: &Carrier) -> bool {
        match carrier.what {
            Carried::Document(document) => self.procedure.events[event].document == Some(document),
            Carried::Act(act) => self.procedure.events[event].act == act,
            Carried::Alternative(..) | Carried::Fact(_) => false,
        }
    }

    /// Whether an act of a scenario goes otherwise without the carrier, or might.
    fn tells(&self, doing: &crate::scenario::Doing, carrier: &Carrier) -> bool {
        match carrier.what {
            Carried::Document(_) => self.is_of(doing.event, carrier),
            // That an act is done does not tell that it is demanded.
            Carried::Act(_) => false,
            Carried::Alternative(fact, at) => {
                let mut said = doing.facts.iter().filter(|(said, _)| *said == fact);
                said.any(|(_, value)| match value {
                    Value::Choice(one) => *one == at,
                    Value::Choices(many) => !many.contains(&at),
                    _ => false,
                })
            }
            Carried::Fact(fact) => doing.facts.iter().any(|(said, _)| *said == fact),
        }
    }

    /// A scenario in which the carrier is seen, although nothing depends on it.
    fn done(&self, carrier: &Carrier) -> Option<Evidence> {
        let procedure = self.procedure;
        let shows = |doing: &crate::scenario::Doing| match carrier.what {
            Carried::Document(document) => procedure.events[doing.event].issues.contains(&document),
            Carried::Act(act) => procedure.events[doing.event].act == act,
            Carried::Alternative(fact, at) => {
                let mut said = doing.facts.iter().filter(|(said, _)| *said == fact);
                said.any(|(_, value)| match value {
                    Value::Choice(one) => *one == at,
                    Value::Choices(many) => many.contains(&at),
                    _ => false,
                })
            }
            Carried::Fact(fact) => doing.facts.iter().any(|(said, _)| *said == fact),
        };
        let scenario = self.passing.iter().find(|scenario| {
            let mut steps = scenario.steps.iter();
            steps.any(|step| matches!(&step.kind, StepKind::Do(doing) if shows(doing)))
        })?;
        Some(Evidence {
            state: State::Shown,
            place: carrier.place.clone(),
            reason: format!(
                "{}，情景“{}”（{}:{}）里有",
                self.told(carrier),
                scenario.name,
                scenario.place.file,
                scenario.place.line
            ),
        })
    }
}
