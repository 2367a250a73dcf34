//! National lists: the rows of the legal baseline, settings, and enforcement items with their ranges.

use serde::Serialize;
use vocabulary::{Day, Fen, PenaltyKind};

use crate::load::{date_key, period_of};
use crate::model::{Setting, SettingUnit};
use crate::source::{Errors, Node, Place, ScalarValue};
use crate::statute::{Citation, Statutes, Verified};

/// Whether the product puts a row into effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowState {
    /// It must be met by a rule, a setting or an item.
    Active,
    /// 不适用, with the reason.
    NotApplicable(String),
    /// 待建, with where it will be.
    Pending(String),
    /// 账本: the record itself puts it into effect, not a rule; with how.
    Record(String),
}

/// A row of the legal baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Stable id.
    pub id: String,
    /// What it says.
    pub title: String,
    /// The table it stands in.
    pub table: String,
    /// Legal basis.
    pub cites: Vec<Citation>,
    /// How far it was checked.
    pub verified: Verified,
    /// Whether it is in effect here.
    pub state: RowState,
    /// Where it stands.
    pub place: Place,
}

/// To whom a range applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Addressee {
    /// 个人
    Person,
    /// 单位
    Organization,
    /// 不限
    Anyone,
}

/// What a range is counted by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// 定额: yuan
    Fixed,
    /// 每平方米
    PerSquareMeter,
    /// 每立方米
    PerCubicMeter,
    /// 倍数 of this base, such as 违法所得
    MultipleOf(String),
}

/// A range of fines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FineRange {
    /// To whom it applies.
    pub addressee: Addressee,
    /// What it is counted by.
    pub measure: Measure,
    /// From, in fen (or in hundredths of a multiple).
    pub least: Option<Fen>,
    /// Up to, in fen (or in hundredths of a multiple).
    pub most: Option<Fen>,
    /// The circumstance, such as 情节严重.
    pub circumstance: Option<String>,
    /// 可以: the fine is optional.
    pub is_optional: bool,
}

/// An enforcement item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Stable id.
    pub id: String,
    /// What is done wrong.
    pub name: String,
    /// Legal basis.
    pub cites: Vec<Citation>,
    /// What must precede the penalty, such as 责令停止.
    pub prior: Vec<String>,
    /// Only punishable once the correction period ran out unused.
    pub needs_overdue: bool,
    /// Ranges; none for an item without a fine.
    pub fines: Vec<FineRange>,
    /// The amounts were not read: no fine may be computed.
    pub amounts_unknown: bool,
    /// What may be imposed besides.
    pub besides: Vec<PenaltyKind>,
    /// The basin that it is confined to.
    pub basin: Option<String>,
    /// 地下水 or 地表水 where it matters.
    pub water: Option<String>,
    /// Whether it is for places inside or outside the zones in which taking ground water is banned or limited, where the
    /// article tells them apart.
    pub zone: Option<ZoneSide>,
    /// Items that go before this one when they apply too.
    pub yields_to: Vec<String>,
    /// Superseded: from when, to whom, on what basis.
    pub superseded: Option<Superseded>,
    /// How far it was checked.
    pub verified: Verified,
    /// Where it stands.
    pub place: Place,
}

/// On which side of the zones in which taking ground water is banned or limited (禁采区、限采区) a place lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ZoneSide {
    /// In one of them.
    Inside,
    /// In none.
    Outside,
}

impl ZoneSide {
    /// As sentences say where an item applies.
    pub fn chinese(self) -> &'static str {
        match self {
            ZoneSide::Inside => "禁采区、限采区以内",
            ZoneSide::Outside => "禁采区、限采区以外",
        }
    }
}

/// From when an item may no longer be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Superseded {
    /// From this day.
    pub from: Option<Day>,
    /// Who is competent now.
    pub passes_to: String,
    /// On what basis.
    pub cite: Option<Citation>,
}

fn text<'a>(node: &'a Node, key: &str, errors: &Errors) -> Option<&'a str> {
    node.children
        .iter()
        .find(|c| c.name == key)
        .and_then(|n| n.argument(0, "文字", errors))
}

/// `管控区 内` or `管控区 外`.
fn zone_side(node: &Node, errors: &Errors) -> Option<ZoneSide> {
    match text(node, "管控区", errors)? {
        "内" => Some(ZoneSide::Inside),
        "外" => Some(ZoneSide::Outside),
        other => {
            errors.add(&node.place, format!("管控区 {other}"), "内、外");
            None
        }
    }
}

