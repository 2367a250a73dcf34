//! Preparing, drawing and giving up, each an entry of the record.

use super::outcome::{asked, prepared, rows_of_draw};
use super::pool::{Drawable, Pools};
use super::{DRAWS, DrawCancelling, DrawPreparing, DrawReveal, text};
use crate::amend::digest;
use crate::office::Office;
use crate::register::Wanted;
use crate::register::change::{RegisterError, Writing, wrong};
use crate::register::check::check;
use crate::register::declared::Review;
use crate::register::entry::{Change, RegisterEntry, Row, Said};
use crate::register::known::{Draft, DraftState};
use crate::register::standing::Standing;
use crate::request::FieldError;
use proof::draw;
use std::collections::BTreeSet;

/// Digits of the number that the supervisor says.
const SAID: std::ops::RangeInclusive<usize> = 4..=40;
/// No reason is longer.
const REASON_MAX: usize = 4_000;

impl Office {
    /// Prepares a draw: fixes the pools and shows the digest of its secret. Answers with the number of the entry.
    pub async fn prepare_draw(
        &self,
        asked: &DrawPreparing,
        key: &str,
    ) -> Result<u64, RegisterError> {
        let mut bytes = [0; 32];
        self.ports.chance.fill(&mut bytes);
        let secret = draw::hex(&bytes);
        let decide = |standing: &Standing| {
            let mut errors = Vec::new();
            if standing.file.staff(&asked.by).is_none() {
                errors.push(wrong("by", "准备抽取的人须在人员名册里"));
            }
            let has_reason = !asked.reason.trim().is_empty();
            let item = standing.draw_item(&asked.item).map(|(id, _)| id.as_str());
            if let Some(text) = item
                .filter(|_| !has_reason)
                .and_then(|it| earlier(standing, it))
            {
                errors.push(wrong("reason", format!("{text}，请写明再次抽取的理由")));
            }
            let id = standing.free_id(DRAWS);
            let mut row = Row::new();
            match standing.draw_pools(asked) {
                Err(wrong) => errors.extend(wrong),
                Ok(pools) => {
                    if let Some(least) = pools.least.filter(|it| pools.count < *it && !has_reason) {
                        let text =
                            format!("少于清单比例（应不少于{least}个），请写明理由，或者多抽");
                        errors.push(wrong("reason", text));
                    }
                    row = prepared(standing, asked, &pools, (&id, &secret));
                    let wanted = Wanted::Put(row.clone());
                    let against = check(DRAWS, &id, &wanted, standing.day, standing);
                    errors.extend(against.into_iter().map(|error| FieldError {
                        field: match error.field.as_str() {
                            "recusals_said" => "recusals".to_owned(),
                            _ => error.field,
                        },
                        ..error
                    }));
                }
            }
            if !errors.is_empty() {
                return Err(RegisterError::Fields(errors));
            }
            Ok(Writing {
                entry: RegisterEntry::RegisterDrafted {
                    register: DRAWS,
                    row: id,
                    change: Change::Put,
                    effective_from: standing.day,
                    base: 0,
                },
                row: Some(row),
                seal: Some(secret.clone()),
                lines: Vec::new(),
                said: Said {
                    drafted_by: asked.by.clone(),
                    reason: asked.reason.trim().to_owned(),
                    ..Said::default()
                },
            })
        };
        let request = digest("draw-prepare", "", asked);
        let written = self.change_register(DRAWS, request, key, &decide).await?;
        Ok(written.stream_version)
    }

    /// Draws what was prepared, once the supervisor has said a number. Answers with the id of the batch.
    pub async fn draw(&self, asked: &DrawReveal, key: &str) -> Result<String, RegisterError> {
        let said = asked.said.trim();
        let decide = |standing: &Standing| {
            let draft = open(standing, asked.draft)?;
            let mut errors = supervising(standing, draft, &asked.by);
            let is_number = said.chars().all(|it| it.is_ascii_digit());
            if !is_number || !SAID.contains(&said.len()) {
                let (least, most) = (SAID.start(), SAID.end());
                let text = format!("请当场报一个{least}到{most}位的数字，只写数字");
                errors.push(wrong("said", text));
            }
            if !errors.is_empty() {
                return Err(RegisterError::Fields(errors));
            }
            let (Some(row), Some(secret)) = (&draft.row, &draft.seal) else {
                let text = "这次准备的内容已经销毁，不能抽取；请作废以后重新准备";
                return Err(RegisterError::Overtaken(text.to_owned()));
            };
            if let Some(text) = outlived(standing, row) {
                return Err(RegisterError::Overtaken(text));
            }
            let lines = rows_of_draw(standing, (&draft.id, row), (secret, said, &asked.by));
            Ok(Writing {
                entry: RegisterEntry::RegisterDrawn {
                    register: DRAWS,
                    row: draft.id.clone(),
                    draft: draft.number,
                    lines: lines.len(),
                    effective_from: standing.day,
                },
                row: None,
                seal: None,
                lines,
                said: Said {
                    drafted_by: draft.drafted_by.clone(),
                    decided_by: asked.by.clone(),
                    reason: draft.reason.clone(),
                    ..Said::default()
                },
            })
        };
        let request = digest("draw", "", asked);
        self.change_register(DRAWS, request, key, &decide).await?;
        let standing = self.fresh_standing().await?;
        let draft = standing.draft(DRAWS, asked.draft);
        Ok(draft.map_or_else(String::new, |it| it.id.clone()))
    }

