//! Whether the items of the catalog are in effect: each is proposed with a fine just beyond what it provides for.

use std::sync::Arc;

use law::Rules;
use law::catalog::{Addressee, FineRange, Item, Measure};
use law::engine::{ObstacleKind, obstacles};
use law::fact::{FactType, Value};
use law::model::{EventIx, FactIx, Procedure, RuleIx, SubjectClass};
use law::truth::Truth;
use vocabulary::{Day, Fen, Moment, Penalty, PenaltyKind, Quantity};

use super::{Evidence, State};
use crate::case::Case;
use crate::command::Command;
use crate::context::Context;
use crate::derive::{self, Derived};
use crate::live::Live;

/// The derived fact that measures a fine by its item.
const IN_RANGE: &str = "fine_in_range";
/// The derived fact that tells whether an item may still be chosen.
const IN_FORCE: &str = "item_in_force";
/// What measures are tried with: ten square meters, a thousand yuan.
const QUANTITY: Quantity = Quantity::whole(10);
const BASE: Fen = Fen(100_000);

/// An act that names item and fine, and the rules that judge them.
pub(super) struct Probe {
    procedure: Arc<Procedure>,
    event: EventIx,
    item: FactIx,
    penalty: FactIx,
    range_rule: RuleIx,
    force_rule: Option<RuleIx>,
    /// With every item, and with one of them taken out at a time.
    whole: Context,
    lacking: Context,
    /// A day on which every statute of the register is in force.
    on: Day,
}

