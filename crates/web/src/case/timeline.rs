//! What happened, in the order of recording, with both times.

use crate::components::definitions::{Definition, Shown};
use crate::components::diff::Diff;
use crate::components::status::{Status, Tone};
use crate::components::timeline::Happened;
use crate::wording;
use app::{CaseView, Office, RecordedEntry};
use casework::entry::{ActPerformed, Consequence, Correction, Entry, FileRef};
use law::model::Procedure;

/// The entries from this place on.
pub(crate) fn timeline(office: &Office, view: &CaseView, from: usize) -> Vec<Happened> {
    entries(view)
        .skip(from)
        .map(|(entry, recorded)| happened(office, view, entry, recorded))
        .collect()
}

/// The entry at a place.
pub(super) fn entry(office: &Office, view: &CaseView, at: usize) -> Option<Happened> {
    let (entry, recorded) = entries(view).nth(at)?;
    Some(happened(office, view, entry, recorded))
}

/// The entries that files came with, before this place.
pub(super) fn with_files(office: &Office, view: &CaseView, before: usize) -> Vec<Happened> {
    let has_files = |entry: &Entry| match entry {
        Entry::Act(act) => !act.files.is_empty(),
        Entry::Corrected(correction) => !correction.act.files.is_empty(),
        Entry::TakenOver(taken) => {
            !taken.sheet.is_empty() || taken.acts.iter().any(|act| !act.files.is_empty())
        }
        Entry::CalendarSettled { .. } | Entry::PartsDestroyed(_) => false,
    };
    entries(view)
        .take(before)
        .filter(|(entry, _)| has_files(entry))
        .map(|(entry, recorded)| happened(office, view, entry, recorded))
        .collect()
}

fn entries(view: &CaseView) -> impl Iterator<Item = (&Entry, &RecordedEntry)> {
    view.history.entries.iter().zip(view.recorded.iter())
}

/// What was recorded after a page of this version was made.
pub(crate) fn changes_since(office: &Office, view: &CaseView, version: u64) -> Vec<Happened> {
    let seen = usize::try_from(version).unwrap_or(usize::MAX);
    timeline(office, view, seen)
}

fn happened(office: &Office, view: &CaseView, entry: &Entry, recorded: &RecordedEntry) -> Happened {
    let procedure = view.procedure();
    let occurred = entry.occurred();
    let recorded_on = wording::day_of(recorded.recorded_at);
    let days_late = recorded_on.number() - occurred.day.number();
    let mut happened = Happened {
        name: String::new(),
        subject: String::new(),
        occurred: occurred.chinese(),
        recorded: wording::recorded(recorded.recorded_at),
        marks: (days_late > 0)
            .then(|| Status::new(format!("补录，晚{days_late}天"), Tone::Plain))
            .into_iter()
            .collect(),
        people: Vec::new(),
        facts: Vec::new(),
        notes: Vec::new(),
        owed: Vec::new(),
        files: Vec::new(),
        leaf_index: recorded.leaf_index,
    };
    match entry {
        Entry::Act(act) => of_act(office, view, act, &mut happened),
        Entry::CalendarSettled { edition, .. } => {
            happened.name = format!("工作日历更新（{edition}）");
        }
        Entry::Corrected(correction) => {
            of_act(office, view, &correction.act, &mut happened);
            show_changes(office, view, correction, &mut happened);
            happened.name = format!("更正第{}条记录：{}", correction.of, happened.name);
            happened.marks.clear();
            for renamed in &correction.renamed {
                happened
                    .facts
                    .push(Definition::new("更正后的名称", &renamed.name));
            }
            happened
                .notes
                .push(format!("更正理由：{}", correction.reason));
            let by = [
                ("更正", &correction.asked_by),
                ("批准", &correction.approved_by),
            ];
            happened.people = people(office, &by);
        }
        Entry::PartsDestroyed(destruction) => {
            happened.name = format!("依法销毁{}项内容", destruction.parts.len());
            happened.notes.push(format!(
                "依据：{}。理由：{}",
                destruction.basis, destruction.reason
            ));
            let by = [
                ("申请", &destruction.asked_by),
                ("批准", &destruction.approved_by),
            ];
            happened.people = people(office, &by);
        }
        Entry::TakenOver(taken) => {
            happened.name = format!("接续案件（{}）：此前{}步", taken.from, taken.acts.len());
            happened.marks.clear();
            happened.occurred = taken.on.chinese();
            happened.people = people(
                office,
                &[("录入", &taken.entered_by), ("批准", &taken.approved_by)],
            );
            if !taken.sheet.is_empty() {
                let note = "批准签在纸上，由录入人代录，附签批页".to_owned();
                happened.notes.push(note);
                attach(&taken.sheet, &mut happened);
            }
            for act in &taken.acts {
                let mut step = Happened {
                    facts: Vec::new(),
                    notes: Vec::new(),
                    owed: Vec::new(),
                    people: Vec::new(),
                    files: Vec::new(),
                    ..happened.clone()
                };
                of_act(office, view, act, &mut step);
                let mut said = vec![act.occurred.chinese()];
                said.extend(
                    step.people
                        .into_iter()
                        .map(|(role, names)| format!("{role}{names}")),
                );
                said.extend(
                    step.facts
                        .into_iter()
                        .map(|fact| format!("{}：{}", fact.term, fact.plain())),
                );
                let name = if step.subject.is_empty() {
                    step.name
                } else {
                    format!("{}（{}）", step.name, step.subject)
                };
                happened.facts.push(Definition::new(&name, said.join("；")));
                let notes = step.notes.into_iter().map(|note| format!("{name}：{note}"));
                happened.notes.extend(notes);
                happened.owed.extend(step.owed);
                happened.files.extend(step.files);
            }
        }
    }
    if happened.name.is_empty() {
        happened.name = format!("现行规则中没有的事项（{}）", procedure.name);
    }
    happened
}

