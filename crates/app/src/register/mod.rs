//! The agency layer as entries of the record: who works here, what was confirmed or set, who approves what, which powers
//! passed on, which calendar years were added, who has an account.
//!
//! Each register is a stream. Its state on a day is, for each row, the version with the latest day of effect that has
//! come. A change is drafted by one person and approved by another one in charge; both are entries. The agency's file is
//! what stood there before any entry. What a decision rests on is a [`Standing`]: the layer as it is on a day, with the
//! versions of the streams that it was read from.

mod change;
mod check;
mod columns;
mod entry;
mod known;
mod seed;
mod standing;

pub use change::{AccountChange, Drafting, RegisterError, Ruling, Wanted};
pub use columns::{Choices, Column, ColumnKind, Unsettled, unsettled};
pub use entry::{Change, Row};
pub use known::{Draft, DraftState, Edition, Version, editions};
pub use seed::{SeedError, Seeded};
pub use standing::Standing;

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
}

/// All streams of registers begin with this.
pub(crate) const PREFIX: &str = "register/";

impl RegisterName {
    /// All, in the order in which they are shown.
    pub const ALL: [RegisterName; 6] = [
        RegisterName::People,
        RegisterName::Settings,
        RegisterName::Approvals,
        RegisterName::Powers,
        RegisterName::Calendar,
        RegisterName::Accounts,
    ];

    /// Its id, as it stands in addresses and in the name of its stream.
    pub fn id(self) -> &'static str {
        match self {
            RegisterName::People => "people",
            RegisterName::Settings => "settings",
            RegisterName::Approvals => "approvals",
            RegisterName::Powers => "powers",
            RegisterName::Calendar => "calendar",
            RegisterName::Accounts => "accounts",
        }
    }

    /// The register of this id.
    pub fn parse(id: &str) -> Option<RegisterName> {
        RegisterName::ALL.into_iter().find(|name| name.id() == id)
    }

    /// Its Chinese name.
    pub fn chinese(self) -> &'static str {
        match self {
            RegisterName::People => "人员名册",
            RegisterName::Settings => "设定与核对",
            RegisterName::Approvals => "审批权限表",
            RegisterName::Powers => "职权移转",
            RegisterName::Calendar => "工作日历",
            RegisterName::Accounts => "账户",
        }
    }

    /// What it is for, in one sentence.
    pub fn about(self) -> &'static str {
        match self {
            RegisterName::People => "在本机关工作的人：岗位、执法证件、审核资格和负责人级别。",
            RegisterName::Settings => {
                "法律没有写死的数值由本机关设定；依据待核的条目由政策法规科对照原文核对。"
            }
            RegisterName::Approvals => "罚款从多少起，由哪一级负责人批准。",
            RegisterName::Powers => "哪些事项从哪一天起由别的机关行使职权。",
            RegisterName::Calendar => {
                "国务院办公厅公布的下一年放假安排；补上以后，暂定的期限随即核定。"
            }
            RegisterName::Accounts => {
                "谁可以登录、代表谁、有什么系统职责。账户不改变一个人的岗位、证件和级别。"
            }
        }
    }

    /// The stream of its entries.
    pub(crate) fn stream(self) -> StreamName {
        StreamName::parse(&format!("{PREFIX}{}", self.id())).expect("its id is plain")
    }

    /// Who may see its rows.
    pub fn sensitivity(self) -> Sensitivity {
        match self {
            RegisterName::People | RegisterName::Accounts => Sensitivity::Personal,
            RegisterName::Settings
            | RegisterName::Approvals
            | RegisterName::Powers
            | RegisterName::Calendar => Sensitivity::Public,
        }
    }

    /// Whether a decision of a case may rest on it.
    pub fn is_read_by_decisions(self) -> bool {
        self != RegisterName::Accounts
    }

    /// Whether changes take two hands.
    pub fn is_drafted(self) -> bool {
        self != RegisterName::Accounts
    }
}
