//! The shipped rules load, and say what they hold.

use law::Rules;

use crate::common::shipped;

#[test]
fn the_shipped_rules_load() {
    match Rules::load(&shipped()) {
        Ok(rules) => {
            let procedure = rules
                .procedure("penalty.ordinary")
                .expect("the ordinary penalty is there");
            assert!(procedure.acts.len() >= 50, "{} acts", procedure.acts.len());
            assert!(rules.items.len() >= 30);
        }
        Err(errors) => panic!("{} mistakes\n{errors}", errors.0.len()),
    }
}

#[test]
fn a_secret_fact_stands_in_no_publication() {
    let mut files = shipped();
    let disclosure = files
        .iter_mut()
        .find(|file| file.path == "penalty.ordinary/65-disclosure.kdl")
        .expect("the publication of a penalty");
    let line = "        行 裁量情节\n";
    assert!(disclosure.text.contains(line));
    disclosure.text = disclosure.text.replace(line, "        行 举报人信息\n");
    let errors = Rules::load(&files).expect_err("refused").to_string();
    assert!(
        errors.contains("65-disclosure.kdl") && errors.contains("“举报人信息”不是公开的事实"),
        "{errors}"
    );
}

/// What the loader says of the rules with something added to a file.
fn told_with(path: &str, added: &str) -> String {
    let mut files = shipped();
    let file = files
        .iter_mut()
        .find(|file| file.path == path)
        .expect("it is shipped");
    file.text.push_str(added);
    let told = Rules::load(&files).expect_err("they are refused");
    told.to_string()
}

/// Two requirements that exclude each other leave an act undoable, though each of them could hold.
#[test]
fn an_act_that_its_requirements_make_impossible_is_refused() {
    let told = told_with(
        "inspection/10-source-approval.kdl",
        "\n要件 X-PUBLISHED {\n    行为 检查任务登记\n    须 { 属本机关管辖 成立; 紧急情形 成立; }\n    依据 SHEJI\n    说明 \"甲\"\n}\n\
         要件 X-UNPUBLISHED {\n    行为 检查任务登记\n    须 { 紧急情形 不成立; }\n    依据 SHEJI\n    说明 \"乙\"\n}\n",
    );
    assert!(told.contains("【检查任务登记】做不到"), "{told}");
    assert!(
        told.contains("“紧急情形成立”与“紧急情形不成立”不能同时成立"),
        "{told}"
    );
}

/// A version that begins before the one before it ends asks twice, whether or not it says what it takes the place of.
#[test]
fn versions_of_a_requirement_that_overlap_are_refused() {
    let version = |id: &str, dates: &str| {
        format!(
            "\n要件 {id} {{\n    行为 检查审批\n    须 {{ 检查结束日 不早于 检查开始日; }}\n    条目 INS-APPROVE\n    {dates}\n    依据 SHEJI\n    说明 \"检查期间\"\n}}\n"
        )
    };
    let path = "inspection/10-source-approval.kdl";
    let both = |until: &str| {
        let first = version("X-SPAN", &format!("废止 \"{until}\""));
        format!("{first}{}", version("X-SPAN-2", "施行 \"2026-06-01\""))
    };
    let told = told_with(path, &both("2026-12-15"));
    assert!(
        told.contains("“X-SPAN-2”与“X-SPAN”是同一项要求的两版，施行的日子重叠"),
        "{told}"
    );
}
