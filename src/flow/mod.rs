//! The way of a report, and the way of an act: the stages in order, written once.
//!
//! A report is understood, becomes a case or joins one, is stored together with its clock, its log
//! and what is to be said, and only then answered; afterwards, and never waited for, it is queued and
//! pushed to the desks, and the clocks and the outbox are woken. Nothing that only Redis knows
//! decides anything here. While PostgreSQL is away, the raw report waits on this node's disk and goes
//! the same way afterwards.

mod acknowledge;
mod act;
mod agreed;
mod alike;
mod answers;
mod arrived;
mod batch;
mod copied;
mod desks;
mod drain;
mod files;
mod hands;
mod keep;
mod locate;
mod lost;
mod more;
mod paired;
mod pressure;
mod receive;
mod say;
mod sheet;
mod sort;
mod standing;
mod time;
mod visit;

pub use acknowledge::Ceiling;
pub use act::ActRefused;
pub use arrived::{NotTaken, Receipt};
pub use batch::{Batch, batch};
pub use drain::NotDrained;
pub use files::Stowed;
pub use locate::Located;
pub use pressure::Step;
pub use say::Unsaid;
pub use standing::Standing;
pub use visit::Visited;

use crate::case::{Card, Case, Mint, MissionCode, Refused, Report};
use crate::clock::Clock;
use crate::clocks;
use crate::feed::Feed;
use crate::presence::Presence;
use crate::queue::Queue;
use crate::rounds::Wake;
use crate::spool::{Kept, Spool};
use crate::store::{Store, StoreError};
use crate::understand::Understanding;
use arrived::Arrived;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use uuid::Uuid;

/// What is due and could not be handled (another process has it, no rule for it) is looked at again
/// after this.
const AGAIN: Duration = Duration::from_millis(100);
/// So long before a moment its round begins, and then waits for it with all in hand that it can have.
const LEAD: Duration = Duration::from_millis(5);
/// A moment that came so late was not waited for: this process was stopped.
const STOPPED: TimeDelta = TimeDelta::seconds(1);
/// How often it is looked which desks are not heard from; clocks may be due far more often.
const DESKS: TimeDelta = TimeDelta::milliseconds(500);

/// What wakes the work that goes on by itself.
#[derive(Debug, Clone, Default)]
pub struct Wakes {
    /// A clock may be due earlier than was known.
    pub clocks: Wake,
    /// There is something to say.
    pub outbox: Wake,
    /// A message was lost.
    pub lost: Wake,
    /// A message named media that is to be fetched.
    pub media: Wake,
    /// PostgreSQL answers again, or something was kept although it does.
    pub drain: Wake,
}

/// Everything a report passes through.
#[derive(Clone)]
pub struct Flow {
    /// The truth.
    pub store: Store,
    /// What understands.
    pub understanding: Arc<Understanding>,
    /// References and codes.
    pub mint: Mint,
    /// The wall clock.
    pub clock: Clock,
    /// To the desks.
    pub feed: Feed,
    /// Who is at which desk.
    pub presence: Presence,
    /// The waiting queue; none until Redis was first reached.
    pub queue: Queue,
    /// Where reports are kept while PostgreSQL is away; none where no folder was set.
    pub spool: Option<Spool>,
    /// What is woken.
    pub wakes: Wakes,
    /// How many numbers that somebody typed are texted in an hour.
    pub ceiling: Arc<Ceiling>,
    /// PostgreSQL did not take a report a moment ago.
    away: Arc<AtomicBool>,
    draining: Arc<tokio::sync::Mutex<drain::Waits>>,
    next_due: Arc<AtomicI64>,
    /// Whether the statements of a lapse were run once.
    rehearsed: Arc<AtomicBool>,
    /// In microseconds.
    looked_at_desks: Arc<AtomicI64>,
    standing: Arc<RwLock<Option<Arc<Standing>>>>,
    batch: Batch,
}

