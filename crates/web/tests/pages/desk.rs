//! A browser at the desk of an office with the shipped rules and the demonstration agency.

use app::agency::AgencyFile;
use app::drafts::DraftsInMemory;
use app::ledger::{Agency, Ledger};
use app::office::Ports;
use app::ports::{Chance, Clock, Outward, OutwardError, Publisher};
use app::{ActRequest, Office, Target};
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use jiff::Timestamp;
use law::Rules;
use law::source::SourceFile;
use ledger::SqliteLedger;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use tempfile::TempDir;
use tower::ServiceExt;

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        "2026-11-24T04:00:00Z".parse().unwrap()
    }
}

#[derive(Default)]
struct Counting(AtomicU8);

impl Chance for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
    }
}

struct Nowhere;

#[async_trait]
impl Publisher for Nowhere {
    async fn publish(&self, _: &Agency, _: u64, _: &Outward) -> Result<(), OutwardError> {
        Ok(())
    }

    fn holds(&self, _: u64, _: &Outward) -> bool {
        true
    }
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

fn rules() -> Arc<Rules> {
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

/// A browser at the desk of an office.
pub(crate) struct Browser {
    pub(crate) router: Router,
    pub(crate) office: Arc<Office>,
    pub(crate) ledger: Arc<SqliteLedger>,
    _folder: TempDir,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }

    /// The value of a hidden field.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let from = self
            .text
            .split_once(&start)
            .unwrap_or_else(|| panic!("no {name}"))
            .1;
        from.split('"').next().unwrap().to_owned()
    }
}

pub(crate) fn browser() -> Browser {
    let browser = made(|_| {}, Arc::new(Counting::default()));
    let session = begin(&browser.office, "luqy");
    assert_eq!(session, SESSION);
    assert_eq!(app::identity::form_token(SESSION), TOKEN);
    browser
}

/// Counts further than a byte, for tests that take much chance.
#[derive(Default)]
struct CountingFar(AtomicU64);

impl Chance for CountingFar {
    fn fill(&self, bytes: &mut [u8]) {
        let count = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        for (byte, of) in bytes.iter_mut().zip(count.iter().cycle()) {
            *byte = *of;
        }
    }
}

/// Adds an officer of another unit, and an account that is closed.
pub(crate) fn with_others(file: &mut AgencyFile) {
    let mut person = file.people[0].clone();
    person.id = "p20".to_owned();
    person.name = "郁清源".to_owned();
    person.section = "水土保持科".to_owned();
    person.credentials.clear();
    file.people.push(person);
    let mut account = file.accounts[0].clone();
    account.id = "shuibao".to_owned();
    account.person = Some("p20".to_owned());
    file.accounts.push(account.clone());
    account.id = "tingyong".to_owned();
    account.closed = true;
    file.accounts.push(account);
}

/// An agency that is somewhat different.
pub(crate) fn browser_of(change: impl Fn(&mut AgencyFile)) -> Browser {
    made(change, Arc::new(CountingFar::default()))
}

/// Another agency on the same record.
pub(crate) fn other_office(browser: &Browser) -> Office {
    let mut file = AgencyFile::parse(&asset("agency.json")).unwrap();
    file.code = "other-water".to_owned();
    let chance = CountingFar(AtomicU64::new(1 << 40));
    let ports = Ports {
        ledger: browser.ledger.clone(),
        clock: Arc::new(Noon),
        chance: Arc::new(chance),
        publisher: Arc::new(Nowhere),
    };
    Office::new(file, rules(), ports).unwrap()
}

/// A browser at a desk whose clock is set by the test.
pub(crate) fn browser_at(clock: Arc<dyn Clock>, change: impl Fn(&mut AgencyFile)) -> Browser {
    made_at(clock, change, Arc::new(CountingFar::default()))
}

