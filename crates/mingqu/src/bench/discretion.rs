//! How many receipts of a use of discretion are made in a second on one core, beside the rules engine ZEN, which evaluates
//! the same table of twenty items with its trace. A receipt has eight steps with their articles; the table is one of them.

use super::core::per_second;
use super::report::{Limit, Report};
use anyhow::{Context as _, Result, ensure};
use law::Rules;
use law::condition::Atom;
use law::discretion::provision::Surroundings;
use law::discretion::range::{Measured, addressee};
use law::discretion::{Benchmark, BenchmarkRow, Degree, Facts, Situation, receipt};
use law::fact::{FactType, Value};
use law::model::{Agency, FactIx, Procedure};
use law::truth::Truth;
use serde::Deserialize;
use serde_json::json;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use vocabulary::{Day, Fen, Quantity};

const WANTED: u64 = 100_000;
const PROCEDURE: &str = "penalty.ordinary";

/// The made-up table and the cases asked of it, and where the peer reads the same.
const TABLE: &str = include_str!("../../../law/samples/benchmarks.json");

fn shared() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../law/samples/benchmarks.json")
}

/// Where `cargo xtask bench --peers` builds the peer.
fn peer() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../peers/zen/target/release/mingqu-peer-zen")
}

#[derive(Deserialize)]
struct Table {
    rows: Vec<BenchmarkRow>,
    cases: Vec<Asked>,
}

/// A case that the table is asked about.
#[derive(Deserialize)]
struct Asked {
    item: String,
    penalized_quantity: i64,
    illegal_gains: i64,
    is_serious: bool,
    party_kind: String,
}

#[derive(Deserialize)]
struct Peer {
    per_second: u64,
    tiers: Vec<Option<String>>,
}

/// The facts of a case, as conditions read them.
struct Known<'p> {
    procedure: &'p Procedure,
    values: Vec<(FactIx, Value)>,
}

impl Known<'_> {
    fn value(&self, fact: FactIx) -> Option<&Value> {
        let mut known = self.values.iter();
        known.find(|(of, _)| *of == fact).map(|(_, value)| value)
    }
}

impl Facts for Known<'_> {
    fn truth(&self, atom: &Atom) -> Truth {
        let agency = Agency::default();
        let value = |fact: FactIx| self.value(fact);
        atom.compare(self.procedure, &agency, &value, None, &|_| None)
            .truth
    }

    fn shown(&self, fact: FactIx) -> Option<String> {
        let value = self.value(fact)?;
        Some(self.procedure.facts[fact].show(value))
    }
}

/// The figures of discretion; with the peer where it was built.
pub(super) fn measure(rules: &Rules, with_peer: bool, report: &mut Report) -> Result<()> {
    let table: Table = serde_json::from_str(TABLE)?;
    let procedure = rules.procedure(PROCEDURE).context(PROCEDURE)?;
    let benchmark = Benchmark::from_rows(&table.rows, rules).map_err(|errors| {
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        anyhow::anyhow!(told.join("\n"))
    })?;
    let facts = table
        .cases
        .iter()
        .map(|asked| known(procedure, asked))
        .collect::<Result<Vec<_>>>()?;
    let situations = table
        .cases
        .iter()
        .zip(&facts)
        .map(|(asked, facts)| situation(rules, asked, facts))
        .collect::<Result<Vec<_>>>()?;
    let tiers: Vec<Option<String>> = situations
        .iter()
        .map(|asked| {
            let made = receipt(rules, &benchmark, asked);
            made.tier.map(|tier| tier.name.to_string())
        })
        .collect();
    ensure!(
        tiers.iter().filter(|tier| tier.is_some()).count() * 2 > tiers.len(),
        "most cases have no tier"
    );
    let made = per_second(situations.len(), || {
        for asked in &situations {
            black_box(receipt(rules, &benchmark, asked));
        }
    });
    let written = per_second(situations.len(), || {
        for asked in &situations {
            black_box(serde_json::to_vec(&receipt(rules, &benchmark, asked)).ok());
        }
    });
    report.heading(&format!(
        "裁量说明：{}个档次，{}个事项；单核。",
        table.rows.len(),
        table.cases.len() / 2
    ));
    report.line(
        "discretion",
        json!({ "per_second": made, "wanted": WANTED }),
        &format!("裁量说明（八步，附依据）  每秒{made}份（要求{WANTED}）"),
    );
    report.judge("裁量说明", made, "每秒", Limit::AtLeast(WANTED));
    report.line(
        "discretion_written",
        json!({ "per_second": written }),
        &format!("同上，连同写成记录  每秒{written}份"),
    );
    if with_peer {
        let zen = zen()?;
        ensure!(
            zen.tiers == tiers,
            "the peer finds other tiers: {:?} and {tiers:?}",
            zen.tiers
        );
        report.line(
            "discretion_zen",
            json!({ "per_second": zen.per_second }),
            &format!(
                "参照：ZEN 规则引擎查同一张表（一步，带过程）  每秒{}次",
                zen.per_second
            ),
        );
        report.judge(
            "裁量说明不慢于 ZEN",
            made,
            "每秒",
            Limit::AtLeast(zen.per_second),
        );
    }
    Ok(())
}

/// The peer on the same table.
fn zen() -> Result<Peer> {
    let program = peer();
    ensure!(
        program.exists(),
        "没有 {}：请用 cargo xtask bench --peers",
        program.display()
    );
    let output = Command::new(program).arg(shared()).output()?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "ZEN: {complaint}");
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn known<'p>(procedure: &'p Procedure, asked: &Asked) -> Result<Known<'p>> {
    let fact = |id: &str| procedure.fact(id).with_context(|| id.to_owned());
    let kind = fact("party_kind")?;
    let FactType::Choice(all) = &procedure.facts[kind].kind else {
        anyhow::bail!("party_kind is no choice");
    };
    let chosen = all.iter().position(|one| one.id == asked.party_kind);
    let chosen = u16::try_from(chosen.context("a kind of party")?)?;
    Ok(Known {
        procedure,
        values: vec![
            (
                fact("penalized_quantity")?,
                Value::Quantity(Quantity::whole(asked.penalized_quantity)),
            ),
            (
                fact("illegal_gains")?,
                Value::Money(Fen::yuan(asked.illegal_gains)),
            ),
            (fact("is_serious")?, Value::Bool(asked.is_serious)),
            (kind, Value::Choice(chosen)),
        ],
    })
}

fn situation<'a>(rules: &'a Rules, asked: &Asked, facts: &'a Known<'_>) -> Result<Situation<'a>> {
    Ok(Situation {
        procedure: PROCEDURE,
        item: rules.items.get(&asked.item).context("an item")?,
        at: Surroundings {
            basin: Some("海河"),
            water: Some("地表水"),
            asks_water: true,
            zone: None,
            violated: Some(Day::parse("2026-05-01")?),
            decided: Day::parse("2026-07-01")?,
            measured: Measured {
                kind: addressee(&asked.party_kind),
                is_serious: Some(asked.is_serious),
                quantity: Some(Quantity::whole(asked.penalized_quantity)),
                gains: Some(Fen::yuan(asked.illegal_gains)),
                fee: None,
            },
        },
        age: Some(40),
        degree: Some(Degree {
            named: "一般".to_owned(),
            ..Degree::default()
        }),
        grounds: Vec::new(),
        fine: Some(Fen::yuan(50_000)),
        earlier_fine: None,
        other_fine: None,
        departure_reason: Some("当事人拒不停止违法行为"),
        facts,
    })
}
