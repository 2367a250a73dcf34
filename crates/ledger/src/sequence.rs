//! What both write paths judge alike, in memory, once the head of the log is locked: the key of the request, the
//! versions, the numbers, the parts to destroy, and the leaf. Nothing is written before all of it is decided.

use crate::register::{Claims, Register, Wanted};
use crate::rows::{self, stored};
use app::ledger::{
    Agency, Append, AppendError, Appended, Holder, Hole, KnownRequest, PartPlace, RowChange,
    StorageCause, StreamName,
};
use app::numbers::{Numbered, Series};
use proof::tree::{self, KnownHashes};
use proof::{DestroyedPart, Hash, Label, Leaf, NewLeaf, Part};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The key of the header under which stands what the claims on numbers came to.
pub(crate) const NUMBERS: &str = "numbers";

/// The head of a log, read under its lock.
#[derive(Clone, Copy, Default)]
pub(crate) struct Head {
    pub(crate) size: u64,
    pub(crate) recorded_at_ms: i64,
}

/// What a batch needs to know of one agency. Whatever is absent is not there.
#[derive(Clone, Default)]
pub(crate) struct LogState {
    pub(crate) head: Head,
    pub(crate) hashes: BTreeMap<u64, Hash>,
    pub(crate) streams: BTreeMap<String, u64>,
    pub(crate) requests: BTreeMap<String, KnownRequest>,
    pub(crate) ids: BTreeSet<String>,
    pub(crate) parts: BTreeSet<PartPlace>,
    pub(crate) register: Register,
}

/// An accepted append: what remains to be written.
pub(crate) struct Sequenced {
    pub(crate) appended: Appended,
    pub(crate) recorded_at_ms: i64,
    pub(crate) leaf: Vec<u8>,
    pub(crate) hashes: Vec<(u64, Hash)>,
    pub(crate) parts: Vec<Part>,
    pub(crate) claims: Claims,
}

pub(crate) enum Admitted {
    /// To be written.
    New(Box<Sequenced>),
    /// The request was answered before.
    Again(Appended),
}

pub(crate) fn storage(source: impl Into<StorageCause>) -> AppendError {
    AppendError::Storage(source.into())
}

/// The streams of an append with the versions they must have: in one order for everybody, so that no two wait for
/// each other.
pub(crate) fn expectations(append: &Append) -> Vec<(&StreamName, u64)> {
    let own = (&append.stream, append.expected_version);
    let mut all: Vec<_> = append
        .read_set
        .iter()
        .map(|read| (&read.stream, read.version))
        .chain([own])
        .collect();
    all.sort();
    all.dedup();
    all
}

/// The series that an append claims of.
pub(crate) fn series_of(append: &Append) -> impl Iterator<Item = &Series> {
    append.numbers.iter().map(|claim| &claim.series)
}

/// The stored tree hashes that `count` appends to a log of `size` leaves read, ascending.
pub(crate) fn needed_hashes(size: u64, count: usize) -> Vec<u64> {
    let first_new = tree::stored_index_of_leaf(size);
    let needed: BTreeSet<u64> = (size..)
        .take(count)
        .flat_map(tree::needed_to_append)
        .filter(|index| *index < first_new)
        .collect();
    needed.into_iter().collect()
}

/// Texts that a database would refuse, so that one append cannot spoil the batch of its neighbours.
pub(crate) fn check_texts(append: &Append) -> Result<(), AppendError> {
    // Keys of an index hold about 2700 bytes in PostgreSQL; several texts share one.
    const MOST: usize = 500;
    let keys = [&append.idempotency.key, &append.entry.id];
    let series = append.numbers.iter().map(|claim| &claim.series.kind);
    let printed = append
        .numbers
        .iter()
        .filter_map(|claim| claim.printed.as_ref());
    let topics = append.outbox.iter().map(|item| &item.topic);
    let mut short: Vec<&String> = keys
        .into_iter()
        .chain(series)
        .chain(printed)
        .chain(topics)
        .collect();
    let mut long: Vec<&String> = Vec::new();
    for change in &append.projections {
        match change {
            RowChange::Case(line) => {
                short.extend([&line.case_id, &line.phase]);
                short.extend(&line.case_number);
                long.extend([&line.title, &line.party_names]);
            }
            RowChange::Clock(line) => {
                short.extend([&line.case_id, &line.clock_id, &line.rule, &line.brings]);
            }
            RowChange::ClockGone { case_id, clock_id } => short.extend([case_id, clock_id]),
            RowChange::Notable(line) => short.extend([&line.case_id, &line.event]),
            RowChange::Dues { case_id, lines } => {
                short.push(case_id);
                for line in lines {
                    short.extend([&line.case_id, &line.section]);
                    short.extend(line.code.iter().chain(&line.number));
                    long.push(&line.party_name);
                }
            }
            RowChange::Todo { case_id, lines } => {
                short.push(case_id);
                for line in lines {
                    let holder = match &line.holder {
                        Holder::Person(name) | Holder::Section(name) | Holder::Role(name) => name,
                    };
                    short.extend([&line.case_id, holder, &line.event]);
                    long.extend([&line.goals, &line.procedure, &line.rule]);
                }
            }
        }
    }
    if let Some(text) = short.iter().find(|text| text.len() > MOST) {
        let start: String = text.chars().take(20).collect();
        return Err(storage(format!(
            "a key of more than {MOST} bytes: {start}…"
        )));
    }
    if short.iter().chain(&long).any(|text| text.contains('\0')) {
        return Err(storage("a text holds the character zero"));
    }
    Ok(())
}

