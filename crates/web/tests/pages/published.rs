//! Lists in the shapes in which agencies really publish them: read into the register that fits, twice without a change,
//! and not at all with one bad row.

use crate::desk::Answer;
use crate::import::Part::{self, Field, File};
use crate::tables::{Desk, desk};
use app::register::{BatchDrafting, BatchLine, RegisterName, Reviewing, Ruling, Wanted};
use axum::http::StatusCode;
use rust_xlsxwriter::{Format, Workbook};
use serde_json::json;

/// A list, as a file.
struct List<'a> {
    register: &'a str,
    file: &'a str,
    content: Vec<u8>,
    /// What is said of columns that it does not have.
    given: &'a [(&'a str, &'a str)],
}

impl List<'_> {
    fn of<'a>(register: &'a str, table: &str) -> List<'a> {
        List {
            register,
            file: "清单.csv",
            content: table.as_bytes().to_vec(),
            given: &[],
        }
    }

    async fn send(&self, desk: &Desk, more: &[Part<'_>]) -> Answer {
        let given: Vec<(String, &str)> = self
            .given
            .iter()
            .map(|(column, value)| (format!("given.{column}"), *value))
            .collect();
        let mut parts: Vec<Part<'_>> = given
            .iter()
            .map(|(name, value)| Field(name, value))
            .collect();
        for part in more {
            parts.push(match part {
                Field(name, value) => Field(name, value),
                File(field, name, content) => File(field, name, content),
            });
        }
        desk.import(self.register, &parts).await
    }

    async fn check(&self, desk: &Desk) -> Answer {
        let file = File("workbook", self.file, &self.content);
        self.send(desk, &[file]).await
    }

    fn drafts(&self, desk: &Desk) -> usize {
        let register = RegisterName::parse(self.register).unwrap();
        desk.browser.office.standing().drafts(register).count()
    }

    #[track_caller]
    fn says(&self, answer: &Answer, status: StatusCode, texts: &[&str]) {
        assert_eq!(answer.status, status, "{}", answer.text);
        for text in texts {
            assert!(answer.text.contains(text), "{text}: {}", answer.text);
        }
    }

    /// The preview tells these; it is drafted and approved, and the same list again changes nothing.
    async fn comes_in_once(&self, desk: &Desk, rows: usize, texts: &[&str]) {
        let seen = self.check(desk).await;
        self.says(&seen, StatusCode::OK, texts);
        let count = format!("新增{rows}行，变更0行，停用0行");
        self.says(&seen, StatusCode::OK, &[&count]);
        assert_eq!(self.drafts(desk), 0, "a preview drafts nothing");
        let kept = seen.hidden("kept.workbook");
        let kept = kept.replace("&quot;", "\"").replace("&#34;", "\"");
        let parts = [Field("kept.workbook", &kept), Field("go", "1")];
        let go = self.send(desk, &parts).await;
        assert_eq!(go.status, StatusCode::SEE_OTHER, "{}", go.text);
        let approved = desk.approve(go.location()).await;
        assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
        // Nobody has to say again what the rows hold by now.
        let bare = List {
            given: &[],
            content: self.content.clone(),
            ..*self
        };
        for again in [self, &bare] {
            let answer = again.check(desk).await;
            let same = format!("{rows}行与现在的登记相同");
            self.says(&answer, StatusCode::UNPROCESSABLE_ENTITY, &[&same]);
        }
    }

    /// With one bad row nothing comes in, and row, column and reason are told.
    async fn is_refused(&self, desk: &Desk, (row, column, why): (u32, &str, &str)) {
        let before = self.drafts(desk);
        let answer = self.check(desk).await;
        let cell = format!("<td>第{row}行</td><td>{column}</td>");
        let texts = ["没有导入，什么也没有改动", &cell, why];
        self.says(&answer, StatusCode::UNPROCESSABLE_ENTITY, &texts);
        assert_eq!(self.drafts(desk), before);
    }
}

