//! How fast the pure core answers, beside a reference from the same run.
//!
//! The case is grown from the demonstration case: a second party beside the first, then outside acts that may be
//! repeated, until it has as many entries as a thick dossier.

use super::report::{Limit, Report};
use crate::adapters::MachineClock;
use crate::demo::small::DemoCase;
use crate::office;
use anyhow::{Context as _, Result, ensure};
use app::ports::{Clock, legal_moment};
use casework::answer::answer;
use casework::appraisal::{appraise, by_agency};
use casework::case::Case;
use casework::context::Context;
use casework::decide::{History, decide};
use casework::entry::Entry;
use casework::evolve::evolve;
use casework::replay::{Line, Replay};
use law::check::{Slice, check, parse};
use law::model::{ActClass, CASE};
use law::time::{Code, Period, Unit, due};
use serde_json::json;
use std::hint::black_box;
use std::sync::Arc;
use vocabulary::Moment;

/// The entries of the case that is asked about.
const ENTRIES: usize = 60;
/// Each figure is measured so often, and so long.
const TURNS: usize = 5;
const NANOSECONDS: i128 = 300_000_000;

/// The figures of the pure core.
pub(super) fn measure(report: &mut Report) -> Result<()> {
    let rules = Arc::new(mingqu::load_rules(None)?);
    let context = office::agency(None)?.context(rules);
    let now = legal_moment(MachineClock.now());
    let history = grown(&context, now)?;
    let case = &history.case;
    let parties = case.members.get(1).map_or(0, Vec::len);
    let answers = per_second(1, || {
        black_box(answer(case, &context, now));
    });
    let evolved = per_second(ENTRIES, || {
        let mut case = Case::new(Arc::clone(&case.procedure));
        (1..)
            .zip(&history.entries)
            .for_each(|(number, entry)| evolve(&mut case, number, entry));
        black_box(&case);
    });
    let lines = told(&history)?;
    let judge = Replay::new(
        &case.procedure,
        &context.calendar,
        &context.rules.statutes,
        &context.agency,
        now.day,
    );
    let table = context.rules.scores.first();
    let table = table.context("the score table of the rules")?;
    let replayed = per_second(lines.lines().count(), || {
        let (cases, _) = judge.read(&lines);
        let judged = cases.iter().map(|(name, case)| {
            let answer = judge.judge(name, case);
            let appraisal = appraise(&answer, table);
            (answer, appraisal)
        });
        let judged: Vec<_> = judged.collect();
        black_box(by_agency(&judged, table));
    });
    let (proofs, proving) = proved(&context)?;
    let period = Period::new(15, Unit::WorkingDays, Code::F2).context("the measured period")?;
    let deadlines = per_second(1, || {
        black_box(due(&context.calendar, black_box(period), now, &[])).ok();
    });
    let reference = per_second(1, || {
        let mut numbers: Vec<u64> = (0..100_000u64)
            .map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15))
            .collect();
        numbers.sort_unstable();
        black_box(&numbers);
    });
    report.heading(&format!("案件：{ENTRIES}条记录，{parties}个当事人；单核。"));
    for (id, name, figure, wanted) in [
        (
            "answers",
            "案件答复（可以、必须、不可以，附依据）",
            answers,
            20_000,
        ),
        ("replay", "判断和评查历史（行为）", replayed, 100_000),
        ("deadline", "期限计算", deadlines, 1_000_000),
    ] {
        report.line(
            id,
            json!({ "per_second": figure, "wanted": wanted }),
            &format!("{name}  每秒{figure}（要求{wanted}）"),
        );
        report.judge(name, figure, "每秒", Limit::AtLeast(wanted));
    }
    report.line(
        "proofs",
        json!({ "count": proofs, "milliseconds": proving, "wanted_ms": 300_000 }),
        &format!(
            "证明{proofs}条性质（连同逐条删去的反例）  共{}.{:03}秒（要求300秒以内）",
            proving / 1000,
            proving % 1000
        ),
    );
    report.judge(
        "证明全部性质",
        u64::try_from(proving)?,
        "毫秒",
        Limit::AtMost(300_000),
    );
    report.line(
        "reference_evolve",
        json!({ "per_second": evolved }),
        &format!("参照：只读回记录、不作判断  每秒{evolved}项"),
    );
    report.line(
        "reference_sorts",
        json!({ "per_second": reference }),
        &format!("参照：对十万个整数排序  每秒{reference}次"),
    );
    Ok(())
}

