//! Views over the record, declared once and rendered to either dialect.
//!
//! A read model names its columns, its key and its order; the emitter below writes the statements. Every model begins
//! with the agency and is paged by keyset, last first.

use app::ledger::{Agency, CaseCursor, CaseLine, CaseRow, RowChange, StorageCause};
use vocabulary::Day;

/// The databases that a read model is rendered for.
#[derive(Clone, Copy)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// What a column holds. Civil dates are ISO text in both databases: it sorts, and no driver changes it.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text,
    OptionalDate,
    Milliseconds,
}

/// One column of a read model.
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

/// A view: its columns after `agency`, the ones that identify a row, and the ones that order it, last first.
pub(crate) struct ReadModel {
    pub(crate) table: &'static str,
    pub(crate) columns: &'static [Column],
    pub(crate) key: &'static str,
    pub(crate) order: [&'static str; 2],
}

/// One value of a row, in column order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    OptionalText(Option<String>),
    Integer(i64),
}

/// The list of cases.
pub(crate) const CASE_INDEX: ReadModel = ReadModel {
    table: "case_index",
    columns: &[
        Column {
            name: "case_id",
            kind: Kind::Text,
        },
        Column {
            name: "title",
            kind: Kind::Text,
        },
        Column {
            name: "party_names",
            kind: Kind::Text,
        },
        Column {
            name: "phase",
            kind: Kind::Text,
        },
        Column {
            name: "filed_on",
            kind: Kind::OptionalDate,
        },
        Column {
            name: "next_due",
            kind: Kind::OptionalDate,
        },
        Column {
            name: "updated_at_ms",
            kind: Kind::Milliseconds,
        },
    ],
    key: "case_id",
    order: ["updated_at_ms", "case_id"],
};

impl ReadModel {
    /// The statements that create the table and its index where they are missing.
    pub(crate) fn create(&self, dialect: Dialect) -> [String; 2] {
        let (text, integer, suffix) = match dialect {
            Dialect::Sqlite => ("TEXT", "INTEGER", " STRICT"),
            // Names and ids are compared byte by byte in both databases, whatever the locale of the server.
            Dialect::Postgres => ("TEXT COLLATE \"C\"", "BIGINT", ""),
        };
        let columns: String = self
            .columns
            .iter()
            .map(|column| match column.kind {
                Kind::Text => format!("{} {text} NOT NULL, ", column.name),
                Kind::OptionalDate => format!("{} {text}, ", column.name),
                Kind::Milliseconds => format!("{} {integer} NOT NULL, ", column.name),
            })
            .collect();
        let Self {
            table,
            key,
            order: [first, second],
            ..
        } = self;
        [
            format!(
                "CREATE TABLE IF NOT EXISTS {table} (agency {text} NOT NULL, {columns}PRIMARY KEY (agency, {key})){suffix}"
            ),
            format!(
                "CREATE INDEX IF NOT EXISTS {table}_by_{first} ON {table} (agency, {first} DESC, {second} DESC)"
            ),
        ]
    }

    /// Writes one row; parameters are the agency and the columns in order.
    pub(crate) fn upsert(&self) -> String {
        let places: String = (0..self.columns.len())
            .map(|i| format!(", ${}", i + 2))
            .collect();
        let changes: Vec<String> = self
            .columns
            .iter()
            .filter(|column| column.name != self.key)
            .map(|column| format!("{0} = excluded.{0}", column.name))
            .collect();
        format!(
            "INSERT INTO {} (agency, {}) VALUES ($1{places}) ON CONFLICT (agency, {}) DO UPDATE SET {}",
            self.table,
            self.column_names(),
            self.key,
            changes.join(", "),
        )
    }

    /// Reads the first page; parameters are the agency and the limit.
    pub(crate) fn first_page(&self) -> String {
        self.page("", 2)
    }

