//! Which publications hold a word: an index of pairs of characters, in memory alone.
//!
//! Chinese is written without blanks, so every two neighboring characters are a term with their place, and a longer word
//! is a phrase of them: the answer is exactly that of looking through all texts. Nothing of it is written to a disk, and
//! what was replaced is merged away before the replacement is shown: a corrected name stands nowhere any more.

use std::sync::Arc;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::ColumnValues;
use tantivy::indexer::{IndexWriterOptions, NoMergePolicy};
use tantivy::query::{BooleanQuery, PhraseQuery, Query, TermQuery};
use tantivy::schema::{
    Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{TextAnalyzer, Token, TokenStream, Tokenizer};
use tantivy::{
    DocId, Index, IndexReader, IndexWriter, ReloadPolicy, Score, SegmentOrdinal, SegmentReader,
    TantivyDocument, TantivyError, Term,
};

/// What is gathered before it becomes a segment. Segments of this size are not merged any more, so that the memory in
/// which two copies of the index stand beside each other stays small.
const GATHERED_BYTES: usize = 30_000_000;

/// Segments below each of these sizes are merged when so many of them have come together.
const TIERS: [u32; 3] = [500, 4_000, 16_000];
const TOGETHER: usize = 8;

const PAIRS: &str = "pairs";
const TEXT: &str = "text";
const ORDINAL: &str = "ordinal";

/// Why the index could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("the index of words failed")]
pub struct IndexError(#[from] TantivyError);

/// The one that writes.
pub(crate) struct WordIndex {
    writer: IndexWriter,
    finder: Finder,
    has_dropped: bool,
}

/// The one that is asked; there may be many.
#[derive(Clone)]
pub(crate) struct Finder {
    reader: IndexReader,
    text: Field,
    ordinal: Field,
}

impl WordIndex {
    /// An empty one.
    pub(crate) fn new() -> Result<Self, IndexError> {
        let mut schema = Schema::builder();
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(PAIRS)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions)
            .set_fieldnorms(false);
        let text =
            schema.add_text_field(TEXT, TextOptions::default().set_indexing_options(indexing));
        let ordinal =
            schema.add_u64_field(ORDINAL, NumericOptions::default().set_indexed().set_fast());
        let index = Index::create_in_ram(schema.build());
        index
            .tokenizers()
            .register(PAIRS, TextAnalyzer::from(Pairs));
        let options = IndexWriterOptions::builder()
            .memory_budget_per_thread(GATHERED_BYTES)
            .num_worker_threads(1)
            .num_merge_threads(1)
            .build();
        let writer: IndexWriter = index.writer_with_options(options)?;
        writer.set_merge_policy(Box::new(NoMergePolicy));
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()?;
        Ok(Self {
            writer,
            finder: Finder {
                reader,
                text,
                ordinal,
            },
            has_dropped: false,
        })
    }

    pub(crate) fn finder(&self) -> Finder {
        self.finder.clone()
    }

    /// Adds a text, already folded, under a number that no other text has.
    pub(crate) fn add(&mut self, ordinal: u32, folded: &str) -> Result<(), IndexError> {
        let mut document = TantivyDocument::default();
        document.add_text(self.finder.text, folded);
        document.add_u64(self.finder.ordinal, u64::from(ordinal));
        self.writer.add_document(document)?;
        Ok(())
    }

    pub(crate) fn drop(&mut self, ordinal: u32) {
        let term = Term::from_field_u64(self.finder.ordinal, u64::from(ordinal));
        self.writer.delete_term(term);
        self.has_dropped = true;
    }

    /// From here on what was added is found, and what was dropped is not in memory any more.
    pub(crate) fn settle(&mut self) -> Result<(), IndexError> {
        self.writer.commit()?;
        if self.has_dropped {
            let metas = self.writer.index().searchable_segment_metas()?;
            for meta in metas.iter().filter(|meta| meta.has_deletes()) {
                self.writer.merge(&[meta.id()]).wait()?;
            }
            self.has_dropped = false;
        }
        self.merge_small()?;
        self.finder.reader.reload()?;
        // After the reload: the segments that were merged are held by nobody now.
        self.writer.garbage_collect_files().wait()?;
        Ok(())
    }

    fn merge_small(&mut self) -> Result<(), IndexError> {
        let mut smallest = 0;
        for largest in TIERS {
            let metas = self.writer.index().searchable_segment_metas()?;
            let ids: Vec<_> = metas
                .iter()
                .filter(|meta| (smallest..largest).contains(&meta.num_docs()))
                .map(|meta| meta.id())
                .collect();
            if ids.len() >= TOGETHER {
                self.writer.merge(&ids).wait()?;
            }
            smallest = largest;
        }
        Ok(())
    }
}

impl Finder {
    /// The numbers of the texts that hold every word, in no order. Words are folded and have two characters at least.
    pub(crate) fn find(&self, words: &[String]) -> Result<Vec<u32>, IndexError> {
        let mut each: Vec<Box<dyn Query>> =
            words.iter().filter_map(|word| self.holds(word)).collect();
        let query = match each.len() {
            0 => return Ok(Vec::new()),
            1 => each.remove(0),
            _ => Box::new(BooleanQuery::intersection(each)),
        };
        Ok(self.reader.searcher().search(&query, &Ordinals)?)
    }

    /// Pairs that do not overlap are enough, with the last one to close the word.
    fn holds(&self, word: &str) -> Option<Box<dyn Query>> {
        let characters: Vec<char> = word.chars().collect();
        let last = characters.len().checked_sub(2)?;
        let mut places: Vec<usize> = (0..=last).step_by(2).collect();
        if places.last() != Some(&last) {
            places.push(last);
        }
        let mut terms: Vec<(usize, Term)> = places
            .into_iter()
            .filter_map(|at| Some((at, characters.get(at..at + 2)?)))
            .map(|(at, pair)| {
                (
                    at,
                    Term::from_field_text(self.text, &String::from_iter(pair)),
                )
            })
            .collect();
        if terms.len() > 1 {
            return Some(Box::new(PhraseQuery::new_with_offset(terms)));
        }
        let (_, term) = terms.pop()?;
        Some(Box::new(TermQuery::new(term, IndexRecordOption::Basic)))
    }

    /// How many texts are in memory, those that are not found any more included.
    #[cfg(test)]
    fn held(&self) -> u32 {
        let searcher = self.reader.searcher();
        searcher
            .segment_readers()
            .iter()
            .map(SegmentReader::max_doc)
            .sum()
    }

    #[cfg(test)]
    fn knows(&self, pair: &str) -> bool {
        let term = Term::from_field_text(self.text, pair);
        self.reader
            .searcher()
            .segment_readers()
            .iter()
            .any(|segment| {
                let inverted = segment.inverted_index(self.text).expect("a field of text");
                inverted.get_term_info(&term).expect("readable").is_some()
            })
    }
}

/// Collects the numbers under which texts were added.
struct Ordinals;

struct OrdinalsOfSegment {
    column: Arc<dyn ColumnValues<u64>>,
    found: Vec<u32>,
}

impl Collector for Ordinals {
    type Fruit = Vec<u32>;
    type Child = OrdinalsOfSegment;

    fn for_segment(
        &self,
        _: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> tantivy::Result<OrdinalsOfSegment> {
        let column = segment.fast_fields().u64(ORDINAL)?;
        Ok(OrdinalsOfSegment {
            column: column.first_or_default_col(u64::MAX),
            found: Vec::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, fruits: Vec<Vec<u32>>) -> tantivy::Result<Vec<u32>> {
        Ok(fruits.concat())
    }
}

impl SegmentCollector for OrdinalsOfSegment {
    type Fruit = Vec<u32>;

    fn collect(&mut self, document: DocId, _: Score) {
        let ordinal = self.column.get_val(document);
        // Numbers were 32 bits wide when they were added.
        self.found.extend(u32::try_from(ordinal));
    }

    fn harvest(self) -> Vec<u32> {
        self.found
    }
}

/// Cuts a folded text into pairs of neighboring characters; the place of a pair is that of its first character.
#[derive(Clone)]
struct Pairs;

struct PairStream<'a> {
    rest: std::str::CharIndices<'a>,
    before: Option<(usize, char)>,
    read: usize,
    token: Token,
}

impl Tokenizer for Pairs {
    type TokenStream<'a> = PairStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> PairStream<'a> {
        PairStream {
            rest: text.char_indices(),
            before: None,
            read: 0,
            token: Token::default(),
        }
    }
}

impl TokenStream for PairStream<'_> {
    fn advance(&mut self) -> bool {
        for (at, c) in self.rest.by_ref() {
            self.read += 1;
            if c == ' ' {
                self.before = None;
                continue;
            }
            if let Some((from, before)) = self.before.replace((at, c)) {
                self.token.text.clear();
                self.token.text.extend([before, c]);
                self.token.offset_from = from;
                self.token.offset_to = at + c.len_utf8();
                self.token.position = self.read - 2;
                return true;
            }
        }
        false
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{fold, words};
    use proptest::prelude::*;

    fn found(finder: &Finder, query: &str) -> Vec<u32> {
        let mut found = finder.find(&words(query)).expect("an answer");
        found.sort_unstable();
        found
    }

    // Few characters, so that words meet, repeat themselves and lie across the ends of texts.
    const TEXT_OF_FEW: &str = "[取水许可A1〔（ ]{0,40}";
    const WORDS_OF_FEW: &str = "[取水许可A1〔（ ]{2,9}";

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

        /// Whatever the texts and the query: the answer is that of looking through all of them.
        #[test]
        fn a_search_finds_exactly_what_holds_the_words(
            texts in proptest::collection::vec(TEXT_OF_FEW, 1..24),
            late in proptest::collection::vec(TEXT_OF_FEW, 0..6),
            queries in proptest::collection::vec(WORDS_OF_FEW, 1..24),
            dropped in proptest::collection::vec(any::<prop::sample::Index>(), 0..4),
        ) {
            let mut index = WordIndex::new().expect("empty");
            let mut all = Vec::new();
            for batch in [texts, late] {
                for text in batch {
                    let ordinal = u32::try_from(all.len()).expect("few");
                    index.add(ordinal, &fold(&text)).expect("added");
                    all.push(Some(fold(&text)));
                }
                index.settle().expect("settled");
            }
            for place in dropped {
                let at = place.index(all.len());
                all[at] = None;
                index.drop(u32::try_from(at).expect("few"));
            }
            index.settle().expect("settled");
            let finder = index.finder();
            for query in queries {
                let asked: Vec<String> = words(&query).into_iter().filter(|word| word.chars().count() > 1).collect();
                if asked.is_empty() {
                    continue;
                }
                let holds = |text: &String| asked.iter().all(|word| text.contains(word.as_str()));
                let truth: Vec<u32> = (0..).zip(&all)
                    .filter(|(_, text)| text.as_ref().is_some_and(holds))
                    .map(|(at, _)| at)
                    .collect();
                let mut found = finder.find(&asked).expect("an answer");
                found.sort_unstable();
                prop_assert_eq!(found, truth, "{}", query);
            }
        }
    }

    #[test]
    fn a_word_is_found_within_one_value_only() {
        let mut index = WordIndex::new().expect("empty");
        index.add(0, "甲乙 丙丁").expect("added");
        index.add(1, "甲乙丙丁").expect("added");
        index.settle().expect("settled");
        let finder = index.finder();
        assert_eq!(found(&finder, "乙丙"), [1]);
        assert_eq!(found(&finder, "甲乙丙丁"), [1]);
        assert_eq!(found(&finder, "丙丁 甲乙"), [0, 1]);
    }

    #[test]
    fn what_was_dropped_is_in_no_memory() {
        let mut index = WordIndex::new().expect("empty");
        for ordinal in 0..20 {
            let text = if ordinal == 7 {
                "蔡某某取水"
            } else {
                "许可取水"
            };
            index.add(ordinal, text).expect("added");
        }
        index.settle().expect("settled");
        assert!(index.finder().knows("蔡某"));
        index.drop(7);
        index.add(20, "某公司取水").expect("added");
        index.settle().expect("settled");
        let finder = index.finder();
        assert!(!finder.knows("蔡某"), "not among the words either");
        assert_eq!(finder.held(), 20);
        assert_eq!(found(&finder, "取水").len(), 20);
    }

    #[test]
    fn many_small_additions_are_merged() {
        let mut index = WordIndex::new().expect("empty");
        for ordinal in 0..40 {
            index.add(ordinal, "未经批准取水").expect("added");
            index.settle().expect("settled");
        }
        let finder = index.finder();
        let segments = finder.reader.searcher().segment_readers().len();
        assert!(segments <= TOGETHER, "{segments}");
        assert_eq!(found(&finder, "取水").len(), 40);
    }
}
