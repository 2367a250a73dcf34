//! One agency at work: the record, the rules, the clock, and what can be asked of them.

use crate::access::{self, Actor, Belonging, Denied, Reading};
use crate::agency::{AgencyFile, Duty};
use crate::beside::BesideError;
use crate::cache::Cache;
use crate::ledger::{Agency, CaseQuery, CaseRow, Ledger, ReadError, Recorded, StreamName};
use crate::ports::{Chance, Clock, OutwardError, Publisher, legal_moment};
use crate::register::Standing;
use crate::stored::{self, HeaderEntry, StoredError};
use crate::view::{CaseRecord, CaseView};
use casework::context::Context;
use jiff::Timestamp;
use law::Rules;
use law::model::Procedure;
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
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
    /// The agency as its file describes it; what the registers say of it is in the standing.
    pub(crate) base: AgencyFile,
    pub(crate) rules: Arc<Rules>,
    pub(crate) procedures: BTreeMap<String, Arc<Procedure>>,
    /// The agency layer as it was last read.
    pub(crate) standing: RwLock<Arc<Standing>>,
    pub(crate) ports: Ports,
    pub(crate) cache: Cache,
    /// The name under which this process holds leases.
    pub(crate) holder: String,
    /// One delivery at a time, so that publications leave in their order; since when this process has the lease.
    pub(crate) delivering: tokio::sync::Mutex<Option<Timestamp>>,
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

