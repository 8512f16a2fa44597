//! A responder of a bench: signs in, asks, and listens, with as little in between as can be.

use super::node::ours;
use super::{NotRun, Scratch};
use memchr::memmem;
use serde_json::json;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Who signs in, and with what.
#[derive(Debug)]
pub(super) struct Responder {
    email: String,
    password: String,
}

impl Responder {
    /// Makes the first responders, who are on duty, and tells one of them.
    pub(super) fn first(scratch: &Scratch, email: &str) -> Result<Self, NotRun> {
        let told = ours(scratch, &["responder", "seed"])?;
        let password = told
            .lines()
            .find_map(|line| line.trim().strip_prefix(email)?.split_whitespace().next())
            .ok_or_else(|| NotRun::Wrong("there are responders already".to_owned()))?;
        Ok(Self {
            email: email.to_owned(),
            password: password.to_owned(),
        })
    }

    /// Signs in; the cookie.
    pub(super) async fn sign_in(&self, address: SocketAddr) -> Result<String, NotRun> {
        let answer = reqwest::Client::new()
            .post(format!("http://{address}/api/v1/session"))
            .header("X-Msaada", "1")
            .json(&json!({"email": self.email, "password": self.password}))
            .send()
            .await?
            .error_for_status()?;
        let cookie = answer.headers().get("set-cookie");
        let cookie = cookie.and_then(|cookie| cookie.to_str().ok()?.split(';').next());
        cookie
            .map(str::to_owned)
            .ok_or_else(|| NotRun::Wrong("signing in gave no cookie".to_owned()))
    }
}

/// Opens the feed and waits until everything that is open was shown; how many bytes that was.
pub(super) async fn synced(address: SocketAddr, cookie: &str) -> Result<usize, NotRun> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "GET /api/v1/feed HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut heard = Vec::with_capacity(64 * 1_024);
    let mut bytes = 0;
    loop {
        let read = stream.read_buf(&mut heard).await?;
        if read == 0 {
            return Err(NotRun::Wrong(
                "the feed ended before it was complete".to_owned(),
            ));
        }
        bytes += read;
        // What a server sends is not masked, so words can be looked for.
        if memmem::find(&heard, b"\"synced\"").is_some() {
            return Ok(bytes);
        }
        let keep = heard.len().saturating_sub(64);
        heard.drain(..keep);
    }
}
