//! The list of cases, its filters, its two orders, and its search by text.

use super::words;
use super::{
    Columns, Dialect, Index, Kind, Order, ReadModel, Select, Value, integer, optional, text,
};
use crate::rows::timestamp;
use app::ledger::{Agency, CaseCursor, CaseLine, CaseOrder, CaseQuery, CaseRow, StorageCause};
use vocabulary::Day;

/// The list of cases.
pub(crate) const CASE_INDEX: ReadModel = ReadModel {
    table: "case_index",
    columns: &[
        text("case_id"),
        text("title"),
        text("party_names"),
        text("phase"),
        optional("filed_on"),
        optional("next_due"),
        optional("case_number"),
        integer("is_open"),
        integer("updated_at_ms"),
        text("section"),
        text("procedure"),
        optional("follows"),
        text("decided_items"),
        text("named_rows"),
    ],
    key: &["case_id"],
    indexes: &[
        Index {
            name: "case_index_by_touched",
            columns: "updated_at_ms DESC, case_id DESC",
            only: None,
        },
        Index {
            name: "case_index_by_phase",
            columns: "phase, updated_at_ms DESC, case_id DESC",
            only: None,
        },
        Index {
            name: "case_index_by_procedure",
            columns: "procedure, updated_at_ms DESC, case_id DESC",
            only: None,
        },
        Index {
            name: "case_index_by_due",
            columns: "next_due, case_id",
            only: Some("next_due IS NOT NULL"),
        },
        Index {
            name: "case_index_by_section",
            columns: "section, updated_at_ms DESC, case_id DESC",
            only: None,
        },
        Index {
            name: "case_index_by_section_due",
            columns: "section, next_due, case_id",
            only: Some("next_due IS NOT NULL"),
        },
        Index {
            name: "case_index_by_followed",
            columns: "follows, updated_at_ms DESC, case_id DESC",
            only: Some("follows IS NOT NULL"),
        },
    ],
};

const TOUCHED: Order = Order {
    columns: &["updated_at_ms", "case_id"],
    descending: true,
};

const DUE: Order = Order {
    columns: &["next_due", "case_id"],
    descending: false,
};

/// The same orders where SQLite is to sort what it found: a column with a sign is one that no index gives. Without it the
/// planner, which knows nothing of how rare a word is, walks the whole list in its order to spare the sorting.
const TOUCHED_SORTED: Order = Order {
    columns: &["+updated_at_ms", "+case_id"],
    descending: true,
};

const DUE_SORTED: Order = Order {
    columns: &["+next_due", "+case_id"],
    descending: false,
};

/// Up to this many rows with all words are looked up and sorted; where there are more, going through the list in its
/// own order meets enough of them soon.
const FEW: i64 = 2000;

/// The tables of the search, which each database has in its own way.
pub(crate) const fn search_tables(dialect: Dialect) -> &'static str {
    match dialect {
        // Words are not kept a second time (contentless), nor their places, and what is removed is overwritten.
        Dialect::Sqlite => {
            "CREATE TABLE case_search (row_id INTEGER PRIMARY KEY, agency TEXT NOT NULL, case_id TEXT NOT NULL, \
             text TEXT NOT NULL, UNIQUE (agency, case_id)) STRICT; \
             CREATE VIRTUAL TABLE case_words USING fts5(words, content='', detail='column', columnsize=0, tokenize='ascii'); \
             INSERT INTO case_words (case_words, rank) VALUES ('secure-delete', 1);"
        }
        // Without `fastupdate`: words that wait to be sorted in are read through by every search.
        Dialect::Postgres => {
            "CREATE TABLE case_search (agency TEXT COLLATE \"C\" NOT NULL, case_id TEXT COLLATE \"C\" NOT NULL, \
             text TEXT COLLATE \"C\" NOT NULL, words TSVECTOR NOT NULL, PRIMARY KEY (agency, case_id)); \
             CREATE INDEX case_search_by_words ON case_search USING GIN (words) WITH (fastupdate = off);"
        }
    }
}

/// What is searched of a line.
pub(crate) fn search_text(line: &CaseLine) -> String {
    let number = line.case_number.as_deref().unwrap_or("");
    words::folded([
        line.title.as_str(),
        line.party_names.as_str(),
        number,
        line.decided_items.as_str(),
        line.named_rows.as_str(),
    ])
}

