//! What another edition of the rules, or a change of a register, would change for the cases in hand: each case is answered
//! under both, and the answers are compared.

use crate::access::Actor;
use crate::ledger::{CaseQuery, ReadError};
use crate::office::{Office, SeenError};
use crate::register::{RegisterName, Standing};
use crate::resting::about;
use crate::view::{CaseView, title};
use casework::answer::{Answer, Must, answer};
use casework::context::Context;
use casework::decide::History;
use casework::power::{Elsewhere, elsewhere};
use casework::retrace::{RefusedAct, retrace};
use casework::review::{Caught, caught};
use law::model::CASE;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use vocabulary::{Day, Moment};

/// So many of the cases in hand are answered for somebody who waits before a page: those that were touched last.
pub const MOST_TRIED: u32 = 500;

/// A case with the answer of the law.
#[derive(Clone, Debug)]
pub struct Answered {
    history: Arc<History>,
    answer: Answer,
}

impl Answered {
    fn of(history: Arc<History>, context: &Context, now: Moment) -> Answered {
        let answer = answer(&history.case, context, now);
        Answered { history, answer }
    }
}

impl From<&CaseView> for Answered {
    fn from(view: &CaseView) -> Answered {
        Answered {
            history: Arc::clone(&view.history),
            answer: view.answer.clone(),
        }
    }
}

/// A case whose acts were done over under the rules of an office.
#[derive(Clone, Debug)]
pub struct DoneOver {
    /// What would be the answer.
    pub answered: Answered,
    /// The acts that would have been refused as they were done.
    pub refused: Vec<RefusedAct>,
}

/// In which way an answer differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectKind {
    /// 审核目录新列入: a row of the agency's catalogue of reviews catches it now
    NewlyListed,
    /// 审核目录不再列入
    NoLongerListed,
    /// 办理的机关变了: the power map gives it to another body, or back
    PowerMoved,
    /// 到期日变动
    DueMoved,
    /// 新增的义务
    NewlyOwed,
    /// 不再负有的义务
    NoLongerOwed,
    /// 原来可以办，现在不可以
    NoLongerPossible,
    /// 原来不可以办，现在可以
    NewlyPossible,
    /// 不可以办的理由变了: only the reasons that differ are told
    OtherReasons,
}

impl EffectKind {
    /// Its name.
    pub const fn chinese(self) -> &'static str {
        match self {
            EffectKind::NewlyListed => "新列入法制审核目录",
            EffectKind::NoLongerListed => "不再列入法制审核目录",
            EffectKind::PowerMoved => "有权办理的机关变了",
            EffectKind::DueMoved => "到期日变动",
            EffectKind::NewlyOwed => "新增的义务",
            EffectKind::NoLongerOwed => "不再负有的义务",
            EffectKind::NoLongerPossible => "原来可以办，现在不可以",
            EffectKind::NewlyPossible => "原来不可以办，现在可以",
            EffectKind::OtherReasons => "不可以办的理由变了",
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// In which way.
    pub kind: EffectKind,
    /// The act, or what is owed, and of whom.
    pub what: String,
    /// What was said before; empty where nothing was.
    pub before: String,
    /// What is said now.
    pub after: String,
}

/// What a draft of a register would change.
#[derive(Clone, Debug)]
pub struct Tried {
    /// The day for which it was tried: the first one on which it could hold.
    pub day: Day,
    /// How many cases were answered.
    pub cases: usize,
    /// Whether these are all that somebody sees.
    pub is_all: bool,
    /// The cases that would be affected.
    pub affected: Vec<TriedCase>,
}

/// A case that would be affected.
#[derive(Clone, Debug)]
pub struct TriedCase {
    /// Its id.
    pub case_id: String,
    /// Its title.
    pub title: String,
    /// What would differ.
    pub effects: Vec<Effect>,
}

impl Office {
    /// A case of another office over the same record, done over under the rules and the agency layer of this one. Nothing
    /// where this one has no such procedure.
    pub async fn done_over(&self, view: &CaseView) -> Result<Option<DoneOver>, ReadError> {
        let standing = self.fresh_standing().await?;
        let id = &view.procedure().id;
        let Some(procedure) = self.procedures().find(|procedure| procedure.id == *id) else {
            return Ok(None);
        };
        let now = self.now();
        let retraced = retrace(&view.history, procedure, &standing.context, now);
        let history = Arc::new(retraced.history);
        Ok(Some(DoneOver {
            answered: Answered::of(history, &standing.context, now),
            refused: retraced.refused,
        }))
    }

