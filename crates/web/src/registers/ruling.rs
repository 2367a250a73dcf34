//! A draft, and what a reviewer and somebody in charge say of it.

use super::list::{self, DraftLine};
use super::sent::Sent;
use super::shown::{self, Difference};
use super::{acting, fault, register};
use crate::components::pager::Pager;
use crate::fault::Fault;
use crate::frame::{self, FormToken, Frame};
use crate::session::Signed;
use crate::wording;
use app::office::SeenError;
use app::register::{
    Draft, DraftRow, DraftState, RegisterError, RegisterName, Reviewing, Ruling, Standing,
};
use app::resting::Resting;
use app::trial::{MOST_TRIED, Tried};
use app::{FieldError, Office};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use std::collections::BTreeMap;
use std::sync::Arc;

/// So many affected cases are told one by one, and of each so many effects.
const CASES_TOLD: usize = 30;
const EFFECTS_TOLD: usize = 8;

#[derive(Template)]
#[template(path = "register-draft.html")]
struct DraftPage {
    frame: Frame,
    register: &'static str,
    register_name: &'static str,
    draft: DraftLine,
    row: String,
    has_row: bool,
    reason: String,
    is_open: bool,
    /// Who reviewed it, when, and what was said.
    review: Option<(String, String, String)>,
    is_reviewed: bool,
    /// Whether whoever looks may review it.
    may_review: bool,
    reviewers: String,
    is_removal: bool,
    is_overtaken: bool,
    differences: Vec<Difference>,
    batch: Option<BatchShown>,
    token: String,
    key: String,
    by: String,
    opinion: String,
    errors: Vec<FieldError>,
    overtaken: String,
    trial: Option<Trial>,
    /// The cases in hand that the rows catch as they hold now.
    resting: Option<RestingShown>,
    /// Whether decisions read the register, so that there is something to try.
    is_tried: bool,
}

/// The rows of a draft that is about many.
struct BatchShown {
    new: usize,
    changed: usize,
    removed: usize,
    lines: Vec<LineShown>,
    pager: Pager,
}

struct LineShown {
    what: &'static str,
    id: String,
    title: String,
    differences: Vec<Difference>,
}

/// So many rows of a draft stand on one page.
const LINES_PER_PAGE: usize = 100;

impl BatchShown {
    fn of(register: RegisterName, draft: &Draft, skip: usize, standing: &Standing) -> BatchShown {
        let before = |id: &str| {
            let mut versions = standing.history(register, id).iter();
            let found = versions.rfind(|version| version.number <= draft.base);
            found.and_then(|version| version.row.as_deref())
        };
        let what = |line: &DraftRow| match (&line.row, before(&line.id)) {
            (None, _) => "停用",
            (Some(_), Some(_)) => "变更",
            (Some(_), None) => "新增",
        };
        let count = |wanted: &str| draft.lines.iter().filter(|it| what(it) == wanted).count();
        let shown = draft.lines.iter().skip(skip).take(LINES_PER_PAGE);
        let link = |skip: usize| {
            let number = draft.number;
            format!("/registers/{}/drafts/{number}?skip={skip}", register.id())
        };
        let next = skip + LINES_PER_PAGE;
        BatchShown {
            new: count("新增"),
            changed: count("变更"),
            removed: count("停用"),
            lines: shown
                .map(|line| {
                    let (old, new) = (before(&line.id), line.row.as_deref());
                    LineShown {
                        what: what(line),
                        id: line.id.clone(),
                        title: register.title(&line.id, new.or(old), standing),
                        differences: shown::differences(register, &line.id, (old, new), standing),
                    }
                })
                .collect(),
            pager: Pager {
                of: "行",
                first: (skip > 0).then(|| link(0)),
                next: (next < draft.lines.len()).then(|| link(next)),
            },
        }
    }
}

/// What the draft would change for the cases in hand.
#[derive(Clone)]
struct Trial {
    /// In a sentence.
    result: String,
    cases: Vec<TriedCase>,
    /// How many more cases are affected than are told.
    more: usize,
}

#[derive(Clone)]
struct TriedCase {
    link: String,
    title: String,
    effects: Vec<EffectLine>,
    more: usize,
}

#[derive(Clone)]
struct EffectLine {
    kind: &'static str,
    what: String,
    before: String,
    after: String,
}

impl Trial {
    fn denied() -> Trial {
        Trial {
            result: "本账号不能查看案件，不能试算对案件的影响。".to_owned(),
            cases: Vec::new(),
            more: 0,
        }
    }