/// Reads a row.
pub fn row(node: &Node, statutes: &Statutes, errors: &Errors) -> Option<Row> {
    node.only(&["依据", "核实", "数值", "状态", "备注"], &["表"], errors);
    let state = match node.one("状态", errors) {
        None => RowState::Active,
        Some(line) => {
            let reason = line.argument(1, "理由", errors).unwrap_or("").to_owned();
            match line.argument(0, "不适用、待建 或 账本", errors)? {
                "不适用" => RowState::NotApplicable(reason),
                "待建" => RowState::Pending(reason),
                "账本" => RowState::Record(reason),
                other => {
                    errors.add(
                        &line.place,
                        format!("状态“{other}”"),
                        "不适用、待建 或 账本，没有状态的必须落实",
                    );
                    return None;
                }
            }
        }
    };
    Some(Row {
        id: node.argument(0, "编号", errors)?.to_owned(),
        title: node.argument(1, "事项", errors)?.to_owned(),
        table: node.property_text("表", errors).unwrap_or("").to_owned(),
        cites: statutes.cites(node, errors),
        verified: Verified::read(node, errors),
        state,
        place: node.place.clone(),
    })
}

/// Reads a setting.
pub fn setting(node: &Node, statutes: &Statutes, errors: &Errors) -> Option<Setting> {
    node.only(
        &["条目", "依据", "核实", "备注"],
        &["值", "单位", "口径", "下限", "日期键"],
        errors,
    );
    let id = node.argument(0, "英文标识", errors)?;
    let name = node.argument(1, "中文名称", errors)?;
    let unit_text = node.property_text("单位", errors).unwrap_or("");
    let unit = match unit_text {
        "元" => SettingUnit::Money,
        "人" | "次" | "百分比" => SettingUnit::Count,
        _ => {
            let code = node.property_text("口径", errors).unwrap_or("F1");
            SettingUnit::Period(period_of(1, unit_text, code, &node.place, errors)?)
        }
    };
    let number = |key: &str| {
        let scalar = node.property(key)?;
        let number = scalar.integer(errors)?;
        if number < 0 {
            errors.add(&scalar.place, format!("{key}={number}"), "不小于零的整数");
        }
        Some(if unit == SettingUnit::Money {
            number * 100
        } else {
            number
        })
    };
    Some(Setting {
        id: id.to_owned(),
        name: name.to_owned(),
        value: number("值"),
        unit,
        floor: number("下限"),
        date_key: date_key(node.property_text("日期键", errors), &node.place, errors),
        rows: node
            .words("条目", errors)
            .into_iter()
            .map(|(text, _)| text.to_owned())
            .collect(),
        cites: statutes.cites(node, errors),
        verified: Verified::read(node, errors),
        place: node.place.clone(),
    })
}

