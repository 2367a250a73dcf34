//! What may come in, what stands, and that nothing comes back.

use crate::support::*;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use portal::{Outcome, Taken};
use proof::{Bundle, SigningKey};
use std::fs::{self, File};
use std::time::{Duration, SystemTime};

/// The pages that say everything that a portal says.
const EVERYTHING: [&str; 14] = [
    "/",
    "/publications",
    "/publications.csv",
    "/publications.json",
    "/feed.atom",
    "/publications/a1",
    "/publications/a1/verify",
    "/publications/a1/bundle.json",
    "/publications/b2",
    "/publications/b2/verify",
    "/publications/b2/bundle.json",
    "/publications/c3",
    "/publications/c3/verify",
    "/publications/d4",
];

async fn everything(site: &Site) -> Vec<(String, StatusCode, Vec<u8>)> {
    let mut all = Vec::new();
    for path in EVERYTHING {
        let answer = site.get(path).await;
        all.push((
            path.to_owned(),
            answer.status(),
            bytes(answer).await.to_vec(),
        ));
    }
    all
}

/// A disclosure that is corrected, one that is withdrawn and disclosed again, one that is withdrawn for good, and an entry
/// shown with two proofs; in the order of the log.
fn history() -> Vec<Bundle> {
    let mut log = Log::new();
    let mut all = vec![
        log.publish(&decision("a1", "旧名蔡清源", "2026-10-13")),
        log.publish(&decision("b2", "永安某水务有限公司", "2026-10-13")),
        log.publish(&decision("c3", "某砂石有限公司", "2026-10-14")),
    ];
    let mut corrected = decision("a1", "蔡某某", "2026-10-15");
    corrected.earlier = vec![log.replaced(0, "当事人姓名有误")];
    all.push(log.publish(&corrected));
    all.push(log.publish(&withdrawal("b2")));
    all.push(log.publish(&withdrawal("c3")));
    let mut again = decision("b2", "永安某水务有限公司", "2026-11-21");
    again.earlier = vec![log.replaced(1, "行政处罚决定被依法撤销")];
    all.push(log.publish(&again));
    all.push(log.publish(&decision("d4", "另一公司", "2026-11-22")));
    // The record was delivered again from the beginning: the same entry under a larger tree.
    all.push(log.shown(3));
    all
}

fn id_of(bundle: &Bundle) -> &'static str {
    match bundle.index {
        0 | 3 => "a1",
        1 | 4 | 6 => "b2",
        2 | 5 => "c3",
        _ => "d4",
    }
}

#[tokio::test]
async fn a_correction_leaves_no_trace_of_the_old_text() {
    let site = Site::new();
    let mut log = Log::new();
    let old = log.publish(&decision("a1", "旧名蔡清源", "2026-10-13"));
    site.deliver("a1", &old);
    site.deliver("b2", &log.publish(&decision("b2", "某公司", "2026-10-13")));
    // A damaged copy of it came before, when nobody could know which publication that would be.
    let mut damaged = old.clone();
    damaged.size += 1;
    site.deliver("a1-damaged", &damaged);
    let asked = "/publications?q=%E8%94%A1%E6%B8%85%E6%BA%90";
    assert!(site.shown(asked).await.contains("旧名蔡清源"));
    for path in EVERYTHING {
        site.get(path).await;
    }
    assert!(
        everything_in(site.folder.path()).contains("旧名蔡清源"),
        "the test sees what is there"
    );

    let mut corrected = decision("a1", "蔡某某", "2026-10-15");
    corrected.earlier = vec![log.replaced(0, "当事人姓名有误")];
    site.deliver("a1", &log.publish(&corrected));
    assert!(site.shown(asked).await.contains("没有找到"));
    // Neither does it come back, whoever brings it and however.
    site.deliver("a1", &old);
    site.deliver("other-name", &old);
    let cut = old.to_json();
    let truncated = &cut[..cut.len() - 30];
    put(site.folder.path(), "inbox/cut.json", truncated);
    age(&site, "inbox/cut.json");
    site.deliver("a1", &damaged);
    assert_eq!(site.post(&old.to_json()).await.0, StatusCode::CONFLICT);
    site.get("/").await;
    assert_eq!(names(&site.path("inbox")), Vec::<String>::new());

    for path in EVERYTHING.into_iter().chain([asked]) {
        let said = text(site.get(path).await).await;
        assert!(
            !said.contains("旧名蔡清源") && !said.contains("蔡清源，"),
            "{path}"
        );
    }
    let on_disk = everything_in(site.folder.path());
    assert!(!on_disk.contains("蔡清源"), "{on_disk}");
    let page = site.shown("/publications/a1").await;
    assert!(
        page.contains("更正记录") && page.contains("当事人姓名有误"),
        "{page}"
    );
}

