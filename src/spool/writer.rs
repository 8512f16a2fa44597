//! The thread that writes: whatever has gathered is written together and synced once.
//!
//! Nothing waits for company: while one sync is under way, the next reports gather.

use super::NotKept;
use super::files::Files;
use super::record;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Reports that may wait for the disk; more are refused.
pub(super) const WAITING: usize = 4_096;
/// Bytes after which a sync waits for no more.
const AT_ONCE: usize = 1 << 20;

/// A report to be written.
pub(super) struct Job {
    pub(super) body: Vec<u8>,
    pub(super) answer: oneshot::Sender<Result<(), NotKept>>,
}

/// Writes until nobody can send any more.
pub(super) fn begin(files: Arc<Files>, mut jobs: mpsc::Receiver<Job>) -> std::io::Result<()> {
    let write = move || {
        while let Some(first) = jobs.blocking_recv() {
            let mut batch = Batch::new(&files);
            batch.add(first);
            while batch.bytes.len() < AT_ONCE
                && let Ok(job) = jobs.try_recv()
            {
                batch.add(job);
            }
            batch.finish();
        }
    };
    std::thread::Builder::new()
        .name("spool".to_owned())
        .spawn(write)
        .map(|_| ())
}

struct Batch<'a> {
    files: &'a Files,
    bytes: Vec<u8>,
    answers: Vec<oneshot::Sender<Result<(), NotKept>>>,
}

impl<'a> Batch<'a> {
    const fn new(files: &'a Files) -> Self {
        Self {
            files,
            bytes: Vec::new(),
            answers: Vec::new(),
        }
    }

    fn add(&mut self, job: Job) {
        let needed = self.bytes.len() + record::HEAD + job.body.len();
        if self.files.has_room_for(needed as u64) {
            record::add(&mut self.bytes, &job.body);
            self.answers.push(job.answer);
        } else {
            // Whoever asked may be gone.
            let _ = job.answer.send(Err(NotKept::Full));
        }
    }

    fn finish(self) {
        if self.answers.is_empty() {
            return;
        }
        let done = self.files.write(&self.bytes, self.answers.len() as u64);
        for answer in self.answers {
            let _ = answer.send(done);
        }
    }
}
