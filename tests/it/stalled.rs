//! Who begins to send and then stops is let go, and keeps nobody else out.

use crate::support::words::LOCKED_IN;
use crate::support::world::World;
use futures_util::future::join_all;
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a small body may take here; a form twice as long.
const PATIENCE: Duration = Duration::from_secs(1);
/// Far more than that.
const LET_GO: Duration = Duration::from_secs(30);
const JSON: &str = "Content-Type: application/json\r\nX-Msaada: 1\r\n";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// Sends the head of a request and a byte of its body. How long until the connection ended.
async fn stalls(world: &World, path: &str, headers: &str, begun: &str) -> Duration {
    let host = world.url("").replace("http://", "");
    let mut line = TcpStream::connect(&host).await.expect("a connection");
    let head = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n{begun}");
    line.write_all(head.as_bytes()).await.expect("sent");
    let since = Instant::now();
    let mut answer = Vec::new();
    let ended = tokio::time::timeout(LET_GO, line.read_to_end(&mut answer)).await;
    assert!(ended.is_ok(), "{path} is still open");
    since.elapsed()
}

#[tokio::test]
async fn a_body_in_pieces_that_stops_coming_ends_with_its_connection_as_well() {
    let world = World::start().await;
    let world = world.with_setting(|settings| settings.body_seconds = PATIENCE.as_secs());
    let pieces = |kind: &str| format!("{kind}Transfer-Encoding: chunked\r\n");
    let all = [
        ("/api/v1/reports", pieces(JSON)),
        ("/api/v1/session", pieces(JSON)),
        ("/channels/twilio/messages", pieces(FORM)),
        ("/report", pieces(FORM)),
        ("/track", pieces(FORM)),
        // What nobody reads is not waited for.
        ("/nowhere", pieces(FORM)),
        ("/health/live", pieces(FORM)),
        (
            "/api/v1/cases/named",
            pieces("Content-Type: application/json\r\n"),
        ),
    ];
    let each = all
        .iter()
        .map(|(path, headers)| stalls(&world, path, headers, "5\r\nhello\r\n"));
    join_all(each).await;
    world.says(LOCKED_IN).await;
    world.end().await;
}

#[tokio::test]
async fn a_whole_body_in_pieces_costs_nobody_the_connection() {
    let world = World::start().await;
    let host = world.url("").replace("http://", "");
    let mut line = TcpStream::connect(&host).await.expect("a connection");
    let report = |id: uuid::Uuid| {
        let body = json!({"id": id, "text": LOCKED_IN}).to_string();
        let length = body.len();
        format!(
            "POST /api/v1/reports HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n\
             {length:x}\r\n{body}\r\n0\r\n\r\n"
        )
    };
    for _ in 0..2 {
        let sent = report(uuid::Uuid::new_v4());
        line.write_all(sent.as_bytes()).await.expect("sent");
        let mut answer = Vec::new();
        let whole = async {
            while !answer.ends_with(b"}") {
                assert!(line.read_buf(&mut answer).await.expect("an answer") > 0);
            }
        };
        tokio::time::timeout(LET_GO, whole).await.expect("in time");
        let answer = String::from_utf8(answer).expect("text");
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    }
    drop(line);
    world.end().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_ends_with_its_connection() {
    let world = World::start().await;
    let world = world.with_setting(|settings| settings.body_seconds = PATIENCE.as_secs());
    let long = |kind: &str| format!("{kind}Content-Length: 1000\r\n");
    let all = [
        ("/api/v1/reports", long(JSON), "{"),
        ("/api/v1/session", long(JSON), "{"),
        ("/channels/twilio/messages", long(FORM), "a"),
        ("/channels/twilio/status", long(FORM), "a"),
        ("/report", long(FORM), "t"),
        ("/track", long(FORM), "t"),
    ];
    let each = all
        .iter()
        .map(|(path, headers, begun)| stalls(&world, path, headers, begun));
    for (took, (path, ..)) in join_all(each).await.into_iter().zip(&all) {
        assert!(took > PATIENCE / 2, "{path} ended after {took:?}");
    }
    // Nothing of it is held against what comes whole.
    world.says(LOCKED_IN).await;
    world.end().await;
}