/// Nobody is copying this file any more.
fn age(site: &Site, name: &str) {
    let file = File::options()
        .write(true)
        .open(site.path(name))
        .expect("there");
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    file.set_modified(long_ago).expect("dated back");
}

#[tokio::test]
async fn the_same_files_give_the_same_pages_in_whatever_order_they_come() {
    let live = Site::new();
    let history = history();
    for bundle in &history {
        live.deliver(id_of(bundle), bundle);
        // Every page was asked for in between: nothing of it may be kept.
        everything(&live).await;
    }
    // What came before is sent once more.
    for bundle in &history {
        live.post(&bundle.to_json()).await;
    }
    let expected = everything(&live).await;
    assert!(
        expected
            .iter()
            .all(|(_, status, _)| *status == StatusCode::OK)
    );

    let count = history.len();
    let orders: [Vec<usize>; 5] = [
        (0..count).rev().collect(),
        (0..count).map(|at| (at * 5 + 3) % count).collect(),
        (0..count).map(|at| (at * 2 + 1) % count).collect(),
        [4, 1, 6, 0, 3, 8, 5, 2, 7].to_vec(),
        [8, 0, 5, 2, 1, 4, 6, 3, 7].to_vec(),
    ];
    for order in orders {
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..count).collect::<Vec<_>>(), "{order:?}");
        let site = Site::new();
        for at in &order {
            site.deliver(id_of(&history[*at]), &history[*at]);
            site.get("/").await;
        }
        assert_eq!(everything(&site).await, expected, "{order:?}");
    }

    // All at once into an empty folder, under names that say nothing of their order; then opened anew.
    let folder = tempfile::tempdir().expect("a folder");
    for (at, bundle) in history.iter().enumerate() {
        let name = format!("inbox/copy {}.json", count - at);
        put(folder.path(), &name, &bundle.to_json());
    }
    let site = Site::over(folder);
    assert_eq!(everything(&site).await, expected);
    let Site { folder, portal } = site;
    drop(portal);
    assert_eq!(everything(&Site::over(folder)).await, expected);

    // The accepted files of the one, carried over to another.
    let folder = tempfile::tempdir().expect("a folder");
    for below in ["", "withdrawn/"] {
        for name in names(&live.path(below)) {
            if name.ends_with(".json") {
                let file = fs::read(live.path(&format!("{below}{name}"))).expect("there");
                put(folder.path(), &format!("inbox/{name}"), &file);
            }
        }
    }
    assert_eq!(everything(&Site::over(folder)).await, expected);
}