impl Flow {
    /// A flow over these parts. Reports go through `batch`, see [`batch()`].
    #[must_use]
    pub fn new(
        store: Store,
        understanding: Arc<Understanding>,
        mint: Mint,
        clock: Clock,
        (feed, queue, presence): (Feed, Queue, Presence),
        (batch, spool): (Batch, Option<Spool>),
    ) -> Self {
        keep::begin_counting();
        Self {
            store,
            understanding,
            mint,
            clock,
            feed,
            presence,
            queue,
            spool,
            wakes: Wakes::default(),
            ceiling: Arc::default(),
            away: Arc::default(),
            draining: Arc::default(),
            next_due: Arc::new(AtomicI64::new(i64::MAX)),
            rehearsed: Arc::default(),
            looked_at_desks: Arc::default(),
            standing: Arc::default(),
            batch,
        }
    }

    /// Takes a report in: understood, stored with others that arrive at the same moment, answered
    /// after the commit, pushed. While PostgreSQL is away it is kept in the spool instead.
    ///
    /// # Errors
    /// [`NotTaken`]; then nothing of it was stored or kept.
    pub async fn receive(&self, report: Report) -> Result<Receipt, NotTaken> {
        self.take_or_keep(Kept::new(report, None)).await
    }

    /// Takes in what somebody adds to a case she proved to be hers. If it has ended meanwhile, it
    /// opens another.
    ///
    /// # Errors
    /// [`NotTaken`]; then nothing of it was stored or kept.
    pub async fn add(&self, report: Report, case: Uuid) -> Result<Receipt, NotTaken> {
        self.take_or_keep(Kept::new(report, Some(case))).await
    }

    /// Stores reports that arrived together in one transaction, and tells of what became of them.
    pub(crate) async fn take_in(
        &self,
        arrived: &[Arrived],
    ) -> Result<Vec<Result<Receipt, NotTaken>>, NotTaken> {
        let now = self.clock.now();
        let mut standing = self.standing().await?;
        if !standing.knows(&MissionCode::centre()) {
            standing = self.read_standing().await?;
            if !standing.knows(&MissionCode::centre()) {
                return Err(Refused::NoMissions.into());
            }
        }
        let mut tx = self.store.begin_intake().await?;
        let known = self.known(&mut tx, arrived).await?;
        let mut open = self.conversations(&mut tx, arrived, &known, now).await?;
        let taken = sort::sort(self, arrived, &known, &mut open, &standing, now)?;
        self.store_taken(&mut tx, &taken, &standing, now).await?;
        crate::store::commit(tx).await?;
        self.push(taken.changed());
        for (mission, id) in &taken.left {
            if let Some(touched) = taken.cases.get(id) {
                self.feed.left(mission, &Card::from(&touched.case));
            }
        }
        Ok(taken.answers)
    }

