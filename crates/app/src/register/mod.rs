//! The agency layer as entries of the record: who works here, what was confirmed or set, who approves what, which powers
//! passed on, which calendar years were added, who has an account.
//!
//! Each register is a stream. Its state on a day is, for each row, the version with the latest day of effect that has
//! come. A change is drafted by one person, reviewed by another and approved by a third one in charge; each is an entry. The agency's file is
//! what stood there before any entry. What a decision rests on is a [`Standing`]: the layer as it is on a day, with the
//! versions of the streams that it was read from.

mod benchmark;
mod catalog;
mod change;
mod check;
mod clause;
mod columns;
mod declared;
mod draws;
mod entry;
mod flowchart;
mod known;
mod lists;
mod notice;
mod release;
mod reviewing;
mod seed;
mod standing;
mod verification;
mod written;

pub use change::{
    AccountChange, BATCH_MAX, BatchDrafting, BatchLine, Drafting, RegisterError, Ruling, Wanted,
};
pub use check::{LineError, check_lines};
pub use clause::Clause;
pub use columns::{Choices, Column, ColumnKind, Habit, Unsettled, shipped_value, unsettled};
pub use declared::{Declared, Group, Review};
pub use draws::{DrawCancelling, DrawPreparing, DrawReveal, Drawable, Drawn, Pools, Redrawn};
pub use entry::{Change, Row, normal};
pub use flowchart::{Drawing, Step};
pub use known::{Draft, DraftRow, DraftState, Edition, Reviewed, Version, editions};
pub use lists::misnamed;
pub use notice::Notice;
pub use release::{Released, Releasing, ToRelease, Unreleased};
pub use reviewing::{Reviewing, Waiting};
pub use seed::{SeedError, Seeded};
pub use standing::Standing;
pub use verification::{
    Confirmed, Progress, ToVerify, ToVerifyKind, confirmers, may_be_confirmed, verifications,
};

pub use benchmark::is_in_words;
pub use written::plain;

pub(crate) use columns::cell;

use crate::ledger::StreamName;
use proof::Sensitivity;
use serde::{Deserialize, Serialize};

/// A register of the agency layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegisterName {
    /// People with their credentials, roles and levels.
    People,
    /// Values that the agency set, and what it confirmed against the text.
    Settings,
    /// From which fine which level approves.
    Approvals,
    /// Powers that passed to another body.
    Powers,
    /// Years added to the working-day calendar.
    Calendar,
    /// Who may sign in as whom, and the duties about the system itself.
    Accounts,
    /// Enforcement entities and entrustments (实施方案; 行政处罚法 20).
    Entities,
    /// Enforcement items (实施方案 5).
    Items,
    /// Discretion benchmarks (行政处罚法 34).
    Benchmarks,
    /// Which decisions need a legal review (实施方案 35).
    ReviewCatalog,
    /// What is recorded by sound and picture (实施方案 21).
    Scenes,
    /// Items of random inspections (实施方案 7).
    InspectionItems,
    /// Public guides (实施方案 8).
    Guides,
    /// Flowcharts (实施方案 6).
    Flowcharts,
    /// The agency's own measures and institutions (制度文件).
    Policies,
    /// How to say it (实施方案 17).
    Phrases,
    /// Positions at the service windows (实施方案 12).
    Windows,
    /// Devices and rooms (实施方案 19, 22).
    Devices,
    /// Counsel and public lawyers (实施方案 31).
    Counsel,
    /// Whom inspections, licenses and penalties concern.
    Enterprises,
    /// Where.
    Sites,
    /// Banks that collect fines (罚缴分离办法 6).
    Banks,
    /// What holders of water licenses report.
    Abstraction,
    /// Random draws, and what came of them (实施方案 7).
    Draws,
}

/// All streams of registers begin with this.
pub(crate) const PREFIX: &str = "register/";

impl RegisterName {
    /// All, in the order in which they are shown.
    pub const ALL: [RegisterName; 24] = [
        RegisterName::People,
        RegisterName::Settings,
        RegisterName::Approvals,
        RegisterName::Powers,
        RegisterName::Calendar,
        RegisterName::Accounts,
        RegisterName::Entities,
        RegisterName::Items,
        RegisterName::Benchmarks,
        RegisterName::ReviewCatalog,
        RegisterName::Scenes,
        RegisterName::InspectionItems,
        RegisterName::Guides,
        RegisterName::Flowcharts,
        RegisterName::Policies,
        RegisterName::Phrases,
        RegisterName::Windows,
        RegisterName::Devices,
        RegisterName::Counsel,
        RegisterName::Enterprises,
        RegisterName::Sites,
        RegisterName::Banks,
        RegisterName::Abstraction,
        RegisterName::Draws,
    ];

    /// Its id, as it stands in addresses and in the name of its stream.
    pub fn id(self) -> &'static str {
        self.declared().id
    }

    /// The register of this id.
    pub fn parse(id: &str) -> Option<RegisterName> {
        RegisterName::ALL.into_iter().find(|name| name.id() == id)
    }

    /// Its Chinese name.
    pub fn chinese(self) -> &'static str {
        self.declared().chinese
    }

    /// What it is for, in one sentence.
    pub fn about(self) -> &'static str {
        self.declared().about
    }

    /// What the id of a row is called.
    pub fn row_name(self) -> &'static str {
        self.declared().row_name
    }

    /// Its columns, in the order of the form.
    pub fn columns(self) -> &'static [Column] {
        self.declared().columns
    }

    /// The stream of its entries.
    pub(crate) fn stream(self) -> StreamName {
        StreamName::parse(&format!("{PREFIX}{}", self.id())).expect("its id is plain")
    }

    /// Who may see its rows.
    pub fn sensitivity(self) -> Sensitivity {
        self.declared().sensitivity
    }

    /// Whether a decision of a case may rest on it.
    pub fn is_read_by_decisions(self) -> bool {
        self.declared().is_read_by_decisions
    }

    /// Whether forms of cases offer its rows (查登记).
    pub fn is_looked_up(self) -> bool {
        self.is_read_by_decisions() || self.declared().is_offered
    }

    /// Whether its rows come of a draw alone: nobody drafts them.
    pub fn is_drawn(self) -> bool {
        self == RegisterName::Draws
    }

    /// Whether changes take several hands.
    pub fn is_drafted(self) -> bool {
        self != RegisterName::Accounts
    }
}
