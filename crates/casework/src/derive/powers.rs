//! Who may decide what, where and when, by the agency's power map (权力配置; 行政处罚法 17 to 21, 24; 行政强制法 17; law.md
//! G-SUBJECT), and who is answerable for it: the seal that a decision bears, the remedies that it tells and who answers in them
//! follow from the same row (行政处罚法 59; 行政复议法 19, 24). What a case says of item and place, its procedure declares.

use std::collections::BTreeSet;

use law::catalog::Item;
use law::fact::{FactType, Value};
use law::model::FactIx;
use law::power::Matter;
use vocabulary::Day;

use super::{Derived, days, party};
use crate::context::{Power, PowerKind};
use crate::lists::{ITEMS, ListRow};
use crate::live::Live;

/// What the map is asked.
struct Asked<'a> {
    matter: Matter,
    /// The ids by which the item goes; none while the case does not say which it is.
    item: BTreeSet<String>,
    /// What the item is called; empty while it is not known.
    name: String,
    /// Where, in words.
    place: Option<&'a str>,
    /// An item of the rules, which says more than its id.
    ruled: Option<&'a Item>,
}

/// What the map says of the item of a case at its place on a day.
enum Held<'a> {
    /// This row.
    By(&'a Power),
    /// No row: the power is where the statute put it, with this agency.
    Here,
    /// A row for some places or items may apply, and the case does not say which it is: the names of the facts.
    Open(String),
}

/// Nothing where the procedure is not held against the map, or must say first under which provision the party is punished.
fn asked<'a>(live: &'a Live<'_>, member: usize) -> Option<Asked<'a>> {
    let procedure = &live.case.procedure;
    let lookup = procedure.power.as_ref()?;
    let at = |fact: FactIx| live.fact_by_id(&procedure.facts[fact].id, member);
    let place = lookup.place.and_then(at);
    let mut asked = Asked {
        matter: lookup.matter,
        item: BTreeSet::new(),
        name: String::new(),
        place: match place {
            Some(Value::Text(place)) => Some(place.as_str()),
            _ => None,
        },
        ruled: None,
    };
    let is_text = |fact: &FactIx| procedure.facts[*fact].kind == FactType::Text;
    let can_be_named = lookup.items.iter().any(is_text);
    for fact in &lookup.items {
        let declared = &procedure.facts[*fact];
        match (at(*fact), &declared.kind) {
            (Some(Value::Item(id)), _) => {
                let item = live.context.rules.items.get(id)?;
                asked.ruled = Some(item);
                asked.name.clone_from(&item.name);
                asked.item.insert(id.clone());
            }
            (None, FactType::Item) => return None,
            (Some(Value::Choice(index)), FactType::Choice(alternatives)) => {
                let rows = lookup.rows(procedure, *fact, *index);
                let before = asked.item.len();
                asked.item.extend(rows.map(str::to_owned));
                if let Some(chosen) = alternatives.get(usize::from(*index)) {
                    let is_known = asked.item.len() > before;
                    if is_known {
                        asked.name.clone_from(&chosen.name);
                    } else if !can_be_named {
                        // An alternative that no row is about, and nothing else could say what it is: known, and nobody else's.
                        asked.item.insert(format!("{}:{}", declared.id, chosen.id));
                        asked.name.clone_from(&chosen.name);
                    }
                }
            }
            (Some(Value::Text(name)), _) => {
                asked.name = name.trim().to_owned();
                let rows = listed(live).filter(|row| row.cell("name") == asked.name);
                let own: Vec<&ListRow> = rows.collect();
                for row in own {
                    asked
                        .item
                        .extend([row.id.clone(), row.cell("rule").to_owned()]);
                }
            }
            _ => {}
        }
    }
    asked.item.remove("");
    // An item of the agency's list is the one of the rules that it stands for.
    let same = listed(live).filter(|row| asked.item.contains(row.cell("rule")));
    let same: Vec<String> = same.map(|row| row.id.clone()).collect();
    asked.item.extend(same);
    Some(asked)
}

