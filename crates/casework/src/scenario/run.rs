//! Running scenarios through `decide`.

use std::sync::Arc;

use law::Rules;
use law::discretion::Benchmark;
use law::model::{Dated, Procedure, RuleIx};
use law::review_catalog::ReviewCatalog;
use law::source::Place;
use vocabulary::{Day, Moment};

use super::{Doing, Expectation, Scenario, StepKind};
use crate::answer::answer;
use crate::case::Case;
use crate::command::{Command, NewMember};
use crate::context::Context;
use crate::correct::{CorrectionRequest, correct};
use crate::decide::{History, decide, is_after};

/// The tag of acts that end a case.
const FINAL: &str = "终局";

/// Where a scenario did not go as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The step.
    pub place: Place,
    /// What happened instead.
    pub text: String,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

/// What a scenario reads besides the case, and what of it cannot be.
pub fn context(scenario: &Scenario, rules: &Arc<Rules>) -> (Context, Vec<Failure>) {
    let mut context = Context::of(Arc::clone(rules));
    context
        .agency
        .confirmed
        .extend(scenario.confirmed.iter().cloned());
    context.agency.values.extend(scenario.values.clone());
    for (id, later) in &scenario.dated {
        // What holds before the first change is what holds otherwise.
        let before = Dated {
            from: Day::MIN,
            value: context.agency.values.get(id).copied(),
            is_confirmed: context.agency.confirmed.contains(id),
        };
        let confirmed = before.is_confirmed;
        let later = later.iter().map(|dated| Dated {
            is_confirmed: confirmed,
            ..dated.clone()
        });
        let all = std::iter::once(before.clone()).chain(later).collect();
        context.agency.dated.insert(id.clone(), all);
    }
    context.people.extend(scenario.people.clone());
    context.powers.clone_from(&scenario.powers);
    let mut failures = Vec::new();
    match Benchmark::from_rows(&scenario.benchmarks, rules) {
        Ok(benchmark) => context.benchmarks = Arc::new(benchmark),
        Err(wrong) => failures.extend(wrong.iter().map(|error| Failure {
            place: scenario.place.clone(),
            text: error.to_string(),
        })),
    }
    context.review_catalog = Arc::new(ReviewCatalog::of(&scenario.review_catalog, rules));
    context.lists = Arc::new(scenario.lists.clone());
    context.elsewhere = Arc::new(scenario.elsewhere.clone());
    context.earlier_fines.clone_from(&scenario.earlier_fines);
    if !scenario.items.is_empty() {
        let own = scenario.items.iter().map(|it| (it.id.clone(), it.clone()));
        Arc::make_mut(&mut context.rules).items.extend(own);
    }
    (context, failures)
}

/// Runs a scenario over a procedure, which may be a copy with rules deleted; the history is for looking further.
pub fn run(
    scenario: &Scenario,
    rules: &Arc<Rules>,
    procedure: &Arc<Procedure>,
) -> (History, Vec<Failure>) {
    let (context, mut failures) = context(scenario, rules);
    let mut history = History::new(Arc::clone(procedure));
    let mut waiting: Vec<NewMember> = scenario.newcomers.clone();
    let mut now: Option<Moment> = None;
    for step in &scenario.steps {
        let mut fail = |text: String| {
            failures.push(Failure {
                place: step.place.clone(),
                text,
            })
        };
        match &step.kind {
            StepKind::Now(at) => now = Some(*at),
            StepKind::Do(doing) => {
                let command = command(doing, procedure, &mut waiting, true);
                now = Some(now.map_or(doing.occurred, |now| now.max(doing.occurred)));
                match decide(
                    &history,
                    &context,
                    &command,
                    end_of(now.unwrap_or(doing.occurred)),
                ) {
                    Ok(draft) => history.push(draft.entry),
                    Err(refusal) => {
                        fail(format!("应当可以作出，却被拒绝：{refusal}"));
                        // What follows would only repeat the same fault.
                        break;
                    }
                }
            }
            StepKind::Correct(doing) => {
                now = Some(now.map_or(doing.occurred, |now| now.max(doing.occurred)));
                let at = end_of(now.unwrap_or(doing.occurred));
                let corrected = correction(&history, &context, doing)
                    .map(|request| correct(&history, &context, &request, at));
                match corrected {
                    Some(Ok(entry)) => history.push(entry),
                    Some(Err(refusal)) => fail(format!("应当可以更正，却被拒绝：{refusal}")),
                    None => fail(format!(
                        "【{}】没有办过，或者没有两个人可以更正",
                        procedure.events[doing.event].name
                    )),
                }
            }
            StepKind::Refused(doing, because) => {
                let command = command(doing, procedure, &mut waiting, false);
                let at = now.map_or(doing.occurred, |now| now.max(doing.occurred));
                match decide(&history, &context, &command, end_of(at)) {
                    Ok(_) => fail(format!(
                        "应当拒绝【{}】，却可以作出",
                        procedure.events[doing.event].name
                    )),
                    Err(refusal) => {
                        for id in because.iter().filter(|id| !refusal.names(id)) {
                            fail(format!("拒绝的理由里没有{id}:{refusal}"));
                        }
                    }
                }
            }
            StepKind::Expect(expectation) => {
                let at = now.or_else(|| history.case.last_occurred());
                if let Some(at) = at
                    && let Some(text) = unmet(expectation, &history, &context, at)
                {
                    fail(text);
                }
            }
        }
    }
    (history, failures)
}

