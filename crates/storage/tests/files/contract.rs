//! What every place must do. Each test runs on a folder and on a real S3-compatible server.

use crate::place::{Place, key};
use crate::samples::{broken_off_after, compound, kept, long_pdf, named, pieces, zip};
use app::files::{DeclaredFile, FileDigest, FileError, FileRefusal, OpenFile, PutFileError};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, future};
use std::sync::Arc;
use std::time::Duration;

const MIB: u64 = 1 << 20;
const PDF: &[u8] = b"%PDF-1.7 \xE6\xB0\xB4 %%EOF";

const SHA256_OF_PDF_ABC: &str = "1e8a7587529cc956d46dea481f38c623395a879a1179c277f476a9cdb88a540d";
const SM3_OF_PDF_ABC: &str = "4fa6fd617428a003729fadfaf70f001e17128fefc8819f550ad1fc56e62ac5db";

/// Each rule once, on both places.
macro_rules! on_both {
    ($($rule:ident),* $(,)?) => {
        mod in_a_folder {
            $(#[tokio::test] async fn $rule() { super::$rule(super::Place::folder()).await })*
        }
        mod in_a_bucket {
            $(#[tokio::test] async fn $rule() { super::$rule(super::Place::bucket()).await })*
        }
    };
}

on_both!(
    what_was_put_comes_back_with_both_digests,
    every_kind_of_a_case_file_is_kept_under_its_media_type,
    the_same_content_is_stored_once_also_when_it_comes_at_once,
    a_file_over_the_limit_is_refused_and_leaves_nothing,
    an_empty_file_is_refused,
    an_upload_that_breaks_off_leaves_nothing,
    an_upload_that_nobody_waits_for_leaves_nothing,
    a_file_whose_type_lies_is_refused_and_leaves_nothing,
    a_long_file_passes_in_parts,
    a_damaged_file_is_named_and_never_served_whole,
    putting_it_again_mends_a_damaged_file,
    a_removed_file_is_gone,
    files_are_listed_in_order_page_by_page,
);

async fn read(file: OpenFile) -> Result<Vec<u8>, app::files::BoxError> {
    let pieces: Vec<Bytes> = file.content.try_collect().await?;
    Ok(pieces.concat())
}

fn refusal(outcome: Result<app::files::StoredFile, PutFileError>) -> FileRefusal {
    match outcome {
        Err(PutFileError::Refused(refusal)) => refusal,
        other => panic!("no refusal: {other:?}"),
    }
}

async fn what_was_put_comes_back_with_both_digests(place: Place) {
    let store = place.open(MIB).await;
    let stored = store.put(named("现场.pdf"), pieces(b"%PDF-abc", 3)).await;
    let stored = stored.unwrap();
    // Worked out with sha256sum and with openssl dgst -sm3.
    assert_eq!(stored.sha256.to_string(), SHA256_OF_PDF_ABC);
    assert_eq!(stored.sm3.to_string(), SM3_OF_PDF_ABC);
    assert_eq!(stored.size_bytes, 8);
    assert_eq!(place.everything(), [key(&stored.sha256)]);
    assert!(store.exists(&stored.sha256).await.unwrap());
    let file = store.get(&stored.sha256).await.unwrap();
    assert_eq!((file.size_bytes, file.extension), (8, "pdf"));
    assert_eq!(file.media_type, "application/pdf");
    assert_eq!(read(file).await.unwrap(), b"%PDF-abc");
}

async fn every_kind_of_a_case_file_is_kept_under_its_media_type(place: Place) {
    let store = place.open(MIB).await;
    for (ending, content, media_type) in kept() {
        let name = format!("件.{}", ending.to_uppercase());
        let stored = store.put(named(&name), pieces(&content, 7)).await;
        let stored = stored.unwrap_or_else(|error| panic!("{ending}: {error:?}"));
        assert_eq!(stored.media_type, media_type, "{ending}");
        let file = store.get(&stored.sha256).await.unwrap();
        assert_ne!(file.extension, "bin", "{ending}");
        assert_eq!(read(file).await.unwrap(), content, "{ending}");
    }
}

async fn the_same_content_is_stored_once_also_when_it_comes_at_once(place: Place) {
    let store = place.open(32 * MIB).await;
    let put = || store.put(named("a.pdf"), long_pdf(9 * MIB));
    let at_once = future::join_all((0..4).map(|_| put())).await;
    let later = put().await.unwrap();
    for stored in at_once {
        assert_eq!(stored.unwrap(), later);
    }
    assert_eq!(place.everything(), [key(&later.sha256)]);
}

async fn a_file_over_the_limit_is_refused_and_leaves_nothing(place: Place) {
    let store = place.open(20 * MIB).await;
    let put = store.put(named("a.pdf"), long_pdf(20 * MIB + 1)).await;
    let refused = refusal(put);
    assert_eq!(
        refused,
        FileRefusal::TooLarge {
            size_bytes_max: 20 * MIB
        }
    );
    assert!(
        refused.sentence().contains("20MB"),
        "{}",
        refused.sentence()
    );
    assert_eq!(place.everything(), [""; 0]);
    let at_the_limit = store.put(named("a.pdf"), long_pdf(20 * MIB)).await;
    assert_eq!(at_the_limit.unwrap().size_bytes, 20 * MIB);
}

async fn an_empty_file_is_refused(place: Place) {
    let store = place.open(MIB).await;
    let put = store.put(named("a.txt"), pieces(b"", 1)).await;
    assert_eq!(refusal(put), FileRefusal::Empty);
    assert_eq!(place.everything(), [""; 0]);
}

async fn an_upload_that_breaks_off_leaves_nothing(place: Place) {
    let store = place.open(64 * MIB).await;
    for sent in [100, 9 * MIB, 33 * MIB] {
        let put = store.put(named("a.pdf"), broken_off_after(sent)).await;
        assert!(matches!(put, Err(PutFileError::BrokenOff(_))), "{put:?}");
        assert_eq!(place.everything(), [""; 0], "after {sent}");
    }
}

async fn an_upload_that_nobody_waits_for_leaves_nothing(place: Place) {
    let store = place.open(64 * MIB).await;
    let (send, receive) = tokio::sync::mpsc::channel::<Bytes>(1);
    let content = futures_util::stream::unfold(receive, |mut receive| async move {
        let piece = receive.recv().await;
        // The sender is gone: an upload ends so when its connection does.
        Some((piece.ok_or_else(|| "the line is dead".into()), receive))
    })
    .boxed();
    let waiting = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.put(named("a.pdf"), content).await }
    });
    for _ in 0..3 {
        let mut piece = b"%PDF-".to_vec();
        piece.resize(9 << 20, b'.');
        send.send(Bytes::from(piece)).await.unwrap();
    }
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    drop(send);
    // The upload takes itself back; as it tells nobody, it is waited for by looking.
    let is_clean = tokio::time::timeout(Duration::from_secs(20), async {
        while !place.everything().is_empty() {
            tokio::task::yield_now().await;
        }
    });
    assert!(is_clean.await.is_ok(), "left: {:?}", place.everything());
}

