//! An office over a real record and a real folder of files, with a clock that is set by hand.

use app::Office;
use app::access::BothHands;
use app::agency::AgencyFile;
use app::ledger::Agency;
use app::office::Ports;
use app::ports::{Chance, Clock, Outward, OutwardError, Publisher};
use async_trait::async_trait;
use intake::run::Stands;
use jiff::Timestamp;
use law::Rules;
use law::source::SourceFile;
use ledger::SqliteLedger;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use storage::{Files, SIZE_BYTES_MAX};
use tempfile::TempDir;
use vocabulary::Day;

pub(crate) struct HandClock(Mutex<Timestamp>);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

impl HandClock {
    /// Ten in the morning of a day.
    pub(crate) fn set(&self, day: Day) {
        *self.0.lock().unwrap() = format!("{day}T02:00:00Z").parse().unwrap();
    }
}

#[derive(Default)]
struct Counting(AtomicU64);

impl Chance for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let count = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        for (at, byte) in bytes.iter_mut().rev().enumerate() {
            *byte = count.iter().rev().nth(at).copied().unwrap_or(0);
        }
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

pub(crate) struct Desk {
    pub(crate) office: Office,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) files: Files,
    pub(crate) folder: TempDir,
}

impl Desk {
    /// The office with everybody's hands.
    pub(crate) fn stands(&self) -> Stands<'_> {
        Stands {
            office: &self.office,
            files: &self.files,
            hands: BothHands::Rehearsal,
            sheet: &[],
        }
    }
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

pub(crate) fn rules() -> Arc<Rules> {
    fn collect(root: &Path, folder: &Path, files: &mut Vec<SourceFile>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(root, &path, files);
            } else {
                let below = path.strip_prefix(root).unwrap().to_str().unwrap();
                files.push(SourceFile {
                    path: below.to_owned(),
                    text: fs::read_to_string(&path).unwrap(),
                });
            }
        }
    }
    static RULES: OnceLock<Arc<Rules>> = OnceLock::new();
    let load = || {
        let root = root().join("rules");
        let mut files = Vec::new();
        collect(&root, &root, &mut files);
        Arc::new(Rules::load(&files).unwrap())
    };
    Arc::clone(RULES.get_or_init(load))
}

/// The demonstration agency, with the word (机关代字) of its numbers.
pub(crate) fn agency() -> AgencyFile {
    let text = fs::read_to_string(root().join("crates/mingqu/assets/agency.json")).unwrap();
    let mut agency = AgencyFile::parse(&text).unwrap();
    agency.number_prefix = "某水".to_owned();
    agency
}

pub(crate) fn desk(today: Day) -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(HandClock(Mutex::new(Timestamp::UNIX_EPOCH)));
    clock.set(today);
    let ledger = SqliteLedger::open(&folder.path().join("record.sqlite")).unwrap();
    let chance: Arc<dyn Chance> = Arc::new(Counting::default());
    let kept = folder.path().join("files");
    let files = Files::in_folder(&kept, SIZE_BYTES_MAX, Arc::clone(&chance)).unwrap();
    let ports = Ports {
        ledger: Arc::new(ledger),
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        chance,
        publisher: Arc::new(Nowhere),
    };
    Desk {
        office: Office::new(agency(), rules(), ports).unwrap(),
        files,
        clock,
        folder,
    }
}
