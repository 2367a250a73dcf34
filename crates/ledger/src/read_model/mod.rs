//! Views over the record, declared once and rendered to either dialect.
//!
//! A read model names its columns, its key and its indexes; a query adds filters (fixed pieces of text, so that only
//! what is asked for stands in the statement), an order and the place after which the page begins. Every model begins
//! with the agency.

pub(crate) mod cases;
pub(crate) mod changes;
pub(crate) mod clocks;
pub(crate) mod dues;
pub(crate) mod notable;
pub(crate) mod numbers;
pub(crate) mod outbox;
pub(crate) mod todo;
pub(crate) mod words;

use app::ledger::Agency;
use std::fmt::Write as _;

/// Counts the shapes that the views have had: a file with another one gets new tables, to be rebuilt from the record.
pub(crate) const VIEWS_VERSION: i64 = 8;

/// The views that are made again when their shape changes.
pub(crate) const VIEWS: [&ReadModel; 5] = [
    &cases::CASE_INDEX,
    &clocks::DUE_CLOCKS,
    &todo::TODO,
    &notable::NOTABLE,
    &dues::DUES,
];

/// The databases that a read model is rendered for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// What a column holds. Civil dates are ISO text in both databases: it sorts, and no driver changes it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    OptionalText,
    Integer,
}

/// One column of a read model.
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

const fn text(name: &'static str) -> Column {
    let kind = Kind::Text;
    Column { name, kind }
}

const fn optional(name: &'static str) -> Column {
    let kind = Kind::OptionalText;
    Column { name, kind }
}

const fn integer(name: &'static str) -> Column {
    let kind = Kind::Integer;
    Column { name, kind }
}

/// An index over `agency` and these columns.
pub(crate) struct Index {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static str,
    /// Only rows for which this holds.
    pub(crate) only: Option<&'static str>,
}

/// A view: its columns after `agency`, the ones that identify a row, and its indexes.
pub(crate) struct ReadModel {
    pub(crate) table: &'static str,
    pub(crate) columns: &'static [Column],
    pub(crate) key: &'static [&'static str],
    pub(crate) indexes: &'static [Index],
}

/// The columns that order a list, all in one direction.
pub(crate) struct Order {
    pub(crate) columns: &'static [&'static str],
    pub(crate) descending: bool,
}

/// One value of a row, or one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    OptionalText(Option<String>),
    Integer(i64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl ReadModel {
    /// The statements that create the table and its indexes.
    pub(crate) fn create(&self, dialect: Dialect) -> Vec<String> {
        let (text, integer, suffix) = match dialect {
            Dialect::Sqlite => ("TEXT", "INTEGER", " STRICT, WITHOUT ROWID"),
            // Names and ids are compared byte by byte in both databases, whatever the locale of the server.
            Dialect::Postgres => ("TEXT COLLATE \"C\"", "BIGINT", ""),
        };
        let columns: String = self
            .columns
            .iter()
            .map(|column| match column.kind {
                Kind::Text => format!("{} {text} NOT NULL, ", column.name),
                Kind::OptionalText => format!("{} {text}, ", column.name),
                Kind::Integer => format!("{} {integer} NOT NULL, ", column.name),
            })
            .collect();
        let (table, key) = (self.table, self.key.join(", "));
        let mut statements = vec![format!(
            "CREATE TABLE {table} (agency {text} NOT NULL, {columns}PRIMARY KEY (agency, {key})){suffix}"
        )];
        for index in self.indexes {
            let only = index.only.map(|rows| format!(" WHERE {rows}"));
            statements.push(format!(
                "CREATE INDEX {} ON {table} (agency, {}){}",
                index.name,
                index.columns,
                only.unwrap_or_default()
            ));
        }
        statements
    }

    /// Writes one row; parameters are the agency and the columns in order.
    pub(crate) fn upsert(&self) -> String {
        let places: String = (0..self.columns.len())
            .map(|i| format!(", ${}", i + 2))
            .collect();
        self.insert(&format!("VALUES ($1{places})"))
    }

    /// Writes many rows (PostgreSQL); parameters are an array of agencies and one for each column. No key twice.
    pub(crate) fn upsert_many(&self) -> String {
        let places: String = self
            .columns
            .iter()
            .enumerate()
            .map(|(i, column)| match column.kind {
                Kind::Text | Kind::OptionalText => format!(", ${}::text[]", i + 2),
                Kind::Integer => format!(", ${}::bigint[]", i + 2),
            })
            .collect();
        self.insert(&format!("SELECT * FROM UNNEST($1::text[]{places})"))
    }

    /// Removes one row; parameters are the agency and the key.
    pub(crate) fn delete(&self) -> String {
        let key = self.key.iter().enumerate();
        let key: String = key
            .map(|(at, column)| format!(" AND {column} = ${}", at + 2))
            .collect();
        format!("DELETE FROM {} WHERE agency = $1{key}", self.table)
    }

    fn insert(&self, rows: &str) -> String {
        let changes: Vec<String> = self
            .columns
            .iter()
            .filter(|column| !self.key.contains(&column.name))
            .map(|column| format!("{0} = excluded.{0}", column.name))
            .collect();
        format!(
            "INSERT INTO {} (agency, {}) {rows} ON CONFLICT (agency, {}) DO UPDATE SET {}",
            self.table,
            self.column_names(),
            self.key.join(", "),
            changes.join(", "),
        )
    }

    /// The same as [`Self::upsert_many`], leaving rows alone that are as they should be (PostgreSQL).
    pub(crate) fn upsert_changed(&self) -> String {
        let others = self.columns.iter().map(|column| column.name);
        let others: Vec<&str> = others.filter(|name| !self.key.contains(name)).collect();
        let of = |row: &str| {
            let columns = others.iter().map(|name| format!("{row}.{name}"));
            columns.collect::<Vec<_>>().join(", ")
        };
        let (held, wanted) = (of(self.table), of("excluded"));
        let upsert = self.upsert_many();
        format!("{upsert} WHERE ({held}) IS DISTINCT FROM ({wanted})")
    }

    fn column_names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
        names.join(", ")
    }

    fn kinds(&self) -> Vec<Kind> {
        self.columns.iter().map(|column| column.kind).collect()
    }
}

