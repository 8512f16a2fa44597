//! Somebody who comes back with a reference and its code.

use super::Flow;
use crate::case::{Case, Contact, Entry, Reference, SafeContact, Status};
use crate::store::{Note, StoreError, commit};
use serde_json::json;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// A reference that somebody asks after, before it is known whether she has its code.
pub struct Visited {
    case: Option<Case>,
    code: String,
}

impl Visited {
    /// Whether there is such a case.
    #[must_use]
    pub const fn exists(&self) -> bool {
        self.case.is_some()
    }

    /// The case, if this is its code. A wrong code and an unknown reference are told apart to nobody.
    #[must_use]
    pub fn opened_by(self, code: &str) -> Option<Case> {
        let right = bool::from(self.code.as_bytes().ct_eq(code.as_bytes()));
        self.case.filter(|_| right)
    }
}

impl Flow {
    /// Looks a reference up. It is the same work whether or not there is such a case, so that the time
    /// it takes does not tell.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn asked(&self, reference: &Reference) -> Result<Visited, StoreError> {
        let case = self.store.case_by_reference(reference.as_str()).await?;
        let id = case.as_ref().map_or(Uuid::nil(), |case| case.id);
        let opener = self
            .store
            .first_reports(id)
            .await?
            .into_iter()
            .find(|report| self.mint.reference(*report) == *reference);
        let code = self.mint.code(opener.unwrap_or_default());
        let case = case.filter(|_| opener.is_some());
        Ok(Visited { case, code })
    }

    /// How a case stands, as its visitor is told: of one that was joined to another, how that stands.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn stands(&self, case: &Case) -> Result<Status, StoreError> {
        let goes_on = match case.merged_into {
            Some(id) => self.store.case(id).await?,
            None => None,
        };
        Ok(goes_on.map_or(case.status, |goes_on| goes_on.status))
    }

    /// Keeps what a visitor chose about being contacted: by the number she gave with it, or at all.
    /// Where a stricter choice of the number's own or of a responder holds, it stays, and the log says so.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn visitor_chose(
        &self,
        case: Uuid,
        safe: SafeContact,
        with: Option<&Contact>,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        let goes_on = self.store.survivor(&mut tx, case).await?;
        let Some(mut changed) = self.store.lock_case(&mut tx, goes_on).await? else {
            return Ok(());
        };
        // Only whether: hours and notes that were given stay.
        let number = with.map(|contact| contact.number.expose());
        let holds = self
            .store
            .set_safe(&mut tx, case, (safe, number), now)
            .await?;
        changed.version += 1;
        changed.unread = changed.unread.saturating_add(1);
        self.store.write_cases(&mut tx, &[&changed]).await?;
        let entry = Entry {
            event: "safe_contact",
            detail: json!({"contact": safe, "by": "the person", "holds": holds}),
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
