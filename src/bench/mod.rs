//! `msaada bench`: how fast the service is, beside yardsticks taken in the same run.
//!
//! Every figure stands beside what another program does on the same machine and the same servers a
//! moment earlier or later, so that a slow machine makes both slow and the ratio holds. A bench
//! starts real nodes, as processes of their own, and speaks to them from outside, as the world does.
//! It tells what it measured and whether that is as good as it is meant to be; it never fails for
//! being slow, since a timed test that fails by chance teaches people to ignore failures. It must
//! never touch a database that holds anything: it makes its own and takes it away again.

mod clocks;
mod desk;
mod feed;
mod figures;
mod intake;
mod million;
mod node;
mod outbox;
mod queue;
mod random;
mod start;
mod stores;

pub use stores::Scratch;

use crate::clock::Clock;
use figures::{Machine, Report};
use std::process::ExitCode;

/// What everything random is made from, so that two runs do the same.
const SEED: u64 = 20_260_101;

/// Measures the service on this machine, beside yardsticks.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    bench: Bench,
    #[command(flatten)]
    common: Common,
}

/// What all benches take.
#[derive(Debug, clap::Args)]
struct Common {
    /// The PostgreSQL to measure on, as a URL; a database of its own is made there, and dropped in
    /// the end. Without it: the one that ./run started
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    database_url: Option<String>,
    /// The Redis to measure on, as a URL; keys of its own are used. Without it: the one that ./run
    /// started
    #[arg(long, env = "REDIS_URL", hide_env_values = true, global = true)]
    redis_url: Option<String>,
    /// Print the figures as one JSON object
    #[arg(long, global = true)]
    json: bool,
    /// What everything random is made from
    #[arg(long, global = true, default_value_t = SEED)]
    seed: u64,
}

#[derive(Debug, clap::Subcommand)]
enum Bench {
    /// Reports over HTTP, each answered after its commit; beside pgbench
    Intake(intake::Args),
    /// From the commit to a desk's screen, and one card to many desks; beside a bare server
    Feed(feed::Args),
    /// Clocks that fall due at once, one by one, and while a node is killed
    Clocks(clocks::Args),
    /// Taking the next case out of a long queue; beside a bare pop
    Queue(queue::Args),
    /// A start on a million open cases, and the memory it takes
    Start(start::Args),
    /// Texts to a gateway that answers at once, beside a loop that only sends
    Outbox(outbox::Args),
    /// The bare server that the feed is measured beside
    #[command(hide = true)]
    Bare(feed::Bare),
    /// The desks that listen to a server
    #[command(hide = true)]
    Listeners(feed::Listeners),
    /// The gateway of that bench
    #[command(hide = true)]
    Gateway(outbox::GatewayArgs),
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum NotRun {
    /// A setting is missing or wrong.
    #[error("{0}")]
    Setting(String),
    /// A program used as a yardstick is not there.
    #[error("{program} is not on this machine; install it with: {how}")]
    NoProgram {
        /// The program.
        program: &'static str,
        /// How to get it.
        how: &'static str,
    },
    /// A program failed.
    #[error("{program} failed: {why}")]
    Program {
        /// The program.
        program: String,
        /// Its last words.
        why: String,
    },
    /// A figure would not be honest.
    #[error("the figures would be wrong: {0}")]
    Wrong(String),
    /// It was interrupted.
    #[error("interrupted")]
    Interrupted,
    /// PostgreSQL.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// PostgreSQL, asked directly.
    #[error("PostgreSQL: {0}")]
    Sql(#[from] sqlx::Error),
    /// Redis.
    #[error("Redis: {0}")]
    Redis(#[from] redis::RedisError),
    /// The machine.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// HTTP.
    #[error("HTTP: {0}")]
    Http(#[from] reqwest::Error),
}

/// Where a bench runs: stores of its own, and what everything random is made from.
struct Ground {
    scratch: Scratch,
    seed: u64,
    clock: Clock,
}

impl Args {
    /// Measures, prints, and takes away what it made, also where it failed or was interrupted. The
    /// exit code tells whether it could measure, not how fast it was.
    ///
    /// # Errors
    /// [`NotRun`].
    pub async fn run(self, clock: Clock) -> Result<ExitCode, NotRun> {
        let Self { bench, common } = self;
        // Parts of a bench, in processes of their own.
        match bench {
            Bench::Bare(args) => args.serve().await.map(|()| ExitCode::SUCCESS),
            Bench::Listeners(args) => args.listen().await.map(|()| ExitCode::SUCCESS),
            Bench::Gateway(args) => args.serve(clock).await.map(|()| ExitCode::SUCCESS),
            bench => Self { bench, common }.measure(clock).await,
        }
    }

    async fn measure(self, clock: Clock) -> Result<ExitCode, NotRun> {
        let Self { bench, common } = self;
        let (database, redis) = stores::urls(common.database_url, common.redis_url)?;
        let ground = Ground {
            scratch: Scratch::make(&database, &redis).await?,
            seed: common.seed,
            clock,
        };
        let measured = tokio::select! {
            measured = bench.measure(&ground) => measured,
            () = stores::interrupted() => Err(NotRun::Interrupted),
        };
        let machine = Machine::look(&ground.scratch).await;
        ground.scratch.take_away().await?;
        let report = Report {
            bench: bench.name(),
            seed: common.seed,
            machine: machine?,
            rows: measured?,
        };
        if common.json {
            println!("{}", report.json());
        } else {
            print!("{report}");
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Bench {
    const fn name(&self) -> &'static str {
        match self {
            Self::Intake(_) => "intake",
            Self::Feed(_) => "feed",
            Self::Clocks(_) => "clocks",
            Self::Queue(_) => "queue",
            Self::Start(_) => "start",
            Self::Outbox(_) => "outbox",
            Self::Bare(_) | Self::Listeners(_) | Self::Gateway(_) => "a part of a bench",
        }
    }

    async fn measure(&self, ground: &Ground) -> Result<Vec<figures::Row>, NotRun> {
        match self {
            Self::Intake(args) => args.measure(ground).await,
            Self::Feed(args) => args.measure(ground).await,
            Self::Clocks(args) => args.measure(ground).await,
            Self::Queue(args) => args.measure(ground).await,
            Self::Start(args) => args.measure(ground).await,
            Self::Outbox(args) => args.measure(ground).await,
            Self::Bare(_) | Self::Listeners(_) | Self::Gateway(_) => Ok(Vec::new()),
        }
    }
}
