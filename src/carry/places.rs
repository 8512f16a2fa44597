//! The places at which texts are handed over, and the few texts that wait for one.
//!
//! Texts are taken out ahead, while others are being sent, so that a place that becomes free goes on at
//! once and does not wait for PostgreSQL. That one is in hand is committed like one that is being sent:
//! if the process dies, nobody knows. So it is only as many as leave in a moment, none where the gateway
//! is slow; the most urgent goes first, and some places are kept for critical ones. What has been in
//! hand for longer than a moment is not sent: the person may have written STOP meanwhile. It is given
//! back, and judged anew when it is taken again.

use super::hand::{self, Ended};
use crate::case::Priority;
use crate::outbox::twilio::Twilio;
use crate::store::Outgoing;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Messages being sent at once. The provider's own limit for an account is about a hundred; the
/// rates keep us far below it.
const PLACES: usize = 128;
/// Places among these that only critical messages take, so that one is always free for them.
const FOR_CRITICAL: usize = 32;
/// Messages in hand that wait for a place, at most.
const IN_HAND: usize = 512;
/// As many wait as leave in this time.
const AHEAD: Duration = Duration::from_millis(25);
/// What has waited for longer is not sent.
const FRESH: Duration = Duration::from_millis(100);
/// Fewer are not worth a look of their own while many leave.
const WORTH: usize = 128;
/// As many that have ended are recorded at once, without waiting for more.
const MANY: usize = 128;
/// The first of those that have ended waits so long at most for others to be recorded with it.
const GATHERS: Duration = Duration::from_millis(5);

/// The places.
#[derive(Debug, Clone, Default)]
pub(super) struct Places(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Something is to be done about them.
    news: Notify,
}

/// Messages, each with the moment at which it was found that it may leave.
type Lane = VecDeque<(Outgoing, Instant)>;

#[derive(Debug)]
struct State {
    /// Those that wait, by priority.
    lanes: [Lane; 4],
    critical: usize,
    others: usize,
    /// Those that were taken and never found that they may leave.
    back: Vec<Outgoing>,
    /// Those that have ended and are to be recorded, and since when.
    ended: Vec<Ended>,
    since: Instant,
    /// How many have left since the last look, and when that was.
    left: usize,
    looked: Instant,
    /// How many may wait.
    ahead: usize,
}

impl Default for State {
    fn default() -> Self {
        Self {
            lanes: Default::default(),
            critical: 0,
            others: 0,
            back: Vec::new(),
            ended: Vec::new(),
            since: Instant::now(),
            left: 0,
            looked: Instant::now(),
            ahead: 0,
        }
    }
}

/// How many may be taken.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Room {
    /// In all.
    pub most: usize,
    /// Of those that are not critical.
    pub rest: usize,
    /// Whether it is worth a look, where nothing new is known to be due.
    pub worth: bool,
}

impl State {
    const fn busy(&self) -> usize {
        self.critical + self.others
    }

    fn waiting(&self) -> usize {
        self.lanes.iter().map(VecDeque::len).sum()
    }

    fn oldest(&self) -> Option<Instant> {
        self.lanes
            .iter()
            .filter_map(|lane| Some(lane.front()?.1))
            .min()
    }

    fn room(&self) -> Room {
        let waiting = self.waiting();
        let room = |places: usize| (places + self.ahead).saturating_sub(self.busy() + waiting);
        let rest = room(PLACES - FOR_CRITICAL);
        Room {
            most: room(PLACES),
            rest,
            worth: rest >= (self.ahead / 2).clamp(1, WORTH),
        }
    }

    /// Places that are taken, and those that would be if everything that may leave found one.
    fn startable(&self) -> usize {
        let leaving = |lanes: &[Lane]| -> usize {
            let lanes = lanes.iter().filter(|lane| is_fresh(lane));
            lanes.map(VecDeque::len).sum()
        };
        let others = (self.others + leaving(&self.lanes[1..])).min(PLACES - FOR_CRITICAL);
        (self.critical + leaving(&self.lanes[..1]) + others).min(PLACES)
    }

    /// The next that may leave now.
    fn next(&mut self) -> Option<Outgoing> {
        let open = if self.others < PLACES - FOR_CRITICAL {
            4
        } else {
            1
        };
        let lane = self.lanes[..open].iter_mut().find(|lane| is_fresh(lane))?;
        let (message, _) = lane.pop_front()?;
        match message.priority {
            Priority::Critical => self.critical += 1,
            _ => self.others += 1,
        }
        Some(message)
    }
}

