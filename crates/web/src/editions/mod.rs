//! Another edition of the rules, uploaded and tried before anybody works by it (试用规则版本): what it says otherwise, whether
//! its scenarios go as they are written, and what it would change for the cases in hand.
//!
//! Nothing here puts an edition into force: the rules are files of the installation, and the record names the edition by which
//! it goes on.

mod page;
mod read;
mod work;

use crate::fault::Fault;
use crate::frame;
use crate::session::Signed;
use app::Office;
use app::access;
use app::edition::{EditionFound, EditionTrial, TrialError, TrialStage};
use app::register::misnamed;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use law::Rules;
use law::show::{differences, file_differences};
use law::source::SourceFile;
use read::{Form, UNPACKED_BYTES_MAX, UPLOAD_BYTES_MAX};
use std::sync::Arc;
use tokio::sync::Semaphore;
use work::Editions;

/// Where trials begin.
const HERE: &str = "/registers/editions";
/// So many mistakes in the files are told one by one.
const MISTAKES_TOLD: usize = 100;

/// The files of the rules that run, for comparing them with others.
#[derive(Clone)]
pub(crate) struct RuleFiles(pub(crate) Arc<[SourceFile]>);

/// A trial takes much time of the machine: there is one at a time.
#[derive(Clone)]
struct OneAtATime(Arc<Semaphore>);

/// The routes.
pub(crate) fn routes() -> Router<Arc<Office>> {
    let limit = DefaultBodyLimit::max(2 * UPLOAD_BYTES_MAX);
    Router::new()
        .route(HERE, get(show).post(begin).layer(limit))
        .route("/registers/editions/{id}", get(show_trial))
        .layer(Extension(OneAtATime(Arc::new(Semaphore::new(1)))))
}

fn fault(error: TrialError) -> Fault {
    Fault::Unexpected(error.into())
}

/// `GET /registers/editions`
async fn show(State(office): State<Arc<Office>>, Extension(signed): Extension<Signed>) -> Response {
    match page::beginning(&office, &signed, &[]).await {
        Ok(page) => frame::page(StatusCode::OK, &page),
        Err(error) => fault(error).response(&office),
    }
}

/// `POST /registers/editions`: reads what was sent, and begins a trial where it can be an edition.
async fn begin(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    files: Option<Extension<RuleFiles>>,
    Extension(OneAtATime(turn)): Extension<OneAtATime>,
    request: Request,
) -> Response {
    if let Err(denied) = access::draft(&signed.actor) {
        return Fault::from(denied).response(&office);
    }
    let form = match Form::read(request).await {
        Ok(form) => form,
        Err(fault) => return fault.response(&office),
    };
    let Ok(turn) = turn.try_acquire_owned() else {
        let busy = ["正在试用另一版规则，等它试完再上传；进度见下面“试用过的”".to_owned()];
        return match page::beginning(&office, &signed, &busy).await {
            Ok(page) => frame::page(StatusCode::CONFLICT, &page),
            Err(error) => fault(error).response(&office),
        };
    };
    let running = files.map(|Extension(RuleFiles(files))| files);
    let at_work = Arc::clone(&office);
    let made = tokio::task::spawn_blocking(move || made(&at_work, form, running.as_deref()));
    let (mut trial, found, editions) = match made.await {
        Ok(Ok(made)) => made,
        Ok(Err(errors)) => {
            return match page::beginning(&office, &signed, &errors).await {
                Ok(page) => frame::page(StatusCode::UNPROCESSABLE_ENTITY, &page),
                Err(error) => fault(error).response(&office),
            };
        }
        Err(error) => return Fault::Unexpected(error.into()).response(&office),
    };
    trial.account.clone_from(&signed.actor.account);
    trial.by.clone_from(&signed.actor.name);
    let kept = async {
        office.keep_edition_found(&trial, &found).await?;
        office.keep_edition_trial(&mut trial).await
    };
    if let Err(error) = kept.await {
        return fault(error).response(&office);
    }
    let there = format!("{HERE}/{}", trial.id);
    work::begin(office, signed.actor, (trial, found), editions, turn);
    Redirect::to(&there).into_response()
}

