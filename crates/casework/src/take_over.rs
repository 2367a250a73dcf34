//! Taking over a case that was begun elsewhere (接续案件): its history comes in once, with its true dates and with
//! what departs from the law in it; whatever is done afterwards passes every gate.

use std::sync::Arc;

use law::model::Procedure;
use vocabulary::Moment;

use crate::case::Case;
use crate::command::Command;
use crate::context::Context;
use crate::decide::{History, Telling, WantedNumber, drafted, numbers_of};
use crate::destroy::{input, two_people};
use crate::entry::{ActPerformed, Entry, FileRef, TakeOver};
use crate::refusal::Refusal;

/// A case on its way in.
#[derive(Clone, Debug)]
pub struct Taking {
    history: History,
    acts: Vec<ActPerformed>,
}

/// What is recorded of a case taken over.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The entry.
    pub entry: Entry,
    /// The numbers that its documents bear, with the act, from 0, that bears them.
    pub numbers: Vec<(usize, WantedNumber)>,
}

/// Who takes over what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakingBy {
    /// Where the case comes from: paper, or another system.
    pub from: String,
    /// Who entered it, by id.
    pub entered_by: String,
    /// Who approved, by id.
    pub approved_by: String,
    /// The signed sheet of an approval on paper.
    pub sheet: Vec<FileRef>,
}

impl Taking {
    /// A case of which nothing has come in yet.
    pub fn new(procedure: Arc<Procedure>) -> Taking {
        Taking {
            history: History::new(procedure),
            acts: Vec::new(),
        }
    }

    /// The case as far as it has come in.
    pub fn case(&self) -> &Case {
        &self.history.case
    }

    /// Adds the next act, in the order in which the law counts them. What departs from the law is kept with it; only
    /// what cannot be a fact, a date or a person, and a second doing of what is done once, is refused.
    pub fn add(
        &mut self,
        context: &Context,
        command: &Command,
        now: Moment,
    ) -> Result<(), Refusal> {
        if let Some(last) = self.acts.last()
            && command.occurred.day < last.occurred.day
        {
            return Err(Refusal {
                act: self.history.case.procedure.events[command.event]
                    .name
                    .clone(),
                grounds: vec![input(
                    "occurred",
                    format!(
                        "日期{}早于前一步（{}），请按先后排列",
                        command.occurred, last.occurred
                    ),
                )],
            });
        }
        let act = drafted(&self.history, context, command, now, Telling::TakenOver)?;
        self.history.push(Entry::Act(Box::new(act.clone())));
        self.acts.push(act);
        Ok(())
    }

    /// The one entry that takes the case over.
    pub fn finish(self, context: &Context, by: &TakingBy, now: Moment) -> Result<Taken, Refusal> {
        let mut grounds = two_people(
            context,
            ("entered_by", &by.entered_by),
            ("approved_by", &by.approved_by),
        );
        if self.acts.is_empty() {
            grounds.push(input("acts", "没有可以接续的办案过程".to_owned()));
        }
        if by.from.trim().is_empty() {
            grounds.push(input(
                "from",
                "请写明案件的来源（纸质案卷，或者哪个系统）".to_owned(),
            ));
        }
        if !grounds.is_empty() {
            return Err(Refusal {
                act: "接续案件".to_owned(),
                grounds,
            });
        }
        let procedure = &self.history.case.procedure;
        let numbers = self.acts.iter().enumerate().flat_map(|(at, act)| {
            let given = |wanted: &WantedNumber| wanted.given.is_some();
            numbers_of(procedure, act)
                .into_iter()
                .filter(given)
                .map(move |wanted| (at, wanted))
        });
        Ok(Taken {
            numbers: numbers.collect(),
            entry: Entry::TakenOver(Box::new(TakeOver {
                from: by.from.trim().to_owned(),
                on: now.day,
                entered_by: by.entered_by.clone(),
                approved_by: by.approved_by.clone(),
                sheet: by.sheet.clone(),
                acts: self.acts,
            })),
        })
    }
}
