//! What a backup promises: one moment, every table, every byte, and nothing from a damaged one.

use crate::backends::{Backend, Postgres, Sqlite};
use crate::{agency, append_to, fill, stream, with_case};
use app::ledger::{Append, OutboxItem, StoredCheckpoint};
use ledger::backup::{
    BackupError, Cell, Header, Item, Kind, LEFT_OUT, Reader, Snapshot, TABLES, Table, Target,
    Writer,
};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use std::path::Path;
use tempfile::TempDir;

/// A record with rows in every table.
async fn filled(backend: &impl Backend) {
    let ledger = backend.open().await;
    for version in 0..4 {
        let mut append: Append = with_case(append_to("case/1", version), "1", "filing");
        append.outbox.push(OutboxItem {
            topic: "publish".to_owned(),
            payload: json!({ "id": version }),
        });
        ledger.append(append).await.expect("the next version");
    }
    ledger.done(&agency(), 1, 0).await.expect("done");
    let checkpoint = StoredCheckpoint {
        size: 4,
        note: "一份签名\n".to_owned(),
    };
    ledger
        .keep_checkpoint(&agency(), &checkpoint)
        .await
        .expect("kept");
    let note = app::notes::Note {
        kind: "secret".to_owned(),
        id: "luqy".to_owned(),
        owner: "luqy".to_owned(),
        until: crate::noon(),
        version: 1,
        body: "{\"密\":1}".to_owned(),
    };
    assert!(ledger.keep_note(&agency(), &note).await.expect("kept"));
    backend.run_sql(
        "INSERT INTO number_series VALUES ('yongan', 'case', 2026, 3); \
         INSERT INTO numbers VALUES ('yongan', 'case', 2026, 1, 'issued', '永水罚〔2026〕1号', 0), \
         ('yongan', 'case', 2026, 2, 'paper', '', 1)",
    );
}

/// The whole copy, in memory.
async fn copy(mut snapshot: Snapshot) -> Vec<u8> {
    let header = Header {
        made_at: "2026-10-13T04:00:00Z".to_owned(),
        agencies: snapshot.agencies().to_vec(),
        tables: Header::tables(snapshot.row_counts()),
        public_keys: vec![],
        with_keys: false,
        beside: vec![],
    };
    let mut writer = Writer::new(Vec::new(), &header).expect("memory");
    for table in &TABLES {
        writer.table(table).expect("memory");
        snapshot
            .rows(table, |row| writer.row(row))
            .await
            .expect("rows");
    }
    writer.finish().expect("memory")
}

async fn put_back(backup: &[u8], mut target: Target) -> Result<(), BackupError> {
    let mut reader = Reader::open(backup)?;
    while let Some(item) = reader.next()? {
        if let Item::Row(table, row) = item {
            target.insert(table, row).await?;
        }
    }
    target.finish().await
}

/// Every row of every table as text, read past the code under test.
fn sqlite_rows(path: &Path) -> Vec<String> {
    let connection = rusqlite::Connection::open(path).expect("the file");
    let mut found = Vec::new();
    for table in &TABLES {
        let row = as_text(table, |column, kind| match kind {
            Kind::Bytes => format!("'\\x' || lower(hex({column}))"),
            Kind::Integer | Kind::Text => format!("CAST({column} AS TEXT)"),
        });
        let mut statement = connection.prepare(&row).expect("a table");
        let rows = statement
            .query_map([], |row| row.get::<_, String>(0))
            .expect("rows");
        found.extend(rows.map(|row| format!("{} {}", table.name, row.expect("text"))));
    }
    found
}

async fn postgres_rows(url: &str) -> Vec<String> {
    let mut connection = PgConnection::connect(url).await.expect("the database");
    let mut found = Vec::new();
    for table in &TABLES {
        let row = as_text(table, |column, _| format!("CAST({column} AS TEXT)"));
        let rows: Vec<(String,)> = sqlx::query_as(AssertSqlSafe(row))
            .fetch_all(&mut connection)
            .await
            .expect("rows");
        found.extend(
            rows.into_iter()
                .map(|(row,)| format!("{} {row}", table.name)),
        );
    }
    found
}

fn as_text(table: &Table, cast: impl Fn(&str, Kind) -> String) -> String {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|(column, kind)| cast(column, *kind))
        .collect();
    let key: Vec<&str> = table
        .columns
        .iter()
        .take(table.key)
        .map(|(name, _)| *name)
        .collect();
    format!(
        "SELECT {} FROM {} ORDER BY {}",
        columns.join(" || '|' || "),
        table.name,
        key.join(", ")
    )
}

