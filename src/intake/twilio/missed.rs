//! What the webhook missed: messages the provider has and we do not.
//!
//! The provider does not hand a message over again when nobody answered, so this asks for what came
//! in and takes in what is not stored, the same way and under the same id. It is idempotent: a
//! message that came by the webhook as well is known. It asks again for more than it has to, because
//! the provider's list fills late; and leaves the last half minute to the webhook, which tells more
//! (a position, pictures).

use super::inbound;
use crate::flow::{Flow, NotTaken};
use crate::outbox::twilio::{Listed, Twilio, Unanswered};
use crate::store::StoreError;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashSet;
use std::time::Duration;
use uuid::Uuid;

/// How far back the first round looks: all nodes may have been away for a night.
const FIRST: TimeDelta = TimeDelta::hours(24);
/// How far before the last complete round a round looks.
const OVERLAP: TimeDelta = TimeDelta::minutes(30);
/// How long a message is left to the webhook: the provider gives up after 15 s.
const LEFT_TO_WEBHOOK: TimeDelta = TimeDelta::seconds(30);

/// Why a round was not completed. The next one begins where it began.
#[derive(Debug, thiserror::Error)]
pub enum Incomplete {
    /// The provider did not answer.
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    /// The store could not be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A message could not be taken in.
    #[error("a missed message could not be taken in: {0}")]
    NotTaken(#[from] NotTaken),
}

/// Asks round by round. What it remembers only saves questions: without it, it asks for a day.
#[derive(Debug, Clone, Default)]
pub struct Missed {
    complete_until: Option<DateTime<Utc>>,
}

impl Missed {
    /// One round. Tells when the next is worth it, where a message was left to the webhook.
    ///
    /// # Errors
    /// [`Incomplete`]: what was taken in stays, and the next round asks for the rest.
    pub async fn step(
        &mut self,
        flow: &Flow,
        gateway: &Twilio,
    ) -> Result<Option<Duration>, Incomplete> {
        let now = flow.clock.now();
        let since = self
            .complete_until
            .map_or(now - FIRST, |until| until - OVERLAP);
        let batch = gateway.received_since(since).await?;
        if batch.cut {
            tracing::error!(
                "more messages came in than can be asked for at once; the oldest were not looked at"
            );
        }
        let known = known(flow, &batch.messages).await?;
        let (mut missed, mut left) = (0_u64, false);
        for listed in &batch.messages {
            if known.contains(&inbound::report_id(&listed.sid)) {
                continue;
            }
            if listed.created_at > now - LEFT_TO_WEBHOOK {
                left = true;
                continue;
            }
            // When it was written is what counts for its clock, not when it was asked for.
            let Ok(inbound) = inbound::read(&listed.as_form(), listed.created_at.min(now)) else {
                tracing::warn!("the provider lists a message without an id");
                continue;
            };
            match flow.receive(inbound.report).await {
                Ok(_) => missed += 1,
                // The webhook brought it in the meantime, with more in it.
                Err(NotTaken::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if missed > 0 {
            metrics::counter!("msaada_missed_messages_total").increment(missed);
            tracing::warn!(missed, "messages the webhook had missed were taken in");
        }
        self.complete_until = Some(now);
        Ok(left.then(|| LEFT_TO_WEBHOOK.to_std().unwrap_or_default()))
    }
}

/// Which of these messages are stored.
async fn known(flow: &Flow, listed: &[Listed]) -> Result<HashSet<Uuid>, StoreError> {
    let ids: Vec<Uuid> = listed
        .iter()
        .map(|listed| inbound::report_id(&listed.sid))
        .collect();
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let mut tx = flow.store.begin().await?;
    let known = flow.store.known_reports(&mut tx, &ids).await?;
    Ok(known.into_keys().collect())
}
