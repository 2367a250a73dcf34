//! Rows of the agency's catalogue of decisions that need a review, as scenarios say them.

use law::Rules;
use law::review_catalog::{CatalogRow, mistakes};
use law::source::{Errors, Node};

use super::parse::read_day;

/// `审核目录 "名称" 条件="…" 自="2026-01-01" 至="2026-06-01"`
pub(super) fn read(
    node: &Node,
    procedure: &str,
    count: usize,
    rules: &Rules,
    errors: &Errors,
) -> Option<CatalogRow> {
    node.only(&[], &["条件", "自", "至"], errors);
    let day = |key: &str| {
        let scalar = node.property(key);
        scalar.and_then(|scalar| read_day(scalar, errors))
    };
    let condition = node.property("条件");
    let text = condition.and_then(|scalar| scalar.text(errors));
    let (Some(text), Some(from)) = (text, day("自")) else {
        let expected = "审核目录 名称 条件=\"…\" 自=日期，可加 至=日期";
        errors.add(&node.place, format!("“{}”", node.title()), expected);
        return None;
    };
    let row = CatalogRow {
        id: format!("m{:02}", count + 1),
        name: node.argument(0, "名称", errors)?.to_owned(),
        procedure: procedure.to_owned(),
        condition: text.to_owned(),
        from,
        until: day("至"),
    };
    for wrong in mistakes(&row, rules) {
        let place = condition.map_or(&node.place, |scalar| &scalar.place);
        errors.add(place, wrong.text, "按这个程序能够判断的条件");
    }
    Some(row)
}
