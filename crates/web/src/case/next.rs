//! From what is owed to the step that leads there.

use app::CaseView;
use law::model::EventIx;
use std::collections::BTreeSet;

/// An act for a member, as a page names it.
pub(crate) type Place = (EventIx, usize);

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
    let subject = if number == 0 {
        String::new()
    } else {
        format!("?subject={number}")
    };
    format!("/cases/{}/acts/{}{subject}", view.case_id, declared.id)
}

/// Whether the act may be done now.
pub(crate) fn is_open(view: &CaseView, (event, member): Place) -> bool {
    view.answer
        .may
        .iter()
        .any(|may| may.step.event == event && may.step.member == member)
}

/// What lifts the obstacle that `rule` puts before an act, whether or not it may be done now.
pub(crate) fn lifts(view: &CaseView, place: Place, rule: usize) -> Vec<Place> {
    let (target, member) = place;
    let procedure = view.procedure();
    let case = view.case();
    let mut events: Vec<EventIx> = Vec::new();
    for edge in procedure
        .conditions
        .iter()
        .filter(|edge| edge.rule == rule && edge.target == target)
    {
        events.extend(&edge.sources);
    }
    for edge in procedure
        .milestones
        .iter()
        .filter(|edge| edge.rule == rule && edge.target == target)
    {
        events.push(edge.source);
    }
    for edge in procedure
        .responses
        .iter()
        .filter(|edge| edge.rule == rule && edge.blocks.contains(&target))
    {
        events.extend(&edge.targets);
    }
    for edge in procedure
        .defects
        .iter()
        .filter(|edge| edge.rule == rule && edge.blocks.contains(&target))
    {
        events.extend(&edge.cures);
    }
    let mut places = Vec::new();
    for event in events {
        let domain = procedure.events[event].domain;
        let members = if domain == procedure.events[target].domain {
            member..member + 1
        } else {
            0..case.members[usize::from(domain.0)].len()
        };
        let open = members
            .map(|member| (event, member))
            .filter(|place| !places.contains(place));
        places.extend(open.collect::<Vec<_>>());
    }
    places
}

/// What may be done now towards an act that may not, because of this rule.
pub(crate) fn remedies(view: &CaseView, place: Place, rule: usize) -> Vec<Place> {
    let mut open = Vec::new();
    for lifting in lifts(view, place, rule) {
        match step_towards(view, lifting, &mut BTreeSet::from([place])) {
            Some(step) if !open.contains(&step) => open.push(step),
            _ => {}
        }
    }
    open.truncate(3);
    open
}

/// The step that may be done now and leads to `place`.
fn step_towards(view: &CaseView, place: Place, seen: &mut BTreeSet<Place>) -> Option<Place> {
    if is_open(view, place) {
        return Some(place);
    }
    if !seen.insert(place) {
        return None;
    }
    let blocked = view
        .answer
        .may_not
        .iter()
        .find(|it| it.step.event == place.0 && it.step.member == place.1)?;
    let rules: Vec<usize> = blocked.why.iter().filter_map(|why| why.rule).collect();
    rules.into_iter().find_map(|rule| {
        lifts(view, place, rule)
            .into_iter()
            .find_map(|lifting| step_towards(view, lifting, seen))
    })
}

/// The next lawful step: the first that leads to what is owed, most urgent first; else the next of the main line.
pub(crate) fn next_step(view: &CaseView) -> Option<(Place, Option<usize>)> {
    let agency = law::model::Duty::Agency.chinese();
    for (at, must) in view
        .answer
        .must
        .iter()
        .enumerate()
        .filter(|(_, must)| must.by == agency)
    {
        let mut seen = BTreeSet::new();
        let step = must
            .targets
            .iter()
            .find_map(|target| step_towards(view, (*target, must.member), &mut seen));
        if let Some(step) = step {
            return Some((step, Some(at)));
        }
    }
    let procedure = view.procedure();
    let not_done = |place: &Place| {
        view.case()
            .mark(place.0, place.1)
            .is_some_and(|mark| mark.count == 0 && mark.included)
    };
    let main_line = (0..procedure.events.len()).filter(|event| procedure.act_of(*event).is_public);
    let mut places = main_line.flat_map(|event| {
        let members = view.case().members[usize::from(procedure.events[event].domain.0)].len();
        (0..members).map(move |member| (event, member))
    });
    places
        .find(|place| not_done(place) && is_open(view, *place))
        .map(|place| (place, None))
}
