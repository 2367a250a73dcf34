//! `GET /tour`: what there is to see in ten minutes, step by step, and as whom. What it says is a file; the agency says who
//! has the posts that it speaks of, and the demonstration which case is which.

use super::Stage;
use crate::components::Link;
use crate::components::address;
use crate::components::notice::Notice;
use crate::components::status::Tone;
use crate::components::table::{Cell, Column, Table};
use crate::fault::Fault;
use crate::frame::{self, Frame};
use crate::{session, wording};
use app::Office;
use app::access::{Actor, Belonging};
use app::agency::Duty;
use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use casework::context::Level;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

/// A tour of one demonstration.
#[derive(Clone, Debug)]
pub struct Tour {
    /// What it says.
    pub script: Script,
    /// Where the public side is.
    pub portal: SocketAddr,
    /// The password of every account.
    pub password: String,
    /// The ids of the cases, by the names under which the tour speaks of them.
    pub cases: BTreeMap<String, String>,
}

/// What a tour says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// Its title.
    pub title: String,
    /// What it is for.
    pub lead: String,
    /// How to go.
    pub how: Vec<String>,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// About a minute of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What it is about.
    pub title: String,
    /// Whose place one takes.
    pub who: Post,
    /// What to do.
    pub does: Vec<String>,
    /// What one sees then.
    pub sees: Vec<String>,
    /// Why it matters.
    pub why: String,
    /// Where it is.
    pub links: Vec<Way>,
}

/// A post, by what the agency says of those who have it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Post {
    /// Anybody: nobody is signed in.
    Public,
    /// A role of the law.
    Role(String),
    /// A duty that is no role of the law.
    Duty(Duty),
    /// In charge at this level.
    Level(Level),
}

/// A page that a step leads to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// What the link says.
    pub text: String,
    /// The address; `{case}` stands for the id of the case.
    pub to: String,
    /// Which case.
    #[serde(default)]
    pub case: Option<String>,
    /// On the public side.
    #[serde(default)]
    pub is_public: bool,
    /// Words that stand on that page.
    pub shows: Vec<String>,
}

impl Post {
    fn is_of(&self, actor: &Actor) -> bool {
        match self {
            Post::Public => false,
            Post::Role(role) => actor.roles.contains(role),
            Post::Duty(duty) => actor.has(*duty),
            Post::Level(level) => actor.level == Some(*level),
        }
    }
}

impl Step {
    /// The account whose place one takes: it has the post and may see the cases of the step; where there are several, one
    /// that took part in them.
    async fn account(&self, office: &Office, tour: &Tour) -> Option<Actor> {
        let file = office.agency();
        let ids = file.accounts.iter().map(|account| account.id.as_str());
        let actors: Vec<Actor> = ids
            .filter_map(|id| Actor::of(&file, id))
            .filter(|actor| self.who.is_of(actor))
            .collect();
        let cases = self.cases(tour);
        let mut found = None;
        for actor in actors {
            let mut sees_all = true;
            let mut took_part = true;
            for case_id in &cases {
                let Ok((view, _)) = office.case_for(&actor, case_id).await else {
                    sees_all = false;
                    break;
                };
                let people = Belonging::of(&view.history.entries).people;
                took_part &= actor.person.as_ref().is_some_and(|it| people.contains(it));
            }
            if sees_all && took_part {
                return Some(actor);
            }
            if sees_all && found.is_none() {
                found = Some(actor);
            }
        }
        found
    }

    fn cases<'a>(&self, tour: &'a Tour) -> Vec<&'a str> {
        let stems = self.links.iter().filter_map(|link| link.case.as_deref());
        stems
            .filter_map(|stem| tour.cases.get(stem).map(String::as_str))
            .collect()
    }
}

#[derive(Template)]
#[template(path = "tour.html")]
struct TourPage {
    frame: Frame,
    title: String,
    lead: String,
    how: Vec<String>,
    /// What the agency says of itself.
    about: Vec<String>,
    missing: Option<Notice>,
    staff: String,
    portal: String,
    password: String,
    steps: Vec<ShownStep>,
    accounts: Table,
}

struct ShownStep {
    number: usize,
    title: String,
    who: String,
    /// Another one has to sign in first.
    signs_in: bool,
    does: Vec<String>,
    sees: Vec<String>,
    why: String,
    links: Vec<ShownWay>,
}

struct ShownWay {
    /// Empty where there is nothing to go to.
    href: String,
    text: String,
    shows: Vec<String>,
}

