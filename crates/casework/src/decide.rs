//! The one decision: what performing an act leads to, or the legal reason why it may not be done.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use law::condition::Condition;
use law::engine::{self, Effect, Obstacle, ObstacleKind, World};
use law::fact::{NAME_LONGEST, TEXT_LONGEST, Value, check_words};
use law::model::{ActClass, CASE, Domain, FactIx, Procedure, Strength};
use law::truth::Truth;
use vocabulary::Moment;

use crate::case::Case;
use crate::command::Command;
use crate::consequences::Recorder;
pub use crate::consequences::{is_after, recount};
use crate::context::Context;
use crate::derive;
use crate::entry::{ActPerformed, Consequence, Entry, NewSubject, Participant};
use crate::evolve::{self, evolve};
use crate::live::Live;
use crate::refusal::{Ground, GroundKind, Refusal, ground};

/// A case with the entries that made it.
#[derive(Clone, Debug)]
pub struct History {
    /// The entries, in the order of recording.
    pub entries: Vec<Entry>,
    /// The case as they leave it.
    pub case: Case,
}

/// What is to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The entry.
    pub entry: Entry,
    /// Numbers that it puts onto documents; those not given are known once it is recorded.
    pub numbers: Vec<WantedNumber>,
}

/// A number (文号) that an act puts onto a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedNumber {
    /// The fact that holds it.
    pub fact: String,
    /// The kind of document that counts up.
    pub series: String,
    /// On a pre-numbered form: the number that stands there.
    pub given: Option<String>,
    /// The prefix of those who exercise the power here, by the power map; empty where it is the agency's own.
    pub prefix: String,
}

impl History {
    /// A case of which nothing is recorded yet.
    pub fn new(procedure: Arc<Procedure>) -> History {
        History {
            entries: Vec::new(),
            case: Case::new(procedure),
        }
    }

    /// Reads recorded entries.
    pub fn read(procedure: Arc<Procedure>, entries: impl IntoIterator<Item = Entry>) -> History {
        let mut history = History::new(procedure);
        entries.into_iter().for_each(|entry| history.push(entry));
        history
    }

    /// Adds a recorded entry.
    pub fn push(&mut self, entry: Entry) {
        let number = self.next_number();
        evolve(&mut self.case, number, &entry);
        self.entries.push(entry);
    }

    /// Adds a recorded entry under its number, where earlier ones are left out.
    pub(crate) fn push_numbered(&mut self, number: u32, entry: Entry) {
        evolve(&mut self.case, number, &entry);
        self.entries.push(entry);
    }

    /// Fills in what the last entry was given when it was recorded: the number (文号) of one of its acts.
    pub fn fill(&mut self, within: usize, fact: &str, text: &str) {
        let number = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let Some(act) = self.entries.last_mut().and_then(|entry| match entry {
            Entry::Act(act) => Some(act.as_mut()),
            Entry::TakenOver(taken) => taken.acts.get_mut(within),
            Entry::CalendarSettled { .. } | Entry::Corrected(_) | Entry::PartsDestroyed(_) => None,
        }) else {
            return;
        };
        act.facts.insert(fact.to_owned(), text.into());
        evolve::say(&mut self.case, act, fact, (number, within));
    }

    /// The number of the entry that comes next, from 1.
    pub fn next_number(&self) -> u32 {
        u32::try_from(self.entries.len() + 1).unwrap_or(u32::MAX)
    }

    /// The case as it stood at a moment: an act recorded late is judged on this.
    pub fn as_of(&self, at: Moment) -> Cow<'_, Case> {
        if self.case.last_occurred().is_none_or(|last| last <= at) {
            return Cow::Borrowed(&self.case);
        }
        let mut case = Case::new(Arc::clone(&self.case.procedure));
        evolve::evolve_until(&mut case, &self.entries, at);
        Cow::Owned(case)
    }
}

/// What performing `command` leads to, or the legal reason why it may not be done.
///
/// Pure: `now` is an argument. An act that the agency makes is refused when unlawful; one that happened in the world
/// is recorded with its departures.
pub fn decide(
    history: &History,
    context: &Context,
    command: &Command,
    now: Moment,
) -> Result<Draft, Refusal> {
    let act = drafted(history, context, command, now, Telling::Daily)?;
    let mut numbers = numbers_of(&history.case.procedure, &act);
    if !numbers.is_empty() {
        let prefix = prefix(history, context, command);
        for wanted in &mut numbers {
            wanted.prefix.clone_from(&prefix);
        }
    }
    Ok(Draft {
        entry: Entry::Act(Box::new(act)),
        numbers,
    })
}

