//! `msaada bench queue`: taking the next case, with a million waiting and with a thousand.
//!
//! All of them wait at one mission, which is the worst there can be.

use super::desk::Responder;
use super::figures::{Mark, Row, Samples};
use super::intake::Connection;
use super::million::{self, At};
use super::node::{Node, load_missions, yardstick};
use super::{Ground, NotRun, Scratch};
use crate::case::MissionCode;
use crate::queue::Queue;
use crate::reach::{Form, Reach, WrongForm};
use std::time::{Duration, Instant};

const MISSION: &str = "AE-DXB";
/// Milliseconds in which `next` is answered.
const P99_MS: f64 = 5.0;
/// Times what it takes with a thousand.
const GROWTH: f64 = 2.0;
/// How long the copy of the long queue may take.
const COPIES: Duration = Duration::from_secs(30);
/// How often it is looked whether the queue is filled.
const LOOK: Duration = Duration::from_millis(100);

/// Taking the next case out of a long queue; beside a bare pop
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How many wait in the long queue
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(2_000..=20_000_000))]
    cases: u64,
    /// How often it is taken from; the short queue holds a thousand at first
    #[arg(long, default_value_t = 800, value_parser = clap::value_parser!(u32).range(100..=900))]
    times: u32,
}

/// What taking took: over HTTP, claimed and committed, and out of Redis alone.
struct Taken {
    next: Samples,
    take: Samples,
}

impl Args {
    pub(super) async fn measure(&self, ground: &Ground) -> Result<Vec<Row>, NotRun> {
        let scratch = &ground.scratch;
        load_missions(scratch)?;
        let officer = Responder::first(scratch, "officer@dubai.example")?;
        million::store(ground, (1, 1_000), At::One(MISSION)).await?;
        let short = self.taken(ground, &officer, "short").await?;
        million::store(ground, (1_001, self.cases - 1_000), At::One(MISSION)).await?;
        scratch.forget_keys().await?;
        let long = self.taken(ground, &officer, "long").await?;
        let pop = pop(scratch).await?;
        let cases = self.cases;
        Ok(vec![
            Row::new(
                format!("next over HTTP, {cases} waiting, p99"),
                long.next.p99(),
                "ms",
            )
            .mark(Mark::AtMost(P99_MS)),
            Row::new("  p99", long.next.p99(), "ms")
                .beside("with 1000 waiting", short.next.p99())
                .mark(Mark::TimesAtMost(GROWTH)),
            Row::new("  p50", long.next.per_mille(500), "ms")
                .beside("with 1000 waiting", short.next.per_mille(500))
                .mark(Mark::TimesAtMost(GROWTH)),
            Row::new(
                format!("bare take, {cases} waiting, p99"),
                long.take.p99(),
                "ms",
            )
            .beside("with 1000 waiting", short.take.p99())
            .mark(Mark::TimesAtMost(GROWTH)),
            Row::new("  p50", long.take.per_mille(500), "ms")
                .beside("redis-benchmark ZPOPMIN, one client", pop.0),
            Row::new("  p99", long.take.p99(), "ms")
                .beside("redis-benchmark ZPOPMIN, one client", pop.1),
        ])
    }

    async fn taken(
        &self,
        ground: &Ground,
        officer: &Responder,
        name: &str,
    ) -> Result<Taken, NotRun> {
        let scratch = &ground.scratch;
        let node = Node::start(scratch, name, &[]).await?;
        let mut looks = tokio::time::interval(LOOK);
        loop {
            let (waiting, held) = million::queues(scratch).await?;
            if held == Some(waiting) {
                break;
            }
            looks.tick().await;
        }
        let cookie = officer.sign_in(node.address).await?;
        let request = format!(
            "POST /api/v1/missions/{MISSION}/next HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\
             X-Msaada: 1\r\nContent-Length: 0\r\n\r\n",
            node.address
        );
        let mut connection = Connection::open(node.address).await?;
        let mut next = Vec::new();
        for round in 0..self.times + 50 {
            let began = Instant::now();
            let status = connection.send(request.as_bytes()).await?;
            if status != 200 {
                return Err(NotRun::Wrong(format!("next was answered with {status}")));
            }
            // The first few open connections and prepare statements.
            if round >= 50 {
                next.push(began.elapsed());
            }
        }
        node.process.stop().await?;
        let take = self.bare(ground).await?;
        Ok(Taken {
            next: Samples::of(next),
            take,
        })
    }

    /// Out of Redis alone, as the service does it; without a node, since one would put back at once
    /// what is taken and never claimed.
    async fn bare(&self, ground: &Ground) -> Result<Samples, NotRun> {
        let scratch = &ground.scratch;
        let form: Form = scratch
            .redis_url
            .parse()
            .map_err(|wrong: WrongForm| NotRun::Setting(wrong.to_string()))?;
        let queue = Queue::new(Reach::new(form), &scratch.redis_prefix);
        let mission: MissionCode = MISSION
            .parse()
            .map_err(|_| NotRun::Wrong("no such mission".to_owned()))?;
        let now = ground.clock.now();
        let mut times = Vec::new();
        for _ in 0..self.times.min(140) {
            let began = Instant::now();
            if queue.take(&mission, now).await?.is_none() {
                return Err(NotRun::Wrong("the queue is empty".to_owned()));
            }
            times.push(began.elapsed());
        }
        times.drain(..20);
        Ok(Samples::of(times))
    }
}

/// Median and 99th percentile of a bare pop, in milliseconds, from a copy of the long queue.
async fn pop(scratch: &Scratch) -> Result<(f64, f64), NotRun> {
    let key = |name: &str| format!("{}:{{{MISSION}}}:{name}", scratch.redis_prefix);
    // A million members are not copied within the limit that is usual for a command.
    let patient = redis::AsyncConnectionConfig::new().set_response_timeout(Some(COPIES));
    let mut redis = redis::Client::open(scratch.redis_url.as_str())?
        .get_multiplexed_async_connection_with_config(&patient)
        .await?;
    redis::cmd("COPY")
        .arg(key("waiting"))
        .arg(key("yardstick"))
        .query_async::<()>(&mut redis)
        .await?;
    let mut arguments = match scratch.redis_url.strip_prefix("redis+unix://") {
        Some(path) => vec!["-s".to_owned(), path.to_owned()],
        None => vec!["-u".to_owned(), scratch.redis_url.clone()],
    };
    let more = ["-n", "20000", "-c", "1", "--csv", "ZPOPMIN"];
    arguments.extend(more.map(str::to_owned));
    arguments.push(key("yardstick"));
    let said = yardstick("redis-benchmark", arguments).await?;
    // "test","rps","avg_latency_ms","min_…","p50_…","p95_…","p99_…","max_…"
    let last = said.lines().last().unwrap_or_default();
    let figure = |column: usize| {
        let fields: Vec<&str> = last.split("\",\"").collect();
        let at = fields.len().checked_sub(8)? + column;
        fields.get(at)?.trim_matches('"').parse().ok()
    };
    figure(4).zip(figure(6)).ok_or_else(|| NotRun::Program {
        program: "redis-benchmark".to_owned(),
        why: format!("it told no times:\n{said}"),
    })
}
