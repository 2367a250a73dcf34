//! Benchmarks are held against the statute, and a receipt shows every step.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use law::Rules;
use law::catalog::{Addressee, Item, ZoneSide};
use law::condition::Atom;
use law::discretion::provision::{Surroundings, Zone};
use law::discretion::range::Measured;
use law::discretion::{
    Benchmark, BenchmarkRow, Degree, Facts, Outcome, Receipt, Situation, StepKind, receipt,
};
use law::fact::{FactType, Value};
use law::model::{Agency, FactIx, Procedure};
use law::truth::Truth;
use proptest::prelude::*;
use serde::Deserialize;
use vocabulary::{Day, Fen, Quantity};

use crate::common::shipped;

#[derive(Deserialize)]
struct Sample {
    rows: Vec<BenchmarkRow>,
}

/// The made-up table that the bench runs too.
fn rows() -> Vec<BenchmarkRow> {
    let text = include_str!("../../samples/benchmarks.json");
    serde_json::from_str::<Sample>(text)
        .expect("the sample reads")
        .rows
}

fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| Rules::load(&shipped()).expect("the rules load"))
}

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

/// Facts of a case, by id.
struct Known {
    procedure: &'static Procedure,
    values: BTreeMap<FactIx, Value>,
}

impl Known {
    fn new(values: &[(&str, Value)]) -> Known {
        let procedure = rules()
            .procedure("penalty.ordinary")
            .expect("the procedure");
        let values = values.iter().map(|(id, value)| {
            let fact = procedure.fact(id).expect("a fact");
            (fact, value.clone())
        });
        Known {
            procedure,
            values: values.collect(),
        }
    }

    fn alternative(id: &str, of: &str) -> Value {
        let procedure = rules()
            .procedure("penalty.ordinary")
            .expect("the procedure");
        let FactType::Choice(all) = &procedure.facts[procedure.fact(of).expect("a fact")].kind
        else {
            panic!("{of} is no choice");
        };
        let at = all
            .iter()
            .position(|one| one.id == id)
            .expect("an alternative");
        Value::Choice(u16::try_from(at).expect("few"))
    }
}

impl Facts for Known {
    fn truth(&self, atom: &Atom) -> Truth {
        let value = |fact: FactIx| self.values.get(&fact);
        let agency = Agency::default();
        atom.compare(self.procedure, &agency, &value, None, &|_| None)
            .truth
    }

    fn shown(&self, fact: FactIx) -> Option<String> {
        self.values
            .get(&fact)
            .map(|value| self.procedure.facts[fact].show(value))
    }
}

fn item(id: &str) -> &'static Item {
    rules().items.get(id).expect("an item")
}

/// A company that took surface water in the basin of the 海河 until May 2026, judged in July.
fn situation<'a>(item: &'a Item, quantity: i64, fine: i64, facts: &'a dyn Facts) -> Situation<'a> {
    Situation {
        procedure: "penalty.ordinary",
        item,
        at: Surroundings {
            basin: Some("海河"),
            water: Some("地表水"),
            asks_water: true,
            zone: None,
            violated: Some(day("2026-05-01")),
            decided: day("2026-07-01"),
            measured: Measured {
                kind: Some(Addressee::Organization),
                is_serious: Some(false),
                quantity: Some(Quantity::whole(quantity)),
                gains: Some(Fen::yuan(5_000)),
                fee: None,
            },
        },
        age: None,
        degree: Some(Degree {
            named: "一般".into(),
            ..Degree::default()
        }),
        grounds: Vec::new(),
        fine: Some(Fen::yuan(fine)),
        earlier_fine: None,
        other_fine: None,
        departure_reason: None,
        facts,
    }
}

fn benchmark() -> &'static Benchmark {
    static BENCHMARK: OnceLock<Benchmark> = OnceLock::new();
    BENCHMARK.get_or_init(read)
}

fn read() -> Benchmark {
    Benchmark::from_rows(&rows(), rules()).unwrap_or_else(|errors| {
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{}", told.join("\n"))
    })
}

fn outcome(receipt: &Receipt, kind: StepKind) -> (Outcome, &str) {
    let step = receipt.step(kind).expect("every step is there");
    (step.outcome, &step.result)
}

