//! `mingqu law deadline`: a due date, with every day that led to it.

use super::Failure;
use clap::Args;
use law::Rules;
use law::model::{Agency, Base, EventIx, PeriodRef, Procedure, RuleIx, Trigger};
use law::show::{period_of, show};
use law::source::nearest;
use law::time::{Code, Explanation, Period, Roll, Run, Unit, explain};
use serde::Serialize;
use std::io::Write;
use vocabulary::{Day, Moment};

#[derive(Args)]
pub(super) struct Arguments {
    /// 起算日，如 2026-09-18；以小时计的写时刻，如 2026-09-18T09:30；倒数的写活动当日
    #[arg(long, value_name = "日期")]
    from: Option<String>,
    /// 期间的数目
    #[arg(long, value_name = "数")]
    count: Option<String>,
    /// 计算口径：F1 自然日顺延，F1H 自然日不顺延，F2 工作日，F3 小时，F4 “X日前”倒数，F5 月或年
    #[arg(long, value_name = "口径")]
    code: Option<String>,
    /// 单位：hours、days、working-days、months、years；F4、F5 必须写
    #[arg(long, value_name = "单位")]
    unit: Option<String>,
    /// 用这条关系的期间，如 PUB-PEN-7WD
    #[arg(long, value_name = "编号")]
    rule: Option<String>,
    /// 输出 JSON
    #[arg(long)]
    json: bool,
}

/// What is printed; fields are added, never renamed or taken away.
#[derive(Serialize)]
struct Answer<'a> {
    /// The last day, or with hours the last minute; for F4 the latest day for the notice.
    due: Moment,
    /// The date rests on a year whose holidays are not announced.
    provisional: bool,
    from: Moment,
    period: PeriodShown,
    code: Code,
    /// The recorded years that the count went by.
    calendar: &'a str,
    counted: Vec<RunShown<'a>>,
    skipped: Vec<RunShown<'a>>,
    /// The move of the last day off a day off.
    rolled: &'a Option<Roll>,
    /// The working day on which to warn, when the due date is a day off.
    warning_day: Option<Day>,
    /// The basis of the way of counting.
    basis: &'static str,
    summary: &'a str,
    /// The relation whose period this is.
    rule: Option<RuleShown>,
}

#[derive(Serialize)]
struct PeriodShown {
    text: String,
    count: u32,
    unit: &'static str,
}

#[derive(Serialize)]
struct RunShown<'a> {
    #[serde(flatten)]
    run: &'a Run,
    days: u32,
}

/// The relation whose period is counted.
#[derive(Serialize)]
struct RuleShown {
    id: String,
    procedure: String,
    kind: String,
    sentences: Vec<String>,
    /// What `from` has to be.
    base: String,
    /// Statutes and articles.
    statutes: Vec<String>,
    /// The setting that holds the length.
    setting: Option<String>,
    /// Length and basis may be relied on; otherwise 依据待核.
    confirmed: bool,
    place: String,
}

