//! What the record says of the registers: every version of every row, and the drafts.

use super::columns::ColumnKind;
use super::entry::{
    Change, Header, LAYOUT, LINES, LINES_IN_PART, PERSONAL, ROW, RegisterEntry, Row, SEAL, Said,
    StoredLine, VERSION, normal,
};
use super::release::Released;
use super::seed::{rows_of, seed_stream};
use super::{PREFIX, RegisterName};
use crate::agency::AgencyFile;
use crate::ledger::{Agency, Ledger, ReadError, Recorded, StorageCause, StreamName, StreamVersion};
use crate::stored::DESTROYED;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use vocabulary::Day;

/// A row as it reads from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The entry of the stream that made it; 0 for the agency's file.
    pub number: u64,
    /// The first day on which it holds.
    pub effective_from: Day,
    /// When it was recorded; nothing for a file that is not on record.
    pub recorded_at: Option<Timestamp>,
    /// The row; nothing where it was removed, or its part was destroyed.
    pub row: Option<Arc<Row>>,
    /// Who drafted it, by id.
    pub drafted_by: String,
    /// Who reviewed it, by id; nobody for what needed no review when it was approved.
    pub reviewed_by: String,
    /// What the reviewer said.
    pub review_opinion: String,
    /// Who approved it, by id; for an account, the account that changed it.
    pub approved_by: String,
    /// Why it was drafted.
    pub reason: String,
    /// What the approver said.
    pub opinion: String,
}

/// What became of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftState {
    /// It waits for a review, or for somebody in charge.
    Open,
    /// It holds, by this entry.
    Approved(u64),
    /// It was rejected.
    Rejected {
        /// By whom.
        by: String,
        /// Why.
        reason: String,
        /// When.
        recorded_at: Timestamp,
    },
}

/// A row of many that are proposed at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftRow {
    /// Which row.
    pub id: String,
    /// The row as it shall read; nothing where it is removed.
    pub row: Option<Arc<Row>>,
}

/// A proposed change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The entry of the stream that proposed it.
    pub number: u64,
    /// Which row; empty where there are many.
    pub id: String,
    /// The rows, where there are many.
    pub lines: Arc<Vec<DraftRow>>,
    /// What it does.
    pub change: Change,
    /// The row as it shall read.
    pub row: Option<Arc<Row>>,
    /// From when.
    pub effective_from: Day,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Who, by id.
    pub drafted_by: String,
    /// Why.
    pub reason: String,
    /// The version of the row that it was made on; of the register, where there are many.
    pub base: u64,
    /// Who reviewed it and let it pass, once somebody did.
    pub review: Option<Reviewed>,
    /// What nobody sees before its time: the secret of a draw.
    pub(super) seal: Option<String>,
    /// What became of it.
    pub state: DraftState,
}

/// A review of a draft, which passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed {
    /// Who, by id.
    pub by: String,
    /// What was said.
    pub opinion: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

impl Draft {
    /// What the reviewer said of it; empty where nothing was said.
    fn review_opinion(&self) -> String {
        let said = self.review.as_ref().map(|it| it.opinion.clone());
        said.unwrap_or_default()
    }

    /// Whether it is about many rows at once.
    pub fn is_batch(&self) -> bool {
        self.id.is_empty()
    }
}

/// A row as the columns have it today: where several values may stand by now, one was stored as itself.
fn lifted(register: RegisterName, row: Row) -> Row {
    let mut row = normal(row);
    let several = register
        .columns()
        .iter()
        .filter(|column| matches!(column.kind, ColumnKind::Several(_)));
    for column in several {
        if let Some(value @ Value::String(_)) = row.get_mut(column.id) {
            *value = Value::Array(vec![value.take()]);
        }
    }
    row
}

/// The lines of a batch, as far as they were not destroyed.
fn lines_of(
    register: RegisterName,
    entry: &Recorded,
    count: usize,
) -> Result<Vec<DraftRow>, StorageCause> {
    let mut all = Vec::new();
    for number in 1..=count.div_ceil(LINES_IN_PART) {
        let Some(body) = entry.body(&format!("{LINES}{number:04}")) else {
            continue;
        };
        let lines: Vec<StoredLine> = serde_json::from_slice(body)?;
        all.extend(lines.into_iter().map(|line| DraftRow {
            id: line.row,
            row: line.values.map(|row| Arc::new(lifted(register, row))),
        }));
    }
    Ok(all)
}