/// The mistakes of the sample with one row changed.
fn refused(change: impl FnOnce(&mut Vec<BenchmarkRow>)) -> Vec<String> {
    let mut rows = rows();
    change(&mut rows);
    match Benchmark::from_rows(&rows, rules()) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn the_sample_of_twenty_items_is_a_lawful_benchmark() {
    let benchmark = benchmark();
    let items: std::collections::BTreeSet<String> =
        rows().into_iter().map(|row| row.item).collect();
    assert_eq!(items.len(), 20);
    assert_eq!(benchmark.tiers("penalty.ordinary", "P-SF69-1").len(), 3);
    // The summary procedure fines too, and reads the same rows.
    assert_eq!(benchmark.tiers("penalty.summary", "P-SF69-1").len(), 3);
}

#[test]
fn a_tier_outside_the_range_of_the_statute_is_refused() {
    let told = refused(|rows| rows[2].high = "100000.01".into());
    assert_eq!(
        told,
        [
            "裁量基准第3行（P-SF69-1 从重）的上限：“从重”¥70,000.00以上¥100,000.01以下，超出法定幅度；应当是：\
          在《水法》第六十九条第（一）项规定的¥20,000.00以上¥100,000.00以下之内"
        ]
    );
    let told = refused(|rows| rows[0].low = "19999".into());
    assert!(
        told[0].contains("P-SF69-1 从轻") && told[0].contains("《水法》第六十九条"),
        "{told:?}"
    );
}

#[test]
fn a_tier_for_persons_may_not_reach_into_the_range_for_organizations() {
    let at = rows()
        .iter()
        .position(|row| row.tier == "个人")
        .expect("a tier for persons");
    let told = refused(|rows| rows[at].high = "20000".into());
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("当事人类型：公民") && told[0].contains("¥1,000.00以上¥10,000.00以下"),
        "{told:?}"
    );
}

#[test]
fn two_tiers_of_an_item_may_not_hold_at_once() {
    let told = refused(|rows| rows[1].condition = "计罚数量 不少于 999".into());
    assert!(
        told.iter().any(|line| line
            .contains("第2行（P-SF69-1 一般）的条件：与“从轻”档会同时成立，例如计罚数量：999")),
        "{told:?}"
    );
    // Where one is no longer in effect when the other begins, they do not meet.
    let apart = refused(|rows| {
        rows[1].condition = "计罚数量 不少于 999".into();
        rows[1].until = Some(day("2027-01-01"));
        rows[0].from = day("2027-01-01");
        rows[2].from = day("2027-01-01");
    });
    assert_eq!(apart, Vec::<String>::new());
}

#[test]
fn a_condition_that_cannot_hold_or_cannot_be_read_is_refused() {
    let told = refused(|rows| rows[0].condition = "计罚数量 少于 10; 计罚数量 超过 20".into());
    assert!(told[0].contains("不可能成立"), "{told:?}");
    let told = refused(|rows| rows[0].condition = "罚数量 少于 10".into());
    assert!(
        told[0].contains("没有这个事实:“罚数量”") && told[0].contains("计罚数量"),
        "{told:?}"
    );
    let told = refused(|rows| rows[0].condition = "违法时年龄 少于 10".into());
    assert!(
        told[0].contains("“违法时年龄”在裁量基准里不能这样比较"),
        "{told:?}"
    );
}

#[test]
fn every_field_of_a_row_is_checked() {
    let told = refused(|rows| {
        rows[0].item = "P-SF69-9".into();
        rows[1].low = "八千".into();
        rows[2].unit = "元每平方米".into();
        rows[3].basis = " ".into();
        rows[4].until = Some(rows[4].from);
        rows[5].low = "90000".into();
        rows[5].high = "80000".into();
    });
    for (line, part) in [
        "第1行（P-SF69-9 从轻）的事项：没有登记",
        "第2行（P-SF69-1 一般）的下限：“八千”不是数",
        "第3行（P-SF69-1 从重）的单位：“元每平方米”与",
        "第4行（P-SF69-2 从轻）的依据：没有填",
        "第5行（P-SF69-2 一般）的失效日：",
        "第6行（P-SF69-2 从重）的下限：下限90000大于上限80000",
    ]
    .into_iter()
    .enumerate()
    .map(|(at, part)| (&told[at], part))
    {
        assert!(line.contains(part), "{line}\n{part}");
    }
}

