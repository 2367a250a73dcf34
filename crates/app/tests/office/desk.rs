//! A desk over a real record, with the shipped rules and the demonstration agency and case.

use app::agency::AgencyFile;
use app::ledger::{Agency, Ledger, Recorded, StreamName};
use app::office::Ports;
use app::ports::{Chance, Outward, OutwardError, Publisher};
use app::request::Participant;
use app::{ActRequest, NewSubjectRequest, Office, Target};
use async_trait::async_trait;
use law::Rules;
use law::source::SourceFile;
use ledger::SqliteLedger;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use tempfile::TempDir;
use testkit::clock::ManualClock;
use vocabulary::{Day, Moment};

#[derive(Default)]
pub(crate) struct Counting(AtomicU64);

impl Chance for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let count = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let from_end = bytes.iter_mut().rev().zip(count.iter().rev().cycle());
        from_end.for_each(|(byte, of_count)| *byte = *of_count);
    }
}

/// Remembers what reached the public side; out of reach for as long as it is told so.
#[derive(Default)]
pub(crate) struct Outside {
    pub(crate) is_away: AtomicBool,
    pub(crate) shown: Mutex<Vec<(u64, Outward)>>,
}

#[async_trait]
impl Publisher for Outside {
    async fn publish(
        &self,
        _: &Agency,
        leaf_index: u64,
        outward: &Outward,
    ) -> Result<(), OutwardError> {
        if self.is_away.load(Ordering::Relaxed) {
            return Err(OutwardError {
                id: outward.id.clone(),
                source: "out of reach".into(),
            });
        }
        self.shown
            .lock()
            .unwrap()
            .push((leaf_index, outward.clone()));
        Ok(())
    }

    fn holds(&self, leaf_index: u64, outward: &Outward) -> bool {
        self.shown
            .lock()
            .unwrap()
            .iter()
            .any(|(leaf, shown)| *leaf >= leaf_index && shown == outward)
    }
}

pub(crate) struct Desk {
    pub(crate) office: Arc<Office>,
    pub(crate) ledger: Arc<SqliteLedger>,
    pub(crate) outside: Arc<Outside>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) folder: TempDir,
}

