//! What goes to a desk goes in small pieces, and no more is handed over than is taken.
//!
//! A node holds ten thousand desks, and whatever a buffer between a desk and its connection once
//! held, it stays that large for hours: the queue of frames, and the server's own buffer, of which
//! every byte that was ever used counts. So a desk hands over a few frames and then waits until they
//! are taken, and the server is given them a piece at a time; it writes each before it takes the next
//! ([`AT_ONCE`] is its limit too). Nothing is held back, left out or put in another order.

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;
use std::cell::{Cell, RefCell};
use std::error::Error;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

/// Bytes the server takes before it writes.
pub const AT_ONCE: usize = 2 * 1_024;
/// Frames that may wait to be taken.
const FRAMES: usize = 2;

/// A body in pieces.
pub(super) struct Pieces {
    body: BoxBody,
    rest: Bytes,
    taken: Rc<State>,
}

/// What became of the frames that a desk handed over. It runs on the thread of its connection.
pub(super) struct Taken(Rc<State>);

#[derive(Default)]
struct State {
    /// Frames that wait to be taken.
    waiting: Cell<usize>,
    /// The connection is gone: nothing more is taken.
    gone: Cell<bool>,
    desk: RefCell<Option<Waker>>,
}

/// The connection is gone.
#[derive(Debug)]
pub(super) struct Gone;

impl Pieces {
    pub(super) fn of(body: BoxBody) -> (Self, Taken) {
        let taken = Rc::<State>::default();
        let pieces = Self {
            body,
            rest: Bytes::new(),
            taken: taken.clone(),
        };
        (pieces, Taken(taken))
    }
}

impl Taken {
    /// A frame more was handed over: waits, where as many wait as may, until all are taken.
    pub(super) async fn one_more(&self) -> Result<(), Gone> {
        let Self(state) = self;
        state.waiting.set(state.waiting.get() + 1);
        if state.waiting.get() < FRAMES {
            return Ok(());
        }
        poll_fn(|context| {
            if state.gone.get() {
                return Poll::Ready(Err(Gone));
            }
            if state.waiting.get() == 0 {
                return Poll::Ready(Ok(()));
            }
            *state.desk.borrow_mut() = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}

impl State {
    fn ring(&self) {
        let desk = self.desk.borrow_mut().take();
        if let Some(desk) = desk {
            desk.wake();
        }
    }
}

impl MessageBody for Pieces {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.rest.is_empty() {
            let next = Pin::new(&mut self.body).poll_next(context);
            if next.is_pending() {
                self.taken.waiting.set(0);
                self.taken.ring();
            }
            match ready!(next) {
                Some(Ok(bytes)) => self.rest = bytes,
                end => return Poll::Ready(end),
            }
        }
        let length = self.rest.len().min(AT_ONCE);
        let piece = self.rest.split_to(length);
        Poll::Ready(Some(Ok(piece)))
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        self.taken.gone.set(true);
        self.taken.ring();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::BodyStream;
    use futures_util::{FutureExt, StreamExt};
    use tokio::sync::mpsc;

    type Frames = mpsc::Sender<Result<Bytes, actix_web::Error>>;

    /// A body that frames can be put into, and its pieces.
    fn pieces() -> (Frames, Pieces, Taken) {
        let (frames, waiting) = mpsc::channel(32);
        let waiting = futures_util::stream::unfold(waiting, |mut waiting| async move {
            Some((waiting.recv().await?, waiting))
        });
        let (pieces, taken) = Pieces::of(BodyStream::new(waiting.boxed_local()).boxed());
        (frames, pieces, taken)
    }

    async fn next(pieces: &mut Pieces) -> Option<Bytes> {
        let next = poll_fn(|context| Pin::new(&mut *pieces).poll_next(context)).await;
        next.map(|piece| piece.expect("a piece"))
    }

    #[actix_web::test]
    async fn a_large_body_is_whole_and_no_piece_is_larger_than_the_server_takes_at_once() {
        let said: Bytes = (0..20_000_u32)
            .map(|number| number.to_le_bytes()[0])
            .collect();
        let (mut pieces, _taken) = Pieces::of(BoxBody::new(said.clone()));
        let mut heard: Vec<u8> = Vec::new();
        while let Some(piece) = next(&mut pieces).await {
            assert!(piece.len() <= AT_ONCE);
            heard.extend(&piece);
        }
        assert_eq!(heard, said);
    }

    #[actix_web::test]
    async fn a_desk_that_handed_over_a_few_frames_waits_until_all_of_them_are_taken() {
        let (frames, mut pieces, taken) = pieces();
        for _ in 1..FRAMES {
            frames.try_send(Ok(Bytes::from("frame"))).expect("room");
            assert!(taken.one_more().now_or_never().is_some());
        }
        frames.try_send(Ok(Bytes::from("frame"))).expect("room");
        let mut waits = Box::pin(taken.one_more());
        for _ in 0..FRAMES {
            assert!((&mut waits).now_or_never().is_none());
            assert_eq!(next(&mut pieces).await.expect("a frame"), "frame");
        }
        assert!((&mut waits).now_or_never().is_none());
        assert!(next(&mut pieces).now_or_never().is_none());
        assert!(waits.now_or_never().is_some_and(|taken| taken.is_ok()));
    }

    #[actix_web::test]
    async fn a_desk_whose_connection_is_gone_is_told_so() {
        let (_frames, pieces, taken) = pieces();
        let waiting = async {
            for _ in 0..FRAMES {
                taken.one_more().await?;
            }
            Ok::<_, Gone>(())
        };
        let mut waiting = Box::pin(waiting);
        assert!((&mut waiting).now_or_never().is_none());
        drop(pieces);
        assert!(waiting.now_or_never().is_some_and(|taken| taken.is_err()));
    }
}
