//! `msaada bench clocks`: clocks that fall due all at once, one by one, and while a node dies.
//!
//! When a clock fired is told by PostgreSQL itself: a trigger, here and only here, notifies this
//! program of each lapse when its transaction commits.

use super::desk::Responder;
use super::figures::{Mark, Row, Samples};
use super::million::{self, At};
use super::node::{Node, load_missions, yardstick};
use super::{Ground, NotRun, Scratch};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::postgres::PgListener;
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Seconds in which ten thousand fire.
const AT_ONCE_S: f64 = 2.0;
/// Milliseconds of lateness when little happens.
const P99_MS: f64 = 10.0;
const LONGEST_MS: f64 = 100.0;
/// Seconds in which another node fires what a killed one held.
const KILLED_S: f64 = 2.0;
/// What others take: the engine of `GoAlert`, 500 a 5-second cycle; Celery's timers, nothing durable.
const GOALERT_S: f64 = 100.0;
const CELERY_S: f64 = 5.7;
const CELERY_P99_MS: f64 = 5.0;
const CELERY_LONGEST_MS: f64 = 200.0;
/// How long before its moment a clock is set: nodes look at least once a second by themselves.
const AHEAD: TimeDelta = TimeDelta::seconds(4);
/// Between two clocks that fall due one by one.
const APART: TimeDelta = TimeDelta::milliseconds(10);
/// A lapse that has not come by then will not.
const GIVE_UP: Duration = Duration::from_mins(1);
/// So long after the moment a node is killed, or stopped: in the middle of its work.
const INTO: TimeDelta = TimeDelta::milliseconds(30);

/// Clocks that fall due at once, one by one, and while a node is killed
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How many clocks are armed
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(20_000..=20_000_000))]
    cases: u64,
    /// How many fall due at the same moment
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    at_once: u32,
    /// How many fall due one by one, a hundred a second
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(100..=10_000))]
    one_by_one: u32,
}

impl Args {
    pub(super) async fn measure(&self, ground: &Ground) -> Result<Vec<Row>, NotRun> {
        let scratch = &ground.scratch;
        load_missions(scratch)?;
        let officer = Responder::first(scratch, "officer@dubai.example")?;
        let began = Instant::now();
        million::store(ground, (1, self.cases), At::All).await?;
        eprintln!(
            "{} clocks armed in {:.0} s",
            self.cases,
            began.elapsed().as_secs_f64()
        );
        let mut lapses = Lapses::hear(ground).await?;
        let single = updates(scratch, self.at_once).await?;
        let commits = commits(scratch, self.one_by_one).await?;

        let node = Node::start(scratch, "one", &[]).await?;
        filled(scratch).await?;
        counted(&node, &officer.sign_in(node.address).await?).await?;
        let planned = lapses.set(self.one_by_one, APART).await?;
        let late = lapses.all(planned).await?;
        let together = lapses.set(self.at_once, TimeDelta::zero()).await?;
        let cases: Vec<Uuid> = together.keys().copied().collect();
        let at_once = lapses.all(together).await?;
        let texts = texts(scratch, &cases).await?;

        let other = Node::start(scratch, "other", &[]).await?;
        let (killed, stopped) = {
            let two = lapses.set(2_000, TimeDelta::zero()).await?;
            until(ground, &two).await;
            node.process.signal("KILL")?;
            let killed = lapses.all(two).await?;
            let third = Node::start(scratch, "third", &[]).await?;
            let two = lapses.set(2_000, TimeDelta::zero()).await?;
            until(ground, &two).await;
            other.process.signal("STOP")?;
            let stopped = lapses.all(two).await?;
            other.process.signal("CONT")?;
            third.process.stop().await?;
            (killed, stopped)
        };
        other.process.stop().await?;
        once(scratch).await?;

        let many = self.at_once;
        let row = |name: String, value: f64, unit| Row::new(name, value, unit);
        let whole = at_once.per_mille(1_000) / 1_000.0;
        Ok(vec![
            row(
                format!("{many} due at the same moment, all fired and their texts queued"),
                whole,
                "s",
            )
            .beside(
                "the same rows, one update and one commit each (pgbench, 8 clients)",
                single,
            )
            .mark(Mark::AtMost(AT_ONCE_S)),
            row("  the same".to_owned(), whole, "s")
                .beside("GoAlert's engine, by its settings, not run here", GOALERT_S),
            row("  the same".to_owned(), whole, "s").beside(
                "Celery's timers, nothing durable, not in this run",
                CELERY_S,
            ),
            row("  texts they became".to_owned(), texts, ""),
            row(
                format!("lateness one by one, 100/s, {} armed: p50", self.cases),
                late.per_mille(500),
                "ms",
            )
            .beside(
                "an update and its commit, one by one",
                commits.per_mille(500),
            ),
            row("  p99".to_owned(), late.p99(), "ms")
                .beside("an update and its commit, one by one", commits.p99())
                .mark(Mark::AtMost(P99_MS)),
            row("  p99".to_owned(), late.p99(), "ms").beside(
                "Celery's timers, nothing durable, not in this run",
                CELERY_P99_MS,
            ),
            row("  longest".to_owned(), late.per_mille(1_000), "ms")
                .beside(
                    "Celery's timers, nothing durable, not in this run",
                    CELERY_LONGEST_MS,
                )
                .mark(Mark::AtMost(LONGEST_MS)),
            row(
                "2000 due, one of two nodes killed in the middle: last fired".to_owned(),
                killed.per_mille(1_000) / 1_000.0,
                "s",
            )
            .mark(Mark::AtMost(KILLED_S)),
            row(
                "2000 due, one of two nodes stopped (SIGSTOP) in the middle: last fired".to_owned(),
                stopped.per_mille(1_000) / 1_000.0,
                "s",
            ),
        ])
    }
}

