//! A throw-away PostgreSQL from the system's package: one server per test process, a fresh database per test.
//!
//! The server listens on a Unix socket in its own temporary folder only, runs without root, and is stopped and removed
//! with the last [`Database`], also when a test panics. A test that kills the server has one of its [own](Server::own). Where PostgreSQL is not installed the test fails and says how
//! to get it: a test that is skipped proves nothing.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tempfile::TempDir;

const HOW_TO_GET_IT: &str = "PostgreSQL is not installed. Get it with: apt-get install -y --no-install-recommends postgresql";

/// How long a server may take until it accepts connections.
const PATIENCE: Duration = Duration::from_secs(60);

/// A fresh database; the server lives as long as any of them.
pub struct Database {
    server: Arc<Server>,
    name: String,
}

impl Database {
    /// The address to connect to.
    pub fn url(&self) -> String {
        let socket = self
            .server
            .folder
            .path()
            .display()
            .to_string()
            .replace('/', "%2F");
        format!("postgres://postgres@{socket}/{}", self.name)
    }

    /// Runs SQL as the owner of the database, outside the program under test.
    pub fn run_sql(&self, sql: &str) {
        self.server.psql(&self.name, sql);
    }
}

/// Makes a fresh database, starting the server of this process when none is running.
///
/// # Panics
///
/// When PostgreSQL is missing or does not start: there is nothing to test against.
pub fn fresh_database() -> Database {
    static RUNNING: Mutex<(Weak<Server>, u32)> = Mutex::new((Weak::new(), 0));
    // A test that failed while the server started must not fail all others.
    let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    let server = running.0.upgrade().unwrap_or_else(|| {
        let server = Server::own();
        server.run(&[]);
        server
    });
    running.0 = Arc::downgrade(&server);
    running.1 += 1;
    let name = format!("test_{}", running.1);
    drop(running);
    server.database(&name)
}

/// A server in its own folder.
pub struct Server {
    programs: PathBuf,
    folder: TempDir,
    running: Mutex<Option<Running>>,
}

/// The processes of a server; they end when this is dropped.
struct Running {
    process: u32,
    stop: Option<mpsc::Sender<()>>,
    keeper: Option<JoinHandle<()>>,
}

impl Server {
    /// A server that no other test uses: it may be killed, filled up, and [run](Server::run) again. It does not run yet.
    ///
    /// # Panics
    ///
    /// When PostgreSQL is missing.
    pub fn own() -> Arc<Server> {
        let programs = programs();
        // A socket path is at most 107 bytes long, hence not below an arbitrary TMPDIR.
        let folder = tempfile::Builder::new()
            .prefix("mingqu-pg-")
            .tempdir_in("/tmp")
            .expect("a temporary folder");
        if is_root() {
            checked(Command::new("chown").arg("postgres:").arg(folder.path()));
        }
        let data = folder.path().join("data");
        checked(
            unprivileged(&programs.join("initdb"))
                .arg("--pgdata")
                .arg(&data)
                .args([
                    "--username=postgres",
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                    "--no-sync",
                ]),
        );
        Arc::new(Self {
            programs,
            folder,
            running: Mutex::default(),
        })
    }

    /// The folder of its data.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Makes a database in it.
    pub fn database(self: &Arc<Self>, name: &str) -> Database {
        self.psql("postgres", &format!("CREATE DATABASE {name}"));
        Database {
            server: Arc::clone(self),
            name: name.to_owned(),
        }
    }

    /// Runs it, with these variables in its environment, until it accepts connections.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn run(&self, environment: &[(&str, String)]) {
        let mut server = unprivileged(&self.programs.join("postgres"));
        server
            .arg("-D")
            .arg(self.data())
            .arg("-k")
            .arg(self.folder.path())
            // `fsync` stays on: the program refuses a server that does not sync.
            .args(["-c", "listen_addresses=", "-c", "max_connections=100"])
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let (stop, stopped) = mpsc::channel();
        let (say, said) = mpsc::channel();
        let (tell, told) = mpsc::channel();
        // The system ends the server with the thread that started it (see `unprivileged`), so one thread stays for it.
        let keeper = thread::spawn(move || {
            let mut child = server.spawn().expect("setpriv and postgres can be started");
            // Nobody listens when the test has failed meanwhile.
            let _ = tell.send(child.id());
            let log = child.stderr.take().expect("piped above");
            let reader = thread::spawn(move || read_log(log, &say));
            let _ = stopped.recv();
            end(&mut child);
            let _ = reader.join();
        });
        let running = Running {
            process: told.recv().expect("setpriv and postgres can be started"),
            stop: Some(stop),
            keeper: Some(keeper),
        };
        *self.processes() = Some(running);
        if let Err(reason) = said
            .recv_timeout(PATIENCE)
            .unwrap_or_else(|_| Err(format!("no word in {PATIENCE:?}")))
        {
            panic!("PostgreSQL did not start: {reason}");
        }
    }

    /// Kills the server and every process that works for it, as a power cut would end them: nobody finishes anything.
    pub fn kill(&self) {
        let Some(running) = self.processes().take() else {
            return;
        };
        // It must not start another one while its children are counted.
        signal("-STOP", &[running.process]);
        while matches!(state(running.process), Some((state, _)) if !"TtZX".contains(state)) {
            thread::yield_now();
        }
        let mut all = children(running.process);
        all.push(running.process);
        signal("-KILL", &all);
        drop(running);
        // As long as one of them lives it holds the memory that a new server must not share.
        while all
            .iter()
            .any(|process| matches!(state(*process), Some((state, _)) if !"ZX".contains(state)))
        {
            thread::yield_now();
        }
    }

    fn processes(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn psql(&self, database: &str, sql: &str) {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args([
            "--no-psqlrc",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            "--username=postgres",
            "--host",
        ]);
        checked(
            psql.arg(self.folder.path())
                .args(["--dbname", database, "--command", sql]),
        );
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(keeper) = self.keeper.take() {
            // A keeper that panicked has no server to stop, and a second panic here would hide the first.
            let _ = keeper.join();
        }
    }
}

