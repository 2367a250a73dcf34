//! The procedures as programs read them: which acts there are, and what each may say.

use super::Desk;
use super::problem::{Answered, Failure};
use super::sent::Named as At;
use super::shown::Named;
use crate::wording;
use axum::Json;
use axum::extract::State;
use law::fact::{FactType, Sensitivity};
use law::model::{ActClass, CASE, FactIx, Procedure as Loaded, SubjectClass};
use serde::Serialize;
use utoipa::ToSchema;

/// The procedures.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "本机关办理的各个程序")]
pub(super) struct Procedures {
    procedures: Vec<Named>,
}

/// 程序
#[utoipa::path(get, path = "/procedures", tag = "人员和程序", responses(
    (status = OK, description = "各个程序", body = Procedures),
    super::document::Usual,
))]
pub(super) async fn list(State(desk): State<Desk>) -> Json<Procedures> {
    let procedures = desk.office.procedures();
    let named = procedures.map(|procedure| Named::new(&procedure.id, &procedure.name));
    Json(Procedures {
        procedures: named.collect(),
    })
}

/// A procedure.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "一个程序：有哪些步，每一步填什么")]
pub(super) struct Procedure {
    id: String,
    name: String,
    phases: Vec<Named>,
    /// 案内对象的种类，第一种是案件本身
    subjects: Vec<SubjectKind>,
    roles: Vec<Role>,
    facts: Vec<Fact>,
    acts: Vec<Act>,
}

/// A kind of subject.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "案内对象的一个种类")]
pub(super) struct SubjectKind {
    id: String,
    name: String,
    /// case 案件，party 当事人，evidence 证据，measure 措施
    #[schema(value_type = String)]
    class: SubjectClass,
    /// 带来一个这样的对象时必须填的事实
    required: Vec<String>,
    /// 那时可以填的事实
    optional: Vec<String>,
}

/// A role.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "法律上的一个角色")]
pub(super) struct Role {
    id: String,
    name: String,
    /// 须持执法证件
    is_officer: bool,
}

/// A fact that acts say.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "一项事实：类型、可选的值和限制", as = DeclaredFact)]
pub(super) struct Fact {
    id: String,
    name: String,
    /// bool、count、money、date、moment、choice、choices、text、penalty、item、resident_id、credit_code、number、installments
    kind: &'static str,
    /// 提交时怎样写
    written: &'static str,
    /// 关于哪一种对象
    about: String,
    /// public 可公开，personal 个人信息，secret 保密
    #[schema(value_type = String)]
    sensitivity: Sensitivity,
    /// 由系统推导，不能填
    is_derived: bool,
    /// 可选的值
    #[serde(skip_serializing_if = "Vec::is_empty")]
    choices: Vec<Named>,
    /// 最多几个字
    #[serde(skip_serializing_if = "Option::is_none")]
    longest: Option<usize>,
    /// 日期不能晚于今天
    is_past: bool,
    /// 金额须大于零
    is_positive: bool,
    /// 只能是字母和数字
    is_code: bool,
}

/// An act of the procedure.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "程序里的一步", as = DeclaredAct)]
pub(super) struct Act {
    /// 编号，提交时写在 event 里
    event: String,
    name: String,
    /// 阶段的编号
    phase: String,
    /// 为哪一种对象办
    subject: String,
    /// made_here 本机关作出，不合法的拒绝；happened_outside 客观发生，如实记录
    #[schema(value_type = String)]
    class: ActClass,
    /// 必须有人担任的角色
    roles: Vec<String>,
    /// 可以带来哪一种对象
    #[serde(skip_serializing_if = "Option::is_none")]
    introduces: Option<String>,
    /// 必须填的事实
    required: Vec<String>,
    /// 可以填的事实
    optional: Vec<String>,
    /// 由系统编的文号；用预先编号的表单时才填
    numbered: Vec<String>,
    /// 可以多次办理
    is_repeatable: bool,
    /// 可以由它开始一个案件
    may_open: bool,
    /// 是什么
    note: String,
}

/// 一个程序
///
/// 有哪些步，每一步由谁办、填哪些事实。提交以前看这里，就知道怎样填。
#[utoipa::path(get, path = "/procedures/{procedure}", tag = "人员和程序",
    params(("procedure" = String, Path, description = "程序的编号")),
    responses(
        (status = OK, description = "程序", body = Procedure),
        super::document::Usual,
        super::document::Absent,
    ))]
pub(super) async fn one(State(desk): State<Desk>, At(id): At<String>) -> Answered<Json<Procedure>> {
    let mut procedures = desk.office.procedures();
    let found = procedures.find(|procedure| procedure.id == id);
    let procedure = found.ok_or(Failure::NotFound("没有这个程序"))?;
    let view = desk.office.empty_case(&id)?;
    let opens = |event: usize| view.answer.may.iter().any(|may| may.step.event == event);
    Ok(Json(Procedure::of(procedure, opens)))
}

