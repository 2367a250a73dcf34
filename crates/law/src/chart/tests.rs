//! The chart of the shipped procedure and of a small one: it says what the relations say, and nothing lies on anything.

use super::layout::{SMALL, TAG, TAG_GAP, small};
use super::*;
use crate::Rules;
use crate::source::SourceFile;

static SHIPPED: std::sync::LazyLock<Rules> = std::sync::LazyLock::new(load_shipped);

fn shipped() -> Rules {
    SHIPPED.clone()
}

fn load_shipped() -> Rules {
    fn files(folder: &std::path::Path, below: &str, out: &mut Vec<SourceFile>) {
        for entry in std::fs::read_dir(folder).unwrap().filter_map(Result::ok) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if below.is_empty() {
                name
            } else {
                format!("{below}/{name}")
            };
            if entry.path().is_dir() {
                files(&entry.path(), &path, out);
            } else {
                out.push(SourceFile {
                    path,
                    text: std::fs::read_to_string(entry.path()).unwrap(),
                });
            }
        }
    }
    let mut out = Vec::new();
    files(
        &std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules"),
        "",
        &mut out,
    );
    Rules::load(&out).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Four public acts around a hidden one, an alternative, a gate that is done over, and a disclosure within a period.
const SMALL_PROCEDURE: &str = r#"
程序 sample 样例程序 {
    对象 case 案件 类=案件
    阶段 begin 开始
    阶段 middle 中间
    阶段 end 结束
    角色 handler 承办人 执法=#true
}
行为 opening 开始办理 { 对象 案件; 阶段 开始; 性质 本机关作出; 公开图; }
行为 refusal 不予办理 { 对象 案件; 阶段 开始; 性质 本机关作出; 公开图; }
行为 inner_step 内部准备 { 对象 案件; 阶段 中间; 性质 本机关作出; }
行为 outer_step 对外办理 { 对象 案件; 阶段 中间; 性质 本机关作出; 可重复; 公开图; }
行为 repair 返工 { 对象 案件; 阶段 结束; 性质 本机关作出; 可重复; 公开图; }
行为 ending 结束办理 { 对象 案件; 阶段 结束; 性质 本机关作出; 公开图; }
前提 R-1 { 先 开始办理; 后 内部准备; 依据 XX1; }
前提 R-2 { 先 内部准备; 后 对外办理; 依据 XX2; }
前提 R-3 { 先 对外办理; 后 返工 结束办理; 依据 XX2; }
前提 R-4 { 先 开始办理; 后 结束办理; 依据 XX2; }
应当 R-5 { 先 对外办理; 后 返工; 依据 XX2; }
未了不得 R-6 { 先 返工; 后 对外办理 结束办理; 依据 XX2; }
应当 R-7 { 先 对外办理; 后 结束办理; 期间 7 工作日 F2; 依据 XX3; }
择一 R-8 { 行为 开始办理 不予办理; 依据 XX1; }
排除 R-9 { 先 不予办理; 后 内部准备 对外办理 返工 结束办理; 依据 XX1; }
"#;

fn small_rules() -> Rules {
    let file = |path: &str, text: &str| SourceFile {
        path: path.into(),
        text: text.into(),
    };
    let calendar = include_str!("../../../../rules/calendar/workdays.csv");
    let files = [
        file("statutes.kdl", "法源 XX 样例法 { 条 1 2 3 }\n"),
        file("sample/procedure.kdl", SMALL_PROCEDURE),
        file("calendar/workdays.csv", calendar),
    ];
    Rules::load(&files).unwrap_or_else(|errors| panic!("{errors}"))
}

fn day() -> Day {
    Day::parse("2026-07-06").unwrap()
}

fn each(check: impl Fn(&Procedure, &Chart)) {
    for rules in [shipped(), small_rules()] {
        for procedure in &rules.procedures {
            check(
                procedure,
                &chart(procedure, &Agency::default(), day(), "2026年第1版"),
            );
        }
    }
}

fn arrows(chart: &Chart) -> Vec<String> {
    let name = |ix: usize| chart.boxes[ix].name.as_str();
    let arrow = |edge: &Edge| {
        format!(
            "{} {} {}",
            name(edge.from),
            if edge.always { "→" } else { "⇢" },
            name(edge.to)
        )
    };
    chart.edges.iter().map(arrow).collect()
}

