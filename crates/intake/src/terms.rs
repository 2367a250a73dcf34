//! The words of a clerk as what they mean in a procedure: acts, facts, values, people.

use crate::cell::{Cell, half_width};
use app::agency::AgencyFile;
use law::Rules;
use law::fact::{Fact, FactType, Value};
use law::load::{Around, Names};
use law::model::{CASE, EventIx, FactIx, Procedure};
use law::source::{Errors, Place};
use std::collections::BTreeMap;
use vocabulary::{Fen, Penalty, PenaltyKind};

/// Two things written in one cell are kept apart by these.
const BETWEEN_NAMES: [char; 8] = ['、', ',', '，', ';', '；', '/', ' ', '\n'];

/// What the words mean under one procedure.
pub(crate) struct Terms<'r> {
    pub(crate) procedure: &'r Procedure,
    names: &'r Names,
    rules: &'r Rules,
    people: BTreeMap<&'r str, Vec<&'r str>>,
    place: Place,
}

impl<'r> Terms<'r> {
    pub(crate) fn new(
        rules: &'r Rules,
        procedure: &'r Procedure,
        agency: &'r AgencyFile,
    ) -> Option<Terms<'r>> {
        let mut people: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for staff in &agency.people {
            for key in [staff.id.as_str(), staff.name.as_str()] {
                let ids = people.entry(key).or_default();
                if !ids.contains(&staff.id.as_str()) {
                    ids.push(&staff.id);
                }
            }
        }
        Some(Terms {
            procedure,
            names: rules.names.get(&procedure.id)?,
            rules,
            people,
            place: Place {
                file: "".into(),
                line: 0,
                column: 0,
            },
        })
    }

    /// The act of this name: `立案`, `送达:处罚决定书` or as it is shown, `送达(处罚决定书)`.
    pub(crate) fn event(&self, text: &str) -> Result<EventIx, String> {
        let plain: String = text
            .chars()
            .map(half_width)
            .filter(|c| !c.is_whitespace())
            .collect();
        let shown = |event: &law::model::Event| event.name == plain || event.id == plain;
        if let Some(event) = self.procedure.events.iter().position(shown) {
            return Ok(event);
        }
        if plain.starts_with('#') {
            return Err(format!("没有“{plain}”这个行为"));
        }
        let errors = Errors::default();
        let found = self.names.events(&plain, &self.place, &errors);
        said(errors)?;
        match found.as_slice() {
            [event] => Ok(*event),
            [] => Err(format!("没有“{plain}”这个行为")),
            several => {
                let names = several.iter().map(|event| self.event_name(*event));
                let names: Vec<String> = names.collect();
                Err(format!("“{plain}”请写明是哪一份：{}", names.join("、")))
            }
        }
    }

    /// The name of an act, as it is written in a cell.
    pub(crate) fn event_name(&self, event: EventIx) -> String {
        let event = &self.procedure.events[event];
        let act = &self.procedure.acts[event.act].name;
        match event.document {
            Some(document) => format!("{act}:{}", self.procedure.documents[document].name),
            None => act.clone(),
        }
    }

    /// Whether any fact has this name.
    pub(crate) fn is_fact(&self, name: &str) -> bool {
        let base = name.split(':').next().unwrap_or(name);
        self.names.fact_names.contains_key(base)
    }

    /// The fact of this name, for what the act is about.
    pub(crate) fn fact(&self, name: &str, event: Option<EventIx>) -> Result<FactIx, String> {
        let errors = Errors::default();
        let around = Around {
            document: event.and_then(|event| self.procedure.events[event].document),
        };
        let found = self.names.fact(name, around, &self.place, &errors);
        said(errors)?;
        found.ok_or_else(|| format!("没有“{name}”这项事实"))
    }

    /// The role of this name.
    pub(crate) fn role(&self, name: &str) -> Option<usize> {
        self.procedure
            .roles
            .iter()
            .position(|role| role.name == name)
    }

    /// The people whose names or ids stand in a cell.
    pub(crate) fn people(&self, text: &str) -> Result<Vec<String>, String> {
        let words = text
            .split(BETWEEN_NAMES)
            .map(str::trim)
            .filter(|word| !word.is_empty());
        words
            .map(
                |word| match self.people.get(word).map(Vec::as_slice).unwrap_or_default() {
                    [id] => Ok((*id).to_owned()),
                    [] => Err(format!("“{word}”不在人员名册里")),
                    several => Err(format!(
                        "人员名册里有几个“{word}”，请写编号：{}",
                        several.join("、")
                    )),
                },
            )
            .collect()
    }

    /// The value of a fact in its stored form.
    pub(crate) fn value(&self, fact: FactIx, cell: &Cell) -> Result<serde_json::Value, String> {
        let declared = &self.procedure.facts[fact];
        if declared.derived_by.is_some() {
            return Err(format!("“{}”由系统计算，不用填", declared.name));
        }
        self.read(declared, cell)
            .map(|value| declared.to_json(&value))
    }

    fn read(&self, declared: &Fact, cell: &Cell) -> Result<Value, String> {
        let parse = |text: &str| declared.parse(text).map_err(|error| error.to_string());
        let of_this = |why: String| format!("“{}”：{why}", declared.name);
        match &declared.kind {
            FactType::Date => cell.day().map(Value::Date).map_err(of_this),
            FactType::Moment => cell.moment().map(Value::Moment).map_err(of_this),
            FactType::Penalty => penalty(&cell.text()?).map(Value::Penalty).map_err(of_this),
            FactType::Bool => match cell.text()?.as_str() {
                "√" | "有" | "已" | "符合" => Ok(Value::Bool(true)),
                "×" | "无" | "未" | "不符合" => Ok(Value::Bool(false)),
                text => parse(text),
            },
            FactType::Item => {
                let text = cell.text()?;
                self.item(&text).map(Value::Item).map_err(of_this)
            }
            FactType::ResidentId | FactType::CreditCode
                if matches!(cell, Cell::Number(_) | Cell::Number1904(_)) =>
            {
                Err(of_this(
                    "在 Excel 里成了数值，后几位可能已经丢失，请把单元格设为文本后重新填写"
                        .to_owned(),
                ))
            }
            FactType::Choices(_) => {
                let text = cell.text()?.replace(['；', ';', '\n'], "、");
                parse(&text)
            }
            FactType::Count
            | FactType::Quantity
            | FactType::Money
            | FactType::Choice(_)
            | FactType::Text
            | FactType::ResidentId
            | FactType::CreditCode
            | FactType::Number
            | FactType::Installments => parse(&cell.text()?),
        }
    }

    /// An enforcement item by id or by name.
    fn item(&self, text: &str) -> Result<String, String> {
        if self.rules.items.contains_key(text) {
            return Ok(text.to_owned());
        }
        let named: Vec<&str> = self
            .rules
            .items
            .values()
            .filter(|item| item.name == text)
            .map(|item| item.id.as_str())
            .collect();
        match named.as_slice() {
            [id] => Ok((*id).to_owned()),
            [] => Err(format!("没有登记的执法事项“{text}”")),
            several => Err(format!(
                "有几个执法事项叫“{text}”，请写编号：{}",
                several.join("、")
            )),
        }
    }

    /// Whether a fact is about parties, or about whatever else comes in by name.
    pub(crate) fn is_of_members(&self, fact: FactIx) -> bool {
        let declared = &self.procedure.facts[fact];
        declared.domain != CASE && declared.document.is_none()
    }
}

