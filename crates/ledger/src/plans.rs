//! Each named query uses its index on both databases: no full scan, and no sort where a page follows an order.

use crate::read_model::cases::{self, Search, Way};
use crate::read_model::{Dialect, Select, Value, clocks, dues, notable, numbers, outbox, todo};
use crate::{PostgresLedger, SqliteLedger, postgres, sqlite, statements};
use app::dues::Standing;
use app::ledger::{
    Agency, CaseCursor, CaseOrder, CaseQuery, ClockCursor, ClockQuery, DuesCursor, DuesOf,
    DuesQuery, Holder, NotableCursor, NotableQuery, TodoLine, TodoQuery,
};
use app::notable::Notable;
use app::numbers::Series;
use jiff::Timestamp;
use rusqlite::params_from_iter;
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};
use vocabulary::{Day, Moment};

struct Named {
    name: &'static str,
    select: Select,
    /// What the plan must name: the index, by its name in either database.
    uses: [&'static str; 2],
    is_page: bool,
}

fn named(dialect: Dialect) -> Vec<Named> {
    let agency = Agency::parse("a1").expect("a name");
    let day = Day::parse("2026-10-13").expect("a day");
    let due = Moment::from(day);
    let touched = CaseQuery {
        after: Some(CaseCursor {
            updated_at: Timestamp::UNIX_EPOCH,
            next_due: Some(day),
            case_id: "x".to_owned(),
        }),
        ..CaseQuery::default()
    };
    let by_due = CaseQuery {
        order: CaseOrder::Due,
        ..touched.clone()
    };
    // From the middle of the list on: at its end a planner may well walk the few rows that are left.
    let of_section = CaseQuery {
        section: Some("水政监察支队".to_owned()),
        after: touched.after.clone().map(|after| CaseCursor {
            updated_at: Timestamp::from_millisecond(15_000).expect("a time"),
            ..after
        }),
        ..touched.clone()
    };
    let of_section_due = CaseQuery {
        order: CaseOrder::Due,
        ..of_section.clone()
    };
    let by_phase = CaseQuery {
        phase: Some("filed".to_owned()),
        is_open: Some(true),
        filed_from: Some(day),
        ..touched.clone()
    };
    let by_procedure = CaseQuery {
        procedure: Some("license".to_owned()),
        section: None,
        ..of_section.clone()
    };
    let following = CaseQuery {
        follows: Some("7".to_owned()),
        ..CaseQuery::default()
    };
    let text = CaseQuery {
        text: Some("镕喆".to_owned()),
        ..touched.clone()
    };
    let search = Search::of(&text).expect("a text");
    let clock = ClockQuery {
        after: Some(ClockCursor {
            due,
            case_id: "x".to_owned(),
            clock_id: "y".to_owned(),
        }),
        ..ClockQuery::default()
    };
    let of_case = ClockQuery {
        case_id: Some("6".to_owned()),
        ..ClockQuery::default()
    };
    let brings = ClockQuery {
        brings_something: true,
        due_until: Some(due),
        ..clock.clone()
    };
    let unsettled = ClockQuery {
        not_settled_by: Some("2019-2027".to_owned()),
        ..clock.clone()
    };
    let series = Series {
        kind: "罚决".to_owned(),
        year: 2026,
    };
    let holder = Holder::Section("水保科".to_owned());
    let todo = TodoQuery {
        holder: holder.clone(),
        after: Some(TodoLine {
            case_id: "x".to_owned(),
            holder,
            procedure: String::new(),
            event: "e".to_owned(),
            number: 0,
            goals: String::new(),
            rule: String::new(),
            due: Some(due),
            is_open: true,
            is_paused: false,
            is_provisional: false,
        }),
    };
    let notable_query = |kind| NotableQuery {
        kind,
        after: Some(NotableCursor {
            recorded_at: Timestamp::from_millisecond(15_000).expect("a time"),
            case_id: "x".to_owned(),
            version: 3,
            kind: Notable::Late,
        }),
    };
    let dues_query = |section: Option<&str>, of| {
        let query = DuesQuery {
            section: section.map(str::to_owned),
            of,
            after: Some(DuesCursor {
                rank: 0,
                due: (false, day),
                case_id: "x".to_owned(),
                party: 1,
            }),
        };
        dues::page(&agency, &query, 50)
    };
    let unit = Some("水政监察支队");
    let later = day.plus_days(4);
    let page = |query| cases::page(&agency, query, None, dialect, 50);
    let found = |way| cases::page(&agency, &text, Some((&search, way)), dialect, 50);
    let named = |name, select, uses, is_page| Named {
        name,
        select,
        uses,
        is_page,
    };
    let key = "PRIMARY KEY";
    let of = || Value::from("a1");
    let statement = |sql: &str, values| Select {
        sql: sql.to_owned(),
        values,
        kinds: Vec::new(),
    };
    vec![
        named(
            "touched",
            page(&touched),
            ["case_index_by_touched"; 2],
            true,
        ),
        named("due", page(&by_due), ["case_index_by_due"; 2], true),
        named(
            "section",
            page(&of_section),
            ["case_index_by_section"; 2],
            true,
        ),
        named(
            "section, due",
            page(&of_section_due),
            ["case_index_by_section_due"; 2],
            true,
        ),
        named(
            "procedure",
            page(&by_procedure),
            ["case_index_by_procedure"; 2],
            true,
        ),
        named(
            "followed",
            page(&following),
            ["case_index_by_followed"; 2],
            true,
        ),
        named("phase", page(&by_phase), ["case_index_by_phase"; 2], true),
        named(
            "by words",
            found(Way::ByWords),
            ["VIRTUAL TABLE", "case_search_by_words"],
            false,
        ),
        named(
            "by order",
            found(Way::ByOrder),
            ["case_index_by_touched"; 2],
            true,
        ),
        named(
            "one case",
            cases::one(&agency, "x"),
            [key, "case_index_pkey"],
            false,
        ),
        named(
            "some cases",
            cases::some(&agency, &["1".to_owned(), "4".to_owned()], dialect),
            [key, "case_index_pkey"],
            false,
        ),
        named(
            "to do",
            todo::page(&agency, &todo, 50),
            ["todo_by_holder"; 2],
            true,
        ),
        named(
            "second looks",
            notable::page(&agency, &notable_query(None), 50),
            ["notable_by_time"; 2],
            true,
        ),
        named(
            "second looks for a reason",
            notable::page(&agency, &notable_query(Some(Notable::Late)), 50),
            ["notable_by_kind"; 2],
            true,
        ),
        named(
            "second looks in a case",
            notable::of_case(&agency, "x"),
            [key, "notable_pkey"],
            false,
        ),
        named(
            "dues",
            dues_query(None, DuesOf::All),
            ["dues_by_rank"; 2],
            true,
        ),
        named(
            "dues that are late",
            dues_query(None, DuesOf::Late(later)),
            ["dues_by_rank"; 2],
            true,
        ),
        named(
            "dues that are not",
            dues_query(None, DuesOf::NotDue(day)),
            ["dues_by_rank"; 2],
            true,
        ),
        named(
            "dues that stand so",
            dues_query(None, DuesOf::Standing(Standing::Paused)),
            ["dues_by_standing"; 2],
            true,
        ),
        named(
            "dues of a unit",
            dues_query(unit, DuesOf::All),
            ["dues_by_section_rank"; 2],
            true,
        ),
        named(
            "dues of a unit that stand so",
            dues_query(unit, DuesOf::Standing(Standing::Paused)),
            ["dues_by_section_standing"; 2],
            true,
        ),
        named(
            "dues by code",
            dues::by_code(&agency, "7"),
            ["dues_by_code"; 2],
            false,
        ),
        named(
            "dues by number",
            dues::by_number(&agency, "罚7"),
            ["dues_by_number"; 2],
            false,
        ),
        named(
            "dues of cases",
            dues::of_cases(&agency, &["1".to_owned(), "4".to_owned()], dialect),
            [key, "dues_pkey"],
            false,
        ),
        named(
            "to do in a case",
            todo::of_case(&agency, "x"),
            [key, "todo_pkey"],
            false,
        ),
        named(
            "clocks",
            clocks::page(&agency, &clock, 50),
            ["due_clocks_by_due"; 2],
            true,
        ),
        named(
            "clocks of a case",
            clocks::page(&agency, &of_case, 50),
            [key, "due_clocks_pkey"],
            false,
        ),
        named(
            "clocks to settle",
            clocks::page(&agency, &unsettled, 50),
            ["due_clocks_provisional"; 2],
            false,
        ),
        named(
            "clocks that bring",
            clocks::page(&agency, &brings, 50),
            ["due_clocks_that_bring"; 2],
            false,
        ),
        named(
            "numbers",
            numbers::page(&agency, &series, 5, 50),
            [key, "numbers_pkey"],
            true,
        ),
        named(
            "a number",
            numbers::by_text(&agency, "罚7"),
            ["numbers_by_text"; 2],
            false,
        ),
        named(
            "entries of a stream",
            statement(
                statements::ENTRIES_OF_STREAM,
                vec![of(), "case/5".into(), 0.into()],
            ),
            ["entries_2", "entries_agency_stream_stream_version_key"],
            false,
        ),
        named(
            "parts of a stream",
            statement(
                statements::PARTS_OF_STREAM,
                vec![of(), "case/5".into(), 0.into()],
            ),
            ["entries_2", "entries_agency_stream_stream_version_key"],
            false,
        ),
        named(
            "a key that was used",
            statement(statements::REQUEST, vec![of(), "k7".into()]),
            ["idempotency_keys_1", "idempotency_keys_pkey"],
            false,
        ),
        named(
            "streams of a kind",
            statement(
                statements::STREAMS,
                vec![of(), "case/5".into(), "case/6".into(), "".into(), 9.into()],
            ),
            [key, "streams_pkey"],
            true,
        ),
        named(
            "outstanding",
            outbox::outstanding(&agency, 50),
            ["outbox_outstanding"; 2],
            true,
        ),
    ]
}

/// Rows enough that a planner has a choice; `series` gives the numbers 1 to 20,000 as `n`, `blob` is an empty one.
fn rows(series: &str, blob: &str) -> Vec<String> {
    let many =
        |into: &str, columns: &str| format!("INSERT INTO {into} SELECT {columns} FROM {series}");
    vec![
        many(
            "entries",
            &format!("'a' || (n % 3), n, 'id' || n, 'case/' || (n % 2000), n, n, {blob}"),
        ),
        many(
            "parts",
            &format!("'a' || (n % 3), n, 'public', 'public', {blob}, {blob}"),
        ),
        many("streams", "'a' || (n % 3), 'case/' || n, n"),
        many(
            "idempotency_keys",
            &format!("'a' || (n % 3), 'k' || n, {blob}, n"),
        ),
        many(
            "case_index",
            "'a' || (n % 3), CAST(n AS TEXT), 't', 'p', 'phase' || (n % 7), '2026-01-01', \
             CASE WHEN n % 2 = 0 THEN '2026-10-1' || (n % 10) END, NULL, n % 2, n, CASE WHEN n % 5 = 0 THEN '水政监察支队' ELSE '水保科' END, \
             CASE WHEN n % 7 = 0 THEN 'license' ELSE 'penalty.ordinary' END, CASE WHEN n % 50 = 0 THEN CAST(n / 50 AS TEXT) END, \
             CASE WHEN n % 3 = 0 THEN 'P-SF69-1' ELSE '' END, CASE WHEN n % 4 = 0 THEN 'sites:x01' ELSE '' END",
        ),
        many(
            "due_clocks",
            "'a' || (n % 3), CAST(n AS TEXT), 'c', 'r', CASE WHEN n % 50 = 0 THEN 'b' ELSE '' END, 0, '2026-01-01', \
             '2026-10-1' || (n % 10), CASE WHEN n % 50 = 1 THEN '2019-2026' ELSE '' END",
        ),
        many(
            "todo",
            "'a' || (n % 3), CAST(n AS TEXT), CASE WHEN n % 5 = 0 THEN 'section:水政监察支队' ELSE 'section:水保科' END, 'e', 0, \
             CASE WHEN n % 4 = 0 THEN '~' ELSE '2026-10-1' || (n % 10) END, 'p', '', 'r', 1, 0, 0",
        ),
        many(
            "notable",
            "'a' || (n % 3), CAST(n AS TEXT), 1, CASE WHEN n % 5 = 0 THEN 'late' ELSE 'reason' END, 'e', n",
        ),
        many(
            "dues",
            "'a' || (n % 3), CAST(n AS TEXT), 1, 'p', CASE WHEN n % 5 = 0 THEN '水政监察支队' ELSE '水保科' END, n % 4, \
             CASE WHEN n % 4 = 2 THEN 'paused' WHEN n % 4 = 0 THEN 'open' ELSE 'settled' END, \
             CASE WHEN n % 7 = 0 THEN '~' ELSE '2026-10-1' || (n % 10) END, 1, 0, 1, 0, \
             CAST(n AS TEXT), '罚' || n, CAST(n AS TEXT), '罚' || n",
        ),
        many(
            "numbers",
            "'a' || (n % 3), '罚决', 2020 + n % 9, n, 'issued', '罚' || n, n",
        ),
        many(
            "outbox",
            "'a' || (n % 3), n, 0, 't', '{}', CASE WHEN n % 10 = 0 THEN 0 ELSE 1 END",
        ),
    ]
}

#[test]
fn sqlite_uses_the_indexes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("record.sqlite");
    let _ledger = SqliteLedger::open(&path).expect("a file");
    let connection = rusqlite::Connection::open(&path).expect("the same file");
    let series = "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 20000) SELECT n FROM s)";
    for sql in rows(series, "x''") {
        connection.execute_batch(&sql).expect("rows");
    }
    for query in named(Dialect::Sqlite) {
        let mut statement = connection
            .prepare(&format!("EXPLAIN QUERY PLAN {}", query.select.sql))
            .expect("a statement");
        let values = params_from_iter(query.select.values.iter().map(sqlite::sql_value));
        let lines: Vec<String> = statement
            .query_map(values, |row| row.get(3))
            .and_then(Iterator::collect)
            .expect("a plan");
        let plan = lines.join("\n");
        let name = query.name;
        assert!(plan.contains(query.uses[0]), "{name}: {plan}");
        let scans = |line: &&String| line.starts_with("SCAN") && !line.contains("VIRTUAL TABLE");
        assert_eq!(lines.iter().find(scans), None, "{name}: {plan}");
        assert!(
            !query.is_page || !plan.contains("TEMP B-TREE"),
            "{name}: {plan}"
        );
    }
}

