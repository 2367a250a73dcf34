//! What a procedure file may refer to by its Chinese name, and how references are resolved.

use std::collections::BTreeMap;

use crate::condition::{Atom, Condition, DateOperand, Operand, Order, Test, Words};
use crate::contradiction;
use crate::fact::{Fact, FactType};
use crate::model::{
    Act, CASE, Carried, Carrier, Document, DocumentIx, Domain, Event, EventIx, FactIx, PeriodRef,
    Setting, SettingIx, SettingUnit, Subject,
};
use crate::source::{Errors, Node, Place, Scalar, ScalarValue, nearest};
use crate::time::{Code, Period, Unit};
use vocabulary::{Fen, PenaltyKind, Quantity};

/// One fact, or one per kind of document.
#[derive(Clone, Debug)]
pub enum FactName {
    /// A fact of the case or of a subject.
    Plain(FactIx),
    /// A fact of each document.
    OfDocuments(Vec<(DocumentIx, FactIx)>),
}

/// How a relation names every act of the procedure.
pub const EVERY: &str = "每一步";

/// Everything declared so far.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Kinds of subject.
    pub subjects: Vec<Subject>,
    /// Kinds of document.
    pub documents: Vec<Document>,
    /// Facts, in the order of their index.
    pub facts: Vec<Fact>,
    /// Facts by name.
    pub fact_names: BTreeMap<String, FactName>,
    /// Acts.
    pub acts: Vec<Act>,
    /// Events.
    pub events: Vec<Event>,
    /// Settings.
    pub settings: Vec<Setting>,
    /// Ids of the rows of the legal baseline.
    pub rows: Vec<String>,
    /// What carries rows beside relations and settings.
    pub carriers: Vec<Carrier>,
}

/// Where a condition stands: which document its facts are about unless they say so.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around {
    /// The document of the edge.
    pub document: Option<DocumentIx>,
}

impl Names {
    /// The rows that a node's lines of this key name; one that is not registered is a mistake.
    pub fn rows_of(&self, node: &Node, key: &str, errors: &Errors) -> Vec<(String, Place)> {
        let words = node.words(key, errors).into_iter();
        words
            .map(|(text, place)| {
                self.known_row(text, place, errors);
                (text.to_owned(), place.clone())
            })
            .collect()
    }

    /// Whether a row is registered; it is a mistake when it is not.
    pub fn known_row(&self, text: &str, place: &Place, errors: &Errors) -> bool {
        let is_known = self.rows.iter().any(|known| known == text);
        if !is_known {
            let known: Vec<&str> = self.rows.iter().map(String::as_str).collect();
            let near =
                nearest(text, &known).map_or(String::new(), |near| format!(",是不是“{near}”"));
            errors.add(
                place,
                format!("没有条目“{text}”"),
                format!("rows.kdl 里的编号{near}"),
            );
        }
        is_known
    }

    /// Notes that something carries these rows.
    pub fn carry(&mut self, rows: Vec<(String, Place)>, what: Carried) {
        let all = rows.into_iter();
        self.carriers
            .extend(all.map(|(row, place)| Carrier { row, what, place }));
    }

    fn unknown(&self, what: &str, name: &str, known: &[&str], place: &Place, errors: &Errors) {
        let expected = match nearest(name, known) {
            Some(near) => format!("声明过的{what}，是不是“{near}”"),
            None => format!("声明过的{what}"),
        };
        errors.add(place, format!("没有这个{what}:“{name}”"), expected);
    }

    /// The domain of a subject by name.
    pub fn domain(&self, name: &str, place: &Place, errors: &Errors) -> Option<Domain> {
        let found = self
            .subjects
            .iter()
            .position(|subject| subject.name == name);
        if found.is_none() {
            let known: Vec<&str> = self.subjects.iter().map(|s| s.name.as_str()).collect();
            self.unknown("对象", name, &known, place, errors);
        }
        found.and_then(|index| u8::try_from(index).ok()).map(Domain)
    }

    /// A document by name.
    pub fn document(&self, name: &str, place: &Place, errors: &Errors) -> Option<DocumentIx> {
        let found = self
            .documents
            .iter()
            .position(|document| document.name == name);
        if found.is_none() {
            let known: Vec<&str> = self.documents.iter().map(|d| d.name.as_str()).collect();
            self.unknown("文书", name, &known, place, errors);
        }
        found
    }

