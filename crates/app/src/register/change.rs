//! Changing a register: drafted by one, reviewed by another, approved or rejected by a third who is in charge.

use super::RegisterName;
use super::check::{LineError, ROW_ID, administrates, check, check_lines};
use super::entry::{
    Change, Header, LINES, LINES_IN_PART, PERSONAL, ROW, RegisterEntry, Row, SEAL, Said,
    StoredLine, VERSION, normal,
};
use super::known::{Draft, DraftState};
use super::standing::Standing;
use crate::amend::digest;
use crate::ledger::{
    Append, AppendError, Appended, Idempotency, NewEntry, ReadError, StreamVersion,
};
use crate::office::Office;
use crate::request::FieldError;
use proof::{Label, Part, Sensitivity};
use serde::{Deserialize, Serialize};
use vocabulary::Day;

/// Somebody else changed a register at the same moment: looked at again this often.
const TRIES: usize = 5;

/// How a row shall read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// Like this.
    Put(Row),
    /// Not at all.
    Remove,
}

/// A change that somebody proposes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drafting {
    /// Where.
    pub register: RegisterName,
    /// Which row.
    pub row: String,
    /// How it shall read.
    pub wanted: Wanted,
    /// The first day on which it shall hold.
    pub effective_from: Day,
    /// Who proposes it, by id.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// The most rows that are changed at once.
pub const BATCH_MAX: usize = 60_000;

/// A row of many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchLine {
    /// Which row.
    pub row: String,
    /// How it shall read.
    pub wanted: Wanted,
}

/// Many changes that somebody proposes at once; all of them hold, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchDrafting {
    /// Where.
    pub register: RegisterName,
    /// The rows.
    pub lines: Vec<BatchLine>,
    /// The first day on which they shall hold.
    pub effective_from: Day,
    /// Who proposes them, by id.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// What somebody in charge says of a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ruling {
    /// Where.
    pub register: RegisterName,
    /// Which draft, by its entry.
    pub draft: u64,
    /// It shall hold, or it shall not.
    pub is_approved: bool,
    /// Who, by id.
    pub by: String,
    /// Why; needed to reject.
    pub opinion: String,
}

