//! Lists that the law wants published beforehand (事前公开), and what the agency works by. Columns follow the lists that
//! agencies publish; their other headings are known too.

use super::{BY_LEGAL_REVIEWERS, Column, Declared, Group, column, date, line, one_of, text};
use crate::register::RegisterName;
use crate::register::columns::{Choices, ColumnKind, Habit};
use law::readers::Reader;
use proof::Sensitivity;

/// 执法类别
const KINDS: &[(&str, &str)] = &[
    ("penalty", "行政处罚"),
    ("license", "行政许可"),
    ("measure", "行政强制措施"),
    ("execution", "行政强制执行"),
    ("inspection", "行政检查"),
    ("levy", "行政征收"),
    ("ruling", "行政裁决"),
    ("confirmation", "行政确认"),
    ("reward", "行政奖励"),
    ("benefit", "行政给付"),
    ("coercion", "行政强制"),
    ("other", "其他"),
];

static ENTITIES: [Column; 13] = [
    column("name", "名称", ColumnKind::Text(80))
        .key()
        .also(&["执法主体", "执法主体名称"]),
    one_of(
        "nature",
        "法定性质",
        &[
            ("organ", "行政机关"),
            ("authorized", "法律法规授权的组织"),
            ("entrusted", "受委托组织"),
        ],
    )
    .required(),
    column("code", "统一社会信用代码", ColumnKind::CreditCode),
    text("duties", "职责").required(),
    text("powers", "权限"),
    column("area", "管辖范围", ColumnKind::Text(200)).required(),
    text("sections", "内设机构"),
    line("address", "地址"),
    line("phone", "联系电话").also(&["联系方式"]),
    text("entrusted_matters", "委托的事项和权限").hint("受委托组织填写（行政处罚法第二十条）。"),
    date("entrusted_from", "委托期限起").unlisted(),
    date("entrusted_until", "委托期限止").end(),
    line("letter_address", "委托书公布的网址").unlisted(),
];

static ITEMS: [Column; 14] = [
    column("code", "事项编码", ColumnKind::Text(60))
        .key_if_any()
        .hint("没有编码的不填；类别、名称和子项相同的是同一项。")
        .also(&[
            "事项代码",
            "权力编码",
            "编码",
            "职权编码",
            "权力代码",
            "职权代码",
        ])
        .habits(&[Habit::Code]),
    one_of("kind", "执法类别", KINDS)
        .required()
        .also(&[
            "权力类型",
            "职权类型",
            "类型",
            "权力类别",
            "职权类别",
            "事项类型",
        ])
        .habits(&[Habit::Carried]),
    column("name", "事项名称", ColumnKind::Text(300))
        .required()
        .also(&[
            "执法事项",
            "权力名称",
            "权力名称(主项)",
            "职权名称",
            "事项名称(主项)",
            "权力事项",
            "权力事项名称",
        ])
        .habits(&[Habit::CarriedWith("part")]),
    line("part", "子项")
        .also(&["权力名称(子项)", "事项名称(子项)", "子项名称"])
        .unlisted(),
    column("basis", "依据", ColumnKind::LongText(4000))
        .required()
        .also(&["法律依据", "设定依据", "法定依据", "实施依据", "执法依据"]),
    column("entity", "执法主体", ColumnKind::Text(80))
        .required()
        .also(&["实施机构", "实施主体", "行使主体", "执法主体名称"])
        .habits(&[Habit::Carried, Habit::OwnBody]),
    line("section", "承办机构")
        .also(&["承办科室", "责任科室"])
        .unlisted(),
    text("duty", "职责").also(&["责任事项"]),
    text("duty_basis", "责任事项依据"),
    text("liability", "追责情形").also(&["追责情形及依据"]),
    line("power", "权限").also(&["管理权限"]),
    line("addressee", "对象").also(&["责任对象范围"]),
    column("rule", "对应的事项", ColumnKind::Choice(Choices::RuledItems))
        .also(&["对应的处罚事项"])
        .hint("行政处罚的，选择随规则发布的事项，罚款幅度由它判断；许可、检查、征收、强制的，选择程序里的事项，权力配置由它认出案件。")
        .unlisted(),
    text("note", "备注"),
];

