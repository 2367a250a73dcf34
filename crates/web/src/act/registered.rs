//! What the agency's registers know of a form (查登记): the rows that a field may name are offered or searched, what stands
//! in the row that is chosen is filled in where nothing was typed, and what was typed against it is told.

use super::fields::{Field, Input, Mode, NEWCOMER, SAID, typed};
use super::page::Paper;
use super::place::Place;
use super::posted::{Posted, facts_of_newcomer};
use super::via::Sheet;
use super::{Asked, button};
use crate::session;
use crate::wording;
use app::Office;
use app::access::{Actor, looks_up};
use casework::lists::{Found, List, ListRow, Lists, Said, names_row};
use law::fact::{Fact, FactType, Value};
use law::lookup::{ALGORITHM, Lookup};
use law::model::{CASE, FactIx, Procedure};
use vocabulary::{CreditCode, Day};

/// More rows than these are not offered one by one: they are searched.
const OFFERED: usize = 300;
/// So many rows are shown of those that a search found.
const SHOWN: usize = 20;
/// What a button asks for that fills in somebody or something new.
pub(super) const NEW: &str = "new";
/// The field in which a row for somebody or something new is looked for.
pub(super) const FIND: &str = "find.new";

pub(super) struct Registered {
    /// What is filled in.
    filled: Vec<Filled>,
    /// What a fact may name.
    offered: Vec<Offered>,
    /// Where somebody or something new may be taken from a register.
    pub(super) chooser: Option<Chooser>,
    /// What was typed against what stands in the registers.
    pub(super) against: Vec<String>,
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

/// The rows that a fact may name.
struct Offered {
    fact: FactIx,
    /// Offered as they are: what is typed, and what the row is called.
    names: Vec<(String, String)>,
    /// There are too many to be offered as they are, and the row fills in other fields of the form.
    fetches: bool,
    /// What was found of what was typed.
    found: Candidates,
}

/// Rows to choose from.
#[derive(Clone, Default)]
pub(super) struct Candidates {
    /// The ids of the rows, and what each is called.
    pub(super) rows: Vec<(String, String)>,
    /// What is said of the search; empty where nothing was searched.
    pub(super) said: String,
}

/// Where somebody or something new may be taken from.
pub(super) struct Chooser {
    /// What the register is called.
    pub(super) register: String,
    /// What was looked for.
    pub(super) find: String,
    pub(super) found: Candidates,
    /// The name that the chosen row has.
    pub(super) name: Option<String>,
    /// What the chosen row fills in.
    facts: Vec<(FactIx, Value)>,
}

/// The registers that are read, of which whoever fills the form is shown what they may see.
struct Shelf<'a> {
    lists: &'a Lists,
    actor: Option<Actor>,
}

impl Shelf<'_> {
    fn list(&self, register: &str) -> Option<&List> {
        let actor = self.actor.as_ref()?;
        let list = self.lists.get(register);
        list.filter(|_| looks_up(actor, register))
    }
}

/// What a button asked for: rows for this fact, or for what is new; and the id of one that is chosen.
#[derive(Clone, Copy)]
struct Pressed<'a> {
    of: &'a str,
    row: Option<&'a str>,
}

impl Pressed<'_> {
    fn read(posted: &Posted) -> Option<Pressed<'_>> {
        Pressed::parse(posted.one("do").strip_prefix(button::FETCH)?)
    }

    fn parse(asked: &str) -> Option<Pressed<'_>> {
        Some(match asked.split_once(':') {
            Some((of, row)) => Pressed { of, row: Some(row) },
            None => Pressed {
                of: asked,
                row: None,
            },
        })
    }
}

