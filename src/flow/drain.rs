//! Taking in what was kept in the spool, in the order in which it arrived.
//!
//! The same way as every other report, through the same stages. It may die anywhere: what it had
//! taken in is known by its id, and taken in once.
//!
//! A page of the form may have reached this node and the one before it another, whose spool holds the
//! report it belongs to. It waits for that report, for so long as a node that is there needs, and all
//! others go on; then it opens a case of its own, for nobody may wait for a node that does not return.

use super::arrived::Arrived;
use super::{Flow, NotTaken};
use crate::spool::{Kept, Photograph, Spool};
use crate::store::StoreError;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::time::Duration;
use uuid::Uuid;

/// Reports in one transaction at most.
const AT_ONCE: usize = 128;
/// PostgreSQL must answer a question within this before it is given anything.
const ANSWER: Duration = Duration::from_secs(2);

/// How long something added waits for the report it is added to.
const FOR_ITS_REPORT: TimeDelta = TimeDelta::seconds(30);
/// How soon it is looked for again.
const AGAIN: Duration = Duration::from_secs(1);

/// Since when something has been waiting for a report that is nowhere yet.
pub(super) type Waits = Option<DateTime<Utc>>;

/// Why a round did not end.
#[derive(Debug, thiserror::Error)]
pub enum NotDrained {
    /// The store.
    #[error(transparent)]
    Taken(#[from] NotTaken),
    /// The disk.
    #[error("the spool cannot be read: {0}")]
    Disk(#[from] std::io::Error),
}

impl From<StoreError> for NotDrained {
    fn from(error: StoreError) -> Self {
        Self::Taken(error.into())
    }
}

impl Flow {
    /// One round: everything that is kept is taken in, the oldest first.
    ///
    /// # Errors
    /// [`NotDrained`]; the next round begins where this one stopped.
    pub async fn drain(&self) -> Result<Option<Duration>, NotDrained> {
        let Some(spool) = &self.spool else {
            return Ok(None);
        };
        let mut since = self.draining.lock().await;
        if !self.is_away() && !spool.holds() && !spool.holds_photographs() {
            return Ok(None);
        }
        let answers = tokio::time::timeout(ANSWER, self.store.ping()).await;
        if !matches!(answers, Ok(Ok(()))) {
            *since = None;
        }
        answers.map_err(|_| NotTaken::Away)??;
        self.answers_again();
        // Those that are there by now: the report of each was stored or kept before it, so that it is
        // in the store once all that is kept has been taken in.
        let photographs = if spool.holds_photographs() {
            spool.photographs().await?
        } else {
            Vec::new()
        };
        let mut waiting = HashSet::new();
        loop {
            let head = spool.head(AT_ONCE).await?;
            if head.reports.is_empty() {
                break;
            }
            let over = |since| self.clock.now() - since >= FOR_ITS_REPORT;
            let may_wait = spool.has_room() && !since.is_some_and(over);
            let mut left = self.take_in_head(spool, &head.reports, may_wait).await?;
            if left.len() == head.reports.len() {
                if left.len() < AT_ONCE {
                    since.get_or_insert_with(|| self.clock.now());
                    waiting.extend(left.iter().map(|kept| kept.report.id));
                    break;
                }
                // So many must not stand before what else is here.
                left = self.take_in_head(spool, &head.reports, false).await?;
            }
            // They go to the end: kept there before they are let go here.
            for one in &left {
                spool.keep(one).await.map_err(std::io::Error::other)?;
            }
            tracing::info!(
                reports = head.reports.len(),
                "reports were taken in from the spool"
            );
            spool.taken(head).await?;
        }
        for photograph in photographs {
            if !waiting.contains(&photograph.report) {
                self.take_in_photograph(spool, photograph).await?;
            }
        }
        if waiting.is_empty() {
            *since = None;
            return Ok(None);
        }
        Ok(Some(AGAIN))
    }

    /// Takes in the oldest reports of the spool. Those that wait for another one are left.
    async fn take_in_head(
        &self,
        spool: &Spool,
        head: &[Kept],
        may_wait: bool,
    ) -> Result<Vec<Kept>, NotDrained> {
        let mut left = Vec::new();
        for together in apart(head) {
            let together = self.of_visits(together).await?;
            let waits = |kept: &Kept| may_wait && kept.visit.is_some() && kept.adds_to.is_none();
            let (waiting, together): (Vec<_>, Vec<_>) = together.into_iter().partition(waits);
            left.extend(waiting);
            self.take_in_kept(spool, &together).await?;
            self.choose_late(&together).await?;
        }
        Ok(left)
    }

    /// The same reports, those of visits with the case they are added to, where the report that opened
    /// it is known.
    async fn of_visits(&self, kept: &[Kept]) -> Result<Vec<Kept>, NotDrained> {
        let firsts: Vec<Uuid> = kept.iter().filter_map(|k| Some(k.visit?.first)).collect();
        let mut all = kept.to_vec();
        if !firsts.is_empty() {
            let mut tx = self.store.begin().await?;
            let known = self.store.known_reports(&mut tx, &firsts).await?;
            for one in &mut all {
                let first = one.visit.and_then(|visit| known.get(&visit.first));
                one.adds_to = one.adds_to.or(first.map(|first| first.case_id));
            }
        }
        Ok(all)
    }

    /// What visitors chose about being contacted, once what they added is in.
    async fn choose_late(&self, kept: &[Kept]) -> Result<(), NotDrained> {
        for one in kept {
            if let (Some(case), Some(chose)) = (one.adds_to, one.visit.and_then(|v| v.chose)) {
                self.visitor_chose(case, chose, one.report.contact.as_ref())
                    .await?;
            }
        }
        Ok(())
    }

    async fn take_in_photograph(
        &self,
        spool: &Spool,
        photograph: Photograph,
    ) -> Result<(), NotDrained> {
        let report = photograph.report;
        let stored = match spool.photograph(&photograph).await? {
            // A full case says on its record that it was left out.
            Some(file) => match self.attach(report, &[file]).await {
                Ok(stowed) => stowed.is_some(),
                Err(error) if error.is_of_data() => false,
                Err(error) => return Err(error.into()),
            },
            None => false,
        };
        if !stored {
            tracing::error!(%report, "a photograph of the spool is damaged or has no report, and is set aside");
        }
        Ok(spool.photograph_done(photograph, stored).await?)
    }

    async fn take_in_kept(&self, spool: &Spool, kept: &[Kept]) -> Result<(), NotDrained> {
        let arrived: Vec<Arrived> = kept
            .iter()
            .map(|kept| self.understood_late(kept.clone()))
            .collect();
        let answers = match self.take_in_time(&arrived).await {
            Ok(answers) => answers,
            Err(error) if error.is_away() || error.is_held() => return Err(error.into()),
            Err(_) => {
                let mut answers = Vec::with_capacity(arrived.len());
                for one in &arrived {
                    answers.push(self.take_one(one).await);
                }
                answers
            }
        };
        let others_go = answers
            .iter()
            .any(|answer| answer.as_ref().is_ok_and(|receipt| receipt.first));
        for (kept, answer) in kept.iter().zip(answers) {
            let answer = match answer {
                Err(NotTaken::Conflict) => self.take_in_other(kept).await,
                other => other.map(|_| ()),
            };
            match answer {
                Ok(()) => {}
                Err(error) if error.is_away() || error.is_held() => return Err(error.into()),
                // Nothing can be stored: the schema or the rules are not as they should be. That
                // is mended by an operator, and then all of it goes in.
                Err(error) if !others_go && !is_its_own(&error) => return Err(error.into()),
                Err(error) => {
                    tracing::error!(%error, report = %kept.report.id, "a report that was acknowledged cannot be stored and is set aside");
                    spool.set_aside(kept).await?;
                }
            }
        }
        Ok(())
    }

    /// A report whose id came before with other words: a form that was gone back to, and sent
    /// again. It was acknowledged with the reference of the first, so it is added to its case.
    async fn take_in_other(&self, kept: &Kept) -> Result<(), NotTaken> {
        let first = kept.report.id;
        if kept.report.provider_id.is_some() {
            // The same message, told again with more or less in it.
            return Ok(());
        }
        let mut tx = self.store.begin().await?;
        let known = self.store.known_reports(&mut tx, &[first]).await?;
        drop(tx);
        let mut other = kept.clone();
        other.report.id = other_id(first, &self.understood_late(other.clone()).digest);
        other.report.provider_id = None;
        other.adds_to = known.get(&first).map(|known| known.case_id);
        let arrived = self.understood_late(other);
        self.take_one(&arrived).await.map(|_| ())
    }

    fn understood_late(&self, kept: Kept) -> Arrived {
        let mut arrived = self.understood(kept.report, kept.adds_to);
        arrived.kept = true;
        arrived
    }
}

/// Reports that can be taken in together: what a visitor adds comes after the report that opened her
/// case.
fn apart(kept: &[Kept]) -> Vec<&[Kept]> {
    let (mut parts, mut begin) = (Vec::new(), 0);
    for (at, one) in kept.iter().enumerate() {
        let follows = |first: Uuid| kept[begin..at].iter().any(|k| k.report.id == first);
        if one.visit.is_some_and(|visit| follows(visit.first)) {
            parts.push(&kept[begin..at]);
            begin = at;
        }
    }
    parts.push(&kept[begin..]);
    parts
}

/// Whether it is the report that cannot be stored, and not the store that cannot take any.
fn is_its_own(error: &NotTaken) -> bool {
    match error {
        NotTaken::Conflict => true,
        NotTaken::Store(error) => error.is_of_data(),
        NotTaken::Away | NotTaken::Full | NotTaken::Refused(_) => false,
    }
}

/// The same at every try, so that it is taken in once.
fn other_id(first: Uuid, digest: &[u8; 32]) -> Uuid {
    let hash = Sha256::new()
        .chain_update(b"msaada report with an id that came before ")
        .chain_update(first.as_bytes())
        .chain_update(digest)
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
