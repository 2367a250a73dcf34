//! Declarations of a procedure: subjects, documents, phases, roles, facts, acts, and the events they stand for.

use std::collections::HashSet;

use super::names::{FactName, Names};
use super::shortcut;
use crate::fact::{Alternative, Fact, FactType, PersonalKind, Sensitivity};
use crate::model::{
    Act, ActClass, CASE, Carried, Document, DocumentIx, Domain, Event, FactIx, Phase, Role,
    Subject, SubjectClass,
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
    /// Acts that a clock brings about, with the rule named and where; resolved when the rules are known.
    pub due: Vec<(usize, String, Place)>,
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

/// Facts that every act may say which does not ask for them anyway: asked where the agency's list of recordings names it.
pub const LISTED: &str = "随清单";

/// Puts the facts of `随清单` to the acts.
pub fn ask_where_listed(nodes: &[&Node], names: &mut Names, errors: &Errors) {
    for node in nodes.iter().filter(|node| node.name == LISTED) {
        node.only(&[], &[], errors);
        let words = node.arguments.iter();
        let facts: Vec<FactIx> = words
            .filter_map(|word| {
                let text = word.text(errors)?;
                let around = super::names::Around::default();
                let fact = names.fact(text, around, &word.place, errors)?;
                let declared = &names.facts[fact];
                if declared.domain != CASE || declared.derived_by.is_some() {
                    errors.add(&word.place, format!("“{text}”"), "由人填写的、归案件的事实");
                }
                Some(fact)
            })
            .collect();
        for event in &mut names.events {
            let own = facts.iter().copied().filter(|fact| !event.says(*fact));
            let own: Vec<FactIx> = own.collect();
            event.listed.extend(own);
        }
    }
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
                node.only(&["必填", "选填"], &["类"], errors);
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
                    required: Vec::new(),
                    optional: Vec::new(),
                });
            }
            "阶段" => frame.phases.push(Phase {
                id: id.to_owned(),
                name: name.to_owned(),
            }),
            "角色" => {
                node.only(&[], &["执法", "本科室"], errors);
                frame.roles.push(Role {
                    id: id.to_owned(),
                    name: name.to_owned(),
                    is_officer: node.flag("执法"),
                    is_of_section: node.flag("本科室"),
                });
            }
            _ => {}
        }
    }
    for node in nodes
        .iter()
        .filter(|node| matches!(node.name.as_str(), "文书" | "公示件"))
    {
        node.only(&["样式", "条目"], &["随", "样式"], errors);
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
        let mut rows = names.rows_of(node, "样式", errors);
        rows.extend(names.rows_of(node, "条目", errors));
        if let Some(template) = node.property("样式")
            && let Some(text) = template.text(errors)
        {
            names.known_row(text, &template.place, errors);
            rows.insert(0, (text.to_owned(), template.place.clone()));
        }
        names.carry(rows, Carried::Document(names.documents.len()));
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
    for node in nodes.iter().filter(|node| node.name == "对象") {
        ask_newcomers(node, names, errors);
    }
    for node in nodes.iter().filter(|node| node.name == "行为") {
        declare_act(node, names, frame, errors);
    }
    for node in nodes.iter().filter(|node| node.name == "行为") {
        for event in 0..names.events.len() {
            if names.acts[names.events[event].act].place == node.place {
                names.events[event].shortcuts = shortcut::read(node, names, event, errors);
            }
        }
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

/// What is asked of a subject when it comes in.
fn ask_newcomers(node: &Node, names: &mut Names, errors: &Errors) {
    let Some(at) = node
        .arguments
        .get(1)
        .map(|name| name.value.to_string())
        .and_then(|name| names.subjects.iter().position(|s| s.name == name))
    else {
        return;
    };
    let Ok(domain) = u8::try_from(at).map(Domain) else {
        return;
    };
    let asked = |key: &str| -> Vec<usize> {
        let around = super::names::Around { document: None };
        let words = node.words(key, errors).into_iter();
        let found = words.filter_map(|(text, place)| {
            let fact = names.fact(text, around, place, errors)?;
            let declared = &names.facts[fact];
            let fits = declared.domain == domain
                && domain != CASE
                && declared.derived_by.is_none()
                && declared.document.is_none();
            if !fits {
                let subject = &names.subjects[at].name;
                errors.add(
                    place,
                    format!("“{text}”不是{subject}进入本案时可以填的"),
                    "归这个对象、由人填的事实",
                );
            }
            fits.then_some(fact)
        });
        found.collect()
    };
    let (required, optional) = (asked("必填"), asked("选填"));
    names.subjects[at].required = required;
    names.subjects[at].optional = optional;
}

fn declare_fact(node: &Node, names: &mut Names, errors: &Errors) {
    node.only(
        &[
            "选项",
            "说明",
            "文种",
            "最长",
            "不得在将来",
            "大于零",
            "字母数字",
            "地点",
            "脱敏",
            "条目",
        ],
        &["类型", "归", "密级", "由"],
        errors,
    );
    let (Some(id), Some(name)) = (
        node.argument(0, "英文标识", errors),
        node.argument(1, "中文名称", errors),
    ) else {
        return;
    };
    let alternatives = || -> Vec<Alternative> {
        let all = node.all("选项");
        all.filter_map(|child| {
            child.only(&["条目"], &[], errors);
            let id = child.argument(0, "选项的英文标识", errors)?.to_owned();
            let name = child.argument(1, "选项的中文名称", errors)?.to_owned();
            Some(Alternative { id, name })
        })
        .collect()
    };
    let kind = match node.property_text("类型", errors) {
        Some("是否") => FactType::Bool,
        Some("数") => FactType::Count,
        Some("数量") => FactType::Quantity,
        Some("金额") => FactType::Money,
        Some("日期") => FactType::Date,
        Some("时刻") => FactType::Moment,
        Some("文字") => FactType::Text,
        Some("处罚") => FactType::Penalty,
        Some("事项") => FactType::Item,
        Some("选项") => FactType::Choice(alternatives()),
        Some("多选") => FactType::Choices(alternatives()),
        Some("身份号码") => FactType::ResidentId,
        Some("信用代码") => FactType::CreditCode,
        Some("文号") => FactType::Number,
        Some("分期计划") => FactType::Installments,
        other => {
            let seen = format!("事实“{name}”的类型是“{}”", other.unwrap_or("（没写）"));
            errors.add(
                &node.place,
                seen,
                "是否、数、金额、日期、时刻、选项、多选、文字、处罚、事项、身份号码、信用代码、文号、分期计划",
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
    if kind == FactType::ResidentId && sensitivity == Sensitivity::Public {
        let seen = format!("“{name}”是身份号码，密级却是公开");
        errors.add(&node.place, seen, "密级=个人 或 密级=秘密");
    }
    let limits = limits(node, name, &kind, errors);
    // What is secret is looked for in every text that is disclosed: as what, is said here.
    if kind == FactType::Text && sensitivity == Sensitivity::Secret && limits.personal.is_none() {
        let seen = format!("“{name}”是秘密的文字，却没有写怎样脱敏");
        errors.add(&node.place, seen, "在花括号里写 脱敏 姓名 等");
    }
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
        series: limits.series.clone(),
        longest: limits.longest,
        is_past: limits.is_past,
        is_positive: limits.is_positive,
        is_code: limits.is_code,
        is_place: limits.is_place,
        personal: limits.personal,
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
    let all: Vec<FactIx> = match &entry {
        FactName::Plain(fact) => vec![*fact],
        FactName::OfDocuments(all) => all.iter().map(|(_, fact)| *fact).collect(),
    };
    names.fact_names.insert(name.to_owned(), entry);
    let rows = names.rows_of(node, "条目", errors);
    let of_alternatives: Vec<(u16, Vec<(String, Place)>)> = (0_u16..)
        .zip(node.all("选项"))
        .map(|(at, child)| (at, names.rows_of(child, "条目", errors)))
        .collect();
    for fact in all {
        names.carry(rows.clone(), Carried::Fact(fact));
        for (at, rows) in &of_alternatives {
            names.carry(rows.clone(), Carried::Alternative(fact, *at));
        }
    }
}

/// What the notation says beside the type.
struct Limits {
    series: Option<String>,
    longest: Option<usize>,
    is_past: bool,
    is_positive: bool,
    is_code: bool,
    is_place: bool,
    personal: Option<PersonalKind>,
}

fn limits(node: &Node, name: &str, kind: &FactType, errors: &Errors) -> Limits {
    let only_for = |key: &str, fits: bool, expected: &str| {
        let child = node.one(key, errors);
        if let Some(child) = child.filter(|_| !fits) {
            let seen = format!("“{name}”是{}，写了“{key}”", kind.chinese());
            errors.add(&child.place, seen, expected);
        }
        child.filter(|_| fits)
    };
    let is_number = *kind == FactType::Number;
    let series = only_for("文种", is_number, "文号才写文种")
        .and_then(|child| child.argument(0, "文种的名称", errors))
        .map(str::to_owned);
    if is_number && node.one("文种", errors).is_none() {
        let seen = format!("文号“{name}”没有写文种");
        errors.add(&node.place, seen, "在花括号里写“文种 罚决”");
    }
    let longest = only_for("最长", *kind == FactType::Text, "文字才写最长")
        .and_then(|child| child.arguments.first()?.integer(errors))
        .and_then(|most| usize::try_from(most).ok());
    let is_past = only_for("不得在将来", *kind == FactType::Date, "日期才写不得在将来").is_some();
    let is_positive = only_for("大于零", *kind == FactType::Money, "金额才写大于零").is_some();
    let is_code = only_for("字母数字", *kind == FactType::Text, "文字才写字母数字").is_some();
    let is_place = only_for("地点", *kind == FactType::Text, "文字才写地点").is_some();
    let personal = only_for("脱敏", *kind == FactType::Text, "文字才写脱敏").and_then(|child| {
        let word = child.argument(0, "是哪种个人信息", errors)?;
        let found = PersonalKind::ALL
            .into_iter()
            .find(|kind| kind.chinese() == word);
        if found.is_none() {
            let known: Vec<&str> = PersonalKind::ALL.iter().map(|it| it.chinese()).collect();
            errors.add(&child.place, format!("脱敏 {word}"), known.join("、"));
        }
        found
    });
    Limits {
        series,
        longest,
        is_past,
        is_positive,
        is_code,
        is_place,
        personal,
    }
}

fn declare_act(node: &Node, names: &mut Names, frame: &mut Frame, errors: &Errors) {
    const CHILDREN: [&str; 21] = [
        "对象",
        "阶段",
        "性质",
        "由",
        "必填",
        "选填",
        "编号",
        "出具",
        "新增",
        "可重复",
        "初始不在",
        "公开图",
        "标签",
        "快捷",
        super::carry::KIND,
        super::carry::FOLLOW_UP,
        "到期",
        "说明",
        "依据",
        "样式",
        "条目",
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
    if let Some(child) = node.one("到期", errors)
        && let Some(rule) = child.argument(0, "关系的编号", errors)
    {
        let place = &child.arguments[0].place;
        frame.due.push((act, rule.to_owned(), place.clone()));
    }
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
        tags: node
            .words("标签", errors)
            .into_iter()
            .map(|(text, _)| text.to_owned())
            .collect(),
        note: note("说明"),
        due_of: None,
        place: node.place.clone(),
    });
    let mut rows = names.rows_of(node, "样式", errors);
    rows.extend(names.rows_of(node, "条目", errors));
    names.carry(rows, Carried::Act(act));
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
                let is_number = declared.kind == FactType::Number;
                if is_number != (key == "编号") {
                    let (seen, expected) = if is_number {
                        (format!("“{text}”是文号，写在{key}里"), "文号写在“编号”里")
                    } else {
                        (format!("“{text}”不是文号"), "类型=文号 的事实")
                    };
                    errors.add(place, seen, expected);
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
        let (required, optional, numbered) = (facts("必填"), facts("选填"), facts("编号"));
        names.events.push(Event {
            id: event_id,
            name: event_name,
            act,
            document,
            domain,
            required,
            optional,
            listed: Vec::new(),
            numbered,
            issues: issues.clone(),
            shortcuts: Vec::new(),
            carries: Vec::new(),
            follow_ups: Vec::new(),
        });
    }
}