static BENCHMARKS: [Column; 9] = [
    column("item", "处罚事项", ColumnKind::Choice(Choices::Items))
        .required()
        .also(&["事项名称", "违法行为"])
        .habits(&[Habit::Carried]),
    column("tier", "档次", ColumnKind::Text(20))
        .required()
        .also(&["违法程度", "裁量基准:违法程度", "裁量阶次"]),
    column(
        "condition",
        "适用条件",
        ColumnKind::Condition(Reader::Benchmark),
    )
    .hint("什么情形归这一档，办案时照它判断。适用条件和情节都没有写的，是各档以外的其他情形。"),
    text("circumstances", "情节")
        .hint("基准里的原文，照样公示。只写情节、不写适用条件的，系统不据此判断归哪一档；同一事项的各档，适用条件要么都写，要么都不写。")
        .also(&["违法情节", "裁量基准:违法情节", "适用情形", "裁量情节"]),
    text("standard", "处罚标准")
        .hint("基准里的原文。导入的表没有“最低”“最高”“计”三栏的，照它填写，如“1千元以上不超过1万元”。")
        .also(&[
            "处罚标准(内容)",
            "裁量基准:处罚标准(内容)",
            "裁量基准:处罚标准",
            "处罚幅度",
            "裁量标准",
        ])
        .habits(&[Habit::FineInWords]),
    column("low", "最低", ColumnKind::Decimal),
    column("high", "最高", ColumnKind::Decimal).required(),
    one_of(
        "unit",
        "计",
        &[
            ("yuan", "元"),
            ("per_square_meter", "元每平方米"),
            ("per_cubic_meter", "元每立方米"),
            ("multiple", "倍"),
            ("percent", "法定幅度的百分比"),
        ],
    )
    .required(),
    column("basis", "依据", ColumnKind::Text(300))
        .required()
        .hint("基准由什么文件公布。")
        .also(&["基准依据", "公布文件"])
        .habits(&[Habit::Carried]),
];

static REVIEW_CATALOG: [Column; 9] = [
    one_of("kind", "执法类别", KINDS).required(),
    column("name", "事项", ColumnKind::Text(200))
        .key()
        .also(&["审核事项", "重大执法决定事项"]),
    column("standard", "标准", ColumnKind::LongText(2000))
        .required()
        .also(&["审核标准", "情形"]),
    column(
        "procedure",
        "适用程序",
        ColumnKind::Choice(Choices::Procedures),
    )
    .hint("写了判断条件的须选择；条件里的事实是这个程序的。")
    .unlisted(),
    column(
        "condition",
        "判断条件",
        ColumnKind::Condition(Reader::ReviewCatalog),
    )
    .hint("符合的，提出拟处理意见时必须列入法制审核；没有写的由承办人照标准判断。"),
    text("materials", "审核材料").also(&["送审材料", "需要提交的材料"]),
    column("basis", "依据", ColumnKind::LongText(2000)).also(&["法律依据"]),
    line("section", "承办机构"),
    text("note", "备注"),
];

static SCENES: [Column; 11] = [
    column(
        "kind",
        "执法类别",
        ColumnKind::Several(Choices::Fixed(KINDS)),
    )
    .required()
    .habits(&[Habit::Carried]),
    column("matter", "执法事项", ColumnKind::Text(200))
        .required()
        .habits(&[Habit::Carried]),
    column("stage", "记录环节", ColumnKind::Text(200))
        .required()
        .also(&["关键环节"]),
    column("act", "办理步骤", ColumnKind::Choice(Choices::RecordedActs))
        .hint("办到这一步时，页面上写明怎样记录；没有附上音像文件、没有写明已经记录的，写明原因才能办理，已经发生的记为瑕疵。")
        .unlisted(),
    column("way", "记录方式", ColumnKind::Text(200)).required(),
    line("site", "记录现场"),
    line("begins", "记录开始时间").unlisted(),
    column("content", "记录内容", ColumnKind::LongText(1000)).required(),
    line("ends", "记录结束时间").unlisted(),
    column("kept", "存储期限", ColumnKind::Text(40)).required(),
    text("note", "备注"),
];

static INSPECTION_ITEMS: [Column; 12] = [
    column("name", "抽查事项", ColumnKind::Text(200))
        .key()
        .also(&["检查事项", "随机抽查事项"]),
    column("entity", "抽查主体", ColumnKind::Text(80))
        .required()
        .also(&["检查主体", "抽查责任主体", "实施主体"])
        .habits(&[Habit::Carried, Habit::OwnBody]),
    column("basis", "抽查依据", ColumnKind::LongText(2000))
        .required()
        .also(&["依据"]),
    column("object", "抽查对象", ColumnKind::Text(200))
        .required()
        .also(&["对象"]),
    column("content", "抽查内容", ColumnKind::LongText(2000))
        .required()
        .also(&["内容"]),
    one_of(
        "class",
        "事项类别",
        &[("general", "一般检查事项"), ("key", "重点检查事项")],
    )
    .also(&["事项类别(一般检查事项、重点检查事项)"]),
    column("ratio", "抽查比例", ColumnKind::Text(40))
        .required()
        .also(&["比例"])
        .habits(&[Habit::Share]),
    column("way", "抽查方式", ColumnKind::Text(100))
        .required()
        .also(&["方式"]),
    column("frequency", "抽查频次", ColumnKind::Text(40))
        .required()
        .also(&["抽查频率", "频次"]),
    column("cap", "同一企业年度频次上限", ColumnKind::Number)
        .hint("涉企检查须公布年度频次上限（国办发〔2024〕54号）。"),
    date("published_on", "公布日期"),
    line("published_at", "公布网址").unlisted(),
];

