//! The lists of what is to be done and of what deserves a second look.

use crate::backends::Backend;
use crate::{agency, append_to, noon, with_case};
use app::ledger::{
    CaseRow, CaseRows, Holder, Ledger, NotableLine, NotableQuery, NotableRow, RowChange, TodoLine,
    TodoQuery,
};
use app::notable::Notable;
use jiff::ToSpan;
use vocabulary::Moment;

fn unit() -> Holder {
    Holder::Section("水政监察支队".to_owned())
}

fn line(case_id: &str, holder: Holder, event: &str, due: Option<&str>) -> TodoLine {
    TodoLine {
        case_id: case_id.to_owned(),
        holder,
        procedure: "penalty".to_owned(),
        event: event.to_owned(),
        number: 0,
        goals: String::new(),
        rule: "within".to_owned(),
        due: due.map(|due| Moment::parse(due).expect("a moment")),
        is_open: true,
        is_paused: false,
        is_provisional: false,
    }
}

fn of_case(case_id: &str, lines: &[TodoLine]) -> RowChange {
    RowChange::Todo {
        case_id: case_id.to_owned(),
        lines: lines.to_vec(),
    }
}

async fn listed(ledger: &dyn Ledger, holder: Holder, after: Option<TodoLine>) -> Vec<TodoLine> {
    let query = TodoQuery { holder, after };
    ledger.todo(&agency(), &query, 2).await.expect("read")
}

pub async fn what_is_to_be_done_is_listed_by_danger(backend: impl Backend) {
    let ledger = backend.open().await;
    let a = line("a", unit(), "serve", Some("2026-10-13T09:30"));
    let b = line("b", unit(), "decide", None);
    let c = line("c", unit(), "serve", Some("2026-10-12"));
    let d = line("d", unit(), "serve", Some("2026-10-13"));
    let other = line("d", Holder::Role("reviewer".to_owned()), "review", None);
    for (case_id, lines) in [
        ("a", vec![a.clone()]),
        ("b", vec![b.clone()]),
        ("c", vec![c.clone()]),
        ("d", vec![d.clone(), other.clone()]),
    ] {
        let mut append = with_case(append_to(&format!("case/{case_id}"), 0), case_id, "filed");
        append.projections.push(of_case(case_id, &lines));
        ledger.append(append).await.expect("recorded");
    }
    // What is due on a day comes before what is due at an hour of it; what has no date comes last.
    let first = listed(&*ledger, unit(), None).await;
    assert_eq!(first, [c.clone(), d.clone()]);
    let rest = listed(&*ledger, unit(), first.last().cloned()).await;
    assert_eq!(rest, [a.clone(), b.clone()]);
    assert!(listed(&*ledger, unit(), Some(b)).await.is_empty());
    let role = Holder::Role("reviewer".to_owned());
    assert_eq!(
        listed(&*ledger, role, None).await,
        std::slice::from_ref(&other)
    );
    let person = Holder::Person("reviewer".to_owned());
    assert!(listed(&*ledger, person, None).await.is_empty());

    // The lines of a case are all that it has from then on, whatever it had.
    let later = TodoLine {
        due: Some(Moment::parse("2026-10-20").expect("a moment")),
        ..d.clone()
    };
    let mut append = append_to("case/d", 1);
    append.projections = vec![
        of_case("d", std::slice::from_ref(&d)),
        of_case("d", std::slice::from_ref(&later)),
    ];
    ledger.append(append).await.expect("recorded");
    let held = ledger.todo_of(&agency(), "d").await.expect("read");
    assert_eq!(held, [later]);
    let mut append = append_to("case/c", 1);
    append.projections = vec![of_case("c", &[])];
    ledger.append(append).await.expect("recorded");
    assert_eq!(listed(&*ledger, unit(), None).await[0], a);

    let rows = ledger
        .case_rows(&agency(), &["a".to_owned(), "d".to_owned(), "x".to_owned()])
        .await
        .expect("read");
    let mut ids: Vec<String> = rows.into_iter().map(|row| row.line.case_id).collect();
    ids.sort();
    assert_eq!(ids, ["a", "d"]);
    let none = ledger.case_rows(&agency(), &[]).await.expect("read");
    assert!(none.is_empty());
}

fn notable(case_id: &str, version: u64, kind: Notable) -> NotableLine {
    NotableLine {
        case_id: case_id.to_owned(),
        version,
        kind,
        event: "serve".to_owned(),
    }
}

pub async fn what_deserves_a_second_look_is_listed_last_first(backend: impl Backend) {
    let ledger = backend.open().await;
    for (case_id, version, kinds) in [
        ("a", 0, vec![Notable::Late, Notable::Defect]),
        ("b", 0, vec![Notable::Late]),
        ("a", 1, vec![Notable::Correction]),
    ] {
        let mut append = append_to(&format!("case/{case_id}"), version);
        append.now = noon() + i64::try_from(version).expect("small").hours();
        append = with_case(append, case_id, "filed");
        let lines = kinds
            .into_iter()
            .map(|kind| notable(case_id, version + 1, kind));
        append.projections.extend(lines.map(RowChange::Notable));
        ledger.append(append).await.expect("recorded");
    }
    let all = |kind, after| {
        let ledger = &ledger;
        async move {
            let query = NotableQuery { kind, after };
            ledger.notable(&agency(), &query, 2).await.expect("read")
        }
    };
    let first = all(None, None).await;
    assert_eq!(first[0].line, notable("a", 2, Notable::Correction));
    let rest = all(None, first.last().map(NotableRow::cursor)).await;
    let seen: Vec<&NotableLine> = first.iter().chain(&rest).map(|row| &row.line).collect();
    assert_eq!(seen.len(), 4, "each once: {seen:?}");
    for expected in [
        notable("a", 1, Notable::Late),
        notable("a", 1, Notable::Defect),
        notable("b", 1, Notable::Late),
    ] {
        assert!(seen.contains(&&expected), "{expected:?}");
    }
    let late = all(Some(Notable::Late), None).await;
    assert_eq!(late.len(), 2);
    assert!(late.iter().all(|row| row.line.kind == Notable::Late));
    let after = all(Some(Notable::Late), late.first().map(NotableRow::cursor)).await;
    assert_eq!(after, late[1..]);

    // Written anew, and removed.
    let row = ledger
        .case_row(&agency(), "a")
        .await
        .expect("read")
        .expect("a line");
    let again = NotableRow {
        line: notable("a", 9, Notable::Reason),
        recorded_at: noon(),
    };
    let rows = CaseRows {
        row: CaseRow { ..row },
        clocks: vec![],
        todo: vec![line("a", unit(), "serve", None)],
        notable: vec![again.clone()],
        dues: vec![],
    };
    ledger
        .replace_rows(&agency(), &[rows])
        .await
        .expect("written");
    let of_a = ledger.notable_of(&agency(), "a").await.expect("read");
    assert_eq!(of_a, [again]);
    let ids = ["a".to_owned()];
    ledger.remove_rows(&agency(), &ids).await.expect("removed");
    assert!(
        ledger
            .notable_of(&agency(), "a")
            .await
            .expect("read")
            .is_empty()
    );
    assert!(
        ledger
            .todo_of(&agency(), "a")
            .await
            .expect("read")
            .is_empty()
    );
}