    /// Gives up what was prepared and not drawn: its secret is never shown.
    pub async fn cancel_draw(
        &self,
        asked: &DrawCancelling,
        key: &str,
    ) -> Result<u64, RegisterError> {
        let decide = |standing: &Standing| {
            let draft = open(standing, asked.draft)?;
            let mut errors = match asked.by == draft.drafted_by {
                true => Vec::new(),
                false => supervising(standing, draft, &asked.by),
            };
            let reason = asked.reason.trim();
            if reason.is_empty() {
                errors.push(wrong("cancel_reason", "作废须写明理由"));
            }
            if reason.chars().any(|it| it.is_control() && it != '\n') {
                errors.push(wrong("cancel_reason", "理由里有不能显示的字符"));
            }
            if reason.chars().count() > REASON_MAX {
                let text = format!("理由最多{REASON_MAX}个字");
                errors.push(wrong("cancel_reason", text));
            }
            if !errors.is_empty() {
                return Err(RegisterError::Fields(errors));
            }
            Ok(Writing {
                entry: RegisterEntry::RegisterRejected {
                    register: DRAWS,
                    row: draft.id.clone(),
                    draft: draft.number,
                },
                row: None,
                seal: None,
                lines: Vec::new(),
                said: Said {
                    drafted_by: draft.drafted_by.clone(),
                    decided_by: asked.by.clone(),
                    opinion: reason.to_owned(),
                    ..Said::default()
                },
            })
        };
        let request = digest("draw-cancel", "", asked);
        let written = self.change_register(DRAWS, request, key, &decide).await?;
        Ok(written.stream_version)
    }
}

impl Standing {
    /// Whether somebody may supervise what was prepared.
    pub fn may_supervise(&self, draft: &Draft, person: &str) -> bool {
        supervising(self, draft, person).is_empty()
    }
}

/// What was drawn for the item this year, or is prepared for it and not drawn yet, in a sentence.
fn earlier(standing: &Standing, item: &str) -> Option<String> {
    if let Some(id) = drawn_this_year(standing, item) {
        return Some(format!("这个事项本年已经抽取过（批次{id}）"));
    }
    let mut open = standing.open_drafts(DRAWS);
    let is_same = |draft: &&Draft| {
        let row = draft.row.as_deref();
        row.is_some_and(|row| text(row, "item_id") == item)
    };
    let found = open.find(is_same)?;
    Some(format!(
        "这个事项已经封存了一批，还没有抽取（批次{}）",
        found.id
    ))
}

/// The batch that was drawn for an item in the year of the day.
fn drawn_this_year(standing: &Standing, item: &str) -> Option<String> {
    let year = |text: &str| text.chars().take(4).collect::<String>();
    let now = year(&standing.day.to_string());
    let batches = standing.draw_batches().into_iter();
    let mut found = batches
        .filter(|(_, row)| text(row, "item_id") == item && year(text(row, "drawn_on")) == now);
    found.next().map(|(id, _)| id.clone())
}

fn open(standing: &Standing, number: u64) -> Result<&Draft, RegisterError> {
    let draft = standing.draft(DRAWS, number);
    let draft = draft.ok_or(RegisterError::NoSuchDraft)?;
    match draft.state {
        DraftState::Open => Ok(draft),
        DraftState::Approved(_) => Err(RegisterError::Overtaken("这一批已经抽取过".to_owned())),
        DraftState::Rejected { .. } => Err(RegisterError::Overtaken("这一批已经作废".to_owned())),
    }
}

/// Why what was prepared may no longer be drawn: somebody in the pools may not inspect any more, an object is gone or is
/// something else, or the item was drawn meanwhile and nobody said why it is drawn again.
fn outlived(standing: &Standing, row: &Row) -> Option<String> {
    let pools = Pools::of_row(row);
    let asked = asked(row);
    let of = |all: Vec<Drawable>| -> BTreeSet<String> { all.into_iter().map(|it| it.id).collect() };
    let able = of(standing.draw_officers(&asked.section));
    let there = of(standing.draw_objects(&asked));
    let left = pools.officers.iter().find(|it| !able.contains(&it.id));
    let gone = pools.objects.iter().find(|it| !there.contains(&it.id));
    let again = match asked.reason.is_empty() {
        true => drawn_this_year(standing, text(row, "item_id")),
        false => None,
    };
    let text = match (left, gone, again) {
        (Some(officer), ..) => format!("封存以后，{}不再能承担检查", officer.name),
        (_, Some(object), _) => format!("封存以后，名录里符合条件的没有“{}”了", object.name),
        (.., Some(batch)) => {
            format!("封存以后，这个事项已经抽取过（批次{batch}），封存时没有写明再次抽取的理由")
        }
        (None, None, None) => return None,
    };
    Some(format!("{text}；请作废，重新准备"))
}

/// What stands against this person supervising the draw.
pub(in crate::register) fn supervising(
    standing: &Standing,
    draft: &Draft,
    by: &str,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if by == draft.drafted_by {
        errors.push(wrong("by", "准备抽取的人不能自己监督抽取"));
    }
    let row = draft.row.as_deref();
    let in_pool = row.is_some_and(|row| {
        let officers = Pools::of_row(row).officers;
        officers.iter().any(|it| it.id == by)
    });
    if in_pool {
        errors.push(wrong("by", "在人员库里、可能被抽中的人不能监督抽取"));
    }
    match (standing.file.staff(by), DRAWS.declared().review) {
        (None, _) => errors.push(wrong("by", "监督抽取的人须在人员名册里")),
        (Some(person), Review::Role { id, name })
            if !person.roles.iter().any(|role| role == id) =>
        {
            let text = format!(
                "{}不担任{name}；由{}监督",
                person.name,
                standing.reviewers(DRAWS)
            );
            errors.push(wrong("by", text));
        }
        (Some(_), _) => {}
    }
    errors
}
