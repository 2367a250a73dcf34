//! From the files under `rules/` to everything that runs: statutes, settings, items, procedures, calendar.
//!
//! Loading is all or nothing: one mistake in one file and nothing is loaded, with every mistake listed.

mod carry;
mod checklist;
mod checks;
mod due;
mod layout;
mod names;
mod overlay;
mod procedure;
mod relation;
mod shortcut;

use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

pub(crate) use names::EVERY;
pub use names::{Around, FactName, Names, period_of};
pub(crate) use relation::date_key;

use crate::catalog::{self, Item, Row};
use crate::discretion::Guide;
use crate::lookup;
use crate::model::{Index, Procedure, Setting};
use crate::power;
use crate::register_rule::{self, RegisterAsk, RegisterRule, Words};
use crate::score::{self, ScoreTable};
use crate::source::{Errors, Node, Place, RuleErrors, SourceFile, read};
use crate::statute::Statutes;
use crate::time::Calendar;

/// Everything that `rules/` holds.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The SHA-256 of all files with their paths, in lower hexadecimal digits: which edition of the law this is.
    pub digest: String,
    /// The register of statutes.
    pub statutes: Statutes,
    /// Rows of the legal baseline.
    pub rows: Vec<Row>,
    /// Settings as shipped.
    pub settings: Vec<Setting>,
    /// Enforcement items by id.
    pub items: BTreeMap<String, Item>,
    /// What the law asks of rows in the agency's registers.
    pub register_rules: Vec<RegisterRule>,
    /// What is asked about a use of discretion, and what is prepared for it.
    pub discretion: Guide,
    /// Procedures.
    pub procedures: Vec<Procedure>,
    /// The official calendar.
    pub calendar: Calendar,
    /// Scenario files: path and nodes, read by those who run them.
    pub scenarios: Vec<(String, Vec<Node>)>,
    /// Properties to be proved, by procedure folder.
    pub properties: Vec<(String, Vec<Node>)>,
    /// Mappings of outside material.
    pub imports: Vec<(String, Vec<Node>)>,
    /// How dossiers are scored, the usual table first.
    pub scores: Vec<ScoreTable>,
    /// For each procedure id, what its names mean: for reading scenarios, properties and mappings.
    pub names: HashMap<String, Names>,
}

impl Rules {
    /// Loads the files; paths are relative to `rules/`, with forward slashes.
    pub fn load(files: &[SourceFile]) -> Result<Rules, RuleErrors> {
        let errors = Errors::default();
        let mut sorted: Vec<&SourceFile> = files.iter().collect();
        sorted.sort_by(|a, b| a.path.cmp(&b.path));
        let mut parsed: Vec<(&str, Vec<Node>)> = Vec::new();
        for file in &sorted {
            if file.path.ends_with(".kdl") {
                parsed.push((&file.path, read(file, &errors)));
            }
        }
        let top = |name: &'static str| {
            parsed
                .iter()
                .flat_map(|(_, nodes)| nodes)
                .filter(move |node| node.name == name)
        };
        known_nodes_only(&parsed, &errors);

        let mut statutes = Statutes::default();
        top("法源").for_each(|node| statutes.declare(node, &errors));
        let rows: Vec<Row> = top("条目")
            .filter_map(|node| catalog::row(node, &statutes, &errors))
            .collect();
        let row_ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
        unique(
            rows.iter().map(|row| (row.id.as_str(), &row.place)),
            "条目",
            &errors,
        );
        let settings: Vec<Setting> = top("设定")
            .filter_map(|node| catalog::setting(node, &statutes, &errors))
            .collect();
        unique(
            settings.iter().map(|s| (s.id.as_str(), &s.place)),
            "设定",
            &errors,
        );
        unique(
            settings.iter().map(|s| (s.name.as_str(), &s.place)),
            "设定",
            &errors,
        );
        let items: Vec<Item> = top("事项")
            .filter_map(|node| catalog::item(node, &statutes, &errors))
            .collect();
        unique(
            items.iter().map(|item| (item.id.as_str(), &item.place)),
            "事项",
            &errors,
        );
        let register_rules: Vec<RegisterRule> = parsed
            .iter()
            .flat_map(|(_, nodes)| nodes)
            .filter(|node| register_rule::KINDS.contains(&node.name.as_str()))
            .filter_map(|node| register_rule::read(node, &statutes, &errors))
            .collect();
        unique(
            register_rules
                .iter()
                .map(|rule| (rule.id.as_str(), &rule.place)),
            "登记的规则",
            &errors,
        );
        for rule in &register_rules {
            if !row_ids.contains(&rule.id) {
                errors.add(
                    &rule.place,
                    format!("“{}”不是法律基准的条目", rule.id),
                    "rows.kdl 里的编号",
                );
            }
            if let RegisterAsk::Share { least: name, .. } | RegisterAsk::Refresh { within: name } =
                &rule.ask
                && !settings.iter().any(|setting| setting.name == *name)
            {
                errors.add(
                    &rule.place,
                    format!("没有设定“{name}”"),
                    "settings.kdl 里的名称",
                );
            }
        }
        for item in &items {
            for other in item
                .yields_to
                .iter()
                .filter(|other| !items.iter().any(|i| i.id == **other))
            {
                errors.add(
                    &item.place,
                    format!("竞合的事项“{other}”没有登记"),
                    "items/ 里登记过的编号",
                );
            }
        }

