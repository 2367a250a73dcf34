//! Shortcuts (快捷) of an act: offered at the head of its form; the chosen one fills it, and what the law asks for
//! besides stands in sight.

use super::Asked;
use super::fields::known;
use super::posted::Posted;
use crate::case;
use crate::wording;
use app::{FieldError, Office};
use casework::answer::Step;
use casework::relevance::{Filling, Missing, Need};
use casework::serving::{filled, offered};
use law::fact::Value;
use law::filling::Shortcut;
use law::model::{ActClass, FactIx};
use vocabulary::Moment;

/// The name under which a form remembers by which shortcut it was opened, and the key of the address that opens it so.
pub(super) const VIA: &str = "via";

/// The name of the box that says: what is missing was not there, record it as it is.
pub(super) const AS_IT_IS: &str = "as_it_is";

/// The shortcuts at the head of a form.
pub(super) struct Ways {
    pub(super) chosen: Option<Chosen>,
    pub(super) offered: Vec<Way>,
}

/// A shortcut that may be chosen.
pub(super) struct Way {
    pub(super) name: String,
    pub(super) href: String,
    /// The one that is chosen.
    pub(super) is_here: bool,
}

/// The shortcut by which the form was opened.
pub(super) struct Chosen {
    pub(super) number: usize,
    pub(super) name: String,
    /// What it filled in.
    pub(super) says: Vec<String>,
    /// Defects that would stay if the form were recorded as it stands.
    pub(super) leaves: Vec<String>,
}

/// The address of a form, filled by a shortcut.
pub(crate) fn href(form: &str, number: usize) -> String {
    let joint = if form.contains('?') { '&' } else { '?' };
    format!("{form}{joint}{VIA}={number}")
}

impl Asked {
    /// The same form, opened by a shortcut where the text is the number of one.
    pub(super) fn via(mut self, office: &Office, text: &str) -> Asked {
        let shortcuts = &self.view.procedure().events[self.event].shortcuts;
        let number = text.parse().ok();
        self.via = number.filter(|number: &usize| *number < shortcuts.len());
        if let Some(number) = self.via {
            let step = Step {
                event: self.event,
                member: self.member,
            };
            let shortcut = &shortcuts[number];
            let (case, context) = (self.view.case(), office.context());
            self.filled = filled(case, &context, step, shortcut, self.view.now);
        }
        self
    }

    /// The shortcut by which the form was opened.
    pub(super) fn shortcut(&self) -> Option<&Shortcut> {
        let event = &self.view.procedure().events[self.event];
        event.shortcuts.get(self.via?)
    }

    /// What the chosen shortcut says of a fact.
    pub(super) fn prepared(&self, fact: FactIx) -> Option<&Value> {
        let filled = self.filled.iter();
        let mut filled = filled.filter(|(known, _)| *known == fact);
        filled.next().map(|(_, value)| value)
    }
}

/// The shortcuts of a form; nothing where the act has none that fits.
pub(super) fn ways(office: &Office, asked: &Asked, posted: &Posted) -> Option<Ways> {
    let view = &asked.view;
    let procedure = view.procedure();
    let event = &procedure.events[asked.event];
    if event.shortcuts.is_empty() {
        return None;
    }
    let form = case::link(view, (asked.event, asked.member));
    let step = Step {
        event: asked.event,
        member: asked.member,
    };
    let ways = offered(view.case(), &office.context(), step, view.now)
        .into_iter()
        .map(|number| Way {
            name: event.shortcuts[number].name.clone(),
            href: href(&form, number),
            is_here: asked.via == Some(number),
        });
    let chosen = asked.shortcut().zip(asked.via).map(|(shortcut, number)| {
        let said = |(fact, value): &(FactIx, Value)| {
            let declared = &procedure.facts[*fact];
            let name = wording::fact_name(&declared.name);
            format!("{name}：{}", declared.show(value))
        };
        let leaves = Sheet::of(asked, posted).filling(office, |filling| filling.leaves());
        Chosen {
            number,
            name: shortcut.name.clone(),
            says: asked.filled.iter().map(said).collect(),
            leaves: leaves.into_iter().map(|(_, name)| name).collect(),
        }
    });
    let offered: Vec<Way> = ways.collect();
    (chosen.is_some() || !offered.is_empty()).then_some(Ways { chosen, offered })
}

