//! The empty workbook: sheets, headings with notes, and drop-down lists, all made from the rules.

use crate::lines;
use crate::mapping::{Mapping, mappings};
use crate::plan::{PlanError, sole};
use crate::terms::Terms;
use app::agency::AgencyFile;
use law::Rules;
use law::fact::FactType;
use law::model::{Procedure, SubjectClass};
use rust_xlsxwriter::{
    DataValidation, Format, FormatAlign, FormatBorder, Formula, Note, Workbook, Worksheet,
    XlsxError,
};

/// Lines that have drop-down lists.
const LINES: u32 = 2_000;

/// The hidden sheet that the lists stand in: one list a column.
const LISTS: &str = "选项";

/// Why there is no template.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The rules do not say for what.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The workbook could not be made.
    #[error("不能生成工作簿")]
    Write(#[from] XlsxError),
    /// There is no ledger for the procedure.
    #[error("规则里没有这个程序的台账")]
    NoLedger,
}

struct Lists {
    columns: Vec<Vec<String>>,
}

impl Lists {
    /// Puts a list into the hidden sheet, once.
    fn validation(&mut self, list: Vec<String>) -> Option<DataValidation> {
        if list.is_empty() {
            return None;
        }
        let column = match self.columns.iter().position(|known| *known == list) {
            Some(column) => column,
            None => {
                self.columns.push(list);
                self.columns.len() - 1
            }
        };
        let letters = letters(column);
        let last = self.columns[column].len();
        let range = Formula::new(format!("={LISTS}!${letters}$1:${letters}${last}"));
        // A name that is on no list yet may still be right: the program says so when it reads.
        Some(
            DataValidation::new()
                .allow_list_formula(range)
                .ignore_blank(true)
                .show_error_message(false),
        )
    }
}

fn letters(column: usize) -> String {
    let mut rest = column;
    let mut out = Vec::new();
    loop {
        out.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        if rest < 26 {
            break;
        }
        rest = rest / 26 - 1;
    }
    out.iter().rev().collect()
}

struct Column {
    name: String,
    note: String,
    list: Vec<String>,
    width: f64,
}

fn column(name: &str, note: impl Into<String>, list: Vec<String>) -> Column {
    let width = if list.is_empty() { 16.0 } else { 20.0 };
    Column {
        name: name.to_owned(),
        note: note.into(),
        list,
        width,
    }
}