impl Procedure {
    fn of(loaded: &Loaded, opens: impl Fn(usize) -> bool) -> Procedure {
        let ids = |facts: &[FactIx]| {
            let ids = facts.iter().map(|fact| loaded.facts[*fact].id.clone());
            ids.collect::<Vec<_>>()
        };
        let kind_id = |at: u8| loaded.subjects[usize::from(at)].id.clone();
        let acts = loaded.events.iter().enumerate().map(|(at, event)| {
            let act = &loaded.acts[event.act];
            Act {
                event: event.id.clone(),
                name: wording::event(loaded, at),
                phase: loaded
                    .phases
                    .get(act.phase)
                    .map_or_else(String::new, |phase| phase.id.clone()),
                subject: kind_id(event.domain.0),
                class: act.class,
                roles: act
                    .roles
                    .iter()
                    .map(|role| loaded.roles[*role].id.clone())
                    .collect(),
                introduces: act
                    .introduces
                    .filter(|domain| *domain != CASE)
                    .map(|domain| kind_id(domain.0)),
                required: ids(&event.required),
                optional: ids(&event.optional),
                numbered: ids(&event.numbered),
                is_repeatable: act.is_repeatable,
                may_open: opens(at),
                note: act.note.clone(),
            }
        });
        Procedure {
            id: loaded.id.clone(),
            name: loaded.name.clone(),
            phases: loaded
                .phases
                .iter()
                .map(|phase| Named::new(&phase.id, &phase.name))
                .collect(),
            subjects: loaded
                .subjects
                .iter()
                .map(|kind| SubjectKind {
                    id: kind.id.clone(),
                    name: kind.name.clone(),
                    class: kind.class,
                    required: ids(&kind.required),
                    optional: ids(&kind.optional),
                })
                .collect(),
            roles: loaded
                .roles
                .iter()
                .map(|role| Role {
                    id: role.id.clone(),
                    name: role.name.clone(),
                    is_officer: role.is_officer,
                })
                .collect(),
            facts: loaded
                .facts
                .iter()
                .map(|fact| Fact::of(fact, kind_id(fact.domain.0)))
                .collect(),
            acts: acts.collect(),
        }
    }
}

impl Fact {
    fn of(fact: &law::fact::Fact, about: String) -> Fact {
        let (kind, written) = told(&fact.kind);
        let choices = match &fact.kind {
            FactType::Choice(choices) | FactType::Choices(choices) => choices.as_slice(),
            FactType::Bool
            | FactType::Count
            | FactType::Quantity
            | FactType::Money
            | FactType::Date
            | FactType::Moment
            | FactType::Text
            | FactType::Penalty
            | FactType::Item
            | FactType::ResidentId
            | FactType::CreditCode
            | FactType::Number
            | FactType::Installments => &[],
        };
        Fact {
            id: fact.id.clone(),
            name: fact.name.clone(),
            kind,
            written,
            about,
            sensitivity: fact.sensitivity,
            is_derived: fact.derived_by.is_some(),
            choices: choices
                .iter()
                .map(|choice| Named::new(&choice.id, &choice.name))
                .collect(),
            longest: (fact.kind == FactType::Text).then(|| fact.longest_text()),
            is_past: fact.is_past,
            is_positive: fact.is_positive,
            is_code: fact.is_code,
        }
    }
}

/// The name of a type, and how its values are written.
fn told(kind: &FactType) -> (&'static str, &'static str) {
    match kind {
        FactType::Bool => ("bool", "true 或者 false"),
        FactType::Count => ("count", "整数"),
        FactType::Quantity => (
            "quantity",
            "整数，或者写作字符串的小数，至多三位：\"309.34\"",
        ),
        FactType::Money => ("money", "以分计的整数：20000.00元写作 2000000"),
        FactType::Date => ("date", "字符串 \"2026-10-13\""),
        FactType::Moment => ("moment", "字符串 \"2026-10-13T09:30\"，或者只有日期"),
        FactType::Choice(_) => ("choice", "字符串，choices 里的一个编号"),
        FactType::Choices(_) => ("choices", "字符串的数组，choices 里的若干编号"),
        FactType::Text => ("text", "字符串"),
        FactType::Penalty => (
            "penalty",
            "{\"kinds\": [种类], \"fine\": 分, \"confiscation\": 分}",
        ),
        FactType::Item => ("item", "字符串，/api/v1/items 里的一个编号"),
        FactType::ResidentId => ("resident_id", "字符串，18位身份号码"),
        FactType::CreditCode => ("credit_code", "字符串，18位统一社会信用代码"),
        FactType::Number => ("number", "字符串，如 \"长水罚决字〔2026〕12号\""),
        FactType::Installments => (
            "installments",
            "各期的数组，日期先后排列：[{\"on\": \"2026-06-30\", \"amount\": 分}]",
        ),
    }
}
