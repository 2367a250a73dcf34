//! The fields of a form, made from the declared facts.

use super::Asked;
use super::posted::{self, Posted};
use crate::wording::{self, Told, Wrong};
use app::Office;
use law::fact::{FactType, Sensitivity, Value};
use law::model::FactIx;
use vocabulary::PenaltyKind;

/// A field with what was typed and what is wrong with it.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) mark: &'static str,
    pub(super) input: Input,
    pub(super) errors: Vec<Told>,
    /// The value was taken over from what the case knows.
    pub(super) is_known: bool,
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
    Text { value: String },
    /// One of a few.
    Radios { options: Vec<Choice> },
    /// One of many.
    Select { groups: Vec<(String, Vec<Choice>)> },
    /// Any of some.
    Checks { options: Vec<Choice> },
    /// The content of a penalty.
    Penalty {
        kinds: Vec<Choice>,
        fine: String,
        confiscation: String,
    },
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
}

pub(super) fn anchor(name: &str) -> String {
    format!("f-{}", name.replace(['.', ':'], "-"))
}

/// The prefix of fields about a subject that comes in.
pub(super) const NEWCOMER: &str = "new.";
/// The prefix of fields that the act says.
pub(super) const SAID: &str = "fact.";

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
    // What is asked about somebody new is not what is known of somebody else.
    let known = known(asked, posted, fact).filter(|_| prefix != NEWCOMER);
    let text = known.map_or_else(
        || posted.one(&name).to_owned(),
        |value| typed(declared, value),
    );
    let is = |id: &str| text == id || posted.all(&name).iter().any(|value| value == id);
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
        FactType::Text => Input::Text { value: text },
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
        FactType::Penalty => penalty(known, posted, &name),
        FactType::Item => Input::Select {
            groups: items(office, asked, &text),
        },
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
        errors,
        is_known: known.is_some(),
        name,
    }
}

/// What is wrong with this field, in one sentence each; the basis stands in the summary.
pub(super) fn told(errors: &[Wrong], field: &str) -> Vec<Told> {
    errors
        .iter()
        .filter(|wrong| wrong.field == field)
        .map(|wrong| wrong.told.clone())
        .collect()
}

/// What the case knows from another act is not typed twice; what somebody vouches for is said anew each time.
fn known<'a>(asked: &'a Asked, posted: &Posted, fact: FactIx) -> Option<&'a Value> {
    let case = asked.view.case();
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
    value.filter(|_| posted.is_blank() && is_first)
}

/// A value as it would be typed or chosen.
fn typed(declared: &law::fact::Fact, value: &Value) -> String {
    match (declared.to_json(value), value) {
        (_, Value::Moment(moment)) => moment.to_string().replacen('T', " ", 1),
        (_, Value::Money(fen)) => format!("{}.{:02}", fen.0 / 100, fen.0 % 100),
        (serde_json::Value::String(text), _) => text,
        (other, _) => other.to_string(),
    }
}

fn penalty(known: Option<&Value>, posted: &Posted, name: &str) -> Input {
    let known = match known {
        Some(Value::Penalty(penalty)) => Some(penalty),
        _ => None,
    };
    let amount = |fen: vocabulary::Fen| {
        if fen.0 == 0 {
            String::new()
        } else {
            format!("{}.{:02}", fen.0 / 100, fen.0 % 100)
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
    Input::Penalty {
        kinds: kinds.collect(),
        fine: known.map_or_else(
            || posted.one(&format!("{name}.fine")).to_owned(),
            |p| amount(p.fine),
        ),
        confiscation: known.map_or_else(
            || posted.one(&format!("{name}.confiscation")).to_owned(),
            |p| amount(p.confiscation),
        ),
    }
}

/// Items under their statute, with range and article; those that may not be used any more say so.
fn items(office: &Office, asked: &Asked, chosen: &str) -> Vec<(String, Vec<Choice>)> {
    let context = office.context();
    let rules = &context.rules;
    let mut groups: Vec<(String, Vec<Choice>)> = Vec::new();
    for item in rules.items.values() {
        let statute = item
            .cites
            .first()
            .and_then(|cite| rules.statutes.get(&cite.statute));
        let statute = statute.map_or_else(String::new, |statute| statute.name.clone());
        let is_in_force = item.in_force(&rules.statutes, asked.view.now.day);
        let ended = if is_in_force {
            ""
        } else {
            "【现已停用】"
        };
        let choice = Choice {
            value: item.id.clone(),
            label: format!(
                "{ended}{}，{}，{}",
                item.name,
                wording::ranges(item),
                wording::cites(item)
            ),
            hint: String::new(),
            is_chosen: item.id == chosen,
        };
        match groups.iter_mut().find(|(name, _)| *name == statute) {
            Some((_, all)) => all.push(choice),
            None => groups.push((statute, vec![choice])),
        }
    }
    groups
}

/// The people offered for a role; who had it last in this case is ticked.
pub(super) fn role_field(
    office: &Office,
    asked: &Asked,
    posted: &Posted,
    role: usize,
    errors: &[Wrong],
) -> Field {
    let procedure = asked.view.procedure();
    let declared = &procedure.roles[role];
    let name = format!("role.{}", declared.id);
    let last = asked
        .view
        .case()
        .history
        .iter()
        .rev()
        .find(|done| done.people.iter().any(|(r, _)| *r == role));
    let was_last = |id: &str| {
        posted.is_blank()
            && last.is_some_and(|done| {
                done.people
                    .iter()
                    .any(|(r, person)| *r == role && person == id)
            })
    };
    let today = asked.view.now.day;
    let agency = office.agency();
    let options = agency.offered(&declared.id).into_iter().map(|staff| {
        let valid = staff
            .credentials
            .iter()
            .find(|credential| credential.is_valid(today));
        let hint = match (declared.is_officer, valid) {
            (true, Some(credential)) => format!("执法证{}", credential.number),
            (true, None) => "没有有效执法证".to_owned(),
            (false, _) => String::new(),
        };
        Choice {
            value: staff.id.clone(),
            label: format!("{} {}", staff.name, staff.post),
            hint,
            is_chosen: was_last(&staff.id) || posted.all(&name).contains(&staff.id),
        }
    });
    Field {
        label: declared.name.clone(),
        mark: "",
        input: Input::Checks {
            options: options.collect(),
        },
        errors: told(errors, &declared.id),
        is_known: false,
        name,
    }
}
