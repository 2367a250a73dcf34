//! What stands beside the cases: consultations, and forms with numbers printed on them.

use crate::desk::{desk, opening, requests};
use app::BesideError;
use app::access::BothHands;
use app::consult::Consulting;
use app::number_book::Booking;
use app::numbers::{NumberEffect, NumberError, NumberState};
use app::rebuild::RebuildMode;
use casework::entry::FileRef;
use serde_json::json;

#[tokio::test]
async fn a_consultation_leaves_a_trace_and_does_not_move_the_case() {
    let desk = desk();
    let case_id = desk.perform(&requests()[..2]).await;
    let mut asked = Consulting {
        case_id: case_id.clone(),
        person: "市司法局执法监督科 岑望舒".to_owned(),
        purpose: "专项监督".to_owned(),
    };
    desk.office.consult(&asked, "c1").await.unwrap();
    desk.office.consult(&asked, "c1").await.unwrap();
    let seen = desk.office.consultations(&case_id).await.unwrap();
    assert_eq!(seen.len(), 1, "the same request once");
    assert_eq!(
        (seen[0].person.as_str(), seen[0].version),
        (asked.person.as_str(), 2)
    );
    assert_eq!(desk.office.case(&case_id).await.unwrap().version, 2);
    asked.purpose = " ".to_owned();
    let refused = desk.office.consult(&asked, "c2").await;
    assert!(matches!(refused, Err(BesideError::Field(_))));
    asked.purpose = "专项监督".to_owned();
    asked.case_id = "0199e0a0-0000-7000-8000-00000000aaaa".to_owned();
    assert!(desk.office.consult(&asked, "c3").await.is_err());
}

#[tokio::test]
async fn every_form_that_was_handed_out_is_accounted_for() {
    let desk = desk();
    let booking = |effect| Booking {
        kind: "立".to_owned(),
        year: 2026,
        effect,
        person: "p01".to_owned(),
        approved_by: "p05".to_owned(),
        reason: String::new(),
        scans: vec![],
    };
    let out = booking(NumberEffect::HandOut { count: 5 });
    let block = desk
        .office
        .book_number(BothHands::Rehearsal, &out, "b1")
        .await
        .unwrap();
    assert_eq!(
        (block.first, block.last, block.state),
        (1, 5, NumberState::HandedOut)
    );
    assert_eq!(
        desk.office
            .book_number(BothHands::Rehearsal, &out, "b1")
            .await
            .unwrap(),
        block,
        "once"
    );

    // A case filed in the field uses the third.
    let opened = desk
        .office
        .rehearse(&opening(), &requests()[0], "k0")
        .await
        .unwrap();
    let target = crate::desk::within(&opened.case_id, None);
    let mut filing = requests()[1].clone();
    filing
        .facts
        .insert("case_number".to_owned(), json!("演水立字〔2026〕3号"));
    desk.office.rehearse(&target, &filing, "k1").await.unwrap();

    let back = booking(NumberEffect::Return { serial: 5 });
    desk.office
        .book_number(BothHands::Rehearsal, &back, "b2")
        .await
        .unwrap();
    let mut void = booking(NumberEffect::Void { serial: 4 });
    for missing in ["理由", "扫描件"] {
        match desk
            .office
            .book_number(BothHands::Rehearsal, &void, "b3")
            .await
        {
            Err(BesideError::Field(text)) => assert!(text.contains(missing), "{text}"),
            other => panic!("{other:?}"),
        }
        void.reason = "填写错误".to_owned();
    }
    void.scans.push(FileRef {
        sha256: "00".repeat(32),
        sm3: "00".repeat(32),
        size_bytes: 1,
        media_type: "application/pdf".to_owned(),
        name: "作废.pdf".to_owned(),
    });
    desk.office
        .book_number(BothHands::Rehearsal, &void, "b3")
        .await
        .unwrap();
    for serial in [3, 4, 5] {
        let again = booking(NumberEffect::Return { serial });
        let refused = desk
            .office
            .book_number(BothHands::Rehearsal, &again, &format!("r{serial}"))
            .await;
        assert!(matches!(
            refused,
            Err(BesideError::Number(NumberError::Taken { .. }))
        ));
    }
    let series = desk.office.number_series().await.unwrap();
    let of_filing = series.iter().find(|row| row.series.kind == "立").unwrap();
    assert_eq!(of_filing.next, 6);
    let rows = desk
        .office
        .number_rows(&of_filing.series, 0, 10)
        .await
        .unwrap();
    let states: Vec<NumberState> = rows.iter().map(|row| row.state).collect();
    let expected = [
        NumberState::HandedOut,
        NumberState::HandedOut,
        NumberState::Issued,
        NumberState::Void,
        NumberState::Returned,
    ];
    assert_eq!(states, expected);
    let rebuilt = desk
        .office
        .rebuild(RebuildMode::Check, &|_| {})
        .await
        .unwrap();
    assert_eq!(rebuilt.differences, []);
}
