//! The date that a program under test reads: a small library in C, loaded into it, moves the date and leaves alone the
//! clocks that measure.
//!
//! So a case can be walked through from the first day to the last as it would happen, each step on its day.

use crate::shim;
use jiff::Timestamp;
use std::fs::{self, File};
use std::path::PathBuf;
use tempfile::TempDir;

const SOURCE: &str = include_str!("../shim/date.c");

/// The library, and the file that says how far the date is moved.
pub struct MovedDate {
    folder: TempDir,
}

impl MovedDate {
    /// Compiles the library. The date is the machine's until somebody moves it.
    ///
    /// # Panics
    ///
    /// When there is no C compiler.
    pub fn new() -> MovedDate {
        let moved = MovedDate {
            folder: shim::compiled("date", SOURCE),
        };
        let file = File::create(moved.file()).expect("a file");
        file.set_len(8).expect("eight bytes");
        moved
    }

    /// The program under test reads this date from now on. It may not be running: what it has mapped is not written anew.
    ///
    /// # Panics
    ///
    /// When the date is so far away that no clock could be moved there.
    #[expect(
        clippy::disallowed_methods,
        reason = "how far the machine's date is from the wanted one"
    )]
    pub fn start_at(&self, date: Timestamp) {
        let moved = date.as_nanosecond() - Timestamp::now().as_nanosecond();
        let moved = i64::try_from(moved).expect("within three hundred years");
        fs::write(self.file(), moved.to_ne_bytes()).expect("written");
    }

    /// The file: by how many nanoseconds the date is moved, as a 64-bit number of the machine.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("moved")
    }

    /// What is to stand in the environment of the program under test.
    pub fn environment(&self) -> [(&'static str, PathBuf); 2] {
        [
            ("LD_PRELOAD", self.folder.path().join("date.so")),
            ("MINGQU_DATE_MOVED", self.file()),
        ]
    }
}

impl Default for MovedDate {
    fn default() -> MovedDate {
        MovedDate::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_program_reads_the_date_that_was_set() {
        let moved = MovedDate::new();
        let day = || {
            let mut date = Command::new("date");
            date.args(["-u", "+%F"]).envs(moved.environment());
            let said = date.output().expect("date is there");
            String::from_utf8_lossy(&said.stdout).trim().to_owned()
        };
        for wanted in ["2019-01-02", "2031-12-30"] {
            let at = format!("{wanted}T08:00:00Z").parse().expect("a date");
            moved.start_at(at);
            assert_eq!(day(), wanted);
        }
    }
}
