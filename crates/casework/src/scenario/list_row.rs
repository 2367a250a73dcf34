//! Rows of the agency's registers, as scenarios say them.

use law::source::{Errors, Node};

use super::parse::read_day;
use crate::lists::{List, ListRow, Lists};

/// `登记行 inspection_items 自="2025-06-20" { name "取用水情况检查"; cap 2 }`
pub(super) fn read(node: &Node, lists: &mut Lists, errors: &Errors) {
    const KEYS: [&str; 2] = ["自", "至"];
    let Some(register) = node.argument(0, "登记的英文标识", errors) else {
        return;
    };
    for (key, scalar) in &node.properties {
        if !KEYS.contains(&key.as_str()) {
            let seen = format!("“{}”里不认识的“{key}=”", node.title());
            errors.add(&scalar.place, seen, KEYS.join("、"));
        }
    }
    let day = |key: &str| {
        let scalar = node.property(key);
        scalar.and_then(|scalar| read_day(scalar, errors))
    };
    let cells = node.children.iter().filter_map(|cell| {
        let value = cell.arguments.first().map(|it| it.value.to_string());
        if value.is_none() {
            errors.add(&cell.place, format!("“{}”", cell.name), "栏 值");
        }
        Some((cell.name.clone(), value?))
    });
    let cells = cells.collect();
    let list = lists.entry(register.to_owned()).or_insert_with(|| List {
        name: register.to_owned(),
        ..List::default()
    });
    list.rows.push(ListRow {
        id: (list.rows.len() + 1).to_string(),
        from: day("自"),
        until: day("至"),
        cells,
    });
}
