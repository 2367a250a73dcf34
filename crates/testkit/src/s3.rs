//! A throw-away S3-compatible server with one bucket, from the locked Python packages of `e2e/`.
//!
//! It listens on the local machine only, keeps objects in memory, and ends with its [`Bucket`] or with the test process.
//! Where it is not installed the test fails and says how to get it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

const HOW_TO_GET_IT: &str = "The S3 server of the tests is not installed. Get it with `cargo xtask test`, or with: python3 -m venv e2e/s3-server && e2e/s3-server/bin/pip install --require-hashes -r e2e/s3-requirements.txt";

/// The server tells a key holder from a stranger, and does not check signatures.
const KEY: &str = "AWS4-HMAC-SHA256 Credential=id/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00";

/// The bucket of the server.
pub const BUCKET: &str = "files";

/// An empty bucket on a server of its own.
pub struct Bucket {
    server: Child,
    address: String,
}

impl Bucket {
    /// Starts a server and makes the bucket.
    ///
    /// # Panics
    ///
    /// When the server is missing or does not start: there is nothing to test against.
    pub fn start() -> Bucket {
        let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e/s3-server/bin/python");
        assert!(python.exists(), "{HOW_TO_GET_IT}");
        // The system ends the server should this process be killed.
        let mut server = Command::new("setpriv")
            .args(["--pdeathsig=KILL", "--"])
            .arg(python)
            .args(["-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("setpriv does not start: {error}"));
        let mut log = BufReader::new(server.stderr.take().expect("piped above"));
        let mut so_far = String::new();
        let address = loop {
            let mut line = String::new();
            if !log.read_line(&mut line).is_ok_and(|length| length > 0) {
                panic!("the S3 server did not start: {so_far}\n{HOW_TO_GET_IT}");
            }
            if let Some((_, address)) = line.split_once("Running on http://") {
                break address.trim().to_owned();
            }
            so_far.push_str(&line);
        };
        // Reads on, so that the pipe never fills.
        thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        let bucket = Bucket { server, address };
        bucket.ask("PUT", "", b"");
        bucket
    }

    /// The address of the service.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Keys of all objects, with the keys of uploads that were begun and not ended.
    pub fn keys(&self) -> Vec<String> {
        let listed = self.ask("GET", "?list-type=2", b"") + &self.ask("GET", "?uploads", b"");
        listed
            .split("<Key>")
            .skip(1)
            .filter_map(|rest| Some(rest.split_once("</Key>")?.0.to_owned()))
            .collect()
    }

    /// Puts an object behind the back of the program under test.
    pub fn put(&self, key: &str, content: &[u8]) {
        self.ask("PUT", &format!("/{key}"), content);
    }

    /// The answer to a request about the bucket, head and body.
    fn ask(&self, method: &str, rest: &str, content: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("the server accepts");
        let head = format!(
            "{method} /{BUCKET}{rest} HTTP/1.1\r\nHost: {}\r\nAuthorization: {KEY}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.address,
            content.len()
        );
        stream.write_all(head.as_bytes()).expect("the server reads");
        stream.write_all(content).expect("the server reads");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .expect("the server answers with text");
        let status = answer.split(' ').nth(1);
        assert_eq!(status, Some("200"), "{method} {rest}: {answer}");
        answer
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
