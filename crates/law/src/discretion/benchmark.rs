//! The agency's benchmark (裁量权基准): its rows, checked against the statute, ready to be asked.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vocabulary::{Day, Fen};

use super::range::Measured;
use super::range::{addressee, applicable, as_written};
use super::tier::{Choice, Facts, Tier, TierUnit, choose, lies_within, only_whole, unit_of};
use super::worlds::{Unchecked, World, Worlds};
use crate::Rules;
use crate::catalog::{Addressee, Item};
use crate::fact::{FactType, Value};
use crate::load::Names;
use crate::model::{FactIx, Procedure};
use crate::readers::{Reader, Reading, unfit};
use crate::typed::Mistake;

/// A row of a benchmark as it is stored and typed.
///
/// ```
/// let row: law::discretion::BenchmarkRow = serde_json::from_str(
///     r#"{ "item": "P-SF69-1", "tier": "从轻", "condition": "计罚数量 少于 1000", "low": "20000",
///          "high": "40000", "unit": "元", "basis": "某厅公告", "from": "2026-01-01" }"#,
/// ).unwrap();
/// assert_eq!(row.until, None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BenchmarkRow {
    /// The id of the enforcement item.
    pub item: String,
    /// 档次: 从轻, 一般, 从重, or a number.
    pub tier: String,
    /// When it applies, in the notation of `rules/` (docs/guides/rules-notation.md, section 5), comparisons separated by
    /// line breaks or semicolons; empty for all other circumstances of the item.
    #[serde(default)]
    pub condition: String,
    /// From, in the unit: `20000`, `1.5`.
    pub low: String,
    /// Up to, in the unit.
    pub high: String,
    /// 元, 元每平方米, 元每立方米, 倍, or % of the statute's range.
    pub unit: String,
    /// By what it was published.
    pub basis: String,
    /// In effect from this day.
    pub from: Day,
    /// No longer in effect from this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// Which row, from 1.
    pub row: usize,
    /// Its item.
    pub item: String,
    /// Its tier.
    pub tier: String,
    /// The field.
    pub field: &'static str,
    /// What was seen.
    pub seen: String,
    /// What was expected.
    pub expected: String,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "裁量基准第{}行（{} {}）的{}：{}；应当是：{}",
            self.row,
            self.item,
            self.tier,
            field_name(self.field),
            self.seen,
            self.expected
        )
    }
}

impl std::error::Error for RowError {}

fn field_name(field: &str) -> &str {
    match field {
        "item" => "事项",
        "tier" => "档次",
        "condition" => "条件",
        "low" => "下限",
        "high" => "上限",
        "unit" => "单位",
        "basis" => "依据",
        "until" => "失效日",
        other => other,
    }
}

/// The tiers of every item, for each procedure that fines; an empty one knows no tier.
#[derive(Clone, Debug, Default)]
pub struct Benchmark {
    procedures: BTreeMap<String, BTreeMap<String, Vec<Tier>>>,
}

/// A row with what was read of it.
struct Read<'r> {
    at: usize,
    row: &'r BenchmarkRow,
    item: &'r Item,
    tier: Tier,
}

/// Collects mistakes while reading goes on.
struct Mistakes(Vec<RowError>);

impl Mistakes {
    fn add(
        &mut self,
        (at, row): (usize, &BenchmarkRow),
        field: &'static str,
        seen: impl Into<String>,
        expected: impl Into<String>,
    ) {
        self.0.push(RowError {
            row: at + 1,
            item: row.item.clone(),
            tier: row.tier.clone(),
            field,
            seen: seen.into(),
            expected: expected.into(),
        });
    }
}