    /// The events that a reference means: `立案`, `送达:处罚决定书`, `送达` (all documents), `#决定` (all acts so tagged),
    /// `每一步` (all there are).
    pub fn events(&self, text: &str, place: &Place, errors: &Errors) -> Vec<EventIx> {
        if text == EVERY {
            return (0..self.events.len()).collect();
        }
        if let Some(tag) = text.strip_prefix('#') {
            let tagged = |event: &Event| self.acts[event.act].tags.iter().any(|t| t == tag);
            let found: Vec<EventIx> = (0..self.events.len())
                .filter(|i| tagged(&self.events[*i]))
                .collect();
            if found.is_empty() {
                errors.add(
                    place,
                    format!("没有行为带标签“{tag}”"),
                    "某个行为里写过的标签",
                );
            }
            return found;
        }
        let (act_name, document_name) = match text.split_once(':') {
            Some((act, document)) => (act, Some(document)),
            None => (text, None),
        };
        let Some(act) = self.acts.iter().position(|act| act.name == act_name) else {
            let known: Vec<&str> = self.acts.iter().map(|act| act.name.as_str()).collect();
            self.unknown("行为", act_name, &known, place, errors);
            return Vec::new();
        };
        let document = match document_name {
            Some(name) => match self.document(name, place, errors) {
                Some(document) => Some(document),
                None => return Vec::new(),
            },
            None => None,
        };
        let fits =
            |event: &Event| event.act == act && (document.is_none() || event.document == document);
        let found: Vec<EventIx> = (0..self.events.len())
            .filter(|i| fits(&self.events[*i]))
            .collect();
        if found.is_empty() {
            errors.add(
                place,
                format!(
                    "“{act_name}”不是对文书“{}”做的",
                    document_name.unwrap_or("")
                ),
                "对该文书声明过的行为",
            );
        }
        found
    }

    /// All events of all arguments of a child node.
    pub fn events_of(&self, node: &Node, key: &str, errors: &Errors) -> Vec<EventIx> {
        let words = node.words(key, errors);
        words
            .into_iter()
            .flat_map(|(text, place)| self.events(text, place, errors))
            .collect()
    }

    /// The fact that a name means here.
    pub fn fact(
        &self,
        name: &str,
        around: Around,
        place: &Place,
        errors: &Errors,
    ) -> Option<FactIx> {
        let (base, document) = match name.split_once(':') {
            Some((base, document)) => (base, Some(self.document(document, place, errors)?)),
            None => (name, around.document),
        };
        match (self.fact_names.get(base), document) {
            (Some(FactName::Plain(fact)), _) => Some(*fact),
            (Some(FactName::OfDocuments(all)), Some(document)) => {
                let found = all
                    .iter()
                    .find(|(of, _)| *of == document)
                    .map(|(_, fact)| *fact);
                if found.is_none() {
                    errors.add(
                        place,
                        format!("“{base}”没有对这份文书声明"),
                        "归=文书 的事实对每份文书都有",
                    );
                }
                found
            }
            (Some(FactName::OfDocuments(_)), None) => {
                errors.add(
                    place,
                    format!("“{base}”归文书，这里看不出是哪一份"),
                    format!("写明文书，如 {base}:处罚决定书"),
                );
                None
            }
            (None, _) => {
                let known: Vec<&str> = self.fact_names.keys().map(String::as_str).collect();
                self.unknown("事实", base, &known, place, errors);
                None
            }
        }
    }

    /// A setting by name.
    pub fn setting(&self, name: &str, place: &Place, errors: &Errors) -> Option<SettingIx> {
        let found = self
            .settings
            .iter()
            .position(|setting| setting.name == name);
        if found.is_none() {
            let known: Vec<&str> = self.settings.iter().map(|s| s.name.as_str()).collect();
            self.unknown("设定", name, &known, place, errors);
        }
        found
    }

