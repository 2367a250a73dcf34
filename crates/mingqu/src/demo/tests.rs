//! The whole demonstration over a real record, begun on days of every kind: it ends as its files say.

use super::case::Dated;
use super::days::Days;
use super::history::{self, Stage};
use super::{DemoClock, begin, bureau};
use crate::adapters::SystemChance;
use crate::office::{Opened, Place, open_by};
use app::ports::{Clock, legal_moment};
use app::rebuild::RebuildMode;
use casework::entry::Entry;
use jiff::SignedDuration;
use law::Rules;
use ledger::verify::{Against, Check, verify_log};
use ledger::{SqliteLedger, tiles};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::{Arc, OnceLock};
use storage::{Files, SIZE_BYTES_MAX};
use tempfile::TempDir;
use testkit::clock::ManualClock;
use vocabulary::Day;

/// Acts that end a case bear this tag.
const ENDS: &str = "终局";

/// A demonstration on its first day.
struct Begun {
    folder: TempDir,
    machine: Arc<ManualClock>,
}

impl Begun {
    fn on(day: &str) -> Begun {
        Begun {
            folder: tempfile::tempdir().unwrap(),
            machine: Arc::new(ManualClock::at(&format!("{day}T01:30:00Z"))),
        }
    }

    fn place(&self) -> Place {
        Place {
            data: self.folder.path().to_owned(),
            database: None,
        }
    }

    fn machine(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.machine) as Arc<dyn Clock>
    }

    async fn open(&self) -> (Opened, Arc<DemoClock>, Files) {
        let place = self.place();
        let clock = match DemoClock::of(self.folder.path(), self.machine()).unwrap() {
            Some(clock) => clock,
            None => {
                let begun = begin(&place, rules(), self.machine()).await;
                begun.unwrap()
            }
        };
        let clock = Arc::new(clock);
        let opened = open_by(
            &place,
            Arc::clone(rules()),
            bureau().unwrap(),
            Some(Arc::clone(&clock)),
        )
        .await;
        let files = self.folder.path().join("files");
        let files = Files::in_folder(&files, SIZE_BYTES_MAX, Arc::new(SystemChance)).unwrap();
        (opened.unwrap(), clock, files)
    }

    async fn make(
        &self,
        progress: history::Progress<'_>,
    ) -> (Opened, BTreeMap<&'static str, String>) {
        let (opened, clock, files) = self.open().await;
        let stage = Stage {
            clock: &clock,
            files: &files,
            folder: self.folder.path(),
        };
        let made = history::make(&opened.office, &opened.worker, &stage, progress).await;
        match made {
            Ok(made) => (opened, made),
            Err(error) => panic!("{error:#}"),
        }
    }
}

/// The rules, read once.
pub(super) fn rules() -> &'static Arc<Rules> {
    static RULES: OnceLock<Arc<Rules>> = OnceLock::new();
    RULES.get_or_init(|| Arc::new(mingqu::load_rules(None).unwrap()))
}

/// What of a case was late, or departs from the law, by name.
fn told(set: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    set.into_iter().collect()
}

async fn ends_as_its_files_say(day: &str) {
    let begun = Begun::on(day);
    let (opened, made) = begun.make(&mut |_, _, _| {}).await;
    assert_eq!(opened.office.now(), legal_moment(begun.machine.now()));
    stands_as_its_files_say(&opened, &made, day).await;
}