/// Reachability by arrows.
fn paths(chart: &Chart) -> Vec<Vec<bool>> {
    let n = chart.boxes.len();
    let mut reach = vec![vec![false; n]; n];
    chart
        .edges
        .iter()
        .for_each(|edge| reach[edge.from][edge.to] = true);
    for middle in 0..n {
        for from in 0..n {
            for to in 0..n {
                reach[from][to] |= reach[from][middle] && reach[middle][to];
            }
        }
    }
    reach
}

#[test]
fn a_hidden_act_is_stepped_over_and_what_follows_is_left_out() {
    let rules = small_rules();
    let chart = chart(&rules.procedures[0], &Agency::default(), day(), "");
    assert_eq!(
        arrows(&chart),
        [
            "开始办理 → 对外办理",
            "对外办理 → 返工",
            "对外办理 → 结束办理",
            "返工 ⇢ 结束办理"
        ]
    );
    let ending = chart
        .boxes
        .iter()
        .find(|shown| shown.act == "ending")
        .unwrap();
    let badges: Vec<String> = ending
        .badges
        .iter()
        .map(|b| format!("{} {}〔{}〕", b.kind.chinese(), b.text, b.basis))
        .collect();
    assert_eq!(
        badges,
        [
            "前提 〔2条〕",
            "未了 返工〔2条〕",
            "期限 对外办理后7个工作日内〔3条〕"
        ]
    );
    assert_eq!(chart.alternatives.len(), 1);
    assert_eq!(
        chart.returns.len(),
        1,
        "doing the step again waits for the repair: {:?}",
        chart.returns
    );
}

#[test]
fn at_most_twenty_five_acts_are_shown_and_every_public_one_is() {
    each(|procedure, chart| {
        assert!(chart.boxes.len() <= 25, "{}", chart.boxes.len());
        assert_eq!(
            chart.boxes.len(),
            procedure.acts.iter().filter(|act| act.is_public).count()
        );
    });
}

#[test]
fn no_edge_contradicts_a_relation() {
    each(|procedure, chart| {
        let force = Force {
            procedure,
            agency: &Agency::default(),
            day: day(),
        };
        let links = force.links();
        for edge in &chart.edges {
            let (from, to) = (&chart.boxes[edge.from], &chart.boxes[edge.to]);
            // Nothing that `from` waits for is `to`.
            let mut waited = from.events.clone();
            let mut at = 0;
            while let Some(event) = waited.get(at).copied() {
                for link in links
                    .iter()
                    .filter(|l| l.firm && l.target == event && l.sources.len() == 1)
                {
                    if !waited.contains(&link.sources[0]) {
                        waited.push(link.sources[0]);
                    }
                }
                at += 1;
            }
            assert!(
                !waited.iter().any(|event| to.events.contains(event)),
                "{} waits for {}",
                from.name,
                to.name
            );
            // Having done `from` does not rule out `to`.
            let excludes = |flow: &&crate::model::FlowEdge| {
                !flow.includes
                    && flow.when.is_none()
                    && from.events.contains(&flow.source)
                    && to.events.iter().all(|event| *event == flow.target)
            };
            assert!(
                !procedure.flows.iter().any(|flow| excludes(&flow)),
                "{} excludes {}",
                from.name,
                to.name
            );
        }
        let reach = paths(chart);
        assert!(
            (0..reach.len()).all(|ix| !reach[ix][ix]),
            "the arrows run in a circle"
        );
    });
}

/// An act is doable without another when every firm link into it has a source that is: the arrow holds in every case
/// exactly when forbidding its source makes its target undoable.
#[test]
fn full_arrows_are_those_that_hold_in_every_case() {
    each(|procedure, chart| {
        let links = Force {
            procedure,
            agency: &Agency::default(),
            day: day(),
        }
        .links();
        let doable_without = |forbidden: &[EventIx]| {
            let mut doable: Vec<bool> = vec![false; procedure.events.len()];
            loop {
                let now: Vec<bool> = (0..doable.len())
                    .map(|event| {
                        !forbidden.contains(&event)
                            && links
                                .iter()
                                .filter(|link| link.firm && link.target == event)
                                .all(|link| link.sources.iter().any(|source| doable[*source]))
                    })
                    .collect();
                if now == doable {
                    return doable;
                }
                doable = now;
            }
        };
        for edge in &chart.edges {
            let doable = doable_without(&chart.boxes[edge.from].events);
            let blocked = chart.boxes[edge.to]
                .events
                .iter()
                .all(|event| !doable[*event]);
            let (from, to) = (&chart.boxes[edge.from].name, &chart.boxes[edge.to].name);
            assert_eq!(edge.always, blocked, "{from} before {to}");
        }
    });
}

