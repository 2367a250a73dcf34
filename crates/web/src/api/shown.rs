//! A case as programs read it: what the case page shows, by ids and in stored form beside the words.
//!
//! Of a citizen's number only its ends are shown, as on every page: its stored form stays in the record.

use crate::wording;
use app::{CaseView, Office, RecordedEntry};
use casework::entry::{ActPerformed, Consequence, Entry as Recorded, FileRef, SubjectId};
use jiff::Timestamp;
use law::fact::{FactType, Sensitivity, Value};
use law::model::{CASE, Domain, Procedure, RuleIx, SubjectClass};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A case.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "一个案件：现在的样子、办理经过，以及必须办、可以办、还不能办的")]
pub(super) struct Case {
    /// 案件编号
    id: String,
    /// 案由；还没有定的，是线索内容
    title: String,
    /// 案号，有了才有
    number: Option<String>,
    procedure: Named,
    /// 所处的阶段
    phase: Option<Named>,
    /// 版本：记录的条数。提交时写在 seen 里
    version: u64,
    /// 案件本身和案内的各个对象（当事人、证据、措施），各带已知的事实
    subjects: Vec<Known>,
    /// 办理经过，按记录的先后
    entries: Vec<Entry>,
    answer: Answer,
}

/// An id with its name.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(description = "编号和名称")]
pub(super) struct Named {
    pub(super) id: String,
    pub(super) name: String,
}

impl Named {
    pub(super) fn new(id: &str, name: &str) -> Named {
        Named {
            id: id.to_owned(),
            name: name.to_owned(),
        }
    }
}

/// What an act is done for.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(description = "案内的一个对象；案件本身的序号是0")]
pub(super) struct Subject {
    /// 对象种类的编号
    kind: String,
    /// 在该种类中的序号
    number: u32,
    /// 名称；案件本身没有
    name: String,
    /// 还不在案内，由这一步带来
    is_new: bool,
}

/// A subject with what is known of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "一个对象和它已知的事实", as = KnownSubject)]
pub(super) struct Known {
    subject: Subject,
    /// 是不是当事人
    is_party: bool,
    facts: Vec<Fact>,
}

/// A fact.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "一项事实", as = KnownFact)]
pub(super) struct Fact {
    id: String,
    name: String,
    /// 由这一步带来的对象的序号；是这一步自己的对象的，没有
    #[serde(skip_serializing_if = "Option::is_none")]
    of_new: Option<u32>,
    /// 存储的形式，与提交时相同。身份号码不给出，只显示首尾
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<serde_json::Value>,
    /// 给人看的形式
    shown: String,
    /// public 可公开，personal 个人信息，secret 保密
    #[schema(value_type = String)]
    sensitivity: Sensitivity,
}

/// What was recorded.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "一条记录")]
pub(super) struct Entry {
    /// 在本案中的序号，从1起；也是记录以后的版本
    number: u64,
    /// 在日志中的序号，从0起
    leaf_index: u64,
    /// act 办理，corrected 更正，parts_destroyed 依法销毁，taken_over 接续案件，calendar_settled 工作日历更新
    kind: &'static str,
    /// 发生的日期或者时刻，期限依此计算
    occurred: String,
    /// 记录的时刻
    #[schema(format = DateTime)]
    recorded_at: String,
    /// 记录晚于发生的天数
    days_late: u32,
    /// 所办的各步：接续案件有多步，销毁和日历更新没有；更正的，是更正后的
    acts: Vec<Act>,
    /// 被更正的是第几条
    #[serde(skip_serializing_if = "Option::is_none")]
    corrects: Option<u32>,
    /// 申请人、录入人
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_by: Option<Named>,
    /// 批准人
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_by: Option<Named>,
    /// 更正、销毁的理由，接续案件的来源
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// 销毁的法律依据，日历的版本
    #[serde(skip_serializing_if = "Option::is_none")]
    basis: Option<String>,
}

