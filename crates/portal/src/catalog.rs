//! What is shown, without its text: a line for every publication, in the order of lists, with what it is found by.
//!
//! Everything here was read from bundles that hold. What a page shows besides is read from the file again.

use crate::fold::fold;
use crate::reading::{Content, Publication, Rank};
use crate::store::{Shelf, Stamp};
use proof::{Disclosure, DisclosureRow, Withdrawal};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;
use vocabulary::Day;

/// Ways of narrowing a list that every publication has, whatever its bundle brings.
pub(crate) const KIND: &str = "文书类型";
pub(crate) const AGENCY: &str = "作出机关";
pub(crate) const YEAR: &str = "公示年份";
pub(crate) const STATE: &str = "公示状态";
pub(crate) const IN_FORCE: &str = "公示中";
pub(crate) const WITHDRAWN: &str = "已撤下";

/// A line of the list.
pub(crate) struct Row {
    pub(crate) id: Arc<str>,
    pub(crate) rank: Rank,
    pub(crate) stamp: Stamp,
    pub(crate) disclosed_on: Day,
    pub(crate) withdrawn_on: Option<Day>,
    /// When the entry was recorded, in seconds since 1970.
    pub(crate) recorded_at: i64,
    texts: Texts,
    facets: std::ops::Range<usize>,
}

/// Short texts one behind the other: a hundred thousand lines stand in memory.
struct Texts {
    all: Box<str>,
    ends: [u32; TEXTS],
}

const TEXTS: usize = 7;

impl Texts {
    fn new(texts: [&str; TEXTS]) -> Texts {
        let mut ends = [0; TEXTS];
        let mut all = String::new();
        for (end, text) in ends.iter_mut().zip(texts) {
            all.push_str(text);
            // A bundle has 4 MB at most.
            *end = u32::try_from(all.len()).unwrap_or(u32::MAX);
        }
        Texts {
            all: all.into_boxed_str(),
            ends,
        }
    }

    fn get(&self, at: usize) -> &str {
        let place = |end: Option<&u32>| end.and_then(|end| usize::try_from(*end).ok());
        let from = at
            .checked_sub(1)
            .and_then(|before| place(self.ends.get(before)));
        let to = place(self.ends.get(at)).unwrap_or(0);
        self.all.get(from.unwrap_or(0)..to).unwrap_or_default()
    }
}

impl Row {
    pub(crate) fn title(&self) -> &str {
        self.texts.get(0)
    }
    pub(crate) fn kind(&self) -> &str {
        self.texts.get(1)
    }
    pub(crate) fn number(&self) -> &str {
        self.texts.get(2)
    }
    pub(crate) fn agency(&self) -> &str {
        self.texts.get(3)
    }
    pub(crate) fn party(&self) -> &str {
        self.texts.get(4)
    }
    pub(crate) fn decided_on(&self) -> &str {
        self.texts.get(5)
    }
    /// What was decided, or why it was withdrawn.
    pub(crate) fn summary(&self) -> &str {
        self.texts.get(6)
    }
    pub(crate) fn shelf(&self) -> Shelf {
        Shelf::of(self.withdrawn_on.is_some())
    }
    fn key(&self) -> Key {
        (Reverse(self.disclosed_on), Reverse(self.rank.leaf))
    }
}

/// The latest first; of one day the later entry of the log.
type Key = (Reverse<Day>, Reverse<u64>);

/// A value by which lists are narrowed.
#[derive(Clone)]
struct Facet {
    name: String,
    value: String,
    /// In how many lines it stands; where it stands in none, its text is gone too.
    count: u32,
}

/// What is shown.
#[derive(Default)]
pub(crate) struct Catalog {
    rows: Vec<Option<Row>>,
    by_id: BTreeMap<Arc<str>, u32>,
    /// The lines in the order of lists, and the place of each.
    order: Vec<(Key, u32)>,
    places: Vec<u32>,
    by_leaf: BTreeSet<(u64, u32)>,
    /// What does not hold, with what it was before, where that is known.
    damaged: BTreeMap<String, Damaged>,
    facets: Vec<Facet>,
    facet_ids: BTreeMap<(String, String), u32>,
    /// The facets of all lines, one behind the other.
    of_lines: Vec<u32>,
    withdrawn: usize,
    edition: u64,
}