/// The trial that a form asks for, or what stands against it, in sentences.
fn made(
    office: &Office,
    mut form: Form,
    running: Option<&[SourceFile]>,
) -> Result<(EditionTrial, EditionFound, Editions), Vec<String>> {
    let (new, old) = (form.sent("new"), form.sent("old"));
    if new.is_empty() {
        return Err(vec!["请选择新的规则文件".to_owned()]);
    }
    let name = |sent: &[(String, Vec<u8>)]| {
        let names: Vec<&str> = sent.iter().map(|(name, _)| name.as_str()).collect();
        names.join("、")
    };
    let mut title = name(&new);
    let mut left = UNPACKED_BYTES_MAX;
    let old_files = if old.is_empty() {
        None
    } else {
        title = format!("{title}（与{}比较）", name(&old));
        Some(read::edition(old, running, &mut left)?)
    };
    let base = old_files.as_deref().or(running);
    let new_files = read::edition(new, base, &mut left)?;
    let before = match &old_files {
        Some(files) => Some(Arc::new(loaded(files, "原来的规则")?)),
        None => None,
    };
    let after = Arc::new(loaded(&new_files, "新的规则")?);
    let standing = office.standing();
    let was = before.as_deref().unwrap_or(&standing.context.rules);
    if was.digest == after.digest {
        return Err(vec![match &before {
            Some(_) => "两套规则完全相同".to_owned(),
            None => "上传的规则与现在的完全相同".to_owned(),
        }]);
    }
    let found = EditionFound {
        differences: differences(was, &after),
        files: base.map_or_else(Vec::new, |base| file_differences(base, &new_files)),
        ..EditionFound::default()
    };
    let trial = EditionTrial {
        id: office.new_id(),
        version: 0,
        account: String::new(),
        name: title,
        by: String::new(),
        begun_at: office.instant(),
        told_at: office.instant(),
        editions: [was.digest.clone(), after.digest.clone()],
        differences: found.differences.len(),
        stage: TrialStage::Running {
            scenarios_run: 0,
            scenarios: 0,
            proved: 0,
            properties: 0,
            cases: 0,
        },
    };
    Ok((trial, found, Editions { before, after }))
}

/// The rules of these files, or their mistakes by file and line.
fn loaded(files: &[SourceFile], which: &str) -> Result<Rules, Vec<String>> {
    let mistakes = match Rules::load(files) {
        Ok(rules) => match misnamed(&rules) {
            wrong if wrong.is_empty() => return Ok(rules),
            wrong => wrong,
        },
        Err(errors) => errors.0,
    };
    let mut told = vec![format!("{which}有{}处错误，不能试用：", mistakes.len())];
    let all = mistakes.iter().take(MISTAKES_TOLD);
    told.extend(all.map(ToString::to_string));
    let more = mistakes.len().saturating_sub(MISTAKES_TOLD);
    if more > 0 {
        told.push(format!("另有{more}处"));
    }
    Err(told)
}

/// `GET /registers/editions/{id}`
async fn show_trial(
    State(office): State<Arc<Office>>,
    Path(id): Path<String>,
    Extension(signed): Extension<Signed>,
) -> Response {
    let read = async {
        let Some(trial) = office.edition_trial(&signed.actor, &id).await? else {
            return Ok(None);
        };
        let found = office.edition_found(&trial).await?;
        Ok(Some((trial, found)))
    };
    match read.await {
        Ok(Some((trial, found))) => {
            frame::page(StatusCode::OK, &page::trial(&office, trial, found))
        }
        Ok(None) => Fault::NotFound("没有这次试用，或者已经过了九十日").response(&office),
        Err(error) => fault(error).response(&office),
    }
}