/// One row, with the agency first.
pub(crate) fn values(agency: &Agency, row: &CaseRow) -> Vec<Value> {
    let line = &row.line;
    let date = |day: Option<Day>| Value::OptionalText(day.map(|day| day.to_string()));
    vec![
        agency.as_str().into(),
        line.case_id.as_str().into(),
        line.title.as_str().into(),
        line.party_names.as_str().into(),
        line.phase.as_str().into(),
        date(line.filed_on),
        date(line.next_due),
        Value::OptionalText(line.case_number.clone()),
        i64::from(line.is_open).into(),
        row.updated_at.as_millisecond().into(),
        line.section.as_str().into(),
        line.procedure.as_str().into(),
        Value::OptionalText(line.follows.clone()),
        line.decided_items.as_str().into(),
        line.named_rows.as_str().into(),
    ]
}

pub(crate) fn row(values: Vec<Value>) -> Result<CaseRow, StorageCause> {
    let mut columns = Columns::new(values);
    let date = |text: Option<String>| text.map(|text| Day::parse(&text)).transpose();
    let mut line = CaseLine {
        case_id: columns.text()?,
        title: columns.text()?,
        party_names: columns.text()?,
        phase: columns.text()?,
        filed_on: date(columns.optional()?)?,
        next_due: date(columns.optional()?)?,
        case_number: columns.optional()?,
        number_claim: None,
        is_open: columns.integer()? != 0,
        section: String::new(),
        procedure: String::new(),
        follows: None,
        decided_items: String::new(),
        named_rows: String::new(),
    };
    let updated_at = timestamp(columns.integer()?)?;
    line.section = columns.text()?;
    line.procedure = columns.text()?;
    line.follows = columns.optional()?;
    line.decided_items = columns.text()?;
    line.named_rows = columns.text()?;
    Ok(CaseRow { line, updated_at })
}

/// The text of a query, prepared.
#[derive(Clone)]
pub(crate) struct Search {
    text: String,
    words: Vec<String>,
}

/// How the rows that hold a text are found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// By the words, then sorted.
    ByWords,
    /// In the order of the list, looking at the text of each row.
    ByOrder,
}

impl Search {
    /// `None` where nothing is left to search for.
    pub(crate) fn of(query: &CaseQuery) -> Option<Self> {
        let text = words::folded_query(query.text.as_deref()?);
        let words = words::words(&text);
        (!text.is_empty()).then_some(Self { text, words })
    }

    /// Counts the rows that hold all words, as far as [`Self::way`] needs to know; `None` where there is no word.
    pub(crate) fn count(&self, dialect: Dialect) -> Option<Select> {
        let sql = match dialect {
            Dialect::Sqlite => {
                "SELECT count(*) FROM (SELECT 1 FROM case_words WHERE case_words MATCH $1 LIMIT $2)"
            }
            Dialect::Postgres => {
                "SELECT count(*) FROM (SELECT 1 FROM case_search WHERE words @@ $1::text::tsquery LIMIT $2) found"
            }
        };
        (!self.words.is_empty()).then(|| Select {
            sql: sql.to_owned(),
            values: vec![Value::Text(self.matching(dialect)), Value::Integer(FEW + 1)],
            kinds: vec![Kind::Integer],
        })
    }

    /// The better way, by what was counted.
    pub(crate) fn way(counted: Option<i64>) -> Way {
        match counted {
            Some(count) if count <= FEW => Way::ByWords,
            _ => Way::ByOrder,
        }
    }

    fn matching(&self, dialect: Dialect) -> String {
        match dialect {
            Dialect::Sqlite => self.words.join(" "),
            Dialect::Postgres => self.words.join(" & "),
        }
    }

    fn filter(&self, select: &mut Select, dialect: Dialect, way: Way) {
        let matching = self.matching(dialect);
        match (way, dialect) {
            (Way::ByWords, Dialect::Sqlite) => {
                let (matching, text) = (
                    select.place(matching.as_str()),
                    select.place(self.text.as_str()),
                );
                select.only(&format!(
                    "case_id IN (SELECT s.case_id FROM case_words w CROSS JOIN case_search s ON s.row_id = w.rowid \
                     WHERE w.case_words MATCH {matching} AND s.agency = $1 AND instr(s.text, {text}) > 0)"
                ));
            }
            (Way::ByWords, Dialect::Postgres) => {
                let (matching, text) = (
                    select.place(matching.as_str()),
                    select.place(self.text.as_str()),
                );
                select.only(&format!(
                    "case_id = ANY (ARRAY (SELECT s.case_id FROM case_search s \
                     WHERE s.words @@ {matching}::text::tsquery AND s.agency = $1 AND strpos(s.text, {text}) > 0))"
                ));
            }
            (Way::ByOrder, _) => {
                let contains = if dialect == Dialect::Sqlite {
                    "instr"
                } else {
                    "strpos"
                };
                let text = select.place(self.text.as_str());
                select.only(&format!(
                    "(SELECT {contains}(s.text, {text}) > 0 FROM case_search s \
                     WHERE s.agency = $1 AND s.case_id = case_index.case_id)"
                ));
            }
        }
    }
}

