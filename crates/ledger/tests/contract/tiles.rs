//! Tiles: published completely, resumed after a crash at any write, compared only if they are what was signed.

use crate::attack::everything;
use crate::backends::Backend;
use crate::{agency, append_to, fill, key};
use app::ledger::Ledger;
use ledger::tiles::{FolderSource, TilesError, publish_tiles};
use ledger::verify::{self, Against, Check, Finding, Verification, VerifyError};
use proof::tile;
use proof::{Checkpoint, SigningKey, Sm2SigningKey};
use std::fs;
use std::path::Path;

async fn publish(ledger: &dyn Ledger, folder: &Path) -> Result<(u64, u64), TilesError> {
    let done = publish_tiles(ledger, &agency(), &key(), folder).await?;
    Ok((done.size, done.tiles))
}

async fn verify_tiles(ledger: &dyn Ledger, folder: &Path) -> Result<Verification, VerifyError> {
    let key = key();
    let source = FolderSource(folder.to_owned());
    let check = Check {
        key: key.verifier(),
        sm2_key: None,
        with_sm3: false,
        against: Against::Tiles(&source),
    };
    verify::verify_log(ledger, &agency(), check).await
}

pub async fn tiles_are_published_up_to_the_head(backend: impl Backend) {
    let ledger = backend.open().await;
    let folder = tempfile::tempdir().expect("a folder");
    fill(&*ledger, "case/1", 200).await;
    assert_eq!(
        publish(&*ledger, folder.path()).await.expect("published"),
        (200, 1)
    );
    assert_eq!(
        publish(&*ledger, folder.path()).await.expect("nothing new"),
        (200, 0)
    );
    fill(&*ledger, "case/2", 70).await;
    assert_eq!(
        publish(&*ledger, folder.path()).await.expect("published"),
        (270, 3)
    );
    let names: Vec<String> = everything(folder.path()).into_keys().collect();
    let mut expected: Vec<String> = tile::new_tiles(0, 270).map(|tile| tile.path()).collect();
    expected.push("checkpoint".to_owned());
    expected.sort();
    assert_eq!(
        names, expected,
        "the partial tile of 200 is gone with its folder"
    );
    let found = verify_tiles(&*ledger, folder.path()).await.expect("read");
    assert!(found.is_sound(), "{:?}", found.findings);
    fill(&*ledger, "case/3", 4).await;
    let found = verify_tiles(&*ledger, folder.path()).await.expect("read");
    assert!(found.is_sound(), "{:?}", found.findings);
    assert!(
        found.statement().contains("其后的 4 条没有外部切片"),
        "{}",
        found.statement()
    );
}

/// Whatever was written when the program stopped, the next publication leads to the same folder.
pub async fn publishing_goes_on_after_a_crash_at_any_write(backend: impl Backend) {
    let ledger = backend.open().await;
    let whole = tempfile::tempdir().expect("a folder");
    fill(&*ledger, "case/1", 10).await;
    publish(&*ledger, whole.path()).await.expect("published");
    let old = everything(whole.path());
    fill(&*ledger, "case/2", 260).await;
    publish(&*ledger, whole.path()).await.expect("published");
    let new = everything(whole.path());
    let order: Vec<String> = tile::new_tiles(10, 270).map(|tile| tile.path()).collect();
    for written in 0..=order.len() {
        let folder = tempfile::tempdir().expect("a folder");
        let stopped = old.iter().chain(
            order
                .iter()
                .take(written)
                .map(|path| new.get_key_value(path).expect("written")),
        );
        for (path, bytes) in stopped {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, bytes).expect("written");
        }
        fs::write(folder.path().join("tile/0/000.half"), "a torn write").expect("written");
        publish(&*ledger, folder.path()).await.expect("published");
        fs::remove_file(folder.path().join("tile/0/000.half")).ok();
        assert_eq!(everything(folder.path()), new, "after {written} writes");
    }
}

