//! Who begins to send and then stops is let go, and keeps nobody else out.

use crate::support::world::World;
use futures_util::future::join_all;
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
    world.says("I am locked in, Deira Dubai").await;
    world.end().await;
}
