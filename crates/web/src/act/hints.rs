//! What can be said of a value while it is typed: the weekday of a date, the capitals of an amount, the check digit of
//! a number, basis and range of an item.
//!
//! One truth for both roads: the form says it when it is drawn, and an island asks for it while somebody types. Nothing
//! is recorded, and nothing here decides whether a value is taken.

use super::people;
use crate::wording;
use app::Office;
use casework::outlook::outlook;
use law::catalog::Item;
use law::model::{EventIx, Procedure};
use serde_json::json;
use vocabulary::{CreditCode, Day, Fen, Moment, PenaltyKind, ResidentId};

/// At most so many dates that would follow from an act.
const OUTLOOKS: usize = 3;

/// What an island asks about; the word stands in the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// Nothing is said.
    Nothing,
    /// A date.
    Day,
    /// The date of the act.
    Occurred,
    /// An amount in yuan.
    Amount,
    /// A citizen's identification number.
    ResidentId,
    /// A unified social credit code.
    CreditCode,
    /// An enforcement item.
    Item,
}

impl About {
    const ALL: [About; 6] = [
        About::Day,
        About::Occurred,
        About::Amount,
        About::ResidentId,
        About::CreditCode,
        About::Item,
    ];

    pub(super) fn word(self) -> &'static str {
        match self {
            About::Nothing => "",
            About::Day => "day",
            About::Occurred => "occurred",
            About::Amount => "amount",
            About::ResidentId => "resident_id",
            About::CreditCode => "credit_code",
            About::Item => "item",
        }
    }

    pub(super) fn read(word: &str) -> Option<About> {
        About::ALL.into_iter().find(|about| about.word() == word)
    }
}

/// What is said, line by line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hint {
    pub(crate) lines: Vec<String>,
    /// It says what is wrong.
    pub(crate) is_wrong: bool,
}

impl Hint {
    fn says(line: impl Into<String>) -> Hint {
        Hint {
            lines: vec![line.into()],
            is_wrong: false,
        }
    }

