//! The record as it is at one moment, while others go on writing.

use super::{AgencySize, BackupError, Cell, TABLES, Table};
use crate::{postgres, sqlite};
use std::path::Path;

/// The record as it is at one moment.
pub struct Snapshot {
    of: Of,
    agencies: Vec<AgencySize>,
    rows: Vec<u64>,
}

enum Of {
    Sqlite(sqlite::backup::Snapshot),
    Postgres(Box<postgres::backup::Snapshot>),
}

impl Snapshot {
    /// Of a file, also beside the process that writes it.
    pub fn of_sqlite(path: &Path) -> Result<Self, BackupError> {
        let snapshot = sqlite::backup::Snapshot::open(path)?;
        let mut agencies = Vec::new();
        let heads = |row: &[Cell]| {
            agencies.extend(head(row));
            Ok(())
        };
        snapshot.rows(&TABLES[0], heads)?;
        let rows = TABLES.iter().map(|table| snapshot.count(table));
        let rows = rows.collect::<Result<_, _>>()?;
        Ok(Self {
            of: Of::Sqlite(snapshot),
            agencies,
            rows,
        })
    }

    /// Of a database, also beside the processes that write it.
    pub async fn of_postgres(url: &str) -> Result<Self, BackupError> {
        let mut snapshot = postgres::backup::Snapshot::connect(url).await?;
        let mut agencies = Vec::new();
        let heads = |row: &[Cell]| {
            agencies.extend(head(row));
            Ok(())
        };
        snapshot.rows(&TABLES[0], heads).await?;
        let mut rows = Vec::new();
        for table in &TABLES {
            rows.push(snapshot.count(table).await?);
        }
        Ok(Self {
            of: Of::Postgres(Box::new(snapshot)),
            agencies,
            rows,
        })
    }

    /// The logs.
    pub fn agencies(&self) -> &[AgencySize] {
        &self.agencies
    }

    /// The number of rows of each table.
    pub fn row_counts(&self) -> &[u64] {
        &self.rows
    }

    /// Hands over every row of a table, in the order of its key.
    pub async fn rows(
        &mut self,
        table: &Table,
        each: impl FnMut(&[Cell]) -> Result<(), BackupError>,
    ) -> Result<(), BackupError> {
        match &mut self.of {
            Of::Sqlite(snapshot) => snapshot.rows(table, each),
            Of::Postgres(snapshot) => snapshot.rows(table, each).await,
        }
    }
}

fn head(row: &[Cell]) -> Option<AgencySize> {
    let [Cell::Text(agency), Cell::Integer(size), _] = row else {
        return None;
    };
    Some(AgencySize {
        agency: agency.clone(),
        size: u64::try_from(*size).ok()?,
    })
}
