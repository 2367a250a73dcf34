//! Consulting a record (调阅) leaves a trace, in a stream of its own: it does not move the case.

use crate::access::{Actor, Reading};
use crate::beside::BesideError;
use crate::office::{Office, SeenError, stream};
use crate::stored::DESTROYED;
use crate::view::CaseView;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Who looks at what, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consulting {
    /// The case.
    pub case_id: String,
    /// Who, by id, or by name and office where it is a supervisor from outside.
    pub person: String,
    /// Why.
    pub purpose: String,
}

/// A consultation on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consultation {
    /// When.
    pub recorded_at: Timestamp,
    /// Who.
    pub person: String,
    /// Why.
    pub purpose: String,
    /// The version of the case that was there to be seen.
    pub version: u64,
}

#[derive(Serialize, Deserialize)]
struct Said {
    person: String,
    purpose: String,
}

impl Office {
    /// A case for somebody who may see it; a look from outside is on record before anything is shown.
    pub async fn look(&self, by: &Actor, case_id: &str) -> Result<(CaseView, Reading), SeenError> {
        let (view, reading) = self.case_for(by, case_id).await?;
        if reading == Reading::Traced {
            let consulting = Consulting {
                case_id: case_id.to_owned(),
                person: format!("{}（{}）", by.name, by.account),
                purpose: "执法监督调阅".to_owned(),
            };
            self.consult(&consulting, &self.new_id()).await?;
        }
        Ok((view, reading))
    }

    /// Records that somebody consults a case.
    pub async fn consult(&self, asked: &Consulting, key: &str) -> Result<(), BesideError> {
        if asked.person.trim().is_empty() || asked.purpose.trim().is_empty() {
            return Err(BesideError::Field("请写明调阅人和调阅的用途".to_owned()));
        }
        if stream(&asked.case_id).is_none() {
            return Err(BesideError::Field("没有这个案件".to_owned()));
        }
        let record = self.record(&asked.case_id).await?;
        let header = serde_json::json!({
            "kind": "record_consulted",
            "case_id": asked.case_id,
            "version": record.version(),
        });
        let said = Said {
            person: asked.person.trim().to_owned(),
            purpose: asked.purpose.trim().to_owned(),
        };
        let name = format!("consultation/{}", asked.case_id);
        self.beside(&name, header, &said, Vec::new(), (key, asked))
            .await
            .map(drop)
    }

    /// Who consulted a case, oldest first.
    pub async fn consultations(&self, case_id: &str) -> Result<Vec<Consultation>, BesideError> {
        let mut all = Vec::new();
        for entry in self
            .entries_beside(&format!("consultation/{case_id}"))
            .await?
        {
            let said: Said = match entry.body("personal") {
                Some(body) => serde_json::from_slice(body)?,
                None => Said {
                    person: DESTROYED.to_owned(),
                    purpose: DESTROYED.to_owned(),
                },
            };
            all.push(Consultation {
                recorded_at: entry.recorded_at,
                person: said.person,
                purpose: said.purpose,
                version: entry
                    .header()
                    .get("version")
                    .and_then(serde_json::Value::as_u64)
                    .unwrap_or(0),
            });
        }
        Ok(all)
    }
}