#[tokio::test]
async fn what_is_forged_truncated_or_of_another_portal_is_refused_with_its_reason() {
    let site = Site::new();
    let mut log = Log::new();
    let good = log.publish(&decision("a1", "某公司", "2026-10-13"));
    let mut forged = good.clone();
    forged.part.body = Log::new()
        .publish(&decision("a1", "别的公司", "2026-10-13"))
        .part
        .body;
    let mut moved = good.clone();
    moved.index = 5;
    let stranger = SigningKey::from_seed("mingqu.test/elsewhere", &[6; 32]).expect("a key");
    let of_another = Log::of(stranger).publish(&decision("x1", "外地公司", "2026-10-13"));
    // Another key in the name of this log.
    let impostor = SigningKey::from_seed(ORIGIN, &[7; 32]).expect("a key");
    let by_impostor = Log::of(impostor).publish(&decision("x2", "外地公司", "2026-10-13"));
    let whole = good.to_json();
    let cases: [(&str, Vec<u8>, &str); 8] = [
        ("forged.json", forged.to_json(), "不一致"),
        ("moved.json", moved.to_json(), "不在签署的日志里"),
        ("other.json", of_another.to_json(), "签名不是"),
        ("impostor.json", by_impostor.to_json(), "签名不是"),
        (
            "cut.json",
            whole[..whole.len() / 2].to_vec(),
            "不是一份完整的存证文件",
        ),
        ("empty.json", Vec::new(), "不是一份完整的存证文件"),
        (
            "text.json",
            Log::new().publish(&"text").to_json(),
            "不是公示",
        ),
        ("large.json", vec![b' '; 4_000_001], "超过"),
    ];
    for (name, bytes, reason) in &cases {
        put(site.folder.path(), &format!("inbox/{name}"), bytes);
        age(&site, &format!("inbox/{name}"));
        site.get("/").await;
        let said = site.reason(name);
        assert!(said.contains(reason), "{name}: {said}");
        assert!(!said.is_ascii() && !said.contains("Error"), "{said}");
        let (status, said) = site.post(bytes).await;
        let expected = match *name {
            "large.json" => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        assert_eq!(status, expected, "{name}: {said}");
    }
    assert!(site.shown("/").await.contains("目前没有公示内容"));
    // What is of nobody known here is kept for whoever looks into it; what cannot be read at all is not.
    let kept = |name: &str| site.refused().contains(&name.to_owned());
    assert!(kept("other.json") && kept("impostor.json") && !kept("cut.json"));
    assert_eq!(names(&site.path("inbox")), Vec::<String>::new());
    site.deliver("a1", &good);
    assert!(site.shown("/publications/a1").await.contains("某公司"));
}

#[tokio::test]
async fn a_withdrawal_of_what_was_never_published_stands_and_what_it_withdrew_stays_away() {
    let site = Site::new();
    let mut log = Log::new();
    let disclosed = log.publish(&decision("a1", "某公司", "2026-10-13"));
    let withdrawn = log.publish(&withdrawal("a1"));
    site.deliver("a1", &withdrawn);
    assert!(site.shown("/publications/a1").await.contains("已撤下"));
    let (status, said) = site.post(&disclosed.to_json()).await;
    assert_eq!(status, StatusCode::CONFLICT, "{said}");
    site.deliver("a1", &disclosed);
    let page = site.shown("/publications/a1").await;
    assert!(
        page.contains("已撤下") && !page.contains("某公司"),
        "{page}"
    );
    assert!(site.reason("000000000000-a1.json").contains("不再恢复"));
    assert_eq!(site.refused(), ["000000000000-a1.json.reason.txt"]);
    assert!(!site.path("a1.json").exists());
    // A later entry may show it again.
    site.deliver("a1", &log.publish(&decision("a1", "某公司", "2026-12-01")));
    assert!(site.shown("/publications/a1").await.contains("2026-12-01"));
    assert!(!site.path("withdrawn/a1.json").exists());
}

#[tokio::test]
async fn a_bundle_that_is_sent_stands_by_its_signature_alone() {
    let site = Site::new();
    let mut log = Log::new();
    let bundle = log
        .publish(&decision("a1", "某公司", "2026-10-13"))
        .to_json();
    let (status, said) = site.post(&bundle).await;
    assert_eq!(
        (status, said["id"].as_str()),
        (StatusCode::ACCEPTED, Some("a1"))
    );
    assert_eq!(
        site.post(&bundle).await.0,
        StatusCode::ACCEPTED,
        "the same again"
    );
    assert!(site.shown("/publications/a1").await.contains("某公司"));
    assert_eq!(fs::read(site.path("a1.json")).expect("kept"), bundle);
    // One of the first shape says no id itself: then the file name does.
    let first = log.publish(&first_shape("某案", "2026-10-14")).to_json();
    let (status, said) = site.post(&first).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        said["detail"]
            .as_str()
            .is_some_and(|it| it.contains("编号")),
        "{said}"
    );
    let named = Request::post("/inbox").header("x-file-name", "b2.json");
    let answer = site
        .ask(named.body(Body::from(first)).expect("a request"))
        .await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    assert!(site.shown("/publications/b2").await.contains("某案"));
}

#[tokio::test]
async fn a_file_that_is_still_being_copied_is_waited_for() {
    let site = Site::new();
    let whole = Log::new()
        .publish(&decision("a1", "某公司", "2026-10-13"))
        .to_json();
    put(
        site.folder.path(),
        "inbox/a1.json",
        &whole[..whole.len() / 2],
    );
    assert!(site.shown("/").await.contains("目前没有公示内容"));
    assert_eq!(site.refused(), Vec::<String>::new());
    put(site.folder.path(), "inbox/a1.json", &whole);
    assert!(site.shown("/publications/a1").await.contains("某公司"));
    assert_eq!(names(&site.path("inbox")), Vec::<String>::new());
}