/// The prefix of the numbers of a party's documents, as the power map has it on the day of the act; empty for what is not
/// about a party.
fn prefix(history: &History, context: &Context, command: &Command) -> String {
    let case = &history.case;
    let domain = case.procedure.events[command.event].domain;
    let Some(member) = case.member(domain, command.number) else {
        return String::new();
    };
    let live = Live {
        command: Some(command),
        ..Live::of(case, context, member, command.occurred)
    };
    match derive::party::domain(&live) {
        Some(parties) if parties == domain => derive::number_prefix(&live, member),
        _ => String::new(),
    }
}

/// How an act comes to be told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Telling {
    /// In daily work: gates hold.
    Daily,
    /// As history from elsewhere: what departs from the law is said, what nobody wrote down is missing.
    TakenOver,
}

/// The act with its consequences, judged.
pub(crate) fn drafted(
    history: &History,
    context: &Context,
    command: &Command,
    now: Moment,
    telling: Telling,
) -> Result<ActPerformed, Refusal> {
    let procedure = Arc::clone(&history.case.procedure);
    let event = &procedure.events[command.event];
    let refuse = |grounds: Vec<Ground>| Refusal {
        act: event.name.clone(),
        grounds,
    };
    let mut wrong_input = input_grounds(&procedure, context, command, now);
    if telling == Telling::TakenOver {
        let is_unknown = |ground: &Ground| ground.kind == GroundKind::FactMissing;
        wrong_input.retain(|ground| !is_unknown(ground) || ground.field.as_deref() == Some("name"));
    }
    if !wrong_input.is_empty() {
        return Err(refuse(wrong_input));
    }
    let judged_on = with_newcomers(history.as_of(command.occurred), command);
    let current = if matches!(judged_on, Cow::Borrowed(_)) {
        Cow::Borrowed(judged_on.as_ref())
    } else {
        with_newcomers(Cow::Borrowed(&history.case), command)
    };
    let no_subject = || {
        refuse(vec![Ground {
            kind: GroundKind::NoSuchSubject,
            rule: None,
            rows: Vec::new(),
            field: None,
            text: format!("本案在{}没有这个对象", command.occurred.day),
        }])
    };
    let member = judged_on
        .member(event.domain, command.number)
        .ok_or_else(no_subject)?;
    let live = |case| Live {
        command: Some(command),
        ..Live::of(case, context, member, command.occurred)
    };
    let judging = live(judged_on.as_ref());
    let mut obstacles = Vec::new();
    engine::obstacles(&judging, command.event, member, &mut |obstacle| {
        obstacles.push(obstacle)
    });
    let class = match telling {
        Telling::Daily => procedure.act_of(command.event).class,
        Telling::TakenOver => ActClass::HappenedOutside,
    };
    let judged = weigh(&judging, command, class, obstacles);
    if !judged.refused.is_empty() {
        let grounds = judged
            .refused
            .iter()
            .map(|obstacle| grounds_of(&judging, command, obstacle))
            .collect();
        return Err(refuse(grounds));
    }
    let member = current
        .member(event.domain, command.number)
        .ok_or_else(no_subject)?;
    let world = Live {
        member,
        ..live(current.as_ref())
    };
    let mut recorder = Recorder::new(&world, command);
    let mut effects = Vec::new();
    newcomer_effects(&world, command, &mut effects);
    engine::effects(
        &world,
        command.event,
        member,
        &judged.departures,
        &mut |effect| effects.push(effect),
    );
    effects
        .into_iter()
        .for_each(|effect| recorder.record(effect));
    if class == ActClass::MadeHere && !recorder.undetermined.is_empty() {
        return Err(refuse(recorder.undetermined));
    }
    let consequences = recorder.consequences;
    let mut act = entry(&procedure, command, consequences, judged.cautions);
    // What was begun elsewhere was weighed elsewhere.
    if telling == Telling::Daily {
        act.receipt = derive::receipt_of_act(&judging).map(Box::new);
    }
    Ok(act)
}

