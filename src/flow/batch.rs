//! Group commit: reports that arrive together share a transaction and its fsync.
//!
//! Nothing waits for company: a worker takes whatever has arrived, and while it commits, the next
//! reports gather. So a quiet service answers at once and a busy one commits many at a time. One bad
//! report never spoils its batch: what fails together is tried one by one.

use super::Flow;
use super::receive::{Arrived, NotTaken, Receipt};
use std::time::Duration;
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

type Answer = Result<Receipt, NotTaken>;
type Job = (Arrived, oneshot::Sender<Answer>);

/// Where reports gather.
#[derive(Clone)]
pub struct Batch(mpsc::Sender<Job>);

/// A batch, and what [`Flow::work_batches`] needs to empty it.
#[must_use]
pub fn batch() -> (Batch, mpsc::Receiver<Job>) {
    let (sender, receiver) = mpsc::channel(WAITING);
    (Batch(sender), receiver)
}

impl Batch {
    pub(super) async fn take(&self, arrived: Arrived) -> Answer {
        let (answer, answered) = oneshot::channel();
        self.0
            .try_send((arrived, answer))
            .map_err(|_| NotTaken::Full)?;
        answered.await.unwrap_or(Err(NotTaken::Full))
    }
}

impl Flow {
    /// Takes reports in until every sender is gone; what is in hand is finished.
    pub async fn work_batches(self, jobs: mpsc::Receiver<Job>) {
        let jobs = std::sync::Arc::new(tokio::sync::Mutex::new(jobs));
        let workers = (0..WORKERS).map(|_| {
            let (flow, jobs) = (self.clone(), jobs.clone());
            tokio::spawn(async move {
                let mut batch = Vec::with_capacity(AT_ONCE);
                loop {
                    let taken = jobs.lock().await.recv_many(&mut batch, AT_ONCE).await;
                    if taken == 0 {
                        return;
                    }
                    flow.answer_batch(std::mem::take(&mut batch)).await;
                }
            })
        });
        futures_util::future::join_all(workers.collect::<Vec<_>>()).await;
    }

    async fn answer_batch(&self, batch: Vec<Job>) {
        #[expect(clippy::cast_precision_loss, reason = "at most 128")]
        metrics::histogram!("msaada_intake_batch").record(batch.len() as f64);
        let (arrived, senders): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
        match self.take_in_time(&arrived).await {
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
                Err(error) => last = error,
            }
        }
        tracing::error!(error = %last, report = %arrived.report.id, "a report could not be stored");
        Err(last)
    }
}
