//! Which provision applies: in force, fit for the party and the basin, competent, and the right one of several.

use law::catalog::{Addressee, Item};
use vocabulary::Day;

use super::fines::{Measured, ceiling, cite};
use super::{Derived, days, party};
use crate::live::Live;

/// The optional fact that says where the water comes from, 地下水 or 地表水 (law.md OPEN-06, OPEN-10).
const WATER_SOURCE: &str = "water_source";

/// Not superseded when decided about, and its statute in force then or at the violation (行政处罚法 37, 38).
pub(super) fn item_in_force(live: &Live<'_>, member: usize) -> Option<Derived> {
    let item = party::item(live, member)?;
    let decided = days::decided_or_today(live, member);
    if let Some(told) = superseded_on(item, decided) {
        return Some(Derived::no(told));
    }
    let statutes = &live.context.rules.statutes;
    if item.in_force(statutes, decided) {
        return Some(Derived::yes());
    }
    let violated = days::violation_day(live)?;
    if item.in_force(statutes, violated) {
        return Some(Derived::yes());
    }
    let cite = cite(item);
    Some(Derived::no(format!(
        "{cite}在违法行为发生时（{violated}）和作出决定时（{decided}）都不在施行期间"
    )))
}

/// Why an item may no longer be used on a day: since when, who is competent now, and the article.
fn superseded_on(item: &Item, day: Day) -> Option<String> {
    let superseded = item
        .superseded
        .as_ref()
        .filter(|s| s.from.is_none_or(|from| from <= day))?;
    let since = superseded
        .from
        .map_or_else(String::new, |from| format!("自{from}起"));
    let to = match superseded.passes_to.as_str() {
        "" => String::new(),
        organ => format!("，由{organ}处罚"),
    };
    let basis = superseded
        .cite
        .as_ref()
        .map_or_else(String::new, |cite| format!("（{}）", cite.text));
    Some(format!("“{}”{since}停用{to}{basis}", item.name))
}

/// Whether the item provides for this kind of party (行政处罚法 38). An item without fines is for everyone.
pub(super) fn item_party_ok(live: &Live<'_>, member: usize) -> Option<Derived> {
    let item = party::item(live, member)?;
    if item.fines.is_empty()
        || item
            .fines
            .iter()
            .any(|range| range.addressee == Addressee::Anyone)
    {
        return Some(Derived::yes());
    }
    let kind = party::kind(live, member)?;
    if item.fines.iter().any(|range| range.addressee == kind) {
        return Some(Derived::yes());
    }
    let whom = if kind == Addressee::Person {
        "个人"
    } else {
        "单位"
    };
    Some(Derived::no(format!("{}没有对{whom}规定处罚", cite(item))))
}

pub(super) fn overdue_item(live: &Live<'_>, member: usize) -> Option<Derived> {
    let item = party::item(live, member)?;
    let told = format!("{}规定逾期不改正的才处罚", cite(item));
    Some(if item.needs_overdue {
        Derived::yes_but(told)
    } else {
        Derived::no("")
    })
}

/// Whether the power over the item is still here (行政处罚法 18, 24; law.md G-SUBJECT).
pub(super) fn power_held(live: &Live<'_>, member: usize) -> Option<Derived> {
    let item = party::item(live, member)?;
    let today = live.at.day;
    let passed = live.context.powers.iter().find_map(|power| {
        let covers = power.items.is_empty() || power.items.contains(&item.id);
        let until = power.until.filter(|until| covers && *until <= today)?;
        let organ = if power.passes_to.is_empty() {
            "其他机关"
        } else {
            power.passes_to.as_str()
        };
        Some(format!("“{}”的处罚权自{until}起由{organ}行使", item.name))
    });
    let moved = || {
        let passes = item
            .superseded
            .as_ref()
            .is_some_and(|superseded| !superseded.passes_to.is_empty());
        superseded_on(item, today).filter(|_| passes)
    };
    Some(passed.or_else(moved).map_or_else(Derived::yes, Derived::no))
}

/// Whether the case lies in a basin; nothing when the basin is not filled.
fn in_basin(live: &Live<'_>, basin: &str) -> Option<bool> {
    party::choice(live, "basin", 0).map(|(_, name)| name.starts_with(basin))
}

/// Whether the water is of the item's kind; nothing when the rules have the fact and it is not filled.
fn is_water(live: &Live<'_>, member: usize, water: &str) -> Option<bool> {
    match live.case.procedure.fact(WATER_SOURCE) {
        Some(_) => party::choice(live, WATER_SOURCE, member).map(|(_, name)| name == water),
        // The rules do not ask: an item for one kind of water is proposed by nobody.
        None => Some(false),
    }
}