/// An act as it was recorded, or as it waits to be.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "一步：谁、为谁、什么时候、说了什么、带来什么", as = RecordedAct)]
pub(super) struct Act {
    event: String,
    name: String,
    subject: Subject,
    occurred: String,
    people: Vec<Participant>,
    facts: Vec<Fact>,
    /// 由这一步带来的对象
    introduces: Vec<Subject>,
    /// 依规则写明的理由
    reasons: Vec<Reason>,
    /// 偏离而没有被拒绝的规则
    cautions: Vec<Rule>,
    files: Vec<File>,
    /// 由此应当办理的
    owed: Vec<Owed>,
    /// 谁记录的；期限届满自动发生的没有
    #[serde(skip_serializing_if = "Option::is_none")]
    recorder: Option<Recorder>,
}

/// Who takes part.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "参加的人和身份")]
pub(super) struct Participant {
    role: Named,
    person: Named,
}

/// A written reason.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "写明的理由")]
pub(super) struct Reason {
    /// 规则的编号
    rule: String,
    text: String,
}

/// A rule with its basis.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "一条规则和它的依据")]
pub(super) struct Rule {
    /// 规则的编号
    rule: String,
    text: String,
    /// 法律依据
    basis: String,
}

/// An attached file.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "附件；内容在 /api/v1/files/{sha256}", as = AttachedFile)]
pub(super) struct File {
    sha256: String,
    sm3: String,
    size_bytes: u64,
    media_type: String,
    name: String,
}

impl File {
    pub(super) fn of(file: &FileRef) -> File {
        File {
            sha256: file.sha256.clone(),
            sm3: file.sm3.clone(),
            size_bytes: file.size_bytes,
            media_type: file.media_type.clone(),
            name: file.name.clone(),
        }
    }
}

/// What became owed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "由一步引起的义务和记录时算出的期限")]
pub(super) struct Owed {
    /// 规则的编号
    rule: String,
    /// 办其中任何一步即可
    targets: Vec<String>,
    /// 期限
    due: Option<String>,
    /// 暂定：次年工作日历公布后确定
    is_provisional: bool,
}

/// Who recorded.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "记录人和签批人")]
pub(super) struct Recorder {
    person: Named,
    /// 纸签代录
    on_paper: bool,
    /// 各自登录签批的人
    hands: Vec<Hand>,
}

/// Somebody who agreed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "签批")]
pub(super) struct Hand {
    person: Named,
    at: String,
}

impl Hand {
    pub(super) fn of(office: &Office, hand: &casework::entry::Hand) -> Hand {
        Hand {
            person: person(office, &hand.person),
            at: hand.at.to_string(),
        }
    }
}

/// What the law says now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "现在可以办、必须办、还不能办的。以提交时的判断为准")]
pub(super) struct Answer {
    /// 依此时刻判断
    now: String,
    may: Vec<May>,
    must: Vec<Must>,
    may_not: Vec<MayNot>,
}

/// What may be done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "现在可以办的一步")]
pub(super) struct May {
    event: String,
    name: String,
    subject: Subject,
    /// 也是应当办的
    is_owed: bool,
    /// 须注意的；其中要求写明理由的，理由写在 reasons 里
    cautions: Vec<String>,
}

/// What is owed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "一项应当办而没有办的")]
pub(super) struct Must {
    /// 规则的编号
    rule: String,
    /// 办其中任何一步即可
    targets: Vec<String>,
    subject: Subject,
    /// 谁来办：机关、当事人、法院等
    by: String,
    /// 期限
    due: Option<String>,
    /// 还剩几个工作日，逾期的为负数
    working_days_left: Option<i32>,
    is_overdue: bool,
    /// 期限停计中
    is_paused: bool,
    /// 暂定：次年工作日历公布后确定
    is_provisional: bool,
    /// 期限的依据还没有经本机关核对
    is_unconfirmed: bool,
    /// 不办就不能办别的
    blocks: bool,
    text: String,
    /// 法律依据
    basis: String,
}

