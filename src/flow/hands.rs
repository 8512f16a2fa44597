//! Cases put into other hands: by a supervisor, and at the end of a shift.

use super::{ActRefused, Flow};
use crate::case::{Act, Card, Case, Entry, Refused, Responder, Words};
use crate::store::{Note, commit};
use uuid::Uuid;

impl Flow {
    /// Puts a case into a colleague's hands.
    pub(super) async fn assign(
        &self,
        (id, version): (Uuid, i64),
        act: &Act,
        to: Uuid,
        by: &Responder,
    ) -> Result<Card, ActRefused> {
        if !by.supervises() {
            return Err(Refused::NotASupervisor.into());
        }
        let now = self.clock.now();
        let standing = self.standing().await?;
        let colleague = self.store.responder(to).await?.ok_or_else(|| {
            ActRefused::Field("to", "there is no such colleague who signs in".into())
        })?;
        let mut tx = self.store.begin().await?;
        let case = self.one(&mut tx, (id, version), by).await?;
        let change = case.handed(&colleague, "assigned", now, &standing.policies)?;
        self.store.write_cases(&mut tx, &[&change.case]).await?;
        let note = Note {
            case_id: id,
            by: Some(by.id),
            entry: &change.entry,
            text: act.written().map(Words::expose),
        };
        self.store.log(&mut tx, &note, now).await?;
        commit(tx).await?;
        self.push([&change.case]);
        self.heard(by).await;
        Ok(Card::from(&change.case))
    }

    /// Confirms a hand-over: what its giver still holds is now in the hands of who confirms. None where
    /// there is no such hand-over for her, or somebody was faster.
    ///
    /// # Errors
    /// [`ActRefused`]; then nothing changed.
    pub async fn take_shift(
        &self,
        handover: Uuid,
        by: &Responder,
    ) -> Result<Option<Vec<Card>>, ActRefused> {
        let now = self.clock.now();
        let standing = self.standing().await?;
        let mut tx = self.store.begin().await?;
        let confirmed = self
            .store
            .confirm_handover(&mut tx, handover, by, now)
            .await?;
        let Some((giver, cases)) = confirmed else {
            return Ok(None);
        };
        let held = self.store.lock_cases(&mut tx, &cases).await?;
        let changes = held
            .iter()
            // What she gave away or ended meanwhile is not hers to hand over.
            .filter(|case| case.status.claimed_by() == Some(giver))
            .map(|case| case.handed(by, "handed_over", now, &standing.policies))
            .collect::<Result<Vec<_>, _>>()?;
        let taken: Vec<&Case> = changes.iter().map(|change| &change.case).collect();
        if !taken.is_empty() {
            self.store.write_cases(&mut tx, &taken).await?;
        }
        let log: Vec<(Uuid, &Entry)> = changes
            .iter()
            .map(|change| (change.case.id, &change.entry))
            .collect();
        self.store.log_by(&mut tx, Some(by.id), &log, now).await?;
        commit(tx).await?;
        self.push(taken.iter().copied());
        self.heard(by).await;
        Ok(Some(taken.into_iter().map(Card::from).collect()))
    }
}
