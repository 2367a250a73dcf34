//! The desk in the form of an act that goes through a checklist (法制审核台): each point beside its evidence, with what
//! changed since the same was done last.
//!
//! The points, and what answers each of them, come from the rules (对照). Everything shown here is in the case already;
//! what is typed is one field like any other, spread over the cards.

use super::Asked;
use super::fields::{Choice, Field, Input};
use super::people;
use crate::components::Link;
use crate::components::definitions::Shown;
use crate::components::diff::Diff;
use crate::reviews;
use crate::wording;
use app::{CaseView, Office};
use casework::case::{Case, Done};
use casework::decide::History;
use casework::derive::derive;
use casework::entry::{ActPerformed, Entry, FileRef};
use casework::live::Live;
use casework::refusal::Ground;
use law::checklist::{Checklist, Point};
use law::condition::{Condition, Test};
use law::model::{CASE, EventIx, FactIx, Procedure};
use law::statute::Citation;
use std::sync::Arc;
use vocabulary::Moment;

/// So much of what was done after an opinion is named.
const NAMED: usize = 12;

pub(super) struct Desk {
    /// The parties of the case, and what it comes to, in one line each.
    pub(super) about: Vec<(String, String)>,
    pub(super) submission: Option<Submission>,
    pub(super) opinions: Vec<Opinion>,
    /// What else may be done in the same roles.
    pub(super) ways: Vec<Link>,
    /// When the same was done last, and what came of it.
    pub(super) last: Option<String>,
    pub(super) cards: Vec<Card>,
    /// The field that the cards fill.
    pub(super) field: Field,
}

/// How the case was handed in last.
pub(super) struct Submission {
    pub(super) name: String,
    pub(super) nth: usize,
    pub(super) occurred: String,
    pub(super) people: String,
    pub(super) facts: Vec<(String, String)>,
    pub(super) cautions: Vec<String>,
    pub(super) files: Vec<FileLine>,
    pub(super) link: String,
}

/// What was said of the case earlier in the same roles, and what was done after it.
pub(super) struct Opinion {
    pub(super) name: String,
    pub(super) occurred: String,
    pub(super) people: String,
    pub(super) facts: Vec<(String, String)>,
    pub(super) link: String,
    pub(super) then: Vec<Step>,
    /// So many more steps than are named.
    pub(super) more: usize,
}

pub(super) struct Step {
    pub(super) link: Link,
    pub(super) occurred: String,
    /// What it said in words, where it answers an opinion.
    pub(super) note: String,
}

pub(super) struct Card {
    pub(super) anchor: String,
    pub(super) question: String,
    pub(super) basis: String,
    pub(super) choice: Choice,
    /// The id of its box: errors of the field lead to the first.
    pub(super) control: String,
    /// The law asks for it, and it is not ticked.
    pub(super) is_wanting: bool,
    pub(super) changes: usize,
    pub(super) facts: Vec<FactLine>,
    pub(super) absent: String,
    pub(super) acts: Vec<ActLine>,
    pub(super) undone: String,
    pub(super) defects: Vec<String>,
    pub(super) people: Vec<PersonLine>,
}

pub(super) struct FactLine {
    pub(super) term: String,
    pub(super) value: Shown,
    pub(super) is_changed: bool,
    /// How a derived value came about.
    pub(super) detail: String,
    /// Nobody typed it.
    pub(super) is_derived: bool,
    /// The act that said it last.
    pub(super) said: Option<Link>,
}

pub(super) struct ActLine {
    pub(super) link: Link,
    pub(super) occurred: String,
    pub(super) people: String,
    pub(super) cautions: Vec<String>,
    pub(super) files: Vec<FileLine>,
    /// Done, or corrected, after the same was gone through last.
    pub(super) news: &'static str,
}

pub(super) struct FileLine {
    pub(super) name: String,
    pub(super) size: String,
    pub(super) href: String,
}

pub(super) struct PersonLine {
    pub(super) name: String,
    pub(super) role: String,
    pub(super) standing: String,
}

/// The case as it was when the checklist was gone through last.
struct Before {
    case: Case,
    occurred: Moment,
    entry: u32,
}

/// What the cards are made from.
struct Looking<'a> {
    office: &'a Office,
    view: &'a CaseView,
    before: Option<Before>,
}

