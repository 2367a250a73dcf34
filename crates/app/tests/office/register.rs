//! The agency layer as entries: two hands, days of effect, decisions that rest on it, the file as its beginning.

use crate::desk::{Desk, asset, desk, desk_by, opening, requests, rules, today, within};
use app::agency::AgencyFile;
use app::ledger::{Agency, Ledger, Recorded, StreamName};
use app::office::Ports;
use app::ports::Clock;
use app::rebuild::RebuildMode;
use app::register::{
    AccountChange, DraftState, Drafting, RegisterError, RegisterName, Reviewing, Row, Ruling,
    SeedError, Seeded, Wanted,
};
use app::request::Participant;
use app::{ActRequest, Office, PerformError};
use casework::entry::{Consequence, Entry};
use jiff::Timestamp;
use ledger::PostgresLedger;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use testkit::clock::ManualClock;
use vocabulary::{Day, Moment};

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn row(value: Value) -> Row {
    value.as_object().unwrap().clone()
}

fn drafting(register: RegisterName, id: &str, wanted: Wanted) -> Drafting {
    Drafting {
        register,
        row: id.to_owned(),
        wanted,
        effective_from: today(),
        by: "p08".to_owned(),
        reason: "人事通知".to_owned(),
    }
}

pub(crate) fn put(register: RegisterName, id: &str, value: Value) -> Drafting {
    drafting(register, id, Wanted::Put(row(value)))
}

fn ruling(register: RegisterName, draft: u64, by: &str) -> Ruling {
    Ruling {
        register,
        draft,
        is_approved: true,
        by: by.to_owned(),
        opinion: String::new(),
    }
}

fn reviewing(register: RegisterName, draft: u64, by: &str) -> Reviewing {
    Reviewing {
        register,
        draft,
        is_passed: true,
        by: by.to_owned(),
        opinion: String::new(),
    }
}

/// Lets a draft pass its review, by the legal reviewer of the made-up agency.
async fn review(office: &Office, register: RegisterName, draft: u64) {
    let key = format!("{}-{draft}-reviewed", register.id());
    let reviewing = reviewing(register, draft, "p07");
    office.review_change(&reviewing, &key).await.unwrap();
}

/// Drafts, lets it pass the review, and approves.
pub(crate) async fn change(office: &Office, asked: &Drafting) -> u64 {
    let key = format!("{}-{}-{}", asked.register.id(), asked.row, office.new_id());
    let draft = office.draft_change(asked, &key).await.unwrap();
    review(office, asked.register, draft).await;
    let ruling = ruling(asked.register, draft, "p06");
    office
        .rule_on_change(&ruling, &format!("{key}-approved"))
        .await
        .unwrap()
}

/// What is wrong, by field.
fn fields<T: std::fmt::Debug>(answer: Result<T, RegisterError>) -> Vec<(String, String)> {
    match answer {
        Err(RegisterError::Fields(errors)) => {
            errors.into_iter().map(|it| (it.field, it.text)).collect()
        }
        other => panic!("{other:?}"),
    }
}

/// The first act that two officers do by themselves.
fn on_site(all: &[ActRequest]) -> usize {
    let is_officers = |it: &ActRequest| {
        it.people.len() == 2 && it.people.iter().all(|person| person.role == "handler")
    };
    all.iter().position(is_officers).unwrap()
}

/// The row of a person as it stands, to be changed.
fn person(office: &Office, id: &str) -> Row {
    let standing = office.standing();
    let version = standing.row(RegisterName::People, id, standing.day);
    Row::clone(version.unwrap().row.as_ref().unwrap())
}

async fn stream(desk: &Desk, name: &str) -> Vec<Recorded> {
    let agency = Agency::parse("demo-water").unwrap();
    let name = StreamName::parse(name).unwrap();
    desk.ledger.read_stream(&agency, &name, 0).await.unwrap()
}

fn officer(name: &str, number: &str) -> Value {
    json!({
        "name": name, "post": "水政监察支队", "roles": ["handler"],
        "credentials": [{"number": number, "from": "2026-11-01", "until": "2031-10-31"}],
    })
}

#[tokio::test]
async fn a_change_holds_only_when_another_one_in_charge_approved_it() {
    let desk = desk();
    let office = &desk.office;
    let asked = put(
        RegisterName::People,
        "p10",
        officer("温听澜", "SL-2026-0110"),
    );
    let draft = office.draft_change(&asked, "d1").await.unwrap();
    assert_eq!(
        office.draft_change(&asked, "d1").await.unwrap(),
        draft,
        "the same form once"
    );
    assert!(
        office.agency().staff("p10").is_none(),
        "drafted is not changed"
    );

    review(office, RegisterName::People, draft).await;
    for (by, says) in [
        ("p08", "不能自己批准"),
        ("p01", "不是负责人"),
        ("nobody", "人员名册"),
    ] {
        let refused = office
            .rule_on_change(&ruling(RegisterName::People, draft, by), "no")
            .await;
        assert!(fields(refused)[0].1.contains(says), "{by}");
    }
    let approval = ruling(RegisterName::People, draft, "p06");
    office.rule_on_change(&approval, "a1").await.unwrap();
    assert_eq!(office.agency().staff("p10").unwrap().name, "温听澜");
    let twice = office.rule_on_change(&approval, "a2").await;
    assert!(
        matches!(twice, Err(RegisterError::Overtaken(_))),
        "{twice:?}"
    );

    // Whoever is in the register may work at once.
    let mut first = requests()[0].clone();
    first.people = vec![Participant {
        role: "handler".to_owned(),
        person: "p10".to_owned(),
    }];
    office.rehearse(&opening(), &first, "k").await.unwrap();

    for recorded in stream(&desk, "register/people").await {
        let header = recorded.header().to_string();
        for personal in ["温听澜", "p08", "p07", "p06", "SL-2026", "人事通知"] {
            assert!(!header.contains(personal), "{personal} in {header}");
        }
    }
    let checked = office.rebuild(RebuildMode::Check, &|_| {}).await.unwrap();
    assert_eq!(checked.differences, []);
}

