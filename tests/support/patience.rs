//! How long a story waits for anything real, and how: it looks again and again, and says what never
//! came.

use std::time::Duration;
use tokio::time::{interval, timeout};

/// How long anything real (a commit, a frame, a text) may take before a story fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);
/// How long a server may take to come up, or to be promoted.
const LONG: Duration = Duration::from_secs(30);

/// Asks again and again until it is so.
pub(crate) async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let mut again = interval(Duration::from_millis(20));
    let wait = async {
        while !so().await {
            again.tick().await;
        }
    };
    timeout(LONG, wait)
        .await
        .unwrap_or_else(|_| panic!("it never came to this: {what}"));
}