#[tokio::test]
async fn items_without_codes_are_known_by_kind_and_name() {
    let desk = desk();
    let head = "2021年执法事项清单(共105项),,,,,,\n\
        序号,权力类型,执法事项,依据,执法主体,职责,权限\n\
        1,行政许可,取水许可,《水法》第48条;《取水许可和水资源费征收管理条例》第11条,某县水务局,取水许可审批,某县\n\
        2,行政许可,\"建设项目水土\n保持方案审批\",《水土保持法》第25条,某县水务局,方案审批,某县\n";
    let bad = format!("{head}3,行政处发,某项,《水法》第69条,某县水务局,,\n");
    List::of("items", &bad)
        .is_refused(&desk, (5, "执法类别", "没有“行政处发”这一项"))
        .await;
    let good = format!(
        "{head}3,其他类,水利工程开工备案,《水利工程建设程序管理暂行规定》,某县水务局,,\n合计,105,,,,,\n"
    );
    let texts = [
        "“其他类”读作“其他”",
        "不是内容、没有导入的行：第6行“合计 105”",
        "建设项目水土保持方案审批",
    ];
    List::of("items", &good)
        .comes_in_once(&desk, 3, &texts)
        .await;
    assert_eq!(desk.cell(RegisterName::Items, "s03", "kind"), "other");
    assert_eq!(desk.cell(RegisterName::Items, "s01", "code"), json!(null));

    // Once there is a code, it is the same row that gets it.
    let coded = "事项编码,权力类型,执法事项\nXK-01,行政许可,取水许可\n";
    let seen = List::of("items", coded).check(&desk).await;
    assert!(seen.text.contains("新增0行，变更1行"), "{}", seen.text);
}

#[tokio::test]
async fn the_list_of_one_agency_does_not_say_whose_it_is() {
    let head = "序号,职权类型,事项代码,事项名称,法律依据,备注\n\
        1,行政处罚,３３０２１９２３４０００,对招标人不按核准内容进行招标的行政处罚,《某省招标投标条例》第十一条、第五十一条第二项,\n\
        2,行政处罚,330219235000,对不重新招标的行政处罚,《某省招标投标条例》第二十三条,\n";
    let desk = desk();
    let name = desk.browser.office.agency().name.clone();
    let bad =
        format!("{head}3,行政处罚,330219234000,对另一件事的行政处罚,《某省招标投标条例》第九条,\n");
    List::of("items", &bad)
        .is_refused(&desk, (4, "事项编码", "已经登记在"))
        .await;
    let own = format!("name=\"given.entity\" value=\"{name}\"");
    List::of("items", head)
        .comes_in_once(&desk, 2, &[&own])
        .await;
    assert_eq!(
        desk.cell(RegisterName::Items, "s01", "entity"),
        name.as_str()
    );
    let code = desk.cell(RegisterName::Items, "s01", "code");
    assert_eq!(code, "330219234000", "full-width signs are plain ones");
}

#[tokio::test]
async fn main_items_have_parts_and_merged_cells_say_what_stands_above() {
    let head = "填报单位（盖章）：某局,,填报人：某某,,,,,,,\n\
        序号,权力类型,权力名称（主项）,权力名称（子项）,权力编码,设定依据,责任事项,责任事项依据,承办机构,责任对象范围\n\
        1,行政许可,权限内洪水影响评价类审批,,XK1400100011522427009668517R14522427,《水法》第十九条、第三十八条,,,,\n\
        2,行政许可,取水许可,取水许可（新办）,,《水法》第四十八条,受理；审查,,水资源股,取水单位\n";
    let desk = desk();
    let bad = format!("{head}3,,,取水许可（延续）,,,,,水资源股,\n");
    List::of("items", &bad)
        .is_refused(&desk, (5, "依据", "请填写“依据”"))
        .await;
    let good = format!("{head}3,,,取水许可（延续）,,《水法》第四十八条,,,水资源股,\n");
    let texts = ["空着或者写着“同上”，照上一行的：事项名称1行，执法类别1行"];
    List::of("items", &good)
        .comes_in_once(&desk, 3, &texts)
        .await;
    let cell = |column: &str| desk.cell(RegisterName::Items, "s03", column);
    assert_eq!(
        (cell("name"), cell("part")),
        ("取水许可".into(), "取水许可（延续）".into())
    );
    assert_eq!(cell("section"), "水资源股");
}