#[test]
fn an_item_with_a_bad_row_has_no_tier_and_the_others_keep_theirs() {
    let mut rows = rows();
    rows[2].high = "100001".into();
    let (benchmark, wrong) = Benchmark::sound(&rows, rules());
    assert_eq!(wrong.len(), 1);
    assert!(benchmark.tiers("penalty.ordinary", "P-SF69-1").is_empty());
    assert_eq!(benchmark.tiers("penalty.ordinary", "P-SF69-2").len(), 3);
}

#[test]
fn a_fine_within_tier_and_range_is_kept_at_every_step() {
    let facts = Known::new(&[(
        "penalized_quantity",
        Value::Quantity(Quantity::whole(5_000)),
    )]);
    let made = receipt(
        rules(),
        benchmark(),
        &situation(item("P-SF69-1"), 5_000, 50_000, &facts),
    );
    assert!(made.is_lawful(), "{made}");
    assert_eq!(
        (made.within_statute, made.within_tier),
        (Some(true), Some(true))
    );
    let kinds: Vec<StepKind> = made.steps.iter().map(|step| step.kind).collect();
    assert_eq!(kinds, StepKind::ALL);
    assert!(
        made.steps
            .iter()
            .all(|step| !step.articles.is_empty() && !step.question.is_empty())
    );
    let (_, told) = outcome(&made, StepKind::Tier);
    assert_eq!(
        told,
        "适用“一般”档：¥40,000.00以上¥70,000.00以下，即¥40,000.00以上¥70,000.00以下"
    );
    let text = made.to_string();
    assert!(
        text.contains("依据：《水法》第六十九条第（一）项"),
        "{text}"
    );
    // 生态环境法典 is not in force yet, and is not cited.
    assert!(!text.contains("《生态环境法典》第一千零五十五条"), "{text}");
}

#[test]
fn a_stored_receipt_reads_back_as_it_was() {
    let facts = Known::new(&[(
        "penalized_quantity",
        Value::Quantity(Quantity::whole(5_000)),
    )]);
    let made = receipt(
        rules(),
        benchmark(),
        &situation(item("P-SF69-1"), 5_000, 50_000, &facts),
    );
    let json = serde_json::to_string(&made).expect("it is written");
    assert_eq!(
        serde_json::from_str::<Receipt>(&json).expect("it is read"),
        made
    );
}

#[test]
fn a_fine_outside_the_tier_needs_a_reason_and_departs_with_one() {
    let facts = Known::new(&[(
        "penalized_quantity",
        Value::Quantity(Quantity::whole(5_000)),
    )]);
    let mut asked = situation(item("P-SF69-1"), 5_000, 80_000, &facts);
    let made = receipt(rules(), benchmark(), &asked);
    assert_eq!(made.within_tier, Some(false));
    assert_eq!(outcome(&made, StepKind::Amount).0, Outcome::ReasonNeeded);
    asked.departure_reason = Some("当事人拒不停止取水");
    let made = receipt(rules(), benchmark(), &asked);
    assert_eq!(outcome(&made, StepKind::Amount).0, Outcome::Departs);
}

#[test]
fn only_mitigation_with_a_ground_goes_below_the_range() {
    let facts = Known::new(&[("penalized_quantity", Value::Quantity(Quantity::whole(10)))]);
    let mut asked = situation(item("P-SF69-1"), 10, 10_000, &facts);
    let made = receipt(rules(), &Benchmark::default(), &asked);
    assert_eq!(outcome(&made, StepKind::Amount).0, Outcome::Broken);
    asked.degree = Some(Degree {
        is_mitigated: true,
        named: "减轻".into(),
        ..Degree::default()
    });
    let made = receipt(rules(), &Benchmark::default(), &asked);
    assert_eq!(outcome(&made, StepKind::Amount).0, Outcome::ReasonNeeded);
    assert_eq!(outcome(&made, StepKind::Degree).0, Outcome::ReasonNeeded);
    asked.grounds = vec!["主动消除或者减轻危害后果"];
    let made = receipt(rules(), &Benchmark::default(), &asked);
    assert_eq!(outcome(&made, StepKind::Amount).0, Outcome::Kept);
    assert!(
        made.step(StepKind::Degree)
            .is_some_and(|step| step.articles.iter().any(|a| a.contains("第三十二条")))
    );
}

