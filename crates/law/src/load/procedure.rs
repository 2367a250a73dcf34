//! Declarations of a procedure: subjects, documents, phases, roles, facts, acts, and the events they stand for.

use std::collections::HashSet;

use super::names::{FactName, Names};
use crate::fact::{Alternative, Fact, FactType, Sensitivity};
use crate::model::{
    Act, ActClass, CASE, Document, DocumentIx, Domain, Event, Phase, Role, Subject, SubjectClass,
};
use crate::source::{Errors, Node, Place};

/// What the act's node says about its subject.
enum Target {
    Domain(Domain),
    Documents(bool),
}

/// Phases and roles beside the names.
#[derive(Debug, Default)]
pub struct Frame {
    /// Phases in order.
    pub phases: Vec<Phase>,
    /// Roles.
    pub roles: Vec<Role>,
}

fn pair<'a>(node: &'a Node, errors: &Errors) -> Option<(&'a str, &'a str)> {
    let id = node.argument(0, "英文标识", errors)?;
    let name = node.argument(1, "中文名称", errors)?;
    let fits = id
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && id.starts_with(|c: char| c.is_ascii_lowercase());
    if !fits {
        errors.add(
            &node.arguments[0].place,
            format!("标识“{id}”"),
            "小写字母、数字和下划线，字母开头",
        );
    }
    Some((id, name))
}

/// Reads everything but the relations.
pub fn declare(nodes: &[&Node], names: &mut Names, frame: &mut Frame, errors: &Errors) {
    let mut seen: HashSet<(String, String)> = HashSet::new();
    let mut once = |class: &str, key: &str, place: &Place| {
        if !seen.insert((class.to_owned(), key.to_owned())) {
            errors.add(
                place,
                format!("{class}“{key}”声明了两次"),
                "每个标识和名称只声明一次",
            );
        }
    };
    for node in nodes {
        let class = node.name.as_str();
        if !matches!(
            class,
            "对象" | "文书" | "公示件" | "阶段" | "角色" | "事实" | "推导" | "行为"
        ) {
            continue;
        }
        let Some((id, name)) = pair(node, errors) else {
            continue;
        };
        let class = if class == "公示件" {
            "文书"
        } else if class == "推导" {
            "事实"
        } else {
            class
        };
        once(class, id, &node.place);
        once(class, name, &node.place);
        match node.name.as_str() {
            "对象" => {
                node.only(&[], &["类"], errors);
                let class = match node.property_text("类", errors) {
                    Some("案件") => SubjectClass::Case,
                    Some("当事人") => SubjectClass::Party,
                    Some("证据") => SubjectClass::Evidence,
                    Some("措施") => SubjectClass::Measure,
                    other => {
                        errors.add(
                            &node.place,
                            format!("类={}", other.unwrap_or("（没写）")),
                            "案件、当事人、证据、措施",
                        );
                        continue;
                    }
                };
                if (class == SubjectClass::Case) != names.subjects.is_empty() {
                    errors.add(
                        &node.place,
                        format!("对象“{name}”的位置"),
                        "案件是第一个对象，而且只有一个",
                    );
                }
                names.subjects.push(Subject {
                    id: id.to_owned(),
                    name: name.to_owned(),
                    class,
                });
            }
            "阶段" => frame.phases.push(Phase {
                id: id.to_owned(),
                name: name.to_owned(),
            }),
            "角色" => {
                node.only(&[], &["执法"], errors);
                frame.roles.push(Role {
                    id: id.to_owned(),
                    name: name.to_owned(),
                    is_officer: node.flag("执法"),
                });
            }
            _ => {}
        }
    }
    for node in nodes
        .iter()
        .filter(|node| matches!(node.name.as_str(), "文书" | "公示件"))
    {
        node.only(&[], &["随", "样式"], errors);
        let (Some(id), Some(name)) = (
            node.argument(0, "英文标识", errors),
            node.argument(1, "中文名称", errors),
        ) else {
            continue;
        };
        let Some(owner) = node.property_text("随", errors) else {
            errors.add(
                &node.place,
                format!("“{name}”没有写随谁"),
                "随=当事人 或 随=案件",
            );
            continue;
        };
        let Some(domain) = names.domain(owner, &node.place, errors) else {
            continue;
        };
        names.documents.push(Document {
            id: id.to_owned(),
            name: name.to_owned(),
            domain,
            is_publication: node.name == "公示件",
            template: node.property_text("样式", errors).map(str::to_owned),
        });
    }
    for node in nodes
        .iter()
        .filter(|node| matches!(node.name.as_str(), "事实" | "推导"))
    {
        declare_fact(node, names, errors);
    }
    for node in nodes.iter().filter(|node| node.name == "行为") {
        declare_act(node, names, frame, errors);
    }
    if names.subjects.is_empty() {
        let place = nodes.first().map_or_else(
            || Place {
                file: "".into(),
                line: 1,
                column: 1,
            },
            |n| n.place.clone(),
        );
        errors.add(&place, "程序没有声明对象", "至少“对象 case 案件 类=案件”");
    }
}

