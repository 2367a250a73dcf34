//! With what, where and for whom the agency works.

use super::{Column, Declared, Group, Review, column, date, line, one_of, text};
use crate::register::RegisterName;
use crate::register::columns::{Choices, ColumnKind};
use proof::Sensitivity;

static DEVICES: [Column; 14] = [
    column("code", "设备编号", ColumnKind::Text(60)).key(),
    column("name", "名称", ColumnKind::Text(80)).required(),
    one_of(
        "kind",
        "类别",
        &[
            ("recorder", "执法记录仪"),
            ("terminal", "手持终端"),
            ("camera", "照相机、摄像机"),
            ("station", "采集站"),
            ("interview_room", "询问室"),
            ("hearing_room", "听证室"),
            ("monitor", "电子监控设备"),
            ("other", "其他"),
        ],
    )
    .required(),
    line("model", "型号").inward().unlisted(),
    column("section", "配备科室", ColumnKind::Text(60)).inward(),
    column("keeper", "保管人", ColumnKind::Choice(Choices::People)).inward(),
    date("in_use_from", "启用日期").inward(),
    one_of(
        "state",
        "状态",
        &[("in_use", "在用"), ("repair", "维修"), ("scrapped", "报废")],
    )
    .required(),
    line("place", "设置地点").hint("电子监控设备、询问室、听证室填写。"),
    date("legal_review_on", "法制审核日期")
        .hint("电子监控设备须经法制和技术审核，设置地点向社会公布（行政处罚法第四十一条）。"),
    date("technical_review_on", "技术审核日期"),
    line("published_at", "设置地点公布的网址")
        .inward()
        .unlisted(),
    date("checked_until", "检定有效期止").unlisted().end(),
    text("note", "备注").inward(),
];

static COUNSEL: [Column; 9] = [
    column("name", "姓名", ColumnKind::Text(40)).required(),
    one_of(
        "kind",
        "类别",
        &[("counsel", "法律顾问"), ("public_lawyer", "公职律师")],
    )
    .required(),
    column("unit", "单位", ColumnKind::Text(80)).required(),
    column("license", "执业证号", ColumnKind::Text(40)).key(),
    date("from", "聘期起").required(),
    date("until", "聘期止").end(),
    line("fields", "擅长领域"),
    line("phone", "联系电话").unlisted(),
    column("is_shared", "可供系统内统筹调用", ColumnKind::Yes),
];

static ENTERPRISES: [Column; 10] = [
    column("name", "名称", ColumnKind::Text(100))
        .required()
        .also(&["企业名称", "单位名称", "相对人名称"]),
    column("code", "统一社会信用代码", ColumnKind::CreditCode)
        .key()
        .also(&["社会信用代码", "信用代码"]),
    one_of(
        "kind",
        "类型",
        &[
            ("enterprise", "企业"),
            ("individual", "个体工商户"),
            ("institution", "事业单位"),
            ("organ", "机关"),
            ("village", "村集体"),
            ("other", "其他组织"),
        ],
    )
    .required(),
    column(
        "representative",
        "法定代表人或者负责人",
        ColumnKind::Text(40),
    )
    .also(&["法定代表人", "负责人"]),
    column("address", "住所", ColumnKind::Text(200)).also(&["地址", "注册地址"]),
    column("phone", "联系电话", ColumnKind::Text(60))
        .also(&["电话"])
        .unlisted(),
    column("trade", "行业", ColumnKind::Text(60)),
    column("district", "县区", ColumnKind::Text(40)).also(&["所在县区"]),
    column("is_key", "重点监管对象", ColumnKind::Yes),
    text("note", "备注"),
];