async fn stands_as_its_files_say(
    opened: &Opened,
    made: &BTreeMap<&'static str, String>,
    day: &str,
) {
    let office = &opened.office;
    let context = office.context();
    let zero = Day::parse(day).unwrap();
    let cases = Dated::all(|| Days::from(zero, &context.calendar)).unwrap();
    assert_eq!(made.len(), cases.len());
    let mut differs = Vec::new();
    for dated in &cases {
        let view = office.case(&made[dated.stem]).await.unwrap();
        let (case, procedure) = (view.case(), view.procedure());
        let ends = &dated.file.ends;
        let rule = |response: usize| {
            let rule = procedure.responses[response].rule;
            procedure.rules[rule].id.to_string()
        };
        let last = case.history.last().unwrap();
        let is_closed = case.history.iter().any(|done| {
            let tags = &procedure.act_of(done.event).tags;
            tags.iter().any(|tag| tag == ENDS)
        });
        let met = case.met.iter().filter(|met| met.late);
        let late = met.map(|met| rule(met.response)).chain(
            view.answer
                .must
                .iter()
                .filter(|must| must.overdue)
                .map(|must| rule(must.response)),
        );
        let departs = case.history.iter().flat_map(|done| {
            let act = &procedure.events[done.event].id;
            done.cautions
                .iter()
                .map(move |rule| format!("{act} {rule}"))
        });
        let came = (
            procedure.events[last.event].id.clone(),
            is_closed,
            told(late),
            told(departs),
        );
        let wanted = (
            ends.act.clone(),
            ends.closed,
            told(ends.late.clone()),
            told(ends.departs.clone()),
        );
        if came != wanted {
            differs.push(format!("{}: {came:?}, and not {wanted:?}", dated.stem));
        }
        assert!(!ends.says.is_empty());
    }
    assert!(differs.is_empty(), "{day}:\n{}", differs.join("\n"));
    let rebuilt = office.rebuild(RebuildMode::Check, &|_| {}).await.unwrap();
    assert!(rebuilt.differences.is_empty(), "{:?}", rebuilt.differences);
    let check = Check {
        key: &opened.verifier,
        sm2_key: None,
        with_sm3: true,
        against: Against::Nothing,
    };
    let ledger = opened.worker.ledger.as_ref();
    let verified = verify_log(ledger, office.log(), check).await.unwrap();
    assert!(verified.is_sound(), "{}", verified.statement());
}

#[tokio::test]
async fn begun_on_a_monday_it_ends_as_its_files_say_and_says_what_came_late_or_on_paper() {
    let begun = Begun::on("2026-11-30");
    let (opened, made) = begun.make(&mut |_, _, _| {}).await;
    stands_as_its_files_say(&opened, &made, "2026-11-30").await;
    let (mut on_paper, mut taken_over, mut with_files) = (0, 0, 0);
    let mut days_late = BTreeSet::new();
    for case_id in made.values() {
        let view = opened.office.case(case_id).await.unwrap();
        for (entry, recorded) in view.history.entries.iter().zip(view.recorded.iter()) {
            let day = legal_moment(recorded.recorded_at).day;
            match entry {
                Entry::Act(act) => {
                    on_paper += usize::from(act.recorder.as_ref().is_some_and(|it| it.on_paper));
                    with_files += usize::from(!act.files.is_empty());
                    days_late.insert(day.number() - act.occurred.day.number());
                }
                Entry::TakenOver(_) => taken_over += 1,
                Entry::CalendarSettled { .. } | Entry::Corrected(_) | Entry::PartsDestroyed(_) => {}
            }
        }
    }
    assert_eq!((on_paper, taken_over), (1, 1));
    assert!(with_files > 50, "two whole dossiers: {with_files}");
    assert_eq!(days_late, BTreeSet::from([0, 1]));
}

#[tokio::test]
async fn cases_follow_each_other_and_whoever_reported_is_named_in_one_alone() {
    const INFORMANT: &str = "郁知泉";
    let begun = Begun::on("2026-11-30");
    let (opened, made) = begun.make(&mut |_, _, _| {}).await;
    let office = &opened.office;
    let zero = Day::parse("2026-11-30").unwrap();
    let mut following = BTreeSet::new();
    let mut naming = Vec::new();
    for dated in Dated::all(|| Days::from(zero, &rules().calendar)).unwrap() {
        let view = office.case(&made[dated.stem]).await.unwrap();
        let Some(Entry::Act(first)) = view.history.entries.first() else {
            assert!(dated.file.paper.is_some(), "{}", dated.stem);
            continue;
        };
        let wanted = dated.file.follows.as_deref();
        assert_eq!(first.follows.as_ref(), wanted.map(|it| &made[it]));
        if let Some(wanted) = wanted {
            let followed = office.case(&made[wanted]).await.unwrap();
            assert_eq!(view.party_names(), followed.party_names());
            following.insert(dated.file.procedure.clone());
        }
        if format!("{:?}", view.history.entries).contains(INFORMANT) {
            naming.push(dated.stem);
        }
    }
    let procedures = [
        "coercion.execution",
        "coercion.measure",
        "credit",
        "inspection",
        "levy",
        "penalty.ordinary",
        "remedy",
    ];
    assert_eq!(following, procedures.map(str::to_owned).into());
    assert_eq!(naming, ["water-hotline"]);

    // The first verification takes over what its form would, from the penalty case.
    let execution = office.case(&made["announcement-execution"]).await.unwrap();
    let case = execution.case();
    let said = |id: &str| {
        let fact = case.procedure.fact(id).unwrap();
        case.procedure.facts[fact].show(case.fact(fact, 0).unwrap())
    };
    assert_eq!(said("principal"), "¥8,000.00");
    let penalty = office.case(&made["announcement-service"]).await.unwrap();
    let served = penalty
        .history
        .entries
        .iter()
        .find_map(|entry| match entry {
            Entry::Act(act) if act.event == "document_service:penalty_decision_document" => {
                Some(act.occurred.day.to_string())
            }
            _ => None,
        });
    assert!(said("decision_served_on").starts_with(&served.unwrap()));
}