        let overlays: Vec<&Node> = top("叠加").collect();
        let mut procedures = Vec::new();
        let mut names = HashMap::new();
        let mut carrying = Vec::new();
        for (path, nodes) in &parsed {
            for header in nodes
                .iter()
                .filter(|node| node.name == "程序" && !node.children.is_empty())
            {
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                let laid_over = overlay::laid_over(header, &overlays, &errors);
                let own = header.children.iter();
                let mut all: Vec<&Node> = own.filter(|child| child.name != "叠加").collect();
                all.extend(&laid_over);
                for (other, nodes) in &parsed {
                    if other.rsplit_once('/').map_or("", |(folder, _)| folder) == folder
                        && !other.ends_with("/properties.kdl")
                    {
                        all.extend(nodes.iter().filter(|node| node.name != "程序"));
                    }
                }
                if let Some((procedure, known)) =
                    build(header, &all, &statutes, &settings, &row_ids, &errors)
                {
                    carrying.push((procedure.id.clone(), carry::waiting(&all)));
                    names.insert(procedure.id.clone(), known);
                    procedures.push(procedure);
                }
            }
        }
        carry::resolve(&mut procedures, &carrying, &names, &errors);
        let found = sorted
            .iter()
            .find(|file| file.path == "calendar/workdays.csv");
        let calendar = found.and_then(|file| match Calendar::parse_csv(&file.text) {
            Ok(calendar) => Some(calendar),
            Err(error) => {
                let place = Place {
                    file: file.path.as_str().into(),
                    line: u32::try_from(error.line).unwrap_or(u32::MAX),
                    column: 1,
                };
                errors.add(
                    &place,
                    error.to_string(),
                    "date,is_workday,name 三列，逐日相连",
                );
                None
            }
        });
        let missing = Place {
            file: "calendar/workdays.csv".into(),
            line: 1,
            column: 1,
        };
        if found.is_none() {
            errors.add(
                &missing,
                "没有工作日历",
                "官方工作日历,date,is_workday,name 三列",
            );
        }
        let collect = |wanted: fn(&str) -> bool| -> Vec<(String, Vec<Node>)> {
            let chosen = parsed.iter().filter(|(path, _)| wanted(path));
            chosen
                .map(|(path, nodes)| ((*path).to_owned(), nodes.clone()))
                .collect()
        };
        let scenarios = collect(|path| path.contains("/scenarios/"));
        let properties = collect(|path| path.ends_with("/properties.kdl"));
        let imports = collect(|path| path.starts_with("imports/"));
        let scores = top("评分")
            .filter_map(|node| score::read(node, &statutes, &procedures, &errors))
            .collect();
        let items: BTreeMap<String, Item> = items
            .into_iter()
            .map(|item| (item.id.clone(), item))
            .collect();
        let discretion = Guide::read(top("裁量").next(), &items, &statutes, &errors);
        errors.finish()?;
        // Without an error there is a calendar: its absence was noted above.
        let calendar = calendar.ok_or_else(|| RuleErrors(Vec::new()))?;
        Ok(Rules {
            digest: digest(&sorted),
            statutes,
            rows,
            settings,
            items,
            register_rules,
            discretion,
            procedures,
            calendar,
            scenarios,
            properties,
            imports,
            scores,
            names,
        })
    }

    /// What may be printed on a credential as its kind of enforcement (执法类别; law.md G-CRED); anything where the rules do not ask.
    pub fn credential_words(&self) -> &Words {
        register_rule::credential_words(&self.register_rules)
    }

    /// The procedure of this id.
    pub fn procedure(&self, id: &str) -> Option<&Procedure> {
        self.procedures.iter().find(|procedure| procedure.id == id)
    }
}

