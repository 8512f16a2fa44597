//! The auditor: looks every few seconds whether the promises hold, whoever it is that keeps them.
//!
//! No open case without a clock, none long past it, no message stuck, no report growing old on the
//! disk. It changes nothing and mends nothing: where it finds something, a step that should have
//! acted has not, and a person must know. So it says so loudly, with the ids of cases and nothing
//! else; and because a service that is dead says nothing, it tells an address outside that all is
//! well (a dead-man's switch), and falls silent when it is not. A node whose auditor itself stopped
//! says so in its readiness, and its heartbeat in the metrics stands still.

use crate::spool::Spool;
use crate::store::{Stalled, Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;
use uuid::Uuid;

/// A case may be due for so long before it counts as missed: a tick under load, a fail-over.
const CASE_LATE: TimeDelta = TimeDelta::seconds(15);
/// A message may wait for so long past its moment, behind others to the same person or country; or be
/// tried or asked about in vain for so long.
const MESSAGE_LATE: TimeDelta = TimeDelta::minutes(5);
/// A report may lie on the disk for so long.
const REPORT_LATE: TimeDelta = TimeDelta::minutes(1);
/// So many of each are counted; more are "so many at least".
const COUNTED: i64 = 1_000;
/// So many are named in the log.
const NAMED: usize = 10;
/// An auditor that ended no round for so long has stopped.
const STOPPED: TimeDelta = TimeDelta::seconds(30);
/// The address outside is told this often at most.
const TELL_EVERY: TimeDelta = TimeDelta::seconds(10);
/// It may take so long to answer.
const ANSWER: Duration = Duration::from_secs(3);

/// The auditor of a node.
#[derive(Clone)]
pub struct Audit(Arc<Inner>);

struct Inner {
    store: Store,
    spool: Option<Spool>,
    outside: Option<(reqwest::Client, reqwest::Url)>,
    begun: AtomicI64,
    ended: AtomicI64,
    good: AtomicI64,
    told: AtomicI64,
    wrong: AtomicUsize,
}

/// What the auditor says of itself, for `/health/ready`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Word {
    /// `ok`; `findings`: something is wrong, see the log; `blind`: it cannot look, PostgreSQL is
    /// away; `stopped`: it does not run any more.
    pub status: &'static str,
    /// When all was well last.
    pub last_good: Option<DateTime<Utc>>,
    /// How many cases and messages were found in the last round.
    pub found: usize,
}

impl Audit {
    /// An auditor; `outside` is asked for after every good round.
    #[must_use]
    pub fn new(
        store: Store,
        spool: Option<Spool>,
        outside: Option<reqwest::Url>,
        now: DateTime<Utc>,
    ) -> Self {
        let client = |url| {
            let client = reqwest::Client::builder().timeout(ANSWER).build();
            client.ok().map(|client| (client, url))
        };
        for name in GAUGES {
            metrics::gauge!(name).set(0.0);
        }
        for result in ["ok", "failed"] {
            metrics::counter!("msaada_deadman_told_total", "result" => result).increment(0);
        }
        Self(Arc::new(Inner {
            store,
            spool,
            outside: outside.and_then(client),
            begun: AtomicI64::new(now.timestamp_millis()),
            ended: AtomicI64::new(0),
            good: AtomicI64::new(0),
            told: AtomicI64::new(0),
            wrong: AtomicUsize::new(0),
        }))
    }

    /// One round.
    ///
    /// # Errors
    /// PostgreSQL is away; then nothing is known, and nobody is told that all is well.
    pub async fn step(&self, now: DateTime<Utc>) -> Result<Option<Duration>, StoreError> {
        let looked = self
            .0
            .store
            .stalled(now, now - CASE_LATE, now - MESSAGE_LATE, COUNTED)
            .await;
        let kept = self.oldest_kept(now).await;
        // It looked, whatever it saw: the heartbeat.
        self.0
            .ended
            .store(now.timestamp_millis(), Ordering::Relaxed);
        gauge("msaada_audit_last_seconds", seconds(now));
        let stalled = looked?;
        report(&stalled, kept);
        let wrong = stalled.without_clock.len()
            + stalled.overdue.len()
            + stalled.unsent.len()
            + usize::from(kept > REPORT_LATE);
        self.0.wrong.store(wrong, Ordering::Relaxed);
        if wrong == 0 {
            self.0.good.store(now.timestamp_millis(), Ordering::Relaxed);
            gauge("msaada_audit_last_good_seconds", seconds(now));
            self.tell(now).await;
        }
        Ok(None)
    }

