use super::*;
use proof::{DisclosureRow, DisclosureSection};
use std::io::Read;
use zip::ZipArchive;

fn shown() -> Disclosure {
    let row = |label: &str, value: &str| DisclosureRow {
        label: label.into(),
        value: value.into(),
    };
    Disclosure {
        title: "未经批准取水：行政处罚决定".into(),
        kind: "行政处罚决定".into(),
        disclosed_on: "2026-10-13".into(),
        number: Some("永水罚决字〔2026〕1号".into()),
        agency: Some("永安区水利局".into()),
        sections: vec![DisclosureSection {
            heading: "怎样处罚".into(),
            rows: vec![
                row("处罚内容", "罚款¥20,000.00"),
                row("违法事实", "在<某>河 & 支流取水\n共三次"),
            ],
        }],
        ..Disclosure::default()
    }
}

const RELEASED: &str = "https://gs.example/publications/c-1-1";

fn released(shown: &Disclosure) -> Released<'_> {
    Released {
        id: "c-1-1",
        shown,
        address: RELEASED,
    }
}

#[test]
fn a_package_says_what_goes_where() {
    let shown = shown();
    let bytes = package(released(&shown)).expect("a package");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("a ZIP");
    let mut read = |name: &str| {
        let mut text = String::new();
        let mut file = archive.by_name(name).expect(name);
        file.read_to_string(&mut text).expect("UTF-8");
        text
    };
    assert!(read("1-标题.txt").ends_with("未经批准取水：行政处罚决定"));
    assert!(read("2-栏目.txt").contains("行政处罚决定"));
    let html = read("3-正文.html");
    assert!(html.contains("<th>处罚内容</th><td>罚款¥20,000.00</td>"));
    // What was typed is text, whatever it looks like.
    assert!(html.contains("在&lt;某&gt;河 &amp; 支流取水<br>共三次"));
    assert!(!html.contains("<script") && !html.contains("style="));
    assert!(read("4-附件/c-1-1.txt").contains("文号：永水罚决字〔2026〕1号"));
    let told = read("说明.txt");
    assert!(told.contains(RELEASED) && told.contains("载体发布登记"));
}

#[test]
fn what_a_content_system_changes_by_itself_is_no_difference() {
    let shown = shown();
    let page = format!(
        "<html><head><style>td {{ color: red }}</style><script>var a = \"</table>\";</script></head><body><h1>{}</h1><!-- 罚款 -->{}</body></html>",
        "未经批准取水:行政处罚决定",
        html(released(&shown))
            .replace('¥', "&yen;")
            .replace("20,000.00", "２０，０００．００")
            .replace("永水", "永&nbsp;水")
    );
    let compared = compare(&page, &shown);
    let missing: Vec<_> = compared.missing().collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_line_that_was_changed_or_left_out_is_named() {
    let shown = shown();
    let page = html(released(&shown)).replace("20,000.00", "2,000.00");
    let compared = compare(&page, &shown);
    let missing: Vec<&str> = compared.missing().map(|line| line.label.as_str()).collect();
    assert_eq!(missing, ["标题", "处罚内容"]);
    // An empty page, or one that breaks off, has nothing.
    assert_eq!(compare("", &shown).found().count(), 0);
    assert_eq!(compare("<table><tr><td", &shown).found().count(), 0);
    // A sign that is no tag hides nothing behind it.
    let compared = compare("水深 < 3米，罚款¥20,000.00", &shown);
    assert_eq!(compared.found().count(), 1);
}

#[test]
fn after_a_withdrawal_whatever_still_stands_there_is_named() {
    let shown = shown();
    let compared = compare("<p>该公示已撤下</p><p>罚款¥20,000.00</p>", &shown);
    let found: Vec<&str> = compared.found().map(|line| line.label.as_str()).collect();
    assert_eq!(found, ["处罚内容"]);
}