/// With what an office began to work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seed {
    /// The digest of the agency's file.
    pub(super) file: String,
    /// The digest of the rules; empty in entries of earlier programs.
    pub(super) rules: String,
}

/// By which rules the entries of a log were judged, from a place on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// The first entry under them.
    pub leaf_index: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Their digest ([`law::Rules::digest`]).
    pub rules: String,
}

/// The editions of the rules by which a log was judged, first to last. Entries before the first come from a program that
/// did not say.
pub async fn editions(ledger: &dyn Ledger, agency: &Agency) -> Result<Vec<Edition>, ReadError> {
    let mut found: Vec<Edition> = Vec::new();
    for entry in ledger.read_stream(agency, &seed_stream(), 0).await? {
        let header: Header =
            serde_json::from_str(entry.leaf.header_json()).map_err(|error| ReadError::Damaged {
                leaf_index: entry.leaf_index,
                source: error.into(),
            })?;
        let RegisterEntry::RegisterSeeded { rules, .. } = header.entry else {
            continue;
        };
        let is_new = found.last().is_none_or(|last| last.rules != rules);
        if is_new && !rules.is_empty() {
            found.push(Edition {
                leaf_index: entry.leaf_index,
                recorded_at: entry.recorded_at,
                rules,
            });
        }
    }
    Ok(found)
}

/// One register.
#[derive(Clone, Debug, Default)]
struct Register {
    rows: BTreeMap<String, Vec<Version>>,
    released: BTreeMap<String, Vec<Released>>,
    drafts: BTreeMap<u64, Draft>,
}

/// What the record says, as far as it was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    registers: BTreeMap<RegisterName, Register>,
    versions: BTreeMap<StreamName, u64>,
    /// Digests of the agency's file and of the rules, first to last.
    pub(super) seeds: Vec<Seed>,
    /// What the first seed says outside the registers.
    pub(super) layout: Option<Value>,
}

impl Known {
    /// The file alone.
    pub(super) fn of(file: &AgencyFile) -> Known {
        let mut known = Known::default();
        known.begin_with(rows_of(file), None);
        known
    }

    /// The rows before any change.
    fn begin_with(
        &mut self,
        rows: BTreeMap<RegisterName, BTreeMap<String, Row>>,
        recorded_at: Option<Timestamp>,
    ) {
        for register in self.registers.values_mut() {
            for versions in register.rows.values_mut() {
                versions.retain(|version| version.number > 0);
            }
            register.rows.retain(|_, versions| !versions.is_empty());
        }
        for (name, rows) in rows {
            let register = self.registers.entry(name).or_default();
            for (id, row) in rows {
                let version = Version {
                    number: 0,
                    effective_from: Day::MIN,
                    recorded_at,
                    row: Some(Arc::new(row)),
                    drafted_by: String::new(),
                    reviewed_by: String::new(),
                    review_opinion: String::new(),
                    approved_by: String::new(),
                    reason: String::new(),
                    opinion: String::new(),
                };
                register.rows.entry(id).or_default().insert(0, version);
            }
        }
    }

    /// How many entries of a stream were read.
    pub(super) fn version(&self, stream: &StreamName) -> u64 {
        self.versions.get(stream).copied().unwrap_or(0)
    }