impl LogState {
    /// Judges one append and takes it into the state, or leaves the state as it was.
    pub(crate) fn admit(
        &mut self,
        append: &Append,
        wanted: &mut Wanted,
    ) -> Result<Admitted, AppendError> {
        if let Some(known) = self.requests.get(&append.idempotency.key) {
            return answer_again(append, known).map(Admitted::Again);
        }
        self.check_versions(append)?;
        if self.ids.contains(&append.entry.id) {
            let id = &append.entry.id;
            return Err(storage(format!(
                "there is an entry with the id {id} already"
            )));
        }
        let mut register = self.register_for(append);
        let claims = register
            .claim_all(&append.numbers, self.head.size, wanted)
            .map_err(AppendError::Number)?;
        self.check_destroyed(append)?;
        let sequenced = self.sequence(append, claims)?;
        if !append.numbers.is_empty() {
            self.register = register;
        }
        self.take_in(append, &sequenced);
        Ok(Admitted::New(Box::new(sequenced)))
    }

    /// What the claims of these appends will look up if none of the appends is refused.
    pub(crate) fn wanted_by<'a>(&self, appends: impl Iterator<Item = &'a Append>) -> Wanted {
        let mut wanted = Wanted::default();
        let mut register = self.register.clone();
        for append in appends {
            // A refusal here may rest on a row not looked up yet: it is judged again with it.
            let _ = register.claim_all(&append.numbers, self.head.size, &mut wanted);
        }
        wanted
    }

    /// The first stream that is not where the append expects it.
    pub(crate) fn check_versions(&self, append: &Append) -> Result<(), AppendError> {
        for (stream, expected) in expectations(append) {
            let actual = self.streams.get(stream.as_str()).copied().unwrap_or(0);
            if actual != expected {
                return Err(AppendError::Stale {
                    stream: stream.clone(),
                    expected,
                    actual,
                });
            }
        }
        Ok(())
    }

    fn register_for(&self, append: &Append) -> Register {
        if append.numbers.is_empty() {
            Register::default()
        } else {
            self.register.clone()
        }
    }

    fn check_destroyed(&self, append: &Append) -> Result<(), AppendError> {
        let mut named = BTreeSet::new();
        for place in &append.entry.destroys {
            if !self.parts.contains(place) || !named.insert(place) {
                return Err(AppendError::NoSuchPart(place.clone()));
            }
        }
        Ok(())
    }

    fn sequence(&self, append: &Append, claims: Claims) -> Result<Sequenced, AppendError> {
        let size = self.head.size;
        let recorded_at_ms = append.now.as_millisecond().max(self.head.recorded_at_ms);
        let recorded_at = rows::timestamp(recorded_at_ms).map_err(storage)?;
        let stream_version = append.expected_version + 1;
        check_claims_named(append)?;
        let parts = fill_holes(&append.entry.parts, &append.entry.holes, &claims.numbered)?;
        let destroys = append.entry.destroys.iter();
        let leaf = Leaf::new(NewLeaf {
            id: &append.entry.id,
            agency: append.agency.as_str(),
            stream: append.stream.as_str(),
            stream_version,
            recorded_at: recorded_at.to_string(),
            header: &header_with(&append.entry.header, &claims.numbered)?,
            parts: &parts,
            destroys: destroys.map(destroyed).collect::<Result<_, _>>()?,
        })
        .map_err(AppendError::Unsound)?
        .to_bytes();
        let known: KnownHashes = tree::needed_to_append(size)
            .into_iter()
            .filter_map(|index| Some((index, *self.hashes.get(&index)?)))
            .collect();
        let hashes = tree::append(size, tree::leaf_hash(&leaf), &known).map_err(storage)?;
        let first = tree::stored_index_of_leaf(size);
        Ok(Sequenced {
            appended: Appended {
                leaf_index: size,
                stream_version,
                recorded_at,
                numbers: claims.numbered.clone(),
            },
            recorded_at_ms,
            leaf,
            hashes: (first..).zip(hashes).collect(),
            parts,
            claims,
        })
    }

    fn take_in(&mut self, append: &Append, sequenced: &Sequenced) {
        let appended = &sequenced.appended;
        self.head = Head {
            size: self.head.size + 1,
            recorded_at_ms: sequenced.recorded_at_ms,
        };
        self.hashes.extend(sequenced.hashes.iter().copied());
        self.streams
            .insert(append.stream.as_str().to_owned(), appended.stream_version);
        self.requests.insert(
            append.idempotency.key.clone(),
            KnownRequest {
                request_digest: append.idempotency.request_digest,
                stream: append.stream.clone(),
                appended: appended.clone(),
            },
        );
        self.ids.insert(append.entry.id.clone());
        for place in &append.entry.destroys {
            self.parts.remove(place);
        }
    }
}

