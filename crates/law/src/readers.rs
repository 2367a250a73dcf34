//! Who reads a condition that people type into a register: the catalogue of legal review, or the benchmark of penalties; in
//! which procedures it is asked, and which facts it may read there.

use crate::Rules;
use crate::condition::Condition;
use crate::fact::{Fact, FactType};
use crate::load::Names;
use crate::model::{ActClass, CASE, Domain, EventIx, FactIx, Procedure, Strength, SubjectClass};
use crate::statute::Verified;
use crate::typed::{self, Mistake};

/// What a condition belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A row of the catalogue of legal review (重大执法决定法制审核目录): read in the procedure that the row names.
    ReviewCatalog,
    /// A tier of the benchmark (裁量权基准): read in every procedure that fines and knows its facts.
    Benchmark,
}

/// A reader in one procedure.
pub struct Reading<'r> {
    /// The procedure.
    pub procedure: &'r Procedure,
    /// Its names.
    pub names: &'r Names,
    reader: Reader,
    /// The facts that a condition may read here; everything, where the procedure does not say when it asks.
    known: Option<Vec<FactIx>>,
}

impl Reading<'_> {
    /// What a text says here, or what it says wrongly or may not read here.
    pub fn read(&self, text: &str) -> Result<Condition, Vec<Mistake>> {
        let condition = typed::read(text, self.names)?;
        let found: Vec<Mistake> = condition
            .facts()
            .into_iter()
            .filter_map(|fact| {
                let declared = &self.procedure.facts[fact];
                if !self.reader.fits(declared) {
                    return Some(unfit(&declared.name));
                }
                let is_known = self.known.as_ref().is_none_or(|it| it.contains(&fact));
                (!is_known).then(|| self.unknown_yet(fact))
            })
            .collect();
        match found.as_slice() {
            [] => Ok(condition),
            _ => Err(found),
        }
    }

    /// Why a condition may not read a fact.
    fn unknown_yet(&self, fact: FactIx) -> Mistake {
        let procedure = self.procedure;
        let acts = self.reader.asked(procedure).into_iter();
        let acts: Vec<&str> = acts.map(|it| procedure.events[it].name.as_str()).collect();
        let (fact, acts) = (&procedure.facts[fact].name, acts.join("】【"));
        Mistake {
            line: 1,
            seen: format!("“{fact}”到【{acts}】时还不一定有值"),
            expected: "那时一定已经填写，或者在那一步填写的事实".to_owned(),
        }
    }
}

impl Reader {
    /// The algorithm by which the rules ask for it.
    fn algorithm(self) -> &'static str {
        match self {
            Reader::ReviewCatalog => crate::review_catalog::ALGORITHM,
            Reader::Benchmark => crate::discretion::OUTSIDE_BENCHMARK,
        }
    }

    /// The procedures that ask for it, in the order of the rules.
    pub fn procedures(self, rules: &Rules) -> impl Iterator<Item = (&Procedure, &Names)> {
        let asking = rules.procedures.iter();
        let asking = asking.filter(move |it| !self.asked(it).is_empty());
        asking.filter_map(|it| Some((it, rules.names.get(&it.id)?)))
    }

    /// A text in words, under the first procedure that can read it. Names are as they were typed, so that every procedure
    /// that can read it says the same.
    pub fn in_words(self, text: &str, rules: &Rules) -> Option<String> {
        let mut read = self.procedures(rules).filter_map(|(procedure, names)| {
            let condition = typed::read(text, names).ok()?;
            Some(procedure.words().sentence(&condition))
        });
        read.next()
    }

    /// The acts at which the rules of a procedure ask for it.
    pub fn asked(self, procedure: &Procedure) -> Vec<EventIx> {
        let is_ours = |fact: &FactIx| {
            let by = procedure.facts[*fact].derived_by.as_deref();
            by == Some(self.algorithm())
        };
        let asks = |event: &EventIx| procedure.facts_asked(*event).iter().any(is_ours);
        (0..procedure.events.len()).filter(asks).collect()
    }

    /// It in one procedure.
    pub fn reading<'r>(self, procedure: &'r Procedure, names: &'r Names) -> Reading<'r> {
        let asks = !self.asked(procedure).is_empty();
        Reading {
            procedure,
            names,
            reader: self,
            known: asks.then(|| self.known(procedure)),
        }
    }

    /// Whether it may read a fact at all: tiers are held against each other and against the statute in every circumstance that
    /// they tell apart, which only values that people choose or count allow.
    pub fn fits(self, fact: &Fact) -> bool {
        use FactType as T;
        let is_told_apart = matches!(
            fact.kind,
            T::Bool | T::Choice(_) | T::Choices(_) | T::Count | T::Quantity | T::Money
        );
        match self {
            Reader::ReviewCatalog => true,
            Reader::Benchmark => fact.derived_by.is_none() && is_told_apart,
        }
    }

    /// The facts that a condition may read: at the act that asks for it they are filled, or are filled by it.
    pub fn known(self, procedure: &Procedure) -> Vec<FactIx> {
        let Some(domain) = procedure
            .facts
            .iter()
            .find(|fact| fact.derived_by.as_deref() == Some(self.algorithm()))
            .map(|fact| fact.domain)
        else {
            return Vec::new();
        };
        let mut found: Option<Vec<FactIx>> = None;
        for event in self.asked(procedure) {
            let own = self.known_at(procedure, event);
            found = Some(match found {
                None => own,
                Some(found) => found.into_iter().filter(|it| own.contains(it)).collect(),
            });
        }
        let mut found = found.unwrap_or_default();
        found.retain(|fact| {
            let fact = &procedure.facts[*fact];
            let is_of_whom =
                fact.domain == domain || domain == CASE && is_party(procedure, fact.domain);
            fact.document.is_none() && (fact.domain == CASE || is_of_whom)
        });
        found.sort_unstable();
        found.dedup();
        found
    }

    fn known_at(self, procedure: &Procedure, event: EventIx) -> Vec<FactIx> {
        let mut found = before(procedure, event, &mut Vec::new());
        let own = &procedure.events[event];
        found.extend(own.required.iter().chain(&own.optional));
        // A derived fact that the rules ask for here anyway.
        let asked_here = procedure.facts_asked(event).into_iter();
        found.extend(asked_here.filter(|fact| {
            let by = procedure.facts[*fact].derived_by.as_deref();
            by.is_some_and(|by| by != self.algorithm())
        }));
        let whom = procedure
            .subjects
            .iter()
            .filter(|it| it.class == SubjectClass::Party);
        found.extend(whom.flat_map(|it| &it.required));
        found
    }

    /// The facts that a condition may read, under the act that says each of them; derived ones last.
    pub fn grouped(self, procedure: &Procedure) -> Vec<(String, Vec<FactIx>)> {
        let known = self.known(procedure);
        let mut groups: Vec<(String, Vec<FactIx>)> = Vec::new();
        let mut taken: Vec<FactIx> = Vec::new();
        let mut group = |name: &str, facts: &mut dyn Iterator<Item = FactIx>| {
            let mut own = Vec::new();
            for fact in facts {
                let fits = self.fits(&procedure.facts[fact]);
                if fits && known.contains(&fact) && !taken.contains(&fact) {
                    taken.push(fact);
                    own.push(fact);
                }
            }
            if !own.is_empty() {
                groups.push((name.to_owned(), own));
            }
        };
        for subject in &procedure.subjects {
            group(&subject.name, &mut subject.required.iter().copied());
        }
        for event in &procedure.events {
            let says = event.required.iter().chain(&event.optional);
            group(&event.name, &mut says.copied());
        }
        group("由程序算出", &mut (0..procedure.facts.len()));
        groups
    }
}