/// The case as JSON lines, told twenty times.
fn told(history: &History) -> Result<String> {
    let mut text = String::new();
    for copy in 0..20 {
        for entry in &history.entries {
            let Entry::Act(act) = entry else { continue };
            let facts = act.facts.iter().filter(|(id, _)| !id.contains('#'));
            let line = Line {
                case: format!("{copy}"),
                act: act.event.clone(),
                subject: (act.subject.number > 0).then_some(act.subject.number),
                on: Some(act.occurred.to_string()),
                facts: facts
                    .map(|(id, value)| (id.clone(), value.clone()))
                    .collect(),
                ..Line::default()
            };
            text.push_str(&serde_json::to_string(&line)?);
            text.push('\n');
        }
    }
    Ok(text)
}

/// Proves every property and tries every deletion: how many, in how many milliseconds.
fn proved(context: &Context) -> Result<(usize, i128)> {
    let began = MachineClock.now();
    let mut count = 0;
    for (path, nodes) in &context.rules.properties {
        let id = path.trim_end_matches("/properties.kdl");
        let (Some(procedure), Some(names)) =
            (context.rules.procedure(id), context.rules.names.get(id))
        else {
            continue;
        };
        for property in parse(procedure, names, nodes)? {
            let slice = Slice::of(procedure, &property);
            let outcome = check(procedure, &property, &slice, None);
            ensure!(
                outcome.closed && outcome.counterexample.is_none(),
                "{} is not proved",
                property.id
            );
            for rule in &slice.rules {
                black_box(check(procedure, &property, &slice, Some(*rule)));
            }
            count += 1;
        }
    }
    let elapsed = MachineClock.now().as_nanosecond() - began.as_nanosecond();
    Ok((count, elapsed / 1_000_000))
}

/// A case of two parties with as many entries as asked.
fn grown(context: &Context, now: Moment) -> Result<History> {
    let demo = DemoCase::read()?;
    let procedure = context
        .rules
        .procedure(&demo.procedure)
        .context("the procedure of the demonstration case")?;
    let mut history = History::new(Arc::new(procedure.clone()));
    let mut steps: Vec<_> = demo
        .steps
        .into_iter()
        .map(|step| step.request(now.day))
        .collect();
    steps.truncate(steps.len().saturating_sub(1));
    let mut repeatable = None;
    for mut step in steps {
        step.introduces.extend(step.introduces.clone());
        let both: &[u32] = if step.number == 0 { &[0] } else { &[1, 2] };
        for number in both {
            step.number = *number;
            perform(&mut history, context, &step, now)?;
        }
        let event = procedure
            .event(&step.event)
            .context("an event of the procedure")?;
        let act = procedure.act_of(event);
        if act.is_repeatable
            && act.class == ActClass::HappenedOutside
            && procedure.events[event].domain == CASE
        {
            repeatable = Some(step);
        }
    }
    let mut again = repeatable.context("the demonstration case has an act to repeat")?;
    again.occurred = Moment::from(now.day);
    while history.entries.len() < ENTRIES {
        perform(&mut history, context, &again, now)?;
    }
    ensure!(
        history.entries.len() == ENTRIES,
        "the demonstration case is longer than {ENTRIES} entries"
    );
    Ok(history)
}

fn perform(
    history: &mut History,
    context: &Context,
    request: &app::ActRequest,
    now: Moment,
) -> Result<()> {
    let command = request.command(&history.case);
    let command = command.map_err(|misread| anyhow::anyhow!("{}: {misread:?}", request.event))?;
    let draft = decide(history, context, &command, now).with_context(|| request.event.clone())?;
    history.push(draft.entry);
    Ok(())
}

/// How often something is done in a second, the best of a few turns: what else runs on the machine slows down the others.
pub(super) fn per_second(units: usize, mut round: impl FnMut()) -> u64 {
    let turns = (0..TURNS).map(|_| turn(units, &mut round));
    turns.max().unwrap_or(0)
}

fn turn(units: usize, round: &mut impl FnMut()) -> u64 {
    let clock = MachineClock;
    let began = clock.now();
    let mut rounds: i128 = 0;
    let elapsed = loop {
        // The clock is asked now and then only, so that it does not become what is measured.
        for _ in 0..32 {
            round();
        }
        rounds += 32;
        let elapsed = clock.now().as_nanosecond() - began.as_nanosecond();
        if elapsed >= NANOSECONDS {
            break elapsed;
        }
    };
    let units = i128::try_from(units).unwrap_or(1);
    u64::try_from(rounds * units * 1_000_000_000 / elapsed).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::Day;

    #[test]
    fn the_measured_case_has_two_parties_and_its_sixty_entries() {
        let rules = Arc::new(mingqu::load_rules(None).unwrap());
        let context = office::agency(None).unwrap().context(rules);
        let now = Moment::from(Day::parse("2026-11-24").unwrap());
        let history = grown(&context, now).unwrap();
        assert_eq!(
            (history.entries.len(), history.case.members[1].len()),
            (ENTRIES, 2)
        );
    }
}