/// Why something is not shown to somebody.
#[derive(Debug, thiserror::Error)]
pub enum SeenError {
    /// Not allowed.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The case cannot be read.
    #[error(transparent)]
    Case(#[from] ReadCaseError),
    /// The record could not be read.
    #[error("the record could not be read")]
    Read(#[from] ReadError),
    /// The look could not be put on record, so nothing is shown.
    #[error("the consultation could not be recorded")]
    Trace(#[from] BesideError),
}

impl Office {
    /// An office of this agency under these rules.
    pub fn new(file: AgencyFile, rules: Arc<Rules>, ports: Ports) -> Result<Office, OfficeError> {
        let procedures = rules
            .procedures
            .iter()
            .map(|p| (p.id.clone(), Arc::new(p.clone())))
            .collect();
        let mut holder = [0; 16];
        ports.chance.fill(&mut holder);
        let today = legal_moment(ports.clock.now()).day;
        let standing = Standing::of_file(&file, &rules, today);
        Ok(Office {
            cache: Cache::default(),
            holder: Uuid::from_bytes(holder).simple().to_string(),
            delivering: tokio::sync::Mutex::default(),
            agency: Agency::parse(&file.code)?,
            standing: RwLock::new(Arc::new(standing)),
            base: file,
            rules,
            procedures,
            ports,
        })
    }

    /// The name of the agency's log.
    pub fn log(&self) -> &Agency {
        &self.agency
    }

    /// The agency as its registers make it today.
    pub fn agency(&self) -> Arc<AgencyFile> {
        Arc::clone(&self.standing().file)
    }

    /// What a decision reads besides the case.
    pub fn context(&self) -> Arc<Context> {
        Arc::clone(&self.standing().context)
    }

    /// The editions of the rules by which the log was judged, first to last.
    pub async fn editions(&self) -> Result<Vec<crate::register::Edition>, ReadError> {
        crate::register::editions(&*self.ports.ledger, &self.agency).await
    }

    /// The procedures by id.
    pub fn procedures(&self) -> impl Iterator<Item = &Arc<Procedure>> {
        self.procedures.values()
    }

    /// The legal moment now.
    pub fn now(&self) -> Moment {
        legal_moment(self.ports.clock.now())
    }

    /// The instant now; what the law counts is [`Office::now`].
    pub fn instant(&self) -> Timestamp {
        self.ports.clock.now()
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

    /// The list of cases.
    pub async fn cases(&self, query: &CaseQuery, limit: u32) -> Result<Vec<CaseRow>, ReadError> {
        self.ports.ledger.cases(&self.agency, query, limit).await
    }

    /// The list of cases that somebody sees in the course of the work; a supervisor sees it whole.
    pub async fn cases_for(
        &self,
        actor: &Actor,
        query: &CaseQuery,
        limit: u32,
    ) -> Result<Vec<CaseRow>, SeenError> {
        let query = self.within(actor, query, self.sees_every_section(actor))?;
        Ok(self.cases(&query, limit).await?)
    }

    /// The list of cases that somebody sees in the course of the work: whoever only looks in from outside sees those of the own
    /// unit at most.
    pub async fn cases_at_work(
        &self,
        actor: &Actor,
        query: &CaseQuery,
        limit: u32,
    ) -> Result<Vec<CaseRow>, SeenError> {
        let query = self.within(actor, query, self.sees_all_at_work(actor))?;
        Ok(self.cases(&query, limit).await?)
    }

    /// A query within what somebody sees: everything, or the own unit.
    fn within(&self, actor: &Actor, query: &CaseQuery, is_all: bool) -> Result<CaseQuery, Denied> {
        let mut query = query.clone();
        if !is_all {
            access::lists_cases(actor)?;
            query.section = Some(actor.section.clone());
        }
        Ok(query)
    }

    /// Whether somebody sees the cases of every unit in the course of the work.
    pub fn sees_all_at_work(&self, actor: &Actor) -> bool {
        access::sees_all(actor, &self.all_procedures())
    }

    /// Whether somebody may open a case.
    pub fn may_open(&self, actor: &Actor) -> Result<(), Denied> {
        access::open(actor, &self.all_procedures())
    }

    /// Whether somebody may prepare the taking over of cases on paper.
    pub fn may_enter_paper(&self, actor: &Actor) -> Result<(), Denied> {
        access::enter_paper(actor, &self.all_procedures())
    }

    /// Whether somebody sees the cases of every unit, be it at work or as a supervisor.
    pub fn sees_every_section(&self, actor: &Actor) -> bool {
        actor.has(Duty::Supervisor) || access::sees_all(actor, &self.all_procedures())
    }

    /// A case for somebody who may see it, and how far. A look from outside the case is to be traced by the caller
    /// ([`Office::look`] does it) before anything is shown.
    pub async fn case_for(
        &self,
        actor: &Actor,
        case_id: &str,
    ) -> Result<(CaseView, Reading), SeenError> {
        let record = self.record(case_id).await?;
        let belonging = Belonging::of(&record.history.entries);
        let reading = access::read(actor, &self.all_procedures(), &belonging)?;
        let view = self.shown(
            case_id.to_owned(),
            Arc::unwrap_or_clone(record),
            &self.standing(),
        );
        Ok((view, reading))
    }

    /// A case that nothing is recorded of: what may open it.
    pub fn empty_case(&self, procedure: &str) -> Result<CaseView, ReadCaseError> {
        let found = self
            .procedures
            .get(procedure)
            .ok_or_else(|| ReadCaseError::NoSuchProcedure(procedure.to_owned()))?;
        let record = CaseRecord::new(Arc::clone(found));
        Ok(self.shown(String::new(), record, &self.standing()))
    }

    /// The name of the subject of a step.
    pub async fn subject_name(&self, case_id: &str, event: &str, number: u32) -> Option<String> {
        let record = self.record(case_id).await.ok()?;
        let case = &record.history.case;
        let event = case.procedure.event(event)?;
        let domain = case.procedure.events[event].domain;
        let at = case.member(domain, number)?;
        Some(case.members[usize::from(domain.0)].get(at)?.name.clone())
    }

    /// A case as it is now.
    pub async fn case(&self, case_id: &str) -> Result<CaseView, ReadCaseError> {
        let standing = self.fresh_standing().await?;
        let record = Arc::unwrap_or_clone(self.record(case_id).await?);
        Ok(self.shown(case_id.to_owned(), record, &standing))
    }

    pub(crate) fn shown(
        &self,
        case_id: String,
        record: CaseRecord,
        standing: &Standing,
    ) -> CaseView {
        CaseView::of(
            case_id,
            record,
            &standing.file.title_facts,
            &standing.context,
            self.now(),
        )
    }

    /// The case with all its entries; those read before are not read again.
    pub(crate) async fn record(&self, case_id: &str) -> Result<Arc<CaseRecord>, ReadCaseError> {
        let unknown = || ReadCaseError::NoSuchCase(case_id.to_owned());
        let stream = stream(case_id).ok_or_else(unknown)?;
        let kept = self.cache.get(case_id);
        let version = kept.as_ref().map_or(0, |record| record.version());
        let ledger = &self.ports.ledger;
        let news = ledger.read_stream(&self.agency, &stream, version).await?;
        self.record_with(case_id, &stream, kept, news).await
    }

    /// The case as it was kept, with what came since.
    pub(crate) async fn record_with(
        &self,
        case_id: &str,
        stream: &StreamName,
        kept: Option<Arc<CaseRecord>>,
        mut news: Vec<Recorded>,
    ) -> Result<Arc<CaseRecord>, ReadCaseError> {
        let unknown = || ReadCaseError::NoSuchCase(case_id.to_owned());
        let mut record = kept;
        if news.iter().any(destroys) {
            record = None;
            let ledger = &self.ports.ledger;
            news = ledger.read_stream(&self.agency, stream, 0).await?;
        }
        if let Some(record) = &record
            && news.is_empty()
        {
            return Ok(Arc::clone(record));
        }
        let record = self.read(case_id, record.map(Arc::unwrap_or_clone), &news)?;
        let record = Arc::new(record.ok_or_else(unknown)?);
        self.cache.keep(case_id, Arc::clone(&record));
        Ok(record)
    }

    /// A case as its entries make it, from those known before and those that came since.
    pub(crate) fn read(
        &self,
        case_id: &str,
        known: Option<CaseRecord>,
        news: &[Recorded],
    ) -> Result<Option<CaseRecord>, ReadCaseError> {
        let mut record = known;
        for entry in news {
            let version = record.as_ref().map_or(0, |record| record.recorded.len()) + 1;
            let damaged = |source| ReadCaseError::Entry {
                case_id: case_id.to_owned(),
                version,
                source,
            };
            let header = stored::parse_header(entry.leaf.header_json()).map_err(damaged)?;
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
        Ok(record)
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
                if let Some(outward) = stored::parse_header(recorded.leaf.header_json())
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
            .filter(|(leaf_index, outward)| !self.ports.publisher.holds(*leaf_index, outward))
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

/// Whether the entry destroyed parts of earlier ones; they must leave the memory too.
fn destroys(entry: &Recorded) -> bool {
    stored::parse_header(entry.leaf.header_json())
        .is_ok_and(|header| matches!(header.entry, HeaderEntry::PartsDestroyed { .. }))
}

/// The stream of a case; an id that is no UUID names none.
pub(crate) fn stream(case_id: &str) -> Option<StreamName> {
    let canonical = Uuid::try_parse(case_id).ok()?.to_string();
    (canonical == case_id)
        .then(|| StreamName::parse(&format!("case/{case_id}")).ok())
        .flatten()
}