/// A file that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Damaged {
    pub(crate) shelf: Shelf,
    pub(crate) stamp: Option<Stamp>,
    /// What was accepted before it was damaged.
    pub(crate) rank: Option<Rank>,
}

/// What a list is narrowed to.
pub(crate) struct Wanted<'a> {
    /// The lines that hold the words, in no order; without words all.
    pub(crate) found: Option<&'a [u32]>,
    pub(crate) filters: &'a [(String, String)],
}

/// The lines that are wanted, in the order of lists.
pub(crate) struct Lines {
    pub(crate) ordinals: Vec<u32>,
    /// By name and value, in how many of these lines.
    pub(crate) counts: Vec<(String, Vec<(String, u32)>)>,
}

impl Catalog {
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    pub(crate) fn withdrawn(&self) -> usize {
        self.withdrawn
    }

    /// Changes whenever anything that is shown does.
    pub(crate) fn edition(&self) -> u64 {
        self.edition
    }

    pub(crate) fn latest(&self) -> Option<Day> {
        self.order.first().map(|((day, _), _)| day.0)
    }

    pub(crate) fn row(&self, ordinal: u32) -> Option<&Row> {
        self.rows.get(place(ordinal)?)?.as_ref()
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&Row> {
        self.row(*self.by_id.get(id)?)
    }

    pub(crate) fn ordinal(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    pub(crate) fn damaged(&self) -> impl Iterator<Item = &str> {
        self.damaged.keys().map(String::as_str)
    }

    pub(crate) fn damage(&self, id: &str) -> Option<&Damaged> {
        self.damaged.get(id)
    }

    /// Every id that lies in the folder, with the state in which it was read.
    pub(crate) fn states(&self) -> impl Iterator<Item = (&str, Shelf, Option<Stamp>)> {
        let sound = self
            .order
            .iter()
            .filter_map(|(_, ordinal)| self.row(*ordinal));
        let sound = sound.map(|row| (&*row.id, row.shelf(), Some(row.stamp)));
        let damaged = self.damaged.iter();
        sound.chain(damaged.map(|(id, it)| (id.as_str(), it.shelf, it.stamp)))
    }

    /// Lines by the place of their entry in the log, the latest first.
    pub(crate) fn latest_entries(&self, count: usize) -> impl Iterator<Item = &Row> {
        let latest = self.by_leaf.iter().rev().take(count);
        latest.filter_map(|(_, ordinal)| self.row(*ordinal))
    }

    /// The lines from a place on, in the order of lists.
    pub(crate) fn in_order(&self, from: usize, count: usize) -> impl Iterator<Item = &Row> {
        let lines = self.order.iter().skip(from).take(count);
        lines.filter_map(|(_, ordinal)| self.row(*ordinal))
    }

    /// The facets of a line, by name.
    pub(crate) fn facets_of<'a>(&'a self, row: &Row) -> impl Iterator<Item = (&'a str, &'a str)> {
        let ids = self.of_lines.get(row.facets.clone()).unwrap_or_default();
        ids.iter()
            .filter_map(|id| self.facet(*id))
            .map(|facet| (facet.name.as_str(), facet.value.as_str()))
    }

    /// By name and value, in how many of all lines.
    pub(crate) fn all_counts(&self) -> Vec<(String, Vec<(String, u32)>)> {
        let counts: Vec<u32> = self.facets.iter().map(|facet| facet.count).collect();
        self.named(&counts)
    }

    fn facet(&self, id: u32) -> Option<&Facet> {
        self.facets.get(place(id)?)
    }

    pub(crate) fn narrowed(&self, wanted: &Wanted<'_>) -> Lines {
        let filters: Option<Vec<u32>> = wanted
            .filters
            .iter()
            .map(|filter| self.facet_ids.get(filter).copied())
            .collect();
        // A value that no line has.
        let Some(filters) = filters else {
            return Lines {
                ordinals: Vec::new(),
                counts: Vec::new(),
            };
        };
        let all = match wanted.found {
            Some(found) => self.ordered(found),
            None => self.order.iter().map(|(_, ordinal)| *ordinal).collect(),
        };
        if wanted.found.is_none() && filters.is_empty() {
            return Lines {
                ordinals: all,
                counts: self.all_counts(),
            };
        }
        let mut counts = vec![0_u32; self.facets.len()];
        let mut ordinals = Vec::new();
        for ordinal in all {
            let Some(row) = self.row(ordinal) else {
                continue;
            };
            let ids = self.of_lines.get(row.facets.clone()).unwrap_or_default();
            if filters.iter().all(|filter| ids.contains(filter)) {
                ordinals.push(ordinal);
                for id in ids {
                    if let Some(count) = place(*id).and_then(|at| counts.get_mut(at)) {
                        *count += 1;
                    }
                }
            }
        }
        Lines {
            ordinals,
            counts: self.named(&counts),
        }
    }

    /// The same lines in the order of lists: their places are set as bits, and there is nothing to sort.
    fn ordered(&self, found: &[u32]) -> Vec<u32> {
        let mut bits = vec![0_u64; self.order.len() / 64 + 1];
        for ordinal in found {
            let at = place(*ordinal).and_then(|at| self.places.get(at));
            if let Some(at) = at.and_then(|at| place(*at))
                && let Some(word) = bits.get_mut(at / 64)
            {
                *word |= 1 << (at % 64);
            }
        }
        let mut ordered = Vec::with_capacity(found.len());
        for (from, word) in (0..).step_by(64).zip(bits) {
            let mut word = word;
            while let Some(bit) = place(word.trailing_zeros()).filter(|bit| *bit < 64) {
                if let Some((_, ordinal)) = self.order.get(from + bit) {
                    ordered.push(*ordinal);
                }
                word &= word - 1;
            }
        }
        ordered
    }

    /// Every publication's own ways first, then those that bundles bring, by name; the years backwards, the rest by
    /// how many lines have them. In whatever order bundles came, the answer is the same.
    fn named(&self, counts: &[u32]) -> Vec<(String, Vec<(String, u32)>)> {
        let mut by_name: BTreeMap<(usize, &str), Vec<(String, u32)>> = BTreeMap::new();
        for (facet, count) in self.facets.iter().zip(counts) {
            if *count > 0 {
                let own = [KIND, YEAR, STATE, AGENCY];
                let rank = own.iter().position(|name| *name == facet.name);
                by_name
                    .entry((rank.unwrap_or(own.len()), &facet.name))
                    .or_default()
                    .push((facet.value.clone(), *count));
            }
        }
        let by_name = by_name.into_iter().map(|((_, name), mut values)| {
            match name {
                YEAR => values.sort_by(|a, b| b.0.cmp(&a.0)),
                _ => values.sort_by(|a, b| (Reverse(a.1), &a.0).cmp(&(Reverse(b.1), &b.0))),
            }
            (name.to_owned(), values)
        });
        by_name.collect()
    }

    /// Takes a publication in, in place of what its id had before; the number of the new line, and of the old one.
    /// [`Catalog::settle`] puts the lines in order.
    pub(crate) fn insert(&mut self, publication: &Publication, stamp: Stamp) -> (u32, Option<u32>) {
        let old = self.remove(&publication.id);
        let (texts, facets) = match &publication.content {
            Content::Disclosed(it) => (texts_of(it), facets_of(it, publication.disclosed_on)),
            Content::Withdrawn(it, _) => (
                texts_of_withdrawal(it),
                facets_of_withdrawal(it, publication.disclosed_on),
            ),
        };
        let withdrawn_on = match &publication.content {
            Content::Disclosed(_) => None,
            Content::Withdrawn(_, day) => Some(*day),
        };
        let from = self.of_lines.len();
        for (name, value) in facets {
            let id = self.facet_id(name, value);
            self.of_lines.push(id);
        }
        let id: Arc<str> = publication.id.as_str().into();
        let ordinal = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        self.by_id.insert(Arc::clone(&id), ordinal);
        self.by_leaf.insert((publication.rank.leaf, ordinal));
        self.withdrawn += usize::from(withdrawn_on.is_some());
        self.rows.push(Some(Row {
            id,
            rank: publication.rank,
            stamp,
            disclosed_on: publication.disclosed_on,
            withdrawn_on,
            recorded_at: publication.evidence.recorded_at.as_second(),
            texts,
            facets: from..self.of_lines.len(),
        }));
        (ordinal, old)
    }

    fn facet_id(&mut self, name: String, value: String) -> u32 {
        let key = (name, value);
        if let Some(id) = self.facet_ids.get(&key) {
            if let Some(facet) = place(*id).and_then(|at| self.facets.get_mut(at)) {
                facet.count += 1;
            }
            return *id;
        }
        let id = u32::try_from(self.facets.len()).unwrap_or(u32::MAX);
        self.facets.push(Facet {
            name: key.0.clone(),
            value: key.1.clone(),
            count: 1,
        });
        self.facet_ids.insert(key, id);
        id
    }

    /// Takes a line out; its number.
    pub(crate) fn remove(&mut self, id: &str) -> Option<u32> {
        self.damaged.remove(id);
        let ordinal = self.by_id.remove(id)?;
        let at = place(ordinal)?;
        let row = self.rows.get_mut(at).and_then(Option::take)?;
        // No search finds it any more, whatever the index still says.
        if let Some(place) = self.places.get_mut(at) {
            *place = u32::MAX;
        }
        self.by_leaf.remove(&(row.rank.leaf, ordinal));
        self.withdrawn -= usize::from(row.withdrawn_on.is_some());
        let ids: Vec<u32> = self.of_lines.get(row.facets).unwrap_or_default().to_vec();
        for id in ids {
            if let Some(facet) = place(id).and_then(|at| self.facets.get_mut(at)) {
                facet.count -= 1;
                if facet.count == 0 {
                    let key = (
                        std::mem::take(&mut facet.name),
                        std::mem::take(&mut facet.value),
                    );
                    self.facet_ids.remove(&key);
                }
            }
        }
        Some(ordinal)
    }

    /// Nothing of the publication is shown but that its file does not hold; the number of its line, if it had one.
    pub(crate) fn set_damaged(
        &mut self,
        id: &str,
        shelf: Shelf,
        stamp: Option<Stamp>,
    ) -> Option<u32> {
        let known = self.damaged.get(id).and_then(|damaged| damaged.rank);
        let rank = self.by_id(id).map(|row| row.rank).or(known);
        let ordinal = self.remove(id);
        self.damaged
            .insert(id.to_owned(), Damaged { shelf, stamp, rank });
        ordinal
    }

    /// The file is another one, but the same bytes.
    pub(crate) fn set_stamp(&mut self, id: &str, stamp: Stamp) {
        let row = self.by_id.get(id).and_then(|ordinal| place(*ordinal));
        if let Some(Some(row)) = row.and_then(|at| self.rows.get_mut(at)) {
            row.stamp = stamp;
        }
    }

    /// Puts the lines in order after some were taken in or out.
    pub(crate) fn settle(&mut self) {
        self.edition += 1;
        let known = self.places.len();
        let rows = &self.rows;
        let row = |ordinal: u32| rows.get(place(ordinal)?)?.as_ref();
        self.order.retain(|(_, ordinal)| row(*ordinal).is_some());
        let new = (0_u32..).zip(rows).skip(known);
        let new = new.filter_map(|(ordinal, row)| Some((row.as_ref()?.key(), ordinal)));
        self.order.extend(new);
        // Two runs that are in order each, as a rule: a stable sort finds that out.
        self.order.sort();
        self.places.resize(rows.len(), u32::MAX);
        for (at, (_, ordinal)) in (0_u32..).zip(&self.order) {
            if let Some(of) = place(*ordinal).and_then(|it| self.places.get_mut(it)) {
                *of = at;
            }
        }
    }
}

/// A number as a place in a list.
fn place(number: u32) -> Option<usize> {
    usize::try_from(number).ok()
}

/// A value of the first shape, which has rows alone.
fn row_value<'a>(rows: &'a [DisclosureRow], labels: &[&str]) -> &'a str {
    let row = rows.iter().find(|row| labels.contains(&row.label.as_str()));
    row.map(|row| row.value.as_str()).unwrap_or_default()
}