/// The law of the basin applies in the basin, and nowhere else (黄河保护法 2).
pub(super) fn basin_ok(live: &Live<'_>, member: usize) -> Option<Derived> {
    let item = party::item(live, member)?;
    if let Some(basin) = &item.basin
        && !in_basin(live, basin)?
    {
        return Some(Derived::no(format!(
            "{}只适用于{basin}流域，本案不在{basin}流域",
            cite(item)
        )));
    }
    // law.md OPEN-10: 地下水 and 地表水 have statutes of their own.
    if let Some(water) = &item.water
        && party::choice(live, WATER_SOURCE, member).is_some_and(|(_, name)| name != water)
    {
        return Some(Derived::no(format!("{}只适用于取用{water}", cite(item))));
    }
    for rival in
        yields_to(live, item).filter(|rival| rival.basin.is_some() && rival.basin != item.basin)
    {
        if in_force_throughout(live, rival, member) && in_basin(live, rival.basin.as_deref()?)? {
            return Some(Derived::no(format!(
                "本案在{}流域，应当适用{}",
                rival.basin.as_deref()?,
                told(rival)
            )));
        }
    }
    Some(Derived::yes())
}

fn yields_to<'a>(live: &Live<'a>, item: &'a Item) -> impl Iterator<Item = &'a Item> {
    let items = &live.context.rules.items;
    item.yields_to.iter().filter_map(|id| items.get(id))
}

/// In force on the day of the violation, as far as it is known, and on that of the decision. A provision that came
/// later is no rival of the one under which the act was done, unless it is lighter, which is asked elsewhere.
fn in_force_throughout(live: &Live<'_>, item: &Item, member: usize) -> bool {
    days::relevant(live, member)
        .into_iter()
        .all(|day| item.in_force(&live.context.rules.statutes, day))
}

/// Whether a rival covers the place and the water of the case; nothing when a fact is missing to say.
fn fits(live: &Live<'_>, member: usize, item: &Item, rival: &Item) -> Option<bool> {
    // Items of one article differ by what was done, not by which law applies (生态环境法典 1218).
    let article = |item: &Item| {
        item.cites
            .first()
            .map(|cite| (cite.statute.clone(), cite.article))
    };
    if article(item) == article(rival) {
        return Some(false);
    }
    if let Some(basin) = &rival.basin
        && !in_basin(live, basin)?
    {
        return Some(false);
    }
    match (&rival.water, &item.water) {
        (None, _) => Some(true),
        (Some(theirs), Some(ours)) => Some(theirs == ours),
        (Some(theirs), None) => is_water(live, member, theirs),
    }
}

fn told(item: &Item) -> String {
    format!("{}“{}”", cite(item), item.name)
}

/// Where one act breaks several provisions, the one with the higher fine is applied (行政处罚法 29).
pub(super) fn highest_fine_chosen(live: &Live<'_>, member: usize) -> Option<Derived> {
    let item = party::item(live, member)?;
    let measured = Measured::of(live, member);
    let mut higher = Vec::new();
    for rival in yields_to(live, item).filter(|rival| in_force_throughout(live, rival, member)) {
        if !fits(live, member, item, rival)? {
            continue;
        }
        measured.kind?;
        let (most, _) = ceiling(rival, &measured);
        if !item.amounts_unknown && most > ceiling(item, &measured).0 {
            higher.push(format!("{}最高{most}", told(rival)));
        }
    }
    if higher.is_empty() {
        return Some(Derived::yes());
    }
    let own = ceiling(item, &measured).0;
    Some(Derived::no(format!(
        "{}最高{own}，罚款数额更高的有{}",
        cite(item),
        higher.join("、")
    )))
}

/// The law of the day of the violation applies, and the law of the day of the decision where it is lighter
/// (行政处罚法 37). Laws are compared by the heaviest fine, then by the least.
pub(super) fn lighter_law_chosen(live: &Live<'_>, member: usize) -> Option<Derived> {
    let item = party::item(live, member)?;
    let statutes = &live.context.rules.statutes;
    let is_rival =
        |other: &&Item| item.yields_to.contains(&other.id) || other.yields_to.contains(&item.id);
    let rivals: Vec<&Item> = live.context.rules.items.values().filter(is_rival).collect();
    let decided = days::decided_or_today(live, member);
    let Some(violated) = days::violation_day(live) else {
        // Without an earlier or later provision there is nothing to choose between.
        return rivals.is_empty().then(Derived::yes);
    };
    let (then, now) = (
        item.in_force(statutes, violated),
        item.in_force(statutes, decided),
    );
    if then == now {
        return Some(Derived::yes());
    }
    let other_day = if then { decided } else { violated };
    let measured = Measured::of(live, member);
    let mut there = 0_usize;
    let mut lighter = Vec::new();
    for rival in rivals
        .into_iter()
        .filter(|rival| rival.in_force(statutes, other_day))
    {
        if !fits(live, member, item, rival)? {
            continue;
        }
        measured.kind?;
        there += 1;
        if !rival.amounts_unknown && ceiling(rival, &measured) < ceiling(item, &measured) {
            lighter.push(told(rival));
        }
    }
    if !lighter.is_empty() {
        let own = cite(item);
        return Some(Derived::no(format!(
            "违法行为发生（{violated}）以后规定有变化，{}比{own}轻",
            lighter.join("、")
        )));
    }
    if now && there == 0 {
        // No provision of the earlier day is registered: the later one cannot reach back.
        return Some(Derived::no(format!(
            "违法行为发生时（{violated}）{}还没有施行",
            cite(item)
        )));
    }
    Some(Derived::yes())
}
