//! Lists of cases and clocks: each filter, each order, the search, paging, and rows written anew.

use crate::backends::Backend;
use crate::{agency, append_to, day, fill, noon, with_case};
use app::ledger::{
    Append, CaseLine, CaseOrder, CaseQuery, CaseRow, CaseRows, ClockCursor, ClockLine, ClockQuery,
    Ledger, RowChange,
};
use jiff::ToSpan;
use vocabulary::Moment;

fn moment(text: &str) -> Moment {
    Moment::parse(text).expect("a moment")
}

fn clock(case_id: &str, clock_id: &str, due: &str, brings: &str) -> ClockLine {
    ClockLine {
        case_id: case_id.to_owned(),
        clock_id: clock_id.to_owned(),
        rule: "decision_within".to_owned(),
        brings: brings.to_owned(),
        number: 7,
        since: day("2026-10-01"),
        due: moment(due),
        provisional_by: String::new(),
    }
}

fn line(case_id: &str, change: impl FnOnce(&mut CaseLine)) -> Append {
    let mut append = with_case(append_to(&format!("case/{case_id}"), 0), case_id, "filed");
    if let Some(RowChange::Case(line)) = append.projections.first_mut() {
        change(line);
    }
    append
}

async fn ids(ledger: &dyn Ledger, query: CaseQuery) -> Vec<String> {
    let found = ledger.cases(&agency(), &query, 100).await.expect("read");
    found.into_iter().map(|row| row.line.case_id).collect()
}

async fn found(ledger: &dyn Ledger, text: &str) -> Vec<String> {
    let text = Some(text.to_owned());
    ids(
        ledger,
        CaseQuery {
            text,
            ..CaseQuery::default()
        },
    )
    .await
}

pub async fn each_filter_and_order_of_the_case_list(backend: impl Backend) {
    let ledger = backend.open().await;
    let appends = [
        line("a", |l| l.next_due = Some(day("2026-10-20"))),
        line("b", |l| {
            l.phase = "decided".to_owned();
            l.section = "水保科".to_owned();
            l.procedure = "license".to_owned();
            l.next_due = Some(day("2026-10-15"));
            l.filed_on = Some(day("2026-09-01"));
        }),
        line("c", |l| l.is_open = false),
        line("d", |l| {
            l.filed_on = None;
            l.next_due = Some(day("2026-10-15"));
        }),
    ];
    for append in appends {
        ledger.append(append).await.expect("a case");
    }
    let all = CaseQuery::default;
    assert_eq!(ids(&*ledger, all()).await, ["d", "c", "b", "a"]);
    let due = CaseQuery {
        order: CaseOrder::Due,
        ..all()
    };
    assert_eq!(ids(&*ledger, due.clone()).await, ["b", "d", "a"]);
    let section = CaseQuery {
        section: Some("水保科".to_owned()),
        ..CaseQuery::default()
    };
    assert_eq!(ids(&*ledger, section).await, ["b"]);
    let phase = CaseQuery {
        phase: Some("decided".to_owned()),
        ..all()
    };
    assert_eq!(ids(&*ledger, phase).await, ["b"]);
    let kind = CaseQuery {
        procedure: Some("license".to_owned()),
        ..all()
    };
    assert_eq!(ids(&*ledger, kind).await, ["b"]);
    let closed = CaseQuery {
        is_open: Some(false),
        ..all()
    };
    assert_eq!(ids(&*ledger, closed).await, ["c"]);
    let from = CaseQuery {
        filed_from: Some(day("2026-09-02")),
        ..all()
    };
    assert_eq!(ids(&*ledger, from).await, ["c", "a"]);
    let until = CaseQuery {
        filed_until: Some(day("2026-09-01")),
        ..all()
    };
    assert_eq!(ids(&*ledger, until).await, ["b"]);
    let joined = CaseQuery {
        text: Some("张镕喆".to_owned()),
        is_open: Some(true),
        ..due.clone()
    };
    assert_eq!(ids(&*ledger, joined).await, ["b", "d", "a"]);
    let first = ledger
        .cases(&agency(), &due, 1)
        .await
        .expect("read")
        .remove(0);
    let rest = CaseQuery {
        after: Some(first.cursor()),
        ..due
    };
    assert_eq!(ids(&*ledger, rest).await, ["d", "a"]);
    let row = ledger
        .case_row(&agency(), "d")
        .await
        .expect("read")
        .expect("there");
    assert_eq!(
        (row.line.filed_on, row.line.next_due),
        (None, Some(day("2026-10-15")))
    );
    assert_eq!(ledger.case_row(&agency(), "e").await.expect("read"), None);
}

