//! Messages in doubt, and messages of which nothing was heard: the provider is asked.

use super::leases::Leases;
use super::{Carrier, NO_SERVICE, hand::TRIES, state_of, told};
use crate::outbox::twilio::{Listed, Twilio};
use crate::rounds::Wake;
use crate::store::{Outgoing, Settled, Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;
use uuid::Uuid;

/// Messages of which nothing was heard that are asked about in one round.
const AT_ONCE: i64 = 64;
/// Asking about one message, all pages of the provider's list together, takes no longer. Well within
/// the lease, so that nobody else asks meanwhile.
const LONGEST_ASK: Duration = Duration::from_secs(30);
/// The wait after an answer that it does not have the message.
const ASK_AGAIN: TimeDelta = TimeDelta::seconds(30);
/// The wait after no answer.
const ASK_LATER: TimeDelta = TimeDelta::seconds(15);
/// So many such answers, [`ASK_AGAIN`] apart and so a minute from first to last, are believed: the
/// provider's list fills late, and one that is empty at first may still get the message.
const BELIEVED: i16 = 3;
/// Minutes after which a message of which nothing was heard is asked about: a callback that finds
/// nobody is not repeated, and many carriers never tell.
const ASK_AFTER_MIN: [i32; 10] = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024];

/// Asks how the messages are doing of which nothing was heard. To be done once a minute: which are
/// asked about follows from how old they are, and nothing has to be remembered.
///
/// # Errors
/// PostgreSQL is away.
pub async fn ask_after(
    store: &Store,
    gateway: &Twilio,
    lost: &Wake,
    now: DateTime<Utc>,
) -> Result<Option<Duration>, StoreError> {
    for (message, sid) in store.unheard(&ASK_AFTER_MIN, AT_ONCE, now).await? {
        match gateway.look_up(&sid).await {
            Ok(Some(listed)) => tell(store, message, &listed, lost, now).await?,
            Ok(None) => {
                tracing::warn!(%message, "the message service does not know a message it took");
            }
            Err(error) => {
                tracing::warn!(%error, "messages cannot be asked about");
                break;
            }
        }
    }
    Ok(None)
}

/// Records the state the provider lists.
async fn tell(
    store: &Store,
    message: Uuid,
    listed: &Listed,
    lost: &Wake,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if let Some(status) = listed.status {
        let state = (state_of(status), i16::from(status.rank()));
        let delivery = store
            .delivery(message, &listed.sid, state, listed.trouble, now)
            .await?;
        if let Some(delivery) = delivery {
            told(&delivery, lost);
        }
    }
    Ok(())
}

impl Carrier {
    /// Asks the provider about a message of which nobody knows whether it was sent.
    pub(super) async fn ask(
        &self,
        message: Outgoing,
        now: &impl Fn() -> DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let Some(gateway) = &self.gateway else {
            let settled = Settled::Failed {
                error: format!("perhaps not sent: {NO_SERVICE} to ask"),
                code: None,
            };
            return self.told_of(&message, settled, now()).await;
        };
        let question = gateway.all_sent(
            message.channel,
            &message.number,
            &message.body,
            message.written_at,
        );
        let answer = tokio::select! {
            answer = tokio::time::timeout(LONGEST_ASK, question) => answer,
            // Another node asks, at once.
            () = self.stop.cancelled() => {
                let settled = Settled::Unknown {
                    ask_at: now(),
                    asked: message.asked,
                };
                return self.told_of(&message, settled, now()).await;
            }
        };
        let settled = match answer {
            Ok(Ok(found)) => {
                for listed in found {
                    let sent = Settled::Sent {
                        sid: listed.sid.clone(),
                    };
                    match self.told_of(&message, sent, now()).await {
                        // The same words said another time: that message has this id.
                        Err(StoreError::Twice(_)) => continue,
                        recorded => recorded?,
                    }
                    tracing::info!(message = %message.id, "a message in doubt had been sent");
                    return tell(&self.store, message.id, &listed, &self.lost, now()).await;
                }
                not_listed(&message, now())
            }
            Ok(Err(error)) => {
                tracing::warn!(message = %message.id, %error, "a message is still in doubt");
                still_in_doubt(&message, now())
            }
            Err(_) => {
                tracing::warn!(message = %message.id, "the question about a message takes too long");
                still_in_doubt(&message, now())
            }
        };
        self.told_of(&message, settled, now()).await
    }

    /// Records what the provider said, of a message that nobody has in hand.
    async fn told_of(
        &self,
        message: &Outgoing,
        settled: Settled,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let settled = [(message.in_hand(), settled)];
        self.record(&settled, &Leases::default(), now).await
    }
}

/// The provider was not heard: nothing is known that was not known before.
fn still_in_doubt(message: &Outgoing, now: DateTime<Utc>) -> Settled {
    Settled::Unknown {
        ask_at: now + ASK_LATER,
        asked: message.asked,
    }
}

/// The provider says that it does not have the message, which is believed when it says so again and
/// again.
fn not_listed(message: &Outgoing, now: DateTime<Utc>) -> Settled {
    let asked = message.asked.saturating_add(1);
    if asked < BELIEVED {
        return Settled::Unknown {
            ask_at: now + ASK_AGAIN,
            asked,
        };
    }
    tracing::info!(message = %message.id, "a message in doubt had not been sent");
    if message.attempts >= TRIES {
        return Settled::Failed {
            error: "the message service never said that it took it".to_owned(),
            code: None,
        };
    }
    Settled::Retry {
        at: now,
        error: "sent again: the message service did not have it".to_owned(),
    }
}