    /// What it says of itself.
    #[must_use]
    pub fn word(&self, now: DateTime<Utc>) -> Word {
        let time = |at: &AtomicI64| at.load(Ordering::Relaxed);
        let (ended, good) = (time(&self.0.ended), time(&self.0.good));
        let found = self.0.wrong.load(Ordering::Relaxed);
        let since = time(&self.0.begun).max(ended);
        let status = if now.timestamp_millis() - since > STOPPED.num_milliseconds() {
            "stopped"
        } else if found > 0 {
            "findings"
        } else if good < ended {
            "blind"
        } else {
            "ok"
        };
        Word {
            status,
            last_good: (good > 0)
                .then(|| DateTime::from_timestamp_millis(good))
                .flatten(),
            found,
        }
    }

    /// How long the oldest report has been on the disk; the disk is only read where there is one.
    async fn oldest_kept(&self, now: DateTime<Utc>) -> TimeDelta {
        let oldest = match &self.0.spool {
            Some(spool) if spool.depth().reports > 0 => spool.head(1).await.ok(),
            _ => None,
        };
        oldest
            .and_then(|head| Some(now - head.reports.first()?.report.received_at))
            .unwrap_or_default()
            .max(TimeDelta::zero())
    }

    /// Tells the address outside that all is well. Whether it hears does not matter here: its
    /// silence is noticed there.
    async fn tell(&self, now: DateTime<Utc>) {
        let Some((client, url)) = &self.0.outside else {
            return;
        };
        let last = self.0.told.load(Ordering::Relaxed);
        if now.timestamp_millis() - last < TELL_EVERY.num_milliseconds() {
            return;
        }
        let told = client.get(url.clone()).send().await;
        let result = match told.and_then(reqwest::Response::error_for_status) {
            Ok(_) => {
                self.0.told.store(now.timestamp_millis(), Ordering::Relaxed);
                "ok"
            }
            Err(error) => {
                // The URL is a secret: whoever knows it can keep the switch quiet.
                let error = error.without_url();
                tracing::warn!(%error, "the dead-man's switch could not be told that all is well");
                "failed"
            }
        };
        metrics::counter!("msaada_deadman_told_total", "result" => result).increment(1);
    }
}

/// What it counts, there from the first moment so that an alert can be set on it.
const GAUGES: [&str; 6] = [
    "msaada_audit_last_seconds",
    "msaada_audit_last_good_seconds",
    "msaada_audit_cases_without_clock",
    "msaada_audit_cases_overdue",
    "msaada_audit_messages_stuck",
    "msaada_audit_spool_oldest_seconds",
];

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds, and counts up to a thousand"
)]
fn seconds(now: DateTime<Utc>) -> f64 {
    now.timestamp_millis() as f64 / 1_000.0
}

fn gauge(name: &'static str, value: f64) {
    metrics::gauge!(name).set(value);
}

fn report(stalled: &Stalled, kept: TimeDelta) {
    found(
        "msaada_audit_cases_without_clock",
        &stalled.without_clock,
        "open cases have no clock",
    );
    found(
        "msaada_audit_cases_overdue",
        &stalled.overdue,
        "cases are due and nobody fired their clocks",
    );
    found(
        "msaada_audit_messages_stuck",
        &stalled.unsent,
        "messages are stuck in the outbox; these are their cases",
    );
    gauge("msaada_audit_spool_oldest_seconds", kept.as_seconds_f64());
    if kept > REPORT_LATE {
        tracing::error!(
            oldest_s = kept.num_seconds(),
            "reports grow old in the spool and are not taken in"
        );
    }
}

fn found(metric: &'static str, cases: &[Uuid], what: &'static str) {
    #[expect(clippy::cast_precision_loss, reason = "a thousand at most")]
    gauge(metric, cases.len() as f64);
    if !cases.is_empty() {
        let named: Vec<String> = cases.iter().take(NAMED).map(Uuid::to_string).collect();
        tracing::error!(count = cases.len(), cases = named.join(" "), "{what}");
    }
}
