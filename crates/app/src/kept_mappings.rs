//! Mappings of foreign histories that the agency keeps: which column is which act and which fact.
//!
//! They stand beside the record as notes, under a name, for everybody who appraises. A mapping is kept as the text that was
//! used; whether it still fits the rules is asked when it is used again.

use crate::ledger::ReadError;
use crate::notes::Note;
use crate::office::Office;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

const MAPPING: &str = "mapping";
/// Of the agency.
pub const MAPPINGS_MAX: usize = 100;
/// Characters of a name.
pub const MAPPING_NAME_MAX: usize = 40;
/// The longest text, in bytes.
const TEXT_MAX: usize = 256 << 10;
/// Nobody wants it back by then.
const LASTS: SignedDuration = SignedDuration::from_hours(24 * 365 * 30);

/// A mapping that the agency keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptMapping {
    /// Its name, one of its kind for the agency.
    pub name: String,
    /// The name of the file that it came from.
    pub file: String,
    /// The file.
    pub text: String,
    /// Who kept it: an account, or empty for whoever runs the program.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Whether a mapping of the same name may be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameName {
    /// It stays, and the new one is refused.
    Stays,
    /// It is replaced.
    IsReplaced,
}

/// Why a mapping is not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeptMappingError {
    /// To be told to the person.
    #[error("{0}")]
    Field(String),
    /// The notes could not be read or written.
    #[error("the notes could not be read or written")]
    Read(#[from] ReadError),
    /// A note is not of its shape.
    #[error("a note is damaged")]
    Damaged(#[from] serde_json::Error),
}

impl Office {
    /// The mappings that the agency keeps, by name.
    pub async fn kept_mappings(&self) -> Result<Vec<KeptMapping>, KeptMappingError> {
        let limit = u32::try_from(MAPPINGS_MAX).unwrap_or(u32::MAX);
        let ledger = &self.ports.ledger;
        let notes = ledger.notes(&self.agency, MAPPING, None, "", limit).await?;
        let kept = notes.iter().map(|note| serde_json::from_str(&note.body));
        Ok(kept.collect::<Result<_, _>>()?)
    }

    /// A mapping that the agency keeps.
    pub async fn kept_mapping(&self, name: &str) -> Result<Option<KeptMapping>, KeptMappingError> {
        let ledger = &self.ports.ledger;
        let note = ledger.note(&self.agency, MAPPING, name).await?;
        let kept = note.map(|note| serde_json::from_str(&note.body));
        Ok(kept.transpose()?)
    }

    /// Keeps a mapping, the text of a file, under a name. `by` is an account, or empty for whoever runs the program.
    pub async fn keep_mapping(
        &self,
        by: &str,
        name: &str,
        (file, text): (&str, &str),
        same: SameName,
    ) -> Result<(), KeptMappingError> {
        let kept = KeptMapping {
            name: checked(name)?,
            file: file.to_owned(),
            text: text.to_owned(),
            by: by.to_owned(),
            at: self.ports.clock.now(),
        };
        self.put_mapping(kept, same, MAPPINGS_MAX).await
    }

    /// Keeps a mapping under another name.
    pub async fn rename_mapping(&self, from: &str, to: &str) -> Result<(), KeptMappingError> {
        let to = checked(to)?;
        if to == from {
            return Ok(());
        }
        let gone = || KeptMappingError::Field(format!("“{from}”已经不在了"));
        let held = self.kept_mapping(from).await?.ok_or_else(gone)?;
        let named = KeptMapping { name: to, ..held };
        self.put_mapping(named, SameName::Stays, MAPPINGS_MAX + 1)
            .await?;
        self.forget_mapping(from).await
    }

    /// Keeps a mapping no longer.
    pub async fn forget_mapping(&self, name: &str) -> Result<(), KeptMappingError> {
        let ledger = &self.ports.ledger;
        ledger.remove_note(&self.agency, MAPPING, name).await?;
        Ok(())
    }

    /// With it there are `most` at most.
    async fn put_mapping(
        &self,
        kept: KeptMapping,
        same: SameName,
        most: usize,
    ) -> Result<(), KeptMappingError> {
        let ledger = &self.ports.ledger;
        if kept.text.len() > TEXT_MAX {
            let text = "导入文件太长，不能保留".to_owned();
            return Err(KeptMappingError::Field(text));
        }
        let held = ledger.note(&self.agency, MAPPING, &kept.name).await?;
        let taken = || {
            let text = format!("已经保留了“{}”；换一个名称，或者选择替换同名的", kept.name);
            KeptMappingError::Field(text)
        };
        match &held {
            Some(_) if same == SameName::Stays => return Err(taken()),
            Some(_) => {}
            None if self.kept_mappings().await?.len() >= most => {
                let text = format!("最多保留{MAPPINGS_MAX}个导入，请先删去不用的");
                return Err(KeptMappingError::Field(text));
            }
            None => {}
        }
        let note = Note {
            kind: MAPPING.to_owned(),
            id: kept.name.clone(),
            owner: String::new(),
            until: self.ports.clock.now() + LASTS,
            version: held.map_or(1, |held| held.version + 1),
            body: serde_json::to_string(&kept)?,
        };
        // Kept by somebody else at this moment: theirs stands, and this is told.
        if ledger.keep_note(&self.agency, &note).await? {
            Ok(())
        } else {
            Err(taken())
        }
    }
}

fn checked(name: &str) -> Result<String, KeptMappingError> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > MAPPING_NAME_MAX || name.chars().any(char::is_control) {
        let text = format!("请给这个导入起一个名称，不超过{MAPPING_NAME_MAX}个字");
        return Err(KeptMappingError::Field(text));
    }
    Ok(name.to_owned())
}