/// The agency's list of enforcement items on the day.
fn listed<'a>(live: &'a Live<'_>) -> impl Iterator<Item = &'a ListRow> {
    let day = live.at.day;
    let list = live.context.lists.get(ITEMS).into_iter();
    list.flat_map(|list| &list.rows)
        .filter(move |row| row.holds(day))
}

/// Whether a row names an item of this power.
fn names(live: &Live<'_>, row: &Power, matter: Matter) -> bool {
    let ruled = law::power::items(&live.context.rules);
    let is_ruled = |id: &str| ruled.iter().any(|it| it.id == id && it.matter == matter);
    let is_listed = |id: &str| listed(live).any(|it| it.id == id && it.cell("kind") == matter.id());
    row.items.iter().any(|id| is_ruled(id) || is_listed(id))
}

/// What the map wants to know.
#[derive(Clone, Copy)]
enum Asks {
    Item,
    Place,
}

/// What the facts are called that say it.
fn named_by(live: &Live<'_>, what: Asks) -> String {
    let procedure = &live.case.procedure;
    let Some(lookup) = &procedure.power else {
        return String::new();
    };
    let facts: Vec<FactIx> = match what {
        Asks::Item => lookup.items.clone(),
        Asks::Place => lookup.place.into_iter().collect(),
    };
    let names = facts
        .iter()
        .map(|fact| procedure.facts[*fact].name.as_str());
    names.collect::<Vec<_>>().join("或者")
}

fn held<'a>(live: &'a Live<'_>, asked: &Asked<'_>, day: Day) -> Held<'a> {
    let matter = asked.matter;
    let rows = live.context.powers.iter();
    let rows = rows.filter(|row| row.is_in_force(day) && row.kind.barred_from(matter).is_none());
    if asked.item.is_empty() {
        let mut named = rows.clone().filter(|row| row.is_about(matter));
        if named.any(|row| names(live, row, matter)) {
            return Held::Open(named_by(live, Asks::Item));
        }
    }
    let rows = rows.filter(|row| row.covers(matter, &asked.item));
    let certain = rows.clone().filter(|row| {
        asked.place.is_some_and(|place| row.lies_at(place)) || row.places().next().is_none()
    });
    // A place makes a row more particular: while it is not known, none of the general ones is certain.
    if asked.place.is_none() && rows.clone().any(|row| row.places().next().is_some()) {
        return Held::Open(named_by(live, Asks::Place));
    }
    certain
        .max_by_key(|row| row.rank())
        .map_or(Held::Here, Held::By)
}

/// What the map says on the day of the act.
fn today<'a>(live: &'a Live<'_>, member: usize) -> Option<Held<'a>> {
    let asked = asked(live, member)?;
    Some(held(live, &asked, live.at.day))
}

/// What a case must say before the map can answer; nothing where it can.
pub(super) fn lacking(live: &Live<'_>, member: usize) -> Option<String> {
    let asked = asked(live, member)?;
    match held(live, &asked, live.at.day) {
        Held::Open(_) if asked.item.is_empty() && !asked.name.is_empty() => Some(format!(
            "“{}”不是执法事项清单或者规则里的事项，权力配置不能判断由谁行使；请写清单里的名称",
            asked.name
        )),
        Held::Open(what) => Some(format!("权力配置里有只适用于一部分的行，请先写明{what}")),
        Held::By(_) | Held::Here => None,
    }
}

/// Whether the power over the item is here.
pub(super) fn power_held(live: &Live<'_>, member: usize) -> Option<Derived> {
    let asked = asked(live, member)?;
    let passed = match held(live, &asked, live.at.day) {
        Held::Open(_) => return None,
        Held::By(row) if !row.kind.is_own() => Some(told(row, &asked)),
        Held::By(_) | Held::Here => None,
    };
    let moved = || {
        let item = asked.ruled?;
        let passes = item
            .superseded
            .as_ref()
            .is_some_and(|superseded| !superseded.passes_to.is_empty());
        item.superseded_on(live.at.day).filter(|_| passes)
    };
    Some(passed.or_else(moved).map_or_else(Derived::yes, Derived::no))
}