#[test]
fn ground_water_after_the_code_came_into_force_has_the_higher_fine() {
    let facts = Known::new(&[]);
    let mut asked = situation(item("P-SF69-1"), 10, 50_000, &facts);
    asked.at.water = Some("地下水");
    asked.at.violated = Some(day("2026-09-01"));
    asked.at.decided = day("2026-11-01");
    let made = receipt(rules(), &Benchmark::default(), &asked);
    let (found, told) = outcome(&made, StepKind::Provision);
    assert_eq!(found, Outcome::Broken);
    assert!(
        told.contains("《生态环境法典》第一千二百一十八条"),
        "{told}"
    );
    // The act was done under the older law: then the later one does not reach back.
    asked.at.violated = Some(day("2026-06-01"));
    let made = receipt(rules(), &Benchmark::default(), &asked);
    assert_eq!(outcome(&made, StepKind::Provision).0, Outcome::Kept);
    assert_eq!(outcome(&made, StepKind::Times).0, Outcome::Kept);
    let code = Situation {
        item: item("P-STHJ1218-A"),
        ..asked.clone()
    };
    let made = receipt(rules(), &Benchmark::default(), &code);
    let (found, told) = outcome(&made, StepKind::Times);
    assert_eq!(found, Outcome::Broken);
    assert!(
        told.contains("《水法》第六十九条第（一）项") && told.contains("比"),
        "{told}"
    );
}

#[test]
fn in_a_zone_of_ground_water_the_graver_range_of_the_article_applies() {
    let facts = Known::new(&[]);
    let zone = |name, side| Some(Zone { name, side });
    let asked = |id: &str, zone| {
        let mut asked = situation(item(id), 10, 60_000, &facts);
        asked.at.water = Some("地下水");
        asked.at.violated = Some(day("2026-09-01"));
        asked.at.decided = day("2026-11-01");
        asked.at.zone = zone;
        let made = receipt(rules(), &Benchmark::default(), &asked);
        let (found, told) = outcome(&made, StepKind::Provision);
        (found, told.to_owned())
    };
    let banned = zone("禁采区", ZoneSide::Inside);
    let outside = zone("不在禁采区、限采区", ZoneSide::Outside);
    for (id, at, expected, says) in [
        ("P-STHJ1218-A", banned, Outcome::Broken, "应当适用"),
        ("P-STHJ1218-B", banned, Outcome::Kept, ""),
        ("P-STHJ1218-A", outside, Outcome::Kept, ""),
        (
            "P-STHJ1218-B",
            outside,
            Outcome::Broken,
            "只适用于禁采区、限采区以内",
        ),
        ("P-STHJ1218-A", None, Outcome::Unknown, "地下水管控区"),
        ("P-STHJ1218-B", None, Outcome::Unknown, "地下水管控区"),
        // Without the zone either of the two may go before the water law, and both have the higher fine.
        ("P-SF69-1", None, Outcome::Broken, "200,000"),
        ("P-SF69-1", banned, Outcome::Broken, "500,000"),
        ("P-SF69-1", outside, Outcome::Broken, "200,000"),
    ] {
        let (found, told) = asked(id, at);
        assert_eq!(found, expected, "{id} {at:?}: {told}");
        assert!(told.contains(says), "{id} {at:?}: {told}");
    }
    let (_, told) = asked("P-SF69-1", banned);
    assert!(!told.contains("200,000"), "only its twin: {told}");
}

#[test]
fn in_the_basin_its_law_applies() {
    let facts = Known::new(&[]);
    let mut asked = situation(item("P-SF69-1"), 10, 50_000, &facts);
    asked.at.basin = Some("黄河");
    let made = receipt(rules(), &Benchmark::default(), &asked);
    let (found, told) = outcome(&made, StepKind::Provision);
    assert_eq!(found, Outcome::Broken);
    assert!(told.contains("《黄河保护法》第一百一十三条"), "{told}");
    asked.at.basin = None;
    let made = receipt(rules(), &Benchmark::default(), &asked);
    assert_eq!(
        outcome(&made, StepKind::Provision),
        (Outcome::Unknown, "缺少流域，还不能判断")
    );
}