/// `GET /tour`: open to everybody, in a demonstration.
pub(crate) async fn show(
    State(office): State<Arc<Office>>,
    stage: Option<Extension<Stage>>,
    headers: HeaderMap,
) -> Response {
    let tour = stage.and_then(|Extension(stage)| stage.tour);
    let is_made_up = office.agency().demonstration;
    let Some(tour) = tour.filter(|_| is_made_up) else {
        return Fault::NotFound("没有这个页面").response(&office);
    };
    let here = session::who().map(|who| who.actor.account);
    let host = headers.get(header::HOST).and_then(|it| it.to_str().ok());
    let portal = portal_address(tour.portal, host);
    let mut steps = Vec::new();
    for (at, step) in tour.script.steps.iter().enumerate() {
        steps.push(shown(&office, &tour, (at + 1, step), here.as_deref(), &portal).await);
    }
    let page = TourPage {
        frame: Frame::of(&office),
        title: tour.script.title.clone(),
        lead: tour.script.lead.clone(),
        how: tour.script.how.clone(),
        about: office.agency().about.clone(),
        missing: has_missing(&tour).then(|| Notice {
            tone: Tone::Caution,
            head: "演示案件还没有办好，通向案件的几步现在走不到。".to_owned(),
            text: "请停下程序，用 cargo xtask run 启动：它先办好演示案件，再打开页面。".to_owned(),
            way: None,
        }),
        staff: format!("http://{}", host.unwrap_or("127.0.0.1:8080")),
        portal,
        password: tour.password.clone(),
        steps,
        accounts: accounts(&office),
    };
    frame::page(StatusCode::OK, &page)
}

fn has_missing(tour: &Tour) -> bool {
    let links = tour.script.steps.iter().flat_map(|step| &step.links);
    let mut stems = links.filter_map(|link| link.case.as_ref());
    stems.any(|stem| !tour.cases.contains_key(stem))
}

/// A portal that listens everywhere is reached by the name by which these pages are.
fn portal_address(portal: SocketAddr, host: Option<&str>) -> String {
    let name = host.map(|host| match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => name,
        _ => host,
    });
    match name {
        Some(name) if portal.ip().is_unspecified() => format!("http://{name}:{}", portal.port()),
        _ => format!("http://{portal}"),
    }
}

async fn shown(
    office: &Office,
    tour: &Tour,
    (number, step): (usize, &Step),
    here: Option<&str>,
    portal: &str,
) -> ShownStep {
    let actor = match step.who {
        Post::Public => None,
        _ => step.account(office, tour).await,
    };
    let signs_in = actor
        .as_ref()
        .is_some_and(|actor| Some(actor.account.as_str()) != here);
    let link = |way: &Way| {
        let path = match &way.case {
            None => Some(way.to.clone()),
            Some(stem) => tour.cases.get(stem).map(|id| way.to.replace("{case}", id)),
        };
        let href = match (path, &actor) {
            (None, _) => String::new(),
            (Some(path), _) if way.is_public => format!("{portal}{path}"),
            (Some(path), Some(actor)) if signs_in => sign_in(&actor.account, &path),
            (Some(path), Some(_)) => path,
            (Some(path), None) if step.who == Post::Public => path,
            (Some(_), None) => String::new(),
        };
        ShownWay {
            href,
            text: way.text.clone(),
            shows: way.shows.clone(),
        }
    };
    ShownStep {
        number,
        title: step.title.clone(),
        who: match (&step.who, &actor) {
            (Post::Public, _) => "公众，不用登录".to_owned(),
            (_, Some(actor)) if actor.name == actor.account => {
                format!("{}（账号 {}）", actor.post, actor.account)
            }
            (_, Some(actor)) => format!("{}，{}（账号 {}）", actor.name, actor.post, actor.account),
            (_, None) => "本机关没有担任这一岗位的账号".to_owned(),
        },
        signs_in,
        does: step.does.clone(),
        sees: step.sees.clone(),
        why: step.why.clone(),
        links: step.links.iter().map(link).collect(),
    }
}

/// The page of signing in, filled in for an account.
fn sign_in(account: &str, to: &str) -> String {
    address("/sign-in", &[("account", account), ("to", to)])
}

fn accounts(office: &Office) -> Table {
    let file = office.agency();
    let actors = file
        .accounts
        .iter()
        .filter_map(|it| Actor::of(&file, &it.id));
    let row = |actor: Actor| {
        let roles = wording::role_names(office, &actor.roles).into_iter();
        let duties = actor.duties.iter().map(|duty| duty.chinese().to_owned());
        let posts: Vec<String> = roles.chain(duties).collect();
        let is_somebody = actor.name != actor.account;
        vec![
            Cell::Link {
                to: Link::new(sign_in(&actor.account, "/"), actor.account.clone()),
                under: Vec::new(),
            },
            match is_somebody {
                true => Cell::Text(actor.name),
                false => Cell::Absent("没有登记姓名"),
            },
            match is_somebody {
                true => Cell::Text(actor.post),
                false => Cell::Absent("不在人员名册"),
            },
            Cell::Text(posts.join("、")),
        ]
    };
    Table {
        caption: "演示机关的账号，点账号去登录页".to_owned(),
        columns: vec![
            Column::text("账号"),
            Column::text("姓名"),
            Column::text("职务"),
            Column::text("岗位"),
        ],
        rows: actors.map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_portal_is_reached_by_the_name_by_which_the_pages_are() {
        let own: SocketAddr = "127.0.0.1:8081".parse().expect("an address");
        let every: SocketAddr = "0.0.0.0:8081".parse().expect("an address");
        for (portal, host, expected) in [
            (own, Some("localhost:8080"), "http://127.0.0.1:8081"),
            (every, Some("10.1.2.3:8080"), "http://10.1.2.3:8081"),
            (every, Some("demo.example"), "http://demo.example:8081"),
            (every, Some("[::1]:8080"), "http://[::1]:8081"),
            (every, None, "http://0.0.0.0:8081"),
        ] {
            assert_eq!(portal_address(portal, host), expected);
        }
    }
}
