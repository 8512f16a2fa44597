//! Hearing what is published, and knowing that one hears.
//!
//! A subscription that broke in silence (a hung server, a cut that nobody reported, a node that its
//! cluster left behind) looks like one on which nothing happens. So a listener publishes a sign of
//! life of its own, by the way everybody publishes, and when it does not hear it back in time, the
//! hearing ends and begins anew elsewhere.

use super::Reach;
use super::link::{LIMIT, late};
use futures_util::StreamExt;
use redis::aio::PubSub;
use redis::{Client, RedisResult};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// How often a sign of life is sent.
const BEAT: Duration = Duration::from_millis(500);
/// Without a sign of life for this long, the line is dead.
const SILENCE: Duration = Duration::from_secs(2);

impl Reach {
    /// Gives `each` what is published on the channels of this pattern, until the line is lost.
    /// `own` is a channel that nobody else uses.
    ///
    /// # Errors
    /// Redis is away, or is no longer heard.
    pub async fn hear(
        &self,
        pattern: &str,
        own: &str,
        mut each: impl FnMut(&[u8]),
    ) -> RedisResult<()> {
        let mut subscription = self.subscribe(pattern, own).await?;
        let mut messages = subscription.on_message();
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                message = messages.next() => match message {
                    None => return Ok(()),
                    Some(message) if message.get_channel_name() == own => heard = Instant::now(),
                    Some(message) => each(message.get_payload_bytes()),
                },
                _ = beat.tick() => {
                    if heard.elapsed() > SILENCE {
                        return Err(late());
                    }
                    // Whether it arrives is what is listened for.
                    let _ = redis::cmd("PUBLISH")
                        .arg(own)
                        .arg("")
                        .query_async::<()>(&mut self.clone())
                        .await;
                }
            }
        }
    }

    /// Subscribes at the first server that answers.
    async fn subscribe(&self, pattern: &str, own: &str) -> RedisResult<PubSub> {
        let mut last = late();
        let mut servers = self.servers().await?;
        if !servers.is_empty() {
            // So that the listeners spread over the nodes, and none comes back to a bad one only.
            let first = rand::random_range(0..servers.len());
            servers.rotate_left(first);
        }
        for server in servers {
            match timeout(LIMIT, subscribed(&server, pattern, own)).await {
                Ok(Ok(subscription)) => return Ok(subscription),
                Ok(Err(error)) => last = error,
                Err(_) => last = late(),
            }
        }
        Err(last)
    }
}

async fn subscribed(server: &Client, pattern: &str, own: &str) -> RedisResult<PubSub> {
    let mut subscription = server.get_async_pubsub().await?;
    subscription.psubscribe(pattern).await?;
    subscription.subscribe(own).await?;
    Ok(subscription)
}
