//! The one road to the record: read the case, decide, write once, show what changed.

use crate::access::{self, Actor, Asked, Belonging, Denied, Hands};
use crate::agency::AgencyFile;
use crate::ledger::{Idempotency, ReadError, StreamName};
use crate::numbers::Numbered;
use crate::office::{Office, ReadCaseError, stream};
use crate::ports::{Outward, legal_moment};
use crate::publication::{Crossed, Crossing, Making, crossed, crosses, crossing};
use crate::register::Standing;
use crate::request::{ActRequest, FILES, FieldError, Misread, Target};
use crate::view::CaseRecord;
use crate::write::{Decided, WriteError, Written};
use casework::carry::Followed;
use casework::command::Command;
use casework::decide::{Draft, FOLLOWS, History, decide};
use casework::entry::{Entry, Hand, Recorder};
use casework::refusal::{GroundKind, Refusal};
use jiff::Timestamp;
use law::model::Procedure;
use std::sync::Arc;

/// The registers changed while a case was decided: decided again this often.
pub(crate) const TRIES: usize = 3;

/// An act that is on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Performed {
    /// The case.
    pub case_id: String,
    /// Its version after the act.
    pub version: u64,
    /// Its place in the log.
    pub leaf_index: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The numbers that its documents were given.
    pub numbers: Vec<Numbered>,
    /// This very request had been answered before.
    pub is_repeated: bool,
    /// What became of the publication.
    pub publishing: Publishing,
}

/// What became of the publication of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Publishing {
    /// The act concerns no publication, or it was seen to the first time.
    Nothing,
    /// The public side shows it.
    Done(Outward),
    /// It is on record, and the public side gets it later.
    Outstanding(Outward),
}

/// Why an act was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum PerformError {
    /// The case cannot be read.
    #[error("the case cannot be read")]
    Case(#[from] ReadCaseError),
    /// The procedure has no such act, or the case no such subject.
    #[error("there is no such act or subject")]
    NoSuchAct,
    /// Values that are none.
    #[error("some fields are wrong")]
    Fields(Vec<FieldError>),
    /// Whoever asks may not.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// It is lawful, and these people must agree first: see [`Office::propose`].
    #[error("others have to agree first")]
    HandsWanting(Vec<String>),
    /// The law forbids it: an answer.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The case went on since the page was made.
    #[error("the case is at version {actual}, the page was made on {seen}")]
    Stale {
        /// The version of the page.
        seen: u64,
        /// The version now.
        actual: u64,
    },
    /// The key was used for another request.
    #[error("the form was sent before with other content")]
    KeyReused,
    /// What was decided could not be written.
    #[error("the entry could not be written")]
    Write(#[source] WriteError),
    /// The record could not be read.
    #[error("the record could not be read")]
    Read(#[from] ReadError),
}

impl From<WriteError> for PerformError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Stale { seen, actual } => PerformError::Stale { seen, actual },
            WriteError::KeyReused => PerformError::KeyReused,
            WriteError::OtherRules => Denied {
                text: "另一个进程已换用另一套规则，并已登记在记录里；本进程仍按原来的规则判断，不能再办理。请系统管理员用同一套规则重新启动本进程。".to_owned(),
            }
            .into(),
            WriteError::Number { fact, text } => {
                PerformError::Fields(vec![FieldError { field: fact, text }])
            }
            WriteError::Case(error) => PerformError::Case(error),
            WriteError::Read(error) => PerformError::Read(error),
            other @ (WriteError::Stored(_)
            | WriteError::Publication(_)
            | WriteError::Label(_)
            | WriteError::RegistersMoved
            | WriteError::Append(_)) => PerformError::Write(other),
        }
    }
}

/// On whose account an act is performed.
#[derive(Clone)]
pub(crate) enum By<'a> {
    /// Somebody who signed in, with the hands of those who agreed before.
    Actor(&'a Actor, Vec<Hand>),
    /// Nobody: the passing of time.
    Time,
    /// A demonstration: everybody who takes part stands behind it.
    Everybody,
}