/// What may not be done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "现在还不能办的一步")]
pub(super) struct MayNot {
    event: String,
    name: String,
    subject: Subject,
    why: Vec<Why>,
}

/// Why not.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "为什么不能办")]
pub(super) struct Why {
    /// 规则的编号；由这一步自己的状态引起的没有
    rule: Option<String>,
    text: String,
    /// 法律依据
    basis: Option<String>,
}

/// What became of something that waited for hands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "送签材料的结果")]
pub(super) struct Outcome {
    /// recorded 已记录，declined 退回，withdrawn 撤回
    kind: &'static str,
    /// 记录在哪个案件
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<String>,
    /// 记录以后的版本
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    /// 谁退回的
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<Named>,
    /// 退回的理由
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// 退回或者撤回的时刻
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    at: Option<String>,
}

impl Outcome {
    pub(super) fn of(office: &Office, outcome: &app::pending::Outcome) -> Outcome {
        let mut told = Outcome {
            kind: "withdrawn",
            case: None,
            version: None,
            person: None,
            reason: None,
            at: None,
        };
        match outcome {
            app::pending::Outcome::Recorded { case_id, version } => {
                told.kind = "recorded";
                told.case = Some(case_id.clone());
                told.version = Some(*version);
            }
            app::pending::Outcome::Declined {
                person: by,
                reason,
                at,
            } => {
                told.kind = "declined";
                told.person = Some(person(office, by));
                told.reason = Some(reason.clone());
                told.at = Some(instant(*at));
            }
            app::pending::Outcome::Withdrawn { at } => told.at = Some(instant(*at)),
        }
        told
    }
}

/// An instant as it is written.
pub(super) fn instant(at: Timestamp) -> String {
    at.to_string()
}

/// A person by id, with the name of today's register, also of one who has left.
pub(super) fn person(office: &Office, id: &str) -> Named {
    Named::new(id, &office.standing().person_name(id))
}

impl Case {
    pub(super) fn of(office: &Office, view: &CaseView) -> Case {
        let procedure = view.procedure();
        let last = view.case().history.last();
        let phase = last.and_then(|done| procedure.phases.get(procedure.act_of(done.event).phase));
        Case {
            id: view.case_id.clone(),
            title: view.title.clone(),
            number: office.case_number(view.case()),
            procedure: Named::new(&procedure.id, &procedure.name),
            phase: phase.map(|phase| Named::new(&phase.id, &phase.name)),
            version: view.version,
            subjects: subjects(office, view),
            entries: entries_since(office, view, 0),
            answer: answer(view),
        }
    }
}

fn subjects(office: &Office, view: &CaseView) -> Vec<Known> {
    let procedure = view.procedure();
    let rules = &office.context().rules;
    let mut known = Vec::new();
    for domain in domains(procedure) {
        let kind = &procedure.subjects[usize::from(domain.0)];
        for member in 0..view.case().members[usize::from(domain.0)].len() {
            let facts = procedure.facts.iter().enumerate();
            let of_member = facts.filter(|(_, declared)| declared.domain == domain);
            let facts = of_member.filter_map(|(fact, _)| {
                let value = view.case().fact(fact, member)?;
                Some(told(rules, procedure, fact, value))
            });
            known.push(Known {
                subject: subject(view, domain, member),
                is_party: kind.class == SubjectClass::Party,
                facts: facts.collect(),
            });
        }
    }
    known
}

/// The kinds of subject of a procedure; the case comes first.
fn domains(procedure: &Procedure) -> impl Iterator<Item = Domain> {
    (0..procedure.subjects.len()).filter_map(|at| u8::try_from(at).ok().map(Domain))
}

