//! What desks tell of themselves: that they are there, and what they have shown.

use super::Flow;
use crate::case::Responder;
use crate::store::Shown;
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

/// What a desk tells of itself is not waited for longer: its line must not stand still for it.
const PATIENCE: Duration = Duration::from_secs(2);

impl Flow {
    /// Whether a responder sees a case that is open at her desk; none where the store cannot tell.
    pub async fn may_look_at(&self, case: Uuid, by: &Responder) -> Option<bool> {
        let found = timeout(PATIENCE, self.store.case(case)).await.ok()?.ok()?;
        Some(found.is_some_and(|case| case.is_seen_by(by)))
    }

    /// Something was heard from a responder: her claims live. Whether it is written down; a store that
    /// is away is to be told again.
    pub async fn heard(&self, by: &Responder) -> bool {
        let written = timeout(PATIENCE, self.store.heard(by.id, self.clock.now())).await;
        let written = matches!(written, Ok(Ok(())));
        if !written {
            tracing::debug!("a desk was heard and that could not be written down");
        }
        written
    }

    /// A desk with its alarm on shows a critical case. It counts where the case is: a desk elsewhere
    /// does not answer for it, and one that is off duty is nobody's. Whether there is nothing more to
    /// say of it.
    pub async fn shown(&self, case: Uuid, by: &Responder) -> bool {
        let at = (&by.mission, by.id);
        match timeout(PATIENCE, self.store.shown(case, at, self.clock.now())).await {
            Ok(Ok(shown)) => {
                if shown == Shown::First {
                    tracing::info!(%case, by = %by.id, "a desk shows it");
                }
                shown != Shown::NotOnDuty
            }
            Ok(Err(error)) => {
                tracing::warn!(%case, %error, "a case was shown and could not be marked");
                false
            }
            Err(_) => {
                tracing::warn!(%case, "a case was shown and the store does not answer");
                false
            }
        }
    }
}
