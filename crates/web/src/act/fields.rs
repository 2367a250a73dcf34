//! The fields of a form, made from the declared facts.

use super::Asked;
use super::hints::{self, About, Hint};
use super::items;
use super::place::Place;
use super::posted::{self, Posted};
use super::registered::Candidates;
use crate::wording::{self, Told, Wrong};
use app::Office;
use law::fact::{FactType, Sensitivity, TEXT_LONGEST, Value};
use law::model::FactIx;
use vocabulary::PenaltyKind;

/// A field with what was typed and what is wrong with it.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) mark: &'static str,
    /// Whether it must be filled, where the form says so field by field.
    pub(super) need: &'static str,
    pub(super) input: Input,
    pub(super) errors: Vec<Told>,
    /// What is always said below the control.
    pub(super) note: String,
    /// What can be said of the value.
    pub(super) about: About,
    pub(super) hint: Hint,
    /// The value was taken over from what the case knows.
    pub(super) is_known: bool,
    /// The value was taken over from the case that this one follows.
    pub(super) is_carried: bool,
    /// The register that the value was taken from; empty where it was not.
    pub(super) from_register: String,
    /// What may be chosen instead of typing it, and what that is called.
    pub(super) offered: Vec<(String, String)>,
    /// The row that it names fills in other fields of the form.
    pub(super) fetches: bool,
    /// Rows that were found of what was typed.
    pub(super) found: Candidates,
}

pub(super) enum Input {
    /// One line.
    Line {
        value: String,
        mode: Mode,
        unit: &'static str,
    },
    /// A date.
    Date { value: String },
    /// Several lines.
    Text {
        value: String,
        rows: usize,
        longest: usize,
    },
    /// A place in parts.
    Place { place: Place },
    /// One of a few.
    Radios { options: Vec<Choice> },
    /// One of many.
    Select { groups: Vec<(String, Vec<Choice>)> },
    /// One of very many, with a search.
    Picker {
        groups: Vec<(String, Vec<Choice>)>,
        find: String,
        said: String,
    },
    /// Any of some.
    Checks { options: Vec<Choice> },
    /// Any of the people offered for a role.
    People { options: Vec<Choice> },
    /// The content of a penalty.
    Penalty {
        kinds: Vec<Choice>,
        fine: Money,
        confiscation: Money,
        /// The range of the item that the penalty is for.
        range: String,
    },
}

/// An amount with its capitals.
pub(super) struct Money {
    pub(super) value: String,
    pub(super) hint: Hint,
}

/// What a line takes.
pub(super) enum Mode {
    Number,
    Amount,
    Words,
}

pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) hint: String,
    pub(super) is_chosen: bool,
}

impl Mode {
    pub(super) fn inputmode(&self) -> &'static str {
        match self {
            Mode::Number => "numeric",
            Mode::Amount => "decimal",
            Mode::Words => "text",
        }
    }
}

impl Field {
    /// The id that errors point to: of the first control of the field.
    pub(super) fn anchor(&self) -> String {
        anchor(&self.name)
    }

    /// The id of the fact that it fills.
    pub(super) fn fact(&self) -> &str {
        self.name.strip_prefix(SAID).unwrap_or(&self.name)
    }

    /// What the control is described by: its errors, then what is said of its value.
    pub(super) fn described(&self) -> String {
        let anchor = self.anchor();
        let error = (!self.errors.is_empty()).then(|| format!("{anchor}-error"));
        let hint = (self.about != About::Nothing || !self.hint.is_empty())
            .then(|| format!("{anchor}-hint"));
        let note = (!self.note.is_empty()).then(|| format!("{anchor}-note"));
        let all: Vec<String> = [error, note, hint].into_iter().flatten().collect();
        all.join(" ")
    }

    /// Says what a rule asks for, and why.
    pub(super) fn demand(&mut self, need: &'static str, note: &str) {
        self.need = need;
        if !note.is_empty() {
            let own = std::mem::take(&mut self.note);
            self.note = format!("{note}{own}");
        }
    }

    /// It is said at the control that it must be filled.
    pub(super) fn is_demanded(&self) -> bool {
        self.need == DEMANDED
    }