fn said(errors: Errors) -> Result<(), String> {
    errors.finish().map_err(|errors| {
        let lines = errors
            .0
            .into_iter()
            .map(|error| format!("{}，应当是{}", error.seen, error.expected));
        lines.collect::<Vec<_>>().join("；")
    })
}

/// Reads `罚款20000元、没收违法所得1200元` or `警告`.
fn penalty(text: &str) -> Result<Penalty, String> {
    // A column of fines holds amounts alone.
    if let Ok(fine) = money(text.trim()) {
        return Ok(Penalty::new(vec![PenaltyKind::Fine], fine, Fen(0)));
    }
    let expected = "请写成 罚款20000元、没收违法所得1200元 的形式";
    let mut kinds = Vec::new();
    let (mut fine, mut confiscation) = (Fen(0), Fen(0));
    let plain: String = text.chars().map(half_width).collect();
    // A comma inside an amount is none between two penalties.
    let pieces = plain.split(['、', ';', '；', '+', '并', '\n', '，']);
    for piece in pieces
        .map(str::trim)
        .map(|piece| piece.strip_prefix('处').unwrap_or(piece))
        .filter(|piece| !piece.is_empty())
    {
        let kind = PenaltyKind::ALL
            .into_iter()
            .find(|kind| piece.starts_with(kind.chinese()))
            .ok_or_else(|| format!("没有“{piece}”这种处罚，{expected}"))?;
        let amount = piece
            .strip_prefix(kind.chinese())
            .unwrap_or("")
            .trim_start_matches([':', '=', ' '])
            .trim_start_matches("人民币");
        let amount = match amount.trim() {
            "" => None,
            amount => Some(money(amount)?),
        };
        match (kind, amount) {
            (PenaltyKind::Fine, Some(amount)) => fine = amount,
            (PenaltyKind::Fine, None) => return Err(format!("罚款没有写数额，{expected}")),
            (PenaltyKind::GainsConfiscated | PenaltyKind::GoodsConfiscated, Some(amount)) => {
                confiscation = Fen(confiscation.0.saturating_add(amount.0));
            }
            (_, Some(_)) => return Err(format!("“{}”没有数额", kind.chinese())),
            (_, None) => {}
        }
        kinds.push(kind);
    }
    if kinds.is_empty() {
        return Err(expected.to_owned());
    }
    Ok(Penalty::new(kinds, fine, confiscation))
}

