//! Making the history: all steps of all cases in the order of their days, over the same road as every other act, with
//! the clock set to each and the days between let pass.

use super::case::{Dated, Step};
use super::clock::DemoClock;
use super::days::Days;
use super::drawn::{Drawing, draw};
use super::following::{carried_over, check_days};
use crate::worker::Worker;
use anyhow::{Context, Result, bail};
use app::access::BothHands;
use app::files::{DeclaredFile, FileStore};
use app::ledger::ClockQuery;
use app::request::FileRef;
use app::take_over::TakeOverRequest;
use app::{Office, PerformError, Performed, Publishing, Target};
use law::Rules;
use law::model::Procedure;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use vocabulary::{Day, Moment};

/// Where it is written which case is which, in the data folder. It is written last: a folder that has it is whole.
pub(super) const CASES: &str = "demo-cases.json";
/// Office hours begin: the bureau starts to work with the system on the first day.
const OPENING: (u16, u16) = (8, 30);
/// More clocks do not run in the demonstration.
const CLOCKS: u32 = 100;

/// What the history is made with.
pub(crate) struct Stage<'a> {
    pub(crate) clock: &'a DemoClock,
    pub(crate) files: &'a dyn FileStore,
    pub(crate) folder: &'a Path,
}

/// Told before each act: how many are done, how many there are, and which is next.
pub(crate) type Progress<'a> = &'a mut (dyn FnMut(usize, usize, &str) + Send);

/// An act, or the taking over of what was done on paper.
struct Planned<'c, 'd> {
    case: &'c Dated<'d>,
    moment: Moment,
    /// Its place in the file; none for the taking over.
    step: Option<(usize, &'c Step)>,
}

/// Whether the history of this folder is made.
pub(crate) fn is_made(folder: &Path) -> bool {
    folder.join(CASES).exists()
}

/// The first moment of the history that begins so.
pub(crate) fn beginning(rules: &Rules, zero: Day) -> Result<Moment> {
    let cases = Dated::all(|| Days::from(zero, &rules.calendar))?;
    check_days(&cases, rules)?;
    let plan = planned(&cases)?;
    let first = plan.first().context("没有演示案件")?;
    Moment::at(first.moment.day, OPENING.0, OPENING.1).context("没有这个时刻")
}

/// Makes the history, or what is left of it, and answers which case is which.
pub(crate) async fn make(
    office: &Office,
    worker: &Worker,
    stage: &Stage<'_>,
    progress: Progress<'_>,
) -> Result<BTreeMap<&'static str, String>> {
    let context = office.context();
    let zero = stage.clock.day_zero();
    let cases = Dated::all(|| Days::from(zero, &context.calendar))?;
    check_days(&cases, &context.rules)?;
    let plan = planned(&cases)?;
    let mut made: BTreeMap<&'static str, String> = BTreeMap::new();
    let mut is_published = true;
    let mut passing = Passing {
        office,
        worker,
        clock: stage.clock,
        idle: BTreeSet::new(),
    };
    for (at, next) in plan.iter().enumerate() {
        let procedure = office
            .procedures()
            .find(|procedure| procedure.id == next.case.file.procedure)
            .context("没有演示案件所用的程序")?;
        let what = match next.step {
            Some((_, step)) => next.case.called(step, procedure),
            None => "接续纸质案件",
        };
        let day = next.moment.day;
        progress(
            at,
            plan.len(),
            &format!("{day} {what}：{}", next.case.file.title),
        );
        if !is_published && office.now().day < day {
            worker.round(false).await;
            is_published = true;
        }
        passing.until(day).await?;
        stage.clock.go_on_to(next.moment)?;
        let (stem, number) = (next.case.stem, next.step.map_or(0, |(at, _)| at + 1));
        let done = next
            .perform(office, stage, procedure, &made)
            .await
            .with_context(|| {
                format!(
                    "演示案件“{stem}”的第{number}步（{what}，{}）没有办成",
                    next.moment
                )
            })?;
        is_published &= done.publishing == Publishing::Nothing;
        made.insert(stem, done.case_id);
    }
    progress(plan.len(), plan.len(), "演示资料已备好");
    passing.until(zero).await?;
    stage.clock.arrive()?;
    passing.until(office.now().day).await?;
    worker.round(true).await;
    let beside = stage.folder.join(format!("{CASES}.part"));
    fs::write(&beside, serde_json::to_vec_pretty(&made)?)?;
    fs::rename(&beside, stage.folder.join(CASES))?;
    Ok(made)
}

/// What is to be done, in the order of recording.
fn planned<'c, 'd>(cases: &'c [Dated<'d>]) -> Result<Vec<Planned<'c, 'd>>> {
    let mut plan = Vec::new();
    for case in cases {
        let mut last: Option<Moment> = None;
        if let Some(paper) = &case.file.paper {
            let moment = case.taken_over(paper)?;
            last = Some(moment);
            plan.push(Planned {
                case,
                moment,
                step: None,
            });
        }
        for (at, step) in case.file.steps.iter().enumerate() {
            let moment = case
                .recorded(step)
                .with_context(|| format!("演示案件“{}”的第{}步", case.stem, at + 1))?;
            if last.is_some_and(|last| moment < last) {
                bail!(
                    "演示案件“{}”的第{}步（{moment}）早于前一步",
                    case.stem,
                    at + 1
                );
            }
            last = Some(moment);
            plan.push(Planned {
                case,
                moment,
                step: Some((at, step)),
            });
        }
    }
    // Stable: the steps of one case keep their order.
    plan.sort_by_key(|next| next.moment);
    Ok(plan)
}