#[test]
fn one_act_is_fined_once() {
    let facts = Known::new(&[]);
    let mut asked = situation(item("P-SF69-1"), 10, 50_000, &facts);
    asked.earlier_fine = Some("某市水罚决字〔2026〕3号");
    let made = receipt(rules(), &Benchmark::default(), &asked);
    assert_eq!(outcome(&made, StepKind::OneFine).0, Outcome::Broken);
    asked.fine = Some(Fen(0));
    let made = receipt(rules(), &Benchmark::default(), &asked);
    assert_eq!(outcome(&made, StepKind::OneFine).0, Outcome::Kept);
}

#[test]
fn a_fine_in_another_case_needs_a_reason() {
    let facts = Known::new(&[]);
    let mut asked = situation(item("P-SF69-1"), 10, 50_000, &facts);
    let other = "2025-12-01某水罚〔2025〕9号已按同一事项对某公司罚款";
    asked.other_fine = Some((other.to_owned(), None));
    let made = receipt(rules(), &Benchmark::default(), &asked);
    assert_eq!(outcome(&made, StepKind::OneFine).0, Outcome::ReasonNeeded);
    asked.other_fine = Some((other.to_owned(), Some("另一年的取水")));
    let made = receipt(rules(), &Benchmark::default(), &asked);
    let (found, told) = outcome(&made, StepKind::OneFine);
    assert_eq!(found, Outcome::Kept);
    assert!(told.contains("另一年的取水"), "{told}");
}

#[test]
fn youth_is_asked_of_persons_alone() {
    let facts = Known::new(&[]);
    let mut asked = situation(item("P-SF69-1"), 10, 50_000, &facts);
    asked.at.measured.kind = Some(Addressee::Person);
    let of = |asked: &Situation<'_>, kind| {
        let made = receipt(rules(), &Benchmark::default(), asked);
        outcome(&made, kind).0
    };
    assert_eq!(of(&asked, StepKind::Addressee), Outcome::Unknown);
    asked.age = Some(13);
    assert_eq!(of(&asked, StepKind::Addressee), Outcome::Broken);
    asked.age = Some(17);
    assert_eq!(of(&asked, StepKind::Addressee), Outcome::Kept);
    assert_eq!(of(&asked, StepKind::Degree), Outcome::Broken);
    asked.degree = Some(Degree {
        is_lenient: true,
        named: "从轻".into(),
        ..Degree::default()
    });
    assert_eq!(of(&asked, StepKind::Degree), Outcome::Kept);
    asked.at.measured.kind = Some(Addressee::Organization);
    asked.age = Some(3);
    assert_eq!(of(&asked, StepKind::Addressee), Outcome::Kept);
}

#[test]
fn ranges_by_quantity_by_multiple_and_by_percent_come_to_amounts() {
    let benchmark = benchmark();
    let tier_of = |id: &str, quantity: i64, gains: i64| {
        let facts = Known::new(&[
            (
                "penalized_quantity",
                Value::Quantity(Quantity::whole(quantity)),
            ),
            ("illegal_gains", Value::Money(Fen::yuan(gains))),
        ]);
        let mut asked = situation(item(id), quantity, 50_000, &facts);
        asked.at.measured.gains = Some(Fen::yuan(gains));
        let made = receipt(rules(), benchmark, &asked);
        let tier = made.tier.unwrap_or_else(|| panic!("{id} has a tier"));
        (
            tier.bounds.least.expect("a least"),
            tier.bounds.most.expect("a most"),
        )
    };
    assert_eq!(
        tier_of("P-STBC55", 1_000, 0),
        (Fen::yuan(13_000), Fen::yuan(17_000))
    );
    assert_eq!(
        tier_of("P-STBC52", 100, 0),
        (Fen::yuan(200), Fen::yuan(400))
    );
    // 10,000 and up to 30 percent of the 90,000 above.
    assert_eq!(
        tier_of("P-SF65-2", 10, 0),
        (Fen::yuan(10_000), Fen::yuan(37_000))
    );
    assert_eq!(
        tier_of("P-STBC51", 10, 5_000),
        (Fen::yuan(5_000), Fen::yuan(10_000))
    );
    assert_eq!(
        tier_of("P-STBC51", 10, 0),
        (Fen::yuan(5_000), Fen::yuan(50_000))
    );
}