#[tokio::test]
async fn a_kind_with_a_number_in_front_is_that_kind() {
    let head = "权力类型,事项名称,实施依据,责任事项,追责情形\n\
        1 行政许可,水利基建项目初步设计文件审批,国务院决定第172项等,\"公示环节责任\n受理环节责任\",不依法履行职责的\n";
    let desk = desk();
    let bad = format!("{head}1 行政许可,水利基建项目初步设计文件审批,别的依据,,\n");
    List::of("items", &bad)
        .is_refused(&desk, (3, "事项名称", "与第2行是同一项，其他栏却不一样"))
        .await;
    let texts = ["“1 行政许可”读作“行政许可”"];
    List::of("items", head)
        .comes_in_once(&desk, 1, &texts)
        .await;
    let liability = desk.cell(RegisterName::Items, "s01", "liability");
    assert_eq!(liability, "不依法履行职责的");
}

#[tokio::test]
async fn a_page_of_one_power_tells_what_of_it_was_not_taken() {
    let head = "职权名称,编码,类型,法定依据,实施机构,管理权限,管理权限说明,运行流程,责任事项,监督方式,流程图\n";
    let rest = "某区水务局,区级权限,区县权限,责令限期缴费→决定加处,1.沟通 2.实施,部门电话,有\n";
    let name = "对拒不缴纳水土保持补偿费的加处滞纳金";
    let desk = desk();
    let bad = format!("{head}{name},120112SWJQZ09010,行政强制,,{rest}");
    List::of("items", &bad)
        .is_refused(&desk, (2, "依据", "请填写“依据”"))
        .await;
    let good =
        format!("{head}{name},120112SWJQZ09010,行政强制,《水土保持法》(2010)第五十七条,{rest}");
    let texts = ["没有读懂、不导入的栏：管理权限说明、运行流程、监督方式、流程图"];
    List::of("items", &good)
        .comes_in_once(&desk, 1, &texts)
        .await;
    assert_eq!(desk.cell(RegisterName::Items, "s01", "power"), "区级权限");
}

#[tokio::test]
async fn a_scene_may_be_of_several_kinds() {
    let title = "序号,执法类别,执法事项,记录环节,记录方式,记录开始时间,记录内容,记录结束时间,存储期限,备注\n";
    let first = "1,行政检查,全部检查事项,现场检查全过程,执法记录仪、照相机、摄像机等记录,执法人员抵达现场,执法过程,执法人员离开现场,永久,\n";
    let rest = "2,行政处罚,全部处罚事项,调查取证全过程,同上,执法人员抵达现场,执法过程,执法人员离开现场,永久,\n\
        3,行政处罚,全部处罚事项,听证会全过程,同上,听证会开始,听证会全程,听证会结束,永久,\n\
        4,行政处罚、行政检查,全部处罚、检查事项,现场制作询问笔录及相关文书,同上,制作文书开始,制作过程,当事人签字结束,永久,\n";
    let desk = desk();
    List::of("scenes", &format!("{title}{rest}"))
        .is_refused(&desk, (2, "记录方式", "上面没有可以照写的内容"))
        .await;
    let texts = ["照上一行的：记录方式3行"];
    List::of("scenes", &format!("{title}{first}{rest}"))
        .comes_in_once(&desk, 4, &texts)
        .await;
    let cell = |column: &str| desk.cell(RegisterName::Scenes, "y04", column);
    assert_eq!(cell("kind"), json!(["penalty", "inspection"]));
    assert_eq!(cell("way"), "执法记录仪、照相机、摄像机等记录");
}