#[tokio::test]
async fn a_draft_is_reviewed_by_another_one_before_somebody_in_charge_is_asked() {
    let desk = desk();
    let office = &desk.office;
    let settings = RegisterName::Settings;
    let asked = put(settings, "lead_check_period", json!({"value": 20}));
    let draft = office.draft_change(&asked, "d").await.unwrap();
    let approval = ruling(settings, draft, "p06");
    match office.rule_on_change(&approval, "early").await {
        Err(RegisterError::Overtaken(text)) => {
            assert!(
                text.contains("还没有审核") && text.contains("卫知微"),
                "{text}"
            );
        }
        other => panic!("{other:?}"),
    }
    for (by, says) in [
        ("p08", "不能自己审核"),
        ("p01", "不担任法制审核人员"),
        ("nobody", "人员名册"),
    ] {
        let refused = office
            .review_change(&reviewing(settings, draft, by), "no")
            .await;
        let wrong = fields(refused);
        assert!(
            wrong.iter().any(|(_, text)| text.contains(says)),
            "{by}: {wrong:?}"
        );
    }
    let passes = reviewing(settings, draft, "p07");
    let number = office.review_change(&passes, "r").await.unwrap();
    assert_eq!(
        office.review_change(&passes, "r").await.unwrap(),
        number,
        "the same form once"
    );
    let twice = office.review_change(&passes, "r2").await;
    assert!(
        matches!(twice, Err(RegisterError::Overtaken(_))),
        "{twice:?}"
    );
    assert_eq!(
        office.context().agency.values["lead_check_period"],
        15,
        "reviewed is not approved"
    );
    office.rule_on_change(&approval, "a").await.unwrap();
    assert_eq!(office.context().agency.values["lead_check_period"], 20);
    let standing = office.standing();
    let version = standing
        .row(settings, "lead_check_period", standing.day)
        .unwrap();
    assert_eq!(
        [
            &version.drafted_by,
            &version.reviewed_by,
            &version.approved_by
        ],
        ["p08", "p07", "p06"]
    );

    // Whoever reviewed it does not approve it as well, though in charge.
    let device = json!({"code": "J-1", "name": "记录仪", "kind": "recorder", "state": "in_use"});
    let asked = put(RegisterName::Devices, "b01", device);
    let draft = office.draft_change(&asked, "d2").await.unwrap();
    let by_leader = reviewing(RegisterName::Devices, draft, "p06");
    office.review_change(&by_leader, "r3").await.unwrap();
    let own = ruling(RegisterName::Devices, draft, "p06");
    let wrong = fields(office.rule_on_change(&own, "a2").await);
    assert!(wrong[0].1.contains("审核的人不能再批准"), "{wrong:?}");
    let other = ruling(RegisterName::Devices, draft, "p05");
    office.rule_on_change(&other, "a3").await.unwrap();
}

#[tokio::test]
async fn what_does_not_pass_the_review_goes_back_with_the_reason() {
    let desk = desk();
    let office = &desk.office;
    let settings = RegisterName::Settings;
    let asked = put(settings, "lead_check_period", json!({"value": 20}));
    let draft = office.draft_change(&asked, "d").await.unwrap();
    let mut back = reviewing(settings, draft, "p07");
    back.is_passed = false;
    assert_eq!(
        fields(office.review_change(&back, "r").await)[0].0,
        "opinion"
    );
    back.opinion = "没有局务会纪要".to_owned();
    office.review_change(&back, "r").await.unwrap();
    let standing = office.standing();
    let state = &standing.draft(settings, draft).unwrap().state;
    assert!(
        matches!(state, DraftState::Rejected { by, reason, .. } if by == "p07" && reason == "没有局务会纪要"),
        "{state:?}"
    );
    let late = office
        .rule_on_change(&ruling(settings, draft, "p06"), "a")
        .await;
    assert!(matches!(late, Err(RegisterError::Overtaken(_))), "{late:?}");
}