/// The correction of the last doing of an act for its subject: as it was said, but for what the step says.
fn correction(history: &History, context: &Context, doing: &Doing) -> Option<CorrectionRequest> {
    let case = &history.case;
    let member = case.member(case.procedure.events[doing.event].domain, doing.number)?;
    let mut recorded = case.history.iter().rev();
    let recorded = recorded.find(|it| it.event == doing.event && it.member == member)?;
    let mut command = Command::new(doing.event, doing.number, recorded.occurred);
    command.people.clone_from(&recorded.people);
    command.facts = doing.facts[..doing.own].to_vec();
    let said = |fact| command.facts.iter().any(|(known, _)| *known == fact);
    let rest = recorded.facts.iter().filter(|(fact, _)| !said(*fact));
    let rest: Vec<_> = rest.cloned().collect();
    command.facts.extend(rest);
    let (_, asked_by) = recorded.people.first()?;
    let mut in_charge = context.people.values();
    let approves = in_charge.find(|it| it.level.is_some() && it.id != *asked_by)?;
    Some(CorrectionRequest {
        of: recorded.entry,
        within: recorded.within,
        command,
        renamed: Vec::new(),
        reason: "记录有误".to_owned(),
        asked_by: asked_by.clone(),
        approved_by: approves.id.clone(),
    })
}

fn end_of(at: Moment) -> Moment {
    Moment {
        day: at.day,
        minute: Some(24 * 60 - 1),
    }
}

fn command(
    doing: &Doing,
    procedure: &Procedure,
    waiting: &mut Vec<NewMember>,
    takes: bool,
) -> Command {
    let mut command = Command::new(doing.event, doing.number, doing.occurred);
    command.facts = doing.facts.clone();
    command.people = doing.people.clone();
    command.reasons = doing.reasons.clone();
    if let Some((domain, number)) = doing.brings {
        let known = waiting
            .iter()
            .find(|new| new.domain == domain && new.number == number);
        let kind = &procedure.subjects[usize::from(domain.0)].name;
        let unnamed = NewMember {
            domain,
            number,
            name: format!("{kind}{number}"),
            facts: Vec::new(),
        };
        command.introduces.push(known.cloned().unwrap_or(unnamed));
        return command;
    }
    // A case act that can brings in everybody who waits.
    if let Some(domain) = procedure.act_of(doing.event).introduces {
        let mine = |new: &NewMember| new.domain == domain;
        command.introduces = waiting.iter().filter(|new| mine(new)).cloned().collect();
        if takes {
            waiting.retain(|new| !mine(new));
        }
    }
    command
}

/// Whether something is owed that can still be done.
fn stands(case: &Case, response: usize, member: usize) -> bool {
    let is_owed = case.owed[response].get(member).is_some_and(Option::is_some);
    let targets = &case.procedure.responses[response].targets;
    is_owed
        && targets
            .iter()
            .any(|target| case.marks[*target][member].included)
}

fn matches(procedure: &Procedure, rule: RuleIx, id: &str) -> bool {
    let rule = &procedure.rules[rule];
    rule.id == id || rule.rows.iter().any(|row| row == id)
}

