//! The agency's catalogue of decisions that need a legal review (重大执法决定法制审核目录): its rows, read as conditions and
//! ready to be asked. A row without a condition is for people to read and catches nothing by itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Rules;
use crate::condition::Condition;
use crate::contradiction;
use crate::load::Names;
use crate::model::{ActClass, CASE, Domain, EventIx, FactIx, Procedure, Strength, SubjectClass};
use crate::statute::Verified;
use crate::typed;
use vocabulary::Day;

/// The algorithm by which the rules ask for the catalogue.
pub const ALGORITHM: &str = "review_catalog";

/// A row as it is stored and typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogRow {
    /// Its id in the register.
    pub id: String,
    /// What it is about.
    pub name: String,
    /// The id of the procedure; empty where the row has no condition.
    pub procedure: String,
    /// In the notation of `rules/` (docs/guides/rules-notation.md, section 5); empty for a row that is only read.
    pub condition: String,
    /// In effect from this day.
    pub from: Day,
    /// No longer in effect from this day.
    pub until: Option<Day>,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// The field.
    pub field: &'static str,
    /// A sentence.
    pub text: String,
}

/// A row that can catch a case.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its id in the register.
    pub id: Arc<str>,
    /// What it is about.
    pub name: Arc<str>,
    /// Its condition in words.
    pub clause: Arc<str>,
    /// When it catches.
    pub condition: Condition,
    /// In effect from this day.
    pub from: Day,
    /// No longer in effect from this day.
    pub until: Option<Day>,
}

/// The rows of every procedure.
#[derive(Clone, Debug, Default)]
pub struct ReviewCatalog {
    procedures: BTreeMap<String, Vec<Listed>>,
}

impl ReviewCatalog {
    /// The rows that can be read under these rules. One that was approved under an earlier edition and names what is no more
    /// is for people to read again: it catches nothing.
    pub fn of<'r>(rows: impl IntoIterator<Item = &'r CatalogRow>, rules: &Rules) -> ReviewCatalog {
        let mut catalog = ReviewCatalog::default();
        for row in rows {
            if let Ok(Some((procedure, condition))) = read(row, rules) {
                let listed = Listed {
                    id: row.id.as_str().into(),
                    name: row.name.as_str().into(),
                    clause: procedure.words().sentence(&condition).into(),
                    condition,
                    from: row.from,
                    until: row.until,
                };
                let of = catalog.procedures.entry(procedure.id.clone());
                of.or_default().push(listed);
            }
        }
        catalog
    }

    /// The rows of a procedure that hold on a day, in the order of the register.
    pub fn on<'c>(
        &'c self,
        procedure: &str,
        day: Day,
    ) -> impl Iterator<Item = &'c Listed> + use<'c> {
        let rows = self.procedures.get(procedure).into_iter().flatten();
        rows.filter(move |row| row.from <= day && row.until.is_none_or(|until| day < until))
    }
}

/// Everything that is wrong with a row.
pub fn mistakes(row: &CatalogRow, rules: &Rules) -> Vec<RowError> {
    read(row, rules).err().unwrap_or_default()
}

fn read<'r>(
    row: &CatalogRow,
    rules: &'r Rules,
) -> Result<Option<(&'r Procedure, Condition)>, Vec<RowError>> {
    let wrong = |field, text: String| Err(vec![RowError { field, text }]);
    if row.condition.trim().is_empty() {
        return Ok(None);
    }
    if row.procedure.is_empty() {
        let text = "写了条件的，须选择适用的程序：条件里的事实是那个程序的".to_owned();
        return wrong("procedure", text);
    }
    let found = rules.procedure(&row.procedure);
    let (Some(procedure), Some(names)) = (found, rules.names.get(&row.procedure)) else {
        return wrong("procedure", format!("没有程序“{}”", row.procedure));
    };
    if asked(procedure).is_empty() {
        let all = rules.procedures.iter().filter(|it| !asked(it).is_empty());
        let all: Vec<&str> = all.map(|it| it.name.as_str()).collect();
        let text = format!(
            "“{}”不按目录判断是否审核，条件不起作用；可以写条件的程序：{}",
            procedure.name,
            all.join("、")
        );
        return wrong("procedure", text);
    }
    let several = row.condition.trim().lines().count() > 1;
    let condition = match typed::read(&row.condition, names) {
        Ok(condition) => condition,
        Err(found) => {
            let errors = found.iter().map(|mistake| RowError {
                field: "condition",
                text: match several {
                    true => format!("条件第{}行：{mistake}", mistake.line),
                    false => mistake.to_string(),
                },
            });
            return Err(errors.collect());
        }
    };
    let known = known(procedure);
    let unknown: Vec<RowError> = condition
        .facts()
        .into_iter()
        .filter(|fact| !known.contains(fact))
        .map(|fact| RowError {
            field: "condition",
            text: unknown_yet(procedure, fact),
        })
        .collect();
    if !unknown.is_empty() {
        return Err(unknown);
    }
    if let Some(text) = contradiction::told(&condition, procedure.words()) {
        return wrong("condition", text);
    }
    Ok(Some((procedure, condition)))
}