/// Lengths stand before texts, so that no two sets of files give the same bytes.
fn digest(sorted: &[&SourceFile]) -> String {
    let mut hasher = Sha256::new();
    for file in sorted.iter().filter(|file| file.path.ends_with(".kdl")) {
        for text in [&file.path, &file.text] {
            hasher.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(text.as_bytes());
        }
    }
    let bytes: [u8; 32] = hasher.finalize().into();
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn known_nodes_only(parsed: &[(&str, Vec<Node>)], errors: &Errors) {
    const DECLARED: [&str; 13] = [
        "对象",
        "文书",
        "公示件",
        "阶段",
        "角色",
        "事实",
        "推导",
        "行为",
        checklist::KIND,
        layout::KIND,
        lookup::KIND,
        power::KIND,
        procedure::LISTED,
    ];
    for (path, nodes) in parsed {
        let own: &[&str] = match *path {
            "statutes.kdl" => &["法源"],
            "rows.kdl" => &["条目"],
            "settings.kdl" => &["设定"],
            "registers.kdl" => &register_rule::KINDS,
            "appraisal.kdl" => &["评分"],
            "discretion.kdl" => &["裁量"],
            path if path.starts_with("items/") => &["事项"],
            path if path.starts_with("overlays/") => &["叠加"],
            path if path.starts_with("imports/") => continue,
            path if path.contains("/scenarios/") => continue,
            path if path.ends_with("/properties.kdl") => &["性质"],
            _ => &["程序"],
        };
        let is_procedure = own == ["程序"];
        for node in nodes {
            let name = node.name.as_str();
            let fits = own.contains(&name)
                || is_procedure && (DECLARED.contains(&name) || relation::KINDS.contains(&name));
            if !fits {
                let mut known = own.to_vec();
                if is_procedure {
                    known.extend(DECLARED);
                    known.extend(relation::KINDS);
                }
                let near = crate::source::nearest(name, &known)
                    .map_or(String::new(), |near| format!("是不是“{near}”?"));
                errors.add(
                    &node.place,
                    format!("这个文件里不认识“{name}”"),
                    format!("{near}可以写：{}", known.join("、")),
                );
            }
        }
    }
}

fn unique<'a>(all: impl Iterator<Item = (&'a str, &'a Place)>, what: &str, errors: &Errors) {
    let mut seen = std::collections::HashSet::new();
    for (key, place) in all {
        if !seen.insert(key) {
            errors.add(place, format!("{what}“{key}”写了两次"), "每个编号只写一次");
        }
    }
}

fn build(
    header: &Node,
    nodes: &[&Node],
    statutes: &Statutes,
    settings: &[Setting],
    rows: &[String],
    errors: &Errors,
) -> Option<(Procedure, Names)> {
    let id = header.argument(0, "程序标识", errors)?;
    let name = header.argument(1, "程序名称", errors)?;
    let mut names = Names {
        settings: settings.to_vec(),
        rows: rows.to_vec(),
        ..Names::default()
    };
    let mut frame = procedure::Frame::default();
    procedure::declare(nodes, &mut names, &mut frame, errors);
    procedure::ask_where_listed(nodes, &mut names, errors);
    let checklists = checklist::read(nodes, &mut names, statutes, errors);
    let lookups = lookup::read(nodes, &names, errors);
    let power = power::read(nodes, &names, errors);
    let mut procedure = Procedure {
        id: id.to_owned(),
        name: name.to_owned(),
        subjects: names.subjects.clone(),
        documents: names.documents.clone(),
        phases: frame.phases.clone(),
        roles: frame.roles.clone(),
        facts: names.facts.clone(),
        acts: names.acts.clone(),
        events: names.events.clone(),
        rules: Vec::new(),
        settings: settings.to_vec(),
        conditions: Vec::new(),
        responses: Vec::new(),
        milestones: Vec::new(),
        windows: Vec::new(),
        flows: Vec::new(),
        requirements: Vec::new(),
        separations: Vec::new(),
        pauses: Vec::new(),
        extensions: Vec::new(),
        defects: Vec::new(),
        checklists,
        layouts: layout::read(nodes, &names, statutes, errors),
        lookups,
        power,
        carriers: names.carriers.clone(),
        index: Index::default(),
    };
    let relations: Vec<&&Node> = nodes
        .iter()
        .filter(|node| relation::KINDS.contains(&node.name.as_str()))
        .collect();
    let mut builder = relation::Relations {
        names: &names,
        frame: &frame,
        statutes,
        errors,
        procedure: &mut procedure,
    };
    relations.iter().for_each(|node| builder.declare(node));
    relations.iter().for_each(|node| builder.connect(node));
    builder.issue_before_use();
    builder.make_tails();
    due::resolve(&frame.due, &mut procedure, errors);
    procedure.reindex();
    if !errors.any() {
        checks::check(&procedure, &header.place, errors);
    }
    Some((procedure, names))
}