/// Whether the map entrusts to nobody what may not be entrusted: such a row gives no power.
pub(super) fn power_delegable(live: &Live<'_>, member: usize) -> Option<Derived> {
    let asked = asked(live, member)?;
    let day = live.at.day;
    let at = |row: &Power| {
        row.places().next().is_none() || asked.place.is_some_and(|place| row.lies_at(place))
    };
    let found = live.context.powers.iter().find_map(|row| {
        let why = row.kind.barred_from(asked.matter)?;
        let applies = row.is_in_force(day) && row.covers(asked.matter, &asked.item) && at(row);
        applies.then_some((row, why))
    });
    Some(found.map_or_else(Derived::yes, |(row, why)| {
        Derived::no(format!("{}；{why}", told(row, &asked)))
    }))
}

fn told(row: &Power, asked: &Asked<'_>) -> String {
    let organ = if row.passes_to.is_empty() {
        "其他机关"
    } else {
        &row.passes_to
    };
    let power = asked.matter.power();
    let mut text = match asked.name.as_str() {
        "" => power.to_owned(),
        name => format!("“{name}”的{power}"),
    };
    if !row.area.is_empty() {
        text = format!("{}范围内{text}", row.area);
    }
    if let Some(until) = row.until {
        text.push_str(&format!("自{until}起"));
    }
    text.push_str(&format!("由{organ}行使"));
    let kind = match row.kind {
        PowerKind::Other => "",
        kind => kind.chinese(),
    };
    let about = [kind, row.basis.as_str()];
    let about: Vec<&str> = about.into_iter().filter(|it| !it.is_empty()).collect();
    if !about.is_empty() {
        text.push_str(&format!("（{}）", about.join("，")));
    }
    text
}

/// The row of another body that applies.
fn others<'a>(live: &'a Live<'_>, member: usize) -> Option<&'a Power> {
    match today(live, member)? {
        Held::By(row) if !row.kind.is_own() => Some(row),
        Held::By(_) | Held::Here | Held::Open(_) => None,
    }
}

/// The other body that exercises the power.
pub(super) fn power_organ(live: &Live<'_>, member: usize) -> Option<Derived> {
    said(&others(live, member)?.passes_to)
}

/// By which decision or statute it does.
pub(super) fn power_basis(live: &Live<'_>, member: usize) -> Option<Derived> {
    said(&others(live, member)?.basis)
}

/// From which day on it does.
pub(super) fn power_since(live: &Live<'_>, member: usize) -> Option<Derived> {
    Some(Derived {
        value: Value::Date(others(live, member)?.until?),
        detail: String::new(),
    })
}

/// Whether what was registered of who grants the licence agrees with the map on the day from which it counts. An agency whose
/// map says nothing of licences has nothing to hold it against.
pub(super) fn power_registration_agrees(live: &Live<'_>, member: usize) -> Option<Derived> {
    let asked = asked(live, member)?;
    let (chosen, said) = party::choice(live, "license_power", member)?;
    let day = days::date(live, "license_power_since", member).unwrap_or(live.at.day);
    let is_kept = |row: &&Power| {
        let is_general = row.items.is_empty() && row.kind != PowerKind::Own;
        is_general && row.is_about(asked.matter) || names(live, row, asked.matter)
    };
    let row = match held(live, &asked, day) {
        Held::Open(_) => return None,
        Held::By(row) if !row.kind.is_own() => row,
        Held::By(_) | Held::Here => {
            let is_free = !live.context.powers.iter().any(|row| is_kept(&row));
            return Some(if chosen == "here" || is_free {
                Derived::yes()
            } else {
                Derived::no(format!(
                    "写的是“{said}”，权力配置里{day}由本机关行使{}",
                    asked.matter.power()
                ))
            });
        }
    };
    if chosen == "here" {
        let told = told(row, &asked);
        return Some(Derived::no(format!("写的是“{said}”，权力配置里{told}")));
    }
    let named = match live.fact_by_id("deciding_agency", member) {
        Some(Value::Text(named)) => named.trim(),
        _ => "",
    };
    Some(if named.is_empty() || named == row.passes_to.trim() {
        Derived::yes()
    } else {
        Derived::no(format!(
            "作出许可决定的机关写的是“{named}”，权力配置里是“{}”",
            row.passes_to
        ))
    })
}

