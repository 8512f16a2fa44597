//! The sheet of a case: what a responder writes down is kept, sealed, with who wrote it and when.

use super::Flow;
use crate::case::{Act, Responder};
use crate::store::{StoreError, Tx};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The value of a step that is done.
const DONE: &str = "done";

impl Flow {
    /// Keeps the answers and steps of an act, if it has any.
    pub(super) async fn keep_sheet(
        &self,
        tx: &mut Tx,
        act: &Act,
        case: Uuid,
        by: &Responder,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let written: Vec<(&str, &str)> = match act {
            Act::Sheet { answers } => answers.expose().collect(),
            Act::Step { step, done } => vec![(step.as_str(), if *done { DONE } else { "" })],
            _ => return Ok(()),
        };
        self.store.write_sheet(tx, case, &written, by.id, now).await
    }
}
