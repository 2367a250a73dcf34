//! A procedure in Chinese, for a terminal or a printer.

use std::fmt::Write;

use vocabulary::Day;

use super::{Shown, ShownAct, ShownFact, ShownRelation, ShownShortcut};
use crate::chart::full_width;
use crate::fact::Sensitivity;
use crate::model::{ActClass, Strength};
use crate::statute::Verified;

impl Shown {
    /// The procedure in Chinese, for a terminal or a printer.
    pub fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a `String` cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "{}（{}）", self.name, self.id)?;
        let phases: Vec<&str> = self
            .phases
            .iter()
            .map(|phase| phase.name.as_str())
            .collect();
        writeln!(
            out,
            "阶段：{}\n\n一、行为（{}个）",
            phases.join("、"),
            self.acts.len()
        )?;
        for phase in &self.phases {
            let mut acts = self
                .acts
                .iter()
                .filter(|act| act.phase == phase.id)
                .peekable();
            if acts.peek().is_some() {
                writeln!(out, "\n〔{}〕", phase.name)?;
            }
            acts.try_for_each(|act| act.write(out))?;
        }
        writeln!(out, "\n二、关系（{}条）", self.relations.len())?;
        self.relations
            .iter()
            .try_for_each(|relation| relation.write(out))?;
        writeln!(out, "\n三、事实（{}项）\n", self.facts.len())?;
        self.facts.iter().try_for_each(|fact| fact.write(out))
    }
}

fn line(out: &mut String, word: &str, items: &[String]) -> std::fmt::Result {
    if items.is_empty() {
        Ok(())
    } else {
        writeln!(out, "    {word}：{}", items.join("、"))
    }
}

impl ShownAct {
    pub(super) fn write(&self, out: &mut String) -> std::fmt::Result {
        let class = match self.class {
            ActClass::MadeHere => "本机关作出",
            ActClass::HappenedOutside => "客观发生",
        };
        let marks = [
            (self.repeatable, "可重复"),
            (!self.starts_in_play, "初始不在"),
            (self.public, "公开图"),
        ];
        let marks: String = marks
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, mark)| format!("　{mark}"))
            .collect();
        writeln!(
            out,
            "  {} {}　{class}　对象：{}{marks}",
            self.name,
            self.id,
            self.subjects.join("、")
        )?;
        line(out, "文书", &self.documents)?;
        line(out, "由", &self.roles)?;
        line(out, "必填", &self.required)?;
        line(out, "选填", &self.optional)?;
        line(out, "编号", &self.numbered)?;
        line(out, "到期", self.due_of.as_slice())?;
        line(out, "出具", &self.issues)?;
        line(out, "新增", self.introduces.as_slice())?;
        self.shortcuts
            .iter()
            .try_for_each(|shortcut| shortcut.write(out))?;
        self.carries
            .iter()
            .try_for_each(|carry| writeln!(out, "    承接：{carry}"))
    }
}

impl ShownShortcut {
    fn write(&self, out: &mut String) -> std::fmt::Result {
        let says = self.says.iter();
        let says: Vec<String> = says
            .map(|said| format!("{} {}", said.fact, said.value))
            .collect();
        let when = if self.condition.is_empty() {
            String::new()
        } else {
            format!("（当{}）", self.condition)
        };
        writeln!(out, "    快捷：{}{when}——{}", self.name, says.join("、"))
    }
}

impl ShownRelation {
    pub(super) fn write(&self, out: &mut String) -> std::fmt::Result {
        let word = |strength| match strength {
            Strength::Block => "阻断",
            Strength::Reason => "说明理由",
            Strength::Log => "记录",
        };
        let now = if self.strength_now == self.strength {
            String::new()
        } else {
            format!("（依据待核，确认以前为{}）", word(self.strength_now))
        };
        writeln!(
            out,
            "\n  {} {}　力度：{}{now}",
            self.id,
            self.kind,
            word(self.strength)
        )?;
        self.sentences
            .iter()
            .try_for_each(|sentence| writeln!(out, "    {sentence}"))?;
        if !self.condition.is_empty() {
            writeln!(out, "    条件：{}", self.condition)?;
        }
        if let Some(period) = &self.period {
            let setting = period
                .setting
                .as_ref()
                .map_or(String::new(), |name| format!("，设定“{name}”"));
            let open = if period.confirmed {
                ""
            } else {
                "，依据待核"
            };
            writeln!(
                out,
                "    期间：{}（口径{}{setting}{open}）",
                period.text,
                period.code.unwrap_or("未定")
            )?;
        }
        if !self.note.is_empty() {
            writeln!(out, "    说明：{}", self.note)?;
        }
        let basis: Vec<&str> = self.basis.iter().map(|cite| cite.text.as_str()).collect();
        if !basis.is_empty() {
            let open = if self.verified == Verified::Yes {
                ""
            } else {
                "（依据待核）"
            };
            writeln!(out, "    依据：{}{open}", full_width(&basis.join("、")))?;
        }
        if self.from.is_some() || self.until.is_some() {
            let day = |day: Option<Day>, word: &str| {
                day.map_or(String::new(), |day| format!("{day}{word}"))
            };
            writeln!(
                out,
                "    有效：{}{}",
                day(self.from, "起"),
                day(self.until, "以前")
            )?;
        }
        writeln!(out, "    位置：{}", self.place)
    }
}

impl ShownFact {
    pub(super) fn write(&self, out: &mut String) -> std::fmt::Result {
        let sensitivity = match self.sensitivity {
            Sensitivity::Public => "公开",
            Sensitivity::Personal => "个人",
            Sensitivity::Secret => "秘密",
        };
        let each = if self.per_document {
            "（每份文书或者公示件各记各的）"
        } else {
            ""
        };
        write!(
            out,
            "  {} {}　{}　归{}{each}　密级：{sensitivity}",
            self.name, self.id, self.kind, self.subject
        )?;
        if let Some(algorithm) = &self.derived_by {
            write!(out, "　由系统推导（{algorithm}）")?;
        }
        if let Some(register) = &self.looked_up {
            write!(out, "　查登记 {register}")?;
        }
        let names: Vec<&str> = self
            .alternatives
            .iter()
            .map(|alternative| alternative.name.as_str())
            .collect();
        if names.is_empty() {
            writeln!(out)
        } else {
            writeln!(out, "\n    选项：{}", names.join("、"))
        }
    }
}