/// The row of this agency that applies.
fn own<'a>(live: &'a Live<'_>, member: usize) -> Option<&'a Power> {
    match today(live, member)? {
        Held::By(row) if row.kind.is_own() => Some(row),
        Held::By(_) | Held::Here | Held::Open(_) => None,
    }
}

fn said(text: &str) -> Option<Derived> {
    (!text.is_empty()).then(|| Derived {
        value: Value::Text(text.to_owned()),
        detail: String::new(),
    })
}

/// Where reconsideration is to be applied for, by the power map.
pub(super) fn reconsideration_organ(live: &Live<'_>, member: usize) -> Option<Derived> {
    said(&own(live, member)?.remedy_organ)
}

/// Which court is to be sued in, by the power map.
pub(super) fn court(live: &Live<'_>, member: usize) -> Option<Derived> {
    said(&own(live, member)?.court)
}

/// The seal that a decision bears, by the power map.
pub(super) fn seal(live: &Live<'_>, member: usize) -> Option<Derived> {
    said(&own(live, member)?.seal)
}

/// Who answers for a decision in reconsideration and before the court, by the power map.
pub(super) fn respondent(live: &Live<'_>, member: usize) -> Option<Derived> {
    said(&own(live, member)?.respondent)
}

/// Whether this agency answers for a decision of its own, be it by the hands of others; the power map may say somebody else.
pub(super) fn is_respondent(live: &Live<'_>, member: usize) -> Option<Derived> {
    let named = own(live, member).map_or("", |row| row.respondent.trim());
    let agency = live.context.agency_name.trim();
    match (named, agency) {
        ("", _) => Some(Derived::yes()),
        (_, "") => None,
        (named, agency) if named == agency => Some(Derived::yes()),
        (named, _) => Some(Derived::no(format!(
            "权力配置里的被申请人、被告是“{named}”"
        ))),
    }
}

/// Whether a decision bears the seal that the power map names; so it does where the map names none.
pub(super) fn seal_agrees(live: &Live<'_>, member: usize) -> Option<Derived> {
    let row = match today(live, member)? {
        Held::Open(_) => return None,
        Held::By(row) => row,
        Held::Here => return Some(Derived::yes()),
    };
    let due = row.seal.trim();
    let borne = match live.fact_by_id("seal", member) {
        Some(Value::Text(borne)) => borne.trim(),
        _ => "",
    };
    Some(match (due, borne) {
        ("", _) => Derived::yes(),
        (due, borne) if due == borne => Derived::yes(),
        (due, "") => Derived::no(format!("没有写明加盖的印章，权力配置里是“{due}”")),
        (due, borne) => Derived::no(format!("加盖的印章写的是“{borne}”，权力配置里是“{due}”")),
    })
}

/// The prefix under which those who exercise the power here number their documents; empty where it is the agency's own.
pub(crate) fn number_prefix(live: &Live<'_>, member: usize) -> String {
    own(live, member).map_or_else(String::new, |row| row.number_prefix.trim().to_owned())
}

/// Whether the remedies that a decision tells are those of the power map; so they are where it says nothing.
pub(super) fn remedies_agree(live: &Live<'_>, member: usize) -> Option<Derived> {
    let row = match today(live, member)? {
        Held::Open(_) => return None,
        Held::By(row) => row,
        Held::Here => return Some(Derived::yes()),
    };
    for (id, name, due) in [
        ("reconsideration_organ", "复议机关", &row.remedy_organ),
        ("court", "管辖法院", &row.court),
        ("respondent", "被申请人和被告", &row.respondent),
    ] {
        let told = match live.fact_by_id(id, member) {
            Some(Value::Text(told)) => told.trim(),
            _ => continue,
        };
        if !due.is_empty() && told != due {
            return Some(Derived::no(format!(
                "{name}写的是“{told}”，权力配置里是“{due}”"
            )));
        }
    }
    Some(Derived::yes())
}