    /// Something is filled.
    pub(super) fn is_filled(&self) -> bool {
        let any = |choices: &[Choice]| choices.iter().any(|choice| choice.is_chosen);
        match &self.input {
            Input::Line { value, .. } | Input::Date { value } | Input::Text { value, .. } => {
                !value.is_empty()
            }
            Input::Place { place } => !place.is_empty(),
            Input::Radios { options } | Input::Checks { options } | Input::People { options } => {
                any(options)
            }
            Input::Select { groups } | Input::Picker { groups, .. } => {
                groups.iter().any(|(_, options)| any(options))
            }
            Input::Penalty {
                kinds,
                fine,
                confiscation,
                ..
            } => any(kinds) || !fine.value.is_empty() || !confiscation.value.is_empty(),
        }
    }
}

pub(super) fn anchor(name: &str) -> String {
    format!("f-{}", name.replace(['.', ':'], "-"))
}

/// A field that the law asks for.
pub(super) const DEMANDED: &str = "依法须填";
/// A field that the law asks for, or another one instead.
pub(super) const ONE_OF: &str = "依法须有其一";
/// One of several, as the agency's own list asks.
pub(super) const BY_LIST: &str = "清单要求有其一";
/// A field that may be left empty, among others that may not.
pub(super) const OPTIONAL: &str = "选填";

/// The prefix of fields about a subject that comes in.
pub(super) const NEWCOMER: &str = "new.";
/// The prefix of fields that the act says.
pub(super) const SAID: &str = "fact.";

/// A text of at most so many characters is asked for in one line.
const ONE_LINE: usize = 64;
/// Characters that stand in one row of a text, and the most rows drawn.
const ROW: usize = 44;
const ROWS: usize = 24;
/// Rows drawn for a plan of installments.
const INSTALLMENT_ROWS: usize = 4;

/// So many rows as the content takes, within reason.
fn rows(text: &str) -> usize {
    let rows = text.split('\n').map(|line| line.chars().count() / ROW + 1);
    rows.sum::<usize>().clamp(2, ROWS)
}

