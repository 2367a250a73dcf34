//! Making a receipt: the steps in their order, each asking the same functions as the derived facts do.

use std::borrow::Cow;
use std::sync::Arc;

use vocabulary::Fen;

use super::Finding;
use super::benchmark::Benchmark;
use super::guide::{Articles, StepKind};
use super::provision::{
    self, Surroundings, fits_basin, fits_party, fits_zone, in_force, lighter_law, told,
};
use super::range::{
    Bounds, applicable, asks, bounds, ceiling, describe, fine_in_range, only_widens,
};
use super::receipt::{Outcome, Receipt, Shown, Step};
use super::tier::{Applied, Choice, Facts, Tier};
use crate::Rules;
use crate::catalog::{Addressee, FineRange, Item};

/// What was chosen of 从轻, 减轻 and 从重.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Degree {
    /// 从轻.
    pub is_lenient: bool,
    /// 减轻: may go below the range.
    pub is_mitigated: bool,
    /// 从重.
    pub is_aggravated: bool,
    /// All that was chosen, by name.
    pub named: String,
}

/// Everything that a receipt is made from.
#[derive(Clone)]
pub struct Situation<'a> {
    /// The procedure, whose facts the conditions of tiers read.
    pub procedure: &'a str,
    /// The item under which the party is punished.
    pub item: &'a Item,
    /// What the choice of the provision and the range depend on.
    pub at: Surroundings<'a>,
    /// Full years at the violation.
    pub age: Option<i64>,
    /// 从轻, 减轻, 从重; nothing while it is not said.
    pub degree: Option<Degree>,
    /// The grounds for it, by name.
    pub grounds: Vec<&'a str>,
    /// The fine at stake.
    pub fine: Option<Fen>,
    /// By which document the same act was fined already.
    pub earlier_fine: Option<&'a str>,
    /// Fines of the agency under the same item in other cases, in a sentence, and why this is another act.
    pub other_fine: Option<(String, Option<&'a str>)>,
    /// Why the benchmark is departed from.
    pub departure_reason: Option<&'a str>,
    /// What conditions of tiers read.
    pub facts: &'a dyn Facts,
}

/// The receipt of a use of discretion.
pub fn receipt(rules: &Rules, benchmark: &Benchmark, situation: &Situation<'_>) -> Receipt {
    let item = situation.item;
    let prepared = rules.discretion.item(&item.id);
    let mut made = Making {
        rules,
        situation,
        own: prepared.map_or_else(|| Arc::from([]), |item| Arc::clone(&item.articles)),
        told: prepared.map_or_else(|| told(item).into(), |item| Arc::clone(&item.told)),
        steps: Vec::with_capacity(StepKind::ALL.len()),
    };
    made.provision();
    made.times();
    made.party();
    let (ranges, statute) = made.range();
    let tier = made.tier(benchmark, &ranges, &statute);
    made.degree();
    made.one_fine();
    let (within_statute, within_tier) = made.amount(&statute, tier.as_ref());
    Receipt {
        item: item.id.clone(),
        provision: made.told,
        fine: situation.fine,
        statute,
        tier,
        within_statute,
        within_tier,
        steps: made.steps,
    }
}

/// Whether the fine leaves the tier of the benchmark that applies, or the benchmark has no tier for the case: both are
/// departures. Nothing when a fact is missing to say. An item without tiers is left to the statute.
pub fn departs(benchmark: &Benchmark, situation: &Situation<'_>) -> Option<Finding> {
    let (item, at) = (situation.item, &situation.at);
    let tier = match benchmark.choose(situation.procedure, &item.id, at.decided, situation.facts) {
        Choice::NoBenchmark => return Some(Finding::no("")),
        Choice::NoneFits => {
            let told = format!("{}的裁量基准没有一个档次的条件成立", item.article());
            return Some(Finding::yes_but(told));
        }
        Choice::Missing(_) => return None,
        Choice::Found(tier) => tier,
    };
    let fine = situation.fine?;
    let ranges = applicable(item, &at.measured, at.measured.is_serious.unwrap_or(false))?;
    let statute = come_to(&ranges, at)?;
    let bounds = tier_bounds(tier, &ranges, &statute, at)?;
    Some(if bounds.admit(fine) {
        Finding::no("")
    } else {
        Finding::yes_but(format!("罚款{fine}在裁量基准“{}”档{bounds}以外", tier.name))
    })
}

fn come_to(ranges: &[&FineRange], at: &Surroundings<'_>) -> Option<Vec<Bounds>> {
    let all = ranges.iter().map(|range| bounds(range, &at.measured));
    all.collect()
}