async fn a_file_whose_type_lies_is_refused_and_leaves_nothing(place: Place) {
    let store = place.open(64 * MIB).await;
    let mut program = b"MZ\x90\0".to_vec();
    program.resize(10 << 20, 0);
    let mut long_zip = zip(&["a.txt"]);
    long_zip.splice(0..0, zip(&["b"]));
    let lies: [(&str, Vec<u8>, &str); 12] = [
        ("照片.jpg", zip(&["a.txt"]), "压缩包"),
        ("照片.jpg", program, "程序"),
        ("照片.jpg", b"<!DOCTYPE html><script>".to_vec(), "网页"),
        (
            "照片.png",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
            "网页",
        ),
        ("记录.txt", b"  <html><body>".to_vec(), "网页"),
        ("记录.txt", b"\x7FELF\x02\x01\x01\0".to_vec(), "程序"),
        ("记录.csv", b"#!/bin/sh\nrm -r .".to_vec(), "脚本"),
        (
            "台账.xlsx",
            zip(&["[Content_Types].xml", "word/document.xml"]),
            "docx",
        ),
        (
            "台账.xlsx",
            zip(&[
                "[Content_Types].xml",
                "xl/workbook.xml",
                "xl/vbaProject.bin",
            ]),
            "带宏",
        ),
        ("决定.docx", long_zip, "压缩包"),
        ("决定.pdf", compound(), "旧格式"),
        ("决定.doc", PDF.to_vec(), "PDF"),
    ];
    for (name, content, found) in lies {
        let refused = refusal(store.put(named(name), pieces(&content, 1 << 16)).await);
        assert!(
            matches!(refused, FileRefusal::NotAsDeclared { .. })
                && refused.sentence().contains(found),
            "{name}: {}",
            refused.sentence()
        );
        assert_eq!(place.everything(), [""; 0], "{name}");
    }
    let declared = DeclaredFile {
        name: "照片.jpg".to_owned(),
        media_type: Some("text/html".to_owned()),
    };
    let by_type = refusal(store.put(declared, pieces(b"\xFF\xD8\xFF\xE0", 9)).await);
    assert!(matches!(by_type, FileRefusal::NotAsDeclared { .. }));
    for name in ["a.exe", "a.zip", "a.svg", "a"] {
        let refused = refusal(store.put(named(name), pieces(PDF, 9)).await);
        assert!(
            matches!(refused, FileRefusal::KindNotAccepted { .. }),
            "{name}"
        );
    }
    assert_eq!(place.everything(), [""; 0]);
}

