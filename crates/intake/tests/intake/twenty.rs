//! Twenty running cases of all kinds are taken over from a workbook with scans, and carried on to their closing.

use crate::desk::{Desk, agency, desk, rules};
use crate::lives::{Step, lives, procedure};
use crate::workbook::{Page, Put, bytes};
use app::Target;
use app::files::FileStore;
use app::numbers::{NumberState, Series};
use casework::entry::Entry;
use intake::plan::By;
use intake::run::{Outcome, Report, Wanted, check, take_over};
use intake::scans::Scans;
use intake::{Book, Plan, plan};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use vocabulary::{Day, Moment};

/// The life of each case, and how many of its steps were done on paper.
const CASES: [(&str, usize); 20] = [
    ("fine", 1),
    ("fine", 3),
    ("fine", 8),
    ("fine", 12),
    ("fine", 13),
    ("fine", 15),
    ("fine", 16),
    ("fine", 17),
    ("fine", 20),
    ("fine", 22),
    ("reviewed", 13),
    ("reviewed", 14),
    ("heard", 13),
    ("heard", 16),
    ("heard", 21),
    ("spared", 8),
    ("instalments", 23),
    ("tracked", 20),
    ("two", 18),
    ("declined", 2),
];

/// The case whose filing was approved by somebody who may not.
const FLAWED: usize = 7;

struct Paper {
    key: String,
    parties: Vec<(String, String)>,
    done: Vec<Step>,
    ahead: Vec<Step>,
}

pub(crate) fn today() -> Day {
    Day::parse("2026-06-10").unwrap()
}

fn papers() -> Vec<Paper> {
    let lives = lives();
    let papers = CASES.iter().enumerate().map(|(index, (name, count))| {
        let life = &lives[*name];
        // The weekdays stay, and the last step on paper lies in the week before.
        let monday = Day::parse("2026-03-02").unwrap();
        let last = life.steps(monday)[*count - 1].day;
        let weeks = (today().number() - 1 - last.number()).div_euclid(7);
        let mut done = life.steps(monday.plus_days(7 * weeks));
        let ahead = done.split_off(*count);
        let parties = life
            .parties
            .iter()
            .map(|(party, kind)| (format!("{party}{index}"), kind.clone()));
        Paper {
            key: (index + 1).to_string(),
            parties: parties.collect(),
            done,
            ahead,
        }
    });
    papers.collect()
}

/// A date as one clerk or another writes it.
fn written(day: Day, by: usize) -> Put {
    let (year, month, date) = day.ymd();
    match by % 6 {
        0 => Put::Day(day),
        1 => Put::Text(format!("{year}.{month}.{date}")),
        2 => Put::Text(format!("{year}年{month}月{date}日")),
        3 => Put::Number(f64::from(day.number() + 25_569)),
        4 => Put::Text(format!("{year}/{month}/{date}")),
        _ => Put::Text(day.to_string()),
    }
}

/// A number as it stands on paper: every agency had its habits.
fn printed(kind: &str, day: Day, serial: u32) -> String {
    let text = agency().number_style(kind, day).print(day.ymd().0, serial);
    match serial % 4 {
        0 => text.replace('〔', "【").replace('〕', "】"),
        1 => text.replace('〔', "[").replace('〕', "]"),
        2 => text.replace('〕', "〕第0"),
        _ => text,
    }
}

/// Serials are given out per kind, from 11 on: the paper book began elsewhere.
#[derive(Default)]
struct Serials(BTreeMap<String, u32>);

impl Serials {
    fn next(&mut self, kind: &str) -> u32 {
        let serial = self.0.entry(kind.to_owned()).or_insert(10);
        *serial += 1;
        *serial
    }
}