    /// Reads the arguments of `期间`, `加`, `至少间隔`: `7 工作日 F2`, `设定:公示期限`, or `当日` for the very day
    /// that a fact names.
    pub fn period(&self, node: &Node, errors: &Errors) -> Option<PeriodRef> {
        match node.arguments.as_slice() {
            [
                Scalar {
                    value: ScalarValue::Text(text),
                    place,
                },
            ] if text.starts_with("设定:") => {
                let setting = self.setting(text.trim_start_matches("设定:"), place, errors)?;
                if !matches!(self.settings[setting].unit, SettingUnit::Period(_)) {
                    errors.add(
                        place,
                        format!("设定“{}”不是期间", self.settings[setting].name),
                        "单位为日、工作日等的设定",
                    );
                    return None;
                }
                Some(PeriodRef::Setting(setting))
            }
            [
                Scalar {
                    value: ScalarValue::Text(text),
                    ..
                },
            ] if text == "当日" => Some(PeriodRef::Fixed(Period::same_day())),
            [count, unit, code] => {
                let (count, unit_text, code_text) = (
                    count.integer(errors)?,
                    unit.text(errors)?,
                    code.text(errors)?,
                );
                period_of(count, unit_text, code_text, &node.place, errors).map(PeriodRef::Fixed)
            }
            _ => {
                errors.add(
                    &node.place,
                    format!("“{}”写得不全", node.name),
                    "如 7 工作日 F2,或 设定:名称,或 当日",
                );
                None
            }
        }
    }

    /// Reads the children of a node as one condition: lines side by side must all hold. One that can never hold is a
    /// mistake.
    pub fn condition(&self, node: &Node, around: Around, errors: &Errors) -> Option<Condition> {
        let condition = self.conjunction(&node.children, around, errors, &node.place)?;
        if let Some(seen) = contradiction::told(&condition, self.words()) {
            errors.add(&node.place, seen, "可能成立的条件");
            return None;
        }
        Some(condition)
    }