#[tokio::test]
async fn a_rejected_draft_changes_nothing_and_says_why() {
    let desk = desk();
    let office = &desk.office;
    let asked = put(
        RegisterName::Settings,
        "lead_check_period",
        json!({"value": 20}),
    );
    let draft = office.draft_change(&asked, "d").await.unwrap();
    let mut no = ruling(RegisterName::Settings, draft, "p06");
    no.is_approved = false;
    assert_eq!(
        fields(office.rule_on_change(&no, "r").await)[0].0,
        "opinion"
    );
    no.opinion = "没有依据".to_owned();
    office.rule_on_change(&no, "r").await.unwrap();
    let standing = office.standing();
    let state = &standing.draft(RegisterName::Settings, draft).unwrap().state;
    assert!(
        matches!(state, DraftState::Rejected { by, reason, .. } if by == "p06" && reason == "没有依据"),
        "{state:?}"
    );
    assert_eq!(office.context().agency.values["lead_check_period"], 15);
    let approval = ruling(RegisterName::Settings, draft, "p06");
    let late = office.rule_on_change(&approval, "a").await;
    assert!(matches!(late, Err(RegisterError::Overtaken(_))));
}

#[tokio::test]
async fn a_draft_on_a_row_that_changed_since_is_not_approved() {
    let desk = desk();
    let office = &desk.office;
    let old = put(
        RegisterName::Settings,
        "lead_check_period",
        json!({"value": 20}),
    );
    let draft = office.draft_change(&old, "d").await.unwrap();
    let newer = put(
        RegisterName::Settings,
        "lead_check_period",
        json!({"value": 10}),
    );
    change(office, &newer).await;
    review(office, RegisterName::Settings, draft).await;
    let approval = ruling(RegisterName::Settings, draft, "p06");
    match office.rule_on_change(&approval, "a").await {
        Err(RegisterError::Overtaken(text)) => assert!(text.contains("重新起草"), "{text}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(office.context().agency.values["lead_check_period"], 10);
}

#[tokio::test]
async fn a_change_holds_from_its_day_on_and_the_day_is_looked_at_each_time() {
    let clock = Arc::new(ManualClock::at("2026-11-24T02:00:00Z"));
    let desk = desk_by(Arc::clone(&clock));
    let office = &desk.office;
    let mut asked = put(
        RegisterName::Approvals,
        "a02",
        json!({"fine_from": 5_000_000, "level": "chief_leader"}),
    );
    asked.effective_from = day("2026-12-01");
    change(office, &asked).await;
    let from = |office: &Office| office.context().approvals[1].fine_from.0;
    assert_eq!(from(office), 10_000_000, "not yet");
    clock.set("2026-11-30T16:30:00Z");
    assert_eq!(
        from(office),
        5_000_000,
        "it is the first of December in Beijing"
    );
}

#[tokio::test]
async fn a_suspended_credential_reaches_an_open_case_and_nothing_is_judged_again() {
    let desk = desk();
    let office = &desk.office;
    let all = requests();
    let at = on_site(&all);
    let case_id = desk.perform(&all[..at]).await;
    let before = office.case(&case_id).await.unwrap();
    let mut changed = person(office, "p02");
    changed["credentials"][0]["suspended_from"] = json!("2026-01-15");
    change(
        office,
        &drafting(RegisterName::People, "p02", Wanted::Put(changed)),
    )
    .await;
    let after = office.case(&case_id).await.unwrap();
    assert_eq!(
        after.version, before.version,
        "what was performed stays as it is"
    );

    let done = office
        .rehearse(&within(&case_id, None), &all[at], "k")
        .await
        .unwrap();
    assert_eq!(done.version, before.version + 1);
    let view = office.case(&case_id).await.unwrap();
    let Some(Entry::Act(act)) = view.history.entries.last() else {
        panic!("an act")
    };
    assert!(
        act.cautions
            .iter()
            .any(|rule| rule.contains("TWO") || rule.contains("CRED")),
        "{:?}",
        act.cautions
    );
}

#[tokio::test]
async fn an_act_recorded_late_is_approved_by_whoever_was_in_charge_on_its_day() {
    let desk = desk();
    let office = &desk.office;
    let all = requests();
    let at = all
        .iter()
        .position(|it| it.people.iter().any(|who| who.person == "p05"))
        .unwrap();
    let case_id = desk.perform(&all[..at]).await;
    // Who approved a few days ago has left since today; the act is recorded only now.
    change(
        office,
        &drafting(RegisterName::People, "p05", Wanted::Remove),
    )
    .await;
    assert!(office.agency().staff("p05").is_none(), "offered no more");
    assert_eq!(
        office.standing().person_name("p05"),
        "荀正岳",
        "still named"
    );
    office
        .rehearse(&within(&case_id, None), &all[at], "late")
        .await
        .unwrap();

    let mut now = all[at].clone();
    now.occurred = Moment::from(today());
    let other = desk_by(Arc::new(ManualClock::at("2026-11-24T02:00:00Z")));
    let case_id = other.perform(&all[..at]).await;
    change(
        &other.office,
        &drafting(RegisterName::People, "p05", Wanted::Remove),
    )
    .await;
    match other
        .office
        .rehearse(&within(&case_id, None), &now, "now")
        .await
    {
        Err(PerformError::Refused(_)) => {}
        other => panic!("{other:?}"),
    }
    let back = put(
        RegisterName::People,
        "p05",
        officer("另一人", "SL-2026-0200"),
    );
    let refused = fields(other.office.draft_change(&back, "again").await);
    assert!(refused[0].1.contains("不能再用"), "{refused:?}");
}

/// A clock that lets something happen the first time that it is asked after it was wound up.
struct Meanwhile {
    at: Timestamp,
    happens: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl Clock for Meanwhile {
    fn now(&self) -> Timestamp {
        let happens = self.happens.lock().unwrap().take();
        if let Some(happens) = happens {
            happens();
        }
        self.at
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_by_another_process_while_a_case_is_decided_is_decided_on() {
    let desk = desk();
    let meanwhile = Arc::new(Meanwhile {
        at: "2026-11-24T02:00:00Z".parse().unwrap(),
        happens: Mutex::default(),
    });
    let mut ports = desk.ports(50);
    ports.clock = meanwhile.clone();
    let file = AgencyFile::parse(&asset("agency.json")).unwrap();
    let slow = Office::new(file, rules(), ports).unwrap();
    let all = requests();
    let at = on_site(&all);
    let case_id = desk.perform(&all[..at]).await;

    let other = Arc::clone(&desk.office);
    *meanwhile.happens.lock().unwrap() = Some(Box::new(move || {
        let work = async move {
            let mut changed = person(&other, "p02");
            changed["credentials"][0]["suspended_from"] = json!("2026-01-15");
            change(
                &other,
                &drafting(RegisterName::People, "p02", Wanted::Put(changed)),
            )
            .await;
        };
        let thread = std::thread::spawn(move || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            runtime.enable_all().build().unwrap().block_on(work);
        });
        thread.join().unwrap();
    }));
    let done = slow
        .rehearse(&within(&case_id, None), &all[at], "k")
        .await
        .unwrap();
    assert!(meanwhile.happens.lock().unwrap().is_none(), "it happened");
    let view = desk.office.case(&case_id).await.unwrap();
    assert_eq!(view.version, done.version);
    let Some(Entry::Act(act)) = view.history.entries.last() else {
        panic!("an act")
    };
    assert!(
        act.cautions
            .iter()
            .any(|rule| rule.contains("TWO") || rule.contains("CRED")),
        "decided on the register as it was when it was written: {:?}",
        act.cautions
    );
}

#[tokio::test]
async fn two_processes_over_one_postgres_read_the_same_registers() {
    let database = testkit::postgres::fresh_database();
    let desk = desk();
    let mut offices = Vec::new();
    for chance in [10, 120] {
        let ports = Ports {
            ledger: Arc::new(PostgresLedger::connect(&database.url()).await.unwrap()),
            ..desk.ports(chance)
        };
        let file = AgencyFile::parse(&asset("agency.json")).unwrap();
        offices.push(Office::new(file, rules(), ports).unwrap());
    }
    let (one, other) = (&offices[0], &offices[1]);
    let (first, second) = tokio::join!(one.seed(), other.seed());
    // At the same moment: one of them puts it on record, the other one finds it there.
    let mut seeded = [first.unwrap(), second.unwrap()];
    seeded.sort_by_key(|it| *it != Seeded::First);
    assert_eq!(seeded, [Seeded::First, Seeded::Same]);
    assert_eq!(one.seed().await.unwrap(), Seeded::Same);
    let seeds = StreamName::parse("register/seed").unwrap();
    let agency = Agency::parse("demo-water").unwrap();
    let ledger = PostgresLedger::connect(&database.url()).await.unwrap();
    assert_eq!(
        ledger.read_stream(&agency, &seeds, 0).await.unwrap().len(),
        1
    );
    change(
        one,
        &put(
            RegisterName::People,
            "p10",
            officer("温听澜", "SL-2026-0110"),
        ),
    )
    .await;
    let mut first = requests()[0].clone();
    first.people[0].person = "p10".to_owned();
    other.rehearse(&opening(), &first, "k").await.unwrap();
    // Both draft at the same moment: both drafts stand.
    let asked = |value: u32| {
        put(
            RegisterName::Settings,
            "lead_check_period",
            json!({"value": value}),
        )
    };
    let (a, b) = (asked(10), asked(12));
    let (a, b) = tokio::join!(one.draft_change(&a, "a"), other.draft_change(&b, "b"));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_ne!(a, b);
    review(one, RegisterName::Settings, a).await;
    review(one, RegisterName::Settings, b).await;
    let (approve_a, approve_b) = (
        ruling(RegisterName::Settings, a, "p06"),
        ruling(RegisterName::Settings, b, "p06"),
    );
    let (a, b) = tokio::join!(
        one.rule_on_change(&approve_a, "aa"),
        other.rule_on_change(&approve_b, "bb")
    );
    assert!(
        a.is_ok() != b.is_ok(),
        "the second rests on a row that moved: {a:?} {b:?}"
    );
}

#[tokio::test]
async fn the_file_is_the_beginning_and_no_second_road() {
    let desk = desk();
    let office = &desk.office;
    assert_eq!(office.seed().await.unwrap(), Seeded::First);
    assert_eq!(office.seed().await.unwrap(), Seeded::Same);
    let seeds = stream(&desk, "register/seed").await;
    assert_eq!(seeds.len(), 1);
    assert!(!seeds[0].header().to_string().contains("陆清源"));
    let labels: Vec<&str> = seeds[0].parts.iter().map(|it| it.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "layout",
            "personal",
            "rows/accounts",
            "rows/approvals",
            "rows/people",
            "rows/settings"
        ]
    );

    let chance = AtomicU8::new(100);
    let started = async |edit: &dyn Fn(&mut AgencyFile)| {
        let mut file = AgencyFile::parse(&asset("agency.json")).unwrap();
        edit(&mut file);
        let chance = chance.fetch_add(1, Ordering::Relaxed);
        Office::new(file, rules(), desk.ports(chance))
            .unwrap()
            .seed()
            .await
    };
    let says = |answer: Result<Seeded, SeedError>| match answer {
        Err(error @ SeedError::Differs(_)) => error.to_string(),
        other => panic!("{other:?}"),
    };
    let said = says(started(&|file| file.people[2].credentials[0].until = day("2031-06-30")).await);
    assert!(
        said.contains("人员名册的“p03”读法不同") && said.contains("登记页面"),
        "{said}"
    );
    let said = says(started(&|file| file.values[0].value = 1).await);
    assert!(said.contains("设定与核对的“lead_check_period”"), "{said}");
    let said = says(
        started(&|file| {
            file.approvals.pop();
        })
        .await,
    );
    assert!(said.contains("审批权限表的“a02”文件里少了"), "{said}");
    let said = says(
        started(&|file| {
            let mut extra = file.people[0].clone();
            extra.id = "p11".to_owned();
            file.people.push(extra);
        })
        .await,
    );
    assert!(said.contains("“p11”登记里没有"), "{said}");
    assert_eq!(
        stream(&desk, "register/seed").await.len(),
        1,
        "nothing was recorded"
    );

    // What is in no register may change, and is on record.
    let other_layout = |file: &mut AgencyFile| file.title_facts.reverse();
    assert_eq!(started(&other_layout).await.unwrap(), Seeded::Again);
    assert_eq!(started(&other_layout).await.unwrap(), Seeded::Same);
    assert_eq!(started(&|_| {}).await.unwrap(), Seeded::Again, "and back");

    // What the registers changed holds after a restart, whatever the file says; a file that says the same is welcome.
    change(
        office,
        &put(
            RegisterName::Settings,
            "lead_check_period",
            json!({"value": 10}),
        ),
    )
    .await;
    let again = desk.beside(90);
    assert_eq!(again.seed().await.unwrap(), Seeded::Same);
    assert_eq!(again.context().agency.values["lead_check_period"], 10);
    assert_eq!(again.agency().people.len(), 10);
    assert_eq!(
        started(&|file| file.values[0].value = 10).await.unwrap(),
        Seeded::Again
    );
}

#[tokio::test]
async fn a_setting_counts_as_it_stood_on_the_day_of_the_act() {
    let desk = desk();
    let office = &desk.office;
    let due = |case_id: String| async move {
        let view = office.case(&case_id).await.unwrap();
        let clocks = view.case().owed.iter().flatten().flatten();
        let mut found: Vec<(String, u32)> = clocks
            .filter_map(|owed| owed.clock.as_ref())
            .map(|clock| (clock.due.unwrap().day.to_string(), clock.period.count))
            .collect();
        found.sort();
        found
    };
    let lead = |day: &str| {
        let mut first = requests()[0].clone();
        first.occurred = Moment::from(Day::parse(day).unwrap());
        async move {
            let (target, key) = (opening(), first.occurred.to_string());
            let done = office.rehearse(&target, &first, &key).await;
            done.unwrap().case_id
        }
    };
    // Fifteen working days until now, five from today on.
    change(
        office,
        &put(
            RegisterName::Settings,
            "lead_check_period",
            json!({"value": 5}),
        ),
    )
    .await;
    let before = due(lead("2026-11-23").await).await;
    let after = due(lead("2026-11-24").await).await;
    assert_eq!(before, [("2026-12-14".to_owned(), 15)]);
    assert_eq!(after, [("2026-12-01".to_owned(), 5)]);
}

fn new_year() -> Value {
    json!({
        "notice": "国办发明电〔2026〕99号",
        "off": [
            {"day": "2027-01-01", "name": "元旦"},
            {"day": "2027-02-08", "name": "春节"}, {"day": "2027-02-09", "name": "春节"},
            {"day": "2027-02-10", "name": "春节"}, {"day": "2027-02-11", "name": "春节"},
            {"day": "2027-02-12", "name": "春节"},
        ],
        "worked": [{"day": "2027-02-20", "name": "春节(调休上班)"}],
    })
}

#[tokio::test]
async fn an_added_year_settles_the_provisional_dates_of_open_cases() {
    // A lead of the last days of the year has to be looked into within working days of a year that nobody has announced.
    let desk = desk_by(Arc::new(ManualClock::at("2026-12-28T02:00:00Z")));
    let office = &desk.office;
    let mut first = requests()[..1].to_vec();
    first[0].occurred = Moment::from(Day::parse("2026-12-24").unwrap());
    let case_id = desk.perform(&first).await;
    let before = office.case(&case_id).await.unwrap();
    let provisional = |view: &app::CaseView| {
        let owed = view.case().owed.iter().flatten().flatten();
        owed.filter_map(|it| it.clock.as_ref())
            .filter(|clock| clock.provisional)
            .map(|clock| clock.calendar.clone())
            .collect::<Vec<_>>()
    };
    assert!(
        !provisional(&before).is_empty(),
        "dates past 2026 are provisional"
    );
    assert!(
        office.let_time_pass().await.unwrap().settled.is_empty(),
        "no new year yet"
    );

    change(office, &put(RegisterName::Calendar, "2027", new_year())).await;
    let passed = office.let_time_pass().await.unwrap();
    assert_eq!(passed.settled.len(), 1, "{:?}", passed.refused);
    let view = office.case(&case_id).await.unwrap();
    assert_eq!(view.version, before.version + 1);
    let Some(Entry::CalendarSettled { edition, moved, .. }) = view.history.entries.last() else {
        panic!("a settlement")
    };
    assert!(edition.ends_with("-2027"), "{edition}");
    assert!(
        moved
            .iter()
            .all(|it| matches!(it, Consequence::Moved { .. }))
    );
    assert!(provisional(&view).iter().all(|counted| counted == edition));
    assert!(
        office.let_time_pass().await.unwrap().settled.is_empty(),
        "once"
    );
    let checked = office.rebuild(RebuildMode::Check, &|_| {}).await.unwrap();
    assert_eq!(checked.differences, []);
}

#[tokio::test]
async fn what_cannot_be_is_refused_at_its_field() {
    let desk = desk();
    let office = &desk.office;
    let credential = |number: &str, from: &str, until: &str| json!({"name": "甲", "credentials": [{"number": number, "from": from, "until": until}]});
    use RegisterName::{Approvals, Calendar, People, Powers, Settings};
    let mut long_name = officer("甲", "X-1");
    long_name["name"] = "长".repeat(41).into();
    let mut twice = credential("X-1", "2026-01-01", "2027-01-01");
    let same = twice["credentials"][0].clone();
    twice["credentials"].as_array_mut().unwrap().push(same);
    let holiday = |name: &str| {
        let mut year = new_year();
        year["off"][0]["day"] = name.into();
        year
    };
    let cases = [
        (People, "p10", json!({}), "name", "请填写“姓名”"),
        (People, "张三", officer("张三", "X-1"), "row", "不用姓名"),
        (People, "p10", long_name, "name", "最多40个字"),
        (
            People,
            "p10",
            json!({"name": "甲", "roles": ["king"]}),
            "roles",
            "没有“king”这一项",
        ),
        (
            People,
            "p10",
            json!({"name": "甲", "level": "emperor"}),
            "level",
            "没有“emperor”",
        ),
        (
            People,
            "p10",
            json!({"name": "甲", "password": "x"}),
            "password",
            "没有“password”这一栏",
        ),
        (
            People,
            "p10",
            json!({"name": "甲", "credentials": "x"}),
            "credentials",
            "值不对",
        ),
        (
            People,
            "p10",
            credential("X-1", "2026-01-01", "2025-01-01"),
            "credentials.0.until",
            "不能早于",
        ),
        (
            People,
            "p10",
            credential("X-1", "2026-02-30", "2027-01-01"),
            "credentials.0.from",
            "2026-02-30",
        ),
        (
            People,
            "p10",
            credential("SL-2024-0101", "2026-01-01", "2027-01-01"),
            "credentials.0.number",
            "陆清源",
        ),
        (People, "p10", twice, "credentials.1.number", "两次"),
        (
            People,
            "p10",
            json!({"name": "甲", "reviewer_since": "2027-01-01"}),
            "reviewer_since",
            "还没有到",
        ),
        (
            People,
            "p01",
            Value::Object(person(office, "p01")),
            "row",
            "没有改动",
        ),
        (
            Settings,
            "no_such",
            json!({"value": 1}),
            "row",
            "没有“no_such”",
        ),
        (
            Settings,
            "defense_period",
            json!({"value": 2}),
            "value",
            "应在3个工作日至",
        ),
        (
            Settings,
            "hearing_fine_org",
            json!({"value": 0}),
            "value",
            "应在",
        ),
        (
            Settings,
            "hearing_fine_org",
            json!({"value": 2_000_000_000_000_i64}),
            "value",
            "应在",
        ),
        (
            Settings,
            "review_period",
            json!({"value": 1_000_000}),
            "value",
            "应在",
        ),
        (Settings, "review_period", json!({}), "value", "请写明数值"),
        (
            Settings,
            "review_period",
            json!({"is_confirmed": true}),
            "text",
            "请写明对照的原文",
        ),
        (
            Settings,
            "TH-WATER",
            json!({"value": 5}),
            "value",
            "没有数值可写",
        ),
        (
            Settings,
            "PEN-PAY-15D",
            json!({"is_confirmed": true, "text": "x"}),
            "row",
            "不能改动",
        ),
        (
            Settings,
            "PEN-DECIDE-90D",
            json!({"value": 400}),
            "row",
            "不能改动",
        ),
        (
            Approvals,
            "a03",
            json!({"fine_from": 1, "level": "unit_head"}),
            "level",
            "第五十七条",
        ),
        (
            Approvals,
            "a03",
            json!({"fine_from": 0, "level": "chief_leader"}),
            "fine_from",
            "已经有一行",
        ),
        (
            Approvals,
            "a03",
            json!({"fine_from": 20_000_000, "level": "deputy_leader"}),
            "level",
            "级别低",
        ),
        (
            Approvals,
            "a03",
            json!({"fine_from": -5, "level": "chief_leader"}),
            "fine_from",
            "0元",
        ),
        (
            Powers,
            "w01",
            json!({"items": ["no-item"], "until": "2026-12-01", "passes_to": "某镇"}),
            "items",
            "no-item",
        ),
        (
            Powers,
            "w01",
            json!({"until": "2026-12-01"}),
            "passes_to",
            "请填写",
        ),
        (
            Calendar,
            "2026",
            new_year(),
            "row",
            "已在随规则发布的日历里",
        ),
        (Calendar, "2028", new_year(), "row", "应补2027年"),
        (Calendar, "next", new_year(), "row", "四位数字"),
        (
            Calendar,
            "2027",
            json!({"notice": "x"}),
            "off",
            "请写明放假的日子",
        ),
        (Calendar, "2027", holiday("2026-01-01"), "off", "不在2027年"),
        (
            Calendar,
            "2027",
            holiday("2027-02-20"),
            "off",
            "既写了放假，又写了上班",
        ),
        (
            Calendar,
            "2027",
            holiday("2027-02-08"),
            "off.1.day",
            "写了两次",
        ),
        (
            RegisterName::Accounts,
            "u01",
            json!({"login": "aa", "duties": ["window"]}),
            "row",
            "不经起草",
        ),
    ];
    for (register, id, value, field, says) in cases {
        let asked = put(register, id, value);
        let wrong = fields(office.draft_change(&asked, "k").await);
        assert!(
            wrong
                .iter()
                .any(|(at, text)| at == field && text.contains(says)),
            "{id} {field} {says}: {wrong:?}"
        );
    }
    let mut nobody = put(People, "p10", officer("甲", "X-1"));
    (nobody.by, nobody.reason) = ("p99".to_owned(), " ".to_owned());
    let wrong = fields(office.draft_change(&nobody, "k").await);
    let at: Vec<&str> = wrong.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(at, ["by", "reason"]);
    let gone = drafting(People, "p77", Wanted::Remove);
    assert!(
        fields(office.draft_change(&gone, "k").await)[0]
            .1
            .contains("没有这一行")
    );
    for name in RegisterName::ALL {
        assert!(
            stream(&desk, &format!("register/{}", name.id()))
                .await
                .is_empty()
        );
    }
}

#[tokio::test]
async fn a_register_never_loses_the_last_one_in_charge() {
    let desk = desk();
    let office = &desk.office;
    for id in ["p04", "p05", "p09"] {
        change(office, &drafting(RegisterName::People, id, Wanted::Remove)).await;
    }
    let last = drafting(RegisterName::People, "p06", Wanted::Remove);
    let wrong = fields(office.draft_change(&last, "k").await);
    assert_eq!(wrong[0].0, "level", "{wrong:?}");
    // Nobody decides on what concerns themselves, not even the last one in charge.
    let mut own = person(office, "p06");
    own.insert("post".to_owned(), "局长、党组书记".into());
    let own = drafting(RegisterName::People, "p06", Wanted::Put(own));
    let draft = office.draft_change(&own, "own").await.unwrap();
    let by_self = reviewing(RegisterName::People, draft, "p06");
    let wrong = fields(office.review_change(&by_self, "r").await);
    assert!(wrong[0].1.contains("自己"), "{wrong:?}");
    review(office, RegisterName::People, draft).await;
    let approval = ruling(RegisterName::People, draft, "p06");
    let wrong = fields(office.rule_on_change(&approval, "a").await);
    assert!(wrong[0].1.contains("自己"), "{wrong:?}");
}

#[tokio::test]
async fn accounts_are_the_administrators_and_change_nobody() {
    let desk = desk();
    let office = &desk.office;
    let account = |id: &str, value: Value, by: &str| AccountChange {
        row: id.to_owned(),
        wanted: Wanted::Put(row(value)),
        by: by.to_owned(),
        reason: "新进人员".to_owned(),
    };
    let handler = json!({"login": "luqingyuan", "person": "p01", "is_open": true});
    for by in ["", "luqy", "jiandu"] {
        let first = account("u01", handler.clone(), by);
        assert!(
            fields(office.change_account(&first, "k").await)[0]
                .1
                .contains("系统管理员")
        );
    }
    let admin = json!({"login": "admin", "duties": ["administrator"], "is_open": true});
    office
        .change_account(&account("u01", admin.clone(), "guanli"), "k1")
        .await
        .unwrap();
    let mut other = admin.clone();
    other["login"] = "guanli".into();
    other["is_open"] = false.into();
    office
        .change_account(&account("guanli", other, "u01"), "k1-closed")
        .await
        .unwrap();
    assert!(office.agency().account("guanli").is_none(), "closed");
    let by_nobody = office
        .change_account(&account("u02", handler.clone(), "u02"), "k2")
        .await;
    assert_eq!(fields(by_nobody)[0].0, "by");
    office
        .change_account(&account("u02", handler.clone(), "u01"), "k3")
        .await
        .unwrap();

    let mut power = handler.clone();
    power["level"] = "chief_leader".into();
    power["credentials"] = json!([]);
    let wrong = fields(
        office
            .change_account(&account("u02", power, "u01"), "k4")
            .await,
    );
    assert!(wrong.iter().any(|(field, _)| field == "level"), "{wrong:?}");
    let same_login = json!({"login": "admin", "person": "p02", "is_open": true});
    let wrong = fields(
        office
            .change_account(&account("u03", same_login, "u01"), "k5")
            .await,
    );
    assert_eq!(wrong[0].0, "login");
    let nobody = json!({"login": "bb", "person": "p99", "is_open": true});
    let wrong = fields(
        office
            .change_account(&account("u03", nobody, "u01"), "k6")
            .await,
    );
    assert_eq!(wrong[0].0, "person");
    let mut closed = admin.clone();
    closed["is_open"] = false.into();
    let wrong = fields(
        office
            .change_account(&account("u01", closed, "u01"), "k7")
            .await,
    );
    assert!(wrong[0].1.contains("至少要有一个"), "{wrong:?}");

    let standing = office.standing();
    let rows: Vec<&str> = standing
        .rows(RegisterName::Accounts, today())
        .map(|(id, ..)| id.as_str())
        .collect();
    assert!(
        rows.ends_with(&["u01", "u02", "weizw", "wenyz", "xunzy", "yesj", "zhanhj"]),
        "{rows:?}"
    );
    assert!(
        standing
            .versions
            .iter()
            .all(|it| it.stream.as_str() != "register/accounts"),
        "no decision rests on an account"
    );
    for recorded in stream(&desk, "register/accounts").await {
        assert!(!recorded.header().to_string().contains("admin"));
    }
}

#[test]
fn every_rule_on_rows_names_registers_and_columns_that_there_are() {
    use law::register_rule::{DueFrom, RegisterAsk};
    let rules = rules();
    assert!(!rules.register_rules.is_empty());
    for rule in &rules.register_rules {
        for register in &rule.registers {
            let register = RegisterName::parse(register);
            let register = register.unwrap_or_else(|| panic!("{}: {:?}", rule.id, rule.registers));
            let named: Vec<&String> = match &rule.ask {
                RegisterAsk::Due { only, from, until } => {
                    let from = match from {
                        DueFrom::Column(column, _) | DueFrom::EndOfYear(column) => column,
                    };
                    let only = only.iter().map(|(column, _)| column);
                    only.chain([from, until]).collect()
                }
                RegisterAsk::BeforeRelease { needs } => vec![needs],
                RegisterAsk::NotMissing { having, needs } => vec![having, needs],
                RegisterAsk::Share { part, of, .. } => vec![&part.0, of],
                RegisterAsk::Refresh { .. } => vec![],
                RegisterAsk::Worded { list, .. } => vec![list],
            };
            for column in named {
                let known = register.columns().iter().any(|it| it.id == column);
                assert!(known, "{}: {} has no {column}", rule.id, register.id());
            }
        }
    }
}

#[tokio::test]
async fn rows_call_for_what_the_law_asks_of_them() {
    let desk = desk();
    let office = &desk.office;
    let bank = |filed: Option<&str>| {
        let mut row = json!({
            "name": "某银行", "account": "1", "address": "某路", "agreed_on": "2026-11-02",
        });
        if let Some(day) = filed {
            row["filed_on"] = day.into();
        }
        row
    };
    let told = |register: RegisterName| {
        let notices = office.standing().notices(register);
        let all = notices.into_iter().map(|it| (it.text, it.is_late));
        all.collect::<Vec<_>>()
    };
    // Fifteen days after 2 November is the 17th; today is the 24th.
    change(office, &put(RegisterName::Banks, "r01", bank(None))).await;
    let [(text, true)] = &told(RegisterName::Banks)[..] else {
        panic!("{:?}", told(RegisterName::Banks));
    };
    assert!(
        text.contains("2026-11-17") && text.contains("已经逾期7日"),
        "{text}"
    );
    change(
        office,
        &put(RegisterName::Banks, "r01", bank(Some("2026-11-18"))),
    )
    .await;
    let [(text, true)] = &told(RegisterName::Banks)[..] else {
        panic!("late for good");
    };
    assert!(text.contains("晚1日"), "{text}");
    change(
        office,
        &put(RegisterName::Banks, "r01", bank(Some("2026-11-17"))),
    )
    .await;
    assert_eq!(told(RegisterName::Banks), []);

    let ends = json!({
        "name": "某律师", "kind": "counsel", "unit": "某所", "license": "L1",
        "from": "2025-01-01", "until": "2026-12-20",
    });
    change(office, &put(RegisterName::Counsel, "v01", ends)).await;
    let [(text, false)] = &told(RegisterName::Counsel)[..] else {
        panic!("{:?}", told(RegisterName::Counsel));
    };
    assert!(
        text.contains("聘期止") && text.contains("还剩26日"),
        "{text}"
    );

    // Two reviewers of so many officers are enough; who was never trained is named.
    let people = told(RegisterName::People);
    assert!(
        people
            .iter()
            .any(|(text, late)| text.contains("应不少于5%") && !late),
        "{people:?}"
    );
    assert!(
        people
            .iter()
            .any(|(text, _)| text.contains("没有登记“培训记录”")),
        "{people:?}"
    );
}
