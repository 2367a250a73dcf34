//! `公示样式`: what a publication shows. Every fact that it shows must be one that may be public.

use super::names::{Around, Names};
use crate::fact::{FactType, Sensitivity};
use crate::layout::{Layout, LayoutLine, LayoutSection, LinePeriod, Piece};
use crate::model::FactIx;
use crate::source::{Errors, Node, Place};
use crate::statute::Statutes;

/// The keyword.
pub const KIND: &str = "公示样式";

/// The party of the publication, in braces.
const PARTY: &str = "当事人";
/// The agency, in braces.
const AGENCY: &str = "机关";
/// Before the name of a fact that names an item: its citations.
const BASIS: &str = "依据:";

/// Reads every layout of a procedure.
pub(super) fn read(
    nodes: &[&Node],
    names: &Names,
    statutes: &Statutes,
    errors: &Errors,
) -> Vec<Layout> {
    let mut all: Vec<Layout> = Vec::new();
    for node in nodes.iter().filter(|node| node.name == KIND) {
        let reading = Reading { names, errors };
        let Some(layout) = reading.layout(node, statutes) else {
            continue;
        };
        if all.iter().any(|known| known.document == layout.document) {
            let name = &names.documents[layout.document].name;
            let seen = format!("“{name}”写了两次公示样式");
            errors.add(&node.place, seen, "一种公示件只写一次公示样式");
        } else {
            all.push(layout);
        }
    }
    for (document, declared) in names.documents.iter().enumerate() {
        let is_laid_out = all.iter().any(|layout| layout.document == document);
        if declared.is_publication && !is_laid_out && !errors.any() {
            let place = nodes.first().map(|node| node.place.clone());
            let name = &declared.name;
            if let Some(place) = place {
                let seen = format!("公示件“{name}”没有公示样式");
                errors.add(&place, seen, format!("公示样式 {name} {{ … }}"));
            }
        }
    }
    all
}

struct Reading<'a> {
    names: &'a Names,
    errors: &'a Errors,
}

