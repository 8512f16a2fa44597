//! The store: all SQL, and rows that become domain values.
//!
//! PostgreSQL is the truth. Every write says how many rows it expects; a row that cannot become a
//! domain value names its table and column. Nothing above this module knows a column, and nothing
//! here decides anything. Errors never carry what was stored.

mod accountability;
mod acts;
mod alike;
mod attachments;
mod audit;
mod bounded;
mod case_row;
mod cases;
mod changes;
mod clocks;
mod columns;
mod contacts;
mod copied;
mod delivery;
mod desks;
mod detail;
mod doubt;
mod finding;
mod handovers;
mod intake;
mod lost;
mod map;
mod media;
mod missions;
mod notices;
mod outbox;
mod paired;
mod rates;
mod responders;
mod roster;
mod sessions;
mod sheets;
mod take;
mod tasks;
mod waiting;
mod watch;

pub use accountability::{Account, Accounts, Waited};
pub use acts::{Note, PlaceRow};
pub use alike::{Candidate, Told, TraceKey};
pub use attachments::{Attached, AttachmentRow, NewAttachment, Sender};
pub use audit::Stalled;
pub use bounded::{Held, Tx};
pub use cases::Filter;
pub use changes::{Changes, OpenAfter, Since};
pub use clocks::Ahead;
pub use contacts::{ContactKept, NewContact};
pub use delivery::Delivery;
pub use desks::Shown;
pub use detail::{ContactRow, LogRow, MessageRow, NamedPlace, Older, Oldest, ReportRow};
pub use handovers::HandoverRow;
pub use intake::{Known, NewReport};
pub use lost::{Lost, Texted};
pub use map::MapRow;
pub use media::Wanted;
pub use notices::TakenOver;
pub use outbox::{InHand, Outgoing, Settled, Written};
pub use paired::{BesideRow, StoredReport};
pub use responders::{Duty, NewResponder};
pub use roster::{Change, Phone};
pub use sheets::{AgreedWord, SheetRow};
pub use take::{Taken, UNWANTED};
pub use tasks::TaskRow;
pub use watch::Claims;

use crate::outbox::rates::Rates;
use bounded::{Pool, STATEMENT_TIMEOUT_MS};
use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnectOptions;
use std::sync::Arc;

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// PostgreSQL cannot be reached, or cannot write: the same may work later.
    #[error("PostgreSQL is away: {0}")]
    Away(#[source] sqlx::Error),
    /// Others held the rows it needs: a deadlock was broken up, or a lock was not had in time.
    /// PostgreSQL is well; the same will work in a moment.
    #[error("others held the rows: {0}")]
    Held(#[source] sqlx::Error),
    /// A row is there already that must be there once.
    #[error("a row of {0} is there already")]
    Twice(String),
    /// Somebody else changed the row first.
    #[error("expected to change {expected} rows of {table}, changed {changed}")]
    Stale {
        /// The table.
        table: &'static str,
        /// Rows expected.
        expected: u64,
        /// Rows changed.
        changed: u64,
    },
    /// A row that cannot become a domain value.
    #[error("a row of {table} has a {column} that cannot be")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// Anything else is our fault.
    #[error("{0}")]
    Broken(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database could not be migrated: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Away(error),
            sqlx::Error::Database(database) => {
                let code = database.code().unwrap_or_default();
                if code == "23505" {
                    Self::Twice(database.table().unwrap_or("a table").to_owned())
                } else if is_held(&code) {
                    Self::Held(error)
                } else if is_passing(&code) {
                    Self::Away(error)
                } else {
                    Self::Broken(error)
                }
            }
            _ => Self::Broken(error),
        }
    }
}

/// SQLSTATE classes that pass, by themselves or by an operator's hand: connection (08), sign-in
/// refused (28), no such database yet (3D), resources and full disk (53), operator intervention and
/// shutdown (57), system error (58), read-only after a fail-over (25006).
fn is_passing(code: &str) -> bool {
    ["08", "28", "3D", "53", "57", "58"]
        .iter()
        .any(|class| code.starts_with(class))
        || code == "25006"
}

/// SQLSTATEs of two at once: serialisation and deadlock (class 40), a lock not had in time (55P03).
fn is_held(code: &str) -> bool {
    code.starts_with("40") || code == "55P03"
}

impl StoreError {
    /// Whether the same may work later.
    #[must_use]
    pub const fn is_away(&self) -> bool {
        matches!(self, Self::Away(_))
    }

    /// Whether it is these rows that do not fit (a value, a constraint, SQLSTATE classes 22 and 23),
    /// so that others may be stored and the same will never be.
    #[must_use]
    pub fn is_of_data(&self) -> bool {
        match self {
            Self::Twice(_) | Self::Stale { .. } | Self::Corrupt { .. } => true,
            Self::Broken(sqlx::Error::Database(error)) => error
                .code()
                .is_some_and(|code| code.starts_with("22") || code.starts_with("23")),
            Self::Away(_) | Self::Held(_) | Self::Broken(_) | Self::Migrate(_) => false,
        }
    }
}