impl Desk {
    /// The desk of an act; `field` is the field of the checklist's fact, as the form would show it.
    pub(super) fn of(
        office: &Office,
        asked: &Asked,
        list: &Checklist,
        mut field: Field,
        grounds: &[Ground],
    ) -> Desk {
        let view = &asked.view;
        let procedure = view.procedure();
        let looking = Looking {
            office,
            view,
            before: before(view, (asked.event, asked.member)),
        };
        let boxes = match &mut field.input {
            Input::Checks { options } => std::mem::take(options),
            _ => Vec::new(),
        };
        let demanded = demanded(procedure, asked.event, list, grounds);
        let base = field.anchor();
        let cards = list.points.iter().zip(boxes).enumerate();
        let cards = cards.map(|(at, (point, choice))| {
            let mut card = looking.card(point, choice, &base, at);
            let is_demanded = u16::try_from(at).is_ok_and(|at| demanded.contains(&at));
            card.is_wanting = is_demanded && !card.choice.is_chosen;
            card
        });
        let cards: Vec<Card> = cards.collect();
        let last = looking.before.as_ref().map(|before| {
            let done = reviews::doings(view, &[asked.event]);
            let conclusion = done.last().and_then(|done| {
                reviews::said(office, procedure, done, list.outcome.first().copied()?)
            });
            let day = before.occurred.chinese();
            conclusion.map_or(day.clone(), |conclusion| format!("{day}，{conclusion}"))
        });
        let mut about = vec![("当事人".to_owned(), view.party_names())];
        let named = list.summary.iter().map(|fact| &procedure.facts[*fact].name);
        let named: Vec<&str> = named.map(|name| wording::fact_name(name)).collect();
        about.push((named.join("、"), reviews::summary(office, view, list)));
        about.retain(|(_, text)| !text.is_empty());
        Desk {
            about,
            submission: looking.submission(list),
            opinions: looking.opinions(asked.event, list),
            ways: reviews::beside(view, asked.event),
            last,
            cards,
            field,
        }
    }

    /// The cards on which something changed.
    pub(super) fn changed(&self) -> Vec<&Card> {
        self.cards.iter().filter(|card| card.changes > 0).collect()
    }
}

/// The case when the act was done last, from the entries up to that one.
fn before(view: &CaseView, (event, member): (EventIx, usize)) -> Option<Before> {
    let history = view.case().history.iter();
    let last = history
        .filter(|done| (done.event, done.member) == (event, member))
        .max_by_key(|done| (done.entry, done.within))?;
    let until = usize::try_from(last.entry).ok()?;
    let entries = view.history.entries.iter().take(until).cloned();
    let then = History::read(Arc::clone(view.procedure()), entries);
    Some(Before {
        case: then.case,
        occurred: last.occurred,
        entry: last.entry,
    })
}

/// The alternatives that a refusal asks to be ticked.
fn demanded(
    procedure: &Procedure,
    event: EventIx,
    list: &Checklist,
    grounds: &[Ground],
) -> Vec<u16> {
    let rules = grounds.iter().filter_map(|ground| ground.rule.as_deref());
    let rules: Vec<usize> = rules.filter_map(|id| procedure.rule(id)).collect();
    let edges = procedure.requirements.iter();
    let edges = edges.filter(|edge| edge.target == event && rules.contains(&edge.rule));
    let mut all = Vec::new();
    for edge in edges {
        must_have(&edge.must, list.fact, &mut all);
    }
    all
}

/// What must be among the choices for the condition to hold; alternatives and negations demand nothing by themselves.
fn must_have(condition: &Condition, fact: FactIx, all: &mut Vec<u16>) {
    match condition {
        Condition::All(parts) => parts.iter().for_each(|part| must_have(part, fact, all)),
        Condition::Atom(atom) if atom.fact == fact => {
            if let Test::Has(wanted, true) = atom.test {
                all.push(wanted);
            }
        }
        Condition::Any(_) | Condition::Not(_) | Condition::Atom(_) => {}
    }
}

