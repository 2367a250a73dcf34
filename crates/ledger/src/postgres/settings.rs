//! What the server must do so that acknowledged is durable: read back, not believed.

use sqlx::PgConnection;

/// Settings of the server and the session with the only value that keeps the promise.
const REQUIRED: [(&str, &str); 3] = [
    // Without it a commit survives no power cut.
    ("fsync", "on"),
    // Without it a page half written in a power cut stays torn.
    ("full_page_writes", "on"),
    // Asked for by our connection; a pooler in between may have dropped it.
    ("synchronous_commit", "on"),
];

/// Why the server is not used. Shown to whoever starts the program, hence in Chinese.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// A setting that durability rests on has another value.
    #[error(
        "PostgreSQL 的设置 {name} 应为 {expected}，实际为 {found}；这样不能保证已确认的记录不丢失，请联系数据库管理员改正后再启动"
    )]
    Wrong {
        /// The name of the setting.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What the server reports.
        found: String,
    },
    /// The settings could not be read.
    #[error("不能读取 PostgreSQL 的设置")]
    Unreadable(#[source] sqlx::Error),
}

pub(super) async fn check(connection: &mut PgConnection) -> Result<(), SettingError> {
    for (name, expected) in REQUIRED {
        let (found,): (String,) = sqlx::query_as("SELECT current_setting($1)")
            .bind(name)
            .fetch_one(&mut *connection)
            .await
            .map_err(SettingError::Unreadable)?;
        judge(name, expected, found)?;
    }
    Ok(())
}

fn judge(name: &'static str, expected: &'static str, found: String) -> Result<(), SettingError> {
    if found == expected {
        return Ok(());
    }
    Err(SettingError::Wrong {
        name,
        expected,
        found,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Connection;
    use testkit::postgres::fresh_database;

    #[tokio::test]
    async fn a_session_that_does_not_wait_for_the_disk_is_refused() {
        let database = fresh_database();
        let mut connection = PgConnection::connect(&database.url())
            .await
            .expect("a database");
        check(&mut connection).await.expect("a server that syncs");
        sqlx::query("SET synchronous_commit = off")
            .execute(&mut connection)
            .await
            .expect("allowed to anybody");
        let refused = check(&mut connection).await.expect_err("not durable");
        assert_eq!(
            refused.to_string(),
            "PostgreSQL 的设置 synchronous_commit 应为 on，实际为 off；这样不能保证已确认的记录不丢失，\
             请联系数据库管理员改正后再启动"
        );
    }
}
