//! Words and figures as people read them: one place for each.

use app::Office;
use app::ports::civil;
use jiff::Timestamp;
use law::Rules;
use law::fact::{FactType, Value};
use law::model::{CASE, Domain, FactIx, Procedure};
use std::collections::BTreeSet;
use vocabulary::Day;

/// `2026-10-13(周二) 19:20`.
pub(crate) fn recorded(at: Timestamp) -> String {
    let at = civil(at);
    let day = Day::from_ymd(at.year(), at.month(), at.day()).map_or_else(String::new, Day::chinese);
    format!("{day} {:02}:{:02}", at.hour(), at.minute())
}

/// The name of a person of the agency.
pub(crate) fn person(office: &Office, id: &str) -> String {
    let file = office.agency();
    file.staff(id)
        .map_or_else(|| id.to_owned(), |staff| staff.name.clone())
}

/// The names of roles, in the order of the procedures.
pub(crate) fn role_names(office: &Office, ids: &BTreeSet<String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for role in office.procedures().flat_map(|procedure| &procedure.roles) {
        if ids.contains(&role.id) && !names.contains(&role.name) {
            names.push(role.name.clone());
        }
    }
    names
}

/// The civil day of an instant.
pub(crate) fn day_of(at: Timestamp) -> Day {
    app::ports::legal_moment(at).day
}

/// The name of a fact without the document that it belongs to.
pub(crate) fn fact_name(name: &str) -> &str {
    name.split([':', '\u{ff1a}']).next().unwrap_or(name)
}

/// A value as shown; an item with its name and basis instead of its number alone.
pub(crate) fn value(rules: &Rules, procedure: &Procedure, fact: FactIx, value: &Value) -> String {
    let declared = &procedure.facts[fact];
    if let (FactType::Item, Value::Item(id)) = (&declared.kind, value)
        && let Some(item) = rules.items.get(id)
    {
        return format!("{}（{}，{id}）", item.name, item.basis());
    }
    declared.show(value)
}

/// A reason of the law, told as a person reads it: first its sentence, then what it asks and on what basis.
#[derive(Clone)]
pub(crate) struct Told {
    pub(crate) head: String,
    pub(crate) rest: String,
}

/// What is wrong with a field of a form.
pub(crate) struct Wrong {
    pub(crate) field: String,
    pub(crate) told: Told,
}

/// The name of an act, with the document that it concerns.
pub(crate) fn event(procedure: &Procedure, event: usize) -> String {
    prose(&procedure.events[event].name)
}

/// The same of whatever procedure has the act.
pub(crate) fn event_named(office: &Office, id: &str) -> String {
    let mut procedures = office.procedures();
    let found = procedures.find_map(|procedure| {
        let at = procedure.event(id)?;
        Some(event(procedure, at))
    });
    found.unwrap_or_else(|| id.to_owned())
}

/// Takes the sentence of a rule out of the explanation that carries it in brackets.
pub(crate) fn told(procedure: &Procedure, rule: Option<usize>, text: &str) -> Told {
    let note = rule.map_or("", |rule| procedure.rules[rule].note.as_str());
    let bracketed = format!("({note})");
    if note.is_empty() || !text.contains(&bracketed) {
        return Told {
            head: prose(text),
            rest: String::new(),
        };
    }
    Told {
        head: prose(note),
        rest: prose(&text.replacen(&bracketed, "", 1)),
    }
}

/// Chinese text with the full-width marks that it is printed with. A day of the week stays as dates are written.
pub(crate) fn prose(text: &str) -> String {
    let is_chinese = |c: char| {
        ('\u{4e00}'..='\u{9fff}').contains(&c) || "“”【】《》〔〕、。，；：（）".contains(c)
    };
    let all: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut is_date = false;
    for (at, c) in all.iter().enumerate() {
        let beside = |at: Option<usize>| {
            at.and_then(|at| all.get(at))
                .is_some_and(|c| is_chinese(*c))
        };
        let (before, after) = (beside(at.checked_sub(1)), beside(Some(at + 1)));
        is_date = match c {
            '(' => all.get(at + 1) == Some(&'周'),
            _ => is_date,
        };
        out.push(match c {
            ',' if before || after => '，',
            ';' if before || after => '；',
            ':' if before && (after || at + 1 == all.len()) => '：',
            '(' if !is_date && (before || after) => '（',
            ')' if !is_date && (before || after) => '）',
            other => *other,
        });
    }
    out
}

/// The name of a member where there is more than one to tell apart, or where the act would bring it in.
pub(crate) fn member_name(case: &casework::case::Case, domain: Domain, member: usize) -> String {
    if domain == CASE {
        return String::new();
    }
    let kind = usize::from(domain.0);
    match case.members[kind].get(member) {
        Some(known) => known.name.clone(),
        None => format!("新的{}", case.procedure.subjects[kind].name),
    }
}

/// A length in bytes as people read it.
pub(crate) fn size(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit * 10 / unit);
    match bytes {
        0..1_000 => format!("{bytes} 字节"),
        1_000..1_000_000 => format!("{} kB", tenths(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        _ => format!("{} GB", tenths(1_000_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_text_gets_its_marks_and_dates_keep_theirs() {
        assert_eq!(
            prose("须先有【送达(告知书)】,期限2026-10-13(周二)前;依据:《水法》〔G-1〕"),
            "须先有【送达（告知书）】，期限2026-10-13(周二)前；依据：《水法》〔G-1〕"
        );
        assert_eq!(prose("at 09:30, (x)"), "at 09:30, (x)");
    }
}