/// The files of the shipped rules.
pub(crate) fn rule_files() -> Vec<SourceFile> {
    fn collect(root: &Path, folder: &Path, files: &mut Vec<SourceFile>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(root, &path, files);
            } else {
                let below = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                files.push(SourceFile {
                    path: below,
                    text: fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    files
}

pub(crate) fn rules() -> Arc<Rules> {
    static RULES: OnceLock<Arc<Rules>> = OnceLock::new();
    let load = || Arc::new(Rules::load(&rule_files()).unwrap());
    Arc::clone(RULES.get_or_init(load))
}

pub(crate) fn asset(name: &str) -> String {
    fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../mingqu/assets")
            .join(name),
    )
    .unwrap()
}

pub(crate) fn today() -> Day {
    Day::parse("2026-11-24").unwrap()
}

pub(crate) fn desk() -> Desk {
    desk_by(Arc::new(ManualClock::at("2026-11-24T02:00:00Z")))
}

pub(crate) fn desk_by(clock: Arc<ManualClock>) -> Desk {
    desk_of(clock, |_| {})
}

/// The same at an agency with something changed in its file.
pub(crate) fn desk_of(clock: Arc<ManualClock>, change: impl FnOnce(&mut AgencyFile)) -> Desk {
    let mut file = AgencyFile::parse(&asset("agency.json")).unwrap();
    change(&mut file);
    let folder = tempfile::tempdir().unwrap();
    let ledger = Arc::new(SqliteLedger::open(&folder.path().join("record.sqlite")).unwrap());
    let outside = Arc::new(Outside::default());
    let ports = Ports {
        ledger: ledger.clone(),
        clock: clock.clone(),
        chance: Arc::new(Counting::default()),
        publisher: outside.clone(),
    };
    Desk {
        office: Arc::new(Office::new(file, rules(), ports).unwrap()),
        ledger,
        outside,
        clock,
        folder,
    }
}

/// The demonstration agency at work by these rules.
pub(crate) fn office(rules: Arc<Rules>, ports: Ports) -> Office {
    Office::new(
        AgencyFile::parse(&asset("agency.json")).unwrap(),
        rules,
        ports,
    )
    .unwrap()
}

/// The requests of the shipped demonstration case.
pub(crate) fn requests() -> Vec<ActRequest> {
    let dated = |value: &Value| match value.get("days_ago").and_then(Value::as_i64) {
        Some(days) => today()
            .plus_days(-i32::try_from(days).unwrap())
            .to_string()
            .into(),
        None => value.clone(),
    };
    let case: Value = serde_json::from_str(&asset("demo-case.json")).unwrap();
    let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let request = |step: &Value| {
        let people = object(&step["people"])
            .into_iter()
            .flat_map(|(role, people)| {
                let people: Vec<String> = serde_json::from_value(people).unwrap();
                people.into_iter().map(move |person| Participant {
                    role: role.clone(),
                    person,
                })
            });
        let introduces = step.get("introduces").cloned().unwrap_or_else(|| json!([]));
        ActRequest {
            event: step["event"].as_str().unwrap().to_owned(),
            number: step
                .get("number")
                .map_or(0, |n| u32::try_from(n.as_u64().unwrap()).unwrap()),
            occurred: Moment::from(
                today().plus_days(-i32::try_from(step["days_ago"].as_i64().unwrap()).unwrap()),
            ),
            people: people.collect(),
            facts: object(&step["facts"])
                .iter()
                .map(|(id, value)| (id.clone(), dated(value)))
                .collect(),
            introduces: serde_json::from_value::<Vec<NewSubjectRequest>>(introduces).unwrap(),
            reasons: BTreeMap::new(),
            files: vec![],
            on_paper: false,
            follows: None,
            filled_from: None,
        }
    };
    case["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(request)
        .collect()
}

pub(crate) fn opening() -> Target {
    Target::NewCase {
        procedure: "penalty.ordinary".to_owned(),
    }
}

pub(crate) fn within(case_id: &str, seen: Option<u64>) -> Target {
    Target::Case {
        case_id: case_id.to_owned(),
        seen,
    }
}

impl Desk {
    /// Another process of the same agency over the same record.
    pub(crate) fn beside(&self, chance: u8) -> Office {
        let ports = self.ports(chance);
        let file = AgencyFile::parse(&asset("agency.json")).unwrap();
        Office::new(file, rules(), ports).unwrap()
    }

    pub(crate) fn ports(&self, chance: u8) -> Ports {
        Ports {
            ledger: self.ledger.clone(),
            clock: self.clock.clone(),
            chance: Arc::new(Counting(AtomicU64::new(u64::from(chance) << 32))),
            publisher: self.outside.clone(),
        }
    }

    pub(crate) async fn perform(&self, requests: &[ActRequest]) -> String {
        let mut target = opening();
        let mut case_id = String::new();
        for (at, request) in requests.iter().enumerate() {
            let done = self
                .office
                .rehearse(&target, request, &format!("k{at}"))
                .await;
            case_id = done
                .unwrap_or_else(|error| panic!("{}: {error}", request.event))
                .case_id;
            target = within(&case_id, Some(u64::try_from(at).unwrap() + 1));
        }
        case_id
    }

    pub(crate) async fn stream(&self, case_id: &str) -> Vec<Recorded> {
        self.stream_of(&format!("case/{case_id}")).await
    }

    /// What stands in a stream of this name.
    pub(crate) async fn stream_of(&self, name: &str) -> Vec<Recorded> {
        let agency = Agency::parse("demo-water").unwrap();
        let stream = StreamName::parse(name).unwrap();
        self.ledger.read_stream(&agency, &stream, 0).await.unwrap()
    }
}