    fn of(tried: Tried) -> Trial {
        let from = tried.day.chinese();
        let which = match tried.is_all {
            true => format!("能看到的在办案件共{}件", tried.cases),
            false => format!("最近办理的{MOST_TRIED}件在办案件"),
        };
        let result = match tried.affected.len() {
            0 => format!(
                "按{from}试算，{which}，没有一件的答复会改变。这里只是试算，什么也没有记录。"
            ),
            count => format!(
                "按{from}试算，{which}，其中{count}件的答复会改变。这里只是试算，什么也没有记录。"
            ),
        };
        let more = tried.affected.len().saturating_sub(CASES_TOLD);
        let cases = tried
            .affected
            .into_iter()
            .take(CASES_TOLD)
            .map(|case| TriedCase {
                link: format!("/cases/{}", case.case_id),
                title: case.title,
                more: case.effects.len().saturating_sub(EFFECTS_TOLD),
                effects: case
                    .effects
                    .into_iter()
                    .take(EFFECTS_TOLD)
                    .map(|effect| EffectLine {
                        kind: effect.kind.chinese(),
                        what: wording::prose(&effect.what),
                        before: wording::prose(&effect.before),
                        after: wording::prose(&effect.after),
                    })
                    .collect(),
            });
        Trial {
            result,
            cases: cases.collect(),
            more,
        }
    }
}

/// The cases in hand that rest on what a draft changes.
#[derive(Clone)]
struct RestingShown {
    result: String,
    cases: Vec<(String, String, String)>,
    more: usize,
}

impl RestingShown {
    fn of(register: RegisterName, resting: Resting) -> RestingShown {
        let how = match register {
            RegisterName::ReviewCatalog => "还没有作出决定、正因为这里的内容列入审核范围",
            RegisterName::People => "由这里的人参加办理",
            _ => "用到这里的这些行",
        };
        let which = match resting.is_all {
            true => "能看到的在办案件".to_owned(),
            false => format!("最近办理的{MOST_TRIED}件在办案件"),
        };
        let result = match resting.cases.len() {
            0 => format!("{which}里，没有一件{how}。"),
            count => format!(
                "{which}里，有{count}件{how}；批准以后，从生效之日起按新的内容判断，已经办过的不变。"
            ),
        };
        let more = resting.cases.len().saturating_sub(CASES_TOLD);
        let cases = resting.cases.into_iter().take(CASES_TOLD).map(|case| {
            let link = format!("/cases/{}", case.case_id);
            (link, case.title, case.rows.join("；"))
        });
        RestingShown {
            result,
            cases: cases.collect(),
            more,
        }
    }
}