pub(super) fn run(
    arguments: &Arguments,
    rules: &Rules,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let (period, rule) = match &arguments.rule {
        Some(id) => {
            if arguments.count.is_some() || arguments.code.is_some() || arguments.unit.is_some() {
                return input("用了 --rule 就不再写 --count、--code、--unit：期间由这条关系规定。");
            }
            let (period, rule) = of_rule(rules, id)?;
            (period, Some(rule))
        }
        None => (typed(arguments)?, None),
    };
    let base = rule
        .as_ref()
        .map_or(String::new(), |rule| format!("，这里是{}", rule.base));
    let Some(from) = &arguments.from else {
        return input(format!("请写 --from 起算日，如 --from 2026-09-18{base}。"));
    };
    let from =
        Moment::parse(from).map_err(|error| Failure::Input(format!("--from 的{error}。")))?;
    let explanation = explain(&rules.calendar, period, from, &[]).map_err(|error| {
        let form = if period.code == Code::F3 {
            "：--from 写作 2026-09-18T09:30 的形式"
        } else {
            ""
        };
        Failure::Input(format!("{error}{form}。"))
    })?;
    let runs = |counted: bool| {
        let chosen = explanation.runs.iter().filter(|run| run.counted == counted);
        chosen
            .map(|run| RunShown {
                run,
                days: run.days(),
            })
            .collect()
    };
    let answer = Answer {
        due: explanation.due.at,
        provisional: explanation.due.provisional,
        from,
        period: PeriodShown {
            text: period.to_string(),
            count: period.count,
            unit: period.unit.id(),
        },
        code: period.code,
        calendar: &explanation.edition,
        counted: runs(true),
        skipped: runs(false),
        rolled: &explanation.roll,
        warning_day: explanation.warn,
        basis: period.code.basis(),
        summary: &explanation.summary,
        rule,
    };
    if arguments.json {
        serde_json::to_writer_pretty(&mut *out, &answer)?;
        writeln!(out)?;
        return Ok(());
    }
    Ok(print(&answer, &explanation, out)?)
}

fn input<T>(sentence: impl Into<String>) -> Result<T, Failure> {
    Err(Failure::Input(sentence.into()))
}

/// The period as typed: number, code, and the unit where the code leaves it open.
fn typed(arguments: &Arguments) -> Result<Period, Failure> {
    let (Some(count), Some(code)) = (&arguments.count, &arguments.code) else {
        return input(
            "请写期间：--count 15 --code F1；或者用 --rule 写一条关系的编号，如 --rule PUB-PEN-7WD。",
        );
    };
    let Ok(number) = count.parse::<u32>() else {
        return input(format!("--count 写作“{count}”，应为大于零的整数，如 15。"));
    };
    let code =
        Code::parse(code).map_err(|error| Failure::Input(format!("--code 有误：{error}。")))?;
    let unit = match (&arguments.unit, code.units()) {
        (Some(text), _) => {
            Unit::parse(text).map_err(|error| Failure::Input(format!("--unit 有误：{error}。")))?
        }
        (None, [only]) => *only,
        (None, several) => {
            let names: Vec<String> = several
                .iter()
                .map(|unit| format!("--unit {}（{unit}）", unit.id()))
                .collect();
            return input(format!(
                "口径{code}（{}）须写明单位：{}。",
                code.chinese(),
                names.join("或")
            ));
        }
    };
    Period::new(number, unit, code).map_err(|error| Failure::Input(format!("{error}。")))
}

/// The period of a relation. One laid over several procedures is the same in each: the first one answers.
fn of_rule(rules: &Rules, id: &str) -> Result<(Period, RuleShown), Failure> {
    let found = rules
        .procedures
        .iter()
        .find_map(|procedure| Some((procedure, procedure.rule(id)?)));
    let Some((procedure, rule)) = found else {
        let known: Vec<&str> = rules
            .procedures
            .iter()
            .flat_map(|p| &p.rules)
            .map(|rule| rule.id.as_str())
            .collect();
        let near = nearest(id, &known).map_or(String::new(), |near| format!("，是不是“{near}”？"));
        return input(format!(
            "没有编号为“{id}”的关系{near}（mingqu law show 程序 列出全部关系）"
        ));
    };
    let Some(period) = period_of(procedure, rule) else {
        return input(format!(
            "“{id}”（{}）没有规定期间。",
            procedure.rules[rule].kind
        ));
    };
    let setting = match period {
        PeriodRef::Setting(ix) => Some(procedure.settings[ix].name.clone()),
        PeriodRef::Fixed(_) => None,
    };
    let agency = Agency::default();
    let Some((length, confirmed)) = procedure.period(period, &agency) else {
        let setting = setting.unwrap_or_default();
        return input(format!(
            "“{id}”的期间由设定“{setting}”规定，本机关还没有设定数值，不能计算。"
        ));
    };
    let shown = show(procedure, &agency).relations.swap_remove(rule);
    let rule_shown = RuleShown {
        id: shown.id,
        procedure: procedure.name.clone(),
        kind: shown.kind,
        sentences: shown.sentences,
        base: base(procedure, rule, length.code),
        statutes: shown.basis.into_iter().map(|cite| cite.text).collect(),
        setting,
        confirmed: confirmed && shown.verified == law::statute::Verified::Yes,
        place: shown.place,
    };
    Ok((length, rule_shown))
}

