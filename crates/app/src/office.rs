//! One agency at work: the record, the rules, the clock, and what can be asked of them.

use crate::agency::AgencyFile;
use crate::ledger::{Agency, CaseCursor, CaseRow, Ledger, ReadError, StreamName};
use crate::ports::{Chance, Clock, OutwardError, Publisher, legal_moment};
use crate::stored::{self, StoredError};
use crate::view::{CaseRecord, CaseView};
use casework::context::Context;
use law::Rules;
use law::model::Procedure;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;
use vocabulary::Moment;

/// Publications are looked for in steps of this many entries.
const STEP: u32 = 500;

/// The ports of an office.
#[derive(Clone)]
pub struct Ports {
    /// The record.
    pub ledger: Arc<dyn Ledger>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub chance: Arc<dyn Chance>,
    /// The way to the public side.
    pub publisher: Arc<dyn Publisher>,
}

/// One agency at work.
pub struct Office {
    pub(crate) agency: Agency,
    pub(crate) file: AgencyFile,
    pub(crate) procedures: BTreeMap<String, Arc<Procedure>>,
    pub(crate) context: Context,
    pub(crate) ports: Ports,
}

/// Why there is no office.
#[derive(Debug, thiserror::Error)]
pub enum OfficeError {
    /// The code of the agency cannot name a log.
    #[error("the code of the agency cannot be used")]
    Code(#[from] crate::ledger::BadName),
}

/// Why a case cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum ReadCaseError {
    /// There is no such case.
    #[error("there is no case {0}")]
    NoSuchCase(String),
    /// There is no such procedure.
    #[error("there is no procedure {0}")]
    NoSuchProcedure(String),
    /// The record could not be read.
    #[error("the case could not be read")]
    Read(#[from] ReadError),
    /// An entry is not of a shape that this program knows.
    #[error("entry {version} of case {case_id} cannot be read")]
    Entry {
        /// The case.
        case_id: String,
        /// Which entry.
        version: usize,
        /// What is wrong with it.
        #[source]
        source: StoredError,
    },
}

impl Office {
    /// An office of this agency under these rules.
    pub fn new(file: AgencyFile, rules: Arc<Rules>, ports: Ports) -> Result<Office, OfficeError> {
        let procedures = rules
            .procedures
            .iter()
            .map(|p| (p.id.clone(), Arc::new(p.clone())))
            .collect();
        Ok(Office {
            agency: Agency::parse(&file.code)?,
            context: file.context(rules),
            file,
            procedures,
            ports,
        })
    }

    /// The agency as it described itself.
    pub fn agency(&self) -> &AgencyFile {
        &self.file
    }

    /// What a decision reads besides the case.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The procedures by id.
    pub fn procedures(&self) -> impl Iterator<Item = &Arc<Procedure>> {
        self.procedures.values()
    }

    /// The legal moment now.
    pub fn now(&self) -> Moment {
        legal_moment(self.ports.clock.now())
    }

    /// A new id, ordered by time.
    pub fn new_id(&self) -> String {
        let mut chance = [0; 10];
        self.ports.chance.fill(&mut chance);
        let millis = u64::try_from(self.ports.clock.now().as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &chance)
            .into_uuid()
            .to_string()
    }

    /// Text that nobody can guess.
    pub fn new_token(&self) -> String {
        let mut chance = [0; 16];
        self.ports.chance.fill(&mut chance);
        Uuid::from_bytes(chance).simple().to_string()
    }

    /// The list of cases, last touched first, after `after`.
    pub async fn cases(
        &self,
        after: Option<&CaseCursor>,
        limit: u32,
    ) -> Result<Vec<CaseRow>, ReadError> {
        self.ports.ledger.cases(&self.agency, after, limit).await
    }

    /// A case that nothing is recorded of: what may open it.
    pub fn empty_case(&self, procedure: &str) -> Result<CaseView, ReadCaseError> {
        let found = self
            .procedures
            .get(procedure)
            .ok_or_else(|| ReadCaseError::NoSuchProcedure(procedure.to_owned()))?;
        Ok(self.shown(String::new(), CaseRecord::new(Arc::clone(found))))
    }

    /// A case as it is now.
    pub async fn case(&self, case_id: &str) -> Result<CaseView, ReadCaseError> {
        let record = self.record(case_id).await?;
        Ok(self.shown(case_id.to_owned(), record))
    }

    pub(crate) fn shown(&self, case_id: String, record: CaseRecord) -> CaseView {
        CaseView::of(
            case_id,
            record,
            &self.file.title_facts,
            &self.context,
            self.now(),
        )
    }

    pub(crate) async fn record(&self, case_id: &str) -> Result<CaseRecord, ReadCaseError> {
        let unknown = || ReadCaseError::NoSuchCase(case_id.to_owned());
        let stream = stream(case_id).ok_or_else(unknown)?;
        let recorded = self
            .ports
            .ledger
            .read_stream(&self.agency, &stream, 0)
            .await?;
        let mut record: Option<CaseRecord> = None;
        for (at, entry) in recorded.iter().enumerate() {
            let damaged = |source| ReadCaseError::Entry {
                case_id: case_id.to_owned(),
                version: at + 1,
                source,
            };
            let header = stored::read_header(&entry.header()).map_err(damaged)?;
            let record = match &mut record {
                Some(record) => record,
                None => {
                    let missing = || ReadCaseError::NoSuchProcedure(header.procedure.clone());
                    let procedure = self.procedures.get(&header.procedure).ok_or_else(missing)?;
                    record.insert(CaseRecord::new(Arc::clone(procedure)))
                }
            };
            record.push(header, entry).map_err(damaged)?;
        }
        record.ok_or_else(unknown)
    }

    /// Brings to the public side what the record says and it does not hold yet: after a crash, or a rebuild.
    pub async fn publish_outstanding(&self) -> Result<u32, PublishOutstandingError> {
        let mut latest = BTreeMap::new();
        let mut from = 0;
        loop {
            let entries = self.ports.ledger.entries(&self.agency, from, STEP).await?;
            let Some(last) = entries.last() else { break };
            from = last.leaf_index + 1;
            for entry in entries {
                let leaf_index = entry.leaf_index;
                let recorded = entry.parse()?;
                if let Some(outward) = stored::read_header(&recorded.header())
                    .ok()
                    .and_then(|header| header.outward)
                {
                    latest.insert(outward.id.clone(), (leaf_index, outward));
                }
            }
        }
        let mut published = 0;
        for (leaf_index, outward) in latest
            .into_values()
            .filter(|(_, outward)| !self.ports.publisher.holds(outward))
        {
            self.ports
                .publisher
                .publish(&self.agency, leaf_index, &outward)
                .await?;
            published += 1;
        }
        Ok(published)
    }
}

/// Why the public side could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum PublishOutstandingError {
    /// The record could not be read.
    #[error("the record could not be read")]
    Read(#[from] ReadError),
    /// One publication did not get there.
    #[error("a publication is outstanding")]
    Outward(#[from] OutwardError),
}

/// The stream of a case; an id that is no UUID names none.
pub(crate) fn stream(case_id: &str) -> Option<StreamName> {
    let canonical = Uuid::try_parse(case_id).ok()?.to_string();
    (canonical == case_id)
        .then(|| StreamName::parse(&format!("case/{case_id}")).ok())
        .flatten()
}
