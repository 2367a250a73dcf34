//! What comes in: the form with its files, and the workbook from the store.

use crate::act::sent::{self, Store, WRONG};
use crate::fault::Fault;
use crate::frame::FormToken;
use app::Office;
use app::batch::Batch;
use app::files::{FileDigest, FileError};
use app::request::FileRef;
use axum::extract::Request;
use futures_util::StreamExt;
use intake::book::FILE_BYTES_MAX;
use intake::plan::{By, PlanError};
use intake::run::{Report, Wanted};
use intake::scans::Scans;
use intake::{Book, Plan, plan};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// More cases than anybody looks through before agreeing to them.
const CASES_MAX: usize = 300;

/// The fields of a form of our own pages, its files by what they are known by.
pub(crate) struct Form(BTreeMap<String, Vec<String>>);

fn kept(field: &str) -> &'static str {
    match field {
        "workbook" | "kept.workbook" => "kept.workbook",
        "sheet" | "kept.sheet" => "kept.sheet",
        _ => "kept.scans",
    }
}

impl Form {
    pub(crate) async fn read(request: Request) -> Result<Form, Fault> {
        let headers = request.headers().clone();
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in sent::pairs(request, kept).await? {
            fields.entry(name).or_default().push(value);
        }
        let form = Form(fields);
        if FormToken::fits(&headers, form.one("token")) {
            Ok(form)
        } else {
            Err(Fault::Forged)
        }
    }

    pub(crate) fn one(&self, name: &str) -> &str {
        self.all(name).first().map_or("", String::as_str)
    }

    pub(crate) fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    fn files(&self, name: &str) -> Vec<FileRef> {
        let known = self.all(name).iter();
        known
            .filter_map(|json| serde_json::from_str(json).ok())
            .collect()
    }

    /// The workbook: the one that was sent just now before the one that the form carried along.
    pub(crate) fn workbook(&self) -> Option<FileRef> {
        self.files("kept.workbook").pop()
    }

    pub(super) fn scans(&self) -> Vec<FileRef> {
        let mut scans = Vec::new();
        put(&mut scans, self.files("kept.scans"));
        scans
    }

    /// The signed sheet, or why it was not taken in.
    pub(super) fn sheet(&self) -> (Vec<FileRef>, Option<String>) {
        let wrong = self.all(&format!("kept.sheet{WRONG}")).first().cloned();
        (self.files("kept.sheet"), wrong)
    }
}

/// Puts files to others; one of the same name takes the place of the earlier one.
pub(super) fn put(files: &mut Vec<FileRef>, more: Vec<FileRef>) {
    for file in more {
        match files.iter_mut().find(|known| known.name == file.name) {
            Some(known) => *known = file,
            None => files.push(file),
        }
    }
}

/// The cases of a batch, judged as of now.
pub(super) struct Opened {
    pub(super) plan: Plan,
    pub(super) report: Report,
}

/// Why they cannot be read.
pub(crate) enum Unopened {
    /// Something that the clerk can mend.
    Said(String),
    /// Our own.
    Fault(Fault),
}

fn said<E: ToString>(error: E) -> Unopened {
    Unopened::Said(error.to_string())
}

/// Reads the cases of a batch from its workbook. Says nothing of them to the record.
pub(super) async fn planned(
    office: &Office,
    store: &Store,
    batch: &Batch,
) -> Result<Plan, Unopened> {
    let content = content(store, &batch.workbook).await?;
    let (context, agency) = (office.context(), office.agency());
    let batch = batch.clone();
    let read = tokio::task::spawn_blocking(move || {
        let book = Book::of(&batch.workbook.name, content).map_err(said)?;
        let by = By {
            entered_by: &batch.entered_by,
            approved_by: &batch.approved_by,
            procedure: batch.procedure.as_deref(),
            from: "纸质案卷",
        };
        plan(&book, &context.rules, &agency, by).map_err(|error| match error {
            PlanError::Mappings(_) => Unopened::Fault(Fault::Unexpected(error.into())),
            PlanError::NoSheets | PlanError::WhichProcedure(_) => said(error),
        })
    });
    let plan = match read.await {
        Ok(read) => read?,
        Err(error) => return Err(Unopened::Fault(Fault::Unexpected(error.into()))),
    };
    if plan.cases.len() > CASES_MAX {
        return Err(Unopened::Said(format!(
            "工作簿里有{}件案件，一批最多{CASES_MAX}件，请分成几个工作簿",
            plan.cases.len()
        )));
    }
    if plan.cases.is_empty() {
        return Err(Unopened::Said(
            "工作簿里没有案件：表头下面还没有填写".to_owned(),
        ));
    }
    Ok(plan)
}

/// The cases of a batch, judged.
pub(super) async fn opened(
    office: &Office,
    store: &Store,
    batch: &Batch,
) -> Result<Opened, Unopened> {
    let plan = planned(office, store, batch).await?;
    let all = BTreeSet::new();
    let wanted = Wanted {
        scans: Scans::Kept(&batch.scans),
        only: &all,
    };
    let mut report = intake::run::check(office, &plan, &batch.name, wanted).await;
    for file in intake::scans::unnamed(&plan, &batch.scans) {
        report.general.push(intake::finding::Finding {
            at: intake::finding::At {
                sheet: file.name.clone(),
                row: 0,
                column: String::new(),
            },
            text: "上传了这份扫描件，读入的各步都没有写到它，不会记入案件".to_owned(),
        });
    }
    Ok(Opened { plan, report })
}

pub(crate) async fn content(store: &Store, file: &FileRef) -> Result<Vec<u8>, Unopened> {
    let absent = || Unopened::Said("工作簿不在附件库里，请重新选择".to_owned());
    let Ok(address) = file.sha256.parse::<FileDigest>() else {
        return Err(absent());
    };
    let store = Arc::clone(store);
    let mut open = match store.get(&address).await {
        Ok(open) => open,
        Err(FileError::Absent(_)) => return Err(absent()),
        Err(error) => return Err(Unopened::Fault(Fault::Unexpected(error.into()))),
    };
    if open.size_bytes > FILE_BYTES_MAX {
        return Err(said(intake::BookError::TooLarge));
    }
    let mut content = Vec::new();
    while let Some(piece) = open.content.next().await {
        let piece = piece.map_err(|error| Unopened::Fault(Fault::Unexpected(error)))?;
        content.extend_from_slice(&piece);
    }
    Ok(content)
}
