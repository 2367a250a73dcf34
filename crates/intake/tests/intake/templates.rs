//! The empty workbooks are made from the rules and read back.

use crate::desk::{agency, desk, rules};
use crate::twenty::today;
use calamine::{Data, Reader, Xlsx};
use intake::plan::By;
use intake::run::{Outcome, Wanted, check};
use intake::scans::Scans;
use intake::{Book, plan, report, template};
use rust_xlsxwriter::Workbook;
use std::collections::BTreeSet;
use std::io::Cursor;

fn column(book: &[u8], sheet: &str, column: u32) -> Vec<String> {
    let mut xlsx = Xlsx::new(Cursor::new(book.to_vec())).unwrap();
    let range = xlsx.worksheet_range(sheet).unwrap();
    let last = range.end().unwrap().0;
    (0..=last)
        .filter_map(|row| match range.get_value((row, column)) {
            Some(Data::String(text)) => Some(text.clone()),
            _ => None,
        })
        .collect()
}

fn headings(book: &[u8], sheet: &str) -> Vec<String> {
    let mut xlsx = Xlsx::new(Cursor::new(book.to_vec())).unwrap();
    let range = xlsx.worksheet_range(sheet).unwrap();
    let row = range.rows().next().unwrap();
    row.iter().map(ToString::to_string).collect()
}

#[test]
fn the_template_offers_every_act_and_reads_back_as_empty() {
    let book = template::sheets(&rules(), &agency(), Some("penalty.ordinary")).unwrap();
    let procedure = rules().procedure("penalty.ordinary").unwrap().clone();
    // Below the heading, one line an act.
    assert_eq!(
        column(&book, "填写说明", 0).len(),
        procedure.events.len() + 1
    );
    let parties = headings(&book, "当事人");
    assert!(
        parties.contains(&"统一社会信用代码".to_owned()),
        "{parties:?}"
    );
    let offered = (0..20).map(|at| column(&book, "选项", at));
    assert!(
        offered
            .into_iter()
            .any(|list| list.len() == procedure.events.len())
    );
    let by = By {
        entered_by: "p01",
        approved_by: "p06",
        procedure: Some("penalty.ordinary"),
        from: "纸质案卷",
    };
    let plan = plan(&Book::of_xlsx(book).unwrap(), &rules(), &agency(), by).unwrap();
    assert_eq!(
        (plan.cases.len(), plan.general.len()),
        (0, 0),
        "{:?}",
        plan.general
    );
}

#[tokio::test]
async fn a_ledger_of_one_line_a_case_is_read_by_its_mapping() {
    let empty = template::ledger(&rules(), &agency(), Some("penalty.ordinary")).unwrap();
    let names = headings(&empty, "行政处罚案件台账");
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (at, name) in (0u16..).zip(&names) {
        sheet.write(2, at, name.as_str()).unwrap();
    }
    sheet.write(0, 0, "某市水利局行政处罚案件台账").unwrap();
    let at = |name: &str| u16::try_from(names.iter().position(|n| n == name).unwrap()).unwrap();
    for (name, text) in [
        ("案件序号", "7"),
        ("当事人", "一行砂石有限公司"),
        ("当事人类型", "法人"),
        ("承办人", "陆清源、闻一舟"),
        ("案由", "未经批准擅自取水"),
        ("案源登记日期", "2026.3.2"),
        ("立案日期", "2026年3月5日"),
        ("立案号", "某水立字〔2026〕3号"),
        ("决定日期", "2026/4/20"),
        ("罚款金额", "2万元"),
        ("决定书文号", "某水罚决字[2026]第05号"),
        ("缴款日期", "2026-05-06"),
        ("缴款金额", "20000"),
    ] {
        let Some(found) = names.iter().position(|n| n == name) else {
            panic!("no column {name} in {names:?}");
        };
        sheet.write(3, u16::try_from(found).unwrap(), text).unwrap();
    }
    // A sum below is no case.
    sheet.write(5, at("罚款金额"), "20000").unwrap();
    let book = workbook.save_to_buffer().unwrap();
    let by = By {
        entered_by: "p01",
        approved_by: "p06",
        procedure: Some("penalty.ordinary"),
        from: "纸质台账",
    };
    let plan = plan(&Book::of_xlsx(book).unwrap(), &rules(), &agency(), by).unwrap();
    assert_eq!(plan.cases.len(), 1, "{plan:#?}");
    let desk = desk(today());
    let only = BTreeSet::new();
    let wanted = Wanted {
        scans: Scans::None,
        only: &only,
    };
    let judged = check(&desk.office, &plan, "another", wanted).await;
    let case = &judged.cases[0];
    assert_eq!(case.outcome, Outcome::Fit, "{:#?}", case.errors);
    assert_eq!(case.title, "未经批准擅自取水");
    assert_eq!(case.parties, "一行砂石有限公司");
    // A decision without notice to the party: said with its article.
    assert!(
        case.departures
            .iter()
            .any(|found| found.text.contains("行政处罚法") && found.text.contains("告知")),
        "{:#?}",
        case.departures
    );
    assert!(
        case.missing
            .iter()
            .any(|found| found.text.contains("涉嫌违反的规定"))
    );
    let decided = plan.cases[0]
        .request
        .acts
        .iter()
        .find(|act| act.facts.values().any(|json| json["fine"] == 2_000_000));
    assert!(decided.is_some(), "{:#?}", plan.cases[0].request);
    let shown = report::text(&judged);
    for said in ["案件 7 可以接续", "与法不符", "缺记载", "应办"] {
        assert!(shown.contains(said), "{said} is not in\n{shown}");
    }
    let kept = report::workbook(&judged).unwrap();
    assert_eq!(column(&kept, "接续结果", 4)[1], "一行砂石有限公司");
}
