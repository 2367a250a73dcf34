//! The page where a trial begins, and the one that says how far it is and what came of it.

use crate::components::notice::Notice;
use crate::components::status::Tone;
use crate::frame::Frame;
use crate::session::Signed;
use crate::wording;
use app::Office;
use app::edition::{
    AffectedCase, EditionFound, EditionReport, EditionTrial, TrialError, TrialStage, UnreadableCase,
};
use app::trial::Effect;
use askama::Template;
use law::show::{Change, Difference, FileDifference};

/// So many digits of a digest tell editions apart for people.
const DIGITS: usize = 12;
/// So many differences are shown.
const DIFFERENCES_TOLD: usize = 300;
/// Of one case, so many effects of a kind are shown.
const EFFECTS_TOLD: usize = 12;

#[derive(Template)]
#[template(path = "editions.html")]
pub(super) struct BeginningPage {
    frame: Frame,
    token: String,
    edition: String,
    since: String,
    errors: Vec<String>,
    trials: Vec<TrialLine>,
}

struct TrialLine {
    link: String,
    name: String,
    by: String,
    at: String,
    state: String,
}

#[derive(Template)]
#[template(path = "edition-trial.html")]
pub(super) struct TrialPage {
    frame: Frame,
    name: String,
    by: String,
    at: String,
    old: String,
    new: String,
    /// How much of how much is done of what, while it goes on.
    running: Option<(usize, usize, String)>,
    is_stuck: bool,
    notice: Option<Notice>,
    sums: Vec<(u64, &'static str)>,
    failures: Vec<String>,
    unproved: Vec<String>,
    unreadable: Vec<UnreadableCase>,
    cases: Vec<CaseShown>,
    more_cases: u64,
    groups: Vec<(String, Vec<DifferenceShown>)>,
    more_differences: usize,
    files: Vec<(&'static str, FileDifference)>,
}

struct CaseShown {
    link: String,
    title: String,
    parts: Vec<Part>,
    refused: Vec<(u32, String, String)>,
}

/// What changes of a case, at once or done over.
struct Part {
    head: &'static str,
    effects: Vec<EffectShown>,
    more: usize,
}

struct EffectShown {
    kind: &'static str,
    what: String,
    before: String,
    after: String,
}

struct DifferenceShown {
    change: &'static str,
    element: &'static str,
    id: String,
    name: String,
    also: String,
    before: Vec<String>,
    after: Vec<String>,
}

fn short(digest: &str) -> String {
    digest.chars().take(DIGITS).collect()
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// The page where trials begin, with what stood against the last upload.
pub(super) async fn beginning(
    office: &Office,
    signed: &Signed,
    errors: &[String],
) -> Result<BeginningPage, TrialError> {
    let trials = office.edition_trials(&signed.actor).await?;
    let running = office.standing();
    let editions = office.editions().await?;
    let since = editions.last().map(|it| wording::recorded(it.recorded_at));
    Ok(BeginningPage {
        frame: Frame::of(office).at("/registers"),
        token: signed.form_token.clone(),
        edition: short(&running.context.rules.digest),
        since: since.unwrap_or_default(),
        errors: errors.to_vec(),
        trials: trials
            .iter()
            .map(|trial| TrialLine {
                link: format!("/registers/editions/{}", trial.id),
                name: trial.name.clone(),
                by: trial.by.clone(),
                at: wording::recorded(trial.begun_at),
                state: match &trial.stage {
                    TrialStage::Running { .. } if trial.is_stuck(office.instant()) => {
                        "中断了".to_owned()
                    }
                    TrialStage::Running { .. } => "正在试用".to_owned(),
                    TrialStage::Failed(_) => "没有完成".to_owned(),
                    TrialStage::Done { obstacles, .. } if *obstacles > 0 => "还不能使用".to_owned(),
                    TrialStage::Done { affected, .. } => {
                        format!("改变{}项，影响{affected}件在办案件", trial.differences)
                    }
                },
            })
            .collect(),
    })
}

/// What is known of a trial.
pub(super) fn trial(office: &Office, trial: EditionTrial, found: EditionFound) -> TrialPage {
    let is_stuck = trial.is_stuck(office.instant());
    let differing = |change| {
        found
            .differences
            .iter()
            .filter(move |it| it.change == change)
    };
    let sums = vec![
        (count(found.differences.len()), "项改变"),
        (count(differing(Change::Added).count()), "项新增"),
        (count(differing(Change::Removed).count()), "项取消"),
        (count(differing(Change::Changed).count()), "项改动"),
    ];
    let mut page = TrialPage {
        frame: Frame::of(office).at("/registers"),
        name: trial.name,
        by: trial.by,
        at: wording::recorded(trial.begun_at),
        old: short(&trial.editions[0]),
        new: short(&trial.editions[1]),
        running: None,
        is_stuck,
        notice: None,
        sums,
        failures: Vec::new(),
        unproved: Vec::new(),
        unreadable: Vec::new(),
        cases: Vec::new(),
        more_cases: 0,
        more_differences: found.differences.len().saturating_sub(DIFFERENCES_TOLD),
        groups: grouped(found.differences),
        files: found
            .files
            .into_iter()
            .map(|file| (file.change.chinese(), file))
            .collect(),
    };
    match trial.stage {
        TrialStage::Running {
            scenarios_run,
            scenarios,
            proved,
            properties,
            cases,
        } => {
            page.running = Some(if scenarios_run < scenarios || scenarios == 0 {
                let text = format!("走情景：{scenarios_run}个，共{scenarios}个");
                (scenarios_run, scenarios, text)
            } else if proved < properties {
                let text = format!("证明性质：{proved}条，共{properties}条");
                (proved, properties, text)
            } else {
                let text = format!("比较在办案件：已比较{cases}件");
                (scenarios_run, scenarios, text)
            });
            if is_stuck {
                page.notice = Some(notice(Tone::Bad, "试用中断了。", "请重新上传。"));
            }
        }
        TrialStage::Failed(text) => page.notice = Some(notice(Tone::Bad, "没有完成。", &text)),
        TrialStage::Done { .. } => {
            if let Some(report) = found.report {
                tell(&mut page, report, found.more_affected);
            }
        }
    }
    page
}

fn notice(tone: Tone, head: &str, text: &str) -> Notice {
    Notice {
        tone,
        head: head.to_owned(),
        text: text.to_owned(),
        way: None,
    }
}

/// Puts what was found on the page.
fn tell(page: &mut TrialPage, report: EditionReport, more_affected: u64) {
    let affected = count(report.affected.len()) + more_affected;
    page.notice = Some(match (report.obstacles(), report.cases) {
        (0, None) => notice(
            Tone::Caution,
            "情景都照写明的走通，性质都成立。",
            "本账号不能查看案件，没有比较在办案件。",
        ),
        (0, Some(cases)) if affected == 0 => notice(
            Tone::Good,
            "可以使用。",
            &format!(
                "情景都照写明的走通，性质都成立；能看到的{cases}件在办案件，没有一件的答复会改变。"
            ),
        ),
        (0, Some(cases)) => notice(
            Tone::Good,
            "可以使用。",
            &format!(
                "情景都照写明的走通，性质都成立；能看到的{cases}件在办案件都读得回来，下面逐件列出会改变什么。"
            ),
        ),
        (wrong, _) => notice(
            Tone::Bad,
            "还不能使用。",
            &format!("{wrong}处情景不符、性质不成立或者案件读不回来，见下面。"),
        ),
    });
    page.sums.extend([
        (count(report.scenarios), "个情景"),
        (count(report.scenario_failures.len()), "处情景不符"),
        (count(report.properties), "条性质（改动了的程序的）"),
        (count(report.unproved.len()), "条不再成立或者没有了"),
    ]);
    if let Some(cases) = report.cases {
        page.sums.extend([
            (cases, "件在办案件已比较"),
            (affected, "件受影响"),
            (count(report.unreadable.len()), "件读不回来"),
        ]);
    }
    page.failures = report.scenario_failures;
    page.unproved = report.unproved;
    page.unreadable = report.unreadable;
    page.more_cases = more_affected;
    page.cases = report.affected.into_iter().map(case).collect();
}

fn case(case: AffectedCase) -> CaseShown {
    let both = [
        ("换上以后立即改变", case.at_once),
        ("假如从头按新规则办理", case.done_over),
    ];
    let part = |(head, effects): (&'static str, Vec<Effect>)| Part {
        head,
        more: effects.len().saturating_sub(EFFECTS_TOLD),
        effects: effects
            .into_iter()
            .take(EFFECTS_TOLD)
            .map(|effect| EffectShown {
                kind: effect.kind.chinese(),
                what: wording::prose(&effect.what),
                before: wording::prose(&effect.before),
                after: wording::prose(&effect.after),
            })
            .collect(),
    };
    let parts = both.into_iter().filter(|(_, effects)| !effects.is_empty());
    CaseShown {
        link: format!("/cases/{}", case.case_id),
        title: case.title,
        parts: parts.map(part).collect(),
        refused: case
            .refused
            .into_iter()
            .map(|act| (act.entry, act.act, wording::prose(&act.why)))
            .collect(),
    }
}

/// The differences by procedure, those of national lists last.
fn grouped(differences: Vec<Difference>) -> Vec<(String, Vec<DifferenceShown>)> {
    let mut groups: Vec<(String, Vec<DifferenceShown>)> = Vec::new();
    let mut national = Vec::new();
    for one in differences.into_iter().take(DIFFERENCES_TOLD) {
        let (first, others) = match one.procedures.split_first() {
            Some((first, others)) => (Some(first.clone()), others.join("、")),
            None => (None, String::new()),
        };
        let shown = DifferenceShown {
            change: one.change.chinese(),
            element: one.element.chinese(),
            id: one.id,
            name: one.name,
            also: others,
            before: one.before,
            after: one.after,
        };
        match first {
            None => national.push(shown),
            Some(first) => match groups.iter_mut().find(|(name, _)| *name == first) {
                Some((_, all)) => all.push(shown),
                None => groups.push((first, vec![shown])),
            },
        }
    }
    if !national.is_empty() {
        groups.push(("各程序共用的".to_owned(), national));
    }
    groups
}