impl Probe {
    /// The first act of the procedures whose fine is measured by an item.
    pub(super) fn of(rules: &Arc<Rules>) -> Option<Probe> {
        let on = rules.statutes.iter().filter_map(|it| it.from).max()?;
        let found = rules.procedures.iter().find_map(|procedure| {
            let reading = |algorithm: &'static str| {
                let derived = move |fact: &FactIx| {
                    procedure.facts[*fact].derived_by.as_deref() == Some(algorithm)
                };
                let edges = procedure.requirements.iter();
                edges.filter(move |edge| edge.must.facts().iter().any(derived))
            };
            let (edge, item, penalty) = reading(IN_RANGE).find_map(|edge| {
                let event = &procedure.events[edge.target];
                let subject = &procedure.subjects[usize::from(event.domain.0)];
                let asks = |kind: FactType| {
                    let mut required = event.required.iter();
                    required.find(|fact| procedure.facts[**fact].kind == kind)
                };
                let (item, penalty) = (asks(FactType::Item)?, asks(FactType::Penalty)?);
                (subject.class == SubjectClass::Party).then_some((edge, *item, *penalty))
            })?;
            let force_rule = reading(IN_FORCE)
                .find(|other| other.target == edge.target)
                .map(|other| other.rule);
            Some((procedure, edge.target, item, penalty, edge.rule, force_rule))
        });
        let (procedure, event, item, penalty, range_rule, force_rule) = found?;
        let lacking = Rules {
            procedures: Vec::new(),
            scenarios: Vec::new(),
            ..rules.as_ref().clone()
        };
        Some(Probe {
            procedure: Arc::new(procedure.clone()),
            event,
            item,
            penalty,
            range_rule,
            force_rule,
            whole: Context::of(Arc::clone(rules)),
            lacking: Context::of(Arc::new(lacking)),
            on,
        })
    }

    /// What the item is shown to do.
    pub(super) fn evidence(&mut self, item: &Item) -> Evidence {
        let taken = Arc::make_mut(&mut self.lacking.rules)
            .items
            .remove(&item.id);
        let evidence = self.judged(item);
        if let Some(taken) = taken {
            let items = &mut Arc::make_mut(&mut self.lacking.rules).items;
            items.insert(item.id.clone(), taken);
        }
        evidence
    }

    fn judged(&self, item: &Item) -> Evidence {
        let nothing = |reason: String| Evidence {
            state: State::Pending,
            place: item.place.clone(),
            reason,
        };
        let mut told = Vec::new();
        let mut is_measured = true;
        let plain = [None];
        let ranges: Vec<Option<&FineRange>> = if item.fines.is_empty() {
            plain.to_vec()
        } else {
            item.fines.iter().map(Some).collect()
        };
        // The eve of the day from which it may no longer be chosen.
        let stopped = item.superseded.as_ref().and_then(|it| it.from);
        let on = stopped.map_or(self.on, |from| from.plus_days(-1));
        for range in ranges {
            let tried = self.tried(item, range, on);
            match tried {
                Ok(Tried::Refused(text)) => told.push(text),
                Ok(Tried::NotMeasured(text)) => {
                    is_measured = false;
                    told.push(text);
                }
                Err(text) => return nothing(text),
            }
        }
        told.dedup();
        if let (Some(from), Some(rule)) = (stopped, self.force_rule) {
            match self.stopped(item, from, rule) {
                Ok(text) => told.insert(0, text),
                Err(text) => return nothing(text),
            }
        }
        Evidence {
            state: if is_measured {
                State::Enforced
            } else {
                State::Shown
            },
            place: item.place.clone(),
            reason: told.join("；"),
        }
    }

    /// A fine just beyond what the item admits in the circumstances of a range.
    fn tried(&self, item: &Item, range: Option<&FineRange>, on: Day) -> Result<Tried, String> {
        let id = &self.procedure.rules[self.range_rule].id;
        let at = |fine: Fen| self.command(item, range, fine, on);
        let most = self
            .look(&self.whole, &at(Fen(0)), self.range_rule)
            .most
            .ok_or_else(|| "幅度算不出来".to_owned())?;
        let beyond = Fen(most.0.saturating_add(1));
        let (at_most, above) = (
            self.look(&self.whole, &at(most), self.range_rule),
            self.look(&self.whole, &at(beyond), self.range_rule),
        );
        let without = self.look(&self.lacking, &at(beyond), self.range_rule);
        if without.refused || without.derived.is_some() {
            return Err("删去这个事项，罚款仍照它核对".to_owned());
        }
        let Some(derived) = above.derived else {
            return Err("罚款没有照这个事项核对".to_owned());
        };
        if item.amounts_unknown && !above.refused && !derived.detail.is_empty() {
            return Ok(Tried::NotMeasured(derived.detail));
        }
        if !above.refused || at_most.refused {
            return Err(format!("罚款{beyond}没有被拒绝，或者{most}被拒绝"));
        }
        Ok(Tried::Refused(format!(
            "{}；“{id}”拒绝，删去这个事项后不再核对",
            derived.detail
        )))
    }

    /// The item on the day from which it may no longer be chosen.
    fn stopped(&self, item: &Item, from: Day, rule: RuleIx) -> Result<String, String> {
        let range = item.fines.first();
        let found = |on: Day| {
            let command = self.command(item, range, Fen(0), on);
            self.look(&self.whole, &command, rule)
        };
        let (eve, day) = (found(from.plus_days(-1)), found(from));
        if eve.refused || !day.refused {
            return Err(format!("自{from}起停用，选用却没有被拒绝"));
        }
        let told = day.derived.map(|it| it.detail).unwrap_or_default();
        let id = &self.procedure.rules[rule].id;
        Ok(format!("{told}；选用的，“{id}”拒绝"))
    }

    /// The act with what a range depends on.
    fn command(&self, item: &Item, range: Option<&FineRange>, fine: Fen, on: Day) -> Command {
        let procedure = &self.procedure;
        let mut command = Command::new(self.event, 1, Moment::from(on));
        let penalty = Penalty::new(vec![PenaltyKind::Fine], fine, Fen(0));
        command
            .facts
            .push((self.item, Value::Item(item.id.clone())));
        command.facts.push((self.penalty, Value::Penalty(penalty)));
        let mut say = |id: &str, value: &dyn Fn(FactIx) -> Option<Value>| {
            if let Some(fact) = procedure.fact(id)
                && let Some(value) = value(fact)
            {
                command.facts.push((fact, value));
            }
        };
        let alternative = |fact: FactIx, id: &str| match &procedure.facts[fact].kind {
            FactType::Choice(all) | FactType::Choices(all) => {
                let at = all.iter().position(|it| it.id == id)?;
                u16::try_from(at).ok()
            }
            _ => None,
        };
        let kind = match range.map(|range| range.addressee) {
            Some(Addressee::Person) => "citizen",
            _ => "legal_person",
        };
        let circumstance = range.and_then(|range| range.circumstance.as_deref());
        let gains = if circumstance == Some(derive::NO_GAINS) {
            Fen(0)
        } else {
            BASE
        };
        say("party_kind", &|fact| {
            alternative(fact, kind).map(Value::Choice)
        });
        say("circumstances", &|fact| {
            alternative(fact, "ordinary").map(|at| Value::Choices(vec![at]))
        });
        say("is_serious", &|_| {
            Some(Value::Bool(circumstance == Some(derive::SERIOUS)))
        });
        let counts = range.is_some_and(|range| range.measure != Measure::Fixed);
        say("penalized_quantity", &|_| {
            counts.then_some(Value::Quantity(QUANTITY))
        });
        say("illegal_gains", &|_| Some(Value::Money(gains)));
        say("fee_due", &|_| Some(Value::Money(BASE)));
        command
    }

    fn look(&self, context: &Context, command: &Command, rule: RuleIx) -> Looked {
        let mut case = Case::new(Arc::clone(&self.procedure));
        let domain = self.procedure.events[self.event].domain;
        case.add_member(domain, command.number, "甲".to_owned());
        let live = Live {
            command: Some(command),
            ..Live::of(&case, context, 0, command.occurred)
        };
        let mut looked = Looked {
            derived: None,
            refused: false,
            most: derive::heaviest_fine(&live, 0),
        };
        for edge in &self.procedure.requirements {
            if edge.rule == rule && edge.target == self.event {
                let facts = edge.must.facts();
                let mut by = facts
                    .iter()
                    .filter_map(|fact| self.procedure.facts[*fact].derived_by.as_deref());
                looked.derived = by.find_map(|by| derive::derive(by, &live, 0));
            }
        }
        obstacles(&live, self.event, 0, &mut |obstacle| {
            let is_requirement = matches!(obstacle.kind, ObstacleKind::Requirement(_));
            looked.refused |=
                is_requirement && obstacle.rule == Some(rule) && obstacle.certainty == Truth::True;
        });
        looked
    }
}

/// What came of an attempt.
enum Tried {
    /// The fine beyond is refused; how it is told.
    Refused(String),
    /// There are no amounts to measure it by; how it is told.
    NotMeasured(String),
}

/// What the engine says of an act.
struct Looked {
    derived: Option<Derived>,
    refused: bool,
    most: Option<Fen>,
}
