//! What desks tell of themselves: that they are there, and what they have shown.

use super::Flow;
use crate::case::Responder;
use uuid::Uuid;

impl Flow {
    /// Something was heard from a responder: her claims live. A store that is away is told again.
    pub async fn heard(&self, by: &Responder) {
        if let Err(error) = self.store.heard(by.id, self.clock.now()).await {
            tracing::debug!(%error, "a desk was heard and that could not be written down");
        }
    }

    /// A desk with its alarm on shows a critical case. It counts where the case is: a desk elsewhere
    /// does not answer for it, and one that is off duty is nobody's.
    pub async fn shown(&self, case: Uuid, by: &Responder) {
        let shown = self
            .store
            .shown(case, (&by.mission, by.id), self.clock.now())
            .await;
        match shown {
            Ok(true) => tracing::info!(%case, by = %by.id, "a desk shows it"),
            Ok(false) => {}
            Err(error) => tracing::warn!(%case, %error, "a case was shown and could not be marked"),
        }
    }
}