static SITES: [Column; 12] = [
    column("code", "场所编号", ColumnKind::Text(60)).key(),
    column("name", "名称", ColumnKind::Text(120)).required(),
    one_of(
        "kind",
        "类别",
        &[
            ("intake", "取水口"),
            ("well", "机井"),
            ("river", "河段"),
            ("reservoir", "水库"),
            ("project", "建设项目"),
            ("spoil", "弃渣场"),
            ("outlet", "退水口"),
            ("other", "其他"),
        ],
    )
    .required(),
    column(
        "holder",
        "所属单位",
        ColumnKind::Reference(RegisterName::Enterprises),
    )
    .hint("填企业名录里的编号、名称或者信用代码。"),
    column("place", "地点", ColumnKind::Text(200)).required(),
    column("district", "县区", ColumnKind::Text(40)),
    one_of(
        "basin",
        "流域",
        &[("yellow", "黄河"), ("haihe", "海河"), ("other", "其他")],
    ),
    one_of(
        "source",
        "水源",
        &[("surface", "地表水"), ("ground", "地下水")],
    ),
    one_of(
        "zone",
        "地下水管控区",
        &[
            ("none", "不在禁采区、限采区"),
            ("banned", "禁采区"),
            ("limited", "限采区"),
        ],
    ),
    column("license", "许可证号", ColumnKind::Text(60)),
    date("license_until", "许可有效期止").end(),
    text("note", "备注"),
];

static BANKS: [Column; 6] = [
    column("name", "代收机构", ColumnKind::Text(80)).required(),
    column("account", "账号", ColumnKind::Text(60))
        .key()
        .unlisted(),
    column("address", "地址", ColumnKind::Text(200)).required(),
    date("agreed_on", "代收罚款协议签订日期").required(),
    date("filed_on", "协议备案日期").hint("自签订之日起十五日内备案（罚缴分离办法第六条）。"),
    date("ends_on", "协议终止日期").end(),
];

static ABSTRACTION: [Column; 9] = [
    column("license", "许可证号", ColumnKind::Text(60))
        .required()
        .also(&["取水许可证编号"]),
    column(
        "holder",
        "取水单位",
        ColumnKind::Reference(RegisterName::Enterprises),
    )
    .required(),
    one_of(
        "matter",
        "事项",
        &[
            ("yearly", "年度取水情况和下年度计划建议"),
            ("emergency", "临时应急取水、排水备案"),
        ],
    )
    .required(),
    column("year", "年度", ColumnKind::Number).hint("年度报送的填写。"),
    date("ended_on", "临时应急取水、排水结束日期").hint("临时应急的填写。"),
    date("reported_on", "报送、备案日期"),
    column("quantity", "取水量（立方米）", ColumnKind::Number),
    column("planned", "下年度计划建议（立方米）", ColumnKind::Number).unlisted(),
    text("note", "备注"),
];

static DRAWS: [Column; 38] = [
    column("code", "抽取编号", ColumnKind::Text(60)).key(),
    one_of("kind", "类别", &[("batch", "批次"), ("object", "抽中对象")]).required(),
    column("item", "抽查事项", ColumnKind::Text(200)).required(),
    column("name", "名称", ColumnKind::Text(240)).required(),
    column("officers", "抽中人员", ColumnKind::Text(500)),
    date("drawn_on", "抽取日期"),
    column("supervisor", "监督人", ColumnKind::Choice(Choices::People)),
    column("operator", "准备人", ColumnKind::Choice(Choices::People)).unlisted(),
    column("batch", "批次编号", ColumnKind::Text(60)).unlisted(),
    column("item_id", "抽查事项编号", ColumnKind::Text(60)).unlisted(),
    column("object", "对象编号", ColumnKind::Text(60)).unlisted(),
    column(
        "holder",
        "所属单位",
        ColumnKind::Reference(RegisterName::Enterprises),
    )
    .unlisted(),
    column("holder_name", "所属单位名称", ColumnKind::Text(100)).unlisted(),
    column("holder_code", "所属单位信用代码", ColumnKind::Text(40)).unlisted(),
    column("site", "场所编号", ColumnKind::Text(60)).unlisted(),
    line("officer_ids", "抽中人员编号").unlisted(),
    column("reserves", "候补", ColumnKind::Text(500)).unlisted(),
    line("reserve_ids", "候补人员编号").unlisted(),
    column("result", "抽取结果", ColumnKind::LongText(200_000)).unlisted(),
    column("from", "对象来源", ColumnKind::Text(60)).unlisted(),
    column("district", "县区", ColumnKind::Text(40)).unlisted(),
    column("is_key_only", "只抽重点监管对象", ColumnKind::Yes).unlisted(),
    column("section", "人员所在科室", ColumnKind::Text(60)).unlisted(),
    line("scope", "对象范围").unlisted(),
    column("count", "抽取数量", ColumnKind::Number).unlisted(),
    column("least", "清单比例要求的数量", ColumnKind::Number).unlisted(),
    column("each", "每个对象的人数", ColumnKind::Number).unlisted(),
    column("object_pool", "检查对象库", ColumnKind::Text(400)).unlisted(),
    column("officer_pool", "执法人员库", ColumnKind::Text(400)).unlisted(),
    column("recusals_said", "须回避的", ColumnKind::LongText(20_000)).unlisted(),
    column("recusals", "须回避的编号", ColumnKind::LongText(40_000)).unlisted(),
    column("commitment", "抽取以前的摘要", ColumnKind::Text(64)).unlisted(),
    column("secret", "系统随机数", ColumnKind::Text(64)).unlisted(),
    column("said", "监督人报的数", ColumnKind::Text(40)).unlisted(),
    line("seed", "算法和种子").unlisted(),
    column("objects", "对象库各行", ColumnKind::LongText(4_000_000)).unlisted(),
    column("people", "人员库各行", ColumnKind::LongText(400_000)).unlisted(),
    text("reason", "再次抽取或者少于比例的理由"),
];

