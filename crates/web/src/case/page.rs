//! The view of a case, made from the answer of the law.

use super::combined::LinksView;
use super::next::{self, Place, link};
use super::record::{DefectLine, FactGroup, defects, facts};
use super::timeline::{self, timeline};
use super::{account, discretion, service};
use crate::act::facts_of_newcomer;
use crate::components::Link;
use crate::components::deadline::{Deadline, Nearness};
use crate::components::notice::Notice;
use crate::components::progress::{Progress, Step, StepState};
use crate::components::status::{Status, Tone};
use crate::components::table::{Cell, Column, Table};
use crate::components::timeline::{Happened, Timeline, first_brought};
use crate::frame::Frame;
use crate::session;
use crate::wording::{self, Told};
use app::access::Reading;
use app::combined::Links;
use app::{CaseView, Office};
use askama::Template;
use casework::answer::Must;
use law::model::{Domain, Duty, SubjectClass};
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "case.html")]
pub(crate) struct CasePage {
    frame: Frame,
    title: String,
    number: Option<String>,
    procedure: String,
    case_id: String,
    progress: Progress,
    parties: Vec<(String, String)>,
    /// Cases of this procedure are about parties.
    has_parties: bool,
    today: String,
    /// The desk of service, where there is a document to serve; with how many wait.
    service: Option<usize>,
    /// What each party has to pay, and how that stands.
    accounts: Vec<(String, Status)>,
    /// Discretion is used in the case: there is something to explain.
    explains_discretion: bool,
    /// Everything that could be folded is shown, for printing and for searching within the page.
    is_unfolded: bool,
    greeting: Option<Notice>,
    /// Whoever looks in from outside records nothing here, and is shown no way to.
    may_record: bool,
    next: Option<NextStep>,
    must: Vec<MustLine>,
    main: Vec<MayLine>,
    others: Vec<Group<MayLine>>,
    other_count: usize,
    blocked: Vec<Group<BlockedLine>>,
    blocked_count: usize,
    away: Vec<(String, String)>,
    facts: Vec<FactGroup>,
    defects: Vec<DefectLine>,
    /// Steps that the agency's list wants recorded and that came without a recording.
    unrecorded: Vec<UnrecordedLine>,
    /// Where the power to go on lies elsewhere: about whom, and with whom.
    elsewhere: Vec<(String, String)>,
    /// What it says against the rows of registers that it names: whose, and what.
    against: Vec<(String, String)>,
    files: Table,
    timeline: Timeline,
    links: LinksView,
}

struct UnrecordedLine {
    name: String,
    on: String,
    way: String,
    kept: String,
}

fn unrecorded(office: &Office, view: &CaseView) -> Vec<UnrecordedLine> {
    let procedure = view.procedure();
    let line = |it: app::recording::Unrecorded| UnrecordedLine {
        name: procedure
            .event(&it.event)
            .map_or(it.event, |event| procedure.events[event].name.clone()),
        on: it.occurred.chinese(),
        way: it.scene.way,
        kept: it.scene.kept,
    };
    office.unrecorded(view).into_iter().map(line).collect()
}

/// Whom the power to go on passed to, by party: told before anybody prepares what will be refused.
fn elsewhere(office: &Office, view: &CaseView) -> Vec<(String, String)> {
    if view.answer.may.is_empty() {
        return Vec::new();
    }
    let found = casework::power::elsewhere(view.case(), &office.context(), view.now);
    let told = found.into_iter();
    told.map(|it| (it.whom, wording::prose(&it.told))).collect()
}

fn against(office: &Office, view: &CaseView) -> Vec<(String, String)> {
    let told = session::who().map(|signed| office.against_registers(&signed.actor, view));
    let told = told.unwrap_or_default().into_iter();
    told.map(|(whose, text)| (whose, wording::prose(&text)))
        .collect()
}

struct NextStep {
    name: String,
    subject: String,
    link: String,
    why: String,
}

