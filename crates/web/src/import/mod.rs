//! Taking over cases on paper (接续纸质案件): a workbook with its scans is checked, put before whoever approves, and its cases
//! are taken over one by one.
//!
//! The files stand in the store and the batch remembers them by their address, so that nothing is sent twice. The workbook
//! is read again for every look, and once more when somebody agrees: what has become different since is refused.

mod page;
pub(crate) mod read;
mod work;

pub(crate) use page::state;

use crate::act::sent::{Store, WRONG};
use crate::fault::Fault;
use crate::files;
use crate::frame;
use crate::session::Signed;
use app::Office;
use app::batch::{Batch, BatchError, NAME_LONGEST, Sealed, Stage};
use app::files::FileError;
use app::request::FileRef;
use axum::extract::DefaultBodyLimit;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use casework::context::Level;
use intake::run::{Outcome, Report};
use intake::template::TemplateError;
use law::fact::check_words;
use page::{Errors, Wanted};
use read::{Form, Opened, Unopened};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use work::Running;

/// Where batches begin.
const HERE: &str = "/cases/import";

/// The routes; `largest` bounds what may be sent at once.
pub(crate) fn routes(largest: usize) -> Router<Arc<Office>> {
    let begin = get(show).post(begin).layer(DefaultBodyLimit::max(largest));
    let go_on = get(show_batch)
        .post(answer)
        .layer(DefaultBodyLimit::max(largest));
    Router::new()
        .route("/cases/import", begin)
        .route("/cases/import/sheets.xlsx", get(blank_sheets))
        .route("/cases/import/ledger.xlsx", get(blank_ledger))
        .route("/cases/import/{id}", go_on)
        .route("/cases/import/{id}/result.xlsx", get(result))
        .layer(Extension(Running::default()))
}

fn fault(error: BatchError) -> Fault {
    match error {
        BatchError::NoSuch => Fault::NotFound("没有这个批次"),
        BatchError::Denied(denied) => denied.into(),
        other => Fault::Unexpected(other.into()),
    }
}

/// The store of a desk that has one.
fn store_of(store: Option<Extension<Store>>) -> Option<Store> {
    store.map(|Extension(store)| store)
}

/// `GET /cases/import`
async fn show(State(office): State<Arc<Office>>, Extension(signed): Extension<Signed>) -> Response {
    if let Err(denied) = office.may_enter_paper(&signed.actor) {
        return Fault::from(denied).response(&office);
    }
    let wanted = Wanted::default();
    match page::beginning(&office, &signed, wanted, Errors::default()).await {
        Ok(page) => frame::page(StatusCode::OK, &page),
        Err(error) => fault(error).response(&office),
    }
}

/// `POST /cases/import`: keeps the files, checks the workbook, and begins a batch where it can be read.
async fn begin(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    store: Option<Extension<Store>>,
    request: Request,
) -> Response {
    if let Err(denied) = office.may_enter_paper(&signed.actor) {
        return Fault::from(denied).response(&office);
    }
    let form = match Form::read(request).await {
        Ok(form) => form,
        Err(fault) => return fault.response(&office),
    };
    let store = store_of(store);
    match begun(&office, &signed, store.as_ref(), &form).await {
        Ok(Begun::Batch(batch)) => see(&batch.id),
        Ok(Begun::Wrong(wanted, errors)) => {
            match page::beginning(&office, &signed, *wanted, errors).await {
                Ok(page) => frame::page(StatusCode::UNPROCESSABLE_ENTITY, &page),
                Err(error) => fault(error).response(&office),
            }
        }
        Err(fault) => fault.response(&office),
    }
}

fn see(id: &str) -> Response {
    Redirect::to(&format!("{HERE}/{id}")).into_response()
}

enum Begun {
    Batch(Box<Batch>),
    Wrong(Box<Wanted>, Errors),
}

async fn begun(
    office: &Office,
    signed: &Signed,
    store: Option<&Store>,
    form: &Form,
) -> Result<Begun, Fault> {
    let mut errors = Errors::default();
    let mut wanted = Wanted::of(form);
    let batch = filled(office, signed, store, form, &mut wanted, &mut errors).await?;
    if let (Some(store), Some(batch), true) = (store, &batch, errors.is_empty()) {
        match read::opened(office, store, batch).await {
            Ok(_) => {
                let batch = office.begin_batch(&signed.actor, batch.clone()).await;
                return Ok(Begun::Batch(Box::new(batch.map_err(fault)?)));
            }
            Err(Unopened::Said(text)) => {
                // What cannot be read is not offered again.
                wanted.workbook = None;
                errors.say("workbook", text);
            }
            Err(Unopened::Fault(fault)) => return Err(fault),
        }
    }
    Ok(Begun::Wrong(Box::new(wanted), errors))
}