/// The first answer to a repeated request, or the refusal of another request under the same key.
fn answer_again(append: &Append, known: &KnownRequest) -> Result<Appended, AppendError> {
    if known.request_digest == append.idempotency.request_digest {
        Ok(known.appended.clone())
    } else {
        Err(AppendError::SameKeyOtherContent(
            append.idempotency.key.clone(),
        ))
    }
}

/// Holes and lines of the views name claims that there are.
fn check_claims_named(append: &Append) -> Result<(), AppendError> {
    let count = append.numbers.len();
    let line = append.projections.iter().flat_map(|change| {
        let claims: Vec<usize> = match change {
            RowChange::Case(line) => line.number_claim.into_iter().collect(),
            RowChange::Dues { lines, .. } => {
                lines.iter().filter_map(|line| line.number_claim).collect()
            }
            RowChange::Clock(_)
            | RowChange::ClockGone { .. }
            | RowChange::Todo { .. }
            | RowChange::Notable(_) => Vec::new(),
        };
        claims.into_iter().map(|claim| (claim, "line of a view"))
    });
    let holes = append.entry.holes.iter();
    let mut named = holes
        .map(|hole| (hole.claim, hole.label.as_str()))
        .chain(line);
    match named.find(|(claim, _)| *claim >= count) {
        Some((_, place)) => Err(AppendError::BadHole(place.to_owned())),
        None => Ok(()),
    }
}

/// The leaf says for ever what was destroyed with it: that explains why the part is missing.
fn destroyed(place: &PartPlace) -> Result<DestroyedPart, AppendError> {
    let label = Label::parse(&place.label);
    Ok(DestroyedPart {
        leaf_index: place.leaf_index,
        label: label.map_err(|_| AppendError::NoSuchPart(place.clone()))?,
    })
}

fn header_with(header: &Value, numbered: &[Numbered]) -> Result<Value, AppendError> {
    let mut header = header.clone();
    if numbered.is_empty() {
        return Ok(header);
    }
    let numbers = serde_json::to_value(numbered).map_err(storage)?;
    match header.as_object_mut() {
        Some(keys) => keys.insert(NUMBERS.to_owned(), numbers),
        None => return Err(AppendError::BadHole("header".to_owned())),
    };
    Ok(header)
}

fn fill_holes(
    parts: &[Part],
    holes: &[Hole],
    numbered: &[Numbered],
) -> Result<Vec<Part>, AppendError> {
    let mut parts = parts.to_vec();
    for hole in holes {
        let bad = || AppendError::BadHole(hole.label.clone());
        let part = parts
            .iter_mut()
            .find(|part| part.label.as_str() == hole.label)
            .ok_or_else(bad)?;
        let number = numbered.get(hole.claim).ok_or_else(bad)?;
        let mut body: Value = serde_json::from_slice(&part.body).map_err(|_| bad())?;
        let (last, way) = hole.path.split_last().ok_or_else(bad)?;
        let mut at = &mut body;
        for key in way {
            at = at.get_mut(key.as_str()).ok_or_else(bad)?;
        }
        at.as_object_mut()
            .ok_or_else(bad)?
            .insert(last.clone(), Value::String(number.text.clone()));
        part.body = serde_json::to_vec(&body).map_err(storage)?;
    }
    Ok(parts)
}

/// What the claims of a stored entry came to, from its leaf.
pub(crate) fn numbers_of_leaf(leaf: &[u8]) -> Result<Vec<Numbered>, StorageCause> {
    let leaf = Leaf::parse(leaf)?;
    match leaf.header().get(NUMBERS) {
        Some(numbers) => Ok(serde_json::from_value(numbers.clone())?),
        None => Ok(Vec::new()),
    }
}

impl Sequenced {
    pub(crate) fn leaf_index(&self) -> i64 {
        stored(self.appended.leaf_index)
    }

    pub(crate) fn stream_version(&self) -> i64 {
        stored(self.appended.stream_version)
    }
}

/// The appends of a batch by agency, keeping their order.
pub(crate) fn by_agency<'a>(
    appends: impl IntoIterator<Item = &'a Append>,
) -> BTreeMap<&'a Agency, Vec<&'a Append>> {
    let mut found: BTreeMap<&Agency, Vec<&Append>> = BTreeMap::new();
    for append in appends {
        found.entry(&append.agency).or_default().push(append);
    }
    found
}