/// Hears of every lapse when it is committed.
struct Lapses {
    clock: crate::clock::Clock,
    admin: PgConnection,
    listener: PgListener,
}

/// When each of these cases is due.
type Planned = BTreeMap<Uuid, DateTime<Utc>>;

impl Lapses {
    async fn hear(ground: &Ground) -> Result<Self, NotRun> {
        let mut admin = ground.scratch.connect().await?;
        sqlx::raw_sql(
            "create function tell_lapse() returns trigger language plpgsql as $$
             begin perform pg_notify('lapsed', new.case_id::text); return null; end $$;
             create trigger tell_lapse after insert on case_log for each row
             when (new.event = 'lapsed') execute function tell_lapse()",
        )
        .execute(&mut admin)
        .await?;
        let mut listener = PgListener::connect(&ground.scratch.database_url).await?;
        listener.listen("lapsed").await?;
        Ok(Self {
            clock: ground.clock.clone(),
            admin,
            listener,
        })
    }

    /// Arms so many clocks that never fired: the first in a few seconds, the others each so long
    /// after the one before.
    async fn set(&mut self, count: u32, apart: TimeDelta) -> Result<Planned, NotRun> {
        let first = self.clock.now() + AHEAD;
        let rows: Vec<(Uuid, DateTime<Utc>)> = sqlx::query_as(
            "update cases set due_at = $1 + n.number * $2 * interval '1 microsecond'
             from (select id, row_number() over () - 1 as number from
                     (select id from cases where lapses = 0 and due_at > $1 + interval '1 hour'
                      order by id limit $3) chosen) n
             where cases.id = n.id returning cases.id, cases.due_at",
        )
        .bind(first)
        .bind(apart.num_microseconds().unwrap_or(0))
        .bind(i64::from(count))
        .fetch_all(&mut self.admin)
        .await?;
        if self.clock.now() + TimeDelta::milliseconds(1_500) > first {
            return Err(NotRun::Wrong(
                "the clocks could not be set in time".to_owned(),
            ));
        }
        Ok(rows.into_iter().collect())
    }

    /// Waits until all have fired; how late each was.
    async fn all(&mut self, mut planned: Planned) -> Result<Samples, NotRun> {
        let mut late = Vec::with_capacity(planned.len());
        while !planned.is_empty() {
            let heard = tokio::time::timeout(GIVE_UP, self.listener.recv())
                .await
                .map_err(|_| NotRun::Wrong(format!("{} clocks never fired", planned.len())))??;
            let now = self.clock.now();
            let case: Option<Uuid> = heard.payload().parse().ok();
            let Some(due) = case.and_then(|case| planned.remove(&case)) else {
                return Err(NotRun::Wrong("a clock fired that was not due".to_owned()));
            };
            let by = (now - due).to_std();
            late.push(by.map_err(|_| NotRun::Wrong("a clock fired early".to_owned()))?);
        }
        Ok(Samples::of(late))
    }
}

