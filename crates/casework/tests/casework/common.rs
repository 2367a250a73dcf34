//! The shipped rules, loaded once, and a short way to a case at some point of its course.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use casework::command::{Command, NewMember};
use casework::context::Context;
use casework::decide::{Draft, History, decide};
use casework::entry::{Clock, Consequence, Entry};
use casework::refusal::{GroundKind, Refusal};
use casework::scenario::{self, Doing, Scenario, StepKind};
use law::Rules;
use law::model::Procedure;
use law::source::{Errors, SourceFile, read};
use vocabulary::{Day, Moment};

/// The ordinary penalty.
pub const ORDINARY: &str = "penalty.ordinary";

/// Every file below `rules/`.
pub fn shipped_files() -> Vec<SourceFile> {
    let mut out = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    collect(&folder, "", &mut out);
    out
}

fn collect(folder: &Path, below: &str, out: &mut Vec<SourceFile>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .expect("rules/ is there")
        .filter_map(Result::ok)
        .collect();
    entries.sort_by_key(std::fs::DirEntry::path);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        if entry.path().is_dir() {
            collect(&entry.path(), &path, out);
        } else {
            out.push(SourceFile {
                path,
                text: std::fs::read_to_string(entry.path()).expect("readable"),
            });
        }
    }
}

/// The shipped rules.
pub fn rules() -> Arc<Rules> {
    static RULES: OnceLock<Arc<Rules>> = OnceLock::new();
    Arc::clone(RULES.get_or_init(|| {
        let rules = Rules::load(&shipped_files())
            .unwrap_or_else(|errors| panic!("{} mistakes\n{errors}", errors.0.len()));
        Arc::new(rules)
    }))
}

/// The shipped scenarios.
pub fn scenarios() -> &'static [Scenario] {
    static SCENARIOS: OnceLock<Vec<Scenario>> = OnceLock::new();
    SCENARIOS.get_or_init(|| {
        scenario::parse(&rules())
            .unwrap_or_else(|errors| panic!("{} mistakes\n{errors}", errors.0.len()))
    })
}

/// The ordinary penalty as shipped.
pub fn procedure() -> Arc<Procedure> {
    static PROCEDURE: OnceLock<Arc<Procedure>> = OnceLock::new();
    Arc::clone(PROCEDURE.get_or_init(|| {
        let rules = rules();
        let found = rules.procedure(ORDINARY).expect("it is shipped");
        Arc::new(found.clone())
    }))
}

/// A day.
pub fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

/// Punctuation as it is typed without an input method: these tests are about words.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff1a}' => ':',
            '\u{ff0c}' => ',',
            '\u{ff1b}' => ';',
            '\u{ff08}' => '(',
            '\u{ff09}' => ')',
            other => other,
        })
        .collect()
}

/// A case at some point of its course.
pub struct Given {
    /// The case with its entries.
    pub history: History,
    /// What is read besides.
    pub context: Context,
    scenario: Scenario,
}

/// The case after these lines of a scenario, which shares the defaults and people of the shipped base scenarios.
pub fn given(lines: &str) -> Given {
    let scenario = read_scenario(lines);
    let (history, failures) = scenario::run(&scenario, &rules(), &procedure());
    assert!(failures.is_empty(), "{}", failures[0]);
    let mut context = Context::of(rules());
    context.agency.confirmed.extend(scenario.confirmed.clone());
    context.agency.values.extend(scenario.values.clone());
    context.people.extend(scenario.people.clone());
    Given {
        history,
        context,
        scenario,
    }
}

/// The base scenarios with one more behind them.
fn read_scenario(lines: &str) -> Scenario {
    let text = format!("情景 \"试\" {{\n{lines}\n}}\n");
    let errors = Errors::default();
    let path = format!("{ORDINARY}/scenarios/99-test.kdl");
    let file = SourceFile {
        path: path.clone(),
        text,
    };
    let mut rules = rules().as_ref().clone();
    rules.scenarios.retain(|(path, _)| path.contains("/00-"));
    rules.scenarios.push((path, read(&file, &errors)));
    errors.finish().unwrap_or_else(|errors| panic!("{errors}"));
    let mut parsed = scenario::parse(&rules).unwrap_or_else(|errors| panic!("{errors}"));
    parsed.pop().expect("the last is ours")
}