/// Reads `20000`, `20,000.50元`, `2万元`.
fn money(text: &str) -> Result<Fen, String> {
    let plain = text.strip_suffix('元').unwrap_or(text);
    let Some(ten_thousands) = plain.strip_suffix('万') else {
        return Fen::parse_yuan(plain).map_err(|error| error.to_string());
    };
    let (whole, fraction) = ten_thousands.split_once('.').unwrap_or((ten_thousands, ""));
    let yuan = format!("{whole}{fraction:0<4}");
    if fraction.len() > 4 {
        return Err(format!("“{text}”不是金额"));
    }
    Fen::parse_yuan(&yuan).map_err(|_| format!("“{text}”不是金额"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_penalty_is_read_as_it_is_written() {
        for (text, shown) in [
            ("罚款20000元", (vec![PenaltyKind::Fine], 2_000_000, 0)),
            ("罚款2万元", (vec![PenaltyKind::Fine], 2_000_000, 0)),
            ("处罚款1.5万元", (vec![PenaltyKind::Fine], 1_500_000, 0)),
            (
                "警告、罚款 20,000.50 元",
                (vec![PenaltyKind::Warning, PenaltyKind::Fine], 2_000_050, 0),
            ),
            (
                "罚款=60000；没收违法所得=1200",
                (
                    vec![PenaltyKind::Fine, PenaltyKind::GainsConfiscated],
                    6_000_000,
                    120_000,
                ),
            ),
        ] {
            let read = penalty(text).unwrap();
            let expected = Penalty::new(shown.0, Fen(shown.1), Fen(shown.2));
            assert_eq!(read, expected, "{text}");
        }
    }

    #[test]
    fn a_penalty_that_says_too_little_is_refused() {
        for (text, why) in [
            ("罚款", "没有写数额"),
            ("罚金20000元", "没有“罚金"),
            ("警告100元", "没有数额"),
            ("罚款两万元", "不是金额"),
            ("", "请写成"),
        ] {
            let said = penalty(text).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
    }
}
