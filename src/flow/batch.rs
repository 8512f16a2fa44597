//! Group commit: reports that arrive together share a transaction and its fsync.
//!
//! Nothing waits for company while nothing is under way: a worker takes whatever has arrived, and
//! while it commits, the next reports gather, for two milliseconds at most: then they go beside it. So a
//! quiet service answers at once and a busy one commits many at a time. One bad report never spoils
//! its batch: what fails together is tried one by one.

use super::Flow;
use super::arrived::{Arrived, NotTaken, Receipt};
use super::pressure::{Pressure, Step};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// Reports that may wait for a worker; more are told to come back, which costs a phone's provider a
/// retry and nothing else.
const WAITING: usize = 4_096;
/// Reports in one transaction at most.
const AT_ONCE: usize = 128;
/// A transaction that takes longer is given up; longer than PostgreSQL's own limit on a statement.
const LONGEST: Duration = Duration::from_secs(10);
/// Transactions under way at once.
const WORKERS: usize = 2;
/// So long reports gather while a transaction is under way; then the next begins beside it.
const GATHER: Duration = Duration::from_millis(2);

type Answer = Result<Receipt, NotTaken>;
type Job = (Arrived, oneshot::Sender<Answer>);

/// Where reports gather.
#[derive(Clone)]
pub struct Batch {
    jobs: mpsc::Sender<Job>,
    pressure: Arc<Pressure>,
}

/// A batch, and what [`Flow::work_batches`] needs to empty it.
#[must_use]
pub fn batch() -> (Batch, mpsc::Receiver<Job>) {
    let (sender, receiver) = mpsc::channel(WAITING);
    let batch = Batch {
        jobs: sender,
        pressure: Arc::default(),
    };
    (batch, receiver)
}

impl Batch {
    pub(super) async fn take(&self, arrived: Arrived) -> Answer {
        let (answer, answered) = oneshot::channel();
        // Counted before a worker can have taken it.
        self.pressure.arrived(Instant::now());
        if self.jobs.try_send((arrived, answer)).is_err() {
            self.pressure.refused();
            return Err(NotTaken::Full);
        }
        answered.await.unwrap_or(Err(NotTaken::Full))
    }
}

impl Flow {
    /// What is given up at the moment so that reports are taken in.
    #[must_use]
    pub fn pressed(&self) -> Step {
        self.batch.pressure.step()
    }

    /// One round of looking how pressed intake is: desks get fewer frames while it is, and what was
    /// held back for them goes out.
    pub fn weigh(&self) {
        let before = self.pressed();
        let step = self.batch.pressure.weigh(Instant::now());
        if step != before {
            tracing::warn!(step = step.as_str(), "how pressed intake is has changed");
        }
        metrics::gauge!("msaada_overload_step").set(f64::from(step as u8));
        self.feed.coarsen(step >= Step::Desks);
        self.feed.pass_on();
    }
}

impl Flow {
    /// Takes reports in until every sender is gone; what is in hand is finished.
    pub async fn work_batches(self, jobs: mpsc::Receiver<Job>) {
        let jobs = Arc::new(tokio::sync::Mutex::new(jobs));
        let under_way = Arc::new(tokio::sync::Semaphore::new(1));
        let workers = (0..WORKERS).map(|_| {
            let (flow, jobs, under_way) = (self.clone(), jobs.clone(), under_way.clone());
            tokio::spawn(async move {
                let mut batch = Vec::with_capacity(AT_ONCE);
                loop {
                    let mut waiting = jobs.lock().await;
                    let alone = tokio::time::timeout(GATHER, under_way.acquire()).await;
                    let taken = waiting.recv_many(&mut batch, AT_ONCE).await;
                    drop(waiting);
                    if taken == 0 {
                        return;
                    }
                    flow.batch.pressure.taken(taken, Instant::now());
                    // Whatever breaks down in one batch, the next is taken in.
                    let answering = flow.answer_batch(std::mem::take(&mut batch));
                    if AssertUnwindSafe(answering).catch_unwind().await.is_err() {
                        tracing::error!(reports = taken, "taking a batch in broke down");
                    }
                    drop(alone);
                }
            })
        });
        futures_util::future::join_all(workers.collect::<Vec<_>>()).await;
    }

    async fn answer_batch(&self, batch: Vec<Job>) {
        #[expect(clippy::cast_precision_loss, reason = "at most 128")]
        metrics::histogram!("msaada_intake_batch").record(batch.len() as f64);
        let (arrived, senders): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
        let mut taken = self.take_in_time(&arrived).await;
        if taken.as_ref().is_err_and(NotTaken::is_held) {
            // Two batches, or a batch and a responder, wanted the same cases: the other has them now.
            metrics::counter!("msaada_intake_held_total").increment(1);
            taken = self.take_in_time(&arrived).await;
        }
        match taken {
            Ok(answers) => {
                self.answers_again();
                for (answer, sender) in answers.into_iter().zip(senders) {
                    // Whoever asked may be gone; the report is stored all the same.
                    let _ = sender.send(answer);
                }
            }
            Err(error) if error.is_away() => {
                tracing::warn!(%error, reports = senders.len(), "reports could not be stored");
                for sender in senders {
                    let _ = sender.send(Err(NotTaken::Away));
                }
            }
            Err(error) => {
                tracing::warn!(%error, reports = senders.len(), "a batch failed and is taken in one by one");
                for (arrived, sender) in arrived.iter().zip(senders) {
                    let answer = self.take_one(arrived).await;
                    let _ = sender.send(answer);
                }
            }
        }
    }

    /// Takes reports in, and gives up on a PostgreSQL that has stopped answering: one that was cut
    /// off says nothing at all, and would hold a worker for ever. What it commits all the same does
    /// no harm: a report is known by its id.
    pub(super) async fn take_in_time(&self, arrived: &[Arrived]) -> Result<Vec<Answer>, NotTaken> {
        tokio::time::timeout(LONGEST, self.take_in(arrived))
            .await
            .unwrap_or(Err(NotTaken::Away))
    }

    /// One report by itself. It may fail once more because another node stored the same report, or
    /// touched the same case, at the same moment; then it is known now.
    pub(super) async fn take_one(&self, arrived: &Arrived) -> Answer {
        let mut last = NotTaken::Full;
        for _ in 0..3 {
            match self.take_in_time(std::slice::from_ref(arrived)).await {
                Ok(mut answers) => return answers.pop().unwrap_or(Err(NotTaken::Full)),
                Err(error) if error.is_away() => return Err(NotTaken::Away),
                // Somebody sits on its case. Nobody waits for that again: it is kept on disk where
                // there is a spool, and taken in afterwards.
                Err(error) if error.is_held() => return Err(error),
                Err(error) => last = error,
            }
        }
        tracing::error!(error = %last, report = %arrived.report.id, "a report could not be stored");
        Err(last)
    }
}
