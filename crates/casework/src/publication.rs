//! What the public would see of a case: the layout of the rules filled from its facts, personal data hidden.
//!
//! It is there as soon as the facts are: nobody drafts it. A reviewer sees exactly these lines, the gate of the law counts
//! the doubts in exactly these lines, and what is released is made of exactly these lines.

use crate::case::{Case, Member};
use crate::context::Context;
use crate::derive::party;
use crate::live::Live;
use crate::redaction::{Choices, Known, Redacted, hidden_name, known_names, redact};
use law::engine::{self, Scope};
use law::fact::{FactType, PersonalKind, Value};
use law::layout::{Layout, LayoutLine, LinePeriod, Piece};
use law::model::{CASE, DocumentIx, Domain, FactIx, SubjectClass};
use law::time::{Period, due};
use law::truth::Truth;
use std::collections::BTreeSet;
use vocabulary::{Day, Moment};

/// A publication as it would be now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The heading.
    pub title: Redacted,
    /// What kind of document it is.
    pub kind: String,
    /// The number of the document.
    pub number: Option<String>,
    /// The party, as the public may know it.
    pub party: Option<Redacted>,
    /// The date of the document.
    pub decided_on: Option<Day>,
    /// What was decided, in one line.
    pub summary: Option<Redacted>,
    /// Lines under headings.
    pub sections: Vec<ShownSection>,
    /// By what it is found.
    pub facets: Vec<(String, Vec<String>)>,
}

/// Lines under a heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownSection {
    /// The heading.
    pub heading: String,
    /// Name and value.
    pub lines: Vec<(String, Redacted)>,
}

impl Shown {
    /// Every text in it.
    pub fn texts(&self) -> impl Iterator<Item = &Redacted> {
        let lines = self.sections.iter().flat_map(|section| &section.lines);
        let lines = lines.map(|(_, text)| text);
        let head = std::iter::once(&self.title).chain(&self.party);
        head.chain(&self.summary).chain(lines)
    }

