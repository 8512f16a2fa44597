//! `msaada bench intake`: reports over HTTP, each answered after its commit, beside pgbench.
//!
//! What is counted is what the world counts: answers that say that a report is stored. In the end the
//! database is asked whether it holds as many.

mod client;
mod pgbench;
mod texts;

use super::figures::{Mark, Row};
use super::node::{Node, Process, load_missions, ours};
use super::outbox::{ACCOUNT, FROM, TOKEN, begin_gateway};
use super::{Ground, NotRun};
use client::{Answered, send};
use std::time::Duration;

pub(super) use client::Connection;
pub(super) use texts::Reports;

/// Connections that send reports.
const CONNECTIONS: u64 = 64;
/// How long the service is warmed up: connections to the database, statements, caches.
const WARM: Duration = Duration::from_secs(2);
/// Of the single rows' rate.
const OF_SINGLE_ROWS: f64 = 0.25;
/// Of the same rows' rate.
const OF_SAME_ROWS: f64 = 1.0;
/// Milliseconds at half the rate that was reached.
const P99_MS: f64 = 50.0;

/// Reports over HTTP, each answered after its commit; beside pgbench.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Seconds that each part takes
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(2..=600))]
    seconds: u64,
    /// The service alone, without the yardsticks: to see what a change of the code does
    #[arg(long)]
    alone: bool,
}

impl Args {
    pub(super) async fn measure(&self, ground: &Ground) -> Result<Vec<Row>, NotRun> {
        let scratch = &ground.scratch;
        load_missions(scratch)?;
        ours(scratch, &["responder", "seed"])?;
        let lasts = Duration::from_secs(self.seconds);
        // Texts leave meanwhile, at the rates that a sender is allowed.
        let (gateway, url) = begin_gateway(scratch).await?;
        let settings = [
            ("MSAADA_TWILIO_ACCOUNT_SID", ACCOUNT),
            ("MSAADA_TWILIO_AUTH_TOKENS", TOKEN),
            ("MSAADA_TWILIO_FROM", FROM),
            ("MSAADA_TWILIO_API", &url),
        ];

        let node = Node::start(scratch, "node", &settings).await?;
        let idle = megabytes(&node.process);
        send(node.address, (ground.seed, 1), CONNECTIONS, WARM, None).await?;
        // As before the yardsticks: what autovacuum does within a minute wherever this runs for longer.
        scratch.tidy().await?;
        let before = stored(ground).await?;
        let busy = node.process.busy();
        let full = send(node.address, (ground.seed, 2), CONNECTIONS, lasts, None).await?;
        let busy = node.process.busy().saturating_sub(busy);
        honest(&full, stored(ground).await? - before)?;

        let half_rate = full.rate() / 2.0;
        let part = (ground.seed, 3);
        let before = stored(ground).await?;
        let half = send(node.address, part, CONNECTIONS, lasts, Some(half_rate)).await?;
        honest(&half, stored(ground).await? - before)?;
        let grown = megabytes(&node.process);
        node.process.stop().await?;
        gateway.stop().await?;

        let mut rows = if self.alone {
            vec![Row::new("intake, 64 connections", full.rate(), "/s")]
        } else {
            self.yardsticks(ground).await?.rows(full.rate()).into()
        };
        rows.extend([
            Row::new("  p50 then", full.times.per_mille(500), "ms"),
            Row::new("  p99 then", full.times.p99(), "ms"),
            Row::new(
                "  the node's processor time a report",
                per_report(busy, &full),
                "us",
            ),
            Row::new(
                format!("at {half_rate:.0}/s: sent and stored"),
                half.rate(),
                "/s",
            ),
            Row::new("  p50", half.times.per_mille(500), "ms"),
            Row::new("  p99", half.times.p99(), "ms").mark(Mark::AtMost(P99_MS)),
            Row::new("  longest", half.times.per_mille(1_000), "ms"),
            Row::new("memory of the node, idle", idle, "MB"),
            Row::new("memory of the node, afterwards", grown, "MB"),
        ]);
        Ok(rows)
    }

    /// What pgbench does on the same servers, right afterwards: the rows it writes again are those
    /// that the node wrote. After, since the cases it leaves are open and overdue, and a node would
    /// have their clocks to fire beside the reports that are counted.
    async fn yardsticks(&self, ground: &Ground) -> Result<Yardsticks, NotRun> {
        ground.scratch.tidy().await?;
        let single = pgbench::single_rows(ground, self.seconds).await?;
        ground.scratch.tidy().await?;
        let same = pgbench::same_rows(ground, self.seconds, false).await?;
        ground.scratch.tidy().await?;
        Ok(Yardsticks {
            single,
            same,
            piped: pgbench::same_rows(ground, self.seconds, true).await?,
        })
    }
}

/// Transactions of pgbench a second.
struct Yardsticks {
    single: f64,
    same: f64,
    piped: f64,
}

impl Yardsticks {
    fn rows(&self, rate: f64) -> [Row; 3] {
        let intake = || Row::new("intake, 64 connections", rate, "/s");
        [
            intake()
                .beside("pgbench, one row a transaction", self.single)
                .mark(Mark::TimesAtLeast(OF_SINGLE_ROWS)),
            intake()
                .beside("pgbench, the same rows", self.same)
                .mark(Mark::TimesAtLeast(OF_SAME_ROWS)),
            intake().beside("pgbench, the same rows in one go (pipeline)", self.piped),
        ]
    }
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
fn megabytes(process: &Process) -> f64 {
    process.memory_kb() as f64 / 1_024.0
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
fn per_report(busy: Duration, answered: &Answered) -> f64 {
    busy.as_secs_f64() * 1e6 / answered.stored as f64
}

/// How many reports the database holds.
async fn stored(ground: &Ground) -> Result<u64, NotRun> {
    let mut connection = ground.scratch.connect().await?;
    let count: i64 = sqlx::query_scalar("select count(*) from sealed.reports")
        .fetch_one(&mut connection)
        .await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Everything that was answered as stored is there, and nothing else; and nothing was refused or put
/// off, which would be another figure than the one that is told.
fn honest(answered: &Answered, stored: u64) -> Result<(), NotRun> {
    if answered.kept + answered.refused > 0 || answered.stored != stored {
        return Err(NotRun::Wrong(format!(
            "{} reports were answered as stored, {} as kept, {} were refused; the database has {} more",
            answered.stored, answered.kept, answered.refused, stored
        )));
    }
    Ok(())
}
