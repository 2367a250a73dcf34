//! What a scenario says of the agency: people, its benchmark, its power map, fines from elsewhere.

use std::collections::BTreeSet;

use law::discretion::BenchmarkRow;
use law::power::Matter;
use law::source::{Errors, Node};
use vocabulary::Day;

use super::parse::read_day;
use crate::context::{Credential, EarlierFine, Level, Person, Power, PowerKind};

pub(super) fn read_benchmark(node: &Node, errors: &Errors) -> Option<BenchmarkRow> {
    node.only(&[], &["条件", "下限", "上限", "单位", "自", "至"], errors);
    let text = |key: &str| node.property_text(key, errors).unwrap_or("").to_owned();
    let day = |key: &str| {
        node.property(key)
            .and_then(|scalar| read_day(scalar, errors))
    };
    Some(BenchmarkRow {
        item: node.argument(0, "事项编号", errors)?.to_owned(),
        tier: node.argument(1, "档次", errors)?.to_owned(),
        condition: text("条件"),
        low: text("下限"),
        high: text("上限"),
        unit: text("单位"),
        basis: "情景里的裁量基准".to_owned(),
        from: day("自")?,
        until: day("至"),
    })
}

/// `权力 承接处罚权的乡镇街道 "某镇人民政府" 事项="P-SF65-1" 地点="某镇" 自="2026-05-01"`; several powers are joined by 、.
pub(super) fn read_power(node: &Node, errors: &Errors) -> Option<Power> {
    const KEYS: [&str; 12] = [
        "类别",
        "事项",
        "地点",
        "自",
        "至",
        "公布",
        "文号前缀",
        "印章",
        "被申请人",
        "复议机关",
        "管辖法院",
        "依据",
    ];
    node.only(&[], &KEYS, errors);
    let kind = node.argument(0, "凭什么行使", errors)?;
    let Some(found) = PowerKind::ALL.into_iter().find(|it| it.chinese() == kind) else {
        let known: Vec<&str> = PowerKind::ALL.iter().map(|it| it.chinese()).collect();
        let seen = format!("权力“{kind}”");
        errors.add(&node.arguments[0].place, seen, known.join("、"));
        return None;
    };
    let text = |key: &str| node.property_text(key, errors).unwrap_or("").to_owned();
    let day = |key: &str| {
        node.property(key)
            .and_then(|scalar| read_day(scalar, errors))
    };
    let item = text("事项");
    let mut matters = BTreeSet::new();
    for name in text("类别").split('、').filter(|name| !name.is_empty()) {
        let found = Matter::ALL.into_iter().find(|it| it.chinese() == name);
        let known = || Matter::ALL.map(Matter::chinese).join("、");
        if found.is_none() {
            errors.add(&node.place, format!("权力类别“{name}”"), known());
        }
        matters.extend(found);
    }
    Some(Power {
        kind: found,
        matters,
        items: (!item.is_empty()).then_some(item).into_iter().collect(),
        area: text("地点"),
        until: day("自"),
        ends: day("至"),
        passes_to: node.argument(1, "由谁行使", errors)?.to_owned(),
        basis: text("依据"),
        published_on: day("公布"),
        number_prefix: text("文号前缀"),
        seal: text("印章"),
        respondent: text("被申请人"),
        remedy_organ: text("复议机关"),
        court: text("管辖法院"),
    })
}

/// `已罚 1 "某水罚〔2026〕1号决定"`: the number of the party, and the decision.
pub(super) fn read_fine(node: &Node, errors: &Errors) -> Option<EarlierFine> {
    node.only(&[], &[], errors);
    let party = node.arguments.first().and_then(|it| it.integer(errors));
    let party = party.and_then(|party| u32::try_from(party).ok());
    let document = node.argument(1, "决定", errors)?.to_owned();
    if party.is_none() {
        let seen = format!("“{}”", node.title());
        errors.add(&node.place, seen, "已罚 当事人序号 决定");
    }
    Some(EarlierFine {
        party: party?,
        document,
    })
}

pub(super) fn read_person(node: &Node, errors: &Errors) -> Option<Person> {
    node.only(
        &[],
        &[
            "证件",
            "类别",
            "自",
            "至",
            "暂扣",
            "法律资格",
            "初次审核",
            "级别",
        ],
        errors,
    );
    let name = node.argument(0, "姓名", errors)?.to_owned();
    let day = |key: &str| {
        node.property(key)
            .and_then(|scalar| read_day(scalar, errors))
    };
    let mut person = Person {
        id: name.clone(),
        name,
        law_qualified: node.flag("法律资格"),
        ..Person::default()
    };
    person.reviewer_since = day("初次审核");
    if let Some(number) = node.property_text("证件", errors) {
        let (from, until) = (day("自"), day("至"));
        person.credentials.push(Credential {
            number: number.to_owned(),
            from: from.or_else(|| Day::from_ymd(2000, 1, 1))?,
            until: until.or_else(|| Day::from_ymd(2099, 12, 31))?,
            suspended_from: day("暂扣"),
            field: node.property_text("类别", errors).unwrap_or("").to_owned(),
            area: String::new(),
            issued_by: String::new(),
        });
    }
    person.level = match node.property_text("级别", errors) {
        None => None,
        Some("承办机构负责人") => Some(Level::UnitHead),
        Some("分管负责人") => Some(Level::DeputyLeader),
        Some("主要负责人") => Some(Level::ChiefLeader),
        Some(other) => {
            errors.add(
                &node.place,
                format!("级别={other}"),
                "承办机构负责人、分管负责人、主要负责人",
            );
            None
        }
    };
    Some(person)
}
