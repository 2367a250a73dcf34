//! What no procedure owns but every case may need: correcting an entry, destroying parts lawfully.

use crate::access::{self, BothHands};
use crate::ledger::{Idempotency, PartPlace, ReadError};
use crate::office::{Office, stream};
use crate::perform::{PerformError, Performed, TRIES, refused};
use crate::ports::legal_moment;
use crate::request::{ActRequest, Misread, Target};
use crate::write::{Decided, WriteError};
use casework::correct::{CorrectionRequest, correct};
use casework::destroy::{DestructionRequest, destroy};
use casework::entry::{Entry, NewSubject, PartOfEntry};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// What is asked when an entry is to be corrected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correcting {
    /// The number of the entry, from 1.
    pub of: u32,
    /// Which of its acts, from 0: more than one only in a case taken over.
    #[serde(default)]
    pub within: usize,
    /// The act as it should have been recorded, whole.
    pub act: ActRequest,
    /// Names of subjects that it brought in, as they should have been.
    #[serde(default)]
    pub renamed: Vec<NewSubject>,
    /// Why.
    pub reason: String,
    /// Who asks, by id.
    pub asked_by: String,
    /// Who approves, by id.
    pub approved_by: String,
}

/// What is asked when parts are to be destroyed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destroying {
    /// Which parts.
    pub parts: Vec<PartOfEntry>,
    /// Statute and article.
    pub basis: String,
    /// Why.
    pub reason: String,
    /// Who asks, by id.
    pub asked_by: String,
    /// Who approves, by id.
    pub approved_by: String,
}

/// A part of an entry that is still there, and what it speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresentPart {
    /// Which part.
    pub part: PartOfEntry,
    /// Its place in the log.
    pub place: PartPlace,
    /// The files that it names, by their address.
    pub files: Vec<String>,
}

impl Office {
    /// Corrects an entry of a case by a new one.
    pub async fn correct(
        &self,
        hands: BothHands<'_>,
        case_id: &str,
        seen: Option<u64>,
        asked: &Correcting,
        key: &str,
    ) -> Result<Performed, PerformError> {
        access::amend(&self.agency(), hands, &asked.asked_by, &asked.approved_by)?;
        let target = case_target(case_id, seen);
        let digest = digest("correct", case_id, asked);
        if let Some(known) = self.known(key, digest).await? {
            return Ok(known);
        }
        let mut tries = 0;
        loop {
            match self
                .correct_new((&target, case_id, seen), asked, key, digest)
                .await
            {
                Err(PerformError::Write(WriteError::RegistersMoved)) if tries < TRIES => tries += 1,
                answered => return answered,
            }
        }
    }

    async fn correct_new(
        &self,
        (target, case_id, seen): (&Target, &str, Option<u64>),
        asked: &Correcting,
        key: &str,
        digest: [u8; 32],
    ) -> Result<Performed, PerformError> {
        let standing = self.fresh_standing().await?;
        let record = self.record(case_id).await?;
        check_seen(seen, record.version())?;
        let command = asked
            .act
            .command(&record.history.case)
            .map_err(|misread| match misread {
                Misread::NoSuchAct => PerformError::NoSuchAct,
                Misread::Fields(errors) => PerformError::Fields(errors),
            })?;
        let request = CorrectionRequest {
            of: asked.of,
            within: asked.within,
            command,
            renamed: asked.renamed.clone(),
            reason: asked.reason.clone(),
            asked_by: asked.asked_by.clone(),
            approved_by: asked.approved_by.clone(),
        };
        let now = self.ports.clock.now();
        let case = &record.history.case;
        let context = self
            .context_for(&standing, (case_id, case), &request.command)
            .await?;
        let entry =
            correct(&record.history, &context, &request, legal_moment(now)).map_err(refused)?;
        let idempotency = Idempotency {
            key: key.to_owned(),
            request_digest: digest,
        };
        let decided = Decided::plain(entry);
        let written = self
            .write(case_id, record, &standing, decided, idempotency, now)
            .await?;
        self.performed(target, case_id.to_owned(), key, written)
            .await
    }

    /// Destroys parts of a case's entries: when this is answered, the record, its views and the memory hold nothing of
    /// them. Files that no other part names are the caller's to remove: [`Office::files_of`] says which.
    pub async fn destroy(
        &self,
        hands: BothHands<'_>,
        case_id: &str,
        asked: &Destroying,
        key: &str,
    ) -> Result<Performed, PerformError> {
        access::amend(&self.agency(), hands, &asked.asked_by, &asked.approved_by)?;
        let target = case_target(case_id, None);
        let digest = digest("destroy", case_id, asked);
        if let Some(known) = self.known(key, digest).await? {
            return Ok(known);
        }
        let mut tries = 0;
        loop {
            match self.destroy_new(&target, case_id, asked, key, digest).await {
                Err(PerformError::Write(WriteError::RegistersMoved)) if tries < TRIES => tries += 1,
                answered => return answered,
            }
        }
    }