/// What a tier comes to. Percent are of the plain range, where the statute has another one for what cannot be seen here.
fn tier_bounds(
    tier: &Tier,
    ranges: &[&FineRange],
    statute: &[Bounds],
    at: &Surroundings<'_>,
) -> Option<Bounds> {
    let plain = ranges
        .iter()
        .position(|range| !only_widens(range))
        .unwrap_or(0);
    let whole = statute.get(plain).map_or(&[][..], std::slice::from_ref);
    tier.comes_to(whole, &at.measured)
}

struct Making<'m, 'a> {
    rules: &'m Rules,
    situation: &'m Situation<'a>,
    own: Articles,
    told: Arc<str>,
    steps: Vec<Step>,
}

fn shown(name: &'static str, value: impl Into<String>) -> Shown {
    Shown {
        name: Cow::Borrowed(name),
        value: value.into(),
    }
}

fn or_missing(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "未填".to_owned(), |value| value.to_string())
}

fn missing(what: &[&str]) -> (Outcome, String) {
    let text = format!("缺少{}，还不能判断", what.join("、"));
    (Outcome::Unknown, text)
}

impl<'m> Making<'m, '_> {
    fn push(&mut self, kind: StepKind, values: Vec<Shown>, (outcome, result): (Outcome, String)) {
        let (question, articles) = match self.rules.discretion.text(kind) {
            Some(text) => (
                Arc::clone(&text.question),
                text.articles(self.situation.at.decided),
            ),
            None => (Arc::from(kind.id()), Arc::from([])),
        };
        // A range stands in the item's own article.
        let articles = match kind {
            StepKind::Range => self.own.iter().chain(articles.iter()).cloned().collect(),
            _ => articles,
        };
        self.steps.push(Step {
            kind,
            question,
            articles,
            values,
            outcome,
            result,
        });
    }

    /// Which provision applies, and whether another one has the higher fine.
    fn provision(&mut self) {
        let (rules, item, at) = (self.rules, self.situation.item, &self.situation.at);
        let rivals = provision::rivals(rules, item, at);
        let asks_water = at.asks_water
            && (item.water.is_some()
                || item
                    .yields_to
                    .iter()
                    .filter_map(|id| rules.items.get(id))
                    .any(|rival| rival.water.is_some()));
        let mut values = Vec::with_capacity(4);
        values.push(shown("适用事项", &*self.told));
        values.push(shown("流域", or_missing(at.basin)));
        if asks_water {
            values.push(shown("取水水源", or_missing(at.water)));
        }
        let yields = item.yields_to.iter();
        let mut zoned = yields.filter_map(|id| rules.items.get(id));
        let asks_zone = at.water.is_some()
            && zoned.any(|rival| rival.zone.is_some() && rival.water.as_deref() == at.water);
        if asks_zone || item.zone.is_some() {
            values.push(shown(
                "地下水管控区",
                or_missing(at.zone.map(|zone| zone.name)),
            ));
        }
        for rival in rivals.iter().flatten() {
            let most = match ceiling(rival, &at.measured).0 {
                Fen(i64::MAX) => String::new(),
                most => format!("，最高{most}"),
            };
            values.push(shown("同时涉及", format!("{}{most}", told(rival))));
        }
        let highest = rivals
            .as_ref()
            .and_then(|rivals| provision::highest_of(item, rivals, &at.measured));
        let found = [
            in_force(rules, item, at),
            fits_basin(rules, item, at),
            fits_zone(rules, item, at),
            highest,
        ];
        let told = match found.iter().flatten().find(|finding| !finding.holds) {
            Some(broken) => (Outcome::Broken, broken.told.clone()),
            None => match &found {
                [None, ..] => missing(&["违法行为终了日"]),
                [_, None, ..] => missing(&["流域"]),
                [_, _, None, _] => missing(&["地下水管控区"]),
                [_, _, _, None] if rivals.is_some() => missing(&["当事人类型"]),
                [_, _, _, None] if at.basin.is_none() => missing(&["流域"]),
                [_, _, _, None] => missing(&["取水水源"]),
                [Some(_), Some(_), Some(_), Some(_)] => (
                    Outcome::Kept,
                    self.suggested(rivals.as_deref().unwrap_or_default()),
                ),
            },
        };
        self.push(StepKind::Provision, values, told);
    }

    /// The sentence for a provision that may be used, with the order in which laws are suggested (law.md OPEN-06).
    fn suggested(&self, rivals: &[&Item]) -> String {
        let item = self.situation.item;
        if rivals.is_empty() {
            return format!("适用{}，没有竞合的其他规定", item.article());
        }
        let mut all: Vec<&Item> = rivals.iter().copied().chain([item]).collect();
        all.sort_by_key(|item| {
            let rank = self.rules.discretion.item(&item.id).map(|item| item.rank);
            (rank, item.id.as_str())
        });
        let named: Vec<&str> = all.iter().map(|item| item.article()).collect();
        format!(
            "适用{}，罚款数额不低于竞合的其他规定。建议的选择次序：{}（供参考，由法制审核确认）",
            item.article(),
            named.join("、")
        )
    }

    /// The law then, or the law now.
    fn times(&mut self) {
        let (rules, item, at) = (self.rules, self.situation.item, &self.situation.at);
        let values = vec![
            shown("违法行为终了日", or_missing(at.violated)),
            shown("作出决定日", at.decided.to_string()),
        ];
        let told = match lighter_law(rules, item, at) {
            None if at.violated.is_none() => missing(&["违法行为终了日"]),
            None => missing(&["流域、取水水源或者当事人类型"]),
            Some(finding) if !finding.holds => (Outcome::Broken, finding.told),
            Some(_) => {
                let changed = at.violated.is_some_and(|day| {
                    item.in_force(&rules.statutes, day)
                        != item.in_force(&rules.statutes, at.decided)
                });
                let text = if changed {
                    format!("规定有变化，{}不重于另一时的规定", item.article())
                } else {
                    format!("{}在此期间没有变化", item.article())
                };
                (Outcome::Kept, text)
            }
        };
        self.push(StepKind::Times, values, told);
    }

    /// Whether the provision is for the party, and its age.
    fn party(&mut self) {
        let (item, measured) = (self.situation.item, &self.situation.at.measured);
        let kind = match measured.kind {
            Some(Addressee::Person) => "个人",
            Some(Addressee::Organization) => "单位",
            Some(Addressee::Anyone) | None => "未填",
        };
        let mut values = vec![shown("当事人", kind)];
        let is_person = measured.kind == Some(Addressee::Person);
        if is_person {
            let age = self.situation.age.map(|age| format!("{age}周岁"));
            values.push(shown("违法时年龄", or_missing(age)));
        }
        let guide = &self.rules.discretion;
        let told = match (fits_party(item, measured.kind), self.situation.age) {
            (Some(finding), _) if !finding.holds => (Outcome::Broken, finding.told),
            (None, _) => missing(&["当事人类型"]),
            (_, Some(age)) if is_person && guide.exempt_below.is_some_and(|below| age < below) => {
                let below = guide.exempt_below.unwrap_or(0);
                (Outcome::Broken, format!("不满{below}周岁，不予行政处罚"))
            }
            (_, None) if is_person => missing(&["出生日期或者公民身份号码"]),
            (_, Some(_)) if self.is_minor() => (
                Outcome::Kept,
                format!(
                    "不满{}周岁，应当从轻或者减轻",
                    guide.lenient_below.unwrap_or(0)
                ),
            ),
            _ => (Outcome::Kept, format!("{}适用于该当事人", item.article())),
        };
        self.push(StepKind::Addressee, values, told);
    }

    fn is_minor(&self) -> bool {
        let is_person = self.situation.at.measured.kind == Some(Addressee::Person);
        let below = self.rules.discretion.lenient_below;
        is_person && below.is_some_and(|below| self.situation.age.is_some_and(|age| age < below))
    }

    /// The ranges of the statute that apply, and what they come to.
    fn range(&mut self) -> (Vec<&'m FineRange>, Vec<Bounds>) {
        let item = self.situation.item;
        let measured = &self.situation.at.measured;
        let (by_seriousness, by_gains) = asks(item);
        let mut values = Vec::new();
        if by_seriousness {
            let said = measured.is_serious.map(|is| if is { "是" } else { "否" });
            values.push(shown("情节严重", or_missing(said)));
        }
        if let Some(quantity) = measured.quantity {
            values.push(shown("计罚数量", quantity.to_string()));
        }
        if let Some(gains) = measured.gains {
            values.push(shown("违法所得", gains.to_string()));
        }
        if let Some(fee) = measured.fee {
            values.push(shown("应缴费额", fee.to_string()));
        }
        let nothing = (Vec::new(), Vec::new());
        if item.fines.is_empty() {
            let text = format!("{}没有规定罚款", item.article());
            self.push(StepKind::Range, values, (Outcome::Kept, text));
            return nothing;
        }
        if item.amounts_unknown {
            let text = "罚款数额待核，不能计算".to_owned();
            self.push(StepKind::Range, values, (Outcome::Unknown, text));
            return nothing;
        }
        if by_seriousness && measured.is_serious.is_none() {
            self.push(StepKind::Range, values, missing(&["情节是否严重"]));
            return nothing;
        }
        let Some(ranges) = applicable(item, measured, measured.is_serious.unwrap_or(false)) else {
            let what = if by_gains && measured.gains.is_none() {
                "违法所得"
            } else {
                "当事人类型"
            };
            self.push(StepKind::Range, values, missing(&[what]));
            return nothing;
        };
        let Some(all) = come_to(&ranges, &self.situation.at) else {
            let what = ["计罚数量、违法所得或者应缴费额"];
            self.push(StepKind::Range, values, missing(&what));
            return nothing;
        };
        let written: Vec<String> = ranges
            .iter()
            .zip(&all)
            .map(|(range, comes_to)| describe(range, *comes_to, measured))
            .collect();
        let text = if written.is_empty() {
            format!("{}对这一类当事人没有规定罚款", item.article())
        } else {
            written.join("或者")
        };
        self.push(StepKind::Range, values, (Outcome::Kept, text));
        (ranges, all)
    }

    /// The tier of the benchmark, and what it comes to.
    fn tier(
        &mut self,
        benchmark: &Benchmark,
        ranges: &[&FineRange],
        statute: &[Bounds],
    ) -> Option<Applied> {
        let at = &self.situation.at;
        let facts = self.situation.facts;
        let (procedure, item) = (self.situation.procedure, &self.situation.item.id);
        let found = match benchmark.choose(procedure, item, at.decided, facts) {
            Choice::Found(tier) => tier,
            other => {
                let told = match other {
                    Choice::Missing(names) if !names.is_empty() => {
                        let names: Vec<&str> = names.iter().map(|name| &**name).collect();
                        missing(&names)
                    }
                    Choice::Missing(_) => missing(&["档次条件所用的事实"]),
                    Choice::NoneFits => (
                        Outcome::ReasonNeeded,
                        "没有一个档次的条件成立，须写明怎样裁量".to_owned(),
                    ),
                    Choice::NoBenchmark | Choice::Found(_) => (
                        Outcome::Kept,
                        "没有登记该事项的裁量基准，在法定幅度内裁量".to_owned(),
                    ),
                };
                self.push(StepKind::Tier, Vec::new(), told);
                return None;
            }
        };
        let mut values: Vec<Shown> = Vec::with_capacity(found.facts.len() + 2);
        for (fact, name) in &found.facts {
            values.push(Shown {
                name: Cow::Owned(name.to_string()),
                value: or_missing(facts.shown(*fact)),
            });
        }
        values.push(shown("档次条件", &*found.clause));
        values.push(shown("公布依据", &*found.basis));
        let Some(comes_to) = tier_bounds(found, ranges, statute, at) else {
            self.push(StepKind::Tier, values, missing(&["法定幅度所用的数量"]));
            return None;
        };
        let text = format!(
            "适用“{}”档：{}，即{comes_to}",
            found.name,
            found.as_written()
        );
        self.push(StepKind::Tier, values, (Outcome::Kept, text));
        Some(Applied {
            name: Arc::clone(&found.name),
            bounds: comes_to,
            basis: Arc::clone(&found.basis),
        })
    }

    /// 从轻, 减轻, 从重, with grounds (行政处罚法 32).
    fn degree(&mut self) {
        let Some(degree) = &self.situation.degree else {
            return self.push(StepKind::Degree, Vec::new(), missing(&["裁量情节"]));
        };
        let grounds = &self.situation.grounds;
        let mut values = vec![shown("裁量情节", degree.named.as_str())];
        if !grounds.is_empty() {
            values.push(shown("事由", grounds.join("、")));
        }
        let is_lighter = degree.is_lenient || degree.is_mitigated;
        let told = if self.is_minor() && !is_lighter {
            let below = self.rules.discretion.lenient_below.unwrap_or(0);
            let text = format!("当事人不满{below}周岁，应当从轻或者减轻");
            (Outcome::Broken, text)
        } else if !is_lighter && !degree.is_aggravated {
            (Outcome::Kept, "没有从轻、减轻或者从重".to_owned())
        } else if !self.has_ground() {
            let text = format!("{}，还没有写明事由", degree.named);
            (Outcome::ReasonNeeded, text)
        } else {
            let below = if degree.is_mitigated {
                "，可以低于法定最低数额"
            } else {
                "，在法定幅度以内"
            };
            (Outcome::Kept, format!("{}{below}", degree.named))
        };
        self.push(StepKind::Degree, values, told);
    }

    /// A ground for departing from the ordinary was given; youth is one by itself.
    fn has_ground(&self) -> bool {
        !self.situation.grounds.is_empty() || self.is_minor()
    }

    /// One act is fined once (行政处罚法 29).
    fn one_fine(&mut self) {
        let fine = self.situation.fine.unwrap_or(Fen(0));
        let (values, told) = match (self.situation.earlier_fine, &self.situation.other_fine) {
            (None, None) => (
                Vec::new(),
                (Outcome::Kept, "没有登记对同一违法行为的其他罚款".to_owned()),
            ),
            (Some(document), _) => {
                let outcome = if fine > Fen(0) {
                    Outcome::Broken
                } else {
                    Outcome::Kept
                };
                let text = format!("同一违法行为已由{document}给予罚款，不得再次罚款");
                (vec![shown("已有的罚款", document)], (outcome, text))
            }
            (None, Some((other, reason))) => {
                let values = vec![shown("别的案件", other)];
                let told = match reason {
                    Some(reason) => (Outcome::Kept, format!("不是同一违法行为：{reason}")),
                    None if fine == Fen(0) => (Outcome::Kept, "没有再次罚款".to_owned()),
                    None => (
                        Outcome::ReasonNeeded,
                        "须写明不是同一违法行为的理由".to_owned(),
                    ),
                };
                (values, told)
            }
        };
        self.push(StepKind::OneFine, values, told);
    }

    /// The amount against range and tier: whether it lies within each.
    fn amount(
        &mut self,
        statute: &[Bounds],
        tier: Option<&Applied>,
    ) -> (Option<bool>, Option<bool>) {
        let situation = self.situation;
        let Some(fine) = situation.fine else {
            self.push(StepKind::Amount, Vec::new(), missing(&["拟处罚内容"]));
            return (None, None);
        };
        let (item, measured) = (situation.item, &situation.at.measured);
        let plainly = fine_in_range(item, fine, measured, Some(false));
        let within_statute = plainly.as_ref().map(|finding| finding.holds);
        let within_tier = tier.map(|tier| tier.bounds.admit(fine));
        let mut values = Vec::with_capacity(4);
        values.push(shown("罚款", fine.to_string()));
        if !statute.is_empty() {
            let all: Vec<String> = statute.iter().map(Bounds::to_string).collect();
            values.push(shown("法定幅度", all.join("或者")));
        }
        if let Some(tier) = tier {
            values.push(shown(
                "裁量档次",
                format!("{}（{}）", tier.name, tier.bounds),
            ));
        }
        let reason = situation
            .departure_reason
            .map(str::trim)
            .filter(|reason| !reason.is_empty());
        if let Some(reason) = reason {
            values.push(shown("偏离的理由", reason));
        }
        let is_mitigated = situation.degree.as_ref().is_some_and(|d| d.is_mitigated);
        let lawful = fine_in_range(item, fine, measured, Some(is_mitigated));
        let told = match (lawful, within_statute, within_tier) {
            (None, ..) => missing(&["确定法定幅度所需的事实"]),
            (Some(finding), ..) if !finding.holds => (Outcome::Broken, finding.told),
            (_, Some(false), _) if !self.has_ground() => (
                Outcome::ReasonNeeded,
                format!("罚款{fine}低于法定幅度，减轻处罚须写明事由"),
            ),
            (_, _, Some(false)) if reason.is_none() => (
                Outcome::ReasonNeeded,
                format!("罚款{fine}在裁量档次以外，须写明理由"),
            ),
            (_, _, Some(false)) => (
                Outcome::Departs,
                format!("罚款{fine}在裁量档次以外，属于突破裁量基准"),
            ),
            (_, Some(false), _) => (
                Outcome::Kept,
                format!("罚款{fine}低于法定幅度，依减轻处罚的规定"),
            ),
            (_, _, Some(true)) => (Outcome::Kept, format!("罚款{fine}在法定幅度和裁量档次以内")),
            (Some(finding), _, None) if !finding.told.is_empty() => (Outcome::Kept, finding.told),
            (_, _, None) => (Outcome::Kept, format!("罚款{fine}在法定幅度以内")),
        };
        self.push(StepKind::Amount, values, told);
        (within_statute, within_tier)
    }
}
