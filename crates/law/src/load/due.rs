//! Acts that time itself brings about: `到期 R` says that the act is done when the clock of rule R has run out.
//!
//! Nobody stands behind such an act, so it may ask nobody to take part and nothing to be filled.

use crate::model::{Procedure, RuleIx};
use crate::source::{Errors, Place};

/// By this tag others recognize such an act.
const TAG: &str = "到期自动";

pub(super) fn resolve(
    named: &[(usize, String, Place)],
    procedure: &mut Procedure,
    errors: &Errors,
) {
    for (act, id, place) in named {
        let Some(rule) = procedure.rule(id) else {
            let ids: Vec<&str> = procedure.rules.iter().map(|r| r.id.as_str()).collect();
            let near = crate::source::nearest(id, &ids)
                .map_or(String::new(), |near| format!("，是不是“{near}”"));
            errors.add(
                place,
                format!("没有关系“{id}”"),
                format!("有期间的应当或者限期{near}"),
            );
            continue;
        };
        if !has_clock(procedure, rule, *act) {
            errors.add(
                place,
                format!("“{id}”没有期间，或者它的对象与本行为不同"),
                "对象相同、有期间的应当或者限期",
            );
            continue;
        }
        procedure.acts[*act].due_of = Some(rule);
    }
    for (at, act) in procedure.acts.iter().enumerate() {
        let is_named = named.iter().any(|(named, _, _)| *named == at);
        if is_named != act.tags.iter().any(|tag| tag == TAG) {
            errors.add(
                &act.place,
                format!("【{}】的“到期”和标签“{TAG}”只写了一个", act.name),
                "两个都写，或者都不写",
            );
        }
        let asks = procedure
            .events
            .iter()
            .any(|event| event.act == at && !event.required.is_empty());
        if is_named && (asks || !act.roles.is_empty() || act.introduces.is_some()) {
            errors.add(
                &act.place,
                format!("【{}】到期自动作出，却要人参加或者填写", act.name),
                "没有“由”“必填”“新增”",
            );
        }
    }
}

/// Whether the rule counts a period for each subject that the act is done for.
fn has_clock(procedure: &Procedure, rule: RuleIx, act: usize) -> bool {
    let mut events = procedure.events.iter().filter(|event| event.act == act);
    events.all(|event| {
        let owed = procedure
            .responses
            .iter()
            .any(|edge| edge.rule == rule && edge.period.is_some() && edge.domain == event.domain);
        let open = procedure
            .windows
            .iter()
            .any(|edge| edge.rule == rule && procedure.events[edge.target].domain == event.domain);
        owed || open
    })
}