#[test]
fn a_tier_whose_facts_are_missing_is_not_guessed() {
    let facts = Known::new(&[(
        "party_kind",
        Known::alternative("legal_person", "party_kind"),
    )]);
    let made = receipt(
        rules(),
        benchmark(),
        &situation(item("P-STBC48"), 10, 50_000, &facts),
    );
    assert_eq!(
        outcome(&made, StepKind::Tier),
        (Outcome::Unknown, "缺少计罚数量，还不能判断")
    );
    assert_eq!(made.tier, None);
}

#[test]
fn the_steps_of_the_shipped_rules_are_all_asked_and_an_unknown_one_is_refused() {
    let mut files = shipped();
    let guide = files
        .iter_mut()
        .find(|file| file.path == "discretion.kdl")
        .expect("the steps");
    guide.text = guide.text.replace("步 tier ", "步 tiers ");
    let errors = Rules::load(&files)
        .expect_err("a step is missing")
        .to_string();
    assert!(
        errors.contains("没有这一步：“tiers”") && errors.contains("缺少步“tier”"),
        "{errors}"
    );
}

/// Any of the sample's items with any quantity, gains, fine and degree.
fn any_case() -> impl Strategy<Value = (usize, i64, i64, i64, bool, bool, bool, bool)> {
    let rows = rows().len();
    (
        0..rows,
        0_i64..100_000,
        0_i64..50_000,
        0_i64..1_200_000,
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    )
}

fn made_of(
    benchmark: &Benchmark,
    rows: &[BenchmarkRow],
    (at, quantity, gains, fine, serious, person, mitigated, ground): (
        usize,
        i64,
        i64,
        i64,
        bool,
        bool,
        bool,
        bool,
    ),
) -> Receipt {
    let kind = if person { "citizen" } else { "legal_person" };
    let facts = Known::new(&[
        (
            "penalized_quantity",
            Value::Quantity(Quantity::whole(quantity)),
        ),
        ("illegal_gains", Value::Money(Fen::yuan(gains))),
        ("is_serious", Value::Bool(serious)),
        ("party_kind", Known::alternative(kind, "party_kind")),
    ]);
    let mut asked = situation(item(&rows[at].item), quantity, fine, &facts);
    asked.at.measured.gains = Some(Fen::yuan(gains));
    asked.at.measured.is_serious = Some(serious);
    asked.at.measured.kind = Some(if person {
        Addressee::Person
    } else {
        Addressee::Organization
    });
    asked.age = person.then_some(40);
    asked.degree = Some(Degree {
        is_mitigated: mitigated,
        named: "一般".into(),
        ..Degree::default()
    });
    asked.grounds = if ground {
        vec!["配合查处有立功表现"]
    } else {
        Vec::new()
    };
    receipt(rules(), benchmark, &asked)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_tier_lies_within_the_statute_and_only_mitigation_with_a_ground_goes_below(case in any_case()) {
        let (rows, benchmark) = (rows(), benchmark());
        let made = made_of(benchmark, &rows, case);
        if let Some(tier) = &made.tier {
            prop_assert!(made.statute.iter().any(|whole| whole.hold(tier.bounds)), "{made}");
        }
        let (amount, _) = outcome(&made, StepKind::Amount);
        let (.., mitigated, ground) = case;
        if made.within_statute == Some(false) && matches!(amount, Outcome::Kept | Outcome::Departs) {
            prop_assert!(mitigated && ground, "{made}");
            let fine = made.fine.unwrap_or_default();
            prop_assert!(made.statute.iter().all(|whole| whole.least.is_some_and(|least| fine < least)), "{made}");
        }
        if made.within_statute == Some(true) && made.within_tier != Some(false) {
            prop_assert_eq!(amount, Outcome::Kept);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn the_order_of_rows_does_not_matter(
        case in any_case(),
        shuffled in Just(rows()).prop_shuffle(),
    ) {
        let again = Benchmark::from_rows(&shuffled, rules());
        prop_assert!(again.is_ok());
        let again = again.unwrap_or_default();
        let rows = rows();
        prop_assert_eq!(made_of(benchmark(), &rows, case), made_of(&again, &rows, case));
    }
}