pub async fn no_line_is_lost_between_pages_while_cases_come_in(backend: impl Backend) {
    let ledger = backend.open().await;
    for case in 0..20 {
        let mut append = line(&format!("{case:02}"), |_| {});
        append.now = noon() + i64::from(case / 3).seconds();
        ledger.append(append).await.expect("a case");
    }
    let mut seen: Vec<String> = Vec::new();
    let mut query = CaseQuery::default();
    loop {
        let page = ledger.cases(&agency(), &query, 3).await.expect("read");
        let Some(last) = page.last() else { break };
        query.after = Some(last.cursor());
        seen.extend(page.iter().map(|row| row.line.case_id.clone()));
        let mut new = line(&format!("new{}", seen.len()), |_| {});
        new.now = noon() + 1.hour();
        ledger.append(new).await.expect("a case");
    }
    let expected: Vec<String> = (0..20).rev().map(|case| format!("{case:02}")).collect();
    assert_eq!(seen, expected);
}

pub async fn text_is_found_from_two_characters_on(backend: impl Backend) {
    let ledger = backend.open().await;
    let named = |id: &str, title: &str, names: &str| {
        let (title, names) = (title.to_owned(), names.to_owned());
        line(id, |l| {
            l.title = title;
            l.party_names = names;
        })
    };
    let appends = [
        named("a", "超许可取水", "张镕喆、永安市𬭎源（集团）水务有限公司"),
        named("b", "未经批准擅自取水", "张镕"),
        named("c", "ACME Water 公司案", "O'Brien & \"Söhne\" 100% _x"),
    ];
    for append in appends {
        ledger.append(append).await.expect("a case");
    }
    for (text, expected) in [
        ("取水", vec!["b", "a"]),
        ("镕喆", vec!["a"]),
        ("张镕", vec!["b", "a"]),
        ("𬭎源", vec!["a"]),
        ("源（集", vec!["a"]),
        ("源(集团)水", vec!["a"]),
        ("源集团", vec![]),
        ("水取", vec![]),
        ("acme", vec!["c"]),
        ("ＡＣＭＥ ｗａ", vec!["c"]),
        ("o'brien", vec!["c"]),
        ("\"söhne\"", vec!["c"]),
        ("100%", vec!["c"]),
        ("0% _", vec!["c"]),
        ("' OR 1=1 --", vec![]),
        ("a* NEAR(b", vec![]),
        ("&|!():*<->", vec![]),
        ("喆", vec!["a"]),
        ("%", vec!["c"]),
        // Fields are apart.
        ("水张", vec![]),
        ("  ", vec!["c", "b", "a"]),
        ("\u{0}", vec!["c", "b", "a"]),
    ] {
        assert_eq!(found(&*ledger, text).await, expected, "{text:?}");
    }
    assert!(found(&*ledger, &"取水".repeat(5_000)).await.is_empty());
    // A name that went is not found any more, and the new one is.
    let mut renamed = named("a", "超许可取水", "李四");
    renamed.expected_version = 1;
    ledger.append(renamed).await.expect("the next version");
    assert!(found(&*ledger, "镕喆").await.is_empty());
    assert_eq!(found(&*ledger, "李四").await, ["a"]);
}

pub async fn a_frequent_text_is_found_in_order_too(backend: impl Backend) {
    let ledger = backend.open().await;
    let rows: Vec<CaseRows> = (0..2_500)
        .map(|n| {
            rows_of(
                &format!("{n:04}"),
                if n % 100 == 7 { "罕见" } else { "取水" },
                vec![],
            )
        })
        .collect();
    ledger
        .replace_rows(&agency(), &rows)
        .await
        .expect("written");
    assert_eq!(found(&*ledger, "取水").await.len(), 100, "a page");
    assert_eq!(found(&*ledger, "取水").await[0], "2499");
    assert_eq!(found(&*ledger, "罕见").await.len(), 25);
}

