//! What the field would use instead: nginx for pages, PostgreSQL with trigrams for searches.

use super::made::{KINDS, disclosure, text, word};
use crate::bench::report::percentiles;
use anyhow::{Context as _, Result, ensure};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const NGINX: &str = "/usr/sbin/nginx";
/// So many searches of each kind; a search through everything takes its time.
const SEARCHES: u64 = 100;
const WARMING: u64 = 10;

/// A file server over one page; stopped when dropped.
pub(super) struct Nginx {
    child: Child,
    pub(super) address: String,
}

impl Nginx {
    pub(super) fn start(folder: &Path, page: &str, html: &[u8]) -> Result<Nginx> {
        ensure!(
            Path::new(NGINX).exists(),
            "没有 {NGINX}：请安装 nginx，或者用 cargo xtask bench -- --peers"
        );
        let root = folder.join("nginx");
        let file = root.join("www").join(page.trim_start_matches('/'));
        fs::create_dir_all(file.parent().context("a page has a folder")?)?;
        fs::write(&file, html)?;
        // Free a moment ago: nginx takes no port 0.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let here = root.display();
        let mut temporary = String::new();
        for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
            writeln!(temporary, "  {kind}_temp_path {here}/{kind};")?;
        }
        let configuration = format!(
            "daemon off;\nuser {user};\nworker_processes auto;\npid {here}/nginx.pid;\nerror_log {here}/error.log;\n\
             events {{ worker_connections 256; }}\n\
             http {{\n  access_log off;\n  sendfile on;\n  tcp_nodelay on;\n  open_file_cache max=100;\n  keepalive_requests 100000000;\n\
             \x20 default_type \"text/html; charset=utf-8\";\n{temporary}\
             \x20 server {{ listen 127.0.0.1:{port}; root {here}/www; }}\n}}\n",
            user = owner()?,
        );
        let configured = root.join("nginx.conf");
        fs::write(&configured, configuration)?;
        let child = Command::new(NGINX)
            .arg("-p")
            .arg(&root)
            .arg("-c")
            .arg(&configured)
            .stderr(Stdio::null())
            .spawn()?;
        let mut nginx = Nginx {
            child,
            address: format!("127.0.0.1:{port}"),
        };
        nginx.wait()?;
        Ok(nginx)
    }

    /// Until it answers.
    fn wait(&mut self) -> Result<()> {
        while TcpStream::connect(&self.address).is_err() {
            ensure!(self.child.try_wait()?.is_none(), "nginx 没有启动");
            std::thread::yield_now();
        }
        Ok(())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Asked to stop, the master stops its workers; killed, it would leave them behind.
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        let _ = self.child.wait();
    }
}

/// As whom its workers read the page: as whoever owns it.
fn owner() -> Result<String> {
    let output = Command::new("id").arg("-un").output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Searches the same texts by `ILIKE` under a trigram index; microseconds by the kind of word, as the client of
/// PostgreSQL itself measures them.
pub(super) fn trigrams(
    database: &str,
    folder: &Path,
    publications: u64,
) -> Result<BTreeMap<&'static str, (u64, u64)>> {
    let script = folder.join("trigrams.sql");
    let mut file = BufWriter::new(fs::File::create(&script)?);
    writeln!(
        file,
        "CREATE EXTENSION IF NOT EXISTS pg_trgm;\n\
         CREATE TABLE publication (id text, disclosed_on date, body text);\n\
         COPY publication FROM stdin;"
    )?;
    for number in 0..publications {
        let it = disclosure(number);
        writeln!(file, "{number}\t{}\t{}", it.disclosed_on, text(&it))?;
    }
    writeln!(
        file,
        "\\.\n\
         CREATE INDEX ON publication USING gin (body gin_trgm_ops);\n\
         CREATE INDEX ON publication (disclosed_on DESC);\n\
         VACUUM ANALYZE publication;\n\
         \\timing on"
    )?;
    for (kind, _) in KINDS {
        writeln!(file, "\\echo {kind}")?;
        for at in 0..SEARCHES + WARMING {
            let word = word(kind, at * 7_919 % publications);
            let holds: Vec<String> = word
                .split(' ')
                .map(|word| format!("body ILIKE '%{}%'", word.replace('\'', "''")))
                .collect();
            writeln!(
                file,
                "SELECT id FROM publication WHERE {} ORDER BY disclosed_on DESC LIMIT 20;",
                holds.join(" AND ")
            )?;
        }
    }
    file.into_inner()?.sync_all()?;
    let output = Command::new("psql")
        .args([
            "-X",
            "-q",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            database,
            "-f",
        ])
        .arg(&script)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .context("psql 不能启动")?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "psql: {complaint}");
    read_times(&String::from_utf8_lossy(&output.stdout))
}

fn read_times(said: &str) -> Result<BTreeMap<&'static str, (u64, u64)>> {
    let mut times: BTreeMap<&'static str, Vec<u64>> = BTreeMap::new();
    let mut kind = None;
    for line in said.lines() {
        if let Some((known, _)) = KINDS.iter().find(|(known, _)| line.trim() == *known) {
            kind = Some(*known);
        }
        if let (Some(kind), Some(time)) = (kind, line.strip_prefix("Time: ")) {
            let milliseconds = time.split_whitespace().next().unwrap_or_default();
            // 0.123 ms are 123 microseconds: three digits stand behind the point.
            let microseconds = milliseconds
                .replace('.', "")
                .parse()
                .context("a time of psql")?;
            times.entry(kind).or_default().push(microseconds);
        }
    }
    let skipped = usize::try_from(WARMING)?;
    let of_kind = |(kind, all): (&'static str, Vec<u64>)| {
        (kind, percentiles(all.into_iter().skip(skipped).collect()))
    };
    Ok(times.into_iter().map(of_kind).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_of_psql_are_read_by_kind() {
        // What stands before the first kind is no search.
        let mut said = "Time: 9999.000 ms\n".to_owned();
        for (kind, time) in [("rare", "131.250 ms"), ("number", "0.512 ms")] {
            said.push_str(&format!("{kind}\n"));
            for _ in 0..WARMING {
                said.push_str("Time: 7777.000 ms\n");
            }
            said.push_str(&format!(" 12\n 34\n\nTime: {time}\nTime: {time}\n"));
        }
        let times = read_times(&said).expect("read");
        assert_eq!(times.get("rare"), Some(&(131_250, 131_250)));
        assert_eq!(times.get("number"), Some(&(512, 512)));
    }
}
