//! What goes out on a desk's line: whatever is written has a time to leave, and nothing is written
//! for a session that has ended.
//!
//! Answers to a desk that asks whether the line is good are no exception: a desk that asks and does
//! not read would be waited for as long as it likes, and so would what ends it.

use super::pieces::Taken;
use actix_ws::{CloseCode, CloseReason, Message, Session};
use futures_util::SinkExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A frame that does not leave within this ends the line.
const SEND: Duration = Duration::from_secs(5);

/// A desk's line, as far as it goes out.
pub(super) struct Line {
    session: Session,
    taken: Taken,
    over: CancellationToken,
}

/// The line has ended, or its session has, or the desk is too slow.
#[derive(Debug)]
pub(super) struct Ended;

impl Line {
    /// A line that ends when its session is over.
    pub(super) const fn new(session: Session, taken: Taken, over: CancellationToken) -> Self {
        Self {
            session,
            taken,
            over,
        }
    }

    /// Told when its session is over.
    pub(super) fn over(&self) -> CancellationToken {
        self.over.clone()
    }

    /// Writes a frame, and waits as long as it may until it leaves.
    /// What waiting needs is let go with it: it is in none of ten thousand tasks that listen.
    pub(super) fn write(&mut self, frame: Message) -> LocalBoxFuture<'_, Result<(), Ended>> {
        let Self {
            session,
            taken,
            over,
        } = self;
        Box::pin(async move {
            if over.is_cancelled() {
                return Err(Ended);
            }
            let leaves = async {
                session.send(frame).await.map_err(|_| Ended)?;
                taken.one_more().await.map_err(|_| Ended)
            };
            tokio::select! {
                biased;
                left = tokio::time::timeout(SEND, leaves) => left.unwrap_or(Err(Ended)),
                () = over.cancelled() => Err(Ended),
            }
        })
    }

    /// Takes its leave.
    pub(super) async fn close(&self) {
        let farewell = self.session.clone();
        let reason = CloseReason::from(CloseCode::Away);
        let _ = Box::pin(tokio::time::timeout(SEND, farewell.close(Some(reason)))).await;
    }
}

#[cfg(test)]
mod tests {
    use super::super::pieces::Pieces;
    use super::*;
    use actix_web::body::MessageBody;
    use actix_web::dev::Payload;
    use actix_web::test::TestRequest;
    use actix_web::{FromRequest, web};
    use futures_util::FutureExt;
    use std::future::poll_fn;
    use std::pin::Pin;

    /// A line, and what the connection takes of it, when it does.
    fn line() -> (Line, Pieces) {
        let request = TestRequest::default()
            .insert_header(("Upgrade", "websocket"))
            .insert_header(("Connection", "upgrade"))
            .insert_header(("Sec-WebSocket-Version", "13"))
            .insert_header(("Sec-WebSocket-Key", "x3JJHMbDL1EzLkh9GBhXDw=="))
            .to_http_request();
        let payload = web::Payload::from_request(&request, &mut Payload::None);
        let payload = payload.now_or_never().expect("at once").expect("a payload");
        let (response, session, _messages) =
            actix_ws::handle(&request, payload).expect("a handshake");
        let (_, body) = response.into_parts();
        let (pieces, taken) = Pieces::of(body);
        (Line::new(session, taken, CancellationToken::new()), pieces)
    }

    /// What the connection takes.
    fn takes(pieces: &mut Pieces) -> String {
        let mut all = Vec::new();
        while let Some(Some(piece)) =
            poll_fn(|context| Pin::new(&mut *pieces).poll_next(context)).now_or_never()
        {
            all.extend(piece.expect("a piece"));
        }
        String::from_utf8_lossy(&all).into_owned()
    }

    fn card(words: &'static str) -> Message {
        Message::Text(words.into())
    }

    #[actix_web::test]
    async fn a_session_that_ends_while_something_is_written_is_noticed_at_once() {
        let (mut line, mut pieces) = line();
        let over = line.over();
        let first = line.write(card("before")).now_or_never();
        first.expect("at once").expect("written");
        let mut waits = line.write(card("meanwhile"));
        assert!((&mut waits).now_or_never().is_none());
        over.cancel();
        assert!(waits.now_or_never().expect("at once").is_err());
        let after = line.write(card("afterwards")).now_or_never();
        assert!(after.expect("at once").is_err());
        let taken = takes(&mut pieces);
        assert!(taken.contains("before") && !taken.contains("afterwards"));
    }

    #[actix_web::test]
    async fn an_answer_to_a_desk_that_asks_whether_the_line_is_good_waits_until_it_is_taken() {
        let (mut line, mut pieces) = line();
        let pong = || Message::Pong("?".into());
        let first = line.write(pong()).now_or_never();
        first.expect("at once").expect("written");
        let mut waits = line.write(pong());
        assert!((&mut waits).now_or_never().is_none());
        assert_eq!(takes(&mut pieces).matches('?').count(), 2);
        waits.now_or_never().expect("at once").expect("written");
    }
}