/// What each fact of the act needs, once a shortcut says what the case is like; before that, everything is open.
pub(super) fn needs(
    office: &Office,
    asked: &Asked,
    posted: &Posted,
) -> Option<Vec<(FactIx, Need)>> {
    asked.shortcut()?;
    Some(Sheet::of(asked, posted).filling(office, |filling| filling.needs()))
}

/// What the law asks for in the chosen situation, and was left empty, each told at its field. An act that happened is
/// recorded all the same, once whoever records it says that there was none: the record keeps the defect.
pub(super) fn lacking(office: &Office, asked: &Asked, posted: &Posted) -> Vec<FieldError> {
    let procedure = asked.view.procedure();
    let class = procedure.act_of(asked.event).class;
    if class == ActClass::MadeHere || asked.shortcut().is_none() || posted.one(AS_IT_IS) == "yes" {
        return Vec::new();
    }
    let sheet = Sheet::of(asked, posted);
    let (missing, needs) = sheet.filling(office, |filling| (filling.missing(), filling.needs()));
    let mut errors: Vec<FieldError> = Vec::new();
    let mut tell = |fact: FactIx, text: String| {
        let field = &procedure.facts[fact].id;
        // A field is asked for once, and what was typed wrongly was told already.
        if errors.iter().all(|error| error.field != *field) && !posted.says(field) {
            errors.push(FieldError {
                field: field.clone(),
                text,
            });
        }
    };
    for Missing {
        rule,
        facts,
        defect,
    } in missing
    {
        let is_demanded = |fact: &FactIx| {
            let need = needs.iter().find(|(known, _)| known == fact);
            matches!(need, Some((_, Need::Demanded(by))) if *by == rule)
        };
        let mut at: Vec<FactIx> = facts.iter().copied().filter(is_demanded).collect();
        if at.is_empty() {
            // One of several is enough: the first of them leads there.
            at.extend(facts.first());
        }
        let note = wording::prose(&procedure.rules[rule].note);
        let stays = defect.map_or_else(
            || "确实没有的，勾选页末的“照实记录”。".to_owned(),
            |name| format!("确实没有的，勾选页末的“照实记录”，记为瑕疵“{name}”。"),
        );
        for fact in at {
            let name = wording::fact_name(&procedure.facts[fact].name);
            tell(fact, format!("请填写“{name}”：{note}{stays}"));
        }
    }
    if errors.is_empty() {
        return errors;
    }
    // What must be filled in any case is told along with it, not after it was mended.
    let required = procedure.events[asked.event].required.iter();
    let empty = required.filter(|fact| sheet.facts.iter().all(|(known, _)| known != *fact));
    let empty = empty.filter(|fact| !posted.says(&procedure.facts[**fact].id));
    errors.extend(empty.map(|fact| FieldError {
        field: procedure.facts[*fact].id.clone(),
        text: format!(
            "请填写“{}”",
            wording::fact_name(&procedure.facts[*fact].name)
        ),
    }));
    errors
}

/// What a form says as it is shown.
pub(super) struct Sheet<'a> {
    asked: &'a Asked,
    pub(super) at: Moment,
    pub(super) facts: Vec<(FactIx, Value)>,
}

impl<'a> Sheet<'a> {
    pub(super) fn of(asked: &'a Asked, posted: &Posted) -> Sheet<'a> {
        let procedure = asked.view.procedure();
        if posted.is_blank() {
            let event = &procedure.events[asked.event];
            let all = event.required.iter().copied().chain(event.unforced());
            let shown = all.filter_map(|fact| {
                let value = asked.prepared(fact).or_else(|| known(asked, posted, fact));
                Some((fact, value?.clone()))
            });
            return Sheet {
                asked,
                at: asked.view.now,
                facts: shown.collect(),
            };
        }
        // What cannot be read is told at its field, and says nothing here.
        let (request, _) = posted.request(asked);
        let facts = request.facts.iter().filter_map(|(id, json)| {
            let fact = procedure.fact(id)?;
            Some((fact, procedure.facts[fact].from_json(json).ok()?))
        });
        Sheet {
            asked,
            at: request.occurred,
            facts: facts.collect(),
        }
    }

    pub(super) fn filling<T>(&self, office: &Office, ask: impl FnOnce(&Filling<'_>) -> T) -> T {
        let context = office.context();
        ask(&Filling {
            case: self.asked.view.case(),
            context: &context,
            event: self.asked.event,
            member: self.asked.member,
            at: self.at,
            facts: &self.facts,
        })
    }
}
