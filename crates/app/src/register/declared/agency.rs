//! What decisions rest on, and who may sign in.

use super::{BY_LEGAL_REVIEWERS, Column, Declared, Group, Review, column, date, one_of};
use crate::register::RegisterName;
use crate::register::columns::{Choices, ColumnKind};
use proof::Sensitivity;

static CREDENTIAL: [Column; 8] = [
    column("number", "证号", ColumnKind::Text(60)).required(),
    date("from", "有效期起").required(),
    date("until", "有效期止").required().end(),
    date("suspended_from", "暂扣、收回之日"),
    column("kind", "证件种类", ColumnKind::Text(40)),
    column("field", "执法类别", ColumnKind::Text(60)),
    column("area", "执法区域", ColumnKind::Text(60)),
    column("issued_by", "发证机关", ColumnKind::Text(60)),
];

static TRAINING: [Column; 3] = [
    date("day", "日期").required(),
    column("subject", "培训内容", ColumnKind::Text(120)).required(),
    column("hours", "学时", ColumnKind::Number),
];

static HOLIDAY: [Column; 2] = [
    date("day", "日期").required(),
    column("name", "名称", ColumnKind::Text(40)).required(),
];

static PEOPLE: [Column; 9] = [
    column("name", "姓名", ColumnKind::Text(40)).required(),
    column("post", "部门、职务", ColumnKind::Text(80)).also(&["职务", "单位职务"]),
    column("section", "科室", ColumnKind::Text(60))
        .hint("承办案件的，看得到本科室的案件；不分科室的不填。"),
    column("level", "负责人级别", ColumnKind::Choice(Choices::Levels))
        .inward()
        .hint("不是负责人的不选。"),
    column(
        "roles",
        "通常承担的工作",
        ColumnKind::Several(Choices::Roles),
    )
    .inward()
    .hint("办案时先列出这些人；能不能办由法律的条件判断。"),
    column("credentials", "执法证件", ColumnKind::Rows(&CREDENTIAL))
        .hint("换证的另起一行，旧证保留。"),
    column("law_qualified", "取得国家统一法律职业资格", ColumnKind::Yes)
        .inward()
        .unlisted(),
    date("reviewer_since", "初次从事处罚决定法制审核之日")
        .inward()
        .unlisted(),
    column("training", "培训记录", ColumnKind::Rows(&TRAINING))
        .hint("岗前培训和定期培训，一次一行。")
        .inward()
        .unlisted(),
];

static SETTINGS: [Column; 3] = [
    column("value", "本机关的数值", ColumnKind::SettingValue)
        .hint("只有设定可以写数值；不写的用随规则发布的数值。"),
    column("is_confirmed", "已对照原文核对", ColumnKind::Yes),
    column(
        "text",
        "核对的原文或者本机关文件",
        ColumnKind::LongText(2000),
    )
    .hint("核对的，写明原文或者本机关文件的名称、条款和内容。"),
];

static APPROVALS: [Column; 2] = [
    column("fine_from", "罚款从多少元起", ColumnKind::Money).required(),
    column("level", "至少由谁批准", ColumnKind::Choice(Choices::Levels)).required(),
];

static POWERS: [Column; 14] = [
    column("passes_to", "由谁行使", ColumnKind::Text(80))
        .required()
        .also(&["实施主体", "机关名称"])
        .hint("机关、组织的全称。"),
    one_of("kind", "凭什么行使", POWER_KINDS)
        .hint("不选的按其他机关。受委托的以本机关名义行使，权力仍在本机关；行政强制不得委托，许可只能委托其他行政机关。"),
    column(
        "matters",
        "权力类别",
        ColumnKind::Several(Choices::Fixed(MATTERS)),
    )
    .hint("选了执法事项的可以不选；都不选的，本机关的一行是全部类别，集中行使许可权的机关、受委托的行政机关是行政许可，别的是行政处罚。"),
    column("items", "执法事项", ColumnKind::Several(Choices::PowerItems))
        .hint("处罚、许可、检查、征收、强制的事项，或者执法事项清单里的事项；一项都不选的，是全部事项。"),
    column("area", "适用地点", ColumnKind::Text(400)).hint(
        "乡镇、河段等的名称，用顿号隔开；违法行为发生地、项目所在地、检查地点写到其中一个的适用。不写的，是全部地点。",
    ),
    date("until", "自哪一天起").required(),
    date("ends", "自哪一天起不再适用").end(),
    column("basis", "决定、委托书或者依据", ColumnKind::Text(300)),
    date("published_on", "公布日期")
        .hint("乡镇街道承接处罚权的决定，公布以后才算（行政处罚法第二十四条）。"),
    column("seal", "印章", ColumnKind::Text(80))
        .unlisted()
        .hint("决定书加盖的印章（行政处罚法第五十九条）；填了的，决定书写的印章不一样就不能作出。"),
    column("number_prefix", "文号前缀", ColumnKind::Text(40)).unlisted(),
    column("respondent", "被申请人、被告", ColumnKind::Text(80))
        .unlisted()
        .hint("受委托组织作出的，委托机关是被申请人（行政复议法第十九条）。填了的，随决定带入复议、诉讼的案件。"),
    column("remedy_organ", "复议机关", ColumnKind::Text(80))
        .hint("决定书告知的复议机关（行政复议法第二十四条）；填了的，决定书写得不一样就不能作出。"),
    column("court", "管辖法院", ColumnKind::Text(80)).unlisted(),
];