/// The numbers that the act puts onto its documents.
pub(crate) fn numbers_of(procedure: &Procedure, act: &ActPerformed) -> Vec<WantedNumber> {
    let Some(event) = procedure.event(&act.event) else {
        return Vec::new();
    };
    let wanted = procedure.events[event].numbered.iter().filter_map(|fact| {
        let declared = &procedure.facts[*fact];
        let given = act.facts.get(&declared.id).and_then(|json| json.as_str());
        Some(WantedNumber {
            fact: declared.id.clone(),
            series: declared.series.clone()?,
            given: given.map(str::to_owned),
            prefix: String::new(),
        })
    });
    wanted.collect()
}

/// The act as it is recorded.
pub(crate) fn entry(
    procedure: &Procedure,
    command: &Command,
    consequences: Vec<Consequence>,
    cautions: Vec<String>,
) -> ActPerformed {
    let event = &procedure.events[command.event];
    let subject_kind = |domain: Domain| procedure.subjects[usize::from(domain.0)].id.clone();
    let mut facts: BTreeMap<String, serde_json::Value> = BTreeMap::new();
    for (fact, value) in &command.facts {
        facts.insert(
            procedure.facts[*fact].id.clone(),
            procedure.facts[*fact].to_json(value),
        );
    }
    for newcomer in &command.introduces {
        for (fact, value) in &newcomer.facts {
            let declared = &procedure.facts[*fact];
            facts.insert(
                format!("{}#{}", declared.id, newcomer.number),
                declared.to_json(value),
            );
        }
    }
    let introduced = command.introduces.iter().map(|new| NewSubject {
        kind: subject_kind(new.domain),
        number: new.number,
        name: new.name.clone(),
    });
    let people = command.people.iter().map(|(role, person)| Participant {
        role: procedure.roles[*role].id.clone(),
        person: person.clone(),
    });
    ActPerformed {
        event: event.id.clone(),
        subject: crate::entry::SubjectId {
            kind: subject_kind(event.domain),
            number: command.number,
        },
        occurred: command.occurred,
        people: people.collect(),
        facts,
        introduced: introduced.collect(),
        reasons: command.reasons.clone(),
        consequences,
        cautions,
        files: command.files.clone(),
        receipt: None,
        follows: command.follows.as_ref().map(|it| it.case_id.clone()),
        recorder: None,
    }
}

/// The field of the case that another one follows.
pub const FOLLOWS: &str = "follows";

