//! Faults of the disk, and a count of what reaches it: a small library in C, loaded into the program under test.
//!
//! It works on the calls of the program itself, so that what is shown holds for the very bytes that the release would
//! write.

use crate::shim::{self, open_to_all};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const SOURCE: &str = include_str!("../shim/faults.c");

/// The library, its count and its disk.
pub struct Faults {
    folder: TempDir,
    mark: String,
    full_below: Option<PathBuf>,
}

/// One call of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// When it began, on the monotonic clock of the machine, in nanoseconds.
    pub began: u64,
    /// When it ended.
    pub ended: u64,
    /// By which process.
    pub process: u32,
    /// `write`, `fdatasync` and so on.
    pub name: String,
    /// What the descriptor stands for.
    pub path: String,
    /// Whether the system did it.
    pub is_done: bool,
    /// The words of the data that begin with the mark.
    pub marks: Vec<String>,
}

impl Call {
    /// Whether data was handed over, to a file or to a reader.
    pub fn is_write(&self) -> bool {
        self.name.contains("write") || self.name == "send"
    }

    /// Whether it made sure that what was written is on the disk.
    pub fn is_sync(&self) -> bool {
        self.is_done && (self.name == "fsync" || self.name == "fdatasync")
    }
}

impl Faults {
    /// Compiles the library. Words of written data that begin with `mark` are noted with the call; several marks
    /// are separated by commas.
    ///
    /// # Panics
    ///
    /// When there is no C compiler.
    pub fn new(mark: &str) -> Faults {
        let faults = Faults {
            folder: shim::compiled("faults", SOURCE),
            mark: mark.to_owned(),
            full_below: None,
        };
        for file in [faults.log(), faults.space()] {
            File::create(&file).expect("a file");
            open_to_all(&file, 0o666);
        }
        faults.lift();
        faults
    }

    /// The disk below this folder can be filled.
    pub fn below(mut self, folder: &Path) -> Faults {
        let folder = folder.canonicalize().expect("a folder that is there");
        self.full_below = Some(folder);
        self
    }

    /// What is to stand in the environment of the program under test.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let text = |path: &Path| path.display().to_string();
        let mut variables = vec![
            ("LD_PRELOAD", text(&self.folder.path().join("faults.so"))),
            ("MINGQU_FAULTS_LOG", text(&self.log())),
            ("MINGQU_FAULTS_MARK", self.mark.clone()),
        ];
        if let Some(folder) = &self.full_below {
            variables.push(("MINGQU_FAULTS_FOLDER", text(folder)));
            variables.push(("MINGQU_FAULTS_SPACE", text(&self.space())));
        }
        variables
    }

    /// From now on only so many bytes fit on the disk.
    pub fn leave_space(&self, bytes: u64) {
        self.put(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// There is space again.
    pub fn lift(&self) {
        self.put(-1);
    }

    fn put(&self, bytes: i64) {
        // In place, in one piece: the program under test has this very file in its memory.
        let mut file = File::options()
            .write(true)
            .open(self.space())
            .expect("made above");
        file.write_all(&bytes.to_ne_bytes()).expect("written");
    }

    /// What was counted, in the order in which the calls began.
    pub fn calls(&self) -> Vec<Call> {
        let log = fs::read_to_string(self.log()).expect("made above");
        let mut calls: Vec<Call> = log.lines().map(call).collect();
        calls.sort_by_key(|call| call.began);
        calls
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("calls")
    }

    fn space(&self) -> PathBuf {
        self.folder.path().join("space")
    }
}

fn call(line: &str) -> Call {
    let fields: Vec<&str> = line.split(' ').collect();
    let [began, ended, process, name, path, _, result, marks] = fields[..] else {
        panic!("not a line of the count: {line}")
    };
    Call {
        began: began.parse().expect("a number"),
        ended: ended.parse().expect("a number"),
        process: process.parse().expect("a number"),
        name: name.to_owned(),
        path: path.to_owned(),
        is_done: !result.starts_with('-'),
        marks: marks
            .split(',')
            .filter(|mark| *mark != "-")
            .map(str::to_owned)
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn calls_are_counted_and_the_disk_fills_and_empties() {
        let folder = tempfile::tempdir().expect("a folder");
        let faults = Faults::new("act-").below(folder.path());
        let file = folder.path().canonicalize().expect("there").join("file");
        let write = |text: &str| {
            // dd(1) writes once and syncs: `conv=fdatasync`.
            let mut dd = Command::new("dd");
            dd.args(["conv=fdatasync,notrunc", "oflag=append", "status=none"])
                .arg(format!("of={}", file.display()))
                .envs(faults.environment())
                .stdin(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped());
            let mut child = dd.spawn().expect("dd of coreutils");
            let mut input = child.stdin.take().expect("piped");
            input.write_all(text.as_bytes()).expect("written");
            drop(input);
            let ended = child.wait_with_output().expect("ended");
            (
                ended.status.success(),
                String::from_utf8_lossy(&ended.stderr).into_owned(),
            )
        };
        assert!(write("act-1, act-2").0);
        faults.leave_space(4);
        let (is_done, said) = write("act-3.");
        assert!(
            !is_done && said.to_lowercase().contains("no space"),
            "{said}"
        );
        faults.lift();
        assert!(write("act-4").0);
        assert_eq!(
            fs::read_to_string(&file).expect("there"),
            "act-1, act-2act-act-4"
        );
        let calls = faults.calls();
        let of_file: Vec<&Call> = calls
            .iter()
            .filter(|call| call.path == file.display().to_string())
            .collect();
        let first = of_file[0];
        assert!(first.is_write() && first.marks == ["act-1", "act-2"]);
        let second = of_file[1];
        assert!(second.is_sync() && second.began >= first.ended);
    }
}