#[test]
fn no_blocking_gate_between_shown_acts_is_missing() {
    each(|procedure, chart| {
        let reach = paths(chart);
        let of = |event: EventIx| {
            chart
                .boxes
                .iter()
                .position(|shown| shown.events.contains(&event))
        };
        let mut gates: Vec<(usize, EventIx, EventIx)> = Vec::new();
        for edge in &procedure.conditions {
            gates.extend(
                edge.sources
                    .iter()
                    .map(|source| (edge.rule, *source, edge.target)),
            );
        }
        gates.extend(
            procedure
                .milestones
                .iter()
                .map(|edge| (edge.rule, edge.source, edge.target)),
        );
        let agency = Agency::default();
        let mut seen = 0;
        for (rule, source, target) in gates {
            let in_force = procedure.rules[rule].from.is_none_or(|from| from <= day())
                && procedure.rules[rule]
                    .until
                    .is_none_or(|until| day() < until);
            let blocks =
                procedure.strength(rule, &agency) == crate::model::Strength::Block && in_force;
            let (Some(from), Some(to)) = (of(source), of(target)) else {
                continue;
            };
            if !blocks || from == to {
                continue;
            }
            seen += 1;
            let id = &procedure.rules[rule].id;
            let is_return = chart
                .returns
                .iter()
                .any(|r| (r.first, r.before, &r.rule) == (from, to, id));
            assert!(
                reach[from][to] || is_return,
                "{id}: {} before {}",
                chart.boxes[from].name,
                chart.boxes[to].name
            );
            let named = |badge: &Badge| badge.rules.contains(id);
            let cited = !procedure.rules[rule].cites.is_empty();
            assert!(
                !cited || chart.boxes[to].badges.iter().any(named),
                "{id} stands on no badge"
            );
        }
        assert!(seen > 2, "{seen} gates");
    });
}

#[test]
fn every_period_between_shown_acts_is_a_badge() {
    let rules = shipped();
    let procedure = rules.procedure("penalty.ordinary").unwrap();
    let chart = chart(procedure, &Agency::default(), day(), "");
    let badge = |act: &str, rule: &str| {
        let shown = chart.boxes.iter().find(|shown| shown.act == act).unwrap();
        let found = shown
            .badges
            .iter()
            .find(|b| b.kind == BadgeKind::Period && b.rules.iter().any(|id| id == rule));
        found.map(|b| b.text.clone()).unwrap_or_default()
    };
    assert_eq!(badge("disclosure", "PUB-PEN-7WD"), "处罚决定后7个工作日内");
    assert_eq!(badge("penalty_decision", "PEN-DECIDE-90D"), "立案后90日内");
    assert_eq!(
        badge("hearing", "PEN-HEAR-REQ-5WD"),
        "只限送达（事先告知书）后5个工作日内听证申请"
    );
}

#[test]
fn the_same_rules_give_the_same_drawing() {
    let (first, second) = (load_shipped(), load_shipped());
    let draw = |rules: &Rules| {
        chart(
            rules.procedure("penalty.ordinary").unwrap(),
            &Agency::default(),
            day(),
            "2026年第1版",
        )
        .svg()
    };
    assert_eq!(draw(&first), draw(&second));
}

#[test]
fn the_shipped_chart_fits_an_upright_a4_sheet() {
    let rules = shipped();
    let layout = chart(
        rules.procedure("penalty.ordinary").unwrap(),
        &Agency::default(),
        day(),
        "2026年第1版",
    )
    .layout();
    assert!(layout.height < 297.01, "{} mm", layout.height);
    // 8 pt.
    const { assert!(SMALL >= 8.0 * 25.4 / 72.0) };
}

/// A marking with as many signs on each box as there can be.
fn crowded(chart: &Chart) -> Marking {
    let mark = Mark {
        done: 12,
        last: Some(day()),
        is_open: true,
        owed: Some(Owed {
            due: Some(day()),
            is_overdue: true,
        }),
        is_out: false,
    };
    Marking {
        marks: vec![mark; chart.boxes.len()],
    }
}

/// The layout for the wall, and the fullest with the signs of a case.
fn each_layout(check: impl Fn(&Chart, Layout)) {
    each(|_, chart| {
        check(chart, chart.layout());
        check(chart, chart.layout_with(&crowded(chart)));
    });
}