    /// The names of what conditions compare.
    pub fn words(&self) -> Words<'_> {
        Words {
            facts: &self.facts,
            settings: &self.settings,
        }
    }

    /// Reads nodes as one condition.
    pub fn conjunction(
        &self,
        nodes: &[Node],
        around: Around,
        errors: &Errors,
        place: &Place,
    ) -> Option<Condition> {
        if nodes.is_empty() {
            errors.add(place, "条件是空的", "至少一行比较，如 F 成立");
            return None;
        }
        let mut parts: Vec<Condition> = nodes
            .iter()
            .filter_map(|child| self.part(child, around, errors))
            .collect();
        if parts.len() == 1 {
            parts.pop()
        } else {
            Some(Condition::All(parts))
        }
    }

    fn part(&self, node: &Node, around: Around, errors: &Errors) -> Option<Condition> {
        match node.name.as_str() {
            "全部" => self.conjunction(&node.children, around, errors, &node.place),
            "任一" => Some(Condition::Any(
                node.children
                    .iter()
                    .filter_map(|c| self.part(c, around, errors))
                    .collect(),
            )),
            "非" => self
                .conjunction(&node.children, around, errors, &node.place)
                .map(|part| Condition::Not(Box::new(part))),
            _ => self.atom(node, around, errors),
        }
    }

    fn atom(&self, node: &Node, around: Around, errors: &Errors) -> Option<Condition> {
        let fact = self.fact(&node.name, around, &node.place, errors)?;
        let word = node.argument(0, "比较，如 成立、不少于 10000", errors)?;
        let kind = &self.facts[fact].kind;
        let test = match (kind, word) {
            (_, "已填") => Test::Filled(true),
            (_, "未填") => Test::Filled(false),
            (FactType::Bool, "成立") => Test::Holds(true),
            (FactType::Bool, "不成立") => Test::Holds(false),
            (FactType::Choice(all), "是" | "属于" | "不是") => {
                let name = |scalar: &Scalar| self.choice(all, scalar, errors);
                let chosen = node.arguments[1..]
                    .iter()
                    .map(name)
                    .collect::<Option<Vec<_>>>()?;
                if chosen.is_empty() {
                    errors.add(&node.place, "没有写是哪一个选项", names(all));
                    return None;
                }
                if word == "不是" {
                    Test::NoneOf(chosen)
                } else {
                    Test::OneOf(chosen)
                }
            }
            (FactType::Choices(all), "含" | "不含") => Test::Has(
                self.choice(all, self.second(node, "选项", errors)?, errors)?,
                word == "含",
            ),
            (FactType::Count | FactType::Quantity | FactType::Money, _)
                if order(word).is_some() =>
            {
                Test::Number(
                    order(word)?,
                    self.operand(self.second(node, "数", errors)?, kind, around, errors)?,
                )
            }
            (FactType::Date | FactType::Moment, "不早于" | "晚于" | "不晚于" | "早于" | "等于") =>
            {
                let order = match word {
                    "不早于" => Order::AtLeast,
                    "晚于" => Order::MoreThan,
                    "不晚于" => Order::AtMost,
                    "早于" => Order::LessThan,
                    _ => Order::Equal,
                };
                let other = self.second(node, "日期事实或 行为日", errors)?;
                let name = other.text(errors)?;
                let fact = if name == "行为日" {
                    None
                } else {
                    Some(self.date_fact(name, around, &other.place, errors)?)
                };
                let plus = match node.property("加") {
                    Some(scalar) => Some(self.period_text(scalar, errors)?),
                    None => None,
                };
                Test::Date(order, DateOperand { fact, plus })
            }
            (FactType::Penalty, "重于前次") => Test::HeavierThanBefore,
            (FactType::Penalty, "重于") => {
                let other = self.second(node, "另一项处罚事实", errors)?;
                let other = self.fact(other.text(errors)?, around, &other.place, errors)?;
                Test::HeavierThan(other)
            }
            (FactType::Penalty, "含种类") => {
                let scalar = self.second(node, "处罚种类", errors)?;
                match PenaltyKind::from_chinese(scalar.text(errors)?) {
                    Some(kind) => Test::HasKind(kind),
                    None => {
                        let known: Vec<&str> =
                            PenaltyKind::ALL.iter().map(|kind| kind.chinese()).collect();
                        errors.add(
                            &scalar.place,
                            format!("没有这种处罚：“{}”", scalar.value),
                            known.join("、"),
                        );
                        return None;
                    }
                }
            }
            (FactType::Penalty, _) if word.strip_prefix("罚款").and_then(order).is_some() => {
                let order = word.strip_prefix("罚款").and_then(order)?;
                Test::Fine(
                    order,
                    self.operand(
                        self.second(node, "金额", errors)?,
                        &FactType::Money,
                        around,
                        errors,
                    )?,
                )
            }
            (FactType::Penalty, _) if word.strip_prefix("没收").and_then(order).is_some() => {
                let order = word.strip_prefix("没收").and_then(order)?;
                Test::Confiscation(
                    order,
                    self.operand(
                        self.second(node, "金额", errors)?,
                        &FactType::Money,
                        around,
                        errors,
                    )?,
                )
            }
            (kind, _) => {
                let expected = match kind {
                    FactType::Bool => "成立、不成立",
                    FactType::Choice(_) => "是、不是、属于",
                    FactType::Choices(_) => "含、不含",
                    FactType::Count | FactType::Quantity | FactType::Money => {
                        "不少于、超过、不超过、少于、等于"
                    }
                    FactType::Date | FactType::Moment => "不早于、晚于、不晚于、早于、等于",
                    FactType::Penalty => "重于、重于前次、含种类、罚款不少于、没收不少于",
                    FactType::Text
                    | FactType::Item
                    | FactType::ResidentId
                    | FactType::CreditCode
                    | FactType::Number
                    | FactType::Installments => "",
                };
                let expected = match expected {
                    "" => String::new(),
                    expected => format!("{expected}、"),
                };
                let seen = format!("“{}”的类型是{}，不能“{word}”", node.name, kind.chinese());
                errors.add(
                    &node.arguments[0].place,
                    seen,
                    format!("{expected}已填、未填"),
                );
                return None;
            }
        };
        let most = match test {
            Test::OneOf(_) | Test::NoneOf(_) => usize::MAX,
            Test::Holds(_) | Test::Filled(_) | Test::HeavierThanBefore => 1,
            _ => 2,
        };
        if let Some(extra) = node.arguments.get(most) {
            let seen = format!("“{}”的比较后面多了“{}”", node.name, extra.value);
            errors.add(&extra.place, seen, "一行一个比较，换行或者用分号隔开");
            return None;
        }
        Some(Condition::Atom(Atom { fact, test }))
    }

    fn second<'a>(&self, node: &'a Node, what: &str, errors: &Errors) -> Option<&'a Scalar> {
        let found = node.arguments.get(1);
        if found.is_none() {
            errors.add(&node.place, format!("“{}”的比较没有写完", node.name), what);
        }
        found
    }

    pub(super) fn choice(
        &self,
        all: &[crate::fact::Alternative],
        scalar: &Scalar,
        errors: &Errors,
    ) -> Option<u16> {
        let text = scalar.text(errors)?;
        let found = all.iter().position(|alternative| alternative.name == text);
        if found.is_none() {
            errors.add(&scalar.place, format!("没有这个选项：“{text}”"), names(all));
        }
        found.and_then(|index| u16::try_from(index).ok())
    }

    fn operand(
        &self,
        scalar: &Scalar,
        kind: &FactType,
        around: Around,
        errors: &Errors,
    ) -> Option<Operand> {
        let is_money = matches!(kind, FactType::Money);
        match &scalar.value {
            ScalarValue::Integer(number) if *kind == FactType::Quantity => {
                Some(Operand::Number(Quantity::whole(*number).0))
            }
            ScalarValue::Decimal(text) if *kind == FactType::Quantity => {
                match Quantity::parse(text) {
                    Ok(Quantity(parts)) => Some(Operand::Number(parts)),
                    Err(error) => {
                        errors.add(&scalar.place, error.to_string(), "至多三位小数的数");
                        None
                    }
                }
            }
            // A setting is counted in whole units.
            ScalarValue::Text(text) if *kind == FactType::Quantity && text.starts_with("设定:") =>
            {
                errors.add(&scalar.place, format!("看到“{text}”"), "数 或 事实:名称");
                None
            }
            ScalarValue::Integer(number) if is_money => {
                Some(Operand::Number(number.checked_mul(100)?))
            }
            ScalarValue::Integer(number) => Some(Operand::Number(*number)),
            ScalarValue::Decimal(text) if is_money => match Fen::parse_yuan(text) {
                Ok(Fen(fen)) => Some(Operand::Number(fen)),
                Err(error) => {
                    errors.add(&scalar.place, error.to_string(), "以元计的金额");
                    None
                }
            },
            ScalarValue::Text(text) if text.starts_with("设定:") => self
                .setting(text.trim_start_matches("设定:"), &scalar.place, errors)
                .map(Operand::Setting),
            ScalarValue::Text(text) if text.starts_with("事实:") => self
                .fact(
                    text.trim_start_matches("事实:"),
                    around,
                    &scalar.place,
                    errors,
                )
                .map(Operand::Fact),
            other => {
                errors.add(
                    &scalar.place,
                    format!("看到“{other}”"),
                    "数、设定:名称 或 事实:名称",
                );
                None
            }
        }
    }

    /// A fact that is a date.
    pub fn date_fact(
        &self,
        name: &str,
        around: Around,
        place: &Place,
        errors: &Errors,
    ) -> Option<FactIx> {
        let fact = self.fact(name, around, place, errors)?;
        if !matches!(self.facts[fact].kind, FactType::Date | FactType::Moment) {
            errors.add(
                place,
                format!("“{name}”是{}", self.facts[fact].kind.chinese()),
                "日期或时刻",
            );
            return None;
        }
        Some(fact)
    }

    fn period_text(&self, scalar: &Scalar, errors: &Errors) -> Option<PeriodRef> {
        let text = scalar.text(errors)?;
        if let Some(name) = text.strip_prefix("设定:") {
            return self
                .setting(name, &scalar.place, errors)
                .map(PeriodRef::Setting);
        }
        let (length, code) = text.split_once(' ').unwrap_or((text, "F1"));
        let digits = length.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = length.split_at(digits);
        let count = number.parse().unwrap_or(0);
        period_of(count, unit.trim(), code, &scalar.place, errors).map(PeriodRef::Fixed)
    }

    /// Whether an edge between the two domains needs no link: the same, or the case on either side.
    pub fn linked(&self, a: Domain, b: Domain) -> bool {
        a == b || a == CASE || b == CASE
    }
}

