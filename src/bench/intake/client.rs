//! Connections that send reports and read the answers: as cheap as can be, since they share the
//! machine with what they measure.

use super::texts::Reports;
use crate::bench::NotRun;
use crate::bench::figures::Samples;
use memchr::memmem;
use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that stays open.
#[derive(Debug)]
pub(in crate::bench) struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
    body: usize,
}

impl Connection {
    /// Connects.
    pub(in crate::bench) async fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            answer: Vec::with_capacity(4_096),
            body: 0,
        })
    }

    /// Sends a request and reads the whole answer; its status.
    pub(in crate::bench) async fn send(&mut self, request: &[u8]) -> std::io::Result<u16> {
        self.stream.write_all(request).await?;
        self.answer.clear();
        let head = loop {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(end) = memmem::find(&self.answer, b"\r\n\r\n") {
                break end;
            }
        };
        let (status, length) =
            read_head(&self.answer[..head]).ok_or(std::io::ErrorKind::InvalidData)?;
        while self.answer.len() < head + 4 + length {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
        self.body = head + 4;
        Ok(status)
    }

    /// The body of the last answer.
    pub(in crate::bench) fn body(&self) -> &[u8] {
        self.answer.get(self.body..).unwrap_or_default()
    }
}

/// The status and the length of the body.
fn read_head(head: &[u8]) -> Option<(u16, usize)> {
    let status = std::str::from_utf8(head.get(9..12)?).ok()?.parse().ok()?;
    let name = b"content-length: ";
    let at = memmem::find(head, name)? + name.len();
    let digits = head[at..].iter().take_while(|byte| byte.is_ascii_digit());
    let length = digits.fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'));
    Some((status, length))
}

/// What came back.
#[derive(Debug, Default)]
pub(in crate::bench) struct Answered {
    /// Stored, committed.
    pub stored: u64,
    /// Kept on disk to be stored later.
    pub kept: u64,
    /// Anything else.
    pub refused: u64,
    /// How long it took from when each was due to be sent.
    pub times: Samples,
    /// From the first to the last.
    pub lasted: Duration,
}

impl Answered {
    /// Stored reports a second.
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    pub(in crate::bench) fn rate(&self) -> f64 {
        self.stored as f64 / self.lasted.as_secs_f64()
    }
}

/// Sends reports over so many connections: each as soon as the one before was answered, or, where a
/// rate is given, each at its moment, however slow the answers are; then its time counts from that
/// moment, so that a service that stalls is not asked less.
pub(in crate::bench) async fn send(
    address: SocketAddr,
    (seed, part): (u64, u64),
    connections: u64,
    lasts: Duration,
    rate: Option<f64>,
) -> Result<Answered, NotRun> {
    let mut opened = Vec::new();
    for _ in 0..connections {
        opened.push(Connection::open(address).await?);
    }
    let began = Instant::now();
    let next = Rc::new(Cell::new(0_u32));
    let under_way = opened.into_iter().enumerate().map(|(at, connection)| {
        let reports = Reports::new(seed, (part << 16) + at as u64);
        one(connection, reports, began, lasts, rate, next.clone())
    });
    let mut answered = Answered::default();
    let mut times = Vec::new();
    for done in futures_util::future::join_all(under_way).await {
        let (done, taken) = done?;
        answered.stored += done.stored;
        answered.kept += done.kept;
        answered.refused += done.refused;
        times.extend(taken);
    }
    answered.times = Samples::of(times);
    answered.lasted = began.elapsed();
    Ok(answered)
}

async fn one(
    mut connection: Connection,
    mut reports: Reports,
    began: Instant,
    lasts: Duration,
    rate: Option<f64>,
    next: Rc<Cell<u32>>,
) -> Result<(Answered, Vec<Duration>), NotRun> {
    let mut answered = Answered::default();
    let mut times = Vec::new();
    let mut request = reports.request();
    loop {
        let due = match rate {
            None => Instant::now(),
            Some(rate) => {
                let number = next.replace(next.get() + 1);
                let due = began + Duration::from_secs_f64(f64::from(number) / rate);
                tokio::time::sleep_until(due.into()).await;
                due
            }
        };
        if due.duration_since(began) >= lasts {
            return Ok((answered, times));
        }
        match connection.send(&request).await? {
            201 => answered.stored += 1,
            202 => answered.kept += 1,
            _ => answered.refused += 1,
        }
        times.push(due.elapsed());
        request = reports.request();
    }
}