    /// What a draft would change for the cases in hand that somebody sees, on the first day on which it could hold. Nothing is
    /// recorded. Nothing where there is no such draft.
    pub async fn try_draft(
        &self,
        actor: &Actor,
        register: RegisterName,
        number: u64,
    ) -> Result<Option<Tried>, SeenError> {
        let standing = self.fresh_standing().await?;
        let Some(draft) = standing.draft(register, number) else {
            return Ok(None);
        };
        let [before, after] = self.standings_around(&standing, register, draft);
        let now = match before.day > self.now().day {
            true => Moment::from(before.day),
            false => self.now(),
        };
        let open = CaseQuery {
            is_open: Some(true),
            ..CaseQuery::default()
        };
        let mut rows = self.cases_for(actor, &open, MOST_TRIED + 1).await?;
        let is_all = rows.len() <= usize::try_from(MOST_TRIED).unwrap_or(usize::MAX);
        rows.truncate(usize::try_from(MOST_TRIED).unwrap_or(usize::MAX));
        let mut affected = Vec::new();
        for row in &rows {
            let case_id = &row.line.case_id;
            let record = self.record(case_id).await?;
            let [was, is] = [&before, &after]
                .map(|it| Answered::of(Arc::clone(&record.history), &it.context, now));
            let mut effects = effects(&was, &is);
            let history = &record.history;
            effects.extend(listed_differently(
                (history, &before),
                (history, &after),
                now,
            ));
            effects.extend(held_differently(history, &before, &after, now));
            effects.sort_by_key(|effect| effect.kind);
            if !effects.is_empty() {
                affected.push(TriedCase {
                    case_id: case_id.clone(),
                    title: title(&record.history.case, &after.file.title_facts),
                    effects,
                });
            }
        }
        Ok(Some(Tried {
            day: before.day,
            cases: rows.len(),
            is_all,
            affected,
        }))
    }
}

/// What differs between the answers of two editions about the same case at the same moment, the dates first.
pub fn effects(before: &Answered, after: &Answered) -> Vec<Effect> {
    let mut found = owed_differently(before, after);
    found.extend(possible_differently(before, after));
    found.sort_by_key(|effect| effect.kind);
    found
}

/// What the catalogue of legal review catches under one layer and not under the other. It is asked apart from what may be done:
/// the proposal is judged by it only once it says its facts.
pub(crate) fn listed_differently(
    before: (&History, &Standing),
    after: (&History, &Standing),
    now: Moment,
) -> Vec<Effect> {
    let of =
        |(history, standing): (&History, &Standing)| caught(&history.case, &standing.context, now);
    let (was, is) = (of(before), of(after));
    let differing = |these: &[Caught], those: &[Caught], kind: EffectKind| -> Vec<Effect> {
        // A row that reads otherwise and catches all the same makes no difference.
        let is_same = |a: &Caught, b: &Caught| (a.member, &a.row) == (b.member, &b.row);
        let lacking = these
            .iter()
            .filter(|it| !those.iter().any(|other| is_same(it, other)));
        let effect = |it: &Caught| {
            let (history, standing) = match kind {
                EffectKind::NewlyListed => after,
                _ => before,
            };
            let procedure = &history.case.procedure;
            let clause = procedure.clause_as_set(&it.clause, &standing.context.agency);
            let clause = format!("条件：{}", clause.as_deref().unwrap_or(&it.clause));
            let (before, after) = match kind {
                EffectKind::NewlyListed => (String::new(), clause),
                _ => (clause, String::new()),
            };
            Effect {
                kind,
                what: about(it),
                before,
                after,
            }
        };
        lacking.map(effect).collect()
    };
    let mut found = differing(&is, &was, EffectKind::NewlyListed);
    found.extend(differing(&was, &is, EffectKind::NoLongerListed));
    found
}

/// About whom the power lies elsewhere under one layer and not under the other, or with somebody else.
fn held_differently(
    history: &History,
    before: &Standing,
    after: &Standing,
    now: Moment,
) -> Vec<Effect> {
    let of = |standing: &Standing| elsewhere(&history.case, &standing.context, now);
    let (was, is) = (of(before), of(after));
    let members: BTreeSet<usize> = was.iter().chain(&is).map(|it| it.member).collect();
    let told = |all: &[Elsewhere], member: usize| {
        let found = all.iter().find(|it| it.member == member);
        found.map_or_else(|| "由本机关办理".to_owned(), |it| it.told.clone())
    };
    let whom = |member: usize| {
        let found = was.iter().chain(&is).find(|it| it.member == member);
        match found.map_or("", |it| it.whom.as_str()) {
            "" => "本案".to_owned(),
            name => name.to_owned(),
        }
    };
    let moved = members
        .into_iter()
        .map(|member| (member, told(&was, member), told(&is, member)))
        .filter(|(_, before, after)| before != after);
    moved
        .map(|(member, before, after)| Effect {
            kind: EffectKind::PowerMoved,
            what: whom(member),
            before,
            after,
        })
        .collect()
}

/// What is owed, by the rule that says so, the member and the acts that would meet it.
type Owed<'a> = BTreeMap<(&'a str, usize, Vec<&'a str>), &'a Must>;

fn owed(view: &Answered) -> Owed<'_> {
    let procedure = &view.history.case.procedure;
    let each = view.answer.must.iter().map(|must| {
        let rule = procedure.responses[must.response].rule;
        let mut acts: Vec<&str> = must
            .targets
            .iter()
            .map(|event| procedure.events[*event].id.as_str())
            .collect();
        acts.sort_unstable();
        let key = (procedure.rules[rule].id.as_str(), must.member, acts);
        (key, must)
    });
    each.collect()
}

