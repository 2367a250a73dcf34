//! What only one of the places meets: crashes, full limits, strangers.

use crate::place::{Counting, Place};
use crate::samples::{long_pdf, named, pieces};
use app::files::{FileRefusal, FileStore, PutFileError};
use std::fs;
use std::sync::Arc;
use storage::{Files, OpenStoreError, S3Place, SIZE_BYTES_MAX};

#[tokio::test]
async fn a_start_sweeps_what_a_crash_left_and_spares_who_still_runs() {
    let place = Place::folder();
    let Place::Folder(folder) = &place else {
        panic!("made above")
    };
    let dead = folder.path().join("incoming/dead");
    fs::create_dir_all(&dead).unwrap();
    fs::write(dead.join("0001#1"), "half").unwrap();
    fs::write(dead.join("0002"), "whole").unwrap();
    let first = place.open(100).await;
    assert_eq!(place.everything(), [""; 0]);

    // What an upload of a running process looks like to another one that starts.
    let own = fs::read_dir(folder.path().join("incoming"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.is_dir())
        .unwrap();
    fs::write(own.join("0003#1"), "on its way").unwrap();
    let chance = Arc::new(Counting::default());
    // A second process draws other ids.
    app::ports::Chance::fill(chance.as_ref(), &mut [0]);
    let second = Files::in_folder(folder.path(), 100, chance).unwrap();
    assert!(own.join("0003#1").exists());
    second.put(named("a.txt"), pieces(b"a", 1)).await.unwrap();

    drop(first);
    let third = Arc::new(Counting::default());
    app::ports::Chance::fill(third.as_ref(), &mut [0]);
    app::ports::Chance::fill(third.as_ref(), &mut [0]);
    app::ports::Chance::fill(third.as_ref(), &mut [0]);
    let _third = Files::in_folder(folder.path(), 100, third).unwrap();
    assert!(!own.exists(), "its process has ended");
}

#[tokio::test]
async fn a_start_sweeps_only_old_uploads_from_a_bucket() {
    let place = Place::bucket();
    let Place::Bucket(bucket) = &place else {
        panic!("made above")
    };
    bucket.put("water/bureau/incoming/left", b"whole");
    // The server dates it with its own clock, so the time of the start is what moves.
    place
        .open_at(100, "2000-01-01T00:00:00Z".parse().unwrap())
        .await;
    assert_eq!(place.everything(), ["incoming/left"]);
    place
        .open_at(100, "2200-01-01T00:00:00Z".parse().unwrap())
        .await;
    assert_eq!(place.everything(), [""; 0]);
}

#[tokio::test]
async fn the_real_limit_holds_for_two_gibibytes_and_a_byte() {
    let place = Place::folder();
    let store = place.open(SIZE_BYTES_MAX).await;
    let put = store
        .put(named("a.pdf"), long_pdf(SIZE_BYTES_MAX + 1))
        .await;
    let Err(PutFileError::Refused(refused)) = put else {
        panic!("{put:?}")
    };
    assert_eq!(
        refused,
        FileRefusal::TooLarge {
            size_bytes_max: SIZE_BYTES_MAX
        }
    );
    assert_eq!(place.everything(), [""; 0]);
}

#[tokio::test]
async fn a_place_that_cannot_be_used_is_said_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let opened = Files::in_folder(&file, 100, Arc::new(Counting::default()));
    assert!(matches!(opened, Err(OpenStoreError::Place { .. })));

    let Place::Bucket(bucket) = Place::bucket() else {
        panic!("made above")
    };
    let now = "2026-11-24T04:00:00Z".parse().unwrap();
    let chance = || Arc::new(Counting::default());
    let elsewhere = S3Place {
        url: "s3://no-such-bucket".to_owned(),
        ..Place::s3(&bucket)
    };
    let opened = Files::in_bucket(&elsewhere, 100, chance(), now).await;
    assert!(matches!(opened, Err(OpenStoreError::Place { .. })));
    let opened = Files::in_bucket(&Place::s3(&bucket), 6 << 30, chance(), now).await;
    assert!(matches!(opened, Err(OpenStoreError::Limit(_))));
}