async fn a_long_file_passes_in_parts(place: Place) {
    let store = place.open(64 * MIB).await;
    let stored = store.put(named("a.pdf"), long_pdf(41 * MIB + 5)).await;
    let stored = stored.unwrap();
    assert_eq!(place.everything(), [key(&stored.sha256)]);
    let mut file = store.get(&stored.sha256).await.unwrap();
    let mut length = 0;
    while let Some(piece) = file.content.try_next().await.unwrap() {
        assert!(piece.len() <= 16 << 20, "a piece of {}", piece.len());
        length += u64::try_from(piece.len()).unwrap();
    }
    assert_eq!((length, file.size_bytes), (41 * MIB + 5, 41 * MIB + 5));
}

async fn a_damaged_file_is_named_and_never_served_whole(place: Place) {
    let store = place.open(MIB).await;
    let stored = store.put(named("a.pdf"), pieces(PDF, 9)).await.unwrap();
    let mut flipped = PDF.to_vec();
    flipped[12] ^= 1;
    let cut = PDF.iter().take(9).copied().collect();
    for damaged in [flipped, cut, Vec::new()] {
        place.overwrite(&stored.sha256, &damaged);
        let mut file = store.get(&stored.sha256).await.unwrap();
        let mut length = 0;
        let error = loop {
            match file.content.try_next().await {
                Ok(Some(piece)) => length += piece.len(),
                Ok(None) => panic!("a damaged file was read to its end"),
                Err(error) => break error,
            }
        };
        assert!(length < damaged.len().max(1), "{length} bytes were served");
        assert!(
            error.to_string().contains(&stored.sha256.to_string()),
            "{error}"
        );
        let error = error.downcast::<FileError>().unwrap();
        assert!(matches!(*error, FileError::Damaged { .. }), "{error}");
    }
}

async fn putting_it_again_mends_a_damaged_file(place: Place) {
    let store = place.open(MIB).await;
    let stored = store.put(named("a.pdf"), pieces(PDF, 9)).await.unwrap();
    place.overwrite(&stored.sha256, b"%PDF-other");
    store.put(named("a.pdf"), pieces(PDF, 9)).await.unwrap();
    let file = store.get(&stored.sha256).await.unwrap();
    assert_eq!(read(file).await.unwrap(), PDF);
}

async fn a_removed_file_is_gone(place: Place) {
    let store = place.open(MIB).await;
    let stored = store.put(named("a.pdf"), pieces(PDF, 9)).await.unwrap();
    let other = store.put(named("a.txt"), pieces(b"a", 9)).await.unwrap();
    assert!(store.remove(&stored.sha256).await.unwrap());
    assert!(!store.remove(&stored.sha256).await.unwrap());
    assert!(!store.exists(&stored.sha256).await.unwrap());
    let absent = store.get(&stored.sha256).await.unwrap_err();
    assert!(matches!(absent, FileError::Absent(address) if address == stored.sha256));
    assert_eq!(place.everything(), [key(&other.sha256)]);
}

async fn files_are_listed_in_order_page_by_page(place: Place) {
    let store = place.open(MIB).await;
    let mut expected = Vec::new();
    for number in 0..12 {
        let content = format!("第{number}件");
        let stored = store
            .put(named("a.txt"), pieces(content.as_bytes(), 9))
            .await;
        expected.push(stored.unwrap().sha256);
    }
    expected.sort();
    let mut listed: Vec<FileDigest> = Vec::new();
    loop {
        let page = store.list(listed.last(), 5).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 5);
        listed.extend(page);
    }
    assert_eq!(listed, expected);
}