/// The batch that a form asks for, with what is wrong in the form.
async fn filled(
    office: &Office,
    signed: &Signed,
    store: Option<&Store>,
    form: &Form,
    wanted: &mut Wanted,
    errors: &mut Errors,
) -> Result<Option<Batch>, Fault> {
    for (field, of) in [("workbook", "kept.workbook"), ("scans", "kept.scans")] {
        for sentence in form.all(&format!("{of}{WRONG}")) {
            errors.say(field, sentence.clone());
        }
    }
    if store.is_none() {
        errors.say("workbook", "附件库没有启用，现在不能上传文件，请告诉管理员");
    }
    let unknown = |error: FileError| Fault::Unexpected(error.into());
    let store = store.map(|store| store.as_ref());
    if let Some(book) = wanted.workbook.clone() {
        let missing = files::not_stored(store, std::slice::from_ref(&book), "workbook").await;
        if !missing.map_err(unknown)?.is_empty() {
            wanted.workbook = None;
        }
    }
    let missing = files::not_stored(store, &wanted.scans, "scans").await;
    for error in missing.map_err(unknown)? {
        errors.say("scans", error.text);
    }
    match &wanted.workbook {
        None if !errors.has("workbook") => {
            errors.say(
                "workbook",
                "请选择填好的工作簿（.xlsx）或者台账（.xlsx、.csv）",
            );
        }
        Some(book) if !is_table(&book.name) => {
            errors.say(
                "workbook",
                format!("“{}”不是 .xlsx 或者 .csv 文件", book.name),
            );
            wanted.workbook = None;
        }
        _ => {}
    }
    if wanted.name.is_empty()
        && let Some(book) = &wanted.workbook
    {
        let stem = book.name.rsplit_once('.').map_or("", |(stem, _)| stem);
        wanted.name = stem.trim().chars().take(NAME_LONGEST).collect();
    }
    if let Err(problem) = check_words(&wanted.name, NAME_LONGEST) {
        errors.say("name", format!("批次名称{problem}"));
    }
    let me = signed.actor.person.clone().unwrap_or_default();
    if wanted.approved_by.is_empty() {
        errors.say("approved_by", "请选择批准接续的负责人");
    } else if wanted.approved_by == me {
        errors.say("approved_by", "录入人不能自己批准，请选择另一位负责人");
    } else if !page::approvers(office, &me)
        .iter()
        .any(|it| it.0 == wanted.approved_by)
    {
        errors.say("approved_by", "所选的人不是负责人，或者不在人员名册里");
    }
    let known = |id: &String| office.procedures().any(|procedure| procedure.id == *id);
    let procedure = Some(wanted.procedure.clone()).filter(|id| !id.is_empty());
    if procedure.as_ref().is_some_and(|id| !known(id)) {
        errors.say("procedure", "没有这个程序");
    }
    Ok(wanted.workbook.clone().map(|workbook| Batch {
        id: String::new(),
        version: 0,
        name: wanted.name.clone(),
        procedure,
        entered_by: me,
        account: signed.actor.account.clone(),
        begun_at: office.instant(),
        approved_by: wanted.approved_by.clone(),
        workbook,
        scans: wanted.scans.clone(),
        stage: Stage::Checked,
        sealed: None,
    }))
}

fn is_table(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|it| it.eq_ignore_ascii_case("xlsx") || it.eq_ignore_ascii_case("csv"))
}

/// Whether somebody may approve at all: as the law of the house asks of every approval beside the procedures.
fn approves(level: Option<Level>) -> bool {
    level.is_some_and(|level| level >= Level::UnitHead)
}

/// `GET /cases/import/{id}`: the check, the progress or the result, as far as the batch has come.
async fn show_batch(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    Extension(running): Extension<Running>,
    store: Option<Extension<Store>>,
    Path(id): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let batch = match office.batch(&signed.actor, &id).await {
        Ok(batch) => batch,
        Err(error) => return fault(error).response(&office),
    };
    let from = query.get("from").and_then(|text| text.parse().ok());
    let said = page::Said {
        from: from.unwrap_or(0),
        ..page::Said::default()
    };
    shown(
        &office,
        &signed,
        (&running, store_of(store).as_ref()),
        &batch,
        StatusCode::OK,
        said,
    )
    .await
}