fn attach(files: &[FileRef], happened: &mut Happened) {
    happened.files.extend(files.iter().map(|file| {
        (
            file.name.clone(),
            wording::size(file.size_bytes),
            format!("/files/{}", file.sha256),
        )
    }));
}

/// What a correction says anew is shown beside what the entry said before it.
fn show_changes(
    office: &Office,
    view: &CaseView,
    correction: &Correction,
    happened: &mut Happened,
) {
    let at = usize::try_from(correction.of)
        .ok()
        .and_then(|of| of.checked_sub(1));
    let act = match at.and_then(|at| view.history.entries.get(at)) {
        Some(Entry::Act(act)) => act,
        Some(Entry::Corrected(earlier)) => &earlier.act,
        Some(Entry::TakenOver(taken)) => match taken.acts.get(correction.within) {
            Some(act) => act,
            None => return,
        },
        Some(Entry::CalendarSettled { .. } | Entry::PartsDestroyed(_)) | None => return,
    };
    let mut before = Happened {
        facts: Vec::new(),
        ..happened.clone()
    };
    of_act(office, view, act, &mut before);
    for fact in &mut happened.facts {
        let was = before.facts.iter().find(|was| was.term == fact.term);
        let (was, is) = (was.map_or("", Definition::plain).to_owned(), fact.plain());
        if was != is {
            fact.value = Shown::Changed(Diff::of(&was, is));
        }
    }
}

fn of_act(office: &Office, view: &CaseView, act: &ActPerformed, happened: &mut Happened) {
    let procedure = view.procedure();
    if let Some(event) = procedure.event(&act.event) {
        happened.name = wording::event(procedure, event);
    }
    if let Some((domain, member)) = view.case().find(&act.subject) {
        happened.subject = wording::member_name(view.case(), domain, member);
    }
    for participant in &act.people {
        let role = procedure
            .roles
            .iter()
            .find(|role| role.id == participant.role);
        let role = role.map_or_else(|| participant.role.clone(), |role| role.name.clone());
        let person = office.standing().person_name(&participant.person);
        match happened.people.iter_mut().find(|(known, _)| *known == role) {
            Some((_, names)) => names.push_str(&format!("、{person}")),
            None => happened.people.push((role, person)),
        }
    }
    if let Some(recorder) = &act.recorder {
        let standing = office.standing();
        if recorder.on_paper {
            let by = standing.person_name(&recorder.person);
            happened.marks.push(Status::new("纸签代录", Tone::Plain));
            happened.people.push(("代录".to_owned(), by));
        }
        for hand in recorder.hands.iter().skip(1) {
            let said = format!(
                "{} {}",
                standing.person_name(&hand.person),
                hand.at.chinese()
            );
            happened.facts.push(Definition::new("签批", said));
        }
    }
    for newcomer in &act.introduced {
        let kind = procedure
            .subjects
            .iter()
            .find(|kind| kind.id == newcomer.kind);
        let kind = kind.map_or_else(|| newcomer.kind.clone(), |kind| kind.name.clone());
        happened.facts.push(Definition::new(kind, &newcomer.name));
    }
    for (key, json) in &act.facts {
        let id = key.split('#').next().unwrap_or(key);
        let Some(fact) = procedure.fact(id) else {
            continue;
        };
        if let Ok(value) = procedure.facts[fact].from_json(json) {
            let name = wording::fact_name(&procedure.facts[fact].name).to_owned();
            happened.facts.push(Definition::new(
                name,
                wording::value(&office.context().rules, procedure, fact, &value),
            ));
        }
    }
    attach(&act.files, happened);
    for (rule, reason) in &act.reasons {
        happened
            .notes
            .push(format!("写明理由：{reason}（{}）", basis(procedure, rule)));
    }
    for caution in act
        .cautions
        .iter()
        .filter(|caution| !act.reasons.contains_key(*caution))
    {
        happened.notes.push(basis(procedure, caution));
    }
    for consequence in &act.consequences {
        if let Consequence::Owed {
            obligation,
            clock: Some(clock),
            ..
        } = consequence
            && let Some(due) = clock.due
        {
            let targets = obligation
                .targets
                .iter()
                .filter_map(|id| procedure.event(id));
            let names: Vec<String> = targets
                .map(|event| wording::event(procedure, event))
                .collect();
            let provisional = if clock.provisional {
                "（暂定）"
            } else {
                ""
            };
            happened.owed.push(format!(
                "{}前：{}{provisional}",
                due.chinese(),
                names.join("或者")
            ));
        }
    }
}

fn people(office: &Office, by: &[(&str, &String)]) -> Vec<(String, String)> {
    let standing = office.standing();
    let name = |id: &String| standing.person_name(id);
    by.iter()
        .filter(|(_, id)| !id.is_empty())
        .map(|(role, id)| ((*role).to_owned(), name(id)))
        .collect()
}

fn basis(procedure: &Procedure, rule: &str) -> String {
    match procedure.rule(rule).map(|rule| &procedure.rules[rule]) {
        Some(rule) => wording::prose(&format!("{}{}", rule.note, rule.basis)),
        None => "办理时不在本案应办之列".to_owned(),
    }
}