/// What is wrong with the command whatever the law says.
fn input_grounds(
    procedure: &Procedure,
    context: &Context,
    command: &Command,
    now: Moment,
) -> Vec<Ground> {
    let event = &procedure.events[command.event];
    let mut grounds = Vec::new();
    let mut wrong = |kind: GroundKind, field: Option<&str>, text: String| {
        grounds.push(Ground {
            kind,
            rule: None,
            rows: Vec::new(),
            field: field.map(str::to_owned),
            text,
        });
    };
    if event.domain == CASE && command.number != 0 {
        let text = format!(
            "【{}】是全案的行为，没有第{}个对象",
            event.name, command.number
        );
        wrong(GroundKind::NoSuchSubject, None, text);
    }
    if command.occurred.day > now.day
        || (command.occurred.day == now.day
            && now.minute.is_some()
            && command.occurred.minute > now.minute)
    {
        let text = format!(
            "日期{}还没有到，只能记录已经发生的事（今天是{})",
            command.occurred, now.day
        );
        wrong(GroundKind::Future, Some("occurred"), text);
    }
    if let Some(followed) = &command.follows
        && let Some(text) = followed.obstacle(event, &context.rules.procedures)
    {
        wrong(GroundKind::FactInvalid, Some(FOLLOWS), text);
    }
    for fact in &event.required {
        if !command.facts.iter().any(|(f, _)| f == fact) {
            let declared = &procedure.facts[*fact];
            wrong(
                GroundKind::FactMissing,
                Some(&declared.id),
                format!("请填写“{}”", declared.name),
            );
        }
    }
    for (fact, value) in &command.facts {
        let declared = &procedure.facts[*fact];
        if !event.says(*fact) {
            let text = format!("“{}”不是这一步要填的", declared.name);
            wrong(GroundKind::FactInvalid, Some(&declared.id), text);
        }
        if let Err(text) = declared.check_value(value, now.day) {
            wrong(GroundKind::FactInvalid, Some(&declared.id), text);
        }
        if let Value::Item(item) = value
            && !context.rules.items.contains_key(item)
        {
            let text = format!("“{}”：没有登记的执法事项“{item}”", declared.name);
            wrong(GroundKind::FactInvalid, Some(&declared.id), text);
        }
    }
    for role in &procedure.act_of(command.event).roles {
        if !command.people.iter().any(|(r, _)| r == role) {
            let text = format!("请写明{}", procedure.roles[*role].name);
            wrong(
                GroundKind::FactMissing,
                Some(&procedure.roles[*role].id),
                text,
            );
        }
    }
    for (role, person) in &command.people {
        if !context.people.contains_key(person) {
            let text = format!("{}“{person}”不在人员名册里", procedure.roles[*role].name);
            wrong(
                GroundKind::FactInvalid,
                Some(&procedure.roles[*role].id),
                text,
            );
        }
    }
    let introduces = procedure.act_of(command.event).introduces;
    for newcomer in &command.introduces {
        if introduces != Some(newcomer.domain) {
            let kind = &procedure.subjects[usize::from(newcomer.domain.0)].name;
            wrong(
                GroundKind::FactInvalid,
                None,
                format!("这一步不能带来新的{kind}"),
            );
        }
        for (fact, value) in &newcomer.facts {
            let declared = &procedure.facts[*fact];
            if let Err(text) = declared.check_value(value, now.day) {
                wrong(GroundKind::FactInvalid, Some(&declared.id), text);
            }
        }
        if let Err(problem) = check_words(&newcomer.name, NAME_LONGEST) {
            wrong(
                GroundKind::FactInvalid,
                Some("name"),
                format!("名称{problem}"),
            );
        }
        if newcomer.name.trim().is_empty() {
            wrong(
                GroundKind::FactMissing,
                Some("name"),
                "请填写名称".to_owned(),
            );
        }
    }
    for (rule, reason) in &command.reasons {
        if let Err(problem) = check_words(reason, TEXT_LONGEST) {
            let text = format!("对〔{rule}〕写明的理由{problem}");
            wrong(GroundKind::FactInvalid, Some("reasons"), text);
        }
    }
    grounds
}

fn with_newcomers<'c>(case: Cow<'c, Case>, command: &Command) -> Cow<'c, Case> {
    if command.introduces.is_empty() {
        return case;
    }
    let mut case = case.into_owned();
    for newcomer in &command.introduces {
        if case.member(newcomer.domain, newcomer.number).is_some() {
            continue;
        }
        case.add_member(newcomer.domain, newcomer.number, newcomer.name.clone());
        for (fact, value) in &newcomer.facts {
            if let Some(last) = case.facts[*fact].last_mut() {
                *last = Some(value.clone());
            }
        }
    }
    Cow::Owned(case)
}

struct Weighed {
    refused: Vec<Obstacle>,
    departures: Vec<Obstacle>,
    cautions: Vec<String>,
}

/// Which obstacles refuse the act, which are kept as departures, which only caution.
fn weigh(live: &Live<'_>, command: &Command, class: ActClass, obstacles: Vec<Obstacle>) -> Weighed {
    let mut weighed = Weighed {
        refused: Vec::new(),
        departures: Vec::new(),
        cautions: Vec::new(),
    };
    for obstacle in obstacles {
        let Some(rule) = obstacle.rule else {
            let is_noted =
                class == ActClass::HappenedOutside && obstacle.kind == ObstacleKind::NotInPlay;
            if is_noted {
                weighed.cautions.push("not_in_play".to_owned())
            } else {
                weighed.refused.push(obstacle)
            }
            continue;
        };
        let id = &live.procedure().rules[rule].id;
        match (class, obstacle.certainty, obstacle.strength) {
            (ActClass::MadeHere, _, Strength::Block) => weighed.refused.push(obstacle),
            (ActClass::MadeHere, Truth::True, Strength::Reason) => {
                let has_reason = command
                    .reasons
                    .get(id)
                    .is_some_and(|reason| !reason.trim().is_empty());
                if has_reason {
                    weighed.cautions.push(id.clone())
                } else {
                    weighed.refused.push(obstacle)
                }
            }
            (ActClass::HappenedOutside, Truth::True, Strength::Block | Strength::Reason) => {
                weighed.departures.push(obstacle);
                weighed.cautions.push(id.clone());
            }
            (_, _, Strength::Log | Strength::Reason)
            | (ActClass::HappenedOutside, _, Strength::Block) => {
                weighed.cautions.push(id.clone());
            }
        }
    }
    weighed
        .refused
        .sort_by_key(|obstacle| obstacle.certainty != Truth::True);
    weighed.cautions.sort();
    weighed.cautions.dedup();
    weighed
}