#[test]
fn boxes_and_texts_lie_side_by_side() {
    each_layout(|chart, layout| {
        for (ix, rect) in layout.boxes.iter().enumerate() {
            assert!(rect.x > layout.labels[0].right() && rect.right() < layout.width - 5.0);
            for other in &layout.boxes[ix + 1..] {
                assert!(!rect.overlaps(other), "{rect:?} lies on {other:?}");
            }
            let band = chart
                .bands
                .iter()
                .position(|band| band.boxes.contains(&ix))
                .unwrap();
            assert!(layout.bands[band].y < rect.y && rect.bottom() < layout.bands[band].bottom());
            assert!(rect.bottom() < layout.legend.y);
            // The pieces of a line follow one another within the box.
            let name = &chart.boxes[ix].name;
            let pieces = &layout.pieces[ix];
            for piece in pieces {
                assert!(
                    piece.x + small(&piece.text) <= rect.width - 0.5,
                    "{name}: “{}” leaves its box",
                    piece.text
                );
            }
            for pair in pieces
                .windows(2)
                .filter(|pair| pair[0].line == pair[1].line)
            {
                let begin = pair[1].x - if pair[1].begins { TAG + TAG_GAP } else { 0.0 };
                assert!(
                    pair[0].x + small(&pair[0].text) <= begin,
                    "{name}: “{}” touches its neighbor",
                    pair[0].text
                );
            }
            let names =
                f64::from(u32::try_from(layout.names[ix].len()).unwrap()) * layout::NAME_LINE;
            let lines = f64::from(u32::try_from(pieces.last().map_or(0, |p| p.line + 1)).unwrap())
                * layout::LINE;
            assert!(
                names + lines + layout.strips[ix] < rect.height + 0.01,
                "{name} is too low for its text"
            );
            if layout.strips[ix] > 0.0 {
                for (sign, text) in crowded(chart).of(ix).lines() {
                    let end = layout::PADDING + svg::beside(sign) + small(&text);
                    assert!(end <= rect.width - 0.5, "{name}: “{text}” leaves its box");
                }
            }
            let whole: String = pieces
                .iter()
                .filter(|p| p.badge.is_some())
                .map(|p| p.text.as_str())
                .collect();
            let wanted: String = chart.boxes[ix]
                .badges
                .iter()
                .map(layout::badge_text)
                .collect();
            assert_eq!(whole, wanted, "no character is lost");
        }
    });
}

#[test]
fn arrows_run_beside_boxes_and_share_no_line_with_others() {
    each_layout(|chart, layout| {
        let arrows: usize = layout.wires.iter().map(|wire| wire.from.len()).sum();
        assert_eq!(arrows, chart.edges.len());
        for wire in &layout.wires {
            for ((x1, y1), (x2, y2)) in &wire.lines {
                let line = Rect {
                    x: x1.min(*x2),
                    y: y1.min(*y2),
                    width: (x1 - x2).abs(),
                    height: (y1 - y2).abs(),
                };
                assert!(
                    line.width < 0.01 || line.height < 0.01,
                    "{line:?} is not straight"
                );
                for rect in &layout.boxes {
                    let within = Rect {
                        x: rect.x + 0.1,
                        y: rect.y + 0.1,
                        width: rect.width - 0.2,
                        height: rect.height - 0.2,
                    };
                    assert!(!line.overlaps(&within), "{line:?} runs through {rect:?}");
                }
            }
        }
        for (at, wire) in layout.wires.iter().enumerate() {
            for other in &layout.wires[at + 1..] {
                for (a, b) in wire
                    .lines
                    .iter()
                    .flat_map(|a| other.lines.iter().map(move |b| (a, b)))
                {
                    assert!(
                        !share(a, b),
                        "{a:?} and {b:?} lie on each other: {:?} {:?}",
                        wire.from,
                        other.from
                    );
                }
            }
        }
    });
}

/// Whether two straight lines run along each other.
fn share(a: &Line, b: &Line) -> bool {
    let upright = |line: &Line| (line.0.0 - line.1.0).abs() < 0.01;
    let along = |line: &Line| {
        if upright(line) {
            (line.0.1, line.1.1)
        } else {
            (line.0.0, line.1.0)
        }
    };
    let across = |line: &Line| if upright(line) { line.0.0 } else { line.0.1 };
    let ((a1, a2), (b1, b2)) = (along(a), along(b));
    upright(a) == upright(b)
        && (across(a) - across(b)).abs() < 0.5
        && a1.min(a2).max(b1.min(b2)) + 0.1 < a1.max(a2).min(b1.max(b2))
}