/// What the system says of a process: its state, and whose child it is.
fn state(process: u32) -> Option<(char, u32)> {
    let line = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name stands in brackets and may hold anything.
    let (_, rest) = line.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.next()?.parse().ok()?))
}

fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("a Linux system");
    let ids = processes
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| matches!(state(*id), Some((_, of)) if of == parent))
        .collect()
}

/// A process that has ended already needs no signal, hence no answer is wanted.
fn signal(name: &str, processes: &[u32]) {
    let _ = Command::new("kill")
        .arg(name)
        .args(processes.iter().map(u32::to_string))
        .stderr(Stdio::null())
        .status();
}

/// Says once whether the server is ready; then reads on, so that the pipe never fills.
fn read_log(log: ChildStderr, say: &mpsc::Sender<Result<(), String>>) {
    let mut so_far = String::new();
    for line in BufReader::new(log).lines().map_while(Result::ok) {
        if line.contains("ready to accept connections") {
            let _ = say.send(Ok(()));
        } else if so_far.len() < 10_000 {
            so_far = format!("{so_far}\n{line}");
        }
    }
    let _ = say.send(Err(so_far));
}

/// Asks the server to end at once, and waits until it has.
fn end(child: &mut Child) {
    let quit = Command::new("kill")
        .arg("-QUIT")
        .arg(child.id().to_string())
        .status();
    if !quit.is_ok_and(|status| status.success()) {
        let _ = child.kill();
    }
    let _ = child.wait();
}

fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions
        .map(|entry| entry.path())
        .filter(|path| path.join("bin/initdb").exists())
        .max_by_key(|path| version(path))
        .unwrap_or_else(|| panic!("{HOW_TO_GET_IT}"));
    newest.join("bin")
}

fn is_root() -> bool {
    let owner =
        fs::metadata("/proc/self").map(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata));
    owner.is_ok_and(|uid| uid == 0)
}

/// A command that is not root (PostgreSQL refuses root) and that the system ends should this process be killed.
fn unprivileged(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.arg("--pdeathsig=QUIT");
    if is_root() {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    }
    command.arg("--").arg(program);
    // The working directory of the test may be closed to the other user.
    command.current_dir("/");
    command
}

fn checked(command: &mut Command) -> Output {
    match command.output() {
        Ok(output) if output.status.success() => output,
        Ok(output) => panic!(
            "{command:?} failed: {}",
            String::from_utf8_lossy(&output.stderr)
        ),
        Err(error) => panic!("{command:?} could not be started: {error}. {HOW_TO_GET_IT}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // One test, so that no other holds the server of this process when its end is looked for.
    #[test]
    fn databases_are_apart_and_the_server_ends_with_the_last_of_them() {
        let one = fresh_database();
        let two = fresh_database();
        assert_ne!(one.url(), two.url());
        one.run_sql("CREATE TABLE t (n INT)");
        two.run_sql("CREATE TABLE t (n INT)");
        let folder = one.server.folder.path().to_owned();
        drop((one, two));
        assert!(!folder.exists(), "the folder of the server is removed");

        let (folder_out, folder_in) = mpsc::channel();
        let failed = thread::spawn(move || {
            let database = fresh_database();
            folder_out
                .send(database.server.folder.path().to_owned())
                .expect("somebody waits");
            panic!("a failing test");
        });
        assert!(failed.join().is_err());
        assert!(
            !folder_in.recv().expect("the server had started").exists(),
            "a panic stops it too"
        );
    }

    #[test]
    fn a_killed_server_runs_again_on_its_folder() {
        let server = Server::own();
        server.run(&[]);
        let database = server.database("kept");
        database.run_sql("CREATE TABLE t (n INT)");
        let process = server.processes().as_ref().expect("it runs").process;
        assert!(!children(process).is_empty(), "its helpers");
        server.kill();
        assert!(children(process).is_empty() && state(process).is_none());
        server.run(&[]);
        database.run_sql("INSERT INTO t VALUES (1)");
    }
}