/// A member; one past the last is the one that an act would bring in.
fn subject(view: &CaseView, domain: Domain, member: usize) -> Subject {
    let kind = &view.procedure().subjects[usize::from(domain.0)];
    let members = &view.case().members[usize::from(domain.0)];
    let is_case = domain == CASE;
    match members.get(member) {
        Some(known) => Subject {
            kind: kind.id.clone(),
            number: if is_case { 0 } else { known.number },
            name: if is_case {
                String::new()
            } else {
                known.name.clone()
            },
            is_new: false,
        },
        None => Subject {
            kind: kind.id.clone(),
            number: members.iter().map(|it| it.number).max().unwrap_or(0) + 1,
            name: String::new(),
            is_new: true,
        },
    }
}

/// The subject of something recorded; what was introduced by it is in the case by now.
fn recorded_subject(view: &CaseView, id: &SubjectId) -> Subject {
    match view.case().find(id) {
        Some((domain, member)) => subject(view, domain, member),
        None => Subject {
            kind: id.kind.clone(),
            number: id.number,
            name: String::new(),
            is_new: false,
        },
    }
}

fn told(rules: &law::Rules, procedure: &Procedure, fact: usize, value: &Value) -> Fact {
    let declared = &procedure.facts[fact];
    let is_masked = declared.kind == FactType::ResidentId;
    Fact {
        id: declared.id.clone(),
        name: declared.name.clone(),
        of_new: None,
        value: (!is_masked).then(|| declared.to_json(value)),
        shown: wording::value(rules, procedure, fact, value),
        sensitivity: declared.sensitivity,
    }
}

/// Facts by id, as an act says them; those of a newcomer bear its number (`id#number`).
pub(super) fn facts(
    office: &Office,
    procedure: &Procedure,
    said: &BTreeMap<String, serde_json::Value>,
) -> Vec<Fact> {
    let rules = &office.context().rules;
    let mut facts: Vec<(usize, Fact)> = Vec::new();
    for (key, json) in said {
        let (id, of_new) = match key.split_once('#') {
            Some((id, number)) => (id, number.parse().ok()),
            None => (key.as_str(), None),
        };
        let Some(fact) = procedure.fact(id) else {
            continue;
        };
        if let Ok(value) = procedure.facts[fact].from_json(json) {
            let told = told(rules, procedure, fact, &value);
            facts.push((fact, Fact { of_new, ..told }));
        }
    }
    // As the procedure declares them, and not by their ids.
    facts.sort_by_key(|(fact, told)| (told.of_new, *fact));
    facts.into_iter().map(|(_, told)| told).collect()
}

/// What was recorded after this version.
pub(super) fn entries_since(office: &Office, view: &CaseView, version: u64) -> Vec<Entry> {
    let seen = usize::try_from(version).unwrap_or(usize::MAX);
    let entries = view
        .history
        .entries
        .iter()
        .zip(view.recorded.iter())
        .zip(1..);
    entries
        .skip(seen)
        .map(|((entry, recorded), number)| self::entry(office, view, entry, recorded, number))
        .collect()
}

fn entry(
    office: &Office,
    view: &CaseView,
    entry: &Recorded,
    recorded: &RecordedEntry,
    number: u64,
) -> Entry {
    let occurred = entry.occurred();
    let days = wording::day_of(recorded.recorded_at).number() - occurred.day.number();
    let somebody = |id: &String| (!id.is_empty()).then(|| person(office, id));
    let mut told = Entry {
        number,
        leaf_index: recorded.leaf_index,
        kind: "act",
        occurred: occurred.to_string(),
        recorded_at: instant(recorded.recorded_at),
        days_late: u32::try_from(days).unwrap_or(0),
        acts: Vec::new(),
        corrects: None,
        asked_by: None,
        approved_by: None,
        reason: None,
        basis: None,
    };
    match entry {
        Recorded::Act(act) => told.acts.push(Act::of(office, view, act)),
        Recorded::CalendarSettled { edition, .. } => {
            told.kind = "calendar_settled";
            told.basis = Some(edition.clone());
        }
        Recorded::Corrected(correction) => {
            told.kind = "corrected";
            told.acts.push(Act::of(office, view, &correction.act));
            told.corrects = Some(correction.of);
            told.asked_by = somebody(&correction.asked_by);
            told.approved_by = somebody(&correction.approved_by);
            told.reason = Some(correction.reason.clone());
        }
        Recorded::PartsDestroyed(destruction) => {
            told.kind = "parts_destroyed";
            told.asked_by = somebody(&destruction.asked_by);
            told.approved_by = somebody(&destruction.approved_by);
            told.reason = Some(destruction.reason.clone());
            told.basis = Some(destruction.basis.clone());
        }
        Recorded::TakenOver(taken) => {
            told.kind = "taken_over";
            let acts = taken.acts.iter();
            told.acts = acts.map(|act| Act::of(office, view, act)).collect();
            told.asked_by = somebody(&taken.entered_by);
            told.approved_by = somebody(&taken.approved_by);
            told.reason = Some(taken.from.clone());
        }
    }
    told
}