impl Looking<'_> {
    fn procedure(&self) -> &Procedure {
        self.view.procedure()
    }

    fn card(&self, point: &Point, choice: Choice, base: &str, at: usize) -> Card {
        let (facts, absent) = self.facts(point);
        let acts = self.acts(point);
        let changes = facts.iter().filter(|fact| fact.is_changed).count()
            + acts.iter().filter(|act| !act.news.is_empty()).count();
        let undone = point.events.iter().filter(|event| {
            let mut history = self.view.case().history.iter();
            !history.any(|done| done.event == **event)
        });
        let undone: Vec<String> = undone
            .map(|event| wording::event(self.procedure(), *event))
            .collect();
        Card {
            anchor: format!("point-{}", choice.value),
            question: point.question.clone(),
            basis: basis(&point.cites),
            control: match at {
                0 => base.to_owned(),
                at => format!("{base}-{at}"),
            },
            is_wanting: false,
            choice,
            changes,
            facts,
            absent,
            acts,
            undone: undone.join("、"),
            defects: self.defects(point),
            people: match point.asks_for_people {
                true => self.people(point),
                false => Vec::new(),
            },
        }
    }

    /// The facts that are there, for each subject that has them, and the names of those that are not.
    fn facts(&self, point: &Point) -> (Vec<FactLine>, String) {
        let (mut lines, mut absent) = (Vec::new(), Vec::new());
        for fact in &point.facts {
            let declared = &self.procedure().facts[*fact];
            let name = label(self.procedure(), *fact);
            let members = &self.view.case().members[usize::from(declared.domain.0)];
            for (at, member) in members.iter().enumerate() {
                let term = match members.len() > 1 && declared.domain != CASE {
                    true => format!("{name}（{}）", member.name),
                    false => name.clone(),
                };
                let now = self.value(self.view.case(), *fact, at, self.view.now);
                let Some((now, detail)) = now else {
                    absent.push(term);
                    continue;
                };
                let was = self.before.as_ref().map(|before| {
                    let was = self.value(&before.case, *fact, at, before.occurred);
                    was.map_or_else(String::new, |(text, _)| text)
                });
                let changed = was.filter(|was| *was != now);
                lines.push(FactLine {
                    term,
                    is_changed: changed.is_some(),
                    value: match changed {
                        Some(was) => Shown::Changed(Diff::of(&was, &now)),
                        None => Shown::Text(now),
                    },
                    detail: wording::prose(&detail),
                    is_derived: declared.derived_by.is_some(),
                    said: self.said_by(*fact, at),
                });
            }
        }
        (lines, absent.join("、"))
    }

    /// A value as it is shown, with how it came about; derived ones as the law reads them on the day.
    fn value(
        &self,
        case: &Case,
        fact: FactIx,
        member: usize,
        at: Moment,
    ) -> Option<(String, String)> {
        let context = self.office.context();
        let procedure = &case.procedure;
        let show = |value| wording::value(&context.rules, procedure, fact, value);
        let Some(algorithm) = &procedure.facts[fact].derived_by else {
            return Some((show(case.fact(fact, member)?), String::new()));
        };
        let exists = |domain: usize| member < case.members[domain].len();
        if !exists(usize::from(procedure.facts[fact].domain.0)) {
            return None;
        }
        let live = Live {
            case,
            context: &context,
            command: None,
            member,
            at,
            newcomer: None,
            settled: std::cell::OnceCell::new(),
        };
        let derived = derive(algorithm, &live, member)?;
        Some((show(&derived.value), derived.detail))
    }

    /// The act that said a fact last.
    fn said_by(&self, fact: FactIx, member: usize) -> Option<Link> {
        let domain = self.procedure().facts[fact].domain;
        let mut history = self.view.case().history.iter().rev();
        let done = history.find(|done| {
            let is_of = domain == CASE || done.member == member;
            is_of && done.facts.iter().any(|(said, _)| *said == fact)
        })?;
        let name = wording::event(self.procedure(), done.event);
        Some(Link::new(self.place(done), name))
    }

    /// Where a doing stands among what happened, with nothing folded.
    fn place(&self, done: &Done) -> String {
        let case_id = &self.view.case_id;
        let entry = index(done.entry).and_then(|at| self.view.recorded.get(at));
        let anchor = entry.map_or_else(String::new, |it| format!("#entry-{}", it.leaf_index));
        format!("/cases/{case_id}?unfold=all{anchor}")
    }

    fn acts(&self, point: &Point) -> Vec<ActLine> {
        let done = reviews::doings(self.view, &point.events);
        done.into_iter().map(|done| self.act(done)).collect()
    }

    fn act(&self, done: &Done) -> ActLine {
        ActLine {
            link: Link::new(self.place(done), self.name(done)),
            occurred: done.occurred.chinese(),
            people: self.by_role(done),
            cautions: self.lacking(done),
            files: self.files(done),
            news: match &self.before {
                Some(before) if done.entry > before.entry => "新办理",
                Some(before) if self.is_corrected_after(done, before.entry) => "有更正",
                Some(_) | None => "",
            },
        }
    }

    /// The name of a doing, with its subject where there are several.
    fn name(&self, done: &Done) -> String {
        let procedure = self.procedure();
        let name = wording::event(procedure, done.event);
        let domain = procedure.events[done.event].domain;
        let members = &self.view.case().members[usize::from(domain.0)];
        match members.get(done.member) {
            Some(member) if members.len() > 1 && domain != CASE => {
                format!("{name}（{}）", member.name)
            }
            _ => name,
        }
    }

    /// `承办人 陆清源、闻一舟，负责人 荀正岳`
    fn by_role(&self, done: &Done) -> String {
        let mut roles: Vec<(usize, Vec<String>)> = Vec::new();
        for (role, id) in &done.people {
            let name = wording::person(self.office, id);
            match roles.iter_mut().find(|(known, _)| known == role) {
                Some((_, names)) => names.push(name),
                None => roles.push((*role, vec![name])),
            }
        }
        let roles = roles.into_iter().map(|(role, names)| {
            let role = &self.procedure().roles[role].name;
            format!("{role} {}", names.join("、"))
        });
        roles.collect::<Vec<_>>().join("，")
    }

    /// Officers whose credential did not hold on the day.
    fn lacking(&self, done: &Done) -> Vec<String> {
        let file = self.office.agency();
        let officers = done.people.iter();
        let officers = officers.filter(|(role, _)| self.procedure().roles[*role].is_officer);
        let staff = officers.filter_map(|(_, id)| file.staff(id));
        staff
            .filter_map(|staff| {
                let problem = people::lacks(self.office, staff, done.occurred.day)?;
                Some(format!("{}：{problem}", staff.name))
            })
            .collect()
    }

    /// Those who took part in these acts, each once for a role, with what entitled them on the day they did so last.
    fn people(&self, point: &Point) -> Vec<PersonLine> {
        let file = self.office.agency();
        let mut seen: Vec<(usize, &str)> = Vec::new();
        let mut lines = Vec::new();
        for done in reviews::doings(self.view, &point.events).into_iter().rev() {
            for (role, id) in &done.people {
                if seen.contains(&(*role, id.as_str())) {
                    continue;
                }
                seen.push((*role, id.as_str()));
                let declared = &self.procedure().roles[*role];
                let Some(staff) = file.staff(id) else {
                    continue;
                };
                lines.push(PersonLine {
                    name: staff.name.clone(),
                    role: declared.name.clone(),
                    standing: people::entitled(self.office, staff, declared, done.occurred.day),
                });
            }
        }
        lines.sort_by_key(|line| self.role_rank(&line.role));
        lines
    }

    fn role_rank(&self, name: &str) -> Option<usize> {
        let mut roles = self.procedure().roles.iter();
        roles.position(|role| role.name == name)
    }

    /// What was recorded of a doing: the act itself, then what corrected it.
    fn recorded(&self, done: &Done) -> Vec<&ActPerformed> {
        let mut all: Vec<&ActPerformed> = Vec::new();
        let entries = &self.view.history.entries;
        match index(done.entry).and_then(|at| entries.get(at)) {
            Some(Entry::Act(act)) => all.push(act),
            Some(Entry::TakenOver(taken)) => all.extend(taken.acts.get(done.within)),
            Some(Entry::Corrected(correction)) => all.push(&correction.act),
            Some(Entry::CalendarSettled { .. } | Entry::PartsDestroyed(_)) | None => {}
        }
        let corrections = entries.iter().filter_map(|entry| match entry {
            Entry::Corrected(it) if (it.of, it.within) == (done.entry, done.within) => Some(it),
            _ => None,
        });
        all.extend(corrections.map(|correction| &correction.act));
        all
    }

    fn is_corrected_after(&self, done: &Done, entry: u32) -> bool {
        let entries = self.view.history.entries.iter();
        let later = entries.skip(usize::try_from(entry).unwrap_or(usize::MAX));
        let mut corrections = later.filter_map(|entry| match entry {
            Entry::Corrected(correction) => Some((correction.of, correction.within)),
            _ => None,
        });
        corrections.any(|of| of == (done.entry, done.within))
    }

    fn files(&self, done: &Done) -> Vec<FileLine> {
        let mut all: Vec<&FileRef> = Vec::new();
        for act in self.recorded(done) {
            for file in &act.files {
                if !all.iter().any(|known| known.sha256 == file.sha256) {
                    all.push(file);
                }
            }
        }
        all.into_iter()
            .map(|file| FileLine {
                name: file.name.clone(),
                size: wording::size(file.size_bytes),
                href: format!("/files/{}", file.sha256),
            })
            .collect()
    }

    /// Defects that these acts left behind and nothing has cured.
    fn defects(&self, point: &Point) -> Vec<String> {
        let procedure = self.procedure();
        let mut lines = Vec::new();
        for (at, spec) in procedure.defects.iter().enumerate() {
            if !point.events.contains(&spec.event) {
                continue;
            }
            for defect in self.view.case().defects[at].iter().flatten() {
                let event = wording::event(procedure, spec.event);
                let since = defect.since.chinese();
                let basis = wording::prose(&procedure.rules[spec.rule].basis);
                lines.push(format!("{}（{event}，{since}）。{basis}", spec.name));
            }
        }
        lines
    }

    /// What a doing said, without the checklist itself.
    fn said(&self, done: &Done, without: FactIx) -> Vec<(String, String)> {
        let facts = done.facts.iter().filter(|(fact, _)| *fact != without);
        let rules = &self.office.context().rules;
        facts
            .map(|(fact, value)| {
                let shown = wording::value(rules, self.procedure(), *fact, value);
                (label(self.procedure(), *fact), shown)
            })
            .collect()
    }

    fn submission(&self, list: &Checklist) -> Option<Submission> {
        let all = reviews::doings(self.view, &list.submissions);
        let last = all.last()?;
        let mut cautions = Vec::new();
        for act in self.recorded(last) {
            for (rule, reason) in &act.reasons {
                let rule = self.procedure().rule(rule);
                let note = rule.map_or("", |rule| self.procedure().rules[rule].note.as_str());
                cautions.push(format!("{}写明的理由：{reason}", wording::prose(note)));
            }
        }
        Some(Submission {
            name: self.name(last),
            nth: all.len(),
            occurred: last.occurred.chinese(),
            people: reviews::people(self.office, last),
            facts: self.said(last, list.fact),
            cautions,
            files: self.files(last),
            link: self.place(last),
        })
    }

    /// What was said earlier in the same roles, the latest first.
    fn opinions(&self, event: EventIx, list: &Checklist) -> Vec<Opinion> {
        let mut events = reviews::of_same_roles(self.procedure(), event);
        events.push(event);
        let said = reviews::doings(self.view, &events);
        let history = &self.view.case().history;
        let mut opinions = Vec::new();
        for (at, done) in said.iter().enumerate() {
            let place = |done: &Done| (done.entry, done.within);
            let until = said.get(at + 1).map(|next| place(next));
            let after = history.iter().filter(|it| place(it) > place(done));
            let after = after.filter(|it| until.is_none_or(|until| place(it) < until));
            let after: Vec<&Done> = after.collect();
            let steps = after.iter().take(NAMED).map(|step| Step {
                link: Link::new(self.place(step), self.name(step)),
                occurred: step.occurred.chinese(),
                note: match list.submissions.contains(&step.event) {
                    true => self.words(step),
                    false => String::new(),
                },
            });
            opinions.push(Opinion {
                name: self.name(done),
                occurred: done.occurred.chinese(),
                people: reviews::people(self.office, done),
                facts: self.said(done, list.fact),
                link: self.place(done),
                then: steps.collect(),
                more: after.len().saturating_sub(NAMED),
            });
        }
        opinions.reverse();
        opinions
    }

    /// What a doing said in words.
    fn words(&self, done: &Done) -> String {
        let is_text = |fact: &FactIx| {
            let kind = &self.procedure().facts[*fact].kind;
            matches!(kind, law::fact::FactType::Text)
        };
        let texts = done.facts.iter().filter(|(fact, _)| is_text(fact));
        let shown = texts.map(|(fact, value)| self.procedure().facts[*fact].show(value));
        shown.collect::<Vec<_>>().join("；")
    }
}

/// Articles one after the other; a statute is named once.
fn basis(cites: &[Citation]) -> String {
    let mut text = String::new();
    let mut last = "";
    for cite in cites {
        let name_end = cite.text.find('》').map_or(0, |at| at + '》'.len_utf8());
        let (_, article) = cite.text.split_at(name_end);
        if !text.is_empty() {
            text.push('、');
        }
        let is_same = last == cite.statute && !article.is_empty();
        text.push_str(if is_same { article } else { &cite.text });
        last = &cite.statute;
    }
    text
}

/// The place of an entry by its number.
fn index(number: u32) -> Option<usize> {
    usize::try_from(number).ok()?.checked_sub(1)
}

/// The name of a fact, with the document that it is about.
fn label(procedure: &Procedure, fact: FactIx) -> String {
    let declared = &procedure.facts[fact];
    let name = wording::fact_name(&declared.name);
    match declared.document {
        Some(document) => format!("{name}（{}）", procedure.documents[document].name),
        None => name.to_owned(),
    }
}