#[tokio::test]
async fn postgres_uses_the_indexes() {
    let database = testkit::postgres::fresh_database();
    let _ledger = PostgresLedger::connect(&database.url())
        .await
        .expect("a database");
    let mut statements = rows("(SELECT generate_series(1, 20000) AS n) series", "''");
    statements.push(
        "INSERT INTO case_search SELECT agency, case_id, case_id, array_to_tsvector(ARRAY[case_id]) FROM case_index"
            .to_owned(),
    );
    statements.push("ANALYZE".to_owned());
    for sql in statements {
        database.run_sql(&sql);
    }
    let mut connection = PgConnection::connect(&database.url())
        .await
        .expect("the same");
    for query in named(Dialect::Postgres) {
        let sql = format!("EXPLAIN {}", query.select.sql);
        let explain = postgres::bind_values(sqlx::query(AssertSqlSafe(sql)), query.select.values);
        let rows = explain.fetch_all(&mut connection).await.expect("a plan");
        let lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let (name, plan) = (query.name, lines.join("\n"));
        assert!(plan.contains(query.uses[1]), "{name}: {plan}");
        assert!(!plan.contains("Seq Scan"), "{name}: {plan}");
        assert!(!query.is_page || !plan.contains("Sort"), "{name}: {plan}");
    }
}
