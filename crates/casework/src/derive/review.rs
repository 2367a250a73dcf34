//! Whether the agency's catalogue of decisions that need a review (审核目录) catches a case.

use law::condition::Condition;
use law::engine::{self, Scope};
use law::fact::Value;
use law::model::Domain;
use law::review_catalog::{ALGORITHM, Listed};
use law::truth::Truth;

use super::Derived;
use crate::live::Live;

/// How the rows in effect stand to a member.
pub(crate) struct Look<'c> {
    /// Those that catch it.
    pub(crate) catching: Vec<&'c Listed>,
    /// Those of which a fact is missing to say.
    pub(crate) open: Vec<&'c Listed>,
}

/// Whom the procedure asks the catalogue about; nothing where it does not.
pub(crate) fn domain(live: &Live<'_>) -> Option<Domain> {
    let facts = live.case.procedure.facts.iter();
    let mut ours = facts.filter(|fact| fact.derived_by.as_deref() == Some(ALGORITHM));
    ours.next().map(|fact| fact.domain)
}

/// The rows in effect on the day of the act, held against what is known of a member.
pub(crate) fn look<'c>(live: &Live<'c>, domain: Domain, member: usize) -> Look<'c> {
    let mut look = Look {
        catching: Vec::new(),
        open: Vec::new(),
    };
    let scope = Scope::of(domain, member);
    let procedure = &live.case.procedure.id;
    for row in live.context.review_catalog.on(procedure, live.at.day) {
        match engine::holds(live, &row.condition, &scope).truth {
            Truth::True => look.catching.push(row),
            Truth::Unknown => look.open.push(row),
            Truth::False => {}
        }
    }
    look
}

fn named(row: &Listed) -> String {
    format!(
        "本机关审核目录列有“{}”（{}）：{}",
        row.name, row.id, row.clause
    )
}

/// Whether a row catches the member; unknown while none does and a fact of one is missing.
pub(super) fn review_catalog(live: &Live<'_>, member: usize) -> Option<Derived> {
    let look = look(live, domain(live)?, member);
    if look.catching.is_empty() {
        return look.open.is_empty().then(|| Derived::no(""));
    }
    let rows: Vec<String> = look.catching.into_iter().map(named).collect();
    Some(Derived {
        value: Value::Bool(true),
        detail: rows.join("；"),
    })
}

/// Which facts are missing to say whether a row catches the member.
pub(super) fn lacking(live: &Live<'_>, member: usize) -> Option<String> {
    let domain = domain(live)?;
    let look = look(live, domain, member);
    let row = look.open.first()?;
    let scope = Scope::of(domain, member);
    let mut missing: Vec<&str> = Vec::new();
    row.condition.atoms(&mut |atom| {
        let alone = Condition::Atom(atom.clone());
        if engine::holds(live, &alone, &scope).truth == Truth::Unknown {
            let name = live.case.procedure.facts[atom.fact].name.as_str();
            if !missing.contains(&name) {
                missing.push(name);
            }
        }
    });
    Some(format!(
        "{}，须先填写“{}”才能判断",
        named(row),
        missing.join("”“")
    ))
}
