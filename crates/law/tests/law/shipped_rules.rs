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