/// The step of a line such as `行 立案 "2026-03-05"`.
fn doing(line: &str) -> Doing {
    let mut scenario = read_scenario(line);
    match scenario.steps.pop().map(|step| step.kind) {
        Some(StepKind::Do(doing)) => doing,
        other => panic!("not an act: {other:?}"),
    }
}

impl Given {
    /// The command of a line.
    pub fn command(&self, line: &str) -> Command {
        let doing = doing(line);
        let mut command = Command::new(doing.event, doing.number, doing.occurred);
        command.facts = doing.facts;
        command.people = doing.people;
        command.reasons = doing.reasons;
        command
    }

    /// A party like the first, of another number and name.
    pub fn another_party(&self, number: u32, name: &str) -> NewMember {
        NewMember {
            number,
            name: name.to_owned(),
            ..self.scenario.newcomers[0].clone()
        }
    }

    /// What the decision says on the day of the act.
    pub fn when(&self, line: &str) -> Result<Draft, Refusal> {
        let command = self.command(line);
        self.decide(&command, command.occurred.day)
    }

    /// What the decision says on a day.
    pub fn when_on(&self, today: &str, line: &str) -> Result<Draft, Refusal> {
        self.decide(&self.command(line), day(today))
    }

    /// What the decision says of a command.
    pub fn decide(&self, command: &Command, today: Day) -> Result<Draft, Refusal> {
        let now = Moment {
            day: today,
            minute: Some(24 * 60 - 1),
        };
        decide(&self.history, &self.context, command, now)
    }

    /// The case after one more act.
    #[track_caller]
    pub fn and(mut self, line: &str) -> Given {
        let draft = self
            .when(line)
            .unwrap_or_else(|refusal| panic!("{refusal}"));
        self.history.push(draft.entry);
        self
    }

    /// The running clock of a rule for a party, by its number.
    #[track_caller]
    pub fn clock(&self, rule: &str, number: u32) -> Clock {
        let case = &self.history.case;
        let found = case
            .owed
            .iter()
            .enumerate()
            .find_map(|(response, members)| {
                let edge = &case.procedure.responses[response];
                let member = case.member(edge.domain, number)?;
                let obligation = members.get(member)?.as_ref()?;
                (case.procedure.rules[edge.rule].id == rule).then(|| obligation.clock.clone())?
            });
        found.unwrap_or_else(|| panic!("{rule} runs for nobody of number {number}"))
    }

    /// Whether an obligation of a rule is outstanding for a party.
    pub fn is_owed(&self, rule: &str, number: u32) -> bool {
        let case = &self.history.case;
        case.owed.iter().enumerate().any(|(response, members)| {
            let edge = &case.procedure.responses[response];
            case.procedure.rules[edge.rule].id == rule
                && case
                    .member(edge.domain, number)
                    .and_then(|member| members.get(member))
                    .is_some_and(Option::is_some)
        })
    }

    /// Whether a defect of a rule is uncured.
    pub fn has_defect(&self, rule: &str) -> bool {
        let case = &self.history.case;
        case.defects.iter().enumerate().any(|(defect, members)| {
            case.procedure.rules[case.procedure.defects[defect].rule].id == rule
                && members.iter().any(Option::is_some)
        })
    }
}

/// The refusal, which must name each of these rules or rows.
#[track_caller]
pub fn refused(outcome: Result<Draft, Refusal>, names: &[&str]) -> Refusal {
    let refusal = outcome.expect_err("it may not be done");
    for name in names {
        assert!(refusal.names(name), "{name} is not named: {refusal}");
    }
    refusal
}

/// The refusal, one of whose grounds is of this kind.
#[track_caller]
pub fn refused_as(outcome: Result<Draft, Refusal>, kind: GroundKind) -> Refusal {
    let refusal = outcome.expect_err("it may not be done");
    assert!(
        refusal.grounds.iter().any(|ground| ground.kind == kind),
        "{kind:?}: {refusal:?}"
    );
    refusal
}

/// The consequences of a draft.
pub fn consequences(draft: &Draft) -> &[Consequence] {
    match &draft.entry {
        Entry::Act(act) => &act.consequences,
        Entry::CalendarSettled { moved, .. } => moved,
        Entry::Corrected(correction) => &correction.changes,
        Entry::PartsDestroyed(_) | Entry::TakenOver(_) => &[],
    }
}