fn names(all: &[crate::fact::Alternative]) -> String {
    all.iter()
        .map(|a| a.name.as_str())
        .collect::<Vec<_>>()
        .join("、")
}

fn order(word: &str) -> Option<Order> {
    [
        Order::AtLeast,
        Order::MoreThan,
        Order::AtMost,
        Order::LessThan,
        Order::Equal,
    ]
    .into_iter()
    .find(|o| o.chinese() == word)
}

/// Builds a period from its three words.
pub fn period_of(
    count: i64,
    unit: &str,
    code: &str,
    place: &Place,
    errors: &Errors,
) -> Option<Period> {
    let unit = Unit::parse(unit)
        .map_err(|error| errors.add(place, error.to_string(), "小时、日、工作日、个月、年"))
        .ok()?;
    let code = Code::parse(code)
        .map_err(|error| errors.add(place, error.to_string(), "F1、F1H、F2、F3、F4、F5"))
        .ok()?;
    let Some(count) = u32::try_from(count).ok().filter(|count| *count > 0) else {
        errors.add(place, format!("期间的长度是 {count}"), "大于零的整数");
        return None;
    };
    Period::new(count, unit, code)
        .map_err(|error| errors.add(place, error.to_string(), "口径与单位相配的期间"))
        .ok()
}