struct MustLine {
    names: String,
    subject: String,
    due: String,
    deadline: Option<Deadline>,
    remarks: Vec<&'static str>,
    by: Option<&'static str>,
    texts: Vec<String>,
    links: Vec<Link>,
}

impl MustLine {
    /// The class of the line beside it.
    fn class(&self) -> &'static str {
        match &self.deadline {
            Some(deadline) => deadline.nearness.class(),
            None => Nearness::Far.class(),
        }
    }
}

struct MayLine {
    name: String,
    subject: String,
    link: String,
    owed: Option<Status>,
    done: u32,
    cautions: Vec<String>,
}

struct BlockedLine {
    act: String,
    name: String,
    subject: String,
    why: Vec<(Told, Vec<(String, String)>)>,
}

pub(crate) struct Group<T> {
    pub(crate) name: String,
    pub(crate) heading: String,
    pub(crate) lines: Vec<T>,
}

impl CasePage {
    pub(crate) fn of(office: &Office, view: &CaseView, shown: Shown) -> CasePage {
        let beyond = first_brought(view.history.entries.len(), shown.is_unfolded);
        let course = timeline(office, view, beyond);
        let recorded = shown.recorded.and_then(|number| number.checked_sub(1));
        let greeting = recorded
            .and_then(|at| timeline::entry(office, view, at))
            .map(|entry| Notice {
                tone: Tone::Good,
                head: format!("已记录【{}】", entry.name),
                text: format!("发生于{}，日志第{}号。", entry.occurred, entry.leaf_index),
                way: None,
            });
        let may_record = shown.reading == Reading::AtWork;
        let greeting = greeting.or_else(|| (!may_record).then(traced));
        let (main, others) = may(view);
        let (blocked, away) = may_not(view, may_record);
        CasePage {
            frame: Frame::of(office).at("/cases"),
            title: view.title.clone(),
            procedure: view.procedure().name.clone(),
            case_id: view.case_id.clone(),
            number: office.case_number(view.case()),
            progress: progress(view),
            is_unfolded: shown.is_unfolded,
            links: LinksView::of(office, view, shown.links),
            parties: parties(office, view),
            has_parties: view
                .procedure()
                .subjects
                .iter()
                .any(|kind| kind.class == SubjectClass::Party),
            today: view.now.day.chinese(),
            service: match service::count(office, view) {
                (0, _) => None,
                (_, open) => Some(open),
            },
            accounts: account::in_short(office, view),
            explains_discretion: discretion::has_any(office, view),
            greeting,
            next: next_step(view),
            must: must(view, may_record),
            may_record,
            main,
            other_count: others.iter().map(|group| group.lines.len()).sum(),
            others,
            blocked_count: blocked.iter().map(|group| group.lines.len()).sum(),
            blocked,
            away,
            facts: facts(office, view),
            defects: defects(view, may_record),
            unrecorded: unrecorded(office, view),
            elsewhere: elsewhere(office, view),
            against: against(office, view),
            files: files(&course, &timeline::with_files(office, view, beyond)),
            timeline: Timeline {
                entries: course,
                beyond,
                is_unfolded: shown.is_unfolded,
                whole: format!("/cases/{}?unfold=all#timeline", view.case_id),
            },
        }
    }
}

/// Every file of the case, the latest first, with what it came with.
fn files(course: &[Happened], before: &[Happened]) -> Table {
    let columns = vec![
        Column::text("文件"),
        Column::text("随哪一步"),
        Column::text("发生"),
        Column::figure("大小"),
    ];
    let of = |entry: &Happened| -> Vec<Vec<Cell>> {
        let one = |(name, size, href): &(String, String, String)| {
            vec![
                Cell::Link {
                    to: Link::new(href, name),
                    under: Vec::new(),
                },
                Cell::Text(entry.name.clone()),
                Cell::Text(entry.occurred.clone()),
                Cell::Text(size.clone()),
            ]
        };
        entry.files.iter().map(one).collect()
    };
    Table {
        caption: "本案的文件".to_owned(),
        columns,
        rows: before.iter().chain(course).rev().flat_map(of).collect(),
    }
}