/// Reads an item.
pub fn item(node: &Node, statutes: &Statutes, errors: &Errors) -> Option<Item> {
    node.only(
        &[
            "名称",
            "依据",
            "前置",
            "罚款",
            "并处",
            "流域",
            "取水",
            "管控区",
            "竞合",
            "停用",
            "核实",
            "备注",
        ],
        &[],
        errors,
    );
    let id = node.argument(0, "事项编号", errors)?;
    let mut amounts_unknown = false;
    let mut fines = Vec::new();
    for line in node.all("罚款") {
        line.only(
            &[],
            &["最低", "最高", "对象", "计", "基数", "情形", "可以", "数额"],
            errors,
        );
        if line.property("数额").is_some() {
            amounts_unknown = true;
            continue;
        }
        let amount = |key: &str| {
            let scalar = line.property(key)?;
            match &scalar.value {
                ScalarValue::Integer(number) if *number >= 0 => number.checked_mul(100).map(Fen),
                ScalarValue::Decimal(text) => Fen::parse_yuan(text)
                    .map_err(|e| errors.add(&scalar.place, e.to_string(), "以元计的金额"))
                    .ok(),
                other => {
                    errors.add(
                        &scalar.place,
                        format!("{key}={other}"),
                        "以元计的金额或倍数",
                    );
                    None
                }
            }
        };
        let (least, most) = (amount("最低"), amount("最高"));
        if least.is_none() && most.is_none() || matches!((least, most), (Some(a), Some(b)) if a > b)
        {
            errors.add(
                &line.place,
                "罚款幅度不成立",
                "最低=… 最高=…,最低不大于最高",
            );
        }
        let addressee = match line.property_text("对象", errors) {
            Some("个人") => Addressee::Person,
            Some("单位") => Addressee::Organization,
            Some("不限") | None => Addressee::Anyone,
            Some(other) => {
                errors.add(&line.place, format!("对象={other}"), "个人、单位、不限");
                Addressee::Anyone
            }
        };
        let measure = match line.property_text("计", errors) {
            None | Some("定额") => Measure::Fixed,
            Some("每平方米") => Measure::PerSquareMeter,
            Some("每立方米") => Measure::PerCubicMeter,
            Some("倍数") => Measure::MultipleOf(
                line.property_text("基数", errors)
                    .unwrap_or("违法所得")
                    .to_owned(),
            ),
            Some(other) => {
                errors.add(
                    &line.place,
                    format!("计={other}"),
                    "定额、每平方米、每立方米、倍数",
                );
                Measure::Fixed
            }
        };
        let circumstance = line.property_text("情形", errors).map(str::to_owned);
        fines.push(FineRange {
            addressee,
            measure,
            least,
            most,
            circumstance,
            is_optional: line.flag("可以"),
        });
    }
    let kind = |(text, place): (&str, &Place)| {
        let found = PenaltyKind::from_chinese(text);
        if found.is_none() {
            let known: Vec<&str> = PenaltyKind::ALL.iter().map(|kind| kind.chinese()).collect();
            errors.add(place, format!("没有这种处罚：“{text}”"), known.join("、"));
        }
        found
    };
    let superseded = node.one("停用", errors).map(|line| {
        line.only(&[], &["自", "转", "依据"], errors);
        let from = line
            .property_text("自", errors)
            .and_then(|text| match Day::parse(text) {
                Ok(day) => Some(day),
                Err(error) => {
                    errors.add(&line.place, error.to_string(), "自=\"2026-08-15\"");
                    None
                }
            });
        Superseded {
            from,
            passes_to: line.property_text("转", errors).unwrap_or("").to_owned(),
            cite: line
                .property_text("依据", errors)
                .and_then(|text| statutes.cite(text, &line.place, errors)),
        }
    });
    let prior = node
        .words("前置", errors)
        .into_iter()
        .map(|(text, _)| text.to_owned())
        .collect();
    let cites = statutes.cites(node, errors);
    if cites.is_empty() && !errors.any() {
        errors.add(&node.place, format!("“{id}”没有依据"), "写一行“依据 …”");
    }
    // The effective day of the statute bounds the item; items need no date of their own.
    Some(Item {
        id: id.to_owned(),
        name: text(node, "名称", errors).unwrap_or("").to_owned(),
        cites,
        prior,
        needs_overdue: node.all("前置").any(|line| line.flag("逾期")),
        fines,
        amounts_unknown,
        besides: node
            .words("并处", errors)
            .into_iter()
            .filter_map(kind)
            .collect(),
        basin: text(node, "流域", errors).map(str::to_owned),
        water: text(node, "取水", errors).map(str::to_owned),
        zone: zone_side(node, errors),
        yields_to: node
            .words("竞合", errors)
            .into_iter()
            .map(|(text, _)| text.to_owned())
            .collect(),
        superseded,
        verified: Verified::read(node, errors),
        place: node.place.clone(),
    })
}

impl Item {
    /// The article that it rests on, as the law writes it.
    pub fn article(&self) -> &str {
        self.cites
            .first()
            .map_or(self.name.as_str(), |cite| cite.text.as_str())
    }

    /// Why the item may no longer be used on a day: since when, who is competent now, and the article.
    pub fn superseded_on(&self, day: Day) -> Option<String> {
        let superseded = self
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
        Some(format!("“{}”{since}停用{to}{basis}", self.name))
    }

    /// From when to when the item may be used, by its statute and its own supersession.
    pub fn in_force(&self, statutes: &Statutes, day: Day) -> bool {
        let statute = self
            .cites
            .first()
            .and_then(|cite| statutes.get(&cite.statute));
        let begun = statute.and_then(|s| s.from).is_none_or(|from| from <= day);
        let ended = statute
            .and_then(|s| s.until)
            .is_some_and(|until| until <= day)
            || self
                .superseded
                .as_ref()
                .is_some_and(|s| s.from.is_none_or(|from| from <= day));
        begun && !ended
    }
}