fn owed_differently(before: &Answered, after: &Answered) -> Vec<Effect> {
    let (old, new) = (owed(before), owed(after));
    let mut found = Vec::new();
    for (key, must) in &new {
        match old.get(key) {
            None => found.push(Effect {
                kind: EffectKind::NewlyOwed,
                what: owing(after, must),
                before: String::new(),
                after: until(must.due),
            }),
            Some(was) if was.due != must.due => found.push(Effect {
                kind: EffectKind::DueMoved,
                what: owing(after, must),
                before: until(was.due),
                after: until(must.due),
            }),
            Some(_) => {}
        }
    }
    let gone = old.iter().filter(|(key, _)| !new.contains_key(*key));
    found.extend(gone.map(|(_, must)| Effect {
        kind: EffectKind::NoLongerOwed,
        what: owing(before, must),
        before: until(must.due),
        after: String::new(),
    }));
    found
}

fn owing(view: &Answered, must: &Must) -> String {
    let procedure = &view.history.case.procedure;
    let of = must
        .targets
        .first()
        .map(|event| procedure.events[*event].domain);
    let whom = of.map_or(String::new(), |domain| whom(view, domain, must.member));
    // The text says which rule it is.
    format!("{}{whom}", must.text)
}

fn until(due: Option<Moment>) -> String {
    due.map_or_else(|| "没有到期日".to_owned(), |due| format!("{}到期", due.day))
}

/// By event and member: none where it is possible, else why not.
type Possible<'a> = BTreeMap<(&'a str, usize), Option<Vec<&'a str>>>;

fn possible(view: &Answered) -> Possible<'_> {
    let events = &view.history.case.procedure.events;
    let mut all = Possible::new();
    for may in &view.answer.may {
        all.insert((&events[may.step.event].id, may.step.member), None);
    }
    for not in &view.answer.may_not {
        let why: Vec<&str> = not.why.iter().map(|why| &*why.text).collect();
        let key = (events[not.step.event].id.as_str(), not.step.member);
        all.insert(key, Some(why));
    }
    all
}

fn possible_differently(before: &Answered, after: &Answered) -> Vec<Effect> {
    let (old, new) = (possible(before), possible(after));
    let mut keys: Vec<&(&str, usize)> = old.keys().chain(new.keys()).collect();
    keys.sort();
    keys.dedup();
    let mut found = Vec::new();
    for key in keys {
        let (was, is) = (old.get(key), new.get(key));
        // An act that an edition does not have is neither possible nor refused: the difference of the rules tells of it.
        let (Some(was), Some(is)) = (was, is) else {
            continue;
        };
        let (kind, lost, new) = match (was, is) {
            (None, Some(is)) => (EffectKind::NoLongerPossible, Vec::new(), is.clone()),
            (Some(was), None) => (EffectKind::NewlyPossible, was.clone(), Vec::new()),
            // Of many reasons those that differ.
            (Some(was), Some(is)) if was != is => {
                (EffectKind::OtherReasons, lacking(was, is), lacking(is, was))
            }
            _ => continue,
        };
        found.push(Effect {
            kind,
            what: act(after, key.0, key.1),
            before: lost.join("；"),
            after: new.join("；"),
        });
    }
    found
}

fn lacking<'a>(these: &[&'a str], those: &[&str]) -> Vec<&'a str> {
    let lacking = these.iter().filter(|text| !those.contains(text));
    lacking.copied().collect()
}

fn act(view: &Answered, event: &str, member: usize) -> String {
    let procedure = &view.history.case.procedure;
    match procedure.event(event) {
        Some(event) => {
            let event = &procedure.events[event];
            format!("【{}】{}", event.name, whom(view, event.domain, member))
        }
        None => event.to_owned(),
    }
}

fn whom(view: &Answered, domain: law::model::Domain, member: usize) -> String {
    if domain == CASE {
        return String::new();
    }
    let members = &view.history.case.members[usize::from(domain.0)];
    match members.get(member) {
        Some(member) => format!("（{}）", member.name),
        None => String::new(),
    }
}
