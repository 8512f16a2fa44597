//! What becomes of a report when PostgreSQL does not take it: it is kept in the spool, and
//! acknowledged with the reference and the code it will have.
//!
//! Both are derived from its id, so they are known without PostgreSQL. Without a spool it is refused,
//! and says so; nothing is ever acknowledged that is neither stored nor on the disk. Whoever is turned
//! away is counted once, here, where it is known that neither took the report.

use super::{Flow, NotTaken, Receipt};
use crate::case::{Reference, Report, SafeContact};
use crate::spool::{Kept, KeptVisit, NotKept, Spool};
use std::sync::atomic::Ordering;
use std::time::Duration;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// How long a report waits for PostgreSQL before it is kept in the spool.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long where there is no spool: the provider of texts waits 15 seconds.
const PATIENCE_WITHOUT: Duration = Duration::from_secs(10);

/// The reason of a report that was refused where no spool is set up.
const NO_SPOOL: &str = "no_spool";

/// Counted from the first moment, so that an alert can be set on the first of them.
pub(super) fn begin_counting() {
    for reason in NotKept::REASONS.into_iter().chain([NO_SPOOL]) {
        refused(reason).increment(0);
    }
}

fn refused(reason: &'static str) -> metrics::Counter {
    metrics::counter!("msaada_spool_refused_total", "reason" => reason)
}

/// A report that is neither stored nor kept: somebody is turned away.
fn turned_away(report: Uuid, reason: &'static str) {
    refused(reason).increment(1);
    tracing::error!(
        %report, reason,
        "a report could be kept neither in PostgreSQL nor in the spool, and was refused"
    );
}

impl Flow {
    pub(super) async fn take_or_keep(&self, kept: Kept) -> Result<Receipt, NotTaken> {
        let id = kept.report.id;
        let Some(spool) = &self.spool else {
            let taken = self.take(kept, PATIENCE_WITHOUT).await;
            if taken.as_ref().is_err_and(NotTaken::may_pass) {
                turned_away(id, NO_SPOOL);
            }
            return taken;
        };
        let refuse = |why: NotKept| {
            turned_away(id, why.reason());
            NotTaken::Away
        };
        // While older ones wait, what belongs to a conversation goes behind them: it must not
        // overtake the message it follows.
        let in_order = kept.adds_to.is_some() || kept.report.channel.is_conversation();
        if self.is_away() || (in_order && spool.holds()) {
            match self.keep(spool, &kept).await {
                // There is no room to wait in order, and PostgreSQL has room.
                Err(_) if !self.is_away() => {}
                done => return done.map_err(refuse),
            }
        }
        match self.take(kept.clone(), PATIENCE).await {
            Err(NotTaken::Conflict) => Err(NotTaken::Conflict),
            // What can never be stored is said at once, not acknowledged and set aside.
            Err(NotTaken::Store(error)) if error.is_of_data() => Err(NotTaken::Store(error)),
            Err(_) => self.keep(spool, &kept).await.map_err(refuse),
            taken => taken,
        }
    }

    async fn take(&self, kept: Kept, patience: Duration) -> Result<Receipt, NotTaken> {
        let arrived = self.understood(kept.report, kept.adds_to);
        // What is committed after that does no harm: the same report again is known by its id.
        let taken = tokio::time::timeout(patience, self.batch.take(arrived))
            .await
            .unwrap_or(Err(NotTaken::Away));
        if let Err(error) = &taken
            && error.is_away()
        {
            self.away.store(true, Ordering::Release);
        }
        taken
    }

    async fn keep(&self, spool: &Spool, kept: &Kept) -> Result<Receipt, NotKept> {
        spool.keep(kept).await?;
        if !self.is_away() {
            self.wakes.drain.now();
        }
        let report = &kept.report;
        Ok(Receipt {
            case_id: None,
            reference: self.mint.reference(report.id).as_str().to_owned(),
            code: Some(self.mint.code(report.id)),
            received_at: report.received_at,
            status: "received".to_owned(),
            first: true,
            joined: false,
        })
    }

    /// Keeps what somebody adds to a case while PostgreSQL is away. That the case is hers is known by
    /// the report that opened it, from which reference and code were made; that report may wait here
    /// too. Whether it is kept: not, where that report did not make them.
    pub async fn keep_visit(
        &self,
        report: Report,
        (reference, code, first): (&Reference, &str, Uuid),
        chose: Option<SafeContact>,
    ) -> bool {
        let opened = self.mint.reference(first) == *reference
            && bool::from(self.mint.code(first).as_bytes().ct_eq(code.as_bytes()));
        let Some(spool) = self.spool.as_ref().filter(|_| opened) else {
            return false;
        };
        let visit = Some(KeptVisit { first, chose });
        let kept = Kept {
            visit,
            ..Kept::new(report, None)
        };
        self.keep(spool, &kept).await.is_ok()
    }

    /// Lets go of the spool: nothing is kept in it any more, and another process can have it.
    pub fn let_go(&self) {
        if let Some(spool) = &self.spool {
            spool.close();
        }
    }

    pub(super) fn is_away(&self) -> bool {
        self.away.load(Ordering::Acquire)
    }

    /// PostgreSQL took something: the next report is not kept back from it.
    pub(super) fn answers_again(&self) {
        if self.away.swap(false, Ordering::AcqRel) {
            tracing::info!("PostgreSQL answers again");
            self.wakes.drain.now();
        }
    }
}

impl Receipt {
    /// Whether the report waits in the spool: its reference stands, unless it is a message that
    /// will join an open case.
    #[must_use]
    pub const fn spooled(&self) -> bool {
        self.case_id.is_none()
    }
}