fn participants(
    office: &Office,
    procedure: &Procedure,
    people: &[casework::entry::Participant],
) -> Vec<Participant> {
    let role = |id: &String| {
        let found = procedure.roles.iter().find(|role| role.id == *id);
        Named::new(id, found.map_or(id, |role| &role.name))
    };
    people
        .iter()
        .map(|it| Participant {
            role: role(&it.role),
            person: person(office, &it.person),
        })
        .collect()
}

fn reasons(reasons: &BTreeMap<String, String>) -> Vec<Reason> {
    reasons
        .iter()
        .map(|(rule, text)| Reason {
            rule: rule.clone(),
            text: text.clone(),
        })
        .collect()
}

fn event_name(procedure: &Procedure, id: &str) -> String {
    let event = procedure.event(id);
    event.map_or_else(|| id.to_owned(), |event| wording::event(procedure, event))
}

impl Act {
    fn of(office: &Office, view: &CaseView, act: &ActPerformed) -> Act {
        let procedure = view.procedure();
        let owed = act.consequences.iter().filter_map(|it| match it {
            Consequence::Owed {
                obligation, clock, ..
            } => Some(Owed {
                rule: obligation.rule.clone(),
                targets: obligation.targets.clone(),
                due: clock.as_ref()?.due.map(|due| due.to_string()),
                is_provisional: clock.as_ref()?.provisional,
            }),
            _ => None,
        });
        let introduced = act.introduced.iter().map(|new| Subject {
            kind: new.kind.clone(),
            number: new.number,
            name: new.name.clone(),
            is_new: false,
        });
        Act {
            event: act.event.clone(),
            name: event_name(procedure, &act.event),
            subject: recorded_subject(view, &act.subject),
            occurred: act.occurred.to_string(),
            people: participants(office, procedure, &act.people),
            facts: facts(office, procedure, &act.facts),
            introduces: introduced.collect(),
            reasons: reasons(&act.reasons),
            cautions: act
                .cautions
                .iter()
                .map(|id| caution(procedure, id))
                .collect(),
            files: act.files.iter().map(File::of).collect(),
            owed: owed.collect(),
            recorder: act.recorder.as_ref().map(|recorder| Recorder {
                person: person(office, &recorder.person),
                on_paper: recorder.on_paper,
                hands: recorder
                    .hands
                    .iter()
                    .map(|hand| Hand::of(office, hand))
                    .collect(),
            }),
        }
    }

