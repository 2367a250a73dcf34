//! The program as its administrator meets it: settings, backup, restore.

mod backup;
mod carrying;
mod settings;
mod shortened;
mod taking_over;

use std::path::Path;
use std::process::{Command, Output};

/// The program, with no setting from around it.
fn mingqu(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mingqu"));
    command.args(arguments).current_dir(folder).env_clear();
    command
}

/// What it said on both channels, and whether it was content.
fn run(command: &mut Command) -> (bool, String) {
    let output: Output = command.output().expect("the program was just built");
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8(said).expect("UTF-8"),
    )
}

fn succeeds(command: &mut Command) -> String {
    let (is_content, said) = run(command);
    assert!(is_content, "{command:?} said: {said}");
    said
}

fn fails(command: &mut Command) -> String {
    let (is_content, said) = run(command);
    assert!(!is_content, "{command:?} said: {said}");
    said
}