impl Registered {
    /// What a form that was not filled yet, or asks for it, is filled in with; any other comes back as it was typed.
    pub(super) fn of(office: &Office, asked: &Asked, posted: &Posted, paper: &Paper) -> Registered {
        let fills = paper.looked_up || posted.is_blank();
        // A form that is opened out of a row is as if its button had been pressed.
        let from_row = paper.from_row.as_deref().and_then(Pressed::parse);
        let pressed = Pressed::read(posted).or(from_row);
        let mut found = Registered {
            filled: Vec::new(),
            offered: Vec::new(),
            chooser: None,
            against: Vec::new(),
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
        let shelf = Shelf {
            lists: &context.lists,
            actor: session::who().map(|signed| signed.actor),
        };
        for lookup in &procedure.lookups {
            let list = shelf.list(&lookup.register);
            let concerns = |fact: FactIx| event.says(fact);
            let (Some(list), true) = (list, concerns(lookup.key) || lookup.facts().any(concerns))
            else {
                continue;
            };
            let key = &procedure.facts[lookup.key];
            let own = pressed.filter(|it| it.of == key.id);
            let mut candidates = Candidates::default();
            if let Some(own) = own {
                let day = sheet.at.day;
                let typed = posted.one(&format!("{SAID}{}", key.id));
                let chosen = match own.row {
                    Some(id) => list.meant(lookup, day).find(|row| row.id == id),
                    None if list.row(lookup, typed, day).is_some() => None,
                    None => {
                        let all = list.found(lookup, typed, day, SHOWN);
                        candidates = told(list, lookup, typed, &all);
                        only(&all)
                    }
                };
                if let Some(value) = chosen.and_then(|row| key_of(key, row.cell(&lookup.column))) {
                    candidates = Candidates::default();
                    sheet.facts.retain(|(fact, _)| *fact != lookup.key);
                    sheet.facts.push((lookup.key, value.clone()));
                    found.filled.push(Filled {
                        fact: lookup.key,
                        value,
                        source: list.name.clone(),
                        is_fetched: true,
                    });
                }
            }
            if concerns(lookup.key) {
                found.offered.push(Offered {
                    fact: lookup.key,
                    names: names(list, sheet.at.day, lookup),
                    fetches: !list.rows.is_empty() && lookup.facts().any(concerns),
                    found: candidates,
                });
            }
            if posted.is_blank()
                && let Some(value) = asked.carried(lookup.key)
                && sheet.facts.iter().all(|(known, _)| *known != lookup.key)
            {
                sheet.facts.push((lookup.key, value.clone()));
            }
            if fills {
                let facts = sheet.filling(office, |filling| filling.registered(&lookup.register));
                let facts: Vec<(FactIx, Value)> = facts
                    .into_iter()
                    .filter(|(fact, _)| concerns(*fact))
                    .collect();
                // A row that names a row of another register leads on to it.
                for (fact, value) in &facts {
                    let leads = procedure.lookups.iter().any(|it| it.key == *fact);
                    if leads && sheet.facts.iter().all(|(known, _)| known != fact) {
                        sheet.facts.push((*fact, value.clone()));
                    }
                }
                found
                    .filled
                    .extend(facts.into_iter().map(|(fact, value)| Filled {
                        fact,
                        value,
                        source: list.name.clone(),
                        is_fetched: own.is_some(),
                    }));
            }
        }
        found.choose(asked, posted, pressed, (&sheet, &shelf));
        if !posted.is_blank() {
            found.compare(asked, &sheet, &shelf);
        }
        found
    }

    /// What is offered for somebody or something new that the form may bring in.
    fn choose(
        &mut self,
        asked: &Asked,
        posted: &Posted,
        pressed: Option<Pressed<'_>>,
        (sheet, shelf): (&Sheet<'_>, &Shelf<'_>),
    ) {
        let procedure = asked.view.procedure();
        let introduced = procedure.act_of(asked.event).introduces;
        let Some(domain) = introduced.filter(|domain| *domain != CASE) else {
            return;
        };
        let asked_of_it = facts_of_newcomer(procedure, domain);
        let day = sheet.at.day;
        let mut lookups = procedure.lookups.iter();
        let found = lookups.find_map(|lookup| {
            let list = shelf.list(&lookup.register)?;
            let fits = lookup.name.is_some()
                && procedure.facts[lookup.key].domain == domain
                && asked_of_it.contains(&lookup.key)
                && list.is_kept(lookup, day);
            fits.then_some((lookup, list))
        });
        let Some((lookup, list)) = found else {
            return;
        };
        let mut chooser = Chooser {
            register: list.name.clone(),
            find: posted.one(FIND).to_owned(),
            found: Candidates::default(),
            name: None,
            facts: Vec::new(),
        };
        let typed_name = posted.one("new.name");
        let mut chosen = None;
        // Enter in the field of the search looks, too.
        let is_entered = posted.one("do") == button::LOOK_UP
            && !chooser.find.is_empty()
            && typed_name.is_empty();
        let entered = is_entered.then_some(Pressed { of: NEW, row: None });
        if let Some(own) = pressed.or(entered).filter(|it| it.of == NEW) {
            let key = format!("{NEWCOMER}{}", procedure.facts[lookup.key].id);
            let words = [chooser.find.as_str(), posted.one(&key), typed_name];
            let words = words.into_iter().find(|words| !words.is_empty());
            chosen = match own.row {
                Some(id) => list.meant(lookup, day).find(|row| row.id == id),
                None => {
                    let words = words.unwrap_or_default();
                    let all = list.found(lookup, words, day, SHOWN);
                    chooser.found = told(list, lookup, words, &all);
                    only(&all)
                }
            };
        }
        if let Some((site, holder)) = holder(procedure, lookup, shelf, sheet) {
            let row = list.meant(lookup, day).find(|row| row.id == holder);
            let called = |row: &ListRow| {
                row.cell(lookup.name.as_deref().unwrap_or_default())
                    .to_owned()
            };
            let is_own = pressed.is_some_and(|it| leads_to(procedure, lookup, it.of));
            let members = asked.view.case().members[usize::from(domain.0)].iter();
            let mut names: Vec<&str> = members.map(|member| member.name.trim()).collect();
            names.extend((!typed_name.is_empty()).then_some(typed_name));
            match row {
                // Whoever is in the case already does not come in again.
                Some(row) if is_own && names.is_empty() => chosen = Some(row),
                Some(row) if !names.is_empty() && !names.contains(&called(row).as_str()) => {
                    self.against.push(format!(
                        "{}的“{}”写明所属单位是“{}”，当事人是“{}”",
                        site.register,
                        site.name,
                        called(row),
                        names.join("、")
                    ));
                }
                _ => {}
            }
        }
        if let Some(row) = chosen {
            chooser.found = Candidates::default();
            chooser.name = lookup.name.as_ref().map(|name| row.cell(name).to_owned());
            chooser.facts = list.fills(procedure, lookup, row, day);
            let key = key_of(&procedure.facts[lookup.key], row.cell(&lookup.column));
            chooser.facts.extend(key.map(|value| (lookup.key, value)));
        } else if !posted.is_blank() {
            let (request, _) = posted.request(asked);
            let newcomer = request.introduces.first();
            let fact = |fact: FactIx| {
                let declared = &procedure.facts[fact];
                let json = newcomer?.facts.get(&declared.id)?;
                declared.from_json(json).ok()
            };
            let said = Said {
                name: Some(typed_name),
                fact: &fact,
            };
            if let Some(key) = fact(lookup.key)
                && let Some(name) = names_row(&key)
            {
                let told = list.told(procedure, lookup, (name, day), said);
                self.against.extend(told);
            }
        }
        self.chooser = Some(chooser);
    }

    /// What was typed against the rows that the form names, where no rule of the law asks about it: that one is told by its
    /// rule.
    fn compare(&mut self, asked: &Asked, sheet: &Sheet<'_>, shelf: &Shelf<'_>) {
        let procedure = asked.view.procedure();
        let event = &procedure.events[asked.event];
        for lookup in &procedure.lookups {
            let algorithm = format!("{ALGORITHM}{}", lookup.register);
            let is_ruled = |fact: &Fact| fact.derived_by.as_deref() == Some(algorithm.as_str());
            let concerns = event.says(lookup.key) || lookup.facts().any(|fact| event.says(fact));
            if !concerns || procedure.facts.iter().any(is_ruled) {
                continue;
            }
            let is_case = procedure.facts[lookup.key].domain == CASE;
            let member = if is_case { 0 } else { asked.member };
            // What the button just filled in is not what was typed.
            let filled = |fact: FactIx| {
                let mut all = self.filled.iter().filter(|it| it.fact == fact);
                all.find(|it| it.is_fetched).map(|it| it.value.clone())
            };
            let fact = |fact: FactIx| {
                let typed = sheet.facts.iter().find(|(known, _)| *known == fact);
                let known = || asked.view.case().fact(fact, member).cloned();
                filled(fact).or_else(|| typed.map(|(_, value)| value.clone()).or_else(known))
            };
            let Some(list) = shelf.list(&lookup.register) else {
                continue;
            };
            let Some(key) = fact(lookup.key) else {
                continue;
            };
            let Some(name) = names_row(&key) else {
                continue;
            };
            let said = Said {
                name: None,
                fact: &fact,
            };
            let told = list.told(procedure, lookup, (name, sheet.at.day), said);
            self.against.extend(told);
        }
    }

    /// Fills a field in, where nothing stands in it.
    pub(super) fn fill(&self, asked: &Asked, fact: FactIx, field: &mut Field) {
        if let Some(offered) = self.offered.iter().find(|it| it.fact == fact) {
            field.offered.clone_from(&offered.names);
            field.fetches = offered.fetches;
            field.found = offered.found.clone();
            if let Input::Text { value, .. } = &mut field.input {
                field.input = Input::Line {
                    value: std::mem::take(value),
                    mode: Mode::Words,
                    unit: "",
                };
            }
        }
        if let Some(filled) = self.filled.iter().find(|it| it.fact == fact) {
            let value = (&filled.value, filled.source.as_str());
            put(asked, fact, field, value, filled.is_fetched);
        }
    }

    /// Fills in a field of somebody or something new, from the row that was chosen.
    pub(super) fn fill_newcomer(&self, asked: &Asked, fact: FactIx, field: &mut Field) {
        let Some(chooser) = &self.chooser else {
            return;
        };
        let filled = chooser.facts.iter().find(|(known, _)| *known == fact);
        if let Some((_, value)) = filled {
            put(asked, fact, field, (value, &chooser.register), true);
        }
    }
}

fn put(
    asked: &Asked,
    fact: FactIx,
    field: &mut Field,
    (value, source): (&Value, &str),
    is_fetched: bool,
) {
    if field.is_filled() && !is_fetched {
        return;
    }
    let text = typed(&asked.view.procedure().facts[fact], value);
    match &mut field.input {
        Input::Line { value, .. } | Input::Date { value } | Input::Text { value, .. } => {
            *value = text;
        }
        Input::Place { place } => *place = Place::read(&text),
        Input::Radios { options } => {
            for option in options {
                option.is_chosen = option.value == text;
            }
        }
        Input::Select { groups } => {
            for option in groups.iter_mut().flat_map(|(_, options)| options) {
                option.is_chosen = option.value == text;
            }
        }
        Input::Picker { .. }
        | Input::Checks { .. }
        | Input::People { .. }
        | Input::Penalty { .. } => return,
    }
    field.from_register = source.to_owned();
}

/// The row that another lookup names.
struct By {
    register: String,
    name: String,
}

/// Whether the fact of this id names a row that leads to one of these.
fn leads_to(procedure: &Procedure, lookup: &Lookup, fact: &str) -> bool {
    let mut ways = lookup.by_way_of.iter();
    ways.any(|(register, _)| {
        let mut lookups = procedure.lookups.iter();
        lookups.any(|it| it.register == *register && procedure.facts[it.key].id == fact)
    })
}

/// The row that the form names and by way of which this lookup is led to one of its own: and the id of that one.
fn holder(
    procedure: &Procedure,
    lookup: &Lookup,
    shelf: &Shelf<'_>,
    sheet: &Sheet<'_>,
) -> Option<(By, String)> {
    lookup.by_way_of.iter().find_map(|(register, column)| {
        let mut lookups = procedure.lookups.iter();
        let via = lookups.find(|it| it.register == *register)?;
        let list = shelf.list(register)?;
        let (_, key) = sheet.facts.iter().find(|(fact, _)| *fact == via.key)?;
        let name = names_row(key)?;
        let row = list.row(via, name, sheet.at.day)?;
        let holder = row.cell(column);
        let by = By {
            register: list.name.clone(),
            name: name.to_owned(),
        };
        (!holder.is_empty()).then(|| (by, holder.to_owned()))
    })
}

/// The value by which a fact names a row.
fn key_of(fact: &Fact, text: &str) -> Option<Value> {
    match fact.kind {
        FactType::CreditCode => CreditCode::parse(text).ok().map(Value::CreditCode),
        _ => (!text.is_empty()).then(|| Value::Text(text.to_owned())),
    }
}

/// The one row that was found, where it is one.
fn only<'l>(found: &Found<'l>) -> Option<&'l ListRow> {
    match found.rows.as_slice() {
        [row] if found.others == 0 => Some(row),
        _ => None,
    }
}