/// What the period of a rule counts from.
fn base(procedure: &Procedure, rule: RuleIx, code: Code) -> String {
    let act = |event: EventIx| format!("【{}】之日", procedure.events[event].name);
    let of = |base: Base, source: Option<EventIx>| match (base, source) {
        (Base::Fact(fact), _) => procedure.facts[fact].name.clone(),
        (Base::Act, Some(event)) => act(event),
        (Base::Act, None) => String::new(),
    };
    let responses = procedure
        .responses
        .iter()
        .filter(|edge| edge.rule == rule && edge.period.is_some());
    let mut bases: Vec<String> = responses
        .map(|edge| match &edge.trigger {
            Trigger::After(source) => of(edge.base, Some(*source)),
            Trigger::Changed { facts, .. } => {
                let names: Vec<&str> = facts
                    .iter()
                    .map(|fact| procedure.facts[*fact].name.as_str())
                    .collect();
                format!("{}变更之日", names.join("、"))
            }
        })
        .collect();
    let windows = procedure.windows.iter().filter(|edge| edge.rule == rule);
    bases.extend(windows.map(|edge| of(edge.base, edge.source)));
    for edge in procedure
        .conditions
        .iter()
        .filter(|edge| edge.rule == rule && edge.delay.is_some())
    {
        // Counted backwards, a period starts from what comes after it.
        match code {
            Code::F4 => bases.push(act(edge.target)),
            _ => bases.extend(edge.sources.iter().map(|source| act(*source))),
        }
    }
    if procedure.extensions.iter().any(|edge| edge.rule == rule) {
        bases.push("原到期日".to_owned());
    }
    let mut seen: Vec<String> = Vec::new();
    for base in bases {
        if !seen.contains(&base) {
            seen.push(base);
        }
    }
    seen.join("或者")
}

fn print(
    answer: &Answer<'_>,
    explanation: &Explanation,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let provisional = if answer.provisional {
        "（暂定）"
    } else {
        ""
    };
    writeln!(out, "到期：{}{provisional}", answer.due.chinese())?;
    if let Some(rule) = &answer.rule {
        writeln!(
            out,
            "关系：{}（{}，{}）",
            rule.id, rule.kind, rule.procedure
        )?;
        rule.sentences
            .iter()
            .try_for_each(|sentence| writeln!(out, "　　　{sentence}"))?;
        let open = if rule.confirmed {
            ""
        } else {
            "（依据待核）"
        };
        writeln!(out, "法条：{}{open}", rule.statutes.join("、"))?;
        writeln!(out, "起算：{}（{}）", answer.from.chinese(), rule.base)?;
    } else {
        writeln!(out, "起算：{}", answer.from.chinese())?;
    }
    writeln!(
        out,
        "期间：{}，口径{}（{}）",
        answer.period.text,
        answer.code,
        answer.code.chinese()
    )?;
    writeln!(out, "逐日：")?;
    explanation
        .runs
        .iter()
        .try_for_each(|run| writeln!(out, "　　　{run}"))?;
    if let Some(roll) = answer.rolled {
        writeln!(
            out,
            "顺延：末日{}为{}，顺延至{}",
            roll.from.chinese(),
            roll.why,
            roll.to.chinese()
        )?;
    }
    if let Some(day) = answer.warning_day {
        writeln!(out, "提醒：到期日不是工作日，宜在{}前办结", day.chinese())?;
    }
    writeln!(out, "口径依据：{}", answer.basis)?;
    writeln!(out, "工作日历：{}年", answer.calendar)?;
    writeln!(out, "{}", answer.summary)
}
