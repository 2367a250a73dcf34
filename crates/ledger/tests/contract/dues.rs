//! The payment book.

use crate::backends::Backend;
use crate::{agency, append_to, claim, day, with_case};
use app::dues::Standing;
use app::ledger::{AppendError, CaseRow, CaseRows, DuesLine, DuesOf, DuesQuery, Ledger, RowChange};
use app::numbers::NumberEffect;
use vocabulary::Fen;

fn line(case_id: &str, standing: Standing, due: Option<&str>) -> DuesLine {
    DuesLine {
        case_id: case_id.to_owned(),
        party: 1,
        party_name: "某砂石公司".to_owned(),
        section: "水政监察支队".to_owned(),
        standing,
        charged: Fen::yuan(60_000),
        held: Fen(0),
        owed: Fen::yuan(60_000),
        overpaid: Fen(0),
        due: due.map(day),
        code: None,
        number: None,
        number_claim: None,
    }
}

fn of_case(case_id: &str, lines: &[DuesLine]) -> RowChange {
    RowChange::Dues {
        case_id: case_id.to_owned(),
        lines: lines.to_vec(),
    }
}

/// Every page of two lines, as ids.
async fn listed(ledger: &dyn Ledger, section: Option<&str>, of: DuesOf) -> Vec<String> {
    let mut query = DuesQuery {
        section: section.map(str::to_owned),
        of,
        after: None,
    };
    let mut ids = Vec::new();
    loop {
        let page = ledger.dues(&agency(), &query, 2).await.expect("read");
        let Some(last) = page.last() else { return ids };
        query.after = Some(last.cursor());
        ids.extend(page.into_iter().map(|line| line.case_id));
    }
}

pub async fn what_is_to_be_paid_is_listed_by_danger(backend: impl Backend) {
    let ledger = backend.open().await;
    let elsewhere = DuesLine {
        section: "水保科".to_owned(),
        ..line("d", Standing::Open, Some("2026-09-30"))
    };
    let all = [
        line("a", Standing::Settled, None),
        line("b", Standing::Open, None),
        line("c", Standing::Installments, Some("2026-10-12")),
        elsewhere,
        line("e", Standing::Open, Some("2026-10-13")),
        line("f", Standing::Overpaid, None),
        line("g", Standing::Paused, Some("2026-08-01")),
    ];
    for line in &all {
        let id = line.case_id.as_str();
        let mut append = with_case(append_to(&format!("case/{id}"), 0), id, "filed");
        append
            .projections
            .push(of_case(id, std::slice::from_ref(line)));
        ledger.append(append).await.expect("recorded");
    }
    let today = day("2026-10-13");
    let unit = Some("水政监察支队");
    for (section, of, ids) in [
        (None, DuesOf::All, vec!["d", "c", "e", "b", "f", "g", "a"]),
        (None, DuesOf::Late(today), vec!["d", "c"]),
        (None, DuesOf::NotDue(today), vec!["e", "b"]),
        (None, DuesOf::Standing(Standing::Open), vec!["d", "e", "b"]),
        (unit, DuesOf::All, vec!["c", "e", "b", "f", "g", "a"]),
        (unit, DuesOf::Late(today), vec!["c"]),
        (unit, DuesOf::Standing(Standing::Open), vec!["e", "b"]),
        (unit, DuesOf::Standing(Standing::Ended), vec![]),
    ] {
        assert_eq!(
            listed(&*ledger, section, of).await,
            ids,
            "{section:?} {of:?}"
        );
    }
    // A party more, and then none any longer: the lines of a case are all that it has.
    let second = DuesLine {
        party: 2,
        ..line("a", Standing::Open, Some("2026-10-20"))
    };
    let mut append = append_to("case/a", 1);
    append.projections = vec![of_case("a", &[all[0].clone(), second.clone()])];
    ledger.append(append).await.expect("recorded");
    let ids = ["a".to_owned(), "x".to_owned()];
    let mut held = ledger.dues_of(&agency(), &ids).await.expect("read");
    held.sort_by_key(|line| line.party);
    assert_eq!(held, [all[0].clone(), second]);
    let mut append = append_to("case/a", 2);
    append.projections = vec![of_case("a", &[])];
    ledger.append(append).await.expect("recorded");
    assert!(
        ledger
            .dues_of(&agency(), &ids)
            .await
            .expect("read")
            .is_empty()
    );
    // Written anew, and removed.
    let row = ledger.case_row(&agency(), "b").await.expect("read");
    let again = line("b", Standing::Ended, None);
    let rows = CaseRows {
        row: CaseRow {
            ..row.expect("a line")
        },
        clocks: vec![],
        todo: vec![],
        notable: vec![],
        dues: vec![again.clone()],
    };
    ledger
        .replace_rows(&agency(), &[rows])
        .await
        .expect("written");
    let ids = ["b".to_owned()];
    assert_eq!(
        ledger.dues_of(&agency(), &ids).await.expect("read"),
        [again]
    );
    ledger.remove_rows(&agency(), &ids).await.expect("removed");
    assert!(
        ledger
            .dues_of(&agency(), &ids)
            .await
            .expect("read")
            .is_empty()
    );
}

pub async fn a_line_of_the_payment_book_is_found_by_code_and_number(backend: impl Backend) {
    let ledger = backend.open().await;
    let coded = DuesLine {
        code: Some("14040026AB".to_owned()),
        // Given with the entry.
        number_claim: Some(0),
        ..line("a", Standing::Open, None)
    };
    let mut append = with_case(append_to("case/a", 0), "a", "filed");
    append.numbers = vec![claim(NumberEffect::Issue)];
    append
        .projections
        .push(of_case("a", std::slice::from_ref(&coded)));
    let mut wrong = append.clone();
    wrong.projections = vec![of_case(
        "a",
        &[DuesLine {
            number_claim: Some(1),
            ..coded.clone()
        }],
    )];
    let refused = ledger.append(wrong).await;
    assert!(
        matches!(refused, Err(AppendError::BadHole(_))),
        "{refused:?}"
    );
    ledger.append(append).await.expect("recorded");
    let found = DuesLine {
        number: Some("长水罚决字〔2026〕1号".to_owned()),
        number_claim: None,
        ..coded
    };
    for text in [
        "14040026AB",
        " 1404 0026 ab ",
        "长水罚决字〔2026〕1号",
        "长水罚决字[2026]1号",
    ] {
        let lines = ledger.dues_named(&agency(), text).await.expect("read");
        assert_eq!(lines, std::slice::from_ref(&found), "{text}");
    }
    for text in [
        "",
        "〔〕",
        "14040026",
        "长水罚决字〔2026〕2号",
        "'; DROP TABLE dues",
    ] {
        let lines = ledger.dues_named(&agency(), text).await.expect("read");
        assert!(lines.is_empty(), "{text}");
    }
}
