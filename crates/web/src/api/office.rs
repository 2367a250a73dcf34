//! Who asks, and what an act may name: the people of the agency and the enforcement items.

use super::shown::Named;
use super::{Caller, Desk};
use axum::Json;
use axum::extract::{Extension, State};
use casework::context::Level;
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "令牌是谁的，能以什么身份办理")]
pub(super) struct Me {
    /// 账号
    account: String,
    /// 人员；管理、监督账号没有
    person: Option<Named>,
    /// 职务
    post: String,
    /// 科室
    section: String,
    /// 岗位
    roles: Vec<Named>,
    /// 系统职责：administrator、clerk、supervisor、policy
    duties: Vec<String>,
    /// 负责人的层级
    #[schema(value_type = Option<String>)]
    level: Option<Level>,
    /// 本机关
    agency: Named,
}

/// 我是谁
///
/// 令牌的主人、岗位和系统职责。
#[utoipa::path(get, path = "/me", tag = "人员和程序", responses(
    (status = OK, description = "令牌的主人", body = Me),
    super::document::Usual,
))]
pub(super) async fn me(
    State(desk): State<Desk>,
    Extension(Caller(actor)): Extension<Caller>,
) -> Json<Me> {
    let office = &desk.office;
    let file = office.agency();
    Json(Me {
        account: actor.account.clone(),
        person: actor.person.as_ref().map(|id| Named::new(id, &actor.name)),
        post: actor.post.clone(),
        section: actor.section.clone(),
        roles: roles(&desk, &actor.roles),
        duties: actor
            .duties
            .iter()
            .filter_map(|duty| serde_json::to_value(duty).ok()?.as_str().map(str::to_owned))
            .collect(),
        level: actor.level,
        agency: Named::new(&file.code, &file.name),
    })
}

fn roles(desk: &Desk, ids: &BTreeSet<String>) -> Vec<Named> {
    let procedures = desk.office.procedures();
    let all: Vec<_> = procedures.flat_map(|procedure| &procedure.roles).collect();
    ids.iter()
        .map(|id| {
            let found = all.iter().find(|role| role.id == *id);
            Named::new(id, found.map_or(id, |role| &role.name))
        })
        .collect()
}

/// The people of the agency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "人员登记册上现在的人")]
pub(super) struct People {
    people: Vec<Person>,
}

/// Somebody who may be named in an act.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "办理时可以写的人")]
pub(super) struct Person {
    id: String,
    name: String,
    /// 职务
    post: String,
    /// 科室
    section: String,
    /// 岗位：办理时可以担任的角色
    roles: Vec<Named>,
}

/// 人员
///
/// 办理时写在 people 里的人，以及各人的岗位。
#[utoipa::path(get, path = "/people", tag = "人员和程序", responses(
    (status = OK, description = "现在的人员", body = People),
    super::document::Usual,
))]
pub(super) async fn people(State(desk): State<Desk>) -> Json<People> {
    let file = desk.office.agency();
    let people = file.people.iter().map(|staff| Person {
        id: staff.id.clone(),
        name: staff.name.clone(),
        post: staff.post.clone(),
        section: staff.section.clone(),
        roles: roles(&desk, &staff.roles.iter().cloned().collect()),
    });
    Json(People {
        people: people.collect(),
    })
}

/// The enforcement items.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "执法事项")]
pub(super) struct Items {
    items: Vec<Item>,
}

/// An enforcement item.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "一个执法事项")]
pub(super) struct Item {
    id: String,
    /// 违法行为
    name: String,
    /// 法律依据
    basis: String,
    /// 罚款幅度
    ranges: String,
}

/// 执法事项
///
/// 类型为“事项”的事实，填这里的编号。
#[utoipa::path(get, path = "/items", tag = "人员和程序", responses(
    (status = OK, description = "全部执法事项", body = Items),
    super::document::Usual,
))]
pub(super) async fn items(State(desk): State<Desk>) -> Json<Items> {
    let context = desk.office.context();
    let items = context.rules.items.values().map(|item| Item {
        id: item.id.clone(),
        name: item.name.clone(),
        basis: item.basis(),
        ranges: item.ranges(),
    });
    Json(Items {
        items: items.collect(),
    })
}