/// The three sheets, with a page that says what each act needs.
pub fn sheets(
    rules: &Rules,
    agency: &AgencyFile,
    procedure: Option<&str>,
) -> Result<Vec<u8>, TemplateError> {
    let procedure = sole(rules, procedure)?;
    let terms = Terms::new(rules, procedure, agency)
        .ok_or_else(|| PlanError::WhichProcedure(procedure.id.clone()))?;
    let mut workbook = Workbook::new();
    let mut lists = Lists {
        columns: Vec::new(),
    };
    let officer = procedure.roles.iter().find(|role| role.is_officer);
    let mut cases = vec![
        column(
            lines::CASE,
            "必填。本单位自编的序号，三张表都用它对应；同一批次里不要重复，接续以后不要改。",
            Vec::new(),
        ),
        column(
            lines::FROM,
            "案件从哪里来，如“纸质案卷”“某某系统”。",
            Vec::new(),
        ),
    ];
    cases.extend(officer.map(|role| {
        column(
            &role.name,
            "没有另外写明的各步，都由这些人参加；几个人用顿号隔开，写姓名或者人员编号。",
            people(agency, &role.id),
        )
    }));
    let titles = agency.title_facts.iter();
    let titles = titles.filter_map(|id| procedure.fact(id));
    cases.extend(titles.map(|fact| {
        let declared = &procedure.facts[fact];
        let note = format!("{}，登记在第一个要写它的行为里。", declared.kind.chinese());
        column(&declared.name, note, choices(&declared.kind))
    }));
    cases.push(column(
        lines::REMARK,
        "只给填表的人看，不读入。",
        Vec::new(),
    ));
    sheet(&mut workbook, lines::CASES, &cases, &mut lists)?;

    let mut parties = vec![
        column(lines::CASE, "必填。与“案件”表一致。", Vec::new()),
        column(lines::PARTY, "每件案件从1起依次编。", Vec::new()),
        column(lines::NAME, "必填。姓名或者名称。", Vec::new()),
    ];
    let kinds = procedure.subjects.iter();
    for kind in kinds.filter(|kind| kind.class == SubjectClass::Party) {
        for (fact, is_required) in kind
            .required
            .iter()
            .map(|fact| (fact, true))
            .chain(kind.optional.iter().map(|fact| (fact, false)))
        {
            let declared = &procedure.facts[*fact];
            let note = match (&declared.kind, is_required) {
                (FactType::ResidentId | FactType::CreditCode, _) => {
                    "按文本填写（先把单元格设为文本），否则后几位会丢失。".to_owned()
                }
                (kind, true) => format!("必填。{}。", kind.chinese()),
                (kind, false) => format!("{}。", kind.chinese()),
            };
            parties.push(column(&declared.name, note, choices(&declared.kind)));
        }
    }
    parties.push(column(
        lines::JOINED,
        "后来追加的当事人，写追加的日期；其余不填。",
        Vec::new(),
    ));
    sheet(&mut workbook, lines::PARTIES, &parties, &mut lists)?;

    let events = 0..procedure.events.len();
    let acts: Vec<String> = events.map(|event| terms.event_name(event)).collect();
    let mut steps = vec![
        column(lines::CASE, "必填。与“案件”表一致。", Vec::new()),
        column(
            lines::SUBJECT,
            "对哪一个当事人（或者物品）：序号或者名称；全案的行为不填。",
            Vec::new(),
        ),
        column(
            lines::ACT,
            "必填。从列表里选；各步要写什么，见“填写说明”。",
            acts,
        ),
        column(
            lines::DAY,
            "必填。实际发生的日期，如 2026-03-05。每件案件按先后排列。",
            Vec::new(),
        ),
        column(
            lines::TIME,
            "按小时计算期限的，写时刻，如 09:30。",
            Vec::new(),
        ),
        column(lines::NUMBER, "文书上的文号，照原样写。", Vec::new()),
    ];
    steps.extend(procedure.roles.iter().map(|role| {
        column(
            &role.name,
            "与“案件”表里写的不同时填；几个人用顿号隔开。",
            people(agency, &role.id),
        )
    }));
    steps.push(column(
        lines::SCANS,
        "扫描件文件夹里的文件名，几个用顿号隔开。",
        Vec::new(),
    ));
    steps.push(column(
        lines::THINGS,
        "这一步带来的物品等，几个用顿号隔开。",
        Vec::new(),
    ));
    steps.extend((1..=4).map(|number| {
        column(
            &format!("{}{number}", lines::SAID),
            "写成 名称=值，如 罚款20000元 写作 决定处罚内容=罚款20000元；几项各占一行，或者用分号隔开。也可以把事实名称直接作栏名。",
            Vec::new(),
        )
    }));
    steps.push(column(
        lines::REMARK,
        "只给填表的人看，不读入。",
        Vec::new(),
    ));
    sheet(&mut workbook, lines::ACTS, &steps, &mut lists)?;
    guide(&mut workbook, procedure, &terms)?;
    finish(workbook, &lists)
}

/// The ledger with one line a case, as its mapping under `rules/imports/` knows it.
pub fn ledger(
    rules: &Rules,
    agency: &AgencyFile,
    procedure: Option<&str>,
) -> Result<Vec<u8>, TemplateError> {
    let mappings = mappings(rules).map_err(PlanError::Mappings)?;
    let wanted = |mapping: &&Mapping| procedure.is_none_or(|id| mapping.procedure == id);
    let mapping = mappings
        .iter()
        .find(wanted)
        .ok_or(TemplateError::NoLedger)?;
    let procedure = sole(rules, Some(&mapping.procedure))?;
    let mut workbook = Workbook::new();
    let mut lists = Lists {
        columns: Vec::new(),
    };
    let facts = mapping
        .facts
        .iter()
        .chain(&mapping.party_facts)
        .chain(mapping.acts.iter().flat_map(|act| &act.facts));
    let facts: Vec<_> = facts.collect();
    let roles: Vec<_> = mapping
        .usual
        .iter()
        .chain(mapping.acts.iter().flat_map(|act| &act.people))
        .collect();
    let columns = mapping.headings().into_iter().map(|name| {
        let of_this = |columns: &Vec<String>| columns.first().is_some_and(|first| first == name);
        let fact = facts.iter().find(|(_, columns)| of_this(columns));
        let role = roles.iter().find(|(_, columns)| of_this(columns));
        let is_day = mapping.acts.iter().any(|act| of_this(&act.day));
        let (note, list) = match (fact, role, is_day) {
            (_, _, true) => (
                "办了这一步的，写日期，如 2026-03-05。".to_owned(),
                Vec::new(),
            ),
            (_, Some((role, _)), _) => {
                let role = &procedure.roles[*role];
                (
                    format!("{}，几个人用顿号隔开。", role.name),
                    people(agency, &role.id),
                )
            }
            (Some((fact, _)), ..) => {
                let declared = &procedure.facts[*fact];
                let note = format!("{}（{}）。", declared.name, declared.kind.chinese());
                (note, choices(&declared.kind))
            }
            (None, None, false) => (String::new(), Vec::new()),
        };
        column(name, note, list)
    });
    let columns: Vec<Column> = columns.collect();
    sheet(&mut workbook, &mapping.name, &columns, &mut lists)?;
    finish(workbook, &lists)
}

