//! How a dossier is scored when it is appraised (案卷评查): a table of points in `rules/`, or one of the agency's own.

use crate::model::{Procedure, Strength};
use crate::source::{Errors, Node, Place, RuleErrors, Scalar, SourceFile};
use crate::statute::{Citation, Statutes, Verified};

/// Points for a departure, by how hard the rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Points {
    /// 严重
    pub grave: i64,
    /// 一般
    pub ordinary: i64,
    /// 轻微
    pub slight: i64,
}

impl Points {
    /// The points for a rule of this strength.
    pub fn of(self, strength: Strength) -> i64 {
        match strength {
            Strength::Block => self.grave,
            Strength::Reason => self.ordinary,
            Strength::Log => self.slight,
        }
    }
}

/// What the table says of some phases of a procedure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhaseScore {
    /// The phases by name.
    pub phases: Vec<String>,
    /// Points for a departure in them, where they differ from the common ones.
    pub points: Option<Points>,
    /// No more than this is deducted in all of them together.
    pub most: Option<i64>,
}

/// A grade, from so many points on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grade {
    /// Its name.
    pub name: String,
    /// Not less than.
    pub from: i64,
}

/// A score table (评分表).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreTable {
    /// Stable id.
    pub id: String,
    /// Chinese name.
    pub name: String,
    /// The points of a dossier without a departure.
    pub full: i64,
    /// Points for a departure.
    pub points: Points,
    /// Phases that are scored in their own way.
    pub phases: Vec<PhaseScore>,
    /// Rules a grave departure from which fails the whole dossier (否决项).
    pub vetoes: Vec<String>,
    /// Grades, the best first; the last one begins at nothing.
    pub grades: Vec<Grade>,
    /// Legal basis.
    pub cites: Vec<Citation>,
    /// How far the basis was checked.
    pub verified: Verified,
    /// What is to be said of it.
    pub note: String,
}

impl ScoreTable {
    /// The grade of so many points.
    pub fn grade(&self, score: i64) -> &str {
        let fits = self.grades.iter().find(|grade| score >= grade.from);
        fits.or(self.grades.last())
            .map_or("", |grade| grade.name.as_str())
    }

    /// The grade of a dossier that fails whatever its points.
    pub fn lowest(&self) -> &str {
        self.grades.last().map_or("", |grade| grade.name.as_str())
    }

    /// What is said of a phase of its own.
    pub fn phase(&self, name: &str) -> Option<(usize, &PhaseScore)> {
        let mut all = self.phases.iter().enumerate();
        all.find(|(_, it)| it.phases.iter().any(|phase| phase == name))
    }
}

/// Reads the table of an agency's own: one 评分 in a file.
pub fn score_table(
    file: &SourceFile,
    statutes: &Statutes,
    procedures: &[Procedure],
) -> Result<ScoreTable, RuleErrors> {
    let errors = Errors::default();
    let nodes = crate::source::read(file, &errors);
    let mut tables: Vec<ScoreTable> = nodes
        .iter()
        .filter_map(|node| read(node, statutes, procedures, &errors))
        .collect();
    if tables.len() != 1 && !errors.any() {
        let place = Place {
            file: file.path.as_str().into(),
            line: 1,
            column: 1,
        };
        let seen = format!("有{}个“评分”", tables.len());
        errors.add(&place, seen, "一个文件写一个“评分”");
    }
    errors.finish()?;
    tables.pop().ok_or_else(|| RuleErrors(Vec::new()))
}