    /// The streams that grew since.
    pub(super) fn grown<'s>(&self, streams: &'s [StreamVersion]) -> Vec<&'s StreamName> {
        let grew = |found: &&StreamVersion| self.version(&found.stream) < found.version;
        streams
            .iter()
            .filter(grew)
            .map(|found| &found.stream)
            .collect()
    }

    /// What decisions read: each stream with the number of entries that were read of it.
    pub(super) fn read_set(&self) -> Vec<StreamVersion> {
        let registers = RegisterName::ALL
            .into_iter()
            .filter(|name| name.is_read_by_decisions())
            .map(RegisterName::stream);
        let all = registers.chain([seed_stream()]);
        all.map(|stream| StreamVersion {
            version: self.version(&stream),
            stream,
        })
        .collect()
    }

    /// Whether it knows at least as much as the other.
    pub(super) fn covers(&self, other: &Known) -> bool {
        other
            .versions
            .iter()
            .all(|(stream, version)| self.version(stream) >= *version)
    }

    /// Takes in entries of a stream, in their order.
    pub(super) fn take(&mut self, stream: &StreamName, news: &[Recorded]) -> Result<(), ReadError> {
        for entry in news {
            let number = self.version(stream) + 1;
            self.take_one(number, entry)
                .map_err(|source| ReadError::Damaged {
                    leaf_index: entry.leaf_index,
                    source,
                })?;
            self.versions.insert(stream.clone(), number);
        }
        Ok(())
    }

    fn take_one(&mut self, number: u64, entry: &Recorded) -> Result<(), StorageCause> {
        let header: Header = serde_json::from_str(entry.leaf.header_json())?;
        if header.version > VERSION {
            return Err(format!(
                "an entry of a register has version {}, this program reads {VERSION}",
                header.version
            )
            .into());
        }
        let said = match entry.body(PERSONAL) {
            Some(body) => serde_json::from_slice(body)?,
            // What was lawfully destroyed is missing, and everything else still holds.
            None => Said {
                drafted_by: DESTROYED.to_owned(),
                decided_by: DESTROYED.to_owned(),
                ..Said::default()
            },
        };
        let row = match entry.body(ROW) {
            Some(body) => Some(serde_json::from_slice::<Row>(body)?),
            None => None,
        };
        let seal = match entry.body(SEAL) {
            Some(body) => Some(String::from_utf8(body.to_vec())?),
            None => None,
        };
        let lifted = |register| row.map(|row| Arc::new(lifted(register, row)));
        match header.entry {
            RegisterEntry::RegisterSeeded { digest, rules, .. } => {
                if self.seeds.is_empty() {
                    let mut rows = BTreeMap::new();
                    for name in RegisterName::ALL {
                        if let Some(body) = entry.body(&format!("rows/{}", name.id())) {
                            rows.insert(name, serde_json::from_slice(body)?);
                        }
                    }
                    self.begin_with(rows, Some(entry.recorded_at));
                    let layout = entry.body(LAYOUT).map(serde_json::from_slice);
                    self.layout = layout.transpose()?;
                }
                self.seeds.push(Seed {
                    file: digest,
                    rules,
                });
            }
            RegisterEntry::RegisterDrafted {
                register,
                row: id,
                change,
                effective_from,
                base,
            } => {
                let draft = Draft {
                    number,
                    id,
                    lines: Arc::default(),
                    change,
                    row: lifted(register),
                    effective_from,
                    recorded_at: entry.recorded_at,
                    drafted_by: said.drafted_by,
                    reason: said.reason,
                    base,
                    review: None,
                    seal: seal.clone(),
                    state: DraftState::Open,
                };
                let register = self.registers.entry(register).or_default();
                register.drafts.insert(number, draft);
            }
            RegisterEntry::RegisterChanged {
                register,
                row: id,
                effective_from,
                draft,
                ..
            } => {
                let row = lifted(register);
                let register = self.registers.entry(register).or_default();
                let mut review_opinion = String::new();
                if let Some(draft) = draft.and_then(|draft| register.drafts.get_mut(&draft)) {
                    draft.state = DraftState::Approved(number);
                    review_opinion = draft.review_opinion();
                }
                register.rows.entry(id).or_default().push(Version {
                    number,
                    effective_from,
                    recorded_at: Some(entry.recorded_at),
                    row,
                    drafted_by: said.drafted_by,
                    reviewed_by: said.reviewed_by,
                    review_opinion,
                    approved_by: said.decided_by,
                    reason: said.reason,
                    opinion: said.opinion,
                });
            }
            RegisterEntry::RegisterReviewed {
                register, draft, ..
            } => {
                let register = self.registers.entry(register).or_default();
                if let Some(draft) = register.drafts.get_mut(&draft) {
                    draft.review = Some(Reviewed {
                        by: said.reviewed_by,
                        opinion: said.opinion,
                        recorded_at: entry.recorded_at,
                    });
                }
            }
            RegisterEntry::RegisterBatchDrafted {
                register,
                lines,
                effective_from,
                base,
            } => {
                let draft = Draft {
                    number,
                    id: String::new(),
                    lines: Arc::new(lines_of(register, entry, lines)?),
                    change: Change::Put,
                    row: None,
                    effective_from,
                    recorded_at: entry.recorded_at,
                    drafted_by: said.drafted_by,
                    reason: said.reason,
                    base,
                    review: None,
                    seal: seal.clone(),
                    state: DraftState::Open,
                };
                let register = self.registers.entry(register).or_default();
                register.drafts.insert(number, draft);
            }
            RegisterEntry::RegisterBatchChanged {
                register,
                effective_from,
                draft,
                ..
            } => {
                let register = self.registers.entry(register).or_default();
                let Some(draft) = register.drafts.get_mut(&draft) else {
                    return Err(format!("entry {number} approves a draft that is not there").into());
                };
                draft.state = DraftState::Approved(number);
                for line in draft.lines.iter() {
                    let versions = register.rows.entry(line.id.clone()).or_default();
                    versions.push(Version {
                        number,
                        effective_from,
                        recorded_at: Some(entry.recorded_at),
                        row: line.row.clone(),
                        drafted_by: said.drafted_by.clone(),
                        reviewed_by: said.reviewed_by.clone(),
                        review_opinion: draft.review_opinion(),
                        approved_by: said.decided_by.clone(),
                        reason: said.reason.clone(),
                        opinion: said.opinion.clone(),
                    });
                }
            }
            RegisterEntry::RegisterDrawn {
                register,
                draft,
                lines,
                effective_from,
                ..
            } => {
                let drawn = lines_of(register, entry, lines)?;
                let register = self.registers.entry(register).or_default();
                if let Some(draft) = register.drafts.get_mut(&draft) {
                    draft.state = DraftState::Approved(number);
                }
                for line in drawn {
                    register.rows.entry(line.id).or_default().push(Version {
                        number,
                        effective_from,
                        recorded_at: Some(entry.recorded_at),
                        row: line.row,
                        drafted_by: said.drafted_by.clone(),
                        reviewed_by: String::new(),
                        review_opinion: String::new(),
                        approved_by: said.decided_by.clone(),
                        reason: said.reason.clone(),
                        opinion: String::new(),
                    });
                }
            }
            RegisterEntry::RegisterReleased {
                register,
                row,
                row_version,
                on,
                ..
            } => {
                let released = Released {
                    version: row_version,
                    on,
                    by: said.decided_by,
                    reason: said.reason,
                    recorded_at: entry.recorded_at,
                };
                let register = self.registers.entry(register).or_default();
                register.released.entry(row).or_default().push(released);
            }
            RegisterEntry::RegisterRejected {
                register, draft, ..
            } => {
                let register = self.registers.entry(register).or_default();
                if let Some(draft) = register.drafts.get_mut(&draft) {
                    draft.state = DraftState::Rejected {
                        by: said.decided_by,
                        reason: said.opinion,
                        recorded_at: entry.recorded_at,
                    };
                }
            }
        }
        Ok(())
    }

    /// As it would be if a draft were approved. The version is the latest of its day, as an approval would make it.
    pub(super) fn with_approved(&self, register: RegisterName, draft: &Draft) -> Known {
        let single = [DraftRow {
            id: draft.id.clone(),
            row: draft.row.clone(),
        }];
        let lines = if draft.is_batch() {
            &draft.lines[..]
        } else {
            &single
        };
        let mut known = self.clone();
        known.put(register, lines.iter().cloned(), draft.effective_from);
        known
    }

    /// Every version of every row of a register with the days between which it holds.
    pub(super) fn spans(
        &self,
        register: RegisterName,
    ) -> impl Iterator<Item = (&str, &Row, Day, Option<Day>)> {
        self.ids(register).flat_map(move |id| {
            let versions = self.versions(register, id).iter();
            let days: BTreeSet<Day> = versions.map(|version| version.effective_from).collect();
            let days: Vec<Day> = days.into_iter().collect();
            let ends: Vec<Option<Day>> = days.iter().skip(1).copied().map(Some).collect();
            let ends = ends.into_iter().chain([None]);
            days.into_iter().zip(ends).filter_map(move |(from, until)| {
                let row = self.on(register, id, from)?.row.as_deref()?;
                Some((id.as_str(), row, from, until))
            })
        })
    }

    /// Puts rows in as the latest of a day.
    pub(super) fn put(
        &mut self,
        register: RegisterName,
        lines: impl Iterator<Item = DraftRow>,
        effective_from: Day,
    ) {
        let rows = &mut self.registers.entry(register).or_default().rows;
        for line in lines {
            rows.entry(line.id).or_default().push(Version {
                number: u64::MAX,
                effective_from,
                recorded_at: None,
                row: line.row,
                drafted_by: String::new(),
                reviewed_by: String::new(),
                review_opinion: String::new(),
                approved_by: String::new(),
                reason: String::new(),
                opinion: String::new(),
            });
        }
    }

    /// Every version of a row, in the order of recording.
    pub(super) fn versions(&self, register: RegisterName, id: &str) -> &[Version] {
        self.registers
            .get(&register)
            .and_then(|register| register.rows.get(id))
            .map_or(&[], Vec::as_slice)
    }

    /// What was done with a row towards the public side, first to last.
    pub(super) fn releases(&self, register: RegisterName, id: &str) -> &[Released] {
        self.registers
            .get(&register)
            .and_then(|register| register.released.get(id))
            .map_or(&[], Vec::as_slice)
    }

    /// The ids of all rows that there ever were.
    pub(super) fn ids(&self, register: RegisterName) -> impl Iterator<Item = &String> {
        let register = self.registers.get(&register);
        register.into_iter().flat_map(|it| it.rows.keys())
    }

    /// How a row reads on a day, a removal included.
    pub(super) fn on(&self, register: RegisterName, id: &str, day: Day) -> Option<&Version> {
        let versions = self.versions(register, id).iter();
        versions
            .filter(|version| version.effective_from <= day)
            .max_by_key(|version| (version.effective_from, version.number))
    }

    /// The rows that hold on a day.
    pub(super) fn rows(
        &self,
        register: RegisterName,
        day: Day,
    ) -> impl Iterator<Item = (&String, &Version, &Row)> {
        self.ids(register).filter_map(move |id| {
            let version = self.on(register, id, day)?;
            Some((id, version, version.row.as_deref()?))
        })
    }

    /// The drafts, last first.
    pub(super) fn drafts(&self, register: RegisterName) -> impl Iterator<Item = &Draft> {
        let register = self.registers.get(&register);
        register.into_iter().flat_map(|it| it.drafts.values().rev())
    }

    pub(super) fn draft(&self, register: RegisterName, number: u64) -> Option<&Draft> {
        self.registers.get(&register)?.drafts.get(&number)
    }

    /// The days from which versions of this register hold.
    pub(super) fn turns(&self, register: RegisterName) -> impl Iterator<Item = Day> {
        let register = self.registers.get(&register);
        let rows = register.into_iter().flat_map(|it| it.rows.values());
        rows.flatten().map(|version| version.effective_from)
    }

    /// Whether a version of this register begins or ended to hold after one day and not after another.
    pub(super) fn changes_between(&self, register: RegisterName, after: Day, until: Day) -> bool {
        let between =
            |version: &Version| version.effective_from > after && version.effective_from <= until;
        let register = self.registers.get(&register);
        let mut rows = register.into_iter().flat_map(|it| it.rows.values());
        rows.any(|versions| versions.iter().any(between))
    }
}

/// Whether the stream is one of a register.
pub(super) fn is_register(stream: &StreamName) -> bool {
    stream.as_str().starts_with(PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_row_of_one_kind_reads_as_one_of_several() {
        let stored = json!({"kind": "inspection", "stage": "现场检查", "note": ""});
        let Value::Object(stored) = stored else {
            panic!("an object")
        };
        let row = lifted(RegisterName::Scenes, stored.clone());
        let expected = json!({"kind": ["inspection"], "stage": "现场检查"});
        assert_eq!(Value::Object(row), expected);
        // In the list of items a matter is of one kind.
        let row = lifted(RegisterName::Items, stored);
        assert_eq!(row["kind"], "inspection");
    }
}
