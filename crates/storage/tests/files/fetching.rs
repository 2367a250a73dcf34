//! One outside address, and the ways in which it can be bad.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;
use storage::{FetchError, FetchLimits, fetch};

const LIMITS: FetchLimits = FetchLimits {
    size_bytes_max: 100,
    time_max: Duration::from_secs(20),
};

/// Answers each request with what belongs to its path, and then ends the connection.
fn server(answer: impl Fn(&str) -> String + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let first = lines.next().unwrap().unwrap();
            while lines
                .next()
                .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
            {}
            let path = first.split(' ').nth(1).unwrap().to_owned();
            let _ = stream.write_all(answer(&path).as_bytes());
        }
    });
    address
}

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn to(place: &str) -> String {
    format!(
        "HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
}

#[tokio::test]
async fn an_answer_is_read_and_a_redirection_on_the_same_host_followed() {
    let address = server(|path| match path {
        "/checkpoint" => ok("head"),
        _ => to("/checkpoint"),
    });
    for path in ["checkpoint", "moved"] {
        let read = fetch(&format!("http://{address}/{path}"), LIMITS).await;
        assert_eq!(read.unwrap().as_ref(), b"head");
    }
}

#[tokio::test]
async fn a_redirection_elsewhere_or_in_a_circle_is_not_followed() {
    let elsewhere = server(|_| ok("forged"));
    let address = server(move |path| match path {
        "/elsewhere" => to(&format!("http://{elsewhere}/")),
        circle => to(circle),
    });
    for path in ["elsewhere", "circle"] {
        let read = fetch(&format!("http://{address}/{path}"), LIMITS).await;
        assert!(
            matches!(read, Err(FetchError::Unreachable { .. })),
            "{read:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_is_too_long_or_broken_or_an_error_is_none() {
    let address = server(|path| match path {
        "/long" => ok(&"x".repeat(101)),
        "/full" => ok(&"x".repeat(100)),
        "/endless" => format!(
            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}",
            "x".repeat(5000)
        ),
        "/broken" => "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf".to_owned(),
        _ => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
    });
    let read = async |path: &str| fetch(&format!("http://{address}/{path}"), LIMITS).await;
    assert_eq!(read("full").await.unwrap().len(), 100);
    assert!(matches!(
        read("long").await,
        Err(FetchError::TooLarge { .. })
    ));
    assert!(matches!(
        read("endless").await,
        Err(FetchError::TooLarge { .. })
    ));
    assert!(matches!(
        read("broken").await,
        Err(FetchError::Unreachable { .. })
    ));
    let absent = read("absent").await;
    assert!(matches!(absent, Err(FetchError::Status { status, .. }) if status == 404));
}

#[tokio::test]
async fn a_silent_host_is_given_up_and_other_schemes_are_not_tried() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let limits = FetchLimits {
        time_max: Duration::from_millis(50),
        ..LIMITS
    };
    let read = fetch(&format!("http://{address}/"), limits).await;
    assert!(
        matches!(read, Err(FetchError::Unreachable { .. })),
        "{read:?}"
    );
    for wrong in [
        "",
        "checkpoint.txt",
        "file:///etc/passwd",
        "ftp://127.0.0.1/a",
        "s3://files",
    ] {
        let read = fetch(wrong, LIMITS).await;
        assert!(matches!(read, Err(FetchError::Address(_))), "{wrong}");
    }
}