    fn wrong(line: impl ToString) -> Hint {
        Hint {
            lines: vec![line.to_string()],
            is_wrong: true,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(super) fn text(&self) -> String {
        self.lines.join("\n")
    }
}

/// What is said of a value; nothing of an empty one.
pub(super) fn hint(office: &Office, about: About, text: &str, act: Option<Act<'_>>) -> Hint {
    let text = text.trim();
    if text.is_empty() {
        return Hint::default();
    }
    let today = office.now().day;
    match about {
        About::Nothing => Hint::default(),
        About::Day => match Day::typed(text, today) {
            Ok(day) => Hint::says(day_line(office, day)),
            Err(error) => Hint::wrong(error),
        },
        About::Occurred => match Day::typed(text, today) {
            Ok(day) if day > today => {
                Hint::wrong(format!("{}还没有到，只能记录已经发生的事", day.chinese()))
            }
            Ok(day) => {
                let mut hint = Hint::says(day_line(office, day));
                if let Some(act) = act {
                    hint.lines.extend(follows(office, act, day));
                }
                hint
            }
            Err(error) => Hint::wrong(error),
        },
        About::Amount => match Fen::parse_yuan(text) {
            Ok(amount) => Hint::says(format!("{}（{amount}）", amount.capitals())),
            Err(error) => Hint::wrong(error),
        },
        About::ResidentId => {
            let read = ResidentId::parse(text).and_then(|id| id.check_on(today).map(|()| id));
            match read {
                Ok(id) => Hint::says(format!(
                    "校验位相符；{}，{}出生",
                    id.sex().chinese(),
                    id.born()
                )),
                Err(error) => Hint::wrong(error),
            }
        }
        About::CreditCode => match CreditCode::parse(text) {
            Ok(_) => Hint::says("校验位相符"),
            Err(error) => Hint::wrong(error),
        },
        About::Item => match office.context().rules.items.get(text) {
            Some(item) => of_item(office, item, today),
            None => Hint::wrong(format!("没有登记的执法事项“{text}”")),
        },
    }
}

/// The act that a date is typed for.
#[derive(Clone, Copy)]
pub(super) struct Act<'a> {
    pub(super) procedure: &'a Procedure,
    pub(super) event: EventIx,
}

/// The answer to an island.
pub(super) fn answer(office: &Office, about: About, text: &str, act: Option<Act<'_>>) -> String {
    let hint = hint(office, about, text, act);
    let mut answer = json!({ "wrong": hint.is_wrong, "lines": hint.lines });
    if about == About::Item
        && let Some(item) = office.context().rules.items.get(text.trim())
    {
        answer["range"] = item.ranges().into();
    }
    // The people stand as they stood on that day.
    if let (About::Occurred, Some(act), Ok(day)) = (about, act, Day::typed(text, office.now().day))
    {
        answer["people"] = people::standings(office, act, day)
            .into_iter()
            .map(|(person, standing)| (person, standing.into()))
            .collect::<serde_json::Map<_, _>>()
            .into();
    }
    answer.to_string()
}

/// `2026-10-10(周六)，工作日（国庆节调休上班）`.
pub(super) fn day_line(office: &Office, day: Day) -> String {
    let calendar = &office.context().calendar;
    let mut line = format!(
        "{}，{}",
        day.chinese(),
        if calendar.is_workday(day) {
            "工作日"
        } else {
            "休息日"
        }
    );
    if let Some(name) = calendar.name(day) {
        let name: String = name.chars().filter(|c| !"()（）".contains(*c)).collect();
        line.push_str(&format!("（{name}）"));
    } else if !calendar.covers(day) {
        line.push_str("（该年的放假安排不在日历里，按周一至周五推算）");
    }
    line
}

/// What would become due when.
fn follows(office: &Office, act: Act<'_>, day: Day) -> Vec<String> {
    let Act { procedure, event } = act;
    let all = outlook(procedure, &office.context(), event, Moment::from(day));
    let line = |it: &casework::outlook::Outlook| {
        let names = it
            .events
            .iter()
            .map(|event| wording::event(procedure, *event));
        let names = names.collect::<Vec<_>>().join("或者");
        let provisional = if it.due.provisional {
            "（暂定）"
        } else {
            ""
        };
        let until = it.due.at.chinese();
        match it.duty {
            Some(duty) => format!(
                "{}随后应当：{names}，最迟{until}{provisional}",
                duty.chinese()
            ),
            None => format!("{names}：限{until}以前{provisional}"),
        }
    };
    let mut lines: Vec<String> = Vec::new();
    for line in all.iter().map(line) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.truncate(OUTLOOKS);
    lines
}

/// Basis and range of an item, and what must precede.
fn of_item(office: &Office, item: &Item, today: Day) -> Hint {
    let rules = &office.context().rules;
    let mut lines = vec![
        format!("依据：{}", item.basis()),
        format!("罚款幅度：{}", item.ranges()),
    ];
    if !item.besides.is_empty() {
        let kinds: Vec<&str> = item
            .besides
            .iter()
            .map(|kind: &PenaltyKind| kind.chinese())
            .collect();
        lines.push(format!("可以并处：{}", kinds.join("、")));
    }
    if !item.prior.is_empty() {
        let overdue = if item.needs_overdue {
            "，逾期不改正的才处罚"
        } else {
            ""
        };
        lines.push(format!("须先：{}{overdue}", item.prior.join("、")));
    }
    if let Some(basin) = &item.basin {
        lines.push(format!("只用于{basin}流域"));
    }
    let is_wrong = !item.in_force(&rules.statutes, today);
    if is_wrong {
        let to = item
            .superseded
            .as_ref()
            .map_or("", |it| it.passes_to.as_str());
        lines.push(if to.is_empty() {
            "现已停用".to_owned()
        } else {
            format!("现已停用，转由{to}处罚")
        });
    }
    Hint { lines, is_wrong }
}