/// A change of an account, by an administrator alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountChange {
    /// Which account.
    pub row: String,
    /// How it shall read.
    pub wanted: Wanted,
    /// The account of the administrator; anything while there is no administrator yet.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Why a register was not changed.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Values that cannot be.
    #[error("some fields are wrong")]
    Fields(Vec<FieldError>),
    /// Lines that cannot be.
    #[error("some lines are wrong")]
    Lines(Vec<LineError>),
    /// There is no such draft.
    #[error("there is no such draft")]
    NoSuchDraft,
    /// The draft was decided on already, or rests on a row that reads differently by now.
    #[error("{0}")]
    Overtaken(String),
    /// The key was used for another request.
    #[error("the form was sent before with other content")]
    KeyReused,
    /// The entry cannot be put in its stored form.
    #[error("the entry cannot be stored")]
    Shape(#[from] serde_json::Error),
    /// A part cannot be named.
    #[error("a part cannot be named")]
    Label(#[from] proof::BadLabel),
    /// The record could not be read.
    #[error("the record could not be read")]
    Read(#[from] ReadError),
    /// The record could not be written.
    #[error("the record could not be written")]
    Append(#[source] AppendError),
}

/// An entry that is to be written.
pub(super) struct Writing {
    pub(super) entry: RegisterEntry,
    pub(super) row: Option<Row>,
    /// What nobody sees before its time.
    pub(super) seal: Option<String>,
    pub(super) lines: Vec<StoredLine>,
    pub(super) said: Said,
}

pub(super) fn wrong(field: &str, text: impl Into<String>) -> FieldError {
    FieldError {
        field: field.to_owned(),
        text: text.into(),
    }
}

impl Office {
    /// Proposes a change of a register; answers with the number of the draft.
    pub async fn draft_change(&self, asked: &Drafting, key: &str) -> Result<u64, RegisterError> {
        let wanted = match &asked.wanted {
            Wanted::Put(row) => Wanted::Put(normal(row.clone())),
            Wanted::Remove => Wanted::Remove,
        };
        let decide = |standing: &Standing| {
            let mut errors = check(
                asked.register,
                &asked.row,
                &wanted,
                asked.effective_from,
                standing,
            );
            errors.extend(drafting(asked.register, &asked.by, &asked.reason, standing));
            if !errors.is_empty() {
                return Err(RegisterError::Fields(errors));
            }
            Ok(Writing {
                entry: RegisterEntry::RegisterDrafted {
                    register: asked.register,
                    row: asked.row.clone(),
                    change: change(&wanted),
                    effective_from: asked.effective_from,
                    base: standing.last_change(asked.register, &asked.row),
                },
                row: row(&wanted),
                seal: None,
                lines: Vec::new(),
                said: Said {
                    drafted_by: asked.by.clone(),
                    reason: asked.reason.trim().to_owned(),
                    ..Said::default()
                },
            })
        };
        let written = self
            .change_register(
                asked.register,
                digest("register-draft", "", asked),
                key,
                &decide,
            )
            .await?;
        Ok(written.stream_version)
    }

    /// Proposes many changes of a register at once; answers with the number of the draft.
    pub async fn draft_batch(
        &self,
        asked: &BatchDrafting,
        key: &str,
    ) -> Result<u64, RegisterError> {
        let lines: Vec<BatchLine> = asked
            .lines
            .iter()
            .map(|line| BatchLine {
                row: line.row.clone(),
                wanted: match &line.wanted {
                    Wanted::Put(row) => Wanted::Put(normal(row.clone())),
                    Wanted::Remove => Wanted::Remove,
                },
            })
            .collect();
        let decide = |standing: &Standing| {
            let mut errors = Vec::new();
            if lines.is_empty() {
                errors.push(wrong(ROW_ID, "没有要变更的行"));
            }
            if lines.len() > BATCH_MAX {
                errors.push(wrong(ROW_ID, format!("一次最多{BATCH_MAX}行")));
            }
            errors.extend(drafting(asked.register, &asked.by, &asked.reason, standing));
            if !errors.is_empty() {
                return Err(RegisterError::Fields(errors));
            }
            let wrong = check_lines(asked.register, &lines, asked.effective_from, standing);
            if !wrong.is_empty() {
                return Err(RegisterError::Lines(wrong));
            }
            Ok(Writing {
                entry: RegisterEntry::RegisterBatchDrafted {
                    register: asked.register,
                    lines: lines.len(),
                    effective_from: asked.effective_from,
                    base: standing.known().version(&asked.register.stream()),
                },
                row: None,
                seal: None,
                lines: lines
                    .iter()
                    .map(|line| StoredLine {
                        row: line.row.clone(),
                        values: row(&line.wanted),
                    })
                    .collect(),
                said: Said {
                    drafted_by: asked.by.clone(),
                    reason: asked.reason.trim().to_owned(),
                    ..Said::default()
                },
            })
        };
        let written = self
            .change_register(
                asked.register,
                digest("register-batch", "", asked),
                key,
                &decide,
            )
            .await?;
        Ok(written.stream_version)
    }

    /// Approves or rejects a draft; answers with the number of the entry.
    pub async fn rule_on_change(&self, asked: &Ruling, key: &str) -> Result<u64, RegisterError> {
        let decide = |standing: &Standing| {
            let draft = standing
                .draft(asked.register, asked.draft)
                .ok_or(RegisterError::NoSuchDraft)?;
            if draft.state != DraftState::Open {
                let text = "这份起草已经批准或者退回";
                return Err(RegisterError::Overtaken(text.to_owned()));
            }
            if asked.register.is_drawn() {
                let text = "抽取由监督人报数以后进行，不经审核、批准";
                return Err(RegisterError::Overtaken(text.to_owned()));
            }
            if asked.is_approved && draft.review.is_none() {
                let text = format!(
                    "这份起草还没有审核，不能批准；由{}审核",
                    standing.reviewers(asked.register)
                );
                return Err(RegisterError::Overtaken(text));
            }
            let mut errors = ruler(draft, asked, standing);
            if !asked.is_approved && asked.opinion.trim().is_empty() {
                errors.push(wrong("opinion", "退回须写明理由"));
            }
            if !errors.is_empty() {
                return Err(RegisterError::Fields(errors));
            }
            let said = Said {
                drafted_by: draft.drafted_by.clone(),
                reviewed_by: draft
                    .review
                    .as_ref()
                    .map_or_else(String::new, |it| it.by.clone()),
                decided_by: asked.by.clone(),
                reason: draft.reason.clone(),
                opinion: asked.opinion.trim().to_owned(),
            };
            if asked.is_approved && draft.is_batch() {
                batch_approval(draft, asked, said, standing)
            } else if asked.is_approved {
                approval(draft, asked, said, standing)
            } else {
                Ok(Writing {
                    entry: RegisterEntry::RegisterRejected {
                        register: asked.register,
                        row: draft.id.clone(),
                        draft: draft.number,
                    },
                    row: None,
                    seal: None,
                    lines: Vec::new(),
                    said,
                })
            }
        };
        let written = self
            .change_register(
                asked.register,
                digest("register-rule", "", asked),
                key,
                &decide,
            )
            .await?;
        Ok(written.stream_version)
    }

    /// Opens, changes or closes an account: an administrator's work, and no power over any gate. Roles, credentials and
    /// levels of a person stand in another register.
    pub async fn change_account(
        &self,
        asked: &AccountChange,
        key: &str,
    ) -> Result<u64, RegisterError> {
        const ACCOUNTS: RegisterName = RegisterName::Accounts;
        let wanted = match &asked.wanted {
            Wanted::Put(row) => Wanted::Put(normal(row.clone())),
            Wanted::Remove => Wanted::Remove,
        };
        let decide = |standing: &Standing| {
            let mut errors = check(ACCOUNTS, &asked.row, &wanted, standing.day, standing);
            let mut rows = standing.rows(ACCOUNTS, standing.day);
            let has_any = standing
                .rows(ACCOUNTS, standing.day)
                .any(|(_, _, row)| administrates(row));
            let may = rows.any(|(id, _, row)| *id == asked.by && administrates(row));
            if has_any && !may {
                errors.push(wrong("by", "账户只能由系统管理员办理"));
            }
            let makes_one = matches!(&wanted, Wanted::Put(row) if administrates(row));
            if !has_any && !makes_one {
                errors.push(wrong("duties", "第一个账户应当是可以登录的系统管理员"));
            }
            if !errors.is_empty() {
                return Err(RegisterError::Fields(errors));
            }
            Ok(Writing {
                entry: RegisterEntry::RegisterChanged {
                    register: ACCOUNTS,
                    row: asked.row.clone(),
                    change: change(&wanted),
                    effective_from: standing.day,
                    draft: None,
                },
                row: row(&wanted),
                seal: None,
                lines: Vec::new(),
                said: Said {
                    decided_by: asked.by.clone(),
                    reason: asked.reason.trim().to_owned(),
                    ..Said::default()
                },
            })
        };
        let written = self
            .change_register(
                ACCOUNTS,
                digest("register-account", "", asked),
                key,
                &decide,
            )
            .await?;
        Ok(written.stream_version)
    }

    /// Decides on the registers as they are, and writes; once, however often it is asked with the same key.
    pub(super) async fn change_register(
        &self,
        register: RegisterName,
        request_digest: [u8; 32],
        key: &str,
        decide: &(dyn Fn(&Standing) -> Result<Writing, RegisterError> + Sync),
    ) -> Result<Appended, RegisterError> {
        let ledger = &self.ports.ledger;
        if let Some(known) = ledger.request(&self.agency, key).await? {
            if known.request_digest == request_digest {
                return Ok(known.appended);
            }
            return Err(RegisterError::KeyReused);
        }
        let mut tries = 0;
        loop {
            let standing = self.fresh_standing().await?;
            let writing = match decide(&standing) {
                Ok(writing) => writing,
                // The same may have been sent elsewhere a moment ago: then it stands.
                Err(refused) => match ledger.request(&self.agency, key).await? {
                    Some(known) if known.request_digest == request_digest => {
                        return Ok(known.appended);
                    }
                    _ => return Err(refused),
                },
            };
            let idempotency = Idempotency {
                key: key.to_owned(),
                request_digest,
            };
            let append = self.register_append(register, &standing, writing, idempotency)?;
            match ledger.append(append).await {
                Ok(appended) => {
                    self.fresh_standing().await?;
                    return Ok(appended);
                }
                Err(AppendError::Stale { .. }) if tries < TRIES => tries += 1,
                Err(AppendError::SameKeyOtherContent(_)) => return Err(RegisterError::KeyReused),
                Err(error) => return Err(RegisterError::Append(error)),
            }
        }
    }

    fn register_append(
        &self,
        register: RegisterName,
        standing: &Standing,
        writing: Writing,
        idempotency: Idempotency,
    ) -> Result<Append, RegisterError> {
        let Writing {
            entry,
            row,
            seal,
            lines,
            said,
        } = writing;
        let stream = register.stream();
        let expected_version = standing.known().version(&stream);
        let others = |read: &&StreamVersion| read.stream != stream;
        let read_set = standing.versions.iter().filter(others).cloned().collect();
        let part = |label: &str, sensitivity, body| {
            let mut salt = [0; 32];
            self.ports.chance.fill(&mut salt);
            Ok::<_, RegisterError>(Part {
                label: Label::parse(label)?,
                sensitivity,
                salt,
                body,
            })
        };
        let said = serde_json::to_vec(&said)?;
        let mut parts = vec![part(PERSONAL, Sensitivity::Personal, said)?];
        if let Some(row) = row {
            let body = serde_json::to_vec(&row)?;
            parts.push(part(ROW, register.sensitivity(), body)?);
        }
        if let Some(seal) = seal {
            parts.push(part(SEAL, Sensitivity::Secret, seal.into_bytes())?);
        }
        for (some, number) in lines.chunks(LINES_IN_PART).zip(1..) {
            let label = format!("{LINES}{number:04}");
            let body = serde_json::to_vec(some)?;
            parts.push(part(&label, register.sensitivity(), body)?);
        }
        Ok(Append {
            agency: self.agency.clone(),
            stream,
            expected_version,
            read_set,
            idempotency,
            now: self.ports.clock.now(),
            entry: NewEntry {
                id: self.new_id(),
                header: serde_json::to_value(Header {
                    version: VERSION,
                    entry,
                })?,
                parts,
                destroys: Vec::new(),
                holes: Vec::new(),
            },
            numbers: Vec::new(),
            projections: Vec::new(),
            outbox: Vec::new(),
        })
    }
}

/// What stands against drafting at all: who, why, and where.
fn drafting(
    register: RegisterName,
    by: &str,
    reason: &str,
    standing: &Standing,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if register.is_drawn() {
        errors.push(wrong(ROW_ID, "随机抽取记录由抽取产生，不能起草变更"));
    }
    if !register.is_drafted() {
        errors.push(wrong(ROW_ID, "账户由系统管理员直接办理，不经起草"));
    }
    if standing.file.staff(by).is_none() {
        errors.push(wrong("by", "请选择起草人（须在人员名册里）"));
    }
    if reason.trim().is_empty() {
        errors.push(wrong("reason", "请写明理由"));
    }
    errors
}

fn change(wanted: &Wanted) -> Change {
    match wanted {
        Wanted::Put(_) => Change::Put,
        Wanted::Remove => Change::Remove,
    }
}

fn row(wanted: &Wanted) -> Option<Row> {
    match wanted {
        Wanted::Put(row) => Some(row.clone()),
        Wanted::Remove => None,
    }
}

/// What stands against this person ruling on the draft.
pub(super) fn ruler(draft: &Draft, asked: &Ruling, standing: &Standing) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if asked.by == draft.drafted_by {
        errors.push(wrong("by", "起草的人不能自己批准或者退回"));
    }
    if draft.review.as_ref().is_some_and(|it| it.by == asked.by) {
        errors.push(wrong(
            "by",
            "审核的人不能再批准或者退回，须由另一名负责人办理",
        ));
    }
    let person = standing.file.staff(&asked.by);
    match person {
        None => errors.push(wrong("by", "请选择批准人（须在人员名册里）")),
        Some(person) if person.level.is_none() => {
            errors.push(wrong("by", format!("{}不是负责人，不能批准", person.name)));
        }
        Some(_) => {}
    }
    if draft.is_about(asked.register, &asked.by) {
        errors.push(wrong("by", "不能批准自己的登记"));
    }
    errors
}

fn approval(
    draft: &Draft,
    asked: &Ruling,
    said: Said,
    standing: &Standing,
) -> Result<Writing, RegisterError> {
    if draft.base != standing.last_change(asked.register, &draft.id) {
        let text = "这一行在起草以后又有变动，请退回，按现在的内容重新起草";
        return Err(RegisterError::Overtaken(text.to_owned()));
    }
    let wanted = match (draft.change, &draft.row) {
        (Change::Remove, _) => Wanted::Remove,
        (Change::Put, Some(row)) => Wanted::Put(Row::clone(row)),
        (Change::Put, None) => return Err(RegisterError::NoSuchDraft),
    };
    // What was right when it was drafted may have become wrong.
    let errors = check(
        asked.register,
        &draft.id,
        &wanted,
        draft.effective_from,
        standing,
    );
    if !errors.is_empty() {
        return Err(RegisterError::Fields(errors));
    }
    Ok(Writing {
        entry: RegisterEntry::RegisterChanged {
            register: asked.register,
            row: draft.id.clone(),
            change: draft.change,
            effective_from: draft.effective_from,
            draft: Some(draft.number),
        },
        row: row(&wanted),
        seal: None,
        lines: Vec::new(),
        said,
    })
}

fn batch_approval(
    draft: &Draft,
    asked: &Ruling,
    said: Said,
    standing: &Standing,
) -> Result<Writing, RegisterError> {
    let moved = draft
        .lines
        .iter()
        .find(|line| standing.last_change(asked.register, &line.id) > draft.base);
    if let Some(line) = moved {
        let text = format!(
            "“{}”在起草以后又有变动，请退回，按现在的内容重新导入",
            line.id
        );
        return Err(RegisterError::Overtaken(text));
    }
    let lines: Vec<BatchLine> = draft
        .lines
        .iter()
        .map(|line| BatchLine {
            row: line.id.clone(),
            wanted: match &line.row {
                Some(row) => Wanted::Put(Row::clone(row)),
                None => Wanted::Remove,
            },
        })
        .collect();
    // What was right when it was drafted may have become wrong.
    let wrong = check_lines(asked.register, &lines, draft.effective_from, standing);
    if !wrong.is_empty() {
        return Err(RegisterError::Lines(wrong));
    }
    Ok(Writing {
        entry: RegisterEntry::RegisterBatchChanged {
            register: asked.register,
            lines: lines.len(),
            effective_from: draft.effective_from,
            draft: draft.number,
        },
        row: None,
        seal: None,
        lines: Vec::new(),
        said,
    })
}