impl Benchmark {
    /// Reads and checks rows, whatever their order: items exist, ends lie within the statute's range wherever the
    /// condition holds, conditions can hold, and no two tiers of an item hold at once.
    pub fn from_rows(rows: &[BenchmarkRow], rules: &Rules) -> Result<Benchmark, Vec<RowError>> {
        let mut mistakes = Mistakes(Vec::new());
        let fining: Vec<(&Procedure, &Names)> = rules
            .procedures
            .iter()
            .filter(|procedure| item_fact(procedure).is_some())
            .filter_map(|procedure| Some((procedure, rules.names.get(&procedure.id)?)))
            .collect();
        let mut plain = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            plain.extend(one(at, row, rules, &mut mistakes));
        }
        let mut benchmark = Benchmark::default();
        let mut is_read = vec![false; rows.len()];
        let mut unread: BTreeMap<usize, Vec<(String, String)>> = BTreeMap::new();
        for (procedure, names) in fining {
            let reading = Reader::Benchmark.reading(procedure, names);
            let mut all: Vec<Read<'_>> = Vec::new();
            for (at, row, item, tier) in &plain {
                match condition(row, &reading) {
                    Ok(condition) => {
                        is_read[*at] = true;
                        let mut tier = tier.clone();
                        tier.clause = match &condition {
                            Some(condition) => procedure.print(condition).into(),
                            None => "其他情形".into(),
                        };
                        tier.facts = condition
                            .as_ref()
                            .map(|condition| named(procedure, &condition.facts()))
                            .unwrap_or_default();
                        tier.condition = condition;
                        all.push(Read {
                            at: *at,
                            row,
                            item,
                            tier,
                        });
                    }
                    Err(found) => {
                        let worse = unread
                            .get(at)
                            .is_some_and(|known| known.len() <= found.len());
                        if !worse {
                            unread.insert(*at, found);
                        }
                    }
                }
            }
            all.iter()
                .for_each(|read| within_statute(read, procedure, &mut mistakes));
            for (n, a) in all.iter().enumerate() {
                for b in all.iter().skip(n + 1).filter(|b| b.row.item == a.row.item) {
                    apart(a, b, procedure, &mut mistakes);
                }
            }
            let tiers = benchmark
                .procedures
                .entry(procedure.id.clone())
                .or_default();
            for read in all {
                tiers
                    .entry(read.row.item.clone())
                    .or_default()
                    .push(read.tier);
            }
        }
        for (at, found) in unread {
            if !is_read[at] {
                for (seen, expected) in found {
                    mistakes.add((at, &rows[at]), "condition", seen, expected);
                }
            }
        }
        let mut found = mistakes.0;
        // The same mistake shows in each procedure that reads the row.
        found.sort_by(|a, b| (a.row, a.field, &a.seen).cmp(&(b.row, b.field, &b.seen)));
        found.dedup();
        if !found.is_empty() {
            return Err(found);
        }
        for tiers in benchmark
            .procedures
            .values_mut()
            .flat_map(BTreeMap::values_mut)
        {
            tiers.sort_by(|a, b| {
                (a.from, a.low, a.high, &a.name).cmp(&(b.from, b.low, b.high, &b.name))
            });
        }
        Ok(benchmark)
    }

    /// What of some rows is sound, with what is wrong with the others: an item with one bad row has no tier at all. For rows
    /// that were approved under an earlier edition of the rules.
    pub fn sound(rows: &[BenchmarkRow], rules: &Rules) -> (Benchmark, Vec<RowError>) {
        match Benchmark::from_rows(rows, rules) {
            Ok(benchmark) => (benchmark, Vec::new()),
            Err(wrong) => {
                let is_sound = |row: &&BenchmarkRow| wrong.iter().all(|it| it.item != row.item);
                let kept: Vec<BenchmarkRow> = rows.iter().filter(is_sound).cloned().collect();
                let benchmark = Benchmark::from_rows(&kept, rules).unwrap_or_default();
                (benchmark, wrong)
            }
        }
    }

    /// Whether no tier is known.
    pub fn is_empty(&self) -> bool {
        self.procedures.values().all(BTreeMap::is_empty)
    }

    /// The tiers of an item, in the order of their amounts.
    pub fn tiers(&self, procedure: &str, item: &str) -> &[Tier] {
        self.procedures
            .get(procedure)
            .and_then(|items| items.get(item))
            .map_or(&[], Vec::as_slice)
    }

    /// The tier that applies on a day.
    pub fn choose(&self, procedure: &str, item: &str, day: Day, facts: &dyn Facts) -> Choice<'_> {
        choose(self.tiers(procedure, item), day, facts)
    }
}

/// The fact that names the item, where the procedure has one.
fn item_fact(procedure: &Procedure) -> Option<FactIx> {
    procedure
        .fact("item")
        .filter(|fact| procedure.facts[*fact].kind == FactType::Item)
}

fn named(procedure: &Procedure, facts: &[FactIx]) -> Vec<(FactIx, Arc<str>)> {
    facts
        .iter()
        .map(|fact| (*fact, Arc::from(procedure.facts[*fact].name.as_str())))
        .collect()
}

type Plain<'r> = (usize, &'r BenchmarkRow, &'r Item, Tier);