#[tokio::test]
async fn a_record_comes_back_byte_for_byte_in_all_four_directions() {
    let (sqlite, postgres) = (Sqlite::new(), Postgres::new());
    filled(&sqlite).await;
    filled(&postgres).await;
    for (from, backup, rows) in [
        (
            "SQLite",
            copy(Snapshot::of_sqlite(&sqlite.path()).expect("a moment")).await,
            sqlite_rows(&sqlite.path()),
        ),
        (
            "PostgreSQL",
            copy(
                Snapshot::of_postgres(&postgres.url())
                    .await
                    .expect("a moment"),
            )
            .await,
            postgres_rows(&postgres.url()).await,
        ),
    ] {
        for table in &TABLES {
            let prefix = format!("{} ", table.name);
            assert!(
                rows.iter().any(|row| row.starts_with(&prefix)),
                "{} has rows to lose",
                table.name
            );
        }
        let to_sqlite = Sqlite::new();
        let target = Target::sqlite(&to_sqlite.path()).expect("an empty place");
        put_back(&backup, target).await.expect("restored");
        assert_eq!(sqlite_rows(&to_sqlite.path()), rows, "{from} to SQLite");
        let to_postgres = Postgres::new();
        let target = Target::postgres(&to_postgres.url()).await;
        put_back(&backup, target.expect("an empty place"))
            .await
            .expect("restored");
        assert_eq!(
            postgres_rows(&to_postgres.url()).await,
            rows,
            "{from} to PostgreSQL"
        );
        // And both go on: the program opens them, knows that the views are to be made, and appends.
        let opened = [to_sqlite.open().await, to_postgres.open().await];
        for ledger in opened {
            assert!(!ledger.views_are_current().await.expect("read"));
            let next = ledger.append(append_to("case/1", 4)).await;
            assert_eq!(next.expect("the next version").leaf_index, 4, "{from}");
        }
    }
}

#[tokio::test]
async fn every_table_is_either_copied_or_left_out_for_a_reason() {
    let (sqlite, postgres) = (Sqlite::new(), Postgres::new());
    drop((sqlite.open().await, postgres.open().await));
    let connection = rusqlite::Connection::open(sqlite.path()).expect("the file");
    let mut statement = connection
        .prepare(
            "SELECT t.name, c.name, c.type FROM sqlite_schema t, pragma_table_info(t.name) c \
             WHERE t.type = 'table' ORDER BY t.name, c.cid",
        )
        .expect("the schema");
    let found = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .expect("the schema")
        .collect::<Result<Vec<_>, _>>();
    compare("SQLite", found.expect("the schema"));
    let mut connection = PgConnection::connect(&postgres.url())
        .await
        .expect("the database");
    let found = sqlx::query_as(
        "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns \
         WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position",
    )
    .fetch_all(&mut connection)
    .await;
    compare("PostgreSQL", found.expect("the schema"));
}

fn compare(database: &str, found: Vec<(String, String, String)>) {
    let kind = |name: &str| match name.to_ascii_lowercase().as_str() {
        "integer" | "bigint" => Kind::Integer,
        "text" => Kind::Text,
        "blob" | "bytea" => Kind::Bytes,
        other => panic!("{database}: a type {other} that no backup knows"),
    };
    // The search index of SQLite keeps itself in tables of its own.
    let is_left_out = |table: &str| {
        LEFT_OUT
            .iter()
            .any(|(name, _)| table == *name || table.starts_with(&format!("{name}_")))
    };
    let mut columns: Vec<(String, String, Kind)> = found
        .into_iter()
        .filter(|(table, ..)| !is_left_out(table))
        .map(|(table, column, name)| {
            let kind = kind(&name);
            (table, column, kind)
        })
        .collect();
    let mut expected: Vec<(String, String, Kind)> = TABLES
        .iter()
        .flat_map(|table| {
            let column = |(column, kind): &(&str, Kind)| {
                (table.name.to_owned(), (*column).to_owned(), *kind)
            };
            table.columns.iter().map(column)
        })
        .collect();
    columns.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    expected.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    assert_eq!(
        columns, expected,
        "{database}: add a new table to ledger::backup::TABLES, or to LEFT_OUT with its reason"
    );
}

