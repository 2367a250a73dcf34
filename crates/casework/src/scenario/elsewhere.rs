//! Other cases of the agency, as scenarios say them.

use law::source::{Errors, Node, ScalarValue};
use vocabulary::{Day, Fen};

use super::parse::read_day;
use crate::elsewhere::{Elsewhere, Fine, Inspected, Matter};

/// `他案 "某化工公司" 案件="检2026-3" 检查="2026-03-01" 类别=daily`, or
/// `他案 "某砂石公司" 案件="立2025-9" 事项=P-SF69-1 罚款=20000 决定="某水罚〔2025〕3号" 日期="2025-12-01"`.
pub(super) fn read(node: &Node, errors: &Errors) -> Option<Elsewhere> {
    const KEYS: [&str; 10] = [
        "案件",
        "代码",
        "检查",
        "类别",
        "检查事项",
        "事项",
        "罚款",
        "决定",
        "日期",
        "后案",
    ];
    node.only(&[], &KEYS, errors);
    let text = |key: &str| node.property_text(key, errors).unwrap_or("").to_owned();
    let day = |key: &str| -> Option<Day> {
        let scalar = node.property(key)?;
        read_day(scalar, errors)
    };
    let amount = node.property("罚款").map(|scalar| match &scalar.value {
        ScalarValue::Integer(yuan) => Fen::yuan(*yuan),
        other => {
            errors.add(&scalar.place, format!("罚款={other}"), "以元计的整数");
            Fen(0)
        }
    });
    let code = match text("代码") {
        code if code.is_empty() => None,
        code => Some(("credit_code", code)),
    };
    Some(Elsewhere {
        case: text("案件"),
        name: node.argument(0, "当事人", errors)?.to_owned(),
        identity: code.into_iter().collect(),
        fine: amount.map(|amount| Fine {
            item: text("事项"),
            amount,
            decided: day("日期"),
            document: text("决定"),
        }),
        inspections: day("检查")
            .map(|day| Inspected {
                day,
                kind: text("类别"),
                matter: Matter {
                    listed: text("检查事项"),
                    kind: String::new(),
                },
            })
            .into_iter()
            .collect(),
        goes_on_as: text("后案"),
    })
}