#[tokio::test]
async fn what_was_interrupted_is_finished_at_the_next_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut log = Log::new();
    let older = log
        .publish(&decision("a1", "旧名蔡清源", "2026-10-13"))
        .to_json();
    let withdrawn = log.publish(&withdrawal("a1")).to_json();
    let header = log.publish(&withdrawal("b2")).to_json();
    let newer = log
        .publish(&decision("b2", "某公司", "2026-12-01"))
        .to_json();
    put(folder.path(), "a1.json", &older);
    put(folder.path(), "withdrawn/a1.json", &withdrawn);
    put(folder.path(), "b2.json", &newer);
    put(folder.path(), "withdrawn/b2.json", &header);
    put(folder.path(), "a1.part", &older);
    // Taken in already, but still in the inbox.
    put(folder.path(), "inbox/000000000001-a1.json", &withdrawn);
    let site = Site::over(folder);
    assert!(site.shown("/publications/a1").await.contains("已撤下"));
    assert!(site.shown("/publications/b2").await.contains("某公司"));
    assert_eq!(
        names(&site.path("")),
        ["b2.json", "inbox", "refused", "withdrawn"]
    );
    assert_eq!(names(&site.path("withdrawn")), ["a1.json"]);
    assert!(!everything_in(site.folder.path()).contains("蔡清源"));
}

#[tokio::test]
async fn a_damaged_withdrawal_still_hides_the_content() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut log = Log::new();
    let disclosed = log.publish(&decision("a1", "秘密公司", "2026-10-13"));
    let withdrawn = log.publish(&withdrawal("a1"));
    put(folder.path(), "a1.json", &disclosed.to_json());
    put(
        folder.path(),
        "withdrawn/a1.json",
        &log.publish(&withdrawal("another")).to_json(),
    );
    let site = Site::over(folder);
    let (status, html) = site.page("/publications/a1").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!html.contains("秘密公司"));
    // Nobody can say any more which of the two is newer: the content does not come back by itself.
    assert_eq!(
        site.post(&disclosed.to_json()).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(
        site.post(&withdrawn.to_json()).await.0,
        StatusCode::ACCEPTED
    );
    assert!(site.shown("/publications/a1").await.contains("已撤下"));
    assert!(!site.path("a1.json").exists());
}

#[tokio::test]
async fn what_changes_in_the_folder_shows_at_once() {
    let site = Site::new();
    let mut log = Log::new();
    let mut put_first = |name: &str, title: &str| {
        let bundle = log.publish(&first_shape(title, "2026-10-13"));
        put(site.folder.path(), name, &bundle.to_json());
    };
    assert!(site.shown("/").await.contains("目前没有公示内容"));
    put_first("a1.json", "第一版");
    assert!(site.shown("/").await.contains("第一版"));
    put_first("half", "第二版");
    fs::rename(site.path("half"), site.path("a1.json")).expect("replaced");
    assert!(site.shown("/publications/a1").await.contains("第二版"));
    let withdrawn = log.publish(&withdrawal("a1"));
    put(
        site.folder.path(),
        "withdrawn/a1.json",
        &withdrawn.to_json(),
    );
    assert!(site.shown("/publications/a1").await.contains("已撤下"));
    fs::remove_file(site.path("withdrawn/a1.json")).expect("removed");
    assert!(
        site.page("/publications/a1")
            .await
            .1
            .contains("没有这个页面")
    );
}

#[test]
fn a_round_says_what_came_of_it() {
    let site = Site::new();
    let mut log = Log::new();
    let first = log.publish(&decision("a1", "某公司", "2026-10-13"));
    let second = log.publish(&decision("a1", "某公司", "2026-10-14"));
    site.deliver("a1", &second);
    let taken = |taken, known, refused| Taken {
        taken,
        known,
        refused,
    };
    assert_eq!(site.portal.take_in().expect("done"), taken(1, 0, 0));
    site.deliver("a1", &first);
    site.deliver("a1", &second);
    assert_eq!(site.portal.take_in().expect("done"), taken(0, 1, 1));
    assert_eq!(site.portal.take_in().expect("done"), taken(0, 0, 0));
    assert_eq!(site.portal.counts(), (1, 0, 0));
    let outcome = site.portal.put(&second.to_json(), None).expect("done");
    assert!(matches!(outcome, Outcome::Known { id } if id == "a1"));
}

#[tokio::test]
async fn a_large_delivery_is_taken_in_without_anybody_asking_twice() {
    let site = Site::new();
    let mut log = Log::new();
    for n in 0..300 {
        let id = format!("p{n}");
        site.deliver(&id, &log.publish(&decision(&id, "某公司", "2026-10-13")));
    }
    assert_eq!(site.portal.take_in().expect("done").taken, 300);
    assert!(site.shown("/").await.contains("查看全部 300 件"));
}
