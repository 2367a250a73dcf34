//! Where a record under test is kept, and the program that works on it.

use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use tempfile::TempDir;
use testkit::postgres::{Database, Server, fresh_database};

/// A data folder, with a database of PostgreSQL or without.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) database: Option<Database>,
}

impl Place {
    pub(crate) fn sqlite() -> Place {
        Place {
            folder: tempfile::tempdir().expect("a folder"),
            database: None,
        }
    }

    pub(crate) fn postgres() -> Place {
        Place {
            database: Some(fresh_database()),
            ..Place::sqlite()
        }
    }

    pub(crate) fn on(server: &std::sync::Arc<Server>) -> Place {
        Place {
            database: Some(server.database("endurance")),
            ..Place::sqlite()
        }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The program with this subcommand, on this record.
    pub(crate) fn command(&self, subcommand: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mingqu"));
        command.args(subcommand).arg("--data").arg(self.data());
        if let Some(database) = &self.database {
            command.args(["--database", &database.url()]);
        }
        // Each lost act is logged; what is wanted here are the answers, and a panic if there is one.
        command.env("MINGQU_LOG", "off");
        command
    }

    /// Recomputes the log, as anybody may: whether it is sound, and what is said.
    pub(crate) fn verify(&self) -> (bool, String) {
        said(&mut self.command(&["ledger", "verify"]))
    }
}

/// Runs it to its end: whether it succeeded, and all it said.
pub(crate) fn said(command: &mut Command) -> (bool, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .stdin(Stdio::null())
        .output()
        .expect("the program was just built");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (status.success(), text(&stdout) + &text(&stderr))
}

/// `mingqu act` at work.
pub(crate) struct Acting {
    child: Child,
    lines: Option<Sender<String>>,
    answers: Receiver<Value>,
}

impl Acting {
    pub(crate) fn on(place: &Place, environment: &[(&str, String)]) -> Acting {
        let mut command = place.command(&["act", "--rehearse", "--at-once", "32"]);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program was just built");
        let (lines, to_write) = mpsc::channel::<String>();
        let mut input = child.stdin.take().expect("piped");
        thread::spawn(move || {
            for line in to_write {
                // A program that was killed reads no more.
                if writeln!(input, "{line}").is_err() {
                    return;
                }
            }
        });
        let (heard, answers) = mpsc::channel();
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        thread::spawn(move || {
            let mut line = Vec::new();
            // What has no end of line did not arrive.
            while output.read_until(b'\n', &mut line).is_ok() && line.ends_with(b"\n") {
                let answer = serde_json::from_slice(&line).expect("an answer is one line of JSON");
                if heard.send(answer).is_err() {
                    return;
                }
                line.clear();
            }
        });
        Acting {
            child,
            lines: Some(lines),
            answers,
        }
    }

    pub(crate) fn send(&self, lines: Vec<String>) {
        let to = self.lines.as_ref().expect("open until it is finished");
        for line in lines {
            // The writing thread ends with the program, and the program may have been killed.
            let _ = to.send(line);
        }
    }

    /// The next answer.
    pub(crate) fn hear(&self) -> Value {
        self.answers
            .recv()
            .expect("every line is answered while the program lives")
    }

    /// Ends it in the middle of whatever it does. What had been answered before still arrives.
    pub(crate) fn kill(mut self) -> Vec<Value> {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it was started");
        self.lines = None;
        self.answers.iter().collect()
    }

    /// Nothing more is asked: the answers still to come, and the exit code.
    pub(crate) fn finish(mut self) -> (Vec<Value>, Option<i32>) {
        self.lines = None;
        let answers = self.answers.iter().collect();
        (answers, self.child.wait().expect("it was started").code())
    }
}

impl Drop for Acting {
    fn drop(&mut self) {
        // After a regular end there is nothing left to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
