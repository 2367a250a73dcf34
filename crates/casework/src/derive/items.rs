//! Which provision applies: `law::discretion::provision`, asked with what is known of a case.

use law::catalog::ZoneSide;
use law::discretion::provision::{self, Surroundings, Zone};

use super::fines::measured;
use super::{Derived, days, party};
use crate::live::Live;

/// The optional fact that says where the water comes from, 地下水 or 地表水 (law.md OPEN-06, OPEN-10).
const WATER_SOURCE: &str = "water_source";

/// The optional fact that says in which zone of ground water the place lies (law.md OPEN-06), and what it says outside all.
const ZONE: (&str, &str) = ("groundwater_zone", "none");

/// What the choice of a provision depends on, as far as it is known.
pub(super) fn surroundings<'a>(live: &'a Live<'_>, member: usize) -> Surroundings<'a> {
    let chosen = |id, member| party::choice(live, id, member).map(|(_, name)| name);
    let zone = party::choice(live, ZONE.0, member).map(|(id, name)| Zone {
        name,
        side: if id == ZONE.1 {
            ZoneSide::Outside
        } else {
            ZoneSide::Inside
        },
    });
    Surroundings {
        zone,
        basin: chosen("basin", 0),
        water: chosen(WATER_SOURCE, member),
        asks_water: live.case.procedure.fact(WATER_SOURCE).is_some(),
        violated: days::violation_day(live),
        decided: days::decided_or_today(live, member),
        measured: measured(live, member),
    }
}

/// Not superseded when decided about, and its statute in force then or at the violation (行政处罚法 37, 38).
pub(super) fn item_in_force(live: &Live<'_>, member: usize) -> Option<Derived> {
    let item = party::item(live, member)?;
    let at = surroundings(live, member);
    provision::in_force(&live.context.rules, item, &at).map(Derived::from)
}

/// Whether the item provides for this kind of party (行政处罚法 38). An item without fines is for everyone.
pub(super) fn item_party_ok(live: &Live<'_>, member: usize) -> Option<Derived> {
    let item = party::item(live, member)?;
    provision::fits_party(item, party::kind(live, member)).map(Derived::from)
}

pub(super) fn overdue_item(live: &Live<'_>, member: usize) -> Option<Derived> {
    let item = party::item(live, member)?;
    let told = format!("{}规定逾期不改正的才处罚", item.article());
    Some(if item.needs_overdue {
        Derived::yes_but(told)
    } else {
        Derived::no("")
    })
}

/// The law of the basin applies in the basin, and nowhere else (黄河保护法 2).
pub(super) fn basin_ok(live: &Live<'_>, member: usize) -> Option<Derived> {
    let item = party::item(live, member)?;
    let at = surroundings(live, member);
    provision::fits_basin(&live.context.rules, item, &at).map(Derived::from)
}

/// In a zone of ground water and outside of it different ranges apply (生态环境法典 1218).
pub(super) fn zone_ok(live: &Live<'_>, member: usize) -> Option<Derived> {
    let item = party::item(live, member)?;
    let at = surroundings(live, member);
    provision::fits_zone(&live.context.rules, item, &at).map(Derived::from)
}

/// Where one act breaks several provisions, the one with the higher fine is applied (行政处罚法 29).
pub(super) fn highest_fine_chosen(live: &Live<'_>, member: usize) -> Option<Derived> {
    let item = party::item(live, member)?;
    let at = surroundings(live, member);
    provision::highest_fine(&live.context.rules, item, &at).map(Derived::from)
}

/// The law of the day of the violation applies, and the law of the day of the decision where it is lighter
/// (行政处罚法 37).
pub(super) fn lighter_law_chosen(live: &Live<'_>, member: usize) -> Option<Derived> {
    let item = party::item(live, member)?;
    let at = surroundings(live, member);
    provision::lighter_law(&live.context.rules, item, &at).map(Derived::from)
}