/// Why a condition may not read a fact.
pub fn unknown_yet(procedure: &Procedure, fact: FactIx) -> String {
    let acts: Vec<&str> = asked(procedure)
        .into_iter()
        .map(|event| procedure.events[event].name.as_str())
        .collect();
    format!(
        "“{}”到【{}】时还不一定有值；应当是：那时一定已经填写，或者在那一步填写的事实",
        procedure.facts[fact].name,
        acts.join("】【")
    )
}

/// The acts at which the rules of a procedure ask for the catalogue.
pub fn asked(procedure: &Procedure) -> Vec<EventIx> {
    let is_ours = |fact: &FactIx| procedure.facts[*fact].derived_by.as_deref() == Some(ALGORITHM);
    let asks = |event: &EventIx| procedure.facts_asked(*event).iter().any(is_ours);
    (0..procedure.events.len()).filter(asks).collect()
}

/// The facts that a condition may read: at the act that asks for the catalogue they are filled, or are filled by it.
pub fn known(procedure: &Procedure) -> Vec<FactIx> {
    let Some(domain) = procedure
        .facts
        .iter()
        .find(|fact| fact.derived_by.as_deref() == Some(ALGORITHM))
        .map(|fact| fact.domain)
    else {
        return Vec::new();
    };
    let mut found: Option<Vec<FactIx>> = None;
    for event in asked(procedure) {
        let own = known_at(procedure, event);
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

fn known_at(procedure: &Procedure, event: EventIx) -> Vec<FactIx> {
    let mut found = before(procedure, event, &mut Vec::new());
    let own = &procedure.events[event];
    found.extend(own.required.iter().chain(&own.optional));
    // A derived fact that the rules ask for here anyway.
    let asked_here = procedure.facts_asked(event).into_iter();
    found.extend(asked_here.filter(|fact| {
        let by = procedure.facts[*fact].derived_by.as_deref();
        by.is_some_and(|by| by != ALGORITHM)
    }));
    let whom = procedure
        .subjects
        .iter()
        .filter(|it| it.class == SubjectClass::Party);
    found.extend(whom.flat_map(|it| &it.required));
    found
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

/// The facts that a condition may read, under the act that says each of them; derived ones last.
pub fn grouped(procedure: &Procedure) -> Vec<(String, Vec<FactIx>)> {
    let known = known(procedure);
    let mut groups: Vec<(String, Vec<FactIx>)> = Vec::new();
    let mut taken: Vec<FactIx> = Vec::new();
    let mut group = |name: &str, facts: &mut dyn Iterator<Item = FactIx>| {
        let mut own = Vec::new();
        for fact in facts {
            if known.contains(&fact) && !taken.contains(&fact) {
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

/// The words of comparison that fit a fact, as the notation has them.
pub fn tests_of(names: &Names, fact: FactIx) -> &'static [&'static str] {
    use crate::fact::FactType as T;
    match &names.facts[fact].kind {
        T::Bool => &["成立", "不成立"],
        T::Choice(_) => &["是", "不是", "属于"],
        T::Choices(_) => &["含", "不含"],
        T::Count | T::Money => &["不少于", "超过", "不超过", "少于", "等于"],
        T::Date | T::Moment => &["不早于", "晚于", "不晚于", "早于", "等于"],
        T::Penalty => &["含种类", "罚款不少于", "罚款超过", "没收不少于", "没收超过"],
        T::Text | T::Item | T::ResidentId | T::CreditCode | T::Number | T::Installments => {
            &["已填", "未填"]
        }
    }
}