    /// Reads the page after a row; parameters are the agency, the two order columns of that row, and the limit.
    pub(crate) fn next_page(&self) -> String {
        let [first, second] = self.order;
        self.page(&format!(" AND ({first}, {second}) < ($2, $3)"), 4)
    }

    fn page(&self, filter: &str, limit: u32) -> String {
        let [first, second] = self.order;
        format!(
            "SELECT {} FROM {} WHERE agency = $1{filter} ORDER BY {first} DESC, {second} DESC LIMIT ${limit}",
            self.column_names(),
            self.table,
        )
    }

    fn column_names(&self) -> String {
        self.columns
            .iter()
            .map(|column| column.name)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// The row that a change writes, with its model and the agency first.
pub(crate) fn row_of(
    agency: &Agency,
    change: &RowChange,
    recorded_at_ms: i64,
) -> (&'static ReadModel, Vec<Value>) {
    match change {
        RowChange::Case(line) => (
            &CASE_INDEX,
            vec![
                Value::Text(agency.as_str().to_owned()),
                Value::Text(line.case_id.clone()),
                Value::Text(line.title.clone()),
                Value::Text(line.party_names.clone()),
                Value::Text(line.phase.clone()),
                Value::OptionalText(line.filed_on.map(|day| day.to_string())),
                Value::OptionalText(line.next_due.map(|day| day.to_string())),
                Value::Integer(recorded_at_ms),
            ],
        ),
    }
}

/// The parameters of a page of cases.
pub(crate) fn case_page(
    agency: &Agency,
    after: Option<&CaseCursor>,
    limit: u32,
) -> (String, Vec<Value>) {
    let agency = Value::Text(agency.as_str().to_owned());
    let limit = Value::Integer(limit.into());
    match after {
        None => (CASE_INDEX.first_page(), vec![agency, limit]),
        Some(cursor) => {
            let updated_at = Value::Integer(cursor.updated_at.as_millisecond());
            (
                CASE_INDEX.next_page(),
                vec![
                    agency,
                    updated_at,
                    Value::Text(cursor.case_id.clone()),
                    limit,
                ],
            )
        }
    }
}

/// A stored line of the list of cases, in column order.
pub(crate) type CaseColumns = (
    String,
    String,
    String,
    String,
    Option<String>,
    Option<String>,
    i64,
);

pub(crate) fn case_row(columns: CaseColumns) -> Result<CaseRow, StorageCause> {
    let (case_id, title, party_names, phase, filed_on, next_due, updated_at_ms) = columns;
    let date = |text: Option<String>| text.map(|text| Day::parse(&text)).transpose();
    let (filed_on, next_due) = (date(filed_on)?, date(next_due)?);
    Ok(CaseRow {
        line: CaseLine {
            case_id,
            title,
            party_names,
            phase,
            filed_on,
            next_due,
        },
        updated_at: crate::rows::timestamp(updated_at_ms)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_emitter_writes_what_both_databases_read() {
        assert_eq!(
            CASE_INDEX.next_page(),
            "SELECT case_id, title, party_names, phase, filed_on, next_due, updated_at_ms FROM case_index \
             WHERE agency = $1 AND (updated_at_ms, case_id) < ($2, $3) \
             ORDER BY updated_at_ms DESC, case_id DESC LIMIT $4"
        );
        assert_eq!(
            CASE_INDEX.upsert(),
            "INSERT INTO case_index (agency, case_id, title, party_names, phase, filed_on, next_due, updated_at_ms) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (agency, case_id) DO UPDATE SET \
             title = excluded.title, party_names = excluded.party_names, phase = excluded.phase, \
             filed_on = excluded.filed_on, next_due = excluded.next_due, updated_at_ms = excluded.updated_at_ms"
        );
        assert!(CASE_INDEX.create(Dialect::Postgres)[0].contains("updated_at_ms BIGINT NOT NULL"));
        assert!(CASE_INDEX.create(Dialect::Sqlite)[0].ends_with(" STRICT"));
    }
}