/// Waits until some of these have fired and some have not.
async fn until(ground: &Ground, planned: &Planned) {
    let moment = planned.values().min().copied().unwrap_or_default() + INTO;
    let wait = (moment - ground.clock.now()).to_std().unwrap_or_default();
    tokio::time::sleep_until(tokio::time::Instant::now() + wait).await;
}

async fn filled(scratch: &Scratch) -> Result<(), NotRun> {
    let mut looks = tokio::time::interval(Duration::from_millis(200));
    while million::queues(scratch).await?.1.is_none() {
        looks.tick().await;
    }
    Ok(())
}

/// Waits until the node has read what its map counts: by then it is quiet.
async fn counted(node: &Node, cookie: &str) -> Result<(), NotRun> {
    let url = format!("http://{}/api/v1/map?zoom=1", node.address);
    let http = reqwest::Client::new();
    let mut looks = tokio::time::interval(Duration::from_millis(200));
    loop {
        looks.tick().await;
        let answer = http.get(&url).header("Cookie", cookie).send().await?;
        match answer.status().as_u16() {
            200 => return Ok(()),
            // It is being read.
            503 => {}
            status => return Err(NotRun::Wrong(format!("the map was answered with {status}"))),
        }
    }
}

/// Every case that lapsed did so once, and says so once.
async fn once(scratch: &Scratch) -> Result<(), NotRun> {
    let mut connection = scratch.connect().await?;
    let (lapses, cases, most): (i64, i64, i32) = sqlx::query_as(
        "select (select count(*) from case_log where event = 'lapsed'),
                count(*), coalesce(max(lapses), 0) from cases where lapses > 0",
    )
    .fetch_one(&mut connection)
    .await?;
    if lapses == cases && most == 1 {
        Ok(())
    } else {
        Err(NotRun::Wrong(format!(
            "{cases} cases lapsed {lapses} times"
        )))
    }
}

/// The texts that tell of one of these cases at least: each knows some of those it tells of, and of the
/// others only how many they are.
#[expect(clippy::cast_precision_loss, reason = "a few texts")]
async fn texts(scratch: &Scratch, cases: &[Uuid]) -> Result<f64, NotRun> {
    let mut connection = scratch.connect().await?;
    let texts: i64 =
        sqlx::query_scalar("select count(*) from outbox where about && $1 and state <> 'canceled'")
            .bind(cases)
            .fetch_one(&mut connection)
            .await?;
    Ok(texts as f64)
}

/// Seconds for as many rows, each with one bare update in a transaction of its own.
async fn updates(scratch: &Scratch, rows: u32) -> Result<f64, NotRun> {
    let mut connection = scratch.connect().await?;
    sqlx::raw_sql(AssertSqlSafe(format!(
        "create table yardstick as select row_number() over () as number, id, due_at from cases
         limit {rows}; alter table yardstick add primary key (number); analyze yardstick"
    )))
    .execute(&mut connection)
    .await?;
    let script = scratch.folder.join("update.sql");
    std::fs::write(
        &script,
        format!(
            "\\set n random(1, {rows})\nupdate cases set due_at = due_at + interval '1 second'\n \
             where id = (select id from yardstick where number = :n);\n"
        )
        .replace("\n where", " where"),
    )?;
    let arguments = [
        "--no-vacuum".to_owned(),
        "--protocol=prepared".to_owned(),
        "--client=8".to_owned(),
        "--jobs=2".to_owned(),
        format!("--transactions={}", rows.div_ceil(8)),
        format!("--file={}", script.to_string_lossy()),
        scratch.database_url.clone(),
    ];
    let said = yardstick("pgbench", arguments.into()).await?;
    let rate: Option<f64> = said
        .lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    rate.map(|rate| f64::from(rows) / rate)
        .ok_or_else(|| NotRun::Program {
            program: "pgbench".to_owned(),
            why: format!("it told no rate:\n{said}"),
        })
}

/// How long a bare update and its commit take, one by one at the same pace.
async fn commits(scratch: &Scratch, times: u32) -> Result<Samples, NotRun> {
    let mut connection = scratch.connect().await?;
    let mut pace = tokio::time::interval(Duration::from_millis(10));
    let mut taken = Vec::new();
    for number in 0..times {
        pace.tick().await;
        let began = Instant::now();
        sqlx::query(
            "update cases set due_at = due_at + interval '1 second'
             where id = (select id from yardstick where number = $1)",
        )
        .bind(i64::from(number + 1))
        .execute(&mut connection)
        .await?;
        taken.push(began.elapsed());
    }
    Ok(Samples::of(taken))
}