fn grounds_of(live: &Live<'_>, command: &Command, obstacle: &Obstacle) -> Ground {
    let mut ground = ground(live.case, command.event, obstacle);
    let procedure = live.procedure();
    let told = obstacle
        .rule
        .and_then(|rule| procedure.as_set(rule, &ground.text, live.agency()));
    if let Some(text) = told {
        ground.text = text;
    }
    if let ObstacleKind::Requirement(q) = obstacle.kind {
        let edge = &procedure.requirements[q];
        // Why it is asked at all, where that was derived; then what it asks.
        for fact in edge.when.iter().flat_map(Condition::facts) {
            tell_derived(live, fact, &mut ground);
        }
        for fact in edge.must.facts() {
            let declared = &procedure.facts[fact];
            tell_derived(live, fact, &mut ground);
            if procedure.events[command.event].says(fact) {
                ground.field = Some(declared.id.clone());
            }
        }
    }
    if obstacle.strength == Strength::Reason && obstacle.certainty == Truth::True {
        ground.kind = GroundKind::ReasonNeeded;
        ground.text = format!("须写明理由方可继续：{}", ground.text);
    }
    ground
}

/// Puts before the sentence of a ground how a derived fact came about, or what is missing to derive it.
fn tell_derived(live: &Live<'_>, fact: FactIx, ground: &mut Ground) {
    let by = live.procedure().facts[fact].derived_by.as_deref();
    let told = by.and_then(|by| match derive::derive(by, live, live.member) {
        Some(found) => Some(found.detail),
        None => derive::lacking(by, live, live.member),
    });
    if let Some(told) = told.filter(|told| !told.is_empty()) {
        ground.text = format!("{told}。{}", ground.text);
    }
}

/// What earlier acts of the case mean for a subject that comes in now.
fn newcomer_effects(world: &Live<'_>, command: &Command, effects: &mut Vec<Effect>) {
    let procedure = world.procedure();
    for newcomer in &command.introduces {
        let Some(member) = world.case.member(newcomer.domain, newcomer.number) else {
            continue;
        };
        for done in world
            .case
            .history
            .iter()
            .filter(|done| procedure.events[done.event].domain == CASE)
        {
            for flow in &procedure.index.flows[done.event] {
                let edge = &procedure.flows[*flow];
                if procedure.events[edge.target].domain != newcomer.domain || edge.when.is_some() {
                    continue;
                }
                let event = edge.target;
                effects.push(if edge.includes {
                    Effect::Included { event, member }
                } else {
                    Effect::Excluded { event, member }
                });
            }
            for response in &procedure.index.responses_out[done.event] {
                let edge = &procedure.responses[*response];
                if edge.domain == newcomer.domain && edge.when.is_none() {
                    effects.push(Effect::Owed {
                        response: *response,
                        member,
                        certainty: Truth::True,
                    });
                }
            }
        }
    }
}

/// Settles every provisional clock of a case when the context's calendar covers more years than before.
pub fn settle_calendar(history: &History, context: &Context, now: Moment) -> Option<Entry> {
    let mut moved = Vec::new();
    for (response, members) in history.case.owed.iter().enumerate() {
        for (member, obligation) in members.iter().enumerate() {
            let Some(clock) = obligation
                .as_ref()
                .and_then(|o| o.clock.as_ref())
                .filter(|clock| clock.provisional)
            else {
                continue;
            };
            let mut settled = clock.clone();
            recount(&mut settled, context);
            if settled != *clock {
                let obligation = history.case.obligation_key(response, member);
                moved.push(Consequence::Moved {
                    obligation,
                    clock: settled,
                    by: "calendar".to_owned(),
                });
            }
        }
    }
    let edition = context.calendar.edition().to_owned();
    (!moved.is_empty()).then_some(Entry::CalendarSettled {
        edition,
        on: now.day,
        moved,
    })
}
