//! Keeps what is shown in step with the folder: takes in what arrives, refuses what does not hold, and looks again
//! where somebody else changed something.
//!
//! One thread at a time does this; whoever reads is never kept waiting by a verification, only while lines change hands.
//! Which of two bundles stands does not depend on the order in which they come, so the same files give the same pages.

use crate::catalog::{self, Catalog, Damaged};
use crate::index::{Finder, IndexError, WordIndex};
use crate::reading::{self, Publication, Unsound, chain, claimed_id, id_of_name};
use crate::store::{Arrival, Mark, Shelf, Stamp, Store, StoreError};
use proof::VerifierKey;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread;

/// So many bundles are verified before they are written and shown together.
const AT_ONCE: usize = 256;

/// Why the portal could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum PortalError {
    /// The folder failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// What became of a bundle that was handed in.
#[derive(Debug)]
pub enum Outcome {
    /// It holds, and is shown from now on.
    Taken {
        /// Of which publication.
        id: String,
    },
    /// It was here already.
    Known {
        /// Of which publication.
        id: String,
    },
    /// It holds, but a later entry of the log is shown: what was replaced or withdrawn does not come back.
    Older {
        /// Of which publication.
        id: String,
        /// Its own entry.
        leaf: u64,
        /// The entry that is shown.
        shown: u64,
    },
    /// It does not hold.
    Unsound(Unsound),
}

/// What one round of taking in came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Shown from now on.
    pub taken: usize,
    /// Here already.
    pub known: usize,
    /// Refused, with a reason in `refused/`.
    pub refused: usize,
}

pub(crate) struct Keeper {
    store: Store,
    key: VerifierKey,
    catalog: RwLock<Catalog>,
    finder: Finder,
    writing: Mutex<WordIndex>,
    seen: Mutex<Seen>,
}

/// The state in which the folders were looked at last; none says to look again.
#[derive(Default)]
struct Seen {
    inbox: Option<Mark>,
    shelves: Option<[Option<Mark>; 2]>,
}

/// What was found out about a publication from its files.
enum Found {
    Sound(Box<Publication>, Stamp),
    Damaged(Damaged),
    Absent,
}

/// A publication from its file, just verified again.
pub(crate) enum Opened {
    Sound(Box<Publication>),
    Damaged,
    Absent,
}

