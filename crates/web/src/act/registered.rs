//! What the agency's registers know of a form (查登记): the rows that a field may name are offered, and what stands in the
//! named row is filled in where nothing was typed.

use super::fields::{Field, Input, Mode, typed};
use super::posted::Posted;
use super::via::Sheet;
use super::{Asked, button};
use app::Office;
use casework::lists::List;
use law::fact::Value;
use law::model::FactIx;
use vocabulary::Day;

/// More rows than these are not offered one by one.
const OFFERED: usize = 300;

pub(super) struct Registered {
    /// What is filled in.
    filled: Vec<Filled>,
    /// What a fact may name, and whether the row fills in other fields of the form.
    offered: Vec<(FactIx, Vec<String>, bool)>,
}

/// What is filled in for a fact.
struct Filled {
    fact: FactIx,
    value: Value,
    /// Where it was taken from.
    source: String,
    /// It was asked for by its own button: what stood in the field gives way.
    is_fetched: bool,
}

impl Registered {
    /// What a form that was not filled yet, or asks for it, is filled in with; any other comes back as it was typed.
    pub(super) fn of(
        office: &Office,
        asked: &Asked,
        posted: &Posted,
        looked_up: bool,
    ) -> Registered {
        let fills = looked_up || posted.is_blank();
        let fetched = posted.one("do").strip_prefix(button::FETCH);
        let mut found = Registered {
            filled: Vec::new(),
            offered: Vec::new(),
        };
        let procedure = asked.view.procedure();
        let event = &procedure.events[asked.event];
        let context = office.context();
        let mut sheet = Sheet::of(asked, posted);
        for (fact, value) in &asked.follow_ups {
            if posted.is_blank() {
                found.filled.push(Filled {
                    fact: *fact,
                    value: value.clone(),
                    source: "后案".to_owned(),
                    is_fetched: false,
                });
            }
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
                    .push((lookup.key, names(list, sheet.at.day, lookup), fetches));
            }
            if posted.is_blank()
                && let Some(value) = asked.carried(lookup.key)
                && sheet.facts.iter().all(|(known, _)| *known != lookup.key)
            {
                sheet.facts.push((lookup.key, value.clone()));
            }
            if !fills {
                continue;
            }
            let key = procedure.facts[lookup.key].id.as_str();
            let own = sheet.filling(office, |filling| filling.registered(&lookup.register));
            let own = own.into_iter().filter(|(fact, _)| concerns(*fact));
            found.filled.extend(own.map(|(fact, value)| Filled {
                fact,
                value,
                source: list.name.clone(),
                is_fetched: fetched == Some(key),
            }));
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
        let Some(filled) = self.filled.iter().find(|it| it.fact == fact) else {
            return;
        };
        if field.is_filled() && !filled.is_fetched {
            return;
        }
        let text = typed(&asked.view.procedure().facts[fact], &filled.value);
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
        field.from_register.clone_from(&filled.source);
    }
}

/// What the rows of the day are called, each once.
fn names(list: &List, day: Day, lookup: &law::lookup::Lookup) -> Vec<String> {
    let rows = list.meant(lookup, day);
    let mut names: Vec<String> = rows
        .map(|row| row.cell(&lookup.column).to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(OFFERED);
    names
}