    /// An act that waits for hands.
    pub(super) fn asked(office: &Office, view: &CaseView, request: &app::ActRequest) -> Act {
        let procedure = view.procedure();
        let event = procedure.event(&request.event);
        let domain = event.map_or(CASE, |event| procedure.events[event].domain);
        let members = view.case().members[usize::from(domain.0)].len();
        let member = view
            .case()
            .member(domain, request.number)
            .unwrap_or(members);
        let mut said = facts(office, procedure, &request.facts);
        let mut introduces = Vec::new();
        for newcomer in &request.introduces {
            let kind = domains(procedure)
                .find(|it| procedure.subjects[usize::from(it.0)].id == newcomer.kind);
            let known = kind.map_or(0, |kind| view.case().members[usize::from(kind.0)].len());
            let before = introduces
                .iter()
                .filter(|it: &&Subject| it.kind == newcomer.kind)
                .count();
            let number = u32::try_from(known + before + 1).unwrap_or(u32::MAX);
            introduces.push(Subject {
                kind: newcomer.kind.clone(),
                number,
                name: newcomer.name.clone(),
                is_new: true,
            });
            let of_newcomer = facts(office, procedure, &newcomer.facts).into_iter();
            said.extend(of_newcomer.map(|fact| Fact {
                of_new: Some(number),
                ..fact
            }));
        }
        Act {
            event: request.event.clone(),
            name: event_name(procedure, &request.event),
            subject: subject(view, domain, member),
            occurred: request.occurred.to_string(),
            people: participants(office, procedure, &request.people),
            facts: said,
            introduces,
            reasons: reasons(&request.reasons),
            cautions: Vec::new(),
            files: request.files.iter().map(File::of).collect(),
            owed: Vec::new(),
            recorder: None,
        }
    }
}

fn caution(procedure: &Procedure, id: &str) -> Rule {
    match procedure.rule(id).map(|rule| &procedure.rules[rule]) {
        Some(rule) => Rule {
            rule: id.to_owned(),
            text: wording::prose(&rule.note),
            basis: wording::prose(&rule.basis),
        },
        None => Rule {
            rule: id.to_owned(),
            text: "办理时不在本案应办之列".to_owned(),
            basis: String::new(),
        },
    }
}

fn basis(procedure: &Procedure, rule: RuleIx) -> String {
    wording::prose(&procedure.rules[rule].basis)
}

fn answer(view: &CaseView) -> Answer {
    let procedure = view.procedure();
    let ids = |events: &[usize]| {
        let ids = events
            .iter()
            .map(|event| procedure.events[*event].id.clone());
        ids.collect::<Vec<_>>()
    };
    let of = |event: usize, member| subject(view, procedure.events[event].domain, member);
    let may = view.answer.may.iter().map(|may| May {
        event: procedure.events[may.step.event].id.clone(),
        name: wording::event(procedure, may.step.event),
        subject: of(may.step.event, may.step.member),
        is_owed: may.is_owed,
        cautions: may
            .cautions
            .iter()
            .map(|text| wording::prose(text))
            .collect(),
    });
    let must = view.answer.must.iter().map(|must| {
        let edge = &procedure.responses[must.response];
        Must {
            rule: procedure.rules[edge.rule].id.clone(),
            targets: ids(&must.targets),
            subject: subject(view, edge.domain, must.member),
            by: must.by.to_owned(),
            due: must.due.map(|due| due.to_string()),
            working_days_left: must.working_days_left,
            is_overdue: must.overdue,
            is_paused: must.is_paused,
            is_provisional: must.provisional,
            is_unconfirmed: must.unconfirmed,
            blocks: must.blocks,
            text: wording::prose(&must.text),
            basis: basis(procedure, edge.rule),
        }
    });
    let may_not = view.answer.may_not.iter().map(|may_not| MayNot {
        event: procedure.events[may_not.step.event].id.clone(),
        name: wording::event(procedure, may_not.step.event),
        subject: of(may_not.step.event, may_not.step.member),
        why: may_not
            .why
            .iter()
            .map(|why| Why {
                rule: why.rule.map(|rule| procedure.rules[rule].id.clone()),
                text: wording::prose(&why.text),
                basis: why.rule.map(|rule| basis(procedure, rule)),
            })
            .collect(),
    });
    Answer {
        now: view.now.to_string(),
        may: may.collect(),
        must: must.collect(),
        may_not: may_not.collect(),
    }
}