fn declare_fact(node: &Node, names: &mut Names, errors: &Errors) {
    node.only(&["选项", "说明"], &["类型", "归", "密级", "由"], errors);
    let (Some(id), Some(name)) = (
        node.argument(0, "英文标识", errors),
        node.argument(1, "中文名称", errors),
    ) else {
        return;
    };
    let alternatives = || -> Vec<Alternative> {
        let all = node.all("选项");
        all.filter_map(|child| {
            let id = child.argument(0, "选项的英文标识", errors)?.to_owned();
            let name = child.argument(1, "选项的中文名称", errors)?.to_owned();
            Some(Alternative { id, name })
        })
        .collect()
    };
    let kind = match node.property_text("类型", errors) {
        Some("是否") => FactType::Bool,
        Some("数") => FactType::Count,
        Some("金额") => FactType::Money,
        Some("日期") => FactType::Date,
        Some("时刻") => FactType::Moment,
        Some("文字") => FactType::Text,
        Some("处罚") => FactType::Penalty,
        Some("事项") => FactType::Item,
        Some("选项") => FactType::Choice(alternatives()),
        Some("多选") => FactType::Choices(alternatives()),
        other => {
            let seen = format!("事实“{name}”的类型是“{}”", other.unwrap_or("（没写）"));
            errors.add(
                &node.place,
                seen,
                "是否、数、金额、日期、时刻、选项、多选、文字、处罚、事项",
            );
            return;
        }
    };
    if let FactType::Choice(all) | FactType::Choices(all) = &kind
        && all.len() < 2
    {
        errors.add(
            &node.place,
            format!("“{name}”的选项不足两个"),
            "在花括号里逐行写“选项 英文标识 中文名称”",
        );
    }
    let sensitivity = match node.property_text("密级", errors) {
        Some("公开") => Sensitivity::Public,
        Some("个人") | None => Sensitivity::Personal,
        Some("秘密") => Sensitivity::Secret,
        Some(other) => {
            errors.add(&node.place, format!("密级={other}"), "公开、个人、秘密");
            Sensitivity::Secret
        }
    };
    let derived_by = node.property_text("由", errors).map(str::to_owned);
    if (node.name == "推导") != derived_by.is_some() {
        errors.add(
            &node.place,
            format!("“{name}”"),
            "推导写 由=算法名，事实不写",
        );
    }
    let owner = node.property_text("归", errors).unwrap_or("案件");
    let of_documents: Option<Vec<DocumentIx>> = match owner {
        "文书" => Some(
            (0..names.documents.len())
                .filter(|i| !names.documents[*i].is_publication)
                .collect(),
        ),
        "公示件" => Some(
            (0..names.documents.len())
                .filter(|i| names.documents[*i].is_publication)
                .collect(),
        ),
        _ => None,
    };
    let fact = |id: String, name: String, domain: Domain, document: Option<DocumentIx>| Fact {
        id,
        name,
        kind: kind.clone(),
        domain,
        document,
        sensitivity,
        derived_by: derived_by.clone(),
        series: None,
        place: node.place.clone(),
    };
    let entry = match of_documents {
        Some(documents) => {
            let mut all = Vec::new();
            for document in documents {
                let (of, domain) = (
                    names.documents[document].clone(),
                    names.documents[document].domain,
                );
                all.push((document, names.facts.len()));
                let (id, name) = (format!("{id}:{}", of.id), format!("{name}:{}", of.name));
                names.facts.push(fact(id, name, domain, Some(document)));
            }
            FactName::OfDocuments(all)
        }
        None => {
            let class = match owner {
                "案件" => Some(SubjectClass::Case),
                "当事人" => Some(SubjectClass::Party),
                "证据" => Some(SubjectClass::Evidence),
                "措施" => Some(SubjectClass::Measure),
                _ => None,
            };
            // A class stands for the subject of that class; a subject may also be named itself.
            let by_class = names
                .subjects
                .iter()
                .position(|s| Some(s.class) == class)
                .and_then(|d| u8::try_from(d).ok())
                .map(Domain);
            let Some(domain) = by_class.or_else(|| names.domain(owner, &node.place, errors)) else {
                return;
            };
            names
                .facts
                .push(fact(id.to_owned(), name.to_owned(), domain, None));
            FactName::Plain(names.facts.len() - 1)
        }
    };
    names.fact_names.insert(name.to_owned(), entry);
}