fn scan(case: &str, step: usize) -> (String, Vec<u8>) {
    if step.is_multiple_of(2) {
        let pdf = format!("%PDF-1.4\n1 0 obj\n<< /Case ({case}) /Step {step} >>\nendobj\n%%EOF\n");
        (format!("{case}-{step}.pdf"), pdf.into_bytes())
    } else {
        let mut jpeg = vec![0xff, 0xd8, 0xff, 0xe0, 0, 16];
        jpeg.extend(b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        jpeg.extend([0xff, 0xfe, 0, 12]);
        jpeg.extend(format!("{case:>5}-{step:>4}").as_bytes());
        jpeg.extend([0xff, 0xd9]);
        (format!("{case}-{step}.jpg"), jpeg)
    }
}

struct Made {
    book: Vec<u8>,
    /// The numbers on paper by case.
    numbers: BTreeMap<String, Vec<String>>,
    serials: Serials,
    scans: PathBuf,
}

fn made(desk: &Desk, papers: &[Paper]) -> Made {
    let procedure = procedure();
    let scans = desk.folder.path().join("scans");
    fs::create_dir_all(&scans).unwrap();
    let mut cases = Page::new("案件", &["案件序号", "来源", "承办人"]);
    let mut parties = Page::new(
        "当事人",
        &[
            "案件序号",
            "当事人序号",
            "名称",
            "当事人类型",
            "统一社会信用代码",
        ],
    );
    let mut headings: Vec<&str> = vec!["案件序号", "对象", "行为", "日期", "文号"];
    headings.extend(procedure.roles.iter().map(|role| role.name.as_str()));
    headings.extend(["扫描件文件名", "事实1", "事实2"]);
    let mut acts = Page::new("办案过程", &headings);
    let mut serials = Serials::default();
    let mut numbers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut line = 0;
    for (index, paper) in papers.iter().enumerate() {
        cases.line([
            (
                "案件序号",
                Put::Number(f64::from(u32::try_from(index + 1).unwrap())),
            ),
            ("来源", "纸质案卷".into()),
            ("承办人", "陆清源、闻一舟".into()),
        ]);
        for (at, (name, kind)) in paper.parties.iter().enumerate() {
            parties.line([
                ("案件序号", paper.key.as_str().into()),
                ("当事人序号", (at + 1).to_string().into()),
                ("名称", name.as_str().into()),
                ("当事人类型", kind.as_str().into()),
                ("统一社会信用代码", "91140400MA0H00000E".into()),
            ]);
        }
        for (at, step) in paper.done.iter().enumerate() {
            line += 1;
            let event = &procedure.events[step.event];
            let mut cells: BTreeMap<String, Put> = BTreeMap::new();
            let mut put = |name: &str, value: Put| cells.insert(name.to_owned(), value);
            put("案件序号", paper.key.as_str().into());
            put("行为", step.act.as_str().into());
            put("日期", written(step.day, line));
            if step.number > 0 {
                put("对象", step.number.to_string().into());
            }
            for role in 0..procedure.roles.len() {
                let name = &procedure.roles[role].name;
                // Who handles the case stands in the line of the case.
                if let Some(names) = step.names(role).filter(|_| name != "承办人") {
                    let is_flaw = index == FLAWED && step.act == "立案";
                    put(
                        name,
                        if is_flaw {
                            "柏砚秋".into()
                        } else {
                            names.into()
                        },
                    );
                }
            }
            if let [fact] = event.numbered.as_slice() {
                let kind = procedure.facts[*fact].series.as_ref().unwrap();
                let text = printed(kind, step.day, serials.next(kind));
                numbers
                    .entry(paper.key.clone())
                    .or_default()
                    .push(text.clone());
                put("文号", text.into());
            }
            let (name, content) = scan(&paper.key, at);
            fs::write(scans.join(&name), content).unwrap();
            put("扫描件文件名", name.into());
            let facts: Vec<String> = step
                .facts
                .iter()
                .map(|(fact, text)| format!("{}={text}", procedure.facts[*fact].name))
                .collect();
            let (one, two) = facts.split_at(facts.len() / 2);
            put("事实1", one.join("\n").into());
            put("事实2", two.join("；").into());
            cells.retain(|_, put| !matches!(put, Put::Text(text) if text.is_empty()));
            acts.lines.push(cells);
        }
    }
    Made {
        book: bytes(&[cases, parties, acts]),
        numbers,
        serials,
        scans,
    }
}

fn planned(book: &[u8]) -> Plan {
    let by = By {
        entered_by: "p01",
        approved_by: "p06",
        procedure: Some("penalty.ordinary"),
        from: "纸质案卷",
    };
    plan(
        &Book::of_xlsx(book.to_vec()).unwrap(),
        &rules(),
        &agency(),
        by,
    )
    .unwrap()
}

fn ids(report: &Report) -> Vec<String> {
    let id = |case: &intake::run::CaseReport| match &case.outcome {
        Outcome::TakenOver { case_id } | Outcome::Repeated { case_id } => case_id.clone(),
        other => panic!("{}: {other:?} {:#?}", case.key, case.errors),
    };
    report.cases.iter().map(id).collect()
}

fn has_ended(done: &casework::case::Done) -> bool {
    procedure()
        .act_of(done.event)
        .tags
        .iter()
        .any(|tag| tag == "终局")
}

#[tokio::test]
async fn twenty_cases_on_paper_are_taken_over_and_carried_to_closing() {
    let desk = desk(today());
    let papers = papers();
    let made = made(&desk, &papers);
    let plan = planned(&made.book);
    let none = BTreeSet::new();
    let wanted = Wanted {
        scans: Scans::Folder(&made.scans),
        only: &none,
    };

    // Judged beforehand: fit, and nothing is written.
    let judged = check(&desk.office, &plan, "another", wanted).await;
    assert_eq!(judged.general, []);
    for case in &judged.cases {
        assert_eq!(
            case.outcome,
            Outcome::Fit,
            "{}: {:#?}",
            case.key,
            case.errors
        );
    }
    let query = app::ledger::CaseQuery::default();
    assert_eq!(desk.office.cases(&query, 100).await.unwrap().len(), 0);

    let report = take_over(desk.stands(), &plan, "2026", wanted).await;
    let case_ids = ids(&report);
    assert_eq!(case_ids.iter().collect::<BTreeSet<_>>().len(), 20);
    for ((paper, id), line) in papers.iter().zip(&case_ids).zip(&report.cases) {
        as_on_paper(&desk, &made, paper, id).await;
        let last = paper.done.last().unwrap();
        let name = &procedure().events[last.event].name;
        assert!(line.step.ends_with(&format!("已{name}")), "{}", line.step);
    }
    let flaw = &report.cases[FLAWED].departures;
    assert!(
        flaw.iter()
            .any(|found| found.text.contains("立案") && found.text.contains("批准")),
        "{flaw:#?}"
    );

    // Asked again, nothing happens.
    let again = take_over(desk.stands(), &plan, "2026", wanted).await;
    assert_eq!(ids(&again), case_ids);
    assert!(
        again
            .cases
            .iter()
            .all(|case| matches!(case.outcome, Outcome::Repeated { .. }))
    );
    assert_eq!(desk.office.cases(&query, 100).await.unwrap().len(), 20);

    // The books of numbers go on where the paper ended.
    for (kind, last) in &made.serials.0 {
        let all = desk.office.number_series().await.unwrap();
        let row = all.iter().find(|row| row.series.kind == *kind).unwrap();
        assert_eq!(row.next, last + 1, "{kind}");
    }

    // Every case goes on through the same gates as any other.
    let mut ahead: Vec<(Day, usize, usize)> = Vec::new();
    for (case, paper) in papers.iter().enumerate() {
        let steps = paper.ahead.iter().enumerate();
        ahead.extend(steps.map(|(at, step)| (step.day.max(today()), case, at)));
    }
    ahead.sort();
    let mut issued = BTreeMap::new();
    for (day, case, at) in ahead {
        desk.clock.set(day);
        let step = &papers[case].ahead[at];
        let target = Target::Case {
            case_id: case_ids[case].clone(),
            seen: None,
        };
        let done = desk
            .office
            .rehearse(&target, &step.request(), &format!("on-{case}-{at}"))
            .await;
        let done = done.unwrap_or_else(|error| {
            panic!("case {}: {} on {}: {error}", case + 1, step.act, step.day)
        });
        for number in done.numbers {
            issued
                .entry(number.series.kind)
                .or_insert_with(Vec::new)
                .push(number.first);
        }
    }
    for (kind, serials) in &issued {
        let first = made.serials.0.get(kind).map_or(1, |last| last + 1);
        let expected: Vec<u32> = (first..).take(serials.len()).collect();
        assert_eq!(*serials, expected, "{kind} leaves no gap");
    }
    for id in &case_ids {
        let view = desk.office.case(id).await.unwrap();
        assert!(
            view.case().history.iter().any(has_ended),
            "{id} is not closed"
        );
    }
}

/// True dates, printed numbers, scans, one approval.
async fn as_on_paper(desk: &Desk, made: &Made, paper: &Paper, id: &str) {
    let view = desk.office.case(id).await.unwrap();
    assert_eq!(view.version, 1);
    let [Entry::TakenOver(taken)] = view.history.entries.as_slice() else {
        panic!("{id}: not one entry");
    };
    assert_eq!(
        (taken.entered_by.as_str(), taken.approved_by.as_str()),
        ("p01", "p06")
    );
    let days: Vec<Moment> = taken.acts.iter().map(|act| act.occurred).collect();
    let expected: Vec<Moment> = paper
        .done
        .iter()
        .map(|step| Moment::from(step.day))
        .collect();
    assert_eq!(days, expected, "{id}");
    let procedure = procedure();
    let printed: Vec<String> = taken
        .acts
        .iter()
        .flat_map(|act| {
            let event = procedure.event(&act.event).unwrap();
            let numbered = procedure.events[event].numbered.iter();
            let texts = numbered.filter_map(|fact| act.facts.get(&procedure.facts[*fact].id));
            texts
                .map(|json| json.as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(
        printed,
        made.numbers.get(&paper.key).cloned().unwrap_or_default()
    );
    for (at, act) in taken.acts.iter().enumerate() {
        let (name, content) = scan(&paper.key, at);
        let [file] = act.files.as_slice() else {
            panic!("{id}: act {at} has no scan");
        };
        assert_eq!(file.name, name);
        assert_eq!(file.size_bytes, u64::try_from(content.len()).unwrap());
        let address = file.sha256.parse().unwrap();
        assert!(desk.files.exists(&address).await.unwrap());
    }
    assert_eq!(view.party_names(), {
        let names: Vec<&str> = paper
            .parties
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        names.join("、")
    });
}

#[tokio::test]
async fn a_number_that_the_record_holds_is_not_taken_over_again() {
    let desk = desk(today());
    let papers = papers();
    let made = made(&desk, &papers);
    let plan = planned(&made.book);
    let only = BTreeSet::from(["2".to_owned()]);
    let wanted = Wanted {
        scans: Scans::Folder(&made.scans),
        only: &only,
    };
    ids(&take_over(desk.stands(), &plan, "one", wanted).await);

    // The same paper case under another name: refused beforehand, and by the record.
    let judged = check(&desk.office, &plan, "another", wanted).await;
    assert_eq!(judged.cases[0].outcome, Outcome::Refused);
    let taken = take_over(desk.stands(), &plan, "two", wanted).await;
    assert_eq!(taken.cases[0].outcome, Outcome::Refused);
    for report in [&judged, &taken] {
        let errors = &report.cases[0].errors;
        assert!(
            errors.iter().any(|error| error.text.contains('号')),
            "{errors:#?}"
        );
    }
    let query = app::ledger::CaseQuery::default();
    assert_eq!(desk.office.cases(&query, 100).await.unwrap().len(), 1);
    let series = Series {
        kind: "立".to_owned(),
        year: 2026,
    };
    let rows = desk.office.number_rows(&series, 0, 100).await.unwrap();
    assert!(rows.iter().any(|row| row.state == NumberState::TakenOver));
}

#[tokio::test]
async fn a_scan_that_is_missing_or_lies_keeps_its_own_case_out() {
    let desk = desk(today());
    let papers = papers();
    let made = made(&desk, &papers);
    let plan = planned(&made.book);
    fs::remove_file(made.scans.join("1-0.pdf")).unwrap();
    fs::write(made.scans.join("2-0.pdf"), b"MZ\x90\0 this is a program").unwrap();
    fs::write(made.scans.join("20-1.jpg"), b"").unwrap();
    let only: BTreeSet<String> = ["1", "2", "3", "20"].map(str::to_owned).into();
    let wanted = Wanted {
        scans: Scans::Folder(&made.scans),
        only: &only,
    };
    let report = take_over(desk.stands(), &plan, "scans", wanted).await;
    let said: Vec<(&str, bool)> = report
        .cases
        .iter()
        .map(|case| (case.key.as_str(), case.outcome == Outcome::Refused))
        .collect();
    assert_eq!(said, [("1", true), ("2", true), ("3", false), ("20", true)]);
    assert!(report.cases[0].errors[0].text.contains("没有“1-0.pdf”"));
    assert!(report.cases[1].errors[0].text.contains("2-0.pdf"));
    assert!(report.cases[3].errors[0].text.contains("是空的"));
    let query = app::ledger::CaseQuery::default();
    assert_eq!(desk.office.cases(&query, 100).await.unwrap().len(), 1);

    // Mended and asked again: those that are missing come in, the others stay once.
    let (name, content) = scan("1", 0);
    fs::write(made.scans.join(name), content).unwrap();
    let report = take_over(desk.stands(), &plan, "scans", wanted).await;
    assert!(matches!(report.cases[0].outcome, Outcome::TakenOver { .. }));
    assert!(matches!(report.cases[2].outcome, Outcome::Repeated { .. }));
}