/// An act as the law judges it, with what it was judged on.
struct Judged {
    standing: Arc<Standing>,
    case_id: String,
    record: Arc<CaseRecord>,
    belonging: Belonging,
    command: Command,
    now: Timestamp,
    draft: Draft,
}

impl Office {
    /// Performs an act for somebody who signed in: once, however often it is asked with the same key.
    pub async fn perform(
        &self,
        by: &Actor,
        target: &Target,
        request: &ActRequest,
        key: &str,
    ) -> Result<Performed, PerformError> {
        self.perform_by(By::Actor(by, Vec::new()), target, request, key)
            .await
    }

    /// Performs an act in a made-up agency, with the hands of all who take part. Everywhere else it is denied.
    pub async fn rehearse(
        &self,
        target: &Target,
        request: &ActRequest,
        key: &str,
    ) -> Result<Performed, PerformError> {
        if !self.agency().demonstration {
            return Err(Denied {
                text: "这不是演示机关：每一步须由参加的人登录后办理。".to_owned(),
            }
            .into());
        }
        self.perform_by(By::Everybody, target, request, key).await
    }

    pub(crate) async fn perform_by(
        &self,
        by: By<'_>,
        target: &Target,
        request: &ActRequest,
        key: &str,
    ) -> Result<Performed, PerformError> {
        let digest = request.digest(target);
        // A case that was opened before has another stream than the one that would be opened now.
        if let Target::NewCase { .. } = target
            && let Some(known) = self.known(key, digest).await?
        {
            return Ok(known);
        }
        let mut tries = 0;
        let answered = loop {
            match self
                .perform_new(by.clone(), target, request, key, digest)
                .await
            {
                Err(PerformError::Write(WriteError::RegistersMoved)) if tries < TRIES => tries += 1,
                answered => break answered,
            }
        };
        match answered {
            // The same may have been sent before: then it stands, and that is why it may not be done again. Asked last, for
            // what is sent again is rare; what may be done again all the same is found by its key when it is appended.
            Err(
                unanswered @ (PerformError::Refused(_)
                | PerformError::Denied(_)
                | PerformError::Fields(_)
                | PerformError::NoSuchAct
                | PerformError::HandsWanting(_)
                | PerformError::Stale { .. }),
            ) => match self.known(key, digest).await? {
                Some(known) => Ok(known),
                None => Err(unanswered),
            },
            answered => answered,
        }
    }

    /// What the law says of an act: nothing is recorded, and no hand is asked for.
    async fn judged(
        &self,
        by: &By<'_>,
        target: &Target,
        request: &ActRequest,
    ) -> Result<Judged, PerformError> {
        let (standing, case_id, record) = match target {
            Target::NewCase { procedure } => {
                let record = CaseRecord::new(self.procedure(procedure)?);
                let standing = self.fresh_standing().await?;
                (standing, self.new_id(), Arc::new(record))
            }
            Target::Case { case_id, .. } => {
                let (standing, record) = self.fresh(case_id).await?;
                (standing, case_id.clone(), record)
            }
        };
        let belonging = Belonging::of(&record.history.entries);
        if let By::Actor(actor, _) = by {
            self.may_work_on(actor, &belonging)?;
        }
        let version = record.version();
        if let Target::Case {
            seen: Some(seen), ..
        } = target
            && *seen != version
        {
            return Err(PerformError::Stale {
                seen: *seen,
                actual: version,
            });
        }
        let mut command =
            request
                .command(&record.history.case)
                .map_err(|misread| match misread {
                    Misread::NoSuchAct => PerformError::NoSuchAct,
                    Misread::Fields(errors) => PerformError::Fields(errors),
                })?;
        if let Some(followed) = &request.follows {
            let followed = self.followed(by, target, followed).await?;
            command.follows = Some(followed);
        }
        let now = self.ports.clock.now();
        let case = &record.history.case;
        let context = self
            .context_for(&standing, (&case_id, case), &command)
            .await?;
        let draft =
            decide(&record.history, &context, &command, legal_moment(now)).map_err(refused)?;
        Ok(Judged {
            standing,
            case_id,
            record,
            belonging,
            command,
            now,
            draft,
        })
    }