/// The same record under another agency file, as after a change of the registers.
pub(crate) fn reopened(
    browser: Browser,
    clock: Arc<dyn Clock>,
    change: impl Fn(&mut AgencyFile),
) -> Browser {
    let ports = Ports {
        ledger: browser.ledger.clone(),
        clock,
        chance: Arc::new(CountingFar(AtomicU64::new(1 << 40))),
        publisher: Arc::new(Nowhere),
    };
    let mut file = AgencyFile::parse(&asset("agency.json")).unwrap();
    change(&mut file);
    let office = Arc::new(Office::new(file, rules(), ports).unwrap());
    Browser {
        router: web::router(Arc::clone(&office)),
        office,
        ..browser
    }
}

fn made(change: impl Fn(&mut AgencyFile), chance: Arc<dyn Chance>) -> Browser {
    made_at(Arc::new(Noon), change, chance)
}

fn made_at(
    clock: Arc<dyn Clock>,
    change: impl Fn(&mut AgencyFile),
    chance: Arc<dyn Chance>,
) -> Browser {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Arc::new(SqliteLedger::open(&folder.path().join("record.sqlite")).unwrap());
    let ports = Ports {
        ledger: ledger.clone(),
        clock,
        chance,
        publisher: Arc::new(Nowhere),
    };
    let mut file = AgencyFile::parse(&asset("agency.json")).unwrap();
    change(&mut file);
    let office = Arc::new(Office::new(file, rules(), ports).unwrap());
    Browser {
        ledger,
        router: web::with_drafts(
            web::router(Arc::clone(&office)),
            Arc::new(DraftsInMemory::default()),
        ),
        office,
        _folder: folder,
    }
}

/// Begins a session without a password, from where nothing waits.
pub(crate) fn begin(office: &Office, account: &str) -> String {
    let begin = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime
            .block_on(office.begin_session(account, false))
            .unwrap()
            .token
    };
    std::thread::scope(|scope| scope.spawn(begin).join().unwrap())
}

/// The session of a handler: the chance of these tests counts.
pub(crate) const SESSION: &str = "0101010101010101010101010101010102020202020202020202020202020202";
/// What the forms of this session carry.
pub(crate) const TOKEN: &str = "3a7abc27efd4926a3bc6b21707a199e0";
pub(crate) const OPENING: &str = "/cases/new/penalty.ordinary/lead_registration";

/// A filing that waits for the leader, in a case of one entry; whether it is delegated is left to say.
pub(crate) const FILING: [(&str, &str); 18] = [
    ("token", TOKEN),
    ("version", "1"),
    ("key", "filing"),
    ("occurred", "2026-11-24"),
    ("role.handler", "p01"),
    ("role.handler", "p02"),
    ("role.leader", "p05"),
    ("fact.cause", "未依照取水许可规定条件取水"),
    ("fact.suspected_provision", "水法第四十八条"),
    ("fact.basin", "haihe"),
    ("fact.violation_fact_exists", "true"),
    ("fact.penalty_due_by_law", "true"),
    ("fact.own_jurisdiction", "true"),
    ("fact.within_limitation", "true"),
    ("fact.place_in_area", "true"),
    ("fact.no_earlier_filing", "true"),
    ("fact.limitation_kind", "two_years"),
    ("fact.violation_continues", "true"),
];

pub(crate) fn encode(fields: &[(&str, &str)]) -> String {
    let escape = |text: &str| {
        text.bytes()
            .map(|byte| format!("%{byte:02X}"))
            .collect::<String>()
    };
    fields
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
        .collect::<Vec<_>>()
        .join("&")
}

