//! What is promised of drafts: found again, one for each form, let go in time, apart from the record.

use crate::agency;
use crate::backends::Backend;
use crate::noon;
use app::drafts::{
    DRAFT_BYTES_MAX, DRAFT_DAYS, DRAFTS_PER_ACCOUNT, Draft, DraftError, DraftForm, DraftOwner,
    DraftPlace, Drafts, DraftsInMemory,
};
use app::ledger::Agency;
use jiff::{SignedDuration, Timestamp};

fn owner(account: &str) -> DraftOwner {
    DraftOwner {
        agency: agency(),
        account: account.to_owned(),
    }
}

fn draft(place: DraftPlace, text: &str, saved_at: Timestamp) -> Draft {
    Draft {
        form: DraftForm {
            place,
            event: "inspection".to_owned(),
            subject: 0,
        },
        fields: vec![
            ("role.handler".to_owned(), "p01".to_owned()),
            ("fact.record_content".to_owned(), text.to_owned()),
            ("role.handler".to_owned(), "p02".to_owned()),
        ],
        saved_at,
    }
}

fn case(id: &str) -> DraftPlace {
    DraftPlace::Case(id.to_owned())
}

/// The same for a store of any kind.
async fn keeps_its_promises(drafts: &dyn Drafts) {
    let li = owner("li");
    let text = "<script>\0 𬭎㛃 \u{202e} 🌊\n第二行";
    let first = draft(case("1"), text, noon());
    drafts.save(&li, &first).await.expect("kept");
    let find = |owner: DraftOwner, form: DraftForm, now: Timestamp| async move {
        drafts.find(&owner, &form, now).await.expect("read")
    };
    assert_eq!(
        find(li.clone(), first.form.clone(), noon()).await,
        Some(first.clone()),
        "every character, in the order of the form"
    );
    let other_subject = DraftForm {
        subject: 1,
        ..first.form.clone()
    };
    let other_place = DraftForm {
        place: DraftPlace::Procedure("1".to_owned()),
        ..first.form.clone()
    };
    for form in [other_subject, other_place] {
        assert_eq!(find(li.clone(), form, noon()).await, None);
    }
    let elsewhere = DraftOwner {
        agency: Agency::parse("changhe").expect("a name"),
        ..li.clone()
    };
    for stranger in [owner("wang"), elsewhere] {
        assert_eq!(find(stranger, first.form.clone(), noon()).await, None);
    }

    let later = noon() + SignedDuration::from_secs(60);
    let second = draft(case("1"), "改过的", later);
    drafts.save(&li, &second).await.expect("kept");
    let third = draft(DraftPlace::Procedure("p".to_owned()), "", noon());
    drafts.save(&li, &third).await.expect("kept");
    assert_eq!(
        drafts.list(&li, later).await.expect("read"),
        [second.clone(), third.clone()],
        "one for each form, the newest first"
    );
    for _ in 0..2 {
        drafts.discard(&li, &second.form).await.expect("gone");
    }
    assert_eq!(
        drafts.list(&li, later).await.expect("read"),
        vec![third.clone()]
    );

    let much = draft(case("1"), &"水".repeat(DRAFT_BYTES_MAX / 3), noon());
    let refused = drafts.save(&li, &much).await;
    assert!(matches!(refused, Err(DraftError::TooLarge { bytes }) if bytes > DRAFT_BYTES_MAX));
    assert_eq!(find(li.clone(), much.form, noon()).await, None);

    let last_day = noon() + SignedDuration::from_hours(24 * DRAFT_DAYS);
    assert_eq!(
        find(li.clone(), third.form.clone(), last_day).await,
        Some(third.clone())
    );
    let too_late = last_day + SignedDuration::from_millis(1);
    assert_eq!(find(li.clone(), third.form.clone(), too_late).await, None);
    assert!(drafts.list(&li, too_late).await.expect("read").is_empty());
    // Somebody else's work lets go of what its owner never came back to.
    let of_wang = draft(case("9"), "x", too_late);
    drafts.save(&owner("wang"), &of_wang).await.expect("kept");
    assert_eq!(find(li.clone(), third.form, noon()).await, None);

    for number in 0..DRAFTS_PER_ACCOUNT + 3 {
        let seconds = i64::try_from(number).expect("few");
        let saved_at = too_late + SignedDuration::from_secs(seconds);
        let one = draft(case(&format!("case-{number}")), "x", saved_at);
        drafts.save(&li, &one).await.expect("kept");
    }
    let kept = drafts.list(&li, too_late).await.expect("read");
    assert_eq!(kept.len(), DRAFTS_PER_ACCOUNT);
    assert_eq!(kept.last().expect("many").form.place, case("case-3"));
    assert_eq!(
        drafts.list(&owner("wang"), too_late).await.expect("read"),
        [of_wang],
        "the number is counted for each account"
    );
}

pub async fn drafts_are_found_again_and_let_go(backend: impl Backend) {
    let drafts = backend.drafts().await;
    keeps_its_promises(&*drafts).await;
}

pub async fn drafts_survive_a_restart(backend: impl Backend) {
    let kept = draft(case("1"), "写了一半", noon());
    let drafts = backend.drafts().await;
    drafts.save(&owner("li"), &kept).await.expect("kept");
    drop(drafts);
    let drafts = backend.drafts().await;
    let found = drafts.find(&owner("li"), &kept.form, noon()).await;
    assert_eq!(found.expect("read"), Some(kept));
}

#[tokio::test]
async fn drafts_in_memory_are_found_again_and_let_go() {
    keeps_its_promises(&DraftsInMemory::default()).await;
}