/// Whether what has waited longest there has not waited for too long.
fn is_fresh(lane: &Lane) -> bool {
    lane.front()
        .is_some_and(|(_, since)| since.elapsed() < FRESH)
}

impl Places {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many may be taken at this moment.
    pub(super) fn room(&self) -> Room {
        self.state().room()
    }

    /// A look begins: as many may be in hand afterwards as left lately.
    pub(super) fn look(&self) -> Room {
        let mut state = self.state();
        let elapsed = state.looked.elapsed().max(Duration::from_millis(1));
        let left = u128::try_from(state.left).unwrap_or(0) * AHEAD.as_micros();
        let ahead = usize::try_from(left / elapsed.as_micros()).unwrap_or(IN_HAND);
        state.ahead = ahead.max(state.ahead / 2).min(IN_HAND);
        state.left = 0;
        state.looked = Instant::now();
        state.room()
    }

    /// Whether nothing is in hand and nothing to be recorded.
    pub(super) fn idle(&self) -> bool {
        let state = self.state();
        state.busy() == 0 && state.waiting() == 0 && state.back.is_empty() && state.ended.is_empty()
    }

    /// Messages that may leave at this moment, the most urgent first.
    pub(super) fn add(&self, messages: Vec<Outgoing>) {
        let mut state = self.state();
        let now = Instant::now();
        for message in messages {
            let lane = usize::from(message.priority.rank().unsigned_abs());
            state.lanes[lane.min(3)].push_back((message, now));
        }
    }

    /// Messages that were taken and are not to leave.
    pub(super) fn give_back(&self, messages: Vec<Outgoing>) {
        self.state().back.extend(messages);
    }

    /// Sees to it that what may leave does: as many hands as there are places for it.
    pub(super) fn man(
        &self,
        hands: &mut JoinSet<()>,
        gateway: Option<&Twilio>,
        stop: &CancellationToken,
    ) {
        let wanted = self.state().startable();
        for _ in hands.len()..wanted {
            hands.spawn(work(self.clone(), gateway.cloned(), stop.clone()));
        }
    }

    /// What is in hand and does not leave any more: all of it, or what has waited for too long.
    pub(super) fn back(&self, all: bool) -> Vec<Outgoing> {
        let mut state = self.state();
        let mut back = std::mem::take(&mut state.back);
        for lane in &mut state.lanes {
            while let Some((message, _)) =
                lane.pop_front_if(|(_, since)| all || since.elapsed() >= FRESH)
            {
                back.push(message);
            }
        }
        back
    }

    /// Those that have ended, where they are to be recorded now.
    pub(super) fn ended(&self, at_once: bool) -> Vec<Ended> {
        let mut state = self.state();
        let now = at_once
            || state.ended.len() >= MANY
            || state.busy() == 0
            || state.since.elapsed() >= GATHERS;
        if now {
            std::mem::take(&mut state.ended)
        } else {
            Vec::new()
        }
    }

    /// When something is to be done about them, if nothing happens before.
    pub(super) fn until(&self) -> Option<Instant> {
        let state = self.state();
        let record = (!state.ended.is_empty()).then(|| state.since + GATHERS);
        let back = state.oldest().map(|since| since + FRESH);
        record.into_iter().chain(back).min()
    }

    /// Waits until something is to be done about them.
    pub(super) async fn news(&self) {
        self.0.news.notified().await;
    }

    /// Takes the next to be handed over.
    fn next(&self) -> Option<(Outgoing, Place<'_>)> {
        let message = self.state().next()?;
        let critical = message.priority == Priority::Critical;
        Some((message, Place { of: self, critical }))
    }

    fn end(&self, ended: Ended) {
        let mut state = self.state();
        if state.ended.is_empty() {
            state.since = Instant::now();
        }
        state.ended.push(ended);
        state.left += 1;
        let tell = state.ended.len() == 1 || state.ended.len() == MANY;
        if tell || state.room().worth {
            self.0.news.notify_one();
        }
    }
}

/// A place that is taken, until it is dropped: also where handing a message over breaks down.
struct Place<'a> {
    of: &'a Places,
    critical: bool,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.of.state();
        if self.critical {
            state.critical -= 1;
        } else {
            state.others -= 1;
        }
        if state.busy() == 0 {
            self.of.0.news.notify_one();
        }
    }
}

/// Hands one message over after the other, while there are any.
async fn work(places: Places, gateway: Option<Twilio>, stop: CancellationToken) {
    while !stop.is_cancelled()
        && let Some((message, place)) = places.next()
    {
        let ended = hand::over(gateway.as_ref(), message, &stop).await;
        places.end(ended);
        drop(place);
    }
}

#[cfg(test)]
mod tests;