/// `GET /registers/{name}/drafts/{number}`: with `try`, also what it would change for the cases in hand.
pub(super) async fn show(
    State(office): State<Arc<Office>>,
    Path((name, number)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
) -> Response {
    let asked = match asked(&office, &name, &number).await {
        Ok(asked) => asked,
        Err(fault) => return fault.response(&office),
    };
    let mut told = Told {
        skip: query
            .get("skip")
            .and_then(|text| text.parse().ok())
            .unwrap_or(0),
        ..Told::default()
    };
    let resting = office.resting_on(&signed.actor, asked.register, asked.number);
    told.resting = match resting.await {
        Ok(resting) => resting.map(|it| RestingShown::of(asked.register, it)),
        // Whoever sees no case is told of none.
        Err(SeenError::Denied(_)) => None,
        Err(error) => return Fault::from(error).response(&office),
    };
    if query.contains_key("try") {
        let tried = office.try_draft(&signed.actor, asked.register, asked.number);
        told.trial = match tried.await {
            Ok(tried) => tried.map(Trial::of),
            Err(SeenError::Denied(_)) => Some(Trial::denied()),
            Err(error) => return Fault::from(error).response(&office),
        };
    }
    page(&office, &asked, &Sent::default(), &headers, &told)
}

/// `POST /registers/{name}/drafts/{number}`
pub(super) async fn send(
    State(office): State<Arc<Office>>,
    Path((name, number)): Path<(String, String)>,
    Extension(signed): Extension<Signed>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let sent = match Sent::read(request).await {
        Ok(sent) => sent,
        Err(fault) => return fault.response(&office),
    };
    let asked = match asked(&office, &name, &number).await {
        Ok(asked) => asked,
        Err(fault) => return fault.response(&office),
    };
    let mut told = Told::default();
    let by = acting(&signed, asked.register, &asked.standing);
    let (opinion, key) = (sent.one("opinion").to_owned(), sent.one("key"));
    let (register, draft) = (asked.register, asked.number);
    let done = match sent.one("ruling") {
        said @ ("pass" | "return") => {
            let reviewing = Reviewing {
                register,
                draft,
                is_passed: said == "pass",
                by,
                opinion,
            };
            office.review_change(&reviewing, key).await
        }
        said @ ("approve" | "reject") => {
            let ruling = Ruling {
                register,
                draft,
                is_approved: said == "approve",
                by,
                opinion,
            };
            office.rule_on_change(&ruling, key).await
        }
        _ => {
            told.errors.push(FieldError {
                field: "ruling".to_owned(),
                text: "请按下面的一个按钮：通过、批准或者退回".to_owned(),
            });
            return page(&office, &asked, &sent, &headers, &told);
        }
    };
    let there = format!("/registers/{}?recorded=1", register.id());
    match done {
        Ok(_) => return Redirect::to(&there).into_response(),
        Err(RegisterError::Fields(errors)) => told.errors = errors,
        Err(RegisterError::Overtaken(text)) => told.overtaken = text,
        Err(RegisterError::Lines(wrong)) => {
            let draft = asked.standing.draft(asked.register, asked.number);
            let id = |line: usize| draft.and_then(|draft| draft.lines.get(line));
            told.errors = wrong
                .into_iter()
                .take(LINES_PER_PAGE)
                .map(|error| FieldError {
                    text: match id(error.line) {
                        Some(line) => format!("{}：{}", line.id, error.text),
                        None => error.text,
                    },
                    field: error.field,
                })
                .collect();
        }
        Err(error) => return fault(error, there).response(&office),
    }
    page(&office, &asked, &sent, &headers, &told)
}

struct Asked {
    register: RegisterName,
    standing: Arc<Standing>,
    number: u64,
}

/// What is said beside the draft: what stands against the ruling, and what it would change.
#[derive(Default)]
struct Told {
    errors: Vec<FieldError>,
    overtaken: String,
    trial: Option<Trial>,
    resting: Option<RestingShown>,
    /// So many rows of the draft are passed over.
    skip: usize,
}

async fn asked(office: &Office, name: &str, number: &str) -> Result<Asked, Fault> {
    let register = register(name)?;
    let standing = office.fresh_standing().await?;
    let missing = Fault::NotFound("没有这份起草");
    let Some(number) = number
        .parse()
        .ok()
        .filter(|number| standing.draft(register, *number).is_some())
    else {
        return Err(missing);
    };
    Ok(Asked {
        register,
        standing,
        number,
    })
}

fn page(office: &Office, asked: &Asked, sent: &Sent, headers: &HeaderMap, told: &Told) -> Response {
    let Asked {
        register,
        standing,
        number,
    } = asked;
    // It was there when the address was read, and drafts do not go away.
    let Some(draft) = standing.draft(*register, *number) else {
        return Fault::NotFound("没有这份起草").response(office);
    };
    let token = FormToken::of(office, headers);
    let base = shown::base_of(*register, draft, standing);
    let status = if !told.overtaken.is_empty() {
        StatusCode::CONFLICT
    } else if !told.errors.is_empty() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let is_open = draft.state == DraftState::Open;
    let viewer = crate::session::who().and_then(|who| who.actor.person.clone());
    let viewer = viewer.unwrap_or_default();
    let page = DraftPage {
        frame: Frame::of(office),
        register: register.id(),
        register_name: register.chinese(),
        draft: list::draft_line(*register, draft, standing),
        row: draft.id.clone(),
        has_row: !draft.is_batch() && standing.was_used(*register, &draft.id),
        reason: draft.reason.clone(),
        is_open,
        review: draft.review.as_ref().map(|it| {
            (
                standing.person_name(&it.by),
                wording::recorded(it.recorded_at),
                it.opinion.clone(),
            )
        }),
        is_reviewed: draft.review.is_some(),
        may_review: standing.may_review(*register, draft, &viewer),
        reviewers: standing.reviewers(*register),
        is_removal: draft.row.is_none() && !draft.is_batch(),
        is_overtaken: is_open
            && if draft.is_batch() {
                let moved = |id: &str| standing.last_change(*register, id) > draft.base;
                draft.lines.iter().any(|line| moved(&line.id))
            } else {
                draft.base != standing.last_change(*register, &draft.id)
            },
        batch: draft
            .is_batch()
            .then(|| BatchShown::of(*register, draft, told.skip, standing)),
        differences: shown::differences(
            *register,
            &draft.id,
            (base, draft.row.as_deref()),
            standing,
        ),
        token: token.text.clone(),
        key: office.new_token(),
        by: crate::session::who().map_or_else(String::new, |who| who.actor.name),
        opinion: sent.one("opinion").to_owned(),
        errors: told.errors.clone(),
        overtaken: told.overtaken.clone(),
        trial: told.trial.clone(),
        resting: told.resting.clone(),
        is_tried: register.is_read_by_decisions(),
    };
    token.keep(frame::page(status, &page))
}