/// The passing of the days, one by one, so that what time brings is recorded on its day.
struct Passing<'a> {
    office: &'a Office,
    worker: &'a Worker,
    clock: &'a DemoClock,
    /// Clocks that ran out without their act being possible, such as where a plan was granted: nothing new.
    idle: BTreeSet<(String, String)>,
}

impl Passing<'_> {
    async fn until(&mut self, day: Day) -> Result<()> {
        while self.office.now().day < day {
            let next = self.office.now().day.plus_days(1);
            self.clock
                .go_on_to(Moment::at(next, 0, 1).unwrap_or(next.into()))?;
            // Asked first, for letting time pass writes even where nothing is due.
            if self.is_something_due().await? {
                let passed = self.office.let_time_pass().await;
                let passed = passed.context("不能查找到期的事项")?;
                let refused = passed.refused.into_iter();
                self.idle
                    .extend(refused.map(|(line, _)| (line.case_id, line.clock_id)));
            }
        }
        Ok(())
    }

    async fn is_something_due(&self) -> Result<bool> {
        let query = ClockQuery {
            due_until: Some(self.office.now()),
            brings_something: true,
            ..ClockQuery::default()
        };
        let lines = self.worker.ledger.clocks(self.office.log(), &query, CLOCKS);
        let lines = lines.await.context("不能查找到期的事项")?;
        Ok(lines
            .into_iter()
            .any(|line| !self.idle.contains(&(line.case_id, line.clock_id))))
    }
}

impl Planned<'_, '_> {
    async fn perform(
        &self,
        office: &Office,
        stage: &Stage<'_>,
        procedure: &Arc<Procedure>,
        made: &BTreeMap<&'static str, String>,
    ) -> Result<Performed> {
        let case_id = made.get(self.case.stem);
        let followed = self.case.file.follows.as_deref();
        let followed = followed.and_then(|stem| made.get(stem));
        let Some((at, step)) = self.step else {
            return self.take_over(office, stage, procedure).await;
        };
        let step_day = self.case.occurred(step)?.day;
        let files = self.stored(stage, &step.files, step_day).await?;
        let taken = match self.case.whose(step, procedure)? {
            Some(person) => {
                carried_over(office, procedure, (step, &person), (case_id, followed)).await?
            }
            None => None,
        };
        let mut request = self.case.request(step, procedure, files, taken.as_ref())?;
        let target = match case_id {
            Some(case_id) => Target::Case {
                case_id: case_id.clone(),
                seen: None,
            },
            None => {
                request.follows = followed.cloned();
                Target::NewCase {
                    procedure: procedure.id.clone(),
                }
            }
        };
        let key = format!("demo:{}:{}", self.case.stem, at + 1);
        office
            .rehearse(&target, &request, &key)
            .await
            .map_err(|error| match error {
                PerformError::KeyReused => {
                    anyhow::anyhow!("这个数据文件夹里是另一版的演示资料，请换一个数据文件夹")
                }
                other => other.into(),
            })
    }

    async fn take_over(
        &self,
        office: &Office,
        stage: &Stage<'_>,
        procedure: &Arc<Procedure>,
    ) -> Result<Performed> {
        let paper = self.case.file.paper.as_ref();
        let paper = paper.context("这个案件不是从纸质接续的")?;
        let mut acts = Vec::new();
        for step in &paper.steps {
            let day = self.case.occurred(step)?.day;
            let files = self.stored(stage, &step.files, day).await?;
            acts.push(self.case.request(step, procedure, files, None)?);
        }
        let asked = TakeOverRequest {
            procedure: procedure.id.clone(),
            from: paper.from.clone(),
            entered_by: paper.entered_by.clone(),
            approved_by: paper.approved_by.clone(),
            sheet: self.stored(stage, &paper.sheet, self.moment.day).await?,
            acts,
        };
        let key = format!("demo:{}:paper", self.case.stem);
        Ok(office.take_over(BothHands::Rehearsal, &asked, &key).await?)
    }

    /// Draws files and keeps them as an upload is kept.
    async fn stored(&self, stage: &Stage<'_>, wanted: &[Drawing], on: Day) -> Result<Vec<FileRef>> {
        let mut stored = Vec::new();
        for drawing in wanted {
            let drawn = draw(&self.case.drawing(drawing, on)?);
            let declared = DeclaredFile {
                name: drawn.name.clone(),
                media_type: Some(drawn.media_type.to_owned()),
            };
            let bytes = bytes::Bytes::from(drawn.bytes);
            let content = Box::pin(futures_util::stream::once(async move { Ok(bytes) }));
            let kept = stage
                .files
                .put(declared, content)
                .await
                .with_context(|| format!("附件“{}”不能保存", drawn.name))?;
            stored.push(FileRef {
                sha256: kept.sha256.to_string(),
                sm3: kept.sm3.to_string(),
                size_bytes: kept.size_bytes,
                media_type: kept.media_type,
                name: drawn.name,
            });
        }
        Ok(stored)
    }
}