/// What whoever looks in from outside is told.
fn traced() -> Notice {
    Notice {
        tone: Tone::Plain,
        head: "您在调阅本案".to_owned(),
        text: "这次调阅已经记入日志。办理由承办机构进行。".to_owned(),
        way: None,
    }
}

/// How the page is asked for, and by whom.
pub(crate) struct Shown {
    pub(crate) reading: Reading,
    /// The entry that was recorded just now.
    pub(crate) recorded: Option<usize>,
    pub(crate) is_unfolded: bool,
    /// How the case stands among others.
    pub(crate) links: Links,
}

pub(super) fn event_name(view: &CaseView, event: usize) -> String {
    wording::event(view.procedure(), event)
}

pub(super) fn subject(view: &CaseView, (event, member): Place) -> String {
    wording::member_name(view.case(), view.procedure().events[event].domain, member)
}

/// The phases that were gone through, the one where the case stands, and those where something is owed; the last one
/// stays ahead as long as the case can come to it.
fn progress(view: &CaseView) -> Progress {
    let procedure = view.procedure();
    let case = view.case();
    let phase_of = |event: usize| procedure.act_of(event).phase;
    let here = case.history.last().map(|done| phase_of(done.event));
    let can_come_to = |phase: usize| {
        let mut events = (0..procedure.events.len()).filter(|event| phase_of(*event) == phase);
        events.any(|event| case.mark(event, 0).is_some_and(|mark| mark.included))
    };
    let is_owed = |phase: usize| {
        let musts = view.answer.must.iter();
        // Of several ways to meet it, the first is the one that is usually gone.
        let mut targets = musts.filter_map(|must| must.targets.first());
        targets.any(|target| phase_of(*target) == phase)
    };
    let steps = procedure
        .phases
        .iter()
        .enumerate()
        .filter_map(|(at, phase)| {
            let is_last = at + 1 == procedure.phases.len();
            let state = if here == Some(at) {
                StepState::Here
            } else if here < Some(at) && is_owed(at) {
                // Even where something of it was done before: a notice is served long before the decision is.
                StepState::Ahead
            } else if case.history.iter().any(|done| phase_of(done.event) == at) {
                StepState::Done
            } else if is_owed(at) || (is_last && can_come_to(at)) {
                StepState::Ahead
            } else {
                return None;
            };
            Some(Step {
                name: phase.name.clone(),
                state,
            })
        });
    Progress {
        label: "案件进度",
        steps: steps.collect(),
    }
}

fn parties(office: &Office, view: &CaseView) -> Vec<(String, String)> {
    let procedure = view.procedure();
    let mut found = Vec::new();
    for (domain, kind) in procedure.subjects.iter().enumerate() {
        let Some(domain) = u8::try_from(domain)
            .ok()
            .filter(|_| kind.class == SubjectClass::Party)
            .map(Domain)
        else {
            continue;
        };
        for (at, member) in view.case().members[usize::from(domain.0)]
            .iter()
            .enumerate()
        {
            let told = facts_of_newcomer(procedure, domain)
                .into_iter()
                .filter_map(|fact| {
                    let value = view.case().fact(fact, at)?;
                    let shown = wording::value(&office.context().rules, procedure, fact, value);
                    let name = &procedure.facts[fact].name;
                    // What everybody has speaks for itself; the rest says what it is.
                    Some(if kind.required.contains(&fact) {
                        shown
                    } else {
                        format!("{name}{shown}")
                    })
                });
            found.push((member.name.clone(), told.collect::<Vec<_>>().join("，")));
        }
    }
    found
}