fn is_party(procedure: &Procedure, domain: Domain) -> bool {
    let subject = procedure.subjects.get(usize::from(domain.0));
    subject.is_some_and(|it| it.class == SubjectClass::Party)
}

/// What must have been filled before an act, by the gates that nobody can pass.
fn before(procedure: &Procedure, event: EventIx, seen: &mut Vec<EventIx>) -> Vec<FactIx> {
    if seen.contains(&event) {
        return Vec::new();
    }
    seen.push(event);
    let mut found = Vec::new();
    let is_made = procedure.act_of(event).class == ActClass::MadeHere;
    let gates = procedure.conditions.iter().filter(|edge| {
        let rule = &procedure.rules[edge.rule];
        let holds_always = rule.strength == Strength::Block
            && rule.verified == Verified::Yes
            && rule.from.is_none()
            && rule.until.is_none();
        edge.target == event && edge.when.is_none() && holds_always && is_made
    });
    for edge in gates {
        let mut of_any: Option<Vec<FactIx>> = None;
        for source in &edge.sources {
            let mut own = before(procedure, *source, &mut seen.clone());
            own.extend(&procedure.events[*source].required);
            of_any = Some(match of_any {
                None => own,
                Some(found) => found.into_iter().filter(|it| own.contains(it)).collect(),
            });
        }
        found.extend(of_any.unwrap_or_default());
    }
    found
}

/// Why the benchmark does not read a fact, or not in this way.
pub(crate) fn unfit(fact: &str) -> Mistake {
    Mistake {
        line: 1,
        seen: format!("“{fact}”在裁量基准里不能这样比较"),
        expected: "由人填写的 是否、选项、多选、数、金额，与固定的值比较".to_owned(),
    }
}

/// The words of comparison that fit a fact, as the notation has them.
pub fn tests_of(names: &Names, fact: FactIx) -> &'static [&'static str] {
    use FactType as T;
    match &names.facts[fact].kind {
        T::Bool => &["成立", "不成立"],
        T::Choice(_) => &["是", "不是", "属于"],
        T::Choices(_) => &["含", "不含"],
        T::Count | T::Quantity | T::Money => &["不少于", "超过", "不超过", "少于", "等于"],
        T::Date | T::Moment => &["不早于", "晚于", "不晚于", "早于", "等于"],
        T::Penalty => &["含种类", "罚款不少于", "罚款超过", "没收不少于", "没收超过"],
        T::Text | T::Item | T::ResidentId | T::CreditCode | T::Number | T::Installments => {
            &["已填", "未填"]
        }
    }
}