/// What a row says apart from its condition.
fn one<'r>(
    at: usize,
    row: &'r BenchmarkRow,
    rules: &'r Rules,
    mistakes: &mut Mistakes,
) -> Option<Plain<'r>> {
    let before = mistakes.0.len();
    let here = (at, row);
    let Some(item) = rules.items.get(&row.item) else {
        let known: Vec<&str> = rules.items.keys().map(String::as_str).collect();
        let near = crate::source::nearest(&row.item, &known)
            .map_or(String::new(), |near| format!("，是不是“{near}”"));
        mistakes.add(
            here,
            "item",
            format!("没有登记的执法事项“{}”", row.item),
            format!("rules/items 里登记过的编号{near}"),
        );
        return None;
    };
    for (field, text) in [("tier", &row.tier), ("basis", &row.basis)] {
        if text.trim().is_empty() {
            mistakes.add(here, field, "没有填", "不得空着");
        }
    }
    if let Some(until) = row.until.filter(|until| *until <= row.from) {
        mistakes.add(
            here,
            "until",
            format!("{until}不在生效日{}之后", row.from),
            "生效日以后的一天，或者不填",
        );
    }
    if item.fines.is_empty() || item.amounts_unknown {
        mistakes.add(
            here,
            "item",
            format!("{}没有登记罚款数额", item.article()),
            "有罚款幅度的事项",
        );
        return None;
    }
    let mut amount = |field: &'static str, text: &str| match Fen::parse_yuan(text) {
        Ok(fen) => Some(fen),
        Err(_) => {
            mistakes.add(
                here,
                field,
                format!("“{text}”不是数"),
                "不小于零、至多两位小数的数，如 20000 或 1.5",
            );
            None
        }
    };
    let (low, high) = (amount("low", &row.low), amount("high", &row.high));
    if let (Some(low), Some(high)) = (low, high)
        && low > high
    {
        mistakes.add(
            here,
            "low",
            format!("下限{}大于上限{}", row.low, row.high),
            "下限不大于上限",
        );
    }
    let unit = unit_of(&row.unit, item);
    match &unit {
        None => mistakes.add(
            here,
            "unit",
            format!("“{}”与{}的罚款不合", row.unit, item.article()),
            format!(
                "元、元每平方米、元每立方米、倍中与法定罚款（{}）相同的一个，或者 %",
                ranges(item)
            ),
        ),
        Some(TierUnit::Percent) if high.is_some_and(|high| high > Fen(10_000)) => {
            mistakes.add(here, "high", format!("{}%", row.high), "不超过100");
        }
        Some(_) => {}
    }
    if mistakes.0.len() > before {
        return None;
    }
    let tier = Tier {
        name: row.tier.trim().into(),
        condition: None,
        clause: "".into(),
        facts: Vec::new(),
        low: low?,
        high: high?,
        unit: unit?,
        basis: row.basis.trim().into(),
        from: row.from,
        until: row.until,
    };
    Some((at, row, item, tier))
}

fn ranges(item: &Item) -> String {
    let mut all: Vec<String> = Vec::new();
    for range in &item.fines {
        let whom = match range.addressee {
            Addressee::Person => "个人",
            Addressee::Organization => "单位",
            Addressee::Anyone => "",
        };
        all.push(format!("{whom}{}", as_written(range)));
    }
    all.join("、")
}

/// Reads the condition of a row; nothing for an empty one, and mistakes as seen and expected.
fn condition(
    row: &BenchmarkRow,
    reading: &Reading<'_>,
) -> Result<Option<crate::condition::Condition>, Vec<(String, String)>> {
    if row.condition.trim().is_empty() {
        return Ok(None);
    }
    let read = reading.read(&row.condition);
    read.map(Some).map_err(|found| {
        let each = found.into_iter();
        each.map(|mistake| (mistake.seen, mistake.expected))
            .collect()
    })
}

/// The facts that a range of the statute hangs on, besides those of the conditions.
struct Asked {
    party_kind: Option<FactIx>,
    is_serious: Option<FactIx>,
    gains: Option<FactIx>,
}

impl Asked {
    fn of(procedure: &Procedure, item: &Item) -> Asked {
        let (serious, gains) = super::range::asks(item);
        let by_party = item
            .fines
            .iter()
            .any(|range| range.addressee != Addressee::Anyone);
        let when = |asked: bool, id: &str| asked.then(|| procedure.fact(id)).flatten();
        Asked {
            party_kind: when(by_party, "party_kind"),
            is_serious: when(serious, "is_serious"),
            gains: when(gains, "illegal_gains"),
        }
    }

    fn facts(&self) -> Vec<FactIx> {
        [self.party_kind, self.is_serious, self.gains]
            .into_iter()
            .flatten()
            .collect()
    }