fn next_step(view: &CaseView) -> Option<NextStep> {
    let (place, must) = next::next_step(view)?;
    let why = must
        .map(|at| &view.answer.must[at])
        .map_or_else(String::new, |must| {
            let names = targets(view, must);
            let left = deadline(view, must).map_or_else(String::new, |deadline| deadline.text);
            let is_itself = must.targets.contains(&place.0);
            match (must.due, is_itself) {
                (Some(due), true) => format!("应在{}前办理，{left}。", due.chinese()),
                (Some(due), false) => {
                    format!("这一步通向{names}：应在{}前作出，{left}。", due.chinese())
                }
                (None, true) => "这一步应当办理。".to_owned(),
                (None, false) => format!("这一步通向应当办理的{names}。"),
            }
        });
    Some(NextStep {
        name: event_name(view, place.0),
        subject: subject(view, place),
        link: link(view, place),
        why,
    })
}

fn targets(view: &CaseView, must: &Must) -> String {
    let included = |target: &&usize| {
        view.case()
            .mark(**target, must.member)
            .is_some_and(|mark| mark.included)
    };
    let names = must
        .targets
        .iter()
        .filter(included)
        .map(|target| format!("【{}】", event_name(view, *target)));
    names.collect::<Vec<_>>().join("或者")
}

/// One line for each thing owed: several rules that demand the same are told together, under the nearest date.
fn must(view: &CaseView, may_record: bool) -> Vec<MustLine> {
    let mut grouped: Vec<(&Must, Vec<&Must>)> = Vec::new();
    for must in &view.answer.must {
        let same = |(first, _): &&mut (&Must, Vec<&Must>)| {
            first.targets == must.targets && first.member == must.member && first.by == must.by
        };
        match grouped.iter_mut().find(same) {
            Some((_, all)) => all.push(must),
            None => grouped.push((must, vec![must])),
        }
    }
    grouped
        .iter()
        .map(|(first, all)| must_line(view, first, all))
        .map(|mut line| {
            line.links.retain(|_| may_record);
            line
        })
        .collect()
}

fn deadline(view: &CaseView, must: &Must) -> Option<Deadline> {
    let due = must.due?;
    Some(Deadline::of(
        must.working_days_left,
        must.overdue,
        due,
        view.now.day,
    ))
}

fn must_line(view: &CaseView, first: &Must, all: &[&Must]) -> MustLine {
    let mut remarks = Vec::new();
    if first.provisional {
        remarks.push("暂定日期，次年工作日历公布后确定");
    }
    if first.unconfirmed {
        remarks.push("期限依据待核");
    }
    if first.is_paused {
        remarks.push("期限停计中");
    }
    if all.iter().any(|must| must.blocks) {
        remarks.push("未办不得结案");
    }
    let open = first
        .targets
        .iter()
        .map(|target| (*target, first.member))
        .filter(|place| next::is_open(view, *place));
    MustLine {
        names: targets(view, first),
        subject: subject(view, (first.targets[0], first.member)),
        due: first.due.map_or_else(String::new, |due| due.chinese()),
        deadline: deadline(view, first),
        remarks,
        by: (first.by != Duty::Agency.chinese()).then_some(first.by),
        texts: all.iter().map(|must| wording::prose(&must.text)).collect(),
        links: open
            .map(|place| Link::new(link(view, place), event_name(view, place.0)))
            .collect(),
    }
}