const fn resource(
    name: RegisterName,
    (id, chinese, about): (&'static str, &'static str, &'static str),
    (prefix, title): (&'static str, &'static str),
    sensitivity: Sensitivity,
    columns: &'static [Column],
) -> Declared {
    Declared {
        name,
        id,
        chinese,
        about,
        group: Group::Resources,
        row_name: "编号",
        prefix,
        title,
        identity: &[],
        sensitivity,
        is_read_by_decisions: false,
        is_offered: false,
        is_published: false,
        published_by: "",
        is_board: false,
        review: Review::Colleague,
        columns,
    }
}

pub(super) static DECLARED: [Declared; 7] = [
    Declared {
        is_read_by_decisions: true,
        // Of the devices only those that record by themselves are for the public (行政处罚法 41): they alone have a review.
        is_published: true,
        published_by: "legal_review_on",
        ..resource(
            RegisterName::Devices,
            (
                "devices",
                "设备和场所",
                "音像记录设备、采集站、询问室、听证室和电子监控设备。",
            ),
            ("b", "name"),
            Sensitivity::Public,
            &DEVICES,
        )
    },
    Declared {
        is_offered: true,
        ..resource(
            RegisterName::Counsel,
            (
                "counsel",
                "法律顾问和公职律师",
                "重大复杂疑难案件请谁研究，聘期到什么时候。",
            ),
            ("v", "name"),
            Sensitivity::Personal,
            &COUNSEL,
        )
    },
    Declared {
        is_offered: true,
        ..resource(
            RegisterName::Enterprises,
            (
                "enterprises",
                "企业名录",
                "检查、许可和处罚的对象；表单里的当事人从这里选用。",
            ),
            ("q", "name"),
            Sensitivity::Personal,
            &ENTERPRISES,
        )
    },
    Declared {
        is_offered: true,
        ..resource(
            RegisterName::Sites,
            (
                "sites",
                "场所名录",
                "取水口、河段、水库、建设项目：在哪里、属于谁、哪个流域。",
            ),
            ("x", "name"),
            Sensitivity::Personal,
            &SITES,
        )
    },
    resource(
        RegisterName::Banks,
        (
            "banks",
            "罚款代收机构",
            "罚款缴到哪里，代收协议什么时候签订、备案。",
        ),
        ("r", "name"),
        Sensitivity::Personal,
        &BANKS,
    ),
    Declared {
        identity: &["license", "matter", "year", "ended_on"],
        ..resource(
            RegisterName::Abstraction,
            (
                "abstraction",
                "取水监管",
                "取水单位每年报送的取水情况和计划建议，临时应急取水的备案。",
            ),
            ("t", "license"),
            Sensitivity::Personal,
            &ABSTRACTION,
        )
    },
    Declared {
        is_read_by_decisions: true,
        review: Review::Role {
            id: "draw_supervisor",
            name: "抽取监督人",
        },
        ..resource(
            RegisterName::Draws,
            (
                "draws",
                "抽取记录",
                "双随机抽查抽中了哪些对象、哪些人员：先封存、后报数，谁都可以复算。",
            ),
            ("cq", "name"),
            Sensitivity::Personal,
            &DRAWS,
        )
    },
];