#[test]
fn the_drawing_is_text_for_people_and_programs() {
    let rules = shipped();
    let shown = chart(
        rules.procedure("penalty.ordinary").unwrap(),
        &Agency::default(),
        day(),
        "第<1>版 & 附注",
    );
    let svg = shown.svg();
    assert!(svg.contains("<title id=\"chart-title\">行政处罚普通程序流程图</title>"));
    assert!(svg.contains("role=\"img\" aria-labelledby=\"chart-title chart-desc\""));
    assert!(svg.contains("第&lt;1&gt;版 &amp; 附注") && !svg.contains("第<1>版"));
    for part in &shown.boxes {
        assert!(
            svg.contains(&format!(">{}</text>", part.name)),
            "{}",
            part.name
        );
    }
    assert_eq!(svg.matches("<g>").count(), svg.matches("</g>").count());
    assert!(
        !svg.contains("待核"),
        "that a basis is still to be checked is for staff"
    );
    if let Some(path) = option_env!("MINGQU_CHART") {
        std::fs::write(path, &svg).unwrap();
    }
}

#[test]
fn a_rule_that_is_not_yet_in_force_is_not_drawn() {
    let text = SMALL_PROCEDURE.replace(
        "后 返工 结束办理; 依据 XX2;",
        "后 返工 结束办理; 依据 XX2; 施行 \"2027-01-01\";",
    );
    let calendar = include_str!("../../../../rules/calendar/workdays.csv");
    let file = |path: &str, text: &str| SourceFile {
        path: path.into(),
        text: text.into(),
    };
    let files = [
        file("statutes.kdl", "法源 XX 样例法 { 条 1 2 3 }\n"),
        file("sample/procedure.kdl", &text),
        file("calendar/workdays.csv", calendar),
    ];
    let rules = Rules::load(&files).unwrap();
    let drawn = |day: &str| {
        arrows(&chart(
            &rules.procedures[0],
            &Agency::default(),
            Day::parse(day).unwrap(),
            "",
        ))
    };
    assert!(!drawn("2026-07-06").contains(&"对外办理 → 结束办理".to_owned()));
    assert!(drawn("2027-01-01").contains(&"对外办理 → 结束办理".to_owned()));
}

#[test]
fn every_standing_in_a_case_has_a_word_and_a_shape_of_its_own() {
    let due = |text: &str| Day::parse(text).unwrap();
    let owed = |due, is_overdue| Some(Owed { due, is_overdue });
    let ahead = Mark::default();
    let done = Mark {
        done: 2,
        last: Some(day()),
        ..Mark::default()
    };
    let open = Mark {
        is_open: true,
        owed: owed(Some(due("2026-07-10")), false),
        ..Mark::default()
    };
    let late = Mark {
        owed: owed(Some(due("2026-07-01")), true),
        ..Mark::default()
    };
    let undated = Mark {
        owed: owed(None, false),
        is_out: true,
        ..Mark::default()
    };
    let out = Mark {
        is_out: true,
        ..Mark::default()
    };
    let words: Vec<String> = [&ahead, &done, &open, &late, &undated, &out]
        .map(Mark::words)
        .to_vec();
    assert_eq!(
        words,
        [
            "还没有到这一步",
            "已办，2026-07-06 共2次",
            "应办，2026-07-10前；现在可以办",
            "逾期，2026-07-01到期",
            "应办，没有定期限",
            "本案不进行",
        ]
    );
    let rules = small_rules();
    let chart = chart(&rules.procedures[0], &Agency::default(), day(), "");
    let marking = Marking {
        marks: vec![done, open, late, out],
    };
    let svg = chart.svg_with(&marking);
    for text in [
        "2026-07-06 共2次",
        "2026-07-10前",
        "现在可以办",
        "2026-07-01到期",
        "本案不进行",
        "其余：还没有到这一步",
    ] {
        assert!(svg.contains(&format!(">{text}</text>")), "{text}");
    }
    let (thick, dashed) = ("stroke-width=\"1.1\" x=", "stroke-dasharray=\"1.6 1\" x=");
    assert_eq!(svg.matches(thick).count(), 1, "one act is there to be done");
    assert_eq!(svg.matches(dashed).count(), 1, "one act is out of play");
    // Within a page nothing may bring its own style, and ids would meet those of the page.
    assert!(!svg.contains("<style") && !svg.contains("style=") && !svg.contains("class="));
    let plain = chart.svg();
    assert!(!plain.contains(thick) && !plain.contains("本案"));
}

#[test]
fn the_shipped_chart_with_marks_stays_within_a_sheet_and_a_half() {
    let rules = shipped();
    let procedure = rules.procedure("penalty.ordinary").unwrap();
    let chart = chart(procedure, &Agency::default(), day(), "");
    let height = chart.layout_with(&crowded(&chart)).height;
    assert!(height < 450.0, "{height} mm");
}
