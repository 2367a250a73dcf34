//! The program under test: served, or asked once.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The program under test, stopped when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) staff: String,
    pub(crate) portal: String,
}

impl Server {
    pub(crate) fn start(data: &Path, database: Option<&str>) -> Server {
        Server::start_in(data, database, [])
    }

    /// With more in its environment.
    pub(crate) fn start_in<const N: usize>(
        data: &Path,
        database: Option<&str>,
        environment: [(&str, PathBuf); N],
    ) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mingqu"));
        command
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--portal",
                "127.0.0.1:0",
                "--data",
            ])
            .arg(data)
            .envs(environment);
        if let Some(url) = database {
            command.args(["--database", url]);
        }
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program was just built");
        let mut lines = BufReader::new(child.stdout.take().expect("piped above")).lines();
        // The addresses are printed once both are open: nothing to wait for besides.
        let mut address = || {
            let line = lines.next().expect("an address or the end").expect("text");
            line.split_whitespace()
                .last()
                .expect("an address")
                .to_owned()
        };
        let (staff, portal) = (address(), address());
        Server {
            child,
            staff,
            portal,
        }
    }

    /// Asks it to stop, as the system would, and sees that it does so cleanly.
    pub(crate) fn stop(mut self) {
        let asked = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        assert!(asked.expect("kill is there").success());
        assert!(
            self.child.wait().expect("it was started").success(),
            "a clean end"
        );
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After a clean stop there is nothing left to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn mingqu(arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_mingqu"))
        .args(arguments)
        .output()
        .expect("just built");
    (
        output.status.success(),
        format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ),
    )
}