fn rows_of(case_id: &str, title: &str, clocks: Vec<ClockLine>) -> CaseRows {
    CaseRows {
        row: CaseRow {
            line: CaseLine {
                case_id: case_id.to_owned(),
                procedure: "penalty.ordinary".to_owned(),
                title: title.to_owned(),
                party_names: "张镕喆".to_owned(),
                phase: "filed".to_owned(),
                filed_on: None,
                next_due: None,
                case_number: Some(format!("立〔2026〕{case_id}号")),
                number_claim: None,
                is_open: true,
                section: String::new(),
                follows: None,
                decided_items: String::new(),
                named_rows: String::new(),
            },
            updated_at: noon(),
        },
        clocks,
        todo: vec![],
        notable: vec![],
        dues: vec![],
    }
}

pub async fn clocks_are_listed_nearest_first(backend: impl Backend) {
    let ledger = backend.open().await;
    let mut append = append_to("case/1", 0);
    append.projections = [
        clock("1", "c1", "2026-10-20", ""),
        clock("1", "c2", "2026-10-13T09:30", "lapsed"),
        clock("2", "c1", "2026-10-13", "lapsed"),
        ClockLine {
            provisional_by: "2019-2026".to_owned(),
            ..clock("2", "c2", "2026-10-13T16:00", "")
        },
    ]
    .map(RowChange::Clock)
    .to_vec();
    ledger.append(append).await.expect("clocks");
    let list = |query: ClockQuery| {
        let ledger = &ledger;
        async move {
            let found = ledger.clocks(&agency(), &query, 100).await.expect("read");
            let place = |l: ClockLine| format!("{}/{}", l.case_id, l.clock_id);
            found.into_iter().map(place).collect::<Vec<_>>()
        }
    };
    let all = ClockQuery::default;
    assert_eq!(list(all()).await, ["2/c1", "1/c2", "2/c2", "1/c1"]);
    let until = |text| ClockQuery {
        due_until: Some(moment(text)),
        ..ClockQuery::default()
    };
    assert_eq!(list(until("2026-10-13")).await, ["2/c1", "1/c2", "2/c2"]);
    assert_eq!(
        list(until("2026-10-13T09:30")).await,
        ["1/c2"],
        "a due day lasts until its end"
    );
    assert_eq!(
        list(until("2026-10-14T00:00")).await,
        ["2/c1", "1/c2", "2/c2"]
    );
    assert!(list(until("2026-10-12")).await.is_empty());
    let brings = ClockQuery {
        brings_something: true,
        ..all()
    };
    assert_eq!(list(brings).await, ["2/c1", "1/c2"]);
    let unsettled = |edition: &str| ClockQuery {
        not_settled_by: Some(edition.to_owned()),
        ..all()
    };
    assert_eq!(list(unsettled("2019-2027")).await, ["2/c2"]);
    assert!(list(unsettled("2019-2026")).await.is_empty());
    let of_case = ClockQuery {
        case_id: Some("1".to_owned()),
        ..all()
    };
    assert_eq!(list(of_case).await, ["1/c2", "1/c1"]);
    let after = ClockCursor {
        due: moment("2026-10-13T09:30"),
        case_id: "1".to_owned(),
        clock_id: "c2".to_owned(),
    };
    let rest = ClockQuery {
        after: Some(after),
        ..all()
    };
    assert_eq!(list(rest).await, ["2/c2", "1/c1"]);

    let mut moved = append_to("case/1", 1);
    let gone = RowChange::ClockGone {
        case_id: "1".to_owned(),
        clock_id: "c2".to_owned(),
    };
    // Of the changes of one entry the last one counts.
    moved.projections = vec![
        RowChange::Clock(clock("1", "c2", "2027-01-01", "")),
        gone,
        RowChange::Clock(clock("1", "c1", "2026-10-12", "")),
    ];
    ledger.append(moved).await.expect("the next version");
    assert_eq!(list(all()).await, ["1/c1", "2/c1", "2/c2"]);
    let first = ledger
        .clocks(&agency(), &all(), 1)
        .await
        .expect("read")
        .remove(0);
    assert_eq!(first, clock("1", "c1", "2026-10-12", ""));
}