impl Keeper {
    /// Reads and verifies what lies in the folder, then what arrived.
    pub(crate) fn open(folder: PathBuf, key: VerifierKey) -> Result<Keeper, PortalError> {
        let index = WordIndex::new()?;
        let keeper = Keeper {
            store: Store::open(folder)?,
            key,
            catalog: RwLock::default(),
            finder: index.finder(),
            writing: Mutex::new(index),
            seen: Mutex::default(),
        };
        keeper.take_in()?;
        Ok(keeper)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn key(&self) -> &VerifierKey {
        &self.key
    }

    pub(crate) fn finder(&self) -> &Finder {
        &self.finder
    }

    pub(crate) fn catalog(&self) -> RwLockReadGuard<'_, Catalog> {
        self.catalog.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> RwLockWriteGuard<'_, Catalog> {
        self.catalog.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn writing(&self) -> MutexGuard<'_, WordIndex> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anything changed since it was looked at last. Costs three looks at a folder's time, whatever it holds.
    pub(crate) fn is_behind(&self) -> bool {
        let (inbox, shelves) = (self.store.inbox_mark(), self.store.shelf_marks());
        let seen = self.seen();
        seen.inbox.is_none() || seen.inbox != inbox || seen.shelves != Some(shelves)
    }

    /// Takes in what arrived, and notices what somebody else changed.
    pub(crate) fn take_in(&self) -> Result<Taken, PortalError> {
        let mut index = self.writing();
        self.look_at_shelves(&mut index)?;
        let inbox = self.store.inbox_mark().filter(Mark::is_settled);
        let mut all = Taken::default();
        let names = self.store.arrivals()?;
        let mut is_waiting = false;
        for names in names.chunks(AT_ONCE) {
            let mut batch = self.batch();
            for name in names {
                is_waiting |= !self.offer_arrival(name, &mut batch)?;
            }
            all.taken += batch.staged.len();
            all.known += batch.known;
            all.refused += batch.refused;
            self.accept(batch, &mut index)?;
        }
        self.seen().inbox = inbox.filter(|_| !is_waiting);
        Ok(all)
    }

    /// Takes in one bundle from elsewhere. It stands by its signature alone.
    pub(crate) fn put(&self, bytes: &[u8], named: Option<&str>) -> Result<Outcome, PortalError> {
        let mut index = self.writing();
        self.look_at_shelves(&mut index)?;
        let mut batch = self.batch();
        let outcome = match reading::read(bytes, &self.key, named) {
            Ok(publication) => self.offer(publication, &mut batch)?,
            Err(unsound) => Outcome::Unsound(unsound),
        };
        self.accept(batch, &mut index)?;
        Ok(outcome)
    }

    /// Reads a publication from its file and verifies it. A file that was changed where it lies is noticed here.
    pub(crate) fn publication(&self, id: &str) -> Result<Opened, PortalError> {
        if let Some(opened) = self.as_listed(id)? {
            return Ok(opened);
        }
        let mut index = self.writing();
        let found = vec![(id.to_owned(), self.found(id))];
        self.note(found, &mut index)?;
        self.settle(&mut index)?;
        // If it was changed once more meanwhile, nothing of it is shown this time.
        Ok(self.as_listed(id)?.unwrap_or(Opened::Damaged))
    }

    /// The publication as it is listed; none if its file is not the one that was looked at.
    fn as_listed(&self, id: &str) -> Result<Option<Opened>, PortalError> {
        let (row, damaged) = {
            let catalog = self.catalog();
            let row = catalog
                .by_id(id)
                .map(|row| (row.shelf(), row.stamp, row.rank));
            (row, catalog.damage(id).copied())
        };
        if let Some((shelf, stamp, rank)) = row {
            if self.store.stamp(shelf, id)? != Some(stamp) {
                return Ok(None);
            }
            let bytes = self.store.read(shelf, id)?.unwrap_or_default();
            return Ok(match reading::read(&bytes, &self.key, Some(id)) {
                Ok(publication) if publication.id == id && publication.rank == rank => {
                    Some(Opened::Sound(Box::new(publication)))
                }
                _ => None,
            });
        }
        match damaged {
            Some(damaged) if self.store.stamp(damaged.shelf, id)? == damaged.stamp => {
                Ok(Some(Opened::Damaged))
            }
            Some(_) => Ok(None),
            None => Ok(Some(Opened::Absent)),
        }
    }

    /// Whether the file of a line is the one that was verified.
    pub(crate) fn is_unchanged(&self, shelf: Shelf, id: &str, stamp: Stamp) -> bool {
        matches!(self.store.stamp(shelf, id), Ok(Some(now)) if now == stamp)
    }

    /// A file of the inbox; false if it may still be growing.
    fn offer_arrival(&self, name: &str, batch: &mut Batch) -> Result<bool, PortalError> {
        let bytes = match self.store.arrival(name) {
            Ok(Arrival::Bytes(bytes)) => bytes,
            Ok(Arrival::Gone) => return Ok(true),
            Ok(Arrival::NotAFile) => {
                self.refuse(name, None, &Unsound::NotAFile.to_string(), batch)?;
                return Ok(true);
            }
            Err(error) => {
                tracing::error!(name, reason = chain(&error), "an arrival cannot be read");
                return Ok(true);
            }
        };
        let named = id_of_name(name);
        match reading::read(&bytes, &self.key, named) {
            Ok(publication) => match self.offer(publication, batch)? {
                Outcome::Taken { .. } => batch.done.push(name.to_owned()),
                Outcome::Known { .. } => {
                    batch.known += 1;
                    batch.done.push(name.to_owned());
                }
                Outcome::Older { id, leaf, shown } => {
                    // Its text was replaced or withdrawn: it is not kept here either.
                    let reason = format!(
                        "公示 {id} 的这份存证是日志第 {leaf} 条记录，本站已显示较后的第 {shown} 条：更正或者撤下以前的内容不再恢复。"
                    );
                    self.refuse(name, None, &reason, batch)?;
                }
                Outcome::Unsound(unsound) => {
                    self.refuse(name, None, &unsound.to_string(), batch)?;
                }
            },
            Err(Unsound::Unreadable(_)) if self.store.is_still_coming(name) => return Ok(false),
            Err(unsound) => {
                tracing::warn!(name, reason = chain(&unsound), "an arrival does not hold");
                // Never the bytes of a publication that is known here: they may be what was replaced.
                let claimed = claimed_id(&bytes, named);
                let catalog = self.catalog();
                let is_known = claimed.as_deref().is_none_or(|id| {
                    batch.staged.contains_key(id)
                        || catalog.by_id(id).is_some()
                        || catalog.damage(id).is_some()
                });
                drop(catalog);
                let bytes = Some(bytes.as_slice()).filter(|_| !is_known);
                self.refuse(name, bytes, &unsound.to_string(), batch)?;
            }
        }
        Ok(true)
    }

    fn refuse(
        &self,
        name: &str,
        bytes: Option<&[u8]>,
        reason: &str,
        batch: &mut Batch,
    ) -> Result<(), PortalError> {
        self.store.refuse(name, bytes, reason)?;
        batch.refused += 1;
        batch.done.push(name.to_owned());
        Ok(())
    }

    /// Puts a sound bundle on its shelf if it is the later one.
    fn offer(&self, publication: Publication, batch: &mut Batch) -> Result<Outcome, PortalError> {
        let (id, rank) = (publication.id.clone(), publication.rank);
        let (shown, damaged) = {
            let catalog = self.catalog();
            let staged = batch.staged.get(&id).map(|staged| staged.rank);
            let row = catalog.by_id(&id).map(|row| row.rank);
            (staged.or(row), catalog.damage(&id).copied())
        };
        if let Some(shown) = shown {
            if rank == shown || rank < shown && rank.is_same_entry(&shown) {
                return Ok(Outcome::Known { id });
            }
            if rank < shown {
                return Ok(Outcome::Older {
                    id,
                    leaf: rank.leaf,
                    shown: shown.leaf,
                });
            }
        }
        if let Some(damaged) = damaged.filter(|_| !batch.staged.contains_key(&id)) {
            match damaged.rank {
                Some(before) if rank < before && !rank.is_same_entry(&before) => {
                    return Ok(Outcome::Older {
                        id,
                        leaf: rank.leaf,
                        shown: before.leaf,
                    });
                }
                // Nobody knows any more what was withdrawn when.
                None if damaged.shelf == Shelf::Withdrawn && !rank.is_withdrawal => {
                    return Ok(Outcome::Unsound(Unsound::DamagedWithdrawal));
                }
                _ => {}
            }
        }
        let shelf = Shelf::of(rank.is_withdrawal);
        self.store.put(shelf, &id, &publication.evidence.json)?;
        batch.staged.insert(id.clone(), publication);
        Ok(Outcome::Taken { id })
    }

    /// Shows what was put on the shelves, and lets go of what it replaces, here and on the disk.
    fn accept(&self, batch: Batch, index: &mut WordIndex) -> Result<(), PortalError> {
        if batch.staged.is_empty() {
            if !batch.done.is_empty() {
                self.store.clear(batch.done.iter().map(String::as_str))?;
            }
            return Ok(());
        }
        self.store.sync()?;
        let mut found = Vec::new();
        let mut replaces = Vec::new();
        {
            let catalog = self.catalog();
            for (id, publication) in batch.staged {
                if publication.rank.is_withdrawal
                    || catalog.by_id(&id).is_some()
                    || catalog.damage(&id).is_some()
                {
                    replaces.push(id.clone());
                }
                let shelf = Shelf::of(publication.rank.is_withdrawal);
                // First the new file stands, then the old one goes: at no moment is neither there.
                self.store.remove(shelf.other(), &id)?;
                let stamp = self.store.stamp(shelf, &id)?;
                found.push(match stamp {
                    Some(stamp) => (id, Found::Sound(Box::new(publication), stamp)),
                    None => (id, Found::Absent),
                });
            }
        }
        self.store.sync()?;
        if !replaces.is_empty() {
            let concerns = |name: &str, bytes: &[u8]| {
                let claimed = claimed_id(bytes, id_of_name(name));
                claimed.is_none_or(|id| replaces.contains(&id))
            };
            self.store.forget_refused(concerns)?;
        }
        self.note(found, index)?;
        self.settle(index)?;
        self.store.clear(batch.done.iter().map(String::as_str))?;
        // What changed on the shelves was our doing, unless something had changed before that.
        if batch.is_in_step {
            self.seen().shelves = Some(self.store.shelf_marks());
        }
        Ok(())
    }

    /// Notices what somebody else changed on the shelves.
    fn look_at_shelves(&self, index: &mut WordIndex) -> Result<(), PortalError> {
        // Whether a later change would show is asked before looking: what changes meanwhile must not be missed.
        let shelves = self.store.shelf_marks();
        let seen = Some(shelves).filter(|marks| marks.iter().flatten().all(Mark::is_settled));
        if self.seen().shelves != Some(shelves) {
            self.look_through(index)?;
            self.seen().shelves = seen;
        }
        Ok(())
    }

    /// Compares the shelves with what is shown. Whatever is new or was changed is verified, on every core.
    fn look_through(&self, index: &mut WordIndex) -> Result<(), PortalError> {
        let mut there: BTreeMap<String, [bool; 2]> = BTreeMap::new();
        for (at, shelf) in [Shelf::Disclosed, Shelf::Withdrawn].into_iter().enumerate() {
            for id in self.store.ids(shelf)? {
                if let Some(is_there) = there.entry(id).or_default().get_mut(at) {
                    *is_there = true;
                }
            }
        }
        let mut look: Vec<String> = Vec::new();
        {
            let catalog = self.catalog();
            let mut known = BTreeMap::new();
            for (id, shelf, stamp) in catalog.states() {
                known.insert(id, (shelf, stamp));
                if !there.contains_key(id) {
                    look.push(id.to_owned());
                }
            }
            for (id, [disclosed, withdrawn]) in there {
                let is_as_known = match known.get(id.as_str()) {
                    Some((shelf, stamp)) if disclosed != withdrawn => {
                        stamp.is_some()
                            && *shelf == Shelf::of(withdrawn)
                            && self.store.stamp(*shelf, &id)? == *stamp
                    }
                    _ => false,
                };
                if !is_as_known {
                    look.push(id);
                }
            }
        }
        for ids in look.chunks(AT_ONCE) {
            let found = self.all_found(ids);
            self.note(found, index)?;
        }
        if !look.is_empty() {
            self.settle(index)?;
        }
        Ok(())
    }

    fn all_found(&self, ids: &[String]) -> Vec<(String, Found)> {
        let each = |ids: &[String]| -> Vec<(String, Found)> {
            let found = ids.iter().map(|id| (id.clone(), self.found(id)));
            found.collect()
        };
        let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
        let share = ids.len().div_ceil(cores).max(16);
        thread::scope(|scope| {
            let shares = ids.chunks(share);
            let threads: Vec<_> = shares.map(|ids| scope.spawn(move || each(ids))).collect();
            let done = threads.into_iter().map(|thread| thread.join());
            // A panic there is a panic here.
            done.flat_map(|found| found.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        })
    }

    /// What the files of a publication come to. Where both are there, a clean-up was interrupted: the later one stands.
    fn found(&self, id: &str) -> Found {
        let withdrawn = self.found_on(Shelf::Withdrawn, id);
        let disclosed = match &withdrawn {
            // A withdrawal that was damaged hides the content all the same.
            Found::Damaged(_) => return withdrawn,
            Found::Absent => return self.found_on(Shelf::Disclosed, id),
            Found::Sound(..) => self.found_on(Shelf::Disclosed, id),
        };
        match (withdrawn, disclosed) {
            (Found::Sound(withdrawn, stamp), Found::Sound(disclosed, later)) => {
                if disclosed.rank > withdrawn.rank {
                    return Found::Sound(disclosed, later);
                }
                Found::Sound(withdrawn, stamp)
            }
            (withdrawn, _) => withdrawn,
        }
    }

    fn found_on(&self, shelf: Shelf, id: &str) -> Found {
        let damaged = |stamp, reason: &dyn std::error::Error| {
            tracing::error!(
                id,
                reason = chain(reason),
                "a publication file does not hold"
            );
            Found::Damaged(Damaged {
                shelf,
                stamp,
                rank: None,
            })
        };
        let stamp = match self.store.stamp(shelf, id) {
            Ok(Some(stamp)) => stamp,
            Ok(None) => return Found::Absent,
            Err(error) => return damaged(None, &error),
        };
        let bytes = match self.store.read(shelf, id) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return damaged(Some(stamp), &Unsound::NotAFile),
            Err(error) => return damaged(Some(stamp), &error),
        };
        match reading::read(&bytes, &self.key, Some(id)) {
            Ok(publication) if publication.id != id => {
                damaged(Some(stamp), &Unsound::OtherPublication(publication.id))
            }
            Ok(publication) if Shelf::of(publication.rank.is_withdrawal) != shelf => {
                damaged(Some(stamp), &Unsound::NoId)
            }
            Ok(publication) => Found::Sound(Box::new(publication), stamp),
            Err(unsound) => damaged(Some(stamp), &unsound),
        }
    }

    /// Takes over what was found. [`Keeper::settle`] shows it.
    fn note(&self, found: Vec<(String, Found)>, index: &mut WordIndex) -> Result<(), PortalError> {
        let mut leftovers = Vec::new();
        let mut catalog = self.change();
        for (id, found) in found {
            match found {
                Found::Sound(publication, stamp) => {
                    leftovers.push((
                        Shelf::of(publication.rank.is_withdrawal).other(),
                        id.clone(),
                    ));
                    if catalog.by_id(&id).map(|row| row.rank) == Some(publication.rank) {
                        catalog.set_stamp(&id, stamp);
                        continue;
                    }
                    let (ordinal, old) = catalog.insert(&publication, stamp);
                    old.into_iter().for_each(|old| index.drop(old));
                    index.add(ordinal, &catalog::searched(&publication.content))?;
                }
                Found::Damaged(damaged) => {
                    let old = catalog.set_damaged(&id, damaged.shelf, damaged.stamp);
                    old.into_iter().for_each(|old| index.drop(old));
                }
                Found::Absent => {
                    let old = catalog.remove(&id);
                    old.into_iter().for_each(|old| index.drop(old));
                }
            }
        }
        drop(catalog);
        // Only one of both stands: what an interrupted clean-up left behind goes now.
        for (shelf, id) in leftovers {
            self.store.remove(shelf, &id)?;
        }
        Ok(())
    }

    /// Puts lines and words in order. Between the two a line may be there that no word finds yet.
    fn settle(&self, index: &mut WordIndex) -> Result<(), PortalError> {
        index.settle()?;
        self.change().settle();
        Ok(())
    }

    fn batch(&self) -> Batch {
        let shelves = self.store.shelf_marks();
        Batch {
            is_in_step: self.seen().shelves == Some(shelves),
            ..Batch::default()
        }
    }
}

/// Bundles that are on their shelves and not shown yet, and the arrivals that are dealt with.
#[derive(Default)]
struct Batch {
    staged: BTreeMap<String, Publication>,
    done: Vec<String>,
    known: usize,
    refused: usize,
    /// Nothing had changed on the shelves when it began.
    is_in_step: bool,
}
