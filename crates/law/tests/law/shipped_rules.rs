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