static GUIDES: [Column; 18] = [
    column("name", "事项名称", ColumnKind::Text(200)).key(),
    column("basis", "依据", ColumnKind::LongText(4000))
        .required()
        .unlisted(),
    column("accepts", "受理机构", ColumnKind::Text(80)).required(),
    column("approves", "审批机构", ColumnKind::Text(80)).required(),
    text("conditions", "许可条件").required(),
    text("favors", "优惠政策").required().hint("没有的写“无”。"),
    text("materials", "申请材料").required(),
    text("flow", "办理流程").required(),
    column("period", "办理时限", ColumnKind::Text(200)).required(),
    text("supervision", "监督方式").required(),
    text("liability", "责任追究").required(),
    text("remedies", "救济渠道").required(),
    column("hours", "办公时间", ColumnKind::Text(100))
        .required()
        .unlisted(),
    column("address", "办公地址", ColumnKind::Text(200))
        .required()
        .unlisted(),
    column("phone", "办公电话", ColumnKind::Text(60)).required(),
    column(
        "procedure",
        "办理程序",
        ColumnKind::Choice(Choices::Procedures),
    )
    .unlisted(),
    date("filed_on", "报司法行政部门备案日期").hint("备案以后才能公示（实施方案第8项）。"),
    line("filed_as", "备案文号").unlisted(),
];

static FLOWCHARTS: [Column; 6] = [
    column("procedure", "程序", ColumnKind::Choice(Choices::Procedures)).required(),
    column("title", "流程图名称", ColumnKind::Text(100)).key(),
    column("phases", "只画的阶段", ColumnKind::Text(200)).hint(
        "只画其中几个阶段的，写阶段的名称，中间用顿号；法制审核流程图就这样画。不写的画整个程序。",
    ),
    text("note", "说明"),
    date("filed_on", "报司法行政部门备案日期"),
    line("filed_as", "备案文号").unlisted(),
];

static CLAUSE: [Column; 3] = [
    column("clause", "条款", ColumnKind::Text(40)).required(),
    column("says", "内容", ColumnKind::Text(1000)).required(),
    column("rule", "对应的条目", ColumnKind::Choice(Choices::Rules))
        .hint("这一条由系统里的哪一条规则落实；没有的留空。"),
];

static POLICIES: [Column; 15] = [
    column("name", "名称", ColumnKind::Text(120)).key(),
    one_of(
        "kind",
        "类别",
        &[
            ("measures", "办法"),
            ("list", "清单"),
            ("chart", "流程图"),
            ("guide", "指南"),
            ("institution", "制度"),
        ],
    )
    .required(),
    column("number", "文号", ColumnKind::Text(80)),
    column("drafted_by", "起草科室", ColumnKind::Text(60)).required(),
    date("drafted_on", "起草日期").unlisted(),
    text("text", "全文"),
    column("clauses", "条款", ColumnKind::Rows(&CLAUSE)).unlisted(),
    date("reviewed_on", "合法性审核日期"),
    line("reviewed_by", "合法性审核人").unlisted(),
    date("deliberated_on", "集体审议日期"),
    line("deliberation", "审议会议").unlisted(),
    date("issued_on", "印发日期"),
    date("filed_on", "报司法行政部门备案日期"),
    line("filed_as", "备案文号").unlisted(),
    text("revision", "修订说明"),
];

static PHRASES: [Column; 5] = [
    column("act", "办理步骤", ColumnKind::Choice(Choices::Acts))
        .required()
        .hint("办到这一步时，页面上提示。"),
    column("scene", "场合", ColumnKind::Text(80)).required(),
    column("says", "规范用语", ColumnKind::LongText(1000)).required(),
    text("avoids", "禁忌用语"),
    line("basis", "来源").unlisted(),
];