fn declare_act(node: &Node, names: &mut Names, frame: &Frame, errors: &Errors) {
    const CHILDREN: [&str; 14] = [
        "对象",
        "阶段",
        "性质",
        "由",
        "必填",
        "选填",
        "出具",
        "新增",
        "可重复",
        "初始不在",
        "公开图",
        "标签",
        "说明",
        "依据",
    ];
    node.only(&CHILDREN, &[], errors);
    let (Some(id), Some(name)) = (
        node.argument(0, "英文标识", errors),
        node.argument(1, "中文名称", errors),
    ) else {
        return;
    };
    let word = |key: &str| {
        node.required(key, errors)
            .and_then(|n| Some((n.argument(0, "名称", errors)?, &n.place)))
    };
    let (Some((subject, subject_place)), Some((phase, phase_place)), Some((class, class_place))) =
        (word("对象"), word("阶段"), word("性质"))
    else {
        return;
    };
    let target = match subject {
        "文书" => Target::Documents(false),
        "公示件" => Target::Documents(true),
        _ => match names.domain(subject, subject_place, errors) {
            Some(domain) => Target::Domain(domain),
            None => return,
        },
    };
    let class = match class {
        "本机关作出" => ActClass::MadeHere,
        "客观发生" => ActClass::HappenedOutside,
        other => {
            errors.add(
                class_place,
                format!("性质“{other}”"),
                "本机关作出 或 客观发生",
            );
            return;
        }
    };
    let Some(phase) = frame.phases.iter().position(|p| p.name == phase) else {
        errors.add(phase_place, format!("没有阶段“{phase}”"), "声明过的阶段");
        return;
    };
    let role = |(text, place): (&str, &Place)| {
        let found = frame.roles.iter().position(|role| role.name == text);
        if found.is_none() {
            errors.add(place, format!("没有角色“{text}”"), "声明过的角色");
        }
        found
    };
    let roles = node
        .words("由", errors)
        .into_iter()
        .filter_map(role)
        .collect();
    let introduces = node
        .words("新增", errors)
        .into_iter()
        .filter_map(|(text, place)| names.domain(text, place, errors))
        .next();
    let note = |key| {
        node.one(key, errors)
            .and_then(|n| n.argument(0, "文字", errors))
            .unwrap_or("")
            .to_owned()
    };
    let act = names.acts.len();
    names.acts.push(Act {
        id: id.to_owned(),
        name: name.to_owned(),
        phase,
        class,
        roles,
        introduces,
        is_repeatable: node.one("可重复", errors).is_some(),
        starts_included: node.one("初始不在", errors).is_none(),
        is_public: node.one("公开图", errors).is_some(),
        due_of: None,
        tags: node
            .words("标签", errors)
            .into_iter()
            .map(|(text, _)| text.to_owned())
            .collect(),
        note: note("说明"),
        place: node.place.clone(),
    });
    let issues: Vec<DocumentIx> = node
        .words("出具", errors)
        .into_iter()
        .filter_map(|(text, place)| names.document(text, place, errors))
        .collect();
    let targets: Vec<(Option<DocumentIx>, Domain)> = match target {
        Target::Domain(domain) => vec![(None, domain)],
        Target::Documents(publications) => names
            .documents
            .iter()
            .enumerate()
            .filter(|(_, d)| d.is_publication == publications)
            .map(|(i, d)| (Some(i), d.domain))
            .collect(),
    };
    for (document, domain) in targets {
        let facts = |key: &str| -> Vec<usize> {
            let words = node.words(key, errors);
            let around = super::names::Around { document };
            let found = words.into_iter().filter_map(|(text, place)| {
                let fact = names.fact(text, around, place, errors)?;
                let declared = &names.facts[fact];
                if declared.derived_by.is_some() {
                    errors.add(place, format!("“{text}”是推导出来的"), "人填的事实");
                }
                if declared.domain != CASE && declared.domain != domain {
                    errors.add(
                        place,
                        format!("“{text}”不归“{subject}”"),
                        "归案件或归本行为对象的事实",
                    );
                }
                Some(fact)
            });
            found.collect()
        };
        for document in &issues {
            if names.documents[*document].domain != domain
                && names.documents[*document].domain != CASE
            {
                errors.add(
                    &node.place,
                    format!("“{name}”不能出具“{}”", names.documents[*document].name),
                    "对象相同的文书",
                );
            }
        }
        let (event_id, event_name) = match document {
            Some(ix) => {
                let document = &names.documents[ix];
                (
                    format!("{id}:{}", document.id),
                    format!("{name}({})", document.name),
                )
            }
            None => (id.to_owned(), name.to_owned()),
        };
        let (required, optional) = (facts("必填"), facts("选填"));
        names.events.push(Event {
            id: event_id,
            name: event_name,
            act,
            document,
            domain,
            required,
            optional,
            issues: issues.clone(),
            numbered: Vec::new(),
        });
    }
}
