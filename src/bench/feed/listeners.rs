//! Ten thousand desks, in a process of their own: they listen to a server, have it send one card at a
//! time, and tell how long it took until the last of them had it, and what it cost the server.

use super::socket::Socket;
use crate::bench::NotRun;
use crate::bench::intake::{Connection, Reports};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// Sockets that are opened at once.
const OPENED_AT_ONCE: usize = 64;
/// Every desk has a card within this, or nothing is measured.
const PATIENCE: Duration = Duration::from_secs(20);

/// Desks that listen.
#[derive(Debug, clap::Args)]
pub(in crate::bench) struct Args {
    /// The server
    #[arg(long)]
    address: SocketAddr,
    /// Where its feed is
    #[arg(long)]
    path: String,
    /// Who listens
    #[arg(long, default_value = "")]
    cookie: String,
    /// How many
    #[arg(long)]
    sockets: usize,
    /// Cards that are sent, one after the other
    #[arg(long)]
    rounds: usize,
    /// What is posted to have a card sent; without it, a report
    #[arg(long)]
    say: Option<PathBuf>,
    /// The server's process
    #[arg(long)]
    pid: u32,
    /// What reports are made from
    #[arg(long)]
    from: u64,
}

/// What they found.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Found {
    /// Milliseconds from a request to the last desk's frame.
    pub times_ms: Vec<f64>,
    /// Kilobytes the server held before they came, and after they had heard all.
    pub memory_kb: (u64, u64),
    /// Bytes of one card's frame.
    pub frame: usize,
}

/// How many have heard of the present round.
#[derive(Debug, Default)]
struct Heard {
    count: Cell<usize>,
    of: usize,
    all: Notify,
    frame: Cell<usize>,
    lost: Cell<usize>,
}

impl Args {
    /// Listens, and prints what it found.
    pub(in crate::bench) async fn listen(&self) -> Result<(), NotRun> {
        let before = memory_kb(self.pid);
        let heard = Rc::new(Heard {
            of: self.sockets,
            ..Heard::default()
        });
        let opening = (0..self.sockets).map(|_| self.open());
        let mut opened = futures_util::stream::iter(opening).buffer_unordered(OPENED_AT_ONCE);
        while let Some(socket) = opened.next().await {
            let (socket, heard) = (socket?, heard.clone());
            actix_web::rt::spawn(hear(socket, heard));
        }
        let mut asking = Connection::open(self.address).await?;
        let mut reports = Reports::new(self.from, 9);
        let said = self.say.as_ref().map(std::fs::read).transpose()?;
        let mut times_ms = Vec::new();
        for _ in 0..self.rounds {
            let request = match &said {
                Some(frame) => say(frame),
                None => reports.request(),
            };
            heard.count.set(0);
            let began = Instant::now();
            let status = asking.send(&request).await?;
            if status != 201 {
                return Err(NotRun::Wrong(format!("a card was answered with {status}")));
            }
            tokio::time::timeout(PATIENCE, heard.all.notified())
                .await
                .map_err(|_| {
                    NotRun::Wrong(format!(
                        "{} of {} desks got the card; {} lost their line",
                        heard.count.get(),
                        self.sockets,
                        heard.lost.get()
                    ))
                })?;
            times_ms.push(began.elapsed().as_secs_f64() * 1_000.0);
        }
        let found = Found {
            times_ms,
            memory_kb: (before, memory_kb(self.pid)),
            frame: heard.frame.get(),
        };
        println!("{}", serde_json::to_string(&found).unwrap_or_default());
        Ok(())
    }

    /// Connects, and waits until the server has said all it says by itself.
    async fn open(&self) -> Result<Socket, NotRun> {
        let mut socket = Socket::open(self.address, &self.path, &self.cookie).await?;
        if self.say.is_none() {
            while let Some(frame) = socket.next().await? {
                if memchr::memmem::find(frame, b"\"type\":\"synced\"").is_some() {
                    break;
                }
            }
        }
        Ok(socket)
    }
}

async fn hear(mut socket: Socket, heard: Rc<Heard>) {
    while let Ok(Some(frame)) = socket.next().await {
        if !frame.starts_with(b"{\"type\":\"card\"") {
            continue;
        }
        heard.frame.set(frame.len());
        heard.count.set(heard.count.get() + 1);
        if heard.count.get() == heard.of {
            heard.all.notify_one();
        }
    }
    heard.lost.set(heard.lost.get() + 1);
}

fn say(frame: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "POST /say HTTP/1.1\r\nHost: bench\r\nContent-Length: {}\r\n\r\n",
        frame.len()
    )
    .into_bytes();
    request.extend_from_slice(frame);
    request
}

fn memory_kb(pid: u32) -> u64 {
    crate::bench::node::memory_kb(pid)
}
