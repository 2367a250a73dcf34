//! The lines that go out.

use app::{PerformError, Performed, ReadCaseError};
use casework::refusal::Ground;
use serde::Serialize;
use std::error::Error;

/// What became of one line.
#[derive(Serialize)]
pub(super) struct Answer {
    pub(super) line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
    #[serde(flatten)]
    pub(super) outcome: Outcome,
}

/// Recorded, refused by the law or by a field, or not done because something failed.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Outcome {
    /// It is on record.
    Recorded {
        case: String,
        version: u64,
        leaf_index: u64,
        recorded_at: String,
        repeated: bool,
        /// Numbers that its documents were given.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        numbers: Vec<String>,
    },
    /// It may not be done.
    Refused { refused: Vec<Reason> },
    /// It was not done.
    Failed { error: Fault },
}

/// One ground of a refusal.
#[derive(Serialize)]
pub(super) struct Reason {
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rows: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    text: String,
}

/// What failed.
#[derive(Serialize)]
pub(super) struct Fault {
    kind: Kind,
    text: String,
}

/// What a program may tell apart.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// The line cannot be read.
    Line,
    /// There is no such case, procedure, act or subject.
    Unknown,
    /// The key was used with other content.
    KeyReused,
    /// Whoever asks may not, or others have to agree.
    Denied,
    /// Others write to the case all the time.
    Stale,
    /// The record cannot be read or written: to be sent again with the same key.
    Storage,
}

impl Outcome {
    pub(super) fn failed(kind: Kind, text: impl Into<String>) -> Outcome {
        Outcome::Failed {
            error: Fault {
                kind,
                text: text.into(),
            },
        }
    }

    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Outcome::Recorded { .. } => 0,
            Outcome::Refused { .. } => 1,
            Outcome::Failed { .. } => 2,
        }
    }

    pub(super) fn of(performed: Result<Performed, PerformError>) -> Outcome {
        match performed {
            Ok(done) => Outcome::Recorded {
                case: done.case_id,
                version: done.version,
                leaf_index: done.leaf_index,
                recorded_at: done.recorded_at.to_string(),
                repeated: done.is_repeated,
                numbers: done.numbers.into_iter().map(|number| number.text).collect(),
            },
            Err(PerformError::Refused(refusal)) => Outcome::Refused {
                refused: refusal.grounds.into_iter().map(Reason::from).collect(),
            },
            Err(PerformError::Fields(errors)) => Outcome::Refused {
                refused: errors
                    .into_iter()
                    .map(|error| Reason {
                        rule: None,
                        rows: Vec::new(),
                        field: Some(error.field),
                        text: error.text,
                    })
                    .collect(),
            },
            Err(PerformError::NoSuchAct) => Outcome::failed(Kind::Unknown, "没有这个事项或者对象"),
            Err(PerformError::Case(ReadCaseError::NoSuchCase(named))) => Outcome::failed(
                Kind::Unknown,
                format!("没有案件“{named}”：既不是已有案件的编号，前面也没有一行办成并以它为名"),
            ),
            Err(PerformError::Case(ReadCaseError::NoSuchProcedure(id))) => {
                Outcome::failed(Kind::Unknown, format!("没有程序“{id}”"))
            }
            Err(PerformError::Denied(denied)) => Outcome::failed(Kind::Denied, denied.text),
            Err(PerformError::HandsWanting(_)) => Outcome::failed(
                Kind::Denied,
                "还须他人签批：请在页面上送签，或者附签批页以纸签代录（on_paper）",
            ),
            Err(PerformError::KeyReused) => Outcome::failed(
                Kind::KeyReused,
                "这个 key 已经用于别的内容；新的事项请用新的 key",
            ),
            Err(PerformError::Stale { .. }) => {
                Outcome::failed(Kind::Stale, "本案同时有别人在记录，请用同一个 key 再发一次")
            }
            Err(
                error @ (PerformError::Case(ReadCaseError::Read(_) | ReadCaseError::Entry { .. })
                | PerformError::Read(_)),
            ) => {
                report(&error);
                Outcome::failed(
                    Kind::Storage,
                    "记录读不出来，原因见运行日志；排除后请用同一个 key 再发一次",
                )
            }
            Err(error @ PerformError::Write(_)) => {
                report(&error);
                Outcome::failed(
                    Kind::Storage,
                    "没有确认写入记录，原因见运行日志；排除后请用同一个 key 再发一次，不会重复记录",
                )
            }
        }
    }
}

impl From<Ground> for Reason {
    fn from(ground: Ground) -> Reason {
        Reason {
            rule: ground.rule,
            rows: ground.rows,
            field: ground.field,
            text: ground.text,
        }
    }
}

/// The whole chain, once.
fn report(error: &PerformError) {
    let mut chain = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        chain = format!("{chain}: {source}");
        cause = source.source();
    }
    tracing::error!(error = chain, "an act was not recorded");
}
