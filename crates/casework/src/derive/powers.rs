//! Who may punish what, where and when, by the agency's power map (权力配置; 行政处罚法 17 to 21, 24; law.md G-SUBJECT), and
//! who is answerable for it: the seal that a decision bears, the remedies that it tells and who answers in them follow from the
//! same row (行政处罚法 59; 行政复议法 19, 24).

use law::catalog::Item;
use law::fact::Value;

use super::{Derived, party};
use crate::context::{Power, PowerKind};
use crate::live::Live;

/// The fact that says where the violation happened.
const PLACE: &str = "violation_place";

/// What the map says of a party's item at the place of the violation on the day of the act.
enum Held<'a> {
    /// This row.
    By(&'a Power),
    /// No row: the power is where the statute put it, with this agency.
    Here,
    /// A row for some places may apply, and the place is not known.
    Open,
}

fn held<'a>(live: &'a Live<'_>, item: &Item) -> Held<'a> {
    let place = match live.fact_by_id(PLACE, 0) {
        Some(Value::Text(place)) => Some(place.as_str()),
        _ => None,
    };
    let day = live.at.day;
    let rows = live.context.powers.iter();
    let rows = rows.filter(|row| row.is_in_force(day) && row.covers(&item.id));
    let certain = rows.clone().filter(|row| {
        place.is_some_and(|place| row.lies_at(place)) || row.places().next().is_none()
    });
    let best = certain.max_by_key(|row| row.rank());
    // A place makes a row more particular: while it is not known, none of the general ones is certain.
    let may_differ = place.is_none() && rows.clone().any(|row| row.places().next().is_some());
    match best {
        _ if may_differ => Held::Open,
        Some(row) => Held::By(row),
        None => Held::Here,
    }
}

/// Whether the power over the item is here.
pub(super) fn power_held(live: &Live<'_>, member: usize) -> Option<Derived> {
    let item = party::item(live, member)?;
    let passed = match held(live, item) {
        Held::Open => return None,
        Held::By(row) if !row.kind.is_own() => Some(told(row, item)),
        Held::By(_) | Held::Here => None,
    };
    let moved = || {
        let passes = item
            .superseded
            .as_ref()
            .is_some_and(|superseded| !superseded.passes_to.is_empty());
        item.superseded_on(live.at.day).filter(|_| passes)
    };
    Some(passed.or_else(moved).map_or_else(Derived::yes, Derived::no))
}

fn told(row: &Power, item: &Item) -> String {
    let organ = if row.passes_to.is_empty() {
        "其他机关"
    } else {
        &row.passes_to
    };
    let mut text = format!("“{}”的处罚权", item.name);
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

/// The row of this agency that applies.
fn own<'a>(live: &'a Live<'_>, member: usize) -> Option<&'a Power> {
    match held(live, party::item(live, member)?) {
        Held::By(row) if row.kind.is_own() => Some(row),
        Held::By(_) | Held::Here | Held::Open => None,
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
    let row = match held(live, party::item(live, member)?) {
        Held::Open => return None,
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
    let item = party::item(live, member)?;
    let row = match held(live, item) {
        Held::Open => return None,
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