/// Reads a 评分.
pub(crate) fn read(
    node: &Node,
    statutes: &Statutes,
    procedures: &[Procedure],
    errors: &Errors,
) -> Option<ScoreTable> {
    if node.name != "评分" {
        errors.add(&node.place, format!("不认识的“{}”", node.name), "评分");
        return None;
    }
    node.only(
        &[
            "满分", "扣分", "阶段", "否决", "等次", "依据", "核实", "说明",
        ],
        &[],
        errors,
    );
    let id = node.argument(0, "标识", errors)?.to_owned();
    let name = node.argument(1, "名称", errors)?.to_owned();
    let full = node.required("满分", errors)?;
    let full = figure(full.arguments.first(), &full.place, errors)?;
    let points = points(node.required("扣分", errors)?, errors)?;
    let phases = node.all("阶段").filter_map(|line| {
        line.only(&["扣分", "至多"], &[], errors);
        let names = line.arguments.iter().filter_map(|it| it.text(errors));
        let names: Vec<String> = names.map(str::to_owned).collect();
        for name in &names {
            let has = |procedure: &Procedure| procedure.phases.iter().any(|it| it.name == *name);
            if !procedures.iter().any(has) {
                let seen = format!("没有阶段“{name}”");
                errors.add(&line.place, seen, "某个程序里声明过的阶段");
            }
        }
        let most = line.one("至多", errors);
        Some(PhaseScore {
            phases: names,
            points: match line.one("扣分", errors) {
                Some(line) => Some(self::points(line, errors)?),
                None => None,
            },
            most: match most {
                Some(line) => Some(figure(line.arguments.first(), &line.place, errors)?),
                None => None,
            },
        })
    });
    let phases = phases.collect();
    let vetoes = node.words("否决", errors).into_iter().map(|(rule, place)| {
        if !procedures.iter().any(|it| it.rule(rule).is_some()) {
            errors.add(place, format!("没有规则“{rule}”"), "某个程序里的规则编号");
        }
        rule.to_owned()
    });
    let vetoes = vetoes.collect();
    let grades = node.all("等次").filter_map(|line| {
        line.only(&[], &["不低于"], errors);
        Some(Grade {
            name: line.argument(0, "等次名称", errors)?.to_owned(),
            from: figure(line.property("不低于"), &line.place, errors)?,
        })
    });
    let grades: Vec<Grade> = grades.collect();
    let falls = grades.windows(2).all(|pair| pair[0].from > pair[1].from);
    if !falls || grades.last().is_none_or(|grade| grade.from != 0) {
        let expected = "从高到低，最后一个等次 不低于=0";
        errors.add(&node.place, "等次的分数线不成顺序", expected);
    }
    let note = node.one("说明", errors);
    Some(ScoreTable {
        id,
        name,
        full,
        points,
        phases,
        vetoes,
        grades,
        cites: statutes.cites(node, errors),
        verified: Verified::read(node, errors),
        note: note
            .and_then(|line| line.argument(0, "说明", errors))
            .unwrap_or_default()
            .to_owned(),
    })
}

/// Points are whole and never negative.
fn figure(scalar: Option<&Scalar>, place: &Place, errors: &Errors) -> Option<i64> {
    let value = match scalar {
        Some(scalar) => scalar.integer(errors)?,
        None => {
            errors.add(place, "没有写分数", "不小于 0 的整数");
            return None;
        }
    };
    if value < 0 {
        errors.add(place, format!("看到“{value}”"), "不小于 0 的整数");
        return None;
    }
    Some(value)
}

fn points(line: &Node, errors: &Errors) -> Option<Points> {
    line.only(&[], &["严重", "一般", "轻微"], errors);
    let of = |key: &str| figure(line.property(key), &line.place, errors);
    Some(Points {
        grave: of("严重")?,
        ordinary: of("一般")?,
        slight: of("轻微")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "评分 t 表 {
    满分 100
    扣分 严重=20 一般=8 轻微=3
    等次 优秀 不低于=90
    等次 合格 不低于=60
    等次 不合格 不低于=0
}";

    fn table(text: &str) -> Result<ScoreTable, String> {
        let file = SourceFile {
            path: "t.kdl".to_owned(),
            text: text.to_owned(),
        };
        score_table(&file, &Statutes::default(), &[]).map_err(|errors| errors.to_string())
    }

    #[test]
    fn points_make_a_grade_and_the_last_one_takes_the_rest() {
        let table = table(TABLE).expect("a table");
        for (score, grade) in [
            (100, "优秀"),
            (90, "优秀"),
            (89, "合格"),
            (60, "合格"),
            (59, "不合格"),
        ] {
            assert_eq!(table.grade(score), grade, "{score}");
        }
        assert_eq!(table.lowest(), "不合格");
        assert_eq!(table.points.of(Strength::Reason), 8);
        assert_eq!(table.verified, Verified::Yes);
    }

    #[test]
    fn a_table_with_a_mistake_is_refused_at_its_place() {
        for (from, to, expected) in [
            ("满分 100", "满分 一百", "整数"),
            ("满分 100", "", "没有“满分”"),
            ("严重=20", "严重=-1", "不小于 0"),
            ("严重=20", "", "没有写分数"),
            ("不低于=60", "不低于=95", "从高到低"),
            ("不低于=0", "不低于=10", "不低于=0"),
            ("满分 100", "满分 100\n否决 G-NONE", "没有规则“G-NONE”"),
            (
                "满分 100",
                "满分 100\n阶段 跳舞 { 至多 3; }",
                "没有阶段“跳舞”",
            ),
            ("评分 t", "平分 t", "不认识的“平分”"),
        ] {
            let said = table(&TABLE.replace(from, to)).expect_err(to);
            assert!(
                said.contains("t.kdl:") && said.contains(expected),
                "{to}: {said}"
            );
        }
        assert!(table("").expect_err("nothing").contains("一个“评分”"));
    }
}
