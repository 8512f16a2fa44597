//! `msaada bench start`: a node starts on a million open cases and an empty Redis.
//!
//! Reports are sent to it from the moment it is started, and each must be stored. Whether all is
//! right is asked of PostgreSQL, of Redis and of a desk's socket, not of the node.

use super::desk::{Responder, synced};
use super::figures::{Mark, Row, Samples};
use super::intake::{Connection, Reports};
use super::million::{self, At};
use super::node::{Node, load_missions};
use super::{Ground, NotRun, Scratch};
use std::cell::RefCell;
use std::time::{Duration, Instant};

/// Seconds until queue and feed are right.
const RIGHT_S: f64 = 20.0;
/// Seconds until the first report is stored.
const SERVES_S: f64 = 1.0;
/// Megabytes of an idle node without open cases, and with them.
const EMPTY_MB: f64 = 150.0;
const FULL_MB: f64 = 300.0;
/// How often it is looked whether all is right, and a report is sent.
const LOOK: Duration = Duration::from_millis(50);
/// How long a node is left alone before its memory is looked at.
const IDLE: Duration = Duration::from_secs(3);
/// A node that is not right by then will not be.
const GIVE_UP: Duration = Duration::from_mins(2);

/// A start on a million open cases, and the memory it takes
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How many cases are open
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=20_000_000))]
    cases: u64,
}

/// What a start was like.
#[derive(Debug, Default)]
struct Started {
    serves: f64,
    queue: f64,
    feed: f64,
    feed_bytes: usize,
    reports: Samples,
    resident: f64,
    peak: f64,
}

impl Args {
    pub(super) async fn measure(&self, ground: &Ground) -> Result<Vec<Row>, NotRun> {
        let scratch = &ground.scratch;
        load_missions(scratch)?;
        let operator = Responder::first(scratch, "operator@centre.example")?;

        let node = Node::start(scratch, "empty", &[]).await?;
        rest(IDLE).await;
        let empty = node.memory();
        node.process.stop().await?;

        let began = Instant::now();
        million::store(ground, (1, self.cases), At::All).await?;
        eprintln!(
            "{} cases stored in {:.0} s",
            self.cases,
            began.elapsed().as_secs_f64()
        );
        scratch.forget_keys().await?;

        let first = start(ground, &operator, 0).await?;
        let again = start(ground, &operator, 1).await?;
        let row = |name: &str, value: f64, unit| Row::new(name, value, unit);
        #[expect(clippy::cast_precision_loss, reason = "megabytes of one sending")]
        let sent = first.feed_bytes as f64 / 1e6;
        let cases = self.cases;
        Ok(vec![
            row(
                &format!("{cases} open, Redis empty: first report stored"),
                first.serves,
                "s",
            )
            .mark(Mark::AtMost(SERVES_S)),
            row(
                "  p99 of reports meanwhile (20/s)",
                first.reports.p99(),
                "ms",
            ),
            row("  the queues are right", first.queue, "s").mark(Mark::AtMost(RIGHT_S)),
            row("  a desk that sees all has its cards", first.feed, "s")
                .mark(Mark::AtMost(RIGHT_S)),
            row("  which are", sent, "MB"),
            row(
                "the same, queues as they were: first report stored",
                again.serves,
                "s",
            )
            .mark(Mark::AtMost(SERVES_S)),
            row("  the queues are right", again.queue, "s").mark(Mark::AtMost(RIGHT_S)),
            row("  a desk that sees all has its cards", again.feed, "s")
                .mark(Mark::AtMost(RIGHT_S)),
            row("memory of a node, idle, nothing open", empty.0, "MB").mark(Mark::AtMost(EMPTY_MB)),
            row("  at most until then", empty.1, "MB"),
            row(
                &format!("memory of a node, idle, {cases} open"),
                first.resident,
                "MB",
            )
            .mark(Mark::AtMost(FULL_MB)),
            row(
                "  at most until then, queues filled, a desk served",
                first.peak,
                "MB",
            )
            .mark(Mark::AtMost(FULL_MB)),
        ])
    }
}

async fn start(ground: &Ground, operator: &Responder, part: u64) -> Result<Started, NotRun> {
    let scratch = &ground.scratch;
    let began = Instant::now();
    let node = Node::begin(scratch, &format!("full{part}"), &[])?;
    let sent: RefCell<(Option<f64>, Vec<Duration>)> = RefCell::default();
    let sending = async {
        let mut reports = Reports::new(ground.seed, 0xf00 + part);
        let mut looks = tokio::time::interval(LOOK);
        let mut open: Option<Connection> = None;
        loop {
            looks.tick().await;
            let mut connection = match open.take() {
                Some(connection) => connection,
                // Not listening yet.
                None => match Connection::open(node.address).await {
                    Ok(connection) => connection,
                    Err(_) => continue,
                },
            };
            let asked = Instant::now();
            let status = connection.send(&reports.request()).await?;
            if status != 201 {
                return Err::<Started, _>(NotRun::Wrong(format!(
                    "a report was answered with {status}"
                )));
            }
            let mut sent = sent.borrow_mut();
            sent.0.get_or_insert_with(|| began.elapsed().as_secs_f64());
            sent.1.push(asked.elapsed());
            open = Some(connection);
        }
    };
    let looking = async {
        let mut started = Started::default();
        let mut looks = tokio::time::interval(LOOK);
        while sent.borrow().0.is_none() {
            looks.tick().await;
        }
        let cookie = operator.sign_in(node.address).await?;
        started.feed_bytes = synced(node.address, &cookie).await?;
        started.feed = began.elapsed().as_secs_f64();
        while !are_right(scratch).await? {
            looks.tick().await;
            if began.elapsed() > GIVE_UP {
                return Err(NotRun::Wrong("the queues do not become right".to_owned()));
            }
        }
        started.queue = began.elapsed().as_secs_f64();
        Ok(started)
    };
    let mut started: Started = tokio::select! {
        failed = sending => failed?,
        started = looking => started?,
    };
    let (serves, times) = sent.into_inner();
    started.serves = serves.unwrap_or(f64::NAN);
    started.reports = Samples::of(times);
    rest(IDLE).await;
    (started.resident, started.peak) = node.memory();
    node.process.stop().await?;
    Ok(started)
}

/// Every queue was filled, and together they hold what waits. Reports that arrive meanwhile are on
/// their way for a moment: so many are not missed.
async fn are_right(scratch: &Scratch) -> Result<bool, NotRun> {
    let (waiting, held) = million::queues(scratch).await?;
    Ok(held.is_some_and(|held| (waiting - held).abs() <= 2))
}

async fn rest(time: Duration) {
    tokio::time::sleep_until(tokio::time::Instant::now() + time).await;
}