/// What was found, to choose from.
fn told(list: &List, lookup: &Lookup, words: &str, found: &Found<'_>) -> Candidates {
    let called = |row: &&ListRow| {
        let (title, key) = (row.cell(&list.title), row.cell(&lookup.column));
        let label = match title == key || title.is_empty() {
            true => key.to_owned(),
            false => format!("{title} {key}"),
        };
        (row.id.clone(), label)
    };
    let rows: Vec<(String, String)> = found.rows.iter().map(called).collect();
    let name = &list.name;
    let said = match (rows.len() + found.others, found.others) {
        _ if words.is_empty() => format!("先写要在{name}里找的，如名称里的几个字"),
        (0, _) => format!("{name}里没有含“{words}”的一行；照实填写即可"),
        (all, 0) => format!("{name}里含“{words}”的有{all}行，选一行"),
        (all, _) => format!("{name}里含“{words}”的有{all}行，下面是前{SHOWN}行；多写几个字再找"),
    };
    Candidates {
        rows,
        said: wording::prose(&said),
    }
}

/// What the rows of the day are called, each once; nothing of more than can be looked through.
fn names(list: &List, day: Day, lookup: &Lookup) -> Vec<(String, String)> {
    let rows = list.meant(lookup, day).take(OFFERED + 1);
    let named = rows.map(|row| {
        let (key, title) = (row.cell(&lookup.column), row.cell(&list.title));
        let title = if key == title { "" } else { title };
        (key.to_owned(), title.to_owned())
    });
    let mut names: Vec<(String, String)> = named.filter(|(key, _)| !key.is_empty()).collect();
    if names.len() > OFFERED {
        return Vec::new();
    }
    names.sort_unstable();
    names.dedup_by(|one, other| one.0 == other.0);
    names
}
