//! What the port promises, run on a real SQLite and on a real PostgreSQL.

mod afterwards;
mod attack;
#[path = "../backends/mod.rs"]
mod backends;
mod backup;
mod desk;
mod destroyed;
mod destroying;
mod drafts;
mod dues;
mod lists;
mod log;
mod notes;
mod numbers;
mod processes;
mod reading;
mod tiles;
mod writing;

use app::ledger::{Agency, Append, CaseLine, Idempotency, Ledger, NewEntry, RowChange, StreamName};
use app::numbers::{NumberClaim, NumberEffect, NumberStyle, Series};
use backends::{Postgres, Sqlite};
use jiff::Timestamp;
use proof::{Label, Part, Sensitivity, SigningKey};
use serde_json::json;
use std::sync::atomic::{AtomicU64, Ordering};
use vocabulary::Day;

fn agency() -> Agency {
    Agency::parse("yongan").expect("a name")
}

fn stream(name: &str) -> StreamName {
    StreamName::parse(name).expect("a name")
}

fn noon() -> Timestamp {
    "2026-10-13T04:00:00Z".parse().expect("a time")
}

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

fn key() -> SigningKey {
    SigningKey::from_seed("mingqu.test/yongan", &[5; 32]).expect("a key")
}

fn part(label: &str, sensitivity: Sensitivity, body: &str) -> Part {
    Part {
        label: Label::parse(label).expect("a label"),
        sensitivity,
        salt: [u8::try_from(label.len()).expect("a short label"); 32],
        body: body.into(),
    }
}

/// An append to `name` at `version`; each has its own id and key.
fn append_to(name: &str, version: u64) -> Append {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let id = format!(
        "0199e0a0-0000-7000-8000-{:012}",
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    Append {
        agency: agency(),
        stream: stream(name),
        expected_version: version,
        read_set: vec![],
        idempotency: Idempotency {
            key: id.clone(),
            request_digest: [1; 32],
        },
        now: noon(),
        entry: NewEntry {
            id,
            header: json!({ "act": "case_filing", "occurred_on": "2026-10-12" }),
            parts: vec![
                part(
                    "facts/public",
                    Sensitivity::Public,
                    r#"{"title":"超许可取水"}"#,
                ),
                part("party/1", Sensitivity::Personal, r#"{"name":"张镕喆"}"#),
            ],
            destroys: vec![],
            holes: vec![],
        },
        numbers: vec![],
        projections: vec![],
        outbox: vec![],
    }
}

fn series() -> Series {
    Series {
        kind: "罚决".to_owned(),
        year: 2026,
    }
}

fn claim(effect: NumberEffect) -> NumberClaim {
    NumberClaim {
        series: series(),
        style: NumberStyle::parse("长水罚决字〔{年}〕{号}号").expect("a style"),
        printed: None,
        effect,
    }
}

fn with_case(mut append: Append, case_id: &str, phase: &str) -> Append {
    append.projections.push(RowChange::Case(CaseLine {
        case_id: case_id.to_owned(),
        procedure: "penalty.ordinary".to_owned(),
        title: format!("案件{case_id}"),
        party_names: "张镕喆、永安水务有限公司".to_owned(),
        phase: phase.to_owned(),
        filed_on: Some(day("2026-10-12")),
        next_due: None,
        case_number: None,
        number_claim: None,
        is_open: true,
        section: String::new(),
        follows: None,
        decided_items: String::new(),
        named_rows: String::new(),
    }));
    append
}

async fn fill(ledger: &dyn Ledger, name: &str, count: u64) {
    for version in 0..count {
        ledger
            .append(append_to(name, version))
            .await
            .expect("the next version");
    }
}

/// Every promise, kept by both databases.
macro_rules! contract {
    ($($area:ident: $($name:ident),*;)*) => {
        mod sqlite { $($( #[tokio::test] async fn $name() { crate::$area::$name(crate::Sqlite::new()).await } )*)* }
        mod postgres { $($( #[tokio::test] async fn $name() { crate::$area::$name(crate::Postgres::new()).await } )*)* }
    };
}

contract! {
    writing:
        what_is_appended_is_read_back,
        a_stale_version_is_refused_and_leaves_nothing,
        a_read_set_that_moved_is_refused,
        a_repeated_request_gets_its_first_answer,
        a_key_used_for_another_request_is_refused,
        the_same_request_sent_many_times_at_once_is_done_once,
        concurrent_appenders_leave_no_gap,
        recorded_time_never_runs_back,
        an_entry_that_cannot_be_a_leaf_leaves_nothing;
    reading:
        what_was_acknowledged_survives_a_restart,
        streams_are_listed_by_prefix_and_page,
        cases_are_listed_last_touched_first,
        logs_of_agencies_are_apart,
        what_is_shown_is_what_is_read;
    numbers:
        numbers_stand_in_header_body_line_and_register,
        numbers_leave_no_gap_under_many_writers,
        a_block_is_handed_out_used_returned_and_void,
        numbers_of_paper_are_taken_over_once,
        a_refused_claim_takes_no_neighbour_with_it;
    afterwards:
        the_outbox_is_emptied_in_order_and_at_least_once,
        a_lease_has_one_holder;
    notes:
        a_note_has_one_next_state,
        notes_are_listed_by_owner_and_forgotten_when_they_end;
    drafts:
        drafts_are_found_again_and_let_go,
        drafts_survive_a_restart;
    destroying:
        a_destroyed_part_is_gone_and_the_others_stay;
    lists:
        each_filter_and_order_of_the_case_list,
        no_line_is_lost_between_pages_while_cases_come_in,
        text_is_found_from_two_characters_on,
        a_frequent_text_is_found_in_order_too,
        clocks_are_listed_nearest_first,
        rows_are_written_anew_and_removed,
        a_database_of_the_first_structure_opens,
        views_of_a_new_database_are_current;
    desk:
        what_is_to_be_done_is_listed_by_danger,
        what_deserves_a_second_look_is_listed_last_first;
    dues:
        what_is_to_be_paid_is_listed_by_danger,
        a_line_of_the_payment_book_is_found_by_code_and_number;
    log:
        every_leaf_has_a_proof_to_the_signed_checkpoint,
        a_later_checkpoint_continues_an_earlier_one,
        a_public_part_crosses_in_a_bundle_and_no_other,
        a_sound_log_verifies_and_says_what_that_cannot_find,
        a_changed_leaf_is_named,
        changed_parts_columns_and_hashes_are_named,
        a_removed_leaf_is_named,
        a_history_that_was_changed_is_not_signed_again;
    tiles:
        tiles_are_published_up_to_the_head,
        publishing_goes_on_after_a_crash_at_any_write,
        a_published_tile_is_never_overwritten,
        tiles_that_are_not_what_was_signed_name_no_leaf,
        the_sm2_line_is_checked_when_asked_for;
    attack:
        one_altered_leaf_is_named,
        the_first_leaf_and_the_last_are_not_special,
        a_cut_tail_is_named_by_its_first_missing_leaf,
        an_inserted_leaf_is_named,
        two_reordered_leaves_are_named_by_the_first,
        a_log_rebuilt_from_nothing_differs_from_its_first_leaf;
    destroyed:
        a_part_that_a_later_leaf_destroys_may_be_gone_and_no_other,
        what_cannot_have_been_destroyed_is_found;
}
