//! What a desk is sent when it opens, read once for all desks that ask for the same at one moment.
//!
//! When a node comes back, or many desks start over, thousands ask for the same pages. A page that is
//! asked for while it is being read is read once more, afterwards, for all who asked meanwhile: so
//! whatever a desk is sent was read after it asked, and after it began to listen. Nothing is kept: a
//! page is let go of when the last desk that shows it has sent it.
//!
//! All of it is read away from the threads that hold the desks' connections. A question to the store
//! uses more memory for a moment than a desk does for hours; on those threads the next connection's
//! buffers would come to lie in what it leaves, of which every byte was used and so counts.

use super::refused;
use crate::case::{Card, MissionCode};
use crate::feed::Frame;
use crate::store::{OpenAfter, Since, Store, StoreError};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use std::collections::{HashMap, HashSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio_util::task::AbortOnDropHandle;

/// Cases of a page.
const PAGE: i64 = 250;
/// Pages read at once; the others wait their turn.
const READ_AT_ONCE: usize = 3;
/// Questions that may wait to be heard; a desk has one at a time.
const WAITING: usize = 1_024;

/// Which page.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Of {
    /// What is open at one mission or at all, behind a case.
    Open(Option<MissionCode>, OpenAfter),
    /// What is offered to a mission.
    OfferedTo(MissionCode),
    /// What changed since.
    Changed(Since),
}

/// Cases, as they go to desks.
#[derive(Debug)]
pub(super) struct Page {
    /// A frame for each.
    pub(super) frames: Vec<Frame>,
    /// The page behind it, if there may be one.
    pub(super) next: Option<Of>,
}

/// A question, and where the answer goes.
#[derive(Debug)]
pub struct Asked {
    of: Of,
    answer: oneshot::Sender<Arc<Page>>,
}

/// Where desks ask for pages.
#[derive(Debug, Clone)]
pub struct Opening {
    ask: mpsc::Sender<Asked>,
    away: Handle,
}

impl Opening {
    /// Where to ask, and what is asked: for [`read`]. On the threads of this runtime it is read.
    #[must_use]
    pub fn new(away: Handle) -> (Self, mpsc::Receiver<Asked>) {
        let (ask, asked) = mpsc::channel(WAITING);
        (Self { ask, away }, asked)
    }

    /// What is asked for one desk alone; none where the node ends meanwhile.
    pub(super) async fn away<T: Send + 'static>(
        &self,
        asked: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        AbortOnDropHandle::new(self.away.spawn(asked)).await.ok()
    }

    /// A page as it is by now; none where it could not be read, which is in the log.
    pub(super) async fn page(&self, of: Of) -> Option<Arc<Page>> {
        let (answer, page) = oneshot::channel();
        self.ask.send(Asked { of, answer }).await.ok()?;
        page.await.ok()
    }
}

/// Reads what desks ask for, until none can ask any more.
pub async fn read(store: Store, mut asked: mpsc::Receiver<Asked>) {
    let mut waiting: HashMap<Of, Vec<oneshot::Sender<Arc<Page>>>> = HashMap::new();
    let mut turns: VecDeque<Of> = VecDeque::new();
    let mut under_way: HashSet<Of> = HashSet::new();
    let mut reading = FuturesUnordered::new();
    loop {
        tokio::select! {
            asked = asked.recv() => {
                let Some(Asked { of, answer }) = asked else { return };
                if !waiting.contains_key(&of) {
                    turns.push_back(of.clone());
                }
                waiting.entry(of).or_default().push(answer);
            }
            Some(of) = reading.next() => {
                under_way.remove(&of);
            }
        }
        while reading.len() < READ_AT_ONCE
            && let Some(at) = turns.iter().position(|of| !under_way.contains(of))
            && let Some(of) = turns.remove(at)
        {
            let mut answers = waiting.remove(&of).unwrap_or_default();
            // Those who have gone, or waited too long.
            answers.retain(|answer| !answer.is_closed());
            if !answers.is_empty() {
                under_way.insert(of.clone());
                reading.push(answer(&store, of, answers));
            }
        }
    }
}

async fn answer(store: &Store, of: Of, answers: Vec<oneshot::Sender<Arc<Page>>>) -> Of {
    // Who hears nothing knows that it was not read; the others must go on being read.
    match AssertUnwindSafe(page(store, &of)).catch_unwind().await {
        Ok(Ok(page)) => {
            let page = Arc::new(page);
            for answer in answers {
                let _ = answer.send(page.clone());
            }
        }
        Ok(Err(error)) => drop(refused::store(&error)),
        Err(_) => tracing::error!("a page for desks broke down while it was read"),
    }
    of
}

async fn page(store: &Store, of: &Of) -> Result<Page, StoreError> {
    let (cases, next) = match of {
        Of::Open(mission, after) => {
            let (cases, next) = store.open_after(mission.as_ref(), after, PAGE).await?;
            (cases, next.map(|next| Of::Open(mission.clone(), next)))
        }
        Of::OfferedTo(mission) => (store.offered_to(mission).await?, None),
        Of::Changed(since) => {
            let changes = store.changes_since(*since).await?;
            let next = changes.more.then_some(Of::Changed(changes.cursor));
            (changes.cases, next)
        }
    };
    let cards: Vec<Card> = cases.iter().map(Card::from).collect();
    let frames = Frame::of_all(&cards);
    Ok(Page { frames, next })
}