    /// Whether somebody could record an act as it is filled in, as far as the law says: nothing is recorded.
    pub async fn would(
        &self,
        actor: &Actor,
        target: &Target,
        request: &ActRequest,
    ) -> Result<(), PerformError> {
        let by = By::Actor(actor, Vec::new());
        self.judged(&by, target, request).await.map(|_| ())
    }

    async fn perform_new(
        &self,
        by: By<'_>,
        target: &Target,
        request: &ActRequest,
        key: &str,
        digest: [u8; 32],
    ) -> Result<Performed, PerformError> {
        let Judged {
            standing,
            case_id,
            record,
            belonging,
            command,
            now,
            mut draft,
        } = self.judged(&by, target, request).await?;
        let version = record.version();
        // The law first, so that nobody is asked for a hand under something unlawful.
        let procedure = Arc::clone(&record.history.case.procedure);
        let asked = Asked {
            procedure: &procedure,
            event: &procedure.events[command.event],
            people: &request.people,
            on_paper: request.on_paper,
        };
        if let Entry::Act(act) = &mut draft.entry {
            act.recorder = self.recorder(by, &standing.file, &belonging, asked)?;
            if request.on_paper && request.files.is_empty() {
                return Err(PerformError::Fields(vec![FieldError {
                    field: FILES.to_owned(),
                    text: "纸签代录须附签批页的扫描件或者照片。".to_owned(),
                }]));
            }
        }
        let decided = Decided {
            crossing: self
                .crossing(&case_id, &record, &standing, &command, &draft)
                .await?,
            numbers: draft
                .numbers
                .into_iter()
                .map(|wanted| (0, wanted))
                .collect(),
            ..Decided::plain(draft.entry)
        };
        let idempotency = Idempotency {
            key: key.to_owned(),
            request_digest: digest,
        };
        let written = self
            .write(&case_id, record, &standing, decided, idempotency, now)
            .await?;
        let is_repeated = written.appended.stream_version != version + 1;
        let mut performed = self.performed(target, case_id, key, written).await?;
        performed.is_repeated = is_repeated;
        Ok(performed)
    }

    /// The case that the one to be opened follows, as it stands now: whoever opens the one works on the other.
    async fn followed(
        &self,
        by: &By<'_>,
        target: &Target,
        case_id: &str,
    ) -> Result<Followed, PerformError> {
        let wrong = |text: String| {
            PerformError::Fields(vec![FieldError {
                field: FOLLOWS.to_owned(),
                text,
            }])
        };
        let Target::NewCase { .. } = target else {
            return Err(wrong("只有新建的案件才承接别的案件。".to_owned()));
        };
        let record = match self.record(case_id).await {
            Err(ReadCaseError::NoSuchCase(_)) => {
                return Err(wrong(format!("没有编号为“{case_id}”的案件。")));
            }
            read => read?,
        };
        if let By::Actor(actor, _) = by {
            self.may_work_on(actor, &Belonging::of(&record.history.entries))?;
        }
        Ok(Followed::of(case_id, &record.history.case))
    }

    /// Who works on a case must at least see it in the course of the work.
    fn may_work_on(&self, actor: &Actor, belonging: &Belonging) -> Result<(), Denied> {
        match access::read(actor, &self.all_procedures(), belonging)? {
            access::Reading::AtWork => Ok(()),
            access::Reading::Traced => Err(Denied::only_looks()),
        }
    }

    fn recorder(
        &self,
        by: By<'_>,
        file: &AgencyFile,
        belonging: &Belonging,
        asked: Asked<'_>,
    ) -> Result<Option<Recorder>, PerformError> {
        match by {
            By::Time => Ok(None),
            By::Actor(actor, hands) => {
                match access::record(actor, file, belonging, asked, hands)? {
                    Hands::Complete(recorder) => Ok(Some(recorder)),
                    Hands::Wanting(people) => Err(PerformError::HandsWanting(people)),
                }
            }
            By::Everybody => {
                let first = asked.people.first().and_then(|it| file.staff(&it.person));
                Ok(first.map(|staff| Recorder {
                    account: staff.id.clone(),
                    person: staff.id.clone(),
                    section: staff.section.clone(),
                    on_paper: asked.on_paper,
                    hands: Vec::new(),
                }))
            }
        }
    }