impl Browser {
    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), 4_000_000).await.unwrap();
        Answer {
            status,
            headers,
            text: String::from_utf8_lossy(&body).into_owned(),
            bytes: body.to_vec(),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_in(SESSION, path).await
    }

    /// A page, as another session sees it.
    pub(crate) async fn get_in(&self, session: &str, path: &str) -> Answer {
        let cookie = format!("mingqu_session={session}");
        let request = Request::get(path).header(header::COOKIE, cookie);
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    /// A form sent by the handler, or by whoever it names as `by`: a person, or an account.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let by = fields.iter().find(|(name, _)| *name == "by");
        let Some((_, by)) = by else {
            return self.post_in(SESSION, path, fields).await;
        };
        let file = self.office.agency();
        let named = file
            .accounts
            .iter()
            .find(|it| it.person.as_deref() == Some(*by));
        let account = named.map_or(*by, |it| it.id.as_str());
        let session = begin(&self.office, account);
        self.post_in(&session, path, fields).await
    }

    /// A draft of a register passes its review, by the legal reviewer of the made-up agency.
    pub(crate) async fn review(&self, draft: &str) {
        let key = format!("{draft}-reviewed");
        let fields = [
            ("token", TOKEN),
            ("key", key.as_str()),
            ("by", "p07"),
            ("ruling", "pass"),
            ("opinion", "与原件一致"),
        ];
        let answer = self.post(draft, &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    }

    /// A form sent by another session; its token is put in where ours stands.
    pub(crate) async fn post_in(
        &self,
        session: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let token = app::identity::form_token(session);
        let own = |(name, value): &(&'_ str, &'_ str)| {
            let value = if *value == TOKEN {
                token.as_str()
            } else {
                value
            };
            (name.to_string(), value.to_owned())
        };
        let fields: Vec<(String, String)> = fields.iter().map(own).collect();
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let request = Request::post(path)
            .header(header::COOKIE, format!("other=1; mingqu_session={session}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.ask(request.body(Body::from(encode(&fields))).unwrap())
            .await
    }

    /// How many entries the record has.
    pub(crate) async fn entries(&self) -> u64 {
        let size = self.ledger.tree_size(self.office.log()).await;
        size.unwrap()
    }

    /// Performs the first steps of the demonstration case, and returns the address of the case.
    pub(crate) async fn case_after(&self, steps: usize) -> String {
        self.case_keyed(steps, "step").await
    }

    /// The same as another case.
    pub(crate) async fn again_after(&self, steps: usize) -> String {
        self.case_keyed(steps, "again").await
    }

    /// Performs a step of the demonstration case today, saying some of it otherwise.
    pub(crate) async fn step_today(
        &self,
        case: &str,
        step: usize,
        says: &[(&str, Value)],
        key: &str,
    ) -> Result<(), String> {
        let all: Value = serde_json::from_str(&asset("demo-case.json")).unwrap();
        let step = &all["steps"][step];
        let mut facts = step["facts"].clone();
        for (fact, value) in says {
            facts[*fact] = value.clone();
        }
        let people =
            ["p01", "p02"].map(|person| serde_json::json!({"role": "handler", "person": person}));
        let request: ActRequest = serde_json::from_value(serde_json::json!({
            "event": step["event"],
            "number": 1,
            "occurred": self.office.now().day.to_string(),
            "people": people,
            "facts": facts,
        }))
        .unwrap();
        let target = Target::Case {
            case_id: case.trim_start_matches("/cases/").to_owned(),
            seen: None,
        };
        let done = self.office.rehearse(&target, &request, key).await;
        done.map(|_| ()).map_err(|error| error.to_string())
    }

    async fn case_keyed(&self, steps: usize, key: &str) -> String {
        let case: Value = serde_json::from_str(&asset("demo-case.json")).unwrap();
        let mut target = Target::NewCase {
            procedure: "penalty.ordinary".to_owned(),
        };
        let mut case_id = String::new();
        let today = self.office.now().day;
        for (at, step) in case["steps"]
            .as_array()
            .unwrap()
            .iter()
            .take(steps)
            .enumerate()
        {
            let ago = |value: &Value| {
                today
                    .plus_days(-i32::try_from(value.as_i64().unwrap()).unwrap())
                    .to_string()
            };
            let mut request = serde_json::Map::new();
            for key in ["event", "number", "introduces"] {
                step.get(key)
                    .map(|value| request.insert(key.to_owned(), value.clone()));
            }
            request.insert("occurred".to_owned(), ago(&step["days_ago"]).into());
            let mut people = Vec::new();
            for (role, of_role) in step["people"].as_object().into_iter().flatten() {
                people.extend(
                    of_role
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|p| serde_json::json!({"role": role, "person": p})),
                );
            }
            request.insert("people".to_owned(), people.into());
            let facts = step["facts"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(id, value)| {
                    (
                        id.clone(),
                        value
                            .get("days_ago")
                            .map_or_else(|| value.clone(), |days| ago(days).into()),
                    )
                });
            let mut facts: serde_json::Map<String, Value> = facts.collect();
            // The same party was fined under the same item: it says why this is another act.
            if key == "again" && facts.contains_key("proposed_penalty") {
                let reason = "另一次取水，与前案已罚的不是同一次";
                facts.insert("other_act_reason".to_owned(), reason.into());
            }
            request.insert("facts".to_owned(), Value::Object(facts));
            let request: ActRequest = serde_json::from_value(request.into()).unwrap();
            case_id = self
                .office
                .rehearse(&target, &request, &format!("{key}-{at}"))
                .await
                .unwrap()
                .case_id;
            target = Target::Case {
                case_id: case_id.clone(),
                seen: None,
            };
        }
        format!("/cases/{case_id}")
    }
}

/// The same browser at a desk whose record fails whatever is asked.
pub(crate) fn broken_desk(browser: Browser) -> Browser {
    let ports = Ports {
        ledger: Arc::new(Broken),
        clock: Arc::new(Noon),
        chance: Arc::new(Counting::default()),
        publisher: Arc::new(Nowhere),
    };
    let file = AgencyFile::parse(&asset("agency.json")).unwrap();
    let office = Office::new(file, rules(), ports).unwrap();
    Browser {
        router: web::router(Arc::new(office)),
        ..browser
    }
}

/// A record that fails whatever is asked.
struct Broken;

mod broken {
    use super::Broken;
    use app::ledger::{
        Agency, Append, AppendError, Appended, CaseQuery, CaseRow, CaseRows, ClockLine, ClockQuery,
        DuesLine, DuesQuery, KnownRequest, Ledger, NotableQuery, NotableRow, Outstanding,
        ReadError, Recorded, StoredCheckpoint, StoredEntry, StreamName, StreamVersion, TodoLine,
        TodoQuery,
    };
    use app::notes::{Note, Notes};
    use app::numbers::{NumberRow, Series, SeriesRow};
    use async_trait::async_trait;
    use jiff::Timestamp;

    fn failed<T>() -> Result<T, ReadError> {
        Err(ReadError::Storage("the disk is gone".into()))
    }

    #[async_trait]
    impl Notes for Broken {
        async fn note(&self, _: &Agency, _: &str, _: &str) -> Result<Option<Note>, ReadError> {
            failed()
        }

        async fn keep_note(&self, _: &Agency, _: &Note) -> Result<bool, ReadError> {
            failed()
        }

        async fn remove_note(&self, _: &Agency, _: &str, _: &str) -> Result<bool, ReadError> {
            failed()
        }

        async fn notes(
            &self,
            _: &Agency,
            _: &str,
            _: Option<&str>,
            _: &str,
            _: u32,
        ) -> Result<Vec<Note>, ReadError> {
            failed()
        }

        async fn forget_notes(&self, _: &Agency, _: Timestamp) -> Result<(), ReadError> {
            failed()
        }
    }

    #[async_trait]
    impl Ledger for Broken {
        async fn append(&self, _: Append) -> Result<Appended, AppendError> {
            Err(AppendError::Storage("the disk is gone".into()))
        }
        async fn request(&self, _: &Agency, _: &str) -> Result<Option<KnownRequest>, ReadError> {
            failed()
        }
        async fn read_stream(
            &self,
            _: &Agency,
            _: &StreamName,
            _: u64,
        ) -> Result<Vec<Recorded>, ReadError> {
            failed()
        }
        async fn list_streams(
            &self,
            _: &Agency,
            _: &str,
            _: Option<&StreamName>,
            _: u32,
        ) -> Result<Vec<StreamVersion>, ReadError> {
            failed()
        }
        async fn cases(
            &self,
            _: &Agency,
            _: &CaseQuery,
            _: u32,
        ) -> Result<Vec<CaseRow>, ReadError> {
            failed()
        }
        async fn case_row(&self, _: &Agency, _: &str) -> Result<Option<CaseRow>, ReadError> {
            failed()
        }
        async fn case_rows(&self, _: &Agency, _: &[String]) -> Result<Vec<CaseRow>, ReadError> {
            failed()
        }
        async fn todo(
            &self,
            _: &Agency,
            _: &TodoQuery,
            _: u32,
        ) -> Result<Vec<TodoLine>, ReadError> {
            failed()
        }
        async fn notable(
            &self,
            _: &Agency,
            _: &NotableQuery,
            _: u32,
        ) -> Result<Vec<NotableRow>, ReadError> {
            failed()
        }
        async fn notable_of(&self, _: &Agency, _: &str) -> Result<Vec<NotableRow>, ReadError> {
            failed()
        }
        async fn dues(
            &self,
            _: &Agency,
            _: &DuesQuery,
            _: u32,
        ) -> Result<Vec<DuesLine>, ReadError> {
            failed()
        }
        async fn dues_named(&self, _: &Agency, _: &str) -> Result<Vec<DuesLine>, ReadError> {
            failed()
        }
        async fn dues_of(&self, _: &Agency, _: &[String]) -> Result<Vec<DuesLine>, ReadError> {
            failed()
        }
        async fn todo_of(&self, _: &Agency, _: &str) -> Result<Vec<TodoLine>, ReadError> {
            failed()
        }
        async fn clocks(
            &self,
            _: &Agency,
            _: &ClockQuery,
            _: u32,
        ) -> Result<Vec<ClockLine>, ReadError> {
            failed()
        }
        async fn replace_rows(&self, _: &Agency, _: &[CaseRows]) -> Result<(), ReadError> {
            failed()
        }
        async fn remove_rows(&self, _: &Agency, _: &[String]) -> Result<(), ReadError> {
            failed()
        }
        async fn views_are_current(&self) -> Result<bool, ReadError> {
            failed()
        }
        async fn views_rebuilt(&self) -> Result<(), ReadError> {
            failed()
        }
        async fn cases_with_rows(
            &self,
            _: &Agency,
            _: Option<&str>,
            _: u32,
        ) -> Result<Vec<String>, ReadError> {
            failed()
        }
        async fn series(&self, _: &Agency) -> Result<Vec<SeriesRow>, ReadError> {
            failed()
        }
        async fn numbers(
            &self,
            _: &Agency,
            _: &Series,
            _: u32,
            _: u32,
        ) -> Result<Vec<NumberRow>, ReadError> {
            failed()
        }
        async fn number(&self, _: &Agency, _: &str) -> Result<Option<NumberRow>, ReadError> {
            failed()
        }
        async fn outstanding(&self, _: &Agency, _: u32) -> Result<Vec<Outstanding>, ReadError> {
            failed()
        }
        async fn done(&self, _: &Agency, _: u64, _: u32) -> Result<(), ReadError> {
            failed()
        }
        async fn lease(
            &self,
            _: &Agency,
            _: &str,
            _: &str,
            _: Timestamp,
            _: Timestamp,
        ) -> Result<bool, ReadError> {
            failed()
        }
        async fn agencies(&self) -> Result<Vec<Agency>, ReadError> {
            failed()
        }
        async fn tree_size(&self, _: &Agency) -> Result<u64, ReadError> {
            failed()
        }
        async fn entries(&self, _: &Agency, _: u64, _: u32) -> Result<Vec<StoredEntry>, ReadError> {
            failed()
        }
        async fn hashes(
            &self,
            _: &Agency,
            _: &[u64],
        ) -> Result<Vec<(u64, proof::Hash)>, ReadError> {
            failed()
        }
        async fn checkpoint(&self, _: &Agency) -> Result<Option<StoredCheckpoint>, ReadError> {
            failed()
        }
        async fn keep_checkpoint(&self, _: &Agency, _: &StoredCheckpoint) -> Result<(), ReadError> {
            failed()
        }
    }
}
