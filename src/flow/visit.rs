//! Somebody who comes back with a reference and its code.

use super::Flow;
use crate::case::{Case, Entry, Reference, SafeContact};
use crate::store::{Note, StoreError, commit};
use serde_json::json;
use subtle::ConstantTimeEq;
use uuid::Uuid;

impl Flow {
    /// The case of a reference, if the code is its code. A wrong code and an unknown reference are
    /// told apart to nobody.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn visit(
        &self,
        reference: &Reference,
        code: &str,
    ) -> Result<Option<Case>, StoreError> {
        let Some(case) = self.store.case_by_reference(reference.as_str()).await? else {
            return Ok(None);
        };
        let opener = self
            .store
            .first_reports(case.id)
            .await?
            .into_iter()
            .find(|report| self.mint.reference(*report) == case.reference);
        let right = opener.is_some_and(|report| {
            bool::from(self.mint.code(report).as_bytes().ct_eq(code.as_bytes()))
        });
        if !right {
            return Ok(None);
        }
        // Of a case that was joined to another she is told how that one stands.
        let goes_on = match case.merged_into {
            Some(id) => self.store.case(id).await?,
            None => None,
        };
        let status = goes_on.map_or(case.status, |goes_on| goes_on.status);
        Ok(Some(Case { status, ..case }))
    }

    /// Keeps what a visitor chose about being contacted.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn visitor_chose(&self, case: Uuid, safe: SafeContact) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let goes_on = self.store.survivor(&mut tx, case).await?;
        let Some(mut changed) = self.store.lock_case(&mut tx, goes_on).await? else {
            return Ok(());
        };
        // Only whether: hours and notes that were given stay.
        self.store.set_safe(&mut tx, case, safe, now).await?;
        changed.version += 1;
        changed.unread = changed.unread.saturating_add(1);
        self.store.write_cases(&mut tx, &[&changed]).await?;
        let entry = Entry {
            event: "safe_contact",
            detail: json!({"contact": safe, "by": "the person"}),
        };
        let note = Note {
            case_id: goes_on,
            by: None,
            entry: &entry,
            text: None,
        };
        self.store.log(&mut tx, &note, now).await?;
        commit(tx).await?;
        self.push([&changed]);
        Ok(())
    }
}