    pub(crate) fn all_procedures(&self) -> Vec<&Procedure> {
        self.procedures.values().map(Arc::as_ref).collect()
    }

    pub(crate) fn procedure(&self, id: &str) -> Result<Arc<Procedure>, ReadCaseError> {
        let found = self.procedures.get(id);
        found
            .map(Arc::clone)
            .ok_or_else(|| ReadCaseError::NoSuchProcedure(id.to_owned()))
    }

    /// The answer to what was written, and its way to the public side.
    pub(crate) async fn performed(
        &self,
        target: &Target,
        case_id: String,
        key: &str,
        written: Written,
    ) -> Result<Performed, PerformError> {
        let Written { appended, outward } = written;
        // The same form sent twice at the same moment: the record answers with the first, whose case is the case.
        let case_id = match target {
            Target::Case { .. } => case_id,
            Target::NewCase { .. } => match self.ports.ledger.request(&self.agency, key).await? {
                Some(known) => case_of(&known.stream).unwrap_or(case_id),
                None => case_id,
            },
        };
        Ok(Performed {
            case_id,
            version: appended.stream_version,
            leaf_index: appended.leaf_index,
            recorded_at: appended.recorded_at,
            numbers: appended.numbers,
            is_repeated: false,
            publishing: self.publish_now(appended.leaf_index, outward).await,
        })
    }

    pub(crate) async fn known(
        &self,
        key: &str,
        digest: [u8; 32],
    ) -> Result<Option<Performed>, PerformError> {
        let Some(known) = self.ports.ledger.request(&self.agency, key).await? else {
            return Ok(None);
        };
        if known.request_digest != digest {
            return Err(PerformError::KeyReused);
        }
        Ok(case_of(&known.stream).map(|case_id| Performed {
            case_id,
            version: known.appended.stream_version,
            leaf_index: known.appended.leaf_index,
            recorded_at: known.appended.recorded_at,
            numbers: known.appended.numbers,
            is_repeated: true,
            publishing: Publishing::Nothing,
        }))
    }

    /// The public part of an act that concerns the public side: made before it is recorded, with it.
    async fn crossing(
        &self,
        case_id: &str,
        record: &CaseRecord,
        standing: &Standing,
        command: &Command,
        draft: &Draft,
    ) -> Result<Option<Crossing>, PerformError> {
        if !crosses(&record.history.case.procedure, command) {
            return Ok(None);
        }
        let Some(stream) = stream(case_id) else {
            return Ok(None);
        };
        let mut after = History::clone(&record.history);
        after.push(draft.entry.clone());
        let earlier = self.crossed(record, &stream).await?;
        let context = standing.context_on(command.occurred.day);
        crossing(&Making {
            agency: &standing.file,
            context: &context,
            case_id,
            after: &after.case,
            command,
            earlier: &earlier,
        })
        .map_err(|error| WriteError::Publication(error).into())
    }

    /// What crossed to the public side in this case so far; read only where something did.
    async fn crossed(
        &self,
        record: &CaseRecord,
        stream: &StreamName,
    ) -> Result<Vec<Crossed>, PerformError> {
        let mut recorded = record.recorded.iter();
        if !recorded.any(|entry| entry.header.outward.is_some()) {
            return Ok(Vec::new());
        }
        let entries = self
            .ports
            .ledger
            .read_stream(&self.agency, stream, 0)
            .await?;
        Ok(crossed(record, &entries))
    }
}

pub(crate) fn refused(refusal: Refusal) -> PerformError {
    if refusal
        .grounds
        .iter()
        .all(|ground| ground.kind == GroundKind::NoSuchSubject)
    {
        return PerformError::NoSuchAct;
    }
    PerformError::Refused(Box::new(refusal))
}

pub(crate) fn case_of(stream: &StreamName) -> Option<String> {
    stream.as_str().strip_prefix("case/").map(str::to_owned)
}
