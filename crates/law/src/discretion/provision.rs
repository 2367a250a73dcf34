//! Which provision applies: in force, fit for the party and the basin, and the right one of several.

use vocabulary::{Day, Fen};

use super::Finding;
use super::range::{Measured, ceiling};
use crate::Rules;
use crate::catalog::{Addressee, Item, ZoneSide};

/// What the choice of a provision depends on, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The basin in which the place lies, by its name.
    pub basin: Option<&'a str>,
    /// 地下水 or 地表水.
    pub water: Option<&'a str>,
    /// Whether the procedure asks where the water comes from at all (law.md OPEN-06, OPEN-10).
    pub asks_water: bool,
    /// The zone of ground water in which the place lies, as far as it is known.
    pub zone: Option<Zone<'a>>,
    /// The day on which the violation ended.
    pub violated: Option<Day>,
    /// The day of the decision, or the one by whose law it would be made.
    pub decided: Day,
    /// What ranges depend on.
    pub measured: Measured,
}

/// Where a place lies among the zones in which taking ground water is banned or limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone<'a> {
    /// Its name: 禁采区, 限采区.
    pub name: &'a str,
    /// Inside one of them, or outside all.
    pub side: ZoneSide,
}

impl Surroundings<'_> {
    /// Whether the case lies in a basin; nothing when the basin is not filled.
    fn in_basin(&self, basin: &str) -> Option<bool> {
        self.basin.map(|name| name.starts_with(basin))
    }

    /// Whether the water is of the item's kind; nothing when it is asked and not filled.
    fn is_water(&self, water: &str) -> Option<bool> {
        if self.asks_water {
            self.water.map(|name| name == water)
        } else {
            // The rules do not ask: an item for one kind of water is proposed by nobody.
            Some(false)
        }
    }

    /// In force on the day of the violation, as far as it is known, and on that of the decision. A provision that came
    /// later is no rival of the one under which the act was done, unless it is lighter, which is asked elsewhere.
    fn in_force_throughout(&self, rules: &Rules, item: &Item) -> bool {
        self.violated
            .into_iter()
            .chain([self.decided])
            .all(|day| item.in_force(&rules.statutes, day))
    }

    /// Whether a rival covers the place and the water of the case; nothing when a fact is missing to say.
    fn fits(&self, item: &Item, rival: &Item) -> Option<bool> {
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
            && !self.in_basin(basin)?
        {
            return Some(false);
        }
        let has_water = match (&rival.water, &item.water) {
            (None, _) => true,
            (Some(theirs), Some(ours)) => theirs == ours,
            (Some(theirs), None) => self.is_water(theirs)?,
        };
        // Where the zone is not known, either of the twins may be the one.
        let may_be = match (rival.zone, &self.zone) {
            (Some(theirs), Some(zone)) => zone.side == theirs,
            _ => true,
        };
        Some(has_water && may_be)
    }
}

/// An item as sentences name it: `《水法》第六十九条第（一）项“未经批准擅自取水”`.
pub fn told(item: &Item) -> String {
    format!("{}“{}”", item.article(), item.name)
}

fn yields_to<'a>(rules: &'a Rules, item: &'a Item) -> impl Iterator<Item = &'a Item> {
    item.yields_to.iter().filter_map(|id| rules.items.get(id))
}

/// Not superseded when decided about, and its statute in force then or at the violation (行政处罚法 37, 38).
pub fn in_force(rules: &Rules, item: &Item, at: &Surroundings<'_>) -> Option<Finding> {
    if let Some(told) = item.superseded_on(at.decided) {
        return Some(Finding::no(told));
    }
    if item.in_force(&rules.statutes, at.decided) {
        return Some(Finding::yes());
    }
    let violated = at.violated?;
    if item.in_force(&rules.statutes, violated) {
        return Some(Finding::yes());
    }
    Some(Finding::no(format!(
        "{}在违法行为发生时（{violated}）和作出决定时（{}）都不在施行期间",
        item.article(),
        at.decided
    )))
}

/// Whether the item provides for this kind of party (行政处罚法 38). An item without fines is for everyone.
pub fn fits_party(item: &Item, kind: Option<Addressee>) -> Option<Finding> {
    if item.fines.is_empty()
        || item
            .fines
            .iter()
            .any(|range| range.addressee == Addressee::Anyone)
    {
        return Some(Finding::yes());
    }
    let kind = kind?;
    if item.fines.iter().any(|range| range.addressee == kind) {
        return Some(Finding::yes());
    }
    let whom = if kind == Addressee::Person {
        "个人"
    } else {
        "单位"
    };
    Some(Finding::no(format!(
        "{}没有对{whom}规定处罚",
        item.article()
    )))
}