    async fn destroy_new(
        &self,
        target: &Target,
        case_id: &str,
        asked: &Destroying,
        key: &str,
        digest: [u8; 32],
    ) -> Result<Performed, PerformError> {
        let standing = self.fresh_standing().await?;
        let present = self.present_parts(case_id).await?;
        let record = self.record(case_id).await?;
        let request = DestructionRequest {
            parts: asked.parts.clone(),
            basis: asked.basis.clone(),
            reason: asked.reason.clone(),
            asked_by: asked.asked_by.clone(),
            approved_by: asked.approved_by.clone(),
        };
        let known: BTreeSet<PartOfEntry> = present.iter().map(|it| it.part.clone()).collect();
        let now = self.ports.clock.now();
        let entry = destroy(
            &record.history,
            &standing.context,
            &request,
            &known,
            legal_moment(now),
        )
        .map_err(refused)?;
        let gone: BTreeSet<&PartOfEntry> = match &entry {
            Entry::PartsDestroyed(destruction) => destruction.parts.iter().collect(),
            _ => BTreeSet::new(),
        };
        let destroys: Vec<PartPlace> = present
            .iter()
            .filter(|it| gone.contains(&it.part))
            .map(|it| it.place.clone())
            .collect();
        // What the views show from now on is made from what is left.
        let stream = stream(case_id).ok_or(PerformError::NoSuchAct)?;
        let mut entries = self
            .ports
            .ledger
            .read_stream(&self.agency, &stream, 0)
            .await?;
        for stored in &mut entries {
            let at = stored.leaf_index;
            stored.parts.retain(|part| {
                !destroys
                    .iter()
                    .any(|it| it.leaf_index == at && it.label == part.label.as_str())
            });
        }
        self.cache.forget(case_id);
        let left = self
            .read(case_id, None, &entries)?
            .ok_or(PerformError::NoSuchAct)?;
        check_seen(Some(record.version()), left.version())?;
        // What waits for a hand may hold the same names and facts.
        self.forget_pending(case_id)
            .await
            .map_err(|error| PerformError::Read(ReadError::Storage(error.into())))?;
        let decided = Decided {
            destroys,
            ..Decided::plain(entry)
        };
        let idempotency = Idempotency {
            key: key.to_owned(),
            request_digest: digest,
        };
        let written = self
            .write(case_id, left.into(), &standing, decided, idempotency, now)
            .await?;
        self.performed(target, case_id.to_owned(), key, written)
            .await
    }

    /// The parts of a case's entries that are still there.
    pub async fn present_parts(&self, case_id: &str) -> Result<Vec<PresentPart>, PerformError> {
        let stream = stream(case_id).ok_or(PerformError::NoSuchAct)?;
        let entries = self
            .ports
            .ledger
            .read_stream(&self.agency, &stream, 0)
            .await?;
        let mut all = Vec::new();
        for (entry, recorded) in (1..).zip(&entries) {
            for part in &recorded.parts {
                all.push(PresentPart {
                    part: PartOfEntry {
                        entry,
                        label: part.label.to_string(),
                    },
                    place: PartPlace {
                        leaf_index: recorded.leaf_index,
                        label: part.label.to_string(),
                    },
                    files: crate::stored::files_in(part),
                });
            }
        }
        Ok(all)
    }

    /// The files that these parts name and that no other part of the case does.
    pub async fn files_of(
        &self,
        case_id: &str,
        parts: &[PartOfEntry],
    ) -> Result<Vec<String>, PerformError> {
        let mut named: BTreeMap<String, bool> = BTreeMap::new();
        for present in self.present_parts(case_id).await? {
            let goes = parts.contains(&present.part);
            for file in present.files {
                let only = named.entry(file).or_insert(true);
                *only &= goes;
            }
        }
        Ok(named
            .into_iter()
            .filter_map(|(file, only)| only.then_some(file))
            .collect())
    }
}

fn case_target(case_id: &str, seen: Option<u64>) -> Target {
    Target::Case {
        case_id: case_id.to_owned(),
        seen,
    }
}

fn check_seen(seen: Option<u64>, actual: u64) -> Result<(), PerformError> {
    match seen {
        Some(seen) if seen != actual => Err(PerformError::Stale { seen, actual }),
        _ => Ok(()),
    }
}

/// A digest of what is asked, the same whenever the same is asked.
pub(crate) fn digest(what: &str, of: &str, asked: &impl Serialize) -> [u8; 32] {
    let mut hasher = Sha256::new();
    // A request is strings, numbers and ordered maps: it always serializes.
    hasher.update(serde_json::to_vec(&(what, of, asked)).unwrap_or_default());
    hasher.finalize().into()
}