/// A page of the list.
pub(crate) fn page(
    agency: &Agency,
    query: &CaseQuery,
    search: Option<(&Search, Way)>,
    dialect: Dialect,
    limit: u32,
) -> Select {
    let mut select = Select::of(&CASE_INDEX, agency);
    if let Some(procedure) = &query.procedure {
        select.and("procedure =", procedure.as_str());
    }
    if let Some(phase) = &query.phase {
        select.and("phase =", phase.as_str());
    }
    if let Some(is_open) = query.is_open {
        select.and("is_open =", i64::from(is_open));
    }
    if let Some(section) = &query.section {
        select.and("section =", section.as_str());
    }
    if let Some(followed) = &query.follows {
        select.and("follows =", followed.as_str());
    }
    if let Some(day) = query.filed_from {
        select.and("filed_on >=", day.to_string().as_str());
    }
    if let Some(day) = query.filed_until {
        select.and("filed_on <=", day.to_string().as_str());
    }
    if let Some((search, way)) = search {
        search.filter(&mut select, dialect, way);
    }
    let is_sorted =
        search.is_some_and(|(_, way)| way == Way::ByWords && dialect == Dialect::Sqlite);
    let order = match (query.order, is_sorted) {
        (CaseOrder::Touched, false) => &TOUCHED,
        (CaseOrder::Touched, true) => &TOUCHED_SORTED,
        (CaseOrder::Due, false) => &DUE,
        (CaseOrder::Due, true) => &DUE_SORTED,
    };
    if query.order == CaseOrder::Due {
        select.only("next_due IS NOT NULL");
    }
    if let Some(after) = &query.after {
        select.after(order, place(query.order, after));
    }
    select.page(order, limit);
    select
}

fn place(order: CaseOrder, after: &CaseCursor) -> Vec<Value> {
    let first = match order {
        CaseOrder::Touched => after.updated_at.as_millisecond().into(),
        // A cursor without a due date is not one of this list: the page begins at its start.
        CaseOrder::Due => Value::Text(
            after
                .next_due
                .map(|day| day.to_string())
                .unwrap_or_default(),
        ),
    };
    vec![first, after.case_id.as_str().into()]
}

/// The lines of these cases.
pub(crate) fn some(agency: &Agency, ids: &[String], dialect: Dialect) -> Select {
    let mut select = Select::of(&CASE_INDEX, agency);
    select.among("case_id", ids, dialect);
    select
}

/// One line.
pub(crate) fn one(agency: &Agency, case_id: &str) -> Select {
    let mut select = Select::of(&CASE_INDEX, agency);
    select.and("case_id =", case_id);
    select
}

/// Cases of which any view holds something, by id. Each view is read from the place where the page begins: reading all
/// of them for each page would take the square of their number.
pub(crate) fn known(agency: &Agency, after: Option<&str>, limit: u32) -> Select {
    let views = [
        "case_index",
        "due_clocks",
        "todo",
        "notable",
        "dues",
        "case_search",
    ];
    let views = views.map(|table| {
        format!(
            "SELECT case_id FROM (SELECT DISTINCT case_id FROM {table} \
             WHERE agency = $1 AND case_id > $2 ORDER BY case_id LIMIT $3) {table}_page"
        )
    });
    Select {
        sql: format!(
            "SELECT case_id FROM ({}) held ORDER BY case_id LIMIT $3",
            views.join(" UNION ")
        ),
        values: vec![
            agency.as_str().into(),
            after.unwrap_or("").into(),
            i64::from(limit).into(),
        ],
        kinds: vec![Kind::Text],
    }
}

pub(crate) fn known_id(values: Vec<Value>) -> Result<String, StorageCause> {
    Ok(Columns::new(values).text()?)
}