/// The field of a fact.
pub(super) fn field(
    office: &Office,
    asked: &Asked,
    posted: &Posted,
    fact: FactIx,
    prefix: &str,
    errors: &[Wrong],
) -> Field {
    let declared = &asked.view.procedure().facts[fact];
    let name = format!("{prefix}{}", declared.id);
    let is_blank = posted.is_blank();
    let prepared = asked.prepared(fact).filter(|_| prefix == SAID && is_blank);
    // What is asked about somebody new is not what is known of somebody else.
    let known = prepared.or_else(|| known(asked, posted, fact).filter(|_| prefix != NEWCOMER));
    let carried = match prefix {
        NEWCOMER => asked.carried_of_newcomer(fact),
        _ => asked.carried(fact),
    };
    let carried = carried.filter(|_| is_blank && known.is_none());
    let known = known.or(carried);
    let text = known.map_or_else(
        || posted.one(&name).to_owned(),
        |value| typed(declared, value),
    );
    let several: Vec<String> = match known.map(|value| declared.to_json(value)) {
        Some(serde_json::Value::Array(ids)) => {
            let ids = ids.iter().filter_map(|id| id.as_str());
            ids.map(str::to_owned).collect()
        }
        _ => posted.all(&name).to_vec(),
    };
    let is = |id: &str| text == id || several.iter().any(|value| value == id);
    let choice = |id: &str, label: &str| Choice {
        value: id.to_owned(),
        label: label.to_owned(),
        hint: String::new(),
        is_chosen: is(id),
    };
    let input = match &declared.kind {
        FactType::Bool => Input::Radios {
            options: vec![choice("true", "是"), choice("false", "否")],
        },
        FactType::Choice(alternatives) if alternatives.len() <= 6 => Input::Radios {
            options: alternatives
                .iter()
                .map(|a| choice(&a.id, &a.name))
                .collect(),
        },
        FactType::Choice(alternatives) => {
            let options = alternatives
                .iter()
                .map(|a| choice(&a.id, &a.name))
                .collect();
            Input::Select {
                groups: vec![(String::new(), options)],
            }
        }
        FactType::Choices(alternatives) => Input::Checks {
            options: alternatives
                .iter()
                .map(|a| choice(&a.id, &a.name))
                .collect(),
        },
        FactType::Count => Input::Line {
            value: text,
            mode: Mode::Number,
            unit: "",
        },
        FactType::Quantity => Input::Line {
            value: text,
            mode: Mode::Amount,
            unit: "",
        },
        FactType::Money => Input::Line {
            value: text,
            mode: Mode::Amount,
            unit: "元",
        },
        FactType::Date => Input::Date { value: text },
        FactType::Moment => Input::Line {
            value: text,
            mode: Mode::Words,
            unit: "年-月-日 时:分",
        },
        FactType::Text if declared.is_place => Input::Place {
            place: match known {
                Some(_) => Place::read(&text),
                None => Place::sent(|part| posted.one(&part_name(&name, part)).to_owned()),
            },
        },
        FactType::Text if declared.longest_text() <= ONE_LINE => Input::Line {
            value: text,
            mode: Mode::Words,
            unit: "",
        },
        FactType::Text => Input::Text {
            rows: rows(&text),
            longest: declared.longest_text(),
            value: text,
        },
        FactType::Installments => Input::Text {
            rows: rows(&text).max(INSTALLMENT_ROWS),
            longest: TEXT_LONGEST,
            value: text,
        },
        FactType::ResidentId | FactType::CreditCode => Input::Line {
            value: text,
            mode: Mode::Words,
            unit: "18位",
        },
        // Only what is in a party's hands already, on a pre-numbered form, is typed.
        FactType::Number => Input::Line {
            value: text,
            mode: Mode::Words,
            unit: "不填的，由系统编号",
        },
        FactType::Penalty => penalty(
            office,
            (known, posted, &name),
            range(office, asked, posted, fact),
        ),
        FactType::Item => {
            let find = posted.one(&format!("find.{name}"));
            let found = items::found(office, asked, &text, find);
            Input::Picker {
                groups: found.groups,
                find: find.to_owned(),
                said: found.said,
            }
        }
    };
    let about = about(&declared.kind);
    let hint = match &input {
        Input::Line { value, .. } | Input::Date { value } => {
            hints::hint(office, about, value, None)
        }
        Input::Picker { groups, .. } => {
            let chosen = groups.iter().flat_map(|(_, all)| all);
            let chosen = chosen.filter(|choice| choice.is_chosen);
            let chosen = chosen.map(|choice| choice.value.as_str()).next();
            hints::hint(office, about, chosen.unwrap_or_default(), None)
        }
        _ => Hint::default(),
    };
    let errors = told(errors, &declared.id);
    Field {
        label: wording::fact_name(&declared.name).to_owned(),
        mark: match declared.sensitivity {
            Sensitivity::Public => "可公开",
            Sensitivity::Personal => "",
            Sensitivity::Secret => "保密",
        },
        input,
        // What is wrong is said once.
        hint: if hint.is_wrong && !errors.is_empty() {
            Hint::default()
        } else {
            hint
        },
        errors,
        note: match declared.longest {
            Some(longest) if declared.is_code => format!("字母和数字，最多{longest}位"),
            Some(longest) if declared.kind == FactType::Text => format!("最多{longest}个字"),
            _ if declared.kind == FactType::Installments => {
                "每期一行，先写日期再写金额，如 2026-06-30 20000".to_owned()
            }
            _ => String::new(),
        },
        about,
        is_known: known.is_some() && prepared.is_none() && carried.is_none(),
        is_carried: carried.is_some(),
        from_register: String::new(),
        offered: Vec::new(),
        fetches: false,
        found: Candidates::default(),
        need: "",
        name,
    }
}

/// The name of a part of a place.
pub(super) fn part_name(name: &str, part: &str) -> String {
    if part.is_empty() {
        name.to_owned()
    } else {
        format!("{name}.{part}")
    }
}

fn about(kind: &FactType) -> About {
    match kind {
        FactType::Money => About::Amount,
        FactType::Date => About::Day,
        FactType::ResidentId => About::ResidentId,
        FactType::CreditCode => About::CreditCode,
        FactType::Item => About::Item,
        FactType::Bool
        | FactType::Count
        | FactType::Quantity
        | FactType::Moment
        | FactType::Choice(_)
        | FactType::Choices(_)
        | FactType::Text
        | FactType::Penalty
        | FactType::Number
        | FactType::Installments => About::Nothing,
    }
}

