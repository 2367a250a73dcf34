//! The receipt: every step of a use of discretion with what was asked, what it was answered from, the answer and the
//! articles. It is frozen into the record as it stood.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vocabulary::Fen;

use super::guide::StepKind;
use super::range::Bounds;
use super::tier::Applied;

/// How a step came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As the law has it.
    Kept,
    /// Against the law.
    Broken,
    /// It departs from the benchmark, and says why.
    Departs,
    /// A written reason or a ground is missing.
    ReasonNeeded,
    /// A fact is missing to say.
    Unknown,
}

impl Outcome {
    /// The word that stands beside the step.
    pub const fn chinese(self) -> &'static str {
        match self {
            Outcome::Kept => "符合",
            Outcome::Broken => "不符合",
            Outcome::Departs => "偏离基准，已写明理由",
            Outcome::ReasonNeeded => "须写明理由",
            Outcome::Unknown => "尚不能判断",
        }
    }
}

/// A value that a step used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// What it is.
    pub name: Cow<'static, str>,
    /// The value as text.
    pub value: String,
}

/// A step of a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which step.
    pub kind: StepKind,
    /// What was asked.
    pub question: Arc<str>,
    /// On which articles.
    pub articles: Arc<[Arc<str>]>,
    /// The values used.
    pub values: Vec<Shown>,
    /// How it came out.
    pub outcome: Outcome,
    /// The answer in a sentence.
    pub result: String,
}

/// Every step of a use of discretion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The item.
    pub item: String,
    /// Its article and name.
    pub provision: Arc<str>,
    /// The fine at stake.
    pub fine: Option<Fen>,
    /// What the ranges of the statute come to: one, or several of which any may be used.
    pub statute: Vec<Bounds>,
    /// The tier that applies.
    pub tier: Option<Applied>,
    /// Whether the fine lies within the statute's range, 减轻 left aside.
    pub within_statute: Option<bool>,
    /// Whether the fine lies within the tier.
    pub within_tier: Option<bool>,
    /// The steps in order.
    pub steps: Vec<Step>,
}

impl Receipt {
    /// Whether no step is against the law.
    pub fn is_lawful(&self) -> bool {
        self.steps
            .iter()
            .all(|step| step.outcome != Outcome::Broken)
    }

    /// A step.
    pub fn step(&self, kind: StepKind) -> Option<&Step> {
        self.steps.iter().find(|step| step.kind == kind)
    }
}

/// The receipt as plain text, as it is printed.
impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "裁量说明：{}", self.provision)?;
        for (step, number) in self.steps.iter().zip(1..) {
            writeln!(
                f,
                "{number}. {}〔{}〕",
                step.question,
                step.outcome.chinese()
            )?;
            for shown in &step.values {
                writeln!(f, "   {}：{}", shown.name, shown.value)?;
            }
            writeln!(f, "   {}", step.result)?;
            if !step.articles.is_empty() {
                writeln!(f, "   依据：{}", step.articles.join("、"))?;
            }
        }
        Ok(())
    }
}
