//! Relations: from a rule in a file to the edges that the engine walks.

use super::names::{Around, Names};
use super::procedure::Frame;
use crate::condition::{Atom, Condition, Operand, Order, Test};
use crate::model::{
    ActClass, Base, CASE, ConditionEdge, DateKey, DefectSpec, DocumentIx, Duty, EventIx,
    ExtensionEdge, FlowEdge, MilestoneEdge, PauseEdge, PeriodRef, Procedure, RequirementEdge,
    ResponseEdge, Rule, RuleIx, SeparationEdge, Strength, Trigger, WindowEdge,
};
use crate::source::{Errors, Node, Place, nearest};
use crate::statute::{Statutes, Verified, read_day};
use vocabulary::Day;

/// The keywords of relations.
pub const KINDS: [&str; 14] = [
    "前提",
    "应当",
    "未了不得",
    "限期",
    "排除",
    "纳入",
    "择一",
    "要件",
    "变更重作",
    "人数",
    "分离",
    "停计",
    "延长",
    "出具",
];

/// Names the version of a relation from which this one takes over on the day on which it comes into force.
const SUCCEEDS: &str = "接替";

const COMMON: [&str; 12] = [
    "依据",
    "核实",
    "条目",
    "说明",
    "力度",
    "当",
    "施行",
    "废止",
    SUCCEEDS,
    "日期键",
    "瑕疵",
    "备注",
];

pub(super) struct Relations<'a> {
    pub names: &'a Names,
    pub frame: &'a Frame,
    pub statutes: &'a Statutes,
    pub errors: &'a Errors,
    pub procedure: &'a mut Procedure,
}