fn people(agency: &AgencyFile, role: &str) -> Vec<String> {
    let offered = agency.offered(role);
    offered.iter().map(|staff| staff.name.clone()).collect()
}

fn choices(kind: &FactType) -> Vec<String> {
    match kind {
        FactType::Choice(all) => all.iter().map(|one| one.name.clone()).collect(),
        FactType::Bool => vec!["是".to_owned(), "否".to_owned()],
        FactType::Choices(_)
        | FactType::Count
        | FactType::Quantity
        | FactType::Money
        | FactType::Date
        | FactType::Moment
        | FactType::Text
        | FactType::Penalty
        | FactType::Item
        | FactType::ResidentId
        | FactType::CreditCode
        | FactType::Number
        | FactType::Installments => Vec::new(),
    }
}

fn head() -> Format {
    Format::new()
        .set_bold()
        .set_border_bottom(FormatBorder::Thin)
        .set_align(FormatAlign::Center)
        .set_text_wrap()
}

fn sheet(
    workbook: &mut Workbook,
    name: &str,
    columns: &[Column],
    lists: &mut Lists,
) -> Result<(), TemplateError> {
    let as_text = Format::new().set_num_format("@");
    let sheet: &mut Worksheet = workbook.add_worksheet();
    sheet.set_name(name)?;
    sheet.set_freeze_panes(1, 1)?;
    for (at, column) in (0u16..).zip(columns) {
        // Whatever is typed stays what was typed: no number loses its zeros, no date its form.
        sheet.set_column_format(at, &as_text)?;
        sheet.set_column_width(at, column.width)?;
        sheet.write_with_format(0, at, column.name.as_str(), &head())?;
        if !column.note.is_empty() {
            sheet.insert_note(0, at, &Note::new(&column.note).add_author_prefix(false))?;
        }
        if let Some(validation) = lists.validation(column.list.clone()) {
            sheet.add_data_validation(1, at, LINES, at, &validation)?;
        }
    }
    Ok(())
}

/// What each act needs, and what may be chosen.
fn guide(
    workbook: &mut Workbook,
    procedure: &Procedure,
    terms: &Terms<'_>,
) -> Result<(), TemplateError> {
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let sheet = workbook.add_worksheet();
    sheet.set_name("填写说明")?;
    sheet.set_freeze_panes(1, 1)?;
    let headings = ["行为", "对象", "参加人", "必填的事实", "可填的事实", "文号"];
    for (column, (name, width)) in (0u16..).zip(headings.into_iter().zip([28, 12, 24, 60, 60, 30]))
    {
        sheet.write_with_format(0, column, name, &head())?;
        sheet.set_column_width(column, width)?;
    }
    let names = |facts: &[usize]| {
        let names = facts.iter().map(|fact| {
            let declared = &procedure.facts[*fact];
            let kind = match &declared.kind {
                FactType::Choice(all) | FactType::Choices(all) => all
                    .iter()
                    .map(|one| one.name.as_str())
                    .collect::<Vec<_>>()
                    .join("/"),
                other => other.chinese().to_owned(),
            };
            format!("{}（{kind}）", declared.name)
        });
        names.collect::<Vec<_>>().join("\n")
    };
    for (row, (index, event)) in (1..).zip(procedure.events.iter().enumerate()) {
        let act = &procedure.acts[event.act];
        let roles = act.roles.iter();
        let roles: Vec<&str> = roles
            .map(|role| procedure.roles[*role].name.as_str())
            .collect();
        let numbers = event.numbered.iter();
        let numbers: Vec<&str> = numbers
            .map(|fact| procedure.facts[*fact].name.as_str())
            .collect();
        let cells = [
            terms.event_name(index),
            procedure.subjects[usize::from(event.domain.0)].name.clone(),
            roles.join("、"),
            names(&event.required),
            names(&event.optional),
            numbers.join("、"),
        ];
        for (column, text) in (0u16..).zip(cells) {
            sheet.write_with_format(row, column, text, &wrapped)?;
        }
    }
    Ok(())
}

fn finish(mut workbook: Workbook, lists: &Lists) -> Result<Vec<u8>, TemplateError> {
    let sheet = workbook.add_worksheet();
    sheet.set_name(LISTS)?;
    for (column, list) in (0u16..).zip(&lists.columns) {
        for (row, text) in (0..).zip(list) {
            sheet.write(row, column, text.as_str())?;
        }
    }
    sheet.set_hidden(true);
    Ok(workbook.save_to_buffer()?)
}