/// 随机抽查事项清单 with a merged body and shares as numbers; `odd` is the share of the last row.
fn draw_list(odd: f64) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let format = Format::new();
    let heads = [
        "序号",
        "抽查事项",
        "检查主体",
        "事项类别（一般检查事项、重点检查事项）",
        "抽查比例",
        "抽查频率",
    ];
    for (column, head) in (0..).zip(heads) {
        sheet.write_string(0, column, head).unwrap();
    }
    for (row, (name, share)) in (1..).zip([
        ("对生产建设项目水土保持方案的行政检查", 0.03),
        ("对节约用水的行政检查", odd),
    ]) {
        sheet.write_number(row, 0, row).unwrap();
        sheet.write_string(row, 1, name).unwrap();
        sheet.write_string(row, 3, "一般检查事项").unwrap();
        sheet.write_number(row, 4, share).unwrap();
        sheet.write_string(row, 5, "3次/年").unwrap();
    }
    sheet.merge_range(1, 2, 2, 2, "市水利局", &format).unwrap();
    workbook.save_to_buffer().unwrap()
}

#[tokio::test]
async fn what_a_list_has_no_column_for_is_said_once_for_all_rows() {
    let desk = desk();
    let given = [
        ("basis", "《水法》第五十九条"),
        ("object", "取用水单位和个人"),
        ("content", "水土保持方案和用水情况"),
        ("way", "现场检查"),
    ];
    let list = |content: Vec<u8>| List {
        register: "inspection_items",
        file: "抽查.xlsx",
        content,
        given: &given,
    };
    let unsaid = List {
        given: &given[..3],
        ..list(draw_list(0.1))
    };
    unsaid
        .is_refused(
            &desk,
            (1, "抽查方式", "表里没有“抽查方式”这一栏；全部行相同的"),
        )
        .await;
    let answer = unsaid.check(&desk).await;
    let texts = [
        "name=\"given.way\"",
        "aria-invalid=\"true\"",
        "《水法》第五十九条",
    ];
    unsaid.says(&answer, StatusCode::UNPROCESSABLE_ENTITY, &texts);
    assert!(
        !answer.text.contains("请填写“抽查方式”"),
        "asked once: {}",
        answer.text
    );

    list(draw_list(3.0))
        .is_refused(&desk, (3, "抽查比例", "看不出是不是百分比"))
        .await;
    list(draw_list(0.1)).comes_in_once(&desk, 2, &[]).await;
    let cell = |column: &str| desk.cell(RegisterName::InspectionItems, "j02", column);
    assert_eq!(
        (cell("ratio"), cell("entity")),
        ("10%".into(), "市水利局".into())
    );
    assert_eq!(cell("way"), "现场检查");
}

/// 权力事项 and 裁量基准 in one table, two lines of headings, the item merged over its tiers.
fn powers_with_tiers(last: &str) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let format = Format::new();
    for (column, head) in [
        (0, "执法类别"),
        (1, "事项名称"),
        (2, "事项编码"),
        (3, "执法依据"),
        (7, "承办机构"),
        (8, "办理时限"),
    ] {
        sheet
            .merge_range(0, column, 1, column, head, &format)
            .unwrap();
    }
    sheet.merge_range(0, 4, 0, 6, "裁量基准", &format).unwrap();
    for (column, head) in [(4, "违法程度"), (5, "违法情节"), (6, "处罚标准（内容）")]
    {
        sheet.write_string(1, column, head).unwrap();
    }
    for (column, text) in [
        (0, "行政处罚类"),
        (1, "在河道管理范围内修建妨碍行洪的建筑物、构筑物等的处罚"),
        (2, "xzcf-0001"),
        (3, "《水法》65;《防洪法》55"),
        (7, "某水政监察大队"),
        (8, "最长90个工作日"),
    ] {
        sheet
            .merge_range(2, column, 4, column, text, &format)
            .unwrap();
    }
    for (row, (tier, circumstances, fine)) in (2..).zip([
        ("一般", "建筑面积不满100平方米", "1千元以上不超过1万元"),
        ("较重", "100—300平方米", "1万元以上不超过2万元"),
        ("严重", "300平方米以上", last),
    ]) {
        sheet.write_string(row, 4, tier).unwrap();
        sheet.write_string(row, 5, circumstances).unwrap();
        sheet.write_string(row, 6, fine).unwrap();
    }
    workbook.save_to_buffer().unwrap()
}