/// The range that a penalty must keep to: of the item on the same form, else of the one that the case knows.
fn range(office: &Office, asked: &Asked, posted: &Posted, penalty: FactIx) -> String {
    let procedure = asked.view.procedure();
    let domain = procedure.facts[penalty].domain;
    let context = office.context();
    let items = procedure.facts.iter().enumerate();
    let mut items = items.filter(|(_, fact)| fact.kind == FactType::Item && fact.domain == domain);
    let found = items.find_map(|(at, fact)| {
        let typed = posted.one(&format!("{SAID}{}", fact.id));
        let known = match asked.view.case().fact(at, asked.member) {
            Some(Value::Item(id)) => id.as_str(),
            _ => "",
        };
        let id = if typed.is_empty() { known } else { typed };
        context.rules.items.get(id)
    });
    found.map_or_else(String::new, |item| {
        format!("{}（{}）", item.ranges(), item.name)
    })
}

/// What is wrong with this field, in one sentence each; the basis stands in the summary.
pub(super) fn told(errors: &[Wrong], field: &str) -> Vec<Told> {
    errors
        .iter()
        .filter(|wrong| wrong.field == field)
        .map(|wrong| wrong.told.clone())
        .collect()
}

/// What the case knows from another act is not typed twice; what somebody vouches for is said anew each time. When an act
/// is done again, only the item stays: the range that is shown beside the penalty is that of the item.
pub(super) fn known<'a>(asked: &'a Asked, posted: &Posted, fact: FactIx) -> Option<&'a Value> {
    let case = asked.view.case();
    // Why an earlier step was not recorded says nothing of this one.
    let event = &asked.view.procedure().events[asked.event];
    if event.listed.contains(&fact) {
        return None;
    }
    let is_first = case
        .mark(asked.event, asked.member)
        .is_none_or(|mark| mark.count == 0);
    let member = if asked.view.procedure().facts[fact].domain == law::model::CASE {
        0
    } else {
        asked.member
    };
    let value = case
        .fact(fact, member)
        .filter(|value| !matches!(value, Value::Bool(_)));
    value.filter(|value| posted.is_blank() && (is_first || matches!(value, Value::Item(_))))
}

/// A value as it would be typed or chosen.
pub(super) fn typed(declared: &law::fact::Fact, value: &Value) -> String {
    match (declared.to_json(value), value) {
        (_, Value::Moment(moment)) => moment.to_string().replacen('T', " ", 1),
        (_, Value::Installments(plan)) => plan.lines(),
        (_, Value::Money(fen)) => fen.typed(),
        (serde_json::Value::String(text), _) => text,
        (other, _) => other.to_string(),
    }
}

fn penalty(
    office: &Office,
    (known, posted, name): (Option<&Value>, &Posted, &str),
    range: String,
) -> Input {
    let known = match known {
        Some(Value::Penalty(penalty)) => Some(penalty),
        _ => None,
    };
    let amount = |fen: vocabulary::Fen| {
        if fen.0 == 0 {
            String::new()
        } else {
            fen.typed()
        }
    };
    let kinds = PenaltyKind::ALL.into_iter().map(|kind| {
        let id = posted::kind_id(kind);
        Choice {
            label: kind.chinese().to_owned(),
            hint: String::new(),
            is_chosen: known.is_some_and(|p| p.has(kind)) || posted.all(name).contains(&id),
            value: id,
        }
    });
    let money = |value: String| Money {
        hint: hints::hint(office, About::Amount, &value, None),
        value,
    };
    Input::Penalty {
        kinds: kinds.collect(),
        fine: money(known.map_or_else(
            || posted.one(&format!("{name}.fine")).to_owned(),
            |p| amount(p.fine),
        )),
        confiscation: money(known.map_or_else(
            || posted.one(&format!("{name}.confiscation")).to_owned(),
            |p| amount(p.confiscation),
        )),
        range,
    }
}