    /// Words in doubt, each once, with what they look like.
    pub fn doubts(&self) -> Vec<(&str, &'static str)> {
        let mut found: Vec<(&str, &'static str)> = Vec::new();
        for (words, what) in self.texts().flat_map(Redacted::doubts) {
            if !found.iter().any(|(known, _)| *known == words) {
                found.push((words, what));
            }
        }
        found
    }
}

/// What the public would see of a member's publication, the act at hand included.
pub fn shown(
    live: &Live<'_>,
    document: DocumentIx,
    member: usize,
    agency_name: &str,
) -> Option<Shown> {
    let procedure = &live.case.procedure;
    let layout = procedure.layout_of(document)?;
    let domain = procedure.documents[document].domain;
    let reading = Reading {
        live,
        layout,
        domain,
        member,
        known: known(live.case),
        choices: choices(live, layout, domain, member),
        agency_name,
    };
    Some(reading.shown())
}

/// Words in doubt in what a party's publications would show, with what they look like.
pub(crate) fn doubts(live: &Live<'_>, member: usize) -> Vec<(String, &'static str)> {
    let procedure = &live.case.procedure;
    let domain = party::domain(live);
    let of_party = procedure.layouts.iter().filter(|layout| {
        let declared = &procedure.documents[layout.document];
        declared.domain == CASE || Some(declared.domain) == domain
    });
    let shown = of_party.filter_map(|layout| shown(live, layout.document, member, ""));
    let doubts = shown.flat_map(|shown| {
        let doubts = shown.doubts().into_iter();
        let owned = doubts.map(|(words, what)| (words.to_owned(), what));
        owned.collect::<Vec<_>>()
    });
    doubts.collect()
}

/// Everything that the case knows to be personal data, of everybody in it.
pub fn known(case: &Case) -> BTreeSet<Known> {
    let procedure = &case.procedure;
    let mut names: Vec<&str> = Vec::new();
    let mut others: BTreeSet<Known> = BTreeSet::new();
    for (at, subject) in procedure.subjects.iter().enumerate() {
        if subject.class != SubjectClass::Party {
            continue;
        }
        for (member, party) in case.members[at].iter().enumerate() {
            if is_natural(case, member) {
                names.push(party.name.trim());
            }
        }
    }
    for done in &case.history {
        for (fact, value) in &done.facts {
            let declared = &procedure.facts[*fact];
            match (value, declared.personal) {
                (Value::Text(text), Some(PersonalKind::Name)) => names.extend(several(text)),
                (Value::Text(text), Some(kind)) => {
                    // The seat of an organization is no personal address.
                    let is_of_organization = declared.domain != CASE
                        && kind == PersonalKind::Address
                        && !is_natural(case, done.member);
                    if !is_of_organization {
                        others.insert(Known::new(text.trim(), kind));
                    }
                }
                (Value::ResidentId(id), _) => {
                    others.insert(Known::new(id.as_str(), PersonalKind::Paper));
                }
                _ => {}
            }
        }
    }
    // A single character is no name that could be told from any other word.
    let names = names.into_iter().filter(|name| name.chars().count() > 1);
    others.extend(known_names(names));
    let former = former_names(case, &others);
    others.extend(former);
    others.retain(|known| known.words.chars().count() > 1);
    others
}

/// Names of parties that were wrong. What people wrote before they were corrected still says them.
fn former_names(case: &Case, known: &BTreeSet<Known>) -> Vec<Known> {
    let classes = case.procedure.subjects.iter().zip(&case.members);
    let parties: Vec<(usize, &Member)> = classes
        .filter(|(subject, _)| subject.class == SubjectClass::Party)
        .flat_map(|(_, members)| members.iter().enumerate())
        .collect();
    let right: BTreeSet<&str> = parties.iter().map(|(_, party)| party.name.trim()).collect();
    let mut found = Vec::new();
    for (at, party) in &parties {
        let name = party.name.trim();
        for former in &party.former {
            let words = former.name.trim();
            if right.contains(words) || name.is_empty() {
                continue;
            }
            if is_natural(case, *at) {
                let shown = known.iter().find(|it| it.words == name);
                found.push(Known {
                    shown: shown.map_or_else(|| hidden_name(name), |it| it.shown.clone()),
                    ..Known::new(words, PersonalKind::Name)
                });
                continue;
            }
            found.push(Known::former_name(words, name));
            // People leave the place away: that is the same name.
            if let (Some(short), Some(right)) = (without_place(words), without_place(name)) {
                found.push(Known::former_name(short, right));
            }
        }
    }
    found
}

/// The name of an organization without the place in front of it, where enough is left to be a name.
fn without_place(name: &str) -> Option<&str> {
    let mut rest = name;
    loop {
        let mut letters = rest.char_indices().enumerate().skip(2).take(3);
        let place = letters.find(|(_, (_, c))| "省市县区".contains(*c));
        let Some((_, (at, last))) = place else { break };
        rest = rest.get(at + last.len_utf8()..)?;
    }
    (rest.len() < name.len() && rest.chars().count() >= 4).then_some(rest)
}

/// Names that stand in one text.
fn several(text: &str) -> impl Iterator<Item = &str> {
    text.split(['、', ',', '\u{ff0c}', ';', '\u{ff1b}', '\n'])
        .map(str::trim)
        .filter(|name| !name.is_empty())
}

/// Whether a party is a natural person; one in business bears the name of the business.
fn is_natural(case: &Case, member: usize) -> bool {
    let Some(fact) = case.procedure.fact("party_kind") else {
        return false;
    };
    let FactType::Choice(alternatives) = &case.procedure.facts[fact].kind else {
        return false;
    };
    match case.fact(fact, member) {
        Some(Value::Choice(chosen)) => alternatives
            .get(usize::from(*chosen))
            .is_some_and(|it| it.id == "citizen"),
        // As long as nobody says what the party is, its name is kept back.
        _ => true,
    }
}

fn choices(live: &Live<'_>, layout: &Layout, domain: Domain, member: usize) -> Choices {
    let text = |fact: Option<FactIx>| -> &str {
        let of = fact.map(|fact| (fact, live.case.procedure.facts[fact].domain));
        let value = of.and_then(|(fact, of)| {
            let member = if of == domain { member } else { 0 };
            live.fact(fact, member)
        });
        match value {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    };
    Choices::read(text(layout.hide), text(layout.show))
}

struct Reading<'a> {
    live: &'a Live<'a>,
    layout: &'a Layout,
    domain: Domain,
    member: usize,
    known: BTreeSet<Known>,
    choices: Choices,
    agency_name: &'a str,
}

impl Reading<'_> {
    fn shown(&self) -> Shown {
        let layout = self.layout;
        let about = layout.title.iter().find_map(|fact| self.text_of(*fact));
        let title = match about {
            Some(about) => format!("{about}：{}", layout.kind),
            None => layout.kind.clone(),
        };
        let summary: Vec<String> = layout
            .summary
            .iter()
            .filter_map(|fact| self.text_of(*fact))
            .collect();
        let sections = layout.sections.iter().map(|section| ShownSection {
            heading: section.heading.clone(),
            lines: section
                .lines
                .iter()
                .filter_map(|line| Some((line.label.clone(), self.line(line)?)))
                .collect(),
        });
        let facets = layout.facets.iter().filter_map(|(name, fact)| {
            let values = self.facet(*fact)?;
            Some((name.clone(), values))
        });
        Shown {
            title: self.redacted(&title),
            kind: layout.kind.clone(),
            number: layout.number.and_then(|fact| self.text_of(fact)),
            party: self.party(),
            decided_on: layout.decided_on.and_then(|fact| match self.value(fact)? {
                Value::Date(day) => Some(*day),
                _ => None,
            }),
            summary: (!summary.is_empty()).then(|| self.redacted(&summary.join("；"))),
            sections: sections.filter(|it| !it.lines.is_empty()).collect(),
            facets: facets.collect(),
        }
    }

