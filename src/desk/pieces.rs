//! What goes to a desk goes in small pieces.
//!
//! The server keeps, for as long as a connection lasts, a buffer as large as the most that ever lay in
//! it, up to 128 KB. A desk that is sent what is open would leave it that large, times ten thousand
//! desks. So a large body is handed over a piece at a time, and the next one only after the server had
//! its turn to write. Nothing is held back, left out or put in another order.

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Half of the buffer that a connection begins with.
const PIECE: usize = 4 * 1_024;

/// A body in pieces.
pub(super) struct Pieces {
    body: BoxBody,
    rest: Bytes,
    /// A whole piece was handed over; it is to be written before the next.
    full: bool,
}

impl Pieces {
    pub(super) fn of(body: BoxBody) -> Self {
        Self {
            body,
            rest: Bytes::new(),
            full: false,
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
        if std::mem::take(&mut self.full) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_next(context)) {
                Some(Ok(bytes)) => self.rest = bytes,
                end => return Poll::Ready(end),
            }
        }
        let length = self.rest.len().min(PIECE);
        self.full = length == PIECE;
        let piece = self.rest.split_to(length);
        Poll::Ready(Some(Ok(piece)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    #[actix_web::test]
    async fn a_large_body_is_whole_and_the_server_has_its_turn_after_each_piece() {
        let said: Bytes = (0..20_000_u32)
            .map(|number| number.to_le_bytes()[0])
            .collect();
        let mut pieces = Pieces::of(BoxBody::new(said.clone()));
        let mut heard: Vec<u8> = Vec::new();
        let mut turns = 0;
        while let Some(piece) = poll_fn(|context| {
            let polled = Pin::new(&mut pieces).poll_next(context);
            turns += usize::from(polled.is_pending());
            polled
        })
        .await
        {
            let piece = piece.expect("a body");
            assert!(piece.len() <= PIECE);
            heard.extend(&piece);
        }
        assert_eq!(heard, said);
        assert_eq!(turns, said.len() / PIECE);
    }
}