/// What is owed by a date on the first day, in cases that are going on: the demonstration shows each kind of date.
#[tokio::test]
async fn what_is_going_on_has_its_dates_on_the_first_day() {
    let begun = Begun::on("2026-11-30");
    let (opened, made) = begun.make(&mut |_, _, _| {}).await;
    let mut found = Vec::new();
    for (stem, rule) in [
        ("spot-fine-cash", "PEN-CASH-2WD-B"),
        ("spot-fine-cash", "PEN-SUM-FILE"),
        ("water-hotline-levy", "PUB-OTHER-20WD"),
        ("supervision-late-disclosure", "SUP-APPROVE-LEAD"),
        ("supervision-late-disclosure", "SUP-REPLY"),
        ("information-request", "PUB-REQ-20WD"),
        ("dike-road-central", "FLI-INSPECT-PLANNED"),
    ] {
        let view = opened.office.case(&made[stem]).await.unwrap();
        let procedure = view.procedure();
        let must = view.answer.must.iter().find(|must| {
            let of = procedure.responses[must.response].rule;
            &*procedure.rules[of].id == rule
        });
        let must = must.unwrap_or_else(|| panic!("{stem} owes nothing by {rule}"));
        found.push((stem, rule, must.working_days_left, must.is_paused));
    }
    let wanted = [
        ("spot-fine-cash", "PEN-CASH-2WD-B", Some(1), false),
        ("spot-fine-cash", "PEN-SUM-FILE", Some(2), false),
        ("water-hotline-levy", "PUB-OTHER-20WD", Some(6), false),
        (
            "supervision-late-disclosure",
            "SUP-APPROVE-LEAD",
            Some(2),
            false,
        ),
        ("supervision-late-disclosure", "SUP-REPLY", Some(4), false),
        ("information-request", "PUB-REQ-20WD", None, true),
        ("dike-road-central", "FLI-INSPECT-PLANNED", Some(6), false),
    ];
    assert_eq!(found, wanted);
}

#[test]
fn every_procedure_has_a_case() {
    let rules = rules();
    let zero = Day::parse("2026-11-30").unwrap();
    let cases = Dated::all(|| Days::from(zero, &rules.calendar)).unwrap();
    let shown: BTreeSet<&str> = cases.iter().map(|it| it.file.procedure.as_str()).collect();
    for procedure in &rules.procedures {
        assert!(shown.contains(procedure.id.as_str()), "{}", procedure.id);
    }
}

#[tokio::test]
async fn begun_on_a_friday_it_ends_as_its_files_say() {
    ends_as_its_files_say("2026-12-04").await;
}

#[tokio::test]
async fn begun_in_the_national_holidays_it_ends_as_its_files_say() {
    ends_as_its_files_say("2026-10-05").await;
}

#[tokio::test]
async fn begun_in_a_year_whose_holidays_are_not_announced_it_ends_as_its_files_say() {
    ends_as_its_files_say("2027-01-04").await;
}