async fn shown(
    office: &Office,
    signed: &Signed,
    (running, store): (&Running, Option<&Store>),
    batch: &Batch,
    status: StatusCode,
    said: page::Said,
) -> Response {
    let made = match (&batch.stage, store) {
        (Stage::Agreed { .. } | Stage::Done { .. }, _) => {
            let told = match work::told(office, batch).await {
                Ok(told) => told,
                Err(error) => return fault(error).response(office),
            };
            page::batch(office, signed, batch, told, running.has(&batch.id), said)
        }
        (_, None) => return Fault::NotFound("附件库没有启用").response(office),
        (_, Some(store)) => match read::opened(office, store, batch).await {
            Ok(opened) => page::check(office, signed, batch, &opened, said),
            Err(Unopened::Said(text)) => page::unreadable(office, signed, batch, text, said),
            Err(Unopened::Fault(fault)) => return fault.response(office),
        },
    };
    frame::page(status, &made)
}

/// What became of what was asked for a batch.
enum Answered {
    /// The page of this batch says the rest.
    See(String),
    /// The list of what waits.
    Pending,
    /// Not done; the page says why.
    Not(StatusCode, page::Said),
}

/// `POST /cases/import/{id}`: `do` says what.
async fn answer(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    Extension(running): Extension<Running>,
    store: Option<Extension<Store>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let batch = match office.batch(&signed.actor, &id).await {
        Ok(batch) => batch,
        Err(error) => return fault(error).response(&office),
    };
    let form = match Form::read(request).await {
        Ok(form) => form,
        Err(fault) => return fault.response(&office),
    };
    let Some(store) = store_of(store) else {
        return Fault::NotFound("附件库没有启用").response(&office);
    };
    let answered = done(&office, &signed, &running, &store, &batch, &form).await;
    match answered {
        Ok(Answered::See(id)) => see(&id),
        Ok(Answered::Pending) => Redirect::to("/pending").into_response(),
        Ok(Answered::Not(status, said)) => {
            // What stands now, which may be another state than the one that was answered.
            let batch = match office.batch(&signed.actor, &id).await {
                Ok(batch) => batch,
                Err(error) => return fault(error).response(&office),
            };
            let at = (&running, Some(&store));
            shown(&office, &signed, at, &batch, status, said).await
        }
        Err(fault) => fault.response(&office),
    }
}

async fn done(
    office: &Arc<Office>,
    signed: &Signed,
    running: &Running,
    store: &Store,
    batch: &Batch,
    form: &Form,
) -> Result<Answered, Fault> {
    let actor = &signed.actor;
    let moved = || {
        let said = page::Said::error(BatchError::Moved.to_string());
        Ok(Answered::Not(StatusCode::CONFLICT, said))
    };
    let wish = form.one("do");
    // The same answer sent twice finds what it asked for; whatever else a page of an older state asks is told so.
    if form.one("version") != batch.version.to_string() {
        return match (&batch.stage, wish) {
            (Stage::Agreed { .. } | Stage::Done { .. }, "agree" | "sheet" | "go_on")
            | (Stage::Proposed { .. }, "propose") => Ok(Answered::See(batch.id.clone())),
            _ => moved(),
        };
    }
    let now = batch.clone();
    let after = match wish {
        "change" => return changed(office, signed, store, now, form).await,
        "propose" => match sealed(office, store, batch).await? {
            Ok(sealed) => office.propose_batch(actor, now, sealed).await,
            Err(said) => return Ok(Answered::Not(StatusCode::CONFLICT, said)),
        },
        "sheet" => {
            let (sheet, wrong) = form.sheet();
            if let Some(text) = wrong {
                let said = page::Said::at("sheet", text);
                return Ok(Answered::Not(StatusCode::UNPROCESSABLE_ENTITY, said));
            }
            match sealed(office, store, batch).await? {
                Ok(sealed) => office.record_batch_sheet(actor, now, sealed, sheet).await,
                Err(said) => return Ok(Answered::Not(StatusCode::CONFLICT, said)),
            }
        }
        "agree" => match still(office, store, batch).await? {
            Ok(()) => office.agree_batch(actor, now).await,
            Err(said) => return Ok(Answered::Not(StatusCode::CONFLICT, said)),
        },
        "decline" => {
            let reason = form.one("reason");
            match office.decline_batch(actor, now, reason).await {
                Ok(_) => return Ok(Answered::Pending),
                Err(BatchError::Field(text)) => {
                    let said = page::Said {
                        reason: reason.to_owned(),
                        ..page::Said::at("reason", text)
                    };
                    return Ok(Answered::Not(StatusCode::UNPROCESSABLE_ENTITY, said));
                }
                Err(error) => Err(error),
            }
        }
        "withdraw" => office.withdraw_batch(actor, now).await,
        "again" => {
            if !batch.is_over() || !batch.is_entered_by(actor) {
                return moved();
            }
            office.begin_batch(actor, now).await
        }
        "go_on" if matches!(batch.stage, Stage::Agreed { .. }) => Ok(now),
        "go_on" => return moved(),
        _ => return Err(Fault::Unreadable(StatusCode::UNPROCESSABLE_ENTITY)),
    };
    match after {
        Ok(batch) => {
            if matches!(batch.stage, Stage::Agreed { .. }) {
                work::begin(
                    Arc::clone(office),
                    Arc::clone(store),
                    running.clone(),
                    batch.clone(),
                );
            }
            Ok(Answered::See(batch.id))
        }
        Err(BatchError::Moved) => moved(),
        Err(BatchError::Field(text)) => {
            let said = page::Said::at("sheet", text);
            Ok(Answered::Not(StatusCode::UNPROCESSABLE_ENTITY, said))
        }
        Err(error) => Err(fault(error)),
    }
}