pub(crate) fn agency_of(disclosure: &Disclosure) -> &str {
    let said = disclosure.agency.as_deref();
    said.unwrap_or_else(|| row_value(&disclosure.rows, &["作出机关", "决定机关"]))
}

fn texts_of(it: &Disclosure) -> Texts {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Texts::new([
        &it.title,
        &it.kind,
        &text(&it.number),
        agency_of(it),
        &text(&it.party),
        &text(&it.decided_on),
        &text(&it.summary),
    ])
}

fn texts_of_withdrawal(it: &Withdrawal) -> Texts {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    Texts::new([
        &it.title,
        &it.kind,
        &text(&it.number),
        &text(&it.agency),
        "",
        &text(&it.decided_on),
        &it.reason,
    ])
}

fn facets_of(it: &Disclosure, disclosed_on: Day) -> BTreeSet<(String, String)> {
    let mut facets = own_facets(&it.kind, agency_of(it), disclosed_on, IN_FORCE);
    for facet in &it.facets {
        let values = facet.values.iter().filter(|value| !value.is_empty());
        facets.extend(values.map(|value| (facet.name.clone(), value.clone())));
    }
    facets
}

fn facets_of_withdrawal(it: &Withdrawal, disclosed_on: Day) -> BTreeSet<(String, String)> {
    let agency = it.agency.as_deref().unwrap_or_default();
    own_facets(&it.kind, agency, disclosed_on, WITHDRAWN)
}

