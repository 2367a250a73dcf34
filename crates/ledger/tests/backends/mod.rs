//! The two databases, as the contract sees them.

use app::drafts::Drafts;
use app::ledger::Ledger;
use ledger::{PostgresLedger, SqliteLedger};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use testkit::postgres::{Database, fresh_database};

/// An empty database of its own, and ways to reach it past the program.
pub trait Backend {
    /// Opens the record, as a start of the program does.
    async fn open(&self) -> Arc<dyn Ledger>;
    /// The record as another worker sees it: another process where the database allows one, else the same handle.
    async fn beside(&self, ledger: &Arc<dyn Ledger>) -> Arc<dyn Ledger>;
    /// The drafts that the same database keeps.
    async fn drafts(&self) -> Arc<dyn Drafts>;
    /// Changes the database behind the back of the program.
    fn run_sql(&self, sql: &str);
    /// A database as the program of structure version 1 wrote it.
    fn step_1(&self) -> &'static str;
    /// A literal of the bytes of an ASCII text.
    fn text_as_bytes(&self, text: &str) -> String;
    /// A literal of any bytes.
    fn bytes(&self, bytes: &[u8]) -> String;
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub struct Sqlite {
    folder: TempDir,
}

impl Sqlite {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("record.sqlite")
    }
}

impl Backend for Sqlite {
    async fn open(&self) -> Arc<dyn Ledger> {
        Arc::new(SqliteLedger::open(&self.path()).expect("an SQLite file"))
    }

    async fn drafts(&self) -> Arc<dyn Drafts> {
        Arc::new(SqliteLedger::open(&self.path()).expect("an SQLite file"))
    }

    async fn beside(&self, ledger: &Arc<dyn Ledger>) -> Arc<dyn Ledger> {
        Arc::clone(ledger)
    }

    fn run_sql(&self, sql: &str) {
        let connection = rusqlite::Connection::open(self.path()).expect("the same file");
        connection
            .execute_batch(sql)
            .expect("the statement of the test");
    }

    fn step_1(&self) -> &'static str {
        include_str!("../golden/step1_sqlite.sql")
    }

    fn text_as_bytes(&self, text: &str) -> String {
        format!("CAST('{text}' AS BLOB)")
    }

    fn bytes(&self, bytes: &[u8]) -> String {
        format!("X'{}'", hex(bytes))
    }
}

pub struct Postgres {
    database: Database,
}

impl Postgres {
    pub fn new() -> Self {
        Self {
            database: fresh_database(),
        }
    }

    pub fn url(&self) -> String {
        self.database.url()
    }
}

impl Backend for Postgres {
    async fn open(&self) -> Arc<dyn Ledger> {
        Arc::new(
            PostgresLedger::connect(&self.database.url())
                .await
                .expect("a PostgreSQL database"),
        )
    }

    async fn drafts(&self) -> Arc<dyn Drafts> {
        let ledger = PostgresLedger::connect(&self.database.url()).await;
        Arc::new(ledger.expect("a PostgreSQL database"))
    }

    async fn beside(&self, _: &Arc<dyn Ledger>) -> Arc<dyn Ledger> {
        self.open().await
    }

    fn run_sql(&self, sql: &str) {
        self.database.run_sql(sql);
    }

    fn step_1(&self) -> &'static str {
        include_str!("../golden/step1_postgres.sql")
    }

    fn text_as_bytes(&self, text: &str) -> String {
        format!("convert_to('{text}', 'UTF8')")
    }

    fn bytes(&self, bytes: &[u8]) -> String {
        format!("decode('{}', 'hex')", hex(bytes))
    }
}