/// A statement that reads rows, with its parameters and the kinds of its columns.
#[derive(Clone)]
pub(crate) struct Select {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value>,
    pub(crate) kinds: Vec<Kind>,
}

impl Select {
    /// All rows of an agency. `$n` is positional in either database, as long as it appears in order.
    pub(crate) fn of(model: &ReadModel, agency: &Agency) -> Self {
        let (table, columns) = (model.table, model.column_names());
        Self {
            sql: format!("SELECT {columns} FROM {table} WHERE {table}.agency = $1"),
            values: vec![agency.as_str().into()],
            kinds: model.kinds(),
        }
    }

    /// Adds a parameter, and gives its place.
    fn place(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    fn only(&mut self, rows: &str) {
        self.sql.push_str(" AND ");
        self.sql.push_str(rows);
    }

    /// Adds a filter: a fixed piece of text that ends before its parameter.
    fn and(&mut self, piece: &'static str, value: impl Into<Value>) {
        let place = self.place(value);
        self.only(&format!("{piece} {place}"));
    }

    /// Only rows whose column is one of these ids: UUIDs, which hold nothing that would have to be escaped.
    fn among(&mut self, column: &str, ids: &[String], dialect: Dialect) {
        let (list, those, end) = match dialect {
            Dialect::Sqlite => (
                format!("[\"{}\"]", ids.join("\",\"")),
                "IN (SELECT value FROM json_each(",
                "))",
            ),
            Dialect::Postgres => (ids.join(","), "= ANY (string_to_array(", ", ','))"),
        };
        let place = self.place(list.as_str());
        self.only(&format!("{column} {those}{place}{end}"));
    }

    /// Begins after the row that has these values in the columns of the order.
    fn after(&mut self, order: &Order, values: Vec<Value>) {
        let places: Vec<String> = values.into_iter().map(|value| self.place(value)).collect();
        let (columns, places) = (order.columns.join(", "), places.join(", "));
        let sign = if order.descending { '<' } else { '>' };
        self.only(&format!("({columns}) {sign} ({places})"));
    }

    fn page(&mut self, order: &Order, limit: u32) {
        let direction = if order.descending { " DESC" } else { "" };
        let columns: Vec<String> = order
            .columns
            .iter()
            .map(|column| format!("{column}{direction}"))
            .collect();
        let limit = self.place(i64::from(limit));
        // Writing to a text cannot fail.
        let _ = write!(self.sql, " ORDER BY {} LIMIT {limit}", columns.join(", "));
    }
}

/// Takes the columns of one row, one after the other; a kind that does not fit is damage.
pub(crate) struct Columns(std::vec::IntoIter<Value>);

#[derive(Debug, thiserror::Error)]
#[error("a row of a view has other columns than it was declared with")]
pub(crate) struct BadColumns;

impl Columns {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self(values.into_iter())
    }

    fn text(&mut self) -> Result<String, BadColumns> {
        match self.0.next() {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(BadColumns),
        }
    }

    fn optional(&mut self) -> Result<Option<String>, BadColumns> {
        match self.0.next() {
            Some(Value::OptionalText(text)) => Ok(text),
            _ => Err(BadColumns),
        }
    }

    fn integer(&mut self) -> Result<i64, BadColumns> {
        match self.0.next() {
            Some(Value::Integer(number)) => Ok(number),
            _ => Err(BadColumns),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_emitter_writes_what_both_databases_read() {
        let model = &clocks::DUE_CLOCKS;
        assert_eq!(
            model.upsert(),
            "INSERT INTO due_clocks (agency, case_id, clock_id, rule, brings, number, since, due, \
             provisional_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (agency, case_id, clock_id) DO UPDATE SET \
             rule = excluded.rule, brings = excluded.brings, number = excluded.number, \
             since = excluded.since, due = excluded.due, provisional_by = excluded.provisional_by"
        );
        assert!(
            model
                .upsert_many()
                .contains("$5::text[], $6::bigint[], $7::text[]")
        );
        assert!(model.create(Dialect::Postgres)[0].contains("number BIGINT NOT NULL"));
        assert!(model.create(Dialect::Sqlite)[0].ends_with(" STRICT, WITHOUT ROWID"));
        let agency = Agency::parse("yongan").expect("a name");
        let mut select = Select::of(&numbers::NUMBERS, &agency);
        select.and("serial >", 7);
        select.page(
            &Order {
                columns: &["serial"],
                descending: false,
            },
            3,
        );
        assert_eq!(
            select.sql,
            "SELECT kind, year, serial, state, text, leaf_index FROM numbers WHERE numbers.agency = $1 \
             AND serial > $2 ORDER BY serial LIMIT $3"
        );
    }
}