pub async fn a_published_tile_is_never_overwritten(backend: impl Backend) {
    let ledger = backend.open().await;
    let folder = tempfile::tempdir().expect("a folder");
    fill(&*ledger, "case/1", 300).await;
    let path = folder.path().join("tile/0/000");
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    let other = tempfile::tempdir().expect("a folder");
    publish(&*ledger, other.path()).await.expect("published");
    let mut bytes = fs::read(other.path().join("tile/0/000")).expect("there");
    bytes[77 * 32] ^= 1;
    fs::write(&path, &bytes).expect("written");
    let refused = publish(&*ledger, folder.path()).await;
    assert!(
        matches!(refused, Err(TilesError::Differs { leaf: 77 })),
        "{refused:?}"
    );
    assert_eq!(fs::read(&path).expect("there"), bytes);
    assert!(!folder.path().join("checkpoint").exists());
}

pub async fn tiles_that_are_not_what_was_signed_name_no_leaf(backend: impl Backend) {
    let ledger = backend.open().await;
    let folder = tempfile::tempdir().expect("a folder");
    fill(&*ledger, "case/1", 300).await;
    publish(&*ledger, folder.path()).await.expect("published");
    let path = folder.path().join("tile/0/000");
    let good = fs::read(&path).expect("there");
    let mut bytes = good.clone();
    bytes[5 * 32] ^= 1;
    fs::write(&path, &bytes).expect("written");
    let found = verify_tiles(&*ledger, folder.path()).await.expect("read");
    assert_eq!(found.findings, [Finding::TilesUnfit]);
    assert_eq!(found.first_differing_leaf(), None);
    fs::remove_file(&path).expect("there");
    let found = verify_tiles(&*ledger, folder.path()).await.expect("read");
    assert_eq!(found.findings, [Finding::TilesUnfit]);
    fs::write(&path, &good).expect("written");
    assert!(
        verify_tiles(&*ledger, folder.path())
            .await
            .expect("read")
            .is_sound()
    );

    // Signed by another key, or not there: no comparison at all.
    let stranger = SigningKey::from_seed("mingqu.test/yongan", &[6; 32]).expect("a key");
    let note = fs::read_to_string(folder.path().join("checkpoint")).expect("there");
    let head = Checkpoint::open(&note, key().verifier()).expect("ours");
    let forged = Checkpoint::sign(head.size, head.root, &stranger);
    fs::write(folder.path().join("checkpoint"), forged).expect("written");
    let refused = verify_tiles(&*ledger, folder.path()).await;
    assert!(
        matches!(refused, Err(VerifyError::Outside(_))),
        "{refused:?}"
    );
    fs::remove_file(folder.path().join("checkpoint")).expect("there");
    let refused = verify_tiles(&*ledger, folder.path()).await;
    assert!(
        matches!(refused, Err(VerifyError::NoCheckpoint)),
        "{refused:?}"
    );
}

pub async fn the_sm2_line_is_checked_when_asked_for(backend: impl Backend) {
    let ledger = backend.open().await;
    let folder = tempfile::tempdir().expect("a folder");
    let sm2 = Sm2SigningKey::from_seed("mingqu.test/yongan", &[9; 32]).expect("a key");
    let other = Sm2SigningKey::from_seed("mingqu.test/yongan", &[8; 32]).expect("a key");
    let both = key().with_sm2(sm2.clone());
    ledger
        .append(append_to("case/1", 0))
        .await
        .expect("the first version");
    publish_tiles(&*ledger, &agency(), &both, folder.path())
        .await
        .expect("published");
    let source = FolderSource(folder.path().to_owned());
    let key = key();
    let check = |sm2_key, against| Check {
        key: key.verifier(),
        sm2_key,
        with_sm3: true,
        against,
    };
    let asked = check(Some(sm2.verifier()), Against::Tiles(&source));
    let found = verify::verify_log(&*ledger, &agency(), asked)
        .await
        .expect("read");
    assert!(found.is_sound(), "{:?}", found.findings);
    assert!(
        found.statement().contains("SM3 摘要也已逐条核对"),
        "{}",
        found.statement()
    );
    let asked = check(Some(other.verifier()), Against::Nothing);
    let found = verify::verify_log(&*ledger, &agency(), asked)
        .await
        .expect("read");
    let whose = verify::Whose::Own;
    assert_eq!(found.findings, [Finding::Sm2LineRefused { whose }]);
    let asked = check(Some(other.verifier()), Against::Tiles(&source));
    let refused = verify::verify_log(&*ledger, &agency(), asked).await;
    assert!(
        matches!(refused, Err(VerifyError::Outside(_))),
        "{refused:?}"
    );
}
