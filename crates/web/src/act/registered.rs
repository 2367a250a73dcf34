//! What the agency's registers know of a form (查登记): the rows that a field may name are offered, and what stands in the
//! named row is filled in where nothing was typed.

use super::Asked;
use super::fields::{Field, Input, Mode, typed};
use super::posted::Posted;
use super::via::Sheet;
use app::Office;
use casework::lists::List;
use law::fact::Value;
use law::model::FactIx;

/// More rows than these are not offered one by one.
const OFFERED: usize = 300;

pub(super) struct Registered {
    /// Facts that the named row fills in, with the name of the register.
    filled: Vec<(FactIx, Value, String)>,
    /// What a fact may name, and whether the row fills in other fields of the form.
    offered: Vec<(FactIx, Vec<String>, bool)>,
}

impl Registered {
    pub(super) fn of(office: &Office, asked: &Asked, posted: &Posted) -> Registered {
        let mut found = Registered {
            filled: Vec::new(),
            offered: Vec::new(),
        };
        let procedure = asked.view.procedure();
        let event = &procedure.events[asked.event];
        let context = office.context();
        let mut sheet = Sheet::of(asked, posted);
        for (fact, value) in &asked.follow_ups {
            let source = "后案".to_owned();
            found.filled.push((*fact, value.clone(), source));
        }
        for lookup in &procedure.lookups {
            let list = context.lists.get(&lookup.register);
            let concerns = |fact: FactIx| event.says(fact);
            let (Some(list), true) = (list, concerns(lookup.key) || lookup.facts().any(concerns))
            else {
                continue;
            };
            if concerns(lookup.key) {
                let fetches = lookup.facts().any(concerns);
                found
                    .offered
                    .push((lookup.key, names(list, asked, lookup), fetches));
            }
            if posted.is_blank()
                && let Some(value) = asked.carried(lookup.key)
                && sheet.facts.iter().all(|(known, _)| *known != lookup.key)
            {
                sheet.facts.push((lookup.key, value.clone()));
            }
            let own = sheet.filling(office, |filling| filling.registered(&lookup.register));
            let own = own.into_iter().filter(|(fact, _)| concerns(*fact));
            let named = own.map(|(fact, value)| (fact, value, list.name.clone()));
            found.filled.extend(named);
        }
        found
    }

    /// Fills a field in, where nothing stands in it.
    pub(super) fn fill(&self, asked: &Asked, fact: FactIx, field: &mut Field) {
        if let Some((_, names, fetches)) = self.offered.iter().find(|(of, ..)| *of == fact) {
            field.offered.clone_from(names);
            field.fetches = *fetches;
            if let Input::Text { value, .. } = &mut field.input {
                field.input = Input::Line {
                    value: std::mem::take(value),
                    mode: Mode::Words,
                    unit: "",
                };
            }
        }
        let Some((_, value, register)) = self.filled.iter().find(|(of, ..)| *of == fact) else {
            return;
        };
        if field.is_filled() {
            return;
        }
        let text = typed(&asked.view.procedure().facts[fact], value);
        match &mut field.input {
            Input::Line { value, .. } | Input::Date { value } | Input::Text { value, .. } => {
                *value = text;
            }
            Input::Radios { options } => {
                for option in options {
                    option.is_chosen = option.value == text;
                }
            }
            _ => return,
        }
        field.from_register.clone_from(register);
    }
}

/// What the rows of the day are called, each once.
fn names(list: &List, asked: &Asked, lookup: &law::lookup::Lookup) -> Vec<String> {
    let rows = list.meant(lookup, asked.view.now.day);
    let mut names: Vec<String> = rows
        .map(|row| row.cell(&lookup.column).to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(OFFERED);
    names
}