    fn value(&self, fact: FactIx) -> Option<&Value> {
        let of = self.live.case.procedure.facts[fact].domain;
        let member = if of == CASE {
            0
        } else if of == self.domain {
            self.member
        } else {
            return None;
        };
        self.live.fact(fact, member)
    }

    fn text_of(&self, fact: FactIx) -> Option<String> {
        let declared = &self.live.case.procedure.facts[fact];
        let value = self.value(fact)?;
        if let Value::Item(id) = value
            && let Some(item) = self.context().rules.items.get(id)
        {
            return Some(item.name.clone());
        }
        Some(declared.show(value))
    }

    fn context(&self) -> &Context {
        self.live.context
    }

    fn redacted(&self, text: &str) -> Redacted {
        redact(text, &self.known, &self.choices)
    }

    /// The party is hidden by what it is, not by what its name looks like; and never in doubt.
    fn party(&self) -> Option<Redacted> {
        let name = self.party_name()?;
        let known = self.known.iter().filter(|known| known.words == name);
        let own: BTreeSet<Known> = known.cloned().collect();
        if own.is_empty() {
            return Some(Redacted {
                stretches: vec![crate::redaction::Stretch::Plain(name.to_owned())],
            });
        }
        Some(redact(name, &own, &Choices::default()))
    }

    fn party_name(&self) -> Option<&str> {
        let of = self.live.case.members.get(usize::from(self.domain.0))?;
        let name = of.get(self.member)?.name.trim();
        (!name.is_empty()).then_some(name)
    }

    fn line(&self, line: &LayoutLine) -> Option<Redacted> {
        if let Some(when) = &line.when {
            let scope = Scope::of(self.domain, self.member);
            if engine::holds(self.live, when, &scope).truth != Truth::True {
                return None;
            }
        }
        let mut all = Redacted::default();
        let mut words = String::new();
        for piece in &line.pieces {
            match piece {
                Piece::Words(fixed) => words.push_str(fixed),
                Piece::Fact(fact) => words.push_str(&self.text_of(*fact)?),
                Piece::BasisOf(fact) => words.push_str(&self.basis(*fact)?),
                Piece::Agency => words.push_str(self.agency_name),
                Piece::Party => {
                    all.stretches
                        .extend(self.redacted(&std::mem::take(&mut words)).stretches);
                    all.stretches.extend(self.party()?.stretches);
                }
            }
        }
        if let Some(period) = &line.period
            && let Some(told) = self.last_day(period)
        {
            words.push_str(&told);
        }
        all.stretches.extend(self.redacted(&words).stretches);
        Some(all)
    }

    fn basis(&self, fact: FactIx) -> Option<String> {
        let Value::Item(id) = self.value(fact)? else {
            return None;
        };
        let item = self.context().rules.items.get(id)?;
        let cites: Vec<&str> = item.cites.iter().map(|cite| cite.text.as_str()).collect();
        Some(cites.join("、"))
    }

    /// Since when and until when, where the start is known.
    fn last_day(&self, period: &LinePeriod) -> Option<String> {
        let case = self.live.case;
        let starts = period.from.iter().filter_map(|event| {
            let of = case.procedure.events[*event].domain;
            let member = if of == CASE { 0 } else { self.member };
            case.mark(*event, member)?.last
        });
        let from: Moment = starts.max()?;
        let Value::Count(count) = self.value(period.count)? else {
            return None;
        };
        let count = u32::try_from(*count).ok()?;
        let length = Period::new(count, period.unit, period.code).ok()?;
        let end = due(&self.context().calendar, length, from, &[]).ok()?;
        let note = if end.provisional { "，暂定" } else { "" };
        Some(format!("（{}送达，至{}届满{note}）", from.day, end.at.day))
    }

    fn facet(&self, fact: FactIx) -> Option<Vec<String>> {
        let values = match self.value(fact)? {
            Value::Penalty(penalty) => penalty
                .kinds
                .iter()
                .map(|kind| kind.chinese().to_owned())
                .collect(),
            Value::Choices(_) => {
                let text = self.text_of(fact)?;
                text.split('、').map(str::to_owned).collect()
            }
            Value::Date(day) => vec![format!("{}年", day.ymd().0)],
            _ => vec![self.redacted(&self.text_of(fact)?).shown()],
        };
        Some(values).filter(|values| !values.is_empty())
    }
}