pub async fn rows_are_written_anew_and_removed(backend: impl Backend) {
    let ledger = backend.open().await;
    ledger.append(line("a", |_| {})).await.expect("a case");
    let mut append = append_to("case/a", 1);
    append.projections = vec![
        RowChange::Clock(clock("a", "old", "2026-10-20", "")),
        RowChange::Clock(clock("ghost", "x", "2026-10-20", "")),
    ];
    ledger.append(append).await.expect("clocks");
    let anew = rows_of("a", "重建", vec![clock("a", "new", "2026-10-21", "")]);
    ledger
        .replace_rows(&agency(), &[anew.clone(), rows_of("b", "另案", vec![])])
        .await
        .expect("written");
    let row = ledger.case_row(&agency(), "a").await.expect("read");
    assert_eq!(row, Some(anew.row));
    assert_eq!(found(&*ledger, "重建").await, ["a"]);
    assert!(found(&*ledger, "案件a").await.is_empty());
    assert_eq!(
        found(&*ledger, "立[2026]b").await,
        ["b"],
        "found by its number"
    );
    let of_case = ClockQuery {
        case_id: Some("a".to_owned()),
        ..ClockQuery::default()
    };
    assert_eq!(
        ledger.clocks(&agency(), &of_case, 10).await.expect("read"),
        anew.clocks
    );
    let known = ledger
        .cases_with_rows(&agency(), None, 10)
        .await
        .expect("read");
    assert_eq!(known, ["a", "b", "ghost"]);
    let known = ledger
        .cases_with_rows(&agency(), Some("a"), 1)
        .await
        .expect("read");
    assert_eq!(known, ["b"]);
    let gone = ["b".to_owned(), "ghost".to_owned()];
    ledger.remove_rows(&agency(), &gone).await.expect("removed");
    let known = ledger
        .cases_with_rows(&agency(), None, 10)
        .await
        .expect("read");
    assert_eq!(known, ["a"]);
    assert!(found(&*ledger, "另案").await.is_empty());
    assert_eq!(
        ledger.tree_size(&agency()).await.expect("read"),
        2,
        "the record is as it was"
    );
}

pub async fn a_database_of_the_first_structure_opens(backend: impl Backend) {
    backend.run_sql(backend.step_1());
    let ledger = backend.open().await;
    assert!(
        !ledger.views_are_current().await.expect("read"),
        "to be rebuilt"
    );
    assert!(ids(&*ledger, CaseQuery::default()).await.is_empty());
    let verified = ledger::verify::verify(&*ledger, &agency(), crate::key().verifier(), None)
        .await
        .expect("read");
    assert!(
        verified.is_sound() && verified.size == 2,
        "{:?}",
        verified.findings
    );
    let known = ledger.request(&agency(), "key-2").await.expect("read");
    let known = known.expect("known").appended;
    assert_eq!((known.leaf_index, known.numbers.len()), (1, 0));
    let append = with_case(append_to("case/1", 2), "1", "filed");
    let id = format!("later-{}", append.entry.id);
    let entry = app::ledger::NewEntry { id, ..append.entry };
    ledger
        .append(Append { entry, ..append })
        .await
        .expect("goes on");
    ledger.views_rebuilt().await.expect("noted");
    drop(ledger);
    let ledger = backend.open().await;
    assert!(ledger.views_are_current().await.expect("read"));
    assert_eq!(ids(&*ledger, CaseQuery::default()).await, ["1"]);
    drop(ledger);
}

pub async fn views_of_a_new_database_are_current(backend: impl Backend) {
    let ledger = backend.open().await;
    assert!(ledger.views_are_current().await.expect("read"));
    fill(&*ledger, "case/1", 1).await;
    assert!(ledger.views_are_current().await.expect("read"));
}
