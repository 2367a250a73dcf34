//! The lists of the made-up bureau: tables of values, brought in as every agency brings in its own.

use anyhow::{Context as _, Result, bail};
use app::Office;
use app::register::{
    BatchDrafting, BatchLine, RegisterName, Releasing, Reviewing, Ruling, ToRelease,
};
use intake::Book;
use intake::roster::{self, Missing};
use std::fmt::Write as _;

/// Who drafts the lists: the head of the policy section.
const DRAFTED_BY: &str = "p13";
/// Who reviews them: the other legal reviewer.
const REVIEWED_BY: &str = "p07";
/// Who approves them.
const APPROVED_BY: &str = "p06";
/// Who answers for what the public sees of them.
const RELEASED_BY: &str = "p08";

macro_rules! tables {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../assets/demo/registers/", $name, ".csv")))),*]
    };
}

/// The tables, those that others name first.
const TABLES: [(&str, &str); 17] = tables![
    "entities",
    "items",
    "benchmarks",
    "review_catalog",
    "scenes",
    "inspection_items",
    "guides",
    "flowcharts",
    "policies",
    "phrases",
    "windows",
    "devices",
    "counsel",
    "enterprises",
    "sites",
    "banks",
    "abstraction",
];

/// Shows the public whatever may be shown and is not yet.
pub(super) async fn release(office: &Office) -> Result<()> {
    for register in RegisterName::ALL {
        if !register.declared().is_published {
            continue;
        }
        let standing = office.fresh_standing().await?;
        let rows = standing.unreleased(register).into_iter();
        let ready = rows.filter(|it| it.obstacle.is_empty() && it.what == ToRelease::Disclose);
        let rows: Vec<String> = ready.map(|it| it.row).collect();
        let asked = Releasing {
            register,
            rows,
            by: RELEASED_BY.to_owned(),
            taken_down: String::new(),
        };
        office
            .release_rows(&asked, &format!("demo-{}-released", register.id()))
            .await
            .with_context(|| format!("演示用的{}的公示", register.chinese()))?;
    }
    Ok(())
}

/// Brings in what is not there yet.
pub(super) async fn fill(office: &Office) -> Result<()> {
    for (id, table) in TABLES {
        let register = RegisterName::parse(id).with_context(|| format!("没有登记“{id}”"))?;
        let standing = office.fresh_standing().await?;
        if standing.rows(register, standing.day).next().is_some() {
            continue;
        }
        let book = Book::of_csv(register.chinese(), table.as_bytes())?;
        let read = roster::read(register, &book, Missing::Stay, standing.day, &standing)
            .with_context(|| format!("演示用的{}", register.chinese()))?;
        if !read.findings.is_empty() || !read.ignored.is_empty() {
            let mut wrong = format!(
                "演示用的{}有错：{}",
                register.chinese(),
                read.ignored.join("、")
            );
            for finding in &read.findings {
                let _ = write!(wrong, "\n{finding}");
            }
            bail!(wrong);
        }
        let lines: Vec<BatchLine> = read.lines.into_iter().map(|it| it.line).collect();
        let drafting = BatchDrafting {
            register,
            lines,
            effective_from: standing.day,
            by: DRAFTED_BY.to_owned(),
            reason: "本局清单（演示）".to_owned(),
        };
        let draft = office
            .draft_batch(&drafting, &format!("demo-{id}"))
            .await
            .with_context(|| format!("演示用的{}", register.chinese()))?;
        let reviewing = Reviewing {
            register,
            draft,
            is_passed: true,
            by: REVIEWED_BY.to_owned(),
            opinion: "与法律、法规和现行的清单一致".to_owned(),
        };
        office
            .review_change(&reviewing, &format!("demo-{id}-reviewed"))
            .await
            .with_context(|| format!("演示用的{}", register.chinese()))?;
        let ruling = Ruling {
            register,
            draft,
            is_approved: true,
            by: APPROVED_BY.to_owned(),
            opinion: "同意，公布施行".to_owned(),
        };
        office
            .rule_on_change(&ruling, &format!("demo-{id}-approved"))
            .await
            .with_context(|| format!("演示用的{}", register.chinese()))?;
    }
    Ok(())
}
