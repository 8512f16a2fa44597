//! Work that goes on by itself: a step and a loop around it.
//!
//! A step takes no input, is idempotent, and retries nothing: the next round is the retry. It runs
//! when it is woken and, in case a signal was lost, when its period is over or at the moment it asked
//! for. A step that fails is logged and tried again, also where it breaks down
//! (panics): it must never end its loop.

use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The least time between two rounds that nobody woke.
const PAUSE: Duration = Duration::from_millis(100);

/// Wakes a step. Any number of signals before the next round are one.
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// Asks for a round now.
    pub fn now(&self) {
        self.0.notify_one();
    }

    /// Waits until a round is asked for, for a round that is under way and can take in more.
    pub async fn heard(&self) {
        self.0.notified().await;
    }
}

/// Runs a step until `stop`. The step says how long it can wait at most; never longer than `period`.
pub async fn keep<E: std::fmt::Display>(
    name: &'static str,
    wake: Wake,
    period: Duration,
    stop: CancellationToken,
    mut round: impl AsyncFnMut() -> Result<Option<Duration>, E>,
) {
    metrics::counter!("msaada_rounds_failed_total", "round" => name).increment(0);
    loop {
        let ended = AssertUnwindSafe(async { round().await })
            .catch_unwind()
            .await
            .unwrap_or_else(|_| {
                metrics::counter!("msaada_rounds_failed_total", "round" => name).increment(1);
                tracing::error!(round = name, "a round broke down and will be tried again");
                Ok(None)
            });
        let wait = match ended {
            // What is due and could not be handled (another process has it, no rule for it) is
            // not asked for again at once.
            Ok(Some(next)) if next.is_zero() => PAUSE.min(period),
            Ok(next) => next.map_or(period, |next| next.min(period)),
            Err(error) => {
                metrics::counter!("msaada_rounds_failed_total", "round" => name).increment(1);
                tracing::warn!(round = name, %error, "a round failed and will be tried again");
                period
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tokio::time::timeout(wait, wake.0.notified()) => {}
        }
    }
}