/// Another workbook, more scans, another name or approver. Scans of the same name take the place of the earlier ones.
async fn changed(
    office: &Office,
    signed: &Signed,
    store: &Store,
    batch: Batch,
    form: &Form,
) -> Result<Answered, Fault> {
    let mut errors = Errors::default();
    let mut wanted = Wanted::of(form);
    let is_new = wanted.workbook.is_some();
    if !is_new {
        wanted.workbook = Some(batch.workbook.clone());
    }
    let mut scans = batch.scans.clone();
    read::put(&mut scans, std::mem::take(&mut wanted.scans));
    wanted.scans = scans;
    if wanted.name.is_empty() {
        wanted.name.clone_from(&batch.name);
    }
    let filled = filled(office, signed, Some(store), form, &mut wanted, &mut errors).await?;
    if let (Some(filled), true) = (filled, errors.is_empty()) {
        let next = Batch {
            name: filled.name,
            procedure: filled.procedure.or(batch.procedure),
            approved_by: filled.approved_by,
            workbook: filled.workbook,
            scans: filled.scans,
            ..batch
        };
        match read::opened(office, store, &next).await {
            Ok(_) => {
                return match office.change_batch(&signed.actor, next).await {
                    Ok(batch) => Ok(Answered::See(batch.id)),
                    Err(BatchError::Moved) => {
                        let said = page::Said::error(BatchError::Moved.to_string());
                        Ok(Answered::Not(StatusCode::CONFLICT, said))
                    }
                    Err(error) => Err(fault(error)),
                };
            }
            Err(Unopened::Said(text)) => errors.say("workbook", text),
            Err(Unopened::Fault(fault)) => return Err(fault),
        }
    }
    let said = page::Said {
        errors,
        ..page::Said::default()
    };
    Ok(Answered::Not(StatusCode::UNPROCESSABLE_ENTITY, said))
}

/// What is put before the approver: every case that can be taken over.
async fn sealed(
    office: &Office,
    store: &Store,
    batch: &Batch,
) -> Result<Result<Sealed, page::Said>, Fault> {
    let opened = match read::opened(office, store, batch).await {
        Ok(opened) => opened,
        Err(Unopened::Said(text)) => return Ok(Err(page::Said::error(text))),
        Err(Unopened::Fault(fault)) => return Err(fault),
    };
    let cases = fit(&opened.report);
    if cases.is_empty() {
        let text = "没有可以接续的案件，不能送批。请按下面的提示改正工作簿或者补上扫描件。";
        return Ok(Err(page::Said::error(text)));
    }
    Ok(Ok(Sealed {
        digest: intake::run::seal(&opened.plan, &opened.report, &cases),
        cases,
    }))
}

fn fit(report: &Report) -> BTreeSet<String> {
    let fit = report.cases.iter();
    fit.filter(|case| case.outcome == Outcome::Fit)
        .map(|case| case.key.clone())
        .collect()
}

