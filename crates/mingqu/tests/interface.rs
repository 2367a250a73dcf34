//! The API of the running program, tried with inputs nobody thought of.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const HOW_TO_GET_IT: &str = "What tries the API is not installed. Get it with `cargo xtask test`, or with: python3 -m venv e2e/.venv && e2e/.venv/bin/pip install --require-hashes -r e2e/api-requirements.txt";

/// The program under test, stopped when dropped.
struct Server {
    child: Child,
    staff: String,
}

impl Server {
    fn start(data: &Path) -> Server {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mingqu"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(["--portal", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program was just built");
        let output = child.stdout.take().expect("piped above");
        let mut lines = BufReader::new(output).lines();
        // The address is printed once it is open: nothing to wait for besides.
        let first = lines.next().expect("an address or the end").expect("text");
        let staff = first.split_whitespace().last().expect("an address");
        let staff = staff.to_owned();
        // The passwords of the made-up agency are set when they are listed.
        let is_last = |line: &String| line.contains("guanli");
        lines
            .map_while(Result::ok)
            .find(is_last)
            .expect("the accounts are listed");
        Server { child, staff }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which the test has noticed by then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn e2e() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e")
}

#[test]
fn the_api_answers_whatever_it_is_sent_as_it_is_described() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let server = Server::start(&data);
    let python = e2e().join(".venv/bin/python");
    assert!(python.is_file(), "{HOW_TO_GET_IT}");
    let tried = Command::new(python)
        .arg(e2e().join("api.py"))
        .arg(&server.staff)
        .arg(folder.path())
        .output()
        .unwrap_or_else(|error| panic!("{error}. {HOW_TO_GET_IT}"));
    let said = String::from_utf8_lossy(&tried.stdout);
    let complained = String::from_utf8_lossy(&tried.stderr);
    assert!(tried.status.success(), "{said}\n{complained}");
    drop(server);
    // Whatever was tried, the record is sound.
    let verified = Command::new(env!("CARGO_BIN_EXE_mingqu"))
        .args(["ledger", "verify", "--data"])
        .arg(&data)
        .output()
        .expect("just built");
    let said = String::from_utf8_lossy(&verified.stdout);
    assert!(
        verified.status.success() && said.contains("未发现不一致"),
        "{said}"
    );
}