/// What may be done: first what is owed and the main line, then the rest by phase.
fn may(view: &CaseView) -> (Vec<MayLine>, Vec<Group<MayLine>>) {
    let procedure = view.procedure();
    let mut main = Vec::new();
    let mut others: BTreeMap<usize, Vec<MayLine>> = BTreeMap::new();
    let next = next::next_step(view).map(|(place, _)| place);
    let phase_of = |event: usize| procedure.act_of(event).phase;
    let last = view
        .case()
        .history
        .last()
        .map_or(0, |done| phase_of(done.event));
    let ahead = next.map_or(last, |(event, _)| phase_of(event));
    // The main line is what lies between here and the next step.
    let near = last.min(ahead)..=last.max(ahead);
    for may in &view.answer.may {
        let place = (may.step.event, may.step.member);
        let act = procedure.act_of(place.0);
        let done = view
            .case()
            .mark(place.0, place.1)
            .map_or(0, |mark| mark.count);
        let line = MayLine {
            name: event_name(view, place.0),
            subject: subject(view, place),
            link: link(view, place),
            owed: may.is_owed.then(|| Status::new("应当办", Tone::Active)),
            done,
            cautions: may
                .cautions
                .iter()
                .map(|caution| wording::prose(caution))
                .collect(),
        };
        if may.is_owed
            || next == Some(place)
            || (act.is_public && done == 0 && near.contains(&act.phase))
        {
            main.push(line);
        } else {
            others.entry(act.phase).or_default().push(line);
        }
    }
    main.sort_by_key(|line| line.owed.is_none());
    (main, groups(view, others))
}

fn groups<T>(view: &CaseView, by_phase: BTreeMap<usize, Vec<T>>) -> Vec<Group<T>> {
    let name = |phase: usize| {
        view.procedure()
            .phases
            .get(phase)
            .map_or_else(String::new, |phase| phase.name.clone())
    };
    by_phase
        .into_iter()
        .map(|(phase, lines)| Group {
            name: name(phase),
            heading: String::new(),
            lines,
        })
        .collect()
}

type Away = Vec<(String, String)>;

/// What may not be done yet, by phase; and apart from it what this case does not come to.
fn may_not(view: &CaseView, may_record: bool) -> (Vec<Group<BlockedLine>>, Away) {
    let procedure = view.procedure();
    let mut blocked: BTreeMap<usize, Vec<BlockedLine>> = BTreeMap::new();
    let mut away = Vec::new();
    for it in &view.answer.may_not {
        let place = (it.step.event, it.step.member);
        let mark = view.case().mark(place.0, place.1);
        let act = procedure.act_of(place.0);
        if mark.is_some_and(|mark| mark.count > 0) && !act.is_repeatable {
            continue;
        }
        if mark.is_some_and(|mark| !mark.included) {
            let why = it
                .why
                .iter()
                .find(|why| why.rule.is_none())
                .map_or_else(String::new, |why| why.text.to_string());
            let subject = subject(view, place);
            let of = if subject.is_empty() {
                String::new()
            } else {
                format!("（{subject}）")
            };
            away.push((format!("{}{of}", event_name(view, place.0)), why));
            continue;
        }
        let why = it.why.iter().map(|why| {
            let ways = why
                .rule
                .map_or_else(Vec::new, |rule| next::remedies(view, place, rule));
            let ways = ways
                .into_iter()
                .filter(|_| may_record)
                .map(|way| (link(view, way), way_name(view, way, place)))
                .collect();
            (wording::told(procedure, why.rule, &why.text), ways)
        });
        let line = BlockedLine {
            act: act.name.clone(),
            name: event_name(view, place.0),
            subject: subject(view, place),
            why: why.collect(),
        };
        blocked.entry(act.phase).or_default().push(line);
    }
    let mut groups = groups(view, blocked);
    groups
        .iter_mut()
        .for_each(|group| group.heading = heading(&group.lines));
    (groups, away)
}

/// The acts of a group, each once, as far as they go into one line.
fn heading(lines: &[BlockedLine]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in lines.iter().map(|line| line.act.as_str()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = if names.len() > 6 { "等" } else { "" };
    names.truncate(6);
    format!("{}{more}（{}项）", names.join("、"), lines.len())
}

/// The name of a step, with the subject where it is another than that of the act it leads to.
pub(crate) fn way_name(view: &CaseView, way: Place, towards: Place) -> String {
    let name = event_name(view, way.0);
    let of = subject(view, way);
    let is_same =
        view.procedure().events[way.0].domain == view.procedure().events[towards.0].domain;
    if of.is_empty() || (is_same && way.1 == towards.1) {
        name
    } else {
        format!("{name}（{of}）")
    }
}