impl Relations<'_> {
    /// Adds the rule of a node, without its edges; the edges follow once every rule has its index.
    pub fn declare(&mut self, node: &Node) {
        let errors = self.errors;
        let Some(id) = node.argument(0, "编号", errors) else {
            return;
        };
        if self.procedure.rules.iter().any(|rule| rule.id == id) {
            errors.add(
                &node.place,
                format!("编号“{id}”用了两次"),
                "每条关系一个编号，可加 -2、-3",
            );
        }
        let mut rows: Vec<String> = Vec::new();
        for (row, place) in node.words("条目", errors) {
            self.names.known_row(row, place, errors);
            rows.push(row.to_owned());
        }
        if self.names.rows.iter().any(|known| known == id) && !rows.iter().any(|row| row == id) {
            rows.insert(0, id.to_owned());
        }
        let cites = self.statutes.cites(node, errors);
        if cites.is_empty() && node.all("依据").next().is_none() {
            errors.add(
                &node.place,
                format!("“{id}”没有依据"),
                "写一行“依据 XZCF44 …”",
            );
        }
        let text = |key: &str| {
            node.one(key, errors)
                .and_then(|n| n.argument(0, "文字", errors))
        };
        let strength = match text("力度") {
            None | Some("阻断") => Strength::Block,
            Some("说明理由") => Strength::Reason,
            Some("记录") => Strength::Log,
            Some(other) => {
                errors.add(
                    &node.place,
                    format!("力度“{other}”"),
                    "阻断、说明理由、记录",
                );
                Strength::Block
            }
        };
        let date_key = date_key(text("日期键"), &node.place, errors);
        let (from, until) = (
            read_day(node, "施行", errors),
            read_day(node, "废止", errors),
        );
        if let Some((from, until)) = from.zip(until).filter(|(from, until)| until <= from) {
            let seen = format!("“{id}”{from}施行，{until}废止");
            errors.add(&node.place, seen, "施行以后的一天才废止");
        }
        let verified = Verified::read(node, errors);
        let shown: Vec<&str> = cites.iter().map(|c| c.text.as_str()).collect();
        let mut basis = format!("依据：{}〔{id}〕", shown.join("、"));
        if verified != Verified::Yes {
            basis.push_str("（依据待核）");
        }
        self.procedure.rules.push(Rule {
            id: id.to_owned(),
            rows,
            kind: node.name.clone(),
            cites,
            verified,
            strength,
            note: text("说明").unwrap_or("").to_owned(),
            from,
            until,
            date_key,
            place: node.place.clone(),
            basis,
            when: String::new(),
            tail: String::new(),
        });
    }

    /// Whether a version begins on the very day on which the one ends from which it takes over: neither overlap nor gap.
    fn succeeds(&self, node: &Node, rule: RuleIx) {
        let own = &self.procedure.rules[rule];
        for (id, place) in node.words(SUCCEEDS, self.errors) {
            let Some(before) = self.procedure.rule(id) else {
                let seen = format!("没有编号“{id}”");
                self.errors.add(place, seen, "同一程序里先前的那一版");
                continue;
            };
            let before = &self.procedure.rules[before];
            if before.date_key != own.date_key {
                let seen = format!("“{}”和“{id}”的日期键不同", own.id);
                self.errors.add(place, seen, "先后两版用同一个日期键");
                continue;
            }
            let (ends, begins) = match (before.until, own.from) {
                (Some(ends), Some(begins)) if ends == begins => continue,
                (Some(ends), Some(begins)) => (ends.to_string(), begins.to_string()),
                (ends, begins) => {
                    let told = |day: Option<Day>| {
                        day.map_or_else(|| "（没有写）".to_owned(), |day| day.to_string())
                    };
                    (told(ends), told(begins))
                }
            };
            let seen = format!("“{id}”{ends}废止，“{}”{begins}施行", own.id);
            self.errors.add(
                place,
                seen,
                "前一版在后一版施行的那天废止，既不重叠也不间断",
            );
        }
    }

    /// Adds the edges of a rule.
    pub fn connect(&mut self, node: &Node) {
        let Some(rule) = node
            .arguments
            .first()
            .and_then(|s| s.text(self.errors))
            .and_then(|id| self.procedure.rule(id))
        else {
            return;
        };
        self.succeeds(node, rule);
        let allow = |extra: &[&str]| {
            let mut all: Vec<&str> = extra.to_vec();
            all.extend(COMMON);
            node.only(&all, &[], self.errors);
        };
        match node.name.as_str() {
            "前提" => {
                allow(&["先", "后", "至少间隔"]);
                self.condition(node, rule);
            }
            "应当" => {
                allow(&["先", "后", "期间", "起算", "责任", "阻"]);
                self.response(node, rule);
            }
            "变更重作" => {
                allow(&["事实", "先", "重作", "期间", "责任", "阻"]);
                self.renewal(node, rule);
            }
            "未了不得" => {
                allow(&["先", "后"]);
                self.milestone(node, rule);
            }
            "限期" => {
                allow(&["先", "后", "期间", "起算"]);
                self.window(node, rule);
            }
            "排除" | "纳入" => {
                allow(&["先", "后"]);
                self.flow(node, rule, node.name == "纳入");
            }
            "择一" => {
                allow(&["行为"]);
                self.alternatives(node, rule);
            }
            "要件" => {
                allow(&["行为", "须"]);
                self.requirement(node, rule);
            }
            "人数" => {
                allow(&["行为", "至少", "有效"]);
                self.officers(node, rule);
            }
            "分离" => {
                allow(&["行为", "角色", "不得曾任"]);
                self.separation(node, rule);
            }
            "停计" => {
                allow(&["自", "至", "期间"]);
                self.pause(node, rule);
            }
            "延长" => {
                allow(&["行为", "期间", "加", "至多"]);
                self.extension(node, rule);
            }
            _ => {}
        }
    }

    fn document(&self, event: EventIx) -> Option<DocumentIx> {
        self.names.events[event].document
    }

    fn when(
        &mut self,
        node: &Node,
        rule: RuleIx,
        document: Option<DocumentIx>,
    ) -> Option<Condition> {
        let guard = node.one("当", self.errors)?;
        let condition = self
            .names
            .condition(guard, Around { document }, self.errors)?;
        if self.procedure.rules[rule].when.is_empty() {
            // The printer needs the facts; the procedure carries them from the start.
            self.procedure.rules[rule].when = self.procedure.print(&condition);
        }
        Some(condition)
    }

    fn listed(&self, node: &Node, key: &str) -> Vec<EventIx> {
        if node.required(key, self.errors).is_none() {
            return Vec::new();
        }
        self.names.events_of(node, key, self.errors)
    }

    /// The sources that pair with a target: of an act done for every document, the one for the target's document,
    /// or those that the target's act issues.
    fn paired(&self, sources: &[EventIx], target: EventIx) -> Vec<EventIx> {
        let Some(document) = self.document(target) else {
            return sources.to_vec();
        };
        let same_act =
            |a: EventIx, b: EventIx| self.names.events[a].act == self.names.events[b].act;
        let keep = |source: &&EventIx| {
            let unqualified = sources
                .iter()
                .any(|other| *other != **source && same_act(**source, *other));
            !unqualified || self.document(**source) == Some(document)
        };
        sources.iter().filter(keep).copied().collect()
    }

    fn check_linked(&self, node: &Node, a: EventIx, b: EventIx) -> bool {
        let (left, right) = (&self.names.events[a], &self.names.events[b]);
        let linked = self.names.linked(left.domain, right.domain);
        if !linked {
            let seen = format!(
                "“{}”与“{}”的对象不同，又没有写明对应",
                left.name, right.name
            );
            self.errors
                .add(&node.place, seen, "对象相同的两个行为，或者一方是案件");
        }
        linked
    }

    fn name(&self, event: EventIx) -> &str {
        &self.names.events[event].name
    }

    fn names_of(&self, events: &[EventIx]) -> String {
        events
            .iter()
            .map(|e| format!("【{}】", self.name(*e)))
            .collect::<Vec<_>>()
            .join("或")
    }

    fn sentence(&self, rule: RuleIx, fallback: String) -> String {
        let note = &self.procedure.rules[rule].note;
        if note.is_empty() {
            fallback
        } else {
            format!("{fallback}({note})")
        }
    }

    fn condition(&mut self, node: &Node, rule: RuleIx) {
        let (sources, targets) = (self.listed(node, "先"), self.listed(node, "后"));
        let delay = node
            .one("至少间隔", self.errors)
            .and_then(|n| self.names.period(n, self.errors));
        for target in targets {
            let sources = self.paired(&sources, target);
            let Some(first) = sources.first().copied() else {
                continue;
            };
            if sources
                .iter()
                .any(|s| self.names.events[*s].domain != self.names.events[first].domain)
            {
                self.errors.add(
                    &node.place,
                    "“先”里的行为对象不同",
                    "同一类对象的行为；不同的分写成两条",
                );
                continue;
            }
            if !self.check_linked(node, first, target) {
                continue;
            }
            let document = self.document(target).or_else(|| self.document(first));
            let when = self.when(node, rule, document);
            let text = match delay {
                Some(delay) => format!(
                    "须在{}满{}之后",
                    self.names_of(&sources),
                    self.procedure.print_period(delay)
                ),
                None => format!("须先有{}", self.names_of(&sources)),
            };
            let text = self.sentence(rule, text);
            self.procedure.conditions.push(ConditionEdge {
                rule,
                sources,
                target,
                delay,
                when,
                lapses: true,
                text,
            });
            self.defect(node, rule, target);
        }
    }

    fn duty(&self, node: &Node) -> Duty {
        match node
            .one("责任", self.errors)
            .and_then(|n| n.argument(0, "责任人", self.errors))
        {
            None | Some("机关") => Duty::Agency,
            Some("当事人") => Duty::Party,
            Some("法院") => Duty::Court,
            Some("复议机关") => Duty::ReconsiderationOrgan,
            Some("其他机关") => Duty::OtherOrgan,
            Some(other) => {
                self.errors.add(
                    &node.place,
                    format!("责任“{other}”"),
                    "机关、当事人、法院、复议机关、其他机关",
                );
                Duty::Agency
            }
        }
    }

    fn base(&self, node: &Node, document: Option<DocumentIx>) -> Base {
        let Some(line) = node.one("起算", self.errors) else {
            return Base::Act;
        };
        let Some(scalar) = line.property("事实") else {
            return Base::Act;
        };
        let fact = scalar.text(self.errors).and_then(|name| {
            self.names
                .date_fact(name, Around { document }, &scalar.place, self.errors)
        });
        fact.map_or(Base::Act, Base::Fact)
    }

    fn blocks(&self, node: &Node) -> Vec<EventIx> {
        self.names.events_of(node, "阻", self.errors)
    }

    fn period(&self, node: &Node) -> Option<PeriodRef> {
        node.one("期间", self.errors)
            .and_then(|n| self.names.period(n, self.errors))
    }

    fn owed_text(&self, rule: RuleIx, targets: &[EventIx], period: Option<PeriodRef>) -> String {
        let text = match period {
            Some(period) => format!(
                "应当在{}内{}",
                self.procedure.print_period(period),
                self.names_of(targets)
            ),
            None => format!("应当{}", self.names_of(targets)),
        };
        self.sentence(rule, text)
    }

    fn response(&mut self, node: &Node, rule: RuleIx) {
        let (sources, targets) = (self.listed(node, "先"), self.listed(node, "后"));
        let (period, duty, blocks) = (self.period(node), self.duty(node), self.blocks(node));
        for source in sources {
            let issued = &self.names.events[source].issues;
            // An act that issues documents owes what is done for just those; a document act, for its own.
            let mut mine: Vec<EventIx> = targets
                .iter()
                .copied()
                .filter(
                    |target| match (self.document(*target), self.document(source)) {
                        (Some(of), Some(own)) => of == own || !self.is_swept(&targets, *target),
                        (Some(of), None) => {
                            !self.is_swept(&targets, *target) || issued.contains(&of)
                        }
                        _ => true,
                    },
                )
                .collect();
            mine.dedup();
            let Some(first) = mine.first().copied() else {
                self.errors.add(
                    &node.place,
                    format!("“{}”之后没有可做的", self.name(source)),
                    "写明文书，如 送达:处罚决定书",
                );
                continue;
            };
            let domain = self.names.events[first].domain;
            if mine.iter().any(|t| self.names.events[*t].domain != domain) {
                self.errors.add(
                    &node.place,
                    "“后”里的行为对象不同",
                    "同一类对象的行为；不同的分写成两条",
                );
                continue;
            }
            if !self.check_linked(node, source, first) {
                continue;
            }
            // Several documents of a swept act are owed each for itself.
            let groups: Vec<Vec<EventIx>> = if mine.iter().any(|t| self.is_swept(&targets, *t)) {
                mine.iter().map(|target| vec![*target]).collect()
            } else {
                vec![mine]
            };
            for targets in groups {
                let document = self.document(targets[0]).or_else(|| self.document(source));
                let when = self.when(node, rule, document);
                let base = self.base(node, document);
                let text = self.owed_text(rule, &targets, period);
                let blocks = blocks.clone();
                self.procedure.responses.push(ResponseEdge {
                    rule,
                    trigger: Trigger::After(source),
                    targets,
                    domain,
                    period,
                    base,
                    duty,
                    blocks,
                    when,
                    text,
                });
            }
        }
    }

    /// Whether the target stands here as one of all documents of an act rather than by its own name.
    fn is_swept(&self, targets: &[EventIx], target: EventIx) -> bool {
        let act = self.names.events[target].act;
        self.document(target).is_some()
            && targets
                .iter()
                .filter(|t| self.names.events[**t].act == act)
                .count()
                > 1
    }

    fn renewal(&mut self, node: &Node, rule: RuleIx) {
        let (since, targets) = (
            self.names.events_of(node, "先", self.errors),
            self.listed(node, "重作"),
        );
        let (period, duty, blocks) = (self.period(node), self.duty(node), self.blocks(node));
        let key = |target: EventIx| {
            let declared = &self.names.events[target];
            (declared.document, declared.domain)
        };
        // What is owed after something else was done is owed once: any of the acts meets it.
        let mut groups: Vec<Vec<EventIx>> = Vec::new();
        for target in targets {
            let mut alike = groups
                .iter_mut()
                .filter(|group| key(group[0]) == key(target));
            match alike.next() {
                Some(group) if !since.is_empty() => group.push(target),
                _ => groups.push(vec![target]),
            }
        }
        for targets in groups {
            let target = targets[0];
            let document = self.document(target);
            let since = if since.is_empty() {
                targets.clone()
            } else {
                self.paired(&since, target)
            };
            let words = node.words("事实", self.errors);
            let facts: Vec<usize> = words
                .into_iter()
                .filter_map(|(text, place)| {
                    self.names
                        .fact(text, Around { document }, place, self.errors)
                })
                .collect();
            if facts.is_empty() {
                self.errors
                    .add(&node.place, "没有写哪些事实", "写一行“事实 …”");
                continue;
            }
            let when = self.when(node, rule, document);
            let changed: Vec<&str> = facts
                .iter()
                .map(|f| self.names.facts[*f].name.as_str())
                .collect();
            let text = format!(
                "{}变更，{}",
                changed.join("、"),
                self.owed_text(rule, &targets, period)
            );
            let (domain, blocks) = (self.names.events[target].domain, blocks.clone());
            self.procedure.responses.push(ResponseEdge {
                rule,
                trigger: Trigger::Changed { facts, since },
                targets,
                domain,
                period,
                base: Base::Act,
                duty,
                blocks,
                when,
                text,
            });
        }
    }

    fn milestone(&mut self, node: &Node, rule: RuleIx) {
        let (sources, targets) = (self.listed(node, "先"), self.listed(node, "后"));
        for target in targets {
            for source in self.paired(&sources, target) {
                if !self.check_linked(node, source, target) {
                    continue;
                }
                let document = self.document(target).or_else(|| self.document(source));
                let when = self.when(node, rule, document);
                let text =
                    self.sentence(rule, format!("应当做的【{}】还没有做", self.name(source)));
                self.procedure.milestones.push(MilestoneEdge {
                    rule,
                    source,
                    target,
                    when,
                    text,
                });
            }
        }
    }

    fn window(&mut self, node: &Node, rule: RuleIx) {
        let sources = self.names.events_of(node, "先", self.errors);
        let targets = self.listed(node, "后");
        let Some(period) = self.period(node) else {
            // One that stands there and cannot be read was told already.
            if node.all("期间").next().is_none() {
                self.errors.add(
                    &node.place,
                    format!("“{}”没有期间", node.title()),
                    "写一行“期间 5 工作日 F2”",
                );
            }
            return;
        };
        for target in targets {
            let document = self
                .document(target)
                .or_else(|| sources.first().and_then(|s| self.document(*s)));
            let base = self.base(node, document);
            let paired: Vec<Option<EventIx>> = if sources.is_empty() {
                if base == Base::Act {
                    self.errors.add(
                        &node.place,
                        format!("“{}”没有写从何时起", node.title()),
                        "“先 …”或“起算 事实=…”",
                    );
                }
                vec![None]
            } else {
                self.paired(&sources, target)
                    .into_iter()
                    .map(Some)
                    .collect()
            };
            for source in paired {
                if let Some(source) = source
                    && !self.check_linked(node, source, target)
                {
                    continue;
                }
                let when = self.when(node, rule, document);
                let from = source.map_or_else(String::new, |s| format!("【{}】后", self.name(s)));
                let text = format!(
                    "【{}】只能在{from}{}内",
                    self.name(target),
                    self.procedure.print_period(period)
                );
                let text = self.sentence(rule, text);
                self.procedure.windows.push(WindowEdge {
                    rule,
                    source,
                    target,
                    period,
                    base,
                    when,
                    text,
                });
            }
            self.defect(node, rule, target);
        }
    }

    fn flow(&mut self, node: &Node, rule: RuleIx, includes: bool) {
        let (sources, targets) = (self.listed(node, "先"), self.listed(node, "后"));
        for target in targets {
            for source in self.paired(&sources, target) {
                if source == target || !self.check_linked(node, source, target) {
                    continue;
                }
                let when = self.when(node, rule, self.document(target));
                self.procedure.flows.push(FlowEdge {
                    rule,
                    source,
                    target,
                    includes,
                    is_alternative: false,
                    when,
                });
            }
        }
    }

    fn alternatives(&mut self, node: &Node, rule: RuleIx) {
        let group = self.listed(node, "行为");
        for source in &group {
            for target in &group {
                if source == target || !self.check_linked(node, *source, *target) {
                    continue;
                }
                let when = self.when(node, rule, None);
                let (source, target) = (*source, *target);
                self.procedure.flows.push(FlowEdge {
                    rule,
                    source,
                    target,
                    includes: false,
                    is_alternative: true,
                    when,
                });
            }
        }
    }

    fn requirement(&mut self, node: &Node, rule: RuleIx) {
        let Some(must_node) = node.required("须", self.errors) else {
            return;
        };
        for target in self.listed(node, "行为") {
            let document = self.document(target);
            let Some(must) = self
                .names
                .condition(must_node, Around { document }, self.errors)
            else {
                continue;
            };
            let when = self.when(node, rule, document);
            let said = match &must {
                Condition::Not(wrong) => format!("不得{}", self.procedure.print(wrong)),
                must => format!("须{}", self.procedure.print(must)),
            };
            let text = self.sentence(rule, said);
            self.procedure.requirements.push(RequirementEdge {
                rule,
                target,
                must,
                when,
                text,
            });
            self.defect(node, rule, target);
        }
    }

    fn officers(&mut self, node: &Node, rule: RuleIx) {
        let least = node
            .one("至少", self.errors)
            .and_then(|n| n.arguments.first())
            .and_then(|s| s.integer(self.errors));
        let Some(least) = least else {
            self.errors
                .add(&node.place, "没有写至少几人", "写一行“至少 2”");
            return;
        };
        let named = node
            .one("有效", self.errors)
            .and_then(|n| n.arguments.first());
        let fact = match named {
            Some(scalar) => scalar.text(self.errors).and_then(|t| {
                self.names
                    .fact(t, Around::default(), &scalar.place, self.errors)
            }),
            None => self
                .names
                .facts
                .iter()
                .position(|f| f.derived_by.as_deref() == Some("valid_officers")),
        };
        let Some(fact) = fact else {
            self.errors.add(
                &node.place,
                "没有声明有效持证人数",
                "推导 valid_officers 有效持证人数 …",
            );
            return;
        };
        let must = Condition::Atom(Atom {
            fact,
            test: Test::Number(Order::AtLeast, Operand::Number(least)),
        });
        for target in self.listed(node, "行为") {
            let when = self.when(node, rule, self.document(target));
            let text = self.sentence(rule, format!("须有不少于{least}名持有效执法证的执法人员"));
            self.procedure.requirements.push(RequirementEdge {
                rule,
                target,
                must: must.clone(),
                when,
                text,
            });
            self.defect(node, rule, target);
        }
    }

    fn separation(&mut self, node: &Node, rule: RuleIx) {
        let role = |(text, place): (&str, &Place)| {
            let found = self.frame.roles.iter().position(|r| r.name == text);
            if found.is_none() {
                self.errors
                    .add(place, format!("没有角色“{text}”"), "声明过的角色");
            }
            found
        };
        let roles: Vec<usize> = node
            .words("角色", self.errors)
            .into_iter()
            .filter_map(role)
            .collect();
        let never: Vec<usize> = node
            .words("不得曾任", self.errors)
            .into_iter()
            .filter_map(role)
            .collect();
        if roles.is_empty() || never.is_empty() {
            self.errors.add(
                &node.place,
                "角色没有写全",
                "“角色 审核人”和“不得曾任 承办人”",
            );
            return;
        }
        let never_names: Vec<&str> = never
            .iter()
            .map(|r| self.frame.roles[*r].name.as_str())
            .collect();
        for target in self.listed(node, "行为") {
            for role in &roles {
                let name = &self.frame.roles[*role].name;
                let text = self.sentence(
                    rule,
                    format!("{name}不得是本案的{}", never_names.join("、")),
                );
                let (role, never) = (*role, never.clone());
                self.procedure.separations.push(SeparationEdge {
                    rule,
                    target,
                    role,
                    never,
                    text,
                });
            }
            self.defect(node, rule, target);
        }
    }

    fn clock_of(&self, node: &Node) -> Option<RuleIx> {
        let line = node.required("期间", self.errors)?;
        let id = line.argument(0, "一条应当或限期的编号", self.errors)?;
        let found = self.procedure.rule(id);
        if found.is_none() {
            let known: Vec<&str> = self.procedure.rules.iter().map(|r| r.id.as_str()).collect();
            let near = nearest(id, &known).map_or(String::new(), |near| format!(",是不是“{near}”"));
            self.errors.add(
                &line.place,
                format!("没有编号“{id}”"),
                format!("声明过的关系{near}"),
            );
        }
        found
    }

    fn pause(&mut self, node: &Node, rule: RuleIx) {
        let Some(of) = self.clock_of(node) else {
            return;
        };
        let (froms, untils) = (self.listed(node, "自"), self.listed(node, "至"));
        for from in &froms {
            for until in &untils {
                if !self.check_linked(node, *from, *until) {
                    continue;
                }
                let when = self.when(node, rule, None);
                self.procedure.pauses.push(PauseEdge {
                    rule,
                    from: *from,
                    until: *until,
                    of,
                    when,
                });
            }
        }
    }

    fn extension(&mut self, node: &Node, rule: RuleIx) {
        let Some(of) = self.clock_of(node) else {
            return;
        };
        let Some(by) = node
            .required("加", self.errors)
            .and_then(|n| self.names.period(n, self.errors))
        else {
            return;
        };
        let most = node
            .one("至多", self.errors)
            .and_then(|n| n.arguments.first())
            .and_then(|s| s.integer(self.errors));
        let most = most.and_then(|n| u32::try_from(n).ok()).unwrap_or(1);
        for act in self.listed(node, "行为") {
            let when = self.when(node, rule, self.document(act));
            self.procedure.extensions.push(ExtensionEdge {
                rule,
                act,
                of,
                by,
                most,
                when,
            });
        }
    }

    fn defect(&mut self, node: &Node, rule: RuleIx, event: EventIx) {
        if self.names.acts[self.names.events[event].act].class != ActClass::HappenedOutside
            || self
                .procedure
                .defects
                .iter()
                .any(|d| d.rule == rule && d.event == event)
        {
            return;
        }
        let named = node.one("瑕疵", self.errors);
        let note = &self.procedure.rules[rule].note;
        let fallback = if note.is_empty() {
            format!("违反{}", self.procedure.rules[rule].id)
        } else {
            note.clone()
        };
        let name = named
            .and_then(|n| n.argument(0, "瑕疵名称", self.errors))
            .map_or(fallback, str::to_owned);
        let own = self.names.events[event].domain;
        let fits = |other: &EventIx| {
            let other = &self.names.events[*other];
            (other.domain == own || other.domain == CASE || own == CASE)
                && (other.document.is_none()
                    || self.document(event).is_none()
                    || other.document == self.document(event))
        };
        let events = |key: &str| -> Vec<EventIx> {
            named.map_or_else(Vec::new, |n| {
                n.only(&["补正", "阻"], &[], self.errors);
                self.names
                    .events_of(n, key, self.errors)
                    .into_iter()
                    .filter(fits)
                    .collect()
            })
        };
        let (cures, blocks) = (events("补正"), events("阻"));
        self.procedure.defects.push(DefectSpec {
            rule,
            name,
            event,
            cures,
            blocks,
        });
    }

    /// What follows the sentence of every obstacle, once conditions and bases are known.
    pub fn make_tails(&mut self) {
        for rule in &mut self.procedure.rules {
            rule.tail = match rule.when.as_str() {
                "" => format!("。{}", rule.basis),
                when => format!("。适用于：{when}。{}", rule.basis),
            };
        }
    }

    /// A document must exist before anything is done with it: one rule for all of them, made from `出具`.
    pub fn issue_before_use(&mut self) {
        let Some(place) = self.names.acts.first().map(|act| act.place.clone()) else {
            return;
        };
        for (ix, document) in self.names.documents.iter().enumerate() {
            let issuers: Vec<EventIx> = (0..self.names.events.len())
                .filter(|e| self.names.events[*e].issues.contains(&ix))
                .collect();
            let users: Vec<EventIx> = (0..self.names.events.len())
                .filter(|e| self.names.events[*e].document == Some(ix))
                .collect();
            if issuers.is_empty() {
                if !users.is_empty() {
                    let seen = format!("没有哪个行为出具“{}”", document.name);
                    self.errors.add(&place, seen, "在某个行为里写“出具 …”");
                }
                continue;
            }
            let rule = self.procedure.rules.len();
            let id = format!("出具-{}", document.name);
            self.procedure.rules.push(Rule {
                basis: format!("文书尚未出具〔{id}〕"),
                id,
                rows: Vec::new(),
                kind: "出具".to_owned(),
                cites: Vec::new(),
                verified: Verified::Yes,
                strength: Strength::Block,
                note: String::new(),
                from: None,
                until: None,
                date_key: DateKey::Act,
                place: place.clone(),
                when: String::new(),
                tail: String::new(),
            });
            for target in users {
                let text = format!("还没有这份文书：须先有{}", self.names_of(&issuers));
                let sources = issuers.clone();
                let edge = ConditionEdge {
                    rule,
                    sources,
                    target,
                    delay: None,
                    when: None,
                    lapses: false,
                    text,
                };
                self.procedure.conditions.push(edge);
            }
        }
    }
}

/// By which day something that changes is chosen.
pub(crate) fn date_key(text: Option<&str>, place: &Place, errors: &Errors) -> DateKey {
    match text {
        None | Some("行为日") => DateKey::Act,
        Some("违法日") => DateKey::Violation,
        Some("立案日") => DateKey::Filing,
        Some("决定日") => DateKey::Decision,
        Some(other) => {
            errors.add(
                place,
                format!("日期键“{other}”"),
                "行为日、违法日、立案日、决定日",
            );
            DateKey::Act
        }
    }
}