/// Checks that as many rows were changed as were meant.
fn expect_rows(table: &'static str, expected: usize, changed: u64) -> Result<(), StoreError> {
    let expected = expected as u64;
    if changed == expected {
        Ok(())
    } else {
        Err(StoreError::Stale {
            table,
            expected,
            changed,
        })
    }
}

/// A stored word that must be of a vocabulary.
fn word<T: std::str::FromStr>(
    table: &'static str,
    column: &'static str,
    word: &str,
) -> Result<T, StoreError> {
    word.parse()
        .map_err(|_| StoreError::Corrupt { table, column })
}

/// The store.
#[derive(Debug, Clone)]
pub struct Store {
    pool: Pool,
    /// For taking reports in, and for nothing else: whatever keeps the others busy, these are free.
    intake: Pool,
    /// For what goes on all the time: the clocks and the outbox.
    rounds: Pool,
    rates: Arc<Rates>,
}

/// Connections that only take reports in: one for each batch under way, and one for the spool.
const FOR_INTAKE: u32 = 3;
/// Connections of the clocks and the outbox, which takes and settles at once.
const FOR_ROUNDS: u32 = 3;
/// What every statement on these connections does is to look up and change a few rows by their keys:
/// whatever the values are, one plan is the right one, and it walks indexes. PostgreSQL does not know:
/// it makes a plan anew for each (which took longer than running it), or keeps one that it made while
/// the tables were empty, and reads them whole for ever after.
const BY_KEYS: [(&str, &str); 4] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
];

impl Store {
    /// A store over a database. Connects when it is first used, so that the service can start, and
    /// take reports in, while PostgreSQL is away.
    ///
    /// # Errors
    /// A URL that cannot be read.
    pub fn lazy(url: &str, connections: u32) -> Result<Self, StoreError> {
        let options: PgConnectOptions = url.parse().map_err(StoreError::Broken)?;
        let options = options.application_name("msaada").options([
            ("statement_timeout", STATEMENT_TIMEOUT_MS),
            ("lock_timeout", "5000"),
            ("idle_in_transaction_session_timeout", "15000"),
            // What a node that was cut off holds locked is free again after half a minute at most.
            ("tcp_keepalives_idle", "10"),
            ("tcp_keepalives_interval", "5"),
            ("tcp_keepalives_count", "3"),
            ("tcp_user_timeout", "20000"),
            // Every statement here is short; compiling one takes longer than running it.
            ("jit", "off"),
        ]);
        let others = connections.saturating_sub(FOR_INTAKE + FOR_ROUNDS).max(1);
        Ok(Self {
            pool: Pool::lazy(options.clone(), others),
            rounds: Pool::lazy(options.clone().options(BY_KEYS), FOR_ROUNDS),
            intake: Pool::lazy(options.options(BY_KEYS), FOR_INTAKE),
            rates: Rates::carried(),
        })
    }

    /// The same store, whose outbox keeps to these rates.
    #[must_use]
    pub fn with_rates(self, rates: Arc<Rates>) -> Self {
        Self { rates, ..self }
    }

    /// Brings the schema up to date; forward only.
    ///
    /// # Errors
    /// PostgreSQL is away, or the schema is not one of ours.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.pool.migrate().await?;
        Ok(())
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(self.pool.begin().await?)
    }

    /// Begins a transaction that takes reports in.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn begin_intake(&self) -> Result<Tx, StoreError> {
        Ok(self.intake.begin().await?)
    }

    /// Begins a transaction of a moment: if this process is stopped in the middle, PostgreSQL ends it
    /// after two seconds, and what it held is free for others.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn begin_moment(&self) -> Result<Tx, StoreError> {
        Ok(self
            .rounds
            .begin_with("begin; set local idle_in_transaction_session_timeout = 2000")
            .await?)
    }

    /// What time PostgreSQL's machine has: to agree with it, and for nothing else.
    ///
    /// # Errors
    /// It is away.
    pub async fn time(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        Ok(sqlx::query_scalar!("select clock_timestamp()")
            .fetch_one(&self.pool)
            .await?)
    }

    /// Whether PostgreSQL answers and can write.
    ///
    /// # Errors
    /// It is away, or read-only.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let read_only: Option<String> =
            sqlx::query_scalar!("select current_setting('transaction_read_only')")
                .fetch_one(&self.pool)
                .await?;
        if read_only.as_deref() == Some("on") {
            return Err(StoreError::Away(sqlx::Error::Io(std::io::Error::other(
                "the database is read-only",
            ))));
        }
        Ok(())
    }
}

/// Commits; an alias that lets the flow end with a verb.
///
/// # Errors
/// PostgreSQL is away; then nothing of the transaction holds, or (if the answer was lost) all of it.
pub async fn commit(tx: Tx) -> Result<(), StoreError> {
    Ok(tx.commit().await?)
}