impl Reading<'_> {
    fn layout(&self, node: &Node, statutes: &Statutes) -> Option<Layout> {
        let errors = self.errors;
        node.only(
            &[
                "文种", "题", "文号", "日期", "摘要", "栏", "分面", "隐去", "照登", "依据",
            ],
            &[],
            errors,
        );
        let name = node.argument(0, "公示件的名称", errors)?;
        let place = &node.arguments[0].place;
        let document = self.names.document(name, place, errors)?;
        if !self.names.documents[document].is_publication {
            errors.add(place, format!("“{name}”不是公示件"), "公示件的名称");
            return None;
        }
        let kind = node
            .required("文种", errors)?
            .argument(0, "列表里怎样称呼", errors)?;
        if node.all("依据").next().is_none() {
            let seen = format!("公示样式“{name}”没有依据");
            errors.add(&node.place, seen, "写一行“依据 XZCF48 …”");
        }
        let around = Around {
            document: Some(document),
        };
        let facts = |key: &str| -> Vec<FactIx> {
            let words = node.words(key, errors).into_iter();
            words
                .filter_map(|(text, place)| self.fact(text, around, place))
                .collect()
        };
        let listed = |key: &str| -> Option<FactIx> {
            let child = node.one(key, errors)?;
            let name = child.argument(0, "文字事实的名称", errors)?;
            let place = &child.arguments[0].place;
            let fact = self.names.fact(name, around, place, errors)?;
            if self.names.facts[fact].kind != FactType::Text {
                errors.add(place, format!("“{name}”不是文字"), "类型=文字 的事实");
            }
            Some(fact)
        };
        let sections = node.all("栏").filter_map(|child| {
            let heading = child.argument(0, "栏目的名称", errors)?.to_owned();
            child.only(&["行"], &[], errors);
            let lines = child.all("行").filter_map(|line| self.line(line, around));
            Some(LayoutSection {
                heading,
                lines: lines.collect(),
            })
        });
        let sections: Vec<LayoutSection> = sections.collect();
        if sections.is_empty() {
            let seen = format!("公示样式“{name}”没有栏目");
            errors.add(&node.place, seen, "至少一个“栏 名称 { 行 … }”");
        }
        let facets = node.all("分面").filter_map(|child| {
            let name = child.argument(0, "分面的名称", errors)?.to_owned();
            let fact = child.argument(1, "事实的名称", errors)?;
            let fact = self.fact(fact, around, &child.arguments[1].place)?;
            Some((name, fact))
        });
        Some(Layout {
            document,
            kind: kind.to_owned(),
            title: facts("题"),
            number: facts("文号").first().copied(),
            decided_on: facts("日期").first().copied(),
            summary: facts("摘要"),
            facets: facets.collect(),
            hide: listed("隐去"),
            show: listed("照登"),
            sections,
            cites: statutes.cites(node, errors),
            place: node.place.clone(),
        })
    }

    /// A fact that may be shown.
    fn fact(&self, name: &str, around: Around, place: &Place) -> Option<FactIx> {
        let fact = self.names.fact(name, around, place, self.errors)?;
        if self.names.facts[fact].sensitivity != Sensitivity::Public {
            let seen = format!("“{name}”不是公开的事实，却写在公示样式里");
            self.errors.add(place, seen, "密级=公开 的事实");
            return None;
        }
        Some(fact)
    }

    fn line(&self, node: &Node, around: Around) -> Option<LayoutLine> {
        let errors = self.errors;
        node.only(&["届满", "当"], &[], errors);
        let label = node.argument(0, "这一行的名称", errors)?;
        let pieces = match node.arguments.get(1) {
            Some(template) => self.pieces(template.text(errors)?, around, &template.place)?,
            None => vec![Piece::Fact(self.fact(
                label,
                around,
                &node.arguments[0].place,
            )?)],
        };
        let period = match node.one("届满", errors) {
            Some(child) => Some(self.period(child, around)?),
            None => None,
        };
        let label = label.split(':').next().unwrap_or(label).to_owned();
        let when = match node.one("当", errors) {
            Some(child) => Some(self.names.condition(child, around, errors)?),
            None => None,
        };
        Some(LayoutLine {
            label,
            pieces,
            when,
            period,
        })
    }

    fn pieces(&self, template: &str, around: Around, place: &Place) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        let mut rest = template;
        while let Some((words, after)) = rest.split_once('{') {
            if !words.is_empty() {
                pieces.push(Piece::Words(words.to_owned()));
            }
            let Some((name, after)) = after.split_once('}') else {
                let seen = format!("“{template}”里的花括号没有合上");
                self.errors.add(place, seen, "如“{复议机关}”");
                return None;
            };
            pieces.push(match name {
                PARTY => Piece::Party,
                AGENCY => Piece::Agency,
                _ => match name.strip_prefix(BASIS) {
                    Some(item) => {
                        let fact = self.fact(item, around, place)?;
                        if self.names.facts[fact].kind != FactType::Item {
                            let seen = format!("“{item}”不是事项，没有依据可写");
                            self.errors.add(place, seen, "类型=事项 的事实");
                            return None;
                        }
                        Piece::BasisOf(fact)
                    }
                    None => Piece::Fact(self.fact(name, around, place)?),
                },
            });
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Words(rest.to_owned()));
        }
        Some(pieces)
    }

    fn period(&self, node: &Node, around: Around) -> Option<LinePeriod> {
        let errors = self.errors;
        let act = node.argument(0, "从哪个行为起算", errors)?;
        let from = self.names.events(act, &node.arguments[0].place, errors);
        let count = node.argument(1, "长度是哪项事实", errors)?;
        let count = self.fact(count, around, &node.arguments[1].place)?;
        if self.names.facts[count].kind != FactType::Count {
            let seen = format!("“{}”不是数", self.names.facts[count].name);
            errors.add(&node.place, seen, "类型=数 的事实");
            return None;
        }
        let unit = node.argument(2, "单位，如 日", errors)?;
        let code = node.argument(3, "计算口径，如 F1", errors)?;
        let period = super::period_of(1, unit, code, &node.place, errors)?;
        Some(LinePeriod {
            from,
            count,
            unit: period.unit,
            code: period.code,
        })
    }
}