    fn measured(&self, procedure: &Procedure, world: &World<'_>) -> Measured {
        let value = |fact: Option<FactIx>| fact.and_then(|fact| world.value(fact));
        let kind = match (self.party_kind, value(self.party_kind)) {
            (Some(fact), Some(Value::Choice(index))) => match &procedure.facts[fact].kind {
                FactType::Choice(all) => all
                    .get(usize::from(*index))
                    .and_then(|chosen| addressee(&chosen.id)),
                _ => None,
            },
            _ => None,
        };
        Measured {
            kind,
            is_serious: match value(self.is_serious) {
                Some(Value::Bool(is_serious)) => Some(*is_serious),
                _ => None,
            },
            gains: match value(self.gains) {
                Some(Value::Money(gains)) => Some(*gains),
                _ => None,
            },
            ..Measured::default()
        }
    }
}

/// The tier lies within the statute's range wherever its condition holds, and it can hold at all.
fn within_statute(read: &Read<'_>, procedure: &Procedure, mistakes: &mut Mistakes) {
    let here = (read.at, read.row);
    let asked = Asked::of(procedure, read.item);
    let conditions: Vec<_> = read.tier.condition.iter().collect();
    let worlds = match Worlds::of(procedure, &conditions, &asked.facts()) {
        Ok(worlds) => worlds,
        Err(why) => return unchecked(here, why, mistakes),
    };
    if worlds
        .find(|world| world.holds(read.tier.condition.as_ref()).then_some(()))
        .is_none()
    {
        mistakes.add(
            here,
            "condition",
            format!("“{}”不可能成立", read.tier.clause),
            "可能成立的条件",
        );
    }
    let outside = worlds.find(|world| {
        if !world.holds(read.tier.condition.as_ref()) {
            return None;
        }
        let measured = asked.measured(procedure, world);
        let serious = measured.is_serious.unwrap_or(false);
        let ranges = applicable(read.item, &measured, serious)?;
        let is_within = match read.tier.unit {
            TierUnit::Percent => only_whole(&ranges),
            TierUnit::Measured(_) => ranges.iter().any(|range| lies_within(&read.tier, range)),
        };
        if is_within || ranges.is_empty() {
            return None;
        }
        let written: Vec<String> = ranges.iter().map(|range| as_written(range)).collect();
        // Where the lower end is within, it is the upper one that is not.
        let lower = Tier {
            high: read.tier.low,
            ..read.tier.clone()
        };
        let is_high = ranges.iter().any(|range| lies_within(&lower, range));
        let end = if is_high { "high" } else { "low" };
        Some((end, world.told(Some(&asked.facts())), written.join("或者")))
    });
    if let Some((end, circumstances, range)) = outside {
        let when = if circumstances.is_empty() {
            String::new()
        } else {
            format!("（{circumstances}时）")
        };
        mistakes.add(
            here,
            end,
            format!(
                "“{}”{}，超出法定幅度{when}",
                read.tier.name,
                read.tier.as_written()
            ),
            format!("在{}规定的{range}之内", read.item.article()),
        );
    }
}

/// Two tiers of an item do not hold at once, while both are in effect.
fn apart(a: &Read<'_>, b: &Read<'_>, procedure: &Procedure, mistakes: &mut Mistakes) {
    let begins_in = |x: &Tier, y: &Tier| y.until.is_none_or(|until| x.from < until);
    if !begins_in(&a.tier, &b.tier) || !begins_in(&b.tier, &a.tier) {
        return;
    }
    let here = (b.at, b.row);
    let (Some(first), Some(second)) = (&a.tier.condition, &b.tier.condition) else {
        if a.tier.condition.is_none() && b.tier.condition.is_none() {
            mistakes.add(
                here,
                "condition",
                format!("第{}行（{}）也没有写条件", a.at + 1, a.row.tier),
                "同一事项只有一个档次可以不写条件",
            );
        }
        return;
    };
    let worlds = match Worlds::of(procedure, &[first, second], &[]) {
        Ok(worlds) => worlds,
        // A fact that cannot be compared was noted with its own row.
        Err(Unchecked::Fact(_)) => return,
        Err(why) => return unchecked(here, why, mistakes),
    };
    let both = worlds.find(|world| {
        (world.holds(Some(first)) && world.holds(Some(second))).then(|| world.told(None))
    });
    if let Some(circumstances) = both {
        mistakes.add(
            here,
            "condition",
            format!("与“{}”档会同时成立，例如{circumstances}", a.row.tier),
            "同一事项的各档互不重叠",
        );
    }
}

fn unchecked(here: (usize, &BenchmarkRow), why: Unchecked, mistakes: &mut Mistakes) {
    match why {
        Unchecked::Fact(name) => {
            let Mistake { seen, expected, .. } = unfit(&name);
            mistakes.add(here, "condition", seen, expected);
        }
        Unchecked::TooMany => mistakes.add(
            here,
            "condition",
            "条件区分的情形太多，无法逐一核对",
            "比较的事实少一些",
        ),
    }
}
