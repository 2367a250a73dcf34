//! An empty place that a backup is put back into, all of it or nothing.

use super::{BackupError, Cell, Table};
use crate::{postgres, sqlite};
use std::path::Path;

/// An empty place. Dropped before [`Target::finish`], it stays empty.
pub struct Target(Of);

enum Of {
    Sqlite(sqlite::backup::Target),
    Postgres(Box<postgres::backup::Target>),
}

impl Target {
    /// A file that is not there yet.
    pub fn sqlite(path: &Path) -> Result<Self, BackupError> {
        Ok(Self(Of::Sqlite(sqlite::backup::Target::create(path)?)))
    }

    /// A database that holds no record yet.
    pub async fn postgres(url: &str) -> Result<Self, BackupError> {
        let target = postgres::backup::Target::connect(url).await?;
        Ok(Self(Of::Postgres(Box::new(target))))
    }

    /// Puts back a row.
    pub async fn insert(
        &mut self,
        table: &'static Table,
        row: Vec<Cell>,
    ) -> Result<(), BackupError> {
        match &mut self.0 {
            Of::Sqlite(target) => target.insert(table, row),
            Of::Postgres(target) => target.insert(table, row).await,
        }
    }

    /// Everything is there: makes it durable and gives it its name. The views are still to be made.
    pub async fn finish(self) -> Result<(), BackupError> {
        match self.0 {
            Of::Sqlite(target) => target.finish(),
            Of::Postgres(target) => target.finish().await,
        }
    }
}