/// Says in the list of items which item of the rules a row is.
async fn names_its_rule(desk: &Desk, id: &str, rule: &str) {
    let office = &desk.browser.office;
    let standing = office.fresh_standing().await.unwrap();
    let version = standing.row(RegisterName::Items, id, standing.day).unwrap();
    let mut row = version.row.as_deref().unwrap().clone();
    row.insert("rule".to_owned(), rule.into());
    let drafting = BatchDrafting {
        register: RegisterName::Items,
        lines: vec![BatchLine {
            row: id.to_owned(),
            wanted: Wanted::Put(row),
        }],
        effective_from: standing.day,
        by: "p08".to_owned(),
        reason: "对应规则".to_owned(),
    };
    let draft = office.draft_batch(&drafting, "rule").await.unwrap();
    let reviewing = Reviewing {
        register: RegisterName::Items,
        draft,
        is_passed: true,
        by: "p07".to_owned(),
        opinion: String::new(),
    };
    office.review_change(&reviewing, "reviewed").await.unwrap();
    let ruling = Ruling {
        register: RegisterName::Items,
        draft,
        is_approved: true,
        by: "p06".to_owned(),
        opinion: String::new(),
    };
    office.rule_on_change(&ruling, "ruled").await.unwrap();
}

#[tokio::test]
async fn powers_and_tiers_in_one_table_fill_two_registers() {
    let desk = desk();
    let list = |register: &'static str, last: &str| List {
        register,
        file: "权力事项.xlsx",
        content: powers_with_tiers(last),
        given: &[("basis", "某河务局行政权力事项清单")],
    };
    let texts = ["“行政处罚类”读作“行政处罚”", "2行与上面的一行完全相同"];
    let items = List {
        given: &[],
        ..list("items", "2万元以上不超过5万元")
    };
    items.comes_in_once(&desk, 1, &texts).await;
    assert_eq!(
        desk.cell(RegisterName::Items, "s01", "section"),
        "某水政监察大队"
    );

    // Which item of the rules it is, nobody guesses.
    let why = "执法事项清单的s01没有写“对应的事项”，请先在那一行选好";
    let tiers = list("benchmarks", "2万元以上不超过5万元");
    tiers.is_refused(&desk, (3, "处罚事项", why)).await;
    names_its_rule(&desk, "s01", "P-FH55-1").await;

    list("benchmarks", "警告")
        .is_refused(&desk, (5, "处罚标准", "看不出“警告”从多少到多少"))
        .await;
    // 防洪法 55: up to 50,000 yuan.
    list("benchmarks", "2万元以上不超过6万元")
        .is_refused(&desk, (5, "最高", "超出法定幅度"))
        .await;
    let texts = [
        "“1千元以上不超过1万元”读作最低1000、最高10000",
        "3档只写了情节、没有写适用条件",
        "没有读懂、不导入的栏：执法类别、事项编码、执法依据、承办机构、办理时限",
        "表里没有的栏保持原样：适用条件。",
    ];
    tiers.comes_in_once(&desk, 3, &texts).await;
    let cell = |column: &str| desk.cell(RegisterName::Benchmarks, "c03", column);
    assert_eq!(
        (cell("low"), cell("high")),
        ("20000".into(), "50000".into())
    );
    assert_eq!(cell("circumstances"), "300平方米以上");

    // A tier in words beside one that is judged would be taken for circumstances that it is not.
    let mixed = "处罚事项,档次,情节,最低,最高,计,依据\nP-FH55-1,轻微,其他情形,0,1000,元,本局基准\n";
    List::of("benchmarks", mixed)
        .is_refused(&desk, (2, "适用条件", "档只写了情节，没有写适用条件"))
        .await;
}