#[tokio::test]
async fn what_was_interrupted_goes_on_another_day_and_nothing_is_done_twice() {
    let begun = Begun::on("2026-11-30");
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let mut stop = Some(stop);
    let mut total = 0;
    let mut progress = |done: usize, all: usize, _: &str| {
        total = all;
        // Late, so that whatever a case took over from another one is made again after that one has gone on.
        if done + 10 == all {
            stop.take().map(|stop| stop.send(()));
        }
    };
    tokio::select! {
        biased;
        _ = stopped => {}
        _ = begun.make(&mut progress) => panic!("not interrupted"),
    }
    assert!(!history::is_made(begun.folder.path()));
    begun.machine.advance(SignedDuration::from_hours(24));
    let (opened, made) = begun.make(&mut |_, _, _| {}).await;
    assert!(history::is_made(begun.folder.path()));
    let mut entries = 0;
    let mut by_time = 0;
    for case_id in made.values() {
        let view = opened.office.case(case_id).await.unwrap();
        entries += view.history.entries.len();
        by_time += view
            .history
            .entries
            .iter()
            .filter(|it| is_by_time(it))
            .count();
    }
    assert_eq!(by_time, 2, "both who did not pay");
    assert_eq!(entries - by_time, total);
    let kept = fs::read(begun.folder.path().join("demo-cases.json")).unwrap();
    let kept: BTreeMap<String, String> = serde_json::from_slice(&kept).unwrap();
    assert!(kept.iter().all(|(stem, id)| made[stem.as_str()] == *id));
    let published = opened.portal_folder.join(tiles::FOLDER);
    assert!(published.join(tiles::CHECKPOINT).exists());
}

fn is_by_time(entry: &Entry) -> bool {
    matches!(entry, Entry::Act(act) if act.recorder.is_none())
}

#[tokio::test]
async fn a_folder_with_another_record_is_left_alone() {
    let begun = Begun::on("2026-11-30");
    drop(SqliteLedger::open(&begun.place().sqlite()).unwrap());
    let refused = begin(&begun.place(), rules(), begun.machine()).await;
    assert!(
        refused
            .err()
            .unwrap()
            .to_string()
            .contains("已经有别的记录")
    );
    let clock = DemoClock::of(begun.folder.path(), begun.machine()).unwrap();
    assert!(clock.is_none());
}

#[test]
fn the_history_keeps_its_order_whenever_it_begins() {
    let rules = rules();
    let mut zero = Day::parse("2026-09-28").unwrap();
    let last = Day::parse("2028-03-01").unwrap();
    while zero <= last {
        if let Err(error) = history::beginning(rules, zero) {
            panic!("{zero}: {error:#}");
        }
        zero = zero.plus_days(1);
    }
}

#[test]
fn the_bureau_has_somebody_for_everything() {
    let bureau = bureau().unwrap();
    bureau.check().unwrap();
    let rules = rules();
    let signs_in = |id: &str| {
        let mut accounts = bureau.accounts.iter();
        accounts.any(|account| account.person.as_deref() == Some(id))
    };
    let procedure = rules.procedure("penalty.ordinary").unwrap();
    let zero = Day::parse("2026-11-30").unwrap();
    for dated in Dated::all(|| Days::from(zero, &rules.calendar)).unwrap() {
        let procedure = rules.procedure(&dated.file.procedure).unwrap();
        for role in &procedure.roles {
            let has = |staff: &app::agency::Staff| staff.roles.contains(&role.id);
            assert!(bureau.people.iter().any(has), "{}", role.name);
        }
    }
    for role in &procedure.roles {
        let has = |staff: &&app::agency::Staff| staff.roles.contains(&role.id);
        let holders: Vec<_> = bureau.people.iter().filter(has).collect();
        assert!(!holders.is_empty(), "{}", role.name);
        assert!(holders.iter().all(|it| signs_in(&it.id)), "{}", role.name);
        if role.is_officer {
            let sections: BTreeSet<_> = holders.iter().map(|it| &it.section).collect();
            assert!(sections.len() > 1, "{sections:?}");
        }
    }
    let duties: BTreeSet<_> = bureau.accounts.iter().flat_map(|it| &it.duties).collect();
    assert_eq!(duties.len(), app::agency::Duty::ALL.len());
}

#[test]
fn the_bureau_says_how_many_items_are_in_force() {
    let rules = rules();
    let zero = Day::parse("2026-11-30").unwrap();
    let items = rules.items.values();
    let in_force = items
        .filter(|item| item.in_force(&rules.statutes, zero))
        .count();
    assert!(in_force >= 30, "{in_force}");
    let about = bureau().unwrap().about.join("\n");
    assert!(
        about.contains(&format!("有{in_force}项")),
        "{in_force}: {about}"
    );
    for said in ["内设执法机构", "不是受委托的组织", "没有法律效力"] {
        assert!(about.contains(said), "{said}");
    }
}