static WINDOWS: [Column; 11] = [
    column("window", "窗口", ColumnKind::Text(60)).required(),
    column("unit", "单位", ColumnKind::Text(80)).required(),
    column("name", "姓名", ColumnKind::Text(40)).required(),
    column("post", "职务", ColumnKind::Text(60)).required(),
    column("kinds", "执法种类", ColumnKind::Text(100)).required(),
    column("duties", "岗位职责", ColumnKind::LongText(1000)).required(),
    text("samples", "申请材料示范文本"),
    line("progress", "办理进度查询").unlisted(),
    line("advice", "咨询服务"),
    line("complaints", "投诉举报"),
    column("credential", "执法证号", ColumnKind::Text(60)).unlisted(),
];

const fn published(
    name: RegisterName,
    (id, chinese, about): (&'static str, &'static str, &'static str),
    (prefix, title): (&'static str, &'static str),
    columns: &'static [Column],
) -> Declared {
    Declared {
        name,
        id,
        chinese,
        about,
        group: Group::Published,
        row_name: "编号",
        prefix,
        title,
        identity: &[],
        sensitivity: Sensitivity::Public,
        is_read_by_decisions: false,
        is_offered: false,
        is_published: true,
        published_by: "",
        is_board: false,
        review: BY_LEGAL_REVIEWERS,
        columns,
    }
}

pub(super) static DECLARED: [Declared; 11] = [
    Declared {
        is_read_by_decisions: true,
        is_offered: false,
        ..published(
            RegisterName::Entities,
            (
                "entities",
                "执法主体",
                "谁有权执法：行政机关、授权组织、受委托组织，各自的职责、权限和管辖范围，委托书。",
            ),
            ("z", "name"),
            &ENTITIES,
        )
    },
    Declared {
        is_read_by_decisions: true,
        identity: &["kind", "name", "part"],
        ..published(
            RegisterName::Items,
            (
                "items",
                "执法事项清单",
                "本机关可以办的每一件事：编码、类别、依据、主体、职责、权限。",
            ),
            ("s", "name"),
            &ITEMS,
        )
    },
    Declared {
        is_read_by_decisions: true,
        is_offered: false,
        identity: &["item", "tier", "condition", "circumstances"],
        ..published(
            RegisterName::Benchmarks,
            (
                "benchmarks",
                "裁量权基准",
                "每项处罚按情节分几档、每档罚多少。不得超出法定幅度。",
            ),
            ("c", ""),
            &BENCHMARKS,
        )
    },
    Declared {
        is_read_by_decisions: true,
        is_offered: false,
        ..published(
            RegisterName::ReviewCatalog,
            (
                "review_catalog",
                "重大执法决定法制审核目录",
                "哪些决定须经法制审核，按什么标准，交哪些材料。写了判断条件的，办案时照它判断。",
            ),
            ("m", "name"),
            &REVIEW_CATALOG,
        )
    },
    Declared {
        is_read_by_decisions: true,
        identity: &["kind", "matter", "stage"],
        ..published(
            RegisterName::Scenes,
            (
                "scenes",
                "音像记录事项清单",
                "哪些环节录音录像，怎样录，录什么，存多久。写了办理步骤的，办案时照它要求。",
            ),
            ("y", "stage"),
            &SCENES,
        )
    },
    Declared {
        is_read_by_decisions: true,
        is_offered: false,
        ..published(
            RegisterName::InspectionItems,
            (
                "inspection_items",
                "随机抽查事项清单",
                "抽查的主体、依据、对象、内容、比例、方式、频次。",
            ),
            ("j", "name"),
            &INSPECTION_ITEMS,
        )
    },
    published(
        RegisterName::Guides,
        (
            "guides",
            "服务指南",
            "办事的人要知道的十五项内容；报司法行政部门备案后公示。",
        ),
        ("g", "name"),
        &GUIDES,
    ),
    published(
        RegisterName::Flowcharts,
        (
            "flowcharts",
            "流程图",
            "每类执法行为的流程图，由正在运行的程序画出，不上传。",
        ),
        ("l", "title"),
        &FLOWCHARTS,
    ),
    published(
        RegisterName::Policies,
        (
            "policies",
            "制度文件",
            "三项制度的办法、清单、指南和各项制度：从起草到公开，每一条由哪条规则落实。",
        ),
        ("d", "name"),
        &POLICIES,
    ),
    Declared {
        identity: &["act", "scene"],
        ..published(
            RegisterName::Phrases,
            (
                "phrases",
                "用语指引",
                "执法时怎样说：办到那一步时提示规范用语。",
            ),
            ("h", "scene"),
            &PHRASES,
        )
    },
    Declared {
        is_board: true,
        identity: &["window", "name"],
        ..published(
            RegisterName::Windows,
            (
                "windows",
                "服务窗口岗位",
                "政务服务窗口的岗位信息公示牌：谁、办什么、怎样咨询和投诉。",
            ),
            ("k", "name"),
            &WINDOWS,
        )
    },
];