/// Whether what was proposed still stands as it did.
async fn still(
    office: &Office,
    store: &Store,
    batch: &Batch,
) -> Result<Result<(), page::Said>, Fault> {
    let Opened { plan, report, .. } = match read::opened(office, store, batch).await {
        Ok(opened) => opened,
        Err(Unopened::Said(text)) => return Ok(Err(page::Said::error(text))),
        Err(Unopened::Fault(fault)) => return Err(fault),
    };
    let Some(sealed) = &batch.sealed else {
        return Ok(Err(page::Said::error(BatchError::Moved.to_string())));
    };
    let now = fit(&report);
    let lost: Vec<&str> = sealed.cases.difference(&now).map(String::as_str).collect();
    if !lost.is_empty() {
        let text = format!(
            "送批以后情况有变化：案件{}现在不能接续，原因见下面各案。没有批准，也没有接续任何案件；请退回，由录入人重新检查、送批。",
            lost.join("、")
        );
        return Ok(Err(page::Said::error(text)));
    }
    if intake::run::seal(&plan, &report, &sealed.cases) != sealed.digest {
        let text = "送批以后规则或者登记有变化，案件与送批时不同。没有批准，也没有接续任何案件；请退回，由录入人重新检查、送批。";
        return Ok(Err(page::Said::error(text)));
    }
    Ok(Ok(()))
}

/// `GET /cases/import/{id}/result.xlsx`: the check, or what became of the cases.
async fn result(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    store: Option<Extension<Store>>,
    Path(id): Path<String>,
) -> Response {
    let batch = match office.batch(&signed.actor, &id).await {
        Ok(batch) => batch,
        Err(error) => return fault(error).response(&office),
    };
    let report = match (&batch.stage, store_of(store)) {
        (Stage::Agreed { .. } | Stage::Done { .. }, _) => work::told(&office, &batch).await,
        (_, None) => return Fault::NotFound("附件库没有启用").response(&office),
        (_, Some(store)) => match read::opened(&office, &store, &batch).await {
            Ok(opened) => Ok(opened.report),
            Err(Unopened::Said(_)) => {
                return Fault::NotFound("工作簿不能读取，没有检查结果").response(&office);
            }
            Err(Unopened::Fault(fault)) => return fault.response(&office),
        },
    };
    let report = match report {
        Ok(report) => report,
        Err(error) => return fault(error).response(&office),
    };
    let made = tokio::task::spawn_blocking(move || intake::report::workbook(&report)).await;
    match made {
        Ok(Ok(bytes)) => download(bytes, "result"),
        Ok(Err(error)) => Fault::Unexpected(error.into()).response(&office),
        Err(error) => Fault::Unexpected(error.into()).response(&office),
    }
}

fn download(bytes: Vec<u8>, name: &str) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(sheet::MEDIA_TYPE),
    );
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.xlsx\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}

/// `GET /cases/import/sheets.xlsx`
async fn blank_sheets(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    blank(
        &office,
        &signed,
        query.get("procedure"),
        "cases",
        intake::template::sheets,
    )
    .await
}

/// `GET /cases/import/ledger.xlsx`
async fn blank_ledger(
    State(office): State<Arc<Office>>,
    Extension(signed): Extension<Signed>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    blank(
        &office,
        &signed,
        query.get("procedure"),
        "ledger",
        intake::template::ledger,
    )
    .await
}

type Maker =
    fn(&law::Rules, &app::agency::AgencyFile, Option<&str>) -> Result<Vec<u8>, TemplateError>;

async fn blank(
    office: &Arc<Office>,
    signed: &Signed,
    procedure: Option<&String>,
    name: &str,
    maker: Maker,
) -> Response {
    if let Err(denied) = office.may_enter_paper(&signed.actor) {
        return Fault::from(denied).response(office);
    }
    let procedure = procedure.cloned();
    let (context, agency) = (office.context(), office.agency());
    let made =
        tokio::task::spawn_blocking(move || maker(&context.rules, &agency, procedure.as_deref()));
    match made.await {
        Ok(Ok(bytes)) => download(bytes, name),
        Ok(Err(TemplateError::Plan(_) | TemplateError::NoLedger)) => {
            Fault::NotFound("没有这个程序的空白表").response(office)
        }
        Ok(Err(error)) => Fault::Unexpected(error.into()).response(office),
        Err(error) => Fault::Unexpected(error.into()).response(office),
    }
}

/// Scans as a form carries them along.
fn carried(files: &[FileRef]) -> Vec<(String, String, String)> {
    let line = |file: &FileRef| {
        let json = serde_json::to_string(file).ok()?;
        let size = crate::wording::size(file.size_bytes);
        Some((file.name.clone(), size, json))
    };
    files.iter().filter_map(line).collect()
}