    /// After a commit: to the desks, the queue, the clocks and the outbox. Never waits.
    pub fn push<'a>(&self, changed: impl IntoIterator<Item = &'a Case>) {
        for case in changed {
            self.show(case);
            self.due_at(case.due());
        }
    }

    /// To the desks, the queue and the outbox.
    fn show(&self, case: &Case) {
        self.feed.changed(&Card::from(case));
        self.wakes.outbox.now();
    }

    /// A case, here or on another node, is due at this moment: the clocks wake if that is earlier
    /// than all they know of.
    pub fn due_at(&self, due: Option<DateTime<Utc>>) {
        if let Some(due) = due.map(|due| due.timestamp_micros())
            && due < self.next_due.fetch_min(due, Ordering::Relaxed)
        {
            self.wakes.clocks.now();
        }
    }

    /// One round of the clocks: what is due lapses, and is pushed. Returns how long until the next.
    ///
    /// # Errors
    /// PostgreSQL is away.
    pub async fn tick(&self) -> Result<Option<Duration>, StoreError> {
        if !self.clock.is_agreed() {
            // A clock that runs ahead must not fire others' early, not even once.
            self.agree_on_time().await?;
        }
        if !self.rehearsed.load(Ordering::Relaxed) {
            self.store.rehearse(self.clock.now()).await?;
            self.rehearsed.store(true, Ordering::Relaxed);
        }
        let standing = self.standing().await?;
        let mut many = false;
        loop {
            let soon = self.due_soon();
            // Forgotten before it is asked for, so that a case stored meanwhile is not overlooked.
            self.next_due.store(i64::MAX, Ordering::Relaxed);
            let ready = clocks::ready(&self.store, soon.is_some()).await?;
            if let Some(soon) = soon
                && !self.comes(soon).await
            {
                continue;
            }
            let now = self.clock.now();
            let look = (now, self.is_to_look_at_desks(now));
            let ticked = clocks::tick(&self.store, &standing.policies, ready, look).await?;
            // When they are due next is asked for below: they need not wake the clocks again.
            ticked.changed.iter().for_each(|case| self.show(case));
            if ticked.more && !ticked.changed.is_empty() {
                many = true;
                continue;
            }
            if std::mem::take(&mut many) {
                self.store.release_notices(now).await?;
                self.wakes.outbox.now();
            }
            let ahead = self.store.ahead(now).await?;
            if let Some(next) = ahead.next {
                self.next_due
                    .fetch_min(next.timestamp_micros(), Ordering::Relaxed);
            }
            let before = |wait: Duration| wait.saturating_sub(LEAD);
            let wait = ahead.next.map(|next| (next - self.clock.now()).to_std());
            match wait {
                // It fell due while we looked, or is about to.
                Some(Err(_)) => {}
                Some(Ok(wait)) if wait <= LEAD => {}
                Some(Ok(wait)) if ahead.overdue => return Ok(Some(before(wait).min(AGAIN))),
                None if ahead.overdue => return Ok(Some(AGAIN)),
                wait => return Ok(wait.and_then(Result::ok).map(before)),
            }
        }
    }

    /// The moment at which something is known to be due, if it is about to come.
    fn due_soon(&self) -> Option<DateTime<Utc>> {
        let due = DateTime::from_timestamp_micros(self.next_due.load(Ordering::Relaxed))?;
        let wait = (due - self.clock.now()).to_std().ok()?;
        (wait <= LEAD).then_some(due)
    }

    /// Waits for a moment that is about to come. Whether it is that moment now: a process that was
    /// stopped meanwhile wakes later, and what it had in hand is no longer its own.
    async fn comes(&self, moment: DateTime<Utc>) -> bool {
        let wait = (moment - self.clock.now()).to_std().unwrap_or_default();
        tokio::time::sleep_until(tokio::time::Instant::now() + wait.min(LEAD)).await;
        self.clock.now() - moment < STOPPED
    }

    /// Whether it is time again to see which desks are not heard from.
    fn is_to_look_at_desks(&self, now: DateTime<Utc>) -> bool {
        let now = now.timestamp_micros();
        let last = self.looked_at_desks.load(Ordering::Relaxed);
        let due = (now - last).abs() >= DESKS.num_microseconds().unwrap_or(i64::MAX);
        if due {
            self.looked_at_desks.store(now, Ordering::Relaxed);
        }
        due
    }

    /// Policies and who is on duty, as they were a moment ago.
    ///
    /// # Errors
    /// They were never read, and PostgreSQL is away.
    pub async fn standing(&self) -> Result<Arc<Standing>, StoreError> {
        let standing = self
            .standing
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        match standing {
            Some(standing) => Ok(standing),
            None => self.read_standing().await,
        }
    }

    /// Reads policies and duty anew.
    ///
    /// # Errors
    /// PostgreSQL is away; what was known holds on.
    pub async fn read_standing(&self) -> Result<Arc<Standing>, StoreError> {
        let standing = Arc::new(Standing::read(&self.store).await?);
        *self
            .standing
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(standing.clone());
        Ok(standing)
    }
}

impl std::fmt::Debug for Flow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Flow")
    }
}