fn own_facets(
    kind: &str,
    agency: &str,
    disclosed_on: Day,
    state: &str,
) -> BTreeSet<(String, String)> {
    let year = disclosed_on.ymd().0.to_string();
    [
        (KIND, kind),
        (AGENCY, agency),
        (YEAR, &year),
        (STATE, state),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

/// Everything by which a publication is found, folded; a blank stands between what does not belong together.
pub(crate) fn searched(content: &Content) -> String {
    let mut text = String::new();
    let mut say = |value: &str| {
        // Writing into a text does not fail.
        let _ = write!(text, "{} ", fold(value));
    };
    match content {
        Content::Disclosed(it) => {
            say(&it.title);
            say(&it.kind);
            for value in [
                &it.number,
                &it.agency,
                &it.party,
                &it.decided_on,
                &it.summary,
            ] {
                say(value.as_deref().unwrap_or_default());
            }
            let sections = it.sections.iter().flat_map(|section| &section.rows);
            for row in it.rows.iter().chain(sections) {
                say(&row.value);
            }
            for facet in &it.facets {
                facet.values.iter().for_each(|value| say(value));
            }
            for earlier in &it.earlier {
                say(&earlier.reason);
            }
        }
        Content::Withdrawn(it, _) => {
            say(&it.title);
            say(&it.kind);
            for value in [&it.number, &it.agency, &it.decided_on] {
                say(value.as_deref().unwrap_or_default());
            }
            say(&it.reason);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_come_back_as_they_went_in() {
        let texts = [
            "标题",
            "",
            "永水罚〔2026〕12号",
            "机关",
            "",
            "2026-10-13",
            "罚款",
        ];
        let packed = Texts::new(texts);
        let read: Vec<&str> = (0..TEXTS).map(|at| packed.get(at)).collect();
        assert_eq!(read, texts);
        assert_eq!(packed.get(TEXTS), "");
    }
}