/// The law of the basin applies in the basin, and nowhere else (黄河保护法 2).
pub fn fits_basin(rules: &Rules, item: &Item, at: &Surroundings<'_>) -> Option<Finding> {
    if let Some(basin) = &item.basin
        && !at.in_basin(basin)?
    {
        return Some(Finding::no(format!(
            "{}只适用于{basin}流域，本案不在{basin}流域",
            item.article()
        )));
    }
    // law.md OPEN-10: 地下水 and 地表水 have statutes of their own.
    if let Some(water) = &item.water
        && at.water.is_some_and(|name| name != water)
    {
        return Some(Finding::no(format!(
            "{}只适用于取用{water}",
            item.article()
        )));
    }
    for rival in
        yields_to(rules, item).filter(|rival| rival.basin.is_some() && rival.basin != item.basin)
    {
        if at.in_force_throughout(rules, rival) && at.in_basin(rival.basin.as_deref()?)? {
            return Some(Finding::no(format!(
                "本案在{}流域，应当适用{}",
                rival.basin.as_deref()?,
                told(rival)
            )));
        }
    }
    Some(Finding::yes())
}

/// An item for the zones of ground water applies in them, its twin of the same article outside (生态环境法典 1218).
pub fn fits_zone(rules: &Rules, item: &Item, at: &Surroundings<'_>) -> Option<Finding> {
    let Some(side) = item.zone else {
        return Some(Finding::yes());
    };
    let zone = at.zone?;
    if zone.side == side {
        return Some(Finding::yes());
    }
    let article = |item: &Item| item.article().to_owned();
    let mut all = rules.items.values();
    let twin = all.find(|it| it.zone == Some(zone.side) && article(it) == article(item));
    let instead = twin.map_or_else(String::new, |it| format!("，应当适用{}", told(it)));
    Some(Finding::no(format!(
        "{}只适用于{}，本案写的是“{}”{instead}",
        told(item),
        side.chinese(),
        zone.name
    )))
}

/// The items that the same act falls under besides, in force and fit for the place and the water; nothing when a fact
/// is missing to say.
pub fn rivals<'a>(
    rules: &'a Rules,
    item: &'a Item,
    at: &Surroundings<'_>,
) -> Option<Vec<&'a Item>> {
    let mut all = Vec::new();
    for rival in yields_to(rules, item).filter(|rival| at.in_force_throughout(rules, rival)) {
        if at.fits(item, rival)? {
            all.push(rival);
        }
    }
    Some(all)
}

/// Where one act breaks several provisions, the one with the higher fine is applied (行政处罚法 29).
pub fn highest_fine(rules: &Rules, item: &Item, at: &Surroundings<'_>) -> Option<Finding> {
    highest_of(item, &rivals(rules, item, at)?, &at.measured)
}

/// The same, of rivals that are known already.
pub(super) fn highest_of(item: &Item, rivals: &[&Item], measured: &Measured) -> Option<Finding> {
    if rivals.is_empty() {
        return Some(Finding::yes());
    }
    measured.kind?;
    let own = ceiling(item, measured).0;
    let mut higher = Vec::new();
    for rival in rivals.iter().filter(|_| !item.amounts_unknown) {
        let most = ceiling(rival, measured).0;
        if most > own {
            higher.push(format!("{}最高{most}", told(rival)));
        }
    }
    if higher.is_empty() {
        return Some(Finding::yes());
    }
    Some(Finding::no(format!(
        "{}最高{own}，罚款数额更高的有{}",
        item.article(),
        higher.join("、")
    )))
}

/// The law of the day of the violation applies, and the law of the day of the decision where it is lighter
/// (行政处罚法 37). Laws are compared by the heaviest fine, then by the least.
pub fn lighter_law(rules: &Rules, item: &Item, at: &Surroundings<'_>) -> Option<Finding> {
    let rivals = rules.discretion.neighbors(&item.id);
    let Some(violated) = at.violated else {
        // Without an earlier or later provision there is nothing to choose between.
        return rivals.is_empty().then(Finding::yes);
    };
    let decided = at.decided;
    let (then, now) = (
        item.in_force(&rules.statutes, violated),
        item.in_force(&rules.statutes, decided),
    );
    if then == now {
        return Some(Finding::yes());
    }
    let other_day = if then { decided } else { violated };
    let mut there = 0_usize;
    let mut lighter = Vec::new();
    for rival in rivals
        .iter()
        .filter_map(|id| rules.items.get(id))
        .filter(|rival| rival.in_force(&rules.statutes, other_day))
    {
        if !at.fits(item, rival)? {
            continue;
        }
        at.measured.kind?;
        there += 1;
        let heaviest = |item: &Item| -> (Fen, Fen) { ceiling(item, &at.measured) };
        if !rival.amounts_unknown && heaviest(rival) < heaviest(item) {
            lighter.push(told(rival));
        }
    }
    if !lighter.is_empty() {
        let own = item.article();
        return Some(Finding::no(format!(
            "违法行为发生（{violated}）以后规定有变化，{}比{own}轻",
            lighter.join("、")
        )));
    }
    if now && there == 0 {
        // No provision of the earlier day is registered: the later one cannot reach back.
        return Some(Finding::no(format!(
            "违法行为发生时（{violated}）{}还没有施行",
            item.article()
        )));
    }
    Some(Finding::yes())
}