const MATTERS: &[(&str, &str)] = &[
    ("penalty", "行政处罚"),
    ("license", "行政许可"),
    ("measure", "行政强制措施"),
    ("execution", "行政强制执行"),
    ("inspection", "行政检查"),
    ("levy", "行政征收"),
];

const POWER_KINDS: &[(&str, &str)] = &[
    ("own", "本机关"),
    ("entrusted", "受委托组织，以本机关名义"),
    ("entrusted_organ", "受委托的行政机关，以本机关名义"),
    ("authorized", "法律法规授权的组织"),
    ("central", "集中行使处罚权的机关"),
    ("central_license", "集中行使许可权的机关"),
    ("township", "承接处罚权的乡镇街道"),
    ("basin", "流域管理机构"),
    ("other", "其他机关"),
];

static CALENDAR: [Column; 3] = [
    column("notice", "公布文件", ColumnKind::Text(120))
        .required()
        .hint("国务院办公厅通知的文号。"),
    column("off", "周一至周五放假的日子", ColumnKind::Rows(&HOLIDAY))
        .hint("周末本来休息，不用写。"),
    column("worked", "周末上班的日子", ColumnKind::Rows(&HOLIDAY)).hint("名称写明因何调休。"),
];

static ACCOUNTS: [Column; 4] = [
    column("login", "登录名", ColumnKind::Text(60)).required(),
    column("person", "代表的人", ColumnKind::Choice(Choices::People))
        .hint("只有系统职责的账户可以不选。"),
    column("duties", "系统职责", ColumnKind::Several(Choices::Duties)),
    column("is_open", "可以登录", ColumnKind::Yes),
];

pub(super) static DECLARED: [Declared; 6] = [
    Declared {
        name: RegisterName::People,
        id: "people",
        chinese: "人员名册",
        about: "在本机关工作的人：岗位、执法证件、培训、审核资格和负责人级别。持有执法证件的，公示姓名、单位职务和证件。",
        group: Group::Agency,
        row_name: "人员编号",
        prefix: "p",
        title: "name",
        identity: &[],
        sensitivity: Sensitivity::Personal,
        is_read_by_decisions: true,
        is_offered: false,
        is_published: true,
        published_by: "credentials",
        is_board: false,
        review: Review::Colleague,
        columns: &PEOPLE,
    },
    Declared {
        name: RegisterName::Settings,
        id: "settings",
        chinese: "设定与核对",
        about: "法律没有写死的数值由本机关设定；依据待核的条目由政策法规科对照原文核对。",
        group: Group::Agency,
        row_name: "设定或者条目",
        prefix: "",
        title: "",
        identity: &[],
        sensitivity: Sensitivity::Public,
        is_read_by_decisions: true,
        is_offered: false,
        is_published: false,
        published_by: "",
        is_board: false,
        review: BY_LEGAL_REVIEWERS,
        columns: &SETTINGS,
    },
    Declared {
        name: RegisterName::Approvals,
        id: "approvals",
        chinese: "审批权限表",
        about: "罚款从多少起，由哪一级负责人批准。",
        group: Group::Agency,
        row_name: "行号",
        prefix: "a",
        title: "",
        identity: &[],
        sensitivity: Sensitivity::Public,
        is_read_by_decisions: true,
        is_offered: false,
        is_published: false,
        published_by: "",
        is_board: false,
        review: BY_LEGAL_REVIEWERS,
        columns: &APPROVALS,
    },
    Declared {
        name: RegisterName::Powers,
        id: "powers",
        chinese: "权力配置",
        about: "哪些事项、在哪里、从哪一天起由谁处罚、许可、强制、检查、征收，对谁申请复议；同一事项以写明地点的为准。",
        group: Group::Agency,
        row_name: "行号",
        prefix: "w",
        title: "passes_to",
        identity: &[],
        sensitivity: Sensitivity::Public,
        is_read_by_decisions: true,
        is_offered: false,
        is_published: false,
        published_by: "",
        is_board: false,
        review: BY_LEGAL_REVIEWERS,
        columns: &POWERS,
    },
    Declared {
        name: RegisterName::Calendar,
        id: "calendar",
        chinese: "工作日历",
        about: "国务院办公厅公布的下一年放假安排；补上以后，暂定的期限随即核定。",
        group: Group::Agency,
        row_name: "年度",
        prefix: "",
        title: "",
        identity: &[],
        sensitivity: Sensitivity::Public,
        is_read_by_decisions: true,
        is_offered: false,
        is_published: false,
        published_by: "",
        is_board: false,
        review: BY_LEGAL_REVIEWERS,
        columns: &CALENDAR,
    },
    Declared {
        name: RegisterName::Accounts,
        id: "accounts",
        chinese: "账户",
        about: "谁可以登录、代表谁、有什么系统职责。账户不改变一个人的岗位、证件和级别。",
        group: Group::Agency,
        row_name: "账户编号",
        prefix: "u",
        title: "login",
        identity: &[],
        sensitivity: Sensitivity::Personal,
        is_read_by_decisions: false,
        is_offered: false,
        is_published: false,
        published_by: "",
        is_board: false,
        review: Review::Colleague,
        columns: &ACCOUNTS,
    },
];
