//! The steps of a case as pages link to them.

use app::CaseView;
use casework::answer::Step;
use casework::towards::Towards;
use law::model::EventIx;

/// An act for a member, as a page names it.
pub(crate) type Place = (EventIx, usize);

fn step((event, member): Place) -> Step {
    Step { event, member }
}

fn place(step: Step) -> Place {
    (step.event, step.member)
}

fn towards(view: &CaseView) -> Towards<'_> {
    Towards {
        case: view.case(),
        answer: &view.answer,
    }
}

/// The address of an act's form; a member that is not there yet is the one that the act would bring in.
pub(crate) fn link(view: &CaseView, (event, member): Place) -> String {
    let procedure = view.procedure();
    let declared = &procedure.events[event];
    if view.case_id.is_empty() {
        return format!("/cases/new/{}/{}", procedure.id, declared.id);
    }
    let number = view.case().members[usize::from(declared.domain.0)]
        .get(member)
        .map_or(0, |member| member.number);
    act_link(&view.case_id, &declared.id, number)
}

/// The address of the form of an act in a case, for the subject with this number; 0 where the act has none of its own.
pub(crate) fn act_link(case_id: &str, event: &str, number: u32) -> String {
    let subject = match number {
        0 => String::new(),
        number => format!("?subject={number}"),
    };
    format!("/cases/{case_id}/acts/{event}{subject}")
}

/// Whether the act may be done now.
pub(crate) fn is_open(view: &CaseView, at: Place) -> bool {
    towards(view).is_open(step(at))
}

/// What may be done now towards an act that may not, because of this rule.
pub(crate) fn remedies(view: &CaseView, before: Place, rule: usize) -> Vec<Place> {
    let open = towards(view).remedies(step(before), rule);
    open.into_iter().map(place).collect()
}

/// The next lawful step, and which obligation it leads to.
pub(crate) fn next_step(view: &CaseView) -> Option<(Place, Option<usize>)> {
    let next = towards(view).next()?;
    Some((place(next.step), next.must))
}