/// What is wrong with an expectation, if anything.
fn unmet(
    expectation: &Expectation,
    history: &History,
    context: &Context,
    at: Moment,
) -> Option<String> {
    let case = &history.case;
    let procedure = &case.procedure;
    let is_member = |domain, member: usize, number: &Option<u32>| {
        number.is_none_or(|number| case.member(domain, number) == Some(member))
    };
    match expectation {
        Expectation::Due {
            id,
            on,
            number,
            provisional,
        } => {
            let mut seen: Vec<String> = Vec::new();
            let mut check = |rule: RuleIx, clock: &crate::entry::Clock| {
                if !matches(procedure, rule, id) {
                    return false;
                }
                let due = clock
                    .due
                    .map_or_else(|| "停计中".to_owned(), |due| due.to_string());
                seen.push(format!(
                    "{due}{}",
                    if clock.provisional {
                        "（暂定）"
                    } else {
                        ""
                    }
                ));
                clock.due == Some(*on) && clock.provisional == *provisional
            };
            for (response, members) in case.owed.iter().enumerate() {
                let edge = &procedure.responses[response];
                for (member, obligation) in members.iter().enumerate() {
                    if let Some(clock) = obligation.as_ref().and_then(|o| o.clock.as_ref())
                        && is_member(edge.domain, member, number)
                        && check(edge.rule, clock)
                    {
                        return None;
                    }
                }
            }
            for met in &case.met {
                let edge = &procedure.responses[met.response];
                if let Some(clock) = &met.clock
                    && is_member(edge.domain, met.member, number)
                    && check(edge.rule, clock)
                {
                    return None;
                }
            }
            for (window, members) in case.opened.iter().enumerate() {
                let edge = &procedure.windows[window];
                for (member, clock) in members.iter().enumerate() {
                    if let Some(clock) = clock
                        && is_member(procedure.events[edge.target].domain, member, number)
                        && check(edge.rule, clock)
                    {
                        return None;
                    }
                }
            }
            Some(format!("{id}应当在{on}到期，实际是：{}", list(&seen)))
        }
        Expectation::Overdue { id, number } => {
            let outstanding = case.owed.iter().enumerate().any(|(response, members)| {
                let edge = &procedure.responses[response];
                matches(procedure, edge.rule, id)
                    && members.iter().enumerate().any(|(member, obligation)| {
                        let due = obligation
                            .as_ref()
                            .and_then(|o| o.clock.as_ref())
                            .and_then(|clock| clock.due);
                        is_member(edge.domain, member, number)
                            && due.is_some_and(|due| is_after(at, due))
                    })
            });
            let late = case.met.iter().any(|met| {
                let edge = &procedure.responses[met.response];
                met.late
                    && matches(procedure, edge.rule, id)
                    && is_member(edge.domain, met.member, number)
            });
            (!outstanding && !late).then(|| format!("{id}应当逾期，没有逾期"))
        }
        Expectation::May { event, number } => {
            let member = case.member(procedure.events[*event].domain, *number);
            let now = answer(case, context, at);
            if now
                .may
                .iter()
                .any(|may| may.step.event == *event && Some(may.step.member) == member)
            {
                return None;
            }
            let why = now
                .may_not
                .iter()
                .find(|not| not.step.event == *event && Some(not.step.member) == member);
            let why: Vec<String> = why.map_or_else(Vec::new, |not| {
                not.why.iter().map(|w| w.text.to_string()).collect()
            });
            Some(format!(
                "应当可以【{}】，却不可以：{}",
                procedure.events[*event].name,
                list(&why)
            ))
        }
        Expectation::MayNot {
            event,
            number,
            because,
        } => {
            let member = case.member(procedure.events[*event].domain, *number);
            let now = answer(case, context, at);
            let found = now
                .may_not
                .iter()
                .find(|not| not.step.event == *event && Some(not.step.member) == member);
            let name = &procedure.events[*event].name;
            let Some(found) = found else {
                return Some(format!("应当不可【{name}】，却可以"));
            };
            let id = because.as_ref()?;
            let named = found
                .why
                .iter()
                .any(|why| why.rule.is_some_and(|rule| matches(procedure, rule, id)));
            let why: Vec<String> = found.why.iter().map(|w| w.text.to_string()).collect();
            (!named).then(|| format!("不可【{name}】的理由里没有{id}:{}", list(&why)))
        }
        Expectation::Owed {
            event,
            number,
            expected,
        } => {
            let member = case.member(procedure.events[*event].domain, *number);
            let owed = procedure.index.responses_met[*event]
                .iter()
                .any(|r| member.is_some_and(|m| stands(case, *r, m)));
            let name = &procedure.events[*event].name;
            (owed != *expected).then(|| {
                if *expected {
                    format!("应当做【{name}】，却没有这项义务")
                } else {
                    format!("【{name}】不应再是义务，却还是")
                }
            })
        }
        Expectation::Defect { id, expected } => {
            let found = case.defects.iter().enumerate().any(|(defect, members)| {
                matches(procedure, procedure.defects[defect].rule, id)
                    && members.iter().any(Option::is_some)
            });
            (found != *expected).then(|| {
                if *expected {
                    format!("应当有{id}的瑕疵，没有")
                } else {
                    format!("不应有{id}的瑕疵，却有")
                }
            })
        }
        Expectation::Caution { id } => {
            let last = case.history.last();
            let known = |caution: &String| {
                caution == id
                    || procedure
                        .rule(caution)
                        .is_some_and(|rule| matches(procedure, rule, id))
            };
            let found = last.is_some_and(|done| done.cautions.iter().any(known));
            (!found).then(|| format!("最后一步应当有{id}的提示，没有"))
        }
        Expectation::Closed => {
            let ended = procedure
                .events
                .iter()
                .enumerate()
                .any(|(event, declared)| {
                    procedure.acts[declared.act]
                        .tags
                        .iter()
                        .any(|tag| tag == FINAL)
                        && case.marks[event].iter().any(|mark| mark.counts)
                });
            if !ended {
                return Some("还没有结束案件的行为".to_owned());
            }
            let mut open = Vec::new();
            crate::answer::obligations(case, context, at, &mut open);
            let open: Vec<String> = open
                .iter()
                .filter(|must| must.blocks)
                .map(|must| must.text.clone())
                .collect();
            (!open.is_empty()).then(|| format!("还有未了的义务：{}", list(&open)))
        }
    }
}

fn list(all: &[String]) -> String {
    if all.is_empty() {
        "（没有）".to_owned()
    } else {
        all.join(";")
    }
}