#[tokio::test]
async fn a_copy_shows_one_moment_while_others_write() {
    let (sqlite, postgres) = (Sqlite::new(), Postgres::new());
    for is_sqlite in [true, false] {
        let ledger = match is_sqlite {
            true => sqlite.open().await,
            false => postgres.open().await,
        };
        fill(ledger.as_ref(), "case/1", 3).await;
        let writers = async {
            for version in 0..40 {
                let append = append_to("case/2", version);
                ledger.append(append).await.expect("the next version");
            }
        };
        let copies = async {
            let mut sizes = Vec::new();
            for _ in 0..8 {
                let snapshot = match is_sqlite {
                    true => Snapshot::of_sqlite(&sqlite.path()),
                    false => Snapshot::of_postgres(&postgres.url()).await,
                };
                let backup = {
                    let snapshot = snapshot.expect("a moment");
                    // Surely something is written between the beginning of the copy and its end.
                    let late = stream("case/3");
                    let known = ledger.read_stream(&agency(), &late, 0).await;
                    let version = u64::try_from(known.expect("read").len()).expect("few");
                    let append = append_to("case/3", version);
                    ledger.append(append).await.expect("the next version");
                    copy(snapshot).await
                };
                sizes.push(consistent(&backup));
            }
            sizes
        };
        let ((), sizes) = tokio::join!(writers, copies);
        let all = ledger.tree_size(&agency()).await.expect("read");
        assert!(
            sizes.iter().all(|size| *size < all && *size >= 3),
            "{sizes:?} before {all}"
        );
        assert!(sizes.is_sorted(), "{sizes:?}");
    }
}

/// The size of the log, when head, entries and streams of a copy say the same.
fn consistent(backup: &[u8]) -> u64 {
    let mut reader = Reader::open(backup).expect("a backup");
    let (mut head, mut entries, mut versions) = (0, 0, 0);
    while let Some(item) = reader.next().expect("whole") {
        match item {
            Item::Row(Table { name: "heads", .. }, row) => head += integer(&row, 1),
            Item::Row(
                Table {
                    name: "entries", ..
                },
                _,
            ) => entries += 1,
            Item::Row(
                Table {
                    name: "streams", ..
                },
                row,
            ) => versions += integer(&row, 2),
            _ => {}
        }
    }
    assert_eq!((head, head), (entries, versions), "head, entries, streams");
    u64::try_from(head).expect("a size")
}

fn integer(row: &[Cell], at: usize) -> i64 {
    match row.get(at) {
        Some(Cell::Integer(number)) => *number,
        other => panic!("{other:?} is no number"),
    }
}

#[tokio::test]
async fn a_changed_or_broken_off_backup_is_never_read_to_its_end() {
    let sqlite = Sqlite::new();
    filled(&sqlite).await;
    let backup = copy(Snapshot::of_sqlite(&sqlite.path()).expect("a moment")).await;
    let read = |bytes: &[u8]| -> Result<(), BackupError> {
        let mut reader = Reader::open(bytes)?;
        while reader.next()?.is_some() {}
        Ok(())
    };
    read(&backup).expect("as it was written");
    for length in 0..backup.len() {
        let cut = backup.get(..length).expect("shorter");
        assert!(read(cut).is_err(), "cut to {length} bytes");
    }
    for at in 0..backup.len() {
        let mut changed = backup.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(read(&changed).is_err(), "byte {at} changed");
    }
    let mut longer = backup.clone();
    longer.push(0);
    assert!(read(&longer).is_err(), "a byte more");
    let mut newer = backup.clone();
    newer[17] += 1;
    assert!(matches!(
        read(&newer),
        Err(BackupError::TooNew { found: 2, known: 1 })
    ));
}

#[tokio::test]
async fn a_place_that_is_not_empty_is_left_alone_and_a_given_up_restore_leaves_nothing() {
    let (sqlite, postgres) = (Sqlite::new(), Postgres::new());
    filled(&sqlite).await;
    filled(&postgres).await;
    let before = (
        sqlite_rows(&sqlite.path()),
        postgres_rows(&postgres.url()).await,
    );
    let refused = [
        Target::sqlite(&sqlite.path()).err(),
        Target::postgres(&postgres.url()).await.err(),
    ];
    for error in refused {
        assert!(matches!(error, Some(BackupError::NotEmpty(_))), "{error:?}");
    }
    let after = (
        sqlite_rows(&sqlite.path()),
        postgres_rows(&postgres.url()).await,
    );
    assert_eq!(before, after);

    let backup = copy(Snapshot::of_sqlite(&sqlite.path()).expect("a moment")).await;
    let cut = backup.get(..backup.len() / 2).expect("shorter");
    let folder = TempDir::new().expect("a folder");
    let target = Target::sqlite(&folder.path().join("record.sqlite")).expect("an empty place");
    assert!(put_back(cut, target).await.is_err());
    let left = std::fs::read_dir(folder.path())
        .expect("the folder")
        .count();
    assert_eq!(left, 0, "files in the folder");
    let empty = Postgres::new();
    let target = Target::postgres(&empty.url())
        .await
        .expect("an empty place");
    assert!(put_back(cut, target).await.is_err());
    assert_eq!(postgres_rows(&empty.url()).await, Vec::<String>::new());
    // And the next attempt finds an empty place.
    let target = Target::postgres(&empty.url())
        .await
        .expect("an empty place");
    put_back(&backup, target).await.expect("restored");
    assert_eq!(postgres_rows(&empty.url()).await, before.0);
}
